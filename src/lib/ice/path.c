/**
 * @file path.c  The pair that carries sound, and the other side's consent
 *
 * Who is controlling nominates the best pair that works, once no better one
 * may still answer (RFC 8445 §8.1.1); until then sound takes what there is
 * (§12.1). From then on the other side is asked each five seconds whether it
 * still wants it (RFC 7675), which also keeps address translators awake.
 */
#include <stdlib.h>
#include "ice_int.h"

#define LOG_MODULE "ice"

enum {
	NOMINATE_MS = 300,
	CONSENT_MS = 4000,
	CONSENT_SPREAD_MS = 2000,
	CONSENT_ENDS_MS = 30000,
	KEEP_MS = 15000,
	CODE_FORBIDDEN = 403,
};

/* --- the way ------------------------------------------------------------- */

static enum media_way way_of(const struct pair *p)
{
	if (p->local->turn || p->remote->type == ICE_RELAYED)
		return MEDIA_WAY_RELAYED;
	return p->seen.type == ICE_HOST && p->remote->type == ICE_HOST
		       ? MEDIA_WAY_HOST
		       : MEDIA_WAY_REFLEXIVE;
}

static void relay_path(const struct ice *ice, struct media_path *path,
		       struct turn *turn)
{
	const struct sa *server = gather_relay(ice, turn);

	path->relayed = true;
	path->channel = turn_channel(turn, &path->peer);
	if (server)
		path->server = *server;
	else
		sa_init(&path->server, AF_UNSPEC);
}

static void set_path(struct ice *ice, unsigned component, struct pair *p)
{
	static const char *const ways[MEDIA_WAYS] = {"plain", "direct",
						     "reflexive", "relayed"};
	struct component *c = &ice->components[component];
	struct media_path path = {.socket = p->local->socket};

	c->selected = p;
	c->consent = mem_deref(c->consent);
	c->heard_ms = time_mono_ms();
	c->turn = p->local->turn;
	path.way = way_of(p);
	path.peer = p->remote->addr;
	if (c->turn)
		relay_path(ice, &path, c->turn);
	media_stream_set_path(ice->stream, component, &path);
	log_debug("ICE: %s goes %s", component ? "RTCP" : "RTP",
		  ways[path.way]);
}

void path_without(struct ice *ice, struct turn *turn, const struct sa *peer)
{
	for (unsigned i = 0; i < COMPONENTS; i++) {
		struct component *c = &ice->components[i];
		struct media_path path = {.way = MEDIA_WAY_RELAYED};

		if (!sa_isset(&c->plain, SA_ALL) ||
		    !sa_cmp(&c->plain, peer, SA_ALL))
			continue;
		path.peer = *peer;
		for (size_t k = 0; k < ice->n_locals; k++) {
			if (ice->locals[k].turn == turn)
				path.socket = ice->locals[k].socket;
		}
		if (path.socket % COMPONENTS != i)
			continue;
		c->turn = turn;
		relay_path(ice, &path, turn);
		media_stream_set_path(ice->stream, i, &path);
	}
}

static void no_path(struct ice *ice, unsigned component)
{
	struct component *c = &ice->components[component];

	c->selected = NULL;
	c->turn = NULL;
	c->consent = mem_deref(c->consent);
	media_stream_set_path(ice->stream, component, NULL);
}

/* --- the choice ---------------------------------------------------------- */

static bool is_better(const struct pair *a, const struct pair *b)
{
	if (!b || a->nominated != b->nominated)
		return !b || a->nominated;
	return a->priority > b->priority;
}

static struct pair *best_of(struct ice *ice, unsigned component)
{
	struct pair *best = NULL;

	for (size_t i = 0; i < ice->n_pairs; i++) {
		struct pair *p = &ice->pairs[i];

		if (p->state == PAIR_WORKS &&
		    p->local->c.component == component && is_better(p, best))
			best = p;
	}
	return best;
}

/* May a better one still answer? */
static bool is_open(const struct ice *ice, const struct pair *best)
{
	const struct component *c = &ice->components[best->local->c.component];

	if (time_mono_ms() - c->works_ms >= NOMINATE_MS)
		return false;
	for (size_t i = 0; i < ice->n_pairs; i++) {
		const struct pair *p = &ice->pairs[i];

		if (p->local->c.component == best->local->c.component &&
		    p->priority > best->priority && p->state != PAIR_FAILED &&
		    p->state != PAIR_WORKS)
			return true;
	}
	return false;
}

