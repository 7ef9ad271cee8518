/**
 * @file media_secure.c  SRTP: packets against libre's, streams by SDES and DTLS
 */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <netinet/in.h>
#include <cmocka.h>
#include "../../src/lib/media/media_int.h"
#include "until.h"
#include <re_srtp.h>

enum { PACKET = RTP_HEADER_LEN + 160, ROOM = PACKET + 64 };

/* --- packets ------------------------------------------------------------ */

static uint8_t master[MEDIA_KEY_MAX];

static size_t packet(uint8_t *buf, uint32_t ssrc, uint32_t index)
{
	struct rtp_packet p = {.pt = 8,
			       .seq = (uint16_t)index,
			       .ts = index * 160,
			       .ssrc = ssrc};

	rtp_write_header(buf, &p);
	for (int i = 0; i < 160; i++)
		buf[RTP_HEADER_LEN + i] = (uint8_t)(index + (uint32_t)i);
	return PACKET;
}

static bool is_packet(const uint8_t *buf, size_t len, uint32_t ssrc,
		      uint32_t index)
{
	uint8_t right[PACKET];

	packet(right, ssrc, index);
	return len == PACKET && !memcmp(buf, right, PACKET);
}

static struct crypt *crypt_of(enum media_suite suite)
{
	struct crypt *c = NULL;

	for (size_t i = 0; i < sizeof(master); i++)
		master[i] = (uint8_t)(7 * i + 1);
	assert_int_equal(crypt_alloc(&c, suite, master), 0);
	return c;
}

static const enum srtp_suite theirs[] = {
	[MEDIA_SUITE_AEAD_256] = SRTP_AES_256_GCM,
	[MEDIA_SUITE_AEAD_128] = SRTP_AES_128_GCM,
	[MEDIA_SUITE_AES_256_80] = SRTP_AES_256_CM_HMAC_SHA1_80,
	[MEDIA_SUITE_AES_128_80] = SRTP_AES_CM_128_HMAC_SHA1_80,
	[MEDIA_SUITE_AES_128_32] = SRTP_AES_CM_128_HMAC_SHA1_32,
};

/* What one seals the other opens. */
static void test_libre_understands(void **state)
{
	(void)state;
	for (int k = 0; k < MEDIA_SUITES; k++) {
		struct crypt *c = crypt_of((enum media_suite)k);
		struct crypt *from = crypt_of((enum media_suite)k);
		struct srtp *s;
		struct mbuf *mb = mbuf_alloc(ROOM);
		uint8_t buf[ROOM];
		size_t len;

		assert_string_equal(media_suite_name((enum media_suite)k),
				    srtp_suite_name(theirs[k]));
		assert_int_equal(
			srtp_alloc(&s, theirs[k], master,
				   media_suite_key_len((enum media_suite)k), 0),
			0);
		for (uint32_t i = 65000; i < 66500; i++) {
			len = packet(buf, 5, i);
			assert_int_equal(crypt_seal_rtp(c, buf, &len, ROOM), 0);
			assert_false(is_packet(buf, PACKET, 5, i));
			mb->pos = mb->end = 0;
			mbuf_write_mem(mb, buf, len);
			mb->pos = 0;
			assert_int_equal(srtp_decrypt(s, mb), 0);
			mb->pos = 0;
			assert_true(
				is_packet(mb->buf, mbuf_get_left(mb), 5, i));

			mb->pos = mb->end = packet(mb->buf, 6, i);
			mb->pos = 0;
			assert_int_equal(srtp_encrypt(s, mb), 0);
			memcpy(buf, mb->buf, mb->end);
			len = mb->end;
			assert_int_equal(crypt_open_rtp(from, buf, &len), 0);
			assert_true(is_packet(buf, len, 6, i));
		}
		mem_deref(mb);
		mem_deref(s);
		crypt_free(c);
		crypt_free(from);
	}
}

static size_t report(uint8_t *buf, uint32_t ssrc)
{
	struct rtcp_out o = {.ssrc = ssrc, .cname = "x"};

	return rtcp_write(buf, ROOM, &o, NULL, 1000);
}

