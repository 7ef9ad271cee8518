/**
 * @file nodelay.c  TCP without Nagle's wait, from its first byte
 *
 * libre 1.1 leaves it on: where two messages go out in a row, and TLS begins
 * with that, the second waits 40 ms for the first one's acknowledgement. It
 * gives no handle to a connection before something has come by it, so these
 * two stand in place of its functions, which it calls through the linker's
 * table itself. A libre that turns Nagle off needs no such file; but guard.c
 * hears of each connection here.
 */
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include "sip_int.h"

static void no_delay(const struct tcp_conn *tc)
{
	const int on = 1;
	int fd = tcp_conn_fd(tc);

	if (fd >= 0)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int tcp_connect(struct tcp_conn **tcp, const struct sa *peer, tcp_estab_h *eh,
		tcp_recv_h *rh, tcp_close_h *ch, void *arg)
{
	struct tcp_conn *tc = NULL;
	int err;

	if (!tcp || !peer)
		return EINVAL;
	err = tcp_conn_alloc(&tc, peer, eh, rh, ch, arg);
	if (!err) {
		no_delay(tc);
		err = tcp_conn_connect(tc, peer);
	}
	if (err) {
		mem_deref(tc);
		return err;
	}
	no_delay(tc);
	*tcp = tc;
	return 0;
}

int tcp_accept(struct tcp_conn **tcp, struct tcp_sock *ts, tcp_estab_h *eh,
	       tcp_recv_h *rh, tcp_close_h *ch, void *arg)
{
	int (*theirs)(struct tcp_conn **, struct tcp_sock *, tcp_estab_h *,
		      tcp_recv_h *, tcp_close_h *, void *);
	int err;

	*(void **)&theirs = dlsym(RTLD_NEXT, "tcp_accept");
	if (!theirs)
		return ENOSYS;
	err = theirs(tcp, ts, eh, rh, ch, arg);
	if (!err) {
		no_delay(*tcp);
		guard_accepted(tcp_conn_fd(*tcp));
	}
	return err;
}
