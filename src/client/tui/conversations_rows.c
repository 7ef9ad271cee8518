/**
 * @file conversations_rows.c  Commands of the view of conversations
 */
#include "tui_int.h"

static struct tui_screen *asker(const struct app_invocation *i)
{
	if (!i->sink->front)
		text_buf_add(&i->sink->error,
			     _("This works in an attached terminal only."));
	return i->sink->front;
}

/* The view, shown; its detail too, where one is looking at that. */
static struct tui_view *show(struct tui_screen *s)
{
	if (s->base != BASE_CONVERSATIONS || s->search)
		screen_show(s, BASE_CONVERSATIONS);
	return s->bases[BASE_CONVERSATIONS];
}

static void to_list(struct tui_screen *s)
{
	s->focus = FOCUS_LIST;
	s->detail_shown = false;
	screen_relayout(s);
}

static int run_filter(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);
	struct tui_view *v;
	enum uc_filter f;

	if (!s)
		return ENOTSUP;
	v = show(s);
	f = i->argc > 1 ? uc_filter_find(i->argv[1])
			: conversations_filter(v) + 1;
	conversations_filter_set(v, f < UC_FILTER_COUNT ? f : UC_FILTER_ALL);
	to_list(s);
	return 0;
}

static int run_search(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);

	if (!s)
		return ENOTSUP;
	conversations_search(show(s), i->argc > 1 ? i->argv[1] : NULL);
	to_list(s);
	return 0;
}

static int run_hit(const struct app_invocation *i)
{
	struct tui_screen *s = asker(i);
	size_t n[2] = {0, 0};

	if (!s)
		return ENOTSUP;
	if (!conversations_find(s->bases[BASE_CONVERSATIONS])) {
		text_buf_add(&i->sink->error,
			     _("Nothing is looked for: \\ searches the "
			       "conversations."));
		return ENOENT;
	}
	detail_hit(s->detail, text_equal(i->command->name, "hit-next") ? 1 : -1,
		   n);
	if (!n[1]) {
		text_buf_add(&i->sink->error,
			     _("Nothing of it is in this conversation's "
			       "entries."));
		return ENOENT;
	}
	/* which hit, of how many */
	text_buf_printf(&i->sink->text, _("%zu of %zu found"), n[0], n[1]);
	return 0;
}

#define FROM (APP_FROM_KEY | APP_FROM_LINE)

static const char *const filters[] = {"all", "missed", "voicemail", "messages",
				      NULL};
static const struct app_argument filter_arguments[] = {
	{.name = "what",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = filters},
	{.name = NULL},
};
static const struct app_argument search_arguments[] = {
	{.name = "text", .kind = APP_ARG_TEXT, .optional = true, .rest = true},
	{.name = NULL},
};

const struct app_command conversations_rows[] = {
	{
		.name = "filter",
		.summary = N_("Choose which conversations are shown."),
		.help = N_("All, or those with missed calls, voice messages or "
			   "messages, each with its newest one. Without a word "
			   "the next of these. A call that is on is always "
			   "shown."),
		.examples = (const char *const[]){"filter missed", NULL},
		.arguments = filter_arguments,
		.origins = FROM,
		.contexts = APP_IN_CONVERSATIONS,
		.keys = "F",
		.hint = N_("filter"),
		.run = run_filter,
	},
	{
		.name = "search-conversations",
		.summary = N_("Search names, numbers and messages of the "
			      "conversations."),
		.help = N_("Words begin words of the name, or of a message, "
			   "however they are spelt; a number begins in any "
			   "notation. n and N go through the hits inside. Esc "
			   "takes the search back."),
		.examples = (const char *const[]){"search-conversations ladder",
						  NULL},
		.arguments = search_arguments,
		.origins = FROM,
		.contexts = APP_IN_CONVERSATIONS | APP_IN_DETAIL,
		.keys = "\\",
		.hint = N_("search here"),
		.run = run_search,
	},
	{
		.name = "hit-next",
		.summary = N_("Go to the next entry that was found."),
		.origins = FROM,
		.contexts = APP_IN_DETAIL,
		.keys = "n",
		.run = run_hit,
	},
	{
		.name = "hit-previous",
		.summary = N_("Go to the previous entry that was found."),
		.origins = FROM,
		.contexts = APP_IN_DETAIL,
		.keys = "N",
		.run = run_hit,
	},
	{.name = NULL},
};
