/**
 * @file tui_lists.c  Selection stays with what it is on; search; hostile names
 */
#include "tui_fixture.h"

static bool cursor_on(const struct terminal *t, const char *what)
{
	char *row = terminal_row(t, terminal_cursor_row(t));
	bool found = strstr(row, what) != NULL;

	free(row);
	return found;
}

static void selection_follows_its_row(void **state)
{
	struct fixture *f = *state;
	struct uc_group *g = uc_group_at(f->uc, 0);
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "j j");
	assert_true(cursor_on(&t, "Almon Strowger"));
	uc_group_remove(f->uc, g, uc_contact_by_id(f->uc, "int:201"));
	terminal_settle(&t);
	assert_true(cursor_on(&t, "Almon Strowger"));
	uc_group_add(f->uc, g, uc_contact_by_id(f->uc, "int:201"));
	terminal_settle(&t);
	assert_true(cursor_on(&t, "Almon Strowger"));
	/* Its own row gone, the selection is on a neighbour. */
	uc_group_remove(f->uc, g, uc_contact_by_id(f->uc, "int:203"));
	terminal_settle(&t);
	assert_true(cursor_on(&t, "Philipp Reis"));
	terminal_close(&t);
}

static bool has_word(const char *words, const char *word)
{
	char *hay = text_printf(" %s ", words ? words : "");
	char *needle = text_printf(" %s ", word);
	bool has = hay && needle && strstr(hay, needle);

	free(hay);
	free(needle);
	return has;
}

/* With the commands that screens add, two never want the same key in the same
   place. */
static void keys_mean_one_thing_in_a_place(void **state)
{
	struct fixture *f = *state;
	const struct app_command *c, *d;

	for (size_t i = 0; (c = app_command_at(f->app, i)); i++)
		for (size_t k = 0; k < i && (d = app_command_at(f->app, k));
		     k++) {
			char *keys = strdup(c->keys ? c->keys : ""), *rest;

			if (c->contexts != d->contexts &&
			    !(c->contexts & d->contexts))
				keys[0] = '\0';
			for (char *key = strtok_r(keys, " ", &rest); key;
			     key = strtok_r(NULL, " ", &rest))
				if (has_word(d->keys, key))
					fail_msg("%s: %s and %s", key, c->name,
						 d->name);
			free(keys);
		}
}

static void new_conversation_leaves_the_selection(void **state)
{
	struct fixture *f = *state;
	const struct uc_entry_prm e = {
		.id = "e9",
		.kind = UC_IN_MISSED,
		.at_ms = time_wall_ms(),
		.number = "202",
		.unread = true,
	};
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "F3 j");
	assert_true(cursor_on(&t, "Almon Strowger"));
	assert_int_equal(uc_entry_put(f->uc, &e), 0);
	terminal_settle(&t);
	assert_true(cursor_on(&t, "Almon Strowger"));
	assert_shows(&t, "Hedy Lamarr");
	assert_shows(&t, "missed 2");
	terminal_close(&t);
}

/** What a key has asked of which call. */
static char asked_of[16];

static int run_park(const struct app_invocation *i)
{
	snprintf(asked_of, sizeof(asked_of), "%s",
		 i->argc > 1 ? i->argv[1] : "any");
	return 0;
}

/** One key, and what came of it. */
static const char *asks_of(struct terminal *t, const char *key)
{
	asked_of[0] = '\0';
	terminal_keys(t, key);
	return asked_of;
}

static const struct app_argument which_call[] = {
	{.name = "call", .kind = APP_ARG_CALL, .optional = true},
	{.name = NULL},
};
static const struct app_command park[] = {
	{.name = "put-aside",
	 .summary = "Put a call aside.",
	 .arguments = which_call,
	 .origins = APP_FROM_KEY,
	 .contexts = APP_IN_CALL,
	 .function = UC_HOLD,
	 .keys = "Z",
	 .hint = "aside",
	 .run = run_park},
	{.name = NULL},
};

/* A key acts on the call that is selected, if that can do it; elsewhere the
 * application knows which is meant. */
