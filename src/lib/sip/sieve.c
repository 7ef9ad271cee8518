/**
 * @file sieve.c  What a request must be like before anybody looks at it
 *
 * (RFC 3261 §8.2, §16.3; the torture messages of RFC 4475.) libre decodes a
 * message without asking whether it is whole; and what it cannot decode, it
 * drops. Both is made good here: by a listener that stands before the others,
 * which also gets what decode.c makes of the latter, and at each UDP socket by
 * a helper that tells decode.c of a datagram before libre reads it.
 *
 * libre shows its sockets to nobody, but a message brings its own along: so a
 * datagram to ourselves opens each. They are also given room for what comes
 * while the loop is busy, or has to wait for a processor: what does not fit is
 * lost, and comes again half a second later.
 */
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

enum {
	LAYER = 5,	  /**< of the helpers: nobody else has any */
	ANSWERS_S = 10,	  /**< to what is malformed, a second */
	ANSWERS_MAX = 20, /**< … at once, after a quiet time */
	CSEQ_MAX = 0x7fffffff,
	ROOM = 1 << 20, /**< bytes of a UDP socket, or what the system allows */
};

/** What is done at one UDP socket. */
struct ear {
	struct le le;
	struct udp_sock *us;
	struct udp_helper *helper;
};

struct sieve {
	struct sip_stack *stack; /**< borrowed: it owns us */
	struct sip_lsnr *requests, *answers;
	struct list ears;
	char knock[33]; /**< Call-ID of the datagram to ourselves */
	uint64_t since_ms;
	unsigned answered; /**< in what counts as the last second */
};

/* --- what libre drops --------------------------------------------------- */

/* A forged source must not make us shout at somebody. */
static bool may_answer(struct sieve *v)
{
	uint64_t now = time_mono_ms();
	uint64_t gone = (now - v->since_ms) * ANSWERS_S / 1000;

	if (gone) {
		v->answered =
			gone > v->answered ? 0 : v->answered - (unsigned)gone;
		v->since_ms = now;
	}
	if (v->answered >= ANSWERS_MAX)
		return false;
	v->answered++;
	return true;
}

/* The answer, as it goes; NULL: none is due. To free(). */
static char *answer_of(struct sieve *v, const char *p, size_t n,
		       const struct sa *src, struct sa *dst, bool forgeable)
{
	char *from = host_of(src);
	struct text_buf b = {0};
	uint16_t code = malformed_answer(&b, p, n, src, dst);

	if (code && forgeable && !may_answer(v))
		code = 0;
	if (code)
		log_info("malformed request from %s: %u", from ? from : "?",
			 code);
	else
		text_buf_reset(&b);
	free(from);
	return code ? text_buf_take(&b) : NULL;
}

/* text_buf's memory is not libre's: for the length of a call only. */
static void lend(struct mbuf *mb, char *text)
{
	mbuf_init(mb);
	mb->buf = (uint8_t *)text;
	mb->size = mb->end = strlen(text);
}

/* By a connection it came from who has it, and goes back there. */
static void answer_unread(struct sieve *v, const struct sip_msg *msg)
{
	bool udp = msg->tp == SIP_TRANSP_UDP;
	struct mbuf mb;
	struct sa dst;
	char *text = answer_of(v, (const char *)mbuf_buf(msg->mb),
			       mbuf_get_left(msg->mb), &msg->src, &dst, udp);

	if (text) {
		lend(&mb, text);
		(void)sip_send(v->stack->sip, msg->sock, msg->tp,
			       udp ? &dst : &msg->src, &mb);
	}
	free(text);
}

static bool on_datagram(struct sa *src, struct mbuf *mb, void *arg)
{
	const char *p = (const char *)mbuf_buf(mb);
	size_t n = mbuf_get_left(mb);
	(void)src;
	(void)arg;

	/* What begins with no letter is STUN, or keeps a way open. */
	if (n > 4 && memchr(p, '\n', n) && (uint8_t)*p >= 0x21)
		decode_datagram(mb);
	return false;
}

static void ear_destructor(void *arg)
{
	struct ear *e = arg;

	list_unlink(&e->le);
	mem_deref(e->helper);
	mem_deref(e->us);
}

static void listen_at(struct sieve *v, const struct sip_msg *msg)
{
	struct ear *e;
	struct le *le;

	if (msg->tp != SIP_TRANSP_UDP || !msg->sock)
		return;
	for (le = v->ears.head; le; le = le->next) {
		e = le->data;
		if (e->us == msg->sock)
			return;
	}
	e = mem_zalloc(sizeof(*e), ear_destructor);
	if (!e)
		return;
	e->us = mem_ref(msg->sock);
	if (udp_register_helper(&e->helper, e->us, LAYER, NULL, on_datagram,
				NULL)) {
		mem_deref(e);
		return;
	}
	list_append(&v->ears, &e->le, e);
	(void)udp_sockbuf_set(e->us, ROOM);
}

