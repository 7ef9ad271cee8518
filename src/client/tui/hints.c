/**
 * @file hints.c  What the focused thing is, and which keys work there
 *
 * The keys come from the live bindings: what is not available now, or has
 * nothing to act on, is not offered.
 */
#include <stdlib.h>

#include "tui_int.h"

/* ---- places that a click runs a command from --------------------------- */

void hints_spot(struct tui_screen *s, enum tui_window w, unsigned row,
		unsigned column, unsigned columns, const char *line)
{
	struct hotspot *p;
	char *copy = text_dup(line);

	p = copy ? realloc(s->spots, (s->spot_count + 1) * sizeof(*p)) : NULL;
	if (!p) {
		free(copy);
		return;
	}
	s->spots = p;
	p[s->spot_count++] = (struct hotspot){
		.window = w,
		.row = row,
		.column = column,
		.columns = columns,
		.line = copy,
	};
}

void hints_spots_clear(struct tui_screen *s, enum tui_window w)
{
	size_t i, n = 0;

	for (i = 0; i < s->spot_count; i++) {
		if (s->spots[i].window == w)
			free(s->spots[i].line);
		else
			s->spots[n++] = s->spots[i];
	}
	s->spot_count = n;
}

/* ---- keys -------------------------------------------------------------- */

enum { GAP = 3 };

static const struct {
	const char *key, *shown;
} key_signs[] = {
	{"Right", "→"},
	{"Left", "←"},
	{"Up", "↑"},
	{"Down", "↓"},
};

static const char *key_shown(const struct tui_screen *s, const char *key)
{
	size_t i;

	for (i = 0; !s->ascii && i < TUI_COUNT(key_signs); i++)
		if (text_equal(key_signs[i].key, key))
			return key_signs[i].shown;
	return key;
}

const char *hints_key_of(const struct tui_screen *s, const char *line)
{
	size_t n = tui_bindings(s->tui);

	for (size_t i = 0; i < n; i++)
		if (text_equal(s->tui->bindings[i]->line, line))
			return key_shown(s, s->tui->bindings[i]->key);
	return NULL;
}

/* Has the selection what the command needs? */
static bool can_fill(const struct tui_screen *s, const struct app_command *c,
		     size_t given)
{
	const struct app_argument *a = c->arguments;
	struct text_buf b = {0};
	bool ok = true;
	size_t i;

	for (i = 0; a && a[i].name && ok; i++) {
		/* one could listen elsewhere, too: said where there is one */
		if (i < given || (a[i].optional && a[i].kind != APP_ARG_VOICE))
			continue;
		if (a[i].kind != APP_ARG_DIAL && a[i].kind != APP_ARG_CONTACT &&
		    a[i].kind != APP_ARG_RINGING &&
		    a[i].kind != APP_ARG_FAVOURITE &&
		    a[i].kind != APP_ARG_COLLEAGUE &&
		    a[i].kind != APP_ARG_ENTRY &&
		    a[i].kind != APP_ARG_PERSONAL &&
		    a[i].kind != APP_ARG_CONVERSATION &&
		    a[i].kind != APP_ARG_VOICE && a[i].kind != APP_ARG_GROUP)
			break;
		ok = screen_target(s, a[i].kind, &b);
		text_buf_reset(&b);
	}
	return ok;
}

/* Who is a personal contact is changed, not made once more; the key would do
   so, and is not praised for it. */
static bool is_there_already(const struct tui_screen *s,
			     const struct app_command *c)
{
	struct text_buf b = {0};
	bool personal = text_equal(c->name, "contact-new") &&
			screen_target(s, APP_ARG_PERSONAL, &b);

	text_buf_reset(&b);
	return personal;
}

