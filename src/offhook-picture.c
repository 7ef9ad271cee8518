/**
 * @file offhook-picture.c  Images from outside are decoded in here alone
 *
 *     offhook-picture normalise                          <image >JPG
 *     offhook-picture cells COLOURS KIND COLUMNS ROWS    <image >lines
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
	struct picture_look look = {0};
	struct bytes out = {NULL, 0};
	gdImagePtr im = NULL;
	uint32_t seed = 0;
	bool normalise = argc == 2 && !strcmp(argv[1], "normalise");
	bool cells = argc == 6 && !strcmp(argv[1], "cells") &&
		     parse_look(argv + 2, &look);
	bool draw = argc == 3 && !strcmp(argv[1], "draw") &&
		    number(argv[2], 0, UINT32_MAX, &seed);
	int err;

	if (!normalise && !cells && !draw) {
		fputs("offhook-picture is run by offhook and offhookd\n",
		      stderr);
		return PICTURE_EXIT_USAGE;
	}
	gdSetErrorMethod(quiet);
	err = draw ? draw_person(seed, &im) : square_of_input(&im);
	if (!err)
		err = cells ? cells_make(im, &look, &out)
			    : image_write(im, &out);
	if (im)
		gdImageDestroy(im);
	if (!err)
		err = write_all(&out);
	free(out.p);
	return err;
}
