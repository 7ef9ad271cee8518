/**
 * @file child.c  A child process with pipes, on the loop
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "picture_int.h"

struct child {
	pid_t pid; /**< 0: it was waited for */
	int in, out, pid_fd;
	char *input;
	size_t len, at;
	struct text_buf said;
	size_t most;
	struct tmr tmr;
	child_h *h; /**< NULL: was called */
	void *arg;
};

static void shut(int *fd)
{
	if (*fd < 0)
		return;
	loop_fd(*fd, 0, NULL, NULL);
	close(*fd);
	*fd = -1;
}

static void shut_all(struct child *c)
{
	tmr_cancel(&c->tmr);
	shut(&c->in);
	shut(&c->out);
	shut(&c->pid_fd);
}

/* After SIGKILL it takes no time worth speaking of. */
static int reap(struct child *c)
{
	int status = 0;
	pid_t got;

	if (!c->pid)
		return 0;
	do {
		got = waitpid(c->pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	c->pid = 0;
	return got < 0 ? 0 : status;
}

static void destructor(void *p)
{
	struct child *c = p;

	shut_all(c);
	if (c->pid)
		kill(c->pid, SIGKILL);
	reap(c);
	free(c->input);
	text_buf_reset(&c->said);
}

static void over(struct child *c, int err)
{
	child_h *h = c->h;
	int status;

	shut_all(c);
	if (err && c->pid)
		kill(c->pid, SIGKILL);
	status = reap(c);
	if (!err && !WIFEXITED(status))
		err = ECHILD;
	if (!err && c->said.err)
		err = ENOMEM;
	c->h = NULL;
	if (h)
		h(err, err ? -1 : WEXITSTATUS(status),
		  c->said.buf ? c->said.buf : "", c->said.len, c->arg);
}

static void late(void *arg)
{
	over(arg, ETIMEDOUT);
}

/* @return false: there is no more, or too much of it */
static bool hear(struct child *c, int *errp)
{
	char part[16 * 1024];
	ssize_t n;

	do {
		n = read(c->out, part, sizeof(part));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		text_buf_add_n(&c->said, part, (size_t)n);
		if (c->said.len > c->most)
			*errp = EFBIG;
	} while (!*errp);
	return false;
}

static void output_ready(int flags, void *arg)
{
	struct child *c = arg;
	int err = 0;

	(void)flags;
	if (hear(c, &err))
		return;
	shut(&c->out);
	if (err || c->pid_fd < 0)
		over(c, err);
}

static void ended(int flags, void *arg)
{
	struct child *c = arg;
	int err = 0;

	(void)flags;
	shut(&c->pid_fd);
	/* What it has said last may stand in the pipe; nobody else has it. */
	if (c->out >= 0)
		hear(c, &err);
	over(c, err);
}

/* It may well end without having read all. */
static void input_ready(int flags, void *arg)
{
	struct child *c = arg;
	ssize_t n;

	(void)flags;
	while (c->at < c->len) {
		n = write(c->in, c->input + c->at, c->len - c->at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			break;
		c->at += (size_t)n;
	}
	shut(&c->in);
}

static int start(struct child *c, const struct child_prm *prm)
{
	static const char *const env[] = {"LC_ALL=C.UTF-8", NULL};
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err = 0;
	struct spawn_prm spawned = {
		.argv = prm->argv,
		.env = env,
		.stderr_fd = -1,
	};

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		err = errno;
	spawned.stdin_fd = in[0];
	spawned.stdout_fd = out[1];
	if (!err)
		err = spawn(&spawned, &c->pid);
	if (!err) {
		c->in = fcntl(in[1], F_DUPFD_CLOEXEC, 3);
		c->out = fcntl(out[0], F_DUPFD_CLOEXEC, 3);
		c->pid_fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
		if (c->in < 0 || c->out < 0 || c->pid_fd < 0 ||
		    fcntl(c->in, F_SETFL, O_NONBLOCK) ||
		    fcntl(c->out, F_SETFL, O_NONBLOCK) ||
		    fcntl(c->pid_fd, F_SETFD, FD_CLOEXEC))
			err = errno;
	}
	for (int i = 0; i < 2; i++) {
		if (in[i] >= 0)
			close(in[i]);
		if (out[i] >= 0)
			close(out[i]);
	}
	return err;
}

int child_alloc(struct child **cp, const struct child_prm *prm, child_h *h,
		void *arg)
{
	struct child *c = mem_zalloc(sizeof(*c), destructor);
	int err;

	if (!c)
		return ENOMEM;
	c->in = c->out = c->pid_fd = -1;
	c->most = prm->most;
	c->h = h;
	c->arg = arg;
	c->len = prm->len;
	c->input = malloc(prm->len + 1);
	err = c->input ? 0 : ENOMEM;
	if (!err && prm->len)
		memcpy(c->input, prm->input, prm->len);
	if (!err)
		err = start(c, prm);
	if (!err)
		err = loop_fd(c->in, LOOP_WRITE, input_ready, c);
	if (!err)
		err = loop_fd(c->out, LOOP_READ, output_ready, c);
	if (!err)
		err = loop_fd(c->pid_fd, LOOP_READ, ended, c);
	if (err) {
		mem_deref(c);
		return err;
	}
	tmr_start(&c->tmr, prm->ms, late, c);
	*cp = c;
	return 0;
}
