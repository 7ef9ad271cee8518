/**
 * @file db_int.h  What the files of the database share
 *
 * Two sides: `struct db` and what hangs on it belong to the loop; `struct
 * disk` is touched by the one worker only (and by db_alloc() before it runs).
 * A job is the only thing that crosses, and holds copies.
 */
#ifndef DB_INT_H
#define DB_INT_H

#include <offhook/server/db.h>
#include <sqlite3.h>

/* ---- worker's side ----------------------------------------------------- */

enum { STATEMENTS = 128 };

struct disk {
	sqlite3 *sql;
	char *voicemail;  /**< folder of messages */
	char *greetings;  /**< folder of what users have recorded */
	int64_t deletion; /**< the last one's name */
	struct {
		const char *text;
		sqlite3_stmt *st;
	} statement[STATEMENTS];
};

int disk_open(struct disk *d, const char *path);
void disk_close(struct disk *d);
/** Bring the schema up to date; EPROTO if it is newer than this program. */
int disk_migrate(struct disk *d);
/** errno of an SQLite result. */
int disk_errno(int rc);
int disk_exec(struct disk *d, const char *text);
/** The statement of a constant text, ready for binding; NULL on error. */
sqlite3_stmt *disk_prepare(struct disk *d, const char *text);
void bind_text(sqlite3_stmt *st, int i, const char *s);
void bind_int(sqlite3_stmt *st, int i, int64_t n);
/** Run a statement that gives no rows; it is reset. @return 0 or errno */
int disk_step(sqlite3_stmt *st);
/** Next row? Resets at the end. *errp is set on an error. */
bool disk_row(sqlite3_stmt *st, int *errp);
/** Never NULL. */
const char *column_text(sqlite3_stmt *st, int i);
/** As column_text(), a copy to free(); NULL without memory. */
char *column_dup(sqlite3_stmt *st, int i);

/* ---- jobs -------------------------------------------------------------- */

/** Begin of every job's own structure, which calloc() made. */
struct db_job {
	struct db *db;
	struct disk *disk;
	bool read_only;
	/** Of those that come while one of them is being written, many share a
	    transaction. Each is done or undone by itself nevertheless. */
	bool together;
	/** With a full disk it waits for room, and is tried again: all of it,
	    before and work. */
	bool patient;
	struct db_job *next; /**< in a transaction, or among those who wait */
	int err;	     /**< of its own */
	/** On the worker, before work and outside of its transaction: what
	    takes long; may be NULL. */
	int (*before)(struct db_job *job);
	/** On the worker, in a transaction unless read_only. */
	int (*work)(struct db_job *job);
	/** On the worker, once that is committed; may be NULL. */
	void (*after)(struct db_job *job);
	/** On the loop, once. Must not free the job. */
	void (*done)(struct db_job *job, int err);
	/** Frees what the job holds, not the job; may be NULL. */
	void (*clear)(struct db_job *job);
};

/** Hand a job over; if that fails, done is called before it returns. */
void db_job_run(struct db *db, struct db_job *job);
/** Likewise on the queue where passwords are hashed: no disk. */
void db_job_hash(struct db *db, struct db_job *job);
/** End a job that is not run: done(err), clear, free. */
void db_job_end(struct db_job *job, int err);

/* ---- db_patient.c ------------------------------------------------------ */

/** A job has been run. @return true: it waits for room, and is not over */
bool db_patient_keeps(struct db_job *job, int err);
/** Those that wait are over. */
void db_patient_end(struct db *db);

/* ---- loop's side ------------------------------------------------------- */

struct account;

/** One of an account's other numbers, in db->numbers. */
struct account_number {
	struct le le;
	char *key; /**< proto_number_key(); NULL if it is none */
	const struct account *account;
};
enum { ACCOUNT_NUMBERS = 2 }; /**< mobile, private */

struct account {
	struct db_account pub; /**< its texts are ours */
	char *hash;	       /**< of the UC password, "" if none */
	char *key;	       /**< text_key() of the name */
	char *words;	       /**< spellings of its numbers, a blank before
				    each */
	struct account_number number[ACCOUNT_NUMBERS];
	unsigned failed;
	int64_t sip_generation;
};

struct setting {
	struct le le; /**< among all */
	struct le he; /**< in db->setting_by, by owner and name */
	char *owner, *name, *value;
	bool fresh; /**< all are to be told of it */
};

struct names;

/** The dialling parameters by value, so that a job can hold them. */
struct dial_copy {
	char country[8], area[16], location[16], access[8], national[8],
		international[8];
	unsigned extension_max;
};

/** What is read on the worker and put in place on the loop. */
struct account_set {
	struct account **account;
	size_t count;
	struct dial_copy dial; /**< by which they are spelled */
};

