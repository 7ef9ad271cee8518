/* Any bytes as a document: what is read can be written, and reads the same. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	struct json *j, *again;
	char *a, *b;

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
