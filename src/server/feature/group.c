/**
 * @file group.c  Groups: one number for several people
 *
 * The server's setting group.NUMBER says who they are, as
 * "all; 20; Support; 201 202 203": all ring at once, or, with "turn", one
 * after the other, each for so many seconds.
 */
#include "feature_int.h"

#include <stdio.h>
#include <stdlib.h>

enum { RING_MAX_S = 600 };

static const char *field(const char **p, char *buf, size_t size)
{
	const char *end = strchr(*p, ';');
	size_t n = end ? (size_t)(end - *p) : strlen(*p);

	while (n && **p == ' ') {
		(*p)++;
		n--;
	}
	if (n >= size)
		n = size - 1;
	/* whole letters only */
	while (n && !text_valid(*p, n))
		n--;
	memcpy(buf, *p, n);
	buf[n] = '\0';
	*p = end ? end + 1 : "";
	return buf;
}

bool group_find(const struct features *f, const char *number, struct group *g)
{
	char setting[32], word[16];
	const char *value, *p;
	int n = snprintf(setting, sizeof(setting), "group.%s", number);

	if (n < 0 || (size_t)n >= sizeof(setting))
		return false;
	p = value = db_setting(f->db, "", setting);
	if (text_empty(value))
		return false;
	if (!g)
		return true;
	g->in_turn = text_equal(field(&p, word, sizeof(word)), "turn");
	g->ring_s = (uint32_t)strtoul(field(&p, word, sizeof(word)), NULL, 10);
	if (g->ring_s > RING_MAX_S)
		g->ring_s = RING_MAX_S;
	field(&p, g->name, sizeof(g->name));
	g->members = p;
	return true;
}

/* The next of its members. @param p  Begins with g->members */
static bool next_member(const char **p, char member[16])
{
	size_t n;

	while (**p == ' ' || **p == ',')
		++*p;
	for (n = 0; n < 16 && (*p)[n] && !memchr(" ,", (*p)[n], 2); n++)
		member[n] = (*p)[n];
	if (!n || n >= 16)
		return false;
	member[n] = '\0';
	*p += n;
	return true;
}

bool group_has(const struct group *g, const char *extension)
{
	const char *p = g->members;
	char member[16];

	while (next_member(&p, member))
		if (text_equal(member, extension))
			return true;
	return false;
}

/* One of them, as he wants to be called: not while he is not to be disturbed,
   nor if he calls himself. */
static bool add(struct features *f, const struct pbx_caller *caller,
		const char *member, struct pbx_route *r)
{
	const struct db_account *a = db_account(f->db, member);
	struct le *last = r->targets.tail;

	if (!a || a->trunk || feature_dnd(f, member) ||
	    (!caller->outside && text_equal(caller->number, member)))
		return false;
	(void)feature_callme.route(f, caller, a, r);
	if (r->targets.tail == last)
		return !line_ring(f, member, r);
	return true;
}

int group_route(struct features *f, const struct pbx_ask *ask,
		const char *number, size_t from, struct pbx_route *r)
{
	struct group g;
	char member[16];
	const char *name;
	const char *p;
	size_t i;

	if (!group_find(f, number, &g))
		return ENOENT;
	p = g.members;
	for (i = 0; next_member(&p, member); i++)
		if (i >= from && add(f, &ask->caller, member, r) && g.in_turn)
			break;
	if (list_isempty(&r->targets)) {
		if (from)
			return ENOENT;
		r->refuse = PBX_CAUSE_UNREACHABLE;
	}
	r->group = true;
	r->ring_s = g.ring_s;
	name = db_name_of(f->db, "", ask->caller.number);
	if (text_set(&r->name, g.name) ||
	    (name && text_set(&r->caller_name, name)))
		return ENOMEM;
	if (g.in_turn) {
		r->place = text_printf("group %s %zu", number, i + 1);
		return r->place ? 0 : ENOMEM;
	}
	return 0;
}

int group_next(struct features *f, const struct pbx_ask *ask,
	       struct pbx_route *r)
{
	char number[16];
	unsigned long from;

	if (sscanf(ask->place, "group %15s %lu", number, &from) != 2)
		return ENOENT;
	return group_route(f, ask, number, from, r);
}

struct listing {
	const struct features *f;
	feature_group_h *h;
	void *arg;
};

static void list(const char *name, const char *value, void *arg)
{
	const struct listing *l = arg;
	struct group g;

	(void)value;
	if (!strncmp(name, "group.", 6) && group_find(l->f, name + 6, &g))
		l->h(name + 6, g.name, l->arg);
}

void feature_groups(const struct features *f, feature_group_h *h, void *arg)
{
	struct listing l = {.f = f, .h = h, .arg = arg};

	if (f)
		db_settings(f->db, "", list, &l);
}

struct shared {
	const char *a, *b;
	const struct features *f;
	bool yes;
};

static void look(const char *name, const char *value, void *arg)
{
	struct shared *s = arg;
	struct group g;

	(void)value;
	if (!strncmp(name, "group.", 6) && group_find(s->f, name + 6, &g) &&
	    group_has(&g, s->a) && group_has(&g, s->b))
		s->yes = true;
}

bool group_shared(const struct features *f, const char *a, const char *b)
{
	struct shared s = {.a = a, .b = b, .f = f};

	db_settings(f->db, "", look, &s);
	return s.yes;
}
