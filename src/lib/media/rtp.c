/**
 * @file rtp.c  RTP packets and what is counted of them (RFC 3550)
 */
#include "media_int.h"

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

int rtp_parse(struct rtp_packet *p, const uint8_t *buf, size_t len)
{
	size_t at = RTP_HEADER_LEN, pad = 0;

	if (len < RTP_HEADER_LEN || buf[0] >> 6 != 2)
		return EBADMSG;
	at += (size_t)(buf[0] & 0x0f) * 4;
	if (buf[0] & 0x10) {
		if (at + 4 > len)
			return EBADMSG;
		at += 4 + (size_t)get16(buf + at + 2) * 4;
	}
	if (at > len)
		return EBADMSG;
	if (buf[0] & 0x20) {
		pad = buf[len - 1];
		if (!pad || at + pad > len)
			return EBADMSG;
	}
	p->marker = buf[1] >> 7;
	p->pt = buf[1] & 0x7f;
	p->seq = get16(buf + 2);
	p->ts = get32(buf + 4);
	p->ssrc = get32(buf + 8);
	p->payload = buf + at;
	p->len = len - at - pad;
	return 0;
}

void rtp_write_header(uint8_t buf[RTP_HEADER_LEN], const struct rtp_packet *p)
{
	buf[0] = 0x80;
	buf[1] = (uint8_t)((p->marker ? 0x80 : 0) | (p->pt & 0x7f));
	buf[2] = (uint8_t)(p->seq >> 8);
	buf[3] = (uint8_t)p->seq;
	put32(buf + 4, p->ts);
	put32(buf + 8, p->ssrc);
}

void rtp_source_init(struct rtp_source *s, uint32_t ssrc, uint16_t seq)
{
	uint64_t before = s->known ? s->lost_before + rtp_source_lost(s) : 0;

	memset(s, 0, sizeof(*s));
	s->known = true;
	s->ssrc = ssrc;
	s->max_seq = s->base_seq = seq;
	s->lost_before = before;
}

void rtp_source_update(struct rtp_source *s, const struct rtp_packet *p,
		       uint32_t clock, uint64_t now_us)
{
	uint16_t step = (uint16_t)(p->seq - s->max_seq);
	uint32_t arrival = (uint32_t)(now_us * clock / 1000000);
	uint32_t transit = arrival - p->ts;

	if (s->received && step >= 1000 && step <= 0xffff - 1000)
		rtp_source_init(s, p->ssrc, p->seq);
	else if (step < 1000) {
		if (p->seq < s->max_seq)
			s->cycles += 0x10000;
		s->max_seq = p->seq;
	}
	if (!clock) {
		s->received++;
		return;
	}
	if (s->received++) {
		int32_t d = (int32_t)(transit - s->transit);
		double a = d < 0 ? -(double)d : d;

		/* A jump of its clock is no jitter. */
		if (a < 2.0 * clock)
			s->jitter += (a - s->jitter) / 16;
	}
	s->transit = transit;
}

static uint32_t expected(const struct rtp_source *s)
{
	return s->cycles + s->max_seq - s->base_seq + 1;
}

uint32_t rtp_source_lost(const struct rtp_source *s)
{
	uint32_t e = expected(s);

	return s->known && e > s->received ? e - s->received : 0;
}

/* RFC 5761 §4: types of RTCP that no payload type of ours meets. */
bool rtp_is_rtcp(const uint8_t *buf, size_t len)
{
	return len > 1 && buf[1] >= 192 && buf[1] <= 223;
}

/* --- RTCP --------------------------------------------------------------- */

enum { RTCP_SR = 200, RTCP_RR = 201, RTCP_SDES = 202, RTCP_BYE = 203 };

/* Middle 32 bits of an NTP time; any clock does for LSR and DLSR. */
static void ntp_of(uint64_t now_us, uint32_t *sec, uint32_t *frac)
{
	struct timespec ts;

	(void)now_us;
	clock_gettime(CLOCK_REALTIME, &ts);
	*sec = (uint32_t)((uint64_t)ts.tv_sec + 2208988800u);
	*frac = (uint32_t)(((uint64_t)ts.tv_nsec << 32) / 1000000000u);
}

