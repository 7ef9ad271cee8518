/**
 * @file srtp.c  Secure RTP: packets sealed and opened (RFC 3711, RFC 6188)
 *
 * libre's own changes what it knows of a source before it has seen that a
 * packet is genuine, so a forged one could silence a call; this does not.
 * AES and HMAC are libre's.
 */
#include <stdint.h>
#include <stdlib.h>
#include <re_aes.h>
#include <re_hmac.h>
#include "media_int.h"

enum {
	SALT_LEN = 14,
	AUTH_KEY_LEN = 20,
	DIGEST_LEN = 20,
	RTCP_TAG_LEN = 10, /* also where RTP's is shorter (RFC 4568 §6.2.2) */
	RTCP_CLEAR = 8,	   /* bytes of a report that stay readable */
	INDEX_LEN = 4,
	WINDOW = 64,
	SOURCES = 16,
	/* labels of keys that are derived (§4.3.2) */
	LABEL_RTP = 0,
	LABEL_RTCP = 3,
};

static const uint32_t encrypted = 1u << 31, index_mask = (1u << 31) - 1;

static const struct {
	const char *name;
	size_t key_len, tag_len;
} suites[MEDIA_SUITES] = {
	[MEDIA_SUITE_AES_256_80] = {"AES_256_CM_HMAC_SHA1_80", 32, 10},
	[MEDIA_SUITE_AES_128_80] = {"AES_CM_128_HMAC_SHA1_80", 16, 10},
	[MEDIA_SUITE_AES_128_32] = {"AES_CM_128_HMAC_SHA1_32", 16, 4},
};

struct way {
	struct aes *aes;
	struct hmac *hmac;
	uint8_t salt[SALT_LEN];
	size_t tag_len;
};

/* What is known of a source: only by genuine packets. */
struct source {
	bool known;
	uint32_t ssrc;
	uint64_t highest; /* index */
	uint64_t window;  /* bit i: highest - i was there */
	uint64_t used;	  /* when, in packets */
};

struct crypt {
	struct way rtp, rtcp;
	struct source rtp_sources[SOURCES], rtcp_sources[SOURCES];
	uint64_t packets;
	uint32_t rtcp_index; /* of the last report sealed */
};

const char *media_suite_name(enum media_suite suite)
{
	return suite < MEDIA_SUITES ? suites[suite].name : NULL;
}

size_t media_suite_key_len(enum media_suite suite)
{
	return suite < MEDIA_SUITES ? suites[suite].key_len + SALT_LEN : 0;
}

/* --- keys --------------------------------------------------------------- */

/* One derived key: so much of a key stream that the label begins. */
static int derive(uint8_t *out, size_t n, struct aes *aes, const uint8_t *salt,
		  uint8_t label)
{
	uint8_t iv[AES_BLOCK_SIZE] = {0}, zeros[32] = {0};

	memcpy(iv, salt, SALT_LEN);
	iv[7] ^= label;
	aes_set_iv(aes, iv);
	return aes_encr(aes, out, zeros, n);
}

static int way_init(struct way *w, struct aes *master, const uint8_t *salt,
		    size_t key_len, size_t tag_len, uint8_t label)
{
	uint8_t key[32], auth[AUTH_KEY_LEN], iv[AES_BLOCK_SIZE] = {0};
	int err = derive(key, key_len, master, salt, label);

	w->tag_len = tag_len;
	if (!err)
		err = derive(auth, sizeof(auth), master, salt, label + 1);
	if (!err)
		err = derive(w->salt, SALT_LEN, master, salt, label + 2);
	if (!err)
		err = aes_alloc(&w->aes, AES_MODE_CTR, key, key_len * 8, iv);
	if (!err)
		err = hmac_create(&w->hmac, HMAC_HASH_SHA1, auth, sizeof(auth));
	explicit_bzero(key, sizeof(key));
	explicit_bzero(auth, sizeof(auth));
	return err;
}

