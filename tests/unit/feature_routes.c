/**
 * @file feature_routes.c  Forwarding, CallMe, groups and codes: where calls go
 *
 * Asked as the switch asks; settings are also such as no program would write.
 */
#include "features_fixture.h"

struct house {
	struct office *office;
	struct features *f;
	const struct pbx_hooks *hooks;
};

static int setup(void **state)
{
	struct house *h = calloc(1, sizeof(*h));

	features_open(&h->office, &h->f, 4);
	/* nobody has an answering box: see feature_voicemail.c */
	assert_int_equal(office_set(h->office, "voicemail", ""), 0);
	office_add_trunk(h->office);
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

static void describe(struct text_buf *b, const struct pbx_route *r)
{
	struct le *le;

	if (r->refuse == PBX_CAUSE_DO_NOT_DISTURB)
		text_buf_add(b, "!");
	else if (r->refuse)
		text_buf_add(b, "refused");
	else if (r->service)
		text_buf_printf(b, "code %d", r->service);
	else if (list_isempty(&r->targets))
		text_buf_add(b, r->device ? r->device : "?");
	for (le = r->refuse ? NULL : list_head(&r->targets); le;
	     le = le->next) {
		const struct pbx_target *t = le->data;

		text_buf_printf(b, " %s", t->device);
		if (t->line)
			text_buf_printf(b, "@%s", t->line);
		if (t->number)
			text_buf_printf(b, ">%s", t->number);
	}
}

static char *ask(struct house *h, const char *caller, const char *number,
		 enum pbx_cause reason, const char *place, char **next)
{
	const struct pbx_ask a = {
		.caller = {.number = *caller ? caller : "+442079460018",
			   .outside = !*caller},
		.number = number,
		.reason = reason,
		.place = place,
	};
	struct text_buf b = {NULL, 0, 0, 0};
	struct pbx_route r;

	memset(&r, 0, sizeof(r));
	text_buf_add(&b, "");
	if (h->hooks->route(&a, &r, h->f))
		text_buf_add(&b, "-");
	else
		describe(&b, &r);
	*next = r.place ? strdup(r.place) : NULL;
	pbx_route_reset(&r);
	return text_buf_take(&b);
}

/** All the places that it rings at in turn, if nobody can have it there for
 *  that reason: "a, b". */
static void leads(struct house *h, const char *caller, const char *number,
		  enum pbx_cause reason, const char *where)
{
	struct text_buf b = {NULL, 0, 0, 0};
	char *next, *place = NULL;
	char *text = ask(h, caller, number, PBX_CAUSE_NORMAL, NULL, &next);

	text_buf_add(&b, text);
	for (unsigned i = 0; next && reason && i < 40; i++) {
		free(place);
		free(text);
		place = next;
		text = ask(h, caller, number, reason, place, &next);
		if (strcmp(text, "-"))
			text_buf_printf(&b, ",%s%s", *text == ' ' ? "" : " ",
					text);
	}
	free(place);
	free(next);
	free(text);
	text = text_buf_take(&b);
	if (strcmp(text + (*text == ' '), where))
		fail_msg("%s for %s leads to '%s', not '%s'", number, caller,
			 text, where);
	free(text);
}

static void goes(struct house *h, const char *caller, const char *number,
		 const char *where)
{
	leads(h, caller, number, PBX_CAUSE_NORMAL, where);
}

/* ---- forwarding -------------------------------------------------------- */

static void forwarding_goes_from_one_to_the_next(void **state)
{
	struct house *h = *state;

	features_set(h->office, "201", "forward.immediate", "202");
	features_set(h->office, "202", "forward.immediate", "203");
	goes(h, "200", "201", "203");
	goes(h, "", "201", "203");
	/* whom it goes to may call back; so may the owner himself */
	goes(h, "202", "201", "201");
	goes(h, "201", "201", "201");
	features_presence(h->office, h->f, "203", PROTO_DO_NOT_DISTURB);
	goes(h, "200", "201", "!");
}

static void nobody_is_forwarded_in_a_circle(void **state)
{
	struct house *h = *state;

	features_set(h->office, "201", "forward.immediate", "202");
	features_set(h->office, "202", "forward.immediate", "201");
	/* who was called is rung, as nobody else is to be */
	goes(h, "200", "201", "201");
	goes(h, "", "202", "202");
	features_set(h->office, "203", "forward.immediate", "203");
	goes(h, "200", "203", "203");
	/* on the way to a circle */
	features_set(h->office, "200", "forward.immediate", "201");
	goes(h, "203", "200", "201");
}

static void forwarding_outside_is_at_the_forwarders_cost(void **state)
{
	struct house *h = *state;

	features_set(h->office, "201", "forward.immediate", "0089123456");
	goes(h, "200", "201", "0089123456>0089123456");
	/* nobody from outside may call outside, but this is 201's call */
	goes(h, "", "0089123456", "-");
	goes(h, "", "201", "0089123456>0089123456");
	features_set(h->office, "202", "forward.immediate", "201");
	goes(h, "", "202", "0089123456>0089123456");
}

static void who_shows_our_number_from_outside_is_not_its_owner(void **state)
{
	struct house *h = *state;
	const struct pbx_ask a = {
		.caller = {.number = "201", .outside = true},
		.number = "201",
	};
	struct pbx_route r;

	features_set(h->office, "201", "forward.immediate", "202");
	memset(&r, 0, sizeof(r));
	assert_int_equal(h->hooks->route(&a, &r, h->f), 0);
	assert_string_equal(r.device, "202");
	assert_string_equal(r.left, "201");
	pbx_route_reset(&r);
}

static void after_no_answer_or_busy_it_goes_on(void **state)
{
	struct house *h = *state;

	features_set(h->office, "201", "forward.no_answer", "202");
	features_set(h->office, "201", "forward.busy", "203");
	leads(h, "200", "201", PBX_CAUSE_NO_ANSWER, "201, 202");
	leads(h, "200", "201", PBX_CAUSE_UNREACHABLE, "201, 202");
	leads(h, "200", "201", PBX_CAUSE_BUSY, "201, 203");
	leads(h, "200", "201", PBX_CAUSE_REJECTED, "201");
	/* not to who calls */
	leads(h, "202", "201", PBX_CAUSE_NO_ANSWER, "201");
}

static void nobody_is_forwarded_to_a_code(void **state)
{
	struct house *h = *state;
	struct office *o = h->office;

	feature_set_forwarding(h->f, "201", FEATURE_FORWARD_IMMEDIATE, "*97",
			       office_done, o);
	assert_int_not_equal(office_wait(o), 0);
	features_set(h->office, "201", "forward.immediate", "*97");
	goes(h, "200", "201", "-");
	feature_set_forwarding(h->f, "202", FEATURE_FORWARD_IMMEDIATE, "202",
			       office_done, o);
	assert_int_equal(office_wait(o), ELOOP);
	/* nor back to himself by way of others */
	features_set(h->office, "203", "forward.immediate", "200");
	features_set(h->office, "200", "forward.immediate", "202");
	feature_set_forwarding(h->f, "202", FEATURE_FORWARD_IMMEDIATE, "203",
			       office_done, o);
	assert_int_equal(office_wait(o), ELOOP);
}

/* ---- CallMe ------------------------------------------------------------ */

static void call_me_rests_out_of_the_office(void **state)
{
	struct house *h = *state;

	features_set(h->office, "201", "callme", "202");
	goes(h, "200", "201", "201@202");
	features_presence(h->office, h->f, "201", PROTO_LUNCH);
	goes(h, "200", "201", "201");
	features_presence(h->office, h->f, "201", PROTO_DO_NOT_DISTURB);
	goes(h, "200", "201", "!");
	features_presence(h->office, h->f, "201", PROTO_OFFICE);
	goes(h, "200", "201", "201@202");
	features_set(h->office, "201", "callme", "0089123456");
	goes(h, "", "201", "201@trunk>0089123456");
	/* nobody there: his own phone rings */
	features_set(h->office, "201", "callme", "299");
	goes(h, "200", "201", "201");
}

/* ---- groups ------------------------------------------------------------ */

static void of_a_group_those_ring_who_may_be_called(void **state)
{
	struct house *h = *state;

	features_set(h->office, "", "group.300",
		     "all; 20; Exchange; 200 201 202 299 trunk");
	goes(h, "203", "300", "200 201 202");
	/* not who calls */
	goes(h, "201", "300", "200 202");
	features_presence(h->office, h->f, "202", PROTO_DO_NOT_DISTURB);
	goes(h, "201", "300", "200");
	features_presence(h->office, h->f, "200", PROTO_DO_NOT_DISTURB);
	goes(h, "201", "300", "refused");
	/* a number shown from outside keeps nobody out */
	goes(h, "", "300", "201");
	features_set(h->office, "201", "callme", "203");
	goes(h, "", "300", "201@203");
}

static void in_turn_each_rings_once(void **state)
{
	struct house *h = *state;

	features_set(h->office, "", "group.310",
		     "turn; 10; Exchange; 200 201 202");
	leads(h, "203", "310", PBX_CAUSE_NO_ANSWER, "200, 201, 202");
	leads(h, "201", "310", PBX_CAUSE_BUSY, "200, 202");
	features_presence(h->office, h->f, "202", PROTO_DO_NOT_DISTURB);
	leads(h, "203", "310", PBX_CAUSE_REJECTED, "200, 201");
	/* a group can be forwarded to, and goes on in its turn */
	features_set(h->office, "203", "forward.immediate", "310");
	leads(h, "", "203", PBX_CAUSE_NO_ANSWER, "200, 201");
}

static void a_malformed_group_calls_nobody(void **state)
{
	static const char *const none[] = {";",	  ";;;",    ";;;;;;;;;",
					   "all", "all;20", "all;20;N;1;2"};
	static const char *const odd[] = {
		"all;;;", "turn;;;   ,,, ", "all; 20; Name;",
		"all;20;Name;299 298", "all;-1;Name;2012012012012012012012"};
	struct house *h = *state;

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_int_equal(office_set(h->office, "group.300", none[i]),
				 EINVAL);
	goes(h, "200", "300", "-");
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		features_set(h->office, "", "group.300", odd[i]);
		goes(h, "200", "300", "refused");
	}
	features_set(h->office, "", "group.300",
		     "all;99999999999999999999;N;201,202");
	goes(h, "200", "300", "201 202");
}

