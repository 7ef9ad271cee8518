/**
 * @file cmd_favourite.c  Commands of favourites
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

static bool by_server(const struct app *a)
{
	return uc_account(a->uc)->can & UC_CAN_FAVOURITES;
}

static const char *no_favourites(const struct app *a)
{
	if (by_server(a))
		return app_not_online(a);
	return a->groups_own ? NULL
			     : _("There is no connection to the server.");
}

static const char *no_groups(const struct app *a)
{
	if (by_server(a) && !(uc_account(a->uc)->can & UC_CAN_GROUPS))
		return _("This server does not let groups be changed.");
	return no_favourites(a);
}

static struct uc_group *group_named(const struct app *a, const char *text)
{
	struct uc_group *g = uc_group_by_id(a->uc, text);

	return g ? g : uc_group_by_name(a->uc, text);
}

static int no_group(const struct app_invocation *i, const char *text)
{
	return app_sink_fail(i->sink, ENOENT, _("There is no group \"%s\"."),
			     text);
}

/** A group of our own, made if there is none of that name. */
static struct uc_group *own_group(struct app *a, const char *name)
{
	struct uc_group *g = group_named(a, name);
	char id[40];

	if (g)
		return g;
	snprintf(id, sizeof(id), "own:%lld", (long long)time_wall_ms());
	if (uc_group_put(a->uc, id, name))
		return NULL;
	return uc_group_by_id(a->uc, id);
}

/** @param what  What would come back; taken over, may be NULL */
static void keep_undo(struct app *a, const char *command, const char *contact,
		      const char *group, char *what)
{
	const char *const argv[] = {command, contact, group, NULL};

	if (what)
		app_undo_push(a, what, argv);
	free(what);
}

static int run_favourite(const struct app_invocation *i)
{
	const char *name = app_argument_of(i, 2);
	struct app *a = i->app;
	struct uc_contact *c;
	struct uc_group *g;
	int err;

	err = app_contact_or_ask(i, &c);
	if (err || !c)
		return err;
	if (text_empty(name)) {
		g = uc_group_at(a->uc, 0);
		name = g ? g->name : _("Favourites");
	}
	if (by_server(a)) {
		err = wsi_favourite_add(NULL, app_online(a), name, c->id,
					app_told, app_wait_new(a, i->sink));
	} else {
		g = own_group(a, name);
		err = g ? uc_group_add(a->uc, g, c) : ENOMEM;
		if (!err)
			app_local_groups_save(a);
	}
	if (err)
		return err;
	keep_undo(a, "unfavourite", c->id, name,
		  text_printf(_("%s is no favourite"), c->name));
	app_sink_print(i->sink, _("%s is in %s."), c->name, name);
	return 0;
}

static struct uc_group *group_with(const struct app *a,
				   const struct uc_contact *c)
{
	size_t i, k;

	for (i = 0; i < uc_group_count(a->uc); i++) {
		struct uc_group *g = uc_group_at(a->uc, i);

		for (k = 0; k < g->member_count; k++)
			if (g->members[k] == c)
				return g;
	}
	return NULL;
}

static int run_unfavourite(const struct app_invocation *i)
{
	const char *name = app_argument_of(i, 2);
	struct app *a = i->app;
	struct uc_contact *c;
	struct uc_group *g;
	int err;

	err = app_contact_find(a, app_argument_of(i, 1), &c, i->sink);
	if (err)
		return err;
	g = text_empty(name) ? group_with(a, c) : group_named(a, name);
	if (!g)
		return text_empty(name)
			       ? app_sink_fail(i->sink, ENOENT,
					       _("%s is no favourite."),
					       c->name)
			       : no_group(i, name);
	mem_ref(c);
	mem_ref(g);
	if (by_server(a)) {
		err = wsi_favourite_remove(NULL, app_online(a), g->id, c->id,
					   app_told, app_wait_new(a, i->sink));
	} else {
		uc_group_remove(a->uc, g, c);
		app_local_groups_save(a);
	}
	if (!err) {
		keep_undo(a, "favourite", c->id, g->name,
			  text_printf(_("%s in %s"), c->name, g->name));
		app_sink_print(i->sink, _("%s is no longer in %s."), c->name,
			       g->name);
	}
	mem_deref(g);
	mem_deref(c);
	return err;
}

