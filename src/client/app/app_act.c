/**
 * @file app_act.c  What the user does with calls
 */
#include <stdlib.h>
#include "call_int.h"

enum { HOLD_MS = 2000 }; /**< the longest wait for a hold */

enum { TONES_SHOWN = 64 };

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

int app_side_did(struct app_carrier_call *s, enum uc_function f,
		 struct app_sink *sink, int err)
{
	const struct app_carrier_methods *m = &s->carrier->m;

	if (!err && m->answers && (!m->answered || m->answered & f) && !s->over)
		app_side_asked(s, f, sink);
	mem_deref(s);
	return err;
}

static int side_hold(struct call *c, bool on, struct app_sink *sink)
{
	struct app_carrier_call *s = app_call_leading(c);

	if (!s || !s->carrier->m.hold)
		return ENOTSUP;
	mem_ref(s);
	return app_side_did(
		s, on ? UC_HOLD : UC_RESUME, sink,
		s->carrier->m.hold(s->carrier->carrier, s->leg, on));
}

/** Nobody overhears another call: whoever had the user's ear waits while
 *  one that has just been answered is spoken with. */
void app_call_hold_others(struct app *a, const struct call *answered)
{
	struct le *le = a->calls.head;

	while (le) {
		struct call *c = le->data;
		bool ear = c->uc->state == UC_CALL_TALKING ||
			   c->uc->state == UC_CALL_HELD_BY_OTHER;

		le = le->next;
		if (c != answered && c->uc->voip && ear &&
		    c->uc->functions & UC_HOLD)
			(void)side_hold(c, true, NULL);
	}
}

static int side_answer(struct call *c, struct app_sink *sink)
{
	struct app_carrier_call *s = app_call_leading(c);

	if (!s || !s->carrier->m.answer)
		return ENOTSUP;
	mem_ref(s);
	return app_side_did(s, UC_ANSWER, sink,
			    s->carrier->m.answer(s->carrier->carrier, s->leg));
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
	/* Who tries again has seen that it failed. */
	app_calls_failed_remove(a);
	err = app_call_new(a, &c, true, number, NULL);
	if (err)
		return err;
	mem_ref(c); /* it may end while it is dialled */
	c->uc->voip = k->voip;
	app_call_look_up(c);
	err = app_side_add(c, k, NULL, &side);
	if (!err) {
		mem_ref(side);
		err = app_side_did(side, 0, s,
				   k->m.dial(k->carrier, side, number));
	}
	app_local_redial(a, number);
	if (err) {
		c->told = true;
		while (c->sides.head)
			mem_deref(c->sides.head->data);
		app_call_remove(c);
		mem_deref(c);
		return app_sink_fail(s, err, _("%s could not be called: %s."),
				     number, strerror(err));
	}
	app_call_device(c);
	uc_call_changed(a->uc, c->uc);
	app_call_policy(a);
	mem_deref(c);
	return 0;
}

/* ---- what waits for a hold --------------------------------------------- */

static int after_now(struct app *a, int what, uint32_t call, const char *number,
		     struct app_sink *sink)
{
	struct uc_call *uc = uc_call_by_id(a->uc, call);
	struct call *c = uc ? app_call_of(a, uc) : NULL;

	if (what == AFTER_DIAL)
		return dial_now(a, number, sink);
	if (!c || (what == AFTER_ANSWER && uc->state != UC_CALL_RINGING_IN))
		return app_sink_fail(sink, ECANCELED, _("The call has ended."));
	return what == AFTER_ANSWER ? side_answer(c, sink)
				    : side_hold(c, false, sink);
}

/** Nothing waits any more. @return what did, for the caller to free */
static struct after_hold after_take(struct app *a)
{
	struct after_hold after = a->after;

	tmr_cancel(&a->after.tmr);
	a->after.what = AFTER_NOTHING;
	a->after.number = NULL;
	a->after.wait = NULL;
	return after;
}