void sieve_knock(struct sip_stack *s, const struct sa *laddr)
{
	struct sieve *v = s->sieve;
	char *host = host_of(laddr), *text = NULL;
	int fd = socket(sa_af(laddr), SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (host)
		text = text_printf("SIP/2.0 200 OK\r\n"
				   "Via: SIP/2.0/UDP %s;branch=z9hG4bK%s\r\n"
				   "Call-ID: %s\r\nCSeq: 1 OPTIONS\r\n"
				   "Content-Length: 0\r\n\r\n",
				   host, v->knock, v->knock);
	/* If it is lost, the first message that comes does it. */
	if (text && fd >= 0)
		(void)!sendto(fd, text, strlen(text), MSG_DONTWAIT,
			      &laddr->u.sa, laddr->len);
	if (fd >= 0)
		close(fd);
	free(host);
	free(text);
}

void sieve_flush(struct sip_stack *s)
{
	if (s->sieve)
		list_flush(&s->sieve->ears);
}

static bool on_answer(const struct sip_msg *msg, void *arg)
{
	struct sieve *v = arg;

	listen_at(v, msg);
	return !pl_strcmp(&msg->callid, v->knock);
}

/* --- what libre lets through -------------------------------------------- */

/* A number, as RFC 3261 writes it, and not above. */
static bool is_number(const struct pl *pl, uint64_t max)
{
	uint64_t v = 0;

	for (size_t i = 0; i < pl->l; i++) {
		if (pl->p[i] < '0' || pl->p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(pl->p[i] - '0');
		if (v > max)
			return false;
	}
	return pl->l > 0;
}

/* A quote that does not end takes in what stands behind it. */
static bool quotes_end(const struct sip_hdr *hdr)
{
	bool quoted = false;

	for (size_t i = 0; i < hdr->val.l; i++) {
		if (quoted && hdr->val.p[i] == '\\')
			i++;
		else if (hdr->val.p[i] == '"')
			quoted = !quoted;
	}
	return !quoted;
}

/* Has it what every request has, once (§8.1.1)? @return why not, or NULL */
static const char *headers_are_bad(const struct sip_msg *msg)
{
	static const struct {
		enum sip_hdrid id;
		const char *missing, *twice;
	} once[] = {
		{SIP_HDR_FROM, "Missing From", "More than one From"},
		{SIP_HDR_TO, "Missing To", "More than one To"},
		{SIP_HDR_CALL_ID, "Missing Call-ID", "More than one Call-ID"},
		{SIP_HDR_CSEQ, "Missing CSeq", "More than one CSeq"},
		{SIP_HDR_MAX_FORWARDS, NULL, "More than one Max-Forwards"},
		{SIP_HDR_CONTENT_LENGTH, NULL, "More than one Content-Length"},
		{SIP_HDR_CONTENT_TYPE, NULL, "More than one Content-Type"},
	};
	const struct sip_hdr *cseq = sip_msg_hdr(msg, SIP_HDR_CSEQ);
	struct pl number;

	for (size_t i = 0; i < ARRAY_SIZE(once); i++) {
		uint32_t n = sip_msg_hdr_count(msg, once[i].id);

		if (n > 1)
			return once[i].twice;
		if (!n && once[i].missing)
			return once[i].missing;
	}
	if (!pl_isset(&msg->callid))
		return "Missing Call-ID";
	number.p = cseq->val.p;
	number.l = 0;
	while (number.l < cseq->val.l && number.p[number.l] >= '0' &&
	       number.p[number.l] <= '9')
		number.l++;
	if (!is_number(&number, CSEQ_MAX))
		return "Bad CSeq";
	if (!quotes_end(sip_msg_hdr(msg, SIP_HDR_FROM)) ||
	    !quotes_end(sip_msg_hdr(msg, SIP_HDR_TO)))
		return "Open quote";
	if (pl_cmp(&msg->cseq.met, &msg->met))
		return "CSeq of another method";
	if (msg->maxfwd.p && !is_number(&msg->maxfwd, 255))
		return "Bad Max-Forwards";
	return NULL;
}

static const char *uri_is_bad(const struct sip_msg *msg)
{
	for (size_t i = 0; i < msg->ruri.l; i++) {
		unsigned char c = (unsigned char)msg->ruri.p[i];

		if (c < '!' || c >= 0x7f || memchr("<>\"", c, 3))
			return "Bad Request-URI";
	}
	return NULL;
}

/* Is its body what it says (§18.3)? Beyond its length is nothing. */
static const char *body_is_bad(const struct sip_msg *msg)
{
	size_t left = mbuf_get_left(msg->mb);

	if (msg->clen.p && !is_number(&msg->clen, UINT32_MAX))
		return "Bad Content-Length";
	if (msg->clen.p && pl_u32(&msg->clen) > left)
		return "Content-Length beyond the datagram";
	if (msg->clen.p && msg->tp == SIP_TRANSP_UDP)
		msg->mb->end = msg->mb->pos + pl_u32(&msg->clen);
	if (mbuf_get_left(msg->mb) && !pl_isset(&msg->ctyp.type))
		return "Missing Content-Type";
	return NULL;
}

static bool scheme_is_ours(const struct pl *scheme)
{
	return !pl_strcasecmp(scheme, "sip") ||
	       !pl_strcasecmp(scheme, "sips") || !pl_strcasecmp(scheme, "tel");
}

/* Bodies that are packed are not for us (§8.2.3). */
static bool is_encoded(const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_CONTENT_ENCODING);

	return h && mbuf_get_left(msg->mb) &&
	       pl_strcasecmp(&h->val, "identity");
}

static bool is_optional(const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_CONTENT_DISPOSITION);
	struct pl v;

	return h && !msg_param_decode(&h->val, "handling", &v) &&
	       !pl_strcasecmp(&v, "optional");
}

