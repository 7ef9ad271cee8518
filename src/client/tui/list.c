/**
 * @file list.c  The one list: rows, selection kept by identity, scrolling
 */
#include <stdlib.h>

#include "tui_int.h"

/* Rows looked at to find how wide a column must be. */
enum { MEASURE_ROWS = 300, TEXT_GROWTH = 8 };

void rows_init(struct tui_list *l, const struct tui_view *v,
	       const struct list_source *source, const uint8_t *columns)
{
	memset(l, 0, sizeof(*l));
	l->view = v;
	l->source = source;
	l->columns = columns;
	l->indent = 2;
}

static void forget(struct tui_list *l)
{
	free(l->key);
	free(l->key2);
	l->key = l->key2 = NULL;
}

void rows_reset(struct tui_list *l)
{
	forget(l);
	l->selected = l->top = 0;
	rows_sync(l);
}

void rows_close(struct tui_list *l)
{
	forget(l);
}

size_t rows_count(const struct tui_list *l)
{
	return l->source ? l->source->count(l->view) : 0;
}

bool rows_get(const struct tui_list *l, size_t i, struct row *row)
{
	memset(row, 0, sizeof(*row));
	if (i >= rows_count(l))
		return false;
	l->source->row(l->view, i, row);
	return true;
}

bool rows_selected(const struct tui_list *l, struct row *row)
{
	return rows_get(l, l->selected, row) && !row->fixed;
}

static bool selectable(const struct tui_list *l, size_t i)
{
	struct row row;

	return rows_get(l, i, &row) && !row.fixed;
}

static bool is_selected(const struct tui_list *l, size_t i)
{
	struct row row;

	return rows_get(l, i, &row) && !row.fixed &&
	       text_equal(row.key, l->key) && text_equal(row.key2, l->key2);
}

/* The nearest row that can be selected, looking on in one way first. */
static bool nearest(const struct tui_list *l, size_t *i, long way)
{
	size_t count = rows_count(l), at;
	int turn;

	for (turn = 0; turn < 2; turn++, way = -way) {
		for (at = *i; at < count; at += (size_t)way) {
			if (selectable(l, at)) {
				*i = at;
				return true;
			}
		}
	}
	return false;
}

static void remember(struct tui_list *l)
{
	struct row row;

	forget(l);
	if (!rows_selected(l, &row))
		return;
	text_set(&l->key, row.key);
	text_set(&l->key2, row.key2);
}

/* Where is the selected row now? Near its old place, mostly. */
static bool find(struct tui_list *l, size_t count)
{
	size_t d, at = l->selected;

	for (d = 0; d < count; d++) {
		if (at + d < count && is_selected(l, at + d)) {
			l->selected = at + d;
			return true;
		}
		if (d && d <= at && at - d < count && is_selected(l, at - d)) {
			l->selected = at - d;
			return true;
		}
	}
	return false;
}

/* One that was moved past the head of a group is in another, next to where it
 * was. */
static bool find_moved(struct tui_list *l, size_t count)
{
	size_t from = l->selected ? l->selected - 1 : 0, i;
	struct row row;

	for (i = from; l->key2 && i < count && i <= l->selected + 1; i++) {
		if (rows_get(l, i, &row) && !row.fixed &&
		    text_equal(row.key2, l->key2)) {
			l->selected = i;
			remember(l);
			return true;
		}
	}
	return false;
}

/* Columns that a row wants of one; 0 where an empty one before it, which it
 * may use, will do. */
static size_t wanted(const struct tui_list *l, const struct row *row, size_t n)
{
	const struct column *c = column_at(l->columns[n]);
	struct cell cell = {.room = c->max};
	size_t w;

	if (c->right && n) {
		column_at(l->columns[n - 1])->draw(l->view->screen, row, &cell);
		w = text_width(cell.text.buf);
		text_buf_reset(&cell.text);
		if (!w)
			return 0;
	}
	c->draw(l->view->screen, row, &cell);
	w = text_width(cell.text.buf);
	text_buf_reset(&cell.text);
	return w;
}

