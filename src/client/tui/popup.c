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

static bool rings(const struct uc_call *c)
{
	return c && c->state == UC_CALL_RINGING_IN;
}

static size_t ringing_count(const struct tui_screen *s)
{
	const struct uc *uc = screen_uc(s);
	size_t i, n = 0;

	for (i = 0; i < uc_call_count(uc); i++)
		n += rings(uc_call_at(uc, i));
	return n;
}

static void time_over(void *arg)
{
	struct tui_screen *s = arg;

	screen_relayout(s);
}

static const struct {
	const char *name;
	unsigned ms;	/**< from its first ring on; 0: as long as it rings */
	bool unwatched; /**< only where the terminal has no focus */
} rules[] = {
	{"always", 0, false},
	{"5s", 5000, false},
	{"10s", 10000, false},
	{"unseen", 0, true},
};

/* Whether a call rings that has not for so long, and look again when that is
 * over. Calls have begun when they did, whichever terminal came when. */
static bool rings_newly(struct tui_screen *s, unsigned ms)
{
	const struct uc *uc = screen_uc(s);
	int64_t now = time_wall_ms(), age, left = 0;
	const struct uc_call *c;
	size_t i;

	for (i = 0; (c = uc_call_at(uc, i)); i++) {
		age = now - c->started_ms;
		if (rings(c) && age < ms && (int64_t)ms - age > left)
			left = (int64_t)ms - age;
	}
	if (left > ms) /* the clock has been set back */
		left = ms;
	if (left)
		tmr_start(&s->popup_tmr, (uint64_t)left, time_over, s);
	return left > 0;
}

/* Where conversations are open the call stands there already. */
static bool stands_in_list(const struct tui_screen *s)
{
	if (s->base != BASE_CONVERSATIONS || s->search)
		return false;
	return !screen_covered(s) && (s->layout.wide || !s->detail_shown);
}

bool popup_wanted(struct tui_screen *s, struct rect *size)
{
	const char *option = app_option_get(screen_app(s), "popup");
	size_t i;

	tmr_cancel(&s->popup_tmr);
	if (!aim_ringing(s))
		return false;
	for (i = 0; i < TUI_COUNT(rules); i++)
		if (text_equal(rules[i].name, option ? option : "always"))
			break;
	if (i == TUI_COUNT(rules))
		return false;
	if ((rules[i].unwatched && s->terminal_focus) || stands_in_list(s) ||
	    (rules[i].ms && !rings_newly(s, rules[i].ms)))
		return false;
	size->rows = POPUP_ROWS;
	size->columns = POPUP_COLUMNS;
	return true;
}

static void draw_picture(struct tui_screen *s, struct frame_grid *g,
			 const struct uc_call *c)
{
	const struct rect area = {1, 2, 2, PICTURE_COLUMNS};

	picture_draw(s, g, area, c->contact,
		     text_equal(c->name, c->number) ? NULL : c->name);
}

static void draw_frame(struct tui_screen *s, struct frame_grid *g,
		       const struct uc_call *c)
{
	const char *title =
		c->outside ? _("Call from outside") : _("Call from inside");
	size_t more = ringing_count(s) - 1;
	char *both = more ? text_printf(ngettext("%s, and %zu more",
						 "%s, and %zu more", more),
					title, more)
			  : NULL;

	draw_box(s, g, both ? both : title);
	free(both);
}

/* What needs somebody to be chosen is done in the main window. */
static const char *const elsewhere[] = {"deflect", "transfer", NULL};

void popup_draw(struct tui_screen *s, struct frame_grid *g)
{
	const struct uc_call *c = aim_ringing(s);
	unsigned columns = frame_grid_columns(g);
	struct hints_prm prm = {.window = WIN_POPUP, .row = 3, .column = 2};
	bool named;

	hints_spots_clear(s, WIN_POPUP);
	if (!c || columns < 20)
		return;
	draw_frame(s, g, c);
	draw_picture(s, g, c);
	named = !text_empty(c->name) && !text_equal(c->name, c->number);
	draw_text(s, g, 1, TEXT_COLUMN, columns - TEXT_COLUMN - 2,
		  STYLE_RINGING, named ? c->name : c->number);
	draw_text(s, g, 2, TEXT_COLUMN, columns - TEXT_COLUMN - 2, STYLE_NORMAL,
		  named ? uc_number_spelled(screen_uc(s), c->contact, c->number)
			: _("not in a directory"));
	prm.width = columns - 4;
	prm.contexts = screen_contexts(s) | APP_IN_RINGING;
	prm.only = APP_IN_RINGING | APP_IN_CALL;
	prm.function_keys = true;
	prm.but = elsewhere;
	prm.call = c->id;
	hints_keys(s, g, &prm);
}