struct db {
	struct disk disk;
	struct job_queue *queue;
	struct job_queue *hasher;
	struct db_job *waiting; /**< while others of them are written … */
	struct db_job **waiting_end;
	unsigned waiting_count;
	unsigned bundles;	/**< … so many bundles */
	struct tmr tmr_bundle;	/**< the next one not yet */
	struct db_job *patient; /**< those who wait for room on the disk */
	struct db_job **patient_end;
	struct db_job *patient_tries; /**< the first of them, or NULL */
	unsigned patient_count;
	struct tmr tmr_patient;
	bool closing;
	struct notify *notify;
	struct account_set accounts; /**< in the order of extensions */
	struct list settings;
	struct hash *setting_by;
	struct dial_copy dial; /**< what settings and accounts amount to; all
				    accounts are spelled by it */
	struct hash *numbers;  /**< struct account_number */
	struct names *names;
	uint8_t secret[32]; /**< SIP passwords are derived from it */
	char *unknown_hash; /**< checked for accounts that are none */
};

int accounts_read(struct disk *d, struct account_set *set);
/** Put them in place; the set holds those that were there. */
void accounts_install(struct db *db, struct account_set *set);
void accounts_free(struct account_set *set);
enum { ACCOUNT_TEXTS = 7 }; /**< first … company */
void account_free(struct account *a);
int account_read(struct disk *d, const char *extension, struct account **ap);
/** Put an account in its place; frees what stood there. */
int account_install(struct db *db, struct account *a);
size_t account_place(const struct db *db, const char *extension, bool *found);
struct account *account_find(const struct db *db, const char *extension);
/** Its words and keys by these rules; on either side, while it is not in
    db->numbers. */
int account_spell(struct account *a, const struct dial_copy *dial);
void account_unspell(struct account *a);
/** Find it by its numbers, or no more. */
void account_index(struct db *db, struct account *a);
void account_unindex(struct account *a);
/** All of them spelled anew by db->dial. */
void accounts_respell(struct db *db);
/** Whose number that is in any spelling: an extension, or a person's own
    other number; NULL if no account has it. */
const struct db_account *account_of_number(const struct db *db,
					   const char *number);
/** What to tell (enum db_change) of an account that was one and is the other;
    NULL: there was, or is, none. */
uint32_t account_differs(const struct account *was, const struct account *is);
/** Contact of an account, to be cleared by contact_clear(). */
int account_contact(const struct account *a, struct db_contact *c);

int settings_read(struct disk *d, struct list *settings);
void settings_install(struct db *db, struct list *settings);
/** Likewise; the list holds those that were there and are now something
    else, or not there. */
void settings_replace(struct db *db, struct list *settings);
/** What has become of those: all are told. */
void settings_tell(struct db *db, const struct list *was);
void settings_free(struct list *settings);
void settings_forget(struct db *db, const char *owner);
/** A setting of somebody who is there, as a part of a job's work. On the
    worker. @param value  NULL: forget it */
int setting_write(struct disk *d, const char *owner, const char *name,
		  const char *value);
/** Once that is committed: in memory too, and all are told. On the loop.
    @return 0 or ENOMEM */
int setting_written(struct db *db, const char *owner, const char *name,
		    const char *value);

/** So long what is deleted can be brought back. */
enum { UNDO_MS = 3600 * 1000 };

/** Messages of an owner, for when they have gone with him; to free(). On the
    worker. */
int voicemail_ids(struct disk *d, const char *owner, int64_t **idsp,
		  size_t *countp);
/** db_greeting.c: files that no setting knows go. */
int greetings_sweep(struct disk *d);
/** The recorded note of somebody whose state is about to be that: it goes if
    his state was another. On the worker. @param gone  Set to whether it does */
int note_end(struct disk *d, const char *owner, enum proto_presence state,
	     bool *gone);
/** Once that is committed: its sound goes too. On the worker. */
void note_unlink(struct disk *d, const char *owner);
/** The name of its setting. */
#define NOTE_SETTING "greeting.0"
/** Their sound goes. On the worker, after they have. */
void voicemail_unlink(const struct disk *d, const int64_t *id, size_t count);

int secret_load(struct db *db, const char *dir);

/* Contacts that own their texts, so that they can cross. */
/** Texts that are NULL are "" from now on; it is the owner's personal one. */
int contact_complete(struct db_contact *c, const char *owner);
int contact_copy(struct db_contact *to, const struct db_contact *from);
void contact_clear(struct db_contact *c);
void contacts_free(struct db_contact *c, size_t count);
/** Write a contact and its search words; its id is set if it is a new one
    (0). On the worker. */
int contact_write(struct disk *d, struct db_contact *c, int64_t id,
		  const struct dial_copy *dial);
/** Take a contact's words out of the index; ENOENT if it is not there, or
    another's. @param keyp  Set to its import's key, to free() @param hand_made
    likewise */
