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
	struct party *target;	/**< ours until it has answered */
	struct ringing ringing; /**< that one, and who rings with it */
	struct sip_refer *refer;
	struct tmr tmr;
	char *back_to; /**< who transfers, for the way back */
	bool back;     /**< it is on that way */
};

static void destructor(void *arg)
{
	struct transfer *t = arg;

	tmr_cancel(&t->tmr);
	ringing_reset(&t->ringing);
	mem_deref(t->target);
	mem_deref(t->refer);
	free(t->back_to);
}

bool transfer_is_target(const struct party *party)
{
	const struct transfer *t = party->call->transfer;

	return t && ringing_has(&t->ringing, party);
}

struct ringing *transfer_ringing_of(const struct call *c)
{
	return c->transfer ? &c->transfer->ringing : NULL;
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

static const struct party *payer(const struct transfer *t)
{
	return t->by ? t->by : t->stays;
}

static void no_answer(void *arg);

static void wait_for_answer(struct transfer *t)
{
	tmr_start(&t->tmr, ringing_ms(&t->ringing), no_answer, t);
}

/** Whoever is to have it instead rings, or nobody does. */
static void go_on(struct transfer *t, enum pbx_cause cause, uint16_t code)
{
	/* a phone that rang has hung up as if it had talked */
	if (cause == PBX_CAUSE_NORMAL) {
		cause = PBX_CAUSE_NETWORK;
		code = cause_code(cause);
	}
	cause = ringing_onward(&t->ringing, t->call, payer(t), t->stays, cause);
	if (cause == PBX_CAUSE_NORMAL)
		wait_for_answer(t);
	else
		failed(t->call, cause, code);
}

static void no_answer(void *arg)
{
	go_on(arg, PBX_CAUSE_NO_ANSWER, 408);
}

static enum pbx_cause ring(struct transfer *t, const char *number,
			   struct pbx_route *route, enum pbx_cause cause)
{
	t->ringing.forwarded = true;
	cause = ringing_begin(&t->ringing, t->call, payer(t), t->stays, number,
			      cause, route);
	if (cause == PBX_CAUSE_NORMAL)
		wait_for_answer(t);
	return cause;
}

static void target_gone(struct transfer *t, enum pbx_cause cause)
{
	tmr_cancel(&t->tmr);
	ringing_stop(&t->ringing, cause);
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
	struct pbx_route route;
	enum pbx_cause cause;

	if (t->back || !t->back_to)
		return false;
	t->back = true;
	cause = ringing_ask(t->call->pbx, t->stays, t->back_to, NULL, &route);
	cause = ring(t, t->back_to, &route, cause);
	pbx_route_reset(&route);
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

	if (ringing_failed(&t->ringing, b, code))
		go_on(t, cause_of_code(t->ringing.code), t->ringing.code);
}

void transfer_refused(struct party *target)
{
	struct transfer *t = target->call->transfer;

	if (ringing_leave(&t->ringing, target, PBX_CAUSE_REJECTED))
		go_on(t, PBX_CAUSE_REJECTED, 603);
}

void transfer_ringing(struct call *c, struct party *party)
{
	struct transfer *t = c->transfer;

	if (party->state == PBX_ALERTING)
		return;
	party_state(party, PBX_ALERTING);
	play_to_stays(t, MEDIA_TONE_RINGBACK);
	sip_refer_progress(t->refer, 180);
	event_send(c, party, PBX_DELIVERED, PBX_CAUSE_TRANSFER, NULL);
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

void transfer_leaves(struct party *by, struct party *stays,
		     enum pbx_cause cause)
{
	struct call *c = by->call;

	if (c->answered && !stays->met) {
		(void)text_set(&stays->met, by->number);
		(void)text_set(&stays->met_name, by->name);
	}
	handset_forget(by);
	party_state(by, PBX_NULL);
	if (cause == PBX_CAUSE_TRANSFER)
		event_send(c, by, PBX_TRANSFERRED, cause, NULL);
	event_send(c, by, PBX_CONNECTION_CLEARED, cause, NULL);
	c->calling = stays;
	c->called = NULL;
}

void transfer_let_go(struct call *c, struct party *by, bool asked)
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

	transfer_leaves(by, t->stays, PBX_CAUSE_TRANSFER);
	t->by = NULL;
	mem_deref(by);
	if (held)
		call_unhold(t->stays);
	if (t->target->state == PBX_ALERTING)
		play_to_stays(t, MEDIA_TONE_RINGBACK);
}

void transfer_answered(struct call *c, struct party *target,
		       enum pbx_cause cause)
{
	struct transfer *t = c->transfer;
	struct party *by = t->by;

