/**
 * @file replaces.c  An INVITE that takes the place of a call (RFC 3891 §3)
 */
#include <stdlib.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

struct replaces {
	struct pl call_id, to_tag, from_tag, params;
};

static int decode(struct replaces *r, const struct pl *value)
{
	struct pl pl;

	if (re_regex(value->p, value->l, "[^; \t]+[ \t]*[^]*", &r->call_id,
		     NULL, &r->params) ||
	    msg_param_decode(&r->params, "to-tag", &r->to_tag) ||
	    msg_param_decode(&r->params, "from-tag", &r->from_tag))
		return EBADMSG;
	pl = r->params;
	return pl.l && r->to_tag.l && r->from_tag.l ? 0 : EBADMSG;
}

struct sip_leg *replaces_leg(const struct sip_stack *s, const char *value)
{
	const struct sip_session *session;
	struct replaces r;
	struct pl pl;

	pl_set_str(&pl, value);
	if (decode(&r, &pl))
		return NULL;
	session = sip_session_by_tags(s, &r.call_id, &r.to_tag, &r.from_tag);
	return session && session->h == &leg_session_handlers ? session->arg
							      : NULL;
}

uint16_t replaces_judge(const struct sip_stack *s, const struct sip_msg *msg,
			struct sip_leg **legp)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_REPLACES);
	const struct sip_session *session;
	struct replaces r;
	struct pl none;
	bool early;

	*legp = NULL;
	if (!h)
		return 0;
	if (sip_msg_hdr_count(msg, SIP_HDR_REPLACES) > 1 || decode(&r, &h->val))
		return 400;
	session = sip_session_by_tags(s, &r.call_id, &r.to_tag, &r.from_tag);
	if (!session)
		return 481;
	if (session->state >= SESSION_ENDING || !session->h)
		return 603;
	early = session->state == SESSION_OUT;
	/* One that rings here is not ours to give away. */
	if (session->state == SESSION_IN)
		return 481;
	if (!early && !msg_param_exists(&r.params, "early-only", &none))
		return 486;
	if (session->h != &leg_session_handlers)
		return 481;
	*legp = session->arg;
	return 0;
}