static void groups_named(const char *number, const char *name, void *arg)
{
	(void)number;
	assert_true(text_valid(name, strlen(name)));
	++*(unsigned *)arg;
}

static void a_huge_group_is_cut_as_text_is(void **state)
{
	struct house *h = *state;
	struct text_buf b = {NULL, 0, 0, 0};
	unsigned n = 0;
	char *value;

	text_buf_add(&b, "all; 20; N");
	for (unsigned i = 0; i < 29; i++)
		text_buf_add(&b, "ä");
	text_buf_add(&b, ";");
	for (unsigned i = 0; i < 5000; i++)
		text_buf_add(&b, " 299");
	text_buf_add(&b, " 201");
	value = text_buf_take(&b);
	features_set(h->office, "", "group.300", value);
	free(value);
	goes(h, "200", "300", "201");
	feature_groups(h->f, groups_named, &n);
	assert_int_equal(n, 1);
}

/* ---- codes ------------------------------------------------------------- */

static void codes_are_for_those_inside(void **state)
{
	static const char *const codes[] = {"*563", "#563",   "*59201", "*97",
					    "#97",  "*11202", "#1"};
	const struct pbx_caller outside = {.number = "200", .outside = true};
	struct house *h = *state;

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		char *next, *text = ask(h, "200", codes[i], PBX_CAUSE_NORMAL,
					NULL, &next);

		assert_memory_equal(text, "code", 4);
		free(text);
		free(next);
		goes(h, "", codes[i], "-");
		assert_int_equal(h->hooks->feature(&outside, codes[i], h->f),
				 PBX_CAUSE_NOT_OBTAINABLE);
	}
	goes(h, "200", "*56", "-");
	goes(h, "200", "*5633", "-");
	goes(h, "200", "*56a", "-");
	goes(h, "200", "*59299", "-");
	goes(h, "200", "*57", "-"); /* of no group */
	goes(h, "299", "*97", "-");
	goes(h, "200", "*", "-");
}

