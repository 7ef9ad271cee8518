/**
 * @file sip_session.c  What two sides may do to a session, and to each other
 */
#include "sip_parties.h"

static const char sendonly[] = "v=0\r\no=x 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
			       "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			       "m=audio 9 RTP/AVP 8\r\na=sendonly\r\n";
static const char recvonly[] = "v=0\r\no=x 1 3 IN IP4 127.0.0.1\r\ns=-\r\n"
			       "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			       "m=audio 9 RTP/AVP 8\r\na=recvonly\r\n";

/* ---- hold -------------------------------------------------------------- */

static bool both_held(void *arg)
{
	(void)arg;
	return a.legs[0].events[SIP_LEG_EV_HOLD_DONE] &&
	       b.legs[0].events[SIP_LEG_EV_HOLD_DONE];
}

static void both_sides_hold_at_once_and_resume(void **state)
{
	struct party_leg *l = a_talks_to_b(), *r = &b.legs[0];
	(void)state;

	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	assert_int_equal(sip_leg_hold(r->leg, true), 0);
	assert_true(until(both_held, NULL));
	assert_int_equal(l->hold, 200);
	assert_int_equal(r->hold, 200);
	assert_true(sip_leg_held(l->leg) && sip_leg_held_remote(l->leg));
	assert_true(sip_leg_held(r->leg) && sip_leg_held_remote(r->leg));
	/* One resumes: it is heard by nobody as long as the other holds. */
	l->events[SIP_LEG_EV_HOLD_DONE] = 0;
	assert_int_equal(sip_leg_hold(l->leg, false), 0);
	assert_true(until(hold_is_done, l));
	assert_false(sip_leg_held(l->leg));
	assert_true(sip_leg_held_remote(l->leg));
	assert_false(sip_leg_held_remote(r->leg));
	r->events[SIP_LEG_EV_HOLD_DONE] = 0;
	assert_int_equal(sip_leg_hold(r->leg, false), 0);
	assert_true(until(hold_is_done, r));
	assert_false(sip_leg_held_remote(l->leg));
}

static void hold_says_its_directions(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call_peer(&a, &p);
	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	expect(&p, "INVITE");
	assert_non_null(strstr(p.msg, "a=sendonly\r\n"));
	reply(&p, "200 OK", NULL, recvonly);
	expect(&p, "ACK");
	assert_true(until(hold_is_done, l));
	assert_true(sip_leg_held(l->leg));
	assert_false(sip_leg_held_remote(l->leg));
	/* Held, and now the other side holds as well. */
	ask(&p, "INVITE", NULL, sendonly);
	expect_answer(&p, "SIP/2.0 200");
	assert_non_null(strstr(p.msg, "a=inactive\r\n"));
	ack(&p, NULL);
	assert_true(sip_leg_held_remote(l->leg));
	/* An INVITE without an offer asks for ours: still on hold. */
	ask(&p, "INVITE", NULL, NULL);
	expect_answer(&p, "SIP/2.0 200");
	assert_non_null(strstr(p.msg, "a=sendonly\r\n"));
	ack(&p, recvonly);
}

static void glare_is_waited_out(void **state)
{
	struct party_leg *l;
	char *ours;
	(void)state;

	l = call_peer(&a, &p);
	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	expect(&p, "INVITE");
	ours = strdup(p.msg);
	/* Theirs crosses: it is refused, for ours is on its way. */
	ask(&p, "INVITE", NULL, sendonly);
	expect_answer(&p, "SIP/2.0 491");
	ack(&p, NULL);
	reply_to(&p, ours, "200 OK", NULL, recvonly);
	expect(&p, "ACK");
	assert_true(until(hold_is_done, l));
	assert_int_equal(l->hold, 200);
	/* Now theirs is in turn. */
	ask(&p, "INVITE", NULL, sendonly);
	expect_answer(&p, "SIP/2.0 200");
	ack(&p, NULL);
	free(ours);
}

