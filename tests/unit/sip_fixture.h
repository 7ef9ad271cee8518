/**
 * @file sip_fixture.h  Agents in one process: a registrar and phones
 *
 * A server (`srv`) with accounts a and b and a small B2BUA of two legs, and
 * two agents, each with a stack, an account and at most one leg. All on
 * loopback with ports of the system's choice.
 */
#ifndef SIP_FIXTURE_H
#define SIP_FIXTURE_H

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <offhook/base.h>
#include <offhook/media.h>
#include <offhook/net.h>
#include <offhook/sip.h>

enum { EVENTS = 16, HEARD = 48000 };

struct agent {
	const char *user;
	struct sip_stack *stack;
	struct sip_account *account;
	struct sip_leg *leg;
	struct media_audio audio;
	double hz, phase;
	pthread_mutex_t lock;
	int16_t heard[HEARD];
	size_t n;
	/* what it does */
	int on_incoming;  /**< 0: ring, 1: answer, else: reject so */
	bool early;	  /**< 183 with sound */
	bool silent;	  /**< accept, say nothing */
	unsigned free_at; /**< bits of events: free the leg in it */
	enum media_security security;
	/* what it saw */
	unsigned events[EVENTS];
	uint16_t code; /**< of the last CLOSED */
	char *reason;
	uint16_t last_code; /**< of the last event */
	uint16_t hold_code;
	unsigned incoming;
	char *from_name, *from_user, *call_header;
	unsigned states[5];
};

struct server {
	struct sip_stack *stack;
	struct sa addr, tls_addr;
	unsigned sha256; /**< digests of that kind */
	unsigned registers, wrong, invites, trust_asked;
	char *contact[2]; /**< of a and b */
	struct sa source[2];
	enum sip_transport transport[2];
	bool open;			 /**< no digest */
	bool relay;			 /**< INVITEs go on to the callee */
	bool delay;			 /**< keep REGISTERs */
	enum media_security security[2]; /**< of its legs a and b */
	struct sip_register *kept;
	struct sip_leg *a, *b;
	uint16_t code; /**< CLOSED of leg b */
	char *auth_user;
	uint32_t grant;
};

static struct media *engine;
static struct server srv;
static struct agent A, B;
static uint32_t alive_ms;	       /**< of the accounts that are made now */
static const struct net_pin *pin;      /**< likewise */
static const char *tls_cert, *tls_key; /**< PEM, of servers made now */
static bool offer_sha256;	       /**< they offer it */
static struct sip_leg_media as;	       /**< how agents' calls are made */
static bool (*condition)(void);
static bool in_time;
static struct tmr poll_tmr, limit_tmr;

/* --- waiting ------------------------------------------------------------ */

static inline void on_poll(void *arg)
{
	if (condition()) {
		in_time = true;
		re_cancel();
		return;
	}
	tmr_start(&poll_tmr, 1, on_poll, arg);
}

static inline void on_limit(void *arg)
{
	(void)arg;
	re_cancel();
}

static inline bool wait_ms(bool (*c)(void), unsigned ms)
{
	condition = c;
	in_time = false;
	tmr_start(&poll_tmr, 0, on_poll, NULL);
	tmr_start(&limit_tmr, ms, on_limit, NULL);
	loop_run();
	tmr_cancel(&poll_tmr);
	tmr_cancel(&limit_tmr);
	return in_time;
}

#define WAIT(c) assert_true(wait_ms(c, 10000))

/* --- sound -------------------------------------------------------------- */

static inline size_t dev_read(int16_t *pcm, size_t n, void *arg)
{
	struct agent *a = arg;

	media_sine(pcm, n, a->audio.rate, a->hz, -12, &a->phase);
	return n;
}

static inline void dev_write(const int16_t *pcm, size_t n, void *arg)
{
	struct agent *a = arg;

	pthread_mutex_lock(&a->lock);
	if (a->n + n > HEARD)
		a->n = 0;
	memcpy(a->heard + a->n, pcm, n * sizeof(*pcm));
	a->n += n;
	pthread_mutex_unlock(&a->lock);
}

static inline bool hears(struct agent *a, double hz)
{
	size_t n = a->audio.rate / 5;
	bool yes;

	pthread_mutex_lock(&a->lock);
	yes = a->n >= n &&
	      media_tone_share(a->heard + a->n - n, n, a->audio.rate, hz) > 0.9;
	pthread_mutex_unlock(&a->lock);
	return yes;
}

static inline bool quiet(struct agent *a)
{
	size_t n = a->audio.rate / 5;
	bool yes;

	pthread_mutex_lock(&a->lock);
	yes = a->n >= n && media_level(a->heard + a->n - n, n) < -60;
	pthread_mutex_unlock(&a->lock);
	return yes;
}

