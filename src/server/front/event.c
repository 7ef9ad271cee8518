/**
 * @file event.c  What happens, as events for whoever watches it
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

/* ---- events as texts --------------------------------------------------- */

static void destructor(void *p)
{
	struct event *e = p;

	free(e->json);
}

struct event *event_of(struct json_writer *w)
{
	struct event *e = mem_zalloc(sizeof(*e), destructor);
	char *json = json_writer_take(w);

	json_writer_free(w);
	if (!e || !json) {
		free(json);
		return mem_deref(e);
	}
	e->json = json;
	e->len = strlen(json);
	return e;
}

static struct json_writer *begin(enum proto_event type)
{
	struct json_writer *w = json_writer_new();

	json_object(w);
	json_add_string(w, proto_member(PROTO_MEMBER_TYPE), proto_event(type));
	return w;
}

static struct event *finish(struct json_writer *w)
{
	json_end(w);
	return event_of(w);
}

struct event *event_bare(enum proto_event type)
{
	return finish(begin(type));
}

static void put(struct json_writer *w, enum proto_member m, const char *s)
{
	if (!text_empty(s))
		json_add_string(w, proto_member(m), s);
}

static const char *inout(bool outgoing)
{
	return outgoing ? "OUT" : "IN";
}

static const char *intext(bool outside)
{
	return outside ? "EXT" : "INT";
}

/* ---- calls: as the monitors of the two devices see them ---------------- */

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

static struct event *call_event(const struct front *f,
				const struct pbx_event *ev,
				const struct view *v)
{
	const struct db_account *a = db_account(f->db, v->device);
	const char *own = a ? a->name : "";
	const char *other = v->peer_name;
	struct json_writer *w = begin(call_events[ev->type].type);
	char id[16];

	if (text_empty(other))
		other = db_name_of(f->db, v->device, v->peer);
	snprintf(id, sizeof(id), "%u", v->call);
	put(w, PROTO_MEMBER_DEVICE_ID, v->device);
	put(w, PROTO_MEMBER_CALL_ID, id);
	put(w, PROTO_MEMBER_LOCAL_CONNECTION_INFO, connection_word(v->state));
	put(w, PROTO_MEMBER_CAUSE, pbx_cause_name(ev->cause));
	put(w, PROTO_MEMBER_CALLING_DEVICE, calling(ev, v));
	put(w, PROTO_MEMBER_CALLING_NAME, v->outgoing ? own : other);
	put(w, PROTO_MEMBER_CALLED_DEVICE, called(ev, v));
	put(w, PROTO_MEMBER_CALLED_NAME, v->outgoing ? other : own);
	if (call_events[ev->type].device)
		put(w, call_events[ev->type].device, ev->device);
	put(w, PROTO_MEMBER_LAST_REDIRECTION_DEVICE, ev->redirected);
	json_add_string(w, proto_member(PROTO_MEMBER_INOUT),
			inout(v->outgoing));
	json_add_string(w, proto_member(PROTO_MEMBER_INTEXT),
			intext(v->outside));
	if (ev->type == PBX_CONFERENCED)
		json_add_int(w, proto_member(PROTO_MEMBER_PARTIES), ev->sides);
	return finish(w);
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

static void call_happened(struct front *f, const struct pbx_event *ev)
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
	s.view.peer = ev->device;
	push_monitors(f, ev, &s.view);
}

/* ---- phones: as everybody sees them ------------------------------------ */

static enum proto_hook hook_of(enum feature_lamp lamp)
{
	static const enum proto_hook hooks[FEATURE_LAMP_COUNT] = {
		[FEATURE_LAMP_IDLE] = PROTO_HOOK_ONHOOK,
		[FEATURE_LAMP_UNREACHABLE] = PROTO_HOOK_UNREACHABLE,
		[FEATURE_LAMP_RINGS_INSIDE] = PROTO_HOOK_RINGING,
		[FEATURE_LAMP_RINGS_OUTSIDE] = PROTO_HOOK_RINGING,
		[FEATURE_LAMP_DIALLING] = PROTO_HOOK_DIALLING,
		[FEATURE_LAMP_TALKS_INSIDE] = PROTO_HOOK_OFFHOOK,
		[FEATURE_LAMP_TALKS_OUTSIDE] = PROTO_HOOK_OFFHOOK,
	};