static void a_491_is_asked_again_in_its_time(void **state)
{
	struct party_leg *l;
	uint64_t then;
	char *was;
	(void)state;

	l = call_peer(&a, &p);
	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	expect(&p, "INVITE");
	was = value_of(p.msg, "CSeq");
	reply(&p, "491 Request Pending", NULL, NULL);
	expect(&p, "ACK");
	then = time_mono_ms();
	/* Meanwhile theirs is let through. */
	ask(&p, "INVITE", NULL, sendonly);
	expect_answer(&p, "SIP/2.0 200");
	ack(&p, NULL);
	assert_int_equal(sip_leg_hold(l->leg, true), EALREADY);
	expect(&p, "INVITE");
	/* Who made the Call-ID waits 2.1 s at least (RFC 3261 §14.1). */
	assert_true(time_mono_ms() - then >= 2090);
	assert_null(strstr(p.msg, was));
	reply(&p, "200 OK", NULL, recvonly);
	expect(&p, "ACK");
	assert_true(until(hold_is_done, l));
	assert_int_equal(l->hold, 200);
	free(was);
}

static void a_refused_hold_leaves_the_call(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call_peer(&a, &p);
	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	expect(&p, "INVITE");
	reply(&p, "488 Not Acceptable Here", NULL, NULL);
	assert_true(until(hold_is_done, l));
	assert_int_equal(l->hold, 488);
	assert_false(sip_leg_held(l->leg));
	/* What it offers now is what holds. */
	ask(&p, "INVITE", NULL, NULL);
	expect_answer(&p, "SIP/2.0 200");
	assert_null(strstr(p.msg, "a=sendonly"));
	ack(&p, peer_sdp);
	assert_int_equal(sip_leg_state(l->leg), SIP_LEG_ESTABLISHED);
}

static void a_hold_into_nothing_ends_the_call(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call_peer(&a, &p);
	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	expect(&p, "INVITE");
	reply(&p, "481 Call Does Not Exist", NULL, NULL);
	assert_true(until(leg_is_gone, l));
	assert_int_equal(l->closed, 481);
}

static void a_call_without_an_offer_is_answered_with_ours(void **state)
{
	(void)state;
	peer_invite(&p, &a, NULL, NULL);
	expect_answer(&p, "SIP/2.0 200");
	assert_non_null(strstr(p.msg, "m=audio "));
	take_dialog(&p);
	ack(&p, peer_sdp);
	assert_true(until(leg_is_up, &a.legs[0]));
	assert_non_null(media_stream_codec(sip_leg_stream(a.legs[0].leg)));
}

static void an_answer_that_fits_nothing_ends_it(void **state)
{
	(void)state;
	peer_invite(&p, &a, NULL, NULL);
	expect_answer(&p, "SIP/2.0 200");
	take_dialog(&p);
	ack(&p, NULL);
	expect(&p, "BYE");
	reply(&p, "200 OK", NULL, NULL);
	assert_true(until(leg_is_gone, &a.legs[0]));
}

static void an_offer_that_fits_nothing_changes_nothing(void **state)
{
	static const char video[] = "v=0\r\no=x 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
				    "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
				    "m=audio 9 RTP/AVP 97\r\n"
				    "a=rtpmap:97 nothing/8000\r\n";
	(void)state;

	peer_calls(&p, &a);
	ask(&p, "INVITE", NULL, video);
	expect_answer(&p, "SIP/2.0 488");
	ack(&p, NULL);
	ask(&p, "INVITE", "Content-Type: text/plain\r\n", "hello");
	expect_answer(&p, "SIP/2.0 4");
	ack(&p, NULL);
	ask(&p, "INVITE", NULL, "v=0 this is none");
	expect_answer(&p, "SIP/2.0 4");
	ack(&p, NULL);
	assert_int_equal(sip_leg_state(a.legs[0].leg), SIP_LEG_ESTABLISHED);
	/* Old numbers are refused (§12.2.2). */
	ask_with(&p, "INVITE", 1, NULL, peer_sdp);
	expect(&p, "SIP/2.0 500");
}

/* ---- 3xx --------------------------------------------------------------- */

