/**
 * @file ctl_int.h  What the files of the socket share
 */
#ifndef OFFHOOK_CTL_INT_H
#define OFFHOOK_CTL_INT_H

#include <offhook/client/ctl.h>

/* ---- json.c: lines, knowing nothing of sockets ------------------------- */

/** Kinds of event, bits. */
enum ctl_event {
	CTL_EVENT_CALL = 1 << 0,
	CTL_EVENT_PRESENCE = 1 << 1,
	CTL_EVENT_CONNECTION = 1 << 2,
	CTL_EVENT_CONVERSATION = 1 << 3,
	CTL_EVENT_LOGIN = 1 << 4,
	CTL_EVENT_MESSAGE = 1 << 5,
	CTL_EVENT_ALL = (1 << 6) - 1,
};

/** One of line, argv and link is set. */
struct ctl_request {
	const char *line;
	const char *const *argv;
	size_t argc;
	const char *link;
};

struct ctl_json_handlers {
	/** Run it; the sink's data is a writer.
	 *  @return 0 or errno; EINPROGRESS: the sink's done() ends it */
	int (*run)(const struct ctl_request *rq, struct app_sink *sink,
		   void *arg);
	/** Send events of these kinds from now on; 0: none. */
	void (*subscribe)(uint32_t events, void *arg);
	/** A command's row by its name, NULL if there is none. */
	const struct app_command *(*find)(const char *name, void *arg);
	/** The code for an errno of run(), or NULL for the usual one. */
	const char *(*code)(int err, void *arg);
	/** Send a line, without its newline. */
	void (*send)(const char *line, void *arg);
};

/** One peer's state. */
struct ctl_json {
	bool greeted;
	const struct ctl_json_handlers *h;
	void *arg;
	struct list runs;   /**< requests whose answers are to come */
	const char *folder; /**< of the request that is read: "in", or NULL */
};

/** Say who we are, which language we speak, and how many look on. */
void ctl_json_greet(struct ctl_json *j, const char *language,
		    unsigned terminals);
/**
 * A line came in.
 *
 * @return 0, or EBADMSG: the connection is to end (a line says why)
 */
int ctl_json_line(struct ctl_json *j, const char *line, size_t len);
/** The peer is gone: its requests go on, and nobody is answered. */
void ctl_json_close(struct ctl_json *j);
/** Refuse: one line that says why. */
void ctl_json_refuse(struct ctl_json *j, const char *text);

/* ---- conn.c: connections ----------------------------------------------- */

struct ctl_terminal {
	struct le le;
	struct ctl *ctl;
	int fd;
	int flags; /**< what is watched */
	enum { CONN_NEW, CONN_TERMINAL, CONN_JSON } kind;
	struct text_buf in, out;
	size_t sent;  /**< of out */
	bool ended;   /**< the peer says no more, but waits for answers */
	bool closing; /**< ends when out is sent */
	bool dead;    /**< is taken away at the end of the turn */
	/* a terminal */
	bool attached;
	void *screen;
	/* JSON */
	struct ctl_json json;
	uint32_t events;
	bool lost; /**< events were left out */
};

struct ctl {
	struct app *app;
	struct ctl_handlers h;
	void *arg;
	char *path;
	int fd;
	dev_t dev; /**< of the socket file that is ours */
	ino_t ino;
	struct list conns;
	unsigned terminals;
	struct loop_turn *reap;
	struct tmr full; /**< out of descriptors: until the next try */
	struct notify_sub *model, *application;
};

int ctl_conn_alloc(struct ctl *c, int fd);
size_t ctl_conn_waiting(const struct ctl_terminal *t);
void ctl_conn_send(struct ctl_terminal *t, const void *data, size_t len);
/** End it when all is sent. */
void ctl_conn_close(struct ctl_terminal *t);
/** End it if it has ended itself and has got all answers. */
void ctl_conn_finish(struct ctl_terminal *t);
/** End it; it goes at the end of the turn. */
void ctl_conn_drop(struct ctl_terminal *t);

/* ---- terminal.c -------------------------------------------------------- */

/** Take messages off the input. */
void ctl_terminal_input(struct ctl_terminal *t);
void ctl_terminal_gone(struct ctl_terminal *t);

/* ---- event.c ----------------------------------------------------------- */

int ctl_events_init(struct ctl *c);

#endif
