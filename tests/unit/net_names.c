/* Names to addresses, fingerprints, words of errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <offhook/net.h>

#include "until.h"

struct world {
	struct net *net;
	struct net_lookup *lookup;
	struct tmr later;
	unsigned calls;
	enum net_error error;
	size_t count;
	struct sa first;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(net_alloc(&w->net), 0);
	tmr_init(&w->later);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	mem_deref(w->lookup);
	mem_deref(w->net);
	tmr_cancel(&w->later);
	free(w);
	return 0;
}

static void resolved(enum net_error error, const struct sa *addrs, size_t count,
		     void *arg)
{
	struct world *w = arg;

	w->calls++;
	w->error = error;
	w->count = count;
	if (count)
		w->first = addrs[0];
	loop_stop();
}

static void look_up(struct world *w, const char *host, int af)
{
	w->lookup = mem_deref(w->lookup);
	assert_int_equal(
		net_resolve(&w->lookup, w->net, host, 5060, af, resolved, w),
		0);
	assert_int_equal(w->calls, 0);
	assert_true(until_stopped());
	assert_int_equal(w->calls, 1);
	w->calls = 0;
}

static void test_address(void **state)
{
	struct world *w = *state;
	char buf[64];

	look_up(w, "192.0.2.7", AF_UNSPEC);
	assert_int_equal(w->error, NET_OK);
	assert_int_equal(w->count, 1);
	re_snprintf(buf, sizeof(buf), "%J", &w->first);
	assert_string_equal(buf, "192.0.2.7:5060");
}

static void test_address_6(void **state)
{
	struct world *w = *state;
	char buf[64];

	look_up(w, "[2001:db8::1]", AF_UNSPEC);
	assert_int_equal(w->error, NET_OK);
	re_snprintf(buf, sizeof(buf), "%j", &w->first);
	assert_string_equal(buf, "2001:db8::1");
	look_up(w, "2001:db8::1", AF_INET6);
	assert_int_equal(w->error, NET_OK);
	look_up(w, "2001:db8::1", AF_INET);
	assert_int_equal(w->error, NET_RESOLVE);
}

/* By the hosts file. */
static void test_localhost(void **state)
{
	struct world *w = *state;
	char buf[64];

	look_up(w, "localhost", AF_INET);
	assert_int_equal(w->error, NET_OK);
	re_snprintf(buf, sizeof(buf), "%j", &w->first);
	assert_string_equal(buf, "127.0.0.1");
}

static void test_no_such_name(void **state)
{
	struct world *w = *state;

	look_up(w, "nowhere.invalid", AF_UNSPEC);
	assert_int_equal(w->error, NET_RESOLVE);
	assert_int_equal(w->count, 0);
}

static void stop_later(void *arg)
{
	(void)arg;
	loop_stop();
}

static void test_cancel(void **state)
{
	struct world *w = *state;

	assert_int_equal(net_resolve(&w->lookup, w->net, "localhost", 1,
				     AF_INET, resolved, w),
			 0);
	w->lookup = mem_deref(w->lookup);
	tmr_start(&w->later, 50, stop_later, w);
	assert_int_equal(loop_run(), 0);
	assert_int_equal(w->calls, 0);
}

static void frees_all(enum net_error error, const struct sa *addrs,
		      size_t count, void *arg)
{
	struct world *w = arg;

	resolved(error, addrs, count, arg);
	w->lookup = mem_deref(w->lookup);
	w->net = mem_deref(w->net);
}

static void test_free_in_handler(void **state)
{
	struct world *w = *state;

	assert_int_equal(net_resolve(&w->lookup, w->net, "localhost", 1,
				     AF_INET, frees_all, w),
			 0);
	assert_true(until_stopped());
	assert_int_equal(w->calls, 1);
}

static void test_bad_parameters(void **state)
{
	struct world *w = *state;
	struct net_lookup *l = NULL;

	assert_int_equal(net_resolve(&l, w->net, "", 1, AF_INET, resolved, w),
			 EINVAL);
	assert_int_equal(net_resolve(&l, w->net, NULL, 1, AF_INET, resolved, w),
			 EINVAL);
	assert_int_equal(net_resolve(&l, w->net, "a", 1, 77, resolved, w),
			 EINVAL);
	assert_int_equal(net_resolve(&l, w->net, "a", 1, AF_INET, NULL, w),
			 EINVAL);
	assert_null(l);
}

static void test_pin(void **state)
{
	static const char text[] =
		"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
		"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF";
	struct net_pin pin, again;
	char buf[NET_FINGERPRINT_SIZE];
	(void)state;

	assert_int_equal(net_pin_read(&pin, text), 0);
	assert_int_equal(pin.sha256[1], 0x11);
	assert_int_equal(pin.sha256[31], 0xff);
	net_pin_write(buf, &pin);
	assert_string_equal(buf, text);
	assert_int_equal(net_pin_read(&again,
				      "00112233445566778899aabbccddeeff "
				      "00112233445566778899aabbccddeeff"),
			 0);
	assert_true(net_pin_equal(&pin, &again));
	assert_int_equal(net_pin_read(&again, "00:11"), EINVAL);
	assert_int_equal(net_pin_read(&again, ""), EINVAL);
	assert_int_equal(net_pin_read(&again, NULL), EINVAL);
	assert_int_equal(net_pin_read(&again, "zz"), EINVAL);
	/* One digit too many. */
	assert_int_equal(net_pin_read(&again,
				      "00112233445566778899aabbccddeeff"
				      "00112233445566778899aabbccddeeff0"),
			 EINVAL);
	assert_true(net_pin_equal(&pin, &again));
	assert_false(net_pin_equal(&pin, NULL));
}

static void test_every_error_has_words(void **state)
{
	(void)state;

	assert_string_equal(net_error_text(NET_OK), "");
	assert_int_equal(net_error_errno(NET_OK), 0);
	for (int e = NET_OK + 1; e < NET_ERROR_COUNT; e++) {
		assert_true(strlen(net_error_text(e)) > 10);
		assert_true(strlen(net_error_name(e)) > 2);
		assert_true(net_error_errno(e) > 0);
	}
	for (int f = NET_FAULT_NONE + 1; f <= NET_FAULT_OTHER; f++)
		assert_true(strlen(net_fault_text(f)) > 10);
	assert_string_equal(net_error_text(NET_ERROR_COUNT), "");
}

static int group_setup(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	return loop_init(LOOP_FEW);
}

static int group_teardown(void **state)
{
	(void)state;
	loop_close();
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_address),
		T(test_address_6),
		T(test_localhost),
		T(test_no_such_name),
		T(test_cancel),
		T(test_free_in_handler),
		T(test_bad_parameters),
		T(test_pin),
		T(test_every_error_has_words),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
