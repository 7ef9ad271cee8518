/**
 * @file sip_session.h  An INVITE session: what libre's own one lacks
 *
 * libre's transactions, dialogs and digest carry it; its session knows no
 * forks, no policy for 3xx, no headers in a re-INVITE, no reliable
 * provisional answers and no session timers. A session belongs to its stack;
 * its owner, a leg, borrows it until closed() or sip_session_leave(). After
 * that it says by itself what must still be said.
 */
#ifndef OFFHOOK_SIP_SESSION_H
#define OFFHOOK_SIP_SESSION_H

#include "sip_int.h"

/** What we can do (RFC 3261 §20.37). */
#define SESSION_SUPPORTED "Supported: replaces, timer, 100rel\r\n"

enum sip_session_state {
	SESSION_OUT,	  /**< our INVITE waits for its final answer */
	SESSION_IN,	  /**< one came, no final answer yet */
	SESSION_ANSWERED, /**< 2xx is out, the ACK is missing */
	SESSION_UP,
	SESSION_ENDING, /**< BYE is out */
	SESSION_OVER,	/**< kept a while, so that late forks are ended */
};

struct sip_session_handlers {
	/** Our offer, made new for each try (msg NULL, or a request without
	 *  one), or our answer to what msg offers. @return 0 or errno */
	int (*describe)(struct mbuf **descp, const struct sip_msg *msg,
			void *arg);
	/** The answer to our offer came. @return 0 or errno */
	int (*answered)(const struct sip_msg *msg, void *arg);
	void (*progress)(const struct sip_msg *msg, void *arg);
	void (*established)(const struct sip_msg *msg, void *arg);
	/** Our sip_session_modify() is over: 200 or why not. */
	void (*modified)(uint16_t code, void *arg);
	/** Our INVITE failed, msg NULL: without an answer. @return true if
	 *  it goes on (sip_session_invite() has been called) */
	bool (*failed)(const struct sip_msg *msg, void *arg);
	/** The PRACK came for which an answer had to wait. */
	void (*pracked)(void *arg);
	/** Another request in the dialog. @return true if it was answered */
	bool (*request)(const struct sip_msg *msg, void *arg);
	/** err ECONNRESET: ended by the other side; ETIMEDOUT; else msg is
	 *  the answer that ended it, or err says why. */
	void (*closed)(int err, const struct sip_msg *msg, void *arg);
};

/** A dialog that a provisional answer made. */
struct early {
	struct le le;
	struct sip_dialog *dlg;
	char *tag;
	uint32_t rseq; /**< last reliable answer's (RFC 3262), 0: none */
};

/** One of our requests in the dialog. */
struct dialog_request {
	struct le le;
	struct sip_session *session;
	struct sip_dialog *dlg;
	struct sip_request *req;
	char *method;
	char *content; /**< headers and body */
	unsigned rounds;
	bool contact;
	sip_resp_h *h;
	void *arg;
	bool aref; /**< it holds arg */
};

struct sip_session {
	struct le le;			      /**< in stack.sessions */
	struct sip_stack *stack;	      /**< outlives it */
	struct sip *sip;		      /**< NULL once it is over */
	const struct sip_session_handlers *h; /**< NULL: the owner has left */
	void *arg;
	enum sip_session_state state;
	bool incoming;
	struct sip_dialog *dlg; /**< NULL: not yet */
	struct sip_auth *auth;
	char *contact; /**< user of our Contact */
	char *call_id, *ltag, *rtag;
	char *remote; /**< URI of the other side's Contact */
	struct tmr tmr;
	struct list requests; /**< struct dialog_request */

	/* an INVITE of ours: session_out.c, session_modify.c */
	struct sip_dialog *half; /**< no answer has touched it */
	struct list early;
	struct sip_request *req;
	char *headers;
	unsigned rounds; /**< answers to challenges */
	struct list acks;

	/* one that came: session_in.c */
	struct sip_msg *msg;
	struct sip_strans *st;
	struct list replies; /**< 2xx without an ACK */
	struct provisional *reliable;
	struct provisional *waiting; /**< for that one's PRACK */
	bool want_reliable;
	uint32_t rseq;

	/* re-INVITE: session_modify.c */
	bool modify;	/**< one is wanted, or on its way */
	bool refresh;	/**< by the session timer, not by the owner */
	bool modifying; /**< it is on its way */
	bool carries;	/**< … and says what the owner wants */
	unsigned tries;
	struct tmr tmr_modify;

	/* session timer (RFC 4028): session_timer.c */
	uint32_t expires;    /**< seconds, 0: none */
	uint64_t expires_ms; /**< it ends then, if it is not refreshed */
	uint32_t min_se;     /**< the other side's least */
	bool refresher;	     /**< it is us */
	bool peer_timer;     /**< it knows session timers */
	struct tmr tmr_expires;
};

/* session.c */
int sip_session_listen(struct sip_stack *s);
/** The stack goes: what still has to be said goes as far as one datagram. */
void sip_sessions_close(struct sip_stack *stack);
int sip_session_alloc(struct sip_session **sp, struct sip_stack *stack,
		      const char *contact, struct sip_account *account,
		      const struct sip_session_handlers *h, void *arg);
/** The owner leaves: CANCEL, BYE or 603 go out. */
void sip_session_leave(struct sip_session *s);
/** From now on it is found by that Call-ID, which is its own then.
 *  @return 0, or ENOMEM if it is NULL */
