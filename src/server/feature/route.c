/**
 * @file route.c  Where a call goes: codes, groups, people, and on from there
 */
#include "feature_int.h"

#include <stdlib.h>

/** So often a call may be sent on before it rings. */
enum { HOPS_MAX = 8 };

static bool is_code(const char *number)
{
	return *number == '*' || *number == '#';
}

static int resolve(struct features *f, const struct pbx_ask *ask,
		   const struct pbx_caller *payer, const char *number,
		   unsigned hops, struct pbx_route *r);

/* Calls of somebody go on, at his cost: who calls need not have the right. */
static int send_on(struct features *f, const struct pbx_ask *ask,
		   const char *extension, const char *number, unsigned hops,
		   struct pbx_route *r)
{
	const struct pbx_caller payer = {.number = extension};
	char *left = text_dup(extension);
	int err;

	pbx_route_reset(r);
	err = left ? resolve(f, ask, &payer, number, hops + 1, r) : ENOMEM;
	/* who sent it on first is whom it was for */
	if (err) {
		free(left);
		return err;
	}
	free(r->left);
	r->left = left;
	/* the line that leads outside is to call that, not what was dialled */
	return r->outside && list_isempty(&r->targets)
		       ? pbx_route_add(r, number, NULL, number)
		       : 0;
}

static bool calls_himself(const struct pbx_ask *ask,
			  const struct db_account *called)
{
	return !ask->caller.outside &&
	       text_equal(ask->caller.number, called->extension);
}

/* Who is not to be disturbed may be left a message. */
static int box_instead(struct features *f, const struct pbx_ask *ask,
		       const struct db_account *called, struct pbx_route *r)
{
	int err = voicemail_route(f, &ask->caller, called->extension, r);

	if (err == ENOENT)
		r->refuse = PBX_CAUSE_DO_NOT_DISTURB;
	return err == ENOENT ? 0 : err;
}

/* So long it rings there, and where it goes then is asked for again. */
static int wait_here(struct features *f, const struct pbx_ask *ask,
		     const struct db_account *called, struct pbx_route *r)
{
	const char *extension = called->extension;
	bool goes_on = forward_any(f, extension);
	uint32_t box_s =
		calls_himself(ask, called) ? 0 : voicemail_ring_s(f, extension);

	if (!r->ring_s)
		r->ring_s = forward_ring_s(f, extension);
	if (!r->ring_s)
		r->ring_s = box_s;
	return goes_on || box_s ? text_set(&r->place, extension) : 0;
}

const char *route_onward(const struct features *f, const struct db_account *a)
{
	const char *to =
		feature_forwarding(f, a->extension, FEATURE_FORWARD_IMMEDIATE);

	return *to ? to : away_now(f, a);
}

/* Whose calls go to that number now, or NULL: nobody's, or outside. */
static const struct db_account *
next_of(struct features *f, const struct db_account *a, const char *number)
{
	const struct pbx_caller self = {.number = a->extension};
	const struct db_account *called = NULL;
	struct pbx_route route;

	if (is_code(number) || voicemail_is_number(f, number) ||
	    group_find(f, number, NULL) || box_find(f, number))
		return NULL;
	memset(&route, 0, sizeof(route));
	if (number_route(f, &self, number, &called, &route))
		called = NULL;
	pbx_route_reset(&route);
	return called;
}

/* Would calls for that account that go to a number come back to it? Whoever
   is not to be disturbed does not send them on. */
static bool comes_back(struct features *f, const struct db_account *a,
		       const char *number)
{
	const struct db_account *at = next_of(f, a, number);

	for (unsigned hops = 0; at && hops <= HOPS_MAX; hops++) {
		if (at == a)
			return true;
		if (feature_dnd(f, at->extension))
			return false;
		number = route_onward(f, at);
		at = *number ? next_of(f, at, number) : NULL;
	}
	return false;
}

/* Calls of an account go on, or, where that is not possible, ring. */
static int go_on(struct features *f, const struct pbx_ask *ask,
		 const struct db_account *called, const char *to, unsigned hops,
		 struct pbx_route *r)
{
	const char *extension = called->extension;
	bool fixed =
		*feature_forwarding(f, extension, FEATURE_FORWARD_IMMEDIATE);
	int err = send_on(f, ask, extension, to, hops, r);

	if (err != ENOENT || fixed)
		return err;
	/* A state that leads nowhere any more loses no calls. */
	pbx_route_reset(r);
	err = text_set(&r->device, extension);
	(void)features_route(f, &ask->caller, called, r);
	return err ? err : wait_here(f, ask, called, r);
}

static int resolve(struct features *f, const struct pbx_ask *ask,
		   const struct pbx_caller *payer, const char *number,
		   unsigned hops, struct pbx_route *r)
{
	const struct db_account *called = NULL, *several;
	const char *to;
	int err;

	if (hops > HOPS_MAX)
		return ENOENT;
	/* It is the box of who has sent the call there, and no other's. */
	if (voicemail_is_number(f, number))
		return voicemail_route(f, &ask->caller,
				       hops ? payer->number : ask->left, r);
	if (group_find(f, number, NULL))
		return group_route(f, ask, number, 0, r);
	several = hops ? box_find(f, number) : NULL;
	if (several)
		return voicemail_route_box(f, &ask->caller, several,
					   payer->number, r);
	err = number_route(f, payer, number, &called, r);
	if (err || !called)
		return err;
	r->refuse = features_route(f, &ask->caller, called, r);
	if (r->refuse == PBX_CAUSE_DO_NOT_DISTURB)
		return box_instead(f, ask, called, r);
	if (r->refuse != PBX_CAUSE_NORMAL)
		return 0;
	to = route_onward(f, called);
	/* whom it goes to may call back, and nobody calls in a circle */
	if (*to && !text_equal(to, ask->caller.number) &&
	    !calls_himself(ask, called) && !comes_back(f, called, to))
		return go_on(f, ask, called, to, hops, r);
	return wait_here(f, ask, called, r);
}

int route_find(struct features *f, const struct pbx_ask *ask,
	       struct pbx_route *r)
{
	const char *to;

	if (is_code(ask->number))
		return ask->reason == PBX_CAUSE_NORMAL
			       ? code_route(f, &ask->caller, ask->number, r)
			       : ENOENT;
	if (ask->reason == PBX_CAUSE_NORMAL)
		return resolve(f, ask, &ask->caller, ask->number, 0, r);
	if (text_empty(ask->place))
		return ENOENT;
	if (!strncmp(ask->place, "group ", 6))
		return group_next(f, ask, r);
	to = forward_after(f, ask->place, ask->reason);
	if (!*to || text_equal(to, ask->caller.number))
		return voicemail_takes(ask->reason)
			       ? voicemail_route(f, &ask->caller, ask->place, r)
			       : ENOENT;
	return send_on(f, ask, ask->place, to, 0, r);
}

int route_check(struct features *f, const char *extension, const char *number)
{
	const struct pbx_caller self = {.number = extension};
	const struct db_account *called = NULL, *own;
	struct pbx_route route;
	int err;

	if (group_find(f, number, NULL))
		return 0;
	if (voicemail_is_number(f, number))
		return voicemail_ring_s(f, extension) ? 0 : ENOENT;
	if (is_code(number))
		return ENOENT;
	memset(&route, 0, sizeof(route));
	err = number_route(f, &self, number, &called, &route);
	pbx_route_reset(&route);
	own = db_account(f->db, extension);
	if (!err && called && own && comes_back(f, own, number))
		err = ELOOP;
	return err;
}
