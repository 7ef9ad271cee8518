/**
 * @file log_stderr.c  What libraries print to stderr, as lines of the log
 *
 * libre says a line there for each packet that it can't read: unbounded, a
 * stranger could fill the disk. A stream calls us under its own lock, so no
 * two threads are ever in here.
 */
#include <stdio.h>
#include <string.h>

#include <offhook/base/log.h>
#include <offhook/base/system.h>

#define LOG_MODULE "stderr"

enum { LINES_IN_WINDOW = 10, WINDOW_MS = 1000 };

static struct {
	char line[1024];
	size_t len;
	uint64_t window; /**< when it began */
	unsigned count;	 /**< lines in it */
	unsigned left_out;
} s;

static void end_line(void)
{
	uint64_t now = time_mono_ms();

	s.line[s.len] = '\0';
	s.len = 0;
	if (now - s.window >= WINDOW_MS) {
		s.window = now;
		s.count = 0;
		if (s.left_out)
			log_warn("%u more lines", s.left_out);
		s.left_out = 0;
	}
	if (++s.count > LINES_IN_WINDOW)
		s.left_out++;
	else if (*s.line)
		log_warn("%s", s.line);
}

static ssize_t take(void *cookie, const char *buf, size_t size)
{
	(void)cookie;
	for (size_t i = 0; i < size; i++) {
		if (buf[i] == '\n')
			end_line();
		else if (buf[i] != '\r' && s.len < sizeof(s.line) - 1)
			s.line[s.len++] = buf[i];
	}
	return (ssize_t)size;
}

void log_take_stderr(void)
{
	static const cookie_io_functions_t io = {.write = take};
	static FILE *stream;

	if (stream)
		return;
	stream = fopencookie(NULL, "w", io);
	if (!stream)
		return;
	setvbuf(stream, NULL, _IOLBF, 0);
	fflush(stderr);
	stderr = stream;
}
