/**
 * @file picture_cells.c  A picture as cells, by chafa
 *
 * A line for each, row by row: foreground, background, a blank between, and
 * the character. A colour is -1 (the terminal's own), 0 to 15 where there are
 * no more, or 0x1000000 | RRGGBB, in decimal.
 */
#include <chafa.h>
#include <stdio.h>
#include <stdlib.h>

#include "picture_image.h"

enum { FULL_BLOCK = 0x2588 };

/* For up to so many colours. */
static const struct {
	uint32_t colours;
	ChafaCanvasMode mode;
} modes[] = {
	{0, CHAFA_CANVAS_MODE_FGBG},
	{8, CHAFA_CANVAS_MODE_INDEXED_8},
	{16, CHAFA_CANVAS_MODE_INDEXED_16},
	/* not the first 16: each terminal has its own */
	{256, CHAFA_CANVAS_MODE_INDEXED_240},
	{UINT32_MAX, CHAFA_CANVAS_MODE_TRUECOLOR},
};

static ChafaCanvas *canvas_of(const struct picture_look *look)
{
	ChafaCanvasConfig *config = chafa_canvas_config_new();
	ChafaSymbolMap *symbols = chafa_symbol_map_new();
	ChafaCanvas *canvas;
	size_t i = 0;

	while (look->colours > modes[i].colours)
		i++;
	chafa_symbol_map_add_by_tags(symbols, CHAFA_SYMBOL_TAG_SPACE);
	chafa_symbol_map_add_by_tags(symbols, look->ascii
						      ? CHAFA_SYMBOL_TAG_ASCII
						      : CHAFA_SYMBOL_TAG_BLOCK);
	chafa_canvas_config_set_geometry(config, (int)look->columns,
					 (int)look->rows);
	chafa_canvas_config_set_canvas_mode(config, modes[i].mode);
	chafa_canvas_config_set_symbol_map(config, symbols);
	/* A terminal of few colours has few pairs of them, too. */
	if (look->colours <= 16)
		chafa_canvas_config_set_fg_only_enabled(config, TRUE);
	canvas = chafa_canvas_new(config);
	chafa_symbol_map_unref(symbols);
	chafa_canvas_config_unref(config);
	return canvas;
}

static unsigned char *pixels_of(gdImagePtr im)
{
	int width = gdImageSX(im), height = gdImageSY(im);
	unsigned char *pixels = malloc((size_t)width * (size_t)height * 4);
	unsigned char *p = pixels;

	for (int y = 0; pixels && y < height; y++) {
		for (int x = 0; x < width; x++, p += 4) {
			int c = gdImageGetTrueColorPixel(im, x, y);

			p[0] = (unsigned char)gdTrueColorGetRed(c);
			p[1] = (unsigned char)gdTrueColorGetGreen(c);
			p[2] = (unsigned char)gdTrueColorGetBlue(c);
			p[3] = 255;
		}
	}
	return pixels;
}

static void put_cell(FILE *f, ChafaCanvas *canvas,
		     const struct picture_look *look, int x, int y)
{
	gunichar c = chafa_canvas_get_char_at(canvas, x, y);
	char text[8] = "";
	gint fg = -1, bg = -1;

	if (look->colours && look->colours <= 16) {
		chafa_canvas_get_raw_colors_at(canvas, x, y, &fg, &bg);
		fg = fg < 0 || fg > 15 ? -1 : fg;
		bg = -1;
	} else if (look->colours) {
		chafa_canvas_get_colors_at(canvas, x, y, &fg, &bg);
		fg = fg < 0 ? -1 : 0x1000000 | fg;
		bg = bg < 0 ? -1 : 0x1000000 | bg;
	}
	if (!g_unichar_isprint(c))
		c = ' ';
	/* What can't be seen makes no pair of its own. */
	if (c == ' ')
		fg = -1;
	else if (c == FULL_BLOCK)
		bg = -1;
	text[g_unichar_to_utf8(c, text)] = '\0';
	fprintf(f, "%d %d %s\n", fg, bg, text);
}

int cells_make(gdImagePtr im, const struct picture_look *look,
	       struct bytes *out)
{
	unsigned char *pixels = pixels_of(im);
	int width = gdImageSX(im), height = gdImageSY(im);
	ChafaCanvas *canvas;
	char *text = NULL;
	FILE *f;

	if (!pixels)
		return PICTURE_EXIT_MEMORY;
	f = open_memstream(&text, &out->len);
	if (!f) {
		free(pixels);
		return PICTURE_EXIT_MEMORY;
	}
	chafa_set_n_threads(1);
	canvas = canvas_of(look);
	chafa_canvas_draw_all_pixels(canvas, CHAFA_PIXEL_RGBA8_UNASSOCIATED,
				     pixels, width, height, width * 4);
	for (unsigned y = 0; y < look->rows; y++)
		for (unsigned x = 0; x < look->columns; x++)
			put_cell(f, canvas, look, (int)x, (int)y);
	chafa_canvas_unref(canvas);
	free(pixels);
	if (fclose(f) || !text) {
		free(text);
		return PICTURE_EXIT_MEMORY;
	}
	out->p = (unsigned char *)text;
	return 0;
}
