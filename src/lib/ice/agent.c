/**
 * @file agent.c  One stream's agent: what both sides have said
 */
#include <stdlib.h>
#include "ice_int.h"

enum { PWD_LEAST = 22, UFRAG_LEAST = 4, TEXT_MAX = 256 };

/* --- telling ------------------------------------------------------------- */

static void tell(void *arg)
{
	struct ice *ice = arg;
	enum ice_event ev;

	if (!ice->tell)
		return;
	ev = (enum ice_event)__builtin_ctz(ice->tell);
	ice->tell &= ice->tell - 1;
	if (ice->tell)
		tmr_start(&ice->tmr_tell, 0, tell, ice);
	/* The last of it: it may be freed in there. */
	if (ice->h)
		ice->h(ev, ice->arg);
}

void ice_tell(struct ice *ice, enum ice_event ev)
{
	ice->tell |= 1u << ev;
	tmr_start(&ice->tmr_tell, 0, tell, ice);
}

/* --- the post ------------------------------------------------------------ */

static void on_letter(const struct media_letter *l, void *arg)
{
	struct ice *ice = arg;

	if (l->type == MEDIA_LETTER_SEND) {
		struct component *c = &ice->components[l->socket % COMPONENTS];

		if (c->turn)
			(void)turn_send(c->turn, &l->addr, l->data, l->len);
		return;
	}
	if (!gather_took(ice, l->socket, &l->addr, l->data, l->len))
		check_took(ice, l->socket, NULL, &l->addr, l->data, l->len);
}

/* --- beginning and end --------------------------------------------------- */

/* Characters of RFC 8839 §5.4: 6 bits each. */
static void random_text(char *s, size_t n)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t raw[PWD_LEN];

	random_bytes(raw, n);
	for (size_t i = 0; i < n; i++)
		s[i] = chars[raw[i] & 63];
	s[n] = '\0';
	explicit_bzero(raw, sizeof(raw));
}

static void new_credentials(struct ice *ice)
{
	random_text(ice->ufrag, UFRAG_LEN);
	random_text(ice->pwd, PWD_LEN);
}

static void destructor(void *arg)
{
	struct ice *ice = arg;

	tmr_cancel(&ice->tmr_tell);
	path_stop(ice);
	check_stop(ice);
	gather_stop(ice);
	media_stream_set_letters(ice->stream, NULL, NULL);
	list_flush(&ice->requests);
	for (size_t i = 0; i < ice->n_servers; i++)
		mem_deref(ice->servers[i]);
	free(ice->remote_ufrag);
	free(ice->remote_pwd);
	explicit_bzero(ice->pwd, sizeof(ice->pwd));
	explicit_bzero(ice->old_pwd, sizeof(ice->old_pwd));
	mem_deref(ice->stream);
	mem_deref(ice->net);
}

int ice_alloc(struct ice **ip, const struct ice_prm *prm, ice_event_h *h,
	      void *arg)
{
	struct ice *ice;
	struct le *le;

	if (!ip || !prm || !media_stream_socket(prm->stream, 0) ||
	    (!list_isempty(prm->servers) && !prm->net))
		return EINVAL;
	ice = mem_zalloc(sizeof(*ice), destructor);
	if (!ice)
		return ENOMEM;
	ice->stream = mem_ref(prm->stream);
	ice->net = mem_ref(prm->net);
	ice->gather_ms = prm->gather_ms;
	ice->pinned = prm->pin != NULL;
	if (prm->pin)
		ice->pin = *prm->pin;
	sa_init(&ice->peer, AF_UNSPEC);
	if (prm->peer)
		ice->peer = *prm->peer;
	for (le = list_head(prm->servers); le && ice->n_servers < SERVERS_MAX;
	     le = le->next)
		ice->servers[ice->n_servers++] = mem_ref(le->data);
	random_bytes(&ice->tiebreaker, sizeof(ice->tiebreaker));
	new_credentials(ice);
	ice->h = h;
	ice->arg = arg;
	media_stream_set_letters(ice->stream, on_letter, ice);
	gather_start(ice);
	path_start(ice);
	*ip = ice;
	return 0;
}

