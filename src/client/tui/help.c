/**
 * @file help.c  Help from the live key table, and a pager for long answers
 */
#include <stdlib.h>

#include "tui_int.h"

struct help {
	struct tui_view v;
	uint32_t contexts; /**< of what had the focus before */
	char **keys;	   /**< NULL: a head */
	char **texts;
	size_t count;
};

static const uint8_t help_columns[] = {COL_KEY, COL_TEXT, COL_END};

static size_t source_count(const struct tui_view *v)
{
	return ((const struct help *)v)->count;
}

static void source_row(const struct tui_view *v, size_t i, struct row *row)
{
	const struct help *h = (const struct help *)v;

	row->kind = h->keys[i] ? ROW_KEY : ROW_HEAD;
	row->label = h->keys[i];
	row->text = h->texts[i];
	if (!h->keys[i] && text_empty(h->texts[i]))
		row->kind = ROW_BLANK;
	row->fixed = !h->keys[i];
	row->key = h->keys[i];
	row->key2 = h->texts[i];
}

static const struct list_source source = {source_count, source_row};

static void clear(struct help *h)
{
	size_t i;

	for (i = 0; i < h->count; i++) {
		free(h->keys[i]);
		free(h->texts[i]);
	}
	free(h->keys);
	free(h->texts);
	h->keys = h->texts = NULL;
	h->count = 0;
}

/* Takes over what key and text point to. */
static void add(struct help *h, char *key, char *text)
{
	char **keys = realloc(h->keys, (h->count + 1) * sizeof(*keys));
	char **texts;

	if (keys)
		h->keys = keys;
	texts = realloc(h->texts, (h->count + 1) * sizeof(*texts));
	if (texts)
		h->texts = texts;
	if (!keys || !texts || !text) {
		free(key);
		free(text);
		return;
	}
	keys[h->count] = key;
	texts[h->count++] = text;
}

/* All keys of one command line in one row. */
static char *keys_of(struct tui *t, const char *line, uint32_t contexts)
{
	const struct app_binding *b;
	struct text_buf keys = {0};
	size_t i, n = tui_bindings(t);

	for (i = 0; i < n; i++) {
		b = t->bindings[i];
		if (!text_equal(b->line, line) ||
		    app_binding_find(t->app, b->key, contexts) != b)
			continue;
		text_buf_printf(&keys, "%s%s", keys.len ? " " : "", b->key);
	}
	if (!keys.len) {
		text_buf_reset(&keys);
		return NULL;
	}
	return text_buf_take(&keys);
}

static bool is_first(const struct tui *t, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (text_equal(t->bindings[i]->line, t->bindings[at]->line))
			return false;
	return true;
}

/* The command of a key, and how many words there are with it. */
static const struct app_command *
command_of(const struct app *a, const struct app_binding *b, size_t *argcp)
{
	const struct app_command *c = NULL;
	char **argv = NULL;

	*argcp = 0;
	if (!app_split(b->line, &argv, argcp) && *argcp)
		c = app_command_find(a, argv[0]);
	app_argv_free(argv);
	return c;
}

/* Why it does nothing now, or NULL. */
static const char *why_not(const struct app *a, const struct app_binding *b)
{
	size_t argc;
	const struct app_command *c = command_of(a, b, &argc);
	const char *why = NULL;

	if (c)
		(void)app_command_available(a, c, APP_FROM_KEY, &why);
	return why;
}

static char *sentence(const struct app *a, const struct app_binding *b)
{
	size_t argc;
	const struct app_command *c = command_of(a, b, &argc);
	const char *text = text_empty(b->note) ? b->line : b->note;
	const char *why = why_not(a, b);

	if (c && argc == 1 &&
	    (text_equal(b->note, c->summary) || text_empty(b->note)))
		text = _(c->summary);
	return why ? text_printf("%s %s", text, why) : text_dup(text);
}

enum keys { KEYS_HERE, KEYS_HERE_NOT_NOW, KEYS_EVERYWHERE };

static bool belongs(const struct help *h, enum keys which,
		    const struct app_binding *b)
{
	if (which == KEYS_EVERYWHERE || !b->contexts)
		return which == KEYS_EVERYWHERE && !b->contexts;
	return b->contexts & h->contexts &&
	       !why_not(screen_app(h->v.screen), b) == (which == KEYS_HERE);
}

static void add_keys(struct help *h, enum keys which, const char *title)
{
	struct tui *t = h->v.screen->tui;
	size_t i, n = tui_bindings(t), before = h->count;
	const struct app_binding *b;
	char *keys;

	for (i = 0; i < n; i++) {
		b = t->bindings[i];
		if (!belongs(h, which, b) || !is_first(t, i))
			continue;
		keys = keys_of(t, b->line, h->contexts);
		if (!keys)
			continue;
		if (h->count == before) {
			if (before)
				add(h, NULL, text_dup(""));
			add(h, NULL, text_dup(title));
		}
		add(h, keys, sentence(t->app, b));
	}
}

static void add_commands(struct help *h)
{
	const struct app *a = screen_app(h->v.screen);
	const struct app_command *c;
	size_t i;

	add(h, NULL, text_dup(""));
	add(h, NULL, text_dup(_("Commands, typed after :")));
	for (i = 0; (c = app_command_at(a, i)); i++)
		if (c->origins & APP_FROM_LINE)
			add(h, text_dup(c->name), text_dup(_(c->summary)));
}

