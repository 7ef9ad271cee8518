/**
 * @file calls.c  CSTA events of our device, made whole and put in order
 *
 * What an event leaves out is filled in from those before. What came twice,
 * or late, is dropped; what can't be true is not told but looked up.
 */
#include <stdlib.h>
#include <strings.h>

#include "calls_int.h"

#define LOG_MODULE "wsi"

enum { CALLS_MAX = 64 };

static const struct {
	enum proto_event event;
	enum wsi_call_type type;
	enum wsi_connection local; /**< where the event does not say */
	int rank;		   /**< order of a call's life, 0: any time */
} event_rows[] = {
	{PROTO_EVENT_SERVICE_INITIATED, WSI_CALL_INITIATED,
	 WSI_CONNECTION_INITIATED, 1},
	{PROTO_EVENT_ORIGINATED, WSI_CALL_ORIGINATED, WSI_CONNECTION_CONNECTED,
	 2},
	{PROTO_EVENT_DELIVERED, WSI_CALL_DELIVERED, WSI_CONNECTION_UNKNOWN, 3},
	{PROTO_EVENT_QUEUED, WSI_CALL_QUEUED, WSI_CONNECTION_QUEUED, 3},
	{PROTO_EVENT_ESTABLISHED, WSI_CALL_ESTABLISHED,
	 WSI_CONNECTION_CONNECTED, 4},
	{PROTO_EVENT_HELD, WSI_CALL_HELD, WSI_CONNECTION_HOLD, 0},
	{PROTO_EVENT_RETRIEVED, WSI_CALL_RETRIEVED, WSI_CONNECTION_CONNECTED,
	 0},
	{PROTO_EVENT_DIVERTED, WSI_CALL_DIVERTED, WSI_CONNECTION_NULL, 0},
	{PROTO_EVENT_TRANSFERRED, WSI_CALL_TRANSFERRED, WSI_CONNECTION_UNKNOWN,
	 0},
	{PROTO_EVENT_CONFERENCED, WSI_CALL_CONFERENCED,
	 WSI_CONNECTION_CONNECTED, 0},
	{PROTO_EVENT_FAILED, WSI_CALL_FAILED, WSI_CONNECTION_FAILED, 0},
	{PROTO_EVENT_CONNECTION_CLEARED, WSI_CALL_CLEARED,
	 WSI_CONNECTION_UNKNOWN, 0},
};

static const enum wsi_connection states[PROTO_STATE_COUNT] = {
	[PROTO_STATE_NULL] = WSI_CONNECTION_NULL,
	[PROTO_STATE_INITIATED] = WSI_CONNECTION_INITIATED,
	[PROTO_STATE_ALERTING] = WSI_CONNECTION_ALERTING,
	[PROTO_STATE_CONNECTED] = WSI_CONNECTION_CONNECTED,
	[PROTO_STATE_HOLD] = WSI_CONNECTION_HOLD,
	[PROTO_STATE_QUEUED] = WSI_CONNECTION_QUEUED,
	[PROTO_STATE_FAIL] = WSI_CONNECTION_FAILED,
};

