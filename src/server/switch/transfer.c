/**
 * @file transfer.c  Another one takes the place of a party
 *
 * Who transfers keeps the call until the third has answered, so that nothing
 * is lost if nobody does. He may hang up before: then the call comes back to
 * his phones if the third does not answer.
 */
#include "switch_int.h"

/** So long a phone that has transferred has for its BYE (RFC 5589 §6.1). */
enum { LEFT_MS = 3000 };

struct transfer {
	struct call *call;
	struct party *by; /**< a side of the call; NULL: it has hung up */
	struct party *stays;
	struct party *target; /**< ours until it has answered */
	struct sip_refer *refer;
	struct tmr tmr;
	char *back_to; /**< who transfers, for the way back */
	bool back;     /**< it is on that way */
	uint16_t code; /**< what the target's phones said last */
};

static void destructor(void *arg)
{
	struct transfer *t = arg;

	tmr_cancel(&t->tmr);
	mem_deref(t->target);
	mem_deref(t->refer);
	free(t->back_to);
}

bool transfer_is_target(const struct party *party)
{
	const struct transfer *t = party->call->transfer;

	return t && t->target == party;
}

struct party *transfer_by(const struct call *c)
{
	return c->transfer ? c->transfer->by : NULL;
}

struct party *transfer_target(const struct call *c)
{
	return c->transfer ? c->transfer->target : NULL;
}

struct party *transfer_stays(const struct call *c)
{
	return c->transfer ? c->transfer->stays : NULL;
}

/** What the one who stays hears while the third rings, unless he still speaks
 *  with who transfers. */
static void play_to_stays(const struct transfer *t, enum media_tone tone)
{
	if (!t->by || t->by->state == PBX_HELD)
		media_stream_play_tone(party_stream(t->stays), MEDIA_REMOTE,
				       tone);
}

/* ---- the third --------------------------------------------------------- */

static void failed(struct call *c, enum pbx_cause cause, uint16_t code);

static void no_answer(void *arg)
{
	struct transfer *t = arg;

	failed(t->call, PBX_CAUSE_NO_ANSWER, 408);
}

static enum pbx_cause ring(struct transfer *t, const char *number)
{
	struct list formats = LIST_INIT;
	const struct party *payer = t->by ? t->by : t->stays;
	struct call *c = t->call;
	struct pbx_route route;
	enum pbx_cause cause = call_route(c->pbx, payer, number, &route);
	struct device *d;
	int err;

	cause = call_party_make(c, cause, number, &route, &t->target, &d);
	route_reset(&route);
	if (cause != PBX_CAUSE_NORMAL)
		return cause;
	t->target->forwarded = true;
	err = party_formats(t->stays, &formats);
	if (!err)
		err = party_ring(t->target, d, t->stays, &formats, false);
	list_flush(&formats);
	if (err)
		return PBX_CAUSE_UNREACHABLE;
	tmr_start(&t->tmr, c->pbx->prm.no_answer_s * 1000ull, no_answer, t);
	return PBX_CAUSE_NORMAL;
}

static void target_gone(struct transfer *t, enum pbx_cause cause)
{
	struct party *target = t->target;

	tmr_cancel(&t->tmr);
	if (target && target->state != PBX_NULL) {
		party_state(target, PBX_NULL);
		event_send(t->call, target, PBX_CONNECTION_CLEARED, cause,
			   NULL);
	}
	t->target = NULL;
	mem_deref(target);
}

static void over(struct call *c)
{
	struct transfer *t = c->transfer;

	c->transfer = NULL;
	mem_deref(t);
}

/** To who wanted it, if he has not hung up: his are the only phones that know
 *  what this call is. */
static bool ring_back(struct transfer *t)
{
	enum pbx_cause cause;

	if (t->back || !t->back_to)
		return false;
	t->back = true;
	cause = ring(t, t->back_to);
	if (cause != PBX_CAUSE_NORMAL)
		target_gone(t, cause);
	return cause == PBX_CAUSE_NORMAL;
}

