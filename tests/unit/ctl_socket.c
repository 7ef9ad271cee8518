/**
 * @file ctl_socket.c  The core's socket: who gets what, and who is dropped
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include <offhook/client/ctl.h>

enum { WAIT_MS = 20000, TERMINALS = 4 };

/** What the handlers were told of one terminal. */
struct screen {
	struct ctl_terminal *terminal;
	struct frame_size size;
	unsigned inputs, gone;
	enum frame_type last;
	char key[32];
	bool answer_with_much; /**< an input is answered with 9 MB */
};

struct rig {
	struct app *app;
	struct ctl *ctl;
	char *path;
	struct screen screens[TERMINALS];
	unsigned count, empty;
	int refuse;
};

/** One peer. */
struct peer {
	int fd;
	struct text_buf in;
	bool closed;
};

static void stop_loop(void *arg)
{
	(void)arg;
	loop_stop();
}

/* A few turns of the loop. */
static void turn(void)
{
	struct tmr tmr;

	tmr_init(&tmr);
	tmr_start(&tmr, 2, stop_loop, NULL);
	loop_run();
	tmr_cancel(&tmr);
}

static void take_in(struct peer *p)
{
	char buf[65536];
	ssize_t n;

	while ((n = recv(p->fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		text_buf_add_n(&p->in, buf, (size_t)n);
	if (!n || (errno != EAGAIN && errno != EWOULDBLOCK))
		p->closed = true;
}

/* ---- the core's side --------------------------------------------------- */

static int on_attach(struct ctl_terminal *t, const struct frame_hello *hello,
		     void **screenp, void *arg)
{
	struct rig *r = arg;
	struct screen *s = &r->screens[r->count];

	if (r->refuse)
		return r->refuse;
	assert_true(r->count < TERMINALS);
	r->count++;
	s->terminal = t;
	s->size = hello->size;
	*screenp = s;
	return 0;
}

static void on_input(void *screen, const struct frame_message *m)
{
	struct screen *s = screen;

	assert_int_equal(s->gone, 0);
	s->inputs++;
	s->last = m->type;
	if (m->type == FRAME_KEY)
		snprintf(s->key, sizeof(s->key), "%s", m->key.name);
	if (s->answer_with_much) {
		char *much = calloc(1, 1024 * 1024);

		/* It may be dropped in the middle of this. */
		for (int i = 0; i < 12; i++)
			ctl_terminal_send(s->terminal, much, 1024 * 1024);
		free(much);
	}
}

static void on_gone(void *screen)
{
	struct screen *s = screen;

	assert_int_equal(s->gone, 0);
	s->gone++;
	/* Too late, but no harm. */
	ctl_terminal_send(s->terminal, "x", 1);
}

static void on_empty(void *arg)
{
	struct rig *r = arg;

	r->empty++;
}

static const struct ctl_handlers handlers = {.attach = on_attach,
					     .input = on_input,
					     .gone = on_gone,
					     .empty = on_empty};

static int setup(void **state)
{
	struct app_prm prm = {NULL, NULL, NULL};
	struct rig *r = calloc(1, sizeof(*r));
	struct ctl_prm ctl_prm = {NULL};

	*state = r;
	r->path = text_printf("%s/core", getenv("OFFHOOK_TMPDIR"));
	ctl_prm.path = r->path;
	assert_int_equal(loop_init(LOOP_FEW), 0);
	assert_int_equal(app_alloc(&r->app, &prm, NULL, NULL), 0);
	assert_int_equal(ctl_alloc(&r->ctl, r->app, &ctl_prm, &handlers, r), 0);
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;

	mem_deref(r->ctl);
	mem_deref(r->app);
	loop_close();
	assert_int_not_equal(access(r->path, F_OK), 0);
	free(r->path);
	free(r);
	return 0;
}

/* ---- the peers' side --------------------------------------------------- */

static void open_peer(const struct rig *r, struct peer *p)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	memset(p, 0, sizeof(*p));
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", r->path);
	p->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(p->fd, (struct sockaddr *)&sun, sizeof(sun)),
			 0);
}

static void close_peer(struct peer *p)
{
	close(p->fd);
	text_buf_reset(&p->in);
}

static void say(struct peer *p, const char *s)
{
	assert_int_equal(send(p->fd, s, strlen(s), MSG_NOSIGNAL), strlen(s));
}

/* The next line that comes; to json_free(). */
static struct json *line(struct peer *p)
{
	uint64_t until = time_mono_ms() + WAIT_MS;
	struct json *v = NULL;
	char *end;

	while (!p->in.len || !(end = memchr(p->in.buf, '\n', p->in.len))) {
		assert_true(time_mono_ms() < until);
		assert_false(p->closed);
		turn();
		take_in(p);
	}
	assert_int_equal(json_parse(&v, p->in.buf, (size_t)(end - p->in.buf)),
			 0);
	p->in.len -= (size_t)(end - p->in.buf) + 1;
	memmove(p->in.buf, end + 1, p->in.len + 1);
	return v;
}

static void open_json(const struct rig *r, struct peer *p)
{
	struct json *v;

	open_peer(r, p);
	say(p, "{\"offhook\":1}\n");
	v = line(p);
	assert_int_equal(json_get_int(v, "offhook", 0), 1);
	json_free(v);
}

/* One request, and the code of its answer, "ok" if it is none. */
static void assert_answer(struct peer *p, const char *request, int64_t id,
			  const char *code)
{
	struct json *v;

	say(p, request);
	v = line(p);
	assert_int_equal(json_get_int(v, "id", -1), id);
	if (strcmp(code, "ok"))
		assert_string_equal(json_get_string(v, "error"), code);
	else
		assert_true(json_get_bool(v, "ok", false));
	assert_non_null(json_get_string(v, "text"));
	json_free(v);
}

static void wait_closed(struct peer *p)
{
	uint64_t until = time_mono_ms() + WAIT_MS;

	while (!p->closed) {
		assert_true(time_mono_ms() < until);
		turn();
		take_in(p);
	}
}

static void tell(struct peer *p, const struct frame_message *m)
{
	struct text_buf b = {0};

	assert_int_equal(frame_encode(&b, m), 0);
	assert_int_equal(send(p->fd, b.buf, b.len, MSG_NOSIGNAL), b.len);
	text_buf_reset(&b);
}

static void tell_key(struct peer *p, const char *key)
{
	tell(p, &(struct frame_message){FRAME_KEY, {.key = {(char *)key}}});
}

static void tell_hello(struct peer *p, uint32_t version, uint32_t min,
		       uint32_t rows, uint32_t columns)
{
	tell(p, &(struct frame_message){FRAME_HELLO,
					{.hello = {version,
						   min,
						   {rows, columns},
						   256,
						   0,
						   (char *)"xterm",
						   (char *)"9.9"}}});
}

/* The next message, to frame_message_reset(). */
static struct frame_message message(struct peer *p)
{
	uint64_t until = time_mono_ms() + WAIT_MS;
	struct frame_message m;
	size_t used;
	int err;

	while ((err = frame_decode(&m, (uint8_t *)p->in.buf, p->in.len,
				   &used)) == EAGAIN) {
		assert_true(time_mono_ms() < until);
		assert_false(p->closed);
		turn();
		take_in(p);
	}
	assert_int_equal(err, 0);
	p->in.len -= used;
	memmove(p->in.buf, p->in.buf + used, p->in.len + 1);
	return m;
}

static void open_terminal(struct rig *r, struct peer *p, uint32_t rows,
			  uint32_t columns)
{
	unsigned before = ctl_terminal_count(r->ctl);
	struct frame_message m;

	open_peer(r, p);
	say(p, FRAME_MAGIC);
	tell_hello(p, FRAME_VERSION, FRAME_VERSION_MIN, rows, columns);
	m = message(p);
	assert_int_equal(m.type, FRAME_WELCOME);
	assert_int_equal(m.welcome.version, FRAME_VERSION);
	assert_int_equal(m.welcome.pid, getpid());
	frame_message_reset(&m);
	assert_int_equal(ctl_terminal_count(r->ctl), before + 1);
}

static void wait_for(const unsigned *n, unsigned want)
{
	uint64_t until = time_mono_ms() + WAIT_MS;

	while (*n < want) {
		assert_true(time_mono_ms() < until);
		turn();
	}
}

/* ---- JSON -------------------------------------------------------------- */

/** What a command is told of a front end that waits. */
static struct {
	app_done_h *done;
	void *arg;
} later;

static int run_later(const struct app_invocation *i)
{
	text_buf_add(&i->sink->text, "well");
	later.done = i->sink->done;
	later.arg = i->sink->done_arg;
	return EINPROGRESS;
}

static const struct app_command later_rows[] = {
	{.name = "later",
	 .summary = "Answer later.",
	 .origins = APP_FROM_SHELL,
	 .run = run_later},
	{.name = NULL},
};

/* Answers come when it is known how it ended, others meanwhile; also to one
 * that says no more; and nobody is answered who has gone. */
static void test_answers_that_come_later(void **state)
{
	struct rig *r = *state;
	struct peer p;
	struct json *v;

	assert_int_equal(app_command_register(r->app, later_rows), 0);
	open_json(r, &p);
	say(&p, "{\"id\":1,\"do\":[\"later\"]}\n");
	assert_answer(&p, "{\"id\":2,\"do\":[\"version\"]}\n", 2, "ok");
	later.done(EACCES, "no line", later.arg);
	v = line(&p);
	assert_int_equal(json_get_int(v, "id", 0), 1);
	assert_string_equal(json_get_string(v, "error"), "failed");
	assert_string_equal(json_get_string(v, "text"), "no line");
	json_free(v);
	say(&p, "{\"id\":\"x\",\"do\":\"later\"}\n");
	shutdown(p.fd, SHUT_WR);
	turn();
	turn();
	take_in(&p);
	assert_false(p.closed);
	later.done(0, "", later.arg);
	v = line(&p);
	assert_string_equal(json_get_string(v, "id"), "x");
	assert_string_equal(json_get_string(v, "text"), "well");
	json_free(v);
	wait_closed(&p);
	close_peer(&p);
	open_json(r, &p);
	say(&p, "{\"id\":3,\"do\":[\"later\"]}\n");
	turn();
	turn();
	close_peer(&p);
	turn();
}

static void test_requests(void **state)
{
	struct rig *r = *state;
	struct peer p;
	struct json *v;

	open_json(r, &p);
	assert_answer(&p, "{\"id\":7,\"do\":[\"no-such-command\"]}\n", 7,
		      "unknown");
	assert_answer(&p, "{\"id\":8,\"do\":\"no-such-command x\"}\n", 8,
		      "unknown");
	assert_answer(&p, "{\"id\":9,\"do\":[]}\n", 9, "usage");
	assert_answer(&p, "{\"id\":10,\"do\":[1]}\n", 10, "usage");
	assert_answer(&p, "{\"id\":11,\"do\":\"say 'open\"}\n", 11, "usage");
	assert_answer(&p, "{\"id\":12}\n", 12, "usage");
	assert_answer(&p,
		      "{\"new\":{\"a\":[1]},\"id\":13,"
		      "\"do\":[\"subscribe\",\"call\"],\"z\":null}\n",
		      13, "ok");
	assert_answer(&p, "{\"id\":14,\"do\":[\"subscribe\",\"weather\"]}\n",
		      14, "usage");
	/* What is no request is not answered; the next one is. Two at once,
	 * one in pieces, an id that is a text. */
	say(&p, "{\"news\":true}\n\n");
	say(&p, "{\"id\":15,\"do\":[\"subscribe\"]}\n{\"id\":\"x\",");
	v = line(&p);
	assert_int_equal(json_get_int(v, "id", 0), 15);
	json_free(v);
	say(&p, "\"do\":[\"subscribe\"]}\n");
	v = line(&p);
	assert_string_equal(json_get_string(v, "id"), "x");
	json_free(v);
	/* Half-closed: what was asked before is answered. */
	say(&p, "{\"id\":16,\"do\":[\"subscribe\"]}\n");
	shutdown(p.fd, SHUT_WR);
	v = line(&p);
	assert_int_equal(json_get_int(v, "id", 0), 16);
	json_free(v);
	wait_closed(&p);
	close_peer(&p);
}

static void test_rude_peers(void **state)
{
	static const char *const words[] = {
		"{\"id\":1,\"do\":[\"quit\"]}\n", "{\"offhook\":2}\n",
		"{\"offhook\":1}\nGET / HTTP/1.1\r\n", "{\"offhook\":1}\n[]\n",
		"{\"offhook\":1}\n{\"a\":\"\xff\"}\n"};
	struct rig *r = *state;
	struct peer p;
	char *s;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		open_peer(r, &p);
		say(&p, words[i]);
		wait_closed(&p);
		assert_non_null(strstr(p.in.buf, "\"error\":"));
		close_peer(&p);
	}
	open_peer(r, &p);
	say(&p, "GET / HTTP/1.1\r\n");
	wait_closed(&p);
	assert_int_equal(p.in.len, 0);
	close_peer(&p);
	/* A line of 1 MB and a bit, without its end. */
	open_json(r, &p);
	s = malloc(CTL_LINE_MAX + 2);
	memset(s, ' ', CTL_LINE_MAX + 1);
	s[0] = '{';
	for (size_t at = 0; at <= CTL_LINE_MAX && !p.closed;) {
		ssize_t n = send(p.fd, s + at, CTL_LINE_MAX + 1 - at,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		at += n > 0 ? (size_t)n : 0;
		turn();
		take_in(&p);
	}
	free(s);
	wait_closed(&p);
	assert_non_null(strstr(p.in.buf, "\"error\":\"usage\""));
	close_peer(&p);
}

/* A password that stood on a command line was seen by others: refused, with
 * a line that says how to do it. */
static void test_secret_shown(void **state)
{
	static const char *const shown[] = {
		"{\"id\":1,\"do\":[\"login\",\"1\",\"200\",\"pw\"],"
		"\"hidden\":[]}\n",
		"{\"id\":1,\"do\":[\"login\",\"1\",\"200\",\"pw\"],"
		"\"hidden\":[2,4]}\n",
		"{\"id\":1,\"do\":\"login 1 200 pw\",\"hidden\":[]}\n",
	};
	static const char *const fine[] = {
		/* There is no slot 9: that is all that is wrong. */
		"{\"id\":1,\"do\":[\"login\",\"9\",\"200\",\"pw\"],"
		"\"hidden\":[3]}\n",
		"{\"id\":1,\"do\":[\"login\",\"9\",\"200\",\"pw\"]}\n",
		"{\"id\":1,\"do\":[\"login\",\"9\",\"200\",\"\"],"
		"\"hidden\":[]}\n",
	};
	struct rig *r = *state;
	struct peer p;
	struct json *v;

	open_json(r, &p);
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		say(&p, shown[i]);
		v = line(&p);
		assert_string_equal(json_get_string(v, "error"), "forbidden");
		assert_non_null(strstr(json_get_string(v, "text"), "@-"));
		assert_null(strstr(json_get_string(v, "text"), "pw"));
		json_free(v);
	}
	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		say(&p, fine[i]);
		v = line(&p);
		assert_string_equal(json_get_string(v, "error"), "usage");
		json_free(v);
	}
	close_peer(&p);
}

