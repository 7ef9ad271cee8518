/**
 * @file sip_transfer.c  REFER and Replaces, among ours and with hostile peers
 */
#include "sip_parties.h"

static char *uri_of(const struct party *party)
{
	return text_printf("sip:c@127.0.0.1:%u", sa_port(&party->addr));
}

/* ---- blind ------------------------------------------------------------- */

static void a_blind_transfer_is_done_and_told(void **state)
{
	struct party_leg *l = a_talks_to_b();
	char *uri = uri_of(&c);
	(void)state;

	b.takes_refer = true;
	assert_int_equal(sip_leg_transfer(l->leg, uri, NULL), 0);
	assert_int_equal(sip_leg_transfer(l->leg, uri, NULL), EALREADY);
	assert_true(until(transfer_is_over, l));
	assert_int_equal(l->transfer, 200);
	assert_true(l->events[SIP_LEG_EV_TRANSFER] >= 2);
	assert_string_equal(b.refer_user, "c");
	assert_false(b.refer_attended);
	assert_int_equal(c.incoming, 1);
	assert_true(until(leg_is_up, &c.legs[0]));
	/* Who has sent away says good-bye; the new call stays. */
	l->leg = mem_deref(l->leg);
	assert_true(until(leg_is_gone, &b.legs[0]));
	assert_int_equal(b.legs[0].closed, 200);
	assert_non_null(b.legs[1].leg);
	assert_non_null(c.legs[0].leg);
	free(uri);
}

static void a_target_that_is_busy_gives_the_call_back(void **state)
{
	struct party_leg *l = a_talks_to_b();
	char *uri = uri_of(&c);
	(void)state;

	b.takes_refer = true;
	c.reject = 486;
	assert_int_equal(sip_leg_transfer(l->leg, uri, NULL), 0);
	assert_true(until(transfer_is_over, l));
	assert_int_equal(l->transfer, 486);
	assert_int_equal(sip_leg_state(l->leg), SIP_LEG_ESTABLISHED);
	assert_int_equal(sip_leg_state(b.legs[0].leg), SIP_LEG_ESTABLISHED);
	/* … and may be transferred again. */
	c.reject = 0;
	l->transfer = 0;
	assert_int_equal(sip_leg_transfer(l->leg, uri, NULL), 0);
	assert_true(until(transfer_is_over, l));
	assert_int_equal(l->transfer, 200);
	free(uri);
}

static void without_a_policy_it_is_refused(void **state)
{
	struct party_leg *l = a_talks_to_b();
	char *uri = uri_of(&c);
	(void)state;

	assert_int_equal(sip_leg_transfer(l->leg, uri, NULL), 0);
	assert_true(until(transfer_is_over, l));
	assert_int_equal(l->transfer, 603);
	assert_int_equal(c.incoming, 0);
	assert_int_equal(sip_leg_state(l->leg), SIP_LEG_ESTABLISHED);
	free(uri);
}

static bool refer_kept(void *arg)
{
	(void)arg;
	return b.refer != NULL;
}

static void the_owner_may_think_about_it(void **state)
{
	struct party_leg *l = a_talks_to_b();
	char *uri = uri_of(&c);
	(void)state;

	b.keeps_refer = true;
	assert_int_equal(sip_leg_transfer(l->leg, uri, NULL), 0);
	assert_true(until(refer_kept, NULL));
	assert_int_equal(l->transfer, 0);
	assert_int_equal(sip_refer_accept(b.refer), 0);
	sip_refer_reject(b.refer, 480);
	assert_true(until(transfer_is_over, l));
	assert_int_equal(l->transfer, 480);
	free(uri);
}

static void a_wish_that_is_let_go_of_is_refused(void **state)
{
	struct party_leg *l = a_talks_to_b();
	char *uri = uri_of(&c);
	(void)state;

	b.keeps_refer = true;
	assert_int_equal(sip_leg_transfer(l->leg, uri, NULL), 0);
	assert_true(until(refer_kept, NULL));
	b.refer = mem_deref(b.refer);
	assert_true(until(transfer_is_over, l));
	assert_int_equal(l->transfer, 603);
	/* … also after it has been accepted */
	l->transfer = 0;
	assert_int_equal(sip_leg_transfer(l->leg, uri, NULL), 0);
	assert_true(until(refer_kept, NULL));
	assert_int_equal(sip_refer_accept(b.refer), 0);
	b.refer = mem_deref(b.refer);
	assert_true(until(transfer_is_over, l));
	assert_int_equal(l->transfer, 603);
	free(uri);
}

