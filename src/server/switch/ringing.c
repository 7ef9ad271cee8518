/**
 * @file ringing.c  Where a number leads, and the phones that ring for it
 *
 * One device rings, or several at once, each a party of its own; who answers
 * first has the call. Where nobody can or does, the route hook is asked again:
 * so the next of a group is found, or where a phone is forwarded to.
 */
#include "switch_int.h"

/** Most places that one call may be led to: forwarding may go in circles. */
enum { STEPS_MAX = 32, TARGETS_MAX = 32 };

/* ---- routes ------------------------------------------------------------ */

static void target_destructor(void *arg)
{
	struct pbx_target *t = arg;

	list_unlink(&t->le);
	free(t->device);
	free(t->line);
	free(t->number);
}

int pbx_route_add(struct pbx_route *r, const char *device, const char *line,
		  const char *number)
{
	struct pbx_target *t = mem_zalloc(sizeof(*t), target_destructor);

	if (!t)
		return ENOMEM;
	if ((device && text_set(&t->device, device)) ||
	    (line && text_set(&t->line, line)) ||
	    (number && text_set(&t->number, number))) {
		mem_deref(t);
		return ENOMEM;
	}
	list_append(&r->targets, &t->le, t);
	return 0;
}

void pbx_route_reset(struct pbx_route *r)
{
	free(r->device);
	free(r->name);
	free(r->caller_name);
	free(r->place);
	free(r->left);
	free(r->machine);
	list_flush(&r->targets);
	memset(r, 0, sizeof(*r));
}

static enum pbx_cause ask(const struct pbx *p, const struct party *caller,
			  const char *number, const char *left,
			  const char *place, enum pbx_cause reason,
			  struct pbx_route *r)
{
	const struct pbx_ask ask = {
		.caller = {.number = caller->number,
			   .outside = caller->outside},
		.number = number,
		.reason = reason,
		.place = place,
		.left = left,
	};
	int err = ENOENT;

	memset(r, 0, sizeof(*r));
	if (is_number(number) && p->hooks.route)
		err = p->hooks.route(&ask, r, p->arg);
	return err ? PBX_CAUSE_NOT_OBTAINABLE : r->refuse;
}

enum pbx_cause ringing_ask(const struct pbx *p, const struct party *caller,
			   const char *number, const char *left,
			   struct pbx_route *r)
{
	return ask(p, caller, number, left, NULL, PBX_CAUSE_NORMAL, r);
}

void ringing_left(struct ringing *r, const char *device)
{
	(void)text_set(&r->left, device);
}

/* ---- those that ring --------------------------------------------------- */

struct party *ringing_next(const struct ringing *r, const struct party *party)
{
	if (!party)
		return *r->first;
	return party == *r->first ? list_ledata(list_head(&r->also))
				  : list_ledata(party->more_le.next);
}

bool ringing_has(const struct ringing *r, const struct party *party)
{
	struct party *p = NULL;

	while (r->first && (p = ringing_next(r, p)))
		if (p == party)
			return true;
	return false;
}

unsigned ringing_legs(const struct ringing *r)
{
	struct party *p = NULL;
	unsigned n = 0;

	while ((p = ringing_next(r, p)))
		n += list_count(&p->branches);
	return n;
}

static bool is_alone(const struct ringing *r)
{
	return list_isempty(&r->also);
}

/** It is none of them any more, whoever was first. */
static void take_out(struct ringing *r, struct party *party)
{
	struct party *next;

	if (party != *r->first) {
		list_unlink(&party->more_le);
		return;
	}
	next = list_ledata(list_head(&r->also));
	if (next)
		list_unlink(&next->more_le);
	*r->first = next;
}

/** Its phones are quiet again, and it is told: also when none of them has yet
 *  said that it rings, for it may well have done so. */
static void clear(struct ringing *r, struct party *party,
		  enum pbx_event_type type, enum pbx_cause cause)
{
	bool called = !list_isempty(&party->branches);

	list_flush(&party->branches);
	if (party->state == PBX_NULL && (!called || event_has_left(party)))
		return;
	party_state(party, PBX_NULL);
	if (type == PBX_DIVERTED)
		ringing_left(r, party->number);
	event_send(party->call, party, type, cause,
		   type == PBX_DIVERTED ? party->number : NULL);
}

bool ringing_leave(struct ringing *r, struct party *party, enum pbx_cause cause)
{
	if (is_alone(r))
		return true;
	clear(r, party, PBX_CONNECTION_CLEARED, cause);
	take_out(r, party);
	mem_deref(party);
	return false;
}

bool ringing_failed(struct ringing *r, struct branch *b, uint16_t code)
{
	struct party *party = b->party;

	r->code = call_code_of(r->code, code);
	list_unlink(&b->le); /* its handler still holds it */
	mem_deref(b);
	return list_isempty(&party->branches) &&
	       ringing_leave(r, party, cause_of_code(code));
}

