/**
 * @file cmd_listen.c  Commands of voice messages: heard, kept, played by phone
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "app_int.h"
#include "cmd_int.h"
#include "call_int.h"

#define LOG_MODULE "app"

enum { STEP_S = 5 };

/* ---- whether ----------------------------------------------------------- */

static const char *no_messages(const struct app *a)
{
	const struct wsi *w = app_online(a);

	if (!w)
		return app_not_online(a);
	if (!(wsi_additions(w) & WSI_ADD_VOICEMAIL))
		return _("This server does not hand out voice messages.");
	if (!(uc_account(a->uc)->can & UC_CAN_VOICEMAIL))
		return _("This account has no voicemail.");
	return NULL;
}

static const char *not_here(const struct app *a)
{
	const struct app_carrier *k = app_voip_carrier(a);

	return k && k->m.tape ? no_messages(a)
			      : _("This program has no built-in phone.");
}

static const char *not_by_phone(const struct app *a)
{
	const struct uc_contact *me = uc_me(a->uc);
	const char *why = no_messages(a);

	if (!why && me && me->presence.state != PROTO_PRESENCE_UNKNOWN &&
	    me->presence.state != PROTO_OFFICE)
		why = _("A phone plays messages in the state Office only.");
	return why;
}

static const char *not_listening(const struct app *a)
{
	return a->listen ? NULL : _("No voice message is being listened to.");
}

static const struct uc_entry *meant(const struct app_invocation *i,
				    struct uc_conversation **vp)
{
	const struct uc_entry *e =
		app_voice_find(i->app, app_argument_of(i, 1), vp);

	if (!e)
		app_sink_fail(i->sink, ENOENT,
			      _("There is no such voice message."));
	return e;
}

/* ---- right here -------------------------------------------------------- */

static int run_listen(const struct app_invocation *i)
{
	struct uc_conversation *v;
	const struct uc_entry *e = meant(i, &v);
	char *who;
	int err;

	if (!e)
		return ENOENT;
	who = app_call_who(v->name, e->number);
	err = who ? app_listen(i->app, e, who, i->sink) : ENOMEM;
	free(who);
	return err;
}

static int run_pause(const struct app_invocation *i)
{
	struct app_listening l;

	(void)app_listening(i->app, &l);
	return app_listen_pause(i->app, !l.paused, i->sink);
}

static int run_back(const struct app_invocation *i)
{
	return app_listen_seek(i->app, -STEP_S, i->sink);
}

static int run_forward(const struct app_invocation *i)
{
	return app_listen_seek(i->app, STEP_S, i->sink);
}

static int run_slower(const struct app_invocation *i)
{
	return app_listen_pace(i->app, -1, i->sink);
}

static int run_faster(const struct app_invocation *i)
{
	return app_listen_pace(i->app, 1, i->sink);
}

static int run_stop(const struct app_invocation *i)
{
	app_listen_end(i->app);
	return 0;
}

static int run_listening(const struct app_invocation *i)
{
	struct json_writer *w = i->sink->data;
	struct app_listening l;
	char at[24], length[24];

	(void)app_listening(i->app, &l);
	app_duration_text(at, sizeof(at), l.at_ms / 1000);
	app_duration_text(length, sizeof(length), (l.length_ms + 999) / 1000);
	app_sink_print(i->sink, "%s  %s / %s  %u %%%s", l.name, at, length,
		       l.pace, l.paused ? _(", paused") : "");
	if (!w)
		return 0;
	json_object(w);
	json_add_string(w, "entry", l.entry);
	json_add_bool(w, "loading", l.loading);
	json_add_bool(w, "paused", l.paused);
	json_add_int(w, "at", l.at_ms);
	json_add_int(w, "length", l.length_ms);
	json_add_int(w, "pace", l.pace);
	json_end(w);
	return 0;
}

/* ---- by phone ---------------------------------------------------------- */

static int run_listen_on(const struct app_invocation *i)
{
	struct uc_conversation *v;
	const struct uc_entry *e = meant(i, &v);
	struct app_dial d;
	char *number;
	int err;

	if (!e)
		return ENOENT;
	if (app_dial_preview(i->app, app_argument_of(i, 2), &d))
		return app_sink_fail(i->sink, EINVAL, _("\"%s\" is no number."),
				     app_argument_of(i, 2));
	number = proto_number_dialable(d.number,
				       wsi_dial_params(app_online(i->app)));
	err = number ? wsi_voicemail_play(NULL, app_online(i->app), e->id,
					  number, app_told,
					  app_wait_new(i->app, i->sink))
		     : ENOMEM;
	if (!err)
		uc_notice(i->app->uc, UC_NOTICE_INFO, _("%s rings and plays."),
			  d.shown);
	free(number);
	app_dial_reset(&d);
	return err;
}

