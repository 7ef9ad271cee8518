/**
 * @file srtp_way.c  One packet of secure RTP: encrypted and signed
 *
 * Either in counter mode with an HMAC over it (RFC 3711, RFC 6188), or by
 * AES-GCM, which does both (RFC 7714). AES and HMAC are libre's.
 */
#include <stdint.h>
#include <stdlib.h>
#include <re_aes.h>
#include <re_hmac.h>
#include "srtp_int.h"

enum {
	DIGEST_LEN = 20,
	GCM_TAG_LEN = 16,
	GCM_IV_LEN = 12,
	RTCP_TAG_LEN = 10, /* also where RTP's is shorter (RFC 4568 §6.2.2) */
	WORD_LEN = 4,	   /* index and flag of a report */
};

static const uint32_t encrypted = 1u << 31;

const struct srtp_suite_info srtp_suites[MEDIA_SUITES] = {
	[MEDIA_SUITE_AEAD_256] = {"AEAD_AES_256_GCM", 32, 12, 16, true},
	[MEDIA_SUITE_AEAD_128] = {"AEAD_AES_128_GCM", 16, 12, 16, true},
	[MEDIA_SUITE_AES_256_80] = {"AES_256_CM_HMAC_SHA1_80", 32, 14, 10,
				    false},
	[MEDIA_SUITE_AES_128_80] = {"AES_CM_128_HMAC_SHA1_80", 16, 14, 10,
				    false},
	[MEDIA_SUITE_AES_128_32] = {"AES_CM_128_HMAC_SHA1_32", 16, 14, 4,
				    false},
};

int srtp_way_init(struct srtp_way *w, enum media_suite suite, bool rtcp,
		  const struct srtp_keys *keys)
{
	const struct srtp_suite_info *i = &srtp_suites[suite];
	uint8_t iv[AES_BLOCK_SIZE] = {0};
	int err;

	w->suite = i;
	w->rtcp = rtcp;
	w->tag_len = rtcp && !i->aead ? RTCP_TAG_LEN : i->tag_len;
	memcpy(w->salt, keys->salt, i->salt_len);
	err = aes_alloc(&w->aes, i->aead ? AES_MODE_GCM : AES_MODE_CTR,
			keys->key, i->key_len * 8, iv);
	if (!err && !i->aead)
		err = hmac_create(&w->hmac, HMAC_HASH_SHA1, keys->auth,
				  SRTP_AUTH_LEN);
	return err;
}

void srtp_way_reset(struct srtp_way *w)
{
	mem_deref(w->aes);
	mem_deref(w->hmac);
	explicit_bzero(w, sizeof(*w));
}

size_t srtp_way_trailer(const struct srtp_way *w)
{
	return w->tag_len + (w->rtcp ? WORD_LEN : 0);
}