static int run_fold(const struct app_invocation *i)
{
	struct uc_group *g = group_named(i->app, app_argument_of(i, 1));
	const char *how = app_argument_of(i, 2);

	if (!g)
		return no_group(i, app_argument_of(i, 1));
	uc_group_fold(i->app->uc, g,
		      text_empty(how) ? !g->folded : !strcmp(how, "on"));
	return 0;
}

static int run_rename(const struct app_invocation *i)
{
	struct app *a = i->app;
	struct uc_group *g = group_named(a, app_argument_of(i, 1));

	if (!g)
		return no_group(i, app_argument_of(i, 1));
	if (by_server(a))
		return wsi_group_rename(NULL, app_online(a), g->id,
					app_argument_of(i, 2), app_told,
					app_wait_new(a, i->sink));
	uc_group_rename(a->uc, g, app_argument_of(i, 2));
	app_local_groups_save(a);
	return 0;
}

static int ask_delete(const struct app_invocation *i, const struct uc_group *g)
{
	const char *argv[] = {"group-delete", g->id, "yes", NULL};
	char *text;
	int err;

	text = text_printf(ngettext("Delete the group %s and its entry?",
				    "Delete the group %s and its %zu "
				    "entries?",
				    g->member_count),
			   g->name, g->member_count);
	err = text ? app_question_confirm(i->app, _("Delete group"), text,
					  _("Delete"), argv)
		   : ENOMEM;
	free(text);
	return err;
}

static int run_delete(const struct app_invocation *i)
{
	struct app *a = i->app;
	struct uc_group *g = group_named(a, app_argument_of(i, 1));

	if (!g)
		return no_group(i, app_argument_of(i, 1));
	if (text_empty(app_argument_of(i, 2)))
		return ask_delete(i, g);
	if (by_server(a))
		return wsi_group_delete(NULL, app_online(a), g->id, app_told,
					app_wait_new(a, i->sink));
	uc_group_delete(a->uc, g);
	app_local_groups_save(a);
	return 0;
}

static const struct app_argument favourite_arguments[] = {
	{.name = "contact", .kind = APP_ARG_CONTACT},
	{.name = "group",
	 .kind = APP_ARG_GROUP,
	 .optional = true,
	 .rest = true},
	{.name = NULL},
};
static const char *const on_off[] = {"on", "off", NULL};
static const struct app_argument fold_arguments[] = {
	{.name = "group", .kind = APP_ARG_GROUP},
	{.name = "folded",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = on_off},
	{.name = NULL},
};
static const struct app_argument rename_arguments[] = {
	{.name = "group", .kind = APP_ARG_GROUP},
	{.name = "name", .kind = APP_ARG_TEXT, .rest = true},
	{.name = NULL},
};
static const char *const yes[] = {"yes", NULL};
static const struct app_argument delete_arguments[] = {
	{.name = "group", .kind = APP_ARG_GROUP},
	{.name = "sure",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = yes},
	{.name = NULL},
};

const struct app_command app_commands_favourite[] = {
	{.name = "favourite",
	 .summary = N_("Add a contact to a group of "
		       "favourites."),
	 .help = N_("A group that does not exist is made. Without a group it "
		    "is the first one."),
	 .examples = EXAMPLES("favourite erlang", "favourite 202 Workshop"),
	 .arguments = favourite_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CONVERSATIONS | APP_IN_SEARCH,
	 .keys = "f",
	 .hint = N_("favourite"),
	 .unavailable = no_favourites,
	 .run = run_favourite},
	{.name = "unfavourite",
	 .summary = N_("Take a contact out of a group "
		       "of favourites."),
	 .examples = EXAMPLES("unfavourite 202 Workshop"),
	 .arguments = favourite_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_FAVOURITES,
	 .keys = "x",
	 .unavailable = no_favourites,
	 .run = run_unfavourite},
	{.name = "group-fold",
	 .summary = N_("Fold a group, or unfold it."),
	 .examples = EXAMPLES("group-fold Workshop"),
	 .arguments = fold_arguments,
	 .origins = FROM_USER,
	 .run = run_fold},
	{.name = "group-rename",
	 .summary = N_("Give a group another name."),
	 .examples = EXAMPLES("group-rename Workshop Attic"),
	 .arguments = rename_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_groups,
	 .run = run_rename},
	{.name = "group-delete",
	 .summary = N_("Delete a group, after a "
		       "question."),
	 .examples = EXAMPLES("group-delete Workshop"),
	 .arguments = delete_arguments,
	 .origins = FROM_USER,
	 .unavailable = no_groups,
	 .run = run_delete},
	ROWS_END};
