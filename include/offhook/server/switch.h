/**
 * @file server/switch.h  Registrar and switch: phones, calls, CSTA's view
 *
 * Calls are made of SIP legs whose sound is relayed. What happens is told as
 * CSTA events (ECMA-269); who may do what, and where a number leads, is asked
 * of hooks: the switch calls no feature by name. A *device* is an extension's
 * number; it is reachable while some phone is registered for it. All of it
 * belongs to the loop's thread.
 */
#ifndef OFFHOOK_SERVER_SWITCH_H
#define OFFHOOK_SERVER_SWITCH_H

#include <offhook/base.h>
#include <offhook/sip.h>

struct pbx;

/** State of a connection: one device in one call (ECMA-269 §6.1.5). */
enum pbx_connection {
	PBX_NULL,
	PBX_INITIATED,
	PBX_ALERTING,
	PBX_CONNECTED,
	PBX_HELD,
	PBX_QUEUED,
	PBX_FAILED,
};

/** What happened (ECMA-269, call control events). */
enum pbx_event_type {
	PBX_SERVICE_INITIATED, /**< a device has gone off hook */
	PBX_ORIGINATED,	       /**< it has dialled; the call is on its way */
	PBX_DELIVERED,	       /**< the called device rings */
	PBX_ESTABLISHED,       /**< answered */
	PBX_HELD_EVENT,
	PBX_RETRIEVED,
	PBX_DIVERTED,	  /**< the call left a device that it rang */
	PBX_QUEUED_EVENT, /**< it waits with nobody: parked */
	PBX_TRANSFERRED,
	PBX_CONFERENCED,
	PBX_FAILED_EVENT, /**< cannot be completed: see cause */
	PBX_CONNECTION_CLEARED,
	PBX_EVENT_COUNT
};

/** Why (ECMA-269 §17, event causes). */
enum pbx_cause {
	PBX_CAUSE_NORMAL,
	PBX_CAUSE_NEW_CALL,
	PBX_CAUSE_BUSY,
	PBX_CAUSE_NO_ANSWER,
	PBX_CAUSE_CANCELLED,
	PBX_CAUSE_REJECTED,
	PBX_CAUSE_NOT_OBTAINABLE, /**< no such number */
	PBX_CAUSE_UNREACHABLE,	  /**< no phone is registered there */
	PBX_CAUSE_DO_NOT_DISTURB,
	PBX_CAUSE_FORWARDED,
	PBX_CAUSE_TRANSFER,
	PBX_CAUSE_NETWORK,
	PBX_CAUSE_INCOMPATIBLE,
	PBX_CAUSE_CONSULTATION,
	PBX_CAUSE_ALTERNATE,
	PBX_CAUSE_CONFERENCE,
	PBX_CAUSE_RECALL, /**< its phone has hung up while it waited */
	PBX_CAUSE_MULTIPLE_ALERTING, /**< another one that rang has it */
	PBX_CAUSE_PICKUP,	     /**< taken by one that did not ring */
	PBX_CAUSE_PARK,
	PBX_CAUSE_COUNT
};

/** Who waits in a slot. */
struct pbx_parked {
	unsigned slot;
	const char *number, *name; /**< name "" if not known */
	const char *by;		   /**< device that has parked it */
	int64_t since_ms;	   /**< wall clock */
};
typedef void(pbx_parked_h)(const struct pbx_parked *parked, void *arg);

/** A side of a call. */
struct pbx_side {
	const char *device; /**< or a number outside */
	uint32_t call;	    /**< callID that it knows it by */
	bool outside;
};
typedef void(pbx_side_h)(const struct pbx_side *side, void *arg);

/** Most that can be in one call. */
enum { PBX_SIDES_MAX = 16 };
/** Somebody else who is in it. */
struct pbx_member {
	const char *number, *name; /**< name "" if not known */
};

