/**
 * @file sip_way.c  Digests, addresses and ways that the network shows
 *
 * Registrars of a few lines say what no well-behaved one does.
 */
#include "sip_fixture.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

static bool registered(void)
{
	return state_of(&A) == SIP_ACCOUNT_REGISTERED;
}

static bool refused(void)
{
	return state_of(&A) == SIP_ACCOUNT_REFUSED;
}

/* --- a registrar of a few lines ------------------------------------------ */

enum { SCRIPT_MAX = 8 };

static struct {
	int fd; /**< UDP */
	struct sa addr;
	/** What is said to the nth request: status line and headers; NULL
	 *  ends it and the last but one is said again. */
	const char *answers[SCRIPT_MAX];
	const char *via; /**< parameters that Via gets, from ";" */
	char *requests[SCRIPT_MAX];
	unsigned n;
} scripted;

static void header(struct text_buf *b, const char *msg, const char *name)
{
	const char *p = strstr(msg, name), *end = p ? strstr(p, "\r\n") : NULL;

	assert_non_null(end);
	text_buf_add_n(b, p, (size_t)(end - p));
	if (!strcmp(name, "Via:") && scripted.via)
		text_buf_add(b, scripted.via);
	if (!strcmp(name, "To:"))
		text_buf_add(b, ";tag=x");
	text_buf_add(b, "\r\n");
}

static void on_scripted(int flags, void *arg)
{
	static const char *const copied[] = {
		"Via:", "From:", "To:", "Call-ID:", "CSeq:"};
	char buf[4096];
	struct text_buf b = {0};
	struct sa from = {.len = sizeof(from.u)};
	ssize_t n = recvfrom(scripted.fd, buf, sizeof(buf) - 1, 0, &from.u.sa,
			     &from.len);
	unsigned at = scripted.n;

	(void)flags;
	(void)arg;
	assert_true(n > 0);
	buf[n] = 0;
	if (scripted.n < SCRIPT_MAX)
		scripted.requests[scripted.n++] = strdup(buf);
	while (at && !scripted.answers[at])
		at--;
	text_buf_add(&b, "SIP/2.0 ");
	text_buf_add_n(&b, scripted.answers[at],
		       strcspn(scripted.answers[at], "\r"));
	text_buf_add(&b, "\r\n");
	for (size_t i = 0; i < ARRAY_SIZE(copied); i++)
		header(&b, buf, copied[i]);
	if (strchr(scripted.answers[at], '\r'))
		text_buf_add(&b, strchr(scripted.answers[at], '\r') + 2);
	text_buf_add(&b, "Content-Length: 0\r\n\r\n");
	assert_true(sendto(scripted.fd, b.buf, b.len, 0, &from.u.sa, from.len) >
		    0);
	text_buf_reset(&b);
}

static void scripted_start(void)
{
	memset(&scripted, 0, sizeof(scripted));
	scripted.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	sa_set_str(&scripted.addr, "127.0.0.1", 0);
	assert_int_equal(
		bind(scripted.fd, &scripted.addr.u.sa, scripted.addr.len), 0);
	assert_int_equal(getsockname(scripted.fd, &scripted.addr.u.sa,
				     &scripted.addr.len),
			 0);
	assert_int_equal(loop_fd(scripted.fd, LOOP_READ, on_scripted, NULL), 0);
	srv.addr = scripted.addr;
}

static void scripted_stop(void)
{
	agent_stop(&A);
	wait_ms(nothing_left, 20);
	loop_fd(scripted.fd, 0, NULL, NULL);
	close(scripted.fd);
	for (unsigned i = 0; i < SCRIPT_MAX; i++)
		free(scripted.requests[i]);
}

static bool second_asked(void)
{
	return scripted.n >= 2;
}

/* --- digest --------------------------------------------------------------- */

