/**
 * @file db_message.c  Instant messages: a copy for each of the two sides
 *
 * What its sender's program calls it (uid) makes sending it twice the same as
 * sending it once, also when the copies are long gone.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

enum {
	PAGE_BYTES = 1 << 20, /* of texts in one list */
	TRIM_EVERY = 64,      /* kept ones are counted once in so many */
};
static const int64_t day_ms = 24 * 3600 * 1000;
enum { UID_DAYS = 400, DELETED_DAYS = 1 };

struct message_job {
	struct db_job job;
	char *owner, *peer, *uid, *text;
	int64_t id; /* only those before */
	size_t limit, bytes, keep, waiting_max, waiting;
	struct db_message *m; /* read; or the sender's copy, then the other */
	size_t count;
	bool more, fresh;
	int64_t now_ms;
	db_messages_h *list_h;
	void *arg;
};

static void message_clear(struct db_message *m)
{
	free((char *)m->owner);
	free((char *)m->peer);
	free((char *)m->text);
	free((char *)m->uid);
}

static void job_clear(struct db_job *job)
{
	struct message_job *j = (struct message_job *)job;

	for (size_t i = 0; i < j->count; i++)
		message_clear(&j->m[i]);
	free(j->m);
	free(j->owner);
	free(j->peer);
	free(j->uid);
	free(j->text);
}

/* ---- rows, on the worker ----------------------------------------------- */

#define COLUMNS "id,owner,peer,outgoing,at_ms,text,uid,unread,delivered_ms"

static int row_read(struct db_message *m, sqlite3_stmt *st)
{
	*m = (struct db_message){
		.id = sqlite3_column_int64(st, 0),
		.owner = column_dup(st, 1),
		.peer = column_dup(st, 2),
		.outgoing = sqlite3_column_int(st, 3),
		.at_ms = sqlite3_column_int64(st, 4),
		.text = column_dup(st, 5),
		.uid = column_dup(st, 6),
		.unread = sqlite3_column_int(st, 7),
		.delivered_ms = sqlite3_column_int64(st, 8),
	};
	return m->owner && m->peer && m->text && m->uid ? 0 : ENOMEM;
}

static int keep_row(struct message_job *j, sqlite3_stmt *st)
{
	size_t bytes = (size_t)sqlite3_column_bytes(st, 5);

	if (j->count == j->limit ||
	    (j->count && j->bytes + bytes > PAGE_BYTES)) {
		j->more = true;
		return 0;
	}
	j->bytes += bytes;
	return row_read(&j->m[j->count++], st);
}

static int waiting_count(struct disk *d, const char *owner, size_t *np)
{
	static const char sql[] = "SELECT count(*) FROM message WHERE owner=?"
				  " AND outgoing=0 AND delivered_ms=0";
	sqlite3_stmt *st = disk_prepare(d, sql);
	int err = 0;

	if (!st)
		return EIO;
	bind_text(st, 1, owner);
	*np = disk_row(st, &err) ? (size_t)sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return err;
}

static int read_work(struct db_job *job)
{
	static const char all[] = "SELECT " COLUMNS " FROM message"
				  " WHERE owner=?1 AND id<?2 AND deleted_ms=0"
				  " ORDER BY id DESC LIMIT ?3";
	static const char of[] = "SELECT " COLUMNS " FROM message"
				 " WHERE owner=?1 AND peer=?4 AND id<?2"
				 " AND deleted_ms=0"
				 " ORDER BY id DESC LIMIT ?3";
	struct message_job *j = (struct message_job *)job;
	sqlite3_stmt *st = disk_prepare(job->disk, j->peer ? of : all);
	int err = st ? 0 : EIO;

	j->m = calloc(j->limit, sizeof(*j->m));
	if (!err && !j->m)
		err = ENOMEM;
	if (!err) {
		bind_text(st, 1, j->owner);
		bind_int(st, 2, j->id > 0 ? j->id : INT64_MAX);
		bind_int(st, 3, (int64_t)j->limit + 1);
		if (j->peer)
			bind_text(st, 4, j->peer);
	}
	while (!err && !j->more && disk_row(st, &err))
		err = keep_row(j, st);
	sqlite3_reset(st);
	return err ? err : waiting_count(job->disk, j->owner, &j->waiting);
}

/* ---- sending, on the worker -------------------------------------------- */

/* The message that the sender has called so before. @return 0, ENOENT */
static int uid_find(struct message_job *j, int64_t *idp)
{
	static const char sql[] = "SELECT message FROM message_uid"
				  " WHERE owner=? AND uid=?";
	sqlite3_stmt *st = disk_prepare(j->job.disk, sql);
	int err = 0;

	if (!st)
		return EIO;
	bind_text(st, 1, j->owner);
	bind_text(st, 2, j->uid);
	if (disk_row(st, &err))
		*idp = sqlite3_column_int64(st, 0);
	else if (!err)
		err = ENOENT;
	sqlite3_reset(st);
	return err;
}

