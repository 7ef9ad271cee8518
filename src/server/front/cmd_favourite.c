/**
 * @file cmd_favourite.c  Favourites: each command answers with the whole
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

enum { NAME_MAX_CHARS = 64, MEMBERS_MAX = 2000, GROUPS_MAX = 200 };

/* Groups are read, then the contacts of their members: an answer of two
   steps, the first of which is kept meanwhile. */
struct whole {
	struct request *r;
	char **id; /* of the groups */
	char **name;
	size_t *count; /* of their members */
	size_t groups;
	char **member; /* ids, one group's after the other's */
	char **number; /* their default numbers, "" if none was chosen */
	size_t members;
};

static void whole_free(struct whole *w)
{
	for (size_t i = 0; i < w->groups; i++) {
		free(w->id[i]);
		free(w->name[i]);
	}
	for (size_t i = 0; i < w->members; i++) {
		free(w->member[i]);
		free(w->number[i]);
	}
	free(w->id);
	free(w->name);
	free(w->count);
	free(w->member);
	free(w->number);
	mem_deref(w->r);
	free(w);
}

/* By id; those that are no more are not in here. */
static const struct db_contact *find(const struct db_contact *c, size_t count,
				     const char *id, size_t *from)
{
	/* They come in the order in which they were asked for. */
	for (size_t i = *from; i < count; i++) {
		if (!strcmp(c[i].id, id)) {
			*from = i + 1;
			return &c[i];
		}
	}
	return NULL;
}

static void defaults_json(struct json_writer *w, const struct whole *whole)
{
	json_name(w, proto_member(PROTO_MEMBER_DEFAULTS));
	json_array(w);
	for (size_t i = 0; i < whole->members; i++) {
		if (!*whole->number[i])
			continue;
		json_object(w);
		json_add_string(w, proto_member(PROTO_MEMBER_CONTACT),
				whole->member[i]);
		json_add_string(w, proto_member(PROTO_MEMBER_NUMBER),
				whole->number[i]);
		json_end(w);
	}
	json_end(w);
}

static void contacts_read(int err, const struct db_contact *c, size_t count,
			  bool more, void *arg)
{
	struct whole *whole = arg;
	struct request *r = whole->r;
	struct json_writer *w = answer_begin(r, err);
	size_t m = 0, from = 0;

	(void)more;
	if (!w)
		goto out;
	json_name(w, proto_member(PROTO_MEMBER_GROUPS));
	json_array(w);
	for (size_t g = 0; g < whole->groups; g++) {
		json_object(w);
		json_add_string(w, proto_member(PROTO_MEMBER_ID), whole->id[g]);
		json_add_string(w, proto_member(PROTO_MEMBER_NAME),
				whole->name[g]);
		json_name(w, proto_member(PROTO_MEMBER_MEMBERS));
		json_array(w);
		for (size_t i = 0; i < whole->count[g]; i++) {
			const struct db_contact *one =
				find(c, count, whole->member[m++], &from);

			if (one)
				contact_json(w, r->front->db, one);
		}
		json_end(w);
		json_end(w);
	}
	json_end(w);
	defaults_json(w, whole);
	answer_end(r, w);
out:
	whole_free(whole);
}

static struct whole *whole_new(struct request *r, const struct db_group *g,
			       size_t count)
{
	struct whole *w = calloc(1, sizeof(*w));
	size_t members = 0;
	bool ok = w;

	for (size_t i = 0; i < count; i++)
		members += g[i].count;
	if (!w)
		return NULL;
	w->r = mem_ref(r);
	w->id = calloc(count + 1, sizeof(*w->id));
	w->name = calloc(count + 1, sizeof(*w->name));
	w->count = calloc(count + 1, sizeof(*w->count));
	w->member = calloc(members + 1, sizeof(*w->member));
	w->number = calloc(members + 1, sizeof(*w->number));
	ok = w->id && w->name && w->count && w->member && w->number;
	for (size_t i = 0; i < count && ok; i++) {
		w->id[i] = strdup(g[i].id);
		w->name[i] = strdup(g[i].name);
		w->groups++;
		ok = w->id[i] && w->name[i];
		for (size_t k = 0; k < g[i].count && ok; k++) {
			const struct db_member *m = &g[i].member[k];
			size_t n = w->members++;

			w->member[n] = strdup(m->contact);
			w->number[n] = strdup(m->number);
			ok = w->member[n] && w->number[n];
			w->count[i]++;
		}
	}
	if (!ok) {
		whole_free(w);
		w = NULL;
	}
	return w;
}

static void groups_read(int err, const struct db_group *g, size_t count,
			void *arg)
{
	struct request *r = arg;
	struct whole *w;

	if (!r->front)
		goto out;
	w = err ? NULL : whole_new(r, g, count);
	if (!w)
		answer_errno(r, err ? err : ENOMEM);
	else
		db_contacts_get(r->front->db, request_user(r),
				(const char *const *)w->member, w->members,
				contacts_read, w);
out:
	mem_deref(r);
}

void run_favourites(struct request *r)
{
	db_favourites(r->front->db, request_user(r), groups_read, mem_ref(r));
}

