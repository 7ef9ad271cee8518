/**
 * @file db_favourite.c  Favourites: groups and members of an account
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

enum { GROUPS_MAX = 200, MEMBERS_MAX = 2000 };

struct favourites {
	struct db_job job;
	char *owner;
	struct db_group *group;
	size_t count;
	bool set;
	struct db_favourite_edit edit; /* its texts are ours */
	db_groups_h *h;
	void *arg;
};

static void group_clear(struct db_group *g)
{
	for (size_t i = 0; i < g->count; i++) {
		free((char *)g->member[i].contact);
		free((char *)g->member[i].number);
	}
	free((void *)g->member);
	free((char *)g->id);
	free((char *)g->name);
}

static void job_clear(struct db_job *job)
{
	struct favourites *f = (struct favourites *)job;

	for (size_t i = 0; i < f->count; i++)
		group_clear(&f->group[i]);
	free(f->group);
	free(f->owner);
	free((char *)f->edit.group);
	free((char *)f->edit.contact);
	free((char *)f->edit.name);
	free((char *)f->edit.number);
}

/* Takes the two texts. */
static struct db_group *group_add(struct favourites *f, char *id, char *name)
{
	struct db_group *more = NULL;

	if (id && name)
		more = realloc(f->group, (f->count + 1) * sizeof(*more));
	if (!more) {
		free(id);
		free(name);
		return NULL;
	}
	f->group = more;
	more[f->count] = (struct db_group){.id = id, .name = name};
	return &more[f->count++];
}

/* Takes the two texts. */
static int member_add(struct db_group *g, char *contact, char *number)
{
	struct db_member *more = NULL;

	if (contact && number)
		more = realloc((void *)g->member,
			       (g->count + 1) * sizeof(*more));
	if (!more) {
		free(contact);
		free(number);
		return ENOMEM;
	}
	g->member = more;
	more[g->count++] = (struct db_member){contact, number};
	return 0;
}

/* ---- on the worker ----------------------------------------------------- */

static int read_members(struct disk *d, struct db_group *g)
{
	static const char get[] = "SELECT contact,number FROM favourite_member"
				  " WHERE grp=? ORDER BY position";
	sqlite3_stmt *st = disk_prepare(d, get);
	int err = 0;

	if (!st)
		return EIO;
	bind_text(st, 1, g->id);
	while (!err && disk_row(st, &err))
		err = member_add(g, column_dup(st, 0), column_dup(st, 1));
	sqlite3_reset(st);
	return err;
}

static int read_groups(struct favourites *f)
{
	static const char get[] = "SELECT id,name FROM favourite_group"
				  " WHERE owner=? ORDER BY position";
	sqlite3_stmt *st = disk_prepare(f->job.disk, get);
	int err = 0;

	if (!st)
		return EIO;
	bind_text(st, 1, f->owner);
	while (!err && disk_row(st, &err))
		if (!group_add(f, column_dup(st, 0), column_dup(st, 1)))
			err = ENOMEM;
	sqlite3_reset(st);
	for (size_t i = 0; i < f->count && !err; i++)
		err = read_members(f->job.disk, &f->group[i]);
	return err;
}

/* Is there such a contact, for the owner? */
static int contact_exists(struct favourites *f, const char *id, bool *exists)
{
	enum db_directory dir = DB_DIRECTORY_COUNT;
	int64_t number = contact_id(id, &dir);
	struct db_contact c;
	int err;

	*exists = false;
	if (dir == DB_INTERNAL) {
		*exists = id[4] && owner_exists(f->job.disk, id + 4);
		return 0;
	}
	if (!number)
		return 0;
	memset(&c, 0, sizeof(c));
	err = contact_read(f->job.disk, f->owner, dir, number, &c);
	*exists = !err;
	contact_clear(&c);
	return err == ENOENT ? 0 : err;
}

static void member_drop(struct db_group *g, size_t i)
{
	struct db_member *m = (struct db_member *)g->member;

	free((char *)m[i].contact);
	free((char *)m[i].number);
	g->count--;
	memmove(m + i, m + i + 1, (g->count - i) * sizeof(*m));
}

