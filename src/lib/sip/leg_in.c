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
		err = leg_ice_init(leg, media, &in->msg->src);
	}
	if (!err) {
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
	       struct mbuf *desc, const char *text)
{
	if (code < 200)
		return sip_session_progress(leg->session, code, reason, desc,
					    text);
	if (!prack_blocks(leg->session))
		return sip_session_answer(leg->session, desc, text);
	/* RFC 3262 §3: not before the PRACK */
	leg->late_headers = text_dup(text);
	leg->late_answer = mem_ref(desc);
	return leg->late_headers ? 0 : ENOMEM;
}

static bool can_say(const struct sip_leg *leg)
{
	return leg && leg->incoming && leg->msg &&
	       (leg->state == SIP_LEG_INCOMING ||
		leg->state == SIP_LEG_RINGING || leg->state == SIP_LEG_EARLY);
}

int sip_leg_ring(struct sip_leg *leg, const struct sip_header *headers)
{
	struct text_buf b = {0};
	int err;

	if (!can_say(leg))
		return EPROTO;
	err = headers_add(&b, headers);
	if (!err)
		err = say(leg, 180, "Ringing", NULL, b.buf ? b.buf : "");
	text_buf_reset(&b);
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

int leg_say_now(struct sip_leg *leg, unsigned what, const char *headers)
{
	bool final = what == LEG_WAITS_ANSWER;
	struct mbuf *desc = NULL;
	int err = 0;

	/* An offer of ours could not be answered before the 200. */
	if (leg->offer || final)
		err = describe(leg, NULL, &desc);
	if (!err)
		err = say(leg, final ? 200 : 183,
			  final ? "OK" : "Session Progress", desc, headers);
	mem_deref(desc);
	if (!err && leg->offer)
		leg_flow(leg, false);
	return err;
}

/* What is answered must fit, whether it is said now or later. */
static int say_sdp(struct sip_leg *leg, unsigned what,
		   const struct list *formats, const struct sip_header *headers)
{
	struct mbuf *desc = NULL;
	struct text_buf b = {0};
	const char *text;
	int err = headers_add(&b, headers);

	text = b.buf ? b.buf : "";
	if (!err && formats && (leg->offer || what == LEG_WAITS_ANSWER))
		err = describe(leg, formats, &desc);
	mem_deref(desc);
	if (!err)
		err = leg_waits(leg) ? leg_say_later(leg, what, text)
				     : leg_say_now(leg, what, text);
	text_buf_reset(&b);
	return err;
}

int sip_leg_progress(struct sip_leg *leg, const struct list *formats,
		     const struct sip_header *headers)
{
	int err;

	if (!can_say(leg))
		return EPROTO;
	err = say_sdp(leg, LEG_WAITS_PROGRESS, formats, headers);
	if (!err && leg->offer)
		leg->state = SIP_LEG_EARLY;
	return err;
}

int sip_leg_answer(struct sip_leg *leg, const struct list *formats,
		   const struct sip_header *headers)
{
	int err;

	if (!can_say(leg))
		return EPROTO;
	/* What the 183 said stands (RFC 3261 §13.2.1). */
	err = say_sdp(leg, LEG_WAITS_ANSWER, leg->flowing ? NULL : formats,
		      headers);
	if (err)
		return err;
	tmr_cancel(&leg->tmr);
	leg->known = leg->offer != NULL;
	leg->state = SIP_LEG_ESTABLISHED;
	return 0;
}