/* --- agents ------------------------------------------------------------- */

static inline void on_leg(struct sip_leg *leg, const struct sip_leg_event *ev,
			  void *arg)
{
	struct agent *a = arg;

	a->events[ev->type]++;
	a->last_code = ev->code;
	if (ev->type == SIP_LEG_EV_HOLD_DONE)
		a->hold_code = ev->code;
	if (ev->type == SIP_LEG_EV_ESTABLISHED && !sip_leg_is_incoming(leg) &&
	    ev->message && !a->call_header)
		a->call_header =
			sip_message_header(ev->message, SIP_HEADER_CALL_ID);
	if (ev->type == SIP_LEG_EV_CLOSED) {
		a->code = ev->code;
		text_set(&a->reason, ev->reason);
	}
	if (ev->type == SIP_LEG_EV_CLOSED || a->free_at & 1u << ev->type)
		a->leg = mem_deref(a->leg);
}

static inline void take_call(struct agent *a, struct sip_incoming *in)
{
	static const struct sip_header talk[] = {{"Allow-Events", "talk"},
						 {NULL, NULL}};
	static const struct sip_header answer[] = {
		{SIP_HEADER_CALL_ID, "from-callee"}, {NULL, NULL}};
	const struct sip_message *m = sip_incoming_message(in);
	struct sip_leg_media media = as;

	media.security = a->security;
	a->incoming++;
	free(a->from_name);
	free(a->from_user);
	a->from_name = sip_message_name(m, "From");
	a->from_user = sip_message_user(m, "From");
	if (!a->call_header)
		a->call_header = sip_message_header(m, SIP_HEADER_CALL_ID);
	if (a->on_incoming >= 300 || a->leg) {
		sip_incoming_reject(in, a->leg ? 486 : (uint16_t)a->on_incoming,
				    NULL);
		return;
	}
	if (sip_leg_accept(&a->leg, in, &media, on_leg, a))
		return;
	media_stream_set_audio(sip_leg_stream(a->leg), &a->audio);
	if (a->silent)
		return;
	if (a->early)
		assert_int_equal(sip_leg_progress(a->leg, NULL, NULL), 0);
	else
		assert_int_equal(sip_leg_ring(a->leg, talk), 0);
	if (a->on_incoming == 1)
		assert_int_equal(sip_leg_answer(a->leg, NULL, answer), 0);
}

static inline void on_account_incoming(struct sip_incoming *in, void *arg)
{
	take_call(arg, in);
}

static inline void on_account_state(struct sip_account *acc, void *arg)
{
	struct agent *a = arg;
	struct sip_account_info info;

	sip_account_info(acc, &info);
	a->states[info.state]++;
}

/** What an agent's account is made of. @return to be freed by mem_deref() */
static inline char *agent_account(struct sip_account_prm *acc, const char *user,
				  const char *password, enum sip_transport t)
{
	char *server = NULL;

	assert_int_equal(re_sdprintf(&server, "%J",
				     t == SIP_TLS ? &srv.tls_addr : &srv.addr),
			 0);
	*acc = (struct sip_account_prm){
		.user = user,
		.domain = "pbx.test",
		.server = server,
		.name = "Ä \"quoted\" \\ name",
		.password = password,
		.transport = t,
		.alive_ms = alive_ms,
		.pin = pin,
	};
	return server;
}

static inline void agent_start(struct agent *a, const char *user, double hz,
			       const char *password, enum sip_transport t)
{
	const struct sip_stack_prm prm = {.software = "agent", .media = engine};
	const struct sip_account_handlers h = {
		.state = on_account_state,
		.incoming = on_account_incoming,
	};
	struct sip_account_prm acc;
	char *server = agent_account(&acc, user, password, t);

	a->user = user;
	a->hz = hz;
	a->audio = (struct media_audio){16000, dev_read, dev_write, a};
	pthread_mutex_init(&a->lock, NULL);
	assert_int_equal(sip_stack_alloc(&a->stack, &prm, NULL, NULL), 0);
	assert_int_equal(sip_account_alloc(&a->account, a->stack, &acc, &h, a),
			 0);
	mem_deref(server);
}

static inline void agent_stop(struct agent *a)
{
	a->leg = mem_deref(a->leg);
	a->account = mem_deref(a->account);
	a->stack = mem_deref(a->stack);
	free(a->reason);
	free(a->from_name);
	free(a->from_user);
	free(a->call_header);
	memset(a, 0, sizeof(*a));
}

static inline enum sip_account_state state_of(const struct agent *a)
{
	struct sip_account_info info;

	sip_account_info(a->account, &info);
	return info.state;
}

