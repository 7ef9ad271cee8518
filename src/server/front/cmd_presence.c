/**
 * @file cmd_presence.c  Presence: set, read, shown to whom
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

void run_set_presence(struct request *r)
{
	const char *user = request_text(r, PROTO_PARAM_USER);
	const char *ptime = request_text(r, PROTO_PARAM_PTIME);
	const char *note = request_get(r, PROTO_PARAM_NOTE);
	const struct db_account *a = db_account(r->front->db, request_user(r));
	struct db_presence p;

	if (!a || (*user && strcmp(user, a->extension))) {
		answer_errno(r, a ? EPERM : ENOENT);
		return;
	}
	p = a->presence;
	p.state = (enum proto_presence)request_int(r, PROTO_PARAM_PRESENCE, 0,
						   PROTO_PRESENCE_COUNT, 0);
	p.until_ms = *ptime ? proto_time_read(ptime) : 0;
	if (note && r->post)
		p.note = note;
	if (p.until_ms < 0)
		answer_errno(r, EINVAL);
	else
		feature_set_presence(r->front->features, a->extension, &p, done,
				     mem_ref(r));
}

static const char *const words[] = {
	[DB_VISIBLE_ALL] = "all",
	[DB_VISIBLE_INSIDE] = "inside",
	[DB_VISIBLE_NOBODY] = "nobody",
};

const char *visibility_word(enum db_visibility v)
{
	return (size_t)v < sizeof(words) / sizeof(words[0]) ? words[v] : "";
}

void run_visibility(struct request *r)
{
	const char *word = request_text(r, PROTO_PARAM_VISIBILITY);
	const struct db_account *a = db_account(r->front->db, request_user(r));
	struct db_presence p;
	unsigned i = 0;

	while (i < sizeof(words) / sizeof(words[0]) && strcmp(words[i], word))
		i++;
	if (!a || i == sizeof(words) / sizeof(words[0])) {
		answer_errno(r, a ? EINVAL : ENOENT);
		return;
	}
	p = a->presence;
	p.visibility = (enum db_visibility)i;
	db_set_presence(r->front->db, a->extension, &p, done, mem_ref(r));
}

static void user_xml(struct text_buf *b, const struct db_account *a,
		     const char *viewer)
{
	const char *user = proto_element(PROTO_ELEMENT_USER);
	bool hidden = presence_hidden(a, viewer);
	char ptime[32] = "";

	if (!hidden && a->presence.until_ms)
		proto_time_write(ptime, sizeof(ptime), a->presence.until_ms);
	xml_open(b, user);
	xml_leaf(b, PROTO_ELEMENT_ID, a->extension);
	xml_leaf_int(b, PROTO_ELEMENT_PRESENCE,
		     hidden ? PROTO_PRESENCE_UNKNOWN : a->presence.state);
	if (*ptime)
		xml_leaf(b, PROTO_ELEMENT_PTIME, ptime);
	xml_close(b, user);
}

void run_presence_xml(struct request *r)
{
	const char *user = request_text(r, PROTO_PARAM_USER);
	struct text_buf b = {NULL, 0, 0, 0};

	xml_begin(&b);
	xml_open(&b, r->name);
	for (size_t i = 0; i < db_account_count(r->front->db); i++) {
		const struct db_account *a = db_account_at(r->front->db, i);

		if (!a->trunk && (!*user || !strcmp(user, a->extension)))
			user_xml(&b, a, request_user(r));
	}
	xml_close(&b, r->name);
	answer_xml(r, text_buf_take(&b));
}

void run_presence_list(struct request *r)
{
	struct json_writer *w = json_writer_new();

	json_object(w);
	json_name(w, proto_member(PROTO_MEMBER_USERS));
	json_array(w);
	for (size_t i = 0; i < db_account_count(r->front->db); i++) {
		const struct db_account *a = db_account_at(r->front->db, i);

		if (a->trunk)
			continue;
		json_object(w);
		event_presence_json(w, r->front, a, request_user(r));
		json_end(w);
	}
	json_end(w);
	json_end(w);
	answer_writer(r, w);
}
