/**
 * @file db_setting.c  Settings of the server and of accounts
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

enum { NAME_MAX_LEN = 64, VALUE_MAX_LEN = 65536 };

/* What holds until the administrator says something else. */
static const struct {
	const char *name;
	const char *value;
} defaults[] = {
	/* clang-format off */
	{"country", ""},
	{"area", ""},
	{"location", ""},
	{"access", "0"},
	{"national", "0"},
	{"international", "00"},
	/* clang-format on */
};

static void setting_free(struct setting *s)
{
	list_unlink(&s->le);
	free(s->owner);
	free(s->name);
	free(s->value);
	free(s);
}

void settings_free(struct list *settings)
{
	for (struct le *le = settings->head, *next; le; le = next) {
		next = le->next;
		setting_free(le->data);
	}
}

/* Takes the three texts. */
static int put(struct list *settings, char *owner, char *name, char *value)
{
	struct setting *s = calloc(1, sizeof(*s));

	if (!s || !owner || !name || !value) {
		free(s);
		free(owner);
		free(name);
		free(value);
		return ENOMEM;
	}
	s->owner = owner;
	s->name = name;
	s->value = value;
	list_append(settings, &s->le, s);
	return 0;
}

int settings_read(struct disk *d, struct list *settings)
{
	static const char all[] = "SELECT owner,name,value FROM setting";
	sqlite3_stmt *st = disk_prepare(d, all);
	int err = st ? 0 : EIO;

	while (!err && disk_row(st, &err))
		err = put(settings, column_dup(st, 0), column_dup(st, 1),
			  column_dup(st, 2));
	sqlite3_reset(st);
	return err;
}

void settings_install(struct db *db, struct list *settings)
{
	struct le *le;

	settings_free(&db->settings);
	while ((le = settings->head)) {
		list_unlink(le);
		list_append(&db->settings, le, le->data);
	}
}

static struct setting *find(const struct db *db, const char *owner,
			    const char *name)
{
	for (struct le *le = db->settings.head; le; le = le->next) {
		struct setting *s = le->data;

		if (!strcmp(s->name, name) && !strcmp(s->owner, owner))
			return s;
	}
	return NULL;
}

void settings_forget(struct db *db, const char *owner)
{
	struct le *le = db->settings.head;

	while (le) {
		struct setting *s = le->data;

		le = le->next;
		if (!strcmp(s->owner, owner))
			setting_free(s);
	}
}

const char *db_setting(const struct db *db, const char *owner, const char *name)
{
	const struct setting *s;

	if (!db || !name)
		return NULL;
	s = find(db, owner ? owner : "", name);
	if (s)
		return s->value;
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (text_empty(owner) && !strcmp(defaults[i].name, name))
			return defaults[i].value;
	return NULL;
}

/* ---- dialling parameters ----------------------------------------------- */

static const struct {
	const char *name;
	size_t at, size; /* in struct dial_copy */
} fields[] = {
#define FIELD(f)                                           \
	{                                                  \
#f, offsetof(struct dial_copy, f),         \
			sizeof(((struct dial_copy *)0)->f) \
	}
	/* clang-format off */
	FIELD(country),
	FIELD(area),
	FIELD(location),
	FIELD(access),
	FIELD(national),
	FIELD(international),
	/* clang-format on */
};
enum { EXTENSION_DIGITS = 15 };

/* How long a value may be, and one more; 0 if there is no such parameter. */
static size_t dial_room(const char *name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(fields[i].name, name))
			return fields[i].size;
	return strcmp(name, "extension_max") ? 0 : sizeof("15");
}

static void dial_set(struct dial_copy *d, const char *name, const char *value)
{
	unsigned long digits;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(fields[i].name, name))
			str_ncpy((char *)d + fields[i].at, value,
				 fields[i].size);
	if (strcmp(name, "extension_max") != 0)
		return;
	digits = strtoul(value, NULL, 10);
	d->extension_max =
		digits > EXTENSION_DIGITS ? EXTENSION_DIGITS : (unsigned)digits;
}

static void dial_begin(struct dial_copy *d)
{
	/* Compared as a whole. */
	memset(d, 0, sizeof(*d));
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		dial_set(d, defaults[i].name, defaults[i].value);
}

void dial_update(struct db *db, const struct dial_copy *spelled)
{
	struct dial_copy d, old = db->dial;

	dial_begin(&d);
	for (size_t i = 0; i < db->accounts.count; i++) {
		const struct db_account *a = &db->accounts.account[i]->pub;
		size_t n = a->trunk ? 0 : strlen(a->extension);

		if (n > d.extension_max)
			d.extension_max = (unsigned)n;
	}
	for (struct le *le = db->settings.head; le; le = le->next) {
		const struct setting *s = le->data;

		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): unlinked */
		if (!*s->owner)
			dial_set(&d, s->name, s->value);
	}
	db->dial = d;
	if (memcmp(&d, spelled ? spelled : &old, sizeof(d)) != 0)
		accounts_respell(db);
	/* Before the worker runs nothing has been read yet. */
	if (db->queue && memcmp(&d, &old, sizeof(d)) != 0 && names_rehash(db))
		log_error("no memory to read the names of numbers anew");
}

