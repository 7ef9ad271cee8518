/**
 * @file tui_screens.c  Screens of several sizes look as SCREENS.md has them
 */
#include "tui_fixture.h"

/* List and detail side by side: columns line up, the panes are parted by one
 * rule, the words are those of the sketch. */
static void detail_view_shows_list_and_detail(void **state)
{
	struct fixture *f = *state;
	struct terminal t;
	int row, other;

	terminal_open(&t, f, 30, 100);
	assert_shows(&t, "Emma Nutt 200");
	assert_shows(&t, "desk phone 200");
	assert_shows(&t, "missed 1");
	assert_shows(&t, "Favourites");
	assert_shows(&t, "/ search or dial");
	assert_shows(&t, "▾ Exchange");
	assert_shows(&t, "4 of 5");
	assert_shows(&t, "◆ Hedy Lamarr");
	assert_shows(&t, "╳ Philipp Reis");
	assert_shows(&t, "● Almon Strowger");
	/* The first person is selected, and the detail shows them. */
	row = terminal_find(&t, "▌  ○ Agner Erlang");
	assert_true(row > 0);
	assert_int_equal(terminal_cursor_row(&t), row);
	assert_int_equal(t.cursor.visible, 1);
	assert_shows(&t, "+49 89 7007-201");
	/* ┬ and ┴ stand over and under the rule between the panes. */
	other = terminal_column(&t, 2, "┬");
	assert_true(other > 0);
	assert_int_equal(terminal_column(&t, (unsigned)row, "│"), other);
	assert_int_equal(
		terminal_column(&t, (unsigned)terminal_find(&t, "┴"), "┴"),
		other);
	/* Presence words and numbers are columns. */
	other = terminal_find(&t, "Oliver Heaviside");
	assert_int_equal(terminal_column(&t, (unsigned)row, "Office"),
			 terminal_column(&t, (unsigned)other, "Lunch"));
	assert_int_equal(terminal_column(&t, (unsigned)row, "201"),
			 terminal_column(&t, (unsigned)other, "205"));
	terminal_close(&t);
}

/* A return time does not cost the state its end: names come first, then
 * states, then the space between. */
static void states_are_whole_beside_return_times(void **state)
{
	struct fixture *f = *state;
	struct uc_presence p = {.state = PROTO_OUT_OF_OFFICE};
	struct terminal t;
	int row;

	p.until_ms = time_wall_ms() + 3 * 86400000LL;
	uc_set_presence(f->uc, uc_contact_by_id(f->uc, "int:205"), &p);
	terminal_open(&t, f, 30, 100);
	row = terminal_find(&t, "Oliver Heaviside");
	assert_true(row > 0);
	assert_int_equal(terminal_find(&t, "Out of office"), row);
	assert_int_equal(terminal_find(&t, "→"), row);
	/* A longer word on one row moves no other row's columns. */
	row = terminal_column(&t, (unsigned)terminal_find(&t, "202"), "202");
	p.state = PROTO_DO_NOT_DISTURB;
	p.until_ms = 0;
	uc_set_presence(f->uc, uc_contact_by_id(f->uc, "int:205"), &p);
	terminal_settle(&t);
	assert_shows(&t, "Do Not Disturb");
	assert_int_equal(
		terminal_column(&t, (unsigned)terminal_find(&t, "202"), "202"),
		row);
	terminal_close(&t);
}

/* The words of a conversation need no more room than 100 columns have, and
 * its name is as wide as names are. */
static void conversations_say_what_happened(void **state)
{
	struct fixture *f = *state;
	const struct uc_entry_prm e = {
		.id = "e9",
		.kind = UC_OUT_UNANSWERED,
		.at_ms = time_wall_ms(),
		.number = "205",
	};
	struct terminal t;

	assert_int_equal(uc_entry_put(f->uc, &e), 0);
	terminal_open(&t, f, 30, 100);
	terminal_keys(&t, "F3");
	assert_true(terminal_find(&t, "in   answered") > 0);
	assert_true(terminal_find(&t, "out  unanswered") > 0);
	assert_int_equal(terminal_find(&t, "○ Oliver Heaviside"),
			 terminal_find(&t, "out  unanswered"));
	terminal_close(&t);
}

