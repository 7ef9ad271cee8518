/**
 * @file turn.c  An address at a TURN server (RFC 8656)
 *
 * Allocate, Refresh and ChannelBind with long-term credentials (RFC 8489
 * §9.2). A channel brings the permission for its peer along, so there is one
 * for each peer and nothing else; both are renewed together, before either
 * ends (five minutes for a permission).
 */
#include <stdlib.h>
#include "ice_int.h"

enum {
	FIRST_MS = 200,
	TRIES = 5,
	RELIABLE_MS = 8000,
	CHANNEL_MIN = 0x4000,
	CHANNEL_MAX = 0x4fff,
	CHANNEL_HEADER = 4,
	LIFETIME_S = 600,
	RENEW_S = 240,
	RENEW_LEAST_S = 10,
	ROUNDS = 3, /* answers to challenges */
};

struct channel {
	struct turn *t;
	struct sa peer;
	struct request *request;
	uint16_t number;
	unsigned rounds;
	bool bound, refused;
};

struct turn {
	struct turn_handlers h;
	void *arg;
	bool reliable;
	char *user, *password;
	char *realm, *nonce;
	uint8_t key[MD5_SIZE];
	bool keyed;
	struct list requests;
	struct request *request; /* Allocate, Refresh */
	unsigned rounds;
	bool allocated;
	uint32_t lifetime;
	struct sa relayed, mapped;
	struct channel channels[CHANNELS_MAX];
	size_t n_channels;
	struct tmr tmr;
};

static int allocate(struct turn *t);
static int keep(struct turn *t);
static int bind_channel(struct channel *c);

/* --- who we are --------------------------------------------------------- */

static int take_challenge(struct turn *t, const struct stun_msg *msg)
{
	const struct stun_attr *realm = stun_msg_attr(msg, STUN_ATTR_REALM);
	const struct stun_attr *nonce = stun_msg_attr(msg, STUN_ATTR_NONCE);
	int err;

	if (!nonce || !(realm || t->realm))
		return EPROTO;
	err = text_set(&t->nonce, nonce->v.nonce);
	if (!err && realm)
		err = text_set(&t->realm, realm->v.realm);
	if (!err)
		err = md5_printf(t->key, "%s:%s:%s", t->user, t->realm,
				 t->password);
	t->keyed = !err;
	return err;
}

/*
 * Is it a challenge that can be taken up? 401 to a request that had our
 * password says that it is wrong; 438 that its nonce is too old (RFC 8489
 * §9.2.5).
 */
static int challenged(struct turn *t, const struct stun_msg *msg,
		      unsigned *rounds)
{
	uint16_t code = answer_code(msg);

	if (code != 401 && code != 438)
		return code == 403 || code == 441 ? EACCES : EPROTO;
	if (!t->user || !t->password || (code == 401 && *rounds) ||
	    ++*rounds > ROUNDS)
		return EACCES;
	return take_challenge(t, msg);
}

static void to_server(const uint8_t *p, size_t len, void *arg)
{
	struct turn *t = arg;

	t->h.send(p, len, t->arg);
}

static void channel_to_server(const uint8_t *p, size_t len, void *arg)
{
	struct channel *c = arg;

	to_server(p, len, c->t);
}

static struct request_prm request_prm(const struct turn *t, uint16_t method)
{
	return (struct request_prm){
		.method = method,
		.key = t->keyed ? t->key : NULL,
		.key_len = sizeof(t->key),
		.reliable = t->reliable,
		.first_ms = t->reliable ? RELIABLE_MS : FIRST_MS,
		.tries = TRIES,
		.send = to_server,
	};
}

/* --- the allocation ------------------------------------------------------ */

static void renew(void *arg);

static void renew_later(struct turn *t)
{
	uint32_t s = t->lifetime * 3 / 4;

	s = s > RENEW_S ? RENEW_S : s < RENEW_LEAST_S ? RENEW_LEAST_S : s;
	tmr_start(&t->tmr, 1000ull * s, renew, t);
}

static void failed(struct turn *t, int err)
{
	t->allocated = false;
	tmr_cancel(&t->tmr);
	t->h.state(t, err, t->arg);
}

static void take_lifetime(struct turn *t, const struct stun_msg *msg)
{
	const struct stun_attr *a = stun_msg_attr(msg, STUN_ATTR_LIFETIME);

	if (a)
		t->lifetime = a->v.lifetime;
}

/** What the server says to a request for the allocation.
 *  @param again  asks once more, now that it is known how
 *  @return true if it is granted; else that is done, or it has failed */
static bool granted(struct turn *t, const struct stun_msg *msg,
		    int (*again)(struct turn *t))
{
	int err = ETIMEDOUT;

	if (msg && !answer_code(msg))
		return true;
	if (msg)
		err = challenged(t, msg, &t->rounds);
	if (!err)
		err = again(t);
	if (err)
		failed(t, err);
	return false;
}