static void measure(struct tui_list *l, size_t count)
{
	const struct column *c;
	struct row row;
	size_t i, n, w;

	memset(l->measured, 0, sizeof(l->measured));
	for (n = 0; n < LIST_COLUMNS_MAX && l->columns[n] != COL_END; n++) {
		c = column_at(l->columns[n]);
		l->measured[n] = c->widest ? c->widest() : c->wish;
		if (!c->measure && !c->fit)
			continue;
		for (i = 0; i < count && i < MEASURE_ROWS; i++) {
			if (!rows_get(l, i, &row))
				break;
			w = wanted(l, &row, n);
			if (w > l->measured[n])
				l->measured[n] =
					w > c->max ? c->max : (unsigned)w;
		}
	}
}

void rows_sync(struct tui_list *l)
{
	size_t count = rows_count(l), old = l->selected;

	measure(l, count);
	if (!count) {
		l->selected = l->top = 0;
		return;
	}
	if (!l->key || (!find(l, count) && !find_moved(l, count))) {
		if (!l->key)
			l->selected = l->bottom ? count - 1 : 0;
		else if (l->selected >= count)
			l->selected = count - 1;
		nearest(l, &l->selected, l->key || !l->bottom ? 1 : -1);
		remember(l);
	}
	/* The selected row stays where the eye has it; only a list seen from
	 * its beginning shows what came there. */
	else if (l->top && l->selected != old) {
		if (l->selected > old)
			l->top += l->selected - old;
		else
			l->top -= l->top < old - l->selected
					  ? l->top
					  : old - l->selected;
	}
}

bool rows_select(struct tui_list *l, size_t i)
{
	if (!selectable(l, i))
		return false;
	l->selected = i;
	remember(l);
	return true;
}

bool rows_move(struct tui_list *l, long steps)
{
	size_t count = rows_count(l), to;

	if (!count)
		return false;
	if (steps < 0)
		to = l->selected < (size_t)-steps ? 0
						  : l->selected + (size_t)steps;
	else
		to = count - 1 - l->selected < (size_t)steps
			     ? count - 1
			     : l->selected + (size_t)steps;
	if (!nearest(l, &to, steps < 0 ? -1 : 1))
		return false;
	return rows_select(l, to);
}

static void scroll(struct tui_list *l, unsigned rows, size_t count)
{
	size_t first = l->selected;

	l->rows = rows;
	/* A head above the first row that can be selected is shown with it. */
	while (first && first <= 3 && !selectable(l, first - 1))
		first--;
	if (first < l->top)
		l->top = first;
	if (l->selected >= l->top + rows)
		l->top = l->selected - rows + 1;
	if (l->top + rows > count)
		l->top = count > rows ? count - rows : 0;
}

/* Give a column up to wanted columns of what is left. */
static void grow(unsigned *width, unsigned wanted, unsigned *left)
{
	unsigned more = wanted > *width ? wanted - *width : 0;

	if (more > *left)
		more = *left;
	*width += more;
	*left -= more;
}

/* What is over: first what is said gets room for a word, then names and
 * states for all of theirs, then those without it spread to look less dense. */
static void hand_out(const struct tui_list *l, unsigned count, unsigned *width,
		     unsigned left)
{
	const struct column *c;
	bool text = false;
	unsigned i, to;

	for (i = 0; i < count; i++) {
		c = column_at(l->columns[i]);
		text |= width[i] && !c->max;
		if (width[i] && c->wish)
			grow(&width[i], c->wish, &left);
	}
	for (i = 0; i < count; i++) {
		c = column_at(l->columns[i]);
		if (!width[i] || (!c->fit && !c->widest))
			continue;
		to = l->measured[i] < c->max ? l->measured[i] : c->max;
		/* Names leave room to what is said. */
		if (text && to > (unsigned)c->min + TEXT_GROWTH)
			to = (unsigned)c->min + TEXT_GROWTH;
		grow(&width[i], to, &left);
	}
	for (i = 0; i < count; i++) {
		c = column_at(l->columns[i]);
		if (width[i] && !c->measure && !(text && c->fit))
			grow(&width[i], c->max ? c->max : width[i] + left,
			     &left);
	}
}

