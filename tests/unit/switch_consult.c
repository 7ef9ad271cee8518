/**
 * @file switch_consult.c  A program operates a phone that has two calls
 *
 * 200 and 201 talk; 200 consults 202. Its phone knows of nothing: one leg
 * carries both calls. What counts is who hears whom, and that nobody is lost.
 */
#include "switch_office.h"

struct pair {
	struct office *office;
	int one, other;
};

static bool pair_hear(void *arg)
{
	const struct pair *p = arg;

	return hears(p->office, p->one, p->other) &&
	       hears(p->office, p->other, p->one);
}

/** Sooner or later these two hear each other, from now on. */
static bool hear(struct office *o, int one, int other)
{
	struct pair p = {o, one, other};

	heard_forget(&o->desk[one]);
	heard_forget(&o->desk[other]);
	return until(pair_hear, &p);
}

static bool second_is_held(void *arg)
{
	const struct desk *d = &((struct office *)arg)->desk[1];

	return d->held == d->resumed + 1;
}

static bool third_is_held(void *arg)
{
	const struct desk *d = &((struct office *)arg)->desk[2];

	return d->held == d->resumed + 1;
}

static bool nobody_is_held(void *arg)
{
	const struct office *o = arg;

	return o->desk[0].held == o->desk[0].resumed &&
	       o->desk[1].held == o->desk[1].resumed &&
	       o->desk[2].held == o->desk[2].resumed;
}

static bool third_rings(void *arg)
{
	const struct office *o = arg;

	return count(o, PBX_DELIVERED, "202") > 0;
}

static bool first_rings(void *arg)
{
	return ((struct office *)arg)->desk[0].incoming > 0;
}

static bool fourth_rings(void *arg)
{
	return ((struct office *)arg)->desk[3].incoming > 0;
}

static bool first_is_gone(void *arg)
{
	return !((struct office *)arg)->desk[0].leg;
}

static bool second_is_gone(void *arg)
{
	return !((struct office *)arg)->desk[1].leg;
}

static bool one_call(void *arg)
{
	return pbx_call_count(((struct office *)arg)->pbx) == 1;
}

static bool all_over(void *arg)
{
	struct office *o = arg;

	return is_over(o) && !o->desk[2].leg;
}

static enum pbx_connection found;

static void look(const struct pbx_connection_info *c, void *arg)
{
	if (c->call == *(uint32_t *)arg)
		found = c->state;
}

static enum pbx_connection state_of(const struct office *o, uint32_t call)
{
	found = PBX_NULL;
	pbx_connections(o->pbx, "200", look, &call);
	return found;
}

/** 200 talks with 201 and has 202 called. @return the second call */
static uint32_t consult(struct office *o, uint32_t *first)
{
	uint32_t second = 0;

	talk(o);
	*first = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_consult(o->pbx, "200", *first, "202", &second), 0);
	assert_int_not_equal(second, *first);
	assert_true(until(third_rings, o));
	return second;
}

static uint32_t consult_talk(struct office *o, uint32_t *first)
{
	uint32_t second = consult(o, first);

	assert_int_equal(sip_leg_answer(o->desk[2].leg, NULL, NULL), 0);
	assert_true(hear(o, 0, 2));
	return second;
}

static void a_phone_has_two_calls_in_turn(void **state)
{
	struct office *o = *state;
	uint32_t first, second = consult(o, &first);

	assert_string_equal(o->desk[2].caller, "200");
	assert_true(until(second_is_held, o));
	assert_int_equal(last(o, PBX_HELD_EVENT)->cause,
			 PBX_CAUSE_CONSULTATION);
	assert_int_equal(state_of(o, first), PBX_HELD);
	assert_int_equal(sip_leg_answer(o->desk[2].leg, NULL, NULL), 0);
	assert_true(hear(o, 0, 2));
	assert_false(hears(o, 1, 0));
	assert_int_equal(state_of(o, second), PBX_CONNECTED);
	/* Back to the first, and to the second. */
	assert_int_equal(pbx_alternate(o->pbx, "200", second, first), 0);
	assert_true(hear(o, 0, 1));
	assert_true(until(third_is_held, o));
	assert_int_equal(state_of(o, second), PBX_HELD);
	assert_int_equal(state_of(o, first), PBX_CONNECTED);
	assert_int_equal(pbx_alternate(o->pbx, "200", first, second), 0);
	assert_true(hear(o, 0, 2));
	assert_true(until(second_is_held, o));
	/* The second ends, the first goes on. */
	assert_int_equal(pbx_reconnect(o->pbx, "200", second, first), 0);
	assert_true(hear(o, 0, 1));
	assert_int_equal(pbx_call_count(o->pbx), 1);
	assert_true(until(nobody_is_held, o));
	assert_int_equal(o->desk[0].incoming, 0);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "202"), 1);
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "200"), 2);
}