/* ---- into a file ------------------------------------------------------- */

/* A sound on its way into a file. */
struct saving {
	struct app *a;
	struct wsi_request *request;
	struct job_queue *jobs;
	struct app_wait *wait;
	char *path;
	char *data; /**< the worker's */
	size_t len;
	bool replace;
};

static void saving_destructor(void *arg)
{
	struct saving *s = arg;

	mem_deref(s->request);
	mem_deref(s->wait);
	free(s->path);
	free(s->data);
}

static int save_work(void *arg)
{
	const struct saving *s = arg;

	return s->replace ? file_write(s->path, s->data, s->len, 0600)
			  : app_file_new(s->path, s->data, s->len);
}

static void saved(int err, void *arg)
{
	struct saving *s = arg;
	char *line = NULL;

	if (err)
		line = text_printf(_("%s: %s."), s->path, strerror(err));
	else
		uc_notice(s->a->uc, UC_NOTICE_INFO, _("Saved as %s."), s->path);
	app_wait_over(s->wait, err, line ? line : "");
	free(line);
	loop_deref_later(s->jobs);
	mem_deref(s);
}

static void came(const struct wsi_result *r, const void *wav, size_t len,
		 void *arg)
{
	struct saving *s = arg;
	int err = ENOMEM;

	s->request = mem_deref(s->request);
	if (!wav) {
		app_wait_over(s->wait, app_errno_of(r->status),
			      text_empty(r->text) ? _("The server refused.")
						  : r->text);
		mem_deref(s);
		return;
	}
	s->data = malloc(len ? len : 1);
	if (s->data) {
		memcpy(s->data, wav, len);
		s->len = len;
		err = job_queue_alloc(&s->jobs, "save", 1);
	}
	if (!err)
		err = job_run(s->jobs, save_work, saved, s);
	if (err) {
		app_wait_over(s->wait, err, strerror(err));
		mem_deref(s->jobs);
		mem_deref(s);
	}
}

static int save(const struct app_invocation *i, const struct uc_entry *e,
		char *path, bool replace)
{
	struct saving *s = mem_zalloc(sizeof(*s), saving_destructor);
	int err;

	if (!s) {
		free(path);
		return ENOMEM;
	}
	s->a = i->app;
	s->path = path;
	s->replace = replace;
	err = wsi_voicemail_get(&s->request, app_online(i->app), e->id, came,
				s);
	if (err) {
		mem_deref(s);
		return app_sink_fail(i->sink, err,
				     _("The message cannot be fetched."));
	}
	s->wait = mem_ref(app_wait_new(i->app, i->sink));
	return 0;
}

/* In a folder it gets a name of its own: when, and from whom. */
static char *path_in(char *folder, const struct uc_entry *e)
{
	char when[32] = "";
	char *number = text_dup(e->number), *path;
	time_t at = (time_t)(e->at_ms / 1000);
	struct tm tm;

	if (localtime_r(&at, &tm))
		(void)strftime(when, sizeof(when), "%Y-%m-%d-%H%M%S", &tm);
	for (char *c = number; c && *c; c++)
		if ((*c < '0' || *c > '9') && *c != '+')
			*c = '-';
	path = text_printf("%s%svoicemail-%s-%s.wav", folder,
			   folder[strlen(folder) - 1] == '/' ? "" : "/", when,
			   number ? number : "");
	free(number);
	free(folder);
	return path;
}

static int ask(const struct app_invocation *i, const struct uc_entry *e,
	       const char *path)
{
	const char *argv[] = {i->command->name, e->id, path, "replace", NULL};
	char *text = text_printf(_("%s is there already. Replace it?"), path);
	int err = text ? app_question_confirm(i->app, _("Save voice message"),
					      text, _("Replace"), argv)
		       : ENOMEM;

	free(text);
	return err;
}

static int run_save(const struct app_invocation *i)
{
	bool replace = text_equal(app_argument_of(i, 3), "replace");
	struct uc_conversation *v;
	const struct uc_entry *e = meant(i, &v);
	struct stat st;
	char *path;
	int err;

	if (!e)
		return ENOENT;
	path = app_path(i->sink, app_argument_of(i, 2));
	if (path && !stat(path, &st) && S_ISDIR(st.st_mode))
		path = path_in(path, e);
	if (!path)
		return ENOMEM;
	if (!replace && !lstat(path, &st)) {
		err = ask(i, e, path);
		free(path);
		return err;
	}
	return save(i, e, path, replace);
}

