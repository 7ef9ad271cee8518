/**
 * @file cmd_session.c  Commands of log-in, connection and the program's end
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

static int slot_read(const struct app_invocation *i, unsigned *slotp)
{
	unsigned long n = strtoul(app_argument_of(i, 1), NULL, 10);

	if (n < 1 || n > APP_SLOT_COUNT) {
		app_sink_fail(i->sink, EINVAL, _("There are slots 1 to %d."),
			      APP_SLOT_COUNT);
		return EINVAL;
	}
	*slotp = (unsigned)n - 1;
	return 0;
}

static int field(const struct app_invocation *i, unsigned slot,
		 const char *name, const char *value)
{
	char *why = NULL;
	int err;

	err = app_slot_set(i->app, slot, name, value, &why);
	if (err && why)
		app_sink_fail(i->sink, err, "%s", why);
	free(why);
	return err;
}

static int run_login(const struct app_invocation *i)
{
	static const struct {
		const char *name;
		size_t at;
	} fields[] = {{"user", 2}, {"lan", 4}, {"wan", 5}};
	unsigned slot = i->app->login.slot;
	size_t k;
	int err = 0;

	if (!text_empty(app_argument_of(i, 1)))
		err = slot_read(i, &slot);
	/* An empty text leaves what is kept; "-" empties an address. */
	for (k = 0; k < 3 && !err; k++) {
		const char *value = app_argument_of(i, fields[k].at);

		if (!text_empty(value))
			err = field(i, slot, fields[k].name,
				    strcmp(value, "-") ? value : "");
	}
	if (!err) {
		app_login_wait(i->app, i->sink);
		err = app_login_begin(i->app, slot, app_argument_of(i, 3),
				      false);
	}
	if (err && !i->sink->error.len)
		app_sink_fail(i->sink, err, "%s", app_login_reason(i->app));
	return err;
}

static int run_logout(const struct app_invocation *i)
{
	app_login_logout(i->app);
	return 0;
}

const char *app_nobody(const struct app *a)
{
	return a->login.state == APP_LOGIN_FORM || a->login.leaving
		       ? _("Nobody is logged in.")
		       : NULL;
}

static int run_certificate(const struct app_invocation *i)
{
	bool accept = !strcmp(app_argument_of(i, 1), "accept");

	if (accept)
		app_login_wait(i->app, i->sink);
	return app_login_certificate(i->app, accept);
}

static const char *no_certificate(const struct app *a)
{
	return a->login.state == APP_LOGIN_CERTIFICATE
		       ? NULL
		       : _("There is no certificate to judge.");
}

static int run_reconnect(const struct app_invocation *i)
{
	int err;

	/* One that is there is only read anew. */
	if (!app_online(i->app))
		app_login_wait(i->app, i->sink);
	err = app_login_reconnect(i->app);
	if (err)
		app_sink_fail(i->sink, err, "%s", app_login_reason(i->app));
	return err;
}

static int run_slot(const struct app_invocation *i)
{
	unsigned slot;
	int err = slot_read(i, &slot);

	return err ? err
		   : field(i, slot, app_argument_of(i, 2),
			   app_argument_of(i, 3));
}

/* ---- questions and the end --------------------------------------------- */

static int run_choose(const struct app_invocation *i)
{
	return app_question_answer(
		i->app, (unsigned)strtoul(app_argument_of(i, 1), NULL, 10),
		i->sink);
}

static const char *no_question(const struct app *a)
{
	return app_question(a) ? NULL : _("There is no question now.");
}

static int run_quit(const struct app_invocation *i)
{
	const char *argv[] = {"quit", "yes", NULL};
	struct app *a = i->app;

	if (app_calls_voip(a) && text_empty(app_argument_of(i, 1)) &&
	    app_option_flag(a, "confirm_quit"))
		return app_question_confirm(
			a, _("Quit"),
			app_calls_voip(a) == 1
				? _("A call is on. It ends when the program "
				    "does. Closing the terminal instead "
				    "leaves it on.")
				: _("Several calls are on. They end when the "
				    "program does. Closing the terminal "
				    "instead leaves them on."),
			_("Quit"), argv);
	if (a->h.quit)
		a->h.quit(a->arg);
	return 0;
}

