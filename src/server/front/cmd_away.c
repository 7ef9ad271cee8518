/**
 * @file cmd_away.c  Where calls go in each state; the account's own data
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

static void done(int err, void *arg)
{
	struct request *r = arg;

	if (r->front)
		answer_errno(r, err);
	mem_deref(r);
}

static void put_box(const char *number, const char *name, void *arg)
{
	struct json_writer *w = arg;

	json_object(w);
	json_add_string(w, proto_member(PROTO_MEMBER_NUMBER), number);
	json_add_string(w, proto_member(PROTO_MEMBER_NAME), name);
	json_end(w);
}

static void put_states(struct json_writer *w, const struct front *f,
		       const char *user)
{
	json_name(w, proto_member(PROTO_MEMBER_STATES));
	json_array(w);
	for (int p = PROTO_OFFICE; p < PROTO_DO_NOT_DISTURB; p++) {
		json_object(w);
		json_add_int(w, proto_member(PROTO_MEMBER_PRESENCE), p);
		json_add_string(w, proto_member(PROTO_MEMBER_TO),
				feature_away(f->features, user,
					     (enum proto_presence)p));
		json_end(w);
	}
	json_end(w);
}

void run_state_forwarding(struct request *r)
{
	const struct front *f = r->front;
	const char *user = request_user(r);
	const struct db_account *a = db_account(f->db, user);
	struct json_writer *w;

	if (!a || !f->features) {
		answer_errno(r, a ? ENOTSUP : ENOENT);
		return;
	}
	w = json_writer_new();
	json_object(w);
	put_states(w, f, user);
	json_add_bool(w, proto_member(PROTO_MEMBER_FIXED),
		      feature_away_fixed(f->features));
	json_add_string(w, proto_member(PROTO_MEMBER_MOBILE), a->mobile);
	/* they are for those who have none of their own */
	json_name(w, proto_member(PROTO_MEMBER_BOXES));
	json_array(w);
	if (!feature_has_voicemail(f->features, user))
		feature_boxes(f->features, put_box, w);
	json_end(w);
	json_end(w);
	answer_writer(r, w);
}

void run_set_state_forwarding(struct request *r)
{
	if (!r->front->features)
		answer_errno(r, ENOTSUP);
	else
		feature_set_away(r->front->features, request_user(r),
				 (enum proto_presence)request_int(
					 r, PROTO_PARAM_PRESENCE, 0,
					 PROTO_PRESENCE_COUNT, 0),
				 request_text(r, PROTO_PARAM_TO), done,
				 mem_ref(r));
}

/* ---- my data (SPEC T6.1.1) --------------------------------------------- */

static bool canonical_or_empty(const char *number)
{
	return text_empty(number) || proto_number_is_canonical(number);
}

/* One at sign with something on both sides, and no blank. */
static bool address_or_empty(const char *address)
{
	const char *at = text_empty(address) ? NULL : strchr(address, '@');

	return text_empty(address) ||
	       (at && at > address && at[1] && !strchr(at + 1, '@') &&
		!address[strcspn(address, " \t\r\n<>,;")]);
}

void run_set_my_data(struct request *r)
{
	const struct db_account_prm prm = {
		.extension = request_user(r),
		.licensed = -1,
		.must_change = -1,
		.can = -1,
		.mobile = request_get(r, PROTO_PARAM_MOBILE),
		.private_number = request_get(r, PROTO_PARAM_PRIVATE),
		.email = request_get(r, PROTO_PARAM_EMAIL),
	};

	if (!canonical_or_empty(prm.mobile) ||
	    !canonical_or_empty(prm.private_number) ||
	    !address_or_empty(prm.email))
		answer_errno(r, EINVAL);
	else
		db_account_change(r->front->db, &prm, done, mem_ref(r));
}
