/**
 * @file db_voicemail_tidy.c  Messages that were heard long ago, or deleted and
 * not brought back; files that are nobody's
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

struct tidy {
	struct db_job job;
	char *path; /* NULL: all that is left */
};

static void tidy_clear(struct db_job *job)
{
	free(((struct tidy *)job)->path);
}

static void tidy_done(struct db_job *job, int err)
{
	(void)job;
	if (err && err != ECANCELED && err != ENOENT)
		log_warn("voicemail: %s", strerror(err));
}

static int discard_work(struct db_job *job)
{
	return unlink(((struct tidy *)job)->path) ? errno : 0;
}

static bool is_listed(struct disk *d, const char *name, int *errp)
{
	static const char get[] = "SELECT 1 FROM voicemail WHERE id=?";
	sqlite3_stmt *st;
	char *end;
	long long id = strtoll(name, &end, 10);
	bool is;

	if (strcmp(end, ".wav") != 0)
		return false;
	st = disk_prepare(d, get);
	if (!st) {
		*errp = EIO;
		return true;
	}
	bind_int(st, 1, id);
	is = disk_row(st, errp);
	sqlite3_reset(st);
	return is || *errp;
}

static int sweep_work(struct db_job *job)
{
	const char *dir = job->disk->voicemail;
	DIR *folder = opendir(dir);
	struct dirent *e;
	int err = greetings_sweep(job->disk);

	if (!folder)
		return err ? err : errno;
	while (!err && (e = readdir(folder))) {
		char *path;

		if (*e->d_name == '.' || is_listed(job->disk, e->d_name, &err))
			continue;
		path = text_printf("%s/%s", dir, e->d_name);
		if (path && !unlink(path))
			log_info("voicemail: %s was never filed: removed",
				 e->d_name);
		free(path);
	}
	closedir(folder);
	return err;
}

static void tidy(struct db *db, char *path, int (*work)(struct db_job *job))
{
	struct tidy *t = calloc(1, sizeof(*t));

	if (!t) {
		free(path);
		return;
	}
	t->job = (struct db_job){
		.read_only = true,
		.work = work,
		.done = tidy_done,
		.clear = tidy_clear,
	};
	t->path = path;
	db_job_run(db, &t->job);
}

void db_voicemail_discard(struct db *db, const char *path)
{
	char *copy = path ? strdup(path) : NULL;

	if (db && copy)
		tidy(db, copy, discard_work);
	else
		free(copy);
}

void db_voicemail_sweep(struct db *db)
{
	if (db)
		tidy(db, NULL, sweep_work);
}

/* ---- heard long ago ---------------------------------------------------- */

struct expiry {
	struct db_job job;
	int64_t before_ms;
	char **owner; /**< each whose box has become less */
	size_t owners;
	struct account **account; /**< as they are then */
	int64_t *ids;
	size_t id_count;
};

static void expiry_clear(struct db_job *job)
{
	struct expiry *e = (struct expiry *)job;

	for (size_t i = 0; i < e->owners; i++) {
		free(e->owner[i]);
		if (e->account)
			account_free(e->account[i]);
	}
	free(e->owner);
	free(e->account);
	free(e->ids);
}

static int expiry_row(struct expiry *e, sqlite3_stmt *st)
{
	int64_t *ids = realloc(e->ids, (e->id_count + 1) * sizeof(*ids));
	const char *owner = (const char *)sqlite3_column_text(st, 1);
	char **owners;

	if (!ids)
		return ENOMEM;
	e->ids = ids;
	e->ids[e->id_count++] = sqlite3_column_int64(st, 0);
	/* they come in the order of owners */
	if (e->owners && text_equal(e->owner[e->owners - 1], owner))
		return 0;
	owners = realloc(e->owner, (e->owners + 1) * sizeof(*owners));
	if (!owners)
		return ENOMEM;
	e->owner = owners;
	e->owner[e->owners] = text_dup(owner);
	return e->owner[e->owners++] ? 0 : ENOMEM;
}

static int expiry_work(struct db_job *job)
{
#define LONG_AGO                              \
	" WHERE (heard_ms>0 AND heard_ms<?1)" \
	" OR deleted_ms BETWEEN 1 AND ?2"
	static const char get[] =
		"SELECT id,owner FROM voicemail" LONG_AGO " ORDER BY owner";
	static const char drop[] = "DELETE FROM voicemail" LONG_AGO;
	struct expiry *e = (struct expiry *)job;
	int64_t deleted_ms = time_wall_ms() - UNDO_MS;
	int err = contact_pictures_expire(job->disk);
	sqlite3_stmt *st = err ? NULL : disk_prepare(job->disk, get);

	if (!err)
		err = st ? 0 : EIO;
	if (!err) {
		bind_int(st, 1, e->before_ms);
		bind_int(st, 2, deleted_ms);
	}
	while (!err && disk_row(st, &err))
		err = expiry_row(e, st);
	sqlite3_reset(st);
	if (err || !e->id_count)
		return err;
	st = disk_prepare(job->disk, drop);
	if (!st)
		return EIO;
	bind_int(st, 1, e->before_ms);
	bind_int(st, 2, deleted_ms);
	err = disk_step(st);
	e->account = calloc(e->owners, sizeof(*e->account));
	if (!e->account)
		err = ENOMEM;
	for (size_t i = 0; i < e->owners && !err; i++)
		err = account_read(job->disk, e->owner[i], &e->account[i]);
	return err;
}

static void expiry_after(struct db_job *job)
{
	const struct expiry *e = (struct expiry *)job;

	voicemail_unlink(job->disk, e->ids, e->id_count);
}

static void expiry_done(struct db_job *job, int err)
{
	struct expiry *e = (struct expiry *)job;

	if (err) {
		tidy_done(job, err);
		return;
	}
	if (e->id_count)
		log_info("voicemail: %zu heard or deleted long ago are removed",
			 e->id_count);
	for (size_t i = 0; i < e->owners; i++) {
		const struct db_account *a = &e->account[i]->pub;

		if (!db_account(job->db, e->owner[i]) ||
		    account_install(job->db, e->account[i]))
			continue;
		e->account[i] = NULL;
		notify_emit(job->db->notify, DB_CHANGE_VOICEMAIL, a);
	}
}

void db_voicemail_expire(struct db *db, int64_t before_ms)
{
	struct expiry *e = db ? calloc(1, sizeof(*e)) : NULL;

	if (!e)
		return;
	e->job = (struct db_job){
		.work = expiry_work,
		.done = expiry_done,
		.clear = expiry_clear,
		.after = expiry_after,
	};
	e->before_ms = before_ms;
	db_job_run(db, &e->job);
}
