/**
 * @file store_db.c  SQLite in jobs: batches of statements, rows of queries
 *
 * The loop builds a batch (copies of texts), the worker runs it in one
 * transaction. The handles belong to the worker; they are closed after it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store_int.h"

#define LOG_MODULE "store"

/** Steps from nothing to the schema of now, each made once; one for both
 *  files: the cache is one that may be deleted. */
static const char *const schema[] = {
	"CREATE TABLE entry(account TEXT NOT NULL, id TEXT NOT NULL,"
	" kind INT NOT NULL, at INT NOT NULL, duration INT NOT NULL,"
	" text TEXT NOT NULL, number TEXT NOT NULL, name TEXT NOT NULL,"
	" unread INT NOT NULL, PRIMARY KEY(account, id)) WITHOUT ROWID;"
	"CREATE INDEX entry_at ON entry(account, at);"
	"CREATE TABLE contact(account TEXT NOT NULL, id TEXT NOT NULL,"
	" directory INT NOT NULL, name TEXT, first TEXT, last TEXT,"
	" company TEXT, department TEXT, email TEXT, device TEXT,"
	" own INT NOT NULL, numbers TEXT NOT NULL, default_number INT NOT NULL,"
	" presence INT NOT NULL, hidden INT NOT NULL, until INT NOT NULL,"
	" note TEXT, lamp INT NOT NULL, PRIMARY KEY(account, id))"
	" WITHOUT ROWID;"
	"CREATE TABLE favourite(account TEXT NOT NULL, position INT NOT NULL,"
	" grp TEXT NOT NULL, name TEXT NOT NULL, member INT NOT NULL,"
	" contact TEXT, PRIMARY KEY(account, position, member)) WITHOUT ROWID;"
	"CREATE TABLE redial(account TEXT NOT NULL, number TEXT NOT NULL,"
	" at INT NOT NULL, PRIMARY KEY(account, number)) WITHOUT ROWID;"
	"CREATE TABLE value(account TEXT NOT NULL, name TEXT NOT NULL,"
	" value TEXT NOT NULL, PRIMARY KEY(account, name)) WITHOUT ROWID;",
	"CREATE TABLE quality(account TEXT NOT NULL, at INT NOT NULL,"
	" number TEXT NOT NULL, codec TEXT NOT NULL, keys INT NOT NULL,"
	" mos INT NOT NULL, lost INT NOT NULL, lost_there INT NOT NULL,"
	" jitter INT NOT NULL, buffer INT NOT NULL, round_trip INT NOT NULL,"
	" PRIMARY KEY(account, at, number)) WITHOUT ROWID;",
	"ALTER TABLE entry ADD COLUMN delivery INT NOT NULL DEFAULT 0;"
	"ALTER TABLE entry ADD COLUMN reason TEXT NOT NULL DEFAULT '';"
	"CREATE TABLE outbox(account TEXT NOT NULL, uid TEXT NOT NULL,"
	" at INT NOT NULL, number TEXT NOT NULL, text TEXT NOT NULL,"
	" failed INT NOT NULL, reason TEXT NOT NULL,"
	" PRIMARY KEY(account, uid)) WITHOUT ROWID;",
	("CREATE TABLE hidden(account TEXT NOT NULL, id TEXT NOT NULL,"
	 " PRIMARY KEY(account, id)) WITHOUT ROWID;"),
	("ALTER TABLE contact ADD COLUMN import_key TEXT;"
	 "ALTER TABLE contact ADD COLUMN hand_made INT NOT NULL DEFAULT 0;"),
};
enum { SCHEMA = ARRAY_SIZE(schema) };

struct db {
	char *path[DB_FILE_COUNT];
	sqlite3 *handle[DB_FILE_COUNT];
	bool failed[DB_FILE_COUNT];
};

struct value {
	char *text; /**< NULL: the number */
	int64_t number;
};

struct statement {
	const char *sql;
	size_t first, count; /**< of the batch's values */
};

struct batch {
	struct store *store;
	struct db *db;
	enum db_file file;
	struct statement *statements;
	size_t statement_count;
	struct value *values;
	size_t value_count, value_size;
	int err; /**< ENOMEM while it was built */
	bool query;
	struct rows rows;
	rows_h *rowsh;
	store_done_h *doneh;
	void (*handler)(void);
	void *arg;
};

struct db *store_db_new(const char *state_dir, const char *cache_dir)
{
	struct db *db = calloc(1, sizeof(*db));

	if (!db)
		return NULL;
	db->path[DB_STATE] = text_printf("%s/history.db", state_dir);
	db->path[DB_CACHE] = text_printf("%s/directory.db", cache_dir);
	if (!db->path[DB_STATE] || !db->path[DB_CACHE]) {
		store_db_free(db);
		return NULL;
	}
	return db;
}