static void reports(enum media_suite suite)
{
	struct crypt *c = crypt_of(suite), *from = crypt_of(suite);
	struct mbuf *mb = mbuf_alloc(ROOM);
	uint8_t buf[ROOM], right[ROOM];
	struct srtp *rx, *tx;
	size_t len, n;

	srtp_alloc(&rx, theirs[suite], master, media_suite_key_len(suite), 0);
	srtp_alloc(&tx, theirs[suite], master, media_suite_key_len(suite), 0);
	for (int i = 0; i < 300; i++) {
		n = len = report(buf, 5);
		memcpy(right, buf, len);
		assert_int_equal(crypt_seal_rtcp(c, buf, &len, ROOM), 0);
		mb->pos = mb->end = 0;
		mbuf_write_mem(mb, buf, len);
		mb->pos = 0;
		assert_int_equal(srtcp_decrypt(rx, mb), 0);
		mb->pos = 0;
		assert_int_equal(mbuf_get_left(mb), n);
		assert_memory_equal(mb->buf, right, n);

		mb->pos = mb->end = 0;
		n = report(right, 6);
		mbuf_write_mem(mb, right, n);
		mb->pos = 0;
		assert_int_equal(srtcp_encrypt(tx, mb), 0);
		memcpy(buf, mb->buf, mb->end);
		len = mb->end;
		assert_int_equal(crypt_open_rtcp(from, buf, &len), 0);
		assert_int_equal(len, n);
		assert_memory_equal(buf, right, n);
		/* Once only, and not with a bit changed. */
		memcpy(buf, mb->buf, mb->end);
		len = mb->end;
		assert_int_equal(crypt_open_rtcp(from, buf, &len), EALREADY);
		buf[9] ^= 1;
		assert_int_equal(crypt_open_rtcp(from, buf, &len), EACCES);
	}
	mem_deref(mb);
	mem_deref(rx);
	mem_deref(tx);
	crypt_free(c);
	crypt_free(from);
}

static void test_reports(void **state)
{
	(void)state;
	/* The last one's reports have 80 bits all the same (RFC 4568 §6.2.2),
	 * which libre does not know. */
	for (int k = 0; k < MEDIA_SUITE_AES_128_32; k++)
		reports((enum media_suite)k);
}

struct way {
	struct crypt *tx, *rx;
};

/* Seal it and open it. @return what opening says */
static int pass(struct way *w, uint32_t index, bool arrives)
{
	uint8_t buf[ROOM];
	size_t len = packet(buf, 9, index);
	int err;

	assert_int_equal(crypt_seal_rtp(w->tx, buf, &len, ROOM), 0);
	if (!arrives)
		return 0;
	err = crypt_open_rtp(w->rx, buf, &len);
	if (!err)
		assert_true(is_packet(buf, len, 9, index));
	return err;
}

/* Numbers come round three times, with losses of all lengths between. */
static void numbers_come_round(enum media_suite suite)
{
	struct way w = {crypt_of(suite), crypt_of(suite)};

	for (uint32_t i = 60000; i < 3 * 65536; i++)
		assert_int_equal(pass(&w, i, i % 70 < 40 || i % 1000 < 20), 0);
	/* A long silence of the network, just short of half a round. */
	for (uint32_t i = 3 * 65536; i < 3 * 65536 + 32000; i++)
		assert_int_equal(pass(&w, i, false), 0);
	assert_int_equal(pass(&w, 3 * 65536 + 32000, true), 0);
	crypt_free(w.tx);
	crypt_free(w.rx);
}

static void test_numbers_come_round(void **state)
{
	(void)state;
	numbers_come_round(MEDIA_SUITE_AEAD_256);
	numbers_come_round(MEDIA_SUITE_AES_128_80);
}

