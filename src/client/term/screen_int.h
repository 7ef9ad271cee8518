/**
 * @file screen_int.h  What the two files about the screen share
 */
#ifndef OFFHOOK_SCREEN_INT_H
#define OFFHOOK_SCREEN_INT_H

#include <curses.h>
#include <panel.h>

#include "term_int.h"

/** A window of the core's; a panel where it is on the screen. */
struct window {
	uint32_t id;
	struct frame_window place;
	/** What it shows, also where it is outside of the screen. */
	struct frame_cell *cells;
	WINDOW *win; /**< NULL: nothing of it is on the screen */
	PANEL *panel;
	int top, left; /**< its first cell that is on the screen */
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
	struct text_buf after; /**< to write behind the cells */
};

struct window *screen_find(const struct screen *s, uint32_t id);
/** Draw anew what is in a style that looks otherwise now. */
void screen_restyle(struct screen *s);
/** Take all panels off, and put them on the screen of a new size. */
void screen_windows_drop(struct screen *s);
void screen_windows_make(struct screen *s);

#endif
