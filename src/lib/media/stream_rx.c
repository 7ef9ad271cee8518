/**
 * @file stream_rx.c  What arrives: taken in, relayed, played out
 */
#include <stdlib.h>
#include <netinet/in.h>
#include "media_int.h"

enum {
	/** Packets taken from a socket before others have their turn. */
	BURST = 32,
	/** What came before we listened counts only if it came just now. */
	OLD_US = 100000,
	/** So long nothing, and another may speak. */
	SILENT_US = 3000000,
	/** What is left of a frame, a packet, and a period said twice. */
	FIFO_MAX = PACKET_SAMPLES_MAX + 2 * FRAME_MAX,
	/** If there is so much to do, it may be heard a little. */
	URGENT_MS = 80,
	/** From what was heard by one codec to what is by another. */
	SEAM_MS = 5,
};

/** So alike must two periods be to stand for one. */
static const float ALIKE = 0.7f, ALIKE_URGENT = 0.3f;

void stream_event(struct media_stream *s, enum media_event ev)
{
	s->pending |= 1u << ev;
	engine_note(s->m);
}

static void close_decoder(struct stream_rx *rx)
{
	if (rx->codec)
		rx->codec->dec_free(rx->dec);
	rx->codec = NULL;
	rx->dec = NULL;
	rx->fifo_len = 0;
}

void stream_rx_reset(struct stream_rx *rx)
{
	close_decoder(rx);
	if (rx->jbuf.clock)
		jbuf_flush(&rx->jbuf);
	free(rx->fifo);
	rx->fifo = NULL;
	rx->last_samples = 0;
	rx->seam = false;
	rx->last_out = 0;
}

/* --- relay -------------------------------------------------------------- */

static bool format_of(const struct pt_map *map, uint8_t pt, uint32_t *format)
{
	for (unsigned i = 0; i < map->count; i++) {
		if (map->row[i].pt != pt)
			continue;
		*format = map->row[i].format;
		return true;
	}
	return false;
}

/* The type under which the other side knows what this one sends: each leg may
 * have numbers of its own (RFC 3264 §6.1). What nobody has agreed on stays as
 * it is. */
static uint8_t type_for(const struct media_stream *to,
			const struct media_stream *from, uint8_t pt)
{
	uint32_t format;

	/* Many send with the number that they have answered with. */
	if (!format_of(&from->takes, pt, &format) &&
	    !format_of(&from->sends, pt, &format))
		return pt;
	for (unsigned i = 0; i < to->sends.count; i++) {
		if (to->sends.row[i].format == format)
			return to->sends.row[i].pt;
	}
	return pt;
}

/* True if this packet has gone on to the stream it is bridged with. */
static bool relay(struct media_stream *s, const struct rtp_packet *p,
		  const uint8_t *buf, size_t len, uint64_t now_us)
{
	struct media_stream *to = s->peer;
	struct rtp_packet out;

	if (!to)
		return false;
	if (!to->running || !to->send || !sa_isset(&to->remote[RTP], SA_ALL))
		return true;
	/* What is played goes first. */
	if (to->players[MEDIA_REMOTE].active || to->tx.events.n)
		return true;
	out = *p;
	out.pt = type_for(to, s, p->pt);
	stream_send_on(to, &out, buf, len, now_us);
	return true;
}

/* --- taking in ---------------------------------------------------------- */

/* Clock of the telephone events that have this payload type; 0: none. */
static uint32_t events_of(const struct stream_rx *rx, uint8_t pt)
{
	for (unsigned i = 0; i < rx->n_formats; i++) {
		if (rx->formats[i].pt == pt && !rx->formats[i].codec)
			return rx->formats[i].rate;
	}
	return 0;
}

static const struct codec *codec_of(const struct stream_rx *rx, uint8_t pt)
{
	for (unsigned i = 0; i < rx->n_formats; i++) {
		if (rx->formats[i].pt == pt)
			return rx->formats[i].codec;
	}
	return NULL;
}

/*
 * May this come from there? Behind NAT the first one decides, once. Else it
 * should come from the address in the SDP; but a host with several sends from
 * another one, so who speaks first is heard, and after that nobody else,
 * unless it is the right one or the first has fallen silent.
 */