/* Out of order around the turn, each once. */
static void order_and_repetition(enum media_suite suite)
{
	struct crypt *tx = crypt_of(suite), *rx = crypt_of(suite);
	uint8_t bufs[80][ROOM], buf[ROOM];
	size_t lens[80], len;

	for (uint32_t i = 0; i < 80; i++) {
		lens[i] = packet(bufs[i], 9, 65500 + i);
		crypt_seal_rtp(tx, bufs[i], &lens[i], ROOM);
	}
	for (uint32_t i = 0; i < 80; i++) {
		uint32_t k = i ^ 7;

		memcpy(buf, bufs[k], lens[k]);
		len = lens[k];
		assert_int_equal(crypt_open_rtp(rx, buf, &len), 0);
		assert_true(is_packet(buf, len, 9, 65500 + k));
	}
	for (uint32_t k = 0; k < 80; k++) {
		memcpy(buf, bufs[k], lens[k]);
		len = lens[k];
		assert_int_equal(crypt_open_rtp(rx, buf, &len), EALREADY);
	}
	/* Nor does a sender use a number twice. */
	len = packet(buf, 9, 65570);
	assert_int_equal(crypt_seal_rtp(tx, buf, &len, ROOM), EALREADY);
	crypt_free(tx);
	crypt_free(rx);
}

static void test_order_and_repetition(void **state)
{
	(void)state;
	order_and_repetition(MEDIA_SUITE_AEAD_256);
	order_and_repetition(MEDIA_SUITE_AES_128_80);
}

/* Forged ones are refused, and change nothing. */
static void forged(enum media_suite suite)
{
	struct way w = {crypt_of(suite), crypt_of(suite)};
	uint8_t buf[ROOM], junk[ROOM];
	uint32_t noise = 3;
	size_t len;

	for (uint32_t i = 0; i < 3000; i++) {
		size_t n;

		/* Of this source, any number, before the first is genuine. */
		noise = noise * 1664525 + 1013904223;
		len = packet(buf, 9, noise >> 16);
		assert_int_not_equal(crypt_open_rtp(w.rx, buf, &len), 0);
		len = packet(buf, noise, i);
		assert_int_equal(crypt_open_rtp(w.rx, buf, &len), EACCES);
		assert_int_equal(pass(&w, 65000 + i, true), 0);
		/* Any bytes of any length. */
		n = noise >> 8 & 63;
		random_bytes(junk, n);
		junk[0] = (uint8_t)(0x80 | (junk[0] & 0x3f));
		len = n;
		assert_int_not_equal(crypt_open_rtp(w.rx, junk, &len), 0);
		len = n;
		assert_int_not_equal(crypt_open_rtcp(w.rx, junk, &len), 0);
		len = n;
		if (n < RTP_HEADER_LEN)
			assert_int_equal(crypt_seal_rtp(w.tx, junk, &len, ROOM),
					 EMSGSIZE);
	}
	/* No room for what is put behind. */
	len = packet(buf, 9, 2);
	assert_int_equal(crypt_seal_rtp(w.tx, buf, &len, len + 13), EMSGSIZE);
	crypt_free(w.tx);
	crypt_free(w.rx);
}

static void test_forged(void **state)
{
	(void)state;
	forged(MEDIA_SUITE_AEAD_256);
	forged(MEDIA_SUITE_AES_128_80);
}

/* --- streams ------------------------------------------------------------ */

struct side {
	struct media_stream *s;
	struct media_audio audio;
	pthread_mutex_t lock;
	double hz, phase, hears;
	int16_t last[1600]; /* 200 ms */
	size_t n;
	unsigned events[8];
};

static struct media *engine;
static struct side A, B;

static size_t side_read(int16_t *pcm, size_t n, void *arg)
{
	struct side *d = arg;

	media_sine(pcm, n, 8000, d->hz, -12, &d->phase);
	return n;
}

static void side_write(const int16_t *pcm, size_t n, void *arg)
{
	struct side *d = arg;

	pthread_mutex_lock(&d->lock);
	memmove(d->last, d->last + n, sizeof(d->last) - n * sizeof(*pcm));
	memcpy(d->last + 1600 - n, pcm, n * sizeof(*pcm));
	pthread_mutex_unlock(&d->lock);
}