void store_db_free(struct db *db)
{
	unsigned i;

	if (!db)
		return;
	for (i = 0; i < DB_FILE_COUNT; i++) {
		sqlite3_close(db->handle[i]);
		free(db->path[i]);
	}
	free(db);
}

/* ---- opening, on the worker -------------------------------------------- */

static int version_h(void *arg, int n, char **values, char **names)
{
	(void)names;
	*(int *)arg = n > 0 && values[0] ? atoi(values[0]) : 0;
	return 0;
}

/* What is kept waits for nobody who could say it again: it is on the disk
 * when it is said to be. The cache is not worth that. */
static int prepare(sqlite3 *h, enum db_file file)
{
	int version = 0, rc;

	sqlite3_busy_timeout(h, 2000);
	rc = sqlite3_exec(h,
			  "PRAGMA journal_mode=WAL;"
			  "PRAGMA synchronous=NORMAL;"
			  "PRAGMA trusted_schema=OFF;",
			  NULL, NULL, NULL);
	if (rc == SQLITE_OK && file == DB_STATE)
		rc = sqlite3_exec(h, "PRAGMA synchronous=FULL", NULL, NULL,
				  NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(h, "PRAGMA user_version", version_h, &version,
				  NULL);
	if (rc != SQLITE_OK || version == SCHEMA)
		return rc;
	if (version > SCHEMA)
		return SQLITE_MISMATCH; /* a newer offhook's: hands off */
	for (; version < SCHEMA && rc == SQLITE_OK; version++) {
		char *sql = sqlite3_mprintf(
			"BEGIN IMMEDIATE;%s;PRAGMA user_version=%d;COMMIT;",
			schema[version], version + 1);

		if (!sql)
			return SQLITE_NOMEM;
		rc = sqlite3_exec(h, sql, NULL, NULL, NULL);
		sqlite3_free(sql);
	}
	return rc;
}

static int open_file(struct db *db, enum db_file file)
{
	int rc, fd;

	/* SQLite's other files take the mode of this one. */
	fd = open(db->path[file], O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (fd >= 0)
		close(fd);
	rc = sqlite3_open_v2(db->path[file], &db->handle[file],
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				     SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (rc == SQLITE_OK)
		rc = prepare(db->handle[file], file);
	if (rc != SQLITE_OK) {
		sqlite3_close(db->handle[file]);
		db->handle[file] = NULL;
	}
	return rc;
}

/** A broken file is put aside, not lost, and a new one begun. */
static void put_aside(const struct db *db, enum db_file file)
{
	char *aside = text_printf("%s.broken", db->path[file]);
	char *wal = text_printf("%s-wal", db->path[file]);

	if (aside && rename(db->path[file], aside) == 0)
		log_warn("%s is broken: kept as %s", db->path[file], aside);
	if (wal)
		unlink(wal);
	free(aside);
	free(wal);
}

static sqlite3 *handle(struct db *db, enum db_file file)
{
	int rc;

	if (db->handle[file] || db->failed[file])
		return db->handle[file];
	rc = open_file(db, file);
	if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB) {
		put_aside(db, file);
		rc = open_file(db, file);
	}
	if (rc != SQLITE_OK) {
		db->failed[file] = true;
		log_warn("%s: %s: nothing will be kept", db->path[file],
			 sqlite3_errstr(rc));
	}
	return db->handle[file];
}

/* ---- building, on the loop --------------------------------------------- */

struct batch *store_batch_new(enum db_file file)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (b)
		b->file = file;
	return b;
}

static void batch_free(struct batch *b)
{
	size_t i;

	for (i = 0; i < b->value_count; i++)
		free(b->values[i].text);
	for (i = 0; b->rows.cells && i < b->rows.count * b->rows.columns; i++)
		free(b->rows.cells[i]);
	free(b->rows.cells);
	free(b->values);
	free(b->statements);
	free(b);
}

void store_batch_sql(struct batch *b, const char *sql)
{
	struct statement *s;

	if (!b || b->err)
		return;
	s = realloc(b->statements, (b->statement_count + 1) * sizeof(*s));
	if (!s) {
		b->err = ENOMEM;
		return;
	}
	b->statements = s;
	s += b->statement_count++;
	*s = (struct statement){sql, b->value_count, 0};
}

static struct value *value_add(struct batch *b)
{
	if (!b || b->err || !b->statement_count)
		return NULL;
	if (b->value_count == b->value_size) {
		size_t size = b->value_size ? b->value_size * 2 : 16;
		struct value *v = realloc(b->values, size * sizeof(*v));

		if (!v) {
			b->err = ENOMEM;
			return NULL;
		}
		b->values = v;
		b->value_size = size;
	}
	b->statements[b->statement_count - 1].count++;
	b->values[b->value_count] = (struct value){0};
	return &b->values[b->value_count++];
}

void store_batch_text(struct batch *b, const char *text)
{
	struct value *v = value_add(b);

	if (!v)
		return;
	v->text = strdup(text ? text : "");
	if (!v->text)
		b->err = ENOMEM;
}

void store_batch_int(struct batch *b, int64_t i)
{
	struct value *v = value_add(b);

	if (v)
		v->number = i;
}

/* ---- running, on the worker -------------------------------------------- */

static int row_keep(struct rows *r, sqlite3_stmt *st)
{
	size_t columns = (size_t)sqlite3_column_count(st), i;
	char **cells;

	/* Grows by doubling: at powers of two. */
	if ((r->count & (r->count - 1)) == 0) {
		size_t size = r->count ? r->count * 2 : 1;

		cells = realloc(r->cells, size * columns * sizeof(*cells));
		if (!cells)
			return ENOMEM;
		r->cells = cells;
	}
	r->columns = columns;
	for (i = 0; i < columns; i++) {
		const char *s;

		s = (const char *)sqlite3_column_text(st, (int)i);
		r->cells[r->count * columns + i] = s ? strdup(s) : NULL;
	}
	r->count++;
	return 0;
}

/* A full disk, also where it was the log beside the database that did not
   fit, is told from others: the user can do something about it. */
static int error_of(sqlite3 *h)
{
	int rc = sqlite3_errcode(h) & 0xff;

	return rc == SQLITE_FULL || sqlite3_system_errno(h) == ENOSPC ? ENOSPC
								      : EIO;
}

static int run_statement(sqlite3 *h, struct batch *b, const struct statement *s)
{
	sqlite3_stmt *st = NULL;
	size_t i;
	int rc, err = 0;

	rc = sqlite3_prepare_v2(h, s->sql, -1, &st, NULL);
	for (i = 0; rc == SQLITE_OK && i < s->count; i++) {
		const struct value *v = &b->values[s->first + i];

		rc = v->text ? sqlite3_bind_text(st, (int)i + 1, v->text, -1,
						 SQLITE_STATIC)
			     : sqlite3_bind_int64(st, (int)i + 1, v->number);
	}
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW && b->query)
			err = row_keep(&b->rows, st);
		if (err)
			break;
	}
	sqlite3_finalize(st);
	if (!err && rc != SQLITE_DONE) {
		log_warn("%s", sqlite3_errmsg(h));
		err = error_of(h);
	}
	return err;
}

