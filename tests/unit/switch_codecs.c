/**
 * @file switch_codecs.c  Phones that change their codec in a call
 */
#include "switch_office.h"

static void answer_with(struct office *o, unsigned i, const char *codecs)
{
	o->desk[i].codecs = codecs;
	o->desk[i].answers_at_once = true;
}

/* 200 calls 201. NULL: all that there is */
static void talk_with(struct office *o, const char *calling, const char *called)
{
	desk_open(o, 0, "200");
	desk_open(o, 1, "201");
	answer_with(o, 1, called);
	o->desk[0].codecs = calling;
	desk_call(&o->desk[0], "201");
	assert_true(until(talks, o));
	assert_true(until(hear_each_other, o));
}

static const char *codec(const struct desk *d)
{
	return media_stream_codec(sip_leg_stream(d->leg));
}

struct wanted {
	struct office *o;
	const char *name[2];
};

static bool have(void *arg)
{
	const struct wanted *w = arg;

	return text_equal(codec(&w->o->desk[0]), w->name[0]) &&
	       text_equal(codec(&w->o->desk[1]), w->name[1]);
}

static bool is_done(void *arg)
{
	return ((const struct desk *)arg)->offered > 0;
}

static void forget(struct desk *d)
{
	pthread_mutex_lock(&d->lock);
	d->full = false;
	d->pos = 0;
	pthread_mutex_unlock(&d->lock);
}

/* What counts is what is heard from now on. */
static void check_sound(struct office *o)
{
	forget(&o->desk[0]);
	forget(&o->desk[1]);
	assert_true(until(hear_each_other, o));
}

static void change(struct office *o, unsigned i, const char *names)
{
	struct list formats = LIST_INIT;
	struct desk *d = &o->desk[i];

	d->offered = 0;
	assert_int_equal(media_formats_ours(&formats, names), 0);
	assert_int_equal(sip_leg_offer(d->leg, &formats), 0);
	list_flush(&formats);
	assert_true(until(is_done, d));
}

static void check(struct office *o, const char *first, const char *second)
{
	struct wanted w = {o, {first, second}};

	assert_true(until(have, &w));
	check_sound(o);
	assert_true(have(&w));
	assert_int_equal(pbx_call_count(o->pbx), 1);
}

/* ---- tests ------------------------------------------------------------- */

static void the_other_one_follows(void **state)
{
	static const char *const names[] = {"PCMA", "opus", "PCMU", "G722"};
	struct office *o = *state;

	talk_with(o, NULL, NULL);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(names); i++) {
		const char *name = names[i % ARRAY_SIZE(names)];

		change(o, i < ARRAY_SIZE(names) ? 0 : 1, name);
		check(o, name, name);
	}
}

/* The caller has offered but one: the other side may take what it has. */
static void one_that_was_never_offered_is_taken_too(void **state)
{
	struct office *o = *state;

	talk_with(o, "PCMA", NULL);
	assert_string_equal(codec(&o->desk[1]), "PCMA");
	change(o, 0, "opus PCMA");
	check(o, "opus", "opus");
	change(o, 1, "PCMU");
	/* 200 has been made with PCMA alone, and chosen opus */
	check(o, "opus", "PCMU");
}

/* Who cannot follow keeps what it has, and both are mixed. */
static void who_cannot_follow_is_heard_all_the_same(void **state)
{
	struct office *o = *state;

	talk_with(o, NULL, "PCMA");
	assert_string_equal(codec(&o->desk[0]), "PCMA");
	change(o, 0, "opus");
	check(o, "opus", "PCMA");
	/* and back */
	change(o, 0, "PCMU, PCMA");
	check(o, "PCMU", "PCMA");
	change(o, 0, "PCMA");
	check(o, "PCMA", "PCMA");
}

static bool first_is_held(void *arg)
{
	return ((struct office *)arg)->desk[0].held > 0;
}

static bool first_is_resumed(void *arg)
{
	return ((struct office *)arg)->desk[0].resumed > 0;
}

static void a_held_call_stays_held(void **state)
{
	struct office *o = *state;

	talk_with(o, NULL, NULL);
	assert_int_equal(sip_leg_hold(o->desk[1].leg, true), 0);
	assert_true(until(first_is_held, o));
	change(o, 1, "PCMU");
	change(o, 0, "PCMA");
	assert_true(sip_leg_held(o->desk[1].leg));
	assert_true(sip_leg_held_remote(o->desk[0].leg));
	assert_int_equal(o->desk[0].resumed, 0);
	assert_int_equal(sip_leg_hold(o->desk[1].leg, false), 0);
	assert_true(until(first_is_resumed, o));
	check(o, "PCMA", "PCMA");
}

/* Each of both at the same time; nobody is left alone with his. */
static void both_change_at_once(void **state)
{
	struct office *o = *state;
	struct list formats = LIST_INIT;

	talk_with(o, NULL, NULL);
	o->desk[0].offered = o->desk[1].offered = 0;
	assert_int_equal(media_formats_ours(&formats, "PCMA"), 0);
	assert_int_equal(sip_leg_offer(o->desk[0].leg, &formats), 0);
	list_flush(&formats);
	assert_int_equal(media_formats_ours(&formats, "PCMU"), 0);
	assert_int_equal(sip_leg_offer(o->desk[1].leg, &formats), 0);
	list_flush(&formats);
	assert_true(until(is_done, &o->desk[0]));
	assert_true(until(is_done, &o->desk[1]));
	check_sound(o);
	assert_int_equal(pbx_call_count(o->pbx), 1);
}

/* One after the other, faster than anybody follows. */
static void who_changes_often_is_followed_to_the_last(void **state)
{
	struct office *o = *state;

	talk_with(o, NULL, NULL);
	change(o, 0, "PCMA");
	change(o, 0, "PCMU");
	change(o, 0, "G722");
	check(o, "G722", "G722");
}

static void it_may_end_in_the_middle(void **state)
{
	struct office *o = *state;

	talk_with(o, NULL, NULL);
	change(o, 0, "PCMA");
	o->desk[0].leg = mem_deref(o->desk[0].leg);
	assert_true(until(is_over, o));
}

static void the_switch_may_close_in_the_middle(void **state)
{
	struct office *o = *state;

	talk_with(o, NULL, NULL);
	change(o, 1, "PCMA");
	o->pbx = mem_deref(o->pbx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(the_other_one_follows),
		CALL_TEST(one_that_was_never_offered_is_taken_too),
		CALL_TEST(who_cannot_follow_is_heard_all_the_same),
		CALL_TEST(a_held_call_stays_held),
		CALL_TEST(both_change_at_once),
		CALL_TEST(who_changes_often_is_followed_to_the_last),
		CALL_TEST(it_may_end_in_the_middle),
		CALL_TEST(the_switch_may_close_in_the_middle),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
