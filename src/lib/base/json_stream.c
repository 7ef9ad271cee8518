/**
 * @file json_stream.c  A large answer, element by element
 */
#include <stdlib.h>

#include <yajl/yajl_parse.h>

#include <offhook/base/re.h>

#include "json_int.h"

struct json_stream {
	yajl_handle yajl;
	struct json_builder b;
	char *member;	/**< of the top-level object */
	unsigned outer; /**< containers open that are not built: 0, 1, 2 */
	bool object;	/**< the outermost is an object */
	bool seen;	/**< something stood at the top */
	bool feeding;
	int err;
	json_element_h *h;
	void *arg;
};

/* A value is complete: if it is a whole element, hand it over. */
static int complete(struct json_stream *s, bool ok)
{
	if (!ok) {
		s->err = s->b.err ? s->b.err : ENOMEM;
		return 0;
	}
	if (s->b.depth)
		return 1;
	s->err = s->h(s->member, &s->b.pending[0], s->arg);
	json_build_clear(&s->b);
	/* It was ended in there: whom would the next element be for? */
	if (!s->err && mem_nrefs(s) == 1)
		s->err = ECANCELED;
	return !s->err;
}

/* Values may stand in the top-level container, not in its place. */
static int value(struct json_stream *s, bool ok)
{
	if (!s->outer && !s->b.depth) {
		s->err = EBADMSG;
		return 0;
	}
	return complete(s, ok);
}

static int on_null(void *arg)
{
	struct json_stream *s = arg;

	return value(s,
		     json_build_value(&s->b, (struct json){.type = JSON_NULL}));
}

static int on_bool(void *arg, int on)
{
	struct json_stream *s = arg;
	struct json v = {.type = JSON_BOOL, .u.i = on != 0};

	return value(s, json_build_value(&s->b, v));
}

static int on_number(void *arg, const char *text, size_t len)
{
	struct json_stream *s = arg;

	return value(s, json_build_number(&s->b, text, len));
}

static int on_string(void *arg, const unsigned char *text, size_t len)
{
	struct json_stream *s = arg;

	return value(s, json_build_string(&s->b, (const char *)text, len));
}

static int on_name(void *arg, const unsigned char *text, size_t len)
{
	struct json_stream *s = arg;

	if (s->b.depth) {
		if (!json_build_name(&s->b, (const char *)text, len))
			s->err = s->b.err;
		return !s->err;
	}
	free(s->member);
	s->member = strndup((const char *)text, len);
	if (!s->member)
		s->err = ENOMEM;
	return !s->err;
}

static int begin(struct json_stream *s, enum json_type type)
{
	/* The outermost, and an array right below an object, are not built:
	 * what stands in them is. */
	if (!s->b.depth &&
	    (!s->outer || (s->outer == 1 && s->object && type == JSON_ARRAY))) {
		if (!s->outer)
			s->object = type == JSON_OBJECT;
		s->outer++;
		s->seen = true;
		return 1;
	}
	if (!json_build_begin(&s->b, type))
		s->err = s->b.err;
	return !s->err;
}

static int on_object(void *arg)
{
	return begin(arg, JSON_OBJECT);
}

static int on_array(void *arg)
{
	return begin(arg, JSON_ARRAY);
}

static int on_end(void *arg)
{
	struct json_stream *s = arg;

	if (s->b.depth)
		return complete(s, json_build_end(&s->b));
	s->outer--;
	return 1;
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

static void stream_destructor(void *arg)
{
	struct json_stream *s = arg;

	if (s->yajl)
		yajl_free(s->yajl);
	json_build_free(&s->b);
	free(s->member);
}

int json_stream_alloc(struct json_stream **sp, json_element_h *h, void *arg)
{
	struct json_stream *s;

	if (!sp || !h)
		return EINVAL;
	s = mem_zalloc(sizeof(*s), stream_destructor);
	if (!s)
		return ENOMEM;
	s->h = h;
	s->arg = arg;
	s->yajl = yajl_alloc(&callbacks, NULL, s);
	if (!s->yajl)
		return mem_deref(s), ENOMEM;
	*sp = s;
	return 0;
}

static int feed(struct json_stream *s, const char *data, size_t len)
{
	yajl_status status;

	if (!s || s->feeding)
		return EINVAL;
	if (s->err)
		return s->err;
	/* The handler may end the stream. */
	mem_ref(s);
	s->feeding = true;
	status = data ? yajl_parse(s->yajl, (const unsigned char *)data, len)
		      : yajl_complete_parse(s->yajl);
	s->feeding = false;
	if (status != yajl_status_ok && !s->err)
		s->err = EBADMSG;
	len = (size_t)s->err;
	mem_deref(s);
	return (int)len;
}

int json_stream_feed(struct json_stream *s, const char *data, size_t len)
{
	return feed(s, data ? data : "", data ? len : 0);
}

int json_stream_end(struct json_stream *s)
{
	int err = feed(s, NULL, 0);

	return err ? err : s->seen && !s->outer ? 0 : EBADMSG;
}
