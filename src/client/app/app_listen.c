/**
 * @file app_listen.c  A voice message, listened to right here
 *
 * Its sound is fetched, laid into the built-in phone's device, and looked at
 * as long as it runs, for a line on the screens. It rests while there is a
 * call that is not on hold. Heard it is once a second of it was.
 */
#include <stdlib.h>
#include "call_int.h"

#define LOG_MODULE "app"

enum {
	EVERY_MS = 100,
	STEP_MS = 1000, /**< the screens are told of each */
	HEARD_MS = 1000,
};

/** What faster and slower go through, percent. */
static const unsigned paces[] = {50, 75, 100, 125, 150, 200};
enum { AS_IT_IS = 2 };

struct listen {
	struct app *a;
	char *entry, *name;
	struct wsi_request *request; /**< for its sound */
	struct app_wait *wait;	     /**< until it is heard, or is not */
	struct tmr tmr;
	bool laid;
	bool paused;
	bool marked;	 /**< as heard */
	char *unheard;	 /**< why it cannot be */
	unsigned pace;	 /**< of paces */
	uint32_t told_s; /**< the second that the screens show */
};

static struct app_carrier *player(const struct app *a)
{
	struct app_carrier *k = app_voip_carrier(a);

	return k && k->m.tape ? k : NULL;
}

static void destructor(void *arg)
{
	struct listen *l = arg;
	struct app_carrier *k = player(l->a);

	tmr_cancel(&l->tmr);
	mem_deref(l->request);
	mem_deref(l->wait);
	if (k)
		(void)k->m.tape(k->carrier, NULL, 0, NULL, NULL);
	free(l->entry);
	free(l->name);
	free(l->unheard);
}

static void over(struct app *a, int err, const char *text)
{
	struct listen *l = a->listen;
	struct app_wait *wait;

	if (!l)
		return;
	a->listen = NULL;
	wait = mem_ref(l->wait);
	mem_deref(l);
	app_wait_over(wait, err, text ? text : "");
	mem_deref(wait);
	app_tell(a, APP_CHANGE_LISTENING, NULL);
}

void app_listen_end(struct app *a)
{
	over(a, 0, NULL);
}

/* ---- which ------------------------------------------------------------- */

const struct uc_entry *app_voice_find(const struct app *a, const char *id,
				      struct uc_conversation **vp)
{
	const struct uc_entry *best = NULL, *e;
	struct uc_conversation *v;
	size_t i, k;

	if (!text_empty(id)) {
		e = uc_entry_by_id(a->uc, id, vp);
		return e && e->kind == UC_VOICE_MESSAGE ? e : NULL;
	}
	for (i = 0; (v = uc_conversation_at(a->uc, i)); i++) {
		for (k = 0; k < v->entry_count; k++) {
			e = &v->entries[k];
			if (e->kind != UC_VOICE_MESSAGE)
				continue;
			/* the oldest of the new ones, else the newest */
			if (best && (best->unread != e->unread
					     ? best->unread
					     : (best->at_ms < e->at_ms) ==
						       best->unread))
				continue;
			best = e;
			*vp = v;
		}
	}
	return best;
}

/* ---- while it runs ----------------------------------------------------- */

bool app_listening(const struct app *a, struct app_listening *out)
{
	const struct listen *l = a ? a->listen : NULL;
	struct app_carrier *k = l ? player(a) : NULL;

	if (!l)
		return false;
	*out = (struct app_listening){
		.entry = l->entry,
		.name = l->name,
		.loading = !l->laid,
		.paused = l->paused,
		.pace = paces[l->pace],
	};
	if (k)
		(void)k->m.tape_state(k->carrier, &out->at_ms, &out->length_ms);
	return true;
}

static bool has_ended(const struct listen *l)
{
	struct app_carrier *k = player(l->a);
	uint32_t at, length;

	return !k || !k->m.tape_state(k->carrier, &at, &length) || at >= length;
}

static void marked(const struct wsi_result *r, void *arg)
{
	(void)arg;
	if (r->status != WSI_OK)
		log_warn("a message is not marked as heard: %s", r->reason);
}

