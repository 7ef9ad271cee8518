/**
 * @file db_account_change.c  Accounts made, changed, removed
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <sodium.h>
#include <stdlib.h>

/* One change of one account: the statement is run with what is bound, then
   the account is read back, so that memory is what the disk has. */
struct change {
	struct db_job job;
	char *extension;
	char *text[ACCOUNT_TEXTS]; /* NULL: as it is */
	char *password;
	char hash[crypto_pwhash_STRBYTES];
	bool add;
	bool trunk;
	int licensed, must_change;
	int64_t can;
	const char *sql; /* of set(): one value, one extension */
	int64_t value;
	struct db_presence presence;
	char *note;
	bool spoken_gone; /* the recorded one has ended with the state */
	uint32_t kind;	  /* enum db_change to tell */
	struct account *account;
	int64_t *voicemail; /* that go with it */
	size_t voicemails;
	db_done_h *h;
	void *arg;
};

static void change_clear(struct db_job *job)
{
	struct change *c = (struct change *)job;

	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++)
		free(c->text[i]);
	if (c->password)
		sodium_memzero(c->password, strlen(c->password));
	sodium_memzero(c->hash, sizeof(c->hash));
	free(c->password);
	free(c->extension);
	free(c->note);
	free(c->voicemail);
	account_free(c->account);
}

static void change_done(struct db_job *job, int err)
{
	struct change *c = (struct change *)job;
	struct db *db = job->db;

	if (!err && *c->hash && !c->add)
		c->kind |= DB_CHANGE_PASSWORD;
	if (!err)
		err = account_install(db, c->account);
	if (!err) {
		const struct db_account *a = &c->account->pub;

		c->account = NULL;
		if (c->spoken_gone)
			(void)setting_written(db, c->extension, NOTE_SETTING,
					      NULL);
		notify_emit(db->notify, c->kind, a);
	}
	tell(c->h, err, c->arg);
}

static struct change *change_new(const char *extension, uint32_t kind,
				 int (*work)(struct db_job *), db_done_h *h,
				 void *arg)
{
	struct change *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->job = (struct db_job){
		.work = work,
		.done = change_done,
		.clear = change_clear,
	};
	c->extension = strdup(extension ? extension : "");
	c->kind = kind;
	c->licensed = c->must_change = -1;
	c->can = -1;
	c->h = h;
	c->arg = arg;
	if (!c->extension) {
		free(c);
		c = NULL;
	}
	return c;
}

static int run_checked(struct disk *d, sqlite3_stmt *st)
{
	int err = st ? disk_step(st) : EIO;

	/* A change of nothing is a change of no account. */
	return err ? err : sqlite3_changes(d->sql) ? 0 : ENOENT;
}

static int work_add(struct change *c)
{
	static const char add[] =
		"INSERT INTO account(extension,first,last,email,mobile,"
		"private,department,company,hash,licensed,must_change,trunk,"
		"can,sip_generation) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
	sqlite3_stmt *st = disk_prepare(c->job.disk, add);

	if (!st)
		return EIO;
	bind_text(st, 1, c->extension);
	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++)
		bind_text(st, (int)i + 2, c->text[i]);
	bind_text(st, 9, c->hash);
	bind_int(st, 10, c->licensed != 0);
	bind_int(st, 11, c->must_change > 0);
	bind_int(st, 12, c->trunk);
	bind_int(st, 13, c->can < 0 ? DB_CAN_DEFAULT : c->can);
	/* One that comes again after it was removed gets another password. */
	bind_int(st, 14, (int64_t)randombytes_random());
	return disk_step(st);
}

static int work_change(struct change *c)
{
	static const char change[] =
		"UPDATE account SET first=coalesce(?2,first),"
		"last=coalesce(?3,last),email=coalesce(?4,email),"
		"mobile=coalesce(?5,mobile),private=coalesce(?6,private),"
		"department=coalesce(?7,department),"
		"company=coalesce(?8,company),hash=coalesce(?9,hash),"
		"licensed=coalesce(?10,licensed),"
		"must_change=coalesce(?11,must_change),can=coalesce(?12,can),"
		"failed=iif(?9 IS NULL,failed,0),"
		"sip_generation=sip_generation+iif(?9 IS NULL,0,1),"
		"locked=iif(?9 IS NULL,locked,0) WHERE extension=?1";
	sqlite3_stmt *st = disk_prepare(c->job.disk, change);

	if (!st)
		return EIO;
	bind_text(st, 1, c->extension);
	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++)
		if (c->text[i])
			bind_text(st, (int)i + 2, c->text[i]);
	if (*c->hash)
		bind_text(st, 9, c->hash);
	if (c->licensed >= 0)
		bind_int(st, 10, c->licensed);
	if (c->must_change >= 0)
		bind_int(st, 11, c->must_change);
	if (c->can >= 0)
		bind_int(st, 12, c->can);
	return run_checked(c->job.disk, st);
}

