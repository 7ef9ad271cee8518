/**
 * @file db_voicemail.c  Messages in the answering boxes
 *
 * A row in the table, and a file of its id in the folder `voicemail`. The file
 * has its name before the row is committed, and goes after the row has: what
 * is listed has its sound, whenever the power fails.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* The longest that there can be, and some more. */
static const size_t sound_max = 64u << 20;

struct voicemail_job {
	struct db_job job;
	char *owner;
	char *path;	    /* of one that is new */
	char *number, *key; /* only of that one; or NULL */
	char *mark;	    /* the name of its setting, then; or NULL */
	int64_t id;	    /* one; or only those before */
	size_t limit;
	bool more;
	struct db_voicemail *v;
	size_t count;
	int64_t *ids;
	size_t id_count, changed;
	char *sound;
	size_t len;
	struct account *account; /* as it is then */
	db_voicemails_h *list_h;
	db_sound_h *sound_h;
	db_count_h *count_h;
	void *arg;
};

static void job_clear(struct db_job *job)
{
	struct voicemail_job *j = (struct voicemail_job *)job;

	for (size_t i = 0; i < j->count; i++) {
		free((char *)j->v[i].owner);
		free((char *)j->v[i].number);
		free((char *)j->v[i].name);
		free((char *)j->v[i].mark);
	}
	free(j->v);
	free(j->owner);
	free(j->path);
	free(j->number);
	free(j->key);
	free(j->mark);
	free(j->ids);
	free(j->sound);
	account_free(j->account);
}

static struct voicemail_job *job_new(struct db *db, const char *owner,
				     int (*work)(struct db_job *job),
				     void (*done)(struct db_job *job, int err),
				     int *errp)
{
	struct voicemail_job *j;

	*errp = !db || !owner		 ? EINVAL
		: !db_account(db, owner) ? ENOENT
					 : ENOMEM;
	if (*errp != ENOMEM)
		return NULL;
	j = calloc(1, sizeof(*j));
	if (!j)
		return NULL;
	j->job.work = work;
	j->job.done = done;
	j->job.clear = job_clear;
	j->owner = strdup(owner);
	if (!j->owner) {
		free(j);
		return NULL;
	}
	*errp = 0;
	return j;
}

/* ---- files, on the worker ---------------------------------------------- */

static char *file_of(const struct disk *d, int64_t id)
{
	return text_printf("%s/%lld.wav", d->voicemail, (long long)id);
}

void voicemail_unlink(const struct disk *d, const int64_t *id, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *path = file_of(d, id[i]);

		if (path && unlink(path) && errno != ENOENT)
			log_warn("a message's sound cannot be removed: %s",
				 strerror(errno));
		free(path);
	}
}

static int sync_path(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags), err = 0;

	if (fd < 0)
		return errno;
	if (fsync(fd))
		err = errno;
	close(fd);
	return err;
}

/* On the disk as a whole before it has its name. */
static int take_place(const struct disk *d, const char *from, int64_t id)
{
	char *to = file_of(d, id);
	int err = to ? sync_path(from, O_NOFOLLOW) : ENOMEM;

	if (!err && rename(from, to))
		err = errno;
	if (!err)
		err = sync_path(d->voicemail, O_DIRECTORY);
	free(to);
	return err;
}

/* ---- rows, on the worker ----------------------------------------------- */

#define COLUMNS "id,owner,at_ms,length_ms,number,name,heard_ms"

static int keep_row(struct voicemail_job *j, sqlite3_stmt *st)
{
	struct db_voicemail *v;

	if (j->count == j->limit) {
		j->more = true;
		return 0;
	}
	v = &j->v[j->count++];
	*v = (struct db_voicemail){
		.id = sqlite3_column_int64(st, 0),
		.owner = column_dup(st, 1),
		.at_ms = sqlite3_column_int64(st, 2),
		.length_ms = (uint32_t)sqlite3_column_int64(st, 3),
		.number = column_dup(st, 4),
		.name = column_dup(st, 5),
		.heard_ms = sqlite3_column_int64(st, 6),
	};
	return v->owner && v->number && v->name ? 0 : ENOMEM;
}