static int write_member(struct disk *d, int64_t group, size_t position,
			const struct db_member *m)
{
	static const char put[] =
		"INSERT INTO favourite_member(grp,position,contact,number)"
		" VALUES(?,?,?,?)";
	sqlite3_stmt *st = disk_prepare(d, put);

	if (!st)
		return EIO;
	bind_int(st, 1, group);
	bind_int(st, 2, (int64_t)position);
	bind_text(st, 3, m->contact);
	bind_text(st, 4, m->number);
	return disk_step(st);
}

/* A group that was there keeps its id, so that clients know it again. */
static int write_group(struct favourites *f, struct db_group *g,
		       size_t position, bool known)
{
	static const char put[] = "INSERT INTO favourite_group"
				  "(id,owner,position,name) VALUES(?,?,?,?)";
	struct disk *d = f->job.disk;
	sqlite3_stmt *st = disk_prepare(d, put);
	int64_t id;
	int err;

	if (!st)
		return EIO;
	if (known)
		bind_int(st, 1, strtoll(g->id, NULL, 10));
	bind_text(st, 2, f->owner);
	bind_int(st, 3, (int64_t)position);
	bind_text(st, 4, g->name);
	err = disk_step(st);
	id = sqlite3_last_insert_rowid(d->sql);
	for (size_t i = 0; i < g->count && !err;) {
		bool exists;

		err = contact_exists(f, g->member[i].contact, &exists);
		if (err)
			break;
		if (exists)
			err = write_member(d, id, i, &g->member[i]);
		if (exists)
			i++;
		else
			member_drop(g, i);
	}
	if (!err) {
		free((char *)g->id);
		g->id = text_printf("%lld", (long long)id);
		err = g->id ? 0 : ENOMEM;
	}
	return err;
}

static bool has_id(const struct favourites *f, const char *id, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (*id && !strcmp(f->group[i].id, id))
			return true;
	return false;
}

static struct db_group *group_find(struct favourites *f, const char *id,
				   const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if ((id && !strcmp(f->group[i].id, id)) ||
		    (name && !strcmp(f->group[i].name, name)))
			return &f->group[i];
	return NULL;
}

static size_t member_find(const struct db_group *g, const char *contact)
{
	size_t i = 0;

	while (i < g->count && strcmp(g->member[i].contact, contact))
		i++;
	return i;
}

/** The default number that was chosen in another group, or "". */
static const char *number_of(const struct favourites *f, const char *contact)
{
	for (size_t i = 0; i < f->count; i++) {
		size_t k = member_find(&f->group[i], contact);

		if (k < f->group[i].count)
			return f->group[i].member[k].number;
	}
	return "";
}

/* ---- one change -------------------------------------------------------- */

static int add_one(struct favourites *f, struct db_group *g, const char *id)
{
	bool exists;
	int err = contact_exists(f, id, &exists);

	if (err || !exists)
		return err ? err : ENOENT;
	if (member_find(g, id) < g->count)
		return 0;
	return g->count < MEMBERS_MAX
		       ? member_add(g, strdup(id), strdup(number_of(f, id)))
		       : EDQUOT;
}

static int edit_add(struct favourites *f)
{
	struct db_group *g = group_find(f, NULL, f->edit.group);
	char *ids, *id, *rest = NULL;
	int err = 0;

	if (!g && f->count >= GROUPS_MAX)
		return EDQUOT;
	ids = strdup(f->edit.contact);
	if (ids && !g)
		g = group_add(f, strdup(""), strdup(f->edit.group));
	id = ids && g ? strtok_r(ids, ",", &rest) : NULL;
	err = !ids || !g ? ENOMEM : id ? 0 : ENOENT;
	for (; id && !err; id = strtok_r(NULL, ",", &rest))
		err = add_one(f, g, id);
	free(ids);
	return err;
}

static int edit_remove(struct favourites *f)
{
	struct db_group *g = group_find(f, f->edit.group, NULL);
	size_t i = g ? member_find(g, f->edit.contact) : 0;

	if (!g)
		return ENOENT;
	if (i < g->count)
		member_drop(g, i);
	return 0;
}

/* At an end it stays. */
static size_t moved(size_t i, size_t count, int way)
{
	return (way < 0 && !i) || (way > 0 && i + 1 >= count) ? i
	       : way < 0				      ? i - 1
							      : i + 1;
}

static void group_step(struct favourites *f, struct db_group **gp, int way)
{
	struct db_group *to =
		&f->group[moved((size_t)(*gp - f->group), f->count, way)];
	struct db_group one = **gp;

	**gp = *to;
	*to = one;
	*gp = to;
}

