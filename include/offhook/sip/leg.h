/**
 * @file sip/leg.h  Legs: one dialog with its stream
 */
#ifndef OFFHOOK_SIP_LEG_H
#define OFFHOOK_SIP_LEG_H

#include <offhook/ice.h>
#include <offhook/media.h>
#include <offhook/sip/account.h>

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
	SIP_LEG_EV_OFFER_DONE,	/**< our sip_leg_offer() was accepted (code 200)
				     or refused (code; the formats are as they
				     were) */
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

#endif
