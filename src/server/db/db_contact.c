/**
 * @file db_contact.c  Contacts added, changed, removed, read one by one
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

static const char *const directory_keys[] = {
	[DB_PERSONAL] = "per", [DB_INTERNAL] = "int", [DB_SYSTEM] = "sys",
	[DB_GLOBAL] = "glo",   [DB_EXTERNAL] = "ext",
};
_Static_assert(sizeof(directory_keys) / sizeof(directory_keys[0]) ==
		       DB_DIRECTORY_COUNT,
	       "a key for each");

const char *db_directory_key(enum db_directory d)
{
	return (unsigned)d < DB_DIRECTORY_COUNT ? directory_keys[d] : "";
}

int64_t contact_id(const char *id, enum db_directory *dir)
{
	size_t digits;

	for (unsigned i = 0; id && i < DB_DIRECTORY_COUNT; i++) {
		if (strncmp(id, directory_keys[i], 3) || id[3] != ':')
			continue;
		*dir = (enum db_directory)i;
		digits = strspn(id + 4, "0123456789");
		if (!digits || digits > 18 || id[4 + digits])
			return 0;
		return strtoll(id + 4, NULL, 10);
	}
	return 0;
}

/* ---- contacts that own their texts ------------------------------------- */

enum { TEXTS = 7 };
static const size_t text_at[TEXTS] = {
	offsetof(struct db_contact, id),
	offsetof(struct db_contact, owner),
	offsetof(struct db_contact, first),
	offsetof(struct db_contact, last),
	offsetof(struct db_contact, company),
	offsetof(struct db_contact, department),
	offsetof(struct db_contact, email),
};

/* All texts of a contact: these, its numbers and the key, as the columns are;
   then those that are not in its own row. */
enum {
	KEY = TEXTS + DB_NUMBER_COUNT,
	ROW_TEXTS,
	PICTURE = ROW_TEXTS,
	PICTURE_KEY,
	ALL_TEXTS
};

static const char **text_of(struct db_contact *c, unsigned i)
{
	switch (i) {
	case KEY:
		return &c->key;
	case PICTURE:
		return &c->picture;
	case PICTURE_KEY:
		return &c->picture_key;
	default:
		return i < TEXTS
			       ? (const char **)(void *)((char *)c + text_at[i])
			       : &c->number[i - TEXTS];
	}
}

int contact_copy(struct db_contact *to, const struct db_contact *from)
{
	int err = 0;

	to->directory = from->directory;
	to->hand_made = from->hand_made;
	for (unsigned i = 0; i < ALL_TEXTS; i++) {
		const char **t = text_of(to, i);

		*t = line_dup(*text_of((struct db_contact *)from, i));
		if (!*t)
			err = ENOMEM;
	}
	return err;
}

int contact_complete(struct db_contact *c, const char *owner)
{
	c->directory = DB_PERSONAL;
	c->hand_made = false;
	free((char *)c->owner);
	c->owner = strdup(owner);
	for (unsigned i = 0; i < ALL_TEXTS; i++)
		if (!*text_of(c, i) && !(*text_of(c, i) = strdup("")))
			return ENOMEM;
	return 0;
}

void contact_clear(struct db_contact *c)
{
	for (unsigned i = 0; i < ALL_TEXTS; i++) {
		free((char *)*text_of(c, i));
		*text_of(c, i) = NULL;
	}
}

void contacts_free(struct db_contact *c, size_t count)
{
	for (size_t i = 0; i < count; i++)
		contact_clear(&c[i]);
	free(c);
}

