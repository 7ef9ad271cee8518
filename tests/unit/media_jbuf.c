/**
 * @file media_jbuf.c  The jitter buffer, driven by a clock of the test's own
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "../../src/lib/media/media_int.h"

enum { CLOCK = 8000, STEP = 160, FRAME_US = 20000 };

static struct jbuf jb;
static uint64_t now;

static int setup(void **state)
{
	(void)state;
	jbuf_init(&jb, CLOCK);
	now = 1000000;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	jbuf_flush(&jb);
	return 0;
}

static int put_at(unsigned i, uint64_t at)
{
	uint8_t b = (uint8_t)i;

	return jbuf_put(&jb, (uint16_t)i, i * STEP, 8, &b, 1, at);
}

/* Packet i arrives in time, delayed by so much. */
static int put(unsigned i, unsigned delay_ms)
{
	return put_at(i, 1000000 + (uint64_t)i * FRAME_US + delay_ms * 1000);
}

/* The first byte of the packet that came, -1 lost, -2 empty. */
static int get(void)
{
	const struct jbuf_packet *next = NULL;
	struct jbuf_packet pkt;
	int v;

	switch (jbuf_get(&jb, now, 0, &pkt, &next)) {
	case JBUF_PACKET:
		v = pkt.data[0];
		jbuf_release(&pkt);
		return v;
	case JBUF_LOST:
		return -1;
	default:
		return -2;
	}
}

/* How many packets the newest is ahead of what is played. */
static int ahead_of_last(unsigned i)
{
	return (int16_t)(uint16_t)(i - jb.next);
}

static void test_in_order(void **state)
{
	int last = -1, got = 0;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		int v;

		put(i, 0);
		now = 1000000 + (uint64_t)i * FRAME_US + 5000;
		v = get();
		if (v < 0)
			continue;
		assert_int_equal(v, (last + 1) & 0xff);
		last = v;
		got++;
	}
	/* All but the delay at the start come out, none is lost. */
	assert_true(got >= 195);
	assert_int_equal(jb.late, 0);
}

static void test_reordered(void **state)
{
	(void)state;
	put(0, 0);
	put(2, 0);
	put_at(1, 1000000 + 3 * FRAME_US);
	put(3, 0);
	now = 1000000 + 10 * FRAME_US;
	for (int i = 0; i < 4; i++)
		assert_int_equal(get(), i);
}

static void test_first_is_not_lowest(void **state)
{
	(void)state;
	put(1, 0);
	put_at(0, 1000000 + FRAME_US + 1000);
	now = 1000000 + 10 * FRAME_US;
	assert_int_equal(get(), 0);
	assert_int_equal(get(), 1);
}

static void test_lost_one_is_told(void **state)
{
	int lost = 0, packets = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		int v;

		if (i % 10 != 5)
			put(i, 0);
		now = 1000000 + (uint64_t)i * FRAME_US + 5000;
		v = get();
		lost += v == -1;
		packets += v >= 0;
	}
	assert_in_range(lost, 8, 10);
	assert_in_range(packets, 83, 90);
}

static void test_lost_one_offers_its_follower(void **state)
{
	const struct jbuf_packet *next = NULL;
	struct jbuf_packet pkt;
	enum jbuf_got r = JBUF_EMPTY;

	(void)state;
	put(0, 0);
	put(2, 0);
	put(3, 0);
	put(4, 0);
	now = 1000000 + 10 * FRAME_US;
	assert_int_equal(get(), 0);
	for (int i = 0; i < 3 && r == JBUF_EMPTY; i++)
		r = jbuf_get(&jb, now, 0, &pkt, &next);
	assert_int_equal(r, JBUF_LOST);
	assert_non_null(next);
	assert_int_equal(next->data[0], 2);
	assert_int_equal(get(), 2);
}

static void test_duplicate_is_counted(void **state)
{
	(void)state;
	assert_int_equal(put(0, 0), 0);
	assert_int_equal(put(0, 1), EALREADY);
	assert_int_equal(jb.dup, 1);
	now += 100000;
	assert_int_equal(get(), 0);
	assert_true(get() < 0);
}

static void test_late_is_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5; i++)
		put(i, 0);
	now = 1000000 + 10 * FRAME_US;
	for (int i = 0; i < 5; i++)
		assert_int_equal(get(), i);
	assert_int_equal(put_at(2, now), ETIME);
	assert_int_equal(jb.late, 1);
}

static void test_delay_follows_jitter(void **state)
{
	double calm, rough;

	(void)state;
	for (unsigned i = 0; i < 600; i++) {
		put(i, 0);
		now = 1000000 + (uint64_t)i * FRAME_US + 5000;
		get();
	}
	calm = jbuf_target(&jb);
	for (unsigned i = 600; i < 800; i++) {
		put(i, i % 3 * 40);
		now = 1000000 + (uint64_t)i * FRAME_US + 5000;
		get();
	}
	rough = jbuf_target(&jb);
	assert_true(calm <= 40);
	assert_true(rough >= 80);
	/* … and goes back when it is calm again. */
	for (unsigned i = 800; i < 3000; i++) {
		put(i, 0);
		now = 1000000 + (uint64_t)i * FRAME_US + 5000;
		get();
	}
	assert_true(jbuf_target(&jb) < rough - 30);
}

static void test_timestamp_jump(void **state)
{
	uint8_t b = 0;
	int got = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		uint32_t ts = i * STEP + (i >= 50 ? 0x50000000u : 0);

		now = 1000000 + (uint64_t)i * FRAME_US;
		jbuf_put(&jb, (uint16_t)i, ts, 8, &b, 1, now);
		now += 5000;
		got += get() >= 0;
	}
	assert_true(got >= 95);
	assert_true(jbuf_target(&jb) <= 60);
}

