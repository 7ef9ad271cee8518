/* CSTA events of our device: in order, twice, late, half (ECMA-269). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wsi_fixture.h"

static void feed(struct fixture *f, const char *members)
{
	char *text = text_printf("{\"events\":[{%s}]}", members);

	assert_int_equal(wsi_events_read(f->s, text, strlen(text)), 1);
	free(text);
}

static const struct told *last(struct fixture *f)
{
	assert_true(f->told_count > 0);
	return &f->told[(f->told_count - 1) % FIXTURE_CALLS];
}

/* One more event was told, of that type and state. */
static void expect(struct fixture *f, unsigned count, enum wsi_call_type type,
		   enum wsi_connection local)
{
	assert_int_equal(f->told_count, count);
	assert_int_equal(last(f)->type, type);
	assert_int_equal(last(f)->local, local);
}

/* What was asked for arrives. */
static void arrives(struct fixture *f, const char *xml)
{
	fixture_answer(f, PROTO_COMMAND_GET_DEVICE_STATE, xml, strlen(xml),
		       wsi_calls_snapshot);
}

static void snapshot(struct fixture *f, const char *xml)
{
	wsi_calls_asked(f->s);
	arrives(f, xml);
}

#define RINGS                                                                \
	"\"type\":\"DeliveredEvent\",\"deviceID\":\"200\",\"callID\":\"5\"," \
	"\"callingDevice\":\"201\",\"callingName\":\"Agner Erlang\","        \
	"\"calledDevice\":\"200\",\"alertingDevice\":\"200\","               \
	"\"localConnectionInfo\":\"alerting\""
#define ANSWERED                                                               \
	"\"type\":\"EstablishedEvent\",\"deviceID\":\"200\",\"callID\":\"5\"," \
	"\"answeringDevice\":\"200\",\"localConnectionInfo\":\"connected\""
#define CLEARED                                                     \
	"\"type\":\"ConnectionClearedEvent\",\"deviceID\":\"200\"," \
	"\"callID\":\"5\",\"releasingDevice\":\"201\","             \
	"\"localConnectionInfo\":\"null\",\"cause\":\"normalClearing\""

static void test_incoming(void **state)
{
	struct fixture f;
	size_t len;
	char *buf = NULL;
	(void)state;

	fixture_open(&f, 0);
	assert_int_equal(file_read("tests/data/wsi/events_call.json", 1 << 20,
				   &buf, &len),
			 0);
	assert_int_equal(wsi_events_read(f.s, buf, len), 5);
	free(buf);
	assert_int_equal(f.told_count, 5);
	assert_int_equal(f.told[0].type, WSI_CALL_DELIVERED);
	assert_int_equal(f.told[0].local, WSI_CONNECTION_ALERTING);
	assert_true(f.told[0].incoming);
	assert_false(f.told[0].outside);
	assert_false(f.told[0].group);
	assert_string_equal(f.told[0].other, "201");
	assert_string_equal(f.told[0].other_name, "Agner Erlang");
	/* What later events leave out is known from the first. */
	for (int i = 1; i < 5; i++) {
		assert_string_equal(f.told[i].call_id, "5");
		assert_string_equal(f.told[i].other, "201");
		assert_string_equal(f.told[i].other_name, "Agner Erlang");
		assert_true(f.told[i].incoming);
	}
	assert_int_equal(f.told[1].type, WSI_CALL_ESTABLISHED);
	assert_int_equal(f.told[2].local, WSI_CONNECTION_HOLD);
	assert_int_equal(f.told[3].local, WSI_CONNECTION_CONNECTED);
	assert_int_equal(f.told[4].type, WSI_CALL_CLEARED);
	assert_int_equal(f.told[4].local, WSI_CONNECTION_NULL);
	assert_int_equal(list_count(&f.s->calls), 0);
	fixture_close(&f);
}

