/**
 * @file cmd_away.c  Where calls go in each state, who learns of an absence
 *
 * The server keeps and does both where it can. With one that has forwarding
 * only, the option state_forwarding keeps the destinations, and whoever
 * changes the own state here has the phone forwarded (doc/wsi.md, "Presence
 * with other servers").
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

static const char here[] = "here", box[] = "voicemail", mobile[] = "mobile";
static const char option[] = "state_forwarding";

/* ---- kept by us -------------------------------------------------------- */

/* Is it ours to forward the phone? */
static bool is_ours(const struct app *a)
{
	const struct wsi *w = app_online(a);

	return w && !(wsi_additions(w) & WSI_ADD_AWAY) &&
	       !text_empty(uc_account(a->uc)->device) &&
	       uc_account(a->uc)->mode == UC_MODE_SMART;
}

/* "lunch=203" among words with blanks between; to free(), NULL: not there */
static char *kept(const char *list, enum proto_presence state)
{
	const char *key = proto_presence_key(state);
	size_t n = strlen(key), len;

	for (; *list; list += len) {
		list += strspn(list, " ");
		len = strcspn(list, " ");
		if (len > n && !strncmp(list, key, n) && list[n] == '=')
			return text_printf("%.*s", (int)(len - n - 1),
					   list + n + 1);
	}
	return NULL;
}

const char *app_away_check(const char *value)
{
	while (*value) {
		size_t len = strcspn(value, " ");
		const char *equal = memchr(value, '=', len);
		char *word =
			equal ? text_printf("%.*s", (int)(equal - value), value)
			      : NULL;
		enum proto_presence p = word ? proto_presence_find(word)
					     : PROTO_PRESENCE_UNKNOWN;

		free(word);
		if (len &&
		    (p == PROTO_PRESENCE_UNKNOWN || p == PROTO_DO_NOT_DISTURB ||
		     equal[1] == ' ' || !equal[1]))
			return _("Words such as lunch=203, with blanks "
				 "between.");
		value += len;
		value += strspn(value, " ");
	}
	return NULL;
}

void app_away_apply(struct app *a)
{
	struct uc_account *account = uc_account_edit(a->uc);
	const char *list = app_option_get(a, option);

	if (!is_ours(a))
		return;
	for (int p = PROTO_OFFICE; p < PROTO_DO_NOT_DISTURB; p++) {
		char *to = kept(list, (enum proto_presence)p);

		(void)text_set(&account->away[p], to ? to : here);
		free(to);
	}
	uc_account_changed(a->uc, UC_CHANGE_ACCOUNT);
}

static int keep(struct app *a, enum proto_presence state, const char *to)
{
	struct text_buf b = {0};
	char *why = NULL;
	int err;

	text_buf_add(&b, "");
	for (int p = PROTO_OFFICE; p < PROTO_DO_NOT_DISTURB; p++) {
		const char *is =
			p == (int)state ? to : uc_account(a->uc)->away[p];

		if (!text_empty(is) && strcmp(is, here) != 0)
			text_buf_printf(
				&b, "%s%s=%s", b.len ? " " : "",
				proto_presence_key((enum proto_presence)p), is);
	}
	err = b.err ? b.err : app_option_set(a, option, b.buf, true, &why);
	free(why);
	text_buf_reset(&b);
	return err;
}

/* What the phone is forwarded to for that, to free(); "": not at all. */
static char *number_for(const struct app *a, const char *to)
{
	char *dialable;

	if (text_empty(to) || !strcmp(to, here))
		return text_dup("");
	if (!strcmp(to, box))
		return text_dup(app_voicemail_number(a));
	if (!strcmp(to, mobile))
		to = uc_my_mobile(a->uc);
	dialable = text_empty(to)
			   ? NULL
			   : proto_number_dialable(to, uc_dial_params(a->uc));
	return dialable ? dialable : text_dup("");
}

/* The phone's forwarding follows, unless somebody has set another one. */
static void carry(struct app *a, const char *was_to, const char *is_to)
{
	const struct proto_dial_params *p = uc_dial_params(a->uc);
	struct uc_account *u = uc_account_edit(a->uc);
	const char *fixed = u->forward[UC_FORWARD_ALWAYS];
	char *was = number_for(a, was_to), *is = number_for(a, is_to);
	bool ours = was && is &&
		    (text_empty(fixed) || proto_number_same(fixed, was, p));
	bool other =
		is && (text_empty(fixed) ? *is != '\0'
					 : !proto_number_same(fixed, is, p));

	if (ours && other &&
	    !wsi_forward_set(NULL, app_online(a), UC_FORWARD_ALWAYS, is,
			     app_told, app_wait_new(a, NULL))) {
		/* The next change goes by it. It is read again in any case. */
		(void)text_set(&u->forward[UC_FORWARD_ALWAYS], is);
		uc_account_changed(a->uc, UC_CHANGE_ACCOUNT);
	}
	free(was);
	free(is);
}

void app_away_follow(struct app *a, enum proto_presence was,
		     enum proto_presence is)
{
	const struct uc_account *u = uc_account(a->uc);

