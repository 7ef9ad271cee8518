/**
 * @file cmd_entries.c  Deleting entries of conversations, and taking that back
 */
#define LOG_MODULE "front"
#include "front_int.h"

static const char *const scopes[] = {
	[DB_ENTRIES_THESE] = "",
	[DB_ENTRIES_NUMBERS] = "numbers",
	[DB_ENTRIES_OLDER] = "older",
};

static const enum proto_param params[DB_ENTRIES_SORTS] = {
	[DB_ENTRIES_CALLS] = PROTO_PARAM_CALLS,
	[DB_ENTRIES_MESSAGES] = PROTO_PARAM_MESSAGES,
	[DB_ENTRIES_VOICEMAILS] = PROTO_PARAM_VOICEMAILS,
};

static void answered(struct request *r, int err, size_t count,
		     enum proto_member member, int64_t batch)
{
	struct json_writer *w = answer_begin(r, err);
	char text[24];

	if (w) {
		json_add_int(w, proto_member(member), (int64_t)count);
		snprintf(text, sizeof(text), "%lld", (long long)batch);
		json_add_string(w, proto_member(PROTO_MEMBER_BATCH), text);
		answer_end(r, w);
	}
	mem_deref(r);
}

static void deleted(int err, size_t count, int64_t batch, void *arg)
{
	answered(arg, err, count, PROTO_MEMBER_DELETED, batch);
}

static void restored(int err, size_t count, int64_t batch, void *arg)
{
	answered(arg, err, count, PROTO_MEMBER_RESTORED, batch);
}

static void looked_for(int err, const struct db_entries *gone, void *arg)
{
	static const enum proto_member members[DB_ENTRIES_SORTS] = {
		[DB_ENTRIES_CALLS] = PROTO_MEMBER_CALLS,
		[DB_ENTRIES_MESSAGES] = PROTO_MEMBER_MESSAGES,
		[DB_ENTRIES_VOICEMAILS] = PROTO_MEMBER_VOICEMAILS,
	};
	struct request *r = arg;
	struct json_writer *w = answer_begin(r, err);

	if (w) {
		for (int s = 0; s < DB_ENTRIES_SORTS; s++)
			event_ids(w, members[s], gone->of[s].id,
				  gone->of[s].count);
		answer_end(r, w);
	}
	mem_deref(r);
}

/* @return false: it makes no sense, and has been answered */
static bool named(struct request *r, struct db_entries_prm *prm,
		  int64_t id[DB_ENTRIES_SORTS][REQUEST_IDS_MAX])
{
	for (int s = 0; s < DB_ENTRIES_SORTS; s++) {
		if (!request_ids_of(r, params[s], id[s], &prm->of[s].count))
			return false;
		prm->of[s].id = id[s];
	}
	return true;
}

void run_entries_gone(struct request *r)
{
	int64_t id[DB_ENTRIES_SORTS][REQUEST_IDS_MAX];
	struct db_entries_prm prm = {.owner = request_user(r)};

	if (named(r, &prm, id))
		db_entries_gone(r->front->db, &prm, looked_for, mem_ref(r));
}

void run_entries_delete(struct request *r)
{
	const char *scope = request_text(r, PROTO_PARAM_SCOPE);
	int64_t id[DB_ENTRIES_SORTS][REQUEST_IDS_MAX];
	struct db_entries_prm prm = {
		.owner = request_user(r),
		/* Suite's boxes are managed elsewhere (SPEC, two kinds of
		   server). */
		.keep_voicemails = r->front->prm.mode == FRONT_SUITE,
	};
	size_t n = 0;

	while (n < sizeof(scopes) / sizeof(scopes[0]) &&
	       strcmp(scopes[n], scope))
		n++;
	if (n == sizeof(scopes) / sizeof(scopes[0])) {
		answer_errno(r, EINVAL);
		return;
	}
	prm.scope = (enum db_entries_scope)n;
	if (named(r, &prm, id))
		db_entries_delete(r->front->db, &prm, deleted, mem_ref(r));
}

void run_entries_restore(struct request *r)
{
	db_entries_restore(r->front->db, request_user(r),
			   request_int(r, PROTO_PARAM_BATCH, 0, INT64_MAX, 0),
			   restored, mem_ref(r));
}

static struct event *gone(enum proto_event type, const int64_t *id, size_t n)
{
	struct json_writer *w = event_begin(type);

	event_ids(w, PROTO_MEMBER_IDS, id, n);
	return event_finish(w);
}

void entries_happened(struct front *f, const struct db_entries *e)
{
	static const struct {
		enum proto_event gone, back;
	} events[] = {
		[DB_ENTRIES_CALLS] = {PROTO_EVENT_JOURNAL_DELETED,
				      PROTO_EVENT_JOURNAL},
		[DB_ENTRIES_MESSAGES] = {PROTO_EVENT_MESSAGE_DELETED,
					 PROTO_EVENT_MESSAGE},
	};

	/* Voice messages tell of themselves. */
	for (size_t s = 0; s < sizeof(events) / sizeof(events[0]); s++) {
		if (!e->of[s].count)
			continue;
		event_push(f, e->owner,
			   e->back ? event_bare(events[s].back)
				   : gone(events[s].gone, e->of[s].id,
					  e->of[s].count));
	}
}
