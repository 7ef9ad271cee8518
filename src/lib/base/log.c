/**
 * @file log.c  One line at a time, from any thread
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <offhook/base/log.h>

enum { LINE_MAX_BYTES = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = STDERR_FILENO;
static bool log_fd_own;
static atomic_int log_level = LOG_LEVEL_INFO;

static void send_to(int fd, bool own, enum log_level level)
{
	pthread_mutex_lock(&lock);
	if (log_fd_own && log_fd != fd)
		close(log_fd);
	log_fd = fd;
	log_fd_own = own;
	pthread_mutex_unlock(&lock);
	log_set_level(level);
}

void log_to_fd(int fd, enum log_level level)
{
	send_to(fd, false, level);
}

int log_to_file(const char *path, enum log_level level)
{
	int fd = open(path,
		      O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
			      O_NOCTTY,
		      0600);

	if (fd < 0)
		return errno;
	send_to(fd, true, level);
	return 0;
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

bool log_wants(enum log_level level)
{
	return (int)level <=
	       atomic_load_explicit(&log_level, memory_order_relaxed);
}

/* Control and direction characters: a log is read in terminals too. */
static void mask_controls(char *line)
{
	unsigned char *p = (unsigned char *)line;

	for (; *p; p++) {
		size_t n = 0;

		if (*p < 0x20 || *p == 0x7f)
			n = 1;
		else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			n = 2;
		else if (p[0] == 0xe2 && p[1] == 0x80 &&
			 (p[2] == 0x8e || p[2] == 0x8f ||
			  (p[2] >= 0xa8 && p[2] <= 0xae)))
			n = 3;
		else if (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 &&
			 p[2] <= 0xa9)
			n = 3;
		else if (p[0] == 0xd8 && p[1] == 0x9c)
			n = 2;
		if (n) {
			memset(p, '?', n);
			p += n - 1;
		}
	}
}

static void write_line(int fd, const char *head, const char *line)
{
	struct iovec iov[] = {
		{.iov_base = (char *)head, .iov_len = strlen(head)},
		{.iov_base = (char *)line, .iov_len = strlen(line)},
		{.iov_base = (char *)"\n", .iov_len = 1}};
	ssize_t n;

	/* One call, so that lines of several processes do not mix. What a
	 * full disk does not take is lost: nothing else can be done here. */
	do {
		n = writev(fd, iov, 3);
	} while (n < 0 && errno == EINTR);
}

void log_write(enum log_level level, const char *module, const char *fmt, ...)
{
	static const char *const name[] = {
		[LOG_LEVEL_ERROR] = "error",
		[LOG_LEVEL_WARN] = "warn",
		[LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_DEBUG] = "debug",
	};
	char head[96], line[LINE_MAX_BYTES];
	int saved = errno;
	struct timespec ts;
	struct tm tm;
	va_list ap;

	if (!log_wants(level))
		return;
	va_start(ap, fmt);
	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		line[0] = 0;
	va_end(ap);
	log_redact(line);
	mask_controls(line);
	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	snprintf(head, sizeof(head),
		 "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ %-5s %.24s: ",
		 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		 tm.tm_min, tm.tm_sec, (int)(ts.tv_nsec / 1000000),
		 name[level & 3], module);
	pthread_mutex_lock(&lock);
	write_line(log_fd, head, line);
	pthread_mutex_unlock(&lock);
	errno = saved;
}
