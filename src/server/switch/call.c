/**
 * @file call.c  A call from its beginning to its end
 */
#include "switch_int.h"

static void call_destructor(void *arg)
{
	struct call *c = arg;

	c->over = true;
	tmr_cancel(&c->tmr);
	list_unlink(&c->le);
	tmr_cancel(&c->tmr_left);
	mem_deref(c->transfer);
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
	free(c->id_text);
}

static int call_alloc(struct call **cp, struct pbx *p, const char *dialled)
{
	struct call *c;
	int err;

	if (p->closing || list_count(&p->calls) >= CALLS_MAX)
		return EBUSY;

	c = mem_zalloc(sizeof(*c), call_destructor);
	if (!c)
		return ENOMEM;

	tmr_init(&c->tmr);
	tmr_init(&c->tmr_left);
	c->pbx = p;
	c->id = ++p->last_call;
	c->id_text = text_printf("%u", c->id);
	err = c->id_text ? str_dup(&c->dialled, dialled) : ENOMEM;
	if (err) {
		mem_deref(c);
		return err;
	}

	list_append(&p->calls, &c->le, c);
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

enum pbx_cause call_route(const struct pbx *p, const struct party *caller,
			  const char *number, struct pbx_route *route)
{
	const struct pbx_caller who = {
		.number = caller->number,
		.outside = caller->outside,
	};
	int err = ENOENT;

	memset(route, 0, sizeof(*route));
	if (is_number(number) && p->hooks.route)
		err = p->hooks.route(&who, number, route, p->arg);
	return err ? PBX_CAUSE_NOT_OBTAINABLE : route->refuse;
}

void route_reset(struct pbx_route *route)
{
	free(route->device);
	free(route->name);
	free(route->caller_name);
}

static void no_answer(void *arg)
{
	call_end(arg, PBX_CAUSE_NO_ANSWER);
}

enum pbx_cause call_party_make(struct call *c, enum pbx_cause cause,
			       const char *number,
			       const struct pbx_route *route,
			       struct party **partyp, struct device **dp)
{
	struct device *d;
	int err;

	if (cause == PBX_CAUSE_NOT_OBTAINABLE)
		return cause;

	err = device_get(&d, c->pbx, route->device ? route->device : number);
	if (err)
		return PBX_CAUSE_NETWORK;

	if (!route->outside && device_is_full(d))
		cause = PBX_CAUSE_BUSY;
	err = party_alloc(partyp, c, route->outside ? NULL : d,
			  route->outside ? number : d->number, route->name);
	if (err) {
		device_tidy(d);
		return PBX_CAUSE_NETWORK;
	}
	(*partyp)->outside = route->outside;
	(*partyp)->forwarded = c->forwarded;

	if (cause == PBX_CAUSE_NORMAL && !device_reachable(d))
		cause = PBX_CAUSE_UNREACHABLE;
	if (cause != PBX_CAUSE_NORMAL)
		device_tidy(d);
	else
		*dp = d;
	return cause;
}

/** Ring the phones of where the route leads. @return cause, NORMAL if it
 *  rings */
static enum pbx_cause lead(struct call *c, const char *number)
{
	struct list formats = LIST_INIT;
	struct pbx_route route;
	enum pbx_cause cause = call_route(c->pbx, c->calling, number, &route);
	struct device *d;
	int err;

	if (cause != PBX_CAUSE_NOT_OBTAINABLE && route.caller_name)
		text_set(&c->calling->name, route.caller_name);
	cause = call_party_make(c, cause, number, &route, &c->called, &d);
	route_reset(&route);
	if (cause != PBX_CAUSE_NORMAL)
		return cause;

	err = party_formats(c->calling, &formats);
	if (!err)
		err = party_ring(c->called, d, c->calling, &formats, false);
	list_flush(&formats);
	return err ? PBX_CAUSE_UNREACHABLE : PBX_CAUSE_NORMAL;
}

void call_wait_for_answer(struct call *c)
{
	tmr_start(&c->tmr, c->pbx->prm.no_answer_s * 1000ull, no_answer, c);
}

enum pbx_cause call_lead(struct call *c, const char *number)
{
	enum pbx_cause cause = lead(c, number);

	event_send(c, c->calling, PBX_ORIGINATED, PBX_CAUSE_NEW_CALL, NULL);
	if (cause != PBX_CAUSE_NORMAL)
		call_end(c, cause);
	else
		call_wait_for_answer(c);
	return cause;
}

/* ---- beginnings -------------------------------------------------------- */

/** Who calls: an extension as it proved to be, or a number outside. */
static int set_calling(struct call *c, const char *user,
		       const struct sip_message *m)
{
	const struct pbx *p = c->pbx;
	bool outside = p->hooks.trunk && p->hooks.trunk(user, p->arg);
	char *number = outside ? sip_message_user(m, "From") : text_dup(user);
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

int call_make(struct pbx *p, struct device *d, const char *number,
	      uint32_t *idp)
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
		err = party_ring(c->calling, d, NULL, NULL, true);
	}
	if (err) {
		mem_deref(c);
		return err;
	}

	*idp = c->id;
	party_state(c->calling, PBX_INITIATED);
	call_wait_for_answer(c);
	event_send(c, c->calling, PBX_SERVICE_INITIATED, PBX_CAUSE_NEW_CALL,
		   NULL);
	return 0;
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

/** Its INVITE is not answered yet. */
static bool waits(const struct party *party)
{
	return sip_leg_is_incoming(party->leg) &&
	       sip_leg_state(party->leg) != SIP_LEG_ESTABLISHED;
}

void call_ringing(struct call *c)
{
	const struct sip_header headers[] = {
		{SIP_HEADER_CALL_ID, c->id_text},
		{NULL, NULL},
	};

	if (c->answered || c->called->state == PBX_ALERTING)
		return;

	party_state(c->called, PBX_ALERTING);
	if (waits(c->calling))
		sip_leg_ring(c->calling->leg, headers);
	else
		media_stream_play_tone(party_stream(c->calling), MEDIA_REMOTE,
				       MEDIA_TONE_RINGBACK);
	event_send(c, c->called, PBX_DELIVERED, PBX_CAUSE_NEW_CALL, NULL);
}

void call_early(struct call *c, struct sip_leg *leg)
{
	const struct sip_header headers[] = {
		{SIP_HEADER_CALL_ID, c->id_text},
		{NULL, NULL},
	};
	bool incoming = waits(c->calling);

	if (c->answered)
		return;

	/* with several phones nobody could say whose sound it is */
	if (list_count(&c->called->branches) > 1) {
		call_ringing(c);
		return;
	}

	if (incoming && sip_leg_progress(c->calling->leg,
					 sip_leg_remote_formats(leg), headers))
		return;
	media_stream_bridge(party_stream(c->calling), sip_leg_stream(leg));
	if (c->called->state != PBX_ALERTING) {
		party_state(c->called, PBX_ALERTING);
		event_send(c, c->called, PBX_DELIVERED, PBX_CAUSE_NEW_CALL,
			   NULL);
	}
}

void call_answered(struct call *c, struct sip_leg *leg)
{
	const struct sip_header headers[] = {
		{SIP_HEADER_CALL_ID, c->id_text},
		{NULL, NULL},
	};

	tmr_cancel(&c->tmr);
	if (waits(c->calling)) {
		if (sip_leg_answer(c->calling->leg, sip_leg_remote_formats(leg),
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
	party_state(c->called, PBX_CONNECTED);
	event_send(c, c->called, PBX_ESTABLISHED, PBX_CAUSE_NEW_CALL, NULL);
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

	c->code = call_code_of(c->code, code);
	list_unlink(&b->le); /* its handler still holds it */
	mem_deref(b);
	if (list_isempty(&party->branches))
		call_end(c, cause_of_code(c->code));
}

/* ---- hold, deflect, end ------------------------------------------------ */

void call_keep_waiting(struct party *party)
{
	/* while another word is on its way, later: leg.c */
	sip_leg_hold(party->leg, true);
	media_stream_play_tone(party_stream(party), MEDIA_REMOTE,
			       MEDIA_TONE_HELD);
}

void call_unhold(struct party *party)
{
	media_stream_play_stop(party_stream(party), MEDIA_REMOTE);
	sip_leg_hold(party->leg, false);
}

void call_hold(struct party *party, bool hold, enum pbx_cause cause)
{
	struct call *c = party->call;
	enum pbx_connection state = hold ? PBX_HELD : PBX_CONNECTED;

	if (!c->answered || party->state == state)
		return;
	if (call_is_conference(c)) {
		conference_hold(party, hold, cause);
		return;
	}

	party_state(party, state);
	if (hold)
		call_keep_waiting(call_other(party));
	else
		call_unhold(call_other(party));
	event_send(c, party, hold ? PBX_HELD_EVENT : PBX_RETRIEVED, cause,
		   NULL);
}

int call_deflect(struct call *c, const char *number)
{
	struct party *left = c->called;

	if (c->answered || !left || left->state != PBX_ALERTING)
		return EPROTO;
	if (!is_number(number))
		return EINVAL;

	party_state(left, PBX_NULL);
	event_send(c, left, PBX_DIVERTED, PBX_CAUSE_FORWARDED, left->number);
	c->called = NULL;
	c->code = 0;
	c->forwarded = true;
	mem_deref(left);
	call_lead(c, number);
	return 0;
}

void call_dissolve(struct call *c)
{
	c->over = true;
	tmr_cancel(&c->tmr);
	list_unlink(&c->le);
	mem_deref(c);
}

static void clear_party(struct call *c, struct party *party,
			enum pbx_cause cause)
{
	if (!party)
		return;

	party_state(party, PBX_NULL);
	event_send(c, party, PBX_CONNECTION_CLEARED, cause, NULL);
}

void call_end(struct call *c, enum pbx_cause cause)
{
	struct sip_leg *leg = c->calling->leg;

	if (c->over)
		return;

	c->over = true;
	tmr_cancel(&c->tmr);
	list_unlink(&c->le);
	transfer_drop(c);

	if (leg && !c->answered && waits(c->calling) &&
	    sip_leg_state(leg) != SIP_LEG_CLOSED) {
		uint16_t code = cause_code(cause);

		sip_leg_reject(leg, c->code >= 400 ? c->code : code, NULL);
	}
	for (unsigned i = 0; i < call_side_count(c); i++) {
		struct party *side = call_side(c, i);

		handset_left(side);
		list_flush(&side->branches);
	}

	if (!c->answered && cause != PBX_CAUSE_CANCELLED) {
		party_state(c->calling, PBX_FAILED);
		event_send(c, c->calling, PBX_FAILED_EVENT, cause, NULL);
	}
	for (unsigned i = call_side_count(c); i-- > 0;)
		clear_party(c, call_side(c, i), cause);
	mem_deref(c);
}
