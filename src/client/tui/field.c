/**
 * @file field.c  A line of text being edited, also one that is secret
 *
 * readline would keep what is typed in buffers and histories of its own, so
 * passwords, and the short fields of dialogs, are edited here.
 */
#include <stdlib.h>

#include "tui_int.h"

/* What is overwritten must not come back by an optimiser's grace. */
static void forget(struct field *f)
{
	if (f->secret && f->text)
		explicit_bzero(f->text, strlen(f->text));
	free(f->text);
	f->text = NULL;
}

int field_set(struct field *f, const char *text)
{
	char *copy = text_dup(text ? text : "");

	if (!copy)
		return ENOMEM;
	forget(f);
	f->text = copy;
	f->cursor = strlen(copy);
	f->scroll = 0;
	return 0;
}

void field_close(struct field *f)
{
	forget(f);
}

bool key_is_text(const char *key)
{
	unsigned width;
	size_t n;

	if (text_empty(key))
		return false;
	if (text_equal(key, "Space"))
		return true;
	n = text_cluster(key, strlen(key), &width);
	return n && !key[n] && ((unsigned char)key[0] >= 0x20) &&
	       key[0] != 0x7f;
}

/* Replace del bytes before the cursor by text. */
static void change(struct field *f, size_t del, const char *text, size_t add)
{
	size_t len = strlen(f->text);
	char *p;

	if (del > f->cursor || len + add > TEXT_LINE_MAX * 2)
		return;
	p = malloc(len - del + add + 1);
	if (!p)
		return;
	memcpy(p, f->text, f->cursor - del);
	memcpy(p + f->cursor - del, text, add);
	memcpy(p + f->cursor - del + add, f->text + f->cursor,
	       len - f->cursor + 1);
	forget(f);
	f->text = p;
	f->cursor = f->cursor - del + add;
}

void field_insert(struct field *f, const char *text)
{
	char *clean = text_clean(text, (size_t)-1, TEXT_LINE_MAX);

	if (clean)
		change(f, 0, clean, strlen(clean));
	if (clean && f->secret)
		explicit_bzero(clean, strlen(clean));
	free(clean);
}

static size_t before(const struct field *f, size_t at)
{
	size_t i = 0, n;
	unsigned width;

	while (i < at) {
		n = text_cluster(f->text + i, strlen(f->text + i), &width);
		if (!n || i + n >= at)
			break;
		i += n;
	}
	return at ? i : 0;
}

static size_t after(const struct field *f, size_t at)
{
	unsigned width;

	return at + text_cluster(f->text + at, strlen(f->text + at), &width);
}

static size_t word_before(const struct field *f, size_t at)
{
	while (at && f->text[at - 1] == ' ')
		at--;
	while (at && f->text[at - 1] != ' ')
		at--;
	return at;
}

static void go_left(struct field *f)
{
	f->cursor = before(f, f->cursor);
}

static void go_right(struct field *f)
{
	f->cursor = after(f, f->cursor);
}

static void go_home(struct field *f)
{
	f->cursor = 0;
}

static void go_end(struct field *f)
{
	f->cursor = strlen(f->text);
}

static void erase_left(struct field *f)
{
	change(f, f->cursor - before(f, f->cursor), "", 0);
}

static void erase_right(struct field *f)
{
	size_t next = after(f, f->cursor), n = next - f->cursor;

	f->cursor = next;
	change(f, n, "", 0);
}

static void erase_word(struct field *f)
{
	change(f, f->cursor - word_before(f, f->cursor), "", 0);
}

static void erase_line(struct field *f)
{
	change(f, f->cursor, "", 0);
}

static void erase_rest(struct field *f)
{
	size_t n = strlen(f->text) - f->cursor;

	f->cursor += n;
	change(f, n, "", 0);
}

static const struct {
	const char *key;
	void (*h)(struct field *f);
} edits[] = {
	{"Left", go_left},   {"C-b", go_left},	      {"Right", go_right},
	{"C-f", go_right},   {"Home", go_home},	      {"C-a", go_home},
	{"End", go_end},     {"C-e", go_end},	      {"Backspace", erase_left},
	{"C-h", erase_left}, {"Delete", erase_right}, {"C-d", erase_right},
	{"C-w", erase_word}, {"C-u", erase_line},     {"C-k", erase_rest},
};

bool field_key(struct field *f, const char *key)
{
	size_t i;

	if (!f->text && field_set(f, ""))
		return true;
	for (i = 0; i < TUI_COUNT(edits); i++) {
		if (text_equal(edits[i].key, key)) {
			edits[i].h(f);
			return true;
		}
	}
	if (!key_is_text(key))
		return false;
	field_insert(f, text_equal(key, "Space") ? " " : key);
	return true;
}

/* A secret shows as many dots as it has letters. */
static char *shown(const struct tui_screen *s, const struct field *f,
		   size_t from, size_t to)
{
	struct text_buf b = {0};
	size_t i = from, n;
	unsigned width;

	if (!f->secret)
		text_buf_add_n(&b, f->text + from, to - from);
	for (; f->secret && i < to; i += n) {
		n = text_cluster(f->text + i, to - i, &width);
		if (!n)
			break;
		text_buf_add(&b, glyph(s, GLYPH_MASK));
	}
	return text_buf_take(&b);
}

void field_draw(const struct tui_screen *s, struct field *f,
		struct frame_grid *g, unsigned row, unsigned column,
		unsigned width, enum frame_style style, struct rect *cursor)
{
	char *left, *all;
	size_t w;

	if (!width || (!f->text && field_set(f, "")))
		return;
	if (f->scroll > f->cursor)
		f->scroll = f->cursor;
	for (;;) {
		left = shown(s, f, f->scroll, f->cursor);
		w = text_width(left);
		free(left);
		if (w < width || f->scroll >= f->cursor)
			break;
		f->scroll = after(f, f->scroll);
	}
	frame_grid_fill(g, row, column, width, style, " ");
	all = shown(s, f, f->scroll, strlen(f->text));
	if (all)
		frame_grid_put(g, row, column, width, style, all);
	if (all && f->secret)
		explicit_bzero(all, strlen(all));
	free(all);
	if (cursor)
		*cursor = (struct rect){row, column + (unsigned)w, 1, 1};
}