static bool is_hopeless(const struct ice *ice, unsigned component)
{
	for (size_t i = 0; i < ice->n_pairs; i++) {
		if (ice->pairs[i].local->c.component == component &&
		    ice->pairs[i].state != PAIR_FAILED)
			return false;
	}
	return true;
}

static void look_whether_connected(struct ice *ice)
{
	if (ice->connected || !ice->components[0].selected ||
	    !ice->components[0].selected->nominated)
		return;
	if (ice_components(ice) > 1 &&
	    !(ice->components[1].selected &&
	      ice->components[1].selected->nominated) &&
	    !is_hopeless(ice, 1))
		return;
	ice->connected = true;
	ice->failed = false;
	check_settled(ice);
	ice_tell(ice, ICE_EV_CONNECTED);
}

void path_choose(struct ice *ice)
{
	if (!ice->checking)
		return;
	for (unsigned i = 0; i < ice_components(ice); i++) {
		struct component *c = &ice->components[i];
		struct pair *best = best_of(ice, i);

		if (!best) {
			if (c->selected) {
				no_path(ice, i);
				ice_tell(ice, ICE_EV_LOST);
			}
			continue;
		}
		if (!c->works_ms)
			c->works_ms = time_mono_ms();
		if (best != c->selected)
			set_path(ice, i, best);
		if (ice->controlling && !best->nominated && !is_open(ice, best))
			check_nominate(best);
	}
	look_whether_connected(ice);
}

/* --- consent ------------------------------------------------------------- */

static void send_consent(const uint8_t *data, size_t len, void *arg)
{
	struct component *c = arg;

	if (c->selected)
		check_send(c->selected, data, len);
}

static void on_consent(const struct stun_msg *msg, const struct sa *source,
		       void *arg)
{
	struct component *c = arg;
	struct pair *p = c->selected;

	if (!msg || !p || !source || !sa_cmp(source, &p->remote->addr, SA_ALL))
		return;
	if (!answer_code(msg))
		c->heard_ms = time_mono_ms();
	else if (answer_code(msg) == CODE_FORBIDDEN)
		c->heard_ms = 0;
}

/* The way that is used has none any more, and the others that worked once have
 * not been asked since: no sound goes by them before they are (RFC 7675 §5.1).
 */
static void consent_ended(struct ice *ice, unsigned component)
{
	log_info("ICE: the other side does not answer any more");
	for (size_t i = 0; i < ice->n_pairs; i++) {
		struct pair *p = &ice->pairs[i];

		if (p->local->c.component != component ||
		    p->state != PAIR_WORKS)
			continue;
		p->nominated = false;
		p->triggered = p != ice->components[component].selected;
		p->state = p->triggered ? PAIR_WAITING : PAIR_FAILED;
	}
	path_choose(ice);
	check_hurry(ice);
}

static void ask_consent(struct ice *ice, unsigned component)
{
	struct component *c = &ice->components[component];

	if (!c->selected || c->selected->request)
		return;
	if (time_mono_ms() - c->heard_ms > CONSENT_ENDS_MS) {
		consent_ended(ice, component);
		return;
	}
	if (!c->consent)
		(void)check_ask(c->selected, false, &c->consent, on_consent,
				send_consent, c);
}

static void look_after(void *arg)
{
	struct ice *ice = arg;
	uint16_t spread;

	if (!ice->checking)
		gather_keep(ice);
	for (unsigned i = 0; i < ice_components(ice) && ice->checking; i++)
		ask_consent(ice, i);
	random_bytes(&spread, sizeof(spread));
	tmr_start(&ice->tmr_consent,
		  ice->checking ? CONSENT_MS + spread % CONSENT_SPREAD_MS
				: CONSENT_MS * 3,
		  look_after, ice);
}

void path_start(struct ice *ice)
{
	tmr_start(&ice->tmr_consent, CONSENT_MS, look_after, ice);
}

void path_stop(struct ice *ice)
{
	tmr_cancel(&ice->tmr_consent);
	for (unsigned i = 0; i < COMPONENTS; i++)
		ice->components[i].consent =
			mem_deref(ice->components[i].consent);
}
