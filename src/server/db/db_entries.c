/**
 * @file db_entries.c  Deleting entries of conversations, and taking that back
 *
 * What is deleted is marked with the moment, which is its batch's name; after
 * an hour it is gone for good with the next one that is deleted, and a voice
 * message with its sound when the boxes are tidied.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

struct ids {
	int64_t *id;
	size_t count, size;
};

struct entries_job {
	struct db_job job;
	char *owner;
	struct ids named[DB_ENTRIES_SORTS]; /* asked for */
	struct ids hit[DB_ENTRIES_SORTS];   /* deleted, or brought back */
	struct ids purged;		    /* voice messages, for good */
	enum db_entries_scope scope;
	bool keep_voicemails, back;
	int64_t batch;
	struct account *account; /* as it is then: voice messages count */
	db_entries_h *h;
	db_gone_h *gone_h;
	void *arg;
};

static void job_clear(struct db_job *job)
{
	struct entries_job *j = (struct entries_job *)job;

	for (int s = 0; s < DB_ENTRIES_SORTS; s++) {
		free(j->named[s].id);
		free(j->hit[s].id);
	}
	free(j->purged.id);
	free(j->owner);
	account_free(j->account);
}

static int add(struct ids *l, int64_t id)
{
	if (l->count == l->size) {
		size_t size = l->size ? l->size * 2 : 16;
		int64_t *more = realloc(l->id, size * sizeof(*more));

		if (!more)
			return ENOMEM;
		l->id = more;
		l->size = size;
	}
	l->id[l->count++] = id;
	return 0;
}

/* ---- on the worker ----------------------------------------------------- */

/* What is the same for all entries of a number. */
#define DELETE(table, column, same)                                         \
	{                                                                   \
		"UPDATE " table " SET " column "=?1 WHERE owner=?2"         \
		" AND id=?3 AND " column "=0 RETURNING id",                 \
			"UPDATE " table " SET " column "=?1 WHERE owner=?2" \
			" AND id<=?3 AND " column "=0 AND " same            \
			"=(SELECT " same " FROM " table                     \
			" WHERE id=?3 AND owner=?2)"                        \
			" RETURNING id",                                    \
			"UPDATE " table " SET " column "=?1 WHERE owner=?2" \
			" AND id<=?3 AND " column "=0 RETURNING id",        \
	}
#define RESTORE(table, column)                             \
	"UPDATE " table " SET " column "=0 WHERE owner=?2" \
	" AND " column "=?1 RETURNING id"

enum { SCOPES = DB_ENTRIES_OLDER + 1, TABLES = DB_ENTRIES_SORTS + 1 };
enum { HIDDEN_VOICEMAILS = DB_ENTRIES_SORTS };

static const char *const deletes[TABLES][SCOPES] = {
	[DB_ENTRIES_CALLS] = DELETE("journal", "deleted_ms", "number_key"),
	[DB_ENTRIES_MESSAGES] = DELETE("message", "deleted_ms", "peer"),
	[DB_ENTRIES_VOICEMAILS] = DELETE("voicemail", "deleted_ms", "number"),
	[HIDDEN_VOICEMAILS] = DELETE("voicemail", "hidden_ms", "number"),
};
static const char *const restores[TABLES] = {
	[DB_ENTRIES_CALLS] = RESTORE("journal", "deleted_ms"),
	[DB_ENTRIES_MESSAGES] = RESTORE("message", "deleted_ms"),
	[DB_ENTRIES_VOICEMAILS] = RESTORE("voicemail", "deleted_ms"),
	[HIDDEN_VOICEMAILS] = RESTORE("voicemail", "hidden_ms"),
};

static int run(struct entries_job *j, const char *sql, int64_t id,
	       struct ids *hit)
{
	sqlite3_stmt *st = disk_prepare(j->job.disk, sql);
	int err = 0;

	if (!st)
		return EIO;
	bind_int(st, 1, j->batch);
	bind_text(st, 2, j->owner);
	if (id)
		bind_int(st, 3, id);
	while (!err && disk_row(st, &err))
		err = add(hit, sqlite3_column_int64(st, 0));
	sqlite3_reset(st);
	return err;
}

/* For good. A message that was never fetched is not among them: who deletes
   it has seen it. */
