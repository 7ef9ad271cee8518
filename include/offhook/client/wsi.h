/**
 * @file client/wsi.h  The UC server's protocol: requests out, events in
 *
 * One `struct wsi` is one session with one server: it logs in, reads what the
 * server offers into the model (client/uc.h), keeps one GetEvents poll in
 * flight, and ends once. Reconnecting is the caller's: end, then a new one.
 * What the protocol is, and how sure each name of it is: doc/wsi.md.
 *
 * The session writes into the model: account (mode, can, name, device, server
 * version), contacts, presence, lamps, favourites, conversations. It leaves
 * the account's connection state, and calls, to its caller.
 */
#ifndef OFFHOOK_CLIENT_WSI_H
#define OFFHOOK_CLIENT_WSI_H

#include <offhook/base.h>
#include <offhook/proto.h>
#include <offhook/net.h>
#include <offhook/client/uc.h>

struct wsi;	    /**< a session */
struct wsi_request; /**< one command under way */

enum { WSI_PORT = 8802 };

/* ---- session ----------------------------------------------------------- */

/** How to log in. A real system takes a query only; ours says what it can. */
enum wsi_login {
	WSI_LOGIN_ASK,	/**< ask first, without secrets: one more round trip */
	WSI_LOGIN_GET,	/**< known not to take POST */
	WSI_LOGIN_POST, /**< known to take it */
};

struct wsi_prm {
	struct net *net;
	struct uc *uc;
	const char *host; /**< name or address; IPv6 in brackets or not */
	uint16_t port;	  /**< 0: WSI_PORT */
	const struct net_pin *pin; /**< NULL: system CA and name */
	const char *user;	   /**< the internal number */
	const char *password;	   /**< wiped once the login is answered */
	const char *device;	   /**< phone to control, where the number has
					several; NULL or "": whichever */
	enum wsi_login login;
	unsigned connect_ms; /**< 0: 10 s */
	unsigned answer_ms;  /**< for a command's answer, 0: 15 s */
};

/** Why a session ended, or never began. */
enum wsi_end {
	WSI_END_LOGOUT,	      /**< wsi_logout() */
	WSI_END_NETWORK,      /**< see net: connection lost or never made */
	WSI_END_CERTIFICATE,  /**< see certificate: the user is to judge */
	WSI_END_BAD_PASSWORD, /**< never try that password again */
	WSI_END_LOCKED,	      /**< the account is locked */
	WSI_END_NO_LICENCE,
	WSI_END_PASSWORD_CHANGE, /**< the password must be changed first */
	WSI_END_REFUSED, /**< login refused for another reason, see text */
	WSI_END_NOT_LOGGED_IN, /**< the server no longer knows the session */
	WSI_END_NOT_UC,	       /**< what answers there is not a UC server */
	WSI_END_COUNT
};

/** Valid during the call only. */
struct wsi_ended {
	enum wsi_end why;
	enum net_error net; /**< NET_OK unless NETWORK or CERTIFICATE */
	const struct net_certificate
		*certificate; /**< CERTIFICATE, else NULL */
	const char *text;     /**< one plain line for the user (gettext) */
	bool online;	      /**< it had been logged in */
};

/** A call of our device changed: one CSTA event (ECMA-269 §6, events). */
enum wsi_call_type {
	WSI_CALL_INITIATED,  /**< ServiceInitiated: our phone went off hook */
	WSI_CALL_ORIGINATED, /**< dialled, on its way */
	WSI_CALL_DELIVERED,  /**< the called device rings; see alerting */
	WSI_CALL_ESTABLISHED,
	WSI_CALL_HELD,
	WSI_CALL_RETRIEVED,
	WSI_CALL_QUEUED,
	WSI_CALL_DIVERTED, /**< left our device for another */
	WSI_CALL_TRANSFERRED,
	WSI_CALL_CONFERENCED,
	WSI_CALL_FAILED,  /**< see cause */
	WSI_CALL_CLEARED, /**< a device left; see releasing */
	/** Not an event: what GetDeviceState says there is now. Calls that it
	 *  does not name are over: told as CLEARED before the snapshot. */
	WSI_CALL_SNAPSHOT,
	WSI_CALL_TYPE_COUNT
};

/** State of our connection in the call (ECMA-269 §6.1.5). */
enum wsi_connection {
	WSI_CONNECTION_UNKNOWN,
	WSI_CONNECTION_NULL,
	WSI_CONNECTION_INITIATED,
	WSI_CONNECTION_ALERTING,
	WSI_CONNECTION_CONNECTED,
	WSI_CONNECTION_HOLD,
	WSI_CONNECTION_QUEUED,
	WSI_CONNECTION_FAILED,
	WSI_CONNECTION_COUNT
};

