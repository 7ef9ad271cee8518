/**
 * @file stream_tx.c  A stream's frame: sound out, sound in, reports
 */
#include <stdlib.h>
#include <netinet/in.h>
#include "media_int.h"

enum {
	RECORD_RATE = 8000,
	REPORT_US = 5000000, /**< RFC 3550 §6.2: at least 5 s */
	RESAMPLER_QUALITY = 3,
};

void stream_resample(SpeexResamplerState **rsp, uint32_t *have_rate,
		     const int16_t *in, size_t n_in, uint32_t rate_in,
		     int16_t *out, size_t n_out, uint32_t rate_out)
{
	spx_uint32_t in_len = (spx_uint32_t)n_in, out_len = (spx_uint32_t)n_out;
	int err;

	if (rate_in == rate_out) {
		size_t n = n_in < n_out ? n_in : n_out;

		memcpy(out, in, n * sizeof(*out));
		memset(out + n, 0, (n_out - n) * sizeof(*out));
		return;
	}
	/* One resampler per way; have_rate tells the two rates apart well
	 * enough: both are multiples of 50 below 2^18. */
	if (!*rsp || *have_rate != (rate_in ^ rate_out << 13)) {
		if (*rsp)
			speex_resampler_destroy(*rsp);
		*rsp = speex_resampler_init(1, rate_in, rate_out,
					    RESAMPLER_QUALITY, &err);
		if (*rsp)
			speex_resampler_skip_zeros(*rsp);
		*have_rate = rate_in ^ rate_out << 13;
	}
	if (!*rsp ||
	    speex_resampler_process_int(*rsp, 0, in, &in_len, out, &out_len))
		out_len = 0;
	for (size_t i = out_len; i < n_out; i++)
		out[i] = i ? out[i - 1] : 0;
}

enum pace stream_pace(const struct media_stream *s)
{
	bool remote = s->players[MEDIA_REMOTE].active;

	if (s->players[MEDIA_LOCAL].active && s->audio.write)
		return PACE_FRAMES;
	if (!s->running)
		return PACE_NONE;
	if (remote || s->tx.events.n || secure_is_trying(&s->secure))
		return PACE_FRAMES;
	if (!s->peer && (s->has_audio || s->echo || s->ring || s->mixer))
		return PACE_FRAMES;
	return PACE_SLOW;
}

/* --- sending ------------------------------------------------------------ */

void stream_send_frame(struct media_stream *s, const int16_t *pcm, size_t n)
{
	struct stream_tx *tx = &s->tx;
	uint8_t buf[RTP_PACKET_MAX];
	struct rtp_packet p = {
		.marker = !tx->talking,
		.pt = tx->pt,
		.seq = tx->seq,
		.ts = tx->ts,
		.ssrc = tx->ssrc,
	};
	int len = tx->codec->encode(
		tx->enc, buf + RTP_HEADER_LEN,
		sizeof(buf) - RTP_HEADER_LEN - CRYPT_TRAILER, pcm, n);

	if (len < 0)
		return;
	rtp_write_header(buf, &p);
	stream_put(s, RTP, buf, RTP_HEADER_LEN + (size_t)len, sizeof(buf));
	tx->seq++;
	tx->talking = true;
	tx->relaying = false;
	tx->packets++;
	tx->bytes += (uint64_t)len;
	tx->level = media_level(pcm, n);
}

void stream_report(struct media_stream *s, uint64_t now_us, bool bye)
{
	uint8_t buf[256];
	uint16_t spread;
	struct rtcp_out o = {
		.ssrc = s->tx.ssrc,
		.sender = s->tx.packets != s->tx.packets_reported,
		.rtp_ts = s->tx.ts,
		.packets = (uint32_t)s->tx.packets,
		.octets = (uint32_t)s->tx.bytes,
		.cname = s->cname,
		.bye = bye,
	};
	size_t n;

	random_bytes(&spread, sizeof(spread));
	s->tx.rtcp_us =
		now_us + REPORT_US / 2 + (uint64_t)spread * REPORT_US / 65536;
	if (!sa_isset(&s->remote[RTCP], SA_ALL) ||
	    (!s->tx.packets && !s->rx.packets))
		return;
	s->tx.packets_reported = s->tx.packets;
	n = rtcp_write(buf, sizeof(buf) - CRYPT_TRAILER, &o, &s->rx.source,
		       now_us);
	if (n)
		stream_put(s, RTCP, buf, n, sizeof(buf));
}

