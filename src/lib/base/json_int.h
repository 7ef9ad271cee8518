/**
 * @file json_int.h  How trees of JSON are built
 */
#ifndef OFFHOOK_BASE_JSON_INT_H
#define OFFHOOK_BASE_JSON_INT_H

#include <offhook/base/json.h>

#include "arena.h"

enum { JSON_DEPTH_MAX = 32 };

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,
	JSON_NUMBER, /**< no 64 bit integer: its text */
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json {
	const char *name; /**< as a member of an object */
	enum json_type type;
	uint32_t n; /**< members or elements */
	union {
		int64_t i;
		const char *s;
		struct json *item; /**< n of them, in a row */
	} u;
};

/** Builds one value out of what a parser says, a container being copied into
 *  its arena when it ends. Zero it to begin. */
struct json_builder {
	struct arena arena;
	struct json *pending; /**< members of open containers */
	size_t n, size;
	struct {
		size_t first; /**< in pending */
		const char *name;
		enum json_type type;
	} open[JSON_DEPTH_MAX];
	unsigned depth;
	const char *name; /**< of the next value */
	int err;
};

/* Each returns true to go on; false with err set. A value that is complete
 * at depth 0 is pending[0]. */
bool json_build_value(struct json_builder *b, struct json v);
bool json_build_string(struct json_builder *b, const char *s, size_t len);
bool json_build_number(struct json_builder *b, const char *s, size_t len);
bool json_build_name(struct json_builder *b, const char *s, size_t len);
bool json_build_begin(struct json_builder *b, enum json_type type);
bool json_build_end(struct json_builder *b);
void json_build_free(struct json_builder *b);

#endif
