/**
 * @file engine.c  The media thread: one timer, all sockets
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "media_int.h"

#define LOG_MODULE "media"

enum {
	SLOW_MS = 500,
	CATCH_UP = 3, /**< frames made at once after a stall */
	EVENTS = 32,
	SOCKET_BITS = 4, /**< of a tag: which one of a stream's */
	/* What epoll's data says: a generation of 0 is the engine's own. */
	OWN_WAKE = 0,
	OWN_TIMER = 1,
};

uint64_t media_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static uint64_t tag_of(uint32_t gen, uint32_t slot, unsigned socket)
{
	return (uint64_t)gen << 32 | slot << SOCKET_BITS | socket;
}

/* --- on the media thread ------------------------------------------------ */

static void each_stream(struct media *m, uint64_t frames)
{
	/* Frames are made at even distances: who was served out of turn a
	 * moment ago waits for the next time. */
	const uint64_t half = MEDIA_FRAME_MS * 1000 / 2;

	for (uint32_t i = 0;; i++) {
		struct media_stream *s;
		uint64_t now;

		pthread_mutex_lock(&m->lock);
		if (i >= m->n_slots) {
			pthread_mutex_unlock(&m->lock);
			break;
		}
		s = m->slots[i];
		/* Not before the lock: what the loop noted while we waited
		 * for it would be later than now. */
		now = media_now_us();
		if (s && !frames && s->kick) {
			s->kick = false;
			s->tick_us = now;
			stream_tick(s, now);
		}
		for (uint64_t k = 0; s && k < frames; k++) {
			if (!k && s->tick_us && now - s->tick_us < half)
				continue;
			s->kick = false;
			s->tick_us = now;
			stream_tick(s, now);
		}
		pthread_mutex_unlock(&m->lock);
	}
}

static void on_timer(struct media *m)
{
	uint64_t n = 0;

	if (read(m->timer_fd, &n, sizeof(n)) != sizeof(n) || !n)
		return;
	pthread_mutex_lock(&m->lock);
	if (m->pace != PACE_FRAMES)
		n = 1;
	engine_pace(m);
	pthread_mutex_unlock(&m->lock);
	n = n > CATCH_UP ? CATCH_UP : n;
	each_stream(m, n);
	pthread_mutex_lock(&m->lock);
	mixers_tick(m, n, media_now_us());
	pthread_mutex_unlock(&m->lock);
}

static bool on_wake(struct media *m)
{
	uint64_t n;
	bool quit;

	(void)!read(m->wake_fd, &n, sizeof(n));
	pthread_mutex_lock(&m->lock);
	quit = m->quit;
	pthread_mutex_unlock(&m->lock);
	if (!quit)
		each_stream(m, 0);
	return !quit;
}

static void on_socket(struct media *m, uint64_t tag)
{
	uint32_t slot = (uint32_t)tag >> SOCKET_BITS;
	struct media_stream *s;

	pthread_mutex_lock(&m->lock);
	s = slot < m->n_slots ? m->slots[slot] : NULL;
	if (s && s->gen == tag >> 32)
		stream_receive(s, tag & ((1 << SOCKET_BITS) - 1),
			       media_now_us());
	pthread_mutex_unlock(&m->lock);
}

static void *media_thread(void *arg)
{
	struct media *m = arg;
	struct epoll_event ev[EVENTS];

	for (;;) {
		int n = epoll_wait(m->epfd, ev, EVENTS, -1);

		atomic_fetch_add(&m->wakeups, 1);
		for (int i = 0; i < n; i++) {
			uint64_t tag = ev[i].data.u64;

			if (tag >> 32)
				on_socket(m, tag);
			else if (tag == OWN_TIMER)
				on_timer(m);
			else if (!on_wake(m))
				return NULL;
		}
		if (n < 0 && errno != EINTR)
			return NULL;
	}
}

/* --- on both ------------------------------------------------------------ */

static void count_pace(struct media_stream *s)
{
	s->m->paced[s->pace]--;
	s->pace = stream_pace(s);
	s->m->paced[s->pace]++;
}

