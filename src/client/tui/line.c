/**
 * @file line.c  The command line: edited by readline, drawn by us
 *
 * readline has one set of globals; each open line keeps its own state in a
 * struct readline_state with a buffer of its own, put in place while a key is
 * handled. Keys come as names and are given to readline as the bytes it
 * knows, whole sequences only.
 */
#include <stdio.h>
#include <stdlib.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "tui_int.h"

enum { BUFFER_SIZE = 256, HISTORY_MAX = 500, MATCHES_WIDTH = 400 };

struct line {
	struct tui_screen *screen;
	struct readline_state state;
	char *done;	   /**< what was accepted */
	bool over;	   /**< accepted or left */
	char *matches;	   /**< candidates of the last Tab */
	const char *bytes; /**< what readline is to read now */
};

/* The line whose key is being handled: readline's callbacks have no argument
 * of ours. */
static struct line *current;

/* readline's own state with its own buffer: in place while no line is. */
static struct readline_state rest;

/* ---- what readline calls ----------------------------------------------- */

static int next_byte(FILE *f)
{
	(void)f;
	if (!current || !current->bytes || !*current->bytes)
		return EOF;
	return (unsigned char)*current->bytes++;
}

static int bytes_wait(void)
{
	return current && current->bytes && *current->bytes;
}

static void nothing(void)
{
}

static void no_prepare(int meta)
{
	(void)meta;
}

static void accepted(char *text)
{
	if (!current) {
		free(text);
		return;
	}
	free(current->done);
	current->done = text;
	current->over = true;
}

static char *no_files(const char *text, int state)
{
	(void)text;
	(void)state;
	return NULL;
}

static void show_matches(char **matches, int count, int longest)
{
	struct text_buf b = {0};
	int i;

	(void)longest;
	for (i = 1; matches && i <= count && b.len < MATCHES_WIDTH; i++)
		text_buf_printf(&b, "%s%s", i > 1 ? "  " : "", matches[i]);
	if (!current) {
		text_buf_reset(&b);
		return;
	}
	free(current->matches);
	current->matches = text_buf_take(&b);
}

/* readline wants the common beginning first, then the candidates. */
static char **with_common(char **words)
{
	size_t n = 0, i, len, same;
	char **all;

	while (words[n])
		n++;
	len = n ? strlen(words[0]) : 0;
	for (i = 1; i < n; i++) {
		for (same = 0; same < len && words[i][same] == words[0][same];
		     same++)
			;
		len = same;
	}
	while (len && ((unsigned char)words[0][len] & 0xc0) == 0x80)
		len--;
	all = n ? calloc(n + 2, sizeof(*all)) : NULL;
	if (!all)
		return NULL;
	all[0] = strndup(words[0], len);
	for (i = 0; n > 1 && i < n; i++)
		all[i + 1] = text_dup(words[i]);
	return all;
}

static char **complete(const char *text, int start, int end)
{
	char **words = NULL, **all = NULL, *before;
	size_t at = 0;

	(void)text;
	rl_attempted_completion_over = 1;
	before = strndup(rl_line_buffer, (size_t)end);
	if (!current || !before)
		goto out;
	if (!app_complete(screen_app(current->screen), before, &words, &at) &&
	    words && words[0] && at == (size_t)start)
		all = with_common(words);
	/* a folder is gone into */
	if (all && !words[1] && *words[0] &&
	    words[0][strlen(words[0]) - 1] == '/')
		rl_completion_append_character = '\0';
out:
	app_argv_free(words);
	free(before);
	return all;
}

/* Words are what the command line splits at blanks; quotes are ours to see. */
static void prepare(void)
{
	static bool ready;
	FILE *out;

	if (ready)
		return;
	out = fopen("/dev/null", "r+");
	if (out)
		rl_instream = rl_outstream = out;
	rl_readline_name = "offhook";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_prep_term_function = no_prepare;
	rl_deprep_term_function = nothing;
	rl_getc_function = next_byte;
	rl_input_available_hook = bytes_wait;
	rl_redisplay_function = nothing;
	rl_completion_display_matches_hook = show_matches;
	rl_attempted_completion_function = complete;
	rl_completion_entry_function = no_files;
	rl_completer_word_break_characters = " ";
	rl_completer_quote_characters = "";
	rl_completion_query_items = 0;
	rl_variable_bind("bell-style", "none");
	rl_variable_bind("show-all-if-ambiguous", "on");
	rl_variable_bind("enable-bracketed-paste", "off");
	using_history();
	stifle_history(HISTORY_MAX);
	ready = true;
}

/* ---- keys as bytes ----------------------------------------------------- */

static const struct {
	const char *key, *bytes;
} sequences[] = {
	{"Enter", "\r"},       {"Tab", "\t"},
	{"Backspace", "\x7f"}, {"Space", " "},
	{"Up", "\033[A"},      {"Down", "\033[B"},
	{"Right", "\033[C"},   {"Left", "\033[D"},
	{"Home", "\033[H"},    {"End", "\033[F"},
	{"Delete", "\033[3~"}, {"C-Left", "\033b"},
	{"C-Right", "\033f"},  {"M-Left", "\033b"},
	{"M-Right", "\033f"},  {"M-Backspace", "\033\x7f"},
	{"S-Tab", "\033[Z"},
};

/* @return bytes in buf, "" if readline has nothing to do with that key */
static const char *key_bytes(const char *key, char buf[8])
{
	size_t i;

	for (i = 0; i < TUI_COUNT(sequences); i++)
		if (text_equal(sequences[i].key, key))
			return sequences[i].bytes;
	buf[0] = '\0';
	if (key[0] == 'C' && key[1] == '-' && key[2] && !key[3]) {
		if ((key[2] >= 'a' && key[2] <= 'z') || key[2] == '_') {
			buf[0] = (char)(key[2] & 0x1f);
			buf[1] = '\0';
		}
		return buf;
	}
	if (key[0] == 'M' && key[1] == '-' && key[2] > ' ' && !key[3] &&
	    key[2] < 0x7f) {
		snprintf(buf, 8, "\033%c", key[2]);
		return buf;
	}
	return key_is_text(key) ? key : buf;
}

