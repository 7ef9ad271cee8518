/**
 * @file term_sixel.c  Images as sixels, read again
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/client/term/screen_int.h"

enum { SIDE = FRAME_IMAGE_SIDE_MAX };

struct page {
	unsigned width, height, colours;
	uint8_t palette[256][3];
	uint8_t rgb[SIDE * SIDE][3];
	bool painted[SIDE * SIDE];
};

static unsigned read_number(const char **p)
{
	char *end;
	unsigned long n = strtoul(*p, &end, 10);

	assert_ptr_not_equal(end, *p);
	*p = end;
	return (unsigned)n;
}

/* "#1" or "#1;2;100;0;0" @return the colour */
static unsigned read_colour(struct page *g, const char **p)
{
	unsigned c = read_number(p);

	assert_in_range(c, 0, 255);
	if (**p != ';')
		return c;
	assert_memory_equal(*p, ";2", 2);
	*p += 2;
	for (unsigned i = 0; i < 3; i++) {
		unsigned v;

		assert_int_equal(*(*p)++, ';');
		v = read_number(p);
		assert_in_range(v, 0, 100);
		g->palette[c][i] = (uint8_t)(v * 255 / 100);
	}
	g->colours++;
	return c;
}

static void put(struct page *g, unsigned x, unsigned y, char c, unsigned colour)
{
	assert_in_range(c, '?', '~');
	for (unsigned i = 0; i < 6; i++) {
		unsigned at = (y + i) * g->width + x;

		if (!((c - '?') >> i & 1))
			continue;
		assert_true(x < g->width && y + i < g->height);
		memcpy(g->rgb[at], g->palette[colour], 3);
		g->painted[at] = true;
	}
}

static void look_at(struct page *g, const char *p)
{
	unsigned x = 0, y = 0, colour = 0, n;

	memset(g, 0, sizeof(*g));
	assert_int_equal(
		sscanf(p, "\033P0;1;0q\"1;1;%u;%u", &g->width, &g->height), 2);
	p = strchr(p, '"') + 5;
	p += strspn(p, "0123456789;");
	while (*p != '\033') {
		n = 1;
		if (*p == '#') {
			p++;
			colour = read_colour(g, &p);
			continue;
		}
		if (*p == '!') {
			p++;
			n = read_number(&p);
		}
		if (*p == '$' || *p == '-') {
			y += *p == '-' ? 6 : 0;
			x = 0;
		} else {
			for (; n; n--)
				put(g, x++, y, *p, colour);
		}
		p++;
	}
	assert_string_equal(p, "\033\\");
}

/* @return the largest difference of a channel; all of it is painted */
static unsigned differ(const struct page *g, const uint8_t *rgb)
{
	unsigned most = 0;

	for (unsigned i = 0; i < g->width * g->height; i++) {
		assert_true(g->painted[i]);
		for (unsigned c = 0; c < 3; c++) {
			int d = abs(g->rgb[i][c] - rgb[3 * i + c]);

			most = (unsigned)d > most ? (unsigned)d : most;
		}
	}
	return most;
}

static uint8_t rgb[SIDE * SIDE * 3];
static struct page page;

static unsigned round_trip(unsigned width, unsigned height, unsigned colours)
{
	const struct frame_image i = {
		.width = width,
		.height = height,
		.rgb = {rgb, 3 * width * height},
	};
	struct text_buf b = {0};

	sixel_encode(&b, &i, colours);
	assert_int_equal(b.err, 0);
	look_at(&page, b.buf);
	text_buf_reset(&b);
	assert_int_equal(page.width, width);
	assert_int_equal(page.height, height);
	assert_in_range(page.colours, 1, colours < 256 ? colours : 256);
	return differ(&page, rgb);
}

static void test_sizes(void **state)
{
	static const unsigned sizes[][2] = {{1, 1},   {1, 7},	  {7, 1},
					    {6, 6},   {126, 126}, {140, 133},
					    {5, 512}, {512, 5}};

	(void)state;
	/* few enough colours: each is what it was, but for percents */
	for (size_t i = 0; i < sizeof(rgb); i++)
		rgb[i] = (uint8_t)(i / 3 % 6 * 51);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		assert_in_range(round_trip(sizes[i][0], sizes[i][1], 256), 0,
				3);
}

/* More colours than there are: near ones stand in. */
static void test_colours(void **state)
{
	(void)state;
	for (unsigned y = 0; y < 128; y++) {
		for (unsigned x = 0; x < 128; x++) {
			uint8_t *p = rgb + 3 * (y * 128 + x);

			p[0] = (uint8_t)(2 * x);
			p[1] = (uint8_t)(2 * y);
			p[2] = (uint8_t)(x + y);
		}
	}
	assert_in_range(round_trip(128, 128, 1024), 1, 24);
	assert_int_equal(page.colours, 256);
	assert_in_range(round_trip(128, 128, 16), 1, 90);
	assert_int_equal(page.colours, 16);
	round_trip(128, 128, 1);
}

static void test_noise(void **state)
{
	uint32_t n = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(rgb); i++) {
		n = n * 1664525 + 1013904223;
		rgb[i] = (uint8_t)(n >> 24);
	}
	round_trip(SIDE, SIDE, 256);
	assert_int_equal(page.colours, 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
