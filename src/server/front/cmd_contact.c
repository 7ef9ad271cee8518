/**
 * @file cmd_contact.c  Personal contacts: added, changed, deleted
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

bool personal_allowed(struct request *r)
{
	/* Another client manages them there. */
	if (r->front->prm.mode != FRONT_SUITE)
		return true;
	answer_reason(r, PROTO_REASON_NOT_ALLOWED);
	return false;
}

static void answer_contact(struct request *r, const struct db_contact *c)
{
	struct json_writer *w = json_writer_new();

	json_object(w);
	json_name(w, proto_member(PROTO_MEMBER_CONTACT));
	contact_json(w, r->front->db, c);
	json_end(w);
	answer_writer(r, w);
}

void contact_answer(int err, const struct db_contact *c, size_t count,
		    bool more, void *arg)
{
	struct request *r = arg;

	(void)more;
	if (r->front && !err && count)
		answer_contact(r, c);
	else if (r->front)
		answer_errno(r, err);
	mem_deref(r);
}

static void got(int err, const struct db_contact *c, size_t count, bool more,
		void *arg)
{
	/* Somebody may have deleted it since it was changed. */
	contact_answer(!err && !count ? ENOENT : err, c, count, more, arg);
}

static void changed(int err, void *arg)
{
	struct request *r = arg;
	const char *text = params_get(&r->params, PROTO_PARAM_CONTACT);
	struct json *root = NULL;
	const char *id = NULL;

	if (r->front && !err)
		err = json_parse(&root, text, strlen(text));
	if (!r->front || err) {
		if (r->front)
			answer_errno(r, err);
		mem_deref(r);
	} else {
		id = json_get_string(root, proto_member(PROTO_MEMBER_ID));
		db_contacts_get(r->front->db, request_user(r), &id, 1, got, r);
	}
	json_free(root);
}

/* The parameter `contact`. Has answered where it says false. */
static bool read_contact(struct request *r, struct db_contact *c)
{
	const char *text = params_get(&r->params, PROTO_PARAM_CONTACT);
	struct json *root = NULL;
	int err = text ? json_parse(&root, text, strlen(text)) : EINVAL;

	*c = (struct db_contact){.directory = DB_PERSONAL};
	if (!err)
		err = contact_read_json(c, root);
	else if (err != ENOMEM)
		err = EINVAL;
	json_free(root);
	if (err)
		answer_errno(r, err);
	c->owner = request_user(r);
	return !err;
}

void run_contact_add(struct request *r)
{
	struct db_contact c;

	if (!personal_allowed(r))
		return;
	if (read_contact(r, &c)) {
		/* What a person adds has come by no import. */
		free((char *)c.key);
		c.key = NULL;
		db_contacts_add(r->front->db, &c, 1, contact_answer,
				mem_ref(r));
	}
	contact_read_clear(&c);
}

void run_contact_change(struct request *r)
{
	struct db_contact c;

	if (!personal_allowed(r))
		return;
	if (read_contact(r, &c))
		db_contact_change(r->front->db, &c, changed, mem_ref(r));
	contact_read_clear(&c);
}

static void removed(int err, void *arg)
{
	struct request *r = arg;

	if (r->front)
		answer_errno(r, err);
	mem_deref(r);
}

void run_contact_delete(struct request *r)
{
	if (personal_allowed(r))
		db_contact_remove(r->front->db, request_user(r),
				  request_text(r, PROTO_PARAM_ENTRY_ID),
				  removed, mem_ref(r));
}
