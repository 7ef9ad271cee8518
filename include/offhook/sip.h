/**
 * @file sip.h  SIP made safe and whole: transports, accounts, legs, registrar
 *
 * All of it belongs to the loop's thread. All text that getters return has
 * passed text_clean() and is UTF-8; text given in is UTF-8 and is quoted or
 * escaped where SIP wants it. Every object may be freed with mem_deref()
 * inside any handler, its own too; after that none of its handlers is called.
 */
#ifndef OFFHOOK_SIP_H
#define OFFHOOK_SIP_H

#include <offhook/base/re.h>
#include <offhook/ice.h>
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

/* --- the network under it ------------------------------------------------ */

/** What happened to it. */
enum sip_network_event {
	SIP_NETWORK_CHANGED, /**< addresses, routes or links are others */
	SIP_NETWORK_RESUMED, /**< the machine has slept */
};

/** The watch may be freed in it. */
typedef void(sip_network_h)(enum sip_network_event ev, void *arg);

struct sip_network_prm {
	/** Milliseconds since boot, with and without those asleep; NULL: the
	 *  system's (CLOCK_BOOTTIME, CLOCK_MONOTONIC). */
	uint64_t (*boot_ms)(void *arg);
	uint64_t (*awake_ms)(void *arg);
	uint32_t settle_ms; /**< changes come in crowds: told once it has been
				 quiet for so long; 0: 300 */
};

struct sip_network;

/**
 * Watch the network (netlink) and sleep (a timer that a step of the wall
 * clock cancels, as waking up does; no wake-ups of its own). One for a
 * program is enough; its owner tells its stacks.
 *
 * @param np   Set to the watch, mem_deref() ends it
 * @param prm  NULL: defaults
 * @return 0 or errno (no netlink: EAFNOSUPPORT …)
 */
int sip_network_alloc(struct sip_network **np,
		      const struct sip_network_prm *prm, sip_network_h *h,
		      void *arg);

/** Has it slept? Whoever is awake anyway may ask; the handler is told. */
void sip_network_check(struct sip_network *n);

/**
 * The network has changed: accounts whose way to their server is another, or
 * all if the machine has slept, are registered anew at once, and their
 * established legs are re-targeted (sip_leg_retarget()).
 */
void sip_stack_network(struct sip_stack *s, enum sip_network_event ev);

/* --- accounts: to be registered somewhere ------------------------------- */

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
/** True if it was made of these, or is as if it were. */
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

/* --- legs: one dialog with its stream ----------------------------------- */

struct sip_leg;

enum sip_leg_state {
	SIP_LEG_INCOMING, /**< accepted by us, nothing said to the caller */
	SIP_LEG_CALLING,  /**< INVITE is out */
	SIP_LEG_RINGING,  /**< 180 sent or received, no sound yet */
	SIP_LEG_EARLY,	  /**< sound before the answer */
	SIP_LEG_ESTABLISHED,
	SIP_LEG_CLOSED, /**< over: the last event */
};

enum sip_leg_event_type {
	SIP_LEG_EV_PROGRESS,	/**< 100 or 18x: look at code and at state */
	SIP_LEG_EV_MEDIA,	/**< formats of the other side are known */
	SIP_LEG_EV_ESTABLISHED, /**< 200 arrived; at an incoming leg: ACK */
	SIP_LEG_EV_HELD,	/**< the other side put us on hold */
	SIP_LEG_EV_RESUMED,	/**< … and took us back */
	SIP_LEG_EV_HOLD_DONE,	/**< our sip_leg_hold() was accepted (code 200)
				     or refused (code) */
	SIP_LEG_EV_OFFER,	/**< the other side re-negotiated: formats or
				     address are new; already answered */
	SIP_LEG_EV_OFFER_DONE,	/**< our sip_leg_offer() was accepted (code 200)
				     or refused (code; the formats are as they
				     were) */
	SIP_LEG_EV_TALK,	/**< at an incoming leg: somebody who may
				     operate this phone asks it to answer */
	SIP_LEG_EV_CLOSED,	/**< by the other side, or by failure; not after
				     our own hang-up. Free the leg now or later */
	SIP_LEG_EV_REDIRECTED,	/**< a 3xx: the call goes on to ev->target now,
				     unless it is hung up in here */
	SIP_LEG_EV_TRANSFER,	/**< how our sip_leg_transfer() goes: code 100
				     … 199 under way, 200 … 299 done (the leg
				     is of no use any more: hang it up), else
				     failed: the leg is as it was */
	SIP_LEG_EV_REFER,	/**< the other side asks for a transfer to
				     ev->refer: accept it in here, or keep it
				     with mem_ref(); else it gets 603 */
	SIP_LEG_EV_DIGIT,	/**< ev->digit came by INFO; those by RTP are
				     the stream's MEDIA_EVENT_DIGIT */
};

