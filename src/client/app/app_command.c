/**
 * @file app_command.c  The command table: find, check, run
 */
#include <stdlib.h>
#include "app_int.h"

#define LOG_MODULE "app"

const struct app_command *app_command_at(const struct app *a, size_t i)
{
	return i < a->command_count ? a->commands[i] : NULL;
}

size_t app_command_count(const struct app *a)
{
	return a->command_count;
}

const struct app_command *app_command_find(const struct app *a,
					   const char *name)
{
	size_t i;

	for (i = 0; name && i < a->command_count; i++) {
		const struct app_command *row = a->commands[i];

		if (!strcmp(row->name, name) ||
		    (row->alias && !strcmp(row->alias, name)))
			return row;
	}
	return NULL;
}

int app_command_register(struct app *a, const struct app_command *rows)
{
	const struct app_command **all, *row;
	size_t n = 0;

	if (!a || !rows)
		return EINVAL;
	if (app_command_find(a, rows->name) == rows)
		return 0;
	for (row = rows; row->name; row++, n++)
		if (app_command_find(a, row->name) ||
		    app_command_find(a, row->alias)) {
			log_error("command %s is there twice", row->name);
			return EEXIST;
		}
	all = realloc(a->commands, (a->command_count + n) * sizeof(*all));
	if (!all)
		return ENOMEM;
	a->commands = all;
	for (row = rows; row->name; row++)
		all[a->command_count++] = row;
	return app_bindings_default(a, rows);
}

int app_commands_init(struct app *a)
{
	size_t i;
	int err = 0;

	for (i = 0; app_command_tables[i] && !err; i++)
		err = app_command_register(a, app_command_tables[i]);
	return err;
}

void app_commands_close(struct app *a)
{
	free(a->commands);
	a->commands = NULL;
	a->command_count = 0;
}

char *app_command_usage(const struct app_command *c)
{
	const struct app_argument *g = c->arguments;
	struct text_buf b = {0};

	text_buf_add(&b, c->name);
	for (; g && g->name; g++)
		text_buf_printf(&b, g->optional ? " [%s%s]" : " %s%s", g->name,
				g->rest ? "…" : "");
	return text_buf_take(&b);
}

bool app_command_available(const struct app *a, const struct app_command *c,
			   enum app_origin origin, const char **whyp)
{
	const char *why = NULL;

	if (!(c->origins & origin))
		why = _("This command is not taken from there.");
	else if (c->unavailable && a)
		why = c->unavailable(a);
	if (whyp)
		*whyp = why;
	return !why;
}

const struct app_argument *app_argument_at(const struct app_command *c,
					   size_t n)
{
	const struct app_argument *g = c->arguments;

	for (; g && g->name; g++)
		if (n-- == 0 || g->rest)
			return g;
	return NULL;
}

/* ---- checking arguments against the schema ----------------------------- */

/** An argument vector brought into the schema's places. */
struct arranged {
	const char **argv;
	char **owned; /**< joined words, as many as there are */
	size_t argc, owned_count;
};

static void arranged_reset(struct arranged *r)
{
	size_t i;

	for (i = 0; i < r->owned_count; i++) {
		char *s = r->owned[i];

		/* A note is no secret, but a password with blanks is. */
		explicit_bzero(s, strlen(s));
		free(s);
	}
	free(r->owned);
	free(r->argv);
}

static const char *join(struct arranged *r, const char *const *argv, size_t n)
{
	struct text_buf b = {0};
	char *s, **owned;
	size_t i;

	if (n == 1)
		return argv[0];
	for (i = 0; i < n; i++) {
		text_buf_add(&b, i ? " " : "");
		text_buf_add(&b, argv[i]);
	}
	s = text_buf_take(&b);
	owned = s ? realloc(r->owned, (r->owned_count + 1) * sizeof(*owned))
		  : NULL;
	if (!owned) {
		free(s);
		return NULL;
	}
	r->owned = owned;
	owned[r->owned_count++] = s;
	return s;
}

static bool looks_like_time(const char *s)
{
	return s[0] >= '0' && s[0] <= '9' && strchr(s, ':');
}

/** How many words a TIME takes here: 0, 1 or 2; -1: a bad one. */
static int time_words(struct arranged *r, const char *const *argv, size_t n,
		      bool optional)
{
	int64_t now = time_wall_ms();
	const char *two;

	if (!*argv[0] || !strcmp(argv[0], "-"))
		return 1;
	two = n > 1 ? join(r, argv, 2) : NULL;
	if (two && app_time_read(two, now, NULL) >= 0)
		return 2;
	if (app_time_read(argv[0], now, NULL) >= 0)
		return 1;
	return optional && !looks_like_time(argv[0]) ? 0 : -1;
}

static bool is_number(const char *s)
{
	return *s && !s[strspn(s, "0123456789")] && strlen(s) < 18;
}

static bool is_choice(const struct app_argument *g, const char *s)
{
	size_t i;

	for (i = 0; g->choices && g->choices[i]; i++)
		if (!strcmp(g->choices[i], s))
			return true;
	return false;
}

static int bad_choice(struct app_sink *s, const struct app_argument *g,
		      const char *word)
{
	struct text_buf b = {0};
	char *all;
	size_t i;
	int err;

	for (i = 0; g->choices && g->choices[i]; i++)
		text_buf_printf(&b, "%s%s", i ? ", " : "", g->choices[i]);
	all = text_buf_take(&b);
	err = app_sink_fail(s, EINVAL, _("%s: \"%s\" is not one of %s."),
			    g->name, word, all ? all : "");
	free(all);
	return err;
}

