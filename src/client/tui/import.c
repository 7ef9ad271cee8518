/**
 * @file import.c  An import of contacts: what would happen, line by line
 */
#include <stdlib.h>

#include "tui_int.h"

enum { HEAD = 3, FOOT = 2, NAME_COLUMNS = 26, NUMBER_COLUMNS = 18 };

struct import_view {
	struct tui_view v;
	size_t at, top; /**< row that is selected, first one shown */
	unsigned rows;	/**< that there is room for */
};

static const char *const encodings[] = {
	"guess", "utf-8", "iso-8859-1", "iso-8859-15", "windows-1252",
};

static struct app *app_of(const struct tui_view *v)
{
	return screen_app(v->screen);
}

/* Is there any to add or to update? */
static bool anything(const struct app *a)
{
	return app_import_count(a, APP_IMPORT_ADDED) ||
	       app_import_count(a, APP_IMPORT_UPDATED);
}

/* ---- drawing ----------------------------------------------------------- */

static void draw_head(struct tui_view *v, struct frame_grid *g,
		      struct rect area)
{
	const struct app *a = app_of(v);
	const char *path = app_import_path(a), *name = strrchr(path, '/');
	struct text_buf b = {0};

	text_buf_add(&b, name ? name + 1 : path);
	text_buf_add(&b, "   ");
	app_import_about(a, &b);
	draw_text(v->screen, g, area.row, area.column, area.columns, STYLE_BOLD,
		  b.buf ? b.buf : "");
	text_buf_reset(&b);
	if (app_import_state(a) == APP_IMPORT_READING)
		return;
	text_buf_printf(&b, _("%zu to add, %zu to update, %zu skipped"),
			app_import_count(a, APP_IMPORT_ADDED),
			app_import_count(a, APP_IMPORT_UPDATED),
			app_import_count(a, APP_IMPORT_SKIPPED));
	if (app_import_rows(a))
		draw_text(v->screen, g, area.row + 1, area.column, area.columns,
			  STYLE_NORMAL, b.buf ? b.buf : "");
	text_buf_reset(&b);
}

static void draw_row(struct tui_view *v, struct frame_grid *g, struct rect area,
		     unsigned row, const struct app_import_row *r, bool here)
{
	struct tui_screen *s = v->screen;
	unsigned at = area.column, end = area.column + area.columns;
	struct text_buf b = {0};
	enum frame_style style =
		r->kind == APP_IMPORT_SKIPPED ? STYLE_DIM : STYLE_NORMAL;

	if (here)
		frame_grid_put(g, row, at, 1, STYLE_SELECTED,
			       glyph(s, GLYPH_MARK));
	text_buf_printf(&b, "%zu", r->line);
	draw_right(s, g, row, at + 8, 6, STYLE_DIM, b.buf ? b.buf : "");
	text_buf_reset(&b);
	text_buf_printf(&b, "%s%s%s", r->first, *r->first ? " " : "", r->last);
	draw_text(s, g, row, at + 10, NAME_COLUMNS, style, b.buf ? b.buf : "");
	text_buf_reset(&b);
	at += 10 + NAME_COLUMNS + 1;
	if (at + NUMBER_COLUMNS + 34 < end) {
		draw_text(s, g, row, at, NUMBER_COLUMNS, style, r->number);
		at += NUMBER_COLUMNS + 1;
	}
	text_buf_printf(&b, "%s%s%s", r->outcome, *r->more ? ": " : "",
			r->more);
	if (at < end)
		draw_text(s, g, row, at, end - at,
			  r->kind == APP_IMPORT_ADDED	  ? STYLE_GOOD
			  : r->kind == APP_IMPORT_UPDATED ? STYLE_WARNING
							  : STYLE_DIM,
			  b.buf ? b.buf : "");
	text_buf_reset(&b);
}

static void draw_bar(struct tui_view *v, struct frame_grid *g, struct rect area,
		     unsigned row, const char *what)
{
	struct tui_screen *s = v->screen;
	unsigned at = area.column, width = area.columns > 50 ? 30 : 10;
	struct text_buf b = {0};
	uint64_t done, all;

	app_import_progress(app_of(v), &done, &all);
	at += draw_text(s, g, row, at, area.columns, STYLE_BOLD, what) + 1;
	for (unsigned i = 0; all && i < width; i++)
		draw_text(s, g, row, at + i, 1, STYLE_NORMAL,
			  glyph(s, (uint64_t)i * all < done * width
					   ? GLYPH_METER
					   : GLYPH_METER_REST));
	if (all)
		text_buf_printf(&b, "%u %%", (unsigned)(done * 100 / all));
	draw_text(s, g, row, at + width + 1, 6, STYLE_NORMAL,
		  b.buf ? b.buf : "");
	text_buf_reset(&b);
}

static void draw_foot(struct tui_view *v, struct frame_grid *g,
		      struct rect area)
{
	const struct app *a = app_of(v);
	unsigned row = area.row + area.rows - FOOT;