struct sip_refer;

struct sip_leg_event {
	enum sip_leg_event_type type;
	uint16_t code;	    /**< SIP code of the answer; CLOSED: why: final
				 code ≥ 300, 487 cancelled by the caller, 200
				 normal end (BYE), 408 no answer or lost, 503
				 not reachable */
	const char *reason; /**< clean text, "" if none */
	int error;	    /**< errno where no SIP code came, else 0 */
	const struct sip_message *message; /**< NULL where there is none */
	struct sip_refer *refer;	   /**< REFER: the wish, else NULL */
	const char *target; /**< REDIRECTED: where to, clean; else NULL */
	char digit;	    /**< DIGIT: 0..9, *, #, A..D, else 0 */
	unsigned ms;	    /**< DIGIT: how long it was pressed */
	uint32_t
		retry_after_s; /**< CLOSED: the other side asks to wait so
				    long before the next try; 0: nothing said */
};

/** The leg may be freed in it. */
typedef void(sip_leg_event_h)(struct sip_leg *leg,
			      const struct sip_leg_event *ev, void *arg);

/** How a leg's sound is carried. */
struct sip_leg_media {
	struct sa laddr;	      /**< of the stream; unset: the one that
					   faces the other side's signalling */
	const struct list *formats;   /**< struct media_format, wanted order;
					 copied; NULL or empty: all of ours */
	bool latch;		      /**< see media_stream_prm */
	uint32_t timeout_ms;	      /**< see media_stream_prm */
	media_event_h *event;	      /**< of the stream, with the leg's arg */
	enum media_security security; /**< keys in SDP are offered where the
				       signalling goes by TLS, by DTLS
				       anywhere. REQUIRED: who can't gets 488,
				       or BYE; see also media_stats.keys */
	bool ice; /**< find the way by ICE (ice.h), where the other side can;
		       see also media_stats.way */
	const struct list *ice_servers; /**< struct ice_server, referenced: what
				is to say SDP waits for their answers, a second
				at most; NULL: our own addresses only */
	const struct net_pin *ice_pin;	/**< what TURN servers show by TLS,
				copied; NULL: what the system vouches for */
};

struct sip_leg_prm {
	const char *to_uri; /**< "sip:202@pbx:5060" …; or a user with account */
	struct sip_account *account; /**< caller's, NULL for a server */
	const char *from_user;	     /**< server: who calls; hostile is fine.
					  With an account: a number that it may
					  speak for; NULL: its own */
	const char *from_name;
	const char *from_host;	      /**< NULL: our address */
	const struct sa *peer;	      /**< server: send to here (where a contact
					   registered from), NULL: by the URI */
	enum sip_transport transport; /**< with peer */
	const struct sip_header *headers; /**< of the INVITE, may be NULL */
	struct sip_leg_media media;
	uint32_t answer_s;  /**< give up (CANCEL, then 408) after; 0: 180 */
	unsigned redirects; /**< most contacts of 3xx answers that are tried
				 (RFC 3261 §8.1.3.4), each told before by
				 SIP_LEG_EV_REDIRECTED; 0: the call ends with
				 the 3xx */
	struct sip_refer *refer; /**< do what this asks: to_uri is then NULL.
				      How it goes is told to who asked */
};

