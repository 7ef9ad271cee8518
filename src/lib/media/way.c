/**
 * @file way.c  Ways that ICE finds: more sockets, paths, and the post
 *
 * What arrives at the sockets and is no sound (RFC 7983) goes to the loop by
 * letters, where the module ice reads them. Sound takes the path that was set:
 * straight, or as ChannelData through a TURN server (RFC 8656 §12). Both are
 * done here by the media thread; only what goes by a connection to such a
 * server takes the way over the loop.
 */
#include <stdlib.h>
#include <netinet/in.h>
#include <unistd.h>
#include "media_int.h"

enum {
	LETTERS_MAX = 256, /* what is more is lost, as on the way */
	LETTER_MAX = 1500,
	STUN_HEADER = 20,
	CHANNEL_HEADER = 4,
};

static const uint8_t cookie[] = {0x21, 0x12, 0xa4, 0x42};

static void lock(struct media_stream *s)
{
	pthread_mutex_lock(&s->m->lock);
}

static void unlock(struct media_stream *s)
{
	pthread_mutex_unlock(&s->m->lock);
}

/* --- sockets ------------------------------------------------------------ */

int way_fd(const struct media_stream *s, unsigned socket)
{
	return socket < SOCKETS ? s->fd[socket] : s->ways.fd[socket - SOCKETS];
}

unsigned way_sockets(const struct media_stream *s)
{
	return s->fd[RTP] < 0 ? 0 : SOCKETS + s->ways.sockets;
}

const struct sa *media_stream_socket(const struct media_stream *s,
				     unsigned socket)
{
	/* Only the loop changes them. */
	if (!s || socket >= way_sockets(s))
		return NULL;
	return &s->ways.laddr[socket];
}

static void set_addresses(struct media_stream *s)
{
	struct ways *w = &s->ways;

	/* A stream for the ear alone has no address. */
	if (!sa_isset(&s->laddr, SA_ADDR))
		return;
	w->laddr[RTP] = w->laddr[RTCP] = s->laddr;
	sa_set_port(&w->laddr[RTCP], (uint16_t)(sa_port(&s->laddr) + 1));
}

int media_stream_add_address(struct media_stream *s, const struct sa *laddr)
{
	struct ways *w;
	struct sa bound;
	int fd[SOCKETS], err;

	if (!s || !laddr || s->fd[RTP] < 0 || sa_is_any(laddr))
		return EINVAL;
	w = &s->ways;
	set_addresses(s);
	for (unsigned i = 0; i < way_sockets(s); i++) {
		if (sa_cmp(&w->laddr[i], laddr, SA_ADDR))
			return EEXIST;
	}
	if (way_sockets(s) + SOCKETS > MEDIA_SOCKETS_MAX)
		return ENOSPC;
	err = ports_bind_like(s, laddr, fd, &bound);
	if (err)
		return err;
	lock(s);
	engine_unpoll(s);
	for (int i = 0; i < SOCKETS; i++) {
		struct sa *a = &w->laddr[SOCKETS + w->sockets];

		*a = bound;
		sa_set_port(a, (uint16_t)(sa_port(&bound) + i));
		w->fd[w->sockets++] = fd[i];
	}
	err = engine_poll(s);
	unlock(s);
	return err;
}

static void no_paths(struct media_stream *s)
{
	struct ways *w = &s->ways;

	for (int i = 0; i < SOCKETS; i++) {
		w->known[i] = false;
		sa_init(&s->remote[i], AF_UNSPEC);
	}
	w->n_expected = 0;
}

static void drop_letters(struct ways *w)
{
	while (w->first) {
		struct letter *l = w->first;

		w->first = l->next;
		free(l);
	}
	w->last = NULL;
	w->letters = 0;
}

void way_close(struct media_stream *s)
{
	struct ways *w = &s->ways;

	engine_unpoll(s);
	for (unsigned i = 0; i < w->sockets; i++)
		close(w->fd[i]);
	w->sockets = 0;
	set_addresses(s);
	if (w->on)
		no_paths(s);
	drop_letters(w);
}

/* --- letters ------------------------------------------------------------ */

