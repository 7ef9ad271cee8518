/**
 * @file sip_timer.c  Session timers (RFC 4028) in their time
 *
 * A second of theirs lasts as many milliseconds here as the test says.
 */
#include "sip_parties.h"

static const char recvonly[] = "v=0\r\no=x 1 3 IN IP4 127.0.0.1\r\ns=-\r\n"
			       "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			       "m=audio 9 RTP/AVP 8\r\na=recvonly\r\n";

static int quick(void **state)
{
	party_second_ms = 1;
	return setup(state);
}

/** A moment on the loop: what has come about by then? Not on the stack: where
 *  an assertion jumps out, the loop has it still. */
struct moment {
	struct tmr tmr;
	struct party_leg *leg;
	bool there, gone;
};

static void on_moment(void *arg)
{
	struct moment *m = arg;

	m->there = true;
	m->gone = !m->leg->leg;
}

static void moment_start(struct moment *m, struct party_leg *leg, unsigned ms)
{
	memset(m, 0, sizeof(*m));
	m->leg = leg;
	tmr_init(&m->tmr);
	tmr_start(&m->tmr, ms, on_moment, m);
}

static bool moment_is_there(void *arg)
{
	return ((const struct moment *)arg)->there;
}

/** The line of an SDP that says whether it is another. */
static char *origin(const char *msg)
{
	const char *s = strstr(msg, "\r\no=");

	assert_non_null(s);
	return strndup(s + 2, strcspn(s + 2, "\r"));
}

/** Of what has come last; an ACK has that of its INVITE. */
static long sequence(void)
{
	const char *s = strstr(p.msg, "\r\nCSeq: ");

	assert_non_null(s);
	return atol(s + 8);
}

/** The peer calls, and wants that timer. */
static struct party_leg *timed_call(const char *headers)
{
	peer_invite(&p, &a, headers, peer_sdp);
	expect_answer(&p, "SIP/2.0 200");
	take_dialog(&p);
	ack(&p, NULL);
	assert_true(until(leg_is_up, &a.legs[0]));
	return &a.legs[0];
}

/** We call, and the peer wants that timer. */
static struct party_leg *timed_answer(const char *headers)
{
	struct party_leg *l = party_call(&a, &p.addr);

	expect(&p, "INVITE");
	reply(&p, "200 OK", headers, peer_sdp);
	expect(&p, "ACK");
	assert_true(until(leg_is_up, l));
	return l;
}

static void refreshed(const char *headers)
{
	reply(&p, "200 OK", headers, peer_sdp);
	expect(&p, "ACK");
}

/* ---- we refresh -------------------------------------------------------- */

static const char we_do[] = "Supported: timer\r\n"
			    "Session-Expires: 1000;refresher=uas\r\n";
static const char we_do_again[] = "Require: timer\r\n"
				  "Session-Expires: 1000;refresher=uac\r\n";

static void who_was_called_refreshes_at_half_the_time(void **state)
{
	struct party_leg *l;
	static struct moment half, expiry;
	(void)state;

	l = timed_call(we_do);
	assert_non_null(strstr(p.msg, "Session-Expires: 1000;refresher=uas"));
	moment_start(&half, l, 300);
	moment_start(&expiry, l, 1500);
	assert_true(until(moment_is_there, &half));
	assert_false(comes(&p, "INVITE", 1));
	for (int i = 0; i < 3; i++) {
		expect(&p, "INVITE");
		assert_non_null(strstr(
			p.msg, "Session-Expires: 1000;refresher=uac\r\n"));
		assert_non_null(strstr(p.msg, "m=audio "));
		refreshed(we_do_again);
	}
	assert_true(until(moment_is_there, &expiry));
	assert_false(expiry.gone);
}

