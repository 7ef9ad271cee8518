/**
 * @file app_conversations.c  Deleting, reading further back, writing, with a
 *                            server that does not do what it should
 */
#include <ctype.h>
#include <stdint.h>
#include "app_fixture.h"
#include "tls_server.h"

#define LOGIN                                                               \
	"<LOGIN><ID>s1</ID><LASVERSION><VERSION>4</VERSION><APPLICATION>"   \
	"UCSMART</APPLICATION><OFFHOOKD><ADDITIONS>post directory journal " \
	"messages delete</ADDITIONS><CAN>messages</CAN><NAME>Emma Nutt"     \
	"</NAME><DEVICE>200</DEVICE></OFFHOOKD></LASVERSION></LOGIN>"
#define PERSON(n, name)                                              \
	"{\"id\":\"int:" n "\",\"directory\":\"internal\",\"name\":" \
	"\"" name "\",\"device\":\"" n "\",\"numbers\":[{\"kind\":"  \
	"\"internal\",\"number\":\"" n "\"}]}"
#define CALL(id)                                                         \
	"{\"id\":\"" id "\",\"kind\":\"in-answered\",\"at\":17953560" id \
	"000,\"number\":\"201\",\"name\":\"Agner Erlang\"}"
#define CALLS(rows, more) "{\"entries\":[" rows "],\"more\":" more "}"

enum { LOG_SIZE = 65536, LINES = 24 };

struct world {
	struct app *a;
	struct uc *uc;
	struct tls_server server;
	struct tls_identity id;
	/* under server.lock */
	struct {
		const char *command;
		const char *answer[2]; /**< in turn; the second may be NULL */
		unsigned times;
	} line[LINES];
	unsigned lines;
	char log[LOG_SIZE];
	size_t len;
};

/* ---- the server -------------------------------------------------------- */

static const char *answer_of(struct world *w, const struct tls_request *r)
{
	const char *cmd = strstr(r->target, "cmd=");
	const char *body = NULL;
	int n;

	pthread_mutex_lock(&w->server.lock);
	n = snprintf(w->log + w->len, LOG_SIZE - w->len, "%s %s\n",
		     cmd ? cmd : r->target, r->body ? r->body : "");
	if (n > 0 && w->len + (size_t)n < LOG_SIZE)
		w->len += (size_t)n;
	for (unsigned i = 0; cmd && !body && i < w->lines; i++) {
		size_t len = strlen(w->line[i].command);

		if (strncmp(cmd + 4, w->line[i].command, len) ||
		    isalpha((unsigned char)cmd[4 + len]))
			continue;
		body = w->line[i].answer[w->line[i].times++ % 2];
		if (!body)
			body = w->line[i].answer[0];
	}
	pthread_mutex_unlock(&w->server.lock);
	return body ? body : "{\"error\":\"UNKNOWN_COMMAND\"}";
}

static void behave(struct tls_peer *p, void *arg)
{
	struct tls_request r;

	while (tls_request_read(p, &r)) {
		const char *body = answer_of(arg, &r);
		bool poll = strstr(r.target, "GetEvents") != NULL;

		tls_request_free(&r);
		if (poll) {
			usleep(20000);
			body = "";
		}
		if (!strcmp(body, "CLOSE") ||
		    !tls_answer(p, "application/json", body, strlen(body)))
			return;
	}
}

static void say(struct world *w, const char *command, const char *one,
		const char *two)
{
	unsigned i = 0;

	pthread_mutex_lock(&w->server.lock);
	while (i < w->lines && strcmp(w->line[i].command, command))
		i++;
	assert_true(i < LINES);
	if (i == w->lines)
		w->lines++;
	w->line[i].command = command;
	w->line[i].answer[0] = one;
	w->line[i].answer[1] = two;
	w->line[i].times = 0;
	pthread_mutex_unlock(&w->server.lock);
}

static unsigned asked(struct world *w, const char *what)
{
	unsigned n = 0;

	pthread_mutex_lock(&w->server.lock);
	for (const char *s = w->log; (s = strstr(s, what)); s++)
		n++;
	pthread_mutex_unlock(&w->server.lock);
	return n;
}

