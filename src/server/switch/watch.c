/**
 * @file watch.c  Phones that watch others (RFC 6665): lamps, presence,
 *                voicemail
 *
 * An account may watch any extension's calls and presence, and its own
 * mailbox; so many at a time that one phone with all its keys has enough.
 */
#include "switch_int.h"

enum { WATCHES_OF_USER = 200, WATCHES_MAX = 20000, CALLS_SHOWN = 16 };

struct watch {
	struct le he; /**< in pbx.watches, by the number that is watched */
	struct pbx *pbx;
	char *number;
	char *user; /**< who watches */
	enum sip_event_package package;
	struct sip_watcher *watcher;
};

static void destructor(void *arg)
{
	struct watch *w = arg;

	if (w->he.list)
		w->pbx->watch_count--;
	hash_unlink(&w->he);
	mem_deref(w->watcher);
	free(w->number);
	free(w->user);
}

/* ---- what is told ------------------------------------------------------ */

static enum sip_lamp_phase phase_of(const struct party *party)
{
	switch (party->state) {
	case PBX_INITIATED:
		return SIP_LAMP_TRYING;
	case PBX_ALERTING:
		return SIP_LAMP_EARLY;
	default:
		if (party->call->answered)
			return SIP_LAMP_CONFIRMED;
		return party->call->called && party->call->called->state ==
						      PBX_ALERTING
			       ? SIP_LAMP_EARLY
			       : SIP_LAMP_PROCEEDING;
	}
}

static size_t calls_of(struct sip_lamp_call *calls, const struct device *d)
{
	size_t n = 0;
	struct le *le;

	for (le = d ? list_head(&d->parties) : NULL; le; le = le->next) {
		const struct party *party = le->data;
		const struct party *other;

		if (party->call->over || party->state == PBX_NULL ||
		    party->state == PBX_FAILED || n == CALLS_SHOWN)
			continue;
		other = call_other(party);
		calls[n++] = (struct sip_lamp_call){
			.id = party->call->id_text,
			.phase = phase_of(party),
			.incoming = !party->outgoing,
			.number = other ? other->number
				  : call_is_conference(party->call)
					  ? ""
					  : party->call->dialled,
			.name = other && other->name ? other->name : "",
		};
	}
	return n;
}

static void tell(struct watch *w)
{
	const struct pbx_hooks *h = &w->pbx->hooks;
	struct sip_lamp_call calls[CALLS_SHOWN];
	struct sip_presence presence = {.note = ""};
	struct sip_messages messages = {.waiting = false};
	size_t n;

	switch (w->package) {
	case SIP_EVENT_LAMP:
		n = calls_of(calls, device_find(w->pbx, w->number));
		sip_watcher_lamp(w->watcher, calls, n);
		break;
	case SIP_EVENT_PRESENCE:
		if (!h->presence(w->number, &presence, w->pbx->arg))
			sip_watcher_presence(w->watcher, &presence);
		break;
	case SIP_EVENT_MESSAGES:
		if (!h->messages(w->number, &messages, w->pbx->arg))
			sip_watcher_messages(w->watcher, &messages);
		break;
	default:
		break;
	}
}

struct change {
	const char *number;
	enum sip_event_package package;
};

static bool tell_if_it_is(struct le *le, void *arg)
{
	const struct change *c = arg;
	struct watch *w = le->data;

	if (w->package == c->package && !strcmp(w->number, c->number))
		tell(w);
	return false;
}

static void changed(struct pbx *p, const char *number,
		    enum sip_event_package package)
{
	struct change c = {number, package};

	/* one that cannot be told may go in here: the list is ahead of it */
	if (p && number && !p->closing)
		hash_lookup(p->watches, hash_joaat_str(number), tell_if_it_is,
			    &c);
}

void watch_calls_changed(struct pbx *p, const char *number)
{
	changed(p, number, SIP_EVENT_LAMP);
}

void pbx_presence_changed(struct pbx *p, const char *device)
{
	if (p && p->hooks.presence)
		changed(p, device, SIP_EVENT_PRESENCE);
}

void pbx_messages_changed(struct pbx *p, const char *device)
{
	if (p && p->hooks.messages)
		changed(p, device, SIP_EVENT_MESSAGES);
}

/* ---- who may watch what ------------------------------------------------ */

static bool count_handler(struct le *le, void *arg)
{
	struct {
		const char *user;
		unsigned n;
	} *c = arg;

	c->n += !strcmp(((struct watch *)le->data)->user, c->user);
	return false;
}

static bool has_too_many(const struct pbx *p, const char *user)
{
	struct {
		const char *user;
		unsigned n;
	} c = {user, 0};

	if (p->watch_count >= WATCHES_MAX)
		return true;
	hash_apply(p->watches, count_handler, &c);
	return c.n >= WATCHES_OF_USER;
}

static bool is_there(struct pbx *p, const char *number,
		     enum sip_event_package package)
{
	struct sip_presence presence;
	struct sip_messages messages;
	uint8_t ha1[16];
	int err;

	switch (package) {
	case SIP_EVENT_PRESENCE:
		return p->hooks.presence &&
		       !p->hooks.presence(number, &presence, p->arg);
	case SIP_EVENT_MESSAGES:
		return p->hooks.messages &&
		       !p->hooks.messages(number, &messages, p->arg);
	default:
		err = p->hooks.ha1 ? p->hooks.ha1(number, p->realm, ha1, p->arg)
				   : ENOENT;
		explicit_bzero(ha1, sizeof(ha1));
		return !err;
	}
}

/** @return 0, or the code it is refused with */
static uint16_t judge(struct pbx *p, const struct sip_subscribing *in)
{
	const char *user = sip_subscribing_auth_user(in);
	const char *number = sip_subscribing_user(in);
	enum sip_event_package package = sip_subscribing_package(in);

	if (!user || (p->hooks.trunk && p->hooks.trunk(user, p->arg)))
		return 403;
	if (!is_number(number) || !is_there(p, number, package))
		return 404;
	if (package == SIP_EVENT_MESSAGES && strcmp(user, number) != 0)
		return 403;
	return has_too_many(p, user) ? 503 : 0;
}

static void closed(struct sip_watcher *watcher, void *arg)
{
	(void)watcher;
	mem_deref(arg);
}

void watch_incoming(struct sip_subscribing *in, void *arg)
{
	struct pbx *p = arg;
	uint16_t code = p->closing ? 503 : judge(p, in);
	struct watch *w;

	if (code) {
		sip_subscribing_reject(in, code, NULL);
		return;
	}
	w = mem_zalloc(sizeof(*w), destructor);
	if (w) {
		w->pbx = p;
		w->package = sip_subscribing_package(in);
		w->number = text_dup(sip_subscribing_user(in));
		w->user = text_dup(sip_subscribing_auth_user(in));
	}
	if (!w || !w->number || !w->user ||
	    sip_watcher_accept(&w->watcher, in, closed, w)) {
		sip_subscribing_reject(in, 500, NULL);
		mem_deref(w);
		return;
	}
	hash_append(p->watches, hash_joaat_str(w->number), &w->he, w);
	p->watch_count++;
	log_debug("%s watches %s", w->user, w->number);
	tell(w);
}

static bool is_of(struct le *le, void *arg)
{
	const struct watch *w = le->data;

	return !strcmp(w->user, arg) || !strcmp(w->number, arg);
}

void watch_forget(struct pbx *p, const char *number)
{
	struct le *le;

	while ((le = hash_apply(p->watches, is_of, (void *)number)))
		mem_deref(le->data);
}
