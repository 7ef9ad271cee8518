/**
 * @file base/log.h  The log: one file or descriptor, with secrets masked
 */
#ifndef OFFHOOK_BASE_LOG_H
#define OFFHOOK_BASE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/**
 * Send the log to a descriptor; until then it goes to stderr.
 *
 * @param fd     Open descriptor, stays the caller's, must outlive the log
 * @param level  Most talkative level that is written
 */
void log_to_fd(int fd, enum log_level level);

/** Open path for appending (0600, O_NOFOLLOW) and log there; 0 or errno. */
int log_to_file(const char *path, enum log_level level);

void log_set_level(enum log_level level);

/** True if that level is written, for what is dear to format. */
bool log_wants(enum log_level level);

/**
 * One line: time, level, module, text. Before it is written, log_redact()
 * masks secrets, control characters become '?', and it is cut at 4 KB.
 * May be called from any thread. Never allocates from libre's memory.
 *
 * @param module  The folder's name, e.g. "wsi"
 */
void log_write(enum log_level level, const char *module, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(...) log_write(LOG_LEVEL_ERROR, LOG_MODULE, __VA_ARGS__)
#define log_warn(...) log_write(LOG_LEVEL_WARN, LOG_MODULE, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, LOG_MODULE, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, LOG_MODULE, __VA_ARGS__)

/**
 * Take over the stream stderr: what libraries print there, some of it at the
 * wish of whoever sends us a packet, becomes lines of the log, at most ten in
 * a second. The descriptor stays as it is. For a process whose own words on
 * stderr are over; it stays so until the end.
 */
void log_take_stderr(void);

/**
 * Mask, in place, the values of gsPass=, gsSession=, password=, pin=,
 * token=, "gsPass":"…" and their kind, Authorization and Proxy-Authorization
 * headers, a=crypto keys and user:password@ in URLs.
 */
void log_redact(char *line);

#endif
