/**
 * @file voice.c  What a microphone hears, made good to listen to
 *
 * Echo cancelling needs to know how long sound is on its way out of the
 * loudspeaker and back: rings, a sound server, a wireless headset, a room, in
 * all some hundred milliseconds that are the same for a while. It is measured
 * and not asked for, since nobody tells the truth about it: both sides are
 * reduced to a pattern of bits each 10 ms (in which bands there is more than
 * usual), and the shift at which the patterns agree best is the delay. Then
 * speexdsp's adaptive filter only has to cover the rest.
 *
 * Belongs to one thread at a time.
 */
#include <math.h>
#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>
#include "phone_int.h"

enum {
	FRAME = SOUND_RATE * MEDIA_FRAME_MS / 1000,
	TAIL_MS = 120, /**< what the filter covers, from the delay on */
	HOP_MS = 10,
	HOP = SOUND_RATE * HOP_MS / 1000,
	HOPS = MEDIA_FRAME_MS / HOP_MS,
	SHIFTS = 64, /**< delays that are looked at: 0 to 630 ms */
	HISTORY = (SHIFTS + 1) * HOP,
	EARLY = 3,   /**< hops of room in front of the measured delay */
	LATE = 4,    /**< it may grow by so many before it is a new one */
	UNKNOWN = 8, /**< delay in hops, as long as none was measured */
	BANDS = 24,
	THIN = 6, /**< 8 kHz is enough for the patterns */
	THIN_HOP = HOP / THIN,
	STEADY = 40,	  /**< hops that a new delay must hold */
	LEVEL_RMS = 5000, /**< what gain control aims at */
	GAIN_DB_MAX = 24,
	NOISE_DB = -20,
	ECHO_DB = -45,
	ECHO_TALK_DB = -12, /**< likewise, while the user talks too */
};

/** Which bands of a signal are stronger than they usually are. */
struct pattern {
	float s1[BANDS];
	float usual[BANDS];
};

struct voice {
	struct voice_prm prm;
	SpeexEchoState *echo;
	SpeexPreprocessState *clean;
	float turn[BANDS]; /**< of Goertzel's recursion */

	/* what the loudspeaker got, the newest last */
	int16_t heard[HISTORY + FRAME];
	uint32_t far[SHIFTS + HOPS]; /**< its patterns, the newest first */
	bool loud[SHIFTS + HOPS];
	struct pattern far_pattern, near_pattern;
	float apart[SHIFTS]; /**< how badly each delay fits, bits */
	unsigned delay;	     /**< in use, hops */
	unsigned candidate, steady;
	bool measured;
};

/* ---- how long sound is on its way -------------------------------------- */

static void thin(float *out, const int16_t *samples)
{
	int i, k;

	for (i = 0; i < THIN_HOP; i++) {
		out[i] = 0;
		for (k = 0; k < THIN; k++)
			out[i] += samples[i * THIN + k];
		out[i] /= THIN;
	}
}

/** @param loudp Set if there is anything, may be NULL */
static uint32_t pattern_of(struct voice *v, struct pattern *p,
			   const int16_t *samples, bool *loudp)
{
	float x[THIN_HOP], power = 0;
	uint32_t bits = 0;
	int i, b;

	thin(x, samples);
	for (i = 0; i < THIN_HOP; i++)
		power += x[i] * x[i];
	if (loudp)
		*loudp = power > THIN_HOP * 60.0f * 60.0f;
	for (b = 0; b < BANDS; b++) {
		float s0, s1 = 0, s2 = 0, e;

		for (i = 0; i < THIN_HOP; i++) {
			s0 = x[i] + v->turn[b] * s1 - s2;
			s2 = s1;
			s1 = s0;
		}
		e = logf(s1 * s1 + s2 * s2 - v->turn[b] * s1 * s2 + 1);
		if (e > p->usual[b])
			bits |= 1u << b;
		p->usual[b] += (e - p->usual[b]) / 32;
	}
	return bits;
}

static void compare(struct voice *v, uint32_t near, unsigned hop)
{
	unsigned i;

	for (i = 0; i < SHIFTS; i++) {
		/* of two hops in a frame the first is the older */
		unsigned at = i + (HOPS - 1 - hop);
		float bits;

		if (!v->loud[at])
			continue;
		bits = (float)__builtin_popcount(near ^ v->far[at]);
		v->apart[i] += (bits - v->apart[i]) / 96;
	}
}

/** Take the delay that fits best, once it has been the same for a while. */
static void decide(struct voice *v)
{
	unsigned i, best = 0;
	float mean = 0;

	for (i = 0; i < SHIFTS; i++) {
		mean += v->apart[i] / SHIFTS;
		if (v->apart[i] < v->apart[best])
			best = i;
	}
	/* by chance no delay stands out like that */
	if (mean - v->apart[best] < 1.5f) {
		v->steady = 0;
		return;
	}
	if (best + 1 < v->candidate || best > v->candidate + 1) {
		v->candidate = best;
		v->steady = 0;
		return;
	}
	v->steady += HOPS;
	if (v->steady < STEADY)
		return;
	v->measured = true;
	/* what the filter covers it has learnt: no need to forget it */
	if (v->candidate >= v->delay && v->candidate <= v->delay + EARLY + LATE)
		return;
	v->delay = v->candidate > EARLY ? v->candidate - EARLY : 0;
	log_debug("echo: %u ms on its way", voice_delay_ms(v));
	speex_echo_state_reset(v->echo);
}

