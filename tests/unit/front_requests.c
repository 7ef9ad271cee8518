/**
 * @file front_requests.c  Sessions and commands, as clients of real systems
 *                         and our own send them
 */
#include "front_fixture.h"

/* ---- parameters -------------------------------------------------------- */

static void parameters_are_decoded_or_refused(void **state)
{
	static const struct {
		const char *text;
		int err;
		const char *cmd;
	} rows[] = {
		{"cmd=Login", 0, "Login"},
		{"a=b&&cmd=x+y%20z&", 0, "x y z"},
		{"cmd=%2a44%2A", 0, "*44*"},
		{"cmd=%23", 0, "#"},
		{"cmd", 0, ""},
		{"=x", 0, NULL},
		{"cmd=a=b", 0, "a=b"},
		{"cmd=%4", EBADMSG, NULL},
		{"cmd=%", EBADMSG, NULL},
		{"cmd=%zz", EBADMSG, NULL},
		{"cmd=a%00b", EBADMSG, NULL},
		{"cmd=%ff", EBADMSG, NULL},
		{"cmd=%c3%a4", 0, "ä"},
		{"cmd=1&cmd=2", 0, "1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct form f = {.count = 0};
		int err = params_parse(&f, rows[i].text, strlen(rows[i].text));
		const char *cmd = params_get(&f, PROTO_PARAM_CMD);

		if (err != rows[i].err)
			fail_msg("%s: %d", rows[i].text, err);
		if (!err && !text_equal(cmd, rows[i].cmd))
			fail_msg("%s: %s", rows[i].text, cmd ? cmd : "-");
		params_clear(&f);
	}
}

static void too_many_parameters_are_refused(void **state)
{
	struct form f = {.count = 0};
	struct text_buf b = {NULL, 0, 0, 0};

	(void)state;
	for (int i = 0; i <= PARAMS_MAX; i++)
		text_buf_printf(&b, "p%d=%d&", i, i);
	assert_int_equal(params_parse(&f, b.buf, b.len), E2BIG);
	params_clear(&f);
	text_buf_reset(&b);
}

/* ---- sessions ---------------------------------------------------------- */

static void a_login_answers_as_a_real_system_does(void **state)
{
	struct house *h = *state;
	char *body, *id;

	body = ask(h, false, "", "cmd=Login&gsUser=200&gsPass=Pass-Word+1");
	id = element(body, "ID");
	assert_int_equal(strlen(id), 32);
	assert_string_not_equal(id, h->session);
	EXPECT(body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LOGIN><ID>",
	       "</ID><CNT>2</CNT><LASVERSION><VERSION>",
	       "</VERSION><BRANDING>1</BRANDING><VARIANT>",
	       "<APPLICATION>UCSMART</APPLICATION><PLATFORMTYPE>",
	       "<OFFHOOKD><RELEASE>", "<ADDITIONS>post wait ",
	       "<NAME>Emma Nutt</NAME><DEVICE>200</DEVICE></OFFHOOKD>"
	       "</LASVERSION></LOGIN>");
	free(id);
	EXPECT(ask(h, true, "", "cmd=Login&gsUser=201&gsPass=Pass-Word+1"),
	       "<LOGIN><ID>", "!<ERROR>");
	EXPECT(ask(h, false, "", "cmd=Login&gsUser=200&gsPass=nope"),
	       "<LOGIN><ID>0</ID><ERROR><REASON>BAD_PASSWORD</REASON>"
	       "</ERROR></LOGIN>");
	EXPECT(ask(h, false, "", "cmd=Login"), "<ID>0</ID>", "BAD_PASSWORD");
	for (int i = 0; i < 5; i++)
		free(ask(h, false, "", "cmd=Login&gsUser=201&gsPass=x"));
	EXPECT(ask(h, false, "", "cmd=Login&gsUser=201&gsPass=Pass-Word+1"),
	       "<ID>0</ID>", "<REASON>LOCKED</REASON>");
}

static void why_a_login_fails_is_said(void **state)
{
	struct house *h = *state;
	struct db_account_prm prm = {.extension = "201",
				     .licensed = 0,
				     .must_change = -1,
				     .can = -1};

	db_account_change(h->office->db, &prm, office_done, h->office);
	assert_int_equal(office_wait(h->office), 0);
	EXPECT(ask(h, false, "", "cmd=Login&gsUser=201&gsPass=Pass-Word+1"),
	       "<ID>0</ID>", "<REASON>NO_LICENCE</REASON>");
	prm.licensed = prm.must_change = 1;
	db_account_change(h->office->db, &prm, office_done, h->office);
	assert_int_equal(office_wait(h->office), 0);
	EXPECT(ask(h, false, "", "cmd=Login&gsUser=201&gsPass=Pass-Word+1"),
	       "<ID>0</ID>", "<REASON>PASSWORD_CHANGE</REASON>");
}

static void without_a_session_nothing_is_told(void **state)
{
	static const char *const commands[] = {
		"GetServerParam", "Directory",	 "SetPresence", "MakeCall",
		"PresenceList",	  "JournalRead", "GetEvents",	"Logout",
	};
	static const char *const posted[] = {"SipAccount", "FavouriteAdd"};
	struct house *h = *state;
	char *body, *q;

	for (size_t i = 0; i < sizeof(commands) / sizeof(char *); i++) {
		q = text_printf("cmd=%s", commands[i]);
		EXPECT(ask(h, false, "", q), "NOT_LOGGED_IN");
		EXPECT(ask(h, false, "00000000000000000000000000000000", q),
		       "NOT_LOGGED_IN");
		free(q);
	}
	for (size_t i = 0; i < sizeof(posted) / sizeof(char *); i++) {
		q = text_printf("cmd=%s&x=y", posted[i]);
		EXPECT(ask(h, true, "", q), "{\"error\":\"NOT_LOGGED_IN\"}");
		free(q);
	}
	body = get(h, "cmd=Logout");
	EXPECT(body, "<LOGOUT/>");
	EXPECT(get(h, "cmd=GetServerParam"), "NOT_LOGGED_IN");
}

static void unknown_commands_are_said_to_be_unknown(void **state)
{
	struct house *h = *state;

	EXPECT(get(h, "cmd=Nonsense"),
	       "<Nonsense><ERROR><REASON>UNKNOWN_COMMAND</REASON></ERROR>"
	       "</Nonsense>");
	EXPECT(post(h, "cmd=Nonsense"), "{\"error\":\"UNKNOWN_COMMAND\"}");
	EXPECT(get(h, "cmd=%3Cscript%3E"), "!<script>", "UNKNOWN_COMMAND");
	EXPECT(get(h, ""), "UNKNOWN_COMMAND");
	EXPECT(get(h, "cmd=SetFilter"), "NOT_OFFERED");
	EXPECT(get(h, "cmd=%zz"), "BAD_PARAMETER");
	/* What changes something does not come by GET. */
	EXPECT(get(h, "cmd=SipAccount"), "\"error\":\"NOT_ALLOWED\"");
}

static void a_plain_server_has_none_of_our_additions(void **state)
{
	struct house *h = *state;
	char *body;

	h->front = mem_deref(h->front);
	front_open(h, true, FRONT_SUITE);
	free(h->session);
	body = ask(h, false, "", "cmd=Login&gsUser=200&gsPass=Pass-Word+1");
	h->session = element(body, "ID");
	EXPECT(body, "<APPLICATION>UCSUITE</APPLICATION>", "!OFFHOOKD");
	EXPECT(get(h, "cmd=Capabilities"), "<Capabilities><ERROR>",
	       "UNKNOWN_COMMAND");
	EXPECT(get(h, "cmd=Directory"), "UNKNOWN_COMMAND");
	EXPECT(get(h, "cmd=SetPresence&user=200&presence=7"), "<SetPresence/>");
	EXPECT(events(h, h->session), "\"type\":\"PresenceEvent\"",
	       "\"presence\":7", "!hidden", "!note");
	EXPECT(get(h, "cmd=GetEvents&wait=25"), "!events");
}

/* ---- commands ---------------------------------------------------------- */

static void presence_is_set_read_and_told(void **state)
{
	struct house *h = *state;
	char *other = login(h, "201");

	EXPECT(get(h, "cmd=SetPresence&user=200&presence=7"
		      "&ptime=2026/12/24%2013:30Z"),
	       "<SetPresence/>");
	EXPECT(events(h, other), "\"type\":\"PresenceEvent\"",
	       "\"user\":\"200\"", "\"presence\":7",
	       "\"ptime\":\"2026/12/24 13:30Z\"", "\"until\":1798119000000");
	EXPECT(events(h, h->session), "\"presence\":7");
	EXPECT(get(h, "cmd=GetPresenceXML&user=200"),
	       "<GetPresenceXML><USER><ID>200</ID><PRESENCE>7</PRESENCE>"
	       "<PTIME>2026/12/24 13:30Z</PTIME></USER></GetPresenceXML>");
	EXPECT(get(h, "cmd=PresenceDBGet"), "<PresenceDBGet>", "<ID>200</ID>",
	       "<ID>201</ID>");
	EXPECT(get(h, "cmd=SetPresence&user=201&presence=7"), "NOT_ALLOWED");
	EXPECT(get(h, "cmd=SetPresence&user=200&presence=10"), "BAD_PARAMETER");
	EXPECT(get(h, "cmd=SetPresence&user=200&presence=0"), "BAD_PARAMETER");
	EXPECT(get(h, "cmd=SetPresence&user=200&presence=2&ptime=soon"),
	       "BAD_PARAMETER");
	EXPECT(post(h, "cmd=SetPresence&user=200&presence=2&note=room%204"),
	       "<SetPresence/>");
	EXPECT(events(h, other), "\"note\":\"room 4\"", "\"until\":0");
	/* A foreign client says nothing of the note: it stays. */
	EXPECT(get(h, "cmd=SetPresence&user=200&presence=2"), "<SetPresence/>");
	EXPECT(get(h, "cmd=PresenceList"), "\"note\":\"room 4\"");
	/* Something is wrong with it: it is not taken for one that is empty. */
	EXPECT(post(h, "cmd=SetPresence&user=200&presence=3&note=a%1bb"),
	       "BAD_PARAMETER");
	EXPECT(post(h, "cmd=SetPresence&user=200&presence=3&note=a%0Ab"),
	       "BAD_PARAMETER");
	EXPECT(get(h, "cmd=PresenceList"), "\"note\":\"room 4\"");
	free(other);
}

static void who_hides_is_seen_by_nobody_else(void **state)
{
	struct house *h = *state;
	char *other = login(h, "201"), *body;

	EXPECT(post(h, "cmd=SetPresence&presence=3&note=flu"),
	       "<SetPresence/>");
	EXPECT(post(h, "cmd=SetVisibility&visibility=nobody"), "{}");
	EXPECT(post(h, "cmd=SetVisibility&visibility=x"), "BAD_PARAMETER");
	free(events(h, other));
	EXPECT(get(h, "cmd=PresenceList"), "\"presence\":3",
	       "\"note\":\"flu\"");
	body = ask(h, false, other, "cmd=PresenceList");
	EXPECT(body, "!flu", "\"hidden\":true", "!\"presence\":3");
	body = ask(h, false, other, "cmd=GetPresenceXML&user=200");
	EXPECT(body, "<PRESENCE>0</PRESENCE>");
	EXPECT(post(h, "cmd=SetPresence&presence=4&note=secret"),
	       "<SetPresence/>");
	EXPECT(events(h, other), "!secret", "\"hidden\":true",
	       "\"presence\":0");
	EXPECT(events(h, h->session), "\"note\":\"secret\"");
	free(other);
}

static void do_not_disturb_and_presence_are_one(void **state)
{
	struct house *h = *state;

	EXPECT(get(h, "cmd=GetDoNotDisturb&device=200"),
	       "<doNotDisturbOn>false</doNotDisturbOn>");
	EXPECT(get(h, "cmd=SetDoNotDisturb&device=200&doNotDisturbOn=true"),
	       "<SetDoNotDisturb/>");
	EXPECT(get(h, "cmd=GetDoNotDisturb&device=200"), ">true<");
	EXPECT(get(h, "cmd=GetPresenceXML&user=200"), "<PRESENCE>9</PRESENCE>");
	EXPECT(get(h, "cmd=SetDoNotDisturb&device=201&doNotDisturbOn=true"),
	       "NOT_ALLOWED");
	EXPECT(get(h, "cmd=SetDoNotDisturb&device=200&doNotDisturbOn=hm"),
	       "BAD_PARAMETER");
}

static void the_book_is_searched_and_looked_up(void **state)
{
	struct house *h = *state;

	EXPECT(get(h, "cmd=PhBookSearch&searchTerm=erl"),
	       "<PhBookSearch><ENTRY><ID>int:201</ID>"
	       "<DIRECTORY>internal</DIRECTORY><FIRSTNAME>Agner</FIRSTNAME>"
	       "<LASTNAME>Erlang</LASTNAME>",
	       "!Nutt");
	EXPECT(get(h, "cmd=PhBookSearch&searchTerm=zz"), "<PhBookSearch>",
	       "!ENTRY", "!ERROR");
	EXPECT(get(h, "cmd=PhBookSearch&directory=nowhere"), "BAD_PARAMETER");
	EXPECT(get(h, "cmd=PhBookDetail&entryID=int:200"),
	       "<LASTNAME>Nutt</LASTNAME>");
	EXPECT(get(h, "cmd=PhBookDetail&entryID=per:5"), "<PhBookDetail>",
	       "!ENTRY");
	EXPECT(get(h, "cmd=PhBookLookup&phoneNumber=%2B49897007201"),
	       "int:201");
	EXPECT(get(h, "cmd=PhBookLookup&phoneNumber=%2B49897008201"),
	       "<PhBookLookup></PhBookLookup>");
	EXPECT(get(h, "cmd=PhBookLookup&phoneNumber=201"), "int:201");
	EXPECT(get(h, "cmd=Directory&search=em&limit=1"),
	       "{\"total\":1,\"offset\":0,\"contacts\":[{\"id\":\"int:200\","
	       "\"directory\":\"internal\",\"name\":\"Emma Nutt\"");
	EXPECT(get(h, "cmd=Directory&offset=1&limit=1"), "\"total\":2", "Emma",
	       "!Agner");
}

static void favourites_answer_with_the_whole(void **state)
{
	struct house *h = *state;
	char *body;

	EXPECT(get(h, "cmd=Favourites"), "{\"groups\":[],\"defaults\":[]}");
	EXPECT(post(h, "cmd=FavouriteAdd&group=Work&contact=int:201"),
	       "\"name\":\"Work\"", "\"id\":\"int:201\"", "Agner Erlang");
	EXPECT(events(h, h->session), "\"type\":\"FavouritesEvent\"");
	EXPECT(post(h, "cmd=FavouriteAdd&group=Work&contact=int:999"),
	       "\"error\":\"NOT_FOUND\"");
	EXPECT(post(h, "cmd=FavouriteAdd&group=&contact=int:201"),
	       "\"error\":\"BAD_PARAMETER\"");
	EXPECT(post(h, "cmd=FavouriteNumber&contact=int:201&number=%2B49"),
	       "\"defaults\":[{\"contact\":\"int:201\",\"number\":\"+49\"}]");
	EXPECT(post(h, "cmd=FavouriteNumber&contact=int:200&number=1"),
	       "NOT_FOUND");
	EXPECT(post(h, "cmd=FavouriteMove&groupID=1&contact=int:200&steps=1"),
	       "NOT_FOUND");
	EXPECT(post(h, "cmd=FavouriteMove&groupID=1&steps=-1"), "\"Work\"");
	EXPECT(post(h, "cmd=GroupRename&groupID=1&name=%20"), "BAD_PARAMETER");
	EXPECT(post(h, "cmd=GroupRename&groupID=1&name=B%C3%BCro"),
	       "\"name\":\"Büro\"", "!\"Work\"");
	EXPECT(post(h, "cmd=FavouritesReplace&groups=%5B%7B%22name%22%3A%22A"
		       "%22%2C%22members%22%3A%5B%22int%3A200%22%2C%22nope%22"
		       "%5D%7D%5D"),
	       "\"name\":\"A\"", "int:200", "!nope", "!Büro");
	EXPECT(post(h, "cmd=FavouritesReplace&groups=%5B1%5D"),
	       "BAD_PARAMETER");
	EXPECT(post(h, "cmd=FavouritesReplace&groups=%7B%7D"), "BAD_PARAMETER");
	EXPECT(post(h, "cmd=FavouritesReplace"), "BAD_PARAMETER");
	EXPECT(post(h, "cmd=GroupDelete&groupID=999"), "NOT_FOUND");
	body = ask(h, true, h->session, "cmd=FavouritesReplace&groups=%5B%5D");
	EXPECT(body, "{\"groups\":[],\"defaults\":[]}");
	/* Suite manages its groups elsewhere. */
	h->front->prm.mode = FRONT_SUITE;
	EXPECT(post(h, "cmd=GroupDelete&groupID=1"), "NOT_ALLOWED");
	EXPECT(post(h, "cmd=FavouriteNumber&contact=int:201&number=1"),
	       "NOT_ALLOWED");
	EXPECT(post(h, "cmd=FavouriteAdd&group=Work&contact=int:201"),
	       "int:201");
}

static void the_journal_is_read_told_and_marked(void **state)
{
	struct house *h = *state;
	const struct db_entry e = {
		.owner = "200",
		.kind = DB_IN_MISSED,
		.at_ms = 1798119000000,
		.number = "201",
		.name = "Agner Erlang",
		.unread = true,
	};

	db_journal_add(h->office->db, &e, office_entries, h->office);
	assert_int_equal(office_wait(h->office), 0);
	EXPECT(events(h, h->session), "\"type\":\"JournalEvent\"",
	       "\"kind\":\"in-missed\"", "\"unread\":true");
	EXPECT(get(h, "cmd=JournalRead&user=200&count=5"),
	       "<JournalRead><ENTRY><ID>1</ID><TIME>2026/12/24 13:30Z</TIME>"
	       "<DURATION>0</DURATION><DIRECTION>in</DIRECTION>"
	       "<ANSWERED>0</ANSWERED><GROUP>0</GROUP><FORWARDED>0</FORWARDED>"
	       "<NUMBER>201</NUMBER><NAME>Agner Erlang</NAME></ENTRY>");
	EXPECT(get(h, "cmd=JournalRead&user=201"), "NOT_ALLOWED");
	EXPECT(get(h, "cmd=JournalGroupByDate"), "<CNT>1</CNT>",
	       "<TIME>2026/12/24 00:00Z</TIME>");
	EXPECT(get(h, "cmd=JournalFetch&entryID=1"), "<NUMBER>201</NUMBER>");
	EXPECT(get(h, "cmd=JournalFetch&entryID=2"), "NOT_FOUND");
	EXPECT(get(h, "cmd=JournalFetch"), "BAD_PARAMETER");
	EXPECT(get(h, "cmd=Journal"), "\"id\":\"1\"", "\"contact\":\"int:201\"",
	       "\"more\":false");
	EXPECT(post(h, "cmd=JournalMark&ids=1,2,77"), "{\"marked\":1}");
	EXPECT(post(h, "cmd=JournalMark&ids=1;2"), "BAD_PARAMETER");
	EXPECT(get(h, "cmd=Journal"), "\"unread\":false");
	EXPECT(get(h, "cmd=Journal&before=1"), "{\"entries\":[]");
}

static void call_control_says_why_it_cannot(void **state)
{
	struct house *h = *state;

	EXPECT(get(h, "cmd=MkCall&callingDevice=200"
		      "&calledDirectoryNumber=201"),
	       "<MkCall><ERROR><REASON>UNREACHABLE</REASON><CSTAErrorCode>");
	EXPECT(get(h, "cmd=MakeCall&callingDevice=201"
		      "&calledDirectoryNumber=200"),
	       "NOT_ALLOWED");
	EXPECT(get(h, "cmd=MakeCall&callingDevice=200"
		      "&calledDirectoryNumber=nobody"),
	       "BAD_PARAMETER");
	EXPECT(get(h, "cmd=HoldCall&deviceID=200&callID=1"), "NOT_FOUND");
	EXPECT(get(h, "cmd=ClearConnection&deviceID=200"), "BAD_PARAMETER");
	EXPECT(get(h, "cmd=AnswerCall&deviceID=200&callID=99999999999"),
	       "NOT_FOUND");
	EXPECT(get(h, "cmd=DeflectCall&deviceID=200&callID=1"),
	       "BAD_PARAMETER");
	EXPECT(get(h, "cmd=ConsultationCall&deviceID=200&callID=1"
		      "&consultedDevice=202"),
	       "NOT_FOUND");
	EXPECT(get(h, "cmd=ConsultationCall&deviceID=200&callID=1"),
	       "BAD_PARAMETER");
	EXPECT(get(h, "cmd=AlternateCall&deviceID=200&callID=1&heldCallID=2"),
	       "NOT_FOUND");
	EXPECT(get(h, "cmd=ReconnectCall&deviceID=200&callID=1"),
	       "BAD_PARAMETER");
	EXPECT(get(h, "cmd=ConferenceCall&deviceID=200&callID=1&heldCallID=2"),
	       "NOT_FOUND");
	EXPECT(get(h, "cmd=EndConference&deviceID=200&callID=1"), "NOT_FOUND");
	EXPECT(get(h,
		   "cmd=AttendedTransfer&deviceID=201&callID=1&heldCallID=2"),
	       "NOT_ALLOWED");
	EXPECT(get(h, "cmd=TransferCall&deviceID=200&callID=1"
		      "&transferredTo=202"),
	       "NOT_FOUND");
	EXPECT(get(h, "cmd=GetDeviceState&deviceID=200"),
	       "<GetDeviceState><deviceID>200</deviceID></GetDeviceState>");
	EXPECT(get(h, "cmd=GetDeviceState&deviceID=201"), "NOT_ALLOWED");
	EXPECT(get(h, "cmd=SetDisplay&device=200&contentsOfDisplay=hi"),
	       "UNREACHABLE");
}

static void what_the_server_is_like_can_be_read(void **state)
{
	struct house *h = *state;

	EXPECT(get(h, "cmd=GetServerParam"),
	       "<GetServerParam><countryCode>49</countryCode>"
	       "<areaCode>89</areaCode><locationNumber>7007</locationNumber>"
	       "<lineAccessCode>0</lineAccessCode>",
	       "<extensionLength>3</extensionLength>");
	EXPECT(ask(h, false, "", "cmd=Capabilities"),
	       "{\"server\":\"offhookd\",", "\"login\":[\"GET\",\"POST\"]",
	       "!Emma");
	EXPECT(post(h, "cmd=SipAccount"), "\"user\":\"200\"",
	       "\"secret\":", "\"registrar\":\"127.0.0.1:5060\"");
}

int main(void)
{
#define T(test) \
	cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_are_decoded_or_refused),
		cmocka_unit_test(too_many_parameters_are_refused),
		T(a_login_answers_as_a_real_system_does),
		T(why_a_login_fails_is_said),
		T(without_a_session_nothing_is_told),
		T(unknown_commands_are_said_to_be_unknown),
		T(a_plain_server_has_none_of_our_additions),
		T(presence_is_set_read_and_told),
		T(who_hides_is_seen_by_nobody_else),
		T(do_not_disturb_and_presence_are_one),
		T(the_book_is_searched_and_looked_up),
		T(favourites_answer_with_the_whole),
		T(the_journal_is_read_told_and_marked),
		T(call_control_says_why_it_cannot),
		T(what_the_server_is_like_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
