/**
 * @file subscription_notify.c  What we are told of whom we watch
 */
#include <stdlib.h>
#include <strings.h>
#include "subscription_int.h"

#define LOG_MODULE "sip"

enum {
	REFRESH_MS = 5000, /**< out of turn, not more often */
	SHORTEST_S = 60,   /**< where it says that it lasts no time at all */
};

/* --- bodies ------------------------------------------------------------- */

static int take_presence(struct sip_subscription *sub, const char *s, size_t n)
{
	struct sip_presence p;
	char *note = NULL;
	int err = pidf_read(&p, &note, s, n);

	if (!err && sub->h.presence && subscription_is_owned(sub))
		sub->h.presence(sub, &p, sub->arg);
	free(note);
	return err;
}

static int take_lamp(struct sip_subscription *sub, const char *s, size_t n)
{
	struct sip_lamp_info info;
	bool gap = false;
	int err = dialog_info_read(&sub->dialogs, &gap, s, n);
	uint64_t now = time_mono_ms();

	if (err)
		return err == EALREADY ? 0 : err;
	if (gap && now - sub->refreshed_ms > REFRESH_MS) {
		sub->refreshed_ms = now;
		subscription_refresh(sub);
	}
	info.lamp = dialog_info_lamp(&sub->dialogs);
	info.calls = sub->dialogs.calls;
	info.count = sub->dialogs.count;
	sub->lit = true;
	if (sub->h.lamp && subscription_is_owned(sub))
		sub->h.lamp(sub, &info, sub->arg);
	return 0;
}

static int take_messages(struct sip_subscription *sub, const char *s, size_t n)
{
	struct sip_messages m;
	int err = mwi_read(&m, s, n);

	if (!err && sub->h.messages && subscription_is_owned(sub))
		sub->h.messages(sub, &m, sub->arg);
	return err;
}

static int (*const take[SIP_EVENT_PACKAGES])(struct sip_subscription *sub,
					     const char *s, size_t n) = {
	[SIP_EVENT_PRESENCE] = take_presence,
	[SIP_EVENT_LAMP] = take_lamp,
	[SIP_EVENT_MESSAGES] = take_messages,
};

/* --- Subscription-State (§8.2.3) ------------------------------------------ */

struct substate {
	char *state;
	char *reason; /**< "" if none */
	uint32_t expires, retry_after;
	bool has_expires;
};

static void substate_reset(struct substate *st)
{
	free(st->state);
	free(st->reason);
}

static int substate_read(struct substate *st, const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_SUBSCRIPTION_STATE);
	struct pl state, reason = PL_INIT, v;

	memset(st, 0, sizeof(*st));
	if (!h)
		return EBADMSG;
	state = h->val;
	for (size_t i = 0; i < state.l; i++) {
		if (memchr("; \t", state.p[i], 3))
			state.l = i;
	}
	if (!state.l)
		return EBADMSG;
	(void)msg_param_decode(&h->val, "reason", &reason);
	if (!msg_param_decode(&h->val, "retry-after", &v))
		st->retry_after = pl_u32(&v);
	if (!msg_param_decode(&h->val, "expires", &v)) {
		st->has_expires = true;
		st->expires = pl_u32(&v);
	}
	st->state = clean_pl(&state);
	st->reason = clean_pl(&reason);
	if (st->state && st->reason)
		return 0;
	substate_reset(st);
	return ENOMEM;
}