/**
 * Call. The INVITE goes out in here, or with servers of ICE within a second.
 *
 * @param lp  Set to the leg, in state CALLING. mem_deref() hangs up
 * @return 0, EINVAL (bad URI or header), ENOENT (no such transport), ENOTCONN
 *         (the account's server has no known address yet), ENOTSUP (a name
 *         for a host without an account), ENOMEM, or an errno of the network
 */
int sip_leg_connect(struct sip_leg **lp, struct sip_stack *s,
		    const struct sip_leg_prm *prm, sip_leg_event_h *h,
		    void *arg);

/** Getters of a call that came in; valid while the handler runs. */
const struct sip_message *sip_incoming_message(const struct sip_incoming *in);
/** Who proved to be who by digest; NULL if nobody was asked. */
const char *sip_incoming_auth_user(const struct sip_incoming *in);

/**
 * Which leg this call is to take the place of (RFC 3891), NULL if none. What
 * names no leg that may be replaced has been refused before (400, 481, 486,
 * 603). Accept and answer the call, and hang that leg up; or reject it.
 */
struct sip_leg *sip_incoming_replaces(const struct sip_incoming *in);

/**
 * Take a call: 100 has gone out, nothing else until one of ring, progress,
 * answer. The caller's formats are there at once (sip_leg_remote_formats()).
 *
 * @param media  NULL: defaults. Its formats: what we want of what is offered;
 *               NULL: with an account all of ours, for a server whatever it
 *               is (then sip_leg_answer() says what)
 * @return 0, ENOTSUP (no audio in the offer that fits: 488 went out), EBADMSG
 *         (bad SDP: 400 went out), ENOMEM
 */
int sip_leg_accept(struct sip_leg **lp, struct sip_incoming *in,
		   const struct sip_leg_media *media, sip_leg_event_h *h,
		   void *arg);
/** Refuse it: code 300..699, reason NULL for the usual one. */
void sip_incoming_reject(struct sip_incoming *in, uint16_t code,
			 const char *reason);

/** Say 180. @param headers May be NULL. @return 0, EPROTO if not incoming */
int sip_leg_ring(struct sip_leg *leg, const struct sip_header *headers);
/** Say 183 with our SDP and let sound flow. @param formats as answer's */
int sip_leg_progress(struct sip_leg *leg, const struct list *formats,
		     const struct sip_header *headers);
/**
 * Say 200.
 *
 * @param formats  Of the offered ones, those to be answered, in their order
 *                 (what the far leg's side answered); NULL: media.formats
 * @return 0, EPROTO if the state is wrong, ENOTSUP if no format fits
 */
int sip_leg_answer(struct sip_leg *leg, const struct list *formats,
		   const struct sip_header *headers);
/** Say code (300..699): 486 busy, 603 declined, 480 …; the leg is CLOSED
 *  then, without an event. */
int sip_leg_reject(struct sip_leg *leg, uint16_t code, const char *reason);
/** End it in any state (CANCEL, BYE, 603). CLOSED then, without an event. */
void sip_leg_hangup(struct sip_leg *leg);

/**
 * Hold (a=sendonly: what we play is still heard) or resume, by re-INVITE.
 * The end of it is SIP_LEG_EV_HOLD_DONE.
 *
 * @return 0 (also if it is so already, then without an event), EPROTO if not
 *         established, EALREADY while another one is on its way
 */
int sip_leg_hold(struct sip_leg *leg, bool hold);

/**
 * Offer other formats from now on, in that order, by re-INVITE (RFC 3264
 * §8.3.2); direction, address and keys stay. The end of it is
 * SIP_LEG_EV_OFFER_DONE; where it is refused the old ones stand. Where both
 * sides offer at once it is tried again (RFC 3261 §14.1).
 *
 * Later offers of ours (hold) say these, too. An offer of the other side that
 * says what its last one said changes nothing; one that says something else
 * is answered from all formats of the leg, in the order that is offered.
 *
 * @param formats  Copied; payload types that the call has had for a format
 *                 stay. NULL: a wish that has not been sent yet is forgotten,
 *                 without an event
 * @return 0, EPROTO if not established, EALREADY while another offer is on its
 *         way, EINVAL (an empty list), ENOMEM
 */
