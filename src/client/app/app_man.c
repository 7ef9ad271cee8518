/**
 * @file app_man.c  Help and manual pages, computed from the tables
 */
#include <stdlib.h>
#include "app_int.h"

/* ---- help for a terminal ----------------------------------------------- */

static void keys_of(const struct app *a, const struct app_command *c,
		    struct text_buf *b)
{
	const struct app_binding *k;
	size_t i;

	for (i = 0; (k = app_binding_at(a, i)); i++)
		if (!strcmp(k->line, c->name))
			text_buf_printf(b, " %s", k->key);
}

char *app_command_help(const struct app *a, const struct app_command *c)
{
	struct text_buf b = {0}, keys = {0};
	char *usage = app_command_usage(c);
	size_t i;

	text_buf_printf(&b, "%s\n\n%s\n", usage ? usage : c->name,
			_(c->summary));
	free(usage);
	if (c->help)
		text_buf_printf(&b, "\n%s\n", _(c->help));
	keys_of(a, c, &keys);
	if (keys.len)
		text_buf_printf(&b, "\n%s%s\n", _("Keys:"), keys.buf);
	text_buf_reset(&keys);
	for (i = 0; c->examples && c->examples[i]; i++)
		text_buf_printf(&b, "%s  %s\n", i ? "" : "\n", c->examples[i]);
	return text_buf_take(&b);
}

/* ---- roff -------------------------------------------------------------- */

/** Text with what roff would take for its own made harmless. */
static void roff(struct text_buf *b, const char *s)
{
	bool begin = true;

	for (; *s; s++) {
		if (begin && (*s == '.' || *s == '\''))
			text_buf_add(b, "\\&");
		begin = *s == '\n';
		switch (*s) {
		case '\\':
			text_buf_add(b, "\\e");
			break;
		case '-':
			text_buf_add(b, "\\-");
			break;
		case '\'':
			text_buf_add(b, "\\(aq");
			break;
		case '`':
			text_buf_add(b, "\\(ga");
			break;
		case '^':
			text_buf_add(b, "\\(ha");
			break;
		case '~':
			text_buf_add(b, "\\(ti");
			break;
		default:
			text_buf_add_n(b, s, 1);
		}
	}
}

/** As an argument of a macro: quotes doubled. */
static void quoted(struct text_buf *b, const char *s)
{
	struct text_buf t = {0};
	const char *p;

	roff(&t, s);
	text_buf_add(b, "\"");
	for (p = t.buf ? t.buf : ""; *p; p++)
		text_buf_add(b, *p == '"' ? "\"\"" : (char[]){*p, '\0'});
	text_buf_add(b, "\"");
	text_buf_reset(&t);
}

/** A paragraph; each sentence is a line, as roff wants it. */
static void paragraph(struct text_buf *b, const char *s)
{
	const char *end;

	while ((end = strstr(s, ". "))) {
		char *one = strndup(s, (size_t)(end + 1 - s));

		/* "24.12. 8" is no end of a sentence. */
		if (one && end[2] >= 'A' && end[2] <= 'Z') {
			roff(b, one);
			text_buf_add(b, "\n");
		} else if (one) {
			roff(b, one);
			text_buf_add(b, " ");
		}
		free(one);
		s = end + 2;
	}
	roff(b, s);
	text_buf_add(b, "\n");
}

static void title(struct text_buf *b, const char *name, const char *section,
		  const char *what)
{
	text_buf_printf(b,
			".\\\" Made from the program's tables: make man\n"
			".TH %s %s 2026-11-22 \"offhook %s\" \"User manual\"\n"
			".SH NAME\n%s \\- ",
			name, section, OFFHOOK_VERSION, name);
	roff(b, what);
	text_buf_add(b, "\n");
}

static void section(struct text_buf *b, const char *name)
{
	text_buf_printf(b, ".SH %s\n", name);
}

static void term(struct text_buf *b, const char *bold, const char *text)
{
	text_buf_add(b, ".TP\n.B ");
	quoted(b, bold);
	text_buf_add(b, "\n");
	paragraph(b, text);
}

/* ---- commands ---------------------------------------------------------- */

static const struct {
	enum app_origin origin;
	const char *name;
} origins[] = {
	{APP_FROM_KEY, "a key"},       {APP_FROM_LINE, "the command line"},
	{APP_FROM_SHELL, "the shell"}, {APP_FROM_CONFIG, "the configuration"},
	{APP_FROM_LINK, "a link"},
};

static void command_origins(struct text_buf *b, const struct app_command *c)
{
	bool first = true;
	size_t i;

	text_buf_add(b, ".br\nFrom ");
	for (i = 0; i < sizeof(origins) / sizeof(*origins); i++) {
		if (!(c->origins & origins[i].origin))
			continue;
		text_buf_printf(b, "%s%s", first ? "" : ", ", origins[i].name);
		first = false;
	}
	text_buf_add(b, ".\n");
}

