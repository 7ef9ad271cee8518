/**
 * @file conceal.c  What was lost, made up from what was heard around it
 *
 * The last periods of the voice are repeated, as ITU-T G.711 appendix I
 * proposes: one at first, then two, then three, so that a longer loss does not
 * buzz; and it grows silent, since nobody knows how the word went on. Where
 * the packet behind the gap is there already, its beginning is repeated
 * backwards, and the one fades into the other. For codecs that can't do so
 * themselves.
 */
#include <math.h>
#include <stdlib.h>
#include "media_int.h"

enum {
	LAG_MIN_US = 2500,  /* 400 Hz */
	LAG_MAX_US = 15000, /* 67 Hz */
	MATCH_MS = 16,	    /* of what was heard last is looked for before it */
	HISTORY_MS = 50,    /* three longest periods, and the seam */
	PERIODS_MAX = 3,
	HOLD_MS = 10, /* as loud as it was */
	FADE_MS = 50, /* then fading, until nothing is heard */
	SEAM_MS = 3,  /* from what was made up to what is real, at least … */
	SEAM_MAX_MS = 8,
	BACK_MS = 20,	   /* so much at the end of a gap is made backwards */
	FUTURE_MIN_MS = 8, /* … if so much is known behind it */
};

struct side {
	uint32_t rate;
	size_t known;	  /* samples of its history */
	size_t lag;	  /* of the loss that goes on; 0: none */
	size_t made;	  /* samples made up in it */
	unsigned periods; /* that are repeated now … */
	unsigned next;	  /* … and then */
	size_t at;	  /* where in them we are */
	float gain;	  /* how alike the periods are */
	float step;	  /* between what was heard and the repetition */
	size_t size;	  /* of its history */
	int16_t *history;
};

struct conceal {
	struct side past, future; /* the future runs backwards */
	bool joined;		  /* what was made up leads to what comes */
	int16_t history[];
};

int conceal_alloc(struct conceal **cp, uint32_t rate)
{
	size_t n = rate / 1000 * HISTORY_MS;
	struct conceal *c = calloc(1, sizeof(*c) + 2 * n * sizeof(int16_t));

	if (!c)
		return ENOMEM;
	c->past.rate = c->future.rate = rate;
	c->past.size = c->future.size = n;
	c->past.history = c->history;
	c->future.history = c->history + n;
	*cp = c;
	return 0;
}

void conceal_free(struct conceal *c)
{
	free(c);
}

static const int16_t *end_of(const struct side *s)
{
	return s->history + s->size;
}

static void remember(struct side *s, const int16_t *pcm, size_t n)
{
	if (n > s->size) {
		pcm += n - s->size;
		n = s->size;
	}
	memmove(s->history, s->history + n, (s->size - n) * sizeof(*pcm));
	memcpy(s->history + s->size - n, pcm, n * sizeof(*pcm));
	s->known = s->known + n < s->size ? s->known + n : s->size;
}

float period_find(const int16_t *end, size_t n, size_t lag_min, size_t lag_max,
		  size_t *lag)
{
	const int16_t *now = end - n;
	float best = 0, power = 1;

	*lag = lag_max ? lag_max : 1;
	for (size_t i = 0; i < n; i++)
		power += (float)now[i] * (float)now[i];
	for (size_t k = lag_min; k <= lag_max; k++) {
		float sum = 0, past = 1, like;

		for (size_t i = 0; i < n; i++) {
			float a = now[(long)i - (long)k];

			sum += a * (float)now[i];
			past += a * a;
		}
		like = sum > 0 ? sum / sqrtf(past * power) : 0;
		if (like > best) {
			best = like;
			*lag = k;
		}
	}
	return best;
}

/* What is repeated now; its end is sewn to what is repeated next. */
static float repeat(const struct side *s, size_t seam)
{
	const int16_t *end = end_of(s);
	size_t length = s->periods * s->lag;
	long from_end = (long)s->at - (long)length;
	float v = end[from_end], w;

	if (s->at + seam < length)
		return v;
	w = ((float)(s->at + seam - length) + 1) / (float)(seam + 1);
	return v * (1 - w) +
	       (float)end[from_end - (long)s->next * (long)s->lag] * w;
}

