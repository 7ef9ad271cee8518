/**
 * @file wire.c  A connection to a TURN server: TCP, or TLS
 *
 * The certificate is judged inside the handshake, before anything is said, as
 * that of every server here: libre verifies nothing by itself.
 */
#include <stdlib.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include "ice_int.h"
#include <re_srtp.h>
#include <re_tcp.h>
#include <re_tls.h>

#define LOG_MODULE "ice"

enum {
	FRAME_HEADER = 4,
	BUFFER_MAX = 65536 + FRAME_HEADER,
	QUEUE_MAX = 32768, /* what waits longer is of no use to a call */
};

struct wire {
	struct wire_handlers h;
	void *arg;
	struct sa addr;
	struct tcp_conn *tcp;
	struct tls *tls;
	struct tls_conn *tls_conn;
	struct net_trust *trust;
	struct net_wait *wait;
	struct mbuf *in;
	bool ready;
};

static void destructor(void *arg)
{
	struct wire *w = arg;

	mem_deref(w->wait);
	mem_deref(w->tls_conn);
	mem_deref(w->tcp);
	mem_deref(w->tls);
	mem_deref(w->trust);
	mem_deref(w->in);
}

static void over(struct wire *w, int err)
{
	if (w->trust && net_trust_refused(w->trust))
		err = EPROTO;
	w->ready = false;
	/* Said once. */
	if (w->h.closed) {
		void (*closed)(int, void *) = w->h.closed;

		w->h.closed = NULL;
		closed(err ? err : ECONNRESET, w->arg);
	}
}

static void on_established(void *arg)
{
	struct wire *w = arg;
	const int on = 1;

	/* Sound must not wait for the answer to the packet before it. */
	(void)setsockopt(tcp_conn_fd(w->tcp), IPPROTO_TCP, TCP_NODELAY, &on,
			 sizeof(on));
	w->ready = true;
	w->h.ready(w->arg);
}

/* Length of the frame that begins here, 0: not all of its header is there. */
static size_t frame_length(const uint8_t *p, size_t left, size_t *padded)
{
	size_t n;

	if (left < FRAME_HEADER)
		return 0;
	n = (size_t)(p[2] << 8 | p[3]) +
	    (p[0] >= 0x40 ? FRAME_HEADER : STUN_HEADER_SIZE);
	*padded = (n + 3) & ~(size_t)3;
	return n;
}

static void on_received(struct mbuf *mb, void *arg)
{
	struct wire *w = mem_ref(arg);
	size_t n, padded;

	w->in->pos = w->in->end;
	if (w->in->end + mbuf_get_left(mb) > BUFFER_MAX ||
	    mbuf_write_mem(w->in, mbuf_buf(mb), mbuf_get_left(mb))) {
		w->tcp = mem_deref(w->tcp);
		over(w, EPROTO);
		goto out;
	}
	w->in->pos = 0;
	for (;;) {
		n = frame_length(mbuf_buf(w->in), mbuf_get_left(w->in),
				 &padded);
		if (!n || padded > mbuf_get_left(w->in))
			break;
		if (w->h.closed)
			w->h.frame(mbuf_buf(w->in), n, w->arg);
		w->in->pos += padded;
	}
	if (w->in->pos) {
		n = mbuf_get_left(w->in);
		memmove(w->in->buf, mbuf_buf(w->in), n);
		w->in->end = n;
	}
out:
	mem_deref(w);
}

static void on_closed(int err, void *arg)
{
	over(arg, err);
}

static int connect_to(struct wire *w)
{
	int err = tcp_connect(&w->tcp, &w->addr, on_established, on_received,
			      on_closed, w);

	if (!err && w->tls)
		err = tls_start_tcp(&w->tls_conn, w->tls, w->tcp, 0);
	return err;
}

/* The system's certificates are there now. */
static void trusting(void *arg)
{
	struct wire *w = arg;
	int err = net_trust_apply(w->trust, tls_openssl_context(w->tls));

	if (!err)
		err = connect_to(w);
	if (err)
		over(w, err);
}

static int prepare_tls(struct wire *w, const struct wire_prm *prm)
{
	const struct net_trust_prm trust = {
		.net = prm->net,
		.host = prm->server->host,
		.pin = prm->pin,
	};
	int err = net_trust_alloc(&w->trust, &trust);

	if (!err)
		err = tls_alloc(&w->tls, TLS_METHOD_SSLV23, NULL, NULL);
	if (!err)
		err = net_trust_wait(&w->wait, w->trust, trusting, w);
	if (err == EINPROGRESS)
		return 0;
	if (!err)
		err = net_trust_apply(w->trust, tls_openssl_context(w->tls));
	return err ? err : connect_to(w);
}

int wire_alloc(struct wire **wp, const struct wire_prm *prm,
	       const struct wire_handlers *h, void *arg)
{
	struct wire *w = mem_zalloc(sizeof(*w), destructor);
	int err = ENOMEM;

	if (!w)
		return ENOMEM;
	w->h = *h;
	w->arg = arg;
	w->addr = *prm->addr;
	w->in = mbuf_alloc(DATAGRAM_MAX);
	if (w->in)
		err = prm->server->transport == ICE_TLS ? prepare_tls(w, prm)
							: connect_to(w);
	if (err)
		mem_deref(w);
	else
		*wp = w;
	return err;
}

void wire_send(struct wire *w, const uint8_t *p, size_t len)
{
	struct mbuf *mb;

	if (!w->ready || tcp_conn_txqsz(w->tcp) > QUEUE_MAX)
		return;
	mb = mbuf_alloc(len);
	if (!mb)
		return;
	(void)mbuf_write_mem(mb, p, len);
	mb->pos = 0;
	if (tcp_send(w->tcp, mb))
		log_info("a packet to the TURN server was lost");
	mem_deref(mb);
}
