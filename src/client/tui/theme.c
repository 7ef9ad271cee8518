/**
 * @file theme.c  How each style looks in each of the four themes
 *
 * The terminal's own foreground and two greys for nearly everything; colour
 * for presence and for what wants attention, and never colour alone: words
 * and lamps say the same. Where there is no colour, attributes stand in.
 */
#include "tui_int.h"

#define RGB(c) (FRAME_COLOUR_RGB | 0x##c)
#define OWN FRAME_COLOUR_DEFAULT
#define LOOK(rgb, sixteen, attr, mono)                                 \
	{                                                              \
		.fg = (rgb), .bg = OWN, .fg16 = (sixteen), .bg16 = -1, \
		.attrs = (attr), .attrs_mono = (mono)                  \
	}
#define PLAIN(attr) LOOK(OWN, -1, attr, attr)

static const struct frame_look dark[STYLE_COUNT] = {
	[STYLE_NORMAL] = PLAIN(0),
	[STYLE_DIM] = LOOK(RGB(9e9e9e), 7, 0, 0),
	[STYLE_FAINT] = LOOK(RGB(6c6c6c), 8, 0, FRAME_FAINT),
	[STYLE_BOLD] = PLAIN(FRAME_BOLD),
	[STYLE_TITLE] = PLAIN(FRAME_BOLD),
	[STYLE_HEADER] = PLAIN(FRAME_BOLD),
	[STYLE_HEADER_DIM] = LOOK(RGB(9e9e9e), 7, 0, 0),
	[STYLE_TAB] = LOOK(RGB(9e9e9e), 7, 0, 0),
	[STYLE_TAB_ACTIVE] = PLAIN(FRAME_BOLD | FRAME_UNDERLINE),
	[STYLE_SELECTED] = LOOK(RGB(8ab4d8), 14, 0, FRAME_REVERSE),
	[STYLE_SELECTED_IDLE] = PLAIN(FRAME_BOLD),
	[STYLE_MATCH] = PLAIN(FRAME_UNDERLINE),
	[STYLE_FIELD] = PLAIN(FRAME_UNDERLINE),
	[STYLE_HINT] = LOOK(RGB(9e9e9e), 7, 0, 0),
	[STYLE_KEY] = PLAIN(FRAME_BOLD),
	[STYLE_BORDER] = LOOK(RGB(6c6c6c), 8, 0, 0),
	[STYLE_OFFICE] = LOOK(RGB(87af87), 2, 0, 0),
	[STYLE_AWAY] = LOOK(RGB(d7af5f), 3, 0, 0),
	[STYLE_GONE] = LOOK(RGB(7d9fc9), 6, 0, 0),
	[STYLE_DND] = LOOK(RGB(d7756b), 1, 0, 0),
	[STYLE_RINGING] = LOOK(RGB(ffd75f), 11, FRAME_BOLD, FRAME_BOLD),
	[STYLE_TALKING] = LOOK(RGB(87d787), 10, FRAME_BOLD, FRAME_BOLD),
	[STYLE_HELD] = LOOK(RGB(d7af5f), 3, 0, 0),
	[STYLE_UNREAD] = LOOK(RGB(ffd75f), 11, FRAME_BOLD, FRAME_BOLD),
	[STYLE_GOOD] = LOOK(RGB(87d787), 2, 0, 0),
	[STYLE_WARNING] = LOOK(RGB(ffd75f), 11, FRAME_BOLD, FRAME_BOLD),
	[STYLE_ERROR] = LOOK(RGB(ff8778), 9, FRAME_BOLD, FRAME_BOLD),
};

