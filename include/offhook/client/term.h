/**
 * @file client/term.h  The attaching process: a terminal for the core
 *
 * Needs neither libre nor a loop: it is linked into the small program that a
 * person starts. One terminal per process.
 */
#ifndef OFFHOOK_CLIENT_TERM_H
#define OFFHOOK_CLIENT_TERM_H

#include <stdbool.h>

/** Exit codes of the program. */
enum term_exit {
	TERM_EXIT_OK = 0,
	TERM_EXIT_FAILED = 1,
	TERM_EXIT_USAGE = 2,
	TERM_EXIT_LOGIN = 3,   /**< not logged in */
	TERM_EXIT_NO_CORE = 4, /**< none runs, or it has ended */
};

/* ---- a terminal -------------------------------------------------------- */

/** How many colours to use; TERM_COLOUR_AUTO: what the terminal can. */
enum term_colour {
	TERM_COLOUR_AUTO,
	TERM_COLOUR_NEVER,
	TERM_COLOUR_8,
	TERM_COLOUR_16,
	TERM_COLOUR_256,
	TERM_COLOUR_TRUE,
};

/**
 * @param s   "auto", "never", "8", "16", "256" or "true"
 * @param cp  Set to what it says
 * @return 0 or EINVAL
 */
int term_colour_parse(const char *s, enum term_colour *cp);

struct term_prm {
	bool ascii;		 /**< ASCII only, whatever the locale says */
	enum term_colour colour; /**< AUTO heeds NO_COLOR and COLORTERM */
};

/**
 * Hold the terminal (standard input and output) for the core at the other
 * end until told to leave. Uses the process's locale (setlocale() before):
 * where its character set is not UTF-8, lines and signs become ASCII. The
 * terminal is as it was before when this returns, and also when a signal
 * ends the process.
 *
 * @param fd    Connected socket to the core, nothing said on it yet; closed
 * @return Exit code of the program
 */
int term_attach(int fd, const struct term_prm *prm);

/* ---- a core ------------------------------------------------------------ */

enum term_start {
	TERM_START_NEVER,   /**< only if one runs */
	TERM_START_IF_NONE, /**< start one if none runs */
	TERM_START_OWN,	    /**< start one that ends with its last terminal */
};

/**
 * Connect to the core of this user. Of two that start one at the same time,
 * the second gets the first one's; a core whose socket was lost is asked to
 * make it anew.
 *
 * @param start  Whether to start one
 * @param fdp    Set to the connected socket (peer's uid checked)
 * @param whyp   Set to a line for the user if it fails, to free()
 * @return 0, ENOENT (none runs), EEXIST (TERM_START_OWN: one runs), or errno
 */
int term_connect(enum term_start start, int *fdp, char **whyp);

/* ---- commands ---------------------------------------------------------- */

/** What to run: one of the four. */
struct term_request {
	const char *line; /**< as typed: "dial 201" */
	/** Command and arguments, NULL-terminated. An argument "@-" stands for
	 *  one line of standard input, read without echo if that is a
	 *  terminal; the core takes passwords only so. */
	const char *const *argv;
	const char *link; /**< tel:, sip: or callto: URL */
	/** Run `selection` with what is marked there: one of FRAME_SOURCES,
	 *  as the environment of this process has it; beside argv of NULL. */
	const char *selection;
	/** Set, if not NULL: no terminal is there to see what comes of it. */
	bool *unseen;
	bool json; /**< print the answer's data as JSON */
};

/**
 * Run one command in the core over JSON lines and print what it says; with
 * `subscribe`, the events too, one JSON line each, until the core ends.
 *
 * @param fd  Connected socket, nothing said on it yet; closed
 * @return Exit code of the program
 */
int term_command(int fd, const struct term_request *rq);

#endif
