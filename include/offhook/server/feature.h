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
	FEATURE_PARKED = 1 << 3, /**< pbx_parked() says something else [-] */
	FEATURE_SHARE = 1 << 2, /**< a page to look at [struct feature_share] */
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
/** May it be set? Not by an account without that right, nor where a number has
 *  several phones (SPEC, MULAP). */
bool feature_can_dnd(const struct features *f, const char *extension);

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

/** Number of the answering boxes: whoever sends a call there sends it to his
 *  own; "" if there are none. */
const char *feature_voicemail(const struct features *f);
/** Has that extension one? */
bool feature_has_voicemail(const struct features *f, const char *extension);

/** All groups that there are: several people who have one number. */
typedef void(feature_group_h)(const char *number, const char *name, void *arg);
void feature_groups(const struct features *f, feature_group_h *h, void *arg);

/** When calls go elsewhere (ECMA-269 §14). */
enum feature_forward {
	FEATURE_FORWARD_IMMEDIATE,
	FEATURE_FORWARD_BUSY,
	FEATURE_FORWARD_NO_ANSWER, /**< nor reachable */
	FEATURE_FORWARD_COUNT
};
/** Number that they go to, "" if they do not. */
const char *feature_forwarding(const struct features *f, const char *extension,
			       enum feature_forward kind);
/** @param number  "" or NULL: not any more
 *  @param h       EINVAL (no number), ENOENT (leads nowhere), ELOOP (back to
 *                 the extension itself) */
void feature_set_forwarding(struct features *f, const char *extension,
			    enum feature_forward kind, const char *number,
			    db_done_h *h, void *arg);
/**
 * Where an account's calls go in a state, whatever else is set: "here" (they
 * ring), "voicemail" (its own box), "mobile" (its number in the directory), or
 * a number: of a phone, of a group, or of a box of several (feature_boxes()).
 */
const char *feature_away(const struct features *f, const char *extension,
			 enum proto_presence state);
/** @param to  As feature_away() says; "" or NULL: as at first
 *  @param h   EINVAL (no such state, no number), ENOENT (leads nowhere), ELOOP
 *             (back to the extension), ENOTSUP (has no box, no mobile number;
 *             a box of several beside one's own), EPERM (fixed) */
void feature_set_away(struct features *f, const char *extension,
		      enum proto_presence state, const char *to, db_done_h *h,
		      void *arg);
/** Suite: the administrator has set it, for all absences alike, and some come
 *  back to Office at their return time. At first: Smart. */
void features_set_suite(struct features *f, bool suite);
bool feature_away_fixed(const struct features *f);
/** Is that what an account's setting of that name is about? */
bool feature_is_away(const char *setting);
/**
 * The greeting of an own box in a state: 0 is the standard one, else one of the
 * user's own (db_greeting_ms()).
 */
unsigned feature_greeting(const struct features *f, const char *extension,
			  enum proto_presence state);
/** @param h  EINVAL (no such state), ENOENT (no such greeting) */
void feature_set_greeting(struct features *f, const char *extension,
			  enum proto_presence state, unsigned number,
			  db_done_h *h, void *arg);
/** Does it record what callers say? At first it does. */
bool feature_records(const struct features *f, const char *extension);
void feature_set_records(struct features *f, const char *extension, bool on,
			 db_done_h *h, void *arg);
/** Have a phone ring and play a message, or record a greeting or, with the
 *  number DB_NOTE, the note of the state one is in (SPEC T5.7.1, T5.7.2,
 *  Presence): that in any state.
 *  @param phone  Any: inside, or outside as it is dialled there
 *  @param h      Once it rings; ENOENT (no such message), EALREADY (not in
 *                state Office), EHOSTUNREACH, EBUSY, ENOTSUP, EINVAL */
void feature_voicemail_play(struct features *f, const char *extension,
			    int64_t id, const char *phone, db_done_h *h,
			    void *arg);
void feature_greeting_record(struct features *f, const char *extension,
			     unsigned number, const char *phone, db_done_h *h,
			     void *arg);
/** Change a box's PIN. @param h  EPERM: the preset one is changed by phone;
 *  EACCES: the old one is another; EINVAL: the new one is not good; EBUSY:
 *  after too many wrong ones */
void feature_set_pin(struct features *f, const char *extension, const char *old,
		     const char *pin, db_done_h *h, void *arg);
/** E-mail for a new message (SPEC T5.7.4): has the administrator set it up, and
 *  may this account? */
bool feature_can_mail(const struct features *f, const char *extension);
bool feature_mails(const struct features *f, const char *extension);
/** The own one, else that of the directory, or "". */
const char *feature_mail_address(const struct features *f,
				 const char *extension);
/** @param address  NULL: as it is; "": that of the directory
 *  @param h        ENOTSUP (cannot), EINVAL (no address) */
void feature_set_mail(struct features *f, const char *extension, bool on,
		      const char *address, db_done_h *h, void *arg);
/** Is that setting of an account one of its box? */
bool feature_is_box_setting(const char *name);
/** All boxes of several. */
void feature_boxes(const struct features *f, feature_group_h *h, void *arg);

/** Number of the phone where its calls ring while it is in state Office, ""
 *  if there is none (SPEC T5.3.1). */
const char *feature_call_me(const struct features *f, const char *extension);
/** @param h  as feature_set_forwarding(), EISDIR (a group), EXDEV (a phone
 *            that is forwarded) */
void feature_set_call_me(struct features *f, const char *extension,
			 const char *number, db_done_h *h, void *arg);
/** Is that what an account's setting of that name is about? */
bool feature_is_forwarding(const char *setting);
bool feature_is_call_me(const char *setting);
/** A page that those in a call look at together; texts are valid in the
 *  call. */
struct feature_share {
	const char *device; /**< whose call it is … */
	uint32_t call;	    /**< … as that one knows it */
	const char *link;
	const char *by; /**< device that began it */
};
/** Has the administrator set up web collaboration? */
bool feature_share_offered(const struct features *f);
/**
 * Begin it for all in a call, or say where it is.
 *
 * @param linkp  Set to its address, valid until the next turn
 * @return 0, ENOTSUP (not set up), ENOENT (no such call), EPROTO (nobody has
 *         answered it), ENOMEM, EDQUOT
 */
int feature_share(struct features *f, const char *device, uint32_t call,
		  const char **linkp);
/** Its address, or NULL: that call has none. */
const char *feature_shared(const struct features *f, const char *device,
			   uint32_t call);
/** The mobile number that rings with an extension's phones, "" if none. */
const char *feature_mobile(const struct features *f, const char *extension);
/** Is that it, in any notation? */
bool feature_is_mobile(const struct features *f, const char *extension,
		       const char *number);
/** The further accounts whose phones are that extension's (MULAP). */
typedef void(feature_phone_h)(const char *account, void *arg);
void feature_phones(const struct features *f, const char *extension,
		    feature_phone_h *h, void *arg);
/** The extension that an account's phone belongs to: itself, but for one of
 *  several phones of a number. */
const char *feature_line(const struct features *f, const char *user);

#endif
