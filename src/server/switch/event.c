/**
 * @file event.c  What happens, told as CSTA events; causes and their codes
 */
#include "switch_int.h"

/* ECMA-269's names, as they stand on the wire */
static const char *const event_names[] = {
	[PBX_SERVICE_INITIATED] = "ServiceInitiated",
	[PBX_ORIGINATED] = "Originated",
	[PBX_DELIVERED] = "Delivered",
	[PBX_ESTABLISHED] = "Established",
	[PBX_HELD_EVENT] = "Held",
	[PBX_RETRIEVED] = "Retrieved",
	[PBX_DIVERTED] = "Diverted",
	[PBX_QUEUED_EVENT] = "Queued",
	[PBX_TRANSFERRED] = "Transfered",
	[PBX_CONFERENCED] = "Conferenced",
	[PBX_FAILED_EVENT] = "Failed",
	[PBX_CONNECTION_CLEARED] = "ConnectionCleared",
};
_Static_assert(ARRAY_SIZE(event_names) == PBX_EVENT_COUNT, "a row per event");

static const struct {
	const char *name;
	uint16_t code; /**< SIP answer to the calling phone */
} causes[] = {
	[PBX_CAUSE_NORMAL] = {"normal", 480},
	[PBX_CAUSE_NEW_CALL] = {"newCall", 480},
	[PBX_CAUSE_BUSY] = {"busy", 486},
	[PBX_CAUSE_NO_ANSWER] = {"callNotAnswered", 408},
	[PBX_CAUSE_CANCELLED] = {"callCancelled", 487},
	[PBX_CAUSE_REJECTED] = {"callRejected", 603},
	[PBX_CAUSE_NOT_OBTAINABLE] = {"destNotObtainable", 404},
	[PBX_CAUSE_UNREACHABLE] = {"destOutOfOrder", 480},
	[PBX_CAUSE_DO_NOT_DISTURB] = {"doNotDisturb", 486},
	[PBX_CAUSE_FORWARDED] = {"callForward", 480},
	[PBX_CAUSE_TRANSFER] = {"transfer", 480},
	[PBX_CAUSE_NETWORK] = {"networkCongestion", 503},
	[PBX_CAUSE_INCOMPATIBLE] = {"incompatibleDestination", 488},
	[PBX_CAUSE_CONSULTATION] = {"consultation", 480},
	[PBX_CAUSE_ALTERNATE] = {"alternate", 480},
	[PBX_CAUSE_RECALL] = {"recall", 480},
	[PBX_CAUSE_CONFERENCE] = {"conference", 480},
	[PBX_CAUSE_MULTIPLE_ALERTING] = {"multipleAlerting", 480},
	[PBX_CAUSE_PICKUP] = {"callPickup", 480},
	[PBX_CAUSE_PARK] = {"park", 480},
};
_Static_assert(ARRAY_SIZE(causes) == PBX_CAUSE_COUNT, "a row per cause");

const char *pbx_event_name(enum pbx_event_type t)
{
	return (size_t)t < ARRAY_SIZE(event_names) ? event_names[t] : "";
}

const char *pbx_cause_name(enum pbx_cause c)
{
	return (size_t)c < ARRAY_SIZE(causes) ? causes[c].name : "";
}

uint16_t cause_code(enum pbx_cause cause)
{
	return causes[cause].code;
}

int cause_errno(enum pbx_cause cause)
{
	return cause == PBX_CAUSE_NOT_OBTAINABLE ? ENOENT
	       : cause == PBX_CAUSE_NETWORK	 ? ENOMEM
	       : cause == PBX_CAUSE_UNREACHABLE	 ? EHOSTUNREACH
						 : EBUSY;
}

