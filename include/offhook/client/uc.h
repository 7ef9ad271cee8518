/**
 * @file client/uc.h  The model: what the user sees of the UC world
 *
 * Pure data and rules, no I/O. `wsi` and `app` put in what the server and the
 * phone say; front ends read, and subscribe to learn that something changed.
 * All text in here is clean (base/text.h) and UTF-8: the setters clean it.
 * Pointers that getters return stay the model's and are valid until the next
 * turn of the loop; objects may be kept longer by mem_ref().
 */
#ifndef OFFHOOK_CLIENT_UC_H
#define OFFHOOK_CLIENT_UC_H

#include <offhook/base.h>
#include <offhook/proto.h>

struct uc; /**< the whole model */
struct uc_contact;
struct uc_group;
struct uc_conversation;
struct uc_call;

int uc_alloc(struct uc **ucp);

/** Kinds of change; the subject is in brackets. */
enum uc_change {
	UC_CHANGE_ACCOUNT = 1 << 0,    /**< name, mode, what it may do [-] */
	UC_CHANGE_CONNECTION = 1 << 1, /**< connection's state [-] */
	UC_CHANGE_CONTACT = 1 << 2,    /**< data, presence, lamp [uc_contact] */
	UC_CHANGE_FAVOURITES = 1 << 3, /**< groups, members, order [-] */
	UC_CHANGE_CONVERSATIONS = 1 << 4, /**< order, new, gone [-] */
	UC_CHANGE_CONVERSATION = 1 << 5,  /**< entries [uc_conversation] */
	UC_CHANGE_CALLS = 1 << 6,	  /**< a call came or went [uc_call] */
	UC_CHANGE_CALL = 1 << 7,	  /**< its state or data [uc_call] */
	UC_CHANGE_SEARCH = 1 << 8,	  /**< hits came in [uc_search] */
	UC_CHANGE_PHONE = 1 << 9,	  /**< VoIP registration, devices [-] */
	UC_CHANGE_NOTICE = 1 << 10,	  /**< a line for the user [-] */
	UC_CHANGE_PARKED = 1 << 11,	  /**< who is parked [-] */
	UC_CHANGE_ALL = (1 << 12) - 1,
};
struct notify *uc_notify(struct uc *uc);

/* ---- account and connection -------------------------------------------- */

enum uc_mode { UC_MODE_SMART, UC_MODE_SUITE };

/** What this account can do here: set at login, adapted by what fails. */
enum uc_can {
	UC_CAN_CTI = 1 << 0, /**< has a desk phone to control */
	UC_CAN_VOIP = 1 << 1,
	UC_CAN_DIRECTORY = 1 << 2, /**< PhBookSearch and its kind */
	UC_CAN_EXTERNAL = 1 << 3,  /**< external directory */
	UC_CAN_JOURNAL = 1 << 4,
	UC_CAN_FAVOURITES = 1 << 5, /**< kept by the server */
	UC_CAN_GROUPS = 1 << 6,	    /**< groups can be renamed, deleted */
	UC_CAN_PERSONAL = 1 << 7,   /**< personal contacts can be changed */
	UC_CAN_MESSAGES = 1 << 8,
	UC_CAN_VOICEMAIL = 1 << 9,
	UC_CAN_CONFERENCES = 1 << 10,
	UC_CAN_FORWARDING = 1 << 11,
	UC_CAN_DND = 1 << 12,
	UC_CAN_VISIBILITY = 1 << 13,
	UC_CAN_COLLABORATION = 1 << 14, /**< web collaboration is set up */
};

enum uc_connection {
	UC_OFFLINE,    /**< logged out, never in, or a certificate is judged */
	UC_CONNECTING, /**< first connect of this session */
	UC_ONLINE,
	UC_LOST,    /**< was in; tries again by itself */
	UC_REFUSED, /**< password, lock, licence: waits for the user */
};

/** When one's calls go elsewhere. */
enum uc_forward {
	UC_FORWARD_ALWAYS,
	UC_FORWARD_BUSY,
	UC_FORWARD_NO_ANSWER,
	UC_FORWARD_COUNT
};

