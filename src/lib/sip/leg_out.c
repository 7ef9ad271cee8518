/**
 * @file leg_out.c  A call that goes out
 */
#include <stdlib.h>
#include <strings.h>
#include "sip_session.h"

enum { ANSWER_S = 180 };

void plan_reset(struct plan *p)
{
	free(p->to);
	free(p->from);
	free(p->name);
	mem_deref(p->route);
	memset(p, 0, sizeof(*p));
}

static const char *transport_param(enum sip_transport t)
{
	return sip_transp_param(transp_of(t));
}

static bool is_uri(const char *to)
{
	return !strncasecmp(to, "sip:", 4) || !strncasecmp(to, "sips:", 5);
}

/* By an account: to a user of its domain, or to a whole URI, by its server. */
static int plan_account(struct plan *p, const struct sip_leg_prm *prm)
{
	const struct sip_account *a = prm->account;
	struct sa domain;
	struct pl pl;
	int err;

	if (!sa_isset(&a->addr, SA_ADDR))
		return ENOTCONN;
	p->transport = a->transport;
	p->dst = a->addr;
	/* What must be safe all the way does not begin otherwise (§26.2.2). */
	if (!strncasecmp(prm->to_uri, "sips:", 5) && a->transport != SIP_TLS)
		return ENOTSUP;
	p->to = is_uri(prm->to_uri) ? text_dup(prm->to_uri)
				    : uri_make(prm->to_uri, a->domain);
	p->from = prm->from_user ? uri_make(prm->from_user, a->domain)
				 : text_dup(a->aor);
	p->name = prm->from_name ? name_quote(prm->from_name)
		  : a->name	 ? name_quote(a->name)
				 : NULL;
	if (!p->to || !p->from)
		return ENOMEM;
	/* Where the URI leads to the server anyway, no route is needed. */
	pl_set_str(&pl, a->domain);
	if (!sa_decode(&domain, pl.p, pl.l) &&
	    sa_cmp(&domain, &a->addr, SA_ALL) && a->transport == SIP_UDP &&
	    !is_uri(prm->to_uri))
		return 0;
	err = re_sdprintf(&p->route, "sip:%J%s", &a->addr,
			  transport_param(a->transport));
	return err;
}

/* To where a phone has registered from: that address in place of the host,
 * which may stand behind NAT and means nothing here. */
static int plan_peer(struct plan *p, const struct sip_leg_prm *prm)
{
	struct uri uri;
	struct pl pl;
	char *s = NULL;
	int err;

	pl_set_str(&pl, prm->to_uri);
	err = uri_decode(&uri, &pl);
	if (err)
		return EINVAL;
	err = re_sdprintf(&s, "sip:%r%s%J%s", &uri.user,
			  pl_isset(&uri.user) ? "@" : "", prm->peer,
			  transport_param(prm->transport));
	if (err)
		return err;
	p->to = text_dup(s);
	mem_deref(s);
	p->transport = prm->transport;
	p->dst = *prm->peer;
	return p->to ? 0 : ENOMEM;
}

static int plan_uri(struct plan *p, const struct sip_leg_prm *prm)
{
	struct uri uri;
	struct pl pl, v;

	pl_set_str(&pl, prm->to_uri);
	if (uri_decode(&uri, &pl))
		return EINVAL;
	p->transport = SIP_UDP;
	if (!pl_strcasecmp(&uri.scheme, "sips"))
		p->transport = SIP_TLS;
	else if (!msg_param_decode(&uri.params, "transport", &v))
		p->transport = !pl_strcasecmp(&v, "tls")   ? SIP_TLS
			       : !pl_strcasecmp(&v, "tcp") ? SIP_TCP
							   : SIP_UDP;
	if (sa_set(&p->dst, &uri.host,
		   sip_transp_port(transp_of(p->transport), uri.port)))
		return ENOTSUP;
	p->to = text_dup(prm->to_uri);
	return p->to ? 0 : ENOMEM;
}

static int plan_from(struct plan *p, const struct sip_stack *s,
		     const struct sip_leg_prm *prm)
{
	char *host = NULL, *user;

	if (!prm->from_host) {
		const struct binding *b = stack_binding(
			(struct sip_stack *)s, p->transport, sa_af(&p->dst));

		host = host_of(&b->laddr);
		if (!host)
			return ENOMEM;
	}
	user = text_clean(prm->from_user ? prm->from_user : "anonymous",
			  (size_t)-1, TEXT_LINE_MAX);
	p->from = user ? uri_make(*user ? user : "anonymous",
				  host ? host : prm->from_host)
		       : NULL;
	if (prm->from_name)
		p->name = name_quote(prm->from_name);
	free(user);
	free(host);
	return p->from ? 0 : ENOMEM;
}

