/**
 * @file stretch.c  A little shorter or longer, at the same pitch
 *
 * One period of the voice is left out or said twice, and the two ways to go on
 * are blended over a whole period: nothing jumps. So the delay follows the
 * network and the other side's clock.
 */
#include <math.h>
#include "media_int.h"

enum {
	LAG_MIN_US = 2500,
	LAG_MAX_US = 12500,
	SEARCH_RATE = 8000, /* precise enough to find what is alike */
};

/* Hardly heard whatever is done to it, dBFS. */
static const double quiet = -50;

/* How alike are the first two stretches of that length? */
static float alike(const int16_t *pcm, size_t lag, size_t step)
{
	float sum = 0, a2 = 1, b2 = 1;

	for (size_t i = 0; i < lag; i += step) {
		float a = pcm[i], b = pcm[i + lag];

		sum += a * b;
		a2 += a * a;
		b2 += b * b;
	}
	return sum > 0 ? sum / sqrtf(a2 * b2) : 0;
}

/* The period at the beginning; 0: there is none that would do. */
static size_t find(const int16_t *pcm, size_t n, uint32_t rate, float least)
{
	size_t lag_min = (size_t)((uint64_t)rate * LAG_MIN_US / 1000000);
	size_t lag_max = (size_t)((uint64_t)rate * LAG_MAX_US / 1000000);
	size_t step = rate > SEARCH_RATE ? rate / SEARCH_RATE : 1, best = 0;

	if (lag_max > n / 2)
		lag_max = n / 2;
	if (lag_max < lag_min)
		return 0;
	if (media_level(pcm, 2 * lag_max) < quiet)
		return lag_max;
	for (size_t lag = lag_min; lag <= lag_max; lag++) {
		float like = alike(pcm, lag, step);

		/* Of those that are as good the longest does most. */
		if (like >= least) {
			least = like;
			best = lag;
		}
	}
	return best;
}

static int16_t blend(int16_t from, int16_t to, size_t i, size_t n)
{
	return (int16_t)((from * (long)(n - i) + to * (long)i) / (long)n);
}

size_t stretch_shorten(int16_t *pcm, size_t n, uint32_t rate, float least)
{
	size_t lag = find(pcm, n, rate, least);

	if (!lag)
		return n;
	for (size_t i = 0; i < lag; i++)
		pcm[i] = blend(pcm[i], pcm[i + lag], i, lag);
	memmove(pcm + lag, pcm + 2 * lag, (n - 2 * lag) * sizeof(*pcm));
	return n - lag;
}

size_t stretch_lengthen(int16_t *pcm, size_t n, size_t max, uint32_t rate,
			float least)
{
	size_t lag = find(pcm, n, rate, least);

	if (!lag || n + lag > max)
		return n;
	memmove(pcm + 2 * lag, pcm + lag, (n - lag) * sizeof(*pcm));
	for (size_t i = 0; i < lag; i++)
		pcm[lag + i] = blend(pcm[2 * lag + i], pcm[i], i, lag);
	return n + lag;
}
