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
	{"voicemail", "71"},
	{"language", "en"},
	/* clang-format on */
};

/* Those that are numbers. */
static const struct {
	const char *name;
	uint32_t initial, least, most;
} numbers[] = {
	{"voicemail_s", 20, 1, 600},
	{"voicemail_max_s", 180, 1, 3600},
	{"voicemail_messages", 100, 1, 1000},
	{"voicemail_days", 30, 1, 3650},
	{"smtp_port", 587, 1, 65535},
	{"mail_retry_s", 60, 1, 3600},
	{"mail_tries", 12, 1, 100},
	{"callme_s", 60, 1, 600},
	{"messages", 5000, 100, 1000000},
	{"messages_waiting", 1000, 1, 100000},
	{"contacts_max", 10000, 1, 100000},
	{"contact_pictures_max", 2000, 0, 100000},
};

static bool number_in(size_t i, const char *value, uint32_t *np)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || n < numbers[i].least ||
	    n > numbers[i].most)
		return false;
	*np = (uint32_t)n;
	return true;
}

static void setting_free(struct setting *s)
{
	list_unlink(&s->le);
	hash_unlink(&s->he);
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

static uint32_t hash_of(const char *owner, const char *name)
{
	return hash_joaat_str(owner) * 31 + hash_joaat_str(name);
}

/* From now on it is found. */
static void install(struct db *db, struct setting *s)
{
	list_unlink(&s->le);
	list_append(&db->settings, &s->le, s);
	hash_append(db->setting_by, hash_of(s->owner, s->name), &s->he, s);
}

void settings_install(struct db *db, struct list *settings)
{
	settings_free(&db->settings);
	while (settings->head)
		install(db, settings->head->data);
}

static struct setting *find(const struct db *db, const char *owner,
			    const char *name)
{
	struct le *le =
		list_head(hash_list(db->setting_by, hash_of(owner, name)));

	for (; le; le = le->next) {
		struct setting *s = le->data;

		if (!strcmp(s->name, name) && !strcmp(s->owner, owner))
			return s;
	}
	return NULL;
}

void settings_replace(struct db *db, struct list *settings)
{
	struct list was = LIST_INIT;
	struct le *le;

	while ((le = db->settings.head)) {
		struct setting *s = le->data;

		list_unlink(&s->le);
		hash_unlink(&s->he);
		list_append(&was, &s->le, s);
	}
	while ((le = settings->head)) {
		((struct setting *)le->data)->fresh = true;
		install(db, le->data);
	}
	while ((le = was.head)) {
		struct setting *s = le->data, *is;

		list_unlink(&s->le);
		is = find(db, s->owner, s->name);
		if (is && text_equal(is->value, s->value)) {
			is->fresh = false;
			setting_free(s);
		} else {
			list_append(settings, &s->le, s);
		}
	}
}

/* Observers may change none of them while they are told. */
void settings_tell(struct db *db, const struct list *was)
{
	struct le *le;

	LIST_FOREACH (was, le) {
		const struct setting *s = le->data;
		const struct db_setting told = {s->owner, s->name, NULL};

		if (!find(db, s->owner, s->name))
			notify_emit(db->notify, DB_CHANGE_SETTING, &told);
	}
	LIST_FOREACH (&db->settings, le) {
		struct setting *s = le->data;
		const struct db_setting told = {s->owner, s->name, s->value};

		if (s->fresh)
			notify_emit(db->notify, DB_CHANGE_SETTING, &told);
		s->fresh = false;
	}
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

uint32_t db_setting_number(const struct db *db, const char *name)
{
	const char *value = db_setting(db, "", name);
	uint32_t n;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(numbers[i].name, name) != 0)
			continue;
		n = numbers[i].initial;
		if (value)
			(void)number_in(i, value, &n);
		return n;
	}
	return 0;
}

