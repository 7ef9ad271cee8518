/**
 * @file stack.c  The stack: transports, what comes in, the end
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <offhook/net.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

enum {
	HASH_SIZE = 64,
	/* of a server: it keeps each transaction for half a minute */
	HASH_SERVER = 8192,
	CLOSE_MS = 2000,
	CLOSE_POLL_MS = 5,
	RING_S = 180,
};

/* --- transports --------------------------------------------------------- */

struct binding *stack_binding(struct sip_stack *s, enum sip_transport t, int af)
{
	return &s->bindings[t][af == AF_INET6];
}

static int bind_to(struct sip_stack *s, enum sip_transport t,
		   const struct sa *laddr)
{
	struct binding *b = stack_binding(s, t, sa_af(laddr));
	struct tls *tls = NULL;
	int err = t == SIP_TLS ? tls_context(s, &tls) : 0;

	if (!err)
		err = sip_transp_add(s->sip, transp_of(t), laddr, tls);
	if (err)
		return err;
	/* libre takes the first of a kind for what it sends. */
	if (b->bound)
		return 0;
	b->bound = true;
	err = sip_transp_laddr(s->sip, &b->laddr, transp_of(t), laddr);
	if (!err && t == SIP_UDP)
		sieve_knock(s, &b->laddr);
	if (!err && t != SIP_UDP && s->h.ha1)
		err = guard_add(&s->guards, &b->laddr);
	return err;
}

int sip_stack_listen(struct sip_stack *s, enum sip_transport t,
		     const struct sa *laddr)
{
	struct binding *b;

	if (!s || !laddr ||
	    (sa_af(laddr) != AF_INET && sa_af(laddr) != AF_INET6) ||
	    (unsigned)t >= SIP_TRANSPORTS)
		return EINVAL;
	if (!sa_is_any(laddr))
		return bind_to(s, t, laddr);
	b = stack_binding(s, t, sa_af(laddr));
	if (b->bound)
		return EADDRINUSE;
	b->follows = true;
	b->port = sa_port(laddr);
	return 0;
}

int sip_stack_address(const struct sip_stack *s, enum sip_transport t,
		      struct sa *laddr)
{
	for (int i = 0; s && i < SIP_FAMILIES; i++) {
		const struct binding *b = &s->bindings[t][i];

		if (b->bound) {
			*laddr = b->laddr;
			return 0;
		}
	}
	return ENOENT;
}

void stack_rebind(struct sip_stack *s)
{
	list_flush(&s->guards);
	contact_forget(s);
	sieve_flush(s);
	sip_transp_flush(s->sip);
	for (int t = 0; t < SIP_TRANSPORTS; t++) {
		for (int i = 0; i < SIP_FAMILIES; i++) {
			struct binding *b = &s->bindings[t][i];
			struct sa was = b->laddr;

			if (!b->bound)
				continue;
			b->bound = false;
			if (!b->follows)
				(void)bind_to(s, (enum sip_transport)t, &was);
		}
	}
}

/* At that address, at the wanted port if that is free. */
static int follow(struct sip_stack *s, enum sip_transport t,
		  const struct sa *facing, uint16_t port)
{
	struct binding *b = stack_binding(s, t, sa_af(facing));
	struct sa laddr = *facing;
	int err;

	b->follows = true;
	sa_set_port(&laddr, b->port ? b->port : port);
	err = bind_to(s, t, &laddr);
	if (err && sa_port(&laddr)) {
		sa_set_port(&laddr, 0);
		err = bind_to(s, t, &laddr);
	}
	return err;
}

int stack_face(struct sip_stack *s, enum sip_transport t, const struct sa *dst)
{
	struct binding *b = stack_binding(s, t, sa_af(dst)), *tcp;
	struct sa laddr;
	int err;

	if (b->bound && !b->follows)
		return 0;
	err = sip_source_address(&laddr, dst);
	if (err)
		return err;
	if (b->bound && sa_cmp(&b->laddr, &laddr, SA_ADDR))
		return 0;
	if (b->bound) {
		log_info("our address is another");
		stack_rebind(s);
	}
	err = follow(s, t, &laddr, 0);
	/* What is too large for a datagram goes there by TCP. */
	tcp = stack_binding(s, SIP_TCP, sa_af(dst));
	if (!err && t == SIP_UDP && !tcp->bound &&
	    follow(s, SIP_TCP, &laddr, sa_port(&b->laddr)))
		log_warn("no TCP beside UDP");
	return err;
}

/* --- what comes in ------------------------------------------------------ */

static void incoming_destructor(void *arg)
{
	struct sip_incoming *in = arg;

	mem_deref((void *)in->msg);
	mem_deref(in->stack);
	free(in->auth_user);
}

const struct sip_message *sip_incoming_message(const struct sip_incoming *in)
{
	return in ? message_of(in->msg) : NULL;
}

const char *sip_incoming_auth_user(const struct sip_incoming *in)
{
	return in ? in->auth_user : NULL;
}

