/**
 * @file cmd_delete.c  Commands that delete conversations and their entries
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

static int ask(const struct app_invocation *i, const char *title, char *text,
	       const char *id)
{
	const char *argv[] = {i->command->name, id ? id : "yes",
			      id ? "yes" : NULL, NULL};
	int err = text ? app_question_confirm(i->app, title, text, _("Delete"),
					      argv)
		       : ENOMEM;

	free(text);
	return err;
}

static bool sure(const struct app_invocation *i, size_t n)
{
	return text_equal(app_argument_of(i, n), "yes");
}

/* ---- one entry --------------------------------------------------------- */

static char *entry_what(const struct app *a, const struct uc_entry *e)
{
	enum { SHOWN = 40 };
	char *at = app_time_text(a, e->at_ms, time_wall_ms());
	char *text = text_clean(e->text, (size_t)-1, SHOWN), *what;

	/* kind of event, when, what it says */
	what = text_empty(text)
		       ? text_printf("%s, %s", uc_entry_word(e->kind),
				     at ? at : "")
		       : text_printf("%s, %s, \"%s\"", uc_entry_word(e->kind),
				     at ? at : "", text);
	free(at);
	free(text);
	return what;
}

static int run_entry(const struct app_invocation *i)
{
	const struct uc_entry *e =
		uc_entry_by_id(i->app->uc, app_argument_of(i, 1), NULL);
	char *what;
	int err;

	if (!e)
		return app_sink_fail(i->sink, ENOENT,
				     _("There is no such entry."));
	what = entry_what(i->app, e);
	if (!what)
		return ENOMEM;
	if (sure(i, 2))
		err = app_delete(i->app, what, &e, 1, WSI_THESE, i->sink);
	else
		err = ask(i, _("Delete entry"),
			  text_printf(_("Delete this entry: %s?"), what),
			  e->id);
	free(what);
	return err;
}

/* ---- many -------------------------------------------------------------- */

static size_t collect(const struct uc_conversation *v,
		      const struct uc_entry **all, size_t n)
{
	for (size_t k = 0; k < v->entry_count; k++)
		all[n++] = &v->entries[k];
	return n;
}

static int run_conversation(const struct app_invocation *i)
{
	struct uc_conversation *v =
		app_conversation_named(i->app, app_argument_of(i, 1));
	const struct uc_entry **all;
	char *what;
	int err;

	if (!v || !v->entry_count)
		return app_sink_fail(i->sink, ENOENT,
				     _("There is no such conversation."));
	if (!sure(i, 2))
		return ask(i, _("Delete conversation"),
			   text_printf(ngettext("Delete the conversation with "
						"%s and its %zu entry?",
						"Delete the conversation with "
						"%s and its %zu entries?",
						v->entry_count),
				       v->name, v->entry_count),
			   v->id);
	all = calloc(v->entry_count, sizeof(*all));
	what = text_printf(_("conversation with %s"), v->name);
	err = all && what ? app_delete(i->app, what, all, collect(v, all, 0),
				       WSI_NUMBERS, i->sink)
			  : ENOMEM;
	free(all);
	free(what);
	return err;
}

static int run_all(const struct app_invocation *i)
{
	const struct uc *uc = i->app->uc;
	const struct uc_entry **all;
	struct uc_conversation *v;
	size_t n = 0, count = 0, k;
	int err;

	for (k = 0; (v = uc_conversation_at(uc, k)); k++) {
		n += v->entry_count;
		count += v->entry_count > 0;
	}
	if (!n)
		return app_sink_fail(i->sink, ENOENT,
				     _("There are no conversations."));
	if (!sure(i, 1))
		return ask(i, _("Delete all conversations"),
			   text_printf(_("Delete all conversations: %zu, with "
					 "%zu entries?"),
				       count, n),
			   NULL);
	all = calloc(n, sizeof(*all));
	if (!all)
		return ENOMEM;
	n = 0;
	for (k = 0; (v = uc_conversation_at(uc, k)); k++)
		n = collect(v, all, n);
	err = app_delete(i->app, _("all conversations"), all, n, WSI_OLDER,
			 i->sink);
	free(all);
	return err;
}

static int run_undelete(const struct app_invocation *i)
{
	return app_undelete(i->app,
			    (uint32_t)strtoul(app_argument_of(i, 1), NULL, 10),
			    i->sink);
}

static const char *const yes[] = {"yes", NULL};
#define SURE                                                              \
	{                                                                 \
		.name = "sure", .kind = APP_ARG_CHOICE, .optional = true, \
		.choices = yes                                            \
	}
static const struct app_argument entry_arguments[] = {
	{.name = "entry", .kind = APP_ARG_ENTRY},
	SURE,
	{.name = NULL},
};
static const struct app_argument conversation_arguments[] = {
	{.name = "conversation", .kind = APP_ARG_CONVERSATION},
	SURE,
	{.name = NULL},
};
static const struct app_argument all_arguments[] = {
	SURE,
	{.name = NULL},
};
static const struct app_argument undelete_arguments[] = {
	{.name = "number", .kind = APP_ARG_NUMBER},
	{.name = NULL},
};

const struct app_command app_commands_delete[] = {
	{.name = "delete-entry",
	 .summary = N_("Delete an entry of a conversation."),
	 .help = N_("A call, a message or a voice message, for all programs "
		    "of the account; the other side keeps its own. It asks "
		    "first, unless yes stands behind it. undo brings it back, "
		    "for an hour. In UC Suite a voice message stays in the "
		    "box."),
	 .examples = EXAMPLES("delete-entry m:12 yes"),
	 .arguments = entry_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_DETAIL,
	 .keys = "d Delete",
	 .hint = N_("delete"),
	 .run = run_entry},
	{.name = "delete-conversation",
	 .summary = N_("Delete a conversation."),
	 .help = N_("All its calls, messages and voice messages, also those "
		    "that are not shown any more. It asks first, unless yes "
		    "stands behind it; undo brings it back, for an hour."),
	 .examples = EXAMPLES("delete-conversation 201"),
	 .arguments = conversation_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CONVERSATIONS,
	 .keys = "d Delete",
	 .hint = N_("delete"),
	 .run = run_conversation},
	{.name = "delete-conversations",
	 .summary = N_("Delete all conversations."),
	 .help = N_("As delete-conversation, of all of them."),
	 .arguments = all_arguments,
	 .origins = FROM_USER,
	 .run = run_all},
	{.name = "undelete",
	 .summary = N_("Bring back what was deleted."),
	 .help = N_("This is what undo does."),
	 .arguments = undelete_arguments,
	 .origins = APP_FROM_LINE,
	 .run = run_undelete},
	ROWS_END};
