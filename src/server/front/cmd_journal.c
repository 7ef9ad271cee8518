/**
 * @file cmd_journal.c  The journal: the published commands, and ours
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

enum { COUNT_MAX = 500, COUNT = 100 };

/* ---- in XML ------------------------------------------------------------ */

/* What the nine kinds are made of. */
static const struct {
	bool out, answered, group, forwarded;
} parts[DB_ENTRY_KIND_COUNT] = {
	[DB_IN_ANSWERED] = {false, true, false, false},
	[DB_IN_MISSED] = {false, false, false, false},
	[DB_IN_GROUP_ANSWERED] = {false, true, true, false},
	[DB_IN_GROUP_MISSED] = {false, false, true, false},
	[DB_IN_FORWARDED] = {false, true, false, true},
	[DB_OUT_ANSWERED] = {true, true, false, false},
	[DB_OUT_UNANSWERED] = {true, false, false, false},
	[DB_OUT_GROUP_ANSWERED] = {true, true, true, false},
	[DB_OUT_GROUP_UNANSWERED] = {true, false, true, false},
};

static void entry_xml(struct text_buf *b, const struct db_entry *e)
{
	const char *entry = proto_element(PROTO_ELEMENT_ENTRY);
	unsigned k = (unsigned)e->kind < DB_ENTRY_KIND_COUNT ? e->kind : 0;
	char time[32];

	proto_time_write(time, sizeof(time), e->at_ms);
	xml_open(b, entry);
	xml_leaf_int(b, PROTO_ELEMENT_ID, e->id);
	xml_leaf(b, PROTO_ELEMENT_TIME, time);
	xml_leaf_int(b, PROTO_ELEMENT_DURATION, e->duration_s);
	xml_leaf(b, PROTO_ELEMENT_JOURNAL_DIRECTION,
		 parts[k].out ? "out" : "in");
	xml_leaf_int(b, PROTO_ELEMENT_ANSWERED, parts[k].answered);
	xml_leaf_int(b, PROTO_ELEMENT_GROUP, parts[k].group);
	xml_leaf_int(b, PROTO_ELEMENT_FORWARDED, parts[k].forwarded);
	xml_leaf(b, PROTO_ELEMENT_NUMBER, e->number);
	xml_leaf(b, PROTO_ELEMENT_NAME, e->name);
	xml_close(b, entry);
}

static void answer_xml_rows(struct request *r, const struct db_entry *e,
			    size_t count)
{
	struct text_buf b = {NULL, 0, 0, 0};

	xml_begin(&b);
	xml_open(&b, r->name);
	for (size_t i = 0; i < count; i++)
		entry_xml(&b, &e[i]);
	xml_close(&b, r->name);
	answer_xml(r, text_buf_take(&b));
}

static void read_done(int err, const struct db_entry *e, size_t count,
		      bool more, void *arg)
{
	struct request *r = arg;

	(void)more;
	if (r->front && err)
		answer_errno(r, err);
	else if (r->front)
		answer_xml_rows(r, e, count);
	mem_deref(r);
}

/* Whose journal: one's own, also where nobody is named. */
static bool own_journal(struct request *r)
{
	const char *user = request_text(r, PROTO_PARAM_USER);

	if (!*user || !strcmp(user, request_user(r)))
		return true;
	answer_errno(r, EPERM);
	return false;
}

static size_t count_of(const struct request *r)
{
	return (size_t)request_int(r, PROTO_PARAM_ENTRY_COUNT, 1, COUNT_MAX,
				   COUNT);
}

void run_journal_read(struct request *r)
{
	if (own_journal(r))
		db_journal_read(r->front->db, request_user(r), "", 0,
				count_of(r), read_done, mem_ref(r));
}

static void fetched(int err, const struct db_entry *e, size_t count, bool more,
		    void *arg)
{
	struct request *r = arg;
	int64_t id = request_int(r, PROTO_PARAM_ENTRY_ID, 1, INT64_MAX, 0);

	(void)more;
	if (!r->front)
		;
	else if (err)
		answer_errno(r, err);
	else if (!count || e->id != id)
		answer_errno(r, ENOENT);
	else
		answer_xml_rows(r, e, 1);
	mem_deref(r);
}

