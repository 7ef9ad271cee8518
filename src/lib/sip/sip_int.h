/**
 * @file sip_int.h  What the files of the sip module share
 */
#ifndef OFFHOOK_SIP_INT_H
#define OFFHOOK_SIP_INT_H

#include <offhook/base.h>
#include <offhook/ice.h>
#include <offhook/media.h>
#include <offhook/net.h>
#include <offhook/sip.h>

#include <re_uri.h>
#include <re_msg.h>
#include <re_udp.h>
#include <re_tcp.h>
#include <re_hmac.h>
#include <re_httpauth.h>
#include <re_sip.h>
#include <re_sdp.h>

/** What we understand (RFC 3261 §20.5). */
#define SIP_ALLOW                                                        \
	"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, SUBSCRIBE, " \
	"NOTIFY, REFER, INFO, PRACK, UPDATE\r\n"
#define SIP_EMPTY "Content-Length: 0\r\n\r\n"

enum { SIP_TRANSPORTS = 3, SIP_FAMILIES = 2 };

/** What a transport of one kind and address family is bound to. */
struct binding {
	bool bound;
	bool follows; /**< the address is the one that faces the server */
	struct sa laddr;
	uint16_t port; /**< wanted, where it follows */
};

struct sip_stack {
	struct sip *sip;
	struct sip_lsnr *lsnr_session_req, *lsnr_session_resp;
	struct sip_lsnr *lsnr_req, *lsnr_resp;
	struct media *media;
	struct net *net;
	struct sip_stack_handlers h;
	void *arg;
	char *realm;
	char *software;
	uint32_t ring_s;
	uint32_t second_ms; /**< of session timers */
	struct sa dns;	    /**< asked for SRV; unset: as resolv.conf says */
	struct dnsc *dnsc;  /**< made when first needed */
	struct binding bindings[SIP_TRANSPORTS][SIP_FAMILIES];
	struct stack_tls *tls; /**< what TLS needs; NULL: none yet */
	struct list legs;
	struct hash *sessions; /**< struct sip_session, which they hold, by
				    Call-ID */
	struct list accounts;
	struct hmac *hmac;     /**< of the nonces */
	struct replay *replay; /**< what they have been used for, or NULL */
	uint32_t nonces;       /**< made so far */
	struct list wrong;     /**< struct wrong: sources of wrong digests */
	struct list delayed;   /**< struct delayed: answers that wait */
	struct list guards;    /**< of TCP, where others connect to us */
	struct sieve *sieve;   /**< of requests that come in */
	uint32_t events;       /**< what can be watched here */
	struct list subscriptions; /**< what we watch */
	struct list watchers;	   /**< who watches us */
	bool closing;
	uint64_t close_ms; /**< when it closes in any case */
	void (*done)(void *arg);
	void *done_arg;
	struct tmr tmr;
};

struct sip_incoming {
	struct sip_stack *stack;
	const struct sip_msg *msg;
	char *auth_user;
	struct sip_account *account;
	struct sip_leg *replaces; /**< borrowed */
	bool done;		  /**< accepted, or rejected */
};

struct sip_account {
	struct le le;
	struct sip_stack *stack;
	struct sip_account_handlers h;
	void *arg;
	char *user, *domain, *name, *auth_user, *password;
	char *aor;	    /**< "sip:user@domain" */
	char *registrar;    /**< "sip:domain" */
	char *server;	    /**< as it was given */
	char *host;	    /**< of it, to be resolved */
	uint16_t port;	    /**< 0: none was given */
	char *contact;	    /**< URI that the registrar has of us, or NULL */
	char *contact_next; /**< … that the request says */
	bool relearnt;	    /**< … was just found to be another */
	char token[24];	    /**< user of our Contact: only who has it from the
				 registrar can call us */
	char call_id[33], tag[17];
	uint32_t cseq;
	enum sip_transport transport;
	uint32_t wanted, granted;
	bool quiet;
	struct sa addr; /**< of the server; unset: not known */
	size_t addr_at; /**< which of its name's */
	bool addr_more; /**< others are left, if it does not answer */
	struct resolve *lookup;
	struct net_wait *trust_wait; /**< the system's CAs are being read */
	struct account_pin {
		bool is; /**< false: what a CA vouches for */
		struct net_pin pin;
	} accepts, made_with; /**< certificate: now, and at the beginning */
	struct net_certificate *certificate; /**< not accepted */
	struct sip_request *req;
	struct sip_keepalive *ka; /**< tells that the connection is gone */
	struct sip_auth *auth;
	bool answered;	 /**< this try has answered a fresh challenge */
	unsigned rounds; /**< answers to one try */
	bool terminated;
	struct sip *sip;   /**< a reference while it un-registers */
	bool bound;	   /**< the registrar has our contact */
	uint32_t alive_ms; /**< ask so often whether it is there */
	unsigned asked;	   /**< times, since it answered */
	char alive_id[33]; /**< Call-ID of the question */
	uint32_t alive_cseq;
	struct tmr tmr_alive;
	struct tmr tmr;
	unsigned failures;
	enum sip_account_state state;
	uint16_t code;
	char *reason;
	int64_t since_ms;
	uint64_t retry_ms;
};