/** Who learns an absence (SPEC T5.2.3). */
enum uc_visibility {
	UC_VISIBLE_UNKNOWN, /**< the server does not say */
	UC_VISIBLE_ALL,
	UC_VISIBLE_INSIDE,
	UC_VISIBLE_NOBODY,
	UC_VISIBLE_COUNT
};
/** Word for commands: all inside nobody; "" for UNKNOWN. */
const char *uc_visibility_key(enum uc_visibility v);
const char *uc_visibility_word(enum uc_visibility v);
/** @return UNKNOWN if it is none */
enum uc_visibility uc_visibility_find(const char *key);

/** An answering box of several people, where one's calls may go. */
struct uc_box {
	char *number, *name;
};

/** What one's own answering box does. */
enum { UC_GREETINGS = 9 };
struct uc_voicemail {
	bool known;	 /**< the server has said so; else nothing of this is */
	bool recording;	 /**< else callers hear the greeting only */
	bool pin_preset; /**< it is the internal number */
	bool can_mail, mail;
	char *address;				/**< for the mail, or "" */
	uint32_t greeting_ms[UC_GREETINGS + 1]; /**< own ones; 0: no such */
	/** Which one is heard in a state, 0: the standard one. */
	unsigned greeting[PROTO_PRESENCE_COUNT];
	uint32_t note_ms; /**< what callers hear as long as one is in the
			       present state; 0: there is no such note */
};

struct uc_account {
	char *user; /**< internal number */
	char *name;
	enum uc_mode mode;
	uint32_t can; /**< enum uc_can */
	char *server; /**< host:port now used, "" if none */
	char *server_version;
	char *device; /**< number whose calls are seen, "" if none */
	char *phones; /**< of that number, each by its own, with blanks between;
			   "" where it has one only */
	char *phone;  /**< the one that is operated; "": whichever */
	char *mobile; /**< mobile phone that belongs to it, "" if none */
	bool callback; /**< to dial, that one is called first */
	char *forward[UC_FORWARD_COUNT]; /**< numbers that calls go to, or "" */
	/** Where they go in a state: "here", "voicemail", "mobile", or a
	 *  number; "": not known */
	char *away[PROTO_PRESENCE_COUNT];
	bool away_fixed; /**< … which is set elsewhere */
	struct uc_box *boxes;
	size_t box_count;
	enum uc_visibility visibility;
	char *call_me;	 /**< phone where calls ring in Office, or "" */
	char *voicemail; /**< number of the answering boxes, or "" */
	struct uc_voicemail box;
	enum uc_connection connection;
	int64_t since_ms; /**< wall clock: since when in that state */
	int64_t retry_ms; /**< wall clock: next try, 0 if none is due */
	char *reason;	  /**< why not connected: one plain line */
	/** When the newest entry began of a journal whose server does not say
	 *  what has been read; 0: none was ever read */
	int64_t journal_ms;
	bool voip_wanted; /**< the user has VoIP on */
	bool voip_registered;
	char *voip_reason;     /**< why not registered */
	int64_t voip_since_ms; /**< wall clock: registered, or not, since */
	int64_t voip_retry_ms; /**< wall clock: next try, 0 if none is due */
};
const struct uc_account *uc_account(const struct uc *uc);
/** Change it: alter the copy's fields by uc_account_edit(), then tell. The
 *  text fields are set with text_set(). */
struct uc_account *uc_account_edit(struct uc *uc);
/** @param change UC_CHANGE_ACCOUNT, _CONNECTION or _PHONE */
void uc_account_changed(struct uc *uc, uint32_t change);
/** Boxes that the server offers; copied and cleaned. @return 0 or ENOMEM */
int uc_boxes_replace(struct uc *uc, const struct uc_box *boxes, size_t count);
/** Is it said where calls go in states? */
bool uc_away_known(const struct uc *uc);
/** A destination as uc_account.away has it, for the eye: "voicemail",
 *  "mobile +49 171 …", a name; to free() */
char *uc_away_text(const struct uc *uc, const char *to);
/** One's own mobile number, "" if none: what "mobile" stands for. */
const char *uc_my_mobile(const struct uc *uc);
/** What GetServerParam said of dialling; copied. Numbers are matched by it. */
int uc_set_dial_params(struct uc *uc, const struct proto_dial_params *p);
/** Never NULL; texts "" until the server has said something. */
const struct proto_dial_params *uc_dial_params(const struct uc *uc);
/**
 * Forget everything but the built-in phone's calls and notices: another
 * account logs in, or this one has logged out. Tells every kind of change.
 */
