/**
 * @file switch_conference.c  More than two in one call of the switch
 *
 * 200 talks with 201, consults 202, and puts both together. Each hears all
 * others and not itself; who leaves leaves the others a call.
 */
#include "switch_office.h"

struct hearing {
	struct office *office;
	int who[PHONES], count;
};

static bool all_hear(void *arg)
{
	const struct hearing *h = arg;

	for (int i = 0; i < h->count; i++) {
		struct desk *d = &h->office->desk[h->who[i]];

		if (heard_share(d, d->hz) > 0.05)
			return false;
		for (int k = 0; k < h->count; k++) {
			double hz = h->office->desk[h->who[k]].hz;

			if (k != i && heard_share(d, hz) < 0.6 / (h->count - 1))
				return false;
		}
	}
	return true;
}

/** Sooner or later all of them hear all others, from now on. */
static bool hear(struct office *o, int a, int b, int c, int d)
{
	struct hearing h = {o, {a, b}, 2};

	if (c >= 0)
		h.who[h.count++] = c;
	if (d >= 0)
		h.who[h.count++] = d;
	for (int i = 0; i < h.count; i++)
		heard_forget(&o->desk[h.who[i]]);
	return until(all_hear, &h);
}

static bool fourth_rings(void *arg)
{
	return ((struct office *)arg)->desk[3].incoming > 0;
}

static bool third_rings(void *arg)
{
	return ((struct office *)arg)->desk[2].incoming > 0;
}

static bool first_is_gone(void *arg)
{
	return !((struct office *)arg)->desk[0].leg;
}

static bool second_is_gone(void *arg)
{
	struct office *o = arg;

	return !o->desk[1].leg;
}

static bool all_over(void *arg)
{
	struct office *o = arg;

	return is_over(o) && !o->desk[2].leg && !o->desk[3].leg;
}

static void consult(struct office *o, uint32_t from, const char *number,
		    int desk, uint32_t *call)
{
	assert_int_equal(pbx_consult(o->pbx, "200", from, number, call), 0);
	assert_true(until(desk == 2 ? third_rings : fourth_rings, o));
	assert_int_equal(sip_leg_answer(o->desk[desk].leg, NULL, NULL), 0);
	assert_true(hear(o, 0, desk, -1, -1));
}

/** 200, 201 and 202 in one call. @return its callID for 200 */
static uint32_t three(struct office *o)
{
	uint32_t first, second;

	talk(o);
	first = last(o, PBX_ESTABLISHED)->call;
	consult(o, first, "202", 2, &second);
	assert_int_equal(pbx_conference(o->pbx, "200", second, first), 0);
	assert_true(hear(o, 0, 1, 2, -1));
	return first;
}

static void three_hear_each_other(void **state)
{
	struct office *o = *state;
	uint32_t call = three(o);

	assert_int_equal(pbx_call_count(o->pbx), 1);
	assert_int_equal(count(o, PBX_CONFERENCED, "200"), 1);
	assert_int_equal(count(o, PBX_CONFERENCED, "201"), 1);
	assert_int_equal(count(o, PBX_CONFERENCED, "202"), 1);
	/* Its second call is over, and the phone has rung for none of it. */
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "200"), 1);
	assert_int_equal(o->desk[0].incoming, 0);
	hang_up(&o->desk[1]);
	assert_true(hear(o, 0, 2, -1, -1));
	assert_string_equal(last(o, PBX_CONFERENCED)->peer, "200");
	/* What is left is a call like any other. */
	assert_int_equal(pbx_hold(o->pbx, "200", call), 0);
	assert_int_equal(pbx_retrieve(o->pbx, "200", call), 0);
	assert_true(hear(o, 0, 2, -1, -1));
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "201"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "202"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "200"), 2);
}

static void one_is_dropped(void **state)
{
	struct office *o = *state;
	uint32_t call = three(o);
	uint32_t theirs = last(o, PBX_CONFERENCED)->call;

	/* Only by who has made it, and whoever is in it. */
	assert_int_equal(pbx_drop(o->pbx, "202", theirs, "201"), EPERM);
	assert_int_equal(pbx_drop(o->pbx, "200", call, "200"), ENOENT);
	assert_int_equal(pbx_drop(o->pbx, "200", call, "203"), ENOENT);
	assert_int_equal(pbx_drop(o->pbx, "200", call, "201"), 0);
	assert_true(until(second_is_gone, o));
	assert_true(hear(o, 0, 2, -1, -1));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "201"), 1);
	/* Two have a call like any other, which is ended by who is in it. */
	assert_int_equal(pbx_drop(o->pbx, "200", call, "202"), EPROTO);
	hang_up(&o->desk[0]);
	assert_true(until(all_over, o));
}

static bool second_rings_again(void *arg)
{
	struct office *o = arg;

	return last(o, PBX_DELIVERED)->cause == PBX_CAUSE_RECALL &&
	       o->desk[1].leg;
}