static void command_choices(struct text_buf *b, const struct app_command *c)
{
	const struct app_argument *g = c->arguments;
	size_t i;

	for (; g && g->name; g++) {
		if (!g->choices)
			continue;
		text_buf_add(b, ".br\n.I ");
		quoted(b, g->name);
		text_buf_add(b, "\nis one of\n");
		for (i = 0; g->choices[i]; i++) {
			text_buf_add(b, ".BR ");
			quoted(b, g->choices[i]);
			text_buf_add(b, g->choices[i + 1] ? " ,\n" : " .\n");
		}
	}
}

static void command(struct text_buf *b, const struct app_command *c)
{
	char *usage = app_command_usage(c);
	size_t i;

	text_buf_add(b, ".TP\n.B ");
	quoted(b, usage ? usage : c->name);
	free(usage);
	text_buf_add(b, "\n");
	paragraph(b, c->summary);
	if (c->help)
		paragraph(b, c->help);
	command_choices(b, c);
	if (c->alias) {
		text_buf_add(b, ".br\nAlso\n.BR ");
		quoted(b, c->alias);
		text_buf_add(b, " .\n");
	}
	if (c->keys) {
		text_buf_add(b, ".br\nKeys:\n.B ");
		quoted(b, c->keys);
		text_buf_add(b, "\n");
	}
	command_origins(b, c);
	for (i = 0; c->examples && c->examples[i]; i++) {
		text_buf_add(b, ".br\nExample:\n.B ");
		quoted(b, c->examples[i]);
		text_buf_add(b, "\n");
	}
}