static void contacts_are_tried_in_their_order(void **state)
{
	struct party_leg *l;
	struct peer x, y;
	char *h, want[64];
	(void)state;

	peer_start(&x);
	peer_start(&y);
	l = party_call_with(&a, &p.addr, (struct sip_leg_prm){.redirects = 5});
	expect(&p, "INVITE");
	h = text_printf("Contact: <sip:x@127.0.0.1:%u?Evil=1>;q=0.3, "
			"<sip:y@127.0.0.1:%u>;q=0.7, <tel:110>;q=1, "
			"<sip:x@127.0.0.1:%u>;q=0.1, <sips:z@x>\r\n",
			sa_port(&x.addr), sa_port(&y.addr), sa_port(&p.addr));
	reply(&p, "302 Moved Temporarily", h, NULL);
	expect(&p, "ACK");
	expect(&y, "INVITE sip:y@");
	reply(&y, "486 Busy Here", NULL, NULL);
	expect(&x, "INVITE sip:x@");
	assert_null(strstr(x.msg, "Evil"));
	/* A loop: who has been asked is not asked again. */
	reply(&x, "301 Moved", h, NULL);
	assert_true(until(leg_is_gone, l));
	assert_int_equal(l->closed, 301);
	assert_int_equal(l->targets, 2);
	snprintf(want, sizeof(want), "sip:y@127.0.0.1:%u", sa_port(&y.addr));
	assert_string_equal(l->target[0], want);
	free(h);
	peer_stop(&x);
	peer_stop(&y);
}

static void only_so_many_are_tried(void **state)
{
	struct text_buf t = {0};
	struct party_leg *l;
	(void)state;

	l = party_call_with(&a, &p.addr, (struct sip_leg_prm){.redirects = 2});
	for (unsigned i = 0; i < 3; i++) {
		expect(&p, "INVITE");
		text_buf_printf(&t, "Contact: <sip:n%u@127.0.0.1:%u>\r\n", i,
				sa_port(&p.addr));
		reply(&p, "302 Moved", t.buf, NULL);
	}
	assert_true(until(leg_is_gone, l));
	assert_int_equal(l->closed, 302);
	assert_int_equal(l->targets, 2);
	text_buf_reset(&t);
}

static void a_redirected_call_can_be_answered(void **state)
{
	struct party_leg *l;
	char *h;
	(void)state;

	l = party_call_with(&a, &p.addr, (struct sip_leg_prm){.redirects = 1});
	expect(&p, "INVITE");
	h = text_printf("Contact: sip:n@127.0.0.1:%u\r\n", sa_port(&b.addr));
	reply(&p, "300 Choose", h, NULL);
	assert_true(until(leg_is_up, l));
	assert_int_equal(b.incoming, 1);
	l->leg = mem_deref(l->leg);
	assert_true(until(leg_is_gone, &b.legs[0]));
	free(h);
}

static void without_leave_a_3xx_is_the_end(void **state)
{
	struct party_leg *l;
	char *h = text_printf("Contact: <sip:n@127.0.0.1:%u>\r\n",
			      sa_port(&p.addr));
	(void)state;

	l = party_call(&a, &p.addr);
	expect(&p, "INVITE");
	reply(&p, "302 Moved", h, NULL);
	assert_true(until(leg_is_gone, l));
	assert_int_equal(l->closed, 302);
	/* Asked, and hung up in the question. */
	a.hangs_up_redirected = true;
	l = party_call_with(&a, &p.addr, (struct sip_leg_prm){.redirects = 5});
	expect(&p, "INVITE");
	reply(&p, "302 Moved", h, NULL);
	assert_true(until(leg_is_gone, l));
	assert_int_equal(l->targets, 1);
	assert_false(comes(&p, "INVITE", 50));
	free(h);
}

static void a_603_ends_the_search(void **state)
{
	struct party_leg *l;
	char *h = text_printf("Contact: <sip:n@127.0.0.1:%u>, "
			      "<sip:m@127.0.0.1:%u>\r\n",
			      sa_port(&p.addr), sa_port(&p.addr));
	(void)state;

	l = party_call_with(&a, &p.addr, (struct sip_leg_prm){.redirects = 5});
	expect(&p, "INVITE");
	reply(&p, "302 Moved", h, NULL);
	expect(&p, "INVITE sip:n@");
	reply(&p, "603 Decline", NULL, NULL);
	assert_true(until(leg_is_gone, l));
	assert_int_equal(l->closed, 603);
	free(h);
}

static void retry_after_is_told(void **state)
{
	struct party_leg *l;
	(void)state;

	l = party_call(&a, &p.addr);
	expect(&p, "INVITE");
	reply(&p, "503 Service Unavailable", "Retry-After: 42 (in a while)\r\n",
	      NULL);
	assert_true(until(leg_is_gone, l));
	assert_int_equal(l->closed, 503);
	assert_int_equal(l->retry_after, 42);
	/* No second try by itself. */
	assert_false(comes(&p, "INVITE", 50));
}

