/**
 * @file uc_parked.c  Who waits in the slots of the phone system
 */
#include <stdlib.h>
#include "uc_int.h"

static void clear(struct uc *uc)
{
	for (size_t i = 0; i < uc->parked_count; i++) {
		free(uc->parked[i].number);
		free(uc->parked[i].name);
		free(uc->parked[i].by);
	}
	uc->parked_count = 0;
}

void uc_parked_close(struct uc *uc)
{
	clear(uc);
}

int uc_set_parked(struct uc *uc, const struct uc_parked *parked, size_t n)
{
	int err = 0;

	if (!uc || n > UC_SLOTS)
		return EINVAL;
	clear(uc);
	for (size_t i = 0; i < n; i++) {
		struct uc_parked *p = &uc->parked[uc->parked_count++];
		const struct uc_contact *k;

		*p = (struct uc_parked){.slot = parked[i].slot,
					.since_ms = parked[i].since_ms};
		uc_text(&p->number, parked[i].number, &err);
		k = uc_contact_by_number(uc, p->number);
		uc_text(&p->name, k ? k->name : parked[i].name, &err);
		uc_text(&p->by, parked[i].by, &err);
	}
	if (err)
		clear(uc);
	uc_tell(uc, UC_CHANGE_PARKED, NULL);
	return err;
}

const struct uc_parked *uc_parked_at(const struct uc *uc, size_t i)
{
	return uc && i < uc->parked_count ? &uc->parked[i] : NULL;
}
