/**
 * @file sip_account.c  Registration, and what guards it
 */
#include "sip_fixture.h"
#include <netinet/in.h>

static bool registered(void)
{
	return state_of(&A) == SIP_ACCOUNT_REGISTERED;
}

static bool refused(void)
{
	return state_of(&A) == SIP_ACCOUNT_REFUSED;
}

static bool down(void)
{
	return state_of(&A) == SIP_ACCOUNT_DOWN && A.states[SIP_ACCOUNT_DOWN];
}

static bool gone(void)
{
	return !srv.contact[0];
}

static void registers(enum sip_transport t)
{
	struct sip_account_info info;

	agent_start(&A, "a", 440, "secret", t);
	WAIT(registered);
	sip_account_info(A.account, &info);
	assert_int_equal(info.code, 200);
	assert_int_equal(info.expires, 600);
	assert_true(info.since_ms > 0);
	assert_int_equal(info.retry_ms, 0);
	assert_int_equal(srv.registers, 1);
	assert_int_equal(srv.transport[0], t);
	assert_int_equal(srv.wrong, 0);
	A.account = mem_deref(A.account);
	WAIT(gone);
}

static void test_udp(void **state)
{
	(void)state;
	registers(SIP_UDP);
}

static void test_tcp(void **state)
{
	(void)state;
	registers(SIP_TCP);
}

static bool many_registers(void)
{
	return srv.registers >= 2;
}

static void test_refreshes(void **state)
{
	(void)state;
	srv.grant = 1;
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(many_registers);
	/* A refresh is no news, and needs no new challenge. */
	assert_int_equal(A.states[SIP_ACCOUNT_REGISTERED], 1);
	assert_int_equal(A.states[SIP_ACCOUNT_DOWN], 0);
}

/* The registrar goes without a word, long before a renewal. */
static void test_a_dead_registrar_is_seen(void **state)
{
	struct sa addr = srv.addr;

	(void)state;
	alive_ms = 400;
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	alive_ms = 0;
	WAIT(registered);
	/* While it answers, that is no news. */
	assert_false(wait_ms(down, 1500));
	assert_int_equal(A.states[SIP_ACCOUNT_REGISTERED], 1);
	assert_int_equal(srv.registers, 1);
	srv_stop();
	WAIT(down);
	/* It is back, and so are we. */
	srv_start_at(&addr);
	WAIT(registered);
}

static void test_wrong_password_is_sent_once(void **state)
{
	struct sip_account_info info;

	(void)state;
	agent_start(&A, "a", 440, "wrong", SIP_UDP);
	WAIT(refused);
	sip_account_info(A.account, &info);
	assert_true(info.code == 401 || info.code == 403);
	assert_int_equal(info.retry_ms, 0);
	assert_false(wait_ms(registered, 300));
	assert_int_equal(srv.wrong, 1);
	assert_int_equal(srv.registers, 0);
	/* The right one is tried at once. */
	assert_int_equal(sip_account_password(A.account, "secret"), 0);
	WAIT(registered);
	assert_int_equal(srv.wrong, 1);
}

static void test_unknown_user(void **state)
{
	(void)state;
	agent_start(&A, "nobody", 440, "secret", SIP_UDP);
	WAIT(refused);
	assert_int_equal(srv.wrong, 1);
}

static void test_without_password(void **state)
{
	(void)state;
	agent_start(&A, "a", 440, NULL, SIP_UDP);
	WAIT(refused);
	assert_int_equal(srv.wrong, 0);
}

static void test_server_away_and_back(void **state)
{
	struct sip_account_info info;
	struct sa addr = srv.addr;

	(void)state;
	/* Nobody there: a TCP connection tells at once. */
	srv_stop();
	srv.addr = addr;
	agent_start(&A, "a", 440, "secret", SIP_TCP);
	WAIT(down);
	sip_account_info(A.account, &info);
	assert_int_equal(info.code, 0);
	assert_true(info.retry_ms > time_mono_ms());
	assert_true(info.retry_ms <= time_mono_ms() + 3000);
	srv_start();
	/* Not the same port: the account can't know, but it comes round. */
	sip_account_retry(A.account);
	A.account = mem_deref(A.account);
	A.stack = mem_deref(A.stack);
	A.states[0] = 0;
	agent_start(&A, "a", 440, "secret", SIP_TCP);
	WAIT(registered);
}

