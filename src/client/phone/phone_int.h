/**
 * @file phone_int.h  What the phone's files share
 */
#ifndef OFFHOOK_PHONE_INT_H
#define OFFHOOK_PHONE_INT_H

#include <stdatomic.h>
#include <stdlib.h>
#include <offhook/net.h>
#include <offhook/sip.h>
#include <offhook/client/phone.h>

#define LOG_MODULE "phone"

/* ---- sound.c: one direction of one device ------------------------------ */

/** Hz of all sound between streams and devices. */
enum { SOUND_RATE = 48000 };

struct sound;
struct sound_host;

enum sound_state {
	SOUND_REST,	/**< closed */
	SOUND_STARTING, /**< the driver will say whether it works */
	SOUND_WORKS,
	SOUND_FAILED, /**< open, but of no use: to be stopped */
};

enum sound_argument {
	SOUND_ARGUMENT_NONE,
	SOUND_ARGUMENT_ALLOWED,
	SOUND_ARGUMENT_NEEDED,
};

/** It works, goes on by another device or works no more; a failure may come
 *  at rest, too (a file that can't be read). On the loop. */
typedef void(sound_changed_h)(struct sound *s, void *arg);
/** Devices came or went; on the loop. */
typedef void(sound_devices_h)(void *arg);

/** What a kind of device does; all but read and write on the loop. */
struct sound_driver {
	const char *name;
	enum sound_argument argument; /**< "name:ARGUMENT" */
	bool late; /**< sound_ready() says when it works, else start() does */
	bool air;  /**< a device of the real world */
	/** Make what the devices of one phone share; mem_deref()ed with the
	 *  host. NULL: they share nothing. */
	int (*share)(void **sharedp, struct sound_host *host);
	/** Make its state. @param argument after the colon, or NULL */
	int (*alloc)(void **datap, struct sound *s, const char *argument);
	/** Somebody speaks or listens now. May sound_set_why() it fails. */
	int (*start)(void *data);
	void (*stop)(void *data);
	/* on the media thread, between start and stop */
	size_t (*read)(void *data, int16_t *samples, size_t n);
	void (*write)(void *data, const int16_t *samples, size_t n);
};
extern const struct sound_driver sound_none, sound_file, sound_pulse,
	sound_alsa;

/** What a reader of a ring knows of it (sound_hand.c); its own thread's. */
struct sound_hand {
	bool flowing;	/**< something is in hand */
	bool loud;	/**< the last samples */
	size_t spare;	/**< samples that shall be left in the ring */
	size_t least;	/**< that were, since … */
	size_t watched; /**< … so many were read */
};
void sound_hand_init(struct sound_hand *h);
/** Samples of SOUND_RATE from a ring that another thread fills, with some in
 *  hand at first, and without keeping what is not needed.
 *  @return n, or less: what is missing is silence */
size_t sound_hand_read(struct sound_hand *h, struct media_ring *ring,
		       int16_t *samples, size_t n);

/** What the devices of one phone share; each keeps it alive.
 *  @param h Told when devices come or go, while any is open */
int sound_host_alloc(struct sound_host **hp, sound_devices_h *h, void *arg);
/** Tell nobody any more. */
void sound_host_quiet(struct sound_host *host);
void sound_host_changed(struct sound_host *host);
/** True for "pulse", "file" … */
bool sound_is_driver(const char *device, size_t len);

/** @return 0, EINVAL: no such kind of device, or ENOMEM */
int sound_alloc(struct sound **sp, struct sound_host *host,
		enum phone_role role, const char *device, sound_changed_h *h,
		void *arg);
enum phone_role sound_role(const struct sound *s);
/** What share() of its driver made. */
void *sound_shared(const struct sound *s);
enum sound_state sound_state(const struct sound *s);
/** What a person calls it: its name, if no more is known. */
const char *sound_label(const struct sound *s);
const char *sound_why(const struct sound *s);
void sound_set_why(struct sound *s, const char *why);
/** A driver says, outside of start() and stop(): it works, or does not. */
void sound_ready(struct sound *s, const char *label);
void sound_fail(struct sound *s, const char *why);
/** True for a device of the real world, with air in front of it. */
bool sound_in_air(const struct sound *s);
enum sound_state sound_start(struct sound *s);
void sound_stop(struct sound *s);
size_t sound_read(struct sound *s, int16_t *samples, size_t n);
void sound_write(struct sound *s, const int16_t *samples, size_t n);

/* ---- sound_order.c: devices of a role, in the order of preference ------ */

struct sound_order;

struct sound_order_handlers {
	/** Another device is used than the user knows of.
	 *  @param from The one before, or the one wanted; NULL: there was none
	 */
	void (*moved)(const char *from, const char *to, enum phone_moved how,
		      void *arg);
	/** None works: why the one wanted does not. */
	void (*failed)(const char *why, void *arg);
};

/**
 * @param devices As of phone_set_device()
 * @return 0, EINVAL: there is no such kind of device, or ENOMEM
 */
