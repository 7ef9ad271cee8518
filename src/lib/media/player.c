/**
 * @file player.c  What is played into a stream: a tone or a clip
 */
#include "media_int.h"

void player_reset(struct player *p)
{
	p->active = false;
	p->pos = 0;
	p->times = 0;
	p->tone.tone = MEDIA_TONE_NONE;
	if (p->rs) {
		speex_resampler_destroy(p->rs);
		p->rs = NULL;
	}
	p->rs_rate = 0;
}

/* n samples at the clip's own rate, over the end as often as wanted.
 * @return how many there were */
static size_t clip_read(struct player *p, int16_t *out, size_t n)
{
	const struct media_clip *c = p->clip;
	size_t done = 0;

	while (done < n && c->n) {
		size_t left = c->n - p->pos;
		size_t take = n - done < left ? n - done : left;

		memcpy(out + done, c->samples + p->pos, take * sizeof(*out));
		done += take;
		p->pos += take;
		if (p->pos < c->n)
			continue;
		if (p->times == 1)
			break;
		if (p->times > 1)
			p->times--;
		p->pos = 0;
	}
	return done;
}

bool player_read(struct player *p, int16_t *samples, size_t n, uint32_t rate)
{
	/* The highest rate that a clip can have, one frame of it. */
	int16_t raw[192000 / 1000 * MEDIA_FRAME_MS + 8];
	size_t want, got;

	if (!p->clip) {
		if (p->tone.rate != rate) {
			if (p->tone.rate)
				p->tone.pos = p->tone.pos * rate / p->tone.rate;
			p->tone.rate = rate;
		}
		return media_tone_read(&p->tone, samples, n);
	}

	if (p->clip->rate == rate) {
		got = clip_read(p, samples, n);
		memset(samples + got, 0, (n - got) * sizeof(*samples));
		return got == n;
	}
	want = n * p->clip->rate / rate;
	got = clip_read(p, raw, want);
	memset(raw + got, 0, (want - got) * sizeof(*raw));
	stream_resample(&p->rs, &p->rs_rate, raw, want, p->clip->rate, samples,
			n, rate);
	return got == want;
}
