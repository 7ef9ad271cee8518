/**
 * @file app_login.c  Log-in and its failures (SPEC T4.1) against a server
 */
#include <stdint.h>
#include "app_fixture.h"
#include "tls_server.h"

#define LOGIN_OK                                                         \
	"<LOGIN><ID>s1</ID><CNT>1</CNT><LASVERSION><VERSION>4</VERSION>" \
	"<APPLICATION>UCSMART</APPLICATION></LASVERSION></LOGIN>"
#define LOGIN_NO(reason) \
	"<LOGIN><ID>0</ID><ERROR><REASON>" reason "</REASON></ERROR></LOGIN>"

struct world {
	struct app *a;
	struct uc *uc;
	struct tls_server server;
	struct tls_identity id;
	const char *login; /**< answer; under server.lock from here on */
	unsigned logins;   /**< that carried the password */
	bool drop;	   /**< polls are cut off, logins too */
};

static void behave(struct tls_peer *p, void *arg)
{
	struct world *w = arg;
	struct tls_request r;

	while (tls_request_read(p, &r)) {
		const char *body = "<ERROR><REASON>UNKNOWN_COMMAND</REASON>"
				   "</ERROR>";
		bool secret =
			strstr(r.target, "sesame") || strstr(r.body, "sesame");
		bool poll = strstr(r.target, "GetEvents") != NULL;
		bool drop;

		pthread_mutex_lock(&w->server.lock);
		if (secret) {
			w->logins++;
			body = w->login;
		} else if (strstr(r.target, "Logout")) {
			body = "<LOGOUT/>";
		}
		drop = w->drop;
		pthread_mutex_unlock(&w->server.lock);
		tls_request_free(&r);
		if (drop)
			return;
		if (poll) {
			usleep(20000);
			body = "";
		}
		if (!tls_answer(p, poll ? "application/json" : "text/xml", body,
				strlen(body)))
			return;
	}
}

static void open_app(struct world *w)
{
	w->a = app_make();
	w->uc = app_uc(w->a);
}

static void open_world(struct world *w, const char *login)
{
	memset(w, 0, sizeof(*w));
	w->login = login;
	tls_identity_make(&w->id, "uc", "IP:127.0.0.1", NULL, false, 30);
	tls_server_start(&w->server, &w->id, behave, w);
	open_app(w);
}

static void close_world(struct world *w)
{
	mem_deref(w->a);
	tls_server_stop(&w->server);
	tls_identity_free(&w->id);
}

static unsigned logins(struct world *w)
{
	return tls_server_count(&w->server, &w->logins);
}

static int login(struct world *w, const char *password, const char *wan)
{
	char *line = text_printf("login 1 200 '%s' 127.0.0.1:%u '%s'", password,
				 w->server.port, wan);
	int err = app_do(w->a, line, NULL);

	free(line);
	return err;
}

static bool at_certificate(void *arg)
{
	const struct world *w = arg;

	return app_login_state(w->a) == APP_LOGIN_CERTIFICATE;
}

static bool at_form(void *arg)
{
	const struct world *w = arg;

	return app_login_state(w->a) == APP_LOGIN_FORM;
}

static bool is_in(void *arg)
{
	const struct world *w = arg;

	return uc_account(w->uc)->connection == UC_ONLINE;
}

static bool is_lost(void *arg)
{
	const struct world *w = arg;

	return uc_account(w->uc)->connection == UC_LOST &&
	       uc_account(w->uc)->retry_ms > 0;
}

static void accept_certificate(struct world *w)
{
	assert_true(until(at_certificate, w));
	assert_int_equal(app_do(w->a, "certificate accept", NULL), 0);
}

static void certificate_is_judged_first(void **state)
{
	const struct app_certificate *c;
	struct world w;
	(void)state;

	open_world(&w, LOGIN_OK);
	assert_int_equal(login(&w, "sesame", ""), 0);
	assert_true(until(at_certificate, &w));
	c = app_certificate(w.a);
	assert_non_null(c);
	assert_false(c->changed);
	assert_non_null(strstr(c->subject, "uc"));
	assert_int_equal(strlen(c->fingerprint), 32 * 3 - 1);
	assert_int_equal(logins(&w), 0); /* nothing secret has left */
	assert_int_equal(app_do(w.a, "certificate refuse", NULL), 0);
	assert_int_equal(app_login_state(w.a), APP_LOGIN_FORM);
	assert_true(strlen(app_login_reason(w.a)) > 0);
	assert_int_equal(logins(&w), 0);
	assert_int_equal(login(&w, "sesame", ""), 0);
	accept_certificate(&w);
	assert_true(until(is_in, &w));
	assert_int_equal(app_login_state(w.a), APP_LOGIN_DONE);
	assert_string_equal(app_login_reason(w.a), "");
	close_world(&w);
}

