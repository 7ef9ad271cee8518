/**
 * @file tape.c  A clip under a listener's hands: position and pace
 *
 * Whoever reads owns the position; the other thread leaves a wish. Faster is
 * to leave periods of the voice out, slower to say them twice (stretch.c), so
 * that the pitch stays.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include "media_int.h"

enum {
	FRAMES_S = 1000 / MEDIA_FRAME_MS,
	WINDOW_MS = 30,	  /**< two of the longest periods, and some more */
	PENDING_MS = 100, /**< what one step can make at most, and a frame */
};

struct media_tape {
	struct media_clip *clip;
	uint32_t rate;
	atomic_uint_fast64_t at;  /**< samples read */
	atomic_int_fast64_t wish; /**< samples to go to, -1: none */
	atomic_uint pace;

	/* the reader's */
	int16_t *pending; /**< at the clip's rate, paced */
	size_t pending_n, pending_max;
	int16_t *frame;
	long debt; /**< hundredths of samples that are to be left out still */
	SpeexResamplerState *rs;
	uint32_t rs_rate;
};

static void destructor(void *arg)
{
	struct media_tape *t = arg;

	if (t->rs)
		speex_resampler_destroy(t->rs);
	mem_deref(t->clip);
	free(t->pending);
	free(t->frame);
}

int media_tape_alloc(struct media_tape **tp, struct media_clip *clip,
		     uint32_t rate)
{
	struct media_tape *t;

	if (!tp || !clip || !rate || rate % FRAMES_S || !clip->rate ||
	    clip->rate % FRAMES_S)
		return EINVAL;
	t = mem_zalloc(sizeof(*t), destructor);
	if (!t)
		return ENOMEM;
	t->clip = mem_ref(clip);
	t->rate = rate;
	t->pending_max = (size_t)clip->rate * PENDING_MS / 1000;
	t->pending = calloc(t->pending_max, sizeof(*t->pending));
	t->frame = calloc(clip->rate / FRAMES_S, sizeof(*t->frame));
	if (!t->pending || !t->frame) {
		mem_deref(t);
		return ENOMEM;
	}
	atomic_init(&t->at, 0);
	atomic_init(&t->wish, -1);
	atomic_init(&t->pace, 100);
	*tp = t;
	return 0;
}

/* ---- the reader -------------------------------------------------------- */

static void go_where_wished(struct media_tape *t)
{
	int_fast64_t wish = atomic_exchange(&t->wish, -1);

	if (wish < 0)
		return;
	atomic_store(&t->at, (uint_fast64_t)wish);
	t->pending_n = 0;
	t->debt = 0;
}

/* How much of the clip should have been left out still, hundredths. */
static long behind(const struct media_tape *t, size_t read, size_t made,
		   unsigned pace)
{
	return t->debt + (long)made * (long)pace - (long)read * 100;
}

/* One window of the clip, with as many periods more or less as its pace
   wants. */
static void step(struct media_tape *t, unsigned pace)
{
	size_t at = (size_t)atomic_load(&t->at), left = t->clip->n - at;
	size_t window = (size_t)t->clip->rate * WINDOW_MS / 1000;
	size_t n = left < window ? left : window, made = n, before = 0;
	int16_t *to = t->pending + t->pending_n;
	size_t room = t->pending_max - t->pending_n;

	memcpy(to, t->clip->samples + at, n * sizeof(*to));
	while (n == window && pace > 100 && made != before &&
	       behind(t, n, made, pace) > 0) {
		before = made;
		made = stretch_shorten(to, made, t->clip->rate, 0);
	}
	while (n == window && pace < 100 && made != before &&
	       behind(t, n, made, pace) < 0) {
		before = made;
		made = stretch_lengthen(to, made, room, t->clip->rate, 0);
	}
	t->pending_n += made;
	t->debt = behind(t, n, made, pace);
	atomic_store(&t->at, at + n);
}

void media_tape_read(struct media_tape *t, int16_t *samples, size_t n)
{
	size_t want = t->clip->rate / FRAMES_S, have;
	unsigned pace = atomic_load(&t->pace);

	go_where_wished(t);
	if (pace == 100)
		t->debt = 0;
	while (t->pending_n < want && atomic_load(&t->at) < t->clip->n)
		step(t, pace);
	have = t->pending_n < want ? t->pending_n : want;
	memcpy(t->frame, t->pending, have * sizeof(*t->frame));
	memset(t->frame + have, 0, (want - have) * sizeof(*t->frame));
	t->pending_n -= have;
	memmove(t->pending, t->pending + have,
		t->pending_n * sizeof(*t->pending));
	stream_resample(&t->rs, &t->rs_rate, t->frame, want, t->clip->rate,
			samples, n, t->rate);
}

/* ---- who listens ------------------------------------------------------- */

static uint64_t position(const struct media_tape *t)
{
	int_fast64_t wish = atomic_load(&t->wish);

	return wish < 0 ? atomic_load(&t->at) : (uint64_t)wish;
}

uint32_t media_tape_position(const struct media_tape *t)
{
	return t ? (uint32_t)(position(t) * 1000 / t->clip->rate) : 0;
}

uint32_t media_tape_length(const struct media_tape *t)
{
	return t ? (uint32_t)((uint64_t)t->clip->n * 1000 / t->clip->rate) : 0;
}

bool media_tape_ended(const struct media_tape *t)
{
	return !t || position(t) >= t->clip->n;
}

void media_tape_seek(struct media_tape *t, uint32_t ms)
{
	uint64_t at = t ? (uint64_t)ms * t->clip->rate / 1000 : 0;

	if (t)
		atomic_store(&t->wish,
			     (int_fast64_t)(at < t->clip->n ? at : t->clip->n));
}

void media_tape_pace(struct media_tape *t, unsigned percent)
{
	if (!t)
		return;
	if (percent < MEDIA_PACE_MIN)
		percent = MEDIA_PACE_MIN;
	if (percent > MEDIA_PACE_MAX)
		percent = MEDIA_PACE_MAX;
	atomic_store(&t->pace, percent);
}