static struct uc_contact *contact(struct rig *r)
{
	static const struct uc_number number = {UC_NUMBER_INTERNAL,
						(char *)"202"};
	struct uc_contact_prm prm = {.id = "int:202",
				     .directory = UC_INTERNAL,
				     .name = "Hedy Lamarr",
				     .device = "202",
				     .numbers = &number,
				     .number_count = 1};
	struct uc_contact *c = NULL;

	assert_int_equal(uc_contact_put(app_uc(r->app), &prm, &c), 0);
	return c;
}

static void test_events(void **state)
{
	struct uc_presence lunch = {.state = PROTO_LUNCH,
				    .until_ms = 1700000000000,
				    .note = (char *)"back \"soon\""};
	struct rig *r = *state;
	struct peer p, other;
	struct uc_call *call;
	struct json *v;

	contact(r);
	open_json(r, &p);
	open_json(r, &other);
	assert_answer(&p,
		      "{\"id\":1,\"do\":[\"subscribe\",\"call\","
		      "\"presence\"]}\n",
		      1, "ok");
	assert_answer(&other, "{\"id\":1,\"do\":[\"subscribe\",\"login\"]}\n",
		      1, "ok");
	uc_set_presence(app_uc(r->app), contact(r), &lunch);
	v = line(&p);
	assert_string_equal(json_get_string(v, "event"), "presence");
	assert_string_equal(json_get_string(v, "name"), "Hedy Lamarr");
	assert_string_equal(json_get_string(v, "number"), "202");
	assert_string_equal(json_get_string(v, "state"), "lunch");
	assert_string_equal(json_get_string(v, "note"), "back \"soon\"");
	assert_true(json_get_int(v, "until", 0) == 1700000000000);
	assert_true(json_get_int(v, "at", 0) > 1700000000000);
	json_free(v);
	assert_int_equal(uc_call_add(app_uc(r->app), &call, true, "202", NULL),
			 0);
	do {
		v = line(&p);
		if (!strcmp(json_get_string(v, "event"), "call"))
			break;
		json_free(v);
	} while (true);
	assert_true(json_get_bool(v, "outgoing", false));
	assert_string_equal(json_get_string(v, "number"), "202");
	json_free(v);
	uc_call_remove(app_uc(r->app), call);
	do {
		v = line(&p);
		if (!text_equal(json_get_string(v, "state"), "preparing"))
			break;
		json_free(v);
	} while (true);
	assert_string_equal(json_get_string(v, "state"), "ended");
	json_free(v);
	turn();
	take_in(&other);
	assert_int_equal(other.in.len, 0);
	close_peer(&p);
	close_peer(&other);
}

