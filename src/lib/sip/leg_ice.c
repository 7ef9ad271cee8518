/**
 * @file leg_ice.c  What the two sides agree on for ICE (RFC 8839)
 *
 * An agent is there where ICE is wanted and, for calls that come in, offered.
 * Where the other side's SDP has no ICE, or says another address than its
 * candidates do, since somebody on the way has changed it, sound goes as
 * without.
 */
#include <stdlib.h>
#include <strings.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

enum { RESTARTS_MAX = 3 };

/* --- what we say -----------------------------------------------------------
 */

static const char *their(const struct sip_leg *leg, const char *name)
{
	return sdp_media_session_rattr(leg->audio, leg->sdp, name);
}

static void forget_attributes(struct sip_leg *leg)
{
	static const char *const names[] = {
		"ice-ufrag", "ice-pwd",		  "ice-mismatch", "ice-options",
		"candidate", "remote-candidates", "rtcp-mux",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		sdp_media_del_lattr(leg->audio, names[i]);
}

/* c=, m= and a=rtcp: without ICE where the stream is bound. */
static void say_address(struct sip_leg *leg, bool answer)
{
	const struct sa *laddr = media_stream_laddr(leg->stream), *rtp, *rtcp;
	struct sa none;

	sa_init(&none, AF_INET);
	rtp = ice_default(leg->ice.agent, 0);
	rtcp = ice_default(leg->ice.agent, 1);
	if (!rtp && !leg->ice.said)
		return;
	leg->ice.said = rtp != NULL;
	sdp_session_set_laddr(leg->sdp, rtp ? rtp : laddr);
	sdp_media_set_laddr(leg->audio, rtp ? rtp : laddr);
	if (!rtp || (leg->ice.mux && answer))
		rtcp = NULL;
	sdp_media_set_laddr_rtcp(leg->audio, rtcp ? rtcp : &none);
}

static int say_candidates(struct sip_leg *leg, bool one_component)
{
	const struct ice_candidate *c;
	int err = 0;

	for (size_t i = 0; !err && (c = ice_candidate(leg->ice.agent, i));
	     i++) {
		char *line;

		if (one_component && c->component)
			continue;
		line = ice_candidate_write(c);
		err = line ? sdp_media_set_lattr(leg->audio, false, "candidate",
						 "%s", line)
			   : ENOMEM;
		free(line);
	}
	return err;
}

/* Who decides on the pairs says which those are (RFC 8839 §4.4.1.2.2). */
static int say_remote(struct sip_leg *leg)
{
	const struct sa *rtp = ice_remote_address(leg->ice.agent, 0);
	const struct sa *rtcp = ice_remote_address(leg->ice.agent, 1);

	if (!rtp || !ice_is_controlling(leg->ice.agent))
		return 0;
	if (!rtcp)
		return sdp_media_set_lattr(leg->audio, true,
					   "remote-candidates", "1 %j %u", rtp,
					   sa_port(rtp));
	return sdp_media_set_lattr(leg->audio, true, "remote-candidates",
				   "1 %j %u 2 %j %u", rtp, sa_port(rtp), rtcp,
				   sa_port(rtcp));
}

static int say_ice(struct sip_leg *leg, bool one_component)
{
	const struct ice *agent = leg->ice.agent;
	int err = sdp_media_set_lattr(leg->audio, true, "ice-ufrag", "%s",
				      ice_ufrag(agent));

	if (!err)
		err = sdp_media_set_lattr(leg->audio, true, "ice-pwd", "%s",
					  ice_pwd(agent));
	return err ? err : say_candidates(leg, one_component);
}

int leg_ice_offer(struct sip_leg *leg)
{
	bool one = leg->flowing && leg->ice.mux;
	int err = 0;

	forget_attributes(leg);
	say_address(leg, one);
	/* What is agreed on stays. */
	leg->ice.mux_offered =
		leg->flowing ? leg->ice.mux : leg->ice.agent != NULL;
	if (leg->ice.mux_offered)
		err = sdp_media_set_lattr(leg->audio, true, "rtcp-mux", NULL);
	if (!err && leg->ice.agent && (leg->ice.agreed || !leg->flowing)) {
		err = say_ice(leg, one);
		if (!err)
			err = say_remote(leg);
	}
	return err;
}

int leg_ice_answer(struct sip_leg *leg)
{
	int err = 0;

	forget_attributes(leg);
	say_address(leg, true);
	if (leg->ice.mux)
		err = sdp_media_set_lattr(leg->audio, true, "rtcp-mux", NULL);
	if (err)
		return err;
	if (leg->ice.agreed)
		return say_ice(leg, leg->ice.mux);
	return leg->ice.mismatch ? sdp_media_set_lattr(leg->audio, true,
						       "ice-mismatch", NULL)
				 : 0;
}

/* --- what they say
 * ------------------------------------------------------------ */

struct candidates {
	struct ice_candidate list[ICE_REMOTE_MAX];
	size_t count;
};

static bool on_candidate(const char *name, const char *value, void *arg)
{
	struct candidates *c = arg;

	(void)name;
	if (value && !ice_candidate_read(&c->list[c->count], value))
		c->count++;
	return c->count == ICE_REMOTE_MAX;
}

static bool is_candidate(const struct candidates *c, unsigned component,
			 const struct sa *addr)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->list[i].component == component &&
		    sa_cmp(&c->list[i].addr, addr, SA_ALL))
			return true;
	}
	return false;
}

