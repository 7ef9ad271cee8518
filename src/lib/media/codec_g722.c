/**
 * @file codec_g722.c  G.722 at 64 kbit/s (ITU-T G.722; RFC 3551 §4.5.2)
 *
 * The band is split in two; the lower half is coded with 6 bits a sample, the
 * upper one with 2, each as the difference to what its own past foretells.
 * The clock of RTP is 8000 by a mistake that became the rule. Names are those
 * of the recommendation where it has some; tables are its clause 6.2.
 */
#include <stdlib.h>
#include "media_int.h"

enum {
	G722_RATE = 16000,
	TAPS = 24,
	ZEROS = 6,
	LOW_START = 32, /**< first scale factors */
	HIGH_START = 8,
	LOW_LOG_MAX = 18432,
	HIGH_LOG_MAX = 22528,
	HALF_MAX = 16383, /**< a half band has 15 bits */
};

/* One half band's memory: what foretells, and how big its steps are. */
struct band {
	int s;		/**< foretold */
	int sz;		/**< its part by the zeros */
	int a[2];	/**< two poles … */
	int r[2], p[2]; /**< … of what was rebuilt, with and without them */
	int b[ZEROS];	/**< six zeros … */
	int d[ZEROS];	/**< … of the differences */
	int nb;		/**< logarithm of the scale factor */
	int det;	/**< the scale factor */
};

struct g722 {
	struct band low, high;
	int x[TAPS];		 /**< of the filters that split or join */
	struct conceal *conceal; /**< of a decoder */
};

/* Each other of the 24, which are the same from both ends. */
static const int16_t qmf[TAPS / 2] = {
	3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11,
};

/* Decision levels of the lower band's 6 bits. */
static const int16_t q6[] = {
	0,    35,   72,	  110,	150,  190,  233,  276,	323,  370,
	422,  473,  530,  587,	650,  714,  786,  858,	940,  1023,
	1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
};

static const int16_t qm6[64] = {
	-136,	-136,	-136,	-136,	-24808, -21904, -19008, -16704,
	-14984, -13512, -12280, -11192, -10232, -9360,	-8576,	-7856,
	-7192,	-6576,	-6000,	-5456,	-4944,	-4464,	-4008,	-3576,
	-3168,	-2776,	-2400,	-2032,	-1688,	-1360,	-1040,	-728,
	24808,	21904,	19008,	16704,	14984,	13512,	12280,	11192,
	10232,	9360,	8576,	7856,	7192,	6576,	6000,	5456,
	4944,	4464,	4008,	3576,	3168,	2776,	2400,	2032,
	1688,	1360,	1040,	728,	432,	136,	-432,	-136,
};

static const int16_t qm4[16] = {
	0,     -20456, -12896, -8968, -6288, -4240, -2584, -1200,
	20456, 12896,  8968,   6288,  4240,  2584,  1200,  0,
};

static const int16_t qm2[4] = {-7408, -1616, 7408, 1616};

/* Steps of the scale factors' logarithms, by code. */
static const int16_t wl[16] = {
	-60,  3042, 1198, 538, 334, 172, 58,  -30,
	3042, 1198, 538,  334, 172, 58,	 -30, -60,
};
static const int16_t wh[4] = {798, -214, 798, -214};

/* 2048 * 2^(i/32) */
static const int16_t ilb[32] = {
	2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543,
	2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025, 3091, 3158, 3228,
	3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
};

static int clamp(int v, int low, int high)
{
	return v < low ? low : v > high ? high : v;
}

static int sat16(int v)
{
	return clamp(v, INT16_MIN, INT16_MAX);
}

/* --- what both ends do with a band -------------------------------------- */

/* LOGSCL, SCALEL and their like of the upper band. */
static void adapt_scale(struct band *b, int step, int max, int shift)
{
	b->nb = clamp((b->nb * 127 >> 7) + step, 0, max);
	shift -= b->nb >> 11;
	b->det = ilb[b->nb >> 6 & 31];
	b->det = (shift < 0 ? b->det << -shift : b->det >> shift) << 2;
}