/** One event, as it concerns one call; told once, not per monitor. */
struct pbx_event {
	enum pbx_event_type type;
	enum pbx_cause cause;
	uint32_t call;	      /**< callID that the subject knows it by */
	uint32_t peer_call;   /**< … and the peer */
	const char *device;   /**< whose connection changed; the subject */
	bool subject_outside; /**< that is no device but a number outside */
	const char *calling;  /**< calling device */
	const char *calling_name;
	const char *called;	/**< number first called */
	const char *redirected; /**< device it left (DIVERTED), or "" */
	const char *peer;	/**< the other party as the subject sees it; ""
				     in a conference */
	const char *seen_as;	/**< the subject, as the peer sees it: a group
				     until one of it has answered */
	const char *seen_name;	/**< likewise, "" if not known */
	unsigned sides;		/**< how many are in the call */
	struct pbx_member members[PBX_SIDES_MAX]; /**< of CONFERENCED, while
						       there is no peer: the
						       other ones … */
	unsigned member_count; /**< … how many they are; 0 otherwise */
	const char *peer_name;
	bool outgoing;	/**< the subject placed the call */
	bool outside;	/**< the other party is not of this system */
	bool group;	/**< it was for a group: the number called, if outgoing;
			     else the subject was called as one of it */
	bool service;	/**< no call, but a code that was dialled */
	bool forwarded; /**< the call was sent on to the subject, by deflection
			     or transfer */
	bool to_machine; /**< DIVERTED: it goes to a machine, nobody has it */
	const char *met; /**< whom the subject spoke with before a transfer;
			      NULL: the peer */
	const char *met_name;
	enum pbx_connection state; /**< the subject's connection now */
	int64_t begun_ms;	   /**< of that connection, wall clock */
	int64_t answered_ms;	   /**< 0 before */
	int64_t at_ms;
};

/** A connection as it stands now. */
struct pbx_connection_info {
	uint32_t call;
	enum pbx_connection state;
	bool outgoing, outside;
	const char *device, *peer, *peer_name; /**< "" in a conference */
	unsigned sides;			       /**< how many are in the call */
	struct pbx_member members[PBX_SIDES_MAX];
	unsigned member_count; /**< the other ones, in a conference */
	int64_t since_ms;      /**< of the state */
	int64_t answered_ms;   /**< 0 before */
};

/** Who calls. */
struct pbx_caller {
	const char *number; /**< extension, proved by digest; or outside */
	bool outside;	    /**< then the number is what somebody claims */
};

/** The route hook is asked. */
struct pbx_ask {
	struct pbx_caller caller;
	const char *number;    /**< as dialled; hostile */
	enum pbx_cause reason; /**< NORMAL: for the first time; else why nobody
				    has answered at the place below */
	const char *place;     /**< as the hook has named it, or NULL */
	const char *left;      /**< the device that has just sent the call to
				    that number by deflection, or NULL */
};

/** What a number stands for. */
enum pbx_service {
	PBX_SERVICE_CALL,
	PBX_SERVICE_PICKUP,  /**< to have what rings at one of the targets */
	PBX_SERVICE_PARK,    /**< to leave somebody waiting in a slot */
	PBX_SERVICE_UNPARK,  /**< to have who waits there */
	PBX_SERVICE_FEATURE, /**< the hook of that name does it */
	PBX_SERVICE_COUNT
};

/** Most slots where calls are parked: 0 … 9. */
enum { PBX_SLOTS = 10 };

/** Somebody who is called, and where that rings. */
struct pbx_target {
	struct le le;
	char *device; /**< whose connection it is; NULL: the route's device */
	char *line;   /**< at whose phones it rings; NULL: at its own */
	char *number; /**< what they are to call: the line leads outside; NULL:
			   nothing, they are the phones */
};

