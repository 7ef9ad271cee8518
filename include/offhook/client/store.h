/**
 * @file client/store.h  What stays: configuration, secrets, history, caches
 *
 * The configuration text is read in place, when somebody asks for it; all
 * that is written, and everything in SQLite, goes through one queue of jobs,
 * in order, so that nothing blocks the loop. What is read back arrives by a
 * handler on the loop. A store whose disk fails goes on in memory and says so
 * once in the log.
 */
#ifndef OFFHOOK_CLIENT_STORE_H
#define OFFHOOK_CLIENT_STORE_H

#include <offhook/base.h>
#include <offhook/client/uc.h>

struct store;

struct store_prm {
	const char *config_file; /**< NULL: path_config("config") */
	const char *state_dir;	 /**< NULL: path_state(NULL) */
	const char *cache_dir;	 /**< NULL: path_cache(NULL) */
};

/** Makes the folders (0700) and reads keys and credentials. mem_deref()
 *  writes what is left. */
int store_alloc(struct store **sp, const struct store_prm *prm);
/** The folder of what is kept. */
const char *store_state_dir(const struct store *s);

/* ---- command text ------------------------------------------------------ */

/**
 * Split one command as sh would, without expansion: '…', "…", \.
 *
 * @param argvp  Set to a NULL-terminated vector, store_words_free() it
 * @return 0, EINVAL (a quote is open, or a \ at the end) or ENOMEM
 */
int store_words(const char *line, char ***argvp, size_t *argcp);
void store_words_free(char **argv);
/** Quote any text so that store_words() reads back the same; to free(). */
char *store_quote(const char *s);

/**
 * One command of a text. @param line  where it begins, 1..
 * @return 0 to go on; an errno ends the reading with it
 */
typedef int(store_command_h)(char *const *argv, size_t argc, unsigned line,
			     void *arg);
/** What could not be read. @param what one line (gettext) */
typedef void(store_problem_h)(unsigned line, const char *what, void *arg);

/**
 * Read a text of commands: one a line; `#` at the beginning of a word starts
 * a comment; a quoted text may hold newlines; `\` before a newline joins
 * lines. A bad command is told and skipped, the rest is read.
 */
int store_parse(const char *text, size_t len, store_command_h *h,
		store_problem_h *problemh, void *arg);

/**
 * Read the user's file, then the one of what dialogs changed. Each is refused
 * (told as a problem) unless it is a regular file, ours, and not writable by
 * others. A missing file is no error.
 */
enum store_file { STORE_CONFIG, STORE_SAVED };
const char *store_file_path(const struct store *s, enum store_file which);
int store_read(struct store *s, enum store_file which, store_command_h *h,
	       store_problem_h *problemh, void *arg);

/**
 * Keep a command in the file of what dialogs changed.
 *
 * @param argv       The command
 * @param key_words  A kept one whose first key_words words are the same is
 *                   replaced
 * @param remove     Only take that one away
 */
int store_save(struct store *s, const char *const *argv, size_t argc,
	       size_t key_words, bool remove);

/* ---- secrets of the connection slots ----------------------------------- */

enum { STORE_SLOT_COUNT = 4 };

/** The kept password, to store_secret_free(); NULL if there is none. */
char *store_password(const struct store *s, unsigned slot);
bool store_has_password(const struct store *s, unsigned slot);
/** Keep one (encrypted), NULL forgets it. Takes the rejected mark away. */
int store_set_password(struct store *s, unsigned slot, const char *password);
/** The kept password was refused: it must not be sent again, also after a
 *  restart, until another one is set. */
bool store_rejected(const struct store *s, unsigned slot);
int store_set_rejected(struct store *s, unsigned slot);
/** A secret kept by name, of something else than a connection (encrypted as
 *  passwords are); to store_secret_free(), NULL if there is none. */
char *store_secret(const struct store *s, const char *name);
/** Keep one, NULL forgets it. @return 0, EINVAL or errno */
int store_set_secret(struct store *s, const char *name, const char *secret);
/** Overwrite, then free. NULL is fine. */
void store_secret_free(char *secret);

/** The pinned SHA-256 fingerprint ("AA:BB:…") of a slot, or NULL. */
const char *store_pin(const struct store *s, unsigned slot);
int store_set_pin(struct store *s, unsigned slot, const char *fingerprint);

/* ---- history and caches (SQLite, in jobs) ------------------------------ */

