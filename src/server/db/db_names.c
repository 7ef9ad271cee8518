/**
 * @file db_names.c  Whose number is that: an answer while a call rings
 *
 * The switch asks for names of numbers and cannot wait for the disk, so each
 * number of each contact is in memory, under what is the same for all its
 * spellings. Accounts are not in here: they are in memory anyway.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

enum { BUCKETS = 32768, PAGE = 500 };

struct entry {
	struct le by_number;
	struct le by_contact;
	int64_t contact;
	enum db_directory directory;
	char *owner;
	char *key; /* of the number */
	char *name;
};

struct names {
	struct db *db;
	struct hash *by_number;
	struct hash *by_contact;
	int64_t cursor; /* contact that was loaded last */
	int64_t newest; /* contact that was put or loaded */
	unsigned round; /* of loading */
	bool loading;
	bool more; /* asked for while loading */
};

static uint32_t contact_hash(int64_t id)
{
	return (uint32_t)((uint64_t)id * 2654435761u);
}

static void entry_free(struct entry *e)
{
	hash_unlink(&e->by_number);
	hash_unlink(&e->by_contact);
	free(e->owner);
	free(e->key);
	free(e->name);
	free(e);
}

static void flush(struct names *n)
{
	for (uint32_t i = 0; i < BUCKETS && n->by_contact; i++) {
		struct list *l = hash_list(n->by_contact, i);

		for (struct le *le = list_head(l), *next; le; le = next) {
			next = le->next;
			entry_free(le->data);
		}
	}
}

static void destructor(void *p)
{
	struct names *n = p;

	flush(n);
	mem_deref(n->by_number);
	mem_deref(n->by_contact);
}

int names_alloc(struct names **np, struct db *db)
{
	struct names *n = mem_zalloc(sizeof(*n), destructor);
	int err;

	if (!n)
		return ENOMEM;
	n->db = db;
	err = hash_alloc(&n->by_number, BUCKETS);
	if (!err)
		err = hash_alloc(&n->by_contact, BUCKETS);
	if (err)
		mem_deref(n);
	else
		*np = n;
	return err;
}

/* Takes the key. */
static int put_number(struct names *n, const struct db_contact *c, int64_t id,
		      char *key)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e) {
		free(key);
		return ENOMEM;
	}
	e->contact = id;
	e->directory = c->directory;
	e->owner = strdup(c->owner ? c->owner : "");
	e->key = key;
	e->name = contact_name(c);
	if (!e->owner || !e->name) {
		entry_free(e);
		return ENOMEM;
	}
	hash_append(n->by_number, hash_joaat_str(e->key), &e->by_number, e);
	hash_append(n->by_contact, contact_hash(id), &e->by_contact, e);
	return 0;
}

int names_put(struct db *db, const struct db_contact *c)
{
	struct proto_dial_params p;
	enum db_directory dir;
	int64_t id = contact_id(c->id, &dir);
	int err = 0;

	db_dial_params(db, &p);
	if (id > db->names->newest)
		db->names->newest = id;
	for (unsigned i = 0; i < DB_NUMBER_COUNT && !err; i++) {
		char *key;

		if (text_empty(c->number[i]))
			continue;
		key = number_key(c->number[i], &p);
		err = key ? put_number(db->names, c, id, key) : ENOMEM;
	}
	return err;
}

void names_remove(struct db *db, int64_t contact)
{
	struct list *l =
		hash_list(db->names->by_contact, contact_hash(contact));
	struct le *le = l ? l->head : NULL;

	while (le) {
		struct entry *e = le->data;

		le = le->next;
		if (e->contact == contact)
			entry_free(e);
	}
}

void names_forget(struct db *db, const char *owner)
{
	for (uint32_t i = 0; i < BUCKETS; i++) {
		struct list *l = hash_list(db->names->by_contact, i);
		struct le *le = l ? l->head : NULL;

		while (le) {
			struct entry *e = le->data;

			le = le->next;
			if (*e->owner && !strcmp(e->owner, owner))
				entry_free(e);
		}
	}
}

/* ---- read from the disk, page by page ---------------------------------- */

/* A page is read and its keys are made on the worker; to put it in place
   takes the loop some milliseconds, and calls go on between two of them. */
struct page {
	struct db_job job;
	int64_t after;
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
}

static int page_work(struct db_job *job)
{
	static const char get[] = "SELECT " CONTACT_COLUMNS " FROM contact"
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
	while (!err && p->count < PAGE && disk_row(st, &err)) {
		size_t i = p->count++;
		struct db_contact *c = &p->row[i].c;

		err = contact_of_row(st, c);
		for (unsigned k = 0; k < DB_NUMBER_COUNT && !err; k++)
			if (!text_empty(c->number[k]))
				p->row[i].key[k] =
					number_key(c->number[k], &prm);
	}
	sqlite3_reset(st);
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
		for (unsigned k = 0; k < DB_NUMBER_COUNT; k++) {
			if (p->row[i].key[k])
				put_number(db->names, c, id, p->row[i].key[k]);
			p->row[i].key[k] = NULL;
		}
		db->names->cursor = id;
		if (id > db->names->newest)
			db->names->newest = id;
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
	struct list *l;
	char *key;

	db_dial_params(db, &p);
	key = number_key(number, &p);
	l = key ? hash_list(db->names->by_number, hash_joaat_str(key)) : NULL;
	for (struct le *le = l ? l->head : NULL; le; le = le->next) {
		const struct entry *e = le->data;

		if (strcmp(e->key, key) || !*e->name ||
		    (*e->owner && strcmp(e->owner, viewer)))
			continue;
		/* Personal ones first: the order of the directories. */
		if (!best || e->directory < best->directory)
			best = e;
	}
	free(key);
	return best;
}

/* The number's account: an extension, or a person's own other number. */
static const struct db_account *account_of(const struct db *db,
					   const char *number)
{
	char *plain = proto_number_normalise(number);
	const struct db_account *a = plain ? db_account(db, plain) : NULL;
	struct proto_dial_params p;

	free(plain);
	if (a)
		return a->trunk ? NULL : a;
	db_dial_params(db, &p);
	for (size_t i = 0; i < db->accounts.count; i++) {
		a = &db->accounts.account[i]->pub;
		if ((*a->mobile && proto_number_same(a->mobile, number, &p)) ||
		    (*a->private_number &&
		     proto_number_same(a->private_number, number, &p)))
			return a;
	}
	return NULL;
}

const char *db_name_of(const struct db *db, const char *viewer,
		       const char *number)
{
	const struct db_account *a;
	const struct entry *e;

	if (!db || text_empty(number))
		return NULL;
	a = account_of(db, number);
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
	a = account_of(db, number);
	if (a)
		return text_printf("%s:%s", db_directory_key(DB_INTERNAL),
				   a->extension);
	e = names_find(db, viewer ? viewer : "", number);
	return e ? text_printf("%s:%lld", db_directory_key(e->directory),
			       (long long)e->contact)
		 : NULL;
}
