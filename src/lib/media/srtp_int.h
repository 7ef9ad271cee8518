/**
 * @file srtp_int.h  What one way of secure RTP is made of
 */
#ifndef OFFHOOK_SRTP_INT_H
#define OFFHOOK_SRTP_INT_H

#include "media_int.h"

enum { SRTP_KEY_MAX = 32, SRTP_SALT_MAX = 14, SRTP_AUTH_LEN = 20 };

struct aes;
struct hmac;

/** Lengths in bytes. */
struct srtp_suite_info {
	const char *name;
	size_t key_len, salt_len, tag_len;
	bool aead; /**< RFC 7714: one cipher does both */
};
extern const struct srtp_suite_info srtp_suites[MEDIA_SUITES];

/** Of RTP or of RTCP, derived (RFC 3711 §4.3); auth only without aead. */
struct srtp_keys {
	uint8_t key[SRTP_KEY_MAX], salt[SRTP_SALT_MAX], auth[SRTP_AUTH_LEN];
};

/* srtp_way.c */
struct srtp_way {
	const struct srtp_suite_info *suite;
	bool rtcp;
	size_t tag_len;
	struct aes *aes;
	struct hmac *hmac;
	uint8_t salt[SRTP_SALT_MAX];
};

int srtp_way_init(struct srtp_way *w, enum media_suite suite, bool rtcp,
		  const struct srtp_keys *keys);
void srtp_way_reset(struct srtp_way *w);

/** A packet without what is put behind it. */
struct srtp_unit {
	uint8_t *buf;
	size_t head; /**< stays readable */
	size_t len;
	uint32_t ssrc;
	uint64_t index;
	bool clear; /**< a report that is signed only */
};

/** Put behind it what belongs there. @return 0 or EPROTO */
int srtp_way_seal(struct srtp_way *w, const struct srtp_unit *u, size_t *len);
/** Where a report says its index, in so many bytes with all behind it. */
size_t srtp_way_index_at(const struct srtp_way *w, size_t len);
/** All that is put behind it. */
size_t srtp_way_trailer(const struct srtp_way *w);
/** Decrypt it, if it is genuine. @return 0, EACCES or EPROTO: then buf is of
 *  no use any more */
int srtp_way_open(struct srtp_way *w, const struct srtp_unit *u);

/** srtp.c: as crypt_alloc(), with keys that are derived already. */
int crypt_alloc_derived(struct crypt **cp, enum media_suite suite,
			const struct srtp_keys *rtp,
			const struct srtp_keys *rtcp);

#endif
