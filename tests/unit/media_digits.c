/**
 * @file media_digits.c  Telephone events (RFC 4733), packet by packet
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "../../src/lib/media/media_int.h"
#include "until.h"

static struct media *engine;
static struct media_stream *a, *b;
static char taken[64];

static void on_event(enum media_event ev, void *arg)
{
	char c;

	(void)arg;
	while (ev == MEDIA_EVENT_DIGIT && (c = media_stream_take_digit(b))) {
		size_t n = strlen(taken);

		if (n < sizeof(taken) - 1) {
			taken[n] = c;
			taken[n + 1] = '\0';
		}
	}
}

static struct media_stream *stream(media_event_h *h)
{
	struct media_stream_prm prm = {.timeout_ms = 0};
	struct media_stream *s = NULL;

	sa_set_str(&prm.laddr, "127.0.0.1", 0);
	assert_int_equal(media_stream_alloc(&s, engine, &prm, h, NULL), 0);
	return s;
}

static void start(struct media_stream *s, const struct media_stream *to,
		  const char *codec, bool events)
{
	struct list f = LIST_INIT;

	assert_int_equal(media_formats_ours(&f, codec), 0);
	if (events)
		assert_int_equal(media_formats_events(&f), 0);
	media_stream_set_remote(s, media_stream_laddr(to), NULL);
	assert_int_equal(media_stream_start(s, &f, true, true), 0);
	list_flush(&f);
}

static int setup(void **state)
{
	(void)state;
	memset(taken, 0, sizeof(taken));
	if (loop_init(LOOP_FEW) || media_alloc(&engine))
		return -1;
	a = stream(NULL);
	b = stream(on_event);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	a = mem_deref(a);
	b = mem_deref(b);
	engine = mem_deref(engine);
	loop_close();
	return 0;
}

static bool heard(void *arg)
{
	return !strcmp(taken, arg);
}

static void test_from_end_to_end(void **state)
{
	static char all[] = "0123456789*#ABCD55", pcma[] = "9";

	(void)state;
	start(a, b, "opus", true);
	start(b, a, "opus", true);
	for (const char *c = all; *c; c++)
		assert_int_equal(media_stream_send_digit(a, *c, 40), 0);
	assert_true(until(heard, all));

	memset(taken, 0, sizeof(taken));
	start(a, b, "PCMA", true);
	start(b, a, "PCMA", true);
	assert_int_equal(media_stream_send_digit(a, '9', 0), 0);
	assert_true(until(heard, pcma));
}

static void test_wrong_use(void **state)
{
	(void)state;
	assert_int_equal(media_stream_send_digit(a, '1', 0), ENOTSUP);
	start(a, b, "PCMA", false);
	assert_int_equal(media_stream_send_digit(a, '1', 0), ENOTSUP);
	start(a, b, "PCMA", true);
	assert_int_equal(media_stream_send_digit(a, 'E', 0), EINVAL);
	assert_int_equal(media_stream_send_digit(a, '\0', 0), EINVAL);
	assert_int_equal(media_stream_send_digit(a, '1', 39), EINVAL);
	assert_int_equal(media_stream_send_digit(a, '1', 1001), EINVAL);
	assert_int_equal(media_stream_send_digit(a, 'd', 1000), 0);
	assert_int_equal(media_stream_take_digit(b), 0);
}

static void test_offer_has_one_for_each_clock(void **state)
{
	struct list f = LIST_INIT;
	unsigned n8 = 0, n48 = 0;

	(void)state;
	/* The usual number is taken. */
	assert_int_equal(media_format_add(&f, "G729", 101, 8000, 1, NULL), 0);
	assert_int_equal(media_formats_ours(&f, "PCMA opus PCMU"), 0);
	assert_int_equal(media_formats_events(&f), 0);
	assert_int_equal(media_formats_events(&f), 0);
	for (struct le *le = f.head; le; le = le->next) {
		const struct media_format *m = le->data;

		for (struct le *o = f.head; o; o = o->next)
			assert_true(
				o == le ||
				m->pt != ((struct media_format *)o->data)->pt);
		if (strcmp(m->name, "telephone-event"))
			continue;
		assert_string_equal(m->fmtp, "0-15");
		n8 += m->rate == 8000;
		n48 += m->rate == 48000;
	}
	assert_int_equal(n8, 1);
	assert_int_equal(n48, 1);
	list_flush(&f);
}

