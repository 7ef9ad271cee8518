/**
 * @file text_utf8.c  Decoding, grapheme clusters and columns
 */
#include <utf8proc.h>

#include "text_int.h"

size_t text_decode(uint32_t *cp, const char *s, size_t len)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} form[] = {
		{0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c;
	size_t n;

	if (!len)
		return 0;
	*cp = p[0];
	if (p[0] < 0x80)
		return 1;
	*cp = TEXT_REPLACEMENT;
	for (n = 1; n <= 3; n++)
		if ((p[0] & form[n - 1].mask) == form[n - 1].lead)
			break;
	if (n > 3 || len <= n)
		return 1;
	c = p[0] & (0x3fu >> n);
	for (size_t i = 1; i <= n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < form[n - 1].least || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff))
		return 1;
	*cp = c;
	return n + 1;
}

size_t text_encode(char out[4], uint32_t cp)
{
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		cp = TEXT_REPLACEMENT;
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

bool text_valid(const char *s, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t cp;

		if ((unsigned char)s[i] < 0x80) {
			n = 1;
			continue;
		}
		n = text_decode(&cp, s + i, len - i);
		if (n == 1)
			return false;
	}
	return true;
}

unsigned text_int_columns(uint32_t cp)
{
	int w;

	/* Vowels and finals of Hangul stand in the cell of their initial. */
	if ((cp >= 0x1160 && cp <= 0x11ff) || (cp >= 0xd7b0 && cp <= 0xd7fb))
		return 0;
	/* Wide to terminals and the C library, if not by Unicode's letter. */
	if ((cp >= 0x3248 && cp <= 0x324f) || (cp >= 0x4dc0 && cp <= 0x4dff))
		return 2;
	w = utf8proc_charwidth((utf8proc_int32_t)cp);
	return w <= 0 ? 0 : w > 2 ? 2 : (unsigned)w;
}

/* Between these two is the border of what one cell holds? Unicode's rule,
 * but vowel signs with a column of their own get a cell of their own: so
 * terminals and curses count them. */
bool text_int_border(uint32_t a, uint32_t b, int32_t *state)
{
	const utf8proc_property_t *p;

	if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)a,
					     (utf8proc_int32_t)b, state))
		return true;
	p = utf8proc_get_property((utf8proc_int32_t)b);
	if (p->boundclass == UTF8PROC_BOUNDCLASS_SPACINGMARK &&
	    text_int_columns(b))
		return true;
	p = utf8proc_get_property((utf8proc_int32_t)a);
	return p->boundclass == UTF8PROC_BOUNDCLASS_PREPEND &&
	       text_int_columns(a);
}

size_t text_cluster(const char *s, size_t len, unsigned *width)
{
	const unsigned char *p = (const unsigned char *)s;
	int32_t state = 0;
	uint32_t a, b;
	unsigned w, v;
	size_t n;

	*width = 0;
	if (!len || !p[0])
		return 0;
	if (p[0] < 0x80 && (len == 1 || p[1] < 0x80)) {
		*width = p[0] >= 0x20 && p[0] != 0x7f;
		return 1;
	}
	n = text_decode(&a, s, len);
	w = text_int_columns(a);
	while (n < len && s[n]) {
		size_t m = text_decode(&b, s + n, len - n);

		if (text_int_border(a, b, &state))
			break;
		v = text_int_columns(b);
		/* Two regional indicators are one flag of two columns. */
		if (b >= 0x1f1e6 && b <= 0x1f1ff)
			v = 2;
		if (v > w)
			w = v;
		a = b;
		n += m;
	}
	*width = w;
	return n;
}

size_t text_width(const char *s)
{
	size_t left = s ? strlen(s) : 0, sum = 0, n;
	unsigned w;

	while ((n = left ? text_cluster(s, left, &w) : 0) != 0) {
		sum += w;
		s += n;
		left -= n;
	}
	return sum;
}

size_t text_fit(const char *s, size_t columns, size_t *width)
{
	size_t len = s ? strlen(s) : 0, used = 0, sum = 0, n;
	unsigned w;

	while (used < len) {
		n = text_cluster(s + used, len - used, &w);
		if (!n || sum + w > columns)
			break;
		sum += w;
		used += n;
	}
	if (width)
		*width = sum;
	return used;
}
