/**
 * @file loop.c  Start, signals, end
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <offhook/base/log.h>
#include <offhook/base/loop.h>

#define DEBUG_MODULE "base"
#define DEBUG_LEVEL 5
#include <re_dbg.h>

#include "loop_int.h"

#define LOG_MODULE "base"

/* Blocked from the start, so that no thread ever has them. */
static const int first_signals[] = {SIGHUP,  SIGINT,  SIGTERM, SIGUSR1,
				    SIGUSR2, SIGCHLD, SIGWINCH};

static struct {
	bool open;
	int fd; /**< signalfd, -1 if none */
	sigset_t taken;
	struct {
		loop_signal_h *h;
		void *arg;
	} handler[NSIG];
} sigs = {.fd = -1};

static int room; /**< of descriptors */

static void libre_says(int level, const char *p, size_t len, void *arg)
{
	(void)arg;
	while (len && (p[len - 1] == '\n' || p[len - 1] == '\r'))
		len--;
	if (len)
		log_write(level <= DBG_WARNING ? LOG_LEVEL_WARN
					       : LOG_LEVEL_DEBUG,
			  "libre", "%.*s", (int)len, p);
}

/** @return how many there may be, of those */
static int raise_fd_limit(rlim_t most)
{
	struct rlimit lim;
	rlim_t now;

	if (getrlimit(RLIMIT_NOFILE, &lim) || lim.rlim_cur >= most)
		return (int)most;
	now = lim.rlim_cur;
	lim.rlim_cur = lim.rlim_max < most ? lim.rlim_max : most;
	if (!setrlimit(RLIMIT_NOFILE, &lim))
		return (int)lim.rlim_cur;
	log_debug("descriptor limit stays: %s", strerror(errno));
	return (int)now;
}

static void signal_ready(int flags, void *arg)
{
	struct signalfd_siginfo info;
	(void)flags;
	(void)arg;

	while (sigs.fd >= 0 &&
	       read(sigs.fd, &info, sizeof(info)) == sizeof(info)) {
		int sig = (int)info.ssi_signo;

		if (sig > 0 && sig < NSIG && sigs.handler[sig].h)
			sigs.handler[sig].h(sig, sigs.handler[sig].arg);
	}
}

int loop_signal(int sig, loop_signal_h *h, void *arg)
{
	sigset_t one;
	int fd;

	if (!sigs.open || sig <= 0 || sig >= NSIG || sig == SIGKILL ||
	    sig == SIGSTOP)
		return EINVAL;
	if (!h) {
		/* It stays taken, and is dropped. */
		sigs.handler[sig].h = NULL;
		return 0;
	}
	sigemptyset(&one);
	sigaddset(&one, sig);
	if (pthread_sigmask(SIG_BLOCK, &one, NULL))
		return EINVAL;
	sigs.handler[sig].h = h;
	sigs.handler[sig].arg = arg;
	sigaddset(&sigs.taken, sig);
	fd = signalfd(sigs.fd, &sigs.taken, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return errno;
	if (fd == sigs.fd)
		return 0;
	sigs.fd = fd;
	return loop_fd(fd, LOOP_READ, signal_ready, NULL);
}

static void stop_by_signal(int sig, void *arg)
{
	(void)arg;
	log_info("ends by signal %d", sig);
	loop_stop();
}

static int prepare_signals(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;
	int err;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(first_signals) / sizeof(int); i++)
		sigaddset(&set, first_signals[i]);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL))
		return EINVAL;
	sigaction(SIGPIPE, &ignore, NULL);
	sigemptyset(&sigs.taken);
	memset(sigs.handler, 0, sizeof(sigs.handler));
	sigs.open = true;
	err = loop_signal(SIGTERM, stop_by_signal, NULL);
	return err ? err : loop_signal(SIGINT, stop_by_signal, NULL);
}

int loop_init(int descriptors)
{
	int err;

	dbg_init(DBG_WARNING, 0);
	dbg_handler_set(libre_says, NULL);
	room = raise_fd_limit((rlim_t)descriptors);
	/* Before anything is watched: libre sizes its table once. */
	err = fd_setsize(descriptors);
	if (!err)
		err = loop_int_timers();
	if (!err)
		err = libre_init();
	if (err)
		return err;
	err = loop_int_watch_open();
	if (!err)
		err = loop_int_turn_open();
	if (!err)
		err = prepare_signals();
	if (err)
		loop_close();
	return err;
}

int loop_run(void)
{
	return re_main(NULL);
}

void loop_stop(void)
{
	re_cancel();
}

int loop_descriptors(void)
{
	return room;
}

void loop_close(void)
{
	room = 0;
	if (sigs.fd >= 0) {
		loop_fd(sigs.fd, 0, NULL, NULL);
		close(sigs.fd);
		sigs.fd = -1;
	}
	sigs.open = false;
	loop_int_turn_close();
	loop_int_watch_close();
	libre_close();
	dbg_handler_set(NULL, NULL);
}
