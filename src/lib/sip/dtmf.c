/**
 * @file dtmf.c  Digits: by RTP where both sides can, else by INFO
 *
 * There is no RFC for DTMF by INFO; these two bodies are what phones and
 * switches have agreed on.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

enum { MS_MIN = 40, MS_MAX = 5000, MS_USUAL = 160, DIGITS_MAX = 64 };

static const char known[] = "0123456789*#ABCD";

static unsigned limited(unsigned long ms)
{
	return ms < MS_MIN ? MS_MIN : ms > MS_MAX ? MS_MAX : (unsigned)ms;
}

static char digit_of(const char *s, size_t len)
{
	char *end, c, text[4];
	long n;

	if (!len || len > 2)
		return 0;
	memcpy(text, s, len);
	text[len] = '\0';
	/* events' numbers (RFC 4733 §3.2) are met, too */
	if (len == 2) {
		n = strtol(text, &end, 10);
		return *end || n < 10 || n > 15 ? 0 : known[n];
	}
	c = (char)toupper((unsigned char)*text);
	return strchr(known, c) ? c : 0;
}

/** "Signal=5\r\nDuration=160\r\n"; blanks where they like. */
static void read_relay(const struct pl *body, char *digit, unsigned *ms)
{
	struct pl pl;

	if (!re_regex(body->p, body->l, "Signal[ ]*=[ ]*[0-9A-Da-d*#]+", NULL,
		      NULL, &pl))
		*digit = digit_of(pl.p, pl.l);
	if (!re_regex(body->p, body->l, "Duration[ ]*=[ ]*[0-9]+", NULL, NULL,
		      &pl))
		*ms = limited(pl.l > 5 ? MS_MAX : pl_u32(&pl));
}

void dtmf_arrived(struct sip_leg *leg, const struct sip_msg *msg)
{
	struct sip_leg_event ev = {
		.type = SIP_LEG_EV_DIGIT,
		.reason = "",
		.message = message_of(msg),
		.ms = MS_USUAL,
	};
	struct pl body, pl;

	body.p = (const char *)mbuf_buf(msg->mb);
	body.l = mbuf_get_left(msg->mb);
	if (msg_ctype_cmp(&msg->ctyp, "application", "dtmf-relay")) {
		read_relay(&body, &ev.digit, &ev.ms);
	} else if (msg_ctype_cmp(&msg->ctyp, "application", "dtmf")) {
		if (!re_regex(body.p, body.l, "[0-9A-Da-d*#]+", &pl))
			ev.digit = digit_of(pl.p, pl.l);
	} else if (body.l) {
		(void)sip_treplyf(NULL, NULL, leg->stack->sip, msg, false, 415,
				  reason_of(415),
				  "Accept: application/dtmf-relay, "
				  "application/dtmf\r\n" SIP_EMPTY);
		return;
	} else {
		/* RFC 6086: an empty one asks whether the dialog is alive */
		(void)sip_session_reply(leg->session, msg, 200, NULL);
		return;
	}
	(void)sip_session_reply(leg->session, msg, ev.digit ? 200 : 400, NULL);
	if (ev.digit)
		(void)leg_tell_event(leg, &ev);
}

/* --- ours --------------------------------------------------------------- */

/** One by INFO; they go one after the other, or they would overtake. */
struct digit {
	struct le le;
	struct sip_leg *leg;
	char digit;
	unsigned ms;
	bool sent;
};

static void destructor(void *arg)
{
	struct digit *d = arg;

	list_unlink(&d->le);
}

static void send_next(struct sip_leg *leg);

static void info_answered(int err, const struct sip_msg *msg, void *arg)
{
	struct sip_leg *leg = arg;

	if (err || msg->scode >= 300)
		log_info("a digit was refused: %u", msg ? msg->scode : 0);
	if (leg->digits.head)
		mem_deref(leg->digits.head->data);
	send_next(leg);
}

static void send_next(struct sip_leg *leg)
{
	while (leg->digits.head && leg->session) {
		struct digit *d = leg->digits.head->data;
		char body[64], *content;

		if (d->sent)
			return;
		d->sent = true;
		snprintf(body, sizeof(body), "Signal=%c\r\nDuration=%u\r\n",
			 d->digit, d->ms);
		content = text_printf("Content-Type: application/dtmf-relay\r\n"
				      "Content-Length: %zu\r\n\r\n%s",
				      strlen(body), body);
		if (!sip_session_request(leg->session, NULL, "INFO", content,
					 false, info_answered, leg, false))
			return;
		mem_deref(d);
	}
}

int sip_leg_digit(struct sip_leg *leg, char digit, unsigned ms)
{
	struct digit *d;

	digit = (char)toupper((unsigned char)digit);
	if (!digit || !strchr(known, digit))
		return EINVAL;
	if (!leg || !leg->flowing || !leg->session)
		return EPROTO;
	ms = limited(ms);
	if (!media_stream_send_digit(leg->stream, digit, ms))
		return 0;
	if (leg->state != SIP_LEG_ESTABLISHED ||
	    list_count(&leg->digits) >= DIGITS_MAX)
		return EPROTO;
	d = mem_zalloc(sizeof(*d), destructor);
	if (!d)
		return ENOMEM;
	d->leg = leg;
	d->digit = digit;
	d->ms = ms;
	list_append(&leg->digits, &d->le, d);
	send_next(leg);
	return 0;
}