void uc_clear(struct uc *uc);
/**
 * Reading everything anew: colleagues and entries that are put between begin
 * and end stay; what the server no longer has goes at the end. Entries older
 * than the oldest that came of their sort, and what our own store keeps, stay.
 *
 * @param contacts, entries  Which of the two the server told as a whole
 * @param all  The sorts of entries, by the letter that their ids begin with
 *             ("jmv"), of which it has told all that there are: older ones
 *             are gone, too
 */
void uc_round_begin(struct uc *uc);
void uc_round_end(struct uc *uc, bool contacts, bool entries, const char *all);

/* ---- contacts ---------------------------------------------------------- */

enum uc_directory {
	UC_PERSONAL,
	UC_INTERNAL,
	UC_SYSTEM,
	UC_GLOBAL,
	UC_EXTERNAL,
	UC_DIRECTORY_COUNT,
	UC_ALL_DIRECTORIES = -1,
};

enum uc_number_kind {
	UC_NUMBER_INTERNAL,
	UC_NUMBER_BUSINESS,
	UC_NUMBER_BUSINESS_2,
	UC_NUMBER_MOBILE,
	UC_NUMBER_PRIVATE,
	UC_NUMBER_OTHER,
	UC_NUMBER_KIND_COUNT
};

struct uc_number {
	enum uc_number_kind kind;
	char *number;
};

struct uc_presence {
	enum proto_presence state; /**< PROTO_PRESENCE_UNKNOWN if not known */
	bool hidden;		   /**< "not visible" */
	int64_t until_ms;	   /**< return time, 0 if none; still there when
					it has passed (SPEC, Presence) */
	char *note;		   /**< "" if none */
};

/** State of a phone, as its lamp shows (SCREENS, lamps). */
enum uc_lamp {
	UC_LAMP_UNKNOWN,
	UC_LAMP_IDLE,
	UC_LAMP_UNREACHABLE,
	UC_LAMP_RINGS_INSIDE,
	UC_LAMP_RINGS_OUTSIDE,
	UC_LAMP_DIALLING,
	UC_LAMP_TALKS_INSIDE,
	UC_LAMP_TALKS_OUTSIDE,
	UC_LAMP_COUNT
};

struct uc_contact {
	char *id; /**< unique in the model; "int:201", "per:17" */
	enum uc_directory directory;
	char *name; /**< as shown: first and last name */
	char *first, *last;
	char *company, *department;
	char *email;
	struct uc_number *numbers; /**< internal first */
	size_t number_count;
	size_t default_number; /**< index into numbers */
	char *device;	       /**< an internal user's number, else "" */
	bool own;	       /**< kept by our store, not by the server */
	char *picture;	   /**< version of the picture that there is, or "" */
	char *import_key;  /**< by which an import knows it again, or "" */
	bool hand_made;	   /**< … but the user has changed it since */
	char *picture_key; /**< what the import calls that picture, or "" */
	struct uc_presence presence;
	enum uc_lamp lamp;
	bool lamp_old;	   /**< last known, not confirmed since */
	char *lamp_number; /**< other side when it rings or talks, or "" */
};

/** What to put in; missing texts are NULL. */
struct uc_contact_prm {
	const char *id;
	enum uc_directory directory;
	const char *name; /**< NULL: made of first and last */
	const char *first, *last, *company, *department, *email;
	const char *device;
	const struct uc_number *numbers;
	size_t number_count;
	bool own;
	const char *import_key;
	bool hand_made;
	const char *picture;	 /**< NULL: as it is, "" of a new one */
	const char *picture_key; /**< likewise, of one in the model. Sent with
				  an import: "" or NULL: stays; see
				  wsi_import() */
};

/**
 * Add a contact, or bring the one of that id up to date; presence and lamp
 * of an internal user stay. Contacts that nothing refers to (no favourite,
 * conversation, search, call; not internal) may go.
 */
int uc_contact_put(struct uc *uc, const struct uc_contact_prm *prm,
		   struct uc_contact **cp);
/** Take one out of the model: groups, searches and indexes forget it, its
 *  conversations and calls go on as a number's. */
void uc_contact_remove(struct uc *uc, struct uc_contact *c);
/** How many there are in all directories. */
size_t uc_contact_count(const struct uc *uc);
/** Choose the default number. @return 0 or EINVAL */
int uc_contact_set_default(struct uc *uc, struct uc_contact *c, size_t number);
/** The same by the number as it is spelled there; NULL, "" or one that the
 *  contact has not: none is chosen, it is the first. */
