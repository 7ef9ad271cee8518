/**
 * @file leg_dialog.c  What both sides of a call ask beside the call itself
 */
#include <stdlib.h>
#include <strings.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

/* --- another who operates the phone ------------------------------------- */

/** Only who called may have us answer, from where it called. */
static bool talk_arrived(struct sip_leg *leg, const struct sip_msg *msg)
{
	if (!leg->incoming || !leg->msg || !leg->allows_talk ||
	    !sa_cmp(&msg->src, &leg->msg->src, SA_ADDR))
		return false;
	/* A repetition is answered by the transaction. */
	(void)sip_session_reply(leg->session, msg, 200, NULL);
	(void)leg_tell(leg, SIP_LEG_EV_TALK, 0, NULL, 0, msg);
	return true;
}

static void notify_arrived(struct sip_leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_EVENT);
	struct pl event = pl_null;

	if (h && re_regex(h->val.p, h->val.l, "[^; \t]+", &event))
		event = pl_null;
	if (!pl_strcasecmp(&event, "refer"))
		transfer_notified(leg, msg);
	else if (pl_strcasecmp(&event, "talk") || !talk_arrived(leg, msg))
		(void)sip_session_reply(leg->session, msg, 489, NULL);
}

bool leg_asked(const struct sip_msg *msg, void *arg)
{
	static const struct {
		const char *method;
		void (*h)(struct sip_leg *leg, const struct sip_msg *msg);
	} methods[] = {
		{"NOTIFY", notify_arrived},
		{"REFER", refer_arrived},
		{"INFO", dtmf_arrived},
	};
	struct sip_leg *leg = arg;

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (!pl_strcmp(&msg->met, methods[i].method)) {
			leg_guard(leg);
			methods[i].h(leg, msg);
			leg_unguard(leg);
			return true;
		}
	}
	return false;
}

static void talk_done(int err, const struct sip_msg *msg, void *arg)
{
	(void)arg;
	if (err || msg->scode >= 300)
		log_info("talk was refused: %u", msg ? msg->scode : 0);
}

int sip_leg_talk(struct sip_leg *leg)
{
	struct early *e;
	int err;

	if (!leg || leg->incoming || !leg->session ||
	    leg->state == SIP_LEG_ESTABLISHED || leg->state == SIP_LEG_CLOSED)
		return EPROTO;
	if (!leg->ringing)
		return leg->state == SIP_LEG_RINGING ? ENOTSUP : EPROTO;
	if (leg->talk_asked)
		return 0;
	e = sip_session_early(leg->session, leg->ringing);
	if (!e)
		return ENOMEM;
	err = sip_session_request(
		leg->session, e->dlg, "NOTIFY",
		sip_session_content(
			"Event: talk\r\nSubscription-State: active\r\n", NULL),
		true, talk_done, NULL, false);
	leg->talk_asked = !err;
	return err;
}
