/**
 * @file front_int.h  What the files of the front share
 *
 * A request comes in by http.c (or by a test), is parsed, finds its command
 * in the table of command.c, and is answered once: at once, after the
 * database has answered, or, if it is a poll, when something happens.
 */
#ifndef FRONT_INT_H
#define FRONT_INT_H

#include <offhook/server/front.h>

struct http;
struct session;
struct front;

/* ---- parameters: params.c ---------------------------------------------- */

enum { PARAMS_MAX = 64 };

struct form {
	size_t count;
	struct {
		char *name;
		char *value;
	} param[PARAMS_MAX];
};

/** Add what a query or a form says (application/x-www-form-urlencoded).
 *  @return 0, EBADMSG (a bad escape, a zero byte, no UTF-8), E2BIG, ENOMEM */
int params_parse(struct form *p, const char *s, size_t len);
/** First value of that name, NULL if it is not there. */
const char *params_get(const struct form *p, enum proto_param id);
/** Frees and wipes. */
void params_clear(struct form *p);

/* ---- requests: request.c ----------------------------------------------- */

struct answer {
	unsigned status;  /**< of HTTP */
	const char *type; /**< media type */
	const char *body;
	size_t len;
};
/** Once for each request, perhaps before request_start() returns. */
typedef void(answer_h)(const struct answer *a, void *arg);

struct request {
	struct le le;	     /**< in front->requests */
	struct front *front; /**< NULL once it is gone */
	bool post;
	bool answered;
	enum proto_command command;
	char *name; /**< the command's, fit to be an XML name */
	struct form params;
	char *local; /**< address the client has come to */
	struct session *session;
	struct le pending; /**< MakeCall that waits, in front->making */
	struct tmr tmr;
	uint32_t call;
	answer_h *h;
	void *arg;
};

struct request_prm {
	bool post;
	const char *path;  /**< without the query */
	const char *query; /**< "" if none */
	const char *body;  /**< of a form */
	size_t body_len;
	const char *local;
};

/** Take a request, and run it. @param rp set to it, before it is answered;
 *  request_drop() it */
int request_start(struct request **rp, struct front *f,
		  const struct request_prm *prm, answer_h *h, void *arg);
/** Nobody waits for its answer any more. @return NULL */
struct request *request_drop(struct request *r);
/** A parameter's value; NULL if absent, or not one line of text. */
const char *request_get(const struct request *r, enum proto_param id);
/** Likewise, "" if it is absent. */
const char *request_text(const struct request *r, enum proto_param id);
/** A number; fallback if absent or no number. Beyond an end of the range, it is
 *  that end. */
int64_t request_int(const struct request *r, enum proto_param id, int64_t least,
		    int64_t most, int64_t fallback);
/** True if its answers are JSON. */
bool request_is_json(const struct request *r);
/** The asking user's extension. */
const char *request_user(const struct request *r);

/* ---- answers: answer.c ------------------------------------------------- */

struct text_buf;
/** Answer with bytes of that media type; copied. */
void answer_bytes(struct request *r, const char *type, const char *bytes,
		  size_t len);
/** Answer with a body; frees it. NULL is the lack of memory. */
void answer_xml(struct request *r, char *xml);
void answer_json(struct request *r, char *json);
void answer_writer(struct request *r, struct json_writer *w);
/** The object with which a request is answered that has waited for the
 *  database: to be filled in, then ended. @param err  Answered, if there is one
 *  @return NULL: there is nothing to fill in, or nobody asks any more */
struct json_writer *answer_begin(struct request *r, int err);
void answer_end(struct request *r, struct json_writer *w);
/** How many, as that member, or why not; of what a job did. Lets go of r, which
 *  may have lost its front meanwhile. */
void answer_count(struct request *r, int err, size_t count,
		  enum proto_member member);
/** It worked, and there is nothing to say. */
void answer_done(struct request *r);
void answer_reason(struct request *r, enum proto_reason reason);
/** As answer_reason(), of an errno; 0 is answer_done(). */
void answer_errno(struct request *r, int err);
/** Likewise, with what CSTA calls it. */
void answer_csta(struct request *r, int err);
enum proto_reason front_reason(int err);

void xml_begin(struct text_buf *b);
void xml_open(struct text_buf *b, const char *name);
void xml_close(struct text_buf *b, const char *name);
void xml_leaf(struct text_buf *b, enum proto_element e, const char *text);
void xml_leaf_int(struct text_buf *b, enum proto_element e, int64_t n);

/* ---- commands: command.c ----------------------------------------------- */