/* What the shell's end of a command is told. */
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

/** As a shell does; @return what it comes to in the end */
static int ask(struct world *w, const char *line, struct outcome *o)
{
	struct app_sink s = {.done = told, .done_arg = o};
	int err;

	o->count = 0;
	err = app_run_line(w->a, line, APP_FROM_SHELL, &s);
	if (err == EINPROGRESS) {
		assert_true(until(is_told, o));
		err = o->err;
	} else {
		assert_int_equal(o->count, 0);
		(void)text_set(&o->text, s.error.buf);
	}
	app_sink_reset(&s);
	return err;
}

static void who_waits_is_told_what_it_comes_to(void **state)
{
	struct app_sink first = {0};
	struct outcome o = {0}, older = {0};
	struct world w;
	char *line;
	(void)state;

	open_world(&w, LOGIN_OK);
	assert_int_equal(ask(&w, "login", &o), EINVAL);
	assert_true(strlen(o.text) > 0);
	line = text_printf("login 1 200 sesame 127.0.0.1:%u -", w.server.port);
	/* The question is not for whoever waits, but how to answer it is. */
	assert_int_equal(ask(&w, line, &o), EACCES);
	assert_non_null(strstr(o.text, "offhook certificate accept"));
	assert_non_null(strstr(o.text, app_certificate(w.a)->fingerprint));
	assert_int_equal(logins(&w), 0);
	assert_int_equal(ask(&w, "certificate accept", &o), 0);
	assert_true(is_in(&w));
	/* Of two that wait the older one is told that it is too late. */
	first.done = told;
	first.done_arg = &older;
	assert_int_equal(app_run_line(w.a, line, APP_FROM_SHELL, &first),
			 EINPROGRESS);
	assert_int_equal(ask(&w, line, &o), 0);
	assert_int_equal(older.count, 1);
	assert_int_equal(older.err, ECANCELED);
	app_sink_reset(&first);
	pthread_mutex_lock(&w.server.lock);
	w.login = LOGIN_NO("BAD_PASSWORD");
	pthread_mutex_unlock(&w.server.lock);
	assert_int_equal(ask(&w, line, &o), EACCES);
	assert_string_equal(o.text, app_login_reason(w.a));
	assert_true(strlen(o.text) > 0);
	/* Nor is anybody told who went away. */
	older.count = 0;
	first.done = told;
	assert_int_equal(app_run_line(w.a, line, APP_FROM_SHELL, &first),
			 EINPROGRESS);
	app_sink_reset(&first);
	close_world(&w);
	assert_int_equal(older.count, 0);
	free(line);
	free(o.text);
	free(older.text);
}

static void changed_certificate(void **state)
{
	struct tls_identity other;
	struct world w;
	uint16_t port;
	(void)state;

	open_world(&w, LOGIN_OK);
	assert_int_equal(login(&w, "sesame", ""), 0);
	accept_certificate(&w);
	assert_true(until(is_in, &w));
	assert_int_equal(app_do(w.a, "logout", NULL), 0);
	assert_true(until(at_form, &w));
	/* Another server in its place, after a restart. */
	mem_deref(w.a);
	tls_server_stop(&w.server);
	tls_identity_make(&other, "uc", "IP:127.0.0.1", NULL, false, 30);
	tls_server_start(&w.server, &other, behave, &w);
	port = w.server.port;
	(void)port;
	open_app(&w);
	assert_int_equal(login(&w, "sesame", ""), 0);
	assert_true(until(at_certificate, &w));
	assert_true(app_certificate(w.a)->changed);
	assert_string_not_equal(app_certificate(w.a)->fingerprint,
				app_certificate(w.a)->pinned_fingerprint);
	close_world(&w);
	tls_identity_free(&other);
}