static void test_sequence_jump_is_followed(void **state)
{
	uint8_t b = 1;
	int got = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		uint16_t seq = (uint16_t)(i + (i >= 50 ? 30000 : 0));

		now = 1000000 + (uint64_t)i * FRAME_US;
		jbuf_put(&jb, seq, i * STEP, 8, &b, 1, now);
		now += 5000;
		got += get() >= 0;
	}
	assert_true(got >= 88);
}

static void test_one_stray_is_ignored(void **state)
{
	uint8_t b = 1;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		put(i, 0);
	assert_int_equal(jbuf_put(&jb, 20000, 77, 8, &b, 1, now), ETIME);
	now = 1000000 + 10 * FRAME_US;
	for (int i = 0; i < 5; i++)
		assert_int_equal(get(), i);
}

static void test_wrap_of_sequence(void **state)
{
	uint8_t b;
	int got = 0;

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		b = (uint8_t)i;
		now = 1000000 + (uint64_t)i * FRAME_US;
		jbuf_put(&jb, (uint16_t)(65520 + i), i * STEP, 8, &b, 1, now);
		now += 5000;
		got += get() >= 0;
	}
	assert_true(got >= 46);
	assert_int_equal(jb.late, 0);
}

static void test_flood_keeps_the_newest(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 500; i++)
		put_at(i, now);
	assert_true(jb.count <= JBUF_SLOTS);
	assert_int_equal(get(), (500 - JBUF_SLOTS) & 0xff);
}

static void test_silence_begins_anew(void **state)
{
	int waited = 0;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		put(i, 0);
	now = 1000000 + 10 * FRAME_US;
	for (int i = 0; i < 5; i++)
		get();
	for (int i = 0; i < 50; i++, now += FRAME_US)
		assert_int_equal(get(), -2);
	/* Back after a second: held for the delay, then all of it. */
	for (unsigned i = 5; i < 10; i++) {
		put_at(i, now);
		while (i == 5 && get() == -2 && ++waited < 20)
			now += FRAME_US;
		now += FRAME_US;
	}
	assert_true(waited >= 1 && waited < 5);
	for (int i = 6; i < 10; i++)
		assert_int_equal(get(), i);
}

/* What was made up when nobody could know whether the packet would come is not
 * made up once more when it is known that it won't: the delay stays. */
static void test_lost_one_is_made_up_once(void **state)
{
	enum { PACKETS = 400, EACH = 50 };
	unsigned made = 0, last = 0, lost = 0;
	bool playing = false;

	(void)state;
	for (unsigned i = 0; i < PACKETS; i++) {
		bool gone = i % EACH == EACH / 2;
		int v;

		/* Each comes just before it is due: when one is lost nothing
		 * else is there. */
		if (!gone)
			put(i, i ? 18 : 0);
		lost += gone;
		now = 1000000 + (uint64_t)i * FRAME_US + 19000;
		v = get();
		playing = playing || v >= 0;
		made += playing && v < 0;
		last = i;
	}
	assert_int_equal(made, lost);
	assert_true(ahead_of_last(last) <= 3);
}

/* Where packets are lost, the one behind a gap is worth waiting for. */
static void test_losses_want_the_follower(void **state)
{
	unsigned without = 0, with = 0;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		const struct jbuf_packet *next = NULL;
		struct jbuf_packet pkt;

		if (i % 20 != 10)
			put(i, 0);
		/* As who plays would do it: longer, in steps. */
		now = 1000000 + (uint64_t)i * FRAME_US + 5000 +
		      (jb.lossy ? FRAME_US : 0);
		switch (jbuf_get(&jb, now, 0, &pkt, &next)) {
		case JBUF_PACKET:
			jbuf_release(&pkt);
			break;
		case JBUF_LOST:
			with += next != NULL;
			without += next == NULL;
			break;
		default:
			break;
		}
	}
	assert_true(jb.lossy);
	assert_true(jbuf_target(&jb) >= 40);
	assert_true(with > 20 * without);
	/* All comes again: no more than a frame. */
	for (unsigned i = 3000; i < 6000; i++) {
		put(i, 0);
		now = 1000000 + (uint64_t)i * FRAME_US + 5000;
		get();
	}
	assert_false(jb.lossy);
	assert_true(jbuf_target(&jb) < 25);
}

/* A packet that was overtaken is waited for once that has happened. */
static void test_overtaken_is_waited_for(void **state)
{
	(void)state;
	put(0, 0);
	put(2, 0);
	put_at(1, 1000000 + 2 * FRAME_US + 1000);
	put(3, 0);
	put(5, 0);
	now = 1000000 + 5 * FRAME_US;
	for (int i = 0; i < 4; i++)
		assert_int_equal(get(), i);
	jb.peak = 60;
	assert_int_equal(get(), -2);
	put_at(4, now + 1000);
	assert_int_equal(get(), 4);
	assert_int_equal(get(), 5);
	assert_int_equal(jb.late, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_in_order),
		T(test_reordered),
		T(test_first_is_not_lowest),
		T(test_lost_one_is_told),
		T(test_lost_one_offers_its_follower),
		T(test_duplicate_is_counted),
		T(test_late_is_refused),
		T(test_delay_follows_jitter),
		T(test_timestamp_jump),
		T(test_sequence_jump_is_followed),
		T(test_one_stray_is_ignored),
		T(test_wrap_of_sequence),
		T(test_flood_keeps_the_newest),
		T(test_silence_begins_anew),
		T(test_lost_one_is_made_up_once),
		T(test_losses_want_the_follower),
		T(test_overtaken_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
