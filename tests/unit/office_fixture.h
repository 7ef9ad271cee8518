/**
 * @file office_fixture.h  A database in a folder of its own, asked and waited
 *                         for
 */
#ifndef OFFHOOK_TEST_OFFICE_FIXTURE_H
#define OFFHOOK_TEST_OFFICE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include <unistd.h>
#include <cmocka.h>
#include <offhook/server/db.h>
#include "until.h"

enum { ROWS = 16 };

/* What came back last. */
struct office {
	char dir[64];
	struct db *db;
	struct notify_sub *sub;
	unsigned changes[32]; /* how many of each kind were told */
	bool done;
	int err;
	enum db_login login;
	size_t count, total;
	bool more;
	char *id[ROWS];	  /* of contacts or groups */
	char *name[ROWS]; /* "first last", or of groups */
	struct db_entry entry[ROWS];
	char *number[ROWS]; /* of entries; of groups: members' ids */
};

static inline bool office_is_done(void *arg)
{
	return ((struct office *)arg)->done;
}

static inline int office_wait(struct office *o)
{
	assert_true(until(office_is_done, o));
	o->done = false;
	return o->err;
}

static inline void office_clear(struct office *o)
{
	for (size_t i = 0; i < ROWS; i++) {
		free(o->id[i]);
		free(o->name[i]);
		free(o->number[i]);
		o->id[i] = o->name[i] = o->number[i] = NULL;
	}
	o->count = o->total = 0;
}

static inline void office_done(int err, void *arg)
{
	struct office *o = arg;

	o->err = err;
	o->done = true;
}

static inline void office_logged_in(enum db_login result, void *arg)
{
	struct office *o = arg;

	o->login = result;
	o->done = true;
}

static inline void office_contacts(int err, const struct db_contact *c,
				   size_t count, bool more, void *arg)
{
	struct office *o = arg;

	office_clear(o);
	o->more = more;
	o->count = count;
	for (size_t i = 0; i < count && i < ROWS; i++) {
		o->id[i] = strdup(c[i].id);
		o->name[i] = text_printf("%s %s", c[i].first, c[i].last);
	}
	office_done(err, o);
}

static inline void office_found(int err, const struct db_contact *c,
				size_t count, size_t total, void *arg)
{
	struct office *o = arg;

	office_contacts(err, c, count, false, o);
	o->total = total;
}

static inline void office_groups(int err, const struct db_group *g,
				 size_t count, void *arg)
{
	struct office *o = arg;

	office_clear(o);
	o->count = count;
	for (size_t i = 0; i < count && i < ROWS; i++) {
		struct text_buf b = {NULL, 0, 0, 0};

		o->id[i] = strdup(g[i].id);
		o->name[i] = strdup(g[i].name);
		text_buf_add(&b, "");
		for (size_t k = 0; k < g[i].count; k++)
			text_buf_printf(&b, "%s%s", k ? " " : "",
					g[i].member[k].contact);
		o->number[i] = text_buf_take(&b);
	}
	office_done(err, o);
}

static inline void office_entries(int err, const struct db_entry *e,
				  size_t count, bool more, void *arg)
{
	struct office *o = arg;

	office_clear(o);
	o->more = more;
	o->count = count;
	for (size_t i = 0; i < count && i < ROWS; i++) {
		o->entry[i] = e[i];
		o->number[i] = strdup(e[i].number);
		o->name[i] = strdup(e[i].name);
	}
	office_done(err, o);
}

static inline void office_changed(uint32_t kind, const void *subject, void *arg)
{
	struct office *o = arg;

	(void)subject;
	for (unsigned i = 0; i < 32; i++)
		o->changes[i] += kind >> i & 1;
}

static inline void office_open(struct office *o)
{
	assert_int_equal(db_alloc(&o->db, o->dir), 0);
	assert_int_equal(notify_subscribe(&o->sub, db_notify(o->db),
					  DB_CHANGE_ALL, office_changed, o),
			 0);
}

static inline void office_close(struct office *o)
{
	o->sub = mem_deref(o->sub);
	o->db = mem_deref(o->db);
}

static inline int office_setup(void **state)
{
	struct office *o = calloc(1, sizeof(*o));
	const char *tmp = getenv("TMPDIR");

	snprintf(o->dir, sizeof(o->dir), "%s/office-XXXXXX",
		 tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(o->dir));
	assert_int_equal(loop_init(LOOP_FEW), 0);
	office_open(o);
	*state = o;
	return 0;
}

/* What lies in the folder of messages. @param last  Set to the path of one of
   them, or NULL @return how many */
static inline size_t office_messages(const struct office *o, char last[512])
{
	char dir[128];
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/voicemail", o->dir);
	d = opendir(dir);
	while (d && (e = readdir(d))) {
		if (*e->d_name == '.')
			continue;
		n++;
		if (last)
			snprintf(last, 512, "%s/%s", dir, e->d_name);
	}
	if (d)
		closedir(d);
	return n;
}

static inline int office_teardown(void **state)
{
	static const char *const files[] = {"office.db",     "office.db-wal",
					    "office.db-shm", "secret",
					    "tls.key",	     "tls.crt"};
	struct office *o = *state;
	char path[512];

	office_close(o);
	office_clear(o);
	loop_close();
	while (office_messages(o, path))
		unlink(path);
	snprintf(path, sizeof(path), "%s/voicemail", o->dir);
	rmdir(path);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", o->dir, files[i]);
		unlink(path);
	}
	rmdir(o->dir);
	free(o);
	return 0;
}

static inline int office_add_user(struct office *o, const char *extension,
				  const char *first, const char *last,
				  const char *password)
{
	const struct db_account_prm prm = {
		.extension = extension,
		.first = first,
		.last = last,
		.password = password,
		.licensed = -1,
		.must_change = -1,
		.can = -1,
	};

	db_account_add(o->db, &prm, office_done, o);
	return office_wait(o);
}

/* The line to the public network, called "trunk". */
static inline void office_add_trunk(struct office *o)
{
	const struct db_account_prm prm = {
		.extension = "trunk",
		.last = "Line",
		.licensed = -1,
		.must_change = -1,
		.can = -1,
		.trunk = true,
	};

	db_account_add(o->db, &prm, office_done, o);
	assert_int_equal(office_wait(o), 0);
}

static inline enum db_login
office_log_in(struct office *o, const char *extension, const char *password)
{
	db_login(o->db, extension, password, office_logged_in, o);
	office_wait(o);
	return o->login;
}

static inline int office_set(struct office *o, const char *name,
			     const char *value)
{
	db_setting_set(o->db, "", name, value, office_done, o);
	return office_wait(o);
}

/* Munich, as in the manual's examples. */
static inline void office_munich(struct office *o)
{
	office_set(o, "country", "49");
	office_set(o, "area", "89");
	office_set(o, "location", "7007");
}

#endif
