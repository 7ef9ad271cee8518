/**
 * @file diff.c  What differs in a grid since it was sent, as messages
 */
#include <stdlib.h>
#include <string.h>

#include "frame_int.h"

/** Bytes that a further run costs before its text; in two of its numbers
 *  one more for a wide or late column. */
enum { RUN_COST = 9 };

/** One row while it is compared. */
struct row {
	const struct frame_cell *cells, *sent;
	unsigned columns;
	bool all;
	struct frame_message m; /**< window and row set */
	struct text_buf text;	/**< of the run under way */
	struct text_buf *out;
	int err;
};

static bool cell_equal(const struct frame_cell *a, const struct frame_cell *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static bool changed(const struct row *r, unsigned column)
{
	return r->all || !cell_equal(&r->cells[column], &r->sent[column]);
}

static void send_text(struct row *r, unsigned column, unsigned repeat)
{
	if (r->err || !r->text.len)
		return;
	r->m.cells.column = column;
	r->m.cells.repeat = repeat;
	r->m.cells.text = r->text.buf;
	r->err = r->text.err ? r->text.err : frame_encode(r->out, &r->m);
	r->text.len = 0;
}

/* Cells from column on that hold the same cluster of width 1. */
static unsigned same_cells(const struct row *r, unsigned column, unsigned end)
{
	unsigned n = 1;

	if (r->cells[column].width != 1)
		return 1;
	while (column + n < end &&
	       cell_equal(&r->cells[column], &r->cells[column + n]))
		n++;
	return n;
}

/* Send the cells [begin, end), all of one style. */
static void send_run(struct row *r, unsigned begin, unsigned end)
{
	unsigned from = begin, i = begin;

	r->m.cells.style = r->cells[begin].style;
	while (i < end) {
		const struct frame_cell *c = &r->cells[i];
		unsigned n = same_cells(r, i, end);
		/* What it takes to begin anew, before and behind it. */
		size_t cost = (size_t)RUN_COST * ((i > from) + (i + n < end));

		if (n > 1 && (size_t)n * c->len > cost + c->len) {
			send_text(r, from, 1);
			text_buf_add_n(&r->text, c->text, c->len);
			send_text(r, i, n);
			from = i + n;
		} else {
			for (unsigned k = 0; k < n; k++)
				text_buf_add_n(&r->text, c->text, c->len);
		}
		i += n;
	}
	send_text(r, from, 1);
}

/* The run that begins at a changed cell reaches to the last change that is
 * nearer than a new run costs; its style is one. */
static unsigned run_end(const struct row *r, unsigned begin)
{
	unsigned end = begin + 1;
	size_t gap = 0;

	for (unsigned i = end; i < r->columns && gap <= RUN_COST; i++) {
		if (r->cells[i].style != r->cells[begin].style)
			break;
		if (changed(r, i)) {
			end = i + 1;
			gap = 0;
		} else {
			gap += r->cells[i].len;
		}
	}
	/* Both halves of a wide cluster go together. */
	if (end < r->columns && !r->cells[end].width)
		end++;
	return end;
}

static void diff_row(struct row *r)
{
	unsigned i = 0;

	while (i < r->columns && !r->err) {
		unsigned end;

		if (!changed(r, i)) {
			i++;
			continue;
		}
		if (!r->cells[i].width && i)
			i--;
		end = run_end(r, i);
		send_run(r, i, end);
		i = end;
	}
}

int frame_grid_diff(struct frame_grid *g, uint32_t window, bool all,
		    struct text_buf *b)
{
	struct row r = {.out = b};
	size_t bytes, begin;

	if (!g || !b)
		return EINVAL;
	begin = b->len;
	bytes = sizeof(*g->cells) * g->columns;
	r.columns = g->columns;
	r.all = all || g->fresh;
	r.m.type = FRAME_CELLS;
	r.m.cells.window = window;
	for (unsigned row = 0; row < g->rows && !r.err; row++) {
		r.cells = &g->cells[(size_t)row * g->columns];
		r.sent = &g->sent[(size_t)row * g->columns];
		r.m.cells.row = row;
		if (r.all || memcmp(r.cells, r.sent, bytes))
			diff_row(&r);
	}
	text_buf_reset(&r.text);
	if (r.err) {
		if (b->buf)
			b->buf[b->len = begin] = '\0';
		return r.err;
	}
	memcpy(g->sent, g->cells, bytes * g->rows);
	g->fresh = false;
	return 0;
}

bool frame_grid_changed(const struct frame_grid *g)
{
	return g &&
	       (g->fresh || memcmp(g->cells, g->sent,
				   sizeof(*g->cells) * g->rows * g->columns));
}