static void failed(struct call *c, enum pbx_cause cause, uint16_t code)
{
	struct transfer *t = c->transfer;

	target_gone(t, cause);
	sip_refer_progress(t->refer, code);
	if (t->by) {
		play_to_stays(t, MEDIA_TONE_HELD);
		over(c);
	} else if (!ring_back(t)) {
		call_end(c, cause);
	}
}

void transfer_branch_failed(struct call *c, struct branch *b, uint16_t code)
{
	struct transfer *t = c->transfer;

	t->code = call_code_of(t->code, code);
	list_unlink(&b->le); /* its handler still holds it */
	mem_deref(b);
	if (list_isempty(&t->target->branches))
		failed(c, cause_of_code(t->code), t->code);
}

void transfer_refused(struct call *c)
{
	failed(c, PBX_CAUSE_REJECTED, 603);
}

void transfer_ringing(struct call *c)
{
	struct transfer *t = c->transfer;

	if (t->target->state == PBX_ALERTING)
		return;
	party_state(t->target, PBX_ALERTING);
	play_to_stays(t, MEDIA_TONE_RINGBACK);
	sip_refer_progress(t->refer, 180);
	event_send(c, t->target, PBX_DELIVERED, PBX_CAUSE_TRANSFER, NULL);
}

/* ---- who transfers ----------------------------------------------------- */

static void left_late(void *arg)
{
	transfer_left(arg);
}

void transfer_left(struct call *c)
{
	tmr_cancel(&c->tmr_left);
	c->left = mem_deref(c->left);
}

/** He has no part in it any more. */
static void leaves(struct party *by, struct party *stays)
{
	struct call *c = by->call;

	if (c->answered && !stays->met) {
		(void)text_set(&stays->met, by->number);
		(void)text_set(&stays->met_name, by->name);
	}
	handset_forget(by);
	party_state(by, PBX_NULL);
	event_send(c, by, PBX_TRANSFERRED, PBX_CAUSE_TRANSFER, NULL);
	event_send(c, by, PBX_CONNECTION_CLEARED, PBX_CAUSE_TRANSFER, NULL);
	c->calling = stays;
	c->called = NULL;
}

/** His phone hangs up by itself, if it was the one that asked. */
static void let_go(struct call *c, struct party *by, bool asked)
{
	transfer_left(c);
	if (!asked) {
		mem_deref(by);
		return;
	}
	c->left = by;
	tmr_start(&c->tmr_left, LEFT_MS, left_late, c);
}

void transfer_by_gone(struct call *c)
{
	struct transfer *t = c->transfer;
	struct party *by = t->by;
	bool held = by->state == PBX_HELD;

	leaves(by, t->stays);
	t->by = NULL;
	mem_deref(by);
	if (held)
		call_unhold(t->stays);
	if (t->target->state == PBX_ALERTING)
		play_to_stays(t, MEDIA_TONE_RINGBACK);
}

void transfer_answered(struct call *c, struct sip_leg *leg)
{
	struct transfer *t = c->transfer;
	struct party *by = t->by, *target = t->target;
	(void)leg;

	tmr_cancel(&t->tmr);
	call_unhold(t->stays);
	if (by) {
		sip_refer_progress(t->refer, 200);
		leaves(by, t->stays);
		let_go(c, by, t->refer);
	}
	t->target = NULL;
	c->called = target;
	over(c);
	call_connect(c);
	party_state(target, PBX_CONNECTED);
	event_send(c, target, PBX_ESTABLISHED, PBX_CAUSE_TRANSFER, NULL);
	event_send(c, c->calling, PBX_TRANSFERRED, PBX_CAUSE_TRANSFER, NULL);
}

/* ---- beginning and end ------------------------------------------------- */

static struct transfer *transfer_alloc(struct party *by,
				       struct sip_refer *refer)
{
	struct transfer *t = mem_zalloc(sizeof(*t), destructor);

	if (!t)
		return NULL;
	t->call = by->call;
	t->by = by;
	t->stays = call_other(by);
	t->back_to = text_dup(by->number);
	t->refer = mem_ref(refer);
	by->call->transfer = t;
	return t;
}

