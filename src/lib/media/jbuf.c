/**
 * @file jbuf.c  The jitter buffer: order, delay as needed, no more
 *
 * Delay is what the latest of the recent packets were late against the
 * earliest, and a frame; where some are lost, so much that the packet behind is
 * there when one is missing, since it tells how to make that up. It grows by
 * frames made up when the buffer runs empty; and who plays stretches and
 * shortens the sound when packets wait too short or too long, which also makes
 * up for clocks that differ.
 */
#include <stdlib.h>
#include "media_int.h"

enum {
	DELAY_MIN_MS = 20,
	DELAY_MAX_MS = 300,
	PEAK_START_MS = 20,
	BASE_WINDOW = 250, /* packets, about 5 s */
	FAR = 1000,	   /* sequence numbers: another stream */
	STRAYS_MAX = 3,	   /* so many in a row, and we follow it */
	GAP_MAX = 10,	   /* packets made up at most, then jump */
	EMPTY_MAX = 15,	   /* frames, then it is a new beginning */
	WINDOW = 50,	   /* packets, about 1 s … */
	WINDOW_FAST = 10,  /* … or less, if there is … */
	FAST_MS = 40,	   /* … so much more than enough */
	SLACK_MS = 5,	   /* before its time a packet should be there */
	CROSSED = 500,	   /* packets, for which one is remembered that another
			      has overtaken */
};

/* Lost of those that were due lately: from where on it is worth to wait for
 * what helps to make it up, and until where. */
static const double lossy_from = 0.01, lossy_until = 0.004,
		    lossy_weight = 1.0 / 256;

static struct jbuf_packet *slot(struct jbuf *j, uint16_t seq)
{
	return &j->slots[seq % JBUF_SLOTS];
}

static int16_t ahead(uint16_t a, uint16_t b)
{
	return (int16_t)(uint16_t)(a - b);
}

void jbuf_release(struct jbuf_packet *pkt)
{
	free(pkt->data);
	memset(pkt, 0, sizeof(*pkt));
}

static void drop_all(struct jbuf *j)
{
	for (size_t i = 0; i < JBUF_SLOTS; i++) {
		if (j->slots[i].data)
			jbuf_release(&j->slots[i]);
	}
	j->count = 0;
	j->known = false;
	j->playing = false;
	j->stretched = false;
	j->strays = 0;
	j->empty = 0;
	j->made_ms = 0;
	j->crossed = 0;
	jbuf_adjusted(j);
}

void jbuf_init(struct jbuf *j, uint32_t clock)
{
	memset(j, 0, sizeof(*j));
	j->clock = clock;
	j->packet_ms = MEDIA_FRAME_MS;
	j->peak = PEAK_START_MS;
}

void jbuf_flush(struct jbuf *j)
{
	drop_all(j);
	j->timed = false;
	j->packet_ms = MEDIA_FRAME_MS;
}

void jbuf_set_clock(struct jbuf *j, uint32_t clock)
{
	j->clock = clock;
	j->timed = false;
}

double jbuf_target(const struct jbuf *j)
{
	double ms = j->peak + j->packet_ms;
	double least = j->lossy ? 2 * j->packet_ms : DELAY_MIN_MS;

	if (ms < least)
		return least;
	return ms > DELAY_MAX_MS ? DELAY_MAX_MS : ms;
}

double jbuf_depth(const struct jbuf *j)
{
	int16_t span;

	if (!j->known || !j->count)
		return 0;
	span = ahead(j->highest, j->next);
	return span < 0 ? 0 : (span + 1) * j->packet_ms;
}

