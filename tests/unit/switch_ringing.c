/**
 * @file switch_ringing.c  Who rings for a number, and who gets the call
 *
 * Groups, places that are tried in turn, phones elsewhere, several accounts of
 * one device; picking up, parking, codes. What counts is that the right ones
 * hear each other, that nobody else is left ringing, and what is told.
 */
#include "switch_office.h"

static void open_three(struct office *o)
{
	desk_open(o, 0, "200");
	desk_open(o, 1, "201");
	desk_open(o, 2, "202");
}

static bool both_ring(void *arg)
{
	const struct office *o = arg;

	return o->desk[1].leg && o->desk[2].leg &&
	       count(o, PBX_DELIVERED, "201") && count(o, PBX_DELIVERED, "202");
}

static bool third_rings(void *arg)
{
	const struct office *o = arg;

	return o->desk[2].leg && count(o, PBX_DELIVERED, "202");
}

static bool fourth_rings(void *arg)
{
	return count(arg, PBX_DELIVERED, "203") > 0;
}

static bool fourth_talks(void *arg)
{
	return count(arg, PBX_ESTABLISHED, "203") > 0;
}

static bool second_is_quiet(void *arg)
{
	return !((struct office *)arg)->desk[1].leg;
}

static bool third_has_a_leg(void *arg)
{
	return ((struct office *)arg)->desk[2].leg != NULL;
}

static bool second_account_answers(void *arg)
{
	const struct office *o = arg;

	return !pbx_answer(o->pbx, "222", last(o, PBX_DELIVERED)->call);
}

static bool third_is_quiet(void *arg)
{
	return !((struct office *)arg)->desk[2].leg;
}

static bool first_rings(void *arg)
{
	return ((struct office *)arg)->desk[0].leg != NULL;
}

static bool first_is_gone(void *arg)
{
	return !((struct office *)arg)->desk[0].leg;
}

static bool first_and_third_hear(void *arg)
{
	return hears(arg, 0, 2) && hears(arg, 2, 0);
}

static bool second_and_third_hear(void *arg)
{
	return hears(arg, 1, 2) && hears(arg, 2, 1);
}

static bool all_over(void *arg)
{
	struct office *o = arg;

	return is_over(o) && !o->desk[2].leg;
}

static bool no_calls(void *arg)
{
	return pbx_call_count(((struct office *)arg)->pbx) == 0;
}

static void answer(struct desk *d)
{
	assert_int_equal(sip_leg_answer(d->leg, NULL, NULL), 0);
}

static void reject(struct desk *d)
{
	assert_int_equal(sip_leg_reject(d->leg, 486, NULL), 0);
	d->leg = mem_deref(d->leg);
}

/* ---- groups ------------------------------------------------------------ */

static void a_group_rings_until_one_has_it(void **state)
{
	struct office *o = *state;

	open_three(o);
	desk_call(&o->desk[0], "300");
	assert_true(until(both_ring, o));
	assert_true(last(o, PBX_DELIVERED)->group);
	answer(&o->desk[2]);
	assert_true(until(first_and_third_hear, o));
	assert_true(until(second_is_quiet, o));
	assert_int_equal(count(o, PBX_ESTABLISHED, "202"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "201"), 1);
	assert_int_equal(last(o, PBX_CONNECTION_CLEARED)->cause,
			 PBX_CAUSE_MULTIPLE_ALERTING);
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "201"), 1);
}

static void who_calls_a_group_sees_its_name(void **state)
{
	struct office *o = *state;

	open_three(o);
	desk_call(&o->desk[0], "300");
	assert_true(until(both_ring, o));
	assert_string_equal(last(o, PBX_ORIGINATED)->peer, "300");
	assert_string_equal(last(o, PBX_ORIGINATED)->peer_name, "Exchange");
	assert_true(last(o, PBX_ORIGINATED)->group);
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "201"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "202"), 1);
}

static void one_who_refuses_leaves_it_to_the_others(void **state)
{
	struct office *o = *state;

	open_three(o);
	desk_call(&o->desk[0], "300");
	assert_true(until(both_ring, o));
	reject(&o->desk[1]);
	answer(&o->desk[2]);
	assert_true(until(first_and_third_hear, o));
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
}

