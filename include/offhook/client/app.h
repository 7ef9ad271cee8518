/**
 * @file client/app.h  The application without a screen
 *
 * Log-in and reconnecting, calls over carriers, call policy, dialling, the
 * command table and the option table. Front ends (`tui`, `ctl`) read the
 * model (client/uc.h) and act only through commands.
 */
#ifndef OFFHOOK_CLIENT_APP_H
#define OFFHOOK_CLIENT_APP_H

#include <offhook/base.h>
#include <offhook/client/uc.h>

struct app;

struct app_prm {
	const char *config_file; /**< NULL: path_config("config") */
	const char *state_dir;	 /**< NULL: path_state(NULL) */
	const char *cache_dir;	 /**< NULL: path_cache(NULL) */
};

/** What the application asks of whoever holds it (main). */
struct app_handlers {
	/** The user wants the program to end. */
	void (*quit)(void *arg);
};

/** Reads configuration and state; no network yet. */
int app_alloc(struct app **ap, const struct app_prm *prm,
	      const struct app_handlers *h, void *arg);
/** Go: log in if a slot says so, else wait for the form. */
int app_start(struct app *a);
/** Hang up, log out, save; done() is called when that is over or after 2 s. */
void app_stop(struct app *a, void (*done)(void *arg), void *arg);
struct uc *app_uc(struct app *a);

/* ---- connection slots and log-in --------------------------------------- */

enum { APP_SLOT_COUNT = 4 };

/** One connection (SPEC, First steps). The password is not in here. */
struct app_slot {
	char *user, *lan, *wan; /**< addresses as host[:port], "" if none */
	char *device, *dial_mode;
	bool automatic;	   /**< log in at the start */
	bool has_password; /**< one is kept */
};
const struct app_slot *app_slot(const struct app *a, unsigned i);

/**
 * What the log-in waits for from the user. An automatic log-in is DONE from
 * the start: the screen is drawn from what the last session left, greyed, as
 * it is when a connection is lost; uc_account()->connection says how it
 * stands, reason and retry_ms why not and when next.
 */
enum app_login_state {
	APP_LOGIN_FORM,	       /**< no session: show the form */
	APP_LOGIN_CERTIFICATE, /**< unknown or changed certificate to judge */
	APP_LOGIN_RUNNING,     /**< first connect after the form */
	APP_LOGIN_DONE,	       /**< in, or on its way back in by itself */
};
enum app_login_state app_login_state(const struct app *a);
unsigned app_login_slot(const struct app *a); /**< slot in use, 0.. */
/** One plain line why the last try failed, "" if it did not. */
const char *app_login_reason(const struct app *a);

/** A certificate the user is to judge (SPEC T4.1). */
struct app_certificate {
	char *host; /**< host:port */
	char *subject, *issuer;
	char *valid_from, *valid_to; /**< ISO dates */
	char *fingerprint;	     /**< SHA-256, AA:BB:… */
	bool changed;		     /**< another one was pinned before */
	char *pinned_fingerprint;
};
const struct app_certificate *app_certificate(const struct app *a);

/*
 * Front ends log in by commands:
 *   login [slot] [user] [password] [lan] [wan]
 *     slot 1..4; "" leaves a field as it is kept. Where the password is not
 *     kept (or was rejected) it must be there.
 *   certificate accept | certificate refuse     in APP_LOGIN_CERTIFICATE
 *   logout, reconnect
 *   slot N user|lan|wan|device|dial-mode|automatic VALUE   changes a slot
 */

/* ---- questions --------------------------------------------------------- */

/** One answer to a question; run by the command `choose NUMBER`, 1.. */
struct app_choice {
	char *label; /**< for the eye: "Internal" */
	char *key;   /**< a key that chooses it: "i"; "" if none */
};

/**
 * Something only the user can decide, as a front end shows it: dialling
 * inside or outside, a deletion, quitting in a call. The newest comes first;
 * APP_CHANGE_QUESTION tells of it. It goes by `choose N`, by `choose 0` (no
 * answer), or by itself when what it is about has gone.
 */
struct app_question {
	uint32_t id;
	char *title; /**< a word or two */
	char *text;  /**< names the thing and the consequence; may have \n */
	struct app_choice *choices;
	size_t choice_count;
	size_t safe; /**< index of the safe answer: the default */
};
/** The one to be answered now, NULL if there is none. */
const struct app_question *app_question(const struct app *a);

