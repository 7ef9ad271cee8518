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
	unsigned call_count;
	struct list paged; /**< struct paged: texts on their way */
	struct parked *slots[PBX_SLOTS];
	struct job_queue *disk; /**< writes recordings; NULL: none yet */
	struct list recorders;	/**< struct recorder */
	struct hash *watches;	/**< struct watch, by who is watched */
	unsigned watch_count;
	uint32_t last_call; /**< the newest callID */
	bool closing;
	bool stack_closed;
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
	char *user; /**< SIP account that it has registered with */
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
	struct le more_le;     /**< in call.more, or ringing.also */
	struct pbx_machine *machine; /**< the switch itself, which has no leg;
					  or NULL */
	enum pbx_connection state;
	bool outgoing, outside;
	bool forwarded; /**< the call was sent on to it */
	bool group;	/**< it is called as one of several */
	bool behind;	/**< the other side has changed its codec once more */
	char *met, *met_name; /**< whom it spoke with before a transfer */
	int64_t begun_ms, since_ms, answered_ms;
};

/** A leg of a party, and what its handler gets. */
struct branch {
	struct le le;
	struct party *party;
	struct sip_leg *leg;
	char *user;	     /**< SIP account of its phone, where we call it */
	struct list waiting; /**< struct party, by waiting_le: whose turn it
				  is when that one has gone */
};

struct transfer;
struct parked;

/** Those that ring for a call, one of which may have it. */
struct ringing {
	struct party **first; /**< where the call keeps it; NULL there: nobody
				   rings */
	struct list also;     /**< struct party, by more_le: the others */
	char *number;	      /**< that led there */
	char *place;	      /**< as the route hook calls it */
	uint64_t until_ms;    /**< no longer than that, time_mono_ms() */
	uint32_t ring_s;      /**< so long here; 0: until then */
	unsigned steps;
	uint16_t code; /**< what the phones said last */
	bool forwarded;
	bool to_machine; /**< that is where it goes now */
	char *left;	 /**< the device that it was told to have left last */
};

struct call {
	struct le le;
	struct pbx *pbx;
	uint32_t id;
	char *id_text; /**< for SIP_HEADER_CALL_ID */
	struct party *calling;
	struct party *called;	   /**< NULL until it is known */
	struct list more;	   /**< struct party, by more_le: what makes a
					conference of it */
	struct list leavers;	   /**< event.c: who was told to have left it */
	struct ringing ringing;	   /**< the called one, and who rings with it */
	struct transfer *transfer; /**< under way, or NULL */
	struct parked *parked;	   /**< it waits in a slot, or NULL */
	struct party *left;	   /**< transferred away, its phone not yet */
	struct tmr tmr_left;
	struct media_mixer *mixer; /**< where a relay will not do, or NULL */
	const struct device *host; /**< who has made a conference of it; only
					to be compared */
	char *dialled;		   /**< number first called */
	char *group; /**< name of the group that has it, or NULL */
	bool answered;
	bool service; /**< its number is a code, which is dealt with */
	bool over;
	struct tmr tmr; /**< no answer */
};

/* device.c */
struct device *device_find(const struct pbx *p, const char *number);
/** The device that an account's phones belong to; valid in this turn. */
const char *device_line(const struct pbx *p, const char *user);
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
/** How the phones of a device are called. */
struct ring_prm {
	const struct party *from; /**< who is shown; NULL: the number called */
	const struct list *formats; /**< what is offered; NULL: all of ours */
	const char *number;	    /**< to be called outside, or NULL */
	const char *user;	    /**< only the phones of that account; NULL:
				       all */
	bool answer_itself;
};
/** Ring the phones of a device.
 *  @return 0 if at least one INVITE went out */
int party_ring(struct party *party, const struct device *d,
	       const struct ring_prm *prm);
/** What it can hear, for a phone that it is to be connected with. */
int party_formats(const struct party *party, struct list *formats);
/** Leave only that leg of those that rang. */
void party_decide(struct party *party, struct sip_leg *leg);
void party_state(struct party *party, enum pbx_connection state);
/** Its phone has called, and is not answered yet. */
bool party_waits(const struct party *party);
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
/** @param user   Only the phones of that account; NULL: all
 *  @param phone  As pbx_make_call() */
