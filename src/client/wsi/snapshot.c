/**
 * @file snapshot.c  GetDeviceState: all calls of our device, as they stand
 *
 * It is asked for at the log-in, and where an event was only a hint. What it
 * does not name is over.
 */
#include <stdlib.h>
#include <strings.h>

#include "calls_int.h"

void wsi_calls_asked(struct session *s)
{
	s->calls_asked++;
}

/* An event has told of it since the snapshot was asked for: that may be the
   older one of the two, and have calls that are over or lack one that rings. */
static bool is_overtaken(const struct session *s, const char *id)
{
	const struct call *c = wsi_call_find(s, id);

	if (c)
		return c->asked == s->calls_asked;
	for (size_t i = 0; i < ARRAY_SIZE(s->ended); i++)
		if (s->ended[i].id && text_equal(s->ended[i].id, id) &&
		    s->ended[i].asked == s->calls_asked)
			return true;
	return false;
}

/* A caller's own connection is connected from the first digit on (ECMA-269
   §6.1.5). Whom it waits for yet the server may say; if not, the events so far
   tell, unless one of them was only a hint. */
static const char *waits_for(const struct session *s, const struct call *known,
			     const struct xml *x, struct call_words *w)
{
	const char *said =
		wsi_call_word(w, wsi_x_text(x, PROTO_ELEMENT_ALERTING_DEVICE));

	if (*said || !known || known->incoming || s->answered_hint)
		return said;
	return known->type == WSI_CALL_INITIATED ||
			       known->type == WSI_CALL_ORIGINATED ||
			       known->type == WSI_CALL_DELIVERED
		       ? wsi_call_word(w, known->other)
		       : "";
}

/* The event after which the next one is news. */
static enum wsi_call_type type_after(const struct wsi_call_event *ev)
{
	if (ev->local == WSI_CONNECTION_ALERTING)
		return WSI_CALL_DELIVERED;
	return !ev->incoming && *ev->alerting ? WSI_CALL_ORIGINATED
					      : WSI_CALL_ESTABLISHED;
}

static void snapshot_one(struct session *s, const struct xml *x,
			 bool *overtakenp)
{
	struct call_words w = {.n = 0};
	struct wsi_call_event ev = {.type = WSI_CALL_SNAPSHOT,
				    .device = s->device};
	struct call *known;
	enum proto_state st = proto_state_find(
		wsi_x_text(x, PROTO_ELEMENT_LOCAL_CONNECTION_INFO));

	ev.call_id = wsi_call_word(&w, wsi_x_text(x, PROTO_ELEMENT_CALL_ID));
	if (!*ev.call_id || st == PROTO_STATE_NONE || st == PROTO_STATE_NULL)
		goto out;
	if (is_overtaken(s, ev.call_id)) {
		*overtakenp = true;
		goto out;
	}
	known = wsi_call_find(s, ev.call_id);
	ev.local = wsi_connection_of(st);
	ev.calling =
		wsi_call_word(&w, wsi_x_text(x, PROTO_ELEMENT_CALLING_DEVICE));
	ev.calling_name =
		wsi_call_word(&w, wsi_x_text(x, PROTO_ELEMENT_CALLING_NAME));
	ev.called =
		wsi_call_word(&w, wsi_x_text(x, PROTO_ELEMENT_CALLED_DEVICE));
	ev.called_name =
		wsi_call_word(&w, wsi_x_text(x, PROTO_ELEMENT_CALLED_NAME));
	ev.alerting = waits_for(s, known, x, &w);
	ev.answering = ev.releasing = ev.redirecting = ev.new_call_id = "";
	wsi_call_direction(s, &w, known,
			   wsi_x_text(x, PROTO_ELEMENT_CALL_DIRECTION),
			   wsi_x_text(x, PROTO_ELEMENT_INTEXT), &ev);
	wsi_call_parties(known,
			 strtol(wsi_x_text(x, PROTO_ELEMENT_PARTIES), NULL, 10),
			 &ev);
	wsi_call_remember(s, known, &ev);
	known = wsi_call_find(s, ev.call_id);
	if (known) {
		known->named = true;
		known->type = type_after(&ev);
	}
	wsi_members_xml(&ev, x);
	wsi_call_tell(s, &ev);
	wsi_members_reset(&ev);
	wsi_share_snapshot(s, x);
out:
	wsi_call_words_free(&w);
}

/* Which of those we know does the server not name any more? */
static struct call *next_gone(const struct session *s)
{
	for (struct le *le = list_head(&s->calls); le; le = le->next) {
		struct call *c = le->data;

		if (!c->named)
			return c;
	}
	return NULL;
}

static void mark_named(struct session *s, const struct xml *list,
		       bool *overtakenp)
{
	for (struct le *le = list_head(&s->calls); le; le = le->next) {
		struct call *c = le->data;

		c->named = is_overtaken(s, c->id);
		*overtakenp |= c->named;
	}
	for (const struct xml *x = list; x; x = xml_next(x)) {
		char *id = text_clean(wsi_x_text(x, PROTO_ELEMENT_CALL_ID),
				      (size_t)-1, CALL_TEXT_MAX);
		struct call *c = id ? wsi_call_find(s, id) : NULL;
		enum proto_state st = proto_state_find(
			wsi_x_text(x, PROTO_ELEMENT_LOCAL_CONNECTION_INFO));

		if (c && st != PROTO_STATE_NULL)
			c->named = true;
		free(id);
	}
}

void wsi_calls_snapshot(struct session *s, const struct answer *a)
{
	const struct xml *list = wsi_x_find(a->xml, PROTO_ELEMENT_CONNECTION);
	bool overtaken = false;
	struct call *c;

	/* Refused: the last state stays. */
	if (a->status != WSI_OK || !a->xml)
		return;
	mark_named(s, list, &overtaken);
	while (wsi_session_alive(s) && (c = next_gone(s)) != NULL)
		wsi_call_gone(s, c);
	for (; list && wsi_session_alive(s); list = xml_next(list))
		if (!strcasecmp(xml_name(list),
				proto_element(PROTO_ELEMENT_CONNECTION)))
			snapshot_one(s, list, &overtaken);
	if (overtaken)
		wsi_sync_stale(s, STALE_DEVICE);
	else
		s->answered_hint = false;
}
