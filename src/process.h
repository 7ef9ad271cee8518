/**
 * @file process.h  The core as a process: one, closed, in the background
 */
#ifndef OFFHOOK_PROCESS_H
#define OFFHOOK_PROCESS_H

#include <offhook/base.h>

/** It holds secrets: no core dump, nobody looks in, files are its user's. */
void process_close_up(void);

/** Signals wait until there are handlers: a SIGUSR1 that comes early means a
 *  socket that will be made anyway. */
void process_block_signals(void);

/** A session of its own; whoever started it is free to go. @return 0 or errno
 *  in the child; the parent ends */
int process_background(void);

/**
 * Take the lock in the state folder that says who is the core.
 *
 * @param owner  Set to the process that has it, 0 if that is not known
 * @return 0, EWOULDBLOCK (another is the core) or errno
 */
int process_lock(long *owner);

/** Log to core.log in the state folder; a large one is put aside first.
 *  @param fdp  Set to its descriptor */
int process_log(enum log_level level, int *fdp);

/** Standard input from nowhere, output and errors to the log: libre and
 *  OpenSSL print there. */
void process_redirect(int log_fd);

#endif
