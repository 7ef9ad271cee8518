/**
 * @file switch_int.h  What the switch's files share
 */
#ifndef OFFHOOK_SWITCH_INT_H
#define OFFHOOK_SWITCH_INT_H

#include <stdlib.h>
#include <offhook/server/switch.h>

#define LOG_MODULE "switch"

/** Most phones of one device, most calls at a time: each takes four sockets,
 *  of the 8192 descriptors that there are. */
enum { PHONES_MAX = 8, CALLS_MAX = 1024 };

/** Most calls of one device, so that one cannot take them all. A trunk, where
 *  calls of many come together, has no such limit. */
enum { DEVICE_CALLS_MAX = 64 };

/** How long a call may ring is the call's to judge: no leg of it gives up
 *  before, and takes the reason with it. */
enum { LEG_S = 86400 };

struct pbx {
	struct pbx_prm prm;
	struct pbx_hooks hooks;
	void *arg;
	char *realm;
	struct media *media;
	struct sip_stack *sip;
	struct sa laddr;
	struct hash *devices; /**< struct device, by number */
	struct list calls;    /**< struct call, oldest first */
	struct list paged;    /**< struct paged: texts on their way */
	struct hash *watches; /**< struct watch, by who is watched */
	unsigned watch_count;
	uint32_t last_call; /**< the newest callID */
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;
};

/** An extension as the switch knows it: its phones and its connections. */
struct device {
	struct le he;
	struct pbx *pbx;
	char *number;
	struct list phones;  /**< struct phone: registered contacts */
	struct list parties; /**< struct party, by device_le, oldest first */
};

/** One registered contact of a device (RFC 3261 §10.3). */
struct phone {
	struct le le;
	struct device *device;
	char *uri;
	char *call_id;
	uint32_t cseq;
	struct sa source;
	enum sip_transport transport;
	uint64_t expires_ms; /**< time_mono_ms() */
	struct tmr tmr;
};

struct call;

/** One side of a call: a device, or a number outside. */
struct party {
	struct le device_le; /**< in device.parties */
	struct call *call;
	uint32_t id; /**< callID that its device knows it by: it keeps that of
			  its own call, whatever is connected to it */
	struct device *device; /**< NULL outside */
	char *number;	       /**< the device's, or the one outside */
	char *name;
	struct list branches;  /**< struct branch: legs that ring, or the one */
	struct sip_leg *leg;   /**< the one that carries it; borrowed of its
				    branch; NULL while that is open */
	struct branch *shares; /**< of another: who has the phone's leg
				    while this one waits for it */
	struct le waiting_le;  /**< in that */
	struct le more_le;     /**< in call.more */
	enum pbx_connection state;
	bool outgoing, outside;
	bool forwarded; /**< the call was sent on to it */
	bool behind;	/**< the other side has changed its codec once more */
	char *met, *met_name; /**< whom it spoke with before a transfer */
	int64_t begun_ms, since_ms, answered_ms;
};

/** A leg of a party, and what its handler gets. */
struct branch {
	struct le le;
	struct party *party;
	struct sip_leg *leg;
	struct list waiting; /**< struct party, by waiting_le: whose turn it
				  is when that one has gone */
};

struct transfer;

struct call {
	struct le le;
	struct pbx *pbx;
	uint32_t id;
	char *id_text; /**< for SIP_HEADER_CALL_ID */
	struct party *calling;
	struct party *called;	   /**< NULL until it is known */
	struct list more;	   /**< struct party, by more_le: what makes a
					conference of it */
	struct transfer *transfer; /**< under way, or NULL */
	struct party *left;	   /**< transferred away, its phone not yet */
	struct tmr tmr_left;
	struct media_mixer *mixer; /**< where a relay will not do, or NULL */
	const struct device *host; /**< who has made a conference of it; only
					to be compared */
	char *dialled;		   /**< number first called */
	bool answered;
	bool forwarded; /**< it has left a phone that it rang */
	bool over;
	uint16_t code;	/**< what the called phones said last */
	struct tmr tmr; /**< no answer */
};

