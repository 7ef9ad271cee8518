/**
 * @file media_voice.c  How a voice comes through: G.722, losses, clocks
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "../../src/lib/media/media_int.h"

enum { VOICE_MAX = 48000 * 12 };

/* --- a voice ------------------------------------------------------------ */

struct formant {
	double hz, width, y1, y2;
};

/* Two poles: a resonance of the throat. */
static double resonate(struct formant *f, double x, double rate)
{
	double r = exp(-M_PI * f->width / rate);
	double y = x * (1 - r) + 2 * r * cos(2 * M_PI * f->hz / rate) * f->y1 -
		   r * r * f->y2;

	f->y2 = f->y1;
	f->y1 = y;
	return y;
}

/* Vowels whose pitch and sound glide, with hisses and pauses between them. */
static void voice(int16_t *pcm, size_t n, uint32_t rate)
{
	struct formant f[] = {
		{500, 80, 0, 0}, {1500, 120, 0, 0}, {2500, 160, 0, 0}};
	uint32_t noise = 1;
	double phase = 0;

	for (size_t i = 0; i < n; i++) {
		double t = (double)i / rate, part = fmod(t, 0.5);
		double hz = 130 + 40 * sin(2 * M_PI * 0.4 * t), x = 0, y = 0;

		noise = noise * 1664525 + 1013904223;
		phase += hz / rate;
		if (phase >= 1)
			phase -= 1;
		if (part < 0.35) /* the throat opens slowly, shuts fast */
			x = phase < 0.6 ? phase : (1 - phase) * 1.5;
		else if (part < 0.42)
			x = (double)(int32_t)noise / 4e9;
		x -= part < 0.35 ? 0.3 : 0;
		f[0].hz = 500 + 250 * sin(2 * M_PI * 1.1 * t);
		f[1].hz = 1500 + 500 * sin(2 * M_PI * 0.7 * t);
		for (size_t k = 0; k < ARRAY_SIZE(f); k++)
			y += resonate(&f[k], x, rate);
		pcm[i] = (int16_t)(y * 9000);
	}
}

static double power(const int16_t *pcm, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)pcm[i] * pcm[i];
	return sum / (double)n;
}

/* Signal to noise of one frame, dB, within what an ear tells apart. */
static double frame_snr(const int16_t *right, const int16_t *is, size_t n)
{
	double noise = 1, db;

	for (size_t i = 0; i < n; i++)
		noise += pow(right[i] - is[i], 2) / (double)n;
	db = 10 * log10(power(right, n) / noise);
	return db < -10 ? -10 : db > 35 ? 35 : db;
}

/* --- G.722 -------------------------------------------------------------- */

/* The bytes that an independent encoder makes of the same noise, by their
 * checksum (FNV-1a): so a decoder of the standard understands ours. */
static void test_g722_bytes(void **state)
{
	uint32_t noise = 1, sum = 0x811c9dc5;
	int16_t pcm[320];
	uint8_t out[160];
	void *enc;

	(void)state;
	assert_int_equal(codec_g722.enc_alloc(&enc, 16000), 0);
	for (int k = 0; k < 100; k++) {
		for (int i = 0; i < 320; i++) {
			noise = noise * 1664525 + 1013904223;
			pcm[i] = (int16_t)((int32_t)noise >> (16 + k % 8));
		}
		assert_int_equal(codec_g722.encode(enc, out, 160, pcm, 320),
				 160);
		for (int i = 0; i < 160; i++)
			sum = (sum ^ out[i]) * 16777619;
	}
	assert_int_equal(sum, 0x98ae477b);
	codec_g722.enc_free(enc);
}

static void test_g722_round_trip(void **state)
{
	enum { N = 16000 * 4, DELAY = 22 /* of the two filters */ };
	int16_t *in = calloc(N, 2), *out = calloc(N, 2);
	uint8_t *bytes = malloc(N / 2);
	double noise = 0;
	void *enc, *dec;

	(void)state;
	voice(in, N, 16000);
	assert_int_equal(codec_g722.enc_alloc(&enc, 16000), 0);
	assert_int_equal(codec_g722.dec_alloc(&dec, 16000), 0);
	assert_int_equal(codec_g722.encode(enc, bytes, N / 2, in, N), N / 2);
	assert_int_equal(codec_g722.decode(dec, out, N, bytes, N / 2), N);
	for (int i = 0; i + DELAY < N; i++)
		noise += pow(in[i] - out[i + DELAY], 2) / N;
	assert_true(10 * log10(power(in, N) / noise) > 20);
	/* Neither writes further than it may. */
	assert_int_equal(codec_g722.encode(enc, bytes, 159, in, 320), -1);
	assert_int_equal(codec_g722.decode(dec, out, 319, bytes, 160), -1);
	codec_g722.enc_free(enc);
	codec_g722.dec_free(dec);
	free(in);
	free(out);
	free(bytes);
}

