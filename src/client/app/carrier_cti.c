/**
 * @file carrier_cti.c  The desk phone as a carrier: CSTA events in, WSI out
 *
 * Calls outlive a lost connection: they stay on the screen without functions,
 * and the snapshot after the next login says which of them still are.
 */
#include <stdlib.h>
#include "app_int.h"

#define LOG_MODULE "app"

struct cti {
	struct app *a;
	struct app_carrier *carrier;
	struct list legs;
};

struct leg {
	struct le le;
	struct cti *cti;
	char *call_id;		       /**< "" until the server has named it */
	struct app_carrier_call *side; /**< NULL once over */
	struct wsi_request *request;
	enum uc_call_state state;
	bool outgoing;
	bool drop; /**< hung up before it had a name */
	bool conference;
	unsigned parties;
	struct uc_member *members;
	size_t member_count;
	bool seen; /**< told of in this session */
};

static void leg_destructor(void *arg)
{
	struct leg *l = arg;

	list_unlink(&l->le);
	mem_deref(l->request);
	free(l->call_id);
	uc_members_free(l->members, l->member_count);
}

static int leg_new(struct cti *t, struct leg **lp, const char *call_id)
{
	struct leg *l = mem_zalloc(sizeof(*l), leg_destructor);
	int err;

	if (!l)
		return ENOMEM;
	err = text_set(&l->call_id, call_id);
	if (err) {
		mem_deref(l);
		return err;
	}
	l->cti = t;
	l->seen = true;
	list_append(&t->legs, &l->le, l);
	*lp = l;
	return 0;
}

static struct leg *leg_find(const struct cti *t, const char *call_id)
{
	struct le *le;

	for (le = t->legs.head; le; le = le->next) {
		struct leg *l = le->data;

		if (!strcmp(l->call_id, call_id))
			return l;
	}
	return NULL;
}

/* ---- telling the call -------------------------------------------------- */

/* What the server can be asked for, whatever phone it is. */
static const uint32_t functions[UC_CALL_STATE_COUNT] = {
	[UC_CALL_PREPARING] = UC_HANG_UP,
	[UC_CALL_DIALLING] = UC_HANG_UP,
	[UC_CALL_RINGING_OUT] = UC_HANG_UP,
	[UC_CALL_RINGING_IN] = UC_ANSWER | UC_REJECT | UC_DEFLECT,
	[UC_CALL_TALKING] = UC_HANG_UP | UC_HOLD | UC_TRANSFER | UC_JOIN,
	[UC_CALL_HELD] = UC_HANG_UP | UC_RESUME | UC_TRANSFER | UC_JOIN,
	[UC_CALL_HELD_BY_OTHER] = UC_HANG_UP | UC_TRANSFER | UC_JOIN,
};

/** Who is in it is told now and then only. */
static void keep_members(struct leg *l, const struct wsi_call_event *e)
{
	struct uc_member *m = NULL;

	if ((e->conference && e->type != WSI_CALL_CONFERENCED &&
	     e->type != WSI_CALL_SNAPSHOT) ||
	    uc_members_copy(&m, e->members, e->member_count))
		return;
	uc_members_free(l->members, l->member_count);
	l->members = m;
	l->member_count = e->member_count;
}

static void tell(struct leg *l, enum uc_call_state state,
		 const struct wsi_call_event *e, const char *reason)
{
	struct app_carrier_report r = {
		.state = state,
		.functions = app_online(l->cti->a) ? functions[state] : 0,
		.key = l->call_id,
		.reason = reason,
	};
	struct app_carrier_call *side = l->side;
	bool over = state == UC_CALL_ENDED || state == UC_CALL_FAILED;

	if (e) {
		keep_members(l, e);
		l->conference = e->conference;
		l->parties = e->parties;
		r.number = e->other;
		r.name = e->other_name;
		r.outside = e->outside;
	}
	r.conference = l->conference;
	r.parties = l->parties;
	r.members = l->members;
	r.member_count = l->member_count;
	if (l->conference)
		r.functions &= ~(uint32_t)UC_TRANSFER;
	l->state = state;
	if (over)
		l->side = NULL;
	mem_ref(l);
	if (side)
		app_carrier_report(side, &r);
	if (over)
		mem_deref(l); /* its own reference */
	mem_deref(l);
}

