/**
 * @file sip_tls.c  SIP over TLS: who is trusted, and what is said to others
 */
#include "sip_fixture.h"
#include "tls_server.h"

static struct tls_identity ca, self, signed_by_ca, elsewhere;
static char ca_path[] = "/tmp/offhook-ca-XXXXXX";

static char *pem(const struct tls_identity *id, bool key)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data, *s;
	long n;

	if (key)
		PEM_write_bio_PrivateKey(b, id->key, NULL, NULL, 0, NULL, NULL);
	else
		PEM_write_bio_X509(b, id->cert);
	n = BIO_get_mem_data(b, &data);
	s = malloc((size_t)n + 1);
	memcpy(s, data, (size_t)n);
	s[n] = 0;
	BIO_free(b);
	return s;
}

/* The servers made from now on show that one. */
static void serve(const struct tls_identity *id)
{
	free((char *)(uintptr_t)tls_cert);
	free((char *)(uintptr_t)tls_key);
	tls_cert = id ? pem(id, false) : NULL;
	tls_key = id ? pem(id, true) : NULL;
	srv_stop();
	srv_start();
}

static struct net_pin pin_of(const struct tls_identity *id)
{
	struct net_pin p;

	tls_identity_digest(id, p.sha256);
	return p;
}

static bool registered(void)
{
	return state_of(&A) == SIP_ACCOUNT_REGISTERED;
}

static bool untrusted(void)
{
	return state_of(&A) == SIP_ACCOUNT_UNTRUSTED;
}

static bool down(void)
{
	return state_of(&A) == SIP_ACCOUNT_DOWN && A.states[SIP_ACCOUNT_DOWN];
}

static bool established(void)
{
	return A.leg && B.leg && sip_leg_state(A.leg) == SIP_LEG_ESTABLISHED &&
	       sip_leg_state(B.leg) == SIP_LEG_ESTABLISHED;
}

static bool heard(void)
{
	return hears(&A, 700) && hears(&B, 440);
}

static bool both_over(void)
{
	return !A.leg && !B.leg;
}

static enum net_fault fault(void)
{
	struct sip_account_info info;

	sip_account_info(A.account, &info);
	return info.certificate ? info.certificate->fault : NET_FAULT_NONE;
}

static void test_pinned(void **state)
{
	struct net_pin p = pin_of(&self);
	char *to;

	(void)state;
	serve(&self);
	pin = &p;
	two_agents(SIP_TLS);
	assert_int_equal(srv.transport[0], SIP_TLS);
	assert_non_null(strstr(srv.contact[0], ";transport=tls"));
	/* Where it can be reached: by the connection that it has made. */
	to = text_printf(":%u;", sa_port(&srv.source[0]));
	assert_non_null(strstr(srv.contact[0], to));
	free(to);
	B.on_incoming = 1;
	assert_int_equal(call(&A, "b", NULL), 0);
	WAIT(established);
	WAIT(heard);
	sip_leg_hangup(B.leg);
	B.leg = mem_deref(B.leg);
	WAIT(both_over);
	assert_int_equal(A.code, 200);
	pin = NULL;
}

/* A sips: URI is for TLS alone (RFC 3261 §26.2.2). */
static void test_sips(void **state)
{
	struct net_pin p = pin_of(&self);

	(void)state;
	serve(&self);
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(registered);
	assert_int_equal(call(&A, "sips:b@pbx.test", NULL), ENOTSUP);
	agent_stop(&A);
	pin = &p;
	two_agents(SIP_TLS);
	pin = NULL;
	B.on_incoming = 1;
	assert_int_equal(call(&A, "sips:b@pbx.test", NULL), 0);
	WAIT(established);
	WAIT(heard);
}

/* Nothing is said to whom nobody vouches for; the user's word is enough. */
static void test_unknown(void **state)
{
	struct sip_account_info info;
	struct net_pin p = pin_of(&self);

	(void)state;
	serve(&self);
	agent_start(&A, "a", 440, "secret", SIP_TLS);
	WAIT(untrusted);
	sip_account_info(A.account, &info);
	assert_non_null(info.certificate);
	assert_int_equal(info.certificate->fault, NET_FAULT_SELF_SIGNED);
	assert_true(net_pin_equal(&info.certificate->pin, &p));
	assert_int_equal(info.retry_ms, 0);
	assert_true(strlen(info.reason) > 0);
	assert_false(wait_ms(registered, 300));
	assert_int_equal(srv.registers + srv.wrong + srv.trust_asked, 0);
	assert_int_equal(sip_account_pin(A.account, &info.certificate->pin), 0);
	WAIT(registered);
	sip_account_info(A.account, &info);
	assert_null(info.certificate);
	/* … and can be taken back. */
	assert_int_equal(sip_account_pin(A.account, NULL), 0);
	WAIT(untrusted);
}

static bool is_made_of(const struct net_pin *p)
{
	struct sip_account_prm acc;
	char *server = agent_account(&acc, "a", "secret", SIP_TLS);
	bool is;

	acc.pin = p;
	is = sip_account_is(A.account, &acc);
	mem_deref(server);
	return is;
}