static void a_kept_wish_outlives_its_call(void **state)
{
	struct party_leg *l = a_talks_to_b();
	char *uri = uri_of(&c);
	(void)state;

	b.keeps_refer = true;
	assert_int_equal(sip_leg_transfer(l->leg, uri, NULL), 0);
	assert_true(until(refer_kept, NULL));
	b.legs[0].leg = mem_deref(b.legs[0].leg);
	assert_int_equal(sip_refer_accept(b.refer), EPROTO);
	sip_refer_reject(b.refer, 603);
	assert_true(until(leg_is_gone, l));
	free(uri);
}

static void bad_targets_are_not_sent(void **state)
{
	struct party_leg *l = a_talks_to_b();
	(void)state;

	assert_int_equal(sip_leg_transfer(l->leg, NULL, NULL), EINVAL);
	assert_int_equal(sip_leg_transfer(l->leg, "", NULL), EINVAL);
	assert_int_equal(sip_leg_transfer(l->leg, "sip:x@y>\r\nA: b", NULL),
			 EINVAL);
	assert_int_equal(sip_leg_transfer(l->leg, NULL, l->leg), EINVAL);
}

/* ---- attended ---------------------------------------------------------- */

static void an_attended_transfer_joins_the_others(void **state)
{
	struct party_leg *l = a_talks_to_b(), *other;
	(void)state;

	other = party_call(&a, &c.addr);
	assert_int_equal(sip_leg_transfer(l->leg, NULL, other->leg), EPROTO);
	assert_true(until(leg_is_up, other));
	assert_true(until(leg_is_up, &c.legs[0]));
	b.takes_refer = true;
	c.takes_replaces = true;
	assert_int_equal(sip_leg_transfer(l->leg, NULL, other->leg), 0);
	assert_true(until(transfer_is_over, l));
	assert_int_equal(l->transfer, 200);
	assert_true(b.refer_attended);
	assert_int_equal(c.replaced, 1);
	/* C has ended the call that was replaced. */
	assert_true(until(leg_is_gone, other));
	assert_int_equal(other->closed, 200);
	assert_true(until(leg_is_up, &c.legs[1]));
}

static void who_may_not_replace_gives_both_back(void **state)
{
	struct party_leg *l = a_talks_to_b(), *other;
	(void)state;

	other = party_call(&a, &c.addr);
	assert_true(until(leg_is_up, other));
	assert_true(until(leg_is_up, &c.legs[0]));
	b.takes_refer = true;
	assert_int_equal(sip_leg_transfer(l->leg, NULL, other->leg), 0);
	assert_true(until(transfer_is_over, l));
	assert_int_equal(l->transfer, 603);
	assert_int_equal(sip_leg_state(l->leg), SIP_LEG_ESTABLISHED);
	assert_int_equal(sip_leg_state(other->leg), SIP_LEG_ESTABLISHED);
	assert_int_equal(sip_leg_state(c.legs[0].leg), SIP_LEG_ESTABLISHED);
}

/* ---- Replaces, word by word (RFC 3891 §3) ------------------------------ */

/** An INVITE with that Replaces. @return the answer's code */
static void invite_replacing(struct peer *q, const char *call_id,
			     const char *to, const char *from, const char *more,
			     const char *want)
{
	char *h = text_printf("Replaces: %s;to-tag=%s;from-tag=%s%s\r\n",
			      call_id, to, from, more);

	peer_invite(q, &a, h, peer_sdp);
	expect_answer(q, want);
	free(h);
}