static const enum wsi_cause causes[PROTO_CAUSE_COUNT] = {
	[PROTO_CAUSE_NORMAL] = WSI_CAUSE_NONE,
	[PROTO_CAUSE_NORMAL_CLEARING] = WSI_CAUSE_NONE,
	[PROTO_CAUSE_NEW_CALL] = WSI_CAUSE_NONE,
	[PROTO_CAUSE_CONSULTATION] = WSI_CAUSE_NONE,
	[PROTO_CAUSE_ALTERNATE] = WSI_CAUSE_NONE,
	[PROTO_CAUSE_BUSY] = WSI_CAUSE_BUSY,
	[PROTO_CAUSE_DO_NOT_DISTURB] = WSI_CAUSE_BUSY,
	[PROTO_CAUSE_NO_ANSWER] = WSI_CAUSE_NO_ANSWER,
	[PROTO_CAUSE_CALL_CANCELLED] = WSI_CAUSE_CANCELLED,
	[PROTO_CAUSE_CALL_REJECTED] = WSI_CAUSE_REJECTED,
	[PROTO_CAUSE_DEST_NOT_OBTAINABLE] = WSI_CAUSE_NOT_OBTAINABLE,
	[PROTO_CAUSE_INVALID_NUMBER] = WSI_CAUSE_NOT_OBTAINABLE,
	[PROTO_CAUSE_INCOMPATIBLE_DESTINATION] = WSI_CAUSE_NOT_OBTAINABLE,
	[PROTO_CAUSE_DESTINATION_OUT_OF_ORDER] = WSI_CAUSE_UNREACHABLE,
	[PROTO_CAUSE_CALL_FORWARD] = WSI_CAUSE_FORWARDED,
	[PROTO_CAUSE_CALL_FORWARD_IMMEDIATE] = WSI_CAUSE_FORWARDED,
	[PROTO_CAUSE_CALL_FORWARD_BUSY] = WSI_CAUSE_FORWARDED,
	[PROTO_CAUSE_CALL_FORWARD_NO_ANSWER] = WSI_CAUSE_FORWARDED,
	[PROTO_CAUSE_CALL_PICKUP] = WSI_CAUSE_FORWARDED,
	[PROTO_CAUSE_REDIRECTED] = WSI_CAUSE_FORWARDED,
	[PROTO_CAUSE_MULTIPLE_ALERTING] = WSI_CAUSE_FORWARDED,
	[PROTO_CAUSE_PARK] = WSI_CAUSE_TRANSFER,
	[PROTO_CAUSE_TRANSFER] = WSI_CAUSE_TRANSFER,
	[PROTO_CAUSE_SINGLE_STEP_TRANSFER] = WSI_CAUSE_TRANSFER,
	[PROTO_CAUSE_RECALL] = WSI_CAUSE_RECALL,
	[PROTO_CAUSE_CONFERENCE] = WSI_CAUSE_CONFERENCE,
	[PROTO_CAUSE_NETWORK_CONGESTION] = WSI_CAUSE_CONGESTION,
	[PROTO_CAUSE_NETWORK_NOT_OBTAINABLE] = WSI_CAUSE_CONGESTION,
};

enum wsi_connection wsi_connection_of(enum proto_state state)
{
	return states[state];
}

/* ---- records ----------------------------------------------------------- */

static void call_destructor(void *arg)
{
	struct call *c = arg;

	list_unlink(&c->le);
	free(c->id);
	free(c->other);
	free(c->other_name);
}

struct call *wsi_call_find(const struct session *s, const char *id)
{
	for (struct le *le = list_head(&s->calls); le; le = le->next) {
		struct call *c = le->data;

		if (text_equal(c->id, id))
			return c;
	}
	return NULL;
}

static struct call *call_add(struct session *s, const char *id)
{
	struct call *c;

	/* More than any phone has: the oldest was not told its end. */
	if (list_count(&s->calls) >= CALLS_MAX)
		mem_deref(list_head(&s->calls)->data);
	c = mem_zalloc(sizeof(*c), call_destructor);
	if (!c || text_set(&c->id, id) || text_set(&c->other, "") ||
	    text_set(&c->other_name, ""))
		return mem_deref(c);
	list_append(&s->calls, &c->le, c);
	return c;
}

static bool ended_of_late(const struct session *s, const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->ended); i++)
		if (s->ended[i].id && text_equal(s->ended[i].id, id))
			return true;
	return false;
}

static void call_over(struct session *s, struct call *c)
{
	size_t place = s->ended_next++ % ARRAY_SIZE(s->ended);

	free(s->ended[place].id);
	s->ended[place].id = c->id;
	s->ended[place].asked = s->calls_asked;
	c->id = NULL;
	mem_deref(c);
	/* The row of the journal comes by itself only where that is ours. */
	if (!(s->additions & WSI_ADD_JOURNAL))
		wsi_sync_stale(s, STALE_JOURNAL);
}

void wsi_calls_forget(struct session *s)
{
	list_flush(&s->calls);
	for (size_t i = 0; i < ARRAY_SIZE(s->ended); i++) {
		free(s->ended[i].id);
		s->ended[i].id = NULL;
	}
}

