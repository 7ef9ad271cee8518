/**
 * @file sip_peer.h  Stacks side by side, and a bare socket that says anything
 *
 * A party is a stack of ours without an account; a peer is a UDP socket whose
 * every word the test chooses. Both stand on loopback.
 */
#ifndef SIP_PEER_H
#define SIP_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include <offhook/sip.h>
#include "sip_header.h"
#include "until.h"

enum { LEGS = 4, EVENT_KINDS = 16, MESSAGES = 64 };

/* ---- parties ----------------------------------------------------------- */

struct party;

struct party_leg {
	struct party *party;
	struct sip_leg *leg;
	unsigned events[EVENT_KINDS];
	uint16_t code; /**< of the last event that has one */
	uint16_t closed, hold, transfer;
	uint32_t retry_after;
	char digits[16];
	char target[8][64]; /**< of REDIRECTED */
	unsigned targets;
};

struct party {
	struct sip_stack *stack;
	struct sa addr;
	struct party_leg legs[LEGS];
	/* what it does */
	bool ring_only;
	uint16_t reject;
	const struct sip_leg_media *media; /**< of calls that come in */
	bool takes_replaces, takes_refer, keeps_refer, hangs_up_redirected;
	/* what it saw */
	unsigned incoming, replaced;
	struct sip_refer *refer;
	char *refer_user, *refer_by;
	bool refer_attended;
};

static struct media *media;
static uint32_t party_second_ms; /**< of the stacks made from now on */

static inline void party_event(struct sip_leg *leg,
			       const struct sip_leg_event *ev, void *arg);

static inline struct party_leg *party_slot(struct party *p)
{
	for (int i = 0; i < LEGS; i++) {
		if (!p->legs[i].leg) {
			memset(&p->legs[i], 0, sizeof(p->legs[i]));
			p->legs[i].party = p;
			return &p->legs[i];
		}
	}
	fail();
	return NULL;
}

static inline void party_incoming(struct sip_incoming *in, void *arg)
{
	struct party *p = arg;
	struct sip_leg *old = sip_incoming_replaces(in);
	struct party_leg *l;

	p->incoming++;
	if (p->reject || (old && !p->takes_replaces)) {
		sip_incoming_reject(in, p->reject ? p->reject : 603, NULL);
		return;
	}
	l = party_slot(p);
	if (sip_leg_accept(&l->leg, in, p->media, party_event, l))
		return;
	if (old) {
		p->replaced++;
		for (int i = 0; i < LEGS; i++) {
			if (p->legs[i].leg == old)
				p->legs[i].leg = mem_deref(old);
		}
	}
	if (sip_leg_ring(l->leg, NULL) ||
	    (!p->ring_only && sip_leg_answer(l->leg, NULL, NULL))) {
		sip_leg_reject(l->leg, 488, NULL);
		l->leg = mem_deref(l->leg);
	}
}

static inline void party_refer(struct party_leg *l, struct sip_refer *r)
{
	struct party *p = l->party;
	struct sip_leg_prm prm = {.refer = r, .from_user = "referred"};
	struct party_leg *next;

	text_set(&p->refer_user, sip_refer_user(r));
	text_set(&p->refer_by, sip_refer_by(r));
	p->refer_attended = sip_refer_attended(r);
	if (p->keeps_refer)
		p->refer = mem_ref(r);
	if (!p->takes_refer)
		return;
	assert_int_equal(sip_refer_accept(r), 0);
	assert_int_equal(sip_refer_accept(r), EPROTO);
	next = party_slot(p);
	if (sip_leg_connect(&next->leg, p->stack, &prm, party_event, next))
		sip_refer_reject(r, 503);
}

