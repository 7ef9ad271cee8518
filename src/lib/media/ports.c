/**
 * @file ports.c  Pairs of ports: RTP at an even one, RTCP at the next
 */
#include <netinet/in.h>
#include <netinet/ip.h>
#include <unistd.h>
#include "media_int.h"

enum {
	PORT_MIN = 10000,
	PORT_MAX = 29999,
	TRIES = 200,
	DSCP_EF = 46 << 2, /* RFC 3246: voice */
};

static int bind_one(int *fdp, const struct sa *addr)
{
	const int tos = DSCP_EF, on = 1;
	int fd = socket(addr->u.sa.sa_family,
			SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return errno;
	if (bind(fd, &addr->u.sa, addr->len)) {
		err = errno;
		close(fd);
		return err;
	}
	/* Only a wish: whether it is granted changes nothing. */
	if (addr->u.sa.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos,
				 sizeof(tos));
	else
		(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	*fdp = fd;
	return 0;
}

static int bind_pair(int fd[SOCKETS], struct sa *laddr, uint16_t port)
{
	struct sa a = *laddr;
	int err;

	sa_set_port(&a, port);
	err = bind_one(&fd[RTP], &a);
	if (err)
		return err;
	sa_set_port(&a, (uint16_t)(port + 1));
	err = bind_one(&fd[RTCP], &a);
	if (err) {
		close(fd[RTP]);
		fd[RTP] = -1;
		return err;
	}
	sa_set_port(laddr, port);
	return 0;
}

int ports_bind(int fd[SOCKETS], struct sa *laddr,
	       const struct media_stream_prm *prm)
{
	uint32_t min = prm->port_min ? prm->port_min : PORT_MIN;
	uint32_t max = prm->port_max ? prm->port_max : PORT_MAX;
	uint32_t pairs, at;
	int err = EADDRINUSE;

	min += min & 1;
	if (max < min + 1)
		return EINVAL;
	pairs = (max - min + 1) / 2;
	random_bytes(&at, sizeof(at));
	at %= pairs;
	for (uint32_t i = 0; i < pairs && i < TRIES; i++) {
		err = bind_pair(fd, laddr,
				(uint16_t)(min + (at + i) % pairs * 2));
		if (err != EADDRINUSE)
			break;
	}
	return err;
}

int ports_bind_like(const struct media_stream *s, const struct sa *addr,
		    int fd[SOCKETS], struct sa *laddr)
{
	const struct media_stream_prm anywhere = {.port_min = 0};
	int err;

	*laddr = *addr;
	/* The ports that it has elsewhere, if they are free here, too. */
	err = bind_pair(fd, laddr, sa_port(&s->laddr));
	return err == EADDRINUSE ? ports_bind(fd, laddr, &anywhere) : err;
}
