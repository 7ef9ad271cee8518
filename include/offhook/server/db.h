/**
 * @file server/db.h  What the server keeps: accounts, directories, journal
 *
 * One SQLite database in the state folder. Everything here is called on the
 * loop; the disk is touched by one worker only, in the order of the calls.
 * A handler that says 0 is called after the commit: what it leads to may be
 * told to the outside. What a call in progress needs without waiting
 * (accounts, presence, SIP digests, names of numbers) is kept in memory as it
 * is on disk after the last commit.
 *
 * Texts given in are copied and cleaned; NULL counts as "". Texts given out
 * are clean UTF-8, never NULL, and valid until the next turn of the loop.
 */
#ifndef OFFHOOK_SERVER_DB_H
#define OFFHOOK_SERVER_DB_H

#include <offhook/base.h>
#include <offhook/proto.h>

struct db;

/**
 * Open the database, bring its schema up to date, read what is kept in
 * memory. Blocks: call it before the loop runs. mem_deref() waits for the
 * job that runs; handlers of what waits are called with ECANCELED.
 *
 * @param dir  State folder, made if missing (0700)
 * @return 0, EPERM (folder open to others), EPROTO (made by a newer version),
 *         EBADMSG (no database) or errno
 */
int db_alloc(struct db **dbp, const char *dir);

/** Read accounts and settings anew: another process has changed them. What
 *  has become of accounts is told. */
int db_reload(struct db *db);

/** @param err 0, or why nothing was changed: ENOENT, EEXIST, EINVAL,
 *             ECANCELED, EIO, ENOSPC … */
typedef void(db_done_h)(int err, void *arg);

/** Called once all that was asked for before is done: before an end. */
void db_sync(struct db *db, db_done_h *h, void *arg);

/** Kinds of change; the subject is in brackets. */
enum db_change {
	DB_CHANGE_ACCOUNT = 1 << 0,    /**< data [struct db_account] */
	DB_CHANGE_PRESENCE = 1 << 1,   /**< presence [struct db_account] */
	DB_CHANGE_JOURNAL = 1 << 2,    /**< new [struct db_entry] */
	DB_CHANGE_FAVOURITES = 1 << 3, /**< [owner's extension] */
	DB_CHANGE_CONTACTS = 1 << 4,   /**< [owner's extension, "" if all's] */
	DB_CHANGE_ACCOUNT_GONE = 1 << 5, /**< deleted [its extension] */
	DB_CHANGE_SETTING = 1 << 6,	 /**< [struct db_setting] */
	DB_CHANGE_PASSWORD = 1 << 7,	 /**< another one [struct db_account] */
	DB_CHANGE_VOICEMAIL = 1 << 8,	 /**< new, heard, gone: what waits in a
					      box [struct db_account] */
	DB_CHANGE_MESSAGE = 1 << 9,	 /**< new, or there again [struct
					       db_message]; id 0: others too */
	DB_CHANGE_MESSAGE_STATE = 1 << 10, /**< [struct db_message_state] */
	DB_CHANGE_ENTRIES = 1 << 11, /**< gone, or back [struct db_entries] */
	DB_CHANGE_CONTACT = 1 << 12, /**< a personal one is new, or changed
					   [struct db_contact] */
	DB_CHANGE_CONTACT_GONE = 1 << 13, /**< likewise, deleted */
	DB_CHANGE_JOURNAL_READ = 1 << 14, /**< [struct db_message_state] */
	DB_CHANGE_ALL = (1 << 15) - 1,
};
struct notify *db_notify(struct db *db);

/* ---- accounts ---------------------------------------------------------- */

/** Who learns an absence (SPEC T5.2.3). */
enum db_visibility { DB_VISIBLE_ALL, DB_VISIBLE_INSIDE, DB_VISIBLE_NOBODY };

struct db_presence {
	enum proto_presence state;
	int64_t until_ms; /**< return time, 0 if none */
	const char *note;
	enum db_visibility visibility;
};