static void test_outgoing(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, "\"type\":\"ServiceInitiatedEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"9\"");
	expect(&f, 1, WSI_CALL_INITIATED, WSI_CONNECTION_INITIATED);
	assert_false(last(&f)->incoming);
	feed(&f, "\"type\":\"OriginatedEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"9\",\"callingDevice\":\"200\","
		 "\"calledDevice\":\"+49305550100\",\"intext\":\"EXT\"");
	expect(&f, 2, WSI_CALL_ORIGINATED, WSI_CONNECTION_CONNECTED);
	assert_string_equal(last(&f)->other, "+49305550100");
	feed(&f, "\"type\":\"DeliveredEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"9\",\"callingDevice\":\"200\","
		 "\"calledDevice\":\"+49305550100\",\"calledName\":\"Berlin\","
		 "\"alertingDevice\":\"+49305550100\",\"intext\":\"EXT\"");
	expect(&f, 3, WSI_CALL_DELIVERED, WSI_CONNECTION_CONNECTED);
	assert_true(last(&f)->outside);
	assert_false(last(&f)->incoming);
	assert_string_equal(last(&f)->other_name, "Berlin");
	feed(&f, "\"type\":\"FailedEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"9\",\"cause\":\"busy\"");
	expect(&f, 4, WSI_CALL_FAILED, WSI_CONNECTION_FAILED);
	assert_int_equal(last(&f)->cause, WSI_CAUSE_BUSY);
	feed(&f, "\"type\":\"ConnectionClearedEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"9\",\"releasingDevice\":\"200\"");
	expect(&f, 5, WSI_CALL_CLEARED, WSI_CONNECTION_NULL);
	fixture_close(&f);
}

static void test_twice(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, RINGS);
	feed(&f, RINGS);
	assert_int_equal(f.told_count, 1);
	feed(&f, ANSWERED);
	feed(&f, ANSWERED);
	assert_int_equal(f.told_count, 2);
	feed(&f, CLEARED);
	feed(&f, CLEARED);
	assert_int_equal(f.told_count, 3);
	fixture_close(&f);
}

/* The answer overtakes the ringing: no call rings again by that. */
static void test_out_of_order(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, ANSWERED);
	expect(&f, 1, WSI_CALL_ESTABLISHED, WSI_CONNECTION_CONNECTED);
	feed(&f, RINGS);
	assert_int_equal(f.told_count, 1);
	feed(&f, CLEARED);
	assert_int_equal(f.told_count, 2);
	/* After its end: nothing is shown, the device's state is asked. */
	assert_false(f.s->stale_device);
	feed(&f, RINGS);
	assert_int_equal(f.told_count, 2);
	assert_true(f.s->stale_device);
	fixture_close(&f);
}

static void test_end_of_unknown(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, CLEARED);
	assert_int_equal(f.told_count, 0);
	fixture_close(&f);
}

static void test_late_while_held(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, RINGS);
	feed(&f, ANSWERED);
	feed(&f, "\"type\":\"HeldEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"5\"");
	expect(&f, 3, WSI_CALL_HELD, WSI_CONNECTION_HOLD);
	feed(&f, ANSWERED);
	assert_int_equal(f.told_count, 3);
	feed(&f, "\"type\":\"RetrievedEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"5\"");
	expect(&f, 4, WSI_CALL_RETRIEVED, WSI_CONNECTION_CONNECTED);
	fixture_close(&f);
}

static void test_other_device(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, "\"type\":\"DeliveredEvent\",\"deviceID\":\"201\","
		 "\"callID\":\"5\",\"callingDevice\":\"202\"");
	assert_int_equal(f.told_count, 0);
	fixture_close(&f);
}

static void test_group(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, "\"type\":\"DeliveredEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"5\",\"callingDevice\":\"201\","
		 "\"calledDevice\":\"350\",\"alertingDevice\":\"200\"");
	expect(&f, 1, WSI_CALL_DELIVERED, WSI_CONNECTION_ALERTING);
	assert_true(last(&f)->incoming);
	assert_true(last(&f)->group);
	assert_string_equal(last(&f)->other, "201");
	fixture_close(&f);
}

static void test_diverted(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, RINGS);
	feed(&f, "\"type\":\"DivertedEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"5\",\"cause\":\"callForwardNoAnswer\"");
	expect(&f, 2, WSI_CALL_DIVERTED, WSI_CONNECTION_NULL);
	assert_int_equal(last(&f)->cause, WSI_CAUSE_FORWARDED);
	assert_int_equal(list_count(&f.s->calls), 0);
	fixture_close(&f);
}

/* We transfer: both our calls are over. */
static void test_transferred(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, RINGS);
	feed(&f, ANSWERED);
	feed(&f, "\"type\":\"OriginatedEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"6\",\"callingDevice\":\"200\","
		 "\"calledDevice\":\"202\"");
	feed(&f, "\"type\":\"TransferedEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"7\",\"primaryOldCall\":\"5\","
		 "\"secondaryOldCall\":\"6\",\"localConnectionInfo\":\"null\"");
	assert_int_equal(f.told_count, 5);
	assert_int_equal(f.told[3].type, WSI_CALL_CLEARED);
	assert_string_equal(f.told[3].call_id, "6");
	expect(&f, 5, WSI_CALL_TRANSFERRED, WSI_CONNECTION_NULL);
	assert_string_equal(last(&f)->call_id, "5");
	assert_string_equal(last(&f)->new_call_id, "7");
	assert_int_equal(list_count(&f.s->calls), 0);
	fixture_close(&f);
}

