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
#include <offhook/media.h>

enum sip_transport { SIP_UDP, SIP_TCP };

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
struct sip_stack;
struct sip_incoming;
struct sip_register;

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
	/** How to treat a REGISTER or an INVITE that begins a call; NULL:
	 *  challenged if there is an ha1 handler, else open. */
	enum sip_trust (*trust)(const struct sip_message *m, void *arg);
	/**
	 * HA1 = MD5(user ":" realm ":" password) of a user.
	 *
	 * @param user  As sent; hostile
	 * @return 0, or ENOENT if there is no such user
	 */
	int (*ha1)(const char *user, const char *realm, uint8_t ha1[16],
		   void *arg);
	/** A digest was wrong, or its user unknown: for the log and for
	 *  whoever counts. Repeated ones from one source are answered more
	 *  and more slowly by the stack itself. */
	void (*wrong_digest)(const char *user, const struct sa *source,
			     void *arg);
};

struct sip_stack_prm {
	const char *software; /**< User-Agent, Server; NULL: none */
	const char *realm;    /**< of challenges; needed with ha1 */
	struct media *media;  /**< engine of the legs' streams */
	struct net *net;      /**< to resolve the names of accounts' servers;
				   NULL: addresses only */
	uint32_t ring_s;      /**< most seconds that an unanswered incoming leg
				   waits; 0: 180 */
};

/** @param h May be NULL (a client: accounts only); copied */
int sip_stack_alloc(struct sip_stack **sp, const struct sip_stack_prm *prm,
		    const struct sip_stack_handlers *h, void *arg);

/**
 * Add a transport.
 *
 * @param laddr  Local address that others can send to; port 0: any free one.
 *               0.0.0.0 or :: (a client): the address that faces the first
 *               account's server, followed when the network changes; bound
 *               when that account is made
 * @return 0 or errno (EADDRINUSE …)
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

/* --- accounts: to be registered somewhere ------------------------------- */

struct sip_account;

struct sip_account_prm {
	const char *user;   /**< of the address of record */
	const char *domain; /**< of it; host or host:port of the registrar */
	const char *server; /**< where requests go ("host[:port]", "[v6]:port");
				 NULL: the domain */
	const char *name;   /**< display name, or NULL */
	const char *auth_user; /**< NULL: user */
	const char *password;  /**< NULL: none; wiped when freed */
	enum sip_transport transport;
	uint32_t expires; /**< seconds; 0: 600 */
	bool quiet;	  /**< do not register: for outgoing calls only */
	uint32_t alive_ms; /**< over UDP: ask the registrar so often (OPTIONS)
				whether it is there; silence for a fifth of
				that more, and the account is down. 0: it is
				seen when the registration is renewed */
};

enum sip_account_state {
	SIP_ACCOUNT_DOWN,   /**< not registered (yet), tries go on */
	SIP_ACCOUNT_TRYING, /**< a request is on its way */
	SIP_ACCOUNT_REGISTERED,
	SIP_ACCOUNT_REFUSED, /**< password or user wrong: no more tries until
				  sip_account_password() */
};

struct sip_account_info {
	enum sip_account_state state;
	uint16_t code;	    /**< last final answer, 0: none came */
	const char *reason; /**< its text, clean, or strerror(); never NULL */
	int64_t since_ms;   /**< wall clock: registered or down since */
	uint64_t retry_ms;  /**< time_mono_ms() of the next try, 0: none */
	uint32_t expires;   /**< seconds that the registrar granted */
};

struct sip_account_handlers {
	/** State changed; pull what is needed with sip_account_info(). */
	void (*state)(struct sip_account *a, void *arg);
	/** A call for it: accept or reject it in here; else it gets 480. */
	void (*incoming)(struct sip_incoming *in, void *arg);
};

/**
 * Make an account and begin to register it. If the stack has no such
 * transport yet, it gets one on the address that faces the server, and
 * follows when that changes.
 *
 * @return 0, EINVAL (user or domain is not fit for a URI) or ENOMEM
 */
int sip_account_alloc(struct sip_account **ap, struct sip_stack *s,
		      const struct sip_account_prm *prm,
		      const struct sip_account_handlers *h, void *arg);
void sip_account_info(const struct sip_account *a,
		      struct sip_account_info *info);
/** Another password; tries again at once. @return 0 or ENOMEM */
int sip_account_password(struct sip_account *a, const char *password);
/** Do not wait for the next try (the network is back). */
void sip_account_retry(struct sip_account *a);

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
	struct sip_refer *refer; /**< REFER: the wish, else NULL */
	const char *target;	 /**< REDIRECTED: where to, clean; else NULL */
	char digit;		 /**< DIGIT: 0..9, *, #, A..D, else 0 */
	unsigned ms;		 /**< DIGIT: how long it was pressed */
	uint32_t retry_after_s;	 /**< CLOSED: the other side asks to wait so
				      long before the next try; 0: nothing said */
};

/** The leg may be freed in it. */
typedef void(sip_leg_event_h)(struct sip_leg *leg,
			      const struct sip_leg_event *ev, void *arg);

/** How a leg's sound is carried. */
struct sip_leg_media {
	struct sa laddr;	    /**< of the stream; unset: the one that
					 faces the other side's signalling */
	const struct list *formats; /**< struct media_format, wanted order;
				       copied; NULL or empty: all of ours */
	bool latch;		    /**< see media_stream_prm */
	uint32_t timeout_ms;	    /**< see media_stream_prm */
	media_event_h *event;	    /**< of the stream, with the leg's arg */
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
	uint32_t answer_s; /**< give up (CANCEL, then 408) after; 0: 180 */
	unsigned redirects; /**< most contacts of 3xx answers that are tried
				 (RFC 3261 §8.1.3.4), each told before by
				 SIP_LEG_EV_REDIRECTED; 0: the call ends with
				 the 3xx */
	struct sip_refer *refer; /**< do what this asks: to_uri is then NULL.
				      How it goes is told to who asked */
};

/**
 * Call. The INVITE goes out in here.
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

#endif