static inline bool both_registered(void)
{
	return state_of(&A) == SIP_ACCOUNT_REGISTERED &&
	       state_of(&B) == SIP_ACCOUNT_REGISTERED;
}

static inline int call(struct agent *from, const char *to, const char *formats)
{
	const struct sip_header headers[] = {
		{SIP_HEADER_CALL_ID, "from-caller"}, {NULL, NULL}};
	struct list l = LIST_INIT;
	struct sip_leg_prm prm = {
		.to_uri = to,
		.account = from->account,
		.headers = headers,
		.media = as,
	};
	int err;

	prm.media.security = from->security;

	if (formats) {
		assert_int_equal(media_formats_ours(&l, formats), 0);
		prm.media.formats = &l;
	}
	err = sip_leg_connect(&from->leg, from->stack, &prm, on_leg, from);
	list_flush(&l);
	if (!err)
		media_stream_set_audio(sip_leg_stream(from->leg), &from->audio);
	return err;
}

/* --- the server --------------------------------------------------------- */

static inline int srv_index(const char *user)
{
	return user && !strcmp(user, "a")   ? 0
	       : user && !strcmp(user, "b") ? 1
					    : -1;
}

static inline int on_ha1(const char *user, const char *realm, uint8_t ha1[16],
			 void *arg)
{
	(void)arg;
	if (srv_index(user) < 0)
		return ENOENT;
	return md5_printf(ha1, "%s:%s:%s", user, realm, "secret");
}

static inline int on_ha1_sha256(const char *user, const char *realm,
				uint8_t ha1[32], void *arg)
{
	char text[128];
	(void)arg;

	srv.sha256++;
	if (srv_index(user) < 0)
		return ENOENT;
	(void)re_snprintf(text, sizeof(text), "%s:%s:secret", user, realm);
	return EVP_Digest(text, strlen(text), ha1, NULL, EVP_sha256(), NULL)
		       ? 0
		       : EIO;
}

static inline void srv_answer(struct sip_register *r)
{
	int i = srv_index(sip_register_user(r));
	uint32_t expires = srv.grant ? srv.grant : 600;

	if (i < 0 || (!srv.open && !text_equal(sip_register_auth_user(r),
					       sip_register_user(r)))) {
		sip_register_reject(r, 403, NULL);
		return;
	}
	if (sip_register_contacts(r)) {
		const struct sip_contact_info *c = sip_register_contact(r, 0);

		text_set(&srv.contact[i], c->expires ? c->uri : NULL);
		srv.source[i] = *c->source;
		srv.transport[i] = c->transport;
	}
	sip_register_accept(r, (const char *const *)&srv.contact[i], &expires,
			    srv.contact[i] ? 1 : 0);
}

static inline void on_registering(struct sip_register *r, void *arg)
{
	(void)arg;
	srv.registers++;
	if (srv.delay) {
		mem_deref(srv.kept);
		srv.kept = mem_ref(r);
		return;
	}
	srv_answer(r);
}

static inline enum sip_trust on_trust(const struct sip_message *m, void *arg)
{
	(void)m;
	(void)arg;
	srv.trust_asked++;
	return srv.open ? SIP_TRUST_OPEN : SIP_TRUST_CHALLENGE;
}

static inline void on_wrong(const char *user, const struct sa *src, void *arg)
{
	(void)user;
	(void)src;
	(void)arg;
	srv.wrong++;
}

/* A B2BUA in its simplest form. */
static inline void on_leg_a(struct sip_leg *leg, const struct sip_leg_event *ev,
			    void *arg)
{
	(void)arg;
	(void)leg;
	switch (ev->type) {
	case SIP_LEG_EV_HELD:
	case SIP_LEG_EV_RESUMED:
		sip_leg_hold(srv.b, ev->type == SIP_LEG_EV_HELD);
		break;
	case SIP_LEG_EV_CLOSED:
		srv.b = mem_deref(srv.b);
		srv.a = mem_deref(srv.a);
		break;
	default:
		break;
	}
}

static inline void on_leg_b(struct sip_leg *leg, const struct sip_leg_event *ev,
			    void *arg)
{
	(void)arg;
	switch (ev->type) {
	case SIP_LEG_EV_PROGRESS:
		if (sip_leg_state(leg) == SIP_LEG_EARLY)
			sip_leg_progress(srv.a, sip_leg_remote_formats(leg),
					 NULL);
		else if (ev->code == 180)
			sip_leg_ring(srv.a, NULL);
		break;
	case SIP_LEG_EV_ESTABLISHED:
		assert_int_equal(sip_leg_answer(srv.a,
						sip_leg_remote_formats(leg),
						NULL),
				 0);
		break;
	case SIP_LEG_EV_CLOSED:
		srv.code = ev->code;
		if (sip_leg_state(srv.a) == SIP_LEG_ESTABLISHED)
			sip_leg_hangup(srv.a);
		else
			sip_leg_reject(srv.a, ev->code, ev->reason);
		srv.a = mem_deref(srv.a);
		srv.b = mem_deref(srv.b);
		break;
	default:
		break;
	}
}

