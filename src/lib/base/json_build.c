/**
 * @file json_build.c  Trees of JSON out of a parser's words
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json_int.h"

static bool failed(struct json_builder *b, int err)
{
	b->err = err;
	return false;
}

/* A 0 inside would cut a name short for whoever compares it. */
static char *copy(struct json_builder *b, const char *s, size_t len)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t zeros = 0;
	char *p, *to;

	for (size_t i = 0; i < len; i++)
		zeros += !s[i];
	if (!zeros)
		return arena_copy(&b->arena, s, len);
	p = to = arena_zalloc(&b->arena, len + 2 * zeros + 1);
	for (size_t i = 0; p && i < len; i++) {
		if (s[i]) {
			*to++ = s[i];
		} else {
			memcpy(to, replacement, 3);
			to += 3;
		}
	}
	return p;
}

bool json_build_value(struct json_builder *b, struct json v)
{
	struct json *more;
	size_t size;

	v.name = b->name;
	b->name = NULL;
	if (b->n == b->size) {
		size = b->size ? b->size * 2 : 64;
		more = realloc(b->pending, size * sizeof(*more));
		if (!more)
			return failed(b, ENOMEM);
		b->pending = more;
		b->size = size;
	}
	b->pending[b->n++] = v;
	return true;
}

bool json_build_string(struct json_builder *b, const char *s, size_t len)
{
	struct json v = {.type = JSON_STRING};

	v.u.s = copy(b, s, len);
	return v.u.s ? json_build_value(b, v) : failed(b, ENOMEM);
}

bool json_build_number(struct json_builder *b, const char *s, size_t len)
{
	struct json v = {.type = JSON_NUMBER};
	char *text = arena_copy(&b->arena, s, len), *end;

	if (!text)
		return failed(b, ENOMEM);
	errno = 0;
	v.u.i = strtoll(text, &end, 10);
	if (!errno && !*end)
		v.type = JSON_INT;
	else
		v.u.s = text;
	return json_build_value(b, v);
}

bool json_build_name(struct json_builder *b, const char *s, size_t len)
{
	b->name = copy(b, s, len);
	return b->name ? true : failed(b, ENOMEM);
}

bool json_build_begin(struct json_builder *b, enum json_type type)
{
	if (b->depth == JSON_DEPTH_MAX)
		return failed(b, EBADMSG);
	b->open[b->depth].first = b->n;
	b->open[b->depth].name = b->name;
	b->open[b->depth++].type = type;
	b->name = NULL;
	return true;
}

bool json_build_end(struct json_builder *b)
{
	struct json v = {0};
	size_t first, n;

	if (!b->depth)
		return failed(b, EBADMSG);
	b->depth--;
	first = b->open[b->depth].first;
	n = b->n - first;
	v.type = b->open[b->depth].type;
	v.n = (uint32_t)n;
	if (n) {
		v.u.item = arena_zalloc(&b->arena, n * sizeof(v));
		if (!v.u.item)
			return failed(b, ENOMEM);
		memcpy(v.u.item, b->pending + first, n * sizeof(v));
	}
	b->n = first;
	b->name = b->open[b->depth].name;
	return json_build_value(b, v);
}

void json_build_free(struct json_builder *b)
{
	arena_free(&b->arena);
	free(b->pending);
	memset(b, 0, sizeof(*b));
}