void sip_incoming_reject(struct sip_incoming *in, uint16_t code,
			 const char *reason)
{
	if (!in || in->done)
		return;
	in->done = true;
	refuse_request(in->stack, in->msg, code, reason);
}

struct sip_account *stack_account(struct sip_stack *s,
				  const struct sip_msg *msg)
{
	struct le *le;

	for (le = s->accounts.head; le; le = le->next) {
		struct sip_account *a = le->data;

		if (!pl_strcmp(&msg->uri.user, a->token))
			return a;
	}
	return NULL;
}

struct sip_leg *sip_incoming_replaces(const struct sip_incoming *in)
{
	return in ? in->replaces : NULL;
}

static void offer_call(struct sip_stack *s, struct sip_account *a,
		       const struct sip_msg *msg, char *user)
{
	struct sip_incoming *in = mem_zalloc(sizeof(*in), incoming_destructor);
	uint16_t code;

	if (!in) {
		free(user);
		(void)sip_treply(NULL, s->sip, msg, 500, reason_of(500));
		return;
	}
	in->stack = mem_ref(s);
	in->msg = mem_ref((void *)msg);
	in->auth_user = user;
	in->account = a;
	code = replaces_judge(s, msg, &in->replaces);
	/* One account's caller has no say over another one's calls. */
	if (in->replaces && in->replaces->account != a)
		code = 481;
	if (code)
		sip_incoming_reject(in, code, NULL);
	else if (a && a->h.incoming)
		a->h.incoming(in, a->arg);
	else if (!a && s->h.incoming)
		s->h.incoming(in, s->arg);
	sip_incoming_reject(in, a ? 480 : 404, NULL);
	mem_deref(in);
}

void stack_invited(struct sip_stack *s, const struct sip_msg *msg)
{
	struct sip_account *a;
	char *user = NULL;

	if (s->closing) {
		(void)sip_treply(NULL, s->sip, msg, 503, reason_of(503));
		return;
	}
	if (sip_session_bad_require(s, msg))
		return;
	if (!sip_msg_hdr(msg, SIP_HDR_CONTACT) || !pl_isset(&msg->from.tag)) {
		(void)sip_treply(NULL, s->sip, msg, 400, reason_of(400));
		return;
	}
	a = stack_account(s, msg);
	if (!a && !s->h.incoming) {
		(void)sip_treply(NULL, s->sip, msg, 404, reason_of(404));
		return;
	}
	if (!a && challenge(s, msg, &user))
		return;
	offer_call(s, a, msg, user);
}

static void on_options(struct sip_stack *s, const struct sip_msg *msg)
{
	if (pl_isset(&msg->to.tag) && !sip_session_find(s, msg)) {
		(void)sip_reply(s->sip, msg, 481, reason_of(481));
		return;
	}
	(void)sip_replyf(s->sip, msg, s->closing ? 503 : 200,
			 s->closing ? reason_of(503) : "OK",
			 SIP_ALLOW "Accept: application/sdp\r\n" SIP_EMPTY);
}

/* What neither a transaction nor a session of libre's has taken. */
static bool on_request(const struct sip_msg *msg, void *arg)
{
	static const char *const known[] = {"PUBLISH", "REFER", "INFO",
					    "UPDATE", "PRACK"};
	struct sip_stack *s = arg;

	set_nodelay(msg);
	if (!pl_strcmp(&msg->met, "ACK"))
		return true;
	if (!pl_strcmp(&msg->met, "CANCEL")) {
		(void)sip_reply(s->sip, msg, 481, reason_of(481));
		return true;
	}
	if (!pl_strcmp(&msg->met, "OPTIONS")) {
		on_options(s, msg);
		return true;
	}
	if (!pl_strcmp(&msg->met, "REGISTER") && s->h.registering &&
	    !s->closing) {
		register_arrived(s, msg);
		return true;
	}
	if (!pl_strcmp(&msg->met, "NOTIFY")) {
		(void)sip_reply(s->sip, msg, 481, reason_of(481));
		return true;
	}
	if (pl_isset(&msg->to.tag) && !sip_session_find(s, msg)) {
		(void)sip_reply(s->sip, msg, 481, reason_of(481));
		return true;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!pl_strcmp(&msg->met, known[i])) {
			(void)sip_replyf(s->sip, msg, 405, reason_of(405),
					 SIP_ALLOW SIP_EMPTY);
			return true;
		}
	}
	(void)sip_replyf(s->sip, msg,
			 pl_strcmp(&msg->met, "REGISTER") ? 501 : 405,
			 pl_strcmp(&msg->met, "REGISTER") ? reason_of(501)
							  : reason_of(405),
			 SIP_ALLOW SIP_EMPTY);
	return true;
}

/* An answer to nothing that we have asked. */
static bool on_response(const struct sip_msg *msg, void *arg)
{
	if (!account_alive_answered(arg, msg))
		log_debug("stray answer %u", msg->scode);
	return true;
}

