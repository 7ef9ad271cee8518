/**
 * @file commands.c  The commands that a screen adds to the application's
 *
 * Rows as all others: found by name, shown in help, bound to keys. Their
 * handlers get the screen as the sink's front.
 */
#include "tui_int.h"

struct act_name {
	const char *name;
	enum act act;
};
static const struct act_name acts[] = {
	{"up", ACT_UP},		  {"down", ACT_DOWN},
	{"page-up", ACT_PAGE_UP}, {"page-down", ACT_PAGE_DOWN},
	{"first", ACT_FIRST},	  {"last", ACT_LAST},
	{"enter", ACT_ENTER},	  {"left", ACT_LEFT},
	{"right", ACT_RIGHT},	  {"next", ACT_NEXT},
	{"back", ACT_BACK},	  {"details", ACT_DETAILS},
};
_Static_assert(TUI_COUNT(acts) == ACT_COUNT, "a command for each act");

bool commands_act_of(const char *name, enum act *act)
{
	size_t i;

	for (i = 0; i < TUI_COUNT(acts); i++) {
		if (text_equal(acts[i].name, name)) {
			*act = acts[i].act;
			return true;
		}
	}
	return false;
}

/* ---- what views leave to the screen ------------------------------------ */

static bool go_back(struct tui_screen *s)
{
	struct tui_view *top;

	if (s->overlay_count) {
		top = s->overlays[s->overlay_count - 1];
		screen_overlay_pop(s, top);
		return true;
	}
	if (s->focus == FOCUS_DETAIL) {
		s->focus = s->search ? FOCUS_SEARCH : FOCUS_LIST;
		s->detail_shown = false;
		screen_relayout(s);
		return true;
	}
	if (s->search) {
		screen_search_end(s);
		return true;
	}
	return false;
}

static bool go_details(struct tui_screen *s)
{
	struct row row;

	if (s->overlay_count ||
	    !rows_selected(&screen_list_view(s)->list, &row) ||
	    (!row.contact && !row.conversation))
		return false;
	screen_follow(s);
	s->focus = FOCUS_DETAIL;
	s->detail_shown = true;
	if (row.conversation && row.conversation->unread)
		keys_command(s, "read", row.conversation->id);
	screen_relayout(s);
	return true;
}

bool screen_act(struct tui_screen *s, enum act act)
{
	struct tui_view *v = screen_focused(s);

	if (v->class->act && v->class->act(v, act))
		return true;
	if (v->has_list && view_list_act(v, act))
		return true;
	switch (act) {
	case ACT_BACK:
		return go_back(s);
	case ACT_DETAILS:
		return go_details(s);
	case ACT_NEXT:
		if (s->focus == FOCUS_DETAIL)
			return go_back(s);
		return s->layout.wide && go_details(s);
	default:
		return false;
	}
}

/* ---- handlers ---------------------------------------------------------- */

static struct tui_screen *asker(const struct app_invocation *i)
{
	if (!i->sink->front)
		text_buf_add(&i->sink->error,
			     _("This works in an attached terminal only."));
	return i->sink->front;
}

static int run_act(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);
	enum act act;

	if (!s || !commands_act_of(i->command->name, &act))
		return ENOTSUP;
	if (!screen_act(s, act) && act == ACT_BACK)
		text_buf_add(&i->sink->text,
			     _("Q quits. D closes this view, and calls and "
			       "messages go on."));
	return 0;
}

static int run_find(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);

	if (!s)
		return ENOTSUP;
	screen_search(s, i->argc > 1 ? i->argv[1] : NULL);
	return 0;
}

static int run_line(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);

	if (!s)
		return ENOTSUP;
	if (!s->line && line_alloc(&s->line, s, ""))
		return ENOMEM;
	screen_dirty(s, WIN_BIT(WIN_HINTS));
	return 0;
}

static int run_push(const struct app_invocation *i,
		    const struct view_class *class,
		    int (*alloc)(struct tui_view **vp, struct tui_screen *s))
{
	struct tui_screen *s = asker(i);
	struct tui_view *v;
	int err;

	if (!s)
		return ENOTSUP;
	if (screen_overlay_find(s, class))
		return 0;
	err = alloc(&v, s);
	if (!err)
		screen_overlay_push(s, v);
	return err;
}

static int run_help(const struct app_invocation *i)
{
	return run_push(i, &help_class, help_alloc);
}

static int run_presence(const struct app_invocation *i)
{
	return run_push(i, &presence_class, presence_alloc);
}

static int run_box(const struct app_invocation *i)
{
	return run_push(i, &box_class, box_alloc);
}

static int run_pin(const struct app_invocation *i)
{
	return run_push(i, &pin_class, pin_alloc);
}

static int run_settings(const struct app_invocation *i)
{
	return run_push(i, &login_class, login_alloc);
}

