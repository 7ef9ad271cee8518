/**
 * @file app_login.c  Log in, stay in, come back (SPEC T4.1, T4.2, T4.3)
 */
#include <stdio.h>
#include <stdlib.h>
#include "login_int.h"

#define LOG_MODULE "app"

enum {
	RETRY_MAX_S = 60,
	HELD_MS = 200,	       /**< most that a slow disk holds up the log-in */
	STEADY_MS = 10 * 1000, /**< a session that was worth a new one soon */
};

struct wsi *app_online(const struct app *a)
{
	return a->login.wsi && wsi_online(a->login.wsi) ? a->login.wsi : NULL;
}

enum app_login_state app_login_state(const struct app *a)
{
	return a->login.state;
}

unsigned app_login_slot(const struct app *a)
{
	return a->login.slot;
}

const char *app_login_reason(const struct app *a)
{
	return a->login.reason ? a->login.reason : "";
}

const struct app_certificate *app_certificate(const struct app *a)
{
	return a->login.state == APP_LOGIN_CERTIFICATE ? &a->login.certificate
						       : NULL;
}

static void state_set(struct app *a, enum app_login_state state)
{
	a->login.state = state;
	app_tell(a, APP_CHANGE_LOGIN, NULL);
}

void app_login_reason_set(struct app *a, const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	free(a->login.reason);
	a->login.reason = s;
}

static void connection_set(struct app *a, enum uc_connection c,
			   int64_t retry_ms)
{
	struct uc_account *account = uc_account_edit(a->uc);

	if (account->connection != c) {
		account->connection = c;
		account->since_ms = time_wall_ms();
	}
	account->retry_ms = retry_ms;
	(void)text_set(&account->reason, app_login_reason(a));
	uc_account_changed(a->uc, UC_CHANGE_CONNECTION);
}

void app_login_certificate_reset(struct app_certificate *c)
{
	free(c->host);
	free(c->subject);
	free(c->issuer);
	free(c->valid_from);
	free(c->valid_to);
	free(c->fingerprint);
	free(c->pinned_fingerprint);
	memset(c, 0, sizeof(*c));
}

void app_login_password_forget(struct login *l)
{
	store_secret_free(l->password);
	l->password = NULL;
	l->typed = false;
}

void app_login_wait(struct app *a, struct app_sink *sink)
{
	app_login_told(a, ECANCELED, _("Another log-in has begun."));
	a->login.wait = mem_ref(app_wait_new(a, sink));
	/* The screen shows the log-in, whatever becomes of it. */
	app_wait_quiet(a->login.wait);
	app_wait_keep(a->login.wait);
}

void app_login_told(struct app *a, int err, const char *text)
{
	struct app_wait *w = a->login.wait;

	a->login.wait = NULL;
	app_wait_over(w, err, text);
	mem_deref(w);
}

void app_login_drop(struct app *a)
{
	a->login.wsi = mem_deref(a->login.wsi);
	app_findings_close(a);
	app_waits_end(a);
}

void app_login_close(struct app *a)
{
	struct login *l = &a->login;

	tmr_cancel(&l->retry);
	app_login_drop(a);
	l->wait = mem_deref(l->wait);
	app_login_password_forget(l);
	app_login_certificate_reset(&l->certificate);
	free(l->failures);
	free(l->reason);
	l->failures = l->reason = NULL;
}

/* ---- addresses --------------------------------------------------------- */

static const char *address_of(const struct app *a, unsigned address)
{
	const struct app_slot *s = &a->slots[a->login.slot];

	return address == 0 ? s->lan : s->wan;
}

/** The next address to try from that one on; 2 if there is none. */
unsigned app_login_address(const struct app *a, unsigned address)
{
	while (address < 2 && text_empty(address_of(a, address)))
		address++;
	/* The same one twice is one. */
	if (address == 1 && !strcmp(address_of(a, 0), address_of(a, 1)))
		address = 2;
	return address;
}

/** Cut "host:port", "[::1]:port" up; host to free(). */
static char *host_port(const char *address, uint16_t *portp)
{
	const char *colon = strrchr(address, ':');
	const char *close = strchr(address, ']');
	char *host;

	if (colon && close && colon < close)
		colon = NULL;
	*portp = colon ? (uint16_t)strtoul(colon + 1, NULL, 10) : WSI_PORT;
	host = colon ? strndup(address, (size_t)(colon - address))
		     : strdup(address);
	return host;
}

/* ---- the end of a try -------------------------------------------------- */