static void keys_act_on_the_selected_call(void **state)
{
	struct fixture *f = *state;
	struct uc_call *strowger, *erlang;
	struct frame_message m = {.type = FRAME_MOUSE};
	struct terminal t;
	char id[16];

	assert_int_equal(app_command_register(f->app, park), 0);
	strowger = add_call(f, false, "203", UC_CALL_HELD);
	erlang = add_call(f, true, "201", UC_CALL_TALKING);
	strowger->functions = erlang->functions = UC_HOLD;
	terminal_open(&t, f, 24, 80);
	assert_string_equal(asks_of(&t, "Z"), "any");
	terminal_keys(&t, "F3 Home");
	for (int i = 0; i < 9 && !cursor_on(&t, "Almon Strowger"); i++)
		terminal_keys(&t, "j");
	snprintf(id, sizeof(id), "%u", strowger->id);
	assert_string_equal(asks_of(&t, "Z"), id);
	/* The key stands where it acts, and a click there is about that. */
	m.mouse.row = (uint32_t)terminal_find(&t, "Z aside");
	assert_true(terminal_column(&t, m.mouse.row, "Strowger") > 0);
	m.mouse.column = (uint32_t)terminal_column(&t, m.mouse.row, "Z aside");
	m.mouse.button = 1;
	asked_of[0] = '\0';
	tui_screen_input(t.screen, &m);
	terminal_settle(&t);
	assert_string_equal(asked_of, id);
	/* It cannot do that: the other may. */
	strowger->functions = 0;
	assert_string_equal(asks_of(&t, "Z"), "any");
	/* A conversation without a call says nothing of one. */
	strowger->functions = UC_HOLD;
	for (int i = 0; i < 9 && !cursor_on(&t, "5550100"); i++)
		terminal_keys(&t, "j");
	assert_string_equal(asks_of(&t, "Z"), "any");
	terminal_close(&t);
}

static void keys_move_by_row_page_and_end(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 12, 80);
	terminal_keys(&t, "G");
	assert_true(cursor_on(&t, "Almon Strowger"));
	terminal_keys(&t, "g");
	assert_true(cursor_on(&t, "Exchange"));
	terminal_keys(&t, "Down Down Up");
	assert_true(cursor_on(&t, "Agner Erlang"));
	terminal_keys(&t, "PageDown");
	assert_false(cursor_on(&t, "Agner Erlang"));
	terminal_keys(&t, "PageUp");
	assert_true(cursor_on(&t, "Exchange") || cursor_on(&t, "Agner"));
	terminal_close(&t);
}

static void groups_fold_by_enter(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "g Enter");
	assert_shows(&t, "▸ Exchange");
	assert_shows_not(&t, "Hedy Lamarr");
	assert_true(cursor_on(&t, "Exchange"));
	terminal_keys(&t, "Enter");
	assert_shows(&t, "▾ Exchange");
	assert_shows(&t, "Hedy Lamarr");
	terminal_close(&t);
}

static void mouse_selects_and_scrolls(void **state)
{
	struct fixture *f = *state;
	struct frame_message m = {.type = FRAME_MOUSE};
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	m.mouse.row = (uint32_t)terminal_find(&t, "Philipp Reis");
	m.mouse.column = 10;
	m.mouse.button = 1;
	tui_screen_input(t.screen, &m);
	terminal_settle(&t);
	assert_true(cursor_on(&t, "Philipp Reis"));
	m.mouse.button = 4;
	tui_screen_input(t.screen, &m);
	terminal_settle(&t);
	assert_false(cursor_on(&t, "Philipp Reis"));
	/* A tab is a place to click. */
	m.mouse.row = 1;
	m.mouse.column = (uint32_t)terminal_column(&t, 1, "Conversations");
	m.mouse.button = 1;
	tui_screen_input(t.screen, &m);
	terminal_settle(&t);
	assert_shows(&t, "in   missed");
	/* A release says nothing, nor does a place that is not there. */
	m.mouse.event = 2;
	tui_screen_input(t.screen, &m);
	m.mouse.event = 0;
	m.mouse.row = m.mouse.column = 100000;
	tui_screen_input(t.screen, &m);
	terminal_settle(&t);
	terminal_close(&t);
}