static void test_sha256(void **state)
{
	struct sa addr = srv.addr;

	(void)state;
	srv_stop();
	offer_sha256 = true;
	srv_start_at(&addr);
	offer_sha256 = false;
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(registered);
	assert_int_equal(srv.sha256, 1);
	assert_int_equal(srv.wrong, 0);
	agent_stop(&A);
	/* A wrong one is wrong by that, too, and is not tried by MD5. */
	agent_start(&A, "a", 440, "wrong", SIP_UDP);
	WAIT(refused);
	assert_int_equal(srv.wrong, 1);
}

static bool b_rings(void)
{
	return B.leg && sip_leg_state(A.leg) == SIP_LEG_RINGING;
}

static void test_sha256_for_calls(void **state)
{
	struct sa addr = srv.addr;

	(void)state;
	srv_stop();
	offer_sha256 = true;
	srv_start_at(&addr);
	offer_sha256 = false;
	two_agents(SIP_UDP);
	assert_int_equal(call(&A, "b", NULL), 0);
	WAIT(b_rings);
	assert_string_equal(srv.auth_user, "a");
	assert_true(srv.sha256 >= 3);
}

/* What is not known is passed over; so is what would need the body. */
static void test_only_what_is_known(void **state)
{
	const char *request;

	(void)state;
	scripted_start();
	scripted.answers[0] =
		"401 Unauthorized\r\n"
		"WWW-Authenticate: Digest realm=\"r\", nonce=\"n0\", "
		"algorithm=SHA-512-256, qop=\"auth\"\r\n"
		"WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", "
		"algorithm=SHA-256, qop=\"auth-int\"\r\n"
		"WWW-Authenticate: Bearer realm=\"r\"\r\n"
		"WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\", "
		"algorithm=SHA-256, qop=\"auth-int,auth\", opaque=\"o\"\r\n"
		"WWW-Authenticate: Digest realm=\"r\", nonce=\"n3\", "
		"algorithm=MD5, qop=\"auth\"\r\n";
	scripted.answers[1] = "200 OK\r\n";
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(registered);
	request = scripted.requests[1];
	assert_non_null(strstr(request, "nonce=\"n2\""));
	assert_non_null(strstr(request, "algorithm=SHA-256"));
	assert_non_null(strstr(request, "opaque=\"o\""));
	assert_non_null(strstr(request, "qop=auth,"));
	assert_null(strstr(request, "nonce=\"n3\""));
	assert_null(strstr(request, "nonce=\"n1\""));
	scripted_stop();
}

/* The examples of RFC 7616 §3.9.1 are of HTTP; the arithmetic is the same:
 * without qop there is no cnonce, so the whole digest is known. */
static void test_known_digest(void **state)
{
	uint8_t md[32];
	char a1[65], a2[65], text[256], want[80];
	char *uri, *method = NULL;

	(void)state;
	scripted_start();
	scripted.answers[0] = "401 Unauthorized\r\nWWW-Authenticate: Digest "
			      "realm=\"r\", nonce=\"n\", algorithm=SHA-256\r\n";
	scripted.answers[1] = "200 OK\r\n";
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(registered);
	uri = strstr(scripted.requests[1], "uri=\"");
	assert_non_null(uri);
	uri = strndup(uri + 5, strcspn(uri + 5, "\""));
	EVP_Digest("a:r:secret", 10, md, NULL, EVP_sha256(), NULL);
	for (int i = 0; i < 32; i++)
		snprintf(a1 + 2 * i, 3, "%02x", md[i]);
	method = text_printf("REGISTER:%s", uri);
	EVP_Digest(method, strlen(method), md, NULL, EVP_sha256(), NULL);
	for (int i = 0; i < 32; i++)
		snprintf(a2 + 2 * i, 3, "%02x", md[i]);
	snprintf(text, sizeof(text), "%s:n:%s", a1, a2);
	EVP_Digest(text, strlen(text), md, NULL, EVP_sha256(), NULL);
	strcpy(want, "response=\"");
	for (int i = 0; i < 32; i++)
		snprintf(want + 10 + 2 * i, 3, "%02x", md[i]);
	assert_non_null(strstr(scripted.requests[1], want));
	free(uri);
	free(method);
	scripted_stop();
}