	tmr_cancel(&t->tmr);
	ringing_decide(&t->ringing, target);
	call_unhold(t->stays);
	if (by) {
		sip_refer_progress(t->refer, 200);
		transfer_leaves(by, t->stays, PBX_CAUSE_TRANSFER);
		transfer_let_go(c, by, t->refer);
	}
	t->target = NULL;
	c->called = target;
	over(c);
	call_connect(c);
	party_state(target, PBX_CONNECTED);
	event_send(c, target, PBX_ESTABLISHED, cause, NULL);
	event_send(c, c->calling, PBX_TRANSFERRED, PBX_CAUSE_TRANSFER, NULL);
}

/* ---- beginning and end ------------------------------------------------- */

static struct transfer *transfer_alloc(struct party *by, struct party *stays,
				       const char *back_to,
				       struct sip_refer *refer)
{
	struct transfer *t = mem_zalloc(sizeof(*t), destructor);

	if (!t)
		return NULL;
	t->call = stays->call;
	t->by = by;
	t->stays = stays;
	t->ringing.first = &t->target;
	t->back_to = text_dup(back_to);
	t->refer = mem_ref(refer);
	stays->call->transfer = t;
	return t;
}

int call_transfer(struct party *by, const char *number, struct sip_refer *refer)
{
	struct call *c = by->call;
	struct pbx_route route;
	struct transfer *t;
	enum pbx_cause cause;

	if (c->over || !c->answered || !call_other(by) || by->outside ||
	    machine_of(by) || transfer_is_target(by) || by->state == PBX_NULL)
		return EPROTO;
	if (c->transfer)
		return EALREADY;
	cause = ringing_ask(c->pbx, by, number, NULL, &route);
	if (cause == PBX_CAUSE_NORMAL && route.service == PBX_SERVICE_PARK) {
		cause = park_put(by, route.slot, refer);
		goto out;
	}
	if (cause == PBX_CAUSE_NORMAL && route.service != PBX_SERVICE_CALL)
		cause = PBX_CAUSE_NOT_OBTAINABLE;
	t = transfer_alloc(by, call_other(by), by->number, refer);
	cause = t ? ring(t, number, &route, cause) : PBX_CAUSE_NETWORK;
	if (cause != PBX_CAUSE_NORMAL && t)
		over(c);
out:
	pbx_route_reset(&route);
	if (cause == PBX_CAUSE_NORMAL)
		return 0;
	sip_refer_progress(refer, cause_code(cause));
	return cause_errno(cause);
}

bool transfer_back(struct party *stays, const char *number)
{
	struct call *c = stays->call;
	struct transfer *t = transfer_alloc(NULL, stays, number, NULL);

	if (t && ring_back(t))
		return true;
	if (t)
		over(c);
	return false;
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

/** Those that ring for a call that is at its end ring for this one. */
static void take_ringing(struct transfer *t, struct call *past,
			 struct party *first)
{
	struct ringing *from = &past->ringing, *to = &t->ringing;
	struct party *party;

	t->target = first;
	while ((party = list_ledata(list_head(&from->also)))) {
		list_unlink(&party->more_le);
		list_append(&to->also, &party->more_le, party);
	}
	for (party = NULL; (party = ringing_next(to, party));) {
		party->call = t->call;
		party->forwarded = true;
	}
	to->number = mem_ref(from->number);
	to->place = mem_ref(from->place);
	to->until_ms = from->until_ms;
	to->ring_s = from->ring_s;
	to->steps = from->steps;
	to->forwarded = true;
	wait_for_answer(t);
}

static bool can_move(const struct party *by)
{
	const struct call *c = by->call;
	const struct party *other = call_other(by);

	return !c->over && !c->transfer && other && !other->machine &&
	       by->device && by->state != PBX_NULL &&
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
		t = transfer_alloc(by, stays, by->number, refer);
		if (!t)
			return ENOMEM;
	}
	transfer_leaves(also, comes, PBX_CAUSE_TRANSFER);
	past->calling = also;
	past->mixer = mem_deref(past->mixer);
	comes->call = c;
	comes->forwarded = true;
	if (t) {
		take_ringing(t, past, comes);
		sip_refer_progress(refer, 180);
		play_to_stays(t, MEDIA_TONE_RINGBACK);
	} else {
		sip_refer_progress(refer, 200);
		transfer_leaves(by, stays, PBX_CAUSE_TRANSFER);
		transfer_let_go(c, by, refer);
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

	/* not 481: that would say that the phone's own dialog is no more */
	if (!also || sip_refer_accept(r))
		sip_refer_reject(r, 603);
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
