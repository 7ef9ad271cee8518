/**
 * @file feature_int.h  What the features share: the table, and themselves
 */
#ifndef FEATURE_INT_H
#define FEATURE_INT_H

#include <offhook/server/feature.h>

struct voicemail;
struct menus;
struct mails;

struct features {
	struct db *db;
	struct pbx *pbx;
	struct voicemail *voicemail;
	struct menus *menus;
	struct mails *mails;
	struct notify *notify;
	struct notify_sub *watch;
	struct list shares; /**< of share.c */
	struct away *away;  /**< of away.c */
	bool suite;	    /**< where calls go in a state is fixed */
};

/** One feature. What it has nothing to say to is NULL. */
struct feature {
	const char *name;
	int (*begin)(struct features *f);
	void (*end)(struct features *f);
	/**
	 * A call is led to an account.
	 *
	 * @return NORMAL, or why it is refused; the first word counts
	 */
	enum pbx_cause (*route)(struct features *f,
				const struct pbx_caller *caller,
				const struct db_account *called,
				struct pbx_route *route);
	void (*event)(struct features *f, const struct pbx_event *ev);
	void (*reachable)(struct features *f, const char *device);
};

extern const struct feature feature_disturb;
extern const struct feature feature_names;
extern const struct feature feature_lamps;
extern const struct feature feature_journal;
extern const struct feature feature_watch;
extern const struct feature feature_callme;
extern const struct feature feature_lines;
extern const struct feature feature_sharing;
extern const struct feature feature_voicemail_box;
extern const struct feature feature_menu;
extern const struct feature feature_mail;

/** What all features have to say to a call that is led to an account. */
enum pbx_cause features_route(struct features *f,
			      const struct pbx_caller *caller,
			      const struct db_account *called,
			      struct pbx_route *route);

/* route.c */
/** The switch's hook. */
int route_find(struct features *f, const struct pbx_ask *ask,
	       struct pbx_route *route);
/** Does it lead anywhere, for calls of that extension? @return 0, ENOENT,
 *  ELOOP: it is the extension itself, or comes back to it */
int route_check(struct features *f, const char *extension, const char *number);
/** Where all calls of an account go now: as it was set for its phone, else as
 *  its state says; "": they ring. */
const char *route_onward(const struct features *f, const struct db_account *a);

/* forward.c */
/** Why a number may not be kept for some purpose: 0 or errno. */
typedef int(number_check_h)(const struct features *f, const char *number);
/** Keep where an extension's calls go. @param number "" or NULL: nowhere
 *  @param refuse May be NULL
 *  @param h      EINVAL, what refuse says, or as route_check() */
void number_keep(struct features *f, const char *extension, const char *setting,
		 const char *number, number_check_h *refuse, db_done_h *h,
		 void *arg);
bool forward_any(const struct features *f, const char *extension);
/** Where it goes if it could not be answered for that reason, or "". */
const char *forward_after(const struct features *f, const char *extension,
			  enum pbx_cause reason);
/** How long it rings before, seconds; 0: it does not go anywhere. */
uint32_t forward_ring_s(const struct features *f, const char *extension);

/* callme.c: where somebody is who dials by a program; ENOENT: at his own
   phones */
int callme_home(struct features *f, const char *extension, struct pbx_route *r);
/* line.c */
/** The extension whose phone that account is, or NULL. */
const char *line_of(const struct features *f, const char *user);
/** Let its phones ring, the mobile one too. @return 0 or ENOMEM */
int line_ring(struct features *f, const char *extension, struct pbx_route *r);
/** Where a phone of an extension is that has no account: its mobile phone.
 *  @return 0 or ENOENT */
int line_home(struct features *f, const char *extension, const char *phone,
	      struct pbx_route *r);

/* voicemail_route.c */
/** The machine of a box is called so, with the extension behind. */
extern const char voicemail_machine[];
/** Is that the number of the answering boxes? */
bool voicemail_is_number(const struct features *f, const char *number);
/** The call goes to the box of that account. @param r  Emptied first
 *  @return 0, ENOENT: it has none, or ENOMEM */
int voicemail_route(const struct features *f, const struct pbx_caller *caller,
		    const char *extension, struct pbx_route *r);
/** Likewise to the box of several, for an extension whose calls go there. */
int voicemail_route_box(const struct features *f,
			const struct pbx_caller *caller,
			const struct db_account *box, const char *extension,
			struct pbx_route *r);
