/**
 * @file subscription.c  Watching somebody (RFC 6665 §4.1)
 *
 * One dialog at a time: what a forked SUBSCRIBE may open besides is answered
 * 481. What ends without being refused is begun anew, after growing waits.
 */
#include <stdlib.h>
#include <strings.h>
#include "sip_int.h"
#include "subscription_int.h"

#define LOG_MODULE "sip"

enum {
	EXPIRES_S = 600,
	EXPIRES_MAX_S = 86400,
	RETRY_MAX_MS = 300000,
	LASTED_MS = 60000,  /**< one that held so long was a good one */
	SILENCE_MS = 32000, /**< timer N: then no NOTIFY will come */
	ROUNDS_MAX = 4,	    /**< challenges and the like, of one try */
	GOODBYE_MS = 2000,
};

static void on_refresh(void *arg);
static void on_retry(void *arg);
static void on_silence(void *arg);
static void goodbye_over(void *arg);

/* --- state -------------------------------------------------------------- */

bool subscription_is_owned(const struct sip_subscription *sub)
{
	return !sub->ending && mem_nrefs(sub) > 1;
}

static void unlit(struct sip_subscription *sub)
{
	const struct sip_lamp_info info = {.lamp = SIP_LAMP_UNREACHABLE};

	dialog_info_reset(&sub->dialogs);
	if (sub->h.lamp && sub->package == SIP_EVENT_LAMP && sub->lit &&
	    subscription_is_owned(sub)) {
		sub->lit = false;
		sub->h.lamp(sub, &info, sub->arg);
	}
}

void subscription_state(struct sip_subscription *sub,
			enum sip_subscription_state state, uint16_t code,
			const char *reason)
{
	bool same = sub->state == state && sub->code == code &&
		    text_equal(sub->reason, reason);

	if (sub->ending)
		return;
	sub->state = state;
	sub->code = code;
	if (!same)
		(void)text_set(&sub->reason, reason);
	if (state != SIP_SUBSCRIPTION_ACTIVE &&
	    state != SIP_SUBSCRIPTION_TRYING)
		unlit(sub);
	if (!same && sub->h.state && subscription_is_owned(sub))
		sub->h.state(sub, sub->arg);
}

static void drop_dialog(struct sip_subscription *sub)
{
	tmr_cancel(&sub->tmr);
	tmr_cancel(&sub->tmr_silence);
	sub->req = mem_deref(sub->req);
	sub->dlg = mem_deref(sub->dlg);
	sub->expires_ms = 0;
	sub->subscribed = false;
	sub->heard = false;
	dialog_info_reset(&sub->dialogs);
}

void subscription_failed(struct sip_subscription *sub, uint16_t code,
			 const char *reason, uint32_t retry_after_s)
{
	uint64_t ms = retry_in_ms(sub->failures, RETRY_MAX_MS),
		 least = retry_after_ms(retry_after_s);

	drop_dialog(sub);
	sub->failures++;
	if (ms < least)
		ms = least;
	sub->retry_ms = time_mono_ms() + ms;
	tmr_start(&sub->tmr, ms, on_retry, sub);
	subscription_state(sub, SIP_SUBSCRIPTION_DOWN, code, reason);
}

void subscription_refused(struct sip_subscription *sub, uint16_t code,
			  const char *reason)
{
	drop_dialog(sub);
	sub->retry_ms = 0;
	subscription_state(sub, SIP_SUBSCRIPTION_REFUSED, code, reason);
}

void subscription_anew(struct sip_subscription *sub, const char *reason)
{
	bool lasted = time_mono_ms() - sub->began_ms > LASTED_MS;

	drop_dialog(sub);
	if (lasted)
		sub->failures = 0;
	/* Whoever ends each at once does not keep us busy. */
	if (sub->failures) {
		subscription_failed(sub, 0, reason, 0);
		return;
	}
	sub->failures++;
	tmr_start(&sub->tmr, 0, on_retry, sub);
	subscription_state(sub, SIP_SUBSCRIPTION_TRYING, 0, reason);
}

/* --- requests ----------------------------------------------------------- */

