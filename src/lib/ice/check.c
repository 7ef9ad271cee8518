/**
 * @file check.c  Pairs, and whether they work (RFC 8445 §6, §7.2)
 *
 * Binding requests go out one each 20 ms, the best pairs first, those that the
 * other side has just tried before all others.
 */
#include <stdlib.h>
#include "ice_int.h"

#define LOG_MODULE "ice"

enum {
	PACE_MS = 20,
	FIRST_MS = 250,
	TRIES = 7,
	PATIENCE_MS = 10000, /* the other side may be late (RFC 8863) */
	CODE_ROLE = 487,
};

/* --- pairs --------------------------------------------------------------- */

static void set_priority(struct pair *p)
{
	uint64_t ours = p->local->c.priority, theirs = p->remote->priority;
	uint64_t g = p->ice->controlling ? ours : theirs;
	uint64_t d = p->ice->controlling ? theirs : ours;

	p->priority =
		((g < d ? g : d) << 32) + 2 * (g > d ? g : d) + (g > d ? 1 : 0);
}

struct pair *check_find(struct ice *ice, const struct local *l,
			const struct ice_candidate *remote)
{
	for (size_t i = 0; i < ice->n_pairs; i++) {
		if (ice->pairs[i].local == l && ice->pairs[i].remote == remote)
			return &ice->pairs[i];
	}
	return NULL;
}

static bool can_pair(const struct local *l, const struct ice_candidate *r)
{
	if (l->gone || l->c.component != r->component ||
	    (l->c.type != ICE_HOST && l->c.type != ICE_RELAYED) ||
	    sa_af(&l->c.addr) != sa_af(&r->addr))
		return false;
	return sa_is_loopback(&l->c.addr) == sa_is_loopback(&r->addr) ||
	       l->c.type == ICE_RELAYED || r->type == ICE_RELAYED;
}

/* The least of them gives way where there are too many. */
static struct pair *room_for_pair(struct ice *ice, uint64_t priority)
{
	struct pair *least = NULL;

	if (ice->n_pairs < PAIRS_MAX)
		return &ice->pairs[ice->n_pairs++];
	for (size_t i = 0; i < PAIRS_MAX; i++) {
		struct pair *p = &ice->pairs[i];

		if ((p->state == PAIR_FROZEN || p->state == PAIR_FAILED) &&
		    (!least || p->priority < least->priority))
			least = p;
	}
	return least && least->priority < priority ? least : NULL;
}

struct pair *check_add(struct ice *ice, struct local *l,
		       struct ice_candidate *remote)
{
	struct pair made = {.ice = ice, .local = l, .remote = remote}, *p;

	set_priority(&made);
	p = room_for_pair(ice, made.priority);
	if (p)
		*p = made;
	return p;
}

static bool same_foundation(const struct pair *a, const struct pair *b)
{
	return !strcmp(a->local->c.foundation, b->local->c.foundation) &&
	       !strcmp(a->remote->foundation, b->remote->foundation);
}

/* Of those that are likely to fare alike the first is tried first (§6.1.2.6) */
static void thaw_first(struct ice *ice)
{
	for (size_t i = 0; i < ice->n_pairs; i++) {
		struct pair *p = &ice->pairs[i];
		bool first = true;

		for (size_t k = 0; k < ice->n_pairs && first; k++) {
			const struct pair *q = &ice->pairs[k];

			first = q == p || !same_foundation(p, q) ||
				q->priority < p->priority;
		}
		if (first && p->state == PAIR_FROZEN)
			p->state = PAIR_WAITING;
	}
}

static void thaw_like(const struct pair *p)
{
	for (size_t i = 0; i < p->ice->n_pairs; i++) {
		struct pair *q = &p->ice->pairs[i];

		if (q->state == PAIR_FROZEN && same_foundation(p, q))
			q->state = PAIR_WAITING;
	}
}

static void pace(void *arg);

void check_hurry(struct ice *ice)
{
	if (ice->checking)
		tmr_start(&ice->tmr_pace, 0, pace, ice);
}

/* --- what we ask --------------------------------------------------------- */

void check_send(struct pair *p, const uint8_t *data, size_t len)
{
	if (p->local->turn)
		(void)turn_send(p->local->turn, &p->remote->addr, data, len);
	else
		(void)media_stream_send(p->ice->stream, p->local->socket,
					&p->remote->addr, data, len);
}

static void send_check(const uint8_t *data, size_t len, void *arg)
{
	check_send(arg, data, len);
}

