/**
 * @file sip/page.h  Text messages (RFC 3428)
 */
#ifndef OFFHOOK_SIP_PAGE_H
#define OFFHOOK_SIP_PAGE_H

#include <offhook/sip/account.h>

enum {
	SIP_PAGE_MAX = 16384,	 /**< most bytes of a message's text */
	SIP_PAGE_UDP_MAX = 1300, /**< … and of the whole request, where it goes
				      by UDP and there is no TCP to take what
				      is longer (RFC 3261 §18.1.1) */
};

struct sip_page;

/** As in sip_leg_prm, where nothing is said. */
struct sip_page_prm {
	const char *to_uri;
	struct sip_account *account;
	const char *from_user, *from_name, *from_host;
	const struct sa *peer;
	enum sip_transport transport;
	const struct sip_header *headers;
	const char *text; /**< UTF-8, lines end in LF; not empty */
};

/**
 * What came of a message. It may be freed in here.
 *
 * @param code    Final code: 2xx means that the other side has it; 0 if
 *                nobody said anything
 * @param reason  Clean text of the code, or of the error; never NULL
 */
typedef void(sip_page_h)(struct sip_page *page, uint16_t code,
			 const char *reason, void *arg);

/**
 * Send a text.
 *
 * @param pp  Set to it; freed before h was called, nobody hears what comes of
 *            it
 * @return 0, EINVAL (no text, or bad UTF-8, or as of sip_leg_connect()),
 *         EMSGSIZE (longer than SIP_PAGE_MAX, or SIP_PAGE_UDP_MAX where that
 *         counts), or as of sip_leg_connect()
 */
int sip_page_send(struct sip_page **pp, struct sip_stack *s,
		  const struct sip_page_prm *prm, sip_page_h *h, void *arg);

/* One that came in. Repetitions of it are answered by the stack. */
const struct sip_message *sip_page_in_message(const struct sip_page_in *in);
/** Who proved to be who by digest; NULL if nobody was asked. */
const char *sip_page_in_auth_user(const struct sip_page_in *in);
/** Clean text, lines end in LF. */
const char *sip_page_in_text(const struct sip_page_in *in);
/** The owner has it, and loses it no more: 200. */
int sip_page_in_accept(struct sip_page_in *in);
/** The owner could not take it. @param code 300..699 */
int sip_page_in_reject(struct sip_page_in *in, uint16_t code,
		       const char *reason);

#endif
