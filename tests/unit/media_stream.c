/**
 * @file media_stream.c  Streams on loopback: sound both ways, relay, players
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
#include <offhook/base.h>
#include <offhook/media.h>

enum { LIMIT_MS = 10000, HEARD_MAX = 48000 * 4 };

/* A sound device of the test: sends a tone, keeps what it hears. */
struct device {
	struct media_audio audio;
	double hz, phase;
	pthread_mutex_t lock;
	int16_t heard[HEARD_MAX];
	size_t n;
	unsigned events[8];
};

static struct media *engine;
static struct tmr poll_tmr, limit_tmr;
static bool (*condition)(void *);
static void *condition_arg;
static bool in_time;

static size_t dev_read(int16_t *pcm, size_t n, void *arg)
{
	struct device *d = arg;

	media_sine(pcm, n, d->audio.rate, d->hz, -12, &d->phase);
	return n;
}

static void dev_write(const int16_t *pcm, size_t n, void *arg)
{
	struct device *d = arg;

	pthread_mutex_lock(&d->lock);
	if (d->n + n > HEARD_MAX)
		d->n = 0;
	memcpy(d->heard + d->n, pcm, n * sizeof(*pcm));
	d->n += n;
	pthread_mutex_unlock(&d->lock);
}

static struct device *device(uint32_t rate, double hz)
{
	struct device *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	pthread_mutex_init(&d->lock, NULL);
	d->hz = hz;
	d->audio.rate = rate;
	d->audio.read = hz > 0 ? dev_read : NULL;
	d->audio.write = dev_write;
	d->audio.arg = d;
	return d;
}

static void on_event(enum media_event ev, void *arg)
{
	struct device *d = arg;

	if (d)
		d->events[ev]++;
}

/* The last 200 ms are this tone and nothing else. */
static bool hears(struct device *d, double hz)
{
	size_t n = d->audio.rate / 5;
	bool yes;

	pthread_mutex_lock(&d->lock);
	yes = d->n >= n &&
	      media_tone_share(d->heard + d->n - n, n, d->audio.rate, hz) > 0.9;
	pthread_mutex_unlock(&d->lock);
	return yes;
}

static void on_poll(void *arg)
{
	if (condition(condition_arg)) {
		in_time = true;
		re_cancel();
		return;
	}
	tmr_start(&poll_tmr, 5, on_poll, arg);
}

static void on_limit(void *arg)
{
	(void)arg;
	re_cancel();
}

static bool wait_for(bool (*c)(void *), void *arg)
{
	condition = c;
	condition_arg = arg;
	in_time = false;
	tmr_start(&poll_tmr, 1, on_poll, NULL);
	tmr_start(&limit_tmr, LIMIT_MS, on_limit, NULL);
	loop_run();
	tmr_cancel(&poll_tmr);
	tmr_cancel(&limit_tmr);
	return in_time;
}

/* What only the user hears has no address, and its end asks for none. */
static void test_without_address(void **state)
{
	const struct media_stream_prm prm = {0};
	struct media_stream *s = NULL;
	int fd[2];
	char c;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	log_to_fd(fd[1], LOG_LEVEL_WARN);
	assert_int_equal(media_stream_alloc(&s, engine, &prm, NULL, NULL), 0);
	assert_null(media_stream_socket(s, 0));
	mem_deref(s);
	log_to_fd(STDERR_FILENO, LOG_LEVEL_WARN);
	close(fd[1]);
	assert_int_equal(read(fd[0], &c, 1), 0);
	close(fd[0]);
}

static struct media_stream *stream(struct device *d, bool latch,
				   uint32_t timeout)
{
	struct media_stream_prm prm = {.latch = latch, .timeout_ms = timeout};
	struct media_stream *s = NULL;

	sa_set_str(&prm.laddr, "127.0.0.1", 0);
	assert_int_equal(media_stream_alloc(&s, engine, &prm, on_event, d), 0);
	assert_true(sa_port(media_stream_laddr(s)) % 2 == 0);
	if (d)
		assert_int_equal(media_stream_set_audio(s, &d->audio), 0);
	return s;
}

