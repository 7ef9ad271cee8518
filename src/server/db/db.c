/**
 * @file db.c  The database as a whole, and how jobs cross to its worker
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* For some thousand accounts. */
enum { NUMBER_BUCKETS = 4096, SETTING_BUCKETS = 4096 };

/* The first is written at once, the others with those of so long. Whoever
   waits for the worker waits for no more than so many. */
enum { BUNDLE_MS = 20, BUNDLE_MAX = 256 };

static void run_waiting(struct db *db);

static void destructor(void *p)
{
	struct db *db = p;

	/* Waits for what runs; what waits is told ECANCELED. */
	db->closing = true;
	db->hasher = mem_deref(db->hasher);
	run_waiting(db);
	db->queue = mem_deref(db->queue);
	db_patient_end(db);
	free(db->disk.voicemail);
	free(db->disk.greetings);
	tmr_cancel(&db->tmr_bundle);
	disk_close(&db->disk);
	accounts_free(&db->accounts);
	settings_free(&db->settings);
	mem_deref(db->setting_by);
	mem_deref(db->numbers);
	mem_deref(db->names);
	mem_deref(db->notify);
	free(db->unknown_hash);
	sodium_memzero(db->secret, sizeof(db->secret));
}

/* The folder holds secrets: nobody else's eyes. */
static int folder_check(const char *dir)
{
	struct stat st;
	int err = path_make(dir);

	if (err)
		return err;
	if (stat(dir, &st))
		return errno;
	if (!S_ISDIR(st.st_mode))
		return ENOTDIR;
	if (st.st_uid != geteuid() || (st.st_mode & 077)) {
		log_error("the state folder must be this user's alone (0700)");
		return EPERM;
	}
	return 0;
}

static int open_disk(struct db *db, const char *dir)
{
	char *path = text_printf("%s/office.db", dir);
	int err = path ? disk_open(&db->disk, path) : ENOMEM;

	free(path);
	db->disk.voicemail = text_printf("%s/voicemail", dir);
	db->disk.greetings = text_printf("%s/greetings", dir);
	if (!err && (!db->disk.voicemail || !db->disk.greetings))
		err = ENOMEM;
	return err ? err : disk_migrate(&db->disk);
}

/* Before the worker runs: straight from the disk. */
static int load(struct db *db)
{
	struct account_set accounts = {.count = 0};
	struct list settings = LIST_INIT;
	int err;

	err = settings_read(&db->disk, &settings);
	settings_install(db, &settings);
	if (!err)
		err = accounts_read(&db->disk, &accounts);
	accounts_install(db, &accounts);
	accounts_free(&accounts);
	return err ? err : names_begin(db);
}

struct reload {
	struct db_job job;
	struct account_set accounts;
	struct list settings;
	int64_t contact; /* the newest that there is */
};

static int newest_contact(struct disk *d, int64_t *id)
{
	static const char get[] = "SELECT ifnull(max(id),0) FROM contact";
	sqlite3_stmt *st = disk_prepare(d, get);
	int err = st ? 0 : EIO;

	if (!err && disk_row(st, &err))
		*id = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return err;
}

static int reload_work(struct db_job *job)
{
	struct reload *r = (struct reload *)job;
	int err = settings_read(job->disk, &r->settings);

	if (!err)
		err = accounts_read(job->disk, &r->accounts);
	return err ? err : newest_contact(job->disk, &r->contact);
}

/* What became of those that were there, and who is new. Both are in the order
   of extensions; observers may change neither while they are told. */
static void tell_accounts(struct db *db, const struct account_set *old)
{
	size_t i = 0, k = 0;

	while (i < old->count || k < db->accounts.count) {
		const struct account *was = NULL, *is = NULL;
		uint32_t kind;
		int cmp = 0;

		if (i < old->count)
			was = old->account[i];
		if (k < db->accounts.count)
			is = db->accounts.account[k];
		if (was && is)
			cmp = strcmp(was->pub.extension, is->pub.extension);
		if (cmp < 0)
			is = NULL;
		else if (cmp > 0)
			was = NULL;
		i += was != NULL;
		k += is != NULL;
		kind = account_differs(was, is);
		if (is && kind)
			notify_emit(db->notify, kind, &is->pub);
		else if (was && kind)
			notify_emit(db->notify, kind, was->pub.extension);
	}
}

static void reload_done(struct db_job *job, int err)
{
	struct reload *r = (struct reload *)job;
	struct db *db = job->db;

	if (err) {
		log_error("accounts and settings could not be read anew: %s",
			  strerror(err));
		return;
	}
	settings_replace(db, &r->settings);
	accounts_install(db, &r->accounts);
	if (r->contact > names_newest(db)) {
		/* An administrator has filled a directory. */
		names_continue(db);
		notify_emit(db->notify, DB_CHANGE_CONTACTS, "");
	}
	log_info("accounts and settings read anew");
	names_forget_gone(db);
	settings_tell(db, &r->settings);
	tell_accounts(db, &r->accounts);
}

static void reload_clear(struct db_job *job)
{
	struct reload *r = (struct reload *)job;

	accounts_free(&r->accounts);
	settings_free(&r->settings);
}

int db_reload(struct db *db)
{
	struct reload *r;

	if (!db)
		return EINVAL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return ENOMEM;
	r->job = (struct db_job){
		.read_only = true,
		.work = reload_work,
		.done = reload_done,
		.clear = reload_clear,
	};
	db_job_run(db, &r->job);
	return 0;
}