/* To whom a command's argument means, or who is selected. */
static int run_write(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);
	const struct uc *uc = app_uc(i->app);
	struct uc_contact *c;
	const char *why;

	if (!s)
		return ENOTSUP;
	c = uc_contact_by_id(uc, i->argv[1]);
	if (!c)
		c = uc_contact_by_number(uc, i->argv[1]);
	why = c ? app_no_message(i->app, c, NULL) : _("Nobody found here.");
	if (why) {
		text_buf_add(&i->sink->error, why);
		return ENOENT;
	}
	go_details(s);
	if (detail_contact(s->detail) != c)
		detail_set(s->detail, c, NULL);
	s->focus = FOCUS_DETAIL;
	s->detail_shown = true;
	(void)detail_write(s->detail);
	screen_relayout(s);
	return 0;
}

static int run_redraw(const struct app_invocation *i)
{
	const struct frame_message m = {.type = FRAME_REPAINT};
	struct tui_screen *s = asker(i);

	if (!s)
		return ENOTSUP;
	/* What others have written on the terminal goes, too. */
	screen_send(s, &m);
	s->all = true;
	s->styles_told = false;
	screen_relayout(s);
	return 0;
}

static int run_meter(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);

	return s ? meter_toggle(s, i->sink) : ENOTSUP;
}

static int run_keypad(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);

	return s ? keypad_toggle(s) : ENOTSUP;
}

static int run_suspend(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);
	struct frame_message m = {.type = FRAME_SUSPEND};

	if (!s)
		return ENOTSUP;
	screen_send(s, &m);
	return 0;
}

static int run_detach(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);

	if (!s)
		return ENOTSUP;
	tui_screen_leave(s, 0, _("offhook goes on. `offhook` shows it again."));
	return 0;
}

static int run_favourites(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);

	if (!s)
		return ENOTSUP;
	screen_show(s, BASE_FAVOURITES);
	return 0;
}

static int run_conversations(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);

	if (!s)
		return ENOTSUP;
	screen_show(s, BASE_CONVERSATIONS);
	return 0;
}

static int run_layout(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);

	if (!s)
		return ENOTSUP;
	s->wish = text_equal(i->command->name, "detail-view") ? LAYOUT_DETAIL
							      : LAYOUT_LIST;
	if (s->wish == LAYOUT_DETAIL && s->size.columns < 70)
		text_buf_add(&i->sink->text,
			     _("Too narrow for list and detail side by side: "
			       "70 columns are needed."));
	screen_relayout(s);
	return 0;
}

static int run_leave(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);

	return s ? keys_command(s, "quit") : ENOTSUP;
}

static const char *not_in(const struct app *a)
{
	return uc_account(app_uc((struct app *)a))->connection == UC_ONLINE
		       ? NULL
		       : _("There is no connection.");
}

/* ---- the rows ---------------------------------------------------------- */

#define FROM (APP_FROM_KEY | APP_FROM_LINE)
#define PANES                                                     \
	(APP_IN_LIST | APP_IN_FAVOURITES | APP_IN_CONVERSATIONS | \
	 APP_IN_SEARCH | APP_IN_DETAIL)
#define ACT_ROW(n, k, s)                                                   \
	{                                                                  \
		.name = (n), .summary = (s), .origins = FROM, .keys = (k), \
		.run = run_act                                             \
	}

static const struct app_argument find_arguments[] = {
	{.name = "text", .kind = APP_ARG_TEXT, .optional = true, .rest = true},
	{.name = NULL},
};

static const struct app_argument write_arguments[] = {
	{.name = "contact", .kind = APP_ARG_COLLEAGUE},
	{.name = NULL},
};