/* The column that can be missed most, count if none can. */
static unsigned least_needed(const struct tui_list *l, unsigned count,
			     const unsigned *width)
{
	unsigned i, worst = count;

	for (i = 0; i < count; i++)
		if (width[i] && column_at(l->columns[i])->rank &&
		    (worst == count ||
		     column_at(l->columns[i])->rank >
			     column_at(l->columns[worst])->rank))
			worst = i;
	return worst;
}

/* What columns that matter more than one would like to have besides. */
static unsigned missing(const struct tui_list *l, unsigned count,
			const unsigned *width, unsigned one)
{
	const struct column *c;
	unsigned i, sum = 0;

	for (i = 0; i < count; i++) {
		c = column_at(l->columns[i]);
		if (width[i] && c->ample > width[i] &&
		    c->rank < column_at(l->columns[one])->rank)
			sum += c->ample - width[i];
	}
	return sum;
}

/* Least widths first; who can be missed goes; what is left is handed out. */
static void share(const struct tui_list *l, unsigned total, unsigned *width)
{
	const struct column *c;
	unsigned sum = 0, n, worst;

	for (n = 0; n < LIST_COLUMNS_MAX && l->columns[n] != COL_END; n++) {
		c = column_at(l->columns[n]);
		width[n] = c->min;
		if (c->measure && l->measured[n] > c->min)
			width[n] = l->measured[n];
		sum += width[n] + c->gap;
	}
	for (;;) {
		worst = least_needed(l, n, width);
		if (worst == n || sum + missing(l, n, width, worst) <= total)
			break;
		sum -= width[worst] + column_at(l->columns[worst])->gap;
		width[worst] = 0;
	}
	if (sum < total)
		hand_out(l, n, width, total - sum);
}

/* The cell that carries the selection: marking the whole row would repaint
 * two rows at every step. */
static bool stands_out(enum row_kind kind, enum column_id column)
{
	if (kind == ROW_NUMBER || kind == ROW_TEXT)
		return column == COL_TEXT;
	return column == COL_NAME || column == COL_LABEL || column == COL_KEY;
}

/* Columns before one that are empty in this row, and that a text which has no
 * room in its own may use. */
static unsigned free_before(const struct tui_list *l, const struct cell *cells,
			    const unsigned *width, unsigned i)
{
	unsigned n = 0;

	while (i-- > 1 && text_empty(cells[i].text.buf) &&
	       text_width(cells[i - 1].text.buf) <= width[i - 1])
		n += width[i] ? width[i] + column_at(l->columns[i + 1])->gap
			      : 0;
	return n;
}

static void draw_to_the_right(const struct tui_list *l, struct frame_grid *g,
			      unsigned line, unsigned end, unsigned width,
			      const struct cell *c)
{
	const char *text = c->text.buf;

	if (c->brief && text_width(text) > width)
		text = c->brief;
	draw_right(l->view->screen, g, line, end, width, c->style, text);
}

static void draw_cells(struct tui_list *l, struct frame_grid *g, unsigned line,
		       struct rect area, const struct row *row,
		       const unsigned *width, bool selected, bool focus)
{
	const struct tui_screen *s = l->view->screen;
	unsigned at = area.column + l->indent, end = area.column + area.columns;
	struct cell cells[LIST_COLUMNS_MAX];
	const struct column *c;
	unsigned n, i, w;

	memset(cells, 0, sizeof(cells));
	for (n = 0; n < LIST_COLUMNS_MAX && l->columns[n] != COL_END; n++)
		;
	for (i = n; i-- > 0;) {
		if (!width[i])
			continue;
		c = column_at(l->columns[i]);
		cells[i].room = width[i];
		/* What has no room may use an empty neighbour's. */
		if (!c->right && i + 1 < n && width[i + 1] &&
		    text_empty(cells[i + 1].text.buf))
			cells[i].room += width[i + 1] +
					 column_at(l->columns[i + 1])->gap;
		c->draw(s, row, &cells[i]);
	}
	for (i = 0; i < n; i++) {
		if (!width[i])
			continue;
		c = column_at(l->columns[i]);
		at += c->gap;
		w = cells[i].room;
		if (at >= end)
			break;
		if (at + w > end)
			w = end - at;
		if (selected && stands_out(row->kind, l->columns[i]))
			cells[i].style =
				focus ? STYLE_SELECTED : STYLE_SELECTED_IDLE;
		if (c->right)
			draw_to_the_right(l, g, line, at + w,
					  w + free_before(l, cells, width, i),
					  &cells[i]);
		else
			draw_text(s, g, line, at, w, cells[i].style,
				  cells[i].text.buf);
		at += width[i];
	}
	for (i = 0; i < n; i++)
		text_buf_reset(&cells[i].text);
}

