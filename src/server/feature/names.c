/**
 * @file names.c  Who calls, who is called: names of the directories for both
 */
#include "feature_int.h"

static enum pbx_cause route(struct features *f, const struct pbx_caller *caller,
			    const struct db_account *called,
			    struct pbx_route *r)
{
	const char *name = db_name_of(f->db, called->extension, caller->number);

	/* Without memory a call goes on without a name. */
	text_set(&r->caller_name, name);
	text_set(&r->name, called->name);
	return PBX_CAUSE_NORMAL;
}

const struct feature feature_names = {
	.name = "names",
	.route = route,
};