void ringing_decide(struct ringing *r, struct party *party)
{
	struct party *other;

	if (party != *r->first) {
		other = *r->first;
		list_unlink(&party->more_le);
		list_prepend(&r->also, &other->more_le, other);
		*r->first = party;
	}
	while ((other = list_ledata(list_head(&r->also))))
		(void)ringing_leave(r, other, PBX_CAUSE_MULTIPLE_ALERTING);
}

static void stop(struct ringing *r, enum pbx_event_type type,
		 enum pbx_cause cause)
{
	struct party *party;

	while (r->first && (party = *r->first)) {
		clear(r, party, type, cause);
		take_out(r, party);
		mem_deref(party);
	}
}

void ringing_stop(struct ringing *r, enum pbx_cause cause)
{
	stop(r, PBX_CONNECTION_CLEARED, cause);
}

void ringing_reset(struct ringing *r)
{
	struct party *party;

	while ((party = list_ledata(list_head(&r->also)))) {
		list_unlink(&party->more_le);
		mem_deref(party);
	}
	r->number = mem_deref(r->number);
	r->place = mem_deref(r->place);
	free(r->left);
	r->left = NULL;
}

uint64_t ringing_ms(const struct ringing *r)
{
	uint64_t now = time_mono_ms();
	uint64_t left = r->until_ms > now ? r->until_ms - now : 0;
	uint64_t here = r->ring_s * 1000ull;

	return here && here < left ? here : left;
}

/* ---- it begins to ring ------------------------------------------------- */

static struct party *party_of(const struct ringing *r, const struct device *d)
{
	struct party *p = NULL;

	while ((p = ringing_next(r, p)))
		if (p->device == d)
			return p;
	return NULL;
}

/** The party of a target, made if there is none yet. */
static enum pbx_cause target_party(struct ringing *r, struct call *c,
				   const struct pbx_route *route,
				   const char *number, struct party **partyp)
{
	struct device *d = NULL;
	enum pbx_cause cause = PBX_CAUSE_NORMAL;
	struct party *party;

	if (!route->outside) {
		if (device_get(&d, c->pbx, number))
			return PBX_CAUSE_NETWORK;
		*partyp = party_of(r, d);
		if (*partyp)
			return PBX_CAUSE_NORMAL;
		if (device_is_full(d))
			cause = PBX_CAUSE_BUSY;
	}
	if (party_alloc(&party, c, d, number,
			route->group ? NULL : route->name)) {
		device_tidy(d);
		return PBX_CAUSE_NETWORK;
	}
	party->outside = route->outside;
	party->forwarded = r->forwarded;
	party->group = route->group;
	if (*r->first)
		list_append(&r->also, &party->more_le, party);
	else
		*r->first = party;
	*partyp = party;
	return cause;
}

static enum pbx_cause ring_target(struct ringing *r, struct call *c,
				  const struct pbx_route *route,
				  const struct pbx_target *t,
				  struct ring_prm *prm)
{
	const char *number = t && t->device			? t->device
			     : route->outside || !route->device ? r->number
								: route->device;
	const char *line = t && t->line ? t->line : number;
	const struct device *d;
	struct party *party;
	enum pbx_cause cause = target_party(r, c, route, number, &party);

	if (route->outside)
		line = route->device;
	d = device_find(c->pbx, line);
	if (cause == PBX_CAUSE_NORMAL && !device_reachable(d))
		cause = PBX_CAUSE_UNREACHABLE;
	if (cause != PBX_CAUSE_NORMAL)
		return cause;
	prm->number = t && t->number ? t->number
		      : route->outside || transfer_is_target(party)
			      ? party->number
			      : NULL;
	return party_ring(party, d, prm) ? PBX_CAUSE_UNREACHABLE
					 : PBX_CAUSE_NORMAL;
}

/** Of those that could not be called, one stays if there is no other: what
 *  fails is told with it. */
static void drop_silent(struct ringing *r)
{
	struct party *party = *r->first;

	while (party && !is_alone(r)) {
		struct party *next = ringing_next(r, party);

		if (list_isempty(&party->branches)) {
			take_out(r, party);
			mem_deref(party);
		}
		party = next;
	}
}

/** Whose phones did not even ring has had the call all the same. */
static void tell_left(struct ringing *r, struct call *c, const char *number,
		      enum pbx_cause cause)
{
	struct party *party = NULL;
	struct device *d;

	if (!number || device_get(&d, c->pbx, number))
		return;
	if (party_alloc(&party, c, d, number, NULL)) {
		device_tidy(d);
		return;
	}
	if (!event_has_left(party)) {
		ringing_left(r, number);
		event_send(c, party, PBX_DIVERTED, cause, number);
	}
	mem_deref(party);
}

/** A machine answers in the place of those that rang. Who transfers has the
 *  call again instead: nobody has taken it. */
static enum pbx_cause put_machine(struct ringing *r, struct call *c,
				  struct pbx_route *route, enum pbx_cause why)
{
	struct party *party;