static int uid_put(struct message_job *j, int64_t id)
{
	static const char sql[] = "INSERT INTO message_uid VALUES(?,?,?,?)";
	sqlite3_stmt *st = disk_prepare(j->job.disk, sql);

	if (!st)
		return EIO;
	bind_text(st, 1, j->owner);
	bind_text(st, 2, j->uid);
	bind_int(st, 3, id);
	bind_int(st, 4, j->now_ms);
	return disk_step(st);
}

static int copy_put(struct message_job *j, bool outgoing, int64_t twin,
		    int64_t *idp)
{
	static const char sql[] = "INSERT INTO message(owner,peer,outgoing,"
				  "at_ms,text,uid,unread,twin)"
				  " VALUES(?,?,?,?,?,?,?,?)";
	sqlite3_stmt *st = disk_prepare(j->job.disk, sql);
	int err;

	if (!st)
		return EIO;
	bind_text(st, 1, outgoing ? j->owner : j->peer);
	bind_text(st, 2, outgoing ? j->peer : j->owner);
	bind_int(st, 3, outgoing);
	bind_int(st, 4, j->now_ms);
	bind_text(st, 5, j->text);
	bind_text(st, 6, outgoing ? j->uid : "");
	bind_int(st, 7, !outgoing);
	bind_int(st, 8, twin);
	err = disk_step(st);
	*idp = sqlite3_last_insert_rowid(j->job.disk->sql);
	return err;
}

static int read_one(struct message_job *j, int64_t id)
{
	static const char sql[] = "SELECT " COLUMNS " FROM message WHERE id=?";
	sqlite3_stmt *st = disk_prepare(j->job.disk, sql);
	int err = 0;

	if (!st)
		return EIO;
	bind_int(st, 1, id);
	if (disk_row(st, &err))
		err = row_read(&j->m[j->count++], st);
	sqlite3_reset(st);
	return err;
}

/* What goes is what has been fetched; what waits has a limit of its own. */
static int trim(struct message_job *j, const char *owner)
{
	static const char old[] =
		"DELETE FROM message WHERE owner=?1"
		" AND (outgoing OR delivered_ms) AND id<="
		"(SELECT id FROM message WHERE owner=?1 ORDER BY id DESC"
		" LIMIT 1 OFFSET ?2)";
	static const char gone[] = "DELETE FROM message WHERE owner=?1"
				   " AND deleted_ms BETWEEN 1 AND ?2";
	static const char uids[] =
		"DELETE FROM message_uid WHERE owner=?1 AND at_ms<?2";
	const struct {
		const char *sql;
		int64_t value;
	} steps[] = {
		{old, (int64_t)j->keep},
		{gone, j->now_ms - DELETED_DAYS * day_ms},
		{uids, j->now_ms - UID_DAYS * day_ms},
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(steps) / sizeof(steps[0]); i++) {
		sqlite3_stmt *st = disk_prepare(j->job.disk, steps[i].sql);

		if (!st)
			return EIO;
		bind_text(st, 1, owner);
		bind_int(st, 2, steps[i].value);
		err = disk_step(st);
	}
	return err;
}

static int twin_set(struct message_job *j, int64_t id, int64_t twin)
{
	static const char sql[] = "UPDATE message SET twin=? WHERE id=?";
	sqlite3_stmt *st = disk_prepare(j->job.disk, sql);

	if (!st)
		return EIO;
	bind_int(st, 1, twin);
	bind_int(st, 2, id);
	return disk_step(st);
}

/* Was there before, perhaps without its copies any more: then as much of it as
   there is to say. */
static int answer_again(struct message_job *j, int64_t id)
{
	int err = read_one(j, id);

	if (err || j->count)
		return err;
	j->m[0] = (struct db_message){
		.id = id,
		.owner = strdup(j->owner),
		.peer = strdup(j->peer),
		.text = strdup(j->text),
		.uid = strdup(j->uid),
		.outgoing = true,
		.at_ms = j->now_ms,
	};
	j->count = 1;
	return j->m[0].owner && j->m[0].peer && j->m[0].text && j->m[0].uid
		       ? 0
		       : ENOMEM;
}

static int send_work(struct db_job *job)
{
	struct message_job *j = (struct message_job *)job;
	int64_t mine = 0, other = 0;
	int err;

	j->now_ms = time_wall_ms();
	j->m = calloc(2, sizeof(*j->m));
	if (!j->m)
		return ENOMEM;
	err = uid_find(j, &mine);
	if (!err)
		return answer_again(j, mine);
	if (err != ENOENT)
		return err;
	if (!owner_exists(job->disk, j->owner) ||
	    !owner_exists(job->disk, j->peer))
		return ENOENT;
	err = waiting_count(job->disk, j->peer, &j->waiting);
	if (!err && j->waiting >= j->waiting_max)
		err = EDQUOT;
	if (!err)
		err = copy_put(j, true, 0, &mine);
	if (!err)
		err = copy_put(j, false, mine, &other);
	if (!err)
		err = twin_set(j, mine, other);
	if (!err)
		err = uid_put(j, mine);
	if (!err &&
	    hash_fast((const char *)&mine, sizeof(mine)) % TRIM_EVERY == 0) {
		err = trim(j, j->owner);
		if (!err)
			err = trim(j, j->peer);
	}
	if (!err)
		err = read_one(j, mine);
	if (!err)
		err = read_one(j, other);
	j->fresh = true;
	return err;
}

