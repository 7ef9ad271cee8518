/**
 * @file sound_watch.c  Device files that come and go
 *
 * The kernel makes and removes files in /dev/snd; their rights follow, so
 * that is looked at, too. The folder itself goes with the last card: then
 * the one above is watched for it.
 */
#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>
#include "phone_int.h"

struct sound_watch {
	int fd, wd;
	bool above; /**< the folder is not there (yet) */
	char *dir;
	sound_devices_h *h;
	void *arg;
};

static int watch(struct sound_watch *w)
{
	char *above = NULL, *end;

	w->wd = inotify_add_watch(w->fd, w->dir,
				  IN_CREATE | IN_DELETE | IN_ATTRIB |
					  IN_DELETE_SELF | IN_ONLYDIR);
	w->above = w->wd < 0;
	if (!w->above)
		return 0;
	above = text_dup(w->dir);
	end = above ? strrchr(above, '/') : NULL;
	if (end && end > above) {
		*end = '\0';
		w->wd = inotify_add_watch(w->fd, above, IN_CREATE | IN_ONLYDIR);
	}
	free(above);
	return w->wd < 0 ? errno : 0;
}

static void readable(int flags, void *arg)
{
	struct sound_watch *w = arg;
	char buf[4096]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	bool gone = false;
	ssize_t n, at;
	(void)flags;

	while ((n = read(w->fd, buf, sizeof(buf))) > 0) {
		for (at = 0; at < n;) {
			const struct inotify_event *ev = (void *)(buf + at);

			gone = gone || ev->mask & (IN_DELETE_SELF | IN_IGNORED);
			at += (ssize_t)(sizeof(*ev) + ev->len);
		}
	}
	if (gone || w->above) {
		if (w->above)
			inotify_rm_watch(w->fd, w->wd);
		watch(w);
	}
	w->h(w->arg);
}

static void destructor(void *arg)
{
	struct sound_watch *w = arg;

	if (w->fd >= 0) {
		fd_close(w->fd);
		close(w->fd);
	}
	free(w->dir);
}

int sound_watch_alloc(struct sound_watch **wp, const char *dir,
		      sound_devices_h *h, void *arg)
{
	struct sound_watch *w = mem_zalloc(sizeof(*w), destructor);
	int err;

	if (!w)
		return ENOMEM;

	w->h = h;
	w->arg = arg;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	err = w->fd < 0 ? errno : text_set(&w->dir, dir);
	if (!err)
		err = watch(w);
	if (!err)
		err = fd_listen(w->fd, FD_READ, readable, w);
	if (err)
		mem_deref(w);
	else
		*wp = w;
	return err;
}
