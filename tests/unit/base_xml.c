/* XML: the tree of what is right, EBADMSG for the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <offhook/base.h>

#include <cmocka.h>

static struct xml *parsed(const char *s)
{
	struct xml *x = NULL;

	assert_int_equal(xml_parse(&x, s, strlen(s)), 0);
	return x;
}

static void a_login_answer_is_read(void **state)
{
	struct xml *x = parsed(
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<LOGIN><ID>3b06a3af</ID><CNT>1</CNT><LASVERSION>"
		"<VERSION>4.00.721e</VERSION><APPLICATION>UCSUITE</APPLICATION>"
		"</LASVERSION></LOGIN>");
	(void)state;

	assert_string_equal(xml_name(x), "LOGIN");
	assert_string_equal(xml_text(x), "");
	assert_string_equal(xml_child_text(x, "ID"), "3b06a3af");
	assert_null(xml_child_text(x, "APPLICATION"));
	assert_string_equal(xml_text(xml_find(x, "APPLICATION")), "UCSUITE");
	assert_ptr_equal(xml_find(x, "LOGIN"), x);
	assert_null(xml_find(x, "id"));
	assert_null(xml_find(xml_child(x, "ID"), "CNT"));
	mem_deref(x);
}

static void siblings_and_attributes(void **state)
{
	struct xml *x = parsed("<a k='1&amp;2' l=\"\"><b>x</b><c/><b>y<!-- -->"
			       "<d/>z</b><![CDATA[<t>]]>&#228;</a>");
	const struct xml *b = xml_child(x, "b");
	(void)state;

	assert_string_equal(xml_attr(x, "k"), "1&2");
	assert_string_equal(xml_attr(x, "l"), "");
	assert_null(xml_attr(x, "m"));
	assert_null(xml_attr(b, "k"));
	assert_string_equal(xml_text(x), "<t>\xc3\xa4");
	assert_string_equal(xml_name(xml_next(b)), "c");
	assert_string_equal(xml_text(xml_next_same(b)), "yz");
	assert_null(xml_next_same(xml_next_same(b)));
	assert_string_equal(xml_name(xml_first(xml_next_same(b))), "d");
	mem_deref(x);
	assert_null(xml_name(NULL));
	assert_null(xml_text(NULL));
	assert_null(xml_attr(NULL, "a"));
	assert_null(xml_first(NULL));
	assert_null(xml_find(NULL, "a"));
	assert_null(xml_next_same(NULL));
}

static void assert_refused(const char *s, size_t len)
{
	struct xml *x = NULL;

	assert_int_equal(xml_parse(&x, s, len), EBADMSG);
	assert_null(x);
}

static void bad_documents_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"x",
		"<a>",
		"<a></b>",
		"<a/><b/>",
		"<a>\xff</a>",
		"<a b=1/>",
		"<a>&x;</a>",
		"<a b='1' b='2'/>",
		"<a>\x01</a>",
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
		"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
		"<?xml version='1.0' encoding='nonsense'?><a/>"};
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(char *); i++)
		assert_refused(bad[i], strlen(bad[i]));
	/* Half of a good one, at any byte. */
	for (size_t n = 0; n < 20; n++)
		assert_refused("<a><b c='d'>e</b></a>", n);
}

static void depth_and_count_are_bounded(void **state)
{
	struct text_buf b = {0};
	struct xml *x = NULL;
	(void)state;

	for (int i = 0; i < 32; i++)
		text_buf_add(&b, "<a>");
	for (int i = 0; i < 32; i++)
		text_buf_add(&b, "</a>");
	x = parsed(b.buf);
	mem_deref(x);
	text_buf_reset(&b);
	for (int i = 0; i < 33; i++)
		text_buf_add(&b, "<a>");
	for (int i = 0; i < 33; i++)
		text_buf_add(&b, "</a>");
	assert_refused(b.buf, b.len);
	text_buf_reset(&b);

	text_buf_add(&b, "<a>");
	for (int i = 0; i < 199999; i++)
		text_buf_add(&b, "<b/>");
	text_buf_add(&b, "</a>");
	x = parsed(b.buf);
	mem_deref(x);
	b.len -= 4;
	text_buf_add(&b, "<b/></a>");
	assert_refused(b.buf, b.len);
	text_buf_reset(&b);
}

static void what_is_escaped_reads_back(void **state)
{
	static const char text[] = "<&>\"' a\tb\r\nc \xc3\xa4 ]]>";
	struct text_buf b = {0};
	struct xml *x;
	(void)state;

	text_buf_add(&b, "<a k=\"");
	xml_escape(&b, text);
	text_buf_add(&b, "\">");
	xml_escape(&b, text);
	xml_escape(&b, "\x01\xff");
	xml_escape(&b, NULL);
	text_buf_add(&b, "</a>");
	x = parsed(b.buf);
	assert_string_equal(xml_attr(x, "k"), text);
	assert_int_equal(strncmp(xml_text(x), text, strlen(text)), 0);
	assert_string_equal(xml_text(x) + strlen(text),
			    "\xef\xbf\xbd\xef\xbf\xbd");
	mem_deref(x);
	text_buf_reset(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_answer_is_read),
		cmocka_unit_test(siblings_and_attributes),
		cmocka_unit_test(bad_documents_are_refused),
		cmocka_unit_test(depth_and_count_are_bounded),
		cmocka_unit_test(what_is_escaped_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
