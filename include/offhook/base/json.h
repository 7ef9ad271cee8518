/**
 * @file base/json.h  JSON over yajl: a read-only tree and a writer
 */
#ifndef OFFHOOK_BASE_JSON_H
#define OFFHOOK_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json; /**< a value; only the root is to be freed, with json_free() */

/**
 * Parse one document, nesting at most 32. Bad UTF-8 in strings is an error;
 * \u0000 in a string becomes U+FFFD.
 *
 * @param rootp  Set to the tree, to json_free()
 * @return 0, EBADMSG or ENOMEM
 */
int json_parse(struct json **rootp, const char *s, size_t len);
void json_free(struct json *root);

/* All take NULL; a value of another type counts as missing. */
const struct json *json_get(const struct json *object, const char *name);
const char *json_string(const struct json *v); /**< or NULL */
const char *json_get_string(const struct json *object, const char *name);
/** Number, true/false as 1/0, or digits in a string; else fallback. */
int64_t json_int(const struct json *v, int64_t fallback);
int64_t json_get_int(const struct json *object, const char *name,
		     int64_t fallback);
bool json_get_bool(const struct json *object, const char *name, bool fallback);
bool json_is_object(const struct json *v);
bool json_is_array(const struct json *v);
size_t json_count(const struct json *array);
const struct json *json_at(const struct json *array, size_t i);
/** Walk an object; NULL past the end. @param name set to the member's name */
const struct json *json_member(const struct json *object, size_t i,
			       const char **name);

/** A writer; bytes in strings that are no UTF-8 become U+FFFD. All take NULL
 *  for the writer; a name or value out of place spoils the whole text. */
struct json_writer;
struct json_writer *json_writer_new(void);
void json_writer_free(struct json_writer *w);
void json_object(struct json_writer *w);
void json_array(struct json_writer *w);
void json_end(struct json_writer *w); /**< ends the innermost of the two */
void json_name(struct json_writer *w, const char *name);
void json_put_string(struct json_writer *w, const char *s); /**< NULL: null */
void json_put_int(struct json_writer *w, int64_t i);
void json_put_bool(struct json_writer *w, bool b);
/* Name and value in one. */
void json_add_string(struct json_writer *w, const char *name, const char *s);
void json_add_int(struct json_writer *w, const char *name, int64_t i);
void json_add_bool(struct json_writer *w, const char *name, bool b);
/** 4.05 for 405, whatever the locale. */
void json_add_hundredths(struct json_writer *w, const char *name, unsigned n);
/** Copy a parsed value. */
void json_put(struct json_writer *w, const struct json *v);
/** Text to free(), one line, no newline at its end; NULL without memory or if
 *  something is left open or out of place. The writer can be used anew. */
char *json_writer_take(struct json_writer *w);

#endif