void uc_contact_choose(struct uc *uc, struct uc_contact *c, const char *number);
/** Was one chosen, or is it the first? */
bool uc_contact_has_chosen(const struct uc_contact *c);
/** A number as it is kept of what a person says, as dialled: canonical where
 *  possible, else an extension or as it is dialled; to free(). NULL if it is
 *  no number. Touches nothing of the model. */
char *uc_number_kept(const struct proto_dial_params *p, const char *text);
/** The same of what stands in a file, where nobody writes the code that a desk
 *  phone wants before a number outside (proto_number_written()). */
char *uc_number_filed(const struct proto_dial_params *p, const char *text);
/** True if it is a member of any favourites group. */
bool uc_contact_is_favourite(const struct uc_contact *c);
/** Next one in no order from *pos on, NULL at the end; begin with *pos = 0.
 *  None may be put or removed meanwhile. */
struct uc_contact *uc_contact_walk(const struct uc *uc, size_t *pos);
/** Reading all personal contacts of the server anew: those that are not put
 *  between begin and end go at the end; our store's stay. */
void uc_personal_begin(struct uc *uc);
void uc_personal_end(struct uc *uc);
/** NULL if there is none. */
struct uc_contact *uc_contact_by_id(const struct uc *uc, const char *id);
struct uc_contact *uc_contact_by_device(const struct uc *uc,
					const char *device);
/** Does its phone ring or talk by a call of the user's own? */
bool uc_contact_is_with_me(const struct uc *uc, const struct uc_contact *c);
/** By any of its numbers, in any spelling (proto's number rules). */
struct uc_contact *uc_contact_by_number(const struct uc *uc,
					const char *number);
/** A number as it is spelled in the directory, if it is one of the contact's.
 *  @param c  May be NULL @return the contact's spelling, else number itself */
const char *uc_number_spelled(const struct uc *uc, const struct uc_contact *c,
			      const char *number);
/** The logged-in user, NULL before login. */
struct uc_contact *uc_me(const struct uc *uc);
void uc_set_presence(struct uc *uc, struct uc_contact *c,
		     const struct uc_presence *p);
/** @param number other side, NULL or "" if not known */
void uc_set_lamp(struct uc *uc, struct uc_contact *c, enum uc_lamp lamp,
		 const char *number);
/** Mark all lamps as old (connection lost). */
void uc_lamps_old(struct uc *uc);
/** Number that the call key dials: default, else first; NULL if none. */
const char *uc_contact_number(const struct uc_contact *c);
/** All internal users in the order of their names. */
size_t uc_internal_count(const struct uc *uc);
struct uc_contact *uc_internal_at(const struct uc *uc, size_t i);

/* ---- search ------------------------------------------------------------ */

/** One query and its hits, best first; freed by mem_deref(). */
struct uc_search;
int uc_search_alloc(struct uc_search **sp, struct uc *uc, const char *query,
		    enum uc_directory directory);
const char *uc_search_query(const struct uc_search *s);
enum uc_directory uc_search_directory(const struct uc_search *s);
size_t uc_search_count(const struct uc_search *s);
struct uc_contact *uc_search_at(const struct uc_search *s, size_t i);
/** Directories still asked; 0 when complete. */
unsigned uc_search_pending(const struct uc_search *s);
void uc_search_set_pending(struct uc_search *s, unsigned n);
/**
 * Look through what the model holds already; wsi's hits come on top. Takes
 * no longer than a few milliseconds whatever the model holds.
 */
void uc_search_local(struct uc_search *s);
/** All that the server has for it is in. */
void uc_search_set_whole(struct uc_search *s);
/** The server has more than it has told. */
void uc_search_set_more(struct uc_search *s);
/** Has the server more for it, or would there be more than are kept? */
bool uc_search_more(const struct uc_search *s);
/**
 * Take what a query needs out of the hits of an earlier one that it narrows:
 * names only, since what a typed number may begin changes with each digit.
 *
 * @return false: that one does not have all of it, the server must be asked
 */
bool uc_search_narrow(struct uc_search *s, const struct uc_search *earlier);
/** Why a directory could not be asked, one line, or "". */
const char *uc_search_reason(const struct uc_search *s);
void uc_search_set_reason(struct uc_search *s, const char *reason);
/** Add a hit (once); what is not a match of the query is refused (ENOENT).
 *  Order: exact extension, favourites, whom one has most to do with,
 *  internal, then how well it begins, then the directory and the name. The
 *  same person (name and a number) from several directories stands once. */
