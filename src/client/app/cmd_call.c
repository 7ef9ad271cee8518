/**
 * @file cmd_call.c  Commands of calls
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

/* ---- which call -------------------------------------------------------- */

struct uc_call *app_call_argument(const struct app_invocation *i, size_t n)
{
	return uc_call_by_id(
		i->app->uc, (uint32_t)strtoul(app_argument_of(i, n), NULL, 10));
}

struct uc_call *app_call_allowing(const struct app *a, enum uc_function f,
				  const struct uc_call *but)
{
	struct uc_call *c = uc_call_current(a->uc);
	size_t i;

	if (c && c != but && c->functions & f)
		return c;
	for (i = 0; (c = uc_call_at(a->uc, i)); i++)
		if (c != but && c->functions & f)
			return c;
	return NULL;
}

const char *app_no_function(const struct app *a, enum uc_function f)
{
	if (app_call_allowing(a, f, NULL))
		return NULL;
	return uc_call_count(a->uc) ? _("No call allows that now.")
				    : _("There is no call.");
}

/** The call that the first argument names, else the one that the function is
 *  most likely meant for. */
static struct uc_call *call_meant(const struct app_invocation *i,
				  enum uc_function f)
{
	struct uc_call *c;

	if (!text_empty(app_argument_of(i, 1)))
		return app_call_argument(i, 1);
	c = app_call_allowing(i->app, f, NULL);
	return c ? c : uc_call_current(i->app->uc);
}

static int act(const struct app_invocation *i, enum uc_function f)
{
	return app_call_act(i->app, call_meant(i, f), f, i->sink);
}

#define FUNCTION(name, bit)                                   \
	static int run_##name(const struct app_invocation *i) \
	{                                                     \
		return act(i, bit);                           \
	}                                                     \
	static const char *no_##name(const struct app *a)     \
	{                                                     \
		return app_no_function(a, bit);               \
	}
FUNCTION(answer, UC_ANSWER)
FUNCTION(reject, UC_REJECT)
FUNCTION(hold, UC_HOLD)
FUNCTION(resume, UC_RESUME)
FUNCTION(mute, UC_MUTE)

/** Of a conference, whom is to be said. */
static int run_hangup(const struct app_invocation *i)
{
	const struct uc_call *c = call_meant(i, UC_HANG_UP);
	const char *argv[] = {"end-conference", NULL};
	char *text;
	int err;

	/* One call of several is one that one leaves. */
	if (!text_empty(app_argument_of(i, 1)) || !c || !c->conference ||
	    app_conference_count(i->app) < 2)
		return act(i, UC_HANG_UP);
	if (i->origin == APP_FROM_SHELL)
		return app_sink_fail(i->sink, EINVAL,
				     _("There is a conference: say which call "
				       "of it, or `end-conference`."));
	text = text_printf(_("%u are in the conference: all calls end. To drop "
			     "one, select its call."),
			   app_conference_count(i->app));
	err = text ? app_question_propose(i->app, c, _("Conference"), text,
					  _("End it"), argv)
		   : ENOMEM;
	free(text);
	return err;
}

static const char *no_hangup(const struct app *a)
{
	return app_no_function(a, UC_HANG_UP);
}

/* ---- dialling ---------------------------------------------------------- */

const char *app_no_phone(const struct app *a)
{
	if (app_carrier_available(a))
		return NULL;
	if (uc_account(a->uc)->connection != UC_ONLINE)
		return _("There is no connection to the server.");
	if (app_option_flag(a, "voip"))
		return text_empty(uc_account(a->uc)->voip_reason)
			       ? _("The built-in phone is not registered.")
			       : uc_account(a->uc)->voip_reason;
	return _("This account has no phone; `set voip on` uses the built-in "
		 "one.");
}

static int run_dial(const struct app_invocation *i)
{
	const char *where = app_argument_of(i, 2);
	enum dial_way way = DIAL_ASK;

	if (!strcmp(where, "internal"))
		way = DIAL_INTERNAL;
	else if (!strcmp(where, "external"))
		way = DIAL_EXTERNAL;
	return app_dial_number(i->app, app_argument_of(i, 1), way, i->sink);
}

static int run_call(const struct app_invocation *i)
{
	const char *number, *kind = app_argument_of(i, 2);
	struct uc_contact *c;
	size_t k;
	int err;

	err = app_contact_or_ask(i, &c);
	if (err || !c)
		return err;
	number = uc_contact_number(c);
	for (k = 0; !text_empty(kind) && k < c->number_count; k++)
		if (!strcmp(uc_number_kind_key(c->numbers[k].kind), kind))
			break;
	if (!text_empty(kind)) {
		if (k == c->number_count)
			return app_sink_fail(i->sink, ENOENT,
					     _("%s has no such number."),
					     c->name);
		number = c->numbers[k].number;
	}
	if (!number)
		return app_sink_fail(i->sink, ENOENT, _("%s has no number."),
				     c->name);
	return app_dial_number(i->app, number, DIAL_ASK, i->sink);
}

