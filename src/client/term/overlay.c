/**
 * @file overlay.c  Images painted over cells, for terminals with sixel
 *
 * Pixels lie where they were painted until something else is written there, and
 * curses knows nothing of them. So they are painted behind each frame that has
 * touched one of their lines; and where they are to go, or curses might move
 * their lines, these are written anew as a whole. An image that is not whole
 * on the screen, or covered in part, is not painted: then its cells are seen.
 */
#include <curses.h>
#include <panel.h>
#include <string.h>
#include <unistd.h>

#include "screen_int.h"

/* What stands between is shown at once, by those who know it; others ignore
 * it. */
#define HOLD "\033[?2026h"
#define LET_GO "\033[?2026l"

static bool cuts(const struct laid *l, const struct window *w)
{
	const struct frame_window *p = &w->place;

	return w->panel && p->row < l->row + l->rows &&
	       p->row + (int)p->rows > l->row &&
	       p->column < l->column + l->columns &&
	       p->column + (int)p->columns > l->column;
}

/* Where a window's image is to be seen as pixels. @return false: nowhere */
static bool wanted(const struct screen *s, size_t window, struct laid *l)
{
	const struct window *w = s->windows[window];
	const struct image *m = w->picture.image ? image_of(s, w) : NULL;
	unsigned width, height;

	if (!m || s->way != PIXELS_SIXEL || !w->panel)
		return false;
	*l = (struct laid){.image = m->is.id,
			   .row = w->place.row + (int)w->picture.row,
			   .column = w->place.column + (int)w->picture.column,
			   .rows = (int)m->is.rows,
			   .columns = (int)m->is.columns};
	/* In the last line it could make the terminal scroll. */
	if (l->row < 0 || l->column < 0 || l->row + l->rows >= LINES ||
	    l->column + l->columns > COLS)
		return false;
	if (!screen_cell(s, &width, &height) ||
	    m->is.width != width * m->is.columns ||
	    m->is.height != height * m->is.rows)
		return false;
	while (++window < s->count)
		if (cuts(l, s->windows[window]))
			return false;
	return true;
}

/* Have lines written as a whole, whatever curses believes to stand there. */
static void write_anew(int row, int rows)
{
	if (row < LINES)
		wredrawln(newscr, row, row + rows > LINES ? LINES - row : rows);
}

static bool touched(const struct laid *l)
{
	for (int i = l->row; i < l->row + l->rows && i < LINES; i++)
		if (is_linetouched(newscr, i))
			return true;
	return false;
}

static bool same_place(const struct laid *a, const struct laid *b)
{
	return a->row == b->row && a->column == b->column &&
	       a->rows == b->rows && a->columns == b->columns;
}

static void lift(struct laid *l, bool anew)
{
	if (anew)
		write_anew(l->row, l->rows);
	l->image = 0;
}

void overlay_gone(struct screen *s, const struct laid *l)
{
	for (int i = l->row; l->image && i < l->row + l->rows; i++)
		if (i >= 0 && i < FRAME_ROWS_MAX)
			s->stale[i] = true;
}

static void lift_all(struct screen *s)
{
	for (size_t i = 0; i < s->count; i++)
		s->windows[i]->laid.image = 0;
	memset(s->stale, 0, sizeof(s->stale));
}

/* @return true if one is to be painted */
static bool lift_changed(struct screen *s)
{
	bool some = false;

	for (size_t i = 0; i < s->count; i++) {
		struct laid *had = &s->windows[i]->laid, to;
		bool shown = wanted(s, i, &to);

		if (had->image && (!shown || !same_place(had, &to)))
			lift(had, true);
		else if (had->image && touched(had))
			lift(had, true);
		else if (had->image && had->image != to.image)
			lift(had, false);
		some = some || (shown && !had->image);
	}
	return some;
}

bool overlay_before(struct screen *s)
{
	bool some;

	if (s->way != PIXELS_SIXEL)
		return false;
	if (s->anew)
		lift_all(s);
	for (int i = 0; i < FRAME_ROWS_MAX; i++) {
		if (s->stale[i])
			write_anew(i, 1);
		s->stale[i] = false;
	}
	/* One that is lifted touches the lines of another one. */
	lift_changed(s);
	some = lift_changed(s);
	if (some)
		text_buf_add(&s->before, HOLD);
	return some;
}

static void paint(struct screen *s, const struct laid *l)
{
	struct image *m = image_find(s, l->image);

	if (!m->sixel.len)
		sixel_encode(&m->sixel, &m->is, s->probe.colours);
	if (!m->sixel.len || m->sixel.err)
		return;
	text_buf_printf(&s->painted, "\033[%d;%dH", l->row + 1, l->column + 1);
	text_buf_add_n(&s->painted, m->sixel.buf, m->sixel.len);
}

void overlay_after(struct screen *s)
{
	int y, x;

	for (size_t i = 0; i < s->count; i++) {
		struct laid *l = &s->windows[i]->laid, to;

		if (l->image || !wanted(s, i, &to))
			continue;
		paint(s, &to);
		*l = to;
	}
	/* Where curses has left the cursor. */
	getyx(curscr, y, x);
	text_buf_printf(&s->painted, "\033[%d;%dH" LET_GO, y + 1, x + 1);
	if (!s->painted.err)
		write_all(STDOUT_FILENO, s->painted.buf, s->painted.len);
	text_buf_reset(&s->painted);
}
