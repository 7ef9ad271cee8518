/**
 * @file poll.c  The one poll for events that is always in flight
 *
 * A server that holds the request is asked again at once. One that answers at
 * once is asked again after 200 ms, less often while nothing happens: up to a
 * second.
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

enum {
	WAIT_S = 25,
	HELD_MS = 2000, /**< an answer so late was held */
	BACKOFF_MIN_MS = 200,
	BACKOFF_MAX_MS = 1000,
	/** How long a server of which nothing is known may hold. */
	SILENCE_MS = 90 * 1000,
	ANSWER_MAX = 8 * 1024 * 1024,
	GARBAGE_MAX = 5, /**< senseless answers in a row */
	WAIT_MAX = 2,	 /**< of these to a request that was to be held */
};

static void ask(void *arg);

static void ask_in(struct session *s, unsigned ms)
{
	if (wsi_session_alive(s) && s->stage == STAGE_ONLINE)
		tmr_start(&s->poll_tmr, ms, ask, s);
}

static void answered(struct session *s, int events)
{
	uint64_t took = time_mono_ms() - s->asked_at;
	bool held = s->additions & WSI_ADD_WAIT;

	if (events > 0) {
		s->backoff_ms = BACKOFF_MIN_MS;
		ask_in(s, held || took >= HELD_MS ? 0 : BACKOFF_MIN_MS);
		return;
	}
	if (took >= HELD_MS) {
		ask_in(s, 0);
		return;
	}
	/* Also for a server that says it holds and does not: no busy loop. */
	ask_in(s, s->backoff_ms);
	s->backoff_ms *= 2;
	if (s->backoff_ms > BACKOFF_MAX_MS)
		s->backoff_ms = BACKOFF_MAX_MS;
}

static bool is_lost(const char *body, size_t len)
{
	struct xml *xml = NULL;
	struct json *json = NULL;
	struct answer a;
	bool lost;

	wsi_answer_read(&a, &xml, &json, PROTO_COMMAND_GET_EVENTS, body, len);
	lost = a.status == WSI_REFUSED &&
	       strstr(a.reason, proto_reason(PROTO_REASON_NOT_LOGGED_IN));
	mem_deref(xml);
	json_free(json);
	return lost;
}

static void not_logged_in(struct session *s)
{
	struct wsi_ended e = {.why = WSI_END_NOT_LOGGED_IN,
			      .text = _("The server has ended the session."),
			      .online = true};

	wsi_session_end(s, &e);
}

static void garbage(struct session *s)
{
	struct wsi_ended e = {.why = WSI_END_NOT_UC,
			      .online = true,
			      .text = _("The server's events make no sense.")};

	/* Perhaps it does not know that it may hold it, whatever it says. */
	if (++s->poll_garbage == WAIT_MAX)
		s->additions &= ~(uint32_t)WSI_ADD_WAIT;
	if (s->poll_garbage >= GARBAGE_MAX)
		wsi_session_end(s, &e);
	else
		answered(s, 0);
}

static void take(struct session *s, const struct net_response *r)
{
	int events = wsi_events_read(s, r->body, r->body_len);

	if (!wsi_session_alive(s))
		return;
	if (events >= 0 && (r->status == 200 || r->status == 204)) {
		s->poll_garbage = 0;
		answered(s, events);
	} else if (is_lost(r->body, r->body_len)) {
		not_logged_in(s);
	} else {
		garbage(s);
	}
}

/* Once, what an idle connection may suffer is made good silently. */
static bool may_pass(const struct session *s, enum net_error e)
{
	return !s->poll_failures &&
	       (e == NET_CLOSED || e == NET_TIMEOUT_FIRST_BYTE ||
		e == NET_TIMEOUT_TOTAL);
}

static void on_answer(const struct net_response *r, void *arg)
{
	struct session *s = mem_ref(arg);

	s->poll = mem_deref(s->poll);
	if (!r->error) {
		s->poll_failures = 0;
		take(s, r);
	} else if (r->error == NET_TOO_LARGE) {
		/* What was in it is read, too. */
		wsi_sync_stale(s, STALE_ALL);
		garbage(s);
	} else if (may_pass(s, r->error)) {
		s->poll_failures++;
		ask_in(s, 0);
	} else {
		wsi_session_end_net(s, r);
	}
	mem_deref(s);
}

static void ask(void *arg)
{
	const struct net_handlers h = {.done = on_answer};
	struct session *s = arg;
	bool wait = s->additions & WSI_ADD_WAIT;
	struct params p = {0};
	struct text_buf url = {0};
	struct net_request_prm prm = {
		.max_body = ANSWER_MAX,
		.connect_ms = s->connect_ms,
		.first_byte_ms =
			wait ? WAIT_S * 1000 + s->answer_ms : SILENCE_MS,
	};
	int err;

	prm.total_ms = prm.first_byte_ms + s->whole_ms;
	wsi_params_add(&p, PROTO_PARAM_DEVICE_OBJECT, s->device);
	wsi_params_add(&p, PROTO_PARAM_SESSION, s->id);
	if (wait)
		wsi_params_add_int(&p, PROTO_PARAM_WAIT, WAIT_S);
	text_buf_printf(&url, "%s" PROTO_PATH_EVENTS "?%s", s->base,
			p.b.buf ? p.b.buf + 1 : "");
	prm.url = url.buf;
	s->asked_at = time_mono_ms();
	err = p.b.err ? p.b.err : url.err;
	if (!err)
		err = net_request(&s->poll, s->client, &prm, &h, s);
	if (err) {
		log_error("no poll could be sent: %s", strerror(err));
		ask_in(s, BACKOFF_MAX_MS);
	}
	if (p.b.buf)
		explicit_bzero(p.b.buf, p.b.len);
	if (url.buf)
		explicit_bzero(url.buf, url.len);
	text_buf_reset(&p.b);
	text_buf_reset(&url);
}

void wsi_poll_start(struct session *s)
{
	s->backoff_ms = BACKOFF_MIN_MS;
	ask(s);
}

void wsi_poll_stop(struct session *s)
{
	tmr_cancel(&s->poll_tmr);
	s->poll = mem_deref(s->poll);
}
