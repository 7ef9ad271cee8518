/**
 * @file term_int.h  What the files of the attaching process share
 */
#ifndef OFFHOOK_TERM_INT_H
#define OFFHOOK_TERM_INT_H

#include <stddef.h>

#include <offhook/base.h>
#include <offhook/client/term.h>
#include <offhook/frame.h>

/* ---- keys.c: bytes of the terminal into messages ----------------------- */

struct keys;

/** What was pressed, pasted, clicked; the message is only lent. */
typedef void(keys_h)(const struct frame_message *m, void *arg);

/**
 * @param term  Name of the terminal's terminfo entry
 * @param utf8  The terminal sends UTF-8
 */
int keys_alloc(struct keys **kp, const char *term, bool utf8, keys_h *h,
	       void *arg);
void keys_free(struct keys *k);
void keys_feed(struct keys *k, const char *bytes, size_t len);
/** Milliseconds until keys_expire() is due, -1 if it is not. */
int keys_wait(const struct keys *k);
/** Time is up for a sequence that began: it was the Esc key. */
void keys_expire(struct keys *k);

/** What the terminal has answered, without what begins and ends it: "[?62;4c",
 *  "[6;18;9t", "P>|kitty(0.32)", "_Gi=1;OK"; its bytes may be anything. */
typedef void(keys_answer_h)(const char *answer, void *arg);
/** For so long, answers are looked for and handed on; 0 ms: no longer. What is
 *  typed meanwhile are keys as always. */
void keys_ask(struct keys *k, uint32_t ms, keys_answer_h *h, void *arg);

/* ---- ascii.c ----------------------------------------------------------- */

/** What stands in for a code point where only ASCII is to be shown. */
char ascii_of(uint32_t cp);

/* ---- terminfo.c -------------------------------------------------------- */

/** @param usable  Set: it can place its cursor */
bool terminfo_exists(const char *name, bool *usable);
/**
 * Let curses end attributes without leaving the alternate character set, which
 * nobody here enters: three bytes fewer each time.
 */
void terminfo_lean(void);
/** Append a capability of the terminal in use, if it has it. */
void terminfo_add(struct text_buf *b, const char *capability);

/* ---- style.c: looks into what this terminal can ------------------------ */

/** What curses needs to draw in a style. */
struct style {
	struct frame_look look;
	uint32_t attrs; /**< attr_t */
	int pair;
	bool changed; /**< since the last flush */
};

/** Colours to use, of what curses says the terminal has: 0, 8, 16, 256 or
 *  1 << 24. Call when curses is up. */
uint32_t style_begin(enum term_colour wanted);
/** terminfo entry to use for $TERM; text to free(), NULL without memory. */
char *style_term(const char *term, enum term_colour wanted);
void style_make(struct style *st, unsigned id, const struct frame_look *look,
		uint32_t colours);

/* ---- probe.c: does this terminal show pixels? -------------------------- */

enum pixels_way {
	PIXELS_NONE,
	PIXELS_KITTY, /**< its graphics protocol, by placeholders in cells */
	PIXELS_SIXEL, /**< painted over the cells */
};

/** Questions that were put, and what came back. */
struct probe {
	enum { PROBE_OVER, PROBE_WHO, PROBE_CAN } step;
	enum pixels_way hope, way;
	unsigned colours;		  /**< registers for sixel */
	unsigned cell_width, cell_height; /**< in pixels, as it said; or 0 */
};

enum { PROBE_MS = 5000 /**< answers that come later are not waited for */ };

/** @return what to write to the terminal, NULL: it need not be asked */
const char *probe_begin(struct probe *p, const char *term, uint32_t colours,
			bool utf8);
/** An answer has come. @return what to write then, or NULL; step tells whether
 *  all is known */
const char *probe_answer(struct probe *p, const char *answer);

/* ---- screen.c: curses -------------------------------------------------- */

struct screen;

/**
 * Take the terminal.
 *
 * @param whyp  Set to a line for the user if it fails, to free()
 */