static int write_work(struct db_job *job)
{
	struct change *c = (struct change *)job;
	struct dial_copy before;
	int err = c->add ? dial_read(job->disk, &before) : 0;

	if (!err)
		err = c->add ? work_add(c) : work_change(c);
	/* An extension longer than others changes how numbers are read. */
	if (!err && c->add)
		err = contacts_reindex(job->disk, &before);
	return err ? err : account_read(job->disk, c->extension, &c->account);
}

/* Among the other jobs and not beside them, so that what is asked for after
   an account was added finds it there. */
static int hash_before(struct db_job *job)
{
	struct change *c = (struct change *)job;

	if (!c->password)
		return 0;
	if (crypto_pwhash_str(c->hash, c->password, strlen(c->password),
			      crypto_pwhash_OPSLIMIT_INTERACTIVE,
			      crypto_pwhash_MEMLIMIT_INTERACTIVE))
		return ENOMEM;
	return 0;
}

static bool extension_ok(const char *s, bool trunk)
{
	size_t n = text_empty(s) ? 0
				 : strspn(s, trunk ? "abcdefghijklmnopqrst"
						     "uvwxyz0123456789-"
						   : "0123456789");

	return n && n <= (trunk ? 16 : 8) && !s[n];
}

static int change_texts(struct change *c, const struct db_account_prm *prm)
{
	const char *const text[ACCOUNT_TEXTS] = {
		prm->first,	     prm->last,	      prm->email,   prm->mobile,
		prm->private_number, prm->department, prm->company,
	};

	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++) {
		c->text[i] = text[i] ? line_dup(text[i]) : NULL;
		if (text[i] && !c->text[i])
			return ENOMEM;
	}
	if (prm->password) {
		c->password = strdup(prm->password);
		if (!c->password)
			return ENOMEM;
	}
	return 0;
}

static void change_start(struct db *db, const struct db_account_prm *prm,
			 bool add, db_done_h *h, void *arg)
{
	size_t pass = prm && prm->password ? strlen(prm->password) : 1;
	bool box = prm && prm->can >= 0 && prm->can & DB_CAN_BOX;
	struct change *c;
	int err;

	if (!db || !prm ||
	    !extension_ok(prm->extension, (prm->trunk && !box) || !add) ||
	    !pass || pass > 128) {
		tell(h, EINVAL, arg);
		return;
	}
	c = change_new(prm->extension, DB_CHANGE_ACCOUNT, write_work, h, arg);
	if (!c) {
		tell(h, ENOMEM, arg);
		return;
	}
	c->add = add;
	c->trunk = prm->trunk;
	c->licensed = prm->licensed;
	c->must_change = prm->must_change;
	c->can = prm->can;
	err = change_texts(c, prm);
	c->job.before = hash_before;
	if (err)
		db_job_end(&c->job, err);
	else
		db_job_run(db, &c->job);
}

void db_account_add(struct db *db, const struct db_account_prm *prm,
		    db_done_h *h, void *arg)
{
	change_start(db, prm, true, h, arg);
}

void db_account_change(struct db *db, const struct db_account_prm *prm,
		       db_done_h *h, void *arg)
{
	change_start(db, prm, false, h, arg);
}

/* ---- single values ----------------------------------------------------- */

static int set_work(struct db_job *job)
{
	struct change *c = (struct change *)job;
	sqlite3_stmt *st = disk_prepare(job->disk, c->sql);
	int err;

	if (!st)
		return EIO;
	bind_text(st, 1, c->extension);
	bind_int(st, 2, c->value);
	err = run_checked(job->disk, st);
	return err ? err : account_read(job->disk, c->extension, &c->account);
}

static void set_value(struct db *db, const char *extension, const char *sql,
		      int64_t value, uint32_t kind, db_done_h *h, void *arg)
{
	struct change *c;

	if (!db || text_empty(extension)) {
		tell(h, EINVAL, arg);
		return;
	}
	c = change_new(extension, kind, set_work, h, arg);
	if (!c) {
		tell(h, ENOMEM, arg);
		return;
	}
	c->sql = sql;
	c->value = value;
	db_job_run(db, &c->job);
}