int sound_order_alloc(struct sound_order **op, struct sound_host *host,
		      enum phone_role role, const char *devices,
		      const struct sound_order_handlers *h, void *arg);
/** Use the best that works, and a better one once there is one. */
void sound_order_start(struct sound_order *o);
void sound_order_stop(struct sound_order *o);
/** Devices came or went: look whether a better one works now. */
void sound_order_kick(struct sound_order *o);
/** It is in use, and none works: that has been told. */
bool sound_order_silent(const struct sound_order *o);
/** Tell nobody any more. */
void sound_order_quiet(struct sound_order *o);
/** On the media thread; 0 samples while none works.
 *  @param airp Set to whether what is played can be heard in it */
size_t sound_order_read(struct sound_order *o, int16_t *samples, size_t n,
			bool *airp);
void sound_order_write(struct sound_order *o, const int16_t *samples, size_t n);

/* ---- sound_watch.c: device files that come and go ---------------------- */

struct sound_watch;
/** Watch a folder, or wait for it to be made. @return 0 or errno */
int sound_watch_alloc(struct sound_watch **wp, const char *dir,
		      sound_devices_h *h, void *arg);

/* ---- sound_list.c: which devices there are ----------------------------- */

struct sound_module;
/** Load a driver's module; on any thread. @return NULL: there is none */
const struct sound_module *sound_module_get(const char *name);

/* ---- voice.c: what a microphone hears, made good to listen to ---------- */

struct voice;
struct voice_prm {
	bool echo;  /**< cancel what comes from the loudspeaker */
	bool noise; /**< suppress what is always there */
	bool gain;  /**< lift who speaks quietly */
};

/** @param vp Set to NULL if nothing is wanted. @return 0 or ENOMEM */
int voice_alloc(struct voice **vp, const struct voice_prm *prm);
/** What the loudspeaker gets: frames of MEDIA_FRAME_MS at SOUND_RATE. */
void voice_heard(struct voice *v, const int16_t *samples, size_t n);
/** Likewise what the microphone brings, in place. */
void voice_spoken(struct voice *v, int16_t *samples, size_t n);
/** How long sound is on its way out and back in, 0: not known yet. */
unsigned voice_delay_ms(const struct voice *v);

/* ---- route.c: which stream has which sound ----------------------------- */

/** Devices given to one stream for the time being. */
struct duplex {
	struct sound_order *in, *out;
	struct media_stream *stream; /**< referenced; NULL: at rest */
	struct media_mixer *mixer; /**< … or this in its place; referenced */
	struct voice *voice;	   /**< the media thread's, in between */
	struct media_ring *loop;   /**< back to who speaks, or NULL */
	struct media_tape *tape;   /**< heard with it, or NULL */
	atomic_int volume_in, volume_out; /**< percent */
	/** dBFS of what is said and heard, from -96; measured for who has
	 *  asked a short time ago. */
	atomic_int level_in, level_out;
	atomic_int asked; /**< frames that are measured still */
};

/** On the media thread. */
size_t duplex_read(int16_t *samples, size_t n, void *duplex);
/** Likewise, while a test goes on: what was said comes back. */
void duplex_loop(struct duplex *d, int16_t *samples, size_t n);

int route_init(struct phone *p);
void route_close(struct phone *p);
/** Give the sound to whom it belongs now. */
void route_update(struct phone *p);
/** Take the voice devices from whom they belong to, until the next update. */
void route_yield(struct phone *p);
/** A call or a tone wants the devices: a test ends. */
void test_yield(struct phone *p);
/** Silence is played as the clock of what is heard besides. @return 0 or
 *  errno */
int test_clock(struct phone *p);
/** On the media thread: the tape, on top of what is played. */
void duplex_tape(struct duplex *d, int16_t *samples, size_t n);

/* ---- the phone --------------------------------------------------------- */

struct phone {
	struct phone_handlers h;
	void *arg;
	struct media *media;
	struct phone_line *line; /**< the main one, of these: */
	struct list lines;
	struct sip_stack *sip;	     /**< the main line's */
	struct sip_account *account; /**< likewise */
	struct sip_network *network;
	unsigned closing_stacks;
	void (*closed)(void *arg);
	void *closed_arg;
	struct tmr tmr_closed;
	struct list calls;	   /**< struct phone_call, oldest first */
	struct media_mixer *mixer; /**< of the conference, NULL: none */
	struct list formats;	   /**< wanted for calls; empty: all of ours */
	enum media_security security;
	bool ice;
	struct list ice_servers; /**< struct ice_server */
	bool ice_pinned;
	struct net_pin ice_pin;
	struct list messages; /**< texts that wait for their answer */
	uint64_t last_message;
	struct list lamps; /**< numbers that are watched */
	bool wants_mailbox;
	struct sip_subscription *mailbox;
	char *own_number; /**< of the account */
	struct sound_host *host;
	struct sound_order *sound[PHONE_ROLES];
	struct tmr moved_tmr; /**< what moved is told at once, in one line */
	struct route_moved *moved;
	struct media_stream *tones; /**< without network: tones out of calls */
	struct media_stream *bell;  /**< likewise, for the ringer */
	struct duplex voice, ringer;
	struct voice_prm voice_prm;
	enum phone_test test;
	struct tmr test_tmr;
	struct media_tape *tape;  /**< to be heard, or NULL */
	struct job_queue *lister; /**< made when devices are asked for */
	enum media_tone tone;
	bool closing;
};