static uint8_t *write_block(uint8_t *p, struct rtp_source *src, uint64_t now_us)
{
	uint32_t e = expected(src), e_int = e - src->expected_prior;
	uint32_t r_int = src->received - src->received_prior;
	uint32_t lost = rtp_source_lost(src), fraction = 0;

	if (e_int > r_int)
		fraction = (uint32_t)(((uint64_t)(e_int - r_int) << 8) / e_int);
	src->expected_prior = e;
	src->received_prior = src->received;
	put32(p, src->ssrc);
	put32(p + 4, (fraction > 255 ? 255 : fraction) << 24 |
			     (lost > 0x7fffff ? 0x7fffff : lost));
	put32(p + 8, src->cycles + src->max_seq);
	put32(p + 12, (uint32_t)src->jitter);
	put32(p + 16, src->lsr);
	put32(p + 20,
	      src->lsr ? (uint32_t)((now_us - src->lsr_us) * 65536 / 1000000)
		       : 0);
	return p + 24;
}

static void finish(uint8_t *start, const uint8_t *end, unsigned count,
		   uint8_t type)
{
	size_t words = (size_t)(end - start) / 4 - 1;

	start[0] = (uint8_t)(0x80 | count);
	start[1] = type;
	start[2] = (uint8_t)(words >> 8);
	start[3] = (uint8_t)words;
}

size_t rtcp_write(uint8_t *buf, size_t max, const struct rtcp_out *o,
		  struct rtp_source *src, uint64_t now_us)
{
	size_t n = strlen(o->cname);
	unsigned blocks = src && src->known && src->received ? 1 : 0;
	uint8_t *p = buf, *start = buf;
	uint32_t sec, frac;

	if (max < 28 + 24 + 12 + n + 4 + 8 || n > 255)
		return 0;

	put32(p + 4, o->ssrc);
	p += 8;
	if (o->sender) {
		ntp_of(now_us, &sec, &frac);
		put32(p, sec);
		put32(p + 4, frac);
		put32(p + 8, o->rtp_ts);
		put32(p + 12, o->packets);
		put32(p + 16, o->octets);
		p += 20;
	}
	if (blocks)
		p = write_block(p, src, now_us);
	finish(start, p, blocks, o->sender ? RTCP_SR : RTCP_RR);

	start = p;
	put32(p + 4, o->ssrc);
	p[8] = 1; /* CNAME */
	p[9] = (uint8_t)n;
	memcpy(p + 10, o->cname, n);
	p += 10 + n;
	do {
		*p++ = 0;
	} while ((p - start) % 4);
	finish(start, p, 1, RTCP_SDES);

	if (o->bye) {
		start = p;
		put32(p + 4, o->ssrc);
		p += 8;
		finish(start, p, 1, RTCP_BYE);
	}
	return (size_t)(p - buf);
}

static void read_block(struct rtcp_in *in, const uint8_t *p, uint32_t our_ssrc)
{
	uint32_t lsr = get32(p + 16), dlsr = get32(p + 20), sec, frac, now;

	if (get32(p) != our_ssrc)
		return;
	in->report = true;
	in->fraction = p[4];
	in->jitter = get32(p + 12);
	if (!lsr)
		return;
	ntp_of(0, &sec, &frac);
	now = sec << 16 | frac >> 16;
	/* What would be more than 30 s, or before it left, is nonsense. */
	now -= lsr + dlsr;
	if (now < 30u << 16)
		in->round_trip_us =
			(uint32_t)((uint64_t)now * 1000000 / 65536) + 1;
}

int rtcp_read(struct rtcp_in *in, const uint8_t *buf, size_t len,
	      uint32_t our_ssrc, struct rtp_source *src, uint64_t now_us)
{
	const uint8_t *p = buf, *end = buf + len;

	memset(in, 0, sizeof(*in));
	/* A compound packet begins with a report (RFC 3550 §6.1). */
	if (len < 8 || (p[1] != RTCP_SR && p[1] != RTCP_RR))
		return EBADMSG;
	while (end - p >= 8) {
		size_t n = ((size_t)get16(p + 2) + 1) * 4;
		unsigned count = p[0] & 0x1f;
		size_t at = 8;

		if (p[0] >> 6 != 2 || n > (size_t)(end - p))
			return EBADMSG;
		if (p[1] == RTCP_SR) {
			if (n < 28)
				return EBADMSG;
			if (src->known && get32(p + 4) == src->ssrc) {
				src->lsr = get32(p + 8) << 16 |
					   get32(p + 12) >> 16;
				src->lsr_us = now_us;
			}
			at = 28;
		}
		if (p[1] == RTCP_SR || p[1] == RTCP_RR) {
			for (; count && at + 24 <= n; count--, at += 24)
				read_block(in, p + at, our_ssrc);
		} else if (p[1] == RTCP_BYE) {
			in->bye = true;
		}
		p += n;
	}
	return p == end ? 0 : EBADMSG;
}
