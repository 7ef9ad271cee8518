/**
 * @file call.c  A call from its beginning to its end
 */
#include "switch_int.h"

/** The confirmation of a code is heard for so long. */
enum { CONFIRM_MS = 1500 };

static void leave(struct call *c)
{
	if (c->le.list)
		c->pbx->call_count--;
	list_unlink(&c->le);
}

static void call_destructor(void *arg)
{
	struct call *c = arg;

	c->over = true;
	tmr_cancel(&c->tmr);
	leave(c);
	tmr_cancel(&c->tmr_left);
	c->transfer = mem_deref(c->transfer);
	park_over(c);
	ringing_reset(&c->ringing);
	list_flush(&c->leavers);
	mem_deref(c->left);
	mem_deref(c->mixer);
	while (c->more.head) {
		struct party *party = c->more.head->data;

		list_unlink(&party->more_le);
		mem_deref(party);
	}
	mem_deref(c->called);
	mem_deref(c->calling);
	mem_deref(c->dialled);
	free(c->group);
	free(c->id_text);
}

static int call_alloc(struct call **cp, struct pbx *p, const char *dialled)
{
	struct call *c;
	int err;

	if (p->closing || p->call_count >= CALLS_MAX)
		return EBUSY;

	c = mem_zalloc(sizeof(*c), call_destructor);
	if (!c)
		return ENOMEM;

	tmr_init(&c->tmr);
	tmr_init(&c->tmr_left);
	c->pbx = p;
	c->ringing.first = &c->called;
	c->id = ++p->last_call;
	c->id_text = text_printf("%u", c->id);
	err = c->id_text ? str_dup(&c->dialled, dialled) : ENOMEM;
	if (err) {
		mem_deref(c);
		return err;
	}

	list_append(&p->calls, &c->le, c);
	p->call_count++;
	*cp = c;
	return 0;
}

struct party *call_other(const struct party *party)
{
	const struct call *c = party->call;

	if (transfer_is_target(party))
		return transfer_stays(c);
	if (call_is_conference(c))
		return NULL;
	/* who transfers may have gone before the third has answered */
	if (party == c->calling && !c->called)
		return transfer_target(c);
	return party == c->calling ? c->called : c->calling;
}

/* ---- where it leads ---------------------------------------------------- */