int sip_session_name(struct sip_session *s, char *call_id);
/** The first of those that may have that Call-ID. */
struct le *sip_sessions_of(const struct sip_stack *stack,
			   const struct pl *call_id);
/** By the dialog that the tags name; with msg NULL the tags given. */
struct sip_session *sip_session_find(const struct sip_stack *stack,
				     const struct sip_msg *msg);
struct sip_session *sip_session_by_tags(const struct sip_stack *stack,
					const struct pl *call_id,
					const struct pl *ltag,
					const struct pl *rtag);
/** It has ended: tell the owner. */
void sip_session_closed(struct sip_session *s, int err,
			const struct sip_msg *msg);
void sip_session_bye(struct sip_session *s);
/** … and say why. @param headers Of the BYE, NULL: none */
void sip_session_bye_with(struct sip_session *s, const char *headers);
void sip_session_over(struct sip_session *s);
/** The other side's Contact may be another now. */
void sip_session_update_dialog(struct sip_session *s,
			       const struct sip_msg *msg);
void sip_session_learn_contact(struct sip_session *s,
			       const struct sip_msg *msg);
/** Headers and body as they end a message; to free(), NULL on ENOMEM. */
char *sip_session_content(const char *headers, struct mbuf *desc);
/** Contact into a request: arg is the session. */
sip_send_h sip_session_contact;
int sip_session_reply(struct sip_session *s, const struct sip_msg *msg,
		      uint16_t code, const char *headers);
/** Answer 420 if it requires what we can't. @return true if it did */
bool sip_session_bad_require(struct sip_stack *stack,
			     const struct sip_msg *msg);

/* session_request.c */
/**
 * @param dlg      NULL: the session's
 * @param content  From sip_session_content(), taken over
 * @param h        Told once, unless its arg is the owner and that has left;
 *                 NULL: nobody
 * @param aref     Hold arg meanwhile
 */
int sip_session_request(struct sip_session *s, struct sip_dialog *dlg,
			const char *method, char *content, bool contact,
			sip_resp_h *h, void *arg, bool aref);
/** Take up a challenge. @return true if the request can be repeated */
bool sip_session_authenticate(struct sip_session *s, const struct sip_msg *msg,
			      unsigned *rounds);

/* session_out.c */
struct sip_session_target {
	const char *uri, *from_name, *from_uri,
		*route; /**< route may be NULL */
};
/** Send the INVITE, or send it anew to somebody else. */
int sip_session_invite(struct sip_session *s,
		       const struct sip_session_target *t);
/** With another offer, to whom has refused the last one (RFC 3261 §8.1.3.5). */
int sip_session_invite_again(struct sip_session *s);
int sip_session_ack(struct sip_session *s, struct sip_dialog *dlg,
		    uint32_t cseq, struct mbuf *desc);
bool sip_session_ack_again(struct sip_session *s, const struct sip_msg *msg);
/** A 2xx that no transaction waits for. */
bool sip_session_late_answer(struct sip_stack *stack,
			     const struct sip_msg *msg);
struct early *sip_session_early(struct sip_session *s,
				const struct sip_msg *msg);

/* session_in.c */
int sip_session_take(struct sip_session *s, const struct sip_msg *msg);
/** @param headers May be NULL */
int sip_session_progress(struct sip_session *s, uint16_t code,
			 const char *reason, struct mbuf *desc,
			 const char *headers);
int sip_session_answer(struct sip_session *s, struct mbuf *desc,
		       const char *headers);
void sip_session_reject(struct sip_session *s, uint16_t code,
			const char *reason);
int sip_session_send_2xx(struct sip_session *s, const struct sip_msg *msg,
			 struct mbuf *desc, const char *headers, bool offered);
void sip_session_acked(struct sip_session *s, const struct sip_msg *msg);

/* session_prack.c (RFC 3262) */
int prack_provisional(struct sip_session *s, uint16_t code, const char *reason,
		      struct mbuf *desc, const char *headers);
void prack_arrived(struct sip_session *s, const struct sip_msg *msg);
/** May a 2xx go out? Else it does when the PRACK has come. */
bool prack_blocks(const struct sip_session *s);
/** A reliable provisional answer: say PRACK.
 *  @return false if it is one that was seen before, or too early */
bool prack_answer(struct sip_session *s, struct early *e,
		  const struct sip_msg *msg);

/* session_modify.c */
int sip_session_modify(struct sip_session *s);
void sip_session_modify_next(struct sip_session *s);
void sip_session_reinvited(struct sip_session *s, const struct sip_msg *msg);
void sip_session_updated(struct sip_session *s, const struct sip_msg *msg);

/* session_timer.c */
/** What our 2xx to that request says of it, "" if nothing; takes it over.
 *  @return NULL if it was refused (422 went out) */
char *timer_answer(struct sip_session *s, const struct sip_msg *msg);
/** Refused as it asks for less than we want? Answered then. */
bool timer_too_small(struct sip_session *s, const struct sip_msg *msg);
/** A 2xx to our INVITE. */
void timer_agreed(struct sip_session *s, const struct sip_msg *msg);
/** 422 to our refresh. @return true if it is to be sent again */
bool timer_refused(struct sip_session *s, const struct sip_msg *msg);
/** Headers of our re-INVITE; to free(). */
char *timer_headers(const struct sip_session *s);

#endif
