/**
 * @file client/phone.h  The built-in phone: an account, calls, sound
 *
 * Calls made of SIP legs, with sound from and to devices. Knows nothing of
 * UC, and has no policy: who rings, what is held when, which tone sounds is
 * its owner's to say. Belongs to the loop; any object may be freed in any
 * handler.
 */
#ifndef OFFHOOK_CLIENT_PHONE_H
#define OFFHOOK_CLIENT_PHONE_H

#include <offhook/base.h>
#include <offhook/media.h>

struct phone;
struct phone_call;

/* ---- the phone and its account ----------------------------------------- */

struct net_certificate;
struct phone_line; /**< an account in use */

enum phone_transport { PHONE_UDP, PHONE_TCP, PHONE_TLS };

struct phone_account {
	const char *user, *name; /**< name: display name, or NULL */
	const char *auth_user;	 /**< NULL: user */
	const char *secret;	 /**< copied, wiped when the account goes */
	const char *domain;	 /**< of the address of record */
	const char *registrar; /**< host[:port], an outbound proxy's where there
				    is one; NULL: the domain. A name without
				    port is looked up by SRV first */
	enum phone_transport transport;
	const char *fingerprint; /**< TLS: SHA-256 of the certificate that is
				      accepted, whoever vouches for it; NULL:
				      by the system's CAs and the name */
};

struct phone_line_info {
	bool registered;
	bool trying;	    /**< not registered, and not known why yet */
	bool refused;	    /**< password or user: no further try is made */
	const char *reason; /**< why not registered, clean, never NULL */
	int64_t since_ms;   /**< wall clock: registered, or not, since */
	int64_t retry_ms;   /**< wall clock of the next try, 0: none */
	/** TLS: what is not accepted, NULL if it is not that. No further try
	 *  is made before phone_line_trust(). The line's own. */
	const struct net_certificate *certificate;
};

/** What a colleague's phone does (RFC 4235). */
enum phone_lamp {
	PHONE_LAMP_UNREACHABLE, /**< nothing is known of it */
	PHONE_LAMP_IDLE,
	PHONE_LAMP_RINGING,
	PHONE_LAMP_BUSY,
};

/** Why sound goes on by another device. */
enum phone_moved {
	PHONE_MOVED,	  /**< the sound server has done so */
	PHONE_MOVED_AWAY, /**< the one before does not work */
	PHONE_MOVED_BACK, /**< a better one has returned, or any at all */
};

struct phone_handlers {
	/**
	 * Registration came or went.
	 *
	 * @param reason  Why not, clean; "" if registered, or not wanted
	 * @param refused The password was refused: no further try is made
	 */
	void (*registered)(bool registered, const char *reason, bool refused,
			   void *arg);
	/** Likewise of a line that phone_line_add() made: look at its info. */
	void (*line)(struct phone_line *line, void *line_arg, void *arg);
	/** A call came in and rings; phone_call_set_arg() it. */
	void (*incoming)(struct phone_call *call, void *arg);
	/** A call's state or data changed. In state PHONE_ENDED the call goes
	 *  after the handler has returned. @param call_arg the call's own */
	void (*changed)(struct phone_call *call, void *call_arg, void *arg);
	/**
	 * The other side of a call asks that it goes on with somebody else
	 * (REFER), or a third one comes in the other side's place (INVITE
	 * with Replaces). The call stays the same object, with another number.
	 * NULL: refused (603).
	 *
	 * @param number   Who it would be, clean; of a third one: who it says
	 *                 it is
	 * @param by       Who wants it, as it says itself, or ""
	 * @return true if it may be
	 */
	bool (*transfer_asked)(struct phone_call *call, const char *number,
			       const char *by, void *call_arg, void *arg);
	/** A call answers 3xx: may it go on to that number? NULL: yes. */
	bool (*redirected)(struct phone_call *call, const char *number,
			   void *call_arg, void *arg);
	/** How phone_hold() ended: code 200, or a refusal's; the call is then
	 *  as it was. Before changed(). */
	void (*held)(struct phone_call *call, unsigned code, void *call_arg,
		     void *arg);
	/** How phone_call_codecs() ended: code 200, or a refusal's; the call
	 *  then goes on with the codec that it had. Before changed(). */
	void (*codecs)(struct phone_call *call, unsigned code, void *call_arg,
		       void *arg);
	/** The other side has pressed a digit (0..9, *, #, A..D). */
	void (*digit)(struct phone_call *call, char digit, void *call_arg,
		      void *arg);
	/**
	 * A text message came in.
	 *
	 * @param number, name  Sender as the network says; clean, name may be
	 * ""
	 * @param text          Clean, lines end in LF
	 * @return true if it is kept: only then the sender is told that it
	 *         has arrived. NULL handler: nobody takes messages
	 */
	bool (*message)(const char *number, const char *name, const char *text,
			void *arg);
	/**
	 * What came of phone_message(), by its id.
	 *
	 * @param code  SIP code; 2xx: delivered; 0: no answer came
	 * @param reason Clean text of it, never NULL
	 */
	void (*message_result)(uint64_t id, unsigned code, const char *reason,
			       void *arg);
	/** A lamp of phone_watch() has changed. @param number as given there
	 *  @param peer  Who is called or calls; clean, "" if unknown */
	void (*lamp)(const char *number, enum phone_lamp lamp, const char *peer,
		     void *arg);
	/** Voice messages wait, or no more. The counts are 0 where the server
	 *  tells only that some wait. */
	void (*voicemail)(bool waiting, unsigned new_messages,
			  unsigned old_messages, void *arg);
	/** None of the devices of a role works (any more): one clean line,
	 *  why the one wanted does not. Calls go on. */
	void (*sound_failed)(const char *line, void *arg);
	/**
	 * Sound goes on by another device than the one before or, at its
	 * beginning, than the one wanted. Said once for microphone and
	 * loudspeaker that go together.
	 *
	 * @param from  NULL: none worked
	 */
	void (*sound_moved)(const char *from, const char *to,
			    enum phone_moved how, void *arg);
};

