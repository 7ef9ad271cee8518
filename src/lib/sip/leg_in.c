/**
 * @file leg_in.c  A call that came in: taken, rung, answered, refused
 */
#include <stdlib.h>
#include <strings.h>
#include "sip_session.h"

static int take_invite(struct sip_leg *leg, const struct sip_msg *msg)
{
	int err = 0;

	leg->incoming = true;
	leg->msg = mem_ref((void *)msg);
	leg->contact = malloc(17);
	if (!leg->contact)
		return ENOMEM;
	hex_random(leg->contact, 8);
	if (has_sdp(msg)) {
		leg->offer = mem_ref(msg->mb);
		err = leg_take_offer(leg, msg->mb);
	}
	return err;
}

/* @return 0, or what take_invite() says, or that of the session */
static int begin_session(struct sip_leg *leg, struct sip_account *a)
{
	struct sip_session *s = NULL;
	int err = sip_session_alloc(&s, leg->stack, a ? a->token : leg->contact,
				    a, &leg_session_handlers, leg);

	if (err)
		return err;
	err = sip_session_take(s, leg->msg);
	if (err)
		mem_deref(s);
	else
		leg->session = s;
	return err;
}

int sip_leg_accept(struct sip_leg **lp, struct sip_incoming *in,
		   const struct sip_leg_media *media, sip_leg_event_h *h,
		   void *arg)
{
	struct sip_leg *leg;
	struct sa facing;
	int err;

	if (!lp || !in || in->done)
		return EINVAL;
	facing = in->msg->dst;
	sa_set_port(&facing, 0);
	leg = leg_alloc(in->stack, media, &facing,
			in->msg->tp == SIP_TRANSP_TLS, h, arg, &err);
	if (!leg) {
		sip_incoming_reject(in, 500, NULL);
		return err;
	}
	leg->any = !in->account && !(media && media->formats);
	err = take_invite(leg, in->msg);
	if (!err) {
		leg->account = mem_ref(in->account);
		err = begin_session(leg, in->account);
	}
	if (!err && timer_too_small(leg->session, in->msg)) {
		in->done = true;
		leg->state = SIP_LEG_CLOSED;
		mem_deref(leg);
		return EPROTO;
	}
	if (err) {
		sip_incoming_reject(in,
				    err == ENOTSUP   ? 488
				    : err == EBADMSG ? 400
						     : 500,
				    NULL);
		mem_deref(leg);
		return err;
	}
	in->done = true;
	leg->state = SIP_LEG_INCOMING;
	leg_wait(leg, in->stack->ring_s);
	*lp = leg;
	return 0;
}

/* A refusal, or what goes out when nobody answers; the session ends. */
void leg_reply_final(struct sip_leg *leg, uint16_t code, const char *reason)
{
	struct sip_session *s = leg->session;

	leg->session = NULL;
	if (s)
		sip_session_reject(s, code, reason);
}

int sip_leg_reject(struct sip_leg *leg, uint16_t code, const char *reason)
{
	char *clean;

	if (!leg || !leg->incoming || !leg->msg || code < 300 || code > 699)
		return EINVAL;
	if (leg->state == SIP_LEG_ESTABLISHED || leg->state == SIP_LEG_CLOSED)
		return EPROTO;
	clean = reason_text(code, reason);
	leg_reply_final(leg, code, clean ? clean : "");
	free(clean);
	leg_detach(leg);
	return 0;
}

static int say(struct sip_leg *leg, uint16_t code, const char *reason,
	       struct mbuf *desc, const struct sip_header *headers)
{
	struct text_buf b = {0};
	int err = headers_add(&b, headers);
	const char *text = b.buf ? b.buf : "";

	if (err)
		;
	else if (code < 200)
		err = sip_session_progress(leg->session, code, reason, desc,
					   text);
	else if (!prack_blocks(leg->session))
		err = sip_session_answer(leg->session, desc, text);
	else {
		/* RFC 3262 §3: not before the PRACK */
		leg->late_headers = text_dup(text);
		leg->late_answer = mem_ref(desc);
		err = leg->late_headers ? 0 : ENOMEM;
	}
	text_buf_reset(&b);
	return err;
}

static bool can_say(const struct sip_leg *leg)
{
	return leg && leg->incoming && leg->msg &&
	       (leg->state == SIP_LEG_INCOMING ||
		leg->state == SIP_LEG_RINGING || leg->state == SIP_LEG_EARLY);
}

int sip_leg_ring(struct sip_leg *leg, const struct sip_header *headers)
{
	int err;

	if (!can_say(leg))
		return EPROTO;
	err = say(leg, 180, "Ringing", NULL, headers);
	if (err)
		return err;
	for (; headers && headers->name; headers++) {
		if (!strcasecmp(headers->name, "Allow-Events") &&
		    strstr(headers->value, "talk"))
			leg->allows_talk = true;
	}
	if (leg->state == SIP_LEG_INCOMING)
		leg->state = SIP_LEG_RINGING;
	return 0;
}

/* Our SDP: an answer to what was offered, else an offer. */
static int describe(struct sip_leg *leg, const struct list *formats,
		    struct mbuf **descp)
{
	if (leg->offer)
		return leg_make_answer(leg, formats, descp);
	if (formats) {
		int err = leg_set_formats(leg, formats);

		if (err)
			return err;
	}
	return leg_make_offer(leg, false, descp);
}

int sip_leg_progress(struct sip_leg *leg, const struct list *formats,
		     const struct sip_header *headers)
{
	struct mbuf *desc = NULL;
	int err = 0;

	if (!can_say(leg))
		return EPROTO;
	/* An offer of ours could not be answered before the 200. */
	if (leg->offer)
		err = describe(leg, formats, &desc);
	if (!err)
		err = say(leg, 183, "Session Progress", desc, headers);
	mem_deref(desc);
	if (err)
		return err;
	if (leg->offer) {
		leg_flow(leg, false);
		leg->state = SIP_LEG_EARLY;
	}
	return 0;
}

int sip_leg_answer(struct sip_leg *leg, const struct list *formats,
		   const struct sip_header *headers)
{
	struct mbuf *desc = NULL;
	int err;

	if (!can_say(leg))
		return EPROTO;
	/* What the 183 said stands (RFC 3261 §13.2.1). */
	err = describe(leg, leg->flowing ? NULL : formats, &desc);
	if (!err)
		err = say(leg, 200, "OK", desc, headers);
	mem_deref(desc);
	if (err)
		return err;
	tmr_cancel(&leg->tmr);
	if (leg->offer)
		leg_flow(leg, false);
	leg->known = leg->offer != NULL;
	leg->state = SIP_LEG_ESTABLISHED;
	return 0;
}
