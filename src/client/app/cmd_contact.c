/**
 * @file cmd_contact.c  Commands that change personal contacts
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

/* ---- fields as they are given ------------------------------------------ */

static int bad_field(struct app_sink *s, const char *word, size_t len)
{
	struct text_buf b = {0};
	int err;

	for (unsigned f = 0; f < APP_CONTACT_FIELDS; f++)
		text_buf_printf(
			&b, "%s%s", f ? ", " : "",
			app_contact_field_key((enum app_contact_field)f));
	err = app_sink_fail(s, EINVAL,
			    _("\"%.*s\" is no field. The fields are %s."),
			    (int)len, word, b.buf ? b.buf : "");
	text_buf_reset(&b);
	return err;
}

static int set_field(const struct app_invocation *i, struct app_contact *k,
		     enum app_contact_field f, const char *text)
{
	char *value;
	int err = app_contact_field_read(i->app, f, text, &value);

	if (err)
		return app_sink_fail(i->sink, err,
				     _("%s: \"%s\" is no number."),
				     app_contact_field_name(f), text);
	free(k->text[f]);
	k->text[f] = value;
	return 0;
}

static bool looks_like_field(const char *word, size_t len)
{
	return len && word[len] &&
	       strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789") == len;
}

/* first=Berta last=Benz mobile=+49 171 555: a word that begins no field goes on
   with the one before. */
static int read_words(const struct app_invocation *i, struct app_contact *k,
		      char *text)
{
	enum app_contact_field f = APP_CONTACT_FIELDS;
	struct text_buf b = {0};
	char *word, *save = NULL;
	int err = 0;

	for (word = strtok_r(text, " ", &save); word && !err;
	     word = strtok_r(NULL, " ", &save)) {
		size_t len = strcspn(word, "=");
		enum app_contact_field next =
			word[len] ? app_contact_field_find(word, len)
				  : APP_CONTACT_FIELDS;

		if (next == APP_CONTACT_FIELDS &&
		    (f == APP_CONTACT_FIELDS || looks_like_field(word, len))) {
			err = bad_field(i->sink, word, len);
		} else if (next == APP_CONTACT_FIELDS) {
			text_buf_printf(&b, "%s%s", b.len ? " " : "", word);
		} else {
			if (f != APP_CONTACT_FIELDS)
				err = set_field(i, k, f, b.buf ? b.buf : "");
			text_buf_reset(&b);
			text_buf_add(&b, word + len + 1);
			f = next;
		}
	}
	if (!err && f != APP_CONTACT_FIELDS)
		err = set_field(i, k, f, b.buf ? b.buf : "");
	text_buf_reset(&b);
	return err;
}

/* As a form says it, in which any text is exact. */
static int read_json(const struct app_invocation *i, struct app_contact *k,
		     const char *text)
{
	struct json *root = NULL;
	const struct json *v;
	const char *name;
	int err = json_parse(&root, text, strlen(text));

	if (err)
		return app_sink_fail(i->sink, EINVAL,
				     _("The contact's fields make no sense."));
	for (size_t n = 0; !err && (v = json_member(root, n, &name)); n++) {
		enum app_contact_field f =
			app_contact_field_find(name, strlen(name));
		const char *s = json_string(v);

		if (!strcmp(name, "id"))
			err = text_set(&k->id, s ? s : "");
		else if (f == APP_CONTACT_FIELDS)
			err = bad_field(i->sink, name, strlen(name));
		else
			err = set_field(i, k, f, s ? s : "");
	}
	json_free(root);
	return err;
}

static int read_fields(const struct app_invocation *i, struct app_contact *k,
		       const char *text)
{
	char *copy;
	int err;

	if (*text == '{') {
		err = read_json(i, k, text);
	} else {
		copy = text_dup(text);
		err = copy ? read_words(i, k, copy) : ENOMEM;
		free(copy);
	}
	if (err)
		return err;
	if (text_empty(k->text[APP_CONTACT_FIRST]) &&
	    text_empty(k->text[APP_CONTACT_LAST]) &&
	    text_empty(k->text[APP_CONTACT_COMPANY]))
		return app_sink_fail(i->sink, EINVAL,
				     _("A first, last or company name is "
				       "needed."));
	return 0;
}