/* Dates are written as the option says, at once. */
static void dates_follow_their_option(void **state)
{
	struct fixture *f = *state;
	const struct uc_entry_prm e = {
		.id = "e9",
		.kind = UC_IN_ANSWERED,
		.at_ms = 1735041600000, /* 2024-12-24 12:00 UTC */
		.number = "205",
	};
	struct terminal t;

	assert_int_equal(uc_entry_put(f->uc, &e), 0);
	terminal_open(&t, f, 30, 100);
	terminal_keys(&t, "F3 G");
	assert_shows(&t, " 12-24 ");
	assert_shows(&t, "Tue 2024-12-24");
	assert_int_equal(app_run_line(f->app, "set date_format dmy",
				      APP_FROM_SHELL, NULL),
			 0);
	terminal_settle(&t);
	assert_shows(&t, " 24.12. ");
	assert_shows(&t, "Tue 24.12.2024");
	assert_int_equal(app_run_line(f->app, "set date_format mdy",
				      APP_FROM_SHELL, NULL),
			 0);
	terminal_settle(&t);
	assert_shows(&t, " 12/24 ");
	assert_shows(&t, "Tue 12/24/2024");
	terminal_close(&t);
}

/* One long number from outside takes nobody's return time away: it uses the
 * room of the states that its owner does not have. */
static void long_numbers_use_empty_columns(void **state)
{
	struct fixture *f = *state;
	struct uc_number n = {UC_NUMBER_BUSINESS, (char *)"+44 20 7946 0018"};
	struct uc_contact_prm ada = {.id = "glo:1",
				     .name = "Ada Lovelace",
				     .directory = UC_GLOBAL,
				     .numbers = &n,
				     .number_count = 1};
	struct uc_presence lunch = {.state = PROTO_LUNCH};
	struct uc_contact *c = NULL;
	struct terminal t;

	lunch.until_ms = time_wall_ms() + 3600000;
	uc_set_presence(f->uc, uc_contact_by_device(f->uc, "205"), &lunch);
	assert_int_equal(uc_contact_put(f->uc, &ada, &c), 0);
	assert_int_equal(uc_group_add(f->uc, uc_group_at(f->uc, 0), c), 0);
	terminal_open(&t, f, 30, 100);
	assert_int_equal(terminal_find(&t, "Ada Lovelace"),
			 terminal_find(&t, "+44 20 7946 0018"));
	assert_int_equal(terminal_find(&t, "Oliver Heaviside"),
			 terminal_find(&t, "→"));
	terminal_close(&t);
}

/* Day and time where there is room: in header, detail and a wide list. In
 * three days' time, at eight. */
static void return_times_on_another_day(void **state)
{
	struct fixture *f = *state;
	time_t then = (time_t)(time_wall_ms() / 1000) + 3 * 86400;
	struct uc_presence p = {.state = PROTO_MEETING, .note = NULL};
	static const char *const names[] = {"Sun", "Mon", "Tue", "Wed",
					    "Thu", "Fri", "Sat"};
	char whole[32], day[16];
	struct terminal t;
	struct tm tm;

	localtime_r(&then, &tm);
	tm.tm_hour = 8;
	tm.tm_min = 0;
	p.until_ms = (int64_t)mktime(&tm) * 1000;
	snprintf(day, sizeof(day), "→ %s", names[tm.tm_wday]);
	snprintf(whole, sizeof(whole), "%s 08:00", day);
	uc_set_presence(f->uc, uc_contact_by_device(f->uc, "200"), &p);
	uc_set_presence(f->uc, uc_contact_by_device(f->uc, "205"), &p);
	terminal_open(&t, f, 30, 140);
	assert_int_equal(terminal_find(&t, whole), 0);
	assert_true(terminal_column(
			    &t,
			    (unsigned)terminal_find(&t, "○ Oliver Heaviside"),
			    whole) > 0);
	terminal_close(&t);
	/* Office has none, whatever a server says. */
	p.state = PROTO_OFFICE;
	uc_set_presence(f->uc, uc_contact_by_device(f->uc, "200"), &p);
	uc_set_presence(f->uc, uc_contact_by_device(f->uc, "205"), &p);
	terminal_open(&t, f, 30, 140);
	assert_shows_not(&t, day);
	terminal_close(&t);
}

