/**
 * @file media_mixer.c  Conferences: each hears all but itself
 */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include <offhook/media.h>
#include "until.h"

enum { SOUND_N = 48000 / 5 /* 200 ms at most */ };

/* Somebody in the conference: a phone far away, or the local side. */
struct person {
	struct media_stream *phone, *line; /**< its own, and the mixer's */
	struct media_audio audio;
	pthread_mutex_t lock;
	double hz, level, phase;
	int16_t last[SOUND_N];
	int16_t peak;
};

static struct media *engine;
static struct media_mixer *mixer;
static struct person people[MEDIA_MIXER_MAX], local;
static unsigned count;

static size_t speak(int16_t *pcm, size_t n, void *arg)
{
	struct person *p = arg;

	media_sine(pcm, n, p->audio.rate, p->hz, p->level, &p->phase);
	return n;
}

static void listen_to(const int16_t *pcm, size_t n, void *arg)
{
	struct person *p = arg;

	pthread_mutex_lock(&p->lock);
	memmove(p->last, p->last + n, (SOUND_N - n) * sizeof(*pcm));
	memcpy(p->last + SOUND_N - n, pcm, n * sizeof(*pcm));
	for (size_t i = 0; i < n; i++) {
		if (abs(pcm[i]) > p->peak)
			p->peak = (int16_t)abs(pcm[i]);
	}
	pthread_mutex_unlock(&p->lock);
}

static void person_init(struct person *p, double hz, double level,
			uint32_t rate)
{
	memset(p, 0, sizeof(*p));
	pthread_mutex_init(&p->lock, NULL);
	p->hz = hz;
	p->level = level;
	p->audio = (struct media_audio){rate, speak, listen_to, p};
}

static struct media_stream *stream(void)
{
	struct media_stream_prm prm = {.latch = false};
	struct media_stream *s = NULL;

	sa_set_str(&prm.laddr, "127.0.0.1", 0);
	assert_int_equal(media_stream_alloc(&s, engine, &prm, NULL, NULL), 0);
	return s;
}

static void start(struct media_stream *s, struct media_stream *to,
		  const char *codec)
{
	struct list f = LIST_INIT;

	assert_int_equal(media_formats_ours(&f, codec), 0);
	media_stream_set_remote(s, media_stream_laddr(to), NULL);
	assert_int_equal(media_stream_start(s, &f, true, true), 0);
	list_flush(&f);
}

/* Somebody comes in, with another codec and device than the one before. */
static void enter(double level)
{
	static const char *const codecs[] = {"PCMA", "G722", "opus", "PCMU"};
	static const uint32_t rates[] = {8000, 48000, 16000};
	struct person *p = &people[count];

	person_init(p, 400 + 150 * count, level, rates[count % 3]);
	p->phone = stream();
	p->line = stream();
	assert_int_equal(media_stream_set_audio(p->phone, &p->audio), 0);
	start(p->phone, p->line, codecs[count % 4]);
	start(p->line, p->phone, codecs[count % 4]);
	assert_int_equal(media_mixer_add(mixer, p->line), 0);
	count++;
}

static double share(struct person *p, double hz)
{
	size_t n = p->audio.rate / 5;
	double v;

	pthread_mutex_lock(&p->lock);
	v = media_level(p->last + SOUND_N - n, n) < -60
		    ? 0
		    : media_tone_share(p->last + SOUND_N - n, n, p->audio.rate,
				       hz);
	pthread_mutex_unlock(&p->lock);
	return v;
}

/* All others, in equal parts, and not itself. */
static bool hears_the_others(struct person *p, bool with_local)
{
	unsigned others = count - (p != &local) + (with_local && p != &local);
	double fair = others ? 1.0 / others : 0, sum = 0;

	for (unsigned i = 0; i < count; i++) {
		double v = share(p, people[i].hz);

		if (&people[i] == p ? v > 0.01 : v < fair * 0.5)
			return false;
		sum += v;
	}
	if (with_local)
		sum += share(p, local.hz);
	return others ? sum > 0.9 : sum < 0.1;
}

static bool all_hear(void *arg)
{
	bool with_local = arg != NULL;

	for (unsigned i = 0; i < count; i++) {
		if (!hears_the_others(&people[i], with_local))
			return false;
	}
	return !with_local || hears_the_others(&local, true);
}

static void give_local(void)
{
	person_init(&local, 2000, -20, 48000);
	assert_int_equal(media_mixer_set_audio(mixer, &local.audio), 0);
}