void app_login_form(struct app *a, enum uc_connection c)
{
	struct login *l = &a->login;

	tmr_cancel(&l->retry);
	l->was_online = l->automatic = false;
	l->attempts = 0;
	connection_set(a, c, 0);
	state_set(a, APP_LOGIN_FORM);
	app_login_told(a, EACCES, app_login_reason(a));
}

static void retry_h(void *arg)
{
	struct app *a = arg;

	a->login.failures = (free(a->login.failures), NULL);
	app_login_connect(a, app_login_address(a, 0));
}

/** 1, 2, 4 … 60 s, each a quarter more or less, so that a server that comes
 *  back isn't met by all its clients at once. */
static void retry_later(struct app *a)
{
	struct login *l = &a->login;
	uint64_t ms = RETRY_MAX_S * 1000;
	uint32_t random;

	if (l->attempts < 6)
		ms = 1000ull << l->attempts;
	l->attempts++;
	random_bytes(&random, sizeof(random));
	ms = ms * 3 / 4 + random % (ms / 2);
	if (ms > RETRY_MAX_S * 1000)
		ms = RETRY_MAX_S * 1000;
	tmr_start(&l->retry, ms, retry_h, a);
	connection_set(a, UC_LOST, time_wall_ms() + (int64_t)ms);
	/* State stays DONE: the views stay, greyed. */
	state_set(a, APP_LOGIN_DONE);
	app_login_told(a, EHOSTUNREACH, app_login_reason(a));
}

static void failure_add(struct login *l, const char *text)
{
	char *s = l->failures ? text_printf("%s %s", l->failures, text)
			      : text_dup(text);

	if (s) {
		free(l->failures);
		l->failures = s;
	}
}

/** What to check when nobody answers (SPEC T4.1). */
static void failed_network(struct app *a, const struct wsi_ended *e)
{
	struct login *l = &a->login;
	const char *address = address_of(a, l->address);
	char *line = text_printf("%s: %s", address, e->text);
	unsigned next;

	if (line)
		failure_add(l, line);
	free(line);
	next = app_login_address(a, l->address + 1);
	if (next < 2) {
		app_login_connect(a, next);
		return;
	}
	if (e->why == WSI_END_NOT_UC || e->net == NET_TLS)
		app_login_reason_set(a, "%s",
				     l->failures ? l->failures : e->text);
	else
		app_login_reason_set(a,
				     _("%s Check address, port, network and "
				       "proxy."),
				     l->failures ? l->failures : e->text);
	free(l->failures);
	l->failures = NULL;
	if (l->was_online || l->automatic)
		retry_later(a);
	else
		app_login_form(a, UC_OFFLINE);
}

/** Who waits at a shell does not see the question. */
static void told_certificate(struct app *a)
{
	char *text = text_printf(_("%s SHA-256 %s. If that is the right one: "
				   "offhook certificate accept"),
				 app_login_reason(a),
				 a->login.certificate.fingerprint);

	app_login_told(a, EACCES, text ? text : app_login_reason(a));
	free(text);
}

static void ask_certificate(struct app *a, const struct net_certificate *c)
{
	struct app_certificate *k = &a->login.certificate;
	const char *pin = store_pin(a->store, a->login.slot);

	app_login_certificate_reset(k);
	if (text_set(&k->host, address_of(a, a->login.address)) ||
	    text_set(&k->subject, c->subject) ||
	    text_set(&k->issuer, c->issuer) ||
	    text_set(&k->valid_from, c->valid_from) ||
	    text_set(&k->valid_to, c->valid_to) ||
	    text_set(&k->fingerprint, c->fingerprint) ||
	    text_set(&k->pinned_fingerprint, pin ? pin : "")) {
		app_login_reason_set(a, _("No memory."));
		app_login_form(a, UC_OFFLINE);
		return;
	}
	k->changed = pin != NULL;
	if (k->changed)
		app_login_reason_set(
			a,
			_("%s shows another certificate than the one "
			  "that was accepted."),
			k->host);
	else
		app_login_reason_set(
			a,
			_("%s shows a certificate that is not known "
			  "here: %s"),
			k->host, net_fault_text(c->fault));
	/* Nobody has refused anything: it goes on when the user has said so. */
	connection_set(a, UC_OFFLINE, 0);
	state_set(a, APP_LOGIN_CERTIFICATE);
	told_certificate(a);
}

