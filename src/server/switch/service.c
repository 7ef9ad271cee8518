/**
 * @file service.c  Numbers that are no calls: pick up, park, take from there
 *
 * The phone that dials one has a call of its own until then. It becomes a side
 * of the call that it asks for, and keeps the callID that it is known by.
 */
#include "switch_int.h"

/** Make who has dialled a side of another call; his own is at its end.
 *  @param other  Whom he will hear @return NULL if that cannot be */
static struct party *move(struct call *from, struct call *c,
			  const struct party *other)
{
	struct party *x = from->calling, *party;

	if (party_waits(x) &&
	    sip_leg_answer(x->leg,
			   other->leg ? sip_leg_remote_formats(other->leg)
				      : NULL,
			   NULL))
		return NULL;
	if (party_alloc(&party, c, x->device, x->number, x->name))
		return NULL;
	party->id = x->id;
	party->begun_ms = x->begun_ms;
	party->forwarded = true;
	handset_give(handset_branch(x), party);
	return party;
}

/* ---- pick up ----------------------------------------------------------- */

static struct party *alerting(const struct pbx *p, const char *device,
			      const struct party *than)
{
	const struct device *d = device_find(p, device_line(p, device));
	struct le *le;

	for (le = d ? list_head(&d->parties) : NULL; le; le = le->next) {
		struct party *party = le->data;
		const struct call *c = party->call;

		if (party->state == PBX_ALERTING && !c->over &&
		    (ringing_has(&c->ringing, party) ||
		     transfer_is_target(party)) &&
		    !(c->answered && !transfer_is_target(party)))
			return !than || party->begun_ms < than->begun_ms ? party
									 : NULL;
	}
	return NULL;
}

static enum pbx_cause pick_up(struct call *from, const struct pbx_route *route)
{
	struct party *rings = NULL, *party;
	struct ringing *r;
	struct call *c;
	struct le *le;

	LIST_FOREACH (&route->targets, le) {
		const struct pbx_target *t = le->data;
		struct party *older = alerting(from->pbx, t->device, rings);

		if (older)
			rings = older;
	}
	if (!rings)
		return PBX_CAUSE_NOT_OBTAINABLE;
	c = rings->call;
	r = transfer_is_target(rings) ? transfer_ringing_of(c) : &c->ringing;
	party = move(from, c, call_other(rings));
	if (!party)
		return PBX_CAUSE_INCOMPATIBLE;

	ringing_decide(r, rings);
	list_flush(&rings->branches);
	party_state(rings, PBX_NULL);
	event_send(c, rings, PBX_DIVERTED, PBX_CAUSE_PICKUP, rings->number);
	*r->first = party;
	mem_deref(rings);
	call_dissolve(from);
	if (c->answered)
		transfer_answered(c, party, PBX_CAUSE_PICKUP);
	else
		call_answered(c, party, PBX_CAUSE_PICKUP);
	return PBX_CAUSE_NORMAL;
}

/* ---- park -------------------------------------------------------------- */

static enum pbx_cause park(struct call *c, const struct pbx_route *route)
{
	struct party *waits = NULL;
	enum pbx_cause cause;
	struct le *le;

	LIST_FOREACH (&c->calling->device->parties, le) {
		struct party *party = le->data;

		if (party->state == PBX_HELD && party->call != c &&
		    (!waits || party->since_ms >= waits->since_ms))
			waits = party;
	}
	if (!waits)
		return PBX_CAUSE_NOT_OBTAINABLE;
	cause = park_put(waits, route->slot, NULL);
	if (cause == PBX_CAUSE_NORMAL)
		call_confirm(c);
	return cause;
}

static enum pbx_cause unpark(struct call *from, const struct pbx_route *route)
{
	struct call *c = park_at(from->pbx, route->slot);
	struct party *party;

	if (!c)
		return PBX_CAUSE_NOT_OBTAINABLE;
	party = move(from, c, c->calling);
	if (!party)
		return PBX_CAUSE_INCOMPATIBLE;
	park_over(c);
	call_dissolve(from);
	c->called = party;
	call_unhold(c->calling);
	party_state(c->calling, PBX_CONNECTED);
	party_state(party, PBX_CONNECTED);
	call_connect(c);
	event_send(c, party, PBX_ESTABLISHED, PBX_CAUSE_PARK, NULL);
	event_send(c, c->calling, PBX_TRANSFERRED, PBX_CAUSE_TRANSFER, NULL);
	return PBX_CAUSE_NORMAL;
}

/* ---- what a code stands for -------------------------------------------- */

static enum pbx_cause feature(struct call *c, const char *number)
{
	const struct pbx_caller caller = {.number = c->calling->number};
	const struct pbx *p = c->pbx;
	enum pbx_cause cause =
		p->hooks.feature ? p->hooks.feature(&caller, number, p->arg)
				 : PBX_CAUSE_NOT_OBTAINABLE;

	if (cause == PBX_CAUSE_NORMAL)
		call_confirm(c);
	return cause;
}

enum pbx_cause service_run(struct call *c, const char *number,
			   const struct pbx_route *route)
{
	if (c->calling->outside || !handset_branch(c->calling))
		return PBX_CAUSE_NOT_OBTAINABLE;
	switch (route->service) {
	case PBX_SERVICE_PICKUP:
		return pick_up(c, route);
	case PBX_SERVICE_PARK:
		return park(c, route);
	case PBX_SERVICE_UNPARK:
		return unpark(c, route);
	case PBX_SERVICE_FEATURE:
		return feature(c, number);
	default:
		return PBX_CAUSE_NOT_OBTAINABLE;
	}
}
