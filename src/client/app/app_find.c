/**
 * @file app_find.c  Commands about what only the server knows yet: somebody in
 * its directories, or all that a log-in reads
 */
#include <stdlib.h>
#include "app_int.h"

/** A command that waits for the server. */
struct finding {
	struct le le;
	struct app *a;
	struct app_wait *wait;
	struct uc_search *search; /**< NULL: for what a log-in reads */
	struct wsi_request *request;
	char **argv; /**< argv[1] names whom to find */
	size_t argc;
	enum app_origin origin;
};

static void destructor(void *arg)
{
	struct finding *f = arg;

	list_unlink(&f->le);
	mem_deref(f->request);
	mem_deref(f->search);
	mem_deref(f->wait);
	app_argv_free(f->argv);
}

void app_findings_close(struct app *a)
{
	while (a->findings.head)
		mem_deref(a->findings.head->data);
	while (a->too_early.head)
		mem_deref(a->too_early.head->data);
}

static void found(const struct wsi_result *r, void *arg)
{
	struct finding *f = arg;
	struct app_sink sink = {0};
	struct uc_contact *c;
	char *id;
	int err;

	if (r->status != WSI_OK) {
		app_wait_over(f->wait, app_errno_of(r->status), r->text);
		mem_deref(f);
		return;
	}
	err = app_contact_choose(f->search, &c, &sink);
	id = err ? NULL : strdup(c->id);
	if (id) {
		free(f->argv[1]);
		f->argv[1] = id;
		app_wait_run(f->wait, (const char *const *)f->argv, f->argc,
			     f->origin);
	} else {
		app_wait_over(f->wait, err ? err : ENOMEM,
			      sink.error.buf ? sink.error.buf
					     : _("No memory."));
	}
	app_sink_reset(&sink);
	mem_deref(f);
}

static int argv_copy(struct finding *f, const struct app_invocation *i)
{
	f->argv = calloc(i->argc + 1, sizeof(*f->argv));
	for (; f->argv && f->argc < i->argc; f->argc++) {
		f->argv[f->argc] = strdup(i->argv[f->argc]);
		if (!f->argv[f->argc])
			return ENOMEM;
	}
	return f->argv ? 0 : ENOMEM;
}

static struct finding *finding_new(const struct app_invocation *i,
				   struct list *list)
{
	struct finding *f = mem_zalloc(sizeof(*f), destructor);

	if (!f)
		return NULL;
	f->a = i->app;
	f->origin = i->origin;
	list_append(list, &f->le, f);
	return argv_copy(f, i) ? mem_deref(f) : f;
}

int app_contact_or_ask(const struct app_invocation *i, struct uc_contact **cp)
{
	struct app *a = i->app;
	struct wsi *w = app_online(a);
	struct finding *f;
	int err;

	*cp = NULL;
	err = app_contact_find(a, app_argument_of(i, 1), cp, i->sink);
	if (err != ENOENT || !w)
		return err;
	f = finding_new(i, &a->findings);
	if (!f)
		return err;
	if (uc_search_alloc(&f->search, a->uc, i->argv[1],
			    UC_ALL_DIRECTORIES) ||
	    wsi_search(&f->request, w, f->search, found, f)) {
		mem_deref(f);
		return err; /* what is known here is all there is */
	}
	text_buf_reset(&i->sink->error);
	f->wait = mem_ref(app_wait_new(a, i->sink));
	return 0;
}

/* ---- while a log-in reads ---------------------------------------------- */

/** Arguments that are out of what it reads. */
static const bool is_read[APP_ARG_KIND_COUNT] = {
	[APP_ARG_CONTACT] = true,   [APP_ARG_RINGING] = true,
	[APP_ARG_PERSONAL] = true,  [APP_ARG_NUMBER_OF] = true,
	[APP_ARG_FAVOURITE] = true, [APP_ARG_CALL] = true,
	[APP_ARG_GROUP] = true,	    [APP_ARG_INTO] = true,
	[APP_ARG_ENTRY] = true,	    [APP_ARG_CONVERSATION] = true,
	[APP_ARG_VOICE] = true,
};

bool app_is_too_early(const struct app_invocation *i)
{
	const struct app_argument *g = i->command->arguments;

	/* Who sees the screen sees that it is being read. */
	if (i->app->login.synced || i->origin != APP_FROM_SHELL ||
	    !i->sink->done || !app_online(i->app))
		return false;
	while (g && g->name && !is_read[g->kind])
		g++;
	return i->command->reads || (g && g->name);
}

int app_run_later(const struct app_invocation *i)
{
	struct finding *f = finding_new(i, &i->app->too_early);

	if (!f)
		return ENOMEM;
	f->wait = mem_ref(app_wait_new(i->app, i->sink));
	return 0;
}

void app_findings_lost(struct app *a)
{
	struct finding *f;

	while ((f = list_ledata(a->too_early.head))) {
		list_unlink(&f->le);
		app_wait_over(f->wait, ENOTCONN,
			      _("The connection to the server has ended."));
		mem_deref(f);
	}
}

void app_findings_synced(struct app *a)
{
	struct finding *f;

	while ((f = list_ledata(a->too_early.head))) {
		list_unlink(&f->le);
		app_wait_run(f->wait, (const char *const *)f->argv, f->argc,
			     f->origin);
		mem_deref(f);
	}
}
