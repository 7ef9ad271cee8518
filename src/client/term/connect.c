/**
 * @file connect.c  Find the core of this user, or start it
 *
 * A core that starts says one line on its standard output: "ready" once its
 * socket listens, "running PID" if another has the lock, or why it can't.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "term_int.h"

/** How long a core that has the lock may take to make its socket, and one
 *  that starts to say that it is ready. */
enum { SOCKET_MS = 5000, READY_MS = 30000 };

int write_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			struct pollfd pfd = {.fd = fd, .events = POLLOUT};

			poll(&pfd, 1, -1);
			continue;
		}
		if (n < 0)
			return errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int make_address(const char *dir, struct sockaddr_un *sun)
{
	int n;

	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	n = snprintf(sun->sun_path, sizeof(sun->sun_path), "%s/core", dir);
	return n < 0 || (size_t)n >= sizeof(sun->sun_path) ? ENAMETOOLONG : 0;
}

static int peer_check(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return errno;
	return cred.uid == geteuid() ? 0 : EPERM;
}

static int try_connect(const struct sockaddr_un *sun, int *fdp)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)))
		err = errno;
	else
		err = peer_check(fd);
	if (err) {
		close(fd);
		return err;
	}
	*fdp = fd;
	return 0;
}

static bool nobody_there(int err)
{
	return err == ENOENT || err == ECONNREFUSED;
}

/* ---- starting ---------------------------------------------------------- */

/* What the core says until its line ends. @return 0, ETIMEDOUT or errno */
static int read_line(int fd, struct text_buf *b)
{
	uint64_t until = time_mono_ms() + READY_MS;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		uint64_t now = time_mono_ms();
		char buf[256];
		ssize_t n;

		if (now >= until)
			return ETIMEDOUT;
		if (poll(&p, 1, (int)(until - now)) < 0 && errno != EINTR)
			return errno;
		if (!p.revents)
			continue;
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		text_buf_add_n(b, buf, (size_t)n);
		if (b->err)
			return ENOMEM;
		if (b->len > 4096 || memchr(buf, '\n', (size_t)n))
			return 0;
	}
}

/* @param saidp  Set to the line that the core said, to free() */
static int start_core(bool own, char **saidp)
{
	char *program = path_program("offhook-core");
	const char *argv[] = {program, "--ready-fd", "1",
			      own ? "--end-with-terminal" : NULL, NULL};
	struct spawn_prm prm = {.argv = argv, .stdin_fd = -1};
	struct text_buf b = {0};
	int fds[2], err;
	pid_t pid;

	if (!program)
		return ENOEXEC;
	if (pipe2(fds, O_CLOEXEC)) {
		err = errno;
		free(program);
		return err;
	}
	/* Both, so that what the loader has to say is not lost either. */
	prm.stdout_fd = prm.stderr_fd = fds[1];
	err = spawn(&prm, &pid);
	close(fds[1]);
	if (!err) {
		err = read_line(fds[0], &b);
		/* It has gone to the background by then. */
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(fds[0]);
	free(program);
	if (b.buf)
		b.buf[strcspn(b.buf, "\n")] = '\0';
	*saidp = text_clean(b.buf, (size_t)-1, 4096);
	text_buf_reset(&b);
	return err;
}

/* Another core has the lock: it is about to listen, or its socket was lost;
 * then it is asked for a new one. What is waited for is the socket. */
static int wait_socket(const char *dir, const struct sockaddr_un *sun,
		       pid_t pid, int *fdp)
{
	uint64_t until = time_mono_ms() + SOCKET_MS;
	int in = inotify_init1(IN_CLOEXEC), err;

	if (in < 0)
		return errno;
	if (inotify_add_watch(in, dir, IN_CREATE | IN_MOVED_TO | IN_ATTRIB) <
	    0) {
		err = errno;
		close(in);
		return err;
	}
	if (pid > 1)
		kill(pid, SIGUSR1);
	for (;;) {
		struct pollfd p = {.fd = in, .events = POLLIN};
		char buf[sizeof(struct inotify_event) + NAME_MAX + 1]
			__attribute__((aligned(8)));
		uint64_t now = time_mono_ms();

		err = try_connect(sun, fdp);
		if (!nobody_there(err) || now >= until)
			break;
		if (poll(&p, 1, (int)(until - now)) > 0 &&
		    read(in, buf, sizeof(buf)) < 0)
			break;
	}
	close(in);
	return err;
}

static char *why_not(int err, const char *said)
{
	if (!text_empty(said))
		return text_dup(said);
	if (err == ENOEXEC)
		return text_dup(_("offhook-core is not there: it belongs "
				  "beside offhook or into "
				  "../libexec/offhook."));
	if (err == EPERM)
		return text_dup(_("The socket of offhook's core belongs to "
				  "somebody else, so it is not used."));
	return text_printf(_("offhook's core can't be reached: %s."),
			   strerror(err));
}

/* The folder's mode may have been changed, or somebody made it first. */
static char *unsafe_folder(int err)
{
	const char *own = getenv("OFFHOOK_TMPDIR");
	char *dir = text_empty(own) ? text_printf("/tmp/offhook-%lu",
						  (unsigned long)geteuid())
				    : text_dup(own);
	char *line = NULL;

	if (dir && err == EPERM)
		line = text_printf(_("%s must be a folder of yours that nobody "
				     "else can enter (chmod 700), or "
				     "OFFHOOK_TMPDIR name another."),
				   dir);
	else if (dir)
		line = text_printf(_("%s, the folder for offhook's socket, "
				     "can't be made: %s."),
				   dir, strerror(err));
	free(dir);
	return line;
}

static int start_and_connect(const char *dir, const struct sockaddr_un *sun,
			     bool own, int *fdp, char **whyp)
{
	static const char running[] = "running ";
	char *said = NULL;
	int err = start_core(own, &said);

	if (!err && said && !strcmp(said, "ready")) {
		err = try_connect(sun, fdp);
	} else if (!err && said &&
		   !strncmp(said, running, sizeof(running) - 1)) {
		pid_t pid = (pid_t)strtol(said + sizeof(running) - 1, NULL, 10);

		err = own ? EEXIST : wait_socket(dir, sun, pid, fdp);
	} else {
		if (!err)
			err = ECHILD;
		*whyp = why_not(err, said);
	}
	free(said);
	return err;
}

int term_connect(enum term_start start, int *fdp, char **whyp)
{
	struct sockaddr_un sun;
	char *dir = NULL;
	int err;

	*whyp = NULL;
	err = path_socket_dir(&dir);
	if (err) {
		*whyp = unsafe_folder(err);
		return err;
	}
	err = make_address(dir, &sun);
	if (!err)
		err = try_connect(&sun, fdp);
	if (!err && start == TERM_START_OWN) {
		close(*fdp);
		err = EEXIST;
	} else if (nobody_there(err)) {
		err = start == TERM_START_NEVER
			      ? ENOENT
			      : start_and_connect(dir, &sun,
						  start == TERM_START_OWN, fdp,
						  whyp);
	}
	if (err == EEXIST)
		*whyp = text_dup(_("A core runs already; `offhook` without -f "
				   "attaches to it."));
	else if (err == ENOENT)
		*whyp = text_dup(_("offhook does not run; `offhook` starts "
				   "it."));
	else if (err && !*whyp)
		*whyp = why_not(err, NULL);
	free(dir);
	return err;
}
