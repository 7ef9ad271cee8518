/**
 * @file presence.c  How I am: the state, until when, a note
 */
#include <stdlib.h>

#include "tui_int.h"

enum part { PART_STATES, PART_UNTIL, PART_NOTE, PART_COUNT };
enum { STATES = PROTO_PRESENCE_COUNT - 1, LABEL_COLUMNS = 8 };

struct presence {
	struct tui_view v;
	enum part part;
	struct field until, note;
};

static const uint8_t columns[] = {COL_NAME, COL_TEXT, COL_END};

static bool offered(const struct tui_view *v, enum proto_presence p)
{
	return p != PROTO_DO_NOT_DISTURB ||
	       uc_account(screen_uc(v->screen))->can & UC_CAN_DND;
}

static size_t source_count(const struct tui_view *v)
{
	/* Do Not Disturb is the last. */
	return offered(v, PROTO_DO_NOT_DISTURB) ? STATES : STATES - 1;
}

static void source_row(const struct tui_view *v, size_t i, struct row *row)
{
	const struct uc_contact *me = uc_me(screen_uc(v->screen));
	enum proto_presence p = (enum proto_presence)(i + 1);
	struct uc_presence shown = {.state = p};

	row->kind = ROW_STATE;
	row->index = i;
	row->key = proto_presence_key(p);
	row->text = _(proto_presence_name(p));
	row->style = presence_style(&shown);
	if (me && me->presence.state == p)
		row->label = _("now");
}

static const struct list_source source = {source_count, source_row};

static enum proto_presence chosen(const struct presence *p)
{
	return (enum proto_presence)(p->v.list.selected + 1);
}

static bool has_until(const struct presence *p)
{
	return chosen(p) != PROTO_OFFICE;
}

static void draw_field(struct presence *p, struct frame_grid *g,
		       struct rect area, unsigned row, const char *label,
		       struct field *f, enum part part, struct rect *cursor)
{
	bool here = p->part == part;
	unsigned at = area.column + 2 + LABEL_COLUMNS;

	if (row >= area.row + area.rows || area.columns < 16)
		return;
	if (here)
		frame_grid_put(g, row, area.column, 1, STYLE_SELECTED,
			       glyph(p->v.screen, GLYPH_MARK));
	draw_text(p->v.screen, g, row, area.column + 2, LABEL_COLUMNS - 1,
		  STYLE_DIM, label);
	field_draw(p->v.screen, f, g, row, at,
		   part == PART_UNTIL ? 18 : area.columns - 4 - LABEL_COLUMNS,
		   STYLE_FIELD, here ? cursor : NULL);
}

static void draw_states(struct presence *p, struct frame_grid *g,
			struct rect area, struct rect *cursor)
{
	struct tui_list *l = &p->v.list;
	struct row row;
	unsigned i, n, at;
	bool here;

	l->rows = area.rows;
	if (l->selected < l->top)
		l->top = l->selected;
	if (l->selected >= l->top + area.rows)
		l->top = l->selected - area.rows + 1;
	for (i = 0; i < area.rows && rows_get(l, l->top + i, &row); i++) {
		here = l->top + i == l->selected;
		at = area.column + 2;
		if (here) {
			frame_grid_put(g, area.row + i, area.column, 1,
				       p->part == PART_STATES
					       ? STYLE_SELECTED
					       : STYLE_SELECTED_IDLE,
				       glyph(p->v.screen, GLYPH_MARK));
			if (cursor && p->part == PART_STATES)
				*cursor = (struct rect){area.row + i,
							area.column, 1, 1};
		}
		n = draw_text(p->v.screen, g, area.row + i, at, 24,
			      here ? STYLE_SELECTED : row.style, row.text);
		if (row.label)
			draw_text(p->v.screen, g, area.row + i, at + n + 2, 12,
				  STYLE_DIM, row.label);
	}
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	struct presence *p = (struct presence *)v;
	struct rect states = area;
	unsigned row;

	(void)focus;
	if (area.rows < 4)
		return;
	states.rows = area.rows - (area.rows > STATES + 2 ? 3 : 2);
	if (states.rows > rows_count(&v->list))
		states.rows = (unsigned)rows_count(&v->list);
	draw_states(p, g, states, cursor);
	row = area.row + area.rows - 2;
	if (has_until(p))
		draw_field(p, g, area, row, _("until"), &p->until, PART_UNTIL,
			   cursor);
	draw_field(p, g, area, row + 1, _("note"), &p->note, PART_NOTE, cursor);
}

static void go(struct presence *p, int way)
{
	do {
		p->part = (p->part + PART_COUNT + (unsigned)way) % PART_COUNT;
	} while (p->part == PART_UNTIL && !has_until(p));
	view_dirty(&p->v);
}

