/**
 * @file picture.h  Pictures of people: checked, scaled, turned into cells
 *
 * Images come from outside and are hostile, so no program of the house decodes
 * one: `offhook-picture` does, a child process with pipes, few rights, little
 * memory and little time. It has no other way out than its standard output,
 * and what it says there is checked, too. Nothing here waits.
 */
#ifndef OFFHOOK_PICTURE_H
#define OFFHOOK_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** SPEC T6.1.2: what is taken, and what becomes of it. */
enum {
	PICTURE_BYTES_MAX = 512 * 1024,
	PICTURE_LEAST = 40, /**< width and height, in pixels */
	PICTURE_SIDE = 200, /**< of what is kept: a square */
	PICTURE_SIDE_MAX = 16384,
	PICTURE_PIXELS_MAX = 32 * 1024 * 1024,
};

/** The most cells that a picture is turned into. */
enum { PICTURE_COLUMNS_MAX = 80, PICTURE_ROWS_MAX = 40 };

/** Exit codes of the program, beside 0. */
enum picture_exit {
	PICTURE_EXIT_USAGE = 2,
	PICTURE_EXIT_KIND,  /**< neither JPG nor PNG */
	PICTURE_EXIT_SMALL, /**< below PICTURE_LEAST */
	PICTURE_EXIT_BYTES, /**< above PICTURE_BYTES_MAX */
	PICTURE_EXIT_LARGE, /**< too many pixels */
	PICTURE_EXIT_BROKEN,
	PICTURE_EXIT_MEMORY,
};

/** One cell of a picture. */
struct picture_cell {
	/** -1: the terminal's own; 0 to 15: one of its sixteen; else
	 *  0x1000000 | RRGGBB. */
	int32_t fg, bg;
	char text[8]; /**< one code point of width 1, UTF-8, 0-ended */
};

/** Work of the program under way; mem_deref() ends it, unheard. */
struct picture_work;

/**
 * @param err  0; EMEDIUMTYPE (neither JPG nor PNG), ERANGE (too small), EFBIG
 *             (too many bytes), EOVERFLOW (too many pixels), EBADMSG (broken),
 *             ENOENT (the program is not installed), ETIMEDOUT, ENOMEM, EIO
 * @param image  Only lent; NULL if err
 */
typedef void(picture_image_h)(int err, const void *image, size_t len,
			      void *arg);

/** @param cells  rows × columns of them, row by row; lent; NULL if err */
typedef void(picture_cells_h)(int err, const struct picture_cell *cells,
			      void *arg);

/**
 * Make an image what is kept of it: its middle, PICTURE_SIDE wide and high, a
 * JPG without anything but the picture. The handler is called once, never from
 * in here; it may mem_deref() the work.
 *
 * @param wp     Set to the work, which stays until the handler was called and
 *               mem_deref()
 * @param image  JPG or PNG; copied
 *
 * @return 0, or at once what is known without looking into it: EFBIG,
 *         EMEDIUMTYPE, ENOENT, ENOMEM …
 */
int picture_normalise(struct picture_work **wp, const void *image, size_t len,
		      picture_image_h *h, void *arg);

/** What a picture's cells are for. */
struct picture_look {
	unsigned columns, rows; /**< a square has twice as many columns */
	uint32_t colours;	/**< 0, 8, 16, 256 or 1 << 24 */
	bool ascii;		/**< letters of ASCII only */
};

/** Turn an image into cells: as picture_normalise(); EINVAL for a size of 0 or
 *  above the limits. */
int picture_cells(struct picture_work **wp, const struct picture_look *look,
		  const void *image, size_t len, picture_cells_h *h, void *arg);

/** Longest side of a picture in pixels that a terminal is to show. */
enum { PICTURE_SHOWN_MAX = 512 };

/** @param rgb  Red, green, blue of each pixel, row by row; lent; NULL if err */
typedef void(picture_pixels_h)(int err, const uint8_t *rgb, void *arg);

/** Turn an image into so many pixels: as picture_cells(); EINVAL for a side of
 *  0 or above PICTURE_SHOWN_MAX. */
int picture_pixels(struct picture_work **wp, unsigned width, unsigned height,
		   const void *image, size_t len, picture_pixels_h *h,
		   void *arg);

/** Do these bytes begin as a JPG or a PNG does? */
bool picture_is_image(const void *image, size_t len);

#endif
