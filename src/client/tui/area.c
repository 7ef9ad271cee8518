/**
 * @file area.c  A text of several lines being edited
 *
 * As field.c, a field of our own: what is written to somebody is in no history
 * of readline's.
 */
#include <stdlib.h>

#include "tui_int.h"

/* ---- lines of a text --------------------------------------------------- */

static bool piece_add(struct text_piece **all, size_t *count, size_t from,
		      size_t to)
{
	struct text_piece *more;

	/* Grows by doubling: at powers of two. */
	if ((*count & (*count - 1)) == 0) {
		more = realloc(*all, (*count ? *count * 2 : 1) * sizeof(*more));
		if (!more)
			return false;
		*all = more;
	}
	(*all)[(*count)++] = (struct text_piece){from, to};
	return true;
}

size_t text_pieces(const char *text, unsigned columns, struct text_piece **out)
{
	struct text_piece *all = NULL;
	size_t count = 0, from = 0, at = 0, blank = 0, n, len = strlen(text);
	unsigned width = 0, w;
	bool ok = true;

	if (columns < 2)
		columns = 2;
	while (at < len && ok) {
		if (text[at] == '\n') {
			ok = piece_add(&all, &count, from, at);
			from = blank = ++at;
			width = 0;
			continue;
		}
		n = text_cluster(text + at, len - at, &w);
		if (!n)
			break;
		if (width + w > columns && text[at] == ' ') {
			/* The blank at which it is broken is not shown. */
			ok = piece_add(&all, &count, from, at);
			from = blank = at += n;
			width = 0;
			continue;
		}
		if (width + w > columns) {
			size_t end = blank > from ? blank - 1 : at;

			ok = piece_add(&all, &count, from, end);
			from = at = blank > from ? blank : at;
			blank = from;
			width = 0;
			continue;
		}
		width += w;
		at += n;
		if (text[at - n] == ' ')
			blank = at;
	}
	if (ok)
		ok = piece_add(&all, &count, from, len);
	if (!ok) {
		free(all);
		all = NULL;
		count = 0;
	}
	*out = all;
	return count;
}

/* ---- the text ---------------------------------------------------------- */

int area_set(struct area *a, const char *text)
{
	char *copy = text_dup(text ? text : "");

	if (!copy)
		return ENOMEM;
	free(a->text);
	a->text = copy;
	a->cursor = strlen(copy);
	a->top = 0;
	return 0;
}

void area_close(struct area *a)
{
	free(a->text);
	a->text = NULL;
}

/* Replace del bytes before the cursor by text. */
static bool change(struct area *a, size_t del, const char *text, size_t add)
{
	size_t len = strlen(a->text);
	char *p;

	if (del > a->cursor || len - del + add > TEXT_MESSAGE_MAX)
		return false;
	p = malloc(len - del + add + 1);
	if (!p)
		return false;
	memcpy(p, a->text, a->cursor - del);
	memcpy(p + a->cursor - del, text, add);
	memcpy(p + a->cursor - del + add, a->text + a->cursor,
	       len - a->cursor + 1);
	free(a->text);
	a->text = p;
	a->cursor = a->cursor - del + add;
	return true;
}

bool area_insert(struct area *a, const char *text)
{
	size_t len = strlen(text);
	char *clean;
	bool ok;

	if (!a->text && area_set(a, ""))
		return false;
	/* Whole or not at all: nobody sees what is cut off. */
	if (len > TEXT_MESSAGE_MAX)
		return false;
	clean = text_clean_lines(text, len, 3 * TEXT_MESSAGE_MAX);
	ok = clean && change(a, 0, clean, strlen(clean));
	free(clean);
	return ok;
}

/* ---- moving ------------------------------------------------------------ */

static size_t after(const struct area *a, size_t at)
{
	unsigned width;

	if (a->text[at] == '\n')
		return at + 1;
	return at + text_cluster(a->text + at, strlen(a->text + at), &width);
}

/* Clusters are found from a line's beginning on. */
static size_t before(const struct area *a, size_t at)
{
	size_t i = at, next;

	if (!at)
		return 0;
	if (a->text[at - 1] == '\n')
		return at - 1;
	while (i && a->text[i - 1] != '\n')
		i--;
	while ((next = after(a, i)) < at && next > i)
		i = next;
	return i;
}

/* The piece where the cursor is. */
static size_t line_of(const struct area *a, const struct text_piece *p,
		      size_t count)
{
	size_t i = 0;

	while (i + 1 < count && p[i + 1].from <= a->cursor)
		i++;
	return i;
}

static unsigned columns_to(const struct area *a, size_t from, size_t to)
{
	char *s = strndup(a->text + from, to > from ? to - from : 0);
	unsigned n = s ? (unsigned)text_width(s) : 0;

	free(s);
	return n;
}