/* What can't be rebuilt is limited, and does not wrap. */
static void test_g722_too_loud(void **state)
{
	int16_t in[320], out[320];
	uint8_t bytes[160];
	void *enc, *dec;
	int jumps = 0;

	(void)state;
	codec_g722.enc_alloc(&enc, 16000);
	codec_g722.dec_alloc(&dec, 16000);
	for (int k = 0; k < 50; k++) {
		for (int i = 0; i < 320; i++)
			in[i] = i / 40 % 2 ? INT16_MIN : INT16_MAX;
		codec_g722.encode(enc, bytes, 160, in, 320);
		codec_g722.decode(dec, out, 320, bytes, 160);
		/* In the middle of each half wave the sign is right. */
		for (int i = 40; k > 2 && i < 320; i += 40)
			jumps += (out[i] > 0) != (in[i - 20] > 0);
	}
	assert_int_equal(jumps, 0);
	codec_g722.enc_free(enc);
	codec_g722.dec_free(dec);
}

/* --- losses ------------------------------------------------------------- */

struct measured {
	double all, lost; /**< mean SNR of the frames, of those lost */
};

static uint32_t chance;

static bool is_lost(unsigned percent)
{
	chance = chance * 1664525 + 1013904223;
	return (chance >> 8) % 100 < percent;
}

/* A voice with losses; what is lost is made up, or silent. */
static struct measured through(const struct codec *c, uint32_t rate,
			       unsigned percent, bool make_up)
{
	size_t n = rate / 50, frames = 600, active = 0, lost_n = 0;
	int16_t *pcm = calloc(VOICE_MAX, 2), right[FRAME_MAX], is[FRAME_MAX];
	struct measured m = {0, 0};
	uint8_t packet[2][1500];
	void *enc, *whole, *dec;
	bool lost = false, next_lost;
	int len[2];

	chance = 99;
	voice(pcm, n * frames, rate);
	c->enc_alloc(&enc, rate);
	c->dec_alloc(&whole, rate);
	c->dec_alloc(&dec, rate);
	len[0] = c->encode(enc, packet[0], 1500, pcm, n);
	for (size_t i = 0; i + 1 < frames; i++, lost = next_lost) {
		const uint8_t *p = packet[i & 1], *next = packet[~i & 1];
		double db;

		len[~i & 1] = c->encode(enc, packet[~i & 1], 1500,
					pcm + (i + 1) * n, n);
		next_lost = is_lost(percent);
		c->decode(whole, right, FRAME_MAX, p, (size_t)len[i & 1]);
		if (!lost)
			c->decode(dec, is, FRAME_MAX, p, (size_t)len[i & 1]);
		else if (make_up)
			c->conceal(dec, is, n, next_lost ? NULL : next,
				   (size_t)len[~i & 1]);
		else
			memset(is, 0, sizeof(is));
		if (power(right, n) < 2500)
			continue;
		db = frame_snr(right, is, n);
		m.all += db;
		active++;
		if (lost) {
			m.lost += db;
			lost_n++;
		}
	}
	c->enc_free(enc);
	c->dec_free(whole);
	c->dec_free(dec);
	free(pcm);
	m.all /= (double)active;
	m.lost /= (double)(lost_n ? lost_n : 1);
	return m;
}

static void check_losses(const struct codec *c, uint32_t rate)
{
	const unsigned percents[] = {5, 10, 20};

	for (size_t i = 0; i < ARRAY_SIZE(percents); i++) {
		struct measured made = through(c, rate, percents[i], true);
		struct measured zero = through(c, rate, percents[i], false);

		print_message("%s, %2u %% lost: %.1f dB, made up %.1f dB; "
			      "with silence %.1f dB\n",
			      c->name, percents[i], made.all, made.lost,
			      zero.all);
		/* Silence is 0 dB by definition. */
		assert_true(made.lost > 2);
		assert_true(made.all > zero.all);
	}
}

static void test_losses(void **state)
{
	(void)state;
	check_losses(&codec_pcma, 8000);
	check_losses(&codec_pcmu, 8000);
	check_losses(&codec_g722, 16000);
	check_losses(&codec_opus, 48000);
}