enum wsi_cause {
	WSI_CAUSE_NONE,
	WSI_CAUSE_BUSY,
	WSI_CAUSE_NO_ANSWER,
	WSI_CAUSE_CANCELLED,
	WSI_CAUSE_REJECTED,
	WSI_CAUSE_NOT_OBTAINABLE,
	WSI_CAUSE_UNREACHABLE,
	WSI_CAUSE_FORWARDED,
	WSI_CAUSE_TRANSFER,
	WSI_CAUSE_RECALL, /**< what was on hold rings, since the phone was put
			     down */
	WSI_CAUSE_CONFERENCE,
	WSI_CAUSE_CONGESTION,
	WSI_CAUSE_OTHER,
	WSI_CAUSE_COUNT
};

/** All text is clean, never NULL, "" where it did not come. Devices are
 *  numbers as the server names them. Valid during the call only. */
struct wsi_call_event {
	enum wsi_call_type type;
	enum wsi_connection local; /**< our connection after the event */
	enum wsi_cause cause;
	const char *call_id; /**< CSTA callID, never "" */
	const char *device;  /**< the monitored one: ours */
	const char *calling, *calling_name;
	const char *called, *called_name;
	const char *alerting; /**< that rings */
	const char *answering;
	const char *releasing;		/**< that has left (CLEARED) */
	const char *redirecting;	/**< lastRedirectionDevice */
	const char *other, *other_name; /**< other side, from all of these */
	/** CONFERENCED and SNAPSHOT: who else is in it, if the server says */
	struct uc_member *members;
	size_t member_count;
	const char *new_call_id; /**< TRANSFERRED, CONFERENCED: it goes on */
	bool incoming;		 /**< we are the called side */
	bool outside;		 /**< other side is not of this system */
	bool group;		 /**< it came to a group that we are in */
	bool conference;	 /**< there are more than two in it */
	unsigned parties;	 /**< how many, 0: not known */
};

struct wsi_handlers {
	/** Logged in: mode and what it may do stand in the model's account. */
	void (*online)(struct wsi *w, void *arg);
	/** Directory, presence, favourites, journal, lamps have been read, as
	 *  far as the server offers them; also after each wsi_resync(). */
	void (*synced)(struct wsi *w, void *arg);
	void (*call)(struct wsi *w, const struct wsi_call_event *e, void *arg);
	/** Those in a call look at a page. @param link  https; @param by  Who
	 *  began it, "" if that is not told */
	void (*shared)(struct wsi *w, const char *call_id, const char *link,
		       const char *by, void *arg);
	/** A message has come that this account did not have yet. */
	void (*message)(struct wsi *w, const char *entry_id, void *arg);
	/** The server has a message of ours, whoever of us has sent it. */
	void (*message_sent)(struct wsi *w, const char *uid, void *arg);
	/** The session is over: exactly once, nothing is called after it. */
	void (*ended)(struct wsi *w, const struct wsi_ended *e, void *arg);
};

/**
 * Begin a session. Handlers are never called from within; freeing the session
 * in any of them is allowed, and ends it without a logout.
 *
 * @return 0, EINVAL or ENOMEM
 */
int wsi_alloc(struct wsi **wp, const struct wsi_prm *prm,
	      const struct wsi_handlers *h, void *arg);

/** Log out; `ended` follows when that is answered, or after two seconds. */
void wsi_logout(struct wsi *w);

bool wsi_online(const struct wsi *w);
/** Whether the server takes the login by POST: keep it for the next time. */
enum wsi_login wsi_login_way(const struct wsi *w);
/** Phone that is controlled, "" before login. */
const char *wsi_device(const struct wsi *w);
/** Operate that one of uc_account()->phones; "": whichever.
 *  @return 0, ENOENT (none of them), ENOTCONN, ENOMEM */
int wsi_phone_set(struct wsi *w, const char *phone);
/** Dialling parameters (GetServerParam); all "" until they have come. */
const struct proto_dial_params *wsi_dial_params(const struct wsi *w);

