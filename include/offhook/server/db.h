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
	DB_CHANGE_JOURNAL = 1 << 2,    /**< new [struct db_entry]; id 0: others
					    of that owner have changed */
	DB_CHANGE_FAVOURITES = 1 << 3, /**< [owner's extension] */
	DB_CHANGE_CONTACTS = 1 << 4,   /**< [owner's extension, "" if all's] */
	DB_CHANGE_ACCOUNT_GONE = 1 << 5, /**< deleted [its extension] */
	DB_CHANGE_SETTING = 1 << 6,	 /**< [struct db_setting] */
	DB_CHANGE_PASSWORD = 1 << 7,	 /**< another one [struct db_account] */
	DB_CHANGE_ALL = (1 << 8) - 1,
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
	DB_CAN_DEFAULT = DB_CAN_CTI | DB_CAN_VOIP | DB_CAN_DND,
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
	bool trunk;	  /**< carries outside calls: no person, no login,
			       in no directory */
	uint32_t can;	  /**< enum db_can */
};

/** @return NULL if there is none */
const struct db_account *db_account(const struct db *db, const char *extension);
/** In the order of extensions. */
size_t db_account_count(const struct db *db);
const struct db_account *db_account_at(const struct db *db, size_t i);

/** What to make, or change; a NULL text leaves it as it is. */
struct db_account_prm {
	const char *extension; /**< digits, 1..8; or a word for a trunk */
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
/** Add contacts in one commit, all or none; not internal ones. */
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
/** Replace one (its id says which). Internal ones are accounts: EPERM. */
void db_contact_change(struct db *db, const struct db_contact *c, db_done_h *h,
		       void *arg);
/** @param owner  Of a personal one, else "" */
void db_contact_remove(struct db *db, const char *owner, const char *id,
		       db_done_h *h, void *arg);
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
	DB_FAVOURITE_ADD,    /**< what (a contact's id) to the group of that
				  name, made if there is none */
	DB_FAVOURITE_REMOVE, /**< what (a contact's id) from the group of that
				  id */
	DB_FAVOURITE_RENAME, /**< the group of that id to what; EEXIST if
				  another has that name */
	DB_FAVOURITE_DELETE, /**< the group of that id */
};
/** One change, in one commit. The handler gets all groups; ENOENT for a
 *  group or a contact that there is not. */
void db_favourite_edit(struct db *db, const char *owner, enum db_favourite edit,
		       const char *group, const char *what, db_groups_h *h,
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
/** File an entry. @param h gets it with its id; may be NULL */
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

/* ---- settings ---------------------------------------------------------- */

/** A setting has changed. */
struct db_setting {
	const char *owner, *name, *value;
};
/**
 * A setting of an account, or with owner "" of the server: "country" "area"
 * "location" "access" "national" "international" "extension_max" are its
 * dialling parameters.
 *
 * @return Its value, NULL if it was never set (the server's have defaults)
 */
const char *db_setting(const struct db *db, const char *owner,
		       const char *name);
/** @param value  NULL: forget it; EINVAL of the server's if there is none of
 *                that name, or it is not of digits, up to 7 (area, location:
 *                15; extension_max: 2) */
void db_setting_set(struct db *db, const char *owner, const char *name,
		    const char *value, db_done_h *h, void *arg);
/** The dialling parameters as number rules want them. */
void db_dial_params(const struct db *db, struct proto_dial_params *p);

#endif
