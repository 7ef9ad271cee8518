/* Any bytes as a document: a tree that can be walked, or an error. */
#include <assert.h>
#include <stdlib.h>

#include <offhook/base.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t walk(const struct xml *x, struct text_buf *b)
{
	size_t n = 0;

	for (; x; x = xml_next(x), n++) {
		assert(xml_name(x) && xml_text(x));
		assert(!xml_attr(x, " "));
		xml_escape(b, xml_text(x));
		n += walk(xml_first(x), b);
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_buf b = {0};
	struct xml *x, *again = NULL;

	if (xml_parse(&x, (const char *)data, size))
		return 0;
	text_buf_add(&b, "<a>");
	walk(x, &b);
	text_buf_add(&b, "</a>");
	assert(xml_find(x, xml_name(x)) == x);
	assert(!xml_find(x, " "));
	/* What was escaped is a document again. */
	assert(xml_parse(&again, b.buf, b.len) == 0);
	mem_deref(again);
	mem_deref(x);
	text_buf_reset(&b);
	return 0;
}
