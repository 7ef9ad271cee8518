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
	PBX_DIVERTED, /**< the call left a device that it rang */
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
	PBX_CAUSE_COUNT
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
	unsigned sides;		/**< how many are in the call */
	const char *peer_name;
	bool outgoing;	 /**< the subject placed the call */
	bool outside;	 /**< the other party is not of this system */
	bool forwarded;	 /**< the call was sent on to the subject, by deflection
			      or transfer */
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
	int64_t since_ms;		       /**< of the state */
	int64_t answered_ms;		       /**< 0 before */
};

/** Who calls. */
struct pbx_caller {
	const char *number; /**< extension, proved by digest; or outside */
	bool outside;	    /**< then the number is what somebody claims */
};

/** Where a call is to go: filled by the route hook. */
struct pbx_route {
	enum pbx_cause refuse; /**< not NORMAL: refuse it with that */
	char *device;	       /**< extension to ring, owned by the switch
				    (text_set()); NULL: as called */
	char *name;	       /**< its name for the caller, or NULL */
	char *caller_name;     /**< the caller's name for the phone; NULL: what
				    the network says, if it comes from outside */
	bool outside;	       /**< the called side is not of this system */
};

struct pbx_hooks {
	/** HA1 of an extension's SIP account; 0 or ENOENT. */
	int (*ha1)(const char *user, const char *realm, uint8_t ha1[16],
		   void *arg);
	/** Likewise with SHA-256; NULL: such digests are not offered. */
	int (*ha1_sha256)(const char *user, const char *realm, uint8_t ha1[32],
			  void *arg);
	/**
	 * Where a number leads.
	 *
	 * @param caller  Who calls
	 * @param number  As dialled; hostile
	 * @return 0, or ENOENT: no such number
	 */
	int (*route)(const struct pbx_caller *caller, const char *number,
		     struct pbx_route *route, void *arg);
	/** After something happened. */
	void (*event)(const struct pbx_event *ev, void *arg);
	/** True for an account that stands for the world outside: its calls may
	 *  come from any number, and it gets those that leave. NULL: none. */
	bool (*trunk)(const char *user, void *arg);
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
};

struct pbx_prm {
	struct sa laddr;      /**< SIP, UDP and TCP; port 0: any free one */
	const char *realm;    /**< NULL: "offhook" */
	uint32_t no_answer_s; /**< a call rings so long; 0: 180 */
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
/** Clear all calls, then done(), at most 2 s later. */
void pbx_close(struct pbx *p, void (*done)(void *arg), void *arg);

bool pbx_reachable(const struct pbx *p, const char *device);

/** What the hooks presence or messages say of it has changed: who watches it
 *  is told. */
void pbx_presence_changed(struct pbx *p, const char *device);
void pbx_messages_changed(struct pbx *p, const char *device);

/** That account is no more what it was: gone, as the hook ha1 says, or with
 *  another password. Its phones are forgotten and what it watches ends; so do
 *  its calls, if it is gone. */
void pbx_account_changed(struct pbx *p, const char *device);

/**
 * Third-party call control. What comes of it is told as events.
 *
 * @param device  The subject: whose phone is operated
 * @return 0, ENOENT (no such call or device), EHOSTUNREACH (its phone is not
 *         registered), EBUSY, EPROTO (not in this state), ENOTSUP (its phone
 *         cannot be operated so)
 */
/** Rings the device (asking it to answer by itself), then calls number.
 *  @param callp set to the callID */
int pbx_make_call(struct pbx *p, const char *device, const char *number,
		  uint32_t *callp);
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
/** Let all who are in both hear each other. @return as above, ENOSPC */
int pbx_conference(struct pbx *p, const char *device, uint32_t active,
		   uint32_t held);
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

typedef void(pbx_connection_h)(const struct pbx_connection_info *c, void *arg);
/** All connections of a device, oldest first. */
void pbx_connections(const struct pbx *p, const char *device,
		     pbx_connection_h *h, void *arg);
/** Calls there are now. */
unsigned pbx_call_count(const struct pbx *p);

/** "Delivered" … as in ECMA-269, and the causes' names ("busy" …). */
const char *pbx_event_name(enum pbx_event_type t);
const char *pbx_cause_name(enum pbx_cause c);

#endif
