/* Addresses that may stand in a header and in an envelope. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <offhook/net.h>

static void addresses(void **state)
{
	static const char *const good[] = {"a@b", "emma@nutt.example",
					   "e.nutt+box@mail.nutt.example"};
	static const char *const bad[] = {
		"",	 "emma",	  "@b",	   "a@",    "a@b@c",
		"a b@c", "a@b\r\nBcc: x", "<a@b>", "a@b,c", "\"a\"@b",
		"a@b;c", "a@\tb",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(net_mail_address_ok(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(net_mail_address_ok(bad[i]));
	assert_false(net_mail_address_ok(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
