/**
 * @file switch_transfer.c  One takes another's place at the switch
 *
 * 200 and 201 talk; one of them sends the other to 202. What counts is that
 * the right ones hear each other in the end, and that nobody is lost.
 */
#include "switch_office.h"

static bool second_and_third_hear(void *arg)
{
	return hears(arg, 1, 2) && hears(arg, 2, 1);
}

static bool first_and_third_hear(void *arg)
{
	return hears(arg, 0, 2) && hears(arg, 2, 0);
}

static bool third_rings(void *arg)
{
	const struct office *o = arg;

	return count(o, PBX_DELIVERED, "202") > 0;
}

static bool first_is_told(void *arg)
{
	return ((struct office *)arg)->desk[0].transfer >= 200;
}

static bool second_is_told(void *arg)
{
	return ((struct office *)arg)->desk[1].transfer >= 200;
}

static bool first_is_gone(void *arg)
{
	return !((struct office *)arg)->desk[0].leg;
}

static bool all_over(void *arg)
{
	struct office *o = arg;

	return is_over(o) && !o->desk[2].leg;
}

/** 200 asks; 202's phone rings. */
static void send_on(struct office *o, int who)
{
	assert_int_equal(sip_leg_transfer(o->desk[who].leg, "202", NULL), 0);
	assert_true(until(third_rings, o));
}

static void who_has_called_sends_the_other_on(void **state)
{
	struct office *o = *state;
	uint32_t call;

	talk(o);
	call = last(o, PBX_ESTABLISHED)->call;
	send_on(o, 0);
	assert_string_equal(o->desk[2].caller, "201");
	/* Until it is answered the two have each other. */
	assert_true(hears(o, 1, 0));
	assert_int_equal(sip_leg_answer(o->desk[2].leg, NULL, NULL), 0);
	assert_true(until(first_is_told, o));
	assert_int_equal(o->desk[0].transfer, 200);
	assert_true(until(second_and_third_hear, o));
	assert_int_equal(count(o, PBX_TRANSFERRED, "200"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "200"), 1);
	assert_int_equal(last(o, PBX_ESTABLISHED)->call, call);
	assert_string_equal(last(o, PBX_TRANSFERRED)->device, "201");
	assert_string_equal(last(o, PBX_TRANSFERRED)->peer, "202");
	/* Its phone is let go, also if it does not hang up. */
	assert_true(until(first_is_gone, o));
	assert_int_equal(pbx_call_count(o->pbx), 1);
	hang_up(&o->desk[1]);
	assert_true(until(all_over, o));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "202"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "201"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "200"), 1);
}

static void who_was_called_sends_the_other_on(void **state)
{
	struct office *o = *state;

	talk(o);
	assert_int_equal(sip_leg_hold(o->desk[1].leg, true), 0);
	send_on(o, 1);
	assert_string_equal(o->desk[2].caller, "200");
	assert_int_equal(sip_leg_answer(o->desk[2].leg, NULL, NULL), 0);
	assert_true(until(second_is_told, o));
	hang_up(&o->desk[1]);
	assert_true(until(first_and_third_hear, o));
	/* It was on hold, and is no more. */
	assert_int_equal(o->desk[0].held, o->desk[0].resumed);
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
}

static bool second_is_held(void *arg)
{
	return ((struct office *)arg)->desk[1].held;
}

static bool second_is_back(void *arg)
{
	return ((struct office *)arg)->desk[1].resumed;
}

static void who_does_not_answer_gives_the_call_back(void **state)
{
	struct office *o = *state;

	talk(o);
	assert_int_equal(sip_leg_hold(o->desk[0].leg, true), 0);
	assert_true(until(second_is_held, o));
	send_on(o, 0);
	sip_leg_reject(o->desk[2].leg, 486, NULL);
	o->desk[2].leg = mem_deref(o->desk[2].leg);
	assert_true(until(first_is_told, o));
	assert_int_equal(o->desk[0].transfer, 486);
	/* … which can be gone on with. */
	assert_int_equal(sip_leg_hold(o->desk[0].leg, false), 0);
	assert_true(until(second_is_back, o));
	assert_true(until(hear_each_other, o));
	assert_int_equal(count(o, PBX_TRANSFERRED, "200"), 0);
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
}

static void numbers_that_are_none_are_refused(void **state)
{
	struct office *o = *state;

	talk(o);
	assert_int_equal(sip_leg_transfer(o->desk[0].leg, "999", NULL), 0);
	assert_true(until(first_is_told, o));
	assert_int_equal(o->desk[0].transfer, 404);
	o->desk[0].transfer = 0;
	assert_int_equal(sip_leg_transfer(o->desk[0].leg, "203", NULL), 0);
	assert_true(until(first_is_told, o));
	assert_int_equal(o->desk[0].transfer, 480);
	assert_true(until(hear_each_other, o));
}