/* ---- commands ---------------------------------------------------------- */

/** Where a command came from; a row says which it takes. */
enum app_origin {
	APP_FROM_KEY = 1,
	APP_FROM_LINE = 2,
	APP_FROM_SHELL = 4,
	APP_FROM_CONFIG = 8,
	APP_FROM_LINK = 16,
	APP_FROM_ALL = 31,
};

enum app_argument_kind {
	APP_ARG_TEXT,
	APP_ARG_NUMBER,
	APP_ARG_CONTACT,
	APP_ARG_COLLEAGUE, /**< an internal user */
	APP_ARG_RINGING,   /**< a contact whose phone rings */
	APP_ARG_PERSONAL,  /**< a personal contact */
	APP_ARG_DIAL,
	APP_ARG_OTHER,	   /**< to dial, and not whom the call is with */
	APP_ARG_NUMBER_OF, /**< one of the numbers of the contact before it */
	APP_ARG_FAVOURITE, /**< one of the favourites, or a group itself: its
				id behind APP_FAVOURITE_GROUP */
	APP_ARG_CALL,
	APP_ARG_CHOICE,
	APP_ARG_OPTION,
	APP_ARG_TIME,
	APP_ARG_GROUP,
	APP_ARG_INTO, /**< a group, or the name of a new one */
	APP_ARG_CONVERSATION,
	APP_ARG_ENTRY, /**< one event or message of a conversation */
	APP_ARG_VOICE, /**< a voice message: its entry's id */
	APP_ARG_FILE,
	APP_ARG_COMMAND,
	APP_ARG_KEY,
	APP_ARG_SECRET,
	APP_ARG_LINE,
	APP_ARG_KIND_COUNT
};

#define APP_FAVOURITE_GROUP "group:"

struct app_argument {
	const char *name; /**< "state"; NULL ends the list */
	enum app_argument_kind kind;
	bool optional;
	bool rest; /**< takes all that follows, as one */
	/* A TIME takes two words where they are one ("tomorrow 9"); an
	 * optional one that is none is left out: the handler gets "". */
	const char *const *choices; /**< APP_ARG_CHOICE, NULL-terminated */
};

/** Where a key works: bits of a view's contexts. */
enum app_context {
	APP_IN_ANY = 0,
	APP_IN_LIST = 1 << 0,
	APP_IN_FAVOURITES = 1 << 1,
	APP_IN_CONVERSATIONS = 1 << 2,
	APP_IN_SEARCH = 1 << 3,
	APP_IN_DETAIL = 1 << 4,
	APP_IN_CALL = 1 << 5,
	APP_IN_RINGING = 1 << 6,
	APP_IN_LOST = 1 << 7,
	APP_IN_LOGIN = 1 << 8,
	APP_IN_HELP = 1 << 9,
	APP_IN_TWO_CALLS = 1 << 10, /**< one of them on hold */
	APP_IN_LISTENING = 1 << 11, /**< to a voice message */
};

struct app_wait;

/**
 * How a command that app_run() left EINPROGRESS has ended: called once, unless
 * the sink is reset before.
 *
 * @param err   0 or an errno
 * @param text  One line with what to do if it failed, else ""
 */
typedef void(app_done_h)(int err, const char *text, void *arg);

/** Answer of a command, printed by its handler. */
struct app_sink {
	struct text_buf text;	  /**< for a person: lines */
	struct json_writer *data; /**< for a program, or NULL if not wanted */
	struct text_buf error;	  /**< one line with what to do, if it failed */
	void *front;		  /**< the asking front end's own, for the
				       commands that it registered itself;
				       kept by app_sink_reset() */
	/** Set by a front end that waits for what servers and phones answer;
	 *  without it the user gets a notice of what they refuse. The sink
	 *  must then stay where it is until it was called. */
	app_done_h *done;
	void *done_arg;
	/** Where paths begin that are not absolute, while the command's
	 *  handler runs; NULL: at home. */
	const char *folder;
	bool running;	       /**< the application's own */
	struct app_wait *wait; /**< likewise */
};

struct app_invocation {
	struct app *app;
	const struct app_command *command;
	const char *const *argv; /**< argv[0] the command's name */
	size_t argc;
	enum app_origin origin;
	struct app_sink *sink;
};

/** @return 0, or an errno with the sink's error line filled in */
typedef int(app_command_h)(const struct app_invocation *i);