/* ---- on the loop ------------------------------------------------------- */

static void list_done(struct db_job *job, int err)
{
	struct message_job *j = (struct message_job *)job;

	if (j->list_h)
		j->list_h(err, err ? NULL : j->m, err ? 0 : j->count,
			  !err && j->more, err ? 0 : j->waiting, j->arg);
}

static void send_done(struct db_job *job, int err)
{
	struct message_job *j = (struct message_job *)job;

	if (j->list_h)
		j->list_h(err, err ? NULL : j->m, err ? 0 : 1, false, 0,
			  j->arg);
	for (size_t i = 0; !err && j->fresh && i < j->count; i++)
		notify_emit(job->db->notify, DB_CHANGE_MESSAGE, &j->m[i]);
}

static struct message_job *job_new(struct db *db, const char *owner, int *errp)
{
	struct message_job *j;

	*errp = !db || !owner		 ? EINVAL
		: !db_account(db, owner) ? ENOENT
					 : ENOMEM;
	if (*errp != ENOMEM)
		return NULL;
	j = calloc(1, sizeof(*j));
	if (!j)
		return NULL;
	j->job.clear = job_clear;
	j->owner = strdup(owner);
	if (!j->owner) {
		free(j);
		return NULL;
	}
	*errp = 0;
	return j;
}

static bool uid_good(const char *uid)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
	size_t n = uid ? strlen(uid) : 0;

	return n && n <= DB_MESSAGE_UID_MAX && strspn(uid, set) == n;
}

/* What is too long is refused, never cut. */
static char *text_of(const char *text)
{
	char *clean;

	if (!text || strlen(text) > TEXT_MESSAGE_MAX)
		return NULL;
	clean = text_clean_lines(text, (size_t)-1, TEXT_MESSAGE_MAX);
	if (clean && !clean[strspn(clean, " \n")]) {
		free(clean);
		clean = NULL;
	}
	return clean;
}

static int may_send(const struct db *db, const struct db_message_prm *prm)
{
	const struct db_account *from = db_account(db, prm->from);
	const struct db_account *to = prm->to ? db_account(db, prm->to) : NULL;

	if (!uid_good(prm->uid))
		return EINVAL;
	if (!from || !to || to->trunk)
		return ENOENT;
	return from->can & to->can & DB_CAN_MESSAGES ? 0 : ENOTSUP;
}

void db_message_send(struct db *db, const struct db_message_prm *prm,
		     db_messages_h *h, void *arg)
{
	struct message_job *j = NULL;
	char *text = prm ? text_of(prm->text) : NULL;
	int err = !prm || !text ? EINVAL : may_send(db, prm);

	if (!err)
		j = job_new(db, prm->from, &err);
	if (!j) {
		free(text);
		if (h)
			h(err, NULL, 0, false, 0, arg);
		return;
	}
	j->job.together = true;
	j->job.work = send_work;
	j->job.done = send_done;
	j->list_h = h;
	j->arg = arg;
	j->text = text;
	j->peer = strdup(prm->to);
	j->uid = strdup(prm->uid);
	j->keep = db_setting_number(db, "messages");
	j->waiting_max = db_setting_number(db, "messages_waiting");
	if (j->peer && j->uid)
		db_job_run(db, &j->job);
	else
		db_job_end(&j->job, ENOMEM);
}

void db_message_read(struct db *db, const char *owner, int64_t before,
		     size_t limit, db_messages_h *h, void *arg)
{
	db_message_read_of(db, owner, "", before, limit, h, arg);
}

void db_message_read_of(struct db *db, const char *owner, const char *peer,
			int64_t before, size_t limit, db_messages_h *h,
			void *arg)
{
	int err;
	struct message_job *j = job_new(db, owner, &err);

	if (!j) {
		if (h)
			h(err, NULL, 0, false, 0, arg);
		return;
	}
	j->job.read_only = true;
	j->job.work = read_work;
	j->job.done = list_done;
	j->id = before;
	j->limit = limit < 1 ? 1 : limit > DB_LIMIT_MAX ? DB_LIMIT_MAX : limit;
	j->list_h = h;
	j->arg = arg;
	j->peer = text_empty(peer) ? NULL : strdup(peer);
	if (j->peer || text_empty(peer))
		db_job_run(db, &j->job);
	else
		db_job_end(&j->job, ENOMEM);
}
