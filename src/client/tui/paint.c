/**
 * @file paint.c  Frames: what is dirty is drawn, what differs is sent
 *
 * One frame is under way until the terminal has acknowledged it. A key's
 * answer and the first event go at once, the rest 30 times a second at most.
 */
#include <stdlib.h>

#include "tui_int.h"

enum { FRAME_MS = 33, BORDER = 2, CALLS_MAX = 20 };

void paint_request(struct tui_screen *s)
{
	loop_turn_request(s->turn);
}

void paint_ack(struct tui_screen *s, uint32_t number)
{
	if (!s->in_flight || number != s->frame)
		return;
	s->in_flight = false;
	if (s->dirty || s->relayout)
		paint_request(s);
}

/* ---- layout ------------------------------------------------------------ */

static unsigned calls_shown(const struct tui_screen *s)
{
	unsigned n = callbar_rows(s);

	return n > CALLS_MAX ? CALLS_MAX : n;
}

static void dialog_wanted(const struct tui_screen *s, struct layout_prm *prm)
{
	struct rect *r = &prm->dialog;
	const struct tui_view *v;

	if (!s->overlay_count)
		return;
	v = s->overlays[s->overlay_count - 1];
	prm->beside = v->class->place != NULL;
	if (prm->beside) {
		v->class->place(v, r, &prm->placed);
		return;
	}
	v->class->size(v, r);
	r->rows += BORDER;
	r->columns += BORDER + 2;
}

static bool same_rect(struct rect a, struct rect b)
{
	return a.row == b.row && a.column == b.column && a.rows == b.rows &&
	       a.columns == b.columns;
}

static int window_place(struct tui_screen *s, enum tui_window w,
			struct text_buf *b)
{
	struct window *win = &s->win[w];
	struct rect at = s->layout.win[w];
	struct frame_message m = {.type = FRAME_WINDOW};
	int err = 0;

	if (!at.rows || !at.columns) {
		if (!win->told)
			return 0;
		win->told = false;
		memset(&win->at, 0, sizeof(win->at));
		memset(&win->cursor, 0, sizeof(win->cursor));
		memset(&win->picture, 0, sizeof(win->picture));
		memset(&win->picture_told, 0, sizeof(win->picture_told));
		m.type = FRAME_WINDOW_GONE;
		m.number = (uint32_t)w + 1;
		return frame_encode(b, &m);
	}
	if (frame_grid_rows(win->grid) != at.rows ||
	    frame_grid_columns(win->grid) != at.columns || !win->told) {
		err = frame_grid_resize(win->grid, at.rows, at.columns);
		/* The terminal's goes with its size. */
		memset(&win->picture_told, 0, sizeof(win->picture_told));
		s->dirty |= WIN_BIT(w);
	}
	if (err || (win->told && !s->all && same_rect(at, win->at)))
		return err;
	m.window = (struct frame_window){
		.id = (uint32_t)w + 1,
		.row = (int32_t)at.row,
		.column = (int32_t)at.column,
		.rows = at.rows,
		.columns = at.columns,
		.z = (uint32_t)w,
	};
	err = frame_encode(b, &m);
	if (!err) {
		/* One that comes back in the same size is blank there. */
		win->fresh = win->fresh || !win->told;
		win->told = true;
		win->at = at;
	}
	return err;
}

static int place_all(struct tui_screen *s, struct text_buf *b)
{
	struct layout_prm prm = {
		.size = s->size,
		.wish = s->wish,
		.calls = calls_shown(s),
		.detail = s->detail_shown && s->focus != FOCUS_SEARCH,
	};
	bool wide = s->layout.wide;
	unsigned w;
	int err = 0;

	dialog_wanted(s, &prm);
	layout_make(&s->layout, &prm);
	if (popup_wanted(s, &prm.popup))
		layout_make(&s->layout, &prm);
	if (wide != s->layout.wide)
		s->dirty = WIN_ALL;
	for (w = 0; !err && w < WIN_COUNT; w++)
		err = window_place(s, w, b);
	return err;
}

/* ---- drawing ----------------------------------------------------------- */

static void draw_list(struct tui_screen *s, struct frame_grid *g,
		      struct rect *cursor)
{
	struct tui_view *v = screen_list_view(s);
	struct rect area = {0, 0, frame_grid_rows(g), frame_grid_columns(g)};
	unsigned i;

	area.columns -= s->layout.wide ? 2 : area.columns > 1;
	for (i = 0; s->layout.wide && i < area.rows; i++)
		frame_grid_put(g, i, area.columns + 1, 1, STYLE_BORDER,
			       glyph(s, GLYPH_BAR));
	v->class->draw(v, g, area,
		       !s->overlay_count && s->focus != FOCUS_DETAIL, cursor);
}

static void draw_detail(struct tui_screen *s, struct frame_grid *g,
			struct rect *cursor)
{
	struct rect area = {0, 1, frame_grid_rows(g), frame_grid_columns(g)};