/* Does libre call what stands in place of its own functions? The linker sees
 * to it; a libre that is linked another way would go on as it was. */
static void look_for_ours(void)
{
	static const struct {
		const char *name;
		void (*ours)(void);
	} functions[] = {
		{"sip_auth_encode", (void (*)(void))sip_auth_encode},
		{"sip_contact_set", (void (*)(void))sip_contact_set},
		{"sip_msg_decode", (void (*)(void))sip_msg_decode},
		{"sip_request", (void (*)(void))sip_request},
		{"tcp_accept", (void (*)(void))tcp_accept},
		{"tcp_connect", (void (*)(void))tcp_connect},
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		void (*theirs)(void);

		*(void **)&theirs = dlsym(RTLD_DEFAULT, functions[i].name);
		if (theirs != functions[i].ours)
			log_error("%s is libre's own", functions[i].name);
	}
}

/* --- beginning and end -------------------------------------------------- */

static void stack_destructor(void *arg)
{
	struct sip_stack *s = arg;

	s->closing = true;
	tmr_cancel(&s->tmr);
	challenge_close(s);
	list_flush(&s->guards);
	mem_deref(s->sieve);
	mem_deref(s->lsnr_req);
	mem_deref(s->lsnr_resp);
	mem_deref(s->lsnr_session_req);
	mem_deref(s->lsnr_session_resp);
	/* What still waits for an answer goes now. */
	sip_sessions_close(s);
	mem_deref(s->sessions);
	sip_close(s->sip, true);
	sip_transp_flush(s->sip);
	contact_forget(s);
	mem_deref(s->tls);
	mem_deref(s->dnsc);
	/* The last leg may go in a handler of one of libre's transactions,
	 * which are this one's. */
	loop_deref_later(s->sip);
	mem_deref(s->media);
	mem_deref(s->net);
	mem_deref(s->realm);
	mem_deref(s->software);
}

int sip_stack_alloc(struct sip_stack **sp, const struct sip_stack_prm *prm,
		    const struct sip_stack_handlers *h, void *arg)
{
	struct sip_stack *s;
	uint32_t buckets = prm && prm->realm ? HASH_SERVER : HASH_SIZE;
	int err = 0;

	if (!sp || !prm || (h && h->ha1 && !prm->realm) ||
	    (prm->realm && strpbrk(prm->realm, "\"\\\r\n")))
		return EINVAL;
	s = mem_zalloc(sizeof(*s), stack_destructor);
	if (!s)
		return ENOMEM;
	s->media = mem_ref(prm->media);
	s->net = mem_ref(prm->net);
	s->events = h && h->subscribing ? prm->events : 0;
	s->ring_s = prm->ring_s ? prm->ring_s : RING_S;
	s->second_ms = prm->second_ms ? prm->second_ms : 1000;
	sa_init(&s->dns, AF_UNSPEC);
	if (prm->dns)
		s->dns = *prm->dns;
	if (h)
		s->h = *h;
	s->arg = arg;
	look_for_ours();
	if (prm->realm) {
		err = str_dup(&s->realm, prm->realm);
		if (!err)
			err = challenge_open(s);
	}
	if (!err && prm->software)
		err = str_dup(&s->software, prm->software);
	if (!err)
		err = sip_alloc(&s->sip, NULL, buckets, buckets, HASH_SIZE,
				prm->software, NULL, s);
	if (!err)
		err = hash_alloc(&s->sessions, buckets);
	if (!err)
		err = sieve_alloc(s);
	if (!err)
		err = sip_session_listen(s);
	if (!err)
		err = sip_listen(&s->lsnr_req, s->sip, true, on_request, s);
	if (!err)
		err = sip_listen(&s->lsnr_resp, s->sip, false, on_response, s);
	if (err)
		mem_deref(s);
	else
		*sp = s;
	return err;
}

/* Each session, and each account that un-registers, holds libre's stack. */
static void close_poll(void *arg)
{
	struct sip_stack *s = arg;
	void (*done)(void *) = s->done;

	if (mem_nrefs(s->sip) > 1 && time_mono_ms() < s->close_ms) {
		tmr_start(&s->tmr, CLOSE_POLL_MS, close_poll, s);
		return;
	}
	s->done = NULL;
	if (done)
		done(s->done_arg);
	mem_deref(s);
}

void sip_stack_close(struct sip_stack *s, void (*done)(void *arg), void *arg)
{
	struct le *le;

	if (!s || s->closing)
		return;
	s->closing = true;
	s->done = done;
	s->done_arg = arg;
	mem_ref(s);
	for (le = s->accounts.head; le;) {
		struct sip_account *a = le->data;

		le = le->next;
		sip_account_close(a);
	}
	for (le = s->legs.head; le;) {
		struct sip_leg *leg = le->data;

		le = le->next;
		sip_leg_hangup(leg);
	}
	subscription_close(s);
	watcher_close(s);
	s->close_ms = time_mono_ms() + CLOSE_MS;
	tmr_start(&s->tmr, 0, close_poll, s);
}
