/* Any bytes as comma separated values: what is read, written with quotes,
 * reads the same. */
#include <assert.h>
#include <stdlib.h>

#include <offhook/base.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_record(struct text_buf *b, const struct csv *c)
{
	for (size_t i = 0; i < csv_count(c); i++) {
		text_buf_add(b, i ? ",\"" : "\"");
		for (const char *s = csv_field(c, i); *s; s++)
			text_buf_add_n(b, *s == '"' ? "\"\"" : s,
				       *s == '"' ? 2 : 1);
		text_buf_add(b, "\"");
	}
	text_buf_add(b, "\r\n");
}

static size_t read_all(const void *data, size_t size, struct text_buf *b,
		       bool whole)
{
	FILE *f = fmemopen((void *)(uintptr_t)data, size, "r");
	size_t n = 0, line = 0;
	struct csv *c;
	int err;

	assert(f && !csv_alloc(&c, f));
	while ((err = csv_next(c)) != ENODATA) {
		assert(!err || err == EBADMSG);
		assert(!err || !whole);
		assert(csv_line(c) > line);
		line = csv_line(c);
		if (!err) {
			write_record(b, c);
			n++;
		}
	}
	csv_free(c);
	fclose(f);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_buf first = {NULL, 0, 0, 0}, again = {NULL, 0, 0, 0};
	char *a, *b;
	size_t n;

	if (!size)
		return 0;
	text_buf_add(&first, "");
	text_buf_add(&again, "");
	n = read_all(data, size, &first, false);
	a = text_buf_take(&first);
	assert(a);
	if (*a)
		assert(read_all(a, strlen(a), &again, true) == n);
	b = text_buf_take(&again);
	assert(b && !strcmp(a, b));
	free(a);
	free(b);
	return 0;
}
