/**
 * @file uc_group.c  Favourites
 */
#include <stdlib.h>
#include "uc_int.h"

static void destructor(void *arg)
{
	struct group *g = arg;

	free(g->g.id);
	free(g->g.name);
	free(g->g.members);
}

static void members_drop(struct group *g)
{
	size_t i;

	for (i = 0; i < g->g.member_count; i++) {
		struct contact *c = uc_contact_of(g->g.members[i]);

		c->groups--;
		mem_deref(c);
	}
	g->g.member_count = 0;
}

static bool member(const struct group *g, const struct uc_contact *c)
{
	size_t i;

	for (i = 0; i < g->g.member_count; i++)
		if (g->g.members[i] == c)
			return true;
	return false;
}

static int member_add(struct group *g, struct uc_contact *c)
{
	if (g->g.member_count == g->size) {
		size_t size = g->size ? g->size * 2 : 8;
		struct uc_contact **m;

		m = realloc(g->g.members, size * sizeof(*m));
		if (!m)
			return ENOMEM;
		g->g.members = m;
		g->size = size;
	}
	g->g.members[g->g.member_count++] = mem_ref(c);
	uc_contact_of(c)->groups++;
	return 0;
}

static int create(struct uc *uc, struct group **gp, const char *id,
		  const char *name)
{
	struct group *g = mem_zalloc(sizeof(*g), destructor);
	int err = 0;

	if (!g)
		return ENOMEM;
	uc_text(&g->g.id, id, &err);
	uc_text(&g->g.name, name, &err);
	if (!err)
		err = uc_vector_add(&uc->groups, g);
	if (err) {
		mem_deref(g);
		return err;
	}
	g->uc = uc;
	*gp = g;
	return 0;
}

static void group_end(struct group *g)
{
	members_drop(g);
	g->uc = NULL;
	mem_deref(g);
}

void uc_groups_close(struct uc *uc)
{
	size_t i;

	for (i = 0; i < uc->groups.count; i++)
		group_end(uc->groups.at[i]);
	uc_vector_close(&uc->groups);
}

void uc_groups_forget(struct uc *uc, struct contact *c)
{
	bool any = c->groups > 0;
	size_t i;

	for (i = 0; i < uc->groups.count && c->groups; i++) {
		struct group *g = uc->groups.at[i];
		size_t k;

		for (k = 0; k < g->g.member_count; k++)
			if (g->g.members[k] == &c->c)
				break;
		if (k == g->g.member_count)
			continue;
		memmove(&g->g.members[k], &g->g.members[k + 1],
			(--g->g.member_count - k) * sizeof(*g->g.members));
		c->groups--;
		mem_deref(c);
	}
	if (any)
		uc_tell(uc, UC_CHANGE_FAVOURITES, NULL);
}

/* ---- the door ---------------------------------------------------------- */

size_t uc_group_count(const struct uc *uc)
{
	return uc->groups.count;
}

struct uc_group *uc_group_at(const struct uc *uc, size_t i)
{
	return i < uc->groups.count ? uc->groups.at[i] : NULL;
}

struct uc_group *uc_group_by_id(const struct uc *uc, const char *id)
{
	size_t i;

	for (i = 0; id && i < uc->groups.count; i++) {
		struct group *g = uc->groups.at[i];

		if (!strcmp(g->g.id, id))
			return &g->g;
	}
	return NULL;
}

struct uc_group *uc_group_by_name(const struct uc *uc, const char *name)
{
	size_t i;

	for (i = 0; name && i < uc->groups.count; i++) {
		struct group *g = uc->groups.at[i];

		if (!uc_name_compare(g->g.name, name))
			return &g->g;
	}
	return NULL;
}

int uc_groups_replace(struct uc *uc, const struct uc_group_prm *groups,
		      size_t count)
{
	struct uc_vector old = uc->groups;
	size_t i, k;
	int err = 0;

	memset(&uc->groups, 0, sizeof(uc->groups));
	for (i = 0; i < count && !err; i++) {
		struct group *g = NULL;

		if (text_empty(groups[i].id) ||
		    uc_group_by_id(uc, groups[i].id))
			continue;
		err = create(uc, &g, groups[i].id, groups[i].name);
		for (k = 0; !err && k < groups[i].member_count; k++) {
			struct uc_contact *c;

			c = uc_contact_by_id(uc, groups[i].member_ids[k]);
			if (c && !member(g, c))
				err = member_add(g, c);
		}
		/* What the user has folded stays folded. */
		for (k = 0; g && k < old.count; k++)
			if (!strcmp(((struct group *)old.at[k])->g.id, g->g.id))
				g->g.folded =
					((struct group *)old.at[k])->g.folded;
	}
	for (i = 0; i < old.count; i++)
		group_end(old.at[i]);
	uc_vector_close(&old);
	uc_tell(uc, UC_CHANGE_FAVOURITES, NULL);
	return err;
}

