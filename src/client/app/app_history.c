/**
 * @file app_history.c  Conversations read further back than at the log-in
 *
 * The log-in brings what is newest of all. What is older is asked for by other
 * side and kind, a page each time that somebody wants to see it, from the
 * newest on: so no gap is left between what an earlier session has kept and
 * what came now.
 */
#include <stdlib.h>
#include "app_int.h"
#include "cmd_int.h"

/* One kind of entries with one number. */
struct stream {
	struct history *h;
	enum wsi_sort sort;
	char *number; /**< "": with all */
	int64_t before;
	bool more;
	struct wsi_request *request;
};

struct history {
	struct le le;
	struct app *a;
	char *id; /**< conversation's, "" for all */
	struct stream *streams;
	size_t count;
	size_t entries;	       /**< that there were before it was asked */
	bool whole;	       /**< it is to be read to its beginning */
	struct app_wait *wait; /**< who is told */
	char **next;	       /**< command that goes on then, or NULL */
	size_t next_count;
	enum app_origin origin;
};

static void next_free(struct history *h)
{
	for (size_t i = 0; i < h->next_count; i++)
		free(h->next[i]);
	free(h->next);
	h->next = NULL;
	h->next_count = 0;
}

static void destructor(void *arg)
{
	struct history *h = arg;

	list_unlink(&h->le);
	for (size_t i = 0; i < h->count; i++) {
		mem_deref(h->streams[i].request);
		free(h->streams[i].number);
	}
	free(h->streams);
	free(h->id);
	next_free(h);
	mem_deref(h->wait);
}

void app_histories_close(struct app *a)
{
	struct le *le;

	while ((le = a->histories.head))
		mem_deref(le->data);
}

static int stream_add(struct history *h, enum wsi_sort sort, const char *number)
{
	struct stream *more;

	for (size_t i = 0; i < h->count; i++)
		if (h->streams[i].sort == sort &&
		    !strcmp(h->streams[i].number, number))
			return 0;
	more = realloc(h->streams, (h->count + 1) * sizeof(*more));
	if (!more)
		return ENOMEM;
	h->streams = more;
	more[h->count] = (struct stream){
		.sort = sort,
		.number = strdup(number),
		.more = !wsi_whole(app_online(h->a), sort),
	};
	return more[h->count++].number ? 0 : ENOMEM;
}

static int streams_of(struct history *h, const struct uc_conversation *v)
{
	const struct uc_contact *c = v ? v->contact : NULL;
	const char *number = !v ? "" : text_empty(v->number) ? "-" : v->number;
	int err = 0;

	for (size_t i = 0; c && i < c->number_count && !err; i++) {
		err = stream_add(h, WSI_CALLS, c->numbers[i].number);
		if (!err)
			err = stream_add(h, WSI_VOICE, c->numbers[i].number);
	}
	if (!err && c && !text_empty(c->device))
		err = stream_add(h, WSI_MESSAGES, c->device);
	if (!c) {
		err = stream_add(h, WSI_CALLS, number);
		if (!err)
			err = stream_add(h, WSI_VOICE, number);
	}
	if (!err && !v)
		err = stream_add(h, WSI_MESSAGES, "");
	return err;
}

static bool more(const struct history *h)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->streams[i].more)
			return true;
	return false;
}

static bool reading(const struct history *h)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->streams[i].request)
			return true;
	return false;
}

void app_histories_anew(struct app *a)
{
	struct le *le = a->histories.head;

	while (le) {
		struct history *h = le->data;

		le = le->next;
		if (!reading(h))
			mem_deref(h);
	}
}

static struct history *find(const struct app *a, const char *id)
{
	for (struct le *le = a->histories.head; le; le = le->next) {
		struct history *h = le->data;

		if (!strcmp(h->id, id))
			return h;
	}
	return NULL;
}

static struct history *get(struct app *a, const struct uc_conversation *v)
{
	struct history *h = find(a, v ? v->id : "");

	if (h)
		return h;
	h = mem_zalloc(sizeof(*h), destructor);
	if (!h)
		return NULL;
	h->a = a;
	h->id = strdup(v ? v->id : "");
	if (!h->id || streams_of(h, v))
		return mem_deref(h);
	list_append(&a->histories, &h->le, h);
	return h;
}

static bool offered(const struct app *a)
{
	struct wsi *w = app_online(a);

	return w && (wsi_additions(w) & WSI_ADD_JOURNAL);
}