static int check_word(const struct app *a, struct app_sink *s,
		      const struct app_argument *g, const char *word)
{
	if (g->optional && !*word)
		return 0;
	switch (g->kind) {
	case APP_ARG_NUMBER:
		if (!is_number(word))
			return app_sink_fail(s, EINVAL,
					     _("%s: \"%s\" is no number."),
					     g->name, word);
		return 0;
	case APP_ARG_CHOICE:
		return is_choice(g, word) ? 0 : bad_choice(s, g, word);
	case APP_ARG_OPTION:
		/* While the configuration is read, front ends' are to come. */
		if (!a->reading && !app_option_find(a, word))
			return app_sink_fail(s, EINVAL,
					     _("There is no option \"%s\"."),
					     word);
		return 0;
	case APP_ARG_COMMAND:
		if (!app_command_find(a, word))
			return app_sink_fail(s, EINVAL,
					     _("There is no command \"%s\"."),
					     word);
		return 0;
	default:
		return 0;
	}
}

static int usage_fail(struct app_sink *s, const struct app_command *c,
		      const char *what)
{
	char *usage = app_command_usage(c);
	int err = app_sink_fail(s, EINVAL, "%s %s: %s", what, _("Usage"),
				usage ? usage : c->name);

	free(usage);
	return err;
}

static int arrange(const struct app *a, struct arranged *r,
		   const struct app_command *c, const char *const *argv,
		   size_t argc, struct app_sink *s)
{
	const struct app_argument *g = c->arguments;
	size_t n = 1, max = 1;
	int err = 0;

	for (; g && g->name; g++)
		max++;
	r->argv = calloc(max + 1, sizeof(*r->argv));
	if (!r->argv)
		return app_sink_fail(s, ENOMEM, _("No memory."));
	r->argv[r->argc++] = argv[0];
	for (g = c->arguments; g && g->name && n < argc && !err; g++) {
		int take = 1;

		if (g->rest)
			take = (int)(argc - n);
		else if (g->kind == APP_ARG_TIME)
			take = time_words(r, argv + n, argc - n, g->optional);
		if (take < 0)
			return app_sink_fail(
				s, EINVAL,
				_("\"%s\" is no time, or "
				  "it has passed. For example: 14:30, tomorrow "
				  "9, 2026-12-24 08:00."),
				argv[n]);
		r->argv[r->argc] = take ? join(r, argv + n, (size_t)take) : "";
		if (!r->argv[r->argc])
			return app_sink_fail(s, ENOMEM, _("No memory."));
		err = check_word(a, s, g, r->argv[r->argc++]);
		n += (size_t)take;
	}
	if (err)
		return err;
	if (n < argc)
		return usage_fail(s, c, _("Too many arguments."));
	if (g && g->name && !g->optional)
		return usage_fail(s, c, _("Something is missing."));
	return 0;
}

/* ---- running ----------------------------------------------------------- */

static int run(struct app *a, const struct app_command *c,
	       const char *const *argv, size_t argc, enum app_origin origin,
	       struct app_sink *sink)
{
	struct arranged r = {0};
	const char *why;
	int err;

	if (!(c->origins & origin))
		return app_sink_fail(sink, EPERM,
				     _("%s: this command is not "
				       "taken from there."),
				     c->name);
	err = arrange(a, &r, c, argv, argc, sink);
	if (!err && !app_command_available(a, c, origin, &why))
		err = app_sink_fail(sink, ENOTSUP, "%s", why);
	if (!err) {
		const struct app_invocation i = {
			.app = a,
			.command = c,
			.argv = r.argv,
			.argc = r.argc,
			.origin = origin,
			.sink = sink,
		};
		bool outer = !sink->running;

		mem_ref(a);
		sink->running = true;
		err = app_is_too_early(&i) ? app_run_later(&i) : c->run(&i);
		if (outer) {
			sink->running = false;
			err = app_wait_settle(sink, err);
		}
		mem_deref(a);
	}
	arranged_reset(&r);
	if (err && err != EINPROGRESS && !sink->error.len)
		app_sink_fail(sink, err, _("%s: that did not work: %s."),
			      c->name, strerror(err));
	return err;
}

int app_run(struct app *a, const char *const *argv, size_t argc,
	    enum app_origin origin, struct app_sink *sink)
{
	struct app_sink own = {0};
	const struct app_command *c;
	int err;

	if (!a || !argv || !argc)
		return EINVAL;
	c = app_command_find(a, argv[0]);
	if (c)
		err = run(a, c, argv, argc, origin, sink ? sink : &own);
	else
		err = app_sink_fail(sink, ENOENT,
				    _("There is no command \"%s\"."), argv[0]);
	app_sink_reset(&own);
	return err;
}

int app_split(const char *line, char ***argvp, size_t *argcp)
{
	return store_words(line, argvp, argcp);
}

void app_argv_free(char **argv)
{
	store_words_free(argv);
}

char **app_argv_copy(const char *const *argv, size_t *count)
{
	size_t n = 0;
	char **copy;

	while (argv[n])
		n++;
	copy = calloc(n + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = strdup(argv[i]);
		if (!copy[i]) {
			app_argv_free(copy);
			return NULL;
		}
	}
	if (count)
		*count = n;
	return copy;
}

char *app_quote(const char *s)
{
	return store_quote(s);
}

int app_run_line(struct app *a, const char *line, enum app_origin origin,
		 struct app_sink *sink)
{
	char **argv = NULL;
	size_t argc = 0;
	int err;

	err = app_split(line, &argv, &argc);
	if (err)
		return app_sink_fail(sink, err, _("A quote is open."));
	if (argc)
		err = app_run(a, (const char *const *)argv, argc, origin, sink);
	app_argv_free(argv);
	return err;
}
