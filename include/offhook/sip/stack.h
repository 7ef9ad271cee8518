/**
 * @file sip/stack.h  A stack: transports, who is trusted, what it is told
 */
#ifndef OFFHOOK_SIP_STACK_H
#define OFFHOOK_SIP_STACK_H

#include <offhook/base/re.h>
#include <offhook/media.h>

enum sip_transport { SIP_UDP, SIP_TCP, SIP_TLS };

/** An extra header of a message; arrays of it end with a NULL name. Values
 *  with control characters are refused (EINVAL). */
struct sip_header {
	const char *name;
	const char *value;
};

/** The header that joins a leg with the CSTA call (both ways). */
#define SIP_HEADER_CALL_ID "X-Offhook-Call-ID"

/* --- a message that arrived --------------------------------------------- */

/** Valid during the handler that gets it, unless it says otherwise. */
struct sip_message;

/** First value of a header; text to free(), NULL if it is not there. */
char *sip_message_header(const struct sip_message *m, const char *name);
/** Parts of an address header ("From", "To", "P-Asserted-Identity",
 *  "Contact" …), unescaped; text to free(), NULL if not there or bad. */
char *sip_message_name(const struct sip_message *m, const char *header);
char *sip_message_user(const struct sip_message *m, const char *header);
/** User part of the request URI. */
char *sip_message_request_user(const struct sip_message *m);
char *sip_message_call_id(const struct sip_message *m);

/* --- the stack ---------------------------------------------------------- */

struct net;
struct net_pin;
struct net_certificate;
struct sip_stack;
struct sip_incoming;
struct sip_register;
struct sip_page_in;
struct sip_subscribing;

/** Who a request must come from. */
enum sip_trust {
	SIP_TRUST_CHALLENGE, /**< digest, checked with the ha1 handler */
	SIP_TRUST_OPEN,	     /**< as it is */
	SIP_TRUST_REFUSE,    /**< 403 */
};

struct sip_stack_handlers {
	/**
	 * A call for no account of this stack (those have a handler of their
	 * own). Accept or reject it in here; else it is answered 404.
	 */
	void (*incoming)(struct sip_incoming *in, void *arg);
	/** A REGISTER, its digest already right. Answer in here, or keep it
	 *  with mem_ref() and answer later. NULL: 405. */
	void (*registering)(struct sip_register *reg, void *arg);
	/** How to treat a REGISTER, an INVITE that begins a call, a MESSAGE
	 *  or a SUBSCRIBE; NULL: challenged if there is an ha1 handler, else
	 * open. */
	enum sip_trust (*trust)(const struct sip_message *m, void *arg);
	/**
	 * HA1 = MD5(user ":" realm ":" password) of a user.
	 *
	 * @param user  As sent; hostile
	 * @return 0, or ENOENT if there is no such user
	 */
	int (*ha1)(const char *user, const char *realm, uint8_t ha1[16],
		   void *arg);
	/** Likewise with SHA-256 (RFC 8760). If it is there, challenges offer
	 *  both, SHA-256 first; NULL: MD5 only. */
	int (*ha1_sha256)(const char *user, const char *realm, uint8_t ha1[32],
			  void *arg);
	/** A digest was wrong, or its user unknown: for the log and for
	 *  whoever counts. Repeated ones from one source are answered more
	 *  and more slowly by the stack itself. */
	void (*wrong_digest)(const char *user, const struct sa *source,
			     void *arg);
	/** A text message for no account of this stack, its digest right.
	 *  Answer in here, or keep it with mem_ref() and answer later; else it
	 *  gets 480. NULL: 404. */
	void (*paging)(struct sip_page_in *in, void *arg);
	/** Somebody wants to watch something, his digest right: accept or
	 *  reject it in here, else it gets 489. NULL: 489. */
	void (*subscribing)(struct sip_subscribing *in, void *arg);
};

struct sip_stack_prm {
	const char *software; /**< User-Agent, Server; NULL: none */
	const char *realm;    /**< of challenges; needed with ha1 */
	struct media *media;  /**< engine of the legs' streams */
	struct net *net;      /**< to resolve the names of accounts' servers;
				   NULL: addresses only */
	uint32_t ring_s;      /**< most seconds that an unanswered incoming leg
				   waits; 0: 180 */
	uint32_t events;      /**< what can be watched here: 1 << enum
				   sip_event_package, needed with subscribing */
	const struct sa *dns; /**< asked for SRV (RFC 3263); NULL: whom
				   resolv.conf names */
	uint32_t second_ms;   /**< milliseconds that a second of session timers
				   (RFC 4028) lasts, for tests; 0: 1000 */
};

/** @param h May be NULL (a client: accounts only); copied */
int sip_stack_alloc(struct sip_stack **sp, const struct sip_stack_prm *prm,
		    const struct sip_stack_handlers *h, void *arg);

/**
 * The certificate that those who connect by TLS are shown; before the first
 * sip_stack_listen() with SIP_TLS on an address that others can send to.
 *
 * @param cert  PEM, the issuers' may follow
 * @param key   PEM; not kept
 * @return 0, EINVAL (no pair of PEM), EALREADY or ENOMEM
 */
int sip_stack_certificate(struct sip_stack *s, const char *cert,
			  const char *key);

/**
 * Add a transport. TLS is 1.2 at least.
 *
 * @param laddr  Local address that others can send to; port 0: any free one.
 *               0.0.0.0 or :: (a client): the address that faces the first
 *               account's server, followed when the network changes; bound
 *               when that account is made
 * @return 0, ENOKEY (TLS without a certificate) or errno (EADDRINUSE …)
 */
int sip_stack_listen(struct sip_stack *s, enum sip_transport t,
		     const struct sa *laddr);

/**
 * Which of our addresses faces a destination (no packet is sent).
 *
 * @param laddr  Set to the address, port 0
 * @return 0 or errno (ENETUNREACH …)
 */
int sip_source_address(struct sa *laddr, const struct sa *dst);

/** Its address with the real port. @return 0 or ENOENT */
int sip_stack_address(const struct sip_stack *s, enum sip_transport t,
		      struct sa *laddr);

/**
 * End in good order: BYE, CANCEL and un-REGISTER go out for what is left of
 * legs and accounts, nothing new is taken. Freed at once instead of this, a
 * stack says good-bye only as far as one datagram each goes.
 *
 * @param done  Called once all is over, at most 2 s later; may be NULL
 */
void sip_stack_close(struct sip_stack *s, void (*done)(void *arg), void *arg);

#endif
