/**
 * @file cmd_favourite_at.c  A favourite at a place of its group
 *
 * The server adds one at the end; once it has, it is moved from there.
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

struct placing {
	struct app *a;
	struct app_wait *wait;
	char *group; /**< its id; NULL: it is made, so there is but one place */
	char *contact;
	int steps;
};

static void placing_free(struct placing *p)
{
	free(p->group);
	free(p->contact);
	free(p);
}

static void added(const struct wsi_result *r, void *arg)
{
	struct placing *p = arg;

	if (r->status != WSI_OK || !p->group || !p->steps ||
	    wsi_favourite_move(NULL, app_online(p->a), p->group, p->contact,
			       p->steps, app_told, p->wait))
		app_told(r, p->wait);
	placing_free(p);
}

static int add_by_server(const struct app_invocation *i,
			 const struct uc_contact *c, const struct uc_group *g,
			 int steps)
{
	struct placing *p = calloc(1, sizeof(*p));
	int err = p ? text_set(&p->contact, c->id) : ENOMEM;

	if (!err && g)
		err = text_set(&p->group, g->id);
	if (!err) {
		p->a = i->app;
		p->steps = steps;
		p->wait = app_wait_new(i->app, i->sink);
		err = wsi_favourite_add(NULL, app_online(i->app),
					app_argument_of(i, 3), c->id, added, p);
	}
	if (err && p)
		placing_free(p);
	return err;
}

static int add_own(struct app *a, const char *name, struct uc_contact *c,
		   int steps)
{
	struct uc_group *g = app_own_group(a, name);
	int err = g ? uc_group_add(a->uc, g, c) : ENOMEM;

	if (!err && steps)
		uc_group_move(a->uc, g, c, steps);
	if (!err)
		app_local_groups_save(a);
	return err;
}

static int run_at(const struct app_invocation *i)
{
	const char *name = app_argument_of(i, 3);
	int place = atoi(app_argument_of(i, 2)), from, count;
	struct app *a = i->app;
	const struct uc_group *g;
	struct uc_contact *c;
	int err = app_contact_or_ask(i, &c);

	if (err || !c)
		return err;
	g = app_group_named(a, name);
	count = g ? (int)g->member_count : 0;
	for (from = 0; from < count && g->members[from] != c; from++)
		;
	/* Not beyond the group's ends: there are other groups. */
	if (from == count)
		count++;
	place = place < 1 ? 1 : place > count ? count : place;
	err = app_favourites_by_server(a)
		      ? add_by_server(i, c, g, place - 1 - from)
		      : add_own(a, name, c, place - 1 - from);
	if (!err)
		app_sink_print(i->sink, _("%s is in %s."), c->name, name);
	return err;
}

static const struct app_argument arguments[] = {
	{.name = "contact", .kind = APP_ARG_CONTACT},
	{.name = "place", .kind = APP_ARG_NUMBER},
	{.name = "group", .kind = APP_ARG_INTO, .rest = true},
	{.name = NULL},
};

const struct app_command app_commands_favourite_at[] = {
	{.name = "favourite-at",
	 .summary = N_("Put a contact at a place of a group of favourites."),
	 .help = N_("Places are counted from 1. Who is in the group already is "
		    "moved there."),
	 .examples = EXAMPLES("favourite-at 202 1 Workshop"),
	 .arguments = arguments,
	 .origins = FROM_USER,
	 .unavailable = app_no_favourites,
	 .run = run_at},
	ROWS_END};
