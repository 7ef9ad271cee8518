/**
 * @file keys.c  A key, a click: to the focused view, or to a command
 */
#include <stdlib.h>

#include "tui_int.h"

enum { ARGUMENTS_MAX = 16, WHEEL_ROWS = 3 };

/* ---- commands ---------------------------------------------------------- */

static uint32_t question_id(const struct tui_screen *s)
{
	const struct app_question *q = app_question(screen_app(s));

	return q ? q->id : 0;
}

/* @param asked  The question that was there before the command ran, or 0 */
static void show_answer(struct tui_screen *s, int err, struct app_sink *sink,
			const char *title, uint32_t asked)
{
	struct tui_view *pager;
	const char *text = sink->text.buf;
	size_t len = sink->text.len;

	if (err) {
		screen_message(s, MESSAGE_ERROR,
			       text_empty(sink->error.buf)
				       ? _("That did not work.")
				       : sink->error.buf);
		return;
	}
	/* A question says it all itself, and goes without a trace. */
	if (question_id(s) && question_id(s) != asked)
		return;
	while (len && text[len - 1] == '\n')
		sink->text.buf[--len] = '\0';
	if (!len)
		return;
	if (!strchr(text, '\n'))
		screen_message(s, MESSAGE_INFO, text);
	else if (!pager_alloc(&pager, s, title, text))
		screen_overlay_push(s, pager);
}

int keys_run(struct tui_screen *s, const char *const *argv, size_t argc,
	     enum app_origin origin)
{
	uint32_t asked = question_id(s);
	struct app_sink sink;
	int err;

	memset(&sink, 0, sizeof(sink));
	sink.front = s;
	err = app_run(screen_app(s), argv, argc, origin, &sink);
	show_answer(s, err, &sink, argc ? argv[0] : "", asked);
	app_sink_reset(&sink);
	return err;
}

int keys_run_line(struct tui_screen *s, const char *line,
		  enum app_origin origin)
{
	uint32_t asked = question_id(s);
	struct app_sink sink;
	int err;

	memset(&sink, 0, sizeof(sink));
	sink.front = s;
	err = app_run_line(screen_app(s), line, origin, &sink);
	show_answer(s, err, &sink, line, asked);
	app_sink_reset(&sink);
	return err;
}

void keys_prompt(struct tui_screen *s, const char *line)
{
	if (!s->line && !line_alloc(&s->line, s, line))
		screen_dirty(s, WIN_BIT(WIN_HINTS));
}

/* What only a person can say is typed into the command line. */
static void ask_rest(struct tui_screen *s, char *const *argv, size_t argc)
{
	struct text_buf b = {0};
	char *word;
	size_t i;

	for (i = 0; i < argc; i++) {
		word = app_quote(argv[i]);
		if (word)
			text_buf_add(&b, word);
		text_buf_add(&b, " ");
		free(word);
	}
	if (!b.err)
		keys_prompt(s, b.buf);
	text_buf_reset(&b);
}

/* Typing more would not help: why not is said at once. */
static bool refuse(struct tui_screen *s, const struct app_command *c,
		   enum app_argument_kind kind)
{
	const struct app *a = screen_app(s);
	const char *why = c->unavailable ? c->unavailable(a) : NULL;
	const struct uc_contact *who;
	struct text_buf b = {0};
	char *line = NULL;
	bool said;

	if (!why && kind == APP_ARG_PERSONAL &&
	    screen_target(s, APP_ARG_CONTACT, &b)) {
		who = uc_contact_by_id(screen_uc(s), b.buf ? b.buf : "");
		line = who ? text_printf(_("%s is no personal contact of "
					   "yours."),
					 who->name)
			   : NULL;
	}
	said = why || line;
	if (said)
		screen_message(s, MESSAGE_ERROR, why ? why : line);
	text_buf_reset(&b);
	free(line);
	return said;
}

/* What is left out is the application's to find, but for a group that one is
 * in and a call that is selected, where that can do what is asked. */
static bool fill_optional(const struct tui_screen *s,
			  const struct app_command *c,
			  const struct app_argument *a,
			  const struct uc_call *call, struct text_buf *b)
{
	if (a->kind == APP_ARG_NUMBER_OF)
		return screen_target(s, APP_ARG_DIAL, b);
	if (a->kind == APP_ARG_GROUP || a->kind == APP_ARG_VOICE)
		return screen_target(s, a->kind, b);
	if (a->kind != APP_ARG_CALL || !call)
		return false;
	if (c->function && !(call->functions & c->function))
		return false;
	text_buf_printf(b, "%u", call->id);
	return true;
}

/* Complete a bound line with what is selected, as the command's schema asks.
 * @param call  That it is about, NULL: the application's choice */
static void run_bound(struct tui_screen *s, const char *line,
		      const struct uc_call *call)
{
	const struct app_command *c;
	const struct app_argument *a;
	char **given = NULL, *argv[ARGUMENTS_MAX] = {NULL};
	struct text_buf b = {0};
	size_t argc = 0, own = 0, n;

	if (app_split(line, &given, &own) || !own || own >= ARGUMENTS_MAX)
		goto out;
	for (argc = 0; argc < own; argc++)
		argv[argc] = given[argc];
	c = app_command_find(screen_app(s), argv[0]);
	a = c ? c->arguments : NULL;
	for (n = own - 1; a && n < ARGUMENTS_MAX - 2; n++) {
		size_t i;

		for (i = 0; i < n && a[i].name; i++)
			;
		if (i < n || !a[n].name)
			break;
		if (a[n].optional ? !fill_optional(s, c, &a[n], call, &b)
				  : !screen_target(s, a[n].kind, &b)) {
			text_buf_reset(&b);
			if (a[n].optional)
				break;
			if (!refuse(s, c, a[n].kind))
				ask_rest(s, argv, argc);
			goto out;
		}
		if (b.err)
			goto out;
		argv[argc++] = text_buf_take(&b);
	}
	keys_run(s, (const char *const *)argv, argc, APP_FROM_KEY);
out:
	text_buf_reset(&b);
	for (n = own; given && n < argc; n++)
		free(argv[n]);
	app_argv_free(given);
}

