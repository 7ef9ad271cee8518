/**
 * @file number.c  Where a number leads: an extension, or the outside line
 */
#include "feature_int.h"

#include <stdlib.h>

/* Digits behind the system's own number, if a canonical number is ours. */
static const char *own_extension(const char *canonical,
				 const struct proto_dial_params *p)
{
	const char *const part[] = {p->country, p->area, p->location};

	if (text_empty(p->location))
		return NULL;
	canonical++;
	for (unsigned i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		size_t n = part[i] ? strlen(part[i]) : 0;

		if (strncmp(canonical, part[i] ? part[i] : "", n))
			return NULL;
		canonical += n;
	}
	return *canonical ? canonical : NULL;
}

/* The account that takes outside calls: one that has its line, else any. */
static const struct db_account *trunk_find(const struct features *f)
{
	const struct db_account *found = NULL;

	for (size_t i = 0; i < db_account_count(f->db); i++) {
		const struct db_account *a = db_account_at(f->db, i);

		if (!a->trunk || a->can & DB_CAN_BOX)
			continue;
		if (!found)
			found = a;
		if (f->pbx && pbx_reachable(f->pbx, a->extension))
			return a;
	}
	return found;
}

static const struct db_account *person(const struct features *f,
				       const char *extension)
{
	const struct db_account *a = db_account(f->db, extension);

	return a && !a->trunk ? a : NULL;
}

static int route_outside(struct features *f, const struct pbx_caller *caller,
			 const char *canonical, struct pbx_route *route)
{
	const struct db_account *trunk = trunk_find(f);
	const char *name;

	/* Nobody calls from outside to outside at our cost. */
	if (!trunk || caller->outside)
		return ENOENT;
	name = db_name_of(f->db, caller->number, canonical);
	if (text_set(&route->device, trunk->extension) ||
	    text_set(&route->name, name))
		return ENOMEM;
	route->outside = true;
	return 0;
}

int number_route(struct features *f, const struct pbx_caller *caller,
		 const char *number, const struct db_account **called,
		 struct pbx_route *route)
{
	struct proto_dial_params p;
	char *plain = proto_number_normalise(number), *canonical = NULL;
	const char *own;
	int err = ENOENT;

	if (!plain)
		return ENOENT;
	db_dial_params(f->db, &p);
	*called = person(f, plain);
	/* Without the access code a number is one of the house, or none. */
	if (!*called && (*plain == '+' || text_empty(p.access) ||
			 !strncmp(plain, p.access, strlen(p.access)))) {
		canonical = *plain == '+' ? strdup(plain)
					  : proto_number_canonical(plain, &p);
		own = canonical ? own_extension(canonical, &p) : NULL;
		*called = own ? person(f, own) : NULL;
		/* A number of ours that nobody has leads nowhere. */
		if (!*called && canonical && !own)
			err = route_outside(f, caller, canonical, route);
	}
	if (*called)
		err = text_set(&route->device, (*called)->extension);
	free(plain);
	free(canonical);
	return err;
}

int number_ring(struct features *f, const char *extension, const char *number,
		struct pbx_route *r)
{
	const struct pbx_caller self = {.number = extension};
	const struct db_account *at = NULL;
	struct pbx_route there;
	int err;

	memset(&there, 0, sizeof(there));
	err = number_route(f, &self, number, &at, &there);
	if (!err)
		err = pbx_route_add(r, extension, there.device,
				    there.outside ? number : NULL);
	pbx_route_reset(&there);
	return err;
}
