/**
 * @file probe.c  Does a server serve?
 */
#include <stdlib.h>
#include <unistd.h>
#include "ice_int.h"

enum { FIRST_MS = 300, TRIES = 4, PROBE_MS = 5000 };

struct ice_probe {
	struct net *net;
	struct list servers; /* the one, a copy */
	struct ice_server *server;
	bool pinned;
	struct net_pin pin;
	ice_probe_h *h;
	void *arg;
	struct net_lookup *lookup;
	struct sa addr;
	int fd; /* UDP */
	struct wire *wire;
	struct turn *turn;
	struct list requests;
	struct request *request;
	struct tmr tmr, tmr_over;
	bool over;
	int err;
};

static void destructor(void *arg)
{
	struct ice_probe *p = arg;

	tmr_cancel(&p->tmr);
	tmr_cancel(&p->tmr_over);
	mem_deref(p->lookup);
	mem_deref(p->request);
	mem_deref(p->turn); /* says good-bye by what follows */
	mem_deref(p->wire);
	list_flush(&p->servers);
	if (p->fd >= 0) {
		loop_fd(p->fd, 0, NULL, NULL);
		close(p->fd);
	}
	mem_deref(p->net);
}

static void tell(void *arg)
{
	struct ice_probe *p = arg;

	p->h(p->err, p->arg);
}

/* Told once, from the loop: it may be freed then. */
static void over(struct ice_probe *p, int err)
{
	if (p->over)
		return;
	p->over = true;
	p->err = err;
	tmr_cancel(&p->tmr);
	tmr_start(&p->tmr_over, 0, tell, p);
}

static void no_answer(void *arg)
{
	over(arg, ETIMEDOUT);
}

/* --- by datagrams -------------------------------------------------------- */

static void to_socket(const uint8_t *buf, size_t len, void *arg)
{
	const struct ice_probe *p = arg;

	(void)!send(p->fd, buf, len, MSG_DONTWAIT);
}

static void on_readable(int flags, void *arg)
{
	struct ice_probe *p = arg;
	struct stun_unknown_attr unknown;
	uint8_t buf[DATAGRAM_MAX];
	struct stun_msg *msg;
	ssize_t n = recv(p->fd, buf, sizeof(buf), MSG_DONTWAIT);
	(void)flags;

	if (n < 0 && errno == ECONNREFUSED)
		over(p, ECONNREFUSED);
	if (n <= 0)
		return;
	if (p->turn) {
		(void)turn_took(p->turn, buf, (size_t)n);
		return;
	}
	msg = message_read(buf, (size_t)n, &unknown);
	if (msg)
		(void)request_answered(&p->requests, msg, NULL);
	mem_deref(msg);
}

static int open_socket(struct ice_probe *p)
{
	p->fd = socket(sa_af(&p->addr),
		       SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || connect(p->fd, &p->addr.u.sa, p->addr.len))
		return errno;
	return loop_fd(p->fd, LOOP_READ, on_readable, p);
}

static void on_binding(const struct stun_msg *msg, const struct sa *source,
		       void *arg)
{
	(void)source;
	over(arg, !msg ? ETIMEDOUT : answer_code(msg) ? EPROTO : 0);
}

static int ask_binding(struct ice_probe *p)
{
	const struct request_prm prm = {
		.method = STUN_METHOD_BINDING,
		.fingerprint = true,
		.first_ms = FIRST_MS,
		.tries = TRIES,
		.send = to_socket,
		.done = on_binding,
		.arg = p,
	};

	return request_send(&p->request, &p->requests, &prm, 0);
}

/* --- an allocation ------------------------------------------------------- */

static void to_turn(const uint8_t *buf, size_t len, void *arg)
{
	struct ice_probe *p = arg;

	if (p->wire)
		wire_send(p->wire, buf, len);
	else
		to_socket(buf, len, p);
}

static void on_turn_state(struct turn *t, int err, void *arg)
{
	(void)t;
	over(arg, err);
}

static int ask_turn(struct ice_probe *p)
{
	static const struct turn_handlers h = {
		.send = to_turn,
		.state = on_turn_state,
	};

	return turn_alloc(&p->turn, p->server, p->wire != NULL, &h, p);
}

static void on_wire_ready(void *arg)
{
	struct ice_probe *p = arg;
	int err = ask_turn(p);

	if (err)
		over(p, err);
}

static void on_wire_frame(const uint8_t *buf, size_t len, void *arg)
{
	struct ice_probe *p = arg;

	if (p->turn)
		(void)turn_took(p->turn, buf, len);
}

static void on_wire_closed(int err, void *arg)
{
	over(arg, err);
}

static int ask_wire(struct ice_probe *p)
{
	static const struct wire_handlers h = {
		.ready = on_wire_ready,
		.frame = on_wire_frame,
		.closed = on_wire_closed,
	};
	const struct wire_prm prm = {
		.net = p->net,
		.server = p->server,
		.pin = p->pinned ? &p->pin : NULL,
		.addr = &p->addr,
	};

	return wire_alloc(&p->wire, &prm, &h, p);
}

/* --- whom ---------------------------------------------------------------- */

static void on_resolved(enum net_error error, const struct sa *addrs,
			size_t count, void *arg)
{
	struct ice_probe *p = arg;
	int err = EHOSTUNREACH;

	if (!error && count) {
		p->addr = addrs[0];
		if (p->server->transport != ICE_UDP)
			err = ask_wire(p);
		else
			err = open_socket(p);
		if (!err && p->server->transport == ICE_UDP)
			err = p->server->relay ? ask_turn(p) : ask_binding(p);
	}
	if (err)
		over(p, err);
}

int ice_probe_alloc(struct ice_probe **pp, struct net *net,
		    const struct ice_server *server, const struct net_pin *pin,
		    ice_probe_h *h, void *arg)
{
	struct ice_probe *p;
	char *uri;
	int err = ENOMEM;

	if (!pp || !net || !server || !h)
		return EINVAL;
	p = mem_zalloc(sizeof(*p), destructor);
	if (!p)
		return ENOMEM;
	p->fd = -1;
	p->net = mem_ref(net);
	p->h = h;
	p->arg = arg;
	p->pinned = pin != NULL;
	if (pin)
		p->pin = *pin;
	uri = ice_server_uri(server);
	if (uri)
		err = ice_server_add(&p->servers, uri, server->user,
				     server->password);
	free(uri);
	if (!err) {
		p->server = p->servers.head->data;
		err = net_resolve(&p->lookup, net, p->server->host,
				  p->server->port, AF_UNSPEC, on_resolved, p);
	}
	if (err) {
		mem_deref(p);
		return err;
	}
	tmr_start(&p->tmr, PROBE_MS, no_answer, p);
	*pp = p;
	return 0;
}