/** One of the server's own additions (doc/wsi.md, "Ours"). */
enum wsi_addition {
	WSI_ADD_POST = 1 << 0, /**< login and actions by POST */
	WSI_ADD_WAIT = 1 << 1, /**< GetEvents is held */
	WSI_ADD_FAVOURITES = 1 << 2,
	WSI_ADD_SIP_ACCOUNT = 1 << 3,
	WSI_ADD_PRESENCE = 1 << 4,  /**< list with notes; note, visibility */
	WSI_ADD_DIRECTORY = 1 << 5, /**< JSON, paged */
	WSI_ADD_JOURNAL = 1 << 6,   /**< JSON, the nine kinds, paged */
	WSI_ADD_AWAY = 1 << 12,	    /**< where calls go in each state */
	WSI_ADD_PARKED = 1 << 8,    /**< who waits in the slots */
	WSI_ADD_VOICEMAIL = 1 << 7, /**< messages of one's answering box */
	WSI_ADD_MESSAGES = 1 << 9,  /**< instant messages */
	WSI_ADD_DELETE = 1 << 10,   /**< entries of conversations can be */
	WSI_ADD_PERSONAL = 1 << 11, /**< personal contacts can be changed */
	WSI_ADD_PICTURES = 1 << 13, /**< of internal users */
	WSI_ADD_CONTACT_PICTURES = 1 << 14, /**< of personal contacts */
};
/** Which additions this server said that it has, but for those that it then
 *  turned out not to have; 0 before login. */
uint32_t wsi_additions(const struct wsi *w);

/** Read everything anew (after an overflow, when the user asks). */
void wsi_resync(struct wsi *w);

/* ---- commands ---------------------------------------------------------- */

enum wsi_status {
	WSI_OK,
	WSI_REFUSED,	 /**< the server said no: see reason */
	WSI_NOT_OFFERED, /**< this server does not have it: nothing was sent,
			      or a reading command was answered ERROR */
	WSI_FAILED,	 /**< network, or an answer that makes no sense */
	WSI_ENDED,	 /**< the session ended first */
};

/** Valid during the call only. */
struct wsi_result {
	enum wsi_status status;
	const char *reason;  /**< the server's code, cleaned: "LOCKED", or "" */
	const char *cause;   /**< CSTAErrorCode, cleaned, or "" */
	const char *text;    /**< one line for the user; "" if OK */
	const char *call_id; /**< of the call that an action made, or "" */
	const char *batch;   /**< what was deleted goes by that name, or "" */
	int64_t last;	     /**< lowest id that was listed, or 0 */
	bool more;	     /**< there are lower ones */
};

/** Called exactly once unless cancelled, never from within the request. */
typedef void(wsi_done_h)(const struct wsi_result *r, void *arg);

/*
 * All of these: @param rp Set to the command: mem_deref() gives up waiting for
 * its answer (and is needed after its end, too); NULL: the session's own.
 * @return 0, EINVAL, ENOMEM, ENOTCONN if there is no session, ENOTSUP if this
 *         server does not have it: then the handler is not called.
 */

/** What to tell the others (SPEC T5.2). */
struct wsi_presence_prm {
	enum proto_presence state;
	int64_t until_ms; /**< return time, 0: none */
	const char *note; /**< NULL: unchanged; left out where not offered */
};
/** The model follows when the server has confirmed it. */
int wsi_presence_set(struct wsi_request **rp, struct wsi *w,
		     const struct wsi_presence_prm *prm, wsi_done_h *h,
		     void *arg);

/** Who learns an absence (ours). The model follows. */
int wsi_visibility_set(struct wsi_request **rp, struct wsi *w,
		       enum uc_visibility v, wsi_done_h *h, void *arg);
/** Where calls go in a state (ours). @param to  As uc_account.away; the number
 *  dialable on the desk phone */
int wsi_away_set(struct wsi_request **rp, struct wsi *w,
		 enum proto_presence state, const char *to, wsi_done_h *h,
		 void *arg);
/** One's own data that others see (ours, SPEC T6.1.1); NULL: as it is,
 *  "": none. The model follows. */
struct wsi_my_data {
	const char *mobile, *private_number; /**< canonical */
	const char *email;
};
int wsi_my_data_set(struct wsi_request **rp, struct wsi *w,
		    const struct wsi_my_data *data, wsi_done_h *h, void *arg);

/**
 * Ask the server for a search's directories; hits go into the search, its
 * pending count follows. The search is referenced until then.
 */
int wsi_search(struct wsi_request **rp, struct wsi *w, struct uc_search *s,
	       wsi_done_h *h, void *arg);
/** Number to name (PhBookLookup); a find is put into the model. */
int wsi_lookup(struct wsi_request **rp, struct wsi *w, const char *number,
	       wsi_done_h *h, void *arg);
