/**
 * @file cmd_voicemail.c  Messages in one's own answering box
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

enum { COUNT_MAX = 500, COUNT = 100 };

/* @return false: the account has none, and has been told so */
static bool has_box(struct request *r)
{
	if (feature_has_voicemail(r->front->features, request_user(r)))
		return true;
	answer_reason(r, PROTO_REASON_NOT_OFFERED);
	return false;
}

/* ---- looking ----------------------------------------------------------- */

static void message_json(struct json_writer *w, const struct db *db,
			 const struct db_voicemail *v)
{
	char *contact = db_contact_of(db, v->owner, v->number);
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)v->id);
	json_object(w);
	json_add_string(w, proto_member(PROTO_MEMBER_ID), id);
	json_add_int(w, proto_member(PROTO_MEMBER_AT), v->at_ms);
	json_add_int(w, proto_member(PROTO_MEMBER_LENGTH), v->length_ms);
	json_add_string(w, proto_member(PROTO_MEMBER_NUMBER), v->number);
	json_add_string(w, proto_member(PROTO_MEMBER_NAME), v->name);
	json_add_string(w, proto_member(PROTO_MEMBER_CONTACT),
			contact ? contact : "");
	json_add_int(w, proto_member(PROTO_MEMBER_HEARD), v->heard_ms);
	json_end(w);
	free(contact);
}

static void listed(int err, const struct db_voicemail *v, size_t count,
		   bool more, void *arg)
{
	struct request *r = arg;
	struct json_writer *w = answer_begin(r, err);

	if (w) {
		json_name(w, proto_member(PROTO_MEMBER_MESSAGES));
		json_array(w);
		for (size_t i = 0; i < count; i++)
			message_json(w, r->front->db, &v[i]);
		json_end(w);
		json_add_bool(w, proto_member(PROTO_MEMBER_MORE), more);
		answer_end(r, w);
	}
	mem_deref(r);
}

void run_voicemail_list(struct request *r)
{
	if (has_box(r))
		db_voicemail_read_of(
			r->front->db, request_user(r),
			request_text(r, PROTO_PARAM_NUMBER),
			request_int(r, PROTO_PARAM_BEFORE, 0, INT64_MAX, 0),
			(size_t)request_int(r, PROTO_PARAM_LIMIT, 1, COUNT_MAX,
					    COUNT),
			listed, mem_ref(r));
}

static void sound(int err, const char *wav, size_t len, void *arg)
{
	struct request *r = arg;

	if (r->front && err)
		answer_errno(r, err);
	else if (r->front)
		answer_bytes(r, "audio/wav", wav, len);
	mem_deref(r);
}

void run_voicemail_get(struct request *r)
{
	int64_t id = request_int(r, PROTO_PARAM_ENTRY_ID, 1, INT64_MAX, 0);

	if (!has_box(r))
		return;
	if (!id)
		answer_errno(r, EINVAL);
	else
		db_voicemail_sound(r->front->db, request_user(r), id, sound,
				   mem_ref(r));
}

/* ---- changing ---------------------------------------------------------- */

static void marked(int err, size_t count, void *arg)
{
	answer_count(arg, err, count, PROTO_MEMBER_MARKED);
}

static void deleted(int err, size_t count, void *arg)
{
	answer_count(arg, err, count, PROTO_MEMBER_DELETED);
}

static void rung(int err, void *arg)
{
	struct request *r = arg;

	if (r->front)
		answer_errno(r, err);
	mem_deref(r);
}

void run_voicemail_play(struct request *r)
{
	int64_t id = request_int(r, PROTO_PARAM_ENTRY_ID, 1, INT64_MAX, 0);

	if (!has_box(r))
		return;
	if (!id)
		answer_errno(r, EINVAL);
	else
		feature_voicemail_play(r->front->features, request_user(r), id,
				       request_text(r, PROTO_PARAM_DEVICE),
				       rung, mem_ref(r));
}

void run_voicemail_heard(struct request *r)
{
	int64_t id[REQUEST_IDS_MAX];
	size_t n;

	if (has_box(r) && request_ids(r, id, &n))
		db_voicemail_heard(r->front->db, request_user(r), id, n, marked,
				   mem_ref(r));
}

void run_voicemail_delete(struct request *r)
{
	int64_t id[REQUEST_IDS_MAX];
	size_t n;

	if (!has_box(r))
		return;
	/* Suite's boxes are managed elsewhere (SPEC, two kinds of server). */
	if (r->front->prm.mode == FRONT_SUITE)
		answer_reason(r, PROTO_REASON_NOT_ALLOWED);
	else if (request_ids(r, id, &n))
		db_voicemail_remove(r->front->db, request_user(r), id, n,
				    deleted, mem_ref(r));
}