static void failed(struct leg *l, const char *text)
{
	tell(l, UC_CALL_FAILED, NULL, text);
}

/* ---- methods ----------------------------------------------------------- */

static void clear(struct leg *l);

/** An answer that is lost, or makes no sense, is no news of a call that events
 *  have told of: they say what became of it. */
static void made(const struct wsi_result *r, void *arg)
{
	struct leg *l = arg;
	bool told = !text_empty(l->call_id) && r->status != WSI_REFUSED;

	l->request = mem_deref(l->request);
	app_carrier_answered(l->side, told ? 0 : app_errno_of(r->status),
			     told ? "" : r->text);
	if (r->status != WSI_OK) {
		if (text_empty(l->call_id))
			failed(l, r->text);
		return;
	}
	if (text_empty(l->call_id) && !text_empty(r->call_id))
		(void)text_set(&l->call_id, r->call_id);
	if (l->drop && !text_empty(l->call_id))
		clear(l);
}

/** An action was done, or refused: then the call stays as it is. */
static void acted(const struct wsi_result *r, void *arg)
{
	struct leg *l = arg;

	l->request = mem_deref(l->request);
	app_carrier_answered(l->side, app_errno_of(r->status), r->text);
}

/** @param call_id  The call that it is done with, "": not known yet
 *  @param value    What it takes besides, or NULL */
static int action_on(struct leg *l, enum wsi_action what, const char *call_id,
		     const char *value)
{
	struct wsi *w = app_online(l->cti->a);

	if (!w)
		return ENOTCONN;
	if (text_empty(call_id) || text_empty(l->call_id))
		return EAGAIN;
	l->request = mem_deref(l->request);
	return wsi_call_do(&l->request, w, what, call_id, value, acted, l);
}

static int action(struct leg *l, enum wsi_action what)
{
	return action_on(l, what, l->call_id, NULL);
}

static void clear(struct leg *l)
{
	l->drop = false;
	(void)action(l, WSI_CLEAR);
}

static struct leg *leg_in(const struct cti *t, uint32_t states)
{
	struct le *le;

	for (le = t->legs.head; le; le = le->next) {
		struct leg *l = le->data;

		if (1u << l->state & states)
			return l;
	}
	return NULL;
}

enum {
	SPEAKS = 1 << UC_CALL_TALKING | 1 << UC_CALL_HELD_BY_OTHER,
	GOES_OUT = 1 << UC_CALL_PREPARING | 1 << UC_CALL_DIALLING |
		   1 << UC_CALL_RINGING_OUT,
};

/** From a phone that has a call already it is a consultation. */
static int make(struct leg *l, struct wsi *w, const char *number)
{
	const struct uc_account *u = uc_account(l->cti->a->uc);
	const struct leg *first = leg_in(l->cti, SPEAKS);

	if (!first)
		first = leg_in(l->cti, 1 << UC_CALL_HELD);
	if (first)
		return wsi_call_do(&l->request, w, WSI_CONSULT, first->call_id,
				   number, made, l);
	return wsi_call_make(&l->request, w, number,
			     u->callback && *u->mobile ? u->mobile : NULL, made,
			     l);
}

static int cti_dial(void *carrier, struct app_carrier_call *call,
		    const char *number)
{
	struct cti *t = carrier;
	struct wsi *w = app_online(t->a);
	char *dialable;
	struct leg *l;
	int err;

	if (!w)
		return ENOTCONN;
	dialable = proto_number_dialable(number, uc_dial_params(t->a->uc));
	if (!dialable)
		return EINVAL;
	err = leg_new(t, &l, "");
	if (!err) {
		l->outgoing = true;
		l->state = UC_CALL_PREPARING;
		err = make(l, w, dialable);
		if (err) {
			mem_deref(l);
		} else {
			l->side = call;
			app_carrier_leg(call, l);
			tell(l, UC_CALL_PREPARING, NULL, NULL);
		}
	}
	free(dialable);
	return err;
}

