/**
 * @file json.c  JSON lines: requests in, answers out
 */
#include <stdlib.h>
#include <string.h>

#include "ctl_int.h"

enum { ARGUMENTS_MAX = 256 };

static const struct {
	const char *name;
	uint32_t event;
} event_names[] = {
	{"call", CTL_EVENT_CALL},
	{"presence", CTL_EVENT_PRESENCE},
	{"connection", CTL_EVENT_CONNECTION},
	{"conversation", CTL_EVENT_CONVERSATION},
	{"login", CTL_EVENT_LOGIN},
	{"message", CTL_EVENT_MESSAGE},
};

static const char *usual_code(int err)
{
	static const struct {
		int err;
		const char *code;
	} rows[] = {
		{EINVAL, "usage"},    {ENOENT, "unknown"},
		{EPERM, "forbidden"}, {ENOTSUP, "unavailable"},
		{ENOTCONN, "login"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].err == err)
			return rows[i].code;
	return "failed";
}

/* ---- answers ----------------------------------------------------------- */

static void send_writer(struct ctl_json *j, struct json_writer *w)
{
	char *s = json_writer_take(w);

	if (s)
		j->h->send(s, j->arg);
	free(s);
	json_writer_free(w);
}

void ctl_json_greet(struct ctl_json *j, const char *language,
		    unsigned terminals)
{
	struct json_writer *w = json_writer_new();

	if (!w)
		return;
	json_object(w);
	json_add_int(w, "offhook", 1);
	json_add_string(w, "version", OFFHOOK_VERSION);
	json_add_string(w, "language", language);
	json_add_int(w, "terminals", terminals);
	json_end(w);
	send_writer(j, w);
}

/* The data that a command wrote, as a member. A writer can only be read by
 * parsing what it wrote; a command that wrote none leaves nothing. */
static void add_data(struct json_writer *w, struct json_writer *data)
{
	char *s = data ? json_writer_take(data) : NULL;
	struct json *v = NULL;

	if (s && *s && !json_parse(&v, s, strlen(s))) {
		json_name(w, "data");
		json_put(w, v);
		json_free(v);
	}
	free(s);
}

/* @param id  What the request named itself, may be NULL */
static void answer(struct ctl_json *j, const struct json *id, int err,
		   struct app_sink *sink)
{
	struct json_writer *w = json_writer_new();
	const char *code = NULL, *text = sink->text.buf;

	if (!w)
		return;
	if (err && j->h->code)
		code = j->h->code(err, j->arg);
	if (err && !code)
		code = usual_code(err);
	if (err && sink->error.buf)
		text = sink->error.buf;
	json_object(w);
	if (id) {
		json_name(w, "id");
		json_put(w, id);
	}
	if (err)
		json_add_string(w, "error", code);
	else
		json_add_bool(w, "ok", true);
	json_add_string(w, "text", text ? text : "");
	if (!err)
		add_data(w, sink->data);
	json_end(w);
	send_writer(j, w);
}

static void answer_error(struct ctl_json *j, const struct json *id, int err,
			 const char *text)
{
	struct app_sink sink = {.data = NULL};

	text_buf_add(&sink.error, text);
	answer(j, id, err, &sink);
	app_sink_reset(&sink);
}

void ctl_json_refuse(struct ctl_json *j, const char *text)
{
	answer_error(j, NULL, EINVAL, text);
}

/* ---- requests ---------------------------------------------------------- */

static void subscribe(struct ctl_json *j, const struct json *id,
		      const char *const *argv, size_t argc)
{
	struct app_sink sink = {.data = NULL};
	uint32_t events = argc > 1 ? 0 : CTL_EVENT_ALL;

	for (size_t i = 1; i < argc; i++) {
		uint32_t one = 0;

		for (size_t k = 0;
		     k < sizeof(event_names) / sizeof(*event_names); k++)
			if (!strcmp(argv[i], event_names[k].name))
				one = event_names[k].event;
		if (!one) {
			char *text = text_printf(
				_("There are no events \"%s\"; there are call, "
				  "presence, connection, conversation, message "
				  "and login."),
				argv[i]);

			answer_error(j, id, EINVAL, text);
			free(text);
			return;
		}
		events |= one;
	}
	j->h->subscribe(events, j->arg);
	answer(j, id, 0, &sink);
}

/** A request whose answer is to come. */
struct ctl_run {
	struct le le; /**< in the peer's runs */
	struct ctl_json *j;
	struct json *id; /**< or NULL */
	struct app_sink sink;
};

static void run_free(struct ctl_run *r)
{
	list_unlink(&r->le);
	json_free(r->id);
	app_sink_reset(&r->sink);
	free(r);
}

static void run_over(int err, const char *text, void *arg)
{
	struct ctl_run *r = arg;

	if (err) {
		text_buf_reset(&r->sink.error);
		text_buf_add(&r->sink.error, text);
	}
	answer(r->j, r->id, err, &r->sink);
	run_free(r);
}

/* A copy of an id, which is no object and no list. */
static struct json *id_copy(const struct json *id)
{
	struct json_writer *w = id ? json_writer_new() : NULL;
	struct json *copy = NULL;
	char *s;

	if (!w)
		return NULL;
	json_put(w, id);
	s = json_writer_take(w);
	json_writer_free(w);
	if (s && json_parse(&copy, s, strlen(s)))
		copy = NULL;
	free(s);
	return copy;
}