static void on_allocated(const struct stun_msg *msg, const struct sa *source,
			 void *arg)
{
	const struct stun_attr *relayed, *mapped;
	struct turn *t = arg;
	(void)source;

	if (!granted(t, msg, allocate))
		return;
	relayed = stun_msg_attr(msg, STUN_ATTR_XOR_RELAY_ADDR);
	mapped = stun_msg_attr(msg, STUN_ATTR_XOR_MAPPED_ADDR);
	if (!relayed || !sa_isset(&relayed->v.sa, SA_ALL)) {
		failed(t, EPROTO);
		return;
	}
	t->relayed = relayed->v.sa;
	if (mapped)
		t->mapped = mapped->v.sa;
	t->allocated = true;
	take_lifetime(t, msg);
	renew_later(t);
	t->h.state(t, 0, t->arg);
}

static int allocate(struct turn *t)
{
	struct request_prm prm = request_prm(t, STUN_METHOD_ALLOCATE);
	const uint8_t proto = IPPROTO_UDP;
	const uint32_t lifetime = LIFETIME_S;

	prm.done = on_allocated;
	prm.arg = t;
	return request_send(&t->request, &t->requests, &prm, 5,
			    STUN_ATTR_REQ_TRANSPORT, &proto, STUN_ATTR_LIFETIME,
			    &lifetime, STUN_ATTR_USERNAME,
			    t->keyed ? t->user : NULL, STUN_ATTR_REALM,
			    t->keyed ? t->realm : NULL, STUN_ATTR_NONCE,
			    t->keyed ? t->nonce : NULL);
}

static int refresh(struct turn *t, uint32_t lifetime, request_done_h *done)
{
	struct request_prm prm = request_prm(t, STUN_METHOD_REFRESH);

	prm.done = done;
	prm.arg = t;
	t->request = mem_deref(t->request);
	return request_send(&t->request, &t->requests, &prm, 4,
			    STUN_ATTR_LIFETIME, &lifetime, STUN_ATTR_USERNAME,
			    t->keyed ? t->user : NULL, STUN_ATTR_REALM,
			    t->keyed ? t->realm : NULL, STUN_ATTR_NONCE,
			    t->keyed ? t->nonce : NULL);
}

static void on_refreshed(const struct stun_msg *msg, const struct sa *source,
			 void *arg)
{
	struct turn *t = arg;
	(void)source;

	if (!granted(t, msg, keep))
		return;
	take_lifetime(t, msg);
	renew_later(t);
}

static int keep(struct turn *t)
{
	return refresh(t, LIFETIME_S, on_refreshed);
}

static void renew(void *arg)
{
	struct turn *t = arg;

	t->rounds = 0;
	if (keep(t)) {
		failed(t, ENOMEM);
		return;
	}
	for (size_t i = 0; i < t->n_channels; i++) {
		struct channel *c = &t->channels[i];

		c->rounds = 0;
		if (c->bound && !c->request)
			(void)bind_channel(c);
	}
}

/* --- channels ------------------------------------------------------------ */

static void tell_bound(struct channel *c, int err)
{
	struct turn *t = c->t;
	const struct sa peer = c->peer;

	t->h.bound(t, &peer, err, t->arg);
}

static void on_bound(const struct stun_msg *msg, const struct sa *source,
		     void *arg)
{
	struct channel *c = arg;
	bool was = c->bound;
	int err = ETIMEDOUT;
	(void)source;

	if (msg && answer_code(msg)) {
		err = challenged(c->t, msg, &c->rounds);
		if (!err)
			err = bind_channel(c);
		if (!err)
			return;
	} else if (msg) {
		err = 0;
	}
	c->bound = !err;
	c->refused = err != 0;
	if (err || !was)
		tell_bound(c, err);
}

static int bind_channel(struct channel *c)
{
	struct turn *t = c->t;
	struct request_prm prm = request_prm(t, STUN_METHOD_CHANBIND);

	prm.send = channel_to_server;
	prm.done = on_bound;
	prm.arg = c;
	return request_send(&c->request, &t->requests, &prm, 5,
			    STUN_ATTR_CHANNEL_NUMBER, &c->number,
			    STUN_ATTR_XOR_PEER_ADDR, &c->peer,
			    STUN_ATTR_USERNAME, t->user, STUN_ATTR_REALM,
			    t->realm, STUN_ATTR_NONCE, t->nonce);
}

static struct channel *find_channel(const struct turn *t, const struct sa *peer)
{
	for (size_t i = 0; i < t->n_channels; i++) {
		if (sa_cmp(&t->channels[i].peer, peer, SA_ALL))
			return (struct channel *)&t->channels[i];
	}
	return NULL;
}

