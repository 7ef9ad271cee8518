/**
 * @file app_options.c  Every row of the option table; the configuration
 */
#include "app_fixture.h"

static void every_row_is_whole(void **state)
{
	const struct app_option *o;
	struct app *a = app_make();
	size_t i;
	(void)state;

	for (i = 0; (o = app_option_at(a, i)); i++) {
		char *why = NULL;

		assert_non_null(o->text);
		assert_int_equal(o->text[strlen(o->text) - 1], '.');
		assert_non_null(o->initial);
		assert_ptr_equal(app_option_find(a, o->name), o);
		/* The first value is a good one. */
		assert_int_equal(
			app_option_set(a, o->name, o->initial, false, &why), 0);
		assert_null(why);
		assert_string_equal(app_option_get(a, o->name), o->initial);
		if (o->type == APP_OPTION_CHOICE)
			assert_non_null(o->choices);
	}
	assert_int_equal(app_option_count(a), i);
	mem_deref(a);
}

static void refuse(struct app *a, const char *name, const char *value, int err)
{
	char *why = NULL;

	assert_int_equal(app_option_set(a, name, value, false, &why), err);
	assert_non_null(why);
	free(why);
}

static void values_are_judged(void **state)
{
	struct app *a = app_make();
	(void)state;

	refuse(a, "voip", "maybe", EINVAL);
	refuse(a, "popup", "11s", EINVAL);
	refuse(a, "failed_call", "0", EINVAL);
	refuse(a, "failed_call", "2m", EINVAL);
	refuse(a, "failed_call", "-5", EINVAL);
	refuse(a, "failed_call", "99999999999999999999", EINVAL);
	refuse(a, "status_format", "#{call", EINVAL);
	refuse(a, "nothing", "x", ENOENT);
	assert_int_equal(app_option_set(a, "voip", "yes", false, NULL), 0);
	assert_true(app_option_flag(a, "voip"));
	assert_string_equal(app_option_get(a, "voip"), "on");
	assert_int_equal(app_option_set(a, "failed_call", "1m", false, NULL),
			 0);
	assert_int_equal(app_option_number(a, "failed_call"), 60);
	mem_deref(a);
}

struct seen {
	unsigned changes;
	const struct app_option *row;
};

static void note(uint32_t kind, const void *subject, void *arg)
{
	struct seen *s = arg;

	if (kind != APP_CHANGE_OPTION)
		return;
	s->changes++;
	s->row = subject;
}

static void changes_are_told_once(void **state)
{
	struct seen seen = {0};
	struct notify_sub *sub = NULL;
	struct app *a = app_make();
	(void)state;

	assert_int_equal(
		notify_subscribe(&sub, app_notify(a), UINT32_MAX, note, &seen),
		0);
	assert_int_equal(app_do(a, "set popup 10s", NULL), 0);
	assert_int_equal(app_do(a, "set popup 10s", NULL), 0);
	assert_int_equal(seen.changes, 1);
	assert_string_equal(seen.row->name, "popup");
	mem_deref(sub);
	mem_deref(a);
}

static void file_then_what_dialogs_changed(void **state)
{
	struct app *a;
	(void)state;

	app_config("set popup 5s\nset date_format dmy\nbad line here\n"
		   "dial 201\nslot 2 user 200\nslot 2 lan uc.example\n"
		   "set nothing x\n");
	a = app_make();
	assert_string_equal(app_option_get(a, "popup"), "5s");
	assert_string_equal(app_option_get(a, "date_format"), "dmy");
	assert_string_equal(app_slot(a, 1)->user, "200");
	assert_string_equal(app_slot(a, 1)->lan, "uc.example");
	assert_null(app_slot(a, 4));
	/* What was bad is told, and did not stop the rest. */
	assert_non_null(uc_last_notice(app_uc(a)));
	assert_int_equal(app_do(a, "set popup never", NULL), 0);
	assert_int_equal(
		app_do(a, "set audio_input \"Bob's \\\"mic\\\"\"", NULL), 0);
	assert_int_equal(app_do(a, "slot 2 wan '[::1]:99'", NULL), 0);
	mem_deref(a);
	a = app_make();
	assert_string_equal(app_option_get(a, "popup"), "never");
	assert_string_equal(app_option_get(a, "date_format"), "dmy");
	assert_string_equal(app_option_get(a, "audio_input"), "Bob's \"mic\"");
	assert_string_equal(app_slot(a, 1)->wan, "[::1]:99");
	mem_deref(a);
}

static const char *const colours[] = {"dark", "light", NULL};
static const struct app_option late_rows[] = {
	{.name = "late_theme",
	 .type = APP_OPTION_CHOICE,
	 .choices = colours,
	 .initial = "dark",
	 .text = "Colours."},
	{.name = NULL},
};
static const struct app_option twice_rows[] = {
	{.name = "popup",
	 .type = APP_OPTION_TEXT,
	 .initial = "",
	 .text = "Twice."},
	{.name = NULL},
};

/* A front end's row finds what the file said before it was there. */
static void rows_that_come_late(void **state)
{
	struct app *a;
	(void)state;

	app_config("set late_theme light\n");
	a = app_make();
	assert_int_equal(app_option_register(a, late_rows), 0);
	assert_string_equal(app_option_get(a, "late_theme"), "light");
	assert_int_equal(app_option_register(a, late_rows), 0);
	assert_int_equal(app_option_register(a, twice_rows), EEXIST);
	mem_deref(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_is_whole),
		TEST(values_are_judged),
		TEST(changes_are_told_once),
		TEST(file_then_what_dialogs_changed),
		TEST(rows_that_come_late),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