static int work(void *arg)
{
	struct batch *b = arg;
	sqlite3 *h = handle(b->db, b->file);
	size_t i;
	int err = 0;

	if (!h)
		return EIO;
	if (sqlite3_exec(h, b->query ? "BEGIN" : "BEGIN IMMEDIATE", NULL, NULL,
			 NULL) != SQLITE_OK)
		return error_of(h);
	for (i = 0; i < b->statement_count && !err; i++)
		err = run_statement(h, b, &b->statements[i]);
	if (!err && sqlite3_exec(h, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		err = error_of(h);
	/* Some failures end the transaction by themselves; one that was left
	   open would stand in the way of all that come. */
	if (err && !sqlite3_get_autocommit(h))
		(void)sqlite3_exec(h, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

static void done(int err, void *arg)
{
	struct batch *b = arg;

	/* The store goes before the job ran: what was said stays said. */
	if (err == ECANCELED && !b->query)
		(void)work(b);
	if (b->doneh && !b->store->closing)
		b->doneh(err, b->arg);
	if (b->query && !b->store->closing)
		b->rowsh(b->store, err, &b->rows, b->handler, b->arg);
	batch_free(b);
}

int store_batch_run(struct store *s, struct batch *b)
{
	int err;

	if (!b)
		return ENOMEM;
	b->store = s;
	b->db = s->db;
	err = b->err ? b->err : job_run(s->jobs, work, done, b);
	if (err)
		batch_free(b);
	return err;
}

int store_batch_tell(struct store *s, struct batch *b, store_done_h *h,
		     void *arg)
{
	if (!b)
		return ENOMEM;
	b->doneh = h;
	b->arg = arg;
	return store_batch_run(s, b);
}

int store_batch_query(struct store *s, struct batch *b, rows_h *h,
		      void (*handler)(void), void *arg)
{
	if (!b)
		return ENOMEM;
	b->query = true;
	b->rowsh = h;
	b->handler = handler;
	b->arg = arg;
	return store_batch_run(s, b);
}

const char *store_rows_text(const struct rows *r, size_t row, size_t column)
{
	const char *s = r->cells[row * r->columns + column];

	return s ? s : "";
}

int64_t store_rows_int(const struct rows *r, size_t row, size_t column)
{
	return strtoll(store_rows_text(r, row, column), NULL, 10);
}