/* How late is this packet against the earliest of late? */
static void estimate(struct jbuf *j, uint16_t seq, uint32_t ts, uint64_t now_us)
{
	double now_ms = (double)now_us / 1000, transit;
	int32_t step = (int32_t)(ts - j->last_ts);
	double step_ms = step * 1000.0 / j->clock;

	if (!j->timed || step_ms > 2000 || step_ms < -2000) {
		/* A new beginning, or its clock has jumped. */
		j->timed = true;
		j->last_ts = ts;
		j->last_seq = seq;
		j->ts_ms = 0;
		j->transit_ref = now_ms;
		j->base = j->base_new = 0;
		j->base_age = 0;
		return;
	}
	if (ahead(seq, j->last_seq) == 1 && step_ms >= 2.5 && step_ms <= 120)
		j->packet_ms = step_ms;

	transit = now_ms - j->transit_ref - (j->ts_ms + step_ms);
	if (ahead(seq, j->last_seq) > 0) {
		j->ts_ms += step_ms;
		j->last_ts = ts;
		j->last_seq = seq;
	}

	if (transit < j->base)
		j->base = transit;
	if (!j->base_age || transit < j->base_new)
		j->base_new = transit;
	if (++j->base_age >= BASE_WINDOW) {
		j->base = j->base_new;
		j->base_age = 0;
	}

	j->peak *= 0.998;
	if (transit - j->base > j->peak)
		j->peak = transit - j->base;
	if (j->peak > DELAY_MAX_MS)
		j->peak = DELAY_MAX_MS;
}

/* A packet far outside: noise, or has the sender begun anew? */
static bool follow(struct jbuf *j, uint16_t seq)
{
	if (j->strays && ahead(seq, j->stray_seq) == 1)
		j->strays++;
	else
		j->strays = 1;
	j->stray_seq = seq;
	return j->strays >= STRAYS_MAX;
}

/* One that was due has been there or not. */
static void count_loss(struct jbuf *j, bool lost)
{
	j->loss += (lost - j->loss) * lossy_weight;
	j->lossy = j->loss > (j->lossy ? lossy_until : lossy_from);
}

/* Does it come in time, and from where the others do? */
static bool is_due(struct jbuf *j, uint16_t seq, uint32_t ts, uint64_t now_us)
{
	int16_t d = ahead(seq, j->next);

	if (!j->known)
		return true;
	if (d >= FAR || d <= -FAR) {
		if (!follow(j, seq))
			return false;
		jbuf_flush(j);
	} else if (d < 0 && j->playing) {
		j->late++;
		j->crossed = CROSSED;
		estimate(j, seq, ts, now_us);
		return false;
	} else {
		j->strays = 0;
	}
	return true;
}

/* Too much at once: what is oldest goes. */
static void make_room(struct jbuf *j)
{
	while (ahead(j->highest, j->next) >= JBUF_SLOTS) {
		struct jbuf_packet *old = slot(j, j->next);

		if (old->data && old->seq == j->next) {
			jbuf_release(old);
			j->count--;
		}
		j->next++;
	}
}

int jbuf_put(struct jbuf *j, uint16_t seq, uint32_t ts, uint8_t pt,
	     const uint8_t *p, size_t len, uint64_t now_us)
{
	struct jbuf_packet *s;

	if (!is_due(j, seq, ts, now_us))
		return ETIME;
	s = slot(j, seq);
	if (s->data && s->seq == seq) {
		j->dup++;
		return EALREADY;
	}

	if (!j->known) {
		j->known = true;
		j->next = j->highest = seq;
		j->first_us = now_us;
	}
	if (!j->playing && !j->count) {
		/* After a silence the sender's clock may have stood still:
		 * that is no jitter. */
		j->first_us = now_us;
		j->timed = false;
	}
	if (!j->playing && ahead(seq, j->next) < 0)
		j->next = seq;
	if (ahead(seq, j->highest) > 0)
		j->highest = seq;
	else if (seq != j->highest)
		j->crossed = CROSSED;
	if (j->crossed)
		j->crossed--;

	make_room(j);
	if (ahead(seq, j->next) < 0)
		return ETIME;

	s->data = malloc(len ? len : 1);
	if (!s->data)
		return ENOMEM;
	if (len)
		memcpy(s->data, p, len);
	s->len = len;
	s->seq = seq;
	s->ts = ts;
	s->pt = pt;
	s->came_us = now_us;
	j->count++;
	estimate(j, seq, ts, now_us);
	return 0;
}