static void all_refuse(void **state)
{
	struct office *o = *state;

	open_three(o);
	desk_call(&o->desk[0], "300");
	assert_true(until(both_ring, o));
	reject(&o->desk[2]);
	reject(&o->desk[1]);
	assert_true(until(all_over, o));
	assert_int_equal(o->desk[0].code, 486);
	assert_int_equal(count(o, PBX_FAILED_EVENT, "200"), 1);
}

static bool both_are_called(void *arg)
{
	const struct office *o = arg;

	return o->desk[1].leg && o->desk[2].leg;
}

static void one_that_has_not_said_yet_that_it_rings(void **state)
{
	struct office *o = *state;

	open_three(o);
	o->desk[1].says_nothing = true;
	o->desk[2].says_nothing = true;
	desk_call(&o->desk[0], "300");
	assert_true(until(both_are_called, o));
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
	/* both may have heard it: it is told of both */
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "201"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "202"), 1);
}

static void a_member_without_a_phone_is_passed_over(void **state)
{
	struct office *o = *state;

	desk_open(o, 0, "200");
	desk_open(o, 2, "202");
	desk_call(&o->desk[0], "300");
	assert_true(until(third_rings, o));
	answer(&o->desk[2]);
	assert_true(until(first_and_third_hear, o));
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "201"), 0);
}

static void a_program_refuses_for_one(void **state)
{
	struct office *o = *state;
	uint32_t call;

	open_three(o);
	desk_call(&o->desk[0], "300");
	assert_true(until(both_ring, o));
	call = last(o, PBX_DELIVERED)->call;
	assert_int_equal(pbx_clear(o->pbx, "202", call), 0);
	assert_true(until(third_is_quiet, o));
	assert_int_equal(pbx_call_count(o->pbx), 1);
	answer_there(o, "201", call);
	assert_true(until(hear_each_other, o));
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
}

static void the_next_in_turn(void **state)
{
	struct office *o = *state;

	open_three(o);
	o->desk[1].rejects = true;
	desk_call(&o->desk[0], "310");
	assert_true(until(third_rings, o));
	answer(&o->desk[2]);
	assert_true(until(first_and_third_hear, o));
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
}

static void transferred_to_a_group(void **state)
{
	struct office *o = *state;

	desk_open(o, 3, "203");
	talk(o); /* 200 and 201 */
	assert_int_equal(sip_leg_transfer(o->desk[0].leg, "310", NULL), 0);
	/* 201 is in it already, and refuses */
	o->desk[1].rejects = true;
	assert_true(until(third_rings, o));
	answer(&o->desk[2]);
	assert_true(until(second_and_third_hear, o));
	assert_true(until(first_is_gone, o));
	hang_up(&o->desk[1]);
	assert_true(until(all_over, o));
}

static bool fourth_has_a_leg(void *arg)
{
	return ((struct office *)arg)->desk[3].leg != NULL;
}

/** It has had the ACK, too. */
static bool fourth_knows(void *arg)
{
	return ((struct office *)arg)->desk[3].established > 0;
}

/** The group is 201 and 202: whoever of it transfers is not rung. */
static void all_of_a_group_ring_for_a_transfer(void **state)
{
	struct office *o = *state;

	desk_open(o, 3, "203");
	desk_open(o, 0, "200");
	desk_open(o, 1, "201");
	desk_open(o, 2, "202");
	o->desk[3].answers_at_once = true;
	desk_call(&o->desk[0], "203");
	assert_true(until(fourth_has_a_leg, o));
	assert_true(until(fourth_talks, o));
	assert_true(until(fourth_knows, o));
	assert_int_equal(sip_leg_transfer(o->desk[3].leg, "300", NULL), 0);
	assert_true(until(both_ring, o));
	answer(&o->desk[2]);
	assert_true(until(first_and_third_hear, o));
	assert_true(until(second_is_quiet, o));
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
}

/* ---- elsewhere --------------------------------------------------------- */