static const char *no_redial(const struct app *a)
{
	return a->redial[0] ? app_no_phone(a)
			    : _("Nothing has been dialled yet.");
}

static int run_redial(const struct app_invocation *i)
{
	const char *text = app_argument_of(i, 1);
	unsigned long n = text_empty(text) ? 1 : strtoul(text, NULL, 10);
	char *number;
	int err;

	if (n < 1 || n > REDIAL_MAX || !i->app->redial[n - 1])
		return app_sink_fail(i->sink, ENOENT,
				     _("The list of dialled "
				       "numbers is not that long."));
	number = strdup(i->app->redial[n - 1]);
	err = number ? app_call_dial(i->app, number, i->sink) : ENOMEM;
	free(number);
	return err;
}

static int run_dialled(const struct app_invocation *i)
{
	struct json_writer *w = i->sink->data;
	size_t k;

	if (w)
		json_array(w);
	for (k = 0; k < REDIAL_MAX && i->app->redial[k]; k++) {
		const char *number = i->app->redial[k];
		struct uc_contact *c;

		c = uc_contact_by_number(i->app->uc, number);
		app_sink_print(i->sink, "%2zu  %s  %s", k + 1, number,
			       c ? c->name : "");
		if (w)
			json_put_string(w, number);
	}
	if (w)
		json_end(w);
	return 0;
}

static int run_tones(const struct app_invocation *i)
{
	return app_call_dtmf(i->app, app_call_allowing(i->app, UC_DTMF, NULL),
			     app_argument_of(i, 1), i->sink);
}

static const char *no_tones(const struct app *a)
{
	return app_no_function(a, UC_DTMF);
}

/* ---- looking ----------------------------------------------------------- */

void app_call_members(struct json_writer *w, const struct uc_call *c)
{
	json_add_string(w, "number", c->number);
	json_add_string(w, "name", c->name);
	json_add_bool(w, "outgoing", c->outgoing);
	json_add_bool(w, "outside", c->outside);
	json_add_bool(w, "voip", c->voip);
	json_add_bool(w, "muted", c->muted);
	json_add_bool(w, "encrypted", c->keys > UC_KEYS_NONE);
	json_add_string(w, "keys", uc_keys_key(c->keys));
	json_add_bool(w, "conference", c->conference);
	json_add_int(w, "parties", c->parties);
	json_name(w, "members");
	json_array(w);
	for (size_t i = 0; i < c->member_count; i++) {
		json_object(w);
		json_add_string(w, "number", c->members[i].number);
		json_add_string(w, "name", c->members[i].name);
		json_end(w);
	}
	json_end(w);
	json_add_string(w, "page", c->link);
	json_add_string(w, "codec", c->codec);
	json_add_bool(w, "poor", c->poor);
	json_add_int(w, "started", c->started_ms);
	json_add_int(w, "answered", c->answered_ms);
	json_add_string(w, "reason", c->reason);
}

static void call_json(struct json_writer *w, const struct uc_call *c,
		      bool voicemail)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{UC_ANSWER, "answer"},	 {UC_REJECT, "reject"},
		{UC_HANG_UP, "hangup"},	 {UC_HOLD, "hold"},
		{UC_RESUME, "resume"},	 {UC_MUTE, "mute"},
		{UC_DTMF, "tones"},	 {UC_TRANSFER, "transfer"},
		{UC_JOIN, "conference"}, {UC_DEFLECT, "deflect"},
		{UC_CODECS, "codec"},
	};
	size_t i;

	json_object(w);
	json_add_int(w, "call", c->id);
	json_add_string(w, "state", uc_call_state_key(c->state));
	app_call_members(w, c);
	json_name(w, "functions");
	json_array(w);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (c->functions & names[i].bit)
			json_put_string(w, names[i].name);
	if (c->functions & UC_DEFLECT && voicemail)
		json_put_string(w, "voicemail");
	json_end(w);
	json_end(w);
}

static int run_calls(const struct app_invocation *i)
{
	struct json_writer *w = i->sink->data;
	struct uc_call *c;
	size_t k;

	if (w)
		json_array(w);
	for (k = 0; (c = uc_call_at(i->app->uc, k)); k++) {
		char clock[32] = "";

		if (c->answered_ms)
			app_duration_text(clock, sizeof(clock),
					  (time_wall_ms() - c->answered_ms) /
						  1000);
		app_sink_print(i->sink, "%u  %s  %s  %s  %s", c->id,
			       uc_call_state_word(c->state), c->number, c->name,
			       clock);
		if (w)
			call_json(w, c,
				  !text_empty(app_voicemail_number(i->app)));
	}
	if (w)
		json_end(w);
	return 0;
}

/* ---- rows -------------------------------------------------------------- */