static const struct {
	enum uc_lamp lamp;
	const char *text;
} lamp_help[] = {
	{UC_LAMP_IDLE, N_("the phone is idle")},
	{UC_LAMP_RINGS_INSIDE, N_("rings, call from inside")},
	{UC_LAMP_RINGS_OUTSIDE, N_("rings, call from outside")},
	{UC_LAMP_DIALLING, N_("is dialling")},
	{UC_LAMP_TALKS_INSIDE, N_("talks with a colleague")},
	{UC_LAMP_TALKS_OUTSIDE, N_("talks with someone outside")},
	{UC_LAMP_UNREACHABLE, N_("cannot be reached")},
	{UC_LAMP_UNKNOWN, N_("not known")},
};

static void recalc(struct tui_view *v)
{
	struct help *h = (struct help *)v;
	size_t i;

	clear(h);
	add_keys(h, KEYS_HERE, _("Keys here"));
	add_keys(h, KEYS_EVERYWHERE, _("Keys everywhere"));
	add_keys(h, KEYS_HERE_NOT_NOW, _("Keys here that do nothing now"));
	add(h, NULL, text_dup(""));
	add(h, NULL,
	    text_dup(_("Lamps: the sign is the phone, the word the "
		       "presence")));
	for (i = 0; i < TUI_COUNT(lamp_help); i++)
		add(h,
		    text_dup(glyph(v->screen,
				   GLYPH_LAMP + (enum glyph)lamp_help[i].lamp)),
		    text_dup(_(lamp_help[i].text)));
	add_commands(h);
	add(h, NULL, text_dup(""));
	add(h, NULL, text_dup(_("Shift and the mouse mark text for copying.")));
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	rows_draw(&v->list, g, area, focus, cursor);
}

static void size(const struct tui_view *v, struct rect *wanted)
{
	(void)v;
	wanted->rows = FRAME_ROWS_MAX;
	wanted->columns = 92;
}

static void help_explain(const struct tui_view *v, struct text_buf *b)
{
	(void)v;
	text_buf_add(b, _("What can be done here, by key and by command."));
}

static bool q_leaves(struct tui_view *v, enum act a)
{
	if (a != ACT_LEFT && a != ACT_ENTER)
		return false;
	return screen_act(v->screen, ACT_BACK);
}

/* On a command, Enter shows all there is to say of it. */
static const struct app_command *command_on(const struct tui_view *v)
{
	const struct app_command *c;
	struct row row;

	if (!rows_selected(&v->list, &row))
		return NULL;
	c = app_command_find(screen_app(v->screen), row.label);
	return c && text_equal(_(c->summary), row.text) ? c : NULL;
}

static bool help_act(struct tui_view *v, enum act a)
{
	const struct app_command *c = command_on(v);
	struct tui_view *pager;
	char *text;

	if (a != ACT_ENTER)
		return q_leaves(v, a);
	text = c ? app_command_help(screen_app(v->screen), c) : NULL;
	if (text && !pager_alloc(&pager, v->screen, c->name, text))
		screen_overlay_push(v->screen, pager);
	free(text);
	return true;
}

static const char *help_word(const struct tui_view *v, enum act a)
{
	return a == ACT_ENTER && command_on(v) ? _("more") : NULL;
}

const struct view_class help_class = {
	.name = "help",
	.title = N_("Help"),
	.contexts = APP_IN_HELP,
	.app_changes = APP_CHANGE_BINDINGS,
	.recalc = recalc,
	.draw = draw,
	.act = help_act,
	.explain = help_explain,
	.word = help_word,
	.size = size,
};

static void destroy(void *arg)
{
	struct help *h = arg;

	rows_close(&h->v.list);
	clear(h);
}

static int help_like(struct tui_view **vp, struct tui_screen *s,
		     const struct view_class *class, const uint8_t *columns)
{
	struct help *h;
	int err = view_alloc(vp, sizeof(*h), class, s, destroy);

	if (err)
		return err;
	h = (struct help *)*vp;
	h->contexts = screen_contexts(s);
	rows_init(&h->v.list, &h->v, &source, columns);
	h->v.list.indent = 2;
	h->v.has_list = true;
	return 0;
}

int help_alloc(struct tui_view **vp, struct tui_screen *s)
{
	return help_like(vp, s, &help_class, help_columns);
}

/* ---- pager ------------------------------------------------------------- */

static const uint8_t pager_columns[] = {COL_KEY, COL_END};

static void pager_size(const struct tui_view *v, struct rect *wanted)
{
	const struct help *h = (const struct help *)v;
	size_t i, w;

	wanted->columns = 30;
	wanted->rows =
		h->count > FRAME_ROWS_MAX ? FRAME_ROWS_MAX : (unsigned)h->count;
	for (i = 0; i < h->count; i++) {
		w = text_width(h->keys[i]) + 3;
		if (w > wanted->columns)
			wanted->columns = w > FRAME_COLUMNS_MAX
						  ? FRAME_COLUMNS_MAX
						  : (unsigned)w;
	}
}

static void pager_row(const struct tui_view *v, size_t i, struct row *row)
{
	const struct help *h = (const struct help *)v;

	row->kind = ROW_TEXT;
	row->text = h->keys[i];
	row->key = h->texts[i];
	row->style = STYLE_NORMAL;
}

static const struct list_source pager_source = {source_count, pager_row};

const struct view_class pager_class = {
	.name = "pager",
	.title = N_("Answer"),
	.contexts = APP_IN_HELP,
	.draw = draw,
	.act = q_leaves,
	.size = pager_size,
};

int pager_alloc(struct tui_view **vp, struct tui_screen *s, const char *title,
		const char *text)
{
	struct help *h;
	const char *end;
	int err = help_like(vp, s, &pager_class, pager_columns);

	(void)title;
	if (err)
		return err;
	h = (struct help *)*vp;
	h->v.list.source = &pager_source;
	h->v.list.indent = 1;
	for (; *text; text = *end ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		add(h, text_clean(text, (size_t)(end - text), 1024),
		    text_printf("%zu", h->count));
	}
	return 0;
}