static int cti_answer(void *carrier, void *leg)
{
	(void)carrier;
	return action(leg, WSI_ANSWER);
}

static int cti_hang_up(void *carrier, void *leg)
{
	struct leg *l = leg;

	(void)carrier;
	if (!l)
		return ENOTCONN;
	if (text_empty(l->call_id)) {
		/* It goes as soon as the server has named it. */
		l->drop = true;
		return 0;
	}
	return action(l, WSI_CLEAR);
}

static int cti_hold(void *carrier, void *leg, bool on)
{
	const struct cti *t = carrier;
	const struct leg *speaks = leg_in(t, SPEAKS);
	const struct leg *goes = leg_in(t, GOES_OUT);
	struct leg *l = leg;

	if (on)
		return action(l, WSI_HOLD);
	if (speaks)
		return action_on(l, WSI_ALTERNATE, speaks->call_id, l->call_id);
	/* Who goes back does not want the other any more. */
	if (goes)
		return action_on(l, WSI_RECONNECT, goes->call_id, l->call_id);
	return action(l, WSI_RETRIEVE);
}

static int cti_reconnect(void *carrier, void *leg, void *held)
{
	const struct leg *l = leg, *h = held;

	(void)carrier;
	return action_on(leg, WSI_RECONNECT, l->call_id, h->call_id);
}

static int action_to(struct leg *l, enum wsi_action what, const char *number)
{
	const struct app *a = l->cti->a;
	/* that number is told as it is dialled */
	char *dialable =
		text_equal(number, app_voicemail_number(a))
			? text_dup(number)
			: proto_number_dialable(number, uc_dial_params(a->uc));
	int err = dialable ? action_on(l, what, l->call_id, dialable) : EINVAL;

	free(dialable);
	return err;
}

static int cti_deflect(void *carrier, void *leg, const char *number)
{
	(void)carrier;
	return action_to(leg, WSI_DEFLECT, number);
}

static int cti_transfer(void *carrier, void *leg, const char *number)
{
	(void)carrier;
	return action_to(leg, WSI_TRANSFER, number);
}

/** With the one that is on, and the one on hold. */
static int action_both(struct leg *l, enum wsi_action what,
		       const struct leg *other)
{
	bool held = l->state == UC_CALL_HELD;

	return action_on(l, what, held ? other->call_id : l->call_id,
			 held ? l->call_id : other->call_id);
}

static int cti_transfer_to(void *carrier, void *leg, void *other)
{
	(void)carrier;
	return action_both(leg, WSI_TRANSFER_ATTENDED, other);
}

static int cti_join(void *carrier, void *leg, void *other)
{
	(void)carrier;
	return action_both(leg, WSI_CONFERENCE, other);
}

static int cti_end_conference(void *carrier, void *leg)
{
	(void)carrier;
	return action(leg, WSI_END_CONFERENCE);
}

static int cti_drop(void *carrier, void *leg, const char *member)
{
	const struct cti *t = carrier;
	struct leg *l = leg;
	struct wsi *w = app_online(t->a);

	if (!w)
		return ENOTCONN;
	l->request = mem_deref(l->request);
	return wsi_call_drop(&l->request, w, l->call_id, member, acted, l);
}

static const struct app_carrier_methods methods = {
	.name = "cti",
	.consults = true,
	.answers = true,
	.dial = cti_dial,
	.answer = cti_answer,
	.reject = cti_hang_up,
	.hang_up = cti_hang_up,
	.hold = cti_hold,
	.deflect = cti_deflect,
	.transfer = cti_transfer,
	.transfer_to = cti_transfer_to,
	.join = cti_join,
	.end_conference = cti_end_conference,
	.drop = cti_drop,
	.reconnect = cti_reconnect,
};

/* ---- events ------------------------------------------------------------ */

/** The leg that an event is about: known, or dialled by us just now. */
static struct leg *leg_for(struct cti *t, const struct wsi_call_event *e)
{
	struct leg *l = leg_find(t, e->call_id);

