/**
 * @file base/text.h  Text: UTF-8, width, folding for search, hostile text
 *
 * All text inside the program is UTF-8. Text from outside (names, messages,
 * headers, files) passes text_clean() or text_clean_lines() once, where it
 * enters; after that it may be drawn. Needs neither locale nor libre.
 */
#ifndef OFFHOOK_BASE_TEXT_H
#define OFFHOOK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What stands in for a byte that is no UTF-8 (U+FFFD). */
#define TEXT_REPLACEMENT 0xfffdu

/** Most bytes that a name or other one-line text from outside may keep. */
enum { TEXT_LINE_MAX = 512, TEXT_MESSAGE_MAX = 16384 };

/**
 * Decode one code point.
 *
 * @param cp   Set to the code point; U+FFFD where the bytes are no UTF-8
 *             (overlong, surrogate, above U+10FFFF, cut off)
 * @param s    Bytes, need not end in 0
 * @param len  How many bytes there are
 *
 * @return Bytes consumed, 0 only if len is 0
 */
size_t text_decode(uint32_t *cp, const char *s, size_t len);

/** True if these bytes are UTF-8 throughout (no surrogates, not overlong). */
bool text_valid(const char *s, size_t len);

/** Encode one code point; returns bytes written (1..4), not ended by 0. */
size_t text_encode(char out[4], uint32_t cp);

/**
 * The next grapheme cluster, as a terminal cell holds it: a letter with its
 * marks, or one emoji sequence (of which a terminal that knows no sequences
 * draws the first picture only, in the same two columns).
 *
 * @param s      Clean UTF-8
 * @param len    Bytes there
 * @param width  Set to its columns: 0 (only at the start of a text), 1 or 2
 *
 * @return Bytes of the cluster, 0 at the end
 */
size_t text_cluster(const char *s, size_t len, unsigned *width);

/** Columns that clean text takes on a terminal. NULL is 0. */
size_t text_width(const char *s);

/**
 * How much of a text fits.
 *
 * @param s        Clean UTF-8
 * @param columns  Columns there are
 * @param width    Set to the columns taken (<= columns), may be NULL
 *
 * @return Bytes that fit, ending on a cluster's border
 */
size_t text_fit(const char *s, size_t columns, size_t *width);

/**
 * Make text from outside safe for one line on any terminal: bad bytes become
 * U+FFFD; control characters (C0, C1, DEL), direction marks, line and
 * paragraph separators and other invisible format characters go (tab and
 * newline become a blank; the joiners of emoji sequences stay); runs of
 * combining marks are cut at four; what is longer than max is cut at a
 * cluster with "…".
 *
 * @param s    Bytes, NULL counts as empty
 * @param len  How many, or (size_t)-1 for up to the 0
 * @param max  Most bytes of the result, e.g. TEXT_LINE_MAX
 *
 * @return Text to free(), NULL only without memory
 */
char *text_clean(const char *s, size_t len, size_t max);

/** As text_clean(), but newlines stay (CR LF and CR become LF). */
char *text_clean_lines(const char *s, size_t len, size_t max);

/** Which of the two spellings of a letter with umlaut a key has. */
enum text_fold {
	TEXT_FOLD_BARE, /**< ä is a, ß is s, every accent its bare letter */
	TEXT_FOLD_EXPANDED, /**< ä is ae, ö oe, ü ue, ß ss, æ ae, ø oe, å aa */
};

/**
 * Fold text for search: case folded, accents gone, compatibility forms
 * resolved, punctuation turned into single blanks, except + * # beside a
 * digit (SPEC T5.1.1). Folding twice changes nothing more.
 *
 * @return Text to free(), NULL only without memory
 */
char *text_fold(const char *s, enum text_fold how);

/**
 * A query made ready for many names (SPEC T5.1.1): words must each be the
 * beginning of some word of the name, in any order. "*" at the end of a word
 * means what is meant anyway. An empty query matches all.
 */
struct text_query;
struct text_query *text_query_new(const char *query);
void text_query_free(struct text_query *q);

/**
 * @param q     Query
 * @param name  Clean text, unfolded
 * @return true if every word of the query begins a word of name, where ä,
 *         ae and a are the same, also ö oe o, ü ue u, ß ss s, å aa a
 */
bool text_query_match(const struct text_query *q, const char *name);

/**
 * A name folded once, to be matched many times: 100,000 keys in a few
 * milliseconds, where names cost ten times as much. Several fields may be
 * put into one key with a blank between them.
 *
 * @return Folded words with single blanks between, not for eyes; to free(),
 *         NULL only without memory
 */
char *text_key(const char *name);

/** As text_query_match(), of a name's text_key(); NULL counts as "". */
bool text_query_match_key(const struct text_query *q, const char *key);

/** True if the query has no word, so that it matches all. NULL too. */
bool text_query_empty(const struct text_query *q);

/**
 * How well a name matches, to show the better ones first: "joe" finds Joel
 * well, and Johanna too (as Jöhanna might be meant).
 *
 * @return 0 no match, 1 by another spelling of a letter, 2 as it is spelt,
 *         or with ä for ae or a
 */
unsigned text_query_rank(const struct text_query *q, const char *name);

/** printf into memory of its own; text to free(), NULL without memory. */
char *text_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** strdup() that takes NULL and returns NULL for it. */
char *text_dup(const char *s);

/** Free *sp, put a copy of s there. @return 0 or ENOMEM (*sp then NULL). */
int text_set(char **sp, const char *s);

/** strcmp() equality in which NULL equals only NULL. */
bool text_equal(const char *a, const char *b);

/** True for NULL and "". */
static inline bool text_empty(const char *s)
{
	return !s || !*s;
}

/** Double every '#' (for tmux formats); text to free(). */
char *text_for_tmux(const char *s);

/** A growing text. Zero it to begin; buf is NULL or ended by 0. */
struct text_buf {
	char *buf;
	size_t len;
	size_t size;
	int err; /**< ENOMEM once one append failed; later ones do nothing */
};
void text_buf_add(struct text_buf *b, const char *s);
void text_buf_add_n(struct text_buf *b, const char *s, size_t len);
void text_buf_printf(struct text_buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/** Hand over the text (never NULL but without memory); b is empty after. */
char *text_buf_take(struct text_buf *b);
void text_buf_reset(struct text_buf *b);

#endif
