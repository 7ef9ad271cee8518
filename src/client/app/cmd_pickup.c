/**
 * @file cmd_pickup.c  Calls that ring elsewhere, and calls left for others
 *
 * The system does it, asked by the codes that any phone of it can dial: so it
 * is one way for the built-in phone and for the one on the desk.
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

int app_dial_code(const struct app_invocation *i, const char *code,
		  const char *number)
{
	const char *why = app_no_phone(i->app);
	char *text;
	int err;

	if (why)
		return app_sink_fail(i->sink, ENOTSUP, "%s", why);
	text = text_printf("%s%s", code, number);
	err = text ? app_call_dial(i->app, text, i->sink) : ENOMEM;
	free(text);
	return err;
}

/* ---- pick up ----------------------------------------------------------- */

static int run_pickup(const struct app_invocation *i)
{
	struct uc_contact *c;
	int err;

	err = app_contact_or_ask(i, &c);
	if (err || !c)
		return err;
	if (text_empty(c->device))
		return app_sink_fail(i->sink, ENOTSUP,
				     _("%s has no phone of this system: only "
				       "calls of colleagues can be picked up."),
				     c->name);
	if (!c->lamp_old && c->lamp != UC_LAMP_UNKNOWN &&
	    c->lamp != UC_LAMP_RINGS_INSIDE && c->lamp != UC_LAMP_RINGS_OUTSIDE)
		return app_sink_fail(i->sink, ENOENT,
				     _("%s's phone does not ring."), c->name);
	if (!c->lamp_old && uc_contact_is_with_me(i->app->uc, c))
		return app_sink_fail(i->sink, EINVAL,
				     _("It is you who calls %s."), c->name);
	return app_dial_code(i, "*59", c->device);
}

static int run_pickup_group(const struct app_invocation *i)
{
	return app_dial_code(i, "*57", "");
}

static const struct app_argument pickup_arguments[] = {
	{.name = "contact", .kind = APP_ARG_RINGING, .rest = true},
	{.name = NULL},
};
const struct app_command app_commands_pickup[] = {
	{.name = "pickup",
	 .summary = N_("Take a call that rings at a colleague's phone."),
	 .help = N_("By key, that of whom is selected. Only phones of this "
		    "system can be picked up from."),
	 .examples = EXAMPLES("pickup 202", "pickup Hedy Lamarr"),
	 .arguments = pickup_arguments,
	 .origins = FROM_USER,
	 .contexts = IN_PANES,
	 .keys = "p",
	 .hint = N_("pick up"),
	 .unavailable = app_no_phone,
	 .run = run_pickup},
	{.name = "pickup-group",
	 .summary = N_("Take a call that rings in one of your groups."),
	 .help = N_("Of several, the one that has rung longest."),
	 .origins = FROM_USER,
	 .unavailable = app_no_phone,
	 .run = run_pickup_group},
	ROWS_END};