static int setup(void **state)
{
	(void)state;
	count = 0;
	return loop_init(LOOP_FEW) || media_alloc(&engine) ||
	       media_mixer_alloc(&mixer, engine);
}

static int teardown(void **state)
{
	(void)state;
	mixer = mem_deref(mixer);
	for (unsigned i = 0; i < count; i++) {
		people[i].phone = mem_deref(people[i].phone);
		people[i].line = mem_deref(people[i].line);
	}
	engine = mem_deref(engine);
	loop_close();
	return 0;
}

/* Eight, each with a tone, and the local side. */
static void test_each_hears_all_but_itself(void **state)
{
	struct media_stream *one_more;

	(void)state;
	give_local();
	while (count < MEDIA_MIXER_MAX)
		enter(-20);
	assert_true(until(all_hear, &local));
	assert_int_equal(media_mixer_count(mixer), MEDIA_MIXER_MAX);
	one_more = stream();
	assert_int_equal(media_mixer_add(mixer, one_more), ENOSPC);
	mem_deref(one_more);
}

/* They go, by leaving or by an end of their call. */
static void test_one_after_another_leaves(void **state)
{
	(void)state;
	give_local();
	for (int i = 0; i < 4; i++)
		enter(-20);
	assert_true(until(all_hear, &local));
	while (count) {
		struct person *p = &people[count - 1];

		if (count & 1)
			media_mixer_remove(mixer, p->line);
		p->line = mem_deref(p->line);
		p->phone = mem_deref(p->phone);
		count--;
		assert_int_equal(media_mixer_count(mixer), count);
		if (count)
			assert_true(until(all_hear, &local));
	}
}

static void test_without_the_local_side(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		enter(-20);
	assert_true(until(all_hear, NULL));
	give_local();
	assert_true(until(all_hear, &local));
	media_mixer_mute(mixer, true);
	assert_true(until(all_hear, NULL));
	media_mixer_mute(mixer, false);
	assert_true(until(all_hear, &local));
	assert_int_equal(media_mixer_set_audio(mixer, NULL), 0);
	assert_true(until(all_hear, NULL));
}

static int peak(bool anew)
{
	int v;

	pthread_mutex_lock(&local.lock);
	v = local.peak;
	if (anew)
		local.peak = 0;
	pthread_mutex_unlock(&local.lock);
	return v;
}

static bool is_loud(void *arg)
{
	(void)arg;
	return peak(false) > 25000;
}

/* Six at full level are nearly 16 dB too loud: what is heard of them is still
 * their tones, and no crackle. */
static void test_loud_is_not_clipped(void **state)
{
	(void)state;
	give_local();
	for (int i = 0; i < 6; i++)
		enter(-0.5);
	assert_true(until(all_hear, &local));
	/* All of them together, from now on. */
	(void)peak(true);
	assert_true(until(is_loud, NULL));
	assert_true(until(all_hear, &local));
	assert_true(peak(false) <= 32100);
}

static void test_what_can_not_be(void **state)
{
	struct media_mixer *other;
	struct media_stream *s, *t;
	struct media *elsewhere;

	(void)state;
	assert_int_equal(media_mixer_alloc(&other, engine), 0);
	s = stream();
	t = stream();
	assert_int_equal(media_mixer_add(mixer, s), 0);
	assert_int_equal(media_mixer_add(mixer, s), EALREADY);
	assert_int_equal(media_mixer_add(other, s), EALREADY);
	media_mixer_remove(other, s);
	assert_int_equal(media_mixer_count(mixer), 1);
	assert_int_equal(media_stream_bridge(t, s), EINVAL);
	assert_int_equal(media_stream_bridge(s, t), EINVAL);
	mem_deref(t);
	mem_deref(other);
	assert_int_equal(media_alloc(&elsewhere), 0);
	assert_int_equal(media_mixer_alloc(&other, elsewhere), 0);
	assert_int_equal(media_mixer_add(other, s), EINVAL);
	mem_deref(other);
	mem_deref(elsewhere);
	/* A mixer that goes lets them go. */
	mixer = mem_deref(mixer);
	assert_int_equal(media_stream_bridge(s, NULL), 0);
	mem_deref(s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_each_hears_all_but_itself),
		T(test_one_after_another_leaves),
		T(test_without_the_local_side),
		T(test_loud_is_not_clipped),
		T(test_what_can_not_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