struct phone_call {
	struct le le;
	struct phone *phone;	 /**< NULL once that has gone */
	struct phone_line *line; /**< a reference */
	struct sip_leg *leg;
	void *arg;
	enum phone_call_state state;
	bool outgoing, outside, muted;
	bool joined; /**< part of the conference */
	char *number, *name, *key, *reason;
	unsigned code, retry_after_s;
	struct tmr tmr_held; /**< tells that it was so already */
	bool hold_asked;     /**< by the user, not for a transfer */
	bool codecs_asked;   /**< likewise */

	/* call_transfer.c */
	struct sip_leg *next; /**< takes leg's place once it is answered */
	struct sip_leg *past; /**< had it; waits for the other side's BYE */
	struct tmr tmr_past;
	bool hold_next; /**< hold the new one: the old one was held */
	enum phone_transfer transfer;
	unsigned transfer_code;
	bool transfer_sent; /**< REFER is out */
	bool hold_before;   /**< it was held before the transfer */
	char *target;
	struct phone_call *partner; /**< whose other side is the target */
};

/** phone.c: what is offered for such a list, with digits. NULL or "": all.
 *  @return 0, ENOENT, ENOMEM */
int formats_named(struct list *formats, const char *names);

/* line.c */
struct phone_line {
	struct le le;
	struct phone *phone; /**< NULL once that, or the line, has gone */
	struct sip_stack *sip;
	struct sip_account *account;
	void *arg;
	bool retired; /**< un-registered, and goes with the last of its calls */
};
/** It goes, its calls have ended. */
void line_orphan(struct phone_line *line);
/** It takes no more calls, and goes once it has none. */
void line_retire(struct phone_line *line);
/** One of its calls has gone. @param line May be NULL */
void line_call_gone(struct phone_line *line);
/** Register now if that is its account already. @return false if it is not */
bool line_renew(struct phone_line *line, const struct phone_account *prm);
void line_watch_network(struct phone *p);
/** Un-register all; done() at most 2 s later. */
void lines_close(struct phone *p, void (*done)(void *arg), void *arg);
/** phone.c: whether it has calls. @param line NULL: of any line */
bool phone_has_calls(const struct phone *p, const struct phone_line *line);
/** End all calls, or those of a line. */
void phone_end_calls(struct phone *p, const struct phone_line *line);

/* message.c */
void message_incoming(struct sip_page_in *in, struct phone *p);

/* lamp.c */
/** An account is there: watch for it what is to be watched. */
void lamps_begin(struct phone *p, const char *own_number);
/** It goes: texts that are on their way, too, are heard of no more. */
void lamps_end(struct phone *p);
void lamps_close(struct phone *p);

/* call.c */
/** Its phone goes: what it has of it goes too. */
void call_orphan(struct phone_call *c);
void call_incoming(struct sip_incoming *in, struct phone_line *line);
/** Its phone's reference goes, once: nothing happens if a handler has hung it
 *  up meanwhile. */
void call_let_go(struct phone_call *c);
/** It ends from here: its owner is told, and then it goes. */
void call_end(struct phone_call *c, unsigned code, const char *reason);
/** Tell of another state, or of the same. */
void call_set_state(struct phone_call *c, enum phone_call_state state);
enum phone_call_state call_state_of(const struct phone_call *c);
/** What can be dialled of a number as people write it. @return 0 or EINVAL */
int call_target(char **targetp, const char *number);
/** How the calls' sound is to be carried; borrowed. */
struct sip_leg_media call_media(const struct phone *p);
sip_leg_event_h call_leg_event;

/* conference.c */
/** Who has ended is dropped, and a conference of one is none.
 *  @return that one, referenced: its owner is to be told; else NULL */
struct phone_call *conference_check(struct phone *p);
/** It is on hold, or transferred: no part of it any more. */
void conference_leave(struct phone_call *c);

/* call_transfer.c */
/** An event of a leg that is not the call's own (any more, or yet), or one
 *  that a transfer takes. @return true if nothing else is to be done */
bool transfer_event(struct phone_call *c, struct sip_leg *leg,
		    const struct sip_leg_event *ev);
/** The end: legs beside the call's own go. */
void transfer_end(struct phone_call *c);
/** A call that shall take another one's place. @return false: there is no
 *  such; true: it was taken, or refused */
bool transfer_incoming(struct phone *p, struct sip_incoming *in);
/** The one that has the sound: talking or early; NULL if none. */
struct phone_call *call_speaking(const struct phone *p);

#endif