int uc_search_add(struct uc_search *s, struct uc_contact *c);

/* ---- favourites -------------------------------------------------------- */

struct uc_group {
	char *id;
	char *name;
	bool folded;
	struct uc_contact **members;
	size_t member_count;
};
size_t uc_group_count(const struct uc *uc);
struct uc_group *uc_group_at(const struct uc *uc, size_t i);
struct uc_group *uc_group_by_name(const struct uc *uc, const char *name);
/** Replace all groups (the server's or the store's word). */
struct uc_group_prm {
	const char *id, *name;
	const char *const *member_ids;
	size_t member_count;
};
int uc_groups_replace(struct uc *uc, const struct uc_group_prm *groups,
		      size_t count);
/** Add an empty group, or rename the one of that id. */
int uc_group_put(struct uc *uc, const char *id, const char *name);
struct uc_group *uc_group_by_id(const struct uc *uc, const char *id);
int uc_group_add(struct uc *uc, struct uc_group *g, struct uc_contact *c);
void uc_group_remove(struct uc *uc, struct uc_group *g, struct uc_contact *c);
/** Move a member, or with NULL the group itself, by steps (negative: up); past
 *  the end of its group a member goes to the next one. */
void uc_group_move(struct uc *uc, struct uc_group *g, struct uc_contact *c,
		   int steps);
void uc_group_rename(struct uc *uc, struct uc_group *g, const char *name);
void uc_group_delete(struct uc *uc, struct uc_group *g);
void uc_group_fold(struct uc *uc, struct uc_group *g, bool folded);
/** Members whose phone is reachable. */
size_t uc_group_reachable(const struct uc_group *g);

/* ---- conversations ----------------------------------------------------- */

/** The nine kinds of call event (SPEC, Calls), then the others. */
enum uc_entry_kind {
	UC_IN_ANSWERED,
	UC_IN_MISSED,
	UC_IN_GROUP_ANSWERED,
	UC_IN_GROUP_MISSED,
	UC_IN_FORWARDED,
	UC_OUT_ANSWERED,
	UC_OUT_UNANSWERED,
	UC_OUT_GROUP_ANSWERED,
	UC_OUT_GROUP_UNANSWERED,
	UC_VOICE_MESSAGE,
	UC_MESSAGE_IN,
	UC_MESSAGE_OUT,
	UC_ENTRY_KIND_COUNT
};

/** How far a message of ours has come. */
enum uc_delivery {
	UC_DELIVERY_NONE,    /**< it is none of ours */
	UC_DELIVERY_WAITING, /**< kept here, not yet with the server */
	UC_DELIVERY_SENT,    /**< the server has it */
	UC_DELIVERY_DELIVERED,
	UC_DELIVERY_FAILED, /**< refused: see reason */
	UC_DELIVERY_COUNT
};

struct uc_entry {
	char *id; /**< server's or our own, unique */
	enum uc_entry_kind kind;
	int64_t at_ms; /**< wall clock, begin */
	uint32_t duration_s;
	char *text;   /**< a message's, else "" */
	char *number; /**< other side's */
	bool unread;
	enum uc_delivery delivery;
	char *reason; /**< why it has failed, one line, else "" */
	char *key;    /**< the model's own, for uc_find */
};

struct uc_conversation {
	char *id;		    /**< key: contact's id or the number */
	struct uc_contact *contact; /**< NULL if nobody known */
	char *number;		    /**< as it came */
	char *name; /**< contact's, or what the network said, or number */
	struct uc_entry *entries; /**< oldest first */
	size_t entry_count;
	unsigned unread;
};
struct uc_entry_prm {
	const char *id;
	enum uc_entry_kind kind;
	int64_t at_ms;
	uint32_t duration_s;
	const char *text, *number, *name; /**< name: what the network said */
	bool unread;
	enum uc_delivery delivery;
	const char *reason; /**< NULL: none */
};
/** Active and held calls' first, then newest event first. */
size_t uc_conversation_count(const struct uc *uc);
struct uc_conversation *uc_conversation_at(const struct uc *uc, size_t i);
struct uc_conversation *uc_conversation_by_id(const struct uc *uc,
					      const char *id);
/** Of a contact, NULL if there is none yet. */
struct uc_conversation *uc_conversation_of(const struct uc *uc,
					   const struct uc_contact *c);
