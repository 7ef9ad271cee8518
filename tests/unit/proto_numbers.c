/* Numbers and times of the protocol (SPEC, Calls). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <offhook/base.h>
#include <offhook/proto.h>

#include <cmocka.h>

static const struct proto_dial_params munich = {.country = "49",
						.area = "89",
						.location = "7007",
						.access = "0",
						.national = "0",
						.international = "00",
						.extension_max = 3};

static const struct proto_dial_params new_york = {.country = "1",
						  .area = "212",
						  .location = "555",
						  .access = "9",
						  .national = "1",
						  .international = "011",
						  .extension_max = 4};

static const struct proto_dial_params unknown = {0};

static void assert_text(char *got, const char *want)
{
	if (want)
		assert_string_equal(got ? got : "(null)", want);
	else
		assert_null(got);
	free(got);
}

static void canonical_is_recognised(void **state)
{
	static const char *const yes[] = {
		"+49 (89) 7007-98765", "+498970070",
		" +1-212-555-1234",    "+49/89:7007;1",
		"+49 (0) 89 7007",     "+44\xc2\xa0(20) 7946 0958"};
	static const char *const no[] = {"",
					 "+",
					 "321",
					 "0049 89 7007",
					 "+49 89 7007 ext 5",
					 "49+89",
					 "++49",
					 "+49*21",
					 "+0123",
					 "+1234567890123456",
					 "+49\n89",
					 "+49 89 7007\xff"};
	(void)state;

	for (size_t i = 0; i < sizeof(yes) / sizeof(char *); i++)
		if (!proto_number_is_canonical(yes[i]))
			fail_msg("%s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(char *); i++)
		if (proto_number_is_canonical(no[i]))
			fail_msg("%s", no[i]);
	assert_false(proto_number_is_canonical(NULL));
}

static void spelling_is_normalised(void **state)
{
	(void)state;
	assert_text(proto_number_normalise("+49 (89) 7007-98765"),
		    "+4989700798765");
	assert_text(proto_number_normalise("+49 (0)89 7007"), "+49897007");
	assert_text(proto_number_normalise("0 89 / 70 07"), "0897007");
	assert_text(proto_number_normalise("01.23.45"), "012345");
	assert_text(proto_number_normalise("*44*321#"), "*44*321#");
	assert_text(proto_number_normalise("12\xe2\x80\x93"
					   "34"),
		    "1234");
	assert_text(proto_number_normalise("Anna"), NULL);
	assert_text(proto_number_normalise("12a"), NULL);
	assert_text(proto_number_normalise("12+3"), NULL);
	assert_text(proto_number_normalise("()"), NULL);
	assert_text(proto_number_normalise("*#"), NULL);
	assert_text(proto_number_normalise(""), NULL);
	assert_text(proto_number_normalise(NULL), NULL);
	assert_text(proto_number_normalise(
			    "12345678901234567890123456789012345678901"),
		    NULL);
}

/* The four forms that SPEC gives for Munich. */
static void dialable_in_munich(void **state)
{
	(void)state;
	assert_text(proto_number_dialable("+49 (89) 7007-98765", &munich),
		    "0700798765");
	assert_text(proto_number_dialable("+49 (89) 7007-321", &munich), "321");
	assert_text(proto_number_dialable("+49 (30) 1234", &munich),
		    "00301234");
	assert_text(proto_number_dialable("+43 1 234567", &munich),
		    "000431234567");
	/* What is dialable stays so. */
	assert_text(proto_number_dialable("321", &munich), "321");
	assert_text(proto_number_dialable("0 7007-98765", &munich),
		    "0700798765");
	assert_text(proto_number_dialable("*21#", &munich), "*21#");
	assert_text(proto_number_dialable("x", &munich), NULL);
}

static void canonical_in_munich(void **state)
{
	static const char want[] = "+4989700798765";
	(void)state;

	assert_text(proto_number_canonical("0700798765", &munich), want);
	assert_text(proto_number_canonical("0089700798765", &munich), want);
	assert_text(proto_number_canonical("0004989700798765", &munich), want);
	assert_text(proto_number_canonical("+49 (89) 7007-98765", &munich),
		    want);
	assert_text(proto_number_canonical("321", &munich), NULL);
	assert_text(proto_number_canonical("*44*", &munich), NULL);
	assert_text(proto_number_canonical("0", &munich), NULL);
	assert_text(proto_number_canonical("00", &munich), NULL);
	assert_text(proto_number_canonical("000", &munich), NULL);
}

