/**
 * @file event_call.c  Calls, as the monitors of their devices see them
 */
#include "front_int.h"

#include <stdlib.h>

static const struct {
	enum proto_event type;
	enum proto_member device; /* which the subject's number is */
	bool both;		  /* the other side's monitor is told too */
} call_events[PBX_EVENT_COUNT] = {
	[PBX_SERVICE_INITIATED] = {PROTO_EVENT_SERVICE_INITIATED, 0, false},
	[PBX_ORIGINATED] = {PROTO_EVENT_ORIGINATED, 0, false},
	[PBX_DELIVERED] = {PROTO_EVENT_DELIVERED, PROTO_MEMBER_ALERTING_DEVICE,
			   true},
	[PBX_ESTABLISHED] = {PROTO_EVENT_ESTABLISHED,
			     PROTO_MEMBER_ANSWERING_DEVICE, true},
	[PBX_HELD_EVENT] = {PROTO_EVENT_HELD, 0, true},
	[PBX_RETRIEVED] = {PROTO_EVENT_RETRIEVED, 0, true},
	[PBX_DIVERTED] = {PROTO_EVENT_DIVERTED, 0, true},
	[PBX_QUEUED_EVENT] = {PROTO_EVENT_QUEUED, 0, false},
	[PBX_TRANSFERRED] = {PROTO_EVENT_TRANSFERRED, 0, false},
	[PBX_CONFERENCED] = {PROTO_EVENT_CONFERENCED, 0, true},
	[PBX_FAILED_EVENT] = {PROTO_EVENT_FAILED, 0, false},
	[PBX_CONNECTION_CLEARED] = {PROTO_EVENT_CONNECTION_CLEARED,
				    PROTO_MEMBER_RELEASING_DEVICE, false},
};

/* How a call looks from one of its two devices. */
struct view {
	const char *device;
	uint32_t call;
	const char *peer, *peer_name;
	bool outgoing, outside;
	enum pbx_connection state;
};

/* Whoever came in the place of another by a transfer is the other side. */
static const char *calling(const struct pbx_event *ev, const struct view *v)
{
	return v->outgoing || text_empty(v->peer) ? ev->calling : v->peer;
}

static const char *called(const struct pbx_event *ev, const struct view *v)
{
	if (v->outgoing && !text_empty(v->peer) && (!v->outside || ev->met))
		return v->peer;
	return !v->outgoing && ev->cause == PBX_CAUSE_TRANSFER ? v->device
							       : ev->called;
}

static void put_members(const struct front *f, struct json_writer *w,
			const struct pbx_event *ev, const char *viewer)
{
	json_add_int(w, proto_member(PROTO_MEMBER_PARTIES), ev->sides);
	json_name(w, proto_member(PROTO_MEMBER_MEMBERS));
	json_array(w);
	for (unsigned i = 0; i < ev->member_count; i++) {
		const struct pbx_member *m = &ev->members[i];

		json_object(w);
		json_add_string(w, proto_member(PROTO_MEMBER_NUMBER),
				m->number);
		json_add_string(w, proto_member(PROTO_MEMBER_NAME),
				member_name(f, viewer, m));
		json_end(w);
	}
	json_end(w);
}

static struct event *call_event(const struct front *f,
				const struct pbx_event *ev,
				const struct view *v)
{
	const struct db_account *a = db_account(f->db, v->device);
	const char *own = a ? a->name : "";
	const char *other = v->peer_name;
	struct json_writer *w = event_begin(call_events[ev->type].type);
	char id[16];

	if (text_empty(other))
		other = db_name_of(f->db, v->device, v->peer);
	snprintf(id, sizeof(id), "%u", v->call);
	event_put(w, PROTO_MEMBER_DEVICE_ID, v->device);
	event_put(w, PROTO_MEMBER_CALL_ID, id);
	event_put(w, PROTO_MEMBER_LOCAL_CONNECTION_INFO,
		  connection_word(v->state));
	event_put(w, PROTO_MEMBER_CAUSE, pbx_cause_name(ev->cause));
	event_put(w, PROTO_MEMBER_CALLING_DEVICE, calling(ev, v));
	event_put(w, PROTO_MEMBER_CALLING_NAME, v->outgoing ? own : other);
	event_put(w, PROTO_MEMBER_CALLED_DEVICE, called(ev, v));
	event_put(w, PROTO_MEMBER_CALLED_NAME, v->outgoing ? other : own);
	if (call_events[ev->type].device)
		event_put(w, call_events[ev->type].device, ev->device);
	event_put(w, PROTO_MEMBER_LAST_REDIRECTION_DEVICE, ev->redirected);
	event_put_way(w, v->outgoing, v->outside);
	if (ev->type == PBX_CONFERENCED)
		put_members(f, w, ev, v->device);
	return event_finish(w);
}

static void push_monitors(struct front *f, const struct pbx_event *ev,
			  const struct view *v)
{
	struct event *e = NULL;

	for (struct le *le = f->sessions.head; le; le = le->next) {
		struct session *s = le->data;

		if (!watch_find(&s->monitors, v->device))
			continue;
		if (!e)
			e = call_event(f, ev, v);
		session_push(s, e);
	}
	mem_deref(e);
}

struct search {
	uint32_t call;
	bool outgoing; /* … of a call to oneself; else whichever there is */
	bool oneself;
	bool found;
	struct view view;
};

static void connection(const struct pbx_connection_info *c, void *arg)
{
	struct search *s = arg;

	if (c->call != s->call || (s->oneself && c->outgoing != s->outgoing))
		return;
	s->found = true;
	s->view.state = c->state;
	s->view.outside = c->outside;
	s->view.outgoing = c->outgoing;
}

void call_happened(struct front *f, const struct pbx_event *ev)
{
	struct view v = {
		.device = ev->device,
		.call = ev->call,
		.peer = ev->peer,
		.peer_name = ev->peer_name,
		.outgoing = ev->outgoing,
		.outside = ev->outside,
		.state = ev->state,
	};
	struct search s = {
		.call = ev->peer_call,
		.outgoing = !ev->outgoing,
		.oneself = text_equal(ev->device, ev->peer),
	};

	if ((unsigned)ev->type >= PBX_EVENT_COUNT)
		return;
	if (!ev->subject_outside)
		push_monitors(f, ev, &v);
	if (!call_events[ev->type].both || text_empty(ev->peer))
		return;
	/* The other one is told only if it is a device here, and not a number
	   outside that looks like one. */
	pbx_connections(f->pbx, ev->peer, connection, &s);
	if (!s.found)
		return;
	s.view.device = ev->peer;
	s.view.call = ev->peer_call;
	s.view.peer = ev->seen_as;
	s.view.peer_name = ev->seen_name;
	push_monitors(f, ev, &s.view);
}