static void after_do(struct app *a)
{
	struct after_hold after = after_take(a);
	struct app_sink sink = {.wait = after.wait};
	int err;

	err = after_now(a, after.what, after.call, after.number, &sink);
	sink.wait = NULL;
	if (err)
		app_wait_over(after.wait, err,
			      sink.error.buf ? sink.error.buf
					     : _("That did not work."));
	else if (mem_nrefs(after.wait) == 2) /* the call's side has no part */
		app_wait_over(after.wait, 0, "");
	mem_deref(after.wait);
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

static void after_forget(struct app *a)
{
	struct after_hold after = after_take(a);

	app_wait_over(after.wait, ECANCELED,
		      _("Something else was asked for meanwhile."));
	mem_deref(after.wait);
	free(after.number);
}

/** Who hears a conference has several. @return true if they do what they are
 *  told */
static bool hold_talking(struct app *a, const struct call *but)
{
	struct call *c = app_call_talking(a, but);
	struct le *le;
	bool done = true;

	for (le = c ? &c->le : NULL; le;) {
		c = le->data;
		le = le->next;
		if (c != but && (c->uc->state == UC_CALL_TALKING ||
				 c->uc->state == UC_CALL_HELD_BY_OTHER))
			done = c->uc->functions & UC_HOLD &&
			       !side_hold(c, true, NULL) && done;
	}
	return done;
}

/**
 * Put what is talking on hold, then do it; at once if nothing is talking.
 */
static int after_hold(struct app *a, int what, struct call *c,
		      const char *number, struct app_sink *sink)
{
	uint32_t id = c ? c->uc->id : 0;
	char *copy = NULL;

	after_forget(a);
	if (!hold_talking(a, c) || !app_call_talking(a, c))
		return after_now(a, what, id, number, sink);
	if (number && !(copy = strdup(number)))
		return ENOMEM;
	a->after.what = what;
	a->after.call = id;
	a->after.number = copy;
	a->after.wait = mem_ref(app_wait_new(a, sink));
	tmr_start(&a->after.tmr, HOLD_MS, after_late, a);
	return 0;
}

/** Its phone holds by itself whatever is on. */
static bool consults(const struct call *c, const struct app_carrier *k)
{
	const struct app_carrier_call *s = c ? app_call_leading(c) : NULL;

	return s && s->carrier == k && k->m.consults;
}

int app_call_dial(struct app *a, const char *number, struct app_sink *s)
{
	const struct call *other = app_call_talking(a, NULL);

	if (!other || consults(other, app_dialling_carrier(a)))
		return dial_now(a, number, s);
	return after_hold(a, AFTER_DIAL, NULL, number, s);
}

/* ---- the functions ----------------------------------------------------- */

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

int app_side_hang_up(struct call *c, struct app_carrier_call *s,
		     struct app_sink *sink)
{
	if (!s) { /* a failed one that is only shown */
		app_call_remove(c);
		return 0;
	}
	if (!s->carrier->m.hang_up)
		return ENOTSUP;
	/* What its stream says now is the last. */
	app_quality_look(c);
	mem_ref(s);
	return app_side_did(s, UC_HANG_UP, sink,
			    s->carrier->m.hang_up(s->carrier->carrier, s->leg));
}

static int reject(struct call *c, struct app_carrier_call *s,
		  struct app_sink *sink)
{
	if (!s->carrier->m.reject)
		return app_side_hang_up(c, s, sink);
	mem_ref(s);
	return app_side_did(s, UC_REJECT, sink,
			    s->carrier->m.reject(s->carrier->carrier, s->leg));
}

int app_call_deflect(struct app *a, struct uc_call *uc, const char *number,
		     struct app_sink *sink)
{
	struct call *c = uc ? app_call_of(a, uc) : NULL;
	struct le *le;
	int err = ENOTSUP;

	for (le = c ? c->sides.head : NULL; le; le = le->next) {
		struct app_carrier_call *s = le->data;

		if (s->over || !(s->functions & UC_DEFLECT) ||
		    !s->carrier->m.deflect)
			continue;
		mem_ref(s);
		err = app_side_did(s, UC_DEFLECT, sink,
				   s->carrier->m.deflect(s->carrier->carrier,
							 s->leg, number));
		break;
	}
	if (err)
		return app_sink_fail(sink, err, _("The phone refused: %s."),
				     strerror(err));
	return 0;
}

int app_call_transfer(struct app *a, struct uc_call *uc, const char *number,
		      struct uc_call *to, struct app_sink *sink)
{
	struct call *c = uc ? app_call_of(a, uc) : NULL;
	struct call *other = to ? app_call_of(a, to) : NULL;
	struct app_carrier_call *s = c ? app_call_leading(c) : NULL;
	struct app_carrier_call *o = other ? app_call_leading(other) : NULL;
	int err = ENOTSUP;

	if (!s || !(uc->functions & UC_TRANSFER) ||
	    (to && (!o || o->carrier != s->carrier)))
		return app_sink_fail(sink, ENOTSUP,
				     _("These calls cannot be transferred "
				       "now."));
	mem_ref(s);
	if (to && s->carrier->m.transfer_to)
		err = s->carrier->m.transfer_to(s->carrier->carrier, s->leg,
						o->leg);
	else if (!to && s->carrier->m.transfer)
		err = s->carrier->m.transfer(s->carrier->carrier, s->leg,
					     number);
	err = app_side_did(s, UC_TRANSFER, sink, err);
	if (err)
		return app_sink_fail(sink, err, _("The phone refused: %s."),
				     strerror(err));
	return 0;
}

int app_call_reconnect(struct app *a, struct uc_call *uc, struct uc_call *held,
		       struct app_sink *sink)
{
	struct call *c = uc ? app_call_of(a, uc) : NULL;
	struct call *h = held ? app_call_of(a, held) : NULL;
	struct app_carrier_call *s = c ? app_call_leading(c) : NULL;
	struct app_carrier_call *o = h ? app_call_leading(h) : NULL;
	int err;

	if (!s || !o || !(held->functions & UC_RESUME))
		return app_sink_fail(sink, ENOTSUP,
				     _("No call allows that now."));
	if (s->carrier == o->carrier && s->carrier->m.reconnect) {
		mem_ref(s);
		err = app_side_did(s, UC_HANG_UP, sink,
				   s->carrier->m.reconnect(s->carrier->carrier,
							   s->leg, o->leg));
	} else {
		mem_ref(h);
		err = app_side_hang_up(c, s, NULL);
		if (!err)
			err = after_hold(a, AFTER_RESUME, h, NULL, sink);
		mem_deref(h);
	}
	if (err)
		return app_sink_fail(sink, err, _("The phone refused: %s."),
				     strerror(err));
	return 0;
}

int app_call_codecs(struct app *a, struct uc_call *uc, const char *names,
		    struct app_sink *sink)
{
	struct call *c = uc ? app_call_of(a, uc) : NULL;
	struct app_carrier_call *s = c ? app_call_leading(c) : NULL;
	int err;

	if (!s || !(uc->functions & UC_CODECS) || !s->carrier->m.codecs)
		return app_sink_fail(sink, ENOTSUP,
				     _("The codec can be chosen in a call of "
				       "the built-in phone only."));
	mem_ref(s);
	err = s->carrier->m.codecs(s->carrier->carrier, s->leg, names);
	err = app_side_did(s, UC_CODECS, sink, err);
	if (err == EALREADY)
		return app_sink_fail(sink, err,
				     _("The other side has not answered "
				       "something else yet."));
	if (err)
		return app_sink_fail(sink, err, _("The phone refused: %s."),
				     strerror(err));
	return 0;
}

static int act(struct app *a, struct call *c, enum uc_function f,
	       struct app_sink *sink)
{
	struct app_carrier_call *s = app_call_leading(c);

	if (f == UC_HANG_UP)
		return app_side_hang_up(c, s, sink);
	if (!s)
		return ENOTSUP;
	switch (f) {
	case UC_ANSWER:
		return after_hold(a, AFTER_ANSWER, c, NULL, sink);
	case UC_RESUME:
		if (consults(app_call_talking(a, c), s->carrier))
			return side_hold(c, false, sink);
		return after_hold(a, AFTER_RESUME, c, NULL, sink);
	case UC_REJECT:
		return reject(c, s, sink);
	case UC_HOLD:
		return side_hold(c, true, sink);
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
	err = act(a, c, f, s);
	if (err && !(s && s->error.len))
		return app_sink_fail(s, err, _("The phone refused: %s."),
				     strerror(err));
	return err;
}

/** Whoever sent them: each terminal shows what went out. */
static void tones_sent(struct app *a, struct uc_call *uc, const char *digits)
{
	char *all = text_printf("%s%s", uc->tones, digits);
	size_t n = all ? strlen(all) : 0;

	if (all && !text_set(&uc->tones,
			     n > TONES_SHOWN ? all + n - TONES_SHOWN : all))
		uc_call_changed(a->uc, uc);
	free(all);
}

int app_call_dtmf(struct app *a, struct uc_call *uc, const char *digits,
		  struct app_sink *s)
{
	struct call *c = uc ? app_call_of(a, uc) : NULL;
	struct app_carrier_call *side = c ? app_call_leading(c) : NULL;
	int err;

	if (!*digits || digits[strspn(digits, "0123456789*#ABCD")])
		return app_sink_fail(s, EINVAL,
				     _("Tones are 0 to 9, * and #."));
	if (!side || !(uc->functions & UC_DTMF) || !side->carrier->m.dtmf)
		return app_sink_fail(s, ENOTSUP,
				     _("Tones can be sent in a call of the "
				       "built-in phone only."));
	err = side->carrier->m.dtmf(side->carrier->carrier, side->leg, digits);
	if (!err)
		tones_sent(a, uc, digits);
	return err;
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
			(void)app_side_hang_up(c, s, NULL);
	}
}
