/**
 * @file app_int.h  What the application's files share
 */
#ifndef APP_INT_H
#define APP_INT_H

#include <offhook/net.h>
#include <offhook/proto.h>
#include <offhook/client/app.h>
#include <offhook/client/store.h>
#include <offhook/client/wsi.h>

#define ROWS_END             \
	{                    \
		.name = NULL \
	}

/* ---- the whole --------------------------------------------------------- */

struct option_value {
	const struct app_option *row;
	char *value;
};

/** A `set` of the configuration for a row that is not registered yet. */
struct option_early {
	char *name, *value;
};

struct binding {
	struct app_binding b;
	bool user;    /**< else a row's default */
	bool unbound; /**< hides the default */
};

struct question;
struct import;
struct call;
struct cti;

struct login {
	enum app_login_state state;
	unsigned slot;
	char *reason;
	char *password; /**< of this session, wiped when it ends */
	bool typed;	/**< it was typed, not kept */
	struct app_certificate certificate;
	struct wsi *wsi;
	unsigned address;      /**< 0: LAN, 1: WAN */
	enum wsi_login way[2]; /**< how that address takes the login */
	char *failures;	       /**< one line per address that failed */
	bool was_online;       /**< comes back by itself when lost */
	bool automatic;	       /**< no form unless it is refused */
	bool held;	       /**< until the local state has been read */
	bool synced;
	bool round; /**< everything is being read anew */
	unsigned attempts;
	uint64_t online_ms; /**< monotonic, when the session began */
	struct tmr retry;
	bool leaving;	       /**< a logout is under way */
	struct app_wait *wait; /**< for what the log-in comes to */
};

enum { UNDO_MAX = 10, REDIAL_MAX = STORE_REDIAL_MAX };

struct undo {
	char *what; /**< one line, what would come back */
	char **argv;
	unsigned group; /**< of those that are one step; 0: of none */
};

/** Something that waits until the talking call is on hold. */
struct after_hold {
	enum { AFTER_NOTHING, AFTER_ANSWER, AFTER_RESUME, AFTER_DIAL } what;
	uint32_t call; /**< uc_call's id */
	char *number;  /**< AFTER_DIAL */
	struct app_wait *wait;
	struct tmr tmr;
};

/** A call that was over a moment ago. */
struct past_call {
	char *key, *number;
	bool outgoing;
	bool unanswered; /**< it has only rung here */
	int64_t ended_ms;
};
enum { PAST_CALLS = 4 };

struct app {
	struct app_handlers h;
	void *arg;
	struct notify *notify;
	struct uc *uc;
	struct store *store;
	struct net *net;

	const struct app_command **commands; /**< rows, ours first */
	size_t command_count;
	struct option_value *options;
	size_t option_count;
	struct option_early *early;
	size_t early_count;

	struct binding *bindings;
	size_t binding_count;
	const char *reading; /**< config file being read, or NULL */
	bool saving;	     /**< what is set now goes into the saved file */

	struct app_slot slots[APP_SLOT_COUNT];
	struct login login;
	char *account; /**< the store's key: "200@host:port" */
	struct notify_sub *model;
	struct loop_turn *turn; /**< what the model's changes lead to */
	uint32_t changed;	/**< enum uc_change since the last turn */
	struct tmr cache;	/**< writes the local state a while after */
	bool groups_own;	/**< favourites are kept by our store */
	char *folded; /**< ids of groups, a newline before and behind each */
	unsigned local_reads; /**< of the local state, under way */
	struct tmr local;     /**< … which a screen waits for so long */

	struct list questions; /**< newest first */
	uint32_t next_question;
	struct undo undo[UNDO_MAX];
	unsigned undo_count;
	unsigned undo_group, undo_groups; /**< open now, or 0; so far */

	struct list carriers;
	struct list calls;
	struct past_call past[PAST_CALLS];
	unsigned past_next;
	struct after_hold after;
	enum app_tone tone;
	struct cti *cti;
	struct ice_adding
		*ice_adding;   /**< a server that is checked: cmd_ice.c */
	struct sound *sound;   /**< devices that are known, made when asked */
	struct list pictures;  /**< app_picture.c */
	struct listen *listen; /**< the message that is listened to, or NULL */
	struct tmr journal;    /**< read the journal after a call */
	struct tmr quality;    /**< look at how calls sound */
	char *redial[REDIAL_MAX];

