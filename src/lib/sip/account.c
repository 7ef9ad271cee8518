/**
 * @file account.c  An account that is kept registered (RFC 3261 §10)
 *
 * libre's own registration client sends a wrong password up to sixteen
 * times; here a refused one is not sent again until there is another.
 */
#include <stdlib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <offhook/net.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

enum {
	EXPIRES_S = 600,
	RETRY_MIN_MS = 2000,
	RETRY_MAX_MS = 120000,
	RETRY_AFTER_MAX_S = 3600,
	ROUNDS_MAX = 4,
	GOODBYE_MS = 2000,
	SHORTEST_S = 5,
	RECONNECT_MS = 100,
	PING_S = 7 * 24 * 3600,
};

static void attempt(struct sip_account *a);
static int send_register(struct sip_account *a, uint32_t expires);

static void on_timer(void *arg)
{
	attempt(arg);
}

/* --- state ------------------------------------------------------------------------ */

static void set_state(struct sip_account *a, enum sip_account_state state,
		      uint16_t code, const char *reason)
{
	bool was = a->state == SIP_ACCOUNT_REGISTERED;
	bool is = state == SIP_ACCOUNT_REGISTERED;
	bool same = a->state == state && a->code == code &&
		    text_equal(a->reason, reason);

	if (a->terminated)
		return;
	if (was != is)
		a->since_ms = time_wall_ms();
	a->state = state;
	a->code = code;
	if (!same)
		(void)text_set(&a->reason, reason ? reason : "");
	/* A refreshed registration is no news. */
	if (!same && a->h.state)
		a->h.state(a, a->arg);
}

/* Growing waits, with some chance in them so that not all phones of an
 * office come back in the same moment. */
static uint64_t backoff_ms(const struct sip_account *a)
{
	unsigned n = a->failures > 6 ? 6 : a->failures;
	uint64_t ms = (uint64_t)RETRY_MIN_MS << n;
	uint16_t r;

	if (ms > RETRY_MAX_MS)
		ms = RETRY_MAX_MS;
	random_bytes(&r, sizeof(r));
	return ms / 2 + ms * r / 131072;
}

static void again_in(struct sip_account *a, uint64_t ms)
{
	a->retry_ms = time_mono_ms() + ms;
	tmr_start(&a->tmr, ms, on_timer, a);
}

static void failed(struct sip_account *a, uint16_t code, const char *reason,
		   uint64_t wait_ms)
{
	uint64_t ms = backoff_ms(a);

	a->failures++;
	/* The next try looks for the address anew. */
	if (!code)
		sa_init(&a->addr, AF_UNSPEC);
	again_in(a, wait_ms > ms ? wait_ms : ms);
	set_state(a, SIP_ACCOUNT_DOWN, code, reason);
}

static void refused(struct sip_account *a, uint16_t code, const char *reason)
{
	a->retry_ms = 0;
	tmr_cancel(&a->tmr);
	sip_auth_reset(a->auth);
	set_state(a, SIP_ACCOUNT_REFUSED, code, reason);
}

void sip_account_info(const struct sip_account *a,
		      struct sip_account_info *info)
{
	if (!a || !info)
		return;
	*info = (struct sip_account_info){
		.state = a->state,
		.code = a->code,
		.reason = a->reason ? a->reason : "",
		.since_ms = a->since_ms,
		.retry_ms = a->state == SIP_ACCOUNT_DOWN ? a->retry_ms : 0,
		.expires = a->granted,
	};
}

/* --- answers ------------------------------------------------------------------------ */

int account_auth(char **username, char **password, const char *realm,
		 void *arg)
{
	const struct sip_account *a = arg;
	int err;

	(void)realm;
	if (!a || !a->password)
		return EAUTH;
	err = str_dup(username, a->auth_user);
	return err ? err : str_dup(password, a->password);
}

static bool stale_handler(const struct sip_hdr *hdr, const struct sip_msg *msg,
			  void *arg)
{
	struct httpauth_digest_chall ch;

	(void)msg;
	(void)arg;
	return !httpauth_digest_challenge_decode(&ch, &hdr->val) &&
	       !pl_strcasecmp(&ch.stale, "true");
}

static bool is_stale(const struct sip_msg *msg)
{
	return sip_msg_hdr_apply(msg, true, SIP_HDR_WWW_AUTHENTICATE,
				 stale_handler, NULL) ||
	       sip_msg_hdr_apply(msg, true, SIP_HDR_PROXY_AUTHENTICATE,
				 stale_handler, NULL);
}

struct contact_search {
	const struct sip_account *a;
	uint32_t expires;
};