/* ---- the client -------------------------------------------------------- */

struct outcome {
	int err;
	char *text;
	unsigned count;
};

static void told(int err, const char *text, void *arg)
{
	struct outcome *o = arg;

	o->err = err;
	(void)text_set(&o->text, text);
	o->count++;
}

static bool is_told(void *arg)
{
	return ((struct outcome *)arg)->count > 0;
}

/** As a shell does. @param says  What its one line must have, NULL: anything
 *  @return what it comes to in the end */
static int ask(struct world *w, const char *line, const char *says)
{
	struct outcome o = {0};
	struct app_sink s = {.done = told, .done_arg = &o};
	int err = app_run_line(w->a, line, APP_FROM_SHELL, &s);

	if (err == EINPROGRESS) {
		assert_true(until(is_told, &o));
		err = o.err;
	} else {
		(void)text_set(&o.text, s.error.buf);
	}
	if (err)
		assert_true(o.text && *o.text && !strchr(o.text, '\n'));
	if (says)
		assert_non_null(strstr(o.text ? o.text : "", says));
	app_sink_reset(&s);
	free(o.text);
	return err;
}

static bool is_read(void *arg)
{
	struct world *w = arg;

	return uc_account(w->uc)->connection == UC_ONLINE && uc_me(w->uc) &&
	       uc_conversation_by_number(w->uc, "201") != NULL;
}

static bool at_certificate(void *arg)
{
	return app_login_state(((struct world *)arg)->a) ==
	       APP_LOGIN_CERTIFICATE;
}

static void log_in(struct world *w)
{
	char *line = text_printf("login 1 200 sesame 127.0.0.1:%u -",
				 w->server.port);

	(void)app_do(w->a, line, NULL);
	free(line);
}

static void open_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	tls_identity_make(&w->id, "uc", "IP:127.0.0.1", NULL, false, 30);
	tls_server_start(&w->server, &w->id, behave, w);
	say(w, "Login", LOGIN, NULL);
	say(w, "Logout", "<LOGOUT/>", NULL);
	say(w, "Directory",
	    "{\"total\":2,\"offset\":0,\"contacts\":[" PERSON(
		    "200", "Emma Nutt") "," PERSON("201", "Agner Erlang") "]}",
	    NULL);
	say(w, "Journal",
	    CALLS(CALL("93") "," CALL("92") "," CALL("91"), "true"), NULL);
	say(w, "Messages", "{\"messages\":[],\"more\":false}", NULL);
	w->a = app_make();
	w->uc = app_uc(w->a);
	log_in(w);
	assert_true(until(at_certificate, w));
	assert_int_equal(app_do(w->a, "certificate accept", NULL), 0);
	assert_true(until(is_read, w));
}

static void close_world(struct world *w)
{
	mem_deref(w->a);
	tls_server_stop(&w->server);
	tls_identity_free(&w->id);
}

static size_t entries(const struct world *w)
{
	const struct uc_conversation *v =
		uc_conversation_by_number(w->uc, "201");

	return v ? v->entry_count : 0;
}

static bool has(const struct world *w, const char *id)
{
	return uc_entry_by_id(w->uc, id, NULL) != NULL;
}

/* ---- deleting ---------------------------------------------------------- */

static void what_is_refused_stays(void **state)
{
	static const char *const answers[] = {
		"{\"error\":\"INTERNAL\"}",
		"{\"error\":\"NO_SPACE\"}",
		"{\"deleted\":3,\"bat",
		"CLOSE",
		"{\"error\":\"UNKNOWN_COMMAND\"}",
	};
	struct world w;
	(void)state;

	open_world(&w);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		say(&w, "EntriesDelete", answers[i], NULL);
		assert_int_not_equal(
			ask(&w, "delete-conversation 201 yes", NULL), 0);
		assert_int_equal(entries(&w), 3);
		assert_int_not_equal(ask(&w, "undo", "nothing to take back"),
				     0);
	}
	assert_int_equal(asked(&w, "EntriesRestore"), 0);
	close_world(&w);
}

