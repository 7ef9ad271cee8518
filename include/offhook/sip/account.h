/**
 * @file sip/account.h  Accounts: to be registered somewhere
 */
#ifndef OFFHOOK_SIP_ACCOUNT_H
#define OFFHOOK_SIP_ACCOUNT_H

#include <offhook/sip/stack.h>

struct sip_account;

struct sip_account_prm {
	const char *user;      /**< of the address of record */
	const char *domain;    /**< of it; host or host:port of the registrar */
	const char *server;    /**< where requests go, an outbound proxy's
				    ("host[:port]", "[v6]:port"); NULL: the
				    domain. A name without port is looked up by
				    SRV first (RFC 3263 §4.2) */
	const char *name;      /**< display name, or NULL */
	const char *auth_user; /**< NULL: user */
	const char *password;  /**< NULL: none; wiped when freed */
	enum sip_transport transport;
	uint32_t expires; /**< seconds; 0: 600 */
	bool quiet;	  /**< do not register: for outgoing calls only */
	const struct net_pin *pin; /**< TLS: the certificate that is accepted,
				whatever a CA says; NULL: by the system's CAs
				and the name of the server */
	uint32_t alive_ms; /**< over UDP: ask the registrar so often (OPTIONS)
				whether it is there; silence for a fifth of
				that more, and the account is down. 0: it is
				seen when the registration is renewed */
};

enum sip_account_state {
	SIP_ACCOUNT_DOWN,   /**< not registered (yet), tries go on */
	SIP_ACCOUNT_TRYING, /**< a request is on its way */
	SIP_ACCOUNT_REGISTERED,
	SIP_ACCOUNT_REFUSED,   /**< password or user wrong: no more tries until
				    sip_account_password() */
	SIP_ACCOUNT_UNTRUSTED, /**< its server's certificate is not accepted:
				  nothing was sent, no more tries until
				  sip_account_pin() or sip_account_retry() */
};

struct sip_account_info {
	enum sip_account_state state;
	uint16_t code;	    /**< last final answer, 0: none came */
	const char *reason; /**< its text, clean, or strerror(); never NULL */
	int64_t since_ms;   /**< wall clock: registered or down since */
	uint64_t retry_ms;  /**< time_mono_ms() of the next try, 0: none */
	uint32_t expires;   /**< seconds that the registrar granted */
	const struct net_certificate *certificate; /**< what was not accepted;
				NULL but in SIP_ACCOUNT_UNTRUSTED. The
				account's own */
};

struct sip_account_handlers {
	/** State changed; pull what is needed with sip_account_info(). */
	void (*state)(struct sip_account *a, void *arg);
	/** A call for it: accept or reject it in here; else it gets 480. */
	void (*incoming)(struct sip_incoming *in, void *arg);
	/** A text message for it: answer in here, or keep it with mem_ref()
	 *  and answer later; else it gets 480. */
	void (*paging)(struct sip_page_in *in, void *arg);
};

/**
 * Make an account and begin to register it. If the stack has no such
 * transport yet, it gets one on the address that faces the server, and
 * follows when that changes. What the registrar says of our address (rport,
 * RFC 3581) stands in the Contact of it and of its calls from then on.
 *
 * @return 0, EINVAL (user or domain is not fit for a URI), EBUSY (TLS: a stack
 *         has one server that it speaks TLS with, as a client) or ENOMEM
 */
int sip_account_alloc(struct sip_account **ap, struct sip_stack *s,
		      const struct sip_account_prm *prm,
		      const struct sip_account_handlers *h, void *arg);
/** True if it was made of these, or is as if it were: of the pin that it was
 *  made with, or one accepted since. */
bool sip_account_is(const struct sip_account *a,
		    const struct sip_account_prm *prm);
void sip_account_info(const struct sip_account *a,
		      struct sip_account_info *info);
/** Another password; tries again at once. @return 0 or ENOMEM */
int sip_account_password(struct sip_account *a, const char *password);
/** TLS: accept that certificate from now on, NULL: what a CA vouches for;
 *  tries again at once. @return 0, EPROTO if it has no TLS, or ENOMEM */
int sip_account_pin(struct sip_account *a, const struct net_pin *pin);
/** Do not wait for the next try (the network is back). */
void sip_account_retry(struct sip_account *a);
/**
 * Its end: no handler of it is called any more, and it is un-registered. What
 * still goes on with it (a BYE that is to be answered) keeps its credentials
 * until that is over, so freeing alone would leave it registered meanwhile.
 * To be freed as ever.
 */
void sip_account_close(struct sip_account *a);

#endif