static bool contact_handler(const struct sip_hdr *hdr,
			    const struct sip_msg *msg, void *arg)
{
	struct contact_search *c = arg;
	struct sip_addr addr;
	struct pl v;

	(void)msg;
	if (sip_addr_decode(&addr, &hdr->val) ||
	    pl_strcmp(&addr.uri.user, c->a->token))
		return false;
	if (!msg_param_decode(&addr.params, "expires", &v))
		c->expires = pl_u32(&v);
	return true;
}

/* The connection is gone, and with it the way to us: back at once. */
static void on_connection_lost(int err, void *arg)
{
	struct sip_account *a = arg;

	a->ka = mem_deref(a->ka);
	if (a->terminated || a->req || a->lookup)
		return;
	log_info("connection to the registrar lost: %s", strerror(err));
	again_in(a, RECONNECT_MS);
}

static void watch_connection(struct sip_account *a, const struct sip_msg *msg)
{
	struct tcp_conn *tc = sip_msg_tcpconn(msg);
	const int on = 1, idle = 30, interval = 10, count = 3;
	int fd = tc ? tcp_conn_fd(tc) : -1;

	a->ka = mem_deref(a->ka);
	if (fd < 0)
		return;
	/* The kernel asks whether the other side lives: not every server
	 * answers the pings of RFC 5626, so those are as good as never. */
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval,
			 sizeof(interval));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	(void)sip_keepalive_start(&a->ka, a->stack->sip, msg, PING_S,
				  on_connection_lost, a);
}

static void on_accepted(struct sip_account *a, const struct sip_msg *msg)
{
	struct contact_search c = {a, a->wanted};

	if (pl_isset(&msg->expires))
		c.expires = pl_u32(&msg->expires);
	sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, contact_handler, &c);
	if (!c.expires || c.expires > 7 * 24 * 3600)
		c.expires = a->wanted;
	a->granted = c.expires;
	a->bound = true;
	a->failures = 0;
	watch_connection(a, msg);
	again_in(a, 1000ull * (c.expires > SHORTEST_S
			       ? c.expires - c.expires / 10 - 1 : SHORTEST_S));
	set_state(a, SIP_ACCOUNT_REGISTERED, 200, "");
}

/* @return true if another try is on its way */
static bool on_challenge(struct sip_account *a, const struct sip_msg *msg)
{
	/* What was just answered and is asked again was wrong, unless only
	 * the nonce has become old. */
	if ((a->answered && !is_stale(msg)) || ++a->rounds > ROUNDS_MAX)
		return false;
	sip_auth_reset(a->auth);
	a->answered = true;
	return !sip_auth_authenticate(a->auth, msg) &&
	       !send_register(a, a->wanted);
}

static uint64_t retry_after_ms(const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_RETRY_AFTER);
	uint32_t s = h ? pl_u32(&h->val) : 0;

	return 1000ull * (s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : s);
}

static void on_refusal(struct sip_account *a, const struct sip_msg *msg)
{
	const struct sip_hdr *min;
	char *reason = clean_pl(&msg->reason);
	const char *text = reason ? reason : "";

	switch (msg->scode) {
	case 401:
	case 407:
		if (!on_challenge(a, msg))
			refused(a, msg->scode, text);
		break;
	case 403:
	case 404:
	case 604:
		refused(a, msg->scode, text);
		break;
	case 423:
		min = sip_msg_hdr(msg, SIP_HDR_MIN_EXPIRES);
		if (min && pl_u32(&min->val) > a->wanted &&
		    pl_u32(&min->val) <= 24 * 3600 &&
		    ++a->rounds <= ROUNDS_MAX) {
			a->wanted = pl_u32(&min->val);
			if (!send_register(a, a->wanted))
				break;
		}
		/* fallthrough */
	default:
		failed(a, msg->scode, text, retry_after_ms(msg));
		break;
	}
	free(reason);
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct sip_account *a = arg;

	if (!err && msg && msg->scode < 200)
		return;
	set_nodelay(msg);
	mem_ref(a);
	if (a->terminated) {
		/* Un-registering: one challenge is answered, then it is
		 * over whatever was said. */
		if (err || !msg || (msg->scode != 401 && msg->scode != 407) ||
		    a->answered || (a->answered = true,
				    sip_auth_reset(a->auth),
				    sip_auth_authenticate(a->auth, msg)) ||
		    send_register(a, 0))
			tmr_start(&a->tmr, 0, a->tmr.th, a);
	} else if (err || !msg) {
		failed(a, 0, strerror(err ? err : ECONNABORTED), 0);
	} else if (msg->scode < 300) {
		on_accepted(a, msg);
	} else {
		on_refusal(a, msg);
	}
	mem_deref(a);
}

