/**
 * @file app_call.c  One call object over carriers
 */
#define LOG_MODULE "app"

#include <stdio.h>
#include <stdlib.h>
#include "call_int.h"

/* ---- sides and calls --------------------------------------------------- */

static void answer(struct app_carrier_call *s, int err, const char *text)
{
	struct app_wait *w = s->wait;

	s->wait = NULL;
	app_wait_over(w, err, text);
	mem_deref(w);
}

void app_side_asked(struct app_carrier_call *s, enum uc_function f,
		    struct app_sink *sink)
{
	answer(s, ECANCELED, _("Something else was asked for meanwhile."));
	s->asked = f;
	s->wait = mem_ref(app_wait_new(s->carrier->a, sink));
	if (!f) /* a call that failed is a line of its own */
		app_wait_quiet(s->wait);
}

void app_carrier_answered(struct app_carrier_call *side, int err,
			  const char *text)
{
	if (side)
		answer(side, err, text);
}

bool app_carrier_waits(const struct app_carrier_call *side, enum uc_function f)
{
	return side && side->wait && side->asked == f;
}

/** Its end is what was asked for, or all the answer that there will be. */
static void answer_end(struct app_carrier_call *s,
		       const struct app_carrier_report *r)
{
	if (s->asked == UC_HANG_UP || s->asked == UC_REJECT ||
	    s->asked == UC_DEFLECT)
		answer(s, 0, "");
	else
		answer(s, ECANCELED,
		       text_empty(r->reason) ? _("The call has ended.")
					     : r->reason);
}

static void side_destructor(void *arg)
{
	struct app_carrier_call *s = arg;

	list_unlink(&s->le);
	answer(s, ECANCELED, _("The call has ended."));
	mem_deref(s->carrier);
	free(s->number);
	free(s->name);
}

static void call_destructor(void *arg)
{
	struct call *c = arg;
	struct le *le;

	tmr_cancel(&c->linger);
	list_unlink(&c->le);
	/* Sides that the carriers still tell of live on without a call. */
	while ((le = c->sides.head)) {
		struct app_carrier_call *s = le->data;

		list_unlink(le);
		s->call = NULL;
		if (s->over)
			mem_deref(s);
	}
	mem_deref(c->uc);
}

int app_side_add(struct call *call, struct app_carrier *carrier, void *leg,
		 struct app_carrier_call **sp)
{
	struct app_carrier_call *s;

	s = mem_zalloc(sizeof(*s), side_destructor);
	if (!s)
		return ENOMEM;
	s->call = call;
	s->carrier = mem_ref(carrier);
	s->leg = leg;
	s->state = UC_CALL_PREPARING;
	if (call)
		list_append(&call->sides, &s->le, s);
	*sp = s;
	return 0;
}

int app_call_new(struct app *a, struct call **cp, bool outgoing,
		 const char *number, const char *name)
{
	struct uc_call *uc;
	struct call *c;
	int err;

	c = mem_zalloc(sizeof(*c), call_destructor);
	if (!c)
		return ENOMEM;
	c->a = a;
	err = uc_call_add(a->uc, &uc, outgoing, number, name);
	if (err) {
		mem_deref(c);
		return err;
	}
	c->uc = mem_ref(uc);
	list_append(&a->calls, &c->le, c);
	*cp = c;
	return 0;
}

struct call *app_call_of(const struct app *a, const struct uc_call *uc)
{
	struct le *le;

	for (le = a->calls.head; le; le = le->next) {
		struct call *c = le->data;

		if (c->uc == uc)
			return c;
	}
	return NULL;
}

/** The side that is operated: the leg where there is one. */
struct app_carrier_call *app_call_leading(const struct call *c)
{
	struct app_carrier_call *best = NULL;
	struct le *le;

	for (le = c->sides.head; le; le = le->next) {
		struct app_carrier_call *s = le->data;

		if (!s->over && (!best || s->carrier->voip))
			best = s;
	}
	return best;
}

/* ---- the end of a call ------------------------------------------------- */

void app_call_remove(struct call *c)
{
	struct app *a = c->a;

	app_questions_forget(a, c->uc->id);
	list_unlink(&c->le);
	uc_call_remove(a->uc, c->uc);
	mem_deref(c);
	app_call_policy(a);
}

void app_calls_failed_remove(struct app *a)
{
	struct le *le = a->calls.head;

	while (le) {
		struct call *c = le->data;

		le = le->next;
		if (tmr_isrunning(&c->linger))
			app_call_remove(c);
	}
}

static void linger_h(void *arg)
{
	app_call_remove(arg);
}

static void call_ended(struct call *c)
{
	struct app *a = c->a;

	if (!c->told) {
		c->told = true;
		app_past_add(a, c);
		app_quality_keep(c);
		app_call_over(a, c->uc, false);
	}
	if (c->uc->state == UC_CALL_FAILED)
		tmr_start(&c->linger,
			  (uint64_t)app_option_number(a, "failed_call") * 1000,
			  linger_h, c);
	else
		app_call_remove(c);
}

/* ---- what carriers say ------------------------------------------------- */

