/**
 * @file app_link.c  Links: what is a number, and that it is only asked
 */
#include "app_fixture.h"

static int open_link(struct app *a, const char *url)
{
	const char *argv[] = {"link", url, NULL};
	struct app_sink sink = {0};
	int err = app_run(a, argv, 2, APP_FROM_LINK, &sink);

	if (err)
		assert_true(sink.error.len > 0);
	app_sink_reset(&sink);
	return err;
}

static struct app *online(void)
{
	struct app *a = app_make();

	uc_account_edit(app_uc(a))->connection = UC_ONLINE;
	return a;
}

static void test_numbers(void **state)
{
	static const struct {
		const char *url, *number;
	} rows[] = {
		{"tel:201", "201"},
		{"tel:+49-89-7007-201", "+49897007201"},
		{"TEL:+49(89)7007.201;ext=5", "+49897007201"},
		{"tel:%2B49%2089%207007", "+49897007"},
		{"callto:202", "202"},
		{"callto://+44 20 7946 0018", "+442079460018"},
		{"sip:203@uc.example;transport=tls", "203"},
	};
	struct app *a = online();
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct app_question *q;

		assert_int_equal(open_link(a, rows[i].url), 0);
		q = app_question(a);
		assert_non_null(q);
		/* The safe answer is the default. */
		assert_string_equal(q->choices[q->safe].key, "n");
		assert_int_equal(uc_call_count(app_uc(a)), 0);
		assert_int_equal(app_do(a, "choose 0", NULL), 0);
		assert_null(app_question(a));
	}
	mem_deref(a);
}

static void test_refused(void **state)
{
	static const char *const urls[] = {
		"",
		"tel:",
		"tel:+",
		"201",
		"http://example.com/201",
		"tel:*21*0900123456#",
		"tel:%2A21",
		"tel:%2321",
		"tel:12+3",
		"tel:\xd9\xa1\xd9\xa2",
		"sip:emma@uc.example",
		"tel:201\nquit",
		"tel:2%",
		"tel:2%2",
		"tel:201%0aquit",
		"tel:12345678901234567890123456789012345678901",
	};
	struct app *a = online();
	(void)state;

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		assert_int_equal(open_link(a, urls[i]), EINVAL);
		assert_null(app_question(a));
	}
	mem_deref(a);
}

/* A link can't do anything but ask. */
static void test_nothing_else(void **state)
{
	struct app *a = online();
	(void)state;

	for (size_t i = 0; i < app_command_count(a); i++) {
		const struct app_command *c = app_command_at(a, i);

		assert_int_equal(!!(c->origins & APP_FROM_LINK),
				 !strcmp(c->name, "link"));
	}
	mem_deref(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_numbers),
		TEST(test_refused),
		TEST(test_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