/** What is wanted, offered and agreed on of encryption: leg_secure.c. */
struct leg_secure {
	enum media_security want;
	bool path;		/**< the signalling goes by TLS */
	enum media_keys keys;	/**< agreed on */
	enum media_suite suite; /**< of SDES, as these: */
	unsigned tag;
	uint8_t keys_ours[MEDIA_SUITES][MEDIA_KEY_MAX];
	uint8_t key_theirs[MEDIA_KEY_MAX];
	bool insists; /**< offered is encrypted sound only */
	bool client;  /**< of DTLS, as this: */
	char *fingerprint;
};

/** Where a request goes and who it is from. */
struct plan {
	char *to, *from, *name; /**< URIs; name: quoted, or NULL */
	char *route;		/**< URI of where it goes, NULL: to itself */
	enum sip_transport transport;
	struct sa dst;
};

/** What waits for our candidates: bits. */
enum {
	LEG_WAITS_INVITE = 1,
	LEG_WAITS_PROGRESS = 2, /**< our 183 */
	LEG_WAITS_ANSWER = 4,	/**< our 200 */
	LEG_WAITS_MODIFY = 8,	/**< our re-INVITE */
};

/** Ways by ICE: leg_ice.c, and what waits for them: leg_later.c. */
struct leg_ice {
	struct ice *agent; /**< NULL: none */
	bool agreed;	   /**< both sides do it */
	bool mismatch;	   /**< they would, but somebody changed their SDP */
	bool offerer;	   /**< the last offer was ours */
	bool mux, mux_offered; /**< RTP and RTCP in one port (RFC 5761) */
	bool said;	       /**< our SDP has an address of the agent's */
	char *their_ufrag;
	unsigned restarts; /**< in a row, of ours */
	unsigned waits;
	struct plan plan; /**< of the INVITE that waits */
	char *headers;	  /**< of the answer */
};

/** leg_formats.c: other formats in an established leg */
struct leg_formats {
	struct list numbers; /**< payload types of our SDPs so far */
	struct list wanted;  /**< what we want to offer */
	struct list before;  /**< what our SDP had before that */
	bool asked;	     /**< it is wanted, or under way … */
	bool sent;	     /**< … and said by the last re-INVITE */
	uint16_t code;	     /**< what came of it */
};

struct sip_leg {
	struct le le;
	struct sip_stack *stack;
	struct sip_account *account;
	sip_leg_event_h *h;
	void *arg;
	enum sip_leg_state state;
	bool incoming;
	struct sip_session *session; /**< borrowed: its stack has it */
	struct sip_msg *msg;	     /**< the INVITE that came */
	char *contact;		     /**< user of our Contact */
	struct tmr tmr;		     /**< nobody answers */

	struct sdp_session *sdp;
	struct sdp_media *audio;
	struct mbuf *offer; /**< the SDP that came with the INVITE */
	bool any;	    /**< takes whatever is offered */
	struct list wanted; /**< formats that we want, or take at least */
	struct list remote; /**< formats of the other side … */
	bool remote_offers; /**< … that it has offered, not answered */
	struct list agreed; /**< as they are sent, what is sent first */
	struct leg_formats formats;
	struct media_stream *stream;
	struct leg_secure secure;
	struct leg_ice ice;
	struct sa sdp_remote; /**< the other side's address in SDP */
	char *said;	      /**< our last SDP, but for its version: */
	uint32_t version;
	bool offered; /**< our offer waits for its answer */
	bool flowing; /**< the stream has been started */
	bool known;   /**< EV_MEDIA has been told */

