/* Any bytes as a name, as a message, as a query, as a line of the log. */
#include <assert.h>
#include <stdlib.h>

#include <offhook/base.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_cells(const char *s, size_t max)
{
	size_t len = strlen(s), sum = 0, n, w;
	unsigned width;

	assert(len <= max && text_valid(s, len));
	for (size_t i = 0; i < len; i += n) {
		uint32_t cp;

		text_decode(&cp, s + i, len - i);
		assert(cp == '\n' || (cp >= 0x20 && cp != 0x7f));
		assert(cp < 0x80 || cp >= 0xa0);
		assert(cp < 0x202a || cp > 0x202e);
		n = text_cluster(s + i, len - i, &width);
		assert(n && width <= 2 && (width || cp == '\n'));
		sum += width;
	}
	assert(text_width(s) == sum);
	text_fit(s, sum / 2, &w);
	assert(w <= sum / 2);
}

static void check_clean(const char *s, size_t size, size_t max, bool lines)
{
	char *c = lines ? text_clean_lines(s, size, max)
			: text_clean(s, size, max);
	char *again = lines ? text_clean_lines(c, strlen(c), max)
			    : text_clean(c, strlen(c), max);

	check_cells(c, max);
	assert(!strcmp(c, again));
	free(c);
	free(again);
}

static void check_search(const char *s)
{
	struct text_query *q = text_query_new(s);
	char *once = text_fold(s, TEXT_FOLD_BARE);
	char *twice = text_fold(once, TEXT_FOLD_BARE);
	char *key = text_key(s);

	assert(q && key && !strcmp(once, twice));
	assert(text_query_match(q, s) == text_query_match_key(q, key));
	assert(text_query_match(q, s) == (text_query_rank(q, s) > 0));
	free(key);
	free(once);
	free(twice);
	text_query_free(q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);
	size_t len;

	assert(line);
	if (size)
		memcpy(line, data, size);
	line[size] = 0;
	check_clean(line, size, TEXT_LINE_MAX, false);
	check_clean(line, size, size ? data[0] : 0, true);
	check_search(line);
	len = strlen(line);
	log_redact(line);
	assert(strlen(line) <= len);
	free(line);
	return 0;
}