static void test_hostile_challenges(void **state)
{
	static const char *const answers[] = {
		"401 Unauthorized\r\n",
		"401 Unauthorized\r\nWWW-Authenticate: \r\n",
		"401 Unauthorized\r\nWWW-Authenticate: Digest\r\n",
		"401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"\r\n",
		"401 Unauthorized\r\nWWW-Authenticate: Digest nonce=\"n\"\r\n",
		"401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", "
		"nonce=\"n\", algorithm=AKAv1-MD5\r\n",
		"407 Proxy\r\nProxy-Authenticate: Digest realm=\"r\", "
		"nonce=\"n\", qop=\"auth-int\"\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		scripted_start();
		scripted.answers[0] = answers[i];
		agent_start(&A, "a", 440, "secret", SIP_UDP);
		WAIT(refused);
		assert_int_equal(scripted.n, 1);
		scripted_stop();
	}
}

/* A password is sent once to each realm, and no more than a few at all. */
static void test_endless_challenges(void **state)
{
	(void)state;
	scripted_start();
	scripted.answers[0] = "401 Unauthorized\r\nWWW-Authenticate: Digest "
			      "realm=\"r\", nonce=\"n\", stale=true\r\n";
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(refused);
	assert_true(scripted.n <= 6);
	scripted_stop();
	scripted_start();
	scripted.answers[0] = "401 Unauthorized\r\nWWW-Authenticate: Digest "
			      "realm=\"r\", nonce=\"n\"\r\n";
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(refused);
	assert_int_equal(scripted.n, 2);
	scripted_stop();
}

/* --- where we are ----------------------------------------------------------
 */

static void test_contact_behind_nat(void **state)
{
	(void)state;
	scripted_start();
	scripted.via = ";received=203.0.113.9;rport=40000";
	scripted.answers[0] = "401 Unauthorized\r\nWWW-Authenticate: Digest "
			      "realm=\"r\", nonce=\"n\"\r\n";
	scripted.answers[1] = "200 OK\r\n";
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(registered);
	assert_int_equal(scripted.n, 2);
	assert_non_null(strstr(scripted.requests[0], "@127.0.0.1:"));
	assert_non_null(strstr(scripted.requests[1], "@203.0.113.9:40000>"));
	scripted_stop();
}

/* Granted before it was known: asked for again, once, and the wrong one is
 * taken back. */
static void test_contact_learnt_late(void **state)
{
	char *old;

	(void)state;
	scripted_start();
	scripted.via = ";received=203.0.113.9;rport=40000";
	scripted.answers[0] = "200 OK\r\n";
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(second_asked);
	WAIT(registered);
	assert_false(wait_ms(refused, 100));
	assert_int_equal(scripted.n, 2);
	assert_non_null(strstr(scripted.requests[1], "@203.0.113.9:40000>"));
	old = strstr(scripted.requests[1], "@127.0.0.1:");
	assert_non_null(old);
	assert_non_null(strstr(old, ">;expires=0"));
	scripted_stop();
}

static void test_nonsense_in_via(void **state)
{
	static const char *const vias[] = {
		";received=::1;rport=1",      ";received=0.0.0.0;rport=0",
		";received=\"<>\";rport=-1",  ";received;rport",
		";rport=99999999999999999",   ";received=host.test",
		";received=127.0.0.1;rport=",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vias); i++) {
		scripted_start();
		scripted.via = vias[i];
		scripted.answers[0] = "200 OK\r\n";
		agent_start(&A, "a", 440, "secret", SIP_UDP);
		WAIT(registered);
		wait_ms(nothing_left, 20);
		assert_true(scripted.n <= 2);
		scripted_stop();
	}
}

/* --- large requests ---------------------------------------------------------
 */