static inline void party_event(struct sip_leg *leg,
			       const struct sip_leg_event *ev, void *arg)
{
	struct party_leg *l = arg;
	(void)leg;

	l->events[ev->type]++;
	l->code = ev->code;
	switch (ev->type) {
	case SIP_LEG_EV_CLOSED:
		l->closed = ev->code;
		l->retry_after = ev->retry_after_s;
		l->leg = mem_deref(l->leg);
		break;
	case SIP_LEG_EV_HOLD_DONE:
		l->hold = ev->code;
		break;
	case SIP_LEG_EV_TRANSFER:
		l->transfer = ev->code;
		break;
	case SIP_LEG_EV_REFER:
		party_refer(l, ev->refer);
		break;
	case SIP_LEG_EV_DIGIT:
		l->digits[strlen(l->digits)] = ev->digit;
		break;
	case SIP_LEG_EV_REDIRECTED:
		snprintf(l->target[l->targets++], sizeof(l->target[0]), "%s",
			 ev->target);
		if (l->party->hangs_up_redirected)
			l->leg = mem_deref(l->leg);
		break;
	default:
		break;
	}
}

static inline void party_start(struct party *p)
{
	static const struct sip_stack_handlers h = {.incoming = party_incoming};
	const struct sip_stack_prm prm = {
		.software = "party",
		.media = media,
		.second_ms = party_second_ms,
	};

	memset(p, 0, sizeof(*p));
	sa_set_str(&p->addr, "127.0.0.1", 0);
	assert_int_equal(sip_stack_alloc(&p->stack, &prm, &h, p), 0);
	assert_int_equal(sip_stack_listen(p->stack, SIP_UDP, &p->addr), 0);
	assert_int_equal(sip_stack_address(p->stack, SIP_UDP, &p->addr), 0);
}

static inline void party_stop(struct party *p)
{
	for (int i = 0; i < LEGS; i++)
		p->legs[i].leg = mem_deref(p->legs[i].leg);
	p->refer = mem_deref(p->refer);
	p->stack = mem_deref(p->stack);
	free(p->refer_user);
	free(p->refer_by);
	p->refer_user = p->refer_by = NULL;
}

static inline struct party_leg *
party_call_with(struct party *p, const struct sa *to, struct sip_leg_prm prm)
{
	struct party_leg *l = party_slot(p);
	char uri[64];

	re_snprintf(uri, sizeof(uri), "sip:x@%J", to);
	prm.to_uri = uri;
	prm.from_user = "200";
	assert_int_equal(
		sip_leg_connect(&l->leg, p->stack, &prm, party_event, l), 0);
	return l;
}

static inline struct party_leg *party_call(struct party *p, const struct sa *to)
{
	return party_call_with(p, to, (struct sip_leg_prm){.to_uri = NULL});
}

/* ---- waiting ----------------------------------------------------------- */

static inline bool leg_is_up(void *arg)
{
	const struct party_leg *l = arg;

	return l->events[SIP_LEG_EV_ESTABLISHED] > 0;
}

static inline bool leg_is_gone(void *arg)
{
	return !((const struct party_leg *)arg)->leg;
}

static inline bool hold_is_done(void *arg)
{
	return ((const struct party_leg *)arg)->events[SIP_LEG_EV_HOLD_DONE] >
	       0;
}

static inline bool transfer_is_over(void *arg)
{
	return ((const struct party_leg *)arg)->transfer >= 200;
}

/* ---- a bare socket ----------------------------------------------------- */

struct peer {
	int fd;
	struct sa addr, to;
	char *queue[MESSAGES]; /**< not looked at yet */
	unsigned n;
	char *msg; /**< the last one taken */
	/* its dialog, once peer_reply() or peer_invite() began one */
	char tag[16], call_id[64];
	char *local, *remote, *target; /**< From, To, request URI */
	unsigned cseq, branch;
};

static const char peer_sdp[] = "v=0\r\no=x 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
			       "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			       "m=audio 9 RTP/AVP 8\r\n";

static inline void peer_read(int flags, void *arg)
{
	struct peer *p = arg;
	char buf[8192];
	struct sa src;
	ssize_t n;
	(void)flags;

	src.len = sizeof(src.u);
	n = recvfrom(p->fd, buf, sizeof(buf) - 1, 0, &src.u.sa, &src.len);
	if (n <= 0)
		return;
	buf[n] = 0;
	/* what asks whether anybody is there at all */
	if (!strchr(buf, ' '))
		return;
	assert_true(p->n < MESSAGES);
	p->queue[p->n++] = strdup(buf);
	p->to = src;
}