/** One step; out of its group it becomes the first of the next, or the last of
 *  the one before. */
static int member_step(struct favourites *f, struct db_group **gp, size_t *ip,
		       int way)
{
	struct db_group *g = *gp;
	struct db_member *m = (struct db_member *)g->member, one = m[*ip];
	size_t to = moved(*ip, g->count, way);
	struct db_group *next =
		&f->group[moved((size_t)(g - f->group), f->count, way)];
	int err = 0;

	if (to != *ip) {
		m[*ip] = m[to];
		m[to] = one;
		*ip = to;
		return 0;
	}
	if (next == g)
		return 0;
	to = member_find(next, one.contact);
	if (to == next->count)
		err = member_add(next, strdup(one.contact), strdup(one.number));
	if (err)
		return err;
	/* there it may have been already: it goes where it comes from */
	m = (struct db_member *)next->member;
	one = m[to];
	if (way > 0)
		memmove(m + 1, m, to * sizeof(*m));
	else
		memmove(m + to, m + to + 1,
			(next->count - to - 1) * sizeof(*m));
	to = way > 0 ? 0 : next->count - 1;
	m[to] = one;
	member_drop(g, *ip);
	*gp = next;
	*ip = to;
	return 0;
}

static int edit_move(struct favourites *f)
{
	struct db_group *g = group_find(f, f->edit.group, NULL);
	bool itself = text_empty(f->edit.contact);
	size_t i = g && !itself ? member_find(g, f->edit.contact) : 0;
	int way = f->edit.steps < 0 ? -1 : 1, err = 0;

	if (!g || (!itself && i == g->count))
		return ENOENT;
	if (abs(f->edit.steps) > MEMBERS_MAX)
		return EINVAL;
	for (int n = abs(f->edit.steps); n-- > 0 && !err;) {
		if (itself)
			group_step(f, &g, way);
		else
			err = member_step(f, &g, &i, way);
	}
	return err;
}

static int edit_number(struct favourites *f)
{
	bool any = false;
	int err = 0;

	for (size_t i = 0; i < f->count && !err; i++) {
		struct db_group *g = &f->group[i];
		size_t k = member_find(g, f->edit.contact);
		struct db_member *m = (struct db_member *)g->member + k;
		char *copy;

		if (k == g->count)
			continue;
		any = true;
		copy = strdup(f->edit.number);
		err = copy ? 0 : ENOMEM;
		if (err)
			break;
		free((char *)m->number);
		m->number = copy;
	}
	return err ? err : any ? 0 : ENOENT;
}

static int edit_rename(struct favourites *f)
{
	struct db_group *g = group_find(f, f->edit.group, NULL);
	struct db_group *same = group_find(f, NULL, f->edit.name);
	char *copy;

	if (!g)
		return ENOENT;
	if (same && same != g)
		return EEXIST;
	copy = strdup(f->edit.name);
	if (!copy)
		return ENOMEM;
	free((char *)g->name);
	g->name = copy;
	return 0;
}

static int edit_delete(struct favourites *f)
{
	struct db_group *g = group_find(f, f->edit.group, NULL);

	if (!g)
		return ENOENT;
	group_clear(g);
	f->count--;
	memmove(g, g + 1, (size_t)(f->group + f->count - g) * sizeof(*g));
	return 0;
}

static int (*const edits[])(struct favourites *f) = {
	[DB_FAVOURITE_ADD] = edit_add,
	[DB_FAVOURITE_REMOVE] = edit_remove,
	[DB_FAVOURITE_MOVE] = edit_move,
	[DB_FAVOURITE_NUMBER] = edit_number,
	[DB_FAVOURITE_RENAME] = edit_rename,
	[DB_FAVOURITE_DELETE] = edit_delete,
};

/* ---- written ----------------------------------------------------------- */

static int write_all(struct favourites *f, const struct favourites *old)
{
	static const char out[] = "DELETE FROM favourite_group WHERE owner=?";
	sqlite3_stmt *st = disk_prepare(f->job.disk, out);
	int err;

	if (!st)
		return EIO;
	bind_text(st, 1, f->owner);
	err = disk_step(st);
	for (size_t i = 0; i < f->count && !err; i++) {
		const char *id = f->group[i].id;

		err = write_group(f, &f->group[i], i,
				  has_id(old, id, old->count) &&
					  !has_id(f, id, i));
	}
	return err;
}

