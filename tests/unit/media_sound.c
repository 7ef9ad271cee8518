/**
 * @file media_sound.c  Codecs, tones, WAV, rings, RTP and RTCP as bytes
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include "../../src/lib/media/media_int.h"

/* --- codecs ------------------------------------------------------------- */

static void check_codec(const struct codec *c, uint32_t rate)
{
	size_t n = rate / 50;
	int16_t in[FRAME_MAX], out[PACKET_SAMPLES_MAX], all[48000];
	uint8_t buf[1500];
	double phase = 0;
	size_t total = 0;
	void *enc, *dec;

	assert_int_equal(c->pcm_rate(rate), rate);
	assert_int_equal(c->enc_alloc(&enc, rate), 0);
	assert_int_equal(c->dec_alloc(&dec, rate), 0);
	for (int i = 0; i < 50; i++) {
		int len, m;

		media_sine(in, n, rate, 1000, -12, &phase);
		len = c->encode(enc, buf, sizeof(buf), in, n);
		assert_true(len > 0);
		/* The tenth is lost. */
		if (i == 10)
			m = c->conceal(dec, out, n, NULL, 0);
		else
			m = c->decode(dec, out, PACKET_SAMPLES_MAX, buf,
				      (size_t)len);
		assert_int_equal(m, n);
		memcpy(all + total, out, n * sizeof(*out));
		total += n;
	}
	assert_true(media_tone_share(all + total / 2, total / 2, rate, 1000) >
		    0.95);
	assert_true(fabs(media_level(all + total / 2, total / 2) + 12) < 1.5);
	/* What was lost was not silence. */
	assert_true(media_level(all + 10 * n, n) > -30);
	c->enc_free(enc);
	c->dec_free(dec);
}

static void test_codecs(void **state)
{
	(void)state;
	check_codec(&codec_pcma, 8000);
	check_codec(&codec_pcmu, 8000);
	check_codec(&codec_opus, 8000);
	check_codec(&codec_opus, 16000);
	check_codec(&codec_opus, 48000);
}

static void test_g711_extremes(void **state)
{
	const int16_t in[] = {INT16_MIN, INT16_MAX, -32767, 0};
	const struct codec *both[] = {&codec_pcma, &codec_pcmu};
	int16_t out[4];
	uint8_t buf[4];

	(void)state;
	for (int i = 0; i < 2; i++) {
		void *dec;

		assert_int_equal(both[i]->dec_alloc(&dec, 8000), 0);
		assert_int_equal(both[i]->encode(NULL, buf, 4, in, 4), 4);
		assert_int_equal(both[i]->decode(dec, out, 4, buf, 4), 4);
		assert_true(out[0] < -31000);
		assert_true(out[1] > 31000);
		assert_true(out[3] > -40 && out[3] < 40);
		both[i]->dec_free(dec);
	}
}

static void test_long_loss_fades(void **state)
{
	int16_t pcm[160];
	uint8_t buf[160];
	double phase = 0;
	void *dec;

	(void)state;
	codec_pcma.dec_alloc(&dec, 8000);
	for (int i = 0; i < 5; i++) {
		media_sine(pcm, 160, 8000, 400, -10, &phase);
		codec_pcma.encode(NULL, buf, 160, pcm, 160);
		codec_pcma.decode(dec, pcm, 160, buf, 160);
	}
	codec_pcma.conceal(dec, pcm, 160, NULL, 0);
	assert_true(media_level(pcm, 160) > -16);
	assert_true(media_tone_share(pcm, 160, 8000, 400) > 0.8);
	for (int i = 0; i < 3; i++)
		codec_pcma.conceal(dec, pcm, 160, NULL, 0);
	assert_true(media_level(pcm, 160) < -90);
	codec_pcma.dec_free(dec);
}

static void test_opus_refuses_garbage(void **state)
{
	uint8_t junk[64];
	int16_t out[PACKET_SAMPLES_MAX];
	void *dec;

	(void)state;
	codec_opus.dec_alloc(&dec, 48000);
	for (int i = 0; i < 2000; i++) {
		size_t len = (size_t)i % sizeof(junk);

		random_bytes(junk, sizeof(junk));
		assert_true(codec_opus.decode(dec, out, PACKET_SAMPLES_MAX,
					      junk, len) <= PACKET_SAMPLES_MAX);
	}
	codec_opus.dec_free(dec);
}

