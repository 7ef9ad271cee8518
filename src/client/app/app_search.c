/**
 * @file app_search.c  Searching the directories; contacts as one names them
 */
#include <stdlib.h>
#include "app_int.h"

/*
 * Typing makes a search of every letter. What the model has shows at once;
 * the server is asked when the fingers rest, and only for a search that
 * somebody still looks at.
 */
enum { REST_MS = 90, LOOK_UP_MIN = 3 /**< digits */ };
/* What the server has said about a shorter word holds so long for a longer. */
enum { WHOLE_MS = 60 * 1000 };

struct asking {
	struct le le;
	struct app *a;
	struct uc_search *search;
	struct wsi_request *request;
	struct tmr tmr;
};

static void destructor(void *arg)
{
	struct asking *k = arg;

	tmr_cancel(&k->tmr);
	list_unlink(&k->le);
	mem_deref(k->request);
	mem_deref(k->search);
}

void app_searches_close(struct app *a)
{
	while (a->searches.head)
		mem_deref(a->searches.head->data);
	a->whole = mem_deref(a->whole);
}

static void answered(const struct wsi_result *r, void *arg)
{
	struct asking *k = arg;

	if (r->status != WSI_OK && r->status != WSI_NOT_OFFERED)
		uc_search_set_reason(k->search, r->text);
	if (r->status == WSI_OK) {
		mem_deref(k->a->whole);
		k->a->whole = mem_ref(k->search);
		k->a->whole_ms = time_mono_ms();
	}
	uc_search_set_pending(k->search, 0);
	mem_deref(k);
}

static void looked_up(const struct wsi_result *r, void *arg)
{
	/* A find stands in the model, which has told the views. */
	(void)r;
	(void)arg;
}

/* Searching compares what is written; whose a number is that is dialled with
 * an access code, the server knows. */
static void look_up(struct app *a, struct wsi *w, const char *query)
{
	char *number = proto_number_normalise(query);

	if (number && strlen(number) >= LOOK_UP_MIN &&
	    !uc_contact_by_number(a->uc, number))
		(void)wsi_lookup(NULL, w, number, looked_up, NULL);
	free(number);
}

static void ask(void *arg)
{
	struct asking *k = arg;
	struct wsi *w = app_online(k->a);

	/* Only this one holds it: whoever asked has gone on. */
	if (mem_nrefs(k->search) == 1) {
		mem_deref(k);
		return;
	}
	if (w)
		look_up(k->a, w, uc_search_query(k->search));
	if (!w || wsi_search(&k->request, w, k->search, answered, k)) {
		uc_search_set_pending(k->search, 0);
		mem_deref(k);
	}
}

int app_search(struct app *a, const char *query, enum uc_directory directory,
	       struct uc_search **sp)
{
	struct asking *k;
	struct uc_search *s;
	int err;

	if (!a || !sp)
		return EINVAL;
	err = uc_search_alloc(&s, a->uc, query, directory);
	if (err)
		return err;
	uc_search_local(s);
	*sp = s;
	if (!app_online(a)) {
		uc_search_set_reason(s, _("No connection: only what is known "
					  "here was searched."));
		return 0;
	}
	if (text_empty(query) || (time_mono_ms() - a->whole_ms < WHOLE_MS &&
				  uc_search_narrow(s, a->whole)))
		return 0;
	k = mem_zalloc(sizeof(*k), destructor);
	if (!k)
		return 0; /* without the server's hits */
	k->a = a;
	k->search = mem_ref(s);
	list_append(&a->searches, &k->le, k);
	uc_search_set_pending(s, 1);
	tmr_start(&k->tmr, REST_MS, ask, k);
	return 0;
}

bool app_show_search(struct app *a, const char *text)
{
	bool any = false;
	const struct app_shown shown = {
		.text = text, .directory = UC_ALL_DIRECTORIES, .any = &any};

	app_tell(a, APP_CHANGE_SHOW, &shown);
	return any;
}

/* ---- contacts as a person names them ----------------------------------- */

static int ambiguous(struct app_sink *s, const struct uc_search *search)
{
	struct text_buf b = {0};
	size_t i, n = uc_search_count(search);
	char *names;
	int err;

	for (i = 0; i < n && i < 5; i++)
		text_buf_printf(&b, "%s%s", i ? ", " : "",
				uc_search_at(search, i)->name);
	if (n > 5)
		text_buf_add(&b, ", …");
	names = text_buf_take(&b);
	err = app_sink_fail(s, EINVAL, _("\"%s\" may be %s: type more of it."),
			    uc_search_query(search), names ? names : "");
	free(names);
	return err;
}

/** Everybody whose whole name it is comes before those it begins. */
static size_t exact(const struct uc_search *search, struct uc_contact **cp)
{
	size_t i, n = 0;

	for (i = 0; i < uc_search_count(search); i++) {
		struct uc_contact *c = uc_search_at(search, i);

		if (uc_name_compare(c->name, uc_search_query(search)))
			continue;
		if (!n++)
			*cp = c;
	}
	return n;
}

int app_contact_choose(const struct uc_search *search, struct uc_contact **cp,
		       struct app_sink *s)
{
	struct uc_contact *c = NULL;

	if (exact(search, &c) == 1)
		*cp = c;
	else if (uc_search_count(search) == 1)
		*cp = uc_search_at(search, 0);
	else if (uc_search_count(search))
		return ambiguous(s, search);
	else
		return app_sink_fail(s, ENOENT, _("Nobody is known as \"%s\"."),
				     uc_search_query(search));
	return 0;
}

int app_contact_find(struct app *a, const char *text, struct uc_contact **cp,
		     struct app_sink *s)
{
	struct uc_search *search;
	struct uc_contact *c;
	int err;

	c = uc_contact_by_id(a->uc, text);
	if (!c)
		c = uc_contact_by_device(a->uc, text);
	if (!c)
		c = uc_contact_by_number(a->uc, text);
	if (c) {
		*cp = c;
		return 0;
	}
	if (text_empty(text))
		return app_sink_fail(s, EINVAL, _("No contact is named."));
	err = uc_search_alloc(&search, a->uc, text, UC_ALL_DIRECTORIES);
	if (err)
		return app_sink_fail(s, err, _("No memory."));
	uc_search_local(search);
	err = app_contact_choose(search, cp, s);
	mem_deref(search);
	return err;
}