/* Lost before anything was heard, with and without what comes behind. */
static void test_nothing_to_make_it_of(void **state)
{
	const struct codec *all[] = {&codec_pcma, &codec_pcmu, &codec_g722};
	uint8_t next[160];

	(void)state;
	memset(next, 0x55, sizeof(next));
	for (size_t k = 0; k < ARRAY_SIZE(all); k++) {
		uint32_t rate = all[k]->pcm_rate(0);
		int16_t out[PACKET_SAMPLES_MAX];
		void *dec;

		/* Any length of what comes behind, of what came, of the gap. */
		for (size_t len = 0; len <= 160; len++) {
			assert_int_equal(all[k]->dec_alloc(&dec, rate), 0);
			all[k]->conceal(dec, out, len * 2, next, len);
			all[k]->decode(dec, out, PACKET_SAMPLES_MAX, next, len);
			all[k]->conceal(dec, out, 160, len & 1 ? next : NULL,
					160 - len);
			all[k]->conceal(dec, out, 1, NULL, 0);
			all[k]->decode(dec, out, PACKET_SAMPLES_MAX, next, 1);
			all[k]->conceal(dec, out, 1920, next, 160);
			all[k]->dec_free(dec);
		}
	}
}

/* --- clocks that differ ------------------------------------------------- */

struct line {
	struct media *media;
	struct media_stream *s;
	uint64_t now_us;
	double next_us; /**< when the next packet arrives */
	uint16_t seq;
	uint32_t ts;
	double phase;
	int last;	   /**< sample */
	int jump;	   /**< the largest step between two */
	unsigned silences; /**< frames without anything */
};

static void line_open(struct line *l)
{
	struct media_stream_prm prm = {.latch = false};

	memset(l, 0, sizeof(*l));
	sa_init(&prm.laddr, AF_UNSPEC);
	assert_int_equal(media_alloc(&l->media), 0);
	assert_int_equal(media_stream_alloc(&l->s, l->media, &prm, NULL, NULL),
			 0);
	/* It does not run: the media thread lets it be. */
	l->s->rx.formats[0].codec = &codec_pcma;
	l->s->rx.formats[0].rate = 8000;
	l->s->rx.formats[0].pt = 8;
	l->s->rx.n_formats = 1;
	jbuf_init(&l->s->rx.jbuf, 8000);
	l->now_us = 1000000;
	l->next_us = 1000000;
}

static void line_close(struct line *l)
{
	mem_deref(l->s);
	mem_deref(l->media);
}

/* A tone by a clock that is fast by ppm, over so many seconds of ours. */
static void line_run(struct line *l, unsigned seconds, double ppm, double hz,
		     double late_us)
{
	uint64_t until = l->now_us + seconds * 1000000ull;

	while (l->now_us < until) {
		int16_t pcm[160];

		while (l->next_us + late_us <= (double)l->now_us) {
			uint8_t bytes[160];

			media_sine(pcm, 160, 8000, hz, -12, &l->phase);
			codec_pcma.encode(NULL, bytes, 160, pcm, 160);
			(void)jbuf_put(&l->s->rx.jbuf, l->seq++, l->ts, 8,
				       bytes, 160,
				       (uint64_t)(l->next_us + late_us));
			l->ts += 160;
			l->next_us += 20000 / (1 + ppm * 1e-6);
		}
		if (!stream_playout(l->s, pcm, 160, 8000, l->now_us))
			l->silences++;
		for (int i = 0; i < 160; i++) {
			int step = abs(pcm[i] - l->last);

			if (step > l->jump)
				l->jump = step;
			l->last = pcm[i];
		}
		l->now_us += 20000;
	}
}

static double waits_ms(const struct line *l)
{
	return jbuf_depth(&l->s->rx.jbuf) +
	       (double)l->s->rx.fifo_len * 1000 / l->s->rx.rate;
}

/* 200 ppm and ten minutes are 120 ms: nothing of it is heard. */
static void check_clock(double ppm)
{
	struct line l;
	int slope;

	line_open(&l);
	line_run(&l, 5, 0, 440, 3000);
	slope = l.jump;
	l.silences = 0;
	line_run(&l, 600, ppm, 440, 3000);
	assert_int_equal(l.silences, 0);
	assert_int_equal(l.s->rx.concealed, 0);
	assert_int_equal(l.s->rx.jbuf.late, 0);
	/* No step is larger than those of the tone itself. */
	assert_true(l.jump < slope * 1.2);
	assert_true(waits_ms(&l) < 80);
	if (ppm > 0)
		assert_in_range(l.s->rx.shortened, 8 * 80, 8 * 140);
	else
		assert_in_range(l.s->rx.stretched, 8 * 80, 8 * 140);
	line_close(&l);
}