static void run(struct ctl_json *j, const struct json *id,
		const struct ctl_request *rq)
{
	struct ctl_run *r = calloc(1, sizeof(*r));
	int err;

	if (!r) {
		answer_error(j, id, ENOMEM, strerror(ENOMEM));
		return;
	}
	r->j = j;
	r->id = id_copy(id);
	r->sink.data = json_writer_new();
	r->sink.done = run_over;
	r->sink.done_arg = r;
	r->sink.folder = j->folder;
	err = j->h->run(rq, &r->sink, j->arg);
	r->sink.folder = NULL;
	if (err == EINPROGRESS) {
		list_append(&j->runs, &r->le, r);
		return;
	}
	answer(j, id, err, &r->sink);
	run_free(r);
}

void ctl_json_close(struct ctl_json *j)
{
	struct le *le = j->runs.head;

	while (le) {
		struct ctl_run *r = le->data;

		le = le->next;
		run_free(r);
	}
}

static bool is_hidden(const struct json *hidden, size_t n)
{
	for (size_t i = 0; i < json_count(hidden); i++)
		if (json_int(json_at(hidden, i), -1) == (int64_t)n)
			return true;
	return false;
}

/* A request with "hidden" stood on a command line, but for the arguments at
 * those places. What is secret by the command's schema must not. */
static bool shows_secret(const struct ctl_json *j, const char *const *argv,
			 size_t argc, const struct json *hidden)
{
	const struct app_command *(*find)(const char *, void *) = j->h->find;
	const struct app_command *c = find ? find(argv[0], j->arg) : NULL;
	const struct app_argument *g = c ? c->arguments : NULL;

	if (!json_is_array(hidden))
		return false;
	for (size_t n = 1; g && g->name && n < argc; n++) {
		if (g->kind == APP_ARG_SECRET && *argv[n] &&
		    !is_hidden(hidden, n))
			return true;
		if (!g->rest)
			g++;
	}
	return false;
}

static void refuse_secret(struct ctl_json *j, const struct json *id)
{
	answer_error(j, id, EPERM,
		     _("Others can read a password on a command line: write @- "
		       "in its place, and type it when asked for or give it "
		       "on standard input."));
}

static void run_argv(struct ctl_json *j, const struct json *id,
		     const struct json *list, const struct json *hidden)
{
	const char *argv[ARGUMENTS_MAX + 1] = {NULL};
	struct ctl_request rq = {.argv = argv, .argc = json_count(list)};

	if (!rq.argc || rq.argc > ARGUMENTS_MAX) {
		answer_error(j, id, EINVAL, _("No command was given."));
		return;
	}
	for (size_t i = 0; i < rq.argc; i++) {
		argv[i] = json_string(json_at(list, i));
		if (!argv[i]) {
			answer_error(j, id, EINVAL,
				     _("All of \"do\" must be texts."));
			return;
		}
	}
	if (!strcmp(argv[0], "subscribe"))
		subscribe(j, id, argv, rq.argc);
	else if (shows_secret(j, argv, rq.argc, hidden))
		refuse_secret(j, id);
	else
		run(j, id, &rq);
}

static void run_line(struct ctl_json *j, const struct json *id,
		     const char *line, const struct json *hidden)
{
	struct ctl_request rq = {.line = line};
	char **argv = NULL;
	size_t argc = 0;

	if (app_split(line, &argv, &argc)) {
		answer_error(j, id, EINVAL, _("A quote is open."));
		return;
	}
	if (!argc)
		answer_error(j, id, EINVAL, _("No command was given."));
	else if (!strcmp(argv[0], "subscribe"))
		subscribe(j, id, (const char *const *)argv, argc);
	else if (shows_secret(j, (const char *const *)argv, argc, hidden))
		refuse_secret(j, id);
	else
		run(j, id, &rq);
	app_argv_free(argv);
}

static void request(struct ctl_json *j, const struct json *root)
{
	const struct json *id = json_get(root, "id");
	const struct json *todo = json_get(root, "do");
	const struct json *hidden = json_get(root, "hidden");
	const char *link = json_get_string(root, "link");

	if (json_is_object(id) || json_is_array(id))
		id = NULL;
	j->folder = json_get_string(root, "in");
	if (link) {
		struct ctl_request rq = {.link = link};

		run(j, id, &rq);
	} else if (json_is_array(todo)) {
		run_argv(j, id, todo, hidden);
	} else if (json_string(todo)) {
		run_line(j, id, json_string(todo), hidden);
	} else if (id) {
		answer_error(j, id, EINVAL,
			     _("A request has \"do\" or \"link\"."));
	}
	/* Without id and request: what a newer peer says of itself. */
}

int ctl_json_line(struct ctl_json *j, const char *line, size_t len)
{
	struct json *root = NULL;
	int err;

	if (!len)
		return 0;
	err = json_parse(&root, line, len);
	if (!err && !json_is_object(root))
		err = EBADMSG;
	if (err) {
		json_free(root);
		ctl_json_refuse(j, _("That was no JSON object."));
		return EBADMSG;
	}
	if (j->greeted) {
		request(j, root);
	} else if (json_get_int(root, "offhook", 0) == 1) {
		j->greeted = true;
	} else {
		ctl_json_refuse(j, _("The first line must be "
				     "{\"offhook\":1}."));
		err = EBADMSG;
	}
	json_free(root);
	return err;
}