static void who_hangs_up_before_leaves_them_to_it(void **state)
{
	struct office *o = *state;

	talk(o);
	assert_int_equal(sip_leg_hold(o->desk[0].leg, true), 0);
	assert_true(until(second_is_held, o));
	send_on(o, 0);
	hang_up(&o->desk[0]);
	assert_true(until(second_is_back, o));
	assert_int_equal(pbx_call_count(o->pbx), 1);
	assert_int_equal(sip_leg_answer(o->desk[2].leg, NULL, NULL), 0);
	assert_true(until(second_and_third_hear, o));
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
}

static bool first_rings_again(void *arg)
{
	return ((struct office *)arg)->desk[0].incoming > 0;
}

static void it_comes_back_to_who_hung_up_before(void **state)
{
	struct office *o = *state;

	talk(o);
	send_on(o, 0);
	hang_up(&o->desk[0]);
	sip_leg_reject(o->desk[2].leg, 486, NULL);
	o->desk[2].leg = mem_deref(o->desk[2].leg);
	assert_true(until(first_rings_again, o));
	assert_int_equal(sip_leg_answer(o->desk[0].leg, NULL, NULL), 0);
	assert_true(until(hear_each_other, o));
	hang_up(&o->desk[1]);
	assert_true(until(all_over, o));
}

static bool third_stops(void *arg)
{
	return ((struct office *)arg)->desk[2].closed > 0;
}

static void who_is_sent_on_may_hang_up(void **state)
{
	struct office *o = *state;

	talk(o);
	send_on(o, 0);
	hang_up(&o->desk[1]);
	assert_true(until(third_stops, o));
	assert_true(until(all_over, o));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "202"), 1);
}

static void third_parties_send_calls_on_too(void **state)
{
	struct office *o = *state;
	uint32_t call;

	talk(o);
	call = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_transfer(o->pbx, "200", call + 1, "202"), ENOENT);
	assert_int_equal(pbx_transfer(o->pbx, "200", call, "999"), ENOENT);
	assert_int_equal(pbx_transfer(o->pbx, "200", call, "203"),
			 EHOSTUNREACH);
	assert_int_equal(pbx_transfer(o->pbx, "200", call, "202"), 0);
	assert_int_equal(pbx_transfer(o->pbx, "201", call, "202"), EALREADY);
	assert_true(until(third_rings, o));
	assert_int_equal(pbx_transfer(o->pbx, "202", call, "201"), EPROTO);
	answer_there(o, "202", call);
	assert_true(until(second_and_third_hear, o));
	assert_true(until(first_is_gone, o));
}

static void talk_by(struct office *o, const char *codecs)
{
	o->desk[0].codecs = codecs;
	talk(o);
}

static bool third_talks(void *arg)
{
	return ((struct office *)arg)->desk[3].established > 0;
}

static bool consultation_is_gone(void *arg)
{
	return !((struct office *)arg)->desk[3].leg;
}

static void two_calls_of_a_phone_become_one(void **state)
{
	struct office *o = *state;
	struct desk *second;

	talk(o);
	assert_int_equal(sip_leg_hold(o->desk[0].leg, true), 0);
	assert_true(until(second_is_held, o));
	second = second_leg(o, true);
	assert_true(until(third_talks, o));
	assert_int_equal(sip_leg_transfer(o->desk[0].leg, NULL, second->leg),
			 0);
	assert_true(until(first_is_told, o));
	assert_int_equal(o->desk[0].transfer, 200);
	assert_true(until(second_and_third_hear, o));
	assert_true(until(first_is_gone, o));
	assert_true(until(consultation_is_gone, o));
	assert_int_equal(pbx_call_count(o->pbx), 1);
	assert_int_equal(o->desk[1].held, o->desk[1].resumed);
	/* Both have been told who it is now, each of its own call. */
	assert_int_equal(count(o, PBX_TRANSFERRED, "201"), 1);
	assert_int_equal(count(o, PBX_TRANSFERRED, "202"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "200"), 2);
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "201"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "202"), 1);
}

/* Each has agreed on its sound with who has gone. */
static void those_with_other_codecs_hear_each_other_too(void **state)
{
	struct office *o = *state;
	struct desk *second;

	talk_by(o, "PCMA");
	o->desk[3].codecs = "PCMU";
	second = second_leg(o, true);
	assert_true(until(third_talks, o));
	assert_int_equal(sip_leg_transfer(o->desk[0].leg, NULL, second->leg),
			 0);
	assert_true(until(second_and_third_hear, o));
	assert_string_equal(media_stream_codec(sip_leg_stream(o->desk[1].leg)),
			    "PCMA");
	assert_string_equal(media_stream_codec(sip_leg_stream(o->desk[2].leg)),
			    "PCMU");
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
}