/* One digit as it goes out: stamps, numbers, marker, three ends. */
static void test_packets_of_a_digit(void **state)
{
	static struct stream_tx tx;
	struct rtp_packet p;
	uint8_t pl[4];
	unsigned ends = 0, n = 0, duration = 0;

	(void)state;
	tx.ts = 4000;
	tx.events.rate = 8000;
	tx.events.pt = 101;
	tx.events.n = 2;
	tx.events.queue[0].code = 11;
	tx.events.queue[0].ms = 70;
	tx.events.queue[1].code = 3;
	tx.events.queue[1].ms = 40;
	for (; event_next(&tx, &p, pl); n++, tx.ts += 160) {
		assert_int_equal(p.ts, 4000);
		assert_int_equal(p.pt, 101);
		assert_int_equal(p.marker, n == 0);
		assert_int_equal(pl[0], 11);
		assert_int_equal(pl[1] & 0x40, 0);
		assert_true((pl[2] << 8 | pl[3]) >= (int)duration);
		duration = (unsigned)(pl[2] << 8 | pl[3]);
		assert_true(!ends || pl[1] & 0x80);
		ends += pl[1] >> 7;
	}
	assert_int_equal(ends, 3);
	assert_int_equal(n, 6);
	assert_int_equal(duration, 560);
	/* After the pause the next one, with a stamp of its own. */
	assert_int_equal(event_next(&tx, &p, pl), 4);
	assert_int_equal(p.ts, tx.ts);
	assert_true(p.marker);
	assert_int_equal(pl[0], 3);
}

static void take(uint32_t ts, uint8_t code, unsigned duration, bool end,
		 size_t len)
{
	uint8_t pl[4] = {code, end ? 0x8a : 0x0a, (uint8_t)(duration >> 8),
			 (uint8_t)duration};
	struct rtp_packet p = {.ts = ts, .ssrc = 7, .payload = pl, .len = len};

	event_take(b, &p, 8000);
}

static void test_each_is_told_once(void **state)
{
	(void)state;
	pthread_mutex_lock(&engine->lock);
	take(0xffffff00, 1, 160, false, 4);
	take(0xffffff00, 1, 320, false, 4);
	for (int i = 0; i < 3; i++)
		take(0xffffff00, 1, 480, true, 4);
	/* The stamp wraps; of this one only the last packet came. */
	take(1000, 1, 480, true, 4);
	/* Out of order: of the one before. */
	take(0xffffff00, 1, 480, true, 4);
	/* Not a digit; too short. */
	take(2000, 16, 160, false, 4);
	take(3000, 255, 160, false, 4);
	take(4000, 2, 160, false, 3);
	/* Pressed for so long that it needs a second event. */
	take(10000, 5, 0xffff, false, 4);
	take(10000 + 0xffff, 5, 160, false, 4);
	/* More than anybody takes. */
	for (unsigned i = 0; i < 100; i++)
		take(200000 + i * 1000, 9, 160, true, 4);
	pthread_mutex_unlock(&engine->lock);
	assert_int_equal(media_stream_take_digit(b), '1');
	assert_int_equal(media_stream_take_digit(b), '1');
	assert_int_equal(media_stream_take_digit(b), '5');
	for (int i = 0; i < EVENTS_MAX - 3; i++)
		assert_int_equal(media_stream_take_digit(b), '9');
	assert_int_equal(media_stream_take_digit(b), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_from_end_to_end),
		T(test_wrong_use),
		T(test_offer_has_one_for_each_clock),
		T(test_packets_of_a_digit),
		T(test_each_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