static void replaces_is_judged(void **state)
{
	char *ours, *theirs;
	struct peer q;
	(void)state;

	a.takes_replaces = true;
	peer_start(&q);
	snprintf(q.tag, sizeof(q.tag), "second");
	peer_calls(&p, &a);
	ours = tag_of(p.remote);
	theirs = tag_of(p.local);

	invite_replacing(&q, "none", ours, theirs, "", "SIP/2.0 481");
	invite_replacing(&q, p.call_id, theirs, ours, "", "SIP/2.0 481");
	invite_replacing(&q, p.call_id, ours, theirs, ";early-only",
			 "SIP/2.0 486");
	peer_invite(&q, &a, "Replaces: x\r\n", peer_sdp);
	expect_answer(&q, "SIP/2.0 400");
	peer_invite(&q, &a, "Replaces: ;;;=;to-tag;from-tag\r\n", peer_sdp);
	expect_answer(&q, "SIP/2.0 400");
	peer_invite(&q, &a,
		    "Replaces: a;to-tag=1;from-tag=2\r\n"
		    "Replaces: b;to-tag=1;from-tag=2\r\n",
		    peer_sdp);
	expect_answer(&q, "SIP/2.0 400");
	assert_int_equal(a.replaced, 0);
	assert_non_null(a.legs[0].leg);

	invite_replacing(&q, p.call_id, ours, theirs, "", "SIP/2.0 200");
	assert_int_equal(a.replaced, 1);
	take_dialog(&q);
	ack(&q, NULL);
	/* The replaced one is ended; asked again it has ended already. */
	expect(&p, "BYE");
	invite_replacing(&q, p.call_id, ours, theirs, "", "SIP/2.0 603");
	reply(&p, "200 OK", NULL, NULL);
	peer_stop(&q);
	free(ours);
	free(theirs);
}

static void what_rings_here_is_not_given_away(void **state)
{
	char *ours;
	struct peer q;
	(void)state;

	a.ring_only = a.takes_replaces = true;
	peer_start(&q);
	peer_invite(&p, &a, NULL, peer_sdp);
	expect_answer(&p, "SIP/2.0 180");
	take_dialog(&p);
	ours = tag_of(p.remote);
	invite_replacing(&q, p.call_id, ours, "peer", "", "SIP/2.0 481");
	assert_int_equal(sip_leg_state(a.legs[0].leg), SIP_LEG_RINGING);
	peer_stop(&q);
	free(ours);
}

static void what_we_ring_may_be_picked_up(void **state)
{
	char *ours;
	struct peer q;
	(void)state;

	a.takes_replaces = true;
	peer_start(&q);
	party_call(&a, &p.addr);
	expect(&p, "INVITE");
	reply(&p, "180 Ringing", NULL, NULL);
	ours = tag_of(p.remote);
	snprintf(q.tag, sizeof(q.tag), "pickup");
	/* the answer is on its way */
	while (!comes(&p, "INVITE", 5) &&
	       sip_leg_state(a.legs[0].leg) != SIP_LEG_RINGING)
		;
	invite_replacing(&q, p.call_id, ours, "peer", ";early-only",
			 "SIP/2.0 200");
	take_dialog(&q);
	ack(&q, NULL);
	expect(&p, "CANCEL");
	reply(&p, "200 OK", NULL, NULL);
	assert_int_equal(a.replaced, 1);
	peer_stop(&q);
	free(ours);
}

/* ---- hostile REFER and NOTIFY ------------------------------------------ */

static void a_refer_outside_a_call_is_refused(void **state)
{
	(void)state;
	p.to = a.addr;
	p.local = text_dup("<sip:peer@test>;tag=1");
	p.remote = text_dup("<sip:party@test>");
	p.target = text_dup("sip:party@test");
	snprintf(p.call_id, sizeof(p.call_id), "refer");
	ask(&p, "REFER", "Refer-To: <sip:c@127.0.0.1>\r\n", NULL);
	expect_answer(&p, "SIP/2.0 403");
	free(p.remote);
	p.remote = text_dup("<sip:party@test>;tag=none");
	ask(&p, "REFER", "Refer-To: <sip:c@127.0.0.1>\r\n", NULL);
	expect_answer(&p, "SIP/2.0 481");
}