static void set_pace(struct media *m)
{
	enum pace pace = m->paced[PACE_FRAMES] ? PACE_FRAMES
			 : m->paced[PACE_SLOW] ? PACE_SLOW
					       : PACE_NONE;
	struct itimerspec its;
	long ms;

	if (pace == m->pace)
		return;
	m->pace = pace;
	ms = pace == PACE_FRAMES ? MEDIA_FRAME_MS
	     : pace == PACE_SLOW ? SLOW_MS
				 : 0;
	memset(&its, 0, sizeof(its));
	its.it_value.tv_sec = ms / 1000;
	its.it_value.tv_nsec = ms % 1000 * 1000000;
	its.it_interval = its.it_value;
	timerfd_settime(m->timer_fd, 0, &its, NULL);
}

void engine_pace(struct media *m)
{
	for (uint32_t i = 0; i < m->n_slots; i++) {
		if (m->slots[i])
			count_pace(m->slots[i]);
	}
	set_pace(m);
}

void engine_pace_of(struct media_stream *s)
{
	if (s->gen)
		count_pace(s);
	if (s->peer && s->peer->gen)
		count_pace(s->peer);
	set_pace(s->m);
}

void engine_note(struct media *m)
{
	const uint64_t one = 1;

	if (m->noted)
		return;
	m->noted = true;
	(void)!write(m->note_fd, &one, sizeof(one));
}

/* --- on the loop -------------------------------------------------------- */

static void wake(struct media *m)
{
	const uint64_t one = 1;

	(void)!write(m->wake_fd, &one, sizeof(one));
}

void engine_kick(struct media_stream *s)
{
	if (s->kick || stream_pace(s) != PACE_FRAMES)
		return;
	s->kick = true;
	wake(s->m);
}

static int watch(struct media *m, int fd, uint64_t tag)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = tag};

	return epoll_ctl(m->epfd, EPOLL_CTL_ADD, fd, &ev) ? errno : 0;
}

void engine_unpoll(struct media_stream *s)
{
	if (!s->polled)
		return;
	for (unsigned i = 0; i < way_sockets(s); i++)
		epoll_ctl(s->m->epfd, EPOLL_CTL_DEL, way_fd(s, i), NULL);
	s->polled = false;
}

int engine_poll(struct media_stream *s)
{
	bool on =
		s->fd[RTP] >= 0 &&
		(s->ways.on || (s->running && (!s->peer || s->peer->running)));
	int err = 0;

	if (!on) {
		engine_unpoll(s);
		return 0;
	}
	if (s->polled)
		return 0;
	s->settling = true;
	s->polled = true;
	for (unsigned i = 0; i < way_sockets(s) && !err; i++)
		err = watch(s->m, way_fd(s, i), tag_of(s->gen, s->slot, i));
	if (err)
		engine_unpoll(s);
	return err;
}

/* The first stream with something pending; what it is goes out. */
static struct media_stream *next_pending(struct media *m, unsigned *bits)
{
	for (uint32_t i = 0; i < m->n_slots; i++) {
		struct media_stream *s = m->slots[i];

		if (s && s->pending) {
			*bits = s->pending & -s->pending;
			s->pending &= ~*bits;
			return s;
		}
	}
	return NULL;
}

static void deliver(struct media_stream *s, unsigned bit)
{
	enum media_event ev = (enum media_event)__builtin_ctz(bit);
	struct media_clip *clip = NULL;

	if (ev == MEDIA_EVENT_PLAYED || ev == MEDIA_EVENT_PLAYED_LOCAL) {
		struct player *p =
			&s->players[ev == MEDIA_EVENT_PLAYED ? MEDIA_REMOTE
							     : MEDIA_LOCAL];

		pthread_mutex_lock(&s->m->lock);
		if (!p->active) {
			clip = p->clip;
			p->clip = NULL;
		}
		pthread_mutex_unlock(&s->m->lock);
		mem_deref(clip);
	}
	if (s->h)
		s->h(ev, s->arg);
}