static inline void peer_start(struct peer *p)
{
	memset(p, 0, sizeof(*p));
	p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	sa_set_str(&p->addr, "127.0.0.1", 0);
	assert_int_equal(bind(p->fd, &p->addr.u.sa, p->addr.len), 0);
	assert_int_equal(getsockname(p->fd, &p->addr.u.sa, &p->addr.len), 0);
	assert_int_equal(loop_fd(p->fd, LOOP_READ, peer_read, p), 0);
	snprintf(p->tag, sizeof(p->tag), "peer");
	p->cseq = 100;
}

static inline void peer_stop(struct peer *p)
{
	loop_fd(p->fd, 0, NULL, NULL);
	close(p->fd);
	for (unsigned i = 0; i < p->n; i++)
		free(p->queue[i]);
	free(p->msg);
	free(p->local);
	free(p->remote);
	free(p->target);
}

struct expected {
	struct peer *peer;
	const char *begin;
	unsigned cseq; /**< 0: any */
};

static inline bool take_expected(void *arg)
{
	struct expected *e = arg;
	struct peer *p = e->peer;

	for (unsigned i = 0; i < p->n; i++) {
		char *cseq = value_of(p->queue[i], "CSeq");
		bool same = !strncmp(p->queue[i], e->begin, strlen(e->begin)) &&
			    (!e->cseq ||
			     (cseq && strtoul(cseq, NULL, 10) == e->cseq));

		free(cseq);
		if (!same)
			continue;
		free(p->msg);
		p->msg = p->queue[i];
		/* repetitions of it and what came before are no news */
		memmove(&p->queue[i], &p->queue[i + 1],
			(p->n - i - 1) * sizeof(*p->queue));
		p->n--;
		return true;
	}
	return false;
}

/** Run until such a message comes; it is peer->msg then. */
static inline const char *expect(struct peer *p, const char *begin)
{
	struct expected e = {p, begin, 0};

	if (!until(take_expected, &e))
		fail_msg("%s never came", begin);
	return p->msg;
}

/** The answer to our last request. */
static inline const char *expect_answer(struct peer *p, const char *begin)
{
	struct expected e = {p, begin, p->cseq};

	if (!until(take_expected, &e))
		fail_msg("%s never came to %u", begin, p->cseq);
	return p->msg;
}

static inline bool never(void *arg)
{
	return time_mono_ms() > *(uint64_t *)arg;
}

/** Is there such a message, or does one come in a short time? */
static inline bool comes(struct peer *p, const char *begin, unsigned ms)
{
	struct expected e = {p, begin, 0};
	uint64_t end = time_mono_ms() + ms;

	until(never, &end);
	return take_expected(&e);
}

static inline void peer_send(struct peer *p, const char *text)
{
	assert_int_equal(
		sendto(p->fd, text, strlen(text), 0, &p->to.u.sa, p->to.len),
		(ssize_t)strlen(text));
}

static inline void add_body(struct text_buf *b, const char *headers,
			    const char *body)
{
	text_buf_add(b, headers ? headers : "");
	if (body && !strncmp(body, "v=0", 3))
		text_buf_add(b, "Content-Type: application/sdp\r\n");
	text_buf_printf(b, "Content-Length: %zu\r\n\r\n%s",
			body ? strlen(body) : 0, body ? body : "");
}

