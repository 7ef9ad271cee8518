/**
 * @file session_prack.c  Reliable provisional answers (RFC 3262)
 *
 * We say them where the caller requires it, and acknowledge all that come.
 */
#include <stdio.h>
#include <stdlib.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

/* --- we say them -------------------------------------------------------- */

struct provisional {
	struct sip_session *session;
	struct tmr tmr, tmr_again;
	struct mbuf *mb;
	unsigned count;
	uint16_t code;
	bool described; /**< it has our answer: a 2xx waits for the PRACK */
	char *reason, *content;
};

static void destructor(void *arg)
{
	struct provisional *p = arg;

	tmr_cancel(&p->tmr);
	tmr_cancel(&p->tmr_again);
	mem_deref(p->mb);
	free(p->reason);
	free(p->content);
}

/** Nobody has acknowledged it (RFC 3262 §3). */
static void no_prack(void *arg)
{
	struct provisional *p = arg;
	struct sip_session *s = mem_ref(p->session);

	log_warn("no PRACK came");
	if (s->st)
		(void)sip_treply(&s->st, s->sip, s->msg, 504, reason_of(504));
	sip_session_closed(s, ETIMEDOUT, NULL);
	sip_session_over(s);
	mem_deref(s);
}

static void again(void *arg)
{
	struct provisional *p = arg;
	const struct sip_msg *msg = p->session->msg;

	p->mb->pos = 0;
	(void)sip_send(p->session->stack->sip, msg->sock, msg->tp, &msg->src,
		       p->mb);
	if (p->count < 6)
		p->count++;
	tmr_start(&p->tmr_again, (uint64_t)SIP_T1 << p->count, again, p);
}

static int send_reliable(struct sip_session *s, struct provisional *p)
{
	struct sip_contact contact;
	int err;

	sip_contact_set(&contact, s->contact, &s->msg->dst, s->msg->tp);
	if (!s->rseq)
		s->rseq = 1 + rand_u32() % 0x3fffffff;
	err = sip_treplyf(&s->st, &p->mb, s->sip, s->msg, true, p->code,
			  p->reason,
			  "%H" SIP_ALLOW SESSION_SUPPORTED
			  "Require: 100rel\r\nRSeq: %u\r\n%s",
			  sip_contact_print, &contact, ++s->rseq, p->content);
	if (err)
		return err;
	s->reliable = p;
	tmr_start(&p->tmr, 64 * SIP_T1, no_prack, p);
	tmr_start(&p->tmr_again, SIP_T1, again, p);
	return 0;
}

int prack_provisional(struct sip_session *s, uint16_t code, const char *reason,
		      struct mbuf *desc, const char *headers)
{
	struct provisional *p = mem_zalloc(sizeof(*p), destructor);
	int err;

	if (!p)
		return ENOMEM;
	p->session = s;
	p->code = code;
	p->described = desc != NULL;
	p->reason = text_dup(reason);
	p->content = sip_session_content(headers, desc);
	err = p->reason && p->content ? 0 : ENOMEM;
	if (!err && s->reliable) {
		/* One at a time; of those that wait, the last says it all. */
		mem_deref(s->waiting);
		s->waiting = p;
		return 0;
	}
	if (!err)
		err = send_reliable(s, p);
	if (err)
		mem_deref(p);
	return err;
}

bool prack_blocks(const struct sip_session *s)
{
	return (s->reliable && s->reliable->described) ||
	       (s->waiting && s->waiting->described);
}

void prack_arrived(struct sip_session *s, const struct sip_msg *msg)
{
	const struct sip_hdr *rack = sip_msg_hdr(msg, SIP_HDR_RACK);
	struct pl rseq, cseq, met;

	if (!rack ||
	    re_regex(rack->val.p, rack->val.l, "[0-9]+[ \t]+[0-9]+[ \t]+[A-Z]+",
		     &rseq, NULL, &cseq, NULL, &met)) {
		(void)sip_session_reply(s, msg, 400, NULL);
		return;
	}
	if (!s->reliable || !s->msg || pl_u32(&rseq) != s->rseq ||
	    pl_u32(&cseq) != s->msg->cseq.num || pl_strcmp(&met, "INVITE")) {
		(void)sip_session_reply(s, msg, 481, NULL);
		return;
	}
	s->reliable = mem_deref(s->reliable);
	if (mbuf_get_left(msg->mb)) {
		/* A further offer before the answer is none of ours. */
		(void)sip_session_reply(s, msg, 488, NULL);
	} else {
		(void)sip_session_reply(s, msg, 200, NULL);
	}
	if (s->waiting && s->state == SESSION_IN) {
		struct provisional *p = s->waiting;

		s->waiting = NULL;
		if (send_reliable(s, p))
			mem_deref(p);
	}
	if (s->state == SESSION_IN && s->h && s->h->pracked && !prack_blocks(s))
		s->h->pracked(s->arg);
}

/* --- we acknowledge them ------------------------------------------------ */

bool prack_answer(struct sip_session *s, struct early *e,
		  const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_RSEQ);
	uint32_t rseq = h ? pl_u32(&h->val) : 0;
	char line[64];

	if (!rseq || !s->h)
		return s->h != NULL;
	/* Seen before, or not its turn: it will be said again (§4). */
	if (e->rseq && rseq != e->rseq + 1)
		return false;
	e->rseq = rseq;
	snprintf(line, sizeof(line), "RAck: %u %u INVITE\r\n", rseq,
		 msg->cseq.num);
	(void)sip_session_request(s, e->dlg, "PRACK",
				  sip_session_content(line, NULL), false, NULL,
				  NULL, false);
	return true;
}