static void list_view_has_the_list_alone(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	assert_shows(&t, "desk 200");
	assert_shows(&t, "◆ Hedy Lamarr");
	assert_shows(&t, "rings");
	assert_shows_not(&t, "+49 89 7007-201");
	assert_shows_not(&t, "│");
	/* i opens the detail instead of the list, Esc brings it back. */
	terminal_keys(&t, "i");
	assert_shows(&t, "+49 89 7007-201");
	assert_shows_not(&t, "Hedy Lamarr");
	terminal_keys(&t, "Esc");
	assert_shows(&t, "Hedy Lamarr");
	terminal_close(&t);
}

static void conversations_are_newest_first(void **state)
{
	struct fixture *f = *state;
	struct terminal t;
	int missed, message, answered;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "F3");
	missed = terminal_find(&t, "in   missed");
	message = terminal_find(&t, "where is the ladder");
	answered = terminal_find(&t, "in   answered");
	assert_shows(&t, "in   missed");
	assert_true(message == missed + 1);
	assert_true(answered == missed + 2);
	assert_int_equal(terminal_cursor_row(&t), missed);
	terminal_close(&t);
}

static void usable_at_40_by_10(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 10, 40);
	assert_shows(&t, "Emma");
	assert_shows(&t, "Office");
	assert_shows(&t, "Agner Erlang");
	assert_shows(&t, "201");
	assert_shows(&t, "/ search");
	add_call(f, true, "202", UC_CALL_TALKING);
	terminal_settle(&t);
	assert_shows(&t, "talking");
	assert_shows(&t, "Agner Erlang");
	terminal_close(&t);
}

static void fills_500_by_200(void **state)
{
	struct fixture *f = *state;
	struct terminal t;
	int row;

	terminal_open(&t, f, 200, 500);
	row = terminal_find(&t, "Agner Erlang");
	assert_true(row > 0);
	/* What belongs together is not torn apart by a wide terminal. */
	assert_true(terminal_column(&t, (unsigned)row, "201") < 80);
	assert_shows(&t, "+49 89 7007-201");
	assert_shows(&t, ": command");
	terminal_close(&t);
}

/* What has no row in the call bar is counted; a tall screen has more rows. */
static void many_calls_are_counted(void **state)
{
	static const char *const numbers[] = {"+49301", "+49302", "+49303",
					      "+49304", "+49305", "+49306"};
	struct fixture *f = *state;
	struct terminal t;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		add_call(f, true, numbers[i], UC_CALL_HELD);
	terminal_open(&t, f, 18, 80);
	assert_shows(&t, "3 more calls");
	terminal_resize(&t, 24, 80);
	terminal_frame(&t);
	assert_shows_not(&t, "more call");
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		assert_shows(&t, numbers[i]);
	terminal_close(&t);
}

/* Nothing is drawn outside, nothing crashes, whatever the size. */
static void every_small_size_holds(void **state)
{
	struct fixture *f = *state;
	struct terminal t;
	unsigned rows, columns;

	add_call(f, true, "202", UC_CALL_HELD);
	add_call(f, false, "203", UC_CALL_RINGING_IN);
	terminal_open(&t, f, 24, 80);
	for (rows = 1; rows < 20; rows += 2) {
		for (columns = 1; columns < 120; columns += 7) {
			terminal_resize(&t, rows, columns);
			terminal_frame(&t);
		}
	}
	terminal_keys(&t, "?");
	for (rows = 1; rows < 12; rows++) {
		terminal_resize(&t, rows, 3 * rows);
		terminal_frame(&t);
	}
	terminal_close(&t);
}

/* Who knows the way to the help finds the rest. */
static void help_stays_longest_in_the_hints(void **state)
{
	struct fixture *f = *state;
	struct terminal t;
	unsigned columns;

	terminal_open(&t, f, 24, 200);
	assert_shows(&t, "Q quit");
	for (columns = 192; columns >= 16; columns -= 8) {
		char *keys;

		terminal_resize(&t, 24, columns);
		terminal_frame(&t);
		keys = terminal_row(&t, 23);
		if (!strstr(keys, "? help"))
			fail_msg("%u columns: %s", columns, keys);
		free(keys);
	}
	terminal_close(&t);
}

