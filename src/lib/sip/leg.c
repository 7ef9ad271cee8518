/**
 * @file leg.c  A leg: one session and its stream
 *
 * What the owner is told inside the session's offer and answer handlers waits
 * until they have returned: the session goes on with its message after them.
 */
#include <stdlib.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

/* --- telling ------------------------------------------------------------ */

void leg_guard(struct sip_leg *leg)
{
	mem_ref(leg);
	leg->guards++;
}

void leg_unguard(struct sip_leg *leg)
{
	leg->guards--;
	mem_deref(leg);
}

bool leg_tell_event(struct sip_leg *leg, const struct sip_leg_event *ev)
{
	bool alive;

	leg_guard(leg);
	if (leg->h)
		leg->h(leg, ev, leg->arg);
	/* Let go of by its owner: it is over, though we still hold it. */
	if (mem_nrefs(leg) == leg->guards && leg->h) {
		leg->h = NULL;
		sip_leg_hangup(leg);
	}
	alive = leg->h && leg->state != SIP_LEG_CLOSED;
	leg_unguard(leg);
	return alive;
}

bool leg_tell(struct sip_leg *leg, enum sip_leg_event_type type, uint16_t code,
	      const char *reason, int error, const struct sip_msg *msg)
{
	const struct sip_leg_event ev = {
		.type = type,
		.code = code,
		.reason = reason ? reason : "",
		.error = error,
		.message = message_of(msg),
	};

	return leg_tell_event(leg, &ev);
}

static void later_handler(void *arg)
{
	static const enum sip_leg_event_type order[] = {
		SIP_LEG_EV_HOLD_DONE,  SIP_LEG_EV_HELD,	 SIP_LEG_EV_RESUMED,
		SIP_LEG_EV_OFFER_DONE, SIP_LEG_EV_OFFER,
	};
	struct sip_leg *leg = arg;

	leg_guard(leg);
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		uint16_t code =
			order[i] == SIP_LEG_EV_HOLD_DONE    ? leg->modify_code
			: order[i] == SIP_LEG_EV_OFFER_DONE ? leg->formats.code
							    : 0;

		if (!(leg->later & 1u << order[i]))
			continue;
		leg->later &= ~(1u << order[i]);
		if (!leg_tell(leg, order[i], code, reason_of(code), 0, NULL))
			break;
	}
	leg_unguard(leg);
}

void leg_tell_later(struct sip_leg *leg, enum sip_leg_event_type type)
{
	leg->later |= 1u << type;
	tmr_start(&leg->tmr_later, 0, later_handler, leg);
}

/* --- the end ------------------------------------------------------------ */

void leg_detach(struct sip_leg *leg)
{
	struct sip_session *session = leg->session;

	leg->state = SIP_LEG_CLOSED;
	leg->holding = false;
	leg->formats.asked = false;
	leg->later = 0;
	tmr_cancel(&leg->tmr);
	tmr_cancel(&leg->tmr_later);
	media_stream_stop(leg->stream);
	leg_ice_reset(leg);
	transfer_close(leg);
	refer_orphan(leg);
	list_flush(&leg->digits);
	leg->redirect = mem_deref(leg->redirect);
	leg->refer = mem_deref(leg->refer);
	leg->msg = mem_deref(leg->msg);
	leg->ringing = mem_deref(leg->ringing);
	leg->late_answer = mem_deref(leg->late_answer);
	free(leg->late_headers);
	leg->late_headers = NULL;
	list_unlink(&leg->le);
	leg->session = NULL;
	sip_session_leave(session);
}

void leg_closed(struct sip_leg *leg, uint16_t code, const char *reason,
		int error, const struct sip_msg *msg)
{
	struct sip_leg_event ev = {.type = SIP_LEG_EV_CLOSED};
	char *clean = NULL;

	if (leg->state == SIP_LEG_CLOSED)
		return;
	leg_guard(leg);
	mem_ref((void *)msg);
	if (!reason && msg)
		reason = clean = clean_pl(&msg->reason);
	ev.code = code;
	ev.reason = reason ? reason : reason_of(code);
	ev.error = error;
	ev.message = message_of(msg);
	ev.retry_after_s = header_number(msg, SIP_HDR_RETRY_AFTER);
	if (leg->refer)
		refer_progress(leg->refer, code < 300 ? 487 : code, ev.reason);
	leg_detach(leg);
	(void)leg_tell_event(leg, &ev);
	free(clean);
	mem_deref((void *)msg);
	leg_unguard(leg);
}

/* The session is over. */
static void on_closed(int err, const struct sip_msg *msg, void *arg)
{
	struct sip_leg *leg = arg;
	bool up = leg->state == SIP_LEG_ESTABLISHED;

	if (msg && !msg->req && msg->scode >= 300)
		leg_closed(leg, msg->scode, NULL, 0, msg);
	else if (msg && !msg->req)
		leg_closed(leg, 488, reason_of(488), err, msg);
	else if (err == ECONNRESET && !up && leg->incoming)
		leg_closed(leg, 487, reason_of(487), 0, NULL);
	else if (err == ECONNRESET || !err)
		leg_closed(leg, 200, "OK", 0, NULL);
	else if (err == ETIMEDOUT)
		leg_closed(leg, 408, reason_of(408), err, NULL);
	else
		leg_closed(leg, 503, reason_of(503), err, NULL);
}

