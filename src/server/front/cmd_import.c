/**
 * @file cmd_import.c  Many personal contacts at once, all or none
 *
 * They come in parts, each of which is read when it comes, so that none of
 * them takes long; what has come waits in memory until the last, and is then
 * written in one commit. A session has one import at a time. All of them
 * together have a limit, and one that nobody continues is forgotten.
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

enum {
	STAGED_MAX = 64 << 20, /* bytes of all of them */
	STAGED_CONTACTS = 100000,
	PART_CONTACTS = 1000,
	STAGED_MS = 60000, /* between two parts */
};

struct staged {
	struct front *front;
	char id[33];
	struct db_contact *c;
	size_t count, room, bytes;
	int64_t parts; /* that have come */
	struct tmr tmr;
};

struct staged *staged_free(struct staged *st)
{
	if (!st)
		return NULL;
	tmr_cancel(&st->tmr);
	st->front->staged -= st->bytes;
	for (size_t i = 0; i < st->count; i++)
		contact_read_clear(&st->c[i]);
	free(st->c);
	free(st);
	return NULL;
}

static void forgotten(void *arg)
{
	struct session *s = arg;

	s->staged = staged_free(s->staged);
}

static void begin(struct request *r)
{
	struct session *s = r->session;
	struct staged *st = calloc(1, sizeof(*st));
	struct json_writer *w;
	uint8_t random[16];

	s->staged = staged_free(s->staged);
	if (!st) {
		answer_errno(r, ENOMEM);
		return;
	}
	st->front = r->front;
	random_bytes(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(st->id + 2 * i, 3, "%02x", random[i]);
	s->staged = st;
	tmr_start(&st->tmr, STAGED_MS, forgotten, s);
	w = json_writer_new();
	json_object(w);
	json_add_string(w, proto_member(PROTO_MEMBER_IMPORT), st->id);
	json_end(w);
	answer_writer(r, w);
}

static int grow(struct staged *st, size_t more)
{
	size_t room = st->room ? st->room : 256;
	struct db_contact *c;

	while (room < st->count + more)
		room *= 2;
	if (room == st->room)
		return 0;
	c = realloc(st->c, room * sizeof(*c));
	if (!c)
		return ENOMEM;
	st->c = c;
	st->room = room;
	return 0;
}

static int read_part(struct staged *st, const struct json *list, size_t bytes)
{
	size_t count = json_count(list), first = st->count;
	int err = json_is_array(list) && count <= PART_CONTACTS ? 0 : EINVAL;

	/* The structure, and its texts as they came: more than they take. */
	bytes += count * sizeof(*st->c);
	if (!err && (st->count + count > STAGED_CONTACTS ||
		     st->front->staged + bytes > STAGED_MAX))
		err = EDQUOT;
	if (!err)
		err = grow(st, count);
	for (size_t i = 0; i < count && !err; i++)
		err = contact_read_json(&st->c[st->count++], json_at(list, i));
	if (err) {
		while (st->count > first)
			contact_read_clear(&st->c[--st->count]);
		return err;
	}
	st->bytes += bytes;
	st->front->staged += bytes;
	st->parts++;
	return 0;
}

static void put(struct request *r, struct staged *st)
{
	const char *text = params_get(&r->params, PROTO_PARAM_CONTACTS);
	int64_t part = request_int(r, PROTO_PARAM_PART, 0, INT32_MAX, -1);
	struct json *root = NULL;
	int err = text && part >= 0 ? 0 : EINVAL;

	/* One whose answer was lost may come again. */
	if (!err && part < st->parts) {
		answer_done(r);
		return;
	}
	if (!err && part > st->parts)
		err = EPROTO;
	if (!err && json_parse(&root, text, strlen(text)))
		err = EINVAL;
	if (!err)
		err = read_part(st, root, strlen(text));
	json_free(root);
	tmr_start(&st->tmr, STAGED_MS, forgotten, r->session);
	answer_errno(r, err);
}

static void applied(int err, size_t added, size_t updated, void *arg)
{
	struct request *r = arg;
	struct json_writer *w = answer_begin(r, err);

	if (w) {
		json_add_int(w, proto_member(PROTO_MEMBER_ADDED),
			     (int64_t)added);
		json_add_int(w, proto_member(PROTO_MEMBER_UPDATED),
			     (int64_t)updated);
		answer_end(r, w);
	}
	mem_deref(r);
}

static void commit(struct request *r, struct staged *st)
{
	int64_t count =
		request_int(r, PROTO_PARAM_ENTRY_COUNT, 0, STAGED_CONTACTS, -1);

	if (count < 1 || (size_t)count != st->count) {
		answer_errno(r, EPROTO);
	} else {
		/* They are the database's from now on. */
		db_contacts_apply(r->front->db, request_user(r), st->c,
				  st->count, applied, mem_ref(r));
		st->c = NULL;
		st->count = 0;
	}
	/* What was refused is not committed again. */
	r->session->staged = staged_free(st);
}

void run_contacts_import(struct request *r)
{
	const char *step = request_text(r, PROTO_PARAM_STEP);
	struct staged *st = r->session->staged;

	if (!personal_allowed(r))
		return;
	if (!strcmp(step, "begin"))
		begin(r);
	else if (!st || strcmp(st->id, request_text(r, PROTO_PARAM_IMPORT)))
		answer_errno(r, ENOENT);
	else if (!strcmp(step, "put"))
		put(r, st);
	else if (!strcmp(step, "commit"))
		commit(r, st);
	else if (!strcmp(step, "cancel")) {
		r->session->staged = staged_free(st);
		answer_done(r);
	} else {
		answer_errno(r, EINVAL);
	}
}
