/* Messages and pages of entries: ids of any kind, doubled, out of order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wsi_fixture.h"

#define OURS (WSI_ADD_MESSAGES | WSI_ADD_JOURNAL | WSI_ADD_VOICEMAIL)
#define ROW(id, more)                                                \
	"{\"id\":\"" id "\",\"number\":\"201\",\"at\":1795356060000" \
	",\"text\":\"hello\"" more "}"
#define NEW(id) ROW(id, ",\"unread\":true")
#define OLD(id) ROW(id, ",\"delivered\":1")
#define OUT(id, uid) ROW(id, ",\"outgoing\":true,\"uid\":\"" uid "\"")

static unsigned came, sent;
static int64_t before; /* what wsi_messages_read() said last */
static bool free_it;   /* the handle, when one has come */

static void on_message(struct wsi *w, const char *id, void *arg)
{
	struct fixture *f = arg;
	(void)id;

	came++;
	if (!free_it)
		return;
	f->s->handle = NULL; /* as the handle's end does */
	f->s->stage = STAGE_OVER;
	(void)w;
}

static void on_sent(struct wsi *w, const char *uid, void *arg)
{
	(void)w;
	(void)uid;
	(void)arg;
	sent++;
}

static void open_messages(struct fixture *f)
{
	fixture_open(f, OURS);
	f->s->h.message = on_message;
	f->s->h.message_sent = on_sent;
	uc_account_edit(f->uc)->can |= UC_CAN_MESSAGES;
	came = sent = 0;
	before = 0;
	free_it = false;
}

static void read_list(struct session *s, const struct answer *a)
{
	before = wsi_messages_read(s, a);
}

static void list(struct fixture *f, const char *body)
{
	fixture_answer(f, PROTO_COMMAND_MESSAGES, body, strlen(body),
		       read_list);
}

static void event(struct fixture *f, const char *body)
{
	char *events = text_printf("{\"events\":[%s]}", body);

	assert_true(wsi_events_read(f->s, events, strlen(events)) >= 0);
	free(events);
}

static size_t count(const struct fixture *f)
{
	const struct uc_conversation *v;
	size_t n = 0;

	for (size_t i = 0; (v = uc_conversation_at(f->uc, i)); i++)
		n += v->entry_count;
	return n;
}

static bool has(const struct fixture *f, const char *id)
{
	return uc_entry_by_id(f->uc, id, NULL) != NULL;
}

/* ---- one message ------------------------------------------------------- */

static void test_ids_that_are_none(void **state)
{
	static const char *const ids[] = {
		"", "-1", "+1", " 1", "1,2", "1&x=y", "0x1", "1\\n", "m:1",
	};
	struct fixture f;
	(void)state;

	open_messages(&f);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		char *e = text_printf(
			"{\"type\":\"MessageEvent\",\"message\":{\"id\":\"%s\","
			"\"number\":\"201\",\"at\":1,\"text\":\"x\"}}",
			ids[i]);

		event(&f, e);
		free(e);
		/* All that can be done with it is to read anew. */
		assert_true(f.s->stale_messages);
		f.s->stale_messages = false;
	}
	event(&f,
	      "{\"type\":\"MessageEvent\",\"message\":{\"id\":7,\"at\":1}}");
	event(&f, "{\"type\":\"MessageEvent\",\"message\":{\"id\":\"7\"}}");
	event(&f, "{\"type\":\"MessageEvent\",\"message\":[]}");
	assert_int_equal(count(&f), 0);
	assert_int_equal(came, 0);
	assert_int_equal(f.s->fetched.len, 0);
	fixture_close(&f);
}

