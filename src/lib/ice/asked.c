/**
 * @file asked.c  What the other side asks (RFC 8445 §7.3)
 *
 * Whoever asks with our password is answered, whether we have his yet or not;
 * nobody else changes anything. What he can send to us by, we try ourselves.
 */
#include <stdlib.h>
#include "ice_int.h"

enum { CODE_ROLE = 487 };

struct question {
	struct ice *ice;
	unsigned socket;
	struct turn *turn;
	const struct sa *src;
	const struct stun_msg *msg;
	const char *pwd; /* ours, that it was asked with */
};

static void reply(const struct question *q, struct mbuf *mb)
{
	if (q->turn) {
		/* A channel is for who has our password: there are not many. */
		if (turn_send(q->turn, q->src, mb->buf, mb->end) && q->pwd)
			(void)turn_bind(q->turn, q->src);
	} else {
		(void)media_stream_send(q->ice->stream, q->socket, q->src,
					mb->buf, mb->end);
	}
}

static void answer(const struct question *q)
{
	struct mbuf *mb = mbuf_alloc(128);

	if (mb &&
	    !stun_msg_encode(mb, STUN_METHOD_BINDING, STUN_CLASS_SUCCESS_RESP,
			     stun_msg_tid(q->msg), NULL,
			     (const uint8_t *)q->pwd, strlen(q->pwd), true, 0,
			     1, STUN_ATTR_XOR_MAPPED_ADDR, q->src))
		reply(q, mb);
	mem_deref(mb);
}

static void refuse(const struct question *q, uint16_t code, const char *reason,
		   const struct stun_unknown_attr *unknown)
{
	const struct stun_errcode ec = {code, (char *)reason};
	struct mbuf *mb = mbuf_alloc(128);

	if (mb &&
	    !stun_msg_encode(mb, STUN_METHOD_BINDING, STUN_CLASS_ERROR_RESP,
			     stun_msg_tid(q->msg), &ec, (const uint8_t *)q->pwd,
			     q->pwd ? strlen(q->pwd) : 0, true, 0, 1,
			     STUN_ATTR_UNKNOWN_ATTR, unknown))
		reply(q, mb);
	mem_deref(mb);
}

/* Whose password is it made with? */
static const char *password_for(const struct ice *ice,
				const struct stun_msg *msg)
{
	const struct stun_attr *a = stun_msg_attr(msg, STUN_ATTR_USERNAME);
	const char *colon = a ? strchr(a->v.username, ':') : NULL;
	const char *pwd = NULL;
	size_t n;

	if (!colon)
		return NULL;
	n = (size_t)(colon - a->v.username);
	if (n == UFRAG_LEN && !strncmp(a->v.username, ice->ufrag, n))
		pwd = ice->pwd;
	else if (n == UFRAG_LEN && *ice->old_ufrag &&
		 !strncmp(a->v.username, ice->old_ufrag, n))
		pwd = ice->old_pwd;
	if (!pwd || !message_is_by(msg, (const uint8_t *)pwd, strlen(pwd)))
		return NULL;
	return pwd;
}

/* Both think that they decide, or neither does: the larger number decides
 * (§7.3.1.1). @return false: the other side must change */
static bool settle_role(struct ice *ice, const struct stun_msg *msg)
{
	const struct stun_attr *leads =
		stun_msg_attr(msg, STUN_ATTR_CONTROLLING);
	const struct stun_attr *follows =
		stun_msg_attr(msg, STUN_ATTR_CONTROLLED);

	if (!ice->checking)
		return true;
	if (leads && ice->controlling) {
		if (ice->tiebreaker >= leads->v.uint64)
			return false;
		check_switch_role(ice);
	} else if (follows && !ice->controlling) {
		if (ice->tiebreaker < follows->v.uint64)
			return false;
		check_switch_role(ice);
	}
	return true;
}

