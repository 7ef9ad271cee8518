/**
 * @file probe.c  Asking a terminal whether it shows pixels
 *
 * First who it is, how large its cells are, and what it can (DA1), which every
 * terminal answers, and last: then nothing else is to come. Only what may show
 * pixels is asked for more; in others that might become letters, or a title,
 * and tmux and its kin hand on what they understand, and not to whom. Nothing
 * here waits: a terminal that does not answer has none.
 */
#include <stdlib.h>
#include <string.h>

#include "term_int.h"

/* XTVERSION, the size of a cell, DA1; and what came out as letters, where
 * these are not understood, goes: the screen is still empty. */
#define WHO "\033[>q\033[16t\033[c\033[H\033[J"
/* A picture of one pixel, only to be judged. */
#define CAN_KITTY "\033_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\033\\\033[c"
#define CAN_SIXEL "\033[?1;1;0S\033[c"

enum { COLOURS = 256, COLOURS_LEAST = 16 };

/* Where it is known how pixels and cells go together. Placeholders are younger
 * than the rest of kitty's protocol, and others that know that show them as
 * letters; and of those with sixel, some leave pixels behind under what is
 * written over them. */
static const struct {
	const char *name;
	unsigned major, minor;
	enum pixels_way way;
} known[] = {
	{"kitty(", 0, 28, PIXELS_KITTY},  {"ghostty ", 1, 0, PIXELS_KITTY},
	{"foot(", 0, 0, PIXELS_SIXEL},	  {"XTerm(", 0, 0, PIXELS_SIXEL},
	{"WezTerm ", 0, 0, PIXELS_SIXEL}, {"contour ", 0, 0, PIXELS_SIXEL},
	{"mlterm(", 0, 0, PIXELS_SIXEL},
};

/* Not asked at all. The first hand on what they do not show, the last shows
 * letters only. */
static const char *const without[] = {"tmux", "screen", "linux"};

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static bool hopeless(const char *term)
{
	for (size_t i = 0; i < sizeof(without) / sizeof(*without); i++)
		if (begins(term, without[i]))
			return true;
	return !text_empty(getenv("TMUX")) || !text_empty(getenv("STY"));
}

static enum pixels_way way_of(const char *name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		unsigned long major, minor;
		char *end;

		if (!begins(name, known[i].name))
			continue;
		major = strtoul(name + strlen(known[i].name), &end, 10);
		minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
		return major > known[i].major || (major == known[i].major &&
						  minor >= known[i].minor)
			       ? known[i].way
			       : PIXELS_NONE;
	}
	return PIXELS_NONE;
}

const char *probe_begin(struct probe *p, const char *term, uint32_t colours,
			bool utf8)
{
	*p = (struct probe){.colours = COLOURS};
	/* Placeholders have their image's number as colour. */
	if (!utf8 || colours < COLOURS || hopeless(term))
		return NULL;
	p->step = PROBE_WHO;
	return WHO;
}

/* "?62;4;22c": the first is what it is, the others what it can. */
static bool has_sixel(const char *s)
{
	while ((s = strchr(s, ';'))) {
		char *end;

		if (strtoul(++s, &end, 10) == 4 && end == s + 1)
			return true;
	}
	return false;
}

static void cell_size(struct probe *p, const char *s)
{
	unsigned long height, width;
	char *end;

	height = strtoul(s, &end, 10);
	width = *end == ';' ? strtoul(end + 1, &end, 10) : 0;
	if (*end != 't' || !height || !width || height > FRAME_CELL_SIDE_MAX ||
	    width > FRAME_CELL_SIDE_MAX)
		return;
	p->cell_width = (unsigned)width;
	p->cell_height = (unsigned)height;
}

/* "?1;0;1024S": registers, status, how many. */
static void registers(struct probe *p, const char *s)
{
	unsigned long n = begins(s, "?1;0;") ? strtoul(s + 5, NULL, 10) : 0;

	if (n && n < COLOURS)
		p->colours = (unsigned)n;
}

/* All that it says of itself has been said. */
static const char *who_over(struct probe *p, bool sixel)
{
	if (p->hope == PIXELS_SIXEL && !sixel)
		p->hope = PIXELS_NONE;
	p->step = p->hope ? PROBE_CAN : PROBE_OVER;
	return p->hope == PIXELS_KITTY	 ? CAN_KITTY
	       : p->hope == PIXELS_SIXEL ? CAN_SIXEL
					 : NULL;
}

static void can_over(struct probe *p)
{
	p->step = PROBE_OVER;
	if (p->hope == PIXELS_SIXEL && p->colours >= COLOURS_LEAST)
		p->way = PIXELS_SIXEL;
}

const char *probe_answer(struct probe *p, const char *answer)
{
	size_t len = strlen(answer);
	bool da1 = begins(answer, "[?") && answer[len - 1] == 'c';

	if (p->step == PROBE_WHO && begins(answer, "P>|")) {
		p->hope = way_of(answer + 3);
	} else if (begins(answer, "[6;")) {
		cell_size(p, answer + 3);
	} else if (p->step == PROBE_WHO && da1) {
		return who_over(p, has_sixel(answer));
	} else if (p->step == PROBE_CAN && p->hope == PIXELS_KITTY &&
		   begins(answer, "_Gi=1;OK")) {
		p->way = p->hope;
	} else if (p->step == PROBE_CAN && begins(answer, "[?1;")) {
		if (answer[len - 1] == 'S')
			registers(p, answer + 1);
		else if (da1)
			can_over(p);
	} else if (p->step == PROBE_CAN && da1) {
		can_over(p);
	}
	return NULL;
}