int make_plan(struct plan *p, struct sip_stack *s,
	      const struct sip_leg_prm *prm)
{
	int err;

	if (prm->account)
		err = plan_account(p, prm);
	else if (prm->peer)
		err = uri_is_sane(prm->to_uri) ? plan_peer(p, prm) : EINVAL;
	else
		err = uri_is_sane(prm->to_uri) ? plan_uri(p, prm) : EINVAL;
	if (!err && prm->account)
		err = stack_face(s, p->transport, &p->dst);
	else if (!err && !stack_binding(s, p->transport, sa_af(&p->dst))->bound)
		err = ENOENT;
	if (!err && !prm->account)
		err = plan_from(p, s, prm);
	if (!err && (!uri_is_sane(p->to) || !uri_is_sane(p->from)))
		err = EINVAL;
	return err;
}

void leg_progressed(const struct sip_msg *msg, void *arg)
{
	struct sip_leg *leg = arg;
	char *reason;

	if (leg->state == SIP_LEG_CLOSED)
		return;
	leg_guard(leg);
	if (msg->scode > 100 && has_sdp(msg) && !leg_take_answer(leg, msg)) {
		leg_flow(leg, true);
		leg->state = SIP_LEG_EARLY;
	} else if (msg->scode == 180 && leg->state == SIP_LEG_CALLING) {
		leg->state = SIP_LEG_RINGING;
	}
	if (msg->scode > 100 && has_token(msg, "Allow-Events", "talk") &&
	    pl_isset(&msg->to.tag)) {
		mem_deref(leg->ringing);
		leg->ringing = mem_ref((void *)msg);
	}
	reason = clean_pl(&msg->reason);
	if (leg->refer && msg->scode > 100)
		refer_progress(leg->refer, msg->scode, reason);
	if (leg->flowing && !leg->known) {
		leg->known = true;
		if (!leg_tell(leg, SIP_LEG_EV_MEDIA, msg->scode, reason, 0,
			      msg))
			goto out;
	}
	(void)leg_tell(leg, SIP_LEG_EV_PROGRESS, msg->scode, reason, 0, msg);
out:
	free(reason);
	leg_unguard(leg);
}

/** @param p Taken over where the INVITE waits */
static int invite(struct sip_leg *leg, struct plan *p,
		  const struct sip_leg_prm *prm)
{
	const struct sip_session_target target = {p->to, p->name, p->from,
						  p->route};
	struct sip_account *a = prm->account;
	char *referred = refer_headers(prm->refer);
	struct sip_session *s = NULL;
	struct text_buf b = {0};
	int err = headers_add(&b, prm->headers);

	if (!err)
		err = sip_session_alloc(&s, leg->stack,
					a ? a->token : leg->contact, a,
					&leg_session_handlers, leg);
	if (!err) {
		s->headers = text_printf(SIP_ALLOW SESSION_SUPPORTED "%s%s",
					 b.buf ? b.buf : "",
					 referred ? referred : "");
		err = s->headers && referred ? 0 : ENOMEM;
	}
	if (!err && leg_waits(leg))
		leg_invite_later(leg, p);
	else if (!err)
		err = sip_session_invite(s, &target);
	text_buf_reset(&b);
	free(referred);
	if (err)
		mem_deref(s);
	else
		leg->session = s;
	return err;
}

int sip_leg_connect(struct sip_leg **lp, struct sip_stack *s,
		    const struct sip_leg_prm *prm, sip_leg_event_h *h,
		    void *arg)
{
	struct sip_leg *leg = NULL;
	struct sip_leg_prm to;
	struct plan p = {0};
	struct sa facing;
	int err;

	if (!lp || !s || !prm || s->closing)
		return EINVAL;
	to = *prm;
	if (prm->refer)
		to.to_uri = refer_uri(prm->refer);
	if (text_empty(to.to_uri))
		return EINVAL;
	prm = &to;
	err = make_plan(&p, s, prm);
	if (err)
		goto out;
	facing = stack_binding(s, p.transport, sa_af(&p.dst))->laddr;
	leg = leg_alloc(s, &prm->media, &facing, p.transport == SIP_TLS, h, arg,
			&err);
	if (!leg)
		goto out;
	leg->account = mem_ref(prm->account);
	leg->contact = malloc(17);
	if (!leg->contact) {
		err = ENOMEM;
		goto out;
	}
	hex_random(leg->contact, 8);
	leg->state = SIP_LEG_CALLING;
	leg->refer = mem_ref(prm->refer);
	err = leg_ice_init(leg, &prm->media, &p.dst);
	if (!err)
		err = redirect_init(leg, &p, prm);
	if (!err)
		err = invite(leg, &p, prm);
	if (!err)
		leg_wait(leg, prm->answer_s ? prm->answer_s : ANSWER_S);
out:
	plan_reset(&p);
	if (err) {
		if (leg)
			leg->state = SIP_LEG_CLOSED;
		mem_deref(leg);
	} else {
		*lp = leg;
	}
	return err;
}
