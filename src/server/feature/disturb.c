/**
 * @file disturb.c  Presence set, and Do Not Disturb kept
 */
#include "feature_int.h"

bool feature_dnd(const struct features *f, const char *extension)
{
	const struct db_account *a = f ? db_account(f->db, extension) : NULL;

	return a && a->presence.state == PROTO_DO_NOT_DISTURB;
}

static enum pbx_cause route(struct features *f, const struct pbx_caller *caller,
			    const struct db_account *called,
			    struct pbx_route *r)
{
	(void)r;
	/* One's own phones may be tried. */
	if ((!caller->outside && !strcmp(caller->number, called->extension)) ||
	    !feature_dnd(f, called->extension))
		return PBX_CAUSE_NORMAL;
	return PBX_CAUSE_DO_NOT_DISTURB;
}

static void one_more(const char *account, void *arg)
{
	(void)account;
	*(bool *)arg = true;
}

bool feature_can_dnd(const struct features *f, const char *extension)
{
	const struct db_account *a = f ? db_account(f->db, extension) : NULL;
	bool several = false;

	/* Of several phones (MULAP) each would have to be asked. */
	feature_phones(f, extension, one_more, &several);
	return a && a->can & DB_CAN_DND && !several;
}

static void answer(db_done_h *h, int err, void *arg)
{
	if (h)
		h(err, arg);
}

void feature_set_presence(struct features *f, const char *extension,
			  const struct db_presence *p, db_done_h *h, void *arg)
{
	if (!f || !p || text_empty(extension)) {
		answer(h, EINVAL, arg);
		return;
	}
	if (p->state == PROTO_DO_NOT_DISTURB && db_account(f->db, extension) &&
	    !feature_can_dnd(f, extension))
		answer(h, EPERM, arg);
	else
		db_set_presence(f->db, extension, p, h, arg);
}

void feature_set_dnd(struct features *f, const char *extension, bool on,
		     db_done_h *h, void *arg)
{
	const struct db_account *a = f ? db_account(f->db, extension) : NULL;
	struct db_presence p;

	if (!a) {
		answer(h, f ? ENOENT : EINVAL, arg);
		return;
	}
	if (feature_dnd(f, extension) == on) {
		answer(h, 0, arg);
		return;
	}
	p = a->presence;
	p.state = on ? PROTO_DO_NOT_DISTURB : PROTO_OFFICE;
	p.until_ms = 0;
	feature_set_presence(f, extension, &p, h, arg);
}

const struct feature feature_disturb = {
	.name = "disturb",
	.route = route,
};
