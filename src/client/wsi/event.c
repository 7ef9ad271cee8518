/**
 * @file event.c  What GetEvents brings, into the model
 *
 * Events may come twice, out of order, of unknown types, or with nothing but
 * their type: then they are a hint to read anew.
 */
#include <stdlib.h>
#include <stdio.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

/** Events taken of one answer. */
enum { EVENTS_MAX = 20000 };

static const enum uc_lamp lamps[PROTO_LAMP_COUNT] = {
	[PROTO_LAMP_UNKNOWN] = UC_LAMP_UNKNOWN,
	[PROTO_LAMP_IDLE] = UC_LAMP_IDLE,
	[PROTO_LAMP_UNREACHABLE] = UC_LAMP_UNREACHABLE,
	[PROTO_LAMP_RINGS_INSIDE] = UC_LAMP_RINGS_INSIDE,
	[PROTO_LAMP_RINGS_OUTSIDE] = UC_LAMP_RINGS_OUTSIDE,
	[PROTO_LAMP_DIALLING] = UC_LAMP_DIALLING,
	[PROTO_LAMP_TALKS_INSIDE] = UC_LAMP_TALKS_INSIDE,
	[PROTO_LAMP_TALKS_OUTSIDE] = UC_LAMP_TALKS_OUTSIDE,
};

/* A member as text, also where the server writes a number; buf for those. */
static const char *word(const struct json *j, enum proto_member m, char *buf,
			size_t size)
{
	const struct json *v = wsi_j_get(j, m);
	const char *s = json_string(v);
	int64_t n;

	if (s)
		return s;
	n = json_int(v, INT64_MIN);
	if (n == INT64_MIN)
		return "";
	snprintf(buf, size, "%lld", (long long)n);
	return buf;
}

static void hook_event(struct session *s, const struct json *j)
{
	char device[24], hook[24], inout[24], intext[24];
	struct uc_contact *c = uc_contact_by_device(
		s->uc, word(j, PROTO_MEMBER_DEVICE_ID, device, sizeof(device)));
	enum proto_hook h =
		proto_hook_find(word(j, PROTO_MEMBER_HOOK, hook, sizeof(hook)));
	enum proto_lamp lamp;

	if (!c || h == PROTO_HOOK_UNKNOWN)
		return;
	lamp = proto_lamp_of(h,
			     proto_inout_find(word(j, PROTO_MEMBER_INOUT, inout,
						   sizeof(inout))),
			     proto_intext_find(word(j, PROTO_MEMBER_INTEXT,
						    intext, sizeof(intext))));
	if ((unsigned)lamp < PROTO_LAMP_COUNT)
		uc_set_lamp(s->uc, c, lamps[lamp],
			    wsi_j_text(j, PROTO_MEMBER_NUMBER));
}

static void on_hook(struct session *s, enum proto_event type,
		    const struct json *e)
{
	const struct json *list = wsi_j_get(
		wsi_j_get(e, PROTO_MEMBER_JSON_EVENT), PROTO_MEMBER_HOOK_EVENT);
	(void)type;

	if (json_is_object(list))
		hook_event(s, list);
	for (size_t i = 0; i < json_count(list); i++)
		hook_event(s, json_at(list, i));
	if (wsi_j_get(e, PROTO_MEMBER_HOOK))
		hook_event(s, e);
}

static void on_presence(struct session *s, enum proto_event type,
			const struct json *e)
{
	(void)type;
	if (wsi_j_get(e, PROTO_MEMBER_PRESENCE) ||
	    wsi_j_get(e, PROTO_MEMBER_HIDDEN))
		wsi_presence_json(s, e, true);
	else
		wsi_sync_stale(s, STALE_PRESENCE);
}

static void on_device(struct session *s, enum proto_event type,
		      const struct json *e)
{
	char buf[24];
	const char *device = word(e, PROTO_MEMBER_DEVICE_ID, buf, sizeof(buf));
	(void)type;

	if (!*device || text_equal(device, s->device))
		wsi_sync_stale(s, STALE_DEVICE);
}

static void on_favourites(struct session *s, enum proto_event type,
			  const struct json *e)
{
	(void)type;
	(void)e;
	wsi_sync_stale(s, STALE_FAVOURITES);
}

static void on_journal(struct session *s, enum proto_event type,
		       const struct json *e)
{
	const struct json *entry = wsi_j_get(e, PROTO_MEMBER_ENTRY);
	const struct json *ids = wsi_j_get(e, PROTO_MEMBER_IDS);
	bool read = !json_get_bool(e, proto_member(PROTO_MEMBER_UNREAD), true);
	(void)type;

	if (json_is_object(entry))
		wsi_journal_entry_json(s, entry);
	else if (!json_count(ids) || !read)
		wsi_sync_stale(s, STALE_JOURNAL);
	if (read)
		wsi_entries_told(s, ids, "j:", NEWS_READ);
}

static void on_journal_deleted(struct session *s, enum proto_event type,
			       const struct json *e)
{
	(void)type;

	wsi_entries_told(s, wsi_j_get(e, PROTO_MEMBER_IDS), "j:", NEWS_ENTRY);
}

