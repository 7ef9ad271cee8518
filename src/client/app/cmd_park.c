/**
 * @file cmd_park.c  Calls left waiting in a slot, for anybody to take
 *
 * By the codes that any phone can dial; who waits where, the server says, if
 * it says that at all.
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

static bool is_slot(const char *s)
{
	return s[0] >= '0' && s[0] <= '9' && !s[1];
}

static int no_slot(const struct app_invocation *i)
{
	return app_sink_fail(i->sink, EINVAL, _("Calls are parked in 0 to 9."));
}

static const struct uc_parked *in_slot(const struct app *a, char slot)
{
	const struct uc_parked *p;

	for (size_t i = 0; (p = uc_parked_at(a->uc, i)); i++)
		if (p->slot == slot)
			return p;
	return NULL;
}

static bool tells(const struct app *a)
{
	return wsi_additions(app_online(a)) & WSI_ADD_PARKED;
}

/* ---- park -------------------------------------------------------------- */

static const char *no_park(const struct app *a)
{
	return app_no_function(a, UC_TRANSFER);
}

/* The first that is free, or 0: none. */
static char free_slot(const struct app *a)
{
	for (const char *slot = "1234567890"; *slot; slot++)
		if (!in_slot(a, *slot))
			return *slot;
	return 0;
}

/* Where it is to be; 0: nowhere, which has been said. */
static char wanted_slot(const struct app_invocation *i)
{
	const char *slot = app_argument_of(i, 1);
	char c = 0;

	if (is_slot(slot))
		return slot[0];
	if (!text_empty(slot))
		no_slot(i);
	else if (!tells(i->app))
		app_sink_fail(i->sink, EINVAL,
			      _("Say where, 0 to 9: `park 3`."));
	else if (!(c = free_slot(i->app)))
		app_sink_fail(i->sink, EBUSY, _("All slots are taken."));
	return c;
}

static int run_park(const struct app_invocation *i)
{
	char slot = wanted_slot(i);
	struct uc_call *c =
		text_empty(app_argument_of(i, 2))
			? app_call_allowing(i->app, UC_TRANSFER, NULL)
			: app_call_argument(i, 2);
	char code[] = "*56x", *name;
	int err;

	if (!slot)
		return EINVAL;
	if (!c || !(c->functions & UC_TRANSFER))
		return app_sink_fail(i->sink, ENOENT,
				     _("No call allows that now."));
	code[3] = slot;
	name = text_dup(text_empty(c->name) ? c->number : c->name);
	err = app_call_transfer(i->app, c, code, NULL, i->sink);
	if (!err && name)
		uc_notice(i->app->uc, UC_NOTICE_INFO,
			  _("%s is parked in %c: `unpark %c` takes the call "
			    "back, on any phone #56%c."),
			  name, slot, slot, slot);
	free(name);
	return err;
}

/* ---- take it again ----------------------------------------------------- */

static const char *no_unpark(const struct app *a)
{
	if (tells(a) && !uc_parked_at(a->uc, 0))
		return _("Nobody is parked.");
	return app_no_phone(a);
}

static int ask_which(const struct app_invocation *i)
{
	const struct question_prm prm = {.title = _("Parked"),
					 .text = _("Whose call is it to be?")};
	const char *const command[] = {"unpark", NULL};
	struct app_pick picks[UC_SLOTS];
	char slots[UC_SLOTS][2] = {{0}};
	const struct uc_parked *p;
	size_t n = 0;

	for (; n < UC_SLOTS && (p = uc_parked_at(i->app->uc, n)); n++) {
		slots[n][0] = p->slot;
		picks[n] = (struct app_pick){
			text_empty(p->name) ? p->number : p->name, slots[n]};
	}
	return app_question_pick(i->app, &prm, command, picks, n,
				 _("Nobody's"));
}

static int run_unpark(const struct app_invocation *i)
{
	const struct uc_parked *only = uc_parked_at(i->app->uc, 0);
	const char *why = no_unpark(i->app), *said = app_argument_of(i, 1);
	char slot[2] = "";

	if (is_slot(said))
		return app_dial_code(i, "#56", said);
	if (!text_empty(said))
		return no_slot(i);
	if (why)
		return app_sink_fail(i->sink, ENOENT, "%s", why);
	if (!only)
		return app_sink_fail(i->sink, EINVAL,
				     _("Say where from, 0 to 9: `unpark 3`."));
	if (uc_parked_at(i->app->uc, 1) && i->origin != APP_FROM_SHELL)
		return ask_which(i);
	/* Of several, a script has the one that is first. */
	slot[0] = only->slot;
	return app_dial_code(i, "#56", slot);
}

/* ---- look -------------------------------------------------------------- */

static const char *not_told(const struct app *a)
{
	if (!app_online(a))
		return app_not_online(a);
	return tells(a) ? NULL : _("This server does not say who is parked.");
}

static int run_parked(const struct app_invocation *i)
{
	struct json_writer *w = i->sink->data;
	const struct uc_parked *p;

	json_array(w);
	for (size_t k = 0; (p = uc_parked_at(i->app->uc, k)); k++) {
		const struct uc_contact *by =
			uc_contact_by_device(i->app->uc, p->by);

		app_sink_print(i->sink, _("%c  %s %s, parked by %s"), p->slot,
			       p->name, p->number, by ? by->name : p->by);
		json_object(w);
		json_add_int(w, "slot", p->slot - '0');
		json_add_string(w, "number", p->number);
		json_add_string(w, "name", p->name);
		json_add_string(w, "by", p->by);
		json_add_int(w, "since", p->since_ms);
		json_end(w);
	}
	json_end(w);
	return 0;
}

static const struct app_argument park_arguments[] = {
	{.name = "slot", .kind = APP_ARG_TEXT, .optional = true},
	{.name = "call", .kind = APP_ARG_CALL, .optional = true},
	{.name = NULL},
};
static const struct app_argument unpark_arguments[] = {
	{.name = "slot", .kind = APP_ARG_TEXT, .optional = true},
	{.name = NULL},
};

const struct app_command app_commands_park[] = {
	{.name = "park",
	 .summary = N_("Leave a call waiting in a slot, for anybody to take."),
	 .help = N_("There are ten, 0 to 9; without one, it is the first that "
		    "is free. Whoever says `unpark`, or dials #56 and the slot "
		    "on any phone, has the call. If nobody comes, it rings "
		    "here again."),
	 .examples = EXAMPLES("park", "park 3"),
	 .arguments = park_arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CALL,
	 .function = UC_TRANSFER,
	 .keys = "P",
	 .hint = N_("park"),
	 .unavailable = no_park,
	 .run = run_park},
	{.name = "unpark",
	 .summary = N_("Take a call that is parked in a slot."),
	 .help = N_("Without a slot the one that waits; of several you are "
		    "asked which."),
	 .examples = EXAMPLES("unpark", "unpark 3"),
	 .arguments = unpark_arguments,
	 .origins = FROM_USER,
	 .contexts = IN_PANES,
	 .keys = "U",
	 .hint = N_("take parked"),
	 .unavailable = no_unpark,
	 .run = run_unpark},
	{.name = "parked",
	 .summary = N_("List the calls that are parked."),
	 .origins = FROM_USER,
	 .unavailable = not_told,
	 .reads = true,
	 .run = run_parked},
	ROWS_END};