struct app_command {
	const char *name, *alias;    /**< alias NULL if none */
	const char *summary;	     /**< N_(): one line */
	const char *help;	     /**< N_(): paragraphs */
	const char *const *examples; /**< NULL-terminated */
	const struct app_argument *arguments;
	uint32_t origins;  /**< enum app_origin */
	uint32_t contexts; /**< enum app_context: where its keys work */
	uint32_t function; /**< enum uc_function that it asks of a call; 0:
				none, or each call has it */
	/** It shows what a log-in reads: said from a shell while that is being
	 *  read, it waits. So do those with an argument out of it. */
	bool reads;
	const char *keys; /**< default keys, blank-separated, or NULL */
	const char *hint; /**< N_(): word in the hint bar, or NULL */
	/** NULL: always. @return NULL if available, else why not (gettext) */
	const char *(*unavailable)(const struct app *a);
	app_command_h *run;
};

size_t app_command_count(const struct app *a);
const struct app_command *app_command_at(const struct app *a, size_t i);
/** By name or alias; NULL if there is none. */
const struct app_command *app_command_find(const struct app *a,
					   const char *name);
/** "presence state [until] [note…]", computed from the schema; to free(). */
char *app_command_usage(const struct app_command *c);

/**
 * Front ends register commands of their own (views, keys): same rows.
 * @param rows  Ended by a row without a name; must outlive the application
 * @return 0, also for rows that are there already; EEXIST: others have a name
 */
int app_command_register(struct app *a, const struct app_command *rows);
/** True if origin is one of those that the row takes, and it is available;
 *  @param whyp set to why not (gettext), may be NULL */
bool app_command_available(const struct app *a, const struct app_command *c,
			   enum app_origin origin, const char **whyp);

/**
 * Run an argument vector: found, origin and arity checked, then handled.
 *
 * @return 0; ENOENT no such command; EPERM not from there; EINVAL arguments;
 *         ENOTSUP not available now; EINPROGRESS the sink's done() says how
 *         it ends; else the handler's errno. The sink's error has one line in
 *         all cases but 0 and EINPROGRESS.
 */
int app_run(struct app *a, const char *const *argv, size_t argc,
	    enum app_origin origin, struct app_sink *sink);
/** What is run from now on is taken back in one step, until that is closed:
 *  open and close it in one turn. */
void app_undo_group(struct app *a, bool open);
/** Split a line as a person typed it ('', "", \ as in sh; no expansion). */
int app_split(const char *line, char ***argvp, size_t *argcp);
void app_argv_free(char **argv);
/** Quote a text so that app_split() reads it back; to free(). */
char *app_quote(const char *s);
/** app_split() and app_run(). */
int app_run_line(struct app *a, const char *line, enum app_origin origin,
		 struct app_sink *sink);
/** Empty it; what it waits for is waited for no longer. */
void app_sink_reset(struct app_sink *s);

/**
 * What may stand at the end of a line being typed.
 *
 * @param wordsp  Set to a NULL-terminated vector, app_argv_free() it
 * @param startp  Set to the offset in line where the word begins
 */
int app_complete(struct app *a, const char *line, char ***wordsp,
		 size_t *startp);

/* ---- keys -------------------------------------------------------------- */

/** A key bound in contexts; the argument vector it runs. */
struct app_binding {
	char *key;	   /**< as in frame.h, "C-d", "F9", "Enter" */
	uint32_t contexts; /**< 0: anywhere */
	char *line;	   /**< the command line */
	char *note;	   /**< for help, may be "" */
};
size_t app_binding_count(const struct app *a);
const struct app_binding *app_binding_at(const struct app *a, size_t i);
/** The binding in force for a key there; NULL if none. The most particular
 *  context wins, the user's before the defaults. */
const struct app_binding *app_binding_find(const struct app *a, const char *key,
					   uint32_t contexts);

/* ---- options ----------------------------------------------------------- */

enum app_option_type {
	APP_OPTION_FLAG,
	APP_OPTION_NUMBER,
	APP_OPTION_CHOICE,
	APP_OPTION_TEXT,
	APP_OPTION_DURATION /**< seconds; "10s", "5m" */
};

