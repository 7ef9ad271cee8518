/**
 * @file cmd_sound.c  Commands of the built-in phone's sound
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"
#include "call_int.h"

enum { STEP = 10 /**< percent by a key */ };

static const char *no_phone(const struct app *a)
{
	const struct app_carrier *c = app_voip_carrier(a);

	return c && c->m.devices ? NULL
				 : _("This program has no built-in phone.");
}

/* ---- devices ----------------------------------------------------------- */

static void print_devices(const struct app_invocation *i, bool input)
{
	struct json_writer *w = i->sink->data;
	const struct app_sound_device *list;
	size_t k, n = app_sound_devices(i->app, &list);
	int width = 0;

	for (k = 0; k < n; k++) {
		int len = (int)strlen(list[k].name);

		if (list[k].input == input && len > width)
			width = len;
	}
	for (k = 0; k < n; k++) {
		if (list[k].input != input)
			continue;
		app_sink_print(
			i->sink, "%-6s  %-*s  %s%s", input ? "input" : "output",
			width, list[k].name, list[k].text,
			list[k].standard ? _(" (chosen by the system)") : "");
		if (!w)
			continue;
		json_object(w);
		json_add_string(w, "role", input ? "input" : "output");
		json_add_string(w, "name", list[k].name);
		json_add_string(w, "text", list[k].text);
		json_add_bool(w, "standard", list[k].standard);
		json_end(w);
	}
}

static int run_devices(const struct app_invocation *i)
{
	const char *role = app_argument_of(i, 1);
	int err = app_sound_ask(i);

	if (err != EALREADY)
		return err;
	if (i->sink->data)
		json_array(i->sink->data);
	if (strcmp(role, "output"))
		print_devices(i, true);
	if (strcmp(role, "input"))
		print_devices(i, false);
	if (i->sink->data)
		json_end(i->sink->data);
	else if (!i->sink->text.len)
		app_sink_print(i->sink, "%s", _("There is no sound device."));
	return 0;
}

/* ---- volume ------------------------------------------------------------ */

static const char *option_of(const char *role)
{
	if (!strcmp(role, "input"))
		return "input_volume";
	return strcmp(role, "ringer") ? "output_volume" : "ringer_volume";
}

static int set_volume(const struct app_invocation *i, const char *option,
		      int64_t percent)
{
	const struct app_option *row = app_option_find(i->app, option);
	char value[24], *why = NULL;
	int err;

	if (percent < row->min)
		percent = row->min;
	if (percent > row->max)
		percent = row->max;
	snprintf(value, sizeof(value), "%lld", (long long)percent);
	err = app_option_set(i->app, option, value, true, &why);
	if (err && why)
		app_sink_fail(i->sink, err, "%s", why);
	free(why);
	if (!err)
		app_sink_print(i->sink, "%s %lld %%", option,
			       (long long)percent);
	return err;
}

static int run_volume(const struct app_invocation *i)
{
	static const char *const roles[] = {"input", "output", "ringer"};
	const char *text = app_argument_of(i, 1);
	const char *option = option_of(app_argument_of(i, 2));
	char *end;
	long n;
	size_t k;

	if (text_empty(text)) {
		if (i->sink->data)
			json_object(i->sink->data);
		for (k = 0; k < ARRAY_SIZE(roles); k++) {
			int64_t v =
				app_option_number(i->app, option_of(roles[k]));

			app_sink_print(i->sink, "%-6s %3lld %%", roles[k],
				       (long long)v);
			if (i->sink->data)
				json_add_int(i->sink->data, roles[k], v);
		}
		if (i->sink->data)
			json_end(i->sink->data);
		return 0;
	}
	n = strtol(text, &end, 10);
	if (end == text || *end || n < -1000 || n > 1000)
		return app_sink_fail(i->sink, EINVAL,
				     _("\"%s\" is no volume: 0 to 150, or +10 "
				       "and -10."),
				     text);
	if (*text == '+' || *text == '-')
		n += (long)app_option_number(i->app, option);
	return set_volume(i, option, n);
}

static int step(const struct app_invocation *i, int by)
{
	const char *option = option_of(app_argument_of(i, 1));

	return set_volume(i, option, app_option_number(i->app, option) + by);
}

static int run_louder(const struct app_invocation *i)
{
	return step(i, STEP);
}

static int run_quieter(const struct app_invocation *i)
{
	return step(i, -STEP);
}

/* ---- hearing whether it works ------------------------------------------ */

