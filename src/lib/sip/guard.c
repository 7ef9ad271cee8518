/**
 * @file guard.c  Who may keep a TCP connection to a server, and how many
 *
 * libre takes every connection, and keeps it for minutes whoever it is from;
 * and it lets five wait to be taken, so that the sixth of a crowd comes again
 * after a second. It gives no handle to either, but the descriptors are there
 * to be asked; and that of each connection comes by nodelay.c.
 */
#include <unistd.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

enum {
	BACKLOG = 512,
	SHARE = 8, /**< of the loop's descriptors: one address' connections */
	SWEEP_MS = 2000,
	UNPROVEN_MS = 60000, /**< so long for a stranger's right digest */
};

struct conn {
	struct sa peer;
	uint64_t since_ms; /**< first seen */
	bool proven;	   /**< a right digest has come on it */
};

struct guard {
	struct le le;
	struct le le_all; /**< in guards_all */
	struct tmr tmr;	  /**< runs while there is any connection */
	struct sa laddr;
	unsigned count, max;
	int descriptors;
	struct conn *conn[]; /**< by descriptor */
};

/* What libre has accepted does not say for which stack. */
static struct list guards_all;

static void forget(struct guard *g, int fd)
{
	if (g->conn[fd])
		g->count--;
	g->conn[fd] = mem_deref(g->conn[fd]);
}

static void destructor(void *arg)
{
	struct guard *g = arg;

	tmr_cancel(&g->tmr);
	list_unlink(&g->le);
	list_unlink(&g->le_all);
	for (int fd = 0; fd < g->descriptors; fd++)
		forget(g, fd);
}

/* Is that a TCP socket of this address, as the listening one is? */
static bool is_ours(const struct guard *g, int fd, bool listening)
{
	int type = 0, accepts = 0;
	socklen_t len = sizeof(type);
	struct sa local;

	local.len = sizeof(local.u);
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) ||
	    type != SOCK_STREAM || getsockname(fd, &local.u.sa, &local.len) ||
	    sa_port(&local) != sa_port(&g->laddr))
		return false;
	if (!sa_is_any(&g->laddr) && !sa_cmp(&local, &g->laddr, SA_ADDR))
		return false;
	len = sizeof(accepts);
	return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &len) &&
	       (accepts != 0) == listening;
}

/* Its entry, made if it is new; NULL if it is no connection. */
static struct conn *look_at(struct guard *g, int fd, uint64_t now)
{
	struct sa peer;

	peer.len = sizeof(peer.u);
	if (!is_ours(g, fd, false) || getpeername(fd, &peer.u.sa, &peer.len)) {
		forget(g, fd);
		return NULL;
	}
	if (g->conn[fd] && !sa_cmp(&g->conn[fd]->peer, &peer, SA_ALL))
		forget(g, fd);
	if (!g->conn[fd]) {
		g->conn[fd] = mem_zalloc(sizeof(**g->conn), NULL);
		if (!g->conn[fd])
			return NULL;
		g->conn[fd]->peer = peer;
		g->conn[fd]->since_ms = now;
		g->count++;
	}
	return g->conn[fd];
}

/* libre sees its end, and closes it. */
static void cut(struct guard *g, int fd)
{
	shutdown(fd, SHUT_RDWR);
	forget(g, fd);
}

/* The stranger who is here longest, or -1. */
static int stranger(const struct guard *g)
{
	int found = -1;

	for (int fd = 0; fd < g->descriptors; fd++) {
		if (g->conn[fd] && !g->conn[fd]->proven &&
		    (found < 0 ||
		     g->conn[fd]->since_ms < g->conn[found]->since_ms))
			found = fd;
	}
	return found;
}

static void sweep(void *arg)
{
	struct guard *g = arg;
	uint64_t now = time_mono_ms();
	int fd;

	for (fd = 0; fd < g->descriptors; fd++) {
		const struct conn *c = g->conn[fd] ? look_at(g, fd, now) : NULL;

		if (c && !c->proven && now - c->since_ms > UNPROVEN_MS)
			cut(g, fd);
	}
	if (g->count > g->max) {
		log_warn("too many SIP connections: %u", g->count);
		/* Room for some more at once. */
		while (g->count > g->max - g->max / 10 &&
		       (fd = stranger(g)) >= 0)
			cut(g, fd);
	}
	if (g->count)
		tmr_start(&g->tmr, SWEEP_MS, sweep, g);
}

void guard_accepted(int fd)
{
	struct le *le;

	for (le = guards_all.head; le; le = le->next) {
		struct guard *g = le->data;

		if (fd < 0 || fd >= g->descriptors)
			continue;
		/* of an older one */
		forget(g, fd);
		if (look_at(g, fd, time_mono_ms()) && !tmr_isrunning(&g->tmr))
			tmr_start(&g->tmr, SWEEP_MS, sweep, g);
	}
}

int guard_add(struct list *guards, const struct sa *laddr)
{
	int descriptors = loop_descriptors();
	struct guard *g =
		mem_zalloc(sizeof(*g) + (size_t)descriptors * sizeof(*g->conn),
			   destructor);

	if (!g)
		return ENOMEM;
	g->descriptors = descriptors;
	g->max = (unsigned)descriptors / SHARE;
	tmr_init(&g->tmr);
	g->laddr = *laddr;
	list_append(guards, &g->le, g);
	list_append(&guards_all, &g->le_all, g);
	for (int fd = 0; fd < g->descriptors; fd++) {
		if (is_ours(g, fd, true) && listen(fd, BACKLOG))
			log_warn("backlog stays: %s", strerror(errno));
	}
	return 0;
}

void guard_proven(struct list *guards, const struct sip_msg *msg)
{
	struct tcp_conn *tc = sip_msg_tcpconn(msg);
	int fd = tc ? tcp_conn_fd(tc) : -1;
	struct le *le;

	for (le = guards->head; le && fd >= 0; le = le->next) {
		struct guard *g = le->data;
		struct conn *c = fd < g->descriptors
					 ? look_at(g, fd, time_mono_ms())
					 : NULL;

		if (c)
			c->proven = true;
	}
}
