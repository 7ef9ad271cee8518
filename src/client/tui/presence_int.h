/**
 * @file presence_int.h  What the files of the presence dialog share
 */
#ifndef OFFHOOK_TUI_PRESENCE_INT_H
#define OFFHOOK_TUI_PRESENCE_INT_H

#include "calendar.h"

enum part {
	PART_STATES,
	PART_UNTIL,
	PART_TO,
	PART_NOTE,
	PART_SEEN,
	PART_CALL_ME,
	PART_COUNT
};
enum { STATES = PROTO_PRESENCE_COUNT - 1 };

/**
 * What is edited differs from the model only where the user has touched it:
 * the rest follows what happens elsewhere.
 */
struct presence {
	struct tui_view v;
	enum part part;
	bool moved; /**< another state is chosen */
	struct field until, note, call_me;
	bool until_touched, note_touched, call_me_touched;
	char *to[PROTO_PRESENCE_COUNT]; /**< destinations chosen, or NULL */
	struct field number;		/**< one being typed */
	enum uc_visibility seen;	/**< UNKNOWN: as it is */
	bool asked; /**< whether to throw away what was typed */
	struct calendar calendar;
	struct rect at[PART_COUNT]; /**< where they were drawn, for clicks */
	struct rect states;
};

enum proto_presence presence_chosen(const struct presence *p);
/** Is that a part of the chosen state's, here and now? */
bool presence_has(const struct presence *p, enum part part);
/** Likewise, and it can be changed. */
bool presence_can(const struct presence *p, enum part part);
/** Where calls go in a state: as chosen, else as it is. */
const char *presence_to(const struct presence *p, enum proto_presence state);
enum uc_visibility presence_seen(const struct presence *p);

/* presence_keep.c */
/** The destination, the visibility before or after the one that is chosen. */
void presence_choose_to(struct presence *p, int way);
void presence_choose_seen(struct presence *p, int way);
/** Have all but the state carried out. @return 0, or why not: it is said */
int presence_keep(struct presence *p);

/* presence_words.c */
const char *presence_word(const struct tui_view *v, enum act a);
void presence_explain(const struct tui_view *v, struct text_buf *b);

/* presence_draw.c */
void presence_draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		   bool focus, struct rect *cursor);
void presence_size(const struct tui_view *v, struct rect *wanted);

#endif
