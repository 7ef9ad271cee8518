/**
 * @file wsi_late.c  Answers that come after younger ones
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wsi_fixture.h"

#define VOICE(id, heard)                                           \
	"{\"id\":\"" id "\",\"at\":1795356300000,\"length\":3000," \
	"\"number\":\"201\",\"name\":\"Agner Erlang\",\"heard\":" heard "}"

static void answer(struct fixture *f, enum proto_command c, const char *body,
		   void (*h)(struct session *, const struct answer *))
{
	fixture_answer(f, c, body, strlen(body), h);
}

static void event(struct fixture *f, const char *e)
{
	char *text = text_printf("{\"events\":[%s]}", e);

	assert_int_equal(wsi_events_read(f->s, text, strlen(text)), 1);
	free(text);
}

static void voices(struct fixture *f, const char *body)
{
	answer(f, PROTO_COMMAND_VOICEMAIL_LIST, body, wsi_voicemail_read);
}

/* As older.c does. */
static void page_read(struct session *s, const struct answer *a)
{
	const struct json *list = wsi_j_get(a->json, PROTO_MEMBER_MESSAGES);

	for (size_t i = 0; i < json_count(list); i++)
		wsi_voicemail_put(s, json_at(list, i));
}

static const struct uc_entry *entry(const struct fixture *f, const char *id)
{
	return uc_entry_by_id(f->uc, id, NULL);
}

static void test_page_of_voice_messages(void **state)
{
	struct fixture f;
	uint64_t asked;
	(void)state;

	fixture_open(&f, WSI_ADD_VOICEMAIL);
	voices(&f, "{\"messages\":[" VOICE("8", "0") "," VOICE("7", "0") "]}");
	/* A page is asked for; then one is heard, and one deleted. */
	asked = fixture_ask(&f);
	f.s->looking_back = 1;
	voices(&f, "{\"messages\":[" VOICE("8", "5") "]}");
	assert_null(entry(&f, "v:7"));
	assert_false(entry(&f, "v:8")->unread);
	f.number = asked;
	answer(&f, PROTO_COMMAND_VOICEMAIL_LIST,
	       "{\"messages\":[" VOICE("8", "0") "," VOICE("7", "0") "," VOICE(
		       "6", "0") "]}",
	       page_read);
	assert_null(entry(&f, "v:7"));
	assert_false(entry(&f, "v:8")->unread);
	/* of that one the list did not speak: gone, or further back */
	assert_non_null(entry(&f, "v:6"));
	/* What is asked for now is newer than all that. */
	f.number = 0;
	voices(&f, "{\"messages\":[" VOICE("8", "5") "," VOICE("7", "0") "]}");
	assert_non_null(entry(&f, "v:7"));
	fixture_close(&f);
}

/* What is further back than the list it leaves alone, and nothing else. */
static void test_part_of_the_voice_messages(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, WSI_ADD_VOICEMAIL);
	voices(&f,
	       "{\"messages\":[" VOICE("10", "0") "," VOICE("9", "0") "," VOICE(
		       "8", "0") "," VOICE("7", "0") "]}");
	voices(&f, "{\"more\":true,\"messages\":[" VOICE("10", "0") "," VOICE(
			   "8", "0") "]}");
	assert_null(entry(&f, "v:9"));
	assert_non_null(entry(&f, "v:8"));
	assert_non_null(entry(&f, "v:7"));
	voices(&f, "{\"more\":true,\"messages\":[]}");
	assert_non_null(entry(&f, "v:7"));
	fixture_close(&f);
}

#define MISSED(id)                                                        \
	"{\"id\":\"" id "\",\"kind\":\"in-missed\",\"at\":1795356300000," \
	"\"number\":\"201\",\"unread\":true}"

static void test_calls_read_elsewhere(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, WSI_ADD_JOURNAL);
	event(&f, "{\"type\":\"JournalEvent\",\"entry\":" MISSED("7") "}");
	assert_true(entry(&f, "j:7")->unread);
	f.number = fixture_ask(&f);
	event(&f, "{\"type\":\"JournalEvent\",\"ids\":[\"7\",\"3\"],"
		  "\"unread\":false}");
	assert_false(entry(&f, "j:7")->unread);
	/* A page that was read before that; what it is about is known. */
	answer(&f, PROTO_COMMAND_JOURNAL,
	       "{\"entries\":[" MISSED("7") "," MISSED("3") "," MISSED(
		       "2") "]}",
	       wsi_journal_read);
	assert_false(entry(&f, "j:7")->unread);
	assert_false(entry(&f, "j:3")->unread);
	assert_true(entry(&f, "j:2")->unread);
	/* What is not said is to be read: nothing is marked by that. */
	event(&f, "{\"type\":\"JournalEvent\",\"ids\":[\"2\"]}");
	assert_true(entry(&f, "j:2")->unread);
	assert_true(f.s->stale_journal);
	fixture_close(&f);
}

static void box_read(struct session *s, const struct answer *a)
{
	wsi_box_read(s, a, NULL);
}

static void test_older_settings(void **state)
{
	struct fixture f;
	uint64_t asked;
	(void)state;

	fixture_open(&f, WSI_ADD_VOICEMAIL);
	asked = fixture_ask(&f);
	answer(&f, PROTO_COMMAND_VOICEMAIL_SETTINGS,
	       "{\"recording\":false,\"states\":[]}", box_read);
	f.number = asked;
	answer(&f, PROTO_COMMAND_VOICEMAIL_SETTINGS,
	       "{\"recording\":true,\"states\":[]}", box_read);
	assert_false(uc_account(f.uc)->box.recording);
	f.number = 0;
	answer(&f, PROTO_COMMAND_VOICEMAIL_SETTINGS,
	       "{\"recording\":true,\"states\":[]}", box_read);
	assert_true(uc_account(f.uc)->box.recording);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_of_voice_messages),
		cmocka_unit_test(test_part_of_the_voice_messages),
		cmocka_unit_test(test_calls_read_elsewhere),
		cmocka_unit_test(test_older_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