int check_ask(struct pair *p, bool use, struct request **rp,
	      request_done_h *done, request_send_h *send, void *arg)
{
	struct ice *ice = p->ice;
	const struct request_prm prm = {
		.method = STUN_METHOD_BINDING,
		.key = (const uint8_t *)ice->remote_pwd,
		.key_len = strlen(ice->remote_pwd),
		.fingerprint = true,
		.first_ms = FIRST_MS,
		.tries = TRIES,
		.send = send,
		.done = done,
		.arg = arg,
	};
	uint32_t priority =
		(p->local->c.priority & 0xffffff) |
		(candidate_priority(ICE_PEER_REFLEXIVE, 0, 0) & 0xff000000);
	char *user = text_printf("%s:%s", ice->remote_ufrag, ice->ufrag);
	int err = ENOMEM;

	if (user)
		err = request_send(rp, &ice->requests, &prm, 4,
				   STUN_ATTR_USERNAME, user, STUN_ATTR_PRIORITY,
				   &priority,
				   ice->controlling ? STUN_ATTR_CONTROLLING
						    : STUN_ATTR_CONTROLLED,
				   &ice->tiebreaker, STUN_ATTR_USE_CAND,
				   use ? &use : NULL);
	free(user);
	return err;
}

void check_switch_role(struct ice *ice)
{
	ice->controlling = !ice->controlling;
	log_info("ICE: %s now",
		 ice->controlling ? "controlling" : "controlled");
	for (size_t i = 0; i < ice->n_pairs; i++) {
		struct pair *p = &ice->pairs[i];

		set_priority(p);
		p->nominating = p->nominating && ice->controlling;
	}
}

static void pair_failed(struct pair *p)
{
	p->request = mem_deref(p->request);
	p->state = PAIR_FAILED;
	p->nominating = p->nominate = p->nominated = false;
	path_choose(p->ice);
	check_hurry(p->ice);
}

/* What of ours does the other side see? Unknown, it is one more kind. */
static void set_seen(struct pair *p, const struct sa *mapped)
{
	struct ice *ice = p->ice;

	p->seen = p->local->c;
	if (p->local->turn || sa_cmp(mapped, &p->local->c.addr, SA_ALL))
		return;
	for (size_t i = 0; i < ice->n_locals; i++) {
		const struct local *l = &ice->locals[i];

		if (l->c.component == p->local->c.component &&
		    sa_cmp(&l->c.addr, mapped, SA_ALL)) {
			p->seen = l->c;
			return;
		}
	}
	p->seen.type = ICE_PEER_REFLEXIVE;
	p->seen.related = p->local->c.addr;
	p->seen.addr = *mapped;
	p->seen.priority =
		candidate_priority(ICE_PEER_REFLEXIVE, 0, p->seen.component);
}

static void pair_works(struct pair *p, const struct sa *mapped)
{
	struct ice *ice = p->ice;

	p->state = PAIR_WORKS;
	p->nominated = p->nominated || p->nominate ||
		       (p->nominating && ice->controlling);
	p->nominate = p->nominating = false;
	set_seen(p, mapped);
	thaw_like(p);
	path_choose(ice);
	check_hurry(ice);
}

static void on_checked(const struct stun_msg *msg, const struct sa *source,
		       void *arg)
{
	struct pair *p = arg;
	const struct stun_attr *mapped;
	uint16_t code = msg ? answer_code(msg) : 408;

	if (code == CODE_ROLE) {
		/* Unless that has been settled meanwhile (§7.2.5.1). */
		if (p->controlling == p->ice->controlling && !p->ice->lite)
			check_switch_role(p->ice);
		p->state = PAIR_WAITING;
		p->triggered = true;
		check_hurry(p->ice);
		return;
	}
	mapped = code ? NULL : stun_msg_attr(msg, STUN_ATTR_XOR_MAPPED_ADDR);
	/* From where it was asked, or that way is none (§7.2.5.2.1). */
	if (!mapped || !source || !sa_cmp(source, &p->remote->addr, SA_ALL))
		pair_failed(p);
	else
		pair_works(p, &mapped->v.sa);
}

static void check(struct pair *p)
{
	bool works = p->state == PAIR_WORKS;

	p->triggered = false;
	p->controlling = p->ice->controlling;
	p->request = mem_deref(p->request);
	if (check_ask(p, p->nominating, &p->request, on_checked, send_check,
		      p)) {
		pair_failed(p);
		return;
	}
	/* What works does so until it does not. */
	if (!works)
		p->state = PAIR_CHECKING;
}

void check_nominate(struct pair *p)
{
	if (p->nominating)
		return;
	p->nominating = true;
	check(p);
}

/* --- one after the other ------------------------------------------------- */

/* A relayed one needs its channel first. @return false: not yet */
static bool is_ready(struct pair *p)
{
	if (!p->local->turn)
		return true;
	if (turn_channel(p->local->turn, &p->remote->addr))
		return true;
	if (!p->binding) {
		p->binding = true;
		if (turn_bind(p->local->turn, &p->remote->addr))
			pair_failed(p);
	}
	return false;
}