/* ---- forks ------------------------------------------------------------- */

static void the_first_answer_has_the_call(void **state)
{
	struct party_leg *l;
	char *invite, *v;
	(void)state;

	l = party_call(&a, &p.addr);
	expect(&p, "INVITE");
	invite = strdup(p.msg);
	snprintf(p.tag, sizeof(p.tag), "one");
	reply_to(&p, invite, "180 Ringing", NULL, NULL);
	snprintf(p.tag, sizeof(p.tag), "two");
	reply_to(&p, invite, "183 Session Progress", NULL, peer_sdp);
	snprintf(p.tag, sizeof(p.tag), "three");
	reply_to(&p, invite, "200 OK", NULL, peer_sdp);
	expect(&p, "ACK");
	assert_non_null(strstr(p.msg, ";tag=three"));
	assert_true(until(leg_is_up, l));
	/* Another one takes up as well: ACK and BYE. */
	snprintf(p.tag, sizeof(p.tag), "two");
	reply_to(&p, invite, "200 OK", NULL, peer_sdp);
	expect(&p, "ACK");
	assert_non_null(strstr(p.msg, ";tag=two"));
	expect(&p, "BYE");
	assert_non_null(strstr(p.msg, ";tag=two"));
	reply(&p, "200 OK", NULL, NULL);
	/* The first one says it again: the ACK was lost. */
	snprintf(p.tag, sizeof(p.tag), "three");
	reply_to(&p, invite, "200 OK", NULL, peer_sdp);
	expect(&p, "ACK");
	assert_non_null(strstr(p.msg, ";tag=three"));
	assert_int_equal(sip_leg_state(l->leg), SIP_LEG_ESTABLISHED);
	assert_int_equal(l->events[SIP_LEG_EV_ESTABLISHED], 1);
	/* … and one that comes after all is over. */
	l->leg = mem_deref(l->leg);
	expect(&p, "BYE");
	v = value_of(p.msg, "To");
	assert_non_null(strstr(v, ";tag=three"));
	free(v);
	reply(&p, "200 OK", NULL, NULL);
	snprintf(p.tag, sizeof(p.tag), "late");
	reply_to(&p, invite, "200 OK", NULL, peer_sdp);
	expect(&p, "ACK");
	expect(&p, "BYE");
	assert_non_null(strstr(p.msg, ";tag=late"));
	reply(&p, "200 OK", NULL, NULL);
	free(invite);
}

static void a_flood_of_forks_is_no_harm(void **state)
{
	struct party_leg *l;
	char *invite;
	(void)state;

	l = party_call(&a, &p.addr);
	expect(&p, "INVITE");
	invite = strdup(p.msg);
	for (unsigned i = 0; i < 60; i++) {
		snprintf(p.tag, sizeof(p.tag), "f%u", i);
		reply_to(&p, invite, "183 Session Progress", NULL, peer_sdp);
	}
	snprintf(p.tag, sizeof(p.tag), "f59");
	reply_to(&p, invite, "200 OK", NULL, peer_sdp);
	expect(&p, "ACK");
	assert_true(until(leg_is_up, l));
	free(invite);
}

/* ---- CANCEL ------------------------------------------------------------ */

static void a_200_that_crosses_cancel_is_ended(void **state)
{
	struct party_leg *l;
	char *invite;
	(void)state;

	l = party_call(&a, &p.addr);
	expect(&p, "INVITE");
	invite = strdup(p.msg);
	reply_to(&p, invite, "180 Ringing", NULL, NULL);
	while (sip_leg_state(l->leg) != SIP_LEG_RINGING)
		comes(&p, "nothing", 2);
	l->leg = mem_deref(l->leg);
	expect(&p, "CANCEL");
	reply_to(&p, invite, "200 OK", NULL, peer_sdp);
	reply(&p, "200 OK", NULL, NULL);
	expect(&p, "ACK");
	expect(&p, "BYE");
	reply(&p, "200 OK", NULL, NULL);
	free(invite);
}

