/**
 * @file screen.c  Taking the terminal, giving it back, painting
 */
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "screen_int.h"

/** What is asked of the terminal: brackets around pastes, focus reports. */
#define ASK "\033[?2004h\033[?1004h"
#define UNASK "\033[?1004l\033[?2004l"
#define MOUSE_ON "\033[?1002h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1002l"
#define TITLE_PUSH "\033[22;2t"
#define TITLE_POP "\033[23;2t"

/** Terminals that take xterm's title, by the begin of their names. */
static const char *const titled[] = {"xterm",	  "tmux",   "screen", "rxvt",
				     "alacritty", "foot",   "kitty",  "wezterm",
				     "konsole",	  "gnome",  "vte",    "st-",
				     "contour",	  "ghostty"};

/** The tallest cell that an image is sent for, in pixels: more than a picture
 *  of a person has got. */
enum { SCALED = 28 };

static bool takes_title(const char *term)
{
	for (size_t i = 0; i < sizeof(titled) / sizeof(*titled); i++)
		if (!strncmp(term, titled[i], strlen(titled[i])))
			return true;
	return false;
}

static void put_raw(const char *s)
{
	write_all(STDOUT_FILENO, s, strlen(s));
}

static void ask(struct screen *s)
{
	put_raw(ASK);
	if (s->title && s->title_set)
		put_raw(TITLE_PUSH);
	if (s->mode & FRAME_MODE_MOUSE)
		put_raw(MOUSE_ON);
}

static void unask(struct screen *s)
{
	if (s->mode & FRAME_MODE_MOUSE)
		put_raw(MOUSE_OFF);
	if (s->title && s->title_set)
		put_raw(TITLE_POP);
	put_raw(UNASK);
}

/* ---- bytes for an emergency -------------------------------------------- */

static void prepare_rescue(const struct screen *s)
{
	struct text_buf b = {0};

	images_rescue(s, &b);
	text_buf_add(&b, MOUSE_OFF UNASK);
	terminfo_add(&b, "sgr0");
	terminfo_add(&b, "op");
	terminfo_add(&b, "cnorm");
	terminfo_add(&b, "rmcup");
	if (b.buf && !b.err)
		rescue_bytes(b.buf, b.len);
	text_buf_reset(&b);
}

/* Leave the alternate character set once, not with each end of attributes. */
static void plain_letters(void)
{
	struct text_buf b = {0};

	terminfo_add(&b, "rmacs");
	if (b.buf && !b.err)
		put_raw(b.buf);
	text_buf_reset(&b);
	terminfo_lean();
}

/* ---- up and down ------------------------------------------------------- */

/* newterm() under some name; an unknown one is not an error yet. */
static bool start(struct screen *s, const char *term)
{
	bool usable;

	/* newterm() would end the process on some kinds of terminal. */
	if (!terminfo_exists(term, &usable) || !usable)
		return false;
	s->sp = newterm(term, stdout, stdin);
	if (!s->sp)
		return false;
	return text_set(&s->term, term) == 0;
}

static bool start_any(struct screen *s, const struct term_prm *prm)
{
	static const char fallback[] = "xterm-256color";
	const char *env = getenv("TERM");
	bool ok, usable;
	char *term;

	if (!text_empty(env)) {
		term = style_term(env, prm->colour);
		ok = term && start(s, term);
		free(term);
		if (ok)
			return true;
		/* Known, but not of use; unknown ones are guessed at. */
		if (terminfo_exists(env, &usable))
			return false;
	}
	fprintf(stderr,
		_("The terminal \"%s\" is not known here: taken for "
		  "%s.\n"),
		env ? env : "", fallback);
	return start(s, fallback);
}

static void setup(struct screen *s)
{
	raw();
	noecho();
	nonl();
	curs_set(1);
	s->cursor_shown = true;
	s->title = takes_title(s->term);
	prepare_rescue(s);
	plain_letters();
}

