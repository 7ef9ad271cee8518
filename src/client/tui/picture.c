/**
 * @file picture.c  Pictures of people, as cells; initials where there is none
 *
 * A picture is turned into cells by a program of its own (picture.h), for each
 * size and kind of terminal once. Its colours are styles without a name, which
 * each screen numbers for itself. Where a terminal shows pixels, these lie over
 * the cells (image.c).
 */
#include <stdlib.h>

#include <offhook/picture.h>

#include "tui_int.h"

#define LOG_MODULE "tui"

/* Pictures that are kept, for all screens: as cells, as pixels. */
enum { SHOTS_MAX = 64, PIXELS_MAX = 16 };

/* In the detail: with so many rows and columns there is room for these. */
static const struct {
	unsigned rows, columns;
	unsigned picture_rows;
} sizes[] = {{26, 52, 7}, {15, 44, 4}};

enum { STYLES = FRAME_STYLES_MAX - FRAME_STYLES_NAMED, SLOTS = 4096 };
_Static_assert(STYLE_COUNT <= (int)FRAME_STYLES_NAMED, "names have their own");
_Static_assert(STYLES < SLOTS, "there is an end to looking for one");

/* ---- cells ------------------------------------------------------------- */

/* What a picture is made into: cells, or so many pixels. */
struct form {
	struct picture_look look;
	unsigned width, height; /* 0: cells */
};

/* A picture in one size, for one kind of terminal. */
struct shot {
	struct le le; /* in shots, the one drawn last at the end */
	char *version;
	struct form form;
	/* One of them; both NULL: not made, or it can't be. */
	struct picture_cell *cells;
	uint8_t *rgb;
};

struct pictures {
	struct tui *tui;
	struct list shots;
	struct shot *making; /* or NULL */
	struct picture_work *work;
	bool missing; /* the program is */
};

static const char *const ways[] = {"auto", "on", "cells", "off", NULL};

const struct app_option picture_options[] = {
	{
		.name = "pictures",
		.type = APP_OPTION_CHOICE,
		.choices = ways,
		.initial = "auto",
		.text = N_("Show pictures of people: as well as the terminal "
			   "can, from pixels down to letters (auto, or on), "
			   "without pixels (cells), or not at all (off)."),
	},
	{.name = NULL},
};

static void shot_destroy(void *arg)
{
	struct shot *t = arg;

	list_unlink(&t->le);
	free(t->version);
	free(t->cells);
	free(t->rgb);
}

/* Screens may hold it longer. */
static void shot_release(struct shot *t)
{
	list_unlink(&t->le);
	mem_deref(t);
}

static bool pictures_shown(const struct tui_screen *s)
{
	return !text_equal(app_option_get(screen_app(s), "pictures"), "off");
}

static void pictures_destroy(void *arg)
{
	struct pictures *p = arg;
	struct le *le;

	mem_deref(p->work);
	while ((le = p->shots.head))
		shot_release(le->data);
}

int pictures_alloc(struct pictures **pp, struct tui *t)
{
	struct pictures *p = mem_zalloc(sizeof(*p), pictures_destroy);

	if (!p)
		return ENOMEM;
	p->tui = t;
	*pp = p;
	return 0;
}

static void draw_again(const struct pictures *p)
{
	struct le *le;

	LIST_FOREACH (&p->tui->screens, le)
		screen_dirty(le->data,
			     WIN_BIT(WIN_DETAIL) | WIN_BIT(WIN_POPUP));
}

/* Also for the next one, which has waited for this. */
static void made(struct pictures *p)
{
	p->work = mem_deref(p->work);
	p->making = NULL;
	draw_again(p);
}

static void cells_made(int err, const struct picture_cell *cells, void *arg)
{
	struct pictures *p = arg;
	struct shot *t = p->making;
	size_t n = (size_t)t->form.look.columns * t->form.look.rows;

	t->cells = err ? NULL : calloc(n, sizeof(*cells));
	if (t->cells)
		memcpy(t->cells, cells, n * sizeof(*cells));
	made(p);
}

static void pixels_made(int err, const uint8_t *rgb, void *arg)
{
	struct pictures *p = arg;
	struct shot *t = p->making;
	size_t n = (size_t)t->form.width * t->form.height * 3;

	t->rgb = err ? NULL : malloc(n);
	if (t->rgb)
		memcpy(t->rgb, rgb, n);
	made(p);
}

static bool same_form(const struct form *a, const struct form *b)
{
	return a->look.columns == b->look.columns &&
	       a->look.rows == b->look.rows &&
	       a->look.colours == b->look.colours &&
	       a->look.ascii == b->look.ascii && a->width == b->width &&
	       a->height == b->height;
}