/* We are transferred: our call goes on under another id, with another. */
static void test_was_transferred(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, RINGS);
	feed(&f, ANSWERED);
	feed(&f, "\"type\":\"TransferedEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"7\",\"primaryOldCall\":\"5\","
		 "\"callingDevice\":\"202\",\"callingName\":\"Hedy\","
		 "\"localConnectionInfo\":\"connected\"");
	expect(&f, 3, WSI_CALL_TRANSFERRED, WSI_CONNECTION_CONNECTED);
	assert_string_equal(last(&f)->call_id, "5");
	assert_string_equal(last(&f)->new_call_id, "7");
	assert_string_equal(last(&f)->other, "202");
	feed(&f, "\"type\":\"ConnectionClearedEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"7\"");
	expect(&f, 4, WSI_CALL_CLEARED, WSI_CONNECTION_NULL);
	assert_string_equal(last(&f)->call_id, "7");
	fixture_close(&f);
}

/* Who is in a conference, or what somebody says of that. */
static void test_members(void **state)
{
	static const char conferenced[] =
		"\"type\":\"ConferencedEvent\",\"deviceID\":\"200\","
		"\"callID\":\"5\",\"localConnectionInfo\":\"connected\","
		"\"parties\":3,\"members\":";
	struct text_buf many = {0};
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, RINGS);
	feed(&f, ANSWERED);
	text_buf_printf(&many,
			"%s[{\"number\":\"201\",\"name\":\"Agner\"},"
			"{\"number\":\"202\",\"name\":\"He\\u001b[31mdy\"}]",
			conferenced);
	feed(&f, many.buf);
	expect(&f, 3, WSI_CALL_CONFERENCED, WSI_CONNECTION_CONNECTED);
	assert_int_equal(last(&f)->members, 2);
	assert_null(strchr(last(&f)->member, '\033'));
	text_buf_reset(&many);
	/* Far too many, without a number, no objects, no list. */
	text_buf_printf(&many, "%s[", conferenced);
	for (int i = 0; i < 500; i++)
		text_buf_printf(&many, "{\"number\":\"%d\"},{},7,", i);
	text_buf_add(&many, "null]");
	feed(&f, many.buf);
	assert_int_equal(last(&f)->members, UC_MEMBERS_MAX);
	text_buf_reset(&many);
	text_buf_printf(&many, "%s\"nobody\"", conferenced);
	feed(&f, many.buf);
	assert_int_equal(last(&f)->members, 0);
	text_buf_reset(&many);
	snapshot(&f, "<GetDeviceState><connection><callID>5</callID>"
		     "<localConnectionInfo>connected</localConnectionInfo>"
		     "<parties>3</parties><member><NUMBER>201</NUMBER>"
		     "<NAME>Agner</NAME></member><member/></connection>"
		     "</GetDeviceState>");
	assert_int_equal(last(&f)->members, 1);
	assert_string_equal(last(&f)->member, "Agner");
	fixture_close(&f);
}

/* A browser is given what the server says: an address, and nothing else. */
static void test_page(void **state)
{
	static const struct {
		const char *link;
		bool good;
	} rows[] = {
		{"https://meet.example:5100/abc?x=1&y={", false},
		{"https://meet.example:5100/abc?x=1&y=%7B", true},
		{"http://meet.example/abc", false},
		{"file:///etc/passwd", false},
		{"javascript:alert(1)", false},
		{"--help", false},
		{"https://", false},
		{"https://meet.example/a b", false},
		{"https://meet.example/\\u001b[31m", false},
		{"https://meet.example/\\\"x", false},
		{"", false},
	};
	struct text_buf b = {0};
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		f.shared = 0;
		text_buf_printf(&b,
				"\"type\":\"CollaborationEvent\","
				"\"deviceID\":\"200\",\"callID\":\"5\","
				"\"link\":\"%s\",\"by\":\"201\"",
				rows[i].link);
		feed(&f, b.buf);
		assert_int_equal(f.shared, rows[i].good);
		text_buf_reset(&b);
	}
	assert_string_equal(f.link, "https://meet.example:5100/abc?x=1&y=%7B");
	/* Far too long. */
	text_buf_add(&b, "\"type\":\"CollaborationEvent\",\"callID\":\"5\","
			 "\"link\":\"https://x/");
	for (int i = 0; i < 5000; i++)
		text_buf_add(&b, "a");
	text_buf_add(&b, "\"");
	f.shared = 0;
	feed(&f, b.buf);
	assert_int_equal(f.shared, 0);
	text_buf_reset(&b);
	fixture_close(&f);
}

