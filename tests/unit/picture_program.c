/* Pictures of people: what is taken, what becomes of it, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/lib/picture/picture_int.h"

#include "image_fixture.h"
#include "until.h"

struct result {
	struct picture_work *work;
	bool over;
	unsigned calls;
	int err;
	struct text_buf image;
	struct picture_cell cells[PICTURE_COLUMNS_MAX * PICTURE_ROWS_MAX];
	size_t count;
	uint8_t rgb[64 * 32 * 3];
	size_t bytes;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct result));
	return *state ? loop_init(LOOP_FEW) : -1;
}

static int teardown(void **state)
{
	struct result *r = *state;

	mem_deref(r->work);
	text_buf_reset(&r->image);
	free(r);
	loop_close();
	return 0;
}

static void image_came(int err, const void *image, size_t len, void *arg)
{
	struct result *r = arg;

	r->err = err;
	r->image.len = 0;
	if (!err)
		text_buf_add_n(&r->image, image, len);
	r->calls++;
	r->over = true;
	r->work = mem_deref(r->work);
}

static void cells_came(int err, const struct picture_cell *cells, void *arg)
{
	struct result *r = arg;

	r->err = err;
	if (!err)
		memcpy(r->cells, cells, r->count * sizeof(*cells));
	r->calls++;
	r->over = true;
	r->work = mem_deref(r->work);
}

static void pixels_came(int err, const uint8_t *rgb, void *arg)
{
	struct result *r = arg;

	r->err = err;
	if (!err)
		memcpy(r->rgb, rgb, r->bytes);
	r->calls++;
	r->over = true;
	r->work = mem_deref(r->work);
}

static bool is_over(void *arg)
{
	return ((struct result *)arg)->over;
}

/* What normalising comes to, whether it is known at once or later. */
static int normalise(struct result *r, const void *image, size_t len)
{
	int err = picture_normalise(&r->work, image, len, image_came, r);

	r->over = false;
	if (err)
		return err;
	assert_true(until(is_over, r));
	assert_int_equal(r->calls, 1);
	r->calls = 0;
	return r->err;
}

static int cells(struct result *r, const struct picture_look *look,
		 const void *image, size_t len)
{
	int err;

	r->count = (size_t)look->columns * look->rows;
	r->over = false;
	err = picture_cells(&r->work, look, image, len, cells_came, r);
	if (err)
		return err;
	assert_true(until(is_over, r));
	r->calls = 0;
	return r->err;
}

static int normalise_png(struct result *r, uint32_t width, uint32_t height)
{
	struct text_buf png = {0};
	int err;

	image_png(&png, width, height, 0x3060c0);
	err = normalise(r, png.buf, png.len);
	text_buf_reset(&png);
	return err;
}

static unsigned two(const char *p)
{
	return (unsigned)(uint8_t)p[0] << 8 | (uint8_t)p[1];
}

/* The segments of a JPG up to the picture: which there are, and its size. */
static void look_at(const struct text_buf *jpg, unsigned *width,
		    unsigned *height, unsigned *others)
{
	size_t at = 2;

	*others = *width = *height = 0;
	assert_true(jpg->len > 4 && !memcmp(jpg->buf, "\xff\xd8", 2));
	while (at + 9 < jpg->len && (uint8_t)jpg->buf[at + 1] != 0xda) {
		unsigned marker = (uint8_t)jpg->buf[at + 1];

		if (marker == 0xc0 || marker == 0xc2) {
			*height = two(jpg->buf + at + 5);
			*width = two(jpg->buf + at + 7);
		}
		*others += marker == 0xfe || (marker > 0xe0 && marker <= 0xef);
		at += 2 + two(jpg->buf + at + 2);
	}
}

static void a_picture_becomes_a_small_square(void **state)
{
	static const unsigned sizes[][2] = {
		{40, 40}, {200, 200}, {41, 300}, {390, 60}};
	struct result *r = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned width, height, others;

		assert_int_equal(normalise_png(r, sizes[i][0], sizes[i][1]), 0);
		look_at(&r->image, &width, &height, &others);
		assert_int_equal(width, PICTURE_SIDE);
		assert_int_equal(height, PICTURE_SIDE);
		/* nothing but the picture: no remark, no place, no camera */
		assert_int_equal(others, 0);
		assert_null(memmem(r->image.buf, r->image.len, "taken at home",
				   13));
	}
}

static void what_it_has_made_it_takes(void **state)
{
	struct result *r = *state;
	struct text_buf once = {0};

	assert_int_equal(normalise_png(r, 100, 100), 0);
	text_buf_add_n(&once, r->image.buf, r->image.len);
	assert_int_equal(normalise(r, once.buf, once.len), 0);
	text_buf_reset(&once);
}

static void what_is_too_small_is_refused(void **state)
{
	struct result *r = *state;

	assert_int_equal(normalise_png(r, 39, 40), ERANGE);
	assert_int_equal(normalise_png(r, 40, 39), ERANGE);
	assert_int_equal(normalise_png(r, 1, 1), ERANGE);
	assert_int_equal(normalise_png(r, 0, 40), EBADMSG);
}