/** Never again, until the user types another one. */
static void failed_password(struct app *a, const char *text)
{
	struct login *l = &a->login;
	char *kept;

	/* What was typed is kept only if it was kept before, too. */
	kept = l->typed ? store_password(a->store, l->slot) : NULL;
	if (!l->typed || (kept && l->password && !strcmp(kept, l->password)))
		(void)store_set_rejected(a->store, l->slot);
	store_secret_free(kept);
	a->slots[l->slot].has_password =
		store_has_password(a->store, l->slot) &&
		!store_rejected(a->store, l->slot);
	app_login_password_forget(l);
	app_login_reason_set(a, "%s", text);
	app_login_form(a, UC_REFUSED);
}

void app_login_lost(struct app *a)
{
	uc_lamps_old(a->uc);
	app_cti_session(a, false);
	a->login.synced = false;
	app_findings_lost(a);
}

void app_login_over(struct app *a)
{
	struct login *l = &a->login;

	l->leaving = false;
	l->was_online = l->automatic = false;
	tmr_cancel(&l->retry);
	app_login_password_forget(l);
	app_login_reason_set(a, "%s", "");
	if (!a->stopping) {
		app_cti_synced(a); /* none was seen: all are over for us */
		uc_clear(a->uc);
		app_local_close(a);
		free(a->account);
		a->account = NULL;
	}
	connection_set(a, UC_OFFLINE, 0);
	state_set(a, APP_LOGIN_FORM);
	app_login_told(a, ECANCELED, _("Logged out."));
}

static void ended_h(struct wsi *w, const struct wsi_ended *e, void *arg)
{
	struct app *a = arg;
	struct login *l = &a->login;

	mem_ref(a);
	if (l->wsi == w)
		l->way[l->address] = wsi_login_way(w);
	l->wsi = NULL;
	if (e->online) {
		/* One that ends each session at once is not asked for another
		   each second. */
		if (time_mono_ms() - l->online_ms >= STEADY_MS)
			l->attempts = 0;
		app_login_lost(a);
	}
	if (l->leaving || a->stopping || e->why == WSI_END_LOGOUT) {
		app_login_over(a);
		goto out;
	}
	switch (e->why) {
	case WSI_END_CERTIFICATE:
		if (e->certificate) {
			ask_certificate(a, e->certificate);
			break;
		}
		/* fall through */
	case WSI_END_NETWORK:
	case WSI_END_NOT_UC:
		if (e->online) {
			/* It was there a moment ago: try at once, then wait. */
			app_login_reason_set(a, "%s", e->text);
			retry_later(a);
		} else {
			failed_network(a, e);
		}
		break;
	case WSI_END_NOT_LOGGED_IN:
		app_login_reason_set(a, "%s", e->text);
		retry_later(a);
		break;
	case WSI_END_REFUSED:
		/* Real systems' words for a wrong password are not known, and
		   five of those lock all of a user's clients. */
	case WSI_END_BAD_PASSWORD:
		failed_password(a, e->text);
		break;
	default: /* locked, no licence, password change */
		app_login_reason_set(a, "%s", e->text);
		app_login_form(a, UC_REFUSED);
		break;
	}
out:
	mem_deref(w);
	mem_deref(a);
}

/* ---- a session --------------------------------------------------------- */

static void keep_password(struct app *a)
{
	struct login *l = &a->login;
	struct app_slot *s = &a->slots[l->slot];

	if (!l->typed)
		return;
	/* Kept where it is needed for getting in without being asked. */
	if (s->automatic) {
		if (store_set_password(a->store, l->slot, l->password))
			uc_notice(a->uc, UC_NOTICE_WARNING,
				  _("The password could not be kept: "
				    "automatic login will ask for it."));
	} else if (store_has_password(a->store, l->slot)) {
		(void)store_set_password(a->store, l->slot, NULL);
	}
	s->has_password = store_has_password(a->store, l->slot);
}

static void online_h(struct wsi *w, void *arg)
{
	struct app *a = arg;
	struct login *l = &a->login;

	l->way[l->address] = wsi_login_way(w);
	l->was_online = true;
	l->online_ms = time_mono_ms();
	free(l->failures);
	l->failures = NULL;
	keep_password(a);
	app_login_reason_set(a, "%s", "");
	(void)text_set(&uc_account_edit(a->uc)->server,
		       address_of(a, l->address));
	connection_set(a, UC_ONLINE, 0);
	uc_account_changed(a->uc, UC_CHANGE_ACCOUNT);
	l->round = true;
	uc_round_begin(a->uc);
	app_phone_apply(a);
	app_cti_session(a, true);
	app_carriers_account(a);
	state_set(a, APP_LOGIN_DONE);
	app_login_told(a, 0, "");
}