static void join(struct media_stream *a, struct media_stream *b,
		 const char *codec)
{
	struct list f = LIST_INIT;

	assert_int_equal(media_formats_ours(&f, codec), 0);
	media_stream_set_remote(a, media_stream_laddr(b), NULL);
	assert_int_equal(media_stream_start(a, &f, true, true), 0);
	if (b) {
		media_stream_set_remote(b, media_stream_laddr(a), NULL);
		assert_int_equal(media_stream_start(b, &f, true, true), 0);
	}
	list_flush(&f);
}

struct two {
	struct device *a, *b;
	double a_hears, b_hears;
};

static bool both_hear(void *arg)
{
	struct two *t = arg;

	return hears(t->a, t->a_hears) && hears(t->b, t->b_hears);
}

static int setup(void **state)
{
	(void)state;
	if (loop_init(LOOP_FEW))
		return -1;
	return media_alloc(&engine);
}

static int teardown(void **state)
{
	(void)state;
	engine = mem_deref(engine);
	loop_close();
	return 0;
}

static void both_ways(const char *codec, uint32_t rate_a, uint32_t rate_b)
{
	struct device *a = device(rate_a, 440), *b = device(rate_b, 700);
	struct media_stream *sa = stream(a, false, 0),
			    *sb = stream(b, false, 0);
	struct two t = {a, b, 700, 440};
	struct media_stats st;

	join(sa, sb, codec);
	assert_string_equal(media_stream_codec(sa), codec);
	assert_true(wait_for(both_hear, &t));
	media_stream_stats(sa, &st);
	assert_true(st.rx_packets > 5);
	assert_true(st.tx_packets > 5);
	assert_int_equal(st.rx_lost, 0);
	assert_true(fabs(st.speaker_level + 12) < 4);
	assert_true(fabs(st.mic_level + 12) < 4);
	assert_int_equal(a->events[MEDIA_EVENT_FIRST], 1);
	mem_deref(sa);
	mem_deref(sb);
	free(a);
	free(b);
}

static void test_pcma(void **state)
{
	(void)state;
	both_ways("PCMA", 8000, 8000);
}

static void test_pcmu_other_rates(void **state)
{
	(void)state;
	both_ways("PCMU", 48000, 16000);
}

static void test_opus(void **state)
{
	(void)state;
	both_ways("opus", 48000, 16000);
}

static void test_opus_odd_rate(void **state)
{
	(void)state;
	both_ways("opus", 44100, 8000);
}

static void numbered(struct media_stream *s, struct media_stream *to,
		     uint8_t sends, uint8_t takes)
{
	struct list f = LIST_INIT;

	media_stream_set_remote(s, media_stream_laddr(to), NULL);
	assert_int_equal(media_format_add(&f, "opus", sends, 48000, 2, NULL),
			 0);
	assert_int_equal(media_stream_start(s, &f, true, true), 0);
	list_flush(&f);
	assert_int_equal(media_format_add(&f, "opus", takes, 48000, 2, NULL),
			 0);
	media_stream_set_local_formats(s, &f);
	list_flush(&f);
}

/* b has answered 96 with 107 of its own: each hears the other by the number
 * that it knows (RFC 3264 §6.1). */
static void test_relay_renumbers(void **state)
{
	struct device *a = device(48000, 440), *b = device(48000, 700);
	struct media_stream *sa = stream(a, false, 0),
			    *sb = stream(b, false, 0);
	struct media_stream *r1 = stream(NULL, false, 0);
	struct media_stream *r2 = stream(NULL, false, 0);
	struct two t = {a, b, 700, 440};

	(void)state;
	numbered(sa, r1, 96, 96);
	numbered(r1, sa, 96, 96);
	numbered(r2, sb, 107, 96);
	numbered(sb, r2, 96, 107);
	assert_int_equal(media_stream_bridge(r1, r2), 0);
	assert_true(wait_for(both_hear, &t));

	/* A phone may send with the number that it has answered with, too. */
	numbered(sb, r2, 107, 107);
	pthread_mutex_lock(&a->lock);
	a->n = 0;
	pthread_mutex_unlock(&a->lock);
	assert_true(wait_for(both_hear, &t));
	mem_deref(r1);
	mem_deref(r2);
	mem_deref(sa);
	mem_deref(sb);
	free(a);
	free(b);
}