/* One of a conference leaves, we stay. */
static void test_another_leaves(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, RINGS);
	feed(&f, ANSWERED);
	feed(&f, "\"type\":\"ConnectionClearedEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"5\",\"releasingDevice\":\"203\","
		 "\"localConnectionInfo\":\"connected\"");
	expect(&f, 3, WSI_CALL_CLEARED, WSI_CONNECTION_CONNECTED);
	assert_int_equal(list_count(&f.s->calls), 1);
	fixture_close(&f);
}

static void test_snapshot(void **state)
{
	struct fixture f;
	size_t len;
	char *buf = NULL;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, RINGS);
	assert_int_equal(file_read("tests/data/wsi/device_state.xml", 1 << 20,
				   &buf, &len),
			 0);
	snapshot(&f, buf);
	/* The one it does not name is over; two others are there. */
	assert_int_equal(f.told_count, 4);
	assert_int_equal(f.told[1].type, WSI_CALL_CLEARED);
	assert_string_equal(f.told[1].call_id, "5");
	assert_string_equal(f.told[1].other, "201");
	assert_int_equal(f.told[2].type, WSI_CALL_SNAPSHOT);
	assert_string_equal(f.told[2].call_id, "12");
	assert_true(f.told[2].incoming);
	assert_string_equal(f.told[2].other_name, "Agner Erlang");
	assert_int_equal(f.told[3].local, WSI_CONNECTION_HOLD);
	assert_true(f.told[3].outside);
	assert_false(f.told[3].incoming);
	assert_string_equal(f.told[3].other, "00493055501");
	free(buf);
	/* Idle: all are over. */
	snapshot(&f, "<GetDeviceState><deviceID>200</deviceID>"
		     "</GetDeviceState>");
	assert_int_equal(f.told_count, 6);
	assert_int_equal(list_count(&f.s->calls), 0);
	fixture_close(&f);
}

#define GOES_OUT                                              \
	"\"deviceID\":\"200\",\"callID\":\"5\","              \
	"\"callingDevice\":\"200\",\"calledDevice\":\"201\"," \
	"\"localConnectionInfo\":\"connected\""
#define OUT_NOW(more)                                          \
	"<GetDeviceState><connection><callID>5</callID>"       \
	"<localConnectionInfo>connected</localConnectionInfo>" \
	"<callingDevice>200</callingDevice>"                   \
	"<calledDevice>201</calledDevice>" more                \
	"</connection></GetDeviceState>"

/* Connected is the caller's own connection before anybody answers, too. */
static void test_snapshot_before_the_answer(void **state)
{
	struct fixture f;
	(void)state;

	/* By what the server says of it. */
	fixture_open(&f, 0);
	snapshot(&f, OUT_NOW("<alertingDevice>201</alertingDevice>"));
	expect(&f, 1, WSI_CALL_SNAPSHOT, WSI_CONNECTION_CONNECTED);
	assert_string_equal(last(&f)->alerting, "201");
	/* What comes next is news. */
	feed(&f, "\"type\":\"DeliveredEvent\"," GOES_OUT);
	expect(&f, 2, WSI_CALL_DELIVERED, WSI_CONNECTION_CONNECTED);
	snapshot(&f, OUT_NOW("<alertingDevice>201</alertingDevice>"));
	assert_string_equal(last(&f)->alerting, "201");
	feed(&f, "\"type\":\"EstablishedEvent\"," GOES_OUT);
	expect(&f, 4, WSI_CALL_ESTABLISHED, WSI_CONNECTION_CONNECTED);
	snapshot(&f, OUT_NOW(""));
	assert_string_equal(last(&f)->alerting, "");
	fixture_close(&f);

	/* By the events, where it does not. */
	fixture_open(&f, 0);
	feed(&f, "\"type\":\"OriginatedEvent\"," GOES_OUT);
	snapshot(&f, OUT_NOW(""));
	snapshot(&f, OUT_NOW(""));
	assert_int_equal(f.told_count, 3);
	assert_string_equal(last(&f)->alerting, "201");
	/* One that says nothing but its type has no call to be kept with. */
	feed(&f, "\"type\":\"EstablishedEvent\"");
	snapshot(&f, OUT_NOW(""));
	assert_int_equal(f.told_count, 4);
	assert_string_equal(last(&f)->alerting, "");
	fixture_close(&f);
}

