/* Answers that come later: several commands that share what waits for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "../../src/client/app/app_int.h"

#include <cmocka.h>

static unsigned told;
static int last_err;

static void done(int err, const char *text, void *arg)
{
	(void)text;
	(void)arg;
	told++;
	last_err = err;
}

struct asking {
	struct app app;
	struct app_sink sink;
	struct app_wait *first, *second;
};

/* Two that are asked with one command, which has returned. */
static void ask_two(struct asking *k, int err)
{
	memset(k, 0, sizeof(*k));
	told = 0;
	list_init(&k->app.waits);
	list_init(&k->app.waits_over);
	k->sink.done = done;
	k->sink.running = true;
	k->first = app_wait_new(&k->app, &k->sink);
	k->second = app_wait_new(&k->app, &k->sink);
	assert_non_null(k->first);
	assert_int_equal(app_wait_settle(&k->sink, err),
			 err ? err : EINPROGRESS);
}

static void clear(struct asking *k)
{
	app_waits_close(&k->app);
	assert_true(list_isempty(&k->app.waits));
	assert_true(list_isempty(&k->app.waits_over));
	app_sink_reset(&k->sink);
}

static void the_second_answer_finds_what_it_is_told_to(void **state)
{
	struct asking k;
	(void)state;

	ask_two(&k, 0);
	app_wait_over(k.first, 0, "");
	app_wait_over(k.second, EIO, "refused");
	assert_int_equal(told, 1);
	assert_int_equal(last_err, 0);
	assert_true(list_isempty(&k.app.waits_over));
	clear(&k);
}

static void one_could_not_be_asked_and_the_other_answers(void **state)
{
	struct asking k;
	(void)state;

	ask_two(&k, ENOTCONN);
	app_wait_over(k.first, 0, "");
	assert_int_equal(told, 0);
	clear(&k);
}

/* Who holds one for itself may say it after all the others are forgotten. */
static void a_holder_speaks_after_the_end(void **state)
{
	struct asking k;
	struct app_wait *held;
	(void)state;

	ask_two(&k, 0);
	held = mem_ref(k.second);
	app_wait_over(k.first, 0, "");
	app_waits_close(&k.app);
	app_wait_over(held, 0, "");
	mem_deref(held);
	assert_int_equal(told, 1);
	clear(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_second_answer_finds_what_it_is_told_to),
		cmocka_unit_test(one_could_not_be_asked_and_the_other_answers),
		cmocka_unit_test(a_holder_speaks_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
