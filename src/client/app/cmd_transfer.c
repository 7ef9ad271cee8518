/**
 * @file cmd_transfer.c  Commands that give calls to others
 *
 * Who will talk to whom is said before it happens, and asked; a shell's word
 * is one that has been thought over.
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

static bool allows(const struct uc_call *c)
{
	return c && c->functions & UC_TRANSFER;
}

/** The one that the user speaks in, else one on hold. */
static struct uc_call *call_at_hand(const struct app *a,
				    const struct uc_call *but)
{
	struct uc_call *c = uc_call_current(a->uc);
	size_t i;

	if (c != but && allows(c))
		return c;
	for (i = 0; (c = uc_call_at(a->uc, i)); i++)
		if (c != but && allows(c))
			return c;
	return NULL;
}

static char *who(const char *name, const char *number)
{
	if (text_empty(name) || text_equal(name, number))
		return text_dup(number);
	return text_printf("%s %s", name, number);
}

static const char *const yes[] = {"yes", NULL};

static bool is_sure(const struct app_invocation *i, size_t n)
{
	return i->origin == APP_FROM_SHELL ||
	       text_equal(app_argument_of(i, n), "yes");
}

/* ---- to a number ------------------------------------------------------- */

static int ask_transfer(const struct app_invocation *i, const struct uc_call *c,
			const struct app_dial *d)
{
	char *from = who(c->name, c->number);
	char *to = who(d->contact ? d->contact->name : NULL, d->shown);
	char *text = from && to ? text_printf(_("%s will talk to %s. You leave "
						"the call once that one has "
						"answered."),
					      from, to)
				: NULL;
	const char *argv[] = {"transfer", d->number, "yes", NULL};
	int err = text ? app_question_confirm(i->app, _("Transfer"), text,
					      _("Transfer"), argv)
		       : ENOMEM;

	free(text);
	free(from);
	free(to);
	return err;
}

static int run_transfer(const struct app_invocation *i)
{
	const char *number = app_argument_of(i, 1);
	struct uc_call *c = call_at_hand(i->app, NULL);
	struct app_dial d;
	int err;

	if (!c)
		return app_sink_fail(i->sink, ENOENT,
				     _("No call allows that now."));
	if (app_dial_preview(i->app, number, &d))
		return app_sink_fail(i->sink, EINVAL,
				     _("\"%s\" is no number that can be "
				       "dialled."),
				     number);
	err = is_sure(i, 2)
		      ? app_call_transfer(i->app, c, d.number, NULL, i->sink)
		      : ask_transfer(i, c, &d);
	app_dial_reset(&d);
	return err;
}

static const char *no_transfer(const struct app *a)
{
	if (call_at_hand(a, NULL))
		return NULL;
	return uc_call_count(a->uc) ? _("No call allows that now.")
				    : _("There is no call.");
}

/* ---- to each other ----------------------------------------------------- */

static int ask_connect(const struct app_invocation *i, const struct uc_call *c,
		       const struct uc_call *other)
{
	char *one = who(other->name, other->number);
	char *two = who(c->name, c->number);
	char *text = one && two ? text_printf(_("%s will talk to %s. You leave "
						"both calls."),
					      one, two)
				: NULL;
	const char *argv[] = {"connect", "yes", NULL};
	int err = text ? app_question_confirm(i->app, _("Transfer"), text,
					      _("Transfer"), argv)
		       : ENOMEM;

	free(text);
	free(one);
	free(two);
	return err;
}

static const char *no_connect(const struct app *a)
{
	const struct uc_call *c = call_at_hand(a, NULL);

	if (c && call_at_hand(a, c))
		return NULL;
	return _("There are no two calls to connect.");
}

static int run_connect(const struct app_invocation *i)
{
	struct uc_call *c = call_at_hand(i->app, NULL);
	struct uc_call *other = c ? call_at_hand(i->app, c) : NULL;

	if (!other)
		return app_sink_fail(i->sink, ENOENT, "%s", no_connect(i->app));
	if (!is_sure(i, 1))
		return ask_connect(i, c, other);
	return app_call_transfer(i->app, other, NULL, c, i->sink);
}

static const struct app_argument transfer_arguments[] = {
	{.name = "number", .kind = APP_ARG_DIAL},
	{.name = "sure",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = yes},
	{.name = NULL},
};
static const struct app_argument connect_arguments[] = {
	{.name = "sure",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = yes},
	{.name = NULL},
};

const struct app_command app_commands_transfer[] = {
	{.name = "transfer",
	 .summary = N_("Give the call to somebody else."),
	 .help = N_(
		 "By key, to whom is selected. You are out of it once that one "
		 "has answered; if nobody does, the call is "
		 "yours again."),
	 .examples = EXAMPLES("transfer 202", "transfer '+49 30 555 0100'"),
	 .arguments = transfer_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CALL,
	 .keys = "t",
	 .hint = N_("transfer"),
	 .unavailable = no_transfer,
	 .run = run_transfer},
	{.name = "connect",
	 .summary = N_("Connect two of your calls with each other."),
	 .help = N_("The one that you speak in and one on hold: they talk to "
		    "each other, and you leave both."),
	 .arguments = connect_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CALL,
	 .keys = "x",
	 .hint = N_("connect"),
	 .unavailable = no_connect,
	 .run = run_connect},
	ROWS_END};