static int purge(struct entries_job *j)
{
	static const char *const sql[] = {
		"DELETE FROM journal WHERE owner=?2"
		" AND deleted_ms BETWEEN 1 AND ?1 RETURNING id",
		"DELETE FROM message WHERE owner=?2"
		" AND deleted_ms BETWEEN 1 AND ?1 RETURNING id",
	};
	static const char voicemails[] =
		"DELETE FROM voicemail WHERE owner=?2"
		" AND deleted_ms BETWEEN 1 AND ?1 RETURNING id";
	int64_t batch = j->batch;
	struct ids none = {NULL, 0, 0};
	int err = 0;

	j->batch -= UNDO_MS;
	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]) && !err; i++)
		err = run(j, sql[i], 0, &none);
	if (!err)
		err = run(j, voicemails, 0, &j->purged);
	j->batch = batch;
	free(none.id);
	return err;
}

static int table_of(const struct entries_job *j, int sort)
{
	return sort == DB_ENTRIES_VOICEMAILS && j->keep_voicemails
		       ? HIDDEN_VOICEMAILS
		       : sort;
}

static int delete_work(struct db_job *job)
{
	struct entries_job *j = (struct entries_job *)job;
	int64_t now = time_wall_ms();
	int err = 0;

	/* No two have one name, also where the clock stands or goes back. */
	j->batch = now > job->disk->deletion ? now : job->disk->deletion + 1;
	job->disk->deletion = j->batch;
	for (int s = 0; s < DB_ENTRIES_SORTS && !err; s++)
		for (size_t i = 0; i < j->named[s].count && !err; i++)
			err = run(j, deletes[table_of(j, s)][j->scope],
				  j->named[s].id[i], &j->hit[s]);
	if (!err)
		err = purge(j);
	if (!err)
		err = account_read(job->disk, j->owner, &j->account);
	return err;
}

static void delete_after(struct db_job *job)
{
	const struct entries_job *j = (struct entries_job *)job;

	voicemail_unlink(job->disk, j->purged.id, j->purged.count);
}

static int restore_work(struct db_job *job)
{
	struct entries_job *j = (struct entries_job *)job;
	int err = 0;

	for (int t = 0; t < TABLES && !err; t++)
		err = run(j, restores[t], 0,
			  &j->hit[t == HIDDEN_VOICEMAILS ? DB_ENTRIES_VOICEMAILS
							 : t]);
	if (!err)
		err = account_read(job->disk, j->owner, &j->account);
	return err;
}

/* Those that a list of them would not have. */
static int find_gone(struct entries_job *j, const char *sql, int64_t id,
		     struct ids *gone)
{
	sqlite3_stmt *st = disk_prepare(j->job.disk, sql);
	bool there;
	int err = 0;

	if (!st)
		return EIO;
	bind_text(st, 1, j->owner);
	bind_int(st, 2, id);
	there = disk_row(st, &err);
	sqlite3_reset(st);
	return err || there ? err : add(gone, id);
}

static int gone_work(struct db_job *job)
{
	static const char *const sql[DB_ENTRIES_SORTS] = {
		[DB_ENTRIES_CALLS] = "SELECT 1 FROM journal WHERE owner=?1"
				     " AND id=?2 AND deleted_ms=0",
		[DB_ENTRIES_MESSAGES] = "SELECT 1 FROM message WHERE owner=?1"
					" AND id=?2 AND deleted_ms=0",
		[DB_ENTRIES_VOICEMAILS] =
			"SELECT 1 FROM voicemail WHERE owner=?1"
			" AND id=?2 AND deleted_ms=0 AND hidden_ms=0",
	};
	struct entries_job *j = (struct entries_job *)job;
	int err = 0;

	for (int s = 0; s < DB_ENTRIES_SORTS; s++)
		for (size_t i = 0; i < j->named[s].count && !err; i++)
			err = find_gone(j, sql[s], j->named[s].id[i],
					&j->hit[s]);
	return err;
}

/* ---- on the loop ------------------------------------------------------- */