static void ascii_terminal_gets_the_other_signs(void **state)
{
	struct fixture *f = *state;
	struct terminal t;
	char *text, *p;

	terminal_open_as(&t, f, 24, 100, FRAME_HELLO_ASCII);
	assert_shows(&t, "! Hedy Lamarr");
	assert_shows(&t, "# Almon Strowger");
	assert_shows(&t, "x Philipp Reis");
	assert_shows(&t, "o Oliver Heaviside");
	text = terminal_text(&t);
	for (p = text; *p; p++)
		assert_true((unsigned char)*p < 0x80 || *p == '\n');
	free(text);
	terminal_close(&t);
}

static void a_lost_connection_greys_all_but_one_line(void **state)
{
	struct fixture *f = *state;
	struct uc_account *a = uc_account_edit(f->uc);
	const struct frame_cell *cell;
	struct terminal t;
	int row;

	terminal_open(&t, f, 24, 100);
	a->connection = UC_LOST;
	a->since_ms = time_wall_ms();
	a->retry_ms = a->since_ms + 60000;
	uc_account_changed(f->uc, UC_CHANGE_CONNECTION);
	terminal_settle(&t);
	row = terminal_find(&t, "No connection to uc.example:8802 since");
	assert_true(row > 0);
	assert_shows(&t, "Next try in");
	cell = terminal_cell(&t, (unsigned)row, 2);
	assert_int_equal(cell->style, STYLE_WARNING);
	/* The view is there still, in grey, without claiming to be true. */
	row = terminal_find(&t, "Hedy Lamarr");
	assert_true(row > 0);
	cell = terminal_cell(&t, (unsigned)row, 5);
	assert_int_equal(cell->style, STYLE_FAINT);
	assert_shows_not(&t, "◆");
	a = uc_account_edit(f->uc);
	a->connection = UC_ONLINE;
	uc_account_changed(f->uc, UC_CHANGE_CONNECTION);
	terminal_settle(&t);
	assert_shows_not(&t, "No connection");
	assert_shows(&t, "◆ Hedy Lamarr");
	terminal_close(&t);
}

static void several_screens_have_their_own_place(void **state)
{
	struct fixture *f = *state;
	struct terminal a, b;

	terminal_open(&a, f, 24, 80);
	terminal_open(&b, f, 40, 120);
	assert_int_equal(tui_screen_count(f->tui), 2);
	terminal_keys(&a, "F3");
	terminal_keys(&b, "j j");
	assert_shows(&a, "in   missed");
	assert_shows(&b, "▌  ● Almon Strowger");
	terminal_close(&a);
	assert_int_equal(tui_screen_count(f->tui), 1);
	terminal_keys(&b, "k");
	assert_shows(&b, "▌  ◆ Hedy Lamarr");
	terminal_close(&b);
}

/* What ctl says the screen shows is what the terminal shows. */
static void text_of_the_screen_agrees(void **state)
{
	struct fixture *f = *state;
	struct terminal t;
	char *a, *b;

	terminal_open(&t, f, 24, 100);
	terminal_keys(&t, "?");
	a = terminal_text(&t);
	b = tui_screen_text(t.screen);
	assert_string_equal(a, b);
	free(a);
	free(b);
	terminal_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		view_test(detail_view_shows_list_and_detail),
		view_test(states_are_whole_beside_return_times),
		view_test(conversations_say_what_happened),
		view_test(dates_follow_their_option),
		view_test(return_times_on_another_day),
		view_test(long_numbers_use_empty_columns),
		view_test(list_view_has_the_list_alone),
		view_test(conversations_are_newest_first),
		view_test(usable_at_40_by_10),
		view_test(fills_500_by_200),
		view_test(many_calls_are_counted),
		view_test(every_small_size_holds),
		view_test(help_stays_longest_in_the_hints),
		view_test(ascii_terminal_gets_the_other_signs),
		view_test(a_lost_connection_greys_all_but_one_line),
		view_test(several_screens_have_their_own_place),
		view_test(text_of_the_screen_agrees),
	};

	return cmocka_run_group_tests(tests, loop_open, loop_shut);
}
