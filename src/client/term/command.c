/**
 * @file command.c  One command in the core, over JSON lines
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "term_int.h"

enum { LINE_MAX_BYTES = 16 * 1024 * 1024, REQUEST_ID = 1 };

/** Stands for a line of standard input. */
static const char hidden_mark[] = "@-";

/** Lines that come in over a connection. */
struct lines {
	int fd;
	struct text_buf in;
	size_t used; /**< of in: the line handed out last */
};

/* The next line, without its end; NULL at the end of the connection. */
static char *next_line(struct lines *l)
{
	size_t looked = 0;

	if (l->used) {
		memmove(l->in.buf, l->in.buf + l->used,
			l->in.len - l->used + 1);
		l->in.len -= l->used;
		l->used = 0;
	}
	for (;;) {
		char buf[16384], *end = NULL;
		ssize_t n;

		if (l->in.len > looked)
			end = memchr(l->in.buf + looked, '\n',
				     l->in.len - looked);
		if (end) {
			*end = '\0';
			l->used = (size_t)(end - l->in.buf) + 1;
			return l->in.buf;
		}
		looked = l->in.len;
		if (looked > LINE_MAX_BYTES)
			return NULL;
		n = read(l->fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return NULL;
		text_buf_add_n(&l->in, buf, (size_t)n);
		if (l->in.err)
			return NULL;
	}
}

/* ---- what is asked ----------------------------------------------------- */

static bool is_hidden(const struct term_request *rq, size_t i)
{
	return !rq->line && i && !strcmp(rq->argv[i], hidden_mark);
}

/* "do": the arguments, those hidden read from standard input. */
static int put_arguments(struct json_writer *w, const struct term_request *rq)
{
	int err = 0;

	json_name(w, "do");
	json_array(w);
	for (size_t i = 0; rq->argv && rq->argv[i] && !err; i++) {
		char *line = NULL;

		if (is_hidden(rq, i))
			err = secret_read(&line);
		json_put_string(w, line ? line : rq->argv[i]);
		secret_free(line);
	}
	json_end(w);
	return err;
}

/* "hidden": the places in "do" that did not stand on our command line, where
 * every process of the machine could read them. */
static void put_hidden(struct json_writer *w, const struct term_request *rq)
{
	json_name(w, "hidden");
	json_array(w);
	for (size_t i = 0; rq->argv && rq->argv[i]; i++)
		if (is_hidden(rq, i))
			json_put_int(w, (int64_t)i);
	json_end(w);
}

static int make_request(char **sp, const struct term_request *rq)
{
	struct json_writer *w = json_writer_new();
	char *folder = getcwd(NULL, 0);
	int err = 0;

	if (!w) {
		free(folder);
		return ENOMEM;
	}
	json_object(w);
	json_add_int(w, "id", REQUEST_ID);
	/* Where a path begins that is not absolute. */
	if (folder)
		json_add_string(w, "in", folder);
	if (rq->link) {
		json_add_string(w, "link", rq->link);
	} else if (rq->line) {
		json_add_string(w, "do", rq->line);
	} else {
		err = put_arguments(w, rq);
	}
	put_hidden(w, rq);
	json_end(w);
	*sp = json_writer_take(w);
	json_writer_free(w);
	free(folder);
	return err ? err : *sp ? 0 : ENOMEM;
}

static int ask_core(int fd, const char *request)
{
	int err = write_all(fd, request, strlen(request));

	return err ? err : write_all(fd, "\n", 1);
}

/* ---- the first lines --------------------------------------------------- */

/** gettext reads LANGUAGE anew when this counter moves. */
extern int _nl_msg_cat_cntr;

/* What we say ourselves from here on stands between what the core says. */
static void speak(const char *language)
{
	const char *locale = setlocale(LC_MESSAGES, NULL);

	if (text_empty(language) || strlen(language) > 16)
		return;
	/* In these gettext does not look into LANGUAGE. */
	if (!locale || !strcmp(locale, "C") || !strcmp(locale, "POSIX"))
		setlocale(LC_MESSAGES, "C.UTF-8");
	setenv("LANGUAGE", language, 1);
	++_nl_msg_cat_cntr;
}

static bool asks(const struct term_request *rq)
{
	for (size_t i = 0; rq->argv && rq->argv[i]; i++)
		if (is_hidden(rq, i))
			return true;
	return false;
}

/* Before a person is asked for something, the core's greeting is waited for:
 * it says in which language to ask. */
static int greet(struct lines *l, const struct term_request *rq)
{
	static const char greeting[] = "{\"offhook\":1}\n";
	struct json *answer = NULL;
	const char *line;
	int err;

	err = write_all(l->fd, greeting, sizeof(greeting) - 1);
	if (err || (!asks(rq) && !rq->unseen))
		return err;
	line = next_line(l);
	if (!line || json_parse(&answer, line, strlen(line)))
		return EPROTO;
	speak(json_get_string(answer, "language"));
	if (rq->unseen)
		*rq->unseen = !json_get_int(answer, "terminals", 1);
	json_free(answer);
	return 0;
}

/* ---- what is said ------------------------------------------------------ */

static void print_lines(FILE *f, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (len)
		fprintf(f, "%s%s", text, text[len - 1] == '\n' ? "" : "\n");
}

static void print_json(const struct json *v)
{
	struct json_writer *w = json_writer_new();
	char *s;

	if (!w)
		return;
	json_put(w, v);
	s = json_writer_take(w);
	json_writer_free(w);
	print_lines(stdout, s);
	free(s);
}

static int exit_code(const char *error)
{
	static const struct {
		const char *error;
		int code;
	} rows[] = {
		{"usage", TERM_EXIT_USAGE},
		{"unknown", TERM_EXIT_USAGE},
		{"forbidden", TERM_EXIT_USAGE},
		{"login", TERM_EXIT_LOGIN},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(error, rows[i].error))
			return rows[i].code;
	return TERM_EXIT_FAILED;
}

static int print_answer(const struct json *answer, bool json)
{
	const char *error = json_get_string(answer, "error");
	const char *text = json_get_string(answer, "text");
	const struct json *data = json_get(answer, "data");

	if (json)
		print_json(data ? data : answer);
	else
		print_lines(error ? stderr : stdout, text);
	return error ? exit_code(error) : TERM_EXIT_OK;
}

static bool subscribes(const struct term_request *rq)
{
	static const char word[] = "subscribe";
	size_t n = sizeof(word) - 1;

	if (rq->line)
		return !strncmp(rq->line, word, n) &&
		       (!rq->line[n] || rq->line[n] == ' ');
	return rq->argv && rq->argv[0] && !strcmp(rq->argv[0], word);
}

/* Events as they come, until the core ends or nobody reads any more. */
static void print_events(struct lines *l)
{
	const char *line;

	while ((line = next_line(l)) != NULL)
		if (puts(line) < 0 || fflush(stdout))
			break;
}

static int core_gone(void)
{
	print_lines(stderr, _("offhook's core has ended before it answered."));
	return TERM_EXIT_NO_CORE;
}

static int talk(struct lines *l, const struct term_request *rq)
{
	const char *line;
	char *request = NULL;
	int err;

	if (greet(l, rq))
		return core_gone();
	err = make_request(&request, rq);
	if (err) {
		free(request);
		print_lines(stderr,
			    err == ENODATA
				    ? _("There is no line on standard input "
					"for \"@-\".")
				    : strerror(err));
		return TERM_EXIT_FAILED;
	}
	err = ask_core(l->fd, request);
	explicit_bzero(request, strlen(request));
	free(request);
	if (err)
		return core_gone();
	while ((line = next_line(l)) != NULL) {
		struct json *answer = NULL;
		int code;

		if (json_parse(&answer, line, strlen(line)))
			break;
		/* The greeting, or what a newer core adds. */
		if (json_get_int(answer, "id", 0) != REQUEST_ID) {
			json_free(answer);
			continue;
		}
		code = print_answer(answer, rq->json);
		json_free(answer);
		if (!code && subscribes(rq))
			print_events(l);
		return fflush(stdout) ? TERM_EXIT_FAILED : code;
	}
	return core_gone();
}

/* What is marked, as the argument of the command that uses it. */
static int use_selection(int fd, const struct term_request *rq)
{
	const char *argv[] = {"selection", NULL, NULL};
	struct term_request own = {.argv = argv, .json = rq->json};
	char *why = NULL, *text = selection_read(rq->selection, &why);
	int code = TERM_EXIT_FAILED;

	argv[1] = text;
	if (text) {
		code = term_command(fd, &own);
	} else {
		print_lines(stderr, why ? why : strerror(ENOMEM));
		close(fd);
	}
	free(why);
	free(text);
	return code;
}

int term_command(int fd, const struct term_request *rq)
{
	struct lines l = {.fd = fd};
	int code;

	if (rq->selection)
		return use_selection(fd, rq);
	/* A core that ends must not end us without a word. */
	signal(SIGPIPE, SIG_IGN);
	code = talk(&l, rq);
	text_buf_reset(&l.in);
	close(fd);
	return code;
}