static void test_fast_clock(void **state)
{
	(void)state;
	check_clock(200);
}

static void test_slow_clock(void **state)
{
	(void)state;
	check_clock(-200);
}

/* Equal clocks: nothing is done to the sound. */
static void test_right_clock(void **state)
{
	struct line l;

	(void)state;
	line_open(&l);
	/* At first it has learnt how little is late. */
	line_run(&l, 60, 0, 440, 3000);
	l.s->rx.shortened = 0;
	line_run(&l, 120, 0, 440, 3000);
	assert_int_equal(l.s->rx.shortened, 0);
	assert_int_equal(l.s->rx.stretched, 0);
	assert_int_equal(l.s->rx.concealed, 0);
	line_close(&l);
}

/* A network that becomes slow costs delay; once it is fast again the delay
 * goes, without a jump. */
static void test_delay_comes_and_goes(void **state)
{
	struct line l;
	double slow;
	int slope;

	(void)state;
	line_open(&l);
	line_run(&l, 5, 0, 440, 3000);
	slope = l.jump;
	for (int i = 0; i < 21; i++)
		line_run(&l, 1, 0, 440, i & 1 ? 103000 : 3000);
	slow = waits_ms(&l);
	assert_true(slow > 80);
	l.jump = 0;
	line_run(&l, 60, 0, 440, 3000);
	assert_true(waits_ms(&l) < slow / 2);
	assert_true(l.jump < slope * 1.2);
	line_close(&l);
}

/* Losses, 60 ms of jitter, and with it another order and doubles; the same
 * each time. A tone is still that tone, most of it was not made up, and the
 * delay is what the jitter needs. */
static void check_network(unsigned percent)
{
	enum { PACKETS = 1500, JITTER_MS = 60 };
	static uint8_t bytes[PACKETS][160];
	static double at[PACKETS];
	static int16_t heard[PACKETS * 160];
	struct line l;
	double share = 0;
	unsigned parts = 0;
	uint64_t before;

	line_open(&l);
	before = l.now_us;
	chance = 5;
	for (int i = 0; i < PACKETS; i++) {
		int16_t pcm[160];

		media_sine(pcm, 160, 8000, 440, -12, &l.phase);
		codec_pcma.encode(NULL, bytes[i], 160, pcm, 160);
		at[i] = is_lost(percent)
				? 1e18
				: (double)before + i * 20000.0 +
					  (chance >> 16) % (JITTER_MS * 1000);
	}
	for (int k = 0; k < PACKETS; k++, l.now_us += 20000) {
		/* What has arrived since the last frame. */
		for (int i = k > 5 ? k - 5 : 0; i <= k; i++) {
			double came = at[i] - (double)l.now_us;

			if (came > 0 || came <= -20000)
				continue;
			(void)jbuf_put(&l.s->rx.jbuf, (uint16_t)i,
				       (uint32_t)i * 160, 8, bytes[i], 160,
				       (uint64_t)at[i]);
			if (i % 7 == 0)
				(void)jbuf_put(&l.s->rx.jbuf, (uint16_t)i,
					       (uint32_t)i * 160, 8, bytes[i],
					       160, (uint64_t)at[i]);
		}
		(void)stream_playout(l.s, heard + k * 160, 160, 8000, l.now_us);
	}
	/* From the third second on, by tenths of one. */
	for (size_t i = 24000; i + 800 <= (size_t)PACKETS * 160; i += 800) {
		share += media_tone_share(heard + i, 800, 8000, 440);
		parts++;
	}
	print_message("%2u %% lost, %d ms jitter: %.2f of it is the tone, "
		      "%u late, %u made up of %d\n",
		      percent, JITTER_MS, share / parts,
		      (unsigned)l.s->rx.jbuf.late, (unsigned)l.s->rx.concealed,
		      PACKETS);
	assert_true(share / parts > (percent < 20 ? 0.9 : 0.8));
	assert_true(l.s->rx.concealed < PACKETS * (percent + 4) / 100);
	assert_true(l.s->rx.jbuf.late < PACKETS / 50);
	assert_true(waits_ms(&l) < 200);
	line_close(&l);
}

static void test_bad_network(void **state)
{
	(void)state;
	check_network(0);
	check_network(5);
	check_network(10);
	check_network(20);
}

/* --- opus --------------------------------------------------------------- */

