/**
 * @file offhook-picture.c  Images from outside are decoded in here alone
 *
 *     offhook-picture normalise                          <image >JPG
 *     offhook-picture cells COLOURS KIND COLUMNS ROWS    <image >lines
 *     offhook-picture pixels WIDTH HEIGHT                <image >RGB
 *     offhook-picture draw SEED                          >JPG
 *
 * KIND is `blocks` or `ascii`. Exit codes: enum picture_exit.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "picture_image.h"

/* All of standard input, or a byte more than is taken. */
static int read_all(struct bytes *in)
{
	ssize_t n;

	in->p = malloc(PICTURE_BYTES_MAX + 1);
	if (!in->p)
		return PICTURE_EXIT_MEMORY;
	while (in->len <= PICTURE_BYTES_MAX) {
		n = read(STDIN_FILENO, in->p + in->len,
			 PICTURE_BYTES_MAX + 1 - in->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		in->len += (size_t)n;
	}
	return 0;
}

static int write_all(const struct bytes *out)
{
	size_t at = 0;
	ssize_t n;

	while (at < out->len) {
		n = write(STDOUT_FILENO, out->p + at, out->len - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return PICTURE_EXIT_BROKEN;
		at += (size_t)n;
	}
	return 0;
}

static bool number(const char *s, uint32_t least, uint32_t most, uint32_t *n)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno || end == s || *end || *s == '-' || v < least || v > most)
		return false;
	*n = (uint32_t)v;
	return true;
}

static bool parse_look(char **argv, struct picture_look *look)
{
	look->ascii = !strcmp(argv[1], "ascii");
	return (look->ascii || !strcmp(argv[1], "blocks")) &&
	       number(argv[0], 0, 1 << 24, &look->colours) &&
	       number(argv[2], 1, PICTURE_COLUMNS_MAX, &look->columns) &&
	       number(argv[3], 1, PICTURE_ROWS_MAX, &look->rows);
}

/* What a picture becomes. */
struct wish {
	bool normalise, cells, pixels, draw;
	struct picture_look look;
	uint32_t width, height, seed;
};

static bool parse(int argc, char **argv, struct wish *w)
{
	const char *what = argc > 1 ? argv[1] : "";

	w->normalise = argc == 2 && !strcmp(what, "normalise");
	w->cells = argc == 6 && !strcmp(what, "cells") &&
		   parse_look(argv + 2, &w->look);
	w->pixels = argc == 4 && !strcmp(what, "pixels") &&
		    number(argv[2], 1, PICTURE_SHOWN_MAX, &w->width) &&
		    number(argv[3], 1, PICTURE_SHOWN_MAX, &w->height);
	w->draw = argc == 3 && !strcmp(what, "draw") &&
		  number(argv[2], 0, UINT32_MAX, &w->seed);
	return w->normalise || w->cells || w->pixels || w->draw;
}

/* Read it, give up what is not needed any more, decode. */
static int square_of_input(gdImagePtr *squarep)
{
	struct bytes in = {NULL, 0};
	gdImagePtr im = NULL;
	int err;

	confine_begin();
	err = read_all(&in);
	confine_rest();
	if (!err)
		err = image_load(&in, &im);
	if (!err)
		err = image_square(im, squarep);
	if (!err)
		err = image_turn(&in, squarep);
	free(in.p);
	if (im)
		gdImageDestroy(im);
	return err;
}

/* What is wrong with an image says the exit code. */
static void quiet(int priority, const char *format, va_list args)
{
	(void)priority;
	(void)format;
	(void)args;
}

int main(int argc, char **argv)
{
	struct bytes out = {NULL, 0};
	struct wish wish = {0};
	gdImagePtr im = NULL;
	int err;

	if (!parse(argc, argv, &wish)) {
		fputs("offhook-picture is run by offhook and offhookd\n",
		      stderr);
		return PICTURE_EXIT_USAGE;
	}
	gdSetErrorMethod(quiet);
	err = wish.draw ? draw_person(wish.seed, &im) : square_of_input(&im);
	if (!err && wish.pixels)
		err = image_pixels(im, wish.width, wish.height, &out);
	else if (!err && wish.cells)
		err = cells_make(im, &wish.look, &out);
	else if (!err)
		err = image_write(im, &out);
	if (im)
		gdImageDestroy(im);
	if (!err)
		err = write_all(&out);
	free(out.p);
	return err;
}
