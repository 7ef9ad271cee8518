/**
 * @file client/term.h  The attaching process: a terminal for the core
 */
#ifndef OFFHOOK_CLIENT_TERM_H
#define OFFHOOK_CLIENT_TERM_H

#include <stdbool.h>

struct term_prm {
	bool ascii;          /**< --ascii */
	const char *colour;  /**< --color=auto|never|16|256|true; NULL: auto */
};

/**
 * Hold the terminal for the core at the other end until told to leave.
 *
 * @param fd    Connected socket to the core, nothing said on it yet
 * @return Exit code of the program
 */
int term_attach(int fd, const struct term_prm *prm);

/**
 * Connect to the core of this user, starting one if none runs.
 *
 * @param start  False: only if one runs
 * @param fdp    Set to the connected socket (peer's uid checked)
 * @return 0, ENOENT (none runs), or errno; *whyp a line to free()
 */
int term_connect(bool start, int *fdp, char **whyp);

/**
 * Run one command in the core over JSON lines and print what it says.
 *
 * @param argv  Command and arguments, NULL-terminated
 * @return Exit code: 0, 1 failed, 2 usage, 3 not logged in, 4 no core
 */
int term_command(int fd, const char *const *argv, bool json);

#endif