static void the_one_who_was_called_consults_too(void **state)
{
	struct office *o = *state;
	uint32_t first, second;

	talk(o);
	first = last(o, PBX_ESTABLISHED)->call;
	o->desk[2].answers_at_once = true;
	assert_int_equal(pbx_consult(o->pbx, "201", first, "202", &second), 0);
	assert_true(hear(o, 1, 2));
	/* Taken back without a word about the other, that one waits. */
	assert_int_equal(pbx_retrieve(o->pbx, "201", first), 0);
	assert_true(hear(o, 0, 1));
	assert_true(until(third_is_held, o));
	hang_up(&o->desk[2]);
	assert_true(until(one_call, o));
	assert_true(hears(o, 0, 1));
}

static void what_cannot_be_reached_leaves_the_call_as_it_was(void **state)
{
	struct office *o = *state;
	uint32_t first, second;

	talk(o);
	first = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_consult(o->pbx, "200", first, "999", &second),
			 ENOENT);
	assert_int_equal(pbx_consult(o->pbx, "200", first, "203", &second),
			 EHOSTUNREACH);
	assert_int_equal(pbx_consult(o->pbx, "200", first, "", &second),
			 EINVAL);
	assert_int_equal(pbx_consult(o->pbx, "200", first + 9, "202", &second),
			 ENOENT);
	assert_int_equal(state_of(o, first), PBX_CONNECTED);
	assert_int_equal(pbx_call_count(o->pbx), 1);
	assert_true(hear(o, 0, 1));
	assert_true(until(nobody_is_held, o));
}

static void who_is_busy_leaves_the_first_waiting(void **state)
{
	struct office *o = *state;
	uint32_t first;

	consult(o, &first);
	sip_leg_reject(o->desk[2].leg, 486, NULL);
	o->desk[2].leg = mem_deref(o->desk[2].leg);
	assert_true(until(one_call, o));
	assert_non_null(o->desk[0].leg);
	assert_int_equal(state_of(o, first), PBX_HELD);
	assert_int_equal(pbx_retrieve(o->pbx, "200", first), 0);
	assert_true(hear(o, 0, 1));
}

static void given_up_while_it_rings(void **state)
{
	struct office *o = *state;
	uint32_t first, second = consult(o, &first);

	/* While the phone rings somewhere it cannot be with another. */
	assert_int_equal(pbx_retrieve(o->pbx, "200", first), EPROTO);
	assert_int_equal(pbx_reconnect(o->pbx, "200", second, first), 0);
	assert_true(hear(o, 0, 1));
	assert_true(until(one_call, o));
	assert_int_equal(last(o, PBX_RETRIEVED)->call, first);
}

static void the_first_may_hang_up_while_it_waits(void **state)
{
	struct office *o = *state;
	uint32_t first, second = consult_talk(o, &first);

	hang_up(&o->desk[1]);
	assert_true(until(one_call, o));
	assert_int_equal(state_of(o, second), PBX_CONNECTED);
	assert_true(hears(o, 0, 2));
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
}

/** 200's phone is put down while 201 waits. */
static void put_down(struct office *o)
{
	hang_up(&o->desk[0]);
	assert_true(until(first_rings, o));
	assert_true(until(one_call, o));
}

static void who_waits_comes_back_to_a_phone_that_is_put_down(void **state)
{
	struct office *o = *state;
	uint32_t first;

	consult_talk(o, &first);
	put_down(o);
	assert_string_equal(o->desk[0].caller, "201");
	assert_int_equal(state_of(o, first), PBX_ALERTING);
	assert_int_equal(last(o, PBX_DELIVERED)->cause, PBX_CAUSE_RECALL);
	answer_there(o, "200", first);
	assert_true(hear(o, 0, 1));
	assert_int_equal(state_of(o, first), PBX_CONNECTED);
	assert_true(until(nobody_is_held, o));
	hang_up(&o->desk[1]);
	assert_true(until(all_over, o));
}

static void who_is_not_wanted_back_is_let_go(void **state)
{
	struct office *o = *state;
	uint32_t first;

	consult(o, &first);
	put_down(o);
	sip_leg_reject(o->desk[0].leg, 486, NULL);
	o->desk[0].leg = mem_deref(o->desk[0].leg);
	assert_true(until(second_is_gone, o));
	assert_true(until(all_over, o));
}