static int read_work(struct db_job *job)
{
	static const char all[] = "SELECT " COLUMNS " FROM voicemail"
				  " WHERE owner=?1 AND id<?2"
				  " AND deleted_ms=0 AND hidden_ms=0"
				  " ORDER BY id DESC LIMIT ?3";
	/* The journal knows how else a number is written: each message came
	   by a call. */
	static const char of[] =
		"SELECT " COLUMNS " FROM voicemail WHERE owner=?1 AND id<?2"
		" AND deleted_ms=0 AND hidden_ms=0 AND (number=?4 OR number IN"
		" (SELECT number FROM journal WHERE owner=?1 AND"
		" number_key=?5)) ORDER BY id DESC LIMIT ?3";
	struct voicemail_job *j = (struct voicemail_job *)job;
	sqlite3_stmt *st = disk_prepare(job->disk, j->key ? of : all);
	int err = st ? 0 : EIO;

	j->v = calloc(j->limit, sizeof(*j->v));
	if (!err && !j->v)
		err = ENOMEM;
	if (!err) {
		bind_text(st, 1, j->owner);
		bind_int(st, 2, j->id > 0 ? j->id : INT64_MAX);
		bind_int(st, 3, (int64_t)j->limit + 1);
		if (j->key) {
			bind_text(st, 4, j->number);
			bind_text(st, 5, j->key);
		}
	}
	while (!err && !j->more && disk_row(st, &err))
		err = keep_row(j, st);
	sqlite3_reset(st);
	return err;
}

static int write_mark(struct voicemail_job *j)
{
	free(j->mark);
	j->mark = text_printf("%s%lld", j->v->mark, (long long)j->v->id);
	return j->mark ? setting_write(j->job.disk, j->owner, j->mark, "0")
		       : ENOMEM;
}

static int add_work(struct db_job *job)
{
	static const char add[] = "INSERT INTO voicemail(owner,at_ms,length_ms,"
				  "number,name) VALUES(?,?,?,?,?)";
	struct voicemail_job *j = (struct voicemail_job *)job;
	sqlite3_stmt *st = disk_prepare(job->disk, add);
	int err;

	if (!st)
		return EIO;
	bind_text(st, 1, j->owner);
	bind_int(st, 2, j->v->at_ms);
	bind_int(st, 3, j->v->length_ms);
	bind_text(st, 4, j->v->number);
	bind_text(st, 5, j->v->name);
	err = disk_step(st);
	j->v->id = sqlite3_last_insert_rowid(job->disk->sql);
	if (!err && j->v->mark)
		err = write_mark(j);
	if (!err)
		err = take_place(job->disk, j->path, j->v->id);
	account_free(j->account);
	j->account = NULL;
	return err ? err : account_read(job->disk, j->owner, &j->account);
}

/* Whose file is still where it was recorded has not been filed. One that has
   got its place, and was not listed after all, is brought back. */
static int add_before(struct db_job *job)
{
	const struct voicemail_job *j = (struct voicemail_job *)job;
	char *place;
	int err = access(j->path, R_OK) ? errno : 0;

	if (!err || !j->v->id)
		return err;
	place = file_of(job->disk, j->v->id);
	err = !place ? ENOMEM : rename(place, j->path) ? errno : 0;
	free(place);
	return err;
}

static int is_owners(struct disk *d, const struct voicemail_job *j, bool *is)
{
	static const char get[] =
		"SELECT 1 FROM voicemail WHERE owner=? AND id=?"
		" AND deleted_ms=0";
	sqlite3_stmt *st = disk_prepare(d, get);
	int err = st ? 0 : EIO;

	if (err)
		return err;
	bind_text(st, 1, j->owner);
	bind_int(st, 2, j->id);
	*is = disk_row(st, &err);
	sqlite3_reset(st);
	return err;
}

static int sound_work(struct db_job *job)
{
	struct voicemail_job *j = (struct voicemail_job *)job;
	bool is = false;
	int err = is_owners(job->disk, j, &is);
	char *path;

	if (err || !is)
		return err ? err : ENOENT;
	path = file_of(job->disk, j->id);
	err = path ? file_read(path, sound_max, &j->sound, &j->len) : ENOMEM;
	free(path);
	return err;
}

