/**
 * @file image.c  Images that the core has sent, by kitty's protocol
 *
 * The terminal gets each once, as pixels, and a virtual placement; a cell shows
 * its part of it by a placeholder, whose colour is the image's number and whose
 * marks are row and column. So curses paints it like any other cell.
 */
#include <curses.h>
#include <panel.h>
#include <stdlib.h>
#include <string.h>

#include "screen_int.h"

enum {
	PLACEHOLDER = 0x10eeee,
	CHUNK = 3072, /**< bytes in one sequence: 4096 in base64 */
	/* Numbers that are colours of 256 in every entry; never the next one
	 * again at once, so that cells of another image are others. */
	NUMBER_MIN = 16,
	NUMBER_MAX = 255,
	PAIR = FRAME_STYLES_MAX + 1, /**< styles have those before */
};

/* What stands for 0, 1, 2 …: the first of the protocol's list. */
static const wchar_t marks[FRAME_IMAGE_CELLS_MAX] = {
	0x0305, 0x030d, 0x030e, 0x0310, 0x0312, 0x033d, 0x033e, 0x033f,
	0x0346, 0x034a, 0x034b, 0x034c, 0x0350, 0x0351, 0x0352, 0x0357,
	0x035b, 0x0363, 0x0364, 0x0365, 0x0366, 0x0367, 0x0368, 0x0369,
	0x036a, 0x036b, 0x036c, 0x036d, 0x036e, 0x036f};

struct image *image_find(const struct screen *s, uint32_t id)
{
	for (size_t i = 0; id && i < FRAME_IMAGES_MAX; i++)
		if (s->images[i] && s->images[i]->is.id == id)
			return s->images[i];
	return NULL;
}

/* ---- kitty's protocol -------------------------------------------------- */

static void base64(struct text_buf *b, const uint8_t *p, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; len; p += len < 3 ? len : 3, len -= len < 3 ? len : 3) {
		uint32_t n = (uint32_t)p[0] << 16 |
			     (len > 1 ? (uint32_t)p[1] << 8 : 0) |
			     (len > 2 ? p[2] : 0);
		char four[4] = {letters[n >> 18], letters[n >> 12 & 63],
				len > 1 ? letters[n >> 6 & 63] : '=',
				len > 2 ? letters[n & 63] : '='};

		text_buf_add_n(b, four, 4);
	}
}

static void send_image(struct screen *s, struct image *m)
{
	const struct frame_image *i = &m->is;
	struct text_buf *b = &s->before;
	size_t at, n;

	for (at = 0; at < i->rgb.len; at += n) {
		n = i->rgb.len - at < CHUNK ? i->rgb.len - at : CHUNK;
		text_buf_add(b, "\033_G");
		if (!at)
			text_buf_printf(b, "a=t,t=d,f=24,s=%u,v=%u,i=%u,",
					i->width, i->height, m->number);
		text_buf_printf(b, "q=2,m=%d;", at + n < i->rgb.len);
		base64(b, i->rgb.p + at, n);
		text_buf_add(b, "\033\\");
	}
	text_buf_printf(b, "\033_Ga=p,U=1,i=%u,c=%u,r=%u,q=2\033\\", m->number,
			i->columns, i->rows);
	m->sent = true;
}

static void unsend_image(struct text_buf *b, struct image *m)
{
	if (m->sent)
		text_buf_printf(b, "\033_Ga=d,d=I,i=%u,q=2\033\\", m->number);
	m->sent = false;
}

void images_unsend(struct screen *s, struct text_buf *b)
{
	for (size_t i = 0; i < FRAME_IMAGES_MAX; i++)
		if (s->images[i])
			unsend_image(b, s->images[i]);
}

void images_send(struct screen *s)
{
	for (size_t i = 0; i < FRAME_IMAGES_MAX; i++)
		if (s->images[i] && !s->images[i]->sent &&
		    s->way == PIXELS_KITTY)
			send_image(s, s->images[i]);
}

void images_rescue(const struct screen *s, struct text_buf *b)
{
	if (s->way == PIXELS_KITTY)
		text_buf_printf(b, "\033_Ga=d,d=R,x=%d,y=%d,q=2\033\\",
				NUMBER_MIN, NUMBER_MAX);
}

/* ---- cells ------------------------------------------------------------- */

const struct image *image_of(const struct screen *s, const struct window *w)
{
	const struct frame_picture *at = &w->picture;
	const struct image *m = image_find(s, at->image);

	if (!m || at->row + m->is.rows > w->place.rows ||
	    at->column + m->is.columns > w->place.columns)
		return NULL;
	return m;
}

bool image_cell(const struct screen *s, const struct window *w, uint32_t row,
		uint32_t column, wchar_t text[IMAGE_CELL_MAX], int *pair)
{
	const struct image *m;

	if (s->way != PIXELS_KITTY || !w->picture.image)
		return false;
	m = image_of(s, w);
	row -= w->picture.row;
	column -= w->picture.column;
	/* What lies before is far behind now. */
	if (!m || !m->pair || row >= m->is.rows || column >= m->is.columns)
		return false;
	text[0] = PLACEHOLDER;
	text[1] = marks[row];
	text[2] = marks[column];
	text[3] = L'\0';
	*pair = m->pair;
	return true;
}

/* A colour that is the image's number, in 256 colours and in 16 million. */
static int make_pair(unsigned number)
{
	int pair = PAIR + (int)number;

	if (pair >= COLOR_PAIRS ||
	    init_extended_pair(pair, (int)number, -1) == ERR)
		return 0;
	return pair;
}

static unsigned next_number(struct screen *s)
{
	unsigned range = NUMBER_MAX - NUMBER_MIN + 1;

	return NUMBER_MIN + s->image_count++ % range;
}

/* ---- from the core ----------------------------------------------------- */

static void redraw(const struct screen *s, uint32_t id)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->windows[i]->picture.image == id)
			screen_draw(s, s->windows[i]);
}

static void release(struct image *m)
{
	free(m->is.rgb.p);
	text_buf_reset(&m->sixel);
	free(m);
}

void screen_image_gone(struct screen *s, uint32_t id)
{
	for (size_t i = 0; i < FRAME_IMAGES_MAX; i++) {
		struct image *m = s->images[i];

		if (!m || m->is.id != id)
			continue;
		s->images[i] = NULL;
		unsend_image(&s->after, m);
		release(m);
		redraw(s, id);
		return;
	}
}

void screen_image(struct screen *s, struct frame_image *is)
{
	struct image *m;
	size_t i = 0;

	screen_image_gone(s, is->id);
	while (i < FRAME_IMAGES_MAX && s->images[i])
		i++;
	/* One more than was agreed on: cells do. */
	m = i < FRAME_IMAGES_MAX ? calloc(1, sizeof(*m)) : NULL;
	if (!m)
		return;
	m->is = *is;
	is->rgb = (struct frame_bytes){NULL, 0};
	m->number = next_number(s);
	m->pair = s->way == PIXELS_KITTY ? make_pair(m->number) : 0;
	s->images[i] = m;
	redraw(s, is->id);
}

void screen_picture(struct screen *s, const struct frame_picture *p)
{
	struct window *w = screen_find(s, p->window);

	if (!w)
		return;
	w->picture = *p;
	screen_draw(s, w);
}

void images_close(struct screen *s)
{
	for (size_t i = 0; i < FRAME_IMAGES_MAX; i++)
		if (s->images[i])
			release(s->images[i]);
}
