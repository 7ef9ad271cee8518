/**
 * @file db_names.c  Whose number is that: an answer while a call rings
 *
 * The switch asks for names of numbers and cannot wait for the disk, so each
 * number of each contact is in memory, under what is the same for all its
 * spellings. Accounts are not in here: see db_account_number.c.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <malloc.h>
#include <sodium.h>
#include <stdlib.h>

enum { BUCKETS = 65536, PAGE = 500 };

/** A number, known by a keyed hash of 64 bits of its key: nobody can find two
 *  with the same one. */
struct number {
	struct number *next; /**< in its bucket */
	uint64_t hash;
	uint8_t at; /**< which of its entry's numbers */
};

/** A contact in one piece of memory: there may be 100,000 of them. */
struct entry {
	struct entry *next; /**< in its bucket */
	int64_t contact;
	const char *owner; /**< "" or behind the name */
	const char *name;  /**< behind the numbers */
	uint8_t directory;
	uint8_t count;
	struct number number[];
};

struct names {
	struct db *db;
	struct number **by_number;
	struct entry **by_contact;
	uint8_t key[crypto_shorthash_KEYBYTES];
	int64_t cursor; /* contact that was loaded last */
	int64_t newest; /* contact that was put or loaded */
	unsigned round; /* of loading */
	bool loading;
	bool more; /* asked for while loading */
};

static uint64_t number_hash(const struct names *n, const char *key)
{
	uint64_t hash;

	_Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "64 bits");
	crypto_shorthash((uint8_t *)&hash, (const uint8_t *)key, strlen(key),
			 n->key);
	return hash;
}

static struct entry **bucket_of(const struct names *n, int64_t contact)
{
	return &n->by_contact[(uint64_t)contact % BUCKETS];
}

static struct entry *entry_of(struct number *k)
{
	k -= k->at;
	return (struct entry *)(void *)((char *)k -
					offsetof(struct entry, number));
}

/* Take the first of a bucket out of both tables. */
static void entry_drop(struct names *n, struct entry **ep)
{
	struct entry *e = *ep;

	for (unsigned i = 0; i < e->count; i++) {
		struct number *k = &e->number[i];
		struct number **kp = &n->by_number[k->hash % BUCKETS];

		while (*kp != k)
			kp = &(*kp)->next;
		*kp = k->next;
	}
	*ep = e->next;
	free(e);
}

static void destructor(void *p)
{
	struct names *n = p;

	for (unsigned i = 0; i < BUCKETS && n->by_contact; i++) {
		struct entry *next;

		for (struct entry *e = n->by_contact[i]; e; e = next) {
			next = e->next;
			free(e);
		}
	}
	free(n->by_number);
	free(n->by_contact);
}

int names_alloc(struct names **np, struct db *db)
{
	struct names *n = mem_zalloc(sizeof(*n), destructor);

	if (!n)
		return ENOMEM;
	n->db = db;
	crypto_shorthash_keygen(n->key);
	n->by_number = calloc(BUCKETS, sizeof(*n->by_number));
	n->by_contact = calloc(BUCKETS, sizeof(*n->by_contact));
	if (!n->by_number || !n->by_contact) {
		mem_deref(n);
		return ENOMEM;
	}
	*np = n;
	return 0;
}

/* Keys that are NULL are passed over. */
static int put(struct names *n, const struct db_contact *c, int64_t id,
	       char *const key[DB_NUMBER_COUNT])
{
	const char *owner = c->owner ? c->owner : "";
	size_t owner_size = strlen(owner) + 1;
	char *name = contact_name(c);
	size_t numbers = 0, text = name ? strlen(name) + 1 : 0;
	struct entry *e, **bucket = bucket_of(n, id);

	if (id > n->newest)
		n->newest = id;
	for (unsigned i = 0; i < DB_NUMBER_COUNT; i++)
		numbers += key[i] != NULL;
	/* One without a name or a number would never be an answer. */
	if (!numbers || text == 1) {
		free(name);
		return 0;
	}
	e = name ? malloc(sizeof(*e) + numbers * sizeof(*e->number) + text +
			  owner_size)
		 : NULL;
	if (!e) {
		free(name);
		return ENOMEM;
	}
	*e = (struct entry){.contact = id, .directory = (uint8_t)c->directory};
	e->name = memcpy(&e->number[numbers], name, text);
	e->owner =
		memcpy((char *)&e->number[numbers] + text, owner, owner_size);
	for (unsigned i = 0; i < DB_NUMBER_COUNT; i++) {
		struct number *k = &e->number[e->count], **at;

		if (!key[i])
			continue;
		k->at = e->count++;
		k->hash = number_hash(n, key[i]);
		at = &n->by_number[k->hash % BUCKETS];
		k->next = *at;
		*at = k;
	}
	e->next = *bucket;
	*bucket = e;
	free(name);
	return 0;
}