/* Nobody writes an access code into an address book. */
static void written_in_munich(void **state)
{
	static const struct proto_dial_params no_length = {
		.country = "49", .area = "89", .national = "0"};
	(void)state;

	assert_text(proto_number_written("089 21610", &munich), "+498921610");
	assert_text(proto_number_written("0171 5551", &munich), "+491715551");
	assert_text(proto_number_written("0043 1 2345", &munich), "+4312345");
	assert_text(proto_number_written("21610", &munich), "+498921610");
	assert_text(proto_number_written("+49 (0)89 21610", &munich),
		    "+498921610");
	assert_text(proto_number_written("321", &munich), "321");
	assert_text(proto_number_written("089 7007-321", &munich), "321");
	/* These make no sense but with an access code. */
	assert_text(proto_number_written("0700798765", &munich),
		    "+4989700798765");
	assert_text(proto_number_written("0089700798765", &munich),
		    "+4989700798765");
	assert_text(proto_number_written("0004989700798765", &munich),
		    "+4989700798765");
	assert_text(proto_number_written("*44*", &munich), NULL);
	assert_text(proto_number_written("x", &munich), NULL);
	assert_text(proto_number_written("0171 5551", &unknown), "01715551");
	assert_text(proto_number_written("0171 5551", &no_length),
		    "+491715551");
	assert_text(proto_number_written("201", &no_length), "201");
}

static void written_in_new_york(void **state)
{
	(void)state;
	assert_text(proto_number_written("(917) 555-0100", &new_york),
		    "+19175550100");
	assert_text(proto_number_written("1-415-555-0100", &new_york),
		    "+14155550100");
	assert_text(proto_number_written("9 1 415 555 0100", &new_york),
		    "+14155550100");
	assert_text(proto_number_written("011 49 89 21610", &new_york),
		    "+498921610");
	assert_text(proto_number_written("776 0100", &new_york),
		    "+12127760100");
}

static void the_united_states_dial_nationally(void **state)
{
	(void)state;
	assert_text(proto_number_dialable("+1 (415) 555-0199", &new_york),
		    "914155550199");
	/* Within the own area too. */
	assert_text(proto_number_dialable("+1 (212) 867-5309", &new_york),
		    "912128675309");
	assert_text(proto_number_dialable("+1 212 555-1234", &new_york),
		    "1234");
	assert_text(proto_number_dialable("+49 89 7007", &new_york),
		    "901149897007");
	assert_text(proto_number_canonical("914155550199", &new_york),
		    "+14155550199");
	assert_text(proto_number_canonical("94155550199", &new_york),
		    "+14155550199");
	assert_text(proto_number_canonical("98675309", &new_york),
		    "+12128675309");
	assert_text(proto_number_canonical("901149897007", &new_york),
		    "+49897007");
	assert_text(proto_number_canonical("1234", &new_york), NULL);
}

static void without_parameters_nothing_is_guessed(void **state)
{
	(void)state;
	assert_text(proto_number_dialable("+49 89 7007", &unknown),
		    "+49897007");
	assert_text(proto_number_dialable("+49 89 7007", NULL), "+49897007");
	assert_text(proto_number_canonical("0897007", &unknown), NULL);
	assert_text(proto_number_canonical("+49 89 7007", NULL), "+49897007");
	assert_text(proto_number_extension("321", NULL), NULL);
	assert_true(proto_number_same("+49 89-7007", "+49897007", NULL));
	assert_true(proto_number_same("32 1", "321", NULL));
	assert_false(proto_number_same("", "", NULL));
	assert_false(proto_number_same(NULL, NULL, NULL));
}

static void extensions_are_recognised(void **state)
{
	(void)state;
	assert_text(proto_number_extension("321", &munich), "321");
	assert_text(proto_number_extension("+49 89 7007-321", &munich), "321");
	assert_text(proto_number_extension("07007321", &munich), "321");
	assert_text(proto_number_extension("00 89 7007 321", &munich), "321");
	assert_text(proto_number_extension("+49 89 7007-98765", &munich), NULL);
	assert_text(proto_number_extension("0321", &munich), NULL);
	assert_text(proto_number_extension("*321", &munich), NULL);
	assert_text(proto_number_extension("+49 30 7007321", &munich), NULL);
	assert_text(proto_number_extension("Anna", &munich), NULL);
}

static void all_spellings_are_the_same_place(void **state)
{
	static const char *const out[] = {"+49 (89) 7007-98765", "0700798765",
					  "0089700798765", "0004989700798765",
					  "700798765"};
	static const char *const in[] = {"321", "+49 89 7007 321", "07007321"};
	(void)state;

	for (size_t i = 0; i < sizeof(out) / sizeof(char *); i++)
		for (size_t k = 0; k < sizeof(out) / sizeof(char *); k++)
			assert_true(proto_number_same(out[i], out[k], &munich));
	for (size_t i = 0; i < sizeof(in) / sizeof(char *); i++) {
		assert_true(proto_number_same(in[i], in[0], &munich));
		assert_false(proto_number_same(in[i], out[0], &munich));
	}
	assert_false(proto_number_same("*21", "21", &munich));
}

