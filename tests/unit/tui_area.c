/**
 * @file tui_area.c  A text of several lines: broken, edited
 */
#include "tui_fixture.h"
#include "../../src/client/tui/tui_int.h"

/* Lines with | between them. */
static void broken(const char *text, unsigned columns, const char *wanted)
{
	struct text_buf b = {0};
	struct text_piece *p;
	size_t n = text_pieces(text, columns, &p);

	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		assert_true(p[i].from <= p[i].to && p[i].to <= strlen(text));
		text_buf_printf(&b, "%s", i ? "|" : "");
		text_buf_add_n(&b, text + p[i].from, p[i].to - p[i].from);
	}
	assert_string_equal(b.buf ? b.buf : "", wanted);
	text_buf_reset(&b);
	free(p);
}

static void lines(void **state)
{
	(void)state;
	broken("", 10, "");
	broken("one", 10, "one");
	broken("one two three", 8, "one two|three");
	broken("one two three", 7, "one two|three");
	broken("onetwothree", 4, "onet|woth|ree");
	broken("a onetwothree", 6, "a|onetwo|three");
	broken("one\ntwo\n\nthree\n", 10, "one|two||three|");
	broken("日本語です", 4, "日本|語で|す");
	broken("日本語です", 5, "日本|語で|す");
	broken("👩‍👧👩‍👧", 3, "👩‍👧|👩‍👧");
	broken("e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301|e\u0301");
	broken("wide", 0, "wi|de");
}

static void keys(struct area *a, const char *const *k)
{
	for (; *k; k++)
		assert_int_equal(area_key(a, *k), AREA_TAKEN);
}
#define KEYS(a, ...) keys(a, (const char *const[]){__VA_ARGS__, NULL})

static void editing(void **state)
{
	struct area a = {0};
	(void)state;

	(void)area_rows(&a, 20);
	KEYS(&a, "a", "b", "Space", "c");
	assert_true(area_insert(&a, "\nsecond 日本"));
	assert_string_equal(a.text, "ab c\nsecond 日本");
	KEYS(&a, "Backspace", "Up");
	assert_int_equal(a.cursor, 4); /* the end of the shorter line */
	KEYS(&a, "x", "Home", "y", "Down", "Home", "Backspace");
	assert_string_equal(a.text, "yab cxsecond 日");
	KEYS(&a, "C-k");
	assert_string_equal(a.text, "yab cx");
	KEYS(&a, "C-w", "C-u");
	assert_string_equal(a.text, "");
	/* At the edges nothing happens. */
	KEYS(&a, "Backspace", "Delete", "Left", "Right", "Up", "Down", "C-w",
	     "C-u", "C-k");
	assert_string_equal(a.text, "");
	assert_int_equal(area_key(&a, "PageUp"), AREA_NOT);
	/* Control characters are none that one can write. */
	assert_true(area_insert(&a, "a\x1b[2Jb\rc\td"));
	assert_null(strchr(a.text, 0x1b));
	area_close(&a);
}

static void whole_or_not_at_all(void **state)
{
	char *big = malloc(TEXT_MESSAGE_MAX + 2);
	struct area a = {0};
	(void)state;

	memset(big, 'x', TEXT_MESSAGE_MAX + 1);
	big[TEXT_MESSAGE_MAX + 1] = '\0';
	assert_false(area_insert(&a, big));
	assert_string_equal(a.text, "");
	big[TEXT_MESSAGE_MAX] = '\0';
	assert_true(area_insert(&a, big));
	assert_int_equal(area_key(&a, "y"), AREA_FULL);
	assert_int_equal(strlen(a.text), TEXT_MESSAGE_MAX);
	area_close(&a);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(editing),
		cmocka_unit_test(whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