/* What our encoder makes without being told of losses has a spare copy of each
 * packet in the next: with it, what was lost sounds like what was said. */
static void test_opus_has_a_spare_copy(void **state)
{
	enum { FRAME = 960, FRAMES = VOICE_MAX / FRAME };
	static int16_t in[VOICE_MAX], right[FRAME], is[FRAME];
	uint8_t bytes[1500];
	double spare = 0, without = 0;
	void *enc, *dec[3];
	int lost = 0;

	(void)state;
	voice(in, VOICE_MAX, 48000);
	assert_int_equal(codec_opus.enc_alloc(&enc, 48000), 0);
	codec_opus.set_fmtp(enc, "useinbandfec=1");
	for (int i = 0; i < 3; i++)
		assert_int_equal(codec_opus.dec_alloc(&dec[i], 48000), 0);
	for (int i = 0; i < FRAMES; i++) {
		const uint8_t *p = bytes;
		int n = codec_opus.encode(enc, bytes, sizeof(bytes),
					  in + i * FRAME, FRAME);

		assert_true(n > 0);
		if (i % 10 == 6) {
			codec_opus.decode(dec[0], right, FRAME, p, (size_t)n);
			continue;
		}
		if (i % 10 == 7 && power(right, FRAME) > 10000) {
			codec_opus.conceal(dec[1], is, FRAME, p, (size_t)n);
			spare += frame_snr(right, is, FRAME);
			codec_opus.conceal(dec[2], is, FRAME, NULL, 0);
			without += frame_snr(right, is, FRAME);
			lost++;
		} else if (i % 10 == 7) {
			codec_opus.conceal(dec[1], is, FRAME, p, (size_t)n);
			codec_opus.conceal(dec[2], is, FRAME, NULL, 0);
		}
		for (int k = 0; k < 3; k++)
			codec_opus.decode(dec[k], right, FRAME, p, (size_t)n);
	}
	print_message("opus: frames lost have %.1f dB with the spare copy, "
		      "%.1f without\n",
		      spare / lost, without / lost);
	assert_true(lost > 20);
	assert_true(spare / lost > without / lost + 3);
	codec_opus.enc_free(enc);
	for (int i = 0; i < 3; i++)
		codec_opus.dec_free(dec[i]);
}

/* The buffer runs dry in the middle of a frame: opus makes up what is missing,
 * there is no hole. */
static void test_opus_without_holes(void **state)
{
	static int16_t pcm[960], heard[960];
	struct line l;
	uint8_t bytes[1500];
	unsigned zeros = 0;
	void *enc;

	(void)state;
	line_open(&l);
	l.s->rx.formats[0].codec = &codec_opus;
	jbuf_init(&l.s->rx.jbuf, 48000);
	assert_int_equal(codec_opus.enc_alloc(&enc, 48000), 0);
	for (unsigned i = 0; i < 50; i++, l.now_us += 20000) {
		int n;

		media_sine(pcm, 960, 48000, 440, -12, &l.phase);
		n = codec_opus.encode(enc, bytes, sizeof(bytes), pcm, 960);
		assert_true(n > 0);
		(void)jbuf_put(&l.s->rx.jbuf, (uint16_t)i, i * 960, 8, bytes,
			       (size_t)n, l.now_us);
		(void)stream_playout(l.s, heard, 960, 48000, l.now_us);
	}
	/* As after a period left out. */
	while (l.s->rx.jbuf.count) {
		assert_true(stream_playout(l.s, heard, 960, 48000, l.now_us));
		l.now_us += 20000;
	}
	memcpy(l.s->rx.fifo, heard, 317 * sizeof(*heard));
	l.s->rx.fifo_len = 317;
	assert_true(stream_playout(l.s, heard, 960, 48000, l.now_us));
	for (int i = 0; i < 960; i++)
		zeros += !heard[i];
	assert_true(zeros < 50);
	codec_opus.enc_free(enc);
	line_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_g722_bytes),
		cmocka_unit_test(test_g722_round_trip),
		cmocka_unit_test(test_g722_too_loud),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_nothing_to_make_it_of),
		cmocka_unit_test(test_fast_clock),
		cmocka_unit_test(test_slow_clock),
		cmocka_unit_test(test_right_clock),
		cmocka_unit_test(test_delay_comes_and_goes),
		cmocka_unit_test(test_bad_network),
		cmocka_unit_test(test_opus_has_a_spare_copy),
		cmocka_unit_test(test_opus_without_holes),
	};
	int err = loop_init(LOOP_FEW), n;

	if (err)
		return err;
	n = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return n;
}
