/**
 * @file draw.c  Text that fits, boxes
 */
#include "tui_int.h"

unsigned draw_text(const struct tui_screen *s, struct frame_grid *g,
		   unsigned row, unsigned column, unsigned width,
		   enum frame_style style, const char *text)
{
	const char *dots = glyph(s, GLYPH_ELLIPSIS);
	size_t n, columns = 0;
	unsigned drawn = 0;

	if (!width || text_empty(text))
		return 0;
	n = text_fit(text, width, &columns);
	if (!text[n])
		return frame_grid_put(g, row, column, width, style, text);
	if (width > 1)
		drawn = frame_grid_put(g, row, column, width - 1, style, text);
	return drawn + frame_grid_put(g, row, column + drawn, 1, style, dots);
}

unsigned draw_right(const struct tui_screen *s, struct frame_grid *g,
		    unsigned row, unsigned end, unsigned width,
		    enum frame_style style, const char *text)
{
	size_t columns;

	if (width > end)
		width = end;
	if (text_empty(text) || !width)
		return 0;
	if (text[text_fit(text, width, &columns)])
		columns = width;
	return draw_text(s, g, row, end - (unsigned)columns, (unsigned)columns,
			 style, text);
}

void draw_box(const struct tui_screen *s, struct frame_grid *g,
	      const char *title)
{
	unsigned rows = frame_grid_rows(g), columns = frame_grid_columns(g);
	unsigned i, n;

	if (rows < 2 || columns < 2)
		return;
	for (i = 0; i < rows; i += rows - 1)
		frame_grid_fill(g, i, 1, columns - 2, STYLE_BORDER,
				glyph(s, GLYPH_RULE));
	for (i = 1; i < rows - 1; i++) {
		frame_grid_put(g, i, 0, 1, STYLE_BORDER, glyph(s, GLYPH_BAR));
		frame_grid_put(g, i, columns - 1, 1, STYLE_BORDER,
			       glyph(s, GLYPH_BAR));
	}
	frame_grid_put(g, 0, 0, 1, STYLE_BORDER, glyph(s, GLYPH_TOP_LEFT));
	frame_grid_put(g, 0, columns - 1, 1, STYLE_BORDER,
		       glyph(s, GLYPH_TOP_RIGHT));
	frame_grid_put(g, rows - 1, 0, 1, STYLE_BORDER,
		       glyph(s, GLYPH_BOTTOM_LEFT));
	frame_grid_put(g, rows - 1, columns - 1, 1, STYLE_BORDER,
		       glyph(s, GLYPH_BOTTOM_RIGHT));
	if (text_empty(title) || columns < 8)
		return;
	frame_grid_put(g, 0, 1, 1, STYLE_TITLE, " ");
	n = draw_text(s, g, 0, 2, columns - 5, STYLE_TITLE, title);
	frame_grid_put(g, 0, 2 + n, 1, STYLE_TITLE, " ");
}
