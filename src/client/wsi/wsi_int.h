/**
 * @file wsi_int.h  What the files of wsi share
 *
 * The door's `struct wsi` is a handle; the session behind it lives until its
 * last call has returned, so that the handle may be freed in any handler.
 */
#ifndef WSI_INT_H
#define WSI_INT_H

#include <offhook/client/wsi.h>

/** What is read as a whole, and told of by an event that says no more. */
enum latest_of { LATEST_FAVOURITES, LATEST_BOX, LATEST_AWAY, LATEST_COUNT };

enum stage {
	STAGE_ASKING, /**< whether the login may go by POST */
	STAGE_LOGGING_IN,
	STAGE_ONLINE,
	STAGE_LOGGING_OUT,
	STAGE_OVER,
};

/** What a command was answered so far in this session. */
enum offer { OFFER_UNKNOWN, OFFER_YES, OFFER_NO };

struct command;

struct session {
	struct wsi *handle; /**< NULL: freed; nobody is told any more */
	struct wsi_handlers h;
	void *arg;
	struct uc *uc;
	struct net_client *client;
	char *base;   /**< "https://host:port" */
	char *server; /**< "host:port", for the user */
	char *user, *password, *device;
	char *wanted_phone; /**< to control, if it is the device's */
	char *id;	    /**< gsSession, NULL before login */
	enum stage stage;
	enum wsi_login login;
	uint32_t additions;
	uint32_t cannot; /**< UC_CAN_… that were refused in this session */
	unsigned connect_ms, answer_ms;
	unsigned whole_ms; /**< for all of an answer that has begun in time */
	struct list commands;	/**< under way, struct command */
	uint64_t asked;		/**< number of the command sent last */
	struct loop_turn *turn; /**< nothing was to be read: synced */
	uint8_t offer[PROTO_COMMAND_COUNT]; /**< enum offer */
	struct tmr tmr;			    /**< logout's limit */

	/* poll.c */
	struct net_request *poll;
	struct tmr poll_tmr;
	unsigned backoff_ms;
	uint64_t asked_at;	/**< monotonic, when the poll went out */
	unsigned poll_failures; /**< in a row */
	unsigned poll_garbage;

	/* calls.c */
	bool answered_hint; /**< a call was answered, it was not said which */

	/* sync.c */
	unsigned reading; /**< answers that the synchronisation awaits */
	unsigned syncs;	  /**< so often all has been read */
	bool syncing;	  /**< everything, not only a part */
	bool directory;	  /**< all colleagues were told when it was last read */
	int64_t page; /**< where the page of them begins that is asked for */
	bool sync_again;
	bool stale_presence, stale_device, stale_journal, stale_favourites,
		stale_forwarding, stale_voicemail, stale_away, stale_messages,
		stale_personal, stale_box;
	struct tmr stale_tmr;
	struct tmr journal_tmr; /**< where no event tells of the journal */
	bool journal_read;	/**< such a one, in this session */

	/* news.c */
	struct list news;      /**< told while commands are under way */
	uint64_t answering;    /**< number of the command whose answer is
				    being read; 0: events are */
	unsigned looking_back; /**< COMMAND_BACK, under way */
	uint64_t latest[LATEST_COUNT]; /**< … that was read last */

	/* directory.c */
	char **seen; /**< ids of the directory being read */
	size_t seen_count, seen_size;

	/* message.c */
	struct text_buf fetched; /**< ids to acknowledge, commas between */
	bool whole[3];		 /**< enum wsi_sort: all of it was listed */
	size_t waiting;		 /**< that are to be fetched yet */
	int64_t lowest;		 /**< id that was read last */
	int64_t came;		 /**< lowest by an event since reading, or 0 */

	/* gone.c */
	bool gone_asking, gone_again;

	/* personal.c */
	bool personal_reading, personal_again;
	int64_t personal_page; /**< where the one begins that is asked for */
	struct list personal_waits; /**< those who asked for it */

