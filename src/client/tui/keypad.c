/**
 * @file keypad.c  Tones into a call of the built-in phone (SPEC T5.6.2.19)
 *
 * It stands beside what goes on: the keys of calls and function keys work as
 * without it. Where it stands and whether it is folded are options, so that
 * it opens again as it was left, in any terminal and after a restart.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tui_int.h"

enum {
	KEYS_ROWS = 4,
	KEYS_COLUMNS = 4,
	KEY_WIDTH = 4,
	KEYS_AT_ROW = 2,    /**< below the title and what was sent */
	KEYS_AT_COLUMN = 3, /**< right of border and blanks */
	PAD_ROWS = KEYS_AT_ROW + KEYS_ROWS + 1,
	PAD_COLUMNS = 22,
	STEP_COLUMNS = 2,
	PASTE_MAX = 64,
};

static const char pad_keys[] = "123A456B789C*0#D";
_Static_assert(sizeof(pad_keys) == KEYS_ROWS * KEYS_COLUMNS + 1, "full rows");

struct keypad {
	struct tui_view v;
	uint32_t call;	/**< id */
	bool held;	/**< by the mouse */
	bool moved;	/**< since then */
	struct rect at; /**< where it is moved to meanwhile */
	unsigned grip_row, grip_column;
};

/* ---- what is kept ------------------------------------------------------ */

#define PLACE "keypad_place"
#define FOLDED "keypad_folded"
static const char middle[] = "middle";

static bool read_place(const char *value, unsigned *row, unsigned *column)
{
	char end;

	return value && value[0] >= '0' && value[0] <= '9' &&
	       sscanf(value, "%4u,%4u%c", row, column, &end) == 2;
}

static const char *check_place(const char *value)
{
	unsigned row, column;

	if (text_equal(value, middle) || read_place(value, &row, &column))
		return NULL;
	return _("The place is \"middle\" or ROW,COLUMN, both from 0.");
}

const struct app_option keypad_options[] = {
	{
		.name = PLACE,
		.type = APP_OPTION_TEXT,
		.initial = middle,
		.check = check_place,
		.text = N_("Where the keypad opens: middle, or row and column "
			   "of its upper left corner, counted from 0. Moving "
			   "it changes this."),
	},
	{
		.name = FOLDED,
		.type = APP_OPTION_FLAG,
		.initial = "off",
		.text = N_("Show the keypad as one line."),
	},
	{.name = NULL},
};

bool keypad_option(const struct app_option *o)
{
	return o && (text_equal(o->name, PLACE) || text_equal(o->name, FOLDED));
}

static void keep(const struct keypad *k, const char *option, const char *value)
{
	char *why = NULL;

	if (app_option_set(screen_app(k->v.screen), option, value, true, &why))
		log_warn("%s is not kept: %s", option, why ? why : "?");
	free(why);
}

static void keep_place(const struct keypad *k, long row, long column)
{
	char value[32];

	snprintf(value, sizeof(value), "%ld,%ld", row < 0 ? 0 : row,
		 column < 0 ? 0 : column);
	keep(k, PLACE, value);
}

static bool folded(const struct tui_view *v)
{
	return app_option_flag(screen_app(v->screen), FOLDED);
}

static void fold(struct keypad *k)
{
	keep(k, FOLDED, folded(&k->v) ? "off" : "on");
}

/* ---- its call ---------------------------------------------------------- */

static struct uc_call *call_taking_tones(const struct uc *uc)
{
	struct uc_call *c = uc_call_current(uc);
	size_t i;

	if (c && c->functions & UC_DTMF)
		return c;
	for (i = 0; (c = uc_call_at(uc, i)); i++)
		if (c->functions & UC_DTMF)
			return c;
	return NULL;
}

const char *keypad_unavailable(const struct app *a)
{
	const struct uc *uc = app_uc((struct app *)a);
	const struct uc_call *c;
	size_t i;

	if (call_taking_tones(uc))
		return NULL;
	for (i = 0; (c = uc_call_at(uc, i)); i++)
		if (c->voip)
			return _("No call allows that now.");
	return uc_call_count(uc) ? _("Tones can be sent in a call of the "
				     "built-in phone only.")
				 : _("There is no call.");
}

/* It goes with its call, and along where its user goes on to another. */
bool keypad_lives(struct tui_view *v)
{
	struct keypad *k = (struct keypad *)v;
	const struct uc *uc = screen_uc(v->screen);
	const struct uc_call *c = uc_call_by_id(uc, k->call);

	if (!c || c->state == UC_CALL_ENDED || c->state == UC_CALL_FAILED)
		return false;
	c = call_taking_tones(uc);
	if (c)
		k->call = c->id;
	return true;
}