static int run_levels(const struct app_invocation *i)
{
	struct json_writer *w = i->sink->data;
	int input, output;
	bool on = app_sound_levels(i->app, &input, &output);

	if (on)
		app_sink_print(i->sink,
			       _("Microphone %d dB, loudspeaker %d dB"), input,
			       output);
	else
		app_sink_print(i->sink, "%s",
			       _("Nobody speaks or listens now."));
	if (w) {
		json_object(w);
		json_add_bool(w, "on", on);
		json_add_int(w, "input", input);
		json_add_int(w, "output", output);
		json_end(w);
	}
	return 0;
}

static const struct {
	const char *name;
	enum app_sound_test test;
	const char *line;
} tests[] = {
	{"tone", APP_SOUND_TEST_TONE, N_("You should hear a tone now.")},
	{"ring", APP_SOUND_TEST_RING, N_("You should hear it ring now.")},
	{"loop", APP_SOUND_TEST_LOOP,
	 N_("Say something: you should hear it a second later.")},
	{"stop", APP_SOUND_TEST_NONE, NULL},
};

static int run_soundtest(const struct app_invocation *i)
{
	const char *name = app_argument_of(i, 1);
	size_t k = 0;
	int err;

	while (!text_empty(name) && k < ARRAY_SIZE(tests) - 1 &&
	       strcmp(tests[k].name, name))
		k++;
	err = app_sound_test(i->app, tests[k].test);
	if (err == EBUSY)
		return app_sink_fail(i->sink, err,
				     _("A call has the sound devices now."));
	if (err)
		return app_sink_fail(i->sink, err,
				     _("The sound test does not work."));
	if (tests[k].line)
		app_sink_print(i->sink, "%s", _(tests[k].line));
	return 0;
}

/* ---- rows -------------------------------------------------------------- */

static const char *const directions[] = {"input", "output", NULL};
static const char *const roles_choice[] = {"output", "input", "ringer", NULL};
static const char *const tests_choice[] = {"tone", "ring", "loop", "stop",
					   NULL};

static const struct app_argument devices_arguments[] = {
	{.name = "role",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = directions},
	{.name = NULL},
};
static const struct app_argument volume_arguments[] = {
	{.name = "percent", .kind = APP_ARG_TEXT, .optional = true},
	{.name = "role",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = roles_choice},
	{.name = NULL},
};
static const struct app_argument step_arguments[] = {
	{.name = "role",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = roles_choice},
	{.name = NULL},
};
static const struct app_argument soundtest_arguments[] = {
	{.name = "what",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = tests_choice},
	{.name = NULL},
};

const struct app_command app_commands_sound[] = {
	{.name = "devices",
	 .summary = N_("List the sound devices of the built-in phone."),
	 .help = N_("The names are what the options audio_input, audio_output "
		    "and ringer take, several in the order of preference."),
	 .examples = EXAMPLES("devices", "devices input"),
	 .arguments = devices_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_phone,
	 .run = run_devices},
	{.name = "volume",
	 .summary = N_("Print or set how loud the built-in phone is."),
	 .help = N_("In percent, of the output unless another role is given; "
		    "with a sign, by so much. It is kept."),
	 .examples = EXAMPLES("volume", "volume 80", "volume +10 ringer"),
	 .arguments = volume_arguments,
	 .origins = FROM_USER,
	 .run = run_volume},
	{.name = "louder",
	 .summary = N_("Hear calls of the built-in phone louder."),
	 .arguments = step_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CALL,
	 .keys = "+",
	 .unavailable = no_phone,
	 .run = run_louder},
	{.name = "quieter",
	 .summary = N_("Hear calls of the built-in phone less loud."),
	 .arguments = step_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CALL,
	 .keys = "-",
	 .unavailable = no_phone,
	 .run = run_quieter},
	{.name = "levels",
	 .summary = N_("Print how loud microphone and loudspeaker are now."),
	 .help = N_("In dBFS: 0 is as loud as can be, -96 silence. Measured "
		    "for two seconds after each asking, so the first answer "
		    "is silence."),
	 .origins = FROM_USER,
	 .unavailable = no_phone,
	 .run = run_levels},
	{.name = "soundtest",
	 .summary = N_("Hear whether the sound devices are right."),
	 .help = N_("A tone from the output, the bell from the ringer, or in a "
		    "loop what you say, a second later. It ends by itself "
		    "after some seconds, and when a call comes."),
	 .examples = EXAMPLES("soundtest", "soundtest loop", "soundtest stop"),
	 .arguments = soundtest_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_phone,
	 .run = run_soundtest},
	ROWS_END};
