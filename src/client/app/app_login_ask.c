/**
 * @file app_login_ask.c  What the user asks of the log-in
 */
#include <stdlib.h>
#include "login_int.h"

/** The kept password, unless it must not be used. */
static int kept_password(struct app *a, unsigned slot)
{
	struct login *l = &a->login;

	if (store_rejected(a->store, slot)) {
		app_login_reason_set(
			a, _("The server rejected the password: type it "
			     "anew."));
		return EACCES;
	}
	l->password = store_password(a->store, slot);
	if (!l->password) {
		app_login_reason_set(a, _("The password is needed."));
		return EINVAL;
	}
	return 0;
}

static void account_begin(struct app *a, unsigned slot)
{
	const struct app_slot *s = &a->slots[slot];
	char *key = text_printf("%s@%s", s->user,
				text_empty(s->lan) ? s->wan : s->lan);

	if (key && a->account && !strcmp(key, a->account)) {
		free(key);
		return;
	}
	if (a->account) {
		app_local_save(a);
		app_local_close(a);
		app_cti_session(a, false);
		app_cti_synced(a); /* its calls go with it */
		uc_clear(a->uc);
	}
	free(a->account);
	a->account = key;
	(void)text_set(&uc_account_edit(a->uc)->user, s->user);
	uc_account_changed(a->uc, UC_CHANGE_ACCOUNT);
	if (a->account)
		app_local_open(a);
}

int app_login_begin(struct app *a, unsigned slot, const char *password,
		    bool automatic)
{
	struct login *l = &a->login;
	int err = 0;

	if (slot >= APP_SLOT_COUNT)
		return EINVAL;
	tmr_cancel(&l->retry);
	if (l->wsi) {
		bool was = app_online(a) != NULL;

		app_login_drop(a);
		if (was)
			app_login_lost(a);
	}
	app_login_password_forget(l);
	app_login_certificate_reset(&l->certificate);
	if (l->slot != slot)
		l->way[0] = l->way[1] = WSI_LOGIN_ASK;
	l->slot = slot;
	l->attempts = 0;
	l->was_online = false;
	l->automatic = automatic;
	free(l->failures);
	l->failures = NULL;
	if (text_empty(a->slots[slot].user)) {
		app_login_reason_set(a,
				     _("The user name is needed: your internal "
				       "number."));
		err = EINVAL;
	} else if (app_login_address(a, 0) >= 2) {
		app_login_reason_set(
			a, _("An address is needed: LAN or WAN, as in "
			     "uc.example:8802."));
		err = EINVAL;
	} else if (!text_empty(password)) {
		l->password = strdup(password);
		l->typed = true;
		err = l->password ? 0 : ENOMEM;
	} else {
		err = kept_password(a, slot);
	}
	if (err) {
		app_login_form(a, err == EACCES ? UC_REFUSED : UC_OFFLINE);
		return err;
	}
	app_login_reason_set(a, "%s", "");
	account_begin(a, slot);
	app_login_connect(a, app_login_address(a, 0));
	return 0;
}

int app_login_certificate(struct app *a, bool accept)
{
	struct login *l = &a->login;
	int err;

	if (l->state != APP_LOGIN_CERTIFICATE)
		return ENOENT;
	if (!accept) {
		app_login_reason_set(a, _("The certificate of %s was refused."),
				     l->certificate.host);
		app_login_certificate_reset(&l->certificate);
		app_login_form(a, UC_OFFLINE);
		return 0;
	}
	err = store_set_pin(a->store, l->slot, l->certificate.fingerprint);
	if (err)
		return err;
	app_login_certificate_reset(&l->certificate);
	app_login_connect(a, l->address);
	return 0;
}

int app_login_reconnect(struct app *a)
{
	struct login *l = &a->login;

	if (app_online(a)) {
		l->round = true;
		uc_round_begin(a->uc);
		wsi_resync(l->wsi);
		return 0;
	}
	if (!l->password)
		return app_login_begin(a, l->slot, NULL, false);
	if (l->state == APP_LOGIN_CERTIFICATE)
		return EBUSY;
	tmr_cancel(&l->retry);
	l->attempts = 0;
	app_login_connect(a, app_login_address(a, 0));
	return 0;
}

void app_login_logout(struct app *a)
{
	struct login *l = &a->login;

	tmr_cancel(&l->retry);
	app_local_save(a);
	if (app_online(a)) {
		l->leaving = true;
		wsi_logout(l->wsi);
		return;
	}
	app_login_drop(a);
	app_login_over(a);
}