/* ---- status ------------------------------------------------------------ */

static void status_json(const struct app *a, struct json_writer *w)
{
	const struct uc_account *k = uc_account(a->uc);
	const struct uc_contact *me = uc_me(a->uc);
	const struct uc_call *c = uc_call_current(a->uc);

	json_object(w);
	json_add_string(w, "user", k->user);
	json_add_string(w, "name", k->name);
	json_add_string(w, "connection", uc_connection_key(k->connection));
	json_add_string(w, "reason", k->reason);
	json_add_string(w, "server", k->server);
	json_add_string(w, "mode",
			k->mode == UC_MODE_SUITE ? "suite" : "smart");
	json_add_bool(w, "voip", k->voip_registered);
	if (k->voip_wanted && !k->voip_registered) {
		json_add_string(w, "voip_reason", k->voip_reason);
		json_add_int(w, "voip_since", k->voip_since_ms);
		json_add_int(w, "voip_retry", k->voip_retry_ms);
	}
	if (me) {
		json_add_string(w, "presence",
				proto_presence_key(me->presence.state));
		json_add_int(w, "until", me->presence.until_ms);
		json_add_string(w, "note", me->presence.note);
	}
	json_add_int(w, "missed", uc_missed_count(a->uc));
	json_add_int(w, "voice", uc_voice_count(a->uc));
	json_add_int(w, "messages", uc_message_count(a->uc));
	json_add_int(w, "unread", uc_unread_count(a->uc));
	json_add_int(w, "calls", (int64_t)uc_call_count(a->uc));
	if (c) {
		json_name(w, "call");
		json_object(w);
		json_add_int(w, "call", c->id);
		json_add_string(w, "state", uc_call_state_key(c->state));
		json_add_string(w, "name", c->name);
		json_add_string(w, "number", c->number);
		json_add_int(w, "answered", c->answered_ms);
		json_end(w);
	}
	json_end(w);
}

static int run_status(const struct app_invocation *i)
{
	const char *format = app_argument_of(i, 1);
	char *text;

	if (text_empty(format))
		format = app_option_get(i->app, "status_format");
	text = app_status_text(i->app, format);
	if (!text)
		return ENOMEM;
	app_sink_print(i->sink, "%s", text);
	free(text);
	if (i->sink->data)
		status_json(i->app, i->sink->data);
	return 0;
}

/* ---- rows -------------------------------------------------------------- */

static const struct app_argument login_arguments[] = {
	{.name = "slot", .kind = APP_ARG_NUMBER, .optional = true},
	{.name = "user", .kind = APP_ARG_TEXT, .optional = true},
	{.name = "password", .kind = APP_ARG_SECRET, .optional = true},
	{.name = "lan", .kind = APP_ARG_TEXT, .optional = true},
	{.name = "wan", .kind = APP_ARG_TEXT, .optional = true},
	{.name = NULL},
};
static const char *const verdicts[] = {"accept", "refuse", NULL};
static const struct app_argument certificate_arguments[] = {
	{.name = "verdict", .kind = APP_ARG_CHOICE, .choices = verdicts},
	{.name = NULL},
};
static const struct app_argument slot_arguments[] = {
	{.name = "slot", .kind = APP_ARG_NUMBER},
	{.name = "field", .kind = APP_ARG_CHOICE, .choices = app_slot_fields},
	{.name = "value", .kind = APP_ARG_TEXT, .optional = true},
	{.name = NULL},
};
static const struct app_argument choose_arguments[] = {
	{.name = "answer", .kind = APP_ARG_NUMBER},
	{.name = NULL},
};
static const char *const yes[] = {"yes", NULL};
static const struct app_argument quit_arguments[] = {
	{.name = "sure",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = yes},
	{.name = NULL},
};
static const struct app_argument status_arguments[] = {
	{.name = "format",
	 .kind = APP_ARG_TEXT,
	 .optional = true,
	 .rest = true},
	{.name = NULL},
};

