/**
 * @file picture_image.c  JPG and PNG in, a small JPG or pixels out
 *
 * gd decodes into four bytes a pixel whatever the file says, so its size is
 * read, and judged, before.
 */
#include <stdlib.h>
#include <string.h>

#include "picture_image.h"

enum { QUALITY = 88 };

struct size {
	unsigned width, height;
};

static unsigned two(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static bool is_jpg(const struct bytes *in)
{
	return in->len > 3 && !memcmp(in->p, "\xff\xd8\xff", 3);
}

static bool is_png(const struct bytes *in)
{
	return in->len > 8 && !memcmp(in->p, "\x89PNG\r\n\x1a\n", 8);
}

/* The first chunk says it (ISO/IEC 15948 §11.2.2). */
static int png_size(const struct bytes *in, struct size *size)
{
	const unsigned char *p = in->p + 8;

	if (in->len < 33 || memcmp(p, "\0\0\0\x0dIHDR", 8) != 0)
		return PICTURE_EXIT_BROKEN;
	if (two(p + 8) || two(p + 12))
		return PICTURE_EXIT_LARGE;
	size->width = two(p + 10);
	size->height = two(p + 14);
	return 0;
}

/* Baseline, progressive and their kin; not the tables that stand between
 * (ITU-T T.81, table B.1). */
static bool is_frame(unsigned marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
	       marker != 0xc8 && marker != 0xcc;
}

/* Where the next segment stands; 0: there is none. */
static size_t next_marker(const struct bytes *in, size_t at)
{
	while (at + 4 < in->len && in->p[at] == 0xff) {
		unsigned marker = in->p[at + 1];

		/* It may be filled with these, and some stand alone. */
		if (marker == 0xff)
			at++;
		else if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8))
			at += 2;
		else
			return at;
	}
	return 0;
}

/* Segment by segment to the picture itself, which has to have an end: what is
 * cut off would be filled with grey. */
static int jpg_size(const struct bytes *in, struct size *size)
{
	size_t at = 2;

	while ((at = next_marker(in, at)) && in->p[at + 1] != 0xd9) {
		const unsigned char *p = in->p + at;
		unsigned len = two(p + 2);

		if (len < 2 || len > in->len - at - 2)
			break;
		if (p[1] == 0xda)
			return size->width && memmem(p, in->len - at,
						     "\xff\xd9", 2)
				       ? 0
				       : PICTURE_EXIT_BROKEN;
		if (is_frame(p[1])) {
			if (len < 8)
				break;
			size->height = two(p + 5);
			size->width = two(p + 7);
		}
		at += 2 + (size_t)len;
	}
	return PICTURE_EXIT_BROKEN;
}

static int judge(const struct bytes *in)
{
	struct size size = {0, 0};
	int err;

	if (in->len > PICTURE_BYTES_MAX)
		return PICTURE_EXIT_BYTES;
	if (!is_jpg(in) && !is_png(in))
		return PICTURE_EXIT_KIND;
	err = is_png(in) ? png_size(in, &size) : jpg_size(in, &size);
	if (err)
		return err;
	if (!size.width || !size.height)
		return PICTURE_EXIT_BROKEN;
	if (size.width < PICTURE_LEAST || size.height < PICTURE_LEAST)
		return PICTURE_EXIT_SMALL;
	if (size.width > PICTURE_SIDE_MAX || size.height > PICTURE_SIDE_MAX ||
	    (uint64_t)size.width * size.height > PICTURE_PIXELS_MAX)
		return PICTURE_EXIT_LARGE;
	return 0;
}

int image_load(const struct bytes *in, gdImagePtr *imp)
{
	int err = judge(in);

	if (err)
		return err;
	*imp = is_png(in) ? gdImageCreateFromPngPtr((int)in->len, in->p)
			  : gdImageCreateFromJpegPtrEx((int)in->len, in->p, 0);
	return *imp ? 0 : PICTURE_EXIT_BROKEN;
}

int image_square(gdImagePtr im, gdImagePtr *squarep)
{
	int width = gdImageSX(im), height = gdImageSY(im);
	int side = width < height ? width : height;
	gdImagePtr square = gdImageCreateTrueColor(PICTURE_SIDE, PICTURE_SIDE);

	if (!square)
		return PICTURE_EXIT_MEMORY;
	gdImageFilledRectangle(square, 0, 0, PICTURE_SIDE - 1, PICTURE_SIDE - 1,
			       gdTrueColor(255, 255, 255));
	gdImageCopyResampled(square, im, 0, 0, (width - side) / 2,
			     (height - side) / 2, PICTURE_SIDE, PICTURE_SIDE,
			     side, side);
	*squarep = square;
	return 0;
}

/* gd signs what it writes: comments and application's segments go, but for
 * the first one, JFIF's. */
static void strip(struct bytes *jpg)
{
	size_t at = 2, to = 2;

	while (at + 4 <= jpg->len && jpg->p[at] == 0xff &&
	       jpg->p[at + 1] != 0xda) {
		unsigned marker = jpg->p[at + 1];
		size_t len = 2 + (size_t)two(jpg->p + at + 2);

		if (len > jpg->len - at)
			return;
		if (marker != 0xfe && !(marker > 0xe0 && marker <= 0xef)) {
			memmove(jpg->p + to, jpg->p + at, len);
			to += len;
		}
		at += len;
	}
	memmove(jpg->p + to, jpg->p + at, jpg->len - at);
	jpg->len -= at - to;
}

int image_write(gdImagePtr im, struct bytes *out)
{
	int size = 0;
	void *p = gdImageJpegPtr(im, &size, QUALITY);

	out->p = p && size > 4 ? malloc((size_t)size) : NULL;
	if (out->p) {
		memcpy(out->p, p, (size_t)size);
		out->len = (size_t)size;
		strip(out);
	}
	gdFree(p);
	return out->p ? 0 : PICTURE_EXIT_MEMORY;
}

int image_pixels(gdImagePtr im, unsigned width, unsigned height,
		 struct bytes *out)
{
	gdImagePtr to = gdImageCreateTrueColor((int)width, (int)height);
	unsigned char *p = to ? malloc((size_t)width * height * 3) : NULL;

	out->p = p;
	if (p) {
		out->len = (size_t)width * height * 3;
		gdImageCopyResampled(to, im, 0, 0, 0, 0, (int)width,
				     (int)height, gdImageSX(im), gdImageSY(im));
	}
	for (int y = 0; p && y < (int)height; y++) {
		for (int x = 0; x < (int)width; x++) {
			int c = gdImageGetTrueColorPixel(to, x, y);

			*p++ = (unsigned char)gdTrueColorGetRed(c);
			*p++ = (unsigned char)gdTrueColorGetGreen(c);
			*p++ = (unsigned char)gdTrueColorGetBlue(c);
		}
	}
	if (to)
		gdImageDestroy(to);
	return out->p ? 0 : PICTURE_EXIT_MEMORY;
}