enum {
	COMMAND_OPEN = 1 << 0, /**< needs no session */
	COMMAND_OURS = 1 << 1, /**< not with --plain; answers JSON */
	COMMAND_POST = 1 << 2, /**< by POST only */
};
struct command {
	void (*run)(struct request *r);
	unsigned flags;
};
/** NULL if it is not offered. */
const struct command *command_find(const struct front *f,
				   enum proto_command id);

void run_login(struct request *r);
void run_logout(struct request *r);
void run_capabilities(struct request *r);
void run_server_param(struct request *r);
void run_sip_account(struct request *r);
void run_make_call(struct request *r);
void run_mk_call(struct request *r);
void run_answer_call(struct request *r);
void run_clear_connection(struct request *r);
void run_hold_call(struct request *r);
void run_retrieve_call(struct request *r);
void run_deflect_call(struct request *r);
void run_consultation_call(struct request *r);
void run_alternate_call(struct request *r);
void run_reconnect_call(struct request *r);
void run_transfer_call(struct request *r);
void run_attended_transfer(struct request *r);
void run_conference_call(struct request *r);
void run_end_conference(struct request *r);
void run_device_state(struct request *r);
void run_get_dnd(struct request *r);
void run_set_dnd(struct request *r);
/** The device that is operated: one's own, also where it is not named, or one
 *  of its several phones. Has answered where it is NULL. */
const char *own_device(struct request *r, enum proto_param param);
/** A db_done_h with a referenced request. */
void csta_done(int err, void *arg);
void run_get_forwarding(struct request *r);
void run_set_forwarding(struct request *r);
void run_set_call_me(struct request *r);
void run_set_display(struct request *r);
void run_clear_display(struct request *r);
void run_event_start(struct request *r);
void run_event_stop(struct request *r);
void run_get_events(struct request *r);
void run_hook_subscribe(struct request *r);
void run_hook_unsubscribe(struct request *r);
void run_book_search(struct request *r);
void run_book_detail(struct request *r);
void run_book_lookup(struct request *r);
void run_set_presence(struct request *r);
void run_presence_xml(struct request *r);
void run_presence_list(struct request *r);
void run_visibility(struct request *r);
void run_state_forwarding(struct request *r);
void run_set_state_forwarding(struct request *r);
void run_set_my_data(struct request *r);
void run_journal_read(struct request *r);
void run_journal_by_date(struct request *r);
void run_journal_fetch(struct request *r);
void run_journal(struct request *r);
void run_journal_mark(struct request *r);
void run_collaborate(struct request *r);
void run_parked(struct request *r);
void run_directory(struct request *r);
void run_favourites(struct request *r);
void run_favourite_add(struct request *r);
void run_favourite_remove(struct request *r);
void run_favourite_move(struct request *r);
void run_favourite_number(struct request *r);
void run_group_rename(struct request *r);
void run_group_delete(struct request *r);
void run_favourites_replace(struct request *r);
void run_contact_add(struct request *r);
void run_contact_change(struct request *r);
void run_contact_delete(struct request *r);
void run_contacts_import(struct request *r);
void run_voicemail_list(struct request *r);
void run_voicemail_get(struct request *r);
void run_voicemail_play(struct request *r);
/* cmd_box.c */
void run_voicemail_settings(struct request *r);
void run_voicemail_set(struct request *r);
void run_voicemail_pin(struct request *r);
void run_greeting_get(struct request *r);
void run_greeting_put(struct request *r);
void run_greeting_record(struct request *r);
void run_greeting_delete(struct request *r);
void run_voicemail_heard(struct request *r);
void run_voicemail_delete(struct request *r);
void run_entries_delete(struct request *r);
void run_entries_restore(struct request *r);
void run_entries_gone(struct request *r);
void entries_happened(struct front *f, const struct db_entries *e);
void run_messages(struct request *r);
void run_message_send(struct request *r);
void run_message_delivered(struct request *r);
void run_message_mark(struct request *r);
/* cmd_picture.c */
void run_picture_get(struct request *r);
void run_picture_set(struct request *r);
void run_picture_delete(struct request *r);
void run_contact_picture_get(struct request *r);
void run_contact_picture_set(struct request *r);
void run_contact_picture_delete(struct request *r);
enum picture_for {
	PICTURE_FOR_ME,
	PICTURE_FOR_CONTACT,
	PICTURE_FOR_IMPORT,
	PICTURE_FOR_COUNT
};
/** The parameter `picture`, to free(). */
int picture_sent(const struct request *r, uint8_t **imagep, size_t *lenp);
/** Called while there is somebody to be answered. @param image  As it is to be
 *  kept; lent, NULL if err (picture_refuse()) */