static void on_event(enum media_event ev, void *arg)
{
	((struct side *)arg)->events[ev]++;
}

static void open_side(struct side *d, double hz)
{
	struct media_stream_prm prm = {.latch = false};

	memset(d, 0, sizeof(*d));
	pthread_mutex_init(&d->lock, NULL);
	d->hz = hz;
	d->audio.rate = 8000;
	d->audio.read = side_read;
	d->audio.write = side_write;
	d->audio.arg = d;
	sa_set_str(&prm.laddr, "127.0.0.1", 0);
	assert_int_equal(media_stream_alloc(&d->s, engine, &prm, on_event, d),
			 0);
}

static void give_sound(struct side *d)
{
	assert_int_equal(media_stream_set_audio(d->s, &d->audio), 0);
}

static void face(struct media_stream *s, struct media_stream *to)
{
	media_stream_set_remote(s, media_stream_laddr(to), NULL);
}

static void start(struct media_stream *s, struct media_stream *to)
{
	struct list f = LIST_INIT;

	assert_int_equal(media_formats_ours(&f, "PCMA"), 0);
	face(s, to);
	assert_int_equal(media_stream_start(s, &f, true, true), 0);
	list_flush(&f);
}

static bool hears(struct side *d, double hz)
{
	bool yes;

	pthread_mutex_lock(&d->lock);
	yes = media_level(d->last, 1600) > -20 &&
	      media_tone_share(d->last, 1600, 8000, hz) > 0.9;
	pthread_mutex_unlock(&d->lock);
	return yes;
}

static bool both_hear(void *arg)
{
	(void)arg;
	return hears(&A, 700) && hears(&B, 440);
}

static int setup(void **state)
{
	(void)state;
	if (loop_init(LOOP_FEW) || media_alloc(&engine))
		return -1;
	open_side(&A, 440);
	open_side(&B, 700);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	A.s = mem_deref(A.s);
	B.s = mem_deref(B.s);
	engine = mem_deref(engine);
	loop_close();
	return 0;
}

static uint8_t key_a[MEDIA_KEY_MAX], key_b[MEDIA_KEY_MAX];

static void sdes(enum media_suite suite)
{
	random_bytes(key_a, sizeof(key_a));
	random_bytes(key_b, sizeof(key_b));
	assert_int_equal(media_stream_set_keys(A.s, suite, key_a, key_b), 0);
	assert_int_equal(media_stream_set_keys(B.s, suite, key_b, key_a), 0);
}

static void test_sdes(void **state)
{
	struct media_stats st;

	(void)state;
	give_sound(&A);
	give_sound(&B);
	sdes(MEDIA_SUITE_AES_256_80);
	start(A.s, B.s);
	start(B.s, A.s);
	assert_true(until(both_hear, NULL));
	media_stream_stats(A.s, &st);
	assert_int_equal(st.keys, MEDIA_KEYS_SDES);
	assert_true(st.secured);
	assert_int_equal(st.rx_forged, 0);
	/* The same keys again (a re-INVITE): numbers go on. */
	assert_int_equal(media_stream_set_keys(A.s, MEDIA_SUITE_AES_256_80,
					       key_a, key_b),
			 0);
	memset(B.last, 0, sizeof(B.last));
	assert_true(until(both_hear, NULL));
	/* Others. */
	sdes(MEDIA_SUITE_AES_128_32);
	memset(A.last, 0, sizeof(A.last));
	memset(B.last, 0, sizeof(B.last));
	assert_true(until(both_hear, NULL));
}

/* One side's key is another: the other side's goes on counting (RFC 3711
 * §8.2: the same numbers with the same key would give both packets away). */
