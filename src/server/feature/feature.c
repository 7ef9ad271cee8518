/**
 * @file feature.c  The table of features, and the switch's hooks led into it
 */
#define LOG_MODULE "feature"
#include "feature_int.h"

/* In the order in which they are asked. */
static const struct feature *const table[] = {
	&feature_disturb,     &feature_names,	      &feature_callme,
	&feature_lines,	      &feature_lamps,	      &feature_journal,
	&feature_watch,	      &feature_voicemail_box, &feature_sharing,
	&feature_away_states, &feature_menu,	      &feature_mail,
};

enum { FEATURES = sizeof(table) / sizeof(table[0]) };

static void destructor(void *p)
{
	struct features *f = p;

	for (unsigned i = 0; i < FEATURES; i++)
		if (table[i]->end)
			table[i]->end(f);
	mem_deref(f->notify);
	mem_deref(f->db);
}

int features_alloc(struct features **fp, struct db *db)
{
	struct features *f;
	int err;

	if (!fp || !db)
		return EINVAL;
	f = mem_zalloc(sizeof(*f), destructor);
	if (!f)
		return ENOMEM;
	f->db = mem_ref(db);
	err = notify_alloc(&f->notify);
	for (unsigned i = 0; i < FEATURES && !err; i++)
		if (table[i]->begin)
			err = table[i]->begin(f);
	if (err)
		mem_deref(f);
	else
		*fp = f;
	return err;
}

void features_attach(struct features *f, struct pbx *p)
{
	if (f)
		f->pbx = p;
}

struct notify *features_notify(struct features *f)
{
	return f ? f->notify : NULL;
}

/* ---- the switch's hooks ------------------------------------------------ */

static int hook_ha1(const char *user, const char *realm, uint8_t ha1[16],
		    void *arg)
{
	const struct features *f = arg;

	return db_ha1(f->db, user, realm, ha1);
}

static int hook_ha1_sha256(const char *user, const char *realm, uint8_t ha1[32],
			   void *arg)
{
	const struct features *f = arg;

	return db_ha1_sha256(f->db, user, realm, ha1);
}

static int hook_route(const struct pbx_ask *ask, struct pbx_route *route,
		      void *arg)
{
	return route_find(arg, ask, route);
}

static enum pbx_cause hook_feature(const struct pbx_caller *caller,
				   const char *number, void *arg)
{
	return caller->outside ? PBX_CAUSE_NOT_OBTAINABLE
			       : code_run(arg, caller->number, number);
}

static int hook_home(const char *device, const char *phone,
		     struct pbx_route *route, void *arg)
{
	if (phone && !menu_home(arg, device, phone, route))
		return 0;
	return phone ? line_home(arg, device, phone, route)
		     : callme_home(arg, device, route);
}

static const char *hook_line(const char *user, void *arg)
{
	return line_of(arg, user);
}

enum pbx_cause features_route(struct features *f,
			      const struct pbx_caller *caller,
			      const struct db_account *called,
			      struct pbx_route *route)
{
	enum pbx_cause cause = PBX_CAUSE_NORMAL;

	for (unsigned i = 0; i < FEATURES && cause == PBX_CAUSE_NORMAL; i++)
		if (table[i]->route)
			cause = table[i]->route(f, caller, called, route);
	return cause;
}

static void hook_event(const struct pbx_event *ev, void *arg)
{
	struct features *f = arg;

	mem_ref(f);
	for (unsigned i = 0; i < FEATURES; i++)
		if (table[i]->event)
			table[i]->event(f, ev);
	notify_emit(f->notify, FEATURE_CALL, ev);
	mem_deref(f);
}

static bool hook_trunk(const char *user, void *arg)
{
	const struct features *f = arg;
	const struct db_account *a = db_account(f->db, user);

	return a && a->trunk && !(a->can & DB_CAN_BOX);
}

static void hook_parked(void *arg)
{
	const struct features *f = arg;

	notify_emit(f->notify, FEATURE_PARKED, NULL);
}

static void hook_reachable(const char *device, bool reachable, void *arg)
{
	struct features *f = arg;

	(void)reachable;
	for (unsigned i = 0; i < FEATURES; i++)
		if (table[i]->reachable)
			table[i]->reachable(f, device);
}

static int hook_presence(const char *device, struct sip_presence *presence,
			 void *arg)
{
	return feature_presence(arg, device, presence);
}

static int hook_messages(const char *device, struct sip_messages *messages,
			 void *arg)
{
	return voicemail_messages(arg, device, messages);
}

static void hook_machine(struct pbx_machine *m, enum pbx_machine_event ev,
			 void *arg)
{
	if (menu_is(m))
		menu_event(arg, m, ev);
	else
		voicemail_event(arg, m, ev);
}

static void hook_wrong_digest(const char *user, void *arg)
{
	(void)arg;
	log_warn("a phone gave a wrong password for %s", user);
}

const struct pbx_hooks *features_hooks(void)
{
	static const struct pbx_hooks hooks = {
		.ha1 = hook_ha1,
		.ha1_sha256 = hook_ha1_sha256,
		.route = hook_route,
		.feature = hook_feature,
		.home = hook_home,
		.line = hook_line,
		.event = hook_event,
		.trunk = hook_trunk,
		.parked = hook_parked,
		.reachable = hook_reachable,
		.wrong_digest = hook_wrong_digest,
		.presence = hook_presence,
		.messages = hook_messages,
		.machine = hook_machine,
	};

	return &hooks;
}