static sip_resp_h on_response;

static int contact_send(enum sip_transp tp, const struct sa *src,
			const struct sa *dst, struct mbuf *mb, void *arg)
{
	const struct sip_subscription *sub = arg;
	(void)dst;

	return mbuf_printf(mb, "Contact: <sip:%s@%J%s>\r\n",
			   sub->account->token, contact_address(tp, src),
			   sip_transp_param(tp));
}

static int send_subscribe(struct sip_subscription *sub, uint32_t expires)
{
	const struct event_package *e = &event_packages[sub->package];
	const char *software = sub->stack->software;

	return sip_drequestf(&sub->req, sub->stack->sip, true, "SUBSCRIBE",
			     sub->dlg, 0, sub->auth, contact_send, on_response,
			     sub,
			     "Event: %s\r\nAccept: %s/%s\r\nExpires: %u\r\n"
			     "%s%s%s" SIP_ALLOW SIP_EMPTY,
			     e->event, e->type, e->subtype, expires,
			     software ? "User-Agent: " : "",
			     software ? software : "", software ? "\r\n" : "");
}

static int begin(struct sip_subscription *sub)
{
	struct sip_leg_prm where;
	struct plan plan = {0};
	const char *routes[1];
	int err;

	memset(&where, 0, sizeof(where));
	where.account = sub->account;
	where.to_uri = sub->to;
	err = make_plan(&plan, sub->stack, &where);
	routes[0] = plan.route;
	if (!err)
		err = sip_dialog_alloc(&sub->dlg, plan.to, plan.to, plan.name,
				       plan.from, routes, plan.route ? 1 : 0);
	plan_reset(&plan);
	if (!err) {
		sip_auth_reset(sub->auth);
		sub->rounds = 0;
		sub->began_ms = time_mono_ms();
		err = send_subscribe(sub, sub->wanted);
	}
	return err;
}

static void on_retry(void *arg)
{
	struct sip_subscription *sub = arg;
	int err;

	if (sub->ending || sub->stack->closing)
		return;
	mem_ref(sub);
	sub->retry_ms = 0;
	drop_dialog(sub);
	err = begin(sub);
	if (err)
		subscription_failed(sub, 0, strerror(err), 0);
	else if (sub->state != SIP_SUBSCRIPTION_TRYING)
		subscription_state(sub, SIP_SUBSCRIPTION_TRYING, 0, "");
	mem_deref(sub);
}

void subscription_refresh(struct sip_subscription *sub)
{
	if (sub->req || !sub->subscribed)
		return;
	sub->rounds = 0;
	if (send_subscribe(sub, sub->wanted))
		subscription_anew(sub, "");
}

static void on_refresh(void *arg)
{
	struct sip_subscription *sub = arg;

	mem_ref(sub);
	subscription_refresh(sub);
	mem_deref(sub);
}

static void on_silence(void *arg)
{
	struct sip_subscription *sub = arg;

	mem_ref(sub);
	subscription_failed(sub, 0, strerror(ETIMEDOUT), 0);
	mem_deref(sub);
}

void subscription_lasts(struct sip_subscription *sub, uint32_t seconds)
{
	uint64_t ms;

	if (seconds > EXPIRES_MAX_S)
		seconds = EXPIRES_MAX_S;
	ms = 1000ull * (seconds > 10  ? seconds - seconds / 10 - 1
			: seconds > 2 ? seconds - 1
				      : 1);
	sub->expires_ms = time_mono_ms() + 1000ull * seconds;
	tmr_start(&sub->tmr, ms, on_refresh, sub);
}

/* --- answers ------------------------------------------------------------ */

static uint32_t seconds_of(const struct sip_msg *msg, enum sip_hdrid id)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, id);

	return h ? pl_u32(&h->val) : 0;
}