/* Whoever tells it, and how often: it is one, and is said once. */
static void test_the_same_twice(void **state)
{
	struct fixture f;
	(void)state;

	open_messages(&f);
	event(&f, "{\"type\":\"MessageEvent\",\"message\":" NEW("7") "}");
	event(&f, "{\"type\":\"MessageEvent\",\"message\":" NEW(
			  "7") "},"
			       "{\"type\":\"MessageEvent\",\"message\":" NEW(
				       "7") "}");
	list(&f, "{\"messages\":[" NEW("7") "," NEW("7") "],\"waiting\":1}");
	assert_int_equal(count(&f), 1);
	assert_int_equal(came, 1);
	assert_int_equal(uc_message_count(f.uc), 1);
	/* Read here or elsewhere, a late one does not make it new again. */
	event(&f, "{\"type\":\"MessageStateEvent\",\"ids\":[\"7\",\"7\",7,"
		  "null,\"\"],\"unread\":false}");
	assert_int_equal(uc_message_count(f.uc), 0);
	/* One that was never seen is no message. */
	event(&f, "{\"type\":\"MessageStateEvent\",\"ids\":[\"99\"],"
		  "\"delivered\":5}");
	event(&f, "{\"type\":\"MessageDeletedEvent\",\"ids\":[\"99\",\"7\","
		  "\"7\"]}");
	assert_int_equal(count(&f), 0);
	fixture_close(&f);
}

/* The answer to sending, the event of it, and its delivery in any order. */
static void test_own_in_any_order(void **state)
{
	const struct uc_entry_prm waiting = {
		.id = UC_OWN_PREFIX "u1",
		.kind = UC_MESSAGE_OUT,
		.at_ms = 1,
		.number = "201",
		.delivery = UC_DELIVERY_WAITING,
	};
	struct fixture f;
	(void)state;

	open_messages(&f);
	assert_int_equal(uc_entry_put(f.uc, &waiting), 0);
	event(&f, "{\"type\":\"MessageStateEvent\",\"ids\":[\"8\"],"
		  "\"delivered\":5}");
	event(&f, "{\"type\":\"MessageEvent\",\"message\":" OUT("8", "u1") "}");
	assert_false(has(&f, UC_OWN_PREFIX "u1"));
	assert_true(has(&f, "m:8"));
	assert_int_equal(sent, 1);
	event(&f, "{\"type\":\"MessageStateEvent\",\"ids\":[\"8\"],"
		  "\"delivered\":5}");
	assert_int_equal(uc_entry_by_id(f.uc, "m:8", NULL)->delivery,
			 UC_DELIVERY_DELIVERED);
	/* Somebody else's uid, or none, takes nothing away. */
	assert_int_equal(uc_entry_put(f.uc, &waiting), 0);
	event(&f,
	      "{\"type\":\"MessageEvent\",\"message\":" OUT(
		      "9", "") "},"
			       "{\"type\":\"MessageEvent\",\"message\":" OUT(
				       "10", "u2") "}");
	assert_true(has(&f, UC_OWN_PREFIX "u1"));
	assert_int_equal(came, 0);
	fixture_close(&f);
}

/* An answer that was asked for before an event, and comes after it. */
static void test_answer_overtaken(void **state)
{
	struct fixture f;
	(void)state;

	open_messages(&f);
	event(&f, "{\"type\":\"MessageEvent\",\"message\":" NEW("7") "}");
	f.number = fixture_ask(&f);
	/* Delivered before it was said that it is sent. */
	event(&f, "{\"type\":\"MessageStateEvent\",\"ids\":[\"8\"],"
		  "\"delivered\":5}");
	/* Read, which the list does not know. */
	event(&f, "{\"type\":\"MessageStateEvent\",\"ids\":[\"7\",\"9\"],"
		  "\"unread\":false}");
	list(&f,
	     "{\"messages\":[" NEW("9") "," OUT("8", "u1") "," NEW("7") "]}");
	assert_int_equal(uc_entry_by_id(f.uc, "m:8", NULL)->delivery,
			 UC_DELIVERY_DELIVERED);
	assert_int_equal(sent, 1);
	assert_int_equal(uc_message_count(f.uc), 0);
	assert_int_equal(count(&f), 3);
	assert_int_equal(came, 1);
	/* Gone, and back: the event of that is no answer. */
	event(&f, "{\"type\":\"MessageDeletedEvent\",\"ids\":[\"7\"]}");
	list(&f, "{\"messages\":[" NEW("7") "]}");
	assert_false(has(&f, "m:7"));
	assert_int_equal(came, 1);
	event(&f, "{\"type\":\"MessageEvent\",\"message\":" OLD("7") "}");
	assert_true(has(&f, "m:7"));
	/* What is asked for now is newer than all that. */
	f.number = 0;
	list(&f, "{\"messages\":[" NEW("7") "]}");
	assert_int_equal(uc_message_count(f.uc), 1);
	fixture_close(&f);
}

