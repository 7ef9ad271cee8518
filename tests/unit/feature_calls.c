/**
 * @file feature_calls.c  Where numbers lead, who is not disturbed, what is
 *                        written down: by the hooks that the switch calls
 */
#include "features_fixture.h"

struct house {
	struct office *office;
	struct features *f;
	const struct pbx_hooks *hooks;
	int64_t answered_ms; /**< of the call that is told of */
	bool forwarded;
};

static int setup(void **state)
{
	struct house *h = calloc(1, sizeof(*h));

	features_open(&h->office, &h->f, 0);
	/* nobody has an answering box: see feature_voicemail.c */
	assert_int_equal(office_set(h->office, "voicemail", ""), 0);
	office_add_user(h->office, "200", "Emma", "Nutt", NULL);
	office_add_user(h->office, "201", "Agner", "Erlang", NULL);
	h->hooks = features_hooks();
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct house *h = *state;

	features_close(&h->office, &h->f);
	free(h);
	return 0;
}

/* "201" an extension, "-" nowhere, ">trunk" outside by it, "!" refused for
   Do Not Disturb; to free(). */
static char *route(struct house *h, const char *caller, const char *number)
{
	struct pbx_route r;
	char *text;

	const struct pbx_ask ask = {
		.caller = {.number = *caller ? caller : "+442079460018",
			   .outside = !*caller},
		.number = number,
	};

	memset(&r, 0, sizeof(r));
	if (h->hooks->route(&ask, &r, h->f))
		text = strdup("-");
	else if (r.refuse == PBX_CAUSE_DO_NOT_DISTURB)
		text = strdup("!");
	else
		text = text_printf("%s%s", r.outside ? ">" : "",
				   r.device ? r.device : number);
	pbx_route_reset(&r);
	return text;
}

static void leads(struct house *h, const char *caller, const char *number,
		  const char *where)
{
	char *text = route(h, caller, number);

	if (strcmp(text, where))
		fail_msg("%s for %s leads to %s, not %s", number, caller, text,
			 where);
	free(text);
}

static void numbers_lead_to_extensions(void **state)
{
	struct house *h = *state;

	leads(h, "200", "201", "201");
	leads(h, "200", "+49 (89) 7007-201", "201");
	leads(h, "200", "007007201", "-"); /* 0 7007201 is local: 89 7007201 */
	leads(h, "200", "07007201", "201");
	leads(h, "200", "00897007201", "201");
	leads(h, "200", "299", "-");
	leads(h, "200", "trunk", "-");
	leads(h, "200", "", "-");
	leads(h, "200", "nonsense", "-");
	leads(h, "200", "*44*1", "-");
	leads(h, "", "201", "201");
}

static void outside_is_reached_by_a_trunk_and_from_inside_only(void **state)
{
	struct house *h = *state;

	leads(h, "200", "0089123456", "-");
	office_add_trunk(h->office);
	leads(h, "200", "0089123456", ">trunk");
	leads(h, "200", "+49 89 123456", ">trunk");
	leads(h, "200", "trunk", "-");
	leads(h, "200", "123456", "-"); /* no access code */
	leads(h, "", "0089123456", "-");
	leads(h, "", "+4989123456", "-");
	leads(h, "200", "+49 89 7007 299", "-"); /* ours, but nobody's */
	assert_true(h->hooks->trunk("trunk", h->f));
	assert_false(h->hooks->trunk("200", h->f));
	assert_false(h->hooks->trunk("nobody", h->f));
}

static void both_sides_get_the_names_of_the_directories(void **state)
{
	struct house *h = *state;
	const struct pbx_ask ask = {.caller = {.number = "200"},
				    .number = "201"};
	struct pbx_route r;

	memset(&r, 0, sizeof(r));
	assert_int_equal(h->hooks->route(&ask, &r, h->f), 0);
	assert_string_equal(r.name, "Agner Erlang");
	assert_string_equal(r.caller_name, "Emma Nutt");
	pbx_route_reset(&r);
}