/** What an account may do. */
enum db_can {
	DB_CAN_CTI = 1 << 0,  /**< has a phone that can be controlled */
	DB_CAN_VOIP = 1 << 1, /**< may have its SIP account in the client */
	DB_CAN_DND = 1 << 2,
	DB_CAN_VOICEMAIL = 1 << 3, /**< has an answering box */
	DB_CAN_BOX = 1 << 4, /**< it is a box of several, and nothing else */
	DB_CAN_MESSAGES = 1 << 8, /**< instant messages */
	DB_CAN_NO_MAIL = 1 << 12, /**< its messages are not sent by e-mail */
	DB_CAN_DEFAULT = DB_CAN_CTI | DB_CAN_VOIP | DB_CAN_DND |
			 DB_CAN_VOICEMAIL | DB_CAN_MESSAGES,
};

struct db_account {
	const char *extension;
	const char *first, *last;
	const char *name; /**< first and last, else the extension */
	const char *email, *mobile, *private_number, *department, *company;
	struct db_presence presence;
	bool locked;	  /**< after wrong passwords, or by hand */
	bool licensed;	  /**< for UC; without it there is no login */
	bool must_change; /**< password, before anything else */
	bool trunk;	  /**< carries outside calls, or is a DB_CAN_BOX: no
			       person, no login, in no directory */
	uint32_t can;	  /**< enum db_can */
	unsigned voice_new, voice_old; /**< messages in its box */
	const char *picture; /**< version of its picture, "" if it has none */
};

/** @return NULL if there is none */
const struct db_account *db_account(const struct db *db, const char *extension);
/** In the order of extensions. */
size_t db_account_count(const struct db *db);
const struct db_account *db_account_at(const struct db *db, size_t i);

/** What to make, or change; a NULL text leaves it as it is. */
struct db_account_prm {
	const char *extension; /**< digits, 1..8; or a word for a trunk that
				    is no box */
	const char *first, *last, *email, *mobile, *private_number, *department,
		*company;
	const char *password; /**< UC password, 1..128 bytes; NULL: no login
				   (add), as it is (change) */
	int licensed;	      /**< 1, 0; -1: as it is, 1 for a new one */
	int must_change;      /**< 1, 0; -1: as it is, 0 for a new one */
	bool trunk;	      /**< of a new one only */
	int64_t can;	      /**< enum db_can; -1: as it is, default */
};
/** EEXIST if there is one. The password is hashed in a job. */
void db_account_add(struct db *db, const struct db_account_prm *prm,
		    db_done_h *h, void *arg);
void db_account_change(struct db *db, const struct db_account_prm *prm,
		       db_done_h *h, void *arg);
void db_account_remove(struct db *db, const char *extension, db_done_h *h,
		       void *arg);
void db_account_lock(struct db *db, const char *extension, bool locked,
		     db_done_h *h, void *arg);
void db_set_presence(struct db *db, const char *extension,
		     const struct db_presence *p, db_done_h *h, void *arg);

/** What a login came to. */
enum db_login {
	DB_LOGIN_OK,
	DB_LOGIN_BAD_PASSWORD, /**< also: no such account */
	DB_LOGIN_LOCKED,
	DB_LOGIN_NO_LICENCE, /**< password right */
	DB_LOGIN_BUSY,	     /**< too many wait; try later */
	DB_LOGIN_ERROR,	     /**< the disk, the memory */
};
/** Wrong passwords in a row until the account is locked. */
enum { DB_LOGIN_TRIES = 5 };
typedef void(db_login_h)(enum db_login result, void *arg);

/**
 * Check a password: one at a time, in a job; an unknown account takes as
 * long as a known one. Counts and locks, and tells after that is on disk.
 * The password is copied and wiped.
 */
void db_login(struct db *db, const char *extension, const char *password,
	      db_login_h *h, void *arg);

/** Password of an extension's SIP account; "" if there is no such account. */
enum { DB_SIP_PASSWORD_SIZE = 44 };
void db_sip_password(const struct db *db, const char *extension,
		     char password[DB_SIP_PASSWORD_SIZE]);