/** @param pp mem_deref() ends all calls at once */
int phone_alloc(struct phone **pp, const struct phone_handlers *h, void *arg);

/**
 * Use an account in place of the one before. The calls of that one go on by it
 * until they are over, but it rings no more. If it is the same, it is
 * registered anew at once.
 *
 * @param prm NULL: none, and the calls end
 * @return 0, EINVAL or ENOMEM
 */
int phone_set_account(struct phone *p, const struct phone_account *prm);

/**
 * Use another account beside it: it rings too, and phone_line_dial() calls by
 * it. Each line is told of by the handler `line`.
 *
 * @param lp  Borrowed: it goes with phone_line_remove(), or with the phone
 * @return 0, EINVAL or ENOMEM
 */
int phone_line_add(struct phone *p, struct phone_line **lp,
		   const struct phone_account *prm, void *line_arg);
/** Its calls end, it is un-registered. */
void phone_line_remove(struct phone_line *line);
/** The line of phone_set_account(), NULL if there is none. */
const struct phone_line *phone_line(const struct phone *p);
/** @param line NULL: nothing is known */
void phone_line_info(const struct phone_line *line,
		     struct phone_line_info *info);
/**
 * Accept that certificate from now on, and no other; tries again at once.
 *
 * @param fingerprint  SHA-256 in hex; NULL: what the system's CAs vouch for
 * @return 0, EINVAL, EPROTO (no TLS) or ENOMEM
 */
int phone_line_trust(struct phone *p, const struct phone_line *line,
		     const char *fingerprint);

/** End calls, un-register; done() at most 2 s later. */
void phone_close(struct phone *p, void (*done)(void *arg), void *arg);

/* ---- text messages (RFC 3428), lamps and voicemail (RFC 6665) ----------- */

/**
 * Send a text message; message_result() tells what came of it, once, unless
 * the account or the phone goes before.
 *
 * @param number  As of phone_dial()
 * @param text    UTF-8, not empty
 * @param idp     Set to its id, never 0
 * @return 0, EINVAL, ENOTCONN (no account, or its server not found yet),
 *         EMSGSIZE (longer than the way to the server takes), ENOMEM
 */
int phone_message(struct phone *p, const char *number, const char *text,
		  uint64_t *idp);

/** Most numbers that phone_watch() takes. */
enum { PHONE_WATCH_MAX = 200 };

/**
 * Watch these numbers' phones from now on, and no others: for an account at a
 * registrar that knows the event package "dialog". Kept over a change of the
 * account.
 *
 * @return 0, EINVAL (too many, or no number), ENOMEM
 */
int phone_watch(struct phone *p, const char *const *numbers, size_t n);
/** Watch the account's own mailbox, or no more. */
int phone_watch_voicemail(struct phone *p, bool on);

/* ---- calls ------------------------------------------------------------- */

enum phone_call_state {
	PHONE_DIALLING,	   /**< INVITE is out */
	PHONE_RINGING_OUT, /**< 180 */
	PHONE_EARLY, /**< the network's sound is heard before the answer */
	PHONE_RINGING_IN,
	PHONE_TALKING,
	PHONE_HELD, /**< by us */
	PHONE_HELD_BY_OTHER,
	PHONE_ENDED,
};

/** Code of a call that ended because nothing was heard any more: the other
 *  side, or what is between, has gone without a word. No SIP code. */
enum { PHONE_CODE_SILENCE = 799 };
/** … or because its encryption failed: nothing has flowed. */
enum { PHONE_CODE_INSECURE = 798 };

