/**
 * @file subscribing.c  Somebody wants to watch (RFC 6665 §4.2.1)
 */
#include <stdlib.h>
#include "sip_int.h"

enum { EXPIRES_MIN_S = 60, EXPIRES_S = 3600 };

void sip_subscribing_reject(struct sip_subscribing *in, uint16_t code,
			    const char *reason)
{
	if (!in || in->done)
		return;
	in->done = true;
	refuse_request(in->stack, in->msg, code, reason);
}

const char *sip_subscribing_user(const struct sip_subscribing *in)
{
	return in ? in->user : NULL;
}

const char *sip_subscribing_auth_user(const struct sip_subscribing *in)
{
	return in ? in->auth_user : NULL;
}

enum sip_event_package sip_subscribing_package(const struct sip_subscribing *in)
{
	return in ? in->package : SIP_EVENT_PACKAGES;
}

/* --- what arrives --------------------------------------------------------- */

static uint32_t expires_of(const struct sip_msg *msg)
{
	uint32_t s = EXPIRES_S;

	/* what has more digits than any number of seconds is a long time */
	if (pl_isset(&msg->expires) && msg->expires.l < 10)
		s = pl_u32(&msg->expires);
	return s > EXPIRES_S ? EXPIRES_S : s;
}

static bool accept_handler(const struct sip_hdr *hdr, const struct sip_msg *msg,
			   void *arg)
{
	const struct event_package *e = arg;
	struct msg_ctype type;
	(void)msg;

	return !msg_ctype_decode(&type, &hdr->val) &&
	       (!pl_strcmp(&type.type, "*") ||
		(!pl_strcasecmp(&type.type, e->type) &&
		 (!pl_strcmp(&type.subtype, "*") ||
		  !pl_strcasecmp(&type.subtype, e->subtype))));
}

static bool takes_our_type(const struct sip_msg *msg, enum sip_event_package p)
{
	return !sip_msg_hdr(msg, SIP_HDR_ACCEPT) ||
	       sip_msg_hdr_apply(msg, true, SIP_HDR_ACCEPT, accept_handler,
				 (void *)&event_packages[p]);
}

static void refuse_event(struct sip_stack *s, const struct sip_msg *msg)
{
	struct text_buf b = {0};

	for (int i = 0; i < SIP_EVENT_PACKAGES; i++) {
		if (s->events & 1u << i)
			text_buf_printf(&b, "%s%s",
					b.len ? ", " : "Allow-Events: ",
					event_packages[i].event);
	}
	if (b.len)
		text_buf_add(&b, "\r\n");
	(void)sip_treplyf(NULL, NULL, s->sip, msg, false, 489, reason_of(489),
			  "%s" SIP_EMPTY, b.buf ? b.buf : "");
	text_buf_reset(&b);
}

static void refuse_watch(struct sip_stack *s, const struct sip_msg *msg,
			 uint16_t code)
{
	if (code == 423)
		(void)sip_treplyf(
			NULL, NULL, s->sip, msg, false, code, reason_of(code),
			"Min-Expires: %d\r\n" SIP_EMPTY, EXPIRES_MIN_S);
	else if (code == 489)
		refuse_event(s, msg);
	else
		refuse_request(s, msg, code, NULL);
}

static void offer(struct sip_stack *s, const struct sip_msg *msg, char *user)
{
	struct sip_subscribing in = {
		.stack = s,
		.msg = msg,
		.package = event_package(msg),
		.user = sip_message_request_user(message_of(msg)),
		.auth_user = user,
		.expires = expires_of(msg),
	};

	if (text_empty(in.user))
		refuse_watch(s, msg, 404);
	else
		s->h.subscribing(&in, s->arg);
	if (!text_empty(in.user) && !in.done)
		refuse_watch(s, msg, 489);
	free(in.user);
}

bool subscribe_arrived(struct sip_stack *s, const struct sip_msg *msg)
{
	enum sip_event_package p = event_package(msg);
	uint32_t expires = expires_of(msg);
	char *user = NULL;
	uint16_t code = 0;

	if (s->closing)
		code = 503;
	else if (expires && expires < EXPIRES_MIN_S)
		code = 423;
	else if (pl_isset(&msg->to.tag))
		code = watcher_refresh(s, msg, expires);
	else if (p == SIP_EVENT_PACKAGES || !(s->events & 1u << p))
		code = 489;
	else if (!pl_isset(&msg->from.tag) ||
		 !sip_msg_hdr(msg, SIP_HDR_CONTACT))
		code = 400;
	else if (!takes_our_type(msg, p))
		code = 406;
	else if (!challenge(s, msg, &user))
		offer(s, msg, user);
	if (code)
		refuse_watch(s, msg, code);
	free(user);
	return true;
}
