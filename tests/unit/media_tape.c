/* A clip under a listener's hands: where it is, how fast, at which pitch. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <offhook/base.h>
#include <offhook/media.h>

enum { RATE = 8000, OUT = 48000, FRAME = OUT / 50, SECONDS = 4 };

static struct media_tape *tape_of(double hz)
{
	struct media_clip *c;
	struct media_tape *t;
	double phase = 0;

	assert_int_equal(media_clip_alloc(&c, RATE, NULL, SECONDS * RATE), 0);
	media_sine(c->samples, c->n, RATE, hz, -12, &phase);
	assert_int_equal(media_tape_alloc(&t, c, OUT), 0);
	mem_deref(c);
	return t;
}

/* @return Milliseconds that were heard until it ended */
static unsigned play(struct media_tape *t, int16_t *all, size_t max)
{
	int16_t frame[FRAME];
	size_t n = 0;

	while (!media_tape_ended(t) && n + FRAME <= max) {
		media_tape_read(t, frame, FRAME);
		memcpy(all + n, frame, sizeof(frame));
		n += FRAME;
	}
	return (unsigned)(n * 1000 / OUT);
}

static int16_t heard[OUT * SECONDS * 3];

static void is_as_long_as_it_is(void **state)
{
	struct media_tape *t = tape_of(440);

	(void)state;
	assert_int_equal(media_tape_length(t), SECONDS * 1000);
	assert_int_equal(media_tape_position(t), 0);
	assert_in_range(play(t, heard, ARRAY_SIZE(heard)), 3940, 4040);
	assert_int_equal(media_tape_position(t), SECONDS * 1000);
	assert_true(media_tape_ended(t));
	assert_true(media_tone_share(heard + OUT, OUT, OUT, 440) > 0.9);
	mem_deref(t);
}

static void paces_keep_the_pitch(void **state)
{
	static const unsigned paces[] = {50, 75, 125, 150, 200};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paces); i++) {
		struct media_tape *t = tape_of(200);
		unsigned ms, want = SECONDS * 1000 * 100 / paces[i];

		media_tape_pace(t, paces[i]);
		ms = play(t, heard, ARRAY_SIZE(heard));
		assert_in_range(ms, want * 9 / 10, want * 11 / 10);
		assert_true(media_tone_share(heard + OUT / 2, OUT, OUT, 200) >
			    0.8);
		mem_deref(t);
	}
}

static void silence_can_be_paced(void **state)
{
	struct media_clip *c;
	struct media_tape *t;
	unsigned ms;

	(void)state;
	assert_int_equal(media_clip_alloc(&c, RATE, NULL, SECONDS * RATE), 0);
	assert_int_equal(media_tape_alloc(&t, c, OUT), 0);
	mem_deref(c);
	media_tape_pace(t, 200);
	ms = play(t, heard, ARRAY_SIZE(heard));
	assert_in_range(ms, 1800, 2200);
	mem_deref(t);
}

static void goes_where_it_is_sent(void **state)
{
	struct media_tape *t = tape_of(440);
	int16_t frame[FRAME];

	(void)state;
	media_tape_seek(t, 3000);
	assert_int_equal(media_tape_position(t), 3000);
	assert_in_range(play(t, heard, ARRAY_SIZE(heard)), 940, 1040);
	/* at its end it is silent, and back it goes */
	media_tape_read(t, frame, FRAME);
	media_tape_read(t, frame, FRAME);
	assert_true(media_level(frame, FRAME) < -60);
	media_tape_seek(t, 0);
	assert_false(media_tape_ended(t));
	media_tape_read(t, frame, FRAME);
	media_tape_read(t, frame, FRAME);
	assert_true(media_level(frame, FRAME) > -20);
	media_tape_seek(t, UINT32_MAX);
	assert_int_equal(media_tape_position(t), SECONDS * 1000);
	assert_true(media_tape_ended(t));
	mem_deref(t);
}

static void takes_no_nonsense(void **state)
{
	struct media_clip *c;
	struct media_tape *t = NULL;
	int16_t frame[FRAME];

	(void)state;
	assert_int_equal(media_clip_alloc(&c, 11025, NULL, 100), 0);
	assert_int_equal(media_tape_alloc(&t, c, OUT), EINVAL);
	assert_int_equal(media_tape_alloc(&t, NULL, OUT), EINVAL);
	mem_deref(c);
	/* an empty one has ended before it begins */
	assert_int_equal(media_clip_alloc(&c, RATE, NULL, 0), 0);
	assert_int_equal(media_tape_alloc(&t, c, OUT), 0);
	mem_deref(c);
	assert_true(media_tape_ended(t));
	media_tape_pace(t, 100000);
	media_tape_read(t, frame, FRAME);
	assert_true(media_level(frame, FRAME) < -90);
	mem_deref(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_as_long_as_it_is),
		cmocka_unit_test(paces_keep_the_pitch),
		cmocka_unit_test(silence_can_be_paced),
		cmocka_unit_test(goes_where_it_is_sent),
		cmocka_unit_test(takes_no_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