enum pbx_cause cause_of_code(uint16_t code)
{
	static const struct {
		uint16_t code;
		enum pbx_cause cause;
	} table[] = {
		{486, PBX_CAUSE_BUSY},
		{600, PBX_CAUSE_BUSY},
		{603, PBX_CAUSE_REJECTED},
		{408, PBX_CAUSE_NO_ANSWER},
		{480, PBX_CAUSE_NO_ANSWER},
		{487, PBX_CAUSE_CANCELLED},
		{404, PBX_CAUSE_NOT_OBTAINABLE},
		{604, PBX_CAUSE_NOT_OBTAINABLE},
		{410, PBX_CAUSE_NOT_OBTAINABLE},
		{484, PBX_CAUSE_NOT_OBTAINABLE},
		{488, PBX_CAUSE_INCOMPATIBLE},
		{606, PBX_CAUSE_INCOMPATIBLE},
		{503, PBX_CAUSE_UNREACHABLE},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].code == code)
			return table[i].cause;
	}
	return code < 300 ? PBX_CAUSE_NORMAL : PBX_CAUSE_NETWORK;
}

static const char *text(const char *s)
{
	return s ? s : "";
}

/* ---- who has left a call that goes on --------------------------------- */

struct leaver {
	struct le le;
	uint32_t id; /* of the connection */
	char *number;
};

static void leaver_destructor(void *arg)
{
	struct leaver *l = arg;

	list_unlink(&l->le);
	free(l->number);
}

static struct leaver *leaver_find(const struct party *party)
{
	struct le *le;

	LIST_FOREACH (&party->call->leavers, le) {
		struct leaver *l = le->data;

		if (l->id == party->id && text_equal(l->number, party->number))
			return l;
	}
	return NULL;
}

bool event_has_left(const struct party *party)
{
	return leaver_find(party) != NULL;
}

static void leaver_keep(struct party *party, bool left)
{
	struct leaver *l = leaver_find(party);

	if (!left)
		mem_deref(l);
	if (!left || l || party->call->over)
		return;
	l = mem_zalloc(sizeof(*l), leaver_destructor);
	if (!l)
		return;
	l->id = party->id;
	l->number = text_dup(party->number);
	list_append(&party->call->leavers, &l->le, l);
}

/* ---- what is told ------------------------------------------------------ */

void event_send(struct call *c, struct party *subject, enum pbx_event_type type,
		enum pbx_cause cause, const char *redirected)
{
	const struct party *other = call_other(subject);
	const struct pbx_hooks *h = &c->pbx->hooks;
	bool calls_group = c->group && subject == c->calling;
	/* until one has answered it is the group that is called */
	bool all = calls_group && !c->answered;
	bool one =
		c->group && !c->answered && ringing_has(&c->ringing, subject);
	struct pbx_event ev = {
		.type = type,
		.cause = cause,
		.call = subject->id,
		.peer_call = other ? other->id : c->id,
		.device = subject->number,
		.subject_outside = subject->outside,
		.calling = text(c->calling->number),
		.calling_name = text(c->calling->name),
		.called = text(c->dialled),
		.redirected = text(redirected),
		.peer = all			? text(c->dialled)
			: other			? text(other->number)
			: call_is_conference(c) ? ""
						: text(c->dialled),
		.sides = call_side_count(c),
		.peer_name = all     ? text(c->group)
			     : other ? text(other->name)
				     : "",
		.seen_as = one ? text(c->dialled) : subject->number,
		.seen_name = one ? text(c->group) : "",
		.group = calls_group || subject->group,
		.service = c->service,
		.outgoing = subject->outgoing,
		.outside = other && other->outside,
		.state = subject->state,
		.forwarded = subject->forwarded,
		.to_machine = type == PBX_DIVERTED && c->ringing.to_machine,
		.met = subject->met,
		.met_name = text(subject->met_name),
		.begun_ms = subject->begun_ms,
		.answered_ms = subject->answered_ms,
		.at_ms = time_wall_ms(),
	};

	leaver_keep(subject,
		    type == PBX_DIVERTED || type == PBX_CONNECTION_CLEARED);
	if (type == PBX_CONFERENCED && call_is_conference(c))
		ev.member_count = call_members(subject, ev.members);
	log_debug("call %u: %s %s in %u (%s)", c->id, pbx_event_name(type),
		  subject->number, subject->id, pbx_cause_name(cause));
	if (c->calling->device)
		watch_calls_changed(c->pbx, c->calling->number);
	if (c->called && c->called->device)
		watch_calls_changed(c->pbx, c->called->number);
	if (subject->device && subject != c->calling && subject != c->called)
		watch_calls_changed(c->pbx, subject->number);
	if (h->event)
		h->event(&ev, c->pbx->arg);
}