/* a - (r1 = r2) - b: what a codec nobody knows is carried, too. */
static void test_relay(void **state)
{
	struct device *a = device(8000, 440), *b = device(8000, 700);
	struct media_stream *sa = stream(a, false, 0),
			    *sb = stream(b, false, 0);
	struct media_stream *r1 = stream(NULL, false, 0);
	struct media_stream *r2 = stream(NULL, true, 0);
	struct two t = {a, b, 700, 440};
	struct media_stats st;

	(void)state;
	join(sa, NULL, "PCMA");
	join(sb, NULL, "PCMA");
	join(r1, NULL, "PCMA");
	join(r2, NULL, "PCMA");
	media_stream_set_remote(sa, media_stream_laddr(r1), NULL);
	media_stream_set_remote(r1, media_stream_laddr(sa), NULL);
	media_stream_set_remote(sb, media_stream_laddr(r2), NULL);
	/* r2 learns where sb is from what it sends. */
	assert_int_equal(media_stream_bridge(r1, r2), 0);
	assert_true(wait_for(both_hear, &t));
	media_stream_stats(r2, &st);
	assert_true(sa_cmp(&st.remote, media_stream_laddr(sb), SA_ALL));
	assert_true(st.rx_packets > 5 && st.tx_packets > 5);

	/* One leaves: no one touches it any more, the other lives on. */
	mem_deref(r1);
	assert_int_equal(media_stream_bridge(r2, NULL), 0);
	assert_int_equal(
		media_stream_play_tone(r2, MEDIA_REMOTE, MEDIA_TONE_TEST), 0);
	t = (struct two){b, b, 1000, 1000};
	assert_true(wait_for(both_hear, &t));
	mem_deref(r2);
	mem_deref(sa);
	mem_deref(sb);
	free(a);
	free(b);
}

static void test_echo(void **state)
{
	struct device *a = device(8000, 440);
	struct media_stream *sa = stream(a, false, 0);
	struct media_stream *e = stream(NULL, false, 0);
	struct two t = {a, a, 440, 440};

	(void)state;
	assert_int_equal(media_stream_echo(e), 0);
	join(sa, e, "opus");
	assert_true(wait_for(both_hear, &t));
	mem_deref(sa);
	mem_deref(e);
	free(a);
}

static bool played(void *arg)
{
	struct device *d = arg;

	return d->events[MEDIA_EVENT_PLAYED] > 0;
}

static void test_clip_ends_with_a_word(void **state)
{
	struct device *a = device(8000, 0), *b = device(8000, 0);
	struct media_stream *sa = stream(a, false, 0),
			    *sb = stream(b, false, 0);
	struct media_clip *c;
	int16_t *pcm = malloc(16000 * sizeof(*pcm));
	struct two t = {a, a, 600, 600};
	double phase = 0;

	(void)state;
	media_sine(pcm, 16000, 32000, 600, -10, &phase);
	assert_int_equal(media_clip_alloc(&c, 32000, pcm, 16000), 0);
	free(pcm);
	join(sa, sb, "PCMA");
	assert_int_equal(media_stream_play_clip(sb, MEDIA_REMOTE, c, 2), 0);
	mem_deref(c);
	assert_true(wait_for(both_hear, &t));
	assert_true(wait_for(played, b));
	assert_int_equal(b->events[MEDIA_EVENT_PLAYED], 1);
	mem_deref(sa);
	mem_deref(sb);
	free(a);
	free(b);
}

