/**
 * @file line.c  One number, several phones (MULAP); a mobile phone beside it
 *
 * An account's setting "line" says whose phone it is; "mobility" is the mobile
 * number that rings as well.
 */
#include "feature_int.h"

#include <stdlib.h>

const char *line_of(const struct features *f, const char *user)
{
	const char *line = db_setting(f->db, user, "line");

	return text_empty(line) || !db_account(f->db, line) ? NULL : line;
}

const char *feature_line(const struct features *f, const char *user)
{
	const char *line = f && user ? line_of(f, user) : NULL;

	return line ? line : user;
}

const char *feature_mobile(const struct features *f, const char *extension)
{
	const char *number = f && extension
				     ? db_setting(f->db, extension, "mobility")
				     : NULL;

	return number ? number : "";
}

bool feature_is_mobile(const struct features *f, const char *extension,
		       const char *number)
{
	char *own = proto_number_normalise(feature_mobile(f, extension));
	char *asked = own ? proto_number_normalise(number) : NULL;
	bool is = asked && !strcmp(own, asked);

	free(asked);
	free(own);
	return is;
}

void feature_phones(const struct features *f, const char *extension,
		    feature_phone_h *h, void *arg)
{
	const struct db_account *a;
	size_t i, n = f && extension ? db_account_count(f->db) : 0;

	for (i = 0; i < n; i++) {
		a = db_account_at(f->db, i);
		if (text_equal(line_of(f, a->extension), extension))
			h(a->extension, arg);
	}
}

int line_ring(struct features *f, const char *extension, struct pbx_route *r)
{
	const char *number = feature_mobile(f, extension);

	if (*number)
		(void)number_ring(f, extension, number, r);
	return pbx_route_add(r, extension, NULL, NULL);
}

static enum pbx_cause route(struct features *f, const struct pbx_caller *caller,
			    const struct db_account *called,
			    struct pbx_route *r)
{
	(void)caller;
	/* CallMe says where else it is to ring, and that alone. */
	if (*feature_mobile(f, called->extension) && list_isempty(&r->targets))
		(void)line_ring(f, called->extension, r);
	return PBX_CAUSE_NORMAL;
}

int line_home(struct features *f, const char *extension, const char *phone,
	      struct pbx_route *r)
{
	return feature_is_mobile(f, extension, phone)
		       ? number_ring(f, extension, phone, r)
		       : ENOENT;
}

const struct feature feature_lines = {
	.name = "line",
	.route = route,
};
