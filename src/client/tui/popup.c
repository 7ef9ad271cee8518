/**
 * @file popup.c  A call comes in: who it is, and the keys that answer
 *
 * It takes no key of its own: answering is bound to function keys, which
 * work wherever one is typing.
 */
#include <stdlib.h>

#include "tui_int.h"

enum {
	POPUP_COLUMNS = 44,
	POPUP_ROWS = 5,
	PICTURE_COLUMNS = 4,
	TEXT_COLUMN = 8
};

static const struct uc_call *ringing(const struct tui_screen *s)
{
	const struct uc *uc = screen_uc(s);
	size_t i;

	for (i = 0; i < uc_call_count(uc); i++)
		if (uc_call_at(uc, i)->state == UC_CALL_RINGING_IN)
			return uc_call_at(uc, i);
	return NULL;
}

static void time_over(void *arg)
{
	struct tui_screen *s = arg;

	s->popup_over = true;
	s->relayout = true;
	paint_request(s);
}

static const struct {
	const char *name;
	unsigned ms;	/**< 0: as long as it rings */
	bool unwatched; /**< only where the terminal has no focus */
} rules[] = {
	{"always", 0, false},
	{"5s", 5000, false},
	{"10s", 10000, false},
	{"unseen", 0, true},
};

bool popup_wanted(struct tui_screen *s, struct rect *size)
{
	const struct uc_call *c = ringing(s);
	const char *option = app_option_get(screen_app(s), "popup");
	size_t i;

	if (!c) {
		s->popup_call = 0;
		tmr_cancel(&s->popup_tmr);
		return false;
	}
	for (i = 0; i < TUI_COUNT(rules); i++)
		if (text_equal(rules[i].name, option ? option : "always"))
			break;
	if (i == TUI_COUNT(rules))
		return false;
	if (s->popup_call != c->id) {
		s->popup_call = c->id;
		s->popup_over = false;
		tmr_cancel(&s->popup_tmr);
		if (rules[i].ms)
			tmr_start(&s->popup_tmr, rules[i].ms, time_over, s);
	}
	if (s->popup_over || (rules[i].unwatched && s->terminal_focus))
		return false;
	/* Where conversations are open the call stands there already. */
	if (s->base == BASE_CONVERSATIONS && !s->search && !s->overlay_count &&
	    !s->detail_shown)
		return false;
	size->rows = POPUP_ROWS;
	size->columns = POPUP_COLUMNS;
	return true;
}

/* First letters of the first and the last name. */
static void initials(struct text_buf *b, const char *name)
{
	const char *last = NULL, *p;
	unsigned width;

	for (p = name; *p; p++)
		if (*p == ' ' && p[1] && p[1] != ' ')
			last = p + 1;
	text_buf_add_n(b, name, text_cluster(name, strlen(name), &width));
	if (last)
		text_buf_add_n(b, last,
			       text_cluster(last, strlen(last), &width));
}

static void draw_picture(struct tui_screen *s, struct frame_grid *g,
			 const struct uc_call *c)
{
	struct text_buf b = {0};
	unsigned i, w;

	for (i = 1; i <= 2; i++)
		frame_grid_fill(g, i, 2, PICTURE_COLUMNS, STYLE_DIM,
				glyph(s, GLYPH_PICTURE));
	if (text_empty(c->name) || text_equal(c->name, c->number))
		return;
	initials(&b, c->name);
	w = (unsigned)text_width(b.buf);
	if (w && w <= PICTURE_COLUMNS)
		frame_grid_put(g, 1, 2 + (PICTURE_COLUMNS - w) / 2, w,
			       STYLE_BOLD, b.buf);
	text_buf_reset(&b);
}

void popup_draw(struct tui_screen *s, struct frame_grid *g)
{
	const struct uc_call *c = ringing(s);
	unsigned columns = frame_grid_columns(g);
	struct hints_prm prm = {.window = WIN_POPUP, .row = 3, .column = 2};
	bool named;

	hints_spots_clear(s, WIN_POPUP);
	if (!c || columns < 20)
		return;
	draw_box(s, g,
		 c->outside ? _("Call from outside") : _("Call from inside"));
	draw_picture(s, g, c);
	named = !text_empty(c->name) && !text_equal(c->name, c->number);
	draw_text(s, g, 1, TEXT_COLUMN, columns - TEXT_COLUMN - 2,
		  STYLE_RINGING, named ? c->name : c->number);
	draw_text(s, g, 2, TEXT_COLUMN, columns - TEXT_COLUMN - 2, STYLE_NORMAL,
		  named ? c->number : _("not in a directory"));
	prm.width = columns - 4;
	prm.contexts = screen_contexts(s) | APP_IN_RINGING;
	prm.only = APP_IN_RINGING | APP_IN_CALL;
	prm.function_keys = true;
	prm.call = c->id;
	hints_keys(s, g, &prm);
}
