/**
 * @file db_contact_apply.c  Personal contacts of an import, all or none
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

struct apply {
	struct db_job job;
	char *owner;
	struct db_contact *c;
	int64_t *id; /* of each, once it is written */
	size_t count;
	size_t added, updated;
	uint32_t max;
	struct dial_copy dial;
	db_apply_h *h;
	void *arg;
};

static void apply_clear(struct db_job *job)
{
	struct apply *a = (struct apply *)job;

	contacts_free(a->c, a->c ? a->count : 0);
	free(a->id);
	free(a->owner);
}

/* ---- on the worker ----------------------------------------------------- */

int contacts_room(struct disk *d, const char *owner, size_t more, uint32_t max)
{
	static const char get[] = "SELECT count(*) FROM contact WHERE"
				  " directory=? AND owner=?";
	sqlite3_stmt *st = *owner ? disk_prepare(d, get) : NULL;
	int err = st || !*owner ? 0 : EIO;

	if (!st)
		return err;
	bind_int(st, 1, DB_PERSONAL);
	bind_text(st, 2, owner);
	if (disk_row(st, &err) &&
	    (uint64_t)sqlite3_column_int64(st, 0) + more > max)
		err = EDQUOT;
	sqlite3_reset(st);
	return err;
}

/* It is still as the import before has left it. */
static int check_and_unindex(struct apply *a, const struct db_contact *c,
			     int64_t id)
{
	bool hand_made = false;
	char *key = NULL;
	int err = contact_unindex(a->job.disk, c, id, &key, &hand_made);

	if (err == ENOENT || (!err && (hand_made || !*key)))
		err = EPROTO;
	free(key);
	return err;
}

static int apply_one(struct apply *a, size_t i)
{
	enum db_directory dir = DB_DIRECTORY_COUNT;
	struct db_contact *c = &a->c[i];
	int64_t id = contact_id(c->id, &dir);
	int err = 0;

	if (id) {
		err = check_and_unindex(a, c, id);
		a->updated++;
	} else {
		a->added++;
	}
	if (!err)
		err = contact_write(a->job.disk, c, id, &a->dial);
	a->id[i] = contact_id(c->id, &dir);
	return err;
}

static int check_one(struct apply *a, struct db_contact *c)
{
	enum db_directory dir = DB_PERSONAL;
	int err = contact_complete(c, a->owner);

	if (!err && *c->id && (!contact_id(c->id, &dir) || dir != DB_PERSONAL))
		err = EINVAL;
	return err ? err : *c->key ? 0 : EINVAL;
}

static int apply_all(struct apply *a)
{
	int err = owner_exists(a->job.disk, a->owner) ? 0 : ENOENT;

	if (!err)
		err = dial_read(a->job.disk, &a->dial);
	for (size_t i = 0; i < a->count && !err; i++) {
		err = check_one(a, &a->c[i]);
		if (!err)
			err = apply_one(a, i);
	}
	return err ? err : contacts_room(a->job.disk, a->owner, 0, a->max);
}

static int apply_work(struct db_job *job)
{
	struct apply *a = (struct apply *)job;
	int err = apply_all(a);

	/* Here, since there may be many thousand texts to free. */
	contacts_free(a->c, a->count);
	a->c = NULL;
	return err;
}

/* ---- on the loop ------------------------------------------------------- */

static void apply_done(struct db_job *job, int err)
{
	struct apply *a = (struct apply *)job;

	if (!err) {
		if (names_refresh(job->db, a->id, a->count))
			log_error("no memory for names of numbers");
		a->id = NULL;
		notify_emit(job->db->notify, DB_CHANGE_CONTACTS, a->owner);
	}
	if (a->h)
		a->h(err, err ? 0 : a->added, err ? 0 : a->updated, a->arg);
}

static int prepare(struct apply *a, const char *owner, size_t count)
{
	a->owner = strdup(owner);
	a->id = calloc(count, sizeof(*a->id));
	return a->owner && a->id ? 0 : ENOMEM;
}

void db_contacts_apply(struct db *db, const char *owner, struct db_contact *c,
		       size_t count, db_apply_h *h, void *arg)
{
	bool some = db && !text_empty(owner) && c && count;
	struct apply *a = some ? calloc(1, sizeof(*a)) : NULL;
	int err = a ? prepare(a, owner, count) : some ? ENOMEM : EINVAL;

	if (err) {
		contacts_free(c, c ? count : 0);
		if (a)
			apply_clear(&a->job);
		free(a);
		if (h)
			h(err, 0, 0, arg);
		return;
	}
	a->c = c;
	a->count = count;
	a->max = db_setting_number(db, "contacts_max");
	a->h = h;
	a->arg = arg;
	a->job.work = apply_work;
	a->job.done = apply_done;
	a->job.clear = apply_clear;
	db_job_run(db, &a->job);
}