/** Does a box answer where that was why nobody did? */
bool voicemail_takes(enum pbx_cause reason);
/** How long its phone rings before, seconds; 0: it has no box. */
uint32_t voicemail_ring_s(const struct features *f, const char *extension);
/** The switch's hook. */
int voicemail_messages(const struct features *f, const char *extension,
		       struct sip_messages *messages);

/* voicemail.c */
/** The switch's hook. */
void voicemail_event(struct features *f, struct pbx_machine *m,
		     enum pbx_machine_event ev);

struct media_clip;
/** Speak a box's language, which is set to it: as prompts_need() says. */
typedef void(voicemail_speak_h)(int err, void *arg);
void voicemail_speak(const struct features *f, const char *owner,
		     const char **languagep, voicemail_speak_h *h, void *arg);
/** What is said, or NULL; borrowed. @param prompt  enum prompt */
struct media_clip *voicemail_clip(const struct features *f, unsigned prompt,
				  const char *language);
/** Tones and pauses of the same length, in turn. */
int voicemail_tone(struct media_clip **cp, double hz, unsigned ms,
		   unsigned times);

/* menu.c */
/** Who calls the boxes' number gets to his own. @param r  Emptied first
 *  @return 0, ENOENT: he has none, or ENOMEM */
int menu_route(const struct features *f, const struct pbx_caller *caller,
	       struct pbx_route *r);
/** A phone that is to ring for what a program has asked for. @return 0 or
 *  ENOENT */
int menu_home(struct features *f, const char *device, const char *phone,
	      struct pbx_route *r);
/** Is the machine one of these? */
bool menu_is(const struct pbx_machine *m);
void menu_event(struct features *f, struct pbx_machine *m,
		enum pbx_machine_event ev);
/** After wrong PINs no other is looked at for a while. */
bool menu_pin_rests(struct features *f, const char *owner);
void menu_pin_wrong(struct features *f, const char *owner);
/** A program has given a wrong one: so many are a wrong call. */
void menu_pin_tried(struct features *f, const char *owner, unsigned tries);
void menu_pin_right(struct features *f, const char *owner);

/* mail.c */
/** How a message of that box is to be marked (struct db_voicemail): it is to
 *  be sent. NULL: it is not. */
const char *mail_mark(const struct features *f, const char *owner);
/** One that is marked so was filed. */
void mail_new(struct features *f, const char *owner, int64_t id);

/* greeting.c */
/** What an owner has recorded: a greeting or, DB_NOTE, the note of a state. */
void greeting_keep(struct features *f, const char *owner, unsigned number,
		   enum proto_presence state, const char *path, uint32_t ms,
		   db_done_h *h, void *arg);
/** The state that somebody is in. */
enum proto_presence greeting_state(const struct features *f, const char *owner);
/** As feature_set_greeting(). */
void greeting_choose(struct features *f, const char *owner,
		     enum proto_presence state, unsigned number, db_done_h *h,
		     void *arg);

