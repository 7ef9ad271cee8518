/* JSON: trees of what is right, errors for what is not, and out again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <offhook/base.h>

#include <cmocka.h>

static struct json *parsed(const char *s)
{
	struct json *root = NULL;

	assert_int_equal(json_parse(&root, s, strlen(s)), 0);
	assert_non_null(root);
	return root;
}

static void values_are_read(void **state)
{
	struct json *j = parsed(
		"{\"s\":\"a\\u00fc\\n\",\"i\":-7,\"big\":9223372036854775807,"
		"\"d\":2.9,\"huge\":1e300,\"t\":true,\"f\":false,\"n\":null,"
		"\"q\":\"42\",\"bad\":\"42x\",\"a\":[1,[2,3],{\"x\":{}}],"
		"\"zero\":\"a\\u0000b\"}");
	const char *name = NULL;
	(void)state;

	assert_true(json_is_object(j));
	assert_string_equal(json_get_string(j, "s"), "a\xc3\xbc\n");
	assert_int_equal(json_get_int(j, "i", 0), -7);
	assert_true(json_get_int(j, "big", 0) == INT64_MAX);
	assert_int_equal(json_get_int(j, "d", 0), 2);
	assert_int_equal(json_get_int(j, "huge", -1), -1);
	assert_int_equal(json_get_int(j, "t", 5), 1);
	assert_int_equal(json_get_int(j, "n", 5), 5);
	assert_int_equal(json_get_int(j, "q", 5), 42);
	assert_int_equal(json_get_int(j, "bad", 5), 5);
	assert_true(json_get_bool(j, "t", false));
	assert_false(json_get_bool(j, "f", true));
	assert_true(json_get_bool(j, "missing", true));
	assert_string_equal(json_get_string(j, "zero"), "a\xef\xbf\xbd"
							"b");
	assert_null(json_get_string(j, "i"));
	assert_int_equal(json_count(json_get(j, "a")), 3);
	assert_int_equal(json_int(json_at(json_at(json_get(j, "a"), 1), 1), 0),
			 3);
	assert_null(json_at(json_get(j, "a"), 3));
	assert_non_null(json_member(j, 1, &name));
	assert_string_equal(name, "i");
	assert_null(json_member(j, 12, &name));
	json_free(j);
}

static void nothing_is_missing(void **state)
{
	(void)state;
	assert_null(json_get(NULL, "a"));
	assert_null(json_string(NULL));
	assert_null(json_get_string(NULL, "a"));
	assert_int_equal(json_int(NULL, 3), 3);
	assert_int_equal(json_count(NULL), 0);
	assert_null(json_at(NULL, 0));
	assert_false(json_is_object(NULL));
	json_free(NULL);
}

static void assert_refused(const char *s, size_t len)
{
	struct json *root = (struct json *)1;

	assert_int_equal(json_parse(&root, s, len), EBADMSG);
	assert_ptr_equal(root, (struct json *)1);
}

static void bad_documents_are_refused(void **state)
{
	static const char *const bad[] = {
		"",	" ",	     "{",	  "[1,2",     "{\"a\":}",
		"[1]x", "[1][2]",    "{'a':1}",	  "\"\xff\"", "\"a\nb\"",
		"nul",	"{\"a\" 1}", "[\"\\x\"]", "[01]"};
	char deep[300];
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(char *); i++)
		assert_refused(bad[i], strlen(bad[i]));
	memset(deep, '[', 33);
	memset(deep + 33, ']', 33);
	assert_refused(deep, 66);
	assert_refused("[1\0]", 4);
	memset(deep, '[', sizeof(deep));
	assert_refused(deep, sizeof(deep));
}

static void depth_32_is_allowed(void **state)
{
	char deep[65] = "";
	struct json *j;
	(void)state;

	memset(deep, '[', 32);
	memset(deep + 32, ']', 32);
	j = parsed(deep);
	json_free(j);
}

static void what_is_written_reads_back(void **state)
{
	struct json_writer *w = json_writer_new();
	struct json *j, *again;
	char *s, *copy;
	(void)state;

	json_object(w);
	json_add_string(w, "text", "a\"\\\n\033\xe2\x80\xae\xff");
	json_add_string(w, "none", NULL);
	json_add_int(w, "min", INT64_MIN);
	json_add_bool(w, "yes", true);
	json_name(w, "list");
	json_array(w);
	json_put_int(w, 1);
	json_object(w);
	json_end(w);
	json_end(w);
	json_end(w);
	s = json_writer_take(w);
	assert_non_null(s);
	assert_null(strpbrk(s, "\n\r\033"));
	j = parsed(s);
	assert_string_equal(json_get_string(j, "text"),
			    "a\"\\\n\033\xe2\x80\xae\xef\xbf\xbd");
	assert_true(json_get_int(j, "min", 0) == INT64_MIN);
	assert_int_equal(json_count(json_get(j, "list")), 2);

	json_put(w, j);
	copy = json_writer_take(w);
	assert_string_equal(copy, s);
	free(copy);
	free(s);
	json_free(j);

	again = parsed("[1.50,1e2,12345678901234567890]");
	json_put(w, again);
	copy = json_writer_take(w);
	assert_string_equal(copy, "[1.50,1e2,12345678901234567890]");
	free(copy);
	json_free(again);
	json_writer_free(w);
}

static void broken_texts_are_not_handed_over(void **state)
{
	struct json_writer *w = json_writer_new();
	char *s;
	(void)state;

	json_object(w);
	assert_null(json_writer_take(w)); /* left open */
	json_object(w);
	json_put_int(w, 1); /* no name */
	json_end(w);
	assert_null(json_writer_take(w));
	json_end(w); /* one too many */
	assert_null(json_writer_take(w));
	json_array(w);
	json_end(w);
	s = json_writer_take(w);
	assert_string_equal(s, "[]");
	free(s);
	json_writer_free(w);
	json_object(NULL);
	assert_null(json_writer_take(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(nothing_is_missing),
		cmocka_unit_test(bad_documents_are_refused),
		cmocka_unit_test(depth_32_is_allowed),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(broken_texts_are_not_handed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