static void on_accepted(struct sip_subscription *sub, const struct sip_msg *msg)
{
	uint32_t expires = sub->wanted;
	int err = 0;

	if (!sip_dialog_established(sub->dlg))
		err = sip_dialog_create(sub->dlg, msg);
	else if (sip_dialog_cmp(sub->dlg, msg))
		(void)sip_dialog_update(sub->dlg, msg);
	if (err) {
		subscription_failed(sub, msg->scode, "no way back", 0);
		return;
	}
	/* It may grant less, not more. */
	if (pl_isset(&msg->expires) && pl_u32(&msg->expires) < expires)
		expires = pl_u32(&msg->expires);
	sub->subscribed = true;
	subscription_lasts(sub, expires);
	if (sub->heard)
		sub->failures = 0;
	else
		tmr_start(&sub->tmr_silence, SILENCE_MS, on_silence, sub);
}

/* A refresh that failed leaves what is until its end (§4.1.2.2). */
static bool holds(struct sip_subscription *sub)
{
	uint64_t now = time_mono_ms(), left;
	uint64_t ms = retry_in_ms(sub->failures, RETRY_MAX_MS);

	if (!sub->subscribed || sub->expires_ms <= now + 1000)
		return false;
	left = sub->expires_ms - now;
	sub->failures++;
	tmr_start(&sub->tmr, ms < left ? ms : left - 500, on_refresh, sub);
	return true;
}

static void on_refusal(struct sip_subscription *sub, const struct sip_msg *msg)
{
	static const uint16_t for_good[] = {403, 404, 405, 406, 410, 415, 416,
					    420, 489, 501, 505, 603, 604};
	uint32_t min = seconds_of(msg, SIP_HDR_MIN_EXPIRES);
	char *reason = clean_pl(&msg->reason);
	const char *text = reason ? reason : "";

	if ((msg->scode == 401 || msg->scode == 407) &&
	    ++sub->rounds <= ROUNDS_MAX &&
	    !sip_auth_authenticate(sub->auth, msg) &&
	    !send_subscribe(sub, sub->wanted))
		goto out;
	if (msg->scode == 423 && min > sub->wanted && min <= EXPIRES_MAX_S &&
	    ++sub->rounds <= ROUNDS_MAX) {
		sub->wanted = min;
		if (!send_subscribe(sub, sub->wanted))
			goto out;
	}
	if (msg->scode == 401 || msg->scode == 407) {
		subscription_refused(sub, msg->scode, text);
		goto out;
	}
	for (size_t i = 0; i < ARRAY_SIZE(for_good); i++) {
		if (msg->scode == for_good[i]) {
			subscription_refused(sub, msg->scode, text);
			goto out;
		}
	}
	if (msg->scode == 481 && sub->subscribed)
		subscription_anew(sub, text);
	else if (msg->scode == 481 || msg->scode == 408 || !holds(sub))
		subscription_failed(sub, msg->scode, text,
				    seconds_of(msg, SIP_HDR_RETRY_AFTER));
out:
	free(reason);
}

/* While it ends, one challenge is answered; then it is over. */
static void on_goodbye(struct sip_subscription *sub, int err,
		       const struct sip_msg *msg)
{
	if (!err && msg && (msg->scode == 401 || msg->scode == 407) &&
	    !sub->rounds++ &&
	    (sip_auth_reset(sub->auth),
	     !sip_auth_authenticate(sub->auth, msg)) &&
	    !send_subscribe(sub, 0))
		return;
	/* The last NOTIFY is still to be answered. */
	if (err || !msg || msg->scode >= 300 || sub->over)
		tmr_start(&sub->tmr, 0, goodbye_over, sub);
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct sip_subscription *sub = arg;

	if (!err && msg && msg->scode < 200)
		return;
	set_nodelay(msg);
	mem_ref(sub);
	if (sub->ending)
		on_goodbye(sub, err, msg);
	else if (err || !msg)
		subscription_failed(sub, 0, strerror(err ? err : ECONNABORTED),
				    0);
	else if (msg->scode < 300)
		on_accepted(sub, msg);
	else
		on_refusal(sub, msg);
	mem_deref(sub);
}

/* --- beginning and end -------------------------------------------------- */

static void goodbye_over(void *arg)
{
	struct sip_subscription *sub = arg;

	sub->req = mem_deref(sub->req);
	sub->sip = mem_deref(sub->sip);
	list_unlink(&sub->le);
	mem_deref(sub);
}