static void read_candidates(const struct sip_leg *leg, struct candidates *c)
{
	c->count = 0;
	(void)sdp_media_rattr_apply(leg->audio, "candidate", on_candidate, c);
}

/* The addresses that are said to who knows no ICE must be among those that
 * are said to who does (RFC 8839 §4.2.5); on hold there is none. */
static bool is_whole(const struct sip_leg *leg, const struct candidates *c)
{
	const struct sa *rtp = sdp_media_raddr(leg->audio);
	struct sa rtcp;

	if (sa_is_any(rtp))
		return leg->ice.agreed;
	if (!is_candidate(c, 0, rtp))
		return false;
	sdp_media_raddr_rtcp(leg->audio, &rtcp);
	return leg->ice.mux || !sa_isset(&rtcp, SA_ALL) ||
	       is_candidate(c, 1, &rtcp);
}

void leg_ice_take(struct sip_leg *leg, bool offer)
{
	const char *ufrag = their(leg, "ice-ufrag");
	struct leg_ice *i = &leg->ice;
	struct candidates c;

	i->mux = sdp_media_rattr(leg->audio, "rtcp-mux") != NULL &&
		 (offer || i->mux_offered);
	i->offerer = !offer;
	i->mismatch = false;
	if (!i->agent)
		return;
	if (!ufrag || !their(leg, "ice-pwd") ||
	    sdp_media_rattr(leg->audio, "ice-mismatch")) {
		i->agreed = false;
		return;
	}
	read_candidates(leg, &c);
	i->mismatch = !is_whole(leg, &c);
	if (i->mismatch)
		log_info("ICE: somebody on the way has changed the address");
	/* They begin anew, so do we (RFC 8839 §4.4.2). */
	if (offer && i->agreed && !text_equal(ufrag, i->their_ufrag))
		ice_restart(i->agent);
	i->agreed = !i->mismatch;
}

/* --- the stream does it
 * ---------------------------------------------------------- */

static void without(struct sip_leg *leg)
{
	const struct sa *rtp = sdp_media_raddr(leg->audio);
	struct sa rtcp;

	sdp_media_raddr_rtcp(leg->audio, &rtcp);
	if (leg->ice.mux)
		rtcp = *rtp;
	/* What was said to be our address may be that of our relay. */
	if ((!leg->flowing || ice_is_without(leg->ice.agent)) &&
	    ice_without(leg->ice.agent, rtp, &rtcp))
		return;
	leg->ice.agent = mem_deref(leg->ice.agent);
	sa_init(&leg->sdp_remote, AF_UNSPEC);
}