/* --- requests ------------------------------------------------------------------------- */

static int contact_send(enum sip_transp tp, const struct sa *src,
			const struct sa *dst, struct mbuf *mb, void *arg)
{
	const struct sip_account *a = arg;

	(void)dst;
	return mbuf_printf(mb, "Contact: <sip:%s@%J%s>\r\n", a->token, src,
			   sip_transp_param(tp));
}

static int send_register(struct sip_account *a, uint32_t expires)
{
	struct uri route;
	char *name = a->name ? name_quote(a->name) : NULL;
	char *next = NULL;
	struct pl pl;
	int err;

	/* The request is for the domain, and goes to where the server is. */
	err = re_sdprintf(&next, "sip:%J%s", &a->addr,
			  sip_transp_param(transp_of(a->transport)));
	if (err)
		goto out;
	pl_set_str(&pl, next);
	err = uri_decode(&route, &pl);
	if (!err)
		err = sip_requestf(&a->req, a->stack->sip, true, "REGISTER",
				   a->registrar, &route, a->auth, contact_send,
				   on_response, a,
				   "To: <%s>\r\n"
				   "From: %s%s%s<%s>;tag=%s\r\n"
				   "Call-ID: %s\r\n"
				   "CSeq: %u REGISTER\r\n"
				   "Expires: %u\r\n"
				   "%s%s%s"
				   SIP_ALLOW SIP_EMPTY,
				   a->aor, name ? "\"" : "", name ? name : "",
				   name ? "\" " : "", a->aor, a->tag,
				   a->call_id, ++a->cseq, expires,
				   a->stack->software ? "User-Agent: " : "",
				   a->stack->software ? a->stack->software
						      : "",
				   a->stack->software ? "\r\n" : "");
out:
	free(name);
	mem_deref(next);
	return err;
}

static void try_now(struct sip_account *a)
{
	int err = stack_face(a->stack, a->transport, &a->addr);

	a->answered = false;
	a->rounds = 0;
	if (!err && a->quiet) {
		a->failures = 0;
		set_state(a, SIP_ACCOUNT_DOWN, 0, "");
		return;
	}
	if (!err)
		err = send_register(a, a->wanted);
	if (err)
		failed(a, 0, strerror(err), 0);
	else if (a->state != SIP_ACCOUNT_REGISTERED)
		set_state(a, SIP_ACCOUNT_TRYING, 0, "");
}

static void on_resolved(enum net_error error, const struct sa *addrs,
			size_t count, void *arg)
{
	struct sip_account *a = arg;

	a->lookup = mem_deref(a->lookup);
	mem_ref(a);
	if (count) {
		/* Another one each time that it does not answer. */
		a->addr = addrs[a->failures % count];
		try_now(a);
	} else {
		failed(a, 0, net_error_text(error), 0);
	}
	mem_deref(a);
}

static int look_up(struct sip_account *a)
{
	int err = 0;

	if (!a->stack->net)
		err = net_alloc(&a->stack->net);
	if (!err)
		err = net_resolve(&a->lookup, a->stack->net, a->host, a->port,
				  AF_UNSPEC, on_resolved, a);
	return err;
}

static void attempt(struct sip_account *a)
{
	int err;

	a->retry_ms = 0;
	if (a->req || a->lookup || a->stack->closing)
		return;
	mem_ref(a);
	if (!sa_isset(&a->addr, SA_ADDR))
		(void)sa_set_str(&a->addr, a->host, a->port);
	if (sa_isset(&a->addr, SA_ADDR)) {
		try_now(a);
	} else {
		err = look_up(a);
		if (err)
			failed(a, 0, strerror(err), 0);
		else if (a->state != SIP_ACCOUNT_REGISTERED)
			set_state(a, SIP_ACCOUNT_TRYING, 0, "");
	}
	mem_deref(a);
}

int sip_account_password(struct sip_account *a, const char *password)
{
	int err;

	if (!a)
		return EINVAL;
	wipe(a->password);
	err = text_set(&a->password, password);
	if (err)
		return err;
	sip_auth_reset(a->auth);
	sip_account_retry(a);
	return 0;
}

void sip_account_retry(struct sip_account *a)
{
	if (!a || a->terminated)
		return;
	/* libre lets go of a request that nobody waits for. */
	a->req = mem_deref(a->req);
	a->failures = 0;
	tmr_cancel(&a->tmr);
	attempt(a);
}

/* --- beginning and end ------------------------------------------------------------------ */