/* Who asked for events and does not read loses some, and is told. */
static void test_slow_reader(void **state)
{
	struct uc_presence a = {.state = PROTO_OFFICE, .note = (char *)""};
	struct rig *r = *state;
	struct uc_contact *c = contact(r);
	struct peer p;
	struct json *v;
	bool lost = false;

	open_json(r, &p);
	assert_answer(&p, "{\"id\":1,\"do\":[\"subscribe\",\"presence\"]}\n", 1,
		      "ok");
	for (int i = 0; i < 40000; i++) {
		a.state = i % 2 ? PROTO_OFFICE : PROTO_LUNCH;
		uc_set_presence(app_uc(r->app), c, &a);
		if (i % 1000 == 0)
			turn();
	}
	while (!lost) {
		turn();
		take_in(&p);
		assert_false(p.closed);
		if (p.in.len)
			break;
	}
	for (int i = 0; i < 1000; i++) {
		turn();
		take_in(&p);
		if (i % 50 == 0) {
			a.state = i % 100 ? PROTO_OFFICE : PROTO_LUNCH;
			uc_set_presence(app_uc(r->app), c, &a);
		}
		if (p.in.len && strstr(p.in.buf, "{\"event\":\"lost\"}"))
			break;
	}
	do {
		v = line(&p);
		lost = text_equal(json_get_string(v, "event"), "lost");
		json_free(v);
	} while (!lost);
	close_peer(&p);
}

