/**
 * @file switch_calls.c  Phones registered at the switch call each other
 */
#include "switch_office.h"

static void calls_ring_and_carry_sound_both_ways(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");
	char id[32];

	desk_call(a, "201");
	assert_true(until(rings, o));
	assert_string_equal(b->caller, "200");
	assert_string_equal(b->caller_name, "Emma Nutt");
	assert_non_null(strstr(b->alert, "internal"));
	assert_int_equal(count(o, PBX_ORIGINATED, "200"), 1);
	assert_int_equal(count(o, PBX_DELIVERED, "201"), 1);

	assert_int_equal(sip_leg_answer(b->leg, NULL, NULL), 0);
	assert_true(until(talks, o));
	assert_true(until(hear_each_other, o));
	re_snprintf(id, sizeof(id), "%u", last(o, PBX_ESTABLISHED)->call);
	assert_string_equal(a->call_id, id);

	sip_leg_hangup(a->leg);
	a->leg = mem_deref(a->leg);
	assert_true(until(is_over, o));
	assert_int_equal(b->code, 200);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "200"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "201"), 1);
}

static void the_called_side_can_hang_up(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");

	b->answers_at_once = true;
	desk_call(a, "201");
	assert_true(until(talks, o));
	sip_leg_hangup(b->leg);
	b->leg = mem_deref(b->leg);
	assert_true(until(is_over, o));
	assert_int_equal(a->code, 200);
}

static bool a_has_failed(void *arg)
{
	struct office *o = arg;

	return o->desk[0].closed > 0 && pbx_call_count(o->pbx) == 0;
}

static void failures_are_told_apart(void **state)
{
	static const struct {
		const char *number;
		enum pbx_cause refuse, cause;
		uint16_t code;
	} rows[] = {
		{"201", 0, PBX_CAUSE_BUSY, 486},
		{"203", 0, PBX_CAUSE_UNREACHABLE, 480},
		{"999", 0, PBX_CAUSE_NOT_OBTAINABLE, 404},
		{"204", PBX_CAUSE_DO_NOT_DISTURB, PBX_CAUSE_DO_NOT_DISTURB,
		 486},
	};
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");
	size_t i;

	b->rejects = true;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		o->refuse = rows[i].refuse;
		a->closed = 0;
		o->told_n = 0;
		desk_call(a, rows[i].number);
		assert_true(until(a_has_failed, o));
		assert_int_equal(a->code, rows[i].code);
		assert_int_equal(last(o, PBX_FAILED_EVENT)->cause,
				 rows[i].cause);
		assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "200"), 1);
	}
}

static void the_caller_can_give_up(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");

	desk_call(a, "201");
	assert_true(until(rings, o));
	sip_leg_hangup(a->leg);
	a->leg = mem_deref(a->leg);
	assert_true(until(is_over, o));
	assert_int_equal(b->code, 487);
	assert_int_equal(last(o, PBX_CONNECTION_CLEARED)->cause,
			 PBX_CAUSE_CANCELLED);
	assert_int_equal(count(o, PBX_ESTABLISHED, "201"), 0);
}

static void all_phones_of_a_device_ring_and_one_gets_it(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201"),
		    *c = desk_open(o, 2, "201");

	desk_call(a, "201");
	assert_true(until(rings, o));
	while (!c->incoming)
		assert_true(until(rings, o));
	assert_int_equal(sip_leg_answer(b->leg, NULL, NULL), 0);
	assert_true(until(talks, o));
	assert_true(until(hear_each_other, o));
	assert_int_equal(count(o, PBX_ESTABLISHED, "201"), 1);
	assert_int_equal(c->closed, 1);
	assert_int_equal(c->code, 487);
}

static bool b_is_held(void *arg)
{
	struct office *o = arg;

	return o->desk[1].held > 0 && last(o, PBX_HELD_EVENT);
}

static bool b_is_back(void *arg)
{
	struct office *o = arg;

	return o->desk[1].resumed > 0 && last(o, PBX_RETRIEVED) &&
	       hear_each_other(o);
}