	if (is_ours(a) && was != is && (unsigned)was < PROTO_PRESENCE_COUNT &&
	    (unsigned)is < PROTO_PRESENCE_COUNT)
		carry(a, u->away[was], u->away[is]);
}

/* ---- forward-state ----------------------------------------------------- */

static const char *no_away(const struct app *a)
{
	if (!app_online(a))
		return app_not_online(a);
	return uc_away_known(a->uc)
		       ? NULL
		       : _("This server does not say where calls go in a "
			   "state.");
}

static int print_states(const struct app_invocation *i)
{
	const struct uc_account *u = uc_account(i->app->uc);
	struct json_writer *w = i->sink->data;

	if (w)
		json_object(w);
	for (int p = PROTO_OFFICE; p < PROTO_DO_NOT_DISTURB; p++) {
		char *text = uc_away_text(i->app->uc, u->away[p]);

		app_sink_print(i->sink, "%s: %s",
			       _(proto_presence_name((enum proto_presence)p)),
			       text ? text : "");
		free(text);
		if (w)
			json_add_string(
				w, proto_presence_key((enum proto_presence)p),
				u->away[p]);
	}
	if (w)
		json_end(w);
	return 0;
}

/* As the model has it, to free(); NULL: it is none, which has been said. */
static char *destination(const struct app_invocation *i)
{
	const char *text = app_argument_of(i, 2);
	const struct uc_account *u = uc_account(i->app->uc);
	struct app_dial d;
	char *number;

	if (!strcmp(text, here) || !strcmp(text, box))
		return text_dup(text);
	if (!strcmp(text, mobile)) {
		if (*uc_my_mobile(i->app->uc))
			return text_dup(text);
		app_sink_fail(i->sink, ENOENT,
			      _("You have no mobile number: `my-data mobile "
				"'+49 171 555 0200'`."));
		return NULL;
	}
	for (size_t k = 0; k < u->box_count; k++)
		if (!strcmp(u->boxes[k].number, text) ||
		    !strcasecmp(u->boxes[k].name, text))
			return text_dup(u->boxes[k].number);
	if (app_dial_target(i->app, text, DIAL_ASK, &d, i->sink))
		return NULL;
	number = text_dup(d.number);
	app_dial_reset(&d);
	return number;
}

static int set_state(const struct app_invocation *i, enum proto_presence state,
		     const char *to)
{
	struct app *a = i->app;
	const struct uc_contact *me = uc_me(a->uc);
	const char *before = uc_account(a->uc)->away[state];
	char *number;
	int err = 0;

	if (!is_ours(a))
		return wsi_away_set(NULL, app_online(a), state, to, app_told,
				    app_wait_new(a, i->sink));
	number = number_for(a, to);
	if (!number)
		return ENOMEM;
	if (strcmp(to, here) != 0 && !*number)
		err = app_sink_fail(a ? i->sink : NULL, ENOENT,
				    _("The number of the voicemail is not "
				      "known: see the option "
				      "voicemail_number."));
	else if (proto_number_same(number, uc_account(a->uc)->device,
				   uc_dial_params(a->uc)))
		err = app_sink_fail(i->sink, ELOOP,
				    _("Your calls would come back to you."));
	free(number);
	if (err)
		return err;
	if (me && me->presence.state == state)
		carry(a, before, to);
	return keep(a, state, to);
}

static int run_forward_state(const struct app_invocation *i)
{
	const char *key = app_argument_of(i, 1);
	enum proto_presence state = proto_presence_find(key);
	const char *argv[] = {"forward-state", key, NULL, NULL};
	char *to, *before;
	int err;

	if (text_empty(key))
		return print_states(i);
	if (text_empty(app_argument_of(i, 2)))
		return app_sink_fail(i->sink, EINVAL,
				     _("Say where to: here, voicemail, mobile "
				       "or a number."));
	if (uc_account(i->app->uc)->away_fixed)
		return app_sink_fail(i->sink, ENOTSUP,
				     _("Where your calls go while you are "
				       "absent is set elsewhere."));
	to = destination(i);
	if (!to)
		return EINVAL;
	before = text_dup(uc_account(i->app->uc)->away[state]);
	err = before ? set_state(i, state, to) : ENOMEM;
	if (!err && strcmp(before, to) != 0) {
		argv[2] = before;
		app_undo_push(i->app, _("forwarding"), argv);
	}
	free(before);
	free(to);
	return err;
}

/* ---- visibility -------------------------------------------------------- */

static const char *no_visibility(const struct app *a)
{
	if (!app_online(a))
		return app_not_online(a);
	return uc_account(a->uc)->can & UC_CAN_VISIBILITY
		       ? NULL
		       : _("This server does not offer that.");
}

