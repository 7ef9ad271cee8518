/**
 * @file front_voicemail.c  The messages of one's box, and its number
 */
#include "front_fixture.h"

static void filed(int err, const struct db_voicemail *v, size_t count,
		  bool more, void *arg)
{
	(void)v;
	(void)count;
	(void)more;
	office_done(err, arg);
}

static void leave(struct house *h, const char *owner, const char *sound)
{
	struct office *o = h->office;
	const struct db_voicemail v = {
		.owner = owner,
		.at_ms = 1798119000000,
		.length_ms = 4200,
		.number = "201",
		.name = "Agner Erlang",
	};
	char *path = db_voicemail_temporary(o->db);

	assert_int_equal(file_write(path, sound, strlen(sound), 0600), 0);
	db_voicemail_add(o->db, &v, path, filed, o);
	assert_int_equal(office_wait(o), 0);
	free(path);
}

static void take_box(struct house *h, const char *who)
{
	const struct db_account_prm prm = {
		.extension = who,
		.licensed = -1,
		.must_change = -1,
		.can = DB_CAN_CTI,
	};

	db_account_change(h->office->db, &prm, office_done, h->office);
	assert_int_equal(office_wait(h->office), 0);
}

static void messages_are_listed_heard_and_deleted(void **state)
{
	struct house *h = *state;

	EXPECT(get(h, "cmd=VoicemailList"), "{\"messages\":[],\"more\":false}");
	leave(h, "200", "RIFF one");
	EXPECT(events(h, h->session), "\"type\":\"VoicemailEvent\"");
	leave(h, "200", "RIFF two");
	EXPECT(get(h, "cmd=VoicemailList"),
	       "{\"messages\":[{\"id\":\"2\",\"at\":1798119000000,"
	       "\"length\":4200,\"number\":\"201\",\"name\":\"Agner "
	       "Erlang\",\"contact\":\"int:201\",\"heard\":0},"
	       "{\"id\":\"1\"");
	EXPECT(get(h, "cmd=VoicemailList&limit=1"), "\"more\":true");
	EXPECT(get(h, "cmd=VoicemailList&before=2"), "\"id\":\"1\"",
	       "!\"id\":\"2\"");
	EXPECT(get(h, "cmd=VoicemailGet&entryID=1"), "RIFF one");
	EXPECT(get(h, "cmd=VoicemailGet&entryID=3"), "NOT_FOUND");
	EXPECT(get(h, "cmd=VoicemailGet"), "BAD_PARAMETER");
	EXPECT(get(h, "cmd=VoicemailHeard&ids=1"), "NOT_ALLOWED");
	EXPECT(post(h, "cmd=VoicemailHeard&ids=1,9"), "{\"marked\":1}");
	EXPECT(post(h, "cmd=VoicemailHeard&ids=1"), "{\"marked\":0}");
	EXPECT(post(h, "cmd=VoicemailDelete&ids=1;2"), "BAD_PARAMETER");
	EXPECT(post(h, "cmd=VoicemailDelete&ids=1"), "{\"deleted\":1}");
	EXPECT(get(h, "cmd=VoicemailGet&entryID=1"), "NOT_FOUND");
	assert_int_equal(office_messages(h->office, NULL), 1);
}

static void nobody_hears_what_is_for_others(void **state)
{
	struct house *h = *state;
	char *other = login(h, "201");

	leave(h, "200", "RIFF one");
	EXPECT(ask(h, false, other, "cmd=VoicemailList"), "{\"messages\":[]");
	EXPECT(ask(h, false, other, "cmd=VoicemailGet&entryID=1"), "NOT_FOUND");
	EXPECT(ask(h, true, other, "cmd=VoicemailHeard&ids=1"),
	       "{\"marked\":0}");
	EXPECT(ask(h, true, other, "cmd=VoicemailDelete&ids=1"),
	       "{\"deleted\":0}");
	EXPECT(ask(h, false, "", "cmd=VoicemailGet&entryID=1"),
	       "NOT_LOGGED_IN");
	EXPECT(get(h, "cmd=VoicemailGet&entryID=1"), "RIFF one");
	EXPECT(events(h, other), "!VoicemailEvent");
	free(other);
}

static void its_number_is_told_to_who_has_one(void **state)
{
	struct house *h = *state;

	EXPECT(get(h, "cmd=GetServerParam"),
	       "<voicemailNumber>71</voicemailNumber>");
	EXPECT(ask(h, false, "", "cmd=Login&gsUser=200&gsPass=Pass-Word%201"),
	       "<CAN>cti voip dnd voicemail ",
	       " voicemail state-forwarding messages delete "
	       "personal pictures contact-pictures</ADDITIONS>");
	assert_int_equal(office_set(h->office, "voicemail", "755"), 0);
	EXPECT(get(h, "cmd=GetServerParam"),
	       "<voicemailNumber>755</voicemailNumber>");
	take_box(h, "200");
	EXPECT(get(h, "cmd=GetServerParam"), "!voicemailNumber");
	EXPECT(ask(h, false, "", "cmd=Login&gsUser=200&gsPass=Pass-Word%201"),
	       "<CAN>cti forwarding visibility");
	EXPECT(get(h, "cmd=VoicemailList"), "NOT_OFFERED");
	EXPECT(get(h, "cmd=VoicemailGet&entryID=1"), "NOT_OFFERED");
	EXPECT(post(h, "cmd=VoicemailHeard&ids=1"), "NOT_OFFERED");
	EXPECT(post(h, "cmd=VoicemailDelete&ids=1"), "NOT_OFFERED");
}

