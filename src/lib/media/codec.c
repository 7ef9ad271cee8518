/**
 * @file codec.c  The table of codecs, and G.711 with concealment
 */
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>
#include <rem_g711.h>
#include "media_int.h"

enum {
	G711_RATE = 8000,
	G711_HISTORY = 240, /**< 30 ms, what a lost packet is made from */
	G711_LAG_MIN = 40,  /**< 200 Hz */
	G711_LAG_MAX = 120, /**< 67 Hz */
	G711_FADE = 480,    /**< 60 ms until a long loss is silent */
};

struct g711_dec {
	int16_t history[G711_HISTORY];
	size_t lag;  /**< of the loss that goes on, 0: none */
	size_t made; /**< samples made up in it */
};

static const struct codec *const codecs[] = {
	&codec_opus,
	&codec_pcma,
	&codec_pcmu,
	NULL,
};

const struct codec *codec_by_name(const char *name, size_t len)
{
	for (size_t i = 0; codecs[i]; i++) {
		if (strlen(codecs[i]->name) == len &&
		    !strncasecmp(codecs[i]->name, name, len))
			return codecs[i];
	}
	return NULL;
}

const struct codec *codec_find(const char *name, uint32_t clock,
			       uint8_t channels)
{
	const struct codec *c = name ? codec_by_name(name, strlen(name)) : NULL;

	return c && c->clock == clock && c->channels == channels ? c : NULL;
}

static uint32_t g711_rate(uint32_t wanted)
{
	(void)wanted;
	return G711_RATE;
}

static int g711_enc_alloc(void **stp, uint32_t rate)
{
	*stp = NULL;
	return rate == G711_RATE ? 0 : EINVAL;
}

static void g711_enc_free(void *st)
{
	(void)st;
}

/* librem's macro cannot negate the lowest value. */
static int16_t safe(int16_t s)
{
	return s == INT16_MIN ? -INT16_MAX : s;
}

static int pcma_encode(void *st, uint8_t *out, size_t max, const int16_t *pcm,
		       size_t n)
{
	(void)st;
	if (n > max)
		return -1;
	for (size_t i = 0; i < n; i++)
		out[i] = g711_pcm2alaw(safe(pcm[i]));
	return (int)n;
}

static int pcmu_encode(void *st, uint8_t *out, size_t max, const int16_t *pcm,
		       size_t n)
{
	(void)st;
	if (n > max)
		return -1;
	for (size_t i = 0; i < n; i++)
		out[i] = g711_pcm2ulaw(safe(pcm[i]));
	return (int)n;
}

static int g711_dec_alloc(void **stp, uint32_t rate)
{
	if (rate != G711_RATE)
		return EINVAL;
	*stp = calloc(1, sizeof(struct g711_dec));
	return *stp ? 0 : ENOMEM;
}

static void g711_dec_free(void *st)
{
	free(st);
}

static void g711_remember(struct g711_dec *d, const int16_t *pcm, size_t n)
{
	if (n >= G711_HISTORY) {
		memcpy(d->history, pcm + n - G711_HISTORY, sizeof(d->history));
		return;
	}
	memmove(d->history, d->history + n,
		(G711_HISTORY - n) * sizeof(int16_t));
	memcpy(d->history + G711_HISTORY - n, pcm, n * sizeof(int16_t));
}

/* The period at which the end of the history best repeats itself. */
static size_t g711_find_lag(const struct g711_dec *d)
{
	const int16_t *end = d->history + G711_HISTORY - G711_LAG_MAX;
	size_t best = G711_LAG_MAX;
	double best_score = 0;

	for (size_t lag = G711_LAG_MIN; lag <= G711_LAG_MAX; lag++) {
		double sum = 0, power = 1;

		for (size_t i = 0; i < G711_LAG_MAX; i += 2) {
			double a = end[i], b = end[(long)i - (long)lag];

			sum += a * b;
			power += b * b;
		}
		if (sum > 0 && sum * sum / power > best_score) {
			best_score = sum * sum / power;
			best = lag;
		}
	}
	return best;
}

static int g711_conceal(void *st, int16_t *pcm, size_t n, const uint8_t *next,
			size_t next_len)
{
	struct g711_dec *d = st;

	(void)next;
	(void)next_len;
	if (!d->lag)
		d->lag = g711_find_lag(d);
	for (size_t i = 0; i < n; i++, d->made++) {
		size_t at = G711_HISTORY - d->lag + d->made % d->lag;
		double gain = d->made >= G711_FADE
				      ? 0
				      : 1 - (double)d->made / G711_FADE;

		pcm[i] = (int16_t)(d->history[at] * gain);
	}
	return (int)n;
}

static int g711_decode(void *st, int16_t *pcm, size_t max, const uint8_t *p,
		       size_t len, const int16_t table[256])
{
	struct g711_dec *d = st;
	size_t fade = len < 40 ? len : 40;

	if (len > max)
		return -1;
	for (size_t i = 0; i < len; i++)
		pcm[i] = table[p[i]];
	if (d->lag && len) {
		/* Blend out of what was made up, so that it does not click. */
		int16_t made[40];

		g711_conceal(d, made, fade, NULL, 0);
		for (size_t i = 0; i < fade; i++)
			pcm[i] = (int16_t)((pcm[i] * (int)i +
					    made[i] * (int)(fade - i)) /
					   (int)fade);
		d->lag = 0;
		d->made = 0;
	}
	g711_remember(d, pcm, len);
	return (int)len;
}

static int pcma_decode(void *st, int16_t *pcm, size_t max, const uint8_t *p,
		       size_t len)
{
	return g711_decode(st, pcm, max, p, len, g711_A2l);
}

static int pcmu_decode(void *st, int16_t *pcm, size_t max, const uint8_t *p,
		       size_t len)
{
	return g711_decode(st, pcm, max, p, len, g711_u2l);
}

const struct codec codec_pcma = {
	.name = "PCMA",
	.clock = 8000,
	.channels = 1,
	.pt = 8,
	.fixed = true,
	.pcm_rate = g711_rate,
	.enc_alloc = g711_enc_alloc,
	.encode = pcma_encode,
	.enc_free = g711_enc_free,
	.dec_alloc = g711_dec_alloc,
	.decode = pcma_decode,
	.conceal = g711_conceal,
	.dec_free = g711_dec_free,
};

const struct codec codec_pcmu = {
	.name = "PCMU",
	.clock = 8000,
	.channels = 1,
	.pt = 0,
	.fixed = true,
	.pcm_rate = g711_rate,
	.enc_alloc = g711_enc_alloc,
	.encode = pcmu_encode,
	.enc_free = g711_enc_free,
	.dec_alloc = g711_dec_alloc,
	.decode = pcmu_decode,
	.conceal = g711_conceal,
	.dec_free = g711_dec_free,
};