enum app_history app_history(const struct app *a,
			     const struct uc_conversation *v)
{
	struct history *h;

	if (!offered(a))
		return APP_HISTORY_UNKNOWN;
	h = get((struct app *)a, v); /* made when somebody looks */
	if (!h)
		return APP_HISTORY_UNKNOWN;
	return reading(h) ? APP_HISTORY_READING
	       : more(h)  ? APP_HISTORY_MORE
			  : APP_HISTORY_WHOLE;
}

/* ---- reading ----------------------------------------------------------- */

static size_t entries(const struct history *h)
{
	const struct uc_conversation *v;
	size_t n = 0;

	if (*h->id) {
		v = uc_conversation_by_id(h->a->uc, h->id);
		return v ? v->entry_count : 0;
	}
	for (size_t i = 0; (v = uc_conversation_at(h->a->uc, i)); i++)
		n += v->entry_count;
	return n;
}

static int ask(struct history *h);

static void over(struct history *h, int err, const char *text)
{
	struct app_wait *w = h->wait;
	struct app *a = h->a;

	h->wait = NULL;
	h->whole = false;
	app_tell(a, APP_CHANGE_HISTORY, NULL);
	if (w && h->next && !err)
		app_wait_run(w, (const char *const *)h->next, h->next_count,
			     h->origin);
	else
		app_wait_over(w, err, text);
	next_free(h);
	mem_deref(w);
}

static void answered(const struct wsi_result *r, void *arg)
{
	struct stream *s = arg;
	struct history *h = s->h;

	s->request = mem_deref(s->request);
	if (r->status == WSI_OK) {
		/* Not further back than the last page: it is the last. */
		s->more = r->more && r->last &&
			  (!s->before || r->last < s->before);
		s->before = r->last;
	} else if (r->status == WSI_NOT_OFFERED) {
		s->more = false;
	} else {
		mem_ref(h);
		over(h, app_errno_of(r->status),
		     text_empty(r->text) ? _("The server refused.") : r->text);
		mem_deref(h);
		return;
	}
	if (reading(h))
		return;
	mem_ref(h);
	/* What was known already is no news to whoever scrolls. */
	if (!more(h) || (!h->whole && entries(h) > h->entries) || ask(h))
		over(h, 0, "");
	mem_deref(h);
}

static int ask(struct history *h)
{
	struct wsi *w = app_online(h->a);
	int err = 0;

	h->entries = entries(h);
	for (size_t i = 0; i < h->count; i++) {
		struct stream *s = &h->streams[i];
		int e;

		s->h = h;
		if (!s->more || s->request)
			continue;
		e = wsi_older(&s->request, w, s->sort, s->number, s->before,
			      answered, s);
		if (e == ENOTSUP)
			s->more = false;
		else if (e)
			err = e;
	}
	return reading(h) ? 0 : err ? err : ENOENT;
}

int app_history_read(struct app *a, const struct uc_conversation *v, bool whole,
		     struct app_wait *w)
{
	struct history *h = offered(a) ? get(a, v) : NULL;
	int err;

	if (!h)
		return ENOTSUP;
	if (!more(h) && !reading(h))
		return ENOENT;
	if (h->wait && w && h->wait != w)
		return EBUSY;
	h->whole |= whole;
	if (w && !h->wait)
		h->wait = mem_ref(w);
	err = reading(h) ? 0 : ask(h);
	if (err)
		h->wait = mem_deref(h->wait);
	app_tell(a, APP_CHANGE_HISTORY, NULL);
	return err;
}

int app_history_then(const struct app_invocation *i,
		     const struct uc_conversation *v)
{
	struct app_wait *w = app_wait_new(i->app, i->sink);
	struct history *h = offered(i->app) ? get(i->app, v) : NULL;
	int err = w && h ? app_history_read(i->app, v, true, w) : ENOMEM;

	if (err == EBUSY)
		return app_sink_fail(i->sink, err,
				     _("It is being read just now: try "
				       "again."));
	if (err)
		return err;
	next_free(h);
	h->origin = i->origin;
	h->next = calloc(i->argc + 1, sizeof(*h->next));
	while (h->next && h->next_count < i->argc) {
		h->next[h->next_count] = strdup(i->argv[h->next_count]);
		if (!h->next[h->next_count])
			break;
		h->next_count++;
	}
	return h->next_count == i->argc ? 0 : ENOMEM;
}
