/**
 * @file app_call.c  One call object over carriers, and who rings what
 *
 * A `struct call` is one call as the user sees it. It has a side for each
 * carrier that tells of it: the built-in phone's leg and, if the server
 * controls that phone too, the CSTA call. The leg leads where there is one.
 */
#include <stdlib.h>
#include "app_int.h"

#define LOG_MODULE "app"

enum {
	SAME_CALL_MS = 3000, /**< DESIGN, "Calls" */
	HOLD_MS = 2000,	     /**< the longest wait for a hold */
};

struct app_carrier {
	struct le le;
	struct app *a;
	struct app_carrier_methods m;
	void *carrier;
	bool voip;
	bool registered;
	char *user; /**< account it was given */
};

struct app_carrier_call {
	struct le le;	   /**< in the call's sides */
	struct call *call; /**< NULL: the call is over, this side goes on */
	struct app_carrier *carrier;
	void *leg;
	enum uc_call_state state;
	uint32_t functions;
	bool over;
};

struct call {
	struct le le;
	struct app *a;
	struct uc_call *uc;
	struct list sides;
	struct tmr linger; /**< a failed one stays on the screen */
	bool told;	   /**< its end went to the journal */
	bool busy;	   /**< it failed because of that */
	bool outside_known;
};

static void policy(struct app *a);
static void after_hold_check(struct app *a);

/* ---- carriers
 * ------------------------------------------------------------------------ */

static void carrier_destructor(void *arg)
{
	struct app_carrier *c = arg;

	list_unlink(&c->le);
	free(c->user);
}

int app_carrier_register(struct app *a, struct app_carrier **cp,
			 const struct app_carrier_methods *m, void *carrier)
{
	struct app_carrier *c;

	if (!a || !cp || !m || !m->name)
		return EINVAL;
	c = mem_zalloc(sizeof(*c), carrier_destructor);
	if (!c)
		return ENOMEM;
	c->a = a;
	c->m = *m;
	c->carrier = carrier;
	c->voip = !strcmp(m->name, "voip");
	list_append(&a->carriers, &c->le, c);
	*cp = c;
	if (c->voip && m->option) {
		static const char *const names[] = {"audio_input",
						    "audio_output", "ringer"};
		unsigned i;

		for (i = 0; i < 3; i++)
			m->option(carrier, names[i],
				  app_option_get(a, names[i]));
	}
	return 0;
}

static struct app_carrier *voip_carrier(const struct app *a)
{
	struct le *le;

	for (le = a->carriers.head; le; le = le->next) {
		struct app_carrier *c = le->data;

		if (c->voip)
			return c;
	}
	return NULL;
}

/** Whose turn it is when the user dials. */
static struct app_carrier *dialling_carrier(const struct app *a)
{
	struct app_carrier *voip = voip_carrier(a);
	struct le *le;

	if (voip && app_option_flag(a, "voip"))
		return voip->registered ? voip : NULL;
	for (le = a->carriers.head; le; le = le->next) {
		struct app_carrier *c = le->data;

		if (!c->voip && c->registered)
			return c;
	}
	return NULL;
}

bool app_carrier_available(const struct app *a)
{
	return dialling_carrier(a) != NULL;
}

void app_carrier_registered(struct app_carrier *c, bool registered,
			    const char *reason)
{
	struct uc_account *account;

	if (!c)
		return;
	c->registered = registered;
	if (!c->voip)
		return;
	account = uc_account_edit(c->a->uc);
	account->voip_registered = registered;
	(void)text_set(&account->voip_reason, reason ? reason : "");
	uc_account_changed(c->a->uc, UC_CHANGE_PHONE);
}

void app_carriers_option(struct app *a, const char *name, const char *value)
{
	struct le *le;

	for (le = a->carriers.head; le; le = le->next) {
		struct app_carrier *c = le->data;

		if (c->m.option)
			c->m.option(c->carrier, name, value);
	}
}

