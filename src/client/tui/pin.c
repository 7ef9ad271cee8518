/**
 * @file pin.c  The form that changes the voicemail's PIN (SPEC T5.7.3)
 *
 * What is typed is never shown. What of it fulfils which rule is, with every
 * key.
 */
#include <stdlib.h>

#include "tui_int.h"

enum part { PART_OLD, PART_NEW, PART_AGAIN, PART_COUNT };
enum { FORM_COLUMNS = 58, LABEL_COLUMNS = 14, OLD_MAX = 12 };

struct pin_form {
	struct tui_view v;
	struct field fields[PART_COUNT];
	enum part part;
	unsigned row;	     /**< of the first, as drawn last */
	const char *problem; /**< gettext, or NULL … */
	char *refused;	     /**< … or what the server said */
	bool saving;
	struct app_sink sink;
};

static struct pin_form *form(const struct tui_view *v)
{
	return (struct pin_form *)(uintptr_t)v;
}

static const char *typed(const struct pin_form *f, enum part p)
{
	return f->fields[p].text ? f->fields[p].text : "";
}

/* ---- the rules --------------------------------------------------------- */

static const struct {
	uint32_t broken; /* of app_pin_broken(); 0: the two are not the same */
	enum part part;	 /* where that is mended */
	const char *text, *problem;
} rules[] = {
	{APP_PIN_DIGITS, PART_NEW, N_("six digits"),
	 N_("The new PIN needs six digits.")},
	{APP_PIN_EQUAL, PART_NEW, N_("not all the same"),
	 N_("The digits must not all be the same.")},
	{APP_PIN_RUN, PART_NEW, N_("no run, such as 123456 or 654321"),
	 N_("The digits must not be a run.")},
	{0, PART_AGAIN, N_("both the same"),
	 N_("The two new PINs are not the same.")},
};
enum { RULES = sizeof(rules) / sizeof(rules[0]) };

static bool rule_kept(const struct pin_form *f, unsigned i)
{
	const char *pin = typed(f, PART_NEW);

	if (!*pin)
		return false;
	return rules[i].broken ? !(app_pin_broken(pin) & rules[i].broken)
			       : text_equal(pin, typed(f, PART_AGAIN));
}

static const char *first_problem(struct pin_form *f)
{
	if (!*typed(f, PART_OLD)) {
		f->part = PART_OLD;
		return _("The old PIN is needed, too.");
	}
	for (unsigned i = 0; i < RULES; i++) {
		if (rule_kept(f, i))
			continue;
		f->part = rules[i].part;
		return _(rules[i].problem);
	}
	return NULL;
}

/* ---- carried out ------------------------------------------------------- */

static void say(struct pin_form *f, const char *problem, const char *refused)
{
	free(f->refused);
	f->refused = refused ? text_dup(refused) : NULL;
	f->problem = problem;
	view_dirty(&f->v);
}

static void saved(int err, const char *text, void *arg)
{
	struct pin_form *f = arg;
	struct tui_screen *s = f->v.screen;

	f->saving = false;
	if (err) {
		say(f, NULL, text_empty(text) ? _("That did not work.") : text);
		/* whatever it was, it is the old one that was judged */
		f->part = PART_OLD;
		(void)field_set(&f->fields[PART_OLD], "");
		return;
	}
	screen_message(s, MESSAGE_INFO, _("The PIN has been changed."));
	screen_overlay_pop(s, &f->v);
}

static void save(struct pin_form *f)
{
	const char *problem = first_problem(f);
	const char *const argv[] = {"voicemail-pin", typed(f, PART_OLD),
				    typed(f, PART_NEW), typed(f, PART_AGAIN)};
	int err;

	say(f, problem, NULL);
	if (problem)
		return;
	app_sink_reset(&f->sink);
	f->sink.done = saved;
	f->sink.done_arg = f;
	f->saving = true;
	mem_ref(f);
	err = app_run(screen_app(f->v.screen), argv, TUI_COUNT(argv),
		      APP_FROM_LINE, &f->sink);
	if (err != EINPROGRESS)
		saved(err, f->sink.error.buf ? f->sink.error.buf : "", f);
	mem_deref(f);
}

/* ---- drawing ----------------------------------------------------------- */

static void draw_field(struct pin_form *f, struct frame_grid *g,
		       struct rect area, enum part p, struct rect *cursor)
{
	static const char *const labels[PART_COUNT] = {
		N_("old PIN"), N_("new PIN"), N_("once more")};
	struct tui_screen *s = f->v.screen;
	unsigned row = area.row + (unsigned)p;
	bool here = f->part == p;

	if (here)
		frame_grid_put(g, row, area.column, 1, STYLE_SELECTED,
			       glyph(s, GLYPH_MARK));
	draw_text(s, g, row, area.column + 2, LABEL_COLUMNS - 1,
		  here ? STYLE_BOLD : STYLE_DIM, _(labels[p]));
	field_draw(s, &f->fields[p], g, row, area.column + 2 + LABEL_COLUMNS,
		   OLD_MAX + 1, STYLE_FIELD, here ? cursor : NULL);
}

