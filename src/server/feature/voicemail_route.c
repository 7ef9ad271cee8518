/**
 * @file voicemail_route.c  Who has an answering box, and which calls go there
 */
#include "feature_int.h"

const char voicemail_machine[] = "voicemail ";

const char *feature_voicemail(const struct features *f)
{
	const char *number = f ? db_setting(f->db, "", "voicemail") : NULL;

	/* a person of that number came first */
	if (text_empty(number) || db_account(f->db, number) ||
	    group_find(f, number, NULL))
		return "";
	return number;
}

bool voicemail_is_number(const struct features *f, const char *number)
{
	/* asked for every call: what it mostly is not is seen first */
	return *number &&
	       text_equal(number, db_setting(f->db, "", "voicemail")) &&
	       *feature_voicemail(f);
}

bool feature_has_voicemail(const struct features *f, const char *extension)
{
	const struct db_account *a = f ? db_account(f->db, extension) : NULL;

	return a && !a->trunk && a->can & DB_CAN_VOICEMAIL &&
	       *feature_voicemail(f);
}

uint32_t voicemail_ring_s(const struct features *f, const char *extension)
{
	return feature_has_voicemail(f, extension)
		       ? db_setting_number(f->db, "voicemail_s")
		       : 0;
}

bool voicemail_takes(enum pbx_cause reason)
{
	return reason == PBX_CAUSE_NO_ANSWER || reason == PBX_CAUSE_BUSY ||
	       reason == PBX_CAUSE_UNREACHABLE;
}

int voicemail_route(const struct features *f, const struct pbx_caller *caller,
		    const char *extension, struct pbx_route *r)
{
	const char *owner = extension ? feature_line(f, extension) : NULL;
	const char *name;

	/* dialled: it is the caller's own */
	if (!extension)
		return menu_route(f, caller, r);
	if (!owner || !feature_has_voicemail(f, owner))
		return ENOENT;
	pbx_route_reset(r);
	name = db_name_of(f->db, owner, caller->number);
	r->machine = text_printf("%s%s", voicemail_machine, owner);
	r->left = text_dup(owner);
	if (!r->machine || !r->left ||
	    text_set(&r->device, feature_voicemail(f)) ||
	    text_set(&r->name, db_account(f->db, owner)->name) ||
	    (name && text_set(&r->caller_name, name)))
		return ENOMEM;
	return 0;
}

int voicemail_route_box(const struct features *f,
			const struct pbx_caller *caller,
			const struct db_account *several, const char *extension,
			struct pbx_route *r)
{
	const char *name = db_name_of(f->db, extension, caller->number);

	pbx_route_reset(r);
	r->machine = text_printf("%s%s %s", voicemail_machine,
				 several->extension, extension);
	r->left = text_dup(extension);
	if (!r->machine || !r->left ||
	    text_set(&r->device, several->extension) ||
	    text_set(&r->name, several->name) ||
	    (name && text_set(&r->caller_name, name)))
		return ENOMEM;
	return 0;
}

int voicemail_messages(const struct features *f, const char *extension,
		       struct sip_messages *messages)
{
	const struct db_account *a;

	extension = feature_line(f, extension);
	if (!feature_has_voicemail(f, extension))
		return ENOENT;
	a = db_account(f->db, extension);
	messages->waiting = a->voice_new > 0;
	messages->voice_new = a->voice_new;
	messages->voice_old = a->voice_old;
	return 0;
}
