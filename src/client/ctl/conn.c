/**
 * @file conn.c  Connections: bytes in, a queue out that never blocks
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_int.h"

#define LOG_MODULE "ctl"

enum {
	READ_SIZE = 65536,
	/** A JSON peer with more than this to read is not read itself, and
	 *  gets no events. */
	SLOW = 1024 * 1024,
};

static void ready(int flags, void *arg);

static void destructor(void *arg)
{
	struct ctl_terminal *t = arg;

	list_unlink(&t->le);
	ctl_json_close(&t->json);
	if (t->fd >= 0) {
		loop_fd(t->fd, 0, NULL, NULL);
		close(t->fd);
	}
	text_buf_reset(&t->in);
	text_buf_reset(&t->out);
}

size_t ctl_conn_waiting(const struct ctl_terminal *t)
{
	return t->out.len - t->sent;
}

static void watch(struct ctl_terminal *t)
{
	int flags = 0;

	if (!t->dead) {
		if (!t->closing && !t->ended &&
		    (t->kind != CONN_JSON || ctl_conn_waiting(t) < SLOW))
			flags |= LOOP_READ;
		if (ctl_conn_waiting(t))
			flags |= LOOP_WRITE;
	}
	if (flags == t->flags || t->dead)
		return;
	t->flags = flags;
	if (loop_fd(t->fd, flags, ready, t))
		ctl_conn_drop(t);
}

void ctl_conn_drop(struct ctl_terminal *t)
{
	if (t->dead)
		return;
	t->dead = true;
	loop_fd(t->fd, 0, NULL, NULL);
	loop_turn_request(t->ctl->reap);
}

void ctl_conn_close(struct ctl_terminal *t)
{
	t->closing = true;
	if (!ctl_conn_waiting(t))
		ctl_conn_drop(t);
	else if (!t->dead)
		watch(t);
}

void ctl_conn_finish(struct ctl_terminal *t)
{
	if (t->ended && !t->json.runs.head)
		ctl_conn_close(t);
}

/* ---- out --------------------------------------------------------------- */

