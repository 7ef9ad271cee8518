/**
 * @file session_modify.c  re-INVITE and UPDATE, ours and theirs
 *
 * Where both sides offer at once, each gives way and waits its own time (RFC
 * 3261 §14.1). Our offer is made anew for each try: theirs may have changed
 * what there is to say.
 */
#include <stdlib.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

enum { TRIES_MAX = 8, RETRY_MAX_S = 10 };

static int send_reinvite(struct sip_session *s);

/* --- ours --------------------------------------------------------------- */

static void over(struct sip_session *s, uint16_t code)
{
	bool carried = s->carries;

	s->modifying = false;
	s->refresh = false;
	s->carries = false;
	if (carried)
		s->modify = false;
	if (carried && s->h)
		s->h->modified(code, s->arg);
	if (s->h)
		sip_session_modify_next(s);
}

static void try_again(void *arg)
{
	struct sip_session *s = arg;

	sip_session_modify_next(s);
}

static void try_in(struct sip_session *s, uint32_t ms)
{
	s->modifying = false;
	tmr_start(&s->tmr_modify, ms, try_again, s);
}

/** Who made the Call-ID waits longer (RFC 3261 §14.1), in units of 10 ms. */
static uint32_t glare_ms(const struct sip_session *s)
{
	return s->incoming ? 10 * (rand_u32() % 201)
			   : 2100 + 10 * (rand_u32() % 191);
}

/** The other side has not finished something else (§14.2). */
static uint32_t retry_ms(const struct sip_msg *msg)
{
	uint32_t s = header_number(msg, SIP_HDR_RETRY_AFTER);

	return sip_msg_hdr(msg, SIP_HDR_RETRY_AFTER)
		       ? 100 + 1000 * (s < RETRY_MAX_S ? s : RETRY_MAX_S)
		       : 0;
}

static void accepted(struct sip_session *s, const struct sip_msg *msg)
{
	int err = 0;

	sip_session_update_dialog(s, msg);
	if (s->h && has_sdp(msg))
		err = s->h->answered(msg, s->arg);
	else if (s->h)
		err = EBADMSG;
	if (sip_session_ack(s, s->dlg, msg->cseq.num, NULL) && s->h) {
		sip_session_closed(s, EHOSTUNREACH, NULL);
		sip_session_bye(s);
		return;
	}
	timer_agreed(s, msg);
	over(s, err ? 488 : 200);
}

static void refused(struct sip_session *s, const struct sip_msg *msg)
{
	uint32_t ms = 0;

	if (msg->scode == 491)
		ms = glare_ms(s) + 1;
	else if (msg->scode == 500)
		ms = retry_ms(msg);
	else if (timer_refused(s, msg))
		ms = 1;
	if (ms && s->tries < TRIES_MAX) {
		try_in(s, ms);
		return;
	}
	if (msg->scode == 408 || msg->scode == 481) {
		sip_session_closed(s, 0, msg);
		sip_session_bye(s);
		return;
	}
	over(s, msg->scode);
}

static void reinvite_answered(int err, const struct sip_msg *msg, void *arg)
{
	struct sip_session *s = mem_ref(arg);

	set_nodelay(msg);
	if (!err && msg->scode < 200)
		goto out;
	if (s->state != SESSION_UP) {
		/* A 200 that our BYE has crossed wants its ACK all the same. */
		if (!err && msg->scode < 300 && s->state == SESSION_ENDING)
			(void)sip_session_ack(s, s->dlg, msg->cseq.num, NULL);
	} else if (err) {
		sip_session_closed(s, err, NULL);
		sip_session_bye(s);
	} else if (msg->scode < 300) {
		accepted(s, msg);
	} else if (sip_session_authenticate(s, msg, &s->rounds)) {
		if (send_reinvite(s))
			over(s, 500);
	} else {
		refused(s, msg);
	}
out:
	mem_deref(s);
}

static int send_reinvite(struct sip_session *s)
{
	struct mbuf *desc = NULL;
	char *headers, *all = NULL, *content = NULL;
	int err = ENOMEM;

	if (!s->h)
		return EPROTO;
	s->carries = s->modify;
	headers = timer_headers(s);
	if (headers)
		all = text_printf(SIP_ALLOW SESSION_SUPPORTED "%s", headers);
	free(headers);
	if (all)
		err = s->h->describe(&desc, NULL, s->arg);
	if (!err)
		content = sip_session_content(all, desc);
	if (content)
		err = sip_drequestf(&s->req, s->stack->sip, true, "INVITE",
				    s->dlg, 0, s->auth, sip_session_contact,
				    reinvite_answered, s, "%s", content);
	else if (!err)
		err = ENOMEM;
	mem_deref(desc);
	free(content);
	free(all);
	return err;
}