void sip_leg_hangup(struct sip_leg *leg)
{
	if (!leg || leg->state == SIP_LEG_CLOSED)
		return;
	if (leg->incoming && leg->msg && leg->state != SIP_LEG_ESTABLISHED)
		(void)sip_leg_reject(leg, 603, NULL);
	else
		leg_detach(leg);
}

static void nobody_answers(void *arg)
{
	struct sip_leg *leg = arg;

	leg_guard(leg);
	if (leg->incoming)
		leg_reply_final(leg, 480, reason_of(480));
	leg_closed(leg, 408, reason_of(408), 0, NULL);
	leg_unguard(leg);
}

void leg_wait(struct sip_leg *leg, uint32_t seconds)
{
	tmr_start(&leg->tmr, 1000ull * seconds, nobody_answers, leg);
}

/* --- established, changed ----------------------------------------------- */

static void check_remote_hold(struct sip_leg *leg)
{
	const struct sa *raddr = sdp_media_raddr(leg->audio);
	bool held = !(sdp_media_rdir(leg->audio) & SDP_SENDONLY) ||
		    sa_is_any(raddr);

	if (held == leg->hold_remote)
		return;
	leg->hold_remote = held;
	leg->later &= ~(1u << SIP_LEG_EV_HELD | 1u << SIP_LEG_EV_RESUMED);
	leg_tell_later(leg, held ? SIP_LEG_EV_HELD : SIP_LEG_EV_RESUMED);
}

/* Our offer, or our answer to what came. */
static int on_describe(struct mbuf **descp, const struct sip_msg *msg,
		       void *arg)
{
	struct sip_leg *leg = arg;
	int err;

	*descp = NULL;
	if (leg->state == SIP_LEG_CLOSED)
		return ECONNRESET;
	if (!has_sdp(msg)) {
		if (!msg)
			leg->hold_sent = leg->holding;
		err = leg_formats_offer(leg, !msg);
		return err ? err
			   : leg_make_offer(leg, !msg && leg->holding, descp);
	}
	err = leg_formats_keep(leg);
	if (!err)
		err = leg_take_offer(leg, msg->mb);
	if (!err)
		err = leg_make_answer(leg, NULL, descp);
	if (err) {
		leg_formats_undo(leg);
		return err;
	}
	leg_flow(leg, false);
	check_remote_hold(leg);
	leg_tell_later(leg, SIP_LEG_EV_OFFER);
	return 0;
}

/* An answer to our offer came: with a 200, or with an ACK. */
static int on_answered(const struct sip_msg *msg, void *arg)
{
	struct sip_leg *leg = arg;
	int err;

	if (leg->state == SIP_LEG_CLOSED)
		return 0;
	err = leg_take_answer(leg, msg);
	if (!err && has_sdp(msg)) {
		leg_flow(leg, true);
		check_remote_hold(leg);
	}
	return err;
}

static void on_established(const struct sip_msg *msg, void *arg)
{
	struct sip_leg *leg = arg;

	leg_guard(leg);
	tmr_cancel(&leg->tmr);
	leg->msg = mem_deref(leg->msg);
	leg->ringing = mem_deref(leg->ringing);
	leg->state = SIP_LEG_ESTABLISHED;
	if (leg->refer)
		refer_progress(leg->refer, 200, "OK");
	if (!leg->known && leg->flowing) {
		leg->known = true;
		if (!leg_tell(leg, SIP_LEG_EV_MEDIA, msg->scode, NULL, 0, msg))
			goto out;
	}
	(void)leg_tell(leg, SIP_LEG_EV_ESTABLISHED, msg->scode, NULL, 0, msg);
out:
	leg_unguard(leg);
}

/* --- hold --------------------------------------------------------------- */

static void hold_over(struct sip_leg *leg, uint16_t code)
{
	if (!leg->holding || !leg->hold_sent)
		return;
	leg->holding = false;
	leg->modify_code = code;
	if (code < 300)
		leg->hold = leg->hold_wanted;
	else
		sdp_media_set_ldir(leg->audio,
				   leg->hold ? SDP_SENDONLY : SDP_SENDRECV);
	leg_tell_later(leg, SIP_LEG_EV_HOLD_DONE);
}

/* What was wanted while a re-INVITE was on its way goes with the next. */
static void on_modified(uint16_t code, void *arg)
{
	struct sip_leg *leg = arg;
	bool retarget = leg->retarget;
	int err = 0;

	hold_over(leg, code);
	leg_formats_over(leg, code);
	leg->retarget = false;
	if (retarget && leg->ice.agent)
		err = leg_ice_again(leg);
	else if (retarget || leg->holding || leg->formats.asked)
		err = sip_session_modify(leg->session);
	if (err)
		log_warn("a call could not be changed: %s", strerror(err));
}