bool is_number(const char *s)
{
	return s && *s && strlen(s) <= 64 &&
	       strspn(s, "0123456789+*#-._abcdefghijklmnopqrstuvwxyz"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(s);
}

/** Whoever is to have it instead rings, or it ends. */
static void go_on(struct call *c, enum pbx_cause cause)
{
	/* a phone that rang has hung up as if it had talked */
	if (cause == PBX_CAUSE_NORMAL)
		cause = PBX_CAUSE_NETWORK;
	if (!c->answered && c->called)
		cause = ringing_onward(&c->ringing, c, c->calling, c->calling,
				       cause);
	if (cause == PBX_CAUSE_NORMAL)
		call_wait_for_answer(c);
	else
		call_end(c, cause);
}

static void no_answer(void *arg)
{
	go_on(arg, PBX_CAUSE_NO_ANSWER);
}

void call_wait_for_answer(struct call *c)
{
	uint64_t ms;

	if (!c->answered && c->called && c->called->machine) {
		machine_answer(c);
		return;
	}
	ms = c->answered || !c->called ? c->pbx->prm.no_answer_s * 1000ull
				       : ringing_ms(&c->ringing);

	tmr_start(&c->tmr, ms, no_answer, c);
}

/** A call, or a code? */
static bool is_service(enum pbx_cause cause, const struct pbx_route *route)
{
	return cause == PBX_CAUSE_NORMAL && route->service != PBX_SERVICE_CALL;
}

/** @param left  Who has sent it there, or NULL */
static enum pbx_cause lead(struct call *c, const char *number, const char *left)
{
	struct pbx_route route;
	enum pbx_cause cause =
		ringing_ask(c->pbx, c->calling, number, left, &route);
	bool service = is_service(cause, &route);

	c->service = service;
	if (cause != PBX_CAUSE_NOT_OBTAINABLE && route.caller_name)
		text_set(&c->calling->name, route.caller_name);
	if (route.group)
		text_set(&c->group, route.name ? route.name : number);
	if (!service)
		cause = ringing_begin(&c->ringing, c, c->calling, c->calling,
				      number, cause, &route);
	event_send(c, c->calling, PBX_ORIGINATED, PBX_CAUSE_NEW_CALL, NULL);
	if (service)
		cause = service_run(c, number, &route);
	pbx_route_reset(&route);
	if (cause != PBX_CAUSE_NORMAL)
		call_end(c, cause);
	else if (!service)
		call_wait_for_answer(c);
	return cause;
}

enum pbx_cause call_lead(struct call *c, const char *number)
{
	return lead(c, number, NULL);
}

/* ---- beginnings -------------------------------------------------------- */

/** Who calls: an extension as it proved to be, or a number outside. */
static int set_calling(struct call *c, const char *user,
		       const struct sip_message *m)
{
	const struct pbx *p = c->pbx;
	bool outside = p->hooks.trunk && p->hooks.trunk(user, p->arg);
	char *number = outside ? sip_message_user(m, "From")
			       : text_dup(device_line(p, user));
	char *name = sip_message_name(m, "From");
	struct device *d = NULL;
	int err = number ? 0 : EBADMSG;

	if (!err && outside && !is_number(number))
		err = EBADMSG;
	if (!err && !outside)
		err = device_get(&d, c->pbx, number);
	if (!err && device_is_full(d))
		err = EBUSY;
	if (!err)
		err = party_alloc(&c->calling, c, d, number, name);
	if (!err) {
		c->calling->outgoing = true;
		c->calling->outside = outside;
	}
	free(number);
	free(name);
	return err;
}

void call_incoming(struct sip_incoming *in, void *arg)
{
	struct pbx *p = arg;
	const struct sip_message *m = sip_incoming_message(in);
	const char *user = sip_incoming_auth_user(in);
	char *number = sip_message_request_user(m);
	struct call *c = NULL;
	int err;

	if (!user || !is_number(number)) {
		sip_incoming_reject(in, user ? 404 : 403, NULL);
		goto out;
	}

	err = call_alloc(&c, p, number);
	if (!err)
		err = set_calling(c, user, m);
	if (err) {
		sip_incoming_reject(in, err == EBADMSG ? 400 : 503, NULL);
		mem_deref(c);
		goto out;
	}

	/* it answers by itself if that fails */
	if (party_accept(c->calling, in)) {
		mem_deref(c);
		goto out;
	}
	party_state(c->calling, PBX_CONNECTED);
	call_lead(c, number);
out:
	free(number);
}

/** Ring where the user is: at the phones of that account, at the one that is
 *  named, or wherever he has said. */
static int ring_home(struct call *c, const char *user, const char *phone)
{
	struct pbx *p = c->pbx;
	struct party *party = c->calling;
	struct ring_prm prm = {.user = user, .answer_itself = true};
	struct pbx_route home;
	int err = ENOENT;
	struct le *le;

	memset(&home, 0, sizeof(home));
	if (!p->hooks.home ||
	    p->hooks.home(party->number, phone, &home, p->arg))
		return phone ? ENOENT : party_ring(party, party->device, &prm);
	prm.user = NULL;
	LIST_FOREACH (&home.targets, le) {
		const struct pbx_target *t = le->data;
		const struct device *d = device_find(p, t->line);
		int e;

		/* he is not asked to put a hand on it elsewhere */
		prm.number = t->number;
		prm.answer_itself = !t->line;
		e = t->line && !d
			    ? EHOSTUNREACH
			    : party_ring(party, d ? d : party->device, &prm);
		if (err)
			err = e;
	}
	pbx_route_reset(&home);
	return err;
}

int call_make(struct pbx *p, struct device *d, const char *user,
	      const char *phone, const char *number, uint32_t *idp)
{
	struct call *c = NULL;
	int err;

	if (!is_number(number))
		return EINVAL;
	if (device_is_full(d))
		return EBUSY;

	err = call_alloc(&c, p, number);
	if (!err)
		err = party_alloc(&c->calling, c, d, d->number, NULL);
	if (!err) {
		c->calling->outgoing = true;
		err = ring_home(c, user, phone);
	}
	if (err) {
		mem_deref(c);
		return err == ENOENT ? EHOSTUNREACH : err;
	}

	*idp = c->id;
	party_state(c->calling, PBX_INITIATED);
	call_wait_for_answer(c);
	event_send(c, c->calling, PBX_SERVICE_INITIATED, PBX_CAUSE_NEW_CALL,
		   NULL);
	return 0;
}

int call_feature(struct pbx *p, struct device *d, const char *number,
		 uint32_t *idp)
{
	const struct pbx_caller caller = {.number = d->number};
	enum pbx_cause cause = PBX_CAUSE_NOT_OBTAINABLE;
	struct call *c = NULL;
	int err = call_alloc(&c, p, number);

	if (!err)
		err = party_alloc(&c->calling, c, d, d->number, NULL);
	if (err) {
		mem_deref(c);
		return err;
	}
	*idp = c->id;
	c->calling->outgoing = true;
	c->service = true;
	party_state(c->calling, PBX_INITIATED);
	event_send(c, c->calling, PBX_SERVICE_INITIATED, PBX_CAUSE_NEW_CALL,
		   NULL);
	if (p->hooks.feature)
		cause = p->hooks.feature(&caller, number, p->arg);
	c->answered = cause == PBX_CAUSE_NORMAL;
	call_end(c, cause);
	return cause == PBX_CAUSE_NORMAL ? 0 : cause_errno(cause);
}

int call_consult(struct party *by, const char *number, uint32_t *idp)
{
	enum pbx_connection before = by->state;
	enum pbx_cause cause;
	struct call *c = NULL;
	int err;

	if (!is_number(number))
		return EINVAL;
	if (device_is_full(by->device))
		return EBUSY;

	err = call_alloc(&c, by->call->pbx, number);
	if (!err)
		err = party_alloc(&c->calling, c, by->device, by->number, NULL);
	if (err) {
		mem_deref(c);
		return err;
	}

	*idp = c->id;
	c->calling->outgoing = true;
	call_hold(by, true, PBX_CAUSE_CONSULTATION);
	handset_lend(by, c->calling);
	party_state(c->calling, PBX_CONNECTED);
	cause = call_lead(c, number);
	if (cause == PBX_CAUSE_NORMAL)
		return 0;
	/* the phone is its own again */
	if (before == PBX_CONNECTED)
		(void)handset_take(by, PBX_CAUSE_NORMAL);
	return cause_errno(cause);
}

/* ---- ringing and answer ------------------------------------------------ */

void call_ringing(struct call *c, struct party *party)
{
	const struct sip_header headers[] = {
		{SIP_HEADER_CALL_ID, c->id_text},
		{NULL, NULL},
	};

	if (c->answered || party->state == PBX_ALERTING)
		return;

	party_state(party, PBX_ALERTING);
	if (party_waits(c->calling))
		sip_leg_ring(c->calling->leg, headers);
	else
		media_stream_play_tone(party_stream(c->calling), MEDIA_REMOTE,
				       MEDIA_TONE_RINGBACK);
	event_send(c, party, PBX_DELIVERED, PBX_CAUSE_NEW_CALL, NULL);
}

void call_early(struct call *c, struct party *party, struct sip_leg *leg)
{
	const struct sip_header headers[] = {
		{SIP_HEADER_CALL_ID, c->id_text},
		{NULL, NULL},
	};
	bool incoming = party_waits(c->calling);

	if (c->answered)
		return;

	/* with several phones nobody could say whose sound it is */
	if (ringing_legs(&c->ringing) > 1) {
		call_ringing(c, party);
		return;
	}

	if (incoming && sip_leg_progress(c->calling->leg,
					 sip_leg_remote_formats(leg), headers))
		return;
	media_stream_bridge(party_stream(c->calling), sip_leg_stream(leg));
	if (party->state != PBX_ALERTING) {
		party_state(party, PBX_ALERTING);
		event_send(c, party, PBX_DELIVERED, PBX_CAUSE_NEW_CALL, NULL);
	}
}

void call_answered(struct call *c, struct party *party, enum pbx_cause cause)
{
	const struct sip_header headers[] = {
		{SIP_HEADER_CALL_ID, c->id_text},
		{NULL, NULL},
	};

	tmr_cancel(&c->tmr);
	ringing_decide(&c->ringing, party);
	if (party_waits(c->calling)) {
		/* a machine speaks whatever we do */
		if (sip_leg_answer(c->calling->leg,
				   party->leg
					   ? sip_leg_remote_formats(party->leg)
					   : NULL,
				   headers)) {
			call_end(c, PBX_CAUSE_INCOMPATIBLE);
			return;
		}
	} else {
		media_stream_play_stop(party_stream(c->calling), MEDIA_REMOTE);
	}

	c->answered = true;
	call_connect(c);
	c->calling->answered_ms = time_wall_ms();
	party_state(party, PBX_CONNECTED);
	event_send(c, party, PBX_ESTABLISHED, cause, NULL);
}

/** Which of two answers of phones tells the caller more. */
static bool tells_more(uint16_t code, uint16_t than)
{
	static const uint16_t order[] = {603, 600, 486, 480, 408};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		if (order[i] == than)
			return false;
		if (order[i] == code)
			return true;
	}
	return than == 0;
}