int sip_leg_offer(struct sip_leg *leg, const struct list *formats);
/**
 * What the leg takes when the other side offers something else than before:
 * these besides those of its last SDP. At first the formats that it was made
 * with.
 *
 * @return 0 or ENOMEM: then it is as before
 */
int sip_leg_take(struct sip_leg *leg, const struct list *formats);

/**
 * Ask the other side to call somebody else in our place (REFER, RFC 3515):
 * blind to a number or URI, or attended to the other side of another leg of
 * ours (RFC 3891). How it goes is told by SIP_LEG_EV_TRANSFER, the last time
 * with a code of 200 or more. The legs are not touched: who wants silence
 * meanwhile holds them.
 *
 * @param target  User of the account's domain or "sip:…"; NULL with other
 * @param other   Established leg whose other side is the target, or NULL
 * @return 0, EPROTO if one of them is not established, EALREADY while
 *         another transfer is on its way, EINVAL (bad target), ENOMEM
 */
int sip_leg_transfer(struct sip_leg *leg, const char *target,
		     struct sip_leg *other);

/**
 * Press a digit: as a telephone event (RFC 4733) where both sides know them,
 * else by INFO (application/dtmf-relay).
 *
 * @param digit  0..9, *, #, A..D
 * @param ms     40..5000; else the nearest of these
 * @return 0, EINVAL: no digit, EPROTO: no sound flows, ENOMEM
 */
int sip_leg_digit(struct sip_leg *leg, char digit, unsigned ms);

/**
 * Ask the phone that rings at the other end to answer, as third-party call
 * control does: NOTIFY with "Event: talk" in the early dialog. It tells its
 * owner by SIP_LEG_EV_TALK.
 *
 * @return 0, EPROTO if it does not ring, ENOTSUP if its 180 did not say
 *         "Allow-Events: talk", ENOMEM
 */
int sip_leg_talk(struct sip_leg *leg);

enum sip_leg_state sip_leg_state(const struct sip_leg *leg);
bool sip_leg_is_incoming(const struct sip_leg *leg);
bool sip_leg_held(const struct sip_leg *leg);	     /**< by us */
bool sip_leg_held_remote(const struct sip_leg *leg); /**< by the other side */
struct media_stream *sip_leg_stream(const struct sip_leg *leg); /**< borrowed */
/** Formats that both sides have agreed on, in the order of preference: the
 *  first is what is sent. Empty before. */
const struct list *sip_leg_formats(const struct sip_leg *leg);
/** Formats that the other side offered, or answered; empty before. */
const struct list *sip_leg_remote_formats(const struct sip_leg *leg);

/* --- a transfer that was asked of us ------------------------------------ */

/** User part of where we shall call, clean; never NULL. */
const char *sip_refer_user(const struct sip_refer *r);
/** Its display name, clean, or "". */
const char *sip_refer_name(const struct sip_refer *r);
/** Who asks, as it says itself (Referred-By, RFC 3892), user part or "". */
const char *sip_refer_by(const struct sip_refer *r);
/** True if a call that there is already shall be taken over (Replaces). */
bool sip_refer_attended(const struct sip_refer *r);
/** Say 202; then sip_leg_connect() with prm.refer, at once or later. @return
 *  0, EPROTO if it was answered already */
int sip_refer_accept(struct sip_refer *r);
/** Refuse it: by the answer to REFER, or, after accept, by a NOTIFY that
 *  ends it. mem_deref() of the last reference does so with 603. */
void sip_refer_reject(struct sip_refer *r, uint16_t code);
/**
 * The leg of ours whose other side is to be called (attended), where both are
 * legs of one stack, as a switch has them. Borrowed.
 *
 * @return NULL: blind, or of no leg here
 */
