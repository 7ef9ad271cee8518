/**
 * @file menu_int.h  What the files of the boxes' menu share
 */
#ifndef MENU_INT_H
#define MENU_INT_H

#include <offhook/media.h>
#include "feature_int.h"

/* What a program has asked for: it is given to the call that it made. */
struct asked {
	struct le le;
	struct menus *menus;
	char *owner, *phone;
	int64_t message;	 /* to be played, or 0 */
	bool records;		 /* a greeting, … */
	unsigned greeting;	 /* … of that number, or DB_NOTE */
	struct media_clip *clip; /* of the message */
	uint32_t call;		 /* by which it rings, 0: not yet */
	db_done_h *h;
	void *arg;
	struct tmr tmr;
};

/* Wrong PINs of a box. */
struct guard {
	struct le le;
	char *owner;
	uint64_t until_ms, slow_ms;
	unsigned wrong; /**< in a row, by programs */
};

struct menus {
	struct features *f;
	struct list visits, asked, guards;
	struct media_clip *pause, *tone, *end;
};

enum { DIGITS_MAX = 12 };

enum place {
	ASKS_PIN,
	CHECKS, /* a PIN is being looked at, or kept: no key means anything */
	ASKS_NEW,
	ASKS_AGAIN,
	AT_TOP,
	IN_MESSAGES,
	IN_STATES,
	IN_GREETINGS,
	IN_NOTE,
	RECORDS,
	PLAYS, /* one message that a program has asked for */
	ENDS,
	PLACES
};

/* A call of one's own box. */
struct visit {
	struct le le;
	struct menus *menus;   /**< NULL: they have gone */
	struct pbx_machine *m; /**< NULL: he has gone */
	char *owner, *path;
	const char *language; /**< that is spoken */
	enum place place;
	char typed[DIGITS_MAX + 1], pin[DIGITS_MAX + 1];
	unsigned tries, waits;
	bool recording, spoke;
	bool speaks;		   /**< what is said in his language is there */
	bool asked;		   /**< a program did, for one thing */
	unsigned greeting;	   /**< being recorded, or DB_NOTE … */
	enum proto_presence state; /**< … of that state */
	struct tmr tmr;
	int64_t *ids; /**< new ones first, newest last */
	bool *fresh;
	size_t count, at;
	struct media_clip *clip; /**< of the message at hand */
};

/* Are both still there: the menus, and who has called? */
static inline bool visit_alive(const struct visit *v)
{
	return v->menus && v->m;
}

static inline struct features *visit_features(const struct visit *v)
{
	return v->menus->f;
}

/* menu_say.c */
void visit_play(struct visit *v, struct media_clip *const *clips, size_t n);
struct media_clip *visit_clip(const struct visit *v, enum prompt p);
/** One or two things in a row. @param then  PROMPT_COUNT: nothing */
void visit_say(struct visit *v, enum prompt first, enum prompt then);
void visit_say_one(struct visit *v, enum prompt p);
void visit_goodbye(struct visit *v);
void visit_clear_typed(struct visit *v);
/** Go to another place, and say what is to be said there. */
void visit_go(struct visit *v, enum place place, enum prompt first,
	      enum prompt then);
/** @param before  PROMPT_COUNT: nothing */
void visit_to_top(struct visit *v, enum prompt before);

/* menu_messages.c */
void visit_messages(struct visit *v);
void visit_message_digit(struct visit *v, char c);

/* menu_settings.c */
void visit_state_digit(struct visit *v, char c);
void visit_greeting_digit(struct visit *v, char c);
void visit_note_digit(struct visit *v, char c);
/** Have a greeting of that number spoken, or DB_NOTE; it is recorded once that
 *  was said. */
void visit_ask_recording(struct visit *v, unsigned number);
void visit_record(struct visit *v);

/* menu_asked.c */
struct asked *asked_of(const struct features *f, const char *owner);
void asked_close(struct menus *ms);
/** A phone was not lifted: what was asked for is over. */
void asked_event(struct features *f, const struct pbx_event *ev);

/* menu_pin.c */
void visit_pin_digit(struct visit *v, char c);
void guards_close(struct menus *ms);

#endif