/* ---- terminals --------------------------------------------------------- */

static void test_two_terminals(void **state)
{
	struct rig *r = *state;
	struct peer a, b;
	struct frame_message m;

	open_terminal(r, &a, 24, 80);
	open_terminal(r, &b, 60, 200);
	assert_int_equal(r->screens[0].size.columns, 80);
	assert_int_equal(r->screens[1].size.columns, 200);
	tell_key(&a, "C-a");
	tell_key(&b, "b");
	wait_for(&r->screens[0].inputs, 1);
	wait_for(&r->screens[1].inputs, 1);
	assert_string_equal(r->screens[0].key, "C-a");
	assert_string_equal(r->screens[1].key, "b");
	{
		struct text_buf buf = {0};

		m = (struct frame_message){FRAME_TITLE,
					   {.text = (char *)"two"}};
		frame_encode(&buf, &m);
		ctl_terminal_send(r->screens[1].terminal, buf.buf, buf.len);
		text_buf_reset(&buf);
	}
	m = message(&b);
	assert_string_equal(m.text, "two");
	frame_message_reset(&m);
	/* One leaves, without a word. */
	close_peer(&a);
	wait_for(&r->screens[0].gone, 1);
	assert_int_equal(ctl_terminal_count(r->ctl), 1);
	assert_int_equal(r->empty, 0);
	tell_key(&b, "x");
	wait_for(&r->screens[1].inputs, 2);
	/* The last one talks nonsense. */
	say(&b, "\x02\x02\x01\x1b");
	wait_for(&r->screens[1].gone, 1);
	assert_int_equal(r->empty, 1);
	close_peer(&b);
}