static bool is_foreign_offer(const struct sip_msg *msg)
{
	return !pl_strcmp(&msg->met, "INVITE") && mbuf_get_left(msg->mb) &&
	       !msg_ctype_cmp(&msg->ctyp, "application", "sdp") &&
	       !is_optional(msg);
}

/* Would we pass it on, where no more hops are left (§16.3)? */
static bool is_at_its_end(struct sip_stack *s, const struct sip_msg *msg)
{
	return msg->maxfwd.p && !pl_u32(&msg->maxfwd) &&
	       !pl_isset(&msg->to.tag) && !stack_account(s, msg) &&
	       (!pl_strcmp(&msg->met, "INVITE") ||
		!pl_strcmp(&msg->met, "MESSAGE"));
}

/* Asks for what we have not (§8.2.2.3); a call's own are looked at there. */
static const struct sip_hdr *required(const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_REQUIRE);

	if (!h || !h->val.l || !pl_strcmp(&msg->met, "CANCEL") ||
	    !pl_strcmp(&msg->met, "INVITE") ||
	    !pl_strcmp(&msg->met, "UPDATE") || !pl_strcmp(&msg->met, "PRACK"))
		return NULL;
	return h;
}

static void refuse(struct sip_stack *s, const struct sip_msg *msg,
		   uint16_t code, const char *reason, const char *header,
		   const struct pl *value)
{
	static const struct pl none = PL_INIT;

	log_info("%u to a request from outside: %s", code, reason);
	(void)sip_replyf(s->sip, msg, code, reason, "%s%r%s" SIP_EMPTY, header,
			 value ? value : &none, *header ? "\r\n" : "");
}

/* @return true if it has been answered */
static bool sift(struct sip_stack *s, const struct sip_msg *msg)
{
	const char *why = headers_are_bad(msg);
	const struct sip_hdr *h;

	if (!why)
		why = uri_is_bad(msg);
	if (!why)
		why = body_is_bad(msg);
	if (why)
		refuse(s, msg, 400, why, "", NULL);
	else if (!scheme_is_ours(&msg->uri.scheme))
		refuse(s, msg, 416, reason_of(416), "", NULL);
	else if (is_at_its_end(s, msg))
		refuse(s, msg, 483, reason_of(483), "", NULL);
	else if ((h = required(msg)))
		refuse(s, msg, 420, reason_of(420), "Unsupported: ", &h->val);
	else if (is_encoded(msg))
		refuse(s, msg, 415, reason_of(415), "Accept-Encoding: identity",
		       NULL);
	else if (is_foreign_offer(msg))
		refuse(s, msg, 415, reason_of(415), "Accept: application/sdp",
		       NULL);
	else
		return false;
	return true;
}

static bool on_request(const struct sip_msg *msg, void *arg)
{
	struct sieve *v = arg;
	struct sip_stack *s = v->stack;

	listen_at(v, msg);
	if (decode_failed(msg)) {
		answer_unread(v, msg);
		return true;
	}
	if (!pl_strcmp(&msg->met, "ACK"))
		return false;
	/* Nobody knows where an answer should go. */
	if (!pl_isset(&msg->via.sentby))
		return true;
	set_nodelay(msg);
	if (sift(s, msg))
		return true;
	if (!pl_strcmp(&msg->met, "MESSAGE"))
		return page_arrived(s, msg);
	if (!pl_strcmp(&msg->met, "SUBSCRIBE"))
		return subscribe_arrived(s, msg);
	if (!pl_strcmp(&msg->met, "NOTIFY"))
		return subscription_notified(s, msg);
	return false;
}

/* --- beginning and end -------------------------------------------------- */

static void sieve_destructor(void *arg)
{
	struct sieve *v = arg;

	list_flush(&v->ears);
	mem_deref(v->requests);
	mem_deref(v->answers);
}

int sieve_alloc(struct sip_stack *s)
{
	struct sieve *v = mem_zalloc(sizeof(*v), sieve_destructor);
	int err;

	if (!v)
		return ENOMEM;
	v->stack = s;
	v->since_ms = time_mono_ms();
	hex_random(v->knock, 16);
	err = sip_listen(&v->requests, s->sip, true, on_request, v);
	if (!err)
		err = sip_listen(&v->answers, s->sip, false, on_answer, v);
	if (err)
		mem_deref(v);
	else
		s->sieve = v;
	return err;
}