	return (unsigned)lamp < FEATURE_LAMP_COUNT ? hooks[lamp]
						   : PROTO_HOOK_UNKNOWN;
}

/* Whom somebody outside talks with is the business of the two only. */
static void put_hook(struct json_writer *w, const struct feature_device *d,
		     bool own)
{
	json_object(w);
	put(w, PROTO_MEMBER_DEVICE_ID, d->device);
	put(w, PROTO_MEMBER_HOOK, proto_hook(hook_of(d->lamp)));
	put(w, PROTO_MEMBER_INOUT, inout(d->outgoing));
	put(w, PROTO_MEMBER_INTEXT, intext(d->outside));
	if (own || !d->outside)
		put(w, PROTO_MEMBER_NUMBER, d->peer);
	json_end(w);
}

static void hooks_begin(struct json_writer *w)
{
	json_name(w, proto_member(PROTO_MEMBER_JSON_EVENT));
	json_object(w);
	json_name(w, proto_member(PROTO_MEMBER_HOOK_EVENT));
	json_array(w);
}

static struct event *hooks_finish(struct json_writer *w)
{
	json_end(w);
	json_end(w);
	return finish(w);
}

static struct event *hook_event(const struct feature_device *d, bool own)
{
	struct json_writer *w = begin(PROTO_EVENT_HOOK);

	put(w, PROTO_MEMBER_DEVICE_ID, d->device);
	hooks_begin(w);
	put_hook(w, d, own);
	return hooks_finish(w);
}

void session_push_hook(struct session *s, const char *device)
{
	struct feature_device d;
	struct event *e;

	feature_device(s->front->features, device, &d);
	e = hook_event(&d, !strcmp(device, s->user));
	session_push(s, e);
	mem_deref(e);
}

/* One event each would be more than the queue takes of a large house, and what
   overflowed would be asked for again, and again be too much. */
void session_push_hooks(struct session *s)
{
	enum { IN_ONE = 100 };
	const struct db *db = s->front->db;
	size_t n = db_account_count(db);

	for (size_t i = 0; i < n; i += IN_ONE) {
		struct json_writer *w = begin(PROTO_EVENT_HOOK);
		struct event *e;

		hooks_begin(w);
		for (size_t k = i; k < n && k < i + IN_ONE; k++) {
			const struct db_account *a = db_account_at(db, k);
			struct feature_device d;

			if (a->trunk)
				continue;
			feature_device(s->front->features, a->extension, &d);
			put_hook(w, &d, !strcmp(a->extension, s->user));
		}
		e = hooks_finish(w);
		session_push(s, e);
		mem_deref(e);
	}
}

/* What was told of a phone last, so that it is not told twice. */
struct lamp {
	struct le le;
	char *device;
	char *told;
};

static void lamp_destructor(void *p)
{
	struct lamp *l = p;

	hash_unlink(&l->le);
	free(l->device);
	free(l->told);
}

static bool is_news(struct front *f, const char *device, const struct event *e)
{
	uint32_t key = hash_joaat_str(device);
	struct lamp *l = NULL;

	for (struct le *le = hash_list(f->lamps, key)->head; le; le = le->next)
		if (!strcmp(((struct lamp *)le->data)->device, device))
			l = le->data;
	if (l && text_equal(l->told, e->json))
		return false;
	if (!l) {
		l = mem_zalloc(sizeof(*l), lamp_destructor);
		if (!l)
			return true;
		l->device = strdup(device);
		hash_append(f->lamps, key, &l->le, l);
		if (!l->device) {
			mem_deref(l);
			return true;
		}
	}
	text_set(&l->told, e->json);
	return true;
}

