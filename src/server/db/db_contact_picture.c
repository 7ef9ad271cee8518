/**
 * @file db_contact_picture.c  Pictures of personal contacts (SPEC T5.1.2)
 *
 * In a table of their own, so that no reading of contacts passes over images.
 * That of a contact which is deleted waits for it to come back, as long as
 * anything deleted does.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

/* Of what is kept: a small square. */
static const size_t image_max = 512u << 10;

enum { VERSION_BYTES = 16 };

/* ---- on the worker ----------------------------------------------------- */

/* A statement that has an owner and a contact as its first two parameters. */
static sqlite3_stmt *prepare_of(struct disk *d, const char *text,
				const char *owner, int64_t id)
{
	sqlite3_stmt *st = disk_prepare(d, text);

	if (st) {
		bind_text(st, 1, owner);
		bind_int(st, 2, id);
	}
	return st;
}

static int step_of(struct disk *d, const char *text, const char *owner,
		   int64_t id)
{
	sqlite3_stmt *st = prepare_of(d, text, owner, id);

	return st ? disk_step(st) : EIO;
}

int contact_pictures_expire(struct disk *d)
{
	static const char drop[] = "DELETE FROM contact_picture WHERE"
				   " deleted_ms>0 AND deleted_ms<?";
	sqlite3_stmt *st = disk_prepare(d, drop);

	if (!st)
		return EIO;
	bind_int(st, 1, time_wall_ms() - UNDO_MS);
	return disk_step(st);
}

int contact_picture_gone(struct disk *d, const char *owner, int64_t id)
{
	static const char set[] = "UPDATE contact_picture SET deleted_ms=?3"
				  " WHERE owner=?1 AND contact=?2";
	sqlite3_stmt *st;
	int err = contact_pictures_expire(d);

	st = err ? NULL : prepare_of(d, set, owner, id);
	if (!st)
		return err ? err : EIO;
	bind_int(st, 3, time_wall_ms());
	return disk_step(st);
}

int contact_picture_back(struct disk *d, const char *owner, int64_t id)
{
	static const char set[] = "UPDATE contact_picture SET deleted_ms=0"
				  " WHERE owner=?1 AND contact=?2";

	return step_of(d, set, owner, id);
}

int contact_picture_read(struct disk *d, struct db_contact *c, int64_t id)
{
	static const char get[] =
		"SELECT version,import_key FROM contact_picture"
		" WHERE owner=? AND contact=? AND deleted_ms=0";
	sqlite3_stmt *st = prepare_of(d, get, c->owner, id);
	bool there;
	int err = 0;

	if (!st)
		return EIO;
	there = disk_row(st, &err);
	free((char *)c->picture);
	free((char *)c->picture_key);
	c->picture = there ? column_dup(st, 0) : strdup("");
	c->picture_key = there ? column_dup(st, 1) : strdup("");
	sqlite3_reset(st);
	return err ? err : c->picture && c->picture_key ? 0 : ENOMEM;
}

static int count_of(struct disk *d, const char *owner, size_t *np)
{
	static const char get[] = "SELECT count(*) FROM contact_picture"
				  " WHERE owner=? AND version<>''";
	sqlite3_stmt *st = disk_prepare(d, get);
	int err = 0;

	if (!st)
		return EIO;
	bind_text(st, 1, owner);
	*np = disk_row(st, &err) ? (size_t)sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return err;
}

int contact_pictures_count(struct disk *d, const char *owner, uint32_t max,
			   size_t *np)
{
	static const char drop[] = "DELETE FROM contact_picture WHERE owner=?"
				   " AND deleted_ms>0";
	int err = count_of(d, owner, np);
	sqlite3_stmt *st;

	/* What waits to come back makes room for what is wanted now. */
	if (err || *np < max)
		return err;
	st = disk_prepare(d, drop);
	if (!st)
		return EIO;
	bind_text(st, 1, owner);
	err = disk_step(st);
	return err ? err : count_of(d, owner, np);
}

bool contact_has_picture(struct disk *d, const char *owner, int64_t id,
			 int *errp)
{
	static const char get[] =
		"SELECT 1 FROM contact_picture WHERE owner=? AND"
		" contact=? AND version<>''";
	sqlite3_stmt *st = prepare_of(d, get, owner, id);
	bool has;

	if (!st) {
		*errp = EIO;
		return false;
	}
	has = disk_row(st, errp);
	sqlite3_reset(st);
	return has;
}

int contact_picture_put(struct disk *d, const char *owner, int64_t id,
			const struct db_picture *p)
{
	static const char put[] =
		"INSERT INTO contact_picture"
		"(owner,contact,import_key,version,image) VALUES(?,?,?,?,?)"
		" ON CONFLICT(owner,contact) DO UPDATE SET"
		" import_key=excluded.import_key,version=excluded.version,"
		" image=excluded.image,deleted_ms=0";
	/* What nobody could use leaves the picture that there is. */
	static const char note[] =
		"INSERT INTO contact_picture"
		"(owner,contact,import_key,version) VALUES(?,?,?,'')"
		" ON CONFLICT(owner,contact) DO UPDATE SET"
		" import_key=excluded.import_key,deleted_ms=0";
	char version[2 * VERSION_BYTES + 1];
	sqlite3_stmt *st = prepare_of(d, p->image ? put : note, owner, id);

	if (!st)
		return EIO;
	bind_text(st, 3, p->key);
	if (p->image) {
		db_picture_key(version, p->image, p->len);
		bind_text(st, 4, version);
		sqlite3_bind_blob(st, 5, p->image, (int)p->len,
				  SQLITE_TRANSIENT);
	}
	return disk_step(st);
}

