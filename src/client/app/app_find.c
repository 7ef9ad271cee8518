/**
 * @file app_find.c  Commands about somebody whom only the server knows
 */
#include <stdlib.h>
#include "app_int.h"

/** A command that waits for the server's directories. */
struct finding {
	struct le le;
	struct app *a;
	struct app_wait *wait;
	struct uc_search *search;
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
	f = mem_zalloc(sizeof(*f), destructor);
	if (!f)
		return err;
	f->a = a;
	f->origin = i->origin;
	list_append(&a->findings, &f->le, f);
	if (argv_copy(f, i) ||
	    uc_search_alloc(&f->search, a->uc, i->argv[1],
			    UC_ALL_DIRECTORIES) ||
	    wsi_search(&f->request, w, f->search, found, f)) {
		mem_deref(f);
		return err; /* what is known here is all there is */
	}
	text_buf_reset(&i->sink->error);
	f->wait = mem_ref(app_wait_new(a, i->sink));
	return 0;
}