/* device.c */
struct device *device_find(const struct pbx *p, const char *number);
int device_get(struct device **dp, struct pbx *p, const char *number);
bool device_reachable(const struct device *d);
/** Has it as many calls as one may have? */
bool device_is_full(const struct device *d);
/** The device may be gone after. */
void device_end_calls(struct pbx *p, const char *number);
/** Drop it if it has neither phones nor connections. */
void device_tidy(struct device *d);

/* registrar.c */
void registrar_handle(struct sip_register *r, struct pbx *p);

/* party.c */
int party_alloc(struct party **pp, struct call *c, struct device *d,
		const char *number, const char *name);
/** Take the leg of a call that comes in. */
int party_accept(struct party *party, struct sip_incoming *in);
/** Ring all phones of a device. @param formats what is offered
 *  @return 0 if at least one INVITE went out */
int party_ring(struct party *party, const struct device *d,
	       const struct party *from, const struct list *formats,
	       bool answer_itself);
/** What it can hear, for a phone that it is to be connected with. */
int party_formats(const struct party *party, struct list *formats);
/** Leave only that leg of those that rang. */
void party_decide(struct party *party, struct sip_leg *leg);
void party_state(struct party *party, enum pbx_connection state);
struct media_stream *party_stream(const struct party *party);

/* leg.c */
void leg_event(struct sip_leg *leg, const struct sip_leg_event *ev, void *arg);
void leg_media_event(enum media_event ev, void *arg);

/* page.c */
void page_incoming(struct sip_page_in *in, void *arg);

/* watch.c */
void watch_incoming(struct sip_subscribing *in, void *arg);
/** Connections of that device have changed. */
void watch_calls_changed(struct pbx *p, const char *number);
/** Nobody of that number watches any more, nor is watched. */
void watch_forget(struct pbx *p, const char *number);

/* call.c */
/** Digits, signs and plain names only: it goes into headers and look-ups. */
bool is_number(const char *s);
void call_incoming(struct sip_incoming *in, void *arg);
struct party *call_other(const struct party *party);
int call_make(struct pbx *p, struct device *d, const char *number,
	      uint32_t *idp);
/** Lead it to where the number leads. @return NORMAL, or why that cannot be:
 *  the call is gone then */
enum pbx_cause call_lead(struct call *c, const char *number);
/** It ends if nobody answers for the time that a call may ring. */
void call_wait_for_answer(struct call *c);
/**
 * Call another one from the same phone, while this one waits on hold
 * (ECMA-269 §13, Consultation Call).
 *
 * @param idp  Set to the new one's callID
 * @return 0, EINVAL (no number), EBUSY (too many calls), ENOMEM, or why the
 *         number cannot be reached: the call is as it was then
 */
int call_consult(struct party *by, const char *number, uint32_t *idp);
void call_ringing(struct call *c);
void call_early(struct call *c, struct sip_leg *leg);
void call_answered(struct call *c, struct sip_leg *leg);
/** Which of two answers of phones tells more. @param code 0: none yet */
uint16_t call_code_of(uint16_t code, uint16_t newer);
/** A phone that rang said no; ends the call if it was the last. */
void call_branch_failed(struct call *c, struct branch *b, uint16_t code);
void call_hold(struct party *party, bool hold, enum pbx_cause cause);
int call_deflect(struct call *c, const char *number);
/** Without a word: its parties have gone elsewhere. */
void call_dissolve(struct call *c);
/** End it for everybody; the call is gone after. */
void call_end(struct call *c, enum pbx_cause cause);

/** Where a number leads. @return NORMAL, or why it is refused; NOT_OBTAINABLE
 *  where there is no such number */
enum pbx_cause call_route(const struct pbx *p, const struct party *caller,
			  const char *number, struct pbx_route *route);
void route_reset(struct pbx_route *route);
/** Make the party that it leads to, unless it cannot be reached.
 *  @param cause As call_route() has it. @return likewise */
enum pbx_cause call_party_make(struct call *c, enum pbx_cause cause,
			       const char *number,
			       const struct pbx_route *route,
			       struct party **partyp, struct device **dp);
