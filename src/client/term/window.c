/**
 * @file window.c  The core's windows as curses panels
 *
 * Each keeps its cells: a panel holds only what is on the screen, and looks
 * change under cells that stay.
 */
#include <curses.h>
#include <panel.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "screen_int.h"

struct window *screen_find(const struct screen *s, uint32_t id)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->windows[i]->id == id)
			return s->windows[i];
	return NULL;
}

/* ---- one cell ---------------------------------------------------------- */

/* What curses takes for one cell: a character and its marks. It measures by
 * the C library's table; where that differs from ours it must not be led to
 * believe that the cursor stands elsewhere. */
static size_t cell_text(const struct frame_cell *c, size_t *at, int room,
			wchar_t out[CCHARW_MAX + 1], int *width)
{
	size_t n = 0;

	*width = 0;
	while (*at < c->len) {
		uint32_t cp;
		size_t used = text_decode(&cp, c->text + *at, c->len - *at);
		int w = wcwidth((wchar_t)cp);

		if (n && w > 0)
			break;
		*at += used;
		/* What joins or widens is for what can't be shown here. */
		if (!w &&
		    (!n || n == CCHARW_MAX || cp == 0x200d || cp == 0xfe0f))
			continue;
		if (w > room)
			return 0;
		out[n++] = w < 0 ? (wchar_t)TEXT_REPLACEMENT : (wchar_t)cp;
		if (w)
			*width = w < 0 ? 1 : w;
	}
	out[n] = L'\0';
	return n;
}

static void put_wide(struct window *w, const struct style *st, int row,
		     int column, const wchar_t *text)
{
	cchar_t cell;

	if (setcchar(&cell, text, st->attrs, (short)st->pair, NULL) == OK)
		mvwadd_wch(w->win, row, column, &cell);
}

static void draw_cell(const struct screen *s, struct window *w, int row,
		      int column, const struct frame_cell *c)
{
	const struct style *st = &s->styles[c->style];
	wchar_t text[CCHARW_MAX + 1];
	int from = column, end = column + c->width, width;
	size_t at = 0;

	if (!s->utf8) {
		uint32_t cp = ' ';

		text_decode(&cp, c->text, c->len);
		text[0] = (wchar_t)ascii_of(cp);
		text[1] = L'\0';
		put_wide(w, st, row, column++, text);
		at = c->len;
	}
	/* A flag is two characters of one column in one cluster. */
	while (column < end && at < c->len &&
	       cell_text(c, &at, end - column, text, &width)) {
		put_wide(w, st, row, column, text);
		column += width;
	}
	if (column == from)
		put_wide(w, st, row, column++, L"\xfffd");
	for (; column < end; column++)
		put_wide(w, st, row, column, L" ");
}

/* Part of the image over it. @return false: there is none */
static bool draw_image(const struct screen *s, struct window *w, uint32_t row,
		       uint32_t column)
{
	wchar_t text[IMAGE_CELL_MAX];
	struct style st = {.attrs = A_NORMAL};

	if (!image_cell(s, w, row, column, text, &st.pair))
		return false;
	put_wide(w, &st, (int)row - w->top, (int)column - w->left, text);
	return true;
}

/* Draw what of a row's cells [begin, end) is on the screen. */
static void draw_row(const struct screen *s, struct window *w, uint32_t row,
		     uint32_t begin, uint32_t end)
{
	const struct frame_cell *cells = &w->cells[row * w->place.columns];
	static const struct frame_cell blank = {
		.text = " ", .len = 1, .width = 1};
	int y = (int)row - w->top, rows, columns;

	if (!w->win)
		return;
	getmaxyx(w->win, rows, columns);
	if (y < 0 || y >= rows)
		return;
	for (uint32_t i = begin; i < end; i++) {
		const struct frame_cell *c = &cells[i];
		int x = (int)i - w->left;
		bool half = !c->width && i && cells[i - 1].width == 2 && x > 0;

		if (x < 0 || x >= columns || draw_image(s, w, row, i) || half)
			continue;
		/* Half of a wide one, or nothing yet. */
		if (!c->width || x + c->width > columns)
			c = &blank;
		draw_cell(s, w, y, x, c);
	}
}

void screen_draw(const struct screen *s, struct window *w)
{
	for (uint32_t i = 0; i < w->place.rows; i++)
		draw_row(s, w, i, 0, w->place.columns);
}

/* ---- panels ------------------------------------------------------------ */

static void drop_panel(struct window *w)
{
	if (w->panel)
		del_panel(w->panel);
	if (w->win)
		delwin(w->win);
	w->panel = NULL;
	w->win = NULL;
}

/* The part of a window that is on the screen becomes a panel. */
static void make_panel(const struct screen *s, struct window *w)
{
	const struct frame_window *p = &w->place;
	int row = p->row < 0 ? 0 : p->row;
	int column = p->column < 0 ? 0 : p->column;
	int bottom = p->row + (int)p->rows, right = p->column + (int)p->columns;

	bottom = bottom > LINES ? LINES : bottom;
	right = right > COLS ? COLS : right;
	if (row >= bottom || column >= right)
		return;
	w->win = newwin(bottom - row, right - column, row, column);
	if (!w->win)
		return;
	/* curses would clear the whole screen for a window of its size. */
	clearok(w->win, FALSE);
	w->top = row - p->row;
	w->left = column - p->column;
	w->panel = new_panel(w->win);
	screen_draw(s, w);
}