struct app_option {
	const char *name;
	enum app_option_type type;
	int64_t min, max;	    /**< NUMBER, DURATION */
	const char *const *choices; /**< CHOICE */
	const char *initial;	    /**< in the syntax of `set` */
	const char *unit;	    /**< N_(), or NULL */
	const char *text;	    /**< N_(): what it does */
	bool sensitive;		    /**< never shown */
	bool restart;		    /**< takes effect at the next start */
	/** Further rule; @return NULL if good, else why not (gettext) */
	const char *(*check)(const char *value);
};
/**
 * Front ends and carriers register options of their own: same rows. What the
 * configuration says of them takes effect now.
 * @param rows  Ended by a row without a name; must outlive the application
 */
int app_option_register(struct app *a, const struct app_option *rows);
size_t app_option_count(const struct app *a);
const struct app_option *app_option_at(const struct app *a, size_t i);
const struct app_option *app_option_find(const struct app *a, const char *name);
/** Value in the syntax of `set`. */
const char *app_option_get(const struct app *a, const char *name);
int64_t app_option_number(const struct app *a, const char *name);
bool app_option_flag(const struct app *a, const char *name);
/** @param whyp set to one line (to free()) if it is refused */
int app_option_set(struct app *a, const char *name, const char *value,
		   bool keep, char **whyp);
/** Options' changes: the subject is the struct app_option. */
enum {
	APP_CHANGE_OPTION = 1,
	APP_CHANGE_LOGIN = 2,
	APP_CHANGE_BINDINGS = 4,
	APP_CHANGE_QUESTION = 8,
	APP_CHANGE_LOCAL = 16,
	APP_CHANGE_SHOW = 32,	/**< the subject is a struct app_shown */
	APP_CHANGE_PROMPT = 64, /**< a line to be finished by typing: the
				     subject is its text */
	/** A message came, or one of ours was refused: the subject is its
	 *  struct uc_entry. */
	APP_CHANGE_MESSAGE = 128,
	APP_CHANGE_IMPORT = 256
};
/** What is listened to goes on, or another thing is: of app_notify(), too. */
enum { APP_CHANGE_LISTENING = 1024 };
/** How far back a conversation is read has changed: of app_notify(), too. */
enum { APP_CHANGE_HISTORY = 2048 };
/** A picture has come, or can't be had. */
enum { APP_CHANGE_PICTURE = 4096 };
struct notify *app_notify(struct app *a);

/** A text that is to be searched on a screen. */
struct app_shown {
	const char *text;
	enum uc_directory directory; /**< or UC_ALL_DIRECTORIES */
	const void *front; /**< which one; NULL: those where nobody is busy */
	bool *any;	   /**< set by a screen that shows it */
};
/** Have a text searched on the screens. @return false: there is none free */
bool app_show_search(struct app *a, const char *text);

/** Why this account can send no messages (gettext); NULL: it can. */
const char *app_no_messages(const struct app *a);
/** Why a contact, or a number if there is none, cannot be sent a message
 *  (gettext); NULL: it can. */
const char *app_no_message(const struct app *a, const struct uc_contact *c,
			   const char *number);

/** Why one's own answering box cannot be looked after here (gettext), or
 *  NULL. */
const char *app_no_box(const struct app *a);
/** Likewise, why its PIN cannot be changed: the preset one is changed by
 *  phone. */
const char *app_no_pin(const struct app *a);
/** Rules for a PIN (SPEC T5.7.3) that one breaks. */
enum app_pin_rule {
	APP_PIN_DIGITS = 1 << 0, /**< six digits, nothing else */
	APP_PIN_EQUAL = 1 << 1,	 /**< not all the same */
	APP_PIN_RUN = 1 << 2,	 /**< not each one more, or one less */
};
enum { APP_PIN_LENGTH = 6 };
/** @return enum app_pin_rule; 0: it is a good one. Of a shorter one, EQUAL and
 *  RUN say how it stands so far: a single digit breaks neither */
uint32_t app_pin_broken(const char *pin);

/** What there is of a conversation beyond its entries here. */
enum app_history {
	APP_HISTORY_UNKNOWN, /**< the server cannot say, or is not there */
	APP_HISTORY_MORE,    /**< `older` reads it */
	APP_HISTORY_READING,
	APP_HISTORY_WHOLE
};
enum app_history app_history(const struct app *a,
			     const struct uc_conversation *v);

/** True while the local state is being read at the start, for a moment only:
 *  a screen drawn now would be drawn again at once. APP_CHANGE_LOCAL tells
 *  the end. */
bool app_local_pending(const struct app *a);

/** What scripts learn of a call, as members of the object that is open; all
 *  but its state and its number here. */
void app_call_members(struct json_writer *w, const struct uc_call *c);

