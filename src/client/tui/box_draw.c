/**
 * @file box_draw.c  The voicemail's settings, drawn
 */
#include "box_int.h"

static void put_label(const struct item *item, struct text_buf *t)
{
	switch (item->kind) {
	case ITEM_RECORDING:
		text_buf_add(t, _("messages"));
		break;
	case ITEM_STATE:
		text_buf_add(t, _(proto_presence_name(
					(enum proto_presence)item->n)));
		break;
	case ITEM_GREETING:
		text_buf_printf(t, _("greeting %u"), item->n);
		break;
	case ITEM_NEW:
		text_buf_add(t, _("new greeting"));
		break;
	case ITEM_NOTE:
		text_buf_add(t, _("recorded note"));
		break;
	case ITEM_MAIL:
		text_buf_add(t, _("e-mail"));
		break;
	case ITEM_ADDRESS:
		text_buf_add(t, _("address"));
		break;
	case ITEM_PIN:
		text_buf_add(t, _("PIN"));
		break;
	}
}

static void put_length(struct text_buf *t, uint32_t ms)
{
	char length[24];

	app_duration_text(length, sizeof(length), (ms + 999) / 1000);
	text_buf_add(t, length);
}

static void put_greeting(const struct box *b, unsigned n, struct text_buf *t)
{
	if (!n) {
		text_buf_add(t, _("standard greeting"));
		return;
	}
	text_buf_printf(t, _("greeting %u"), n);
	text_buf_add(t, "  ");
	put_length(t, box_now(b)->greeting_ms[n]);
}

static void put_value(const struct box *b, const struct item *item,
		      struct text_buf *t)
{
	const struct uc_voicemail *is = box_now(b);

	switch (item->kind) {
	case ITEM_RECORDING:
		text_buf_add(t, box_records(b) ? _("are recorded")
					       : _("greeting only"));
		break;
	case ITEM_STATE:
		put_greeting(b, box_greeting(b, item->n), t);
		break;
	case ITEM_GREETING:
		put_length(t, is->greeting_ms[item->n]);
		break;
	case ITEM_NEW:
		text_buf_add(t, _("by phone or from a file"));
		break;
	case ITEM_NOTE:
		if (is->note_ms)
			put_length(t, is->note_ms);
		else
			text_buf_add(t, _("none for this state"));
		break;
	case ITEM_MAIL:
		text_buf_add(t, !is->can_mail  ? _("this server sends none")
				: box_mails(b) ? _("each new message")
					       : _("none"));
		break;
	case ITEM_PIN:
		text_buf_add(t, is->pin_preset ? _("the preset one")
					       : _("one of your own"));
		break;
	default:
		break;
	}
}

static unsigned label_columns(void)
{
	static const struct item all[] = {
		{ITEM_RECORDING, 0}, {ITEM_GREETING, 9}, {ITEM_NEW, 0},
		{ITEM_NOTE, 0},	     {ITEM_MAIL, 0},	 {ITEM_ADDRESS, 0},
	};
	unsigned widest = 0, i;

	for (i = 0; i < TUI_COUNT(all) + PROTO_PRESENCE_COUNT - 1; i++) {
		struct item state = {ITEM_STATE,
				     i - (unsigned)TUI_COUNT(all) + 1};
		struct text_buf t = {0};

		put_label(i < TUI_COUNT(all) ? &all[i] : &state, &t);
		if (t.buf && text_width(t.buf) > widest)
			widest = (unsigned)text_width(t.buf);
		text_buf_reset(&t);
	}
	return widest;
}

static void draw_value(struct box *b, struct frame_grid *g, struct rect at,
		       const struct item *item, bool here, struct rect *cursor)
{
	const struct tui_screen *s = b->v.screen;
	bool choice = here && box_can_choose(b, item->kind) && at.columns > 5;
	struct text_buf t = {0};
	unsigned n;

	put_value(b, item, &t);
	if (choice) {
		frame_grid_put(g, at.row, at.column, 1, STYLE_KEY, "<");
		at.column += 2;
		at.columns -= 4;
	}
	n = draw_text(s, g, at.row, at.column, at.columns,
		      choice		       ? STYLE_SELECTED
		      : item->kind == ITEM_NEW ? STYLE_DIM
					       : STYLE_NORMAL,
		      t.buf ? t.buf : "");
	if (choice)
		frame_grid_put(g, at.row, at.column + n + 1, 1, STYLE_KEY, ">");
	if (here && cursor)
		*cursor = (struct rect){at.row, at.column, 1, 1};
	text_buf_reset(&t);
}

static void draw_item(struct box *b, struct frame_grid *g, struct rect area,
		      const struct item *item, bool here, struct rect *cursor)
{
	const struct tui_screen *s = b->v.screen;
	unsigned at = area.column + 2 + label_columns() + LABEL_GAP;
	unsigned end = area.column + area.columns;
	struct text_buf label = {0};
	struct rect value;

	if (here)
		frame_grid_put(g, area.row, area.column, 1, STYLE_SELECTED,
			       glyph(s, GLYPH_MARK));
	put_label(item, &label);
	draw_text(s, g, area.row, area.column + 2, label_columns(),
		  here ? STYLE_BOLD : STYLE_DIM, label.buf ? label.buf : "");
	text_buf_reset(&label);
	if (at >= end)
		return;
	value = (struct rect){area.row, at, 1, end - at};
	if (item->kind == ITEM_ADDRESS)
		field_draw(s, &b->address, g, area.row, at, value.columns,
			   STYLE_FIELD, here ? cursor : NULL);
	else
		draw_value(b, g, value, item, here, cursor);
}

void box_draw(struct tui_view *v, struct frame_grid *g, struct rect area,
	      bool focus, struct rect *cursor)
{
	struct box *b = (struct box *)v;
	struct item item[ITEMS_MAX];
	size_t n, at = box_selected(b, item, &n);

	(void)focus;
	b->rows = area.rows;
	b->row = area.row;
	if (at < b->top)
		b->top = (unsigned)at;
	if (area.rows && at >= b->top + area.rows)
		b->top = (unsigned)at - area.rows + 1;
	if (b->top && b->top + area.rows > n)
		b->top = n > area.rows ? (unsigned)n - area.rows : 0;
	for (size_t i = b->top; i < n && i < b->top + area.rows; i++)
		draw_item(b, g,
			  (struct rect){area.row + (unsigned)i - b->top,
					area.column, 1, area.columns},
			  &item[i], i == at, cursor);
}

void box_size(const struct tui_view *v, struct rect *wanted)
{
	struct item item[ITEMS_MAX];

	wanted->rows =
		(unsigned)box_items((const struct box *)(uintptr_t)v, item);
	wanted->columns = COLUMNS;
}
