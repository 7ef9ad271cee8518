/**
 * @file cmd_phone.c  What a phone does by itself: where its calls go, what
 * stands on its display
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

/* ---- forwarding -------------------------------------------------------- */

/* ECMA-323's names. */
static const char *const kinds[FEATURE_FORWARD_COUNT] = {
	[FEATURE_FORWARD_IMMEDIATE] = "forwardImmediate",
	[FEATURE_FORWARD_BUSY] = "forwardBusy",
	[FEATURE_FORWARD_NO_ANSWER] = "forwardNoAns",
};

/* Whose settings they are; has answered where it is NULL. */
static const char *own_extension(struct request *r)
{
	const char *device = own_device(r, PROTO_PARAM_DEVICE);

	return device ? feature_line(r->front->features, device) : NULL;
}

void run_get_forwarding(struct request *r)
{
	const struct features *f = r->front->features;
	const char *extension = own_extension(r);
	const char *item = proto_element(PROTO_ELEMENT_FORWARD_LIST_ITEM);
	struct text_buf b = {NULL, 0, 0, 0};

	if (!extension)
		return;
	xml_begin(&b);
	xml_open(&b, r->name);
	for (unsigned i = 0; i < FEATURE_FORWARD_COUNT; i++) {
		const char *to = feature_forwarding(f, extension, i);

		xml_open(&b, item);
		xml_leaf(&b, PROTO_ELEMENT_FORWARDING_TYPE, kinds[i]);
		xml_leaf(&b, PROTO_ELEMENT_FORWARD_STATUS,
			 *to ? "true" : "false");
		xml_leaf(&b, PROTO_ELEMENT_FORWARD_DN, to);
		xml_close(&b, item);
	}
	xml_leaf(&b, PROTO_ELEMENT_CALL_ME, feature_call_me(f, extension));
	xml_close(&b, r->name);
	answer_xml(r, text_buf_take(&b));
}

static unsigned kind_of(const char *name)
{
	unsigned i = 0;

	if (!*name)
		return FEATURE_FORWARD_IMMEDIATE;
	while (i < FEATURE_FORWARD_COUNT && strcmp(kinds[i], name) != 0)
		i++;
	return i;
}

void run_set_forwarding(struct request *r)
{
	const char *extension = own_extension(r);
	const char *on = request_text(r, PROTO_PARAM_ACTIVATE_FORWARD);
	const char *to = request_text(r, PROTO_PARAM_FORWARD_DN);
	unsigned kind = kind_of(request_text(r, PROTO_PARAM_FORWARDING_TYPE));
	bool off = !strcmp(on, "false") || !strcmp(on, "0");

	if (!extension)
		return;
	if (kind == FEATURE_FORWARD_COUNT || (!off && !*to))
		answer_csta(r, EINVAL);
	else
		feature_set_forwarding(r->front->features, extension, kind,
				       off ? NULL : to, csta_done, mem_ref(r));
}

void run_set_call_me(struct request *r)
{
	const char *extension = own_extension(r);

	if (extension)
		feature_set_call_me(r->front->features, extension,
				    request_text(r, PROTO_PARAM_PHONE_NUMBER),
				    csta_done, mem_ref(r));
}

/* ---- display ----------------------------------------------------------- */

/* As a text message (RFC 3428), which a phone that can shows. */
static void display(struct request *r, const char *text)
{
	const char *device = own_device(r, PROTO_PARAM_DEVICE);

	if (device)
		answer_csta(r, pbx_show(r->front->pbx, device, text));
}

void run_set_display(struct request *r)
{
	display(r, request_text(r, PROTO_PARAM_CONTENTS_OF_DISPLAY));
}

void run_clear_display(struct request *r)
{
	display(r, "");
}
