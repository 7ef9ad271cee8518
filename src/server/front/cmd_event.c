/**
 * @file cmd_event.c  What a session wants to hear of, and the poll for it
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

/* Calls of a phone are told to whom it belongs. */
void run_event_start(struct request *r)
{
	const char *device = request_text(r, PROTO_PARAM_DEVICE_OBJECT);
	const char *filter = request_text(r, PROTO_PARAM_FILTER);
	const struct db_account *a = db_account(r->front->db, device);
	struct text_buf b = {NULL, 0, 0, 0};
	int err;

	if (a && !a->trunk && !strcmp(filter, PROTO_FILTER_HOOKSTATE)) {
		err = watch_add(&r->session->hooks, device);
		if (!err)
			session_push_hook(r->session, device);
		answer_errno(r, err);
	} else if (a && !strcmp(device, request_user(r))) {
		answer_errno(r, watch_add(&r->session->monitors, device));
	} else {
		xml_begin(&b);
		text_buf_printf(&b, "<%s %s=\"false\"/>", r->name,
				proto_attribute(PROTO_ATTRIBUTE_LOCAL));
		answer_xml(r, text_buf_take(&b));
	}
}

void run_event_stop(struct request *r)
{
	const char *device = request_text(r, PROTO_PARAM_DEVICE_OBJECT);

	watch_remove(&r->session->monitors, device);
	if (*device)
		watch_remove(&r->session->hooks, device);
	answer_done(r);
}

void run_get_events(struct request *r)
{
	int64_t wait = 0;

	if (!r->front->prm.plain)
		wait = request_int(r, PROTO_PARAM_WAIT, 0, WAIT_MAX_S, 0);
	session_poll(r->session, r, (uint32_t)wait);
}

/* ---- lamps ------------------------------------------------------------- */

/* The devices named that are phones here; others are passed over. */
static int subscribe(struct session *s, char *devices)
{
	char *save = NULL;
	int err = 0;

	for (char *d = strtok_r(devices, ", ", &save); d && !err;
	     d = strtok_r(NULL, ", ", &save)) {
		const struct db_account *a = db_account(s->front->db, d);

		if (!a || a->trunk)
			continue;
		err = watch_add(&s->hooks, d);
		if (!err)
			session_push_hook(s, d);
	}
	return err;
}

void run_hook_subscribe(struct request *r)
{
	char *devices = strdup(request_text(r, PROTO_PARAM_DEVICES));
	int err = 0;

	if (!devices) {
		err = ENOMEM;
	} else if (!strcmp(devices, "*") && !r->front->prm.plain) {
		r->session->hooks_all = true;
		session_push_hooks(r->session);
	} else {
		err = subscribe(r->session, devices);
	}
	free(devices);
	answer_errno(r, err);
}

void run_hook_unsubscribe(struct request *r)
{
	char *devices = strdup(request_text(r, PROTO_PARAM_DEVICES));
	char *save = NULL;

	if (!devices) {
		answer_errno(r, ENOMEM);
		return;
	}
	if (!*devices || !strcmp(devices, "*")) {
		r->session->hooks_all = false;
		watch_remove(&r->session->hooks, "");
	}
	for (char *d = strtok_r(devices, ", ", &save); d;
	     d = strtok_r(NULL, ", ", &save))
		watch_remove(&r->session->hooks, d);
	free(devices);
	answer_done(r);
}