/* No network, only the loudspeaker: ringback and bell. */
static void test_local_tone(void **state)
{
	struct media_stream_prm prm;
	struct device *a = device(48000, 0);
	struct media_stream *s;
	struct two t = {a, a, 1000, 1000};

	(void)state;
	memset(&prm, 0, sizeof(prm));
	assert_int_equal(media_stream_alloc(&s, engine, &prm, on_event, a), 0);
	assert_int_equal(media_stream_set_audio(s, &a->audio), 0);
	assert_int_equal(
		media_stream_play_tone(s, MEDIA_LOCAL, MEDIA_TONE_TEST), 0);
	assert_true(wait_for(both_hear, &t));
	mem_deref(s);
	free(a);
}

static bool ring_full(void *arg)
{
	return media_ring_used(arg) >= 4000;
}

static void test_record_and_mute(void **state)
{
	struct device *a = device(16000, 440);
	struct media_stream *sa = stream(a, false, 0);
	struct media_stream *r = stream(NULL, false, 0);
	struct media_ring *ring;
	int16_t pcm[4000];

	(void)state;
	assert_int_equal(media_ring_alloc(&ring, 8000), 0);
	assert_int_equal(media_stream_record(r, ring), 0);
	join(sa, r, "PCMU");
	assert_true(wait_for(ring_full, ring));
	assert_int_equal(media_ring_read(ring, pcm, 4000), 4000);
	assert_true(media_tone_share(pcm + 2000, 2000, 8000, 440) > 0.9);
	media_stream_mute(sa, true);
	assert_true(wait_for(ring_full, ring));
	media_ring_read(ring, pcm, 4000);
	assert_true(wait_for(ring_full, ring));
	media_ring_read(ring, pcm, 4000);
	assert_true(media_level(pcm, 4000) < -60);
	assert_int_equal(media_stream_record(r, NULL), 0);
	mem_deref(ring);
	mem_deref(sa);
	mem_deref(r);
	free(a);
}

static bool timed_out(void *arg)
{
	struct device *d = arg;

	return d->events[MEDIA_EVENT_TIMEOUT] > 0;
}

static bool returned(void *arg)
{
	struct device *d = arg;

	return d->events[MEDIA_EVENT_RETURNED] > 0;
}

static void test_timeout(void **state)
{
	struct device *a = device(8000, 440), *b = device(8000, 440);
	struct media_stream *sa = stream(a, false, 100),
			    *sb = stream(b, false, 0);
	(void)state;
	join(sa, sb, "PCMA");
	media_stream_set_direction(sb, false, true);
	assert_true(wait_for(timed_out, a));
	media_stream_set_direction(sb, true, true);
	assert_true(wait_for(returned, a));
	assert_int_equal(a->events[MEDIA_EVENT_TIMEOUT], 1);
	mem_deref(sa);
	mem_deref(sb);
	free(a);
	free(b);
}

static int sender(const char *ip)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sa from;

	sa_set_str(&from, ip, 0);
	assert_int_equal(bind(fd, &from.u.sa, from.len), 0);
	return fd;
}

static void send_rtp(int fd, const struct media_stream *to, uint8_t pt,
		     uint8_t seq)
{
	uint8_t pkt[172] = {0x80, pt, 0, seq};
	const struct sa *a = media_stream_laddr(to);

	assert_int_equal(sendto(fd, pkt, sizeof(pkt), 0, &a->u.sa, a->len),
			 sizeof(pkt));
}

static uint64_t received(struct media_stream *s, uint64_t least)
{
	struct media_stats st;

	do {
		media_stream_stats(s, &st);
	} while (st.rx_packets < least);
	return st.rx_packets;
}

