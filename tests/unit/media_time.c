/**
 * @file media_time.c  Silence and reports, by a clock of the test's own
 *
 * The lock is held all along, so the media thread's own clock has no say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <netinet/in.h>
#include <cmocka.h>
#include "../../src/lib/media/media_int.h"

enum { SILENCE_MS = 60000 };

static struct media *engine;
static struct media_stream *s;

static void start(bool receive)
{
	struct list f = LIST_INIT;

	assert_int_equal(media_formats_ours(&f, "PCMA"), 0);
	assert_int_equal(media_stream_start(s, &f, true, receive), 0);
	list_flush(&f);
}

static int setup(void **state)
{
	struct media_stream_prm prm = {.timeout_ms = SILENCE_MS};

	(void)state;
	if (loop_init(LOOP_FEW) || media_alloc(&engine))
		return -1;
	sa_set_str(&prm.laddr, "127.0.0.1", 0);
	return media_stream_alloc(&s, engine, &prm, NULL, NULL);
}

static int teardown(void **state)
{
	(void)state;
	s = mem_deref(s);
	engine = mem_deref(engine);
	loop_close();
	return 0;
}

/* Is there silence, so long after (or before) it was last listened to? */
static bool silent_after(int64_t us)
{
	bool told;

	pthread_mutex_lock(&engine->lock);
	s->pending = 0;
	stream_tick(s, s->rx.last_us + (uint64_t)us);
	told = s->pending & 1u << MEDIA_EVENT_TIMEOUT;
	pthread_mutex_unlock(&engine->lock);
	return told;
}

static void test_no_silence_before_its_time(void **state)
{
	(void)state;
	start(true);
	/* The clock was read before the loop began to listen. */
	assert_false(silent_after(-1));
	assert_false(silent_after(-50000));
	assert_false(silent_after(0));
	assert_false(silent_after(SILENCE_MS * 1000ll - 1));
	assert_true(silent_after(SILENCE_MS * 1000ll));
	/* once */
	assert_false(silent_after(SILENCE_MS * 2000ll));
}

/* Long ago, as after a conversation on hold. */
static void fall_silent(void)
{
	pthread_mutex_lock(&engine->lock);
	s->rx.last_us -= 10 * SILENCE_MS * 1000ull;
	pthread_mutex_unlock(&engine->lock);
}

static void test_time_on_hold_does_not_count(void **state)
{
	(void)state;
	start(true);
	start(false);
	fall_silent();
	assert_false(silent_after(SILENCE_MS * 2000ll));
	start(true);
	assert_true(media_now_us() - s->rx.last_us < SILENCE_MS * 1000ull);
	assert_false(silent_after(SILENCE_MS * 1000ll - 1));
	assert_true(silent_after(SILENCE_MS * 1000ll));

	/* Held by the other side, who went silent: told, and told again once
	 * it has taken us back and nothing is heard. */
	start(true);
	assert_true(silent_after(SILENCE_MS * 1000ll));

	media_stream_set_direction(s, true, false);
	fall_silent();
	media_stream_set_direction(s, true, true);
	assert_false(silent_after(1));
	assert_true(silent_after(SILENCE_MS * 1000ll));
}

/* --- who is heard on the port of the reports ----------------------------- */

static void send_from(const char *ip, const uint8_t *p, size_t n)
{
	struct sa from, to = *media_stream_laddr(s);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	sa_set_str(&from, ip, 0);
	assert_int_equal(bind(fd, &from.u.sa, from.len), 0);
	sa_set_port(&to, (uint16_t)(sa_port(&to) + 1));
	assert_int_equal(sendto(fd, p, n, 0, &to.u.sa, to.len), (ssize_t)n);
	close(fd);
}

static void test_only_reports_latch(void **state)
{
	const uint8_t noise[12] = {0x80, 204, 0, 2};
	uint8_t report[8] = {0x80, 201, 0, 1, 1, 2, 3, 4};

	(void)state;
	start(true);
	pthread_mutex_lock(&engine->lock);
	s->latch = true;
	send_from("127.0.0.2", noise, sizeof(noise));
	send_from("127.0.0.2", report, 6);
	send_from("127.0.0.3", report, sizeof(report));
	send_from("127.0.0.4", report, sizeof(report));
	stream_receive(s, RTCP, media_now_us());
	assert_true(s->latched[RTCP]);
	assert_int_equal(sa_in(&s->remote[RTCP]), 0x7f000003);
	pthread_mutex_unlock(&engine->lock);
}