/** MD5(extension ":" realm ":" that password). @return 0 or ENOENT */
int db_ha1(const struct db *db, const char *extension, const char *realm,
	   uint8_t ha1[16]);
/** Likewise with SHA-256. */
int db_ha1_sha256(const struct db *db, const char *extension, const char *realm,
		  uint8_t ha1[32]);

/* ---- directories ------------------------------------------------------- */

enum db_directory {
	DB_PERSONAL,
	DB_INTERNAL,
	DB_SYSTEM,
	DB_GLOBAL,
	DB_EXTERNAL,
	DB_DIRECTORY_COUNT,
	DB_ALL_DIRECTORIES = -1,
};
/** "per" "int" "sys" "glo" "ext": what a contact's id begins with. */
const char *db_directory_key(enum db_directory d);

enum db_number {
	DB_NUMBER_INTERNAL,
	DB_NUMBER_BUSINESS,
	DB_NUMBER_BUSINESS_2,
	DB_NUMBER_MOBILE,
	DB_NUMBER_PRIVATE,
	DB_NUMBER_OTHER,
	DB_NUMBER_COUNT
};

struct db_contact {
	const char *id; /**< "int:201", "per:17"; "" of a new one */
	enum db_directory directory;
	const char *owner; /**< of a personal one: extension; else "" */
	const char *first, *last, *company, *department, *email;
	const char *number[DB_NUMBER_COUNT]; /**< canonical where possible */
	/** By which an import knows it again, "" if none has made it. */
	const char *key;
	bool hand_made; /**< … but the user has changed it since */
	/** Version of a personal one's picture, "" if it has none. What is
	 *  given in counts for db_contacts_apply() only. */
	const char *picture;
	/** What an import calls that picture, "" if none has brought it. */
	const char *picture_key;
};

/** @param more There are more behind these */
typedef void(db_contacts_h)(int err, const struct db_contact *c, size_t count,
			    bool more, void *arg);

enum { DB_LIMIT_MAX = 1000 };

/** Which contacts: those that a query's words begin (SPEC T5.1.1): internal,
 *  personal, system, global, external; by name within. */
struct db_search {
	const char *viewer;	     /**< whose personal ones; extension */
	const char *query;	     /**< words or number; "" for all */
	enum db_directory directory; /**< or DB_ALL_DIRECTORIES */
	bool no_external;	     /**< nothing of the external one */
	size_t offset, limit;	     /**< limit 1..DB_LIMIT_MAX */
};
/** @param total  All matches, counted up to DB_TOTAL_MAX in each directory */
typedef void(db_search_h)(int err, const struct db_contact *c, size_t count,
			  size_t total, void *arg);
enum { DB_TOTAL_MAX = 10000 };
void db_search(struct db *db, const struct db_search *s, db_search_h *h,
	       void *arg);
/** Contacts by their ids, in that order; those that the viewer may not see,
 *  or that there are not, are left out. */
void db_contacts_get(struct db *db, const char *viewer, const char *const *id,
		     size_t count, db_contacts_h *h, void *arg);
/** Add contacts in one commit, all or none; not internal ones. EDQUOT: an
 *  owner would have more than the setting "contacts_max". */
void db_contacts_add(struct db *db, const struct db_contact *c, size_t count,
		     db_contacts_h *h, void *arg);
/** What an import came to. */
struct db_import {
	size_t added;
	const struct db_skipped {
		size_t line;	    /**< of the file, from 1 */
		const char *reason; /**< in a few words, for an administrator */
	} * skipped;
	size_t skipped_count;
	size_t line;	     /**< of an error in the file, else 0 */
	const char *problem; /**< what is wrong there, "" if it is no fault
				  of the file */
};
/** @param err  0, or why nothing was added: EINVAL (header), EILSEQ (not
 *              UTF-8), or the errno of the file or the database
 *  @param r    Never NULL, valid in the handler */