static const struct uc_call *call_of(const struct tui_view *v)
{
	return uc_call_by_id(screen_uc(v->screen),
			     ((const struct keypad *)v)->call);
}

static void press(struct tui_view *v, const char *digits)
{
	keys_command(v->screen, "tones", digits);
}

/* ---- drawing ----------------------------------------------------------- */

static void place(const struct tui_view *v, struct rect *at, bool *placed)
{
	const struct keypad *k = (const struct keypad *)v;
	const char *value = app_option_get(screen_app(v->screen), PLACE);

	at->rows = folded(v) ? 1 : PAD_ROWS;
	at->columns = PAD_COLUMNS;
	*placed = true;
	if (k->held) {
		at->row = k->at.row;
		at->column = k->at.column;
	} else {
		*placed = read_place(value, &at->row, &at->column);
	}
}

/* The end of it, where there is more than room. */
static const char *tail(const char *sent, unsigned columns)
{
	size_t n = strlen(sent);

	return n > columns ? sent + n - columns : sent;
}

static void draw_sent(const struct tui_view *v, struct frame_grid *g,
		      unsigned row, unsigned column, unsigned width,
		      struct rect *cursor)
{
	const struct uc_call *c = call_of(v);
	const char *sent = c ? tail(c->tones, width - 1) : "";
	unsigned n =
		draw_text(v->screen, g, row, column, width, STYLE_BOLD, sent);

	if (!n && c)
		draw_text(v->screen, g, row, column, width, STYLE_DIM,
			  text_empty(c->name) ? c->number : c->name);
	if (cursor)
		*cursor = (struct rect){row, column + n, 1, 1};
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	unsigned rows = frame_grid_rows(g), columns = frame_grid_columns(g);
	unsigned i, n;
	char key[2] = "";

	(void)area;
	(void)focus;
	if (columns < PAD_COLUMNS)
		return;
	if (rows < PAD_ROWS) {
		frame_grid_put(g, 0, 0, 1, STYLE_KEY,
			       glyph(v->screen, GLYPH_FOLDED));
		n = draw_text(v->screen, g, 0, 2, columns / 2, STYLE_TITLE,
			      _("Keypad"));
		draw_sent(v, g, 0, n + 3, columns - n - 3, cursor);
		return;
	}
	draw_box(v->screen, g, _("Keypad"));
	draw_sent(v, g, 1, KEYS_AT_COLUMN, columns - 2 * KEYS_AT_COLUMN,
		  cursor);
	for (i = 0; i < KEYS_ROWS * KEYS_COLUMNS; i++) {
		key[0] = pad_keys[i];
		frame_grid_put(g, KEYS_AT_ROW + i / KEYS_COLUMNS,
			       KEYS_AT_COLUMN + 1 +
				       i % KEYS_COLUMNS * KEY_WIDTH,
			       1, STYLE_KEY, key);
	}
}

/* ---- keys -------------------------------------------------------------- */

static void move(struct keypad *k, long rows, long columns)
{
	const struct tui_screen *s = k->v.screen;
	struct rect at = s->layout.win[WIN_DIALOG];

	/* Several keys may come before the next frame. */
	if (s->relayout)
		(void)read_place(app_option_get(screen_app(s), PLACE), &at.row,
				 &at.column);
	keep_place(k, (long)at.row + rows, (long)at.column + columns);
}

static bool act(struct tui_view *v, enum act a)
{
	struct keypad *k = (struct keypad *)v;

	switch (a) {
	case ACT_UP:
		move(k, -1, 0);
		break;
	case ACT_DOWN:
		move(k, 1, 0);
		break;
	case ACT_LEFT:
		move(k, 0, -STEP_COLUMNS);
		break;
	case ACT_RIGHT:
		move(k, 0, STEP_COLUMNS);
		break;
	case ACT_FIRST:
		keep(k, PLACE, middle);
		break;
	case ACT_ENTER:
		fold(k);
		break;
	case ACT_BACK:
		return false;
	default:
		break;
	}
	return true;
}

static bool key(struct tui_view *v, const char *k)
{
	/* Not the key of a call that it is elsewhere. */
	if (text_equal(k, "q")) {
		screen_overlay_pop(v->screen, v);
		return true;
	}
	if (!k[0] || k[1] || !strchr(pad_keys, k[0]))
		return false;
	press(v, k);
	return true;
}

