/**
 * @file secret.c  A line from standard input that is not to be seen
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "term_int.h"

/** What would leave the terminal without echo. */
static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { SIGNALS = sizeof(signals) / sizeof(*signals), SECRET_MAX = 4096 };

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	caught = sig;
}

/* Byte by byte: what follows the line is the next one's. */
static int read_line(char *line)
{
	size_t len = 0;
	ssize_t n = 0;

	while (!caught && len < SECRET_MAX) {
		n = read(STDIN_FILENO, &line[len], 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || line[len] == '\n' || !line[len])
			break;
		len++;
	}
	if (caught)
		return EINTR;
	if (n < 0)
		return errno;
	if (!n && !len)
		return ENODATA;
	if (len == SECRET_MAX || (n && !line[len]))
		return EINVAL;
	/* A line that was written on another system. */
	if (len && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	return 0;
}

static int read_hidden(char *line, const struct termios *was)
{
	struct sigaction old[SIGNALS], sa = {.sa_handler = on_signal};
	struct termios quiet = *was;
	int err;

	caught = 0;
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &sa, &old[i]);
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	fputs(_("password: "), stderr);
	fflush(stderr);
	err = read_line(line);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, was);
	fputs("\n", stderr);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &old[i], NULL);
	if (caught)
		raise(caught);
	return err;
}

int secret_read(char **linep)
{
	struct termios was;
	char *line = calloc(1, SECRET_MAX + 1);
	int err;

	if (!line)
		return ENOMEM;
	err = tcgetattr(STDIN_FILENO, &was) ? read_line(line)
					    : read_hidden(line, &was);
	if (err)
		secret_free(line);
	else
		*linep = line;
	return err;
}

void secret_free(char *line)
{
	if (line)
		explicit_bzero(line, SECRET_MAX + 1);
	free(line);
}
