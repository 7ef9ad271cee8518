/**
 * @file cmd_share.c  Web collaboration in a call (SPEC T5.6.2.16)
 *
 * The server says where the page is, to all inside who are in the call. A front
 * end opens it: see tui/page.c.
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

/* The call that has a page, or else the one that could have one. */
static struct uc_call *call_at_hand(const struct app *a)
{
	struct uc_call *c, *talks = NULL;

	for (size_t i = 0; (c = uc_call_at(a->uc, i)); i++) {
		if (!text_empty(c->link))
			return c;
		if (!talks && c->answered_ms && !text_empty(c->key) &&
		    c->state != UC_CALL_FAILED)
			talks = c;
	}
	return talks;
}

static const char *not_offered(const struct app *a)
{
	const struct uc_call *c = call_at_hand(a);

	if (c && !text_empty(c->link))
		return NULL;
	if (!app_online(a))
		return app_not_online(a);
	if (!(uc_account(a->uc)->can & UC_CAN_COLLABORATION))
		return _("This server has no web collaboration.");
	return c ? NULL : _("There is no call to look at a page in.");
}

void app_shared(struct app *a, const char *call_id, const char *link,
		const char *by)
{
	const struct uc_account *me = uc_account(a->uc);
	const struct uc_contact *k = uc_contact_by_device(a->uc, by);
	struct uc_call *c;

	for (size_t i = 0; (c = uc_call_at(a->uc, i)); i++) {
		if (!text_equal(c->key, call_id) || text_equal(c->link, link))
			continue;
		if (text_set(&c->link, link))
			return;
		if (!text_empty(by) && !text_equal(by, me->device))
			uc_notice(a->uc, UC_NOTICE_INFO,
				  _("%s has a page to look at together."),
				  k ? k->name : by);
		uc_call_changed(a->uc, c);
	}
}

static int run_collaborate(const struct app_invocation *i)
{
	const char *why = not_offered(i->app);
	const struct uc_call *c = call_at_hand(i->app);

	if (why)
		return app_sink_fail(i->sink, ENOTSUP, "%s", why);
	if (text_empty(c->link))
		return wsi_collaborate(NULL, app_online(i->app), c->key,
				       app_told, app_wait_new(i->app, i->sink));
	app_sink_print(i->sink, "%s", c->link);
	json_put_string(i->sink->data, c->link);
	return 0;
}

const struct app_command app_commands_share[] = {
	{.name = "collaborate",
	 .summary = N_("Begin web collaboration: a page for all in the call."),
	 .help = N_("Colleagues in the call are told where it is. Said again, "
		    "it prints the page's address. `page` opens it, and "
		    "`mail-page` sends it to others."),
	 .origins = FROM_USER,
	 .unavailable = not_offered,
	 .run = run_collaborate},
	ROWS_END};
