/**
 * @file cmd_config.c  Commands of options and keys
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

static int run_set(const struct app_invocation *i)
{
	char *why = NULL;
	int err;

	err = app_option_set(i->app, app_argument_of(i, 1),
			     app_argument_of(i, 2),
			     i->origin != APP_FROM_CONFIG, &why);
	if (err && why)
		app_sink_fail(i->sink, err, "%s", why);
	free(why);
	return err;
}

static void show_one(const struct app_invocation *i,
		     const struct app_option *row)
{
	const char *value =
		row->sensitive ? "…" : app_option_get(i->app, row->name);
	char *quoted = app_quote(value);

	app_sink_print(i->sink, "set %s %s", row->name, quoted ? quoted : "");
	free(quoted);
	if (i->sink->data)
		json_add_string(i->sink->data, row->name, value);
}

static int run_show(const struct app_invocation *i)
{
	const struct app_option *row;
	size_t k;

	if (i->sink->data)
		json_object(i->sink->data);
	if (!text_empty(app_argument_of(i, 1)))
		show_one(i, app_option_find(i->app, app_argument_of(i, 1)));
	else
		for (k = 0; (row = app_option_at(i->app, k)); k++)
			show_one(i, row);
	if (i->sink->data)
		json_end(i->sink->data);
	return 0;
}

static int run_bind(const struct app_invocation *i)
{
	const char *argv[4] = {"bind", app_argument_of(i, 1),
			       app_argument_of(i, 2), app_argument_of(i, 3)};
	char *why = NULL;
	int err;

	err = app_binding_set(i->app, argv[1], argv[2], argv[3], NULL, &why);
	if (err && why)
		app_sink_fail(i->sink, err, "%s", why);
	free(why);
	if (!err)
		app_config_keep(i->app, argv, 4, 3, false);
	return err;
}

static int run_unbind(const struct app_invocation *i)
{
	const char *argv[3] = {"unbind", app_argument_of(i, 1),
			       app_argument_of(i, 2)};
	const char *bind[3] = {"bind", app_argument_of(i, 1),
			       app_argument_of(i, 2)};
	char *why = NULL;
	int err;

	err = app_binding_unset(i->app, argv[1], argv[2], &why);
	if (err && why)
		app_sink_fail(i->sink, err, "%s", why);
	free(why);
	if (!err) {
		app_config_keep(i->app, bind, 3, 3, true);
		app_config_keep(i->app, argv, 3, 3, false);
	}
	return err;
}

static int run_bindings(const struct app_invocation *i)
{
	const struct app_binding *b;
	size_t k;

	for (k = 0; (b = app_binding_at(i->app, k)); k++) {
		uint32_t bits = b->contexts;
		struct text_buf names = {0};

		if (!bits)
			text_buf_add(&names, app_context_name(0));
		while (bits) {
			uint32_t bit = bits & -bits;

			text_buf_printf(&names, "%s%s", names.len ? "," : "",
					app_context_name(bit));
			bits &= ~bit;
		}
		app_sink_print(i->sink, "bind %s %s %s",
			       names.buf ? names.buf : "", b->key, b->line);
		text_buf_reset(&names);
	}
	return 0;
}

static const struct app_argument set_arguments[] = {
	{.name = "option", .kind = APP_ARG_OPTION},
	{.name = "value", .kind = APP_ARG_TEXT, .rest = true},
	{.name = NULL},
};
static const struct app_argument show_arguments[] = {
	{.name = "option", .kind = APP_ARG_OPTION, .optional = true},
	{.name = NULL},
};
static const struct app_argument bind_arguments[] = {
	{.name = "view", .kind = APP_ARG_TEXT},
	{.name = "key", .kind = APP_ARG_KEY},
	{.name = "command", .kind = APP_ARG_LINE, .rest = true},
	{.name = NULL},
};
static const struct app_argument unbind_arguments[] = {
	{.name = "view", .kind = APP_ARG_TEXT},
	{.name = "key", .kind = APP_ARG_KEY},
	{.name = NULL},
};

const struct app_command app_commands_config[] = {
	{.name = "set",
	 .summary = N_("Change an option."),
	 .help = N_("What is set while the program runs is kept in a file of "
		    "its own; the configuration that you wrote is never "
		    "changed."),
	 .examples = EXAMPLES("set popup 10s", "set date_format dmy"),
	 .arguments = set_arguments,
	 .origins = FROM_USER | APP_FROM_CONFIG,
	 .run = run_set},
	{.name = "show",
	 .summary = N_("Print options as they are now."),
	 .examples = EXAMPLES("show", "show popup"),
	 .arguments = show_arguments,
	 .origins = FROM_USER,
	 .run = run_show},
	{.name = "bind",
	 .summary = N_("Bind a key to a command."),
	 .help = N_("The view is any, list, favourites, conversations, search, "
		    "detail, call, ringing, lost, login or help, or several "
		    "with commas. Keys are written as C-d, M-x, F9, Enter, "
		    "PageDown."),
	 .examples = EXAMPLES("bind call H hold",
			      "bind any F8 presence lunch +45m"),
	 .arguments = bind_arguments,
	 .origins = FROM_USER | APP_FROM_CONFIG,
	 .run = run_bind},
	{.name = "unbind",
	 .summary = N_("Take the command away from a key."),
	 .examples = EXAMPLES("unbind call H"),
	 .arguments = unbind_arguments,
	 .origins = FROM_USER | APP_FROM_CONFIG,
	 .run = run_unbind},
	{.name = "bindings",
	 .summary = N_("List the keys and what they do."),
	 .origins = APP_FROM_LINE | APP_FROM_SHELL,
	 .run = run_bindings},
	ROWS_END};
