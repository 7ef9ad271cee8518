/**
 * @file switch_odd.c  What seldom happens to calls that ring, wait or are codes
 */
#include "switch_office.h"

static void open_three(struct office *o)
{
	desk_open(o, 0, "200");
	desk_open(o, 1, "201");
	desk_open(o, 2, "202");
}

static bool first_talks(void *arg)
{
	return ((struct office *)arg)->desk[0].established > 0;
}

static bool all_over(void *arg)
{
	struct office *o = arg;

	return is_over(o) && !o->desk[2].leg && !o->desk[3].leg;
}

static bool second_talks_to_third(void *arg)
{
	return hears(arg, 1, 2) && hears(arg, 2, 1);
}

static bool second_talks_to_fourth(void *arg)
{
	return hears(arg, 1, 3) && hears(arg, 3, 1);
}

static bool is_queued(void *arg)
{
	return last(arg, PBX_QUEUED_EVENT) != NULL;
}

static bool fourth_has_a_leg(void *arg)
{
	return ((struct office *)arg)->desk[3].leg != NULL;
}

/* While the confirmation of a code is heard there is nobody to be held. */
static void a_code_cannot_be_held(void **state)
{
	struct office *o = *state;
	uint32_t call, other;

	open_three(o);
	desk_call(&o->desk[0], "250");
	assert_true(until(first_talks, o));
	call = last(o, PBX_ORIGINATED)->call;
	assert_int_equal(sip_leg_hold(o->desk[0].leg, true), 0);
	assert_int_equal(pbx_hold(o->pbx, "200", call), EPROTO);
	assert_int_equal(pbx_consult(o->pbx, "200", call, "201", &other),
			 EPROTO);
	assert_true(until(all_over, o));
	assert_int_equal(count(o, PBX_HELD_EVENT, "200"), 0);
}

/* A device that is in a call twice can tell the one from the other. */
/* … and whoever went back to a call before, and puts the phone down, is not
 * called for the code. */
static void a_code_out_of_a_consultation(void **state)
{
	struct office *o = *state;
	uint32_t first, second;

	talk(o);
	first = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_consult(o->pbx, "200", first, "250", &second), 0);
	assert_int_equal(pbx_alternate(o->pbx, "200", second, first), 0);
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
	assert_int_equal(o->desk[0].incoming, 0);
}

static void each_connection_has_a_call_id(void **state)
{
	struct office *o = *state;
	uint32_t call;

	desk_open(o, 0, "221");
	desk_open(o, 1, "222");
	o->desk[0].rejects = true; /* it has dialled */
	desk_call(&o->desk[0], "220");
	assert_true(until(rings, o));
	call = last(o, PBX_DELIVERED)->call;
	assert_int_not_equal(call, last(o, PBX_ORIGINATED)->call);
	answer_there(o, "222", call);
	assert_true(until(hear_each_other, o));
	assert_int_equal(last(o, PBX_ESTABLISHED)->call, call);
	assert_int_equal(pbx_clear(o->pbx, "220", call), 0);
	assert_true(until(all_over, o));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "220"), 2);
}

/* Who is parked must have a phone to be spoken with. */
static void who_is_parked_takes_no_other_call(void **state)
{
	struct office *o = *state;
	uint32_t first, second;

	desk_open(o, 3, "203");
	talk(o);
	first = last(o, PBX_ESTABLISHED)->call;
	o->desk[2].answers_at_once = true;
	assert_int_equal(pbx_consult(o->pbx, "201", first, "202", &second), 0);
	assert_true(until(second_talks_to_third, o));
	assert_int_equal(pbx_transfer(o->pbx, "202", second, "283"), 0);
	assert_true(until(is_queued, o));
	assert_int_equal(pbx_retrieve(o->pbx, "201", first), EPROTO);
	assert_int_equal(pbx_alternate(o->pbx, "201", second, first), EPROTO);
	assert_int_equal(pbx_conference(o->pbx, "201", second, first), EPROTO);
	desk_call(&o->desk[3], "273");
	assert_true(until(second_talks_to_fourth, o));
	hang_up(&o->desk[0]);
	hang_up(&o->desk[3]);
	assert_true(until(all_over, o));
}

static void an_account_moves_with_its_phones(void **state)
{
	struct office *o = *state;

	desk_open(o, 0, "221");
	desk_open(o, 1, "222");
	assert_true(pbx_reachable(o->pbx, "220"));
	o->apart = true;
	pbx_line_changed(o->pbx, "221");
	assert_true(pbx_reachable(o->pbx, "220")); /* 222 is there still */
	assert_int_equal(pbx_phone_count(o->pbx, "221"), 1);
	pbx_line_changed(o->pbx, "222");
	assert_false(pbx_reachable(o->pbx, "220"));
	assert_true(pbx_reachable(o->pbx, "222"));
	o->apart = false;
	pbx_line_changed(o->pbx, "222");
	pbx_line_changed(o->pbx, "221");
	pbx_line_changed(o->pbx, "777");
	assert_int_equal(pbx_phone_count(o->pbx, "220"), 2);
	/* with another password it has to come again */
	pbx_account_changed(o->pbx, "221");
	assert_int_equal(pbx_phone_count(o->pbx, "220"), 1);
}

static void one_account_leaves_the_other_where_it_is(void **state)
{
	struct office *o = *state;

	desk_open(o, 0, "221");
	desk_open(o, 1, "222");
	sip_account_close(o->desk[1].account);
	desk_open(o, 2, "200");
	assert_true(pbx_reachable(o->pbx, "220"));
	desk_call(&o->desk[2], "220");
	assert_true(until(rings, o));
	assert_non_null(o->desk[0].leg);
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
}

static void forwarded_outside_that_number_is_called(void **state)
{
	struct office *o = *state;

	desk_open(o, 0, "200");
	desk_open(o, 3, "trunk");
	desk_call(&o->desk[0], "292");
	assert_true(until(fourth_has_a_leg, o));
	assert_string_equal(o->desk[3].called, "<sip:0123@offhook>");
	assert_true(until(rings, o));
	assert_string_equal(last(o, PBX_DELIVERED)->device, "0123");
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(a_code_cannot_be_held),
		CALL_TEST(a_code_out_of_a_consultation),
		CALL_TEST(each_connection_has_a_call_id),
		CALL_TEST(who_is_parked_takes_no_other_call),
		CALL_TEST(an_account_moves_with_its_phones),
		CALL_TEST(one_account_leaves_the_other_where_it_is),
		CALL_TEST(forwarded_outside_that_number_is_called),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
