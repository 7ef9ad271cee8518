/**
 * @file leg_later.c  What waits until our candidates are known
 *
 * An offer or answer that lacks a relay may be no call at all, and no later
 * word can add it: so INVITE, 183, 200 and re-INVITE wait for it, a second at
 * most. Ringing does not wait.
 */
#include <stdlib.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

bool leg_waits(const struct sip_leg *leg)
{
	return ice_is_gathering(leg->ice.agent);
}

void leg_invite_later(struct sip_leg *leg, struct plan *p)
{
	leg->ice.plan = *p;
	memset(p, 0, sizeof(*p));
	leg->ice.waits |= LEG_WAITS_INVITE;
}

int leg_say_later(struct sip_leg *leg, unsigned what, const char *headers)
{
	/* A 200 says all that the 183 before it would have said. */
	leg->ice.waits &= ~(unsigned)(LEG_WAITS_PROGRESS | LEG_WAITS_ANSWER);
	leg->ice.waits |= what;
	return text_set(&leg->ice.headers, headers);
}

static void invite_now(struct sip_leg *leg)
{
	struct plan p = leg->ice.plan;
	const struct sip_session_target target = {p.to, p.name, p.from,
						  p.route};
	int err;

	memset(&leg->ice.plan, 0, sizeof(leg->ice.plan));
	err = sip_session_invite(leg->session, &target);
	plan_reset(&p);
	if (err)
		leg_closed(leg, 503, NULL, err, NULL);
}

static void say_now(struct sip_leg *leg, unsigned what)
{
	char *headers = leg->ice.headers;

	leg->ice.headers = NULL;
	if (leg_say_now(leg, what, headers ? headers : "")) {
		leg_reply_final(leg, 500, reason_of(500));
		leg_closed(leg, 500, NULL, 0, NULL);
	}
	free(headers);
}

void leg_go_on(struct sip_leg *leg)
{
	unsigned waits = leg->ice.waits;

	leg->ice.waits = 0;
	if (leg->state == SIP_LEG_CLOSED || !leg->session)
		return;
	/* Each of them may end the leg: it is the last that is done. */
	if (waits & LEG_WAITS_INVITE)
		invite_now(leg);
	else if (waits & (LEG_WAITS_PROGRESS | LEG_WAITS_ANSWER))
		say_now(leg, waits & (LEG_WAITS_PROGRESS | LEG_WAITS_ANSWER));
	else if (waits & LEG_WAITS_MODIFY && sip_session_modify(leg->session))
		log_warn("a call could not be moved");
}