static void what_says_that_it_is_huge_is_not_decoded(void **state)
{
	struct result *r = *state;

	assert_int_equal(normalise_png(r, 60000, 60000), EOVERFLOW);
	assert_int_equal(normalise_png(r, 0xffffffff, 40), EOVERFLOW);
	assert_int_equal(normalise_png(r, 16000, 16000), EOVERFLOW);
}

static void other_files_are_no_pictures(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{"", 0},
		{"GIF89a\x40\0\x40\0\0\0\0;", 14},
		{"%PDF-1.4", 8},
		{"\xff\xd8", 2},
		{"\x89PNG\r\n\x1a\n", 8},
		{"RIFF\0\0\0\0WEBPVP8 ", 16},
	};
	struct result *r = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(normalise(r, rows[i].bytes, rows[i].len),
				 EMEDIUMTYPE);
}

static void so_many_bytes_and_no_more(void **state)
{
	struct result *r = *state;
	struct text_buf png = {0};

	image_png(&png, 40, 40, 0x112233);
	while (png.len < PICTURE_BYTES_MAX)
		text_buf_add_n(&png, "", 1);
	assert_int_equal(normalise(r, png.buf, png.len), 0);
	text_buf_add_n(&png, "", 1);
	assert_int_equal(normalise(r, png.buf, png.len), EFBIG);
	text_buf_reset(&png);
}

/* Cut anywhere, it is refused, and never half a picture. */
static void what_is_cut_off_is_refused(void **state)
{
	struct result *r = *state;
	struct text_buf jpg = {0}, png = {0};

	image_png(&png, 60, 60, 0x112233);
	assert_int_equal(normalise(r, png.buf, png.len), 0);
	text_buf_add_n(&jpg, r->image.buf, r->image.len);
	for (size_t len = 20; len + 40 < png.len; len += png.len / 9)
		assert_int_equal(normalise(r, png.buf, len), EBADMSG);
	for (size_t len = 4; len + 2 < jpg.len; len += jpg.len / 9)
		assert_int_equal(normalise(r, jpg.buf, len), EBADMSG);
	assert_int_equal(normalise(r, jpg.buf, jpg.len - 2), EBADMSG);
	text_buf_reset(&jpg);
	text_buf_reset(&png);
}

/* A byte wrong anywhere: a picture or a refusal, but an end. */
static void damage_is_survived(void **state)
{
	struct result *r = *state;
	struct text_buf jpg = {0};

	assert_int_equal(normalise_png(r, 60, 60), 0);
	text_buf_add_n(&jpg, r->image.buf, r->image.len);
	for (size_t at = 2; at < jpg.len; at += jpg.len / 24) {
		char was = jpg.buf[at];
		int err;

		jpg.buf[at] = (char)~was;
		err = normalise(r, jpg.buf, jpg.len);
		assert_true(!err || err == EBADMSG || err == EMEDIUMTYPE ||
			    err == ERANGE || err == EOVERFLOW);
		jpg.buf[at] = was;
	}
	text_buf_reset(&jpg);
}

/* Each terminal gets no more than it can show. */
static void cells_are_what_a_terminal_can_show(void **state)
{
	static const uint32_t colours[] = {1 << 24, 256, 16, 8, 0};
	struct result *r = *state;
	struct text_buf png = {0};

	image_png(&png, 80, 80, 0x2060e0);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(colours); i++) {
		struct picture_look look = {
			.columns = 12,
			.rows = 6,
			.colours = colours[i / 2],
			.ascii = i % 2,
		};

		assert_int_equal(cells(r, &look, png.buf, png.len), 0);
		for (size_t k = 0; k < r->count; k++) {
			const struct picture_cell *c = &r->cells[k];
			int32_t most = look.colours > 16 ? 0x1ffffff
				       : look.colours
					       ? (int32_t)look.colours - 1
					       : -1;

			assert_int_equal(text_width(c->text), 1);
			assert_true(c->fg <= most && c->bg <= most);
			if (look.ascii)
				assert_int_equal(strlen(c->text), 1);
		}
	}
	text_buf_reset(&png);
}

/* What is blue is blue in most of its cells. */
static void cells_have_the_colours_of_the_picture(void **state)
{
	static const struct picture_look look = {
		.columns = 10, .rows = 5, .colours = 1 << 24};
	struct result *r = *state;
	struct text_buf png = {0};
	unsigned blue = 0;

	image_png(&png, 80, 80, 0x2060e0);
	assert_int_equal(cells(r, &look, png.buf, png.len), 0);
	for (size_t k = 0; k < r->count; k++) {
		int32_t c = strcmp(r->cells[k].text, " ") ? r->cells[k].fg
							  : r->cells[k].bg;

		blue += (c & 255) > 0xc0 && (c >> 16 & 255) < 0x40;
	}
	assert_true(blue > r->count / 2);
	text_buf_reset(&png);
}