/* What goes out now; false: nothing. */
static bool next_frame(struct media_stream *s, int16_t *pcm, size_t n,
		       const int16_t *heard)
{
	struct player *p = &s->players[MEDIA_REMOTE];
	int16_t mic[FRAME_MAX];
	size_t n_mic, got;

	if (p->active) {
		if (!player_read(p, pcm, n, s->tx.rate)) {
			p->active = false;
			stream_event(s, MEDIA_EVENT_PLAYED);
		}
		return true;
	}
	if (s->peer)
		return false;
	if (s->mix) {
		stream_resample(&s->rs_in, &s->rs_in_rate, s->mix, s->mix_n,
				s->mix_rate, pcm, n, s->tx.rate);
		return true;
	}
	if (s->echo) {
		memcpy(pcm, heard, n * sizeof(*pcm));
		return true;
	}
	if (!s->audio.read)
		return false;
	n_mic = s->audio.rate / 50;
	got = s->audio.read(mic, n_mic, s->audio.arg);
	if (got > n_mic)
		got = n_mic;
	memset(mic + got, 0, (n_mic - got) * sizeof(*mic));
	stream_resample(&s->rs_in, &s->rs_in_rate, mic, n_mic, s->audio.rate,
			pcm, n, s->tx.rate);
	if (s->muted)
		memset(pcm, 0, n * sizeof(*pcm));
	return true;
}

/* The clock of the stamps goes on while nothing is sent. */
static void catch_up(struct stream_tx *tx, uint64_t now_us)
{
	uint64_t gap = tx->ts_us ? now_us - tx->ts_us : 0;

	tx->ts_us = now_us;
	if (!tx->talking && gap > 2 * MEDIA_FRAME_MS * 1000)
		tx->ts += (uint32_t)((gap / 1000 - MEDIA_FRAME_MS) *
				     tx->codec->clock / 1000);
}

/*
 * What another says goes on as if we did: one source, whose numbers and stamps
 * go on whoever is heard, so reports are of each way alone (RFC 3550 §7).
 * Phones drop as late what seems older than a tone that they have had.
 */
void stream_send_on(struct media_stream *s, const struct rtp_packet *in,
		    const uint8_t *buf, size_t len, uint64_t now_us)
{
	struct stream_tx *tx = &s->tx;
	uint32_t clock = tx->codec ? tx->codec->clock : 8000;
	struct rtp_packet p = *in;
	uint8_t out[RTP_PACKET_MAX + CRYPT_TRAILER];

	tx->talking = false;
	if (!tx->relaying || tx->relay_ssrc != in->ssrc) {
		if (tx->codec)
			catch_up(tx, now_us);
		tx->relaying = true;
		tx->relay_ssrc = in->ssrc;
		tx->relay_seq = (uint16_t)(tx->seq - in->seq);
		tx->relay_ts = tx->ts - in->ts;
	}
	p.seq = (uint16_t)(in->seq + tx->relay_seq);
	p.ts = in->ts + tx->relay_ts;
	p.ssrc = tx->ssrc;
	memcpy(out, buf, len);
	rtp_write_header(out, &p);
	out[0] = buf[0]; /* padding, extension, contributors: as they are */
	stream_put(s, RTP, out, len, sizeof(out));
	if ((int16_t)(p.seq - tx->seq) >= 0) {
		tx->seq = (uint16_t)(p.seq + 1);
		tx->ts = p.ts + clock / 50;
		tx->ts_us = now_us;
	}
	tx->packets++;
	tx->bytes += len - RTP_HEADER_LEN;
}

/* A packet of a digit. @return false if none is pressed now */
static bool send_event(struct media_stream *s)
{
	struct stream_tx *tx = &s->tx;
	uint8_t buf[RTP_HEADER_LEN + 4 + CRYPT_TRAILER];
	struct rtp_packet p = {.seq = tx->seq, .ssrc = tx->ssrc};
	size_t len = event_next(tx, &p, buf + RTP_HEADER_LEN);

	if (!len)
		return false;
	rtp_write_header(buf, &p);
	stream_put(s, RTP, buf, RTP_HEADER_LEN + len, sizeof(buf));
	tx->seq++;
	tx->talking = false;
	tx->relaying = false;
	tx->packets++;
	tx->bytes += len;
	if (!tx->events.n)
		engine_pace_of(s);
	return true;
}

static void send_side(struct media_stream *s, const int16_t *heard,
		      uint64_t now_us)
{
	struct stream_tx *tx = &s->tx;
	size_t n = tx->rate / 50;
	int16_t pcm[FRAME_MAX];
	bool open = s->send && sa_isset(&s->remote[RTP], SA_ALL);
	bool any;

	catch_up(tx, now_us);
	/* Also what can't be sent is read, so that sources go on in time. */
	any = next_frame(s, pcm, n, heard);
	/* A digit pressed for nobody is not kept for later. */
	if (!open && tx->events.n) {
		tx->events.n = 0;
		engine_pace_of(s);
	}
	if (open && send_event(s))
		;
	else if (!any)
		tx->talking = false;
	else if (open)
		stream_send_frame(s, pcm, n);
	else
		tx->talking = false;
	tx->ts += tx->codec->clock / 50;
}