typedef void(db_import_h)(int err, const struct db_import *r, void *arg);
/**
 * Add the contacts of a CSV file (RFC 4180, UTF-8) to the system, global or
 * external directory, in one commit. Its first line names the columns, any of
 * first, last, company, department, email, business, business2, mobile,
 * private. Left out, and told: damaged records, contacts without a name,
 * numbers that are none, and what is there already.
 */
void db_import(struct db *db, enum db_directory directory, const char *path,
	       db_import_h *h, void *arg);
/** Replace one (its id says which). Internal ones are accounts: EPERM. One that
 *  came by an import keeps its key, and is hand-made from now on. */
void db_contact_change(struct db *db, const struct db_contact *c, db_done_h *h,
		       void *arg);
/** @param owner  Of a personal one, else "" */
void db_contact_remove(struct db *db, const char *owner, const char *id,
		       db_done_h *h, void *arg);
/** A picture that an import has brought, as it is to be kept. */
struct db_picture {
	char key[33]; /**< by which its contacts name it */
	void *image;  /**< NULL: nobody could use it, and it is not to be
			   tried again */
	size_t len;
};
/** The key of an import's contact whose picture is to go. */
#define DB_NO_PICTURE "none"
/** What an import came to. */
struct db_applied {
	size_t added, updated;
	size_t pictureless; /**< with a picture that there was no room for: the
				 setting "contact_pictures_max" */
};
/** @param r  NULL if err */
typedef void(db_apply_h)(int err, const struct db_applied *r, void *arg);
/**
 * Import personal contacts in one commit, all or none: one without an id is
 * added, one with an id is brought up to date. That one must have come by an
 * import, and the user must not have changed it since: else EPROTO. EDQUOT:
 * there would be more than the setting "contacts_max". EINVAL: a picture_key
 * that is neither "" (the picture stays) nor DB_NO_PICTURE, nor that of a
 * picture which comes along, nor the one that the contact has.
 *
 * @param c  malloc()ed, as all its texts, which are clean; taken over. Owner
 *           and directory need not be filled in.
 * @param p  Likewise, with their images; may be NULL
 */
void db_contacts_apply(struct db *db, const char *owner, struct db_contact *c,
		       size_t count, struct db_picture *p, size_t pictures,
		       db_apply_h *h, void *arg);
void db_pictures_free(struct db_picture *p, size_t count);
/** The key of an image as it was sent: the first half of its SHA-256, in 32
 *  letters and a 0. */
void db_picture_key(char key[33], const void *image, size_t len);
/** Name of a number in any spelling, as the viewer sees it: accounts, own
 *  personal contacts, then the other directories; NULL if nobody has it. */
const char *db_name_of(const struct db *db, const char *viewer,
		       const char *number);
/** Likewise, the contact's id; text to free(), NULL if nobody has it. */
char *db_contact_of(const struct db *db, const char *viewer,
		    const char *number);

/* ---- favourites -------------------------------------------------------- */

struct db_member {
	const char *contact; /**< contact's id */
	const char *number;  /**< default number, "" if none was chosen */
};
struct db_group {
	const char *id, *name;
	const struct db_member *member;
	size_t count;
};
typedef void(db_groups_h)(int err, const struct db_group *g, size_t count,
			  void *arg);
void db_favourites(struct db *db, const char *owner, db_groups_h *h, void *arg);
/** Replace all groups of an account, in one commit. An id of "" is a new
 *  group; members that are no contacts of the owner's are left out. The
 *  handler gets the groups with their ids. */
void db_favourites_set(struct db *db, const char *owner,
		       const struct db_group *g, size_t count, db_groups_h *h,
		       void *arg);

