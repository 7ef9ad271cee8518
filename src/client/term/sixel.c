/**
 * @file sixel.c  An image as sixels (DEC STD 070, ch. 9)
 *
 * The colours are those of the image, as many as the terminal has registers:
 * its pixels are halved by the colour that differs most until there are so
 * many heaps; each heap is one colour, the mean of its pixels.
 */
#include <curses.h>
#include <panel.h>
#include <stdlib.h>
#include <string.h>

#include "screen_int.h"

enum { BAND = 6, CHANNELS = 3, COLOURS_MAX = 256, PERCENT = 100 };

struct pixel {
	uint8_t rgb[CHANNELS];
	uint8_t heap;
	uint32_t at;
};

struct heap {
	size_t begin, end;
	unsigned channel, range; /* the one that differs most, and how far */
};

/* ---- colours ----------------------------------------------------------- */

static void measure(struct heap *h, const struct pixel *p)
{
	h->range = 0;
	for (unsigned c = 0; c < CHANNELS; c++) {
		unsigned least = 255, most = 0;

		for (size_t i = h->begin; i < h->end; i++) {
			unsigned v = p[i].rgb[c];

			least = v < least ? v : least;
			most = v > most ? v : most;
		}
		if (h->begin < h->end && most - least > h->range) {
			h->range = most - least;
			h->channel = c;
		}
	}
}

#define COMPARE(name, channel)                                   \
	static int name(const void *a, const void *b)            \
	{                                                        \
		return ((const struct pixel *)a)->rgb[channel] - \
		       ((const struct pixel *)b)->rgb[channel];  \
	}
COMPARE(by_red, 0)
COMPARE(by_green, 1)
COMPARE(by_blue, 2)

static int (*const by[CHANNELS])(const void *a,
				 const void *b) = {by_red, by_green, by_blue};

/* @return how many heaps there are */
static unsigned divide(struct pixel *p, size_t n, struct heap *heaps,
		       unsigned most)
{
	unsigned count = 1;

	heaps[0] = (struct heap){.end = n};
	measure(&heaps[0], p);
	while (count < most) {
		struct heap *widest = &heaps[0], *more = &heaps[count];

		for (unsigned i = 1; i < count; i++)
			if (heaps[i].range > widest->range)
				widest = &heaps[i];
		if (!widest->range)
			break;
		qsort(p + widest->begin, widest->end - widest->begin,
		      sizeof(*p), by[widest->channel]);
		*more = *widest;
		more->begin += (widest->end - widest->begin) / 2;
		widest->end = more->begin;
		measure(widest, p);
		measure(more, p);
		count++;
	}
	return count;
}

/* Tell the heap's colour, and its pixels which heap they are in. */
static void name_colour(struct text_buf *b, struct pixel *p,
			const struct heap *h, unsigned heap, uint8_t *of)
{
	size_t n = h->end - h->begin;
	uint64_t sum[CHANNELS] = {0};

	for (size_t i = h->begin; i < h->end; i++) {
		of[p[i].at] = (uint8_t)heap;
		for (unsigned c = 0; c < CHANNELS; c++)
			sum[c] += p[i].rgb[c];
	}
	text_buf_printf(b, "#%u;2", heap);
	for (unsigned c = 0; n && c < CHANNELS; c++)
		text_buf_printf(b, ";%u",
				(unsigned)((sum[c] * PERCENT / n + 127) / 255));
}

static unsigned reduce(struct text_buf *b, const uint8_t *rgb, size_t n,
		       unsigned colours, uint8_t *of)
{
	struct pixel *p = calloc(n, sizeof(*p));
	struct heap heaps[COLOURS_MAX];
	unsigned count;

	if (!p)
		return 0;
	for (size_t i = 0; i < n; i++) {
		memcpy(p[i].rgb, rgb + CHANNELS * i, CHANNELS);
		p[i].at = (uint32_t)i;
	}
	count = divide(p, n, heaps,
		       colours < COLOURS_MAX ? colours : COLOURS_MAX);
	for (unsigned i = 0; i < count; i++)
		name_colour(b, p, &heaps[i], i, of);
	free(p);
	return count;
}

/* ---- bands ------------------------------------------------------------- */

static void add_run(struct text_buf *b, uint8_t bits, unsigned n)
{
	char c[1] = {(char)('?' + bits)};

	if (n > 3)
		text_buf_printf(b, "!%u%c", n, c[0]);
	else
		for (; n; n--)
			text_buf_add_n(b, c, 1);
}

/* One colour of a band: a character is six pixels below one another. */
static void add_colour(struct text_buf *b, const uint8_t *of, unsigned width,
		       unsigned rows, unsigned colour)
{
	uint8_t last = 0, bits;
	unsigned run = 0;

	text_buf_printf(b, "#%u", colour);
	for (unsigned x = 0; x < width; x++, last = bits) {
		bits = 0;
		for (unsigned y = 0; y < rows; y++)
			if (of[y * width + x] == colour)
				bits = (uint8_t)(bits | 1u << y);
		if (x && bits != last) {
			add_run(b, last, run);
			run = 0;
		}
		run++;
	}
	/* Nothing at the end need not be said. */
	if (last)
		add_run(b, last, run);
	text_buf_add(b, "$");
}

static void add_band(struct text_buf *b, const uint8_t *of, unsigned width,
		     unsigned rows)
{
	bool used[COLOURS_MAX] = {false};

	for (unsigned i = 0; i < width * rows; i++)
		used[of[i]] = true;
	for (unsigned c = 0; c < COLOURS_MAX; c++)
		if (used[c])
			add_colour(b, of, width, rows, c);
	text_buf_add(b, "-");
}

void sixel_encode(struct text_buf *b, const struct frame_image *i,
		  unsigned colours)
{
	unsigned width = i->width, height = i->height;
	uint8_t *of = calloc(width, height);

	/* What it does not paint stays; its size, since bands are of six. */
	text_buf_printf(b, "\033P0;1;0q\"1;1;%u;%u", width, height);
	if (!of || !reduce(b, i->rgb.p, (size_t)width * height, colours, of)) {
		text_buf_reset(b);
		free(of);
		return;
	}
	for (unsigned y = 0; y < height; y += BAND)
		add_band(b, of + y * width, width,
			 height - y < BAND ? height - y : BAND);
	text_buf_add(b, "\033\\");
	free(of);
}