	if (area.columns < 3)
		return;
	area.columns -= 2;
	s->detail->class->draw(s->detail, g, area,
			       !s->overlay_count && s->focus == FOCUS_DETAIL,
			       cursor);
}

static void draw_rule(struct tui_screen *s, struct frame_grid *g,
		      struct rect *cursor)
{
	(void)cursor;
	frame_grid_fill(g, 0, 0, frame_grid_columns(g), STYLE_BORDER,
			glyph(s, GLYPH_RULE));
	if (s->layout.wide)
		frame_grid_put(g, 0, s->layout.win[WIN_LIST].columns - 1, 1,
			       STYLE_BORDER, glyph(s, GLYPH_TEE_UP));
}

static void draw_calls(struct tui_screen *s, struct frame_grid *g,
		       struct rect *cursor)
{
	(void)cursor;
	callbar_draw(s, g);
}

static void draw_dialog(struct tui_screen *s, struct frame_grid *g,
			struct rect *cursor)
{
	struct rect area = {1, 2, frame_grid_rows(g), frame_grid_columns(g)};
	struct tui_view *v;

	if (!s->overlay_count)
		return;
	v = s->overlays[s->overlay_count - 1];
	if (v->class->place) {
		v->class->draw(v, g, area, true, cursor);
		return;
	}
	if (area.rows <= BORDER || area.columns <= BORDER + 2)
		return;
	area.rows -= BORDER;
	area.columns -= BORDER + 2;
	draw_box(s, g, v->class->title ? _(v->class->title) : NULL);
	v->class->draw(v, g, area, true, cursor);
}

static void draw_popup(struct tui_screen *s, struct frame_grid *g,
		       struct rect *cursor)
{
	(void)cursor;
	popup_draw(s, g);
}

static void (*const drawers[WIN_COUNT])(struct tui_screen *s,
					struct frame_grid *g,
					struct rect *cursor) = {
	[WIN_HEADER] = header_draw, [WIN_LIST] = draw_list,
	[WIN_DETAIL] = draw_detail, [WIN_RULE] = draw_rule,
	[WIN_CALLS] = draw_calls,   [WIN_HINTS] = hints_draw,
	[WIN_DIALOG] = draw_dialog, [WIN_POPUP] = draw_popup,
};

/* What says that there is no connection, and what the user is asked, stays
 * bright. */
static void dim(struct tui_screen *s, enum tui_window w)
{
	struct frame_grid *g = s->win[w].grid;
	unsigned i, rows = frame_grid_rows(g);

	if (!s->dimmed || w == WIN_HINTS || w == WIN_DIALOG || w == WIN_POPUP ||
	    w == WIN_CALLS)
		return;
	for (i = 0; i < rows; i++)
		frame_grid_style(g, i, 0, frame_grid_columns(g), STYLE_FAINT);
}

static void draw_dirty(struct tui_screen *s)
{
	struct window *win;
	bool dimmed = screen_lost(s);
	unsigned w;

	if (dimmed != s->dimmed) {
		s->dimmed = dimmed;
		s->dirty = WIN_ALL;
	}
	for (w = 0; w < WIN_COUNT; w++) {
		win = &s->win[w];
		if (!win->told || !(s->dirty & WIN_BIT(w)))
			continue;
		memset(&win->cursor, 0, sizeof(win->cursor));
		memset(&win->picture, 0, sizeof(win->picture));
		frame_grid_clear(win->grid, STYLE_NORMAL);
		drawers[w](s, win->grid, &win->cursor);
		dim(s, w);
	}
	s->dirty = 0;
}

/* ---- what goes out ----------------------------------------------------- */

static int tell_styles(struct tui_screen *s, struct text_buf *b)
{
	const char *theme = app_option_get(screen_app(s), "theme");
	struct frame_message m = {.type = FRAME_STYLE};
	unsigned i;
	int err = 0;

	if (s->styles_told)
		return 0;
	for (i = 0; !err && i < STYLE_COUNT; i++) {
		m.style.id = i;
		m.style.look = *theme_look(s->mono ? "mono" : theme, i);
		err = frame_encode(b, &m);
	}
	s->styles_told = !err;
	picture_forget(s);
	return err;
}

/* The mouse is the terminal's own, for selecting text, unless wanted here. */
static int tell_mode(struct tui_screen *s, struct text_buf *b)
{
	bool mouse = app_option_flag(screen_app(s), "mouse");
	struct frame_message m = {.type = FRAME_MODE,
				  .number = mouse ? FRAME_MODE_MOUSE : 0};

	if (m.number == s->mode_told)
		return 0;
	s->mode_told = m.number;
	return frame_encode(b, &m);
}

static enum tui_window cursor_window(const struct tui_screen *s)
{
	if (s->line)
		return WIN_HINTS;
	if (s->overlay_count)
		return WIN_DIALOG;
	if (s->focus == FOCUS_SEARCH)
		return s->search && s->search->class->typing(s->search)
			       ? WIN_HEADER
			       : WIN_LIST;
	return s->focus == FOCUS_DETAIL ? WIN_DETAIL : WIN_LIST;
}