/** The conversation that the number belongs to, NULL if there is none yet. */
struct uc_conversation *uc_conversation_by_number(const struct uc *uc,
						  const char *number);
/** An entry by its id; v set to its conversation if not NULL. Valid until
 *  the next change of that conversation. */
const struct uc_entry *uc_entry_by_id(const struct uc *uc, const char *id,
				      struct uc_conversation **v);
/** Which conversations a list shows. */
enum uc_filter {
	UC_FILTER_ALL,
	UC_FILTER_MISSED,
	UC_FILTER_VOICEMAIL,
	UC_FILTER_MESSAGES,
	UC_FILTER_COUNT
};
bool uc_filter_entry(enum uc_filter f, const struct uc_entry *e);
const char *uc_filter_key(enum uc_filter f);  /**< "missed" */
const char *uc_filter_word(enum uc_filter f); /**< "missed calls" */
/** By key; UC_FILTER_COUNT if none. */
enum uc_filter uc_filter_find(const char *key);

/**
 * A query for conversations: words that begin words of a name or of a
 * message's text, folded as in searches of the directories, or a number in any
 * notation. Valid as long as the model.
 *
 * @return 0, EINVAL (nothing to look for), ENOMEM
 */
struct uc_find;
int uc_find_alloc(struct uc_find **fp, struct uc *uc, const char *query);
/** By its name or one of the numbers of whom it is with. */
bool uc_find_conversation(const struct uc_find *f,
			  const struct uc_conversation *v);
/** By an entry's own text or number, or some words of its text and the others
 *  of its conversation's name. Texts are folded once. */
bool uc_find_entry(const struct uc_find *f, struct uc_entry *e);

/** File an entry; one with a known id is brought up to date instead. */
int uc_entry_put(struct uc *uc, const struct uc_entry_prm *prm);
void uc_entry_delete(struct uc *uc, const char *id);
/** A message is there: no further back than it is known to be. */
void uc_entry_delivered(struct uc *uc, const char *id);
/** One entry is not unread any more. */
void uc_entry_mark(struct uc *uc, const char *id);
/** From now on an entry of that id is not filed; one that is there goes. Or
 *  again it may be. @return 0 or ENOMEM */
int uc_entry_hide(struct uc *uc, const char *id, bool hide);
/** "waiting" "sent" "delivered" "failed" for programs, "" for NONE; and for the
 *  eye. */
const char *uc_delivery_key(enum uc_delivery d);
const char *uc_delivery_word(enum uc_delivery d);
/** Prefix of the ids of what only our own store keeps. */
#define UC_OWN_PREFIX "own:"
/** Text that stands in a conversation's message field, of whom the number
 *  is; "" if none. */
const char *uc_draft(const struct uc *uc, const char *number);
/** Keep it; NULL or "" forgets it. @return 0 or ENOMEM */
int uc_draft_set(struct uc *uc, const char *number, const char *text);
void uc_conversation_read(struct uc *uc, struct uc_conversation *v);
void uc_conversations_clear(struct uc *uc);
unsigned uc_missed_count(const struct uc *uc);	/**< unread missed calls */
unsigned uc_voice_count(const struct uc *uc);	/**< unheard voice messages */
unsigned uc_message_count(const struct uc *uc); /**< unread messages */
unsigned uc_unread_count(const struct uc *uc); /**< conversations with unread */

/* ---- calls ------------------------------------------------------------- */

enum uc_call_state {
	UC_CALL_PREPARING,   /**< our phone is being asked for the call */
	UC_CALL_DIALLING,    /**< on its way, nothing heard yet */
	UC_CALL_RINGING_OUT, /**< the other side rings */
	UC_CALL_RINGING_IN,
	UC_CALL_TALKING,
	UC_CALL_HELD, /**< by us */
	UC_CALL_HELD_BY_OTHER,
	UC_CALL_FAILED, /**< shown until the user or time takes it away */
	UC_CALL_ENDED,
	UC_CALL_STATE_COUNT
};

/** What the user can do with a call now. */
enum uc_function {
	UC_ANSWER = 1 << 0,
	UC_REJECT = 1 << 1,
	UC_HANG_UP = 1 << 2,
	UC_HOLD = 1 << 3,
	UC_RESUME = 1 << 4,
	UC_MUTE = 1 << 5,
	UC_DTMF = 1 << 6,
	UC_CONSULT = 1 << 7,
	UC_TRANSFER = 1 << 8,
	UC_ALTERNATE = 1 << 9,
	UC_JOIN = 1 << 10,
	UC_DEFLECT = 1 << 11,
	UC_CODECS = 1 << 12,
};

