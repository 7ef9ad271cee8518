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
	struct db_picture *p; /* by their keys */
	size_t pictures;
	size_t kept; /* pictures of the owner's, once one was to be kept */
	bool counted;
	struct db_applied result;
	uint32_t max, pictures_max;
	struct dial_copy dial;
	db_apply_h *h;
	void *arg;
};

static void apply_clear(struct db_job *job)
{
	struct apply *a = (struct apply *)job;

	contacts_free(a->c, a->c ? a->count : 0);
	db_pictures_free(a->p, a->pictures);
	free(a->id);
	free(a->owner);
}

void db_pictures_free(struct db_picture *p, size_t count)
{
	for (size_t i = 0; p && i < count; i++)
		free(p[i].image);
	free(p);
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

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct db_picture *)a)->key,
		      ((const struct db_picture *)b)->key);
}

/* Beside others that there is no room for, it stays what it is: the next
   import tries again. */
static int keep_picture(struct apply *a, const struct db_picture *p, int64_t id)
{
	struct disk *d = a->job.disk;
	int err = 0;
	bool had;

	if (!p->image)
		return contact_picture_put(d, a->owner, id, p);
	if (!a->counted)
		err = contact_pictures_count(d, a->owner, a->pictures_max,
					     &a->kept);
	a->counted = true;
	had = !err && contact_has_picture(d, a->owner, id, &err);
	if (err)
		return err;
	if (!had && a->kept >= a->pictures_max) {
		a->result.pictureless++;
		return 0;
	}
	a->kept += !had;
	return contact_picture_put(d, a->owner, id, p);
}

static int apply_picture(struct apply *a, const char *key, int64_t id)
{
	struct db_contact now = {.owner = a->owner};
	struct db_picture wanted = {.image = NULL};
	const struct db_picture *p;
	int err = EINVAL;

	if (text_empty(key))
		return 0;
	if (!strcmp(key, DB_NO_PICTURE))
		return contact_picture_drop(a->job.disk, a->owner, id);
	if (strlen(key) >= sizeof(wanted.key))
		return EINVAL;
	memcpy(wanted.key, key, strlen(key) + 1);
	p = a->p ? bsearch(&wanted, a->p, a->pictures, sizeof(*p), by_key)
		 : NULL;
	if (p)
		return keep_picture(a, p, id);
	err = contact_picture_read(a->job.disk, &now, id);
	if (!err && strcmp(now.picture_key, key) != 0)
		err = EINVAL;
	free((char *)now.picture);
	free((char *)now.picture_key);
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
		a->result.updated++;
	} else {
		a->result.added++;
	}
	if (!err)
		err = contact_write(a->job.disk, c, id, &a->dial);
	a->id[i] = contact_id(c->id, &dir);
	return err ? err : apply_picture(a, c->picture_key, a->id[i]);
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
	if (a->pictures)
		qsort(a->p, a->pictures, sizeof(*a->p), by_key);
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
	db_pictures_free(a->p, a->pictures);
	a->p = NULL;
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
		a->h(err, err ? NULL : &a->result, a->arg);
}

static int prepare(struct apply *a, const char *owner, size_t count)
{
	a->owner = strdup(owner);
	a->id = calloc(count, sizeof(*a->id));
	return a->owner && a->id ? 0 : ENOMEM;
}

void db_contacts_apply(struct db *db, const char *owner, struct db_contact *c,
		       size_t count, struct db_picture *p, size_t pictures,
		       db_apply_h *h, void *arg)
{
	bool some = db && !text_empty(owner) && c && count;
	struct apply *a = some ? calloc(1, sizeof(*a)) : NULL;
	int err = a ? prepare(a, owner, count) : some ? ENOMEM : EINVAL;

	if (err) {
		contacts_free(c, c ? count : 0);
		db_pictures_free(p, pictures);
		if (a)
			apply_clear(&a->job);
		free(a);
		if (h)
			h(err, NULL, arg);
		return;
	}
	a->c = c;
	a->count = count;
	a->p = p;
	a->pictures = pictures;
	a->max = db_setting_number(db, "contacts_max");
	a->pictures_max = db_setting_number(db, "contact_pictures_max");
	a->h = h;
	a->arg = arg;
	a->job.work = apply_work;
	a->job.done = apply_done;
	a->job.clear = apply_clear;
	db_job_run(db, &a->job);
}
