/**
 * @file cmd_conversation.c  Commands of conversations
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

void app_entry_json(struct json_writer *w, const struct uc *uc,
		    const struct uc_entry *e)
{
	const struct uc_quality *q = uc_entry_quality(uc, e);

	json_object(w);
	json_add_string(w, "id", e->id);
	json_add_string(w, "kind", uc_entry_key(e->kind));
	json_add_int(w, "at", e->at_ms);
	json_add_int(w, "seconds", e->duration_s);
	json_add_string(w, "number", e->number);
	json_add_string(w, "text", e->text);
	json_add_bool(w, "unread", e->unread);
	if (e->delivery) {
		json_add_string(w, "delivery", uc_delivery_key(e->delivery));
		json_add_string(w, "reason", e->reason);
	}
	if (q)
		app_quality_json(w, "quality", q);
	json_end(w);
}

static void conversation_json(struct json_writer *w, const struct uc *uc,
			      const struct uc_conversation *v)
{
	size_t i;

	json_object(w);
	json_add_string(w, "id", v->id);
	json_add_string(w, "name", v->name);
	json_add_string(w, "number", v->number);
	json_add_int(w, "unread", v->unread);
	json_name(w, "entries");
	json_array(w);
	for (i = 0; i < v->entry_count; i++)
		app_entry_json(w, uc, &v->entries[i]);
	json_end(w);
	json_end(w);
}

static void entry_print(const struct app_invocation *i,
			const struct uc_conversation *v,
			const struct uc_entry *e)
{
	char length[32] = "";
	char *at = app_time_text(i->app, e->at_ms, time_wall_ms());

	if (e->duration_s)
		app_duration_text(length, sizeof(length), e->duration_s);
	app_sink_print(i->sink, "%-16s  %-24s  %-20s  %s%s", at ? at : "",
		       v->name, uc_entry_word(e->kind), length, e->text);
	free(at);
}

static int run_history(const struct app_invocation *i)
{
	const char *text = app_argument_of(i, 1);
	unsigned long max = text_empty(text) ? 20 : strtoul(text, NULL, 10);
	struct json_writer *w = i->sink->data;
	struct uc_conversation *v;
	size_t k;

	if (w)
		json_array(w);
	for (k = 0; k < max && (v = uc_conversation_at(i->app->uc, k)); k++) {
		if (v->entry_count)
			entry_print(i, v, &v->entries[v->entry_count - 1]);
		if (w)
			conversation_json(w, i->app->uc, v);
	}
	if (w)
		json_end(w);
	return 0;
}

struct uc_conversation *app_conversation_named(const struct app *a,
					       const char *text)
{
	struct uc_conversation *v = uc_conversation_by_id(a->uc, text);

	if (!v)
		v = uc_conversation_of(a->uc, uc_contact_by_id(a->uc, text));
	return v ? v : uc_conversation_by_number(a->uc, text);
}

/** Ids of what reading marks; voice messages stay new until they are heard.
 *  To free(), they themselves stay the conversation's. */
static const char **unread_ids(const struct uc_conversation *v, bool messages,
			       size_t *countp)
{
	const char **ids = calloc(v->entry_count + 1, sizeof(*ids));
	size_t i;

	*countp = 0;
	for (i = 0; ids && i < v->entry_count; i++)
		if (v->entries[i].unread &&
		    v->entries[i].kind != UC_VOICE_MESSAGE &&
		    (v->entries[i].kind == UC_MESSAGE_IN) == messages)
			ids[(*countp)++] = v->entries[i].id;
	return ids;
}

/** Whoever keeps the journal is told, or it would be unread again with the
 *  next answer or start. */
static int tell_read(const struct app_invocation *i,
		     const struct uc_conversation *v)
{
	struct app *a = i->app;
	struct wsi *w = app_online(a);
	const char **ids;
	size_t n;
	int err = 0;

	ids = unread_ids(v, true, &n);
	if (n && w && (wsi_additions(w) & WSI_ADD_MESSAGES))
		err = wsi_messages_mark(w, ids, n, app_told,
					app_wait_new(a, i->sink));
	free(ids);
	ids = unread_ids(v, false, &n);
	if (n && !(uc_account(a->uc)->can & UC_CAN_JOURNAL)) {
		if (a->account)
			err = store_entries_read(a->store, a->account, ids, n);
	} else if (n && w && (wsi_additions(w) & WSI_ADD_JOURNAL)) {
		err = wsi_journal_mark(w, ids, n, app_told,
				       app_wait_new(a, i->sink));
	}
	free(ids);
	return err;
}

static int run_read(const struct app_invocation *i)
{
	struct uc_conversation *v;
	int err;

	v = app_conversation_named(i->app, app_argument_of(i, 1));
	if (!v)
		return app_sink_fail(i->sink, ENOENT,
				     _("There is no such conversation."));
	err = tell_read(i, v);
	uc_conversation_read(i->app->uc, v);
	return err;
}

static int run_older(const struct app_invocation *i)
{
	struct uc_conversation *v;
	struct app_wait *w;
	int err;

	v = app_conversation_named(i->app, app_argument_of(i, 1));
	if (!v)
		return app_sink_fail(i->sink, ENOENT,
				     _("There is no such conversation."));
	w = app_wait_new(i->app, i->sink);
	err = app_history_read(i->app, v, false, w);
	if (err == ENOENT)
		return app_sink_fail(i->sink, err, _("This is the beginning."));
	if (err == ENOTSUP)
		return app_sink_fail(i->sink, err,
				     _("This server tells nothing older."));
	if (err == EBUSY) {
		app_wait_over(w, 0, ""); /* it is under way */
		err = 0;
	}
	return err;
}

static const struct app_argument history_arguments[] = {
	{.name = "count", .kind = APP_ARG_NUMBER, .optional = true},
	{.name = NULL},
};
static const struct app_argument read_arguments[] = {
	{.name = "conversation", .kind = APP_ARG_CONVERSATION},
	{.name = NULL},
};

const struct app_command app_commands_conversation[] = {
	{.name = "history",
	 .alias = "journal",
	 .summary = N_("List the newest conversations."),
	 .help = N_("One line for each, with its newest event; twenty without "
		    "a count."),
	 .examples = EXAMPLES("history", "history 5"),
	 .arguments = history_arguments,
	 .origins = APP_FROM_LINE | APP_FROM_SHELL,
	 .reads = true,
	 .unavailable = app_nobody,
	 .run = run_history},
	{.name = "read",
	 .summary = N_("Mark a conversation as read."),
	 .help = N_("Voice messages stay new until they are heard."),
	 .examples = EXAMPLES("read 201"),
	 .arguments = read_arguments,
	 .origins = FROM_USER,
	 .run = run_read},
	{.name = "older",
	 .summary = N_("Read older entries of a conversation."),
	 .help = N_("The log-in reads the newest of all conversations. Going "
		    "up beyond the first entry does the same."),
	 .examples = EXAMPLES("older 201"),
	 .arguments = read_arguments,
	 .origins = FROM_USER,
	 .run = run_older},
	ROWS_END};