unsigned voice_delay_ms(const struct voice *v)
{
	/* of the frame that is heard now nothing has come back yet */
	return v->measured ? v->candidate * HOP_MS + MEDIA_FRAME_MS : 0;
}

/* ---- both directions --------------------------------------------------- */

void voice_heard(struct voice *v, const int16_t *samples, size_t n)
{
	int hop;

	if (!v->echo || n != FRAME)
		return;

	memmove(v->heard, v->heard + FRAME, HISTORY * sizeof(*v->heard));
	memcpy(v->heard + HISTORY, samples, FRAME * sizeof(*v->heard));
	memmove(v->far + HOPS, v->far, SHIFTS * sizeof(*v->far));
	memmove(v->loud + HOPS, v->loud, SHIFTS * sizeof(*v->loud));
	for (hop = 0; hop < HOPS; hop++)
		v->far[HOPS - 1 - hop] =
			pattern_of(v, &v->far_pattern, samples + hop * HOP,
				   &v->loud[HOPS - 1 - hop]);
}

static void cancel_echo(struct voice *v, int16_t *samples)
{
	int16_t out[FRAME];
	const int16_t *far = v->heard + HISTORY - (size_t)v->delay * HOP;
	int hop;

	for (hop = 0; hop < HOPS; hop++)
		compare(v,
			pattern_of(v, &v->near_pattern, samples + hop * HOP,
				   NULL),
			(unsigned)hop);
	decide(v);
	speex_echo_cancellation(v->echo, samples, far, out);
	memcpy(samples, out, sizeof(out));
}

void voice_spoken(struct voice *v, int16_t *samples, size_t n)
{
	if (n != FRAME)
		return;

	if (v->echo)
		cancel_echo(v, samples);
	if (v->clean)
		speex_preprocess_run(v->clean, samples);
}

/* ---- making one -------------------------------------------------------- */

static void destructor(void *arg)
{
	struct voice *v = arg;

	if (v->clean)
		speex_preprocess_state_destroy(v->clean);
	if (v->echo)
		speex_echo_state_destroy(v->echo);
}

static int echo_init(struct voice *v)
{
	int rate = SOUND_RATE, b;

	v->echo = speex_echo_state_init(FRAME, SOUND_RATE / 1000 * TAIL_MS);
	if (!v->echo)
		return ENOMEM;
	speex_echo_ctl(v->echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
	for (b = 0; b < BANDS; b++) {
		float hz = 200 + 130.0f * (float)b;

		v->turn[b] = 2 * cosf(2 * (float)M_PI * hz * THIN / SOUND_RATE);
	}
	for (b = 0; b < SHIFTS; b++)
		v->apart[b] = BANDS / 2.0f;
	v->delay = UNKNOWN;
	return 0;
}

static int clean_init(struct voice *v)
{
	int noise = v->prm.noise, noise_db = NOISE_DB, gain = v->prm.gain,
	    gain_db = GAIN_DB_MAX, echo_db = ECHO_DB, talk_db = ECHO_TALK_DB;
	float level = LEVEL_RMS;

	v->clean = speex_preprocess_state_init(FRAME, SOUND_RATE);
	if (!v->clean)
		return ENOMEM;
	speex_preprocess_ctl(v->clean, SPEEX_PREPROCESS_SET_DENOISE, &noise);
	speex_preprocess_ctl(v->clean, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS,
			     &noise_db);
	speex_preprocess_ctl(v->clean, SPEEX_PREPROCESS_SET_AGC, &gain);
	speex_preprocess_ctl(v->clean, SPEEX_PREPROCESS_SET_AGC_LEVEL, &level);
	speex_preprocess_ctl(v->clean, SPEEX_PREPROCESS_SET_AGC_MAX_GAIN,
			     &gain_db);
	if (v->echo) {
		speex_preprocess_ctl(v->clean, SPEEX_PREPROCESS_SET_ECHO_STATE,
				     v->echo);
		speex_preprocess_ctl(
			v->clean, SPEEX_PREPROCESS_SET_ECHO_SUPPRESS, &echo_db);
		speex_preprocess_ctl(v->clean,
				     SPEEX_PREPROCESS_SET_ECHO_SUPPRESS_ACTIVE,
				     &talk_db);
	}
	return 0;
}

int voice_alloc(struct voice **vp, const struct voice_prm *prm)
{
	struct voice *v;
	int err = 0;

	if (!prm || (!prm->echo && !prm->noise && !prm->gain)) {
		*vp = NULL;
		return 0;
	}

	v = mem_zalloc(sizeof(*v), destructor);
	if (!v)
		return ENOMEM;

	v->prm = *prm;
	if (prm->echo)
		err = echo_init(v);
	if (!err)
		err = clean_init(v);
	if (err)
		mem_deref(v);
	else
		*vp = v;
	return err;
}
