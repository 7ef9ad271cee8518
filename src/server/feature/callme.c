/**
 * @file callme.c  CallMe: my calls ring at another phone (SPEC T5.3.1)
 *
 * In state Office only; it rests while somebody is absent and is there again
 * after. What is dialled by a program rings that phone first.
 */
#include "feature_int.h"

static const char *const setting = "callme";

const char *feature_call_me(const struct features *f, const char *extension)
{
	const char *number =
		f && extension ? db_setting(f->db, extension, setting) : NULL;

	return number ? number : "";
}

static bool is_active(const struct features *f, const struct db_account *a)
{
	return a && a->presence.state == PROTO_OFFICE &&
	       *feature_call_me(f, a->extension);
}

static int add(struct features *f, const struct db_account *a,
	       struct pbx_route *r)
{
	return number_ring(f, a->extension, feature_call_me(f, a->extension),
			   r);
}

static enum pbx_cause route(struct features *f, const struct pbx_caller *caller,
			    const struct db_account *called,
			    struct pbx_route *r)
{
	(void)caller;
	if (is_active(f, called) && !add(f, called, r))
		r->ring_s = db_setting_number(f->db, "callme_s");
	return PBX_CAUSE_NORMAL;
}

int callme_home(struct features *f, const char *extension, struct pbx_route *r)
{
	const struct db_account *a = db_account(f->db, extension);

	return is_active(f, a) ? add(f, a, r) : ENOENT;
}

static int refuse(const struct features *f, const char *number)
{
	if (group_find(f, number, NULL))
		return EISDIR;
	/* nor is that a phone */
	if (voicemail_is_number(f, number))
		return ENOENT;
	return forward_any(f, number) ? EXDEV : 0;
}

void feature_set_call_me(struct features *f, const char *extension,
			 const char *number, db_done_h *h, void *arg)
{
	number_keep(f, extension, setting, number, refuse, h, arg);
}

bool feature_is_call_me(const char *name)
{
	return text_equal(name, setting);
}

const struct feature feature_callme = {
	.name = "callme",
	.route = route,
};