static inline void srv_relay(struct sip_incoming *in, int to)
{
	struct sip_leg_prm prm = {
		.to_uri = srv.contact[to],
		.from_user = sip_incoming_auth_user(in),
		.from_name = "A by the server",
		.peer = &srv.source[to],
		.transport = srv.transport[to],
		.media.security = srv.security[1],
	};
	struct sip_leg_media media = {.security = srv.security[0]};

	/* What can't be taken has been answered. */
	if (sip_leg_accept(&srv.a, in, &media, on_leg_a, NULL))
		return;
	prm.media.formats = sip_leg_remote_formats(srv.a);
	assert_int_equal(
		sip_leg_connect(&srv.b, srv.stack, &prm, on_leg_b, NULL), 0);
	assert_int_equal(media_stream_bridge(sip_leg_stream(srv.a),
					     sip_leg_stream(srv.b)),
			 0);
}

static inline void on_srv_incoming(struct sip_incoming *in, void *arg)
{
	char *user = sip_message_request_user(sip_incoming_message(in));
	int to = srv_index(user);

	(void)arg;
	free(user);
	srv.invites++;
	text_set(&srv.auth_user, sip_incoming_auth_user(in));
	if (to < 0 || !srv.contact[to] || !srv.relay) {
		sip_incoming_reject(in, 404, NULL);
		return;
	}
	srv_relay(in, to);
}

static inline void srv_start_at(const struct sa *laddr)
{
	const struct sip_stack_handlers h = {
		.incoming = on_srv_incoming,
		.registering = on_registering,
		.trust = on_trust,
		.ha1 = on_ha1,
		.ha1_sha256 = offer_sha256 ? on_ha1_sha256 : NULL,
		.wrong_digest = on_wrong,
	};
	const struct sip_stack_prm prm = {
		.software = "server",
		.realm = "pbx.test",
		.media = engine,
	};

	srv.relay = true;
	/* What is free for UDP may be taken for TCP. */
	for (int i = 0; i < 20; i++) {
		srv.stack = mem_deref(srv.stack);
		assert_int_equal(sip_stack_alloc(&srv.stack, &prm, &h, NULL),
				 0);
		assert_int_equal(sip_stack_listen(srv.stack, SIP_UDP, laddr),
				 0);
		assert_int_equal(
			sip_stack_address(srv.stack, SIP_UDP, &srv.addr), 0);
		if (!sip_stack_listen(srv.stack, SIP_TCP, &srv.addr))
			break;
		assert_true(i < 19 && !sa_port(laddr));
	}
	if (tls_cert) {
		struct sa any = srv.addr;

		sa_set_port(&any, 0);
		assert_int_equal(
			sip_stack_certificate(srv.stack, tls_cert, tls_key), 0);
		assert_int_equal(sip_stack_listen(srv.stack, SIP_TLS, &any), 0);
		assert_int_equal(
			sip_stack_address(srv.stack, SIP_TLS, &srv.tls_addr),
			0);
	}
}

static inline void srv_start(void)
{
	struct sa laddr;

	sa_set_str(&laddr, "127.0.0.1", 0);
	srv_start_at(&laddr);
}

static inline void srv_stop(void)
{
	srv.a = mem_deref(srv.a);
	srv.b = mem_deref(srv.b);
	srv.kept = mem_deref(srv.kept);
	srv.stack = mem_deref(srv.stack);
	free(srv.contact[0]);
	free(srv.contact[1]);
	free(srv.auth_user);
	memset(&srv, 0, sizeof(srv));
}

static inline int setup(void **state)
{
	(void)state;
	if (loop_init(LOOP_FEW) || media_alloc(&engine))
		return -1;
	srv_start();
	return 0;
}

static inline bool nothing_left(void)
{
	return false;
}

static inline int teardown(void **state)
{
	(void)state;
	agent_stop(&A);
	agent_stop(&B);
	/* What is still said after the last reference is gone. */
	wait_ms(nothing_left, 30);
	srv_stop();
	engine = mem_deref(engine);
	loop_close();
	return 0;
}

/** Both agents registered, over that transport. */
static inline void two_agents(enum sip_transport t)
{
	agent_start(&A, "a", 440, "secret", t);
	agent_start(&B, "b", 700, "secret", t);
	WAIT(both_registered);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
