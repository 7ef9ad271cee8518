/**
 * @file tui_pictures.c  Cells of pictures: their colours as styles
 */
#include <offhook/picture.h>

#include "tui_fixture.h"
#include "../../src/client/tui/tui_int.h"

enum { ROWS = 10, COLUMNS = 20, CELLS = ROWS * COLUMNS };

/* As a screen has it, without anybody at it. */
struct easel {
	struct tui_screen screen;
	struct frame_grid *grid;
	struct picture_cell cells[CELLS];
};

static int setup(void **state)
{
	struct easel *e = calloc(1, sizeof(*e));

	*state = e;
	return e ? frame_grid_alloc(&e->grid, ROWS, COLUMNS) : -1;
}

static int teardown(void **state)
{
	struct easel *e = *state;

	mem_deref(e->screen.palette);
	mem_deref(e->grid);
	free(e);
	return 0;
}

/* Each cell in a pair of colours of its own, from that number on. */
static bool paint(struct easel *e, int32_t from)
{
	const struct rect area = {0, 0, ROWS, COLUMNS};

	for (int32_t i = 0; i < CELLS; i++) {
		e->cells[i].fg = 0x1000000 | (from + i);
		e->cells[i].bg = 0x1000000;
		strcpy(e->cells[i].text, "▄");
	}
	return picture_paint(&e->screen, e->grid, area, e->cells);
}

/* How many looks are told; each of a style that has no name. */
static unsigned told(struct easel *e, int32_t looks[FRAME_STYLES_MAX])
{
	struct text_buf b = {0};
	unsigned n = 0;
	size_t at = 0, used;

	assert_int_equal(picture_tell(&e->screen, &b), 0);
	while (at < b.len) {
		struct frame_message m;

		assert_int_equal(frame_decode(&m, (uint8_t *)b.buf + at,
					      b.len - at, &used),
				 0);
		assert_int_equal(m.type, FRAME_STYLE);
		assert_in_range(m.style.id, FRAME_STYLES_NAMED,
				FRAME_STYLES_MAX - 1);
		looks[m.style.id] = m.style.look.fg;
		at += used;
		n++;
	}
	text_buf_reset(&b);
	return n;
}

static void each_cell_has_its_colours(void **state)
{
	static int32_t looks[FRAME_STYLES_MAX];
	struct easel *e = *state;

	assert_true(paint(e, 1000));
	assert_int_equal(told(e, looks), CELLS);
	for (unsigned i = 0; i < CELLS; i++) {
		const struct frame_cell *c =
			frame_grid_cell(e->grid, i / COLUMNS, i % COLUMNS);

		assert_int_equal(looks[c->style], e->cells[i].fg);
		assert_memory_equal(c->text, "▄", 3);
	}
	/* what is known is not told again, unless the terminal is new */
	assert_true(paint(e, 1000));
	assert_int_equal(told(e, looks), 0);
	picture_forget(&e->screen);
	assert_int_equal(told(e, looks), CELLS);
}

static void what_has_no_colours_needs_no_style(void **state)
{
	static int32_t looks[FRAME_STYLES_MAX];
	const struct rect area = {0, 0, ROWS, COLUMNS};
	struct easel *e = *state;

	for (unsigned i = 0; i < CELLS; i++)
		e->cells[i] = (struct picture_cell){-1, -1, "@"};
	assert_true(picture_paint(&e->screen, e->grid, area, e->cells));
	assert_int_equal(told(e, looks), 0);
	assert_int_equal(frame_grid_cell(e->grid, 3, 3)->style, STYLE_NORMAL);
}

/* A terminal of 64 pairs of colours has enough for sixteen beside the names. */
static void few_colours_fit_a_small_terminal(void **state)
{
	static int32_t looks[FRAME_STYLES_MAX];
	const struct rect area = {0, 0, ROWS, COLUMNS};
	struct easel *e = *state;

	for (int i = 0; i < CELLS; i++)
		e->cells[i] = (struct picture_cell){i % 16, -1, "#"};
	assert_true(picture_paint(&e->screen, e->grid, area, e->cells));
	assert_int_equal(told(e, looks), 16);
	for (unsigned i = 0; i < CELLS; i++)
		assert_true(frame_grid_cell(e->grid, i / COLUMNS, i % COLUMNS)
				    ->style < 63);
}

/* Many pictures one after another: then all begin anew. */
static void there_is_an_end_to_styles(void **state)
{
	static int32_t looks[FRAME_STYLES_MAX];
	struct easel *e = *state;
	int32_t n = 0;

	while (paint(e, n * CELLS)) {
		assert_false(picture_crowded(&e->screen));
		assert_true(++n < FRAME_STYLES_MAX);
	}
	assert_true(picture_crowded(&e->screen));
	assert_true(e->screen.dirty & WIN_BIT(WIN_DETAIL));
	assert_false(picture_crowded(&e->screen));
	assert_true(paint(e, n * CELLS));
	assert_int_equal(told(e, looks), CELLS);
	assert_int_equal(looks[frame_grid_cell(e->grid, 0, 0)->style],
			 e->cells[0].fg);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(each_cell_has_its_colours),
		T(what_has_no_colours_needs_no_style),
		T(few_colours_fit_a_small_terminal),
		T(there_is_an_end_to_styles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
