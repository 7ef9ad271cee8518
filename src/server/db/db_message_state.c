/**
 * @file db_message_state.c  What becomes of messages: delivered, read
 *
 * That the one whom it is for has it is noted in both copies.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

struct state_job {
	struct db_job job;
	char *owner;
	int64_t *ids;
	size_t id_count, changed;
	bool read; /* not only delivered */
	int64_t now_ms;
	/* Of those that were delivered: their senders' copies. */
	struct twin {
		char *owner;
		int64_t id;
	} * twin;
	size_t twins;
	db_count_h *count_h;
	void *arg;
};

static void job_clear(struct db_job *job)
{
	struct state_job *j = (struct state_job *)job;

	for (size_t i = 0; i < j->twins; i++)
		free(j->twin[i].owner);
	free(j->twin);
	free(j->owner);
	free(j->ids);
}

/* ---- on the worker ----------------------------------------------------- */

static int twin_delivered(struct state_job *j, int64_t id)
{
	static const char sql[] =
		"UPDATE message SET delivered_ms=?1 WHERE delivered_ms=0"
		" AND id=(SELECT twin FROM message WHERE id=?2)"
		" RETURNING owner,id";
	sqlite3_stmt *st = disk_prepare(j->job.disk, sql);
	int err = 0;

	if (!st)
		return EIO;
	bind_int(st, 1, j->now_ms);
	bind_int(st, 2, id);
	while (!err && disk_row(st, &err)) {
		struct twin *t = &j->twin[j->twins];

		t->owner = column_dup(st, 0);
		t->id = sqlite3_column_int64(st, 1);
		if (t->owner)
			j->twins++;
		else
			err = ENOMEM;
	}
	sqlite3_reset(st);
	return err;
}

static int deliver(struct state_job *j, int64_t id)
{
	static const char sql[] = "UPDATE message SET delivered_ms=?"
				  " WHERE owner=? AND id=? AND outgoing=0"
				  " AND delivered_ms=0";
	sqlite3_stmt *st = disk_prepare(j->job.disk, sql);
	int err;

	if (!st)
		return EIO;
	bind_int(st, 1, j->now_ms);
	bind_text(st, 2, j->owner);
	bind_int(st, 3, id);
	err = disk_step(st);
	if (err || !sqlite3_changes(j->job.disk->sql))
		return err;
	j->changed += !j->read;
	return twin_delivered(j, id);
}

static int mark(struct state_job *j, int64_t id)
{
	static const char sql[] = "UPDATE message SET unread=0"
				  " WHERE owner=? AND id=? AND unread";
	sqlite3_stmt *st = disk_prepare(j->job.disk, sql);
	int err;

	if (!st)
		return EIO;
	bind_text(st, 1, j->owner);
	bind_int(st, 2, id);
	err = disk_step(st);
	if (!err)
		j->changed += (size_t)sqlite3_changes(j->job.disk->sql);
	return err;
}

static int state_work(struct db_job *job)
{
	struct state_job *j = (struct state_job *)job;
	int err = 0;

	j->now_ms = time_wall_ms();
	j->twin = calloc(j->id_count + 1, sizeof(*j->twin));
	if (!j->twin)
		return ENOMEM;
	for (size_t i = 0; i < j->id_count && !err; i++) {
		err = deliver(j, j->ids[i]);
		if (!err && j->read)
			err = mark(j, j->ids[i]);
	}
	return err;
}

/* ---- on the loop ------------------------------------------------------- */

/* Those of one sender in a row are one notice. */
static void tell_senders(struct state_job *j)
{
	int64_t *id = calloc(j->twins + 1, sizeof(*id));
	size_t n;

	for (size_t i = 0; id && i < j->twins; i += n) {
		struct db_message_state s = {
			.owner = j->twin[i].owner,
			.id = id,
			.delivered_ms = j->now_ms,
		};

		for (n = 0;
		     i + n < j->twins && !strcmp(j->twin[i + n].owner, s.owner);
		     n++)
			id[n] = j->twin[i + n].id;
		s.count = n;
		notify_emit(j->job.db->notify, DB_CHANGE_MESSAGE_STATE, &s);
	}
	free(id);
}

static void state_done(struct db_job *job, int err)
{
	struct state_job *j = (struct state_job *)job;
	const struct db_message_state s = {
		.owner = j->owner,
		.id = j->ids,
		.count = j->id_count,
		.read = true,
	};

	if (j->count_h)
		j->count_h(err, err ? 0 : j->changed, j->arg);
	if (err)
		return;
	if (j->read && j->changed)
		notify_emit(job->db->notify, DB_CHANGE_MESSAGE_STATE, &s);
	tell_senders(j);
}

static void set_state(struct db *db, const char *owner, const int64_t *id,
		      size_t count, bool read, db_count_h *h, void *arg)
{
	struct state_job *j = NULL;
	int err = !db || !owner ? EINVAL : !db_account(db, owner) ? ENOENT : 0;

	if (!err)
		j = calloc(1, sizeof(*j));
	if (!j) {
		if (h)
			h(err ? err : ENOMEM, 0, arg);
		return;
	}
	j->job.clear = job_clear;
	j->job.work = state_work;
	j->job.done = state_done;
	j->count_h = h;
	j->arg = arg;
	j->read = read;
	j->owner = strdup(owner);
	j->ids = calloc(count + 1, sizeof(*j->ids));
	if (!j->owner || !j->ids) {
		db_job_end(&j->job, ENOMEM);
		return;
	}
	if (count)
		memcpy(j->ids, id, count * sizeof(*id));
	j->id_count = count;
	db_job_run(db, &j->job);
}

void db_message_delivered(struct db *db, const char *owner, const int64_t *id,
			  size_t count, db_count_h *h, void *arg)
{
	set_state(db, owner, id, count, false, h, arg);
}

void db_message_mark(struct db *db, const char *owner, const int64_t *id,
		     size_t count, db_count_h *h, void *arg)
{
	set_state(db, owner, id, count, true, h, arg);
}