	switch (app_import_state(a)) {
	case APP_IMPORT_READING:
		draw_bar(v, g, area, row, _("Reading …"));
		break;
	case APP_IMPORT_SENDING:
		draw_bar(v, g, area, row, _("Importing …"));
		break;
	case APP_IMPORT_READY:
		wrap_text(v->screen, g,
			  (struct rect){row, area.column, FOOT, area.columns},
			  STYLE_DIM,
			  anything(a) ? _("Nothing has changed yet. Enter "
					  "imports all of this, or nothing.")
				      : _("There is nothing to import."));
		break;
	default:
		wrap_text(v->screen, g,
			  (struct rect){row, area.column, FOOT, area.columns},
			  app_import_state(a) == APP_IMPORT_FAILED ? STYLE_ERROR
								   : STYLE_GOOD,
			  app_import_line(a));
		break;
	}
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	struct import_view *m = (struct import_view *)v;
	const struct app *a = app_of(v);
	size_t count = app_import_rows(a);
	struct app_import_row r;

	(void)focus;
	(void)cursor;
	m->rows = area.rows > HEAD + FOOT + 1 ? area.rows - HEAD - FOOT - 1 : 1;
	if (m->at >= count)
		m->at = count ? count - 1 : 0;
	if (m->at < m->top)
		m->top = m->at;
	if (m->at >= m->top + m->rows)
		m->top = m->at - m->rows + 1;
	draw_head(v, g, area);
	for (unsigned i = 0; i < m->rows && app_import_row(a, m->top + i, &r);
	     i++)
		draw_row(v, g, area, area.row + HEAD + i, &r,
			 m->top + i == m->at);
	if (area.rows > FOOT)
		draw_foot(v, g, area);
}

/* ---- keys -------------------------------------------------------------- */

static void move(struct import_view *m, long steps)
{
	size_t count = app_import_rows(app_of(&m->v));
	long at = (long)m->at + steps;

	m->at = at < 0		      ? 0
		: (size_t)at >= count ? count ? count - 1 : 0
				      : (size_t)at;
	view_dirty(&m->v);
}

static bool act(struct tui_view *v, enum act a)
{
	struct import_view *m = (struct import_view *)v;
	struct tui_screen *s = v->screen;
	enum app_import_state state = app_import_state(app_of(v));

	switch (a) {
	case ACT_UP:
		move(m, -1);
		return true;
	case ACT_DOWN:
		move(m, 1);
		return true;
	case ACT_PAGE_UP:
		move(m, -(long)m->rows);
		return true;
	case ACT_PAGE_DOWN:
		move(m, (long)m->rows);
		return true;
	case ACT_FIRST:
		move(m, -(long)m->at);
		return true;
	case ACT_LAST:
		move(m, (long)app_import_rows(app_of(v)));
		return true;
	case ACT_ENTER:
		if (state == APP_IMPORT_READY && anything(app_of(v)))
			keys_command(s, "contact-import-commit");
		else if (state == APP_IMPORT_DONE || state == APP_IMPORT_FAILED)
			app_import_hide(app_of(v));
		return true;
	case ACT_BACK:
		app_import_hide(app_of(v));
		return true;
	default:
		return true;
	}
}

/* The next encoding, and all is read again. */
static void next_encoding(struct tui_view *v)
{
	struct app *a = app_of(v);
	char *path = text_dup(app_import_path(a));
	size_t i = 0;

	while (i + 1 < TUI_COUNT(encodings) &&
	       !text_equal(encodings[i], app_import_encoding(a)))
		i++;
	i = (i + 1) % TUI_COUNT(encodings);
	if (path)
		keys_command(v->screen, "contact-import", path, encodings[i]);
	free(path);
}

static bool key(struct tui_view *v, const char *k)
{
	enum app_import_state state = app_import_state(app_of(v));

	if (text_equal(k, "e") &&
	    (state == APP_IMPORT_READY || state == APP_IMPORT_FAILED)) {
		next_encoding(v);
		return true;
	}
	if (text_equal(k, "x") && state == APP_IMPORT_SENDING) {
		keys_command(v->screen, "contact-import-cancel");
		return true;
	}
	return false;
}

static const char *word(const struct tui_view *v, enum act a)
{
	enum app_import_state state = app_import_state(app_of(v));
	bool ready = state == APP_IMPORT_READY && anything(app_of(v));

	if (a == ACT_ENTER)
		return ready			  ? _("import")
		       : state == APP_IMPORT_DONE ? _("close")
						  : NULL;
	return a == ACT_BACK && ready ? _("change nothing") : NULL;
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	enum app_import_state state = app_import_state(app_of(v));

	if (state == APP_IMPORT_SENDING)
		text_buf_add(b, _("x gives it up, and nothing is changed. Esc "
				  "leaves it to itself."));
	else if (state == APP_IMPORT_READY || state == APP_IMPORT_FAILED)
		text_buf_add(b, _("e reads it in another encoding."));
}

static void size(const struct tui_view *v, struct rect *wanted)
{
	size_t rows = app_import_rows(app_of(v));

	wanted->rows = HEAD + FOOT + 1 +
		       (rows < 8    ? 8
			: rows < 40 ? (unsigned)rows
				    : 40);
	wanted->columns = 100;
}

static void changed(struct tui_view *v)
{
	screen_relayout(v->screen);
	view_dirty(v);
}

const struct view_class import_class = {
	.name = "import",
	.title = N_("Import contacts"),
	.app_changes = APP_CHANGE_IMPORT,
	.recalc = changed,
	.draw = draw,
	.act = act,
	.key = key,
	.explain = explain,
	.word = word,
	.size = size,
};

int import_alloc(struct tui_view **vp, struct tui_screen *s)
{
	return view_alloc(vp, sizeof(struct import_view), &import_class, s,
			  NULL);
}