void db_dial_params(const struct db *db, struct proto_dial_params *p)
{
	dial_params(&db->dial, p);
}

int dial_read(struct disk *disk, struct dial_copy *d)
{
	static const char longest[] =
		"SELECT 'extension_max',max(length(extension)) FROM account"
		" WHERE NOT trunk AND extension>''"
		" UNION ALL SELECT name,value FROM setting WHERE owner=''";
	sqlite3_stmt *st = disk_prepare(disk, longest);
	int err = st ? 0 : EIO;

	dial_begin(d);
	/* What is set comes after what is found, and replaces it. */
	while (!err && disk_row(st, &err))
		dial_set(d, column_text(st, 0), column_text(st, 1));
	sqlite3_reset(st);
	return err;
}

void dial_params(const struct dial_copy *d, struct proto_dial_params *p)
{
	*p = (struct proto_dial_params){
		.country = d->country,
		.area = d->area,
		.location = d->location,
		.access = d->access,
		.national = d->national,
		.international = d->international,
		.extension_max = d->extension_max,
	};
}

/* ---- set ---------------------------------------------------------------- */

struct setting_job {
	struct db_job job;
	char *owner, *name, *value;
	db_done_h *h;
	void *arg;
};

static int set_work(struct db_job *job)
{
	static const char set[] = "INSERT OR REPLACE INTO setting"
				  "(owner,name,value) VALUES(?,?,?)";
	static const char forget[] =
		"DELETE FROM setting WHERE owner=? AND name=?";
	struct setting_job *j = (struct setting_job *)job;
	struct dial_copy before;
	sqlite3_stmt *st;
	int err;

	if (!owner_exists(job->disk, j->owner))
		return ENOENT;
	err = dial_read(job->disk, &before);
	st = err ? NULL : disk_prepare(job->disk, j->value ? set : forget);
	if (!st)
		return err ? err : EIO;
	bind_text(st, 1, j->owner);
	bind_text(st, 2, j->name);
	if (j->value)
		bind_text(st, 3, j->value);
	err = disk_step(st);
	return err ? err : contacts_reindex(job->disk, &before);
}

static void set_done(struct db_job *job, int err)
{
	struct setting_job *j = (struct setting_job *)job;
	struct db *db = job->db;
	struct db_setting told = {j->owner, j->name, j->value};
	struct setting *s;

	if (!err) {
		s = find(db, j->owner, j->name);
		if (s)
			setting_free(s);
		if (j->value)
			err = put(&db->settings, strdup(j->owner),
				  strdup(j->name), strdup(j->value));
	}
	dial_update(db, NULL);
	if (!err)
		notify_emit(db->notify, DB_CHANGE_SETTING, &told);
	tell(j->h, err, j->arg);
}

static void set_clear(struct db_job *job)
{
	struct setting_job *j = (struct setting_job *)job;

	free(j->owner);
	free(j->name);
	free(j->value);
}

/* What numbers are read by must be read the same on both sides. */
static bool dialling_ok(const char *name, const char *value)
{
	size_t size = dial_room(name), n = value ? strlen(value) : 0;

	return size && n < size && (!n || strspn(value, "0123456789") == n);
}

void db_setting_set(struct db *db, const char *owner, const char *name,
		    const char *value, db_done_h *h, void *arg)
{
	struct setting_job *j;

	if (!db || text_empty(name) || strlen(name) > NAME_MAX_LEN ||
	    (value && strlen(value) > VALUE_MAX_LEN) ||
	    (text_empty(owner) && !dialling_ok(name, value))) {
		tell(h, EINVAL, arg);
		return;
	}
	j = calloc(1, sizeof(*j));
	if (!j) {
		tell(h, ENOMEM, arg);
		return;
	}
	j->job = (struct db_job){
		.work = set_work,
		.done = set_done,
		.clear = set_clear,
	};
	j->owner = strdup(owner ? owner : "");
	j->name = line_dup(name);
	j->value = value ? text_clean_lines(value, (size_t)-1, VALUE_MAX_LEN)
			 : NULL;
	j->h = h;
	j->arg = arg;
	if (j->owner && j->name && (j->value || !value))
		db_job_run(db, &j->job);
	else
		db_job_end(&j->job, ENOMEM);
}