/** Where a call is to go: filled by the route hook. */
struct pbx_route {
	enum pbx_cause refuse; /**< not NORMAL: refuse it with that */
	enum pbx_service service;
	unsigned slot;	     /**< PARK, UNPARK: below PBX_SLOTS */
	char *device;	     /**< extension to ring, owned by the switch
				  (text_set()); NULL: as called */
	char *name;	     /**< its name for the caller, or NULL */
	char *caller_name;   /**< the caller's name for the phone; NULL: what
				  the network says, if it comes from outside */
	bool outside;	     /**< the called side is not of this system */
	bool group;	     /**< several are called: name is that of all */
	struct list targets; /**< struct pbx_target, see pbx_route_add(); all
				  ring at once. Empty: the device's phones */
	uint32_t ring_s;     /**< ask again where nobody answers for so long;
				  0: as long as a call may ring */
	char *place;	     /**< what the hook wants to hear if it is asked
				  again; NULL: it is not */
	char *left;	     /**< who has sent it on before it rang; or NULL */
	char *machine;	     /**< nobody rings: the switch itself answers, and
				  the hook machine() speaks, to whom it is
				  known by this; the device is the number that
				  is shown. NULL: phones ring */
};
/** One more that rings. @return 0 or ENOMEM */
int pbx_route_add(struct pbx_route *r, const char *device, const char *line,
		  const char *number);
/** Empty it. */
void pbx_route_reset(struct pbx_route *r);

struct pbx_machine;

/** What a machine has come to. */
enum pbx_machine_event {
	PBX_MACHINE_BEGUN,   /**< it has answered: whatever it is told to play
				  or record begins now */
	PBX_MACHINE_PLAYED,  /**< all that was to be played has been */
	PBX_MACHINE_DIGIT,   /**< pbx_machine_digit() has some */
	PBX_MACHINE_STOPPED, /**< its recording has ended by itself: too long,
				  or nothing was said */
	PBX_MACHINE_BROKEN,  /**< likewise, as it cannot be written */
	PBX_MACHINE_OVER,    /**< nobody listens any more: the last word; a
				  reference to it may be kept, but does
				  nothing */
};

struct pbx_hooks {
	/** HA1 of an extension's SIP account; 0 or ENOENT. */
	int (*ha1)(const char *user, const char *realm, uint8_t ha1[16],
		   void *arg);
	/** Likewise with SHA-256; NULL: such digests are not offered. */
	int (*ha1_sha256)(const char *user, const char *realm, uint8_t ha1[32],
			  void *arg);
	/**
	 * Where a number leads; asked again where nobody there can or does
	 * answer. Nothing is done in it: messages are led by it too.
	 *
	 * @return 0, or ENOENT: no such number; no other place
	 */
	int (*route)(const struct pbx_ask *ask, struct pbx_route *route,
		     void *arg);
	/** Do what a code stands for. @return NORMAL, or why not. NULL: there
	 *  are none */
	enum pbx_cause (*feature)(const struct pbx_caller *caller,
				  const char *number, void *arg);
	/** Where its user is when a program dials for him: filled if that is
	 *  not at the device's own phones.
	 *
	 *  @param phone  One of his that is to be it, if it has no account
	 *                (pbx_make_call()); NULL: whichever
	 *  @return 0, or ENOENT: at the device's own phones; no such phone */
	int (*home)(const char *device, const char *phone,
		    struct pbx_route *route, void *arg);
	/** The device that a SIP account's phones belong to, if that has
	 *  several accounts; valid in this turn. NULL: one of its own */
	const char *(*line)(const char *user, void *arg);
	/** After something happened. */
	void (*event)(const struct pbx_event *ev, void *arg);
	/** True for an account that stands for the world outside: its calls may
	 *  come from any number, and it gets those that leave. NULL: none. */
	bool (*trunk)(const char *user, void *arg);
	/** Slots have been filled or emptied: see pbx_parked(). NULL: nobody
	 *  asks */
	void (*parked)(void *arg);
	/** A device has become reachable or not. */
	void (*reachable)(const char *device, bool reachable, void *arg);
	/** A wrong digest for a user: for the log and for locks. */
	void (*wrong_digest)(const char *user, void *arg);
	/** Presence of who has that extension, for phones that watch it; the
	 *  note stays valid until the next turn. 0 or ENOENT. NULL: nobody's
	 *  presence can be watched (489). */
	int (*presence)(const char *device, struct sip_presence *presence,
			void *arg);
	/** What waits in its mailbox: 0 or ENOENT. NULL: there are none. */
	int (*messages)(const char *device, struct sip_messages *messages,
			void *arg);
	/** A call that was led to a machine: it may be told what to do, here or
	 *  later. NULL: there are none, who is led to one reaches nobody. */
	void (*machine)(struct pbx_machine *m, enum pbx_machine_event ev,
			void *arg);
};

