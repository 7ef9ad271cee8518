/**
 * @file ascii.c  Lines, lamps and letters where there is only ASCII
 */
#include <stdlib.h>

#include "term_int.h"

/** Sorted by code point. */
static const struct sign {
	uint16_t cp;
	char ascii;
} signs[] = {
	{0x00a0, ' '},	{0x00a1, '!'},
	{0x00a7, 'S'},	{0x00a9, 'c'},
	{0x00ab, '<'},	{0x00ad, '-'},
	{0x00ae, 'r'},	{0x00b0, 'o'},
	{0x00b1, '~'},	{0x00b4, '\''},
	{0x00b5, 'u'},	{0x00b7, '.'}, /* · unknown or old */
	{0x00bb, '>'},	{0x00bf, '?'},
	{0x0152, 'O'},	{0x0153, 'o'},
	{0x0160, 'S'},	{0x0161, 's'},
	{0x0178, 'Y'},	{0x017d, 'Z'},
	{0x017e, 'z'},	{0x2010, '-'},
	{0x2011, '-'},	{0x2012, '-'},
	{0x2013, '-'},	{0x2014, '-'},
	{0x2016, '|'}, /* ‖ on hold */
	{0x2018, '\''}, {0x2019, '\''},
	{0x201a, ','},	{0x201c, '"'},
	{0x201d, '"'},	{0x201e, '"'},
	{0x2022, '*'},	{0x2026, '.'},
	{0x2039, '<'},	{0x203a, '>'},
	{0x20ac, 'E'},	{0x2190, '<'},
	{0x2191, '^'},	{0x2192, '>'},
	{0x2193, 'v'},	{0x2194, '-'},
	{0x21b5, '<'},	{0x2571, '/'},
	{0x2572, '\\'}, {0x2573, 'x'}, /* ╳ not reachable */
	{0x2588, '#'},	{0x258c, '>'}, /* ▌ the row one is on */
	{0x258f, '|'},	{0x2591, '.'},
	{0x2592, ':'},	{0x2593, '#'},
	{0x25a0, '#'},	{0x25aa, '*'},
	{0x25b2, '^'},	{0x25b4, '^'},
	{0x25b6, '>'},	{0x25b7, '>'}, /* ▷ dialling */
	{0x25b8, '>'},	{0x25bc, 'v'},
	{0x25be, 'v'},	{0x25c0, '<'},
	{0x25c2, '<'},	{0x25c6, '!'}, /* ◆ rings, from outside */
	{0x25c7, '?'},		       /* ◇ rings, from inside */
	{0x25cb, 'o'},		       /* ○ idle */
	{0x25cf, '#'},		       /* ● talking, outside */
	{0x25d0, '='},		       /* ◐ talking, inside */
	{0x2605, '*'},	{0x2606, '*'},
	{0x260e, 'T'},	{0x260f, 'T'}, /* ☎ a call */
	{0x2691, '!'},		       /* ⚑ missed */
	{0x2709, '@'},		       /* ✉ a voice message */
	{0x2713, '+'},	{0x2714, '+'},
	{0x2715, 'x'},	{0x2717, 'x'},
	{0x276f, '>'},	{0xfffd, '?'},
};

/** U+00C0 to U+00FF without their accents. */
static const char letters[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTs"
			      "aaaaaaaceeeeiiiidnooooo/ouuuuyty";
_Static_assert(sizeof(letters) == 0x40 + 1, "one for each letter");

/* Box drawing, U+2500 to U+257F: across, down, or where they meet. */
static char box(uint32_t cp)
{
	/* In the block of plain lines and dashes, pairs alternate. */
	static const char lines[] = "--||--||--||";

	if (cp < 0x250c)
		return lines[cp - 0x2500];
	if (cp == 0x254c || cp == 0x254d || cp == 0x2550 || cp == 0x2574 ||
	    cp == 0x2576 || cp == 0x2578 || cp == 0x257a || cp == 0x257c ||
	    cp == 0x257e)
		return '-';
	if (cp == 0x254e || cp == 0x254f || cp == 0x2551 || cp == 0x2575 ||
	    cp == 0x2577 || cp == 0x2579 || cp == 0x257b || cp == 0x257d ||
	    cp == 0x257f)
		return '|';
	return '+';
}

static int by_cp(const void *key, const void *row)
{
	uint32_t cp = *(const uint32_t *)key;
	uint32_t other = ((const struct sign *)row)->cp;

	return cp < other ? -1 : cp > other;
}

char ascii_of(uint32_t cp)
{
	const struct sign *s;

	if (cp < 0x80)
		return cp >= 0x20 && cp < 0x7f ? (char)cp : ' ';
	if (cp >= 0xc0 && cp <= 0xff)
		return letters[cp - 0xc0];
	s = bsearch(&cp, signs, sizeof(signs) / sizeof(*signs), sizeof(*signs),
		    by_cp);
	if (s)
		return s->ascii;
	if (cp >= 0x2500 && cp <= 0x257f)
		return box(cp);
	return '?';
}