/* Not on the other address, not by reconnect, not after a restart. */
static void rejected_password_is_sent_once(void **state)
{
	char wan[32];
	struct world w;
	(void)state;

	open_world(&w, LOGIN_NO("BAD_PASSWORD"));
	snprintf(wan, sizeof(wan), "localhost:%u", w.server.port);
	assert_int_equal(app_do(w.a, "slot 1 automatic on", NULL), 0);
	assert_int_equal(login(&w, "sesame", wan), 0);
	accept_certificate(&w);
	assert_true(until(at_form, &w));
	assert_int_equal(uc_account(w.uc)->connection, UC_REFUSED);
	assert_int_equal(logins(&w), 1);
	assert_int_not_equal(app_do(w.a, "reconnect", NULL), 0);
	assert_int_not_equal(app_do(w.a, "login", NULL), 0);
	mem_deref(w.a);
	open_app(&w);
	assert_int_equal(app_start(w.a), 0);
	assert_int_equal(app_login_state(w.a), APP_LOGIN_FORM);
	assert_int_equal(logins(&w), 1);
	close_world(&w);
}

/* One that was right, was kept, and then is not any more. */
static void kept_password_that_is_rejected(void **state)
{
	struct world w;
	(void)state;

	open_world(&w, LOGIN_OK);
	assert_int_equal(app_do(w.a, "slot 1 automatic on", NULL), 0);
	assert_int_equal(login(&w, "sesame", ""), 0);
	accept_certificate(&w);
	assert_true(until(is_in, &w));
	mem_deref(w.a);
	/* Straight in. */
	open_app(&w);
	assert_true(app_slot(w.a, 0)->automatic);
	assert_true(app_slot(w.a, 0)->has_password);
	assert_int_equal(app_start(w.a), 0);
	assert_int_equal(app_login_state(w.a), APP_LOGIN_DONE);
	assert_true(until(is_in, &w));
	assert_int_equal(logins(&w), 2);
	mem_deref(w.a);
	pthread_mutex_lock(&w.server.lock);
	w.login = LOGIN_NO("BAD_PASSWORD");
	pthread_mutex_unlock(&w.server.lock);
	open_app(&w);
	assert_int_equal(app_start(w.a), 0);
	assert_true(until(at_form, &w));
	assert_int_equal(logins(&w), 3);
	mem_deref(w.a);
	open_app(&w);
	assert_false(app_slot(w.a, 0)->has_password);
	assert_int_equal(app_start(w.a), 0);
	assert_int_equal(app_login_state(w.a), APP_LOGIN_FORM);
	assert_int_equal(logins(&w), 3);
	/* A new one typed: all is well again. */
	pthread_mutex_lock(&w.server.lock);
	w.login = LOGIN_OK;
	pthread_mutex_unlock(&w.server.lock);
	assert_int_equal(login(&w, "sesame2", ""), 0);
	assert_true(until(is_in, &w));
	assert_true(app_slot(w.a, 0)->has_password);
	close_world(&w);
}

/* The kept one, typed once more and rejected, is rejected as a kept one. */
static void kept_password_typed_again(void **state)
{
	struct world w;
	(void)state;

	open_world(&w, LOGIN_OK);
	assert_int_equal(app_do(w.a, "slot 1 automatic on", NULL), 0);
	assert_int_equal(login(&w, "sesame", ""), 0);
	accept_certificate(&w);
	assert_true(until(is_in, &w));
	assert_int_equal(app_do(w.a, "logout", NULL), 0);
	assert_true(until(at_form, &w));
	pthread_mutex_lock(&w.server.lock);
	w.login = LOGIN_NO("BAD_PASSWORD");
	pthread_mutex_unlock(&w.server.lock);
	assert_int_equal(login(&w, "sesame", ""), 0);
	assert_true(until(at_form, &w));
	assert_int_equal(logins(&w), 2);
	mem_deref(w.a);
	open_app(&w);
	assert_int_equal(app_start(w.a), 0);
	assert_int_equal(app_login_state(w.a), APP_LOGIN_FORM);
	assert_int_equal(logins(&w), 2);
	close_world(&w);
}

static void refused(const char *answer, const char *word)
{
	struct world w;

	open_world(&w, answer);
	assert_int_equal(login(&w, "sesame", ""), 0);
	accept_certificate(&w);
	assert_true(until(at_form, &w));
	assert_non_null(strstr(app_login_reason(w.a), word));
	assert_string_equal(uc_account(w.uc)->reason, app_login_reason(w.a));
	assert_int_equal(logins(&w), 1);
	close_world(&w);
}

static void each_failure_has_its_words(void **state)
{
	(void)state;
	refused(LOGIN_NO("LOCKED"), "locked");
	refused(LOGIN_NO("NO_LICENCE"), "licence");
	refused(LOGIN_NO("BAD_PASSWORD"), "wrong");
}

