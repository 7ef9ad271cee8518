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

struct json_writer *event_begin(enum proto_event type)
{
	struct json_writer *w = json_writer_new();

	json_object(w);
	json_add_string(w, proto_member(PROTO_MEMBER_TYPE), proto_event(type));
	return w;
}

struct event *event_finish(struct json_writer *w)
{
	struct event *e = mem_zalloc(sizeof(*e), destructor);
	char *json;

	json_end(w);
	json = json_writer_take(w);
	json_writer_free(w);
	if (!e || !json) {
		free(json);
		return mem_deref(e);
	}
	e->json = json;
	e->len = strlen(json);
	return e;
}

struct event *event_bare(enum proto_event type)
{
	return event_finish(event_begin(type));
}

void event_put(struct json_writer *w, enum proto_member m, const char *s)
{
	if (!text_empty(s))
		json_add_string(w, proto_member(m), s);
}

void event_ids(struct json_writer *w, enum proto_member m, const int64_t *id,
	       size_t count)
{
	char text[24];

	json_name(w, proto_member(m));
	json_array(w);
	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%lld", (long long)id[i]);
		json_put_string(w, text);
	}
	json_end(w);
}

void event_put_way(struct json_writer *w, bool outgoing, bool outside)
{
	event_put(w, PROTO_MEMBER_INOUT, outgoing ? "OUT" : "IN");
	event_put(w, PROTO_MEMBER_INTEXT, outside ? "EXT" : "INT");
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

	event_put(w, PROTO_MEMBER_USER, a->extension);
	json_add_int(w, proto_member(PROTO_MEMBER_PRESENCE),
		     hidden ? PROTO_PRESENCE_UNKNOWN : p->state);
	if (!f->prm.plain)
		json_add_bool(w, proto_member(PROTO_MEMBER_HIDDEN), hidden);
	if (hidden || f->prm.plain)
		return;
	if (!strcmp(a->extension, viewer))
		event_put(w, PROTO_MEMBER_VISIBILITY,
			  visibility_word(p->visibility));
	json_add_int(w, proto_member(PROTO_MEMBER_UNTIL), p->until_ms);
	json_add_string(w, proto_member(PROTO_MEMBER_NOTE), p->note);
}

static struct event *presence_event(const struct front *f,
				    const struct db_account *a,
				    const char *viewer)
{
	struct json_writer *w = event_begin(PROTO_EVENT_PRESENCE);
	char ptime[32] = "";

	if (!presence_hidden(a, viewer) && a->presence.until_ms)
		proto_time_write(ptime, sizeof(ptime), a->presence.until_ms);
	event_put(w, PROTO_MEMBER_DEVICE_ID, a->extension);
	event_presence_json(w, f, a, viewer);
	event_put(w, PROTO_MEMBER_PTIME, ptime);
	return event_finish(w);
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

void event_push(struct front *f, const char *user, struct event *e)
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
	struct json_writer *w;

	if (!session_count_user(f, e->owner))
		return;
	w = event_begin(PROTO_EVENT_JOURNAL);
	json_name(w, proto_member(PROTO_MEMBER_ENTRY));
	entry_json(w, f->db, e);
	event_push(f, e->owner, event_finish(w));
}

static void journal_read(struct front *f, const struct db_message_state *s)
{
	struct json_writer *w;

	if (!session_count_user(f, s->owner))
		return;
	w = event_begin(PROTO_EVENT_JOURNAL);
	event_ids(w, PROTO_MEMBER_IDS, s->id, s->count);
	json_add_bool(w, proto_member(PROTO_MEMBER_UNREAD), false);
	event_push(f, s->owner, event_finish(w));
}

static void account_changed(struct front *f, const struct db_account *a)
{
	struct json_writer *w;

	if (a->locked || !a->licensed)
		sessions_end_user(f, a->extension);
	if (f->prm.plain || a->trunk)
		return;
	w = event_begin(PROTO_EVENT_DIRECTORY);
	json_name(w, proto_member(PROTO_MEMBER_CONTACT));
	account_json(w, f->db, a);
	event_push(f, "", event_finish(w));
	/* with another box, another mobile number there is another choice */
	event_push(f, a->extension, event_bare(PROTO_EVENT_STATE_FORWARDING));
	/* and another address for its mail */
	event_push(f, a->extension, event_bare(PROTO_EVENT_VOICEMAIL_SETTINGS));
}

