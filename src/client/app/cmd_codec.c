/**
 * @file cmd_codec.c  The command that changes the codec of a call
 */
#include <stdlib.h>
#include <strings.h>
#include "app_int.h"
#include "cmd_int.h"

static bool allows(const struct uc_call *c)
{
	return c && c->functions & UC_CODECS;
}

/** The one that an argument names, else that the user speaks in, else one
 *  that allows it. */
static struct uc_call *call_at_hand(const struct app_invocation *i)
{
	return text_empty(app_argument_of(i, 2))
		       ? app_call_allowing(i->app, UC_CODECS, NULL)
		       : app_call_argument(i, 2);
}

static const char *desk_phone(void)
{
	return _("Calls of the desk phone have the codec that it chooses; here "
		 "it can be chosen for those of the built-in phone.");
}

static const char *no_codec(const struct app *a)
{
	struct uc_call *c;
	bool voip = false;
	size_t k;

	for (k = 0; (c = uc_call_at(a->uc, k)); k++) {
		if (allows(c))
			return NULL;
		voip = voip || c->voip;
	}
	return !k     ? _("There is no call.")
	       : voip ? _("No call allows that now.")
		      : desk_phone();
}

bool app_codec_listed(const char *list, size_t len, const char *name, size_t n)
{
	const char *end = list + len;

	while (list < end) {
		size_t k = strcspn(list, ",");

		if (list + k > end)
			k = (size_t)(end - list);
		if (k == n && !strncasecmp(list, name, n))
			return true;
		list += k + 1;
	}
	return false;
}

/** Is each of a list one that the phone has? */
static bool are_codecs(const char *list)
{
	while (*list) {
		size_t n = strcspn(list, ","), k;
		const char *name = app_codecs;

		for (; *name; name += k + strspn(name + k, " ")) {
			k = strcspn(name, " ");
			if (k == n && !strncasecmp(name, list, n))
				break;
		}
		if (!*name)
			return false;
		list += n;
		if (*list && !*++list)
			return false;
	}
	return true;
}

static int run_codec(const struct app_invocation *i)
{
	const char *names = app_argument_of(i, 1);
	struct uc_call *c = call_at_hand(i);

	if (!are_codecs(names))
		return app_sink_fail(i->sink, EINVAL,
				     _("\"%s\" is not one or more of these, "
				       "with commas between them: %s."),
				     names, app_codecs);
	if (!c)
		return app_sink_fail(i->sink, ENOENT,
				     _("There is no such call."));
	if (!c->voip)
		return app_sink_fail(i->sink, ENOTSUP, "%s", desk_phone());
	if (!allows(c))
		return app_sink_fail(i->sink, ENOTSUP,
				     _("This call (%s) does not allow that "
				       "now."),
				     uc_call_state_word(c->state));
	return app_call_codecs(i->app, c, names, i->sink);
}

static const struct app_argument arguments[] = {
	{.name = "codecs", .kind = APP_ARG_TEXT, .optional = true},
	{.name = "call", .kind = APP_ARG_CALL, .optional = true},
	{.name = NULL},
};

const struct app_command app_commands_codec[] = {
	{.name = "codec",
	 .summary = N_("Have a call of the built-in phone go on by another "
		       "codec."),
	 .help = N_("The other side is offered these, the best first, and "
		    "takes one, or refuses: then nothing changes. It counts "
		    "for this call; without names, it is offered what the "
		    "option codecs says. `quality` tells which one is in "
		    "use."),
	 .examples = EXAMPLES("codec PCMA", "codec opus,G722"),
	 .arguments = arguments,
	 .origins = FROM_USER,
	 .unavailable = no_codec,
	 .run = run_codec},
	ROWS_END};
