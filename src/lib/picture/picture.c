/**
 * @file picture.c  What offhook-picture is asked, and what it has said
 */
#define LOG_MODULE "picture"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "picture_int.h"

static const char program[] = "offhook-picture";

/* It limits its processor time to less; a busy system has others to run. */
enum { MS = 10 * 1000 };

/* A line of cells: two numbers, two blanks, a character, its end. */
enum { CELL_BYTES = 2 * 9 + 2 + 4 + 1 };

struct picture_work {
	struct child *child;
	struct picture_look look;
	picture_image_h *image_h;
	picture_cells_h *cells_h;
	picture_pixels_h *pixels_h;
	size_t bytes; /* of so many pixels */
	void *arg;
};

static void destructor(void *p)
{
	struct picture_work *w = p;

	mem_deref(w->child);
}

bool picture_is_image(const void *image, size_t len)
{
	return image && ((len > 3 && !memcmp(image, "\xff\xd8\xff", 3)) ||
			 (len > 8 && !memcmp(image, "\x89PNG\r\n\x1a\n", 8)));
}

/* ---- what it has said -------------------------------------------------- */

static int errno_of(int status)
{
	static const struct {
		enum picture_exit status;
		int err;
	} rows[] = {
		{PICTURE_EXIT_KIND, EMEDIUMTYPE},
		{PICTURE_EXIT_SMALL, ERANGE},
		{PICTURE_EXIT_BYTES, EFBIG},
		{PICTURE_EXIT_LARGE, EOVERFLOW},
		{PICTURE_EXIT_BROKEN, EBADMSG},
		{PICTURE_EXIT_MEMORY, ENOMEM},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((int)rows[i].status == status)
			return rows[i].err;
	return status ? EIO : 0;
}

static bool is_colour(long n)
{
	return (n >= -1 && n < 16) || (n >= 0x1000000 && n <= 0x1ffffff);
}

static int read_colour(const char **sp, const char *end, int32_t *colour)
{
	char *after;
	long n;

	if (*sp >= end || !memchr("-0123456789", **sp, 11))
		return EBADMSG;
	n = strtol(*sp, &after, 10);
	if (after == *sp || after >= end || *after != ' ' || !is_colour(n))
		return EBADMSG;
	*colour = (int32_t)n;
	*sp = after + 1;
	return 0;
}

/* One code point of one column, and nothing that steers a terminal. */
static bool is_character(const char *s, size_t len, bool ascii)
{
	unsigned width = 0;
	uint32_t cp = 0;

	if (!len || !text_valid(s, len) || text_decode(&cp, s, len) != len)
		return false;
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (ascii && cp > 0x7e))
		return false;
	return text_cluster(s, len, &width) == len && width == 1;
}

static int read_cell(const char **sp, const char *end, bool ascii,
		     struct picture_cell *cell)
{
	const char *line_end = memchr(*sp, '\n', (size_t)(end - *sp));
	size_t len;

	if (!line_end || read_colour(sp, line_end, &cell->fg) ||
	    read_colour(sp, line_end, &cell->bg))
		return EBADMSG;
	len = (size_t)(line_end - *sp);
	if (len >= sizeof(cell->text) || !is_character(*sp, len, ascii))
		return EBADMSG;
	memcpy(cell->text, *sp, len);
	*sp = line_end + 1;
	return 0;
}

int picture_read_cells(const struct picture_look *look, const char *said,
		       size_t len, struct picture_cell **cellsp)
{
	size_t n = (size_t)look->columns * look->rows;
	struct picture_cell *cells = calloc(n, sizeof(*cells));
	const char *end = said + len;
	int err = cells ? 0 : ENOMEM;

	for (size_t i = 0; i < n && !err; i++)
		err = read_cell(&said, end, look->ascii, &cells[i]);
	if (!err && said != end)
		err = EBADMSG;
	if (err)
		free(cells);
	else
		*cellsp = cells;
	return err;
}

