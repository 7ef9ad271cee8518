/**
 * @file sip/event.h  Events: what can be watched (RFC 6665)
 */
#ifndef OFFHOOK_SIP_EVENT_H
#define OFFHOOK_SIP_EVENT_H

#include <offhook/sip/account.h>

enum sip_event_package {
	SIP_EVENT_PRESENCE, /**< "presence" (RFC 3856, body RFC 3863) */
	SIP_EVENT_LAMP,	    /**< "dialog": calls of a phone (RFC 4235) */
	SIP_EVENT_MESSAGES, /**< "message-summary": voicemail (RFC 3842) */
	SIP_EVENT_PACKAGES
};

/** What somebody does (RFC 4480 §3.2); those that a phone can show. */
enum sip_activity {
	SIP_ACTIVITY_NONE,
	SIP_ACTIVITY_AWAY,
	SIP_ACTIVITY_BUSY,
	SIP_ACTIVITY_ON_THE_PHONE,
	SIP_ACTIVITY_MEETING,
	SIP_ACTIVITY_MEAL,
	SIP_ACTIVITY_VACATION,
	SIP_ACTIVITY_COUNT
};

struct sip_presence {
	bool open; /**< can be reached */
	enum sip_activity activity;
	const char *note; /**< clean, never NULL */
};

enum sip_lamp {
	SIP_LAMP_UNREACHABLE, /**< nothing is known of it */
	SIP_LAMP_IDLE,
	SIP_LAMP_RINGING, /**< a call comes in */
	SIP_LAMP_BUSY,	  /**< it has called, or talks */
	SIP_LAMP_COUNT
};

/** How far a call is (RFC 4235 §3.7.1). */
enum sip_lamp_phase {
	SIP_LAMP_TRYING,
	SIP_LAMP_PROCEEDING,
	SIP_LAMP_EARLY,
	SIP_LAMP_CONFIRMED,
	SIP_LAMP_TERMINATED
};

/** One call of the phone that is watched. */
struct sip_lamp_call {
	const char *id; /**< unique among its calls */
	enum sip_lamp_phase phase;
	bool incoming;
	const char *number, *name; /**< the other side; clean, "" if unknown */
};

struct sip_lamp_info {
	enum sip_lamp lamp; /**< what calls come to */
	const struct sip_lamp_call *calls;
	size_t count;
};

/** A mailbox (RFC 3842 §5.2). */
struct sip_messages {
	bool waiting;
	uint32_t voice_new, voice_old; /**< 0 where only waiting is known */
	uint32_t urgent_new, urgent_old;
};

/* To watch somebody: kept until it is freed, over failures too. */

struct sip_subscription;

enum sip_subscription_state {
	SIP_SUBSCRIPTION_TRYING,
	SIP_SUBSCRIPTION_PENDING, /**< its owner must allow it first */
	SIP_SUBSCRIPTION_ACTIVE,
	SIP_SUBSCRIPTION_DOWN,	 /**< tries go on */
	SIP_SUBSCRIPTION_REFUSED /**< for good: no more tries */
};

struct sip_subscription_prm {
	struct sip_account *account; /**< needed */
	const char *to_uri; /**< user of the account's domain, or a URI */
	enum sip_event_package package;
	uint32_t expires; /**< seconds; 0: 600 */
};

struct sip_subscription_info {
	enum sip_subscription_state state;
	uint16_t code;	    /**< last final answer, 0: none came */
	const char *reason; /**< clean: of the answer, or of the end; "" */
	uint64_t retry_ms;  /**< time_mono_ms() of the next try, 0: none */
};

/** Those of other packages may be NULL. What is handed over is valid during
 *  the handler. */
struct sip_subscription_handlers {
	void (*state)(struct sip_subscription *sub, void *arg);
	void (*presence)(struct sip_subscription *sub,
			 const struct sip_presence *p, void *arg);
	void (*lamp)(struct sip_subscription *sub,
		     const struct sip_lamp_info *l, void *arg);
	void (*messages)(struct sip_subscription *sub,
			 const struct sip_messages *m, void *arg);
};

/**
 * Watch. The first SUBSCRIBE goes out as soon as the account's server has an
 * address. A lamp whose subscription is not active (any more) is told as
 * UNREACHABLE.
 *
 * @return 0, EINVAL or ENOMEM
 */
int sip_subscribe_alloc(struct sip_subscription **sp, struct sip_stack *s,
			const struct sip_subscription_prm *prm,
			const struct sip_subscription_handlers *h, void *arg);
void sip_subscription_info(const struct sip_subscription *sub,
			   struct sip_subscription_info *info);
/** Do not wait for the next try. */
void sip_subscription_retry(struct sip_subscription *sub);

/* To be watched. */

struct sip_watcher;

/** User part of the request URI, clean. */
const char *sip_subscribing_user(const struct sip_subscribing *in);
const char *sip_subscribing_auth_user(const struct sip_subscribing *in);
enum sip_event_package
sip_subscribing_package(const struct sip_subscribing *in);
/** Has gone: ended by itself, or not reachable. Free it now or later. */
typedef void(sip_watcher_closed_h)(struct sip_watcher *w, void *arg);
/**
 * Allow it: 200. Say how things are with sip_watcher_presence() … then, and
 * again whenever they change, the last word counts. mem_deref() ends it
 * ("noresource").
 */
int sip_watcher_accept(struct sip_watcher **wp, struct sip_subscribing *in,
		       sip_watcher_closed_h *h, void *arg);
void sip_subscribing_reject(struct sip_subscribing *in, uint16_t code,
			    const char *reason);
/** @return 0, EINVAL if it watches another package, ENOMEM */
int sip_watcher_presence(struct sip_watcher *w, const struct sip_presence *p);
int sip_watcher_lamp(struct sip_watcher *w, const struct sip_lamp_call *calls,
		     size_t count);
int sip_watcher_messages(struct sip_watcher *w, const struct sip_messages *m);

#endif
