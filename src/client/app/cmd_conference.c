/**
 * @file cmd_conference.c  Commands of conferences that the phone runs
 *
 * Whoever is in it has a call of its own, and is dropped by its end.
 */
#include <strings.h>
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

/* ---- one of it --------------------------------------------------------- */

/** Somebody in a conference: a call of the built-in phone, or a member of the
 *  desk phone's one call. */
struct somebody {
	struct uc_call *call;
	const struct uc_member *member; /**< NULL: the call's other side */
};

static const char *number_of(const struct somebody *s)
{
	return s->member ? s->member->number : s->call->number;
}

static const char *name_of(const struct somebody *s)
{
	const char *name = s->member ? s->member->name : s->call->name;

	return text_empty(name) ? number_of(s) : name;
}

/** @param all  Filled, APP_CONFERENCE_MAX @return how many there are */
static size_t everybody(const struct app *a, struct somebody *all)
{
	struct uc_call *c;
	size_t n = 0;

	for (size_t i = 0; (c = uc_call_at(a->uc, i)); i++) {
		if (!c->conference)
			continue;
		for (size_t k = 0; k < c->member_count; k++)
			if (n < APP_CONFERENCE_MAX)
				all[n++] = (struct somebody){c, &c->members[k]};
		if (!c->member_count && !c->parties && n < APP_CONFERENCE_MAX)
			all[n++] = (struct somebody){c, NULL};
	}
	return n;
}

static const char *nobody_there(const struct app *a)
{
	struct somebody all[APP_CONFERENCE_MAX];

	return everybody(a, all) ? NULL : _("There is no conference.");
}

static int drop(struct app *a, const struct somebody *s, struct app_sink *sink)
{
	return s->member ? app_call_drop(a, s->call, s->member->number, sink)
			 : app_call_act(a, s->call, UC_HANG_UP, sink);
}

/* They may have changed since they were asked for: the number counts. */
static int drop_number(struct app *a, const char *who, struct app_sink *sink)
{
	struct somebody all[APP_CONFERENCE_MAX];
	size_t n = everybody(a, all);

	for (size_t i = 0; i < n; i++)
		if (text_equal(number_of(&all[i]), who) ||
		    !strcasecmp(name_of(&all[i]), who))
			return drop(a, &all[i], sink);
	return app_sink_fail(sink, ENOENT, _("%s is not in the conference."),
			     who);
}

static int ask_whom(const struct app_invocation *i, const struct somebody *all,
		    size_t n)
{
	const char *const command[] = {"drop", NULL};
	struct app_pick picks[APP_CONFERENCE_MAX];
	const struct question_prm prm = {
		.title = _("Conference"),
		.text = _("Who is to leave it?"),
		.call = all[0].call->id,
	};

	for (size_t k = 0; k < n; k++)
		picks[k] =
			(struct app_pick){name_of(&all[k]), number_of(&all[k])};
	return app_question_pick(i->app, &prm, command, picks, n, _("Nobody"));
}

static int run_drop(const struct app_invocation *i)
{
	struct somebody all[APP_CONFERENCE_MAX];
	const char *who = app_argument_of(i, 1);
	size_t n = everybody(i->app, all);

	if (!n)
		return app_sink_fail(i->sink, ENOENT, "%s",
				     nobody_there(i->app));
	if (!text_empty(who))
		return drop_number(i->app, who, i->sink);
	if (i->origin == APP_FROM_SHELL)
		return app_sink_fail(i->sink, EINVAL,
				     _("Say who is to leave the conference."));
	return ask_whom(i, all, n);
}

static const struct app_argument drop_arguments[] = {
	{.name = "who", .kind = APP_ARG_TEXT, .optional = true},
	{.name = NULL},
};

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
	{.name = "drop",
	 .summary = N_("Have one leave the conference, who is then hung up."),
	 .help = N_("By number or name; without it you are asked whom. Only "
		    "who has made the conference can."),
	 .examples = EXAMPLES("drop 201", "drop 'Hedy Lamarr'"),
	 .arguments = drop_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CALL,
	 .keys = "X",
	 .hint = N_("drop one"),
	 .unavailable = nobody_there,
	 .run = run_drop},
	ROWS_END};