static struct ice_candidate *learn_remote(struct ice *ice, unsigned component,
					  const struct sa *src,
					  uint32_t priority)
{
	struct ice_candidate *c;

	for (size_t i = 0; i < ice->n_remotes; i++) {
		c = &ice->remotes[i];
		if (c->component == component && sa_cmp(&c->addr, src, SA_ALL))
			return c;
	}
	if (ice->n_remotes == REMOTE_MAX)
		return NULL;
	c = &ice->remotes[ice->n_remotes++];
	memset(c, 0, sizeof(*c));
	c->type = ICE_PEER_REFLEXIVE;
	c->component = component;
	c->priority = priority;
	c->addr = *src;
	sa_init(&c->related, AF_UNSPEC);
	/* Like no other (§7.3.1.3). */
	snprintf(c->foundation, sizeof(c->foundation), "p%zu", ice->n_remotes);
	media_stream_expect(ice->stream, src);
	return c;
}

static struct local *local_of(struct ice *ice, unsigned socket,
			      const struct turn *turn)
{
	for (size_t i = 0; i < ice->n_locals; i++) {
		struct local *l = &ice->locals[i];

		if (l->gone || l->turn != turn)
			continue;
		if (turn || (l->socket == socket && l->c.type == ICE_HOST))
			return l;
	}
	return NULL;
}

/* They can send to us: can we send to them (§7.3.1.4)? */
static void trigger(struct ice *ice, const struct early *e)
{
	struct local *l = local_of(ice, e->socket, e->turn);
	struct ice_candidate *remote;
	struct pair *p;

	if (!l || l->c.component >= ice_components(ice))
		return;
	remote = learn_remote(ice, l->c.component, &e->addr, e->priority);
	if (!remote)
		return;
	p = check_find(ice, l, remote);
	if (!p)
		p = check_add(ice, l, remote);
	if (!p)
		return;
	if (e->use && !ice->controlling)
		p->nominate = true;
	switch (p->state) {
	case PAIR_WORKS:
		if (p->nominate) {
			p->nominated = true;
			p->nominate = false;
			path_choose(ice);
		}
		break;
	case PAIR_CHECKING:
		request_again(p->request);
		break;
	default:
		p->state = PAIR_WAITING;
		p->triggered = true;
		check_hurry(ice);
		break;
	}
}

static void asked(struct question *q, const struct stun_unknown_attr *unknown)
{
	struct ice *ice = q->ice;
	const struct stun_attr *priority;
	struct early e = {.socket = q->socket, .turn = q->turn};

	if (stun_msg_chk_fingerprint(q->msg))
		return;
	q->pwd = password_for(ice, q->msg);
	if (!q->pwd) {
		refuse(q, 401, "Unauthenticated", NULL);
		return;
	}
	priority = stun_msg_attr(q->msg, STUN_ATTR_PRIORITY);
	if (unknown->typec) {
		refuse(q, 420, "Unknown Attribute", unknown);
		return;
	}
	if (!priority || !priority->v.priority) {
		refuse(q, 400, "Bad Request", NULL);
		return;
	}
	/* Of before a restart: an answer, and no more. */
	if (q->pwd == ice->pwd && !settle_role(ice, q->msg)) {
		refuse(q, CODE_ROLE, "Role Conflict", NULL);
		return;
	}
	answer(q);
	if (q->pwd != ice->pwd)
		return;
	e.addr = *q->src;
	e.priority = priority->v.priority;
	e.use = stun_msg_attr(q->msg, STUN_ATTR_USE_CAND) != NULL;
	if (ice->checking)
		trigger(ice, &e);
	else if (ice->n_early < EARLY_MAX)
		ice->early[ice->n_early++] = e;
}

void asked_early(struct ice *ice)
{
	for (size_t i = 0; i < ice->n_early; i++)
		trigger(ice, &ice->early[i]);
	ice->n_early = 0;
}

void check_took(struct ice *ice, unsigned socket, struct turn *turn,
		const struct sa *src, const uint8_t *p, size_t len)
{
	struct stun_unknown_attr unknown;
	struct stun_msg *msg = NULL;
	struct question q = {ice, socket, turn, src, NULL, NULL};

	if (len && p[0] < 4)
		msg = message_read(p, len, &unknown);
	if (!msg) {
		if (turn)
			media_stream_relayed(ice->stream, socket % COMPONENTS,
					     src, p, len);
		return;
	}
	q.msg = msg;
	if (stun_msg_method(msg) != STUN_METHOD_BINDING)
		;
	else if (stun_msg_class(msg) == STUN_CLASS_REQUEST)
		asked(&q, &unknown);
	else if (!unknown.typec)
		(void)request_answered(&ice->requests, msg, src);
	mem_deref(msg);
}