bool ice_is_gathering(const struct ice *ice)
{
	return ice && ice->gathering;
}

/* Are we where we were? */
static bool is_bound_as_before(const struct ice *ice)
{
	for (size_t i = 0; i < ice->n_locals; i++) {
		const struct local *l = &ice->locals[i];
		const struct sa *is =
			media_stream_socket(ice->stream, l->socket);

		if (!is ||
		    (l->c.type == ICE_HOST && !sa_cmp(is, &l->c.addr, SA_ALL)))
			return false;
	}
	return ice->n_locals > 0;
}

int ice_gather(struct ice *ice)
{
	if (!ice)
		return EINVAL;
	check_stop(ice);
	ice_restart(ice);
	/* What was found is as good as before, and sound goes on by it. */
	if (is_bound_as_before(ice))
		return 0;
	gather_stop(ice);
	for (unsigned i = 0; i < COMPONENTS; i++) {
		ice->components[i].turn = NULL;
		media_stream_set_path(ice->stream, i, NULL);
	}
	gather_start(ice);
	return 0;
}

/* --- what SDP says of us ------------------------------------------------- */

const char *ice_ufrag(const struct ice *ice)
{
	return ice ? ice->ufrag : NULL;
}

const char *ice_pwd(const struct ice *ice)
{
	return ice ? ice->pwd : NULL;
}

unsigned ice_components(const struct ice *ice)
{
	return ice->mux ? 1 : COMPONENTS;
}

bool ice_is_connected(const struct ice *ice)
{
	return ice && ice->connected;
}

bool ice_is_controlling(const struct ice *ice)
{
	return ice && ice->controlling;
}

static const struct pair *path_of(const struct ice *ice, unsigned component)
{
	if (!ice || !ice->connected || component >= COMPONENTS)
		return NULL;
	return ice->components[component].selected;
}

const struct sa *ice_remote_address(const struct ice *ice, unsigned component)
{
	const struct pair *p = path_of(ice, component);

	return p ? &p->remote->addr : NULL;
}

const struct ice_candidate *ice_candidate(const struct ice *ice, size_t i)
{
	if (!ice)
		return NULL;
	if (ice->connected) {
		for (unsigned c = 0; c < COMPONENTS; c++) {
			const struct pair *p = path_of(ice, c);

			if (p && !i--)
				return &p->seen;
		}
		return NULL;
	}
	for (size_t k = 0; k < ice->n_locals; k++) {
		if (!ice->locals[k].gone && !i--)
			return &ice->locals[k].c;
	}
	return NULL;
}

/* Addresses that mean nothing beyond their network (RFC 1918, 6598, 4193). */
static bool is_private(const struct sa *sa)
{
	static const struct {
		uint32_t net, mask;
	} nets[] = {
		{0x0a000000, 0xff000000}, {0xac100000, 0xfff00000},
		{0xc0a80000, 0xffff0000}, {0x64400000, 0xffc00000},
		{0xa9fe0000, 0xffff0000}, {0x7f000000, 0xff000000},
	};
	uint8_t six[16];

	if (sa_af(sa) == AF_INET6) {
		sa_in6(sa, six);
		return (six[0] & 0xfe) == 0xfc || sa_is_loopback(sa) ||
		       (six[0] == 0xfe && (six[1] & 0xc0) == 0x80);
	}
	for (size_t i = 0; i < ARRAY_SIZE(nets); i++) {
		if ((sa_in(sa) & nets[i].mask) == nets[i].net)
			return true;
	}
	return false;
}

/* Who knows no ICE sends there: what he can reach, from where he is. */
static const struct local *default_local(const struct ice *ice,
					 unsigned component)
{
	const struct local *best = NULL;
	bool outside = sa_isset(&ice->peer, SA_ADDR) &&
		       !is_private(&ice->peer) &&
		       is_private(media_stream_socket(ice->stream, 0));

	for (size_t i = 0; i < ice->n_locals; i++) {
		const struct local *l = &ice->locals[i];

		if (l->gone || l->c.component != component ||
		    (!outside && l->socket != component) ||
		    (!outside && l->c.type != ICE_HOST) ||
		    sa_af(&l->c.addr) !=
			    sa_af(media_stream_socket(ice->stream, 0)))
			continue;
		/* The farther away, the better it can be reached. */
		if (!best || l->c.type > best->c.type)
			best = l;
	}
	return best;
}