/* ---- one event --------------------------------------------------------- */

const char *wsi_call_word(struct call_words *w, const char *text)
{
	char *s = text_clean(text, (size_t)-1, CALL_TEXT_MAX);

	if (!s || w->n == ARRAY_SIZE(w->text)) {
		free(s);
		return "";
	}
	w->text[w->n++] = s;
	return s;
}

static const char *member(struct call_words *w, const struct json *e,
			  enum proto_member m)
{
	const struct json *v = wsi_j_get(e, m);
	const char *text = json_string(v);
	const char *kept;
	char *number;
	int64_t n;

	if (text)
		return wsi_call_word(w, text);
	n = json_int(v, INT64_MIN);
	if (n == INT64_MIN)
		return "";
	number = text_printf("%lld", (long long)n);
	kept = wsi_call_word(w, number);
	free(number);
	return kept;
}

void wsi_call_words_free(struct call_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->text[i]);
}

static enum wsi_cause cause_of(const char *text)
{
	enum proto_cause c = proto_cause_find(text);

	if (!*text)
		return WSI_CAUSE_NONE;
	return c == PROTO_CAUSE_NONE ? WSI_CAUSE_OTHER : causes[c];
}

static bool is_us(const struct session *s, const char *device)
{
	return *device && text_equal(device, s->device);
}

/* Who the other side is, from whatever the event names. */
static void find_other(const struct session *s, struct call_words *w,
		       const struct call *known, struct wsi_call_event *ev)
{
	const char *const in[] = {ev->calling};
	const char *const out[] = {ev->called, ev->answering, ev->alerting};
	const char *const *from = ev->incoming ? in : out;
	size_t n = ev->incoming ? ARRAY_SIZE(in) : ARRAY_SIZE(out);

	ev->other = ev->other_name = "";
	for (size_t i = 0; i < n && !*ev->other; i++)
		if (!is_us(s, from[i]))
			ev->other = from[i];
	if (*ev->other)
		ev->other_name =
			ev->incoming ? ev->calling_name : ev->called_name;
	if (!*ev->other && known)
		ev->other = wsi_call_word(w, known->other);
	if (!*ev->other_name && known && text_equal(ev->other, known->other))
		ev->other_name = wsi_call_word(w, known->other_name);
}

static bool looks_outside(const struct session *s, const char *number)
{
	unsigned max = uc_dial_params(s->uc)->extension_max;

	return *number == '+' || (max && strlen(number) > max);
}

void wsi_call_direction(const struct session *s, struct call_words *w,
			const struct call *known, const char *inout,
			const char *intext, struct wsi_call_event *ev)
{
	int way = proto_inout_find(inout), ext = proto_intext_find(intext);

	if (way)
		ev->incoming = way < 0;
	else if (known)
		ev->incoming = known->incoming;
	else
		ev->incoming = !is_us(s, ev->calling) &&
			       (is_us(s, ev->called) ||
				is_us(s, ev->alerting) || *ev->calling);
	/* Called is a group, but our phone rings. */
	ev->group = known ? known->group
			  : ev->incoming && *ev->called &&
				    !is_us(s, ev->called) &&
				    is_us(s, ev->alerting) && !*ev->redirecting;
	find_other(s, w, known, ev);
	ev->outside = ext     ? ext > 0
		      : known ? known->outside
			      : looks_outside(s, ev->other);
}

static void find_local(const struct session *s, const struct call *known,
		       const char *info, size_t row, struct wsi_call_event *ev)
{
	enum proto_state st = proto_state_find(info);

	if (st != PROTO_STATE_NONE) {
		ev->local = states[st];
		return;
	}
	ev->local = event_rows[row].local;
	if (ev->local != WSI_CONNECTION_UNKNOWN)
		return;
	if (ev->type == WSI_CALL_DELIVERED)
		ev->local = ev->incoming ? WSI_CONNECTION_ALERTING
					 : WSI_CONNECTION_CONNECTED;
	else if (ev->type == WSI_CALL_CLEARED)
		ev->local = *ev->releasing && !is_us(s, ev->releasing) && known
				    ? known->local
				    : WSI_CONNECTION_NULL;
	else
		ev->local = WSI_CONNECTION_NULL;
}