static void post(struct media_stream *s, enum media_letter_type type,
		 unsigned socket, const struct sa *addr, const uint8_t *p,
		 size_t len)
{
	struct ways *w = &s->ways;
	struct letter *l;

	if (!w->h || w->letters >= LETTERS_MAX || len > LETTER_MAX)
		return;
	l = malloc(sizeof(*l) + len);
	if (!l)
		return;
	l->next = NULL;
	l->l.type = type;
	l->l.socket = socket;
	l->l.addr = *addr;
	l->l.data = l->data;
	l->l.len = len;
	memcpy(l->data, p, len);
	if (w->last)
		w->last->next = l;
	else
		w->first = l;
	w->last = l;
	w->letters++;
	engine_note(s->m);
}

static struct letter *next_letter(struct media *m, struct media_stream **sp)
{
	for (uint32_t i = 0; i < m->n_slots; i++) {
		struct media_stream *s = m->slots[i];
		struct letter *l = s ? s->ways.first : NULL;

		if (!l)
			continue;
		s->ways.first = l->next;
		if (!l->next)
			s->ways.last = NULL;
		s->ways.letters--;
		*sp = s;
		return l;
	}
	return NULL;
}

void way_deliver(struct media *m)
{
	/* Not more than there can be: others have their turn. */
	for (int i = 0; i < LETTERS_MAX; i++) {
		struct media_stream *s = NULL;
		struct letter *l;

		pthread_mutex_lock(&m->lock);
		l = next_letter(m, &s);
		if (l && i + 1 == LETTERS_MAX)
			engine_note(m);
		pthread_mutex_unlock(&m->lock);
		if (!l)
			break;
		if (s->ways.h)
			s->ways.h(&l->l, s->ways.arg);
		free(l);
	}
}

void media_stream_set_letters(struct media_stream *s, media_letter_h *h,
			      void *arg)
{
	struct ways *w;

	if (!s || s->fd[RTP] < 0)
		return;
	w = &s->ways;
	lock(s);
	w->h = h;
	w->arg = arg;
	if (w->on != (h != NULL)) {
		w->on = h != NULL;
		set_addresses(s);
		no_paths(s);
		drop_letters(w);
		(void)engine_poll(s);
		engine_pace_of(s);
	}
	unlock(s);
}

/* --- paths -------------------------------------------------------------- */

void media_stream_set_mux(struct media_stream *s, bool mux)
{
	if (!s)
		return;
	lock(s);
	s->ways.mux = mux;
	unlock(s);
}

void media_stream_set_path(struct media_stream *s, unsigned component,
			   const struct media_path *path)
{
	struct ways *w;

	if (!s || component >= SOCKETS || !s->ways.on)
		return;
	w = &s->ways;
	lock(s);
	w->known[component] = path != NULL;
	if (path) {
		w->path[component] = *path;
		s->remote[component] = path->peer;
	} else {
		sa_init(&s->remote[component], AF_UNSPEC);
	}
	/* Where they share a port, what is asked of one is true of both. */
	if (w->mux && component == RTP) {
		w->known[RTCP] = w->known[RTP];
		w->path[RTCP] = w->path[RTP];
		s->remote[RTCP] = s->remote[RTP];
	}
	engine_kick(s);
	unlock(s);
}

void media_stream_expect(struct media_stream *s, const struct sa *peer)
{
	struct ways *w;

	if (!s)
		return;
	w = &s->ways;
	lock(s);
	if (!peer)
		w->n_expected = 0;
	else if (!way_expects(s, peer) && w->n_expected < EXPECTED_MAX)
		w->expected[w->n_expected++] = *peer;
	unlock(s);
}

bool way_expects(const struct media_stream *s, const struct sa *src)
{
	const struct ways *w = &s->ways;

	for (int i = 0; i < SOCKETS; i++) {
		if (w->known[i] && sa_cmp(&w->path[i].peer, src, SA_ALL))
			return true;
	}
	for (unsigned i = 0; i < w->n_expected; i++) {
		if (sa_cmp(&w->expected[i], src, SA_ALL))
			return true;
	}
	return false;
}

/* --- packets ------------------------------------------------------------ */

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool is_stun(const uint8_t *buf, size_t len)
{
	return len >= STUN_HEADER && buf[0] < 4 &&
	       !memcmp(buf + 4, cookie, sizeof(cookie));
}