int contact_of_row(sqlite3_stmt *st, struct db_contact *c)
{
	int err = 0;
	int column = 3;

	c->directory = (enum db_directory)sqlite3_column_int(st, 1);
	c->id = text_printf("%s:%lld", db_directory_key(c->directory),
			    (long long)sqlite3_column_int64(st, 0));
	c->owner = column_dup(st, 2);
	for (unsigned i = 2; i < ROW_TEXTS; i++)
		*text_of(c, i) = column_dup(st, column++);
	c->hand_made = sqlite3_column_int(st, column++);
	for (unsigned i = ROW_TEXTS; i < ALL_TEXTS; i++)
		*text_of(c, i) = column_dup(st, column++);
	for (unsigned i = 0; i < ALL_TEXTS; i++)
		if (!*text_of(c, i))
			err = ENOMEM;
	if (err)
		contact_clear(c);
	return err;
}

char *contact_name(const struct db_contact *c)
{
	const char *blank;

	if (text_empty(c->first) && text_empty(c->last))
		return strdup(c->company ? c->company : "");
	blank = text_empty(c->first) || text_empty(c->last) ? "" : " ";
	return text_printf("%s%s%s", c->first ? c->first : "", blank,
			   c->last ? c->last : "");
}

/* ---- on the worker ----------------------------------------------------- */

/* What a contact is found by: words of its name, spellings of its numbers. */
static int make_words(const struct db_contact *c, const struct dial_copy *dial,
		      char **keyp, char **wordsp)
{
	struct proto_dial_params p;
	struct text_buf b = {NULL, 0, 0, 0};
	char *name = contact_name(c);
	char *word[NUMBER_WORDS];

	*keyp = name ? text_key(name) : NULL;
	*wordsp = NULL;
	free(name);
	if (!*keyp)
		return ENOMEM;
	text_buf_add(&b, *keyp);
	dial_params(dial, &p);
	for (unsigned i = 0; i < DB_NUMBER_COUNT; i++) {
		unsigned n = number_words(c->number[i], &p, word);

		for (unsigned k = 0; k < n; k++)
			text_buf_printf(&b, " %s", word[k]);
		words_free(word, n);
	}
	*wordsp = text_buf_take(&b);
	return *wordsp ? 0 : ENOMEM;
}

/* Each word of a contact in the index, or out of it. */
static int index_words(struct disk *d, bool in, const struct db_contact *c,
		       int64_t id, char *words)
{
	static const char add[] =
		"INSERT OR IGNORE INTO contact_word"
		"(directory,owner,word,contact) VALUES(?,?,?,?)";
	static const char out[] = "DELETE FROM contact_word WHERE directory=?"
				  " AND owner=? AND word=? AND contact=?";
	char *save = NULL;
	int err = 0;

	for (char *w = strtok_r(words, " ", &save); w && !err;
	     w = strtok_r(NULL, " ", &save)) {
		sqlite3_stmt *st = disk_prepare(d, in ? add : out);

		if (!st)
			return EIO;
		bind_int(st, 1, c->directory);
		bind_text(st, 2, c->owner);
		bind_text(st, 3, w);
		bind_int(st, 4, id);
		err = disk_step(st);
	}
	return err;
}

int contact_write(struct disk *d, struct db_contact *c, int64_t id,
		  const struct dial_copy *dial)
{
	static const char put[] =
		"INSERT OR REPLACE INTO contact(" CONTACT_COLUMNS ",key,words)"
		" VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
	char *key, *words, *text;
	sqlite3_stmt *st = disk_prepare(d, put);
	int err;

	if (!st)
		return EIO;
	err = make_words(c, dial, &key, &words);
	if (!err) {
		if (id)
			bind_int(st, 1, id);
		bind_int(st, 2, c->directory);
		for (unsigned i = 1; i < ROW_TEXTS; i++)
			bind_text(st, (int)i + 2, *text_of(c, i));
		bind_int(st, ROW_TEXTS + 2, c->hand_made);
		bind_text(st, ROW_TEXTS + 3, key);
		bind_text(st, ROW_TEXTS + 4, words);
		err = disk_step(st);
	}
	if (!err && !id) {
		id = sqlite3_last_insert_rowid(d->sql);
		text = text_printf("%s:%lld", db_directory_key(c->directory),
				   (long long)id);
		free((char *)c->id);
		c->id = text;
		err = text ? 0 : ENOMEM;
	}
	if (!err)
		err = index_words(d, true, c, id, words);
	free(key);
	free(words);
	return err;
}

