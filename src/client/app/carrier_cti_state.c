/**
 * @file carrier_cti_state.c  What an event of the switch makes of our call
 */
#include "app_int.h"

const char *app_cti_cause(enum wsi_cause c)
{
	static const char *const texts[WSI_CAUSE_COUNT] = {
		[WSI_CAUSE_BUSY] = N_("busy"),
		[WSI_CAUSE_NO_ANSWER] = N_("no answer"),
		[WSI_CAUSE_CANCELLED] = N_("cancelled"),
		[WSI_CAUSE_REJECTED] = N_("rejected"),
		[WSI_CAUSE_NOT_OBTAINABLE] = N_("there is no such number"),
		[WSI_CAUSE_UNREACHABLE] = N_("not reachable"),
		[WSI_CAUSE_FORWARDED] = N_("went to another phone"),
		[WSI_CAUSE_CONGESTION] = N_("no line is free"),
		[WSI_CAUSE_OTHER] = N_("the call failed"),
	};
	return (unsigned)c < WSI_CAUSE_COUNT && texts[c] ? _(texts[c]) : NULL;
}

/** State by what the event says of our own connection (ECMA-269 §6.1.5). */
static enum uc_call_state by_local(const struct wsi_call_event *e,
				   enum uc_call_state fallback)
{
	static const struct {
		enum wsi_connection local;
		enum uc_call_state state;
	} states[] = {
		{WSI_CONNECTION_NULL, UC_CALL_ENDED},
		{WSI_CONNECTION_INITIATED, UC_CALL_DIALLING},
		{WSI_CONNECTION_ALERTING, UC_CALL_RINGING_IN},
		{WSI_CONNECTION_CONNECTED, UC_CALL_TALKING},
		{WSI_CONNECTION_HOLD, UC_CALL_HELD},
		{WSI_CONNECTION_QUEUED, UC_CALL_DIALLING},
		{WSI_CONNECTION_FAILED, UC_CALL_FAILED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (states[i].local == e->local)
			return states[i].state;
	return fallback;
}

static enum uc_call_state cleared(enum uc_call_state was, bool outgoing,
				  const struct wsi_call_event *e)
{
	bool ours =
		e->local == WSI_CONNECTION_NULL ||
		(!text_empty(e->releasing) && !strcmp(e->releasing, e->device));

	/* Somebody left, and we are still in it. */
	if (!ours && e->local != WSI_CONNECTION_UNKNOWN)
		return was;
	if (outgoing && was != UC_CALL_TALKING &&
	    (e->cause == WSI_CAUSE_BUSY || e->cause == WSI_CAUSE_REJECTED ||
	     e->cause == WSI_CAUSE_NOT_OBTAINABLE ||
	     e->cause == WSI_CAUSE_UNREACHABLE ||
	     e->cause == WSI_CAUSE_CONGESTION))
		return UC_CALL_FAILED;
	return UC_CALL_ENDED;
}

/* Nobody has answered yet. */
static enum uc_call_state waiting(enum uc_call_state was)
{
	return was == UC_CALL_RINGING_OUT ? was : UC_CALL_DIALLING;
}

enum uc_call_state app_cti_state(enum uc_call_state was, bool outgoing,
				 const struct wsi_call_event *e)
{
	switch (e->type) {
	case WSI_CALL_INITIATED:
		return UC_CALL_PREPARING;
	case WSI_CALL_QUEUED:
		/* Parked: whoever was there has left it waiting. */
		if (was == UC_CALL_TALKING || was == UC_CALL_HELD ||
		    was == UC_CALL_HELD_BY_OTHER)
			return UC_CALL_HELD_BY_OTHER;
		/* fall through */
	case WSI_CALL_ORIGINATED:
		return waiting(was);
	case WSI_CALL_DELIVERED:
		/* On hold, it comes back to a phone that was put down. */
		return outgoing && e->local != WSI_CONNECTION_ALERTING
			       ? UC_CALL_RINGING_OUT
			       : UC_CALL_RINGING_IN;
	case WSI_CALL_ESTABLISHED:
		return UC_CALL_TALKING;
	case WSI_CALL_RETRIEVED:
		return by_local(e, UC_CALL_TALKING);
	case WSI_CALL_HELD:
		return e->local == WSI_CONNECTION_CONNECTED
			       ? UC_CALL_HELD_BY_OTHER
			       : UC_CALL_HELD;
	case WSI_CALL_DIVERTED:
		/* An outgoing one goes on elsewhere. */
		return outgoing ? was : UC_CALL_ENDED;
	case WSI_CALL_TRANSFERRED:
	case WSI_CALL_CONFERENCED:
		return by_local(e, was);
	case WSI_CALL_FAILED:
		return UC_CALL_FAILED;
	case WSI_CALL_CLEARED:
		return cleared(was, outgoing, e);
	case WSI_CALL_SNAPSHOT:
		return e->local == WSI_CONNECTION_CONNECTED && outgoing &&
				       !text_empty(e->alerting)
			       ? waiting(was)
			       : by_local(e, was);
	default:
		return was;
	}
}
