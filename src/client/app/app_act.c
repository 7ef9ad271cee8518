/**
 * @file app_act.c  What the user does with calls
 */
#include <stdlib.h>
#include "call_int.h"

enum { HOLD_MS = 2000 }; /**< the longest wait for a hold */

struct call *app_call_talking(const struct app *a, const struct call *but)
{
	struct le *le;

	for (le = a->calls.head; le; le = le->next) {
		struct call *c = le->data;

		if (c != but && (c->uc->state == UC_CALL_TALKING ||
				 c->uc->state == UC_CALL_HELD_BY_OTHER))
			return c;
	}
	return NULL;
}

static int side_hold(struct call *c, bool on)
{
	struct app_carrier_call *s = app_call_leading(c);

	if (!s || !s->carrier->m.hold)
		return ENOTSUP;
	return s->carrier->m.hold(s->carrier->carrier, s->leg, on);
}

static int dial_now(struct app *a, const char *number, struct app_sink *s)
{
	struct app_carrier *k = app_dialling_carrier(a);
	struct app_carrier_call *side;
	struct call *c;
	int err;

	if (!k || !k->m.dial)
		return app_sink_fail(s, ENOTSUP,
				     _("There is no phone to call with now."));
	err = app_call_new(a, &c, true, number, NULL);
	if (err)
		return err;
	c->uc->voip = k->voip;
	app_call_look_up(c);
	err = app_side_add(c, k, NULL, &side);
	if (!err)
		err = k->m.dial(k->carrier, side, number);
	app_local_redial(a, number);
	if (err) {
		c->told = true;
		while (c->sides.head)
			mem_deref(c->sides.head->data);
		app_call_remove(c);
		return app_sink_fail(s, err, _("%s could not be called: %s."),
				     number, strerror(err));
	}
	app_call_device(c);
	uc_call_changed(a->uc, c->uc);
	app_call_policy(a);
	return 0;
}

static void after_do(struct app *a)
{
	struct after_hold after = a->after;
	struct uc_call *uc = uc_call_by_id(a->uc, after.call);
	struct call *c = uc ? app_call_of(a, uc) : NULL;
	struct app_carrier_call *s = c ? app_call_leading(c) : NULL;
	struct app_sink sink = {0};
	int err = 0;

	tmr_cancel(&a->after.tmr);
	a->after.what = AFTER_NOTHING;
	a->after.number = NULL;
	if (after.what == AFTER_DIAL)
		err = dial_now(a, after.number, &sink);
	else if (after.what == AFTER_ANSWER && s && s->carrier->m.answer &&
		 uc->state == UC_CALL_RINGING_IN)
		err = s->carrier->m.answer(s->carrier->carrier, s->leg);
	else if (after.what == AFTER_RESUME && s)
		err = side_hold(c, false);
	if (err)
		uc_notice(a->uc, UC_NOTICE_ERROR, "%s",
			  sink.error.buf ? sink.error.buf
					 : _("That did not work."));
	app_sink_reset(&sink);
	free(after.number);
}

static void after_late(void *arg)
{
	after_do(arg);
}

void app_after_hold_check(struct app *a)
{
	if (a->after.what != AFTER_NOTHING && !app_call_talking(a, NULL))
		after_do(a);
}

/**
 * Put what is talking on hold, then do it; at once if nothing is talking.
 */
static int after_hold(struct app *a, int what, struct call *c,
		      const char *number)
{
	struct call *other = app_call_talking(a, c);
	int err = 0;

	tmr_cancel(&a->after.tmr);
	free(a->after.number);
	a->after.what = what;
	a->after.call = c ? c->uc->id : 0;
	a->after.number = number ? strdup(number) : NULL;
	if (number && !a->after.number) {
		a->after.what = AFTER_NOTHING;
		return ENOMEM;
	}
	if (other && (other->uc->functions & UC_HOLD))
		err = side_hold(other, true);
	else
		other = NULL;
	if (!other || err || !app_call_talking(a, c)) {
		if (a->after.what != AFTER_NOTHING)
			after_do(a);
		return 0;
	}
	tmr_start(&a->after.tmr, HOLD_MS, after_late, a);
	return 0;
}

