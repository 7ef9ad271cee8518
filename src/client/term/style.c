/**
 * @file style.c  How a style looks on a terminal of so many colours
 */
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "term_int.h"

enum { TRUE_COLOUR = 1 << 24 };

static const struct {
	const char *word;
	enum term_colour colour;
	uint32_t most;
} words[] = {
	{"auto", TERM_COLOUR_AUTO, TRUE_COLOUR},
	{"never", TERM_COLOUR_NEVER, 0},
	{"8", TERM_COLOUR_8, 8},
	{"16", TERM_COLOUR_16, 16},
	{"256", TERM_COLOUR_256, 256},
	{"true", TERM_COLOUR_TRUE, TRUE_COLOUR},
};

int term_colour_parse(const char *s, enum term_colour *cp)
{
	for (size_t i = 0; s && i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(s, words[i].word))
			continue;
		*cp = words[i].colour;
		return 0;
	}
	return EINVAL;
}

/* ---- which terminfo entry ---------------------------------------------- */

/* NAME-SUFFIX, where NAME is $TERM without what it ends in already. */
static char *sibling(const char *term, const char *suffix)
{
	static const char *const ends[] = {"-256color", "-16color", "-color",
					   "-direct"};
	size_t len = strlen(term);
	bool usable;
	char *name;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		size_t n = strlen(ends[i]);

		if (len > n && !strcmp(term + len - n, ends[i])) {
			len -= n;
			break;
		}
	}
	name = text_printf("%.*s-%s", (int)len, term, suffix);
	if (name && terminfo_exists(name, &usable) && usable)
		return name;
	free(name);
	return NULL;
}

static bool says_truecolour(void)
{
	const char *s = getenv("COLORTERM");

	return s && (!strcmp(s, "truecolor") || !strcmp(s, "24bit"));
}

static bool no_colour(void)
{
	return !text_empty(getenv("NO_COLOR"));
}

char *style_term(const char *term, enum term_colour wanted)
{
	bool direct = wanted == TERM_COLOUR_TRUE ||
		      (wanted == TERM_COLOUR_AUTO && says_truecolour() &&
		       !no_colour());
	char *name = NULL;

	if (direct)
		name = sibling(term, "direct");
	if (!name && (direct || wanted == TERM_COLOUR_256))
		name = sibling(term, "256color");
	return name ? name : text_dup(term);
}

uint32_t style_begin(enum term_colour wanted)
{
	static const uint32_t steps[] = {TRUE_COLOUR, 256, 16, 8};
	uint32_t most = 0, have;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].colour == wanted)
			most = words[i].most;
	if (wanted == TERM_COLOUR_AUTO && no_colour())
		most = 0;
	if (!most || !has_colors() || start_color() != OK)
		return 0;
	use_default_colors();
	have = COLORS > 0 ? (uint32_t)COLORS : 0;
	if (have > most)
		have = most;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (have >= steps[i])
			return steps[i];
	return 0;
}

/* ---- colours ----------------------------------------------------------- */

/** The sixteen as xterm shows them, where a number can't name them. */
static const int32_t sixteen[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00,
				    0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
				    0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
				    0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};

static const int levels[6] = {0, 95, 135, 175, 215, 255};

static int square(int a, int b)
{
	return (a - b) * (a - b);
}

static int nearest_level(int v)
{
	int best = 0;

	for (int i = 1; i < 6; i++)
		if (abs(levels[i] - v) < abs(levels[best] - v))
			best = i;
	return best;
}

/* The cube of 6×6×6 or the 24 greys, whichever is nearer. */
static int to_256(int32_t rgb)
{
	int r = rgb >> 16 & 0xff, g = rgb >> 8 & 0xff, b = rgb & 0xff;
	int cr = nearest_level(r), cg = nearest_level(g), cb = nearest_level(b);
	int grey = ((r + g + b) / 3 - 3) / 10;
	int v;

	grey = grey < 0 ? 0 : grey > 23 ? 23 : grey;
	v = 8 + 10 * grey;
	if (square(v, r) + square(v, g) + square(v, b) <
	    square(levels[cr], r) + square(levels[cg], g) +
		    square(levels[cb], b))
		return 232 + grey;
	return 16 + 36 * cr + 6 * cg + cb;
}

/* A direct entry takes 0 to 7 for the palette's, all else for RGB. */
static int to_direct(int32_t colour)
{
	int32_t rgb;

	if (colour < 8)
		return colour;
	rgb = colour & FRAME_COLOUR_RGB ? colour & 0xffffff
					: sixteen[colour & 15];
	return rgb < 8 ? 8 : rgb;
}

static int map_colour(int32_t colour, int8_t colour16, uint32_t colours,
		      bool *bright)
{
	*bright = false;
	if (colours >= 256) {
		if (colour == FRAME_COLOUR_DEFAULT)
			return -1;
		if (colours == TRUE_COLOUR)
			return to_direct(colour);
		return colour & FRAME_COLOUR_RGB ? to_256(colour) : colour & 15;
	}
	if (colour16 < 8 || colours == 16)
		return colour16;
	*bright = true;
	return colour16 - 8;
}

static uint32_t map_attrs(uint8_t attrs)
{
	static const struct {
		uint8_t ours;
		attr_t theirs;
	} rows[] = {{FRAME_BOLD, A_BOLD},
		    {FRAME_FAINT, A_DIM},
		    {FRAME_ITALIC, A_ITALIC},
		    {FRAME_UNDERLINE, A_UNDERLINE},
		    {FRAME_REVERSE, A_REVERSE}};
	attr_t a = A_NORMAL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (attrs & rows[i].ours)
			a |= rows[i].theirs;
	return a;
}

void style_make(struct style *st, unsigned id, const struct frame_look *look,
		uint32_t colours)
{
	bool bright, bright_bg;
	int pair = (int)id + 1, fg, bg;

	st->look = *look;
	st->pair = 0;
	st->attrs = map_attrs(look->attrs_mono);
	if (!colours)
		return;
	fg = map_colour(look->fg, look->fg16, colours, &bright);
	bg = map_colour(look->bg, look->bg16, colours, &bright_bg);
	if (fg < 0 && bg < 0) {
		st->attrs = map_attrs(look->attrs);
		return;
	}
	if (pair >= COLOR_PAIRS || init_extended_pair(pair, fg, bg) == ERR)
		return;
	st->pair = pair;
	st->attrs = map_attrs(look->attrs) | (bright ? A_BOLD : A_NORMAL);
}