static bool registered_again(void)
{
	return registered() && srv.registers;
}

static void test_lost_connection_is_noticed(void **state)
{
	struct sa addr = srv.addr;

	(void)state;
	agent_start(&A, "a", 440, "secret", SIP_TCP);
	WAIT(registered);
	/* Long before it would have to refresh. */
	srv_stop();
	srv.addr = addr;
	WAIT(down);
	srv_start_at(&addr);
	WAIT(registered_again);
}

static void test_answer_may_come_later(void **state)
{
	(void)state;
	srv.delay = true;
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	/* The repetition after 500 ms ends in the transaction. */
	assert_false(wait_ms(registered, 700));
	assert_int_equal(srv.registers, 1);
	srv.delay = false;
	srv_answer(srv.kept);
	srv.kept = mem_deref(srv.kept);
	WAIT(registered);
}

static void test_unanswered_register_is_refused_when_freed(void **state)
{
	(void)state;
	srv.delay = true;
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	while (!srv.kept)
		wait_ms(registered, 5);
	srv.kept = mem_deref(srv.kept);
	WAIT(down);
}

static void test_bad_parameters(void **state)
{
	const struct sip_stack_prm prm = {.media = engine};
	struct sip_account_prm acc = {.user = "a", .domain = "x\r\ny"};
	struct sip_account *a;

	(void)state;
	assert_int_equal(sip_stack_alloc(&A.stack, &prm, NULL, NULL), 0);
	assert_int_equal(sip_account_alloc(&a, A.stack, &acc, NULL, NULL),
			 EINVAL);
	acc.domain = "pbx>";
	assert_int_equal(sip_account_alloc(&a, A.stack, &acc, NULL, NULL),
			 EINVAL);
	acc.domain = "127.0.0.1";
	acc.auth_user = "a\"b";
	assert_int_equal(sip_account_alloc(&a, A.stack, &acc, NULL, NULL),
			 EINVAL);
	acc.auth_user = NULL;
	acc.user = "";
	assert_int_equal(sip_account_alloc(&a, A.stack, &acc, NULL, NULL),
			 EINVAL);
}

static bool a_down_now(void)
{
	return state_of(&A) == SIP_ACCOUNT_DOWN;
}

static void test_name_is_resolved(void **state)
{
	const struct sip_stack_prm prm = {.media = engine};
	struct sip_account_prm acc = {
		.user = "a", .domain = "pbx.test", .password = "secret"};
	char *server;

	(void)state;
	assert_int_equal(sip_stack_alloc(&A.stack, &prm, NULL, NULL), 0);
	server = text_printf("localhost:%u", sa_port(&srv.addr));
	acc.server = server;
	assert_int_equal(
		sip_account_alloc(&A.account, A.stack, &acc, NULL, NULL), 0);
	free(server);
	WAIT(registered);
	A.account = mem_deref(A.account);
	acc.server = "no-such-host.invalid";
	assert_int_equal(
		sip_account_alloc(&A.account, A.stack, &acc, NULL, NULL), 0);
	WAIT(a_down_now);
}

/* --- what else may come in ---------------------------------------------- */

static int probe = -1;
static char answer[4096];

static bool answered(void)
{
	ssize_t n = recv(probe, answer, sizeof(answer) - 1, MSG_DONTWAIT);

	if (n <= 0)
		return false;
	answer[n] = 0;
	return true;
}

/* Send text to the server, wait for the status of its answer; 0: none. */
static int ask_n(const char *text, size_t len, unsigned ms)
{
	struct sa from;

	if (probe < 0) {
		probe = socket(AF_INET, SOCK_DGRAM, 0);
		sa_set_str(&from, "127.0.0.1", 0);
		assert_int_equal(bind(probe, &from.u.sa, from.len), 0);
	}
	while (answered())
		;
	assert_int_equal(
		sendto(probe, text, len, 0, &srv.addr.u.sa, srv.addr.len), len);
	if (!wait_ms(answered, ms))
		return 0;
	return !strncmp(answer, "SIP/2.0 ", 8) ? atoi(answer + 8) : -1;
}

