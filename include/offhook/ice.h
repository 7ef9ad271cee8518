/**
 * @file ice.h  Ways through address translation: ICE, STUN, TURN
 *
 * An agent (RFC 8445, full) gathers the addresses under which a stream can be
 * reached, finds with the other side's a pair that works for each of RTP and
 * RTCP, and gives the stream these paths. What SDP says of it (RFC 8839) is its
 * owner's. All of it belongs to the loop's thread; nothing here blocks. What
 * arrives is hostile: only what is made with the other side's password changes
 * anything.
 */
#ifndef OFFHOOK_ICE_H
#define OFFHOOK_ICE_H

#include <offhook/base/re.h>
#include <offhook/media.h>

struct net;
struct net_pin;

/* --- servers ------------------------------------------------------------ */

enum ice_transport { ICE_UDP, ICE_TCP, ICE_TLS };

/** A STUN or TURN server. In a list; mem_deref() takes it out of it. */
struct ice_server {
	struct le le;
	bool relay; /**< TURN, else STUN */
	enum ice_transport transport;
	char *host; /**< name or address, no brackets */
	uint16_t port;
	char *user, *password; /**< TURN's, or NULL; wiped when freed */
	uint64_t silent_ms;    /**< it did not answer until then */
};

/**
 * Append a server to a list; list_flush() frees them.
 *
 * @param uri       "stun:host[:port]" (RFC 7064), "turn:host[:port]",
 *                  "turns:host[:port]", these with "?transport=udp" or "tcp"
 *                  (RFC 7065); any case
 * @param user      Of TURN, NULL: none
 * @param password  Likewise
 * @return 0, EINVAL (no such URI), ENOTSUP (stuns, or DTLS) or ENOMEM
 */
int ice_server_add(struct list *servers, const char *uri, const char *user,
		   const char *password);
/** Append references to the same ones, of which each list has its own. */
int ice_servers_copy(struct list *dst, const struct list *src);
/** Its URI as it is written shortest; to free(), NULL on ENOMEM. */
char *ice_server_uri(const struct ice_server *s);

/** What became of a probe: 0, ETIMEDOUT (no answer), EACCES (user or password
 *  is wrong), EHOSTUNREACH (no such name or no way), ECONNREFUSED, EPROTO
 *  (certificate, or it answers as no such server does). */
typedef void(ice_probe_h)(int err, void *arg);

struct ice_probe;

/**
 * Ask a server whether it serves: a Binding request, or an allocation that is
 * given back at once.
 *
 * @param pp   Set to the probe; mem_deref() cancels it, and is needed after
 *             its end, too
 * @param net  To resolve names and to judge certificates
 * @param pin  Of TLS, NULL: the system's CAs and the name
 * @param h    Called once, never from within, after 5 s at most
 * @return 0, EINVAL or ENOMEM
 */
int ice_probe_alloc(struct ice_probe **pp, struct net *net,
		    const struct ice_server *server, const struct net_pin *pin,
		    ice_probe_h *h, void *arg);

/* --- candidates --------------------------------------------------------- */

enum ice_type { ICE_HOST, ICE_REFLEXIVE, ICE_PEER_REFLEXIVE, ICE_RELAYED };

/** What a=candidate says (RFC 8839 §5.1). */
struct ice_candidate {
	enum ice_type type;
	unsigned component; /**< 0: RTP, 1: RTCP */
	uint32_t priority;
	struct sa addr;
	struct sa related; /**< may be unset */
	char foundation[33];
};

/**
 * Read the value of an a=candidate.
 *
 * @return 0, EBADMSG (it is none), ENOTSUP (what we can't use: TCP, names,
 *         other components)
 */
int ice_candidate_read(struct ice_candidate *c, const char *value);
/** To free(), NULL on ENOMEM. */
char *ice_candidate_write(const struct ice_candidate *c);

/* --- the agent ---------------------------------------------------------- */

struct ice;

enum ice_event {
	ICE_EV_GATHERED,  /**< ours are complete, or the time is over */
	ICE_EV_CONNECTED, /**< each component has its path */
	ICE_EV_FAILED,	  /**< there is none for one of them */
	ICE_EV_LOST,	  /**< the other side does not answer any more (RFC
			       7675 §5.1): nothing is sent any more */
};
/** Not called from within functions of this header. The agent may be freed in
 *  it. */
typedef void(ice_event_h)(enum ice_event ev, void *arg);

struct ice_prm {
	struct media_stream *stream; /**< referenced; bound to a network */
	struct net *net;	     /**< needed if there are servers */
	const struct list *servers;  /**< struct ice_server; NULL: none */
	const struct net_pin *pin;   /**< of TLS, as in ice_probe_alloc() */
	const struct sa *peer; /**< with whom is it arranged (signalling): where
				    that is on a public address and we are not,
				    relayed and reflexive addresses are the
				    default ones (RFC 8445 §5.1.4) */
	uint32_t gather_ms;    /**< at most; 0: 1000 */
};

/**
 * Make an agent and begin to gather: host candidates are there on return.
 *
 * @param ip  Set to it; mem_deref() ends it, the stream goes on without paths
 * @return 0, EINVAL or ENOMEM
 */
int ice_alloc(struct ice **ip, const struct ice_prm *prm, ice_event_h *h,
	      void *arg);

/** True until ICE_EV_GATHERED; the owner may go on without waiting. */
bool ice_is_gathering(const struct ice *ice);
/** Begin anew, as ice_restart(); where the stream was moved, forget what was
 *  gathered and do that anew, too. */
int ice_gather(struct ice *ice);

const char *ice_ufrag(const struct ice *ice);
const char *ice_pwd(const struct ice *ice);
/** The i-th of our candidates, NULL: no more. With a path only its own. */
const struct ice_candidate *ice_candidate(const struct ice *ice, size_t i);
/** What stands in c=, m= and a=rtcp: the path once there is one, else the
 *  default; NULL: there is none. */
const struct sa *ice_default(const struct ice *ice, unsigned component);
/** Is there a path for each component that can have one? */
bool ice_is_connected(const struct ice *ice);
/** True if it is us who decides on the pairs. */
bool ice_is_controlling(const struct ice *ice);
/** The other side's address of the path, for a=remote-candidates; NULL: there
 *  is none. */
const struct sa *ice_remote_address(const struct ice *ice, unsigned component);

/** Other credentials of ours, for the next offer or answer (RFC 8445 §9). */
void ice_restart(struct ice *ice);

/** What the other side's SDP says. Texts are copied. */
struct ice_remote {
	const char *ufrag, *pwd;
	bool lite;
	bool mux; /**< RTP's component stands for both */
	const struct ice_candidate *candidates;
	size_t count;
};

/** Most candidates that are looked at. */
enum { ICE_REMOTE_MAX = 48 };

/**
 * Both sides are known: check. Said again with the same credentials nothing
 * changes; with others all is checked anew, and what works goes on meanwhile.
 *
 * @param controlling  We made the offer; a lite other side never does
 * @return 0, EINVAL (no fit credentials) or ENOMEM
 */
int ice_check(struct ice *ice, const struct ice_remote *remote,
	      bool controlling);

/**
 * The other side knows no ICE: give the stream a path through our relay, where
 * that is what the other side was told.
 *
 * @return true if it is so: the agent is still needed
 */
bool ice_without(struct ice *ice, const struct sa *rtp, const struct sa *rtcp);
/** True after ice_without() until ice_check(). */
bool ice_is_without(const struct ice *ice);

#endif
