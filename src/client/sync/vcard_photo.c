/**
 * @file vcard_photo.c  PHOTO of a vCard: decoded as it is read
 *
 * An image goes into a file beside, a block at a time, and nothing here looks
 * into it but for what it begins with: others do (picture.h). What is no image,
 * or too large, is given up at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include <offhook/picture.h>

#include "sync_int.h"

enum { HEADER_MAX = 256 };

static void over(struct photo *p, enum sync_picture what)
{
	p->is = what;
	p->reads = false;
}

/* What was decoded, into the file beside. */
static void flush(struct photo *p)
{
	FILE *f = p->r->prm->pictures;

	/* Each kind says in its first bytes that it is one. */
	if (!p->len && !picture_is_image(p->block, p->have)) {
		over(p, SYNC_PICTURE_BAD);
		return;
	}
	if (p->len + p->have > PICTURE_BYTES_MAX) {
		over(p, SYNC_PICTURE_LARGE);
		return;
	}
	crypto_hash_sha256_update(&p->hash, p->block, p->have);
	if (fwrite(p->block, 1, p->have, f) != p->have) {
		clearerr(f);
		over(p, SYNC_PICTURE_NO_SPACE);
		return;
	}
	p->len += p->have;
	p->have = 0;
}

static void put_decoded(struct photo *p, uint32_t byte)
{
	p->block[p->have++] = (uint8_t)byte;
	if (p->have == sizeof(p->block))
		flush(p);
}

static int digit_of(int byte)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = byte ? strchr(digits, byte) : NULL;

	return at ? (int)(at - digits) : -1;
}

void photo_put(struct photo *p, int byte)
{
	int digit;

	/* Folds leave blanks in 2.1. */
	if (!p->reads || byte == ' ' || byte == '\t' || byte == '\r')
		return;
	digit = digit_of(byte);
	if (byte == '=') {
		p->padding++;
	} else if (digit < 0 || p->padding) {
		over(p, SYNC_PICTURE_BAD);
	} else {
		p->bits = p->bits << 6 | (uint32_t)digit;
		if (++p->digits < 4)
			return;
		p->digits = 0;
		put_decoded(p, p->bits >> 16 & 255);
		/* a flush may have ended it */
		if (p->reads)
			put_decoded(p, p->bits >> 8 & 255);
		if (p->reads)
			put_decoded(p, p->bits & 255);
	}
}

/* RFC 2397: where the data begins, NULL if it is no base64. */
static const char *data_of(const char *value)
{
	const char *comma = memchr(value, ',', strnlen(value, HEADER_MAX));
	const char *end = comma;

	/* Some programs escape what needs no escape here. */
	while (end && end > value && end[-1] == '\\')
		end--;
	if (!end || end - value < 7 || strncasecmp(end - 6, "base64", 6) != 0)
		return NULL;
	return comma + 1;
}

/* "http:…", "cid:…": some other place. */
static bool is_elsewhere(const char *value)
{
	size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

	return n > 1 && n < 32 && value[n] == ':';
}

static void begin_data(struct photo *p, const char *value)
{
	FILE *f = p->r->prm->pictures;

	p->at = ftello(f);
	if (p->at < 0) {
		over(p, SYNC_PICTURE_NO_SPACE);
		return;
	}
	p->len = p->have = 0;
	p->bits = p->digits = p->padding = 0;
	p->reads = true;
	crypto_hash_sha256_init(&p->hash);
	for (; *value && p->reads; value++)
		photo_put(p, *value);
}

void photo_begin(struct photo *p, struct reader *r, bool quoted,
		 const char *value)
{
	p->r = r;
	p->is = SYNC_PICTURE_HERE;
	p->reads = false;
	p->at = -1;
	if (r->now.picture == SYNC_PICTURE_HERE)
		return;
	value += strspn(value, " ");
	if (!*value) {
		p->is = SYNC_PICTURE_NONE;
		return;
	}
	if (!strncasecmp(value, "data:", 5))
		value = data_of(value);
	else if (is_elsewhere(value))
		p->is = SYNC_PICTURE_LINK;
	if (!value || quoted)
		p->is = SYNC_PICTURE_BAD;
	else if (p->is == SYNC_PICTURE_HERE && !r->prm->pictures)
		p->is = r->prm->without;
	if (p->is == SYNC_PICTURE_HERE)
		begin_data(p, value);
}

/* The last one, two or three digits. */
static void end_data(struct photo *p)
{
	if (p->digits == 1)
		over(p, SYNC_PICTURE_BAD);
	if (p->digits == 2) {
		put_decoded(p, p->bits >> 4 & 255);
	} else if (p->digits == 3) {
		put_decoded(p, p->bits >> 10 & 255);
		if (p->reads)
			put_decoded(p, p->bits >> 2 & 255);
	}
	if (p->reads && (p->have || !p->len))
		flush(p);
	p->reads = false;
}

static int take(struct photo *p, struct sync_contact *c)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char key[33];

	crypto_hash_sha256_final(&p->hash, hash);
	sodium_bin2hex(key, sizeof(key), hash, (sizeof(key) - 1) / 2);
	c->picture_at = p->at;
	c->picture_len = p->len;
	return text_set(&c->picture_key, key);
}

int photo_end(struct photo *p)
{
	struct sync_contact *c = &p->r->now;
	int err = 0;

	/* The first that can be taken; else why the last one can't be. */
	if (c->picture == SYNC_PICTURE_HERE)
		return 0;
	if (p->reads)
		end_data(p);
	if (p->is == SYNC_PICTURE_HERE)
		err = take(p, c);
	else if (p->at >= 0 && fseeko(p->r->prm->pictures, p->at, SEEK_SET))
		clearerr(p->r->prm->pictures);
	if (p->is != SYNC_PICTURE_NONE)
		c->picture = p->is;
	return err;
}