int contact_unindex(struct disk *d, const struct db_contact *c, int64_t id,
		    char **keyp, bool *hand_made)
{
	static const char get[] =
		"SELECT words,import_key,hand_made FROM contact WHERE id=? AND"
		" directory=? AND owner=?";
	sqlite3_stmt *st = disk_prepare(d, get);
	char *words = NULL;
	int err = 0;

	if (!st)
		return EIO;
	bind_int(st, 1, id);
	bind_int(st, 2, c->directory);
	bind_text(st, 3, c->owner);
	if (disk_row(st, &err)) {
		words = column_dup(st, 0);
		*keyp = column_dup(st, 1);
		*hand_made = sqlite3_column_int(st, 2);
	} else if (!err) {
		err = ENOENT;
	}
	sqlite3_reset(st);
	if (!err)
		err = words && *keyp ? index_words(d, false, c, id, words)
				     : ENOMEM;
	free(words);
	return err;
}

/* One that was deleted may come back under its id, which favourites hold: it
   was given once, and nobody has it now. */
static int gone_id(struct disk *d, int64_t id)
{
	static const char get[] =
		"SELECT 1 FROM sqlite_sequence WHERE name='contact' AND"
		" seq>=?1 AND NOT EXISTS(SELECT 1 FROM contact WHERE id=?1)";
	sqlite3_stmt *st = disk_prepare(d, get);
	int err = st ? 0 : EIO;

	if (err)
		return err;
	bind_int(st, 1, id);
	if (!disk_row(st, &err) && !err)
		err = EEXIST;
	sqlite3_reset(st);
	return err;
}

bool owner_exists(struct disk *d, const char *owner)
{
	static const char get[] = "SELECT 1 FROM account WHERE extension=?";
	sqlite3_stmt *st = *owner ? disk_prepare(d, get) : NULL;
	int err = 0;
	bool found;

	if (!st)
		return !*owner;
	bind_text(st, 1, owner);
	found = disk_row(st, &err);
	sqlite3_reset(st);
	return found;
}

static int reindex_one(struct disk *d, sqlite3_stmt *st,
		       const struct dial_copy *dial)
{
	static const char set[] = "UPDATE contact SET words=? WHERE id=?";
	struct db_contact c;
	int64_t id = sqlite3_column_int64(st, 0);
	char *key = NULL, *words = NULL;
	sqlite3_stmt *put;
	int err;

	memset(&c, 0, sizeof(c));
	err = contact_of_row(st, &c);
	if (!err)
		err = make_words(&c, dial, &key, &words);
	put = err ? NULL : disk_prepare(d, set);
	if (put) {
		bind_text(put, 1, words);
		bind_int(put, 2, id);
		err = disk_step(put);
	}
	if (!err)
		err = put ? index_words(d, true, &c, id, words) : EIO;
	free(key);
	free(words);
	contact_clear(&c);
	return err;
}

int contacts_reindex(struct disk *d, const struct dial_copy *before)
{
	static const char all[] =
		"SELECT " CONTACT_ALL " FROM contact ORDER BY id";
	struct dial_copy dial;
	sqlite3_stmt *st;
	int err = dial_read(d, &dial);

	if (!err && !memcmp(&dial, before, sizeof(dial)))
		return 0;
	if (!err)
		err = disk_exec(d, "DELETE FROM contact_word");
	st = err ? NULL : disk_prepare(d, all);
	while (st && !err && disk_row(st, &err))
		err = reindex_one(d, st, &dial);
	sqlite3_reset(st);
	return err || st ? err : EIO;
}

/* ---- jobs -------------------------------------------------------------- */

struct contact_job {
	struct db_job job;
	struct db_contact *c;
	size_t count;
	uint32_t max;  /* of personal ones */
	bool restored; /* some may be in favourites still */
	struct dial_copy dial;
	db_contacts_h *contacts_h;
	db_done_h *done_h;
	void *arg;
};