static void at_the_phone_of_somebody_else(void **state)
{
	struct office *o = *state;

	open_three(o);
	desk_call(&o->desk[0], "301");
	assert_true(until(rings, o));
	assert_string_equal(last(o, PBX_DELIVERED)->device, "301");
	assert_true(o->desk[2].leg);
	answer(&o->desk[2]);
	assert_true(until(first_and_third_hear, o));
	assert_int_equal(count(o, PBX_ESTABLISHED, "301"), 1);
	assert_int_equal(count(o, PBX_ESTABLISHED, "202"), 0);
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
}

static void who_dials_is_rung_where_he_is(void **state)
{
	struct office *o = *state;
	uint32_t call;

	open_three(o);
	assert_int_equal(pbx_make_call(o->pbx, "209", NULL, "200", &call), 0);
	assert_true(until(third_has_a_leg, o));
	answer(&o->desk[2]);
	assert_true(until(rings, o));
	/* his own number is what is seen */
	assert_string_equal(o->desk[0].caller, "209");
	answer(&o->desk[0]);
	assert_true(until(first_and_third_hear, o));
	assert_int_equal(pbx_clear(o->pbx, "209", call), 0);
	assert_true(until(all_over, o));
}

/* A phone without an account, which is called back; his own stays quiet. */
static void called_back_at_a_phone_of_his(void **state)
{
	struct office *o = *state;
	uint32_t call;

	open_three(o);
	assert_int_equal(pbx_make_call(o->pbx, "201", "0171", "200", &call), 0);
	assert_true(until(third_has_a_leg, o));
	assert_null(o->desk[1].leg);
	answer(&o->desk[2]);
	assert_true(until(rings, o));
	assert_string_equal(o->desk[0].caller, "201");
	answer(&o->desk[0]);
	assert_true(until(first_and_third_hear, o));
	assert_int_equal(pbx_clear(o->pbx, "201", call), 0);
	assert_true(until(all_over, o));
	/* one that is nobody's is not called instead of his own */
	assert_int_equal(pbx_make_call(o->pbx, "201", "0172", "200", &call),
			 EHOSTUNREACH);
}

static void forwarded_before_it_rings(void **state)
{
	struct office *o = *state;

	open_three(o);
	desk_call(&o->desk[0], "290");
	assert_true(until(third_rings, o));
	answer(&o->desk[2]);
	assert_true(until(first_and_third_hear, o));
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
}

static void forwarded_where_nobody_answers(void **state)
{
	struct office *o = *state;

	open_three(o);
	desk_open(o, 3, "291");
	desk_call(&o->desk[0], "291");
	assert_true(until(third_rings, o));
	/* the first does not ring any more, and has seen it go */
	assert_int_equal(count(o, PBX_DIVERTED, "291"), 1);
	assert_null(o->desk[3].leg);
	answer(&o->desk[2]);
	assert_true(until(first_and_third_hear, o));
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
}

static void several_accounts_are_one_device(void **state)
{
	struct office *o = *state;
	uint32_t call;

	desk_open(o, 0, "200");
	desk_open(o, 1, "221");
	desk_open(o, 2, "222");
	assert_true(pbx_reachable(o->pbx, "220"));
	desk_call(&o->desk[0], "220");
	assert_true(until(rings, o));
	assert_true(until(second_account_answers, o));
	assert_true(until(first_and_third_hear, o));
	assert_true(until(second_is_quiet, o));
	assert_int_equal(count(o, PBX_ESTABLISHED, "220"), 1);
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "220"), 1);
	/* what one of them dials is the device's */
	desk_call(&o->desk[1], "200");
	assert_true(until(first_rings, o));
	answer(&o->desk[0]);
	assert_true(until(hear_each_other, o));
	assert_string_equal(o->desk[0].caller, "220");
	hang_up(&o->desk[1]);
	assert_true(until(all_over, o));
	/* a program rings the one that it names */
	assert_int_equal(pbx_make_call(o->pbx, "222", NULL, "200", &call), 0);
	assert_true(until(first_rings, o));
	assert_true(o->desk[2].leg);
	assert_null(o->desk[1].leg);
	assert_int_equal(pbx_clear(o->pbx, "222", call), 0);
	assert_true(until(all_over, o));
}

