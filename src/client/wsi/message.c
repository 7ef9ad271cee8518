/**
 * @file message.c  Instant messages, into the conversations and out
 *
 * What has come is acknowledged, or the server goes on taking it for waiting.
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

/* What tells them from the journal's entries. */
static const char prefix[] = "m:";
enum { FETCHED_MAX = 400 }; /* in one acknowledgement */

static char *key_of(const char *id)
{
	return *id && strspn(id, "0123456789") == strlen(id)
		       ? text_printf("%s%s", prefix, id)
		       : NULL;
}

static int64_t number_of(const char *id)
{
	return strtoll(id, NULL, 10);
}

/* ---- acknowledging ----------------------------------------------------- */

void wsi_messages_fetched(struct session *s)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_MESSAGE_DELIVERED,
		.params = &p,
	};
	int err = s->fetched.err;

	if (!s->fetched.len && !err)
		return;
	if (!err) {
		wsi_params_add(&p, PROTO_PARAM_IDS, s->fetched.buf);
		err = wsi_command_send(NULL, s, &c);
	}
	/* It is still waiting there: the next reading brings it again. */
	if (err && err != ENOTCONN)
		log_warn("messages: %s", strerror(err));
	text_buf_reset(&s->fetched);
}

static void fetched(struct session *s, const char *id)
{
	size_t n = 1;

	text_buf_printf(&s->fetched, "%s%s", s->fetched.len ? "," : "", id);
	for (const char *c = s->fetched.buf; c && (c = strchr(c, ',')); c++)
		n++;
	if (n >= FETCHED_MAX)
		wsi_messages_fetched(s);
}

/* ---- one message ------------------------------------------------------- */

static void own_gone(struct session *s, const char *uid)
{
	char *key;

	if (text_empty(uid))
		return;
	key = text_printf("%s%s", UC_OWN_PREFIX, uid);
	if (key)
		uc_entry_delete(s->uc, key);
	free(key);
	if (s->h.message_sent)
		s->h.message_sent(s->handle, uid, s->arg);
}

/* @return false if it is none */
static bool put(struct session *s, const struct json *j)
{
	const char *id = wsi_j_text(j, PROTO_MEMBER_ID);
	bool outgoing =
		json_get_bool(j, proto_member(PROTO_MEMBER_OUTGOING), false);
	int64_t delivered =
		json_get_int(j, proto_member(PROTO_MEMBER_DELIVERED), 0);
	struct uc_entry_prm prm = {
		.kind = outgoing ? UC_MESSAGE_OUT : UC_MESSAGE_IN,
		.at_ms = json_get_int(j, proto_member(PROTO_MEMBER_AT), 0),
		.number = wsi_j_text(j, PROTO_MEMBER_NUMBER),
		.name = wsi_j_text(j, PROTO_MEMBER_NAME),
		.text = wsi_j_text(j, PROTO_MEMBER_TEXT),
		.unread = !outgoing &&
			  json_get_bool(j, proto_member(PROTO_MEMBER_UNREAD),
					false),
	};
	char *key = key_of(id);
	bool known, fresh, overtaken;

	if (!key || prm.at_ms <= 0) {
		free(key);
		return false;
	}
	if (outgoing)
		prm.delivery = delivered || wsi_is_news(s, NEWS_DELIVERED, key)
				       ? UC_DELIVERY_DELIVERED
				       : UC_DELIVERY_SENT;
	if (wsi_is_news(s, NEWS_READ, key))
		prm.unread = false;
	prm.id = key;
	known = uc_entry_by_id(s->uc, key, NULL) != NULL;
	overtaken = wsi_is_news(s, NEWS_ENTRY, key);
	fresh = !outgoing && !delivered && !overtaken;
	if (!overtaken && uc_entry_put(s->uc, &prm)) {
		free(key); /* not acknowledged: it comes again */
		return true;
	}
	wsi_news(s, NEWS_ENTRY, key);
	if (fresh)
		fetched(s, id);
	if (outgoing)
		own_gone(s, wsi_j_text(j, PROTO_MEMBER_UID));
	else if (fresh && !known && prm.unread && wsi_session_alive(s) &&
		 s->h.message)
		s->h.message(s->handle, key, s->arg);
	free(key);
	return true;
}

void wsi_message_put(struct session *s, const struct json *j)
{
	put(s, j);
	wsi_messages_fetched(s);
}

/* ---- events ------------------------------------------------------------ */

void wsi_message_event(struct session *s, enum proto_event type,
		       const struct json *e)
{
	const struct json *message = wsi_j_get(e, PROTO_MEMBER_MESSAGE);
	int64_t id = number_of(wsi_j_text(message, PROTO_MEMBER_ID));
	(void)type;

	if (id > 0 && (!s->came || id < s->came))
		s->came = id;
	if (!json_is_object(message) || !put(s, message))
		wsi_sync_stale(s, STALE_MESSAGES);
}

void wsi_message_state_event(struct session *s, enum proto_event type,
			     const struct json *e)
{
	const struct json *ids = wsi_j_get(e, PROTO_MEMBER_IDS);
	bool delivered =
		json_get_int(e, proto_member(PROTO_MEMBER_DELIVERED), 0) > 0;
	bool read = !json_get_bool(e, proto_member(PROTO_MEMBER_UNREAD), true);
	(void)type;

	if (!json_count(ids))
		wsi_sync_stale(s, STALE_MESSAGES);
	if (delivered)
		wsi_entries_told(s, ids, prefix, NEWS_DELIVERED);
	if (read)
		wsi_entries_told(s, ids, prefix, NEWS_READ);
}