/* ---- changes ----------------------------------------------------------- */

/* A group's name as it may be: clean, and no longer than a line shows. */
static char *group_name(const char *s)
{
	char *name = text_clean(s, (size_t)-1, TEXT_LINE_MAX);
	size_t width = 0, chars = 0;

	for (const char *p = name; p && *p; p++)
		chars += ((unsigned char)*p & 0xc0) != 0x80;
	if (name)
		width = strspn(name, " ");
	if (name && name[width] && chars <= NAME_MAX_CHARS)
		return name;
	free(name);
	return NULL;
}

/* What only Smart lets be changed (SPEC, UC Smart and UC Suite). */
static const bool in_smart[] = {
	[DB_FAVOURITE_NUMBER] = true,
	[DB_FAVOURITE_RENAME] = true,
	[DB_FAVOURITE_DELETE] = true,
};

/** @param name  of a group, cleaned; NULL: it may not be called that */
static void edit(struct request *r, struct db_favourite_edit *e, char *name)
{
	if (in_smart[e->what] && r->front->prm.mode == FRONT_SUITE)
		answer_reason(r, PROTO_REASON_NOT_ALLOWED);
	else if (!name)
		answer_errno(r, EINVAL);
	else
		db_favourite_edit(r->front->db, request_user(r), e, groups_read,
				  mem_ref(r));
	free(name);
}

/** By the ids of a group and of a contact. */
static void edit_known(struct request *r, struct db_favourite_edit *e)
{
	e->group = request_text(r, PROTO_PARAM_GROUP_ID);
	e->contact = request_text(r, PROTO_PARAM_CONTACT);
	edit(r, e, strdup(""));
}

void run_favourite_add(struct request *r)
{
	char *name = group_name(request_text(r, PROTO_PARAM_GROUP));
	struct db_favourite_edit e = {
		.what = DB_FAVOURITE_ADD,
		.group = name,
		.contact = request_text(r, PROTO_PARAM_CONTACT),
	};

	edit(r, &e, name);
}

void run_favourite_remove(struct request *r)
{
	struct db_favourite_edit e = {.what = DB_FAVOURITE_REMOVE};

	edit_known(r, &e);
}

void run_favourite_move(struct request *r)
{
	struct db_favourite_edit e = {
		.what = DB_FAVOURITE_MOVE,
		.steps = (int)request_int(r, PROTO_PARAM_STEPS, -MEMBERS_MAX,
					  MEMBERS_MAX, 0),
	};

	edit_known(r, &e);
}

void run_favourite_number(struct request *r)
{
	struct db_favourite_edit e = {
		.what = DB_FAVOURITE_NUMBER,
		.number = request_text(r, PROTO_PARAM_NUMBER),
	};

	edit_known(r, &e);
}

void run_group_rename(struct request *r)
{
	char *name = group_name(request_text(r, PROTO_PARAM_NAME));
	struct db_favourite_edit e = {
		.what = DB_FAVOURITE_RENAME,
		.group = request_text(r, PROTO_PARAM_GROUP_ID),
		.name = name,
	};

	edit(r, &e, name);
}

void run_group_delete(struct request *r)
{
	struct db_favourite_edit e = {.what = DB_FAVOURITE_DELETE};

	edit_known(r, &e);
}

/* ---- all at once ------------------------------------------------------- */

static int read_group(struct db_group *g, const struct json *j, size_t *total)
{
	const struct json *list =
		json_get(j, proto_member(PROTO_MEMBER_MEMBERS));
	size_t count = json_count(list);
	struct db_member *m = calloc(count + 1, sizeof(*m));

	g->id = "";
	g->name =
		group_name(json_get_string(j, proto_member(PROTO_MEMBER_NAME)));
	g->member = m;
	*total += count;
	if (!m)
		return ENOMEM;
	if (!g->name || *total > MEMBERS_MAX)
		return EINVAL;
	for (size_t i = 0; i < count; i++) {
		const char *id = json_string(json_at(list, i));

		if (id)
			m[g->count++] = (struct db_member){id, ""};
	}
	return 0;
}

void run_favourites_replace(struct request *r)
{
	const char *text = params_get(&r->params, PROTO_PARAM_GROUPS);
	struct json *root = NULL;
	struct db_group *g = NULL;
	size_t count = 0, n = 0, total = 0;
	int err = text ? json_parse(&root, text, strlen(text)) : EINVAL;

	if (!err) {
		count = json_count(root);
		g = calloc(count + 1, sizeof(*g));
		err = json_is_array(root) && count <= GROUPS_MAX ? 0 : EINVAL;
	}
	if (!err && !g)
		err = ENOMEM;
	while (n < count && !err) {
		err = read_group(&g[n], json_at(root, n), &total);
		n++;
	}
	if (err)
		answer_errno(r, err == ENOMEM ? err : EINVAL);
	else
		db_favourites_set(r->front->db, request_user(r), g, n,
				  groups_read, mem_ref(r));
	for (size_t i = 0; i < n; i++) {
		free((char *)g[i].name);
		free((void *)g[i].member);
	}
	free(g);
	json_free(root);
}