const struct sa *ice_default(const struct ice *ice, unsigned component)
{
	const struct pair *p = path_of(ice, component);
	const struct local *l;

	if (!ice || component >= COMPONENTS)
		return NULL;
	if (p)
		return &p->seen.addr;
	l = default_local(ice, component);
	return l ? &l->c.addr : NULL;
}

void ice_restart(struct ice *ice)
{
	if (!ice)
		return;
	memcpy(ice->old_ufrag, ice->ufrag, sizeof(ice->ufrag));
	memcpy(ice->old_pwd, ice->pwd, sizeof(ice->pwd));
	new_credentials(ice);
	ice->connected = false;
}

/* --- what it says of them ------------------------------------------------ */

static bool is_fit(const char *s, size_t least)
{
	size_t n = s ? strlen(s) : 0;

	return n >= least && n <= TEXT_MAX;
}

static bool is_known(const struct ice *ice, const struct ice_candidate *c)
{
	for (size_t i = 0; i < ice->n_remotes; i++) {
		if (ice->remotes[i].component == c->component &&
		    sa_cmp(&ice->remotes[i].addr, &c->addr, SA_ALL))
			return true;
	}
	return false;
}

static void take_remotes(struct ice *ice, const struct ice_remote *r)
{
	size_t n = r->count < ICE_REMOTE_MAX ? r->count : ICE_REMOTE_MAX;

	ice->n_remotes = 0;
	media_stream_expect(ice->stream, NULL);
	for (size_t i = 0; i < n; i++) {
		const struct ice_candidate *c = &r->candidates[i];

		if (c->component >= ice_components(ice) || is_known(ice, c) ||
		    sa_is_any(&c->addr))
			continue;
		ice->remotes[ice->n_remotes++] = *c;
		media_stream_expect(ice->stream, &c->addr);
	}
}

int ice_check(struct ice *ice, const struct ice_remote *r, bool controlling)
{
	int err;

	if (!ice || !r || !is_fit(r->ufrag, UFRAG_LEAST) ||
	    !is_fit(r->pwd, PWD_LEAST))
		return EINVAL;
	if (ice->checking && text_equal(ice->remote_ufrag, r->ufrag) &&
	    text_equal(ice->remote_pwd, r->pwd))
		return 0;
	err = text_set(&ice->remote_ufrag, r->ufrag);
	if (!err)
		err = text_set(&ice->remote_pwd, r->pwd);
	if (err)
		return err;
	check_stop(ice);
	ice->checking = true;
	ice->without = false;
	ice->lite = r->lite;
	ice->mux = r->mux;
	ice->controlling = controlling || r->lite;
	take_remotes(ice, r);
	check_start(ice);
	return 0;
}

bool ice_is_without(const struct ice *ice)
{
	return ice && ice->without;
}

bool ice_without(struct ice *ice, const struct sa *rtp, const struct sa *rtcp)
{
	const struct sa *peers[COMPONENTS] = {rtp, rtcp};
	const struct local *l;
	bool any = false;

	if (!ice || ice->checking)
		return false;
	/* On hold there is no address: the path stays. */
	if (ice->without && (!rtp || sa_is_any(rtp)))
		return true;
	for (unsigned i = 0; i < COMPONENTS; i++) {
		l = default_local(ice, i);
		if (!l || !l->turn || !peers[i] ||
		    !sa_isset(peers[i], SA_ALL) || sa_is_any(peers[i]))
			continue;
		ice->components[i].plain = *peers[i];
		ice->without = true;
		if (turn_channel(l->turn, peers[i]))
			path_without(ice, l->turn, peers[i]);
		else
			(void)turn_bind(l->turn, peers[i]);
		any = any || i == 0;
	}
	return any;
}