static struct shot *shot_find(const struct pictures *p, const char *version,
			      const struct form *form)
{
	struct le *le;

	LIST_FOREACH (&p->shots, le) {
		struct shot *t = le->data;

		if (same_form(&t->form, form) &&
		    text_equal(t->version, version))
			return t;
	}
	return NULL;
}

/* Those shown longest ago make room; pixels are large. */
static void make_room(struct pictures *p, bool pixels)
{
	size_t n = 0, most = pixels ? PIXELS_MAX : SHOTS_MAX;
	struct le *le;

	for (le = p->shots.tail; le;) {
		struct shot *t = le->data;

		le = le->prev;
		n += !t->form.width == !pixels;
		if (n >= most && !t->form.width == !pixels)
			shot_release(t);
	}
}

static void make(struct pictures *p, const struct app_picture *picture,
		 const struct form *form)
{
	struct shot *t;
	int err;

	if (p->making || p->missing)
		return;
	make_room(p, form->width);
	t = mem_zalloc(sizeof(*t), shot_destroy);
	if (!t)
		return;
	list_append(&p->shots, &t->le, t);
	t->form = *form;
	if (text_set(&t->version, picture->version)) {
		shot_release(t);
		return;
	}
	err = form->width ? picture_pixels(&p->work, form->width, form->height,
					   picture->image, picture->len,
					   pixels_made, p)
			  : picture_cells(&p->work, &form->look, picture->image,
					  picture->len, cells_made, p);
	p->missing = err == ENOENT;
	if (p->missing)
		log_warn("offhook-picture is not installed: letters instead "
			 "of pictures");
	/* Else it stays, and is not tried again. */
	if (!err)
		p->making = t;
}

/* What this terminal can show. */
static struct picture_look look_of(const struct tui_screen *s, struct rect area)
{
	const char *theme = app_option_get(screen_app(s), "theme");
	bool colours =
		!s->mono && s->version >= 3 && !text_equal(theme, "mono");

	return (struct picture_look){
		.columns = area.columns,
		.rows = area.rows,
		.colours = colours ? s->colours : 0,
		.ascii = s->ascii,
	};
}

/* @return NULL: it is not here (yet) */
static struct shot *shot_of(const struct tui_screen *s,
			    const struct uc_contact *c, const struct form *form)
{
	struct pictures *p = s->tui->pictures;
	struct app_picture picture;
	struct shot *t;

	if (!c || !pictures_shown(s) ||
	    app_picture(screen_app(s), c, &picture) != APP_PICTURE_HERE)
		return NULL;
	t = shot_find(p, picture.version, form);
	if (!t) {
		make(p, &picture, form);
		return NULL;
	}
	list_unlink(&t->le);
	list_append(&p->shots, &t->le, t);
	return t;
}

/* ---- colours as styles ------------------------------------------------- */

struct palette {
	struct {
		int32_t fg, bg;
	} pair[STYLES];
	uint16_t slot[SLOTS]; /* index of a pair, and 1; 0: none */
	unsigned count, told;
	bool crowded; /* there were more */
};

static unsigned slot_of(int32_t fg, int32_t bg)
{
	uint32_t n = (uint32_t)fg * 0x9e3779b1u ^ (uint32_t)bg * 0x85ebca6bu;

	return (n ^ n >> 15) % SLOTS;
}

/* @return STYLE_COUNT: no more are left */
static enum frame_style style_of(struct palette *p,
				 const struct picture_cell *c)
{
	unsigned at = slot_of(c->fg, c->bg), i;

	if (c->fg < 0 && c->bg < 0)
		return STYLE_NORMAL;
	for (; p->slot[at]; at = (at + 1) % SLOTS) {
		i = p->slot[at] - 1u;
		if (p->pair[i].fg == c->fg && p->pair[i].bg == c->bg)
			return (enum frame_style)(FRAME_STYLES_NAMED + i);
	}
	if (p->count == STYLES) {
		p->crowded = true;
		return STYLE_COUNT;
	}
	i = p->count++;
	p->pair[i].fg = c->fg;
	p->pair[i].bg = c->bg;
	p->slot[at] = (uint16_t)(i + 1);
	return (enum frame_style)(FRAME_STYLES_NAMED + i);
}

bool picture_crowded(struct tui_screen *s)
{
	struct palette *p = s->palette;

	if (!p || !p->crowded)
		return false;
	memset(p, 0, sizeof(*p));
	s->dirty |= WIN_BIT(WIN_DETAIL) | WIN_BIT(WIN_POPUP);
	return true;
}