/* ---- the list ---------------------------------------------------------- */

static void test_gone_from_the_list(void **state)
{
	struct fixture f;
	(void)state;

	open_messages(&f);
	list(&f, "{\"messages\":[" OLD("9") "," OLD("7") "," OLD(
			 "5") "],"
			      "\"more\":false}");
	assert_int_equal(count(&f), 3);
	f.s->lowest = f.s->came = 0;
	/* Out of order, and one is gone. */
	list(&f, "{\"messages\":[" OLD("5") "," OLD("9") "],\"more\":false}");
	assert_true(has(&f, "m:5") && has(&f, "m:9") && !has(&f, "m:7"));
	/* A part says nothing of what is further back. */
	f.s->lowest = f.s->came = 0;
	list(&f, "{\"messages\":[" OLD("9") "],\"more\":true}");
	assert_true(has(&f, "m:5"));
	/* What has come meanwhile is newer than the list. */
	f.s->lowest = f.s->came = 0;
	event(&f, "{\"type\":\"MessageEvent\",\"message\":" NEW("11") "}");
	list(&f, "{\"messages\":[" OLD("9") "],\"more\":false}");
	assert_true(has(&f, "m:11") && has(&f, "m:9") && !has(&f, "m:5"));
	/* None of it is a list. */
	f.s->lowest = f.s->came = 0;
	list(&f, "{\"messages\":{},\"more\":false}");
	list(&f, "{\"more\":false}");
	list(&f, "{\"error\":\"INTERNAL\"}");
	list(&f, "{\"messages\":[" OLD("9"));
	list(&f, "");
	assert_int_equal(count(&f), 2);
	/* All are gone. */
	f.s->came = 0;
	list(&f, "{\"messages\":[],\"more\":false}");
	assert_int_equal(count(&f), 0);
	fixture_close(&f);
}

/* What waits further back is fetched, as long as it leads further back. */
static void test_pages(void **state)
{
	struct fixture f;
	(void)state;

	open_messages(&f);
	list(&f, "{\"messages\":[" NEW("9") "," NEW("8") "],\"more\":true,"
							 "\"waiting\":9}");
	assert_int_equal(before, 8);
	list(&f, "{\"messages\":[" NEW("7") "," OLD("6") "],\"more\":true}");
	assert_int_equal(before, 6);
	/* The same page again, or one before it. */
	list(&f, "{\"messages\":[" OLD("6") "],\"more\":true}");
	assert_int_equal(before, 0);
	f.s->lowest = 6;
	list(&f, "{\"messages\":[" OLD("9") "," OLD("8") "],\"more\":true}");
	assert_int_equal(before, 0);
	f.s->lowest = 6;
	list(&f, "{\"messages\":[],\"more\":true}");
	assert_int_equal(before, 0);
	assert_int_equal(count(&f), 4);
	/* Nothing waits: the rest is read when somebody wants to see it. */
	f.s->lowest = f.s->came = 0;
	list(&f, "{\"messages\":[" OLD("9") "],\"more\":true,\"waiting\":-4}");
	assert_int_equal(before, 0);
	f.s->lowest = f.s->came = 0;
	list(&f, "{\"messages\":[" NEW("9") "],\"more\":true,\"waiting\":1}");
	assert_int_equal(before, 0);
	fixture_close(&f);
}

/* Whoever is told of the first of them ends the session. */
static void test_over_in_the_middle(void **state)
{
	struct fixture f;
	(void)state;

	open_messages(&f);
	free_it = true;
	list(&f, "{\"messages\":[" NEW("9") "," NEW("8") "," NEW(
			 "7") "],"
			      "\"more\":true,\"waiting\":50}");
	assert_int_equal(came, 1);
	assert_int_equal(before, 0);
	assert_true(has(&f, "m:7") && !has(&f, "m:9"));
	event(&f, "{\"type\":\"MessageEvent\",\"message\":" NEW("12") "}");
	assert_int_equal(came, 1);
	assert_int_equal(count(&f), 1);
	fixture_close(&f);
}

