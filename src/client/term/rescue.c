/**
 * @file rescue.c  The terminal is given back, whatever ends the process
 *
 * A signal handler can be told nothing but through an object of the file: so
 * this one is, and there is one terminal per process.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "term_int.h"

static struct {
	volatile sig_atomic_t armed;
	struct termios termios;
	char bytes[512];
	volatile sig_atomic_t len;
} rescue;

static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE,
			    SIGABRT, SIGSYS, SIGTRAP};
static const int ending[] = {SIGTERM, SIGHUP, SIGINT};

/* Only what is safe in a handler. The write must not block: the terminal may
 * be what hangs. CAN ends a sequence that was cut off. */
static void restore(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	ssize_t n;

	if (!rescue.armed)
		return;
	rescue.armed = 0;
	if (flags >= 0)
		fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
	n = write(STDOUT_FILENO, "\030", 1);
	n += write(STDOUT_FILENO, rescue.bytes, (size_t)rescue.len);
	(void)n;
	if (flags >= 0)
		fcntl(STDOUT_FILENO, F_SETFL, flags);
	tcsetattr(STDIN_FILENO, TCSANOW, &rescue.termios);
}

static void die(int sig)
{
	restore();
	/* SA_RESETHAND: this one ends us as it would have. */
	raise(sig);
}

void rescue_arm(void)
{
	struct sigaction sa = {.sa_handler = die, .sa_flags = SA_RESETHAND};

	if (tcgetattr(STDIN_FILENO, &rescue.termios))
		return;
	rescue.len = 0;
	rescue.armed = 1;
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal); i++)
		sigaction(fatal[i], &sa, NULL);
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		sigaction(ending[i], &sa, NULL);
}

void rescue_bytes(const char *bytes, size_t len)
{
	if (len > sizeof(rescue.bytes))
		return;
	rescue.len = 0;
	memcpy(rescue.bytes, bytes, len);
	rescue.len = (sig_atomic_t)len;
}

void rescue_disarm(void)
{
	rescue.armed = 0;
	for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal); i++)
		signal(fatal[i], SIG_DFL);
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		signal(ending[i], SIG_DFL);
}

void rescue_writing(bool on)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		sigaddset(&set, ending[i]);
	sigprocmask(on ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}