static void call_large(void)
{
	char value[1500];
	const struct sip_header headers[] = {{"X-Long", value}, {NULL, NULL}};
	struct sip_leg_prm prm = {
		.to_uri = "b",
		.account = A.account,
		.headers = headers,
	};

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = 0;
	assert_int_equal(sip_leg_connect(&A.leg, A.stack, &prm, on_leg, &A), 0);
}

static int srv_kind = -1;

static void on_any_incoming(struct sip_incoming *in, void *arg)
{
	char *via = sip_message_header(sip_incoming_message(in), "Via");

	(void)arg;
	srv.invites++;
	srv_kind = via && strstr(via, "/TCP") ? SIP_TCP : SIP_UDP;
	free(via);
	sip_incoming_reject(in, 486, NULL);
}

static bool a_closed(void)
{
	return A.events[SIP_LEG_EV_CLOSED] > 0;
}

static void large_to(bool tcp_too)
{
	const struct sip_stack_handlers h = {.incoming = on_any_incoming,
					     .registering = on_registering,
					     .trust = on_trust};
	const struct sip_stack_prm prm = {.media = engine};
	struct sa any;

	srv_stop();
	srv.open = true;
	sa_set_str(&any, "127.0.0.1", 0);
	assert_int_equal(sip_stack_alloc(&srv.stack, &prm, &h, NULL), 0);
	assert_int_equal(sip_stack_listen(srv.stack, SIP_UDP, &any), 0);
	assert_int_equal(sip_stack_address(srv.stack, SIP_UDP, &srv.addr), 0);
	if (tcp_too)
		assert_int_equal(
			sip_stack_listen(srv.stack, SIP_TCP, &srv.addr), 0);
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(registered);
	call_large();
	WAIT(a_closed);
	assert_int_equal(A.code, 486);
	assert_int_equal(srv_kind, tcp_too ? SIP_TCP : SIP_UDP);
}

static void test_large_by_tcp(void **state)
{
	(void)state;
	large_to(true);
}

static void test_large_without_tcp(void **state)
{
	(void)state;
	large_to(false);
}

/* --- TCP --------------------------------------------------------------------
 */

/* All connections on that port, of both ends. */
static void test_no_delay(void **state)
{
	unsigned seen = 0;

	(void)state;
	agent_start(&A, "a", 440, "secret", SIP_TCP);
	WAIT(registered);
	for (int fd = 0; fd < 256; fd++) {
		struct sa peer = {.len = sizeof(peer.u)};
		int on = 0;
		socklen_t len = sizeof(on);

		if (getpeername(fd, &peer.u.sa, &peer.len) ||
		    getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len))
			continue;
		assert_int_equal(on != 0, 1);
		seen++;
	}
	assert_int_equal(seen, 2);
}

/* --- names -------------------------------------------------------------------
 */

static struct {
	int fd;
	struct sa addr;
	uint16_t port; /**< that SRV names; 0: there is no SRV */
	bool silent;
	unsigned asked;
	char name[256];
} dns;

/* "_sip._udp.host.test" of labels; @return what follows it */
static size_t read_name(char *name, const uint8_t *p, size_t len)
{
	size_t i = 12, n = 0;

	while (i < len && p[i] && n < 200) {
		memcpy(name + n, p + i + 1, p[i]);
		n += p[i];
		name[n++] = '.';
		i += p[i] + 1u;
	}
	name[n ? n - 1 : 0] = 0;
	return i + 5;
}

static void on_dns(int flags, void *arg)
{
	static const uint8_t target[] = "\x09localhost";
	uint8_t p[512], srv_rr[] = {0xc0, 12, 0,  33, 0, 1, 0, 0, 0,
				    60,	  0,  17, 0,  1, 0, 1, 0, 0};
	struct sa from = {.len = sizeof(from.u)};
	ssize_t n =
		recvfrom(dns.fd, p, sizeof(p) - 64, 0, &from.u.sa, &from.len);
	size_t len;

	(void)flags;
	(void)arg;
	assert_true(n > 12);
	dns.asked++;
	len = read_name(dns.name, p, (size_t)n);
	if (dns.silent)
		return;
	p[2] = 0x81;
	p[3] = dns.port ? 0x80 : 0x83; /* NXDOMAIN */
	p[7] = dns.port ? 1 : 0;
	if (dns.port) {
		srv_rr[16] = (uint8_t)(dns.port >> 8);
		srv_rr[17] = (uint8_t)dns.port;
		memcpy(p + len, srv_rr, sizeof(srv_rr));
		len += sizeof(srv_rr);
		memcpy(p + len, target, sizeof(target));
		len += sizeof(target);
	}
	assert_true(sendto(dns.fd, p, len, 0, &from.u.sa, from.len) > 0);
}

