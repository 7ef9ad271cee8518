/**
 * @file phone_voice.c  Echo, noise and quiet voices, measured on speech
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "../../src/client/phone/phone_int.h"

enum { RATE = SOUND_RATE, FRAME = RATE / 50, SECONDS = 24 };

static struct media_clip *far, *near;

/** Spoken by espeak-ng, at our rate, over and over. */
static struct media_clip *speech(const char *dir, const char *voice,
				 const char *text)
{
	struct media_clip *raw, *clip, *all;
	char cmd[1024], path[256];
	size_t i;

	snprintf(path, sizeof(path), "%s/%s.wav", dir, voice);
	snprintf(cmd, sizeof(cmd),
		 "espeak-ng -v %s -w %s -- '%s' >/dev/null 2>&1 </dev/null",
		 voice, path, text);
	if (system(cmd) || media_wav_load(&raw, path))
		return NULL;
	unlink(path);
	if (media_clip_convert(&clip, raw, RATE) ||
	    media_clip_alloc(&all, RATE, NULL, RATE * SECONDS))
		return NULL;
	for (i = 0; i < all->n; i++)
		all->samples[i] = clip->samples[i % clip->n] / 3;
	mem_deref(raw);
	mem_deref(clip);
	return all;
}

static int setup(void **state)
{
	char dir[] = "/tmp/voice-XXXXXX";

	(void)state;
	if (loop_init(LOOP_FEW) || !mkdtemp(dir))
		return -1;
	far = speech(dir, "en",
		     "The exchange connects one subscriber to another. "
		     "How long does each of them wait, and how many lines "
		     "does a town need? Agner counted calls for years.");
	near = speech(dir, "de",
		      "Guten Tag, hier spricht die Vermittlung. Einen "
		      "Augenblick, ich verbinde Sie mit dem Nebenanschluss.");
	rmdir(dir);
	return far && near ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	mem_deref(far);
	mem_deref(near);
	loop_close();
	return 0;
}

/** A loudspeaker, a room and a microphone: late, duller, with reflections. */
static void room(int16_t *mic, const struct media_clip *said, double delay_ms,
		 double gain)
{
	static const struct {
		double ms, gain;
	} ways[] = {{0, 1},   {2.3, -.5}, {5.1, .38}, {9.7, -.3},
		    {17, .2}, {26, -.12}, {41, .08}};
	double low = 0;
	size_t i, k;

	for (i = 0; i < said->n; i++) {
		double sum = 0;

		for (k = 0; k < ARRAY_SIZE(ways); k++) {
			size_t late =
				(size_t)((delay_ms + ways[k].ms) * RATE / 1000);

			if (i >= late)
				sum += ways[k].gain * said->samples[i - late];
		}
		low += (sum - low) * 0.5;
		mic[i] = (int16_t)lrint(low * gain);
	}
}

static double level(const int16_t *samples, int from_s, int to_s)
{
	return media_level(samples + (size_t)from_s * RATE,
			   (size_t)(to_s - from_s) * RATE);
}