/* ---- search and dialling ----------------------------------------------- */

/** Search the directories; hits come into the search (UC_CHANGE_SEARCH).
 *  mem_deref() the search to end it. */
int app_search(struct app *a, const char *query, enum uc_directory directory,
	       struct uc_search **sp);

/** What dialling a text would do, shown before it is done. */
struct app_dial {
	char *number; /**< canonical or as it will be dialled */
	char *shown;  /**< for the eye */
	bool ask;     /**< Smart: internal or external? (SPEC T5.6.2.18) */
	struct uc_contact *contact; /**< NULL if nobody known */
};
/** @return 0, or EINVAL: no number that can be dialled */
int app_dial_preview(struct app *a, const char *text, struct app_dial *d);
void app_dial_reset(struct app_dial *d);

/* ---- personal contacts ------------------------------------------------- */

/** Fields of a personal contact, in the order of a form. */
enum app_contact_field {
	APP_CONTACT_FIRST,
	APP_CONTACT_LAST,
	APP_CONTACT_COMPANY,
	APP_CONTACT_DEPARTMENT,
	APP_CONTACT_EMAIL,
	APP_CONTACT_BUSINESS,
	APP_CONTACT_BUSINESS_2,
	APP_CONTACT_MOBILE,
	APP_CONTACT_PRIVATE,
	APP_CONTACT_INTERNAL,
	APP_CONTACT_OTHER,
	APP_CONTACT_FIELDS
};
/** What is in a form; zero it to begin. */
struct app_contact {
	char *id; /**< "" of a new one */
	char *text[APP_CONTACT_FIELDS];
};
const char *app_contact_field_key(enum app_contact_field f);  /**< "first" */
const char *app_contact_field_name(enum app_contact_field f); /**< gettext */
/** APP_CONTACT_FIELDS if there is none of that key. */
enum app_contact_field app_contact_field_find(const char *key, size_t len);
bool app_contact_field_is_number(enum app_contact_field f);
/** The field of numbers of that kind. */
enum app_contact_field app_contact_number_field(enum uc_number_kind kind);
/** What a contact has in that field, or "". */
const char *app_contact_field_of(const struct uc_contact *c,
				 enum app_contact_field f);
/** Canonical where possible, else an extension or as it is dialled; to
 *  free(). NULL if it is no number. */
char *app_contact_number(const struct app *a, const char *text);
/** What was typed into a field as it is to be kept; to free().
 *  @return 0, EINVAL (a number that is none) or ENOMEM */
int app_contact_field_read(const struct app *a, enum app_contact_field f,
			   const char *text, char **valuep);
/** Fill in all of a contact, or "" everywhere if it is NULL. */
int app_contact_fill(struct app_contact *k, const struct uc_contact *c);
void app_contact_reset(struct app_contact *k);
/** As the commands contact-add and contact-change take it; to free(). */
char *app_contact_json(const struct app_contact *k);
/** Another personal contact with one of its numbers, or the same name; NULL
 *  if there is none. */
const struct uc_contact *app_contact_twin(const struct app *a,
					  const struct app_contact *k);
/** Why personal contacts can't be changed now (gettext), or NULL. */
const char *app_contact_unavailable(const struct app *a);
/** The same of their pictures. */
const char *app_contact_pictures_unavailable(const struct app *a);
bool app_contact_can_change(const struct app *a, const struct uc_contact *c);

/* ---- import of personal contacts --------------------------------------- */

enum app_import_state {
	APP_IMPORT_NONE,
	APP_IMPORT_READING, /**< the file, and what is there */
	APP_IMPORT_READY,   /**< its rows say what would happen */
	APP_IMPORT_SENDING,
	APP_IMPORT_DONE,
	APP_IMPORT_FAILED, /**< nothing has changed; the line says why */
};
enum app_import_kind {
	APP_IMPORT_ADDED,
	APP_IMPORT_UPDATED,
	APP_IMPORT_SKIPPED,
	APP_IMPORT_KINDS
};
/** One record of the file; texts are valid until the next turn. */
struct app_import_row {
	size_t line;
	enum app_import_kind kind;
	const char *first, *last, *number;
	const char *key;     /**< "hand-made" */
	const char *outcome; /**< in words (gettext) */
	const char *more;    /**< what is damaged, or what becomes of its
				  picture (gettext), or "" */
	const char *picture; /**< "here", "link", or "" */
	bool left_out;	     /**< that is */
};
/** How a contact's picture is at hand. */
enum app_pictured {
	APP_PICTURE_NONE,   /**< there is none, or it can't be had */
	APP_PICTURE_COMING, /**< APP_CHANGE_PICTURE tells when it is here */
	APP_PICTURE_HERE
};
struct app_picture {
	const char *version; /**< another one is another image */
	const void *image;   /**< hostile: for picture.h only */
	size_t len;
};
/** A contact's picture; one that is not here is asked for. @param out  Set if
 *  it is here; valid in this turn */
