/**
 * @file json_writer.c  JSON out
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include <offhook/base/text.h>

#include "json_int.h"

enum { DEPTH_MAX = 64 };

struct json_writer {
	yajl_gen gen;
	bool object[DEPTH_MAX]; /**< what is open: object or array */
	unsigned depth;
	bool bad;
};

struct json_writer *json_writer_new(void)
{
	struct json_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->gen = yajl_gen_alloc(NULL);
	if (!w->gen) {
		free(w);
		return NULL;
	}
	return w;
}

void json_writer_free(struct json_writer *w)
{
	if (!w)
		return;
	yajl_gen_free(w->gen);
	free(w);
}

static void check(struct json_writer *w, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok)
		w->bad = true;
}

static void begin(struct json_writer *w, bool object)
{
	if (!w)
		return;
	if (w->depth == DEPTH_MAX) {
		w->bad = true;
		return;
	}
	w->object[w->depth++] = object;
	check(w,
	      object ? yajl_gen_map_open(w->gen) : yajl_gen_array_open(w->gen));
}

void json_object(struct json_writer *w)
{
	begin(w, true);
}

void json_array(struct json_writer *w)
{
	begin(w, false);
}

void json_end(struct json_writer *w)
{
	if (!w)
		return;
	if (!w->depth) {
		w->bad = true;
		return;
	}
	check(w, w->object[--w->depth] ? yajl_gen_map_close(w->gen)
				       : yajl_gen_array_close(w->gen));
}

/* Bytes that are no UTF-8 would spoil the whole document. */
static char *repaired(const char *s, size_t len)
{
	struct text_buf b = {0};
	char utf8[4];
	uint32_t cp;

	for (size_t i = 0, n; i < len; i += n) {
		n = text_decode(&cp, s + i, len - i);
		text_buf_add_n(&b, utf8, text_encode(utf8, cp));
	}
	return text_buf_take(&b);
}

static void put_text(struct json_writer *w, const char *s)
{
	size_t len = strlen(s);
	char *own = NULL;

	if (!text_valid(s, len)) {
		own = repaired(s, len);
		if (!own) {
			w->bad = true;
			return;
		}
		s = own;
		len = strlen(s);
	}
	check(w, yajl_gen_string(w->gen, (const unsigned char *)s, len));
	free(own);
}

void json_name(struct json_writer *w, const char *name)
{
	json_put_string(w, name);
}

void json_put_string(struct json_writer *w, const char *s)
{
	if (!w)
		return;
	if (s)
		put_text(w, s);
	else
		check(w, yajl_gen_null(w->gen));
}

void json_put_int(struct json_writer *w, int64_t i)
{
	if (w)
		check(w, yajl_gen_integer(w->gen, i));
}

void json_put_bool(struct json_writer *w, bool b)
{
	if (w)
		check(w, yajl_gen_bool(w->gen, b));
}

void json_add_string(struct json_writer *w, const char *name, const char *s)
{
	json_name(w, name);
	json_put_string(w, s);
}

void json_add_int(struct json_writer *w, const char *name, int64_t i)
{
	json_name(w, name);
	json_put_int(w, i);
}

void json_add_bool(struct json_writer *w, const char *name, bool b)
{
	json_name(w, name);
	json_put_bool(w, b);
}

void json_add_hundredths(struct json_writer *w, const char *name, unsigned n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u.%02u", n / 100, n % 100);

	json_name(w, name);
	if (w)
		check(w, yajl_gen_number(w->gen, text, (size_t)len));
}

/* As deep as a parsed tree can be: JSON_DEPTH_MAX. */
void json_put(struct json_writer *w, const struct json *v)
{
	if (!w)
		return;
	switch (v ? v->type : JSON_NULL) {
	case JSON_NULL:
		check(w, yajl_gen_null(w->gen));
		break;
	case JSON_BOOL:
		json_put_bool(w, v->u.i != 0);
		break;
	case JSON_INT:
		json_put_int(w, v->u.i);
		break;
	case JSON_NUMBER:
		check(w, yajl_gen_number(w->gen, v->u.s, strlen(v->u.s)));
		break;
	case JSON_STRING:
		json_put_string(w, v->u.s);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		begin(w, v->type == JSON_OBJECT);
		for (uint32_t i = 0; i < v->n; i++) {
			if (v->type == JSON_OBJECT)
				json_name(w, v->u.item[i].name);
			json_put(w, &v->u.item[i]);
		}
		json_end(w);
		break;
	}
}

char *json_writer_take(struct json_writer *w)
{
	const unsigned char *text;
	char *s = NULL;
	size_t len;

	if (!w)
		return NULL;
	if (!w->bad && !w->depth &&
	    yajl_gen_get_buf(w->gen, &text, &len) == yajl_gen_status_ok)
		/* yajl has no buffer yet where nothing was written. */
		s = strndup(len ? (const char *)text : "", len);
	yajl_gen_clear(w->gen);
	yajl_gen_reset(w->gen, NULL);
	w->depth = 0;
	w->bad = false;
	return s;
}