static void test_formats(void **state)
{
	struct list l = LIST_INIT, copy = LIST_INIT;
	const struct media_format *f;

	(void)state;
	assert_int_equal(media_formats_ours(&l, "PCMU, nonsense,opus"), 0);
	assert_int_equal(list_count(&l), 2);
	f = l.head->data;
	assert_string_equal(f->name, "PCMU");
	assert_int_equal(f->pt, 0);
	assert_true(media_format_supported(f));
	f = l.tail->data;
	assert_string_equal(f->name, "opus");
	assert_int_equal(f->rate, 48000);
	assert_int_equal(f->channels, 2);
	assert_int_equal(media_format_add(&l, "G729", 18, 8000, 1, NULL), 0);
	assert_false(media_format_supported(l.tail->data));
	assert_int_equal(media_formats_copy(&copy, &l), 0);
	assert_int_equal(list_count(&copy), 3);
	assert_int_equal(media_format_add(&l, "a b", 96, 8000, 1, NULL),
			 EINVAL);
	assert_int_equal(media_format_add(&l, "a", 96, 8000, 1, "x\r\ny"),
			 EINVAL);
	assert_int_equal(media_format_add(&l, "a", 128, 8000, 1, NULL), EINVAL);
	assert_int_equal(media_formats_ours(&copy, "none at all"), ENOENT);
	list_flush(&l);
	list_flush(&copy);
}

/* --- tones -------------------------------------------------------------- */

static void test_tone_is_found(void **state)
{
	int16_t pcm[8000];
	double phase = 0;

	(void)state;
	media_sine(pcm, 8000, 8000, 440, -20, &phase);
	assert_true(media_tone_share(pcm, 8000, 8000, 440) > 0.99);
	assert_true(media_tone_share(pcm, 8000, 8000, 500) < 0.01);
	assert_true(fabs(media_level(pcm, 8000) + 20) < 0.1);
	memset(pcm, 0, sizeof(pcm));
	assert_true(media_tone_share(pcm, 8000, 8000, 440) == 0);
	assert_true(media_level(pcm, 8000) == -96);
}

/* ITU-T E.180 and its supplement: Germany's cadences. */
static void test_cadence(void **state)
{
	struct media_tone_gen g;
	int16_t pcm[8000];

	(void)state;
	media_tone_init(&g, MEDIA_TONE_RINGBACK, 8000);
	assert_true(media_tone_read(&g, pcm, 8000));
	assert_true(media_tone_share(pcm, 8000, 8000, 425) > 0.95);
	for (int i = 0; i < 4; i++) {
		assert_true(media_tone_read(&g, pcm, 8000));
		assert_true(media_level(pcm, 8000) == -96);
	}
	assert_true(media_tone_read(&g, pcm, 8000));
	assert_true(media_level(pcm, 8000) > -30);

	media_tone_init(&g, MEDIA_TONE_BUSY, 8000);
	media_tone_read(&g, pcm, 3840);
	assert_true(media_tone_share(pcm, 3840, 8000, 425) > 0.95);
	media_tone_read(&g, pcm, 3840);
	assert_true(media_level(pcm, 3840) == -96);
}

static void test_all_tones_sound(void **state)
{
	(void)state;
	for (int t = MEDIA_TONE_DIAL; t < MEDIA_TONES; t++) {
		struct media_tone_gen g;
		int16_t pcm[960];
		bool heard = false, ended = false;

		media_tone_init(&g, (enum media_tone)t, 48000);
		for (int i = 0; i < 600; i++) {
			ended |= !media_tone_read(&g, pcm, 960);
			heard |= media_level(pcm, 960) > -40;
		}
		assert_true(heard);
		assert_int_equal(ended, t == MEDIA_TONE_CONFIRM);
	}
}

/* --- WAV ---------------------------------------------------------------- */

static char path[] = "/tmp/offhook-wav-XXXXXX";

static void test_wav_roundtrip(void **state)
{
	struct media_wav_writer *w;
	struct media_clip *c;
	int16_t pcm[3000];
	double phase = 0;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	media_sine(pcm, 3000, 16000, 700, -6, &phase);
	assert_int_equal(media_wav_create(&w, path, 16000), 0);
	assert_int_equal(media_wav_write(w, pcm, 1000), 0);
	assert_int_equal(media_wav_flush(w), 0);
	/* After a flush it is a whole file. */
	assert_int_equal(media_wav_load(&c, path), 0);
	assert_int_equal(c->n, 1000);
	mem_deref(c);
	assert_int_equal(media_wav_write(w, pcm + 1000, 2000), 0);
	assert_int_equal(media_wav_close(w), 0);
	assert_int_equal(media_wav_load(&c, path), 0);
	assert_int_equal(c->n, 3000);
	assert_int_equal(c->rate, 16000);
	assert_memory_equal(c->samples, pcm, sizeof(pcm));
	mem_deref(c);
	unlink(path);
	assert_int_equal(media_wav_load(&c, path), ENOENT);
}