/* --- hearing ------------------------------------------------------------ */

static int16_t clip16(int v)
{
	return (int16_t)(v > INT16_MAX	 ? INT16_MAX
			 : v < INT16_MIN ? INT16_MIN
					 : v);
}

/* What is played here goes on top. */
static void local_side(struct media_stream *s, int16_t *pcm, size_t n)
{
	struct player *p = &s->players[MEDIA_LOCAL];
	int16_t own[FRAME_MAX];

	if (p->active) {
		if (!player_read(p, own, n, s->audio.rate)) {
			p->active = false;
			stream_event(s, MEDIA_EVENT_PLAYED_LOCAL);
		}
		for (size_t i = 0; i < n; i++)
			pcm[i] = clip16(pcm[i] + own[i]);
	}
	s->audio.write(pcm, n, s->audio.arg);
}

static void record(struct media_stream *s, const int16_t *pcm, size_t n,
		   uint32_t rate)
{
	int16_t out[RECORD_RATE / 50];

	stream_resample(&s->rs_record, &s->rs_record_rate, pcm, n, rate, out,
			RECORD_RATE / 50, RECORD_RATE);
	media_ring_write(s->ring, out, RECORD_RATE / 50);
}

static void watch_silence(struct media_stream *s, uint64_t now_us)
{
	struct stream_rx *rx = &s->rx;
	/* negative where the loop began to listen after this tick had looked
	   at the clock */
	int64_t silent_us = (int64_t)(now_us - rx->last_us);

	if (!s->timeout_ms || !s->running || !s->receive || rx->timed_out ||
	    silent_us < (int64_t)s->timeout_ms * 1000)
		return;
	rx->timed_out = true;
	stream_event(s, MEDIA_EVENT_TIMEOUT);
}

static void tell_loss(struct media_stream *s)
{
	unsigned percent = s->report.fraction * 100u / 256;
	const struct codec *c = s->tx.codec;

	if (!s->report.report || !c || !c->set_loss ||
	    percent == s->tx.loss_told)
		return;
	s->tx.loss_told = (uint8_t)percent;
	c->set_loss(s->tx.enc, percent < 5 ? 5 : percent);
}

/* What is done whether anything is said or not. */
static void look_after(struct media_stream *s, uint64_t now_us)
{
	if (s->running)
		secure_tick(s, now_us);
	watch_silence(s, now_us);
	if (!s->running || s->fd[RTCP] < 0)
		return;
	if (!s->tx.rtcp_us)
		s->tx.rtcp_us = now_us + REPORT_US / 2;
	if (now_us < s->tx.rtcp_us)
		return;
	stream_report(s, now_us, false);
	if (!s->peer)
		tell_loss(s);
}

void stream_hear(struct media_stream *s, int16_t *pcm, size_t n, uint32_t rate,
		 uint64_t now_us)
{
	if (s->running && s->receive)
		stream_playout(s, pcm, n, rate, now_us);
	else
		memset(pcm, 0, n * sizeof(*pcm));
	if (s->running && s->ring)
		record(s, pcm, n, rate);
}

void stream_say(struct media_stream *s, const int16_t *pcm, size_t n,
		uint32_t rate, uint64_t now_us)
{
	s->mix = pcm;
	s->mix_n = n;
	s->mix_rate = rate;
	if (s->running && s->tx.codec)
		send_side(s, pcm, now_us);
	s->mix = NULL;
	look_after(s, now_us);
}

void stream_tick(struct media_stream *s, uint64_t now_us)
{
	int16_t pcm[FRAME_MAX];
	uint32_t rate = s->audio.write ? s->audio.rate
			: s->tx.codec  ? s->tx.rate
				       : RECORD_RATE;
	size_t n = rate / 50;
	bool endpoint = s->running && !s->peer;

	/* Its mixer does all of it. */
	if (s->mixer)
		return;
	if (endpoint && s->receive && (s->audio.write || s->echo || s->ring))
		stream_playout(s, pcm, n, rate, now_us);
	else
		memset(pcm, 0, n * sizeof(*pcm));

	if (endpoint && s->ring)
		record(s, pcm, n, rate);
	if (s->running && s->tx.codec)
		send_side(s, pcm, now_us);
	if (s->audio.write && (endpoint || s->players[MEDIA_LOCAL].active))
		local_side(s, pcm, n);

	look_after(s, now_us);
}