/* Of three the second fails: the others come back, each by itself. */
static void one_of_three_fails(void **state)
{
	struct world w;
	(void)state;

	open_world(&w);
	say(&w, "EntriesDelete", "{\"deleted\":1,\"batch\":\"b1\"}", NULL);
	assert_int_equal(ask(&w, "delete-entry j:91 yes", NULL), 0);
	say(&w, "EntriesDelete", "{\"error\":\"NO_SPACE\"}", NULL);
	assert_int_not_equal(ask(&w, "delete-entry j:92 yes", NULL), 0);
	say(&w, "EntriesDelete", "{\"deleted\":1,\"batch\":\"b3\"}", NULL);
	assert_int_equal(ask(&w, "delete-entry j:93 yes", NULL), 0);
	assert_true(!has(&w, "j:91") && has(&w, "j:92") && !has(&w, "j:93"));
	say(&w, "EntriesRestore", "{\"restored\":1}", NULL);
	assert_int_equal(ask(&w, "undo", NULL), 0);
	assert_true(!has(&w, "j:91") && has(&w, "j:93"));
	assert_int_equal(asked(&w, "batch=b3"), 1);
	assert_int_equal(ask(&w, "undo", NULL), 0);
	assert_true(has(&w, "j:91"));
	assert_int_equal(asked(&w, "batch=b1"), 1);
	assert_int_not_equal(ask(&w, "undo", "nothing to take back"), 0);
	close_world(&w);
}

/* What could not be brought back now can be another time; what is gone for
   good is not tried again. */
static void an_undo_that_fails(void **state)
{
	struct world w;
	(void)state;

	open_world(&w);
	say(&w, "EntriesDelete", "{\"deleted\":3,\"batch\":\"b1\"}", NULL);
	say(&w, "EntriesRestore", "{\"error\":\"NO_SPACE\"}", "{\"restored\"");
	assert_int_equal(ask(&w, "delete-conversation 201 yes", NULL), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_not_equal(ask(&w, "undo", NULL), 0);
		assert_int_equal(entries(&w), 0);
	}
	assert_int_equal(asked(&w, "batch=b1"), 4);
	say(&w, "EntriesRestore", "{\"restored\":3}", NULL);
	assert_int_equal(ask(&w, "undo", NULL), 0);
	assert_int_equal(entries(&w), 3);
	assert_int_equal(ask(&w, "delete-conversation 201 yes", NULL), 0);
	say(&w, "EntriesRestore", "{\"error\":\"NOT_FOUND\"}", NULL);
	assert_int_not_equal(ask(&w, "undo", "does not know"), 0);
	assert_int_not_equal(ask(&w, "undo", "nothing to take back"), 0);
	close_world(&w);
}

/* Deleted, and by no name that it could be brought back with. */
static void deleted_without_a_batch(void **state)
{
	struct world w;
	(void)state;

	open_world(&w);
	say(&w, "EntriesDelete", "{\"deleted\":3}", NULL);
	assert_int_equal(ask(&w, "delete-conversation 201 yes", NULL), 0);
	assert_int_equal(entries(&w), 0);
	assert_null(strstr(uc_last_notice(w.uc)->text, "undo"));
	assert_int_not_equal(ask(&w, "undo", "nothing to take back"), 0);
	close_world(&w);
}

/* ---- further back ------------------------------------------------------ */

/* A server whose pages lead nowhere is asked a few times, not for ever. */
static void pages_that_lead_nowhere(void **state)
{
	struct world w;
	(void)state;

	open_world(&w);
	/* What is known already, again and again. */
	assert_int_equal(ask(&w, "older 201", NULL), 0);
	assert_true(asked(&w, "cmd=Journal ") <= 4);
	assert_int_equal(ask(&w, "older 201", "the beginning"), ENOENT);
	assert_int_equal(entries(&w), 3);
	close_world(&w);
}

static void pages_to_and_fro(void **state)
{
	struct world w;
	(void)state;

	open_world(&w);
	say(&w, "Journal", CALLS(CALL("93") "," CALL("92"), "true"),
	    CALLS(CALL("91"), "true"));
	assert_int_equal(ask(&w, "older 201", NULL), 0);
	assert_true(asked(&w, "cmd=Journal ") <= 5);
	assert_int_equal(ask(&w, "older 201", "the beginning"), ENOENT);
	close_world(&w);
}