void picture_forget(struct tui_screen *s)
{
	if (s->palette)
		s->palette->told = 0;
}

static int8_t of_sixteen(int32_t colour)
{
	return (int8_t)(colour < 16 ? colour : -1);
}

int picture_tell(struct tui_screen *s, struct text_buf *b)
{
	struct frame_message m = {.type = FRAME_STYLE};
	struct palette *p = s->palette;
	int err = 0;

	for (; p && p->told < p->count && !err; p->told += !err) {
		int32_t fg = p->pair[p->told].fg, bg = p->pair[p->told].bg;

		m.style.id = FRAME_STYLES_NAMED + p->told;
		m.style.look = (struct frame_look){
			.fg = fg,
			.bg = bg,
			.fg16 = of_sixteen(fg),
			.bg16 = of_sixteen(bg),
		};
		err = frame_encode(b, &m);
	}
	return err;
}

/* ---- drawing ----------------------------------------------------------- */

/* First letters of the first and the last name. */
static void initials(struct text_buf *b, const char *name)
{
	const char *last = NULL, *p;
	unsigned width;

	for (p = name; *p; p++)
		if (*p == ' ' && p[1] && p[1] != ' ')
			last = p + 1;
	text_buf_add_n(b, name, text_cluster(name, strlen(name), &width));
	if (last)
		text_buf_add_n(b, last,
			       text_cluster(last, strlen(last), &width));
}

static void draw_initials(struct tui_screen *s, struct frame_grid *g,
			  struct rect area, const char *name)
{
	struct text_buf b = {0};
	unsigned i, w;

	for (i = 0; i < area.rows; i++)
		frame_grid_fill(g, area.row + i, area.column, area.columns,
				STYLE_DIM, glyph(s, GLYPH_PICTURE));
	if (text_empty(name))
		return;
	initials(&b, name);
	w = (unsigned)text_width(b.buf);
	if (w && w <= area.columns)
		frame_grid_put(g, area.row + (area.rows - 1) / 2,
			       area.column + (area.columns - w) / 2, w,
			       STYLE_BOLD, b.buf);
	text_buf_reset(&b);
}

bool picture_paint(struct tui_screen *s, struct frame_grid *g, struct rect area,
		   const struct picture_cell *c)
{
	enum frame_style style;

	if (!s->palette)
		s->palette = mem_zalloc(sizeof(*s->palette), NULL);
	if (!s->palette)
		return false;
	for (unsigned y = 0; y < area.rows; y++) {
		for (unsigned x = 0; x < area.columns; x++, c++) {
			style = style_of(s->palette, c);
			if (style == STYLE_COUNT)
				return false;
			frame_grid_put(g, area.row + y, area.column + x, 1,
				       style, c->text);
		}
	}
	return true;
}

/* Until the pixels are here, the cells below them are seen. */
static void draw_pixels(struct tui_screen *s, const struct frame_grid *g,
			struct rect area, const struct uc_contact *c)
{
	struct form form = {
		.look = {.columns = area.columns, .rows = area.rows}};
	struct shot *t;

	if (!image_wanted(s) || !image_size(s, area, &form.width, &form.height))
		return;
	t = shot_of(s, c, &form);
	if (t && t->rgb)
		image_put(s, g, area, t, t->rgb);
}

void picture_draw(struct tui_screen *s, struct frame_grid *g, struct rect area,
		  const struct uc_contact *c, const char *name)
{
	struct form form = {.look = look_of(s, area)};
	/* Shapes without their colours are none: dimmed it is letters. */
	const struct shot *t = s->dimmed ? NULL : shot_of(s, c, &form);

	if (t && t->cells && picture_paint(s, g, area, t->cells))
		draw_pixels(s, g, area, c);
	else
		draw_initials(s, g, area, name);
}

struct rect picture_place(struct tui_screen *s, const struct uc_contact *c,
			  struct rect area)
{
	struct rect place = {area.row, area.column + 2, 0, 0};
	struct app_picture picture;

	if (!c || !pictures_shown(s) ||
	    app_picture(screen_app(s), c, &picture) == APP_PICTURE_NONE)
		return place;
	for (size_t i = 0; i < TUI_COUNT(sizes) && !place.rows; i++)
		if (area.rows >= sizes[i].rows &&
		    area.columns >= sizes[i].columns)
			place.rows = sizes[i].picture_rows;
	place.columns = place.rows * 2;
	return place;
}
