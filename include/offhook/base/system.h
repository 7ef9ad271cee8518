/**
 * @file base/system.h  Time, folders, files, child processes
 */
#ifndef OFFHOOK_BASE_SYSTEM_H
#define OFFHOOK_BASE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Milliseconds of CLOCK_MONOTONIC. */
uint64_t time_mono_ms(void);
/** Milliseconds since 1970-01-01 UTC. */
int64_t time_wall_ms(void);

/* Folders of the user, XDG base directories; text to free(), NULL on ENOMEM. */
char *path_config(const char *name); /**< ~/.config/offhook/NAME */
char *path_state(const char *name);  /**< ~/.local/state/offhook/NAME */
char *path_cache(const char *name);  /**< ~/.cache/offhook/NAME */

/**
 * The folder of sockets: $OFFHOOK_TMPDIR, else /tmp/offhook-UID. Made if
 * missing (0700). Refused unless lstat says a folder, ours, 0700.
 *
 * @param dirp  Set to its path, to free()
 * @return 0, EPERM if it is not safe, or errno
 */
int path_socket_dir(char **dirp);

/** Path of a file that stands beside the running program, else in
 *  ../libexec/offhook; text to free(), NULL if it is in neither. */
char *path_program(const char *name);
/** Likewise of data: beside the program, else in ../share/offhook. */
char *path_data(const char *name);

/** mkdir -p with mode 0700 for what is missing; 0 or errno. */
int path_make(const char *dir);

/**
 * Read a whole file.
 *
 * @param max   Refuse (EFBIG) what is longer
 * @param bufp  Set to the bytes, 0 behind them, to free()
 */
int file_read(const char *path, size_t max, char **bufp, size_t *lenp);

/** Replace a file so that a crash leaves the old or the new one whole:
 *  temporary beside it, fsync, rename. */
int file_write(const char *path, const char *data, size_t len, mode_t mode);

/**
 * Take the lock that says who is the one; kept until the process ends.
 *
 * @param fdp  Set to the open, locked descriptor
 * @return 0, EWOULDBLOCK if another has it, or errno
 */
int file_lock(const char *path, int *fdp);

/** What a child gets. */
struct spawn_prm {
	const char *const *argv; /**< NULL-terminated; argv[0] found by PATH */
	const char *const *env;	 /**< additions "A=b", then NULL; or NULL */
	int stdin_fd;		 /**< -1: /dev/null */
	int stdout_fd;		 /**< -1: /dev/null */
	int stderr_fd;		 /**< -1: /dev/null */
	bool session;		 /**< a session leader of its own */
};

/**
 * Start a program without a shell: only the three descriptors go along,
 * signal mask and dispositions are reset.
 *
 * @param pidp  Set to the child's id; the caller waits for it
 * @return 0, or the errno of fork or of the failed exec
 */
int spawn(const struct spawn_prm *prm, pid_t *pidp);

/** Cryptographic random bytes (getrandom). */
void random_bytes(void *p, size_t n);

#endif