const struct app_command app_commands_session[] = {
	{.name = "login",
	 .summary = N_("Log in with a connection slot."),
	 .help = N_("Without arguments with the slot in use and the password "
		    "that is kept. What is empty stays as the slot has it; "
		    "\"-\" empties an address. A password that the server "
		    "rejected is not sent again: another one must be given. "
		    "It is done when the server has answered; if its "
		    "certificate is not known yet, say certificate accept. "
		    "From the shell the password is written as @-, and typed "
		    "when asked for, or given as a line on standard input."),
	 .examples = EXAMPLES("login", "login 2", "login 1 200 @- uc.example"),
	 .arguments = login_arguments,
	 .origins = FROM_USER,
	 .run = run_login},
	{.name = "logout",
	 .summary = N_("End the session."),
	 .help = N_("Name and password are asked for again, whatever "
		    "automatic login says, until the program starts anew."),
	 .origins = FROM_USER,
	 .unavailable = app_nobody,
	 .run = run_logout},
	{.name = "certificate",
	 .summary = N_("Accept or refuse the "
		       "certificate that is shown."),
	 .help = N_("An accepted certificate belongs to the slot from then "
		    "on; any other is refused until you accept that one."),
	 .examples = EXAMPLES("certificate accept"),
	 .arguments = certificate_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_certificate,
	 .run = run_certificate},
	{.name = "reconnect",
	 .summary = N_("Try to connect now, or read "
		       "everything anew."),
	 .origins = FROM_USER,
	 .contexts = APP_IN_LOST,
	 .keys = "r",
	 .hint = N_("try now"),
	 .run = run_reconnect},
	{.name = "slot",
	 .summary = N_("Change a connection slot."),
	 .help = N_("Addresses are host:port; the port is 8802 if left out, "
		    "IPv6 stands in brackets. The password is never written "
		    "here."),
	 .examples = EXAMPLES("slot 1 user 200", "slot 1 lan uc.example:8802",
			      "slot 1 automatic on"),
	 .arguments = slot_arguments,
	 .origins = FROM_USER | APP_FROM_CONFIG,
	 .run = run_slot},
	{.name = "choose",
	 .summary = N_("Answer the question on the "
		       "screen."),
	 .help = N_("The answers count from 1; 0 leaves without an answer."),
	 .examples = EXAMPLES("choose 1"),
	 .arguments = choose_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_question,
	 .run = run_choose},
	{.name = "status",
	 .summary = N_("Print a line for a status bar."),
	 .help = N_(
		 "The format has #{presence}, #{until}, #{missed}, "
		 "#{voice}, #{messages}, #{unread}, #{call}, #{call_number}, "
		 "#{call_state}, #{call_clock}, #{call_encrypted}, #{calls}, "
		 "#{connection}, "
		 "#{name}, #{user} and #{voip}; #{?missed,text,other} "
		 "chooses by whether a value is neither empty nor 0."),
	 .examples = EXAMPLES("status", "status '#{presence} #{call_clock}'"),
	 .arguments = status_arguments,
	 .origins = APP_FROM_LINE | APP_FROM_SHELL,
	 .run = run_status},
	{.name = "quit",
	 .summary = N_("End the program."),
	 .help = N_("Closing a terminal leaves the program on; quitting logs "
		    "out, ends calls of the built-in phone and closes all "
		    "terminals."),
	 .arguments = quit_arguments,
	 .origins = FROM_USER,
	 .keys = "Q",
	 .hint = N_("quit"),
	 .run = run_quit},
	ROWS_END};
