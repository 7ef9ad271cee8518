/**
 * @file ice_int.h  What the files of the ice module share
 */
#ifndef OFFHOOK_ICE_INT_H
#define OFFHOOK_ICE_INT_H

#include <offhook/base.h>
#include <offhook/ice.h>
#include <offhook/net.h>

#include <netinet/in.h>
#include <re_stun.h>

enum {
	COMPONENTS = 2,
	LOCAL_MAX = 48,
	REMOTE_MAX = ICE_REMOTE_MAX + 16, /**< with those found by checks */
	PAIRS_MAX = 100,		  /**< RFC 8445 §6.1.2.5 */
	SERVERS_MAX = 8,
	CHANNELS_MAX = REMOTE_MAX,
	DATAGRAM_MAX = 1500,
};

/* --- message.c: transactions (RFC 8489) ---------------------------------- */

struct request;

/** Put a message on its way. */
typedef void(request_send_h)(const uint8_t *p, size_t len, void *arg);
/** @param msg  The answer, NULL: none came. The request is over and gone. */
typedef void(request_done_h)(const struct stun_msg *msg,
			     const struct sa *source, void *arg);

struct request_prm {
	uint16_t method;
	const uint8_t *key; /**< of MESSAGE-INTEGRITY, NULL: none */
	size_t key_len;
	bool fingerprint;
	bool reliable;	   /**< it is said once (by a connection) */
	uint32_t first_ms; /**< wait after the first */
	unsigned tries;
	request_send_h *send;
	request_done_h *done;
	void *arg;
};

/**
 * Begin a transaction. Its attributes follow, as those of libre's
 * stun_request().
 *
 * @param rp    Set to it; mem_deref() cancels it. Cleared when it is over
 * @param list  Those that answers are looked for in
 */
int request_send(struct request **rp, struct list *list,
		 const struct request_prm *prm, uint32_t attrc, ...);
/** Say it again now, in the same words. */
void request_again(struct request *r);
/**
 * An answer came.
 *
 * @return true if it was one to a request of the list
 */
bool request_answered(struct list *list, const struct stun_msg *msg,
		      const struct sa *source);
/** Code of an error answer, 0 for success. */
uint16_t answer_code(const struct stun_msg *msg);
/** What arrived, NULL if it is none; to mem_deref().
 *  @param unknown  Set to what must be understood, and is not (§6.3) */
struct stun_msg *message_read(const uint8_t *p, size_t len,
			      struct stun_unknown_attr *unknown);
/** True if it is made with that key. */
bool message_is_by(const struct stun_msg *msg, const uint8_t *key, size_t len);

/* --- turn.c: an allocation (RFC 8656) ------------------------------------ */

struct turn;

struct turn_handlers {
	/** To the server. */
	request_send_h *send;
	/** 0: it is there; EACCES, ETIMEDOUT, EPROTO: it is not, or not any
	 *  more. The allocation is not freed in it. */
	void (*state)(struct turn *t, int err, void *arg);
	/** Data of a peer arrived; NULL if none can, as none is bound. */
	void (*data)(struct turn *t, const struct sa *peer, const uint8_t *p,
		     size_t len, void *arg);
	/** That peer can be sent to now; err: never. NULL as above. */
	void (*bound)(struct turn *t, const struct sa *peer, int err,
		      void *arg);
};

/**
 * Begins at once.
 *
 * @param server    Whose user and password it takes; copied
 * @param reliable  By a connection
 */
int turn_alloc(struct turn **tp, const struct ice_server *server, bool reliable,
	       const struct turn_handlers *h, void *arg);
/** What arrived from the server. @return false: it is an answer to somebody
 *  else's question */
bool turn_took(struct turn *t, const uint8_t *p, size_t len);
/** Relayed address, and ours as the server sees it; unset before. */
const struct sa *turn_relayed(const struct turn *t);
const struct sa *turn_mapped(const struct turn *t);
/** Have a channel to a peer. @return 0, ENOSPC or ENOMEM; bound() follows */
int turn_bind(struct turn *t, const struct sa *peer);
/** Its number, 0: not (yet). */
uint16_t turn_channel(const struct turn *t, const struct sa *peer);
/** To a peer that is bound. @return 0 or ENOTCONN */
int turn_send(struct turn *t, const struct sa *peer, const uint8_t *p,
	      size_t len);

/* --- wire.c: a connection to a TURN server -------------------------------- */

struct wire;

struct wire_prm {
	struct net *net;
	const struct ice_server *server; /**< its transport is TCP or TLS */
	const struct net_pin *pin;
	const struct sa *addr;
};
struct wire_handlers {
	void (*ready)(void *arg);
	void (*frame)(const uint8_t *p, size_t len, void *arg);
	/** It is over: ECONNREFUSED, EPROTO (certificate) … */
	void (*closed)(int err, void *arg);
};
int wire_alloc(struct wire **wp, const struct wire_prm *prm,
	       const struct wire_handlers *h, void *arg);
void wire_send(struct wire *w, const uint8_t *p, size_t len);

/* --- the agent ------------------------------------------------------------ */

/** A candidate of ours. */
struct local {
	struct ice_candidate c;
	unsigned socket;   /**< of its base */
	struct turn *turn; /**< of relayed ones; borrowed */
	bool gone;	   /**< its relay is */
};

enum pair_state {
	PAIR_FROZEN,
	PAIR_WAITING,
	PAIR_CHECKING,
	PAIR_WORKS,
	PAIR_FAILED
};