void wsi_message_deleted_event(struct session *s, enum proto_event type,
			       const struct json *e)
{
	const struct json *ids = wsi_j_get(e, PROTO_MEMBER_IDS);
	(void)type;

	if (!json_count(ids))
		wsi_sync_stale(s, STALE_MESSAGES);
	wsi_entries_told(s, ids, prefix, NEWS_ENTRY);
}

/* ---- the list ---------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Those between the ids that are not in the list are gone. */
static void sweep(struct session *s, const int64_t *listed, size_t n,
		  int64_t low, int64_t high)
{
	const struct uc_conversation *v;
	char **gone = NULL, **more;
	size_t count = 0;

	for (size_t i = 0; (v = uc_conversation_at(s->uc, i)); i++)
		for (size_t k = 0; k < v->entry_count; k++) {
			const char *id = v->entries[k].id;
			int64_t nr;

			if (strncmp(id, prefix, sizeof(prefix) - 1))
				continue;
			nr = number_of(id + sizeof(prefix) - 1);
			if (nr < low || nr >= high ||
			    bsearch(&nr, listed, n, sizeof(*listed), by_number))
				continue;
			more = realloc(gone, (count + 1) * sizeof(*gone));
			if (!more)
				goto out;
			gone = more;
			gone[count] = strdup(id);
			if (!gone[count])
				goto out;
			count++;
		}
out:
	for (size_t i = 0; i < count; i++) {
		wsi_news(s, NEWS_ENTRY, gone[i]);
		uc_entry_delete(s->uc, gone[i]);
		free(gone[i]);
	}
	free(gone);
}

int64_t wsi_messages_read(struct session *s, const struct answer *a)
{
	const struct json *list = wsi_j_get(a->json, PROTO_MEMBER_MESSAGES);
	bool more =
		json_get_bool(a->json, proto_member(PROTO_MEMBER_MORE), false);
	size_t n = json_count(list), seen = 0;
	int64_t high = s->lowest ? s->lowest : INT64_MAX;
	int64_t waiting =
		json_get_int(a->json, proto_member(PROTO_MEMBER_WAITING), 0);
	int64_t *ids;

	if (a->status != WSI_OK || !json_is_array(list))
		return 0;
	if (!s->lowest)
		s->waiting = waiting > 0 ? (size_t)waiting : 0;
	ids = calloc(n + 1, sizeof(*ids));
	if (!ids)
		return 0;
	/* Newest first: read the oldest first, as they are told. */
	for (size_t i = n; i-- > 0 && wsi_session_alive(s);) {
		const struct json *m = json_at(list, i);

		ids[seen] = number_of(wsi_j_text(m, PROTO_MEMBER_ID));
		if (ids[seen] <= 0)
			continue;
		seen++;
		if (!json_get_bool(m, proto_member(PROTO_MEMBER_OUTGOING),
				   false) &&
		    !json_get_int(m, proto_member(PROTO_MEMBER_DELIVERED), 0) &&
		    s->waiting)
			s->waiting--;
		put(s, m);
	}
	if (!wsi_session_alive(s))
		goto none;
	qsort(ids, seen, sizeof(*ids), by_number);
	/* What has come by an event meanwhile is newer than the list. */
	if (seen && high == INT64_MAX)
		high = ids[seen - 1];
	if (s->came && s->came < high)
		high = s->came;
	if (seen || !more)
		sweep(s, ids, seen, more ? ids[0] : 0, high);
	wsi_messages_fetched(s);
	/* A page that is not further back than the last one is the last. */
	if (!more || !seen || !s->waiting || (s->lowest && ids[0] >= s->lowest))
		goto none;
	s->lowest = ids[0];
	free(ids);
	return s->lowest;
none:
	free(ids);
	return 0;
}

/* ---- sending ----------------------------------------------------------- */

static void sent(struct session *s, const struct answer *a, void *data)
{
	const struct json *message = wsi_j_get(a->json, PROTO_MEMBER_MESSAGE);
	(void)data;

	if (a->status == WSI_OK && json_is_object(message))
		put(s, message);
}

int wsi_message_send(struct wsi_request **rp, struct wsi *w, const char *to,
		     const char *uid, const char *text, wsi_done_h *h,
		     void *arg)
{
	struct session *s = w ? w->s : NULL;
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_MESSAGE_SEND,
		.params = &p,
		.answer = sent,
		.done = h,
		.arg = arg,
	};

	if (text_empty(to) || text_empty(uid) || text_empty(text))
		return EINVAL;
	if (!s || s->stage != STAGE_ONLINE)
		return ENOTCONN;
	if (!(s->additions & WSI_ADD_MESSAGES))
		return ENOTSUP;
	wsi_params_add(&p, PROTO_PARAM_TO, to);
	wsi_params_add(&p, PROTO_PARAM_UID, uid);
	wsi_params_add(&p, PROTO_PARAM_TEXT, text);
	return wsi_command_send(rp, s, &c);
}
