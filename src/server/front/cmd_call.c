/**
 * @file cmd_call.c  Call control, and the state of a phone
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

/* How long MakeCall waits for the phone to be taken off the hook. */
enum { MAKE_WAIT_MS = 25000 };

const char *connection_word(enum pbx_connection c)
{
	static const enum proto_state states[] = {
		[PBX_NULL] = PROTO_STATE_NULL,
		[PBX_INITIATED] = PROTO_STATE_INITIATED,
		[PBX_ALERTING] = PROTO_STATE_ALERTING,
		[PBX_CONNECTED] = PROTO_STATE_CONNECTED,
		[PBX_HELD] = PROTO_STATE_HOLD,
		[PBX_QUEUED] = PROTO_STATE_QUEUED,
		[PBX_FAILED] = PROTO_STATE_FAIL,
	};

	return (unsigned)c < sizeof(states) / sizeof(states[0])
		       ? proto_state(states[c])
		       : "";
}

const char *own_device(struct request *r, enum proto_param param)
{
	const struct db_account *a = db_account(r->front->db, request_user(r));
	const char *device = request_text(r, param);

	if (!a || !(a->can & DB_CAN_CTI) || !r->front->pbx)
		answer_csta(r, ENOTSUP);
	else if (text_empty(device))
		return a->extension;
	else if (strcmp(feature_line(r->front->features, device),
			a->extension) != 0)
		answer_csta(r, EPERM);
	else
		return device; /* one's own, or one of its several phones */
	return NULL;
}

/* ---- a call is made ---------------------------------------------------- */

static void answer_call_id(struct request *r, uint32_t call)
{
	struct text_buf b = {NULL, 0, 0, 0};

	xml_begin(&b);
	xml_open(&b, r->name);
	xml_leaf_int(&b, PROTO_ELEMENT_CALL_ID, call);
	xml_close(&b, r->name);
	answer_xml(r, text_buf_take(&b));
}

/* The number to be dialled, to free(). In Suite the server adds the access
   code to what is too long for an extension and has none (SPEC, two kinds of
   server). */
static char *number_to_dial(const struct request *r, const char *text)
{
	struct proto_dial_params p;
	char *plain = proto_number_normalise(text), *full;

	db_dial_params(r->front->db, &p);
	if (!plain || r->front->prm.mode != FRONT_SUITE ||
	    strspn(plain, "0123456789") <= p.extension_max ||
	    plain[strspn(plain, "0123456789")] ||
	    db_account(r->front->db, plain) ||
	    text_equal(plain, feature_voicemail(r->front->features)) ||
	    !strncmp(plain, p.access, strlen(p.access)))
		return plain;
	full = text_printf("%s%s", p.access, plain);
	free(plain);
	return full;
}

/* The phone that calls may be the user's mobile phone, which is called back:
   then it is in *phonep. */
static const char *calling_device(struct request *r, const char **phonep)
{
	const char *user = request_user(r);
	const char *phone = request_text(r, PROTO_PARAM_CALLING_DEVICE);
	bool mobile = feature_is_mobile(r->front->features, user, phone);

	*phonep = mobile ? phone : NULL;
	return own_device(r, mobile ? PROTO_PARAM_NONE
				    : PROTO_PARAM_CALLING_DEVICE);
}

static int make(struct request *r)
{
	const char *number =
		request_text(r, PROTO_PARAM_CALLED_DIRECTORY_NUMBER);
	const char *phone, *device = calling_device(r, &phone);
	char *plain;
	int err;

	if (!device)
		return EALREADY;
	plain = number_to_dial(r, number);
	err = plain ? pbx_make_call(r->front->pbx, device, phone, plain,
				    &r->call)
		    : EINVAL;
	free(plain);
	if (err)
		answer_csta(r, err);
	return err;
}

void run_mk_call(struct request *r)
{
	if (!make(r))
		answer_call_id(r, r->call);
}

/* The phone has not been taken off the hook: its events tell what is next. */
static void make_late(void *arg)
{
	struct request *r = arg;

	answer_call_id(r, r->call);
	mem_deref(r);
}

void run_make_call(struct request *r)
{
	if (make(r))
		return;
	mem_ref(r);
	list_append(&r->front->making, &r->pending, r);
	tmr_start(&r->tmr, MAKE_WAIT_MS, make_late, r);
}

