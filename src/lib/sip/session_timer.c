/**
 * @file session_timer.c  Session timers (RFC 4028), where the other side
 * wants one
 */
#include <stdlib.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

enum { MIN_SE = 90, EXPIRES_MAX = 86400 };

struct wish {
	uint32_t expires; /**< 0: none */
	bool named;	  /**< refresher is said */
	bool uac;
};

static struct wish wish_of(const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_SESSION_EXPIRES);
	struct wish w = {.expires = 0};
	struct pl params, number, refresher;

	if (!h || re_regex(h->val.p, h->val.l, "[0-9]+[^]*", &number, &params))
		return w;
	w.expires = number.l > 9 ? EXPIRES_MAX : pl_u32(&number);
	if (w.expires > EXPIRES_MAX)
		w.expires = EXPIRES_MAX;
	if (!msg_param_decode(&params, "refresher", &refresher)) {
		w.uac = !pl_strcasecmp(&refresher, "uac");
		w.named = w.uac || !pl_strcasecmp(&refresher, "uas");
	}
	return w;
}

static uint32_t min_se(const struct sip_msg *msg)
{
	uint32_t n = header_number(msg, SIP_HDR_MIN_SE);

	return n > EXPIRES_MAX ? EXPIRES_MAX : n;
}

static uint64_t ms_of(const struct sip_session *s, uint32_t seconds)
{
	return (uint64_t)seconds * s->stack->second_ms;
}

static void fired(void *arg);

/** Timers go on while the machine sleeps, so fired() looks again. */
static void wait_for(struct sip_session *s, uint64_t ms)
{
	uint64_t now = time_mono_ms();
	uint64_t left = s->expires_ms > now ? s->expires_ms - now : 0;

	tmr_start(&s->tmr_expires, ms < left ? ms : left, fired, s);
}

static void fired(void *arg)
{
	struct sip_session *s = arg;
	uint64_t now = time_mono_ms();

	if (now < s->expires_ms) {
		/* A refresh that is answered begins anew; what is not is
		 * tried again as long as there is time for an answer. */
		bool again = s->refresher &&
			     s->expires_ms - now > ms_of(s, s->expires) / 32;

		wait_for(s, again ? ms_of(s, s->expires / 8) : UINT64_MAX);
		if (!again)
			return;
		s->refresh = true;
		s->tries = 0;
		sip_session_modify_next(s);
		return;
	}
	log_warn("the session was not refreshed");
	mem_ref(s);
	sip_session_closed(s, ETIMEDOUT, NULL);
	sip_session_bye_with(s, "Reason: SIP;cause=408;"
				"text=\"Session timer expired\"\r\n");
	mem_deref(s);
}

/** From now on. It ends a third, at most 32 s, before it expires (§10). */
static void start(struct sip_session *s)
{
	uint32_t n = s->expires;

	tmr_cancel(&s->tmr_expires);
	if (!n)
		return;
	s->expires_ms =
		time_mono_ms() + ms_of(s, n - (n / 3 < 32 ? n / 3 : 32));
	wait_for(s, s->refresher ? ms_of(s, n) / 2 : UINT64_MAX);
}

bool timer_too_small(struct sip_session *s, const struct sip_msg *msg)
{
	struct wish w = wish_of(msg);

	if (!w.expires || w.expires >= MIN_SE ||
	    !has_token(msg, "Supported", "timer"))
		return false;
	(void)sip_treplyf(&s->st, NULL, s->stack->sip, msg, false, 422,
			  reason_of(422), "Min-SE: %u\r\n" SIP_EMPTY, MIN_SE);
	return true;
}

char *timer_answer(struct sip_session *s, const struct sip_msg *msg)
{
	struct wish w = wish_of(msg);
	bool supported = has_token(msg, "Supported", "timer");

	s->peer_timer = supported;
	s->expires = w.expires >= MIN_SE ? w.expires : 0;
	if (!s->expires) {
		tmr_cancel(&s->tmr_expires);
		return text_dup("");
	}
	/* Who doesn't know them can't refresh (§9, table 2). */
	s->refresher = !supported || (w.named && !w.uac);
	start(s);
	return text_printf("Session-Expires: %u;refresher=%s\r\n%s", s->expires,
			   s->refresher ? "uas" : "uac",
			   supported ? "Require: timer\r\n" : "");
}

void timer_agreed(struct sip_session *s, const struct sip_msg *msg)
{
	struct wish w = wish_of(msg);

	s->peer_timer = has_token(msg, "Supported", "timer") ||
			has_token(msg, "Require", "timer");
	if (!w.expires) {
		/* The other side wants none: then we refresh no longer. */
		s->expires = 0;
		tmr_cancel(&s->tmr_expires);
		return;
	}
	s->expires = w.expires < MIN_SE ? MIN_SE : w.expires;
	s->refresher = !w.named || w.uac;
	start(s);
}

bool timer_refused(struct sip_session *s, const struct sip_msg *msg)
{
	uint32_t n = min_se(msg);

	if (msg->scode != 422 || n <= s->expires)
		return false;
	s->min_se = n;
	s->expires = n;
	return true;
}

char *timer_headers(const struct sip_session *s)
{
	char *min, *all;

	if (!s->expires)
		return text_dup("");
	min = s->min_se ? text_printf("Min-SE: %u\r\n", s->min_se)
			: text_dup("");
	if (!min)
		return NULL;
	/* In this request the client is us, whoever called (§7.4). */
	all = text_printf("Session-Expires: %u;refresher=%s\r\n%s", s->expires,
			  s->refresher ? "uac" : "uas", min);
	free(min);
	return all;
}