/* ---- one line ---------------------------------------------------------- */

static void enter_line(struct line *l)
{
	rl_restore_state(&l->state);
	current = l;
}

static void leave_line(struct line *l)
{
	rl_save_state(&l->state);
	rl_restore_state(&rest);
	current = NULL;
}

static void line_destroy(void *arg)
{
	struct line *l = arg;

	/* The undo list and the buffer are this line's alone. */
	if (l->state.buffer) {
		enter_line(l);
		rl_free_undo_list();
		leave_line(l);
		free(l->state.buffer);
	}
	free(l->done);
	free(l->matches);
}

/* Installing the handler anew also forgets where the last line was in the
 * history. */
static void first_state(struct readline_state *st)
{
	rl_callback_handler_install("", accepted);
	rl_save_state(&rest);
	*st = rest;
}

int line_alloc(struct line **lp, struct tui_screen *s, const char *text)
{
	struct line *l;
	char *buffer;

	prepare();
	l = mem_zalloc(sizeof(*l), line_destroy);
	if (!l)
		return ENOMEM;
	l->screen = s;
	buffer = calloc(1, BUFFER_SIZE);
	if (!buffer) {
		mem_deref(l);
		return ENOMEM;
	}
	first_state(&l->state);
	l->state.buffer = buffer;
	l->state.buflen = BUFFER_SIZE;
	l->state.point = l->state.end = l->state.mark = 0;
	l->state.ul = NULL;
	if (!text_empty(text)) {
		enter_line(l);
		rl_insert_text(text);
		leave_line(l);
	}
	*lp = l;
	return 0;
}

static void line_close(struct line *l)
{
	struct tui_screen *s = l->screen;

	s->line = mem_deref(l);
	screen_dirty(s, WIN_BIT(WIN_HINTS));
}

/* What holds a secret stays out of the history. */
static bool has_secret(const struct app *a, const char *text)
{
	const struct app_command *c = NULL;
	const struct app_argument *g;
	char **argv = NULL;
	size_t argc = 0;
	bool secret = false;

	if (!app_split(text, &argv, &argc) && argc)
		c = app_command_find(a, argv[0]);
	for (g = c ? c->arguments : NULL; g && g->name; g++)
		secret |= g->kind == APP_ARG_SECRET;
	app_argv_free(argv);
	return secret;
}

static void line_run(struct line *l)
{
	struct tui_screen *s = l->screen;
	char *text = l->done;
	HIST_ENTRY *last;

	l->done = NULL;
	line_close(l);
	if (!text_empty(text)) {
		last = history_length > 0
			       ? history_get(history_base + history_length - 1)
			       : NULL;
		if (!has_secret(screen_app(s), text) &&
		    (!last || !text_equal(last->line, text)))
			add_history(text);
		keys_run_line(s, text, APP_FROM_LINE);
		explicit_bzero(text, strlen(text));
	}
	free(text);
}

void line_key(struct line *l, const char *key)
{
	char buf[8];

	if (text_equal(key, "Esc") || text_equal(key, "C-c") ||
	    text_equal(key, "C-g") ||
	    (l->state.end == 0 &&
	     (text_equal(key, "Backspace") || text_equal(key, "C-d")))) {
		line_close(l);
		return;
	}
	free(l->matches);
	l->matches = NULL;
	enter_line(l);
	l->bytes = key_bytes(key, buf);
	while (*l->bytes && !l->over)
		rl_callback_read_char();
	l->bytes = NULL;
	/* "(reverse-i-search)`er': " */
	if (RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH))
		text_set(&l->matches, rl_display_prompt);
	leave_line(l);
	if (l->over)
		line_run(l);
}

void line_paste(struct line *l, const char *text)
{
	char *clean = text_clean(text, (size_t)-1, TEXT_MESSAGE_MAX);

	if (!clean)
		return;
	enter_line(l);
	rl_insert_text(clean);
	leave_line(l);
	free(clean);
}

/* The command whose name is typed, and something behind it. */
static const struct app_command *begun(const struct line *l)
{
	size_t n = strcspn(l->state.buffer, " ");
	const struct app_command *c;
	char *name;

	if (n >= (size_t)l->state.end)
		return NULL;
	name = strndup(l->state.buffer, n);
	c = name ? app_command_find(screen_app(l->screen), name) : NULL;
	free(name);
	return c;
}

char *line_hint(const struct line *l)
{
	const struct app_command *c;
	char *usage, *hint;

	if (!text_empty(l->matches))
		return text_dup(l->matches);
	c = begun(l);
	if (!c)
		return text_dup(_("Enter runs it, Tab completes, Esc leaves."));
	usage = app_command_usage(c);
	hint = usage ? text_printf("%s: %s", usage, _(c->summary)) : NULL;
	free(usage);
	return hint;
}

void line_draw(struct line *l, struct frame_grid *g, unsigned row,
	       struct rect *cursor)
{
	struct field f = {0};
	unsigned columns = frame_grid_columns(g);

	frame_grid_put(g, row, 0, 1, STYLE_KEY, ":");
	f.text = strndup(l->state.buffer, (size_t)l->state.end);
	if (!f.text || columns < 4)
		goto out;
	f.cursor = (size_t)l->state.point;
	field_draw(l->screen, &f, g, row, 1, columns - 2, STYLE_NORMAL, cursor);
out:
	field_close(&f);
}