int call_transfer(struct party *by, const char *number, struct sip_refer *refer)
{
	struct call *c = by->call;
	struct transfer *t;
	enum pbx_cause cause;

	if (c->over || !c->answered || !call_other(by) || by->outside ||
	    transfer_is_target(by) || by->state == PBX_NULL)
		return EPROTO;
	if (c->transfer)
		return EALREADY;
	t = transfer_alloc(by, refer);
	if (!t)
		return ENOMEM;
	cause = ring(t, number);
	if (cause != PBX_CAUSE_NORMAL) {
		over(c);
		sip_refer_progress(refer, cause_code(cause));
		return cause_errno(cause);
	}
	return 0;
}

/** What the two have with each other now. */
static void connected(struct call *c)
{
	call_unhold(c->calling);
	call_unhold(c->called);
	call_connect(c);
	event_send(c, c->called, PBX_TRANSFERRED, PBX_CAUSE_TRANSFER, NULL);
	event_send(c, c->calling, PBX_TRANSFERRED, PBX_CAUSE_TRANSFER, NULL);
}

static bool can_move(const struct party *by)
{
	const struct call *c = by->call;
	const struct party *other = call_other(by);

	return !c->over && !c->transfer && other && by->device &&
	       by->state != PBX_NULL &&
	       (c->answered ||
		(by == c->calling && other->state == PBX_ALERTING));
}

int call_transfer_to(struct party *by, struct party *also,
		     struct sip_refer *refer)
{
	struct call *c = by->call, *past = also->call;
	struct party *stays = call_other(by), *comes = call_other(also);
	struct transfer *t = NULL;

	if (c == past || by->device != also->device || !c->answered ||
	    !can_move(by) || !can_move(also))
		return c->transfer || past->transfer ? EALREADY : EPROTO;
	if (!past->answered) {
		t = transfer_alloc(by, refer);
		if (!t)
			return ENOMEM;
		t->target = comes;
		tmr_start(&t->tmr, c->pbx->prm.no_answer_s * 1000ull, no_answer,
			  t);
	}
	leaves(also, comes);
	past->calling = also;
	past->mixer = mem_deref(past->mixer);
	comes->call = c;
	comes->forwarded = true;
	if (t) {
		sip_refer_progress(refer, 180);
		play_to_stays(t, MEDIA_TONE_RINGBACK);
	} else {
		sip_refer_progress(refer, 200);
		leaves(by, stays);
		let_go(c, by, refer);
		c->called = comes;
		connected(c);
	}
	call_dissolve(past);
	return 0;
}

/** The party of the same device that has this leg, or NULL. */
static struct party *party_of(const struct party *by, const struct sip_leg *leg)
{
	struct le *le;

	for (le = by->device ? list_head(&by->device->parties) : NULL;
	     leg && le; le = le->next) {
		struct party *party = le->data;

		if (party->leg == leg && party != by)
			return party;
	}
	return NULL;
}

static void asked_to_connect(struct party *by, struct sip_refer *r)
{
	struct party *also = party_of(by, sip_refer_replaces(r));

	if (!also || sip_refer_accept(r))
		sip_refer_reject(r, also ? 603 : 481);
	else if (call_transfer_to(by, also, r))
		sip_refer_progress(r, 503);
}

void transfer_asked(struct party *by, struct sip_refer *r)
{
	char *number;
	int err;

	if (!by->call->answered || by->outside || by->call->transfer ||
	    by->state == PBX_NULL) {
		sip_refer_reject(r, 603);
		return;
	}
	if (sip_refer_attended(r)) {
		asked_to_connect(by, r);
		return;
	}
	number = text_dup(sip_refer_user(r));
	if (number && !sip_refer_accept(r)) {
		err = call_transfer(by, number, r);
		if (err == EPROTO || err == EALREADY || err == ENOMEM)
			sip_refer_progress(r, 503);
	}
	free(number);
}

void transfer_drop(struct call *c)
{
	struct transfer *t = c->transfer;

	transfer_left(c);
	if (!t)
		return;
	target_gone(t, PBX_CAUSE_CANCELLED);
	sip_refer_progress(t->refer, 487);
	over(c);
}
