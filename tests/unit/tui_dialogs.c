/**
 * @file tui_dialogs.c  Calls and their pop-up, dialogs, help, command line
 */
#include "tui_fixture.h"

/* ---- a phone of straw, which calls are made on ------------------------- */

struct phone {
	struct app_carrier *carrier;
	struct app_carrier_call *call;
	char *dialled;
	unsigned answered;
};

static int phone_dial(void *arg, struct app_carrier_call *call,
		      const char *number)
{
	struct phone *p = arg;

	p->call = call;
	app_carrier_leg(call, p);
	return text_set(&p->dialled, number);
}

static int phone_answer(void *arg, void *leg)
{
	struct phone *p = arg;
	const struct app_carrier_report r = {
		.state = UC_CALL_TALKING,
		.functions = UC_HANG_UP | UC_HOLD,
	};

	(void)leg;
	p->answered++;
	app_carrier_report(p->call, &r);
	return 0;
}

static int phone_hang_up(void *arg, void *leg)
{
	struct phone *p = arg;
	const struct app_carrier_report r = {.state = UC_CALL_ENDED};
	struct app_carrier_call *call = p->call;

	(void)leg;
	p->call = NULL;
	if (call)
		app_carrier_report(call, &r);
	return 0;
}

static void phone_open(struct phone *p, struct fixture *f)
{
	static const struct app_carrier_methods methods = {
		.name = "voip",
		.dial = phone_dial,
		.answer = phone_answer,
		.reject = phone_hang_up,
		.hang_up = phone_hang_up,
	};
	char *why = NULL;

	memset(p, 0, sizeof(*p));
	assert_int_equal(app_option_set(f->app, "voip", "on", false, &why), 0);
	assert_int_equal(app_carrier_register(f->app, &p->carrier, &methods, p),
			 0);
	app_carrier_registered(p->carrier, true, NULL);
}

static void phone_close(struct phone *p)
{
	if (p->call)
		phone_hang_up(p, p);
	p->carrier = mem_deref(p->carrier);
	free(p->dialled);
}

static void phone_rings(struct phone *p, const char *number)
{
	const struct app_carrier_report r = {
		.state = UC_CALL_RINGING_IN,
		.functions = UC_ANSWER | UC_REJECT,
		.number = number,
		.outside = true,
	};

	assert_int_equal(app_carrier_incoming(p->carrier, p, &r, &p->call), 0);
}

/* Type the beginning of a name, Enter on the hit: it is called, and the keys
 * of the call work at once. */
static void enter_on_a_hit_calls(void **state)
{
	struct fixture *f = *state;
	struct phone p;
	struct terminal t;
	const struct app_carrier_report talks = {
		.state = UC_CALL_TALKING,
		.functions = UC_HANG_UP,
	};

	phone_open(&p, f);
	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "/ h e d");
	assert_shows(&t, "Enter call");
	terminal_keys(&t, "Enter");
	assert_string_equal(p.dialled, "202");
	assert_shows(&t, "☎ Hedy Lamarr 202");
	assert_shows_not(&t, "/ hed");
	app_carrier_report(p.call, &talks);
	terminal_settle(&t);
	assert_shows(&t, "e end");
	terminal_keys(&t, "e");
	assert_null(p.call);
	terminal_close(&t);
	phone_close(&p);
}

static void f9_answers_while_typing(void **state)
{
	struct fixture *f = *state;
	struct phone p;
	struct terminal t;

	phone_open(&p, f);
	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, ": d i a");
	phone_rings(&p, "+44 20 7946 0018");
	terminal_settle(&t);
	assert_shows(&t, "Call from outside");
	assert_shows(&t, "F9 answer");
	terminal_keys(&t, "l");
	assert_shows(&t, ":dial");
	assert_int_equal(p.answered, 0);
	terminal_keys(&t, "F9");
	assert_int_equal(p.answered, 1);
	assert_shows_not(&t, "Call from outside");
	assert_shows(&t, "talking");
	assert_shows(&t, ":dial");
	terminal_close(&t);
	phone_close(&p);
}

