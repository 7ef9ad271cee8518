/**
 * @file call_int.h  What the files of calls share
 *
 * A `struct call` is one call as the user sees it. It has a side for each
 * carrier that tells of it: the built-in phone's leg and, if the server
 * controls that phone too, the CSTA call. The leg leads where there is one.
 */
#ifndef CALL_INT_H
#define CALL_INT_H

#include "app_int.h"

struct app_carrier {
	struct le le;
	struct app *a;
	struct app_carrier_methods m;
	void *carrier;
	bool voip;
	bool registered;
	char *user; /**< account it was given */
};

struct app_carrier_call {
	struct le le;	   /**< in the call's sides */
	struct call *call; /**< NULL: the call is over, this side goes on */
	struct app_carrier *carrier;
	void *leg;
	enum uc_call_state state;
	uint32_t functions;
	bool over;
	bool elsewhere; /**< our leg had only rung: another phone may answer */
	char *number, *name;	/**< whom it has named last */
	struct app_wait *wait;	/**< for the answer to what was asked last */
	enum uc_function asked; /**< that; 0: to dial */
};

struct call {
	struct le le;
	struct app *a;
	struct uc_call *uc;
	struct list sides;
	struct tmr linger; /**< a failed one stays on the screen */
	bool told;	   /**< its end went to the journal */
	bool busy;	   /**< it failed because of that */
	bool outside_known;
	struct {
		uint64_t received, missing;
	} judged; /**< of its packets: those that `poor` has been told by */
};

/* app_carrier.c */
struct app_carrier *app_voip_carrier(const struct app *a);
/** Whose turn it is when the user dials; NULL: nobody's. */
struct app_carrier *app_dialling_carrier(const struct app *a);

/* app_call.c */
int app_call_new(struct app *a, struct call **cp, bool outgoing,
		 const char *number, const char *name);
/** Without a call: one that is over already, of which nobody is told. */
int app_side_add(struct call *call, struct app_carrier *carrier, void *leg,
		 struct app_carrier_call **sp);
/** The side's phone was asked for that; its answer is the sink's command's. */
void app_side_asked(struct app_carrier_call *s, enum uc_function f,
		    struct app_sink *sink);
struct call *app_call_of(const struct app *a, const struct uc_call *uc);
/** The side that is operated: the leg where there is one. */
struct app_carrier_call *app_call_leading(const struct call *c);
void app_call_remove(struct call *c);
/** True for the states that are the last. */
bool app_call_over_state(enum uc_call_state s);
/** Ask the server's directories for who it is. */
void app_call_look_up(struct call *c);
void app_call_device(struct call *c);

/* app_twin.c */
/**
 * A call that another carrier than `k` tells of already: by the callID, else
 * by device, direction, number and time. NULL: none.
 */
struct call *app_twin(struct app *a, const struct app_carrier *k, bool outgoing,
		      const struct app_carrier_report *r);
/** This one is over. */
void app_past_add(struct app *a, const struct call *c);
/** One that was over a moment ago, of which `k` tells only now; or NULL. */
const struct past_call *app_past_of(const struct app *a,
				    const struct app_carrier *k, bool outgoing,
				    const struct app_carrier_report *r);
void app_past_reset(struct app *a);

/* app_act.c */
/** How asking a side's phone for something went; its answer is waited for
 *  where one is to come. The side was held (mem_ref()) meanwhile, as its end
 *  may have been told from within. @return err */
int app_side_did(struct app_carrier_call *s, enum uc_function f,
		 struct app_sink *sink, int err);
/** @param s  NULL: a failed call that is only shown */
int app_side_hang_up(struct call *c, struct app_carrier_call *s,
		     struct app_sink *sink);
/** Failed calls that are still shown go. */
void app_calls_failed_remove(struct app *a);
/** A call that has the user's ear, but for one. */
struct call *app_call_talking(const struct app *a, const struct call *but);
/** Put all other calls of the built-in phone on hold. */
void app_call_hold_others(struct app *a, const struct call *answered);
/** Do what waits for a hold, if there is nothing to wait for any more. */
void app_after_hold_check(struct app *a);

/* app_quality.c */
/** A voip call may have begun or ended. */
void app_quality_watch(struct app *a);
/** Ask the phone how an answered call sounds, now; nothing of others. */
void app_quality_look(struct call *c);
/** It is over: keep how it sounded. */
void app_quality_keep(struct call *c);

/* app_tone.c */
void app_call_policy(struct app *a);

#endif
