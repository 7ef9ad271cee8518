/**
 * @file cmd_box.c  Commands of one's own answering box
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

enum { UPLOAD_MAX = 700 * 1024 };

const char *app_no_box(const struct app *a)
{
	const struct wsi *w = app_online(a);

	if (!w)
		return app_not_online(a);
	if (!(wsi_additions(w) & WSI_ADD_VOICEMAIL) ||
	    !(uc_account(a->uc)->can & UC_CAN_VOICEMAIL))
		return _("This account has no voicemail.");
	if (uc_account(a->uc)->mode == UC_MODE_SUITE)
		return _("In UC Suite the voicemail is managed elsewhere.");
	return NULL;
}

static struct app_wait *waits(const struct app_invocation *i)
{
	return app_wait_new(i->app, i->sink);
}

/* @return 0: it is none, and that is said */
static unsigned number_of(const struct app_invocation *i, size_t n)
{
	const char *text = app_argument_of(i, n);
	char *end;
	unsigned long k = strtoul(text, &end, 10);

	if (end != text && !*end && k >= 1 && k <= WSI_GREETINGS)
		return (unsigned)k;
	app_sink_fail(i->sink, EINVAL,
		      _("\"%s\" is no greeting: they are called 1 to %d."),
		      text, WSI_GREETINGS);
	return 0;
}

/* What is on the server may be younger than what we know: it is the one who
 * says that there is no such greeting. */
static void greeting_told(const struct wsi_result *r, void *arg)
{
	struct wsi_result none = *r;

	none.text = _("That greeting has not been recorded yet.");
	app_told(proto_reason_find(r->reason) == PROTO_REASON_NOT_FOUND ? &none
									: r,
		 arg);
}

/* ---- how it is --------------------------------------------------------- */

struct showing {
	struct app *a;
	struct app_wait *wait;
};

static void showing_destructor(void *arg)
{
	mem_deref(((struct showing *)arg)->wait);
}

static void add_states(struct text_buf *t, const struct uc_voicemail *b)
{
	for (int p = PROTO_OFFICE; p < PROTO_PRESENCE_COUNT; p++) {
		text_buf_printf(t, "%s: ",
				_(proto_presence_name((enum proto_presence)p)));
		if (b->greeting[p])
			text_buf_printf(t, _("greeting %u"), b->greeting[p]);
		else
			text_buf_add(t, _("standard greeting"));
		text_buf_add(t, "\n");
	}
}

static void add_length(struct text_buf *t, uint32_t ms)
{
	char length[24];

	app_duration_text(length, sizeof(length), (ms + 999) / 1000);
	text_buf_printf(t, "  %s\n", length);
}

static void add_sounds(struct text_buf *t, const struct uc_voicemail *b)
{
	for (unsigned n = 1; n <= UC_GREETINGS; n++) {
		if (!b->greeting_ms[n])
			continue;
		text_buf_printf(t, _("greeting %u"), n);
		add_length(t, b->greeting_ms[n]);
	}
	if (b->note_ms) {
		text_buf_add(t, _("note to callers in this state"));
		add_length(t, b->note_ms);
	}
}

static void show(const struct wsi_result *r, void *arg)
{
	struct showing *s = arg;
	const struct uc_voicemail *b = &uc_account(s->a->uc)->box;
	struct text_buf t = {0};

	if (r->status != WSI_OK || !b->known) {
		app_told(r, s->wait);
		mem_deref(s);
		return;
	}
	text_buf_printf(&t, "%s\n",
			b->recording ? _("Messages are recorded.")
				     : _("Callers hear the greeting only."));
	text_buf_printf(&t, "%s\n",
			b->pin_preset ? _("The PIN is the preset one; change "
					  "it in the voicemail's menu by "
					  "phone.")
				      : _("The PIN has been chosen."));
	if (b->mail)
		text_buf_printf(&t, _("New messages are sent to %s."),
				b->address);
	else
		text_buf_add(&t, b->can_mail
					 ? _("New messages are not sent by "
					     "e-mail.")
					 : _("This server sends no e-mail for "
					     "this account."));
	text_buf_add(&t, "\n");
	add_sounds(&t, b);
	add_states(&t, b);
	app_wait_text(s->wait, t.buf ? t.buf : "");
	text_buf_reset(&t);
	mem_deref(s);
}

