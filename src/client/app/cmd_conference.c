/**
 * @file cmd_conference.c  Commands of conferences that the phone runs
 *
 * Whoever is in it has a call of its own, and is dropped by its end.
 */
#include "app_int.h"
#include "cmd_int.h"

static const char *no_conference(const struct app *a)
{
	unsigned out = 0, all = 0;
	struct uc_call *c;
	size_t i;

	for (i = 0; (c = uc_call_at(a->uc, i)); i++) {
		all += (c->functions & UC_JOIN) != 0;
		out += c->functions & UC_JOIN && !c->conference;
	}
	return all > 1 && out ? NULL
			      : _("There are no two calls to put together.");
}

static int run_conference(const struct app_invocation *i)
{
	const char *why = no_conference(i->app);

	if (why)
		return app_sink_fail(i->sink, ENOENT, "%s", why);
	return app_call_join(i->app, i->sink);
}

static const char *no_end(const struct app *a)
{
	return app_conference_count(a) ? NULL : _("There is no conference.");
}

static int run_end(const struct app_invocation *i)
{
	if (!app_conference_count(i->app))
		return app_sink_fail(i->sink, ENOENT,
				     _("There is no conference."));
	app_conference_end(i->app);
	return 0;
}

const struct app_command app_commands_conference[] = {
	{.name = "conference",
	 .summary = N_("Let all whom you have calls with hear each other."),
	 .help = N_("The call that is on and those on hold, up to eight; who "
		    "is called later joins by the same key. Who is put on hold "
		    "leaves it, and so does whose call is ended."),
	 .origins = FROM_USER,
	 .contexts = APP_IN_TWO_CALLS,
	 .keys = "c",
	 .hint = N_("conference"),
	 .unavailable = no_conference,
	 .run = run_conference},
	{.name = "end-conference",
	 .summary = N_("End all calls of the conference."),
	 .origins = FROM_USER,
	 .contexts = APP_IN_CALL,
	 .keys = "E",
	 .hint = N_("end all"),
	 .unavailable = no_end,
	 .run = run_end},
	ROWS_END};