static void mark(struct listen *l)
{
	struct wsi *w = app_online(l->a);
	const struct uc_entry *e = uc_entry_by_id(l->a->uc, l->entry, NULL);

	l->marked = true;
	if (w && e && e->unread)
		(void)wsi_voicemail_heard(NULL, w, l->entry, marked, NULL);
}

static void look(void *arg);

void app_listen_unheard(struct app *a, const char *why)
{
	struct listen *l = a->listen;

	/* The device tells from within run() */
	if (l && l->laid && !l->paused && !text_set(&l->unheard, why))
		tmr_start(&l->tmr, 0, look, l);
}

static void unheard(struct listen *l)
{
	struct app *a = l->a;
	char *line = text_printf(_("It cannot be heard, sound does not work: "
				   "%s"),
				 l->unheard);
	bool told = l->wait != NULL;

	over(a, EIO, line);
	if (!told && line)
		uc_notice(a->uc, UC_NOTICE_ERROR, "%s", line);
	free(line);
}

/* It runs, or waits for the user: who has asked for it is told. */
static void begun(struct listen *l)
{
	struct app_wait *wait = l->wait;

	l->wait = NULL;
	app_wait_over(wait, 0, "");
	mem_deref(wait);
}

static void look(void *arg)
{
	struct listen *l = arg;
	struct app *a = l->a;
	struct app_carrier *k = player(a);
	uint32_t at = 0, length;

	if (l->unheard) {
		unheard(l);
		return;
	}
	begun(l);
	if (a->listen != l)
		return;
	if (has_ended(l)) {
		if (!l->marked)
			mark(l);
		over(a, 0, NULL);
		return;
	}
	if (k)
		(void)k->m.tape_state(k->carrier, &at, &length);
	if (at >= HEARD_MS && !l->marked)
		mark(l);
	if (at / STEP_MS != l->told_s) {
		l->told_s = at / STEP_MS;
		app_tell(a, APP_CHANGE_LISTENING, NULL);
	}
	tmr_start(&l->tmr, EVERY_MS, look, l);
}

/* A call has the device, or wants it. */
static bool is_busy(const struct app *a)
{
	struct le *le;

	for (le = a->calls.head; le; le = le->next) {
		const struct call *c = le->data;

		if (c->uc->state != UC_CALL_HELD &&
		    !app_call_over_state(c->uc->state))
			return true;
	}
	return false;
}

static int run(struct listen *l, bool on)
{
	struct app_carrier *k = player(l->a);
	int err = 0;

	if (!l->laid)
		return 0;
	if (on && is_busy(l->a))
		err = EBUSY;
	if (!err && k)
		err = k->m.tape_run(k->carrier, on);
	if (err)
		on = false;
	l->paused = !on;
	/* already to be looked at: it cannot be heard */
	if (on && !l->unheard)
		tmr_start(&l->tmr, EVERY_MS, look, l);
	else if (on)
		tmr_start(&l->tmr, 0, look, l);
	else
		tmr_cancel(&l->tmr);
	app_tell(l->a, APP_CHANGE_LISTENING, NULL);
	return err;
}

void app_listen_calls(struct app *a)
{
	if (a->listen && !a->listen->paused && is_busy(a)) {
		a->listen->paused = true;
		(void)run(a->listen, false);
	}
}

/* ---- how it begins ----------------------------------------------------- */

static void begin(struct listen *l)
{
	/* a call may have come meanwhile: then it waits for the user */
	if (l->paused || run(l, true))
		begun(l);
}

static void laid(int err, void *arg)
{
	struct listen *l = arg;

	if (err) {
		over(l->a, err,
		     _("What the server has sent cannot be played."));
		return;
	}
	l->laid = true;
	mem_ref(l);
	begin(l);
	if (l->a->listen == l)
		app_tell(l->a, APP_CHANGE_LISTENING, NULL);
	mem_deref(l);
}

