/**
 * @file melody.c  The tune: a theme of Beethoven's ninth, played on sines
 */
#include <math.h>
#include "demo_int.h"

enum { RATE = 16000, BEAT_MS = 420 };

struct note {
	int8_t key;	/**< half-tones above A4, REST for none */
	uint8_t halves; /**< length in half beats */
};
enum { REST = -128 };

static const struct note theme[] = {
	{7, 2}, {7, 2}, {8, 2},	 {10, 2}, {10, 2}, {8, 2}, {7, 2},    {5, 2},
	{3, 2}, {3, 2}, {5, 2},	 {7, 2},  {7, 3},  {5, 1}, {5, 4},    {7, 2},
	{7, 2}, {8, 2}, {10, 2}, {10, 2}, {8, 2},  {7, 2}, {5, 2},    {3, 2},
	{3, 2}, {5, 2}, {7, 2},	 {5, 3},  {3, 1},  {3, 4}, {REST, 4},
};

static void play(const struct note *note, int16_t *out, size_t n)
{
	const double hz = 440.0 * pow(2.0, note->key / 12.0);
	const double attack = RATE / 100.0;
	size_t i;

	for (i = 0; i < n && note->key != REST; i++) {
		double t = (double)i / RATE;
		double level = 6000.0 * exp(-2.2 * t);

		if (i < attack)
			level *= (double)i / attack;
		if (n - i < attack)
			level *= (double)(n - i) / attack;
		out[i] = (int16_t)(level * (sin(2 * M_PI * hz * t) +
					    0.3 * sin(4 * M_PI * hz * t)));
	}
}

int melody_alloc(struct media_clip **cp)
{
	const size_t half = (size_t)RATE * BEAT_MS / 2000;
	size_t n = 0, i;
	int err;

	for (i = 0; i < ARRAY_SIZE(theme); i++)
		n += theme[i].halves * half;

	err = media_clip_alloc(cp, RATE, NULL, n);
	if (err)
		return err;

	for (n = 0, i = 0; i < ARRAY_SIZE(theme); i++) {
		play(&theme[i], (*cp)->samples + n, theme[i].halves * half);
		n += theme[i].halves * half;
	}
	return 0;
}
