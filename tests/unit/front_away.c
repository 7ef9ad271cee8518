/**
 * @file front_away.c  Destinations of states, visibility, one's own data
 */
#include "front_fixture.h"

static void destinations_are_told_and_set(void **state)
{
	struct house *h = *state;

	EXPECT(get(h, "cmd=StateForwarding"),
	       "{\"presence\":1,\"to\":\"here\"}",
	       "{\"presence\":8,\"to\":\"voicemail\"}", "!\"presence\":9",
	       "\"fixed\":false", "\"boxes\":[]");
	EXPECT(post(h, "cmd=SetStateForwarding&presence=7&to=201"), "!error");
	EXPECT(events(h, h->session), "StateForwardingEvent");
	EXPECT(get(h, "cmd=StateForwarding"),
	       "{\"presence\":7,\"to\":\"201\"}");
	EXPECT(post(h, "cmd=SetStateForwarding&presence=7&to="), "!error");
	EXPECT(get(h, "cmd=StateForwarding"),
	       "{\"presence\":7,\"to\":\"voicemail\"}");
}

static void what_is_none_is_refused(void **state)
{
	struct house *h = *state;

	EXPECT(post(h, "cmd=SetStateForwarding&presence=9&to=201"),
	       "BAD_PARAMETER");
	EXPECT(post(h, "cmd=SetStateForwarding&presence=-1&to=201"),
	       "BAD_PARAMETER");
	EXPECT(post(h, "cmd=SetStateForwarding&presence=7&to=%00x"),
	       "BAD_PARAMETER");
	EXPECT(post(h, "cmd=SetStateForwarding&presence=7&to=200"),
	       "COMES_BACK");
	EXPECT(post(h, "cmd=SetStateForwarding&presence=7&to=2999"),
	       "NOT_FOUND");
	EXPECT(post(h, "cmd=SetMyData&mobile=0171"), "BAD_PARAMETER");
	EXPECT(post(h, "cmd=SetMyData&email=nobody"), "BAD_PARAMETER");
	EXPECT(get(h, "cmd=SetStateForwarding&presence=7&to=201"),
	       "NOT_ALLOWED");
	/* where the administrator says it */
	features_set_suite(h->front->features, true);
	EXPECT(get(h, "cmd=StateForwarding"), "\"fixed\":true");
	EXPECT(post(h, "cmd=SetStateForwarding&presence=7&to=201"),
	       "NOT_ALLOWED");
}

static void visibility_is_told_to_oneself(void **state)
{
	struct house *h = *state;

	EXPECT(get(h, "cmd=PresenceList"), "\"visibility\":\"all\"");
	EXPECT(post(h, "cmd=SetVisibility&visibility=inside"), "!error");
	EXPECT(events(h, h->session), "\"visibility\":\"inside\"");
}

int main(void)
{
#define T(test) \
	cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		T(destinations_are_told_and_set),
		T(what_is_none_is_refused),
		T(visibility_is_told_to_oneself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
