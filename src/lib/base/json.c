/**
 * @file json.c  One document parsed, and its tree read
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "json_int.h"

/** The root is the first member, so that it is the document's address. */
struct document {
	struct json root;
	struct arena arena;
};

static int on_null(void *arg)
{
	return json_build_value(arg, (struct json){.type = JSON_NULL});
}

static int on_bool(void *arg, int on)
{
	return json_build_value(
		arg, (struct json){.type = JSON_BOOL, .u.i = on != 0});
}

static int on_number(void *arg, const char *s, size_t len)
{
	return json_build_number(arg, s, len);
}

static int on_string(void *arg, const unsigned char *s, size_t len)
{
	return json_build_string(arg, (const char *)s, len);
}

static int on_name(void *arg, const unsigned char *s, size_t len)
{
	return json_build_name(arg, (const char *)s, len);
}

static int on_object(void *arg)
{
	return json_build_begin(arg, JSON_OBJECT);
}

static int on_array(void *arg)
{
	return json_build_begin(arg, JSON_ARRAY);
}

static int on_end(void *arg)
{
	return json_build_end(arg);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_name,
	.yajl_end_map = on_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_end,
};

int json_parse(struct json **rootp, const char *s, size_t len)
{
	struct json_builder b = {0};
	struct document *doc = NULL;
	yajl_handle h;
	int err = 0;

	if (!rootp || (!s && len))
		return EINVAL;
	h = yajl_alloc(&callbacks, NULL, &b);
	if (!h)
		return ENOMEM;
	if (yajl_parse(h, (const unsigned char *)s, len) != yajl_status_ok ||
	    yajl_complete_parse(h) != yajl_status_ok || b.depth || b.n != 1)
		err = b.err ? b.err : EBADMSG;
	if (!err)
		doc = malloc(sizeof(*doc));
	if (doc) {
		doc->root = b.pending[0];
		doc->arena = b.arena;
		memset(&b.arena, 0, sizeof(b.arena));
		*rootp = &doc->root;
	} else if (!err) {
		err = ENOMEM;
	}
	yajl_free(h);
	json_build_free(&b);
	return err;
}

void json_free(struct json *root)
{
	struct document *doc = (struct document *)root;

	if (!doc)
		return;
	arena_free(&doc->arena);
	free(doc);
}

const struct json *json_get(const struct json *object, const char *name)
{
	if (!json_is_object(object) || !name)
		return NULL;
	for (uint32_t i = 0; i < object->n; i++)
		if (!strcmp(object->u.item[i].name, name))
			return &object->u.item[i];
	return NULL;
}

const char *json_string(const struct json *v)
{
	return v && v->type == JSON_STRING ? v->u.s : NULL;
}

const char *json_get_string(const struct json *object, const char *name)
{
	return json_string(json_get(object, name));
}

static int64_t digits(const char *s, int64_t fallback)
{
	const char *p = s + (*s == '-');
	long long i;
	char *end;

	if (*p < '0' || *p > '9')
		return fallback;
	errno = 0;
	i = strtoll(s, &end, 10);
	return errno || *end ? fallback : i;
}

static int64_t rounded(const char *s, int64_t fallback)
{
	double d = strtod(s, NULL);

	/* The first double above INT64_MAX is 2^63. */
	if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0))
		return fallback;
	return (int64_t)d;
}

int64_t json_int(const struct json *v, int64_t fallback)
{
	if (!v)
		return fallback;
	switch (v->type) {
	case JSON_BOOL:
	case JSON_INT:
		return v->u.i;
	case JSON_NUMBER:
		return rounded(v->u.s, fallback);
	case JSON_STRING:
		return digits(v->u.s, fallback);
	default:
		return fallback;
	}
}

int64_t json_get_int(const struct json *object, const char *name,
		     int64_t fallback)
{
	return json_int(json_get(object, name), fallback);
}

bool json_get_bool(const struct json *object, const char *name, bool fallback)
{
	const struct json *v = json_get(object, name);

	if (v && v->type == JSON_STRING) {
		if (!strcmp(v->u.s, "true"))
			return true;
		if (!strcmp(v->u.s, "false"))
			return false;
	}
	return json_int(v, fallback) != 0;
}

bool json_is_object(const struct json *v)
{
	return v && v->type == JSON_OBJECT;
}

bool json_is_array(const struct json *v)
{
	return v && v->type == JSON_ARRAY;
}

size_t json_count(const struct json *array)
{
	return json_is_array(array) ? array->n : 0;
}

const struct json *json_at(const struct json *array, size_t i)
{
	return i < json_count(array) ? &array->u.item[i] : NULL;
}

const struct json *json_member(const struct json *object, size_t i,
			       const char **name)
{
	if (!json_is_object(object) || i >= object->n)
		return NULL;
	if (name)
		*name = object->u.item[i].name;
	return &object->u.item[i];
}