enum app_pictured app_picture(struct app *a, const struct uc_contact *c,
			      struct app_picture *out);

/** APP_CHANGE_IMPORT tells of each change. */
enum app_import_state app_import_state(const struct app *a);
/** It was begun on a screen, and has not been left there. */
bool app_import_shown(const struct app *a);
/** Leave it: one that is being sent goes on, any other is given up. */
void app_import_hide(struct app *a);
const char *app_import_path(const struct app *a);
/** What it came to, one line, or "". */
const char *app_import_line(const struct app *a);
/** Encoding that was asked for: a choice of the command contact-import. */
const char *app_import_encoding(const struct app *a);
/** "CSV, windows-1252 (guessed), separator: ;" */
void app_import_about(const struct app *a, struct text_buf *b);
size_t app_import_count(const struct app *a, enum app_import_kind k);
/** How far it is, while it reads or sends. @param allp  0: not known */
void app_import_progress(const struct app *a, uint64_t *donep, uint64_t *allp);
size_t app_import_rows(const struct app *a);
bool app_import_row(const struct app *a, size_t i, struct app_import_row *row);

/* ---- times and states for a person ------------------------------------- */

/**
 * Read a time as typed: `14:30` and `9` (today, else tomorrow), `tomorrow 9`,
 * `monday 8:30`, `+45m`, `+2h`, `2026-12-24 08:00`, `24.12. 8`, and their
 * words in the language in use (SPEC T5.2.1).
 *
 * @param now_ms  Wall clock
 * @param usedp   Set to the bytes read, may be NULL: then all must be read
 * @return Wall clock in ms, or -1 if it is none or has passed
 */
int64_t app_time_read(const char *text, int64_t now_ms, size_t *usedp);
/** A time for the eye by the option date_format; today's without date.
 *  To free(). */
char *app_time_text(const struct app *a, int64_t ms, int64_t now_ms);
/** "0:42", "1:02:03" */
void app_duration_text(char *buf, size_t size, int64_t seconds);

/**
 * Expand a format for a status line (SPEC T8.1): `#{presence}`, `#{missed}`,
 * `#{voice}`, `#{messages}`, `#{unread}`, `#{call}` (name), `#{call_state}`,
 * `#{call_clock}`,
 * `#{call_encrypted}`,
 * `#{connection}`, `#{name}`, `#{user}`; `#{?missed,text,}` chooses by whether
 * it is neither empty nor 0; `##` is a `#`. Values have their `#` doubled.
 * To free().
 */
char *app_status_text(const struct app *a, const char *format);

/* ---- pages made from the tables ---------------------------------------- */

/**
 * A manual page in man(7): "offhook.1", "offhook-commands.7" or
 * "offhook.conf.5"; the same bytes on every run for the same tables.
 * Register all rows first. @return text to free(), NULL if there is no such
 */
char *app_man_page(const struct app *a, const char *page);
/** Help of one command for a terminal, keys in force; to free(). */
char *app_command_help(const struct app *a, const struct app_command *c);

/* ---- sound of the built-in phone --------------------------------------- */

/** How loud microphone and loudspeaker are now, in dBFS from -96; measured
 *  only while somebody asks at least every two seconds.
 *  @return false: nobody speaks or listens */
bool app_sound_levels(const struct app *a, int *input, int *output);

/* ---- voice messages that are listened to here -------------------------- */

/** The message that is being listened to, out of the built-in sound. */
struct app_listening {
	const char *entry; /**< its id */
	const char *name;  /**< of the sender, or the number */
	bool loading;	   /**< its sound is on its way */
	bool paused;
	uint32_t at_ms, length_ms;
	unsigned pace; /**< percent */
};
/** @return false: none. Texts are valid until the next turn */
bool app_listening(const struct app *a, struct app_listening *l);
/** What is laid in and runs is not heard: no device works. It ends, and the
 *  user is told why. */
void app_listen_unheard(struct app *a, const char *why);