static const struct frame_look light[STYLE_COUNT] = {
	[STYLE_NORMAL] = PLAIN(0),
	[STYLE_DIM] = LOOK(RGB(5f5f5f), 8, 0, 0),
	[STYLE_FAINT] = LOOK(RGB(949494), 7, 0, FRAME_FAINT),
	[STYLE_BOLD] = PLAIN(FRAME_BOLD),
	[STYLE_TITLE] = PLAIN(FRAME_BOLD),
	[STYLE_HEADER] = PLAIN(FRAME_BOLD),
	[STYLE_HEADER_DIM] = LOOK(RGB(5f5f5f), 8, 0, 0),
	[STYLE_TAB] = LOOK(RGB(5f5f5f), 8, 0, 0),
	[STYLE_TAB_ACTIVE] = PLAIN(FRAME_BOLD | FRAME_UNDERLINE),
	[STYLE_SELECTED] = LOOK(RGB(005f9e), 4, 0, FRAME_REVERSE),
	[STYLE_SELECTED_IDLE] = PLAIN(FRAME_BOLD),
	[STYLE_MATCH] = PLAIN(FRAME_UNDERLINE),
	[STYLE_FIELD] = PLAIN(FRAME_UNDERLINE),
	[STYLE_HINT] = LOOK(RGB(5f5f5f), 8, 0, 0),
	[STYLE_KEY] = PLAIN(FRAME_BOLD),
	[STYLE_BORDER] = LOOK(RGB(949494), 7, 0, 0),
	[STYLE_OFFICE] = LOOK(RGB(2f7d32), 2, 0, 0),
	[STYLE_AWAY] = LOOK(RGB(946200), 3, 0, 0),
	[STYLE_GONE] = LOOK(RGB(2f5f9e), 4, 0, 0),
	[STYLE_DND] = LOOK(RGB(b3261e), 1, 0, 0),
	[STYLE_RINGING] = LOOK(RGB(875f00), 3, FRAME_BOLD, FRAME_BOLD),
	[STYLE_TALKING] = LOOK(RGB(1b6b1f), 2, FRAME_BOLD, FRAME_BOLD),
	[STYLE_HELD] = LOOK(RGB(946200), 3, 0, 0),
	[STYLE_UNREAD] = LOOK(RGB(875f00), 3, FRAME_BOLD, FRAME_BOLD),
	[STYLE_GOOD] = LOOK(RGB(1b6b1f), 2, 0, 0),
	[STYLE_WARNING] = LOOK(RGB(875f00), 3, FRAME_BOLD, FRAME_BOLD),
	[STYLE_ERROR] = LOOK(RGB(b3261e), 1, FRAME_BOLD, FRAME_BOLD),
};

/* Nothing grey: second and third rank keep the full foreground. */
static const struct frame_look contrast[STYLE_COUNT] = {
	[STYLE_NORMAL] = PLAIN(0),
	[STYLE_DIM] = PLAIN(0),
	[STYLE_FAINT] = PLAIN(0),
	[STYLE_BOLD] = PLAIN(FRAME_BOLD),
	[STYLE_TITLE] = PLAIN(FRAME_BOLD | FRAME_UNDERLINE),
	[STYLE_HEADER] = PLAIN(FRAME_BOLD),
	[STYLE_HEADER_DIM] = PLAIN(0),
	[STYLE_TAB] = PLAIN(0),
	[STYLE_TAB_ACTIVE] = PLAIN(FRAME_BOLD | FRAME_REVERSE),
	[STYLE_SELECTED] = PLAIN(FRAME_BOLD | FRAME_REVERSE),
	[STYLE_SELECTED_IDLE] = PLAIN(FRAME_BOLD | FRAME_UNDERLINE),
	[STYLE_MATCH] = PLAIN(FRAME_BOLD | FRAME_UNDERLINE),
	[STYLE_FIELD] = PLAIN(FRAME_UNDERLINE),
	[STYLE_HINT] = PLAIN(0),
	[STYLE_KEY] = PLAIN(FRAME_BOLD),
	[STYLE_BORDER] = PLAIN(0),
	[STYLE_OFFICE] = LOOK(10, 10, FRAME_BOLD, FRAME_BOLD),
	[STYLE_AWAY] = LOOK(11, 11, FRAME_BOLD, FRAME_BOLD),
	[STYLE_GONE] = LOOK(14, 14, FRAME_BOLD, FRAME_BOLD),
	[STYLE_DND] = LOOK(9, 9, FRAME_BOLD, FRAME_BOLD),
	[STYLE_RINGING] = LOOK(11, 11, FRAME_BOLD | FRAME_REVERSE,
			       FRAME_BOLD | FRAME_REVERSE),
	[STYLE_TALKING] = LOOK(10, 10, FRAME_BOLD, FRAME_BOLD),
	[STYLE_HELD] = LOOK(11, 11, FRAME_BOLD, FRAME_BOLD),
	[STYLE_UNREAD] = LOOK(11, 11, FRAME_BOLD, FRAME_BOLD),
	[STYLE_GOOD] = LOOK(10, 10, FRAME_BOLD, FRAME_BOLD),
	[STYLE_WARNING] = LOOK(11, 11, FRAME_BOLD, FRAME_BOLD),
	[STYLE_ERROR] = LOOK(9, 9, FRAME_BOLD | FRAME_REVERSE,
			     FRAME_BOLD | FRAME_REVERSE),
};