/** The other one holds it: its phone is told, and hears why it is quiet. */
void call_keep_waiting(struct party *party);
/** A party that was not meant to hear the other may again. */
void call_unhold(struct party *party);

/* handset.c */
/** Connect the phone with another call of its device; the one before waits. */
void handset_lend(struct party *from, struct party *to);
/** It waits for no phone any more. */
void handset_forget(struct party *party);
/** That party goes: who waits for its phone has it now; or is called back, if
 *  the phone has hung up. */
void handset_left(struct party *party);
/** Called back, it has answered. */
void handset_recalled(struct party *party);
/** Go on with one on hold; what is spoken meanwhile is held.
 *  @return 0, EPROTO (another one of the phone rings still), ENOTSUP (the
 *  phone itself holds it) */
int handset_take(struct party *party, enum pbx_cause cause);

/** Two parties of one device, each with a leg of its own: what its phone hears
 *  is the other call now. */
void handset_swap(struct party *a, struct party *b);

/* conference.c */
bool call_is_conference(const struct call *c);
/** Its sides: the calling one, the called one, who came later. NULL: there are
 *  no more. */
struct party *call_side(const struct call *c, unsigned i);
unsigned call_side_count(const struct call *c);
bool call_has_side(const struct call *c, const struct party *party);
/**
 * Put two calls of one device together: the party of the one stays, that of
 * the other goes, and whom it spoke with comes.
 *
 * @return 0, EPROTO (not in this state), ENOSPC (too many), ENOTSUP (the phone
 *         itself holds both)
 */
int call_conference(struct party *stays, struct party *goes);
/** Of a conference: let all who are not on hold hear each other. */
void conference_connect(struct call *c);
void conference_hold(struct party *party, bool hold, enum pbx_cause cause);
/** It is gone; of two that are left it is a call like any other. */
void conference_leave(struct party *party, enum pbx_cause cause);

/* codec.c */
/** Let both sides hear each other. */
void call_connect(struct call *c);
/** Its phone has offered anew, and has been answered. */
void call_offered(struct party *party);
/** It has heard what the other side wanted, and taken it or not. */
void call_offer_done(struct party *party);

/* transfer.c */
/**
 * Another one is to take the place of a party. It keeps the call until that
 * one answers, and has it as before if nobody does (RFC 5589 §6).
 *
 * @param refer  What asks for it, referenced; or NULL
 * @return 0, EPROTO (not in this state), EALREADY, or what keeps it from
 *         ringing: ENOENT, EBUSY, EHOSTUNREACH, ENOMEM
 */
int call_transfer(struct party *by, const char *number,
		  struct sip_refer *refer);
/**
 * Connect the other sides of two calls of one device, which leaves both; if
 * the second rings still, once it is answered (RFC 5589 §7).
 *
 * @return as call_transfer()
 */
int call_transfer_to(struct party *by, struct party *also,
		     struct sip_refer *refer);
/** True for who is to take a place; it is no side of the call yet. */
bool transfer_is_target(const struct party *party);
struct party *transfer_by(const struct call *c);
struct party *transfer_target(const struct call *c);
struct party *transfer_stays(const struct call *c);
void transfer_ringing(struct call *c);
void transfer_answered(struct call *c, struct sip_leg *leg);
void transfer_branch_failed(struct call *c, struct branch *b, uint16_t code);
/** The third does not want it. */
void transfer_refused(struct call *c);
/** Who transfers has hung up: it goes on without him. */
void transfer_by_gone(struct call *c);
/** The call ends. */
void transfer_drop(struct call *c);
/** What a phone asks for by REFER. */
void transfer_asked(struct party *by, struct sip_refer *r);
/** Of who was transferred away: its phone has hung up. */
void transfer_left(struct call *c);

/* event.c */
void event_send(struct call *c, struct party *subject, enum pbx_event_type type,
		enum pbx_cause cause, const char *redirected);
/** SIP answer for a cause, and the cause of a SIP answer. */
uint16_t cause_code(enum pbx_cause cause);
/** What a service says that has come to that. */
int cause_errno(enum pbx_cause cause);
enum pbx_cause cause_of_code(uint16_t code);

#endif
