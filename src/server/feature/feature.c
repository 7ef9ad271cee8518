/**
 * @file feature.c  The table of features, and the switch's hooks led into it
 */
#define LOG_MODULE "feature"
#include "feature_int.h"

/* In the order in which they are asked. */
static const struct feature *const table[] = {
	&feature_disturb, &feature_names, &feature_lamps,
	&feature_journal, &feature_watch,
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

static int hook_route(const struct pbx_caller *caller, const char *number,
		      struct pbx_route *route, void *arg)
{
	const struct db_account *called = NULL;
	struct features *f = arg;
	int err = number_route(f, caller, number, &called, route);

	for (unsigned i = 0; i < FEATURES && !err && called; i++) {
		if (route->refuse != PBX_CAUSE_NORMAL)
			break;
		if (table[i]->route)
			route->refuse =
				table[i]->route(f, caller, called, route);
	}
	return err;
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

	return a && a->trunk;
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
		.event = hook_event,
		.trunk = hook_trunk,
		.reachable = hook_reachable,
		.wrong_digest = hook_wrong_digest,
		.presence = hook_presence,
	};

	return &hooks;
}