/** Answer a request; its first answer of an INVITE begins the dialog. */
static inline void reply_to(struct peer *p, const char *msg, const char *status,
			    const char *headers, const char *body)
{
	static const char *const names[] = {"Via", "From", "Call-ID", "CSeq",
					    "Record-Route"};
	struct text_buf b = {0};
	char *to = value_of(msg, "To");

	text_buf_printf(&b, "SIP/2.0 %s\r\n", status);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *v = value_of(msg, names[i]);

		if (v)
			text_buf_printf(&b, "%s: %s\r\n", names[i], v);
		free(v);
	}
	text_buf_printf(&b, "To: %s%s%s\r\n", to,
			strstr(to, ";tag=") ? "" : ";tag=",
			strstr(to, ";tag=") ? "" : p->tag);
	if (!headers || !strstr(headers, "Contact:"))
		text_buf_printf(&b, "Contact: <sip:peer@127.0.0.1:%u>\r\n",
				sa_port(&p->addr));
	add_body(&b, headers, body);
	if (!strncmp(msg, "INVITE", 6) && !strstr(to, ";tag=")) {
		char *contact = value_of(msg, "Contact");
		char *call_id = value_of(msg, "Call-ID");

		free(p->local);
		p->local = text_printf("%s;tag=%s", to, p->tag);
		free(p->remote);
		p->remote = value_of(msg, "From");
		free(p->target);
		p->target = strndup(contact + 1, strcspn(contact + 1, ">"));
		snprintf(p->call_id, sizeof(p->call_id), "%s", call_id);
		free(contact);
		free(call_id);
	}
	peer_send(p, b.buf);
	text_buf_reset(&b);
	free(to);
}

static inline void reply(struct peer *p, const char *status,
			 const char *headers, const char *body)
{
	char *msg = strdup(p->msg);

	reply_to(p, msg, status, headers, body);
	free(msg);
}

/** A request in the dialog, or one that begins it. */
static inline void ask_with(struct peer *p, const char *method, unsigned cseq,
			    const char *headers, const char *body)
{
	struct text_buf b = {0};

	text_buf_printf(&b,
			"%s %s SIP/2.0\r\n"
			"Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKp%u;rport"
			"\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n"
			"CSeq: %u %s\r\nMax-Forwards: 70\r\n"
			"Contact: <sip:peer@127.0.0.1:%u>\r\n",
			method, p->target, sa_port(&p->addr),
			strcmp(method, "CANCEL") ? ++p->branch : p->branch,
			p->local, p->remote, p->call_id, cseq, method,
			sa_port(&p->addr));
	add_body(&b, headers, body);
	peer_send(p, b.buf);
	text_buf_reset(&b);
}

static inline void ask(struct peer *p, const char *method, const char *headers,
		       const char *body)
{
	ask_with(p, method, ++p->cseq, headers, body);
}

/** Begin a call to a party. */
static inline void peer_invite(struct peer *p, const struct party *to,
			       const char *headers, const char *body)
{
	static unsigned count;

	p->to = to->addr;
	free(p->local);
	free(p->remote);
	free(p->target);
	p->local = text_printf("<sip:peer@test>;tag=%s", p->tag);
	p->remote = text_printf("<sip:party@test>");
	p->target = text_printf("sip:party@127.0.0.1:%u", sa_port(&to->addr));
	snprintf(p->call_id, sizeof(p->call_id), "peer%u-%u", sa_port(&p->addr),
		 ++count);
	ask(p, "INVITE", headers, body);
}

/** The answer to our INVITE came: the dialog is that of its To. */
static inline void take_dialog(struct peer *p)
{
	char *contact = value_of(p->msg, "Contact");

	free(p->remote);
	p->remote = value_of(p->msg, "To");
	free(p->target);
	p->target = strndup(contact + 1, strcspn(contact + 1, ">"));
	free(contact);
}

static inline void ack(struct peer *p, const char *body)
{
	ask_with(p, "ACK", p->cseq, NULL, body);
}

static inline char *tag_of(const char *value)
{
	const char *s = strstr(value, ";tag=");

	assert_non_null(s);
	return strndup(s + 5, strcspn(s + 5, ";>"));
}

/** A party's call to the peer, answered. */
static inline struct party_leg *call_peer(struct party *from, struct peer *p)
{
	struct party_leg *l = party_call(from, &p->addr);

	expect(p, "INVITE");
	reply(p, "200 OK", NULL, peer_sdp);
	expect(p, "ACK");
	assert_true(until(leg_is_up, l));
	return l;
}

/** The peer's call to a party that answers. */
static inline struct party_leg *peer_calls(struct peer *p, struct party *to)
{
	peer_invite(p, to, NULL, peer_sdp);
	expect_answer(p, "SIP/2.0 200");
	take_dialog(p);
	ack(p, NULL);
	assert_true(until(leg_is_up, &to->legs[0]));
	return &to->legs[0];
}

#endif
