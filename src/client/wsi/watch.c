/**
 * @file watch.c  Asking to be told: of our own calls, of all phones
 */
#include "wsi_int.h"

enum { DEVICES_AT_ONCE = 50 }; /**< in one HookSubscribe */

static void monitor_answer(struct session *s, const struct answer *a,
			   void *data)
{
	(void)data;
	wsi_cannot(s, a, UC_CAN_CTI);
}

static bool refused_locally(const struct xml *x)
{
	const char *local = xml_attr(x, proto_attribute(PROTO_ATTRIBUTE_LOCAL));

	for (const struct xml *c = xml_first(x); c && !local; c = xml_next(c))
		local = xml_attr(c, proto_attribute(PROTO_ATTRIBUTE_LOCAL));
	return text_equal(local, "false");
}

/* EventStart is what clients of real systems use; MonitorStart is tried where
 * that is refused. */
static void event_start_answer(struct session *s, const struct answer *a,
			       void *data)
{
	struct params p = {0};
	(void)data;

	if (a->status == WSI_OK && !refused_locally(a->xml))
		return;
	if (a->status != WSI_OK && a->status != WSI_NOT_OFFERED &&
	    a->status != WSI_REFUSED)
		return;
	wsi_params_add(&p, PROTO_PARAM_DEVICE_OBJECT, s->device);
	wsi_read(s, PROTO_COMMAND_MONITOR_START, &p, monitor_answer,
		 COMMAND_SYNC);
}

void wsi_watch_calls(struct session *s)
{
	struct params p = {0};

	wsi_params_add(&p, PROTO_PARAM_DEVICE_OBJECT, s->device);
	wsi_read(s, PROTO_COMMAND_EVENT_START, &p, event_start_answer,
		 COMMAND_SYNC);
}

static void send_subscribe(struct session *s, const char *devices)
{
	struct params p = {0};

	wsi_params_add(&p, PROTO_PARAM_USER, s->user);
	wsi_params_add(&p, PROTO_PARAM_DEVICES, devices);
	wsi_read(s, PROTO_COMMAND_HOOK_SUBSCRIBE, &p, NULL, COMMAND_SYNC);
}

void wsi_watch_phones(struct session *s)
{
	struct text_buf list = {0};
	unsigned n = 0;

	if (s->additions & WSI_ADD_WAIT) {
		send_subscribe(s, "*");
		return;
	}
	for (size_t i = 0; i < uc_internal_count(s->uc); i++) {
		const struct uc_contact *c = uc_internal_at(s->uc, i);

		if (text_empty(c->device) || strchr(c->device, ','))
			continue;
		if (n++)
			text_buf_add(&list, ",");
		text_buf_add(&list, c->device);
		if (n < DEVICES_AT_ONCE)
			continue;
		if (list.buf && !list.err)
			send_subscribe(s, list.buf);
		text_buf_reset(&list);
		n = 0;
	}
	if (n && list.buf && !list.err)
		send_subscribe(s, list.buf);
	text_buf_reset(&list);
}