int call_make(struct pbx *p, struct device *d, const char *user,
	      const char *phone, const char *number, uint32_t *idp);
/** Do what a code stands for, without any phone. It is a call all the same to
 *  who watches. @return 0, or why it is not done */
int call_feature(struct pbx *p, struct device *d, const char *number,
		 uint32_t *idp);
/** Lead it to where the number leads. @return NORMAL, or why that cannot be:
 *  the call is gone then */
enum pbx_cause call_lead(struct call *c, const char *number);
/** It ends, or goes on, if nobody answers for the time that it may ring. */
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
void call_ringing(struct call *c, struct party *party);
void call_early(struct call *c, struct party *party, struct sip_leg *leg);
/** @param cause  NEW_CALL, or what else made it so */
void call_answered(struct call *c, struct party *party, enum pbx_cause cause);
/** Which of two answers of phones tells more. @param code 0: none yet */
uint16_t call_code_of(uint16_t code, uint16_t newer);
/** A phone that rang said no; ends the call if it was the last. */
void call_branch_failed(struct call *c, struct branch *b, uint16_t code);
/** @return 0, EPROTO, or why it rings on: as call_consult() */
int call_deflect(struct party *party, const char *number);
/** One that rang does not want it. */
void call_refused(struct party *party);
/** What a code stands for is done: that is heard, then it ends. */
void call_confirm(struct call *c);
/** Without a word: its parties have gone elsewhere. */
void call_dissolve(struct call *c);
/** End it for everybody; the call is gone after. */
void call_end(struct call *c, enum pbx_cause cause);

/* hold.c */
void call_hold(struct party *party, bool hold, enum pbx_cause cause);
/** It is parked, has dialled a code or speaks with a machine: no other side
 *  that could be spoken with. */
bool call_has_nobody(const struct party *party);
/** The other one holds it: its phone is told, and hears why it is quiet. */
void call_keep_waiting(struct party *party);
/** Its phone is to be on hold: the other one wants it so, or it is parked. */
bool call_is_kept_waiting(const struct party *party);
/** A party that was not meant to hear the other may again. */
void call_unhold(struct party *party);

/* ringing.c */
/** Where a number leads. @param left  Who has sent it there, or NULL
 *  @param r  Reset it after. @return NORMAL, or why it is
 *  refused; NOT_OBTAINABLE where there is no such number */
enum pbx_cause ringing_ask(const struct pbx *p, const struct party *caller,
			   const char *number, const char *left,
			   struct pbx_route *r);
/** Keep who has sent the call on. */
void ringing_left(struct ringing *r, const char *device);
/**
 * Let all ring that a route leads to; those that cannot be reached may have
 * others instead.
 *
 * @param cause  As ringing_ask() has it
 * @param caller Whose call it is; @param from who is shown to them
 * @return NORMAL if it rings, else why it does not
 */
enum pbx_cause ringing_begin(struct ringing *r, struct call *c,
			     const struct party *caller,
			     const struct party *from, const char *number,
			     enum pbx_cause cause, struct pbx_route *route);
/** Nobody has answered: whoever else may have it rings instead.
 *  @return NORMAL, or the cause: there is nobody */
enum pbx_cause ringing_onward(struct ringing *r, struct call *c,
			      const struct party *caller,
			      const struct party *from, enum pbx_cause cause);
/** How long it may ring here, milliseconds. */
uint64_t ringing_ms(const struct ringing *r);
bool ringing_has(const struct ringing *r, const struct party *party);
/** Legs that ring, of all. */
unsigned ringing_legs(const struct ringing *r);
/** The next of those that ring; NULL: the first; returns NULL after the
 *  last. */
struct party *ringing_next(const struct ringing *r, const struct party *party);
/** That one has it; the others are told. It is *first then. */
void ringing_decide(struct ringing *r, struct party *party);
/** A phone said no. @return true if that was the last of all, which *first
 *  still has */
bool ringing_failed(struct ringing *r, struct branch *b, uint16_t code);
/** That one does not ring any more. @return true if it is the only one: then
 *  it is left as it is */
bool ringing_leave(struct ringing *r, struct party *party,
		   enum pbx_cause cause);
/** All stop. Who rang is told. */
void ringing_stop(struct ringing *r, enum pbx_cause cause);
void ringing_reset(struct ringing *r);

