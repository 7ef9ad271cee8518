/**
 * @file event_phone.c  Phones, as everybody sees them
 */
#include "front_int.h"

#include <stdlib.h>

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
	event_put(w, PROTO_MEMBER_DEVICE_ID, d->device);
	event_put(w, PROTO_MEMBER_HOOK, proto_hook(hook_of(d->lamp)));
	event_put_way(w, d->outgoing, d->outside);
	if (own || !d->outside)
		event_put(w, PROTO_MEMBER_NUMBER, d->peer);
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
	return event_finish(w);
}

static struct event *hook_event(const struct feature_device *d, bool own)
{
	struct json_writer *w = event_begin(PROTO_EVENT_HOOK);

	event_put(w, PROTO_MEMBER_DEVICE_ID, d->device);
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
		struct json_writer *w = event_begin(PROTO_EVENT_HOOK);
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
	enum proto_hook hook;
	bool outgoing, outside;
	char *peer;
};

static void lamp_destructor(void *p)
{
	struct lamp *l = p;

	hash_unlink(&l->le);
	free(l->device);
	free(l->peer);
}

static bool is_news(struct front *f, const struct feature_device *d)
{
	uint32_t key = hash_joaat_str(d->device);
	enum proto_hook hook = hook_of(d->lamp);
	struct lamp *l = NULL;

	for (struct le *le = hash_list(f->lamps, key)->head; le; le = le->next)
		if (!strcmp(((struct lamp *)le->data)->device, d->device))
			l = le->data;
	if (l && l->hook == hook && l->outgoing == d->outgoing &&
	    l->outside == d->outside && text_equal(l->peer, d->peer))
		return false;
	if (!l) {
		l = mem_zalloc(sizeof(*l), lamp_destructor);
		if (!l)
			return true;
		l->device = strdup(d->device);
		hash_append(f->lamps, key, &l->le, l);
		if (!l->device) {
			mem_deref(l);
			return true;
		}
	}
	l->hook = hook;
	l->outgoing = d->outgoing;
	l->outside = d->outside;
	text_set(&l->peer, d->peer);
	return true;
}

void device_changed(struct front *f, const struct feature_device *d)
{
	struct event *own = NULL, *other = NULL;

	if (!is_news(f, d))
		return;
	for (struct le *le = f->sessions.head; le; le = le->next) {
		struct session *s = le->data;
		bool is_own = !strcmp(s->user, d->device);
		struct event **e = is_own ? &own : &other;

		if (!s->hooks_all && !watch_find(&s->hooks, d->device))
			continue;
		if (!*e)
			*e = hook_event(d, is_own);
		session_push(s, *e);
	}
	mem_deref(own);
	mem_deref(other);
}
