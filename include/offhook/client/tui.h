/**
 * @file client/tui.h  Views drawn into windows of cells
 *
 * A screen is one attached terminal's: its size, views, focus, fields. It
 * reads the model, runs commands, and gives frames to whoever holds it.
 */
#ifndef OFFHOOK_CLIENT_TUI_H
#define OFFHOOK_CLIENT_TUI_H

#include <offhook/base.h>
#include <offhook/frame.h>
#include <offhook/client/app.h>

struct tui; /**< what all screens share: commands, themes */
struct tui_screen;

/** Registers the commands and options of views. */
int tui_alloc(struct tui **tp, struct app *app);

struct tui_screen_handlers {
	/**
	 * Encoded messages (frame.h) for the terminal, ending in FRAME_FLUSH
	 * where something is to be drawn. Never called again before
	 * tui_screen_input() got the FRAME_ACK of it, but for messages that
	 * draw nothing (FRAME_LEAVE, FRAME_BELL …).
	 */
	void (*send)(const void *data, size_t len, void *arg);
};

/**
 * @param hello  What the terminal said of itself; not kept
 * @param sp     Set to the screen; mem_deref() when its terminal has gone
 */
int tui_screen_alloc(struct tui_screen **sp, struct tui *t,
		     const struct frame_hello *hello,
		     const struct tui_screen_handlers *h, void *arg);

/** A key, paste, mouse, focus, resize, acknowledgement … of the terminal. */
void tui_screen_input(struct tui_screen *s, const struct frame_message *m);

/** Tell this terminal to go: FRAME_LEAVE with a code and a line. */
void tui_screen_leave(struct tui_screen *s, unsigned code, const char *text);

/** Screens attached. */
unsigned tui_screen_count(const struct tui *t);

/** What a screen shows, one text line per row, for tests and `ctl`;
 *  to free(). */
char *tui_screen_text(const struct tui_screen *s);

#endif