static const char *const ways[] = {"internal", "external", NULL};
static const char *const kinds[] = {"internal", "business", "business2",
				    "mobile",	"private",  "other",
				    NULL};

static const struct app_argument dial_arguments[] = {
	{.name = "number", .kind = APP_ARG_DIAL},
	{.name = "where",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = ways},
	{.name = NULL},
};
static const struct app_argument call_arguments[] = {
	{.name = "contact", .kind = APP_ARG_CONTACT},
	{.name = "kind",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = kinds},
	{.name = NULL},
};
static const struct app_argument which_call[] = {
	{.name = "call", .kind = APP_ARG_CALL, .optional = true},
	{.name = NULL},
};
static const struct app_argument redial_arguments[] = {
	{.name = "position", .kind = APP_ARG_NUMBER, .optional = true},
	{.name = NULL},
};
static const struct app_argument tones_arguments[] = {
	{.name = "tones", .kind = APP_ARG_TEXT},
	{.name = NULL},
};

const struct app_command app_commands_call[] = {
	{.name = "dial",
	 .summary = N_("Call a number."),
	 .help = N_("The number is canonical (+49 89 7007-201) or as dialled "
		    "on the desk phone. With UC Smart a number that is neither "
		    "canonical nor a known extension leads to the question "
		    "whether it is internal or external; an external one gets "
		    "the line access code in front. A call that is on waits on "
		    "hold meanwhile."),
	 .examples = EXAMPLES("dial 201", "dial '+49 89 7007-201'",
			      "dial 555123 external"),
	 .arguments = dial_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_phone,
	 .run = run_dial},
	{.name = "call",
	 .summary = N_("Call a contact."),
	 .help = N_("The contact is named by number, name or the beginning of "
		    "one. Without a kind the default number is called."),
	 .examples = EXAMPLES("call erlang", "call 'Hedy Lamarr' mobile"),
	 .arguments = call_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_phone,
	 .run = run_call},
	{.name = "answer",
	 .summary = N_("Answer a ringing call."),
	 .help = N_("A call that is on is put on hold first."),
	 .arguments = which_call,
	 .origins = FROM_USER,
	 .contexts = APP_IN_RINGING,
	 .keys = "F9",
	 .hint = N_("answer"),
	 .function = UC_ANSWER,
	 .unavailable = no_answer,
	 .run = run_answer},
	{.name = "reject",
	 .summary = N_("Refuse a ringing call."),
	 .arguments = which_call,
	 .origins = FROM_USER,
	 .contexts = APP_IN_RINGING,
	 .keys = "F12",
	 .hint = N_("reject"),
	 .function = UC_REJECT,
	 .unavailable = no_reject,
	 .run = run_reject},
	{.name = "hangup",
	 .alias = "end",
	 .summary = N_("End a call."),
	 .arguments = which_call,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CALL,
	 .keys = "e F12",
	 .hint = N_("end"),
	 .function = UC_HANG_UP,
	 .unavailable = no_hangup,
	 .run = run_hangup},
	{.name = "hold",
	 .summary = N_("Put a call on hold."),
	 .arguments = which_call,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CALL,
	 .keys = "h",
	 .hint = N_("hold"),
	 .function = UC_HOLD,
	 .unavailable = no_hold,
	 .run = run_hold},
	{.name = "resume",
	 .summary = N_("Go back to a call on hold."),
	 .help = N_("A call that is on is put on hold first."),
	 .arguments = which_call,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CALL,
	 .keys = "r",
	 .hint = N_("resume"),
	 .function = UC_RESUME,
	 .unavailable = no_resume,
	 .run = run_resume},
	{.name = "mute",
	 .summary = N_("Mute the microphone, or unmute it."),
	 .arguments = which_call,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CALL,
	 .keys = "M",
	 .hint = N_("mute"),
	 .function = UC_MUTE,
	 .unavailable = no_mute,
	 .run = run_mute},
	{.name = "tones",
	 .alias = "dtmf",
	 .summary = N_("Send tones into a call of the built-in phone."),
	 .examples = EXAMPLES("tones 1234#"),
	 .arguments = tones_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_tones,
	 .run = run_tones},
	{.name = "redial",
	 .summary = N_("Call one of the last ten numbers "
		       "again."),
	 .help = N_("Without a position the last one. `dialled` lists them."),
	 .examples = EXAMPLES("redial", "redial 3"),
	 .arguments = redial_arguments,
	 .origins = FROM_USER,
	 .contexts = IN_PANES,
	 .keys = "R",
	 .unavailable = no_redial,
	 .run = run_redial},
	{.name = "dialled",
	 .summary = N_("List the last ten numbers "
		       "dialled."),
	 .origins = FROM_USER,
	 .run = run_dialled},
	{.name = "calls",
	 .summary = N_("List the calls there are."),
	 .origins = FROM_USER,
	 .reads = true,
	 .run = run_calls},
	ROWS_END};
