/**
 * @file event.c  Digits as telephone events (RFC 4733)
 */
#include <ctype.h>
#include <strings.h>
#include "media_int.h"

enum {
	EVENT_LEN = 4,
	EVENT_END = 0x80,
	VOLUME = 10, /**< -10 dBm0 */
	ENDS = 3,    /**< §2.5.1.4: the last packet is sent three times */
	RATE_MIN = 8000,
	RATE_MAX = 192000,
	PT_MIN = 96,
	PT_MAX = 127,
	OLD_S = 10, /**< what came out of order is not older than that */
};

/* By event code (§3.2, table 3). */
static const char digits[] = "0123456789*#ABCD";

bool event_is_format(const struct media_format *f)
{
	return !strcasecmp(f->name, "telephone-event") && f->channels == 1 &&
	       f->rate >= RATE_MIN && f->rate <= RATE_MAX;
}

/* --- what is offered ---------------------------------------------------- */

static bool has_events(const struct list *formats, uint32_t rate)
{
	for (struct le *le = list_head(formats); le; le = le->next) {
		const struct media_format *f = le->data;

		if (f->rate == rate && event_is_format(f))
			return true;
	}
	return false;
}

/* The usual numbers if they are free, else the first free one. */
static uint8_t free_pt(const struct list *formats, uint32_t rate)
{
	uint8_t first = rate == 8000 ? 101 : 110;

	for (unsigned i = 0; i <= PT_MAX - PT_MIN; i++) {
		uint8_t pt = (uint8_t)(PT_MIN + (first - PT_MIN + i) %
							(PT_MAX - PT_MIN + 1));
		struct le *le = list_head(formats);

		while (le && ((struct media_format *)le->data)->pt != pt)
			le = le->next;
		if (!le)
			return pt;
	}
	return 0;
}

int media_formats_events(struct list *formats)
{
	struct le *le = list_head(formats), *last = list_tail(formats);
	int err = 0;

	/* Stamps are of the clock of the sound (§2.1): one for each. */
	for (; le && !err; le = le == last ? NULL : le->next) {
		const struct media_format *f = le->data;
		uint8_t pt = free_pt(formats, f->rate);

		if (!pt)
			return EOVERFLOW;
		if (media_format_supported(f) && !has_events(formats, f->rate))
			err = media_format_add(formats, "telephone-event", pt,
					       f->rate, 1, "0-15");
	}
	return err;
}

/* --- sent --------------------------------------------------------------- */

int media_stream_send_digit(struct media_stream *s, char digit, unsigned ms)
{
	const char *at =
		digit ? strchr(digits, toupper((unsigned char)digit)) : NULL;
	struct event_tx *e;
	int err = 0;

	if (!s || !at || (ms && (ms < 40 || ms > 1000)))
		return EINVAL;
	e = &s->tx.events;
	pthread_mutex_lock(&s->m->lock);
	if (!s->running || !s->tx.codec || !e->rate ||
	    e->rate != s->tx.codec->clock)
		err = ENOTSUP;
	else if (e->n == EVENTS_MAX)
		err = ENOBUFS;
	if (!err) {
		e->queue[e->n].code = (uint8_t)(at - digits);
		e->queue[e->n++].ms = (uint16_t)(ms ? ms : 100);
		engine_pace_of(s);
	}
	pthread_mutex_unlock(&s->m->lock);
	return err;
}

void event_tx_reset(struct event_tx *e)
{
	memset(e, 0, sizeof(*e));
}

static void next_in_queue(struct event_tx *e)
{
	e->n--;
	memmove(e->queue, e->queue + 1, e->n * sizeof(*e->queue));
	e->duration = 0;
	e->ends = 0;
	e->pause = true;
}

size_t event_next(struct stream_tx *tx, struct rtp_packet *p,
		  uint8_t payload[4])
{
	struct event_tx *e = &tx->events;
	uint32_t frame, length;

	if (!e->n)
		return 0;
	/* Between two the receiver must see that one has ended. */
	if (e->pause) {
		e->pause = false;
		return 0;
	}
	frame = e->rate / 1000 * MEDIA_FRAME_MS;
	length = e->rate / 1000 * e->queue->ms;
	p->marker = !e->duration;
	if (!e->duration)
		e->ts = tx->ts;
	if (e->duration < length)
		e->duration = e->duration + frame < length ? e->duration + frame
							   : length;
	if (e->duration == length)
		e->ends++;
	p->ts = e->ts;
	p->pt = e->pt;
	payload[0] = e->queue->code;
	payload[1] = (uint8_t)((e->ends ? EVENT_END : 0) | VOLUME);
	payload[2] = (uint8_t)(e->duration >> 8);
	payload[3] = (uint8_t)e->duration;
	if (e->ends == ENDS)
		next_in_queue(e);
	return EVENT_LEN;
}

/* --- received ----------------------------------------------------------- */

void event_take(struct media_stream *s, const struct rtp_packet *p,
		uint32_t rate)
{
	struct event_rx *e = &s->rx.events;
	uint16_t duration;
	int32_t step = (int32_t)(p->ts - e->ts);
	bool same, goes_on, old;

	if (p->len < EVENT_LEN || p->payload[0] >= sizeof(digits) - 1)
		return;
	duration = (uint16_t)(p->payload[2] << 8 | p->payload[3]);
	same = e->known && e->ssrc == p->ssrc;
	/* §2.5.1.3: one that is too long for its field goes on as another. */
	goes_on = same && !e->ended && e->code == p->payload[0] &&
		  e->duration == 0xffff && step == 0xffff;
	old = same && step < 0 && step > -(int32_t)rate * OLD_S;
	if (old)
		return;
	if (same && !step) {
		/* One of its packets more; they may be out of order. */
		if (duration > e->duration)
			e->duration = duration;
		e->ended |= p->payload[1] & EVENT_END;
		return;
	}
	e->known = true;
	e->ssrc = p->ssrc;
	e->ts = p->ts;
	e->code = p->payload[0];
	e->duration = duration;
	e->ended = p->payload[1] & EVENT_END;
	if (goes_on || e->n == EVENTS_MAX)
		return;
	e->heard[e->n++] = digits[e->code];
	stream_event(s, MEDIA_EVENT_DIGIT);
}

char media_stream_take_digit(struct media_stream *s)
{
	struct event_rx *e;
	char c = 0;

	if (!s)
		return 0;
	e = &s->rx.events;
	pthread_mutex_lock(&s->m->lock);
	if (e->n) {
		c = e->heard[0];
		memmove(e->heard, e->heard + 1, --e->n);
	}
	pthread_mutex_unlock(&s->m->lock);
	return c;
}
