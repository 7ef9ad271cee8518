/**
 * @file tui_frames.c  Frames: one under way, few bytes, any storm of changes
 */
#include "tui_fixture.h"

static void tell_presence(struct fixture *f, const char *id,
			  enum proto_presence state)
{
	const struct uc_presence p = {.state = state};

	uc_set_presence(f->uc, uc_contact_by_id(f->uc, id), &p);
}

static void one_frame_is_under_way(void **state)
{
	struct fixture *f = *state;
	struct terminal t;
	unsigned i, frames;

	terminal_open(&t, f, 24, 80);
	t.silent = true;
	terminal_key(&t, "j");
	t.frames_seen = t.frames;
	for (i = 0; i < 20; i++) {
		tell_presence(f, "int:202", i % 2 ? PROTO_LUNCH : PROTO_HOME);
		terminal_key(&t, i % 2 ? "j" : "k");
		terminal_settle(&t);
	}
	assert_int_equal(t.unacked_max, 1);
	frames = t.frames;
	/* A number that was never sent frees nothing. */
	t.flush += 7;
	terminal_ack(&t);
	terminal_settle(&t);
	assert_int_equal(t.frames, frames);
	t.flush -= 7;
	t.silent = false;
	terminal_ack(&t);
	terminal_settle(&t);
	assert_int_equal(t.frames, frames + 1);
	terminal_close(&t);
}

static void no_change_sends_nothing(void **state)
{
	struct fixture *f = *state;
	struct terminal t;
	unsigned frames;

	terminal_open(&t, f, 24, 80);
	frames = t.frames;
	tell_presence(f, "int:200", PROTO_OFFICE);
	uc_account_changed(f->uc, UC_CHANGE_ACCOUNT);
	tell_presence(f, "int:203", PROTO_MEETING);
	terminal_settle(&t);
	assert_int_equal(t.frames, frames);
	terminal_close(&t);
}

/* A change repaints what changed: a word here, two names there. */
static void one_change_is_few_cells(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	tell_presence(f, "int:205", PROTO_HOME);
	terminal_frame(&t);
	assert_true(t.cells <= 12);
	assert_true(t.rows <= 2);
	terminal_key(&t, "j");
	terminal_frame(&t);
	/* Two marks and two names, and the line that explains. */
	assert_true(t.cells < 140);
	assert_true(t.rows < 12);
	terminal_close(&t);
}

static void a_burst_is_one_frame_or_two(void **state)
{
	struct fixture *f = *state;
	struct terminal t;
	unsigned i, frames;

	terminal_open(&t, f, 24, 80);
	frames = t.frames;
	for (i = 0; i < 1000; i++)
		tell_presence(f, "int:202", i % 2 ? PROTO_LUNCH : PROTO_HOME);
	terminal_settle(&t);
	assert_true(t.frames - frames <= 2);
	terminal_close(&t);
}

static void resize_storms_end_in_the_last_size(void **state)
{
	struct fixture *f = *state;
	struct terminal t;
	unsigned i;

	terminal_open(&t, f, 24, 80);
	for (i = 0; i < 300; i++)
		terminal_resize(&t, 1 + i * 7 % 200, 1 + i * 13 % 500);
	terminal_resize(&t, 30, 100);
	terminal_settle(&t);
	assert_shows(&t, "▾ Exchange");
	assert_shows(&t, ": command");
	assert_int_equal(t.unacked_max, 1);
	/* Nonsense is no size. */
	terminal_resize(&t, 0, 0);
	terminal_resize(&t, 100000, 100000);
	t.size.rows = 30;
	t.size.columns = 100;
	terminal_keys(&t, "j");
	assert_shows(&t, "▾ Exchange");
	terminal_close(&t);
}

static void redraw_sends_everything_again(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_key(&t, "C-l");
	terminal_frame(&t);
	assert_true(t.cells >= 24 * 80 / 2);
	terminal_close(&t);
}

static void a_screen_may_end_at_any_time(void **state)
{
	struct fixture *f = *state;
	struct terminal t, other;

	terminal_open(&t, f, 24, 80);
	terminal_open(&other, f, 24, 80);
	terminal_keys(&t, "/ h e d");
	terminal_key(&t, "Esc");
	terminal_close(&t);
	terminal_keys(&other, "? Esc :");
	terminal_keys(&other, "h e");
	terminal_close(&other);
	assert_int_equal(tui_screen_count(f->tui), 0);
}

static void detaching_says_so(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_key(&t, "D");
	assert_int_equal(t.left, 1);
	terminal_close(&t);
}

static void attaching_again_is_where_it_was(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "F3 j");
	assert_int_equal(terminal_cursor_row(&t),
			 terminal_find(&t, "Almon Strowger"));
	terminal_close(&t);
	terminal_open(&t, f, 30, 100);
	assert_shows(&t, "where is the");
	assert_int_equal(terminal_cursor_row(&t),
			 terminal_find(&t, "▌ ● Almon Strowger"));
	terminal_keys(&t, "F2");
	assert_shows(&t, "▌  ○ Agner Erlang");
	terminal_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		view_test(one_frame_is_under_way),
		view_test(no_change_sends_nothing),
		view_test(one_change_is_few_cells),
		view_test(a_burst_is_one_frame_or_two),
		view_test(resize_storms_end_in_the_last_size),
		view_test(redraw_sends_everything_again),
		view_test(a_screen_may_end_at_any_time),
		view_test(detaching_says_so),
		view_test(attaching_again_is_where_it_was),
	};

	return cmocka_run_group_tests(tests, loop_open, loop_shut);
}
