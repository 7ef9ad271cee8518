/**
 * @file calls_int.h  Our device's calls, between calls.c and snapshot.c
 */
#ifndef CALLS_INT_H
#define CALLS_INT_H

#include "wsi_int.h"

enum { CALL_TEXT_MAX = 256 }; /**< what is longer is cut */

/** A call that our device is in, as told last. */
struct call {
	struct le le;
	char *id;
	enum wsi_call_type type;
	enum wsi_connection local;
	bool incoming, outside, group, conference;
	unsigned parties;
	char *other, *other_name;
	bool named; /**< by the snapshot that is being read */
	/** snapshots asked for when an event told of it last */
	unsigned asked;
};

/** Text of one event, cleaned; freed when it has been told. */
struct call_words {
	char *text[24];
	size_t n;
};

struct call *wsi_call_find(const struct session *s, const char *id);
enum wsi_connection wsi_connection_of(enum proto_state state);
/** Clean a text, which the words hold. @return it, or "" without memory */
const char *wsi_call_word(struct call_words *w, const char *text);
void wsi_call_words_free(struct call_words *w);
/** Fill in which way it goes, by what is said or else by its numbers.
 *  @param inout, intext  As the server says it, or "" */
void wsi_call_direction(const struct session *s, struct call_words *w,
			const struct call *known, const char *inout,
			const char *intext, struct wsi_call_event *ev);
/** @param said  How many are in it; 0: it is not said */
void wsi_call_parties(const struct call *known, int64_t said,
		      struct wsi_call_event *ev);
/** The call is now as that says: known from now on, or not any more. */
void wsi_call_remember(struct session *s, struct call *known,
		       const struct wsi_call_event *ev);
void wsi_call_tell(struct session *s, const struct wsi_call_event *ev);
/** It is over without an event that says so. */
void wsi_call_gone(struct session *s, struct call *c);

#endif