static void dns_start(void)
{
	memset(&dns, 0, sizeof(dns));
	dns.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	sa_set_str(&dns.addr, "127.0.0.1", 0);
	assert_int_equal(bind(dns.fd, &dns.addr.u.sa, dns.addr.len), 0);
	assert_int_equal(getsockname(dns.fd, &dns.addr.u.sa, &dns.addr.len), 0);
	assert_int_equal(loop_fd(dns.fd, LOOP_READ, on_dns, NULL), 0);
}

static void dns_stop(void)
{
	agent_stop(&A);
	loop_fd(dns.fd, 0, NULL, NULL);
	close(dns.fd);
}

static void account_of(const char *server)
{
	const struct sip_stack_prm prm = {.media = engine, .dns = &dns.addr};
	const struct sip_account_handlers h = {.state = on_account_state};
	const struct sip_account_prm acc = {
		.user = "a",
		.domain = "pbx.test",
		.server = server,
		.password = "secret",
	};

	assert_int_equal(sip_stack_alloc(&A.stack, &prm, NULL, NULL), 0);
	assert_int_equal(sip_account_alloc(&A.account, A.stack, &acc, &h, &A),
			 0);
}

static void test_srv(void **state)
{
	(void)state;
	dns_start();
	dns.port = sa_port(&srv.addr);
	account_of("uc.test");
	WAIT(registered);
	assert_string_equal(dns.name, "_sip._udp.uc.test");
	assert_int_equal(srv.transport[0], SIP_UDP);
	dns_stop();
}

static bool tried(void)
{
	return A.states[SIP_ACCOUNT_DOWN] > 0;
}

/* No such record, or nobody who knows: then it is the name itself. */
static void test_without_srv(void **state)
{
	struct sip_account_info info;

	(void)state;
	for (int i = 0; i < 2; i++) {
		dns_start();
		dns.silent = i;
		account_of("no-such-host.invalid");
		WAIT(tried);
		sip_account_info(A.account, &info);
		assert_int_equal(info.state, SIP_ACCOUNT_DOWN);
		assert_true(dns.asked > 0);
		assert_true(info.retry_ms > 0);
		dns_stop();
	}
}

/* A port, or an address: nothing is asked. */
static void test_no_srv_wanted(void **state)
{
	char *server = text_printf("localhost:%u", sa_port(&srv.addr));

	(void)state;
	dns_start();
	account_of(server);
	free(server);
	WAIT(registered);
	assert_int_equal(dns.asked, 0);
	dns_stop();
}

static void test_freed_while_looked_up(void **state)
{
	(void)state;
	dns_start();
	dns.silent = true;
	for (int i = 0; i < 4; i++) {
		account_of("uc.test");
		wait_ms(nothing_left, (unsigned)i);
		agent_stop(&A);
	}
	dns_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_sha256),
		T(test_sha256_for_calls),
		T(test_only_what_is_known),
		T(test_known_digest),
		T(test_hostile_challenges),
		T(test_endless_challenges),
		T(test_contact_behind_nat),
		T(test_contact_learnt_late),
		T(test_nonsense_in_via),
		T(test_large_by_tcp),
		T(test_large_without_tcp),
		T(test_no_delay),
		T(test_srv),
		T(test_without_srv),
		T(test_no_srv_wanted),
		T(test_freed_while_looked_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
