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

struct setting_job {
	struct db_job job;
	char *owner, *name, *value;
	db_done_h *h;
	void *arg;
};

static bool is_dialling(const char *name)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (!strcmp(defaults[i].name, name))
			return true;
	return false;
}

static int set_work(struct db_job *job)
{
	static const char set[] = "INSERT OR REPLACE INTO setting"
				  "(owner,name,value) VALUES(?,?,?)";
	static const char forget[] =
		"DELETE FROM setting WHERE owner=? AND name=?";
	struct setting_job *j = (struct setting_job *)job;
	sqlite3_stmt *st = disk_prepare(job->disk, j->value ? set : forget);
	int err;

	if (!st)
		return EIO;
	if (!owner_exists(job->disk, j->owner))
		return ENOENT;
	bind_text(st, 1, j->owner);
	bind_text(st, 2, j->name);
	if (j->value)
		bind_text(st, 3, j->value);
	err = disk_step(st);
	if (!err && !*j->owner && is_dialling(j->name))
		err = contacts_reindex(job->disk);
	return err;
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
	if (!err && !*j->owner && is_dialling(j->name))
		err = names_rehash(db);
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

void db_setting_set(struct db *db, const char *owner, const char *name,
		    const char *value, db_done_h *h, void *arg)
{
	struct setting_job *j;

	if (!db || text_empty(name) || strlen(name) > NAME_MAX_LEN ||
	    (value && strlen(value) > VALUE_MAX_LEN)) {
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

/* ---- dialling parameters ----------------------------------------------- */

static unsigned extension_max(const struct db *db)
{
	const char *set = db_setting(db, "", "extension_max");
	size_t max = set ? strtoul(set, NULL, 10) : 0;

	for (size_t i = 0; !set && i < db->accounts.count; i++) {
		const struct db_account *a = &db->accounts.account[i]->pub;
		size_t n = a->trunk ? 0 : strlen(a->extension);

		if (n > max)
			max = n;
	}
	return (unsigned)(max > 15 ? 15 : max);
}

void db_dial_params(const struct db *db, struct proto_dial_params *p)
{
	*p = (struct proto_dial_params){
		.country = db_setting(db, "", "country"),
		.area = db_setting(db, "", "area"),
		.location = db_setting(db, "", "location"),
		.access = db_setting(db, "", "access"),
		.national = db_setting(db, "", "national"),
		.international = db_setting(db, "", "international"),
		.extension_max = extension_max(db),
	};
}

static void dial_set(struct dial_copy *d, const char *name, const char *value)
{
	const struct {
		const char *name;
		char *to;
		size_t size;
	} field[] = {
		{"country", d->country, sizeof(d->country)},
		{"area", d->area, sizeof(d->area)},
		{"location", d->location, sizeof(d->location)},
		{"access", d->access, sizeof(d->access)},
		{"national", d->national, sizeof(d->national)},
		{"international", d->international, sizeof(d->international)},
	};

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++)
		if (!strcmp(field[i].name, name))
			str_ncpy(field[i].to, value, field[i].size);
	if (!strcmp(name, "extension_max"))
		d->extension_max = (unsigned)strtoul(value, NULL, 10);
}

int dial_read(struct disk *disk, struct dial_copy *d)
{
	static const char longest[] =
		"SELECT 'extension_max',max(length(extension)) FROM account"
		" WHERE NOT trunk AND extension>''"
		" UNION ALL SELECT name,value FROM setting WHERE owner=''";
	sqlite3_stmt *st = disk_prepare(disk, longest);
	int err = st ? 0 : EIO;

	memset(d, 0, sizeof(*d));
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		dial_set(d, defaults[i].name, defaults[i].value);
	/* What is set comes after what is found, and replaces it. */
	while (!err && disk_row(st, &err))
		dial_set(d, column_text(st, 0), column_text(st, 1));
	if (d->extension_max > 15)
		d->extension_max = 15;
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