int screen_open(struct screen **sp, const struct term_prm *prm, char **whyp)
{
	struct screen *s = calloc(1, sizeof(*s));

	if (!s)
		return ENOMEM;
	s->utf8 = !prm->ascii && !strcmp(nl_langinfo(CODESET), "UTF-8");
	use_tioctl(TRUE);
	if (!start_any(s, prm)) {
		const char *term = getenv("TERM");

		*whyp = text_printf(_("The terminal \"%s\" can't place its "
				      "cursor, so offhook can't be shown on "
				      "it; `offhook status` and other commands "
				      "work."),
				    term ? term : "");
		free(s->term);
		free(s);
		return ENOTSUP;
	}
	setup(s);
	s->colours = style_begin(prm->colour);
	screen_resized(s);
	/* The first thing that it does is to switch to the other screen. */
	screen_flush(s);
	ask(s);
	*sp = s;
	return 0;
}

/* The terminal keeps images for each of its two screens: they go before. */
static void put_images_away(struct screen *s)
{
	struct text_buf b = {0};

	images_unsend(s, &b);
	if (b.len && !b.err)
		write_all(STDOUT_FILENO, b.buf, b.len);
	text_buf_reset(&b);
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	put_images_away(s);
	unask(s);
	endwin();
	while (s->count)
		screen_window_gone(s, s->windows[0]->id);
	free(s->windows);
	/* No delscreen(): there is one per process, and the panel library keeps
	 * a panel of its own in it. */
	images_close(s);
	free(s->term);
	text_buf_reset(&s->before);
	text_buf_reset(&s->after);
	free(s);
}

void screen_suspend(struct screen *s)
{
	put_images_away(s);
	unask(s);
	endwin();
	rescue_bytes("", 0);
}

void screen_resume(struct screen *s)
{
	reset_prog_mode();
	prepare_rescue(s);
	screen_resized(s);
	screen_repaint(s);
	/* Ends what endwin() began, also where nothing changed. */
	screen_flush(s);
	ask(s);
}

void screen_hello(const struct screen *s, struct frame_hello *h)
{
	h->version = FRAME_VERSION;
	h->version_min = FRAME_VERSION_MIN;
	h->size = s->size;
	h->colours = s->colours;
	h->flags = (s->utf8 ? 0 : FRAME_HELLO_ASCII) |
		   (s->colours ? 0 : FRAME_HELLO_MONO);
}

bool screen_utf8(const struct screen *s)
{
	return s->utf8;
}

const char *screen_term(const struct screen *s)
{
	return s->term;
}

/* ---- size -------------------------------------------------------------- */

static uint32_t between(int n, uint32_t most)
{
	return n < 1 ? 1 : (uint32_t)n > most ? most : (uint32_t)n;
}

bool screen_resized(struct screen *s)
{
	struct winsize ws;
	struct frame_size size;
	int rows = LINES, columns = COLS;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_row && ws.ws_col) {
		rows = ws.ws_row;
		columns = ws.ws_col;
	}
	size.rows = between(rows, FRAME_ROWS_MAX);
	size.columns = between(columns, FRAME_COLUMNS_MAX);
	if (rows != LINES || columns != COLS) {
		/* curses would cut the windows its own way. */
		screen_windows_drop(s);
		resizeterm(rows, columns);
		clearok(curscr, TRUE);
		s->anew = true;
		screen_windows_make(s);
	}
	if (size.rows == s->size.rows && size.columns == s->size.columns)
		return false;
	s->size = size;
	return true;
}

void screen_size(const struct screen *s, struct frame_size *size)
{
	*size = s->size;
}

/* ---- what is not cells ------------------------------------------------- */

void screen_cursor(struct screen *s, const struct frame_cursor *c)
{
	s->cursor = *c;
}

void screen_mode(struct screen *s, uint32_t mode)
{
	uint32_t changed = s->mode ^ mode;

	s->mode = mode;
	if (changed & FRAME_MODE_MOUSE)
		screen_sequence(s,
				mode & FRAME_MODE_MOUSE ? MOUSE_ON : MOUSE_OFF);
}

