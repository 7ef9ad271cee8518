/**
 * @file gather.c  Where can we be reached? Our candidates (RFC 8445 §5.1)
 *
 * All servers are asked at once, each from each of our addresses that suits
 * it. What has not answered in time is not waited for; a server that was
 * silent is not waited for by the calls of the next minutes either.
 */
#include <stdlib.h>
#include <net/if.h>
#include "ice_int.h"
#include <re_net.h>

#define LOG_MODULE "ice"

enum {
	FIRST_MS = 150,
	TRIES = 4,
	GATHER_MS = 1000,
	SILENT_MS = 120000, /* a server that did not answer is not waited for */
	LOCAL_PREFERENCE = 65535,
	PREFERENCE_STEP = 256,
};

struct lookup {
	struct le le;
	struct ice *ice;
	struct ice_server *server; /* a reference */
	struct net_lookup *net;
	bool over;
};

/* --- our own ------------------------------------------------------------- */

uint32_t candidate_priority(enum ice_type type, unsigned rank,
			    unsigned component)
{
	static const uint32_t types[] = {
		[ICE_HOST] = 126,
		[ICE_PEER_REFLEXIVE] = 110,
		[ICE_REFLEXIVE] = 100,
		[ICE_RELAYED] = 0,
	};

	return types[type] << 24 |
	       (uint32_t)(LOCAL_PREFERENCE - rank * PREFERENCE_STEP) << 8 |
	       (256 - (component + 1));
}

/* The same for those of one kind, address and server (RFC 8445 §5.1.1.3). */
static void set_foundation(struct ice_candidate *c, const struct sa *base,
			   const struct ice_server *server)
{
	uint32_t hash = hash_joaat_ci(server ? server->host : "",
				      server ? strlen(server->host) : 0);

	hash ^= sa_hash(base, SA_ADDR) ^ (uint32_t)c->type << 29;
	if (server)
		hash ^= (uint32_t)server->transport << 27 ^ server->port;
	snprintf(c->foundation, sizeof(c->foundation), "%08x", hash);
}

static const struct sa *base_of(const struct ice *ice, unsigned socket)
{
	return media_stream_socket(ice->stream, socket);
}

static struct local *add(struct ice *ice, enum ice_type type, unsigned socket,
			 const struct sa *addr, const struct sa *related,
			 unsigned rank, struct turn *turn)
{
	unsigned component = socket % COMPONENTS;
	struct local *l;

	/* The same address by the same base says nothing new (§5.1.3). */
	for (size_t i = 0; i < ice->n_locals; i++) {
		l = &ice->locals[i];
		if (l->c.component == component &&
		    sa_cmp(&l->c.addr, addr, SA_ALL) &&
		    (l->socket == socket || l->c.type == ICE_HOST))
			return NULL;
	}
	if (ice->n_locals == LOCAL_MAX)
		return NULL;
	l = &ice->locals[ice->n_locals++];
	memset(l, 0, sizeof(*l));
	l->c.type = type;
	l->c.component = component;
	l->c.priority = candidate_priority(type, rank, component);
	l->c.addr = *addr;
	if (related)
		l->c.related = *related;
	else
		sa_init(&l->c.related, AF_UNSPEC);
	l->socket = socket;
	l->turn = turn;
	set_foundation(&l->c, base_of(ice, socket), NULL);
	return l;
}

static bool is_linklocal(const struct sa *sa)
{
	uint8_t six[16];

	if (sa_af(sa) == AF_INET)
		return sa_in(sa) >> 16 == 0xa9fe;
	sa_in6(sa, six);
	return six[0] == 0xfe && (six[1] & 0xc0) == 0x80;
}

/* Those that others on our networks can send to; on a machine's own loopback
 * the others are there, too. */
