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

enum { BUCKETS = 32768 };

struct entry {
	struct le by_number;
	struct le by_contact;
	int64_t contact;
	enum db_directory directory;
	char *owner;
	char *number; /* as it was written */
	char *key;
	char *name;
};

struct names {
	struct db *db;
	struct hash *by_number;
	struct hash *by_contact;
	size_t count;
};

static uint32_t contact_hash(int64_t id)
{
	return (uint32_t)((uint64_t)id * 2654435761u);
}

static void entry_free(struct names *n, struct entry *e)
{
	hash_unlink(&e->by_number);
	hash_unlink(&e->by_contact);
	free(e->owner);
	free(e->number);
	free(e->key);
	free(e->name);
	free(e);
	n->count--;
}

static void flush(struct names *n)
{
	for (uint32_t i = 0; i < BUCKETS && n->by_contact; i++) {
		struct list *l = hash_list(n->by_contact, i);

		while (l && l->head)
			entry_free(n, l->head->data);
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

static int put_number(struct names *n, const struct db_contact *c, int64_t id,
		      const char *number, const struct proto_dial_params *p)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return ENOMEM;
	e->contact = id;
	e->directory = c->directory;
	e->owner = strdup(c->owner ? c->owner : "");
	e->number = strdup(number);
	e->key = number_key(number, p);
	e->name = contact_name(c);
	n->count++;
	if (!e->owner || !e->number || !e->key || !e->name) {
		entry_free(n, e);
		return ENOMEM;
	}
	hash_append(n->by_number, hash_joaat_str(e->key), &e->by_number, e);
	hash_append(n->by_contact, contact_hash(id), &e->by_contact, e);
	return 0;
}

static int put(struct names *n, const struct db_contact *c,
	       const struct proto_dial_params *p)
{
	enum db_directory dir;
	int64_t id = contact_id(c->id, &dir);
	int err = 0;

	for (unsigned i = 0; i < DB_NUMBER_COUNT && !err; i++)
		if (!text_empty(c->number[i]))
			err = put_number(n, c, id, c->number[i], p);
	return err;
}

int names_put(struct db *db, const struct db_contact *c)
{
	struct proto_dial_params p;

	db_dial_params(db, &p);
	return put(db->names, c, &p);
}

void names_remove(struct db *db, int64_t contact)
{
	struct list *l = hash_list(db->names->by_contact,
				   contact_hash(contact));
	struct le *le = l ? l->head : NULL;

	while (le) {
		struct entry *e = le->data;

		le = le->next;
		if (e->contact == contact)
			entry_free(db->names, e);
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
				entry_free(db->names, e);
		}
	}
}

int names_rehash(struct db *db)
{
	struct names *n = db->names;
	struct proto_dial_params p;

	db_dial_params(db, &p);
	for (uint32_t i = 0; i < BUCKETS; i++) {
		struct list *l = hash_list(n->by_contact, i);

		for (struct le *le = l ? l->head : NULL; le; le = le->next) {
			struct entry *e = le->data;
			char *key = number_key(e->number, &p);

			if (!key)
				return ENOMEM;
			free(e->key);
			e->key = key;
			hash_unlink(&e->by_number);
			hash_append(n->by_number, hash_joaat_str(key),
				    &e->by_number, e);
		}
	}
	return 0;
}

int names_load(struct db *db)
{
	static const char all[] = "SELECT " CONTACT_COLUMNS " FROM contact";
	struct proto_dial_params p;
	sqlite3_stmt *st = disk_prepare(&db->disk, all);
	int err = st ? 0 : EIO;

	flush(db->names);
	db_dial_params(db, &p);
	while (!err && disk_row(st, &err)) {
		struct db_contact c;

		memset(&c, 0, sizeof(c));
		err = contact_of_row(st, &c);
		if (!err)
			err = put(db->names, &c, &p);
		contact_clear(&c);
	}
	sqlite3_reset(st);
	return err;
}

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

char *db_contact_of(const struct db *db, const char *viewer,
		    const char *number)
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
