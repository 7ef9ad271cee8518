/**
 * @file leg.c  A leg: one dialog and its stream
 *
 * What the owner is told inside libre's offer and answer handlers waits
 * until they have returned: libre goes on with the session after them.
 */
#include <stdlib.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

/* libre tells nobody that a re-INVITE was refused; but it lets go of the
 * offer then, and that is seen here. */
struct offer_out {
	struct mbuf mb;
	struct sip_leg *leg; /**< NULL: nobody cares any more */
};

static void modified(struct sip_leg *leg, uint16_t code);

/* --- telling ------------------------------------------------------------ */

bool leg_tell(struct sip_leg *leg, enum sip_leg_event_type type, uint16_t code,
	      const char *reason, int error, const struct sip_msg *msg)
{
	struct sip_leg_event ev = {
		.type = type,
		.code = code,
		.reason = reason ? reason : "",
		.error = error,
		.message = message_of(msg),
	};
	bool alive;

	mem_ref(leg);
	if (leg->h)
		leg->h(leg, &ev, leg->arg);
	alive = mem_nrefs(leg) > 1;
	mem_deref(leg);
	return alive;
}

static void later_handler(void *arg)
{
	static const enum sip_leg_event_type order[] = {
		SIP_LEG_EV_HOLD_DONE,
		SIP_LEG_EV_HELD,
		SIP_LEG_EV_RESUMED,
		SIP_LEG_EV_OFFER,
	};
	struct sip_leg *leg = arg;

	mem_ref(leg);
	leg->crossed = false;
	if (leg->again) {
		leg->again = false;
		leg->modifying = false;
		if (sip_leg_hold(leg, leg->hold_wanted))
			modified(leg, 488);
	}
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		uint16_t code =
			order[i] == SIP_LEG_EV_HOLD_DONE ? leg->modify_code : 0;

		if (!(leg->later & 1u << order[i]))
			continue;
		leg->later &= ~(1u << order[i]);
		if (!leg_tell(leg, order[i], code, reason_of(code), 0, NULL) ||
		    leg->state == SIP_LEG_CLOSED)
			break;
	}
	mem_deref(leg);
}

void leg_tell_later(struct sip_leg *leg, enum sip_leg_event_type type)
{
	leg->later |= 1u << type;
	tmr_start(&leg->tmr_later, 0, later_handler, leg);
}

/* --- the end ------------------------------------------------------------ */

void leg_detach(struct sip_leg *leg)
{
	leg->state = SIP_LEG_CLOSED;
	leg->modifying = false;
	leg->later = 0;
	tmr_cancel(&leg->tmr);
	tmr_cancel(&leg->tmr_later);
	media_stream_stop(leg->stream);
	if (leg->offer_out)
		leg->offer_out->leg = NULL;
	leg->offer_out = NULL;
	leg->sess = mem_deref(leg->sess);
	leg->st = mem_deref(leg->st);
	leg->msg = mem_deref(leg->msg);
	leg->ringing = mem_deref(leg->ringing);
	leg->notify = mem_deref(leg->notify);
	list_unlink(&leg->le);
}

void leg_closed(struct sip_leg *leg, uint16_t code, const char *reason,
		int error, const struct sip_msg *msg)
{
	char *clean = NULL;

	if (leg->state == SIP_LEG_CLOSED)
		return;
	mem_ref(leg);
	mem_ref((void *)msg);
	if (!reason && msg)
		reason = clean = clean_pl(&msg->reason);
	leg_detach(leg);
	(void)leg_tell(leg, SIP_LEG_EV_CLOSED, code,
		       reason ? reason : reason_of(code), error, msg);
	free(clean);
	mem_deref((void *)msg);
	mem_deref(leg);
}