/** Read the journal's newest entries into the conversations. */
int wsi_journal(struct wsi_request **rp, struct wsi *w, wsi_done_h *h,
		void *arg);

/** What entries are of, and how their ids begin in the model. */
enum wsi_sort { WSI_CALLS, WSI_MESSAGES, WSI_VOICE, WSI_SORT_COUNT };
/** Read older entries with one other side into the conversations (ours); the
 *  result has last and more. @param number  Of messages the internal one; "-"
 *  withheld, "" of all. @param before  Ids below that; 0: from the newest */
int wsi_older(struct wsi_request **rp, struct wsi *w, enum wsi_sort sort,
	      const char *number, int64_t before, wsi_done_h *h, void *arg);

/** Reading all anew has brought all colleagues: who was not told is gone. */
bool wsi_directory_whole(const struct wsi *w);
/** Reading all anew has brought all that there is of a sort. */
bool wsi_whole(const struct wsi *w, enum wsi_sort sort);

/** Mark journal entries as read, by their ids in the model (ours): any number,
 *  one request after the other. Not to be given up; done once all of them are,
 *  or with the first that fails. */
int wsi_journal_mark(struct wsi *w, const char *const *ids, size_t count,
		     wsi_done_h *h, void *arg);

/**
 * Send a message (ours). The same uid is the same message: after an answer that
 * was lost it is sent again, and is there once. The model gets it with the
 * answer.
 *
 * @param to   The other one's internal number
 * @param uid  1 to 64 of letters, digits, - and _
 */
int wsi_message_send(struct wsi_request **rp, struct wsi *w, const char *to,
		     const char *uid, const char *text, wsi_done_h *h,
		     void *arg);
/** Mark messages as read, by their ids in the model, as wsi_journal_mark(). */
int wsi_messages_mark(struct wsi *w, const char *const *ids, size_t count,
		      wsi_done_h *h, void *arg);

enum wsi_scope {
	WSI_THESE,   /**< these entries */
	WSI_NUMBERS, /**< and what is older, of the same numbers */
	WSI_OLDER,   /**< and all that is older */
};
enum { WSI_ENTRIES_MAX = 500 }; /**< that are named in one request */
/** Delete journal entries, messages, voice messages by their ids in the model
 *  (ours); the model follows the events. The result has the batch. */
int wsi_entries_delete(struct wsi_request **rp, struct wsi *w,
		       const char *const *ids, size_t count,
		       enum wsi_scope scope, wsi_done_h *h, void *arg);
/** Bring a batch back. */
int wsi_entries_restore(struct wsi_request **rp, struct wsi *w,
			const char *batch, wsi_done_h *h, void *arg);

/* Favourites kept by the server (ours). The model follows the answer. */
int wsi_favourite_add(struct wsi_request **rp, struct wsi *w, const char *group,
		      const char *contact_id, wsi_done_h *h, void *arg);
int wsi_favourite_remove(struct wsi_request **rp, struct wsi *w,
			 const char *group_id, const char *contact_id,
			 wsi_done_h *h, void *arg);
/** A member, or with "" the group itself, by steps (negative: up). */
int wsi_favourite_move(struct wsi_request **rp, struct wsi *w,
		       const char *group_id, const char *contact_id, int steps,
		       wsi_done_h *h, void *arg);
/** @param number as the contact has it; "": none is chosen */
int wsi_favourite_number(struct wsi_request **rp, struct wsi *w,
			 const char *contact_id, const char *number,
			 wsi_done_h *h, void *arg);
int wsi_group_rename(struct wsi_request **rp, struct wsi *w,
		     const char *group_id, const char *name, wsi_done_h *h,
		     void *arg);
int wsi_group_delete(struct wsi_request **rp, struct wsi *w,
		     const char *group_id, wsi_done_h *h, void *arg);
/** Replace them all by what the model has (upload of local ones). */
int wsi_favourites_replace(struct wsi_request **rp, struct wsi *w,
			   wsi_done_h *h, void *arg);

/* Personal contacts kept by the server (ours). The model follows the answer. */
/** Add one, or, with an id of one that was deleted, bring that back. */
int wsi_contact_add(struct wsi_request **rp, struct wsi *w,
		    const struct uc_contact_prm *c, wsi_done_h *h, void *arg);
/** Replace all that is in the one of that id. */
int wsi_contact_change(struct wsi_request **rp, struct wsi *w,
		       const struct uc_contact_prm *c, wsi_done_h *h,
		       void *arg);