int db_alloc(struct db **dbp, const char *dir)
{
	struct db *db;
	int err;

	if (!dbp || text_empty(dir))
		return EINVAL;
	if (sodium_init() < 0)
		return ENOSYS;
	db = mem_zalloc(sizeof(*db), destructor);
	if (!db)
		return ENOMEM;
	err = folder_check(dir);
	if (!err)
		err = open_disk(db, dir);
	if (!err)
		err = secret_load(db, dir);
	if (!err)
		err = notify_alloc(&db->notify);
	if (!err)
		err = hash_alloc(&db->numbers, NUMBER_BUCKETS);
	if (!err)
		err = hash_alloc(&db->setting_by, SETTING_BUCKETS);
	if (!err)
		err = names_alloc(&db->names, db);
	if (!err)
		err = load(db);
	if (!err)
		err = job_queue_alloc(&db->queue, "db", 1);
	if (!err)
		err = job_queue_alloc(&db->hasher, "password", 1);
	if (!err)
		err = names_continue(db);
	if (err)
		mem_deref(db);
	else
		*dbp = db;
	return err;
}

struct notify *db_notify(struct db *db)
{
	return db ? db->notify : NULL;
}

struct sync {
	struct db_job job;
	db_done_h *h;
	void *arg;
};

static int sync_work(struct db_job *job)
{
	(void)job;
	return 0;
}

static void sync_done(struct db_job *job, int err)
{
	struct sync *s = (struct sync *)job;

	tell(s->h, err, s->arg);
}

void db_sync(struct db *db, db_done_h *h, void *arg)
{
	struct sync *s = db ? calloc(1, sizeof(*s)) : NULL;

	if (!s) {
		tell(h, db ? ENOMEM : EINVAL, arg);
		return;
	}
	s->job = (struct db_job){
		.read_only = true,
		.work = sync_work,
		.done = sync_done,
	};
	s->h = h;
	s->arg = arg;
	db_job_run(db, &s->job);
}

/* ---- jobs -------------------------------------------------------------- */

static int say(struct disk *d, const char *text)
{
	sqlite3_stmt *st = disk_prepare(d, text);

	return st ? disk_step(st) : EIO;
}

/* Each in a transaction within the transaction. */
static int work_bundle(struct db_job *job)
{
	static const char begin[] = "SAVEPOINT one", undo[] = "ROLLBACK TO one",
			  end[] = "RELEASE one";
	int err = 0;

	for (; job && !err; job = job->next) {
		err = say(job->disk, begin);
		if (err)
			break;
		job->err = job->work(job);
		/* A full disk may have undone it all. */
		if (job->err && say(job->disk, undo))
			return job->err;
		if (!err)
			err = say(job->disk, end);
	}
	return err;
}

static int work_disk(void *arg)
{
	static const char begin[] = "BEGIN IMMEDIATE", commit[] = "COMMIT";
	struct db_job *job = arg;
	int err;

	err = job->before ? job->before(job) : 0;
	if (err)
		return err;
	if (job->read_only)
		return job->work(job);
	err = say(job->disk, begin);
	if (err)
		return err;
	err = job->next ? work_bundle(job) : job->work(job);
	if (!err)
		err = say(job->disk, commit);
	if (err)
		sqlite3_exec(job->disk->sql, "ROLLBACK", NULL, NULL, NULL);
	else if (job->after)
		job->after(job);
	return err;
}

static int work_plain(void *arg)
{
	struct db_job *job = arg;

	return job->work(job);
}

void db_job_end(struct db_job *job, int err)
{
	job->done(job, err);
	if (job->clear)
		job->clear(job);
	free(job);
}

static void end_bundle(struct db_job *job, int err)
{
	while (job) {
		struct db_job *next = job->next;
		int e = err ? err : job->err;

		job->next = NULL;
		job->err = 0;
		if (!db_patient_keeps(job, e))
			db_job_end(job, e);
		job = next;
	}
}

static void done(int err, void *arg)
{
	end_bundle(arg, err);
}

static void run(struct job_queue *q, job_work_h *work, job_done_h *h,
		struct db_job *job)
{
	int err = q ? job_run(q, work, h, job) : ECANCELED;

	if (err)
		h(err, job);
}

static void next_bundle(void *arg);

static void bundle_done(int err, void *arg)
{
	struct db_job *job = arg;
	struct db *db = job->db;

	/* handlers may be the end of it */
	db->bundles--;
	next_bundle(db);
	end_bundle(job, err);
}

static void run_waiting(struct db *db)
{
	struct db_job *job = db->waiting;

	if (!job)
		return;
	db->waiting = NULL;
	db->waiting_count = 0;
	db->bundles++;
	tmr_start(&db->tmr_bundle, BUNDLE_MS, next_bundle, db);
	run(db->queue, work_disk, bundle_done, job);
}

static void next_bundle(void *arg)
{
	struct db *db = arg;

	if (!db->bundles && !tmr_isrunning(&db->tmr_bundle))
		run_waiting(db);
}

static void wait_with_others(struct db *db, struct db_job *job)
{
	*(db->waiting ? db->waiting_end : &db->waiting) = job;
	db->waiting_end = &job->next;
	if (++db->waiting_count >= BUNDLE_MAX)
		run_waiting(db);
	else
		next_bundle(db);
}

void db_job_run(struct db *db, struct db_job *job)
{
	job->db = db;
	job->disk = &db->disk;
	if (job->together) {
		wait_with_others(db, job);
		return;
	}
	/* what came before is there for it */
	run_waiting(db);
	run(db->queue, work_disk, done, job);
}

void db_job_hash(struct db *db, struct db_job *job)
{
	job->db = db;
	run(db->hasher, work_plain, done, job);
}

char *line_dup(const char *s)
{
	return text_clean(s, (size_t)-1, TEXT_LINE_MAX);
}