	bool retarget; /**< our address was another while a re-INVITE left */
	bool hold, hold_remote;
	bool hold_wanted; /**< what the re-INVITE under way says */
	bool holding;	  /**< it is wanted, or under way … */
	bool hold_sent;	  /**< … and said by the last re-INVITE */
	uint16_t modify_code;
	unsigned later; /**< bits: events to be told later */
	struct tmr tmr_later;
	struct sip_msg *ringing; /**< the 180 that allows "talk" */
	bool talk_asked;
	bool allows_talk;	  /**< our 180 did */
	struct mbuf *late_answer; /**< our 200 waits for a PRACK with it */
	char *late_headers;

	struct redirect *redirect; /**< redirect.c: contacts of 3xx answers */
	struct transfer *transfer; /**< transfer.c: the one that we asked for */
	struct sip_refer *refer;   /**< whose progress this leg is */
	struct list refers;	   /**< struct sip_refer: asked on it */
	unsigned refer_count;
	uint32_t guards;    /**< references of our own, for a moment */
	struct list digits; /**< those on their way by INFO */
};

/* --- util.c ------------------------------------------------------------- */

enum sip_transp transp_of(enum sip_transport t);
enum sip_transport transport_of(enum sip_transp tp);
/** The usual text of a code, "" if there is none. */
const char *reason_of(uint16_t code);
/** What an answer says: a reason that was given, made fit for a status line,
 *  or the code's usual one; to free(), NULL on ENOMEM. */
char *reason_text(uint16_t code, const char *reason);
/** Refuse a request, statelessly; 480 for what is no refusal. */
void refuse_request(struct sip_stack *s, const struct sip_msg *msg,
		    uint16_t code, const char *reason);
/** Growing waits (2 s at first), with some chance in them so that not all
 *  phones of an office come back in the same moment. */
uint64_t retry_in_ms(unsigned failures, uint64_t most_ms);
/** What Retry-After asks for, as far as it is heeded. */
uint64_t retry_after_ms(uint32_t seconds);
/** Text of a status line, clean; to free(). */
char *clean_pl(const struct pl *pl);
/** Likewise of what need not end, to free(). */
char *copy_bytes(const char *p, size_t n);
/** NUL-terminated copy, to mem_deref(). */
char *dup_pl(const struct pl *pl);
/** Append the headers; EINVAL for one that does not fit into a message. */
int headers_add(struct text_buf *b, const struct sip_header *headers);
/** True if it can stand in <…> as it is, and libre can send to it. */
bool uri_is_sane(const char *uri);
/** "sip:user@host" with the user escaped; to free(), NULL on ENOMEM. */
char *uri_make(const char *user, const char *host);
/** Display name fit to stand in quotes (libre sets them); to free(). */
char *name_quote(const char *name);
/** "1.2.3.4:5060", "[::1]:5060"; to free(). */
char *host_of(const struct sa *addr);
void hex_random(char *out, size_t bytes);
/** Nagle's wait costs 40 ms where two messages go out in a row. */
void set_nodelay(const struct sip_msg *msg);
/** Secrets do not stay in freed memory. */
void wipe(char *s);
const struct sip_msg *msg_of(const struct sip_message *m);
const struct sip_message *message_of(const struct sip_msg *msg);
/** The number that a header begins with; 0 if there is none. */
uint32_t header_number(const struct sip_msg *msg, enum sip_hdrid id);
bool has_token(const struct sip_msg *msg, const char *header,
	       const char *token);

struct tls;

/** Two of one address family that say the same. */
bool sa_same(const struct sa *a, const struct sa *b);

/* --- stack.c ------------------------------------------------------------ */

struct binding *stack_binding(struct sip_stack *s, enum sip_transport t,
			      int af);
/** An INVITE that begins a dialog. */
void stack_invited(struct sip_stack *s, const struct sip_msg *msg);
/** Have a transport that reaches that address. */
int stack_face(struct sip_stack *s, enum sip_transport t, const struct sa *dst);
/** All transports are bound anew, connections go. */
void stack_rebind(struct sip_stack *s);