static void contact_changed(struct front *f, const struct db_contact *c,
			    bool gone)
{
	struct json_writer *w = event_begin(PROTO_EVENT_DIRECTORY);

	if (gone) {
		event_put(w, PROTO_MEMBER_GONE, c->id);
	} else {
		json_name(w, proto_member(PROTO_MEMBER_CONTACT));
		contact_json(w, f->db, c);
	}
	event_push(f, c->owner, event_finish(w));
}

static void contacts_changed(struct front *f, const char *owner)
{
	struct json_writer *w = event_begin(PROTO_EVENT_DIRECTORY);

	if (*owner)
		event_put(w, PROTO_MEMBER_DIRECTORY,
			  directory_word(DB_PERSONAL));
	event_push(f, owner, event_finish(w));
}

/* To whom the phone belongs: a hint to read it anew. */
static void setting_changed(struct front *f, const struct db_setting *s)
{
	struct json_writer *w;

	if (!*s->owner && !strncmp(s->name, "group.", 6) && !f->prm.plain)
		event_push(f, "", event_bare(PROTO_EVENT_DIRECTORY));
	if (feature_is_box_setting(s->name) && *s->owner && !f->prm.plain)
		event_push(f, s->owner,
			   event_bare(PROTO_EVENT_VOICEMAIL_SETTINGS));
	/* whether there is e-mail at all */
	if (!*s->owner && !strncmp(s->name, "smtp_", 5) && !f->prm.plain)
		event_push(f, "", event_bare(PROTO_EVENT_VOICEMAIL_SETTINGS));
	if (feature_is_away(s->name) && !f->prm.plain)
		event_push(f, s->owner,
			   event_bare(PROTO_EVENT_STATE_FORWARDING));
	if (!feature_is_forwarding(s->name) && !feature_is_call_me(s->name))
		return;
	w = event_begin(PROTO_EVENT_FORWARDING);
	event_put(w, PROTO_MEMBER_DEVICE_ID, s->owner);
	event_push(f, s->owner, event_finish(w));
}

static void db_changed(uint32_t kind, const void *subject, void *arg)
{
	struct front *f = arg;

	if (kind & DB_CHANGE_SETTING) {
		setting_changed(f, subject);
		rights_setting_changed(f, subject);
	}
	if (kind & DB_CHANGE_ACCOUNT) {
		account_changed(f, subject);
		rights_account_changed(f, subject);
	}
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
	if (kind & DB_CHANGE_JOURNAL_READ)
		journal_read(f, subject);
	if (kind & DB_CHANGE_MESSAGE)
		message_happened(f, subject);
	if (kind & DB_CHANGE_ENTRIES)
		entries_happened(f, subject);
	if (kind & DB_CHANGE_MESSAGE_STATE)
		message_state_happened(f, subject);
	if (kind & DB_CHANGE_VOICEMAIL)
		event_push(f, ((const struct db_account *)subject)->extension,
			   event_bare(PROTO_EVENT_VOICEMAIL));
	if (kind & DB_CHANGE_FAVOURITES)
		event_push(f, subject, event_bare(PROTO_EVENT_FAVOURITES));
	if (kind & (DB_CHANGE_CONTACT | DB_CHANGE_CONTACT_GONE))
		contact_changed(f, subject, kind & DB_CHANGE_CONTACT_GONE);
	if (kind & DB_CHANGE_CONTACTS)
		contacts_changed(f, subject);
	if (kind & DB_CHANGE_ACCOUNT_GONE)
		event_push(f, "", event_bare(PROTO_EVENT_DIRECTORY));
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
	if (kind & FEATURE_PARKED && !f->prm.plain)
		event_push(f, "", event_parked(f));
	if (kind & FEATURE_SHARE && !f->prm.plain)
		share_happened(f, subject);
}

int events_begin(struct front *f)
{
	int err = hash_alloc(&f->lamps, 256);

	if (!err)
		err = notify_subscribe(&f->db_sub, db_notify(f->db),
				       DB_CHANGE_ALL, db_changed, f);
	if (!err && f->features)
		err = notify_subscribe(&f->feature_sub,
				       features_notify(f->features),
				       FEATURE_CALL | FEATURE_DEVICE |
					       FEATURE_SHARE | FEATURE_PARKED,
				       feature_changed, f);
	return err;
}

void events_end(struct front *f)
{
	f->db_sub = mem_deref(f->db_sub);
	f->feature_sub = mem_deref(f->feature_sub);
	hash_flush(f->lamps);
	f->lamps = mem_deref(f->lamps);
}