uint16_t call_code_of(uint16_t code, uint16_t newer)
{
	return tells_more(newer, code) ? newer : code;
}

void call_branch_failed(struct call *c, struct branch *b, uint16_t code)
{
	struct party *party = b->party;

	if (ringing_has(&c->ringing, party)) {
		if (ringing_failed(&c->ringing, b, code))
			go_on(c, cause_of_code(c->ringing.code));
		return;
	}
	/* its own phone, which we have called for it */
	list_unlink(&b->le);
	mem_deref(b);
	if (list_isempty(&party->branches))
		call_end(c, cause_of_code(code));
}

void call_refused(struct party *party)
{
	struct call *c = party->call;

	if (!ringing_leave(&c->ringing, party, PBX_CAUSE_REJECTED))
		return;
	c->ringing.code = cause_code(PBX_CAUSE_REJECTED);
	go_on(c, PBX_CAUSE_REJECTED);
}

/* ---- deflect, end ------------------------------------------------------ */

int call_deflect(struct party *party, const char *number)
{
	struct call *c = party->call;
	struct pbx_route route;
	enum pbx_cause cause;
	char *left;

	if (c->answered || party->state != PBX_ALERTING ||
	    !ringing_has(&c->ringing, party))
		return EPROTO;
	if (!is_number(number))
		return EINVAL;
	cause = ringing_ask(c->pbx, c->calling, number, party->number, &route);
	if (is_service(cause, &route))
		cause = PBX_CAUSE_NOT_OBTAINABLE;
	pbx_route_reset(&route);
	if (cause == PBX_CAUSE_NOT_OBTAINABLE)
		return ENOENT;
	left = text_dup(party->number);
	if (!left)
		return ENOMEM;

	/* whoever rang with it: it is taken care of */
	ringing_decide(&c->ringing, party);
	party_state(party, PBX_NULL);
	event_send(c, party, PBX_DIVERTED, PBX_CAUSE_FORWARDED, party->number);
	c->called = NULL;
	c->ringing.forwarded = true;
	ringing_left(&c->ringing, left);
	text_set(&c->group, NULL);
	mem_deref(party);
	(void)lead(c, number, left);
	free(left);
	return 0;
}