/** How the sound of a call is encrypted; kept in files, so new ones come last.
 */
enum uc_keys {
	UC_KEYS_UNKNOWN, /**< it is not ours */
	UC_KEYS_NONE,	 /**< in the clear */
	UC_KEYS_SDES,	 /**< keys in the signalling (RFC 4568) */
	UC_KEYS_DTLS,	 /**< keys beside the sound (RFC 5764) */
	UC_KEYS_COUNT
};

/** How sound goes to the other side, if ICE has found it. */
enum uc_way {
	UC_WAY_UNKNOWN, /**< without ICE, or it is not known */
	UC_WAY_DIRECT,
	UC_WAY_REFLEXIVE, /**< through address translation */
	UC_WAY_RELAYED,	  /**< by a TURN server */
	UC_WAY_COUNT
};

/** How a call of the built-in phone sounds, or sounded. The codec's name is
 *  ours, never the other side's. Shares are in hundredths of a percent. */
struct uc_quality {
	char codec[16]; /**< "opus"; "": nothing is known, nor below */
	enum uc_keys keys;
	unsigned mos;  /**< 100 (bad) to 441, estimated from what was lost and
			    late (ITU-T G.107); 0: too little came */
	unsigned lost; /**< share that was not heard in time */
	unsigned lost_there; /**< … at the other side, as that says */
	unsigned jitter_ms, buffer_ms;
	unsigned round_trip_ms;	    /**< 0: not known */
	uint64_t received, missing; /**< packets that make up `lost` */
	enum uc_way way;	    /**< while the call is on; not kept */
};

/** Somebody else in a conference that the server runs. */
struct uc_member {
	char *number, *name; /**< name "" if not known */
};
enum { UC_MEMBERS_MAX = 16 };

struct uc_call {
	uint32_t id; /**< ours: 1, 2, 3 … never twice in a run */
	char *key;   /**< CSTA callID or SIP Call-ID; "" if none yet */
	bool outgoing;
	bool outside; /**< other side is not of this system */
	enum uc_call_state state;
	uint32_t functions;	    /**< enum uc_function */
	char *number;		    /**< other side's, as dialled or shown */
	char *name;		    /**< directory's, network's or "" */
	struct uc_contact *contact; /**< NULL if nobody known */
	bool voip;		    /**< on the built-in phone */
	bool muted;
	bool transferring; /**< the other side is being sent elsewhere */
	bool conference;   /**< more than two hear each other */
	unsigned parties;  /**< how many, 0: our calls say so */
	struct uc_member *members; /**< whom this call is with, if several */
	size_t member_count;
	enum uc_keys keys;
	char codec[16];	     /**< that it sounds by now, "" if not known */
	int64_t started_ms;  /**< wall clock */
	int64_t answered_ms; /**< wall clock, 0 before */
	char *reason;	     /**< why it failed or ended, one line, or "" */
	char *device;	     /**< phone that carries it: "desk phone 200" */
	uint32_t held;	     /**< counts on with each hold, 0: not on hold */
	char *tones;	     /**< sent into it, the last ones, or "" */
	char *link;	     /**< page that those in it look at, https, or "" */
	struct uc_quality quality; /**< from time to time */
	bool poor;		   /**< much of what was said of late is lost */
};

/** Of calls that are over, the newest so many. */
enum { UC_QUALITY_MAX = 500 };
struct uc_quality_record {
	const char *number;
	int64_t at_ms; /**< when it began, wall clock */
	struct uc_quality quality;
};
int uc_quality_put(struct uc *uc, const struct uc_quality_record *r);
/** How the call of an entry sounded: by its number and its time (the server's
 *  clock may be some seconds off). NULL: nothing is known. */
const struct uc_quality *uc_entry_quality(const struct uc *uc,
					  const struct uc_entry *e);
/** Of the call that ended last, NULL if none is known. */
const struct uc_quality_record *uc_quality_last(const struct uc *uc);
/** Share lost that people complain about, in hundredths of a percent: opus and
 *  concealment hide less than that. */
enum { UC_POOR_LOST = 500 };
/** True for what people complain about. */
bool uc_quality_poor(const struct uc_quality *q);