static void do_not_disturb_is_kept_whichever_way_it_is_set(void **state)
{
	struct house *h = *state;
	struct office *o = h->office;
	struct db_presence p = {.state = PROTO_DO_NOT_DISTURB, .note = "zzz"};
	struct db_account_prm no = {.extension = "200",
				    .licensed = -1,
				    .must_change = -1,
				    .can = DB_CAN_CTI};

	feature_set_presence(h->f, "201", &p, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_true(feature_dnd(h->f, "201"));
	leads(h, "200", "201", "!");
	leads(h, "", "201", "!");
	leads(h, "201", "201", "201");
	feature_set_dnd(h->f, "201", false, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(db_account(o->db, "201")->presence.state,
			 PROTO_OFFICE);
	leads(h, "200", "201", "201");
	feature_set_dnd(h->f, "201", true, office_done, o);
	assert_int_equal(office_wait(o), 0);
	leads(h, "200", "201", "!");
	assert_int_equal(db_account(o->db, "201")->presence.state,
			 PROTO_DO_NOT_DISTURB);
	/* Lunch is not touched by "off". */
	p.state = PROTO_LUNCH;
	feature_set_presence(h->f, "200", &p, office_done, o);
	assert_int_equal(office_wait(o), 0);
	feature_set_dnd(h->f, "200", false, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(db_account(o->db, "200")->presence.state, PROTO_LUNCH);
	db_account_change(o->db, &no, office_done, o);
	assert_int_equal(office_wait(o), 0);
	feature_set_dnd(h->f, "200", true, office_done, o);
	assert_int_equal(office_wait(o), EPERM);
	feature_set_dnd(h->f, "299", true, office_done, o);
	assert_int_equal(office_wait(o), ENOENT);
}

/* ---- the journal ------------------------------------------------------- */

static struct pbx_event event(enum pbx_event_type type, const char *device,
			      const char *peer, bool outgoing, int64_t at_ms)
{
	return (struct pbx_event){
		.type = type,
		.call = 7,
		.device = device,
		.peer = peer,
		.calling = outgoing ? device : peer,
		.calling_name = "",
		.called = outgoing ? peer : device,
		.redirected = "",
		.peer_name = "",
		.outgoing = outgoing,
		.at_ms = at_ms,
	};
}

/** With what the switch knows of the connection. */
static void happens(struct house *h, struct pbx_event ev)
{
	if (ev.type == PBX_ESTABLISHED)
		h->answered_ms = ev.at_ms;
	ev.begun_ms = 1000;
	ev.answered_ms = h->answered_ms;
	ev.forwarded = h->forwarded;
	h->hooks->event(&ev, h->f);
	h->forwarded |= ev.type == PBX_DIVERTED;
}

static size_t journal(struct house *h, const char *owner)
{
	db_journal_read(h->office->db, owner, "", 0, ROWS, office_entries,
			h->office);
	assert_int_equal(office_wait(h->office), 0);
	return h->office->count;
}

static void call_begins(struct house *h, const char *from, const char *to)
{
	leads(h, from, to, to);
	happens(h, event(PBX_ORIGINATED, from, to, true, 1000));
	happens(h, event(PBX_DELIVERED, to, from, false, 1500));
}

static void call_is_over(struct house *h, const char *from, const char *to)
{
	happens(h, event(PBX_CONNECTION_CLEARED, to, from, false, 65000));
	happens(h, event(PBX_CONNECTION_CLEARED, from, to, true, 65000));
}

static void an_answered_call_is_written_once_for_each_side(void **state)
{
	struct house *h = *state;
	struct office *o = h->office;

	call_begins(h, "200", "201");
	happens(h, event(PBX_ESTABLISHED, "201", "200", false, 5000));
	happens(h, event(PBX_HELD_EVENT, "201", "200", false, 9000));
	happens(h, event(PBX_RETRIEVED, "201", "200", false, 9500));
	call_is_over(h, "200", "201");
	assert_int_equal(journal(h, "200"), 1);
	assert_int_equal(o->entry[0].kind, DB_OUT_ANSWERED);
	assert_int_equal(o->entry[0].duration_s, 60);
	assert_int_equal(o->entry[0].at_ms, 1000);
	assert_string_equal(o->number[0], "201");
	assert_string_equal(o->name[0], "Agner Erlang");
	assert_false(o->entry[0].unread);
	assert_int_equal(journal(h, "201"), 1);
	assert_int_equal(o->entry[0].kind, DB_IN_ANSWERED);
	assert_int_equal(o->entry[0].duration_s, 60);
	assert_string_equal(o->number[0], "200");
	assert_false(o->entry[0].unread);
}

static void a_missed_call_is_unread_and_has_no_length(void **state)
{
	struct house *h = *state;

	call_begins(h, "200", "201");
	call_is_over(h, "200", "201");
	assert_int_equal(journal(h, "200"), 1);
	assert_int_equal(h->office->entry[0].kind, DB_OUT_UNANSWERED);
	assert_int_equal(journal(h, "201"), 1);
	assert_int_equal(h->office->entry[0].kind, DB_IN_MISSED);
	assert_int_equal(h->office->entry[0].duration_s, 0);
	assert_true(h->office->entry[0].unread);
}

static void a_deflected_call_is_written_for_all_three(void **state)
{
	struct house *h = *state;
	struct office *o = h->office;
	struct pbx_event left;

	office_add_user(o, "202", "Hedy", "Lamarr", NULL);
	call_begins(h, "200", "201");
	left = event(PBX_DIVERTED, "201", "200", false, 3000);
	left.redirected = "201";
	happens(h, left);
	call_begins(h, "200", "202");
	happens(h, event(PBX_ESTABLISHED, "202", "200", false, 5000));
	call_is_over(h, "200", "202");
	assert_int_equal(journal(h, "200"), 1);
	assert_int_equal(o->entry[0].kind, DB_OUT_ANSWERED);
	assert_int_equal(journal(h, "201"), 1);
	assert_int_equal(o->entry[0].kind, DB_IN_MISSED);
	assert_false(o->entry[0].unread);
	assert_int_equal(journal(h, "202"), 1);
	assert_int_equal(o->entry[0].kind, DB_IN_FORWARDED);
}

/* The call that one had with a colleague stays that, whoever comes after. */
static void a_transferred_call_names_who_was_met_first(void **state)
{
	struct house *h = *state;
	struct office *o = h->office;
	struct pbx_event stays;

	office_add_user(o, "202", "Hedy", "Lamarr", NULL);
	call_begins(h, "200", "201");
	happens(h, event(PBX_ESTABLISHED, "201", "200", false, 5000));
	happens(h, event(PBX_CONNECTION_CLEARED, "200", "201", true, 8000));
	stays = event(PBX_CONNECTION_CLEARED, "201", "202", false, 65000);
	stays.met = "200";
	stays.met_name = "Emma Nutt";
	happens(h, stays);
	assert_int_equal(journal(h, "200"), 1);
	assert_int_equal(o->entry[0].duration_s, 3);
	assert_int_equal(journal(h, "201"), 1);
	assert_int_equal(o->entry[0].kind, DB_IN_ANSWERED);
	assert_int_equal(o->entry[0].duration_s, 60);
	assert_string_equal(o->number[0], "200");
	assert_string_equal(o->name[0], "Emma Nutt");
}

static void an_outside_number_is_kept_canonical(void **state)
{
	struct house *h = *state;

	office_add_trunk(h->office);
	leads(h, "200", "0089123456", ">trunk");
	happens(h, event(PBX_ORIGINATED, "200", "0089123456", true, 1000));
	happens(h, event(PBX_CONNECTION_CLEARED, "0089123456", "200", false,
			 2000));
	happens(h,
		event(PBX_CONNECTION_CLEARED, "200", "0089123456", true, 2000));
	assert_int_equal(journal(h, "200"), 1);
	assert_string_equal(h->office->number[0], "+4989123456");
	assert_int_equal(journal(h, "201"), 0);
}

static void
who_calls_from_outside_under_our_number_is_not_one_of_us(void **state)
{
	struct house *h = *state;
	struct pbx_event from = event(PBX_ORIGINATED, "200", "201", true, 1000);

	leads(h, "", "201", "201");
	from.subject_outside = true;
	happens(h, from);
	happens(h, event(PBX_DELIVERED, "201", "200", false, 1500));
	happens(h, event(PBX_CONNECTION_CLEARED, "201", "200", false, 65000));
	from.type = PBX_CONNECTION_CLEARED;
	happens(h, from);
	assert_int_equal(journal(h, "200"), 0);
	assert_int_equal(journal(h, "201"), 1);
}

static void a_call_to_oneself_is_both_out_and_in(void **state)
{
	struct house *h = *state;

	call_begins(h, "200", "200");
	call_is_over(h, "200", "200");
	assert_int_equal(journal(h, "200"), 2);
	assert_int_equal(h->office->entry[0].kind, DB_OUT_UNANSWERED);
	assert_int_equal(h->office->entry[1].kind, DB_IN_MISSED);
}

static void calls_that_go_on_do_not_outlive_the_features(void **state)
{
	struct house *h = *state;

	call_begins(h, "200", "201");
	h->f = mem_deref(h->f);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(numbers_lead_to_extensions),
		T(outside_is_reached_by_a_trunk_and_from_inside_only),
		T(both_sides_get_the_names_of_the_directories),
		T(do_not_disturb_is_kept_whichever_way_it_is_set),
		T(an_answered_call_is_written_once_for_each_side),
		T(a_missed_call_is_unread_and_has_no_length),
		T(a_deflected_call_is_written_for_all_three),
		T(a_transferred_call_names_who_was_met_first),
		T(an_outside_number_is_kept_canonical),
		T(who_calls_from_outside_under_our_number_is_not_one_of_us),
		T(a_call_to_oneself_is_both_out_and_in),
		T(calls_that_go_on_do_not_outlive_the_features),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