/* libre says that the session is over. */
void leg_session_closed(int err, const struct sip_msg *msg, void *arg)
{
	struct sip_leg *leg = arg;
	bool up = leg->state == SIP_LEG_ESTABLISHED;

	set_nodelay(msg);
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

	mem_ref(leg);
	if (leg->incoming) {
		leg_reply_final(leg, 480, reason_of(480));
	}
	leg_closed(leg, 408, reason_of(408), 0, NULL);
	mem_deref(leg);
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

/* A re-INVITE came; it is answered with what this returns. */
int leg_offered(struct mbuf **descp, const struct sip_msg *msg, void *arg)
{
	struct sip_leg *leg = arg;
	int err;

	*descp = NULL;
	if (leg->state == SIP_LEG_CLOSED)
		return ECONNRESET;
	if (!has_sdp(msg))
		return leg_make_offer(leg, descp);
	err = leg_take_offer(leg, msg->mb);
	if (!err)
		err = leg_make_answer(leg, NULL, descp);
	if (err)
		return err;
	leg_flow(leg, false);
	check_remote_hold(leg);
	leg->crossed = true;
	leg_tell_later(leg, SIP_LEG_EV_OFFER);
	return 0;
}

static void modified(struct sip_leg *leg, uint16_t code)
{
	leg->modifying = false;
	leg->modified = false;
	leg->modify_code = code;
	if (code < 300)
		leg->hold = leg->hold_wanted;
	else
		sdp_media_set_ldir(leg->audio,
				   leg->hold ? SDP_SENDONLY : SDP_SENDRECV);
	leg_tell_later(leg, SIP_LEG_EV_HOLD_DONE);
}

/* An answer to our offer came: with a 200, or with an ACK. */
int leg_answered(const struct sip_msg *msg, void *arg)
{
	struct sip_leg *leg = arg;
	int err;

	set_nodelay(msg);
	if (leg->state == SIP_LEG_CLOSED)
		return 0;
	err = leg_take_answer(leg, msg);
	if (!err && has_sdp(msg)) {
		leg_flow(leg, true);
		check_remote_hold(leg);
	}
	if (leg->modifying) {
		leg->modified = true;
		modified(leg, err ? 488 : 200);
	}
	return err;
}

void leg_established(const struct sip_msg *msg, void *arg)
{
	struct sip_leg *leg = arg;

	set_nodelay(msg);
	tmr_cancel(&leg->tmr);
	leg->msg = mem_deref(leg->msg);
	leg->ringing = mem_deref(leg->ringing);
	leg->state = SIP_LEG_ESTABLISHED;
	if (!leg->known && leg->flowing) {
		leg->known = true;
		if (!leg_tell(leg, SIP_LEG_EV_MEDIA, msg->scode, NULL, 0,
			      msg) ||
		    leg->state != SIP_LEG_ESTABLISHED)
			return;
	}
	(void)leg_tell(leg, SIP_LEG_EV_ESTABLISHED, msg->scode, NULL, 0, msg);
}

static void offer_destructor(void *arg)
{
	struct offer_out *o = arg;
	struct sip_leg *leg = o->leg;

	free(o->mb.buf);
	if (leg)
		leg->offer_out = NULL;
	if (!leg || !leg->modifying || leg->modified ||
	    leg->state != SIP_LEG_ESTABLISHED)
		return;
	/* Given up for one of theirs (RFC 3261 §14.1): then it is our turn. */
	if (leg->crossed)
		leg->again = true;
	else
		modified(leg, leg->refusal ? leg->refusal : 488);
}

void leg_answer_seen(struct sip_stack *s, const uint8_t *pkt, size_t len)
{
	static const char version[] = "SIP/2.0 ";
	size_t n = sizeof(version) - 1;
	struct sip_msg *msg = NULL;
	struct mbuf *mb = NULL;

	/* Refusals only, which are rare. */
	if (len > n && !memcmp(pkt, version, n) && pkt[n] >= '3')
		mb = mbuf_alloc(len);
	if (!mb || mbuf_write_mem(mb, pkt, len))
		goto out;
	mb->pos = 0;
	if (sip_msg_decode(&msg, mb))
		goto out;
	for (struct le *le = s->legs.head; le; le = le->next) {
		struct sip_leg *leg = le->data;

		if (leg->modifying && leg->call_id &&
		    !pl_strcmp(&msg->callid, leg->call_id) &&
		    !pl_strcmp(&msg->cseq.met, "INVITE"))
			leg->refusal = msg->scode;
	}
out:
	mem_deref(msg);
	mem_deref(mb);
}

int sip_leg_hold(struct sip_leg *leg, bool hold)
{
	struct mbuf *desc = NULL;
	struct offer_out *o;
	int err;

	if (!leg || leg->state != SIP_LEG_ESTABLISHED || !leg->sess)
		return EPROTO;
	if (leg->modifying)
		return EALREADY;
	if (leg->hold == hold)
		return 0;
	leg->hold_wanted = hold;
	leg->modifying = true;
	leg->modified = false;
	leg->refusal = 0;
	err = leg_make_offer(leg, &desc);
	if (err)
		goto out;
	o = mem_zalloc(sizeof(*o), offer_destructor);
	if (!o) {
		err = ENOMEM;
		goto out;
	}
	o->mb.size = o->mb.end = desc->end;
	o->mb.buf = malloc(desc->end);
	if (o->mb.buf) {
		memcpy(o->mb.buf, desc->buf, desc->end);
		err = sipsess_modify(leg->sess, &o->mb);
	} else {
		err = ENOMEM;
	}
	if (!err) {
		o->leg = leg;
		leg->offer_out = o;
	}
	mem_deref(o);
out:
	mem_deref(desc);
	if (err)
		leg->modifying = false;
	return err;
}

/* --- another who operates the phone ------------------------------------- */

bool leg_notified(struct sip_stack *s, const struct sip_msg *msg)
{
	const struct sip_hdr *event = sip_msg_hdr(msg, SIP_HDR_EVENT);
	char tag[17];
	struct le *le;

	for (le = s->legs.head; le; le = le->next) {
		struct sip_leg *leg = le->data;

		if (!leg->incoming || !leg->msg ||
		    pl_cmp(&msg->callid, &leg->msg->callid) ||
		    pl_cmp(&msg->from.tag, &leg->msg->from.tag) ||
		    !sa_cmp(&msg->src, &leg->msg->src, SA_ADDR))
			continue;
		(void)re_snprintf(tag, sizeof(tag), "%016llx", leg->msg->tag);
		if (pl_strcmp(&msg->to.tag, tag))
			continue;
		if (!event || pl_strcasecmp(&event->val, "talk") ||
		    !leg->allows_talk) {
			(void)sip_reply(s->sip, msg, 489, reason_of(489));
			return true;
		}
		/* A repetition is answered by the transaction. */
		(void)sip_treply(NULL, s->sip, msg, 200, "OK");
		(void)leg_tell(leg, SIP_LEG_EV_TALK, 0, NULL, 0, msg);
		return true;
	}
	return false;
}

static void notify_done(int err, const struct sip_msg *msg, void *arg)
{
	(void)arg;
	if (err || (msg && msg->scode >= 300))
		log_info("talk was refused: %u", msg ? msg->scode : 0);
}

static int send_nothing(enum sip_transp tp, const struct sa *src,
			const struct sa *dst, struct mbuf *mb, void *arg)
{
	(void)tp;
	(void)src;
	(void)dst;
	(void)mb;
	(void)arg;
	return ECANCELED;
}

int sip_leg_talk(struct sip_leg *leg)
{
	struct sip_dialog *early = NULL, *dlg;
	int err;

	if (!leg || leg->incoming || !leg->sess ||
	    leg->state == SIP_LEG_ESTABLISHED || leg->state == SIP_LEG_CLOSED)
		return EPROTO;
	if (!leg->ringing)
		return leg->state == SIP_LEG_RINGING ? ENOTSUP : EPROTO;
	if (leg->notify)
		return 0;
	/* The dialog that the 180 made is one of its own for libre. Both
	 * count on from the same number, so the session's must go on too. */
	dlg = sipsess_dialog(leg->sess);
	err = sip_dialog_fork(&early, dlg, leg->ringing);
	if (!err)
		err = sip_drequestf(&leg->notify, leg->stack->sip, true,
				    "NOTIFY", early, 0, NULL, NULL, notify_done,
				    leg,
				    "Event: talk\r\n"
				    "Subscription-State: active\r\n" SIP_EMPTY);
	if (!err)
		(void)sip_drequestf(NULL, leg->stack->sip, false, "NOTIFY", dlg,
				    0, NULL, send_nothing, NULL, NULL,
				    SIP_EMPTY);
	mem_deref(early);
	return err;
}

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
	list_flush(&leg->wanted);
	list_flush(&leg->remote);
	media_stream_set_handler(leg->stream, NULL, NULL);
	mem_deref(leg->stream);
	free(leg->call_id);
	free(leg->contact);
	mem_deref(leg->account);
	mem_deref(leg->stack);
}

struct sip_leg *leg_alloc(struct sip_stack *s, const struct sip_leg_media *m,
			  const struct sa *facing, sip_leg_event_h *h,
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
	sa_init(&leg->sdp_remote, AF_UNSPEC);
	memset(&prm, 0, sizeof(prm));
	prm.laddr = sa_isset(&m->laddr, SA_ADDR) ? m->laddr : *facing;
	prm.latch = m->latch;
	prm.timeout_ms = m->timeout_ms;
	*err = list_isempty(m->formats)
		       ? media_formats_ours(&leg->wanted, NULL)
		       : media_formats_copy(&leg->wanted, m->formats);
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

const struct list *sip_leg_remote_formats(const struct sip_leg *leg)
{
	static const struct list none;

	return leg ? &leg->remote : &none;
}
