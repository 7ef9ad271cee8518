/**
 * @file cmd_transfer.c  Commands that give calls to others
 *
 * Who will talk to whom is said before it happens, and asked; a shell's word
 * is one that has been thought over.
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

/** The call that a word names, NULL if it cannot be given to others. */
static struct uc_call *call_named(const struct app_invocation *i, size_t n)
{
	struct uc_call *c = app_call_argument(i, n);

	return c && c->functions & UC_TRANSFER ? c : NULL;
}

static struct uc_call *call_at_hand(const struct app *a,
				    const struct uc_call *but)
{
	return app_call_allowing(a, UC_TRANSFER, but);
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

/** @param d where the number that was named leads to */
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
	char id[16];
	/* As it was named: what it leads to may have the access code. */
	const char *argv[] = {"transfer", app_argument_of(i, 1), "yes", id,
			      NULL};
	int err;

	snprintf(id, sizeof(id), "%u", c->id);
	err = text ? app_question_propose(i->app, c, _("Transfer"), text,
					  _("Transfer"), argv)
		   : ENOMEM;

	free(text);
	free(from);
	free(to);
	return err;
}

static int run_transfer(const struct app_invocation *i)
{
	struct uc_call *c = text_empty(app_argument_of(i, 3))
				    ? call_at_hand(i->app, NULL)
				    : call_named(i, 3);
	struct app_dial d;
	int err;

	if (!c)
		return app_sink_fail(i->sink, ENOENT,
				     _("No call allows that now."));
	err = app_dial_target(i->app, app_argument_of(i, 1), DIAL_ASK, &d,
			      i->sink);
	if (err)
		return err;
	err = is_sure(i, 2)
		      ? app_call_transfer(i->app, c, d.number, NULL, i->sink)
		      : ask_transfer(i, c, &d);
	app_dial_reset(&d);
	return err;
}

static const char *no_transfer(const struct app *a)
{
	return app_no_function(a, UC_TRANSFER);
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
	char first[16], second[16];
	const char *argv[] = {"connect", "yes", first, second, NULL};
	int err;

	snprintf(first, sizeof(first), "%u", c->id);
	snprintf(second, sizeof(second), "%u", other->id);
	err = text ? app_question_propose(i->app, c, _("Transfer"), text,
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
	bool named = !text_empty(app_argument_of(i, 3));
	struct uc_call *c =
		named ? call_named(i, 2) : call_at_hand(i->app, NULL);
	struct uc_call *other = named ? call_named(i, 3)
				: c   ? call_at_hand(i->app, c)
				      : NULL;

	if (!c || !other || c == other)
		return app_sink_fail(i->sink, ENOENT,
				     _("There are no two calls to connect."));
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
	{.name = "call", .kind = APP_ARG_CALL, .optional = true},
	{.name = NULL},
};
static const struct app_argument connect_arguments[] = {
	{.name = "sure",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = yes},
	{.name = "call", .kind = APP_ARG_CALL, .optional = true},
	{.name = "other", .kind = APP_ARG_CALL, .optional = true},
	{.name = NULL},
};

const struct app_command app_commands_transfer[] = {
	{.name = "transfer",
	 .summary = N_("Give the call to somebody else."),
	 .help = N_(
		 "By key, to whom is selected. The number is canonical "
		 "(+49 89 7007-201) or as dialled on the desk phone; one that "
		 "is neither is external where `dial_unknown` says so. You are "
		 "out of the call once that one has answered; if nobody does, "
		 "it is yours again."),
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
	 .contexts = APP_IN_TWO_CALLS,
	 .keys = "x",
	 .hint = N_("connect"),
	 .unavailable = no_connect,
	 .run = run_connect},
	ROWS_END};
