/**
 * @file demo_int.h  What the demo company's files share
 */
#ifndef OFFHOOK_DEMO_INT_H
#define OFFHOOK_DEMO_INT_H

#include <stdlib.h>
#include <offhook/sip.h>
#include <offhook/server/demo.h>

#define LOG_MODULE "demo"

/** The account of the world outside. */
#define TRUNK "trunk"

/** What a colleague does with a call. */
enum behaviour {
	DEMO_ABSENT,	 /**< has no phone */
	DEMO_ECHO,	 /**< answers, and sends back what it hears */
	DEMO_MUSIC,	 /**< answers, and plays a tune */
	DEMO_BUSY,	 /**< is always in a call */
	DEMO_UNANSWERED, /**< lets it ring */
	DEMO_DESK,	 /**< a desk phone: rings until somebody, or the server
			      for its user, answers it */
	DEMO_TRUNK,	 /**< the world outside: answers and plays a tune */
};

struct colleague {
	const char *extension, *first, *last, *department;
	enum behaviour behaviour;
	enum proto_presence presence;
	unsigned back_min; /**< back in so many minutes, 0: not said */
	const char *note;
	bool login;	  /**< one may log in as this one */
	unsigned ring_ms; /**< answers after */
};
extern const struct colleague company[];
extern const size_t company_size;

struct entry {
	enum db_directory directory;
	const char *first, *last, *company;
	const char *business, *mobile;
};
extern const struct entry phone_book[];
extern const size_t phone_book_size;

struct favourite {
	const char *group;
	const char *const *extensions; /**< NULL-terminated */
};
extern const struct favourite favourites[];
extern const size_t favourites_size;

struct demo {
	struct demo_prm prm;
	struct db *db;
	struct features *features;
	struct media *media;
	struct sip_stack *sip;
	struct media_clip *tune;
	struct list agents;  /**< struct agent */
	struct list habits;  /**< struct habit */
	struct list letters; /**< struct letter, of letters.c */
	struct tmr letter_tmr;
	struct notify_sub *letter_sub;
	struct seeding *seeding;
	void (*ready)(int err, void *arg);
	void *arg;
};

/* melody.c */
int melody_alloc(struct media_clip **cp);

/* seed.c */
/** Fill the database if it has no account; then done(). */
int seed_start(struct demo *d, void (*done)(struct demo *d, int err));
/** What is still on its way is filed, but nobody is told. */
void seed_stop(struct demo *d);

/* agent.c: the phones */
struct agent;
int agents_start(struct demo *d);
struct agent *agent_find(const struct demo *d, const char *extension);
/** Call a number for some seconds at most, ringing or talking. */
int agent_call(struct agent *a, const char *number, const char *caller,
	       unsigned ring_s, unsigned talk_s);
bool agent_is_idle(const struct agent *a);
/** Is another phone registered for its user, who is there himself, then? */
bool agent_is_replaced(const struct agent *a);

/* letters.c: the messages of one of them */
int letters_start(struct demo *d);
void letters_stop(struct demo *d);

/* life.c: what they do by themselves */
int life_start(struct demo *d);

#endif