static void who_called_refreshes_at_half_the_time(void **state)
{
	struct party_leg *l;
	static struct moment half, expiry;
	char *first, *second;
	(void)state;

	l = timed_answer(we_do_again);
	moment_start(&half, l, 300);
	moment_start(&expiry, l, 1500);
	assert_true(until(moment_is_there, &half));
	assert_false(comes(&p, "INVITE", 1));
	expect(&p, "INVITE");
	assert_non_null(
		strstr(p.msg, "Session-Expires: 1000;refresher=uac\r\n"));
	first = origin(p.msg);
	refreshed(we_do_again);
	expect(&p, "INVITE");
	second = origin(p.msg);
	/* The offer says that it is no other (RFC 4028 §7.4). */
	assert_string_equal(first, second);
	refreshed(we_do_again);
	expect(&p, "INVITE");
	refreshed(we_do_again);
	assert_true(until(moment_is_there, &expiry));
	assert_false(expiry.gone);
	free(first);
	free(second);
}

static void a_refresh_leaves_a_held_call_on_hold(void **state)
{
	struct party_leg *l;
	char *first, *second;
	(void)state;

	l = timed_answer(we_do_again);
	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	expect(&p, "INVITE");
	assert_non_null(strstr(p.msg, "a=sendonly\r\n"));
	first = origin(p.msg);
	reply(&p, "200 OK", we_do_again, recvonly);
	expect(&p, "ACK");
	assert_true(until(hold_is_done, l));
	expect(&p, "INVITE");
	assert_non_null(strstr(p.msg, "a=sendonly\r\n"));
	second = origin(p.msg);
	assert_string_equal(first, second);
	reply(&p, "200 OK", we_do_again, recvonly);
	expect(&p, "ACK");
	expect(&p, "INVITE");
	assert_true(sip_leg_held(l->leg));
	assert_false(sip_leg_held_remote(l->leg));
	assert_int_equal(l->events[SIP_LEG_EV_HOLD_DONE], 1);
	reply(&p, "200 OK", we_do_again, recvonly);
	expect(&p, "ACK");
	free(first);
	free(second);
}

/* An answer that is no other says so as well. */
static void an_answer_to_a_refresh_is_the_same(void **state)
{
	char *first, *second;
	(void)state;

	peer_invite(&p, &a, NULL, peer_sdp);
	expect_answer(&p, "SIP/2.0 200");
	first = origin(p.msg);
	take_dialog(&p);
	ack(&p, NULL);
	assert_true(until(leg_is_up, &a.legs[0]));
	ask(&p, "INVITE", NULL, peer_sdp);
	expect_answer(&p, "SIP/2.0 200");
	second = origin(p.msg);
	ack(&p, NULL);
	assert_string_equal(first, second);
	free(second);
	/* … and one that is another, too. */
	ask(&p, "INVITE", NULL, recvonly);
	expect_answer(&p, "SIP/2.0 200");
	second = origin(p.msg);
	ack(&p, NULL);
	assert_string_not_equal(first, second);
	free(first);
	free(second);
}

static void refused_for_good(const char *status, uint16_t code)
{
	struct party_leg *l = timed_answer(we_do_again);

	expect(&p, "INVITE");
	reply(&p, status, NULL, NULL);
	expect(&p, "BYE");
	reply(&p, "200 OK", NULL, NULL);
	assert_true(until(leg_is_gone, l));
	assert_int_equal(l->closed, code);
}

static void a_refresh_that_finds_nobody_ends_the_call(void **state)
{
	(void)state;
	refused_for_good("481 Call/Transaction Does Not Exist", 481);
	refused_for_good("408 Request Timeout", 408);
}

static void a_refresh_that_crosses_theirs_is_tried_again(void **state)
{
	struct party_leg *l;
	(void)state;

	l = timed_call("Supported: timer\r\n"
		       "Session-Expires: 5000;refresher=uas\r\n");
	expect(&p, "INVITE");
	reply(&p, "491 Request Pending", NULL, NULL);
	expect(&p, "ACK");
	expect(&p, "INVITE");
	refreshed("Require: timer\r\nSession-Expires: 5000;refresher=uac\r\n");
	assert_int_equal(sip_leg_state(l->leg), SIP_LEG_ESTABLISHED);
}