/* The word of a binding, NULL if it does nothing now. */
static const char *hint_word(struct tui_screen *s, const struct app_binding *b)
{
	const struct tui_view *v = screen_focused(s);
	const struct app_command *c = NULL;
	const char *word = NULL;
	char **argv = NULL;
	size_t argc = 0;
	enum act act;

	if (app_split(b->line, &argv, &argc) || !argc)
		goto out;
	c = app_command_find(screen_app(s), argv[0]);
	if (!c || !app_command_available(screen_app(s), c, APP_FROM_KEY, NULL))
		goto out;
	if (commands_act_of(c->name, &act)) {
		word = v->class->word ? v->class->word(v, act) : NULL;
		if (!word && act == ACT_BACK &&
		    (s->overlay_count || s->search || s->focus != FOCUS_LIST))
			word = _("back");
		goto out;
	}
	if (!can_fill(s, c, argc - 1) || is_there_already(s, c))
		goto out;
	/* The user's own words for a key of the user's own. */
	if (!text_empty(b->note) && !text_equal(b->note, c->summary))
		word = b->note;
	else if (c->hint)
		word = _(c->hint);
out:
	app_argv_free(argv);
	return word;
}

static bool is_function_key(const char *key)
{
	return key[0] == 'F' && key[1] >= '0' && key[1] <= '9';
}

static bool runs_one_of(const char *line, const char *const *commands)
{
	size_t n = strcspn(line, " ");

	for (; commands && *commands; commands++)
		if (strlen(*commands) == n && !strncmp(line, *commands, n))
			return true;
	return false;
}

/* Can the key be told which call it is about? */
static bool takes_call(const struct app_command *c)
{
	const struct app_argument *a = c->arguments;

	while (a && a->name && a->kind != APP_ARG_CALL && !a->optional)
		a++;
	return a && a->name && a->kind == APP_ARG_CALL;
}

/* On the row of a call stands what that call allows, and would be done with
 * that one. */
static bool allowed(const struct tui_screen *s, const struct hints_prm *p,
		    const struct app_binding *b)
{
	const struct uc_call *call =
		p->call ? uc_call_by_id(screen_uc(s), p->call) : NULL;
	const struct app_command *c;

	if (!call || strchr(b->line, ' '))
		return true;
	c = app_command_find(screen_app(s), b->line);
	if (!c || !c->function)
		return true;
	return call->functions & c->function &&
	       (takes_call(c) || aim_by_function(s, c->function) == call);
}

static bool wanted(struct tui_screen *s, const struct hints_prm *p,
		   const struct app_binding *b)
{
	const struct tui_view *v = screen_focused(s);
	bool typing = s->line || (v->class->typing && v->class->typing(v));

	if (b->contexts && !(b->contexts & p->contexts))
		return false;
	if (p->only && !(b->contexts & p->only) &&
	    !(p->also && text_equal(p->also, b->line)))
		return false;
	if (p->without & b->contexts || runs_one_of(b->line, p->but))
		return false;
	if (is_function_key(b->key) ? false : p->function_keys)
		return false;
	if (typing && key_is_text(b->key))
		return false;
	if (!allowed(s, p, b))
		return false;
	return app_binding_find(screen_app(s), b->key, p->contexts) == b;
}

/* One command is shown once, with the first of its keys. */
static bool shown_before(const struct tui_screen *s, const struct hints_prm *p,
			 const char *line)
{
	size_t i;

	for (i = 0; i < s->spot_count; i++)
		if (s->spots[i].window == p->window &&
		    text_equal(s->spots[i].line, line))
			return true;
	return false;
}

static unsigned width_of(const struct tui_screen *s,
			 const struct app_binding *b, const char *word)
{
	return (unsigned)(text_width(key_shown(s, b->key)) + 1 +
			  text_width(word));
}

static unsigned gap_of(const struct hints_prm *p)
{
	return p->gap ? p->gap : GAP;
}

