/**
 * @file image_fixture.h  PNG files made by hand, whole and otherwise
 */
#ifndef OFFHOOK_TEST_IMAGE_H
#define OFFHOOK_TEST_IMAGE_H

#include <offhook/base.h>

static inline uint32_t image_crc(const char *p, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint8_t)p[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static inline void image_u32(struct text_buf *b, uint32_t n)
{
	const char be[4] = {(char)(n >> 24), (char)(n >> 16), (char)(n >> 8),
			    (char)n};

	text_buf_add_n(b, be, 4);
}

static inline void image_chunk(struct text_buf *b, const char *type,
			       const char *data, size_t len)
{
	size_t at;

	image_u32(b, (uint32_t)len);
	at = b->len;
	text_buf_add_n(b, type, 4);
	text_buf_add_n(b, data, len);
	image_u32(b, image_crc(b->buf + at, b->len - at));
}

/* Stored, not compressed (RFC 1950, RFC 1951 §3.2.4). */
static inline void image_zlib(struct text_buf *b, const char *data, size_t len)
{
	uint32_t s1 = 1, s2 = 0;

	text_buf_add_n(b, "\x78\x01", 2);
	for (size_t at = 0; at < len;) {
		size_t n = len - at < 65535 ? len - at : 65535;
		const char head[5] = {at + n == len, (char)(n & 255),
				      (char)(n >> 8), (char)(~n & 255),
				      (char)(~n >> 8)};

		text_buf_add_n(b, head, 5);
		text_buf_add_n(b, data + at, n);
		at += n;
	}
	for (size_t i = 0; i < len; i++) {
		s1 = (s1 + (uint8_t)data[i]) % 65521;
		s2 = (s2 + s1) % 65521;
	}
	image_u32(b, s2 << 16 | s1);
}

/** A PNG of one colour that says that it is so large; with a remark, which is
 *  metadata. Of more than 400 pixels in height there are no more rows. */
static inline void image_png(struct text_buf *b, uint32_t width,
			     uint32_t height, uint32_t rgb)
{
	struct text_buf head = {0}, rows = {0}, packed = {0};
	const char pixel[3] = {(char)(rgb >> 16), (char)(rgb >> 8), (char)rgb};

	b->len = 0;
	text_buf_add_n(b, "\x89PNG\r\n\x1a\n", 8);
	image_u32(&head, width);
	image_u32(&head, height);
	text_buf_add_n(&head, "\x08\x02\0\0\0", 5);
	image_chunk(b, "IHDR", head.buf, head.len);
	image_chunk(b, "tEXt", "Comment\0taken at home", 21);
	for (uint32_t y = 0; y < height && y < 400; y++) {
		text_buf_add_n(&rows, "", 1);
		for (uint32_t x = 0; x < width && x < 400; x++)
			text_buf_add_n(&rows, pixel, 3);
	}
	image_zlib(&packed, rows.buf ? rows.buf : "", rows.len);
	image_chunk(b, "IDAT", packed.buf, packed.len);
	image_chunk(b, "IEND", "", 0);
	text_buf_reset(&head);
	text_buf_reset(&rows);
	text_buf_reset(&packed);
}

#endif
