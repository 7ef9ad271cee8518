/**
 * @file box.c  Boxes of several people: of a group, of the house
 *
 * One is an account that nobody logs in to (DB_CAN_BOX); its name is the
 * box's. Calls come to it by the state of somebody who has no box of his own.
 */
#include "feature_int.h"

const struct db_account *box_find(const struct features *f, const char *number)
{
	const struct db_account *a = db_account(f->db, number);

	return a && a->trunk && a->can & DB_CAN_BOX ? a : NULL;
}

void feature_boxes(const struct features *f, feature_group_h *h, void *arg)
{
	for (size_t i = 0; f && i < db_account_count(f->db); i++) {
		const struct db_account *a = db_account_at(f->db, i);

		if (a->trunk && a->can & DB_CAN_BOX)
			h(a->extension, a->name, arg);
	}
}