static bool add_address(const char *ifname, const struct sa *sa, void *arg)
{
	struct ice *ice = arg;
	int err;
	(void)ifname;

	if (is_linklocal(sa) || sa_is_any(sa) ||
	    sa_is_loopback(sa) != sa_is_loopback(base_of(ice, 0)))
		return false;
	err = media_stream_add_address(ice->stream, sa);
	if (err && err != EEXIST)
		log_info("an address is left out of ICE: %s", strerror(err));
	return false;
}

static void add_hosts(struct ice *ice)
{
	const struct sa *sa;

	(void)net_if_apply(add_address, ice);
	for (unsigned i = 0; (sa = base_of(ice, i)); i++)
		(void)add(ice, ICE_HOST, i, sa, NULL, i / COMPONENTS, NULL);
}

/* --- what servers say ---------------------------------------------------- */

static void look_whether_done(struct ice *ice);

static void asking_over(struct asking *a)
{
	a->over = true;
	look_whether_done(a->ice);
}

static void add_reflexive(struct asking *a, const struct sa *mapped)
{
	const struct sa *base = base_of(a->ice, a->socket);
	struct local *l;

	if (!base || !sa_isset(mapped, SA_ALL) || sa_af(mapped) != sa_af(base))
		return;
	l = add(a->ice, ICE_REFLEXIVE, a->socket, mapped, base,
		a->socket / COMPONENTS, NULL);
	if (l)
		set_foundation(&l->c, base, a->server);
}

static void from_socket(const uint8_t *p, size_t len, void *arg)
{
	struct asking *a = arg;

	(void)media_stream_send(a->ice->stream, a->socket, &a->addr, p, len);
}

static void on_binding(const struct stun_msg *msg, const struct sa *source,
		       void *arg)
{
	struct asking *a = arg;
	const struct stun_attr *mapped;
	(void)source;

	if (msg && !answer_code(msg)) {
		mapped = stun_msg_attr(msg, STUN_ATTR_XOR_MAPPED_ADDR);
		if (!mapped)
			mapped = stun_msg_attr(msg, STUN_ATTR_MAPPED_ADDR);
		if (mapped)
			add_reflexive(a, &mapped->v.sa);
	}
	a->heard = msg != NULL;
	asking_over(a);
}

static void ask_binding(struct asking *a)
{
	const struct request_prm prm = {
		.method = STUN_METHOD_BINDING,
		.fingerprint = true,
		.first_ms = FIRST_MS,
		.tries = TRIES,
		.send = from_socket,
		.done = on_binding,
		.arg = a,
	};

	if (request_send(&a->request, &a->ice->requests, &prm, 0))
		asking_over(a);
}

static void on_turn_state(struct turn *t, int err, void *arg)
{
	struct asking *a = arg;
	struct local *l;

	a->heard = a->heard || err != ETIMEDOUT;
	if (err) {
		log_info("no relay at %s: %s", a->server->host, strerror(err));
		check_without_turn(a->ice, t);
		asking_over(a);
		return;
	}
	/* What it sees of a connection is of no use to datagrams. */
	if (a->server->transport == ICE_UDP)
		add_reflexive(a, turn_mapped(t));
	l = add(a->ice, ICE_RELAYED, a->socket, turn_relayed(t), turn_mapped(t),
		a->socket / COMPONENTS + 32 * (unsigned)a->server->transport,
		t);
	if (l)
		set_foundation(&l->c, turn_relayed(t), a->server);
	asking_over(a);
}

static void on_turn_data(struct turn *t, const struct sa *peer,
			 const uint8_t *p, size_t len, void *arg)
{
	struct asking *a = arg;

	check_took(a->ice, a->socket, t, peer, p, len);
}

static void on_turn_bound(struct turn *t, const struct sa *peer, int err,
			  void *arg)
{
	struct asking *a = arg;

	check_bound(a->ice, t, peer, err);
}

static void to_turn(const uint8_t *p, size_t len, void *arg)
{
	struct asking *a = arg;

	if (a->wire)
		wire_send(a->wire, p, len);
	else
		from_socket(p, len, a);
}