static void go_line(struct area *a, int way)
{
	struct text_piece *p;
	size_t count = text_pieces(a->text, a->columns, &p), i;
	unsigned column;
	char *s;

	if (!count)
		return;
	i = line_of(a, p, count);
	column = columns_to(a, p[i].from, a->cursor);
	if ((way < 0 && !i) || (way > 0 && i + 1 == count)) {
		a->cursor = way < 0 ? 0 : strlen(a->text);
	} else {
		i = way < 0 ? i - 1 : i + 1;
		s = strndup(a->text + p[i].from, p[i].to - p[i].from);
		if (s)
			a->cursor = p[i].from + text_fit(s, column, NULL);
		free(s);
	}
	free(p);
}

static void go_edge(struct area *a, bool end)
{
	while (end ? a->text[a->cursor] && a->text[a->cursor] != '\n'
		   : a->cursor && a->text[a->cursor - 1] != '\n')
		a->cursor += end ? 1 : (size_t)-1;
}

static void go_up(struct area *a)
{
	go_line(a, -1);
}

static void go_down(struct area *a)
{
	go_line(a, 1);
}

static void go_left(struct area *a)
{
	a->cursor = before(a, a->cursor);
}

static void go_right(struct area *a)
{
	if (a->text[a->cursor])
		a->cursor = after(a, a->cursor);
}

static void go_home(struct area *a)
{
	go_edge(a, false);
}

static void go_end(struct area *a)
{
	go_edge(a, true);
}

static void erase_left(struct area *a)
{
	change(a, a->cursor - before(a, a->cursor), "", 0);
}

static void erase_right(struct area *a)
{
	size_t at = a->cursor;

	go_right(a);
	change(a, a->cursor - at, "", 0);
}

static void erase_word(struct area *a)
{
	size_t at = a->cursor;

	while (at && strchr(" \n", a->text[at - 1]))
		at--;
	while (at && !strchr(" \n", a->text[at - 1]))
		at--;
	change(a, a->cursor - at, "", 0);
}

static void erase_line(struct area *a)
{
	size_t at = a->cursor;

	go_edge(a, false);
	at -= a->cursor;
	a->cursor += at;
	change(a, at, "", 0);
}

static void erase_rest(struct area *a)
{
	size_t at = a->cursor;

	go_edge(a, true);
	change(a, a->cursor - at, "", 0);
}

static const struct {
	const char *key;
	void (*h)(struct area *a);
} edits[] = {
	{"Left", go_left},	   {"C-b", go_left},	{"Right", go_right},
	{"C-f", go_right},	   {"Up", go_up},	{"C-p", go_up},
	{"Down", go_down},	   {"C-n", go_down},	{"Home", go_home},
	{"C-a", go_home},	   {"End", go_end},	{"C-e", go_end},
	{"Backspace", erase_left}, {"C-h", erase_left}, {"Delete", erase_right},
	{"C-d", erase_right},	   {"C-w", erase_word}, {"C-u", erase_line},
	{"C-k", erase_rest},
};

enum area_taken area_key(struct area *a, const char *key)
{
	if (!a->text && area_set(a, ""))
		return AREA_FULL;
	for (size_t i = 0; i < TUI_COUNT(edits); i++) {
		if (text_equal(edits[i].key, key)) {
			edits[i].h(a);
			return AREA_TAKEN;
		}
	}
	if (!key_is_text(key))
		return AREA_NOT;
	return area_insert(a, text_equal(key, "Space") ? " " : key) ? AREA_TAKEN
								    : AREA_FULL;
}

/* ---- drawing ----------------------------------------------------------- */

unsigned area_rows(struct area *a, unsigned columns)
{
	struct text_piece *p;
	size_t n;

	/* A column behind the text is the cursor's. */
	a->columns = columns > 3 ? columns - 1 : 2;
	n = text_pieces(a->text ? a->text : "", a->columns, &p);
	free(p);
	return (unsigned)n;
}

void area_draw(const struct tui_screen *s, struct area *a, struct frame_grid *g,
	       struct rect at, enum frame_style style, struct rect *cursor)
{
	struct text_piece *p;
	size_t count, line, i;
	unsigned column;

	if (!at.rows || at.columns < 4 || (!a->text && area_set(a, "")))
		return;
	(void)area_rows(a, at.columns);
	count = text_pieces(a->text, a->columns, &p);
	if (!count)
		return;
	line = line_of(a, p, count);
	if (a->top + at.rows > count)
		a->top = count > at.rows ? (unsigned)count - at.rows : 0;
	if (line < a->top)
		a->top = (unsigned)line;
	if (line >= a->top + at.rows)
		a->top = (unsigned)line - at.rows + 1;
	for (i = 0; i < at.rows && a->top + i < count; i++) {
		char *text = strndup(a->text + p[a->top + i].from,
				     p[a->top + i].to - p[a->top + i].from);

		if (text)
			draw_text(s, g, at.row + (unsigned)i, at.column,
				  a->columns, style, text);
		free(text);
	}
	column = columns_to(a, p[line].from, a->cursor);
	if (cursor)
		*cursor = (struct rect){at.row + (unsigned)line - a->top,
					at.column + column, 1, 1};
	free(p);
}