/* UPPOL1, UPPOL2: the poles follow the signs of p, kept stable. */
static void adapt_poles(struct band *b, int p)
{
	bool same1 = (p < 0) == (b->p[0] < 0), same2 = (p < 0) == (b->p[1] < 0);
	int wd = sat16(b->a[0] * 4), a1, a2;

	a2 = (same1 ? clamp(-wd, INT16_MIN, INT16_MAX) : wd) >> 7;
	a2 += same2 ? 128 : -128;
	a2 = clamp(a2 + (b->a[1] * 32512 >> 15), -12288, 12288);
	a1 = sat16((same1 ? 192 : -192) + (b->a[0] * 32640 >> 15));
	b->a[0] = clamp(a1, -(15360 - a2), 15360 - a2);
	b->a[1] = a2;
}

/* UPZERO, DELAYA: likewise the zeros, and the difference is kept. */
static void adapt_zeros(struct band *b, int d)
{
	int step = d ? 128 : 0;

	for (int i = 0; i < ZEROS; i++)
		b->b[i] = sat16(((d < 0) == (b->d[i] < 0) ? step : -step) +
				(b->b[i] * 32640 >> 15));
	memmove(b->d + 1, b->d, (ZEROS - 1) * sizeof(*b->d));
	b->d[0] = d;
}

/* Block 4: take the difference d into account and foretell the next. */
static void adapt_predictor(struct band *b, int d)
{
	int r = sat16(b->s + d), p = sat16(b->sz + d), sp;

	adapt_poles(b, p);
	adapt_zeros(b, d);
	b->r[1] = b->r[0];
	b->r[0] = r;
	b->p[1] = b->p[0];
	b->p[0] = p;

	sp = sat16((b->a[0] * sat16(2 * b->r[0]) >> 15) +
		   (b->a[1] * sat16(2 * b->r[1]) >> 15));
	b->sz = 0;
	for (int i = 0; i < ZEROS; i++)
		b->sz += b->b[i] * sat16(2 * b->d[i]) >> 15;
	b->sz = sat16(b->sz);
	b->s = sat16(sp + b->sz);
}

static void adapt_low(struct band *b, int code)
{
	int d = b->det * qm4[code >> 2] >> 15;

	adapt_scale(b, wl[code >> 2], LOW_LOG_MAX, 8);
	adapt_predictor(b, d);
}

static void adapt_high(struct band *b, int code, int d)
{
	adapt_scale(b, wh[code], HIGH_LOG_MAX, 10);
	adapt_predictor(b, d);
}

/* --- coding ------------------------------------------------------------- */

static int encode_low(struct band *b, int x)
{
	int e = sat16(x - b->s), size = e < 0 ? -(e + 1) : e, m = 1, code;

	while (m < (int)ARRAY_SIZE(q6) && size >= q6[m] * b->det >> 12)
		m++;
	/* Of the negative ones the first two stand apart. */
	code = e >= 0 ? 62 - m : m < 3 ? 64 - m : 34 - m;
	adapt_low(b, code);
	return code;
}

static int encode_high(struct band *b, int x)
{
	int e = sat16(x - b->s), size = e < 0 ? -(e + 1) : e;
	bool far = size >= 564 * b->det >> 12;
	int code = e < 0 ? (far ? 0 : 1) : (far ? 2 : 3);

	adapt_high(b, code, b->det * qm2[code] >> 15);
	return code;
}

static uint8_t encode_pair(struct g722 *g, const int16_t pcm[2])
{
	int odd = 0, even = 0, low, high;

	memmove(g->x, g->x + 2, (TAPS - 2) * sizeof(*g->x));
	g->x[TAPS - 2] = pcm[0];
	g->x[TAPS - 1] = pcm[1];
	for (int i = 0; i < TAPS / 2; i++) {
		odd += g->x[2 * i] * qmf[i];
		even += g->x[2 * i + 1] * qmf[TAPS / 2 - 1 - i];
	}
	low = encode_low(&g->low, (even + odd) >> 14);
	high = encode_high(&g->high, (even - odd) >> 14);
	return (uint8_t)(high << 6 | low);
}