/* Voice messages count no more, or again. */
static void voicemails_changed(struct entries_job *j)
{
	struct db *db = j->job.db;
	const struct db_account *a = &j->account->pub;

	if (!db_account(db, j->owner))
		return;
	if (account_install(db, j->account)) {
		log_error("no memory for the account %s", j->owner);
		return;
	}
	j->account = NULL;
	notify_emit(db->notify, DB_CHANGE_VOICEMAIL, a);
}

/* @return how many */
static size_t hits(const struct entries_job *j, struct db_entries *e)
{
	size_t count = 0;

	*e = (struct db_entries){.owner = j->owner, .back = j->back};
	for (int s = 0; s < DB_ENTRIES_SORTS; s++) {
		e->of[s].id = j->hit[s].id;
		e->of[s].count = j->hit[s].count;
		count += j->hit[s].count;
	}
	return count;
}

static void gone_done(struct db_job *job, int err)
{
	struct entries_job *j = (struct entries_job *)job;
	struct db_entries e;

	(void)hits(j, &e);
	j->gone_h(err, err ? NULL : &e, j->arg);
}

static void done(struct db_job *job, int err)
{
	struct entries_job *j = (struct entries_job *)job;
	struct db_entries e;
	size_t count = hits(j, &e);

	if (!err && j->back && !count)
		err = ENOENT;
	if (j->h)
		j->h(err, err ? 0 : count, err ? 0 : j->batch, j->arg);
	if (err || !count)
		return;
	notify_emit(job->db->notify, DB_CHANGE_ENTRIES, &e);
	if (e.of[DB_ENTRIES_VOICEMAILS].count)
		voicemails_changed(j);
}

static struct entries_job *job_new(struct db *db, const char *owner, int *errp)
{
	struct entries_job *j;

	*errp = !db || !owner		 ? EINVAL
		: !db_account(db, owner) ? ENOENT
					 : ENOMEM;
	if (*errp != ENOMEM)
		return NULL;
	j = calloc(1, sizeof(*j));
	if (!j)
		return NULL;
	j->job.clear = job_clear;
	j->job.done = done;
	j->owner = strdup(owner);
	if (!j->owner) {
		free(j);
		return NULL;
	}
	*errp = 0;
	return j;
}

static int names(struct entries_job *j, const struct db_entries_prm *prm)
{
	int err = 0;

	for (int s = 0; s < DB_ENTRIES_SORTS; s++)
		for (size_t i = 0; i < prm->of[s].count && !err; i++)
			err = add(&j->named[s], prm->of[s].id[i]);
	return err;
}

void db_entries_gone(struct db *db, const struct db_entries_prm *prm,
		     db_gone_h *h, void *arg)
{
	int err = EINVAL;
	struct entries_job *j = prm ? job_new(db, prm->owner, &err) : NULL;

	if (!j) {
		h(err, NULL, arg);
		return;
	}
	j->job.read_only = true;
	j->job.work = gone_work;
	j->job.done = gone_done;
	j->gone_h = h;
	j->arg = arg;
	err = names(j, prm);
	if (err)
		db_job_end(&j->job, err);
	else
		db_job_run(db, &j->job);
}

void db_entries_delete(struct db *db, const struct db_entries_prm *prm,
		       db_entries_h *h, void *arg)
{
	int err = EINVAL;
	struct entries_job *j = prm ? job_new(db, prm->owner, &err) : NULL;

	if (!j) {
		if (h)
			h(err, 0, 0, arg);
		return;
	}
	j->job.work = delete_work;
	j->job.after = delete_after;
	j->h = h;
	j->arg = arg;
	j->scope =
		(unsigned)prm->scope < SCOPES ? prm->scope : DB_ENTRIES_THESE;
	j->keep_voicemails = prm->keep_voicemails;
	err = names(j, prm);
	if (err)
		db_job_end(&j->job, err);
	else
		db_job_run(db, &j->job);
}

void db_entries_restore(struct db *db, const char *owner, int64_t batch,
			db_entries_h *h, void *arg)
{
	int err;
	struct entries_job *j = job_new(db, owner, &err);

	if (!j || batch <= 0) {
		if (h)
			h(err ? err : EINVAL, 0, 0, arg);
		if (j)
			job_clear(&j->job);
		free(j);
		return;
	}
	j->job.work = restore_work;
	j->h = h;
	j->arg = arg;
	j->back = true;
	j->batch = batch;
	db_job_run(db, &j->job);
}
