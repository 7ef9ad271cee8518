/**
 * @file uc_member.c  Who else is in a conference that the server runs
 */
#include <stdlib.h>
#include "uc_int.h"

void uc_members_free(struct uc_member *m, size_t n)
{
	for (size_t i = 0; m && i < n; i++) {
		free(m[i].number);
		free(m[i].name);
	}
	free(m);
}

int uc_members_copy(struct uc_member **mp, const struct uc_member *from,
		    size_t n)
{
	struct uc_member *m;
	int err = 0;

	if (n > UC_MEMBERS_MAX)
		return E2BIG;
	m = n ? calloc(n, sizeof(*m)) : NULL;
	if (n && !m)
		return ENOMEM;
	for (size_t i = 0; i < n; i++) {
		uc_text(&m[i].number, from[i].number, &err);
		uc_text(&m[i].name, from[i].name, &err);
	}
	if (err) {
		uc_members_free(m, n);
		return err;
	}
	*mp = m;
	return 0;
}

int uc_call_set_members(struct uc *uc, struct uc_call *c,
			const struct uc_member *from, size_t n)
{
	struct uc_member *m = NULL;
	int err = uc && c ? uc_members_copy(&m, from, n) : EINVAL;

	for (size_t i = 0; !err && i < n; i++) {
		const struct uc_contact *k =
			uc_contact_by_number(uc, m[i].number);

		if (k)
			uc_text(&m[i].name, k->name, &err);
	}
	if (err) {
		uc_members_free(m, n);
		return err;
	}
	uc_members_free(c->members, c->member_count);
	c->members = m;
	c->member_count = n;
	return 0;
}
