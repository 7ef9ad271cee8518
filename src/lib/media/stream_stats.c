/**
 * @file stream_stats.c  What a stream has seen, and how it sounds
 */
#include "media_int.h"

enum { PACKETS_MIN = 50 /**< before anything is said of how it sounds */ };

/* What a second brings says something; half of a round trip is one way, and a
 * frame is made before it is sent. */
static void estimate(struct media_stats *st)
{
	uint64_t lost = st->rx_lost + st->rx_late;
	uint64_t all = st->rx_lost + st->rx_packets;

	if (!all)
		return;
	st->rx_loss = lost < all ? 100.0 * (double)lost / (double)all : 100;
	if (all >= PACKETS_MIN)
		st->mos = quality_mos((double)st->round_trip / 2000 +
					      (double)st->buffer / 1000 +
					      MEDIA_FRAME_MS,
				      st->rx_loss);
}

void media_stream_stats(const struct media_stream *cs, struct media_stats *st)
{
	struct media_stream *s = (struct media_stream *)cs;
	const struct stream_rx *rx;
	uint32_t clock, tx_clock;

	memset(st, 0, sizeof(*st));
	sa_init(&st->remote, AF_UNSPEC);
	st->mic_level = st->speaker_level = -96;
	if (!s)
		return;
	rx = &s->rx;
	pthread_mutex_lock(&s->m->lock);
	clock = rx->codec	? rx->codec->clock
		: rx->n_formats ? rx->formats[0].rate
				: 8000;
	tx_clock = s->tx.codec ? s->tx.codec->clock : clock;
	st->tx_packets = s->tx.packets;
	st->tx_bytes = s->tx.bytes;
	st->rx_packets = rx->packets;
	st->rx_bytes = rx->bytes;
	st->rx_lost = rx->source.known ? rx->source.lost_before +
						 rtp_source_lost(&rx->source)
				       : 0;
	st->rx_late = rx->jbuf.late;
	st->rx_dup = rx->jbuf.dup;
	st->concealed = rx->concealed;
	st->rx_jitter = (uint32_t)(rx->source.jitter * 1000000 / clock);
	st->buffer = (uint32_t)(jbuf_depth(&rx->jbuf) * 1000);
	st->remote_report = s->report.report;
	st->tx_loss = (uint8_t)((s->report.fraction * 100 + 128) / 256);
	st->tx_jitter =
		(uint32_t)((uint64_t)s->report.jitter * 1000000 / tx_clock);
	st->round_trip = s->report.round_trip_us;
	if (s->running && !s->peer) {
		st->mic_level = s->tx.talking ? s->tx.level : -96;
		st->speaker_level = rx->fifo ? rx->level : -96;
	}
	st->remote = s->remote[RTP];
	st->way = s->ways.known[RTP] ? s->ways.path[RTP].way : MEDIA_WAY_PLAIN;
	st->keys = s->secure.keys;
	st->secured = secure_is_ready(&s->secure);
	st->rx_forged = s->secure.forged;
	pthread_mutex_unlock(&s->m->lock);
	estimate(st);
}
