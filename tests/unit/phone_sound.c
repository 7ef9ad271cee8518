/**
 * @file phone_sound.c  Devices that do not work, and what their owner does
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include <offhook/client/phone.h>
#include "until.h"

static struct phone *phone;
static unsigned failures;
static bool free_it;

static void on_failed(const char *line, void *arg)
{
	(void)arg;
	assert_true(line && *line);
	failures++;
	if (free_it)
		phone = mem_deref(phone);
}

static const struct phone_handlers handlers = {.sound_failed = on_failed};

static int setup(void **state)
{
	(void)state;
	failures = 0;
	free_it = false;
	return loop_init(LOOP_FEW) || phone_alloc(&phone, &handlers, NULL) ? -1
									   : 0;
}

static int teardown(void **state)
{
	(void)state;
	phone = mem_deref(phone);
	loop_close();
	return 0;
}

static bool later(void *arg)
{
	return time_mono_ms() > *(uint64_t *)arg;
}

/* Beside this program there is no driver for PulseAudio. */
static void test_a_driver_that_is_not_there(void **state)
{
	uint64_t some_frames = time_mono_ms() + 150;

	(void)state;
	assert_int_equal(phone_set_device(phone, PHONE_OUTPUT, "pulse"), 0);
	phone_tone(phone, MEDIA_TONE_RINGBACK);
	assert_int_equal(failures, 1);
	/* The media thread makes frames for it meanwhile. */
	assert_true(until(later, &some_frames));
	assert_int_equal(phone_set_device(phone, PHONE_OUTPUT, "none"), 0);
	some_frames = time_mono_ms() + 50;
	assert_true(until(later, &some_frames));
	phone_tone(phone, MEDIA_TONE_NONE);
	assert_int_equal(failures, 1);
}

static void test_freed_when_it_fails(void **state)
{
	(void)state;
	free_it = true;
	phone_tone(phone, MEDIA_TONE_RING);
	assert_int_equal(failures, 1);
	assert_null(phone);
}

static void test_no_such_device(void **state)
{
	(void)state;
	assert_int_equal(phone_set_device(phone, PHONE_INPUT, "alsa2"), EINVAL);
	assert_int_equal(phone_set_device(phone, PHONE_INPUT, "file"), EINVAL);
	assert_int_equal(phone_set_device(phone, PHONE_INPUT, "none:x"),
			 EINVAL);
	assert_int_equal(phone_set_device(phone, PHONE_INPUT, ""), EINVAL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_driver_that_is_not_there),
		T(test_freed_when_it_fails),
		T(test_no_such_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