static void hostile_targets_get_an_answer(void **state)
{
	static const struct {
		const char *headers, *answer;
	} rows[] = {
		{"", "SIP/2.0 400"},
		{"Refer-To: \r\n", "SIP/2.0 400"},
		{"Refer-To: <>\r\n", "SIP/2.0 400"},
		{"Refer-To: <sip:>\r\n", "SIP/2.0 400"},
		{"Refer-To: <tel:110>\r\n", "SIP/2.0 4"},
		{"Refer-To: <http://x/>\r\n", "SIP/2.0 4"},
		{"Refer-To: <sip:c@127.0.0.1;method=BYE>\r\n", "SIP/2.0 603"},
		{"Refer-To: <sip:c@x>\r\nRefer-To: <sip:d@x>\r\n",
		 "SIP/2.0 400"},
		{"Refer-To: <sip:c@127.0.0.1?Replaces=a%0d%0aEvil:%20b>\r\n",
		 "SIP/2.0 400"},
		{"Refer-To: <sip:c@127.0.0.1?Replaces=>\r\n", "SIP/2.0 400"},
		{"Refer-To: <sip:c@127.0.0.1?Replaces=%>\r\n", "SIP/2.0 "},
		{"Refer-To: <sip:c@127.0.0.1?Route=%3Csip:x%3E>\r\n",
		 "SIP/2.0 603"},
	};
	(void)state;

	peer_calls(&p, &a);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ask(&p, "REFER", rows[i].headers, NULL);
		expect_answer(&p, rows[i].answer);
	}
	assert_non_null(a.legs[0].leg);
}

static void progress_is_told_to_who_asked(void **state)
{
	char *refer, *v;
	struct peer target;
	(void)state;

	a.takes_refer = true;
	peer_start(&target);
	peer_calls(&p, &a);
	refer = text_printf("Refer-To: \"C\" <sip:c@127.0.0.1:%u?Replaces="
			    "x%%3Bto-tag%%3D1%%3Bfrom-tag%%3D2&Evil=1>\r\n"
			    "Referred-By: <sip:boss@test>\r\n",
			    sa_port(&target.addr));
	ask(&p, "REFER", refer, NULL);
	expect_answer(&p, "SIP/2.0 202");
	expect(&p, "NOTIFY");
	assert_non_null(strstr(p.msg, "\r\n\r\nSIP/2.0 100 Trying\r\n"));
	assert_non_null(strstr(p.msg, "Event: refer\r\n"));
	assert_non_null(strstr(p.msg, "Subscription-State: active"));
	reply(&p, "200 OK", NULL, NULL);

	expect(&target, "INVITE");
	v = value_of(target.msg, "Replaces");
	assert_string_equal(v, "x;to-tag=1;from-tag=2");
	free(v);
	v = value_of(target.msg, "Referred-By");
	assert_string_equal(v, "<sip:boss@test>");
	free(v);
	assert_null(strstr(target.msg, "Evil"));
	assert_string_equal(a.refer_by, "boss");
	/* One at a time. */
	ask(&p, "REFER", refer, NULL);
	expect_answer(&p, "SIP/2.0 491");

	reply(&target, "180 Ringing", NULL, NULL);
	expect(&p, "NOTIFY");
	assert_non_null(strstr(p.msg, "SIP/2.0 180 "));
	reply(&p, "200 OK", NULL, NULL);
	reply(&target, "200 OK", NULL, peer_sdp);
	expect(&p, "NOTIFY");
	assert_non_null(strstr(p.msg, "SIP/2.0 200 "));
	assert_non_null(strstr(p.msg, "Subscription-State: terminated"));
	reply(&p, "200 OK", NULL, NULL);
	free(refer);
	peer_stop(&target);
}

static void a_subscription_that_is_gone_is_left_alone(void **state)
{
	char *refer;
	struct peer target;
	(void)state;

	a.takes_refer = true;
	peer_start(&target);
	peer_calls(&p, &a);
	refer = text_printf("Refer-To: <sip:c@127.0.0.1:%u>\r\n",
			    sa_port(&target.addr));
	ask(&p, "REFER", refer, NULL);
	expect(&p, "NOTIFY");
	reply(&p, "481 Subscription Does Not Exist", NULL, NULL);
	expect(&target, "INVITE");
	reply(&target, "180 Ringing", NULL, NULL);
	assert_false(comes(&p, "NOTIFY", 100));
	/* The call it came in is none the worse. */
	assert_non_null(a.legs[0].leg);
	assert_int_equal(sip_leg_state(a.legs[0].leg), SIP_LEG_ESTABLISHED);
	free(refer);
	peer_stop(&target);
}