	/* calls.c */
	struct list calls; /**< struct call */
	struct {
		char *id; /**< callID, or NULL */
		unsigned asked;
	} ended[16]; /**< of late, a ring */
	unsigned ended_next;
	unsigned calls_asked; /**< so many snapshots so far */
};

struct wsi {
	struct session *s;
};

/** An answer, whatever its form; valid during the call. */
struct answer {
	enum wsi_status status;
	const char *reason, *cause; /**< cleaned, "" if none */
	const struct xml *xml;	    /**< root, or NULL */
	const struct json *json;    /**< root, or NULL */
	const char *call_id;	    /**< cleaned, "" if none */
	const void *sound;	    /**< a file, or NULL */
	size_t sound_len;
};

/**
 * Reads an answer into the model before the user's done handler is called.
 * At the session's end only those are called (WSI_ENDED) that can be
 * cancelled: they have something to put back.
 */
typedef void(answer_h)(struct session *s, const struct answer *a, void *data);

struct params {
	struct text_buf b; /**< "&name=value…" */
};
void wsi_params_add(struct params *p, enum proto_param name, const char *value);
void wsi_params_add_int(struct params *p, enum proto_param name, int64_t value);
struct session;
/** An image, as `picture`. @return 0, ENOTSUP (it would have to be in a
 *  query), ENOMEM */
int wsi_params_add_image(struct params *p, const struct session *s,
			 const void *image, size_t len);

enum command_flags {
	COMMAND_READS = 1,   /**< ERROR at first use: not offered */
	COMMAND_SYNC = 2,    /**< the synchronisation waits for it */
	COMMAND_CANCELS = 4, /**< freeing its handle takes it back */
	COMMAND_LARGE = 8,   /**< the answer may be large */
	COMMAND_SOUND = 16,  /**< the answer is a file of sound */
	COMMAND_IMAGE = 32,  /**< … or a picture */
	COMMAND_FILE = COMMAND_SOUND | COMMAND_IMAGE,
	COMMAND_BACK = 64, /**< of entries further back: may bring back what
				is gone, and the reverse */
};

struct command_prm {
	enum proto_command command;
	struct params *params; /**< taken over; may be NULL */
	unsigned flags;
	answer_h *answer; /**< may be NULL */
	void *data;	  /**< reference taken over, or NULL */
	wsi_done_h *done;
	wsi_sip_account_h *account; /**< instead of done */
	wsi_sound_h *sound;	    /**< likewise, of a file */
	void *arg;
};

/** @return as the door says of commands; params and data are always taken */
int wsi_command_send(struct wsi_request **rp, struct session *s,
		     const struct command_prm *prm);
/** True unless the server has shown that it does not have the command. */
bool wsi_command_offered(const struct session *s, enum proto_command c);
/** All commands end now: their users are told WSI_ENDED. */
void wsi_commands_end(struct session *s);
/** All commands go, nobody is told. */
void wsi_commands_drop(struct session *s);
/** Is there nothing in an answer? */
bool wsi_is_blank(const char *s, size_t len);
/** Read an answer's body. @param xp, jp set to trees to free */
void wsi_answer_read(struct answer *a, struct xml **xp, struct json **jp,
		     enum proto_command c, const char *body, size_t len);

/* ---- session.c --------------------------------------------------------- */
/** The session is over: tells once, then does nothing any more. */
void wsi_session_end(struct session *s, const struct wsi_ended *e);
void wsi_session_end_net(struct session *s, const struct net_response *r);
bool wsi_session_alive(const struct session *s);

/* ---- poll.c ------------------------------------------------------------ */
void wsi_poll_start(struct session *s);
void wsi_poll_stop(struct session *s);

