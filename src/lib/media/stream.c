/**
 * @file stream.c  Streams as the loop sees them
 */
#include <stdlib.h>
#include <netinet/in.h>
#include <unistd.h>
#include "media_int.h"

static uint32_t random32(void)
{
	uint32_t v;

	random_bytes(&v, sizeof(v));
	return v;
}

static void lock(struct media_stream *s)
{
	pthread_mutex_lock(&s->m->lock);
}

static void unlock(struct media_stream *s)
{
	pthread_mutex_unlock(&s->m->lock);
}

/* --- beginning and end -------------------------------------------------- */

static void unbridge(struct media_stream *s)
{
	struct media_stream *peer = s->peer;

	if (!peer)
		return;
	peer->peer = NULL;
	s->peer = NULL;
	(void)engine_poll(peer);
	engine_pace_of(peer);
}

int media_stream_move(struct media_stream *s, const struct sa *laddr)
{
	int fd[SOCKETS], was[SOCKETS], err;
	struct sa to;

	if (!s || !laddr || !sa_isset(laddr, SA_ADDR) || s->fd[RTP] < 0)
		return EINVAL;
	if (sa_cmp(laddr, &s->laddr, SA_ADDR))
		return 0;
	err = ports_bind_like(s, laddr, fd, &to);
	if (err)
		return err;
	lock(s);
	engine_unpoll(s);
	memcpy(was, s->fd, sizeof(was));
	memcpy(s->fd, fd, sizeof(fd));
	s->laddr = to;
	way_close(s);
	(void)engine_poll(s);
	unlock(s);
	for (int i = 0; i < SOCKETS; i++)
		close(was[i]);
	return 0;
}

static void close_encoder(struct stream_tx *tx)
{
	if (tx->codec)
		tx->codec->enc_free(tx->enc);
	tx->codec = NULL;
	tx->enc = NULL;
}

static void drop_resampler(SpeexResamplerState **rsp, uint32_t *rate)
{
	if (*rsp)
		speex_resampler_destroy(*rsp);
	*rsp = NULL;
	*rate = 0;
}

static void stream_destructor(void *arg)
{
	struct media_stream *s = arg;
	struct media *m = s->m;

	if (s->gen) {
		lock(s);
		if (s->running && !s->peer)
			stream_report(s, media_now_us(), true);
		unbridge(s);
		mixer_forget(s);
		engine_remove(m, s);
		way_close(s);
		unlock(s);
	}
	for (int i = 0; i < SOCKETS; i++) {
		if (s->fd[i] >= 0)
			close(s->fd[i]);
	}
	stream_rx_reset(&s->rx);
	close_encoder(&s->tx);
	free(s->tx.fmtp);
	secure_reset(&s->secure);
	for (int i = 0; i < 2; i++) {
		player_reset(&s->players[i]);
		mem_deref(s->players[i].clip);
	}
	drop_resampler(&s->rs_in, &s->rs_in_rate);
	drop_resampler(&s->rs_out, &s->rs_out_rate);
	drop_resampler(&s->rs_record, &s->rs_record_rate);
	mem_deref(s->ring);
	mem_deref(m);
}

int media_stream_alloc(struct media_stream **sp, struct media *m,
		       const struct media_stream_prm *prm, media_event_h *h,
		       void *arg)
{
	struct media_stream *s;
	uint8_t id[8];
	int err = 0;

	if (!sp || !m || !prm)
		return EINVAL;
	s = mem_zalloc(sizeof(*s), stream_destructor);
	if (!s)
		return ENOMEM;
	s->m = mem_ref(m);
	s->fd[RTP] = s->fd[RTCP] = -1;
	s->latch = prm->latch;
	s->timeout_ms = prm->timeout_ms;
	s->h = h;
	s->arg = arg;
	s->tx.ssrc = random32();
	s->tx.seq = (uint16_t)(random32() & 0x7fff);
	s->tx.ts = random32();
	/* RFC 7022 §4.2: a name that tells nothing. */
	random_bytes(id, sizeof(id));
	for (int i = 0; i < 8; i++)
		snprintf(s->cname + 2 * i, 3, "%02x", id[i]);
	s->laddr = prm->laddr;
	sa_init(&s->remote[RTP], AF_UNSPEC);
	sa_init(&s->remote[RTCP], AF_UNSPEC);
	sa_init(&s->source[RTP], AF_UNSPEC);
	sa_init(&s->source[RTCP], AF_UNSPEC);
	if (sa_isset(&prm->laddr, SA_ADDR))
		err = ports_bind(s->fd, &s->laddr, prm);
	if (!err)
		err = engine_add(m, s);
	if (err)
		mem_deref(s);
	else
		*sp = s;
	return err;
}

void media_stream_set_handler(struct media_stream *s, media_event_h *h,
			      void *arg)
{
	if (!s)
		return;
	s->h = h;
	s->arg = arg;
}

const struct sa *media_stream_laddr(const struct media_stream *s)
{
	return s ? &s->laddr : NULL;
}