int wsi_contact_delete(struct wsi_request **rp, struct wsi *w, const char *id,
		       wsi_done_h *h, void *arg);
/** Read all of them into the model anew. Not to be given up. */
int wsi_personal(struct wsi *w, wsi_done_h *h, void *arg);

/** Many at once. The contacts must stay as they are until it is over. */
struct wsi_import_prm {
	/** Those with an id are brought up to date; each has a key. */
	const struct uc_contact_prm *contacts;
	size_t count;
	/** So many have been sent, pictures as well; may be NULL. */
	void (*progress)(size_t sent, void *arg);
	/** The image that a contact's picture_key is of, to be sent before it;
	 *  NULL: there are none. Without that key its picture stays, with
	 *  WSI_NO_PICTURE it goes. @param imagep  To free() @return 0; ENOENT:
	 *  none is to be sent for this one; or what ends the import */
	int (*picture)(size_t i, void **imagep, size_t *lenp, void *arg);
	/** It was refused: whether the key is to be sent all the same (see
	 *  doc/wsi.md) is the contact's, which may change now. */
	void (*refused)(size_t i, const struct wsi_result *r, void *arg);
};
#define WSI_NO_PICTURE "none"

/** Import them, all or none; mem_deref() gives it up, and nothing has changed
 *  unless the last part was on its way. */
struct wsi_import;
int wsi_import(struct wsi_import **ip, struct wsi *w,
	       const struct wsi_import_prm *prm, wsi_done_h *h, void *arg);

/** How many contacts have come without their pictures, for which there was no
 *  room; once it is over. */
size_t wsi_import_pictureless(const struct wsi_import *m);

/** Where the calls of our phone go. @param number dialable on the desk phone;
 *  "" or NULL: not any more */
int wsi_forward_set(struct wsi_request **rp, struct wsi *w,
		    enum uc_forward kind, const char *number, wsi_done_h *h,
		    void *arg);
/** The phone where they ring in Office. @param number likewise */
int wsi_call_me_set(struct wsi_request **rp, struct wsi *w, const char *number,
		    wsi_done_h *h, void *arg);

/* Call control on our device; what happens comes as call events. */
/** @param number  Dialable on the desk phone
 *  @param from    That rings first: uc_account()->mobile; NULL: the phone
 *                 that is operated */
int wsi_call_make(struct wsi_request **rp, struct wsi *w, const char *number,
		  const char *from, wsi_done_h *h, void *arg);
/** What can be asked for one of our device's calls, by its callID. */
enum wsi_action {
	WSI_ANSWER,
	WSI_CLEAR, /**< leave it: hang up, refuse */
	WSI_HOLD,
	WSI_RETRIEVE,
	/* … with a number, dialable on the desk phone */
	WSI_CONSULT,
	WSI_DEFLECT,  /**< send a ringing call elsewhere */
	WSI_TRANSFER, /**< blind: the other side goes there */
	/* … of the active call, with the held one's callID */
	WSI_ALTERNATE,	       /**< swap the two */
	WSI_RECONNECT,	       /**< end the active one, go back */
	WSI_TRANSFER_ATTENDED, /**< join the two others; we leave */
	WSI_CONFERENCE,
	WSI_END_CONFERENCE,
	WSI_ACTION_COUNT
};
/** Web collaboration for all in a call; where it is, the handler shared says
 *  (ours). */
int wsi_collaborate(struct wsi_request **rp, struct wsi *w, const char *call_id,
		    wsi_done_h *h, void *arg);
/** Have another one leave a conference that we have made. @param member  Its
 *  number, as the event has it */
int wsi_call_drop(struct wsi_request **rp, struct wsi *w, const char *call_id,
		  const char *member, wsi_done_h *h, void *arg);
/** @param value  The number or callID that the action takes, else NULL */
int wsi_call_do(struct wsi_request **rp, struct wsi *w, enum wsi_action action,
		const char *call_id, const char *value, wsi_done_h *h,
		void *arg);

/* Voice messages (ours), by their entries' ids in the model. */
/** Is that entry a message whose sound the server has? */
bool wsi_is_voice_message(const struct wsi *w, const char *id);
/** @param wav  The file as the server has sent it: hostile; NULL unless
 *              r->status is WSI_OK. Valid during the call only */
typedef void(wsi_sound_h)(const struct wsi_result *r, const void *wav,
			  size_t len, void *arg);