void db_settings(const struct db *db, const char *owner, db_setting_h *h,
		 void *arg)
{
	for (struct le *le = db->settings.head; le; le = le->next) {
		const struct setting *s = le->data;

		if (!strcmp(s->owner, owner))
			h(s->name, s->value, arg);
	}
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
enum { EXTENSION_DIGITS = 15, GROUP_FIELD_MAX = 60 };

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

int setting_write(struct disk *d, const char *owner, const char *name,
		  const char *value)
{
	static const char set[] = "INSERT OR REPLACE INTO setting"
				  "(owner,name,value) VALUES(?,?,?)";
	static const char forget[] =
		"DELETE FROM setting WHERE owner=? AND name=?";
	sqlite3_stmt *st = disk_prepare(d, value ? set : forget);

	if (!st)
		return EIO;
	bind_text(st, 1, owner);
	bind_text(st, 2, name);
	if (value)
		bind_text(st, 3, value);
	return disk_step(st);
}

static int set_work(struct db_job *job)
{
	struct setting_job *j = (struct setting_job *)job;
	struct dial_copy before;
	int err;

	if (!owner_exists(job->disk, j->owner))
		return ENOENT;
	err = dial_read(job->disk, &before);
	if (!err)
		err = setting_write(job->disk, j->owner, j->name, j->value);
	return err ? err : contacts_reindex(job->disk, &before);
}

int setting_written(struct db *db, const char *owner, const char *name,
		    const char *value)
{
	const struct db_setting told = {owner, name, value};
	struct setting *s = find(db, owner, name);
	struct list set = LIST_INIT;
	int err = 0;

	if (s)
		setting_free(s);
	if (value)
		err = put(&set, strdup(owner), strdup(name), strdup(value));
	if (set.head)
		install(db, set.head->data);
	dial_update(db, NULL);
	if (!err)
		notify_emit(db->notify, DB_CHANGE_SETTING, &told);
	return err;
}

static void set_done(struct db_job *job, int err)
{
	struct setting_job *j = (struct setting_job *)job;

	if (!err)
		err = setting_written(job->db, j->owner, j->name, j->value);
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

/* "all; 20; Support; 201 202 203" */
static bool group_ok(const char *name, const char *value)
{
	static const char prefix[] = "group.";
	size_t n = sizeof(prefix) - 1;
	unsigned parts = 1;

	if (strncmp(name, prefix, n) != 0 || !name[n] ||
	    strlen(name + n) > EXTENSION_DIGITS ||
	    strspn(name + n, "0123456789") != strlen(name + n))
		return false;
	for (const char *p = value ? value : ";;;"; *p; p++) {
		parts += *p == ';';
		if (parts < 4 && strcspn(p, ";") > GROUP_FIELD_MAX)
			return false;
	}
	return parts == 4 && (!value || !strncmp(value, "all;", 4) ||
			      !strncmp(value, "turn;", 5));
}

/* A host with or without its port, or a link (RFC 3986 §2). */
static bool collaboration_ok(const char *name, const char *value)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-._~:/?[]@&=+%{}";

	if (strcmp(name, "collaboration") != 0)
		return false;
	if (!value)
		return true;
	return *value && !value[strspn(value, letters)] &&
	       value[strlen(value) - 1] != ':' &&
	       (!strncmp(value, "https://", 8) || !strchr(value, '/'));
}

static bool is_one_of(const char *value, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(*words, value))
			return true;
	return false;
}

/* The server that takes e-mail. */
static bool mail_ok(const char *name, const char *value)
{
	static const char *const names[] = {
		"smtp_host", "smtp_user",     "smtp_from", "smtp_password_file",
		"smtp_ca",   "smtp_security", NULL};
	static const char *const ways[] = {"starttls", "tls", "none", NULL};

	if (!is_one_of(name, names) || (value && strpbrk(value, " \t\r\n")))
		return false;
	if (!strcmp(name, "smtp_security"))
		return !value || is_one_of(value, ways);
	if (!strcmp(name, "smtp_host"))
		return !value || (*value && !strpbrk(value, "/@?#"));
	if (!strcmp(name, "smtp_from"))
		return !value || strchr(value, '@');
	return !value || *value;
}

/* The answering boxes, and how long things take. */
static bool other_ok(const struct db *db, const char *name, const char *value)
{
	static const char *const languages[] = {"en", "de", "fr", NULL};
	uint32_t n;

	if (!strncmp(name, "smtp_", 5) && strcmp(name, "smtp_port"))
		return mail_ok(name, value);
	if (!strcmp(name, "language"))
		return !value || is_one_of(value, languages);
	if (!strcmp(name, "voicemail"))
		return !value ||
		       (strlen(value) <= EXTENSION_DIGITS &&
			strspn(value, "0123456789") == strlen(value) &&
			!db_account(db, value));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(numbers[i].name, name))
			return !value || number_in(i, value, &n);
	return false;
}

void db_setting_set(struct db *db, const char *owner, const char *name,
		    const char *value, db_done_h *h, void *arg)
{
	struct setting_job *j;

	if (!db || text_empty(name) || strlen(name) > NAME_MAX_LEN ||
	    (value && strlen(value) > VALUE_MAX_LEN) ||
	    (text_empty(owner) && !dialling_ok(name, value) &&
	     !group_ok(name, value) && !collaboration_ok(name, value) &&
	     !other_ok(db, name, value))) {
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
