/**
 * @file front_events.c  What sessions hear, and how they wait for it
 */
#include "front_fixture.h"

static void poll_begin(struct house *h, struct reply *r, const char *session,
		       const char *wait)
{
	char *q = text_printf("deviceObject=200&gsSession=%s&wait=%s", session,
			      wait);

	ask_begin(h, r, false, PROTO_PATH_EVENTS, q, NULL);
	free(q);
}

static void set_presence(struct house *h, int state)
{
	const struct db_presence p = {.state = (enum proto_presence)state,
				      .note = ""};

	db_set_presence(h->office->db, "201", &p, office_done, h->office);
	assert_int_equal(office_wait(h->office), 0);
}

static void a_poll_of_a_foreign_client_is_answered_at_once(void **state)
{
	struct house *h = *state;
	char *body = events(h, h->session);

	assert_string_equal(body, "");
	free(body);
	set_presence(h, PROTO_LUNCH);
	EXPECT(events(h, h->session), "{\"events\":[{\"type\":"
				      "\"PresenceEvent\"");
	body = events(h, h->session);
	assert_string_equal(body, "");
	free(body);
}

static void a_held_poll_ends_with_the_first_event(void **state)
{
	struct house *h = *state;
	struct reply r;

	poll_begin(h, &r, h->session, "25");
	assert_false(r.done);
	set_presence(h, PROTO_LUNCH);
	EXPECT(ask_end(&r), "\"presence\":7");
	/* What is there already is not waited for. */
	set_presence(h, PROTO_OFFICE);
	poll_begin(h, &r, h->session, "25");
	assert_true(r.done);
	EXPECT(ask_end(&r), "\"presence\":1");
	/* Nothing comes: it ends empty when its time is over. */
	poll_begin(h, &r, h->session, "1");
	assert_false(r.done);
	assert_true(until(reply_is_there, &r));
	assert_string_equal(r.body, "");
	free(ask_end(&r));
}

/* Who may do something else than before is told that, and nobody else. */
static void other_rights_are_told_to_whom_they_concern(void **state)
{
	struct house *h = *state;
	char *other = login(h, "201"), *body;
	struct reply r, quiet;

	poll_begin(h, &r, h->session, "25");
	poll_begin(h, &quiet, other, "25");
	db_setting_set(h->office->db, "200", "mobility", "+491715550200",
		       office_done, h->office);
	assert_int_equal(office_wait(h->office), 0);
	EXPECT(ask_end(&r), "\"type\":\"AccountEvent\"",
	       "\"mobile\":\"+491715550200\"", "\"can\":\"");
	assert_false(quiet.done);
	/* The server's is all people's; another setting changes no rights. */
	office_set(h->office, "collaboration", "meet.example");
	EXPECT(ask_end(&quiet), "AccountEvent", "collaboration");
	EXPECT(events(h, h->session), "AccountEvent", "collaboration");
	office_set(h->office, "area", "30");
	poll_begin(h, &r, h->session, "1");
	body = ask_end(&r);
	assert_string_equal(body, "");
	free(body);
	free(other);
}

static void a_newer_poll_ends_the_older(void **state)
{
	struct house *h = *state;
	struct reply old, new;

	poll_begin(h, &old, h->session, "25");
	poll_begin(h, &new, h->session, "25");
	assert_true(old.done);
	assert_string_equal(old.body, "");
	assert_false(new.done);
	set_presence(h, PROTO_LUNCH);
	EXPECT(ask_end(&new), "\"presence\":7");
	free(ask_end(&old));
}

static void a_session_that_ends_ends_its_poll(void **state)
{
	struct house *h = *state;
	struct reply r;

	poll_begin(h, &r, h->session, "25");
	EXPECT(get(h, "cmd=Logout"), "<LOGOUT/>");
	assert_true(r.done);
	EXPECT(ask_end(&r), "NOT_LOGGED_IN");
	assert_int_equal(front_session_count(h->front), 0);
}