/* ---- picked up --------------------------------------------------------- */

static void a_phone_picks_up(void **state)
{
	struct office *o = *state;

	open_three(o);
	desk_call(&o->desk[0], "201");
	assert_true(until(rings, o));
	desk_call(&o->desk[2], "261");
	assert_true(until(first_and_third_hear, o));
	assert_true(until(second_is_quiet, o));
	assert_int_equal(count(o, PBX_DIVERTED, "201"), 1);
	assert_int_equal(last(o, PBX_DIVERTED)->cause, PBX_CAUSE_PICKUP);
	assert_int_equal(last(o, PBX_ESTABLISHED)->cause, PBX_CAUSE_PICKUP);
	assert_string_equal(last(o, PBX_ESTABLISHED)->device, "202");
	assert_string_equal(last(o, PBX_ESTABLISHED)->peer, "200");
	assert_int_equal(pbx_call_count(o->pbx), 1);
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
}

static void a_program_picks_up(void **state)
{
	struct office *o = *state;
	uint32_t call;

	open_three(o);
	desk_call(&o->desk[0], "201");
	assert_true(until(rings, o));
	assert_int_equal(pbx_make_call(o->pbx, "202", NULL, "261", &call), 0);
	assert_true(until(first_and_third_hear, o));
	/* it is the call that the program knows */
	assert_int_equal(last(o, PBX_ESTABLISHED)->call, call);
	assert_int_equal(pbx_clear(o->pbx, "202", call), 0);
	assert_true(until(all_over, o));
}

static void nothing_to_pick_up(void **state)
{
	struct office *o = *state;

	open_three(o);
	desk_call(&o->desk[2], "261");
	assert_true(until(third_is_quiet, o));
	assert_int_equal(o->desk[2].code, 404);
	assert_true(until(all_over, o));
}

static void picked_up_while_it_is_transferred(void **state)
{
	struct office *o = *state;

	desk_open(o, 3, "203");
	talk(o);
	assert_int_equal(sip_leg_transfer(o->desk[0].leg, "203", NULL), 0);
	assert_true(until(fourth_rings, o));
	desk_call(&o->desk[2], "263");
	assert_true(until(second_and_third_hear, o));
	assert_true(until(first_is_gone, o));
	assert_null(o->desk[3].leg);
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
}

/* ---- parked ------------------------------------------------------------ */

static bool is_queued(void *arg)
{
	return last(arg, PBX_QUEUED_EVENT) != NULL;
}

static bool second_is_held(void *arg)
{
	return ((struct office *)arg)->desk[1].held == 1;
}

static void parked_and_taken(void **state)
{
	struct office *o = *state;
	uint32_t call;

	talk(o);
	call = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_transfer(o->pbx, "200", call, "283"), 0);
	assert_true(until(is_queued, o));
	assert_string_equal(last(o, PBX_QUEUED_EVENT)->device, "201");
	assert_true(until(first_is_gone, o));
	assert_true(until(second_is_held, o));
	assert_int_equal(o->desk[1].resumed, 0);
	/* a slot holds one, and an empty one gives none */
	desk_call(&o->desk[2], "274");
	assert_true(until(third_is_quiet, o));
	assert_int_equal(o->desk[2].code, 404);
	assert_int_equal(o->desk[1].resumed, 0);
	desk_call(&o->desk[2], "273");
	assert_true(until(second_and_third_hear, o));
	assert_int_equal(o->desk[1].resumed, 1);
	hang_up(&o->desk[1]);
	assert_true(until(all_over, o));
}

static void a_phone_parks(void **state)
{
	struct office *o = *state;

	talk(o);
	assert_int_equal(sip_leg_transfer(o->desk[1].leg, "280", NULL), 0);
	assert_true(until(is_queued, o));
	assert_string_equal(last(o, PBX_QUEUED_EVENT)->device, "200");
	desk_call(&o->desk[2], "270");
	assert_true(until(first_and_third_hear, o));
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
}

