/**
 * @file registrar.c  Where the phones of a device are (RFC 3261 §10.3)
 */
#include "switch_int.h"

/** Bounds of a registration, seconds. Nobody is reachable after a restart
 *  until his phone comes again, so that must not take long. */
enum { EXPIRES_MIN = 60, EXPIRES_MAX = 600 };

static void phone_destructor(void *arg)
{
	struct phone *ph = arg;

	tmr_cancel(&ph->tmr);
	list_unlink(&ph->le);
	mem_deref(ph->user);
	mem_deref(ph->uri);
	mem_deref(ph->call_id);
}

static void tell(struct device *d, bool was)
{
	const struct pbx_hooks *h = &d->pbx->hooks;
	bool is = device_reachable(d);

	if (was != is) {
		log_info("%s is %s", d->number, is ? "reachable" : "gone");
		if (h->reachable)
			h->reachable(d->number, is, d->pbx->arg);
	}
}

static void expired(void *arg)
{
	struct phone *ph = arg;
	struct device *d = ph->device;

	mem_deref(ph);
	tell(d, true);
	device_tidy(d);
}

static bool is_of(const struct phone *ph, const char *user)
{
	return !strcmp(ph->user, user);
}

/* Each account has its own, also where several are of one device. */
static struct phone *phone_find(const struct device *d, const char *user,
				const char *uri)
{
	struct le *le;

	LIST_FOREACH (&d->phones, le) {
		struct phone *ph = le->data;

		if (is_of(ph, user) && !strcmp(ph->uri, uri))
			return ph;
	}
	return NULL;
}

/** The one that an account has had longest, if it has no room for more. */
static struct phone *phone_surplus(const struct device *d, const char *user)
{
	struct phone *oldest = NULL;
	struct le *le;
	size_t n = 0;

	LIST_FOREACH (&d->phones, le) {
		if (!is_of(le->data, user))
			continue;
		if (!oldest)
			oldest = le->data;
		n++;
	}
	return n >= PHONES_MAX ? oldest : NULL;
}

/** Step 7 of §10.3: an older request of the same client changes nothing. */
static bool is_stale(const struct phone *ph, const struct sip_register *r)
{
	return ph && !strcmp(ph->call_id, sip_register_call_id(r)) &&
	       sip_register_cseq(r) <= ph->cseq;
}

static int phone_put(struct device *d, const struct sip_register *r,
		     const struct sip_contact_info *c)
{
	struct phone *ph = phone_find(d, sip_register_user(r), c->uri);
	uint32_t expires = c->expires;
	int err;

	if (expires > EXPIRES_MAX)
		expires = EXPIRES_MAX;

	if (!ph) {
		/* the oldest goes: a phone that got a new address each time
		   must not lock itself out */
		mem_deref(phone_surplus(d, sip_register_user(r)));
		ph = mem_zalloc(sizeof(*ph), phone_destructor);
		if (!ph)
			return ENOMEM;

		tmr_init(&ph->tmr);
		ph->device = d;
		err = str_dup(&ph->uri, c->uri);
		if (!err)
			err = str_dup(&ph->user, sip_register_user(r));
		if (err) {
			mem_deref(ph);
			return err;
		}
	}

	/* who came last stands last, so that the one that makes room is the
	   one that has been quiet longest */
	list_unlink(&ph->le);
	list_append(&d->phones, &ph->le, ph);
	ph->call_id = mem_deref(ph->call_id);
	err = str_dup(&ph->call_id, sip_register_call_id(r));
	if (err) {
		mem_deref(ph);
		return err;
	}

	ph->cseq = sip_register_cseq(r);
	ph->source = *c->source;
	ph->transport = c->transport;
	ph->expires_ms = time_mono_ms() + expires * 1000ull;
	tmr_start(&ph->tmr, expires * 1000ull, expired, ph);
	return 0;
}

/** Refuse what cannot be done before anything is changed. */
static uint16_t check(const struct device *d, const struct sip_register *r)
{
	size_t i;

	for (i = 0; i < sip_register_contacts(r); i++) {
		const struct sip_contact_info *c = sip_register_contact(r, i);

		if (c->expires && c->expires < EXPIRES_MIN)
			return 423;
		if (is_stale(phone_find(d, sip_register_user(r), c->uri), r))
			return 500;
	}
	return sip_register_contacts(r) > PHONES_MAX ? 403 : 0;
}

