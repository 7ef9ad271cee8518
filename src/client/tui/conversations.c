/**
 * @file conversations.c  One row for each person or number, newest first
 */
#include "tui_int.h"

static const uint8_t columns[] = {COL_LAMP, COL_NAME,	COL_UNREAD, COL_WHEN,
				  COL_WHAT, COL_NUMBER, COL_END};

static size_t source_count(const struct tui_view *v)
{
	return uc_conversation_count(screen_uc(v->screen));
}

static void source_row(const struct tui_view *v, size_t i, struct row *row)
{
	row->kind = ROW_CONVERSATION;
	row->conversation = uc_conversation_at(screen_uc(v->screen), i);
	row->key = row->conversation->id;
}

static const struct list_source source = {source_count, source_row};

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	if (rows_count(&v->list)) {
		rows_draw(&v->list, g, area, focus, cursor);
		return;
	}
	if (cursor)
		*cursor = (struct rect){area.row, area.column, 1, 1};
	if (area.columns > 4 && !screen_lost(v->screen))
		draw_text(v->screen, g, area.row, area.column + 2,
			  area.columns - 3, STYLE_DIM,
			  _("No calls or messages yet."));
}

static bool act(struct tui_view *v, enum act a)
{
	struct row row;

	if (!rows_selected(&v->list, &row))
		return false;
	switch (a) {
	case ACT_ENTER:
		screen_dial(v->screen, row.conversation->contact,
			    row.conversation->number);
		return true;
	case ACT_RIGHT:
		return screen_act(v->screen, ACT_DETAILS);
	default:
		return false;
	}
}

static const char *word(const struct tui_view *v, enum act a)
{
	struct row row;

	if (!rows_selected(&v->list, &row))
		return NULL;
	if (a == ACT_ENTER)
		return screen_can_dial(v->screen) &&
				       (row.conversation->contact ||
					!text_empty(row.conversation->number))
			       ? _("call")
			       : NULL;
	return a == ACT_DETAILS ? _("open") : NULL;
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	const struct uc_conversation *c;
	struct row row;

	if (!rows_selected(&v->list, &row))
		return;
	c = row.conversation;
	if (c->contact) {
		words_contact(v->screen, b, c->contact);
		return;
	}
	text_buf_add(b, c->name);
	if (!text_equal(c->name, c->number))
		text_buf_printf(b, ", %s", c->number);
}

static bool target(const struct tui_view *v, enum app_argument_kind kind,
		   struct text_buf *b)
{
	struct row row;

	return rows_selected(&v->list, &row) &&
	       conversation_target(screen_uc(v->screen), row.conversation, kind,
				   b);
}

static void click(struct tui_view *v, unsigned row, unsigned column)
{
	(void)column;
	view_list_click(v, row);
}

static const struct view_class class = {
	.name = "conversations",
	.title = N_("Conversations"),
	.contexts = APP_IN_LIST | APP_IN_CONVERSATIONS,
	.changes = UC_CHANGE_CONVERSATIONS | UC_CHANGE_CONVERSATION |
		   UC_CHANGE_CALLS | UC_CHANGE_CALL | UC_CHANGE_CONTACT |
		   UC_CHANGE_CONNECTION,
	.draw = draw,
	.act = act,
	.click = click,
	.explain = explain,
	.word = word,
	.target = target,
};

static void destroy(void *arg)
{
	struct tui_view *v = arg;

	rows_close(&v->list);
}

int conversations_alloc(struct tui_view **vp, struct tui_screen *s)
{
	int err = view_alloc(vp, sizeof(struct tui_view), &class, s, destroy);

	if (err)
		return err;
	rows_init(&(*vp)->list, *vp, &source, columns);
	(*vp)->has_list = true;
	return 0;
}
