/**
 * @file db_journal.c  The journal: what calls there were
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

/* So many entries of an account stay; looked at once in so many. */
enum { KEEP = 5000, TRIM_EVERY = 64 };

struct journal_job {
	struct db_job job;
	char *owner;
	char *key;  /* of the number; "" for all */
	int64_t id; /* only those before */
	size_t limit;
	struct db_entry *e;
	size_t count;
	bool more;
	db_journal_h *entries_h;
	int64_t *mark;
	size_t ids, marked;
	db_count_h *count_h;
	void *arg;
};

static void job_clear(struct db_job *job)
{
	struct journal_job *j = (struct journal_job *)job;

	for (size_t i = 0; i < j->count; i++) {
		free((char *)j->e[i].owner);
		free((char *)j->e[i].number);
		free((char *)j->e[i].name);
	}
	free(j->e);
	free(j->owner);
	free(j->key);
	free(j->mark);
}

/* ---- on the worker ----------------------------------------------------- */

#define COLUMNS "id,owner,kind,at_ms,duration_s,number,name,unread"

static int keep_row(struct journal_job *j, sqlite3_stmt *st)
{
	struct db_entry *e;

	if (j->count == j->limit) {
		j->more = true;
		return 0;
	}
	e = &j->e[j->count++];
	*e = (struct db_entry){
		.id = sqlite3_column_int64(st, 0),
		.owner = column_dup(st, 1),
		.kind = (enum db_entry_kind)sqlite3_column_int(st, 2),
		.at_ms = sqlite3_column_int64(st, 3),
		.duration_s = (uint32_t)sqlite3_column_int64(st, 4),
		.number = column_dup(st, 5),
		.name = column_dup(st, 6),
		.unread = sqlite3_column_int(st, 7),
	};
	return e->owner && e->number && e->name ? 0 : ENOMEM;
}

static int read_rows(struct journal_job *j, sqlite3_stmt *st)
{
	int err = 0;

	j->e = calloc(j->limit, sizeof(*j->e));
	if (!j->e)
		err = ENOMEM;
	while (!err && !j->more && disk_row(st, &err))
		err = keep_row(j, st);
	sqlite3_reset(st);
	return err;
}

static int read_work(struct db_job *job)
{
	static const char all[] = "SELECT " COLUMNS " FROM journal"
				  " WHERE owner=?1 AND id<?2 AND deleted_ms=0"
				  " ORDER BY id DESC LIMIT ?3";
	static const char of[] = "SELECT " COLUMNS " FROM journal"
				 " WHERE owner=?1 AND number_key=?4 AND id<?2"
				 " AND deleted_ms=0"
				 " ORDER BY id DESC LIMIT ?3";
	struct journal_job *j = (struct journal_job *)job;
	sqlite3_stmt *st = disk_prepare(job->disk, *j->key ? of : all);

	if (!st)
		return EIO;
	bind_text(st, 1, j->owner);
	bind_int(st, 2, j->id > 0 ? j->id : INT64_MAX);
	bind_int(st, 3, (int64_t)j->limit + 1);
	if (*j->key)
		bind_text(st, 4, j->key);
	return read_rows(j, st);
}

static int trim(struct journal_job *j)
{
	static const char sql[] =
		"DELETE FROM journal WHERE owner=?1 AND id<="
		"(SELECT id FROM journal WHERE owner=?1 ORDER BY id DESC"
		" LIMIT 1 OFFSET ?2)";
	sqlite3_stmt *st = disk_prepare(j->job.disk, sql);

	if (!st)
		return EIO;
	bind_text(st, 1, j->owner);
	bind_int(st, 2, KEEP);
	return disk_step(st);
}

static int add_work(struct db_job *job)
{
	static const char add[] = "INSERT INTO journal(owner,kind,at_ms,"
				  "duration_s,number,number_key,name,unread)"
				  " VALUES(?,?,?,?,?,?,?,?)";
	struct journal_job *j = (struct journal_job *)job;
	sqlite3_stmt *st = disk_prepare(job->disk, add);
	int err;

	if (!st)
		return EIO;
	bind_text(st, 1, j->owner);
	bind_int(st, 2, j->e->kind);
	bind_int(st, 3, j->e->at_ms);
	bind_int(st, 4, j->e->duration_s);
	bind_text(st, 5, j->e->number);
	bind_text(st, 6, j->key);
	bind_text(st, 7, j->e->name);
	bind_int(st, 8, j->e->unread);
	err = disk_step(st);
	j->e->id = sqlite3_last_insert_rowid(job->disk->sql);
	/* Not by the id itself: of a call's two entries one is always odd. */
	if (!err &&
	    hash_fast((const char *)&j->e->id, sizeof(j->e->id)) % TRIM_EVERY ==
		    0)
		err = trim(j);
	return err;
}