int names_put(struct db *db, const struct db_contact *c)
{
	char *key[DB_NUMBER_COUNT] = {NULL};
	struct proto_dial_params p;
	enum db_directory dir;
	int err = 0;

	db_dial_params(db, &p);
	for (unsigned i = 0; i < DB_NUMBER_COUNT && !err; i++) {
		if (text_empty(c->number[i]))
			continue;
		key[i] = number_key(c->number[i], &p);
		err = key[i] ? 0 : ENOMEM;
	}
	if (!err)
		err = put(db->names, c, contact_id(c->id, &dir), key);
	words_free(key, DB_NUMBER_COUNT);
	return err;
}

void names_remove(struct db *db, int64_t contact)
{
	struct entry **ep = bucket_of(db->names, contact);

	while (*ep) {
		if ((*ep)->contact == contact)
			entry_drop(db->names, ep);
		else
			ep = &(*ep)->next;
	}
}

void names_forget_gone(struct db *db)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		struct entry **ep = &db->names->by_contact[i];

		while (*ep) {
			if (*(*ep)->owner && !db_account(db, (*ep)->owner))
				entry_drop(db->names, ep);
			else
				ep = &(*ep)->next;
		}
	}
}

/* ---- read from the disk, page by page ---------------------------------- */

/* A page is read and its keys are made on the worker; to put it in place
   takes the loop some milliseconds, and calls go on between two of them. */
struct page {
	struct db_job job;
	int64_t after;
	int64_t *id; /* instead: these, from `from` on */
	size_t from, ids;
	unsigned round;
	size_t count;
	struct {
		struct db_contact c;
		char *key[DB_NUMBER_COUNT];
	} row[PAGE];
};

static void page_clear(struct db_job *job)
{
	struct page *p = (struct page *)job;

	for (size_t i = 0; i < p->count; i++) {
		contact_clear(&p->row[i].c);
		words_free(p->row[i].key, DB_NUMBER_COUNT);
	}
	free(p->id);
}

static int page_row(struct page *p, sqlite3_stmt *st,
		    const struct proto_dial_params *prm)
{
	size_t i = p->count++;
	struct db_contact *c = &p->row[i].c;
	int err = contact_of_row(st, c);

	for (unsigned k = 0; k < DB_NUMBER_COUNT && !err; k++)
		if (!text_empty(c->number[k]))
			p->row[i].key[k] = number_key(c->number[k], prm);
	return err;
}

static int page_work(struct db_job *job)
{
	static const char get[] = "SELECT " CONTACT_ALL " FROM contact"
				  " WHERE id>? ORDER BY id LIMIT ?";
	struct page *p = (struct page *)job;
	struct proto_dial_params prm;
	struct dial_copy dial;
	sqlite3_stmt *st;
	int err = dial_read(job->disk, &dial);

	st = err ? NULL : disk_prepare(job->disk, get);
	if (!st)
		return err ? err : EIO;
	dial_params(&dial, &prm);
	bind_int(st, 1, p->after);
	bind_int(st, 2, PAGE);
	while (!err && p->count < PAGE && disk_row(st, &err))
		err = page_row(p, st, &prm);
	sqlite3_reset(st);
	/* All was read once and need not stay in SQLite's cache. */
	if (!err && p->count < PAGE)
		sqlite3_db_release_memory(job->disk->sql);
	return err;
}

static void page_install(struct db *db, struct page *p)
{
	enum db_directory dir;

	for (size_t i = 0; i < p->count; i++) {
		const struct db_contact *c = &p->row[i].c;
		int64_t id = contact_id(c->id, &dir);

		/* It may have been changed, and put, since the load began. */
		names_remove(db, id);
		if (put(db->names, c, id, p->row[i].key))
			log_error("no memory for the name of a number");
		db->names->cursor = id;
	}
}

static int next_page(struct db *db);

static void page_done(struct db_job *job, int err)
{
	struct page *p = (struct page *)job;
	struct names *n = job->db->names;

	n->loading = false;
	if (err == ECANCELED)
		return;
	if (!err && p->round == n->round)
		page_install(job->db, p);
	if (!err && (p->count == PAGE || p->round != n->round || n->more))
		err = next_page(job->db);
	else
		malloc_trim(0);
	if (err)
		log_error("names of numbers could not be read: %s",
			  strerror(err));
}

static struct page *page_new(struct db *db)
{
	struct page *p = calloc(1, sizeof(*p));

	if (p) {
		p->job = (struct db_job){
			.db = db,
			.disk = &db->disk,
			.read_only = true,
			.work = page_work,
			.done = page_done,
			.clear = page_clear,
		};
		p->after = db->names->cursor;
		p->round = db->names->round;
	}
	return p;
}