static struct pair *next_pair(struct ice *ice, enum pair_state state,
			      bool triggered)
{
	struct pair *best = NULL;

	for (size_t i = 0; i < ice->n_pairs; i++) {
		struct pair *p = &ice->pairs[i];

		if (p->state != state || (triggered && !p->triggered) ||
		    (best && best->priority >= p->priority))
			continue;
		if (is_ready(p))
			best = p;
	}
	return best;
}

static void look_whether_failed(struct ice *ice)
{
	struct component *c = &ice->components[0];

	if (c->selected || ice->failed || ice->gathering ||
	    time_mono_ms() - ice->since_ms < PATIENCE_MS)
		return;
	for (size_t i = 0; i < ice->n_pairs; i++) {
		const struct pair *p = &ice->pairs[i];

		if (p->local->c.component == 0 && p->state != PAIR_FAILED &&
		    p->state != PAIR_FROZEN)
			return;
	}
	log_info("ICE: no pair works");
	ice->failed = true;
	ice_tell(ice, ICE_EV_FAILED);
}

/* Is there something that time alone brings on? */
static bool is_busy(const struct ice *ice)
{
	if (!ice->components[0].selected && !ice->failed)
		return true;
	for (size_t i = 0; i < ice->n_pairs; i++) {
		const struct pair *p = &ice->pairs[i];

		if (p->state == PAIR_WAITING || p->state == PAIR_CHECKING ||
		    p->state == PAIR_FROZEN)
			return true;
	}
	return false;
}

static void pace(void *arg)
{
	struct ice *ice = arg;
	struct pair *p = next_pair(ice, PAIR_WAITING, true);

	if (!p)
		p = next_pair(ice, PAIR_WAITING, false);
	if (!p)
		p = next_pair(ice, PAIR_FROZEN, false);
	if (p)
		check(p);
	path_choose(ice);
	look_whether_failed(ice);
	/* After that there is only what arrives. */
	if (is_busy(ice))
		tmr_start(&ice->tmr_pace, p ? PACE_MS : 2 * PACE_MS, pace, ice);
}

void check_bound(struct ice *ice, struct turn *turn, const struct sa *peer,
		 int err)
{
	if (ice->without) {
		if (!err)
			path_without(ice, turn, peer);
		return;
	}
	for (size_t i = 0; i < ice->n_pairs; i++) {
		struct pair *p = &ice->pairs[i];

		if (p->local->turn != turn ||
		    !sa_cmp(&p->remote->addr, peer, SA_ALL))
			continue;
		p->binding = false;
		if (err && p->state != PAIR_FAILED)
			pair_failed(p);
	}
	check_hurry(ice);
}

void check_without_turn(struct ice *ice, const struct turn *turn)
{
	for (size_t i = 0; i < ice->n_locals; i++) {
		if (ice->locals[i].turn == turn)
			ice->locals[i].gone = true;
	}
	for (size_t i = 0; i < ice->n_pairs; i++) {
		if (ice->pairs[i].local->turn == turn &&
		    ice->pairs[i].state != PAIR_FAILED)
			pair_failed(&ice->pairs[i]);
	}
}

/* --- beginning and end --------------------------------------------------- */

/* It is decided: what is not done yet need not be. What the other side tries
 * all the same is. */
void check_settled(struct ice *ice)
{
	for (size_t i = 0; i < ice->n_pairs; i++) {
		struct pair *p = &ice->pairs[i];

		if (p->state == PAIR_WORKS)
			continue;
		p->request = mem_deref(p->request);
		p->state = PAIR_FAILED;
		p->triggered = false;
	}
}

void check_stop(struct ice *ice)
{
	tmr_cancel(&ice->tmr_pace);
	for (size_t i = 0; i < ice->n_pairs; i++)
		mem_deref(ice->pairs[i].request);
	ice->n_pairs = 0;
	for (unsigned i = 0; i < COMPONENTS; i++) {
		struct component *c = &ice->components[i];

		c->consent = mem_deref(c->consent);
		c->selected = NULL;
		c->works_ms = 0;
	}
	ice->checking = false;
	ice->connected = ice->failed = false;
}

void check_start(struct ice *ice)
{
	ice->since_ms = time_mono_ms();
	for (size_t i = 0; i < ice->n_locals; i++) {
		struct local *l = &ice->locals[i];

		for (size_t k = 0; k < ice->n_remotes; k++) {
			if (can_pair(l, &ice->remotes[k]))
				(void)check_add(ice, l, &ice->remotes[k]);
		}
	}
	thaw_first(ice);
	asked_early(ice);
	check_hurry(ice);
}