/* @return false: the peer is gone */
static bool write_out(struct ctl_terminal *t)
{
	while (ctl_conn_waiting(t)) {
		ssize_t n =
			send(t->fd, t->out.buf + t->sent, ctl_conn_waiting(t),
			     MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		t->sent += (size_t)n;
	}
	/* A queue that was long once does not stay so. */
	if (t->out.size > 4 * READ_SIZE)
		text_buf_reset(&t->out);
	t->out.len = t->sent = 0;
	return true;
}

void ctl_conn_send(struct ctl_terminal *t, const void *data, size_t len)
{
	if (t->dead || t->closing)
		return;
	if (t->sent > READ_SIZE) {
		memmove(t->out.buf, t->out.buf + t->sent,
			ctl_conn_waiting(t) + 1);
		t->out.len -= t->sent;
		t->sent = 0;
	}
	text_buf_add_n(&t->out, data, len);
	if (t->out.err || ctl_conn_waiting(t) > CTL_QUEUE_MAX) {
		log_warn("dropped one that does not read");
		ctl_conn_drop(t);
		return;
	}
	if (!write_out(t))
		ctl_conn_drop(t);
	else
		watch(t);
}

void ctl_terminal_send(struct ctl_terminal *t, const void *data, size_t len)
{
	if (t && data && len)
		ctl_conn_send(t, data, len);
}

/* ---- JSON -------------------------------------------------------------- */

static void json_send(const char *line, void *arg)
{
	struct ctl_terminal *t = arg;
	size_t len = strlen(line);
	char *s = malloc(len + 2);

	if (!s)
		return;
	memcpy(s, line, len);
	memcpy(s + len, "\n", 2);
	ctl_conn_send(t, s, len + 1);
	free(s);
	/* Maybe the last one that it waited for. */
	if (t->ended)
		loop_turn_request(t->ctl->reap);
}

static uint32_t asked(const struct app *a)
{
	const struct app_question *q = app_question(a);

	return q ? q->id + 1 : 0;
}

static int json_run(const struct ctl_request *rq, struct app_sink *sink,
		    void *arg)
{
	const struct ctl_terminal *t = arg;
	const char *link[] = {"link", rq->link, NULL};
	struct app *a = t->ctl->app;
	uint32_t before = asked(a);
	int err;

	if (rq->link)
		return app_run(a, link, 2, APP_FROM_LINK, sink);
	err = rq->line ? app_run_line(a, rq->line, APP_FROM_SHELL, sink)
		       : app_run(a, rq->argv, rq->argc, APP_FROM_SHELL, sink);
	/* The shell sees no screen: nothing has been done yet. */
	if (!err && asked(a) > before) {
		text_buf_printf(&sink->text, _("Asked on the screens: %s"),
				app_question(a)->text);
		text_buf_add(&sink->text, "\n");
	}
	return err;
}

static void json_subscribe(uint32_t events, void *arg)
{
	struct ctl_terminal *t = arg;

	t->events = events;
}

static const struct app_command *json_find(const char *name, void *arg)
{
	const struct ctl_terminal *t = arg;

	return app_command_find(t->ctl->app, name);
}

/* What is not available for want of a login says so. */
static const char *json_code(int err, void *arg)
{
	const struct ctl_terminal *t = arg;

	if (err == ENOTSUP && app_login_state(t->ctl->app) != APP_LOGIN_DONE)
		return "login";
	return NULL;
}

static const struct ctl_json_handlers json_handlers = {
	.run = json_run,
	.subscribe = json_subscribe,
	.find = json_find,
	.code = json_code,
	.send = json_send,
};

static void json_input(struct ctl_terminal *t)
{
	size_t at = 0;

	while (!t->dead && !t->closing && at < t->in.len) {
		char *line = t->in.buf + at;
		char *end = memchr(line, '\n', t->in.len - at);

		if ((end ? (size_t)(end - line) : t->in.len - at) >
		    CTL_LINE_MAX) {
			ctl_json_refuse(&t->json, _("A line is too long."));
			ctl_conn_close(t);
			return;
		}
		if (!end)
			break;
		if (ctl_json_line(&t->json, line, (size_t)(end - line)))
			ctl_conn_close(t);
		at += (size_t)(end - line) + 1;
	}
	memmove(t->in.buf, t->in.buf + at, t->in.len - at + 1);
	t->in.len -= at;
}

/* ---- in ---------------------------------------------------------------- */

static void find_out(struct ctl_terminal *t)
{
	size_t n = sizeof(FRAME_MAGIC) - 1;

	if (!t->in.len)
		return;
	if (t->in.buf[0] == '{') {
		t->kind = CONN_JSON;
		t->json.h = &json_handlers;
		t->json.arg = t;
		ctl_json_greet(&t->json,
			       app_option_get(t->ctl->app, "language"),
			       t->ctl->terminals);
	} else if (memcmp(t->in.buf, FRAME_MAGIC,
			  t->in.len < n ? t->in.len : n)) {
		ctl_conn_drop(t);
	} else if (t->in.len >= n) {
		t->kind = CONN_TERMINAL;
		memmove(t->in.buf, t->in.buf + n, t->in.len - n + 1);
		t->in.len -= n;
	}
}

static void input(struct ctl_terminal *t)
{
	if (t->kind == CONN_NEW)
		find_out(t);
	if (t->kind == CONN_JSON)
		json_input(t);
	else if (t->kind == CONN_TERMINAL)
		ctl_terminal_input(t);
}

/* @return false: the connection has ended */
static bool read_in(struct ctl_terminal *t)
{
	char buf[READ_SIZE];
	ssize_t n = recv(t->fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!n)
		return false;
	text_buf_add_n(&t->in, buf, (size_t)n);
	if (t->in.err)
		return false;
	input(t);
	return true;
}

static void ready(int flags, void *arg)
{
	struct ctl_terminal *t = mem_ref(arg);
	bool there = true;

	if (flags & LOOP_WRITE)
		there = write_out(t);
	if (there && (flags & (LOOP_READ | LOOP_EXCEPT)) && !t->closing &&
	    !t->ended)
		there = read_in(t);
	/* Who only half-closed may still read what is waiting, or to come. */
	if (!there && t->kind == CONN_JSON && !(flags & LOOP_EXCEPT)) {
		t->ended = there = true;
		ctl_conn_finish(t);
	}
	if (!there || (t->closing && !ctl_conn_waiting(t)))
		ctl_conn_drop(t);
	else if (t->closing && (flags & LOOP_EXCEPT))
		ctl_conn_drop(t);
	else if (!t->dead)
		watch(t);
	mem_deref(t);
}

int ctl_conn_alloc(struct ctl *c, int fd)
{
	struct ctl_terminal *t = mem_zalloc(sizeof(*t), destructor);
	int err;

	if (!t)
		return ENOMEM;
	t->ctl = c;
	t->fd = -1;
	err = loop_fd(fd, LOOP_READ, ready, t);
	if (err) {
		mem_deref(t);
		return err;
	}
	t->fd = fd;
	t->flags = LOOP_READ;
	list_append(&c->conns, &t->le, t);
	return 0;
}