	if (!l && !e->incoming) {
		l = leg_find(t, "");
		if (l)
			(void)text_set(&l->call_id, e->call_id);
	}
	return l;
}

/** A call that nobody here has dialled: incoming, or dialled on the phone. */
static void begin(struct cti *t, const struct wsi_call_event *e)
{
	struct app_carrier_report r = {
		.key = e->call_id,
		.number = e->other,
		.name = e->other_name,
		.outside = e->outside,
	};
	struct leg *l;

	/* A receiver lifted is no call yet; an end or a hint never is one. */
	if (e->type == WSI_CALL_INITIATED || e->type == WSI_CALL_CLEARED ||
	    e->type == WSI_CALL_FAILED || e->type == WSI_CALL_DIVERTED ||
	    leg_new(t, &l, e->call_id))
		return;
	l->outgoing = !e->incoming;
	l->state = l->outgoing ? UC_CALL_DIALLING : UC_CALL_RINGING_IN;
	l->state = app_cti_state(l->state, l->outgoing, e);
	if (l->state == UC_CALL_ENDED || l->state == UC_CALL_FAILED) {
		mem_deref(l);
		return;
	}
	r.functions = functions[l->state];
	/* The direction is told by the state that a call begins with. */
	r.state = l->outgoing ? UC_CALL_DIALLING : UC_CALL_RINGING_IN;
	if (app_carrier_incoming(t->carrier, l, &r, &l->side)) {
		mem_deref(l);
		return;
	}
	if (l->state != r.state)
		tell(l, l->state, e, NULL);
}

void app_cti_event(struct app *a, const struct wsi_call_event *e)
{
	struct cti *t = a->cti;
	struct leg *l = leg_for(t, e), *other;
	enum uc_call_state state;

	if (!l) {
		begin(t, e);
		return;
	}
	l->seen = true;
	if (!text_empty(e->new_call_id) &&
	    strcmp(e->new_call_id, l->call_id) != 0) {
		/* Two calls became one: the other leg's is over. */
		other = leg_find(t, e->new_call_id);
		if (other)
			tell(other, UC_CALL_ENDED, NULL, NULL);
		(void)text_set(&l->call_id, e->new_call_id);
	}
	state = app_cti_state(l->state, l->outgoing, e);
	mem_ref(l);
	tell(l, state, e,
	     state == UC_CALL_FAILED || e->type == WSI_CALL_CLEARED
		     ? app_cti_cause(e->cause)
		     : NULL);
	if (l->drop && l->side)
		clear(l);
	mem_deref(l);
}

void app_cti_session(struct app *a, bool on)
{
	struct cti *t = a->cti;
	struct le *le;

	app_carrier_registered(
		t->carrier, on && (uc_account(a->uc)->can & UC_CAN_CTI), NULL);
	le = t->legs.head;
	while (le) {
		struct leg *l = le->data;

		le = le->next;
		l->seen = false;
		l->request = mem_deref(l->request);
		tell(l, l->state, NULL, NULL);
	}
}

void app_cti_synced(struct app *a)
{
	struct cti *t = a->cti;
	struct le *le = t->legs.head;

	while (le) {
		struct leg *l = le->data;

		le = le->next;
		if (!l->seen)
			tell(l, UC_CALL_ENDED, NULL, NULL);
	}
}

static void destructor(void *arg)
{
	const struct app_carrier_report over = {.state = UC_CALL_ENDED};
	struct cti *t = arg;

	while (t->legs.head) {
		struct leg *l = t->legs.head->data;

		app_carrier_report(l->side, &over);
		mem_deref(l);
	}
	mem_deref(t->carrier);
}

int app_cti_alloc(struct app *a)
{
	struct cti *t = mem_zalloc(sizeof(*t), destructor);
	int err;

	if (!t)
		return ENOMEM;
	t->a = a;
	err = app_carrier_register(a, &t->carrier, &methods, t);
	if (err) {
		mem_deref(t);
		return err;
	}
	a->cti = t;
	return 0;
}
