/**
 * @file cmd_share.c  Web collaboration: a page for those in a call
 */
#define LOG_MODULE "front"
#include "front_int.h"

void run_collaborate(struct request *r)
{
	const char *device = own_device(r, PROTO_PARAM_DEVICE_ID);
	int64_t call = request_int(r, PROTO_PARAM_CALL_ID, 0, UINT32_MAX, -1);
	struct json_writer *w;
	const char *link;
	int err;

	if (!device)
		return;
	device = feature_line(r->front->features, device);
	err = call < 0 ? EINVAL
		       : feature_share(r->front->features, device,
				       (uint32_t)call, &link);
	if (err) {
		answer_csta(r, err);
		return;
	}
	w = json_writer_new();
	json_object(w);
	json_add_string(w, proto_member(PROTO_MEMBER_LINK), link);
	json_end(w);
	answer_writer(r, w);
}

void share_happened(struct front *f, const struct feature_share *share)
{
	struct json_writer *w = event_begin(PROTO_EVENT_COLLABORATION);
	struct event *e;
	char id[16];

	snprintf(id, sizeof(id), "%u", share->call);
	json_add_string(w, proto_member(PROTO_MEMBER_DEVICE_ID), share->device);
	json_add_string(w, proto_member(PROTO_MEMBER_CALL_ID), id);
	json_add_string(w, proto_member(PROTO_MEMBER_LINK), share->link);
	json_add_string(w, proto_member(PROTO_MEMBER_BY), share->by);
	e = event_finish(w);
	for (struct le *le = f->sessions.head; e && le; le = le->next) {
		struct session *s = le->data;

		if (watch_find(&s->monitors, share->device))
			session_push(s, e);
	}
	mem_deref(e);
}
