/**
 * @file forward.c  Calls that are to go elsewhere: always, when busy, when
 * nobody answers (ECMA-269 §14, Forwarding)
 */
#include "feature_int.h"

#include <stdlib.h>

/** So long a phone rings before its calls go on. */
enum { NO_ANSWER_S = 20 };

static const char *const names[FEATURE_FORWARD_COUNT] = {
	[FEATURE_FORWARD_IMMEDIATE] = "forward.immediate",
	[FEATURE_FORWARD_BUSY] = "forward.busy",
	[FEATURE_FORWARD_NO_ANSWER] = "forward.no_answer",
};

const char *feature_forwarding(const struct features *f, const char *extension,
			       enum feature_forward kind)
{
	const char *number =
		f && extension && (unsigned)kind < FEATURE_FORWARD_COUNT
			? db_setting(f->db, extension, names[kind])
			: NULL;

	return number ? number : "";
}

bool feature_is_forwarding(const char *setting)
{
	for (unsigned i = 0; i < FEATURE_FORWARD_COUNT; i++)
		if (text_equal(names[i], setting))
			return true;
	return false;
}

bool forward_any(const struct features *f, const char *extension)
{
	for (unsigned i = 0; i < FEATURE_FORWARD_COUNT; i++)
		if (*feature_forwarding(f, extension, i))
			return true;
	return false;
}

const char *forward_after(const struct features *f, const char *extension,
			  enum pbx_cause reason)
{
	switch (reason) {
	case PBX_CAUSE_BUSY:
		return feature_forwarding(f, extension, FEATURE_FORWARD_BUSY);
	case PBX_CAUSE_NO_ANSWER:
	case PBX_CAUSE_UNREACHABLE:
		return feature_forwarding(f, extension,
					  FEATURE_FORWARD_NO_ANSWER);
	default:
		return "";
	}
}

uint32_t forward_ring_s(const struct features *f, const char *extension)
{
	return *feature_forwarding(f, extension, FEATURE_FORWARD_NO_ANSWER)
		       ? NO_ANSWER_S
		       : 0;
}

void number_keep(struct features *f, const char *extension, const char *setting,
		 const char *number, number_check_h *refuse, db_done_h *h,
		 void *arg)
{
	char *plain =
		text_empty(number) ? NULL : proto_number_normalise(number);
	int err = 0;

	if (!f || !db_account(f->db, extension) || !setting ||
	    (!text_empty(number) && !plain))
		err = EINVAL;
	else if (plain && refuse)
		err = refuse(f, plain);
	if (!err && plain)
		err = route_check(f, extension, plain);
	if (err && h)
		h(err, arg);
	else if (!err)
		db_setting_set(f->db, extension, setting, plain, h, arg);
	free(plain);
}

void feature_set_forwarding(struct features *f, const char *extension,
			    enum feature_forward kind, const char *number,
			    db_done_h *h, void *arg)
{
	number_keep(f, extension,
		    (unsigned)kind < FEATURE_FORWARD_COUNT ? names[kind] : NULL,
		    number, NULL, h, arg);
}