static unsigned draw_one(struct tui_screen *s, struct frame_grid *g,
			 const struct hints_prm *p, unsigned at,
			 const struct app_binding *b, const char *word)
{
	const char *key = key_shown(s, b->key);
	unsigned kw = (unsigned)text_width(key), gap = at ? gap_of(p) : 0;
	unsigned ww = (unsigned)text_width(word);

	if (at + gap + width_of(s, b, word) > p->width)
		return at;
	at += gap;
	frame_grid_put(g, p->row, p->column + at, kw, STYLE_KEY, key);
	frame_grid_put(g, p->row, p->column + at + kw + 1, ww, STYLE_HINT,
		       word);
	hints_spot(s, p->window, p->row, p->column + at, kw + 1 + ww, b->line);
	if (s->spot_count)
		s->spots[s->spot_count - 1].call = p->call;
	return at + kw + 1 + ww;
}

/* The way to all other keys stays longest: room for it, whatever comes first.
   Returns its binding, NULL if it is not offered here. */
static const struct app_binding *help_binding(struct tui_screen *s,
					      const struct hints_prm *p)
{
	size_t i, n = tui_bindings(s->tui);

	for (i = 0; i < n; i++) {
		const struct app_binding *b = s->tui->bindings[i];

		if (text_equal(b->line, "keys") && wanted(s, p, b) &&
		    !text_empty(hint_word(s, b)))
			return b;
	}
	return NULL;
}

unsigned hints_keys(struct tui_screen *s, struct frame_grid *g,
		    const struct hints_prm *prm)
{
	const struct app_binding *b, *help = help_binding(s, prm);
	struct hints_prm narrow = *prm;
	const struct hints_prm *p = &narrow;
	const char *word;
	unsigned at = 0, kept = 0;
	size_t i, n = tui_bindings(s->tui);
	enum act act;
	bool is_act;
	int pass;

	if (help)
		kept = width_of(s, help, hint_word(s, help)) + GAP;
	narrow.width -= kept < prm->width ? kept : prm->width;

	/* What one does with the selection, then the place's own keys, then
	 * those that work everywhere. */
	for (pass = 0; pass < 3; pass++) {
		for (i = 0; i < n; i++) {
			b = s->tui->bindings[i];
			is_act = commands_act_of(b->line, &act);
			if (is_act != (pass == 0) ||
			    (!is_act && (b->contexts != 0) != (pass == 1)))
				continue;
			if (!wanted(s, p, b) || shown_before(s, p, b->line))
				continue;
			word = hint_word(s, b);
			if (b == help)
				narrow.width = prm->width;
			if (!text_empty(word))
				at = draw_one(s, g, p, at, b, word);
		}
	}
	return at;
}

enum { LOST_COLUMNS = 30 };

/* ---- the two lines ----------------------------------------------------- */

static const enum frame_style message_styles[] = {
	[MESSAGE_INFO] = STYLE_NORMAL,
	[MESSAGE_WARNING] = STYLE_WARNING,
	[MESSAGE_ERROR] = STYLE_ERROR,
};

static char *lost_line(const struct tui_screen *s)
{
	const struct uc_account *a = uc_account(screen_uc(s));
	int64_t now = time_wall_ms(), wait = (a->retry_ms - now + 999) / 1000;
	const char *server =
		text_empty(a->server) ? _("the server") : a->server;
	char since[16];

	if (a->connection == UC_CONNECTING)
		return text_printf(_("Connecting to %s …"), server);
	if (a->connection == UC_REFUSED || a->connection == UC_OFFLINE)
		return text_dup(text_empty(a->reason) ? _("Not connected.")
						      : a->reason);
	words_clock(since, sizeof(since), a->since_ms);
	if (!a->retry_ms || wait <= 0)
		return text_printf(_("No connection to %s since %s. "
				     "Trying now."),
				   server, since);
	return text_printf(_("No connection to %s since %s. "
			     "Next try in %d s."),
			   server, since, (int)wait);
}