int contact_picture_drop(struct disk *d, const char *owner, int64_t id)
{
	static const char drop[] =
		"DELETE FROM contact_picture WHERE owner=? AND contact=?";

	return step_of(d, drop, owner, id);
}

/* ---- set --------------------------------------------------------------- */

struct picture_job {
	struct db_job job;
	char *owner;
	int64_t id;
	struct db_picture picture; /* without an image: it is deleted */
	uint32_t max;
	char version[2 * VERSION_BYTES + 1]; /* of what was read */
	struct db_contact c;		     /* as it is after that */
	bool changed;
	db_contacts_h *contacts_h;
	db_picture_h *picture_h;
	void *arg;
};

static void job_clear(struct db_job *job)
{
	struct picture_job *j = (struct picture_job *)job;

	contact_clear(&j->c);
	free(j->picture.image);
	free(j->owner);
}

/* The job of a personal contact's; ENOENT if that is none. */
static int job_new(struct picture_job **jp, struct db *db, const char *owner,
		   const char *id)
{
	enum db_directory dir = DB_DIRECTORY_COUNT;
	int64_t n = db && !text_empty(owner) ? contact_id(id, &dir) : 0;
	struct picture_job *j;

	if (!n || dir != DB_PERSONAL)
		return ENOENT;
	j = calloc(1, sizeof(*j));
	if (!j)
		return ENOMEM;
	j->job.clear = job_clear;
	j->id = n;
	j->owner = strdup(owner);
	if (!j->owner) {
		free(j);
		return ENOMEM;
	}
	*jp = j;
	return 0;
}

static int set_picture(struct picture_job *j)
{
	struct disk *d = j->job.disk;
	size_t count = 0;
	int err = 0;
	bool had = contact_has_picture(d, j->owner, j->id, &err);

	if (err || (!had && !j->picture.image))
		return err;
	j->changed = true;
	if (!j->picture.image)
		return contact_picture_drop(d, j->owner, j->id);
	if (!had)
		err = contact_pictures_count(d, j->owner, j->max, &count);
	if (!err && !had && count >= j->max)
		err = EDQUOT;
	return err ? err : contact_picture_put(d, j->owner, j->id, &j->picture);
}

static int set_work(struct db_job *job)
{
	/* What an import has made is the user's from now on. */
	static const char mine[] = "UPDATE contact SET hand_made=1 WHERE"
				   " owner=? AND id=? AND import_key<>''";
	struct picture_job *j = (struct picture_job *)job;
	struct db_contact was;
	int err = contact_read(job->disk, j->owner, DB_PERSONAL, j->id, &was);

	if (err)
		return err;
	contact_clear(&was);
	err = set_picture(j);
	if (!err && j->changed)
		err = step_of(job->disk, mine, j->owner, j->id);
	return err ? err
		   : contact_read(job->disk, j->owner, DB_PERSONAL, j->id,
				  &j->c);
}

static void set_done(struct db_job *job, int err)
{
	const struct picture_job *j = (struct picture_job *)job;

	if (!err && j->changed)
		notify_emit(job->db->notify, DB_CHANGE_CONTACT, &j->c);
	if (j->contacts_h)
		j->contacts_h(err, err ? NULL : &j->c, !err, false, j->arg);
}

void db_contact_picture_set(struct db *db, const char *owner, const char *id,
			    const void *image, size_t len, db_contacts_h *h,
			    void *arg)
{
	struct picture_job *j = NULL;
	int err = len > image_max || (image && !len)
			  ? EINVAL
			  : job_new(&j, db, owner, id);

	if (err) {
		if (h)
			h(err, NULL, 0, false, arg);
		return;
	}
	j->job.work = set_work;
	j->job.done = set_done;
	j->max = db_setting_number(db, "contact_pictures_max");
	j->contacts_h = h;
	j->arg = arg;
	if (image) {
		j->picture.image = malloc(len);
		if (!j->picture.image) {
			db_job_end(&j->job, ENOMEM);
			return;
		}
		memcpy(j->picture.image, image, len);
		j->picture.len = len;
	}
	db_job_run(db, &j->job);
}

/* ---- read -------------------------------------------------------------- */

static int read_work(struct db_job *job)
{
	static const char get[] =
		"SELECT image,version FROM contact_picture WHERE owner=? AND"
		" contact=? AND version<>'' AND deleted_ms=0";
	struct picture_job *j = (struct picture_job *)job;
	sqlite3_stmt *st = prepare_of(job->disk, get, j->owner, j->id);
	int err = 0;

	if (!st)
		return EIO;
	if (disk_row(st, &err)) {
		j->picture.len = (size_t)sqlite3_column_bytes(st, 0);
		j->picture.image = malloc(j->picture.len + 1);
		if (j->picture.image)
			memcpy(j->picture.image, sqlite3_column_blob(st, 0),
			       j->picture.len);
		else
			err = ENOMEM;
		snprintf(j->version, sizeof(j->version), "%s",
			 column_text(st, 1));
	} else if (!err) {
		err = ENOENT;
	}
	sqlite3_reset(st);
	return err;
}

static void read_done(struct db_job *job, int err)
{
	const struct picture_job *j = (struct picture_job *)job;

	j->picture_h(err, err ? NULL : j->version,
		     err ? NULL : j->picture.image, err ? 0 : j->picture.len,
		     j->arg);
}

void db_contact_picture(struct db *db, const char *owner, const char *id,
			db_picture_h *h, void *arg)
{
	struct picture_job *j = NULL;
	int err = job_new(&j, db, owner, id);

	if (err) {
		h(err, NULL, NULL, 0, arg);
		return;
	}
	j->job.read_only = true;
	j->job.work = read_work;
	j->job.done = read_done;
	j->picture_h = h;
	j->arg = arg;
	db_job_run(db, &j->job);
}