enum db_favourite {
	DB_FAVOURITE_ADD,    /**< contacts (ids, with commas between) to the
				  group of that name, made if there is none */
	DB_FAVOURITE_REMOVE, /**< a contact from a group */
	DB_FAVOURITE_MOVE,   /**< a contact, or with none the group itself, by
				  steps; past the end of its group it goes to
				  the next */
	DB_FAVOURITE_NUMBER, /**< the default number of a contact, "": none */
	DB_FAVOURITE_RENAME, /**< EEXIST if another group has that name */
	DB_FAVOURITE_DELETE, /**< a group */
};
/** Texts that are not asked for may be NULL. */
struct db_favourite_edit {
	enum db_favourite what;
	const char *group;   /**< its id; for ADD its name */
	const char *contact; /**< id */
	const char *name;    /**< new one, of the group */
	const char *number;
	int steps; /**< down; negative: up */
};
/** One change, in one commit. The handler gets all groups; ENOENT for a
 *  group or a contact that there is not. */
void db_favourite_edit(struct db *db, const char *owner,
		       const struct db_favourite_edit *e, db_groups_h *h,
		       void *arg);

/* ---- journal ----------------------------------------------------------- */

/** The nine kinds (SPEC, Calls). */
enum db_entry_kind {
	DB_IN_ANSWERED,
	DB_IN_MISSED,
	DB_IN_GROUP_ANSWERED,
	DB_IN_GROUP_MISSED,
	DB_IN_FORWARDED,
	DB_OUT_ANSWERED,
	DB_OUT_UNANSWERED,
	DB_OUT_GROUP_ANSWERED,
	DB_OUT_GROUP_UNANSWERED,
	DB_ENTRY_KIND_COUNT
};

struct db_entry {
	int64_t id;
	const char *owner; /**< extension */
	enum db_entry_kind kind;
	int64_t at_ms; /**< wall clock, begin */
	uint32_t duration_s;
	const char *number; /**< other side's */
	const char *name;   /**< as it was known then, or "" */
	bool unread;	    /**< a missed call not yet looked at */
};
typedef void(db_journal_h)(int err, const struct db_entry *e, size_t count,
			   bool more, void *arg);
/** File an entry. With a full disk it waits for room.
 *  @param h  gets it with its id; may be NULL */
void db_journal_add(struct db *db, const struct db_entry *e, db_journal_h *h,
		    void *arg);
/** Newest first. @param before  Only ids below that; 0: all
 *  @param number  Only with that other side, "" for all, "-" for the calls
 * whose number was withheld */
void db_journal_read(struct db *db, const char *owner, const char *number,
		     int64_t before, size_t limit, db_journal_h *h, void *arg);
/** @param count  How many of them were unread */
typedef void(db_count_h)(int err, size_t count, void *arg);
/** These entries are read; ids of others do nothing. */
void db_journal_mark(struct db *db, const char *owner, const int64_t *id,
		     size_t count, db_count_h *h, void *arg);

/* ---- voice messages ---------------------------------------------------- */

/** A message in somebody's box. */
struct db_voicemail {
	int64_t id;
	const char *owner; /**< extension */
	int64_t at_ms;	   /**< wall clock, begin */
	uint32_t length_ms;
	const char *number; /**< caller's */
	const char *name;   /**< as it was known then, or "" */
	int64_t heard_ms;   /**< wall clock; 0: it is new */
	/** Only of one to be filed, or NULL: the owner's setting of that name
	 *  with its id behind is "0" from the commit on that lists it, so that
	 *  nothing which is to be done with it is forgotten. */
	const char *mark;
};
typedef void(db_voicemails_h)(int err, const struct db_voicemail *v,
			      size_t count, bool more, void *arg);
/**
 * Path for a message that is being recorded: a name of its own in the folder
 * of messages, made if missing; text to free(), NULL without memory. What
 * becomes of the file: db_voicemail_add() or db_voicemail_discard().
 */
char *db_voicemail_temporary(struct db *db);
/** File a message: its sound gets its place in the moment that it is listed,
 *  and a crash leaves neither or both. With a full disk it waits for room.
 *  @param path  Of db_voicemail_temporary(); the file is gone there after,
 *               whatever becomes of it
 *  @param h     gets it with its id; may be NULL */
