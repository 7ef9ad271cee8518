/**
 * @file app.c  The application as a whole: start, stop, sinks
 */
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"

#define LOG_MODULE "app"

enum { STOP_MS = 2000 };

static void destructor(void *arg)
{
	struct app *a = arg;

	a->stopping = true;
	a->model = mem_deref(a->model);
	a->turn = mem_deref(a->turn);
	tmr_cancel(&a->stop);
	app_searches_close(a);
	mem_deref(a->link_jobs);
	app_findings_close(a);
	app_listen_end(a);
	app_import_close(a);
	a->sound = mem_deref(a->sound);
	a->ice_adding = mem_deref(a->ice_adding);
	app_waits_close(a);
	app_login_close(a);
	app_calls_close(a);
	app_questions_close(a);
	app_undo_close(a);
	app_local_close(a);
	app_bindings_close(a);
	app_options_close(a);
	app_slots_close(a);
	app_commands_close(a);
	mem_deref(a->uc);
	mem_deref(a->store);
	mem_deref(a->net);
	mem_deref(a->notify);
	free(a->account);
}

static int make_parts(struct app *a, const struct app_prm *prm)
{
	const struct store_prm sp = {
		.config_file = prm->config_file,
		.state_dir = prm->state_dir,
		.cache_dir = prm->cache_dir,
	};
	int err;

	err = notify_alloc(&a->notify);
	if (!err)
		err = uc_alloc(&a->uc);
	if (!err)
		err = store_alloc(&a->store, &sp);
	if (!err)
		err = net_alloc(&a->net);
	if (!err)
		err = loop_turn_alloc(&a->turn, app_model_turn, a);
	if (!err)
		err = notify_subscribe(&a->model, uc_notify(a->uc),
				       UC_CHANGE_ALL, app_model_h, a);
	return err;
}

int app_alloc(struct app **ap, const struct app_prm *prm,
	      const struct app_handlers *h, void *arg)
{
	static const struct app_prm none;
	struct app *a;
	int err;

	if (!ap)
		return EINVAL;
	a = mem_zalloc(sizeof(*a), destructor);
	if (!a)
		return ENOMEM;
	if (h)
		a->h = *h;
	a->arg = arg;
	a->next_question = 1;
	list_init(&a->questions);
	list_init(&a->searches);
	list_init(&a->findings);
	list_init(&a->too_early);
	list_init(&a->waits);
	tmr_init(&a->stop);
	tmr_init(&a->cache);
	tmr_init(&a->local);
	tmr_init(&a->login.retry);
	app_calls_init(a);
	err = make_parts(a, prm ? prm : &none);
	if (!err)
		err = app_slots_init(a);
	if (!err)
		err = app_options_init(a);
	if (!err)
		err = app_commands_init(a);
	if (!err)
		err = app_cti_alloc(a);
	if (!err)
		err = text_set(&a->login.reason, "");
	if (err) {
		mem_deref(a);
		return err;
	}
	app_config_read(a);
	*ap = a;
	return 0;
}

int app_start(struct app *a)
{
	unsigned i;

	if (!a)
		return EINVAL;
	for (i = 0; i < APP_SLOT_COUNT; i++)
		if (a->slots[i].automatic) {
			(void)app_login_begin(a, i, NULL, true);
			return 0;
		}
	/* The form begins with the slot that has something in it. */
	for (i = 0; i < APP_SLOT_COUNT; i++)
		if (!text_empty(a->slots[i].user)) {
			a->login.slot = i;
			break;
		}
	app_tell(a, APP_CHANGE_LOGIN, NULL);
	return 0;
}

static void stopped(void *arg)
{
	struct app *a = arg;
	void (*h)(void *) = a->stopped;

	tmr_cancel(&a->stop);
	a->stopped = NULL;
	if (h)
		h(a->stopped_arg);
}

/** The session is over and no call of ours is left. */
static void stop_check(void *arg)
{
	struct app *a = arg;

	if (!a->login.wsi && !app_calls_voip(a))
		stopped(a);
	else if (time_mono_ms() >= a->stop_until)
		stopped(a);
	else
		tmr_start(&a->stop, 10, stop_check, a);
}

void app_stop(struct app *a, void (*done)(void *arg), void *arg)
{
	if (!a || a->stopping)
		return;
	a->stopping = true;
	a->stopped = done;
	a->stopped_arg = arg;
	app_local_save(a);
	app_calls_hang_up_voip(a);
	app_login_logout(a);
	a->stop_until = time_mono_ms() + STOP_MS;
	tmr_start(&a->stop, 0, stop_check, a);
}

struct uc *app_uc(struct app *a)
{
	return a ? a->uc : NULL;
}

struct notify *app_notify(struct app *a)
{
	return a ? a->notify : NULL;
}

void app_tell(struct app *a, uint32_t change, const void *subject)
{
	if (a->notify)
		notify_emit(a->notify, change, subject);
}

/* ---- sinks ------------------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static void
vprint(struct text_buf *b, const char *fmt, va_list ap)
{
	char *s = NULL;

	if (vasprintf(&s, fmt, ap) < 0)
		return;
	text_buf_add(b, s);
	free(s);
}

int app_sink_fail(struct app_sink *s, int err, const char *fmt, ...)
{
	struct text_buf said = {0};
	va_list ap;
	char *safe;

	if (!s)
		return err;
	va_start(ap, fmt);
	vprint(&said, fmt, ap);
	va_end(ap);
	/* It repeats what was given, and goes to a terminal. */
	safe = text_clean_lines(said.buf, said.len, TEXT_MESSAGE_MAX);
	text_buf_reset(&s->error);
	text_buf_add(&s->error, safe ? safe : "");
	text_buf_reset(&said);
	free(safe);
	return err;
}

void app_sink_print(struct app_sink *s, const char *fmt, ...)
{
	va_list ap;

	if (!s)
		return;
	va_start(ap, fmt);
	vprint(&s->text, fmt, ap);
	va_end(ap);
	text_buf_add(&s->text, "\n");
}

void app_sink_reset(struct app_sink *s)
{
	if (!s)
		return;
	app_wait_forget(s);
	text_buf_reset(&s->text);
	text_buf_reset(&s->error);
	json_writer_free(s->data);
	s->data = NULL;
}

const char *app_argument_of(const struct app_invocation *i, size_t n)
{
	return n < i->argc ? i->argv[n] : "";
}