void making_event(struct front *f, const struct pbx_event *ev)
{
	static const struct {
		enum pbx_cause cause;
		int err;
	} failures[] = {
		{PBX_CAUSE_NOT_OBTAINABLE, ENOENT},
		{PBX_CAUSE_UNREACHABLE, EHOSTUNREACH},
		{PBX_CAUSE_BUSY, EBUSY},
		{PBX_CAUSE_DO_NOT_DISTURB, EBUSY},
	};
	struct le *le = f->making.head;

	while (le) {
		struct request *r = le->data;
		int err = EPROTO;

		le = le->next;
		if (r->call != ev->call)
			continue;
		if (ev->type == PBX_ORIGINATED) {
			answer_call_id(r, r->call);
			mem_deref(r);
			continue;
		}
		if (ev->type != PBX_FAILED_EVENT &&
		    ev->type != PBX_CONNECTION_CLEARED)
			continue;
		for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]);
		     i++)
			if (failures[i].cause == ev->cause)
				err = failures[i].err;
		answer_csta(r, err);
		mem_deref(r);
	}
}

/* ---- a call is operated ------------------------------------------------ */

static void operate(struct request *r,
		    int (*service)(struct pbx *p, const char *device,
				   uint32_t call))
{
	const char *device = own_device(r, PROTO_PARAM_DEVICE_ID);
	int64_t call;

	if (!device)
		return;
	call = request_int(r, PROTO_PARAM_CALL_ID, 0, UINT32_MAX, -1);
	answer_csta(r,
		    call < 0 ? EINVAL
			     : service(r->front->pbx, device, (uint32_t)call));
}

void run_answer_call(struct request *r)
{
	operate(r, pbx_answer);
}

/* Of a conference, who has made it may clear another's connection. */
void run_clear_connection(struct request *r)
{
	const char *own = own_device(r, PROTO_PARAM_NONE);
	const char *who = request_text(r, PROTO_PARAM_DEVICE_ID);
	int64_t call = request_int(r, PROTO_PARAM_CALL_ID, 0, UINT32_MAX, -1);
	int err;

	if (!own)
		return;
	if (text_empty(who) ||
	    !strcmp(feature_line(r->front->features, who), own)) {
		operate(r, pbx_clear);
		return;
	}
	err = call < 0 ? EINVAL
		       : pbx_drop(r->front->pbx, own, (uint32_t)call, who);
	answer_csta(r, err == EPROTO ? EPERM : err);
}

void run_hold_call(struct request *r)
{
	operate(r, pbx_hold);
}

void run_end_conference(struct request *r)
{
	operate(r, pbx_end_conference);
}

void run_retrieve_call(struct request *r)
{
	operate(r, pbx_retrieve);
}

/* … with another of the device's calls. */
static void operate_two(struct request *r,
			int (*service)(struct pbx *p, const char *device,
				       uint32_t active, uint32_t held))
{
	const char *device = own_device(r, PROTO_PARAM_DEVICE_ID);
	int64_t call = request_int(r, PROTO_PARAM_CALL_ID, 0, UINT32_MAX, -1);
	int64_t held =
		request_int(r, PROTO_PARAM_HELD_CALL_ID, 0, UINT32_MAX, -1);

	if (device)
		answer_csta(r,
			    call < 0 || held < 0
				    ? EINVAL
				    : service(r->front->pbx, device,
					      (uint32_t)call, (uint32_t)held));
}

void run_alternate_call(struct request *r)
{
	operate_two(r, pbx_alternate);
}

void run_reconnect_call(struct request *r)
{
	operate_two(r, pbx_reconnect);
}

void run_conference_call(struct request *r)
{
	operate_two(r, pbx_conference);
}

void run_attended_transfer(struct request *r)
{
	operate_two(r, pbx_transfer_to);
}

/* … and a number. */
static void operate_to(struct request *r, enum proto_param param,
		       int (*service)(struct pbx *p, const char *device,
				      uint32_t call, const char *number))
{
	const char *device = own_device(r, PROTO_PARAM_DEVICE_ID);
	int64_t call = request_int(r, PROTO_PARAM_CALL_ID, 0, UINT32_MAX, -1);
	char *to = number_to_dial(r, request_text(r, param));

	if (device)
		answer_csta(r, call < 0 || !to ? EINVAL
					       : service(r->front->pbx, device,
							 (uint32_t)call, to));
	free(to);
}

void run_deflect_call(struct request *r)
{
	operate_to(r, PROTO_PARAM_NEW_DESTINATION, pbx_deflect);
}

void run_transfer_call(struct request *r)
{
	operate_to(r, PROTO_PARAM_TRANSFERRED_TO, pbx_transfer);
}

void run_consultation_call(struct request *r)
{
	const char *device = own_device(r, PROTO_PARAM_DEVICE_ID);
	int64_t call = request_int(r, PROTO_PARAM_CALL_ID, 0, UINT32_MAX, -1);
	char *to = number_to_dial(
		r, request_text(r, PROTO_PARAM_CONSULTED_DEVICE));
	uint32_t second;
	int err = call < 0 || !to ? EINVAL : 0;

	if (device && !err)
		err = pbx_consult(r->front->pbx, device, (uint32_t)call, to,
				  &second);
	free(to);
	if (!device)
		return;
	if (err)
		answer_csta(r, err);
	else
		answer_call_id(r, second);
}