/* ---- sync.c ------------------------------------------------------------ */
void wsi_sync_start(struct session *s);
void wsi_sync_stop(struct session *s);
/** One of the synchronisation's commands has been answered. */
void wsi_sync_answered(struct session *s);
/** There was nothing to read. */
void wsi_sync_nothing(void *arg);
/** Read a part of the model anew, soon. */
enum stale {
	STALE_PRESENCE,
	STALE_DEVICE,
	STALE_JOURNAL,
	STALE_FAVOURITES,
	STALE_FORWARDING,
	STALE_VOICEMAIL,
	STALE_AWAY,
	STALE_MESSAGES,
	STALE_PERSONAL,
	STALE_BOX,
	STALE_ALL
};
void wsi_sync_stale(struct session *s, enum stale what);
/** The directory was read, or is not there: what comes after it. */
void wsi_sync_rest(struct session *s);
/** Send a reading command, if this server has it. @param flags  COMMAND_… */
void wsi_read(struct session *s, enum proto_command command, struct params *p,
	      answer_h *h, unsigned flags);
/** What the account can is less, if that answer says that it is not offered.
 *  @param can  UC_CAN_… */
void wsi_cannot(struct session *s, const struct answer *a, uint32_t can);
/** An addition was announced, and is not there, if that answer says so: as if
 *  it had never been announced. @return true if that is so */
bool wsi_without(struct session *s, const struct answer *a,
		 enum wsi_addition addition);

/* ---- directory.c ------------------------------------------------------- */
void wsi_directory_read(struct session *s);
void wsi_directory_forget(struct session *s);

/* ---- news.c ------------------------------------------------------------ */
enum news_of {
	NEWS_PRESENCE,	/**< of a device */
	NEWS_ENTRY,	/**< all of an entry, or that it is gone, by the
			     model's id */
	NEWS_DELIVERED, /**< an entry has been, whatever else it says */
	NEWS_READ,	/**< … has been read */
};
/** The event that is being read has told of that; or the answer, for an event
 *  that did not: then those are older that were asked for before it. */
void wsi_news(struct session *s, enum news_of of, const char *id);
/** If an answer is being read: has an event told of that since it was asked
 *  for? Then the answer may be older, and leaves it alone. */
bool wsi_is_news(const struct session *s, enum news_of of, const char *id);
/** An event has told that of entries: NEWS_ENTRY: they are gone.
 *  @param ids  As the server has them
 *  @param prefix  What the model's ids have before these */
void wsi_entries_told(struct session *s, const struct json *ids,
		      const char *prefix, enum news_of of);
/** All of that is being read. @return false: an answer that was asked for
 *  later has been: leave it */
bool wsi_is_latest(struct session *s, enum latest_of of);
/** A part of it is. @return true: leave it */
bool wsi_is_overtaken(const struct session *s, enum latest_of of);
/** Nothing is on its way any more. */
void wsi_news_over(struct session *s);

/* ---- gone.c ------------------------------------------------------------ */
/** All was read anew: ask what is gone of the rest, or once more after that.
 *  @param first  What was told as a whole needs no asking: the round of a new
 *                session has swept it */
void wsi_gone_start(struct session *s, bool first);

/* ---- watch.c ----------------------------------------------------------- */
void wsi_watch_calls(struct session *s);
void wsi_watch_phones(struct session *s);

/* ---- event.c ----------------------------------------------------------- */
/** Take the answer of GetEvents. @return how many, -1 if it is none */
int wsi_events_read(struct session *s, const char *body, size_t len);

/* ---- calls.c ----------------------------------------------------------- */
void wsi_call_event(struct session *s, enum proto_event type,
		    const struct json *e);
void wsi_calls_forget(struct session *s);

/* ---- snapshot.c -------------------------------------------------------- */
/** The state of our device is being asked for: one at a time. */
void wsi_calls_asked(struct session *s);
void wsi_calls_snapshot(struct session *s, const struct answer *a);