static void draw_group(const struct tui_list *l, struct frame_grid *g,
		       unsigned line, struct rect area, const struct row *row,
		       bool selected, bool focus, unsigned end)
{
	const struct tui_screen *s = l->view->screen;
	enum frame_style style = !selected ? STYLE_BOLD
				 : focus   ? STYLE_SELECTED
					   : STYLE_SELECTED_IDLE;
	unsigned n, room = end > area.column + 3 ? end - area.column - 3 : 0;
	char *count;

	frame_grid_put(
		g, line, area.column + 1, 1, STYLE_DIM,
		glyph(s, row->group->folded ? GLYPH_FOLDED : GLYPH_UNFOLDED));
	/* members of a group that can be reached, of how many */
	count = text_printf(_("%zu of %zu"), uc_group_reachable(row->group),
			    row->group->member_count);
	n = room > 24 ? draw_right(s, g, line, end, 16, STYLE_DIM, count) + 2
		      : 0;
	free(count);
	if (room > n)
		draw_text(s, g, line, area.column + 3, room - n, style,
			  row->group->name);
}

static void draw_plain(const struct tui_list *l, struct frame_grid *g,
		       unsigned line, struct rect area, const struct row *row)
{
	const struct tui_screen *s = l->view->screen;
	unsigned at = area.column + l->indent;
	unsigned end = area.column + area.columns, n;

	if (at >= end)
		return;
	if (row->kind == ROW_HEAD) {
		draw_text(s, g, line, at, end - at, STYLE_TITLE, row->text);
		return;
	}
	n = row->label ? draw_text(s, g, line, at, end - at, STYLE_DIM,
				   row->label) +
				 2
		       : 0;
	if (at + n < end)
		draw_text(s, g, line, at + n, end - at - n, row->style,
			  row->text);
}

void rows_draw(struct tui_list *l, struct frame_grid *g, struct rect area,
	       bool focus, struct rect *cursor)
{
	const struct tui_screen *s = l->view->screen;
	unsigned width[LIST_COLUMNS_MAX] = {0}, line, end, i;
	size_t count = rows_count(l);
	struct row row;
	bool selected;

	if (!area.rows || area.columns <= l->indent)
		return;
	scroll(l, area.rows, count);
	share(l, area.columns - l->indent, width);
	end = area.column + l->indent;
	for (i = 0; i < LIST_COLUMNS_MAX && l->columns[i] != COL_END; i++)
		if (width[i])
			end += width[i] + column_at(l->columns[i])->gap;
	if (end > area.column + area.columns)
		end = area.column + area.columns;
	for (i = 0; i < area.rows && rows_get(l, l->top + i, &row); i++) {
		line = area.row + i;
		selected = l->top + i == l->selected && !row.fixed &&
			   (focus || !l->quiet);
		if (selected) {
			frame_grid_put(g, line, area.column, 1,
				       focus ? STYLE_SELECTED
					     : STYLE_SELECTED_IDLE,
				       glyph(s, GLYPH_MARK));
			if (cursor)
				*cursor =
					(struct rect){line, area.column, 1, 1};
		}
		if (row.hit && l->indent > 2)
			frame_grid_put(g, line, area.column + l->indent - 2, 1,
				       STYLE_KEY, glyph(s, GLYPH_HIT));
		if (row.kind == ROW_GROUP)
			draw_group(l, g, line, area, &row, selected, focus,
				   end);
		else if (row.kind == ROW_HEAD || row.kind == ROW_TEXT)
			draw_plain(l, g, line, area, &row);
		else if (row.kind != ROW_BLANK)
			draw_cells(l, g, line, area, &row, width, selected,
				   focus);
	}
}

size_t rows_at(const struct tui_list *l, unsigned line)
{
	if (line >= l->rows || l->top + line >= rows_count(l))
		return (size_t)-1;
	return l->top + line;
}