static void job_clear(struct db_job *job)
{
	struct contact_job *j = (struct contact_job *)job;

	contacts_free(j->c, j->count);
}

static struct contact_job *job_new(const struct db_contact *c, size_t count,
				   int (*work)(struct db_job *),
				   void (*done)(struct db_job *, int))
{
	struct contact_job *j = calloc(1, sizeof(*j));
	int err = 0;

	if (!j)
		return NULL;
	j->job = (struct db_job){
		.work = work,
		.done = done,
		.clear = job_clear,
	};
	j->c = calloc(count ? count : 1, sizeof(*j->c));
	for (; j->c && j->count < count && !err; j->count++)
		err = contact_copy(&j->c[j->count], &c[j->count]);
	if (!j->c || err) {
		job_clear(&j->job);
		free(j);
		j = NULL;
	}
	return j;
}

/* One word for all: an import need not say it a thousand times. */
static void tell_change(struct db *db, const struct db_contact *c, bool one,
			uint32_t change)
{
	if (one && c->directory == DB_PERSONAL)
		notify_emit(db->notify, change, c);
	else
		notify_emit(db->notify, DB_CHANGE_CONTACTS, c->owner);
}

/* How many in a row are one owner's. */
static size_t same_owner(const struct contact_job *j, size_t i)
{
	size_t n = i + 1;

	while (n < j->count && !strcmp(j->c[n].owner, j->c[i].owner))
		n++;
	return n - i;
}

static int add_one(struct contact_job *j, struct db_contact *c)
{
	enum db_directory dir = DB_DIRECTORY_COUNT;
	int64_t id = contact_id(c->id, &dir);
	int err = 0;

	if (id && dir != c->directory)
		err = EINVAL;
	if (id && !err)
		err = gone_id(j->job.disk, id);
	j->restored |= id != 0;
	if (!err)
		err = contact_write(j->job.disk, c, id, &j->dial);
	if (!err && id)
		err = contact_picture_back(j->job.disk, c->owner, id);
	/* what there is, whatever was said */
	if (!err && c->directory == DB_PERSONAL)
		err = contact_picture_read(j->job.disk, c,
					   contact_id(c->id, &dir));
	return err;
}

static int add_work(struct db_job *job)
{
	struct contact_job *j = (struct contact_job *)job;
	int err = dial_read(job->disk, &j->dial);

	for (size_t i = 0; i < j->count && !err; i += same_owner(j, i)) {
		const char *owner = j->c[i].owner;

		if (!owner_exists(job->disk, owner))
			err = ENOENT;
		if (!err)
			err = contacts_room(job->disk, owner, same_owner(j, i),
					    j->max);
	}
	for (size_t i = 0; i < j->count && !err; i++)
		err = add_one(j, &j->c[i]);
	return err;
}

static void add_done(struct db_job *job, int err)
{
	struct contact_job *j = (struct contact_job *)job;

	for (size_t i = 0; i < j->count && !err; i++)
		names_put(job->db, &j->c[i]);
	for (size_t i = 0; i < j->count && !err; i += same_owner(j, i))
		tell_change(job->db, &j->c[i], j->count == 1,
			    DB_CHANGE_CONTACT);
	if (!err && j->restored)
		notify_emit(job->db->notify, DB_CHANGE_FAVOURITES,
			    j->c[0].owner);
	if (j->contacts_h)
		j->contacts_h(err, err ? NULL : j->c, err ? 0 : j->count, false,
			      j->arg);
}

static bool contact_ok(const struct db_contact *c)
{
	bool personal = c->directory == DB_PERSONAL;

	return (unsigned)c->directory < DB_DIRECTORY_COUNT &&
	       c->directory != DB_INTERNAL && personal != text_empty(c->owner);
}

