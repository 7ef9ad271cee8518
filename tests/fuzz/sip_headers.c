/**
 * @file sip_headers.c  What is read of a message that libre has decoded
 */
#include <assert.h>
#include <stdlib.h>
#include "../../src/lib/sip/sip_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(char *s)
{
	assert(!s || text_valid(s, strlen(s)));
	free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const headers[] = {
		"From",	    "To",	   "Contact",
		"Refer-To", "Referred-By", "P-Asserted-Identity"};
	static struct sip_stack stack;
	struct httpauth_digest_resp resp;
	const struct sip_message *m;
	struct sip_leg *leg = NULL;
	const struct sip_hdr *h;
	struct sip_msg *msg;
	struct mbuf *mb = mbuf_alloc(size ? size : 1);

	if (!mb)
		return 0;
	(void)mbuf_write_mem(mb, data, size);
	mb->pos = 0;
	if (sip_msg_decode(&msg, mb)) {
		mem_deref(mb);
		return 0;
	}
	m = message_of(msg);
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		take(sip_message_header(m, headers[i]));
		take(sip_message_name(m, headers[i]));
		take(sip_message_user(m, headers[i]));
	}
	take(sip_message_request_user(m));
	take(sip_message_call_id(m));
	assert(event_package(msg) <= SIP_EVENT_PACKAGES);
	if (msg->req) {
		(void)replaces_judge(&stack, msg, &leg);
		assert(!leg);
	}
	h = sip_msg_hdr(msg, SIP_HDR_AUTHORIZATION);
	if (msg->req && h && !httpauth_digest_response_decode(&resp, &h->val)) {
		(void)digest_is_for(msg, &resp);
		(void)digest_is_fresh(&stack, &resp);
		assert(!digest_is_fresh(&stack, &resp));
		stack.replay = mem_deref(stack.replay);
	}
	mem_deref(msg);
	mem_deref(mb);
	return 0;
}