/* @return true if it lives on until that is over */
static bool say_goodbye(struct sip_subscription *sub)
{
	bool known = sub->dlg && sip_dialog_established(sub->dlg);

	sub->ending = true;
	tmr_cancel(&sub->tmr);
	tmr_cancel(&sub->tmr_silence);
	sub->req = mem_deref(sub->req);
	sub->rounds = 0;
	if (!known || !sub->subscribed || send_subscribe(sub, 0)) {
		list_unlink(&sub->le);
		return false;
	}
	sub->sip = mem_ref(sub->stack->sip);
	tmr_start(&sub->tmr, GOODBYE_MS, goodbye_over, sub);
	return true;
}

void subscription_ended(struct sip_subscription *sub)
{
	sub->over = true;
	if (!sub->req)
		tmr_start(&sub->tmr, 0, goodbye_over, sub);
}

static void sub_destructor(void *arg)
{
	struct sip_subscription *sub = arg;

	memset(&sub->h, 0, sizeof(sub->h));
	if (sub->stack && !sub->ending && say_goodbye(sub)) {
		mem_ref(sub);
		return;
	}
	tmr_cancel(&sub->tmr);
	tmr_cancel(&sub->tmr_silence);
	list_unlink(&sub->le);
	mem_deref(sub->req);
	mem_deref(sub->dlg);
	mem_deref(sub->auth);
	mem_deref(sub->sip);
	mem_deref(sub->account);
	mem_deref(sub->stack);
	dialog_info_reset(&sub->dialogs);
	free(sub->to);
	free(sub->reason);
}

void subscription_close(struct sip_stack *s)
{
	struct le *le = s->subscriptions.head;

	while (le) {
		struct sip_subscription *sub = le->data;

		le = le->next;
		if (!sub->ending && say_goodbye(sub))
			mem_ref(sub);
	}
}

int sip_subscribe_alloc(struct sip_subscription **sp, struct sip_stack *s,
			const struct sip_subscription_prm *prm,
			const struct sip_subscription_handlers *h, void *arg)
{
	struct sip_subscription *sub;
	int err;

	if (!sp || !s || !prm || !prm->account || text_empty(prm->to_uri) ||
	    (unsigned)prm->package >= SIP_EVENT_PACKAGES || s->closing)
		return EINVAL;
	sub = mem_zalloc(sizeof(*sub), sub_destructor);
	if (!sub)
		return ENOMEM;
	tmr_init(&sub->tmr);
	tmr_init(&sub->tmr_silence);
	sub->package = prm->package;
	sub->wanted = prm->expires ? prm->expires : EXPIRES_S;
	if (sub->wanted > EXPIRES_MAX_S)
		sub->wanted = EXPIRES_MAX_S;
	sub->arg = arg;
	sub->account = mem_ref(prm->account);
	err = text_set(&sub->to, prm->to_uri);
	if (!err)
		err = text_set(&sub->reason, "");
	if (!err)
		err = sip_auth_alloc(&sub->auth, account_auth, sub->account,
				     false);
	if (err) {
		mem_deref(sub);
		return err;
	}
	sub->stack = mem_ref(s);
	list_append(&s->subscriptions, &sub->le, sub);
	if (h)
		sub->h = *h;
	/* The owner hears nothing before it has its pointer. */
	tmr_start(&sub->tmr, 0, on_retry, sub);
	*sp = sub;
	return 0;
}

void sip_subscription_info(const struct sip_subscription *sub,
			   struct sip_subscription_info *info)
{
	if (!sub || !info)
		return;
	*info = (struct sip_subscription_info){
		.state = sub->state,
		.code = sub->code,
		.reason = sub->reason ? sub->reason : "",
		.retry_ms = sub->retry_ms,
	};
}

void sip_subscription_retry(struct sip_subscription *sub)
{
	if (!sub || sub->ending || sub->req || sub->subscribed)
		return;
	sub->failures = 0;
	tmr_start(&sub->tmr, 0, on_retry, sub);
}
