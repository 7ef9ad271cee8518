/**
 * @file app_contact.c  Personal contacts: their fields, and who keeps them
 *
 * The server does, where it says so; a Suite lets another client manage them;
 * for a plain server our own store keeps them.
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"

/* In the order of a form. */
static const struct {
	const char *key, *name;
	enum uc_number_kind kind; /* COUNT: no number */
} fields[APP_CONTACT_FIELDS] = {
	[APP_CONTACT_FIRST] = {"first", N_("first name"), UC_NUMBER_KIND_COUNT},
	[APP_CONTACT_LAST] = {"last", N_("last name"), UC_NUMBER_KIND_COUNT},
	[APP_CONTACT_COMPANY] = {"company", N_("company"),
				 UC_NUMBER_KIND_COUNT},
	[APP_CONTACT_DEPARTMENT] = {"department", N_("department"),
				    UC_NUMBER_KIND_COUNT},
	[APP_CONTACT_EMAIL] = {"email", N_("e-mail"), UC_NUMBER_KIND_COUNT},
	[APP_CONTACT_BUSINESS] = {"business", N_("business"),
				  UC_NUMBER_BUSINESS},
	[APP_CONTACT_BUSINESS_2] = {"business2", N_("business 2"),
				    UC_NUMBER_BUSINESS_2},
	[APP_CONTACT_MOBILE] = {"mobile", N_("mobile"), UC_NUMBER_MOBILE},
	[APP_CONTACT_PRIVATE] = {"private", N_("private"), UC_NUMBER_PRIVATE},
	[APP_CONTACT_INTERNAL] = {"internal", N_("internal"),
				  UC_NUMBER_INTERNAL},
	[APP_CONTACT_OTHER] = {"other", N_("other"), UC_NUMBER_OTHER},
};

const char *app_contact_field_key(enum app_contact_field f)
{
	return (unsigned)f < APP_CONTACT_FIELDS ? fields[f].key : "";
}

const char *app_contact_field_name(enum app_contact_field f)
{
	return (unsigned)f < APP_CONTACT_FIELDS ? _(fields[f].name) : "";
}

enum app_contact_field app_contact_field_find(const char *key, size_t len)
{
	unsigned f = 0;

	while (f < APP_CONTACT_FIELDS &&
	       (strlen(fields[f].key) != len ||
		strncmp(fields[f].key, key, len) != 0))
		f++;
	return (enum app_contact_field)f;
}

bool app_contact_field_is_number(enum app_contact_field f)
{
	return (unsigned)f < APP_CONTACT_FIELDS &&
	       fields[f].kind != UC_NUMBER_KIND_COUNT;
}

enum app_contact_field app_contact_number_field(enum uc_number_kind kind)
{
	unsigned f = 0;

	while (f < APP_CONTACT_FIELDS && fields[f].kind != kind)
		f++;
	return (enum app_contact_field)f;
}

const char *app_contact_field_of(const struct uc_contact *c,
				 enum app_contact_field f)
{
	switch (f) {
	case APP_CONTACT_FIRST:
		return c->first;
	case APP_CONTACT_LAST:
		return c->last;
	case APP_CONTACT_COMPANY:
		return c->company;
	case APP_CONTACT_DEPARTMENT:
		return c->department;
	case APP_CONTACT_EMAIL:
		return c->email;
	default:
		for (size_t i = 0; i < c->number_count; i++)
			if ((unsigned)f < APP_CONTACT_FIELDS &&
			    c->numbers[i].kind == fields[f].kind)
				return c->numbers[i].number;
		return "";
	}
}

/* ---- numbers ----------------------------------------------------------- */

char *app_contact_number(const struct app *a, const char *text)
{
	return uc_number_kept(uc_dial_params(a->uc), text);
}

int app_contact_field_read(const struct app *a, enum app_contact_field f,
			   const char *text, char **valuep)
{
	*valuep = NULL;
	if (text_empty(text) || !app_contact_field_is_number(f)) {
		*valuep = text_clean(text, (size_t)-1, TEXT_LINE_MAX);
		return *valuep ? 0 : ENOMEM;
	}
	*valuep = app_contact_number(a, text);
	return *valuep ? 0 : EINVAL;
}

