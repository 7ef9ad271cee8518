/**
 * @file image.c  Pictures as pixels, on a terminal that shows them
 *
 * They lie over the cells of the picture, which are there as on any terminal.
 * A terminal gets each image once and keeps some; where they stand is said
 * with each frame that changes it.
 */
#include <offhook/picture.h>

#include "tui_int.h"

#define LOG_MODULE "tui"

_Static_assert((int)FRAME_IMAGE_SIDE_MAX <= (int)PICTURE_SHOWN_MAX,
	       "what can be told can be made");
_Static_assert((int)WIN_COUNT < (int)FRAME_IMAGES_MAX,
	       "one for each window, and one to replace");

struct image {
	void *owner; /* NULL: the slot is free */
	uint32_t id, rows, columns, width, height;
	const uint8_t *rgb;
	uint32_t drawn; /* when, by count */
	bool told;
};

struct images {
	struct image all[FRAME_IMAGES_MAX];
	uint32_t gone[FRAME_IMAGES_MAX]; /* ids to tell of */
	unsigned gone_count;
	uint32_t last_id, drawn;
};

static void images_destroy(void *arg)
{
	struct images *p = arg;

	for (unsigned i = 0; i < FRAME_IMAGES_MAX; i++)
		mem_deref(p->all[i].owner);
}

bool image_wanted(const struct tui_screen *s)
{
	const char *how = app_option_get(screen_app(s), "pictures");

	return s->pixels.width && !s->mono &&
	       !text_equal(app_option_get(screen_app(s), "theme"), "mono") &&
	       (text_equal(how, "auto") || text_equal(how, "on"));
}

bool image_size(const struct tui_screen *s, struct rect area, unsigned *width,
		unsigned *height)
{
	*width = area.columns * s->pixels.width;
	*height = area.rows * s->pixels.height;
	return area.rows <= FRAME_IMAGE_CELLS_MAX &&
	       area.columns <= FRAME_IMAGE_CELLS_MAX && *width && *height &&
	       *width <= FRAME_IMAGE_SIDE_MAX &&
	       *height <= FRAME_IMAGE_SIDE_MAX;
}

/* ---- which the terminal has -------------------------------------------- */

static void drop(struct images *p, struct image *m)
{
	if (m->told)
		p->gone[p->gone_count++] = m->id;
	mem_deref(m->owner);
	*m = (struct image){.owner = NULL};
}

static void drop_all(struct images *p)
{
	for (unsigned i = 0; i < FRAME_IMAGES_MAX; i++)
		if (p->all[i].owner && p->gone_count < FRAME_IMAGES_MAX)
			drop(p, &p->all[i]);
}

static bool stands(const struct tui_screen *s, uint32_t id)
{
	for (unsigned w = 0; w < WIN_COUNT; w++)
		if (s->win[w].picture.image == id)
			return true;
	return false;
}

/* A free one, else that which was not seen for longest. */
static struct image *slot(const struct tui_screen *s, struct images *p)
{
	struct image *best = NULL;

	for (unsigned i = 0; i < FRAME_IMAGES_MAX; i++) {
		struct image *m = &p->all[i];

		if (!m->owner)
			return m;
		if (!stands(s, m->id) && (!best || m->drawn < best->drawn))
			best = m;
	}
	if (!best || p->gone_count == FRAME_IMAGES_MAX)
		return NULL;
	drop(p, best);
	return best;
}

static struct image *find(struct images *p, const void *owner)
{
	for (unsigned i = 0; i < FRAME_IMAGES_MAX; i++)
		if (p->all[i].owner == owner)
			return &p->all[i];
	return NULL;
}

static struct window *window_of(struct tui_screen *s,
				const struct frame_grid *g)
{
	for (unsigned w = 0; w < WIN_COUNT; w++)
		if (s->win[w].grid == g)
			return &s->win[w];
	return NULL;
}

void image_put(struct tui_screen *s, const struct frame_grid *g,
	       struct rect area, void *owner, const uint8_t *rgb)
{
	struct window *win = window_of(s, g);
	struct image *m;
	unsigned width, height;

	if (!s->images)
		s->images = mem_zalloc(sizeof(*s->images), images_destroy);
	if (!s->images || !win || !image_size(s, area, &width, &height))
		return;
	m = find(s->images, owner);
	if (!m)
		m = slot(s, s->images);
	if (!m)
		return;
	if (!m->owner)
		*m = (struct image){
			.owner = mem_ref(owner),
			.id = ++s->images->last_id,
			.rows = area.rows,
			.columns = area.columns,
			.width = width,
			.height = height,
			.rgb = rgb,
		};
	m->drawn = ++s->images->drawn;
	win->picture =
		(struct frame_picture){.window = (uint32_t)(win - s->win) + 1,
				       .image = m->id,
				       .row = area.row,
				       .column = area.column};
}

/* ---- what the terminal is told ----------------------------------------- */

static int tell_gone(struct images *p, struct text_buf *b)
{
	struct frame_message m = {.type = FRAME_IMAGE_GONE};
	int err = 0;

	for (unsigned i = 0; i < p->gone_count && !err; i++) {
		m.number = p->gone[i];
		err = frame_encode(b, &m);
	}
	p->gone_count = 0;
	return err;
}

static int tell_image(struct image *i, struct text_buf *b)
{
	struct frame_message m = {.type = FRAME_IMAGE};
	int err;

	m.image = (struct frame_image){
		.id = i->id,
		.rows = i->rows,
		.columns = i->columns,
		.width = i->width,
		.height = i->height,
		.rgb = {(uint8_t *)i->rgb, 3 * i->width * i->height},
	};
	err = frame_encode(b, &m);
	i->told = !err;
	return err;
}

static int tell_place(struct window *win, unsigned w, struct text_buf *b)
{
	struct frame_message m = {.type = FRAME_PICTURE};

	if (!win->told ||
	    !memcmp(&win->picture, &win->picture_told, sizeof(win->picture)))
		return 0;
	m.picture = win->picture;
	m.picture.window = w + 1;
	win->picture_told = win->picture;
	return frame_encode(b, &m);
}

int images_tell(struct tui_screen *s, struct text_buf *b)
{
	struct images *p = s->images;
	int err = 0;

	if (!p)
		return 0;
	for (unsigned i = 0; i < FRAME_IMAGES_MAX && !err; i++)
		if (p->all[i].owner && !p->all[i].told &&
		    stands(s, p->all[i].id))
			err = tell_image(&p->all[i], b);
	for (unsigned w = 0; w < WIN_COUNT && !err; w++)
		err = tell_place(&s->win[w], w, b);
	/* What stands nowhere any more is not missed by anybody. */
	if (!image_wanted(s))
		drop_all(p);
	return err ? err : tell_gone(p, b);
}

void images_forget(struct tui_screen *s)
{
	for (unsigned i = 0; s->images && i < FRAME_IMAGES_MAX; i++)
		s->images->all[i].told = false;
	for (unsigned w = 0; w < WIN_COUNT; w++)
		memset(&s->win[w].picture_told, 0,
		       sizeof(s->win[w].picture_told));
}

void image_pixels(struct tui_screen *s, const struct frame_pixels *pixels)
{
	if (s->pixels.width == pixels->width &&
	    s->pixels.height == pixels->height)
		return;
	s->pixels = *pixels;
	log_info("terminal with pixels: %u × %u in a cell", pixels->width,
		 pixels->height);
	screen_dirty(s, WIN_BIT(WIN_DETAIL) | WIN_BIT(WIN_POPUP));
	paint_request(s);
}