static char *name_of(const struct app_contact *k)
{
	const char *first = k->text[APP_CONTACT_FIRST];
	const char *last = k->text[APP_CONTACT_LAST];

	if (text_empty(first) && text_empty(last))
		return text_dup(k->text[APP_CONTACT_COMPANY]);
	return text_printf("%s%s%s", first ? first : "",
			   text_empty(first) || text_empty(last) ? "" : " ",
			   last ? last : "");
}

/* ---- kept by our store ------------------------------------------------- */

void app_personal_store(struct app *a, const struct uc_contact *c)
{
	const struct store_contact k = {
		.data = {.id = c->id,
			 .directory = c->directory,
			 .name = c->name,
			 .first = c->first,
			 .last = c->last,
			 .company = c->company,
			 .department = c->department,
			 .email = c->email,
			 .device = c->device,
			 .own = true,
			 .import_key = c->import_key,
			 .hand_made = c->hand_made,
			 .numbers = c->numbers,
			 .number_count = c->number_count},
		.default_number = c->default_number,
		.presence = c->presence,
	};

	if (store_contact_put(a->store, a->account, STORE_OWN, &k))
		uc_notice(a->uc, UC_NOTICE_WARNING,
			  _("The contact could not be kept."));
}

static int own_put(struct app *a, struct uc_contact_prm *prm,
		   const struct uc_contact *was)
{
	struct uc_contact *c;
	char id[48];
	int err;

	if (text_empty(prm->id)) {
		uint32_t n;

		random_bytes(&n, sizeof(n));
		snprintf(id, sizeof(id), "own:%lld-%x",
			 (long long)time_wall_ms(), n);
		prm->id = id;
	}
	prm->own = true;
	prm->import_key = was ? was->import_key : "";
	prm->hand_made = was && !text_empty(was->import_key);
	err = uc_contact_put(a->uc, prm, &c);
	prm->id = err ? "" : c->id;
	if (!err)
		app_personal_store(a, c);
	return err;
}

/* ---- add --------------------------------------------------------------- */

static void warn_twin(const struct app_invocation *i,
		      const struct app_contact *k)
{
	const struct uc_contact *twin = app_contact_twin(i->app, k);

	if (twin)
		app_sink_print(i->sink,
			       _("%s is there already, with the same name or "
				 "number."),
			       twin->name);
}

static int run_add(const struct app_invocation *i)
{
	struct uc_number numbers[UC_NUMBER_KIND_COUNT];
	struct app_contact k = {0};
	struct uc_contact_prm prm;
	struct app *a = i->app;
	char *name = NULL;
	int err = app_contact_fill(&k, NULL);

	if (!err)
		err = read_fields(i, &k, app_argument_of(i, 1));
	if (!err)
		name = name_of(&k);
	if (err)
		goto out;
	app_contact_prm(&k, &prm, numbers);
	warn_twin(i, &k);
	err = app_personal_own(a)
		      ? own_put(a, &prm, NULL)
		      : wsi_contact_add(NULL, app_online(a), &prm, app_told,
					app_wait_new(a, i->sink));
	if (!err)
		app_sink_print(i->sink, _("%s is a personal contact."),
			       name ? name : "");
out:
	free(name);
	app_contact_reset(&k);
	return err;
}

/* ---- change ------------------------------------------------------------ */

static int not_personal(const struct app_invocation *i,
			const struct uc_contact *c)
{
	if (app_contact_can_change(i->app, c))
		return 0;
	return app_sink_fail(i->sink, EPERM,
			     _("%s is no personal contact of yours."), c->name);
}

static void push_undo(struct app *a, const char *what, const char *command,
		      const char *id, const struct app_contact *was)
{
	char *json = was ? app_contact_json(was) : NULL;
	const char *argv[] = {command, id ? id : json, id ? json : NULL, NULL};

	if (what && argv[1])
		app_undo_push(a, what, argv);
	free(json);
}