void leg_ice_flow(struct sip_leg *leg)
{
	struct leg_ice *i = &leg->ice;
	struct candidates c;
	struct ice_remote r = {
		.ufrag = their(leg, "ice-ufrag"),
		.pwd = their(leg, "ice-pwd"),
		.lite = sdp_session_rattr(leg->sdp, "ice-lite") != NULL,
		.mux = i->mux,
		.candidates = c.list,
	};

	media_stream_set_mux(leg->stream, i->mux);
	if (!i->agent)
		return;
	if (i->agreed) {
		read_candidates(leg, &c);
		r.count = c.count;
		i->agreed = !text_set(&i->their_ufrag, r.ufrag) &&
			    !ice_check(i->agent, &r, i->offerer);
	}
	if (!i->agreed)
		without(leg);
}

/* --- what the agent says
 * ------------------------------------------------------------ */

/* No way was found: as it would be without. */
static void go_without(struct sip_leg *leg)
{
	struct sa rtcp;

	leg->ice.agreed = false;
	leg->ice.agent = mem_deref(leg->ice.agent);
	if (!leg->flowing)
		return;
	sdp_media_raddr_rtcp(leg->audio, &rtcp);
	leg->sdp_remote = *sdp_media_raddr(leg->audio);
	media_stream_set_remote(leg->stream, &leg->sdp_remote,
				leg->ice.mux ? &leg->sdp_remote : &rtcp);
}

int leg_ice_again(struct sip_leg *leg)
{
	int err = ice_gather(leg->ice.agent);

	if (err)
		return err;
	if (!ice_is_gathering(leg->ice.agent))
		return sip_session_modify(leg->session);
	leg->ice.waits |= LEG_WAITS_MODIFY;
	return 0;
}

static void on_lost(struct sip_leg *leg)
{
	if (leg->state != SIP_LEG_ESTABLISHED || !leg->session ||
	    !ice_is_controlling(leg->ice.agent) ||
	    leg->ice.restarts++ == RESTARTS_MAX)
		return;
	log_info("ICE: another way is looked for");
	if (leg_ice_again(leg))
		log_warn("ICE could not begin anew");
}

static void on_ice(enum ice_event ev, void *arg)
{
	struct sip_leg *leg = arg;

	switch (ev) {
	case ICE_EV_GATHERED:
		leg_go_on(leg);
		break;
	case ICE_EV_FAILED:
		go_without(leg);
		break;
	case ICE_EV_LOST:
		on_lost(leg);
		break;
	case ICE_EV_CONNECTED:
		leg->ice.restarts = 0;
		break;
	}
}

/* --- beginning and end
 * ----------------------------------------------------------------- */

int leg_ice_init(struct sip_leg *leg, const struct sip_leg_media *m,
		 const struct sa *peer)
{
	struct sip_stack *s = leg->stack;
	struct ice_prm prm = {
		.stream = leg->stream,
		.servers = m ? m->ice_servers : NULL,
		.pin = m ? m->ice_pin : NULL,
		.peer = peer,
	};
	int err = 0;

	if (!m || !m->ice)
		return 0;
	/* Who calls without ICE gets none, but what offers nothing may. */
	if (leg->incoming && leg->offer && !their(leg, "ice-ufrag"))
		return 0;
	if (!s->net && !list_isempty(prm.servers))
		err = net_alloc(&s->net);
	prm.net = s->net;
	if (!err)
		err = ice_alloc(&leg->ice.agent, &prm, on_ice, leg);
	if (!err && leg->offer)
		leg_ice_take(leg, true);
	return err;
}

void leg_ice_reset(struct sip_leg *leg)
{
	struct leg_ice *i = &leg->ice;

	i->agent = mem_deref(i->agent);
	i->agreed = false;
	i->waits = 0;
	plan_reset(&i->plan);
	free(i->headers);
	i->headers = NULL;
	free(i->their_ufrag);
	i->their_ufrag = NULL;
}