static void test_strangers_do_not_break_in(void **state)
{
	struct device *a = device(8000, 0);
	struct media_stream *sa = stream(a, false, 0);
	int right = sender("127.0.0.9"), other = sender("127.0.0.2");
	struct list f = LIST_INIT;
	struct sa remote;

	(void)state;
	sa_set_str(&remote, "127.0.0.9", 4000);
	media_formats_ours(&f, "PCMA");
	media_stream_set_remote(sa, &remote, NULL);
	media_stream_start(sa, &f, true, true);
	list_flush(&f);
	/* A host with two addresses speaks from the other one … */
	send_rtp(other, sa, 8, 1);
	assert_int_equal(received(sa, 1), 1);
	/* … but who is named in the SDP takes over, and stays. */
	send_rtp(right, sa, 8, 2);
	assert_int_equal(received(sa, 2), 2);
	for (uint8_t i = 3; i < 20; i++)
		send_rtp(other, sa, 8, i);
	/* A payload type nobody agreed on. */
	send_rtp(right, sa, 77, 20);
	send_rtp(right, sa, 8, 21);
	assert_int_equal(received(sa, 3), 3);
	close(right);
	close(other);
	mem_deref(sa);
	free(a);
}

static struct media_stream *victim;

static void free_in_event(enum media_event ev, void *arg)
{
	struct device *d = arg;

	d->events[ev]++;
	victim = mem_deref(victim);
}

static bool first_came(void *arg)
{
	struct device *d = arg;

	return d->events[MEDIA_EVENT_FIRST] > 0;
}

static void test_freed_in_its_event(void **state)
{
	struct device *a = device(8000, 440), *b = device(8000, 440);
	struct media_stream *sa = stream(a, false, 0);

	(void)state;
	victim = stream(b, false, 0);
	media_stream_set_handler(victim, free_in_event, b);
	join(sa, victim, "PCMA");
	assert_true(wait_for(first_came, b));
	assert_null(victim);
	assert_int_equal(b->events[MEDIA_EVENT_FIRST], 1);
	mem_deref(sa);
	free(a);
	free(b);
}

static void test_sleeps_without_streams(void **state)
{
	struct device *a = device(8000, 440), *b = device(8000, 700);
	struct media_stream *sa = stream(a, false, 0),
			    *sb = stream(b, false, 0);
	struct two t = {a, b, 700, 440};
	uint64_t before;

	(void)state;
	join(sa, sb, "PCMA");
	assert_true(wait_for(both_hear, &t));
	mem_deref(sa);
	mem_deref(sb);
	/* Whatever was under way has come to its end when a new stream has
	 * been heard and is gone. */
	before = media_wakeups(engine);
	usleep(200000);
	assert_in_range(media_wakeups(engine) - before, 0, 2);
	free(a);
	free(b);
}

static void test_many_begin_and_end(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		struct device *d[6];
		struct media_stream *s[6];

		for (int i = 0; i < 6; i++) {
			d[i] = device(8000, 440);
			s[i] = stream(d[i], i & 1, 50);
		}
		for (int i = 0; i < 6; i += 2)
			join(s[i], s[i + 1], round & 1 ? "PCMA" : "opus");
		media_stream_bridge(s[1], s[2]);
		media_stream_play_tone(s[3], MEDIA_LOCAL, MEDIA_TONE_RING);
		media_stream_play_tone(s[4], MEDIA_REMOTE, MEDIA_TONE_BUSY);
		if (round % 3 == 0)
			wait_for(first_came, d[0]);
		for (int i = 0; i < 6; i++) {
			media_stream_set_audio(s[i], NULL);
			free(d[i]);
			media_stream_set_handler(s[i], NULL, NULL);
		}
		for (int i = 0; i < 6; i++)
			mem_deref(s[i]);
	}
}

static void test_wrong_use(void **state)
{
	struct media_audio bad = {.rate = 11025};
	struct media_stream *s = stream(NULL, false, 0);
	struct list f = LIST_INIT;

	(void)state;
	assert_int_equal(media_stream_set_audio(s, &bad), EINVAL);
	bad.rate = 96000;
	assert_int_equal(media_stream_set_audio(s, &bad), EINVAL);
	assert_int_equal(media_stream_bridge(s, s), EINVAL);
	media_format_add(&f, "G729", 18, 8000, 1, NULL);
	assert_int_equal(media_stream_start(s, &f, true, true), ENOTSUP);
	assert_null(media_stream_codec(s));
	assert_int_equal(media_stream_play_clip(s, MEDIA_REMOTE, NULL, 1),
			 EINVAL);
	media_stream_set_remote(s, NULL, NULL);
	media_stream_stop(s);
	list_flush(&f);
	mem_deref(s);
}

