/**
 * @file tui_keypad.c  The keypad and the pop-up, without a phone
 */
#include "tui_fixture.h"

static struct uc_call *talk(struct fixture *f, const char *number)
{
	struct uc_call *c = add_call(f, true, number, UC_CALL_TALKING);

	c->voip = true;
	c->functions = UC_DTMF | UC_HANG_UP;
	uc_call_changed(f->uc, c);
	return c;
}

static const char *kept(const struct fixture *f)
{
	return app_option_get(f->app, "keypad_place");
}

static void keypad_needs_a_call_of_the_built_in_phone(void **state)
{
	struct fixture *f = *state;
	struct uc_call *c;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "C-d");
	assert_shows(&t, "There is no call.");
	c = add_call(f, true, "201", UC_CALL_TALKING);
	terminal_keys(&t, "C-d");
	assert_shows(&t, "built-in phone only");
	assert_shows_not(&t, "7   8   9");
	uc_call_remove(f->uc, c);
	terminal_close(&t);
}

static void keypad_goes_with_its_call(void **state)
{
	struct fixture *f = *state;
	struct uc_call *first, *second;
	struct terminal t;

	first = talk(f, "201");
	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "C-d");
	assert_shows(&t, "7   8   9");
	/* It goes along to the one that is talked in now ... */
	first->state = UC_CALL_HELD;
	first->functions = UC_RESUME;
	uc_call_changed(f->uc, first);
	second = talk(f, "203");
	terminal_settle(&t);
	assert_shows(&t, "Almon Strowger hears");
	uc_call_remove(f->uc, first);
	terminal_settle(&t);
	assert_shows(&t, "7   8   9");
	/* ... and is over with it. */
	uc_call_remove(f->uc, second);
	terminal_settle(&t);
	assert_shows_not(&t, "7   8   9");
	terminal_close(&t);
}

static void keypad_shows_what_anybody_sent(void **state)
{
	struct fixture *f = *state;
	struct uc_call *c = talk(f, "201");
	struct terminal t, other;

	terminal_open(&t, f, 24, 80);
	terminal_open(&other, f, 30, 100);
	terminal_keys(&t, "C-d");
	terminal_keys(&other, "C-d");
	text_set(&c->tones, "0123456789012345678#");
	uc_call_changed(f->uc, c);
	terminal_settle(&t);
	terminal_settle(&other);
	assert_shows(&t, "678#");
	assert_shows(&other, "678#");
	/* Moved and folded here, it is so there. */
	terminal_keys(&t, "Enter");
	terminal_settle(&other);
	assert_shows(&t, "Keypad");
	assert_shows_not(&other, "7   8   9");
	terminal_close(&other);
	terminal_close(&t);
}

static void keypad_stays_on_the_screen(void **state)
{
	static const struct frame_size sizes[] = {
		{24, 80}, {10, 40}, {6, 30}, {3, 20}, {1, 5}, {50, 200}};
	struct fixture *f = *state;
	struct terminal t;
	unsigned i, k;

	talk(f, "201");
	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "C-d");
	/* The terminal's stand-in checks that no window hangs over. */
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct frame_message m = {.type = FRAME_RESIZE};

		m.size = sizes[i];
		t.size = sizes[i];
		tui_screen_input(t.screen, &m);
		terminal_settle(&t);
		for (k = 0; k < 60; k++)
			terminal_keys(&t, k % 2 ? "Down" : "Right");
		for (k = 0; k < 90; k++)
			terminal_keys(&t, k % 2 ? "Up" : "Left");
		terminal_keys(&t, "Enter");
	}
	assert_string_equal(kept(f), "0,0");
	terminal_keys(&t, "Home");
	assert_string_equal(kept(f), "middle");
	terminal_close(&t);
}

static void keypad_place_is_checked(void **state)
{
	static const char *const wrong[] = {
		"", "5", "5,", ",5", "-1,5", "5,5 ", "a,b", "5,5,5", "99999,1"};
	struct fixture *f = *state;
	char *why;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		why = NULL;
		assert_int_not_equal(app_option_set(f->app, "keypad_place",
						    wrong[i], false, &why),
				     0);
		assert_non_null(why);
		free(why);
	}
	assert_int_equal(
		app_option_set(f->app, "keypad_place", "5,12", false, &why), 0);
}

static void popup_is_of_calls_that_ring_newly(void **state)
{
	struct fixture *f = *state;
	struct uc_call *old;
	struct terminal t;
	char *why = NULL;

	assert_int_equal(app_option_set(f->app, "popup", "10s", false, &why),
			 0);
	terminal_open(&t, f, 24, 80);
	old = add_call(f, false, "202", UC_CALL_RINGING_IN);
	terminal_settle(&t);
	assert_shows(&t, "Call from inside");
	/* It rings for a minute now. */
	old->started_ms -= 60000;
	uc_call_changed(f->uc, old);
	terminal_settle(&t);
	assert_shows_not(&t, "Call from");
	add_call(f, false, "203", UC_CALL_RINGING_IN);
	terminal_settle(&t);
	assert_shows(&t, "Call from inside, and 1 more");
	uc_call_remove(f->uc, old);
	terminal_settle(&t);
	assert_shows(&t, "Call from inside");
	assert_shows_not(&t, "more");
	terminal_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		view_test(keypad_needs_a_call_of_the_built_in_phone),
		view_test(keypad_goes_with_its_call),
		view_test(keypad_shows_what_anybody_sent),
		view_test(keypad_stays_on_the_screen),
		view_test(keypad_place_is_checked),
		view_test(popup_is_of_calls_that_ring_newly),
	};

	return cmocka_run_group_tests(tests, loop_open, loop_shut);
}