void db_voicemail_add(struct db *db, const struct db_voicemail *v,
		      const char *path, db_voicemails_h *h, void *arg);
void db_voicemail_discard(struct db *db, const char *path);
/** Newest first. @param before  Only ids below that; 0: all */
void db_voicemail_read(struct db *db, const char *owner, int64_t before,
		       size_t limit, db_voicemails_h *h, void *arg);
/** Likewise, of one other side. @param number  As of db_journal_read() */
void db_voicemail_read_of(struct db *db, const char *owner, const char *number,
			  int64_t before, size_t limit, db_voicemails_h *h,
			  void *arg);
/** @param wav  WAV, 16 bit, mono; valid in the handler */
typedef void(db_sound_h)(int err, const char *wav, size_t len, void *arg);
/** The sound of one; ENOENT if the owner has none of that id. */
void db_voicemail_sound(struct db *db, const char *owner, int64_t id,
			db_sound_h *h, void *arg);
/** They have been heard, now; ids of others do nothing. @param h  gets how
 *  many of them were new */
void db_voicemail_heard(struct db *db, const char *owner, const int64_t *id,
			size_t count, db_count_h *h, void *arg);
/** They go, with their sound. @param h  gets how many there were */
void db_voicemail_remove(struct db *db, const char *owner, const int64_t *id,
			 size_t count, db_count_h *h, void *arg);
/** Remove what a crash has left of messages that were never filed. For who
 *  records, before it does: nobody else may record meanwhile. */
void db_voicemail_sweep(struct db *db);
/** Messages that were heard before that time go, of all boxes, and those that
 *  were deleted an hour ago and not brought back (db_entries_delete()); whose
 *  they were is told as of a removal. Likewise pictures of contacts. @param
 * before_ms  Wall clock */
void db_voicemail_expire(struct db *db, int64_t before_ms);

/* ---- instant messages -------------------------------------------------- */

/** One side's copy of a message: each of the two has its own. */
struct db_message {
	int64_t id;
	const char *owner;    /**< extension */
	const char *peer;     /**< the other side's */
	bool outgoing;	      /**< the owner has sent it */
	int64_t at_ms;	      /**< wall clock, when it came in */
	const char *text;     /**< clean, up to TEXT_MESSAGE_MAX bytes */
	const char *uid;      /**< what its sender's program calls it; "" of one
				 that came */
	bool unread;	      /**< came, and not yet looked at */
	int64_t delivered_ms; /**< the one it is for has it; 0: not yet */
};
/** What has become of some of an owner's, messages or calls. */
struct db_message_state {
	const char *owner;
	const int64_t *id;
	size_t count;
	int64_t delivered_ms; /**< that they have been; or 0 */
	bool read;	      /**< that they have been */
	bool gone;	      /**< that they are */
};
/** @param waiting  How many that came have not been fetched yet */
typedef void(db_messages_h)(int err, const struct db_message *m, size_t count,
			    bool more, size_t waiting, void *arg);
/** What can be sent. */
enum { DB_MESSAGE_UID_MAX = 64 };
struct db_message_prm {
	const char *from, *to; /**< extensions */
	const char *uid;       /**< of the sender's choice: letters, digits and
				    - _, up to DB_MESSAGE_UID_MAX */
	const char *text;      /**< any; cleaned */
};
/**
 * Send a message: both copies in one commit. The same uid of the same sender
 * is the same message, however often it comes: it is there once, and answered
 * as it was then.
 *
 * @param h  gets the sender's copy; EINVAL (no text, too long, no uid), ENOENT
 *           (nobody has that extension), ENOTSUP (one of them has no messages),
 *           EDQUOT (too many wait there already), ENOSPC (the disk)
 */
void db_message_send(struct db *db, const struct db_message_prm *prm,
		     db_messages_h *h, void *arg);
/** Newest first. @param before  Only ids below that; 0: all. Less than limit
 *  where their texts are long. */
