/**
 * @file app_sound.c  Devices, volumes and tests of a phone that has sound
 */
#include "app_fixture.h"

static struct {
	app_devices_h *h; /**< who asked, and was not answered yet */
	void *arg;
	unsigned asked;
	enum app_sound_test test;
	bool busy;
	char volume[40];
} fake;

static int devices(void *carrier, app_devices_h *h, void *arg)
{
	(void)carrier;
	fake.h = h;
	fake.arg = arg;
	fake.asked++;
	return 0;
}

static void option(void *carrier, const char *name, const char *value)
{
	(void)carrier;
	if (strstr(name, "volume"))
		snprintf(fake.volume, sizeof(fake.volume), "%s %s", name,
			 value);
}

static bool levels(void *carrier, int *input, int *output)
{
	(void)carrier;
	*input = -20;
	*output = -96;
	return true;
}

static int sound_test(void *carrier, enum app_sound_test test)
{
	(void)carrier;
	fake.test = test;
	return fake.busy ? EBUSY : 0;
}

static struct app_carrier *carrier_to(struct app *a)
{
	static const struct app_carrier_methods methods = {
		.name = "voip",
		.option = option,
		.devices = devices,
		.levels = levels,
		.sound_test = sound_test,
	};
	struct app_carrier *c;

	memset(&fake, 0, sizeof(fake));
	assert_int_equal(app_carrier_register(a, &c, &methods, NULL), 0);
	return c;
}

static void answer(void)
{
	static const struct app_sound_device list[] = {
		{true, false, "pulse:mic", "Headset"},
		{false, true, "pulse:head", "Headset"},
		{false, false, "alsa:hw:0", "Card"},
	};
	app_devices_h *h = fake.h;

	assert_non_null(h);
	fake.h = NULL;
	h(list, 3, fake.arg);
}

static void on_done(int err, const char *text, void *arg)
{
	assert_int_equal(err, 0);
	assert_string_equal(text, "");
	(*(unsigned *)arg)++;
}

static void test_who_asks_is_answered(void **state)
{
	unsigned done = 0;
	struct app_sink one = {.done = on_done, .done_arg = &done};
	struct app_sink two = {.done = on_done, .done_arg = &done};
	struct app *a = app_make();
	struct app_carrier *c = carrier_to(a);
	(void)state;

	assert_int_equal(app_run_line(a, "devices input", APP_FROM_SHELL, &one),
			 EINPROGRESS);
	assert_int_equal(app_run_line(a, "devices", APP_FROM_SHELL, &two),
			 EINPROGRESS);
	assert_int_equal(fake.asked, 1);
	answer();
	assert_int_equal(done, 2);
	assert_string_equal(one.text.buf, "input   pulse:mic  Headset\n");
	assert_string_equal(two.text.buf,
			    "input   pulse:mic  Headset\n"
			    "output  pulse:head  Headset (chosen by the "
			    "system)\n"
			    "output  alsa:hw:0   Card\n");
	app_sink_reset(&one);
	/* What was plugged since is asked anew; nobody waits any more. */
	assert_int_equal(app_run_line(a, "devices", APP_FROM_SHELL, &one),
			 EINPROGRESS);
	app_sink_reset(&one);
	answer();
	assert_int_equal(done, 2);
	/* The application may end while a question is out. */
	assert_int_equal(app_run_line(a, "devices", APP_FROM_SHELL, &one),
			 EINPROGRESS);
	app_sink_reset(&one);
	app_sink_reset(&two);
	mem_deref(c);
	mem_deref(a);
}

static bool offers(struct app *a, const char *line, const char *word)
{
	bool found = false;
	size_t start, i;
	char **words;

	assert_int_equal(app_complete(a, line, &words, &start), 0);
	for (i = 0; words[i]; i++)
		found = found || !strcmp(words[i], word);
	app_argv_free(words);
	return found;
}

static void test_names_are_completed(void **state)
{
	struct app *a = app_make();
	struct app_carrier *c = carrier_to(a);
	(void)state;

	assert_true(offers(a, "set audio_output a", "auto"));
	answer();
	assert_true(offers(a, "set audio_output pul", "pulse:head"));
	assert_false(offers(a, "set audio_output pul", "pulse:mic"));
	assert_true(offers(a, "set audio_input none, ", "pulse:mic"));
	assert_true(offers(a, "set ringer ", "alsa:hw:0"));
	assert_false(offers(a, "set popup ", "alsa:hw:0"));
	mem_deref(c);
	mem_deref(a);
}

static void test_volumes(void **state)
{
	struct app *a = app_make();
	struct app_carrier *c = carrier_to(a);
	(void)state;

	assert_int_equal(app_do(a, "volume 80", "output_volume 80 %\n"), 0);
	assert_string_equal(fake.volume, "output_volume 80");
	assert_int_equal(app_do(a, "louder", "output_volume 90 %\n"), 0);
	assert_int_equal(app_do(a, "volume -30", "output_volume 60 %\n"), 0);
	assert_int_equal(
		app_do(a, "volume +900 ringer", "ringer_volume 150 %\n"), 0);
	assert_int_equal(app_do(a, "volume -900 input", "input_volume 0 %\n"),
			 0);
	assert_int_equal(app_do(a, "quieter input", "input_volume 0 %\n"), 0);
	assert_int_equal(app_do(a, "volume",
				"input    0 %\noutput  60 %\nringer 150 %\n"),
			 0);
	assert_int_equal(app_do(a, "volume loud", NULL), EINVAL);
	assert_int_equal(app_do(a, "volume 5x", NULL), EINVAL);
	assert_int_equal(app_do(a, "volume 99999999999999999999", NULL),
			 EINVAL);
	assert_int_equal(app_do(a, "set output_volume 151", NULL), EINVAL);
	mem_deref(c);
	mem_deref(a);
}

static void test_the_sound_test(void **state)
{
	struct app *a = app_make();
	struct app_carrier *c;
	(void)state;

	/* Without a phone of its own there is nothing to hear. */
	assert_int_equal(app_do(a, "soundtest", NULL), ENOTSUP);
	assert_int_equal(app_do(a, "devices", NULL), ENOTSUP);
	c = carrier_to(a);
	assert_int_equal(
		app_do(a, "soundtest", "You should hear a tone now.\n"), 0);
	assert_int_equal(fake.test, APP_SOUND_TEST_TONE);
	assert_int_equal(app_do(a, "soundtest stop", ""), 0);
	assert_int_equal(fake.test, APP_SOUND_TEST_NONE);
	assert_int_equal(app_do(a, "soundtest loop", NULL), 0);
	assert_int_equal(fake.test, APP_SOUND_TEST_LOOP);
	fake.busy = true;
	assert_int_equal(app_do(a, "soundtest ring", NULL), EBUSY);
	assert_int_equal(
		app_do(a, "levels", "Microphone -20 dB, loudspeaker -96 dB\n"),
		0);
	mem_deref(c);
	mem_deref(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_asks_is_answered),
		TEST(test_names_are_completed),
		TEST(test_volumes),
		TEST(test_the_sound_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
