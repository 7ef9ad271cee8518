/**
 * @file session.c  Sessions, what they watch, and their queues of events
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

struct queued {
	struct le le;
	struct event *event;
};

static void queued_destructor(void *p)
{
	struct queued *q = p;

	list_unlink(&q->le);
	mem_deref(q->event);
}

static void watch_destructor(void *p)
{
	struct watch *w = p;

	list_unlink(&w->le);
	free(w->device);
}

static void destructor(void *p)
{
	struct session *s = p;

	tmr_cancel(&s->tmr);
	list_unlink(&s->le);
	list_flush(&s->events);
	list_flush(&s->monitors);
	list_flush(&s->hooks);
	mem_deref(s->rights);
	explicit_bzero(s->id, sizeof(s->id));
	free(s->user);
}

/* ---- the list of them -------------------------------------------------- */

/* Make room: of a user's many sessions the one that was used longest ago. */
static void drop_oldest(struct front *f, const char *user)
{
	struct session *oldest = NULL;

	for (struct le *le = f->sessions.head; le; le = le->next) {
		struct session *s = le->data;

		if (!strcmp(s->user, user) && !s->poll &&
		    (!oldest || s->used_ms < oldest->used_ms))
			oldest = s;
	}
	if (oldest)
		session_end(oldest);
}

