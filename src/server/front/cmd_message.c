/**
 * @file cmd_message.c  Instant messages
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

enum { COUNT_MAX = 500, COUNT = 100 };

bool front_has_messages(const struct front *f, const char *extension)
{
	const struct db_account *a = db_account(f->db, extension);

	return f->prm.mode != FRONT_SUITE && a && !a->trunk &&
	       a->can & DB_CAN_MESSAGES &&
	       (!f->features ||
		!strcmp(feature_line(f->features, extension), extension));
}

/* @return false: the account has none, and has been told so */
static bool has_messages(struct request *r)
{
	if (front_has_messages(r->front, request_user(r)))
		return true;
	answer_reason(r, PROTO_REASON_NOT_OFFERED);
	return false;
}

/* ---- as text ----------------------------------------------------------- */

static void add(struct json_writer *w, enum proto_member m, const char *s)
{
	json_add_string(w, proto_member(m), s);
}

static void add_id(struct json_writer *w, int64_t id)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)id);
	json_put_string(w, text);
}

void instant_json(struct json_writer *w, const struct db *db,
		  const struct db_message *m)
{
	const struct db_account *a = db_account(db, m->peer);

	json_object(w);
	json_name(w, proto_member(PROTO_MEMBER_ID));
	add_id(w, m->id);
	json_add_bool(w, proto_member(PROTO_MEMBER_OUTGOING), m->outgoing);
	add(w, PROTO_MEMBER_NUMBER, m->peer);
	add(w, PROTO_MEMBER_NAME, a ? a->name : "");
	json_add_int(w, proto_member(PROTO_MEMBER_AT), m->at_ms);
	add(w, PROTO_MEMBER_TEXT, m->text);
	if (m->outgoing)
		add(w, PROTO_MEMBER_UID, m->uid);
	else
		json_add_bool(w, proto_member(PROTO_MEMBER_UNREAD), m->unread);
	json_add_int(w, proto_member(PROTO_MEMBER_DELIVERED), m->delivered_ms);
	json_end(w);
}

void message_happened(struct front *f, const struct db_message *m)
{
	struct json_writer *w;

	if (!session_count_user(f, m->owner) ||
	    !front_has_messages(f, m->owner))
		return;
	w = event_begin(PROTO_EVENT_MESSAGE);
	if (m->id) {
		json_name(w, proto_member(PROTO_MEMBER_MESSAGE));
		instant_json(w, f->db, m);
	}
	event_push(f, m->owner, event_finish(w));
}

void message_state_happened(struct front *f, const struct db_message_state *s)
{
	struct json_writer *w;

	if (!session_count_user(f, s->owner) ||
	    !front_has_messages(f, s->owner))
		return;
	w = event_begin(s->gone ? PROTO_EVENT_MESSAGE_DELETED
				: PROTO_EVENT_MESSAGE_STATE);
	event_ids(w, PROTO_MEMBER_IDS, s->id, s->count);
	if (s->delivered_ms)
		json_add_int(w, proto_member(PROTO_MEMBER_DELIVERED),
			     s->delivered_ms);
	if (s->read)
		json_add_bool(w, proto_member(PROTO_MEMBER_UNREAD), false);
	event_push(f, s->owner, event_finish(w));
}

/* ---- looking ----------------------------------------------------------- */

static void listed(int err, const struct db_message *m, size_t count, bool more,
		   size_t waiting, void *arg)
{
	struct request *r = arg;
	struct json_writer *w = answer_begin(r, err);

	if (w) {
		json_name(w, proto_member(PROTO_MEMBER_MESSAGES));
		json_array(w);
		for (size_t i = 0; i < count; i++)
			instant_json(w, r->front->db, &m[i]);
		json_end(w);
		json_add_bool(w, proto_member(PROTO_MEMBER_MORE), more);
		json_add_int(w, proto_member(PROTO_MEMBER_WAITING),
			     (int64_t)waiting);
		answer_end(r, w);
	}
	mem_deref(r);
}

void run_messages(struct request *r)
{
	if (has_messages(r))
		db_message_read_of(
			r->front->db, request_user(r),
			request_text(r, PROTO_PARAM_NUMBER),
			request_int(r, PROTO_PARAM_BEFORE, 0, INT64_MAX, 0),
			(size_t)request_int(r, PROTO_PARAM_LIMIT, 1, COUNT_MAX,
					    COUNT),
			listed, mem_ref(r));
}

/* ---- sending ----------------------------------------------------------- */

static void sent(int err, const struct db_message *m, size_t count, bool more,
		 size_t waiting, void *arg)
{
	struct request *r = arg;
	struct json_writer *w = answer_begin(r, err);

	(void)count;
	(void)more;
	(void)waiting;
	if (w) {
		json_name(w, proto_member(PROTO_MEMBER_MESSAGE));
		instant_json(w, r->front->db, m);
		answer_end(r, w);
	}
	mem_deref(r);
}

void run_message_send(struct request *r)
{
	const struct db_message_prm prm = {
		.from = request_user(r),
		.to = request_text(r, PROTO_PARAM_TO),
		.uid = request_text(r, PROTO_PARAM_UID),
		/* Of several lines, so not request_text(). */
		.text = params_get(&r->params, PROTO_PARAM_TEXT),
	};

	if (!has_messages(r))
		return;
	if (!db_account(r->front->db, prm.to))
		answer_reason(r, PROTO_REASON_NOT_FOUND);
	else if (!front_has_messages(r->front, prm.to))
		answer_reason(r, PROTO_REASON_NOT_OFFERED);
	else
		db_message_send(r->front->db, &prm, sent, mem_ref(r));
}

/* ---- what has become of it --------------------------------------------- */

static void delivered(int err, size_t count, void *arg)
{
	answer_count(arg, err, count, PROTO_MEMBER_DELIVERED);
}

static void marked(int err, size_t count, void *arg)
{
	answer_count(arg, err, count, PROTO_MEMBER_MARKED);
}

void run_message_delivered(struct request *r)
{
	int64_t id[REQUEST_IDS_MAX];
	size_t n;

	if (has_messages(r) && request_ids(r, id, &n))
		db_message_delivered(r->front->db, request_user(r), id, n,
				     delivered, mem_ref(r));
}

void run_message_mark(struct request *r)
{
	int64_t id[REQUEST_IDS_MAX];
	size_t n;

	if (has_messages(r) && request_ids(r, id, &n))
		db_message_mark(r->front->db, request_user(r), id, n, marked,
				mem_ref(r));
}