/* The sorts of entries that the server has told all of: uc_round_end(). */
static void told_all(const struct wsi *w, char all[WSI_SORT_COUNT + 1])
{
	static const char letters[WSI_SORT_COUNT] = {
		[WSI_CALLS] = 'j',
		[WSI_MESSAGES] = 'm',
		[WSI_VOICE] = 'v',
	};
	size_t n = 0;

	for (int i = 0; i < WSI_SORT_COUNT; i++)
		if (wsi_whole(w, (enum wsi_sort)i))
			all[n++] = letters[i];
	all[n] = 0;
}

static void synced_h(struct wsi *w, void *arg)
{
	struct app *a = arg;

	(void)uc_set_dial_params(a->uc, wsi_dial_params(w));
	if (!a->login.synced)
		app_cti_synced(a);
	if (a->login.round) {
		char all[WSI_SORT_COUNT + 1];

		told_all(w, all);
		a->login.round = false;
		uc_round_end(a->uc, wsi_directory_whole(w),
			     uc_account(a->uc)->can & UC_CAN_JOURNAL, all);
	}
	a->login.synced = true;
	app_local_synced(a);
	app_away_apply(a);
	app_findings_synced(a);
}

static void call_h(struct wsi *w, const struct wsi_call_event *e, void *arg)
{
	(void)w;
	app_cti_event(arg, e);
}

static void shared_h(struct wsi *w, const char *call_id, const char *link,
		     const char *by, void *arg)
{
	(void)w;
	app_shared(arg, call_id, link, by);
}

static void message_h(struct wsi *w, const char *entry_id, void *arg)
{
	(void)w;
	app_message_came(arg, entry_id);
}

static void message_sent_h(struct wsi *w, const char *uid, void *arg)
{
	(void)w;
	app_message_sent(arg, uid);
}

static const struct wsi_handlers handlers = {
	.online = online_h,
	.synced = synced_h,
	.call = call_h,
	.shared = shared_h,
	.message = message_h,
	.message_sent = message_sent_h,
	.ended = ended_h,
};

static void connect_held(void *arg)
{
	struct app *a = arg;

	app_login_connect(a, a->login.address);
}

void app_login_local_over(struct app *a)
{
	/* Behind this turn, at whose end the screen is drawn. */
	if (a->login.held && tmr_isrunning(&a->login.retry))
		tmr_start(&a->login.retry, 1, connect_held, a);
}

void app_login_connect(struct app *a, unsigned address)
{
	struct login *l = &a->login;
	const struct app_slot *s = &a->slots[l->slot];
	const char *fingerprint = store_pin(a->store, l->slot);
	struct wsi_prm prm = {
		.net = a->net,
		.uc = a->uc,
		.user = s->user,
		.password = l->password,
		.device = s->device,
	};
	struct net_pin pin;
	char *host;
	int err;

	tmr_cancel(&l->retry);
	if (address >= 2 || !l->password) {
		app_login_reason_set(
			a, _("An address and a password are needed."));
		app_login_form(a, UC_OFFLINE);
		return;
	}
	l->address = address;
	l->held = app_local_pending(a);
	if (l->held) {
		/* First the screen: the network takes a while to load. */
		connection_set(a, l->was_online ? UC_LOST : UC_CONNECTING, 0);
		state_set(a, l->was_online || l->automatic ? APP_LOGIN_DONE
							   : APP_LOGIN_RUNNING);
		tmr_start(&l->retry, HELD_MS, connect_held, a);
		return;
	}
	host = host_port(address_of(a, address), &prm.port);
	prm.host = host;
	prm.login = l->way[address];
	if (fingerprint && !net_pin_read(&pin, fingerprint))
		prm.pin = &pin;
	app_login_drop(a);
	err = host ? wsi_alloc(&l->wsi, &prm, &handlers, a) : ENOMEM;
	free(host);
	if (err) {
		app_login_reason_set(a, _("Logging in cannot even begin: %s."),
				     strerror(err));
		app_login_form(a, UC_OFFLINE);
		return;
	}
	connection_set(a, l->was_online ? UC_LOST : UC_CONNECTING, 0);
	state_set(a, l->was_online || l->automatic ? APP_LOGIN_DONE
						   : APP_LOGIN_RUNNING);
}
