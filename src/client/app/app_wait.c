/**
 * @file app_wait.c  Answers to commands that come later
 *
 * What a server or a phone is asked for is not done when the command's handler
 * returns. A wait stands for the answer: whoever asked is told it, or, if
 * nobody waits, the user gets a notice of what failed. It ends with the
 * session at the latest, but for those for a session.
 */
#include <stdlib.h>
#include "app_int.h"

#define LOG_MODULE "app"

struct app_wait {
	struct le le; /**< in the application's waits, which hold it */
	struct app *a;
	struct app_sink *sink; /**< while the command runs, or is waited for */
	app_done_h *h;	       /**< NULL: nobody waits */
	void *arg;
	bool running; /**< the handler has not returned */
	bool over;
	bool quiet; /**< the screen shows by itself how it ended */
	bool kept;  /**< it outlives a session */
	/** How many will still say how it ended: a command may run others, and
	 *  all of them share the wait. The first one ends it, the last one
	 *  frees it. */
	unsigned asked;
	int err;
};

static void destructor(void *arg)
{
	struct app_wait *w = arg;

	list_unlink(&w->le);
}

struct app_wait *app_wait_new(struct app *a, struct app_sink *s)
{
	struct app_wait *w;

	if (s && s->wait) {
		s->wait->asked++;
		return s->wait;
	}
	w = mem_zalloc(sizeof(*w), destructor);
	if (!w)
		return NULL; /* nobody is told, that is all */
	w->a = a;
	w->asked = 1;
	list_append(&a->waits, &w->le, w);
	if (s && s->running) {
		w->sink = s;
		w->h = s->done;
		w->arg = s->done_arg;
		w->running = true;
		s->wait = w;
	}
	return w;
}

/** Out of the application's hands; those who hold it tell nobody any more. */
static void end(struct app_wait *w)
{
	w->over = true;
	if (w->sink)
		w->sink->wait = NULL;
	w->sink = NULL;
	list_unlink(&w->le);
	if (w->asked)
		list_append(&w->a->waits_over, &w->le, w);
	else
		mem_deref(w);
}

/** How it ended, to whoever waits. */
static void conclude(struct app_wait *w, int err, const char *text)
{
	app_done_h *h;

	if (w->over)
		return;
	if (w->running) {
		w->over = true;
		w->err = err;
		if (err)
			app_sink_fail(w->sink, err, "%s", text);
		return;
	}
	mem_ref(w);
	end(w);
	h = w->h;
	w->h = NULL;
	if (h)
		h(err, err ? text : "", w->arg);
	else if (err && err != ECANCELED && !w->quiet && !text_empty(text))
		uc_notice(w->a->uc, UC_NOTICE_ERROR, "%s", text);
	mem_deref(w);
}

void app_wait_over(struct app_wait *w, int err, const char *text)
{
	bool last = w && w->asked == 1;

	if (!w)
		return;
	if (w->asked)
		w->asked--;
	if (!w->over)
		conclude(w, err, text);
	else if (last && !w->running)
		mem_deref(w);
}

struct app_sink *app_wait_sink(const struct app_wait *w)
{
	return w && !w->over ? w->sink : NULL;
}

void app_wait_text(struct app_wait *w, const char *text)
{
	struct app_sink *sink = app_wait_sink(w);

	if (sink)
		text_buf_add(&sink->text, text);
	else if (w && !w->over)
		uc_notice(w->a->uc, UC_NOTICE_INFO, "%s", text);
	app_wait_over(w, 0, "");
}

void app_wait_quiet(struct app_wait *w)
{
	if (w)
		w->quiet = true;
}

void app_wait_keep(struct app_wait *w)
{
	if (w)
		w->kept = true;
}

int app_wait_settle(struct app_sink *s, int err)
{
	struct app_wait *w = s->wait;

	if (!w || !w->running)
		return err;
	w->running = false;
	if (w->over || err) {
		/* Who could not even ask says nothing. */
		if (!w->over && w->asked == 1)
			w->asked = 0;
		err = err ? err : w->err;
		end(w);
		return err;
	}
	if (w->h)
		return EINPROGRESS;
	w->sink->wait = NULL;
	w->sink = NULL;
	return 0;
}

void app_wait_forget(struct app_sink *s)
{
	if (!s->wait)
		return;
	s->wait->h = NULL;
	s->wait->sink = NULL;
	s->wait = NULL;
}

static void tell_user(struct app *a, int err, const struct app_sink *s)
{
	if (err)
		uc_notice(a->uc, UC_NOTICE_ERROR, "%s",
			  s->error.buf ? s->error.buf : "");
	else if (s->text.len)
		uc_notice(a->uc, UC_NOTICE_INFO, "%s", s->text.buf);
}

void app_wait_run(struct app_wait *w, const char *const *argv, size_t argc,
		  enum app_origin origin)
{
	struct app_sink own = {0}, *s = w->sink ? w->sink : &own;
	app_done_h *h = w->h;
	struct app *a = w->a;
	void *arg = w->arg;
	int err;

	if (w->over)
		return;
	if (w->asked)
		w->asked--;
	end(w);
	err = app_run(a, argv, argc, origin, s);
	if (s == &own) {
		tell_user(a, err, &own);
		app_sink_reset(&own);
	} else if (err != EINPROGRESS) {
		/* The handler writes into the sink, and frees it. */
		char *text = err ? text_buf_take(&s->error) : NULL;

		h(err, text ? text : "", arg);
		free(text);
	}
}

/* Whoever had still to say it is gone, or has a reference of its own. */
static void forget_over(struct app *a)
{
	struct le *le;

	while ((le = a->waits_over.head)) {
		struct app_wait *w = le->data;

		list_unlink(&w->le);
		w->asked = 0;
		mem_deref(w);
	}
}

void app_waits_end(struct app *a)
{
	struct le *le;

	app_import_ended(a);
	le = a->waits.head;
	while (le) {
		struct app_wait *w = le->data;

		le = le->next;
		if (w->kept)
			continue;
		conclude(w, ENOTCONN,
			 _("The connection to the server has ended."));
	}
	forget_over(a);
}

void app_waits_close(struct app *a)
{
	while (a->waits.head)
		end(a->waits.head->data);
	forget_over(a);
}

/* ---- what the server says ---------------------------------------------- */

void app_told(const struct wsi_result *r, void *arg)
{
	if (r->status == WSI_OK)
		app_wait_over(arg, 0, "");
	else
		app_wait_over(arg, app_errno_of(r->status),
			      text_empty(r->text) ? _("The server refused.")
						  : r->text);
}

int app_errno_of(enum wsi_status s)
{
	static const int errors[] = {
		[WSI_OK] = 0,
		[WSI_REFUSED] = EACCES,
		[WSI_NOT_OFFERED] = ENOTSUP,
		[WSI_FAILED] = EIO,
		[WSI_ENDED] = ENOTCONN,
	};

	return (unsigned)s < ARRAY_SIZE(errors) ? errors[s] : EIO;
}