static void a_slot_that_is_taken(void **state)
{
	struct office *o = *state;
	uint32_t call;

	talk(o);
	call = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_transfer(o->pbx, "200", call, "283"), 0);
	assert_true(until(first_is_gone, o));
	desk_open(o, 3, "203");
	desk_call(&o->desk[2], "203");
	assert_true(until(fourth_rings, o));
	answer(&o->desk[3]);
	assert_true(until(fourth_talks, o));
	assert_int_equal(pbx_transfer(o->pbx, "202",
				      last(o, PBX_ESTABLISHED)->call, "283"),
			 EBUSY);
	hang_up(&o->desk[1]);
	hang_up(&o->desk[3]);
	assert_true(until(all_over, o));
}

static void nobody_comes(void **state)
{
	struct office *o = *state;
	uint32_t call;

	talk(o);
	call = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_transfer(o->pbx, "200", call, "283"), 0);
	assert_true(until(first_is_gone, o));
	/* it comes back */
	assert_true(until(first_rings, o));
	answer(&o->desk[0]);
	heard_forget(&o->desk[0]);
	heard_forget(&o->desk[1]);
	assert_true(until(hear_each_other, o));
	hang_up(&o->desk[0]);
	assert_true(until(is_over, o));
}

static void who_is_parked_hangs_up(void **state)
{
	struct office *o = *state;
	uint32_t call;

	talk(o);
	call = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_transfer(o->pbx, "200", call, "283"), 0);
	assert_true(until(is_queued, o));
	hang_up(&o->desk[1]);
	assert_true(until(is_over, o));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "201"), 1);
}

/* ---- codes ------------------------------------------------------------- */

static void a_phone_dials_a_code(void **state)
{
	struct office *o = *state;

	open_three(o);
	desk_call(&o->desk[0], "250");
	assert_true(until(first_is_gone, o));
	assert_int_equal(o->features, 1);
	assert_int_equal(o->desk[0].established, 1);
	assert_true(until(no_calls, o));
	assert_true(last(o, PBX_CONNECTION_CLEARED)->service);
	desk_call(&o->desk[0], "251");
	assert_true(until(first_is_gone, o));
	assert_int_equal(o->desk[0].code, 404);
}

static void a_program_dials_a_code(void **state)
{
	struct office *o = *state;
	uint32_t call = 0;

	assert_int_equal(pbx_make_call(o->pbx, "200", NULL, "250", &call), 0);
	assert_int_equal(o->features, 1);
	assert_int_equal(pbx_call_count(o->pbx), 0);
	assert_int_equal(count(o, PBX_SERVICE_INITIATED, "200"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "200"), 1);
	assert_int_equal(pbx_make_call(o->pbx, "200", NULL, "251", &call),
			 ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(a_group_rings_until_one_has_it),
		CALL_TEST(who_calls_a_group_sees_its_name),
		CALL_TEST(one_who_refuses_leaves_it_to_the_others),
		CALL_TEST(all_refuse),
		CALL_TEST(one_that_has_not_said_yet_that_it_rings),
		CALL_TEST(a_member_without_a_phone_is_passed_over),
		CALL_TEST(a_program_refuses_for_one),
		CALL_TEST(the_next_in_turn),
		CALL_TEST(transferred_to_a_group),
		CALL_TEST(all_of_a_group_ring_for_a_transfer),
		CALL_TEST(at_the_phone_of_somebody_else),
		CALL_TEST(who_dials_is_rung_where_he_is),
		CALL_TEST(called_back_at_a_phone_of_his),
		CALL_TEST(forwarded_before_it_rings),
		CALL_TEST(forwarded_where_nobody_answers),
		CALL_TEST(several_accounts_are_one_device),
		CALL_TEST(a_phone_picks_up),
		CALL_TEST(a_program_picks_up),
		CALL_TEST(nothing_to_pick_up),
		CALL_TEST(picked_up_while_it_is_transferred),
		CALL_TEST(parked_and_taken),
		CALL_TEST(a_phone_parks),
		CALL_TEST(a_slot_that_is_taken),
		CALL_TEST(nobody_comes),
		CALL_TEST(who_is_parked_hangs_up),
		CALL_TEST(a_phone_dials_a_code),
		CALL_TEST(a_program_dials_a_code),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