/* RFC 7983 §7: ChannelData begins with 64 to 79. */
static bool is_channel(const uint8_t *buf, size_t len)
{
	return len >= CHANNEL_HEADER && buf[0] >= 0x40 && buf[0] <= 0x4f;
}

/* Sound by the channel of a path. */
static bool unwrap(struct media_stream *s, unsigned socket, struct sa *src,
		   uint8_t *buf, size_t *len)
{
	uint16_t number = get16(buf), n = get16(buf + 2);

	if (n > *len - CHANNEL_HEADER)
		return false;
	for (int i = 0; i < SOCKETS; i++) {
		const struct media_path *p = &s->ways.path[i];

		if (!s->ways.known[i] || !p->relayed || p->socket != socket ||
		    p->channel != number || !sa_cmp(&p->server, src, SA_ALL) ||
		    is_stun(buf + CHANNEL_HEADER, n))
			continue;
		memmove(buf, buf + CHANNEL_HEADER, n);
		*len = n;
		*src = p->peer;
		return true;
	}
	return false;
}

bool way_take(struct media_stream *s, unsigned socket, struct sa *src,
	      uint8_t *buf, size_t *len)
{
	if (!is_stun(buf, *len) && !is_channel(buf, *len))
		return false;
	if (is_channel(buf, *len) && unwrap(s, socket, src, buf, len))
		return false;
	post(s, MEDIA_LETTER_CAME, socket, src, buf, *len);
	return true;
}

static void send_channel(struct media_stream *s, const struct media_path *p,
			 const uint8_t *buf, size_t len)
{
	uint8_t head[CHANNEL_HEADER] = {(uint8_t)(p->channel >> 8),
					(uint8_t)p->channel,
					(uint8_t)(len >> 8), (uint8_t)len};
	struct iovec iov[] = {{head, sizeof(head)}, {(void *)buf, len}};
	struct msghdr mh = {
		.msg_name = (void *)&p->server.u.sa,
		.msg_namelen = p->server.len,
		.msg_iov = iov,
		.msg_iovlen = 2,
	};

	(void)!sendmsg(way_fd(s, p->socket), &mh, MSG_DONTWAIT);
}

static void send_to(int fd, const struct sa *dst, const uint8_t *buf,
		    size_t len)
{
	(void)!sendto(fd, buf, len, MSG_DONTWAIT, &dst->u.sa, dst->len);
}

void way_send(struct media_stream *s, int which, const uint8_t *buf, size_t len)
{
	const struct media_path *p = &s->ways.path[which];

	if (s->ways.mux && !s->ways.on)
		which = RTP;
	if (!s->ways.on)
		send_to(s->fd[which], &s->remote[which], buf, len);
	else if (!s->ways.known[which] || p->socket >= way_sockets(s))
		return;
	else if (!p->relayed)
		send_to(way_fd(s, p->socket), &p->peer, buf, len);
	else if (sa_isset(&p->server, SA_ADDR))
		send_channel(s, p, buf, len);
	else
		post(s, MEDIA_LETTER_SEND, p->socket, &p->peer, buf, len);
}

int media_stream_send(struct media_stream *s, unsigned socket,
		      const struct sa *dst, const uint8_t *p, size_t len)
{
	int err;

	if (!s || !dst || !sa_isset(dst, SA_ALL) || socket >= way_sockets(s))
		return EINVAL;
	if (sendto(way_fd(s, socket), p, len, MSG_DONTWAIT, &dst->u.sa,
		   dst->len) >= 0)
		return 0;
	err = errno;
	/* What a peer's host said of an earlier packet says nothing of this. */
	if (err == ECONNREFUSED &&
	    sendto(way_fd(s, socket), p, len, MSG_DONTWAIT, &dst->u.sa,
		   dst->len) >= 0)
		return 0;
	return err;
}

void media_stream_relayed(struct media_stream *s, unsigned component,
			  const struct sa *peer, const uint8_t *p, size_t len)
{
	uint8_t buf[RTP_PACKET_MAX];

	if (!s || component >= SOCKETS || len > sizeof(buf))
		return;
	memcpy(buf, p, len);
	lock(s);
	if (s->running && s->ways.on)
		stream_take(s, (int)component, buf, len, peer, media_now_us());
	unlock(s);
}