/* RIFF, fmt of 2 channels 16 bits, an odd chunk between, data. */
static const uint8_t stereo[] = {
	'R', 'I', 'F', 'F',  62,   0,	0,    0,   'W',	 'A',  'V',  'E',  'f',
	'm', 't', ' ', 16,   0,	   0,	0,    1,   0,	 2,    0,    0x40, 0x1f,
	0,   0,	  0,   0x7d, 0,	   0,	4,    0,   16,	 0,    'L',  'I',  'S',
	'T', 3,	  0,   0,    0,	   'a', 'b',  'c', 0,	 'd',  'a',  't',  'a',
	8,   0,	  0,   0,    0x10, 0,	0x20, 0,   0xf0, 0xff, 0xf0, 0xff,
};

static void test_wav_stereo_is_mixed(void **state)
{
	struct media_clip *c;

	(void)state;
	assert_int_equal(media_wav_decode(&c, stereo, sizeof(stereo)), 0);
	assert_int_equal(c->n, 2);
	assert_int_equal(c->rate, 8000);
	assert_int_equal(c->samples[0], 0x18);
	assert_int_equal(c->samples[1], -16);
	mem_deref(c);
}

static void test_wav_hostile(void **state)
{
	uint8_t buf[sizeof(stereo)];
	struct media_clip *c;

	(void)state;
	for (size_t n = 0; n < sizeof(stereo); n++) {
		uint8_t *part = malloc(n ? n : 1);
		int err;

		memcpy(part, stereo, n);
		err = media_wav_decode(&c, part, n);
		if (!err)
			mem_deref(c);
		assert_true(!err || err == EBADMSG);
		free(part);
	}
	for (int i = 0; i < 20000; i++) {
		uint8_t r[4];
		int err;

		memcpy(buf, stereo, sizeof(buf));
		random_bytes(r, sizeof(r));
		buf[r[0] % sizeof(buf)] = r[1];
		buf[r[2] % sizeof(buf)] = r[3];
		err = media_wav_decode(&c, buf, sizeof(buf));
		if (!err)
			mem_deref(c);
		assert_true(!err || err == EBADMSG);
	}
}

/* --- rings -------------------------------------------------------------- */

static void test_ring(void **state)
{
	struct media_ring *r;
	int16_t in[100], out[100];

	(void)state;
	for (int i = 0; i < 100; i++)
		in[i] = (int16_t)i;
	assert_int_equal(media_ring_alloc(&r, 100), 0);
	for (int i = 0; i < 50; i++) {
		assert_int_equal(media_ring_write(r, in, 70), 70);
		assert_int_equal(media_ring_used(r), 70);
		assert_int_equal(media_ring_read(r, out, 100), 70);
		assert_memory_equal(in, out, 70 * sizeof(*in));
	}
	assert_int_equal(media_ring_write(r, in, 100), 100);
	assert_true(media_ring_write(r, in, 100) < 100);
	assert_true(media_ring_lost(r) > 0);
	mem_deref(r);
}

static void *ring_writer(void *arg)
{
	int16_t v = 0;

	for (int i = 0; i < 20000;) {
		if (media_ring_write(arg, &v, 1)) {
			v++;
			i++;
		}
	}
	return NULL;
}

static void test_ring_between_threads(void **state)
{
	struct media_ring *r;
	pthread_t t;
	int16_t want = 0, got[33];

	(void)state;
	assert_int_equal(media_ring_alloc(&r, 64), 0);
	pthread_create(&t, NULL, ring_writer, r);
	for (int i = 0; i < 20000;) {
		size_t n = media_ring_read(r, got, 33);

		for (size_t k = 0; k < n; k++, i++)
			assert_int_equal(got[k], want++);
	}
	pthread_join(t, NULL);
	mem_deref(r);
}

/* --- RTP, RTCP ---------------------------------------------------------- */

