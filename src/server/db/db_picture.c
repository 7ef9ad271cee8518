/**
 * @file db_picture.c  Pictures of the accounts (SPEC T6.1.2)
 *
 * The image is on disk; memory has its version, as a part of the account.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <sodium.h>
#include <stdlib.h>

/* Of what is kept: a small square. */
static const size_t image_max = 512u << 10;

enum { VERSION_BYTES = 16 };

struct picture_job {
	struct db_job job;
	char *extension;
	char version[2 * VERSION_BYTES + 1];
	char *image; /* NULL: none from now on */
	size_t len;
	struct account *account; /* as it is after that */
	db_picture_h *picture_h;
	db_done_h *h;
	void *arg;
};

static void job_clear(struct db_job *job)
{
	struct picture_job *j = (struct picture_job *)job;

	account_free(j->account);
	free(j->extension);
	free(j->image);
}

static struct picture_job *job_new(const char *extension)
{
	struct picture_job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->job.clear = job_clear;
	j->extension = strdup(extension);
	if (j->extension)
		return j;
	free(j);
	return NULL;
}

/* ---- set --------------------------------------------------------------- */

static int write_image(const struct picture_job *j)
{
	static const char set[] =
		"INSERT OR REPLACE INTO picture(owner,version,image)"
		" SELECT extension,?2,?3 FROM account"
		" WHERE extension=?1 AND NOT trunk";
	static const char forget[] = "DELETE FROM picture WHERE owner=?";
	sqlite3_stmt *st = disk_prepare(j->job.disk, j->image ? set : forget);
	int err;

	if (!st)
		return EIO;
	bind_text(st, 1, j->extension);
	if (j->image) {
		bind_text(st, 2, j->version);
		sqlite3_bind_blob(st, 3, j->image, (int)j->len,
				  SQLITE_TRANSIENT);
	}
	err = disk_step(st);
	/* An image that found nobody is an account that there is not. */
	return !err && j->image && !sqlite3_changes(j->job.disk->sql) ? ENOENT
								      : err;
}

static int set_work(struct db_job *job)
{
	struct picture_job *j = (struct picture_job *)job;
	int err = write_image(j);

	return err ? err : account_read(job->disk, j->extension, &j->account);
}

static void set_done(struct db_job *job, int err)
{
	struct picture_job *j = (struct picture_job *)job;
	struct db *db = job->db;

	if (!err)
		err = account_install(db, j->account);
	if (!err) {
		const struct db_account *a = &j->account->pub;

		j->account = NULL;
		notify_emit(db->notify, DB_CHANGE_ACCOUNT, a);
	}
	tell(j->h, err, j->arg);
}

/* The same image has the same version, whoever looks. */
void db_picture_key(char key[33], const void *image, size_t len)
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, image, len);
	sodium_bin2hex(key, 2 * VERSION_BYTES + 1, hash, VERSION_BYTES);
}

void db_picture_set(struct db *db, const char *extension, const void *image,
		    size_t len, db_done_h *h, void *arg)
{
	struct picture_job *j;

	if (!db || text_empty(extension) || len > image_max ||
	    (image && !len)) {
		tell(h, EINVAL, arg);
		return;
	}
	j = job_new(extension);
	if (!j) {
		tell(h, ENOMEM, arg);
		return;
	}
	j->job.work = set_work;
	j->job.done = set_done;
	j->h = h;
	j->arg = arg;
	if (image) {
		j->image = malloc(len);
		if (!j->image) {
			db_job_end(&j->job, ENOMEM);
			return;
		}
		memcpy(j->image, image, len);
		j->len = len;
		db_picture_key(j->version, j->image, len);
	}
	db_job_run(db, &j->job);
}

/* ---- read -------------------------------------------------------------- */

static int read_work(struct db_job *job)
{
	static const char get[] =
		"SELECT image,version FROM picture WHERE owner=?";
	struct picture_job *j = (struct picture_job *)job;
	sqlite3_stmt *st = disk_prepare(job->disk, get);
	int err = 0;

	if (!st)
		return EIO;
	bind_text(st, 1, j->extension);
	if (disk_row(st, &err)) {
		j->len = (size_t)sqlite3_column_bytes(st, 0);
		j->image = malloc(j->len + 1);
		if (j->image)
			memcpy(j->image, sqlite3_column_blob(st, 0), j->len);
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

	j->picture_h(err, err ? NULL : j->version, err ? NULL : j->image,
		     err ? 0 : j->len, j->arg);
}

void db_picture(struct db *db, const char *extension, db_picture_h *h,
		void *arg)
{
	const struct db_account *a = db_account(db, extension);
	struct picture_job *j = a && *a->picture ? job_new(extension) : NULL;

	if (!j) {
		h(ENOENT, NULL, NULL, 0, arg);
		return;
	}
	j->job.read_only = true;
	j->job.work = read_work;
	j->job.done = read_done;
	j->picture_h = h;
	j->arg = arg;
	db_job_run(db, &j->job);
}