static int run_settings(const struct app_invocation *i)
{
	struct showing *s = mem_zalloc(sizeof(*s), showing_destructor);
	int err;

	if (!s)
		return ENOMEM;
	s->a = i->app;
	err = wsi_box(app_online(i->app), show, s);
	if (err) {
		mem_deref(s);
		return err;
	}
	s->wait = mem_ref(waits(i));
	return 0;
}

/* ---- what it shall do -------------------------------------------------- */

static int run_recording(const struct app_invocation *i)
{
	return wsi_box_records(app_online(i->app),
			       text_equal(app_argument_of(i, 1), "on"),
			       app_told, waits(i));
}

static int run_greeting(const struct app_invocation *i)
{
	enum proto_presence state = proto_presence_find(app_argument_of(i, 1));
	unsigned n = 0;

	if (state == PROTO_PRESENCE_UNKNOWN)
		return app_sink_fail(i->sink, EINVAL, _("\"%s\" is no state."),
				     app_argument_of(i, 1));
	if (!text_equal(app_argument_of(i, 2), "standard")) {
		n = number_of(i, 2);
		if (!n)
			return EINVAL;
	}
	return wsi_box_greeting(app_online(i->app), state, n, greeting_told,
				waits(i));
}

static int run_mail(const struct app_invocation *i)
{
	const char *address = app_argument_of(i, 2);

	if (!text_empty(address) &&
	    (!strchr(address, '@') ||
	     address[strcspn(address, " \t\r\n<>,;\"")]))
		return app_sink_fail(i->sink, EINVAL,
				     _("\"%s\" is no e-mail address."),
				     address);
	return wsi_box_mail(
		app_online(i->app), text_equal(app_argument_of(i, 1), "on"),
		text_empty(address) ? NULL : address, app_told, waits(i));
}

uint32_t app_pin_broken(const char *pin)
{
	size_t n = pin ? strlen(pin) : 0;
	bool same = n > 1, rises = n > 1, falls = n > 1;
	uint32_t broken = 0;

	for (size_t i = 1; i < n; i++) {
		same &= pin[i] == pin[0];
		rises &= pin[i] == pin[i - 1] + 1;
		falls &= pin[i] == pin[i - 1] - 1;
	}
	if (n != APP_PIN_LENGTH || strspn(pin, "0123456789") != n)
		broken |= APP_PIN_DIGITS;
	if (same)
		broken |= APP_PIN_EQUAL;
	if (rises || falls)
		broken |= APP_PIN_RUN;
	return broken;
}

static const char *preset_first(void)
{
	return _("Call your voicemail first: the preset PIN is changed in its "
		 "menu.");
}

const char *app_no_pin(const struct app *a)
{
	const char *why = app_no_box(a);

	if (why)
		return why;
	return uc_account(a->uc)->box.pin_preset ? preset_first() : NULL;
}

static void pin_told(const struct wsi_result *r, void *arg)
{
	if (r->status == WSI_REFUSED &&
	    proto_reason_find(r->reason) == PROTO_REASON_BAD_PASSWORD)
		app_wait_over(arg, EACCES, _("That is not the old PIN."));
	else if (r->status == WSI_REFUSED &&
		 proto_reason_find(r->reason) == PROTO_REASON_NOT_ALLOWED)
		app_wait_over(arg, EACCES, preset_first());
	else if (r->status == WSI_REFUSED &&
		 proto_reason_find(r->reason) == PROTO_REASON_BUSY)
		app_wait_over(arg, EBUSY,
			      _("After wrong PINs no other is looked at for a "
				"while."));
	else
		app_told(r, arg);
}

static int run_pin(const struct app_invocation *i)
{
	const char *pin = app_argument_of(i, 2);

	if (!text_equal(pin, app_argument_of(i, 3)))
		return app_sink_fail(i->sink, EINVAL,
				     _("The two new PINs are not the same."));
	if (app_pin_broken(pin))
		return app_sink_fail(
			i->sink, EINVAL,
			_("A PIN has six digits, not all the same, and not "
			  "one after the other."));
	return wsi_box_pin(app_online(i->app), app_argument_of(i, 1), pin,
			   pin_told, waits(i));
}

/* ---- greetings --------------------------------------------------------- */

static int run_record(const struct app_invocation *i)
{
	unsigned n = number_of(i, 1);

	return n ? wsi_greeting_record(app_online(i->app), n,
				       app_argument_of(i, 2), app_told,
				       waits(i))
		 : EINVAL;
}

/* @param n     Greeting, or WSI_NOTE
   @param file  Argument that says where it is */