static void search_finds_while_typing(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "/");
	assert_shows(&t, "all directories (Tab)");
	terminal_keys(&t, "e r");
	assert_shows(&t, "/ er");
	assert_shows(&t, "Agner Erlang");
	assert_shows_not(&t, "Hedy Lamarr");
	/* The cursor stands behind what was typed. */
	assert_int_equal(terminal_cursor_row(&t), 1);
	assert_int_equal(t.cursor.column, 5);
	terminal_keys(&t, "x q");
	assert_shows(&t, "Nobody found");
	terminal_keys(&t, "Backspace Backspace");
	assert_shows(&t, "Agner Erlang");
	/* Down goes among the hits, Backspace to the text again. */
	terminal_keys(&t, "Down");
	assert_true(cursor_on(&t, "Agner Erlang"));
	terminal_keys(&t, "Backspace Esc");
	assert_shows(&t, "Hedy Lamarr");
	terminal_close(&t);
}

static void right_shows_the_numbers(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "/ h e d Right");
	assert_shows(&t, "Numbers");
	assert_shows(&t, "+49 89 7007-202");
	terminal_keys(&t, "Esc");
	assert_shows_not(&t, "+49 89 7007-202");
	assert_shows(&t, "/ hed");
	terminal_close(&t);
}

static void digits_begin_to_dial(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "2 0 3");
	assert_shows(&t, "/ 203");
	assert_shows(&t, "Almon Strowger");
	terminal_close(&t);
}

static void pasted_text_is_one_clean_line(void **state)
{
	struct fixture *f = *state;
	char text[] = "hed\x1b[31m\ny\x07";
	struct frame_message m = {.type = FRAME_PASTE, .text = text};
	struct terminal t;
	char *all, *p;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "/");
	tui_screen_input(t.screen, &m);
	terminal_settle(&t);
	all = terminal_text(&t);
	for (p = all; *p; p++)
		assert_true((unsigned char)*p >= 0x20 || *p == '\n');
	free(all);
	terminal_close(&t);
}

/* Names that want to break the screen: the columns after them stay. */
static void hostile_names_keep_the_columns(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = {
		"\x1b]0;owned\x07\x1b[2J\x1b[31mRed",
		"名前が長い人の名前がとても長い人",
		("\xe2\x80\xae"
		 "gnirts desrever"),
		"a\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86 Zalgo",
		"\xff\xfe broken",
		"👨‍👩‍👧 family",
	};
	char *big = malloc(65537), id[16];
	struct uc_group *g = uc_group_at(f->uc, 0);
	struct terminal t;
	unsigned i, sizes[] = {40, 80, 120};
	int row, column = -1;

	assert_non_null(big);
	memset(big, 'W', 65536);
	big[65536] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]) + 1; i++) {
		snprintf(id, sizeof(id), "%u", 300 + i);
		uc_group_add(f->uc, g,
			     add_colleague(f, id, i ? names[i - 1] : big,
					   PROTO_LUNCH, UC_LAMP_IDLE));
	}
	for (i = 0; i < 3; i++) {
		unsigned n;

		terminal_open(&t, f, 40, sizes[i]);
		column = -1;
		for (n = 300; n <= 306; n++) {
			snprintf(id, sizeof(id), " %u", n);
			row = terminal_find(&t, id);
			assert_true(row > 0);
			if (column < 0)
				column = terminal_column(&t, (unsigned)row,
							 "Lunch");
			assert_true(column > 0);
			assert_int_equal(
				terminal_column(&t, (unsigned)row, "Lunch"),
				column);
		}
		terminal_keys(&t, "j j j j j j j i Esc");
		terminal_close(&t);
	}
	free(big);
}

static void put_message(struct fixture *f, const char *id, const char *number,
			int64_t at_ms, const char *text)
{
	const struct uc_entry_prm e = {
		.id = id,
		.kind = UC_MESSAGE_IN,
		.at_ms = at_ms,
		.number = number,
		.text = text,
	};

	assert_int_equal(uc_entry_put(f->uc, &e), 0);
}

