/**
 * @file picture_image.h  What the files of offhook-picture share
 *
 * All of them return 0 or an exit code (enum picture_exit), and write what
 * there is to say into a buffer: nothing else leaves the process.
 */
#ifndef PICTURE_IMAGE_H
#define PICTURE_IMAGE_H

#include <gd.h>
#include <offhook/picture.h>

/** Bytes to write, or that were read; to free(). */
struct bytes {
	unsigned char *p;
	size_t len;
};

/* ---- picture_image.c --------------------------------------------------- */

/** Decode, after its kind and its size were looked at. @param im to
 *  gdImageDestroy() */
int image_load(const struct bytes *in, gdImagePtr *imp);
/** The middle of it, PICTURE_SIDE wide and high, on white. */
int image_square(gdImagePtr im, gdImagePtr *squarep);
/** As a JPG that holds nothing but the picture. */
int image_write(gdImagePtr im, struct bytes *out);
/** As red, green and blue of each pixel of another size. */
int image_pixels(gdImagePtr im, unsigned width, unsigned height,
		 struct bytes *out);

/* ---- picture_turn.c ---------------------------------------------------- */

/** Upright, as the file says that it is. */
int image_turn(const struct bytes *in, gdImagePtr *squarep);

/* ---- picture_draw.c ---------------------------------------------------- */

int draw_person(uint32_t seed, gdImagePtr *imp);

/* ---- picture_cells.c --------------------------------------------------- */

int cells_make(gdImagePtr im, const struct picture_look *look,
	       struct bytes *out);

/* ---- picture_confine.c ------------------------------------------------- */

/** Little time and memory; no files to write, no processes. */
void confine_begin(void);
/** Once all is read: no more files, and of the system only what memory and
 *  standard output need. */
void confine_rest(void);

#endif
