/**
 * @file cmd_phone.c  Commands that choose the phone which calls are made on
 *
 * SPEC T6.4.10 and T6.4.14: one of several phones of a number, and whether the
 * mobile phone is called first.
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

static const char *const dial_modes[] = {"associated", "callback", NULL};

void app_phone_apply(struct app *a)
{
	const struct app_slot *s = &a->slots[a->login.slot];
	struct uc_account *u = uc_account_edit(a->uc);

	u->callback = !strcmp(s->dial_mode, "callback");
	if (wsi_phone_set(app_online(a), s->device))
		uc_account_changed(a->uc, UC_CHANGE_ACCOUNT);
}

static const char *one_phone(const struct app *a)
{
	if (!app_online(a))
		return app_not_online(a);
	return text_empty(uc_account(a->uc)->phones)
		       ? _("Your number has one phone only.")
		       : NULL;
}

static const char *no_mobile(const struct app *a)
{
	if (!app_online(a))
		return app_not_online(a);
	return text_empty(uc_account(a->uc)->mobile)
		       ? _("No mobile phone belongs to your number.")
		       : NULL;
}

static int keep(const struct app_invocation *i, const char *field,
		const char *value)
{
	char *why = NULL;
	int err = app_slot_set(i->app, i->app->login.slot, field, value, &why);

	if (err)
		app_sink_fail(i->sink, err, "%s", why ? why : strerror(err));
	free(why);
	return err;
}

/* ---- one of several phones --------------------------------------------- */

static void print_phone(const struct app_invocation *i, const char *phone)
{
	const struct uc_account *u = uc_account(i->app->uc);
	const struct uc_contact *c = uc_contact_by_device(i->app->uc, phone);
	bool chosen = !strcmp(phone, u->phone);

	app_sink_print(i->sink, "%s %s%s%s", chosen ? "*" : " ", phone,
		       c ? " " : "", c ? c->name : "");
	json_object(i->sink->data);
	json_add_string(i->sink->data, "number", phone);
	json_add_string(i->sink->data, "name", c ? c->name : "");
	json_add_bool(i->sink->data, "chosen", chosen);
	json_end(i->sink->data);
}

static int print_phones(const struct app_invocation *i)
{
	char *words = strdup(uc_account(i->app->uc)->phones), *rest = NULL;
	const char *word = words ? strtok_r(words, " ", &rest) : NULL;

	if (!words)
		return ENOMEM;
	json_array(i->sink->data);
	for (; word; word = strtok_r(NULL, " ", &rest))
		print_phone(i, word);
	json_end(i->sink->data);
	free(words);
	return 0;
}

static int run_phone(const struct app_invocation *i)
{
	const char *phone = app_argument_of(i, 1);

	if (text_empty(phone))
		return print_phones(i);
	if (!strcmp(phone, "any"))
		phone = "";
	if (wsi_phone_set(app_online(i->app), phone))
		return app_sink_fail(i->sink, ENOENT,
				     _("%s is no phone of your number: those "
				       "are %s."),
				     phone, uc_account(i->app->uc)->phones);
	return keep(i, "device", phone);
}

/* ---- the mobile phone -------------------------------------------------- */

static int run_dial_mode(const struct app_invocation *i)
{
	const char *mode = app_argument_of(i, 1);

	if (!text_empty(mode))
		return keep(i, "dial_mode", mode);
	mode = dial_modes[uc_account(i->app->uc)->callback];
	app_sink_print(i->sink, "%s", mode);
	json_put_string(i->sink->data, mode);
	return 0;
}

static const struct app_argument phone_arguments[] = {
	{.name = "number", .kind = APP_ARG_TEXT, .optional = true},
	{.name = NULL},
};
static const struct app_argument dial_mode_arguments[] = {
	{.name = "mode",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = dial_modes},
	{.name = NULL},
};

const struct app_command app_commands_phone[] = {
	{.name = "phone",
	 .summary = N_("Choose the phone to operate, where your number has "
		       "several."),
	 .help = N_("It calls what you dial and answers what you answer here. "
		    "`any` leaves it to the phone system. Without anything: "
		    "which phones there are. The connection keeps it."),
	 .examples = EXAMPLES("phone", "phone 221", "phone any"),
	 .arguments = phone_arguments,
	 .origins = FROM_USER,
	 .unavailable = one_phone,
	 .run = run_phone},
	{.name = "dial-mode",
	 .summary =
		 N_("Say which phone calls when you dial: the desk phone, or "
		    "your mobile phone."),
	 .help = N_(
		 "`associated`: the desk phone. `callback`: the phone system "
		 "calls your mobile phone first; take it off, and the "
		 "number is called, which sees your internal one. The "
		 "connection keeps it."),
	 .examples = EXAMPLES("dial-mode callback", "dial-mode associated"),
	 .arguments = dial_mode_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_mobile,
	 .run = run_dial_mode},
	ROWS_END};
