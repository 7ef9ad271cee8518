/**
 * @file answer.c  Answers, in XML or in JSON
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

static const char xml_type[] = "text/xml; charset=utf-8";
static const char json_type[] = "application/json";

static void hand_over(struct request *r, const struct answer *a)
{
	answer_h *h = r->h;

	if (r->answered)
		return;
	r->answered = true;
	r->h = NULL;
	tmr_cancel(&r->tmr);
	list_unlink(&r->pending);
	if (h)
		h(a, r->arg);
}

void answer_bytes(struct request *r, const char *type, const char *bytes,
		  size_t len)
{
	const struct answer a = {
		.status = 200,
		.type = type,
		.body = bytes,
		.len = len,
	};

	hand_over(r, &a);
}

static void answer(struct request *r, unsigned status, const char *type,
		   char *body)
{
	struct answer a = {
		.status = body ? status : 500,
		.type = type,
		.body = body ? body : "",
		.len = body ? strlen(body) : 0,
	};

	hand_over(r, &a);
	if (body)
		explicit_bzero(body, a.len);
	free(body);
}

void answer_xml(struct request *r, char *xml)
{
	answer(r, 200, xml_type, xml);
}

void answer_json(struct request *r, char *json)
{
	answer(r, 200, json_type, json);
}

void answer_writer(struct request *r, struct json_writer *w)
{
	answer_json(r, json_writer_take(w));
	json_writer_free(w);
}

/* ---- XML --------------------------------------------------------------- */

void xml_begin(struct text_buf *b)
{
	text_buf_add(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

void xml_open(struct text_buf *b, const char *name)
{
	text_buf_printf(b, "<%s>", name);
}

void xml_close(struct text_buf *b, const char *name)
{
	text_buf_printf(b, "</%s>", name);
}

void xml_leaf(struct text_buf *b, enum proto_element e, const char *text)
{
	const char *name = proto_element(e);

	if (text_empty(text)) {
		text_buf_printf(b, "<%s/>", name);
		return;
	}
	xml_open(b, name);
	xml_escape(b, text);
	xml_close(b, name);
}

void xml_leaf_int(struct text_buf *b, enum proto_element e, int64_t n)
{
	const char *name = proto_element(e);

	text_buf_printf(b, "<%s>%lld</%s>", name, (long long)n, name);
}

/* ---- it worked, it did not --------------------------------------------- */

void answer_done(struct request *r)
{
	struct text_buf b = {NULL, 0, 0, 0};

	if (r->front && request_is_json(r)) {
		answer_json(r, strdup("{}"));
		return;
	}
	xml_begin(&b);
	text_buf_printf(&b, "<%s/>",
			r->command == PROTO_COMMAND_LOGOUT
				? proto_element(PROTO_ELEMENT_LOGOUT)
				: r->name);
	answer_xml(r, text_buf_take(&b));
}

static void refuse_json(struct request *r, enum proto_reason reason)
{
	struct json_writer *w = json_writer_new();

	json_object(w);
	json_add_string(w, proto_member(PROTO_MEMBER_ERROR),
			proto_reason(reason));
	json_end(w);
	answer_writer(r, w);
}

static void refuse_xml(struct request *r, enum proto_reason reason,
		       const char *csta)
{
	bool login = r->command == PROTO_COMMAND_LOGIN;
	const char *root = login ? proto_element(PROTO_ELEMENT_LOGIN) : r->name;
	const char *error = proto_element(PROTO_ELEMENT_ERROR);
	struct text_buf b = {NULL, 0, 0, 0};

	xml_begin(&b);
	if (strcmp(root, error))
		xml_open(&b, root);
	if (login)
		xml_leaf(&b, PROTO_ELEMENT_ID, "0");
	xml_open(&b, error);
	xml_leaf(&b, PROTO_ELEMENT_REASON, proto_reason(reason));
	if (csta)
		xml_leaf(&b, PROTO_ELEMENT_CSTA_ERROR_CODE, csta);
	xml_close(&b, error);
	if (strcmp(root, error))
		xml_close(&b, root);
	answer_xml(r, text_buf_take(&b));
}

void answer_reason(struct request *r, enum proto_reason reason)
{
	if (r->front && request_is_json(r))
		refuse_json(r, reason);
	else
		refuse_xml(r, reason, NULL);
}

/* What an errno is called: to everybody, and by ECMA-323 §9 (errors). */
static const struct {
	int err;
	enum proto_reason reason;
	const char *csta;
} errors[] = {
	{EINVAL, PROTO_REASON_BAD_PARAMETER, "invalidParameterValue"},
	{EEXIST, PROTO_REASON_BAD_PARAMETER, "invalidParameterValue"},
	{ENOENT, PROTO_REASON_NOT_FOUND, "invalidConnectionIdentifier"},
	{EPERM, PROTO_REASON_NOT_ALLOWED, "notAuthorized"},
	{ENOTSUP, PROTO_REASON_NOT_OFFERED, "serviceNotSupported"},
	{EPROTO, PROTO_REASON_INVALID_STATE, "invalidConnectionState"},
	{ELOOP, PROTO_REASON_COMES_BACK, "invalidForwardingDestination"},
	{EISDIR, PROTO_REASON_IS_GROUP, "invalidForwardingDestination"},
	{EXDEV, PROTO_REASON_IS_FORWARDED, "invalidForwardingDestination"},
	{EALREADY, PROTO_REASON_INVALID_STATE, "invalidConnectionState"},
	{EHOSTUNREACH, PROTO_REASON_UNREACHABLE, "deviceOutOfService"},
	{EBUSY, PROTO_REASON_BUSY, "resourceBusy"},
	{ENOSPC, PROTO_REASON_NO_SPACE, "resourceLimitExceeded"},
	{EDQUOT, PROTO_REASON_TOO_MANY, "resourceLimitExceeded"},
};

static size_t error_row(int err)
{
	size_t i = 0;

	while (i < sizeof(errors) / sizeof(errors[0]) && errors[i].err != err)
		i++;
	return i;
}

enum proto_reason front_reason(int err)
{
	size_t i = error_row(err);

	return i < sizeof(errors) / sizeof(errors[0]) ? errors[i].reason
						      : PROTO_REASON_INTERNAL;
}

void answer_errno(struct request *r, int err)
{
	if (err)
		answer_reason(r, front_reason(err));
	else
		answer_done(r);
}

void answer_csta(struct request *r, int err)
{
	size_t i = error_row(err);

	if (!err)
		answer_done(r);
	else
		refuse_xml(r, front_reason(err),
			   i < sizeof(errors) / sizeof(errors[0])
				   ? errors[i].csta
				   : "generic");
}

struct json_writer *answer_begin(struct request *r, int err)
{
	struct json_writer *w;

	if (!r->front)
		return NULL;
	if (err) {
		answer_errno(r, err);
		return NULL;
	}
	w = json_writer_new();
	if (!w)
		answer_errno(r, ENOMEM);
	json_object(w);
	return w;
}

void answer_end(struct request *r, struct json_writer *w)
{
	json_end(w);
	answer_writer(r, w);
}

void answer_count(struct request *r, int err, size_t count,
		  enum proto_member member)
{
	struct json_writer *w = answer_begin(r, err);

	if (w) {
		json_add_int(w, proto_member(member), (int64_t)count);
		answer_end(r, w);
	}
	mem_deref(r);
}
