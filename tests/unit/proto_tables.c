/* The protocol's names: every row walked, the known ones typed by hand. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <offhook/base.h>
#include <offhook/proto.h>

#include <cmocka.h>

/* Names may come again in one list only where two rows say so on purpose. */
#define WALK(list, LIST, again)                                                \
	static void walk_##list(void **state)                                  \
	{                                                                      \
		int twice = 0;                                                 \
		(void)state;                                                   \
		assert_string_equal(proto_##list(PROTO_##LIST##_NONE), "");    \
		assert_string_equal(proto_##list(PROTO_##LIST##_COUNT), "");   \
		for (int i = 1; i < PROTO_##LIST##_COUNT; i++) {               \
			const char *name = proto_##list((enum proto_##list)i); \
			assert_true(isalpha((unsigned char)name[0]));          \
			assert_in_range(                                       \
				proto_##list##_sure((enum proto_##list)i),     \
				PROTO_KNOWN, PROTO_OURS);                      \
			if ((int)proto_##list##_find(name) != i)               \
				twice++;                                       \
		}                                                              \
		assert_int_equal(twice, again);                                \
		assert_int_equal(proto_##list##_find("NoSuchName"), 0);        \
		assert_int_equal(proto_##list##_find(""), 0);                  \
		assert_int_equal(proto_##list##_find(NULL), 0);                \
	}

WALK(command, COMMAND, 0)
WALK(param, PARAM, 0)
/* "direction" of a call, "DIRECTION" of the journal; names have any case. */
WALK(element, ELEMENT, 1)
WALK(attribute, ATTRIBUTE, 0)
WALK(event, EVENT, 0)
WALK(member, MEMBER, 0)
WALK(reason, REASON, 0)
WALK(state, STATE, 0)
WALK(cause, CAUSE, 0)

/* As clients of real systems use them; typed here a second time. */
static void known_names_are_right(void **state)
{
	static const char *const commands[] = {"Login",
					       "Logout",
					       "MakeCall",
					       "MkCall",
					       "SetPresence",
					       "SetDisplay",
					       "ClearDisplay",
					       "EventStart",
					       "HookSubscribe",
					       "GetEvents",
					       "AnswerCall",
					       "ClearConnection",
					       "DeflectCall",
					       "HoldCall",
					       "RetrieveCall",
					       "ConsultationCall",
					       "AlternateCall",
					       "ReconnectCall",
					       "ConferenceCall",
					       "EndConference",
					       "TransferCall",
					       "AttendedTransfer",
					       "GetServerParam",
					       "GetDoNotDisturb",
					       "SetDoNotDisturb",
					       "GetForwarding",
					       "SetForwarding",
					       "GetDeviceState",
					       "EventStop",
					       "MonitorStart",
					       "MonitorStop",
					       "GetFilter",
					       "SetFilter",
					       "HookUnsubscribe",
					       "PhBookSearch",
					       "PhBookDetail",
					       "PhBookLookup",
					       "SetCallMe",
					       "GetPresenceXML",
					       "PresenceDBGet",
					       "PresenceDBSet",
					       "JournalRead",
					       "JournalGroupByDate",
					       "JournalFetch"};
	static const char *const events[] = {"ServiceInitiatedEvent",
					     "OriginatedEvent",
					     "DeliveredEvent",
					     "EstablishedEvent",
					     "HeldEvent",
					     "QueuedEvent",
					     "DivertedEvent",
					     "TransferedEvent",
					     "ConnectionClearedEvent",
					     "PresenceEvent",
					     "DevStateChange",
					     "AgentState",
					     "HookEvent"};
	int known = 0;
	(void)state;

	for (size_t i = 0; i < sizeof(commands) / sizeof(char *); i++) {
		enum proto_command c = proto_command_find(commands[i]);

		assert_string_equal(proto_command(c), commands[i]);
		assert_int_equal(proto_command_sure(c), PROTO_KNOWN);
	}
	for (int i = 1; i < PROTO_COMMAND_COUNT; i++)
		known += proto_command_sure((enum proto_command)i) ==
			 PROTO_KNOWN;
	assert_int_equal(known, sizeof(commands) / sizeof(char *));
	for (size_t i = 0; i < sizeof(events) / sizeof(char *); i++) {
		enum proto_event e = proto_event_find(events[i]);

		assert_string_equal(proto_event(e), events[i]);
		assert_int_equal(proto_event_sure(e), PROTO_KNOWN);
	}
	assert_string_equal(PROTO_PATH, "/cgi-bin/gadgetapi");
	assert_string_equal(proto_param(PROTO_PARAM_GS_PASS), "gsPass");
	assert_string_equal(proto_param(PROTO_PARAM_SESSION), "gsSession");
	assert_string_equal(proto_reason(PROTO_REASON_NOT_LOGGED_IN),
			    "NOT_LOGGED_IN");
}

/* A name that the lists have is one that doc/wsi.md explains. */
static void the_document_has_every_name(void **state)
{
	char *text = NULL;
	(void)state;

	assert_int_equal(file_read("doc/wsi.md", 1 << 20, &text, NULL), 0);
	for (int i = 1; i < PROTO_COMMAND_COUNT; i++)
		if (!strstr(text, proto_command((enum proto_command)i)))
			fail_msg("%s", proto_command((enum proto_command)i));
	for (int i = 1; i < PROTO_PARAM_COUNT; i++)
		if (!strstr(text, proto_param((enum proto_param)i)))
			fail_msg("%s", proto_param((enum proto_param)i));
	for (int i = 1; i < PROTO_ELEMENT_COUNT; i++)
		if (!strstr(text, proto_element((enum proto_element)i)))
			fail_msg("%s", proto_element((enum proto_element)i));
	for (int i = 1; i < PROTO_EVENT_COUNT; i++)
		if (!strstr(text, proto_event((enum proto_event)i)))
			fail_msg("%s", proto_event((enum proto_event)i));
	for (int i = 1; i < PROTO_MEMBER_COUNT; i++)
		if (!strstr(text, proto_member((enum proto_member)i)))
			fail_msg("%s", proto_member((enum proto_member)i));
	for (int i = 1; i < PROTO_REASON_COUNT; i++)
		if (!strstr(text, proto_reason((enum proto_reason)i)))
			fail_msg("%s", proto_reason((enum proto_reason)i));
	free(text);
}

static void presence_states(void **state)
{
	static const char *const name[] = {
		"Office",   "Meeting", "Sick", "Break",		"Out of office",
		"Vacation", "Lunch",   "Home", "Do Not Disturb"};
	(void)state;

	assert_int_equal(PROTO_DO_NOT_DISTURB, 9);
	for (int i = 1; i < PROTO_PRESENCE_COUNT; i++) {
		enum proto_presence p = (enum proto_presence)i;
		char number[2] = {(char)('0' + i), 0};

		assert_string_equal(proto_presence_name(p), name[i - 1]);
		assert_int_equal(proto_presence_find(proto_presence_key(p)), p);
		assert_int_equal(proto_presence_find(name[i - 1]), p);
		assert_int_equal(proto_presence_find(number), p);
	}
	assert_int_equal(proto_presence_find("DND"), PROTO_DO_NOT_DISTURB);
	assert_int_equal(proto_presence_find("do not disturb"),
			 PROTO_DO_NOT_DISTURB);
	assert_int_equal(proto_presence_find("out"), PROTO_OUT_OF_OFFICE);
	assert_int_equal(proto_presence_find("0"), PROTO_PRESENCE_UNKNOWN);
	assert_int_equal(proto_presence_find("10"), PROTO_PRESENCE_UNKNOWN);
	assert_int_equal(proto_presence_find(""), PROTO_PRESENCE_UNKNOWN);
	assert_int_equal(proto_presence_find("-"), PROTO_PRESENCE_UNKNOWN);
	assert_int_equal(proto_presence_find(NULL), PROTO_PRESENCE_UNKNOWN);
	assert_string_equal(proto_presence_name(PROTO_PRESENCE_COUNT), "");
	assert_string_equal(proto_presence_key((enum proto_presence) - 1), "");
}

static void hooks_and_lamps(void **state)
{
	(void)state;
	for (int i = 1; i < PROTO_HOOK_COUNT; i++) {
		enum proto_hook h = (enum proto_hook)i;

		assert_int_equal(proto_hook_find(proto_hook(h)), h);
		assert_int_not_equal(proto_lamp_of(h, 0, 0),
				     PROTO_LAMP_UNKNOWN);
	}
	for (int i = 1; i < PROTO_LAMP_COUNT; i++)
		assert_true(*proto_lamp_name((enum proto_lamp)i));
	assert_int_equal(proto_hook_find("idle"), PROTO_HOOK_ONHOOK);
	assert_int_equal(proto_hook_find("-1"), PROTO_HOOK_UNREACHABLE);
	assert_int_equal(proto_hook_find("?"), PROTO_HOOK_UNKNOWN);
	assert_int_equal(proto_hook_find(NULL), PROTO_HOOK_UNKNOWN);
	assert_int_equal(proto_inout_find("IN"), -1);
	assert_int_equal(proto_inout_find("outgoing"), 1);
	assert_int_equal(proto_inout_find("1"), 1);
	assert_int_equal(proto_inout_find(""), 0);
	assert_int_equal(proto_inout_find(NULL), 0);
	assert_int_equal(proto_intext_find("INT"), -1);
	assert_int_equal(proto_intext_find("external"), 1);
	assert_int_equal(proto_intext_find("x"), 0);
	assert_int_equal(proto_lamp_of(PROTO_HOOK_RINGING, -1, 1),
			 PROTO_LAMP_RINGS_OUTSIDE);
	assert_int_equal(proto_lamp_of(PROTO_HOOK_RINGING, -1, -1),
			 PROTO_LAMP_RINGS_INSIDE);
	assert_int_equal(proto_lamp_of(PROTO_HOOK_OFFHOOK, 1, 1),
			 PROTO_LAMP_TALKS_OUTSIDE);
	assert_int_equal(proto_lamp_of(PROTO_HOOK_UNKNOWN, 1, 1),
			 PROTO_LAMP_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walk_command),
		cmocka_unit_test(walk_param),
		cmocka_unit_test(walk_element),
		cmocka_unit_test(walk_attribute),
		cmocka_unit_test(walk_event),
		cmocka_unit_test(walk_member),
		cmocka_unit_test(walk_reason),
		cmocka_unit_test(walk_state),
		cmocka_unit_test(walk_cause),
		cmocka_unit_test(known_names_are_right),
		cmocka_unit_test(the_document_has_every_name),
		cmocka_unit_test(presence_states),
		cmocka_unit_test(hooks_and_lamps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