/* --- what it does ------------------------------------------------------- */

void media_stream_set_remote(struct media_stream *s, const struct sa *rtp,
			     const struct sa *rtcp)
{
	struct sa to[SOCKETS];

	if (!s)
		return;
	sa_init(&to[RTP], AF_UNSPEC);
	sa_init(&to[RTCP], AF_UNSPEC);
	if (rtp && sa_isset(rtp, SA_ALL) && !sa_is_any(rtp) &&
	    sa_af(rtp) == sa_af(&s->laddr)) {
		to[RTP] = to[RTCP] = *rtp;
		sa_set_port(&to[RTCP], (uint16_t)(sa_port(rtp) + 1));
		if (rtcp && sa_isset(rtcp, SA_ALL) &&
		    sa_af(rtcp) == sa_af(&s->laddr))
			to[RTCP] = *rtcp;
	}
	lock(s);
	/* There paths say it. */
	for (int i = 0; i < SOCKETS && !s->ways.on; i++) {
		s->remote[i] = to[i];
		s->latched[i] = false;
		sa_init(&s->source[i], AF_UNSPEC);
	}
	unlock(s);
}

/* What is understood: by the payload types of the formats. */
static void set_rx_formats(struct stream_rx *rx, const struct list *formats)
{
	struct le *le;

	rx->n_formats = 0;
	for (le = list_head(formats); le; le = le->next) {
		const struct media_format *f = le->data;
		const struct codec *c =
			codec_find(f->name, f->rate, f->channels);

		if ((!c && !event_is_format(f)) || rx->n_formats == RX_FORMATS)
			continue;
		rx->formats[rx->n_formats].codec = c;
		rx->formats[rx->n_formats].rate = f->rate;
		rx->formats[rx->n_formats++].pt = f->pt;
	}
}

static void map_formats(struct pt_map *map, const struct list *formats)
{
	struct le *le;

	map->count = 0;
	for (le = list_head(formats); le; le = le->next) {
		const struct media_format *f = le->data;

		if (map->count == RX_FORMATS)
			break;
		map->row[map->count].format =
			hash_joaat_ci(f->name, strlen(f->name)) ^ f->rate ^
			(uint32_t)f->channels << 24;
		map->row[map->count++].pt = f->pt;
	}
}

static int open_encoder(struct media_stream *s, const struct codec *c,
			uint8_t pt, const char *fmtp)
{
	uint32_t rate = c->pcm_rate(s->has_audio ? s->audio.rate : 0);
	struct stream_tx *tx = &s->tx;
	void *enc;
	int err;

	err = text_set(&tx->fmtp, fmtp);
	if (err)
		return err;
	tx->pt = pt;
	if (tx->codec == c && tx->rate == rate) {
		if (c->set_fmtp)
			c->set_fmtp(tx->enc, tx->fmtp);
		return 0;
	}
	err = c->enc_alloc(&enc, rate);
	if (err)
		return err;
	close_encoder(tx);
	tx->codec = c;
	tx->enc = enc;
	tx->rate = rate;
	tx->talking = false;
	tx->loss_told = 0;
	if (c->set_fmtp)
		c->set_fmtp(enc, tx->fmtp);
	return 0;
}

/* What was not heard before this does not count: who was on hold sends
 * nothing, and who comes back gets the whole time. */
static void listen_anew(struct media_stream *s)
{
	s->rx.last_us = media_now_us();
	s->rx.timed_out = false;
}

/* Those of the clock of what is sent; what waits goes on if they stay. */
static void set_tx_events(struct stream_tx *tx, const struct list *formats)
{
	struct le *le;

	for (le = list_head(formats); le && tx->codec; le = le->next) {
		const struct media_format *f = le->data;

		if (f->rate != tx->codec->clock || !event_is_format(f))
			continue;
		if (tx->events.rate != f->rate)
			event_tx_reset(&tx->events);
		tx->events.rate = f->rate;
		tx->events.pt = f->pt;
		return;
	}
	event_tx_reset(&tx->events);
}

int media_stream_start(struct media_stream *s, const struct list *formats,
		       bool send, bool receive)
{
	const struct media_format *f = NULL;
	const struct codec *c = NULL;
	struct le *le;
	int err = 0;

	if (!s)
		return EINVAL;
	for (le = list_head(formats); le && !c; le = le->next) {
		f = le->data;
		c = codec_find(f->name, f->rate, f->channels);
	}

	lock(s);
	set_rx_formats(&s->rx, formats);
	map_formats(&s->sends, formats);
	map_formats(&s->takes, formats);
	if (c)
		err = open_encoder(s, c, f->pt, f->fmtp);
	else
		close_encoder(&s->tx);
	if (!err) {
		set_tx_events(&s->tx, formats);
		listen_anew(s);
		s->running = true;
		s->send = send;
		s->receive = receive;
		err = engine_poll(s);
		if (!err && s->peer)
			err = engine_poll(s->peer);
		engine_pace_of(s);
		engine_kick(s);
	}
	unlock(s);
	return err ? err : c ? 0 : ENOTSUP;
}

