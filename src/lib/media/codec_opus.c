/**
 * @file codec_opus.c  Opus (RFC 6716, RFC 7587), one channel
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include <opus/opus.h>
#include "media_int.h"

enum {
	OPUS_BITRATE = 40000,	 /* RFC 7587 §3.1.1: full band speech 28..40
				    kbit/s. With 5 % of loss told there is room
				    for the spare copies from 40 on */
	OPUS_BITRATE_MIN = 6000, /* RFC 7587 §6.1 */
	OPUS_EFFORT = 5,	 /* of 10: half the work, hardly audible */
	OPUS_LOSS = 5,		 /* percent, until a report says how many */
};

static uint32_t opus_rate(uint32_t wanted)
{
	switch (wanted) {
	case 8000:
	case 12000:
	case 16000:
	case 24000:
		return wanted;
	default:
		return 48000;
	}
}

static int opus_enc_alloc(void **stp, uint32_t rate)
{
	int err;
	OpusEncoder *enc = opus_encoder_create((opus_int32)rate, 1,
					       OPUS_APPLICATION_VOIP, &err);

	if (!enc)
		return err == OPUS_ALLOC_FAIL ? ENOMEM : EINVAL;
	opus_encoder_ctl(enc, OPUS_SET_BITRATE(OPUS_BITRATE));
	opus_encoder_ctl(enc, OPUS_SET_COMPLEXITY(OPUS_EFFORT));
	opus_encoder_ctl(enc, OPUS_SET_INBAND_FEC(1));
	opus_encoder_ctl(enc, OPUS_SET_PACKET_LOSS_PERC(OPUS_LOSS));
	*stp = enc;
	return 0;
}

/* The value of a parameter, or what holds without it. */
static unsigned long param(const char *fmtp, const char *name,
			   unsigned long without)
{
	size_t n = strlen(name);

	while (fmtp && *fmtp) {
		fmtp += strspn(fmtp, " \t;");
		if (!strncasecmp(fmtp, name, n) && fmtp[n] == '=' &&
		    isdigit((unsigned char)fmtp[n + 1]))
			return strtoul(fmtp + n + 1, NULL, 10);
		fmtp += strcspn(fmtp, ";");
	}
	return without;
}

/* RFC 7587 §6.1, §7: wishes of the receiver that a sender heeds. What it can't
 * play it need not be sent, and who can't use the spare copies wants none. */
static void opus_fmtp(void *st, const char *fmtp)
{
	unsigned long rate = param(fmtp, "maxplaybackrate", 48000);
	unsigned long bits = param(fmtp, "maxaveragebitrate", OPUS_BITRATE);
	int band = rate >= 48000   ? OPUS_BANDWIDTH_FULLBAND
		   : rate >= 24000 ? OPUS_BANDWIDTH_SUPERWIDEBAND
		   : rate >= 16000 ? OPUS_BANDWIDTH_WIDEBAND
		   : rate >= 12000 ? OPUS_BANDWIDTH_MEDIUMBAND
				   : OPUS_BANDWIDTH_NARROWBAND;

	if (bits > OPUS_BITRATE)
		bits = OPUS_BITRATE;
	if (bits < OPUS_BITRATE_MIN)
		bits = OPUS_BITRATE_MIN;
	opus_encoder_ctl(st, OPUS_SET_MAX_BANDWIDTH(band));
	opus_encoder_ctl(st, OPUS_SET_BITRATE((opus_int32)bits));
	opus_encoder_ctl(
		st, OPUS_SET_INBAND_FEC(param(fmtp, "useinbandfec", 0) == 1));
}

static int opus_enc(void *st, uint8_t *out, size_t max, const int16_t *pcm,
		    size_t n)
{
	return opus_encode(st, pcm, (int)n, out, (opus_int32)max);
}

static void opus_loss(void *st, unsigned percent)
{
	opus_encoder_ctl(st, OPUS_SET_PACKET_LOSS_PERC(
				     percent > 100 ? 100 : (int)percent));
}

static void opus_enc_free(void *st)
{
	opus_encoder_destroy(st);
}

static int opus_dec_alloc(void **stp, uint32_t rate)
{
	int err;
	OpusDecoder *dec = opus_decoder_create((opus_int32)rate, 1, &err);

	if (!dec)
		return err == OPUS_ALLOC_FAIL ? ENOMEM : EINVAL;
	*stp = dec;
	return 0;
}

static int opus_dec(void *st, int16_t *pcm, size_t max, const uint8_t *p,
		    size_t len)
{
	return len ? opus_decode(st, p, (opus_int32)len, pcm, (int)max, 0) : -1;
}

static int opus_conceal(void *st, int16_t *pcm, size_t n, const uint8_t *next,
			size_t next_len)
{
	/* The packet behind the gap may carry the lost one at a low rate. */
	return next ? opus_decode(st, next, (opus_int32)next_len, pcm, (int)n,
				  1)
		    : opus_decode(st, NULL, 0, pcm, (int)n, 0);
}

static void opus_dec_free(void *st)
{
	opus_decoder_destroy(st);
}

const struct codec codec_opus = {
	.name = "opus",
	.clock = 48000,
	.channels = 2,
	.pt = 111,
	.lead_us = 6500,
	.fmtp = "useinbandfec=1",
	.pcm_rate = opus_rate,
	.enc_alloc = opus_enc_alloc,
	.encode = opus_enc,
	.set_fmtp = opus_fmtp,
	.set_loss = opus_loss,
	.enc_free = opus_enc_free,
	.dec_alloc = opus_dec_alloc,
	.decode = opus_dec,
	.conceal = opus_conceal,
	.dec_free = opus_dec_free,
};