	struct list outbox; /**< messages that are to be sent, oldest first */
	struct tmr outbox_tmr;
	bool knows_messages;   /**< the server had them, last time */
	struct list deletions; /**< what can be taken back, oldest first */
	uint32_t next_deletion;
	struct list searches;	     /**< that wait to be asked of the server */
	struct uc_search *whole;     /**< the last one of which the server has
					  told all, or NULL */
	uint64_t whole_ms;	     /**< since then, time_mono_ms() */
	struct job_queue *link_jobs; /**< app_links.c, or NULL */
	struct list histories; /**< how far conversations have been read */
	struct list findings;  /**< commands about whom only the server knows */
	struct list too_early; /**< those said before a log-in has read all */
	struct import *import; /**< app_import.c, or NULL */
	struct job_queue *import_jobs; /**< likewise */
	struct list waits;	/**< commands whose answers are to come */
	struct list waits_over; /**< that somebody has still to say */

	void (*stopped)(void *arg);
	void *stopped_arg;
	struct tmr stop;
	uint64_t stop_until;
	bool stopping;
};

void app_tell(struct app *a, uint32_t change, const void *subject);
/** Fill in the sink's error, unless it is NULL. @return err */
int app_sink_fail(struct app_sink *s, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void app_sink_print(struct app_sink *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/** An argument by its index, "" if it was left out. */
const char *app_argument_of(const struct app_invocation *i, size_t n);

/* app_history.c */
void app_histories_close(struct app *a);
/** Forget how far back all is read, but for what is being read. */
void app_histories_anew(struct app *a);
/** Read older entries of a conversation, NULL: of all; a page, or the whole.
 *  @param w  Is over then; NULL: nobody waits
 *  @return 0, ENOENT (there are none), ENOTSUP, EBUSY (somebody else waits) */
int app_history_read(struct app *a, const struct uc_conversation *v, bool whole,
		     struct app_wait *w);

/** Read all that is older, then run that very command again. */
int app_history_then(const struct app_invocation *i,
		     const struct uc_conversation *v);

/* app_wait.c */
/** For what is asked of a server or phone; of one command it is the same. The
 *  application holds it until it is over; NULL without memory. */
struct app_wait *app_wait_new(struct app *a, struct app_sink *s);
/** Tell who waits; w may be NULL, or over. What was overtaken (ECANCELED) is
 *  no news to others. @param text "" if err is 0 */
void app_wait_over(struct app_wait *w, int err, const char *text);
/** Where an answer is printed before app_wait_over(); NULL: nobody waits. */
struct app_sink *app_wait_sink(const struct app_wait *w);
/** It is done, and this is what was asked for. */
void app_wait_text(struct app_wait *w, const char *text);
/** Without anybody who waits nothing needs to be said. */
void app_wait_quiet(struct app_wait *w);
/** The end of a session does not end it. */
void app_wait_keep(struct app_wait *w);
/** It goes on with another command, which answers in its place. */
void app_wait_run(struct app_wait *w, const char *const *argv, size_t argc,
		  enum app_origin origin);
/** The handler has returned. @return what app_run() returns */
int app_wait_settle(struct app_sink *s, int err);
void app_wait_forget(struct app_sink *s);
/** The session is over, and with it all that was asked of it. */
void app_waits_end(struct app *a);
void app_waits_close(struct app *a);
/** Answer of the server to an action; arg is the wait. */
void app_told(const struct wsi_result *r, void *arg);
int app_errno_of(enum wsi_status s);

/* app_command.c */
extern const struct app_command *const app_command_tables[];
int app_commands_init(struct app *a);
void app_commands_close(struct app *a);
/** Row and argument that a word stands for; for completion. */
const struct app_argument *app_argument_at(const struct app_command *c,
					   size_t n);

/* app_sound.c */
struct app_sound_device;
/** Devices that were there a moment ago; asks which there are now. */
size_t app_sound_devices(struct app *a, const struct app_sound_device **listp);
/**
 * Ask which devices there are; then the command is run again.
 *
 * @return 0, ENOTSUP: there is no built-in phone; EALREADY: that has been
 *         done, the list is fresh
 */
int app_sound_ask(const struct app_invocation *i);
int app_sound_test(const struct app *a, enum app_sound_test test);

/* app_picture.c */
/** Another session: what could not be had may be there. */
void app_pictures_anew(struct app *a);
void app_pictures_close(struct app *a);

/* app_listen.c */
/** The voice message that is meant: NULL or "": the first that is new, else
 *  the newest. @return NULL: there is no such */
const struct uc_entry *app_voice_find(const struct app *a, const char *id,
				      struct uc_conversation **vp);
/** Have it heard here, from its beginning. */
int app_listen(struct app *a, const struct uc_entry *e, const char *name,
	       struct app_sink *sink);
/** Likewise a greeting of one's own. @param number  WSI_NOTE: the note to
 *  callers */
int app_listen_greeting(struct app *a, unsigned number, struct app_sink *sink);
/** Go on, or not. */
int app_listen_pause(struct app *a, bool pause, struct app_sink *sink);
/** Back (negative) or forth. */
int app_listen_seek(struct app *a, int seconds, struct app_sink *sink);
/** @param step  1: faster, -1: slower, 0: as it is */
int app_listen_pace(struct app *a, int step, struct app_sink *sink);
void app_listen_end(struct app *a);
/** Calls have changed: it rests while one rings or is on. */
void app_listen_calls(struct app *a);

/* app_option.c */
extern const struct app_option app_option_rows[];
int app_options_init(struct app *a);
void app_options_close(struct app *a);
/** What a changed option leads to in the application itself. */
void app_options_apply(struct app *a, const struct app_option *row);

/* app_binding.c */
int app_binding_set(struct app *a, const char *contexts, const char *key,
		    const char *line, const char *note, char **whyp);
int app_binding_unset(struct app *a, const char *contexts, const char *key,
		      char **whyp);
int app_bindings_default(struct app *a, const struct app_command *rows);
void app_bindings_close(struct app *a);
/** "list" … of a bit, "any" of 0. */
const char *app_context_name(uint32_t context);
/** @return false if a word is none; words separated by commas */
bool app_context_read(const char *names, uint32_t *contextsp);
extern const char *const app_context_names[];

/* app_config.c */
void app_config_read(struct app *a);
int app_slots_init(struct app *a);
void app_slots_close(struct app *a);
/** Change a slot's field and keep it. @param whyp one line, to free() */
int app_slot_set(struct app *a, unsigned slot, const char *field,
		 const char *value, char **whyp);
extern const char *const app_slot_fields[];

/* cmd_share.c */
/** Those in a call look at that page; `by` has begun it, "": who knows. */
void app_shared(struct app *a, const char *call_id, const char *link,
		const char *by);

/* cmd_phone.c */
/** The slot in use says which phone is operated. */
void app_phone_apply(struct app *a);
/** Keep a command line in the saved file if the user did that just now. */
void app_config_keep(struct app *a, const char *const *argv, size_t argc,
		     size_t key_words, bool remove);

/* app_login.c */
void app_login_close(struct app *a);
/** Begin; password NULL: the kept one. @return 0 or EINVAL (reason set) */
/** The command that is asked for through that sink is done when the log-in
 *  that it begins has come to something: online, refused, or a question. */
void app_login_wait(struct app *a, struct app_sink *sink);
int app_login_begin(struct app *a, unsigned slot, const char *password,
		    bool automatic);
int app_login_certificate(struct app *a, bool accept);
int app_login_reconnect(struct app *a);
void app_login_logout(struct app *a);
/** The local state has been read. */
void app_login_local_over(struct app *a);
/** The session if it is online, else NULL. */
struct wsi *app_online(const struct app *a);
void app_login_reason_set(struct app *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* app_contact.c */
/** Personal contacts are kept by our store. */
bool app_personal_own(const struct app *a);
/** As the model and the server take them; texts stay the contact's. */
void app_contact_prm(const struct app_contact *k, struct uc_contact_prm *prm,
		     struct uc_number numbers[UC_NUMBER_KIND_COUNT]);
/** Keep one of our own. */
void app_personal_store(struct app *a, const struct uc_contact *c);

/* app_import.c */
void app_import_close(struct app *a);
/** Another account comes: what was read is not for that one. */
void app_import_drop(struct app *a);
/** The session is over. */
void app_import_ended(struct app *a);

/* app_local.c: what our store keeps of an account */
void app_local_open(struct app *a);
void app_local_synced(struct app *a);
void app_local_save(struct app *a);
void app_local_close(struct app *a);
/** Favourites kept by us changed: write them. */
void app_local_groups_save(struct app *a);
/** Which groups are folded. */
void app_local_folds_save(struct app *a);
void app_local_redial(struct app *a, const char *number);
void app_model_h(uint32_t kind, const void *subject, void *arg);
void app_model_turn(void *arg);

/* app_message.c */
void app_outbox_open(struct app *a);
void app_outbox_close(struct app *a);
/** Send what waits: the server may be there again. */
void app_outbox_go(struct app *a);
/** What the account may do is known. */
void app_outbox_synced(struct app *a);
/** A message has come, as that entry. */
void app_message_came(struct app *a, const char *entry_id);
/** The server has the message that we call so. */
void app_message_sent(struct app *a, const char *uid);
/** One that has failed goes again, or any that waits is forgotten; by its
 *  entry's id. @return 0 or ENOENT */
int app_outbox_again(struct app *a, const char *entry_id);
int app_outbox_forget(struct app *a, const char *entry_id);
/** Keep a message and send it. @return as a command */
int app_message_send(struct app *a, const char *number, const char *text,
		     struct app_sink *sink);

/** Put one back that was forgotten: it is as it was. */
int app_outbox_restore(struct app *a, const struct uc_entry *e);

/* app_delete.c */
/** Delete entries, and keep what can be brought back by app_undelete(). */
int app_delete(struct app *a, const char *what,
	       const struct uc_entry *const *entries, size_t count,
	       enum wsi_scope scope, struct app_sink *sink);
int app_undelete(struct app *a, uint32_t number, struct app_sink *sink);
void app_hidden_open(struct app *a);
void app_deletions_close(struct app *a);

/* app_question.c */
typedef void(question_h)(struct app *a, size_t choice, void *arg);
struct question_prm {
	const char *title, *text;
	const struct app_choice *choices;
	size_t choice_count, safe;
	uint32_t call; /**< goes with this call, 0: none */
	question_h *h; /**< gets the choice; not called for none */
	void *arg;     /**< freed by mem_deref() with the question */
};
int app_question_ask(struct app *a, const struct question_prm *prm);
int app_question_answer(struct app *a, unsigned choice, struct app_sink *s);
/** Those about a call that has gone. */
void app_questions_forget(struct app *a, uint32_t call);
/** Questions of that kind are not asked any more. */
void app_questions_replace(struct app *a, question_h *h);
void app_questions_close(struct app *a);
/** Ask before argv is run: "yes" runs it. */
int app_question_confirm(struct app *a, const char *title, const char *text,
			 const char *yes, const char *const *argv);
/** Likewise about a call, with which the question goes; what was asked for is
 *  the answer that Enter gives. */
int app_question_propose(struct app *a, const struct uc_call *c,
			 const char *title, const char *text, const char *yes,
			 const char *const *argv);

/** One of what there is. */
struct app_pick {
	const char *label; /**< for the eye */
	const char *value; /**< what the command gets */
};
enum { APP_PICKS_MAX = 10 };
/** Ask which, and run the command (its first words, NULL at the end) with it.
 * @param special  title, text, and the call that it is about @param none  The
 * safe answer: not any */
int app_question_pick(struct app *a, const struct question_prm *special,
		      const char *const *command, const struct app_pick *picks,
		      size_t n, const char *none);
/** Have a line finished by typing, on the screens where nobody types. */
void app_prompt(struct app *a, const char *line);
/** A copy, for app_argv_free(); NULL: no memory. @param count  NULL or set */
char **app_argv_copy(const char *const *argv, size_t *count);

/* cmd_away.c */
/** The option that keeps destinations of states is none, because of that. */
const char *app_away_check(const char *value);
/** Into the model, where the server keeps none. */
void app_away_apply(struct app *a);
/** Our own state is about to change: have the phone forwarded, where that is
 *  not the server's business. */
void app_away_follow(struct app *a, enum proto_presence was,
		     enum proto_presence is);

/* app_undo.c */
void app_undo_push(struct app *a, const char *what, const char *const *argv);
void app_undo_close(struct app *a);

/* app_call.c */
void app_calls_init(struct app *a);
void app_calls_close(struct app *a);
int app_call_dial(struct app *a, const char *number, struct app_sink *s);
int app_call_act(struct app *a, struct uc_call *c, enum uc_function f,
		 struct app_sink *s);
/** End one, or give it up, and go on with one on hold. */
int app_call_reconnect(struct app *a, struct uc_call *c, struct uc_call *held,
		       struct app_sink *s);
/** Most that one is in a conference with. */
enum { APP_CONFERENCE_MAX = 8 };
/** All that can be put together with each other. */
int app_call_join(struct app *a, struct app_sink *s);
/** Calls that are in a conference. */
unsigned app_conference_count(const struct app *a);
void app_conference_end(struct app *a);
/** Have one of a call's members leave it. */
int app_call_drop(struct app *a, struct uc_call *c, const char *member,
		  struct app_sink *s);
/** Have a call that rings here ring elsewhere. */
/** "Agner Erlang 201", for the eye; to free(). */
char *app_call_who(const char *name, const char *number);
/** Where a ringing call is sent that is to leave a message, "" if nowhere. */
const char *app_voicemail_number(const struct app *a);
int app_call_deflect(struct app *a, struct uc_call *c, const char *number,
		     struct app_sink *s);
/** Send its other side to a number, or to that of another call. */
int app_call_transfer(struct app *a, struct uc_call *c, const char *number,
		      struct uc_call *to, struct app_sink *sink);
/** Have it go on with other codecs. */
int app_call_codecs(struct app *a, struct uc_call *c, const char *names,
		    struct app_sink *s);
int app_call_dtmf(struct app *a, struct uc_call *c, const char *digits,
		  struct app_sink *s);
void app_calls_hang_up_voip(struct app *a);
/** Calls on the built-in phone. */
unsigned app_calls_voip(const struct app *a);
void app_carriers_account(struct app *a);
void app_carriers_option(struct app *a, const char *name, const char *value);
bool app_carrier_available(const struct app *a);
/** The journal has news soon, or our own store gets an entry. */
void app_call_over(struct app *a, const struct uc_call *c, bool group);

/* app_option.c */
/** Codecs of the built-in phone, with blanks between them: what the option
 *  codecs is at first. */
extern const char app_codecs[];
/* cmd_codec.c */
/** Is that name in the first bytes of a list with commas? */
bool app_codec_listed(const char *list, size_t len, const char *name, size_t n);

/* app_quality.c */
store_qualities_h app_quality_read;

/* carrier_cti.c */
int app_cti_alloc(struct app *a);
void app_cti_event(struct app *a, const struct wsi_call_event *e);
void app_cti_session(struct app *a, bool on); /**< online, lost */
void app_cti_synced(struct app *a);
/** State of our call after an event, by what it was and who dialled it. */
enum uc_call_state app_cti_state(enum uc_call_state was, bool outgoing,
				 const struct wsi_call_event *e);
/** Why a call ended, for a person; NULL if there is nothing to say. */
const char *app_cti_cause(enum wsi_cause c);

/* app_dial.c */
enum dial_way { DIAL_ASK, DIAL_INTERNAL, DIAL_EXTERNAL };
/**
 * What a text leads to: as app_dial_preview() says, with the line access code
 * before a number that is external because of the way, or because the option
 * `dial_unknown` says so (DIAL_ASK). It may still have to be asked for
 * (app_dial.ask). To be reset if it is well.
 *
 * @return 0, EINVAL (no number, the sink says so) or ENOMEM
 */
int app_dial_target(struct app *a, const char *text, enum dial_way way,
		    struct app_dial *d, struct app_sink *s);
int app_dial_number(struct app *a, const char *text, enum dial_way way,
		    struct app_sink *s);

/* app_search.c */
void app_searches_close(struct app *a);

/** Have the desktop open links by this program, from now on. */
void app_links_claim(struct app *a);
/** A contact as a person names it: id, number, name, beginning of it. */
int app_contact_find(struct app *a, const char *text, struct uc_contact **cp,
		     struct app_sink *s);
/** The one whom a search means. @return 0, ENOENT, EINVAL: several */
int app_contact_choose(const struct uc_search *search, struct uc_contact **cp,
		       struct app_sink *s);

/* app_find.c */
/**
 * As app_contact_find() of the command's first argument; whom nobody knows
 * here is asked of the server, and the command run again with who was found.
 *
 * @param cp  Set to the contact; NULL with 0: the command is to return 0 now
 */
int app_contact_or_ask(const struct app_invocation *i, struct uc_contact **cp);
void app_findings_close(struct app *a);
/** Said from a shell before a log-in has read what it is about? */
bool app_is_too_early(const struct app_invocation *i);
/** Run that very command then. @return 0 or ENOMEM */
int app_run_later(const struct app_invocation *i);
/** All of it has been read, or will not be. */
void app_findings_synced(struct app *a);
void app_findings_lost(struct app *a);

#endif
