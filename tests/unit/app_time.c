/**
 * @file app_time.c  Times as a person types them (SPEC T5.2.1)
 */
#include <time.h>
#include "app_fixture.h"

/** Tuesday, 2026-11-24 10:15, in UTC as the tests are run. */
static int64_t now_ms(void)
{
	struct tm tm = {.tm_year = 126,
			.tm_mon = 10,
			.tm_mday = 24,
			.tm_hour = 10,
			.tm_min = 15};

	return (int64_t)timegm(&tm) * 1000;
}

static void is(const char *text, const char *expected)
{
	int64_t ms = app_time_read(text, now_ms(), NULL);
	char buf[32] = "none";
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	if (ms >= 0)
		strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M", gmtime_r(&t, &tm));
	if (strcmp(buf, expected))
		print_error("\"%s\"\n", text);
	assert_string_equal(buf, expected);
}

static void clock_times(void **state)
{
	(void)state;
	is("14:30", "2026-11-24 14:30");
	is(" 14:30 ", "2026-11-24 14:30");
	is("11", "2026-11-24 11:00");
	is("9", "2026-11-25 09:00"); /* has passed today: tomorrow */
	is("10:14", "2026-11-25 10:14");
	is("2:30pm", "2026-11-24 14:30");
	is("12am", "2026-11-25 00:00");
	is("12pm", "2026-11-24 12:00");
	is("24:00", "none");
	is("9:60", "none");
	is("13pm", "none");
	is("123", "none");
	is("", "none");
	is("9x", "none");
	is("9 x", "none");
}

static void days(void **state)
{
	(void)state;
	is("today 12", "2026-11-24 12:00");
	is("today 9", "none"); /* has passed */
	is("tomorrow 9", "2026-11-25 09:00");
	is("tomorrow", "2026-11-25 08:00");
	is("TOMORROW 9:05", "2026-11-25 09:05");
	is("wednesday 8:30", "2026-11-25 08:30");
	is("tuesday 9", "2026-12-01 09:00"); /* the next one, not today */
	is("monday", "2026-11-30 08:00");
	is("mondays", "none");
	is("tomorrow9", "none");
}

static void dates(void **state)
{
	(void)state;
	is("2026-12-24 08:00", "2026-12-24 08:00");
	is("2026-12-24T08:00", "2026-12-24 08:00");
	is("2026-12-24", "2026-12-24 08:00");
	is("24.12.2026 8", "2026-12-24 08:00");
	is("24.12. 8", "2026-12-24 08:00");
	is("1.3. 8", "2027-03-01 08:00"); /* next year's */
	is("12/24/2026 8", "2026-12-24 08:00");
	is("2026-11-23 08:00", "none"); /* has passed */
	is("2026-06-31 08:00", "none");
	is("2026-13-01", "none");
	is("0000-00-00", "none");
	is("31.6.2027", "none");
}

static void from_now(void **state)
{
	(void)state;
	is("+45m", "2026-11-24 11:00");
	is("+2h", "2026-11-24 12:15");
	is("+1h30m", "2026-11-24 11:45");
	is("+90", "2026-11-24 11:45");
	is("+1d", "2026-11-25 10:15");
	is("+", "none");
	is("+x", "none");
	is("+99999", "none");
}

static void how_much_was_read(void **state)
{
	size_t used = 0;
	(void)state;

	assert_true(app_time_read("tomorrow 9 back soon", now_ms(), &used) > 0);
	assert_int_equal(used, strlen("tomorrow 9"));
	assert_true(app_time_read("14:30 in the canteen", now_ms(), &used) > 0);
	assert_int_equal(used, strlen("14:30"));
	assert_int_equal(app_time_read("back soon", now_ms(), &used), -1);
}

static void shown(struct app *a, int64_t ms, const char *expected)
{
	char *s = app_time_text(a, ms, now_ms());

	assert_string_equal(s, expected);
	free(s);
}

static void for_the_eye(void **state)
{
	struct app *a = app_make();
	int64_t ms = app_time_read("2026-12-24 08:00", now_ms(), NULL);
	char buf[32];
	(void)state;

	shown(a, app_time_read("14:30", now_ms(), NULL), "14:30");
	shown(a, ms, "2026-12-24 08:00");
	assert_int_equal(app_do(a, "set date_format dmy", NULL), 0);
	shown(a, ms, "24.12.2026 08:00");
	assert_int_equal(app_do(a, "set date_format mdy", NULL), 0);
	shown(a, ms, "12/24/2026 08:00");
	mem_deref(a);
	app_duration_text(buf, sizeof(buf), 42);
	assert_string_equal(buf, "0:42");
	app_duration_text(buf, sizeof(buf), 3723);
	assert_string_equal(buf, "1:02:03");
	app_duration_text(buf, sizeof(buf), -5);
	assert_string_equal(buf, "0:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(clock_times),
		TEST(days),
		TEST(dates),
		TEST(from_now),
		TEST(how_much_was_read),
		TEST(for_the_eye),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