typedef void(picture_looked_h)(int err, const void *image, size_t len,
			       struct request *r);
/** Have an image looked at. @return 0, or at once why not, as the handler */
int picture_look(struct request *r, enum picture_for what, const void *image,
		 size_t len, picture_looked_h *h);
/** Answer why an image is no good. */
void picture_refuse(struct request *r, int err);
/** Those under way are given up. */
void pictures_end(struct front *f);
/** May that account have instant messages here? */
bool front_has_messages(const struct front *f, const char *extension);
/** A row as in `Messages`. */
void instant_json(struct json_writer *w, const struct db *db,
		  const struct db_message *m);
/** The parameter `ids`: numbers with commas between them. @return false if
 *  that is not what it is: has answered */
enum { REQUEST_IDS_MAX = 500 };
bool request_ids(struct request *r, int64_t id[REQUEST_IDS_MAX], size_t *np);
/** Likewise of any parameter. */
bool request_ids_of(struct request *r, enum proto_param param,
		    int64_t id[REQUEST_IDS_MAX], size_t *np);

/** MakeCall waits for what becomes of its call: tell it. */
void making_event(struct front *f, const struct pbx_event *ev);

/* ---- contacts on the wire: contact.c ----------------------------------- */

const char *directory_word(enum db_directory d);
/** DB_ALL_DIRECTORIES for "" and what is none. @return false if none */
bool directory_find(const char *word, enum db_directory *d);
/** @param db  That it is of; NULL: no picture is told */
void contact_json(struct json_writer *w, const struct db *db,
		  const struct db_contact *c);
void contact_xml(struct text_buf *b, const struct db_contact *c);
/** One of an account. */
void account_json(struct json_writer *w, const struct db *db,
		  const struct db_account *a);

/** Frees a contact of contact_read_json(). */
void contact_read_clear(struct db_contact *c);
/** A personal contact out of our JSON, its texts to be cleared by
 *  contact_read_clear() in any case. @return 0, EINVAL (no name at all, a
 *  number that is none, two of a kind), ENOMEM */
int contact_read_json(struct db_contact *c, const struct json *j);

/* ---- personal contacts: cmd_contact.c ---------------------------------- */

/** True if this server lets them be changed; else has answered. */
bool personal_allowed(struct request *r);
/** A db_contacts_h: answer with a contact. @param arg  The request, which is
 *  dereferenced */
void contact_answer(int err, const struct db_contact *c, size_t count,
		    bool more, void *arg);
/* ---- imports: cmd_import.c --------------------------------------------- */

/** What a session has sent of an import; NULL is fine. */
struct staged;
struct staged *staged_free(struct staged *st);

/* ---- sessions: session.c ----------------------------------------------- */

/** A text that several queues share; mem_ref() and mem_deref(). */
struct event {
	char *json;
	size_t len;
};

struct watch {
	struct le le;
	char *device;
};

struct session {
	struct le le;	     /**< in front->sessions, newest first */
	struct front *front; /**< NULL once it has ended */
	char id[33];
	char *user;
	uint64_t used_ms;     /**< time_mono_ms() of its last request */
	struct list monitors; /**< struct watch: EventStart */
	struct list hooks;    /**< struct watch: HookSubscribe */
	bool hooks_all;
	struct list events; /**< struct queued */
	size_t count, bytes;
	struct request *poll;  /**< held GetEvents */
	struct tmr tmr;	       /**< of the held one */
	bool due;	       /**< has events for its held poll */
	struct staged *staged; /**< an import that is not yet committed */
	struct event *rights;  /**< as it was told them last */
};

enum {
	EVENTS_MAX = 500,
	EVENT_BYTES_MAX = 512 * 1024,
	WAIT_MAX_S = 25,
	SESSIONS_OF_USER = 16,
	WATCHES_MAX = 1000
};

/** @param sp set to it; it lives until session_end() */
int session_open(struct session **sp, struct front *f, const char *user);
struct session *session_find(const struct front *f, const char *id);
void session_end(struct session *s);
void sessions_end_user(struct front *f, const char *user);
unsigned session_count_user(const struct front *f, const char *user);
/** What an account may do, as log-in and AccountEvent say it; to be reset. */
struct rights {
	char *can;	    /**< words with blanks between */
	char *phones;	    /**< of a number that has several, as well */
	const char *mobile; /**< that rings with them; "" if none */
};
void rights_of(struct rights *r, const struct front *f,
	       const struct db_account *a);