void db_account_lock(struct db *db, const char *extension, bool locked,
		     db_done_h *h, void *arg)
{
	static const char sql[] = "UPDATE account SET locked=?2,failed=0"
				  " WHERE extension=?1";

	set_value(db, extension, sql, locked, DB_CHANGE_ACCOUNT, h, arg);
}

static int presence_work(struct db_job *job)
{
	static const char sql[] =
		"UPDATE account SET presence=?2,until_ms=?3,note=?4,"
		"visibility=?5 WHERE extension=?1 AND NOT trunk";
	struct change *c = (struct change *)job;
	int err = note_end(job->disk, c->extension, c->presence.state,
			   &c->spoken_gone);
	sqlite3_stmt *st = err ? NULL : disk_prepare(job->disk, sql);

	if (!st)
		return err ? err : EIO;
	bind_text(st, 1, c->extension);
	bind_int(st, 2, c->presence.state);
	bind_int(st, 3, c->presence.until_ms);
	bind_text(st, 4, c->note);
	bind_int(st, 5, c->presence.visibility);
	err = run_checked(job->disk, st);
	return err ? err : account_read(job->disk, c->extension, &c->account);
}

static void presence_after(struct db_job *job)
{
	const struct change *c = (struct change *)job;

	if (c->spoken_gone)
		note_unlink(job->disk, c->extension);
}

void db_set_presence(struct db *db, const char *extension,
		     const struct db_presence *p, db_done_h *h, void *arg)
{
	struct change *c;

	if (!db || !p || text_empty(extension) || p->until_ms < 0 ||
	    (unsigned)p->visibility > DB_VISIBLE_NOBODY ||
	    p->state <= PROTO_PRESENCE_UNKNOWN ||
	    p->state >= PROTO_PRESENCE_COUNT) {
		tell(h, EINVAL, arg);
		return;
	}
	c = change_new(extension, DB_CHANGE_PRESENCE, presence_work, h, arg);
	if (!c) {
		tell(h, ENOMEM, arg);
		return;
	}
	c->job.after = presence_after;
	c->presence = *p;
	c->note = line_dup(p->note);
	if (c->note)
		db_job_run(db, &c->job);
	else
		db_job_end(&c->job, ENOMEM);
}

/* ---- removing ---------------------------------------------------------- */

static int remove_work(struct db_job *job)
{
	/* What refers to accounts goes with them; the rest does not. */
	static const char *const rest[] = {
		"DELETE FROM contact_word WHERE directory=0 AND owner=?",
		"DELETE FROM contact WHERE directory=0 AND owner=?",
		"DELETE FROM setting WHERE owner=?",
	};
	static const char gone[] = "DELETE FROM account WHERE extension=?";
	struct change *c = (struct change *)job;
	struct dial_copy before;
	sqlite3_stmt *st;
	int err = dial_read(job->disk, &before);

	if (!err)
		err = voicemail_ids(job->disk, c->extension, &c->voicemail,
				    &c->voicemails);
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]) && !err; i++) {
		st = disk_prepare(job->disk, rest[i]);
		if (!st)
			return EIO;
		bind_text(st, 1, c->extension);
		err = disk_step(st);
	}
	if (err)
		return err;
	st = disk_prepare(job->disk, gone);
	if (!st)
		return EIO;
	bind_text(st, 1, c->extension);
	err = run_checked(job->disk, st);
	return err ? err : contacts_reindex(job->disk, &before);
}

static void remove_after(struct db_job *job)
{
	const struct change *c = (struct change *)job;

	voicemail_unlink(job->disk, c->voicemail, c->voicemails);
}

static void remove_done(struct db_job *job, int err)
{
	struct change *c = (struct change *)job;
	struct db *db = job->db;
	struct account_set *set = &db->accounts;
	bool found = false;
	size_t i = err ? 0 : account_place(db, c->extension, &found);

	if (found) {
		account_free(set->account[i]);
		set->count--;
		memmove(set->account + i, set->account + i + 1,
			(set->count - i) * sizeof(*set->account));
		dial_update(db, NULL);
		settings_forget(db, c->extension);
		names_forget_gone(db);
		notify_emit(db->notify, DB_CHANGE_ACCOUNT_GONE, c->extension);
	}
	tell(c->h, err, c->arg);
}

void db_account_remove(struct db *db, const char *extension, db_done_h *h,
		       void *arg)
{
	struct change *c;

	if (!db || text_empty(extension)) {
		tell(h, EINVAL, arg);
		return;
	}
	c = change_new(extension, 0, remove_work, h, arg);
	if (!c) {
		tell(h, ENOMEM, arg);
		return;
	}
	c->job.done = remove_done;
	c->job.after = remove_after;
	db_job_run(db, &c->job);
}