int turn_bind(struct turn *t, const struct sa *peer)
{
	struct channel *c;

	if (!t || !t->allocated)
		return ENOTCONN;
	c = find_channel(t, peer);
	if (c && (c->bound || c->request))
		return 0;
	if (!c && t->n_channels == CHANNELS_MAX)
		return ENOSPC;
	if (!c) {
		c = &t->channels[t->n_channels];
		c->t = t;
		c->peer = *peer;
		c->number = (uint16_t)(CHANNEL_MIN + t->n_channels++);
	}
	c->rounds = 0;
	return bind_channel(c);
}

uint16_t turn_channel(const struct turn *t, const struct sa *peer)
{
	const struct channel *c = t ? find_channel(t, peer) : NULL;

	return c && c->bound ? c->number : 0;
}

int turn_send(struct turn *t, const struct sa *peer, const uint8_t *p,
	      size_t len)
{
	uint8_t buf[CHANNEL_HEADER + DATAGRAM_MAX + 3];
	uint16_t number = turn_channel(t, peer);
	size_t n = CHANNEL_HEADER + len;

	if (!number || len > DATAGRAM_MAX)
		return ENOTCONN;
	buf[0] = (uint8_t)(number >> 8);
	buf[1] = (uint8_t)number;
	buf[2] = (uint8_t)(len >> 8);
	buf[3] = (uint8_t)len;
	memcpy(buf + CHANNEL_HEADER, p, len);
	/* In a stream of bytes it is filled up (RFC 8656 §12.5). */
	while (t->reliable && n % 4)
		buf[n++] = 0;
	t->h.send(buf, n, t->arg);
	return 0;
}

/* --- what arrives --------------------------------------------------------- */

static void channel_data(struct turn *t, const uint8_t *p, size_t len)
{
	unsigned number = (unsigned)(p[0] << 8 | p[1]);
	size_t n = (size_t)(p[2] << 8 | p[3]);

	if (number < CHANNEL_MIN || number - CHANNEL_MIN >= t->n_channels ||
	    n > len - CHANNEL_HEADER)
		return;
	t->h.data(t, &t->channels[number - CHANNEL_MIN].peer,
		  p + CHANNEL_HEADER, n, t->arg);
}

static void indication(struct turn *t, const struct stun_msg *msg)
{
	const struct stun_attr *peer, *data;

	if (!t->allocated || stun_msg_method(msg) != STUN_METHOD_DATA)
		return;
	peer = stun_msg_attr(msg, STUN_ATTR_XOR_PEER_ADDR);
	data = stun_msg_attr(msg, STUN_ATTR_DATA);
	if (peer && data && t->h.data)
		t->h.data(t, &peer->v.sa, data->v.data.buf + data->v.data.pos,
			  data->v.data.end - data->v.data.pos, t->arg);
}

bool turn_took(struct turn *t, const uint8_t *p, size_t len)
{
	struct stun_unknown_attr unknown;
	struct stun_msg *msg;
	bool ours = true;

	if (len >= CHANNEL_HEADER && p[0] >= 0x40) {
		channel_data(t, p, len);
		return true;
	}
	msg = message_read(p, len, &unknown);
	if (!msg)
		return true;
	if (unknown.typec)
		;
	else if (stun_msg_class(msg) == STUN_CLASS_INDICATION)
		indication(t, msg);
	else
		ours = request_answered(&t->requests, msg, NULL);
	mem_deref(msg);
	return ours;
}

/* --- beginning and end ---------------------------------------------------- */

static void destructor(void *arg)
{
	struct turn *t = arg;

	/* Said once: who does not hear it lets it run out. */
	if (t->allocated)
		(void)refresh(t, 0, NULL);
	tmr_cancel(&t->tmr);
	list_flush(&t->requests);
	free(t->user);
	if (t->password)
		explicit_bzero(t->password, strlen(t->password));
	free(t->password);
	free(t->realm);
	free(t->nonce);
	explicit_bzero(t->key, sizeof(t->key));
}

int turn_alloc(struct turn **tp, const struct ice_server *server, bool reliable,
	       const struct turn_handlers *h, void *arg)
{
	struct turn *t = mem_zalloc(sizeof(*t), destructor);
	int err;

	if (!t)
		return ENOMEM;
	t->h = *h;
	t->arg = arg;
	t->reliable = reliable;
	t->lifetime = LIFETIME_S;
	sa_init(&t->relayed, AF_UNSPEC);
	sa_init(&t->mapped, AF_UNSPEC);
	err = text_set(&t->user, server->user);
	if (!err)
		err = text_set(&t->password, server->password);
	if (!err)
		err = allocate(t);
	if (err)
		mem_deref(t);
	else
		*tp = t;
	return err;
}

const struct sa *turn_relayed(const struct turn *t)
{
	return &t->relayed;
}

const struct sa *turn_mapped(const struct turn *t)
{
	return &t->mapped;
}