int screen_open(struct screen **sp, const struct term_prm *prm, char **whyp);
/** Give it back as it was. */
void screen_close(struct screen *s);
void screen_hello(const struct screen *s, struct frame_hello *h);
bool screen_utf8(const struct screen *s);
const char *screen_term(const struct screen *s);
/** Leave the terminal to others for a while, and take it again. */
void screen_suspend(struct screen *s);
void screen_resume(struct screen *s);
/** Ask for the size again. @return true if it changed */
bool screen_resized(struct screen *s);
void screen_size(const struct screen *s, struct frame_size *size);

void screen_style(struct screen *s, unsigned id, const struct frame_look *l);
int screen_window(struct screen *s, const struct frame_window *w);
void screen_window_gone(struct screen *s, uint32_t id);
void screen_cells(struct screen *s, const struct frame_cells *c);
void screen_cursor(struct screen *s, const struct frame_cursor *c);
void screen_mode(struct screen *s, uint32_t mode);
void screen_repaint(struct screen *s);
/** Ask what the terminal can. */
void screen_ask(struct screen *s);
/** It may still answer. */
bool screen_asking(const struct screen *s);
/** Something it has answered. */
void screen_answer(struct screen *s, const char *answer);
/** Pixels of a cell, for images; 0: it shows none. */
void screen_pixels(const struct screen *s, struct frame_pixels *p);
/** The image's pixels are taken. */
void screen_image(struct screen *s, struct frame_image *is);
void screen_image_gone(struct screen *s, uint32_t id);
void screen_picture(struct screen *s, const struct frame_picture *p);
void screen_bell(struct screen *s);
void screen_title(struct screen *s, const char *title);
void screen_sequence(struct screen *s, const char *bytes);
/** Bring it all to the terminal. */
void screen_flush(struct screen *s);

/* ---- rescue.c: the terminal is given back, whatever ends us ------------ */

/** Remember the terminal's state; from now on fatal signals restore it. */
void rescue_arm(void);
/** Bytes that undo what was asked of the terminal. */
void rescue_bytes(const char *bytes, size_t len);
void rescue_disarm(void);
/** While we write to the terminal, which may block for ever: SIGTERM, SIGHUP
 *  and SIGINT end the process at once. */
void rescue_writing(bool on);

/* ---- secret.c: a line that is not to be seen --------------------------- */

/**
 * Read a line of standard input. If that is a terminal: without echo, after
 * asking for a password.
 *
 * @param linep  Set to the line without its end, to secret_free()
 * @return 0, ENODATA (no line is left), EINTR (a signal that the terminal was
 *         given back for), EINVAL (too long, or no text) or errno
 */
int secret_read(char **linep);
/** Free one, and leave nothing of it in memory. */
void secret_free(char *line);

/* ---- selection.c: what is marked in tmux or on the desktop ------------- */

/** Reading it, by programs of its own environment; nothing here waits. */
struct selecting;

/** @param source  One of FRAME_SOURCES; what is none of them counts as auto */
int selecting_alloc(struct selecting **sp, const char *source);
/** To poll for reading, -1 if there is none. NULL is fine in all of these. */
int selecting_fd(const struct selecting *s);
/** Milliseconds until selecting_step() is due anyway, -1 if it is not. */
int selecting_wait(const struct selecting *s);
/** Take what there is. @return true: it is over */
bool selecting_step(struct selecting *s);
bool selecting_over(const struct selecting *s);
/** What it has come to; the text is lent until selecting_free(). */
void selecting_result(const struct selecting *s, struct frame_selection *r);
/** Ends what is still running. */
void selecting_free(struct selecting *s);
/** Read it, waiting. @param whyp set to a line for the user, to free()
 *  @return the text to free(), NULL if there is none */
char *selection_read(const char *source, char **whyp);

/* ---- connect.c --------------------------------------------------------- */

/** Write it all, waiting where it must; 0 or errno. */
int write_all(int fd, const char *p, size_t len);

#endif