static void goodbye_over(void *arg)
{
	struct sip_account *a = arg;

	a->req = mem_deref(a->req);
	a->sip = mem_deref(a->sip);
	mem_deref(a);
}

/* Say good-bye. @return true if the answer is waited for */
static bool say_goodbye(struct sip_account *a)
{
	a->terminated = true;
	tmr_cancel(&a->tmr);
	a->lookup = mem_deref(a->lookup);
	a->req = mem_deref(a->req);
	a->ka = mem_deref(a->ka);
	list_unlink(&a->le);
	if (!a->bound)
		return false;
	a->bound = false;
	a->answered = false;
	if (send_register(a, 0))
		return false;
	a->sip = mem_ref(a->stack->sip);
	tmr_start(&a->tmr, GOODBYE_MS, goodbye_over, a);
	return true;
}

void account_close(struct sip_account *a)
{
	if (!a->terminated && say_goodbye(a))
		mem_ref(a);
}

static void account_destructor(void *arg)
{
	struct sip_account *a = arg;

	memset(&a->h, 0, sizeof(a->h));
	/* Lives on until that is over, as libre's own objects do. */
	if (a->stack && !a->terminated && say_goodbye(a)) {
		mem_ref(a);
		return;
	}
	tmr_cancel(&a->tmr);
	list_unlink(&a->le);
	mem_deref(a->lookup);
	mem_deref(a->req);
	mem_deref(a->auth);
	mem_deref(a->sip);
	mem_deref(a->stack);
	wipe(a->password);
	free(a->password);
	free(a->user);
	free(a->domain);
	free(a->name);
	free(a->auth_user);
	free(a->aor);
	free(a->registrar);
	free(a->host);
	free(a->reason);
}

/* "host", "host:port", "[v6]:port" */
static int split_host(struct sip_account *a, const char *server)
{
	struct pl pl, host, port = PL_INIT;

	pl_set_str(&pl, server);
	if (!*server || uri_decode_hostport(&pl, &host, &port) || !host.l)
		return EINVAL;
	a->host = strndup(host.p, host.l);
	a->port = pl_isset(&port) ? (uint16_t)pl_u32(&port) : SIP_PORT;
	if (!a->host)
		return ENOMEM;
	return a->port ? 0 : EINVAL;
}

static int fill(struct sip_account *a, const struct sip_account_prm *prm)
{
	char random[13];
	int err;

	a->transport = prm->transport;
	a->wanted = prm->expires ? prm->expires : EXPIRES_S;
	a->quiet = prm->quiet;
	err = text_set(&a->user, prm->user);
	if (!err)
		err = text_set(&a->domain, prm->domain);
	if (!err)
		err = text_set(&a->name, prm->name);
	if (!err)
		err = text_set(&a->auth_user,
			       prm->auth_user ? prm->auth_user : prm->user);
	if (!err)
		err = text_set(&a->password, prm->password);
	if (!err)
		err = text_set(&a->reason, "");
	if (!err)
		err = split_host(a, prm->server ? prm->server : prm->domain);
	if (err)
		return err;
	a->aor = uri_make(prm->user, prm->domain);
	a->registrar = text_printf("sip:%s", prm->domain);
	if (!a->aor || !a->registrar)
		return ENOMEM;
	if (!uri_is_sane(a->aor) || !uri_is_sane(a->registrar) ||
	    strpbrk(a->auth_user, "\"\\\r\n"))
		return EINVAL;
	hex_random(random, 6);
	snprintf(a->token, sizeof(a->token), "o%s", random);
	hex_random(a->call_id, 16);
	hex_random(a->tag, 8);
	return 0;
}

int sip_account_alloc(struct sip_account **ap, struct sip_stack *s,
		      const struct sip_account_prm *prm,
		      const struct sip_account_handlers *h, void *arg)
{
	struct sip_account *a;
	int err;

	if (!ap || !s || !prm || text_empty(prm->user) ||
	    text_empty(prm->domain) || s->closing)
		return EINVAL;
	a = mem_zalloc(sizeof(*a), account_destructor);
	if (!a)
		return ENOMEM;
	sa_init(&a->addr, AF_UNSPEC);
	a->since_ms = time_wall_ms();
	a->stack = mem_ref(s);
	a->arg = arg;
	err = fill(a, prm);
	if (!err)
		err = sip_auth_alloc(&a->auth, account_auth, a, false);
	if (err) {
		a->terminated = true;
		mem_deref(a);
		return err;
	}
	list_append(&s->accounts, &a->le, a);
	/* The owner hears nothing before it has its pointer. */
	attempt(a);
	if (h)
		a->h = *h;
	*ap = a;
	return 0;
}