void run_journal_fetch(struct request *r)
{
	int64_t id = request_int(r, PROTO_PARAM_ENTRY_ID, 1, INT64_MAX - 1, 0);

	if (!id)
		answer_errno(r, EINVAL);
	else
		db_journal_read(r->front->db, request_user(r), "", id + 1, 1,
				fetched, mem_ref(r));
}

/* One group for each day (in UTC, as all times here), with its count. */
static void by_date_done(int err, const struct db_entry *e, size_t count,
			 bool more, void *arg)
{
	enum { DAY_MS = 24 * 3600 * 1000 };
	const char *group = proto_element(PROTO_ELEMENT_GROUP);
	struct request *r = arg;
	struct text_buf b = {NULL, 0, 0, 0};
	size_t n;

	(void)more;
	if (!r->front)
		goto out;
	if (err) {
		answer_errno(r, err);
		goto out;
	}
	xml_begin(&b);
	xml_open(&b, r->name);
	for (size_t i = 0; i < count; i += n) {
		int64_t day = e[i].at_ms / DAY_MS;
		char time[32];

		n = 1;
		while (i + n < count && e[i + n].at_ms / DAY_MS == day)
			n++;
		proto_time_write(time, sizeof(time), day * DAY_MS);
		xml_open(&b, group);
		xml_leaf(&b, PROTO_ELEMENT_TIME, time);
		xml_leaf_int(&b, PROTO_ELEMENT_CNT, (int64_t)n);
		for (size_t k = i; k < i + n; k++)
			entry_xml(&b, &e[k]);
		xml_close(&b, group);
	}
	xml_close(&b, r->name);
	answer_xml(r, text_buf_take(&b));
out:
	mem_deref(r);
}

void run_journal_by_date(struct request *r)
{
	if (own_journal(r))
		db_journal_read(r->front->db, request_user(r), "", 0,
				count_of(r), by_date_done, mem_ref(r));
}

/* ---- ours, in JSON ----------------------------------------------------- */

static void journal_done(int err, const struct db_entry *e, size_t count,
			 bool more, void *arg)
{
	struct request *r = arg;
	struct json_writer *w = answer_begin(r, err);

	if (w) {
		json_name(w, proto_member(PROTO_MEMBER_ENTRIES));
		json_array(w);
		for (size_t i = 0; i < count; i++)
			entry_json(w, r->front->db, &e[i]);
		json_end(w);
		json_add_bool(w, proto_member(PROTO_MEMBER_MORE), more);
		answer_end(r, w);
	}
	mem_deref(r);
}

void run_journal(struct request *r)
{
	db_journal_read(
		r->front->db, request_user(r),
		request_text(r, PROTO_PARAM_NUMBER),
		request_int(r, PROTO_PARAM_BEFORE, 0, INT64_MAX, 0),
		(size_t)request_int(r, PROTO_PARAM_LIMIT, 1, COUNT_MAX, COUNT),
		journal_done, mem_ref(r));
}

static void marked(int err, size_t count, void *arg)
{
	answer_count(arg, err, count, PROTO_MEMBER_MARKED);
}

bool request_ids(struct request *r, int64_t id[REQUEST_IDS_MAX], size_t *np)
{
	return request_ids_of(r, PROTO_PARAM_IDS, id, np);
}

bool request_ids_of(struct request *r, enum proto_param param,
		    int64_t id[REQUEST_IDS_MAX], size_t *np)
{
	const char *s = request_text(r, param);
	size_t n = 0;

	while (*s) {
		size_t digits = strspn(s, "0123456789");

		if (!digits || digits > 18 || n == REQUEST_IDS_MAX ||
		    (s[digits] && s[digits] != ',')) {
			answer_errno(r, EINVAL);
			return false;
		}
		id[n++] = strtoll(s, NULL, 10);
		s += digits;
		s += *s == ',';
	}
	*np = n;
	return true;
}

void run_journal_mark(struct request *r)
{
	int64_t id[REQUEST_IDS_MAX];
	size_t n;

	if (!request_ids(r, id, &n))
		return;
	db_journal_mark(r->front->db, request_user(r), id, n, marked,
			mem_ref(r));
}
