/**
 * @file server/feature.h  What an office's telephone system does with calls
 *
 * Stands between the switch and the database: it answers the switch's hooks
 * (where a number leads, who is not to be disturbed), writes the journal from
 * what happens, and tells who asks in what state a phone is. Each function is
 * one small file, registered in a table. Belongs to the loop.
 */
#ifndef OFFHOOK_SERVER_FEATURE_H
#define OFFHOOK_SERVER_FEATURE_H

#include <offhook/server/db.h>
#include <offhook/server/switch.h>

struct features;

/** Make them; then pbx_alloc() with features_hooks() and the object as its
 *  argument, then features_attach(). */
int features_alloc(struct features **fp, struct db *db);

/** For pbx_alloc(), whose arg must be the features. */
const struct pbx_hooks *features_hooks(void);

/** The switch to look at. @param p NULL before it goes */
void features_attach(struct features *f, struct pbx *p);

/** What happens; the subject is in brackets. */
enum feature_change {
	FEATURE_CALL = 1 << 0,	 /**< [struct pbx_event], as the switch told */
	FEATURE_DEVICE = 1 << 1, /**< lamp or reach [struct feature_device] */
};
struct notify *features_notify(struct features *f);

/** State of a phone, for a colleague's eye (SPEC, Presence). */
enum feature_lamp {
	FEATURE_LAMP_IDLE,
	FEATURE_LAMP_UNREACHABLE,
	FEATURE_LAMP_RINGS_INSIDE,
	FEATURE_LAMP_RINGS_OUTSIDE,
	FEATURE_LAMP_DIALLING,
	FEATURE_LAMP_TALKS_INSIDE,
	FEATURE_LAMP_TALKS_OUTSIDE,
	FEATURE_LAMP_COUNT
};

struct feature_device {
	const char *device;
	enum feature_lamp lamp;
	bool off_hook; /**< dials, talks, or has called */
	bool outgoing; /**< of the call that the lamp shows */
	bool outside;
	const char *peer;      /**< its other side, "" if none */
	const char *peer_name; /**< likewise */
};

/** How a phone is now; texts are valid until the next turn. */
void feature_device(const struct features *f, const char *device,
		    struct feature_device *d);

/** True if calls to that extension are refused. Do Not Disturb is a state of
 *  presence: one thing, whichever way it is set. */
bool feature_dnd(const struct features *f, const char *extension);

/**
 * Set presence.
 *
 * @param h  EINVAL for no such state, ENOENT, EPERM where the account has no
 *           Do Not Disturb
 */
void feature_set_presence(struct features *f, const char *extension,
			  const struct db_presence *p, db_done_h *h, void *arg);
/** On: that state, with the note as it is; off: Office, if it was in it. */
void feature_set_dnd(struct features *f, const char *extension, bool on,
		     db_done_h *h, void *arg);

#endif