/* Screen readers and magnifiers follow the real cursor. */
static int tell_cursor(struct tui_screen *s, struct text_buf *b)
{
	enum tui_window w = cursor_window(s);
	const struct window *win = &s->win[w];
	struct frame_cursor c = {.window = (uint32_t)w + 1};
	struct frame_message m = {.type = FRAME_CURSOR};

	if (win->told && win->cursor.rows) {
		c.row = win->cursor.row;
		c.column = win->cursor.column;
		c.visible = 1;
		if (c.column >= win->at.columns)
			c.column = win->at.columns - 1;
		if (c.row >= win->at.rows)
			c.row = win->at.rows - 1;
	} else {
		c.window = WIN_HEADER + 1;
	}
	if (!s->all && c.window == s->cursor_told.window &&
	    c.row == s->cursor_told.row && c.column == s->cursor_told.column &&
	    c.visible == s->cursor_told.visible)
		return 0;
	s->cursor_told = c;
	m.cursor = c;
	return frame_encode(b, &m);
}

static int compose(struct tui_screen *s, struct text_buf *b)
{
	unsigned w;
	bool all;
	int err;

	err = tell_styles(s, b);
	if (!err)
		err = tell_mode(s, b);
	if (!err && s->relayout)
		err = place_all(s, b);
	if (err)
		return err;
	s->relayout = false;
	aim_note(s);
	draw_dirty(s);
	if (picture_crowded(s))
		draw_dirty(s);
	err = picture_tell(s, b);
	for (w = 0; !err && w < WIN_COUNT; w++) {
		all = s->all || s->win[w].fresh;
		if (!s->win[w].told ||
		    (!all && !frame_grid_changed(s->win[w].grid)))
			continue;
		err = frame_grid_diff(s->win[w].grid, w + 1, all, b);
		s->win[w].fresh = s->win[w].fresh && err;
	}
	if (!err)
		err = images_tell(s, b);
	if (!err)
		err = tell_cursor(s, b);
	return err ? err : b->err;
}

static void paint(struct tui_screen *s)
{
	struct frame_message flush = {.type = FRAME_FLUSH};
	struct text_buf b = {0};

	screen_settle(s);
	if (compose(s, &b)) {
		log_error("no memory for a frame");
		images_forget(s);
		s->all = true;
		s->relayout = true;
		goto out;
	}
	s->all = false;
	if (!b.len)
		goto out;
	flush.number = ++s->frame;
	if (frame_encode(&b, &flush) || b.err)
		goto out;
	s->in_flight = true;
	s->painted_ms = time_mono_ms();
	s->h.send(b.buf, b.len, s->arg);
out:
	text_buf_reset(&b);
}

static void pace_over(void *arg)
{
	paint_turn(arg);
}

void paint_turn(void *arg)
{
	struct tui_screen *s = arg;
	uint64_t since;

	if (s->in_flight || (!s->dirty && !s->relayout))
		return;
	/* The first frame has it all: not an empty list that fills then. */
	if (!s->frame && app_local_pending(screen_app(s)))
		return;
	since = time_mono_ms() - s->painted_ms;
	if (!s->urgent && since < FRAME_MS) {
		if (!tmr_isrunning(&s->pace))
			tmr_start(&s->pace, FRAME_MS - since, pace_over, s);
		return;
	}
	tmr_cancel(&s->pace);
	s->urgent = false;
	mem_ref(s); /* whoever takes the frame may end it */
	paint(s);
	mem_deref(s);
}

/* ---- for tests and `ctl` ----------------------------------------------- */

static const struct frame_cell *cell_on_top(const struct tui_screen *s,
					    unsigned row, unsigned column)
{
	const struct frame_cell *cell = NULL;
	const struct window *win;
	unsigned w;

	for (w = WIN_COUNT; w-- > 0 && !cell;) {
		win = &s->win[w];
		if (win->told && row >= win->at.row &&
		    row < win->at.row + win->at.rows &&
		    column >= win->at.column &&
		    column < win->at.column + win->at.columns)
			cell = frame_grid_cell(win->grid, row - win->at.row,
					       column - win->at.column);
	}
	return cell;
}

char *tui_screen_text(const struct tui_screen *s)
{
	const struct frame_cell *cell;
	struct text_buf b = {0};
	unsigned i, j;
	size_t end;

	for (i = 0; i < s->size.rows; i++) {
		end = b.len;
		for (j = 0; j < s->size.columns; j++) {
			cell = cell_on_top(s, i, j);
			if (cell && !cell->width)
				continue;
			if (cell && cell->len)
				text_buf_add_n(&b, cell->text, cell->len);
			else
				text_buf_add(&b, " ");
			if (cell && (cell->len != 1 || cell->text[0] != ' '))
				end = b.len;
		}
		if (b.buf && end < b.len) {
			b.len = end;
			b.buf[end] = '\0';
		}
		text_buf_add(&b, "\n");
	}
	return text_buf_take(&b);
}