static void test_hostile_reports(void **state)
{
	struct rtp_source src = {0};
	struct rtcp_in in;
	uint8_t b[64] = {0x9f, 201, 0xff, 0xff, 0, 0, 0, 1};

	(void)state;
	/* longer than it is; 31 blocks that are not there; no report */
	assert_int_equal(rtcp_read(&in, b, 64, 1, &src, 1), EBADMSG);
	b[2] = 0;
	b[3] = 1;
	assert_int_equal(rtcp_read(&in, b, 8, 1, &src, 1), 0);
	assert_false(in.report);
	assert_int_equal(rtcp_read(&in, b, 7, 1, &src, 1), EBADMSG);
	assert_int_equal(rtcp_read(&in, b, 0, 1, &src, 1), EBADMSG);
	/* a sender report without its body */
	b[1] = 200;
	assert_int_equal(rtcp_read(&in, b, 8, 1, &src, 1), EBADMSG);
}

/* --- how it sounds ------------------------------------------------------- */

static bool near(double a, double b)
{
	return a > b - 0.02 && a < b + 0.02;
}

/* Against the curve of ITU-T G.107 (annex B) with the values of G.113. */
static void test_quality(void **state)
{
	double last = 5;

	(void)state;
	assert_true(near(quality_mos(0, 0), 4.41));   /* R 93.2 */
	assert_true(near(quality_mos(100, 0), 4.36)); /* R 90.8 */
	assert_true(near(quality_mos(400, 0), 3.05)); /* R 59.1 */
	assert_true(near(quality_mos(0, 5), 3.92));   /* R 77.4 */
	assert_true(near(quality_mos(0, 20), 2.63));  /* R 51.1 */
	assert_true(near(quality_mos(1e9, 100), 1));
	assert_true(near(quality_mos(-5, -5), 4.41));
	for (double loss = 0; loss <= 100; loss += 0.5) {
		double mos = quality_mos(150, loss);

		assert_true(mos < last && mos >= 1);
		last = mos;
	}
}

static void test_statistics_tell_of_loss(void **state)
{
	struct media_stats st;

	(void)state;
	start(true);
	media_stream_stats(s, &st);
	assert_true(st.mos == 0 && st.rx_loss == 0);
	pthread_mutex_lock(&engine->lock);
	for (uint16_t i = 0; i < 100; i++) {
		struct rtp_packet p = {.seq = i, .ts = i * 160u};

		if (!i)
			rtp_source_init(&s->rx.source, 0, 0);
		if (i % 10 == 5)
			continue;
		rtp_source_update(&s->rx.source, &p, 8000, i * 20000u);
		s->rx.packets++;
	}
	pthread_mutex_unlock(&engine->lock);
	media_stream_stats(s, &st);
	assert_int_equal(st.rx_lost, 10);
	assert_true(st.rx_loss > 9.9 && st.rx_loss < 10.1);
	assert_true(near(st.mos, quality_mos(MEDIA_FRAME_MS, 10)));
}

/* --- what a receiver of opus wishes --------------------------------------- */

/* Bytes that a second of noise takes. */
static size_t opus_bytes(const char *fmtp)
{
	static int16_t pcm[960];
	uint8_t out[1500];
	size_t bytes = 0;
	uint32_t seed = 1;
	void *enc;

	assert_int_equal(codec_opus.enc_alloc(&enc, 48000), 0);
	codec_opus.set_fmtp(enc, fmtp);
	for (int i = 0; i < 50; i++) {
		int n;

		for (int k = 0; k < 960; k++) {
			seed = seed * 1103515245 + 12345;
			pcm[k] = (int16_t)(seed >> 16) / 4;
		}
		n = codec_opus.encode(enc, out, sizeof(out), pcm, 960);
		assert_true(n > 0);
		bytes += (size_t)n;
	}
	codec_opus.enc_free(enc);
	return bytes;
}

static void test_opus_heeds_the_receiver(void **state)
{
	size_t usual = opus_bytes("useinbandfec=1");

	(void)state;
	/* 40 kbit/s are 5000 bytes; what is wished beyond is not. */
	assert_in_range(usual, 2500, 5500);
	assert_in_range(opus_bytes("maxaveragebitrate=510000"), 2500, 5500);
	assert_true(opus_bytes("x=y; maxaveragebitrate=8000;stereo=1") <
		    usual / 2);
	/* nonsense does no harm */
	assert_true(opus_bytes("maxaveragebitrate=1;maxplaybackrate=1") > 0);
	assert_true(opus_bytes("maxaveragebitrate=-1;;;=") > 0);
	assert_true(opus_bytes("maxaveragebitrate=99999999999999999999") > 0);
	assert_true(opus_bytes(NULL) > 0);
	assert_true(opus_bytes("") > 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_no_silence_before_its_time),
		T(test_time_on_hold_does_not_count),
		T(test_only_reports_latch),
		T(test_hostile_reports),
		T(test_quality),
		T(test_statistics_tell_of_loss),
		T(test_opus_heeds_the_receiver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