struct pbx_prm {
	struct sa laddr;      /**< SIP, UDP and TCP; port 0: any free one */
	const char *realm;    /**< NULL: "offhook" */
	uint32_t no_answer_s; /**< a call rings so long; 0: 180 */
	uint32_t park_s;      /**< so long it is parked before it comes back; 0:
				   180 */
};

int pbx_alloc(struct pbx **pp, const struct pbx_prm *prm,
	      const struct pbx_hooks *hooks, void *arg);
/**
 * Be there over TLS as well, which phones that register that way are called
 * by.
 *
 * @param cert, key  PEM, as sip_stack_certificate() takes them
 * @param bound      Set to the address with the real port
 * @return 0 or errno
 */
int pbx_listen_tls(struct pbx *p, const struct sa *laddr, const char *cert,
		   const char *key, struct sa *bound);
/** Address that phones register at. */
const struct sa *pbx_address(const struct pbx *p);
/** Have the phones of a device show a text, by a message that those take that
 *  can (RFC 3428). @param text UTF-8; "": nothing more
 *  @return 0, EHOSTUNREACH (no phone is registered), EBUSY, ENOMEM */
int pbx_show(struct pbx *p, const char *device, const char *text);
/** Clear all calls, then done(), at most 2 s later, once what was recorded is
 *  in its files. */
void pbx_close(struct pbx *p, void (*done)(void *arg), void *arg);

bool pbx_reachable(const struct pbx *p, const char *device);
/** How many phones are registered for it. */
unsigned pbx_phone_count(const struct pbx *p, const char *device);

/** What the hooks presence or messages say of it has changed: who watches it
 *  is told. */
void pbx_presence_changed(struct pbx *p, const char *device);
void pbx_messages_changed(struct pbx *p, const char *device);

/** That account is no more what it was: gone, as the hook ha1 says, or with
 *  another password. Its phones are forgotten and what it watches ends; so do
 *  its calls, if it is gone. */
void pbx_account_changed(struct pbx *p, const char *device);

/** The hook line says another number for that account than before: its phones
 *  ring for that one from now on, and what they watch ends, so that they ask
 *  for the other number's. Calls go on where they are. */
void pbx_line_changed(struct pbx *p, const char *user);

/**
 * Third-party call control. What comes of it is told as events.
 *
 * @param device  The subject: whose phone is operated
 * @return 0, ENOENT (no such call or device), EHOSTUNREACH (its phone is not
 *         registered), EBUSY, EPROTO (not in this state), ENOTSUP (its phone
 *         cannot be operated so)
 */
/** Rings the device (asking it to answer by itself), then calls number.
 *  @param phone  Ring that one instead, which the hook home knows; NULL: the
 *                device's own
 *  @param callp  Set to the callID */
int pbx_make_call(struct pbx *p, const char *device, const char *phone,
		  const char *number, uint32_t *callp);
int pbx_answer(struct pbx *p, const char *device, uint32_t call);
int pbx_clear(struct pbx *p, const char *device, uint32_t call);
int pbx_hold(struct pbx *p, const char *device, uint32_t call);
/** Whatever the phone speaks meanwhile is held. */
int pbx_retrieve(struct pbx *p, const char *device, uint32_t call);
/**
 * Two calls of one phone. Its leg carries both in turn, so that it need not
 * know of it; hung up, it rings again with the one that waits.
 */
/** Hold the call and dial another one. @param callp set to its callID. @return
 *  as above, ENOENT: no such number too; then the call goes on */
int pbx_consult(struct pbx *p, const char *device, uint32_t call,
		const char *number, uint32_t *callp);
/** Hold the one, go on with the other. */
int pbx_alternate(struct pbx *p, const char *device, uint32_t active,
		  uint32_t held);
/** Let all who are in both hear each other. @return as above, EDQUOT */
int pbx_conference(struct pbx *p, const char *device, uint32_t active,
		   uint32_t held);
/** All sides of an answered call, the subject's among them. @return as above */
int pbx_sides(struct pbx *p, const char *device, uint32_t call, pbx_side_h *h,
	      void *arg);