void media_stream_set_local_formats(struct media_stream *s,
				    const struct list *formats)
{
	if (!s)
		return;
	lock(s);
	set_rx_formats(&s->rx, formats);
	map_formats(&s->takes, formats);
	unlock(s);
}

void media_stream_set_direction(struct media_stream *s, bool send, bool receive)
{
	if (!s)
		return;
	lock(s);
	if (receive && !s->receive)
		listen_anew(s);
	s->send = send;
	s->receive = receive;
	engine_pace_of(s);
	unlock(s);
}

void media_stream_stop(struct media_stream *s)
{
	if (!s)
		return;
	lock(s);
	if (s->running && !s->peer)
		stream_report(s, media_now_us(), true);
	s->running = false;
	(void)engine_poll(s);
	if (s->peer)
		(void)engine_poll(s->peer);
	stream_rx_reset(&s->rx);
	s->tx.events.n = 0;
	engine_pace_of(s);
	unlock(s);
}

const char *media_stream_codec(const struct media_stream *s)
{
	/* Only the loop changes it. */
	return s && s->tx.codec ? s->tx.codec->name : NULL;
}

int media_stream_set_audio(struct media_stream *s,
			   const struct media_audio *audio)
{
	int err = 0;

	if (!s)
		return EINVAL;
	if (audio && (audio->rate < 8000 || audio->rate > PCM_RATE_MAX ||
		      audio->rate % 50))
		return EINVAL;
	lock(s);
	s->has_audio = audio != NULL;
	s->echo = false;
	if (audio)
		s->audio = *audio;
	else
		memset(&s->audio, 0, sizeof(s->audio));
	if (audio && s->tx.codec)
		err = open_encoder(s, s->tx.codec, s->tx.pt, s->tx.fmtp);
	engine_pace_of(s);
	engine_kick(s);
	unlock(s);
	return err;
}

int media_stream_bridge(struct media_stream *a, struct media_stream *b)
{
	if (!a || a == b || (b && b->m != a->m) || a->mixer || (b && b->mixer))
		return EINVAL;
	lock(a);
	unbridge(a);
	if (b) {
		unbridge(b);
		a->peer = b;
		b->peer = a;
		stream_rx_reset(&a->rx);
		stream_rx_reset(&b->rx);
		(void)engine_poll(b);
	}
	(void)engine_poll(a);
	engine_pace_of(a);
	unlock(a);
	return 0;
}

int media_stream_echo(struct media_stream *s)
{
	int err;

	if (!s)
		return EINVAL;
	err = media_stream_set_audio(s, NULL);
	lock(s);
	s->echo = true;
	engine_pace_of(s);
	engine_kick(s);
	unlock(s);
	return err;
}

static int play(struct media_stream *s, enum media_side side,
		enum media_tone tone, struct media_clip *clip, unsigned times)
{
	struct media_clip *old;
	struct player *p;

	if (!s || (side != MEDIA_REMOTE && side != MEDIA_LOCAL))
		return EINVAL;
	p = &s->players[side];
	mem_ref(clip);
	lock(s);
	old = p->clip;
	player_reset(p);
	p->clip = clip;
	p->times = times;
	media_tone_init(&p->tone, tone, 0);
	p->active = clip ? clip->n > 0 : tone != MEDIA_TONE_NONE;
	s->pending &=
		~(1u << (side == MEDIA_REMOTE ? MEDIA_EVENT_PLAYED
					      : MEDIA_EVENT_PLAYED_LOCAL));
	if (clip && !p->active)
		stream_event(s, side == MEDIA_REMOTE
					? MEDIA_EVENT_PLAYED
					: MEDIA_EVENT_PLAYED_LOCAL);
	engine_pace_of(s);
	engine_kick(s);
	unlock(s);
	mem_deref(old);
	return 0;
}

int media_stream_play_tone(struct media_stream *s, enum media_side side,
			   enum media_tone tone)
{
	if (tone < MEDIA_TONE_NONE || tone >= MEDIA_TONES)
		return EINVAL;
	return play(s, side, tone, NULL, 0);
}

int media_stream_play_clip(struct media_stream *s, enum media_side side,
			   struct media_clip *clip, unsigned times)
{
	return clip ? play(s, side, MEDIA_TONE_NONE, clip, times) : EINVAL;
}

void media_stream_play_stop(struct media_stream *s, enum media_side side)
{
	(void)play(s, side, MEDIA_TONE_NONE, NULL, 0);
}

int media_stream_record(struct media_stream *s, struct media_ring *ring)
{
	struct media_ring *old;

	if (!s)
		return EINVAL;
	mem_ref(ring);
	lock(s);
	old = s->ring;
	s->ring = ring;
	engine_pace_of(s);
	unlock(s);
	mem_deref(old);
	return 0;
}

void media_stream_mute(struct media_stream *s, bool muted)
{
	if (!s)
		return;
	lock(s);
	s->muted = muted;
	unlock(s);
}
