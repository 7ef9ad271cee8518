/**
 * @file subscription_int.h  A subscription: its dialog, and what it is told
 */
#ifndef OFFHOOK_SUBSCRIPTION_INT_H
#define OFFHOOK_SUBSCRIPTION_INT_H

#include "sip_int.h"

struct sip_subscription {
	struct le le;
	struct sip_stack *stack;
	struct sip_account *account;
	struct sip_subscription_handlers h;
	void *arg;
	enum sip_event_package package;
	char *to;
	uint32_t wanted;	/**< seconds asked for */
	struct sip_dialog *dlg; /**< NULL between tries */
	struct sip_auth *auth;
	struct sip_request *req;
	struct tmr tmr;		/**< next refresh, next try, or the end */
	struct tmr tmr_silence; /**< for the first NOTIFY */
	uint64_t began_ms;	/**< of the dialog */
	uint64_t expires_ms;	/**< time_mono_ms() of its end */
	uint64_t refreshed_ms;	/**< out of turn, the last time */
	bool subscribed;	/**< the other side knows it */
	bool heard;		/**< a NOTIFY came in this dialog */
	bool lit;		/**< a lamp has been told */
	unsigned rounds, failures;
	struct dialog_info dialogs; /**< of a lamp */
	bool ending;		    /**< its owner has let go of it */
	bool over;		    /**< … and the last NOTIFY was here */
	struct sip *sip;	    /**< a reference, while it ends */
	enum sip_subscription_state state;
	uint16_t code;
	char *reason;
	uint64_t retry_ms;
};

/* All but the last to be called with a reference of one's own. */

/** Try again later. */
void subscription_failed(struct sip_subscription *sub, uint16_t code,
			 const char *reason, uint32_t retry_after_s);
/** … never. */
void subscription_refused(struct sip_subscription *sub, uint16_t code,
			  const char *reason);
/** … at once, in a new dialog. */
void subscription_anew(struct sip_subscription *sub, const char *reason);
/** Ask for all, in this one. */
void subscription_refresh(struct sip_subscription *sub);
/** It lasts so long from now. */
void subscription_lasts(struct sip_subscription *sub, uint32_t seconds);
void subscription_state(struct sip_subscription *sub,
			enum sip_subscription_state state, uint16_t code,
			const char *reason);
/** False once its owner has freed it, in a handler. */
bool subscription_is_owned(const struct sip_subscription *sub);
/** One that ends has got its last NOTIFY. */
void subscription_ended(struct sip_subscription *sub);

#endif