/* ---- rows -------------------------------------------------------------- */

static const struct app_argument listen_arguments[] = {
	{.name = "message", .kind = APP_ARG_VOICE, .optional = true},
	{.name = NULL},
};
static const struct app_argument listen_on_arguments[] = {
	{.name = "message", .kind = APP_ARG_VOICE},
	{.name = "phone", .kind = APP_ARG_TEXT},
	{.name = NULL},
};
static const char *const replace[] = {"replace", NULL};
static const struct app_argument save_arguments[] = {
	{.name = "message", .kind = APP_ARG_VOICE},
	{.name = "file", .kind = APP_ARG_FILE},
	{.name = "replace",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = replace},
	{.name = NULL},
};

const struct app_command app_commands_listen[] = {
	{.name = "listen",
	 .summary = N_("Listen to a voice message right here."),
	 .help = N_("It is heard out of the device of audio_output, also where "
		    "the built-in phone is not used for calls; a call that "
		    "rings or is answered makes it rest. Without a message, "
		    "the oldest one that is new, else the newest one. It "
		    "counts as heard once a second of it was, and goes from "
		    "the server a while after that (30 days, unless the "
		    "administrator has set another time)."),
	 .examples = EXAMPLES("listen", "listen v:3"),
	 .arguments = listen_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CONVERSATIONS | APP_IN_DETAIL,
	 .keys = "l",
	 .hint = N_("listen"),
	 .unavailable = not_here,
	 .run = run_listen},
	{.name = "listen-pause",
	 .summary = N_("Have the voice message rest, or go on."),
	 .origins = FROM_USER,
	 .contexts = APP_IN_LISTENING,
	 .keys = "Space",
	 .hint = N_("pause"),
	 .unavailable = not_listening,
	 .run = run_pause},
	{.name = "listen-back",
	 .summary = N_("Go back by five seconds in the voice message."),
	 .origins = FROM_USER,
	 .contexts = APP_IN_LISTENING,
	 .keys = "[",
	 .hint = N_("back"),
	 .unavailable = not_listening,
	 .run = run_back},
	{.name = "listen-forward",
	 .summary = N_("Go on by five seconds in the voice message."),
	 .origins = FROM_USER,
	 .contexts = APP_IN_LISTENING,
	 .keys = "]",
	 .hint = N_("on"),
	 .unavailable = not_listening,
	 .run = run_forward},
	{.name = "listen-slower",
	 .summary = N_("Have the voice message slower, at the same pitch."),
	 .origins = FROM_USER,
	 .contexts = APP_IN_LISTENING,
	 .keys = "<",
	 .hint = N_("slower"),
	 .unavailable = not_listening,
	 .run = run_slower},
	{.name = "listen-faster",
	 .summary = N_("Have the voice message faster, at the same pitch."),
	 .origins = FROM_USER,
	 .contexts = APP_IN_LISTENING,
	 .keys = ">",
	 .hint = N_("faster"),
	 .unavailable = not_listening,
	 .run = run_faster},
	{.name = "listen-stop",
	 .summary = N_("Listen to the voice message no more."),
	 .origins = FROM_USER,
	 .contexts = APP_IN_LISTENING,
	 .keys = "z",
	 .hint = N_("stop"),
	 .unavailable = not_listening,
	 .run = run_stop},
	{.name = "listening",
	 .summary = N_("Say where in the voice message one is."),
	 .origins = APP_FROM_LINE | APP_FROM_SHELL,
	 .unavailable = not_listening,
	 .run = run_listening},
	{.name = "listen-on",
	 .summary = N_("Have a phone ring and play a voice message."),
	 .help = N_("Any phone, inside or outside, in state Office. To hang "
		    "up ends it."),
	 .examples = EXAMPLES("listen-on v:3 203"),
	 .arguments = listen_on_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_DETAIL | APP_IN_CONVERSATIONS,
	 .keys = "O",
	 .unavailable = not_by_phone,
	 .run = run_listen_on},
	{.name = "save-message",
	 .summary = N_("Save the sound of a voice message in a file."),
	 .help = N_("WAV. A path that does not begin with / begins in the home "
		    "folder; in a folder the file is called by time and "
		    "number. It asks before it replaces a file, unless "
		    "\"replace\" stands behind it."),
	 .examples = EXAMPLES("save-message v:3 /tmp/message.wav"),
	 .arguments = save_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_DETAIL | APP_IN_CONVERSATIONS,
	 .keys = "S",
	 .unavailable = no_messages,
	 .run = run_save},
	ROWS_END};