struct pair {
	struct ice *ice;
	struct local *local; /**< host or relayed */
	struct ice_candidate *remote;
	uint64_t priority;
	enum pair_state state;
	bool triggered;	  /**< it is its turn first */
	bool binding;	  /**< relayed: a channel is on its way */
	bool controlling; /**< so says the check that is out */
	bool nominating;  /**< … and that this pair is to be used */
	bool nominate;	  /**< the other side's check did; ours is not done */
	bool nominated;
	struct ice_candidate seen; /**< of ours, as the other side sees it */
	struct request *request;
};

/** What is asked of a server, from one socket. */
struct asking {
	struct ice *ice;
	struct ice_server *server; /**< a reference */
	struct sa addr;
	unsigned socket;
	struct request *request; /**< STUN */
	struct wire *wire;
	struct turn *turn;
	bool over; /**< it has answered, or never will */
	bool heard;
};

/** RTP, or RTCP. */
struct component {
	struct pair *selected; /**< the path; NULL: none */
	struct turn *turn;     /**< that it goes through, or NULL; borrowed */
	uint64_t works_ms;     /**< since when one works */
	uint64_t heard_ms;     /**< the last sign of life by the path */
	struct request *consent;
	struct sa plain; /**< of one without ICE: whom we talk to */
};

/** A check that came before the other side's SDP. */
struct early {
	unsigned socket;
	struct turn *turn;
	struct sa addr;
	uint32_t priority;
	bool use;
};

enum { ASKINGS_MAX = SERVERS_MAX * MEDIA_SOCKETS_MAX, EARLY_MAX = 16 };
enum { UFRAG_LEN = 8, PWD_LEN = 24 };

struct ice {
	struct media_stream *stream;
	struct net *net;
	struct ice_server *servers[SERVERS_MAX]; /**< references */
	size_t n_servers;
	bool pinned;
	struct net_pin pin;
	struct sa peer;
	uint32_t gather_ms;
	ice_event_h *h;
	void *arg;

	char ufrag[UFRAG_LEN + 1], pwd[PWD_LEN + 1];
	/** Until the other side knows the new ones. */
	char old_ufrag[UFRAG_LEN + 1], old_pwd[PWD_LEN + 1];
	struct local locals[LOCAL_MAX];
	size_t n_locals;
	struct list lookups; /**< struct lookup, gather.c */
	struct asking askings[ASKINGS_MAX];
	size_t n_askings;
	struct list requests; /**< to STUN servers, and checks */
	bool gathering;
	struct tmr tmr_gather;

	bool checking; /**< the other side is known */
	bool without;  /**< … and knows no ICE */
	bool controlling, lite, mux;
	uint64_t tiebreaker;
	char *remote_ufrag, *remote_pwd;
	struct ice_candidate remotes[REMOTE_MAX];
	size_t n_remotes;
	struct early early[EARLY_MAX];
	size_t n_early;
	struct pair pairs[PAIRS_MAX];
	size_t n_pairs;
	struct component components[COMPONENTS];
	uint64_t since_ms;
	bool connected; /**< told */
	bool failed;	/**< told */
	struct tmr tmr_pace, tmr_consent, tmr_tell;
	unsigned tell; /**< bits: events to be told */
};

void ice_tell(struct ice *ice, enum ice_event ev);
/** How many components there are. */
unsigned ice_components(const struct ice *ice);

/* gather.c */
void gather_start(struct ice *ice);
void gather_stop(struct ice *ice);
/** Something from one of its servers? */
bool gather_took(struct ice *ice, unsigned socket, const struct sa *src,
		 const uint8_t *p, size_t len);
/** Keep alive what was found, while nothing else does. */
void gather_keep(struct ice *ice);
/** Address of an allocation's server; NULL: it is behind a connection. */
const struct sa *gather_relay(const struct ice *ice, const struct turn *t);
uint32_t candidate_priority(enum ice_type type, unsigned rank,
			    unsigned component);

/* check.c */
/** Pairs of all that both sides have said, and what came early. */
void check_start(struct ice *ice);
void check_stop(struct ice *ice);
struct pair *check_find(struct ice *ice, const struct local *l,
			const struct ice_candidate *remote);
/** @return NULL: there are too many better ones */
struct pair *check_add(struct ice *ice, struct local *l,
		       struct ice_candidate *remote);
/** Go on with what waits, now. */
void check_hurry(struct ice *ice);
void check_switch_role(struct ice *ice);
/** The paths are chosen. */
void check_settled(struct ice *ice);

/* asked.c */
/** What came before the other side's SDP. */
void asked_early(struct ice *ice);
/** A relayed packet of a peer, or one from the socket (turn NULL). */
void check_took(struct ice *ice, unsigned socket, struct turn *turn,
		const struct sa *src, const uint8_t *p, size_t len);

/* check.c again */
/** A peer of an allocation can be sent to, or never. */
void check_bound(struct ice *ice, struct turn *turn, const struct sa *peer,
		 int err);
/** That way is gone. */
void check_without_turn(struct ice *ice, const struct turn *turn);
/** Ask the other side by that pair. @param done Of arg */
int check_ask(struct pair *p, bool use, struct request **rp,
	      request_done_h *done, request_send_h *send, void *arg);
void check_send(struct pair *p, const uint8_t *data, size_t len);
/** Have it checked (again) with the wish that it be used. */
void check_nominate(struct pair *p);

/* path.c: which pair carries sound, and whether it still may */
void path_choose(struct ice *ice);
void path_start(struct ice *ice);
void path_stop(struct ice *ice);
/** No ICE: by our relay to the address in the SDP. */
void path_without(struct ice *ice, struct turn *turn, const struct sa *peer);

#endif
