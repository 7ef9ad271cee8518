/**
 * @file phone_hand.c  What is in hand between a device and the media thread
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include <offhook/client/phone.h>
#include "../../src/client/phone/phone_int.h"

enum { MS = SOUND_RATE / 1000, FRAME = 20 * MS, PERIOD = 10 * MS };

static struct sound_hand hand;
static struct media_ring *ring;
static double phase, level;
static int last, jump;

static int setup(void **state)
{
	(void)state;
	sound_hand_init(&hand);
	phase = 0;
	level = -12;
	last = jump = 0;
	return media_ring_alloc(&ring, 400 * MS);
}

static int teardown(void **state)
{
	(void)state;
	ring = mem_deref(ring);
	return 0;
}

static void device(size_t n)
{
	int16_t pcm[FRAME * 4];

	media_sine(pcm, n, SOUND_RATE, 200, level, &phase);
	assert_int_equal(media_ring_write(ring, pcm, n), n);
}

/* @return how many were missing */
static size_t frame(void)
{
	int16_t pcm[FRAME];
	size_t got = sound_hand_read(&hand, ring, pcm, FRAME);

	for (size_t i = 0; i < got; i++) {
		int step = abs(pcm[i] - last);

		jump = step > jump ? step : jump;
		last = pcm[i];
	}
	return FRAME - got;
}

static size_t ms_left(void)
{
	return media_ring_used(ring) / MS;
}

/* A device that is even: two periods for each frame. */
static size_t run(unsigned frames)
{
	size_t missing = 0;

	for (unsigned i = 0; i < frames; i++) {
		device(PERIOD);
		device(PERIOD);
		missing += frame();
	}
	return missing;
}

static void test_delay_that_nobody_needs_goes(void **state)
{
	(void)state;
	level = -60;
	device(FRAME * 4);
	assert_int_equal(run(49), 0);
	assert_true(ms_left() >= 75);
	assert_int_equal(run(10), 0);
	assert_in_range(ms_left(), 5, 15);
	/* and no more of it */
	assert_int_equal(run(500), 0);
	assert_in_range(ms_left(), 5, 15);
}

static void test_speech_is_left_whole_for_a_while(void **state)
{
	int slope;

	(void)state;
	device(FRAME * 4);
	assert_int_equal(run(200), 0);
	assert_true(ms_left() >= 75);
	slope = jump;
	assert_int_equal(run(60), 0);
	assert_in_range(ms_left(), 5, 15);
	/* Nothing jumps: not much more than the tone itself. */
	assert_true(jump < slope * 3 / 2);
}

/* 50 ms come at once each 40: what is needed now and then is kept. */
static void test_what_is_needed_stays(void **state)
{
	size_t missing = 0;

	(void)state;
	level = -60;
	device(FRAME * 2);
	for (unsigned i = 0; i < 500; i++) {
		if (i % 3 == 0)
			device(3 * FRAME);
		missing += frame();
	}
	assert_int_equal(missing, 0);
}

static void test_dry_once_keeps_more(void **state)
{
	(void)state;
	level = -60;
	device(FRAME * 4);
	assert_int_equal(run(60), 0);
	assert_true(frame() > 0);
	/* nothing until there is something in hand */
	device(PERIOD);
	assert_int_equal(frame(), FRAME);
	device(FRAME * 4);
	assert_int_equal(run(120), 0);
	assert_in_range(ms_left(), 15, 25);
}

static void test_piles_are_dropped(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		device(FRAME * 4);
	assert_int_equal(frame(), 0);
	assert_true(ms_left() <= 120);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_delay_that_nobody_needs_goes),
		T(test_speech_is_left_whole_for_a_while),
		T(test_what_is_needed_stays),
		T(test_dry_once_keeps_more),
		T(test_piles_are_dropped),
	};
	int err = loop_init(LOOP_FEW), n;

	if (err)
		return 1;
	n = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return n;
}
