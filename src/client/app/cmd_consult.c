/**
 * @file cmd_consult.c  Commands for two calls of one phone
 *
 * The second one is dialled as any other is; the first waits meanwhile.
 */
#include "app_int.h"
#include "cmd_int.h"

/** One that waits, and can be gone on with. */
static struct uc_call *waits(const struct app *a)
{
	struct uc_call *c = uc_call_waiting(a->uc);

	return c && c->functions & UC_RESUME ? c : NULL;
}

/** The one that has the phone, or is on its way out of it. */
static struct uc_call *has_phone(const struct app *a, bool answered)
{
	struct uc_call *c;
	size_t i;

	for (i = 0; (c = uc_call_at(a->uc, i)); i++) {
		if (c->state == UC_CALL_TALKING ||
		    c->state == UC_CALL_HELD_BY_OTHER)
			return c;
		if (!answered && (c->state == UC_CALL_DIALLING ||
				  c->state == UC_CALL_RINGING_OUT))
			return c;
	}
	return NULL;
}

static const char *no_alternate(const struct app *a)
{
	return waits(a) && has_phone(a, true)
		       ? NULL
		       : _("There are no two calls to go between.");
}

static int run_alternate(const struct app_invocation *i)
{
	return app_call_act(i->app, waits(i->app), UC_RESUME, i->sink);
}

static const char *no_return(const struct app *a)
{
	return waits(a) && has_phone(a, false)
		       ? NULL
		       : _("There is no call to go back to.");
}

static int run_return(const struct app_invocation *i)
{
	return app_call_reconnect(i->app, has_phone(i->app, false),
				  waits(i->app), i->sink);
}

const struct app_command app_commands_consult[] = {
	{.name = "alternate",
	 .summary = N_("Go to the other of two calls."),
	 .help = N_("The one that is on waits on hold meanwhile. Of several on "
		    "hold it is the one that was put there last."),
	 .origins = FROM_USER,
	 .contexts = APP_IN_TWO_CALLS,
	 .keys = "a",
	 .hint = N_("alternate"),
	 .unavailable = no_alternate,
	 .run = run_alternate},
	{.name = "return",
	 .summary = N_("End the second of two calls, go back to the first."),
	 .help = N_("What is on is ended, or given up if nobody has answered "
		    "yet; the call on hold goes on."),
	 .origins = FROM_USER,
	 .contexts = APP_IN_TWO_CALLS,
	 .keys = "b",
	 .hint = N_("return"),
	 .unavailable = no_return,
	 .run = run_return},
	ROWS_END};