static int ask(const char *method, const char *to_tag, const char *more)
{
	static unsigned n;
	unsigned i = ++n;
	char *text = text_printf(
		"%s sip:x@pbx.test SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKp%u;rport\r\n"
		"From: <sip:p@pbx.test>;tag=1\r\n"
		"To: <sip:x@pbx.test>%s%s\r\n"
		"Call-ID: probe%u\r\n"
		"CSeq: %u %s\r\n"
		"Max-Forwards: 70\r\n"
		"%sContent-Length: 0\r\n\r\n",
		method, i, to_tag ? ";tag=" : "", to_tag ? to_tag : "", i, i,
		method, more ? more : "");
	int code = ask_n(text, strlen(text), 2000);

	free(text);
	return code;
}

static void test_requests_from_strangers(void **state)
{
	const char contact[] = "Contact: <sip:p@127.0.0.1:9>\r\n";

	(void)state;
	assert_int_equal(ask("OPTIONS", NULL, NULL), 200);
	assert_non_null(strstr(answer, "Allow: INVITE"));
	assert_int_equal(ask("OPTIONS", "zzz", NULL), 481);
	assert_int_equal(ask("BYE", "zzz", NULL), 481);
	assert_int_equal(ask("INFO", "zzz", NULL), 481);
	assert_int_equal(ask("UPDATE", "zzz", NULL), 481);
	assert_int_equal(ask("NOTIFY", "zzz", "Event: talk\r\n"), 481);
	assert_int_equal(ask("CANCEL", NULL, NULL), 481);
	/* there is nobody who takes it, and nothing that can be watched */
	assert_int_equal(ask("MESSAGE", NULL, NULL), 404);
	assert_int_equal(ask("SUBSCRIBE", NULL, NULL), 489);
	assert_int_equal(ask("PUBLISH", NULL, NULL), 405);
	assert_int_equal(ask("FROBNICATE", NULL, NULL), 501);
	assert_int_equal(ask("REGISTER", NULL, contact), 401);
	assert_non_null(strstr(answer, "WWW-Authenticate: Digest"));
	assert_int_equal(ask("INVITE", NULL, contact), 407);
	assert_non_null(strstr(answer, "Proxy-Authenticate: Digest"));
	assert_int_equal(ask("INVITE", NULL, NULL), 400);
	assert_int_equal(ask("INVITE", NULL,
			     "Contact: <sip:p@127.0.0.1:9>\r\n"
			     "Require: precondition\r\n"),
			 420);
	assert_non_null(strstr(answer, "Unsupported: precondition"));
	assert_int_equal(srv.invites, 0);
	assert_int_equal(srv.registers, 0);
}

static void test_bad_registers(void **state)
{
	(void)state;
	srv.open = true;
	assert_int_equal(ask("REGISTER", NULL, "Contact: *\r\n"), 400);
	assert_int_equal(ask("REGISTER", NULL, "Contact: <sip:\x01@x>\r\n"),
			 400);
	assert_int_equal(ask("REGISTER", NULL, "Contact: <tel:12>\r\n"), 400);
	assert_int_equal(srv.registers, 0);
	/* User x is not one of ours, says the handler. */
	assert_int_equal(ask("REGISTER", NULL, "Contact: <sip:x@1.2.3.4>\r\n"),
			 403);
	assert_int_equal(srv.registers, 1);
}

static void test_old_nonce_is_stale_not_wrong(void **state)
{
	(void)state;
	assert_int_equal(
		ask("REGISTER", NULL,
		    "Authorization: Digest username=\"a\", realm=\"pbx.test\","
		    " nonce=\"00000000aaaaaaaaaaaaaaaaaaaa\", uri=\"sip:x\","
		    " response=\"00000000000000000000000000000000\"\r\n"),
		401);
	assert_non_null(strstr(answer, "stale=true"));
	assert_int_equal(srv.wrong, 0);
}

static char *steal_nonce(void)
{
	const char *p;

	assert_int_equal(ask("REGISTER", NULL, NULL), 401);
	p = strstr(answer, "nonce=\"");
	assert_non_null(p);
	return strndup(p + 7, strcspn(p + 7, "\""));
}

static void test_guessing_becomes_slow(void **state)
{
	char *nonce = steal_nonce();
	char *h = text_printf(
		"Authorization: Digest username=\"a\", realm=\"pbx.test\", "
		"nonce=\"%s\", uri=\"sip:x@pbx.test\", "
		"response=\"00000000000000000000000000000000\"\r\n",
		nonce);
	uint64_t start;

	(void)state;
	free(nonce);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask("REGISTER", NULL, h), 403);
	start = time_mono_ms();
	assert_int_equal(ask("REGISTER", NULL, h), 403);
	assert_true(time_mono_ms() - start >= 900);
	assert_int_equal(srv.wrong, 4);
	free(h);
}