static int upload(const struct app_invocation *i, unsigned n, size_t file)
{
	char *path, *wav = NULL;
	size_t len;
	int err;

	path = app_path(i->sink, app_argument_of(i, file));
	err = path ? file_read(path, UPLOAD_MAX, &wav, &len) : ENOMEM;
	if (err)
		app_sink_fail(i->sink, err, "%s: %s", path ? path : "",
			      err == EFBIG ? _("Longer than a greeting may be.")
					   : strerror(err));
	else
		err = wsi_greeting_put(app_online(i->app), n, wav, len,
				       app_told, waits(i));
	free(wav);
	free(path);
	return err;
}

static int run_upload(const struct app_invocation *i)
{
	unsigned n = number_of(i, 1);

	return n ? upload(i, n, 2) : EINVAL;
}

static int run_greeting_listen(const struct app_invocation *i)
{
	unsigned n = number_of(i, 1);

	return n ? app_listen_greeting(i->app, n, i->sink) : EINVAL;
}

static int run_delete(const struct app_invocation *i)
{
	const char *argv[] = {i->command->name, app_argument_of(i, 1), "yes",
			      NULL};
	unsigned n = number_of(i, 1);
	char *text;
	int err;

	if (!n)
		return EINVAL;
	if (text_equal(app_argument_of(i, 2), "yes"))
		return wsi_greeting_delete(app_online(i->app), n, greeting_told,
					   waits(i));
	text = text_printf(_("Delete greeting %u? Where it was chosen the "
			     "standard greeting is heard."),
			   n);
	err = text ? app_question_confirm(i->app, _("Delete greeting"), text,
					  _("Delete"), argv)
		   : ENOMEM;
	free(text);
	return err;
}

/* ---- the note of an absence -------------------------------------------- */

static int run_note_record(const struct app_invocation *i)
{
	return wsi_greeting_record(app_online(i->app), WSI_NOTE,
				   app_argument_of(i, 1), app_told, waits(i));
}

static int run_note_upload(const struct app_invocation *i)
{
	return upload(i, WSI_NOTE, 1);
}

static const char *no_note(const struct app *a)
{
	const char *why = app_no_box(a);

	if (why)
		return why;
	return uc_account(a->uc)->box.note_ms
		       ? NULL
		       : _("No note was recorded for this state.");
}

static int run_note_listen(const struct app_invocation *i)
{
	return app_listen_greeting(i->app, WSI_NOTE, i->sink);
}

static int run_note_delete(const struct app_invocation *i)
{
	return wsi_greeting_delete(app_online(i->app), WSI_NOTE, app_told,
				   waits(i));
}

/* ---- rows -------------------------------------------------------------- */

static const char *const on_off[] = {"on", "off", NULL};
static const char *const yes[] = {"yes", NULL};
static const char *const states[] = {"office", "meeting",  "sick",  "break",
				     "out",    "vacation", "lunch", "home",
				     "dnd",    NULL};
static const struct app_argument recording_arguments[] = {
	{.name = "recording", .kind = APP_ARG_CHOICE, .choices = on_off},
	{.name = NULL},
};
static const struct app_argument greeting_arguments[] = {
	{.name = "state", .kind = APP_ARG_CHOICE, .choices = states},
	{.name = "greeting", .kind = APP_ARG_TEXT},
	{.name = NULL},
};
static const struct app_argument record_arguments[] = {
	{.name = "greeting", .kind = APP_ARG_NUMBER},
	{.name = "phone", .kind = APP_ARG_TEXT},
	{.name = NULL},
};
static const struct app_argument upload_arguments[] = {
	{.name = "greeting", .kind = APP_ARG_NUMBER},
	{.name = "file", .kind = APP_ARG_FILE},
	{.name = NULL},
};
static const struct app_argument number_arguments[] = {
	{.name = "greeting", .kind = APP_ARG_NUMBER},
	{.name = NULL},
};
static const struct app_argument delete_arguments[] = {
	{.name = "greeting", .kind = APP_ARG_NUMBER},
	{.name = "sure",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = yes},
	{.name = NULL},
};
static const struct app_argument note_record_arguments[] = {
	{.name = "phone", .kind = APP_ARG_TEXT},
	{.name = NULL},
};
static const struct app_argument note_upload_arguments[] = {
	{.name = "file", .kind = APP_ARG_FILE},
	{.name = NULL},
};
static const struct app_argument mail_arguments[] = {
	{.name = "mail", .kind = APP_ARG_CHOICE, .choices = on_off},
	{.name = "address", .kind = APP_ARG_TEXT, .optional = true},
	{.name = NULL},
};
static const struct app_argument pin_arguments[] = {
	{.name = "old", .kind = APP_ARG_SECRET},
	{.name = "new", .kind = APP_ARG_SECRET},
	{.name = "again", .kind = APP_ARG_SECRET},
	{.name = NULL},
};

