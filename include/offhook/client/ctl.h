/**
 * @file client/ctl.h  The core's socket: terminals, JSON commands, events
 *
 * A connection's first bytes say what it is: FRAME_MAGIC a terminal, '{' JSON
 * lines. Only processes of the same user are served (SO_PEERCRED).
 *
 * JSON: first {"offhook":1} both ways. Then requests
 *     {"id":7,"do":["dial","201"]}     an argument vector, or
 *     {"id":7,"do":"dial 201"}         a line as a person types it, or
 *     {"id":7,"link":"tel:+4989…"}     a link to open
 * are answered {"id":7,"ok":true,"text":…,"data":…}, or
 * {"id":7,"error":CODE,"text":…} with CODE one of "usage", "unknown",
 * "forbidden", "unavailable", "login" (not logged in) and "failed". "data" is
 * left out where there is none. A line is at most 1 MB; unknown members are
 * ignored; what is no JSON object ends the connection.
 *
 * "hidden":[3] in a request says that its "do" stood on a command line, but
 * for the arguments at these places (0 is the command's name). One that is
 * secret by the command's schema and not among them is refused.
 *
 * {"id":8,"do":["subscribe","call","presence"]} asks for events: "call",
 * "presence", "connection", "conversation", "login"; without a name for all.
 * Each is {"event":"call","at":MILLISECONDS,…}. To one that reads too slowly
 * {"event":"lost"} says that some were left out.
 */
#ifndef OFFHOOK_CLIENT_CTL_H
#define OFFHOOK_CLIENT_CTL_H

#include <offhook/base.h>
#include <offhook/frame.h>
#include <offhook/client/app.h>

struct ctl;

/** The longest JSON line; how much may wait for a reader. */
enum { CTL_LINE_MAX = 1024 * 1024, CTL_QUEUE_MAX = 8 * 1024 * 1024 };

/** One attached terminal; the socket's own, valid until gone() was called. */
struct ctl_terminal;

/**
 * Send encoded messages: at once as far as the socket takes them, the rest
 * when it can. Never blocks. A terminal that does not read is dropped once
 * over CTL_QUEUE_MAX wait for it; gone() follows at the end of the turn, so
 * this may be called from any handler.
 */
void ctl_terminal_send(struct ctl_terminal *t, const void *data, size_t len);

/** How main wires screens in without `ctl` knowing them. */
struct ctl_handlers {
	/**
	 * A terminal attached; FRAME_WELCOME has been sent to it.
	 *
	 * @param screenp  Set to what input() and gone() get
	 * @return 0, or errno: the terminal is told to leave
	 */
	int (*attach)(struct ctl_terminal *t, const struct frame_hello *hello,
		      void **screenp, void *arg);
	/** A message from it other than FRAME_HELLO; not kept. */
	void (*input)(void *screen, const struct frame_message *m);
	/** It has gone; the ctl_terminal is no more after this. */
	void (*gone)(void *screen);
	/** The last terminal has gone (after its gone()). */
	void (*empty)(void *arg);
};

struct ctl_prm {
	const char *path; /**< of the socket; NULL: path_socket_dir()/core */
};

/**
 * Listen. What lies at the path is replaced: whoever calls this holds the
 * lock that says who the core is.
 *
 * @param cp   Set to the socket; mem_deref() tells all screens gone(), closes
 *             the connections and removes the socket
 * @param app  What commands run in and events come from; referenced
 * @return 0 or errno
 */
int ctl_alloc(struct ctl **cp, struct app *app, const struct ctl_prm *prm,
	      const struct ctl_handlers *h, void *arg);
/** Make the socket anew if it was lost (SIGUSR1). @return 0 or errno */
int ctl_reopen(struct ctl *c);
/** Terminals attached now. */
unsigned ctl_terminal_count(const struct ctl *c);

#endif
