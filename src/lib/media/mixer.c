/**
 * @file mixer.c  Conferences: each hears all but itself
 *
 * All streams of a mixer are served at once, once a frame: first what each
 * says is decoded, then each gets the sum less its own part. What is too loud
 * together is turned down by a limiter that sees it a millisecond before.
 */
#include <stdlib.h>
#include "media_int.h"

enum {
	MIX_RATE = PCM_RATE_MAX,
	MIX_N = FRAME_MAX,
	BLOCK = MIX_RATE / 1000,
	BLOCKS = MIX_N / BLOCK,
	LOUDEST = 32000,
};

/* It grows again by so much each millisecond: from nothing in 200. */
static const float recovery = 0.005f;

struct limiter {
	float gain;	     /* where the tail begins; 0: not begun */
	int32_t tail[BLOCK]; /* not given out yet */
};

struct party {
	struct media_stream *s;
	int16_t says[MIX_N];
	struct limiter limiter;
};

struct media_mixer {
	struct media *m;
	struct media_mixer *next;
	struct party parties[MEDIA_MIXER_MAX];
	unsigned n;
	struct media_audio audio;
	bool has_audio, muted;
	int16_t local[MIX_N];
	struct limiter limiter;
	SpeexResamplerState *rs_in, *rs_out;
	uint32_t rs_in_rate, rs_out_rate;
	uint64_t tick_us;
};

/* --- sound -------------------------------------------------------------- */

static float gain_for(const int32_t *block)
{
	int32_t peak = 0;

	for (int i = 0; i < BLOCK; i++) {
		int32_t v = abs(block[i]);

		if (v > peak)
			peak = v;
	}
	return peak > LOUDEST ? (float)LOUDEST / (float)peak : 1;
}

/* The gain changes in straight lines from block to block, and at each end of
 * a block it is low enough for both sides of it. */
static void limit(struct limiter *l, int16_t *out, const int32_t *in)
{
	int32_t all[BLOCK + MIX_N];
	float need;

	memcpy(all, l->tail, sizeof(l->tail));
	memcpy(all + BLOCK, in, MIX_N * sizeof(*in));
	need = gain_for(all);
	if (l->gain <= 0)
		l->gain = need;
	for (int b = 0; b < BLOCKS; b++) {
		const int32_t *block = all + (size_t)b * BLOCK;
		float next = gain_for(block + BLOCK), end = l->gain + recovery;

		if (end > need)
			end = need;
		if (end > next)
			end = next;
		for (int i = 0; i < BLOCK; i++) {
			float g = l->gain +
				  (end - l->gain) * (float)i / (float)BLOCK;

			out[b * BLOCK + i] = (int16_t)((float)block[i] * g);
		}
		l->gain = end;
		need = next;
	}
	memcpy(l->tail, all + MIX_N, sizeof(l->tail));
}

static void read_local(struct media_mixer *x)
{
	int16_t mic[FRAME_MAX];
	size_t n = x->audio.rate / 50, got;

	memset(x->local, 0, sizeof(x->local));
	if (!x->has_audio || !x->audio.read)
		return;
	/* Also what is muted is read, so that the device goes on. */
	got = x->audio.read(mic, n, x->audio.arg);
	if (got > n)
		got = n;
	memset(mic + got, 0, (n - got) * sizeof(*mic));
	if (!x->muted)
		stream_resample(&x->rs_in, &x->rs_in_rate, mic, n,
				x->audio.rate, x->local, MIX_N, MIX_RATE);
}

static void write_local(struct media_mixer *x, const int32_t *sum)
{
	int16_t out[MIX_N], heard[FRAME_MAX];
	size_t n = x->audio.rate / 50;

	if (!x->has_audio || !x->audio.write)
		return;
	limit(&x->limiter, out, sum);
	stream_resample(&x->rs_out, &x->rs_out_rate, out, MIX_N, MIX_RATE,
			heard, n, x->audio.rate);
	x->audio.write(heard, n, x->audio.arg);
}

static void less(int32_t *rest, const int32_t *sum, const int16_t *own)
{
	for (int i = 0; i < MIX_N; i++)
		rest[i] = sum[i] - own[i];
}

