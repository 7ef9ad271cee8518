/**
 * @file sound_hand.c  What is in hand between two clocks
 *
 * A device's thread and the media thread meet in a ring, and neither is even:
 * reading begins with a little in hand. What has never been needed for a second
 * is delay and nothing else: it is left out where it is quiet, or after some
 * seconds anyway. What piles up beyond a few frames is dropped at once.
 */
#include "phone_int.h"

enum {
	HAND_MS = 40,  /**< at the beginning */
	SPARE_MS = 10, /**< is left when the least is there … */
	SPARE_STEP_MS = 10,
	SPARE_MAX_MS = 40, /**< … more, where that was too little */
	LEAST_MS = 5,	   /**< less than that is not worth it */
	PILE_MS = 120,
	WATCH_MS = 1000,
	PATIENCE_MS = 5000, /**< then it is left out of speech, too */
};

/* Left out unheard, dBFS. */
static const double quiet = -45;

static size_t samples_of(unsigned ms)
{
	return (size_t)SOUND_RATE * ms / 1000;
}

void sound_hand_init(struct sound_hand *h)
{
	memset(h, 0, sizeof(*h));
	h->spare = samples_of(SPARE_MS);
}

static void watch(struct sound_hand *h, size_t left, size_t n)
{
	if (!h->watched || left < h->least)
		h->least = left;
	h->watched += n;
	/* all of it is needed */
	if (h->watched >= samples_of(WATCH_MS) &&
	    h->least < h->spare + samples_of(LEAST_MS))
		h->watched = 0;
}

/* What was never needed lately, samples; 0 if leaving it out would be heard. */
static size_t needless(const struct sound_hand *h)
{
	if (h->watched < samples_of(WATCH_MS) ||
	    (h->loud && h->watched < samples_of(PATIENCE_MS)))
		return 0;
	return h->least - h->spare;
}

/* Read n and leave out so many more: what is before fades into what is behind
 * them. */
static size_t leave_out(struct sound_hand *h, struct media_ring *ring,
			int16_t *samples, size_t n, size_t over)
{
	int16_t all[SOUND_RATE / 1000 * (MEDIA_FRAME_MS + PILE_MS)];

	h->watched = 0;
	if (n + over > ARRAY_SIZE(all) || media_ring_used(ring) < n + over)
		return media_ring_read(ring, samples, n);
	media_ring_read(ring, all, n + over);
	for (size_t i = 0; i < n; i++)
		samples[i] = (int16_t)((all[i] * (long)(n - i) +
					all[i + over] * (long)i) /
				       (long)n);
	return n;
}

static void drop(struct media_ring *ring, size_t n)
{
	int16_t gone[480];

	while (n) {
		size_t k = n < ARRAY_SIZE(gone) ? n : ARRAY_SIZE(gone);

		if (!media_ring_read(ring, gone, k))
			return;
		n -= k;
	}
}

size_t sound_hand_read(struct sound_hand *h, struct media_ring *ring,
		       int16_t *samples, size_t n)
{
	size_t used = media_ring_used(ring), over, got;

	if (!h->flowing && used < samples_of(HAND_MS))
		return 0;
	if (!h->flowing)
		h->watched = 0;
	h->flowing = true;
	if (used > samples_of(PILE_MS))
		drop(ring, used - samples_of(PILE_MS));

	over = needless(h);
	got = over ? leave_out(h, ring, samples, n, over)
		   : media_ring_read(ring, samples, n);
	if (got < n) {
		h->flowing = false;
		if (h->spare < samples_of(SPARE_MAX_MS))
			h->spare += samples_of(SPARE_STEP_MS);
		return got;
	}
	h->loud = media_level(samples, n) > quiet;
	watch(h, media_ring_used(ring), n);
	return got;
}