/* A terminal that does not read costs nobody else anything, and is dropped
 * when 8 MB wait for it: even from within its own handler. */
static void test_stalled_terminal(void **state)
{
	struct rig *r = *state;
	struct peer a, b;

	open_terminal(r, &a, 24, 80);
	open_terminal(r, &b, 24, 80);
	r->screens[0].answer_with_much = true;
	tell_key(&a, "x");
	wait_for(&r->screens[0].gone, 1);
	assert_int_equal(r->screens[1].gone, 0);
	tell_key(&b, "y");
	wait_for(&r->screens[1].inputs, 1);
	close_peer(&a);
	close_peer(&b);
	wait_for(&r->screens[1].gone, 1);
}

static void test_much_is_no_fault(void **state)
{
	struct rig *r = *state;
	struct peer p;
	char *much = calloc(1, 6 * 1024 * 1024);
	size_t before;
	uint64_t until = time_mono_ms() + WAIT_MS;

	open_terminal(r, &p, 24, 80);
	before = p.in.len;
	ctl_terminal_send(r->screens[0].terminal, much, 6 * 1024 * 1024);
	while (p.in.len < before + 6 * 1024 * 1024) {
		assert_true(time_mono_ms() < until);
		turn();
		take_in(&p);
	}
	assert_int_equal(r->screens[0].gone, 0);
	free(much);
	close_peer(&p);
	wait_for(&r->screens[0].gone, 1);
}