/* machine.c */
/** Have the switch itself be that party. */
int machine_alloc(struct party *party, const char *name);
/** Of the other side of a party, or NULL. */
struct pbx_machine *machine_of(const struct party *party);
/** It has been led there: it answers. The call may be gone after. */
void machine_answer(struct call *c);
/** The phone that it speaks with is its own now; NULL: it is with another
 *  call. */
void machine_connect(struct pbx_machine *m, struct media_stream *s);
/** It is told that it is over. */
void machine_over(struct party *party);
void machine_media_event(struct pbx_machine *m, enum media_event ev);
/** The recording has ended by itself. */
void machine_stopped(struct pbx_machine *m, int err);

/* recorder.c */
struct recorder;
int recorder_alloc(struct recorder **rp, struct pbx *p,
		   const struct pbx_record_prm *prm, struct pbx_machine *m,
		   pbx_recorded_h *h, void *arg);
struct media_ring *recorder_ring(const struct recorder *r);
/** What is in its ring is the last; it goes by itself. */
void recorder_end(struct recorder *r);
/** All of the switch's, at its end. */
void recorders_flush(struct pbx *p);

/* pbx.c */
/** A recording is done: the switch may have waited for that. */
void pbx_recorded(struct pbx *p);

/* service.c */
/** The number is a code. @return NORMAL: the call has become another, or will
 *  end by itself; else why it cannot be */
enum pbx_cause service_run(struct call *c, const char *number,
			   const struct pbx_route *route);

/* park.c */
/** Whom the party speaks with waits in a slot from now on; the party leaves.
 *  @param refer  What asks for it, or NULL
 *  @return NORMAL, BUSY (slot), or what else is in the way */
enum pbx_cause park_put(struct party *by, unsigned slot,
			struct sip_refer *refer);
/** Who waits there, NULL: nobody. */
struct call *park_at(const struct pbx *p, unsigned slot);
/** Somebody comes for it, or it ends. */
void park_over(struct call *c);

/* handset.c */
struct branch *handset_branch(const struct party *party);
/** The leg is the other's now. */
void handset_give(struct branch *b, struct party *to);
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
/** Who else is in it. @param members  PBX_SIDES_MAX, filled; texts borrowed
 *  @return how many */
unsigned call_members(const struct party *party, struct pbx_member *members);
bool call_has_side(const struct call *c, const struct party *party);
/**
 * Put two calls of one device together: the party of the one stays, that of
 * the other goes, and whom it spoke with comes.
 *
 * @return 0, EPROTO (not in this state), EDQUOT (too many), ENOTSUP (the phone
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
struct ringing *transfer_ringing_of(const struct call *c);
struct party *transfer_by(const struct call *c);
struct party *transfer_target(const struct call *c);
struct party *transfer_stays(const struct call *c);
void transfer_ringing(struct call *c, struct party *party);
void transfer_answered(struct call *c, struct party *target,
		       enum pbx_cause cause);
void transfer_branch_failed(struct call *c, struct branch *b, uint16_t code);
/** A third does not want it. */
void transfer_refused(struct party *target);
/** He leaves the call to who stays. */
void transfer_leaves(struct party *by, struct party *stays,
		     enum pbx_cause cause);
/** … and its phone hangs up by itself, if it was the one that asked. */
void transfer_let_go(struct call *c, struct party *by, bool asked);
/** Who is left alone goes back to a device, as it was transferred by it.
 *  @return false if it cannot be called */
bool transfer_back(struct party *stays, const char *number);
/** Who transfers has hung up: it goes on without him. */
void transfer_by_gone(struct call *c);
/** The call ends. */
void transfer_drop(struct call *c);
/** What a phone asks for by REFER. */
void transfer_asked(struct party *by, struct sip_refer *r);
/** Of who was transferred away: its phone has hung up. */
void transfer_left(struct call *c);

/* event.c */
/** Was it told that this connection is gone, and nothing of it since? */
bool event_has_left(const struct party *party);
void event_send(struct call *c, struct party *subject, enum pbx_event_type type,
		enum pbx_cause cause, const char *redirected);
/** SIP answer for a cause, and the cause of a SIP answer. */
uint16_t cause_code(enum pbx_cause cause);
/** What a service says that has come to that. */
int cause_errno(enum pbx_cause cause);
enum pbx_cause cause_of_code(uint16_t code);

#endif