int sip_leg_hold(struct sip_leg *leg, bool hold)
{
	int err;

	if (!leg || leg->state != SIP_LEG_ESTABLISHED || !leg->session)
		return EPROTO;
	if (leg->holding)
		return EALREADY;
	if (leg->hold == hold)
		return 0;
	leg->hold_wanted = hold;
	leg->holding = true;
	leg->hold_sent = false;
	err = sip_session_modify(leg->session);
	if (err)
		leg->holding = false;
	return err;
}

/* The 200 that waited for a PRACK. */
static void on_pracked(void *arg)
{
	struct sip_leg *leg = arg;
	struct mbuf *desc = leg->late_answer;

	if (!leg->late_headers)
		return;
	leg->late_answer = NULL;
	if (sip_session_answer(leg->session, desc, leg->late_headers))
		leg_closed(leg, 500, reason_of(500), 0, NULL);
	mem_deref(desc);
	free(leg->late_headers);
	leg->late_headers = NULL;
}

static bool on_failed(const struct sip_msg *msg, void *arg)
{
	return leg_secure_failed(arg, msg) || redirect_failed(msg, arg);
}

const struct sip_session_handlers leg_session_handlers = {
	.describe = on_describe,
	.answered = on_answered,
	.progress = leg_progressed,
	.established = on_established,
	.modified = on_modified,
	.failed = on_failed,
	.pracked = on_pracked,
	.request = leg_asked,
	.closed = on_closed,
};

/* --- beginning ---------------------------------------------------------- */

static void leg_destructor(void *arg)
{
	struct sip_leg *leg = arg;

	leg->h = NULL;
	sip_leg_hangup(leg);
	leg_detach(leg);
	mem_deref(leg->offer);
	mem_deref(leg->audio);
	mem_deref(leg->sdp);
	leg_secure_reset(leg);
	wipe(leg->said);
	free(leg->said);
	list_flush(&leg->wanted);
	list_flush(&leg->remote);
	list_flush(&leg->agreed);
	leg_formats_reset(leg);
	media_stream_set_handler(leg->stream, NULL, NULL);
	mem_deref(leg->stream);
	free(leg->contact);
	mem_deref(leg->account);
	mem_deref(leg->stack);
}

struct sip_leg *leg_alloc(struct sip_stack *s, const struct sip_leg_media *m,
			  const struct sa *facing, bool tls, sip_leg_event_h *h,
			  void *arg, int *err)
{
	static const struct sip_leg_media defaults;
	struct media_stream_prm prm;
	struct sip_leg *leg = mem_zalloc(sizeof(*leg), leg_destructor);

	*err = ENOMEM;
	if (!leg)
		return NULL;
	if (!m)
		m = &defaults;
	leg->state = SIP_LEG_CLOSED;
	leg->stack = mem_ref(s);
	leg->secure.want = m->security;
	leg->secure.path = tls;
	sa_init(&leg->sdp_remote, AF_UNSPEC);
	memset(&prm, 0, sizeof(prm));
	prm.laddr = sa_isset(&m->laddr, SA_ADDR) ? m->laddr : *facing;
	prm.latch = m->latch;
	prm.timeout_ms = m->timeout_ms;
	*err = list_isempty(m->formats)
		       ? media_formats_ours(&leg->wanted, NULL)
		       : media_formats_copy(&leg->wanted, m->formats);
	/* Digits with the sound (RFC 4733), unless the owner has a list. */
	if (!*err && list_isempty(m->formats))
		*err = media_formats_events(&leg->wanted);
	if (!*err)
		*err = media_stream_alloc(&leg->stream, s->media, &prm,
					  m->event, arg);
	if (!*err)
		*err = leg_sdp_init(leg);
	if (*err)
		return mem_deref(leg);
	leg->h = h;
	leg->arg = arg;
	list_append(&s->legs, &leg->le, leg);
	return leg;
}

/* --- getters ------------------------------------------------------------ */

enum sip_leg_state sip_leg_state(const struct sip_leg *leg)
{
	return leg ? leg->state : SIP_LEG_CLOSED;
}

bool sip_leg_is_incoming(const struct sip_leg *leg)
{
	return leg && leg->incoming;
}

bool sip_leg_held(const struct sip_leg *leg)
{
	return leg && leg->hold;
}

bool sip_leg_held_remote(const struct sip_leg *leg)
{
	return leg && leg->hold_remote;
}

struct media_stream *sip_leg_stream(const struct sip_leg *leg)
{
	return leg ? leg->stream : NULL;
}

const struct list *sip_leg_formats(const struct sip_leg *leg)
{
	static const struct list none;

	return leg ? &leg->agreed : &none;
}

const struct list *sip_leg_remote_formats(const struct sip_leg *leg)
{
	static const struct list none;

	return leg ? &leg->remote : &none;
}