static const struct frame_look mono[STYLE_COUNT] = {
	[STYLE_NORMAL] = PLAIN(0),
	[STYLE_DIM] = PLAIN(0),
	[STYLE_FAINT] = PLAIN(FRAME_FAINT),
	[STYLE_BOLD] = PLAIN(FRAME_BOLD),
	[STYLE_TITLE] = PLAIN(FRAME_BOLD),
	[STYLE_HEADER] = PLAIN(FRAME_BOLD),
	[STYLE_HEADER_DIM] = PLAIN(0),
	[STYLE_TAB] = PLAIN(0),
	[STYLE_TAB_ACTIVE] = PLAIN(FRAME_BOLD | FRAME_UNDERLINE),
	[STYLE_SELECTED] = PLAIN(FRAME_REVERSE),
	[STYLE_SELECTED_IDLE] = PLAIN(FRAME_BOLD),
	[STYLE_MATCH] = PLAIN(FRAME_UNDERLINE),
	[STYLE_FIELD] = PLAIN(FRAME_UNDERLINE),
	[STYLE_HINT] = PLAIN(0),
	[STYLE_KEY] = PLAIN(FRAME_BOLD),
	[STYLE_BORDER] = PLAIN(FRAME_FAINT),
	[STYLE_OFFICE] = PLAIN(0),
	[STYLE_AWAY] = PLAIN(0),
	[STYLE_GONE] = PLAIN(0),
	[STYLE_DND] = PLAIN(FRAME_BOLD),
	[STYLE_RINGING] = PLAIN(FRAME_BOLD),
	[STYLE_TALKING] = PLAIN(FRAME_BOLD),
	[STYLE_HELD] = PLAIN(0),
	[STYLE_UNREAD] = PLAIN(FRAME_BOLD),
	[STYLE_GOOD] = PLAIN(0),
	[STYLE_WARNING] = PLAIN(FRAME_BOLD),
	[STYLE_ERROR] = PLAIN(FRAME_BOLD | FRAME_REVERSE),
};

static const struct {
	const char *name;
	const struct frame_look *looks;
} themes[] = {
	{"dark", dark},
	{"light", light},
	{"contrast", contrast},
	{"mono", mono},
};

const char *const theme_choices[] = {"dark", "light", "contrast", "mono", NULL};
_Static_assert(TUI_COUNT(theme_choices) == TUI_COUNT(themes) + 1,
	       "a name for each theme");

const struct frame_look *theme_look(const char *theme, enum frame_style st)
{
	size_t i;

	if (st >= STYLE_COUNT)
		st = STYLE_NORMAL;
	for (i = 0; i < TUI_COUNT(themes); i++)
		if (text_equal(themes[i].name, theme))
			return &themes[i].looks[st];
	return &dark[st];
}
