/**
 * @file server/demo.h  The demo company: people who made telephony, at work
 *
 * Fills an empty database with a small company and gives its colleagues
 * phones: real SIP agents, registered at the switch like any other. One
 * echoes what it hears, one plays music, one never answers; unless told to
 * be quiet they also call each other and the user, and come and go. Where
 * somebody has another phone registered, he is there himself: his phone of
 * ours takes no calls and begins nothing. Two of ours that were connected with
 * each other hang up within a minute.
 */
#ifndef OFFHOOK_SERVER_DEMO_H
#define OFFHOOK_SERVER_DEMO_H

#include <offhook/server/feature.h>

struct demo;

struct demo_prm {
	struct pbx *pbx;  /**< the switch; goes after the demo */
	bool quiet;	  /**< colleagues answer, but begin nothing */
	bool desk_phones; /**< the accounts that people log in to have a
			       phone on the desk too */
};

/**
 * @param ready  Called once the company is in the database and its phones
 *               have been told to register; err 0 or errno
 * @return 0 or errno
 */
int demo_alloc(struct demo **dp, const struct demo_prm *prm, struct db *db,
	       struct features *f, void (*ready)(int err, void *arg),
	       void *arg);

/** Who a newcomer is, and the password of all who can log in: for the line
 *  that says how to try it. It is no secret. */
const char *demo_user(void);
const char *demo_password(void);

/**
 * Have its phones say good-bye, and begin nothing any more. To be freed after.
 *
 * @param done  Called once that is over, at most 2 s later
 */
void demo_close(struct demo *d, void (*done)(void *arg), void *arg);

#endif