/* The safe answer is the one under the cursor; Esc decides nothing. */
static void quitting_in_a_call_asks(void **state)
{
	struct fixture *f = *state;
	const struct frame_cell *cell;
	struct phone p;
	struct terminal t;
	unsigned row;

	phone_open(&p, f);
	phone_rings(&p, "202");
	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "F9 Q");
	assert_non_null(app_question(f->app));
	assert_shows(&t, "A call is on.");
	assert_shows(&t, "▌ n  No");
	row = (unsigned)terminal_find(&t, "▌ n  No");
	cell = terminal_cell(&t, row, (unsigned)terminal_column(&t, row, "No"));
	assert_int_equal(cell->style, STYLE_SELECTED);
	terminal_keys(&t, "Esc");
	assert_null(app_question(f->app));
	assert_shows_not(&t, "A call is on.");
	assert_shows(&t, "talking");
	terminal_close(&t);
	phone_close(&p);
}

/* ---- views ------------------------------------------------------------- */

static void a_call_stands_in_every_view(void **state)
{
	struct fixture *f = *state;
	struct uc_call *c;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	c = add_call(f, true, "202", UC_CALL_TALKING);
	terminal_settle(&t);
	assert_shows(&t, "☎ Hedy Lamarr 202");
	assert_shows(&t, "00:0");
	assert_shows(&t, "talking");
	terminal_keys(&t, "F3");
	assert_shows(&t, "☎ Hedy Lamarr 202");
	assert_shows(&t, "now");
	terminal_keys(&t, "/ e");
	assert_shows(&t, "☎ Hedy Lamarr 202");
	uc_call_remove(f->uc, c);
	terminal_settle(&t);
	assert_shows_not(&t, "talking");
	terminal_close(&t);
}

static void a_ringing_call_takes_no_key(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "/ h e");
	add_call(f, false, "+44 20 7946 0018", UC_CALL_RINGING_IN)->outside =
		true;
	terminal_settle(&t);
	assert_shows(&t, "Call from");
	assert_shows(&t, "+44 20 7946 0018");
	assert_shows(&t, "▓▓▓▓");
	terminal_keys(&t, "d");
	assert_shows(&t, "/ hed");
	assert_shows(&t, "Hedy Lamarr");
	/* The cursor is where one types. */
	assert_int_equal(terminal_cursor_row(&t), 1);
	terminal_close(&t);
}

/* Whoever is looked at stays readable, and the keys that answer are there on
 * a small terminal, too. */
static void ringing_leaves_room(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	add_call(f, false, "201", UC_CALL_RINGING_IN)->functions =
		UC_ANSWER | UC_REJECT;
	terminal_open(&t, f, 30, 100);
	assert_shows(&t, "Call from inside");
	/* The list's row, and the name above the details. */
	assert_true(terminal_column(&t, 3, "Agner Erlang") > 50);
	terminal_close(&t);
	terminal_open(&t, f, 12, 50);
	assert_true(terminal_find(&t, "rings  F9 answer  F12 reject") > 0);
	terminal_close(&t);
}

/* A question that was left without an answer leaves nothing behind. */
static void question_goes_without_a_trace(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, ":");
	terminal_keys(&t, "l i n k Space t e l : 5 5 5 Enter");
	assert_shows(&t, "A link wants you to call");
	terminal_keys(&t, "Esc");
	assert_shows_not(&t, "A link wants you to call");
	assert_shows_not(&t, "asks on its screen");
	terminal_close(&t);
}

static void office_has_no_return_time(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "s");
	assert_shows(&t, "▌ Office");
	assert_shows_not(&t, "Back when");
	assert_shows_not(&t, "until, calls");
	terminal_keys(&t, "Down");
	assert_shows(&t, "Back when");
	terminal_close(&t);
}

static void notes_have_a_name(void **state)
{
	struct fixture *f = *state;
	struct uc_presence p = {.state = PROTO_OFFICE,
				.note = (char *)"in room 4"};
	struct terminal t;

	uc_set_presence(f->uc, uc_contact_by_device(f->uc, "201"), &p);
	terminal_open(&t, f, 24, 80);
	assert_shows(&t, "\"in room 4\"");
	terminal_close(&t);
}