size_t srtp_way_index_at(const struct srtp_way *w, size_t len)
{
	return len - WORD_LEN - (w->suite->aead ? 0 : w->tag_len);
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* Where it differs is not to be told from how long it takes. */
static bool same(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint8_t diff = 0;

	while (n--)
		diff |= *a++ ^ *b++;
	return !diff;
}

static uint32_t word_of(const struct srtp_unit *u)
{
	return (uint32_t)u->index | (u->clear ? 0 : encrypted);
}

/* --- counter mode and HMAC ------------------------------------------------ */

/* RFC 3711 §4.1.1: encrypting and decrypting are the same. */
static int cipher(struct srtp_way *w, const struct srtp_unit *u)
{
	uint8_t iv[AES_BLOCK_SIZE] = {0}, mask[12];
	size_t n = u->len - u->head;

	put32(mask, u->ssrc);
	put32(mask + 4, (uint32_t)(u->index >> 16));
	put32(mask + 8, (uint32_t)(u->index << 16));
	memcpy(iv, w->salt, w->suite->salt_len);
	for (size_t i = 0; i < sizeof(mask); i++)
		iv[4 + i] ^= mask[i];
	aes_set_iv(w->aes, iv);
	return n && !u->clear
		       ? aes_encr(w->aes, u->buf + u->head, u->buf + u->head, n)
		       : 0;
}

/* Signed is with the packet what the other side knows: of RTP how often the
 * number has come round, of RTCP the word behind it. */
static int sign(struct srtp_way *w, const struct srtp_unit *u,
		uint8_t tag[DIGEST_LEN])
{
	uint8_t *behind = u->buf + u->len;

	put32(behind, w->rtcp ? word_of(u) : (uint32_t)(u->index >> 16));
	return hmac_digest(w->hmac, tag, DIGEST_LEN, u->buf, u->len + WORD_LEN);
}

static int seal_signed(struct srtp_way *w, const struct srtp_unit *u)
{
	uint8_t *behind = u->buf + u->len + (w->rtcp ? WORD_LEN : 0);
	uint8_t tag[DIGEST_LEN];
	int err = cipher(w, u);

	if (!err)
		err = sign(w, u, tag);
	if (!err)
		memcpy(behind, tag, w->tag_len);
	return err;
}

static int open_signed(struct srtp_way *w, const struct srtp_unit *u)
{
	const uint8_t *behind = u->buf + u->len + (w->rtcp ? WORD_LEN : 0);
	uint8_t tag[DIGEST_LEN], theirs[DIGEST_LEN];
	int err;

	memcpy(theirs, behind, w->tag_len);
	err = sign(w, u, tag);
	if (!err && !same(tag, theirs, w->tag_len))
		err = EACCES;
	return err ? err : cipher(w, u);
}

/* --- AES-GCM -------------------------------------------------------------- */

/* RFC 7714 §8.1, §9.1 */
static void set_iv(struct srtp_way *w, const struct srtp_unit *u)
{
	uint8_t iv[GCM_IV_LEN] = {0};

	put32(iv + 2, u->ssrc);
	if (w->rtcp) {
		put32(iv + 8, (uint32_t)u->index);
	} else {
		put32(iv + 6, (uint32_t)(u->index >> 16));
		iv[10] = (uint8_t)(u->index >> 8);
		iv[11] = (uint8_t)u->index;
	}
	for (size_t i = 0; i < sizeof(iv); i++)
		iv[i] ^= w->salt[i];
	aes_set_iv(w->aes, iv);
}

typedef int(aes_way_h)(struct aes *aes, uint8_t *out, const uint8_t *in,
		       size_t len);

static int run(struct srtp_way *w, const struct srtp_unit *u, aes_way_h *h)
{
	size_t head = u->clear ? u->len : u->head, n = u->len - head;
	uint8_t word[WORD_LEN];
	int err;

	set_iv(w, u);
	err = h(w->aes, NULL, u->buf, head);
	put32(word, word_of(u));
	if (!err && w->rtcp)
		err = h(w->aes, NULL, word, sizeof(word));
	return err || !n ? err : h(w->aes, u->buf + head, u->buf + head, n);
}

static int seal_aead(struct srtp_way *w, const struct srtp_unit *u)
{
	uint8_t *behind = u->buf + u->len;
	int err = run(w, u, aes_encr);

	if (!err)
		err = aes_get_authtag(w->aes, behind, GCM_TAG_LEN);
	if (!err && w->rtcp)
		put32(behind + GCM_TAG_LEN, word_of(u));
	return err;
}

static int open_aead(struct srtp_way *w, const struct srtp_unit *u)
{
	int err = run(w, u, aes_decr);

	if (err)
		return err;
	return aes_authenticate(w->aes, u->buf + u->len, GCM_TAG_LEN) ? EACCES
								      : 0;
}

/* --- both ----------------------------------------------------------------- */

int srtp_way_seal(struct srtp_way *w, const struct srtp_unit *u, size_t *len)
{
	int err = w->suite->aead ? seal_aead(w, u) : seal_signed(w, u);

	if (!err)
		*len = u->len + srtp_way_trailer(w);
	return err;
}

int srtp_way_open(struct srtp_way *w, const struct srtp_unit *u)
{
	return w->suite->aead ? open_aead(w, u) : open_signed(w, u);
}
