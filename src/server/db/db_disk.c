/**
 * @file db_disk.c  SQLite in a thin coat: open, prepare, bind, step
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>
#include <sys/stat.h>

static const struct {
	int rc;
	int err;
} errors[] = {
	/* clang-format off */
	{SQLITE_OK, 0},
	{SQLITE_DONE, 0},
	{SQLITE_ROW, 0},
	{SQLITE_NOMEM, ENOMEM},
	{SQLITE_FULL, ENOSPC},
	{SQLITE_READONLY, EROFS},
	{SQLITE_BUSY, EBUSY},
	{SQLITE_LOCKED, EBUSY},
	{SQLITE_PERM, EACCES},
	{SQLITE_CANTOPEN, EACCES},
	{SQLITE_NOTADB, EBADMSG},
	{SQLITE_CORRUPT, EBADMSG},
	{SQLITE_TOOBIG, EFBIG},
	/* clang-format on */
};

int disk_errno(int rc)
{
	int primary = rc & 0xff;

	if (rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
	    rc == SQLITE_CONSTRAINT_UNIQUE)
		return EEXIST;
	if (rc == SQLITE_CONSTRAINT_FOREIGNKEY)
		return ENOENT;
	if (primary == SQLITE_CONSTRAINT)
		return EINVAL;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].rc == primary)
			return errors[i].err;
	return EIO;
}

static int failed(struct disk *d, int rc, const char *what)
{
	int err = disk_errno(rc);

	if (err && err != EEXIST && err != ENOENT)
		log_error("%s: %s", what, sqlite3_errmsg(d->sql));
	return err;
}

int disk_exec(struct disk *d, const char *text)
{
	return failed(d, sqlite3_exec(d->sql, text, NULL, NULL, NULL), "exec");
}

int disk_open(struct disk *d, const char *path)
{
	mode_t old = umask(0077);
	int rc, err;

	rc = sqlite3_open_v2(path, &d->sql,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				     SQLITE_OPEN_NOMUTEX |
				     SQLITE_OPEN_EXRESCODE,
			     NULL);
	if (rc == SQLITE_OK) {
		/* An administrator's command may write at the same time. */
		sqlite3_busy_timeout(d->sql, 5000);
		sqlite3_limit(d->sql, SQLITE_LIMIT_LENGTH, 16 << 20);
		err = disk_exec(d, "PRAGMA journal_mode=WAL;"
				   "PRAGMA synchronous=NORMAL;"
				   "PRAGMA foreign_keys=ON;"
				   "PRAGMA trusted_schema=OFF;"
				   "PRAGMA cache_size=-16000");
	} else {
		err = disk_errno(rc);
	}
	umask(old);
	return err;
}

void disk_close(struct disk *d)
{
	for (unsigned i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(d->statement[i].st);
	sqlite3_close(d->sql);
	*d = (struct disk){.sql = NULL};
}

sqlite3_stmt *disk_prepare(struct disk *d, const char *text)
{
	sqlite3_stmt *st = NULL;
	unsigned i;

	for (i = 0; i < STATEMENTS && d->statement[i].text; i++) {
		if (d->statement[i].text != text)
			continue;
		st = d->statement[i].st;
		sqlite3_reset(st);
		sqlite3_clear_bindings(st);
		return st;
	}
	if (i == STATEMENTS) {
		/* More statements than expected: make room for this one. */
		sqlite3_finalize(d->statement[--i].st);
		d->statement[i].text = NULL;
		d->statement[i].st = NULL;
	}
	if (failed(d,
		   sqlite3_prepare_v3(d->sql, text, -1,
				      SQLITE_PREPARE_PERSISTENT, &st, NULL),
		   "prepare"))
		return NULL;
	d->statement[i].text = text;
	d->statement[i].st = st;
	return st;
}

void bind_text(sqlite3_stmt *st, int i, const char *s)
{
	sqlite3_bind_text(st, i, s ? s : "", -1, SQLITE_TRANSIENT);
}

void bind_int(sqlite3_stmt *st, int i, int64_t n)
{
	sqlite3_bind_int64(st, i, n);
}

int disk_step(sqlite3_stmt *st)
{
	int rc = sqlite3_step(st), err;

	err = disk_errno(rc);
	if (err && err != EEXIST && err != ENOENT)
		log_error("step: %s", sqlite3_errmsg(sqlite3_db_handle(st)));
	sqlite3_reset(st);
	return err;
}

bool disk_row(sqlite3_stmt *st, int *errp)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE) {
		*errp = disk_errno(rc);
		log_error("row: %s", sqlite3_errmsg(sqlite3_db_handle(st)));
	}
	sqlite3_reset(st);
	return false;
}

const char *column_text(sqlite3_stmt *st, int i)
{
	const char *s = (const char *)sqlite3_column_text(st, i);

	return s ? s : "";
}

char *column_dup(sqlite3_stmt *st, int i)
{
	return strdup(column_text(st, i));
}