static void begin(struct side *s)
{
	const int16_t *end = end_of(s);
	size_t lag_min = (size_t)((uint64_t)s->rate * LAG_MIN_US / 1000000);
	size_t lag_max = (size_t)((uint64_t)s->rate * LAG_MAX_US / 1000000);
	size_t match = s->rate / 1000 * MATCH_MS;
	float like;

	if (match > s->known / 2)
		match = s->known / 2;
	if (lag_max > s->known - match)
		lag_max = s->known - match;
	like = period_find(end, match, lag_min, lag_max, &s->lag);
	/* A hiss has no period: what is repeated seldom hums least. */
	if (like < 0.4f)
		s->lag = lag_max;
	s->gain = 0.4f + 0.6f * like;
	s->periods = s->next = 1;
	s->at = 0;
	s->made = 0;
	/* What was heard last need not lead to where the period begins. */
	s->step = s->lag < s->known
			  ? (float)end[-1] - (float)end[-1 - (long)s->lag]
			  : 0;
}

static float loudness(const struct side *s)
{
	size_t hold = s->rate / 1000 * HOLD_MS, fade = s->rate / 1000 * FADE_MS;

	if (s->made < hold)
		return 1;
	return s->made >= hold + fade
		       ? 0
		       : 1 - (float)(s->made - hold) / (float)fade;
}

/* May one period more be repeated? One for each 10 ms. */
static bool want_more(const struct side *s, size_t seam)
{
	return s->periods < PERIODS_MAX &&
	       s->made >= s->periods * (s->rate / 100) &&
	       (s->periods + 1) * s->lag + seam <= s->known;
}

static float next_sample(struct side *s)
{
	size_t seam = s->lag / 4;
	float v, gain = s->gain;

	if (s->lag + seam > s->known)
		seam = s->known - s->lag;
	v = repeat(s, seam);
	s->at++;
	if (s->at + seam == s->periods * s->lag && want_more(s, seam))
		s->next = s->periods + 1;
	if (s->at == s->periods * s->lag) {
		s->at = 0;
		s->periods = s->next;
	}
	if (s->made < seam) {
		float w = (float)(seam - s->made) / (float)seam;

		v += s->step * w;
		gain += (1 - gain) * w;
	}
	v *= gain * loudness(s);
	s->made++;
	return v;
}

static int16_t round16(float v)
{
	return (int16_t)(v > INT16_MAX	 ? INT16_MAX
			 : v < INT16_MIN ? INT16_MIN
					 : v);
}

/* What leads backwards to what comes. @return how many samples */
static size_t lead_back(struct conceal *c, int16_t *back, size_t n,
			const int16_t *next, size_t n_next)
{
	struct side *s = &c->future;
	size_t ms = s->rate / 1000;

	if (!next || n_next < ms * FUTURE_MIN_MS)
		return 0;
	if (n_next > s->size)
		n_next = s->size;
	s->known = n_next;
	for (size_t i = 0; i < n_next; i++)
		s->history[s->size - 1 - i] = next[i];
	begin(s);
	if (n > ms * BACK_MS)
		n = ms * BACK_MS;
	for (size_t i = 0; i < n; i++)
		back[i] = round16(next_sample(s));
	return n;
}

void conceal_make(struct conceal *c, int16_t *pcm, size_t n,
		  const int16_t *next, size_t n_next)
{
	int16_t back[PCM_RATE_MAX / 1000 * BACK_MS];
	size_t n_back = lead_back(c, back, n, next, n_next);

	if (!c->past.known) {
		memset(pcm, 0, n * sizeof(*pcm));
		return;
	}
	if (!c->past.lag)
		begin(&c->past);
	for (size_t i = 0; i < n; i++) {
		float v = next_sample(&c->past);

		if (n - i <= n_back) {
			float w = (float)(n_back - (n - i) + 1) /
				  (float)(n_back + 1);

			v = v * (1 - w) + (float)back[n - i - 1] * w;
		}
		pcm[i] = round16(v);
	}
	c->joined = n_back > 0;
}

void conceal_heard(struct conceal *c, int16_t *pcm, size_t n)
{
	struct side *s = &c->past;

	if (s->lag) {
		size_t ms = SEAM_MS + s->made * 1000 / s->rate / 10;
		size_t seam =
			s->rate / 1000 * (ms < SEAM_MAX_MS ? ms : SEAM_MAX_MS);

		if (c->joined)
			seam = 0;
		if (seam > n)
			seam = n;
		for (size_t i = 0; i < seam; i++)
			pcm[i] = round16(((float)pcm[i] * (float)i +
					  next_sample(s) * (float)(seam - i)) /
					 (float)seam);
		s->lag = 0;
		c->joined = false;
	}
	remember(s, pcm, n);
}
