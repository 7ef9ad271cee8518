/**
 * @file app_carrier.c  Phones that carry calls
 */
#include <stdlib.h>
#include "call_int.h"

#define LOG_MODULE "app"

/* ---- phones ------------------------------------------------------------ */

static void carrier_destructor(void *arg)
{
	struct app_carrier *c = arg;

	list_unlink(&c->le);
	free(c->user);
}

/* What the built-in phone must know before its first call. */
static const char *const phone_options[] = {
	"audio_input",	   "audio_output",	"ringer",
	"input_volume",	   "output_volume",	"ringer_volume",
	"echo_cancelling", "noise_suppression", "gain_control",
	"codecs",	   "encryption",
};

int app_carrier_register(struct app *a, struct app_carrier **cp,
			 const struct app_carrier_methods *m, void *carrier)
{
	struct app_carrier *c;

	if (!a || !cp || !m || !m->name)
		return EINVAL;
	c = mem_zalloc(sizeof(*c), carrier_destructor);
	if (!c)
		return ENOMEM;
	c->a = a;
	c->m = *m;
	c->carrier = carrier;
	c->voip = !strcmp(m->name, "voip");
	list_append(&a->carriers, &c->le, c);
	*cp = c;
	for (size_t i = 0;
	     c->voip && m->option && i < ARRAY_SIZE(phone_options); i++)
		m->option(carrier, phone_options[i],
			  app_option_get(a, phone_options[i]));
	return 0;
}

struct app_carrier *app_voip_carrier(const struct app *a)
{
	struct le *le;

	for (le = a->carriers.head; le; le = le->next) {
		struct app_carrier *c = le->data;

		if (c->voip)
			return c;
	}
	return NULL;
}

/** Whose turn it is when the user dials. */
struct app_carrier *app_dialling_carrier(const struct app *a)
{
	struct app_carrier *voip = app_voip_carrier(a);
	struct le *le;

	if (voip && app_option_flag(a, "voip"))
		return voip->registered ? voip : NULL;
	for (le = a->carriers.head; le; le = le->next) {
		struct app_carrier *c = le->data;

		if (!c->voip && c->registered)
			return c;
	}
	return NULL;
}

bool app_carrier_available(const struct app *a)
{
	return app_dialling_carrier(a) != NULL;
}

void app_carrier_registered(struct app_carrier *c, bool registered,
			    const char *reason)
{
	struct uc_account *account;

	if (!c)
		return;
	c->registered = registered;
	if (!c->voip)
		return;
	account = uc_account_edit(c->a->uc);
	account->voip_registered = registered;
	(void)text_set(&account->voip_reason, reason ? reason : "");
	uc_account_changed(c->a->uc, UC_CHANGE_PHONE);
}

void app_carriers_option(struct app *a, const char *name, const char *value)
{
	struct le *le;

	for (le = a->carriers.head; le; le = le->next) {
		struct app_carrier *c = le->data;

		if (c->m.option)
			c->m.option(c->carrier, name, value);
	}
}

static void account_to(struct app_carrier *c, const struct app_voip_account *v)
{
	(void)text_set(&c->user, v ? v->user : NULL);
	if (c->m.account && c->m.account(c->carrier, v))
		app_carrier_registered(c, false,
				       _("The built-in phone cannot use this "
					 "account."));
}

static const char *const no_account =
	N_("This server gives no account for the built-in phone.");

static void account_h(const struct wsi_result *r,
		      const struct wsi_sip_account *s, void *arg)
{
	struct app *a = arg;
	struct app_carrier *c = app_voip_carrier(a);

	if (!c || !app_option_flag(a, "voip"))
		return;
	if (!s) {
		app_carrier_registered(
			c, false,
			r->status == WSI_NOT_OFFERED ? _(no_account) : r->text);
		return;
	}
	account_to(c, &(const struct app_voip_account){
			      .user = s->user,
			      .auth_user = s->auth_user,
			      .secret = s->secret,
			      .display_name = s->display_name,
			      .domain = s->domain,
			      .registrar = s->registrar,
			      .transport = s->transport,
		      });
}

void app_carriers_account(struct app *a)
{
	struct app_carrier *c = app_voip_carrier(a);
	struct wsi *w = app_online(a);
	int err;

	if (!c)
		return;
	if (!app_option_flag(a, "voip")) {
		account_to(c, NULL);
		app_carrier_registered(c, false, NULL);
		return;
	}
	/* Without a session the account that it has stays in use. */
	if (!w)
		return;
	err = wsi_sip_account(NULL, w, account_h, a);
	if (err == ENOTSUP)
		app_carrier_registered(c, false, _(no_account));
	else if (err)
		log_warn("the SIP account could not be asked for");
}