/* ---- the journal ------------------------------------------------------- */

static struct pbx_event event(enum pbx_event_type type, enum pbx_cause cause,
			      const char *device, bool group)
{
	return (struct pbx_event){
		.type = type,
		.cause = cause,
		.call = 7,
		.device = device,
		.peer = "200",
		.calling = "200",
		.calling_name = "",
		.called = "300",
		.redirected = type == PBX_DIVERTED ? device : "",
		.peer_name = "",
		.group = group,
		.begun_ms = 1000,
		.at_ms = 9000,
	};
}

static const struct db_entry *journal(struct house *h, const char *owner)
{
	struct office *o = h->office;

	db_journal_read(o->db, owner, "", 0, ROWS, office_entries, o);
	assert_int_equal(office_wait(o), 0);
	return o->count ? &o->entry[0] : NULL;
}

static void what_a_group_leaves_in_the_journals(void **state)
{
	struct house *h = *state;
	struct pbx_event ev = event(PBX_CONNECTION_CLEARED,
				    PBX_CAUSE_MULTIPLE_ALERTING, "201", true);

	/* another one has answered */
	h->hooks->event(&ev, h->f);
	assert_null(journal(h, "201"));
	/* who has */
	ev = event(PBX_CONNECTION_CLEARED, PBX_CAUSE_NORMAL, "202", true);
	ev.answered_ms = 2000;
	h->hooks->event(&ev, h->f);
	assert_int_equal(journal(h, "202")->kind, DB_IN_GROUP_ANSWERED);
	/* nobody */
	ev = event(PBX_CONNECTION_CLEARED, PBX_CAUSE_CANCELLED, "203", true);
	h->hooks->event(&ev, h->f);
	assert_int_equal(journal(h, "203")->kind, DB_IN_GROUP_MISSED);
	assert_true(h->office->entry[0].unread);
	/* who called */
	ev = event(PBX_CONNECTION_CLEARED, PBX_CAUSE_NORMAL, "200", true);
	ev.outgoing = true;
	h->hooks->event(&ev, h->f);
	assert_int_equal(journal(h, "200")->kind, DB_OUT_GROUP_UNANSWERED);
	assert_string_equal(h->office->number[0], "300");
}

