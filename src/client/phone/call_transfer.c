/**
 * @file call_transfer.c  A call that goes on with another, or another way
 *
 * Whoever wants it, the call of the user stays one object: what changes is
 * the leg behind it, and with that its number.
 */
#include "phone_int.h"

enum { PAST_MS = 3000 };

static bool is_under_way(const struct phone_call *c)
{
	return c->transfer == PHONE_TRANSFER_ASKED ||
	       c->transfer == PHONE_TRANSFER_RUNNING;
}

/* ---- legs that come and go --------------------------------------------- */

static void past_over(void *arg)
{
	struct phone_call *c = arg;

	c->past = mem_deref(c->past);
}

/** The leg has had its time. Who has sent us away says BYE as well, and may
 *  want to hear before how it went (RFC 5589 §6.1). */
static void retire(struct phone_call *c, struct sip_leg *leg)
{
	media_stream_set_handler(sip_leg_stream(leg), NULL, NULL);
	mem_deref(c->past);
	c->past = leg;
	tmr_start(&c->tmr_past, PAST_MS, past_over, c);
}

static void take_over(struct phone_call *c)
{
	struct sip_leg *leg = c->leg;

	c->leg = c->next;
	c->next = NULL;
	c->outgoing = true;
	c->hold_asked = false;
	c->codecs_asked = false;
	route_update(c->phone);
	if (!leg)
		return;
	if (sip_leg_state(leg) == SIP_LEG_ESTABLISHED)
		retire(c, leg);
	else
		mem_deref(leg);
}

void transfer_end(struct phone_call *c)
{
	struct le *le;

	tmr_cancel(&c->tmr_past);
	c->past = mem_deref(c->past);
	c->next = mem_deref(c->next);
	c->partner = NULL;
	if (!c->phone)
		return;
	LIST_FOREACH (&c->phone->calls, le) {
		struct phone_call *other = le->data;

		if (other->partner == c)
			other->partner = NULL;
	}
}

/* ---- we transfer ------------------------------------------------------- */

/** The last word of a transfer that has not been. */
static void failed(struct phone_call *c, unsigned code)
{
	c->transfer = PHONE_TRANSFER_FAILED;
	c->transfer_code = code;
	c->partner = NULL;
	if (!c->hold_before && c->leg && sip_leg_held(c->leg))
		(void)sip_leg_hold(c->leg, false);
	call_set_state(c, call_state_of(c));
}

static int send_refer(struct phone_call *c)
{
	struct phone_call *partner = c->partner;
	int err;

	c->transfer_sent = true;
	if (!c->target && !partner)
		return ENOENT; /* that call has ended meanwhile */
	err = sip_leg_transfer(c->leg, c->target,
			       partner ? partner->leg : NULL);
	return err;
}

static void on_transfer(struct phone_call *c, unsigned code)
{
	struct phone_call *partner = c->partner;

	if (!is_under_way(c))
		return;
	c->transfer_code = code;
	if (code < 200) {
		c->transfer = PHONE_TRANSFER_RUNNING;
		call_set_state(c, call_state_of(c));
		return;
	}
	if (code >= 300) {
		failed(c, code);
		return;
	}
	c->transfer = PHONE_TRANSFER_DONE;
	c->partner = NULL;
	mem_ref(partner);
	if (c->phone)
		call_end(c, 200, "");
	/* unless a handler has ended it, too */
	if (partner && partner->phone && partner->le.list) {
		partner->transfer = PHONE_TRANSFER_DONE;
		call_end(partner, 200, "");
	}
	mem_deref(partner);
}

static int begin(struct phone_call *c)
{
	int err;

	c->transfer = PHONE_TRANSFER_ASKED;
	c->transfer_code = 0;
	c->transfer_sent = false;
	c->hold_before = sip_leg_held(c->leg);
	/* Nobody shall hear what is not for him; a refusal of it is none of
	 * the transfer. */
	if (!c->hold_before && !sip_leg_hold(c->leg, true))
		return 0;
	err = send_refer(c);
	if (err)
		c->transfer = PHONE_TRANSFER_NONE;
	return err;
}

static int may_begin(const struct phone_call *c)
{
	if (!c || !c->phone || !c->leg ||
	    sip_leg_state(c->leg) != SIP_LEG_ESTABLISHED)
		return EPROTO;
	return is_under_way(c) || c->hold_asked ? EALREADY : 0;
}

int phone_transfer(struct phone_call *c, const char *number)
{
	char *target = NULL;
	int err = may_begin(c);

	if (!err)
		err = call_target(&target, number);
	if (err)
		return err;
	free(c->target);
	c->target = target;
	c->partner = NULL;
	return begin(c);
}