static void a_page_that_fails_is_asked_for_again(void **state)
{
	static const char *const answers[] = {"{\"error\":\"INTERNAL\"}",
					      "{\"entries\":[", "CLOSE"};
	struct world w;
	(void)state;

	open_world(&w);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		say(&w, "Journal", answers[i], NULL);
		assert_int_not_equal(ask(&w, "older 201", NULL), 0);
		assert_int_equal(entries(&w), 3);
	}
	say(&w, "Journal", CALLS(CALL("82") "," CALL("81"), "false"), NULL);
	assert_int_equal(ask(&w, "older 201", NULL), 0);
	assert_int_equal(entries(&w), 5);
	assert_int_equal(ask(&w, "older 201", "the beginning"), ENOENT);
	close_world(&w);
}

/* ---- writing ----------------------------------------------------------- */

static const struct uc_entry *own(const struct world *w)
{
	const struct uc_conversation *v =
		uc_conversation_by_number(w->uc, "201");

	for (size_t i = 0; v && i < v->entry_count; i++)
		if (v->entries[i].kind == UC_MESSAGE_OUT)
			return &v->entries[i];
	return NULL;
}

static bool none_waits(void *arg)
{
	return !own(arg);
}

static bool has_come(void *arg)
{
	return has(arg, "m:5");
}

/* Refused, then sent all the same: it is one, and has one uid. */
static void refused_and_sent_again(void **state)
{
	struct world w;
	char *line, *uid;
	(void)state;

	open_world(&w);
	say(&w, "MessageSend", "{\"error\":\"NOT_FOUND\"}", NULL);
	assert_int_equal(ask(&w, "message 201 hello", "nobody has that number"),
			 EACCES);
	assert_non_null(own(&w));
	assert_int_equal(own(&w)->delivery, UC_DELIVERY_FAILED);
	line = text_printf("resend %s", own(&w)->id);
	uid = text_printf("&uid=%s&", own(&w)->id + strlen(UC_OWN_PREFIX));
	/* An answer without the message in it is an answer. */
	say(&w, "MessageSend", "{\"message\":{\"id\":\"-1\"}}", NULL);
	(void)ask(&w, line, NULL);
	assert_true(until(none_waits, &w));
	assert_int_equal(asked(&w, uid), 2);
	free(line);
	free(uid);
	close_world(&w);
}

/* No room there: said at once, kept, and sent with the next session. */
static void kept_until_there_is_room(void **state)
{
	struct world w;
	char *uid;
	(void)state;

	open_world(&w);
	say(&w, "MessageSend", "{\"error\":\"NO_SPACE\"}", NULL);
	assert_int_equal(ask(&w, "message 201 hello", "sent later"), EAGAIN);
	assert_int_equal(own(&w)->delivery, UC_DELIVERY_WAITING);
	uid = text_printf("&uid=%s&", own(&w)->id + strlen(UC_OWN_PREFIX));
	say(&w, "MessageSend",
	    "{\"message\":{\"id\":\"5\",\"outgoing\":true,\"number\":\"201\","
	    "\"at\":1795356000000,\"text\":\"hello\"}}",
	    NULL);
	assert_int_equal(ask(&w, "reconnect", NULL), 0);
	assert_true(until(has_come, &w));
	assert_int_equal(own(&w)->delivery, UC_DELIVERY_SENT);
	/* However often it was tried. */
	assert_true(asked(&w, uid) >= 2);
	assert_int_equal(asked(&w, uid), asked(&w, "cmd=MessageSend "));
	free(uid);
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_refused_stays),
		TEST(one_of_three_fails),
		TEST(an_undo_that_fails),
		TEST(deleted_without_a_batch),
		TEST(pages_that_lead_nowhere),
		TEST(pages_to_and_fro),
		TEST(a_page_that_fails_is_asked_for_again),
		TEST(refused_and_sent_again),
		TEST(kept_until_there_is_room),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