static void what_others_take_is_not_unread(void **state)
{
	struct house *h = *state;
	struct pbx_event ev =
		event(PBX_DIVERTED, PBX_CAUSE_PICKUP, "201", false);

	h->hooks->event(&ev, h->f);
	assert_int_equal(journal(h, "201")->kind, DB_IN_MISSED);
	assert_false(h->office->entry[0].unread);
	/* but what went on because nobody answered is */
	ev = event(PBX_DIVERTED, PBX_CAUSE_NO_ANSWER, "202", false);
	h->hooks->event(&ev, h->f);
	assert_int_equal(journal(h, "202")->kind, DB_IN_MISSED);
	assert_true(h->office->entry[0].unread);
}

static void codes_are_not_written(void **state)
{
	struct house *h = *state;
	struct pbx_event ev =
		event(PBX_CONNECTION_CLEARED, PBX_CAUSE_NORMAL, "200", false);

	ev.outgoing = ev.service = true;
	h->hooks->event(&ev, h->f);
	assert_null(journal(h, "200"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(forwarding_goes_from_one_to_the_next),
		T(nobody_is_forwarded_in_a_circle),
		T(forwarding_outside_is_at_the_forwarders_cost),
		T(who_shows_our_number_from_outside_is_not_its_owner),
		T(after_no_answer_or_busy_it_goes_on),
		T(nobody_is_forwarded_to_a_code),
		T(call_me_rests_out_of_the_office),
		T(of_a_group_those_ring_who_may_be_called),
		T(in_turn_each_rings_once),
		T(a_malformed_group_calls_nobody),
		T(a_huge_group_is_cut_as_text_is),
		T(codes_are_for_those_inside),
		T(what_a_group_leaves_in_the_journals),
		T(what_others_take_is_not_unread),
		T(codes_are_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