static bool both_have_pcmu(void *arg)
{
	struct office *o = arg;

	for (int i = 0; i < 2; i++) {
		if (!text_equal(
			    media_stream_codec(sip_leg_stream(o->desk[i].leg)),
			    "PCMU"))
			return false;
	}
	return true;
}

static void offer(struct desk *d, const char *codec)
{
	struct list formats = LIST_INIT;

	assert_int_equal(media_formats_ours(&formats, codec), 0);
	assert_int_equal(sip_leg_offer(d->leg, &formats), 0);
	list_flush(&formats);
}

static bool second_has_changed(void *arg)
{
	return ((struct office *)arg)->desk[1].offered > 0;
}

/* The codec by now is what the third is offered; who stays may change it
 * while that one rings, and both hear each other all the same. */
static void another_codec_before_and_meanwhile(void **state)
{
	struct office *o = *state;

	talk(o);
	offer(&o->desk[0], "PCMU");
	assert_true(until(both_have_pcmu, o));
	send_on(o, 0);
	offer(&o->desk[1], "PCMA");
	assert_true(until(second_has_changed, o));
	assert_int_equal(sip_leg_answer(o->desk[2].leg, NULL, NULL), 0);
	assert_true(until(second_and_third_hear, o));
	offer(&o->desk[1], "G722");
	assert_true(until(second_and_third_hear, o));
	hang_up(&o->desk[1]);
	assert_true(until(all_over, o));
}

static void nobody_gives_away_the_calls_of_others(void **state)
{
	struct office *o = *state;
	uint32_t call, to;

	talk(o);
	call = last(o, PBX_ESTABLISHED)->call;
	second_leg(o, true);
	assert_true(until(third_talks, o));
	to = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_transfer_to(o->pbx, "201", call, to), ENOENT);
	assert_int_equal(pbx_transfer_to(o->pbx, "200", call, call), EPROTO);
	assert_int_equal(pbx_call_count(o->pbx), 2);
	/* … and the one in the middle of it may. */
	assert_int_equal(pbx_transfer_to(o->pbx, "200", call, to), 0);
	assert_true(until(second_and_third_hear, o));
	assert_int_equal(pbx_call_count(o->pbx), 1);
}

static void a_phone_that_names_the_call_of_another_keeps_its_own(void **state)
{
	struct office *o = *state;
	struct desk *second;

	talk(o);
	second = second_leg(o, true);
	assert_true(until(third_talks, o));
	assert_int_equal(sip_leg_transfer(o->desk[1].leg, NULL, second->leg),
			 0);
	assert_true(until(second_is_told, o));
	assert_int_equal(o->desk[1].transfer, 603);
	assert_non_null(o->desk[1].leg);
	assert_int_equal(pbx_call_count(o->pbx), 2);
	hang_up(&o->desk[1]);
	hang_up(second);
	assert_true(until(all_over, o));
	assert_true(until(consultation_is_gone, o));
}

static void one_that_rings_still_is_connected_once_answered(void **state)
{
	struct office *o = *state;
	uint32_t call;

	talk(o);
	call = last(o, PBX_ESTABLISHED)->call;
	second_leg(o, false);
	assert_true(until(third_rings, o));
	assert_int_equal(pbx_transfer_to(o->pbx, "200", call,
					 last(o, PBX_DELIVERED)->call),
			 0);
	assert_int_equal(pbx_call_count(o->pbx), 1);
	assert_int_equal(sip_leg_answer(o->desk[2].leg, NULL, NULL), 0);
	assert_true(until(second_and_third_hear, o));
	hang_up(&o->desk[1]);
	assert_true(until(all_over, o));
}

static void the_switch_may_close_in_the_middle(void **state)
{
	struct office *o = *state;

	talk(o);
	send_on(o, 0);
	o->pbx = mem_deref(o->pbx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(who_has_called_sends_the_other_on),
		CALL_TEST(who_was_called_sends_the_other_on),
		CALL_TEST(who_does_not_answer_gives_the_call_back),
		CALL_TEST(numbers_that_are_none_are_refused),
		CALL_TEST(who_hangs_up_before_leaves_them_to_it),
		CALL_TEST(it_comes_back_to_who_hung_up_before),
		CALL_TEST(who_is_sent_on_may_hang_up),
		CALL_TEST(third_parties_send_calls_on_too),
		CALL_TEST(two_calls_of_a_phone_become_one),
		CALL_TEST(those_with_other_codecs_hear_each_other_too),
		CALL_TEST(another_codec_before_and_meanwhile),
		CALL_TEST(nobody_gives_away_the_calls_of_others),
		CALL_TEST(a_phone_that_names_the_call_of_another_keeps_its_own),
		CALL_TEST(one_that_rings_still_is_connected_once_answered),
		CALL_TEST(the_switch_may_close_in_the_middle),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
