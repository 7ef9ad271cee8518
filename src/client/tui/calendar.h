/**
 * @file calendar.h  A month of which a day can be picked, in a view's area
 */
#ifndef OFFHOOK_TUI_CALENDAR_H
#define OFFHOOK_TUI_CALENDAR_H

#include "tui_int.h"

enum { CALENDAR_ROWS = 8, CALENDAR_COLUMNS = 28 };

struct calendar {
	bool open;
	int year, month, day; /**< chosen; the month from 1 */
	struct rect at;	      /**< as drawn last */
	int top;	      /**< its first week, likewise */
};
/** Begin at that day, by the local clock. */
void calendar_open(struct calendar *c, int64_t ms);
/** @return true if the key was for it: it has moved */
bool calendar_key(struct calendar *c, const char *key);
/** A place in the window. @return true if a day was picked; what else is in
 *  the calendar moves it */
bool calendar_click(struct calendar *c, unsigned row, unsigned column);
void calendar_draw(const struct tui_screen *s, struct calendar *c,
		   struct frame_grid *g, struct rect area, struct rect *cursor);

#endif
