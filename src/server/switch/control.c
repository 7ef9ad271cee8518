/**
 * @file control.c  Third-party call control (ECMA-269 §13, call control)
 */
#include "switch_int.h"

/** The subject's connection in a call. @return 0 or ENOENT */
static int subject(const struct pbx *p, const char *device, uint32_t id,
		   struct party **partyp)
{
	const struct device *d =
		p && device ? device_find(p, device_line(p, device)) : NULL;
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

/** A code that needs no phone. */
static bool is_feature(const struct pbx *p, const char *device,
		       const char *number)
{
	const struct pbx_ask ask = {
		.caller = {.number = device},
		.number = number,
	};
	struct pbx_route route;
	bool is;

	memset(&route, 0, sizeof(route));
	is = is_number(number) && p->hooks.route &&
	     !p->hooks.route(&ask, &route, p->arg) &&
	     route.refuse == PBX_CAUSE_NORMAL &&
	     route.service == PBX_SERVICE_FEATURE;
	pbx_route_reset(&route);
	return is;
}

int pbx_make_call(struct pbx *p, const char *device, const char *phone,
		  const char *number, uint32_t *callp)
{
	const char *line = p && device ? device_line(p, device) : NULL;
	struct device *d;
	int err;

	if (!line || device_get(&d, p, line))
		return EHOSTUNREACH;

	if (is_feature(p, d->number, number))
		err = call_feature(p, d, number, callp);
	else
		err = call_make(p, d, strcmp(line, device) ? device : NULL,
				phone, number, callp);
	if (err)
		device_tidy(device_find(p, device_line(p, device)));
	return err;
}

/** The phone that is operated, first: several may ring. */
static int talk(const struct party *party, const char *user)
{
	int err = ENOTSUP;
	struct le *le;

	LIST_FOREACH (&party->branches, le) {
		const struct branch *b = le->data;

		if (user && (!b->user || strcmp(b->user, user)))
			continue;
		err = sip_leg_talk(b->leg);
		if (!err)
			break;
	}
	return err;
}

int pbx_answer(struct pbx *p, const char *device, uint32_t call)
{
	struct party *party;
	int err = subject(p, device, call, &party);

	if (err)
		return err;
	if (party->state != PBX_ALERTING)
		return EPROTO;

	/* of several accounts, the one that is named; else the first that can
	 */
	return talk(party, strcmp(device, party->number) ? device : NULL);
}

static void clear(struct party *party)
{
	struct call *c = party->call;

	if (party == transfer_by(c))
		transfer_by_gone(c);
	else if (transfer_is_target(party))
		transfer_refused(party);
	else if (call_is_conference(c))
		conference_leave(party, PBX_CAUSE_NORMAL);
	else if (c->answered)
		call_end(c, PBX_CAUSE_NORMAL);
	else if (party == c->calling)
		call_end(c, PBX_CAUSE_CANCELLED);
	else
		call_refused(party);
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
	if (party->state != PBX_CONNECTED || !party->call->answered ||
	    call_has_nobody(party))
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
	    !party->call->answered || party->call->transfer ||
	    call_has_nobody(party))
		return EPROTO;
	/* on hold by the phone itself, or for another: it needs a new leg */
	if (!party->leg || sip_leg_held_remote(party->leg))
		return pbx_make_call(p, device, NULL, number, callp);

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

/** The subject's connection in a conference that it has made. */
static int hosted(const struct pbx *p, const char *device, uint32_t call,
		  struct party **partyp)
{
	int err = subject(p, device, call, partyp);

	if (!err && !call_is_conference((*partyp)->call))
		err = EPROTO;
	if (!err && (*partyp)->call->host != (*partyp)->device)
		err = EPERM;
	return err;
}

int pbx_end_conference(struct pbx *p, const char *device, uint32_t call)
{
	struct party *party;
	int err = hosted(p, device, call, &party);

	if (!err)
		call_end(party->call, PBX_CAUSE_NORMAL);
	return err;
}

int pbx_sides(struct pbx *p, const char *device, uint32_t call, pbx_side_h *h,
	      void *arg)
{
	struct party *party;
	const struct party *side;
	int err = subject(p, device, call, &party);

	if (!err && !party->call->answered)
		err = EPROTO;
	for (unsigned i = 0; !err && (side = call_side(party->call, i)); i++)
		h(&(struct pbx_side){side->number, side->id, side->outside},
		  arg);
	return err;
}

int pbx_drop(struct pbx *p, const char *device, uint32_t call,
	     const char *number)
{
	struct party *host, *side;
	int err = number ? hosted(p, device, call, &host) : EINVAL;

	for (unsigned i = 0; !err && (side = call_side(host->call, i)); i++) {
		if (side == host || strcmp(side->number, number) != 0)
			continue;
		conference_leave(side, PBX_CAUSE_NORMAL);
		return 0;
	}
	return err ? err : ENOENT;
}

/* ---- given to others --------------------------------------------------- */

int pbx_deflect(struct pbx *p, const char *device, uint32_t call,
		const char *number)
{
	struct party *party;
	int err = subject(p, device, call, &party);

	if (err)
		return err;
	return call_deflect(party, number);
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
	struct device *d =
		p && device ? device_find(p, device_line(p, device)) : NULL;
	struct le *le;

	if (!d || !h)
		return;

	LIST_FOREACH (&d->parties, le) {
		const struct party *party = le->data;
		const struct party *other = call_other(party);
		const struct call *c = party->call;
		bool all = c->group && !c->answered && party == c->calling;
		struct pbx_connection_info info = {
			.call = party->id,
			.state = party->state,
			.outgoing = party->outgoing,
			.outside = other && other->outside,
			.device = party->number,
			.peer = all			? c->dialled
				: other			? other->number
				: call_is_conference(c) ? ""
							: c->dialled,
			.sides = call_side_count(c),
			.peer_name = all		    ? c->group
				     : other && other->name ? other->name
							    : "",
			.since_ms = party->since_ms,
			.answered_ms = party->answered_ms,
		};

		if (call_is_conference(c))
			info.member_count = call_members(party, info.members);
		if (!c->over && party->state != PBX_NULL)
			h(&info, arg);
	}
}

unsigned pbx_call_count(const struct pbx *p)
{
	return p ? p->call_count : 0;
}
