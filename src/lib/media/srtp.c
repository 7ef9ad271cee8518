/**
 * @file srtp.c  Secure RTP: packets sealed and opened (RFC 3711)
 *
 * libre's own changes what it knows of a source before it has seen that a
 * packet is genuine, so a forged one could silence a call; this does not.
 */
#include <stdint.h>
#include <stdlib.h>
#include <re_aes.h>
#include "srtp_int.h"

enum {
	RTCP_CLEAR = 8, /* bytes of a report that stay readable */
	WINDOW = 64,
	SOURCES = 16,
	/* labels of keys that are derived (§4.3.2) */
	LABEL_RTP = 0,
	LABEL_RTCP = 3,
};

static const uint32_t encrypted = 1u << 31, index_mask = (1u << 31) - 1;

/* What is known of a source: only by genuine packets. */
struct source {
	bool known;
	uint32_t ssrc;
	uint64_t highest; /* index */
	uint64_t window;  /* bit i: highest - i was there */
	uint64_t used;	  /* when, in packets */
};

struct crypt {
	struct srtp_way rtp, rtcp;
	struct source rtp_sources[SOURCES], rtcp_sources[SOURCES];
	uint64_t packets;
	uint32_t rtcp_index; /* of the last report sealed */
};

const char *media_suite_name(enum media_suite suite)
{
	return suite < MEDIA_SUITES ? srtp_suites[suite].name : NULL;
}

size_t media_suite_key_len(enum media_suite suite)
{
	return suite < MEDIA_SUITES ? srtp_suites[suite].key_len +
					      srtp_suites[suite].salt_len
				    : 0;
}

/* --- keys --------------------------------------------------------------- */

/* One derived key: so much of a key stream that the label begins. A shorter
 * salt ends in zeros (RFC 7714 §11). */
static int derive(uint8_t *out, size_t n, struct aes *aes, const uint8_t *salt,
		  size_t salt_len, uint8_t label)
{
	uint8_t iv[AES_BLOCK_SIZE] = {0}, zeros[SRTP_KEY_MAX] = {0};

	memcpy(iv, salt, salt_len);
	iv[7] ^= label;
	aes_set_iv(aes, iv);
	return aes_encr(aes, out, zeros, n);
}

static int derive_all(struct srtp_keys *k, struct aes *aes,
		      const struct srtp_suite_info *suite, const uint8_t *salt,
		      uint8_t label)
{
	int err = derive(k->key, suite->key_len, aes, salt, suite->salt_len,
			 label);

	if (!err && !suite->aead)
		err = derive(k->auth, SRTP_AUTH_LEN, aes, salt, suite->salt_len,
			     label + 1);
	if (!err)
		err = derive(k->salt, suite->salt_len, aes, salt,
			     suite->salt_len, label + 2);
	return err;
}

void crypt_free(struct crypt *c)
{
	if (!c)
		return;
	srtp_way_reset(&c->rtp);
	srtp_way_reset(&c->rtcp);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

int crypt_alloc_derived(struct crypt **cp, enum media_suite suite,
			const struct srtp_keys *rtp,
			const struct srtp_keys *rtcp)
{
	struct crypt *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return ENOMEM;
	err = srtp_way_init(&c->rtp, suite, false, rtp);
	if (!err)
		err = srtp_way_init(&c->rtcp, suite, true, rtcp);
	if (err)
		crypt_free(c);
	else
		*cp = c;
	return err;
}

int crypt_alloc(struct crypt **cp, enum media_suite suite,
		const uint8_t *master)
{
	const struct srtp_suite_info *info = &srtp_suites[suite];
	const uint8_t *salt = master + info->key_len;
	struct srtp_keys rtp = {{0}, {0}, {0}}, rtcp = rtp;
	uint8_t iv[AES_BLOCK_SIZE] = {0};
	struct aes *aes = NULL;
	int err = aes_alloc(&aes, AES_MODE_CTR, master, info->key_len * 8, iv);

	if (!err)
		err = derive_all(&rtp, aes, info, salt, LABEL_RTP);
	if (!err)
		err = derive_all(&rtcp, aes, info, salt, LABEL_RTCP);
	if (!err)
		err = crypt_alloc_derived(cp, suite, &rtp, &rtcp);
	mem_deref(aes);
	explicit_bzero(&rtp, sizeof(rtp));
	explicit_bzero(&rtcp, sizeof(rtcp));
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
	struct srtp_unit u = {.buf = buf, .len = *len};
	struct source *s;
	int err;

	u.head = header_len(buf, *len);
	if (!u.head || *len + CRYPT_TRAILER > max)
		return EMSGSIZE;
	u.ssrc = get32(buf + 8);
	s = find(c->rtp_sources, u.ssrc);
	/* The same key stream twice would give both packets away. */
	if (!guess_index(s, (uint16_t)(buf[2] << 8 | buf[3]), &u.index) ||
	    was_there(s, u.index))
		return EALREADY;
	err = srtp_way_seal(&c->rtp, &u, len);
	if (!err)
		note(c, c->rtp_sources, s, u.ssrc, u.index);
	return err;
}

int crypt_open_rtp(struct crypt *c, uint8_t *buf, size_t *len)
{
	size_t trailer = srtp_way_trailer(&c->rtp);
	struct srtp_unit u = {.buf = buf};
	struct source *s;
	int err;

	if (*len < RTP_HEADER_LEN + trailer)
		return EBADMSG;
	u.len = *len - trailer;
	u.head = header_len(buf, u.len);
	if (!u.head)
		return EBADMSG;
	u.ssrc = get32(buf + 8);
	s = find(c->rtp_sources, u.ssrc);
	if (!guess_index(s, (uint16_t)(buf[2] << 8 | buf[3]), &u.index) ||
	    was_there(s, u.index))
		return EALREADY;
	err = srtp_way_open(&c->rtp, &u);
	if (err)
		return err;
	note(c, c->rtp_sources, s, u.ssrc, u.index);
	*len = u.len;
	return 0;
}

int crypt_seal_rtcp(struct crypt *c, uint8_t *buf, size_t *len, size_t max)
{
	struct srtp_unit u = {.buf = buf, .head = RTCP_CLEAR, .len = *len};

	if (*len < RTCP_CLEAR || *len + CRYPT_TRAILER > max)
		return EMSGSIZE;
	c->rtcp_index = (c->rtcp_index + 1) & index_mask;
	u.ssrc = get32(buf + 4);
	u.index = c->rtcp_index;
	return srtp_way_seal(&c->rtcp, &u, len);
}

int crypt_open_rtcp(struct crypt *c, uint8_t *buf, size_t *len)
{
	size_t trailer = srtp_way_trailer(&c->rtcp);
	struct srtp_unit u = {.buf = buf, .head = RTCP_CLEAR};
	struct source *s;
	uint32_t word;
	int err;

	if (*len < RTCP_CLEAR + trailer)
		return EBADMSG;
	u.len = *len - trailer;
	word = get32(buf + srtp_way_index_at(&c->rtcp, *len));
	u.ssrc = get32(buf + 4);
	u.index = word & index_mask;
	u.clear = !(word & encrypted);
	err = srtp_way_open(&c->rtcp, &u);
	if (err)
		return err;
	s = find(c->rtcp_sources, u.ssrc);
	if (was_there(s, u.index))
		return EALREADY;
	note(c, c->rtcp_sources, s, u.ssrc, u.index);
	*len = u.len;
	return 0;
}
