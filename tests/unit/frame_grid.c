/**
 * @file frame_grid.c  Windows of cells, and what is sent of them
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <offhook/base/re.h>
#include <offhook/frame.h>

static struct frame_grid *grid(unsigned rows, unsigned columns)
{
	struct frame_grid *g = NULL;

	assert_int_equal(frame_grid_alloc(&g, rows, columns), 0);
	return g;
}

static void assert_row(const struct frame_grid *g, unsigned row,
		       const char *want)
{
	char *s = frame_grid_text(g, row);

	assert_string_equal(s, want);
	free(s);
}

/* What the other side makes of the messages: a grid of its own. */
static unsigned apply(struct frame_grid *to, const struct text_buf *b)
{
	size_t at = 0, used;
	struct frame_message m;
	unsigned n = 0;

	while (at < b->len) {
		const uint8_t *p = (const uint8_t *)b->buf + at;
		const struct frame_cells *c = &m.cells;
		unsigned column;

		assert_int_equal(frame_decode(&m, p, b->len - at, &used), 0);
		assert_int_equal(m.type, FRAME_CELLS);
		assert_int_equal(c->window, 3);
		column = c->column;
		assert_true(column < frame_grid_columns(to));
		for (unsigned i = 0; i < c->repeat; i++)
			column += frame_grid_put(to, c->row, column, 0,
						 c->style, c->text);
		assert_true(column <= frame_grid_columns(to));
		frame_message_reset(&m);
		at += used;
		n++;
	}
	return n;
}

/* Send what differs; both must be alike then. @return messages */
static unsigned send_diff(struct frame_grid *g, struct frame_grid *to,
			  size_t *bytes)
{
	struct text_buf b = {0};
	unsigned n;

	assert_int_equal(frame_grid_diff(g, 3, false, &b), 0);
	n = apply(to, &b);
	if (bytes)
		*bytes = b.len;
	text_buf_reset(&b);
	assert_false(frame_grid_changed(g));
	for (unsigned r = 0; r < frame_grid_rows(g); r++)
		for (unsigned c = 0; c < frame_grid_columns(g); c++)
			assert_memory_equal(frame_grid_cell(g, r, c),
					    frame_grid_cell(to, r, c),
					    sizeof(struct frame_cell));
	return n;
}

static void test_put(void **state)
{
	struct frame_grid *g = grid(3, 10);

	(void)state;
	assert_int_equal(frame_grid_put(g, 0, 2, 0, STYLE_BOLD, "Grüße"), 5);
	assert_row(g, 0, "  Grüße");
	assert_int_equal(frame_grid_cell(g, 0, 4)->style, STYLE_BOLD);
	assert_int_equal(frame_grid_cell(g, 0, 7)->style, STYLE_NORMAL);
	assert_int_equal(frame_grid_put(g, 1, 6, 0, STYLE_NORMAL, "abcdef"), 4);
	assert_row(g, 1, "      abcd");
	assert_int_equal(frame_grid_put(g, 2, 0, 3, STYLE_NORMAL, "abcdef"), 3);
	assert_row(g, 2, "abc");
	assert_int_equal(frame_grid_put(g, 3, 0, 0, STYLE_NORMAL, "x"), 0);
	assert_int_equal(frame_grid_put(g, 0, 10, 0, STYLE_NORMAL, "x"), 0);
	assert_int_equal(frame_grid_put(g, 0, 0, 0, STYLE_NORMAL, NULL), 0);
	assert_null(frame_grid_cell(g, 3, 0));
	mem_deref(g);
}