static void confirmed(void *arg)
{
	call_end(arg, PBX_CAUSE_NORMAL);
}

void call_confirm(struct call *c)
{
	tmr_cancel(&c->tmr);
	if (party_waits(c->calling) &&
	    sip_leg_answer(c->calling->leg, NULL, NULL)) {
		call_end(c, PBX_CAUSE_INCOMPATIBLE);
		return;
	}
	c->answered = true;
	media_stream_play_tone(party_stream(c->calling), MEDIA_REMOTE,
			       MEDIA_TONE_CONFIRM);
	tmr_start(&c->tmr, CONFIRM_MS, confirmed, c);
}

void call_dissolve(struct call *c)
{
	c->over = true;
	tmr_cancel(&c->tmr);
	leave(c);
	mem_deref(c);
}

static void clear_party(struct call *c, struct party *party,
			enum pbx_cause cause)
{
	/* a device that was told to have lost it, and did not ring again */
	if (!party || (party == c->called && party->state == PBX_NULL &&
		       event_has_left(party)))
		return;

	party_state(party, PBX_NULL);
	event_send(c, party, PBX_CONNECTION_CLEARED, cause, NULL);
}

void call_end(struct call *c, enum pbx_cause cause)
{
	struct sip_leg *leg = c->calling->leg;
	struct party *side;

	if (c->over)
		return;

	c->over = true;
	tmr_cancel(&c->tmr);
	leave(c);
	transfer_drop(c);
	park_over(c);

	if (leg && !c->answered && party_waits(c->calling) &&
	    sip_leg_state(leg) != SIP_LEG_CLOSED) {
		uint16_t code = cause_code(cause);

		sip_leg_reject(leg,
			       c->ringing.code >= 400 ? c->ringing.code : code,
			       NULL);
	}
	for (unsigned i = 0; i < call_side_count(c); i++) {
		side = call_side(c, i);
		machine_over(side);
		handset_left(side);
		list_flush(&side->branches);
	}

	if (!c->answered && cause != PBX_CAUSE_CANCELLED) {
		party_state(c->calling, PBX_FAILED);
		event_send(c, c->calling, PBX_FAILED_EVENT, cause, NULL);
	}
	while ((side = list_ledata(list_head(&c->ringing.also))))
		(void)ringing_leave(&c->ringing, side, cause);
	for (unsigned i = call_side_count(c); i-- > 0;)
		clear_party(c, call_side(c, i), cause);
	mem_deref(c);
}
