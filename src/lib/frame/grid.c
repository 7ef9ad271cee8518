/**
 * @file grid.c  Windows of cells: drawing into them
 */
#include <stdlib.h>
#include <string.h>

#include "frame_int.h"

static void destructor(void *arg)
{
	struct frame_grid *g = arg;

	free(g->cells);
	free(g->sent);
}

static bool size_ok(unsigned rows, unsigned columns)
{
	return rows && rows <= FRAME_ROWS_MAX && columns &&
	       columns <= FRAME_COLUMNS_MAX;
}

/* New cells of a size; the old ones stay where there is no memory. */
static int set_size(struct frame_grid *g, unsigned rows, unsigned columns)
{
	size_t n = (size_t)rows * columns;
	struct frame_cell *cells = calloc(n, sizeof(*cells));
	struct frame_cell *sent = calloc(n, sizeof(*sent));

	if (!cells || !sent) {
		free(cells);
		free(sent);
		return ENOMEM;
	}
	free(g->cells);
	free(g->sent);
	g->cells = cells;
	g->sent = sent;
	g->rows = rows;
	g->columns = columns;
	g->fresh = true;
	frame_grid_clear(g, STYLE_NORMAL);
	return 0;
}

int frame_grid_alloc(struct frame_grid **gp, unsigned rows, unsigned columns)
{
	struct frame_grid *g;
	int err;

	if (!gp || !size_ok(rows, columns))
		return EINVAL;
	g = mem_zalloc(sizeof(*g), destructor);
	if (!g)
		return ENOMEM;
	err = set_size(g, rows, columns);
	if (err)
		mem_deref(g);
	else
		*gp = g;
	return err;
}

int frame_grid_resize(struct frame_grid *g, unsigned rows, unsigned columns)
{
	if (!g || !size_ok(rows, columns))
		return EINVAL;
	if (rows == g->rows && columns == g->columns)
		return 0;
	return set_size(g, rows, columns);
}

unsigned frame_grid_rows(const struct frame_grid *g)
{
	return g ? g->rows : 0;
}

unsigned frame_grid_columns(const struct frame_grid *g)
{
	return g ? g->columns : 0;
}

static struct frame_cell *at(const struct frame_grid *g, unsigned row,
			     unsigned column)
{
	return &g->cells[(size_t)row * g->columns + column];
}

/* The cells of one row are compared as bytes, so what is unused is 0. */
static void set_cell(struct frame_cell *c, const char *text, size_t len,
		     unsigned width, unsigned style)
{
	memset(c, 0, sizeof(*c));
	memcpy(c->text, text, len);
	c->len = (uint8_t)len;
	c->width = (uint8_t)width;
	c->style = (uint16_t)style;
}

static void set_blank(struct frame_cell *c, unsigned style)
{
	set_cell(c, " ", 1, 1, style);
}

void frame_grid_clear(struct frame_grid *g, enum frame_style style)
{
	if (!g)
		return;
	for (size_t i = 0; i < (size_t)g->rows * g->columns; i++)
		set_blank(&g->cells[i], style);
}

/* A wide cluster that reaches into [column, end) from outside is cut: the
 * half that stays becomes a blank. */
static void cut_wide(struct frame_grid *g, unsigned row, unsigned column,
		     unsigned end)
{
	if (column && !at(g, row, column)->width)
		set_blank(at(g, row, column - 1),
			  at(g, row, column - 1)->style);
	if (end < g->columns && !at(g, row, end)->width)
		set_blank(at(g, row, end), at(g, row, end)->style);
}

/* Whole code points of a cluster that a cell has room for. */
static size_t cell_fit(const char *s, size_t len)
{
	size_t n = 0, m;
	uint32_t cp;

	if (len <= sizeof(((struct frame_cell *)0)->text))
		return len;
	while ((m = text_decode(&cp, s + n, len - n)) > 0 &&
	       n + m <= sizeof(((struct frame_cell *)0)->text))
		n += m;
	return n;
}

static void set_cluster(struct frame_grid *g, unsigned row, unsigned column,
			const char *s, size_t len, unsigned width,
			unsigned style)
{
	cut_wide(g, row, column, column + width);
	set_cell(at(g, row, column), s, cell_fit(s, len), width, style);
	if (width == 2)
		set_cell(at(g, row, column + 1), "", 0, 0, style);
}

unsigned frame_grid_put(struct frame_grid *g, unsigned row, unsigned column,
			unsigned columns, enum frame_style style,
			const char *text)
{
	unsigned begin = column, end;
	size_t left = text ? strlen(text) : 0;

	if (!g || row >= g->rows || column >= g->columns)
		return 0;
	end = g->columns;
	if (columns && columns < end - column)
		end = column + columns;
	while (left && column < end) {
		unsigned width;
		size_t n = text_cluster(text, left, &width);

		if (!n)
			break;
		if (width > end - column)
			break;
		if (width) {
			set_cluster(g, row, column, text, n, width, style);
			column += width;
		}
		text += n;
		left -= n;
	}
	return column - begin;
}

/* Clip a stretch to its row; false if nothing of it is in the grid. */
static bool clip(const struct frame_grid *g, unsigned row, unsigned column,
		 unsigned *columns)
{
	if (!g || row >= g->rows || column >= g->columns)
		return false;
	if (*columns > g->columns - column)
		*columns = g->columns - column;
	return *columns > 0;
}

void frame_grid_fill(struct frame_grid *g, unsigned row, unsigned column,
		     unsigned columns, enum frame_style style,
		     const char *cluster)
{
	unsigned width = 0;
	size_t len;

	if (!cluster || !clip(g, row, column, &columns))
		return;
	len = text_cluster(cluster, strlen(cluster), &width);
	if (width != 1)
		return;
	cut_wide(g, row, column, column + columns);
	for (unsigned i = 0; i < columns; i++)
		set_cell(at(g, row, column + i), cluster,
			 cell_fit(cluster, len), 1, style);
}

void frame_grid_style(struct frame_grid *g, unsigned row, unsigned column,
		      unsigned columns, enum frame_style style)
{
	unsigned end;

	if (!clip(g, row, column, &columns))
		return;
	end = column + columns;
	/* A wide cluster has one style in both halves. */
	if (column && !at(g, row, column)->width)
		column--;
	if (end < g->columns && !at(g, row, end)->width)
		end++;
	for (; column < end; column++)
		at(g, row, column)->style = (uint16_t)style;
}

const struct frame_cell *frame_grid_cell(const struct frame_grid *g,
					 unsigned row, unsigned column)
{
	if (!g || row >= g->rows || column >= g->columns)
		return NULL;
	return at(g, row, column);
}

char *frame_grid_text(const struct frame_grid *g, unsigned row)
{
	struct text_buf b = {0};

	if (!g || row >= g->rows)
		return text_dup("");
	for (unsigned i = 0; i < g->columns; i++)
		text_buf_add_n(&b, at(g, row, i)->text, at(g, row, i)->len);
	while (!b.err && b.len && b.buf[b.len - 1] == ' ')
		b.buf[--b.len] = '\0';
	return text_buf_take(&b);
}
