/**
 * @file media_secure.c  Sealed packets as they come: each with its length
 *                       before it, odd ones RTCP; then what a codec and what
 *                       makes up losses does with them
 */
#include <assert.h>
#include <offhook/base.h>
#include "../../src/lib/media/media_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing is genuine but what we seal ourselves. */
static void open_it(struct crypt *rx, struct crypt *tx, bool rtcp,
		    const uint8_t *p, size_t n)
{
	uint8_t buf[256 + CRYPT_TRAILER];
	size_t len = n;
	int err;

	memcpy(buf, p, n);
	err = rtcp ? crypt_open_rtcp(rx, buf, &len)
		   : crypt_open_rtp(rx, buf, &len);
	assert(err && len == n);
	memcpy(buf, p, n);
	err = rtcp ? crypt_seal_rtcp(tx, buf, &len, sizeof(buf))
		   : crypt_seal_rtp(tx, buf, &len, sizeof(buf));
	assert(len <= n + CRYPT_TRAILER);
	if (err)
		return;
	err = rtcp ? crypt_open_rtcp(rx, buf, &len)
		   : crypt_open_rtp(rx, buf, &len);
	assert(err || (len == n && !memcmp(buf, p, n)));
}

static void hear_it(void *dec, const uint8_t *p, size_t n)
{
	static int16_t pcm[PACKET_SAMPLES_MAX + 2 * FRAME_MAX];
	int got = codec_g722.decode(dec, pcm, PACKET_SAMPLES_MAX, p, n);
	size_t left;

	assert(got == (int)(2 * n));
	left = stretch_shorten(pcm, (size_t)got, 16000, 0.3f);
	assert(left <= (size_t)got);
	left = stretch_lengthen(pcm, left, ARRAY_SIZE(pcm), 16000, 0.3f);
	assert(left <= ARRAY_SIZE(pcm));
	if (n & 2)
		assert(codec_g722.conceal(dec, pcm, 320, n & 4 ? p : NULL, n) ==
		       320);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t master[MEDIA_KEY_MAX] = {1, 2, 3};
	struct crypt *rx, *tx;
	void *dec;

	if (crypt_alloc(&rx,
			size & 1 ? MEDIA_SUITE_AES_128_32
				 : MEDIA_SUITE_AEAD_128,
			master) ||
	    crypt_alloc(&tx,
			size & 1 ? MEDIA_SUITE_AES_128_32
				 : MEDIA_SUITE_AEAD_128,
			master) ||
	    codec_g722.dec_alloc(&dec, 16000))
		return 0;
	while (size > 1) {
		size_t n = *data++;

		size--;
		if (n > size)
			n = size;
		open_it(rx, tx, n & 1, data, n);
		hear_it(dec, data, n);
		data += n;
		size -= n;
	}
	codec_g722.dec_free(dec);
	crypt_free(rx);
	crypt_free(tx);
	return 0;
}
