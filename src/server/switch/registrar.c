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

static struct phone *phone_find(const struct device *d, const char *uri)
{
	struct le *le;

	LIST_FOREACH (&d->phones, le) {
		struct phone *ph = le->data;

		if (!strcmp(ph->uri, uri))
			return ph;
	}
	return NULL;
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
	struct phone *ph = phone_find(d, c->uri);
	uint32_t expires = c->expires;
	int err;

	if (expires > EXPIRES_MAX)
		expires = EXPIRES_MAX;

	if (!ph) {
		/* the oldest goes: a phone that got a new address each time
		   must not lock itself out */
		if (list_count(&d->phones) >= PHONES_MAX)
			mem_deref(list_ledata(list_head(&d->phones)));

		ph = mem_zalloc(sizeof(*ph), phone_destructor);
		if (!ph)
			return ENOMEM;

		tmr_init(&ph->tmr);
		ph->device = d;
		err = str_dup(&ph->uri, c->uri);
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
		if (is_stale(phone_find(d, c->uri), r))
			return 500;
	}
	return sip_register_contacts(r) > PHONES_MAX ? 403 : 0;
}

static int apply(struct device *d, const struct sip_register *r)
{
	size_t i;

	if (sip_register_all(r)) {
		list_flush(&d->phones);
		return 0;
	}

	for (i = 0; i < sip_register_contacts(r); i++) {
		const struct sip_contact_info *c = sip_register_contact(r, i);
		int err = 0;

		if (c->expires)
			err = phone_put(d, r, c);
		else
			mem_deref(phone_find(d, c->uri));
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
		uris[n] = ph->uri;
		expires[n++] = ph->expires_ms > now
				       ? (ph->expires_ms - now + 999) / 1000
				       : 0;
	}
	sip_register_accept(r, uris, expires, n);
}

void pbx_account_changed(struct pbx *p, const char *device)
{
	struct device *d = p && device ? device_find(p, device) : NULL;
	uint8_t ha1[16];
	bool gone;

	if (!p || !device || p->closing)
		return;

	watch_forget(p, device);
	if (!d)
		return;

	gone = p->hooks.ha1 && p->hooks.ha1(device, p->realm, ha1, p->arg);
	explicit_bzero(ha1, sizeof(ha1));
	if (device_reachable(d)) {
		list_flush(&d->phones);
		tell(d, true);
	}
	/* who only has another password may finish what is being said */
	if (gone)
		device_end_calls(p, device);
	device_tidy(device_find(p, device));
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
	if (device_get(&d, p, user)) {
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
