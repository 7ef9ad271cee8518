/**
 * @file handset.c  One leg of a phone that carries several connections in turn
 *
 * A phone knows nothing of the consultation that a program asks for (ECMA-269
 * §6.1, call control): its leg stays, and the switch connects it with another.
 * Whoever waits for it is on hold. Hung up, the phone rings again with those
 * that wait, so that nobody is lost.
 */
#include "switch_int.h"

struct branch *handset_branch(const struct party *party)
{
	struct le *le;

	LIST_FOREACH (&party->branches, le) {
		struct branch *b = le->data;

		if (party->leg && b->leg == party->leg)
			return b;
	}
	return NULL;
}

void handset_forget(struct party *party)
{
	list_unlink(&party->waiting_le);
	party->shares = NULL;
}

void handset_give(struct branch *b, struct party *to)
{
	handset_forget(to);
	list_unlink(&b->le);
	list_append(&to->branches, &b->le, b);
	b->party->leg = NULL;
	b->party = to;
	to->leg = b->leg;
}

/** Nothing of its call goes through that leg any more. */
static void part(struct party *party)
{
	struct call *c = party->call;

	machine_connect(machine_of(party), NULL);
	media_stream_play_stop(party_stream(party), MEDIA_REMOTE);
	media_stream_bridge(party_stream(party), NULL);
	if (call_is_conference(c))
		media_mixer_remove(c->mixer, party_stream(party));
	else
		c->mixer = mem_deref(c->mixer);
}

/** Its phone is told whether the other side holds it, as it is in this call. */
static void settle(struct party *party)
{
	if (call_is_kept_waiting(party))
		call_keep_waiting(party);
	else
		sip_leg_hold(party->leg, false);
}

void handset_lend(struct party *from, struct party *to)
{
	struct branch *b = handset_branch(from);

	if (!b)
		return;
	part(from);
	handset_give(b, to);
	from->shares = b;
	list_append(&b->waiting, &from->waiting_le, from);
	settle(to);
}

void handset_swap(struct party *a, struct party *b)
{
	struct branch *of_a = handset_branch(a), *of_b = handset_branch(b);

	part(a);
	part(b);
	handset_give(of_a, b);
	handset_give(of_b, a);
	a->leg = of_b->leg;
	b->leg = of_a->leg;
	settle(a);
	settle(b);
}

static void recall(struct party *party)
{
	struct call *c = party->call;
	struct party *other = call_other(party);
	struct list formats = LIST_INIT;
	struct ring_prm prm = {.from = other};

	handset_forget(party);
	if (party == transfer_by(c)) {
		transfer_by_gone(c);
		return;
	}
	/* the others go on without it */
	if (call_is_conference(c)) {
		conference_leave(party, PBX_CAUSE_NORMAL);
		return;
	}
	/* nobody waits there: a machine does not, nor does a code */
	if (call_has_nobody(party)) {
		call_end(c, PBX_CAUSE_NORMAL);
		return;
	}
	party_state(party, PBX_ALERTING);
	if (other->leg)
		(void)party_formats(other, &formats);
	if (!list_isempty(&formats))
		prm.formats = &formats;
	if (c->pbx->closing || party_ring(party, party->device, &prm)) {
		call_end(c, PBX_CAUSE_NORMAL);
	} else {
		call_wait_for_answer(c);
		event_send(c, party, PBX_DELIVERED, PBX_CAUSE_RECALL, NULL);
	}
	list_flush(&formats);
}

void handset_recalled(struct party *party)
{
	struct call *c = party->call;

	tmr_cancel(&c->tmr);
	party_state(party, PBX_CONNECTED);
	call_unhold(call_other(party));
	call_connect(c);
	event_send(c, party, PBX_RETRIEVED, PBX_CAUSE_RECALL, NULL);
}

void handset_left(struct party *party)
{
	struct branch *b = handset_branch(party);
	struct le *le;

	handset_forget(party);
	while (b && (le = list_head(&b->waiting)) != NULL) {
		if (sip_leg_state(b->leg) == SIP_LEG_ESTABLISHED) {
			part(party);
			handset_give(b, le->data);
			settle(b->party);
			return;
		}
		recall(le->data);
	}
}

/** Another connection of its phone that has the user's ear, on a leg of its
 *  own. */
static struct party *speaks(const struct party *party)
{
	struct le *le;

	LIST_FOREACH (&party->device->parties, le) {
		struct party *other = le->data;

		if (other != party && other->state == PBX_CONNECTED &&
		    other->call->answered && other->leg &&
		    !sip_leg_held_remote(other->leg))
			return other;
	}
	return NULL;
}

int handset_take(struct party *party, enum pbx_cause cause)
{
	bool own = party->leg != NULL;
	struct party *other = party->shares ? party->shares->party : NULL;

	if (own && sip_leg_held_remote(party->leg)) {
		other = speaks(party);
		if (!other)
			return ENOTSUP;
	}
	if (!own && (!other || sip_leg_held_remote(other->leg)))
		return ENOTSUP;
	/* parked, it must not lose its phone: somebody is to speak with it */
	if (other && (!other->call->answered || other->call->parked))
		return EPROTO;
	if (other && other->state == PBX_CONNECTED)
		call_hold(other, true, cause);
	if (other && own)
		handset_swap(other, party);
	else if (other)
		handset_lend(other, party);
	call_hold(party, false, cause);
	call_connect(party->call);
	return 0;
}
