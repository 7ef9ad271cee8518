/**
 * @file app_tone.c  Which tone the built-in phone makes
 */
#include <stdlib.h>
#include "call_int.h"

static enum app_tone tone_for(const struct app *a, const struct call *c)
{
	const char *ring = app_option_get(a, "ring");

	if (!c->uc->voip)
		return APP_TONE_NONE; /* the desk phone makes its own */
	switch (c->uc->state) {
	case UC_CALL_RINGING_IN:
		if (!strcmp(ring, "none"))
			return APP_TONE_NONE;
		if (!app_call_talking(a, c))
			return APP_TONE_RING;
		return strcmp(ring, "phone") ? APP_TONE_WAITING : APP_TONE_NONE;
	case UC_CALL_RINGING_OUT:
		return APP_TONE_RINGBACK;
	case UC_CALL_FAILED:
		return c->busy ? APP_TONE_BUSY : APP_TONE_CONGESTION;
	default:
		return APP_TONE_NONE;
	}
}

/** One tone at a time: a ringing call's first, a failed one's last, and none
 *  of those into a conversation but the waiting tone. */
void app_call_policy(struct app *a)
{
	struct app_carrier *k = app_voip_carrier(a);
	enum app_tone tone = APP_TONE_NONE;
	struct le *le;

	for (le = a->calls.head; le; le = le->next) {
		const struct call *c = le->data;
		enum app_tone t = tone_for(a, c);

		if (t == APP_TONE_NONE ||
		    (app_call_talking(a, c) && t != APP_TONE_WAITING))
			continue;
		if (tone == APP_TONE_NONE || t == APP_TONE_RING ||
		    t == APP_TONE_WAITING)
			tone = t;
	}
	app_listen_calls(a);
	if (!k || tone == a->tone)
		return;
	a->tone = tone;
	if (k->m.tone)
		k->m.tone(k->carrier, tone);
}