void screen_repaint(struct screen *s)
{
	clearok(curscr, TRUE);
	s->anew = true;
	/* Whoever has the screen painted anew may have lost them, too. */
	images_unsend(s, &s->before);
}

void screen_bell(struct screen *s)
{
	screen_sequence(s, "\a");
}

void screen_sequence(struct screen *s, const char *bytes)
{
	text_buf_add(&s->after, bytes);
}

void screen_title(struct screen *s, const char *title)
{
	if (!s->title)
		return;
	if (!s->title_set)
		screen_sequence(s, TITLE_PUSH);
	s->title_set = true;
	text_buf_printf(&s->after, "\033]2;%s\033\\", title);
}

/* ---- pixels ------------------------------------------------------------ */

void screen_ask(struct screen *s)
{
	const char *what = probe_begin(&s->probe, s->term, s->colours, s->utf8);

	if (what)
		put_raw(what);
}

bool screen_asking(const struct screen *s)
{
	return s->probe.step != PROBE_OVER;
}

void screen_answer(struct screen *s, const char *answer)
{
	const char *more = probe_answer(&s->probe, answer);

	if (more)
		put_raw(more);
	if (screen_asking(s) || s->way == s->probe.way)
		return;
	s->way = s->probe.way;
	prepare_rescue(s);
}

/* The window system's numbers follow when its font changes. */
bool screen_cell(const struct screen *s, unsigned *width, unsigned *height)
{
	struct winsize ws;

	*width = s->probe.cell_width;
	*height = s->probe.cell_height;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_row && ws.ws_col &&
	    ws.ws_xpixel >= ws.ws_col && ws.ws_ypixel >= ws.ws_row) {
		*width = ws.ws_xpixel / ws.ws_col;
		*height = ws.ws_ypixel / ws.ws_row;
	}
	return *width && *width <= FRAME_CELL_SIDE_MAX && *height &&
	       *height <= FRAME_CELL_SIDE_MAX;
}

void screen_pixels(const struct screen *s, struct frame_pixels *p)
{
	unsigned width, height;
	bool known = screen_cell(s, &width, &height);

	*p = (struct frame_pixels){0, 0};
	if (s->way == PIXELS_KITTY) {
		/* It stretches what it gets: of large cells less will do. */
		if (!known) {
			width = SCALED / 2;
			height = SCALED;
		} else if (height > SCALED) {
			width = (width * SCALED + height - 1) / height;
			height = SCALED;
		}
		*p = (struct frame_pixels){width, height};
	} else if (s->way == PIXELS_SIXEL && known) {
		*p = (struct frame_pixels){width, height};
	}
}

/* ---- painting ---------------------------------------------------------- */

/* The cursor stands where the core says, not where the last cell was drawn;
 * it is what screen readers follow. */
static void place_cursor(struct screen *s)
{
	const struct window *w = screen_find(s, s->cursor.window);
	bool shown = s->cursor.visible && w;
	int row, column;

	if (w) {
		row = w->place.row + (int)s->cursor.row;
		column = w->place.column + (int)s->cursor.column;
		if (row >= 0 && column >= 0 && row < LINES && column < COLS)
			wmove(newscr, row, column);
		else
			shown = false;
	}
	if (shown != s->cursor_shown) {
		curs_set(shown);
		s->cursor_shown = shown;
	}
}

void screen_flush(struct screen *s)
{
	bool over;

	screen_restyle(s);
	images_send(s);
	update_panels();
	place_cursor(s);
	over = overlay_before(s);
	rescue_writing(true);
	if (s->before.len && !s->before.err)
		write_all(STDOUT_FILENO, s->before.buf, s->before.len);
	doupdate();
	s->anew = false;
	if (over)
		overlay_after(s);
	if (s->after.len && !s->after.err)
		write_all(STDOUT_FILENO, s->after.buf, s->after.len);
	rescue_writing(false);
	text_buf_reset(&s->before);
	text_buf_reset(&s->after);
}