bool app_call_over_state(enum uc_call_state s)
{
	return s == UC_CALL_ENDED || s == UC_CALL_FAILED;
}

static bool connected(enum uc_call_state s)
{
	return s == UC_CALL_TALKING || s == UC_CALL_HELD ||
	       s == UC_CALL_HELD_BY_OTHER;
}

/** Busy, and what SIP says for it (RFC 3261 §21.4.24, §21.6.1). */
static bool code_busy(int code)
{
	return code == 486 || code == 600;
}

/** CTI knows where the other side is; a leg has a number only. */
static void outside_set(struct call *c, const struct app_carrier_call *side,
			const struct app_carrier_report *r)
{
	if (!side->carrier->voip) {
		c->uc->outside = r->outside;
		c->outside_known = true;
	} else if (!c->outside_known) {
		c->uc->outside = c->uc->contact ? c->uc->contact->directory !=
							  UC_INTERNAL
						: r->outside;
	}
}

/** Whether it names another than before. The other side may know better by
 *  now: a leg does not hear of it when the server connects it elsewhere. */
static bool names_anew(struct app_carrier_call *side,
		       const struct app_carrier_report *r)
{
	if ((text_empty(r->number) && text_empty(r->name)) ||
	    (text_equal(side->number, r->number) &&
	     text_equal(side->name, r->name)))
		return false;
	(void)text_set(&side->number, r->number);
	(void)text_set(&side->name, r->name);
	return true;
}

/** What the leg cannot do by itself, the server that controls its phone may.
 */
static uint32_t functions_of(const struct call *c,
			     const struct app_carrier_call *lead)
{
	uint32_t functions = lead->functions;
	struct le *le;

	for (le = c->sides.head; le; le = le->next) {
		const struct app_carrier_call *s = le->data;

		if (!s->over)
			functions |= s->functions & UC_DEFLECT;
	}
	return functions;
}

/** The other side may want it, too. */
static void codec_set(struct call *c, const char *codec)
{
	struct uc_call *uc = c->uc;
	bool told = uc->codec[0] && uc->answered_ms;

	if (text_empty(codec) || !strcmp(uc->codec, codec))
		return;
	snprintf(uc->codec, sizeof(uc->codec), "%s", codec);
	if (told)
		uc_notice(c->a->uc, UC_NOTICE_INFO,
			  _("The call goes on by the codec %s."), uc->codec);
}

static void take_over(struct call *c, struct app_carrier_call *side,
		      const struct app_carrier_report *r)
{
	struct uc_call *uc = c->uc;
	const struct app_carrier_call *lead = app_call_leading(c);

	if (!text_empty(r->key))
		(void)text_set(&uc->key, r->key);
	if (!text_empty(r->reason))
		(void)text_set(&uc->reason, r->reason);
	/* The one that knows says when it is not any more, too. */
	if (r->keys != UC_KEYS_UNKNOWN)
		uc->keys = r->keys;
	codec_set(c, r->codec);
	if (r->quality)
		uc->quality = *r->quality;
	if (side == lead)
		uc->transferring = r->transferring;
	if (side == lead) {
		uc->conference = r->conference;
		uc->parties = r->parties;
		if (uc_call_set_members(c->a->uc, uc, r->members,
					r->member_count))
			log_warn("who is in the conference cannot be kept");
	}
	outside_set(c, side, r);
	if (side->over || side == lead || !lead)
		uc->state = side->state;
	if (lead)
		uc->functions = functions_of(c, lead);
	if (app_call_over_state(uc->state))
		uc->functions = uc->state == UC_CALL_FAILED ? UC_HANG_UP : 0;
	uc->voip = lead ? lead->carrier->voip : uc->voip;
	if (connected(uc->state) && !uc->answered_ms)
		uc->answered_ms = time_wall_ms();
	if (names_anew(side, r)) {
		const char *number =
			text_empty(r->number) ? uc->number : r->number;
		char *keep_number = strdup(number);
		char *keep_name =
			strdup(text_empty(r->name) ? uc->name : r->name);

		if (keep_number && keep_name)
			uc_call_identify(c->a->uc, uc, keep_number, keep_name);
		free(keep_number);
		free(keep_name);
	}
}

static void looked_up(const struct wsi_result *r, void *arg)
{
	/* A find stands in the model, which has told the call. */
	(void)r;
	(void)arg;
}

/** Ask the server's directories for who it is. */
void app_call_look_up(struct call *c)
{
	struct wsi *w = app_online(c->a);

	if (w && !c->uc->contact && !text_empty(c->uc->number))
		(void)wsi_lookup(NULL, w, c->uc->number, looked_up, NULL);
}

void app_call_device(struct call *c)
{
	const char *device = uc_account(c->a->uc)->device;
	char *s;

	if (c->uc->voip)
		s = strdup(_("built-in phone"));
	else if (text_empty(device))
		s = strdup(_("desk phone"));
	else
		s = text_printf(_("desk phone %s"), device);
	if (s)
		(void)text_set(&c->uc->device, s);
	free(s);
}