static void drop_phones(struct device *d, const char *user)
{
	struct le *le = list_head(&d->phones);

	while (le) {
		struct phone *ph = le->data;

		le = le->next;
		if (is_of(ph, user))
			mem_deref(ph);
	}
}

static int apply(struct device *d, const struct sip_register *r)
{
	size_t i;

	if (sip_register_all(r)) {
		drop_phones(d, sip_register_user(r));
		return 0;
	}

	for (i = 0; i < sip_register_contacts(r); i++) {
		const struct sip_contact_info *c = sip_register_contact(r, i);
		int err = 0;

		if (c->expires)
			err = phone_put(d, r, c);
		else
			mem_deref(phone_find(d, sip_register_user(r), c->uri));
		if (err)
			return err;
	}
	return 0;
}

static void answer_bindings(struct sip_register *r, const struct device *d)
{
	const char *uris[PHONES_MAX];
	uint32_t expires[PHONES_MAX];
	uint64_t now = time_mono_ms();
	struct le *le;
	size_t n = 0;

	LIST_FOREACH (&d->phones, le) {
		const struct phone *ph = le->data;

		if (n >= PHONES_MAX)
			break;
		if (!is_of(ph, sip_register_user(r)))
			continue;
		uris[n] = ph->uri;
		expires[n++] = ph->expires_ms > now
				       ? (ph->expires_ms - now + 999) / 1000
				       : 0;
	}
	sip_register_accept(r, uris, expires, n);
}

static bool has_phone_of(struct le *le, void *arg)
{
	const struct device *d = le->data;
	struct le *of;

	LIST_FOREACH (&d->phones, of)
		if (is_of(of->data, arg))
			return true;
	return false;
}

/** Wherever they are: the account may have been of another device. */
static void forget_phones(struct pbx *p, const char *user)
{
	struct le *le;

	while ((le = hash_apply(p->devices, has_phone_of, (void *)user))) {
		struct device *d = le->data;

		drop_phones(d, user);
		tell(d, true);
		device_tidy(d);
	}
}

void pbx_account_changed(struct pbx *p, const char *device)
{
	uint8_t ha1[16];
	bool gone;

	if (!p || !device || p->closing)
		return;

	watch_forget(p, device);
	gone = p->hooks.ha1 && p->hooks.ha1(device, p->realm, ha1, p->arg);
	explicit_bzero(ha1, sizeof(ha1));
	forget_phones(p, device);
	/* who only has another password may finish what is being said */
	if (gone)
		device_end_calls(p, device);
}

/* Whose phones come to which device. */
struct line_move {
	struct device *to;
	const char *user;
};

/* Those of that account, from one device to another. */
static void move_phones(struct device *from, struct device *to,
			const char *user)
{
	bool was_from = device_reachable(from), was_to = device_reachable(to);
	struct le *le = list_head(&from->phones);

	while (le) {
		struct phone *ph = le->data;

		le = le->next;
		if (!is_of(ph, user))
			continue;
		list_unlink(&ph->le);
		list_append(&to->phones, &ph->le, ph);
		ph->device = to;
	}
	tell(from, was_from);
	tell(to, was_to);
	device_tidy(from);
}

static bool is_elsewhere(struct le *le, void *arg)
{
	const struct line_move *m = arg;

	return le->data != m->to && has_phone_of(le, (void *)m->user);
}

void pbx_line_changed(struct pbx *p, const char *user)
{
	struct line_move m = {.user = user};
	struct le *le;

	if (!p || !user || p->closing)
		return;
	/* what its phones watch is the other number's from now on */
	watch_forget(p, user);
	if (device_get(&m.to, p, device_line(p, user))) {
		forget_phones(p, user);
		return;
	}
	while ((le = hash_apply(p->devices, is_elsewhere, &m)))
		move_phones(le->data, m.to, user);
	device_tidy(m.to);
}

void registrar_handle(struct sip_register *r, struct pbx *p)
{
	const char *user = sip_register_user(r);
	const char *auth = sip_register_auth_user(r);
	struct device *d;
	uint16_t code;
	bool was;

	/* an account may say where it is, nobody else's phones */
	if (!auth || strcmp(auth, user)) {
		sip_register_reject(r, 403, NULL);
		return;
	}
	if (device_get(&d, p, device_line(p, user))) {
		sip_register_reject(r, 500, NULL);
		return;
	}

	was = device_reachable(d);
	code = check(d, r);
	if (!code && apply(d, r))
		code = 500;

	if (code)
		sip_register_reject(r, code, NULL);
	else
		answer_bindings(r, d);

	tell(d, was);
	device_tidy(d);
}