static void test_one_key_stays(void **state)
{
	const struct crypt *tx, *rx;

	(void)state;
	give_sound(&A);
	give_sound(&B);
	sdes(MEDIA_SUITE_AES_128_80);
	start(A.s, B.s);
	start(B.s, A.s);
	assert_true(until(both_hear, NULL));
	tx = A.s->secure.tx[RTP];
	rx = B.s->secure.rx[RTP];
	random_bytes(key_b, sizeof(key_b));
	assert_int_equal(media_stream_set_keys(A.s, MEDIA_SUITE_AES_128_80,
					       key_a, key_b),
			 0);
	assert_int_equal(media_stream_set_keys(B.s, MEDIA_SUITE_AES_128_80,
					       key_b, key_a),
			 0);
	assert_ptr_equal(tx, A.s->secure.tx[RTP]);
	assert_ptr_equal(rx, B.s->secure.rx[RTP]);
	memset(A.last, 0, sizeof(A.last));
	memset(B.last, 0, sizeof(B.last));
	assert_true(until(both_hear, NULL));
}

static bool a_is_deceived(void *arg)
{
	struct media_stats st;

	(void)arg;
	media_stream_stats(A.s, &st);
	return st.rx_forged > 20;
}

/* One side speaks in the clear: the other hears nothing of it, and what it
 * says is not understood. */
static void test_clear_is_not_heard(void **state)
{
	struct media_stats st;

	(void)state;
	give_sound(&A);
	give_sound(&B);
	random_bytes(key_a, sizeof(key_a));
	assert_int_equal(media_stream_set_keys(A.s, MEDIA_SUITE_AES_128_80,
					       key_a, key_a),
			 0);
	start(A.s, B.s);
	start(B.s, A.s);
	assert_true(until(a_is_deceived, NULL));
	media_stream_stats(A.s, &st);
	assert_int_equal(st.rx_packets, 0);
	assert_false(hears(&A, 700));
	assert_false(hears(&B, 440));
	/* Without encryption again they hear each other. */
	media_stream_set_clear(A.s);
	assert_true(until(both_hear, NULL));
}

static bool both_secured(void *arg)
{
	(void)arg;
	return A.events[MEDIA_EVENT_SECURED] && B.events[MEDIA_EVENT_SECURED];
}

static void test_dtls(void **state)
{
	const char *print = media_fingerprint(engine);
	struct media_stats st;

	(void)state;
	assert_non_null(print);
	assert_ptr_equal(media_fingerprint(engine), print);
	assert_int_equal(strlen(print), 8 + 95);
	give_sound(&A);
	give_sound(&B);
	start(A.s, B.s);
	start(B.s, A.s);
	assert_int_equal(media_stream_set_dtls(A.s, true, print), 0);
	assert_int_equal(media_stream_set_dtls(B.s, false, print), 0);
	media_stream_stats(A.s, &st);
	assert_int_equal(st.keys, MEDIA_KEYS_DTLS);
	assert_false(st.secured);
	assert_true(until(both_secured, NULL));
	memset(A.last, 0, sizeof(A.last));
	memset(B.last, 0, sizeof(B.last));
	assert_true(until(both_hear, NULL));
	media_stream_stats(A.s, &st);
	assert_true(st.secured);
	/* Both sides are ours: what both can best (RFC 7714 §14.2). */
	assert_int_equal(A.s->secure.suite, MEDIA_SUITE_AEAD_256);
	assert_int_equal(B.s->secure.suite, MEDIA_SUITE_AEAD_256);
	/* The same again keeps the association. */
	assert_int_equal(media_stream_set_dtls(A.s, true, print), 0);
	media_stream_stats(A.s, &st);
	assert_true(st.secured);
	assert_int_equal(A.events[MEDIA_EVENT_INSECURE], 0);
	assert_int_equal(media_stream_set_dtls(A.s, true, "SHA-256 00"),
			 EINVAL);
	assert_int_equal(media_stream_set_dtls(A.s, true, "SHA-1 00:01"),
			 EINVAL);
	assert_int_equal(media_stream_set_dtls(A.s, true, ""), EINVAL);
}

static bool a_refuses(void *arg)
{
	(void)arg;
	return A.events[MEDIA_EVENT_INSECURE] > 0;
}

/* Whoever is there has another certificate than was announced. */
static bool is_prepared(void *arg)
{
	return ((struct media *)arg)->identity != NULL;
}