static void tick(struct media_mixer *x, uint64_t now_us)
{
	int32_t sum[MIX_N], rest[MIX_N];
	int16_t out[MIX_N];

	read_local(x);
	for (int i = 0; i < MIX_N; i++)
		sum[i] = x->local[i];
	for (unsigned k = 0; k < x->n; k++) {
		struct party *p = &x->parties[k];

		stream_hear(p->s, p->says, MIX_N, MIX_RATE, now_us);
		for (int i = 0; i < MIX_N; i++)
			sum[i] += p->says[i];
	}
	for (unsigned k = 0; k < x->n; k++) {
		struct party *p = &x->parties[k];

		less(rest, sum, p->says);
		limit(&p->limiter, out, rest);
		stream_say(p->s, out, MIX_N, MIX_RATE, now_us);
	}
	less(rest, sum, x->local);
	write_local(x, rest);
}

void mixers_tick(struct media *m, uint64_t frames, uint64_t now_us)
{
	const uint64_t half = MEDIA_FRAME_MS * 1000 / 2;

	for (struct media_mixer *x = m->mixers; x; x = x->next) {
		for (uint64_t k = 0; k < frames && x->n; k++) {
			if (!k && x->tick_us && now_us - x->tick_us < half)
				continue;
			x->tick_us = now_us;
			tick(x, now_us);
		}
	}
}

/* --- who is in it, on the loop ------------------------------------------ */

static void lock(struct media_mixer *x)
{
	pthread_mutex_lock(&x->m->lock);
}

static void unlock(struct media_mixer *x)
{
	pthread_mutex_unlock(&x->m->lock);
}

static void drop_resamplers(struct media_mixer *x)
{
	if (x->rs_in)
		speex_resampler_destroy(x->rs_in);
	if (x->rs_out)
		speex_resampler_destroy(x->rs_out);
	x->rs_in = x->rs_out = NULL;
}

static void mixer_destructor(void *arg)
{
	struct media_mixer *x = arg, **at;

	lock(x);
	while (x->n)
		mixer_forget(x->parties[0].s);
	for (at = &x->m->mixers; *at && *at != x; at = &(*at)->next)
		;
	if (*at)
		*at = x->next;
	engine_pace(x->m);
	unlock(x);
	drop_resamplers(x);
	mem_deref(x->m);
}

int media_mixer_alloc(struct media_mixer **xp, struct media *m)
{
	struct media_mixer *x;

	if (!xp || !m)
		return EINVAL;
	x = mem_zalloc(sizeof(*x), mixer_destructor);
	if (!x)
		return ENOMEM;
	x->m = mem_ref(m);
	lock(x);
	x->next = m->mixers;
	m->mixers = x;
	unlock(x);
	*xp = x;
	return 0;
}

int media_mixer_add(struct media_mixer *x, struct media_stream *s)
{
	int err = 0;

	if (!x || !s || s->m != x->m)
		return EINVAL;
	lock(x);
	if (s->mixer || s->peer) {
		err = EALREADY;
	} else if (x->n == MEDIA_MIXER_MAX) {
		err = ENOSPC;
	} else {
		struct party *p = &x->parties[x->n++];

		memset(p, 0, sizeof(*p));
		p->s = s;
		s->mixer = x;
		engine_pace(x->m);
	}
	unlock(x);
	return err;
}

void mixer_forget(struct media_stream *s)
{
	struct media_mixer *x = s->mixer;
	unsigned k = 0;

	if (!x)
		return;
	s->mixer = NULL;
	while (x->parties[k].s != s)
		k++;
	x->n--;
	memmove(&x->parties[k], &x->parties[k + 1],
		(x->n - k) * sizeof(*x->parties));
}

void media_mixer_remove(struct media_mixer *x, struct media_stream *s)
{
	if (!x || !s || s->m != x->m)
		return;
	lock(x);
	if (s->mixer == x)
		mixer_forget(s);
	engine_pace(x->m);
	unlock(x);
}

unsigned media_mixer_count(const struct media_mixer *x)
{
	/* Only the loop changes it. */
	return x ? x->n : 0;
}

int media_mixer_set_audio(struct media_mixer *x,
			  const struct media_audio *audio)
{
	if (!x || (audio && (audio->rate < 8000 || audio->rate > MIX_RATE ||
			     audio->rate % 50)))
		return EINVAL;
	lock(x);
	x->has_audio = audio != NULL;
	if (audio)
		x->audio = *audio;
	unlock(x);
	return 0;
}

void media_mixer_mute(struct media_mixer *x, bool muted)
{
	if (!x)
		return;
	lock(x);
	x->muted = muted;
	unlock(x);
}
