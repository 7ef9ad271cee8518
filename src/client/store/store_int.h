/**
 * @file store_int.h  What the store's files share
 */
#ifndef STORE_INT_H
#define STORE_INT_H

#include <offhook/client/store.h>

/** A connection slot's secrets; the password stays sealed in memory. */
struct slot {
	unsigned char *sealed; /**< nonce and box, NULL if there is none */
	size_t sealed_len;
	bool rejected;
	char *pin; /**< "AA:BB:…" or NULL */
};

/** A secret with a name; it stays sealed likewise. */
struct named_secret {
	char *name;
	struct slot slot;
};

/** A kept command of the saved file. */
struct saved {
	char **argv;
	size_t argc;
};

struct db;

struct store {
	char *config_path, *saved_path, *state_dir, *cache_dir;
	struct job_queue *jobs;
	struct db *db; /**< the worker's while jobs run */
	bool closing;  /**< nobody is told any more */

	struct saved *saved;
	size_t saved_count;
	bool saved_read;

	struct slot slots[STORE_SLOT_COUNT];
	struct named_secret *secrets;
	size_t secret_count;
	unsigned char key[32];
	bool has_key;
};

/* store_files.c */
/** Replace a file in a job; data is taken over. */
int store_write_job(struct store *s, const char *path, char *data, size_t len);

/* store_slots.c */
int store_slots_load(struct store *s);
void store_slots_close(struct store *s);

/* store_saved.c */
void store_saved_close(struct store *s);

/* store_db.c: SQLite in jobs */

enum db_file { DB_STATE, DB_CACHE, DB_FILE_COUNT };

struct db *store_db_new(const char *state_dir, const char *cache_dir);
/** Only when no job runs any more. */
void store_db_free(struct db *db);

/** Statements that are one transaction. Built on the loop, run in a job. */
struct batch;
struct batch *store_batch_new(enum db_file file);
void store_batch_sql(struct batch *b, const char *sql); /**< a constant */
void store_batch_text(struct batch *b, const char *text);
void store_batch_int(struct batch *b, int64_t i);
/** Takes b over. */
int store_batch_run(struct store *s, struct batch *b);

/** Likewise; h is told how it went, unless the store goes first. */
int store_batch_tell(struct store *s, struct batch *b, store_done_h *h,
		     void *arg);

/** Rows of a query, all as text; NULL for NULL. */
struct rows {
	char **cells;
	size_t count, columns;
};
const char *store_rows_text(const struct rows *r, size_t row, size_t column);
int64_t store_rows_int(const struct rows *r, size_t row, size_t column);
/** Told on the loop; union of the door's handlers. */
typedef void(rows_h)(struct store *s, int err, const struct rows *r,
		     void (*handler)(void), void *arg);
/** Takes b (one or two queries) over; the rows of the last are told. */
int store_batch_query(struct store *s, struct batch *b, rows_h *h,
		      void (*handler)(void), void *arg);

#endif
