/* Any bytes as a document, whole and in pieces: what is read can be written,
 * and reads the same. */
#include <assert.h>
#include <stdlib.h>

#include <offhook/base.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *written(const struct json *j)
{
	struct json_writer *w = json_writer_new();
	char *s;

	json_put(w, j);
	s = json_writer_take(w);
	json_writer_free(w);
	return s;
}

static int on_element(const char *member, const struct json *element, void *arg)
{
	char *s = written(element);
	(void)member;

	assert(s);
	free(s);
	++*(size_t *)arg;
	return 0;
}

static int stream(const char *s, size_t len, size_t step, size_t *n)
{
	struct json_stream *st;
	int err = json_stream_alloc(&st, on_element, n);

	assert(!err);
	for (size_t i = 0; i < len && !err; i += step)
		err = json_stream_feed(st, s + i,
				       len - i < step ? len - i : step);
	if (!err)
		err = json_stream_end(st);
	mem_deref(st);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	size_t whole = 0, pieces = 0;
	struct json *j, *again;
	char *a, *b;

	/* Pieces make no difference. */
	assert(stream(s, size, size ? size : 1, &whole) ==
	       stream(s, size, 3, &pieces));
	assert(whole == pieces);
	if (json_parse(&j, s, size))
		return 0;
	a = written(j);
	assert(a);
	assert(json_parse(&again, a, strlen(a)) == 0);
	b = written(again);
	assert(b && !strcmp(a, b));
	(void)json_int(j, 0);
	(void)json_get_string(j, "type");
	free(a);
	free(b);
	json_free(j);
	json_free(again);
	return 0;
}