/** Two seconds of silence as the parameter sound takes it (8 kHz). */
static char *upload(const char *greeting)
{
	size_t n = 44 + 32000, size = 4 * ((n + 2) / 3) + 1, at = 0;
	uint8_t *wav = calloc(1, n);
	char *text = malloc(size), *form = malloc(3 * size + 64);

	memcpy(wav, "RIFF\x24\x7d\0\0WAVEfmt \x10\0\0\0\1\0\1\0", 24);
	memcpy(wav + 24, "\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0", 12);
	memcpy(wav + 36, "data\0\x7d\0\0", 8);
	assert_int_equal(base64_encode(wav, n, text, &size), 0);
	at = (size_t)sprintf(form,
			     "cmd=GreetingPut&greeting=%s&sound=", greeting);
	for (size_t i = 0; i < size && text[i]; i++)
		at += (size_t)sprintf(form + at,
				      strchr("+/=", text[i]) ? "%%%02X" : "%c",
				      text[i]);
	free(wav);
	free(text);
	return form;
}

static void put(struct house *h, const char *greeting, const char *answer)
{
	char *form = upload(greeting);

	EXPECT(post(h, form), answer);
	free(form);
}

/** What the box does is told to all of its owner's clients when it changes;
 *  the note ends with the state. */
static void a_note_is_seen_and_ends(void **state)
{
	const struct db_presence p = {.state = PROTO_LUNCH, .note = ""};
	struct house *h = *state;
	struct office *o = h->office;

	EXPECT(get(h, "cmd=VoicemailSettings"), "\"noteLength\":0");
	EXPECT(get(h, "cmd=GreetingGet&greeting=note"), "NOT_FOUND");
	put(h, "note", "{");
	EXPECT(events(h, h->session), "\"type\":\"VoicemailSettingsEvent\"");
	EXPECT(get(h, "cmd=VoicemailSettings"), "\"noteLength\":2000");
	EXPECT(get(h, "cmd=GreetingGet&greeting=note"), "RIFF");
	put(h, "0", "BAD_PARAMETER");
	put(h, "10", "BAD_PARAMETER");
	put(h, "notes", "BAD_PARAMETER");
	db_set_presence(o->db, "200", &p, office_done, o);
	assert_int_equal(office_wait(o), 0);
	EXPECT(events(h, h->session), "\"type\":\"VoicemailSettingsEvent\"");
	EXPECT(get(h, "cmd=VoicemailSettings"), "\"noteLength\":0");
	put(h, "note", "{");
	EXPECT(post(h, "cmd=GreetingDelete&greeting=note"), "{");
	EXPECT(get(h, "cmd=VoicemailSettings"), "\"noteLength\":0");
	EXPECT(post(h, "cmd=GreetingDelete&greeting=note"), "NOT_FOUND");
}

static void suite_manages_its_boxes_elsewhere(void **state)
{
	struct house *h = *state;

	leave(h, "200", "RIFF one");
	h->front->prm.mode = FRONT_SUITE;
	EXPECT(post(h, "cmd=VoicemailDelete&ids=1"), "NOT_ALLOWED");
	EXPECT(get(h, "cmd=VoicemailList"), "\"id\":\"1\"");
	EXPECT(post(h, "cmd=VoicemailHeard&ids=1"), "{\"marked\":1}");
	EXPECT(post(h, "cmd=GreetingDelete&greeting=note"), "NOT_ALLOWED");
}

static void a_plain_server_says_nothing_of_it(void **state)
{
	struct house *h = *state;

	h->front->prm.plain = true;
	EXPECT(get(h, "cmd=GetServerParam"), "!voicemailNumber");
	EXPECT(get(h, "cmd=VoicemailList"), "UNKNOWN_COMMAND");
	leave(h, "200", "RIFF one");
	EXPECT(events(h, h->session), "!VoicemailEvent");
}

int main(void)
{
#define T(test) \
	cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		T(messages_are_listed_heard_and_deleted),
		T(nobody_hears_what_is_for_others),
		T(its_number_is_told_to_who_has_one),
		T(a_note_is_seen_and_ends),
		T(suite_manages_its_boxes_elsewhere),
		T(a_plain_server_says_nothing_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