static void who_comes_back_may_hang_up(void **state)
{
	struct office *o = *state;
	uint32_t first;

	consult_talk(o, &first);
	put_down(o);
	hang_up(&o->desk[1]);
	assert_true(until(first_is_gone, o));
	assert_true(until(all_over, o));
}

/** A code that was dialled meanwhile is no one to be called back with. */
static void put_down_behind_a_code(void **state)
{
	struct office *o = *state;
	uint32_t first, second;

	talk(o);
	first = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_consult(o->pbx, "200", first, "250", &second), 0);
	assert_int_equal(pbx_alternate(o->pbx, "200", second, first), 0);
	hang_up(&o->desk[0]);
	assert_true(until(is_over, o));
	assert_int_equal(o->desk[0].incoming, 0);
}

static void the_two_are_connected(void **state)
{
	struct office *o = *state;
	uint32_t first, second = consult_talk(o, &first);

	assert_int_equal(pbx_transfer_to(o->pbx, "200", first, second), 0);
	assert_true(hear(o, 1, 2));
	assert_true(until(first_is_gone, o));
	assert_int_equal(pbx_call_count(o->pbx), 1);
	assert_true(until(nobody_is_held, o));
	hang_up(&o->desk[1]);
	assert_true(until(all_over, o));
}

static void connected_the_other_way_round(void **state)
{
	struct office *o = *state;
	uint32_t first, second = consult_talk(o, &first);

	assert_int_equal(pbx_transfer_to(o->pbx, "200", second, first), 0);
	assert_true(hear(o, 1, 2));
	assert_true(until(first_is_gone, o));
}

static void connected_before_it_is_answered(void **state)
{
	struct office *o = *state;
	uint32_t first, second = consult(o, &first);

	assert_int_equal(pbx_transfer_to(o->pbx, "200", second, first), 0);
	assert_int_equal(sip_leg_answer(o->desk[2].leg, NULL, NULL), 0);
	assert_true(hear(o, 1, 2));
	assert_true(until(first_is_gone, o));
}

static void given_away_while_the_phone_speaks_with_another(void **state)
{
	struct office *o = *state;
	uint32_t first, second = consult_talk(o, &first);

	desk_open(o, 3, "203");
	assert_int_equal(pbx_transfer(o->pbx, "200", first, "203"), 0);
	assert_true(hear(o, 0, 2));
	assert_true(until(fourth_rings, o));
	assert_int_equal(sip_leg_answer(o->desk[3].leg, NULL, NULL), 0);
	assert_true(hear(o, 1, 3));
	assert_int_equal(state_of(o, second), PBX_CONNECTED);
	assert_true(hears(o, 0, 2));
	assert_int_equal(pbx_call_count(o->pbx), 2);
}

/* A phone that has two legs and holds one by itself. */
static void legs_of_their_own_change_places(void **state)
{
	struct office *o = *state;
	uint32_t first, second;

	talk(o);
	first = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(sip_leg_hold(o->desk[0].leg, true), 0);
	assert_true(until(second_is_held, o));
	second_leg(o, true);
	assert_true(hear(o, 3, 2));
	second = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_alternate(o->pbx, "200", second, first), 0);
	assert_true(hear(o, 3, 1));
	assert_int_equal(pbx_reconnect(o->pbx, "200", first, second), 0);
	assert_true(hear(o, 3, 2));
	assert_true(until(first_is_gone, o));
	assert_int_equal(pbx_call_count(o->pbx), 1);
}

static void the_switch_may_close_in_the_middle(void **state)
{
	struct office *o = *state;
	uint32_t first;

	consult_talk(o, &first);
	o->pbx = mem_deref(o->pbx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(a_phone_has_two_calls_in_turn),
		CALL_TEST(the_one_who_was_called_consults_too),
		CALL_TEST(what_cannot_be_reached_leaves_the_call_as_it_was),
		CALL_TEST(who_is_busy_leaves_the_first_waiting),
		CALL_TEST(given_up_while_it_rings),
		CALL_TEST(the_first_may_hang_up_while_it_waits),
		CALL_TEST(who_waits_comes_back_to_a_phone_that_is_put_down),
		CALL_TEST(who_is_not_wanted_back_is_let_go),
		CALL_TEST(who_comes_back_may_hang_up),
		CALL_TEST(the_two_are_connected),
		CALL_TEST(connected_the_other_way_round),
		CALL_TEST(connected_before_it_is_answered),
		CALL_TEST(given_away_while_the_phone_speaks_with_another),
		CALL_TEST(put_down_behind_a_code),
		CALL_TEST(legs_of_their_own_change_places),
		CALL_TEST(the_switch_may_close_in_the_middle),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