static int set_work(struct db_job *job)
{
	struct favourites *f = (struct favourites *)job;
	struct favourites old = {.job = *job, .owner = f->owner};
	int err =
		owner_exists(job->disk, f->owner) ? read_groups(&old) : ENOENT;

	if (!err)
		err = write_all(f, &old);
	old.owner = NULL;
	job_clear(&old.job);
	return err;
}

static int edit_work(struct db_job *job)
{
	struct favourites *f = (struct favourites *)job;
	struct favourites old = {.job = *job, .owner = f->owner};
	int err = read_groups(f);

	if (!err)
		err = read_groups(&old);
	if (!err)
		err = edits[f->edit.what](f);
	if (!err)
		err = write_all(f, &old);
	old.owner = NULL;
	job_clear(&old.job);
	return err;
}

static int get_work(struct db_job *job)
{
	return read_groups((struct favourites *)job);
}

/* ---- on the loop ------------------------------------------------------- */

static void done(struct db_job *job, int err)
{
	struct favourites *f = (struct favourites *)job;

	if (f->h)
		f->h(err, err ? NULL : f->group, err ? 0 : f->count, f->arg);
	if (!err && f->set)
		notify_emit(job->db->notify, DB_CHANGE_FAVOURITES, f->owner);
}

static struct favourites *job_new(struct db *db, const char *owner,
				  db_groups_h *h, void *arg)
{
	struct favourites *f;
	int err = db && !text_empty(owner) ? 0 : EINVAL;

	f = err ? NULL : calloc(1, sizeof(*f));
	if (f) {
		f->job = (struct db_job){.done = done, .clear = job_clear};
		f->h = h;
		f->arg = arg;
		f->owner = strdup(owner);
		if (f->owner)
			return f;
		free(f);
	}
	if (h)
		h(err ? err : ENOMEM, NULL, 0, arg);
	return NULL;
}

void db_favourites(struct db *db, const char *owner, db_groups_h *h, void *arg)
{
	struct favourites *f = job_new(db, owner, h, arg);

	if (!f)
		return;
	f->job.read_only = true;
	f->job.work = get_work;
	db_job_run(db, &f->job);
}

static int copy_groups(struct favourites *f, const struct db_group *g,
		       size_t count)
{
	size_t members = 0;
	int err = count > GROUPS_MAX ? EINVAL : 0;

	for (size_t i = 0; i < count && !err; i++) {
		struct db_group *own = group_add(
			f, strdup(g[i].id ? g[i].id : ""), line_dup(g[i].name));

		members += g[i].count;
		if (!own || members > MEMBERS_MAX)
			err = own ? EINVAL : ENOMEM;
		for (size_t k = 0; k < g[i].count && !err; k++)
			err = member_add(own, line_dup(g[i].member[k].contact),
					 line_dup(g[i].member[k].number));
	}
	return err;
}

void db_favourites_set(struct db *db, const char *owner,
		       const struct db_group *g, size_t count, db_groups_h *h,
		       void *arg)
{
	struct favourites *f = job_new(db, owner, h, arg);
	int err;

	if (!f)
		return;
	f->set = true;
	f->job.work = set_work;
	err = copy_groups(f, g, count);
	if (err)
		db_job_end(&f->job, err);
	else
		db_job_run(db, &f->job);
}

void db_favourite_edit(struct db *db, const char *owner,
		       const struct db_favourite_edit *e, db_groups_h *h,
		       void *arg)
{
	struct favourites *f = job_new(db, owner, h, arg);
	struct db_favourite_edit *own;

	if (!f)
		return;
	own = &f->edit;
	f->set = true;
	f->job.work = edit_work;
	*own = *e;
	own->group = line_dup(e->group ? e->group : "");
	own->contact = text_dup(e->contact ? e->contact : "");
	own->name = line_dup(e->name ? e->name : "");
	own->number = line_dup(e->number ? e->number : "");
	if (!own->group || !own->contact || !own->name || !own->number)
		db_job_end(&f->job, ENOMEM);
	else if (!*own->group && e->what != DB_FAVOURITE_NUMBER)
		db_job_end(&f->job, EINVAL);
	else
		db_job_run(db, &f->job);
}