static int next_page(struct db *db)
{
	struct page *p = page_new(db);

	if (!p)
		return ENOMEM;
	db->names->loading = true;
	db->names->more = false;
	db_job_run(db, &p->job);
	return 0;
}

int names_rehash(struct db *db)
{
	db->names->cursor = 0;
	db->names->round++;
	return db->names->loading ? 0 : next_page(db);
}

/* ---- some of them anew ------------------------------------------------- */

static int refresh_work(struct db_job *job)
{
	static const char get[] =
		"SELECT " CONTACT_ALL " FROM contact WHERE id=?";
	struct page *p = (struct page *)job;
	struct proto_dial_params prm;
	struct dial_copy dial;
	int err = dial_read(job->disk, &dial);

	dial_params(&dial, &prm);
	for (size_t i = p->from; i < p->ids && p->count < PAGE && !err; i++) {
		sqlite3_stmt *st = disk_prepare(job->disk, get);

		if (!st)
			return EIO;
		bind_int(st, 1, p->id[i]);
		if (disk_row(st, &err))
			err = page_row(p, st, &prm);
		sqlite3_reset(st);
		p->from = i + 1;
	}
	return err;
}

static int refresh_next(struct db *db, int64_t *id, size_t from, size_t count);

static void refresh_done(struct db_job *job, int err)
{
	struct page *p = (struct page *)job;
	enum db_directory dir;

	if (err == ECANCELED)
		return;
	for (size_t i = 0; i < p->count && !err; i++) {
		const struct db_contact *c = &p->row[i].c;
		int64_t id = contact_id(c->id, &dir);

		names_remove(job->db, id);
		err = put(job->db->names, c, id, p->row[i].key);
	}
	if (!err && p->from < p->ids) {
		err = refresh_next(job->db, p->id, p->from, p->ids);
		p->id = NULL;
	}
	if (err)
		log_error("names of numbers could not be read: %s",
			  strerror(err));
}

/* Takes the ids. */
static int refresh_next(struct db *db, int64_t *id, size_t from, size_t count)
{
	struct page *p = page_new(db);

	if (!p) {
		free(id);
		return ENOMEM;
	}
	p->job.work = refresh_work;
	p->job.done = refresh_done;
	p->id = id;
	p->from = from;
	p->ids = count;
	db_job_run(db, &p->job);
	return 0;
}

int names_refresh(struct db *db, int64_t *id, size_t count)
{
	return refresh_next(db, id, 0, count);
}

int names_begin(struct db *db)
{
	struct page *p = page_new(db);
	int err = p ? page_work(&p->job) : ENOMEM;

	if (!err)
		page_install(db, p);
	if (p)
		page_clear(&p->job);
	free(p);
	return err;
}

int names_continue(struct db *db)
{
	db->names->more = true;
	return db->names->loading ? 0 : next_page(db);
}

int64_t names_newest(const struct db *db)
{
	return db->names->newest;
}

/* ---- asked ------------------------------------------------------------- */

static const struct entry *names_find(const struct db *db, const char *viewer,
				      const char *number)
{
	struct proto_dial_params p;
	const struct entry *best = NULL;
	struct number *k;
	uint64_t hash;
	char *key;

	db_dial_params(db, &p);
	key = number_key(number, &p);
	if (!key)
		return NULL;
	hash = number_hash(db->names, key);
	for (k = db->names->by_number[hash % BUCKETS]; k; k = k->next) {
		const struct entry *e;

		if (k->hash != hash)
			continue;
		e = entry_of(k);
		if (*e->owner && strcmp(e->owner, viewer))
			continue;
		/* Personal ones first: the order of the directories; among
		   equals the one that was there first. */
		if (!best || e->directory < best->directory ||
		    (e->directory == best->directory &&
		     e->contact < best->contact))
			best = e;
	}
	free(key);
	return best;
}

const char *db_name_of(const struct db *db, const char *viewer,
		       const char *number)
{
	const struct db_account *a;
	const struct entry *e;

	if (!db || text_empty(number))
		return NULL;
	a = account_of_number(db, number);
	if (a)
		return a->name;
	e = names_find(db, viewer ? viewer : "", number);
	return e ? e->name : NULL;
}

char *db_contact_of(const struct db *db, const char *viewer, const char *number)
{
	const struct db_account *a;
	const struct entry *e;

	if (!db || text_empty(number))
		return NULL;
	a = account_of_number(db, number);
	if (a)
		return text_printf("%s:%s", db_directory_key(DB_INTERNAL),
				   a->extension);
	e = names_find(db, viewer ? viewer : "", number);
	return e ? text_printf(
			   "%s:%lld",
			   db_directory_key((enum db_directory)e->directory),
			   (long long)e->contact)
		 : NULL;
}