	if (r != &c->ringing || !c->pbx->hooks.machine)
		return PBX_CAUSE_UNREACHABLE;
	tell_left(r, c, route->left, why);
	if (party_alloc(&party, c, NULL,
			route->device ? route->device : r->number, route->name))
		return PBX_CAUSE_NETWORK;
	if (machine_alloc(party, route->machine)) {
		mem_deref(party);
		return PBX_CAUSE_NETWORK;
	}
	party->forwarded = true;
	*r->first = party;
	return PBX_CAUSE_NORMAL;
}

/** @param why  What has led there */
static enum pbx_cause ring(struct ringing *r, struct call *c,
			   const struct party *from, struct pbx_route *route,
			   enum pbx_cause why)
{
	enum pbx_cause cause = PBX_CAUSE_UNREACHABLE;
	struct list formats = LIST_INIT;
	struct ring_prm prm = {.from = from, .formats = &formats};
	unsigned n = 0;
	struct le *le;

	r->place = mem_deref(r->place);
	r->ring_s = route->ring_s;
	r->to_machine = route->machine != NULL;
	if (route->left)
		r->forwarded = true;
	if (route->machine)
		return put_machine(r, c, route, why);
	if ((route->place && str_dup(&r->place, route->place)) ||
	    (from->leg && party_formats(from, &formats))) {
		list_flush(&formats);
		return PBX_CAUSE_NETWORK;
	}
	if (list_isempty(&formats))
		prm.formats = NULL;
	if (list_isempty(&route->targets))
		cause = ring_target(r, c, route, NULL, &prm);
	LIST_FOREACH (&route->targets, le) {
		enum pbx_cause e = ring_target(r, c, route, le->data, &prm);

		if (cause != PBX_CAUSE_NORMAL && e != PBX_CAUSE_UNREACHABLE)
			cause = e;
		if (++n >= TARGETS_MAX)
			break;
	}
	list_flush(&formats);
	if (*r->first)
		drop_silent(r);
	return cause;
}

/** Try one place after the other. @param why  As ring() has it */
static enum pbx_cause try_places(struct ringing *r, struct call *c,
				 const struct party *caller,
				 const struct party *from, enum pbx_cause cause,
				 struct pbx_route *route, enum pbx_cause why)
{
	for (;;) {
		enum pbx_cause next;

		if (cause == PBX_CAUSE_NORMAL)
			cause = ring(r, c, from, route, why);
		if (cause == PBX_CAUSE_NORMAL || !route->place ||
		    ++r->steps >= STEPS_MAX)
			return cause;
		char *place = text_dup(route->place);

		pbx_route_reset(route);
		next = place ? ask(c->pbx, caller, r->number, NULL, place,
				   cause, route)
			     : PBX_CAUSE_NOT_OBTAINABLE;
		free(place);
		if (next == PBX_CAUSE_NOT_OBTAINABLE)
			return cause;
		/* it goes elsewhere: nobody rang here */
		stop(r, PBX_CONNECTION_CLEARED, PBX_CAUSE_NORMAL);
		why = cause;
		cause = next;
	}
}

enum pbx_cause ringing_begin(struct ringing *r, struct call *c,
			     const struct party *caller,
			     const struct party *from, const char *number,
			     enum pbx_cause cause, struct pbx_route *route)
{
	char *copy;

	if (cause == PBX_CAUSE_NOT_OBTAINABLE)
		return cause;
	if (str_dup(&copy, number))
		return PBX_CAUSE_NETWORK;
	mem_deref(r->number);
	r->number = copy;
	r->until_ms = time_mono_ms() + c->pbx->prm.no_answer_s * 1000ull;
	r->code = 0;
	r->steps = 0;
	/* who refuses is known all the same */
	if (cause != PBX_CAUSE_NORMAL) {
		struct party *party;

		(void)target_party(r, c, route,
				   route->outside || !route->device
					   ? number
					   : route->device,
				   &party);
	}
	return try_places(r, c, caller, from, cause, route,
			  PBX_CAUSE_FORWARDED);
}

enum pbx_cause ringing_onward(struct ringing *r, struct call *c,
			      const struct party *caller,
			      const struct party *from, enum pbx_cause cause)
{
	struct pbx_route route;
	enum pbx_cause next;

	if (!r->place || r->steps >= STEPS_MAX)
		return cause;
	next = ask(c->pbx, caller, r->number, NULL, r->place, cause, &route);
	/* a machine does not ring */
	if (next == PBX_CAUSE_NORMAL &&
	    (route.machine || time_mono_ms() < r->until_ms)) {
		r->steps++;
		r->to_machine = route.machine != NULL && r == &c->ringing;
		stop(r, PBX_DIVERTED, cause);
		next = try_places(r, c, caller, from, next, &route, cause);
	} else {
		next = cause;
	}
	pbx_route_reset(&route);
	return next;
}