int uc_group_put(struct uc *uc, const char *id, const char *name)
{
	struct uc_group *known = uc_group_by_id(uc, id);
	struct group *g;
	int err;

	if (text_empty(id) || text_empty(name))
		return EINVAL;
	if (known) {
		uc_group_rename(uc, known, name);
		return 0;
	}
	err = create(uc, &g, id, name);
	if (!err)
		uc_tell(uc, UC_CHANGE_FAVOURITES, NULL);
	return err;
}

int uc_group_add(struct uc *uc, struct uc_group *pub, struct uc_contact *c)
{
	struct group *g = (struct group *)pub;
	int err;

	if (!g || !c || g->uc != uc || uc_contact_of(c)->uc != uc)
		return EINVAL;
	if (member(g, c))
		return 0;
	err = member_add(g, c);
	if (!err)
		uc_tell(uc, UC_CHANGE_FAVOURITES, NULL);
	return err;
}

void uc_group_remove(struct uc *uc, struct uc_group *pub, struct uc_contact *c)
{
	struct group *g = (struct group *)pub;
	size_t i;

	if (!g || g->uc != uc)
		return;
	for (i = 0; i < g->g.member_count; i++) {
		if (g->g.members[i] != c)
			continue;
		memmove(&g->g.members[i], &g->g.members[i + 1],
			(--g->g.member_count - i) * sizeof(*g->g.members));
		uc_contact_of(c)->groups--;
		uc_tell(uc, UC_CHANGE_FAVOURITES, NULL);
		mem_deref(c);
		return;
	}
}

/** One step to the next place, or into the next group. */
static void step(struct uc *uc, struct group **gp, struct uc_contact *c,
		 int way)
{
	struct group *g = *gp;
	size_t i = 0, at = 0;

	while (i < g->g.member_count && g->g.members[i] != c)
		i++;
	if (i == g->g.member_count)
		return;
	if (way < 0 ? i > 0 : i + 1 < g->g.member_count) {
		size_t to = way < 0 ? i - 1 : i + 1;

		g->g.members[i] = g->g.members[to];
		g->g.members[to] = c;
		return;
	}
	while (at < uc->groups.count && uc->groups.at[at] != g)
		at++;
	if (way < 0 ? !at : at + 1 >= uc->groups.count)
		return;
	g = uc->groups.at[way < 0 ? at - 1 : at + 1];
	mem_ref(c);
	/* there it may have been already: it goes where it comes from */
	uc_group_remove(uc, &g->g, c);
	if (!member_add(g, c)) {
		struct uc_contact **m = g->g.members;

		if (way > 0) {
			memmove(m + 1, m, (g->g.member_count - 1) * sizeof(*m));
			m[0] = c;
		}
		uc_group_remove(uc, &(*gp)->g, c);
		*gp = g;
	}
	mem_deref(c);
}

static void group_step(struct uc *uc, struct group *g, int way)
{
	size_t i = 0;

	while (i < uc->groups.count && uc->groups.at[i] != g)
		i++;
	if (way < 0 ? !i : i + 1 >= uc->groups.count)
		return;
	uc->groups.at[i] = uc->groups.at[way < 0 ? i - 1 : i + 1];
	uc->groups.at[way < 0 ? i - 1 : i + 1] = g;
}

void uc_group_move(struct uc *uc, struct uc_group *pub, struct uc_contact *c,
		   int steps)
{
	struct group *g = (struct group *)pub;
	int n = abs(steps);

	if (!g || g->uc != uc)
		return;
	while (n--) {
		if (c)
			step(uc, &g, c, steps);
		else
			group_step(uc, g, steps);
	}
	uc_tell(uc, UC_CHANGE_FAVOURITES, NULL);
}

void uc_group_rename(struct uc *uc, struct uc_group *g, const char *name)
{
	int err = 0;

	if (g && !text_empty(name) && uc_text(&g->name, name, &err))
		uc_tell(uc, UC_CHANGE_FAVOURITES, NULL);
}

void uc_group_delete(struct uc *uc, struct uc_group *pub)
{
	struct group *g = (struct group *)pub;

	if (!g || g->uc != uc || !uc_vector_remove(&uc->groups, g))
		return;
	members_drop(g);
	g->uc = NULL;
	uc_tell(uc, UC_CHANGE_FAVOURITES, NULL);
	mem_deref(g);
}

void uc_group_fold(struct uc *uc, struct uc_group *g, bool folded)
{
	if (!g || g->folded == folded)
		return;
	g->folded = folded;
	uc_tell(uc, UC_CHANGE_FAVOURITES, NULL);
}

size_t uc_group_reachable(const struct uc_group *g)
{
	size_t i, n = 0;

	for (i = 0; g && i < g->member_count; i++) {
		enum uc_lamp lamp = g->members[i]->lamp;

		n += lamp != UC_LAMP_UNKNOWN && lamp != UC_LAMP_UNREACHABLE;
	}
	return n;
}