static void stack_panels(const struct screen *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->windows[i]->panel)
			top_panel(s->windows[i]->panel);
}

void screen_windows_drop(struct screen *s)
{
	for (size_t i = 0; i < s->count; i++)
		drop_panel(s->windows[i]);
}

void screen_windows_make(struct screen *s)
{
	for (size_t i = 0; i < s->count; i++)
		make_panel(s, s->windows[i]);
}

/* ---- windows ----------------------------------------------------------- */

static int by_height(const void *a, const void *b)
{
	const struct window *x = *(struct window *const *)a;
	const struct window *y = *(struct window *const *)b;

	if (x->place.z != y->place.z)
		return x->place.z < y->place.z ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int add_window(struct screen *s, uint32_t id, struct window **wp)
{
	struct window **more;
	struct window *w;

	more = realloc(s->windows, (s->count + 1) * sizeof(*more));
	if (!more)
		return ENOMEM;
	s->windows = more;
	w = calloc(1, sizeof(*w));
	if (!w)
		return ENOMEM;
	w->id = id;
	s->windows[s->count++] = w;
	*wp = w;
	return 0;
}

int screen_window(struct screen *s, const struct frame_window *place)
{
	struct window *w = screen_find(s, place->id);
	struct frame_cell *cells = NULL;
	int err = 0;

	if (w && !memcmp(&w->place, place, sizeof(*place)))
		return 0;
	if (!w || w->place.rows != place->rows ||
	    w->place.columns != place->columns) {
		cells = calloc((size_t)place->rows * place->columns,
			       sizeof(*cells));
		if (!cells)
			return ENOMEM;
	}
	if (!w)
		err = add_window(s, place->id, &w);
	if (err) {
		free(cells);
		return err;
	}
	if (cells) {
		free(w->cells);
		w->cells = cells;
		memset(&w->picture, 0, sizeof(w->picture));
	}
	if (cells || w->place.row != place->row ||
	    w->place.column != place->column) {
		drop_panel(w);
		w->place = *place;
		make_panel(s, w);
	}
	w->place = *place;
	qsort(s->windows, s->count, sizeof(*s->windows), by_height);
	stack_panels(s);
	return 0;
}

void screen_window_gone(struct screen *s, uint32_t id)
{
	for (size_t i = 0; i < s->count; i++) {
		struct window *w = s->windows[i];

		if (w->id != id)
			continue;
		overlay_gone(s, &w->laid);
		drop_panel(w);
		free(w->cells);
		free(w);
		memmove(&s->windows[i], &s->windows[i + 1],
			(s->count - i - 1) * sizeof(*s->windows));
		s->count--;
		return;
	}
}

/* Put one cluster down; the other half of a wide one that it cuts off is
 * sent by the core, since it differs too. */
static uint32_t set_cluster(struct window *w, const struct frame_cells *c,
			    uint32_t column, const char *text, size_t len,
			    unsigned width)
{
	struct frame_cell *cell;

	if (!width || width > w->place.columns - column)
		return column;
	cell = &w->cells[c->row * w->place.columns + column];
	memset(cell, 0, width * sizeof(*cell));
	if (len > sizeof(cell->text))
		len = 0;
	memcpy(cell->text, text, len);
	cell->len = (uint8_t)len;
	cell->width = (uint8_t)width;
	for (unsigned i = 0; i < width; i++)
		cell[i].style = (uint16_t)c->style;
	return column + width;
}

void screen_cells(struct screen *s, const struct frame_cells *c)
{
	struct window *w = screen_find(s, c->window);
	uint32_t column = c->column;

	/* Of a window that is gone, or was larger: what comes is on its way. */
	if (!w || c->row >= w->place.rows)
		return;
	for (uint32_t i = 0; i < c->repeat && column < w->place.columns; i++) {
		const char *p = c->text;
		size_t left = strlen(p);

		while (left && column < w->place.columns) {
			unsigned width;
			size_t n = text_cluster(p, left, &width);

			column = set_cluster(w, c, column, p, n, width);
			p += n;
			left -= n;
		}
	}
	if (c->column < column)
		draw_row(s, w, c->row, c->column, column);
}

void screen_style(struct screen *s, unsigned id, const struct frame_look *look)
{
	struct style was = s->styles[id];

	style_make(&s->styles[id], id, look, s->colours);
	if (was.attrs == s->styles[id].attrs && was.pair == s->styles[id].pair)
		return; /* curses itself repaints a pair that changes */
	/* A picture brings hundreds of them at once. */
	s->styles[id].changed = true;
	s->restyled = true;
}

static bool row_restyled(const struct screen *s, const struct window *w,
			 uint32_t row)
{
	const struct frame_cell *cells = &w->cells[row * w->place.columns];

	for (uint32_t i = 0; i < w->place.columns; i++)
		if (s->styles[cells[i].style].changed)
			return true;
	return false;
}

void screen_restyle(struct screen *s)
{
	if (!s->restyled)
		return;
	for (size_t i = 0; i < s->count; i++) {
		struct window *w = s->windows[i];

		for (uint32_t row = 0; row < w->place.rows; row++)
			if (row_restyled(s, w, row))
				draw_row(s, w, row, 0, w->place.columns);
	}
	for (size_t i = 0; i < FRAME_STYLES_MAX; i++)
		s->styles[i].changed = false;
	s->restyled = false;
}