/* ---- who keeps them ---------------------------------------------------- */

bool app_personal_own(const struct app *a)
{
	const struct uc_account *account = uc_account(a->uc);

	return account->mode == UC_MODE_SMART &&
	       !(account->can & UC_CAN_PERSONAL);
}

const char *app_contact_unavailable(const struct app *a)
{
	const struct uc_account *account = uc_account(a->uc);

	if (!a->account)
		return _("Log in first.");
	/* Who keeps them says the server. */
	if (!a->login.synced && !app_online(a))
		return _("There is no connection to the server.");
	if (app_personal_own(a))
		return NULL;
	if (!(account->can & UC_CAN_PERSONAL))
		return _("This server lets personal contacts be read only; "
			 "another client manages them.");
	return app_online(a) ? NULL
			     : _("There is no connection to the server.");
}

bool app_contact_can_change(const struct app *a, const struct uc_contact *c)
{
	return c && c->directory == UC_PERSONAL &&
	       c->own == app_personal_own(a) && !app_contact_unavailable(a);
}

const struct uc_contact *app_contact_twin(const struct app *a,
					  const struct app_contact *k)
{
	struct uc_contact *c;
	size_t pos;

	for (unsigned f = 0; f < APP_CONTACT_FIELDS; f++) {
		if (!app_contact_field_is_number((enum app_contact_field)f) ||
		    text_empty(k->text[f]))
			continue;
		c = uc_contact_by_number(a->uc, k->text[f]);
		if (c && c->directory == UC_PERSONAL &&
		    !text_equal(c->id, k->id))
			return c;
	}
	for (pos = 0; (c = uc_contact_walk(a->uc, &pos));)
		if (c->directory == UC_PERSONAL && !text_equal(c->id, k->id) &&
		    !uc_name_compare(c->first, k->text[APP_CONTACT_FIRST]) &&
		    !uc_name_compare(c->last, k->text[APP_CONTACT_LAST]) &&
		    !uc_name_compare(c->company, k->text[APP_CONTACT_COMPANY]))
			return c;
	return NULL;
}

/* ---- as a whole -------------------------------------------------------- */

void app_contact_reset(struct app_contact *k)
{
	for (unsigned f = 0; f < APP_CONTACT_FIELDS; f++)
		free(k->text[f]);
	free(k->id);
	memset(k, 0, sizeof(*k));
}

int app_contact_fill(struct app_contact *k, const struct uc_contact *c)
{
	int err = c ? text_set(&k->id, c->id) : text_set(&k->id, "");

	for (unsigned f = 0; f < APP_CONTACT_FIELDS && !err; f++)
		err = text_set(
			&k->text[f],
			c ? app_contact_field_of(c, (enum app_contact_field)f)
			  : "");
	return err;
}

char *app_contact_json(const struct app_contact *k)
{
	struct json_writer *w = json_writer_new();
	char *text;

	json_object(w);
	if (!text_empty(k->id))
		json_add_string(w, "id", k->id);
	for (unsigned f = 0; f < APP_CONTACT_FIELDS; f++)
		if (!text_empty(k->text[f]))
			json_add_string(w, fields[f].key, k->text[f]);
	json_end(w);
	text = json_writer_take(w);
	json_writer_free(w);
	return text;
}

void app_contact_prm(const struct app_contact *k, struct uc_contact_prm *prm,
		     struct uc_number numbers[UC_NUMBER_KIND_COUNT])
{
	*prm = (struct uc_contact_prm){
		.id = k->id,
		.directory = UC_PERSONAL,
		.first = k->text[APP_CONTACT_FIRST],
		.last = k->text[APP_CONTACT_LAST],
		.company = k->text[APP_CONTACT_COMPANY],
		.department = k->text[APP_CONTACT_DEPARTMENT],
		.email = k->text[APP_CONTACT_EMAIL],
		.numbers = numbers,
	};
	for (unsigned f = 0; f < APP_CONTACT_FIELDS; f++)
		if (fields[f].kind != UC_NUMBER_KIND_COUNT &&
		    !text_empty(k->text[f]))
			numbers[prm->number_count++] = (struct uc_number){
				.kind = fields[f].kind, .number = k->text[f]};
}