static void ask_turn(struct asking *a)
{
	static const struct turn_handlers h = {
		.send = to_turn,
		.state = on_turn_state,
		.data = on_turn_data,
		.bound = on_turn_bound,
	};

	if (turn_alloc(&a->turn, a->server, a->wire != NULL, &h, a))
		asking_over(a);
}

static void on_wire_ready(void *arg)
{
	ask_turn(arg);
}

static void on_wire_frame(const uint8_t *p, size_t len, void *arg)
{
	struct asking *a = arg;

	if (a->turn)
		(void)turn_took(a->turn, p, len);
}

static void on_wire_closed(int err, void *arg)
{
	struct asking *a = arg;

	log_info("the connection to %s is gone: %s", a->server->host,
		 strerror(err));
	a->heard = a->heard || err != ETIMEDOUT;
	if (a->turn)
		check_without_turn(a->ice, a->turn);
	asking_over(a);
}

static void ask_wire(struct asking *a)
{
	static const struct wire_handlers h = {
		.ready = on_wire_ready,
		.frame = on_wire_frame,
		.closed = on_wire_closed,
	};
	const struct wire_prm prm = {
		.net = a->ice->net,
		.server = a->server,
		.pin = a->ice->pinned ? &a->ice->pin : NULL,
		.addr = &a->addr,
	};

	if (wire_alloc(&a->wire, &prm, &h, a))
		asking_over(a);
}

/* --- whom to ask, from where --------------------------------------------- */

static void ask(struct ice *ice, struct ice_server *server,
		const struct sa *addr, unsigned socket)
{
	struct asking *a;

	if (ice->n_askings == ASKINGS_MAX)
		return;
	a = &ice->askings[ice->n_askings++];
	memset(a, 0, sizeof(*a));
	a->ice = ice;
	a->server = mem_ref(server);
	a->addr = *addr;
	a->socket = socket;
	if (!server->relay)
		ask_binding(a);
	else if (server->transport == ICE_UDP)
		ask_turn(a);
	else
		ask_wire(a);
}

/* From each address that can reach it; one relay is enough. */
static void ask_from_all(struct ice *ice, struct ice_server *server,
			 const struct sa *addr)
{
	unsigned asked = 0;
	const struct sa *base;

	for (unsigned i = 0; (base = base_of(ice, i)); i++) {
		if (sa_af(base) != sa_af(addr) ||
		    (sa_is_loopback(base) && !sa_is_loopback(addr)) ||
		    (server->relay && asked == COMPONENTS))
			continue;
		ask(ice, server, addr, i);
		asked++;
	}
}

static void on_resolved(enum net_error error, const struct sa *addrs,
			size_t count, void *arg)
{
	struct lookup *l = arg;
	struct ice *ice = l->ice;
	bool done[2] = {false, false};

	if (error)
		log_info("no address of %s", l->server->host);
	/* The best of each family. */
	for (size_t i = 0; i < count; i++) {
		bool six = sa_af(&addrs[i]) == AF_INET6;

		if (!done[six])
			ask_from_all(ice, l->server, &addrs[i]);
		done[six] = true;
	}
	l->over = true;
	look_whether_done(ice);
}

static void lookup_destructor(void *arg)
{
	struct lookup *l = arg;

	list_unlink(&l->le);
	mem_deref(l->net);
	mem_deref(l->server);
}

static void look_up(struct ice *ice, struct ice_server *server)
{
	struct lookup *l = mem_zalloc(sizeof(*l), lookup_destructor);

	if (!l)
		return;
	l->ice = ice;
	l->server = mem_ref(server);
	list_append(&ice->lookups, &l->le, l);
	if (net_resolve(&l->net, ice->net, server->host, server->port,
			AF_UNSPEC, on_resolved, l))
		l->over = true;
}