static void a_held_call_comes_back_with_its_sound(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");

	b->answers_at_once = true;
	desk_call(a, "201");
	assert_true(until(talks, o));
	assert_true(until(hear_each_other, o));

	assert_int_equal(sip_leg_hold(a->leg, true), 0);
	assert_true(until(b_is_held, o));
	assert_string_equal(last(o, PBX_HELD_EVENT)->device, "200");

	b->full = false;
	assert_int_equal(sip_leg_hold(a->leg, false), 0);
	assert_true(until(b_is_back, o));
}

static void third_party_calls_ring_the_caller_first(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");
	uint32_t call = 0;

	(void)a;
	assert_int_equal(pbx_make_call(o->pbx, "203", NULL, "201", &call),
			 EHOSTUNREACH);
	assert_int_equal(pbx_make_call(o->pbx, "200", NULL, "201", &call), 0);
	assert_int_equal(count(o, PBX_SERVICE_INITIATED, "200"), 1);
	assert_true(until(rings, o));
	assert_string_equal(b->caller, "200");

	/* and the other side is answered for it */
	answer_there(o, "201", call);
	assert_true(until(talks, o));
	assert_int_equal(b->talk, 1);
	assert_true(until(hear_each_other, o));

	assert_int_equal(pbx_hold(o->pbx, "200", call), 0);
	assert_int_equal(pbx_hold(o->pbx, "200", call), EPROTO);
	assert_true(until(b_is_held, o));
	assert_int_equal(pbx_retrieve(o->pbx, "200", call), 0);
	assert_true(until(b_is_back, o));

	assert_int_equal(pbx_clear(o->pbx, "201", call), 0);
	assert_true(until(is_over, o));
	assert_int_equal(pbx_clear(o->pbx, "201", call), ENOENT);
}

static void outside_calls_come_and_go_by_the_trunk(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *t = desk_open(o, 1, "trunk");

	t->answers_at_once = true;
	desk_call(a, "0442079460018");
	assert_true(until(talks, o));
	assert_true(until(hear_each_other, o));
	sip_leg_hangup(a->leg);
	a->leg = mem_deref(a->leg);
	assert_true(until(is_over, o));

	o->told_n = 0;
	{
		struct sip_leg_prm prm = {.to_uri = "200",
					  .account = t->account,
					  .from_user = "+442079460018"};

		assert_int_equal(
			sip_leg_connect(&t->leg, t->stack, &prm, leg_event, t),
			0);
	}
	assert_true(until(rings, o));
	assert_string_equal(a->caller, "+442079460018");
	assert_non_null(strstr(a->alert, "external"));
	assert_true(last(o, PBX_DELIVERED)->outside);
}

static bool b_is_busy_again(void *arg)
{
	struct office *o = arg;

	return o->desk[2].incoming > 0;
}

static void a_ringing_call_can_be_sent_on(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");
	uint32_t call;

	(void)desk_open(o, 2, "202");
	desk_call(a, "201");
	assert_true(until(rings, o));
	call = last(o, PBX_DELIVERED)->call;
	assert_int_equal(pbx_deflect(o->pbx, "200", call, "202"), EPROTO);
	assert_int_equal(pbx_deflect(o->pbx, "201", call, "202"), 0);
	assert_true(until(b_is_busy_again, o));
	assert_int_equal(count(o, PBX_DIVERTED, "201"), 1);
	assert_int_equal(b->closed, 1);
}

static bool trunk_rings(void *arg)
{
	return ((struct office *)arg)->desk[2].incoming > 0;
}

static void one_sent_on_to_the_outside_goes_to_that_number(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *t;

	(void)desk_open(o, 1, "201");
	t = desk_open(o, 2, "trunk");
	desk_call(a, "201");
	assert_true(until(rings, o));
	assert_int_equal(pbx_deflect(o->pbx, "201",
				     last(o, PBX_DELIVERED)->call,
				     "0442079460018"),
			 0);
	assert_true(until(trunk_rings, o));
	assert_non_null(t->called);
	assert_non_null(strstr(t->called, "sip:0442079460018@"));
}