/* What the user has accepted since makes no other account of it: who gives
 * the same again would lose its registration. */
static void test_same_account(void **state)
{
	struct net_pin p = pin_of(&self), other = pin_of(&elsewhere);

	(void)state;
	serve(&self);
	agent_start(&A, "a", 440, "secret", SIP_TLS);
	WAIT(untrusted);
	assert_true(is_made_of(NULL));
	assert_false(is_made_of(&p));
	assert_int_equal(sip_account_pin(A.account, &p), 0);
	WAIT(registered);
	assert_true(is_made_of(NULL));
	assert_true(is_made_of(&p));
	assert_false(is_made_of(&other));
}

static void test_changed(void **state)
{
	struct net_pin p = pin_of(&elsewhere);

	(void)state;
	serve(&self);
	pin = &p;
	agent_start(&A, "a", 440, "secret", SIP_TLS);
	pin = NULL;
	WAIT(untrusted);
	assert_int_equal(fault(), NET_FAULT_CHANGED);
	assert_int_equal(srv.trust_asked, 0);
}

static void by_ca(const char *host)
{
	const struct sip_stack_prm prm = {.media = engine};
	const struct sip_account_handlers h = {
		.state = on_account_state,
		.incoming = on_account_incoming,
	};
	char *server = text_printf("%s:%u", host, sa_port(&srv.tls_addr));
	struct sip_account_prm acc = {
		.user = "a",
		.domain = "pbx.test",
		.password = "secret",
		.server = server,
		.transport = SIP_TLS,
	};

	assert_int_equal(sip_stack_alloc(&A.stack, &prm, NULL, NULL), 0);
	assert_int_equal(sip_account_alloc(&A.account, A.stack, &acc, &h, &A),
			 0);
	free(server);
}

static void test_vouched_for(void **state)
{
	(void)state;
	serve(&signed_by_ca);
	by_ca("localhost");
	WAIT(registered);
	assert_int_equal(srv.transport[0], SIP_TLS);
}

static void test_made_out_to_another_name(void **state)
{
	(void)state;
	serve(&elsewhere);
	by_ca("localhost");
	WAIT(untrusted);
	assert_int_equal(fault(), NET_FAULT_NAME);
	assert_int_equal(srv.trust_asked, 0);
	/* It gets a right one: the user tries again. */
	A.account = mem_deref(A.account);
	A.stack = mem_deref(A.stack);
	serve(&signed_by_ca);
	by_ca("localhost");
	WAIT(registered);
}

/* An address is a name, too: 127.0.0.1 stands in that certificate. */
static void test_address_as_name(void **state)
{
	(void)state;
	serve(&signed_by_ca);
	by_ca("127.0.0.1");
	WAIT(registered);
}

static void test_one_server_for_a_stack(void **state)
{
	const struct sip_account_prm other = {
		.user = "a",
		.domain = "other.test",
		.transport = SIP_TLS,
	};
	struct sip_account *a = NULL;

	(void)state;
	serve(&signed_by_ca);
	by_ca("localhost");
	assert_int_equal(sip_account_alloc(&a, A.stack, &other, NULL, NULL),
			 EBUSY);
	assert_null(a);
	/* A server has its own certificate for all. */
	assert_int_equal(sip_account_alloc(&a, srv.stack, &other, NULL, NULL),
			 EBUSY);
}

static void test_pairs_are_checked(void **state)
{
	const struct sip_stack_prm prm = {.media = engine};
	char *cert = pem(&self, false), *key = pem(&ca, true);
	char *right = pem(&self, true);
	struct sip_stack *s;
	struct sa any;

	(void)state;
	sa_set_str(&any, "127.0.0.1", 0);
	assert_int_equal(sip_stack_alloc(&s, &prm, NULL, NULL), 0);
	assert_int_equal(sip_stack_listen(s, SIP_TLS, &any), ENOKEY);
	assert_int_equal(sip_stack_certificate(s, cert, key), EINVAL);
	assert_int_equal(sip_stack_certificate(s, "junk", right), EINVAL);
	assert_int_equal(sip_stack_certificate(s, cert, ""), EINVAL);
	assert_int_equal(sip_stack_certificate(s, cert, right), 0);
	assert_int_equal(sip_stack_certificate(s, cert, right), EALREADY);
	assert_int_equal(sip_stack_listen(s, SIP_TLS, &any), 0);
	mem_deref(s);
	free(cert);
	free(key);
	free(right);
}

/* --- who speaks something else ------------------------------------------ */

static int probe_tls(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, &srv.tls_addr.u.sa, srv.tls_addr.len), 0);
	return fd;
}

static int closed_fd;