struct sip_leg *sip_refer_replaces(const struct sip_refer *r);
/** Who does by himself what was asked, without prm.refer, says after
 *  sip_refer_accept() how it goes. @param code 1xx, or ≥ 200 the last word */
void sip_refer_progress(struct sip_refer *r, uint16_t code);

/**
 * The way to the other side is another: re-INVITE with the address that faces
 * it now as Contact and in SDP; the stream goes on from there. Direction and
 * formats stay.
 *
 * One while another re-INVITE of ours is on its way is done after that.
 *
 * @return 0, EPROTO if not established, or an errno of the network
 */
int sip_leg_retarget(struct sip_leg *leg);

/* --- a REGISTER that came in -------------------------------------------- */

/** One Contact. */
struct sip_contact_info {
	const char *uri;	 /**< as sent; for sip_leg_prm.to_uri */
	uint32_t expires;	 /**< seconds asked for; 0: remove */
	const struct sa *source; /**< where it came from: sip_leg_prm.peer */
	enum sip_transport transport;
};

/** User part of the address of record (To), clean. */
const char *sip_register_user(const struct sip_register *r);
const char *
sip_register_auth_user(const struct sip_register *r); /**< or NULL */
/** Call-ID and CSeq, for RFC 3261 §10.3 step 7. */
const char *sip_register_call_id(const struct sip_register *r);
uint32_t sip_register_cseq(const struct sip_register *r);
/** "Contact: *" with Expires: 0: remove all. */
bool sip_register_all(const struct sip_register *r);
size_t sip_register_contacts(const struct sip_register *r); /**< 0: a query */
const struct sip_contact_info *
sip_register_contact(const struct sip_register *r, size_t i);
/**
 * Answer 200 with all bindings that hold now.
 *
 * @param uris, expires  n of each
 */
int sip_register_accept(struct sip_register *r, const char *const *uris,
			const uint32_t *expires, size_t n);
/** @param code 300..699; 423 adds Min-Expires: 60 */
int sip_register_reject(struct sip_register *r, uint16_t code,
			const char *reason);

/* --- text messages (RFC 3428) ------------------------------------------- */

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

/* --- events: what can be watched (RFC 6665) ------------------------------ */

enum sip_event_package {
	SIP_EVENT_PRESENCE, /**< "presence" (RFC 3856, body RFC 3863) */
	SIP_EVENT_LAMP,	    /**< "dialog": calls of a phone (RFC 4235) */
	SIP_EVENT_MESSAGES, /**< "message-summary": voicemail (RFC 3842) */
	SIP_EVENT_PACKAGES
};

/** What somebody does (RFC 4480 §3.2); those that a phone can show. */
enum sip_activity {
	SIP_ACTIVITY_NONE,
	SIP_ACTIVITY_AWAY,
	SIP_ACTIVITY_BUSY,
	SIP_ACTIVITY_ON_THE_PHONE,
	SIP_ACTIVITY_MEETING,
	SIP_ACTIVITY_MEAL,
	SIP_ACTIVITY_VACATION,
	SIP_ACTIVITY_COUNT
};

struct sip_presence {
	bool open; /**< can be reached */
	enum sip_activity activity;
	const char *note; /**< clean, never NULL */
};

enum sip_lamp {
	SIP_LAMP_UNREACHABLE, /**< nothing is known of it */
	SIP_LAMP_IDLE,
	SIP_LAMP_RINGING, /**< a call comes in */
	SIP_LAMP_BUSY,	  /**< it has called, or talks */
	SIP_LAMP_COUNT
};

/** How far a call is (RFC 4235 §3.7.1). */
enum sip_lamp_phase {
	SIP_LAMP_TRYING,
	SIP_LAMP_PROCEEDING,
	SIP_LAMP_EARLY,
	SIP_LAMP_CONFIRMED,
	SIP_LAMP_TERMINATED
};