void wsi_call_parties(const struct call *known, int64_t said,
		      struct wsi_call_event *ev)
{
	bool tells = ev->type == WSI_CALL_CONFERENCED ||
		     ev->type == WSI_CALL_SNAPSHOT;

	if (known && !tells) {
		ev->conference = known->conference;
		ev->parties = known->parties;
		return;
	}
	ev->parties = said > 0 && said < 1000 ? (unsigned)said : 0;
	ev->conference = ev->parties ? ev->parties > 2
				     : ev->type == WSI_CALL_CONFERENCED;
}

static int rank_of(enum wsi_call_type type)
{
	for (size_t i = 0; i < ARRAY_SIZE(event_rows); i++)
		if (event_rows[i].type == type)
			return event_rows[i].rank;
	return type == WSI_CALL_SNAPSHOT ? 4 : 0;
}

/* Late or twice: what is shown already is further on. */
static bool is_stale(const struct call *known, const struct wsi_call_event *ev,
		     int rank)
{
	if (!known)
		return false;
	if (known->type == ev->type && known->local == ev->local &&
	    text_equal(known->other, ev->other) &&
	    text_equal(known->other_name, ev->other_name) &&
	    ev->type != WSI_CALL_CLEARED && ev->type != WSI_CALL_TRANSFERRED)
		return true;
	if (!rank || ev->cause == WSI_CAUSE_RECALL)
		return false;
	return known->local == WSI_CONNECTION_HOLD ||
	       rank < rank_of(known->type);
}

void wsi_call_tell(struct session *s, const struct wsi_call_event *ev)
{
	if (wsi_session_alive(s) && s->h.call)
		s->h.call(s->handle, ev, s->arg);
}

void wsi_call_remember(struct session *s, struct call *known,
		       const struct wsi_call_event *ev)
{
	int rank = rank_of(ev->type);

	if (ev->local == WSI_CONNECTION_NULL) {
		if (known)
			call_over(s, known);
		return;
	}
	if (!known)
		known = call_add(s, ev->call_id);
	if (!known)
		return;
	/* Held and retrieved come and go within an established call. */
	known->type = rank ? ev->type : WSI_CALL_ESTABLISHED;
	if (ev->type == WSI_CALL_HELD || ev->type == WSI_CALL_FAILED)
		known->type = ev->type;
	known->local = ev->local;
	known->incoming = ev->incoming;
	known->outside = ev->outside;
	known->group = ev->group;
	known->conference = ev->conference;
	known->parties = ev->parties;
	if (text_set(&known->other, ev->other) ||
	    text_set(&known->other_name, ev->other_name))
		log_warn("no memory for a call's name");
}

void wsi_call_gone(struct session *s, struct call *c)
{
	struct wsi_call_event ev = {
		.type = WSI_CALL_CLEARED,
		.local = WSI_CONNECTION_NULL,
		.device = s->device,
		.calling = "",
		.calling_name = "",
		.called = "",
		.called_name = "",
		.alerting = "",
		.answering = "",
		.releasing = s->device,
		.redirecting = "",
		.new_call_id = "",
		.incoming = c->incoming,
		.outside = c->outside,
		.group = c->group,
	};
	char *id = text_dup(c->id), *other = text_dup(c->other);
	char *name = text_dup(c->other_name);

	call_over(s, c);
	if (id && other && name) {
		ev.call_id = id;
		ev.other = other;
		ev.other_name = name;
		wsi_call_tell(s, &ev);
	}
	free(id);
	free(other);
	free(name);
}

/* The call goes on under another id, or the consultation has melted in. */
static void join(struct session *s, struct call_words *w, const struct json *e,
		 struct wsi_call_event *ev)
{
	const char *primary = member(w, e, PROTO_MEMBER_PRIMARY_OLD_CALL);
	const char *secondary = member(w, e, PROTO_MEMBER_SECONDARY_OLD_CALL);
	const char *on = ev->call_id;
	struct call *old;

