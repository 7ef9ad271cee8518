/**
 * @file loop_fd.c  Watched descriptors
 *
 * libre knows its handlers by the descriptor's number only, and tells a whole
 * batch of events before it asks again. A descriptor that one handler closes
 * and another opens anew in that batch would get its predecessor's event. So
 * ours are watched by an epoll of their own, which libre watches as one: each
 * event carries the serial of the watch that it belongs to.
 */
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <offhook/base/loop.h>

#include "loop_int.h"

/** Events taken in one go; more wait for the next. */
enum { BATCH = 64 };

struct watch {
	loop_fd_h *h; /**< NULL: not watched */
	void *arg;
	uint32_t serial;
};

static struct {
	int epoll;
	bool open;
	struct watch *watch; /**< by descriptor */
	size_t n;
	uint32_t serial;
} w = {.epoll = -1};

static int flags_of(uint32_t events)
{
	return (events & EPOLLIN ? LOOP_READ : 0) |
	       (events & EPOLLOUT ? LOOP_WRITE : 0) |
	       (events & (EPOLLERR | EPOLLHUP) ? LOOP_EXCEPT : 0);
}

static void ready(int flags, void *arg)
{
	struct epoll_event event[BATCH];
	int n = epoll_wait(w.epoll, event, BATCH, 0);
	(void)flags;
	(void)arg;

	for (int i = 0; i < n && w.open; i++) {
		uint32_t fd = (uint32_t)event[i].data.u64;
		uint32_t serial = (uint32_t)(event[i].data.u64 >> 32);
		/* A copy: the table may move while the handler runs. */
		struct watch one;

		if (fd >= w.n)
			continue;
		one = w.watch[fd];
		if (one.h && one.serial == serial)
			one.h(flags_of(event[i].events), one.arg);
	}
}

static int grow(size_t fd)
{
	size_t n = w.n ? w.n : 64;
	struct watch *more;

	while (n <= fd)
		n *= 2;
	more = realloc(w.watch, n * sizeof(*more));
	if (!more)
		return ENOMEM;
	memset(more + w.n, 0, (n - w.n) * sizeof(*more));
	w.watch = more;
	w.n = n;
	return 0;
}

static int unwatch(int fd)
{
	if ((size_t)fd < w.n)
		w.watch[fd].h = NULL;
	/* One that is closed already has left by itself. */
	if (!epoll_ctl(w.epoll, EPOLL_CTL_DEL, fd, NULL) || errno == EBADF ||
	    errno == ENOENT || errno == EPERM)
		return 0;
	return errno;
}

int loop_fd(int fd, int flags, loop_fd_h *h, void *arg)
{
	struct epoll_event event = {0};
	int err;

	if (!w.open)
		return EINVAL;
	if (fd < 0)
		return EBADF;
	if (!flags || !h)
		return unwatch(fd);
	if ((size_t)fd >= w.n) {
		err = grow((size_t)fd);
		if (err)
			return err;
	}
	event.events = (flags & LOOP_READ ? EPOLLIN : 0u) |
		       (flags & LOOP_WRITE ? EPOLLOUT : 0u);
	event.data.u64 = (uint64_t)++w.serial << 32 | (uint32_t)fd;
	if (epoll_ctl(w.epoll, EPOLL_CTL_ADD, fd, &event) &&
	    (errno != EEXIST ||
	     epoll_ctl(w.epoll, EPOLL_CTL_MOD, fd, &event))) {
		err = errno;
		w.watch[fd].h = NULL;
		return err;
	}
	w.watch[fd] = (struct watch){.h = h, .arg = arg, .serial = w.serial};
	return 0;
}

int loop_int_watch_open(void)
{
	int err;

	w.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w.epoll < 0)
		return errno;
	err = fd_listen(w.epoll, FD_READ, ready, NULL);
	if (err) {
		close(w.epoll);
		return err;
	}
	w.open = true;
	return 0;
}

void loop_int_watch_close(void)
{
	if (!w.open)
		return;
	w.open = false;
	fd_close(w.epoll);
	close(w.epoll);
	free(w.watch);
	w.watch = NULL;
	w.n = 0;
}