/** One call of the phone that is watched. */
struct sip_lamp_call {
	const char *id; /**< unique among its calls */
	enum sip_lamp_phase phase;
	bool incoming;
	const char *number, *name; /**< the other side; clean, "" if unknown */
};

struct sip_lamp_info {
	enum sip_lamp lamp; /**< what calls come to */
	const struct sip_lamp_call *calls;
	size_t count;
};

/** A mailbox (RFC 3842 §5.2). */
struct sip_messages {
	bool waiting;
	uint32_t voice_new, voice_old; /**< 0 where only waiting is known */
	uint32_t urgent_new, urgent_old;
};

/* To watch somebody: kept until it is freed, over failures too. */

struct sip_subscription;

enum sip_subscription_state {
	SIP_SUBSCRIPTION_TRYING,
	SIP_SUBSCRIPTION_PENDING, /**< its owner must allow it first */
	SIP_SUBSCRIPTION_ACTIVE,
	SIP_SUBSCRIPTION_DOWN,	 /**< tries go on */
	SIP_SUBSCRIPTION_REFUSED /**< for good: no more tries */
};

struct sip_subscription_prm {
	struct sip_account *account; /**< needed */
	const char *to_uri; /**< user of the account's domain, or a URI */
	enum sip_event_package package;
	uint32_t expires; /**< seconds; 0: 600 */
};

struct sip_subscription_info {
	enum sip_subscription_state state;
	uint16_t code;	    /**< last final answer, 0: none came */
	const char *reason; /**< clean: of the answer, or of the end; "" */
	uint64_t retry_ms;  /**< time_mono_ms() of the next try, 0: none */
};

/** Those of other packages may be NULL. What is handed over is valid during
 *  the handler. */
struct sip_subscription_handlers {
	void (*state)(struct sip_subscription *sub, void *arg);
	void (*presence)(struct sip_subscription *sub,
			 const struct sip_presence *p, void *arg);
	void (*lamp)(struct sip_subscription *sub,
		     const struct sip_lamp_info *l, void *arg);
	void (*messages)(struct sip_subscription *sub,
			 const struct sip_messages *m, void *arg);
};

/**
 * Watch. The first SUBSCRIBE goes out as soon as the account's server has an
 * address. A lamp whose subscription is not active (any more) is told as
 * UNREACHABLE.
 *
 * @return 0, EINVAL or ENOMEM
 */
int sip_subscribe_alloc(struct sip_subscription **sp, struct sip_stack *s,
			const struct sip_subscription_prm *prm,
			const struct sip_subscription_handlers *h, void *arg);
void sip_subscription_info(const struct sip_subscription *sub,
			   struct sip_subscription_info *info);
/** Do not wait for the next try. */
void sip_subscription_retry(struct sip_subscription *sub);

/* To be watched. */

struct sip_watcher;

/** User part of the request URI, clean. */
const char *sip_subscribing_user(const struct sip_subscribing *in);
const char *sip_subscribing_auth_user(const struct sip_subscribing *in);
enum sip_event_package
sip_subscribing_package(const struct sip_subscribing *in);
/** Has gone: ended by itself, or not reachable. Free it now or later. */
typedef void(sip_watcher_closed_h)(struct sip_watcher *w, void *arg);
/**
 * Allow it: 200. Say how things are with sip_watcher_presence() … then, and
 * again whenever they change, the last word counts. mem_deref() ends it
 * ("noresource").
 */
int sip_watcher_accept(struct sip_watcher **wp, struct sip_subscribing *in,
		       sip_watcher_closed_h *h, void *arg);
void sip_subscribing_reject(struct sip_subscribing *in, uint16_t code,
			    const char *reason);
/** @return 0, EINVAL if it watches another package, ENOMEM */
int sip_watcher_presence(struct sip_watcher *w, const struct sip_presence *p);
int sip_watcher_lamp(struct sip_watcher *w, const struct sip_lamp_call *calls,
		     size_t count);
int sip_watcher_messages(struct sip_watcher *w, const struct sip_messages *m);

#endif
