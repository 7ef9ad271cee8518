/**
 * @file secure.c  A stream's encryption: keys by SDES or DTLS, or none
 *
 * Once keys are wanted nothing leaves in the clear and nothing that is not
 * genuine comes in, whether the keys are there yet or not.
 */
#include <stdlib.h>
#include <netinet/in.h>
#include "media_int.h"

/* --- what is in use ----------------------------------------------------- */

static void drop_keys(struct secure *c)
{
	for (int i = 0; i < SOCKETS; i++) {
		dtls_free(c->dtls[i]);
		crypt_free(c->tx[i]);
		crypt_free(c->rx[i]);
		c->dtls[i] = NULL;
		c->tx[i] = c->rx[i] = NULL;
		c->state[i] = DTLS_TRYING;
	}
	free(c->fingerprint);
	c->fingerprint = NULL;
	explicit_bzero(c->key_tx, sizeof(c->key_tx));
	explicit_bzero(c->key_rx, sizeof(c->key_rx));
}

void secure_reset(struct secure *c)
{
	drop_keys(c);
	c->keys = MEDIA_KEYS_NONE;
}

int secure_set(struct media_stream *s, int which, enum media_suite suite,
	       const uint8_t *tx, const uint8_t *rx)
{
	struct secure *c = &s->secure;
	struct crypt *to = NULL, *from = NULL;
	int err = crypt_alloc(&to, suite, tx);

	if (!err)
		err = crypt_alloc(&from, suite, rx);
	if (err) {
		crypt_free(to);
		return err;
	}
	c->suite = suite;
	crypt_free(c->tx[which]);
	crypt_free(c->rx[which]);
	c->tx[which] = to;
	c->rx[which] = from;
	return 0;
}

/* One whose key stays goes on counting: begun anew it would use numbers
 * twice, and know nothing of how often they have come round. */
static int set_way(struct crypt *way[SOCKETS], uint8_t *is, bool known,
		   enum media_suite suite, const uint8_t *key)
{
	size_t n = media_suite_key_len(suite);
	int err = 0;

	if (known && way[RTCP] && !memcmp(is, key, n))
		return 0;
	memcpy(is, key, n);
	for (int i = 0; i < SOCKETS && !err; i++) {
		crypt_free(way[i]);
		way[i] = NULL;
		err = crypt_alloc(&way[i], suite, key);
	}
	return err;
}

int media_stream_set_keys(struct media_stream *s, enum media_suite suite,
			  const uint8_t *tx, const uint8_t *rx)
{
	struct secure *c;
	bool known;
	int err;

	if (!s || !media_suite_key_len(suite) || !tx || !rx)
		return EINVAL;
	c = &s->secure;
	pthread_mutex_lock(&s->m->lock);
	known = c->keys == MEDIA_KEYS_SDES && c->suite == suite;
	if (!known)
		drop_keys(c);
	c->keys = MEDIA_KEYS_SDES;
	c->suite = suite;
	err = set_way(c->tx, c->key_tx, known, suite, tx);
	if (!err)
		err = set_way(c->rx, c->key_rx, known, suite, rx);
	if (err)
		drop_keys(c);
	pthread_mutex_unlock(&s->m->lock);
	return err;
}

int media_stream_set_dtls(struct media_stream *s, bool client,
			  const char *fingerprint)
{
	struct secure *c;
	int err = 0;

	if (!s || !media_is_fingerprint(fingerprint))
		return EINVAL;
	c = &s->secure;
	pthread_mutex_lock(&s->m->lock);
	if (c->keys == MEDIA_KEYS_DTLS && c->client == client &&
	    text_equal(c->fingerprint, fingerprint) &&
	    s->ways.mux == !c->dtls[RTCP] &&
	    /* the ways of ICE all lead to the same */
	    (s->ways.on || sa_cmp(&c->peer, &s->remote[RTP], SA_ALL)))
		goto out;
	drop_keys(c);
	c->keys = MEDIA_KEYS_DTLS;
	c->client = client;
	c->peer = s->remote[RTP];
	err = text_set(&c->fingerprint, fingerprint);
	/* Where they share a port there is one association (RFC 5764 §5.1.2) */
	for (int i = 0; i < (s->ways.mux ? RTCP : SOCKETS) && !err; i++)
		err = dtls_alloc(&c->dtls[i], s, i, client, c->fingerprint);
	if (err)
		drop_keys(c);
	engine_pace_of(s);
	engine_kick(s);
out:
	pthread_mutex_unlock(&s->m->lock);
	return err;
}

void media_stream_set_clear(struct media_stream *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->m->lock);
	secure_reset(&s->secure);
	pthread_mutex_unlock(&s->m->lock);
}

bool secure_is_ready(const struct secure *c)
{
	return c->keys != MEDIA_KEYS_NONE && c->tx[RTP] && c->rx[RTP];
}

/* --- DTLS --------------------------------------------------------------- */

static void note(struct media_stream *s, int which, enum dtls_state before,
		 enum dtls_state now)
{
	if (before == now || which != RTP)
		return;
	stream_event(s, now == DTLS_DONE ? MEDIA_EVENT_SECURED
					 : MEDIA_EVENT_INSECURE);
	engine_pace_of(s);
}

bool secure_is_trying(const struct secure *c)
{
	for (int i = 0; i < SOCKETS; i++) {
		if (c->dtls[i] && c->state[i] == DTLS_TRYING)
			return true;
	}
	return false;
}

static void set_state(struct media_stream *s, int which, enum dtls_state now)
{
	enum dtls_state before = s->secure.state[which];

	s->secure.state[which] = now;
	note(s, which, before, now);
}

void secure_tick(struct media_stream *s, uint64_t now_us)
{
	for (int i = 0; i < SOCKETS; i++) {
		if (s->secure.dtls[i] && s->polled &&
		    sa_isset(&s->remote[i], SA_ALL))
			set_state(s, i, dtls_tick(s->secure.dtls[i], now_us));
	}
}

/* RFC 5764 §5.1.2: told apart by the first byte. */
bool secure_is_dtls(const uint8_t *buf, size_t len)
{
	return len && buf[0] >= 20 && buf[0] <= 63;
}

void secure_take(struct media_stream *s, int which, const uint8_t *buf,
		 size_t len)
{
	if (s->secure.dtls[which])
		set_state(s, which, dtls_take(s->secure.dtls[which], buf, len));
}

/* --- packets ------------------------------------------------------------ */

void stream_put_raw(struct media_stream *s, int which, const uint8_t *buf,
		    size_t len)
{
	way_send(s, which, buf, len);
}

void stream_put(struct media_stream *s, int which, uint8_t *buf, size_t len,
		size_t max)
{
	struct secure *c = &s->secure;

	if (c->keys != MEDIA_KEYS_NONE &&
	    (!c->tx[which] ||
	     (which == RTP ? crypt_seal_rtp(c->tx[which], buf, &len, max)
			   : crypt_seal_rtcp(c->tx[which], buf, &len, max))))
		return;
	stream_put_raw(s, which, buf, len);
}

bool secure_open(struct media_stream *s, int which, uint8_t *buf, size_t *len)
{
	struct secure *c = &s->secure;
	int err;

	if (c->keys == MEDIA_KEYS_NONE)
		return true;
	err = !c->rx[which]  ? ENOKEY
	      : which == RTP ? crypt_open_rtp(c->rx[which], buf, len)
			     : crypt_open_rtcp(c->rx[which], buf, len);
	/* One that came twice is genuine. */
	if (err && err != EALREADY && err != ENOKEY)
		c->forged++;
	return !err;
}
