/**
 * @file code.c  Codes that a phone dials: the keys of a phone without any
 */
#include "feature_int.h"

#include <stdlib.h>

typedef enum pbx_cause(code_h)(struct features *f, const char *extension,
			       const char *rest);

static enum pbx_cause forward(struct features *f, const char *extension,
			      const char *rest)
{
	const struct db_account *a = db_account(f->db, extension);

	if (!a || (*rest && route_check(f, extension, rest)))
		return PBX_CAUSE_NOT_OBTAINABLE;
	feature_set_forwarding(f, extension, FEATURE_FORWARD_IMMEDIATE, rest,
			       NULL, NULL);
	return PBX_CAUSE_NORMAL;
}

static enum pbx_cause disturb(struct features *f, const char *extension,
			      bool on)
{
	const struct db_account *a = db_account(f->db, extension);

	if (!a || (on && !feature_can_dnd(f, extension)))
		return PBX_CAUSE_NOT_OBTAINABLE;
	feature_set_dnd(f, extension, on, NULL, NULL);
	return PBX_CAUSE_NORMAL;
}

static enum pbx_cause disturb_on(struct features *f, const char *extension,
				 const char *rest)
{
	(void)rest;
	return disturb(f, extension, true);
}

static enum pbx_cause disturb_off(struct features *f, const char *extension,
				  const char *rest)
{
	(void)rest;
	return disturb(f, extension, false);
}

static enum pbx_cause office(struct features *f, const char *extension,
			     const char *rest)
{
	(void)rest;
	return away_code(f, extension, "1");
}

/* What follows a code. */
enum rest { REST_NOTHING, REST_SLOT, REST_NUMBER };

static const struct code {
	const char *code;
	enum rest rest;
	enum pbx_service service;
	code_h *run;
} codes[] = {
	{"*56", REST_SLOT, PBX_SERVICE_PARK, NULL},
	{"#56", REST_SLOT, PBX_SERVICE_UNPARK, NULL},
	{"*57", REST_NOTHING, PBX_SERVICE_PICKUP, NULL},
	{"*59", REST_NUMBER, PBX_SERVICE_PICKUP, NULL},
	{"*69", REST_NUMBER, PBX_SERVICE_FEATURE, away_code},
	{"#69", REST_NOTHING, PBX_SERVICE_FEATURE, office},
	{"*97", REST_NOTHING, PBX_SERVICE_FEATURE, disturb_on},
	{"#97", REST_NOTHING, PBX_SERVICE_FEATURE, disturb_off},
	{"*11", REST_NUMBER, PBX_SERVICE_FEATURE, forward},
	{"#1", REST_NOTHING, PBX_SERVICE_FEATURE, forward},
};

static const struct code *code_find(const char *number, const char **rest)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		size_t n = strlen(codes[i].code);
		size_t left = strlen(number) - n;

		if (strncmp(number, codes[i].code, n) != 0)
			continue;
		*rest = number + n;
		if (codes[i].rest == REST_NUMBER ? left > 0
		    : codes[i].rest == REST_SLOT
			    ? left == 1 && **rest >= '0' && **rest <= '9'
			    : left == 0)
			return &codes[i];
	}
	return NULL;
}

/* Who are in a group with that one. */
static int fellows(struct features *f, const char *extension,
		   struct pbx_route *r)
{
	for (size_t i = 0; i < db_account_count(f->db); i++) {
		const char *other = db_account_at(f->db, i)->extension;

		if (!text_equal(other, extension) &&
		    group_shared(f, extension, other) &&
		    pbx_route_add(r, other, NULL, NULL))
			return ENOMEM;
	}
	return list_isempty(&r->targets) ? ENOENT : 0;
}

int code_route(struct features *f, const struct pbx_caller *caller,
	       const char *number, struct pbx_route *r)
{
	const char *rest;
	const struct code *c = code_find(number, &rest);

	if (!c || caller->outside || !db_account(f->db, caller->number))
		return ENOENT;
	r->service = c->service;
	if (c->rest == REST_SLOT)
		r->slot = (unsigned)(*rest - '0');
	if (c->service != PBX_SERVICE_PICKUP)
		return 0;
	if (c->rest == REST_NOTHING)
		return fellows(f, caller->number, r);
	return db_account(f->db, rest) ? pbx_route_add(r, rest, NULL, NULL)
				       : ENOENT;
}

enum pbx_cause code_run(struct features *f, const char *extension,
			const char *number)
{
	const char *rest;
	const struct code *c = code_find(number, &rest);

	return c && c->run ? c->run(f, extension, rest)
			   : PBX_CAUSE_NOT_OBTAINABLE;
}