/* ---- carriers: what carries calls -------------------------------------- */

/**
 * A carrier runs calls on some phone: `wsi` the desk phone (CTI), `phone`
 * the built-in one (VoIP). It reports through app_carrier_*; app owns the
 * uc_call. Handlers return 0 or errno at once; what happened comes later:
 * app_carrier_report() says it of the call, and, from a carrier that `answers`,
 * app_carrier_answered() of what was asked.
 */
struct app_carrier;
struct app_carrier_call; /**< the application's side of one call */
struct app_voip_account;
/** A sound device, to be chosen by the option of its role. */
struct app_sound_device {
	bool input;	  /**< a microphone, else to be heard by */
	bool standard;	  /**< what the system has chosen */
	const char *name; /**< stable: what the options take */
	const char *text; /**< what a person calls it */
};
typedef void(app_devices_h)(const struct app_sound_device *list, size_t n,
			    void *arg);
/** What became of a check: 0 or an errno. */
typedef void(app_check_h)(int err, void *arg);
enum app_sound_test {
	APP_SOUND_TEST_NONE, /**< end it */
	APP_SOUND_TEST_TONE,
	APP_SOUND_TEST_RING,
	APP_SOUND_TEST_LOOP /**< what is said is heard a second later */
};
struct app_carrier_methods {
	const char *name; /**< "voip", "cti" */
	bool consults;	  /**< dial and resume do with the call that is on
			       what has to be done */
	bool answers;	  /**< says how each of dial to dtmf has ended … */
	uint32_t
		answered; /**< … or of these alone (enum uc_function); 0: all */
	int (*dial)(void *carrier, struct app_carrier_call *call,
		    const char *number);
	int (*answer)(void *carrier, void *leg);
	int (*reject)(void *carrier, void *leg);
	int (*hang_up)(void *carrier, void *leg);
	int (*hold)(void *carrier, void *leg, bool on);
	int (*mute)(void *carrier, void *leg, bool on);
	int (*dtmf)(void *carrier, void *leg, const char *digits);
	/** Have a call that rings ring elsewhere. */
	int (*deflect)(void *carrier, void *leg, const char *number);
	/** Send the other side to a number; it stays ours until that one has
	 *  answered. */
	int (*transfer)(void *carrier, void *leg, const char *number);
	/** Connect the other sides of two calls with each other. */
	int (*transfer_to)(void *carrier, void *leg, void *other);
	/** Let both, and who is with them in a conference already, hear each
	 *  other. @return 0, EALREADY if they do, EPROTO, ENOSPC */
	int (*join)(void *carrier, void *leg, void *other);
	/** End it for all who are in it; NULL: by the end of our calls. */
	int (*end_conference)(void *carrier, void *leg);
	/** Have one of its members leave it; NULL: each has a call. */
	int (*drop)(void *carrier, void *leg, const char *member);
	/** End the one and go on with the other, which is on hold; NULL: one
	 *  after the other. */
	int (*reconnect)(void *carrier, void *leg, void *held);
	/** Go on with other codecs. @param names Of the option codecs, with
	 *  commas between them; "": as that says */
	int (*codecs)(void *carrier, void *leg, const char *names);
	/** An account to use came, changed or went (prm NULL). */
	int (*account)(void *carrier, const struct app_voip_account *prm);
	/** Accept that certificate of the account's server from now on, for
	 *  this account. @param fingerprint SHA-256 */
	int (*trust)(void *carrier, const char *fingerprint);
	/** Tone for the user: enum app_tone. */
	void (*tone)(void *carrier, int tone);
	/** An option of the carrier's own changed. */
	void (*option)(void *carrier, const char *name, const char *value);
	/* Below: where it has sound of its own, else NULL. */
	/** Which devices there are; h is called later, or never where the
	 *  carrier goes before. @return 0 or errno */
	int (*devices)(void *carrier, app_devices_h *h, void *arg);
	/** How loud it is now, in dBFS from -96. @return false: it rests */
	bool (*levels)(void *carrier, int *input, int *output);
	/** How a call sounds. @return false: nothing is heard yet */
	bool (*quality)(void *carrier, void *leg, struct uc_quality *q);
	/**
	 * A server for ICE: is it one, and does it serve? May be NULL.
	 *
	 * @param namep  Set to its address as it is kept, to free(); may be
	 *               NULL
	 * @param h      Called once, later; NULL: it is not asked
	 * @return 0, EINVAL (no such address), ENOTSUP, EBUSY, ENOMEM
	 */
	int (*check_server)(void *carrier, char **namep, const char *uri,
			    const char *user, const char *password,
			    app_check_h *h, void *arg);
	/** Hear whether devices are right. @return 0, EBUSY in a call */
	int (*sound_test)(void *carrier, enum app_sound_test test);
	/** Lay in a file of sound, from its beginning; h is called later, once,
	 *  unless another is laid in, or none. @param wav  Copied; hostile.
	 *  NULL: none, what is heard ends. @return 0 or errno */
	int (*tape)(void *carrier, const void *wav, size_t len, app_check_h *h,
		    void *arg);
	/** Have it heard from where it is, or rest. @return 0, EBUSY in a call,
	 *  ENOENT: there is none */
	int (*tape_run)(void *carrier, bool on);
	/** Where it is, in ms. @return false: there is none */
	bool (*tape_state)(void *carrier, uint32_t *at, uint32_t *length);
	void (*tape_seek)(void *carrier, uint32_t ms);
	/** @param percent  50 … 200 */
	void (*tape_pace)(void *carrier, unsigned percent);
};
enum app_tone {
	APP_TONE_NONE,
	APP_TONE_RING,
	APP_TONE_RINGBACK,
	APP_TONE_BUSY,
	APP_TONE_CONGESTION,
	APP_TONE_WAITING
};

