/**
 * @file event.c  Event packages that can be watched (RFC 6665 §8.2.1)
 */
#include "sip_int.h"

const struct event_package event_packages[SIP_EVENT_PACKAGES] = {
	[SIP_EVENT_PRESENCE] = {"presence", "application", "pidf+xml"},
	[SIP_EVENT_LAMP] = {"dialog", "application", "dialog-info+xml"},
	[SIP_EVENT_MESSAGES] = {"message-summary", "application",
				"simple-message-summary"},
};

enum sip_event_package event_package(const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_EVENT);
	struct pl name = h ? h->val : pl_null;
	int i;

	for (size_t n = 0; n < name.l; n++) {
		if (memchr("; \t", name.p[n], 3))
			name.l = n;
	}
	/* Names of packages have capitals that count (§8.4). */
	for (i = 0; i < SIP_EVENT_PACKAGES; i++) {
		if (!pl_strcmp(&name, event_packages[i].event))
			break;
	}
	return (enum sip_event_package)i;
}