static void explain(struct tui_screen *s, struct frame_grid *g,
		    unsigned columns)
{
	const struct tui_view *v = screen_focused(s);
	struct text_buf b = {0};

	if (v->class->explain)
		v->class->explain(v, &b);
	draw_text(s, g, 0, 1, columns, STYLE_NORMAL, b.buf);
	text_buf_reset(&b);
}

static void first_line(struct tui_screen *s, struct frame_grid *g,
		       unsigned columns)
{
	struct hints_prm prm = {.window = WIN_HINTS, .row = 0};
	char *line;
	unsigned n;

	columns = meter_draw(s, g, columns);
	if (s->line) {
		line = line_hint(s->line);
		draw_text(s, g, 0, 1, columns, STYLE_DIM, line ? line : "");
		free(line);
		return;
	}
	if (s->message && (!screen_lost(s) || screen_covered(s))) {
		draw_text(s, g, 0, 1, columns, message_styles[s->message_kind],
			  s->message);
		return;
	}
	if (!screen_lost(s) || screen_covered(s)) {
		explain(s, g, columns);
		return;
	}
	line = lost_line(s);
	n = draw_text(s, g, 0, 1, columns, STYLE_WARNING, line);
	free(line);
	prm.column = n + 3;
	prm.width = columns > n + 3 ? columns - n - 3 : 0;
	if (prm.width < LOST_COLUMNS)
		return;
	prm.contexts = screen_contexts(s);
	prm.only = APP_IN_LOST;
	prm.also = "quit";
	hints_keys(s, g, &prm);
}

static unsigned draw_last(struct tui_screen *s, struct frame_grid *g,
			  unsigned row, unsigned columns, const char *name)
{
	const struct app_binding *b = NULL;
	uint32_t contexts = screen_contexts(s);
	size_t i, n = tui_bindings(s->tui);
	struct hints_prm p = {.window = WIN_HINTS, .row = row};
	const struct app_command *c = app_command_find(screen_app(s), name);
	const char *word = c && c->hint ? _(c->hint) : NULL;
	unsigned width;

	for (i = 0; i < n; i++) {
		b = s->tui->bindings[i];
		if (text_equal(b->line, name) &&
		    (!b->contexts || b->contexts & contexts))
			break;
	}
	if (i == n || !word || columns < 60)
		return columns;
	width = (unsigned)(text_width(b->key) + 1 + text_width(word));
	p.column = columns - width;
	p.width = width;
	draw_one(s, g, &p, 0, b, word);
	return columns - width - 2;
}

static void key_line(struct tui_screen *s, struct frame_grid *g, unsigned row,
		     unsigned columns)
{
	const struct tui_view *v = screen_focused(s);
	struct hints_prm prm = {
		.window = WIN_HINTS,
		.row = row,
		.column = 1,
		.contexts = screen_contexts(s),
		.without = APP_IN_CALL | APP_IN_RINGING | APP_IN_TWO_CALLS |
			   APP_IN_LISTENING,
	};

	if (s->message && row && screen_lost(s) && !screen_covered(s)) {
		draw_text(s, g, row, 1, columns,
			  message_styles[s->message_kind], s->message);
		return;
	}
	if (!v->class->typing || !v->class->typing(v))
		columns = draw_last(s, g, row, columns, "command-line");
	prm.width = columns > 1 ? columns - 1 : 0;
	hints_keys(s, g, &prm);
}

void hints_draw(struct tui_screen *s, struct frame_grid *g, struct rect *cursor)
{
	unsigned rows = frame_grid_rows(g), columns = frame_grid_columns(g);
	bool urgent = s->message || screen_lost(s);

	hints_spots_clear(s, WIN_HINTS);
	if (columns < 4)
		return;
	if (rows > 1 || (urgent && !s->line))
		first_line(s, g, columns - 2);
	if (s->line)
		line_draw(s->line, g, rows - 1, cursor);
	else if (rows > 1 || !urgent)
		key_line(s, g, rows - 1, columns - 1);
}