static void test_hellos(void **state)
{
	struct rig *r = *state;
	struct frame_message m;
	struct peer p;

	/* Byte by byte. */
	open_peer(r, &p);
	for (const char *s = FRAME_MAGIC; *s; s++) {
		char one[2] = {*s, 0};

		say(&p, one);
		turn();
	}
	tell_hello(&p, FRAME_VERSION + 5, FRAME_VERSION, 24, 80);
	m = message(&p);
	assert_int_equal(m.type, FRAME_WELCOME);
	assert_int_equal(m.welcome.version, FRAME_VERSION);
	frame_message_reset(&m);
	/* A second hello says nothing. */
	tell_hello(&p, 1, 1, 10, 10);
	tell_key(&p, "a");
	wait_for(&r->screens[0].inputs, 1);
	close_peer(&p);
	/* One that only speaks what is yet to come. */
	open_peer(r, &p);
	say(&p, FRAME_MAGIC);
	tell_hello(&p, FRAME_VERSION + 5, FRAME_VERSION + 1, 24, 80);
	m = message(&p);
	assert_int_equal(m.type, FRAME_LEAVE);
	assert_int_equal(m.leave.code, 1);
	assert_non_null(strstr(m.leave.text, "9.9"));
	frame_message_reset(&m);
	wait_closed(&p);
	close_peer(&p);
	/* A key before hello. */
	open_peer(r, &p);
	say(&p, FRAME_MAGIC);
	tell_key(&p, "a");
	wait_closed(&p);
	close_peer(&p);
	/* No screen to be had. */
	r->refuse = ENOMEM;
	open_peer(r, &p);
	say(&p, FRAME_MAGIC);
	tell_hello(&p, FRAME_VERSION, FRAME_VERSION_MIN, 24, 80);
	m = message(&p);
	frame_message_reset(&m);
	m = message(&p);
	assert_int_equal(m.type, FRAME_LEAVE);
	frame_message_reset(&m);
	wait_closed(&p);
	close_peer(&p);
	assert_int_equal(r->count, 1);
}

static void test_gone_with_the_core(void **state)
{
	struct rig *r = *state;
	struct peer a, b;

	open_terminal(r, &a, 24, 80);
	open_json(r, &b);
	r->ctl = mem_deref(r->ctl);
	assert_int_equal(r->screens[0].gone, 1);
	wait_closed(&a);
	wait_closed(&b);
	close_peer(&a);
	close_peer(&b);
}

/* ---- the socket -------------------------------------------------------- */

static void test_socket(void **state)
{
	struct rig *r = *state;
	struct stat st, other;
	struct peer p;

	assert_int_equal(stat(r->path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	/* It is there: nothing is to be done. */
	assert_int_equal(ctl_reopen(r->ctl), 0);
	assert_int_equal(stat(r->path, &other), 0);
	assert_true(st.st_ino == other.st_ino);
	/* Lost, as by a cleaner of /tmp; those connected stay so. */
	open_json(r, &p);
	unlink(r->path);
	assert_int_equal(ctl_reopen(r->ctl), 0);
	assert_answer(&p, "{\"id\":1,\"do\":[\"subscribe\"]}\n", 1, "ok");
	close_peer(&p);
	open_json(r, &p);
	close_peer(&p);
	/* Something else in its place. */
	unlink(r->path);
	assert_int_equal(file_write(r->path, "x", 1, 0600), 0);
	assert_int_equal(ctl_reopen(r->ctl), 0);
	open_json(r, &p);
	close_peer(&p);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_requests),
		TEST(test_answers_that_come_later),
		TEST(test_rude_peers),
		TEST(test_secret_shown),
		TEST(test_events),
		TEST(test_slow_reader),
		TEST(test_two_terminals),
		TEST(test_stalled_terminal),
		TEST(test_much_is_no_fault),
		TEST(test_hellos),
		TEST(test_gone_with_the_core),
		TEST(test_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
