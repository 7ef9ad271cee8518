/**
 * @file proto.h  The names of the protocol, and the rules of numbers: data
 *
 * Every command, parameter, element and event name stands in one table
 * (src/lib/proto), used by client and server, each row saying how sure it is
 * (doc/wsi.md). Whoever has a real system corrects a name by changing a row.
 */
#ifndef OFFHOOK_PROTO_H
#define OFFHOOK_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- presence ------------------------------------------------------------ */

/** Numbers as SetPresence takes them. */
enum proto_presence {
	PROTO_PRESENCE_UNKNOWN = 0,
	PROTO_OFFICE = 1, PROTO_MEETING, PROTO_SICK, PROTO_BREAK,
	PROTO_OUT_OF_OFFICE, PROTO_VACATION, PROTO_LUNCH, PROTO_HOME,
	PROTO_DO_NOT_DISTURB,
	PROTO_PRESENCE_COUNT
};
/** Word for commands and config: "office" … "dnd". */
const char *proto_presence_key(enum proto_presence p);
/** Name for the eye, a msgid: "Out of office". */
const char *proto_presence_name(enum proto_presence p);
/** By key, by name or by number in text; UNKNOWN if none. */
enum proto_presence proto_presence_find(const char *text);

/* ---- times ----------------------------------------------------------------- */

/** Read `YYYY/MM/DD HH:MMZ`; ms since 1970 UTC, -1 if it is none. */
int64_t proto_time_read(const char *text);
/** Write it. @param size at least 18 */
void proto_time_write(char *buf, size_t size, int64_t ms);

/* ---- numbers --------------------------------------------------------------- */

/** What GetServerParam says of dialling; texts "" where there is none. */
struct proto_dial_params {
	const char *country;        /**< "49" */
	const char *area;           /**< "89", without national prefix */
	const char *location;       /**< system's own number: "7007" */
	const char *access;         /**< line access code: "0" */
	const char *national;       /**< national prefix: "0" */
	const char *international;  /**< "00" */
	unsigned extension_max;     /**< digits of the longest extension */
};

/** True if it is canonical: "+", digits, and blanks ( ) / - : ; . */
bool proto_number_is_canonical(const char *text);
/** "+" and digits of a canonical number, or the digits (and * #) of another;
 *  to free(). NULL if it has anything that no number has, or no digit. */
char *proto_number_normalise(const char *text);
/** As it is dialled on the desk phone, from a canonical or dialable one; to
 *  free(). In country "1" a national number gets its dialable form. */
char *proto_number_dialable(const char *text,
			    const struct proto_dial_params *p);
/** Canonical form of a dialable number, to free(); NULL for an extension. */
char *proto_number_canonical(const char *text,
			     const struct proto_dial_params *p);
/** True if two spellings name the same place. @param p may be NULL */
bool proto_number_same(const char *a, const char *b,
		       const struct proto_dial_params *p);

#endif