/* --- tls.c -------------------------------------------------------------- */

/** A client's context: whom this account trusts. @return 0, EBUSY (another
 *  account has it for another server), or ENOMEM */
int tls_trust(struct sip_account *a);
/** libre's context, ready to be bound. @return 0, ENOKEY (nobody said whom to
 *  trust, nor who we are), or EIO */
int tls_context(struct sip_stack *s, struct tls **tlsp);
/** Have ready what tls_context() needs. @return 0, EINPROGRESS: h follows */
int tls_prepare(struct sip_account *a, void (*h)(void *arg), void *arg);
/** What was refused in a handshake since tls_trust(), or NULL. */
const struct net_certificate *tls_refused(const struct sip_stack *s);

/* --- resolve.c ---------------------------------------------------------- */

/**
 * Addresses of a server, in the order in which to try them (RFC 3263 §4.2):
 * SRV if there is neither port nor address, else A and AAAA.
 *
 * @param rp  mem_deref() cancels it, and is needed after its end, too
 * @param h   Called once, never from within
 */
struct resolve;
int resolve_server(struct resolve **rp, struct sip_stack *s, const char *host,
		   uint16_t port, enum sip_transport t, net_resolve_h *h,
		   void *arg);

/* --- contact.c ---------------------------------------------------------- */

/** Our address as the other side of an answer sees it. @return true if it is
 *  another than before */
bool contact_learn(struct sip_stack *s, const struct sip_msg *msg);
/** The address to stand in a Contact in place of that of ours. */
const struct sa *contact_address(enum sip_transp tp, const struct sa *local);
/** Forget what was learnt. */
void contact_forget(struct sip_stack *s);

/* --- auth.c: in place of libre's, which also calls it -------------------- */

int sip_auth_encode(struct mbuf *mb, struct sip_auth *auth, const char *met,
		    const char *uri);

/** Whom of ours the request URI means; NULL: nobody. */
struct sip_account *stack_account(struct sip_stack *s,
				  const struct sip_msg *msg);

/* --- sieve.c, malformed.c, decode.c ------------------------------------- */

int sieve_alloc(struct sip_stack *s);
/** A UDP transport has been bound to that address. */
void sieve_knock(struct sip_stack *s, const struct sa *laddr);
/** … and all of them go. */
void sieve_flush(struct sip_stack *s);
/**
 * Answer a request that libre does not understand.
 *
 * @param b    The answer is appended
 * @param dst  Set to where it goes
 * @return its code; 0 if none can be given, or none is due
 */
uint16_t malformed_answer(struct text_buf *b, const char *p, size_t n,
			  const struct sa *src, struct sa *dst);
/**
 * Where does a request end that libre does not understand?
 *
 * @param whole  Set to its length with its body
 * @return 0, ENODATA (it is not all here), EBADMSG (nobody knows), ENOENT (it
 *         is no request)
 */
int malformed_frame(const char *p, size_t n, size_t *whole);

/* decode.c: in place of libre's sip_msg_decode(), which it also calls */

/** What is to be decoded next has come as a datagram, and is all of it. */
void decode_datagram(struct mbuf *mb);
/** Is its body a request that libre could not read? */
bool decode_failed(const struct sip_msg *msg);

/** message.c: user part of a URI, a tel: URI's number; clean, to free(), NULL
 *  if there is none. */
char *uri_user(const struct pl *text);

/* --- bodies of events ---------------------------------------------------- */

enum {
	EVENT_BODY_MAX = 32768, /**< most bytes of one */
	DIALOGS_MAX = 64,	/**< calls of one phone */
	DIALOG_ID_MAX = 256,
};

/* body_xml.c: names without their prefixes; all take NULL. */
const char *body_local(const struct xml *x);
const struct xml *body_child(const struct xml *x, const char *name);
/** Next sibling of the same name. */
const struct xml *body_next(const struct xml *x);

/** pidf.c. @param note Set to the note, to free() */
int pidf_read(struct sip_presence *p, char **note, const char *s, size_t n);
void pidf_write(struct text_buf *b, const char *entity,
		const struct sip_presence *p);