static void on_note(int flags, void *arg)
{
	struct media *m = mem_ref(arg);
	struct media_stream *s;
	uint64_t n;

	(void)flags;
	(void)!read(m->note_fd, &n, sizeof(n));
	pthread_mutex_lock(&m->lock);
	m->noted = false;
	pthread_mutex_unlock(&m->lock);
	for (;;) {
		unsigned bit = 0;

		pthread_mutex_lock(&m->lock);
		s = next_pending(m, &bit);
		pthread_mutex_unlock(&m->lock);
		if (!s)
			break;
		deliver(s, bit);
	}
	way_deliver(m);
	mem_deref(m);
}

static void engine_destructor(void *arg)
{
	struct media *m = arg;

	if (m->started) {
		pthread_mutex_lock(&m->lock);
		m->quit = true;
		pthread_mutex_unlock(&m->lock);
		wake(m);
		pthread_join(m->thread, NULL);
	}
	if (m->note_fd >= 0) {
		loop_fd(m->note_fd, 0, NULL, NULL);
		close(m->note_fd);
	}
	if (m->wake_fd >= 0)
		close(m->wake_fd);
	if (m->timer_fd >= 0)
		close(m->timer_fd);
	if (m->epfd >= 0)
		close(m->epfd);
	free(m->slots);
	dtls_close(m);
	pthread_mutex_destroy(&m->lock);
}

int media_alloc(struct media **mp)
{
	struct media *m;
	int err;

	if (!mp)
		return EINVAL;
	m = mem_zalloc(sizeof(*m), engine_destructor);
	if (!m)
		return ENOMEM;
	pthread_mutex_init(&m->lock, NULL);
	m->epfd = epoll_create1(EPOLL_CLOEXEC);
	m->timer_fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	m->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	m->note_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (m->epfd < 0 || m->timer_fd < 0 || m->wake_fd < 0 ||
	    m->note_fd < 0) {
		err = errno;
		goto out;
	}
	err = watch(m, m->wake_fd, OWN_WAKE);
	if (!err)
		err = watch(m, m->timer_fd, OWN_TIMER);
	if (!err)
		err = loop_fd(m->note_fd, LOOP_READ, on_note, m);
out:
	if (err)
		mem_deref(m);
	else
		*mp = m;
	return err;
}

uint64_t media_wakeups(const struct media *m)
{
	return m ? atomic_load(&((struct media *)m)->wakeups) : 0;
}

static int start_thread(struct media *m)
{
	sigset_t all, old;
	int err;

	if (m->started)
		return 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&m->thread, NULL, media_thread, m);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err) {
		log_error("no media thread: %s", strerror(err));
		return err;
	}
	pthread_setname_np(m->thread, "media");
	m->started = true;
	return 0;
}

static int find_slot(struct media *m, uint32_t *slot)
{
	struct media_stream **v;
	uint32_t n = m->n_slots ? m->n_slots * 2 : 4;

	for (uint32_t i = 0; i < m->n_slots; i++) {
		if (!m->slots[i]) {
			*slot = i;
			return 0;
		}
	}
	v = reallocarray(m->slots, n, sizeof(void *));
	if (!v)
		return ENOMEM;
	for (uint32_t i = m->n_slots; i < n; i++)
		v[i] = NULL;
	*slot = m->n_slots;
	m->slots = v;
	m->n_slots = n;
	return 0;
}

int engine_add(struct media *m, struct media_stream *s)
{
	int err = start_thread(m);

	if (err)
		return err;
	pthread_mutex_lock(&m->lock);
	err = find_slot(m, &s->slot);
	if (!err) {
		if (!++m->gen)
			m->gen = 1;
		s->gen = m->gen;
		m->slots[s->slot] = s;
		m->paced[s->pace]++;
	}
	pthread_mutex_unlock(&m->lock);
	return err;
}

void engine_remove(struct media *m, struct media_stream *s)
{
	if (!s->gen)
		return;
	engine_unpoll(s);
	m->slots[s->slot] = NULL;
	m->paced[s->pace]--;
	s->gen = 0;
	set_pace(m);
}
