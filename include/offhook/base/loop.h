/**
 * @file base/loop.h  The one loop of a program: start, signals, turns, jobs
 */
#ifndef OFFHOOK_BASE_LOOP_H
#define OFFHOOK_BASE_LOOP_H

#include <offhook/base/re.h>

/** How many descriptors a loop is made for; 36 bytes for each. */
enum { LOOP_FEW = 1024, LOOP_MANY = 8192 };

/**
 * Make the loop: blocks the signals that loop_signal() will take, raises the
 * descriptor limit to what was asked for where allowed, initialises libre,
 * sends libre's own debug lines to the log. SIGTERM and SIGINT end the loop
 * until loop_signal() says otherwise. Call once, before any thread starts.
 *
 * @param descriptors  LOOP_FEW or LOOP_MANY: the highest number of a
 *                     descriptor that can be watched, less one
 *
 * @return 0 or errno
 */
int loop_init(int descriptors);
/** How many descriptors there can be: what it was made for, or the system's
 *  limit if that is less; 0 before it is made. */
int loop_descriptors(void);

/** Run until loop_stop(). @return 0 or errno */
int loop_run(void);

/** End loop_run() after this turn. Loop thread only. */
void loop_stop(void);

/** Undo loop_init(). End the job queues, watches and turns first. */
void loop_close(void);

typedef void(loop_signal_h)(int sig, void *arg);

/**
 * Call a handler on the loop when a signal arrives (signalfd).
 * SIGPIPE is ignored by loop_init(), which also blocks SIGHUP, SIGINT,
 * SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD and SIGWINCH; any other must be asked for
 * before the first thread starts. NULL as handler drops the signal.
 *
 * @param sig  SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD …
 * @return 0 or errno
 */
int loop_signal(int sig, loop_signal_h *h, void *arg);

typedef void(loop_fd_h)(int flags, void *arg);

/** Bits of loop_fd(): the same as libre's FD_READ, FD_WRITE, FD_EXCEPT. */
enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_EXCEPT = 4 };

/**
 * Watch a descriptor; again for the same one replaces what was said.
 * Safe to call from a handler, also for another descriptor: a handler whose
 * watch has ended in this turn is not called again, and a new watch never gets
 * an event of an older descriptor of that number. End a watch before the
 * descriptor is closed. LOOP_EXCEPT (error, hang-up) comes unasked.
 *
 * @param flags  LOOP_READ | LOOP_WRITE, or 0 to stop
 * @return 0 or errno (EPERM: a regular file cannot be watched)
 */
int loop_fd(int fd, int flags, loop_fd_h *h, void *arg);

/**
 * Work put off to the end of this turn, once however often it is asked for.
 * Views draw, the model tells its observers, from such a handler.
 */
struct loop_turn;
typedef void(loop_turn_h)(void *arg);

/** @param tp Set to the object (mem_deref() ends it, also when pending) */
int loop_turn_alloc(struct loop_turn **tp, loop_turn_h *h, void *arg);
void loop_turn_request(struct loop_turn *t);

/**
 * mem_deref() once this turn is over: for what the caller's callers may still
 * use, as libre does its own objects when a handler has returned. At
 * loop_close() at the latest; at once if the loop is not open.
 *
 * @param obj  May be NULL
 */
void loop_deref_later(void *obj);

/**
 * A queue of jobs with worker threads of its own: what blocks (SQLite,
 * argon2id, getaddrinfo, files) runs there, the result returns on the loop.
 * With one thread, jobs run in the order they came.
 */
struct job_queue;

/** Runs on a worker: may touch only arg, no libre object, no loop state. */
typedef int(job_work_h)(void *arg);

/**
 * Runs on the loop, exactly once per job, also when the queue is closed
 * first (then err is ECANCELED if it never ran).
 *
 * @param err  What the work handler returned
 */
typedef void(job_done_h)(int err, void *arg);

/**
 * @param qp       Set to the queue; mem_deref() waits for the running job,
 *                 cancels the waiting ones, calls all their done handlers,
 *                 then returns; also from a done handler
 * @param threads  1..4
 */
int job_queue_alloc(struct job_queue **qp, const char *name, unsigned threads);

/**
 * @param arg  The job's own; free it in done. Not reference counted across
 *             threads: copy what is needed.
 * @return 0, ENOMEM, or ECANCELED (then done is not called)
 */
int job_run(struct job_queue *q, job_work_h *work, job_done_h *done, void *arg);

/** Jobs waiting or running. */
unsigned job_count(const struct job_queue *q);

#endif