static void test_wide(void **state)
{
	struct frame_grid *g = grid(2, 6);

	(void)state;
	assert_int_equal(frame_grid_put(g, 0, 0, 0, STYLE_NORMAL, "漢字"), 4);
	assert_int_equal(frame_grid_cell(g, 0, 0)->width, 2);
	assert_int_equal(frame_grid_cell(g, 0, 1)->width, 0);
	/* The last column has no room for a wide one. */
	assert_int_equal(frame_grid_put(g, 0, 5, 0, STYLE_NORMAL, "漢"), 0);
	assert_row(g, 0, "漢字");
	/* Overwriting a half leaves a blank in the other. */
	frame_grid_put(g, 0, 1, 0, STYLE_NORMAL, "a");
	assert_row(g, 0, " a字");
	frame_grid_put(g, 0, 2, 0, STYLE_NORMAL, "b");
	assert_row(g, 0, " ab");
	frame_grid_put(g, 1, 1, 0, STYLE_NORMAL, "漢");
	frame_grid_put(g, 1, 0, 0, STYLE_NORMAL, "字");
	assert_row(g, 1, "字");
	/* A style reaches both halves. */
	frame_grid_style(g, 1, 1, 1, STYLE_MATCH);
	assert_int_equal(frame_grid_cell(g, 1, 0)->style, STYLE_MATCH);
	frame_grid_style(g, 1, 0, 1, STYLE_DIM);
	assert_int_equal(frame_grid_cell(g, 1, 1)->style, STYLE_DIM);
	mem_deref(g);
}

static void test_odd_text(void **state)
{
	struct frame_grid *g = grid(1, 20);

	(void)state;
	/* A mark stands in the cell of its letter; controls draw nothing. */
	assert_int_equal(frame_grid_put(g, 0, 0, 0, STYLE_NORMAL,
					"e\xcc\x81x\033[2Jy\n"),
			 6);
	assert_int_equal(frame_grid_cell(g, 0, 0)->len, 3);
	assert_row(g, 0, "e\xcc\x81x[2Jy");
	/* More marks than a cell holds: whole code points stay. */
	frame_grid_clear(g, STYLE_NORMAL);
	frame_grid_put(g, 0, 0, 0, STYLE_NORMAL,
		       "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
		       "\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
		       "b");
	assert_int_equal(frame_grid_cell(g, 0, 0)->len, 19);
	assert_memory_equal(frame_grid_cell(g, 0, 1)->text, "b", 1);
	mem_deref(g);
}

static void test_sizes(void **state)
{
	struct frame_grid *g = NULL;

	(void)state;
	assert_int_equal(frame_grid_alloc(&g, 0, 80), EINVAL);
	assert_int_equal(frame_grid_alloc(&g, 201, 80), EINVAL);
	assert_int_equal(frame_grid_alloc(&g, 24, 501), EINVAL);
	assert_null(g);
	g = grid(200, 500);
	frame_grid_put(g, 199, 495, 0, STYLE_NORMAL, "corner");
	assert_int_equal(frame_grid_resize(g, 24, 0), EINVAL);
	assert_int_equal(frame_grid_rows(g), 200);
	assert_int_equal(frame_grid_resize(g, 24, 80), 0);
	assert_int_equal(frame_grid_columns(g), 80);
	assert_row(g, 23, "");
	assert_true(frame_grid_changed(g));
	mem_deref(g);
}

/* What a presence that changes in a list costs. */
static void test_diff_small(void **state)
{
	struct frame_grid *g = grid(24, 80), *to = grid(24, 80);
	size_t bytes;

	(void)state;
	for (unsigned i = 0; i < 24; i++) {
		frame_grid_put(g, i, 1, 0, STYLE_OFFICE, "○");
		frame_grid_put(g, i, 3, 0, STYLE_NORMAL, "Agner Erlang");
		frame_grid_put(g, i, 22, 0, STYLE_OFFICE, "Office");
		frame_grid_put(g, i, 40, 0, STYLE_DIM, "201");
	}
	send_diff(g, to, NULL);
	assert_int_equal(send_diff(g, to, &bytes), 0);
	assert_int_equal(bytes, 0);
	/* Drawn anew the same: nothing is sent. */
	frame_grid_clear(g, STYLE_NORMAL);
	for (unsigned i = 0; i < 24; i++) {
		frame_grid_put(g, i, 1, 0, STYLE_OFFICE, "○");
		frame_grid_put(g, i, 3, 0, STYLE_NORMAL, "Agner Erlang");
		frame_grid_put(g, i, 22, 0, STYLE_OFFICE, "Office");
		frame_grid_put(g, i, 40, 0, STYLE_DIM, "201");
	}
	assert_false(frame_grid_changed(g));
	frame_grid_put(g, 7, 22, 0, STYLE_AWAY, "Lunch   → 13:30");
	assert_true(frame_grid_changed(g));
	assert_int_equal(send_diff(g, to, &bytes), 1);
	assert_in_range(bytes, 1, 59);
	/* One letter: a few bytes. */
	frame_grid_put(g, 7, 3, 0, STYLE_NORMAL, "E");
	assert_int_equal(send_diff(g, to, &bytes), 1);
	assert_in_range(bytes, 1, 10);
	/* Two letters near each other are one run, far apart two. */
	frame_grid_put(g, 7, 3, 0, STYLE_NORMAL, "Agnes");
	assert_int_equal(send_diff(g, to, NULL), 1);
	frame_grid_put(g, 8, 50, 0, STYLE_NORMAL, "a");
	frame_grid_put(g, 8, 75, 0, STYLE_NORMAL, "b");
	assert_int_equal(send_diff(g, to, NULL), 2);
	mem_deref(g);
	mem_deref(to);
}