static void notify_frag(const char *state, const char *type, const char *body,
			const char *answer)
{
	char *h = text_printf("Event: refer\r\nSubscription-State: %s\r\n"
			      "Content-Type: %s\r\n",
			      state, type);

	ask(&p, "NOTIFY", h, body);
	expect_answer(&p, answer);
	free(h);
}

static void hostile_progress_is_no_result(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call_peer(&a, &p);
	notify_frag("active", "message/sipfrag", "SIP/2.0 200 OK\r\n",
		    "SIP/2.0 481");
	assert_int_equal(sip_leg_transfer(l->leg, "sip:c@127.0.0.1", NULL), 0);
	expect(&p, "REFER");
	reply(&p, "202 Accepted", NULL, NULL);
	notify_frag("active", "message/sipfrag", "", "SIP/2.0 200");
	notify_frag("active", "message/sipfrag", "SIP/2.0 999 x",
		    "SIP/2.0 200");
	notify_frag("active", "message/sipfrag", "SIP/2.0 20", "SIP/2.0 200");
	notify_frag("active", "text/plain", "SIP/2.0 200 OK", "SIP/2.0 200");
	ask(&p, "NOTIFY", "Event: refer\r\n", NULL);
	expect_answer(&p, "SIP/2.0 400");
	ask(&p, "NOTIFY", "Event: frobnicate\r\nSubscription-State: active\r\n",
	    NULL);
	expect_answer(&p, "SIP/2.0 4");
	assert_true(l->transfer < 200);
	notify_frag("active", "message/sipfrag;version=2.0",
		    "SIP/2.0 183 Session Progress\r\n", "SIP/2.0 200");
	assert_int_equal(l->transfer, 183);
	/* Ended without a word of how. */
	notify_frag("terminated;reason=noresource", "message/sipfrag",
		    "SIP/2.0 180 Ringing\r\n", "SIP/2.0 200");
	assert_int_equal(l->transfer, 408);
	assert_int_equal(sip_leg_state(l->leg), SIP_LEG_ESTABLISHED);
}

static void a_refer_into_a_dialog_that_is_gone_ends_it(void **state)
{
	struct party_leg *l;
	(void)state;

	l = call_peer(&a, &p);
	assert_int_equal(sip_leg_transfer(l->leg, "sip:c@127.0.0.1", NULL), 0);
	expect(&p, "REFER");
	reply(&p, "481 Call Does Not Exist", NULL, NULL);
	assert_true(until(leg_is_gone, l));
	assert_int_equal(l->transfer, 481);
	assert_int_equal(l->closed, 481);
	/* the other side may have meant something else */
	expect(&p, "BYE");
}

#define TRANSFER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRANSFER_TEST(a_blind_transfer_is_done_and_told),
		TRANSFER_TEST(a_target_that_is_busy_gives_the_call_back),
		TRANSFER_TEST(without_a_policy_it_is_refused),
		TRANSFER_TEST(the_owner_may_think_about_it),
		TRANSFER_TEST(a_wish_that_is_let_go_of_is_refused),
		TRANSFER_TEST(a_kept_wish_outlives_its_call),
		TRANSFER_TEST(bad_targets_are_not_sent),
		TRANSFER_TEST(an_attended_transfer_joins_the_others),
		TRANSFER_TEST(who_may_not_replace_gives_both_back),
		TRANSFER_TEST(replaces_is_judged),
		TRANSFER_TEST(what_rings_here_is_not_given_away),
		TRANSFER_TEST(what_we_ring_may_be_picked_up),
		TRANSFER_TEST(a_refer_outside_a_call_is_refused),
		TRANSFER_TEST(hostile_targets_get_an_answer),
		TRANSFER_TEST(progress_is_told_to_who_asked),
		TRANSFER_TEST(a_subscription_that_is_gone_is_left_alone),
		TRANSFER_TEST(hostile_progress_is_no_result),
		TRANSFER_TEST(a_refer_into_a_dialog_that_is_gone_ends_it),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