static void device_changed(struct front *f, const struct feature_device *d)
{
	struct event *own = hook_event(d, true);
	struct event *other = hook_event(d, false);

	if (own && other && is_news(f, d->device, own)) {
		for (struct le *le = f->sessions.head; le; le = le->next) {
			struct session *s = le->data;

			if (s->hooks_all || watch_find(&s->hooks, d->device))
				session_push(s, strcmp(s->user, d->device)
							? other
							: own);
		}
	}
	mem_deref(own);
	mem_deref(other);
}

/* ---- presence ---------------------------------------------------------- */

bool presence_hidden(const struct db_account *a, const char *viewer)
{
	return a->presence.visibility == DB_VISIBLE_NOBODY &&
	       strcmp(a->extension, viewer);
}

void event_presence_json(struct json_writer *w, const struct front *f,
			 const struct db_account *a, const char *viewer)
{
	const struct db_presence *p = &a->presence;
	bool hidden = presence_hidden(a, viewer);

	put(w, PROTO_MEMBER_USER, a->extension);
	json_add_int(w, proto_member(PROTO_MEMBER_PRESENCE),
		     hidden ? PROTO_PRESENCE_UNKNOWN : p->state);
	if (!f->prm.plain)
		json_add_bool(w, proto_member(PROTO_MEMBER_HIDDEN), hidden);
	if (hidden || f->prm.plain)
		return;
	json_add_int(w, proto_member(PROTO_MEMBER_UNTIL), p->until_ms);
	json_add_string(w, proto_member(PROTO_MEMBER_NOTE), p->note);
}

static struct event *presence_event(const struct front *f,
				    const struct db_account *a,
				    const char *viewer)
{
	struct json_writer *w = begin(PROTO_EVENT_PRESENCE);
	char ptime[32] = "";

	if (!presence_hidden(a, viewer) && a->presence.until_ms)
		proto_time_write(ptime, sizeof(ptime), a->presence.until_ms);
	put(w, PROTO_MEMBER_DEVICE_ID, a->extension);
	event_presence_json(w, f, a, viewer);
	put(w, PROTO_MEMBER_PTIME, ptime);
	return finish(w);
}

static void presence_changed(struct front *f, const struct db_account *a)
{
	struct event *own, *other;

	/* A line is no person. */
	if (a->trunk)
		return;
	own = presence_event(f, a, a->extension);
	other = presence_event(f, a, "");
	for (struct le *le = f->sessions.head; le; le = le->next) {
		struct session *s = le->data;

		session_push(s, strcmp(s->user, a->extension) ? other : own);
	}
	mem_deref(own);
	mem_deref(other);
}

/* ---- what is kept for users -------------------------------------------- */

/* To the sessions of one user, or with "" to all. */
static void push_user(struct front *f, const char *user, struct event *e)
{
	for (struct le *le = f->sessions.head; le; le = le->next) {
		struct session *s = le->data;

		if (!*user || !strcmp(s->user, user))
			session_push(s, e);
	}
	mem_deref(e);
}

static const char *const kinds[DB_ENTRY_KIND_COUNT] = {
	[DB_IN_ANSWERED] = "in-answered",
	[DB_IN_MISSED] = "in-missed",
	[DB_IN_GROUP_ANSWERED] = "in-group-answered",
	[DB_IN_GROUP_MISSED] = "in-group-missed",
	[DB_IN_FORWARDED] = "in-forwarded",
	[DB_OUT_ANSWERED] = "out-answered",
	[DB_OUT_UNANSWERED] = "out-unanswered",
	[DB_OUT_GROUP_ANSWERED] = "out-group-answered",
	[DB_OUT_GROUP_UNANSWERED] = "out-group-unanswered",
};