static void decode_pair(struct g722 *g, int16_t pcm[2], uint8_t code)
{
	int lo = code & 63, hi = code >> 6, low, high, d, x0 = 0, x1 = 0;

	low = g->low.s + (g->low.det * qm6[lo] >> 15);
	low = clamp(low, -HALF_MAX - 1, HALF_MAX);
	adapt_low(&g->low, lo);
	d = g->high.det * qm2[hi] >> 15;
	high = clamp(g->high.s + d, -HALF_MAX - 1, HALF_MAX);
	adapt_high(&g->high, hi, d);

	memmove(g->x, g->x + 2, (TAPS - 2) * sizeof(*g->x));
	g->x[TAPS - 2] = low + high;
	g->x[TAPS - 1] = low - high;
	for (int i = 0; i < TAPS / 2; i++) {
		x1 += g->x[2 * i] * qmf[i];
		x0 += g->x[2 * i + 1] * qmf[TAPS / 2 - 1 - i];
	}
	pcm[0] = (int16_t)sat16(x0 >> 11);
	pcm[1] = (int16_t)sat16(x1 >> 11);
}

/* --- as one of our codecs ----------------------------------------------- */

static uint32_t g722_rate(uint32_t wanted)
{
	(void)wanted;
	return G722_RATE;
}

static void g722_free(void *st)
{
	struct g722 *g = st;

	conceal_free(g->conceal);
	free(g);
}

static int g722_enc_alloc(void **stp, uint32_t rate)
{
	struct g722 *g;

	if (rate != G722_RATE)
		return EINVAL;
	g = calloc(1, sizeof(*g));
	if (!g)
		return ENOMEM;
	g->low.det = LOW_START;
	g->high.det = HIGH_START;
	*stp = g;
	return 0;
}

static int g722_encode(void *st, uint8_t *out, size_t max, const int16_t *pcm,
		       size_t n)
{
	if (n / 2 > max)
		return -1;
	for (size_t i = 0; i < n / 2; i++)
		out[i] = encode_pair(st, pcm + 2 * i);
	return (int)(n / 2);
}

static int g722_dec_alloc(void **stp, uint32_t rate)
{
	struct g722 *g;
	int err = g722_enc_alloc(stp, rate);

	if (err)
		return err;
	g = *stp;
	err = conceal_alloc(&g->conceal, G722_RATE);
	if (err)
		g722_free(g);
	return err;
}

static int g722_decode(void *st, int16_t *pcm, size_t max, const uint8_t *p,
		       size_t len)
{
	struct g722 *g = st;

	if (len > max / 2)
		return -1;
	for (size_t i = 0; i < len; i++)
		decode_pair(g, pcm + 2 * i, p[i]);
	conceal_heard(g->conceal, pcm, 2 * len);
	return (int)(2 * len);
}

static int g722_conceal(void *st, int16_t *pcm, size_t n, const uint8_t *next,
			size_t next_len)
{
	int16_t future[G722_RATE / 1000 * MEDIA_FRAME_MS];
	const struct g722 *g = st;
	struct g722 ahead = *g;
	size_t known = 0;

	/* Not quite what it will be: its past is missing here, too. */
	for (; next && known / 2 < next_len && known < ARRAY_SIZE(future);
	     known += 2)
		decode_pair(&ahead, future + known, next[known / 2]);
	conceal_make(g->conceal, pcm, n, future, known);
	return (int)n;
}

const struct codec codec_g722 = {
	.name = "G722",
	.clock = 8000,
	.channels = 1,
	.pt = 9,
	.fixed = true,
	.pcm_rate = g722_rate,
	.enc_alloc = g722_enc_alloc,
	.encode = g722_encode,
	.enc_free = g722_free,
	.dec_alloc = g722_dec_alloc,
	.decode = g722_decode,
	.conceal = g722_conceal,
	.dec_free = g722_free,
};