/* A right digest of user a, made for that URI, counted so. */
static char *digest_for(const char *nonce, const char *uri, unsigned nc)
{
	uint8_t ha1[16], ha2[16], response[16];
	char *header = NULL;

	assert_int_equal(md5_printf(ha1, "a:pbx.test:secret"), 0);
	assert_int_equal(md5_printf(ha2, "REGISTER:%s", uri), 0);
	assert_int_equal(md5_printf(response, "%w:%s:%08x:c:auth:%w", ha1,
				    sizeof(ha1), nonce, nc, ha2, sizeof(ha2)),
			 0);
	assert_int_equal(
		re_sdprintf(&header,
			    "Authorization: Digest username=\"a\", "
			    "realm=\"pbx.test\", nonce=\"%s\", uri=\"%s\", "
			    "qop=auth, nc=%08x, cnonce=\"c\", "
			    "response=\"%w\"\r\n",
			    nonce, uri, nc, response, sizeof(response)),
		0);
	return header;
}

static void test_a_digest_is_good_for_one_request(void **state)
{
	char *nonce = steal_nonce();
	char *first = digest_for(nonce, "sip:x@pbx.test", 1);
	char *second = digest_for(nonce, "SIP:%78@PBX.test:5060", 2);
	char *other = digest_for(nonce, "sip:y@pbx.test", 3);
	char *elsewhere = digest_for(nonce, "sip:x@evil.test", 4);

	(void)state;
	/* 403: the digest is right, but x is not a */
	assert_int_equal(ask("REGISTER", NULL, first), 403);
	assert_int_equal(ask("REGISTER", NULL, first), 401);
	assert_non_null(strstr(answer, "stale=true"));
	assert_int_equal(ask("REGISTER", NULL, second), 403);
	assert_int_equal(ask("REGISTER", NULL, first), 401);
	assert_int_equal(ask("REGISTER", NULL, other), 400);
	assert_int_equal(ask("REGISTER", NULL, elsewhere), 400);
	assert_int_equal(srv.wrong, 0);
	free(nonce);
	mem_deref(first);
	mem_deref(second);
	mem_deref(other);
	mem_deref(elsewhere);
}

static void test_garbage(void **state)
{
	char *big = malloc(60000);
	char junk[600];
	int code = 0;

	(void)state;
	assert_int_equal(ask("OPTIONS", NULL, NULL), 200);
	for (int i = 0; i < 300; i++) {
		random_bytes(junk, sizeof(junk));
		if (i & 1)
			memcpy(junk, "INVITE sip:x SIP/2.0\r\nVia: ", 27);
		sendto(probe, junk, (size_t)(i * 2), 0, &srv.addr.u.sa,
		       srv.addr.len);
		/* As much as its socket takes. */
		if (i % 50 == 0)
			wait_ms(nothing_left, 2);
	}
	wait_ms(nothing_left, 2);
	/* A head that does not end within a datagram. */
	memset(big, 'a', 60000);
	memcpy(big, "OPTIONS sip:x SIP/2.0\r\n", 23);
	sendto(probe, big, 60000, 0, &srv.addr.u.sa, srv.addr.len);
	free(big);
	/* The first may find its queue full of that. */
	for (int i = 0; i < 5 && code != 200; i++)
		code = ask("OPTIONS", NULL, NULL);
	assert_int_equal(code, 200);
	close(probe);
	probe = -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_udp),
		T(test_tcp),
		T(test_refreshes),
		T(test_a_dead_registrar_is_seen),
		T(test_wrong_password_is_sent_once),
		T(test_unknown_user),
		T(test_without_password),
		T(test_server_away_and_back),
		T(test_lost_connection_is_noticed),
		T(test_answer_may_come_later),
		T(test_unanswered_register_is_refused_when_freed),
		T(test_bad_parameters),
		T(test_name_is_resolved),
		T(test_requests_from_strangers),
		T(test_bad_registers),
		T(test_old_nonce_is_stale_not_wrong),
		T(test_a_digest_is_good_for_one_request),
		T(test_guessing_becomes_slow),
		T(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