/** Fetch its sound, of at most 64 MiB. */
int wsi_voicemail_get(struct wsi_request **rp, struct wsi *w, const char *id,
		      wsi_sound_h *h, void *arg);
/** It was heard: the model follows when the server says so. */
int wsi_voicemail_heard(struct wsi_request **rp, struct wsi *w, const char *id,
			wsi_done_h *h, void *arg);
/** Have a phone ring and play it, in state Office. */
int wsi_voicemail_play(struct wsi_request **rp, struct wsi *w, const char *id,
		       const char *phone, wsi_done_h *h, void *arg);

/* The own answering box (ours). All of these: as the commands above, whose
 * handle is the session's. */
enum {
	WSI_NOTE = 0, /**< in a greeting's place: the note of one's state */
	WSI_GREETINGS = UC_GREETINGS,
};
/** Read how it is (uc_account.box), which is also done by itself whenever the
 *  server says that it is another. */
int wsi_box(struct wsi *w, wsi_done_h *h, void *arg);
int wsi_box_records(struct wsi *w, bool on, wsi_done_h *h, void *arg);
int wsi_box_greeting(struct wsi *w, enum proto_presence state, unsigned number,
		     wsi_done_h *h, void *arg);
/** @param address  NULL: as it is */
int wsi_box_mail(struct wsi *w, bool on, const char *address, wsi_done_h *h,
		 void *arg);
/** By POST only. */
int wsi_box_pin(struct wsi *w, const char *old, const char *pin, wsi_done_h *h,
		void *arg);
int wsi_greeting_get(struct wsi_request **rp, struct wsi *w, unsigned number,
		     wsi_sound_h *h, void *arg);
int wsi_greeting_put(struct wsi *w, unsigned number, const void *wav,
		     size_t len, wsi_done_h *h, void *arg);
int wsi_greeting_record(struct wsi *w, unsigned number, const char *phone,
			wsi_done_h *h, void *arg);
int wsi_greeting_delete(struct wsi *w, unsigned number, wsi_done_h *h,
			void *arg);

/**
 * An internal user's picture (ours), of that version; the handler gets the
 * image. Like all that a server sends it is looked at by others (picture.h).
 */
int wsi_picture_get(struct wsi_request **rp, struct wsi *w, const char *user,
		    const char *version, wsi_sound_h *h, void *arg);
/** One's own: a JPG or PNG file. ENOTSUP without this addition, or POST. */
int wsi_picture_set(struct wsi *w, const void *image, size_t len, wsi_done_h *h,
		    void *arg);
int wsi_picture_delete(struct wsi *w, wsi_done_h *h, void *arg);
/** Likewise of a personal contact, by its id; the model follows. */
int wsi_contact_picture_get(struct wsi_request **rp, struct wsi *w,
			    const char *id, const char *version, wsi_sound_h *h,
			    void *arg);
int wsi_contact_picture_set(struct wsi *w, const char *id, const void *image,
			    size_t len, wsi_done_h *h, void *arg);
int wsi_contact_picture_delete(struct wsi *w, const char *id, wsi_done_h *h,
			       void *arg);

/** The account's SIP subscriber (ours). Valid during the call only. */
struct wsi_sip_account {
	const char *user, *auth_user, *secret, *display_name;
	const char *domain;    /**< host of the address of record */
	const char *registrar; /**< host:port */
	const char *transport; /**< "udp", "tcp", "tls" */
};
/** @param a NULL unless r->status is WSI_OK */
typedef void(wsi_sip_account_h)(const struct wsi_result *r,
				const struct wsi_sip_account *a, void *arg);
int wsi_sip_account(struct wsi_request **rp, struct wsi *w,
		    wsi_sip_account_h *h, void *arg);

/* ---- reading answers: pure, for tests and fuzzing ---------------------- */

/** What a login answer says; texts are the caller's to free by
 *  wsi_login_reset(). */
struct wsi_login_answer {
	enum wsi_end why; /**< WSI_END_LOGOUT: success */
	char *session;	  /**< gsSession */
	char *version, *application, *reason;
	bool suite;
	uint32_t additions;    /**< enum wsi_addition */
	uint32_t can;	       /**< enum uc_can that the account has */
	char *name, *device;   /**< ours: the user's name, phone; or "" */
	char *phones, *mobile; /**< ours: as in struct uc_account */
};
/** @return 0 (also for a refusal), EBADMSG if it is no answer to Login */
int wsi_login_read(struct wsi_login_answer *a, const char *xml, size_t len);
void wsi_login_reset(struct wsi_login_answer *a);

#endif