/* prompt.c */
enum {
	PROMPT_YEAR_FIRST = 2026,
	PROMPT_YEARS = 30,
};
/** What can be said; ranges begin at what stands here. */
enum prompt {
	PROMPT_GREETING,
	PROMPT_FULL,
	PROMPT_LEAVE, /**< behind an announcement, in the greeting's place */
	PROMPT_STATE, /**< + enum proto_presence; none for Office */
	PROMPT_BACK = PROMPT_STATE + PROTO_PRESENCE_COUNT,
	PROMPT_TODAY,
	PROMPT_TOMORROW,
	PROMPT_WEEKDAY,			 /**< + tm_wday */
	PROMPT_DAY = PROMPT_WEEKDAY + 7, /**< + 1..31 */
	PROMPT_MONTH = PROMPT_DAY + 32,	 /**< + 1..12 */
	PROMPT_YEAR = PROMPT_MONTH + 13, /**< + years after the first */
	PROMPT_HOUR = PROMPT_YEAR + PROMPT_YEARS, /**< + 0..23 */
	PROMPT_MINUTE = PROMPT_HOUR + 24,	  /**< + 1..59 */
	PROMPT_AM = PROMPT_MINUTE + 60, /**< where a day has two halves */
	PROMPT_PM,
	/* behind a greeting after which nothing is recorded */
	PROMPT_CANNOT,
	/* the menu */
	PROMPT_PIN,
	PROMPT_PIN_WRONG,
	PROMPT_PIN_PRESET,
	PROMPT_PIN_NEW,
	PROMPT_PIN_AGAIN,
	PROMPT_PIN_BAD,
	PROMPT_PIN_CHANGED,
	PROMPT_MENU,
	PROMPT_NO_MESSAGES,
	PROMPT_NEW_MESSAGE,
	PROMPT_OLD_MESSAGE,
	PROMPT_MESSAGE_KEYS,
	PROMPT_STATES,
	PROMPT_GREETINGS,
	PROMPT_GREETING_SPEAK,
	PROMPT_NOTES,
	PROMPT_NO_NOTE,
	PROMPT_KEPT,
	PROMPT_NOT_POSSIBLE,
	PROMPT_GOODBYE,
	PROMPT_COUNT
};
/** The files' names; NULL: nothing is said by that number. */
extern const char *const prompt_names[PROMPT_COUNT];
struct prompts;
/** As they were installed; none of them is read yet. */
int prompts_alloc(struct prompts **pp);
/** What is said in a language is there, or is not (then a tone is heard).
 *  @param err  ECANCELED: they go, nothing may be said any more */
typedef void(prompts_h)(int err, void *arg);
/** For who is going to speak: h is called once, at once or, where nobody has
 *  spoken it yet, when it has been read. */
void prompts_need(struct prompts *p, const char *language, prompts_h *h,
		  void *arg);
/** The language in which that is said: itself, or English. */
const char *prompt_language(const char *language);
/** What is said in that language, in English if that piece is not known;
 *  NULL: it is not there, or prompts_need() was not asked. */
struct media_clip *prompt_clip(const struct prompts *p, enum prompt which,
			       const char *language);

/* announce.c */
enum { ANNOUNCE_MAX = 12 };
/**
 * What a caller hears of an absence: the state and, if it is to come, when it
 * ends (SPEC, Presence). Nothing is said of Office.
 *
 * @param language  As prompt_language() says
 * @return How many pieces, in the order in which they are said
 */
size_t announce(enum prompt piece[ANNOUNCE_MAX], const char *language,
		const struct db_presence *p, int64_t now_ms);
/** May a caller know of it (SPEC T5.2.3)? */
bool announce_allowed(const struct db_account *a, bool outside);

/* away.c */
struct away;
extern const struct feature feature_away_states;
/** Where an account's calls go now because of its state, or "". */
const char *away_now(const struct features *f, const struct db_account *a);
/** Set a state that a phone has dialled: its number, then maybe HHMM. */
enum pbx_cause away_code(struct features *f, const char *extension,
			 const char *rest);

/* box.c */
/** A box of several people, by its number: of a group, of the house. */
const struct db_account *box_find(const struct features *f, const char *number);

/* group.c */
struct group {
	bool in_turn;
	uint32_t ring_s;
	char name[64];
	const char *members; /**< borrowed of the setting */
};
/** @param g  May be NULL */
bool group_find(const struct features *f, const char *number, struct group *g);
bool group_has(const struct group *g, const char *extension);
/** Are both in one group? */
bool group_shared(const struct features *f, const char *a, const char *b);
/** @param from  The first member that is to ring. @return as the hook */
int group_route(struct features *f, const struct pbx_ask *ask,
		const char *number, size_t from, struct pbx_route *r);
int group_next(struct features *f, const struct pbx_ask *ask,
	       struct pbx_route *r);

/* code.c */
int code_route(struct features *f, const struct pbx_caller *caller,
	       const char *number, struct pbx_route *r);
enum pbx_cause code_run(struct features *f, const char *extension,
			const char *number);

/** Presence as a phone is told it. @return 0 or ENOENT */
int feature_presence(const struct features *f, const char *extension,
		     struct sip_presence *p);

/** Where a number leads, before any feature is asked. @return as the hook */
int number_route(struct features *f, const struct pbx_caller *caller,
		 const char *number, const struct db_account **called,
		 struct pbx_route *route);
/** Let calls for an extension ring at that number. @return 0, ENOENT: nobody
 *  can be called there */
int number_ring(struct features *f, const char *extension, const char *number,
		struct pbx_route *r);

#endif