/* What follows from an end (§4.1.3). */
static void on_terminated(struct sip_subscription *sub,
			  const struct substate *st)
{
	static const struct {
		const char *reason;
		bool anew, refused;
	} reasons[] = {
		{"deactivated", true, false}, {"timeout", true, false},
		{"rejected", false, true},    {"noresource", false, true},
		{"invariant", false, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (strcasecmp(st->reason, reasons[i].reason) != 0)
			continue;
		if (reasons[i].refused)
			subscription_refused(sub, 0, st->reason);
		else if (reasons[i].anew && !st->retry_after)
			subscription_anew(sub, st->reason);
		else
			break;
		return;
	}
	subscription_failed(sub, 0, st->reason, st->retry_after);
}

static void on_state(struct sip_subscription *sub, const struct substate *st)
{
	bool pending = !strcasecmp(st->state, "pending");

	if (!strcasecmp(st->state, "terminated")) {
		on_terminated(sub, st);
		return;
	}
	sub->subscribed = true;
	if (st->has_expires && !sub->req)
		subscription_lasts(sub, st->expires ? st->expires : SHORTEST_S);
	subscription_state(sub,
			   pending ? SIP_SUBSCRIPTION_PENDING
				   : SIP_SUBSCRIPTION_ACTIVE,
			   200, st->reason);
}

/* --- NOTIFY --------------------------------------------------------------- */

static struct sip_subscription *find(struct sip_stack *s,
				     const struct sip_msg *msg)
{
	struct le *le;

	for (le = s->subscriptions.head; le; le = le->next) {
		struct sip_subscription *sub = le->data;

		if (sip_dialog_cmp(sub->dlg, msg) ||
		    (sub->dlg && !sip_dialog_established(sub->dlg) &&
		     sip_dialog_cmp_half(sub->dlg, msg)))
			return sub;
	}
	return NULL;
}

static void say(struct sip_subscription *sub, const struct sip_msg *msg,
		uint16_t code)
{
	const struct event_package *e = &event_packages[sub->package];

	if (code == 415)
		(void)sip_treplyf(NULL, NULL, sub->stack->sip, msg, false, code,
				  reason_of(code),
				  "Accept: %s/%s\r\n" SIP_EMPTY, e->type,
				  e->subtype);
	else
		(void)sip_treply(NULL, sub->stack->sip, msg, code,
				 code == 200 ? "OK" : reason_of(code));
}

/* @return 0, or the code that it is refused with */
static uint16_t judge(struct sip_subscription *sub, const struct sip_msg *msg)
{
	const struct event_package *e = &event_packages[sub->package];

	if (event_package(msg) != sub->package)
		return 489;
	if (!sip_dialog_established(sub->dlg)) {
		if (!pl_isset(&msg->from.tag) ||
		    sip_dialog_create(sub->dlg, msg))
			return 400;
	} else if (!sip_dialog_rseq_valid(sub->dlg, msg)) {
		return 500;
	} else {
		(void)sip_dialog_update(sub->dlg, msg);
	}
	if (!mbuf_get_left(msg->mb))
		return 0;
	if (mbuf_get_left(msg->mb) > EVENT_BODY_MAX)
		return 413;
	return msg_ctype_cmp(&msg->ctyp, e->type, e->subtype) ? 0 : 415;
}

static void on_notify(struct sip_subscription *sub, const struct sip_msg *msg,
		      const struct substate *st)
{
	size_t n = mbuf_get_left(msg->mb);
	int err = 0;

	tmr_cancel(&sub->tmr_silence);
	sub->heard = true;
	say(sub, msg, 200);
	if (sub->ending) {
		if (!strcasecmp(st->state, "terminated"))
			subscription_ended(sub);
		return;
	}
	/* A body may come with the end, and tells how it was then. */
	if (n)
		err = take[sub->package](sub, (const char *)mbuf_buf(msg->mb),
					 n);
	if (err)
		log_info("bad %s from outside: %s",
			 event_packages[sub->package].event, strerror(err));
	if (subscription_is_owned(sub))
		on_state(sub, st);
}

bool subscription_notified(struct sip_stack *s, const struct sip_msg *msg)
{
	struct sip_subscription *sub = find(s, msg);
	struct substate st;
	uint16_t code;

	if (!sub)
		return false;
	mem_ref(sub);
	code = judge(sub, msg);
	if (!code && substate_read(&st, msg))
		code = 400;
	if (code) {
		say(sub, msg, code);
	} else {
		on_notify(sub, msg, &st);
		substate_reset(&st);
	}
	mem_deref(sub);
	return true;
}