static void popup_never_and_where_conversations_are(void **state)
{
	struct fixture *f = *state;
	struct uc_call *c;
	struct terminal t;
	char *why = NULL;

	terminal_open(&t, f, 24, 80);
	assert_int_equal(app_option_set(f->app, "popup", "never", false, &why),
			 0);
	c = add_call(f, false, "202", UC_CALL_RINGING_IN);
	terminal_settle(&t);
	assert_shows_not(&t, "Call from");
	assert_shows(&t, "Hedy Lamarr 202          rings");
	uc_call_remove(f->uc, c);
	assert_int_equal(app_option_set(f->app, "popup", "always", false, &why),
			 0);
	terminal_keys(&t, "F3");
	add_call(f, false, "202", UC_CALL_RINGING_IN);
	terminal_settle(&t);
	assert_shows_not(&t, "Call from");
	terminal_keys(&t, "F2");
	assert_shows(&t, "Call from inside");
	terminal_close(&t);
}

static void help_comes_from_the_live_keys(void **state)
{
	struct fixture *f = *state;
	struct app_sink sink;
	struct terminal t;

	memset(&sink, 0, sizeof(sink));
	assert_int_equal(app_run_line(f->app, "bind list Z redial",
				      APP_FROM_CONFIG, &sink),
			 0);
	app_sink_reset(&sink);
	terminal_open(&t, f, 100, 100);
	terminal_keys(&t, "?");
	assert_shows(&t, "Keys here");
	assert_shows(&t, "Select the row below");
	assert_shows(&t, "Z");
	assert_shows(&t, "Down j C-n");
	terminal_keys(&t, "q");
	assert_shows_not(&t, "Keys here");
	terminal_close(&t);
}

static void command_line_edits_and_leaves(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, ": ä b 名 Left X");
	assert_shows(&t, ":äbX名");
	/* The cursor stands on the wide letter: colon and three columns. */
	assert_int_equal(t.cursor.column, 4);
	terminal_keys(&t, "Esc");
	assert_shows_not(&t, ":äbX");
	terminal_close(&t);
}

static void command_line_runs_and_says_why_not(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, ": c o n v e r s a t i o n s Enter");
	assert_shows(&t, "in   missed");
	terminal_keys(&t, ": n o s u c h Enter");
	assert_shows(&t, "nosuch");
	/* The history has it. */
	terminal_keys(&t, ": Up Up");
	assert_shows(&t, ":conversations");
	terminal_keys(&t, "Esc : Up");
	assert_shows(&t, ":nosuch");
	terminal_keys(&t, "Esc");
	terminal_close(&t);
}

static void tab_completes_commands(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, ": c o n v Tab");
	assert_shows(&t, ":conversations");
	terminal_keys(&t, "Esc : p r e Tab");
	assert_shows(&t, ":presence");
	terminal_keys(&t, "l u n Tab");
	assert_shows(&t, ":presence lunch");
	terminal_keys(&t, "Esc");
	terminal_close(&t);
}

static void two_lines_do_not_mix(void **state)
{
	struct fixture *f = *state;
	struct terminal a, b;

	terminal_open(&a, f, 24, 80);
	terminal_open(&b, f, 24, 80);
	terminal_keys(&a, ": o n e");
	terminal_keys(&b, ": t w o");
	terminal_keys(&a, "1");
	terminal_keys(&b, "2");
	assert_shows(&a, ":one1");
	assert_shows(&b, ":two2");
	terminal_close(&a);
	terminal_keys(&b, "Backspace 3");
	assert_shows(&b, ":two3");
	terminal_close(&b);
}

static void presence_dialog_offers_the_states(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "s");
	assert_shows(&t, "Presence");
	assert_shows(&t, "Office  now");
	assert_shows(&t, "Out of office");
	assert_shows(&t, "Do Not Disturb");
	terminal_keys(&t, "Down Down Down 1");
	assert_shows(&t, "until");
	/* What was typed is asked for, once. */
	terminal_keys(&t, "Esc");
	assert_shows(&t, "Not yet set");
	terminal_keys(&t, "Esc");
	assert_shows_not(&t, "Not yet set");
	assert_shows_not(&t, "Out of office");
	terminal_close(&t);
}