/**
 * Does the call go on by another side than the one that is over? The end of
 * our leg is the end of the call, which the server tells later; but for one
 * that has only rung: another phone of the same number may have it.
 */
static bool leads_on(const struct call *c, const struct app_carrier_call *side,
		     enum uc_call_state was)
{
	const struct app_carrier_call *lead = app_call_leading(c);

	if (!lead)
		return false;
	return !side->carrier->voip || lead->carrier->voip ||
	       (was == UC_CALL_RINGING_IN && app_online(c->a));
}

/** Our leg has only rung, and was over before the server told of the call:
 *  another phone of the same number has it now. */
static bool goes_on_elsewhere(const struct app_carrier_call *side)
{
	return side->elsewhere && connected(side->state);
}

/** … so it is a call again; NULL without memory. */
static struct call *call_again(struct app_carrier_call *side,
			       const struct app_carrier_report *r)
{
	struct call *c;

	if (app_call_new(side->carrier->a, &c, false, r->number, r->name))
		return NULL;
	side->call = c;
	list_append(&c->sides, &side->le, side);
	app_call_look_up(c);
	return c;
}

void app_carrier_report(struct app_carrier_call *side,
			const struct app_carrier_report *r)
{
	struct app_carrier_report lead = {.state = UC_CALL_ENDED};
	enum uc_call_state was;
	bool first;
	struct call *c;
	struct app *a;

	if (!side || !r || side->over)
		return;
	c = side->call;
	was = side->state;
	first = c && !c->uc->answered_ms;
	side->state = r->state;
	side->functions = r->functions;
	side->over = app_call_over_state(r->state);
	if (side->over)
		answer_end(side, r);
	if (!c && goes_on_elsewhere(side))
		c = call_again(side, r);
	if (!c) {
		if (side->over)
			mem_deref(side);
		return;
	}
	a = c->a;
	c->busy |= code_busy(r->code);
	/* One side is over while the other one leads: what that has said last
	   holds, which may have come before. */
	if (side->over && leads_on(c, side, was)) {
		mem_deref(side);
		side = app_call_leading(c);
		if (side->state == c->uc->state)
			return;
		lead.state = side->state;
		lead.functions = side->functions;
		lead.outside = c->uc->outside;
		lead.conference = c->uc->conference;
		lead.parties = c->uc->parties;
		lead.members = c->uc->members;
		lead.member_count = c->uc->member_count;
		r = &lead;
	}
	mem_ref(a);
	mem_ref(c);
	take_over(c, side, r);
	app_call_device(c);
	uc_call_changed(a->uc, c->uc);
	if (app_call_over_state(c->uc->state))
		call_ended(c);
	else if (first && c->uc->answered_ms && c->uc->voip)
		app_call_hold_others(a, c);
	app_after_hold_check(a);
	app_quality_watch(a);
	app_call_policy(a);
	mem_deref(c);
	mem_deref(a);
}

void app_carrier_leg(struct app_carrier_call *side, void *leg)
{
	if (side)
		side->leg = leg;
}

int app_carrier_incoming(struct app_carrier *k, void *leg,
			 const struct app_carrier_report *r,
			 struct app_carrier_call **callp)
{
	bool outgoing = r->state == UC_CALL_PREPARING ||
			r->state == UC_CALL_DIALLING ||
			r->state == UC_CALL_RINGING_OUT;
	const struct past_call *past;
	struct app_carrier_call *side;
	struct call *c;
	struct app *a;
	int err = 0;

	if (!k || !callp)
		return EINVAL;
	a = k->a;
	c = app_twin(a, k, outgoing, r);
	past = c ? NULL : app_past_of(a, k, outgoing, r);
	if (past) {
		err = app_side_add(NULL, k, leg, &side);
		if (err)
			return err;
		side->elsewhere = past->unanswered;
		*callp = side;
		app_carrier_report(side, r);
		return 0;
	}
	if (!c) {
		err = app_call_new(a, &c, outgoing, r->number, r->name);
		if (err)
			return err;
		app_call_look_up(c);
	}
	err = app_side_add(c, k, leg, &side);
	if (err) {
		if (!c->sides.head)
			app_call_remove(c);
		return err;
	}
	*callp = side;
	app_carrier_report(side, r);
	return 0;
}

/* ---- begin and end ----------------------------------------------------- */

void app_calls_init(struct app *a)
{
	list_init(&a->carriers);
	list_init(&a->calls);
	tmr_init(&a->after.tmr);
	tmr_init(&a->journal);
	tmr_init(&a->quality);
}

void app_calls_close(struct app *a)
{
	tmr_cancel(&a->after.tmr);
	tmr_cancel(&a->journal);
	tmr_cancel(&a->quality);
	free(a->after.number);
	a->after.number = NULL;
	a->after.wait = mem_deref(a->after.wait);
	app_past_reset(a);
	while (a->calls.head)
		mem_deref(a->calls.head->data);
	a->cti = mem_deref(a->cti);
	/* Carriers belong to those who registered them; no longer to us. */
	while (a->carriers.head) {
		struct app_carrier *c = a->carriers.head->data;

		list_unlink(&c->le);
	}
}