static const struct app_command rows[] = {
	ACT_ROW("up", "Up k C-p", N_("Select the row above.")),
	ACT_ROW("down", "Down j C-n", N_("Select the row below.")),
	ACT_ROW("page-up", "PageUp C-b", N_("Go up by a page.")),
	ACT_ROW("page-down", "PageDown C-f", N_("Go down by a page.")),
	ACT_ROW("first", "Home g", N_("Go to the first row.")),
	ACT_ROW("last", "End G", N_("Go to the last row.")),
	ACT_ROW("enter", "Enter",
		N_("Use what is selected: call, open, fold, choose.")),
	ACT_ROW("left", "Left", N_("Fold the group, or go back to the list.")),
	ACT_ROW("right", "Right",
		N_("Unfold the group, or show all the person's numbers.")),
	ACT_ROW("next", "Tab",
		N_("Go between list and detail, or to the next directory.")),
	ACT_ROW("back", "Esc q", N_("Go back by one step.")),
	{
		.name = "details",
		.summary = N_("Show all about the selected person."),
		.origins = FROM,
		.contexts = PANES,
		.keys = "i",
		.run = run_act,
	},
	{
		.name = "write",
		.summary = N_("Write a message to the selected colleague."),
		.help = N_("Enter sends. C-j or M-Enter begins a new line. Esc "
			   "leaves the field; what stands in it is there again "
			   "next time. What is pasted is put in as it is, and "
			   "sent by Enter only."),
		.arguments = write_arguments,
		.origins = FROM,
		.contexts = PANES,
		.keys = "m",
		.hint = N_("message"),
		.unavailable = app_no_messages,
		.run = run_write,
	},
	{
		.name = "find",
		.summary = N_("Search the directories, or dial a number."),
		.arguments = find_arguments,
		.origins = FROM,
		.contexts = PANES,
		.keys = "/",
		.hint = N_("search"),
		.run = run_find,
	},
	{
		.name = "favourites",
		.summary = N_("Show favourites."),
		.origins = FROM,
		.contexts = PANES,
		.keys = "F2",
		.run = run_favourites,
	},
	{
		.name = "conversations",
		.summary = N_("Show conversations."),
		.origins = FROM,
		.contexts = PANES,
		.keys = "F3",
		.run = run_conversations,
	},
	{
		.name = "detail-view",
		.summary = N_("List and detail side by side."),
		.origins = FROM,
		.contexts = PANES,
		.keys = "F5",
		.run = run_layout,
	},
	{
		.name = "list-view",
		.summary = N_("The list alone."),
		.origins = FROM,
		.contexts = PANES,
		.keys = "F6",
		.run = run_layout,
	},
	{
		.name = "states",
		.summary = N_("Choose your presence, until when, and a note."),
		.origins = FROM,
		.contexts = PANES,
		.keys = "s",
		.hint = N_("presence"),
		.unavailable = not_in,
		.run = run_presence,
	},
	{
		.name = "voicemail-box",
		.summary = N_("Look after your voicemail: greetings, e-mail, "
			      "PIN."),
		.help = N_("Whether messages are recorded, which greeting is "
			   "heard in each state, your own recordings and the "
			   "note of the present state, e-mail for new "
			   "messages, and the PIN."),
		.origins = FROM,
		.contexts = PANES,
		.keys = "V",
		.unavailable = app_no_box,
		.run = run_box,
	},
	{
		.name = "change-pin",
		.summary = N_("Change the PIN of your voicemail in a form."),
		.help = N_("What is typed is not shown. The preset PIN, your "
			   "internal number, is changed in the voicemail's "
			   "menu by phone first."),
		.origins = FROM,
		.unavailable = app_no_pin,
		.run = run_pin,
	},
	{
		.name = "settings",
		.summary = N_("Show the connection's settings."),
		.origins = FROM,
		.contexts = APP_IN_LOST,
		.keys = "s",
		.hint = N_("settings"),
		.run = run_settings,
	},
	{
		.name = "command-line",
		.summary = N_("Type a command."),
		.origins = FROM,
		.keys = ":",
		.hint = N_("command"),
		.run = run_line,
	},
	{
		.name = "keys",
		.summary = N_("Show the keys and commands that work here."),
		.origins = FROM,
		.keys = "? F1",
		.hint = N_("help"),
		.run = run_help,
	},
	{
		.name = "detach",
		.alias = "close",
		.summary = N_("Leave this terminal; calls and messages go on."),
		.help = N_("The program goes on without a terminal. "
			   "`offhook` attaches to it again, where it was."),
		.origins = FROM,
		.keys = "D",
		.run = run_detach,
	},
	{
		.name = "leave-form",
		.summary = N_("End the program where letters are text."),
		.origins = FROM,
		.contexts = APP_IN_LOGIN,
		.keys = "C-c",
		.hint = N_("quit"),
		.run = run_leave,
	},
	{
		.name = "redraw",
		.summary = N_("Draw the screen anew."),
		.origins = FROM,
		.keys = "C-l",
		.run = run_redraw,
	},
	{
		.name = "meter",
		.summary = N_("Show how loud microphone and loudspeaker are, "
			      "or no more."),
		.help = N_("Without a call of the built-in phone a sound test "
			   "begins, in which you hear yourself a second "
			   "later."),
		.origins = FROM,
		.contexts = APP_IN_CALL,
		.keys = "L",
		.run = run_meter,
	},
	{
		.name = "keypad",
		.summary = N_("Show keys for tones into a call of the built-in "
			      "phone, or no more."),
		.help = N_("While it is open, 0 to 9, * # and A to D are heard "
			   "by the other side; pasted digits, too. Arrow keys "
			   "and the mouse move it, Home puts it back into the "
			   "middle, Enter or a click on its title folds it to "
			   "one line. It opens where it was, and closes with "
			   "the call."),
		.origins = FROM,
		.contexts = PANES | APP_IN_CALL,
		.function = UC_DTMF,
		.keys = "C-d",
		.hint = N_("keypad"),
		.unavailable = keypad_unavailable,
		.run = run_keypad,
	},
	{
		.name = "suspend",
		.summary = N_("Stop this terminal's program until `fg`."),
		.origins = FROM,
		.keys = "C-z",
		.run = run_suspend,
	},
	{.name = NULL},
};

int commands_register(struct app *app)
{
	int err = app_command_register(app, rows);

	if (!err)
		err = app_command_register(app, selection_rows);
	if (!err)
		err = app_command_register(app, contact_rows);
	if (!err)
		err = app_command_register(app, conversations_rows);
	return err ? err : app_command_register(app, page_rows);
}