static void account_to(struct app_carrier *c, const struct app_voip_account *v)
{
	(void)text_set(&c->user, v ? v->user : NULL);
	if (c->m.account && c->m.account(c->carrier, v))
		app_carrier_registered(c, false,
				       _("The built-in phone cannot use this "
					 "account."));
}

static void account_h(const struct wsi_result *r,
		      const struct wsi_sip_account *s, void *arg)
{
	struct app *a = arg;
	struct app_carrier *c = voip_carrier(a);

	if (!c || !app_option_flag(a, "voip"))
		return;
	if (!s) {
		app_carrier_registered(c, false,
				       r->status == WSI_NOT_OFFERED
					       ? _("This server gives no "
						   "account for the built-in "
						   "phone.")
					       : r->text);
		return;
	}
	account_to(c, &(const struct app_voip_account){
			      .user = s->user,
			      .auth_user = s->auth_user,
			      .secret = s->secret,
			      .display_name = s->display_name,
			      .domain = s->domain,
			      .registrar = s->registrar,
			      .transport = s->transport,
		      });
}

void app_carriers_account(struct app *a)
{
	struct app_carrier *c = voip_carrier(a);
	struct wsi *w = app_online(a);

	if (!c)
		return;
	if (!app_option_flag(a, "voip")) {
		account_to(c, NULL);
		app_carrier_registered(c, false, NULL);
		return;
	}
	/* Without a session the account that it has stays in use. */
	if (w && wsi_sip_account(NULL, w, account_h, a))
		log_warn("the SIP account could not be asked for");
}

/* ---- sides and calls
 * -------------------------------------------------------------------- */