static void a_client_that_goes_leaves_nothing_behind(void **state)
{
	struct house *h = *state;
	struct reply r;

	poll_begin(h, &r, h->session, "25");
	r.request = request_drop(r.request);
	set_presence(h, PROTO_LUNCH);
	assert_false(r.done);
	EXPECT(events(h, h->session), "\"presence\":7");
}

static void the_front_may_go_while_it_is_asked(void **state)
{
	struct house *h = *state;
	struct reply held, login_reply, search;

	poll_begin(h, &held, h->session, "25");
	ask_begin(h, &login_reply, false, PROTO_PATH,
		  "cmd=Login&gsUser=200&gsPass=Pass-Word+1", NULL);
	ask_begin(h, &search, false, PROTO_PATH, "cmd=PhBookSearch", NULL);
	h->front = mem_deref(h->front);
	held.request = request_drop(held.request);
	login_reply.request = request_drop(login_reply.request);
	search.request = request_drop(search.request);
	/* The database comes to its end, and finds nobody. */
	db_sync(h->office->db, office_done, h->office);
	office_wait(h->office);
	free(held.body);
	free(login_reply.body);
	free(search.body);
}

static void an_overflowing_queue_says_read_anew(void **state)
{
	struct house *h = *state;
	struct session *s = session_find(h->front, h->session);

	for (int i = 0; i < EVENTS_MAX + 3; i++) {
		struct event *e = event_bare(PROTO_EVENT_AGENT_STATE);

		session_push(s, e);
		mem_deref(e);
	}
	EXPECT(events(h, h->session), "{\"type\":\"OverflowEvent\"}");
}

static void calls_are_told_to_whom_they_belong(void **state)
{
	struct house *h = *state;
	char *other = login(h, "201");
	const struct pbx_event ev = {
		.type = PBX_ORIGINATED,
		.cause = PBX_CAUSE_NEW_CALL,
		.call = 12,
		.device = "200",
		.calling = "200",
		.calling_name = "Emma Nutt",
		.called = "201",
		.redirected = "",
		.peer = "201",
		.peer_name = "",
		.outgoing = true,
		.state = PBX_CONNECTED,
	};

	EXPECT(get(h, "cmd=EventStart&deviceObject=200"), "<EventStart/>");
	EXPECT(ask(h, false, other, "cmd=EventStart&deviceObject=200"),
	       "<EventStart local=\"false\"/>");
	EXPECT(ask(h, false, other, "cmd=MonitorStart&deviceObject=201"),
	       "<MonitorStart/>");
	features_hooks()->event(&ev, h->features);
	EXPECT(events(h, h->session), "\"type\":\"OriginatedEvent\"",
	       "\"deviceID\":\"200\"", "\"callID\":\"12\"",
	       "\"localConnectionInfo\":\"connected\"",
	       "\"callingDevice\":\"200\"", "\"calledDevice\":\"201\"",
	       "\"calledName\":\"Agner Erlang\"", "\"inout\":\"OUT\"",
	       "\"intext\":\"INT\"");
	EXPECT(events(h, other), "!Originated");
	EXPECT(get(h, "cmd=EventStop&deviceObject=200"), "<EventStop/>");
	features_hooks()->event(&ev, h->features);
	EXPECT(events(h, h->session), "!Originated");
	free(other);
}

static void lamps_are_sent_once_then_when_they_change(void **state)
{
	struct house *h = *state;
	const struct feature_device ringing = {
		.device = "201",
		.lamp = FEATURE_LAMP_RINGS_OUTSIDE,
		.outside = true,
		.peer = "+49301234",
		.peer_name = "",
	};
	char *own = login(h, "201");

	EXPECT(get(h, "cmd=HookSubscribe&user=200&devices=201,999"),
	       "<HookSubscribe/>");
	EXPECT(events(h, h->session),
	       "{\"events\":[{\"type\":\"HookEvent\",\"deviceID\":\"201\","
	       "\"jsonEvent\":{\"HookEvent\":[{\"deviceID\":\"201\","
	       "\"hook\":\"UNREACHABLE\"",
	       "!999");
	EXPECT(ask(h, false, own, "cmd=HookSubscribe&devices=*"),
	       "<HookSubscribe/>");
	EXPECT(events(h, own), "\"deviceID\":\"200\"", "\"deviceID\":\"201\"");
	notify_emit(features_notify(h->features), FEATURE_DEVICE, &ringing);
	notify_emit(features_notify(h->features), FEATURE_DEVICE, &ringing);
	/* Who calls from outside is seen by the called one only. */
	EXPECT(events(h, h->session), "\"hook\":\"RINGING\"",
	       "\"intext\":\"EXT\"", "!301234", "!},{\"type\"");
	EXPECT(events(h, own), "\"number\":\"+49301234\"");
	EXPECT(get(h, "cmd=HookUnsubscribe&devices=201"), "<HookUnsubscribe/>");
	notify_emit(features_notify(h->features), FEATURE_DEVICE,
		    &(struct feature_device){
			    .device = "201", .peer = "", .peer_name = ""});
	EXPECT(events(h, h->session), "!HookEvent");
	free(own);
}

