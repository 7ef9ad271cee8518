/**
 * @file client/ctl.h  The core's socket: terminals, JSON commands, events
 */
#ifndef OFFHOOK_CLIENT_CTL_H
#define OFFHOOK_CLIENT_CTL_H

#include <offhook/base.h>
#include <offhook/frame.h>
#include <offhook/client/app.h>

struct ctl;

/**
 * A terminal attached: how main wires screens in without `ctl` knowing them.
 * send() takes encoded messages at once and never blocks; a terminal that
 * does not read is dropped once over 8 MB wait for it.
 */
struct ctl_terminal;
void ctl_terminal_send(struct ctl_terminal *t, const void *data, size_t len);

struct ctl_handlers {
	/** @param screenp set to what input and gone get; @return 0 or errno */
	int (*attach)(struct ctl_terminal *t, const struct frame_hello *hello,
		      void **screenp, void *arg);
	void (*input)(void *screen, const struct frame_message *m);
	void (*gone)(void *screen);
};

struct ctl_prm {
	const char *path;   /**< of the socket: NULL: path_socket_dir()/core */
};

int ctl_alloc(struct ctl **cp, struct app *app, const struct ctl_prm *prm,
	      const struct ctl_handlers *h, void *arg);
/** Make a lost socket anew (SIGUSR1). */
int ctl_reopen(struct ctl *c);
/** Terminals attached now. */
unsigned ctl_terminal_count(const struct ctl *c);

#endif
