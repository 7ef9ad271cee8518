/**
 * @file favourites.c  Groups of people, folded or not, with lamps and states
 */
#include <stdlib.h>

#include "tui_int.h"

enum { HEAD = -1 };

struct place {
	size_t group;
	long member; /**< or HEAD */
};

struct favourites {
	struct tui_view v;
	struct place *places;
	size_t count;
};

static const uint8_t columns[] = {COL_LAMP,  COL_NAME,	 COL_PRESENCE,
				  COL_UNTIL, COL_NUMBER, COL_END};

static size_t source_count(const struct tui_view *v)
{
	return ((const struct favourites *)v)->count;
}

static void source_row(const struct tui_view *v, size_t i, struct row *row)
{
	const struct favourites *f = (const struct favourites *)v;
	const struct place *p = &f->places[i];
	struct uc *uc = screen_uc(v->screen);
	struct uc_group *g;

	row->kind = ROW_BLANK;
	row->fixed = true;
	/* The model may be a change ahead of the rows. */
	if (p->group >= uc_group_count(uc))
		return;
	g = uc_group_at(uc, p->group);
	if (p->member != HEAD && (size_t)p->member >= g->member_count)
		return;
	row->fixed = false;
	row->group = g;
	row->key = g->id;
	row->kind = ROW_GROUP;
	if (p->member == HEAD)
		return;
	row->kind = ROW_CONTACT;
	row->contact = g->members[p->member];
	row->key2 = row->contact->id;
}

static const struct list_source source = {source_count, source_row};

static void recalc(struct tui_view *v)
{
	struct favourites *f = (struct favourites *)v;
	struct uc *uc = screen_uc(v->screen);
	struct uc_group *g;
	struct place *p;
	size_t i, j, n = 0;

	for (i = 0; i < uc_group_count(uc); i++)
		n += 1 + uc_group_at(uc, i)->member_count;
	p = realloc(f->places, (n + 1) * sizeof(*p));
	if (!p) {
		f->count = 0;
		return;
	}
	f->places = p;
	for (n = i = 0; i < uc_group_count(uc); i++) {
		g = uc_group_at(uc, i);
		p[n++] = (struct place){i, HEAD};
		for (j = 0; !g->folded && j < g->member_count; j++)
			p[n++] = (struct place){i, (long)j};
	}
	f->count = n;
	/* Begin on the first person, not on the group's name. */
	if (!v->list.key && n > 1 && p[1].member != HEAD)
		rows_select(&v->list, 1);
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	if (rows_count(&v->list)) {
		rows_draw(&v->list, g, area, focus, cursor);
		return;
	}
	if (cursor)
		*cursor = (struct rect){area.row, area.column, 1, 1};
	if (area.columns < 4)
		return;
	if (screen_lost(v->screen))
		return;
	draw_text(v->screen, g, area.row, area.column + 2, area.columns - 3,
		  STYLE_DIM, _("No favourites yet."));
	if (area.rows > 1)
		draw_text(v->screen, g, area.row + 1, area.column + 2,
			  area.columns - 3, STYLE_DIM,
			  _("/ finds colleagues."));
}

static void fold(struct tui_view *v, const struct uc_group *g, bool folded)
{
	char *name = text_dup(g->name); /* the group may go meanwhile */

	if (name)
		keys_command(v->screen, "group-fold", name,
			     folded ? "on" : "off");
	free(name);
}

static bool act(struct tui_view *v, enum act a)
{
	struct row row;
	bool on_group;

	if (!rows_selected(&v->list, &row))
		return false;
	on_group = row.kind == ROW_GROUP;
	switch (a) {
	case ACT_ENTER:
		if (!on_group)
			screen_dial(v->screen, row.contact, NULL);
		else
			fold(v, row.group, !row.group->folded);
		return true;
	case ACT_LEFT:
		if (!row.group->folded)
			fold(v, row.group, true);
		return true;
	case ACT_RIGHT:
		if (on_group)
			fold(v, row.group, false);
		else
			return screen_act(v->screen, ACT_DETAILS);
		return true;
	default:
		return false;
	}
}

static const char *word(const struct tui_view *v, enum act a)
{
	struct row row;

	if (!rows_selected(&v->list, &row))
		return NULL;
	if (a == ACT_ENTER && row.kind == ROW_GROUP)
		return row.group->folded ? _("unfold") : _("fold");
	if (a == ACT_ENTER)
		return uc_contact_number(row.contact) &&
				       screen_can_dial(v->screen)
			       ? _("call")
			       : NULL;
	if (a == ACT_DETAILS && row.contact)
		return _("details");
	return NULL;
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	struct row row;

	if (!rows_selected(&v->list, &row))
		return;
	if (row.kind == ROW_GROUP)
		text_buf_printf(b,
				ngettext("%s: %zu person, %zu can be reached",
					 "%s: %zu people, %zu can be reached",
					 row.group->member_count),
				row.group->name, row.group->member_count,
				uc_group_reachable(row.group));
	else
		words_contact(v->screen, b, row.contact);
}

static bool target(const struct tui_view *v, enum app_argument_kind kind,
		   struct text_buf *b)
{
	struct row row;

	if (!rows_selected(&v->list, &row))
		return false;
	if (kind == APP_ARG_GROUP) {
		text_buf_add(b, row.group->name);
		return true;
	}
	if (kind == APP_ARG_FAVOURITE && !row.contact) {
		text_buf_printf(b, APP_FAVOURITE_GROUP "%s", row.group->id);
		return true;
	}
	return contact_target(row.contact, kind, b);
}

static void click(struct tui_view *v, unsigned row, unsigned column)
{
	(void)column;
	view_list_click(v, row);
}

static const struct view_class class = {
	.name = "favourites",
	.title = N_("Favourites"),
	.contexts = APP_IN_LIST | APP_IN_FAVOURITES,
	.changes =
		UC_CHANGE_FAVOURITES | UC_CHANGE_CONTACT | UC_CHANGE_CONNECTION,
	.recalc = recalc,
	.draw = draw,
	.act = act,
	.click = click,
	.explain = explain,
	.word = word,
	.target = target,
};

static void destroy(void *arg)
{
	struct favourites *f = arg;

	rows_close(&f->v.list);
	free(f->places);
}

int favourites_alloc(struct tui_view **vp, struct tui_screen *s)
{
	int err = view_alloc(vp, sizeof(struct favourites), &class, s, destroy);

	if (err)
		return err;
	rows_init(&(*vp)->list, *vp, &source, columns);
	(*vp)->list.indent = 3;
	(*vp)->has_list = true;
	return 0;
}