void db_contacts_add(struct db *db, const struct db_contact *c, size_t count,
		     db_contacts_h *h, void *arg)
{
	struct contact_job *j = NULL;
	int err = db && c && count ? 0 : EINVAL;

	for (size_t i = 0; i < count && !err; i++)
		if (!contact_ok(&c[i]))
			err = EINVAL;
	if (!err) {
		j = job_new(c, count, add_work, add_done);
		err = j ? 0 : ENOMEM;
	}
	if (err) {
		if (h)
			h(err, NULL, 0, false, arg);
		return;
	}
	j->max = db_setting_number(db, "contacts_max");
	j->contacts_h = h;
	j->arg = arg;
	db_job_run(db, &j->job);
}

static int change_work(struct db_job *job)
{
	struct contact_job *j = (struct contact_job *)job;
	enum db_directory dir;
	int64_t id = contact_id(j->c->id, &dir);
	char *key = NULL;
	bool hand_made;
	int err = contact_unindex(job->disk, j->c, id, &key, &hand_made);

	if (!err) {
		free((char *)j->c->key);
		j->c->key = key;
		j->c->hand_made = *key;
		key = NULL;
		err = dial_read(job->disk, &j->dial);
	}
	free(key);
	if (!err)
		err = contact_write(job->disk, j->c, id, &j->dial);
	return err ? err : contact_picture_read(job->disk, j->c, id);
}

static void change_done(struct db_job *job, int err)
{
	struct contact_job *j = (struct contact_job *)job;
	enum db_directory dir;

	if (!err) {
		names_remove(job->db, contact_id(j->c->id, &dir));
		names_put(job->db, j->c);
		tell_change(job->db, j->c, true, DB_CHANGE_CONTACT);
	}
	tell(j->done_h, err, j->arg);
}

static int remove_work(struct db_job *job)
{
	static const char gone[] = "DELETE FROM contact WHERE id=?";
	struct contact_job *j = (struct contact_job *)job;
	enum db_directory dir;
	int64_t id = contact_id(j->c->id, &dir);
	char *key = NULL;
	bool hand_made;
	int err = contact_unindex(job->disk, j->c, id, &key, &hand_made);
	sqlite3_stmt *st;

	free(key);
	if (!err)
		err = contact_picture_gone(job->disk, j->c->owner, id);
	if (err)
		return err;
	st = disk_prepare(job->disk, gone);
	if (!st)
		return EIO;
	bind_int(st, 1, id);
	return disk_step(st);
}

static void remove_done(struct db_job *job, int err)
{
	struct contact_job *j = (struct contact_job *)job;
	enum db_directory dir;

	if (!err) {
		names_remove(job->db, contact_id(j->c->id, &dir));
		tell_change(job->db, j->c, true, DB_CHANGE_CONTACT_GONE);
	}
	tell(j->done_h, err, j->arg);
}

static void one(struct db *db, const struct db_contact *c,
		int (*work)(struct db_job *),
		void (*done)(struct db_job *, int), db_done_h *h, void *arg)
{
	enum db_directory dir = DB_DIRECTORY_COUNT;
	struct contact_job *j;
	int64_t id = db && c ? contact_id(c->id, &dir) : 0;
	int err = 0;

	if (dir == DB_INTERNAL)
		err = EPERM;
	else if (!id || dir != c->directory || !contact_ok(c))
		err = ENOENT;
	j = err ? NULL : job_new(c, 1, work, done);
	if (!j) {
		tell(h, err ? err : ENOMEM, arg);
		return;
	}
	j->done_h = h;
	j->arg = arg;
	db_job_run(db, &j->job);
}

void db_contact_change(struct db *db, const struct db_contact *c, db_done_h *h,
		       void *arg)
{
	one(db, c, change_work, change_done, h, arg);
}

void db_contact_remove(struct db *db, const char *owner, const char *id,
		       db_done_h *h, void *arg)
{
	struct db_contact c = {.id = id, .owner = owner};

	contact_id(id, &c.directory);
	one(db, &c, remove_work, remove_done, h, arg);
}