void entry_json(struct json_writer *w, const struct db *db,
		const struct db_entry *e)
{
	char *contact = db_contact_of(db, e->owner, e->number);
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)e->id);
	json_object(w);
	json_add_string(w, proto_member(PROTO_MEMBER_ID), id);
	json_add_string(w, proto_member(PROTO_MEMBER_KIND),
			(unsigned)e->kind < DB_ENTRY_KIND_COUNT ? kinds[e->kind]
								: "");
	json_add_int(w, proto_member(PROTO_MEMBER_AT), e->at_ms);
	json_add_int(w, proto_member(PROTO_MEMBER_DURATION), e->duration_s);
	json_add_string(w, proto_member(PROTO_MEMBER_NUMBER), e->number);
	json_add_string(w, proto_member(PROTO_MEMBER_NAME), e->name);
	json_add_string(w, proto_member(PROTO_MEMBER_CONTACT),
			contact ? contact : "");
	json_add_bool(w, proto_member(PROTO_MEMBER_UNREAD), e->unread);
	json_end(w);
	free(contact);
}

static void journal_changed(struct front *f, const struct db_entry *e)
{
	struct json_writer *w = begin(PROTO_EVENT_JOURNAL);

	if (e->id) {
		json_name(w, proto_member(PROTO_MEMBER_ENTRY));
		entry_json(w, f->db, e);
	}
	push_user(f, e->owner, finish(w));
}

static void account_changed(struct front *f, const struct db_account *a)
{
	struct json_writer *w;

	if (a->locked || !a->licensed)
		sessions_end_user(f, a->extension);
	if (f->prm.plain || a->trunk)
		return;
	w = begin(PROTO_EVENT_DIRECTORY);
	json_name(w, proto_member(PROTO_MEMBER_CONTACT));
	account_json(w, a);
	push_user(f, "", finish(w));
}

static void db_changed(uint32_t kind, const void *subject, void *arg)
{
	struct front *f = arg;

	if (kind & DB_CHANGE_ACCOUNT)
		account_changed(f, subject);
	/* Whoever knew the old one only is out. */
	if (kind & DB_CHANGE_PASSWORD)
		sessions_end_user(
			f, ((const struct db_account *)subject)->extension);
	if (kind & DB_CHANGE_PRESENCE)
		presence_changed(f, subject);
	if (kind & DB_CHANGE_ACCOUNT_GONE)
		sessions_end_user(f, subject);
	if (f->prm.plain)
		return;
	if (kind & DB_CHANGE_JOURNAL)
		journal_changed(f, subject);
	if (kind & DB_CHANGE_FAVOURITES)
		push_user(f, subject, event_bare(PROTO_EVENT_FAVOURITES));
	if (kind & DB_CHANGE_CONTACTS)
		push_user(f, subject, event_bare(PROTO_EVENT_DIRECTORY));
	if (kind & DB_CHANGE_ACCOUNT_GONE)
		push_user(f, "", event_bare(PROTO_EVENT_DIRECTORY));
}

static void feature_changed(uint32_t kind, const void *subject, void *arg)
{
	struct front *f = arg;

	if (kind & FEATURE_CALL) {
		call_happened(f, subject);
		making_event(f, subject);
	}
	if (kind & FEATURE_DEVICE)
		device_changed(f, subject);
}

int events_begin(struct front *f)
{
	int err = hash_alloc(&f->lamps, 256);

	if (!err)
		err = notify_subscribe(&f->db_sub, db_notify(f->db),
				       DB_CHANGE_ALL, db_changed, f);
	if (!err && f->features)
		err = notify_subscribe(
			&f->feature_sub, features_notify(f->features),
			FEATURE_CALL | FEATURE_DEVICE, feature_changed, f);
	return err;
}

void events_end(struct front *f)
{
	f->db_sub = mem_deref(f->db_sub);
	f->feature_sub = mem_deref(f->feature_sub);
	hash_flush(f->lamps);
	f->lamps = mem_deref(f->lamps);
}