/* @param sql  Of the owner and one id; what it changes is kept in front */
static int change_work(struct db_job *job, const char *sql)
{
	struct voicemail_job *j = (struct voicemail_job *)job;
	int64_t now = time_wall_ms();
	int err = 0;

	for (size_t i = 0; i < j->id_count && !err; i++) {
		sqlite3_stmt *st = disk_prepare(job->disk, sql);

		if (!st)
			return EIO;
		bind_text(st, 1, j->owner);
		bind_int(st, 2, j->ids[i]);
		if (sqlite3_bind_parameter_count(st) > 2)
			bind_int(st, 3, now);
		err = disk_step(st);
		if (!err && sqlite3_changes(job->disk->sql))
			j->ids[j->changed++] = j->ids[i];
	}
	if (!err && j->changed)
		err = account_read(job->disk, j->owner, &j->account);
	return err;
}

static int heard_work(struct db_job *job)
{
	return change_work(job, "UPDATE voicemail SET heard_ms=?3"
				" WHERE owner=?1 AND id=?2 AND heard_ms=0");
}

static int remove_work(struct db_job *job)
{
	return change_work(job, "DELETE FROM voicemail WHERE owner=? AND id=?");
}

static void remove_after(struct db_job *job)
{
	const struct voicemail_job *j = (struct voicemail_job *)job;

	voicemail_unlink(job->disk, j->ids, j->changed);
}

int voicemail_ids(struct disk *d, const char *owner, int64_t **idsp,
		  size_t *countp)
{
	static const char get[] = "SELECT id FROM voicemail WHERE owner=?";
	sqlite3_stmt *st = disk_prepare(d, get);
	int64_t *ids = NULL;
	size_t n = 0;
	int err = st ? 0 : EIO;

	if (!err)
		bind_text(st, 1, owner);
	while (!err && disk_row(st, &err)) {
		int64_t *more = realloc(ids, (n + 1) * sizeof(*ids));

		if (more) {
			ids = more;
			ids[n++] = sqlite3_column_int64(st, 0);
		} else {
			err = ENOMEM;
		}
	}
	sqlite3_reset(st);
	if (err) {
		free(ids);
		return err;
	}
	*idsp = ids;
	*countp = n;
	return 0;
}

/* ---- on the loop ------------------------------------------------------- */

/* Memory as the disk is, then all are told. */
static void installed(struct voicemail_job *j)
{
	const struct db_account *a = &j->account->pub;
	struct db *db = j->job.db;

	/* it has gone meanwhile */
	if (!db_account(db, j->owner))
		return;
	if (account_install(db, j->account)) {
		log_error("no memory for the account %s", j->owner);
		return;
	}
	j->account = NULL;
	notify_emit(db->notify, DB_CHANGE_VOICEMAIL, a);
}

static void list_done(struct db_job *job, int err)
{
	struct voicemail_job *j = (struct voicemail_job *)job;

	if (j->list_h)
		j->list_h(err, err ? NULL : j->v, err ? 0 : j->count,
			  !err && j->more, j->arg);
}

static void add_done(struct db_job *job, int err)
{
	struct voicemail_job *j = (struct voicemail_job *)job;

	if (err)
		db_voicemail_discard(job->db, j->path);
	else
		installed(j);
	if (!err && j->mark && db_account(job->db, j->owner))
		(void)setting_written(job->db, j->owner, j->mark, "0");
	list_done(job, err);
}

static void sound_done(struct db_job *job, int err)
{
	struct voicemail_job *j = (struct voicemail_job *)job;

	j->sound_h(err, err ? NULL : j->sound, err ? 0 : j->len, j->arg);
}

static void change_done(struct db_job *job, int err)
{
	struct voicemail_job *j = (struct voicemail_job *)job;

	if (!err && j->account)
		installed(j);
	if (j->count_h)
		j->count_h(err, err ? 0 : j->changed, j->arg);
}

char *db_voicemail_temporary(struct db *db)
{
	uint8_t r[12];
	char word[2 * sizeof(r) + 1];

	if (!db || path_make(db->disk.voicemail))
		return NULL;
	random_bytes(r, sizeof(r));
	for (size_t i = 0; i < sizeof(r); i++)
		snprintf(word + 2 * i, 3, "%02x", r[i]);
	return text_printf("%s/%s.part", db->disk.voicemail, word);
}

