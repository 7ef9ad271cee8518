/**
 * @file cmd_parked.c  Calls that wait for anybody to take them
 */
#define LOG_MODULE "front"
#include "front_int.h"

static void put(const struct pbx_parked *p, void *arg)
{
	struct json_writer *w = arg;

	json_object(w);
	json_add_int(w, proto_member(PROTO_MEMBER_SLOT), p->slot);
	json_add_string(w, proto_member(PROTO_MEMBER_NUMBER), p->number);
	json_add_string(w, proto_member(PROTO_MEMBER_NAME), p->name);
	json_add_string(w, proto_member(PROTO_MEMBER_BY), p->by);
	json_add_int(w, proto_member(PROTO_MEMBER_AT), p->since_ms);
	json_end(w);
}

static void put_all(const struct front *f, struct json_writer *w)
{
	json_name(w, proto_member(PROTO_MEMBER_PARKED));
	json_array(w);
	pbx_parked(f->pbx, put, w);
	json_end(w);
}

void run_parked(struct request *r)
{
	struct json_writer *w = json_writer_new();

	json_object(w);
	put_all(r->front, w);
	json_end(w);
	answer_writer(r, w);
}

struct event *event_parked(const struct front *f)
{
	struct json_writer *w = event_begin(PROTO_EVENT_PARKED);

	put_all(f, w);
	return event_finish(w);
}