void rights_reset(struct rights *r);
/** @return what AccountEvent says of that user; NULL where it is not offered */
struct event *event_rights(const struct front *f, const char *user);
/** They may have: those sessions are told whose rights are others now. */
void rights_account_changed(struct front *f, const struct db_account *a);
void rights_setting_changed(struct front *f, const struct db_setting *s);
/** Put an event into its queue; takes a reference. NULL does nothing. */
void session_push(struct session *s, struct event *e);
/** Answer held polls that have something to say: at the end of a turn. */
void sessions_flush(void *arg);
/** Answer a poll now, or hold it so long. */
void session_poll(struct session *s, struct request *r, uint32_t wait_s);
/** End those that nobody has used for long. */
void sessions_sweep(void *arg);
int watch_add(struct list *l, const char *device);
bool watch_find(const struct list *l, const char *device);
/** "": all. */
void watch_remove(struct list *l, const char *device);

/* ---- events: event.c --------------------------------------------------- */

/** localConnectionInfo of a connection. */
const char *connection_word(enum pbx_connection c);
/** Who waits in the slots now. */
struct event *event_parked(const struct front *f);
/** An account's sessions are told of its messages. */
void message_happened(struct front *f, const struct db_message *m);
void message_state_happened(struct front *f, const struct db_message_state *s);
/** To the sessions of one user, or with "" to all; takes the event. */
void event_push(struct front *f, const char *user, struct event *e);
/** Those who watch the device's calls are told of a page. */
void share_happened(struct front *f, const struct feature_share *share);
/** Name of somebody in a conference, as that user may know it; or "". */
const char *member_name(const struct front *f, const char *viewer,
			const struct pbx_member *m);
struct event *event_bare(enum proto_event type);
/** One with more in it: to be filled in, then finished, which takes it. */
struct json_writer *event_begin(enum proto_event type);
struct event *event_finish(struct json_writer *w);
/** A member, unless there is nothing to say. */
void event_put(struct json_writer *w, enum proto_member m, const char *s);
/** An array of texts. */
void event_ids(struct json_writer *w, enum proto_member m, const int64_t *id,
	       size_t count);
/** Which way a call goes, and whether it leaves the house. */
void event_put_way(struct json_writer *w, bool outgoing, bool outside);
/** The sessions that monitor one of its devices are told of a call. */
void call_happened(struct front *f, const struct pbx_event *ev);
/** Who watches phones is told of one that looks otherwise than before. */
void device_changed(struct front *f, const struct feature_device *d);
void event_presence_json(struct json_writer *w, const struct front *f,
			 const struct db_account *a, const char *viewer);
bool presence_hidden(const struct db_account *a, const char *viewer);
/** As SetVisibility says it. */
const char *visibility_word(enum db_visibility v);
/** What the session sees of a phone now, as a HookEvent. */
void session_push_hook(struct session *s, const char *device);
/** Likewise of all phones, some in each event. */
void session_push_hooks(struct session *s);
int events_begin(struct front *f);
void events_end(struct front *f);
/** A journal row as in `Journal`. */
void entry_json(struct json_writer *w, const struct db *db,
		const struct db_entry *e);

/* ---- as a whole -------------------------------------------------------- */

struct front {
	struct front_prm prm;
	char *dir;
	char *sip_server;
	struct db *db;
	struct features *features;
	struct pbx *pbx;
	struct http *http;
	struct job_queue *jobs; /**< while the certificate is made */
	bool closing;
	struct list sessions;
	struct list requests;
	struct list making;
	struct hash *lamps;  /**< what was last told of each phone */
	size_t staged;	     /**< bytes of all imports under way */
	struct list uploads; /**< pictures that are looked at now */
	struct list senders; /**< … and who has sent some lately */
	struct loop_turn *turn;
	struct notify_sub *db_sub;
	struct notify_sub *feature_sub;
	struct tmr sweep;
	struct tmr rights; /**< until they are compared */
	front_ready_h *ready;
	void *arg;
};

/** The front without its HTTPS: for requests that come otherwise. */
int front_core_alloc(struct front **fp, const struct front_prm *prm,
		     struct db *db, struct features *f, struct pbx *p);

/* ---- HTTPS: http.c, certificate.c -------------------------------------- */

int http_alloc(struct http **hp, struct front *f, const struct sa *laddr,
	       const char *key, const char *cert);
const struct sa *http_address(const struct http *h);

/** What is in the state folder, made if it is not there. Blocks: in a job.
 *  @param keyp,certp  PEM texts, to free() */
int certificate_get(const char *dir, char **keyp, char **certp);

#endif
