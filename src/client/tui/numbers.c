/**
 * @file numbers.c  A person's numbers, to call one of them
 */
#include <stdlib.h>

#include "tui_int.h"

struct numbers {
	struct tui_view v;
	struct uc_contact *contact;
};

static const uint8_t columns[] = {COL_LABEL, COL_TEXT, COL_TAG, COL_END};

static size_t source_count(const struct tui_view *v)
{
	return ((const struct numbers *)v)->contact->number_count;
}

static void source_row(const struct tui_view *v, size_t i, struct row *row)
{
	struct uc_contact *c = ((const struct numbers *)v)->contact;

	row->kind = ROW_NUMBER;
	row->index = i;
	row->contact = c;
	row->label = uc_number_kind_word(c->numbers[i].kind);
	row->text = c->numbers[i].number;
	row->key = row->text;
}

static const struct list_source source = {source_count, source_row};

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	struct numbers *n = (struct numbers *)v;

	draw_text(v->screen, g, area.row, area.column, area.columns, STYLE_BOLD,
		  n->contact->name);
	if (area.rows < 3)
		return;
	area.row += 2;
	area.rows -= 2;
	if (!n->contact->number_count)
		draw_text(v->screen, g, area.row, area.column, area.columns,
			  STYLE_DIM, _("No numbers."));
	rows_draw(&v->list, g, area, focus, cursor);
}

static bool act(struct tui_view *v, enum act a)
{
	struct numbers *n = (struct numbers *)v;
	struct tui_screen *s = v->screen;
	struct row row;
	char *number;

	if (a == ACT_LEFT)
		return screen_act(s, ACT_BACK);
	if (a != ACT_ENTER || !rows_selected(&v->list, &row))
		return false;
	number = text_dup(row.text);
	mem_ref(v);
	screen_overlay_pop(s, v);
	screen_dial(s, n->contact, number);
	mem_deref(v);
	free(number);
	return true;
}

static const char *word(const struct tui_view *v, enum act a)
{
	struct row row;

	return a == ACT_ENTER && rows_selected(&v->list, &row) &&
			       screen_can_dial(v->screen)
		       ? _("call")
		       : NULL;
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	struct row row;

	if (rows_selected(&v->list, &row))
		text_buf_printf(b, _("Enter calls %s"), row.text);
}

static bool target(const struct tui_view *v, enum app_argument_kind kind,
		   struct text_buf *b)
{
	struct row row;

	if (kind != APP_ARG_DIAL || !rows_selected(&v->list, &row))
		return contact_target(((const struct numbers *)v)->contact,
				      kind, b);
	text_buf_add(b, row.text);
	return true;
}

static void size(const struct tui_view *v, struct rect *wanted)
{
	size_t n = rows_count(&v->list);

	wanted->rows = 2 + (n > 12 ? 12 : n ? (unsigned)n : 1);
	wanted->columns = 46;
}

static void click(struct tui_view *v, unsigned row, unsigned column)
{
	(void)column;
	if (row >= 3)
		view_list_click(v, row - 3);
}

const struct view_class numbers_class = {
	.name = "numbers",
	.title = N_("Numbers"),
	.changes = UC_CHANGE_CONTACT,
	.draw = draw,
	.act = act,
	.click = click,
	.explain = explain,
	.word = word,
	.target = target,
	.size = size,
};

static void destroy(void *arg)
{
	struct numbers *n = arg;

	rows_close(&n->v.list);
	mem_deref(n->contact);
}

int numbers_alloc(struct tui_view **vp, struct tui_screen *s,
		  struct uc_contact *c)
{
	struct numbers *n;
	int err = view_alloc(vp, sizeof(*n), &numbers_class, s, destroy);

	if (err)
		return err;
	n = (struct numbers *)*vp;
	n->contact = mem_ref(c);
	rows_init(&n->v.list, &n->v, &source, columns);
	n->v.list.indent = 2;
	n->v.has_list = true;
	return 0;
}