/** Have another one leave it. @param number  Whose connection that is
 *  @return as above, ENOENT: nobody of it, EPERM: another one has made it */
int pbx_drop(struct pbx *p, const char *device, uint32_t call,
	     const char *number);
/** End it for all. @return as above, EPERM: another one has made it */
int pbx_end_conference(struct pbx *p, const char *device, uint32_t call);
/** End the one, go on with the other. */
int pbx_reconnect(struct pbx *p, const char *device, uint32_t active,
		  uint32_t held);
/** Send a ringing call elsewhere. */
int pbx_deflect(struct pbx *p, const char *device, uint32_t call,
		const char *number);
/** Send the other side of a call elsewhere; the subject keeps it until that
 *  one answers. */
int pbx_transfer(struct pbx *p, const char *device, uint32_t call,
		 const char *number);
/** Connect the other sides of two calls of the subject, which leaves both; if
 *  the second rings still, once it is answered. Each of them keeps its
 *  callID. */
int pbx_transfer_to(struct pbx *p, const char *device, uint32_t call,
		    uint32_t to);

/* ---- machines: the switch itself answers -------------------------------- */

/** As the route called it. */
const char *pbx_machine_name(const struct pbx_machine *m);
/** Who listens; valid in this turn. */
void pbx_machine_caller(const struct pbx_machine *m, struct pbx_caller *caller,
			const char **namep);
/** What belongs to whoever speaks through it. */
void pbx_machine_set_data(struct pbx_machine *m, void *data);
void *pbx_machine_data(const struct pbx_machine *m);

/** Most clips that are played in a row. */
enum { PBX_CLIPS_MAX = 16 };
/** Play clips in a row instead of what is being played; then PLAYED.
 *  @param n  0: nothing any more. @return 0 or EINVAL */
int pbx_machine_play(struct pbx_machine *m, struct media_clip *const *clips,
		     size_t n);
/** The next digit that the caller has pressed, 0: none. */
char pbx_machine_digit(struct pbx_machine *m);

/** What is to be recorded. */
struct pbx_record_prm {
	const char *path;   /**< a file that is made, WAV of 16 bit, mono, 8000
				 Hz, mode 0600; replaced if it is there */
	uint32_t max_s;	    /**< ends then, 1 … 3600 */
	uint32_t silence_s; /**< … or once nothing was said for so long; 0: not
				 by that */
};
/** What has been recorded. */
struct pbx_recorded {
	/** 0: the file is whole; ENOSPC: up to where the disk was full, if
	 *  that is anything; else it is to be removed */
	int err;
	uint32_t ms;	   /**< its length */
	uint32_t voice_ms; /**< so much of it is no silence */
};
/** Once, after the file has been closed: perhaps when the machine and its
 *  caller have long gone. */
typedef void(pbx_recorded_h)(const struct pbx_recorded *r, void *arg);
/** Write down what the caller says, until the machine is told to stop, does by
 *  itself (STOPPED, BROKEN), or is over.
 *  @return 0, EINVAL, EALREADY, ENOMEM: then h is not called */
int pbx_machine_record(struct pbx_machine *m, const struct pbx_record_prm *prm,
		       pbx_recorded_h *h, void *arg);
/** @return false if it did not record */
bool pbx_machine_record_stop(struct pbx_machine *m);
/** Hang up; it is gone after. */
void pbx_machine_hang_up(struct pbx_machine *m);

typedef void(pbx_connection_h)(const struct pbx_connection_info *c, void *arg);
/** All connections of a device, oldest first. */
void pbx_connections(const struct pbx *p, const char *device,
		     pbx_connection_h *h, void *arg);
/** Calls there are now. */
unsigned pbx_call_count(const struct pbx *p);
/** All slots with somebody in them, in their order. */
void pbx_parked(const struct pbx *p, pbx_parked_h *h, void *arg);

/** "Delivered" … as in ECMA-269, and the causes' names ("busy" …). */
const char *pbx_event_name(enum pbx_event_type t);
const char *pbx_cause_name(enum pbx_cause c);

#endif