/* What is not said stays out of the command. */
static void set(struct presence *p)
{
	struct tui_screen *s = p->v.screen;
	const char *argv[4] = {"presence", proto_presence_key(chosen(p))};
	const char *until = has_until(p) && p->until.text ? p->until.text : "";
	const char *note = p->note.text ? p->note.text : "";
	size_t argc = 2;
	int err;

	if (*until || *note)
		argv[argc++] = *until ? until : "-";
	if (*note)
		argv[argc++] = note;
	mem_ref(p);
	err = keys_run(s, argv, argc, APP_FROM_KEY);
	if (!err)
		screen_overlay_pop(s, &p->v);
	else if (*until)
		p->part = PART_UNTIL;
	mem_deref(p);
}

static bool act(struct tui_view *v, enum act a)
{
	struct presence *p = (struct presence *)v;

	switch (a) {
	case ACT_ENTER:
		set(p);
		return true;
	case ACT_NEXT:
		go(p, 1);
		return true;
	case ACT_UP:
	case ACT_DOWN:
		if (p->part == PART_STATES &&
		    (a == ACT_UP ||
		     v->list.selected + 1 < rows_count(&v->list))) {
			view_list_act(v, a);
			return true;
		}
		if (p->part != PART_NOTE || a == ACT_UP)
			go(p, a == ACT_UP ? -1 : 1);
		return true;
	default:
		return p->part != PART_STATES && a != ACT_BACK;
	}
}

static struct field *field_of(struct presence *p)
{
	return p->part == PART_UNTIL  ? &p->until
	       : p->part == PART_NOTE ? &p->note
				      : NULL;
}

static bool key(struct tui_view *v, const char *k)
{
	struct presence *p = (struct presence *)v;
	struct field *f = field_of(p);

	if (text_equal(k, "S-Tab")) {
		go(p, -1);
		return true;
	}
	/* A time typed on a state is meant for it. */
	if (!f && has_until(p) && k[0] && !k[1] &&
	    strchr("0123456789+", k[0])) {
		p->part = PART_UNTIL;
		f = &p->until;
	}
	if (!f || !field_key(f, k))
		return false;
	view_dirty(v);
	return true;
}

static void paste(struct tui_view *v, const char *text)
{
	struct field *f = field_of((struct presence *)v);

	if (f)
		field_insert(f, text);
	view_dirty(v);
}

static bool typing(const struct tui_view *v)
{
	return ((const struct presence *)v)->part != PART_STATES;
}

static const char *word(const struct tui_view *v, enum act a)
{
	if (a == ACT_ENTER)
		return _("set");
	if (a != ACT_NEXT)
		return NULL;
	return has_until((const struct presence *)v) ? _("until, note")
						     : _("note");
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	const struct presence *p = (const struct presence *)v;
	struct text_buf when = {0};
	int64_t at, now = time_wall_ms();

	if (p->part == PART_UNTIL && !text_empty(p->until.text)) {
		at = app_time_read(p->until.text, now, NULL);
		if (at > now) {
			char clock[16];

			words_day(p->v.screen, &when, at, now);
			words_clock(clock, sizeof(clock), at);
			text_buf_printf(b, _("Back %s %s"), when.buf, clock);
			text_buf_reset(&when);
			return;
		}
		text_buf_add(b, _("Not a time to come. "));
	}
	if (p->part == PART_STATES && !has_until(p))
		text_buf_add(b, _("Office is until you say otherwise."));
	else if (p->part == PART_NOTE)
		text_buf_add(b, _("A note that your colleagues see."));
	else
		text_buf_add(b, _("Back when: 14:30, +45m, tomorrow 9, "
				  "2026-12-24 08:00"));
}

static void size(const struct tui_view *v, struct rect *wanted)
{
	wanted->rows = (unsigned)rows_count(&v->list) + 3;
	wanted->columns = 56;
}

static void click(struct tui_view *v, unsigned row, unsigned column)
{
	struct presence *p = (struct presence *)v;

	(void)column;
	if (row < 1)
		return;
	p->part = PART_STATES;
	if (row - 1 < v->list.rows)
		view_list_click(v, row - 1);
	view_dirty(v);
}

const struct view_class presence_class = {
	.name = "presence",
	.title = N_("Presence"),
	.draw = draw,
	.act = act,
	.key = key,
	.paste = paste,
	.typing = typing,
	.click = click,
	.explain = explain,
	.word = word,
	.size = size,
};

static void destroy(void *arg)
{
	struct presence *p = arg;

	rows_close(&p->v.list);
	field_close(&p->until);
	field_close(&p->note);
}

int presence_alloc(struct tui_view **vp, struct tui_screen *s)
{
	const struct uc_contact *me = uc_me(screen_uc(s));
	struct presence *p;
	int err = view_alloc(vp, sizeof(*p), &presence_class, s, destroy);

	if (err)
		return err;
	p = (struct presence *)*vp;
	rows_init(&p->v.list, &p->v, &source, columns);
	p->v.has_list = true;
	rows_sync(&p->v.list);
	if (me && me->presence.state != PROTO_PRESENCE_UNKNOWN)
		rows_select(&p->v.list, (size_t)me->presence.state - 1);
	err = field_set(&p->until, "");
	if (!err)
		err = field_set(&p->note, me ? me->presence.note : "");
	if (err)
		*vp = mem_deref(p);
	return err;
}