static void came(const struct wsi_result *r, const void *wav, size_t len,
		 void *arg)
{
	struct listen *l = arg;
	struct app_carrier *k = player(l->a);
	int err = ENOTSUP;

	l->request = mem_deref(l->request);
	if (!wav) {
		over(l->a, app_errno_of(r->status),
		     text_empty(r->text) ? _("The server refused.") : r->text);
		return;
	}
	if (k)
		err = k->m.tape(k->carrier, wav, len, laid, l);
	if (err)
		over(l->a, err, _("The message cannot be played."));
}

/* @param id  Of a message, else NULL: the greeting of that number, or the
   note */
static int listen_to(struct app *a, const char *id, unsigned greeting,
		     const char *name, struct app_sink *sink)
{
	struct listen *l;
	int err;

	/* the same again: from its beginning */
	app_listen_end(a);
	if (is_busy(a))
		return app_sink_fail(sink, EBUSY,
				     _("Not in a call: it has the sound."));
	l = mem_zalloc(sizeof(*l), destructor);
	if (!l)
		return ENOMEM;
	tmr_init(&l->tmr);
	l->a = a;
	l->pace = AS_IT_IS;
	err = text_set(&l->entry, id ? id : "");
	if (!err)
		err = text_set(&l->name, name);
	if (!err && id)
		err = wsi_voicemail_get(&l->request, app_online(a), id, came,
					l);
	else if (!err)
		err = wsi_greeting_get(&l->request, app_online(a), greeting,
				       came, l);
	if (err) {
		mem_deref(l);
		return app_sink_fail(sink, err,
				     _("The message cannot be fetched."));
	}
	l->wait = mem_ref(app_wait_new(a, sink));
	a->listen = l;
	app_tell(a, APP_CHANGE_LISTENING, NULL);
	return 0;
}

int app_listen(struct app *a, const struct uc_entry *e, const char *name,
	       struct app_sink *sink)
{
	return listen_to(a, e->id, 0, name, sink);
}

int app_listen_greeting(struct app *a, unsigned number, struct app_sink *sink)
{
	char *name = number == WSI_NOTE ? text_dup(_("note to callers"))
					: text_printf(_("greeting %u"), number);
	int err;

	if (!player(a))
		err = app_sink_fail(sink, ENOTSUP,
				    _("This program has no built-in phone."));
	else
		err = name ? listen_to(a, NULL, number, name, sink) : ENOMEM;
	free(name);
	return err;
}

/* ---- what the user wants of it ----------------------------------------- */

int app_listen_pause(struct app *a, bool pause, struct app_sink *sink)
{
	struct listen *l = a->listen;

	if (!l)
		return ENOENT;
	if (!l->laid) {
		l->paused = pause;
		app_tell(a, APP_CHANGE_LISTENING, NULL);
	} else if (!pause) {
		/* one that was laid in while a call was on begins now */
		l->paused = false;
		begin(l);
		if (l->paused)
			return app_sink_fail(
				sink, EBUSY,
				_("Not in a call: it has the sound."));
	} else {
		(void)run(l, false);
	}
	return 0;
}

int app_listen_seek(struct app *a, int seconds, struct app_sink *sink)
{
	struct listen *l = a->listen;
	struct app_carrier *k = player(a);
	uint32_t at, length;
	int64_t to;

	(void)sink;
	if (!l || !l->laid || !k || !k->m.tape_state(k->carrier, &at, &length))
		return ENOENT;
	to = (int64_t)at + (int64_t)seconds * 1000;
	if (to < 0)
		to = 0;
	k->m.tape_seek(k->carrier,
		       to < (int64_t)length ? (uint32_t)to : length);
	app_tell(a, APP_CHANGE_LISTENING, NULL);
	return 0;
}

int app_listen_pace(struct app *a, int step, struct app_sink *sink)
{
	struct listen *l = a->listen;
	struct app_carrier *k = player(a);

	(void)sink;
	if (!l || !k)
		return ENOENT;
	if (!step)
		l->pace = AS_IT_IS;
	else if (step < 0 && l->pace)
		l->pace--;
	else if (step > 0 && l->pace + 1 < ARRAY_SIZE(paces))
		l->pace++;
	k->m.tape_pace(k->carrier, paces[l->pace]);
	app_tell(a, APP_CHANGE_LISTENING, NULL);
	return 0;
}
