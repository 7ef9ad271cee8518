/**
 * @file codec.c  The table of codecs, and G.711
 */
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>
#include <rem_g711.h>
#include "media_int.h"

enum { G711_RATE = 8000 };

static const struct codec *const codecs[] = {
	&codec_opus, &codec_g722, &codec_pcma, &codec_pcmu, NULL,
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
	struct conceal *c;
	int err = rate == G711_RATE ? conceal_alloc(&c, rate) : EINVAL;

	if (!err)
		*stp = c;
	return err;
}

static void g711_dec_free(void *st)
{
	conceal_free(st);
}

static int g711_decode(void *st, int16_t *pcm, size_t max, const uint8_t *p,
		       size_t len, const int16_t table[256])
{
	if (len > max)
		return -1;
	for (size_t i = 0; i < len; i++)
		pcm[i] = table[p[i]];
	conceal_heard(st, pcm, len);
	return (int)len;
}

static int g711_conceal(void *st, int16_t *pcm, size_t n, const uint8_t *next,
			size_t next_len, const int16_t table[256])
{
	int16_t future[G711_RATE / 1000 * MEDIA_FRAME_MS];
	size_t known = 0;

	for (; next && known < next_len && known < ARRAY_SIZE(future); known++)
		future[known] = table[next[known]];
	conceal_make(st, pcm, n, future, known);
	return (int)n;
}

static int pcma_conceal(void *st, int16_t *pcm, size_t n, const uint8_t *next,
			size_t next_len)
{
	return g711_conceal(st, pcm, n, next, next_len, g711_A2l);
}

static int pcmu_conceal(void *st, int16_t *pcm, size_t n, const uint8_t *next,
			size_t next_len)
{
	return g711_conceal(st, pcm, n, next, next_len, g711_u2l);
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
	.conceal = pcma_conceal,
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
	.conceal = pcmu_conceal,
	.dec_free = g711_dec_free,
};
