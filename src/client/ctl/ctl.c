/**
 * @file ctl.c  The socket: made, lost, made anew; who may connect
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl_int.h"

#define LOG_MODULE "ctl"

enum { CONNECTIONS_MAX = 128, BACKLOG = 16, FULL_MS = 500 };

/* ---- the socket -------------------------------------------------------- */

/* Listen under another name, then move it into place: whoever sees the
 * socket can connect to it. */
static int listen_at(struct ctl *c, const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct stat st;
	int fd, err = 0;

	if ((size_t)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s.%d", path,
			     (int)getpid()) >= sizeof(sun.sun_path))
		return ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	unlink(sun.sun_path);
	/* Nobody else comes in between: the folder is ours alone. */
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) ||
	    chmod(sun.sun_path, 0600) || listen(fd, BACKLOG) ||
	    lstat(sun.sun_path, &st) || rename(sun.sun_path, path)) {
		err = errno;
		unlink(sun.sun_path);
		close(fd);
		return err;
	}
	c->fd = fd;
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	return 0;
}

static bool ours(const struct ctl *c)
{
	struct stat st;

	return !lstat(c->path, &st) && st.st_dev == c->dev &&
	       st.st_ino == c->ino;
}

static bool peer_ok(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       cred.uid == geteuid();
}

static void incoming(int flags, void *arg);

static void listen_again(void *arg)
{
	struct ctl *c = arg;
	int err = loop_fd(c->fd, LOOP_READ, incoming, c);

	if (err)
		log_error("nobody can connect any more: %s", strerror(err));
}

/* Who waits keeps the socket readable: out of descriptors, it would keep the
 * loop busy as well. */
static void listen_later(struct ctl *c, int err)
{
	log_warn("a connection can't be taken: %s", strerror(err));
	loop_fd(c->fd, 0, NULL, NULL);
	tmr_start(&c->full, FULL_MS, listen_again, c);
}

static void incoming(int flags, void *arg)
{
	struct ctl *c = arg;
	(void)flags;

	for (;;) {
		int fd = accept4(c->fd, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0) {
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				listen_later(c, errno);
			return;
		}
		if (!peer_ok(fd)) {
			log_warn("refused a process of another user");
			close(fd);
		} else if (list_count(&c->conns) >= CONNECTIONS_MAX ||
			   ctl_conn_alloc(c, fd)) {
			log_warn("refused a connection: too many");
			close(fd);
		}
	}
}

static int open_socket(struct ctl *c)
{
	int err = listen_at(c, c->path);

	return err ? err : loop_fd(c->fd, LOOP_READ, incoming, c);
}

static void close_socket(struct ctl *c)
{
	tmr_cancel(&c->full);
	if (c->fd < 0)
		return;
	loop_fd(c->fd, 0, NULL, NULL);
	close(c->fd);
	c->fd = -1;
}

int ctl_reopen(struct ctl *c)
{
	char *dir = NULL, *slash;
	int err = 0;

	if (!c)
		return EINVAL;
	if (c->fd >= 0 && ours(c)) {
		/* Whoever waits for it watches the folder. */
		return utimensat(AT_FDCWD, c->path, NULL, 0) ? errno : 0;
	}
	log_info("the socket was lost; making it anew");
	dir = text_dup(c->path);
	slash = dir ? strrchr(dir, '/') : NULL;
	if (slash) {
		*slash = '\0';
		err = path_make(dir);
	}
	free(dir);
	if (err)
		return err;
	close_socket(c);
	return open_socket(c);
}

/* ---- taking away ------------------------------------------------------- */

static void reap(void *arg)
{
	struct ctl *c = mem_ref(arg);
	struct le *le = list_head(&c->conns);

	while (le) {
		struct ctl_terminal *t = le->data;

		le = le->next;
		ctl_conn_finish(t);
		if (!t->dead)
			continue;
		list_unlink(&t->le);
		ctl_terminal_gone(t);
		mem_deref(t);
		/* A handler may have changed the list. */
		le = list_head(&c->conns);
	}
	mem_deref(c);
}

static void destructor(void *arg)
{
	struct ctl *c = arg;

	mem_deref(c->model);
	mem_deref(c->application);
	close_socket(c);
	if (c->path && c->ino && ours(c))
		unlink(c->path);
	while (c->conns.head) {
		struct ctl_terminal *t = c->conns.head->data;

		list_unlink(&t->le);
		/* Its own handler may be what led here. */
		t->dead = true;
		loop_fd(t->fd, 0, NULL, NULL);
		ctl_terminal_gone(t);
		mem_deref(t);
	}
	mem_deref(c->reap);
	free(c->path);
	mem_deref(c->app);
}

/* ---- handlers that are not there --------------------------------------- */

static int no_attach(struct ctl_terminal *t, const struct frame_hello *hello,
		     void **screenp, void *arg)
{
	(void)t;
	(void)hello;
	(void)screenp;
	(void)arg;
	return ENOTSUP;
}

static void no_input(void *screen, const struct frame_message *m)
{
	(void)screen;
	(void)m;
}

static void no_pointer(void *p)
{
	(void)p;
}

static int make_path(struct ctl *c, const char *path)
{
	char *dir = NULL;
	int err;

	if (path)
		return text_set(&c->path, path);
	err = path_socket_dir(&dir);
	if (err)
		return err;
	c->path = text_printf("%s/core", dir);
	free(dir);
	return c->path ? 0 : ENOMEM;
}

int ctl_alloc(struct ctl **cp, struct app *app, const struct ctl_prm *prm,
	      const struct ctl_handlers *h, void *arg)
{
	struct ctl *c;
	int err;

	if (!cp || !app)
		return EINVAL;
	c = mem_zalloc(sizeof(*c), destructor);
	if (!c)
		return ENOMEM;
	c->fd = -1;
	tmr_init(&c->full);
	c->app = mem_ref(app);
	c->arg = arg;
	if (h)
		c->h = *h;
	c->h.attach = c->h.attach ? c->h.attach : no_attach;
	c->h.input = c->h.input ? c->h.input : no_input;
	c->h.gone = c->h.gone ? c->h.gone : no_pointer;
	c->h.empty = c->h.empty ? c->h.empty : no_pointer;
	err = loop_turn_alloc(&c->reap, reap, c);
	if (!err)
		err = make_path(c, prm ? prm->path : NULL);
	if (!err)
		err = ctl_events_init(c);
	if (!err)
		err = open_socket(c);
	if (err)
		mem_deref(c);
	else
		*cp = c;
	return err;
}

unsigned ctl_terminal_count(const struct ctl *c)
{
	return c ? c->terminals : 0;
}
