/**
 * @file cmd_presence.c  Commands of the own presence
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

const char *app_not_online(const struct app *a)
{
	return app_online(a) ? NULL
			     : _("There is no connection to the server.");
}

/** The command that brings back what was. */
static void push_undo(struct app *a)
{
	const struct uc_contact *me = uc_me(a->uc);
	const char *argv[5] = {"presence", NULL, "-", NULL, NULL};
	char until[32];
	time_t t;
	struct tm tm;
	char *what;

	if (!me || me->presence.state == PROTO_PRESENCE_UNKNOWN)
		return;
	argv[1] = proto_presence_key(me->presence.state);
	if (me->presence.until_ms > time_wall_ms()) {
		t = (time_t)(me->presence.until_ms / 1000);
		localtime_r(&t, &tm);
		strftime(until, sizeof(until), "%Y-%m-%d %H:%M", &tm);
		argv[2] = until;
	}
	argv[3] = text_empty(me->presence.note) ? NULL : me->presence.note;
	what = text_printf(_("presence %s"), uc_presence_word(&me->presence));
	if (what)
		app_undo_push(a, what, argv);
	free(what);
}

static int run_presence(const struct app_invocation *i)
{
	const char *until = app_argument_of(i, 2);
	struct wsi_presence_prm prm = {
		.state = proto_presence_find(app_argument_of(i, 1)),
		.note = app_argument_of(i, 3),
	};
	int err;

	if (prm.state == PROTO_PRESENCE_UNKNOWN)
		return app_sink_fail(i->sink, EINVAL,
				     _("There is no presence \"%s\"."),
				     app_argument_of(i, 1));
	if (!text_empty(until) && strcmp(until, "-") != 0) {
		if (prm.state == PROTO_OFFICE)
			return app_sink_fail(i->sink, EINVAL,
					     _("Office has no return time."));
		prm.until_ms = app_time_read(until, time_wall_ms(), NULL);
		if (prm.until_ms < 0)
			return app_sink_fail(i->sink, EINVAL,
					     _("\"%s\" is no time, or it has "
					       "passed."),
					     until);
	}
	if (prm.state == PROTO_DO_NOT_DISTURB &&
	    !(uc_account(i->app->uc)->can & UC_CAN_DND))
		return app_sink_fail(i->sink, ENOTSUP,
				     _("This account has no Do Not Disturb."));
	err = wsi_presence_set(NULL, app_online(i->app), &prm, app_told,
			       app_wait_new(i->app, i->sink));
	if (!err) {
		const struct uc_contact *me = uc_me(i->app->uc);

		push_undo(i->app);
		if (me)
			app_away_follow(i->app, me->presence.state, prm.state);
	}
	return err;
}

/* The last one, or all that were done with it. */
static int undo_one(struct app *a, struct app_sink *sink, struct text_buf *what)
{
	struct undo u = a->undo[--a->undo_count];
	unsigned before = a->undo_count;
	size_t n = 0, said = sink->text.len;
	int err;

	memset(&a->undo[a->undo_count], 0, sizeof(u));
	while (u.argv[n])
		n++;
	err = app_run(a, (const char *const *)u.argv, n, APP_FROM_LINE, sink);
	if (!err || err == EINPROGRESS) {
		/* One line says what is back, that is enough. */
		if (sink->text.len > said) {
			sink->text.buf[said] = '\0';
			sink->text.len = said;
		}
		/* What came back can't be undone again: one step, one way. */
		while (a->undo_count > before) {
			struct undo *last = &a->undo[--a->undo_count];

			free(last->what);
			app_argv_free(last->argv);
			memset(last, 0, sizeof(*last));
		}
		text_buf_printf(what, "%s%s", what->len ? ", " : "", u.what);
	}
	free(u.what);
	app_argv_free(u.argv);
	return err;
}

static int run_undo(const struct app_invocation *i)
{
	struct app *a = i->app;
	struct text_buf what = {0};
	unsigned group;
	int err;

	if (!a->undo_count)
		return app_sink_fail(i->sink, ENOENT,
				     _("There is nothing to take back."));
	group = a->undo[a->undo_count - 1].group;
	do {
		err = undo_one(a, i->sink, &what);
	} while ((!err || err == EINPROGRESS) && group && a->undo_count &&
		 a->undo[a->undo_count - 1].group == group);
	if (what.len)
		app_sink_print(i->sink, _("Back: %s"), what.buf);
	text_buf_reset(&what);
	return err;
}

static const char *no_undo(const struct app *a)
{
	return a->undo_count ? NULL : _("There is nothing to take back.");
}

static const char *const states[] = {
	"office",   "meeting", "sick", "break", "out",
	"vacation", "lunch",   "home", "dnd",	NULL,
};

static const struct app_argument presence_arguments[] = {
	{.name = "state", .kind = APP_ARG_CHOICE, .choices = states},
	{.name = "until", .kind = APP_ARG_TIME, .optional = true},
	{.name = "note", .kind = APP_ARG_TEXT, .optional = true, .rest = true},
	{.name = NULL},
};

const struct app_command app_commands_presence[] = {
	{.name = "presence",
	 .summary = N_("Tell the others where you are."),
	 .help = N_("A return time is typed as 14:30, 9, tomorrow 9, monday "
		    "8:30, +45m, 2026-12-24 08:00 or 24.12. 8; \"-\" is none. "
		    "All that follows is the note. When the return time has "
		    "passed the state stays; the time is no longer told."),
	 .examples = EXAMPLES("presence lunch 13:30",
			      "presence vacation - back when the sun is",
			      "presence office"),
	 .arguments = presence_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_not_online,
	 .run = run_presence},
	{.name = "undo",
	 .summary = N_("Take back the last change of presence "
		       "or favourites, or what was deleted."),
	 .origins = FROM_USER,
	 .contexts = IN_PANES | APP_IN_SEARCH,
	 .keys = "u",
	 .hint = N_("undo"),
	 .unavailable = no_undo,
	 .run = run_undo},
	ROWS_END};