static void side_destructor(void *arg)
{
	struct app_carrier_call *s = arg;

	list_unlink(&s->le);
	mem_deref(s->carrier);
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

static int side_add(struct call *call, struct app_carrier *carrier, void *leg,
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
	list_append(&call->sides, &s->le, s);
	*sp = s;
	return 0;
}

static int call_new(struct app *a, struct call **cp, bool outgoing,
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

static struct call *call_of(const struct app *a, const struct uc_call *uc)
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
static struct app_carrier_call *leading(const struct call *c)
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
	const struct app_carrier *voip = voip_carrier(a);
	const char *device = uc_account(a->uc)->device;

	if (!voip || text_empty(voip->user) || text_empty(device))
		return false;
	return !strcmp(voip->user, device);
}

/**
 * A call that another carrier tells of already: by the callID, else by
 * device, direction, number and time.
 */
static struct call *twin(struct app *a, const struct app_carrier *k,
			 bool outgoing, const char *key, const char *number)
{
	int64_t now = time_wall_ms();
	struct le *le;

	for (le = a->calls.head; le; le = le->next) {
		struct call *c = le->data;

		if (has_side_of(c, k) || !leading(c))
			continue;
		if (!text_empty(key) && !text_empty(c->uc->key)) {
			if (!strcmp(c->uc->key, key))
				return c;
			continue;
		}
		if (same_device(a) && c->uc->outgoing == outgoing &&
		    now - c->uc->started_ms <= SAME_CALL_MS &&
		    proto_number_same(c->uc->number, number ? number : "",
				      uc_dial_params(a->uc)))
			return c;
	}
	return NULL;
}

/* ---- the end of a call
 * --------------------------------------------------------------------- */

static void call_remove(struct call *c)
{
	struct app *a = c->a;

	app_questions_forget(a, c->uc->id);
	list_unlink(&c->le);
	uc_call_remove(a->uc, c->uc);
	mem_deref(c);
	policy(a);
}

static void linger_h(void *arg)
{
	call_remove(arg);
}

static void call_ended(struct call *c)
{
	struct app *a = c->a;

	if (!c->told) {
		c->told = true;
		app_call_over(a, c->uc, false);
	}
	if (c->uc->state == UC_CALL_FAILED)
		tmr_start(&c->linger,
			  (uint64_t)app_option_number(a, "failed_call") * 1000,
			  linger_h, c);
	else
		call_remove(c);
}

/* ---- what carriers say
 * ------------------------------------------------------------------------ */

static bool terminal(enum uc_call_state s)
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

static void take_over(struct call *c, const struct app_carrier_call *side,
		      const struct app_carrier_report *r)
{
	struct uc_call *uc = c->uc;
	const struct app_carrier_call *lead = leading(c);

	if (!text_empty(r->key))
		(void)text_set(&uc->key, r->key);
	if (!text_empty(r->reason))
		(void)text_set(&uc->reason, r->reason);
	uc->encrypted |= r->encrypted;
	outside_set(c, side, r);
	if (side->over || side == lead || !lead)
		uc->state = side->state;
	if (lead)
		uc->functions = lead->functions;
	if (terminal(uc->state))
		uc->functions = uc->state == UC_CALL_FAILED ? UC_HANG_UP : 0;
	uc->voip = lead ? lead->carrier->voip : uc->voip;
	if (connected(uc->state) && !uc->answered_ms)
		uc->answered_ms = time_wall_ms();
	if (!text_empty(r->number) || !text_empty(r->name)) {
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
static void look_up(struct call *c)
{
	struct wsi *w = app_online(c->a);

	if (w && !c->uc->contact && !text_empty(c->uc->number))
		(void)wsi_lookup(NULL, w, c->uc->number, looked_up, NULL);
}

static void device_text(struct call *c)
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

void app_carrier_report(struct app_carrier_call *side,
			const struct app_carrier_report *r)
{
	struct call *c;
	struct app *a;

	if (!side || !r || side->over)
		return;
	c = side->call;
	side->state = r->state;
	side->functions = r->functions;
	side->over = terminal(r->state);
	if (!c) {
		if (side->over)
			mem_deref(side);
		return;
	}
	a = c->a;
	c->busy |= code_busy(r->code);
	/* One side is over while the other one leads: nothing changes yet. */
	if (side->over && leading(c) &&
	    !(side->carrier->voip && !leading(c)->carrier->voip)) {
		mem_deref(side);
		return;
	}
	mem_ref(a);
	mem_ref(c);
	take_over(c, side, r);
	device_text(c);
	uc_call_changed(a->uc, c->uc);
	if (terminal(c->uc->state))
		call_ended(c);
	after_hold_check(a);
	policy(a);
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
	struct app_carrier_call *side;
	struct call *c;
	struct app *a;
	int err = 0;

	if (!k || !callp)
		return EINVAL;
	a = k->a;
	c = twin(a, k, outgoing, r->key, r->number);
	if (!c) {
		err = call_new(a, &c, outgoing, r->number, r->name);
		if (err)
			return err;
		look_up(c);
	}
	err = side_add(c, k, leg, &side);
	if (err) {
		if (!c->sides.head)
			call_remove(c);
		return err;
	}
	*callp = side;
	app_carrier_report(side, r);
	return 0;
}

/* ---- what the user does
 * -------------------------------------------------------------------- */

static struct call *talking(const struct app *a, const struct call *but)
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
	struct app_carrier_call *s = leading(c);

	if (!s || !s->carrier->m.hold)
		return ENOTSUP;
	return s->carrier->m.hold(s->carrier->carrier, s->leg, on);
}

static int dial_now(struct app *a, const char *number, struct app_sink *s)
{
	struct app_carrier *k = dialling_carrier(a);
	struct app_carrier_call *side;
	struct call *c;
	int err;

	if (!k || !k->m.dial)
		return app_sink_fail(s, ENOTSUP,
				     _("There is no phone to call with now."));
	err = call_new(a, &c, true, number, NULL);
	if (err)
		return err;
	c->uc->voip = k->voip;
	look_up(c);
	err = side_add(c, k, NULL, &side);
	if (!err)
		err = k->m.dial(k->carrier, side, number);
	app_local_redial(a, number);
	if (err) {
		c->told = true;
		while (c->sides.head)
			mem_deref(c->sides.head->data);
		call_remove(c);
		return app_sink_fail(s, err, _("%s could not be called: %s."),
				     number, strerror(err));
	}
	device_text(c);
	uc_call_changed(a->uc, c->uc);
	policy(a);
	return 0;
}

static void after_do(struct app *a)
{
	struct after_hold after = a->after;
	struct uc_call *uc = uc_call_by_id(a->uc, after.call);
	struct call *c = uc ? call_of(a, uc) : NULL;
	struct app_carrier_call *s = c ? leading(c) : NULL;
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

static void after_hold_check(struct app *a)
{
	if (a->after.what != AFTER_NOTHING && !talking(a, NULL))
		after_do(a);
}

/**
 * Put what is talking on hold, then do it; at once if nothing is talking.
 */
static int after_hold(struct app *a, int what, struct call *c,
		      const char *number)
{
	struct call *other = talking(a, c);
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
	if (!other || err || !talking(a, c)) {
		if (a->after.what != AFTER_NOTHING)
			after_do(a);
		return 0;
	}
	tmr_start(&a->after.tmr, HOLD_MS, after_late, a);
	return 0;
}

int app_call_dial(struct app *a, const char *number, struct app_sink *s)
{
	if (!talking(a, NULL))
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
		call_remove(c);
		return 0;
	}
	if (!s->carrier->m.hang_up)
		return ENOTSUP;
	return s->carrier->m.hang_up(s->carrier->carrier, s->leg);
}

static int act(struct app *a, struct call *c, enum uc_function f)
{
	struct app_carrier_call *s = leading(c);

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
	struct call *c = uc ? call_of(a, uc) : NULL;
	int err;

	if (!c)
		return app_sink_fail(s, ENOENT, _("There is no such call."));
	if (!(uc->functions & f) && !(f == UC_HANG_UP && !leading(c)))
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
	struct call *c = uc ? call_of(a, uc) : NULL;
	struct app_carrier_call *side = c ? leading(c) : NULL;

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

		n += c->uc->voip && !terminal(c->uc->state);
	}
	return n;
}

void app_calls_hang_up_voip(struct app *a)
{
	struct le *le = a->calls.head;

	while (le) {
		struct call *c = le->data;
		struct app_carrier_call *s = leading(c);

		le = le->next;
		if (c->uc->voip && s)
			(void)hang_up(c, s);
	}
}

/* ---- policy: tones
 * ----------------------------------------------------------------------------
 */

static enum app_tone tone_for(const struct app *a, const struct call *c)
{
	const char *ring = app_option_get(a, "ring");

	if (!c->uc->voip)
		return APP_TONE_NONE; /* the desk phone makes its own */
	switch (c->uc->state) {
	case UC_CALL_RINGING_IN:
		if (!strcmp(ring, "none"))
			return APP_TONE_NONE;
		if (!talking(a, c))
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
static void policy(struct app *a)
{
	struct app_carrier *k = voip_carrier(a);
	enum app_tone tone = APP_TONE_NONE;
	struct le *le;

	for (le = a->calls.head; le; le = le->next) {
		const struct call *c = le->data;
		enum app_tone t = tone_for(a, c);

		if (t == APP_TONE_NONE ||
		    (talking(a, c) && t != APP_TONE_WAITING))
			continue;
		if (tone == APP_TONE_NONE || t == APP_TONE_RING ||
		    t == APP_TONE_WAITING)
			tone = t;
	}
	if (!k || tone == a->tone)
		return;
	a->tone = tone;
	if (k->m.tone)
		k->m.tone(k->carrier, tone);
}

/* ---- begin and end
 * ---------------------------------------------------------------------------------
 */

void app_calls_init(struct app *a)
{
	list_init(&a->carriers);
	list_init(&a->calls);
	tmr_init(&a->after.tmr);
	tmr_init(&a->journal);
}

void app_calls_close(struct app *a)
{
	tmr_cancel(&a->after.tmr);
	tmr_cancel(&a->journal);
	free(a->after.number);
	a->after.number = NULL;
	while (a->calls.head)
		mem_deref(a->calls.head->data);
	a->cti = mem_deref(a->cti);
	/* Carriers belong to those who registered them; no longer to us. */
	while (a->carriers.head) {
		struct app_carrier *c = a->carriers.head->data;

		list_unlink(&c->le);
	}
}
