/**
 * @file app_pins.c  Which rules a new PIN of the voicemail breaks (SPEC T5.7.3)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <offhook/client/app.h>

static void rules(void **state)
{
	static const struct {
		const char *pin;
		uint32_t broken;
	} rows[] = {
		{"482915", 0},
		{"000001", 0},
		{"121212", 0},
		{"123457", 0},
		{"890123", 0},
		{"111111", APP_PIN_EQUAL},
		{"123456", APP_PIN_RUN},
		{"987654", APP_PIN_RUN},
		{"12345", APP_PIN_DIGITS | APP_PIN_RUN},
		{"55", APP_PIN_DIGITS | APP_PIN_EQUAL},
		{"", APP_PIN_DIGITS},
		{NULL, APP_PIN_DIGITS},
		{"7", APP_PIN_DIGITS},
		{"74", APP_PIN_DIGITS},
		{"7391540", APP_PIN_DIGITS},
		{"73915a", APP_PIN_DIGITS},
		{" 73915", APP_PIN_DIGITS},
		{"７39154", APP_PIN_DIGITS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(app_pin_broken(rows[i].pin), rows[i].broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