/** How the transfer of a call that we have asked for goes. */
enum phone_transfer {
	PHONE_TRANSFER_NONE,
	PHONE_TRANSFER_ASKED,	/**< REFER is out */
	PHONE_TRANSFER_RUNNING, /**< the other side calls the target */
	PHONE_TRANSFER_FAILED,	/**< transfer_code says why; the call is ours
				     again, held or not as it was before */
	PHONE_TRANSFER_DONE,	/**< the call ends now */
};

/** What is known of a call; texts clean, never NULL, valid in the handler. */
struct phone_call_info {
	enum phone_call_state state;
	bool outgoing;
	bool outside; /**< Alert-Info says external (RFC 7462) */
	bool muted;
	const char *number;	/**< other side's user part */
	const char *name;	/**< its display name, or "" */
	const char *key;	/**< CSTA callID that the server sent, or "" */
	const char *codec;	/**< "opus", "" if none yet; changed() tells of
				     another one, whoever wanted it */
	enum media_keys keys;	/**< how the sound is encrypted now */
	bool conference;	/**< part of it: phone_join() */
	unsigned code;		/**< SIP code it ended with, 200 a normal end */
	const char *reason;	/**< SIP's reason phrase, or "" */
	unsigned retry_after_s; /**< the other side asks to wait so long before
				     the next try; 0: nothing was said */
	enum phone_transfer transfer;
	unsigned transfer_code; /**< last SIP code of it, 0: none yet */
};

/** @param number digits, + * #, or a SIP URI
 *  @return 0, EINVAL, ENOTCONN (no account), ENOMEM */
int phone_dial(struct phone *p, struct phone_call **cp, const char *number,
	       void *call_arg);
/** Likewise by a line that phone_line_add() made. */
int phone_line_dial(struct phone_line *line, struct phone_call **cp,
		    const char *number, void *call_arg);
/** By which line it goes; NULL once that has gone. */
const struct phone_line *phone_call_line(const struct phone_call *c);
void phone_call_set_arg(struct phone_call *c, void *call_arg);
void *phone_call_arg(const struct phone_call *c);
void phone_call_info(const struct phone_call *c, struct phone_call_info *i);
/** @return 0 or EPROTO where the state does not allow it */
int phone_answer(struct phone_call *c);
/** Refuse a ringing one: 486 busy, 603 declined. It is gone after.
 *  @return 0, EPROTO if it does not ring: then it is still there */
int phone_reject(struct phone_call *c, unsigned code);
/** End it; no changed() follows, the call is gone after. */
void phone_hang_up(struct phone_call *c);
/** @return 0: held() tells the end of it (also if it is so already), EPROTO
 *  if it does not talk, EALREADY while another one is on its way */
int phone_hold(struct phone_call *c, bool on);
/**
 * Go on with other codecs, this call alone: they are offered to the other
 * side, which takes the first of them that it has. A held call stays held.
 *
 * @param names  As of media_formats_ours(), the best first; NULL or "": those
 *               of phone_set_codecs()
 * @return 0: codecs() tells the end of it; ENOENT (none of them is known),
 *         EPROTO if it does not talk, EALREADY while another one, or a
 *         transfer, is on its way, ENOMEM
 */
int phone_call_codecs(struct phone_call *c, const char *names);
/**
 * Transfer to a number; the call is held meanwhile, and taken back if it
 * fails. changed() tells, with info.transfer; once done the call ends.
 *
 * @return 0, EPROTO if it does not talk, EALREADY, EINVAL as phone_dial()
 */
int phone_transfer(struct phone_call *c, const char *number);
/** Join the other sides of two of our calls; then both end. If it fails,
 *  both are as they were. @return as phone_transfer() */
int phone_transfer_to(struct phone_call *c, struct phone_call *other);
/** Press a digit; see sip_leg_digit(). @return 0, EINVAL, EPROTO */
int phone_digit(struct phone_call *c, char digit, unsigned ms);
void phone_mute(struct phone_call *c, bool on);
/**
 * A conference: these two calls, and those that are in it already, hear each
 * other and the user; up to MEDIA_MIXER_MAX calls. One that is on hold is
 * resumed. Which calls are in it is in their info; one leaves by its end, by
 * hold or transfer, and what is left of two is a call like any other.
 *
 * @return 0, EPROTO if one of them does not talk, EALREADY if both are in it,
 *         ENOSPC, ENOMEM
 */
int phone_join(struct phone_call *a, struct phone_call *b);
/** Take one out of it: it is on hold then. @return as phone_hold() */
int phone_leave(struct phone_call *c);
/** Calls in the conference, 0: there is none. */
unsigned phone_conference_count(const struct phone *p);