static void on_directory(struct session *s, enum proto_event type,
			 const struct json *e)
{
	const struct json *contact = wsi_j_get(e, PROTO_MEMBER_CONTACT);
	const char *gone = wsi_j_text(e, PROTO_MEMBER_GONE);
	(void)type;

	if (json_is_object(contact))
		wsi_contact_json(s, contact);
	else if (*gone)
		wsi_personal_gone(s, gone);
	else if (text_equal(wsi_j_text(e, PROTO_MEMBER_DIRECTORY),
			    uc_directory_key(UC_PERSONAL)))
		wsi_sync_stale(s, STALE_PERSONAL);
	else
		wsi_sync_stale(s, STALE_ALL);
}

static void on_forwarding(struct session *s, enum proto_event type,
			  const struct json *e)
{
	(void)type;
	(void)e;
	wsi_sync_stale(s, STALE_FORWARDING);
}

static void on_away(struct session *s, enum proto_event type,
		    const struct json *e)
{
	(void)type;
	(void)e;
	wsi_sync_stale(s, STALE_AWAY);
}

static void on_box(struct session *s, enum proto_event type,
		   const struct json *e)
{
	(void)type;
	(void)e;
	wsi_sync_stale(s, STALE_BOX);
}

static void on_voicemail(struct session *s, enum proto_event type,
			 const struct json *e)
{
	(void)type;
	(void)e;
	wsi_sync_stale(s, STALE_VOICEMAIL);
}

static void on_overflow(struct session *s, enum proto_event type,
			const struct json *e)
{
	(void)type;
	(void)e;
	wsi_sync_stale(s, STALE_ALL);
}

static void on_collaboration(struct session *s, enum proto_event type,
			     const struct json *e)
{
	(void)type;
	wsi_share_event(s, e);
}

static void on_account(struct session *s, enum proto_event type,
		       const struct json *e)
{
	(void)type;
	wsi_rights_read(s, e);
}

static void on_parked(struct session *s, enum proto_event type,
		      const struct json *e)
{
	(void)type;
	wsi_parked_read(s, e);
}

typedef void(event_h)(struct session *s, enum proto_event type,
		      const struct json *e);

static event_h *const handlers[PROTO_EVENT_COUNT] = {
	[PROTO_EVENT_SERVICE_INITIATED] = wsi_call_event,
	[PROTO_EVENT_ORIGINATED] = wsi_call_event,
	[PROTO_EVENT_DELIVERED] = wsi_call_event,
	[PROTO_EVENT_ESTABLISHED] = wsi_call_event,
	[PROTO_EVENT_HELD] = wsi_call_event,
	[PROTO_EVENT_RETRIEVED] = wsi_call_event,
	[PROTO_EVENT_QUEUED] = wsi_call_event,
	[PROTO_EVENT_DIVERTED] = wsi_call_event,
	[PROTO_EVENT_TRANSFERRED] = wsi_call_event,
	[PROTO_EVENT_CONFERENCED] = wsi_call_event,
	[PROTO_EVENT_FAILED] = wsi_call_event,
	[PROTO_EVENT_CONNECTION_CLEARED] = wsi_call_event,
	[PROTO_EVENT_PRESENCE] = on_presence,
	[PROTO_EVENT_DEVICE_STATE] = on_device,
	[PROTO_EVENT_HOOK] = on_hook,
	[PROTO_EVENT_FORWARDING] = on_forwarding,
	[PROTO_EVENT_STATE_FORWARDING] = on_away,
	[PROTO_EVENT_COLLABORATION] = on_collaboration,
	[PROTO_EVENT_ACCOUNT] = on_account,
	[PROTO_EVENT_PARKED] = on_parked,
	[PROTO_EVENT_FAVOURITES] = on_favourites,
	[PROTO_EVENT_JOURNAL] = on_journal,
	[PROTO_EVENT_JOURNAL_DELETED] = on_journal_deleted,
	[PROTO_EVENT_DIRECTORY] = on_directory,
	[PROTO_EVENT_VOICEMAIL] = on_voicemail,
	[PROTO_EVENT_VOICEMAIL_SETTINGS] = on_box,
	[PROTO_EVENT_MESSAGE] = wsi_message_event,
	[PROTO_EVENT_MESSAGE_STATE] = wsi_message_state_event,
	[PROTO_EVENT_MESSAGE_DELETED] = wsi_message_deleted_event,
	[PROTO_EVENT_OVERFLOW] = on_overflow,
};

static void event(struct session *s, const struct json *e)
{
	enum proto_event type =
		proto_event_find(wsi_j_text(e, PROTO_MEMBER_TYPE));

	if ((unsigned)type < PROTO_EVENT_COUNT && handlers[type])
		handlers[type](s, type, e);
}

int wsi_events_read(struct session *s, const char *body, size_t len)
{
	struct json *root = NULL;
	const struct json *list;
	size_t n;

	if (wsi_is_blank(body, len))
		return 0;
	if (json_parse(&root, body, len))
		return -1;
	list = wsi_j_get(root, PROTO_MEMBER_EVENTS);
	if (!json_is_array(list) && !json_is_object(list)) {
		json_free(root);
		return -1;
	}
	if (json_is_object(list)) {
		event(s, list);
		json_free(root);
		if (wsi_session_alive(s))
			wsi_messages_fetched(s);
		return 1;
	}
	n = json_count(list);
	if (n > EVENTS_MAX) {
		n = EVENTS_MAX;
		wsi_sync_stale(s, STALE_ALL);
	}
	for (size_t i = 0; i < n && wsi_session_alive(s); i++)
		event(s, json_at(list, i));
	json_free(root);
	if (wsi_session_alive(s))
		wsi_messages_fetched(s);
	return (int)n;
}
