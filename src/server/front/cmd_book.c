/**
 * @file cmd_book.c  The directories: the published commands, and ours
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

enum { BOOK_MAX = 500, PAGE = 100 };

/* Which directory a request is about. Has answered where it says false. */
static bool directory_of(struct request *r, struct db_search *s)
{
	if (!directory_find(request_text(r, PROTO_PARAM_DIRECTORY),
			    &s->directory)) {
		answer_errno(r, EINVAL);
		return false;
	}
	/* Suite alone has an external one (SPEC, two kinds of server). */
	s->no_external = r->front->prm.mode != FRONT_SUITE;
	return true;
}

/* ---- the book, in XML -------------------------------------------------- */

static void answer_entries(struct request *r, int err,
			   const struct db_contact *c, size_t count)
{
	struct text_buf b = {NULL, 0, 0, 0};

	if (err) {
		answer_errno(r, err);
		return;
	}
	xml_begin(&b);
	xml_open(&b, r->name);
	for (size_t i = 0; i < count; i++)
		contact_xml(&b, &c[i]);
	xml_close(&b, r->name);
	answer_xml(r, text_buf_take(&b));
}

static void searched(int err, const struct db_contact *c, size_t count,
		     size_t total, void *arg)
{
	struct request *r = arg;

	(void)total;
	if (r->front)
		answer_entries(r, err, c, count);
	mem_deref(r);
}

static void got(int err, const struct db_contact *c, size_t count, bool more,
		void *arg)
{
	struct request *r = arg;

	(void)more;
	if (r->front)
		answer_entries(r, err, c, count);
	mem_deref(r);
}

void run_book_search(struct request *r)
{
	struct db_search s = {
		.viewer = request_user(r),
		.query = request_text(r, PROTO_PARAM_SEARCH_TERM),
		.limit = (size_t)request_int(r, PROTO_PARAM_MAX_ENTRIES, 1,
					     BOOK_MAX, PAGE),
	};

	if (directory_of(r, &s))
		db_search(r->front->db, &s, searched, mem_ref(r));
}

void run_book_detail(struct request *r)
{
	const char *id = request_text(r, PROTO_PARAM_ENTRY_ID);

	db_contacts_get(r->front->db, request_user(r), &id, 1, got, mem_ref(r));
}

void run_book_lookup(struct request *r)
{
	char *id = db_contact_of(r->front->db, request_user(r),
				 request_text(r, PROTO_PARAM_PHONE_NUMBER));
	const char *one = id;

	db_contacts_get(r->front->db, request_user(r), &one, id ? 1 : 0, got,
			mem_ref(r));
	free(id);
}

/* ---- ours, in JSON ----------------------------------------------------- */

/* Groups stand behind the people: who dials one need not say that it is
   internal. */
static void group_json(const char *number, const char *name, void *arg)
{
	char *id = text_printf("grp:%s", number);
	const struct db_contact c = {
		.id = id ? id : "",
		.directory = DB_SYSTEM,
		.owner = "",
		.first = "",
		.last = name,
		.company = "",
		.department = "",
		.email = "",
		.number = {[DB_NUMBER_INTERNAL] = number},
	};

	contact_json(arg, NULL, &c);
	free(id);
}

static void directory_read(int err, const struct db_contact *c, size_t count,
			   size_t total, void *arg)
{
	struct request *r = arg;
	struct json_writer *w = answer_begin(r, err);
	int64_t offset =
		w ? request_int(r, PROTO_PARAM_OFFSET, 0, INT32_MAX, 0) : 0;

	if (!w)
		goto out;
	json_add_int(w, proto_member(PROTO_MEMBER_TOTAL), (int64_t)total);
	json_add_int(w, proto_member(PROTO_MEMBER_OFFSET), offset);
	json_name(w, proto_member(PROTO_MEMBER_CONTACTS));
	json_array(w);
	for (size_t i = 0; i < count; i++)
		contact_json(w, r->front->db, &c[i]);
	if (!*request_text(r, PROTO_PARAM_SEARCH) &&
	    (size_t)offset + count >= total)
		feature_groups(r->front->features, group_json, w);
	json_end(w);
	answer_end(r, w);
out:
	mem_deref(r);
}

void run_directory(struct request *r)
{
	struct db_search s = {
		.viewer = request_user(r),
		.query = request_text(r, PROTO_PARAM_SEARCH),
		.offset = (size_t)request_int(r, PROTO_PARAM_OFFSET, 0,
					      INT32_MAX, 0),
		.limit = (size_t)request_int(r, PROTO_PARAM_LIMIT, 1, BOOK_MAX,
					     PAGE),
	};

	if (directory_of(r, &s))
		db_search(r->front->db, &s, directory_read, mem_ref(r));
}