void db_voicemail_add(struct db *db, const struct db_voicemail *v,
		      const char *path, db_voicemails_h *h, void *arg)
{
	struct voicemail_job *j = NULL;
	int err = EINVAL;

	if (v && path)
		j = job_new(db, v->owner, add_work, add_done, &err);
	if (!j) {
		if (db && path)
			db_voicemail_discard(db, path);
		if (h)
			h(err, NULL, 0, false, arg);
		return;
	}
	j->job.before = add_before;
	j->job.patient = true;
	j->job.db = db;
	j->list_h = h;
	j->arg = arg;
	j->path = strdup(path);
	j->v = calloc(1, sizeof(*j->v));
	if (j->v) {
		*j->v = *v;
		j->count = 1;
		j->v->heard_ms = 0;
		j->v->owner = strdup(v->owner);
		j->v->number = line_dup(v->number);
		j->v->name = line_dup(v->name);
		j->v->mark = v->mark ? strdup(v->mark) : NULL;
	}
	if (j->path && j->v && j->v->owner && j->v->number && j->v->name &&
	    (j->v->mark || !v->mark))
		db_job_run(db, &j->job);
	else
		db_job_end(&j->job, ENOMEM);
}

void db_voicemail_read(struct db *db, const char *owner, int64_t before,
		       size_t limit, db_voicemails_h *h, void *arg)
{
	db_voicemail_read_of(db, owner, "", before, limit, h, arg);
}

void db_voicemail_read_of(struct db *db, const char *owner, const char *number,
			  int64_t before, size_t limit, db_voicemails_h *h,
			  void *arg)
{
	struct proto_dial_params p;
	int err;
	struct voicemail_job *j =
		job_new(db, owner, read_work, list_done, &err);

	if (!j) {
		if (h)
			h(err, NULL, 0, false, arg);
		return;
	}
	j->job.read_only = true;
	j->id = before;
	j->limit = limit < 1 ? 1 : limit > DB_LIMIT_MAX ? DB_LIMIT_MAX : limit;
	j->list_h = h;
	j->arg = arg;
	if (!text_empty(number)) {
		db_dial_params(db, &p);
		/* "-": withheld */
		j->number = strdup(text_equal(number, "-") ? "" : number);
		j->key = number_key(number, &p);
		if (!j->number || !j->key) {
			db_job_end(&j->job, ENOMEM);
			return;
		}
	}
	db_job_run(db, &j->job);
}

void db_voicemail_sound(struct db *db, const char *owner, int64_t id,
			db_sound_h *h, void *arg)
{
	int err;
	struct voicemail_job *j =
		job_new(db, owner, sound_work, sound_done, &err);

	if (!j) {
		h(err, NULL, 0, arg);
		return;
	}
	j->job.read_only = true;
	j->id = id;
	j->sound_h = h;
	j->arg = arg;
	db_job_run(db, &j->job);
}

static void change(struct db *db, struct voicemail_job *j, const int64_t *id,
		   size_t count, int err, db_count_h *h, void *arg)
{
	if (!j) {
		if (h)
			h(err, 0, arg);
		return;
	}
	j->count_h = h;
	j->arg = arg;
	j->ids = calloc(count + 1, sizeof(*j->ids));
	if (!j->ids) {
		db_job_end(&j->job, ENOMEM);
		return;
	}
	memcpy(j->ids, id, count * sizeof(*id));
	j->id_count = count;
	db_job_run(db, &j->job);
}

void db_voicemail_heard(struct db *db, const char *owner, const int64_t *id,
			size_t count, db_count_h *h, void *arg)
{
	int err;
	struct voicemail_job *j =
		job_new(db, owner, heard_work, change_done, &err);

	change(db, j, id, count, err, h, arg);
}

void db_voicemail_remove(struct db *db, const char *owner, const int64_t *id,
			 size_t count, db_count_h *h, void *arg)
{
	int err;
	struct voicemail_job *j =
		job_new(db, owner, remove_work, change_done, &err);

	if (j)
		j->job.after = remove_after;
	change(db, j, id, count, err, h, arg);
}