static bool check_source(struct media_stream *s, int which,
			 const struct sa *src, uint64_t now_us)
{
	if (s->ways.on)
		return way_expects(s, src);
	if (s->latch && !s->latched[which]) {
		s->latched[which] = true;
		s->remote[which] = *src;
		return true;
	}
	if (s->latch)
		return sa_cmp(&s->remote[which], src, SA_ALL);

	if (sa_cmp(&s->remote[which], src, SA_ADDR) ||
	    !sa_isset(&s->source[which], SA_ADDR) ||
	    now_us - s->source_us[which] > SILENT_US)
		s->source[which] = *src;
	else if (!sa_cmp(&s->source[which], src, SA_ADDR))
		return false;
	s->source_us[which] = now_us;
	return true;
}

static void heard(struct media_stream *s, uint64_t now_us)
{
	struct stream_rx *rx = &s->rx;

	if (!rx->packets)
		stream_event(s, MEDIA_EVENT_FIRST);
	if (rx->timed_out) {
		rx->timed_out = false;
		stream_event(s, MEDIA_EVENT_RETURNED);
	}
	rx->last_us = now_us;
}

static bool wanted(const struct media_stream *s)
{
	return s->receive && (s->audio.write || s->echo || s->ring || s->mixer);
}

static void take_rtp(struct media_stream *s, const uint8_t *buf, size_t len,
		     const struct sa *src, uint64_t now_us)
{
	struct stream_rx *rx = &s->rx;
	const struct codec *c;
	struct rtp_packet p;
	uint32_t events;

	if (rtp_parse(&p, buf, len))
		return;
	c = codec_of(rx, p.pt);
	events = events_of(rx, p.pt);
	if (!c && !events && !s->peer)
		return;
	if (!check_source(s, RTP, src, now_us))
		return;
	if (!rx->source.known || rx->source.ssrc != p.ssrc) {
		rtp_source_init(&rx->source, p.ssrc, p.seq);
		if (rx->jbuf.clock)
			jbuf_flush(&rx->jbuf);
	}
	/* The stamp of an event stands still: that is no jitter. */
	rtp_source_update(&rx->source, &p,
			  c	   ? c->clock
			  : events ? 0
				   : 8000,
			  now_us);
	heard(s, now_us);
	rx->packets++;
	rx->bytes += p.len;
	if (events && s->receive)
		event_take(s, &p, events);
	if (!s->receive || relay(s, &p, buf, len, now_us) || !c || !wanted(s))
		return;
	if (!rx->jbuf.clock)
		jbuf_init(&rx->jbuf, c->clock);
	else if (rx->jbuf.clock != c->clock)
		jbuf_set_clock(&rx->jbuf, c->clock);
	(void)jbuf_put(&rx->jbuf, p.seq, p.ts, p.pt, p.payload, p.len, now_us);
}

static void take_rtcp(struct media_stream *s, const uint8_t *buf, size_t len,
		      const struct sa *src, uint64_t now_us)
{
	struct rtp_source source = s->rx.source;
	struct rtcp_in in;

	/* Only what is a report decides who is heard from now on. */
	if (rtcp_read(&in, buf, len, s->tx.ssrc, &source, now_us) ||
	    !check_source(s, RTCP, src, now_us))
		return;
	s->rx.source = source;
	if (!in.report)
		return;
	if (!in.round_trip_us)
		in.round_trip_us = s->report.round_trip_us;
	s->report = in;
}

/* How long has this packet waited in its socket? */
static uint64_t age_us(struct msghdr *mh)
{
	struct timespec sent, now;
	int64_t us;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c; c = CMSG_NXTHDR(mh, c)) {
		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&sent, CMSG_DATA(c), sizeof(sent));
		clock_gettime(CLOCK_REALTIME, &now);
		us = (int64_t)(now.tv_sec - sent.tv_sec) * 1000000 +
		     (now.tv_nsec - sent.tv_nsec) / 1000;
		return us > 0 ? (uint64_t)us : 0;
	}
	return 0;
}