int app_call_dial(struct app *a, const char *number, struct app_sink *s)
{
	if (!app_call_talking(a, NULL))
		return dial_now(a, number, s);
	return after_hold(a, AFTER_DIAL, NULL, number);
}

static int mute(struct call *c, struct app_carrier_call *s)
{
	int err;

	if (!s->carrier->m.mute)
		return ENOTSUP;
	err = s->carrier->m.mute(s->carrier->carrier, s->leg, !c->uc->muted);
	if (!err) {
		c->uc->muted = !c->uc->muted;
		uc_call_changed(c->a->uc, c->uc);
	}
	return err;
}

static int hang_up(struct call *c, struct app_carrier_call *s)
{
	if (!s) { /* a failed one that is only shown */
		app_call_remove(c);
		return 0;
	}
	if (!s->carrier->m.hang_up)
		return ENOTSUP;
	return s->carrier->m.hang_up(s->carrier->carrier, s->leg);
}

static int act(struct app *a, struct call *c, enum uc_function f)
{
	struct app_carrier_call *s = app_call_leading(c);

	if (f == UC_HANG_UP)
		return hang_up(c, s);
	if (!s)
		return ENOTSUP;
	switch (f) {
	case UC_ANSWER:
		return after_hold(a, AFTER_ANSWER, c, NULL);
	case UC_RESUME:
		return after_hold(a, AFTER_RESUME, c, NULL);
	case UC_REJECT:
		return s->carrier->m.reject
			       ? s->carrier->m.reject(s->carrier->carrier,
						      s->leg)
			       : hang_up(c, s);
	case UC_HOLD:
		return side_hold(c, true);
	case UC_MUTE:
		return mute(c, s);
	default:
		return ENOTSUP;
	}
}

int app_call_act(struct app *a, struct uc_call *uc, enum uc_function f,
		 struct app_sink *s)
{
	struct call *c = uc ? app_call_of(a, uc) : NULL;
	int err;

	if (!c)
		return app_sink_fail(s, ENOENT, _("There is no such call."));
	if (!(uc->functions & f) && !(f == UC_HANG_UP && !app_call_leading(c)))
		return app_sink_fail(
			s, ENOTSUP,
			_("This call (%s) does not allow that now."),
			uc_call_state_word(uc->state));
	err = act(a, c, f);
	if (err)
		return app_sink_fail(s, err, _("The phone refused: %s."),
				     strerror(err));
	return 0;
}

int app_call_dtmf(struct app *a, struct uc_call *uc, const char *digits,
		  struct app_sink *s)
{
	struct call *c = uc ? app_call_of(a, uc) : NULL;
	struct app_carrier_call *side = c ? app_call_leading(c) : NULL;

	if (!*digits || digits[strspn(digits, "0123456789*#ABCD")])
		return app_sink_fail(s, EINVAL,
				     _("Tones are 0 to 9, * and #."));
	if (!side || !(uc->functions & UC_DTMF) || !side->carrier->m.dtmf)
		return app_sink_fail(s, ENOTSUP,
				     _("Tones can be sent in a call of the "
				       "built-in phone only."));
	return side->carrier->m.dtmf(side->carrier->carrier, side->leg, digits);
}

unsigned app_calls_voip(const struct app *a)
{
	struct le *le;
	unsigned n = 0;

	for (le = a->calls.head; le; le = le->next) {
		const struct call *c = le->data;

		n += c->uc->voip && !app_call_over_state(c->uc->state);
	}
	return n;
}

void app_calls_hang_up_voip(struct app *a)
{
	struct le *le = a->calls.head;

	while (le) {
		struct call *c = le->data;
		struct app_carrier_call *s = app_call_leading(c);

		le = le->next;
		if (c->uc->voip && s)
			(void)hang_up(c, s);
	}
}