void sip_session_modify_next(struct sip_session *s)
{
	int err;

	if (!(s->modify || s->refresh) || s->modifying ||
	    s->state != SESSION_UP || s->replies.head || !s->h ||
	    tmr_isrunning(&s->tmr_modify))
		return;
	s->modifying = true;
	s->rounds = 0;
	s->tries++;
	err = send_reinvite(s);
	if (err) {
		log_warn("re-INVITE: %s", strerror(err));
		over(s, 500);
	}
}

int sip_session_modify(struct sip_session *s)
{
	if (s->state != SESSION_UP && s->state != SESSION_ANSWERED)
		return EPROTO;
	s->modify = true;
	s->tries = 0;
	sip_session_modify_next(s);
	return 0;
}

/* --- theirs ------------------------------------------------------------- */

static bool strange_body(struct sip_session *s, const struct sip_msg *msg)
{
	if (!mbuf_get_left(msg->mb) || has_sdp(msg))
		return false;
	(void)sip_treplyf(NULL, NULL, s->stack->sip, msg, false, 415,
			  reason_of(415),
			  "Accept: application/sdp\r\n" SIP_EMPTY);
	return true;
}

static void busy(struct sip_session *s, const struct sip_msg *msg)
{
	char line[32];

	(void)re_snprintf(line, sizeof(line), "Retry-After: %u\r\n",
			  rand_u32() % (RETRY_MAX_S + 1));
	(void)sip_session_reply(s, msg, 500, line);
}

/** Both sides offer, or one of theirs is not done with. */
static bool crosses(struct sip_session *s, const struct sip_msg *msg)
{
	if (s->modifying) {
		(void)sip_session_reply(s, msg, 491, NULL);
		return true;
	}
	if (s->state != SESSION_UP || s->replies.head) {
		busy(s, msg);
		return true;
	}
	return false;
}

void sip_session_reinvited(struct sip_session *s, const struct sip_msg *msg)
{
	struct mbuf *desc = NULL;
	char *headers = NULL;
	int err;

	if (crosses(s, msg) || strange_body(s, msg) || timer_too_small(s, msg))
		return;
	err = s->h ? s->h->describe(&desc, msg, s->arg) : ECONNRESET;
	if (err) {
		(void)sip_session_reply(s, msg, err == EBADMSG ? 400 : 488,
					NULL);
		return;
	}
	sip_session_update_dialog(s, msg);
	headers = timer_answer(s, msg);
	err = headers ? sip_session_send_2xx(s, msg, desc, headers,
					     !has_sdp(msg))
		      : ENOMEM;
	if (err)
		log_warn("200 to a re-INVITE: %s", strerror(err));
	free(headers);
	mem_deref(desc);
}

/** We don't offer to send one, but who does is understood (RFC 3311). */
void sip_session_updated(struct sip_session *s, const struct sip_msg *msg)
{
	struct sip_contact contact;
	struct mbuf *desc = NULL;
	char *headers, *content;
	int err = 0;

	if (strange_body(s, msg) || timer_too_small(s, msg))
		return;
	if (has_sdp(msg)) {
		if (crosses(s, msg))
			return;
		err = s->h ? s->h->describe(&desc, msg, s->arg) : ECONNRESET;
	}
	if (err) {
		(void)sip_session_reply(s, msg, err == EBADMSG ? 400 : 488,
					NULL);
		return;
	}
	sip_session_update_dialog(s, msg);
	headers = timer_answer(s, msg);
	content = headers ? sip_session_content(headers, desc) : NULL;
	sip_contact_set(&contact, s->contact, &msg->dst, msg->tp);
	if (content)
		(void)sip_treplyf(NULL, NULL, s->stack->sip, msg, true, 200,
				  "OK", "%H" SIP_ALLOW SESSION_SUPPORTED "%s",
				  sip_contact_print, &contact, content);
	free(headers);
	free(content);
	mem_deref(desc);
}