void stream_take(struct media_stream *s, int which, uint8_t *buf, size_t len,
		 const struct sa *src, uint64_t now_us)
{
	if (s->secure.dtls[which] && secure_is_dtls(buf, len)) {
		if (check_source(s, which, src, now_us))
			secure_take(s, which, buf, len);
		return;
	}
	if (s->ways.mux && which == RTP && rtp_is_rtcp(buf, len))
		which = RTCP;
	if (!secure_open(s, which, buf, &len))
		return;
	if (which == RTP)
		take_rtp(s, buf, len, src, now_us);
	else
		take_rtcp(s, buf, len, src, now_us);
}

void stream_receive(struct media_stream *s, unsigned socket, uint64_t now_us)
{
	const int which = socket & 1;
	uint8_t buf[RTP_PACKET_MAX];
	char control[CMSG_SPACE(sizeof(struct timespec))];

	for (int i = 0; i < BURST && s->polled; i++) {
		struct sa src;
		struct iovec iov = {buf, sizeof(buf)};
		struct msghdr mh = {
			.msg_name = &src.u,
			.msg_namelen = sizeof(src.u),
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t n;
		size_t len;

		memset(&src, 0, sizeof(src));
		n = recvmsg(way_fd(s, socket), &mh, MSG_DONTWAIT);
		if (n < 0) {
			s->settling = s->settling && which != RTP;
			return;
		}
		src.len = mh.msg_namelen;
		len = (size_t)n;
		if (mh.msg_flags & MSG_TRUNC ||
		    (s->ways.on && way_take(s, socket, &src, buf, &len)))
			continue;
		if (!s->running || (s->settling && age_us(&mh) > OLD_US))
			continue;
		stream_take(s, which, buf, len, &src, now_us);
	}
}

/* --- playing out -------------------------------------------------------- */

static int open_decoder(struct stream_rx *rx, uint8_t pt, uint32_t wanted_rate)
{
	const struct codec *c = codec_of(rx, pt);
	uint32_t rate;
	size_t left;

	if (!c)
		return ENOTSUP;
	rate = c->pcm_rate(wanted_rate);
	if (rx->codec == c && rx->rate == rate && rx->fifo)
		return 0;
	/* What is left of the other codec's is heard first, if it can be. */
	left = rx->codec && rx->rate == rate ? rx->fifo_len : 0;
	rx->seam = rx->codec && !left;
	close_decoder(rx);
	if (!rx->fifo)
		rx->fifo = malloc(FIFO_MAX * sizeof(int16_t));
	if (!rx->fifo || c->dec_alloc(&rx->dec, rate))
		return ENOMEM;
	rx->codec = c;
	rx->rate = rate;
	rx->fifo_len = left;
	return 0;
}

/* Let what waits wait shorter or longer, where that is not heard. */
static void adjust(struct stream_rx *rx)
{
	double ms = jbuf_surplus(&rx->jbuf);
	float least = ms > URGENT_MS || ms < -URGENT_MS ? ALIKE_URGENT : ALIKE;
	size_t n = rx->fifo_len;

	if (ms > 0)
		rx->fifo_len = stretch_shorten(rx->fifo, n, rx->rate, least);
	else if (ms < 0)
		rx->fifo_len = stretch_lengthen(rx->fifo, n, FIFO_MAX, rx->rate,
						least);
	if (rx->fifo_len == n)
		return;
	jbuf_adjusted(&rx->jbuf);
	rx->stretched += rx->fifo_len > n ? rx->fifo_len - n : 0;
	rx->shortened += n > rx->fifo_len ? n - rx->fifo_len : 0;
}

/* Each codec begins where it likes: a step would be a click. */
static void sew(int16_t *pcm, size_t n, uint32_t rate, int16_t last)
{
	int len = (int)(rate / 1000 * SEAM_MS), step = n ? last - pcm[0] : 0;

	for (int i = 0; i < len && (size_t)i < n; i++) {
		int v = pcm[i] + step * (len - i) / len;

		pcm[i] = (int16_t)(v > INT16_MAX   ? INT16_MAX
				   : v < INT16_MIN ? INT16_MIN
						   : v);
	}
}

/* @return samples that are left of these */
static int begin_anew(struct stream_rx *rx, int16_t *pcm, int n)
{
	int lead = (int)((uint64_t)rx->codec->lead_us * rx->rate / 1000000);

	if (lead > 0 && lead < n) {
		n -= lead;
		memmove(pcm, pcm + lead, (size_t)n * sizeof(*pcm));
	}
	if (rx->fifo_len)
		sew(pcm, (size_t)n, rx->rate, rx->fifo[rx->fifo_len - 1]);
	return n;
}

static void decode(struct media_stream *s, struct jbuf_packet *pkt,
		   uint32_t wanted_rate)
{
	struct stream_rx *rx = &s->rx;
	const struct codec *before = rx->codec;
	int16_t *at;
	int n;

	if (open_decoder(rx, pkt->pt, wanted_rate) || !rx->codec)
		return;
	at = rx->fifo + rx->fifo_len;
	n = rx->codec->decode(rx->dec, at, PACKET_SAMPLES_MAX, pkt->data,
			      pkt->len);
	if (n <= 0)
		return;
	if (before && before != rx->codec)
		n = begin_anew(rx, at, n);
	rx->last_samples = (size_t)n;
	rx->fifo_len += (size_t)n;
	adjust(rx);
}

static void conceal(struct stream_rx *rx, size_t n,
		    const struct jbuf_packet *next)
{
	int16_t *at = rx->fifo + rx->fifo_len;
	int made = -1;

	if (next && codec_of(rx, next->pt) != rx->codec)
		next = NULL;
	if (rx->codec)
		made = rx->codec->conceal(rx->dec, at, n,
					  next ? next->data : NULL,
					  next ? next->len : 0);
	if (made <= 0) {
		memset(at, 0, n * sizeof(*at));
		made = (int)n;
	}
	rx->fifo_len += (size_t)made;
	rx->concealed++;
}

/* n samples at the decoder's own rate. @return false if there is nothing */
static bool pull(struct media_stream *s, size_t n, uint32_t wanted_rate,
		 uint64_t now_us)
{
	struct stream_rx *rx = &s->rx;

	while (!rx->codec || rx->fifo_len < n) {
		const struct jbuf_packet *next = NULL;
		double held =
			rx->rate ? (double)rx->fifo_len * 1000 / rx->rate : 0;
		struct jbuf_packet pkt;
		size_t had = rx->fifo_len;

		switch (jbuf_get(&rx->jbuf, now_us, held, &pkt, &next)) {
		case JBUF_PACKET:
			decode(s, &pkt, wanted_rate);
			jbuf_release(&pkt);
			if (rx->codec)
				n = rx->rate / 50;
			/* A packet that can't be decoded is a lost one. */
			if (rx->codec && rx->fifo_len == had)
				conceal(rx, n, NULL);
			break;
		case JBUF_LOST:
			if (!rx->codec)
				return false;
			conceal(rx, rx->last_samples ? rx->last_samples : n,
				next);
			break;
		case JBUF_EMPTY:
			if (!rx->codec || !rx->jbuf.playing)
				return false;
			/* A whole one: opus makes up no fractions. */
			conceal(rx, n, NULL);
			break;
		}
	}
	return true;
}

bool stream_playout(struct media_stream *s, int16_t *pcm, size_t n,
		    uint32_t rate, uint64_t now_us)
{
	struct stream_rx *rx = &s->rx;
	size_t have;

	if (!rx->jbuf.clock || !pull(s, rx->rate / 50, rate, now_us)) {
		/* What is left of the last packet. */
		memset(pcm, 0, n * sizeof(*pcm));
		rx->fifo_len = 0;
		rx->last_out = 0;
		rx->level = -96;
		return false;
	}
	have = rx->rate / 50;
	rx->level = media_level(rx->fifo, have);
	stream_resample(&s->rs_out, &s->rs_out_rate, rx->fifo, have, rx->rate,
			pcm, n, rate);
	if (rx->seam)
		sew(pcm, n, rate, rx->last_out);
	rx->seam = false;
	rx->last_out = n ? pcm[n - 1] : 0;
	rx->fifo_len -= have;
	memmove(rx->fifo, rx->fifo + have, rx->fifo_len * sizeof(*rx->fifo));
	return true;
}
