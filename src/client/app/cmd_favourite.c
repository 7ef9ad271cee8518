/**
 * @file cmd_favourite.c  Commands of favourites
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

bool app_favourites_by_server(const struct app *a)
{
	return uc_account(a->uc)->can & UC_CAN_FAVOURITES;
}

const char *app_no_favourites(const struct app *a)
{
	if (app_favourites_by_server(a))
		return app_not_online(a);
	return a->groups_own ? NULL
			     : _("There is no connection to the server.");
}

static const char *no_groups(const struct app *a)
{
	if (app_favourites_by_server(a) &&
	    !(uc_account(a->uc)->can & UC_CAN_GROUPS))
		return _("This server does not let groups be changed.");
	return app_no_favourites(a);
}

struct uc_group *app_group_named(const struct app *a, const char *text)
{
	struct uc_group *g = uc_group_by_id(a->uc, text);

	return g ? g : uc_group_by_name(a->uc, text);
}

static int no_group(const struct app_invocation *i, const char *text)
{
	return app_sink_fail(i->sink, ENOENT, _("There is no group \"%s\"."),
			     text);
}

struct uc_group *app_own_group(struct app *a, const char *name)
{
	struct uc_group *g = app_group_named(a, name);
	char id[40];

	if (g)
		return g;
	snprintf(id, sizeof(id), "own:%lld", (long long)time_wall_ms());
	if (uc_group_put(a->uc, id, name))
		return NULL;
	return uc_group_by_id(a->uc, id);
}

/** @param what  What would come back; taken over, may be NULL
 *  @param one,two  The command's arguments */
static void keep_undo(struct app *a, const char *command, const char *one,
		      const char *two, char *what)
{
	const char *const argv[] = {command, one, two, NULL};

	if (what)
		app_undo_push(a, what, argv);
	free(what);
}

/* ---- members ----------------------------------------------------------- */

/** In which of the groups, or in a new one? */
static int ask_group(const struct app_invocation *i, const struct uc_contact *c)
{
	const char *const command[] = {"favourite", c->id, NULL};
	struct question_prm prm = {.title = _("Favourite")};
	struct app_pick picks[APP_PICKS_MAX];
	const struct uc_group *g;
	char *text = text_printf(_("To which group is %s added?"), c->name);
	size_t n = 0;
	int err;

	for (; n + 1 < APP_PICKS_MAX && (g = uc_group_at(i->app->uc, n)); n++)
		picks[n] = (struct app_pick){g->name, g->name};
	picks[n++] = (struct app_pick){_("A new group …"), ""};
	prm.text = text;
	err = text ? app_question_pick(i->app, &prm, command, picks, n,
				       _("None"))
		   : ENOMEM;
	free(text);
	return err;
}