static void the_form_hides_the_password(void **state)
{
	struct fixture *f = *state;
	struct uc_account *a = uc_account_edit(f->uc);
	struct terminal t;

	a->connection = UC_OFFLINE;
	uc_account_changed(f->uc, UC_CHANGE_CONNECTION);
	terminal_open(&t, f, 24, 80);
	assert_shows(&t, "user name");
	assert_shows(&t, "make demo");
	terminal_keys(&t, "2 0 0 Tab s e c r e t");
	assert_shows_not(&t, "secret");
	assert_shows(&t, "••••••");
	/* Nothing of it goes without an address: the form asks for it. */
	terminal_keys(&t, "Enter");
	assert_int_equal(terminal_cursor_row(&t),
			 terminal_find(&t, "LAN address"));
	terminal_close(&t);
}

static void notices_are_shown_and_go(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	uc_notice(f->uc, UC_NOTICE_WARNING, "The %s is away.", "phone");
	terminal_settle(&t);
	assert_shows(&t, "The phone is away.");
	terminal_close(&t);
}

static void a_bound_key_shows_and_works(void **state)
{
	struct fixture *f = *state;
	struct terminal t;
	struct app_sink sink;

	memset(&sink, 0, sizeof(sink));
	assert_int_equal(app_run_line(f->app, "bind list z conversations",
				      APP_FROM_CONFIG, &sink),
			 0);
	assert_int_equal(
		app_run_line(f->app, "unbind list q", APP_FROM_CONFIG, &sink),
		0);
	app_sink_reset(&sink);
	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, "z");
	assert_shows(&t, "in   missed");
	terminal_close(&t);
}

/* While it is lost the form may be looked at, and left again. */
static void settings_open_without_connection(void **state)
{
	struct fixture *f = *state;
	struct uc_account *a = uc_account_edit(f->uc);
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	a->connection = UC_LOST;
	a->since_ms = time_wall_ms();
	uc_account_changed(f->uc, UC_CHANGE_CONNECTION);
	terminal_settle(&t);
	terminal_keys(&t, "s");
	assert_shows(&t, "WAN address");
	terminal_keys(&t, "Esc");
	assert_shows_not(&t, "WAN address");
	assert_shows(&t, "No connection");
	terminal_close(&t);
}

static void an_answer_of_many_lines_is_a_page(void **state)
{
	struct fixture *f = *state;
	struct terminal t;

	terminal_open(&t, f, 24, 80);
	terminal_keys(&t, ": c o n t a c t Space s t r o w Enter");
	assert_shows(&t, "Answer");
	assert_shows(&t, "Almon Strowger");
	terminal_keys(&t, "q");
	assert_shows_not(&t, "Answer");
	assert_shows(&t, "Exchange");
	terminal_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		view_test(a_call_stands_in_every_view),
		view_test(a_ringing_call_takes_no_key),
		view_test(popup_never_and_where_conversations_are),
		view_test(ringing_leaves_room),
		view_test(question_goes_without_a_trace),
		view_test(office_has_no_return_time),
		view_test(notes_have_a_name),
		view_test(help_comes_from_the_live_keys),
		view_test(command_line_edits_and_leaves),
		view_test(command_line_runs_and_says_why_not),
		view_test(tab_completes_commands),
		view_test(two_lines_do_not_mix),
		view_test(presence_dialog_offers_the_states),
		view_test(the_form_hides_the_password),
		view_test(notices_are_shown_and_go),
		view_test(enter_on_a_hit_calls),
		view_test(f9_answers_while_typing),
		view_test(quitting_in_a_call_asks),
		view_test(a_bound_key_shows_and_works),
		view_test(settings_open_without_connection),
		view_test(an_answer_of_many_lines_is_a_page),
	};

	return cmocka_run_group_tests(tests, loop_open, loop_shut);
}
