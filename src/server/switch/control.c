/**
 * @file control.c  Third-party call control (ECMA-269 §13, call control)
 */
#include "switch_int.h"

/** The subject's connection in a call. @return 0 or ENOENT */
static int subject(const struct pbx *p, const char *device, uint32_t id,
		   struct party **partyp)
{
	const struct device *d = p && device ? device_find(p, device) : NULL;
	struct le *le;

	for (le = d ? list_head(&d->parties) : NULL; le; le = le->next) {
		struct party *party = le->data;

		if (party->id == id && !party->call->over &&
		    party->state != PBX_NULL) {
			*partyp = party;
			return 0;
		}
	}
	return ENOENT;
}

int pbx_make_call(struct pbx *p, const char *device, const char *number,
		  uint32_t *callp)
{
	struct device *d = p ? device_find(p, device) : NULL;

	if (!device_reachable(d))
		return EHOSTUNREACH;

	return call_make(p, d, number, callp);
}

int pbx_answer(struct pbx *p, const char *device, uint32_t call)
{
	struct party *party;
	struct le *le;
	int err = subject(p, device, call, &party);

	if (err)
		return err;
	if (party->state != PBX_ALERTING)
		return EPROTO;

	/* the first phone that can be operated so takes it */
	err = ENOTSUP;
	LIST_FOREACH (&party->branches, le) {
		struct branch *b = le->data;

		err = sip_leg_talk(b->leg);
		if (!err)
			break;
	}
	return err;
}

static void clear(struct party *party)
{
	struct call *c = party->call;

	if (party == transfer_by(c))
		transfer_by_gone(c);
	else if (party == transfer_target(c))
		transfer_refused(c);
	else if (call_is_conference(c))
		conference_leave(party, PBX_CAUSE_NORMAL);
	else if (c->answered)
		call_end(c, PBX_CAUSE_NORMAL);
	else
		call_end(c, party == c->calling ? PBX_CAUSE_CANCELLED
						: PBX_CAUSE_REJECTED);
}

int pbx_clear(struct pbx *p, const char *device, uint32_t call)
{
	struct party *party;
	int err = subject(p, device, call, &party);

	if (!err)
		clear(party);
	return err;
}

int pbx_hold(struct pbx *p, const char *device, uint32_t call)
{
	struct party *party;
	int err = subject(p, device, call, &party);

	if (err)
		return err;
	if (party->state != PBX_CONNECTED || !party->call->answered)
		return EPROTO;

	call_hold(party, true, PBX_CAUSE_NORMAL);
	return 0;
}

int pbx_retrieve(struct pbx *p, const char *device, uint32_t call)
{
	struct party *party;
	int err = subject(p, device, call, &party);

	if (err)
		return err;
	if (party->state != PBX_HELD)
		return EPROTO;

	return handset_take(party, PBX_CAUSE_NORMAL);
}

/* ---- two calls of a phone ---------------------------------------------- */

int pbx_consult(struct pbx *p, const char *device, uint32_t call,
		const char *number, uint32_t *callp)
{
	struct party *party;
	int err = subject(p, device, call, &party);

	if (err)
		return err;
	if ((party->state != PBX_CONNECTED && party->state != PBX_HELD) ||
	    !party->call->answered || party->call->transfer)
		return EPROTO;
	/* on hold by the phone itself, or for another: it needs a new leg */
	if (!party->leg || sip_leg_held_remote(party->leg))
		return pbx_make_call(p, device, number, callp);

	return call_consult(party, number, callp);
}

/** The one of two that has the phone, and the one that waits on hold. */
static int pair(const struct pbx *p, const char *device, uint32_t active,
		uint32_t held, struct party **ap, struct party **hp)
{
	int err = subject(p, device, active, ap);

	if (!err)
		err = subject(p, device, held, hp);
	if (!err && (*ap == *hp || (*hp)->state != PBX_HELD ||
		     (*ap)->state == PBX_ALERTING))
		err = EPROTO;
	return err;
}

int pbx_alternate(struct pbx *p, const char *device, uint32_t active,
		  uint32_t held)
{
	struct party *a, *h;
	int err = pair(p, device, active, held, &a, &h);

	return err ? err : handset_take(h, PBX_CAUSE_ALTERNATE);
}

int pbx_reconnect(struct pbx *p, const char *device, uint32_t active,
		  uint32_t held)
{
	struct party *a, *h;
	int err = pair(p, device, active, held, &a, &h);
	bool shared;

	if (err)
		return err;
	/* on legs of their own, only the one that speaks can be heard */
	shared = h->shares && h->shares->party == a;
	if (!shared)
		err = handset_take(h, PBX_CAUSE_NORMAL);
	if (!err)
		clear(a);
	return err || !shared ? err : handset_take(h, PBX_CAUSE_NORMAL);
}

int pbx_conference(struct pbx *p, const char *device, uint32_t active,
		   uint32_t held)
{
	struct party *a, *h;
	int err = pair(p, device, active, held, &a, &h);

	if (err)
		return err;
	/* who is in one already stays in it */
	return call_is_conference(a->call) ? call_conference(a, h)
					   : call_conference(h, a);
}

int pbx_end_conference(struct pbx *p, const char *device, uint32_t call)
{
	struct party *party;
	int err = subject(p, device, call, &party);

	if (err)
		return err;
	if (!call_is_conference(party->call))
		return EPROTO;
	if (party->call->host != party->device)
		return EPERM;

	call_end(party->call, PBX_CAUSE_NORMAL);
	return 0;
}

/* ---- given to others --------------------------------------------------- */

int pbx_deflect(struct pbx *p, const char *device, uint32_t call,
		const char *number)
{
	struct party *party;
	int err = subject(p, device, call, &party);

	if (err)
		return err;
	if (party != party->call->called)
		return EPROTO;

	return call_deflect(party->call, number);
}

int pbx_transfer(struct pbx *p, const char *device, uint32_t call,
		 const char *number)
{
	struct party *party;
	int err = subject(p, device, call, &party);

	return err ? err : call_transfer(party, number, NULL);
}

int pbx_transfer_to(struct pbx *p, const char *device, uint32_t call,
		    uint32_t to)
{
	struct party *party, *also;
	int err = subject(p, device, call, &party);

	if (!err)
		err = subject(p, device, to, &also);
	if (err)
		return err;
	/* the one that rings still comes to the other */
	return party->call->answered ? call_transfer_to(party, also, NULL)
				     : call_transfer_to(also, party, NULL);
}

void pbx_connections(const struct pbx *p, const char *device,
		     pbx_connection_h *h, void *arg)
{
	struct device *d = p ? device_find(p, device) : NULL;
	struct le *le;

	if (!d || !h)
		return;

	LIST_FOREACH (&d->parties, le) {
		const struct party *party = le->data;
		const struct party *other = call_other(party);
		const struct call *c = party->call;
		struct pbx_connection_info info = {
			.call = party->id,
			.state = party->state,
			.outgoing = party->outgoing,
			.outside = other && other->outside,
			.device = party->number,
			.peer = other			? other->number
				: call_is_conference(c) ? ""
							: c->dialled,
			.sides = call_side_count(c),
			.peer_name = other && other->name ? other->name : "",
			.since_ms = party->since_ms,
			.answered_ms = party->answered_ms,
		};

		if (!c->over && party->state != PBX_NULL)
			h(&info, arg);
	}
}

unsigned pbx_call_count(const struct pbx *p)
{
	return p ? list_count(&p->calls) : 0;
}