/* All of a picture, in the size that was asked for. */
static void pixels_are_those_of_the_picture(void **state)
{
	struct result *r = *state;
	struct text_buf png = {0};

	image_png(&png, 80, 80, 0x2060e0);
	r->bytes = sizeof(r->rgb);
	assert_int_equal(picture_pixels(&r->work, 64, 32, png.buf, png.len,
					pixels_came, r),
			 0);
	assert_true(until(is_over, r));
	assert_int_equal(r->err, 0);
	for (size_t i = 0; i < sizeof(r->rgb); i += 3) {
		assert_in_range(r->rgb[i], 0x1c, 0x24);
		assert_in_range(r->rgb[i + 1], 0x5c, 0x64);
		assert_in_range(r->rgb[i + 2], 0xdc, 0xe4);
	}
	/* a picture that is none, and sizes that are none */
	r->over = false;
	assert_int_equal(
		picture_pixels(&r->work, 64, 32, png.buf, 40, pixels_came, r),
		0);
	assert_true(until(is_over, r));
	assert_int_equal(r->err, EBADMSG);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(picture_pixels(&r->work,
						i == 0	 ? 0
						: i == 1 ? PICTURE_SHOWN_MAX + 1
							 : 8,
						i == 2	 ? 0
						: i == 3 ? PICTURE_SHOWN_MAX + 1
							 : 8,
						png.buf, png.len, pixels_came,
						r),
				 EINVAL);
	text_buf_reset(&png);
}

static void sizes_have_limits(void **state)
{
	static const struct picture_look bad[] = {
		{0, 5, 256, false},
		{10, 0, 256, false},
		{PICTURE_COLUMNS_MAX + 1, 5, 256, false},
		{10, PICTURE_ROWS_MAX + 1, 256, false},
		{10, 5, (1 << 24) + 1, false},
	};
	struct result *r = *state;
	struct text_buf png = {0};

	image_png(&png, 80, 80, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(cells(r, &bad[i], png.buf, png.len), EINVAL);
	text_buf_reset(&png);
}

/* The program may have been led astray by an image. */
static void cells_are_believed_nothing(void **state)
{
	static const struct {
		const char *said;
		int err;
	} rows[] = {
		{"-1 -1 x\n16777216 33554431 ▄\n", 0},
		{"0 15 x\n-1 -1  \n", 0},
		{"", EBADMSG},
		{"-1 -1 x\n", EBADMSG},
		{"-1 -1 x\n-1 -1 x\n-1 -1 x\n", EBADMSG},
		{"-1 -1 x\n-1 -1 x", EBADMSG},
		{"16 -1 x\n-1 -1 x\n", EBADMSG},
		{"-2 -1 x\n-1 -1 x\n", EBADMSG},
		{"33554432 -1 x\n-1 -1 x\n", EBADMSG},
		{"99999999999999999999 -1 x\n-1 -1 x\n", EBADMSG},
		{" -1 -1 x\n-1 -1 x\n", EBADMSG},
		{"+1 -1 x\n-1 -1 x\n", EBADMSG},
		{"-1 x\n-1 -1 x\n", EBADMSG},
		{"-1 -1 \n-1 -1 x\n", EBADMSG},
		{"-1 -1 xy\n-1 -1 x\n", EBADMSG},
		{"-1 -1 \033\n-1 -1 x\n", EBADMSG},
		{"-1 -1 \302\233\n-1 -1 x\n", EBADMSG},
		{"-1 -1 \377\n-1 -1 x\n", EBADMSG},
		{"-1 -1 電\n-1 -1 x\n", EBADMSG},
		{"-1 -1 \314\201\n-1 -1 x\n", EBADMSG},
		{"-1 -1 \342\200\256\n-1 -1 x\n", EBADMSG},
	};
	const struct picture_look look = {2, 1, 256, false};
	const struct picture_look ascii = {2, 1, 256, true};
	struct picture_cell *cells;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int err = picture_read_cells(&look, rows[i].said,
					     strlen(rows[i].said), &cells);

		if (err != rows[i].err)
			fail_msg("%s", rows[i].said);
		if (!err)
			free(cells);
	}
	assert_int_equal(picture_read_cells(&ascii, rows[0].said,
					    strlen(rows[0].said), &cells),
			 EBADMSG);
}

/* Nobody is told of what was given up. */
static void work_can_be_given_up(void **state)
{
	struct result *r = *state;
	struct text_buf png = {0};

	image_png(&png, 300, 300, 0x112233);
	assert_int_equal(
		picture_normalise(&r->work, png.buf, png.len, image_came, r),
		0);
	r->work = mem_deref(r->work);
	assert_int_equal(normalise(r, png.buf, png.len), 0);
	text_buf_reset(&png);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_picture_becomes_a_small_square),
		TEST(what_it_has_made_it_takes),
		TEST(what_is_too_small_is_refused),
		TEST(what_says_that_it_is_huge_is_not_decoded),
		TEST(other_files_are_no_pictures),
		TEST(so_many_bytes_and_no_more),
		TEST(what_is_cut_off_is_refused),
		TEST(damage_is_survived),
		TEST(cells_are_what_a_terminal_can_show),
		TEST(cells_have_the_colours_of_the_picture),
		TEST(pixels_are_those_of_the_picture),
		TEST(sizes_have_limits),
		TEST(cells_are_believed_nothing),
		TEST(work_can_be_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
