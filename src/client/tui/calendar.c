/**
 * @file calendar.c  A month of which a day can be picked
 */
#include <stdlib.h>
#include <time.h>

#include "calendar.h"

enum { CELL = 4, HEAD_ROWS = 2, WEEKS = 6 };

static const char *const months[12] = {
	N_("January"),	 N_("February"), N_("March"),	 N_("April"),
	N_("May"),	 N_("June"),	 N_("July"),	 N_("August"),
	N_("September"), N_("October"),	 N_("November"), N_("December"),
};

/* Day of the week that a week begins with, 0: Sunday. */
static int week_begins(void)
{
	/* TRANSLATORS: the day that a week begins with: end it with 0 for
	   Sunday, 1 for Monday, 6 for Saturday */
	const char *said = _("calendar:week_start:0");
	int day = said[strlen(said) - 1] - '0';

	return day >= 0 && day < 7 ? day : 0;
}

/* At noon, where no change of the clocks is. */
static struct tm noon(int year, int month, int day)
{
	struct tm tm = {.tm_year = year - 1900,
			.tm_mon = month - 1,
			.tm_mday = day,
			.tm_hour = 12,
			.tm_isdst = -1};

	(void)mktime(&tm);
	return tm;
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* Empty cells before the first of the month. */
static int offset(const struct calendar *c)
{
	return (noon(c->year, c->month, 1).tm_wday - week_begins() + 7) % 7;
}

static struct tm today(void)
{
	time_t t = (time_t)(time_wall_ms() / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	return tm;
}

static void set(struct calendar *c, const struct tm *tm)
{
	c->year = tm->tm_year + 1900;
	c->month = tm->tm_mon + 1;
	c->day = tm->tm_mday;
}

void calendar_open(struct calendar *c, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	set(c, &tm);
	c->open = true;
	c->at = (struct rect){0, 0, 0, 0};
}

static void move_days(struct calendar *c, int days)
{
	struct tm tm = noon(c->year, c->month, c->day + days);

	set(c, &tm);
}

static void move_months(struct calendar *c, int by)
{
	int n = c->year * 12 + c->month - 1 + by, last;

	c->year = n / 12;
	c->month = n % 12 + 1;
	last = days_in(c->year, c->month);
	if (c->day > last)
		c->day = last;
}

bool calendar_key(struct calendar *c, const char *key)
{
	static const struct {
		const char *key;
		int days, months;
	} keys[] = {
		{"Left", -1, 0},      {"Right", 1, 0},	     {"Up", -7, 0},
		{"Down", 7, 0},	      {"h", -1, 0},	     {"l", 1, 0},
		{"k", -7, 0},	      {"j", 7, 0},	     {"PageUp", 0, -1},
		{"PageDown", 0, 1},   {"C-b", 0, -1},	     {"C-f", 0, 1},
		{"S-PageUp", 0, -12}, {"S-PageDown", 0, 12},
	};
	struct tm tm;

	if (text_equal(key, "Home") || text_equal(key, "t")) {
		tm = today();
		set(c, &tm);
		return true;
	}
	for (size_t i = 0; i < TUI_COUNT(keys); i++) {
		if (!text_equal(keys[i].key, key))
			continue;
		if (keys[i].days)
			move_days(c, keys[i].days);
		else
			move_months(c, keys[i].months);
		return true;
	}
	return false;
}

bool calendar_click(struct calendar *c, unsigned row, unsigned column)
{
	int day;

	if (row < c->at.row || row >= c->at.row + c->at.rows ||
	    column < c->at.column || column >= c->at.column + c->at.columns)
		return false;
	row -= c->at.row;
	column -= c->at.column;
	if (row == 0) {
		move_months(c, column < CALENDAR_COLUMNS / 2 ? -1 : 1);
		return false;
	}
	if (row < HEAD_ROWS)
		return false;
	day = (c->top + (int)row - HEAD_ROWS) * 7 + (int)column / CELL -
	      offset(c) + 1;
	if (day < 1 || day > days_in(c->year, c->month))
		return false;
	c->day = day;
	return true;
}

static void draw_head(const struct tui_screen *s, const struct calendar *c,
		      struct frame_grid *g)
{
	char *title = text_printf("%s %d", _(months[c->month - 1]), c->year);
	unsigned width = title ? (unsigned)text_width(title) : 0;
	unsigned at = c->at.column;

	frame_grid_put(g, c->at.row, at + 1, 1, STYLE_KEY, "<");
	frame_grid_put(g, c->at.row, at + c->at.columns - 2, 1, STYLE_KEY, ">");
	if (title && width + 6 <= c->at.columns)
		draw_text(s, g, c->at.row, at + (c->at.columns - width) / 2,
			  width, STYLE_TITLE, title);
	free(title);
	for (unsigned i = 0; c->at.rows > 1 && i < 7; i++)
		draw_text(s, g, c->at.row + 1, at + i * CELL + 1, CELL - 1,
			  STYLE_DIM,
			  words_weekday(((int)i + week_begins()) % 7));
}

static void draw_day(const struct tui_screen *s, const struct calendar *c,
		     struct frame_grid *g, unsigned row, unsigned column,
		     int day, struct rect *cursor)
{
	struct tm now = today();
	int d = (c->year - now.tm_year - 1900) * 512 +
		(c->month - now.tm_mon - 1) * 32 + day - now.tm_mday;
	bool here = day == c->day;
	enum frame_style st = here    ? STYLE_SELECTED
			      : d < 0 ? STYLE_FAINT
				      : STYLE_NORMAL;
	char number[16];

	snprintf(number, sizeof(number), "%2d", day);
	frame_grid_put(g, row, column + 1, 2, st, number);
	/* Today is told by more than a style. */
	if (d == 0) {
		frame_grid_put(g, row, column, 1, STYLE_BOLD, "[");
		frame_grid_put(g, row, column + 3, 1, STYLE_BOLD, "]");
	} else if (here) {
		frame_grid_put(g, row, column, 1, st, glyph(s, GLYPH_MARK));
	}
	if (here && cursor)
		*cursor = (struct rect){row, column + 1, 1, 1};
}

void calendar_draw(const struct tui_screen *s, struct calendar *c,
		   struct frame_grid *g, struct rect area, struct rect *cursor)
{
	int first = offset(c), last = days_in(c->year, c->month);
	int week = (first + c->day - 1) / 7, weeks;

	if (area.columns < CALENDAR_COLUMNS || area.rows < HEAD_ROWS + 1)
		return;
	c->at = area;
	c->at.columns = CALENDAR_COLUMNS;
	if (c->at.rows > CALENDAR_ROWS)
		c->at.rows = CALENDAR_ROWS;
	for (unsigned i = 0; i < c->at.rows; i++)
		frame_grid_fill(g, c->at.row + i, c->at.column, c->at.columns,
				STYLE_NORMAL, " ");
	weeks = (int)c->at.rows - HEAD_ROWS;
	c->top = week < weeks ? 0 : week - weeks + 1;
	draw_head(s, c, g);
	for (int i = 0; i < weeks * 7; i++) {
		int day = c->top * 7 + i - first + 1;

		if (day >= 1 && day <= last)
			draw_day(s, c, g,
				 c->at.row + HEAD_ROWS + (unsigned)i / 7,
				 c->at.column + (unsigned)(i % 7) * CELL, day,
				 cursor);
	}
}