/** Somebody who waits in a slot for anybody to take the call. */
struct uc_parked {
	char slot; /**< '0' to '9' */
	char *number, *name;
	char *by; /**< device that has parked the call */
	int64_t since_ms;
};
enum { UC_SLOTS = 10 };
/** Who waits now, copied, by the names of the directories. @param n at most
 *  UC_SLOTS */
int uc_set_parked(struct uc *uc, const struct uc_parked *parked, size_t n);
/** In the order of the slots; NULL behind the last. */
const struct uc_parked *uc_parked_at(const struct uc *uc, size_t i);

int uc_call_add(struct uc *uc, struct uc_call **cp, bool outgoing,
		const char *number, const char *name);
/** Tell that the fields of a call were changed (text by text_set()). */
void uc_call_changed(struct uc *uc, struct uc_call *c);
/** Who it is, from number and network's name; sets number, name, contact. */
void uc_call_identify(struct uc *uc, struct uc_call *c, const char *number,
		      const char *name);
/** Whom it is with, copied, by the names of the directories; then
 *  uc_call_changed(). @return 0, E2BIG (over UC_MEMBERS_MAX), ENOMEM */
int uc_call_set_members(struct uc *uc, struct uc_call *c,
			const struct uc_member *members, size_t n);
/** A copy, for uc_members_free(). @return likewise */
int uc_members_copy(struct uc_member **mp, const struct uc_member *members,
		    size_t n);
void uc_members_free(struct uc_member *members, size_t n);
void uc_call_remove(struct uc *uc, struct uc_call *c);
/** Ringing ones first, then talking, then held, then failed. */
size_t uc_call_count(const struct uc *uc);
struct uc_call *uc_call_at(const struct uc *uc, size_t i);
struct uc_call *uc_call_by_id(const struct uc *uc, uint32_t id);
struct uc_call *uc_call_by_key(const struct uc *uc, const char *key);
/** The one that keys act on: the talking, else ringing, else first. */
struct uc_call *uc_call_current(const struct uc *uc);
/** The other one of two: the one put on hold last, NULL if none is. */
struct uc_call *uc_call_waiting(const struct uc *uc);

/* ---- notices ----------------------------------------------------------- */

enum uc_notice_kind { UC_NOTICE_INFO, UC_NOTICE_WARNING, UC_NOTICE_ERROR };
/** One line for the user, shown in the hint line for a while. */
void uc_notice(struct uc *uc, enum uc_notice_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct uc_notice {
	uint32_t number;
	enum uc_notice_kind kind;
	char *text;
	int64_t at_ms;
};
/** The newest, NULL if there was none. */
const struct uc_notice *uc_last_notice(const struct uc *uc);

/* ---- words (through gettext) ------------------------------------------- */
const char *uc_lamp_word(enum uc_lamp lamp);		   /**< "rings" */
const char *uc_presence_word(const struct uc_presence *p); /**< "Lunch" */
const char *uc_call_state_word(enum uc_call_state s);	   /**< "talking" */
const char *uc_keys_word(enum uc_keys k); /**< "encrypted (DTLS)", or "" */
const char *uc_entry_word(enum uc_entry_kind k); /**< "in   missed" */
const char *uc_number_kind_word(enum uc_number_kind k);
const char *uc_directory_word(enum uc_directory d);
/** "no connection", "connected" … of the account's connection. */
const char *uc_connection_word(enum uc_connection c);

/* Words for commands and files, never translated. */
const char *uc_directory_key(enum uc_directory d); /**< "internal" */
/** By key, UC_ALL_DIRECTORIES for "all"; UC_DIRECTORY_COUNT if none. */
enum uc_directory uc_directory_find(const char *key);
const char *uc_number_kind_key(enum uc_number_kind k); /**< "mobile" */
const char *uc_call_state_key(enum uc_call_state s);   /**< "ringing-in" */
const char *uc_keys_key(enum uc_keys k);	/**< "dtls", "" for unknown */
const char *uc_lamp_key(enum uc_lamp lamp);	/**< "talks-inside" */
const char *uc_entry_key(enum uc_entry_kind k); /**< "in-missed" */
const char *uc_connection_key(enum uc_connection c); /**< "online" */

/* ---- order and names --------------------------------------------------- */

/** Order of names for people: folded, accents as their letters. */
int uc_name_compare(const char *a, const char *b);

#endif
