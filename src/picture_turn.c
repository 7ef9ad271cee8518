/**
 * @file picture_turn.c  Which way up a photograph is
 *
 * Cameras write pixels as they lie, and beside them how they are to be turned
 * (Exif 2.3 §4.6.4, Orientation). That goes with all that is not the picture,
 * so it is done here.
 */
#include <string.h>

#include "picture_image.h"

enum { TAG_ORIENTATION = 0x0112, ENTRIES_MAX = 200, ENTRY = 12 };

/* Bytes of a TIFF structure, in its order. */
struct tiff {
	const unsigned char *p;
	size_t len;
	bool little;
};

static unsigned long number(const struct tiff *t, size_t at, unsigned bytes)
{
	unsigned long n = 0;

	if (at > t->len || bytes > t->len - at)
		return 0;
	for (unsigned i = 0; i < bytes; i++)
		n = n << 8 | t->p[at + (t->little ? bytes - 1 - i : i)];
	return n;
}

static unsigned orientation_of(struct tiff *t)
{
	unsigned long ifd, count;

	if (t->len < 8 ||
	    (memcmp(t->p, "II*\0", 4) != 0 && memcmp(t->p, "MM\0*", 4) != 0))
		return 1;
	t->little = t->p[0] == 'I';
	ifd = number(t, 4, 4);
	count = number(t, ifd, 2);
	for (unsigned long i = 0; i < count && i < ENTRIES_MAX; i++) {
		size_t at = ifd + 2 + i * ENTRY;

		if (number(t, at, 2) == TAG_ORIENTATION)
			return (unsigned)number(t, at + 8, 2);
	}
	return 1;
}

/* Of the segments before the picture, the first that is Exif's. */
static unsigned find(const struct bytes *in)
{
	size_t at = 2;

	while (at + 4 < in->len && in->p[at] == 0xff) {
		unsigned marker = in->p[at + 1];
		size_t len = (size_t)in->p[at + 2] << 8 | in->p[at + 3];

		if (marker < 0xe0 || marker > 0xef || len < 8 ||
		    len > in->len - at - 2)
			break;
		if (marker == 0xe1 && !memcmp(in->p + at + 4, "Exif\0\0", 6)) {
			struct tiff t = {in->p + at + 10, len - 8, false};

			return orientation_of(&t);
		}
		at += 2 + len;
	}
	return 1;
}

/* What has to be done, in this order: a quarter turn to the left, or to the
 * right, a flip. */
static const struct {
	int angle; /* against the clock */
	int flip;
} ways[9] = {
	[2] = {0, 'h'}, [3] = {180, 0},	 [4] = {0, 'v'}, [5] = {270, 'h'},
	[6] = {270, 0}, [7] = {90, 'h'}, [8] = {90, 0},
};

static gdImagePtr turned(gdImagePtr im, int angle)
{
	int side = gdImageSX(im);
	gdImagePtr to = gdImageCreateTrueColor(side, side);

	for (int y = 0; to && y < side; y++) {
		for (int x = 0; x < side; x++) {
			int c = gdImageGetTrueColorPixel(im, x, y);

			if (angle == 90)
				gdImageSetPixel(to, y, side - 1 - x, c);
			else if (angle == 180)
				gdImageSetPixel(to, side - 1 - x, side - 1 - y,
						c);
			else
				gdImageSetPixel(to, side - 1 - y, x, c);
		}
	}
	return to;
}

int image_turn(const struct bytes *in, gdImagePtr *squarep)
{
	unsigned way = find(in);
	gdImagePtr to;

	if (in->len < 3 || in->p[0] != 0xff || way > 8)
		return 0;
	if (ways[way].angle) {
		to = turned(*squarep, ways[way].angle);
		if (!to)
			return PICTURE_EXIT_MEMORY;
		gdImageDestroy(*squarep);
		*squarep = to;
	}
	if (ways[way].flip == 'h')
		gdImageFlipHorizontal(*squarep);
	else if (ways[way].flip == 'v')
		gdImageFlipVertical(*squarep);
	return 0;
}
