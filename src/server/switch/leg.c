/**
 * @file leg.c  What legs say, turned into what happens to calls
 */
#include "switch_int.h"

static void on_progress(struct branch *b, const struct sip_leg_event *ev)
{
	struct call *c = b->party->call;

	if (ev->code <= 100)
		return;
	if (transfer_is_target(b->party))
		transfer_ringing(c, b->party);
	else if (!ringing_has(&c->ringing, b->party))
		return;
	else if (sip_leg_state(b->leg) == SIP_LEG_EARLY)
		call_early(c, b->party, b->leg);
	else
		call_ringing(c, b->party);
}

static bool is_side(const struct party *party)
{
	return call_has_side(party->call, party);
}

static void on_established(struct branch *b, const struct sip_leg_event *ev)
{
	struct party *party = b->party;
	struct call *c = party->call;
	(void)ev;

	if (party->leg) {
		/* the ACK of a caller that we answered; it may have answered
		   what we have offered */
		if (c->mixer && is_side(party))
			call_offer_done(party);
		return;
	}

	party_decide(party, b->leg);
	if (transfer_is_target(party)) {
		transfer_answered(c, party, PBX_CAUSE_TRANSFER);
	} else if (c->answered) {
		handset_recalled(party);
	} else if (ringing_has(&c->ringing, party)) {
		call_answered(c, party, PBX_CAUSE_NEW_CALL);
	} else {
		party_state(party, PBX_CONNECTED);
		call_lead(c, c->dialled);
	}
}

static void on_held(struct branch *b, const struct sip_leg_event *ev)
{
	(void)ev;
	if (is_side(b->party))
		call_hold(b->party, true, PBX_CAUSE_NORMAL);
}

static void on_resumed(struct branch *b, const struct sip_leg_event *ev)
{
	(void)ev;
	if (is_side(b->party))
		call_hold(b->party, false, PBX_CAUSE_NORMAL);
}

/* Held and retrieved again while the first of it was on its way. */
static void on_hold_done(struct branch *b, const struct sip_leg_event *ev)
{
	bool hold = call_is_kept_waiting(b->party);

	if (ev->code < 300 && sip_leg_held(b->leg) != hold)
		sip_leg_hold(b->leg, hold);
	/* its answer may name other codecs than before */
	if (ev->code < 300 && b->party->leg == b->leg && is_side(b->party))
		call_offer_done(b->party);
}

static void on_offer(struct branch *b, const struct sip_leg_event *ev)
{
	(void)ev;
	if (b->party->leg == b->leg && is_side(b->party))
		call_offered(b->party);
}

static void on_offer_done(struct branch *b, const struct sip_leg_event *ev)
{
	if (ev->code >= 300)
		log_info("call %u: %s keeps its codec (%u)", b->party->call->id,
			 b->party->number, ev->code);
	if (b->party->leg == b->leg && is_side(b->party))
		call_offer_done(b->party);
}

static void on_refer(struct branch *b, const struct sip_leg_event *ev)
{
	transfer_asked(b->party, ev->refer);
}

static void on_closed(struct branch *b, const struct sip_leg_event *ev)
{
	struct party *party = b->party;
	struct call *c = party->call;

	if (party == c->left)
		transfer_left(c);
	else if (transfer_is_target(party))
		transfer_branch_failed(c, b, ev->code);
	else if (party->leg != b->leg)
		call_branch_failed(c, b, ev->code);
	else if (party == transfer_by(c))
		transfer_by_gone(c);
	else if (call_is_conference(c))
		conference_leave(party, PBX_CAUSE_NORMAL);
	else if (c->answered)
		call_end(c, PBX_CAUSE_NORMAL);
	else
		call_end(c, PBX_CAUSE_CANCELLED);
}

void leg_event(struct sip_leg *leg, const struct sip_leg_event *ev, void *arg)
{
	typedef void(event_h)(struct branch * b,
			      const struct sip_leg_event *ev);
	static event_h *const handlers[] = {
		[SIP_LEG_EV_PROGRESS] = on_progress,
		[SIP_LEG_EV_ESTABLISHED] = on_established,
		[SIP_LEG_EV_HELD] = on_held,
		[SIP_LEG_EV_RESUMED] = on_resumed,
		[SIP_LEG_EV_HOLD_DONE] = on_hold_done,
		[SIP_LEG_EV_OFFER] = on_offer,
		[SIP_LEG_EV_OFFER_DONE] = on_offer_done,
		[SIP_LEG_EV_REFER] = on_refer,
		[SIP_LEG_EV_CLOSED] = on_closed,
	};
	struct branch *b = arg;
	struct party *party;
	struct call *c;

	(void)leg;
	if ((size_t)ev->type >= ARRAY_SIZE(handlers) || !handlers[ev->type])
		return;

	/* whatever the handler ends, these stay until it returns */
	party = mem_ref(b->party);
	c = mem_ref(party->call);
	mem_ref(b);
	if (!c->over)
		handlers[ev->type](b, ev);
	mem_deref(b);
	mem_deref(party);
	mem_deref(c);
}

void leg_media_event(enum media_event ev, void *arg)
{
	const struct branch *b = arg;
	struct party *party = b->party;
	struct call *c = party->call;

	if (party->leg == b->leg && machine_of(party))
		machine_media_event(machine_of(party), ev);
	if (ev != MEDIA_EVENT_TIMEOUT || !c->answered || c->over)
		return;
	/* who waits for a third, or has left, may be silent */
	if (c->transfer || party == c->left)
		return;
	if (party->state != PBX_CONNECTED || call_has_nobody(party) ||
	    (!call_is_conference(c) &&
	     call_other(party)->state != PBX_CONNECTED))
		return;

	log_info("call %u: no sound from %s any more", c->id, party->number);
	if (call_is_conference(c))
		conference_leave(party, PBX_CAUSE_NETWORK);
	else
		call_end(c, PBX_CAUSE_NETWORK);
}
