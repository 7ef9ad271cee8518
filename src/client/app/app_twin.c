/**
 * @file app_twin.c  Two carriers that tell of one call: which one it is
 *
 * The server's view of a call comes later than the leg's, also after the end
 * of it: what is over must not come back.
 */
#include <stdlib.h>
#include "call_int.h"

enum { SAME_CALL_MS = 3000 }; /**< doc/architecture.md, "Calls" */

static bool has_side_of(const struct call *c, const struct app_carrier *k)
{
	struct le *le;

	for (le = c->sides.head; le; le = le->next) {
		const struct app_carrier_call *s = le->data;

		if (s->carrier == k)
			return true;
	}
	return false;
}

/** The account of the built-in phone is the device that CTI watches. */
static bool same_device(const struct app *a)
{
	const struct app_carrier *voip = app_voip_carrier(a);
	const char *device = uc_account(a->uc)->device;

	if (!voip || text_empty(voip->user) || text_empty(device))
		return false;
	return !strcmp(voip->user, device);
}

struct call *app_twin(struct app *a, const struct app_carrier *k, bool outgoing,
		      const struct app_carrier_report *r)
{
	int64_t now = time_wall_ms();
	struct le *le;

	for (le = a->calls.head; le; le = le->next) {
		struct call *c = le->data;

		if (has_side_of(c, k) || !app_call_leading(c))
			continue;
		if (!text_empty(r->key) && !text_empty(c->uc->key)) {
			if (!strcmp(c->uc->key, r->key))
				return c;
			continue;
		}
		if (same_device(a) && c->uc->outgoing == outgoing &&
		    now - c->uc->started_ms <= SAME_CALL_MS &&
		    proto_number_same(c->uc->number, r->number ? r->number : "",
				      uc_dial_params(a->uc)))
			return c;
	}
	return NULL;
}

/* ---- calls that are over ----------------------------------------------- */

void app_past_add(struct app *a, const struct call *c)
{
	struct past_call *p = &a->past[a->past_next++ % PAST_CALLS];

	(void)text_set(&p->key, c->uc->key);
	(void)text_set(&p->number, c->uc->number);
	p->outgoing = c->uc->outgoing;
	p->unanswered = !c->uc->outgoing && !c->uc->answered_ms;
	p->ended_ms = time_wall_ms();
}

static bool is_past(const struct app *a, const struct past_call *p,
		    bool outgoing, const struct app_carrier_report *r)
{
	if (!p->ended_ms || time_wall_ms() - p->ended_ms > SAME_CALL_MS)
		return false;
	if (!text_empty(p->key) && !text_empty(r->key))
		return !strcmp(p->key, r->key);
	return same_device(a) && p->outgoing == outgoing &&
	       proto_number_same(p->number, r->number ? r->number : "",
				 uc_dial_params(a->uc));
}

const struct past_call *app_past_of(const struct app *a,
				    const struct app_carrier *k, bool outgoing,
				    const struct app_carrier_report *r)
{
	unsigned i;

	for (i = 0; i < PAST_CALLS && !k->voip; i++)
		if (is_past(a, &a->past[i], outgoing, r))
			return &a->past[i];
	return NULL;
}

void app_past_reset(struct app *a)
{
	unsigned i;

	for (i = 0; i < PAST_CALLS; i++) {
		free(a->past[i].key);
		free(a->past[i].number);
	}
	memset(a->past, 0, sizeof(a->past));
}
