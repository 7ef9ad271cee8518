/* Timers: when they run out, in which order, and what handlers may do. */
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>

#include <offhook/base.h>

#include <cmocka.h>
#include "until.h"

enum { MANY = 3000, MOST_MS = 40 };

struct clock {
	struct tmr tmr;
	uint64_t due_ms; /**< not before that */
	unsigned starts, rings;
	void (*then)(struct clock *c);
	struct clock *other;
};

static struct clock *rung[MANY];
static unsigned count;

static void ring(void *arg)
{
	struct clock *c = arg;

	assert_false(tmr_isrunning(&c->tmr));
	assert_true(time_mono_ms() >= c->due_ms);
	c->rings++;
	if (count < MANY)
		rung[count] = c;
	count++;
	if (c->then)
		c->then(c);
}

static void start(struct clock *c, uint64_t ms)
{
	c->starts++;
	c->due_ms = time_mono_ms() + ms;
	tmr_start(&c->tmr, ms, ring, c);
}

static bool have_rung(void *arg)
{
	return count >= *(unsigned *)arg;
}

static void wait_for(unsigned n)
{
	assert_true(until(have_rung, &n));
	assert_int_equal(count, n);
}

static int setup(void **state)
{
	(void)state;
	count = 0;
	return loop_init(LOOP_FEW);
}

static int teardown(void **state)
{
	(void)state;
	loop_close();
	return 0;
}

static void soonest_first(void **state)
{
	static const unsigned ms[] = {30, 10, 20, 0, 15};
	static const unsigned order[] = {3, 1, 4, 2, 0};
	struct clock c[5] = {0};

	(void)state;
	for (int i = 0; i < 5; i++)
		start(&c[i], ms[i]);
	wait_for(5);
	for (int i = 0; i < 5; i++)
		assert_ptr_equal(rung[i], &c[order[i]]);
}

static void equally_long_in_order_of_start(void **state)
{
	struct clock *c = calloc(MANY, sizeof(*c));

	(void)state;
	for (int i = 0; i < MANY; i++)
		start(&c[i], 20);
	wait_for(MANY);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(rung[i], &c[i]);
	free(c);
}

static void cancelled_is_never(void **state)
{
	struct clock c[3] = {0};

	(void)state;
	for (int i = 0; i < 3; i++)
		start(&c[i], 1);
	assert_true(tmr_isrunning(&c[1].tmr));
	tmr_cancel(&c[1].tmr);
	assert_false(tmr_isrunning(&c[1].tmr));
	tmr_cancel(&c[1].tmr);
	wait_for(2);
	assert_int_equal(c[1].rings, 0);
}

static void started_again_counts_from_then(void **state)
{
	struct clock c[2] = {0};

	(void)state;
	start(&c[0], 1);
	start(&c[1], 10);
	start(&c[0], 20);
	wait_for(2);
	assert_ptr_equal(rung[0], &c[1]);
	assert_int_equal(c[0].rings, 1);
}

static void says_how_long(void **state)
{
	struct clock c = {0};

	(void)state;
	assert_int_equal(tmr_get_expire(&c.tmr), 0);
	start(&c, 60000);
	assert_in_range(tmr_get_expire(&c.tmr), 1, 60000);
	start(&c, UINT64_MAX);
	assert_true(tmr_get_expire(&c.tmr) > 365ull * 86400 * 1000);
	tmr_cancel(&c.tmr);
	assert_int_equal(tmr_get_expire(&c.tmr), 0);
}

static void cancel_other(struct clock *c)
{
	tmr_cancel(&c->other->tmr);
}

static void handler_ends_what_is_due_with_it(void **state)
{
	struct clock c[3] = {0};

	(void)state;
	c[0].then = cancel_other;
	c[0].other = &c[1];
	for (int i = 0; i < 3; i++)
		start(&c[i], 1);
	usleep(3000); /* all are due in one turn */
	wait_for(2);
	assert_int_equal(c[1].rings, 0);
}

static void free_it(struct clock *c)
{
	free(c);
}

static void handler_frees_its_timer(void **state)
{
	struct clock *c = calloc(1, sizeof(*c));

	(void)state;
	c->then = free_it;
	start(c, 1);
	wait_for(1);
}

static void start_again(struct clock *c)
{
	if (c->starts < 5)
		start(c, 0);
}

/* One that starts itself at once must not keep the loop from all else. */
static void at_once_is_the_next_turn(void **state)
{
	struct clock c[2] = {{.then = start_again}};

	(void)state;
	start(&c[0], 0);
	start(&c[1], 0);
	wait_for(6);
	assert_ptr_equal(rung[1], &c[1]);
	assert_int_equal(c[0].rings, 5);
}

/* Started, ended and started again in any order: whatever the heap has come to
 * look like, each one left runs out once, none too early, and in order. */
static void many_in_any_order(void **state)
{
	struct clock *c = calloc(MANY, sizeof(*c));
	unsigned left = 0;

	(void)state;
	srand(1);
	for (int i = 0; i < 4 * MANY; i++) {
		struct clock *one = &c[rand() % MANY];

		if (rand() % 3)
			start(one, 5 + (uint64_t)(rand() % MOST_MS));
		else
			tmr_cancel(&one->tmr);
	}
	for (int i = 0; i < MANY; i++)
		left += tmr_isrunning(&c[i].tmr);
	wait_for(left);
	for (unsigned i = 0; i < left; i++) {
		assert_int_equal(rung[i]->rings, 1);
		/* whole milliseconds were noted */
		if (i)
			assert_true(rung[i]->due_ms + 1 >= rung[i - 1]->due_ms);
	}
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(soonest_first, setup, teardown),
		cmocka_unit_test_setup_teardown(equally_long_in_order_of_start,
						setup, teardown),
		cmocka_unit_test_setup_teardown(cancelled_is_never, setup,
						teardown),
		cmocka_unit_test_setup_teardown(started_again_counts_from_then,
						setup, teardown),
		cmocka_unit_test_setup_teardown(says_how_long, setup, teardown),
		cmocka_unit_test_setup_teardown(
			handler_ends_what_is_due_with_it, setup, teardown),
		cmocka_unit_test_setup_teardown(handler_frees_its_timer, setup,
						teardown),
		cmocka_unit_test_setup_teardown(at_once_is_the_next_turn, setup,
						teardown),
		cmocka_unit_test_setup_teardown(many_in_any_order, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