static void ask_name(struct app *a, const struct uc_contact *c)
{
	char *who = app_quote(c->id);
	char *line = who ? text_printf("favourite %s ", who) : NULL;

	if (line)
		app_prompt(a, line);
	free(line);
	free(who);
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
	if (text_empty(name) && i->argc > 2) {
		ask_name(a, c);
		return 0;
	}
	if (text_empty(name) && i->origin == APP_FROM_KEY &&
	    uc_group_count(a->uc))
		return ask_group(i, c);
	if (text_empty(name)) {
		g = uc_group_at(a->uc, 0);
		name = g ? g->name : _("Favourites");
	}
	if (app_favourites_by_server(a)) {
		err = wsi_favourite_add(NULL, app_online(a), name, c->id,
					app_told, app_wait_new(a, i->sink));
	} else {
		g = app_own_group(a, name);
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

/** A group that is selected itself (APP_ARG_FAVOURITE), or NULL. */
static struct uc_group *group_itself(const struct app *a, const char *text)
{
	size_t n = strlen(APP_FAVOURITE_GROUP);

	return strncmp(text, APP_FAVOURITE_GROUP, n)
		       ? NULL
		       : uc_group_by_id(a->uc, text + n);
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

/* From 1. */
static size_t place_of(const struct uc_group *g, const struct uc_contact *c)
{
	size_t k = 0;

	while (k < g->member_count && g->members[k] != c)
		k++;
	return k + 1;
}

static void keep_place(struct app *a, const struct uc_contact *c,
		       const struct uc_group *g, size_t place)
{
	char number[24], *what = text_printf(_("%s in %s"), c->name, g->name);
	const char *const argv[] = {"favourite-at", c->id, number, g->name,
				    NULL};

	snprintf(number, sizeof(number), "%zu", place);
	if (what)
		app_undo_push(a, what, argv);
	free(what);
}

static int run_unfavourite(const struct app_invocation *i)
{
	const char *name = app_argument_of(i, 2);
	struct app *a = i->app;
	size_t place;
	struct uc_contact *c;
	struct uc_group *g;
	int err;

	g = group_itself(a, app_argument_of(i, 1));
	if (g && no_groups(a))
		return app_sink_fail(i->sink, ENOTSUP, "%s", no_groups(a));
	if (g)
		return ask_delete(i, g);
	err = app_contact_find(a, app_argument_of(i, 1), &c, i->sink);
	if (err)
		return err;
	g = text_empty(name) ? group_with(a, c) : app_group_named(a, name);
	if (!g)
		return text_empty(name)
			       ? app_sink_fail(i->sink, ENOENT,
					       _("%s is no favourite."),
					       c->name)
			       : no_group(i, name);
	mem_ref(c);
	mem_ref(g);
	place = place_of(g, c);
	if (app_favourites_by_server(a)) {
		err = wsi_favourite_remove(NULL, app_online(a), g->id, c->id,
					   app_told, app_wait_new(a, i->sink));
	} else {
		uc_group_remove(a->uc, g, c);
		app_local_groups_save(a);
	}
	if (!err) {
		keep_place(a, c, g, place);
		app_sink_print(i->sink, _("%s is no longer in %s."), c->name,
			       g->name);
	}
	mem_deref(g);
	mem_deref(c);
	return err;
}

static int move(const struct app_invocation *i, int steps)
{
	const char *what = app_argument_of(i, 1), *name = app_argument_of(i, 2);
	struct app *a = i->app;
	struct uc_group *g = group_itself(a, what);
	struct uc_contact *c = NULL;
	int err;

	if (!g) {
		err = app_contact_find(a, what, &c, i->sink);
		if (err)
			return err;
		g = text_empty(name) ? group_with(a, c)
				     : app_group_named(a, name);
	}
	if (!g)
		return text_empty(name)
			       ? app_sink_fail(i->sink, ENOENT,
					       _("%s is no favourite."),
					       c->name)
			       : no_group(i, name);
	if (app_favourites_by_server(a))
		return wsi_favourite_move(NULL, app_online(a), g->id,
					  c ? c->id : "", steps, app_told,
					  app_wait_new(a, i->sink));
	uc_group_move(a->uc, g, c, steps);
	app_local_groups_save(a);
	return 0;
}

static int run_up(const struct app_invocation *i)
{
	return move(i, -1);
}

static int run_down(const struct app_invocation *i)
{
	return move(i, 1);
}

/* ---- the number that one is called by ---------------------------------- */

static const char *no_default(const struct app *a)
{
	if (app_favourites_by_server(a) &&
	    !(uc_account(a->uc)->can & UC_CAN_GROUPS))
		return _("This server calls everybody by the first number.");
	return app_no_favourites(a);
}

static int run_default(const struct app_invocation *i)
{
	const char *number = app_argument_of(i, 2), *was;
	struct app *a = i->app;
	struct uc_contact *c;
	size_t k = 0;
	int err = app_contact_find(a, app_argument_of(i, 1), &c, i->sink);

	if (err)
		return err;
	while (k < c->number_count && !text_equal(c->numbers[k].number, number))
		k++;
	if (!text_empty(number) && k == c->number_count)
		return app_sink_fail(i->sink, ENOENT, _("%s has no number %s."),
				     c->name, number);
	if (!uc_contact_is_favourite(c))
		return app_sink_fail(i->sink, ENOENT,
				     _("%s is no favourite: only those have a "
				       "default number of your choice."),
				     c->name);
	was = uc_contact_has_chosen(c) ? uc_contact_number(c) : "";
	keep_undo(a, "default-number", c->id, was,
		  text_printf(_("the default number of %s"), c->name));
	if (app_favourites_by_server(a)) {
		err = wsi_favourite_number(NULL, app_online(a), c->id, number,
					   app_told, app_wait_new(a, i->sink));
	} else {
		uc_contact_choose(a->uc, c, number);
		app_local_groups_save(a);
		app_local_save(a);
	}
	if (!err && text_empty(number))
		app_sink_print(i->sink, _("%s is called by the first number."),
			       c->name);
	else if (!err)
		app_sink_print(i->sink, _("%s is called by %s."), c->name,
			       number);
	return err;
}

/* ---- groups ------------------------------------------------------------ */

static int run_fold(const struct app_invocation *i)
{
	struct uc_group *g = app_group_named(i->app, app_argument_of(i, 1));
	const char *how = app_argument_of(i, 2);

	if (!g)
		return no_group(i, app_argument_of(i, 1));
	uc_group_fold(i->app->uc, g,
		      text_empty(how) ? !g->folded : !strcmp(how, "on"));
	app_local_folds_save(i->app);
	return 0;
}

static int run_rename(const struct app_invocation *i)
{
	const char *name = app_argument_of(i, 2);
	struct app *a = i->app;
	struct uc_group *g = app_group_named(a, app_argument_of(i, 1)), *other;

	if (!g)
		return no_group(i, app_argument_of(i, 1));
	if (!name[strspn(name, " ")])
		return app_sink_fail(i->sink, EINVAL,
				     _("A group needs a name."));
	other = uc_group_by_name(a->uc, name);
	if (other && other != g)
		return app_sink_fail(i->sink, EEXIST,
				     _("There is a group \"%s\" already."),
				     other->name);
	keep_undo(a, "group-rename", g->id, g->name,
		  text_printf(_("the group is called %s"), g->name));
	if (app_favourites_by_server(a))
		return wsi_group_rename(NULL, app_online(a), g->id, name,
					app_told, app_wait_new(a, i->sink));
	uc_group_rename(a->uc, g, name);
	app_local_groups_save(a);
	return 0;
}

/** The ids of its members, with commas between; to free(). */
static char *members_of(const struct uc_group *g)
{
	struct text_buf b = {0};

	for (size_t k = 0; k < g->member_count; k++)
		text_buf_printf(&b, "%s%s", k ? "," : "", g->members[k]->id);
	return text_buf_take(&b);
}

static void keep_members(struct app *a, const struct uc_group *g)
{
	char *ids = g->member_count ? members_of(g) : NULL;

	if (ids)
		keep_undo(a, "group-make", g->name, ids,
			  text_printf(_("the group %s"), g->name));
	free(ids);
}

/** One of several, as its name or its number or its id says. */
static int make_one(struct app *a, const char *word, struct text_buf *ids,
		    struct app_sink *sink)
{
	struct uc_contact *c;
	int err;

	word += strspn(word, " ");
	err = app_contact_find(a, word, &c, sink);
	if (err)
		return err;
	text_buf_printf(ids, "%s%s", ids->buf ? "," : "", c->id);
	return ids->err;
}

/* Of our own, once all of them are known. */
static int make_own(struct app *a, const char *name, char *ids)
{
	struct uc_group *g = app_own_group(a, name);
	char *rest = NULL;
	int err = g ? 0 : ENOMEM;

	for (char *id = strtok_r(ids, ",", &rest); id && !err;
	     id = strtok_r(NULL, ",", &rest)) {
		struct uc_contact *c = uc_contact_by_id(a->uc, id);

		if (c)
			err = uc_group_add(a->uc, g, c);
	}
	if (!err)
		app_local_groups_save(a);
	return err;
}

static int run_make(const struct app_invocation *i)
{
	char *words = strdup(app_argument_of(i, 2)), *rest = NULL;
	const char *name = app_argument_of(i, 1);
	struct app *a = i->app;
	struct text_buf ids = {0};
	int err = words ? 0 : ENOMEM;

	for (char *w = words ? strtok_r(words, ",", &rest) : NULL; w && !err;
	     w = strtok_r(NULL, ",", &rest))
		err = make_one(a, w, &ids, i->sink);
	if (!err && !ids.len)
		err = app_sink_fail(i->sink, EINVAL, _("No contact is named."));
	else if (!err && !app_favourites_by_server(a))
		err = make_own(a, name, ids.buf);
	else if (!err)
		err = wsi_favourite_add(NULL, app_online(a), name, ids.buf,
					app_told, app_wait_new(a, i->sink));
	text_buf_reset(&ids);
	free(words);
	return err;
}

static int run_delete(const struct app_invocation *i)
{
	struct app *a = i->app;
	struct uc_group *g = app_group_named(a, app_argument_of(i, 1));

	if (!g)
		return no_group(i, app_argument_of(i, 1));
	if (text_empty(app_argument_of(i, 2)))
		return ask_delete(i, g);
	keep_members(a, g);
	if (app_favourites_by_server(a))
		return wsi_group_delete(NULL, app_online(a), g->id, app_told,
					app_wait_new(a, i->sink));
	uc_group_delete(a->uc, g);
	app_local_groups_save(a);
	return 0;
}

static const struct app_argument favourite_arguments[] = {
	{.name = "contact", .kind = APP_ARG_CONTACT},
	{.name = "group", .kind = APP_ARG_INTO, .optional = true, .rest = true},
	{.name = NULL},
};
static const struct app_argument member_arguments[] = {
	{.name = "contact", .kind = APP_ARG_FAVOURITE},
	{.name = "group",
	 .kind = APP_ARG_GROUP,
	 .optional = true,
	 .rest = true},
	{.name = NULL},
};
static const struct app_argument default_arguments[] = {
	{.name = "contact", .kind = APP_ARG_FAVOURITE},
	{.name = "number", .kind = APP_ARG_NUMBER_OF, .optional = true},
	{.name = NULL},
};
static const struct app_argument make_arguments[] = {
	{.name = "group", .kind = APP_ARG_INTO},
	{.name = "contacts", .kind = APP_ARG_TEXT, .rest = true},
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
	 .contexts = IN_PANES | APP_IN_SEARCH,
	 .keys = "f",
	 .hint = N_("favourite"),
	 .unavailable = app_no_favourites,
	 .run = run_favourite},
	{.name = "unfavourite",
	 .summary = N_("Take a contact out of a group "
		       "of favourites."),
	 .help = N_("By key on the name of a group it is the group itself "
		    "that is deleted, after a question."),
	 .examples = EXAMPLES("unfavourite 202 Workshop"),
	 .arguments = member_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_FAVOURITES,
	 .keys = "x",
	 .unavailable = app_no_favourites,
	 .run = run_unfavourite},
	{.name = "favourite-up",
	 .summary = N_("Move a favourite, or a group, up."),
	 .help = N_("Past the top of its group a favourite goes to the group "
		    "before."),
	 .examples = EXAMPLES("favourite-up 202", "favourite-up 202 Workshop"),
	 .arguments = member_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_FAVOURITES,
	 .keys = "K S-Up",
	 .unavailable = app_no_favourites,
	 .run = run_up},
	{.name = "favourite-down",
	 .summary = N_("Move a favourite, or a group, down."),
	 .help = N_("Past the end of its group a favourite goes to the next "
		    "one."),
	 .examples = EXAMPLES("favourite-down 202"),
	 .arguments = member_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_FAVOURITES,
	 .keys = "J S-Down",
	 .unavailable = app_no_favourites,
	 .run = run_down},
	{.name = "default-number",
	 .summary = N_("Choose the number that a favourite is called by."),
	 .help = N_("By key the number that is selected in the details. "
		    "Without a number it is the first one again."),
	 .examples = EXAMPLES("default-number 202 '+49 171 555 0202'"),
	 .arguments = default_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_DETAIL,
	 .keys = "=",
	 .hint = N_("default number"),
	 .unavailable = no_default,
	 .run = run_default},
	{.name = "group-make",
	 .summary = N_("Make a group of favourites of several contacts."),
	 .help = N_("Names or numbers, with commas between. A group of that "
		    "name that there is already gets them too."),
	 .examples = EXAMPLES("group-make Workshop 206, 207, Elisha Gray"),
	 .arguments = make_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_favourites,
	 .run = run_make},
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
	 .contexts = APP_IN_FAVOURITES,
	 .keys = "N",
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