static int run_visibility(const struct app_invocation *i)
{
	enum uc_visibility before = uc_account(i->app->uc)->visibility;
	const char *word = app_argument_of(i, 1);
	const char *argv[] = {"visibility", uc_visibility_key(before), NULL};
	int err;

	if (text_empty(word)) {
		app_sink_print(i->sink, "%s", uc_visibility_key(before));
		if (i->sink->data)
			json_put_string(i->sink->data,
					uc_visibility_key(before));
		return 0;
	}
	err = wsi_visibility_set(NULL, app_online(i->app),
				 uc_visibility_find(word), app_told,
				 app_wait_new(i->app, i->sink));
	if (!err && before != UC_VISIBLE_UNKNOWN)
		app_undo_push(i->app, _("visibility"), argv);
	return err;
}

/* ---- my data ----------------------------------------------------------- */

static const char *const data_fields[] = {"mobile", "private", "email", NULL};

static const char *no_data(const struct app *a)
{
	const struct wsi *w = app_online(a);

	if (!w)
		return app_not_online(a);
	return wsi_additions(w) & WSI_ADD_AWAY
		       ? NULL
		       : _("This server does not offer that.");
}

static const char *data_of(const struct app *a, const char *field)
{
	const struct uc_contact *me = uc_me(a->uc);

	if (!me || !strcmp(field, "mobile"))
		return uc_my_mobile(a->uc);
	if (!strcmp(field, "email"))
		return me->email ? me->email : "";
	for (size_t k = 0; k < me->number_count; k++)
		if (me->numbers[k].kind == UC_NUMBER_PRIVATE)
			return me->numbers[k].number;
	return "";
}

static int print_data(const struct app_invocation *i)
{
	struct json_writer *w = i->sink->data;

	if (w)
		json_object(w);
	for (size_t k = 0; data_fields[k]; k++) {
		const char *value = data_of(i->app, data_fields[k]);

		app_sink_print(i->sink, "%s: %s", data_fields[k], value);
		if (w)
			json_add_string(w, data_fields[k], value);
	}
	if (w)
		json_end(w);
	return 0;
}

static int run_my_data(const struct app_invocation *i)
{
	const char *field = app_argument_of(i, 1);
	const char *value = app_argument_of(i, 2);
	bool is_number = strcmp(field, "email") != 0;
	struct wsi_my_data data = {NULL, NULL, NULL};

	if (text_empty(field))
		return print_data(i);
	if (text_empty(value))
		return app_sink_fail(i->sink, EINVAL,
				     _("Say what it is, or \"off\" for "
				       "none."));
	if (!strcmp(value, "off"))
		value = "";
	else if (is_number && !proto_number_is_canonical(value))
		return app_sink_fail(i->sink, EINVAL,
				     _("\"%s\" is not canonical: write it as "
				       "+49 (171) 555-0200."),
				     value);
	if (!is_number)
		data.email = value;
	else if (!strcmp(field, "mobile"))
		data.mobile = value;
	else
		data.private_number = value;
	return wsi_my_data_set(NULL, app_online(i->app), &data, app_told,
			       app_wait_new(i->app, i->sink));
}

static const char *const states[] = {
	"office",   "meeting", "sick", "break", "out",
	"vacation", "lunch",   "home", NULL,
};
static const char *const whom[] = {"all", "inside", "nobody", NULL};

static const struct app_argument forward_state_arguments[] = {
	{.name = "state",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = states},
	{.name = "destination", .kind = APP_ARG_TEXT, .optional = true},
	{.name = NULL},
};
static const struct app_argument visibility_arguments[] = {
	{.name = "whom",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = whom},
	{.name = NULL},
};
static const struct app_argument my_data_arguments[] = {
	{.name = "field",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = data_fields},
	{.name = "value", .kind = APP_ARG_TEXT, .optional = true},
	{.name = NULL},
};

const struct app_command app_commands_away[] = {
	{.name = "forward-state",
	 .summary = N_("Say where your calls go while you are in a state."),
	 .help = N_("`here` (they ring), `voicemail`, `mobile` (your own "
		    "number), another number, or, without a box of your own, "
		    "the name or number of a box that several have. It is "
		    "remembered for each state; Do Not Disturb has none. "
		    "Without anything: all states with their destinations."),
	 .examples = EXAMPLES("forward-state vacation voicemail",
			      "forward-state office '+49 89 5550200'",
			      "forward-state lunch here"),
	 .arguments = forward_state_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_away,
	 .reads = true,
	 .run = run_forward_state},
	{.name = "visibility",
	 .summary = N_("Say who learns that you are absent."),
	 .help = N_("`all`: everybody, callers from outside hear it of your "
		    "voicemail; `inside`: colleagues only; `nobody`."),
	 .examples = EXAMPLES("visibility inside"),
	 .arguments = visibility_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_visibility,
	 .reads = true,
	 .run = run_visibility},
	{.name = "my-data",
	 .summary = N_("Change your own numbers and e-mail address, as others "
		       "see them."),
	 .help = N_("Numbers are canonical; `off` empties a field. Without "
		    "anything: what they are."),
	 .examples = EXAMPLES("my-data mobile '+49 171 555 0200'",
			      "my-data private off"),
	 .arguments = my_data_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_data,
	 .reads = true,
	 .run = run_my_data},
	ROWS_END};
