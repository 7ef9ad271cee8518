/**
 * @file app_trust.c  Whom the built-in phone may trust: the user says
 */
#include <stdlib.h>
#include "call_int.h"

#define LOG_MODULE "app"

struct asked {
	char *fingerprint;
};

static void destructor(void *arg)
{
	struct asked *k = arg;

	free(k->fingerprint);
}

static void answered(struct app *a, size_t choice, void *arg)
{
	const struct asked *k = arg;
	char *why = NULL;

	if (choice != 1)
		return;
	if (app_option_set(a, "sip_certificate", k->fingerprint, true, &why))
		uc_notice(a->uc, UC_NOTICE_ERROR, "%s", why ? why : "");
	free(why);
}

static char *question_text(const struct app_certificate *k)
{
	return text_printf(_("%s\nIssued by %s, valid %s to %s.\nSHA-256 %s\n"
			     "Nothing has been sent to it yet."),
			   k->subject, k->issuer, k->valid_from, k->valid_to,
			   k->fingerprint);
}

static void ask(struct app *a, const struct app_certificate *k)
{
	const struct app_choice choices[] = {
		{.label = (char *)_("Do without the phone"),
		 .key = (char *)"n"},
		{.label = (char *)_("Accept it from now on"),
		 .key = (char *)"y"},
	};
	struct question_prm prm = {
		.choices = choices,
		.choice_count = 2,
		.safe = 0,
		.h = answered,
	};
	struct asked *asked = mem_zalloc(sizeof(*asked), destructor);
	char *title, *text = question_text(k);

	title = text_printf(
		k->changed ? _("The phone's server %s shows another "
			       "certificate than the one that was accepted")
			   : _("The phone's server %s shows a certificate that "
			       "is not known here"),
		k->host);
	if (asked && title && text &&
	    !text_set(&asked->fingerprint, k->fingerprint)) {
		prm.title = title;
		prm.text = text;
		prm.arg = asked;
		(void)app_question_ask(a, &prm);
	} else {
		mem_deref(asked);
	}
	free(title);
	free(text);
}

void app_carrier_untrusted(struct app_carrier *c,
			   const struct app_certificate *k)
{
	const char *pin;

	if (!c || !k || !c->m.trust)
		return;
	/* The same machine shows the same one for both. */
	pin = store_pin(c->a->store, app_login_slot(c->a));
	if (pin && text_equal(pin, k->fingerprint)) {
		log_info("the phone trusts what the user has accepted");
		if (c->m.trust(c->carrier, k->fingerprint))
			log_warn("… in vain");
		return;
	}
	ask(c->a, k);
}

void app_carrier_times(struct app_carrier *c, int64_t since_ms,
		       int64_t retry_ms)
{
	struct uc_account *account;

	if (!c || !c->voip)
		return;
	account = uc_account_edit(c->a->uc);
	account->voip_since_ms = since_ms;
	account->voip_retry_ms = retry_ms;
}