/* Blanks, brackets, strokes and dots between its digits change no number. */
static void signs_between_digits_mean_nothing(void **state)
{
	static const char *const signs[] = {"", "", " ", "-", ".", "/", "  "};
	uint32_t seed = 5;
	(void)state;

	for (int i = 0; i < 4000; i++) {
		char bare[32], spelt[128] = "", *one, *two;
		size_t n;

		seed = seed * 1664525u + 1013904223u;
		n = (size_t)snprintf(bare, sizeof(bare), "%s%u",
				     i % 3 ? "+49" : "0", seed >> 4);
		for (size_t k = 0; k < n; k++) {
			size_t at = strlen(spelt);

			spelt[at] = bare[k];
			spelt[at + 1] = '\0';
			seed = seed * 1664525u + 1013904223u;
			if (k + 1 < n)
				strcat(spelt, signs[(seed >> 8) % 7]);
		}
		one = proto_number_normalise(bare);
		two = proto_number_normalise(spelt);
		assert_non_null(one);
		assert_string_equal(two ? two : spelt, one);
		assert_true(proto_number_same(bare, spelt, &munich));
		free(two);
		two = proto_number_normalise(one);
		assert_string_equal(two, one);
		free(one);
		free(two);
		one = proto_number_key(bare, &munich);
		two = proto_number_key(spelt, &munich);
		assert_string_equal(one, two);
		free(one);
		free(two);
	}
}

/* What is dialled leads back to where it was meant to. */
static void there_and_back(void **state)
{
	static const struct proto_dial_params *const all[] = {&munich,
							      &new_york};
	static const char *const prefix[] = {"+4989", "+49", "+1212", "+1",
					     "+1415", "+33", "+881",  "+7"};
	uint32_t seed = 3;
	(void)state;

	for (int i = 0; i < 4000; i++) {
		const struct proto_dial_params *p = all[i & 1];
		char number[32], *dial, *back;

		seed = seed * 1664525u + 1013904223u;
		snprintf(number, sizeof(number), "%s%07u",
			 prefix[(seed >> 8) % 8],
			 (seed >> 4) % 9000000 + 1000000);
		/* Seven digits behind +1 are no number there. */
		if (p == &new_york && strlen(number) != 12 &&
		    !strncmp(number, "+1", 2))
			continue;
		/* Nor does a subscriber's begin with the national prefix. */
		dial = proto_number_dialable(number, p);
		assert_non_null(dial);
		back = proto_number_canonical(dial, p);
		if (back)
			assert_string_equal(back, number);
		else
			assert_true(strlen(dial) <= p->extension_max);
		free(dial);
		free(back);
	}
}

static void assert_time(const char *text, int64_t ms)
{
	char back[18];

	assert_true(proto_time_read(text) == ms);
	proto_time_write(back, sizeof(back), ms);
	assert_string_equal(back, text);
}

static void times_read_and_write(void **state)
{
	static const char *const bad[] = {"",
					  "2026/12/24",
					  "2026/12/24 15:00",
					  "2026/13/01 00:00Z",
					  "2026/02/29 00:00Z",
					  "2026/12/24 24:00Z",
					  "2026/12/24 10:60Z",
					  "1969/12/31 23:59Z",
					  "2026-12-24 15:00Z",
					  "2026/12/24 15:00Zx",
					  "+026/12/24 15:00Z",
					  "2026/1/2 3:4Z"};
	char buf[18] = "x", small[4] = "x";
	(void)state;

	assert_time("1970/01/01 00:00Z", 0);
	assert_time("2026/12/24 15:00Z", 1798124400000);
	assert_time("2024/02/29 23:59Z", 1709251140000);
	assert_time("2038/01/19 03:15Z", 2147483700000);
	assert_time("9999/12/31 23:59Z", 253402300740000);
	assert_true(proto_time_read(" 1970/01/01 00:01Z\r\n") == 60000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(char *); i++)
		assert_true(proto_time_read(bad[i]) == -1);
	assert_true(proto_time_read(NULL) == -1);
	proto_time_write(buf, sizeof(buf), -1);
	assert_string_equal(buf, "");
	proto_time_write(buf, sizeof(buf), INT64_MAX);
	assert_string_equal(buf, "");
	proto_time_write(small, sizeof(small), 0);
	assert_string_equal(small, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical_is_recognised),
		cmocka_unit_test(spelling_is_normalised),
		cmocka_unit_test(dialable_in_munich),
		cmocka_unit_test(canonical_in_munich),
		cmocka_unit_test(written_in_munich),
		cmocka_unit_test(written_in_new_york),
		cmocka_unit_test(the_united_states_dial_nationally),
		cmocka_unit_test(without_parameters_nothing_is_guessed),
		cmocka_unit_test(extensions_are_recognised),
		cmocka_unit_test(all_spellings_are_the_same_place),
		cmocka_unit_test(signs_between_digits_mean_nothing),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(times_read_and_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