static void who_is_not_answered_learns_that(void **state)
{
	struct office *o = *state;
	struct desk *a, *b;

	pbx_open(o, 1);
	a = desk_open(o, 0, "200");
	b = desk_open(o, 1, "201");
	desk_call(a, "201");
	assert_true(until(rings, o));
	assert_true(until(a_has_failed, o));
	assert_int_equal(a->code, 408);
	assert_int_equal(last(o, PBX_FAILED_EVENT)->cause, PBX_CAUSE_NO_ANSWER);
	assert_int_equal(last(o, PBX_CONNECTION_CLEARED)->cause,
			 PBX_CAUSE_NO_ANSWER);
	assert_int_equal(b->established, 0);
}

static bool hold_is_settled(void *arg)
{
	struct office *o = arg;

	return o->desk[1].resumed > 0 && hear_each_other(o);
}

static void a_hold_that_is_taken_back_at_once_holds_nobody(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");
	uint32_t call;

	b->answers_at_once = true;
	desk_call(a, "201");
	assert_true(until(talks, o));
	assert_true(until(hear_each_other, o));
	call = last(o, PBX_ESTABLISHED)->call;
	/* The second word comes while the first is on its way. */
	assert_int_equal(pbx_hold(o->pbx, "200", call), 0);
	assert_int_equal(pbx_retrieve(o->pbx, "200", call), 0);
	b->full = false;
	assert_true(until(hold_is_settled, o));
	assert_int_equal(b->held, 1);
}

static bool wrong_was_told(void *arg)
{
	return ((struct office *)arg)->wrong > 0;
}

static void a_wrong_password_gets_no_registration(void **state)
{
	struct office *o = *state;
	struct sip_stack_prm stack = {.media = o->media};
	struct sip_account_prm prm = {
		.user = "200",
		.domain = "offhook",
		.password = "wrong",
	};
	struct desk *d = &o->desk[0];
	char server[64];
	struct sa laddr;

	re_snprintf(server, sizeof(server), "%J", pbx_address(o->pbx));
	prm.server = server;
	assert_int_equal(sip_stack_alloc(&d->stack, &stack, NULL, NULL), 0);
	sa_set_str(&laddr, "127.0.0.1", 0);
	assert_int_equal(sip_stack_listen(d->stack, SIP_UDP, &laddr), 0);
	assert_int_equal(
		sip_account_alloc(&d->account, d->stack, &prm, NULL, NULL), 0);
	assert_true(until(wrong_was_told, o));
	assert_false(pbx_reachable(o->pbx, "200"));
}

static bool closed(void *arg)
{
	return ((struct office *)arg)->over;
}

static void on_closed(void *arg)
{
	((struct office *)arg)->over = true;
}

static void closing_says_good_bye(void **state)
{
	struct office *o = *state;
	struct desk *a = desk_open(o, 0, "200"), *b = desk_open(o, 1, "201");

	b->answers_at_once = true;
	desk_call(a, "201");
	assert_true(until(talks, o));
	pbx_close(o->pbx, on_closed, o);
	assert_true(until(closed, o));
	assert_true(until(is_over, o));
	assert_int_equal(a->code, 200);
	assert_int_equal(b->code, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(calls_ring_and_carry_sound_both_ways),
		CALL_TEST(the_called_side_can_hang_up),
		CALL_TEST(failures_are_told_apart),
		CALL_TEST(the_caller_can_give_up),
		CALL_TEST(all_phones_of_a_device_ring_and_one_gets_it),
		CALL_TEST(a_held_call_comes_back_with_its_sound),
		CALL_TEST(third_party_calls_ring_the_caller_first),
		CALL_TEST(outside_calls_come_and_go_by_the_trunk),
		CALL_TEST(a_ringing_call_can_be_sent_on),
		CALL_TEST(one_sent_on_to_the_outside_goes_to_that_number),
		CALL_TEST(who_is_not_answered_learns_that),
		CALL_TEST(a_hold_that_is_taken_back_at_once_holds_nobody),
		CALL_TEST(a_wrong_password_gets_no_registration),
		CALL_TEST(closing_says_good_bye),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