void db_message_read(struct db *db, const char *owner, int64_t before,
		     size_t limit, db_messages_h *h, void *arg);
/** Likewise, with one other side. @param peer  Extension, "" for all */
void db_message_read_of(struct db *db, const char *owner, const char *peer,
			int64_t before, size_t limit, db_messages_h *h,
			void *arg);
/** They have come to the owner: its senders are told. Others' ids do nothing.
 *  @param h  gets how many had not */
void db_message_delivered(struct db *db, const char *owner, const int64_t *id,
			  size_t count, db_count_h *h, void *arg);
/** They have been read; which makes them delivered. */
void db_message_mark(struct db *db, const char *owner, const int64_t *id,
		     size_t count, db_count_h *h, void *arg);

/* ---- deleting entries of conversations --------------------------------- */

enum db_entries_sort {
	DB_ENTRIES_CALLS,
	DB_ENTRIES_MESSAGES,
	DB_ENTRIES_VOICEMAILS,
	DB_ENTRIES_SORTS
};
enum db_entries_scope {
	DB_ENTRIES_THESE,
	DB_ENTRIES_NUMBERS, /**< and what is older, of the same numbers */
	DB_ENTRIES_OLDER,   /**< and all that is older */
};
struct db_entries_prm {
	const char *owner;
	struct {
		const int64_t *id;
		size_t count;
	} of[DB_ENTRIES_SORTS];
	enum db_entries_scope scope;
	bool keep_voicemails; /**< their entries go, they stay in the box */
};
/** What is gone, or there again, of an account. */
struct db_entries {
	const char *owner;
	bool back;
	struct {
		const int64_t *id;
		size_t count;
	} of[DB_ENTRIES_SORTS];
};
/** @param batch  By which it can be brought back, for an hour */
typedef void(db_entries_h)(int err, size_t count, int64_t batch, void *arg);
/** Delete entries in one commit: of this account only, the other side keeps
 *  its own. Others' ids, and what is not there, do nothing. */
void db_entries_delete(struct db *db, const struct db_entries_prm *prm,
		       db_entries_h *h, void *arg);
/** Bring back what was deleted. @param h  ENOENT if there is none of it */
void db_entries_restore(struct db *db, const char *owner, int64_t batch,
			db_entries_h *h, void *arg);
/** @param gone  Of those that were named; valid during the call, NULL: err */
typedef void(db_gone_h)(int err, const struct db_entries *gone, void *arg);
/** Which of these has the account no more, deleted or never had? */
void db_entries_gone(struct db *db, const struct db_entries_prm *prm,
		     db_gone_h *h, void *arg);
/* ---- PINs of boxes ------------------------------------------------------ */

enum { DB_PIN_DIGITS = 6 };
/** Six digits, not all equal, not a rising or falling run (SPEC T5.7.3). */
bool db_pin_good(const char *pin);
/** None was chosen yet: it is the internal number. */
bool db_pin_preset(const struct db *db, const char *owner);
/** The setting that its hash is in: to be told to nobody. */
#define DB_PIN_SETTING "voicemail.pin"
/** Hashed in a job, copied and wiped. @param h  0; EACCES: it is another;
 *  EBUSY: too many wait; EINVAL, ENOMEM */
void db_pin_check(struct db *db, const char *owner, const char *pin,
		  db_done_h *h, void *arg);
/** @param h  0; EINVAL: it is not good; ENOENT, EBUSY, ENOMEM, or the disk's */
void db_pin_set(struct db *db, const char *owner, const char *pin, db_done_h *h,
		void *arg);

/* ---- pictures ----------------------------------------------------------- */

/** @param image  Lent, as the version; NULL if err */
typedef void(db_picture_h)(int err, const char *version, const void *image,
			   size_t len, void *arg);
/** An account's picture; ENOENT if it has none. */
void db_picture(struct db *db, const char *extension, db_picture_h *h,
		void *arg);
/** Keep an image as that: copied, and kept as it is, so that whoever calls has
 *  it checked. The account has changed then, with a version for the image.
 *  @param image  NULL: it has none any more */
