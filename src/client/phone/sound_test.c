/**
 * @file sound_test.c  What is heard without a call: tests of devices, tapes
 */
#include "phone_int.h"

enum {
	TEST_MS = 15 * 1000, /**< nobody listens for longer */
	TONE_MS = 4 * 1000,
	LATE_MS = 1000, /**< what was said is heard so much later */
};

static void end(void *arg)
{
	phone_test(arg, PHONE_TEST_NONE);
}

/** What was said a second ago, on top of what is played. */
void duplex_loop(struct duplex *d, int16_t *samples, size_t n)
{
	int16_t own[SOUND_RATE / 50];
	size_t i, got;

	duplex_read(own, n, d);
	media_ring_write(d->loop, own, n);
	if (media_ring_used(d->loop) < SOUND_RATE / 1000 * LATE_MS)
		return;
	got = media_ring_read(d->loop, own, n);
	for (i = 0; i < got; i++) {
		int v = samples[i] + own[i];

		samples[i] = (int16_t)(v > INT16_MAX   ? INT16_MAX
				       : v < INT16_MIN ? INT16_MIN
						       : v);
	}
}

int test_clock(struct phone *p)
{
	struct media_clip *silence = NULL;
	int err = media_clip_alloc(&silence, SOUND_RATE, NULL, SOUND_RATE);

	if (!err && p->voice.stream)
		err = media_stream_play_clip(p->voice.stream, MEDIA_LOCAL,
					     silence, 0);
	mem_deref(silence);
	return err;
}

static int loop_start(struct phone *p)
{
	int err = 0;

	if (!p->voice.loop)
		err = media_ring_alloc(&p->voice.loop, 2 * SOUND_RATE);
	if (err)
		return err;
	route_update(p);
	return test_clock(p);
}

static void stop(struct phone *p)
{
	tmr_cancel(&p->test_tmr);
	p->test = PHONE_TEST_NONE;
	media_stream_play_stop(p->bell, MEDIA_LOCAL);
	media_stream_play_stop(p->tones, MEDIA_LOCAL);
	route_update(p);
}

void test_yield(struct phone *p)
{
	if (p->test != PHONE_TEST_NONE)
		stop(p);
}

int phone_test(struct phone *p, enum phone_test test)
{
	uint64_t ms = test == PHONE_TEST_TONE ? TONE_MS : TEST_MS;
	int err = 0;

	if (!p)
		return EINVAL;

	mem_ref(p);
	test_yield(p);
	if (test != PHONE_TEST_NONE &&
	    (call_speaking(p) || p->tone != MEDIA_TONE_NONE)) {
		err = EBUSY;
	} else if (test != PHONE_TEST_NONE) {
		p->test = test;
		tmr_start(&p->test_tmr, ms, end, p);
		if (test == PHONE_TEST_LOOP)
			err = loop_start(p);
		else
			route_update(p);
		if (test == PHONE_TEST_TONE)
			err = media_stream_play_tone(p->tones, MEDIA_LOCAL,
						     MEDIA_TONE_TEST);
		else if (test == PHONE_TEST_RING)
			err = media_stream_play_tone(p->bell, MEDIA_LOCAL,
						     MEDIA_TONE_RING);
		if (err)
			stop(p);
	}
	mem_deref(p);
	return err;
}

/* ---- tapes ------------------------------------------------------------- */

void duplex_tape(struct duplex *d, int16_t *samples, size_t n)
{
	int16_t own[SOUND_RATE / 50];
	size_t i;

	media_tape_read(d->tape, own, n);
	for (i = 0; i < n; i++) {
		int v = samples[i] + own[i];

		samples[i] = (int16_t)(v > INT16_MAX   ? INT16_MAX
				       : v < INT16_MIN ? INT16_MIN
						       : v);
	}
}

int phone_play(struct phone *p, struct media_tape *tape)
{
	int err = 0;

	if (!p)
		return EINVAL;
	mem_ref(p);
	if (tape && (call_speaking(p) || p->tone != MEDIA_TONE_NONE)) {
		err = EBUSY;
	} else if (tape != p->tape) {
		test_yield(p);
		mem_deref(p->tape);
		p->tape = mem_ref(tape);
		route_update(p);
	}
	mem_deref(p);
	return err;
}

bool phone_silent(const struct phone *p)
{
	return p && sound_order_silent(p->sound[PHONE_OUTPUT]);
}
