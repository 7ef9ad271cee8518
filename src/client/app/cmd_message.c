/**
 * @file cmd_message.c  Commands of instant messages
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

static bool is_extension(const char *text)
{
	size_t n = strlen(text);

	return n && n <= 8 && strspn(text, "0123456789") == n;
}

static int run_message(const struct app_invocation *i)
{
	struct app *a = i->app;
	struct uc_contact *c;
	const char *why;
	int err;

	err = app_contact_or_ask(i, &c);
	/* Without a server nobody knows who that is; it will say. */
	if (err == ENOENT && !a->login.synced &&
	    is_extension(app_argument_of(i, 1))) {
		text_buf_reset(&i->sink->error);
		return app_message_send(a, app_argument_of(i, 1),
					app_argument_of(i, 2), i->sink);
	}
	if (err || !c)
		return err;
	why = app_no_message(a, c, NULL);
	if (why)
		return app_sink_fail(i->sink, ENOTSUP, "%s", why);
	return app_message_send(a, c->device, app_argument_of(i, 2), i->sink);
}

static int run_resend(const struct app_invocation *i)
{
	return app_outbox_again(i->app, app_argument_of(i, 1))
		       ? app_sink_fail(i->sink, ENOENT,
				       _("That is no message that has failed."))
		       : 0;
}

static const struct app_argument message_arguments[] = {
	{.name = "contact", .kind = APP_ARG_COLLEAGUE},
	{.name = "text", .kind = APP_ARG_TEXT, .rest = true},
	{.name = NULL},
};
static const struct app_argument resend_arguments[] = {
	{.name = "entry", .kind = APP_ARG_ENTRY},
	{.name = NULL},
};

const struct app_command app_commands_message[] = {
	{.name = "message",
	 .alias = "msg",
	 .summary = N_("Send a message to a colleague."),
	 .help = N_("It is kept here until the server has it, and there until "
		    "the colleague's program has it: nothing is lost while one "
		    "of them is away. In quotes it may have several lines, and "
		    "blanks stay as they are. What was refused is marked as "
		    "failed, with the reason."),
	 .examples = EXAMPLES("message 201 numbers are in the shared folder",
			      "message hedy 'back at three'"),
	 .arguments = message_arguments,
	 .origins = APP_FROM_LINE | APP_FROM_SHELL | APP_FROM_KEY,
	 .unavailable = app_no_messages,
	 .run = run_message},
	{.name = "resend",
	 .summary = N_("Send a message again that was refused."),
	 .arguments = resend_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_DETAIL,
	 .keys = "r",
	 .unavailable = app_no_messages,
	 .run = run_resend},
	ROWS_END};