	old = *secondary && !text_equal(secondary, on)
		      ? wsi_call_find(s, secondary)
		      : NULL;
	if (old)
		wsi_call_gone(s, old);
	if (*primary && !text_equal(primary, on)) {
		ev->call_id = primary;
		ev->new_call_id = on;
	}
}

static void rename_call(struct session *s, const struct wsi_call_event *ev)
{
	struct call *c = wsi_call_find(s, ev->call_id);

	if (c && *ev->new_call_id && !wsi_call_find(s, ev->new_call_id) &&
	    text_set(&c->id, ev->new_call_id))
		mem_deref(c);
}

static void read_devices(struct call_words *w, const struct json *e,
			 struct wsi_call_event *ev)
{
	ev->calling = member(w, e, PROTO_MEMBER_CALLING_DEVICE);
	ev->calling_name = member(w, e, PROTO_MEMBER_CALLING_NAME);
	ev->called = member(w, e, PROTO_MEMBER_CALLED_DEVICE);
	ev->called_name = member(w, e, PROTO_MEMBER_CALLED_NAME);
	ev->alerting = member(w, e, PROTO_MEMBER_ALERTING_DEVICE);
	ev->answering = member(w, e, PROTO_MEMBER_ANSWERING_DEVICE);
	ev->releasing = member(w, e, PROTO_MEMBER_RELEASING_DEVICE);
	ev->redirecting = member(w, e, PROTO_MEMBER_LAST_REDIRECTION_DEVICE);
	ev->other = ev->other_name = ev->new_call_id = "";
}

static void whole_event(struct session *s, struct call_words *w, size_t row,
			const struct json *e, struct wsi_call_event *ev)
{
	int rank = event_rows[row].rank;
	struct call *known;

	read_devices(w, e, ev);
	if (ev->type == WSI_CALL_TRANSFERRED ||
	    ev->type == WSI_CALL_CONFERENCED)
		join(s, w, e, ev);
	if (!wsi_session_alive(s))
		return;
	known = wsi_call_find(s, ev->call_id);
	ev->cause = cause_of(member(w, e, PROTO_MEMBER_CAUSE));
	wsi_call_direction(s, w, known, member(w, e, PROTO_MEMBER_INOUT),
			   member(w, e, PROTO_MEMBER_INTEXT), ev);
	find_local(s, known, member(w, e, PROTO_MEMBER_LOCAL_CONNECTION_INFO),
		   row, ev);
	if (!known && (ev->local == WSI_CONNECTION_NULL ||
		       ended_of_late(s, ev->call_id))) {
		/* Over before we knew of it; or said to live after its end. */
		if (ev->local != WSI_CONNECTION_NULL)
			wsi_sync_stale(s, STALE_DEVICE);
		return;
	}
	wsi_call_parties(known, json_int(wsi_j_get(e, PROTO_MEMBER_PARTIES), 0),
			 ev);
	if (is_stale(known, ev, rank))
		return;
	if (ev->type == WSI_CALL_CONFERENCED)
		wsi_members_json(ev, e);
	wsi_call_remember(s, known, ev);
	known = wsi_call_find(s, ev->call_id);
	if (known)
		known->asked = s->calls_asked;
	if (*ev->new_call_id)
		rename_call(s, ev);
	wsi_call_tell(s, ev);
	wsi_members_reset(ev);
}

void wsi_call_event(struct session *s, enum proto_event type,
		    const struct json *e)
{
	struct call_words w = {.n = 0};
	struct wsi_call_event ev = {.device = s->device};
	const char *device = member(&w, e, PROTO_MEMBER_DEVICE_ID);
	size_t row = 0;

	while (row < ARRAY_SIZE(event_rows) && event_rows[row].event != type)
		row++;
	ev.call_id = member(&w, e, PROTO_MEMBER_CALL_ID);
	if (row == ARRAY_SIZE(event_rows) || (*device && !is_us(s, device)))
		goto out;
	ev.type = event_rows[row].type;
	if (*ev.call_id) {
		whole_event(s, &w, row, e, &ev);
	} else {
		s->answered_hint |= ev.type == WSI_CALL_ESTABLISHED;
		wsi_sync_stale(s, STALE_DEVICE);
	}
out:
	wsi_call_words_free(&w);
}