static int mark_work(struct db_job *job)
{
	static const char mark[] = "UPDATE journal SET unread=0"
				   " WHERE owner=? AND id=? AND unread";
	struct journal_job *j = (struct journal_job *)job;
	int err = 0;

	for (size_t i = 0; i < j->ids && !err; i++) {
		sqlite3_stmt *st = disk_prepare(job->disk, mark);

		if (!st)
			return EIO;
		bind_text(st, 1, j->owner);
		bind_int(st, 2, j->mark[i]);
		err = disk_step(st);
		if (!err)
			j->marked += (size_t)sqlite3_changes(job->disk->sql);
	}
	return err;
}

/* ---- on the loop ------------------------------------------------------- */

static void entries_done(struct db_job *job, int err)
{
	struct journal_job *j = (struct journal_job *)job;

	if (j->entries_h)
		j->entries_h(err, err ? NULL : j->e, err ? 0 : j->count,
			     !err && j->more, j->arg);
}

static void add_done(struct db_job *job, int err)
{
	struct journal_job *j = (struct journal_job *)job;

	entries_done(job, err);
	if (!err)
		notify_emit(job->db->notify, DB_CHANGE_JOURNAL, j->e);
}

static void mark_done(struct db_job *job, int err)
{
	struct journal_job *j = (struct journal_job *)job;
	const struct db_message_state marked = {
		.owner = j->owner,
		.id = j->mark,
		.count = j->ids,
		.read = true,
	};

	if (j->count_h)
		j->count_h(err, err ? 0 : j->marked, j->arg);
	if (!err && j->marked)
		notify_emit(job->db->notify, DB_CHANGE_JOURNAL_READ, &marked);
}

static struct journal_job *job_new(struct db *db, const char *owner,
				   const char *number, int *errp)
{
	struct journal_job *j;
	struct proto_dial_params p;

	*errp = !db || !owner		 ? EINVAL
		: !db_account(db, owner) ? ENOENT
					 : ENOMEM;
	if (*errp != ENOMEM)
		return NULL;
	j = calloc(1, sizeof(*j));
	if (!j)
		return NULL;
	db_dial_params(db, &p);
	j->job.clear = job_clear;
	j->owner = strdup(owner);
	j->key = number_key(number, &p);
	if (!j->owner || !j->key) {
		job_clear(&j->job);
		free(j);
		return NULL;
	}
	*errp = 0;
	return j;
}

void db_journal_add(struct db *db, const struct db_entry *e, db_journal_h *h,
		    void *arg)
{
	struct journal_job *j;
	int err;

	/* A number withheld has a place of its own: "" would mean all. */
	j = job_new(db, e ? e->owner : NULL,
		    e && !text_empty(e->number) ? e->number : "-", &err);
	if (!j || (unsigned)e->kind >= DB_ENTRY_KIND_COUNT) {
		if (h)
			h(err ? err : EINVAL, NULL, 0, false, arg);
		if (j)
			job_clear(&j->job);
		free(j);
		return;
	}
	j->job.together = j->job.patient = true;
	j->job.work = add_work;
	j->job.done = add_done;
	j->entries_h = h;
	j->arg = arg;
	j->e = calloc(1, sizeof(*j->e));
	if (j->e) {
		*j->e = *e;
		j->count = 1;
		j->e->owner = strdup(e->owner);
		j->e->number = line_dup(e->number);
		j->e->name = line_dup(e->name);
	}
	if (j->e && j->e->owner && j->e->number && j->e->name)
		db_job_run(db, &j->job);
	else
		db_job_end(&j->job, ENOMEM);
}

void db_journal_read(struct db *db, const char *owner, const char *number,
		     int64_t before, size_t limit, db_journal_h *h, void *arg)
{
	int err;
	struct journal_job *j = job_new(db, owner, number, &err);

	if (!j) {
		if (h)
			h(err, NULL, 0, false, arg);
		return;
	}
	j->job.read_only = true;
	j->job.work = read_work;
	j->job.done = entries_done;
	j->id = before;
	j->limit = limit < 1 ? 1 : limit > DB_LIMIT_MAX ? DB_LIMIT_MAX : limit;
	j->entries_h = h;
	j->arg = arg;
	db_job_run(db, &j->job);
}

void db_journal_mark(struct db *db, const char *owner, const int64_t *id,
		     size_t count, db_count_h *h, void *arg)
{
	int err;
	struct journal_job *j = job_new(db, owner, "", &err);

	if (!j) {
		if (h)
			h(err, 0, arg);
		return;
	}
	j->job.work = mark_work;
	j->job.done = mark_done;
	j->count_h = h;
	j->arg = arg;
	j->mark = calloc(count + 1, sizeof(*j->mark));
	if (!j->mark) {
		db_job_end(&j->job, ENOMEM);
		return;
	}
	memcpy(j->mark, id, count * sizeof(*id));
	j->ids = count;
	db_job_run(db, &j->job);
}
