/**
 * @file uc_quality.c  How calls have sounded
 */
#include <stdlib.h>
#include "uc_int.h"

enum {
	CLOCKS_MS = 10000, /**< apart, at most: the server's and ours */
	POOR_MOS = 310,	   /**< many users are dissatisfied (G.107 Annex B) */
};

/** One of the past; its text is owned. */
struct quality {
	struct uc_quality_record r;
	char *number;
};

static void destructor(void *arg)
{
	struct quality *q = arg;

	free(q->number);
}

int uc_quality_put(struct uc *uc, const struct uc_quality_record *r)
{
	struct quality *q;
	int err = 0;

	if (!uc || !r)
		return EINVAL;
	q = mem_zalloc(sizeof(*q), destructor);
	if (!q)
		return ENOMEM;
	q->r = *r;
	uc_text(&q->number, r->number, &err);
	q->r.number = q->number;
	if (!err)
		err = uc_vector_add(&uc->qualities, q);
	if (err) {
		mem_deref(q);
		return err;
	}
	if (uc->qualities.count > UC_QUALITY_MAX) {
		struct quality *oldest = uc->qualities.at[0];

		uc_vector_remove(&uc->qualities, oldest);
		mem_deref(oldest);
	}
	return 0;
}

const struct uc_quality *uc_entry_quality(const struct uc *uc,
					  const struct uc_entry *e)
{
	static const bool answered[UC_ENTRY_KIND_COUNT] = {
		[UC_IN_ANSWERED] = true,	[UC_IN_GROUP_ANSWERED] = true,
		[UC_IN_FORWARDED] = true,	[UC_OUT_ANSWERED] = true,
		[UC_OUT_GROUP_ANSWERED] = true,
	};
	const struct quality *best = NULL;
	size_t i;

	if (!uc || !e || !answered[e->kind])
		return NULL;
	for (i = 0; i < uc->qualities.count; i++) {
		const struct quality *q = uc->qualities.at[i];

		if (llabs(q->r.at_ms - e->at_ms) > CLOCKS_MS ||
		    !proto_number_same(q->number, e->number,
				       uc_dial_params(uc)))
			continue;
		if (!best || llabs(q->r.at_ms - e->at_ms) <
				     llabs(best->r.at_ms - e->at_ms))
			best = q;
	}
	return best ? &best->r.quality : NULL;
}

const struct uc_quality_record *uc_quality_last(const struct uc *uc)
{
	const struct quality *q;

	if (!uc || !uc->qualities.count)
		return NULL;
	q = uc->qualities.at[uc->qualities.count - 1];
	return &q->r;
}

bool uc_quality_poor(const struct uc_quality *q)
{
	return q->codec[0] &&
	       (q->lost >= UC_POOR_LOST || (q->mos && q->mos < POOR_MOS));
}

void uc_qualities_close(struct uc *uc)
{
	size_t i;

	for (i = 0; i < uc->qualities.count; i++)
		mem_deref(uc->qualities.at[i]);
	uc_vector_close(&uc->qualities);
}