/* A number or PIN may be written with what divides it. */
static void paste(struct tui_view *v, const char *text)
{
	char digits[PASTE_MAX + 1];
	size_t n = 0;

	for (; *text; text++) {
		if (strchr(" \t\r\n-()/.", *text))
			continue;
		if (!strchr(pad_keys, *text) || n == PASTE_MAX) {
			screen_message(v->screen, MESSAGE_ERROR,
				       _("Tones are 0 to 9, * and #."));
			return;
		}
		digits[n++] = *text;
	}
	digits[n] = '\0';
	if (n)
		press(v, digits);
}

/* ---- mouse ------------------------------------------------------------- */

static bool press_key(struct tui_view *v, unsigned row, unsigned column)
{
	char digit[2] = "";
	unsigned i;

	if (v->screen->win[WIN_DIALOG].at.rows < PAD_ROWS ||
	    row < KEYS_AT_ROW || column < KEYS_AT_COLUMN)
		return false;
	row -= KEYS_AT_ROW;
	column -= KEYS_AT_COLUMN;
	i = row * KEYS_COLUMNS + column / KEY_WIDTH;
	if (row >= KEYS_ROWS || column >= KEYS_COLUMNS * KEY_WIDTH ||
	    column % KEY_WIDTH == KEY_WIDTH - 1)
		return false;
	digit[0] = pad_keys[i];
	press(v, digit);
	return true;
}

static void let_go(struct keypad *k)
{
	k->held = false;
	if (k->moved)
		keep_place(k, k->at.row, k->at.column);
	else if (!k->grip_row)
		fold(k);
	screen_relayout(k->v.screen);
}

static void drag(struct keypad *k, const struct frame_mouse *m)
{
	struct rect at = k->v.screen->layout.win[WIN_DIALOG];

	k->at.row = m->row > k->grip_row ? m->row - k->grip_row : 0;
	k->at.column =
		m->column > k->grip_column ? m->column - k->grip_column : 0;
	k->moved |= k->at.row != at.row || k->at.column != at.column;
	screen_relayout(k->v.screen);
}

/* A key of it is pressed; anything else is where one takes it. */
static void mouse(struct tui_view *v, const struct frame_mouse *m)
{
	struct keypad *k = (struct keypad *)v;
	struct rect at = v->screen->win[WIN_DIALOG].at;

	if (m->event == 0 && m->button == 1) {
		k->grip_row = m->row - at.row;
		k->grip_column = m->column - at.column;
		if (press_key(v, k->grip_row, k->grip_column))
			return;
		k->held = true;
		k->moved = false;
		k->at = at;
	} else if (m->event == 1 && k->held) {
		drag(k, m);
	} else if (m->event == 2 && k->held) {
		let_go(k);
	}
}

/* ---- the view ---------------------------------------------------------- */

static void explain(const struct tui_view *v, struct text_buf *b)
{
	const struct uc_call *c = call_of(v);

	if (c)
		text_buf_printf(b,
				_("%s hears digits, * and #. Arrows and mouse "
				  "move the keypad."),
				text_empty(c->name) ? c->number : c->name);
}

static const char *word(const struct tui_view *v, enum act a)
{
	if (a == ACT_ENTER)
		return folded(v) ? _("unfold") : _("fold");
	return a == ACT_BACK ? _("close") : NULL;
}

/* What keys of calls are about is what is selected beneath. */
static bool target(const struct tui_view *v, enum app_argument_kind kind,
		   struct text_buf *b)
{
	const struct tui_screen *s = v->screen;
	const struct tui_view *under =
		s->focus == FOCUS_DETAIL ? s->detail : screen_list_view(s);

	return under->class->target && under->class->target(under, kind, b);
}

const struct view_class keypad_class = {
	.name = "keypad",
	.contexts = APP_IN_CALL,
	.changes = UC_CHANGE_CALLS | UC_CHANGE_CALL,
	.aside = true,
	.place = place,
	.draw = draw,
	.act = act,
	.key = key,
	.paste = paste,
	.mouse = mouse,
	.explain = explain,
	.word = word,
	.target = target,
};

int keypad_toggle(struct tui_screen *s)
{
	struct tui_view *v = screen_overlay_find(s, &keypad_class);
	const struct uc_call *c = call_taking_tones(screen_uc(s));
	int err;

	if (v) {
		screen_overlay_pop(s, v);
		return 0;
	}
	if (!c)
		return ENOENT;
	err = view_alloc(&v, sizeof(struct keypad), &keypad_class, s, NULL);
	if (err)
		return err;
	((struct keypad *)v)->call = c->id;
	screen_overlay_push(s, v);
	return 0;
}