/**
 * The credentials that are kept for a server of ICE.
 *
 * @param server  As check_server() names it
 * @param userp   Set to its user, to free(); NULL: none are kept
 * @return the password, to app_secret_free(); or NULL
 */
char *app_server_secret(const struct app *a, const char *server, char **userp);
/** Overwrite, then free. NULL is fine. */
void app_secret_free(char *secret);

/** SIP account for the built-in phone, from the server or by hand. */
struct app_voip_account {
	const char *user, *auth_user, *secret, *display_name;
	const char *domain;    /**< host of the AOR */
	const char *registrar; /**< host:port */
	const char *transport; /**< "udp", "tcp", "tls" */
};

int app_carrier_register(struct app *a, struct app_carrier **cp,
			 const struct app_carrier_methods *m, void *carrier);
/** The carrier's registration changed. @param reason one line or NULL */
void app_carrier_registered(struct app_carrier *c, bool registered,
			    const char *reason);

/** Since when that is so, and when the next try is due (wall clock, 0: none);
 *  before app_carrier_registered(), which tells. */
void app_carrier_times(struct app_carrier *c, int64_t since_ms,
		       int64_t retry_ms);
/** The account's server shows a certificate that nobody vouches for. The user
 *  is asked, unless he has accepted it for the UC server; his word comes by
 *  the method trust, or as the option sip_certificate. */
void app_carrier_untrusted(struct app_carrier *c,
			   const struct app_certificate *k);

/** What a carrier says of a call. NULL or 0: not known, unchanged. */
struct app_carrier_report {
	enum uc_call_state state;
	uint32_t functions; /**< enum uc_function the carrier can do now */
	const char *key;    /**< CSTA callID */
	const char *number, *name;
	bool outside;
	bool transferring; /**< the other side is being sent elsewhere */
	bool conference;   /**< more than two hear each other */
	unsigned parties;  /**< how many, 0: our calls say so */
	const struct uc_member *members; /**< whom one call is with */
	size_t member_count;
	enum uc_keys keys;
	const char *codec;
	const struct uc_quality *quality; /**< at its end: the last of it */
	int code;			  /**< SIP final code, or 0 */
	const char *reason;		  /**< one line for the user */
};
/** A call came in. @param callp set; leg is what methods get */
int app_carrier_incoming(struct app_carrier *c, void *leg,
			 const struct app_carrier_report *r,
			 struct app_carrier_call **callp);
/** What was asked last for this call was done (err 0), or refused.
 *  @param text one line for the user if it was */
void app_carrier_answered(struct app_carrier_call *call, int err,
			  const char *text);
/** True while the answer to that is still to come. */
bool app_carrier_waits(const struct app_carrier_call *call, enum uc_function f);
/** A dialled call has its leg now. */
void app_carrier_leg(struct app_carrier_call *call, void *leg);
/** Something changed; UC_CALL_ENDED and _FAILED are the last word, after
 *  which neither side uses call or leg. */
void app_carrier_report(struct app_carrier_call *call,
			const struct app_carrier_report *r);

#endif