static void nobody_there(void **state)
{
	struct world w;
	char line[96];
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(in);
	(void)state;

	/* Bound and not listened on: nobody else takes it meanwhile. */
	assert_int_equal(bind(fd, (struct sockaddr *)&in, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	memset(&w, 0, sizeof(w));
	open_app(&w);
	snprintf(line, sizeof(line),
		 "login 1 200 sesame 127.0.0.1:%u "
		 "localhost:%u",
		 ntohs(in.sin_port), ntohs(in.sin_port));
	assert_int_equal(app_do(w.a, line, NULL), 0);
	assert_true(until(at_form, &w));
	assert_non_null(strstr(app_login_reason(w.a), "127.0.0.1"));
	assert_non_null(strstr(app_login_reason(w.a), "localhost"));
	assert_non_null(strstr(app_login_reason(w.a), "port"));
	assert_non_null(strstr(app_login_reason(w.a), "proxy"));
	assert_null(strstr(app_login_reason(w.a), "sesame"));
	mem_deref(w.a);
	close(fd);
}

static void lan_fails_wan_works(void **state)
{
	struct world w;
	char line[96];
	(void)state;

	open_world(&w, LOGIN_OK);
	snprintf(line, sizeof(line),
		 "login 1 200 sesame 127.0.0.1:1 "
		 "127.0.0.1:%u",
		 w.server.port);
	assert_int_equal(app_do(w.a, line, NULL), 0);
	accept_certificate(&w);
	assert_true(until(is_in, &w));
	assert_non_null(strstr(uc_account(w.uc)->server, "127.0.0.1:"));
	close_world(&w);
}

static void comes_back_by_itself(void **state)
{
	struct world w;
	(void)state;

	open_world(&w, LOGIN_OK);
	assert_int_equal(login(&w, "sesame", ""), 0);
	accept_certificate(&w);
	assert_true(until(is_in, &w));
	pthread_mutex_lock(&w.server.lock);
	w.drop = true;
	pthread_mutex_unlock(&w.server.lock);
	assert_true(until(is_lost, &w));
	/* Views stay; one line says why and when. */
	assert_int_equal(app_login_state(w.a), APP_LOGIN_DONE);
	assert_true(strlen(uc_account(w.uc)->reason) > 0);
	assert_true(uc_account(w.uc)->since_ms > 0);
	pthread_mutex_lock(&w.server.lock);
	w.drop = false;
	pthread_mutex_unlock(&w.server.lock);
	assert_int_equal(app_do(w.a, "reconnect", NULL), 0);
	assert_true(until(is_in, &w));
	close_world(&w);
}

static void incomplete_forms(void **state)
{
	struct world w = {0};
	(void)state;

	open_app(&w);
	assert_int_not_equal(app_do(w.a, "login", NULL), 0);
	assert_int_not_equal(app_do(w.a, "login 1 200", NULL), 0);
	assert_int_not_equal(app_do(w.a, "login 2 '' x 127.0.0.1", NULL), 0);
	assert_int_not_equal(app_do(w.a, "login 9 200 x h", NULL), 0);
	assert_int_not_equal(app_do(w.a, "login 1 200 x 'no host'", NULL), 0);
	assert_int_equal(app_login_state(w.a), APP_LOGIN_FORM);
	mem_deref(w.a);
}

static void stopped(void *arg)
{
	*(bool *)arg = true;
}

static bool is_true(void *arg)
{
	return *(bool *)arg;
}

static void stops_at_any_time(void **state)
{
	struct world w;
	bool over = false;
	(void)state;

	open_world(&w, LOGIN_OK);
	app_stop(w.a, stopped, &over);
	assert_true(until(is_true, &over));
	mem_deref(w.a);
	open_app(&w);
	assert_int_equal(login(&w, "sesame", ""), 0);
	over = false;
	app_stop(w.a, stopped, &over);
	assert_true(until(is_true, &over));
	mem_deref(w.a);
	open_app(&w);
	assert_int_equal(login(&w, "sesame", ""), 0);
	accept_certificate(&w);
	assert_true(until(is_in, &w));
	over = false;
	app_stop(w.a, stopped, &over);
	assert_true(until(is_true, &over));
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(certificate_is_judged_first),
		TEST(who_waits_is_told_what_it_comes_to),
		TEST(changed_certificate),
		TEST(rejected_password_is_sent_once),
		TEST(kept_password_that_is_rejected),
		TEST(kept_password_typed_again),
		TEST(each_failure_has_its_words),
		TEST(nobody_there),
		TEST(lan_fails_wan_works),
		TEST(comes_back_by_itself),
		TEST(incomplete_forms),
		TEST(stops_at_any_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
