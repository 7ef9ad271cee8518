/**
 * @file media_aead.c  AES-GCM for SRTP by the vectors of RFC 7714 §16, §17
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include "../../src/lib/media/srtp_int.h"

enum { ROOM = 256 };

static size_t unhex(uint8_t *out, const char *text)
{
	size_t n = 0;
	unsigned v;

	for (; *text; text += 2) {
		while (*text == ' ')
			text++;
		assert_int_equal(sscanf(text, "%2x", &v), 1);
		out[n++] = (uint8_t)v;
	}
	return n;
}

/* The key counts up from 0, the salt is "Quid pro quo", both as of a session:
 * nothing is derived. */
static struct crypt *session(enum media_suite suite)
{
	struct srtp_keys k = {.salt = "Quid pro quo"};
	struct crypt *c;

	for (uint8_t i = 0; i < sizeof(k.key); i++)
		k.key[i] = i;
	assert_int_equal(crypt_alloc_derived(&c, suite, &k, &k), 0);
	return c;
}

/* ---- RTP (§16) ----------------------------------------------------------- */

static const char rtp_plain[] =
	"8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973"
	"20646976 69736120 696e2070 61727465 73207472 6573";

static const struct {
	enum media_suite suite;
	const char *sealed;
} rtp[] = {
	{MEDIA_SUITE_AEAD_128,
	 "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca"
	 "be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1"
	 "6a9152cf 765ee439 0cce"},
	{MEDIA_SUITE_AEAD_256,
	 "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa"
	 "b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff"
	 "d6b0f9bb 7878d7a7 6c13"},
};

static void packets(void **state)
{
	uint8_t buf[ROOM], plain[ROOM], right[ROOM];
	size_t n = unhex(plain, rtp_plain), m, len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rtp); i++) {
		struct crypt *c = session(rtp[i].suite);

		m = unhex(right, rtp[i].sealed);
		len = n;
		memcpy(buf, plain, n);
		assert_int_equal(crypt_seal_rtp(c, buf, &len, ROOM), 0);
		assert_int_equal(len, m);
		assert_memory_equal(buf, right, m);
		crypt_free(c);

		/* Each bit counts, also of what stays readable. */
		c = session(rtp[i].suite);
		for (size_t bit = 0; bit < m * 8; bit++) {
			memcpy(buf, right, m);
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
			len = m;
			assert_int_not_equal(crypt_open_rtp(c, buf, &len), 0);
			assert_int_equal(len, m);
		}
		memcpy(buf, right, m);
		assert_int_equal(crypt_open_rtp(c, buf, &len), 0);
		assert_int_equal(len, n);
		assert_memory_equal(buf, plain, n);
		crypt_free(c);
	}
}

/* ---- RTCP (§17) ---------------------------------------------------------- */

static const char rtcp_plain[] =
	"81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930"
	"4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef";

static const struct {
	enum media_suite suite;
	bool encrypted;
	const char *sealed;
} rtcp[] = {
	{MEDIA_SUITE_AEAD_128, true,
	 "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7"
	 "6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458"
	 "96cf4d2f c5abf872 45d9eade 800005d4"},
	{MEDIA_SUITE_AEAD_256, true,
	 "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d"
	 "bffe0a50 a2eaa5c1 110555be 8415f658 c61de047 6f1b6fad 1d1eb30c"
	 "4446839f 57ff6f6c b26ac3be 800005d4"},
	{MEDIA_SUITE_AEAD_128, false,
	 "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930"
	 "4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef 841dd968"
	 "3dd78ec9 2ae58790 125f62b3 000005d4"},
	{MEDIA_SUITE_AEAD_256, false,
	 "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930"
	 "4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef 91db4afb"
	 "feee5a97 8fab4393 ed2615fe 000005d4"},
};

static void reports(void **state)
{
	uint8_t buf[ROOM], plain[ROOM], right[ROOM];
	size_t n = unhex(plain, rtcp_plain), m, len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rtcp); i++) {
		struct crypt *c = session(rtcp[i].suite);

		m = unhex(right, rtcp[i].sealed);
		for (int k = 0; rtcp[i].encrypted && k < 0x5d4; k++) {
			memcpy(buf, plain, n);
			len = n;
			assert_int_equal(crypt_seal_rtcp(c, buf, &len, ROOM),
					 0);
		}
		if (rtcp[i].encrypted) {
			assert_int_equal(len, m);
			assert_memory_equal(buf, right, m);
		}
		for (size_t bit = 0; bit < m * 8; bit++) {
			memcpy(buf, right, m);
			buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
			len = m;
			assert_int_equal(crypt_open_rtcp(c, buf, &len), EACCES);
		}
		memcpy(buf, right, m);
		assert_int_equal(crypt_open_rtcp(c, buf, &len), 0);
		assert_int_equal(len, n);
		assert_memory_equal(buf, plain, n);
		memcpy(buf, right, m);
		len = m;
		assert_int_equal(crypt_open_rtcp(c, buf, &len), EALREADY);
		crypt_free(c);
	}
}

/* ---- what is too short --------------------------------------------------- */

static void short_ones(void **state)
{
	struct crypt *c = session(MEDIA_SUITE_AEAD_128);
	uint8_t buf[ROOM] = {0x80};

	(void)state;
	for (size_t n = 0; n < 12 + 16; n++) {
		size_t len = n;

		assert_int_equal(crypt_open_rtp(c, buf, &len), EBADMSG);
	}
	for (size_t n = 0; n < 8 + 16 + 4; n++) {
		size_t len = n;

		assert_int_equal(crypt_open_rtcp(c, buf, &len), EBADMSG);
	}
	/* No sound at all is a packet, too. */
	for (uint32_t i = 0; i < 2; i++) {
		struct crypt *other = session(MEDIA_SUITE_AEAD_128);
		size_t len = 12;

		memset(buf, 0, sizeof(buf));
		buf[0] = 0x80;
		assert_int_equal(crypt_seal_rtp(other, buf, &len, ROOM), 0);
		assert_int_equal(len, 28);
		assert_int_equal(crypt_open_rtp(c, buf, &len),
				 i ? EALREADY : 0);
		crypt_free(other);
	}
	crypt_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets),
		cmocka_unit_test(reports),
		cmocka_unit_test(short_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