/* Made beside the loop, once; who can't wait makes his own. */
static void test_prepared(void **state)
{
	struct media *m;
	const char *print;

	(void)state;
	media_prepare(NULL);
	media_prepare(engine);
	media_prepare(engine);
	assert_true(until(is_prepared, engine));
	print = media_fingerprint(engine);
	assert_non_null(print);
	media_prepare(engine);
	assert_ptr_equal(media_fingerprint(engine), print);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(media_alloc(&m), 0);
		media_prepare(m);
		print = i & 1 ? media_fingerprint(m) : NULL;
		if (i & 2)
			assert_true(until(is_prepared, m));
		if (print)
			assert_ptr_equal(media_fingerprint(m), print);
		mem_deref(m);
	}
}

static void test_dtls_of_another(void **state)
{
	const char *print = media_fingerprint(engine);
	char wrong[128];
	struct media_stats st;

	(void)state;
	snprintf(wrong, sizeof(wrong), "%s", print);
	wrong[8] = wrong[8] == '0' ? '1' : '0';
	give_sound(&A);
	give_sound(&B);
	face(A.s, B.s);
	face(B.s, A.s);
	assert_int_equal(media_stream_set_dtls(A.s, false, wrong), 0);
	assert_int_equal(media_stream_set_dtls(B.s, true, print), 0);
	/* Not before it is known that nothing may flow in the clear. */
	start(A.s, B.s);
	start(B.s, A.s);
	assert_true(until(a_refuses, NULL));
	media_stream_stats(A.s, &st);
	assert_false(st.secured);
	assert_int_equal(st.rx_packets, 0);
	assert_false(hears(&A, 700));
	assert_false(hears(&B, 440));
}

/* Noise that looks like DTLS does not keep the two from each other. */
static void test_dtls_amid_noise(void **state)
{
	const char *print = media_fingerprint(engine);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const struct sa *to = media_stream_laddr(B.s);
	uint8_t junk[200];

	(void)state;
	give_sound(&A);
	give_sound(&B);
	start(A.s, B.s);
	start(B.s, A.s);
	assert_int_equal(media_stream_set_dtls(B.s, false, print), 0);
	for (int i = 0; i < 200; i++) {
		random_bytes(junk, sizeof(junk));
		junk[0] = (uint8_t)(20 + i % 44);
		if (i & 1)
			memcpy(junk, "\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x40\x01",
			       14);
		(void)!sendto(fd, junk, (size_t)i, 0, &to->u.sa, to->len);
	}
	assert_int_equal(media_stream_set_dtls(A.s, true, print), 0);
	assert_true(until(both_secured, NULL));
	assert_true(until(both_hear, NULL));
	close(fd);
}

/* A by SDES, B by DTLS, and a relay between them that speaks both. */
static void test_relay_between(void **state)
{
	const char *print = media_fingerprint(engine);
	struct side ra, rb;

	(void)state;
	open_side(&ra, 0);
	open_side(&rb, 0);
	give_sound(&A);
	give_sound(&B);
	random_bytes(key_a, sizeof(key_a));
	random_bytes(key_b, sizeof(key_b));
	media_stream_set_keys(A.s, MEDIA_SUITE_AES_128_80, key_a, key_b);
	media_stream_set_keys(ra.s, MEDIA_SUITE_AES_128_80, key_b, key_a);
	assert_int_equal(media_stream_bridge(ra.s, rb.s), 0);
	start(A.s, ra.s);
	start(ra.s, A.s);
	start(B.s, rb.s);
	start(rb.s, B.s);
	media_stream_set_dtls(B.s, true, print);
	media_stream_set_dtls(rb.s, false, print);
	assert_true(until(both_hear, NULL));
	mem_deref(ra.s);
	mem_deref(rb.s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_libre_understands),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_numbers_come_round),
		cmocka_unit_test(test_order_and_repetition),
		cmocka_unit_test(test_forged),
		T(test_sdes),
		T(test_one_key_stays),
		T(test_clear_is_not_heard),
		T(test_dtls),
		T(test_prepared),
		T(test_dtls_of_another),
		T(test_dtls_amid_noise),
		T(test_relay_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