/* ---- further back ------------------------------------------------------ */

static int64_t lowest;

static void read_lowest(struct session *s, const struct answer *a)
{
	(void)s;
	lowest = wsi_older_last(a);
}

static void read_whole(struct session *s, const struct answer *a)
{
	wsi_whole_set(s, WSI_CALLS, a);
}

static void test_lowest_of_a_page(void **state)
{
	static const struct {
		const char *body;
		int64_t lowest;
		bool whole;
	} rows[] = {
		{"{\"entries\":[{\"id\":\"9\"},{\"id\":\"7\"}]}", 7, true},
		{"{\"messages\":[{\"id\":\"7\"},{\"id\":\"9\"}]}", 7, true},
		{"{\"entries\":[{\"id\":\"9\"},{\"id\":\"-3\"},{\"id\":\"\"},"
		 "{\"id\":0},{\"id\":\"x\"},{},null,[]],\"more\":true}",
		 9, false},
		{"{\"entries\":[{\"id\":\"99999999999999999999\"}]}", INT64_MAX,
		 true},
		{"{\"entries\":[],\"more\":false}", 0, true},
		{"{\"entries\":[],\"more\":1}", 0, false},
		{"{\"entries\":{\"id\":\"4\"}}", 0, false},
		{"{\"entries\":\"4\"}", 0, false},
		{"{}", 0, false},
		{"{\"error\":\"INTERNAL\",\"entries\":[]}", 0, false},
		{"{\"entries\":[{\"id\":\"9\"}", 0, false},
		{"<Journal/>", 0, false},
		{"", 0, false},
	};
	struct fixture f;
	(void)state;

	open_messages(&f);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *body = rows[i].body;

		fixture_answer(&f, PROTO_COMMAND_JOURNAL, body, strlen(body),
			       read_lowest);
		assert_int_equal(lowest, rows[i].lowest);
		fixture_answer(&f, PROTO_COMMAND_JOURNAL, body, strlen(body),
			       read_whole);
		assert_int_equal(wsi_whole(f.w, WSI_CALLS), rows[i].whole);
	}
	assert_false(wsi_whole(f.w, WSI_SORT_COUNT));
	assert_false(wsi_whole(NULL, WSI_CALLS));
	fixture_close(&f);
}

static void test_older_of_what_is_not_there(void **state)
{
	struct fixture f;
	(void)state;

	open_messages(&f);
	assert_int_equal(
		wsi_older(NULL, f.w, WSI_SORT_COUNT, "", 0, NULL, NULL),
		EINVAL);
	assert_int_equal(wsi_older(NULL, f.w, WSI_CALLS, NULL, 0, NULL, NULL),
			 EINVAL);
	/* Announced, but not for this account. */
	assert_int_equal(wsi_older(NULL, f.w, WSI_VOICE, "", 0, NULL, NULL),
			 ENOTSUP);
	uc_account_edit(f.uc)->can |= UC_CAN_JOURNAL;
	f.s->offer[PROTO_COMMAND_JOURNAL] = OFFER_NO;
	assert_int_equal(wsi_older(NULL, f.w, WSI_CALLS, "", 0, NULL, NULL),
			 ENOTSUP);
	f.s->additions = 0;
	assert_int_equal(wsi_older(NULL, f.w, WSI_MESSAGES, "", 0, NULL, NULL),
			 ENOTSUP);
	f.s->stage = STAGE_OVER;
	assert_int_equal(wsi_older(NULL, f.w, WSI_MESSAGES, "", 0, NULL, NULL),
			 ENOTCONN);
	fixture_close(&f);
}

static int setup(void **state)
{
	(void)state;
	return loop_init(LOOP_FEW);
}

static int teardown(void **state)
{
	(void)state;
	loop_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_that_are_none),
		cmocka_unit_test(test_the_same_twice),
		cmocka_unit_test(test_own_in_any_order),
		cmocka_unit_test(test_answer_overtaken),
		cmocka_unit_test(test_gone_from_the_list),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_over_in_the_middle),
		cmocka_unit_test(test_lowest_of_a_page),
		cmocka_unit_test(test_older_of_what_is_not_there),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, setup, teardown);
}
