/**
 * @file text_clean.c  Hostile text made safe to draw
 */
#include <utf8proc.h>

#include "text_int.h"

/** Marks that one letter may carry, and joiners of one emoji sequence. */
enum { MARKS_MAX = 4, JOINS_MAX = 7, ZWJ = 0x200d };

struct cleaner {
	struct text_buf out;
	size_t max;
	bool lines;
	uint32_t prev;	/**< last code point written, 0: none in this line */
	int32_t state;	/**< of the cluster that prev belongs to */
	unsigned marks; /**< in that cluster */
	unsigned joins;
	size_t cluster; /**< where that cluster begins in out */
	size_t cut;	/**< last border at which "…" would still fit */
};

static const char ellipsis[] = "\xe2\x80\xa6";

static bool pictographic(uint32_t cp)
{
	return utf8proc_get_property((utf8proc_int32_t)cp)->boundclass ==
	       UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/* What is left of a code point: itself, something in its place, or 0. */
static uint32_t admit(const struct cleaner *c, uint32_t cp)
{
	const utf8proc_property_t *p;

	if (cp == '\n')
		return c->lines ? '\n' : ' ';
	if (cp == '\t' || cp == '\r')
		return ' ';
	if (cp == ZWJ || cp == 0xfe0e || cp == 0xfe0f)
		return cp;
	p = utf8proc_get_property((utf8proc_int32_t)cp);
	if (p->ignorable)
		return 0;
	switch (p->category) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return 0;
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CN:
		/* Nobody knows how many columns it would take. */
		return TEXT_REPLACEMENT;
	default:
		return cp;
	}
}

static void put(struct cleaner *c, uint32_t cp)
{
	char utf8[4];

	text_buf_add_n(&c->out, utf8, text_encode(utf8, cp));
}

/* A code point that opens a cell. */
static void begin(struct cleaner *c, uint32_t cp)
{
	if (c->out.len + sizeof(ellipsis) - 1 <= c->max)
		c->cut = c->out.len;
	c->cluster = c->out.len;
	put(c, cp);
	c->prev = cp == '\n' ? 0 : cp;
	c->state = 0;
	c->marks = 0;
	c->joins = 0;
}

static void take(struct cleaner *c, uint32_t cp, uint32_t next)
{
	int32_t state = c->state;

	cp = admit(c, cp);
	if (!cp)
		return;
	if (cp == ZWJ && (!c->prev || !pictographic(next) ||
			  admit(c, next) != next || c->joins == JOINS_MAX))
		return;
	if (!c->prev || text_int_border(c->prev, cp, &state)) {
		/* Nothing to stand on: it would join its neighbour's cell. */
		if (cp != '\n' && !text_int_columns(cp))
			return;
		begin(c, cp);
		return;
	}
	if (cp == ZWJ)
		c->joins++;
	else if (c->prev == ZWJ)
		c->marks = 0;
	else if (++c->marks > MARKS_MAX)
		return;
	put(c, cp);
	c->prev = cp;
	c->state = state;
}

/* A joiner counts only between two pictures, marks of the first between. */
static bool joins_pictures(const struct cleaner *c)
{
	uint32_t cp;

	if (!c->prev)
		return false;
	text_decode(&cp, c->out.buf + c->cluster, c->out.len - c->cluster);
	return pictographic(cp);
}

static char *clean(const char *s, size_t len, size_t max, bool lines)
{
	struct cleaner c = {.max = max, .lines = lines};
	uint32_t cp, next;
	size_t i, n;

	if (!s)
		len = 0;
	else if (len == (size_t)-1)
		len = strlen(s);
	text_buf_add_n(&c.out, "", 0);
	for (i = 0; i < len && c.out.len <= max && !c.out.err; i += n) {
		n = text_decode(&cp, s + i, len - i);
		if (cp == '\r' && i + 1 < len && s[i + 1] == '\n')
			continue;
		if (cp == '\r')
			cp = '\n';
		next = 0;
		if (cp == ZWJ) {
			if (!joins_pictures(&c))
				continue;
			text_decode(&next, s + i + n, len - i - n);
		}
		take(&c, cp, next);
	}
	if (c.out.len > max && !c.out.err) {
		c.out.len = c.cut;
		c.out.buf[c.cut] = 0;
		if (max >= sizeof(ellipsis) - 1)
			text_buf_add(&c.out, ellipsis);
	}
	if (c.out.err) {
		text_buf_reset(&c.out);
		return NULL;
	}
	return text_buf_take(&c.out);
}

char *text_clean(const char *s, size_t len, size_t max)
{
	return clean(s, len, max, false);
}

char *text_clean_lines(const char *s, size_t len, size_t max)
{
	return clean(s, len, max, true);
}

char *text_for_tmux(const char *s)
{
	struct text_buf b = {0};

	text_buf_add_n(&b, "", 0);
	for (; s && *s; s++)
		text_buf_add_n(&b, *s == '#' ? "##" : s, *s == '#' ? 2 : 1);
	return text_buf_take(&b);
}