static void a_refresh_that_fails_is_tried_again(void **state)
{
	struct party_leg *l;
	static struct moment expiry;
	(void)state;

	l = timed_answer(we_do_again);
	moment_start(&expiry, l, 1300);
	expect(&p, "INVITE");
	reply(&p, "503 Service Unavailable", NULL, NULL);
	expect(&p, "ACK");
	assert_int_equal(sip_leg_state(l->leg), SIP_LEG_ESTABLISHED);
	expect(&p, "INVITE");
	refreshed(we_do_again);
	expect(&p, "INVITE");
	refreshed(we_do_again);
	expect(&p, "INVITE");
	refreshed(we_do_again);
	assert_true(until(moment_is_there, &expiry));
	assert_false(expiry.gone);
}

static void what_cannot_be_refreshed_ends_before_it_expires(void **state)
{
	struct party_leg *l;
	static struct moment expiry;
	unsigned tries = 0;
	long before;
	(void)state;

	l = timed_answer(we_do_again);
	before = sequence();
	moment_start(&expiry, l, 1000);
	while (!leg_is_gone(l) && !expiry.there) {
		/* One that was answered late comes again; it is the same, also
		 * the one that the call was begun with. */
		if (!comes(&p, "INVITE", 5) || sequence() == before)
			continue;
		before = sequence();
		tries++;
		reply(&p, "500 Server Internal Error", NULL, NULL);
	}
	assert_true(tries >= 1 && tries <= 4);
	assert_true(until(moment_is_there, &expiry));
	assert_true(expiry.gone);
	assert_int_equal(l->closed, 408);
	expect(&p, "BYE");
	assert_non_null(strstr(p.msg, "\r\nReason: SIP;cause=408"));
	reply(&p, "200 OK", NULL, NULL);
}

static void a_longer_time_is_agreed_to(void **state)
{
	struct party_leg *l;
	(void)state;

	l = timed_answer(we_do_again);
	expect(&p, "INVITE");
	reply(&p, "422 Session Interval Too Small", "Min-SE: 1600\r\n", NULL);
	expect(&p, "ACK");
	expect(&p, "INVITE");
	assert_non_null(strstr(p.msg, "\r\nMin-SE: 1600\r\n"));
	assert_non_null(
		strstr(p.msg, "\r\nSession-Expires: 1600;refresher=uac\r\n"));
	refreshed("Require: timer\r\nSession-Expires: 1600;refresher=uac\r\n");
	assert_int_equal(sip_leg_state(l->leg), SIP_LEG_ESTABLISHED);
	/* What they ask for without a reason is not asked again at once. */
	expect(&p, "INVITE");
	reply(&p, "422 Session Interval Too Small", "Min-SE: 90\r\n", NULL);
	expect(&p, "ACK");
	assert_false(comes(&p, "INVITE", 50));
	assert_int_equal(sip_leg_state(l->leg), SIP_LEG_ESTABLISHED);
}

static void who_wants_none_any_more_gets_none(void **state)
{
	struct party_leg *l;
	static struct moment later;
	(void)state;

	l = timed_answer(we_do_again);
	expect(&p, "INVITE");
	refreshed(NULL);
	moment_start(&later, l, 1200);
	assert_true(until(moment_is_there, &later));
	assert_false(later.gone);
	assert_false(comes(&p, "INVITE", 1));
}

/* ---- they refresh ------------------------------------------------------ */

static const char they_do[] = "Supported: timer\r\n"
			      "Session-Expires: 1000;refresher=uac\r\n";