/* ---- read_xml.c, read_json.c: answers into the model ------------------- */
/** Child of that name in any case; else NULL. */
const struct xml *wsi_x_child(const struct xml *x, enum proto_element e);
/** Text of the child or attribute of that name in any case; "" if none. */
const char *wsi_x_text(const struct xml *x, enum proto_element e);
/** First element of that name in any case, at any depth, x included. */
const struct xml *wsi_x_find(const struct xml *x, enum proto_element e);
const char *wsi_j_text(const struct json *j, enum proto_member m); /**< or "" */
const struct json *wsi_j_get(const struct json *j, enum proto_member m);

/** UC_CAN_… of what a server that has these (WSI_ADD_…) says one may. */
uint32_t wsi_abilities_read(uint32_t offered, const char *can);
/** UC_CAN_… that nobody may who is not offered more than these. */
uint32_t wsi_abilities_without(uint32_t offered);
/** AccountEvent: what the account may do has changed. */
void wsi_rights_read(struct session *s, const struct json *e);

typedef void(contact_h)(struct session *s, struct uc_contact *c, void *arg);
/** Put all contacts of an answer into the model. @return how many */
size_t wsi_contacts_read(struct session *s, const struct answer *a,
			 contact_h *h, void *arg);
struct uc_contact *wsi_contact_json(struct session *s, const struct json *j);
/** The answer that is a contact: the model follows. */
void wsi_contact_answer(struct session *s, const struct answer *a, void *data);
void wsi_server_param_read(struct session *s, const struct answer *a);
void wsi_presence_read(struct session *s, const struct answer *a);
/** @param event  It was told, and not asked for. */
void wsi_presence_json(struct session *s, const struct json *j, bool event);
void wsi_journal_read(struct session *s, const struct answer *a);
void wsi_journal_entry_json(struct session *s, const struct json *j);
void wsi_favourites_read(struct session *s, const struct answer *a);
/* voicemail.c */
/** Was that all there is? Of the newest entries of a sort. */
void wsi_whole_set(struct session *s, enum wsi_sort sort,
		   const struct answer *a);
/** Lowest id of an answer's list, 0 if there is none. */
int64_t wsi_older_last(const struct answer *a);
/** One of a list of messages. */
void wsi_message_put(struct session *s, const struct json *j);
void wsi_voicemail_put(struct session *s, const struct json *j);
void wsi_voicemail_read(struct session *s, const struct answer *a);
/* message.c */
/** @return the id before which there is more to read now, 0 if there is not */
int64_t wsi_messages_read(struct session *s, const struct answer *a);
void wsi_message_event(struct session *s, enum proto_event type,
		       const struct json *e);
void wsi_message_state_event(struct session *s, enum proto_event type,
			     const struct json *e);
void wsi_message_deleted_event(struct session *s, enum proto_event type,
			       const struct json *e);
/** Acknowledge what has come. */
void wsi_messages_fetched(struct session *s);
/* forward.c */
void wsi_forwarding_read(struct session *s, const struct answer *a);

/* box.c */
void wsi_box_read(struct session *s, const struct answer *a, void *data);

/* away.c */
void wsi_away_read(struct session *s, const struct answer *a);
/** @param word  As SetVisibility says it; "": nothing is known */
void wsi_visibility_read(struct session *s, const char *word);

/* share.c */
/** Those in a call look at that page, as an event or a state says. */
void wsi_share_event(struct session *s, const struct json *e);
void wsi_share_snapshot(struct session *s, const struct xml *connection);

/* personal.c */
/** Read the personal contacts, unless they are being read: then once more. */
void wsi_personal_start(struct session *s);
/** One of them is no more. */
void wsi_personal_gone(struct session *s, const char *id);
/** The session is over: who waits for them is told. */
void wsi_personal_stop(struct session *s);

/* parked.c */
void wsi_parked_read(struct session *s, const struct json *j);

/* members.c */
/** Fill in who else is in it. */
void wsi_members_json(struct wsi_call_event *ev, const struct json *e);
void wsi_members_xml(struct wsi_call_event *ev, const struct xml *connection);
void wsi_members_reset(struct wsi_call_event *ev);

#endif