int contact_unindex(struct disk *d, const struct db_contact *c, int64_t id,
		    char **keyp, bool *hand_made);
/** EDQUOT if an owner would have more than so many personal contacts; "" may
    have any number. */
int contacts_room(struct disk *d, const char *owner, size_t more, uint32_t max);
/** What a contact's own row has. */
#define CONTACT_COLUMNS                                           \
	"id,directory,owner,first,last,company,department,email," \
	"n0,n1,n2,n3,n4,n5,import_key,hand_made"
/** Personal ones (0) may have a picture. */
#define CONTACT_PICTURE_OF(column)                               \
	"ifnull(CASE directory WHEN 0 THEN (SELECT p." column    \
	" FROM contact_picture AS p WHERE p.owner=contact.owner" \
	" AND p.contact=contact.id AND p.deleted_ms=0) END,'')"
/** A row of all that there is to it. */
#define CONTACT_ALL     \
	CONTACT_COLUMNS \
	"," CONTACT_PICTURE_OF("version") "," CONTACT_PICTURE_OF("import_key")
int contact_of_row(sqlite3_stmt *st, struct db_contact *c);
/** ENOENT if there is none that the viewer may see. On the worker. */
int contact_read(struct disk *d, const char *viewer, enum db_directory dir,
		 int64_t id, struct db_contact *c);

/* Pictures of personal contacts, on the worker. */
/** A contact is about to go, or is back: its picture too. */
int contact_picture_gone(struct disk *d, const char *owner, int64_t id);
int contact_picture_back(struct disk *d, const char *owner, int64_t id);
/** Fill in what picture there is of a contact that was written. */
int contact_picture_read(struct disk *d, struct db_contact *c, int64_t id);
bool contact_has_picture(struct disk *d, const char *owner, int64_t id,
			 int *errp);
/** How many the owner has; where that is too many, those that wait to come back
    have gone before. */
int contact_pictures_count(struct disk *d, const char *owner, uint32_t max,
			   size_t *np);
/** Without an image the one that there is stays, and the key is noted. */
int contact_picture_put(struct disk *d, const char *owner, int64_t id,
			const struct db_picture *p);
int contact_picture_drop(struct disk *d, const char *owner, int64_t id);
/** Those that wait to come back go when their time is over. */
int contact_pictures_expire(struct disk *d);

/** Its name for the eye, a text to free(). */
char *contact_name(const struct db_contact *c);
/** Number behind the directory's key; 0 if it is none of that kind. */
int64_t contact_id(const char *id, enum db_directory *dir);

/** Settings or accounts have changed: if that makes other dialling parameters,
    put numbers in place by these. On the loop.
    @param spelled  By which the accounts are; NULL: by db->dial */
void dial_update(struct db *db, const struct dial_copy *spelled);
/** As they are on the worker's side. */
int dial_read(struct disk *disk, struct dial_copy *d);
/** True if the owner is an account; "" is one here. On the worker. */
bool owner_exists(struct disk *d, const char *owner);
/** All search words anew if the dialling parameters are no more what they
    were. */
int contacts_reindex(struct disk *d, const struct dial_copy *before);
void dial_params(const struct dial_copy *d, struct proto_dial_params *p);

/** Spellings under which a number is found, "#" and digits, to free(). */
enum { NUMBER_WORDS = 3, NUMBER_QUERIES = 6 };
unsigned number_words(const char *number, const struct proto_dial_params *p,
		      char *word[NUMBER_WORDS]);
/** Likewise for what was typed, perhaps not to the end; 0 if no number. */
unsigned number_query(const char *query, const struct proto_dial_params *p,
		      char *word[NUMBER_QUERIES]);
void words_free(char **word, unsigned n);
/** What is the same for all spellings of a number; to free(). */
char *number_key(const char *number, const struct proto_dial_params *p);

/* Names of numbers in memory. */
/** Many have been written: those of these ids are read anew, in jobs; takes
    the ids. */
int names_refresh(struct db *db, int64_t *id, size_t count);
int names_alloc(struct names **np, struct db *db);
/** The first page of them, before the worker runs; then the rest, in jobs. */
int names_begin(struct db *db);
/** Likewise of what others have added meanwhile. */
int names_continue(struct db *db);
/** The newest contact that it knows. */
int64_t names_newest(const struct db *db);
/** After the dialling parameters have changed: all anew, in jobs. */
int names_rehash(struct db *db);
int names_put(struct db *db, const struct db_contact *c);
void names_remove(struct db *db, int64_t contact);
/** Personal ones of those who are no accounts any more. */
void names_forget_gone(struct db *db);

/** A setter's copy of one line from outside. */
char *line_dup(const char *s);
/** Handler may be NULL. */
static inline void tell(db_done_h *h, int err, void *arg)
{
	if (h)
		h(err, arg);
}

#endif