/** mwi.c. @return 0, EBADMSG or ENOMEM */
int mwi_read(struct sip_messages *m, const char *s, size_t n);
void mwi_write(struct text_buf *b, const char *account,
	       const struct sip_messages *m);

/** dialog_info.c: what the documents said so far; zero it to begin. */
struct dialog_info {
	bool known;
	uint32_t version;
	size_t count;
	struct sip_lamp_call calls[DIALOGS_MAX]; /**< texts to free() */
};

/**
 * @param gap  Set: something before it was lost, ask for all
 * @return 0, EALREADY (older than what is known), EBADMSG or ENOMEM; then
 *         nothing has changed
 */
int dialog_info_read(struct dialog_info *d, bool *gap, const char *s, size_t n);
void dialog_info_reset(struct dialog_info *d);
enum sip_lamp dialog_info_lamp(const struct dialog_info *d);
void dialog_info_write(struct text_buf *b, const char *entity, uint32_t version,
		       const struct sip_lamp_call *calls, size_t count);

/** event.c: what each package is called. */
struct event_package {
	const char *event;
	const char *type, *subtype; /**< of its bodies */
};
extern const struct event_package event_packages[SIP_EVENT_PACKAGES];
/** Event's name without its parameters. @return SIP_EVENT_PACKAGES: none */
enum sip_event_package event_package(const struct sip_msg *msg);

/** Valid while its handler runs. */
struct sip_subscribing {
	struct sip_stack *stack;
	const struct sip_msg *msg;
	enum sip_event_package package;
	char *user, *auth_user;
	uint32_t expires;
	bool done;
};

/* --- page.c, subscription.c, subscribing.c: true if it has been answered -----
 */

bool page_arrived(struct sip_stack *s, const struct sip_msg *msg);
bool subscribe_arrived(struct sip_stack *s, const struct sip_msg *msg);
bool subscription_notified(struct sip_stack *s, const struct sip_msg *msg);
/** The stack closes: un-subscribe, and tell who watches. */
void subscription_close(struct sip_stack *s);
/** A SUBSCRIBE in a dialog: it goes on, or ends. @return 0 if it has been
 *  answered, else how it is to be refused */
uint16_t watcher_refresh(struct sip_stack *s, const struct sip_msg *msg,
			 uint32_t expires);
void watcher_close(struct sip_stack *s);

/* --- guard.c ------------------------------------------------------------ */

/** Look after the connections to that address, which is listened at. */
int guard_add(struct list *guards, const struct sa *laddr);
/** libre has taken a connection. */
void guard_accepted(int fd);
/** Who has sent that has given a right digest. */
void guard_proven(struct list *guards, const struct sip_msg *msg);

/* --- challenge.c -------------------------------------------------------- */

/**
 * May this request be served?
 *
 * @param userp  Set to who it is, to free(), NULL if nobody was asked
 * @return 0; else it has been answered
 */
int challenge(struct sip_stack *s, const struct sip_msg *msg, char **userp);
/** Ready to make nonces. @return 0 or errno */
int challenge_open(struct sip_stack *s);
void challenge_close(struct sip_stack *s);

/** replay.c: was it made for that request? */
bool digest_is_for(const struct sip_msg *msg,
		   const struct httpauth_digest_resp *resp);
/** Is it the first of its kind? It is noted. */
bool digest_is_fresh(struct sip_stack *s,
		     const struct httpauth_digest_resp *resp);

/* --- registrar.c -------------------------------------------------------- */

void register_arrived(struct sip_stack *s, const struct sip_msg *msg);

/* --- account.c ---------------------------------------------------------- */

sip_auth_h account_auth;
void account_state(struct sip_account *a, enum sip_account_state state,
		   uint16_t code, const char *reason);
/** The server's address is one that answers. */
void account_heard(struct sip_account *a);
/** Try (or refresh) then. */
void account_again_in(struct sip_account *a, uint64_t ms);
/** This try is over; the next one not before wait_ms. */
void account_failed(struct sip_account *a, uint16_t code, const char *reason,
		    uint64_t wait_ms);
/** … and its server is not who it says. */
void account_untrusted(struct sip_account *a,
		       const struct net_certificate *certificate);
