/**
 * @file clip_rate.c  Sound in memory at another rate
 */
#include "media_int.h"

enum { RATE_MIN = 4000, RATE_MAX = 192000 };

static int resample(struct media_clip *to, const struct media_clip *from)
{
	int err;
	spx_uint32_t in = (spx_uint32_t)from->n, out = (spx_uint32_t)to->n;
	SpeexResamplerState *state = speex_resampler_init(
		1, from->rate, to->rate, SPEEX_RESAMPLER_QUALITY_DESKTOP, &err);

	if (!state)
		return ENOMEM;

	speex_resampler_skip_zeros(state);
	err = speex_resampler_process_int(state, 0, from->samples, &in,
					  to->samples, &out);
	/* what the filter still held is silence at the end */
	speex_resampler_destroy(state);
	return err ? EINVAL : 0;
}

int media_clip_convert(struct media_clip **cp, const struct media_clip *clip,
		       uint32_t rate)
{
	struct media_clip *c;
	uint64_t n;
	int err;

	if (!cp || !clip || rate < RATE_MIN || rate > RATE_MAX)
		return EINVAL;

	if (rate == clip->rate)
		return media_clip_alloc(cp, rate, clip->samples, clip->n);

	n = (uint64_t)clip->n * rate / clip->rate;
	if (n > UINT32_MAX)
		return EINVAL;

	err = media_clip_alloc(&c, rate, NULL, (size_t)n);
	if (!err && n)
		err = resample(c, clip);
	if (err)
		mem_deref(c);
	else
		*cp = c;
	return err;
}