/* --- another codec while it flows --------------------------------------- */

static void start(struct media_stream *s, const char *codec)
{
	struct list f = LIST_INIT;

	assert_int_equal(media_formats_ours(&f, codec), 0);
	assert_int_equal(media_stream_start(s, &f, true, true), 0);
	list_flush(&f);
}

static bool hears_440(void *arg)
{
	return hears(arg, 440);
}

static const char *const switched[] = {"opus", "PCMA", "PCMU", "G722", "PCMU",
				       "opus", "G722", "opus", "PCMA"};

struct switching {
	struct media_stream *a;
	struct device *to;
	unsigned at;
	size_t n;
};

/* Each goes on for 200 ms once it is heard. */
static bool has_switched(void *arg)
{
	struct switching *w = arg;
	size_t n;

	pthread_mutex_lock(&w->to->lock);
	n = w->to->n;
	pthread_mutex_unlock(&w->to->lock);
	if (n < w->n + w->to->audio.rate / 5)
		return false;
	w->n = n;
	if (w->at == ARRAY_SIZE(switched))
		return true;
	start(w->a, switched[w->at++]);
	return false;
}

static int biggest_step(const int16_t *pcm, size_t n)
{
	int most = 0;

	for (size_t i = 1; i < n; i++) {
		int step = abs(pcm[i] - pcm[i - 1]);

		most = step > most ? step : most;
	}
	return most;
}

/* Neither a hole nor a click: no frame is silent, and no step greater than
 * those of the tone, with the noise that each codec makes of it. */
static void test_another_codec_without_a_click(void **state)
{
	struct device *from = device(16000, 440), *to = device(16000, 0);
	struct media_stream *a = stream(from, false, 0);
	struct media_stream *b = stream(to, false, 0);
	struct switching w = {.a = a, .to = to};
	struct media_stats st;
	const size_t frame = 16000 / 50, skip = 16000 / 2;
	(void)state;

	/* it understands all, and says nothing */
	media_stream_set_remote(a, media_stream_laddr(b), NULL);
	media_stream_set_remote(b, media_stream_laddr(a), NULL);
	start(a, "opus");
	start(b, NULL);
	media_stream_set_direction(b, false, true);
	assert_true(wait_for(hears_440, to));
	w.n = to->n;
	assert_true(wait_for(has_switched, &w));
	media_stream_stats(b, &st);
	assert_int_equal(st.rx_lost, 0);
	assert_int_equal(st.rx_late, 0);
	pthread_mutex_lock(&to->lock);
	assert_true(to->n > skip + 16000);
	for (size_t i = skip; i + frame <= to->n; i += frame)
		assert_true(media_level(to->heard + i, frame) > -20);
	/* a sine of -12 dBFS: 0.17 of its peak at most */
	assert_true(biggest_step(to->heard + skip, to->n - skip) < 3200);
	pthread_mutex_unlock(&to->lock);
	mem_deref(a);
	mem_deref(b);
	free(from);
	free(to);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_without_address),
		T(test_pcma),
		T(test_pcmu_other_rates),
		T(test_opus),
		T(test_opus_odd_rate),
		T(test_relay),
		T(test_relay_renumbers),
		T(test_echo),
		T(test_clip_ends_with_a_word),
		T(test_local_tone),
		T(test_record_and_mute),
		T(test_timeout),
		T(test_strangers_do_not_break_in),
		T(test_freed_in_its_event),
		T(test_sleeps_without_streams),
		T(test_many_begin_and_end),
		T(test_another_codec_without_a_click),
		T(test_wrong_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