static void a_large_house_is_told_without_overflow(void **state)
{
	enum { FIRST = 1000, MANY = 700 };
	struct house *h = *state;
	char extension[8], *session, *body;

	for (int i = 0; i < MANY; i++) {
		snprintf(extension, sizeof(extension), "%d", FIRST + i);
		assert_int_equal(
			office_add_user(h->office, extension, "", "", NULL), 0);
	}
	session = login(h, "200");
	EXPECT(ask(h, false, session, "cmd=HookSubscribe&devices=*"),
	       "<HookSubscribe/>");
	body = events(h, session);
	for (int i = 0; i < MANY; i++) {
		char *of = text_printf("{\"deviceID\":\"%d\",\"hook\":",
				       FIRST + i);

		assert_non_null(strstr(body, of));
		free(of);
	}
	EXPECT(body, "!OverflowEvent");
	free(session);
}

static void a_new_password_ends_what_the_old_one_opened(void **state)
{
	struct house *h = *state;
	char *other = login(h, "201");
	const struct db_account_prm prm = {
		.extension = "200",
		.password = "another",
		.licensed = -1,
		.must_change = -1,
		.can = -1,
	};

	db_account_change(h->office->db, &prm, office_done, h->office);
	assert_int_equal(office_wait(h->office), 0);
	EXPECT(get(h, "cmd=GetServerParam"), "NOT_LOGGED_IN");
	EXPECT(ask(h, false, other, "cmd=GetServerParam"), "!NOT_LOGGED_IN");
	free(other);
}

static void a_locked_account_is_thrown_out(void **state)
{
	struct house *h = *state;

	db_account_lock(h->office->db, "200", true, office_done, h->office);
	assert_int_equal(office_wait(h->office), 0);
	EXPECT(get(h, "cmd=GetServerParam"), "NOT_LOGGED_IN");
}

static void sessions_of_one_user_are_not_without_end(void **state)
{
	struct house *h = *state;
	struct session *s;

	for (int i = 0; i < SESSIONS_OF_USER + 4; i++)
		assert_int_equal(session_open(&s, h->front, "200"), 0);
	assert_int_equal(session_count_user(h->front, "200"), SESSIONS_OF_USER);
	assert_non_null(session_find(h->front, s->id));
	h->front->prm.sessions = SESSIONS_OF_USER;
	assert_int_equal(session_open(&s, h->front, "201"), EDQUOT);
}

int main(void)
{
#define T(test) \
	cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		T(a_poll_of_a_foreign_client_is_answered_at_once),
		T(a_held_poll_ends_with_the_first_event),
		T(other_rights_are_told_to_whom_they_concern),
		T(a_newer_poll_ends_the_older),
		T(a_session_that_ends_ends_its_poll),
		T(a_client_that_goes_leaves_nothing_behind),
		T(the_front_may_go_while_it_is_asked),
		T(an_overflowing_queue_says_read_anew),
		T(calls_are_told_to_whom_they_belong),
		T(lamps_are_sent_once_then_when_they_change),
		T(a_locked_account_is_thrown_out),
		T(a_large_house_is_told_without_overflow),
		T(a_new_password_ends_what_the_old_one_opened),
		T(sessions_of_one_user_are_not_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