static int by_name(const void *a, const void *b)
{
	const struct app_command *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void commands(const struct app *a, struct text_buf *b)
{
	size_t i, n = app_command_count(a);
	const struct app_command **all = calloc(n + 1, sizeof(*all));

	if (!all) {
		b->err = ENOMEM;
		return;
	}
	for (i = 0; i < n; i++)
		all[i] = app_command_at(a, i);
	qsort(all, n, sizeof(*all), by_name);
	for (i = 0; i < n; i++)
		command(b, all[i]);
	free(all);
}

static void page_commands(const struct app *a, struct text_buf *b)
{
	title(b, "offhook-commands", "7", "what can be done in offhook");
	section(b, "DESCRIPTION");
	paragraph(b, "Everything that offhook does is a command: what a key "
		     "is bound to, what is typed behind \":\", what "
		     "offhook -c runs, what the configuration holds. Words "
		     "are split as in sh: with single quotes, double quotes "
		     "and the backslash, without expansion.");
	section(b, "COMMANDS");
	commands(a, b);
	section(b, "SEE ALSO");
	text_buf_add(b, ".BR offhook (1),\n.BR offhook.conf (5)\n");
}

/* ---- options ----------------------------------------------------------- */

static void option_range(struct text_buf *b, const struct app_option *o)
{
	size_t i;

	switch (o->type) {
	case APP_OPTION_FLAG:
		text_buf_add(b, ".br\non or off");
		break;
	case APP_OPTION_CHOICE:
		text_buf_add(b, ".br\none of");
		for (i = 0; o->choices[i]; i++) {
			text_buf_add(b, i ? ", " : " ");
			roff(b, o->choices[i]);
		}
		break;
	case APP_OPTION_NUMBER:
	case APP_OPTION_DURATION:
		text_buf_printf(b, ".br\n%lld to %lld", (long long)o->min,
				(long long)o->max);
		if (o->unit)
			text_buf_printf(b, " %s", o->unit);
		break;
	case APP_OPTION_TEXT:
		text_buf_add(b, ".br\na text");
		break;
	}
	text_buf_add(b, "; at first\n.BR ");
	quoted(b, text_empty(o->initial) ? "empty" : o->initial);
	text_buf_add(b, " .\n");
	if (o->restart)
		text_buf_add(b, "Takes effect at the next start.\n");
}

static void page_conf(const struct app *a, struct text_buf *b)
{
	const struct app_option *o;
	size_t i;

	title(b, "offhook.conf", "5", "settings of offhook");
	section(b, "SYNOPSIS");
	text_buf_add(b, ".nf\n\\(ti/.config/offhook/config\n"
			"\\(ti/.config/offhook/saved\n.fi\n");
	section(b, "DESCRIPTION");
	paragraph(b, "A file of commands, one a line; \"#\" begins a comment. "
		     "It is read at the start, if it belongs to you and "
		     "nobody else can write to it. What you change inside the "
		     "program is kept in the file saved beside it, which is "
		     "read after it; the file config is never changed.");
	text_buf_add(b, ".PP\n.nf\nset popup 10s\nslot 1 lan "
			"uc.example:8802\nbind call H hold\n.fi\n");
	section(b, "OPTIONS");
	for (i = 0; (o = app_option_at(a, i)); i++) {
		term(b, o->name, o->text);
		option_range(b, o);
	}
	section(b, "SEE ALSO");
	text_buf_add(b, ".BR offhook (1),\n.BR offhook\\-commands (7)\n");
}

/* ---- the program ------------------------------------------------------- */

static void scripts(struct text_buf *b)
{
	section(b, "EXIT STATUS");
	paragraph(b, "What a server or a phone is asked for is waited for: "
		     "the status, and one line on standard error, say if it "
		     "was refused.");
	term(b, "0", "Done.");
	term(b, "1", "It failed, or was refused.");
	term(b, "2", "Wrong usage, or there is no such thing.");
	term(b, "3", "Nobody is logged in.");
	term(b, "4", "offhook does not run.");
	section(b, "SCRIPTS");
	paragraph(b, "A program may talk to the running offhook itself: over "
		     "the socket /tmp/offhook-UID/core, or core in the folder "
		     "OFFHOOK_TMPDIR, in lines of JSON. Its first line is "
		     "{\"offhook\":1}, and offhook greets with its version. A "
		     "request has do, a command as one text or as a list of "
		     "its words, and may have an id, and in, the folder where "
		     "paths begin. Its answer has that id, text for a person, "
		     "data for a program where the command "
		     "has some, and either ok or error: usage, unknown, "
		     "forbidden, unavailable, login or failed. Answers come "
		     "when it is known how it ended, so those to later "
		     "requests may come first.");
	paragraph(b, "The command subscribe, with call, presence, connection, "
		     "conversation, message and login or some of them, asks "
		     "for events: "
		     "lines with event, at in milliseconds, and what changed. "
		     "The event lost stands where some were left out, because "
		     "nobody read them. From a shell, offhook subscribe prints "
		     "events until it is ended.");
}

static void page_program(const struct app *a, struct text_buf *b)
{
	const struct app_command *c;
	size_t i;

	title(b, "offhook", "1", "unified communications in a terminal");
	section(b, "SYNOPSIS");
	text_buf_add(b, ".B offhook\n.RB [ \\-f ]\n.br\n"
			".B offhook\n.RB [ \\-\\-json ]\n.I command\n"
			".RI [ argument \\ \\&...]\n.br\n"
			".B offhook\n.RB [ \\-\\-json ]\n.B \\-c\n"
			".I line\n.br\n"
			".B offhook \\-\\-link\n.I URL\n");
	section(b, "DESCRIPTION");
	paragraph(b, "Presence, directories, favourites, conversations and "
		     "calls of an OpenScape Business system, or of offhookd. "
		     "The program goes on when its terminal is closed: calls "
		     "and messages still arrive, and offhook again shows it "
		     "where it was. Several terminals may look at once.");
	section(b, "OPTIONS");
	term(b, "-c line",
	     "Run one command in the running program, written as behind \":\" "
	     "there, and print its answer.");
	term(b, "--json", "Print the answer as JSON.");
	term(b, "@-",
	     "As an argument of a command: one line of standard input, read "
	     "without echo if that is a terminal. Passwords are taken only "
	     "so: the command line can be read by everybody on the machine.");
	term(b, "-f", "End the program with this terminal.");
	term(b, "--link URL",
	     "Offer to call the number of a tel, callto or sip link, in the "
	     "running program. Where that has no terminal, or does not run, "
	     "it is shown in this one. The options confirm_links and "
	     "open_links are about it, see offhook.conf(5).");
	term(b, "--selection[=where]",
	     "Call the number, or search the name, that is marked in this "
	     "environment: where is auto, tmux, wayland or x11, as for the "
	     "option selection in offhook.conf(5). For a key of the desktop, "
	     "or of tmux: bind-key C-o run-shell 'offhook --selection', and "
	     "in its copy mode bind-key -T copy-mode-vi C-o send-keys -X "
	     "copy-pipe-and-cancel 'offhook selection @-'.");
	term(b, "--help", "Print the options.");
	term(b, "--version", "Print the version.");
	section(b, "KEYS");
	for (i = 0; (c = app_command_at(a, i)); i++)
		if (c->keys)
			term(b, c->keys, c->summary);
	scripts(b);
	section(b, "FILES");
	term(b, "~/.config/offhook", "Settings, see offhook.conf(5).");
	term(b, "~/.local/state/offhook",
	     "Passwords (encrypted), accepted "
	     "certificates, history.");
	term(b, "~/.cache/offhook",
	     "What the server said last, for a quick "
	     "start; may be deleted.");
	section(b, "SEE ALSO");
	text_buf_add(b, ".BR offhook\\-commands (7),\n"
			".BR offhook.conf (5)\n");
}

static const struct {
	const char *name;
	void (*write)(const struct app *a, struct text_buf *b);
} pages[] = {
	{"offhook.1", page_program},
	{"offhook-commands.7", page_commands},
	{"offhook.conf.5", page_conf},
};

char *app_man_page(const struct app *a, const char *page)
{
	struct text_buf b = {0};
	size_t i;

	for (i = 0; i < sizeof(pages) / sizeof(*pages); i++)
		if (page && !strcmp(pages[i].name, page)) {
			pages[i].write(a, &b);
			return text_buf_take(&b);
		}
	return NULL;
}