static void child_over(int err, int status, const char *said, size_t len,
		       void *arg)
{
	struct picture_work *w = arg;
	struct picture_cell *cells = NULL;

	/* What it was ended for, the image has led it to. */
	if (err == ECHILD || err == EFBIG)
		err = EBADMSG;
	if (!err)
		err = errno_of(status);
	if (!err && w->image_h && !picture_is_image(said, len))
		err = EIO;
	if (!err && w->cells_h)
		err = picture_read_cells(&w->look, said, len, &cells);
	if (!err && w->pixels_h && len != w->bytes)
		err = EIO;
	if (err)
		log_info("%s: %s", program, strerror(err));
	mem_ref(w);
	if (w->image_h)
		w->image_h(err, err ? NULL : said, err ? 0 : len, w->arg);
	else if (w->pixels_h)
		w->pixels_h(err, err ? NULL : (const uint8_t *)said, w->arg);
	else
		w->cells_h(err, cells, w->arg);
	free(cells);
	mem_deref(w);
}

/* ---- what it is asked -------------------------------------------------- */

static int check(const void *image, size_t len)
{
	if (len > PICTURE_BYTES_MAX)
		return EFBIG;
	return picture_is_image(image, len) ? 0 : EMEDIUMTYPE;
}

static int run(struct picture_work **wp, const char **argv, const void *image,
	       size_t len, const struct picture_work *as)
{
	char *path = path_program(program);
	struct child_prm prm = {
		.argv = argv,
		.input = image,
		.len = len,
		.most = PICTURE_BYTES_MAX,
		.ms = MS,
	};
	struct picture_work *w;
	int err;

	if (!path)
		return ENOENT;
	w = mem_zalloc(sizeof(*w), destructor);
	if (!w) {
		free(path);
		return ENOMEM;
	}
	*w = *as;
	argv[0] = path;
	if (w->cells_h)
		prm.most = (size_t)w->look.columns * w->look.rows * CELL_BYTES;
	if (w->pixels_h)
		prm.most = w->bytes;
	err = child_alloc(&w->child, &prm, child_over, w);
	free(path);
	if (err)
		mem_deref(w);
	else
		*wp = w;
	return err;
}

int picture_normalise(struct picture_work **wp, const void *image, size_t len,
		      picture_image_h *h, void *arg)
{
	const char *argv[] = {NULL, "normalise", NULL};
	const struct picture_work as = {.image_h = h, .arg = arg};
	int err = wp && h ? check(image, len) : EINVAL;

	return err ? err : run(wp, argv, image, len, &as);
}

int picture_cells(struct picture_work **wp, const struct picture_look *look,
		  const void *image, size_t len, picture_cells_h *h, void *arg)
{
	struct picture_work as = {.cells_h = h, .arg = arg};
	char colours[16], columns[16], rows[16];
	const char *argv[] = {NULL,    "cells", colours, "blocks",
			      columns, rows,	NULL};
	int err = wp && h && look ? check(image, len) : EINVAL;

	if (!err && (!look->columns || look->columns > PICTURE_COLUMNS_MAX ||
		     !look->rows || look->rows > PICTURE_ROWS_MAX ||
		     look->colours > 1 << 24))
		err = EINVAL;
	if (err)
		return err;
	as.look = *look;
	snprintf(colours, sizeof(colours), "%u", look->colours);
	snprintf(columns, sizeof(columns), "%u", look->columns);
	snprintf(rows, sizeof(rows), "%u", look->rows);
	if (look->ascii)
		argv[3] = "ascii";
	return run(wp, argv, image, len, &as);
}

int picture_pixels(struct picture_work **wp, unsigned width, unsigned height,
		   const void *image, size_t len, picture_pixels_h *h,
		   void *arg)
{
	struct picture_work as = {.pixels_h = h, .arg = arg};
	char columns[16], rows[16];
	const char *argv[] = {NULL, "pixels", columns, rows, NULL};
	int err = wp && h ? check(image, len) : EINVAL;

	if (!err && (!width || width > PICTURE_SHOWN_MAX || !height ||
		     height > PICTURE_SHOWN_MAX))
		err = EINVAL;
	if (err)
		return err;
	as.bytes = (size_t)width * height * 3;
	snprintf(columns, sizeof(columns), "%u", width);
	snprintf(rows, sizeof(rows), "%u", height);
	return run(wp, argv, image, len, &as);
}