static void test_rtp_header(void **state)
{
	uint8_t buf[64] = {0};
	struct rtp_packet p = {.marker = true,
			       .pt = 111,
			       .seq = 0xabcd,
			       .ts = 0x01020304,
			       .ssrc = 0xdeadbeef},
			  q;

	(void)state;
	rtp_write_header(buf, &p);
	assert_int_equal(rtp_parse(&q, buf, 20), 0);
	assert_true(q.marker);
	assert_int_equal(q.pt, 111);
	assert_int_equal(q.seq, 0xabcd);
	assert_int_equal(q.ts, 0x01020304);
	assert_int_equal(q.ssrc, 0xdeadbeef);
	assert_int_equal(q.len, 8);
	/* Padding, extension and sources are cut off, or it is refused. */
	buf[0] |= 0x20;
	buf[19] = 3;
	assert_int_equal(rtp_parse(&q, buf, 20), 0);
	assert_int_equal(q.len, 5);
	buf[19] = 9;
	assert_int_equal(rtp_parse(&q, buf, 20), EBADMSG);
	buf[0] = 0x9f;
	buf[14] = 0xff;
	assert_int_equal(rtp_parse(&q, buf, 20), EBADMSG);
	assert_int_equal(rtp_parse(&q, buf, 11), EBADMSG);
}

static void test_rtp_counts(void **state)
{
	struct rtp_source s = {0};
	struct rtp_packet p = {.ssrc = 1};

	(void)state;
	rtp_source_init(&s, 1, 65530);
	for (unsigned i = 0; i < 20; i++) {
		if (i == 7 || i == 8)
			continue;
		p.seq = (uint16_t)(65530 + i);
		p.ts = i * 160;
		rtp_source_update(&s, &p, 8000, i * 20000);
	}
	assert_int_equal(rtp_source_lost(&s), 2);
	assert_true(s.jitter < 2);
}

static void test_rtcp(void **state)
{
	struct rtp_source theirs = {0}, ours = {0};
	struct rtcp_out o = {.ssrc = 7,
			     .sender = true,
			     .packets = 3,
			     .octets = 480,
			     .cname = "0123456789abcdef"};
	struct rtp_packet p = {.ssrc = 9};
	struct rtcp_in in;
	uint8_t buf[256];
	size_t n;

	(void)state;
	/* 9 reports that of 7's packets 1 of 4 is missing. */
	rtp_source_init(&theirs, 7, 1);
	for (unsigned i = 1; i <= 4; i++) {
		p.seq = (uint16_t)i;
		if (i != 3)
			rtp_source_update(&theirs, &p, 8000, i * 20000);
	}
	o.ssrc = 9;
	n = rtcp_write(buf, sizeof(buf), &o, &theirs, 100000);
	assert_true(n > 0 && n % 4 == 0);
	rtp_source_init(&ours, 9, 1);
	assert_int_equal(rtcp_read(&in, buf, n, 7, &ours, 100000), 0);
	assert_true(in.report);
	assert_int_equal(in.fraction, 64);
	assert_true(ours.lsr != 0);
	/* About another: no report. */
	assert_int_equal(rtcp_read(&in, buf, n, 8, &ours, 100000), 0);
	assert_false(in.report);
	o.bye = true;
	n = rtcp_write(buf, sizeof(buf), &o, NULL, 100000);
	assert_int_equal(rtcp_read(&in, buf, n, 7, &ours, 100000), 0);
	assert_true(in.bye);
	/* Cut anywhere it is refused or ends at a border, never read beyond. */
	for (size_t k = 0; k < n; k++) {
		uint8_t *part = malloc(k ? k : 1);

		memcpy(part, buf, k);
		(void)rtcp_read(&in, part, k, 7, &ours, 100000);
		free(part);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codecs),
		cmocka_unit_test(test_g711_extremes),
		cmocka_unit_test(test_long_loss_fades),
		cmocka_unit_test(test_opus_refuses_garbage),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_tone_is_found),
		cmocka_unit_test(test_cadence),
		cmocka_unit_test(test_all_tones_sound),
		cmocka_unit_test(test_wav_roundtrip),
		cmocka_unit_test(test_wav_stereo_is_mixed),
		cmocka_unit_test(test_wav_hostile),
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_ring_between_threads),
		cmocka_unit_test(test_rtp_header),
		cmocka_unit_test(test_rtp_counts),
		cmocka_unit_test(test_rtcp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