void db_picture_set(struct db *db, const char *extension, const void *image,
		    size_t len, db_done_h *h, void *arg);

/** A personal contact's; ENOENT if it has none, or is another's. */
void db_contact_picture(struct db *db, const char *owner, const char *id,
			db_picture_h *h, void *arg);
/** As db_picture_set(), of a personal contact; one that came by an import is
 *  hand-made from now on. EDQUOT: the owner would have more than the setting
 *  "contact_pictures_max". @param h  Gets the contact */
void db_contact_picture_set(struct db *db, const char *owner, const char *id,
			    const void *image, size_t len, db_contacts_h *h,
			    void *arg);

/* ---- greetings ---------------------------------------------------------- */

/** Most that one can have recorded, numbered from 1. Number 0 is no greeting
 *  but the note of one's present state: db_note_keep(). */
enum { DB_NOTE = 0, DB_GREETINGS = 9 };
/** How long it is, 0: there is no such. */
uint32_t db_greeting_ms(const struct db *db, const char *owner,
			unsigned number);
/** Keep a file (16 bit mono WAV) as that, in the place of what was.
 *  @param path  In the server's folder (db_voicemail_temporary()); it goes,
 *               whatever comes of it */
void db_greeting_keep(struct db *db, const char *owner, unsigned number,
		      const char *path, uint32_t ms, db_done_h *h, void *arg);
/** Likewise the note of that state; it goes, with its sound, in the commit that
 *  brings another state. @param h  ESTALE: that was before */
void db_note_keep(struct db *db, const char *owner, enum proto_presence state,
		  const char *path, uint32_t ms, db_done_h *h, void *arg);
void db_greeting_sound(struct db *db, const char *owner, unsigned number,
		       db_sound_h *h, void *arg);
/** @param h  ENOENT if there is none */
void db_greeting_remove(struct db *db, const char *owner, unsigned number,
			db_done_h *h, void *arg);

/* ---- settings ---------------------------------------------------------- */

/** A setting has changed. */
struct db_setting {
	const char *owner, *name, *value;
};
/**
 * A setting of an account, or with owner "" of the server: "country" "area"
 * "location" "access" "national" "international" "extension_max" are its
 * dialling parameters; "group.NUMBER" is a group, as
 * "all; 20; Support; 201 202 203" (or "turn"; how long each rings, seconds;
 * its name; who they are); "collaboration" is where web collaboration is,
 * "voicemail" is the number of the answering boxes
 * ("": there are none), "language" what they speak ("en" "de" "fr"), and some
 * are numbers: see db_setting_number().
 *
 * @return Its value, NULL if it was never set (the server's have defaults)
 */
const char *db_setting(const struct db *db, const char *owner,
		       const char *name);
/** One of the server's that is a number: "voicemail_s" (so long a phone rings
 *  before the box answers), "voicemail_max_s" (the longest message),
 *  "voicemail_messages" (the most in a box), "callme_s" (so long a CallMe
 *  phone rings), "messages" (instant ones that are kept of an account),
 *  "messages_waiting" (that may wait for somebody who is away), "contacts_max"
 *  (the most personal contacts that an account may have). @return as set, or
 *  its default; 0 if there is none of that name */
uint32_t db_setting_number(const struct db *db, const char *name);
/** All that an owner has set. */
typedef void(db_setting_h)(const char *name, const char *value, void *arg);
void db_settings(const struct db *db, const char *owner, db_setting_h *h,
		 void *arg);
/** @param value  NULL: forget it; EINVAL of the server's if there is none of
 *                that name, or it is not of digits, up to 7 (area, location:
 *                15; extension_max: 2), or not in its range */
void db_setting_set(struct db *db, const char *owner, const char *name,
		    const char *value, db_done_h *h, void *arg);
/** The dialling parameters as number rules want them. */
void db_dial_params(const struct db *db, struct proto_dial_params *p);

#endif
