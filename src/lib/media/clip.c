/**
 * @file clip.c  Sound in memory, read from WAV
 */
#include <stdint.h>
#include <stdlib.h>
#include <rem_g711.h>
#include "media_int.h"

enum {
	WAV_PCM = 1,
	WAV_ALAW = 6,
	WAV_ULAW = 7,
	WAV_EXTENSIBLE = 0xfffe,
	WAV_CHANNELS_MAX = 8,
	WAV_RATE_MIN = 4000,
	WAV_RATE_MAX = 192000,
	WAV_SECONDS_MAX = 3600,
};
/** An hour of the most that is accepted would be too much to read. */
static const size_t file_max = 256u << 20;

struct wav_format {
	unsigned coding, channels, bits;
	uint32_t rate;
};

int media_clip_alloc(struct media_clip **cp, uint32_t rate,
		     const int16_t *samples, size_t n)
{
	struct media_clip *c;

	if (!cp || rate < WAV_RATE_MIN || rate > WAV_RATE_MAX ||
	    n > (size_t)WAV_RATE_MAX * WAV_SECONDS_MAX)
		return EINVAL;
	c = mem_zalloc(sizeof(*c) + n * sizeof(int16_t), NULL);
	if (!c)
		return ENOMEM;
	c->rate = rate;
	c->n = n;
	if (samples && n)
		memcpy(c->samples, samples, n * sizeof(int16_t));
	*cp = c;
	return 0;
}

static uint32_t le16(const uint8_t *p)
{
	return (uint32_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | le16(p + 2) << 16;
}

static bool read_format(struct wav_format *f, const uint8_t *p, size_t len)
{
	if (len < 16)
		return false;
	f->coding = le16(p);
	f->channels = le16(p + 2);
	f->rate = le32(p + 4);
	f->bits = le16(p + 14);
	if (f->coding == WAV_EXTENSIBLE && len >= 26)
		f->coding = le16(p + 24);
	if (f->channels < 1 || f->channels > WAV_CHANNELS_MAX ||
	    f->rate < WAV_RATE_MIN || f->rate > WAV_RATE_MAX)
		return false;
	if (f->coding == WAV_PCM)
		return f->bits == 8 || f->bits == 16;
	return (f->coding == WAV_ALAW || f->coding == WAV_ULAW) && f->bits == 8;
}

static int read_sample(const struct wav_format *f, const uint8_t *p)
{
	switch (f->coding) {
	case WAV_ALAW:
		return g711_alaw2pcm(*p);
	case WAV_ULAW:
		return g711_ulaw2pcm(*p);
	default:
		return f->bits == 8 ? (*p - 128) * 256 : (int16_t)le16(p);
	}
}

static int read_data(struct media_clip **cp, const struct wav_format *f,
		     const uint8_t *p, size_t len)
{
	size_t bytes = f->bits / 8, frame = bytes * f->channels;
	size_t n = len / frame;
	struct media_clip *c;
	int err;

	if (n > (size_t)f->rate * WAV_SECONDS_MAX)
		return EBADMSG;
	err = media_clip_alloc(&c, f->rate, NULL, n);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		int sum = 0;

		for (unsigned ch = 0; ch < f->channels; ch++)
			sum += read_sample(f, p + i * frame + ch * bytes);
		c->samples[i] = (int16_t)(sum / (int)f->channels);
	}
	*cp = c;
	return 0;
}

int media_wav_decode(struct media_clip **cp, const uint8_t *p, size_t len)
{
	struct wav_format f = {0};
	bool known = false;
	size_t at = 12;

	if (!cp || !p)
		return EINVAL;
	if (len < 12 || memcmp(p, "RIFF", 4) || memcmp(p + 8, "WAVE", 4))
		return EBADMSG;

	while (len - at >= 8) {
		size_t n = le32(p + at + 4), there = len - at - 8;
		const uint8_t *body = p + at + 8;

		if (!memcmp(p + at, "data", 4)) {
			if (!known)
				return EBADMSG;
			return read_data(cp, &f, body, n < there ? n : there);
		}
		if (n > there)
			return EBADMSG;
		if (!memcmp(p + at, "fmt ", 4)) {
			if (!read_format(&f, body, n))
				return EBADMSG;
			known = true;
		}
		/* Chunks begin at even places. */
		if (n + (n & 1) > there)
			return EBADMSG;
		at += 8 + n + (n & 1);
	}
	return EBADMSG;
}

int media_wav_load(struct media_clip **cp, const char *path)
{
	size_t len = 0;
	char *buf = NULL;
	int err = file_read(path, file_max, &buf, &len);

	if (err)
		return err;
	err = media_wav_decode(cp, (const uint8_t *)buf, len);
	free(buf);
	return err;
}