/** A contact and what was last known of it. */
struct store_contact {
	struct uc_contact_prm data;
	size_t default_number;
	struct uc_presence presence;
	enum uc_lamp lamp;
};

/** Rows of one account ("200@uc.example:8802"). err is 0 or an errno; the
 *  rows are the store's, valid during the call. Never called after the store
 *  has gone. */
typedef void(store_entries_h)(int err, const struct uc_entry_prm *e,
			      size_t count, void *arg);
typedef void(store_contacts_h)(int err, const struct store_contact *c,
			       size_t count, void *arg);
typedef void(store_groups_h)(int err, const struct uc_group_prm *g,
			     size_t count, void *arg);
typedef void(store_texts_h)(int err, const char *const *texts, size_t count,
			    void *arg);

/** Which rows: our own (a plain server keeps none) or the cache. */
enum store_set { STORE_OWN, STORE_CACHE };

/** Newest count entries, oldest first. */
int store_entries_load(struct store *s, const char *account, enum store_set set,
		       size_t count, store_entries_h *h, void *arg);
/** Replace the cached ones at once. */
int store_entries_cache(struct store *s, const char *account,
			const struct uc_entry_prm *e, size_t count);
int store_entry_put(struct store *s, const char *account,
		    const struct uc_entry_prm *e);
int store_entry_delete(struct store *s, const char *account, const char *id);
int store_entries_read(struct store *s, const char *account,
		       const char *const *ids, size_t count);
int store_entries_clear(struct store *s, const char *account);

/** A message of ours that the server has not taken yet. */
struct store_message {
	const char *uid, *number, *text;
	int64_t at_ms;
	bool failed;	    /**< it was refused, and is not sent by itself */
	const char *reason; /**< why, else "" */
};
/** Oldest first. */
typedef void(store_messages_h)(int err, const struct store_message *m,
			       size_t count, void *arg);
int store_outbox_load(struct store *s, const char *account, store_messages_h *h,
		      void *arg);
/** @param err  0 once it is on the disk; not called once the store has gone */
typedef void(store_done_h)(int err, void *arg);
/** @param h  May be NULL */
int store_outbox_put(struct store *s, const char *account,
		     const struct store_message *m, store_done_h *h, void *arg);
int store_outbox_remove(struct store *s, const char *account, const char *uid);

/** Ids of entries that are not to be shown, though a server has them. */
int store_hidden_load(struct store *s, const char *account, store_texts_h *h,
		      void *arg);
int store_hidden_set(struct store *s, const char *account,
		     const char *const *ids, size_t count, bool hidden);

int store_contacts_load(struct store *s, const char *account,
			enum store_set set, store_contacts_h *h, void *arg);
int store_contact_put(struct store *s, const char *account, enum store_set set,
		      const struct store_contact *c);
/** One of our own goes. */
int store_contact_delete(struct store *s, const char *account, const char *id);
/** Many of our own at once, all or none. */
int store_contacts_put(struct store *s, const char *account,
		       const struct store_contact *c, size_t count);
/** Replace the whole set at once. */
int store_contacts_replace(struct store *s, const char *account,
			   enum store_set set, const struct store_contact *c,
			   size_t count);

/** Favourites; own or the server's as last seen. */
int store_groups_load(struct store *s, const char *account, enum store_set set,
		      store_groups_h *h, void *arg);
int store_groups_save(struct store *s, const char *account, enum store_set set,
		      const struct uc_group_prm *g, size_t count);

/** The last ten numbers dialled, newest first, each once (SPEC T5.6.2.9). */
enum { STORE_REDIAL_MAX = 10 };
int store_redial_load(struct store *s, const char *account, store_texts_h *h,
		      void *arg);
int store_redial_put(struct store *s, const char *account, const char *number);

/** How calls have sounded; the newest UC_QUALITY_MAX, oldest first. */
typedef void(store_qualities_h)(int err, const struct uc_quality_record *r,
				size_t count, void *arg);
int store_qualities_load(struct store *s, const char *account,
			 store_qualities_h *h, void *arg);
int store_quality_put(struct store *s, const char *account,
		      const struct uc_quality_record *r);

/** Small things kept by name, the last state for a cold start among them. */
int store_value_load(struct store *s, const char *account, const char *name,
		     store_texts_h *h, void *arg);
int store_value_put(struct store *s, const char *account, const char *name,
		    const char *value);

#endif