/* --- enough? ------------------------------------------------------------- */

/* Is it worth to wait for it? */
static bool is_awaited(const struct ice_server *s, bool over)
{
	return !over && s->silent_ms <= time_mono_ms();
}

static bool is_done(const struct ice *ice)
{
	struct le *le;

	for (le = ice->lookups.head; le; le = le->next) {
		const struct lookup *l = le->data;

		if (is_awaited(l->server, l->over))
			return false;
	}
	for (size_t i = 0; i < ice->n_askings; i++) {
		if (is_awaited(ice->askings[i].server, ice->askings[i].over))
			return false;
	}
	return true;
}

static void gathered(struct ice *ice)
{
	tmr_cancel(&ice->tmr_gather);
	ice->gathering = false;
	ice_tell(ice, ICE_EV_GATHERED);
}

static void look_whether_done(struct ice *ice)
{
	if (ice->gathering && is_done(ice))
		gathered(ice);
}

static void time_is_over(void *arg)
{
	struct ice *ice = arg;
	uint64_t until = time_mono_ms() + SILENT_MS;
	struct le *le;

	for (le = ice->lookups.head; le; le = le->next) {
		struct lookup *l = le->data;

		if (!l->over)
			l->server->silent_ms = until;
	}
	for (size_t i = 0; i < ice->n_askings; i++) {
		struct asking *a = &ice->askings[i];

		if (!a->over && !a->heard) {
			log_info("%s does not answer", a->server->host);
			a->server->silent_ms = until;
		}
	}
	gathered(ice);
}

void gather_start(struct ice *ice)
{
	add_hosts(ice);
	ice->gathering = true;
	for (size_t i = 0; i < ice->n_servers; i++)
		look_up(ice, ice->servers[i]);
	if (is_done(ice)) {
		ice->gathering = false;
		return;
	}
	tmr_start(&ice->tmr_gather, ice->gather_ms ? ice->gather_ms : GATHER_MS,
		  time_is_over, ice);
}

void gather_stop(struct ice *ice)
{
	tmr_cancel(&ice->tmr_gather);
	ice->gathering = false;
	list_flush(&ice->lookups);
	for (size_t i = 0; i < ice->n_askings; i++) {
		struct asking *a = &ice->askings[i];

		mem_deref(a->request);
		mem_deref(a->turn);
		mem_deref(a->wire);
		mem_deref(a->server);
	}
	ice->n_askings = 0;
	ice->n_locals = 0;
}

/* So that address translation on the way keeps what was found (§5.1.1.4). */
void gather_keep(struct ice *ice)
{
	for (size_t i = 0; i < ice->n_askings; i++) {
		struct asking *a = &ice->askings[i];
		uint8_t tid[STUN_TID_SIZE];
		struct mbuf *mb;

		if (a->wire || !a->over || !a->heard)
			continue;
		random_bytes(tid, sizeof(tid));
		mb = mbuf_alloc(STUN_HEADER_SIZE + 8);
		if (mb && !stun_msg_encode(mb, STUN_METHOD_BINDING,
					   STUN_CLASS_INDICATION, tid, NULL,
					   NULL, 0, true, 0, 0))
			from_socket(mb->buf, mb->end, a);
		mem_deref(mb);
	}
}

const struct sa *gather_relay(const struct ice *ice, const struct turn *t)
{
	for (size_t i = 0; i < ice->n_askings; i++) {
		const struct asking *a = &ice->askings[i];

		if (a->turn == t)
			return a->wire ? NULL : &a->addr;
	}
	return NULL;
}

bool gather_took(struct ice *ice, unsigned socket, const struct sa *src,
		 const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < ice->n_askings; i++) {
		struct asking *a = &ice->askings[i];

		if (a->turn && !a->wire && a->socket == socket &&
		    sa_cmp(&a->addr, src, SA_ALL) && turn_took(a->turn, p, len))
			return true;
	}
	return false;
}
