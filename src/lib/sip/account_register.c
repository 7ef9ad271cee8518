/**
 * @file account_register.c  REGISTER: sent, and what is said to it
 */
#include <stdlib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

enum {
	ROUNDS_MAX = 4,
	SHORTEST_S = 5,
	RECONNECT_MS = 100,
	PING_S = 7 * 24 * 3600, /**< as good as never */
	PING_MIN_S = 20,
};

/* --- answers ------------------------------------------------------------ */

int account_auth(char **username, char **password, const char *realm, void *arg)
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
	account_again_in(a, RECONNECT_MS);
}

/* Pause between two pings: 80 to 100 % of what this says. */
static uint32_t ping_s(const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_FLOW_TIMER);
	uint32_t s = h ? pl_u32(&h->val) : 0;

	if (!s || s > PING_S)
		return PING_S;
	return s < PING_MIN_S ? PING_MIN_S : s;
}

static void watch_connection(struct sip_account *a, const struct sip_msg *msg)
{
	struct tcp_conn *tc = sip_msg_tcpconn(msg);
	const int on = 1, idle = 30, interval = 10, count = 3;
	int fd = tc ? tcp_conn_fd(tc) : -1;

	a->ka = mem_deref(a->ka);
	if (fd < 0)
		return;
	/* The kernel asks whether the other side lives; and we, by what RFC
	 * 5626 §3.5.1 has for it, where the server has said that it answers
	 * that (§4.4.1). */
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval,
			 sizeof(interval));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	(void)sip_keepalive_start(&a->ka, a->stack->sip, msg, ping_s(msg),
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
	free(a->contact);
	a->contact = a->contact_next;
	a->contact_next = NULL;
	if (a->relearnt) {
		/* It has an address that we are not reached at. */
		(void)account_send_register(a, a->wanted);
		return;
	}
	watch_connection(a, msg);
	account_again_in(a, 1000ull * (c.expires > SHORTEST_S
					       ? c.expires - c.expires / 10 - 1
					       : SHORTEST_S));
	account_alive_start(a);
	account_state(a, SIP_ACCOUNT_REGISTERED, 200, "");
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
	       !account_send_register(a, a->wanted);
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
			account_refused(a, msg->scode, text);
		break;
	case 403:
	case 404:
	case 604:
		account_refused(a, msg->scode, text);
		break;
	case 423:
		min = sip_msg_hdr(msg, SIP_HDR_MIN_EXPIRES);
		if (min && pl_u32(&min->val) > a->wanted &&
		    pl_u32(&min->val) <= 24 * 3600 &&
		    ++a->rounds <= ROUNDS_MAX) {
			a->wanted = pl_u32(&min->val);
			if (!account_send_register(a, a->wanted))
				break;
		}
		/* fallthrough */
	default:
		account_failed(a, msg->scode, text,
			       retry_after_ms(header_number(
				       msg, SIP_HDR_RETRY_AFTER)));
		break;
	}
	free(reason);
}

/* What is asked for next has the right Contact; what was granted for a wrong
 * one is asked for again, once. */
static void learn(struct sip_account *a, const struct sip_msg *msg)
{
	bool was = a->relearnt;

	a->relearnt = msg && contact_learn(a->stack, msg) && msg->scode < 300 &&
		      !was && !a->terminated;
}

static void no_answer(struct sip_account *a, int err)
{
	const struct net_certificate *refused =
		a->transport == SIP_TLS ? tls_refused(a->stack) : NULL;

	if (refused)
		account_untrusted(a, refused);
	else if (a->transport == SIP_TLS && err == EPROTO)
		account_failed(a, 0, net_error_text(NET_TLS), 0);
	else
		account_failed(a, 0, strerror(err), 0);
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct sip_account *a = arg;

	if (!err && msg && msg->scode < 200)
		return;
	mem_ref(a);
	if (msg && !a->terminated)
		account_heard(a);
	learn(a, msg);
	if (a->terminated) {
		/* Un-registering: one challenge is answered, then it is
		 * over whatever was said. */
		if (err || !msg || (msg->scode != 401 && msg->scode != 407) ||
		    a->answered ||
		    (a->answered = true, sip_auth_reset(a->auth),
		     sip_auth_authenticate(a->auth, msg)) ||
		    account_send_register(a, 0))
			tmr_start(&a->tmr, 0, a->tmr.th, a);
	} else if (err || !msg) {
		no_answer(a, err ? err : ECONNABORTED);
	} else if (msg->scode < 300) {
		on_accepted(a, msg);
	} else {
		on_refusal(a, msg);
	}
	mem_deref(a);
}

/* --- requests ----------------------------------------------------------- */

static int contact_send(enum sip_transp tp, const struct sa *src,
			const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct sip_account *a = arg;
	char *uri = NULL;
	int err = re_sdprintf(&uri, "sip:%s@%J%s", a->token,
			      contact_address(tp, src), sip_transp_param(tp));

	(void)dst;
	if (err)
		return err;
	/* Where we were reached before, we are not any more. */
	if (a->contact && strcmp(a->contact, uri))
		err = mbuf_printf(mb, "Contact: <%s>;expires=0\r\n",
				  a->contact);
	if (!err)
		err = text_set(&a->contact_next, uri);
	if (!err)
		err = mbuf_printf(mb, "Contact: <%s>\r\n", uri);
	mem_deref(uri);
	return err;
}

int account_send_register(struct sip_account *a, uint32_t expires)
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
				   "%s%s%s" SIP_ALLOW SIP_EMPTY,
				   a->aor, name ? "\"" : "", name ? name : "",
				   name ? "\" " : "", a->aor, a->tag,
				   a->call_id, ++a->cseq, expires,
				   a->stack->software ? "User-Agent: " : "",
				   a->stack->software ? a->stack->software : "",
				   a->stack->software ? "\r\n" : "");
out:
	free(name);
	mem_deref(next);
	return err;
}
