/**
 * @file screen_int.h  What the files about the screen share
 */
#ifndef OFFHOOK_SCREEN_INT_H
#define OFFHOOK_SCREEN_INT_H

#include <curses.h>
#include <panel.h>

#include "term_int.h"

/** Where an image was painted over cells, on the screen. */
struct laid {
	uint32_t image; /**< 0: nowhere */
	int row, column, rows, columns;
};

/** A window of the core's; a panel where it is on the screen. */
struct window {
	uint32_t id;
	struct frame_window place;
	/** What it shows, also where it is outside of the screen. */
	struct frame_cell *cells;
	WINDOW *win; /**< NULL: nothing of it is on the screen */
	PANEL *panel;
	int top, left; /**< its first cell that is on the screen */
	struct frame_picture picture; /**< the image over its cells */
	struct laid laid;
};

/** One of the core's. */
struct image {
	struct frame_image is;
	unsigned number;       /**< in the terminal */
	int pair;	       /**< of the colour that is its number; 0: none */
	bool sent;	       /**< the terminal has it */
	struct text_buf sixel; /**< as such, once it was needed */
};

struct screen {
	SCREEN *sp;
	char *term;
	bool utf8;
	bool title, title_set; /**< it can be set; it was */
	uint32_t colours;
	uint32_t mode;
	struct frame_size size;
	struct style styles[FRAME_STYLES_MAX];
	bool restyled; /**< some look otherwise since the last flush */
	struct window **windows; /**< lowest first */
	size_t count;
	struct frame_cursor cursor;
	bool cursor_shown;
	struct text_buf before, after; /**< to write around the cells */
	struct text_buf painted;       /**< over them */
	bool stale[FRAME_ROWS_MAX];    /**< lines to be written as a whole */
	enum pixels_way way;
	struct probe probe;
	struct image *images[FRAME_IMAGES_MAX];
	unsigned image_count; /**< that there were */
	bool anew;	      /**< curses paints all of it next */
};

struct window *screen_find(const struct screen *s, uint32_t id);
/** Draw anew what is in a style that looks otherwise now. */
void screen_restyle(struct screen *s);
/** Take all panels off, and put them on the screen of a new size. */
void screen_windows_drop(struct screen *s);
void screen_windows_make(struct screen *s);
/** Draw all cells of a window anew. */
void screen_draw(const struct screen *s, struct window *w);

/** A cell's pixels. @return false: they are not known */
bool screen_cell(const struct screen *s, unsigned *width, unsigned *height);

/* overlay.c */
/** Before curses paints what panels have: take away what is not to be seen.
 *  @return true: overlay_after() has something to paint */
bool overlay_before(struct screen *s);
void overlay_after(struct screen *s);
/** What is there is nobody's any more. */
void overlay_gone(struct screen *s, const struct laid *l);

/* sixel.c */
/** Append an image in so many colours; nothing without memory. */
void sixel_encode(struct text_buf *b, const struct frame_image *i,
		  unsigned colours);

/* image.c */
enum { IMAGE_CELL_MAX = 4 };
/** NULL: there is none */
struct image *image_find(const struct screen *s, uint32_t id);
/** The image over a window's cells, NULL if there is none. */
const struct image *image_of(const struct screen *s, const struct window *w);
/** A cell as a part of the image over it. @return false: it is none */
bool image_cell(const struct screen *s, const struct window *w, uint32_t row,
		uint32_t column, wchar_t text[IMAGE_CELL_MAX], int *pair);
/** What the terminal does not have yet, before the cells. */
void images_send(struct screen *s);
/** Append what frees all that it has; it is sent again when it is needed. */
void images_unsend(struct screen *s, struct text_buf *b);
/** Append what does that whatever it has. */
void images_rescue(const struct screen *s, struct text_buf *b);
void images_close(struct screen *s);

#endif