int phone_transfer_to(struct phone_call *c, struct phone_call *other)
{
	int err = may_begin(c);

	if (!err)
		err = may_begin(other);
	if (err)
		return err;
	if (c == other)
		return EINVAL;
	free(c->target);
	c->target = NULL;
	c->partner = other;
	return begin(c);
}

/* ---- we are transferred ------------------------------------------------ */

static bool is_asked(struct phone_call *c, const char *number, const char *by)
{
	struct phone *p = c->phone;

	return p && p->h.transfer_asked &&
	       p->h.transfer_asked(c, number, by, c->arg, p->arg);
}

static void on_refer(struct phone_call *c, struct sip_refer *r)
{
	struct sip_leg_prm prm = {.refer = r};

	if (c->next || is_under_way(c)) {
		sip_refer_reject(r, 491);
		return;
	}
	if (!is_asked(c, sip_refer_user(r), sip_refer_by(r)) || !c->leg ||
	    sip_refer_accept(r))
		return; /* the leg says 603 */
	prm.account = c->line->account;
	prm.media = call_media(c->phone);
	/* how it goes is for who asked, not for this call */
	if (sip_leg_connect(&c->next, c->line->sip, &prm, call_leg_event, c)) {
		sip_refer_reject(r, 500);
		return;
	}
	text_set(&c->target, sip_refer_user(r));
}

/** Of the leg that is to take the call's place. */
static void on_next(struct phone_call *c, const struct sip_leg_event *ev)
{
	if (ev->type == SIP_LEG_EV_CLOSED) {
		c->next = mem_deref(c->next);
		return;
	}
	if (ev->type != SIP_LEG_EV_ESTABLISHED)
		return;
	text_set(&c->number, c->target);
	text_set(&c->name, "");
	take_over(c);
	call_set_state(c, call_state_of(c));
}

bool transfer_event(struct phone_call *c, struct sip_leg *leg,
		    const struct sip_leg_event *ev)
{
	if (leg == c->past) {
		if (ev->type == SIP_LEG_EV_CLOSED)
			c->past = mem_deref(c->past);
		return true;
	}
	if (leg == c->next) {
		on_next(c, ev);
		return true;
	}
	switch (ev->type) {
	case SIP_LEG_EV_REFER:
		on_refer(c, ev->refer);
		return true;
	case SIP_LEG_EV_TRANSFER:
		on_transfer(c, ev->code);
		return true;
	case SIP_LEG_EV_HOLD_DONE:
		if (c->transfer == PHONE_TRANSFER_ASKED && !c->transfer_sent &&
		    send_refer(c)) {
			failed(c, 481);
			return true;
		}
		return false;
	case SIP_LEG_EV_ESTABLISHED:
		if (c->hold_next)
			(void)sip_leg_hold(leg, true);
		c->hold_next = false;
		return false;
	case SIP_LEG_EV_CLOSED:
		/* Sent on, and left alone before the other one has answered. */
		if (!c->next)
			return false;
		text_set(&c->number, c->target);
		text_set(&c->name, "");
		c->leg = mem_deref(c->leg);
		take_over(c);
		call_set_state(c, call_state_of(c));
		return true;
	default:
		return false;
	}
}

/* ---- another comes in the place of the one we talk to ------------------ */

static struct phone_call *call_of(const struct phone *p,
				  const struct sip_leg *leg)
{
	struct le *le;

	LIST_FOREACH (&p->calls, le) {
		struct phone_call *c = le->data;

		if (c->leg == leg)
			return c;
	}
	return NULL;
}

bool transfer_incoming(struct phone *p, struct sip_incoming *in)
{
	const struct sip_message *m = sip_incoming_message(in);
	struct sip_leg *old = sip_incoming_replaces(in), *leg = NULL;
	struct phone_call *c = old ? call_of(p, old) : NULL;
	struct sip_leg_media media = call_media(p);
	char *number, *by;

	if (!old)
		return false;
	number = sip_message_user(m, "From");
	by = sip_message_user(m, "Referred-By");
	mem_ref(c);
	if (!c || !is_asked(c, number ? number : "", by ? by : "") ||
	    c->leg != old) {
		sip_incoming_reject(in, 603, NULL);
	} else if (!sip_leg_accept(&leg, in, &media, call_leg_event, c)) {
		c->next = mem_deref(c->next);
		c->hold_next = sip_leg_held(old);
		c->next = leg;
		text_set(&c->number, number ? number : "");
		free(c->name);
		c->name = sip_message_name(m, "From");
		take_over(c);
		c->outgoing = false;
		/* the old one is ended by us (RFC 3891 §3) */
		past_over(c);
		tmr_cancel(&c->tmr_past);
		if (sip_leg_answer(leg, NULL, NULL)) {
			sip_leg_reject(leg, 488, NULL);
			call_end(c, 488, "");
		} else {
			call_set_state(c, call_state_of(c));
		}
	}
	mem_deref(c);
	free(number);
	free(by);
	return true;
}