/* ---- keys -------------------------------------------------------------- */

static bool starts_dialling(const char *key)
{
	return key[0] && !key[1] && strchr("0123456789+*#", key[0]);
}

static bool run_key(struct tui_screen *s, const char *key, uint32_t contexts)
{
	const struct app_binding *b;

	b = app_binding_find(screen_app(s), key, contexts);
	if (aim_missed(s, key, contexts, b))
		return true;
	if (!b)
		return false;
	run_bound(s, b->line, screen_call(s));
	return true;
}

static bool is_function_key(const char *key)
{
	return key[0] == 'F' && key[1] >= '0' && key[1] <= '9';
}

/* Function keys are also those of what lies beneath a dialog that is aside. */
static uint32_t contexts_of(const struct tui_screen *s, const char *key)
{
	uint32_t contexts = screen_contexts(s);

	if (screen_focused(s)->class->aside && is_function_key(key))
		contexts |= screen_list_view(s)->class->contexts;
	return contexts;
}

void keys_input(struct tui_screen *s, const char *key)
{
	struct tui_view *v = screen_focused(s);
	bool typing;

	if (text_empty(key))
		return;
	/* A call is answered also while something is being typed. */
	if (s->line) {
		if (!is_function_key(key) ||
		    !run_key(s, key, screen_contexts(s)))
			line_key(s->line, key);
		screen_dirty(s, WIN_BIT(WIN_HINTS));
		return;
	}
	typing = v->class->typing && v->class->typing(v);
	if (v->class->key && v->class->key(v, key))
		return;
	if (typing && key_is_text(key))
		return;
	if (run_key(s, key, contexts_of(s, key)))
		return;
	if (!s->overlay_count && starts_dialling(key))
		screen_search(s, key);
}

void keys_paste(struct tui_screen *s, const char *text)
{
	struct tui_view *v = screen_focused(s);

	if (text_empty(text))
		return;
	if (s->line)
		line_paste(s->line, text);
	else if (v->class->paste)
		v->class->paste(v, text);
	else if (!s->overlay_count)
		screen_search(s, text);
	screen_dirty(s, WIN_BIT(WIN_HINTS));
}

/* ---- mouse ------------------------------------------------------------- */

static bool window_at(const struct tui_screen *s, unsigned row, unsigned column,
		      enum tui_window *w)
{
	const struct window *win;
	unsigned i;

	for (i = WIN_COUNT; i-- > 0;) {
		win = &s->win[i];
		if (win->told && row >= win->at.row &&
		    row < win->at.row + win->at.rows &&
		    column >= win->at.column &&
		    column < win->at.column + win->at.columns) {
			*w = i;
			return true;
		}
	}
	return false;
}

static bool click_spot(struct tui_screen *s, enum tui_window w, unsigned row,
		       unsigned column)
{
	const struct hotspot *p;
	uint32_t call;
	char *line;
	size_t i;

	for (i = 0; i < s->spot_count; i++) {
		p = &s->spots[i];
		if (p->window != w || p->row != row || column < p->column ||
		    column >= p->column + p->columns)
			continue;
		line = text_dup(p->line); /* drawing may drop the spot */
		call = p->call;
		if (line)
			run_bound(s, line,
				  call ? uc_call_by_id(screen_uc(s), call)
				       : screen_call(s));
		free(line);
		return true;
	}
	return false;
}

static struct tui_view *view_in(struct tui_screen *s, enum tui_window w)
{
	if (w == WIN_DIALOG && s->overlay_count)
		return s->overlays[s->overlay_count - 1];
	if (s->overlay_count)
		return NULL;
	if (w == WIN_LIST)
		return screen_list_view(s);
	return w == WIN_DETAIL ? s->detail : NULL;
}

void keys_mouse(struct tui_screen *s, const struct frame_mouse *m)
{
	struct tui_view *v;
	enum tui_window w;
	unsigned row, column;

	v = s->overlay_count ? s->overlays[s->overlay_count - 1] : NULL;
	if (m->event != 0 && v && v->class->mouse)
		v->class->mouse(v, m);
	if (m->event != 0 || !window_at(s, m->row, m->column, &w))
		return;
	if (w == WIN_DIALOG && v && v->class->mouse) {
		v->class->mouse(v, m);
		return;
	}
	row = m->row - s->win[w].at.row;
	column = m->column - s->win[w].at.column;
	if (m->button == 1 && click_spot(s, w, row, column))
		return;
	v = view_in(s, w);
	if (!v)
		return;
	if (m->button == 4 || m->button == 5) {
		if (!v->has_list)
			return;
		rows_move(&v->list, m->button == 4 ? -WHEEL_ROWS : WHEEL_ROWS);
		view_dirty(v);
		screen_follow(s);
		return;
	}
	if (m->button != 1)
		return;
	if (w == WIN_DETAIL)
		s->focus = FOCUS_DETAIL;
	else if (w == WIN_LIST)
		s->focus = s->search ? FOCUS_SEARCH : FOCUS_LIST;
	screen_dirty(s, WIN_ALL);
	if (v->class->click)
		v->class->click(v, row, column);
}
