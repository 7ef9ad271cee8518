/**
 * @file cmd_voicemail.c  A ringing call goes to one's answering box
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

const char *app_voicemail_number(const struct app *a)
{
	const struct uc_account *u = uc_account(a->uc);

	if (u->can & UC_CAN_VOICEMAIL && !text_empty(u->voicemail))
		return u->voicemail;
	return app_option_get(a, "voicemail_number");
}

static const char *no_voicemail(const struct app *a)
{
	const char *why = app_no_function(a, UC_DEFLECT);

	if (why || !text_empty(app_voicemail_number(a)))
		return why;
	return _("This account has no voicemail.");
}

static struct uc_call *call_meant(const struct app_invocation *i)
{
	struct uc_call *c =
		text_empty(app_argument_of(i, 1))
			? app_call_allowing(i->app, UC_DEFLECT, NULL)
			: app_call_argument(i, 1);

	return c && c->functions & UC_DEFLECT ? c : NULL;
}

static int run_voicemail(const struct app_invocation *i)
{
	struct uc_call *c = call_meant(i);
	char *from = c ? app_call_who(c->name, c->number) : NULL;
	int err;

	if (!c)
		return app_sink_fail(i->sink, ENOENT,
				     _("No call allows that now."));
	err = app_call_deflect(i->app, c, app_voicemail_number(i->app),
			       i->sink);
	if (!err && from)
		uc_notice(i->app->uc, UC_NOTICE_INFO,
			  _("%s is sent to your voicemail."), from);
	free(from);
	return err;
}

static const struct app_argument voicemail_arguments[] = {
	{.name = "call", .kind = APP_ARG_CALL, .optional = true},
	{.name = NULL},
};

const struct app_command app_commands_voicemail[] = {
	{.name = "voicemail",
	 .summary = N_("Send a ringing call to your voicemail."),
	 .help = N_("The caller is asked for a message. Which number that is "
		    "says the server, or the option voicemail_number."),
	 .arguments = voicemail_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_RINGING,
	 .keys = "F10",
	 .hint = N_("voicemail"),
	 .unavailable = no_voicemail,
	 .run = run_voicemail},
	ROWS_END};
