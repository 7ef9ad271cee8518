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

/** The call that a word names, NULL if it does not allow that. */
static struct uc_call *call_named(const struct app_invocation *i, size_t n,
				  enum uc_function f)
{
	struct uc_call *c = app_call_argument(i, n);

	return c && c->functions & f ? c : NULL;
}

/** @param but  Which is one of the two: the other is the one that has been put
 *              on hold last, as its consultation is */
static struct uc_call *call_at_hand(const struct app *a,
				    const struct uc_call *but)
{
	struct uc_call *c = but ? uc_call_waiting(a->uc) : NULL;

	return c && c != but && c->functions & UC_TRANSFER
		       ? c
		       : app_call_allowing(a, UC_TRANSFER, but);
}

char *app_call_who(const char *name, const char *number)
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

/** A way to give a call to whom a number leads to. */
struct gift {
	const char *command;
	enum uc_function function;
	const char *title;
	char *(*text)(const char *from, const char *to); /**< to free() */
	int (*give)(struct app *a, struct uc_call *c, const char *number,
		    struct app_sink *s);
};

/** @param d where the number that was named leads to */
static int ask_gift(const struct app_invocation *i, const struct gift *g,
		    const struct uc_call *c, const struct app_dial *d)
{
	char *from = app_call_who(c->name, c->number);
	char *to = app_call_who(d->contact ? d->contact->name : NULL, d->shown);
	char *text = from && to ? g->text(from, to) : NULL;
	char id[16];
	/* As it was named: what it leads to may have the access code. */
	const char *argv[] = {g->command, app_argument_of(i, 1), "yes", id,
			      NULL};
	int err;

	snprintf(id, sizeof(id), "%u", c->id);
	err = text ? app_question_propose(i->app, c, _(g->title), text,
					  _(g->title), argv)
		   : ENOMEM;

	free(text);
	free(from);
	free(to);
	return err;
}

static int run_gift(const struct app_invocation *i, const struct gift *g)
{
	struct uc_call *c =
		text_empty(app_argument_of(i, 3))
			? app_call_allowing(i->app, g->function, NULL)
			: call_named(i, 3, g->function);
	struct app_dial d;
	int err;

	if (!c)
		return app_sink_fail(i->sink, ENOENT,
				     _("No call allows that now."));
	err = app_dial_target(i->app, app_argument_of(i, 1), DIAL_ASK, &d,
			      i->sink);
	if (err)
		return err;
	err = is_sure(i, 2) ? g->give(i->app, c, d.number, i->sink)
			    : ask_gift(i, g, c, &d);
	app_dial_reset(&d);
	return err;
}

static int transfer(struct app *a, struct uc_call *c, const char *number,
		    struct app_sink *s)
{
	return app_call_transfer(a, c, number, NULL, s);
}

static char *transfer_text(const char *from, const char *to)
{
	return text_printf(_("%s will talk to %s. You leave the call once that "
			     "one has answered."),
			   from, to);
}

static int run_transfer(const struct app_invocation *i)
{
	static const struct gift gift = {"transfer", UC_TRANSFER,
					 N_("Transfer"), transfer_text,
					 transfer};

	return run_gift(i, &gift);
}

static const char *no_transfer(const struct app *a)
{
	return app_no_function(a, UC_TRANSFER);
}

static char *deflect_text(const char *from, const char *to)
{
	return text_printf(_("%s will ring at %s, and no more here."), from,
			   to);
}

static int run_deflect(const struct app_invocation *i)
{
	static const struct gift gift = {"deflect", UC_DEFLECT, N_("Deflect"),
					 deflect_text, app_call_deflect};

	return run_gift(i, &gift);
}

static const char *no_deflect(const struct app *a)
{
	return app_no_function(a, UC_DEFLECT);
}

/* ---- to each other ----------------------------------------------------- */

static int ask_connect(const struct app_invocation *i, const struct uc_call *c,
		       const struct uc_call *other)
{
	char *one = app_call_who(other->name, other->number);
	char *two = app_call_who(c->name, c->number);
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
	struct uc_call *c = named ? call_named(i, 2, UC_TRANSFER)
				  : call_at_hand(i->app, NULL);
	struct uc_call *other = named ? call_named(i, 3, UC_TRANSFER)
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
	{.name = "number", .kind = APP_ARG_OTHER},
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
	 .function = UC_TRANSFER,
	 .unavailable = no_transfer,
	 .run = run_transfer},
	{.name = "deflect",
	 .summary = N_("Send a ringing call to somebody else."),
	 .help = N_("By key, to whom is selected. The number is canonical or "
		    "as dialled on the desk phone."),
	 .examples = EXAMPLES("deflect 202", "deflect '+49 30 555 0100'"),
	 .arguments = transfer_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_RINGING,
	 .keys = "F8",
	 .hint = N_("deflect"),
	 .function = UC_DEFLECT,
	 .unavailable = no_deflect,
	 .run = run_deflect},
	{.name = "connect",
	 .summary = N_("Connect two of your calls with each other."),
	 .help = N_("The one that you speak in and the one put on hold last: "
		    "they talk to each other, and you leave both."),
	 .arguments = connect_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_TWO_CALLS,
	 .keys = "x",
	 .hint = N_("connect"),
	 .unavailable = no_connect,
	 .run = run_connect},
	ROWS_END};