static bool is_closed(void)
{
	char buf[256];
	ssize_t n;

	/* An alert may stand before the end. */
	while ((n = recv(closed_fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		;
	return n == 0 || errno == ECONNRESET;
}

static void test_no_tls_to_the_server(void **state)
{
	static const char text[] =
		"REGISTER sip:pbx.test SIP/2.0\r\nVia: SIP/2.0/TLS "
		"127.0.0.1;branch=z9hG4bKx\r\nTo: <sip:a@pbx.test>\r\n"
		"From: <sip:a@pbx.test>;tag=1\r\nCall-ID: 1\r\n"
		"CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n";
	struct net_pin p = pin_of(&self);
	char junk[512];

	(void)state;
	serve(&self);
	for (int i = 0; i < 8; i++) {
		closed_fd = probe_tls();
		random_bytes(junk, sizeof(junk));
		if (i & 1)
			assert_true(send(closed_fd, text, sizeof(text) - 1,
					 MSG_NOSIGNAL) > 0);
		else
			assert_true(send(closed_fd, junk, sizeof(junk),
					 MSG_NOSIGNAL) > 0);
		if (i < 4)
			WAIT(is_closed);
		close(closed_fd);
	}
	assert_int_equal(srv.trust_asked, 0);
	pin = &p;
	agent_start(&A, "a", 440, "secret", SIP_TLS);
	pin = NULL;
	WAIT(registered);
}

/* The other side as a test wants it: TLS 1.1, or gone in the middle. */
struct bad {
	bool old, quits, babbles;
};

static void misbehave(struct tls_peer *p, void *arg)
{
	const struct bad *b = arg;

	if (b->babbles) {
		for (int i = 0;
		     i < 2000 && tls_puts(p, "SIP/2.0 200 OK of nothing\n\n");
		     i++)
			;
		tls_puts(p, "\r\n\r\n");
	} else if (!b->quits) {
		tls_linger(p);
	}
}

static bool both_down(void)
{
	return down() && state_of(&B) == SIP_ACCOUNT_DOWN &&
	       B.states[SIP_ACCOUNT_DOWN];
}

static void turn_to(struct agent *a, struct tls_server *server, struct bad *b)
{
	struct net_pin p = pin_of(&self);

	tls_server_start(server, &self, misbehave, b);
	if (b->old)
		SSL_CTX_set_max_proto_version(server->ctx, TLS1_1_VERSION);
	sa_set_str(&srv.tls_addr, "127.0.0.1", server->port);
	pin = &p;
	agent_start(a, "a", 440, "secret", SIP_TLS);
	pin = NULL;
}

static void test_bad_servers(void **state)
{
	struct bad quits = {.quits = true}, babbles = {.babbles = true};
	struct bad old = {.old = true};
	struct tls_server one, two;

	(void)state;
	turn_to(&A, &one, &old);
	WAIT(down);
	agent_stop(&A);
	tls_server_stop(&one);
	turn_to(&A, &one, &quits);
	turn_to(&B, &two, &babbles);
	assert_true(wait_ms(both_down, 30000));
	agent_stop(&A);
	agent_stop(&B);
	tls_server_stop(&one);
	tls_server_stop(&two);
}

/* An account goes while its handshake, or its CAs, are under way. */
static void test_freed_early(void **state)
{
	struct net_pin p = pin_of(&self);

	(void)state;
	serve(&self);
	for (unsigned ms = 0; ms < 8; ms++) {
		pin = ms & 1 ? &p : NULL;
		agent_start(&A, "a", 440, "secret", SIP_TLS);
		wait_ms(nothing_left, ms / 2);
		agent_stop(&A);
	}
	pin = NULL;
	wait_ms(nothing_left, 50);
}

static int identities(void **state)
{
	int fd = mkstemp(ca_path);

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (fd < 0)
		return -1;
	close(fd);
	tls_identity_make(&ca, "Test CA", NULL, NULL, true, 30);
	tls_identity_make(&self, "pbx", "DNS:pbx.test", NULL, false, 30);
	tls_identity_make(&signed_by_ca, "pbx", "DNS:localhost,IP:127.0.0.1",
			  &ca, false, 30);
	tls_identity_make(&elsewhere, "other", "DNS:other.test", &ca, false,
			  30);
	tls_identity_save(&ca, ca_path);
	setenv("SSL_CERT_FILE", ca_path, 1);
	setenv("SSL_CERT_DIR", "/nonexistent", 1);
	return 0;
}

static int identities_free(void **state)
{
	(void)state;
	tls_identity_free(&ca);
	tls_identity_free(&self);
	tls_identity_free(&signed_by_ca);
	tls_identity_free(&elsewhere);
	free((char *)(uintptr_t)tls_cert);
	free((char *)(uintptr_t)tls_key);
	unlink(ca_path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_pinned),
		T(test_sips),
		T(test_unknown),
		T(test_same_account),
		T(test_changed),
		T(test_vouched_for),
		T(test_made_out_to_another_name),
		T(test_address_as_name),
		T(test_one_server_for_a_stack),
		T(test_pairs_are_checked),
		T(test_no_tls_to_the_server),
		T(test_bad_servers),
		T(test_freed_early),
	};

	return cmocka_run_group_tests(tests, identities, identities_free);
}
