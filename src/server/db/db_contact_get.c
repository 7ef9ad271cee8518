/**
 * @file db_contact_get.c  Contacts by their ids
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

struct get {
	struct db_job job;
	char *viewer;
	struct db_contact *c; /* those without a directory are still wanted */
	int64_t *id;	      /* 0: it was copied on the loop */
	enum db_directory *directory;
	size_t count;
	db_contacts_h *h;
	void *arg;
};

static void get_clear(struct db_job *job)
{
	struct get *g = (struct get *)job;

	contacts_free(g->c, g->c ? g->count : 0);
	free(g->id);
	free(g->directory);
	free(g->viewer);
}

int contact_read(struct disk *d, const char *viewer, enum db_directory dir,
		 int64_t id, struct db_contact *c)
{
	static const char get[] =
		"SELECT " CONTACT_ALL " FROM contact"
		" WHERE id=? AND directory=? AND (owner='' OR owner=?)";
	sqlite3_stmt *st = disk_prepare(d, get);
	int err = 0;

	if (!st)
		return EIO;
	bind_int(st, 1, id);
	bind_int(st, 2, dir);
	bind_text(st, 3, viewer);
	if (disk_row(st, &err))
		err = contact_of_row(st, c);
	else if (!err)
		err = ENOENT;
	sqlite3_reset(st);
	return err;
}

static int get_work(struct db_job *job)
{
	struct get *g = (struct get *)job;
	size_t n = 0;
	int err = 0;

	for (size_t i = 0; i < g->count && !err; i++) {
		struct db_contact c = g->c[i];

		memset(&g->c[i], 0, sizeof(g->c[i]));
		if (g->id[i])
			err = contact_read(job->disk, g->viewer,
					   g->directory[i], g->id[i], &c);
		if (!err && c.id)
			g->c[n++] = c;
		if (err == ENOENT)
			err = 0;
	}
	g->count = n;
	return err;
}

static void get_done(struct db_job *job, int err)
{
	struct get *g = (struct get *)job;

	if (g->h)
		g->h(err, err ? NULL : g->c, err ? 0 : g->count, false, g->arg);
}

static int prepare(struct db *db, struct get *g, const char *viewer,
		   const char *const *id, size_t count)
{
	int err = 0;

	g->viewer = strdup(viewer ? viewer : "");
	g->c = calloc(count + 1, sizeof(*g->c));
	g->id = calloc(count + 1, sizeof(*g->id));
	g->directory = calloc(count + 1, sizeof(*g->directory));
	if (!g->viewer || !g->c || !g->id || !g->directory)
		return ENOMEM;
	g->count = count;
	for (size_t i = 0; i < count && !err; i++) {
		enum db_directory *dir = &g->directory[i];
		const struct account *a = NULL;

		*dir = DB_DIRECTORY_COUNT;
		g->id[i] = contact_id(id[i], dir);
		if (*dir != DB_INTERNAL)
			continue;
		g->id[i] = 0;
		a = account_find(db, id[i] + 4);
		if (a && !a->pub.trunk)
			err = account_contact(a, &g->c[i]);
	}
	return err;
}

void db_contacts_get(struct db *db, const char *viewer, const char *const *id,
		     size_t count, db_contacts_h *h, void *arg)
{
	struct get *g = db ? calloc(1, sizeof(*g)) : NULL;
	int err;

	if (!g) {
		if (h)
			h(db ? ENOMEM : EINVAL, NULL, 0, false, arg);
		return;
	}
	g->job = (struct db_job){
		.read_only = true,
		.work = get_work,
		.done = get_done,
		.clear = get_clear,
	};
	g->h = h;
	g->arg = arg;
	err = prepare(db, g, viewer, id, count);
	if (err)
		db_job_end(&g->job, err);
	else
		db_job_run(db, &g->job);
}
