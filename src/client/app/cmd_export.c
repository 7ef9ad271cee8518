/**
 * @file cmd_export.c  Conversations into a file, or onto standard output
 *
 * What the server still has of them is read first.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "app_int.h"
#include "cmd_int.h"

enum form { FORM_TEXT, FORM_JSON };

/* ---- what is written --------------------------------------------------- */

/* Local time with its distance from UTC, which any program reads. */
static void add_time(struct text_buf *b, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	char text[40] = "";
	struct tm tm;

	if (localtime_r(&t, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	text_buf_add(b, text);
}

static void entry_text(struct text_buf *b, const struct uc_entry *e)
{
	const char *line = e->text, *end;
	char length[32];

	add_time(b, e->at_ms);
	text_buf_printf(b, "  %s", uc_entry_word(e->kind));
	if (e->duration_s) {
		app_duration_text(length, sizeof(length), e->duration_s);
		text_buf_printf(b, "  %s", length);
	}
	if (!text_empty(e->number))
		text_buf_printf(b, "  %s", e->number);
	if (e->delivery)
		text_buf_printf(b, "  %s", uc_delivery_word(e->delivery));
	text_buf_add(b, "\n");
	/* Each line of a message is set in: none looks like an entry. */
	while (!text_empty(line)) {
		end = strchr(line, '\n');
		text_buf_add(b, "    ");
		text_buf_add_n(b, line,
			       end ? (size_t)(end - line) : strlen(line));
		text_buf_add(b, "\n");
		line = end ? end + 1 : NULL;
	}
}

static void entry_line(struct text_buf *b, const struct uc *uc,
		       const struct uc_conversation *v,
		       const struct uc_entry *e)
{
	struct json_writer *w = json_writer_new();
	char *line;

	json_object(w);
	json_add_string(w, "conversation", v->id);
	json_add_string(w, "name", v->name);
	json_name(w, "entry");
	app_entry_json(w, uc, e);
	json_end(w);
	line = json_writer_take(w);
	json_writer_free(w);
	if (!line)
		b->err = ENOMEM;
	text_buf_add(b, line ? line : "");
	text_buf_add(b, "\n");
	free(line);
}

static void conversation_out(struct text_buf *b, const struct uc *uc,
			     const struct uc_conversation *v, enum form form)
{
	if (form == FORM_TEXT) {
		text_buf_printf(b, "%s%s", b->len ? "\n" : "", v->name);
		if (!text_empty(v->number) && !text_equal(v->name, v->number))
			text_buf_printf(b, ", %s", v->number);
		text_buf_add(b, "\n\n");
	}
	for (size_t i = 0; i < v->entry_count; i++) {
		if (form == FORM_TEXT)
			entry_text(b, &v->entries[i]);
		else
			entry_line(b, uc, v, &v->entries[i]);
	}
}

/* ---- into a file ------------------------------------------------------- */

struct export
{
	struct app *a;
	struct app_wait *wait;
	struct job_queue *jobs;
	char *path;
	struct text_buf text; /**< the worker's */
	size_t entries;
	bool replace;
};

static void destructor(void *arg)
{
	struct export *x = arg;

	mem_deref(x->wait);
	free(x->path);
	text_buf_reset(&x->text);
}

static int work(void *arg)
{
	const struct export *x = arg;

	return x->replace ? file_write(x->path, x->text.buf, x->text.len, 0600)
			  : app_file_new(x->path, x->text.buf, x->text.len);
}

static void written(int err, void *arg)
{
	struct export *x = arg;
	char *line = NULL;

	if (err)
		line = text_printf(_("%s: %s."), x->path, strerror(err));
	else
		uc_notice(x->a->uc, UC_NOTICE_INFO,
			  ngettext("%zu entry is in %s.",
				   "%zu entries are in %s.", x->entries),
			  x->entries, x->path);
	app_wait_over(x->wait, err, line ? line : "");
	free(line);
	loop_deref_later(x->jobs);
	mem_deref(x);
}

static int write_file(const struct app_invocation *i, char *path,
		      struct text_buf *text, size_t entries, bool replace)
{
	struct export *x = mem_zalloc(sizeof(*x), destructor);
	int err;

	if (!x) {
		free(path);
		text_buf_reset(text);
		return ENOMEM;
	}
	x->a = i->app;
	x->path = path;
	x->text = *text;
	x->entries = entries;
	x->replace = replace;
	err = job_queue_alloc(&x->jobs, "export", 1);
	if (!err)
		err = job_run(x->jobs, work, written, x);
	if (err) {
		mem_deref(x->jobs);
		mem_deref(x);
		return app_sink_fail(i->sink, err, "%s", strerror(err));
	}
	x->wait = mem_ref(app_wait_new(i->app, i->sink));
	app_wait_keep(x->wait);
	return 0;
}

/* ---- the command ------------------------------------------------------- */

static int ask_replace(const struct app_invocation *i, const char *path)
{
	const char *argv[] = {i->command->name,
			      app_argument_of(i, 1),
			      path,
			      text_empty(app_argument_of(i, 3))
				      ? "text"
				      : app_argument_of(i, 3),
			      "replace",
			      NULL};
	char *text;
	int err;

	if (i->origin == APP_FROM_SHELL)
		return app_sink_fail(i->sink, EEXIST,
				     _("%s is there already: replace behind "
				       "the form replaces it."),
				     path);
	text = text_printf(_("%s is there already. Replace it?"), path);
	err = text ? app_question_confirm(i->app, _("Export conversations"),
					  text, _("Replace"), argv)
		   : ENOMEM;
	free(text);
	return err;
}

static int export(const struct app_invocation *i,
		  const struct uc_conversation *v)
{
	enum form form = text_equal(app_argument_of(i, 3), "json") ? FORM_JSON
								   : FORM_TEXT;
	bool replace = text_equal(app_argument_of(i, 4), "replace");
	const char *file = app_argument_of(i, 2);
	const struct uc *uc = i->app->uc;
	struct text_buf b = {0};
	size_t k, n = 0;
	struct stat st;
	char *path;

	if (v) {
		conversation_out(&b, uc, v, form);
		n = v->entry_count;
	}
	for (k = 0; !v && k < uc_conversation_count(uc); k++) {
		const struct uc_conversation *c = uc_conversation_at(uc, k);

		if (c->entry_count)
			conversation_out(&b, uc, c, form);
		n += c->entry_count;
	}
	if (b.err) {
		text_buf_reset(&b);
		return ENOMEM;
	}
	if (text_equal(file, "-")) {
		text_buf_add(&i->sink->text, b.buf ? b.buf : "");
		text_buf_reset(&b);
		return i->sink->text.err;
	}
	path = app_path(i->sink, file);
	if (path && !lstat(path, &st) && (!replace || !S_ISREG(st.st_mode))) {
		/* Devices, folders and links are never replaced. */
		int err = S_ISREG(st.st_mode)
				  ? ask_replace(i, path)
				  : app_sink_fail(i->sink, EEXIST,
						  _("%s is no file that can be "
						    "replaced."),
						  path);

		free(path);
		text_buf_reset(&b);
		return err;
	}
	if (!path) {
		text_buf_reset(&b);
		return ENOMEM;
	}
	return write_file(i, path, &b, n, replace);
}

static int run_export(const struct app_invocation *i)
{
	const char *what = app_argument_of(i, 1);
	struct uc_conversation *v = NULL;
	enum app_history there;

	if (strcmp(what, "all")) {
		v = app_conversation_named(i->app, what);
		if (!v)
			return app_sink_fail(
				i->sink, ENOENT,
				_("There is no such conversation."));
	}
	if (text_equal(app_argument_of(i, 2), "-") &&
	    i->origin != APP_FROM_SHELL)
		return app_sink_fail(i->sink, EINVAL,
				     _("Say which file: - is for the shell."));
	there = app_history(i->app, v);
	return there == APP_HISTORY_MORE || there == APP_HISTORY_READING
		       ? app_history_then(i, v)
		       : export(i, v);
}

static const char *const forms[] = {"text", "json", NULL};
static const char *const replaces[] = {"replace", NULL};
static const struct app_argument arguments[] = {
	{.name = "conversation", .kind = APP_ARG_CONVERSATION},
	{.name = "file", .kind = APP_ARG_FILE},
	{.name = "form",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = forms},
	{.name = "replace",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = replaces},
	{.name = NULL},
};

const struct app_command app_commands_export[] = {
	{.name = "export-conversation",
	 .summary = N_("Write a conversation, or all, into a file."),
	 .help = N_("All that the server has of it is read first. As text for "
		    "people, or as JSON lines for programs, an entry each. "
		    "The file can be read by its owner only, and none is "
		    "replaced without a question, unless replace stands "
		    "behind it. From the shell - is standard output."),
	 .examples = EXAMPLES("export-conversation 201 ~/erlang.txt",
			      "export-conversation all ~/all.jsonl json"),
	 .arguments = arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CONVERSATIONS,
	 .keys = "w",
	 .run = run_export},
	ROWS_END};