static int run_change(const struct app_invocation *i)
{
	struct uc_number numbers[UC_NUMBER_KIND_COUNT];
	struct app_contact k = {0}, was = {0};
	struct uc_contact_prm prm;
	struct app *a = i->app;
	struct uc_contact *c;
	char *what = NULL;
	int err = app_contact_or_ask(i, &c);

	if (err || !c)
		return err;
	err = not_personal(i, c);
	if (!err)
		err = app_contact_fill(&k, c);
	if (!err)
		err = app_contact_fill(&was, c);
	/* A form says all that there is to say. */
	for (unsigned f = 0; f < APP_CONTACT_FIELDS && !err; f++)
		if (*app_argument_of(i, 2) == '{')
			err = text_set(&k.text[f], "");
	if (!err)
		err = read_fields(i, &k, app_argument_of(i, 2));
	if (!err)
		err = text_set(&k.id, c->id);
	if (err)
		goto out;
	what = text_printf(_("%s as before"), c->name);
	app_contact_prm(&k, &prm, numbers);
	err = app_personal_own(a)
		      ? own_put(a, &prm, c)
		      : wsi_contact_change(NULL, app_online(a), &prm, app_told,
					   app_wait_new(a, i->sink));
	if (!err) {
		push_undo(a, what, "contact-change", was.id, &was);
		app_sink_print(i->sink, _("%s is changed."), c->name);
	}
out:
	free(what);
	app_contact_reset(&was);
	app_contact_reset(&k);
	return err;
}

/* ---- delete ------------------------------------------------------------ */

static int ask_delete(const struct app_invocation *i,
		      const struct uc_contact *c)
{
	const char *argv[] = {"contact-delete", c->id, "yes", NULL};
	char *text = text_printf(_("Delete the personal contact %s? Its "
				   "conversations stay, by the number."),
				 c->name);
	int err = text ? app_question_confirm(i->app, _("Delete contact"), text,
					      _("Delete"), argv)
		       : ENOMEM;

	free(text);
	return err;
}

static int run_delete(const struct app_invocation *i)
{
	struct app_contact was = {0};
	struct app *a = i->app;
	struct uc_contact *c;
	char *what, *name;
	int err = app_contact_or_ask(i, &c);

	if (err || !c)
		return err;
	err = not_personal(i, c);
	if (err)
		return err;
	if (text_empty(app_argument_of(i, 2)))
		return ask_delete(i, c);
	err = app_contact_fill(&was, c);
	what = text_printf(_("%s is back"), c->name);
	name = text_dup(c->name);
	if (!err && app_personal_own(a)) {
		err = store_contact_delete(a->store, a->account, c->id);
		if (!err)
			uc_contact_remove(a->uc, c);
	} else if (!err) {
		err = wsi_contact_delete(NULL, app_online(a), c->id, app_told,
					 app_wait_new(a, i->sink));
	}
	if (!err) {
		push_undo(a, what, "contact-add", NULL, &was);
		app_sink_print(i->sink, _("%s is deleted."), name ? name : "");
	}
	free(name);
	free(what);
	app_contact_reset(&was);
	return err;
}

static const struct app_argument add_arguments[] = {
	{.name = "fields", .kind = APP_ARG_TEXT, .rest = true},
	{.name = NULL},
};
static const struct app_argument change_arguments[] = {
	{.name = "contact", .kind = APP_ARG_PERSONAL},
	{.name = "fields", .kind = APP_ARG_TEXT, .rest = true},
	{.name = NULL},
};
static const char *const yes[] = {"yes", NULL};
static const struct app_argument delete_arguments[] = {
	{.name = "contact", .kind = APP_ARG_PERSONAL},
	{.name = "sure",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = yes},
	{.name = NULL},
};

const struct app_command app_commands_contact[] = {
	{.name = "contact-add",
	 .summary = N_("Add a personal contact."),
	 .help = N_("Each field is given as NAME=TEXT: first, last, company, "
		    "department, email, and numbers by their kind: business, "
		    "business2, mobile, private, internal, other. A name is "
		    "needed. Numbers become canonical where that is possible. "
		    "Nobody else sees the contact."),
	 .examples = EXAMPLES("contact-add first=Ada last=Lovelace "
			      "mobile=+44 20 7946 0018"),
	 .arguments = add_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_contact_unavailable,
	 .run = run_add},
	{.name = "contact-change",
	 .summary = N_("Change fields of a personal contact."),
	 .help = N_("Fields that are not named stay; one without a text is "
		    "emptied. A contact that came by an import is yours from "
		    "then on: the next import leaves it alone."),
	 .examples =
		 EXAMPLES("contact-change lovelace company=Engines mobile="),
	 .arguments = change_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_contact_unavailable,
	 .run = run_change},
	{.name = "contact-delete",
	 .summary = N_("Delete a personal contact, after a question."),
	 .examples = EXAMPLES("contact-delete lovelace"),
	 .arguments = delete_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_SEARCH | APP_IN_FAVOURITES,
	 .keys = "Delete",
	 .unavailable = app_contact_unavailable,
	 .run = run_delete},
	ROWS_END};
