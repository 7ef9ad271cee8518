/**
 * @file parked.c  Who waits in the slots, as an answer or an event says (ours)
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

enum { TEXT_MAX = 256 };

static char *text_of(const struct json *j, enum proto_member m)
{
	return text_clean(wsi_j_text(j, m), (size_t)-1, TEXT_MAX);
}

void wsi_parked_read(struct session *s, const struct json *j)
{
	const struct json *list = wsi_j_get(j, PROTO_MEMBER_PARKED);
	struct uc_parked all[UC_SLOTS];
	size_t n = 0, count = json_count(list);
	int err;

	for (size_t i = 0; i < count && n < UC_SLOTS; i++) {
		const struct json *p = json_at(list, i);
		int64_t slot = json_int(wsi_j_get(p, PROTO_MEMBER_SLOT), -1);

		if (slot < 0 || slot >= UC_SLOTS)
			continue;
		all[n++] = (struct uc_parked){
			.slot = (char)('0' + slot),
			.number = text_of(p, PROTO_MEMBER_NUMBER),
			.name = text_of(p, PROTO_MEMBER_NAME),
			.by = text_of(p, PROTO_MEMBER_BY),
			.since_ms = json_int(wsi_j_get(p, PROTO_MEMBER_AT), 0),
		};
	}
	err = uc_set_parked(s->uc, all, n);
	if (err)
		log_warn("who is parked: %s", strerror(err));
	while (n--) {
		free(all[n].number);
		free(all[n].name);
		free(all[n].by);
	}
}