/* One side has put its phone down with this call waiting, and is called again:
 * not before it is there it can be in a conference. */
static void who_is_called_back_is_waited_for(void **state)
{
	struct office *o = *state;
	uint32_t first, second, theirs;

	talk(o);
	first = last(o, PBX_ORIGINATED)->call;
	desk_open(o, 3, "203");
	assert_int_equal(pbx_consult(o->pbx, "201",
				     last(o, PBX_ESTABLISHED)->call, "202",
				     &theirs),
			 0);
	assert_true(until(third_rings, o));
	assert_int_equal(sip_leg_answer(o->desk[2].leg, NULL, NULL), 0);
	assert_true(hear(o, 1, 2, -1, -1));
	consult(o, first, "203", 3, &second);
	o->desk[1].answers_at_once = false;
	hang_up(&o->desk[1]);
	assert_true(until(second_rings_again, o));
	assert_int_equal(pbx_conference(o->pbx, "200", second, first), EPROTO);
	assert_int_equal(sip_leg_answer(o->desk[1].leg, NULL, NULL), 0);
	assert_true(hear(o, 0, 3, -1, -1));
	assert_int_equal(pbx_conference(o->pbx, "200", second, first), 0);
	assert_true(hear(o, 0, 1, 3, -1));
	hang_up(&o->desk[0]);
	hang_up(&o->desk[1]);
	hang_up(&o->desk[3]);
	assert_true(until(all_over, o));
}

static void who_made_it_may_leave(void **state)
{
	struct office *o = *state;
	uint32_t call = three(o);

	assert_int_equal(pbx_clear(o->pbx, "200", call), 0);
	assert_true(until(first_is_gone, o));
	assert_true(hear(o, 1, 2, -1, -1));
	hang_up(&o->desk[1]);
	assert_true(until(all_over, o));
}

static void a_fourth_comes_later(void **state)
{
	struct office *o = *state;
	uint32_t call = three(o), more;

	desk_open(o, 3, "203");
	/* The others go on meanwhile. */
	consult(o, call, "203", 3, &more);
	assert_true(hear(o, 1, 2, -1, -1));
	assert_int_equal(pbx_conference(o->pbx, "200", more, call), 0);
	assert_true(hear(o, 0, 1, 2, 3));
	hang_up(&o->desk[0]);
	assert_true(hear(o, 1, 2, 3, -1));
	hang_up(&o->desk[1]);
	assert_true(hear(o, 2, 3, -1, -1));
	hang_up(&o->desk[2]);
	assert_true(until(all_over, o));
}

static void who_is_put_down_while_it_waits_leaves(void **state)
{
	struct office *o = *state;
	uint32_t call = three(o), more;

	desk_open(o, 3, "203");
	consult(o, call, "203", 3, &more);
	hang_up(&o->desk[0]);
	assert_true(hear(o, 1, 2, -1, -1));
	assert_int_equal(pbx_call_count(o->pbx), 1);
	assert_int_equal(o->desk[0].incoming, 0);
}

static void one_may_wait_on_hold(void **state)
{
	struct office *o = *state;
	uint32_t call = three(o);

	assert_int_equal(pbx_hold(o->pbx, "200", call), 0);
	assert_true(hear(o, 1, 2, -1, -1));
	assert_int_equal(pbx_retrieve(o->pbx, "200", call), 0);
	assert_true(hear(o, 0, 1, 2, -1));
	/* Also by the phone itself. */
	assert_int_equal(sip_leg_hold(o->desk[1].leg, true), 0);
	assert_true(hear(o, 0, 2, -1, -1));
	assert_int_equal(sip_leg_hold(o->desk[1].leg, false), 0);
	assert_true(hear(o, 0, 1, 2, -1));
}

static void what_does_not_go_is_refused(void **state)
{
	struct office *o = *state;
	uint32_t call = three(o);

	assert_int_equal(pbx_conference(o->pbx, "200", call, call), EPROTO);
	assert_int_equal(pbx_conference(o->pbx, "200", call, call + 9), ENOENT);
	assert_int_equal(pbx_transfer(o->pbx, "200", call, "203"), EPROTO);
	assert_int_equal(sip_leg_transfer(o->desk[0].leg, "203", NULL), 0);
	assert_true(hear(o, 0, 1, 2, -1));
}

static void the_switch_may_close_in_the_middle(void **state)
{
	struct office *o = *state;

	three(o);
	o->pbx = mem_deref(o->pbx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(three_hear_each_other),
		CALL_TEST(one_is_dropped),
		CALL_TEST(who_is_called_back_is_waited_for),
		CALL_TEST(who_made_it_may_leave),
		CALL_TEST(a_fourth_comes_later),
		CALL_TEST(who_is_put_down_while_it_waits_leaves),
		CALL_TEST(one_may_wait_on_hold),
		CALL_TEST(what_does_not_go_is_refused),
		CALL_TEST(the_switch_may_close_in_the_middle),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