static void cancel_waits_for_a_first_word(void **state)
{
	struct party_leg *l;
	char *invite;
	(void)state;

	/* §9.1: nothing may be cancelled before a provisional answer. */
	l = party_call(&a, &p.addr);
	expect(&p, "INVITE");
	invite = strdup(p.msg);
	l->leg = mem_deref(l->leg);
	assert_false(comes(&p, "CANCEL", 50));
	reply_to(&p, invite, "100 Trying", NULL, NULL);
	expect(&p, "CANCEL");
	reply(&p, "200 OK", NULL, NULL);
	reply_to(&p, invite, "487 Request Terminated", NULL, NULL);
	expect(&p, "ACK");
	assert_false(comes(&p, "BYE", 50));
	free(invite);
}

static void cancel_after_the_answer_does_nothing(void **state)
{
	(void)state;
	peer_invite(&p, &a, NULL, peer_sdp);
	expect_answer(&p, "SIP/2.0 200");
	take_dialog(&p);
	ask_with(&p, "CANCEL", p.cseq, NULL, NULL);
	expect(&p, "SIP/2.0 200");
	ack(&p, NULL);
	assert_true(until(leg_is_up, &a.legs[0]));
	assert_int_equal(sip_leg_state(a.legs[0].leg), SIP_LEG_ESTABLISHED);
}

static void hung_up_before_the_ack_waits_for_it(void **state)
{
	(void)state;
	peer_invite(&p, &a, NULL, peer_sdp);
	expect_answer(&p, "SIP/2.0 200");
	take_dialog(&p);
	/* §15: no BYE before the ACK. */
	a.legs[0].leg = mem_deref(a.legs[0].leg);
	assert_false(comes(&p, "BYE", 50));
	ack(&p, NULL);
	expect(&p, "BYE");
	reply(&p, "200 OK", NULL, NULL);
}

static void a_bye_that_crosses_ours_is_answered(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call_peer(&a, &p);
	l->leg = mem_deref(l->leg);
	expect(&p, "BYE");
	ask(&p, "BYE", NULL, NULL);
	expect_answer(&p, "SIP/2.0 200");
	ask(&p, "INVITE", NULL, peer_sdp);
	expect_answer(&p, "SIP/2.0 481");
	ack(&p, NULL);
}

/* ---- challenges in the dialog ------------------------------------------ */

static void who_has_no_password_is_not_asked_for_ever(void **state)
{
	static const char challenge[] =
		"WWW-Authenticate: Digest realm=\"x\", nonce=\"1\"\r\n";
	struct party_leg *l;
	(void)state;

	l = call_peer(&a, &p);
	assert_int_equal(sip_leg_hold(l->leg, true), 0);
	expect(&p, "INVITE");
	reply(&p, "401 Unauthorized", challenge, NULL);
	assert_true(until(hold_is_done, l));
	assert_int_equal(l->hold, 401);
	l->leg = mem_deref(l->leg);
	expect(&p, "BYE");
	reply(&p, "401 Unauthorized", challenge, NULL);
	assert_false(comes(&p, "BYE", 50));
}

#define SESSION_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(both_sides_hold_at_once_and_resume),
		SESSION_TEST(hold_says_its_directions),
		SESSION_TEST(glare_is_waited_out),
		SESSION_TEST(a_491_is_asked_again_in_its_time),
		SESSION_TEST(a_refused_hold_leaves_the_call),
		SESSION_TEST(a_hold_into_nothing_ends_the_call),
		SESSION_TEST(a_call_without_an_offer_is_answered_with_ours),
		SESSION_TEST(an_answer_that_fits_nothing_ends_it),
		SESSION_TEST(an_offer_that_fits_nothing_changes_nothing),
		SESSION_TEST(contacts_are_tried_in_their_order),
		SESSION_TEST(only_so_many_are_tried),
		SESSION_TEST(a_redirected_call_can_be_answered),
		SESSION_TEST(without_leave_a_3xx_is_the_end),
		SESSION_TEST(a_603_ends_the_search),
		SESSION_TEST(retry_after_is_told),
		SESSION_TEST(the_first_answer_has_the_call),
		SESSION_TEST(a_flood_of_forks_is_no_harm),
		SESSION_TEST(a_200_that_crosses_cancel_is_ended),
		SESSION_TEST(cancel_waits_for_a_first_word),
		SESSION_TEST(cancel_after_the_answer_does_nothing),
		SESSION_TEST(hung_up_before_the_ack_waits_for_it),
		SESSION_TEST(a_bye_that_crosses_ours_is_answered),
		SESSION_TEST(who_has_no_password_is_not_asked_for_ever),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