/** … and there will be no next one with this password. */
void account_refused(struct sip_account *a, uint16_t code, const char *reason);
/** account_register.c: ask for that many seconds, 0: to be removed. */
int account_send_register(struct sip_account *a, uint32_t expires);

/* account_alive.c: is the registrar there? From now on, or not any more. */
void account_alive_start(struct sip_account *a);
void account_alive_stop(struct sip_account *a);
/** @return true if this is the answer */
bool account_alive_answered(struct sip_stack *s, const struct sip_msg *msg);

/* --- leg*.c ------------------------------------------------------------- */

/** @param tls The signalling goes by TLS */
struct sip_leg *leg_alloc(struct sip_stack *s, const struct sip_leg_media *m,
			  const struct sa *facing, bool tls, sip_leg_event_h *h,
			  void *arg, int *err);
/** Tell the owner. @return false if the leg is gone */
bool leg_tell(struct sip_leg *leg, enum sip_leg_event_type type, uint16_t code,
	      const char *reason, int error, const struct sip_msg *msg);
/** It is over; what it holds of SIP goes. */
void leg_detach(struct sip_leg *leg);
void leg_closed(struct sip_leg *leg, uint16_t code, const char *reason,
		int error, const struct sip_msg *msg);
/** Refuse the INVITE. */
void leg_reply_final(struct sip_leg *leg, uint16_t code, const char *reason);
void leg_wait(struct sip_leg *leg, uint32_t seconds);
void leg_tell_later(struct sip_leg *leg, enum sip_leg_event_type type);
/** leg_out.c: by the addressing part of the parameters; plan_reset() it. */
int make_plan(struct plan *p, struct sip_stack *s,
	      const struct sip_leg_prm *prm);
void plan_reset(struct plan *p);

struct sip_session;
struct sip_session_handlers;
extern const struct sip_session_handlers leg_session_handlers;

/** Keep it while its owner may let go of it, and know when it does. */
void leg_guard(struct sip_leg *leg);
void leg_unguard(struct sip_leg *leg);
/** Tell it with all that an event may have. @return false if the leg is
 *  gone, or over */
bool leg_tell_event(struct sip_leg *leg, const struct sip_leg_event *ev);
/** leg_dialog.c: the other side wants something else than an INVITE.
 *  @return true if it was answered */
bool leg_asked(const struct sip_msg *msg, void *arg);

/* leg_out.c */
void leg_progressed(const struct sip_msg *msg, void *arg);

/* redirect.c: 3xx (RFC 3261 §8.1.3.4) */
int redirect_init(struct sip_leg *leg, const struct plan *p,
		  const struct sip_leg_prm *prm);
/** Our INVITE failed. @return true if it goes on elsewhere */
bool redirect_failed(const struct sip_msg *msg, void *arg);

/* transfer.c: REFER that we send */
void transfer_notified(struct sip_leg *leg, const struct sip_msg *msg);
void transfer_close(struct sip_leg *leg);

/* refer.c: REFER that we get */
void refer_arrived(struct sip_leg *leg, const struct sip_msg *msg);
/** How the leg that does it goes. */
void refer_progress(struct sip_refer *r, uint16_t code, const char *reason);
/** The dialog is no more: nobody is told. */
void refer_orphan(struct sip_leg *leg);
/** What its INVITE says; to free(), NULL on ENOMEM. */
char *refer_headers(const struct sip_refer *r);
const char *refer_uri(const struct sip_refer *r);

/* replaces.c (RFC 3891) */
/** The leg that a value of the header names, or NULL. */
struct sip_leg *replaces_leg(const struct sip_stack *s, const char *value);
/**
 * @param legp  Set to the leg that is to be replaced, or NULL
 * @return 0, or the code that refuses the INVITE
 */
uint16_t replaces_judge(const struct sip_stack *s, const struct sip_msg *msg,
			struct sip_leg **legp);

/* dtmf.c: digits by INFO */
void dtmf_arrived(struct sip_leg *leg, const struct sip_msg *msg);

/* leg_sdp.c */
int leg_sdp_init(struct sip_leg *leg);
/** Take the formats into our SDP, in that order. */
int leg_set_formats(struct sip_leg *leg, const struct list *formats);
/** @param wanted With the hold that is wanted, not the one that is */
int leg_make_offer(struct sip_leg *leg, bool wanted, struct mbuf **descp);
/** Read what came. @return 0, EBADMSG, ENOTSUP (nothing that fits) */
int leg_take_offer(struct sip_leg *leg, struct mbuf *body);
int leg_make_answer(struct sip_leg *leg, const struct list *formats,
		    struct mbuf **descp);