/** BYE comes a third, at most 32 s, before it is over (RFC 4028 §10). */
static void not_refreshed(struct party_leg *l, unsigned first, unsigned last)
{
	static struct moment before, expiry;

	moment_start(&before, l, first);
	moment_start(&expiry, l, last);
	assert_true(until(moment_is_there, &before));
	assert_false(before.gone);
	assert_true(until(moment_is_there, &expiry));
	assert_true(expiry.gone);
	assert_int_equal(l->closed, 408);
	assert_false(comes(&p, "INVITE", 1));
	expect(&p, "BYE");
	assert_non_null(strstr(p.msg, "\r\nReason: SIP;cause=408"));
	reply(&p, "200 OK", NULL, NULL);
}

static void who_never_refreshes_is_left(void **state)
{
	(void)state;
	/* The moments begin later than the timer: there is room for that. */
	not_refreshed(timed_call(they_do), 600, 1000);
	not_refreshed(timed_answer("Require: timer\r\n"
				   "Session-Expires: 900;refresher=uas\r\n"),
		      550, 900);
}

static void a_short_session_ends_a_third_before(void **state)
{
	(void)state;
	party_stop(&a);
	party_second_ms = 10;
	party_start(&a);
	not_refreshed(timed_call("Supported: timer\r\n"
				 "Session-Expires: 90;refresher=uac\r\n"),
		      400, 900);
}

static void who_refreshes_stays(void **state)
{
	struct party_leg *l;
	(void)state;

	l = timed_call(they_do);
	for (int i = 0; i < 5; i++) {
		static struct moment pause;

		moment_start(&pause, l, 300);
		assert_true(until(moment_is_there, &pause));
		assert_false(pause.gone);
		if (i & 1) {
			ask(&p, "INVITE", they_do, peer_sdp);
			expect_answer(&p, "SIP/2.0 200");
			ack(&p, NULL);
		} else {
			ask(&p, "UPDATE", they_do, NULL);
			expect_answer(&p, "SIP/2.0 200");
		}
		assert_non_null(
			strstr(p.msg, "Session-Expires: 1000;refresher=uac"));
	}
	assert_int_equal(sip_leg_state(l->leg), SIP_LEG_ESTABLISHED);
}

/* The one who refreshes may be the other from now on. */
static void the_refresher_changes(void **state)
{
	struct party_leg *l;
	(void)state;

	l = timed_call(they_do);
	ask(&p, "UPDATE",
	    "Supported: timer\r\nSession-Expires: 400;refresher=uas\r\n", NULL);
	expect_answer(&p, "SIP/2.0 200");
	expect(&p, "INVITE");
	assert_non_null(
		strstr(p.msg, "\r\nSession-Expires: 400;refresher=uac\r\n"));
	refreshed("Require: timer\r\nSession-Expires: 900;refresher=uas\r\n");
	not_refreshed(l, 550, 900);
}

#define TIMER_TEST(f) cmocka_unit_test_setup_teardown(f, quick, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TIMER_TEST(who_was_called_refreshes_at_half_the_time),
		TIMER_TEST(who_called_refreshes_at_half_the_time),
		TIMER_TEST(a_refresh_leaves_a_held_call_on_hold),
		TIMER_TEST(an_answer_to_a_refresh_is_the_same),
		TIMER_TEST(a_refresh_that_finds_nobody_ends_the_call),
		TIMER_TEST(a_refresh_that_crosses_theirs_is_tried_again),
		TIMER_TEST(a_refresh_that_fails_is_tried_again),
		TIMER_TEST(what_cannot_be_refreshed_ends_before_it_expires),
		TIMER_TEST(a_longer_time_is_agreed_to),
		TIMER_TEST(who_wants_none_any_more_gets_none),
		TIMER_TEST(who_never_refreshes_is_left),
		TIMER_TEST(a_short_session_ends_a_third_before),
		TIMER_TEST(who_refreshes_stays),
		TIMER_TEST(the_refresher_changes),
	};
	int err;

	if (loop_init(LOOP_FEW))
		return 1;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
