/**
 * @file cmd_help.c  Help from the tables, and the list of all families
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

static int run_help(const struct app_invocation *i)
{
	const struct app_command *c;
	char *text;
	size_t k;

	if (!text_empty(app_argument_of(i, 1))) {
		c = app_command_find(i->app, app_argument_of(i, 1));
		text = app_command_help(i->app, c);
		if (!text)
			return ENOMEM;
		text_buf_add(&i->sink->text, text);
		free(text);
		return 0;
	}
	for (k = 0; (c = app_command_at(i->app, k)); k++)
		if (c->origins & i->origin)
			app_sink_print(i->sink, "%-14s  %s", c->name,
				       _(c->summary));
	return 0;
}

static int run_version(const struct app_invocation *i)
{
	app_sink_print(i->sink, "offhook %s", OFFHOOK_VERSION);
	if (i->sink->data)
		json_put_string(i->sink->data, OFFHOOK_VERSION);
	return 0;
}

static const struct app_argument help_arguments[] = {
	{.name = "command", .kind = APP_ARG_COMMAND, .optional = true},
	{.name = NULL},
};

const struct app_command app_commands_help[] = {
	{.name = "help",
	 .summary = N_("Explain a command, or list them "
		       "all."),
	 .examples = EXAMPLES("help", "help presence"),
	 .arguments = help_arguments,
	 .origins = FROM_USER,
	 .run = run_help},
	{.name = "version",
	 .summary = N_("Print the program's version."),
	 .origins = FROM_USER,
	 .run = run_version},
	ROWS_END};

/* What one does in a call stands on its bar in this order. */
/* clang-format off */
const struct app_command *const app_command_tables[] = {
	app_commands_pickup,
	app_commands_call,
	app_commands_transfer,
	app_commands_consult,
	app_commands_conference,
	app_commands_codec,
	app_commands_voicemail,
	app_commands_listen,
	app_commands_box,
	app_commands_picture,
	app_commands_park,
	app_commands_forward,
	app_commands_phone,
	app_commands_share,
	app_commands_presence,
	app_commands_away,
	app_commands_search,
	app_commands_message,
	app_commands_delete,
	app_commands_favourite,
	app_commands_favourite_at,
	app_commands_contact,
	app_commands_import,
	app_commands_conversation,
	app_commands_export,
	app_commands_session,
	app_commands_config,
	app_commands_help,
	app_commands_link,
	app_commands_sound,
	app_commands_quality,
	app_commands_ice,
	NULL,
};
/* clang-format on */