void crypt_free(struct crypt *c)
{
	if (!c)
		return;
	mem_deref(c->rtp.aes);
	mem_deref(c->rtp.hmac);
	mem_deref(c->rtcp.aes);
	mem_deref(c->rtcp.hmac);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

int crypt_alloc(struct crypt **cp, enum media_suite suite,
		const uint8_t *master)
{
	const uint8_t *salt = master + suites[suite].key_len;
	size_t key_len = suites[suite].key_len;
	uint8_t iv[AES_BLOCK_SIZE] = {0};
	struct crypt *c = calloc(1, sizeof(*c));
	struct aes *aes = NULL;
	int err;

	if (!c)
		return ENOMEM;
	err = aes_alloc(&aes, AES_MODE_CTR, master, key_len * 8, iv);
	if (!err)
		err = way_init(&c->rtp, aes, salt, key_len,
			       suites[suite].tag_len, LABEL_RTP);
	if (!err)
		err = way_init(&c->rtcp, aes, salt, key_len, RTCP_TAG_LEN,
			       LABEL_RTCP);
	mem_deref(aes);
	if (err)
		crypt_free(c);
	else
		*cp = c;
	return err;
}

/* --- sources and what was there already --------------------------------- */

static struct source *find(struct source *v, uint32_t ssrc)
{
	for (size_t i = 0; i < SOURCES; i++) {
		if (v[i].known && v[i].ssrc == ssrc)
			return &v[i];
	}
	return NULL;
}

static bool was_there(const struct source *s, uint64_t index)
{
	uint64_t back;

	if (!s || index > s->highest)
		return false;
	back = s->highest - index;
	return back >= WINDOW || s->window >> back & 1;
}

/* It is genuine. A new source takes the place of the one heard longest ago. */
static void note(struct crypt *c, struct source *v, struct source *s,
		 uint32_t ssrc, uint64_t index)
{
	uint64_t step;

	if (!s) {
		s = v;
		for (size_t i = 1; i < SOURCES; i++) {
			if (v[i].used < s->used)
				s = &v[i];
		}
		memset(s, 0, sizeof(*s));
		s->known = true;
		s->ssrc = ssrc;
		s->highest = index;
	}
	s->used = ++c->packets;
	if (index > s->highest) {
		step = index - s->highest;
		s->window = step < WINDOW ? s->window << step : 0;
		s->highest = index;
	}
	s->window |= 1ull << (s->highest - index);
}

/* RFC 3711 appendix A: how often has the sequence number come round? */
static bool guess_index(const struct source *s, uint16_t seq, uint64_t *index)
{
	uint64_t roc = s ? s->highest >> 16 : 0;
	uint16_t last = s ? (uint16_t)s->highest : seq;

	if (last < 0x8000 && seq - last > 0x8000) {
		if (!roc)
			return false;
		roc--;
	} else if (last >= 0x8000 && last - 0x8000 > seq) {
		roc++;
	}
	*index = roc << 16 | seq;
	return true;
}

/* --- packets ------------------------------------------------------------ */

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* §4.1.1: encrypting and decrypting are the same. */
static int cipher(struct way *w, uint32_t ssrc, uint64_t index, uint8_t *p,
		  size_t n)
{
	uint8_t iv[AES_BLOCK_SIZE] = {0}, mask[12];

	put32(mask, ssrc);
	put32(mask + 4, (uint32_t)(index >> 16));
	put32(mask + 8, (uint32_t)(index << 16));
	memcpy(iv, w->salt, SALT_LEN);
	for (size_t i = 0; i < sizeof(mask); i++)
		iv[4 + i] ^= mask[i];
	aes_set_iv(w->aes, iv);
	return n ? aes_encr(w->aes, p, p, n) : 0;
}

static int sign(struct way *w, uint8_t tag[DIGEST_LEN], const uint8_t *p,
		size_t n)
{
	return hmac_digest(w->hmac, tag, DIGEST_LEN, p, n);
}

/* Where it differs is not to be told from how long it takes. */
static bool same(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint8_t diff = 0;

	while (n--)
		diff |= *a++ ^ *b++;
	return !diff;
}

/* Bytes of an RTP packet that stay readable; 0: it is none. */
static size_t header_len(const uint8_t *buf, size_t len)
{
	size_t at = RTP_HEADER_LEN;

	if (len < at || buf[0] >> 6 != 2)
		return 0;
	at += (size_t)(buf[0] & 0x0f) * 4;
	if (buf[0] & 0x10) {
		if (at + 4 > len)
			return 0;
		at += 4 + ((size_t)buf[at + 2] << 8 | buf[at + 3]) * 4;
	}
	return at <= len ? at : 0;
}

int crypt_seal_rtp(struct crypt *c, uint8_t *buf, size_t *len, size_t max)
{
	size_t head = header_len(buf, *len);
	uint8_t tag[DIGEST_LEN];
	struct source *s;
	uint64_t index;
	uint32_t ssrc;
	int err;

	if (!head || *len + CRYPT_TRAILER > max)
		return EMSGSIZE;
	ssrc = get32(buf + 8);
	s = find(c->rtp_sources, ssrc);
	/* The same key stream twice would give both packets away. */
	if (!guess_index(s, (uint16_t)(buf[2] << 8 | buf[3]), &index) ||
	    was_there(s, index))
		return EALREADY;
	err = cipher(&c->rtp, ssrc, index, buf + head, *len - head);
	put32(buf + *len, (uint32_t)(index >> 16));
	if (!err)
		err = sign(&c->rtp, tag, buf, *len + 4);
	if (err)
		return err;
	memcpy(buf + *len, tag, c->rtp.tag_len);
	*len += c->rtp.tag_len;
	note(c, c->rtp_sources, s, ssrc, index);
	return 0;
}

int crypt_open_rtp(struct crypt *c, uint8_t *buf, size_t *len)
{
	size_t tag_len = c->rtp.tag_len, head, n = *len;
	uint8_t tag[DIGEST_LEN], theirs[DIGEST_LEN];
	struct source *s;
	uint64_t index;
	uint32_t ssrc;
	int err;

	if (n < RTP_HEADER_LEN + tag_len)
		return EBADMSG;
	n -= tag_len;
	head = header_len(buf, n);
	if (!head)
		return EBADMSG;
	ssrc = get32(buf + 8);
	s = find(c->rtp_sources, ssrc);
	if (!guess_index(s, (uint16_t)(buf[2] << 8 | buf[3]), &index) ||
	    was_there(s, index))
		return EALREADY;
	memcpy(theirs, buf + n, tag_len);
	put32(buf + n, (uint32_t)(index >> 16));
	err = sign(&c->rtp, tag, buf, n + 4);
	if (err)
		return err;
	if (!same(tag, theirs, tag_len))
		return EACCES;
	err = cipher(&c->rtp, ssrc, index, buf + head, n - head);
	if (err)
		return err;
	note(c, c->rtp_sources, s, ssrc, index);
	*len = n;
	return 0;
}

int crypt_seal_rtcp(struct crypt *c, uint8_t *buf, size_t *len, size_t max)
{
	uint32_t index = (c->rtcp_index + 1) & index_mask;
	uint8_t tag[DIGEST_LEN];
	int err;

	if (*len < RTCP_CLEAR || *len + CRYPT_TRAILER > max)
		return EMSGSIZE;
	c->rtcp_index = index;
	err = cipher(&c->rtcp, get32(buf + 4), index, buf + RTCP_CLEAR,
		     *len - RTCP_CLEAR);
	put32(buf + *len, index | encrypted);
	if (!err)
		err = sign(&c->rtcp, tag, buf, *len + INDEX_LEN);
	if (err)
		return err;
	memcpy(buf + *len + INDEX_LEN, tag, c->rtcp.tag_len);
	*len += INDEX_LEN + c->rtcp.tag_len;
	return 0;
}

int crypt_open_rtcp(struct crypt *c, uint8_t *buf, size_t *len)
{
	size_t tag_len = c->rtcp.tag_len, n = *len;
	uint8_t tag[DIGEST_LEN];
	struct source *s;
	uint32_t ssrc, index;
	int err;

	if (n < RTCP_CLEAR + INDEX_LEN + tag_len)
		return EBADMSG;
	n -= tag_len;
	err = sign(&c->rtcp, tag, buf, n);
	if (err)
		return err;
	if (!same(tag, buf + n, tag_len))
		return EACCES;
	n -= INDEX_LEN;
	index = get32(buf + n);
	ssrc = get32(buf + 4);
	s = find(c->rtcp_sources, ssrc);
	if (was_there(s, index & index_mask))
		return EALREADY;
	if (index & encrypted)
		err = cipher(&c->rtcp, ssrc, index & index_mask,
			     buf + RTCP_CLEAR, n - RTCP_CLEAR);
	if (err)
		return err;
	note(c, c->rtcp_sources, s, ssrc, index & index_mask);
	*len = n;
	return 0;
}