/** How much of a is in b, in dB below b; both of one length. */
static double likeness(const int16_t *a, const int16_t *b, size_t n, int late)
{
	double ab = 0, aa = 0, bb = 0;
	size_t i;

	for (i = (size_t)late; i < n; i++) {
		double x = a[i - (size_t)late];

		ab += x * b[i];
		aa += x * x;
		bb += (double)b[i] * b[i];
	}
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/** As in a call: in each frame the microphone first. */
static void run(const struct voice_prm *prm, const struct media_clip *said,
		int16_t *mic, unsigned *delay_ms, double *cpu)
{
	struct voice *v;
	clock_t begin;
	size_t i;

	assert_int_equal(voice_alloc(&v, prm), 0);
	begin = clock();
	for (i = 0; i + FRAME <= said->n; i += FRAME) {
		voice_spoken(v, mic + i, FRAME);
		voice_heard(v, said->samples + i, FRAME);
	}
	if (cpu)
		*cpu = (double)(clock() - begin) / CLOCKS_PER_SEC /
		       ((double)said->n / RATE);
	if (delay_ms)
		*delay_ms = voice_delay_ms(v);
	mem_deref(v);
}

static void echo_at(double delay_ms)
{
	const struct voice_prm prm = {.echo = true};
	int16_t *mic = malloc(far->n * sizeof(*mic));
	double before, after, cpu;
	unsigned delay;

	assert_non_null(mic);
	room(mic, far, delay_ms, 0.5);
	before = level(mic, 12, SECONDS);
	run(&prm, far, mic, &delay, &cpu);
	after = level(mic, 12, SECONDS);
	printf("echo after %.0f ms: %.1f dB, then %.1f dB; measured %u ms; "
	       "%.1f %% of a processor\n",
	       delay_ms, before, after, delay, cpu * 100);
	assert_true(before > -40);
	assert_true(before - after > 15);
	free(mic);
}

static void test_echo_is_cancelled(void **state)
{
	(void)state;
	echo_at(60);
	echo_at(145);
	echo_at(320);
}

static void test_the_user_is_heard_through_echo(void **state)
{
	const struct voice_prm prm = {.echo = true};
	int16_t *mic = malloc(far->n * sizeof(*mic));
	int16_t *alone = calloc(far->n, sizeof(*alone));
	size_t i, from = (size_t)14 * RATE, n = far->n - from;
	double like, loss, mixed;
	int late, best = 0;

	(void)state;
	assert_non_null(mic);
	assert_non_null(alone);
	room(mic, far, 145, 0.5);
	for (i = from; i < far->n; i++)
		alone[i] = near->samples[i];
	for (i = 0; i < far->n; i++)
		mic[i] = (int16_t)(mic[i] + alone[i]);
	mixed = likeness(alone + from, mic + from, n, 0);
	run(&prm, far, mic, NULL, NULL);
	/* the filters are late by a frame or so */
	like = 0;
	for (late = 0; late < 2 * FRAME; late += 8) {
		double l = likeness(alone + from, mic + from, n, late);

		if (l > like) {
			like = l;
			best = late;
		}
	}
	loss = level(alone, 14, SECONDS) - level(mic, 14, SECONDS);
	printf("both talk: likeness %.2f, before %.2f, %d samples late, "
	       "%.1f dB lost\n",
	       like, mixed, best, loss);
	assert_true(like > 0.7 && like > mixed);
	assert_true(loss < 6);
	free(mic);
	free(alone);
}

static void test_noise_is_suppressed(void **state)
{
	const struct voice_prm prm = {.noise = true};
	int16_t *mic = malloc(near->n * sizeof(*mic));
	double noise_before, noise_after, speech_before, speech_after;
	uint32_t seed = 1;
	size_t i;

	(void)state;
	assert_non_null(mic);
	for (i = 0; i < near->n; i++) {
		bool pause = i / RATE >= 12 && i / RATE < 16;

		seed = seed * 1664525 + 1013904223;
		mic[i] = (int16_t)((pause ? 0 : near->samples[i]) +
				   (int)(seed >> 16) % 600 - 300);
	}
	noise_before = level(mic, 13, 16);
	speech_before = level(mic, 17, SECONDS);
	run(&prm, far, mic, NULL, NULL);
	noise_after = level(mic, 13, 16);
	speech_after = level(mic, 17, SECONDS);
	printf("noise: %.1f dB, then %.1f; speech %.1f, then %.1f\n",
	       noise_before, noise_after, speech_before, speech_after);
	assert_true(noise_before - noise_after > 10);
	assert_true(speech_before - speech_after < 4);
	free(mic);
}

static void test_a_quiet_voice_is_lifted(void **state)
{
	const struct voice_prm prm = {.gain = true};
	int16_t *mic = malloc(near->n * sizeof(*mic));
	double before, after;
	size_t i;

	(void)state;
	assert_non_null(mic);
	for (i = 0; i < near->n; i++)
		mic[i] = near->samples[i] / 12;
	before = level(mic, 12, SECONDS);
	run(&prm, far, mic, NULL, NULL);
	after = level(mic, 12, SECONDS);
	printf("quiet: %.1f dB, then %.1f\n", before, after);
	assert_true(after - before > 8);
	assert_true(after < -8);
	free(mic);
}

static void test_nothing_wanted(void **state)
{
	const struct voice_prm prm = {.echo = false};
	struct voice *v = (struct voice *)&prm;

	(void)state;
	assert_int_equal(voice_alloc(&v, &prm), 0);
	assert_null(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo_is_cancelled),
		cmocka_unit_test(test_the_user_is_heard_through_echo),
		cmocka_unit_test(test_noise_is_suppressed),
		cmocka_unit_test(test_a_quiet_voice_is_lifted),
		cmocka_unit_test(test_nothing_wanted),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