/* How long did this one wait, with what is decoded already? */
static void watch_wait(struct jbuf *j, const struct jbuf_packet *pkt,
		       uint64_t now_us, double held_ms)
{
	double slack = ((double)now_us - (double)pkt->came_us) / 1000;

	if (!j->wait_age || slack + held_ms < j->wait.all)
		j->wait.all = slack + held_ms;
	if (!j->wait_age || slack < j->wait.slack)
		j->wait.slack = slack;
	if (++j->wait_age < WINDOW)
		return;
	j->wait_last = j->wait;
	j->wait_known = true;
	j->wait_age = 0;
}

static bool take(struct jbuf *j, struct jbuf_packet *pkt, uint64_t now_us,
		 double held_ms)
{
	struct jbuf_packet *s = slot(j, j->next);

	if (!s->data || s->seq != j->next)
		return false;
	*pkt = *s;
	watch_wait(j, pkt, now_us, held_ms);
	memset(s, 0, sizeof(*s));
	j->count--;
	j->next++;
	j->empty = 0;
	j->made_ms = 0;
	j->stretched = false;
	count_loss(j, false);
	return true;
}

/* The next one is missing. Has it been made up already, when nobody could know
 * whether it would still come? */
static bool made_up(struct jbuf *j)
{
	j->next++;
	j->stretched = false;
	count_loss(j, true);
	if (j->made_ms < j->packet_ms)
		return false;
	j->made_ms -= j->packet_ms;
	return true;
}

enum jbuf_got jbuf_get(struct jbuf *j, uint64_t now_us, double held_ms,
		       struct jbuf_packet *pkt, const struct jbuf_packet **next)
{
	double target = jbuf_target(j);

	if (!j->known)
		return JBUF_EMPTY;

	if (!j->playing) {
		if (!j->count)
			return JBUF_EMPTY;
		if (jbuf_depth(j) < target &&
		    now_us - j->first_us < target * 1000)
			return JBUF_EMPTY;
		j->playing = true;
		jbuf_adjusted(j);
	}

	if (take(j, pkt, now_us, held_ms))
		return JBUF_PACKET;

	if (!j->count) {
		j->made_ms += MEDIA_FRAME_MS;
		if (++j->empty > EMPTY_MAX) {
			j->playing = false;
			j->empty = 0;
		}
		return JBUF_EMPTY;
	}

	/* Others came before it. Where they overtake each other, and there is
	 * less delay than there should be, it may still come: wait a frame. */
	if (j->crossed && !j->stretched &&
	    jbuf_depth(j) + held_ms + j->packet_ms <= target) {
		j->stretched = true;
		return JBUF_EMPTY;
	}

	if (ahead(j->highest, j->next) > GAP_MAX) {
		unsigned gap = 0;

		while (!slot(j, (uint16_t)(j->next + gap))->data)
			gap++;
		if (gap > GAP_MAX) {
			j->next = (uint16_t)(j->next + gap);
			if (take(j, pkt, now_us, held_ms))
				return JBUF_PACKET;
		}
	}

	while (made_up(j)) {
		if (take(j, pkt, now_us, held_ms))
			return JBUF_PACKET;
	}
	*next = slot(j, j->next);
	if (!(*next)->data || (*next)->seq != j->next)
		*next = NULL;
	return JBUF_LOST;
}

double jbuf_surplus(const struct jbuf *j)
{
	double most = jbuf_target(j) + j->packet_ms;
	double least = SLACK_MS + (j->lossy ? j->packet_ms : 0);

	if (j->wait_age >= WINDOW_FAST && j->wait.all > most + FAST_MS)
		return j->wait.all - most;
	if (!j->wait_known)
		return 0;
	return j->wait_last.all > most	    ? j->wait_last.all - most
	       : j->wait_last.slack < least ? j->wait_last.slack - least
					    : 0;
}

void jbuf_adjusted(struct jbuf *j)
{
	j->wait_age = 0;
	j->wait_known = false;
}
