/**
 * @file tone.c  Tones, made and recognised
 */
#include <math.h>
#include <stdint.h>
#include <rem_goertzel.h>
#include "media_int.h"

enum { PARTS_MAX = 4 };

/** One part of a tone: two frequencies, or silence, so long. */
struct tone_part {
	uint16_t ms; /**< 0: no more parts */
	uint16_t hz[2];
};

static const struct {
	struct tone_part parts[PARTS_MAX];
	double level;  /**< amplitude of each frequency, of full scale */
	uint16_t edge; /**< ms to fade in and out */
	bool once;
} tones[MEDIA_TONES] = {
	[MEDIA_TONE_DIAL] = {.parts = {{1000, {425, 0}}}, .level = 0.1},
	[MEDIA_TONE_RINGBACK] = {.parts = {{1000, {425, 0}}, {4000, {0, 0}}},
				 .level = 0.1,
				 .edge = 5},
	[MEDIA_TONE_BUSY] = {.parts = {{480, {425, 0}}, {480, {0, 0}}},
			     .level = 0.1,
			     .edge = 5},
	[MEDIA_TONE_CONGESTION] = {.parts = {{240, {425, 0}}, {240, {0, 0}}},
				   .level = 0.1,
				   .edge = 5},
	[MEDIA_TONE_WAITING] = {.parts = {{200, {425, 0}},
					  {200, {0, 0}},
					  {200, {425, 0}},
					  {4400, {0, 0}}},
				.level = 0.06,
				.edge = 5},
	[MEDIA_TONE_HELD] = {.parts = {{250, {425, 0}}, {9750, {0, 0}}},
			     .level = 0.05,
			     .edge = 10},
	[MEDIA_TONE_RING] = {.parts = {{500, {587, 740}},
				       {500, {659, 880}},
				       {500, {587, 740}},
				       {2500, {0, 0}}},
			     .level = 0.12,
			     .edge = 60},
	[MEDIA_TONE_TEST] = {.parts = {{1000, {1000, 0}}}, .level = 0.25},
	[MEDIA_TONE_CONFIRM] = {.parts = {{80, {880, 0}},
					  {120, {1175, 0}},
					  {100, {0, 0}}},
				.level = 0.1,
				.edge = 10,
				.once = true},
};

void media_tone_init(struct media_tone_gen *g, enum media_tone tone,
		     uint32_t rate)
{
	g->tone = tone;
	g->rate = rate;
	g->pos = 0;
}

/* How loud, 0..1, ms after the beginning of a part of that length. */
static double envelope(double at, double length, double edge)
{
	double left = length - at;

	if (edge <= 0)
		return 1;
	if (at < edge)
		return at / edge;
	return left < edge ? left / edge : 1;
}

static int16_t sample(const struct media_tone_gen *g, uint64_t period)
{
	double ms =
		(double)(period ? g->pos % period : g->pos) * 1000 / g->rate;
	const struct tone_part *p = tones[g->tone].parts;
	double v = 0, t = (double)g->pos / g->rate;
	int i = 0;

	for (; i < PARTS_MAX && p[i].ms && ms >= p[i].ms; i++)
		ms -= p[i].ms;
	if (i == PARTS_MAX || !p[i].ms)
		return 0;
	for (int k = 0; k < 2; k++) {
		if (p[i].hz[k])
			v += sin(2 * M_PI * fmod(p[i].hz[k] * t, 1));
	}
	v *= tones[g->tone].level * envelope(ms, p[i].ms, tones[g->tone].edge);
	return (int16_t)lrint(v * INT16_MAX);
}

bool media_tone_read(struct media_tone_gen *g, int16_t *samples, size_t n)
{
	uint64_t period = 0;
	bool once;

	memset(samples, 0, n * sizeof(*samples));
	if (g->tone <= MEDIA_TONE_NONE || g->tone >= MEDIA_TONES || !g->rate)
		return false;
	for (int i = 0; i < PARTS_MAX; i++)
		period += (uint64_t)tones[g->tone].parts[i].ms * g->rate / 1000;
	once = tones[g->tone].once;

	for (size_t i = 0; i < n; i++, g->pos++)
		samples[i] = sample(g, once ? 0 : period);
	return !once || g->pos < period;
}

void media_sine(int16_t *samples, size_t n, uint32_t rate, double hz,
		double dbfs, double *phase)
{
	double a = pow(10, dbfs / 20) * INT16_MAX, p = phase ? *phase : 0;

	for (size_t i = 0; i < n; i++) {
		samples[i] = (int16_t)lrint(a * sin(2 * M_PI * p));
		p += hz / rate;
		p -= floor(p);
	}
	if (phase)
		*phase = p;
}

double media_tone_share(const int16_t *samples, size_t n, uint32_t rate,
			double hz)
{
	struct goertzel g;
	double power = 0, found;

	if (!n)
		return 0;
	goertzel_init(&g, hz, rate);
	for (size_t i = 0; i < n; i++) {
		power += (double)samples[i] * samples[i];
		goertzel_update(&g, samples[i]);
	}
	if (power < 1)
		return 0;
	/* |X|² of a pure sine of power P over n samples is P n / 2. */
	found = (g.q1 * g.q1 + g.q2 * g.q2 - g.coef * g.q1 * g.q2) * 2 /
		((double)n * power);
	return found > 1 ? 1 : found;
}

double media_level(const int16_t *samples, size_t n)
{
	double sum = 0, db;

	for (size_t i = 0; i < n; i++)
		sum += (double)samples[i] * samples[i];
	if (!n || sum < 1)
		return -96;
	/* A full sine is 0 dBFS. */
	db = 10 * log10(sum / (double)n * 2 / ((double)INT16_MAX * INT16_MAX));
	return db < -96 ? -96 : db;
}