const struct app_command app_commands_box[] = {
	{.name = "voicemail-settings",
	 .summary = N_("Show what your voicemail does."),
	 .help = N_("Whether it records, which greeting callers hear in which "
		    "state, and where new messages are sent."),
	 .origins = APP_FROM_LINE | APP_FROM_SHELL,
	 .unavailable = app_no_box,
	 .run = run_settings},
	{.name = "recording",
	 .summary = N_("Have your voicemail record messages, or only greet."),
	 .examples = EXAMPLES("recording off"),
	 .arguments = recording_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_box,
	 .run = run_recording},
	{.name = "greeting",
	 .summary = N_("Choose the greeting that callers hear in a state."),
	 .help = N_("standard, or the number of one of your own."),
	 .examples =
		 EXAMPLES("greeting vacation 2", "greeting office standard"),
	 .arguments = greeting_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_box,
	 .run = run_greeting},
	{.name = "greeting-record",
	 .summary = N_("Have a phone ring and record a greeting of your own."),
	 .help = N_("In state Office. Speak after the tone; the hash key ends "
		    "it. Greetings are called 1 to 9."),
	 .examples = EXAMPLES("greeting-record 1 200"),
	 .arguments = record_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_box,
	 .run = run_record},
	{.name = "greeting-upload",
	 .summary = N_("Make a WAV file a greeting of your own."),
	 .help = N_("A path that does not begin with / begins in the home "
		    "folder."),
	 .examples = EXAMPLES("greeting-upload 2 ~/vacation.wav"),
	 .arguments = upload_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_box,
	 .run = run_upload},
	{.name = "greeting-listen",
	 .summary = N_("Listen to a greeting of your own right here."),
	 .arguments = number_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_box,
	 .run = run_greeting_listen},
	{.name = "greeting-delete",
	 .summary = N_("Delete a greeting of your own."),
	 .help = N_("It asks first, unless yes stands behind it."),
	 .arguments = delete_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_box,
	 .run = run_delete},
	{.name = "note-record",
	 .summary = N_("Have a phone ring and record a note to your callers."),
	 .help = N_("In any state. Who is led to your voicemail hears it "
		    "behind the state and the return time, if he may learn of "
		    "them. Like the written note it belongs to the state you "
		    "are in and is gone with the next one. Speak after the "
		    "tone; the hash key ends it."),
	 .examples = EXAMPLES("note-record 200"),
	 .arguments = note_record_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_box,
	 .run = run_note_record},
	{.name = "note-upload",
	 .summary = N_("Make a WAV file the note to your callers."),
	 .help = N_("As note-record. A path that does not begin with / begins "
		    "in the home folder."),
	 .examples = EXAMPLES("note-upload ~/back-soon.wav"),
	 .arguments = note_upload_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_box,
	 .run = run_note_upload},
	{.name = "note-listen",
	 .summary = N_("Listen to the note to your callers right here."),
	 .origins = FROM_USER,
	 .unavailable = no_note,
	 .run = run_note_listen},
	{.name = "note-delete",
	 .summary =
		 N_("Delete the note to your callers before the state ends."),
	 .origins = FROM_USER,
	 .unavailable = no_note,
	 .run = run_note_delete},
	{.name = "voicemail-mail",
	 .summary = N_("Have new voice messages sent by e-mail, or not."),
	 .help = N_("With the sound, the time, the length, and who has called. "
		    "Without an address, to the one of the directory, or as it "
		    "was."),
	 .examples = EXAMPLES("voicemail-mail on emma@strowger.example",
			      "voicemail-mail off"),
	 .arguments = mail_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_box,
	 .run = run_mail},
	{.name = "voicemail-pin",
	 .summary = N_("Change the PIN of your voicemail."),
	 .help = N_("The old one, and the new one twice: six digits, not all "
		    "the same, not a run. The preset one, your internal "
		    "number, is changed by phone first: call your voicemail."),
	 .examples = EXAMPLES("voicemail-pin @- @- @-"),
	 .arguments = pin_arguments,
	 .origins = APP_FROM_LINE | APP_FROM_SHELL,
	 .unavailable = app_no_box,
	 .run = run_pin},
	ROWS_END};