#define IDLE "<GetDeviceState><deviceID>200</deviceID></GetDeviceState>"
#define RINGING_NOW                                           \
	"<GetDeviceState><connection><callID>5</callID>"      \
	"<localConnectionInfo>alerting</localConnectionInfo>" \
	"<callingDevice>201</callingDevice>"                  \
	"<calledDevice>200</calledDevice></connection></GetDeviceState>"

/* Events and answers come on ways of their own: what was asked for before an
   event and comes after it does not undo the event, and is asked for anew. */
static void test_snapshot_overtaken(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	f.s->stage = STAGE_ONLINE;
	/* It has begun to ring since. */
	wsi_calls_asked(f.s);
	feed(&f, RINGS);
	arrives(&f, IDLE);
	expect(&f, 1, WSI_CALL_DELIVERED, WSI_CONNECTION_ALERTING);
	assert_true(f.s->stale_device);
	f.s->stale_device = false;
	/* It was answered since. */
	wsi_calls_asked(f.s);
	feed(&f, ANSWERED);
	arrives(&f, RINGING_NOW);
	expect(&f, 2, WSI_CALL_ESTABLISHED, WSI_CONNECTION_CONNECTED);
	assert_true(f.s->stale_device);
	f.s->stale_device = false;
	/* It has ended since: no ghost rings. */
	wsi_calls_asked(f.s);
	feed(&f, CLEARED);
	arrives(&f, RINGING_NOW);
	expect(&f, 3, WSI_CALL_CLEARED, WSI_CONNECTION_NULL);
	assert_int_equal(list_count(&f.s->calls), 0);
	assert_true(f.s->stale_device);
	f.s->stale_device = false;
	/* Asked for after the end, the server has the last word. */
	snapshot(&f, RINGING_NOW);
	expect(&f, 4, WSI_CALL_SNAPSHOT, WSI_CONNECTION_ALERTING);
	assert_false(f.s->stale_device);
	snapshot(&f, IDLE);
	expect(&f, 5, WSI_CALL_CLEARED, WSI_CONNECTION_NULL);
	fixture_close(&f);
}

/* Refused: the last state stays. */
static void test_snapshot_refused(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, RINGS);
	snapshot(&f, "<GetDeviceState><ERROR><REASON>NO</REASON></ERROR>"
		     "</GetDeviceState>");
	snapshot(&f, "");
	snapshot(&f, "garbage");
	assert_int_equal(f.told_count, 1);
	assert_int_equal(list_count(&f.s->calls), 1);
	fixture_close(&f);
}

static void test_hostile_text(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	feed(&f, "\"type\":\"DeliveredEvent\",\"deviceID\":\"200\","
		 "\"callID\":\"\\u001b]0;x\\u0007\","
		 "\"callingDevice\":\"2\\u001b[2J01\","
		 "\"callingName\":\"A\\u202egner\\n\","
		 "\"calledDevice\":\"200\"");
	assert_int_equal(f.told_count, 1);
	assert_string_equal(last(&f)->call_id, "]0;x");
	assert_string_equal(last(&f)->other, "2[2J01");
	assert_null(strchr(last(&f)->other_name, '\n'));
	assert_null(strstr(last(&f)->other_name, "\xe2\x80\xae"));
	fixture_close(&f);
}

static void test_flood(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	for (int i = 0; i < 1000; i++) {
		char buf[256];

		snprintf(buf, sizeof(buf),
			 "\"type\":\"DeliveredEvent\",\"deviceID\":\"200\","
			 "\"callID\":%d,\"callingDevice\":\"201\"",
			 i);
		feed(&f, buf);
	}
	assert_true(list_count(&f.s->calls) <= 64);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_incoming),
		cmocka_unit_test(test_outgoing),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_out_of_order),
		cmocka_unit_test(test_end_of_unknown),
		cmocka_unit_test(test_late_while_held),
		cmocka_unit_test(test_other_device),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_diverted),
		cmocka_unit_test(test_transferred),
		cmocka_unit_test(test_was_transferred),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_another_leaves),
		cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_snapshot_before_the_answer),
		cmocka_unit_test(test_snapshot_overtaken),
		cmocka_unit_test(test_snapshot_refused),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_flood),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