/* A rule, a blank row: one repeated cluster. */
static void test_diff_repeat(void **state)
{
	struct frame_grid *g = grid(2, 300), *to = grid(2, 300);
	size_t bytes;

	(void)state;
	assert_int_equal(send_diff(g, to, &bytes), 2);
	assert_in_range(bytes, 1, 24);
	frame_grid_fill(g, 0, 0, 300, STYLE_FAINT, "─");
	frame_grid_put(g, 0, 44, 0, STYLE_FAINT, "┬");
	assert_int_equal(send_diff(g, to, &bytes), 3);
	assert_in_range(bytes, 1, 45);
	mem_deref(g);
	mem_deref(to);
}

static unsigned random_next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

/* Whatever is drawn, the other side ends up the same. */
static void test_diff_random(void **state)
{
	static const char *const texts[] = {"a",
					    "Agner Erlang",
					    "漢字",
					    "e\xcc\x81",
					    "→ 13:30",
					    " ",
					    "          ",
					    "aaaaaaaaaaaaaaaaaaaa",
					    "x漢y字z",
					    "👍🏽",
					    ""};
	struct frame_grid *g = grid(6, 40), *to = grid(6, 40);
	uint32_t seed = 201;

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		unsigned row = random_next(&seed) % 7;
		unsigned column = random_next(&seed) % 42;
		unsigned style = random_next(&seed) % 3;
		unsigned what = random_next(&seed) % 8;

		if (what == 0)
			frame_grid_fill(g, row, column, random_next(&seed) % 42,
					style, "─");
		else if (what == 1)
			frame_grid_style(g, row, column,
					 random_next(&seed) % 10, style);
		else
			frame_grid_put(g, row, column, random_next(&seed) % 12,
				       style, texts[random_next(&seed) % 11]);
		if (i % 3 == 0)
			send_diff(g, to, NULL);
	}
	mem_deref(g);
	mem_deref(to);
}

/* A further terminal gets everything without the others noticing. */
static void test_diff_all(void **state)
{
	struct frame_grid *g = grid(3, 20), *to = grid(3, 20),
			  *late = grid(3, 20);
	struct text_buf b = {0};

	(void)state;
	frame_grid_put(g, 1, 1, 0, STYLE_TITLE, "Favourites");
	send_diff(g, to, NULL);
	frame_grid_clear(late, STYLE_ERROR);
	assert_int_equal(frame_grid_diff(g, 3, true, &b), 0);
	apply(late, &b);
	for (unsigned i = 0; i < 3; i++)
		for (unsigned c = 0; c < 20; c++)
			assert_memory_equal(frame_grid_cell(g, i, c),
					    frame_grid_cell(late, i, c),
					    sizeof(struct frame_cell));
	text_buf_reset(&b);
	mem_deref(g);
	mem_deref(to);
	mem_deref(late);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_odd_text),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_diff_small),
		cmocka_unit_test(test_diff_repeat),
		cmocka_unit_test(test_diff_random),
		cmocka_unit_test(test_diff_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