int leg_take_answer(struct sip_leg *leg, const struct sip_msg *msg);
/** Have the stream do as the SDP of both sides says. */
void leg_flow(struct sip_leg *leg, bool offerer);
bool has_sdp(const struct sip_msg *msg);

/** Read an SDP. @return 0 or EBADMSG */
int leg_decode(struct sip_leg *leg, struct mbuf *body, bool offer);
/** Is there anything to be heard by what both have? */
bool leg_any_common(const struct sip_leg *leg);
/** The formats of one side's SDP, with the parameters for who sends. */
int leg_read_formats(struct sip_leg *leg, struct list *l, bool local,
		     bool only_common);

/* leg_formats.c */
void leg_formats_reset(struct sip_leg *leg);
/** Our SDP, before an offer of ours leaves: with the formats that are wanted,
 *  each with its own payload type. @param ours It is our re-INVITE */
int leg_formats_offer(struct sip_leg *leg, bool ours);
/** Their offer has been read: what do we take of it? */
int leg_formats_take(struct sip_leg *leg, struct mbuf *body);
/** Our re-INVITE, or theirs, was refused: our SDP is as before. */
void leg_formats_undo(struct sip_leg *leg);
/** Keep what our SDP has, in case their offer is refused. */
int leg_formats_keep(struct sip_leg *leg);
/** Both sides have spoken: what is sent, and understood. */
void leg_formats_agreed(struct sip_leg *leg, struct list *sent);
/** Our re-INVITE is over. */
void leg_formats_over(struct sip_leg *leg, uint16_t code);

/** leg_origin.c: an SDP of ours that says what the last one said has its
 *  version, too (RFC 3264 §8, RFC 4028 §7.4). @param descp Replaced */
int leg_origin(struct sip_leg *leg, struct mbuf **descp);

/* leg_secure.c: the same for encryption; 0, EBADMSG, ENOTSUP or errno */
int leg_secure_init(struct sip_leg *leg);
void leg_secure_reset(struct sip_leg *leg);
/** Transport protocol of our offers' m line. */
const char *leg_secure_proto(const struct sip_leg *leg);
int leg_secure_offer(struct sip_leg *leg);
int leg_secure_answer(struct sip_leg *leg);
int leg_secure_take_offer(struct sip_leg *leg);
int leg_secure_take_answer(struct sip_leg *leg, const struct mbuf *body);
int leg_secure_flow(struct sip_leg *leg);
/** Our INVITE failed: some know encrypted sound by the name of its profile
 *  alone. @return true if it goes on, asked once more by that */
bool leg_secure_failed(struct sip_leg *leg, const struct sip_msg *msg);

/* leg_ice.c: the same for ICE and for RTCP in RTP's port */
/** Have an agent, if that is wanted; after a first offer has been read.
 *  @param peer  With whom is it arranged */
int leg_ice_init(struct sip_leg *leg, const struct sip_leg_media *m,
		 const struct sa *peer);
void leg_ice_reset(struct sip_leg *leg);
int leg_ice_offer(struct sip_leg *leg);
int leg_ice_answer(struct sip_leg *leg);
void leg_ice_take(struct sip_leg *leg, bool offer);
void leg_ice_flow(struct sip_leg *leg);
/** Other sockets, or a way that is lost: candidates and credentials anew, then
 *  a re-INVITE. */
int leg_ice_again(struct sip_leg *leg);

/* leg_later.c: what is said once our candidates are known */
bool leg_waits(const struct sip_leg *leg);
/** @param p Taken over */
void leg_invite_later(struct sip_leg *leg, struct plan *p);
/** @param what LEG_WAITS_PROGRESS or _ANSWER. @param headers Copied text */
int leg_say_later(struct sip_leg *leg, unsigned what, const char *headers);
void leg_go_on(struct sip_leg *leg);
/** leg_in.c: our SDP in a 183 or 200, now */
int leg_say_now(struct sip_leg *leg, unsigned what, const char *headers);

#endif