/**
 * Which codecs calls may have from now on, and in which order; for one that is
 * on: phone_call_codecs().
 *
 * @param names  As of media_formats_ours(); NULL or "": all of them
 * @return 0, ENOENT (none of them is known) or ENOMEM: then it is as before
 */
int phone_set_codecs(struct phone *p, const char *names);
/** Whether calls are encrypted from now on. */
void phone_set_security(struct phone *p, enum media_security security);

/**
 * Whether calls find their way by ICE from now on, and by which servers.
 *
 * @param servers      struct ice_server (ice.h), taken over: the list is empty
 *                     after it
 * @param fingerprint  SHA-256 of what TURN servers show by TLS; NULL: what the
 *                     system vouches for
 * @return 0 or EINVAL
 */
int phone_set_ice(struct phone *p, bool on, struct list *servers,
		  const char *fingerprint);

/** Its stream, for statistics; NULL while there is none. Borrowed. */
struct media_stream *phone_call_stream(const struct phone_call *c);

/* ---- sound ------------------------------------------------------------- */

enum phone_role { PHONE_INPUT, PHONE_OUTPUT, PHONE_RINGER, PHONE_ROLES };

/**
 * Choose devices of a role, the best first; a running call goes on with them.
 * The best that works is used, and left as soon as a better one returns.
 *
 * @param devices  With commas between them: "auto" (PulseAudio if it answers,
 *                 else ALSA), "none", "pulse", "pulse:NAME", "alsa",
 *                 "alsa:NAME", "file:PATH" (WAV; read in a loop as input,
 *                 written as output). Behind a NAME that stands last there is
 *                 an "auto"
 * @return 0, EINVAL: no such kind of device
 */
int phone_set_device(struct phone *p, enum phone_role role,
		     const char *devices);

/** A device that there is now. */
struct phone_device {
	bool input;	  /**< a microphone, else to be heard by */
	bool standard;	  /**< the one that the system has chosen */
	const char *name; /**< as phone_set_device() takes it; stable */
	const char *text; /**< what a person calls it, clean */
};
/** @param list borrowed */
typedef void(phone_devices_h)(const struct phone_device *list, size_t n,
			      void *arg);
/** Which devices there are: told later, unless the phone goes before.
 *  @return 0, EINVAL or ENOMEM */
int phone_devices(struct phone *p, phone_devices_h *h, void *arg);

/** What is done to the voice between microphone and call; all off at first.
 *  Sound that comes from a file is left as it is. */
struct phone_voice {
	bool echo;  /**< cancel the loudspeaker's sound in the microphone */
	bool noise; /**< suppress what is always there */
	bool gain;  /**< lift who speaks quietly */
};
/** Also in the middle of a call. @return 0, EINVAL or ENOMEM */
int phone_set_voice(struct phone *p, const struct phone_voice *voice);

enum { PHONE_VOLUME_MAX = 150 };
/**
 * How loud: of what is said, heard, or rung. Of the bell in its own device;
 * the other tones are heard as loud as calls.
 *
 * @param percent  0..PHONE_VOLUME_MAX, 100: as it is; by the ear's measure,
 *                 so 50 is an eighth of the amplitude
 * @return 0 or EINVAL
 */
int phone_set_volume(struct phone *p, enum phone_role role, unsigned percent);

/**
 * How loud it is now, in dBFS from -96; measured only for the two seconds
 * after somebody has asked.
 *
 * @return false: nobody speaks or listens
 */
bool phone_levels(struct phone *p, int *input, int *output);

enum phone_test {
	PHONE_TEST_NONE, /**< end it */
	PHONE_TEST_TONE, /**< 1000 Hz out of the output, 4 s */
	PHONE_TEST_RING, /**< the bell out of the ringer, 15 s */
	PHONE_TEST_LOOP, /**< what is said is heard a second later, 15 s */
};
/**
 * Hear whether the devices are right. Ends by itself, and when a call or a
 * tone wants them.
 *
 * @return 0, EBUSY: a call or a tone has them, EINVAL or ENOMEM
 */
int phone_test(struct phone *p, enum phone_test test);

/**
 * Have a tape heard out of the output, from where it is; without an account,
 * too. It rests while a call speaks or another tone sounds than that of a
 * call that waits: what then is up to who listens. Another tape takes its
 * place.
 *
 * @param tape  Of 48000 Hz, referenced; NULL: no more, and the device rests
 * @return 0, EBUSY: a call or a tone has the device, EINVAL or ENOMEM
 */
int phone_play(struct phone *p, struct media_tape *tape);
/** Nothing can be heard: the output is in use, and no device of it works. */
bool phone_silent(const struct phone *p);

/** Sound a tone until the next, MEDIA_TONE_NONE ends it. The bell goes to the
 *  ringer, waiting into the call, the others to the output. */
void phone_tone(struct phone *p, enum media_tone tone);

#endif