int session_open(struct session **sp, struct front *f, const char *user)
{
	unsigned most = f->prm.sessions ? f->prm.sessions : 1000;
	uint8_t random[16];
	struct session *s;

	if (session_count_user(f, user) >= SESSIONS_OF_USER)
		drop_oldest(f, user);
	if (session_count_user(f, user) >= SESSIONS_OF_USER ||
	    list_count(&f->sessions) >= most)
		return EDQUOT;
	s = mem_zalloc(sizeof(*s), destructor);
	if (!s)
		return ENOMEM;
	tmr_init(&s->tmr);
	s->user = strdup(user);
	if (!s->user) {
		mem_deref(s);
		return ENOMEM;
	}
	random_bytes(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(s->id + 2 * i, 3, "%02x", random[i]);
	explicit_bzero(random, sizeof(random));
	s->front = f;
	s->used_ms = time_mono_ms();
	s->rights = event_rights(f, user);
	list_prepend(&f->sessions, &s->le, s);
	if (!tmr_isrunning(&f->sweep))
		tmr_start(&f->sweep, 60000, sessions_sweep, f);
	*sp = s;
	return 0;
}

/* Takes the same time for every wrong id of the right length. */
static bool same_id(const char *a, const char *b)
{
	unsigned char differ = 0;

	for (size_t i = 0; i < 32; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return !differ;
}

struct session *session_find(const struct front *f, const char *id)
{
	if (!f || !id || strlen(id) != 32)
		return NULL;
	for (struct le *le = f->sessions.head; le; le = le->next) {
		struct session *s = le->data;

		if (same_id(s->id, id))
			return s;
	}
	return NULL;
}

unsigned session_count_user(const struct front *f, const char *user)
{
	unsigned n = 0;

	for (struct le *le = f->sessions.head; le; le = le->next)
		n += !strcmp(((struct session *)le->data)->user, user);
	return n;
}

void session_end(struct session *s)
{
	struct request *poll = s->poll;

	if (!s->front)
		return;
	s->staged = staged_free(s->staged);
	s->front = NULL;
	s->poll = NULL;
	list_unlink(&s->le);
	tmr_cancel(&s->tmr);
	if (poll) {
		if (poll->front)
			answer_reason(poll, PROTO_REASON_NOT_LOGGED_IN);
		mem_deref(poll);
	}
	mem_deref(s);
}

void sessions_end_user(struct front *f, const char *user)
{
	struct le *le = f->sessions.head;

	while (le) {
		struct session *s = le->data;

		le = le->next;
		if (!strcmp(s->user, user))
			session_end(s);
	}
}

void sessions_sweep(void *arg)
{
	struct front *f = arg;
	uint64_t idle = (f->prm.idle_s ? f->prm.idle_s : 600) * 1000ull;
	uint64_t now = time_mono_ms();
	struct le *le = f->sessions.head;

	while (le) {
		struct session *s = le->data;

		le = le->next;
		if (!s->poll && now - s->used_ms > idle) {
			log_info("a session of %s has run out", s->user);
			session_end(s);
		}
	}
	if (f->sessions.head)
		tmr_start(&f->sweep, 60000, sessions_sweep, f);
}

/* ---- what it watches --------------------------------------------------- */

bool watch_find(const struct list *l, const char *device)
{
	for (struct le *le = l->head; le; le = le->next)
		if (!strcmp(((struct watch *)le->data)->device, device))
			return true;
	return false;
}

int watch_add(struct list *l, const char *device)
{
	struct watch *w;

	if (watch_find(l, device))
		return 0;
	if (list_count(l) >= WATCHES_MAX)
		return EDQUOT;
	w = mem_zalloc(sizeof(*w), watch_destructor);
	if (!w)
		return ENOMEM;
	w->device = strdup(device);
	if (!w->device) {
		mem_deref(w);
		return ENOMEM;
	}
	list_append(l, &w->le, w);
	return 0;
}

void watch_remove(struct list *l, const char *device)
{
	struct le *le = l->head;

	while (le) {
		struct watch *w = le->data;

		le = le->next;
		if (!*device || !strcmp(w->device, device))
			mem_deref(w);
	}
}

/* ---- its queue --------------------------------------------------------- */

static void queue_clear(struct session *s)
{
	list_flush(&s->events);
	s->count = s->bytes = 0;
}

static int enqueue(struct session *s, struct event *e)
{
	struct queued *q = mem_zalloc(sizeof(*q), queued_destructor);

	if (!q)
		return ENOMEM;
	q->event = mem_ref(e);
	list_append(&s->events, &q->le, q);
	s->count++;
	s->bytes += e->len;
	return 0;
}

/* What was missed cannot be told: let it read everything anew. */
static void overflow(struct session *s)
{
	static const enum proto_event hints[] = {
		PROTO_EVENT_OVERFLOW,
		PROTO_EVENT_DEVICE_STATE,
		PROTO_EVENT_PRESENCE,
	};

	log_warn("the events of a session of %s have overflowed", s->user);
	queue_clear(s);
	for (size_t i = s->front->prm.plain;
	     i < sizeof(hints) / sizeof(hints[0]); i++) {
		struct event *e = event_bare(hints[i]);

		if (e)
			enqueue(s, e);
		mem_deref(e);
	}
	if (s->rights)
		enqueue(s, s->rights);
}

void session_push(struct session *s, struct event *e)
{
	if (!s || !s->front || !e)
		return;
	if (s->count >= EVENTS_MAX || s->bytes + e->len > EVENT_BYTES_MAX)
		overflow(s);
	else if (enqueue(s, e))
		overflow(s);
	if (s->poll) {
		s->due = true;
		loop_turn_request(s->front->turn);
	}
}

/* All of the queue as one answer; an empty body if there is nothing. */
static void answer_events(struct session *s, struct request *r)
{
	struct text_buf b = {NULL, 0, 0, 0};
	const char *comma = "";

	if (s->events.head) {
		text_buf_printf(&b, "{\"%s\":[",
				proto_member(PROTO_MEMBER_EVENTS));
		for (struct le *le = s->events.head; le; le = le->next) {
			const struct queued *q = le->data;

			text_buf_add(&b, comma);
			text_buf_add_n(&b, q->event->json, q->event->len);
			comma = ",";
		}
		text_buf_add(&b, "]}");
	}
	if (!b.err)
		queue_clear(s);
	answer_json(r, text_buf_take(&b));
}

static void poll_end(struct session *s)
{
	struct request *r = s->poll;

	if (!r)
		return;
	s->poll = NULL;
	s->due = false;
	tmr_cancel(&s->tmr);
	s->used_ms = time_mono_ms();
	answer_events(s, r);
	mem_deref(r);
}

void sessions_flush(void *arg)
{
	struct front *f = arg;
	struct le *le = f->sessions.head;

	while (le) {
		struct session *s = le->data;

		le = le->next;
		if (s->due)
			poll_end(s);
	}
}

static void poll_over(void *arg)
{
	poll_end(arg);
}

void session_poll(struct session *s, struct request *r, uint32_t wait_s)
{
	/* A newer poll ends the older one, which takes nothing along. */
	struct request *older = s->poll;

	if (older) {
		s->poll = NULL;
		s->due = false;
		tmr_cancel(&s->tmr);
		answer_json(older, strdup(""));
		mem_deref(older);
	}
	if (s->events.head || !wait_s) {
		answer_events(s, r);
		return;
	}
	s->poll = mem_ref(r);
	tmr_start(&s->tmr, wait_s * 1000ull, poll_over, s);
}