static void filter_holds_and_keeps_the_selection(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	put_message(f, "m:1", "202", 86400000, "ladder");
	terminal_keys(&t, "F3 G");
	assert_true(cursor_on(&t, "Hedy Lamarr"));
	terminal_keys(&t, "F F F");
	assert_shows(&t, "Show: messages");
	assert_true(cursor_on(&t, "Hedy Lamarr"));
	assert_shows(&t, "ladder");
	/* Others that come are there at once, and the selection stays. */
	put_message(f, "m:2", "203", time_wall_ms(), "rope");
	terminal_settle(&t);
	assert_shows(&t, "rope");
	assert_true(cursor_on(&t, "Hedy Lamarr"));
	terminal_keys(&t, "F2 F3");
	assert_shows(&t, "Show: messages");
	/* What was shown goes while it is shown. */
	uc_entry_delete(f->uc, "m:1");
	uc_entry_delete(f->uc, "m:2");
	uc_entry_delete(f->uc, "e2");
	terminal_settle(&t);
	assert_shows(&t, "No messages.");
	terminal_close(&t);
	/* The next terminal begins where this one was. */
	terminal_open(&t, f, 24, 80);
	assert_shows(&t, "No messages.");
	terminal_keys(&t, "F");
	assert_shows(&t, "Agner Erlang");
	terminal_close(&t);
}

static void conversations_are_searched_and_hits_gone_through(void **state)
{
	struct fixture *f = *state;
	int64_t now = time_wall_ms();
	struct terminal t;
	char id[16], text[32];

	for (int i = 0; i < 900; i++) {
		snprintf(id, sizeof(id), "m:%d", i);
		snprintf(text, sizeof(text), "%s %d",
			 i % 400 == 5 ? "ladder" : "rope", i);
		put_message(f, id, "202", now - (1000 - i) * 1000, text);
	}
	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "F3 \\ l a d d");
	assert_shows(&t, "ladder 805");
	assert_true(cursor_on(&t, "Show: all"));
	terminal_keys(&t, "Enter i");
	assert_shows(&t, "rope 899");
	terminal_keys(&t, "N");
	assert_true(cursor_on(&t, "ladder 805"));
	assert_shows(&t, "»");
	/* Beyond what there are rows for at first. */
	terminal_keys(&t, "N");
	assert_true(cursor_on(&t, "ladder 405"));
	terminal_keys(&t, "N");
	assert_true(cursor_on(&t, "ladder 5"));
	assert_shows(&t, "1 of 3 found");
	terminal_keys(&t, "N");
	assert_true(cursor_on(&t, "ladder 805"));
	terminal_keys(&t, "n n");
	assert_true(cursor_on(&t, "ladder 405"));
	/* Esc: to the list, and then the search is over. */
	terminal_keys(&t, "Esc");
	assert_shows(&t, "Show: all");
	terminal_keys(&t, "Esc");
	assert_shows(&t, "rope 899");
	terminal_keys(&t, "\\ x x x");
	assert_shows(&t, "Nothing found here.");
	terminal_keys(&t, "Backspace Backspace Backspace Backspace");
	assert_shows(&t, "rope 899");
	terminal_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		view_test(selection_follows_its_row),
		view_test(keys_mean_one_thing_in_a_place),
		view_test(new_conversation_leaves_the_selection),
		view_test(keys_act_on_the_selected_call),
		view_test(keys_move_by_row_page_and_end),
		view_test(groups_fold_by_enter),
		view_test(mouse_selects_and_scrolls),
		view_test(search_finds_while_typing),
		view_test(right_shows_the_numbers),
		view_test(digits_begin_to_dial),
		view_test(pasted_text_is_one_clean_line),
		view_test(hostile_names_keep_the_columns),
		view_test(filter_holds_and_keeps_the_selection),
		view_test(conversations_are_searched_and_hits_gone_through),
	};

	return cmocka_run_group_tests(tests, loop_open, loop_shut);
}
