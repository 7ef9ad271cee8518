/**
 * @file cmd_forward.c  Commands that say where one's calls go
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

static const char *const whens[] = {
	[UC_FORWARD_ALWAYS] = "always",
	[UC_FORWARD_BUSY] = "busy",
	[UC_FORWARD_NO_ANSWER] = "no-answer",
	[UC_FORWARD_COUNT] = NULL,
};

static const char *const labels[UC_FORWARD_COUNT] = {
	[UC_FORWARD_ALWAYS] = N_("always"),
	[UC_FORWARD_BUSY] = N_("when busy"),
	[UC_FORWARD_NO_ANSWER] = N_("when nobody answers"),
};

static const char *no_phone(const struct app *a)
{
	if (!app_online(a))
		return app_not_online(a);
	return text_empty(uc_account(a->uc)->device)
		       ? _("This account has no phone.")
		       : NULL;
}

static const char *or_off(const char *number)
{
	return text_empty(number) ? "off" : number;
}

static void push_undo(struct app *a, const char *command, const char *when,
		      const char *before)
{
	const char *argv[] = {command, when ? when : or_off(before),
			      when ? or_off(before) : NULL, NULL};

	app_undo_push(a, when ? _("forwarding") : _("CallMe"), argv);
}

/* A number as it is dialled, to free(); "" for off. NULL: it is none, which has
   been said. */
static char *number_of(const struct app_invocation *i, size_t n)
{
	const char *text = app_argument_of(i, n);
	struct app_dial d;
	char *number;

	if (text_equal(text, "off"))
		return text_dup("");
	if (app_dial_target(i->app, text, DIAL_ASK, &d, i->sink))
		return NULL;
	number = text_dup(d.number);
	app_dial_reset(&d);
	return number;
}

/* ---- forwarding -------------------------------------------------------- */

static int print_forwarding(const struct app_invocation *i)
{
	const struct uc_account *u = uc_account(i->app->uc);
	struct json_writer *w = i->sink->data;

	if (w)
		json_object(w);
	for (unsigned k = 0; k < UC_FORWARD_COUNT; k++) {
		if (!text_empty(u->forward[k]))
			app_sink_print(i->sink, "%s: %s", _(labels[k]),
				       u->forward[k]);
		if (w)
			json_add_string(w, whens[k], u->forward[k]);
	}
	if (w)
		json_end(w);
	return 0;
}

static int run_forward(const struct app_invocation *i)
{
	const char *when = app_argument_of(i, 1);
	char *number;
	unsigned k = 0;
	int err;

	if (text_empty(when))
		return print_forwarding(i);
	while (whens[k] && strcmp(whens[k], when) != 0)
		k++;
	if (!whens[k] || text_empty(app_argument_of(i, 2)))
		return app_sink_fail(i->sink, EINVAL,
				     _("Say when, and where to: `forward "
				       "always 202`, `forward always off`."));
	number = number_of(i, 2);
	if (!number)
		return EINVAL;
	err = wsi_forward_set(NULL, app_online(i->app), k, number, app_told,
			      app_wait_new(i->app, i->sink));
	if (!err)
		push_undo(i->app, "forward", when,
			  uc_account(i->app->uc)->forward[k]);
	free(number);
	return err;
}

/* ---- CallMe ------------------------------------------------------------ */

static int run_call_me(const struct app_invocation *i)
{
	const char *before = uc_account(i->app->uc)->call_me;
	char *number;
	int err;

	if (text_empty(app_argument_of(i, 1))) {
		app_sink_print(i->sink, "%s", or_off(before));
		return 0;
	}
	number = number_of(i, 1);
	if (!number)
		return EINVAL;
	err = wsi_call_me_set(NULL, app_online(i->app), number, app_told,
			      app_wait_new(i->app, i->sink));
	if (!err)
		push_undo(i->app, "callme", NULL, before);
	free(number);
	return err;
}

static const struct app_argument forward_arguments[] = {
	{.name = "when",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = whens},
	{.name = "number", .kind = APP_ARG_TEXT, .optional = true},
	{.name = NULL},
};
static const struct app_argument call_me_arguments[] = {
	{.name = "number", .kind = APP_ARG_TEXT, .optional = true},
	{.name = NULL},
};

const struct app_command app_commands_forward[] = {
	{.name = "forward",
	 .summary = N_("Send your calls elsewhere, by the phone system."),
	 .help = N_("Always, when your phone is busy, or when nobody answers; "
		    "`off` ends it. Without anything: where they go now. The "
		    "header shows a number that all calls go to."),
	 .examples = EXAMPLES("forward always 202",
			      "forward no-answer '+49 171 555 0200'",
			      "forward always off"),
	 .arguments = forward_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_phone,
	 .reads = true,
	 .run = run_forward},
	{.name = "callme",
	 .summary = N_("Have your calls ring at another phone while you are in "
		       "Office."),
	 .help = N_("Callers see your own number, and so does whom you call: "
		    "that phone is rung first. It stays until you say `callme "
		    "off`, and rests while you are absent. A group, or a phone "
		    "that is forwarded, cannot be named."),
	 .examples = EXAMPLES("callme '+49 171 555 0200'", "callme 205",
			      "callme off"),
	 .arguments = call_me_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_phone,
	 .reads = true,
	 .run = run_call_me},
	ROWS_END};