/* ---- the state of a phone ---------------------------------------------- */

struct listing {
	struct text_buf b;
	const struct front *front;
	const struct db_account *account;
};

const char *member_name(const struct front *f, const char *viewer,
			const struct pbx_member *m)
{
	const char *name = text_empty(m->name)
				   ? db_name_of(f->db, viewer, m->number)
				   : m->name;

	return name ? name : "";
}

static void connection(const struct pbx_connection_info *c, void *arg)
{
	const char *name = proto_element(PROTO_ELEMENT_CONNECTION);
	const char *member = proto_element(PROTO_ELEMENT_MEMBER);
	struct listing *l = arg;
	const char *own = l->account->extension;
	const char *other = text_empty(c->peer_name)
				    ? db_name_of(l->front->db, own, c->peer)
				    : c->peer_name;
	const char *link;

	xml_open(&l->b, name);
	xml_leaf_int(&l->b, PROTO_ELEMENT_CALL_ID, c->call);
	xml_leaf(&l->b, PROTO_ELEMENT_LOCAL_CONNECTION_INFO,
		 connection_word(c->state));
	xml_leaf(&l->b, PROTO_ELEMENT_CALLING_DEVICE,
		 c->outgoing ? own : c->peer);
	xml_leaf(&l->b, PROTO_ELEMENT_CALLED_DEVICE,
		 c->outgoing ? c->peer : own);
	/* The caller's connection is connected long before that. */
	if (!c->answered_ms)
		xml_leaf(&l->b, PROTO_ELEMENT_ALERTING_DEVICE,
			 c->outgoing ? c->peer : own);
	xml_leaf(&l->b, PROTO_ELEMENT_CALLING_NAME,
		 c->outgoing ? l->account->name : other);
	xml_leaf(&l->b, PROTO_ELEMENT_CALLED_NAME,
		 c->outgoing ? other : l->account->name);
	xml_leaf(&l->b, PROTO_ELEMENT_CALL_DIRECTION,
		 c->outgoing ? "out" : "in");
	xml_leaf(&l->b, PROTO_ELEMENT_INTEXT, c->outside ? "ext" : "int");
	if (c->sides > 2)
		xml_leaf_int(&l->b, PROTO_ELEMENT_PARTIES, c->sides);
	link = feature_shared(l->front->features, own, c->call);
	if (link && !l->front->prm.plain)
		xml_leaf(&l->b, PROTO_ELEMENT_LINK, link);
	for (unsigned i = 0; i < c->member_count; i++) {
		xml_open(&l->b, member);
		xml_leaf(&l->b, PROTO_ELEMENT_NUMBER, c->members[i].number);
		xml_leaf(&l->b, PROTO_ELEMENT_NAME,
			 member_name(l->front, own, &c->members[i]));
		xml_close(&l->b, member);
	}
	xml_close(&l->b, name);
}

void run_device_state(struct request *r)
{
	const char *device = own_device(r, PROTO_PARAM_DEVICE_ID);
	struct listing l = {{NULL, 0, 0, 0}, r->front, NULL};

	if (!device)
		return;
	device = feature_line(r->front->features, device);
	l.account = db_account(r->front->db, device);
	xml_begin(&l.b);
	xml_open(&l.b, r->name);
	xml_leaf(&l.b, PROTO_ELEMENT_DEVICE_ID, device);
	pbx_connections(r->front->pbx, device, connection, &l);
	xml_close(&l.b, r->name);
	answer_xml(r, text_buf_take(&l.b));
}

void run_get_dnd(struct request *r)
{
	const char *device = own_device(r, PROTO_PARAM_DEVICE);
	struct text_buf b = {NULL, 0, 0, 0};

	if (!device)
		return;
	xml_begin(&b);
	xml_open(&b, r->name);
	xml_leaf(&b, PROTO_ELEMENT_DO_NOT_DISTURB_ON,
		 feature_dnd(r->front->features, device) ? "true" : "false");
	xml_close(&b, r->name);
	answer_xml(r, text_buf_take(&b));
}

void csta_done(int err, void *arg)
{
	struct request *r = arg;

	if (r->front)
		answer_csta(r, err);
	mem_deref(r);
}

void run_set_dnd(struct request *r)
{
	const char *device = own_device(r, PROTO_PARAM_DEVICE);
	const char *on = request_text(r, PROTO_PARAM_DO_NOT_DISTURB_ON);
	bool yes = !strcmp(on, "true") || !strcmp(on, "1");

	if (!device)
		return;
	if (!yes && strcmp(on, "false") && strcmp(on, "0"))
		answer_csta(r, EINVAL);
	else
		feature_set_dnd(r->front->features, device, yes, csta_done,
				mem_ref(r));
}
