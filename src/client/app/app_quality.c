/**
 * @file app_quality.c  How calls sound: looked at while they go on, and kept
 */
#include <stdlib.h>
#include "call_int.h"

enum {
	EVERY_MS = 5000,
	SHARE = 10000,	  /**< all of it, in hundredths of a percent */
	JUDGED_FROM = 50, /**< packets: fewer say nothing of a line */
};

/** What was lost since the last verdict, not since the beginning: a line that
 *  was poor for a while is good again. Who looks often gets no other verdict
 *  than who looks seldom: it stands until enough has come for the next. */
static bool poor_of_late(struct call *c, const struct uc_quality *now)
{
	uint64_t received, missing;

	/* another stream, as after a transfer: it counts from nothing */
	if (now->received < c->judged.received ||
	    now->missing < c->judged.missing)
		c->judged.received = c->judged.missing = 0;
	received = now->received - c->judged.received;
	missing = now->missing - c->judged.missing;
	if (received + missing < JUDGED_FROM)
		return c->uc->poor;
	c->judged.received = now->received;
	c->judged.missing = now->missing;
	return missing * SHARE >= (received + missing) * UC_POOR_LOST;
}

void app_quality_look(struct call *c)
{
	const struct app_carrier_call *s = app_call_leading(c);
	struct uc_quality now;
	bool poor;

	if (!c || !c->uc->voip || !c->uc->answered_ms)
		return;
	if (!s || !s->leg || !s->carrier->m.quality ||
	    !s->carrier->m.quality(s->carrier->carrier, s->leg, &now))
		return;
	poor = poor_of_late(c, &now);
	c->uc->quality = now;
	if (poor == c->uc->poor)
		return;
	c->uc->poor = poor;
	uc_call_changed(c->a->uc, c->uc);
}

static void every(void *arg)
{
	struct app *a = arg;
	struct le *le;

	for (le = a->calls.head; le; le = le->next)
		app_quality_look(le->data);
	app_quality_watch(a);
}

void app_quality_watch(struct app *a)
{
	struct le *le;
	bool any = false;

	for (le = a->calls.head; le && !any; le = le->next) {
		const struct call *c = le->data;

		any = c->uc->voip && c->uc->answered_ms &&
		      !app_call_over_state(c->uc->state);
	}
	if (!any)
		tmr_cancel(&a->quality);
	else if (!tmr_isrunning(&a->quality))
		tmr_start(&a->quality, EVERY_MS, every, a);
}

void app_quality_keep(struct call *c)
{
	struct app *a = c->a;
	const struct uc_quality_record r = {
		.number = c->uc->number,
		.at_ms = c->uc->started_ms,
		.quality = c->uc->quality,
	};

	if (!r.quality.codec[0] || !c->uc->answered_ms)
		return;
	if (!uc_quality_put(a->uc, &r) && a->account)
		(void)store_quality_put(a->store, a->account, &r);
}

void app_quality_read(int err, const struct uc_quality_record *r, size_t count,
		      void *arg)
{
	struct app *a = arg;
	size_t i;

	for (i = 0; !err && i < count; i++)
		(void)uc_quality_put(a->uc, &r[i]);
}