static void draw_rule(const struct pin_form *f, struct frame_grid *g,
		      struct rect area, unsigned row, unsigned i)
{
	const struct tui_screen *s = f->v.screen;
	bool kept = rule_kept(f, i);

	draw_text(s, g, row, area.column + 2, 2, kept ? STYLE_BOLD : STYLE_DIM,
		  kept ? glyph(s, GLYPH_TICK) : glyph(s, GLYPH_DASH));
	draw_text(s, g, row, area.column + 4,
		  area.columns > 4 ? area.columns - 4 : 0,
		  kept ? STYLE_NORMAL : STYLE_DIM, _(rules[i].text));
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	struct pin_form *f = form(v);
	unsigned row = area.row + PART_COUNT + 1, end = area.row + area.rows;

	(void)focus;
	f->row = area.row;
	for (int p = 0; p < PART_COUNT && (unsigned)p < area.rows; p++)
		draw_field(f, g, area, (enum part)p, cursor);
	for (unsigned i = 0; i < RULES && row < end; i++)
		draw_rule(f, g, area, row++, i);
	row++;
	if (row >= end)
		return;
	area = (struct rect){row, area.column, end - row, area.columns};
	if (f->saving)
		wrap_text(v->screen, g, area, STYLE_BOLD, _("Saving …"));
	else
		wrap_text(v->screen, g, area, STYLE_ERROR,
			  f->refused ? f->refused : f->problem);
}

static void size(const struct tui_view *v, struct rect *wanted)
{
	(void)v;
	wanted->rows = PART_COUNT + 1 + RULES + 3;
	wanted->columns = FORM_COLUMNS;
}

/* ---- keys -------------------------------------------------------------- */

static void go(struct pin_form *f, int way)
{
	say(f, NULL, NULL);
	f->part = (enum part)(((int)f->part + PART_COUNT + way) % PART_COUNT);
}

static bool act(struct tui_view *v, enum act a)
{
	struct pin_form *f = form(v);

	switch (a) {
	case ACT_BACK:
		return false;
	case ACT_UP:
		go(f, -1);
		return true;
	case ACT_DOWN:
	case ACT_NEXT:
		go(f, 1);
		return true;
	case ACT_ENTER:
		if (!f->saving)
			save(f);
		return true;
	default:
		return true;
	}
}

static size_t room(const struct pin_form *f)
{
	size_t most = f->part == PART_OLD ? OLD_MAX : APP_PIN_LENGTH;
	size_t n = strlen(typed(f, f->part));

	return n < most ? most - n : 0;
}

static bool key(struct tui_view *v, const char *k)
{
	struct pin_form *f = form(v);

	if (text_equal(k, "S-Tab")) {
		go(f, -1);
		return true;
	}
	if (f->saving)
		return false;
	/* what is no digit is no part of a PIN */
	if (key_is_text(k) && (k[1] || *k < '0' || *k > '9' || !room(f)))
		return true;
	if (!field_key(&f->fields[f->part], k))
		return false;
	say(f, NULL, NULL);
	return true;
}

static void paste(struct tui_view *v, const char *text)
{
	struct pin_form *f = form(v);

	for (; *text && !f->saving; text++) {
		const char digit[] = {*text, '\0'};

		if (*text >= '0' && *text <= '9' && room(f))
			field_insert(&f->fields[f->part], digit);
	}
	say(f, NULL, NULL);
}

static bool typing(const struct tui_view *v)
{
	(void)v;
	return true;
}

static void click(struct tui_view *v, unsigned row, unsigned column)
{
	struct pin_form *f = form(v);

	(void)column;
	if (row >= f->row && row < f->row + PART_COUNT)
		go(f, (int)(row - f->row) - (int)f->part);
}

static const char *word(const struct tui_view *v, enum act a)
{
	if (a == ACT_NEXT)
		return _("next field");
	return a == ACT_ENTER && !form(v)->saving ? _("change") : NULL;
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	text_buf_add(b, form(v)->part == PART_OLD
				? _("The PIN that your voicemail's menu asks "
				    "for now.")
				: _("The PIN that it is to ask for."));
}

const struct view_class pin_class = {
	.name = "pin",
	.title = N_("PIN of the voicemail"),
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
	struct pin_form *f = arg;

	app_sink_reset(&f->sink);
	for (int p = 0; p < PART_COUNT; p++)
		field_close(&f->fields[p]);
	free(f->refused);
}

int pin_alloc(struct tui_view **vp, struct tui_screen *s)
{
	struct pin_form *f;
	int err = view_alloc(vp, sizeof(*f), &pin_class, s, destroy);

	if (err)
		return err;
	f = form(*vp);
	for (int p = 0; p < PART_COUNT && !err; p++) {
		f->fields[p].secret = true;
		err = field_set(&f->fields[p], "");
	}
	if (err)
		*vp = mem_deref(f);
	return err;
}
