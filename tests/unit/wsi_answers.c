/* Answers and events, typed by hand from what is known, into the model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wsi_fixture.h"

#define OURS                                                      \
	(WSI_ADD_PRESENCE | WSI_ADD_DIRECTORY | WSI_ADD_JOURNAL | \
	 WSI_ADD_FAVOURITES | WSI_ADD_WAIT)

static char *data(const char *name, size_t *len)
{
	char *path = text_printf("tests/data/wsi/%s", name);
	char *buf = NULL;

	assert_int_equal(file_read(path, 1 << 20, &buf, len), 0);
	free(path);
	return buf;
}

static void take(struct fixture *f, enum proto_command c, const char *name,
		 void (*h)(struct session *, const struct answer *))
{
	size_t len;
	char *buf = data(name, &len);

	fixture_answer(f, c, buf, len, h);
	free(buf);
}

static int events(struct fixture *f, const char *name)
{
	size_t len;
	char *buf = data(name, &len);
	int n = wsi_events_read(f->s, buf, len);

	free(buf);
	return n;
}

static struct wsi_login_answer login(const char *name)
{
	struct wsi_login_answer a;
	size_t len;
	char *buf = data(name, &len);

	assert_int_equal(wsi_login_read(&a, buf, len), 0);
	free(buf);
	return a;
}

/* ---- login ------------------------------------------------------------- */

static void test_login_suite(void **state)
{
	struct wsi_login_answer a = login("login_suite.xml");
	(void)state;

	assert_int_equal(a.why, WSI_END_LOGOUT);
	assert_string_equal(a.session, "3b06a3af");
	assert_string_equal(a.version, "4.00.721e");
	assert_string_equal(a.application, "UCSUITE");
	assert_true(a.suite);
	assert_int_equal(a.additions, 0);
	assert_true(a.can & UC_CAN_CTI);
	assert_true(a.can & UC_CAN_EXTERNAL);
	assert_false(a.can & UC_CAN_FAVOURITES);
	assert_false(a.can & UC_CAN_VOIP);
	wsi_login_reset(&a);
}

static void test_login_smart(void **state)
{
	struct wsi_login_answer a = login("login_smart.xml");
	(void)state;

	assert_string_equal(a.session, "77aa");
	assert_false(a.suite);
	assert_false(a.can & UC_CAN_EXTERNAL);
	wsi_login_reset(&a);
}

static void test_login_ours(void **state)
{
	struct wsi_login_answer a = login("login_ours.xml");
	(void)state;

	assert_string_equal(a.session, "9f86d081884c7d659a2feaa0c55ad015");
	assert_string_equal(a.version, "1.0");
	assert_int_equal(a.additions,
			 WSI_ADD_POST | WSI_ADD_WAIT | WSI_ADD_FAVOURITES |
				 WSI_ADD_SIP_ACCOUNT | WSI_ADD_PRESENCE |
				 WSI_ADD_DIRECTORY | WSI_ADD_JOURNAL);
	assert_int_equal(a.can, UC_CAN_CTI | UC_CAN_VOIP | UC_CAN_DND |
					UC_CAN_GROUPS | UC_CAN_FAVOURITES |
					UC_CAN_DIRECTORY | UC_CAN_JOURNAL);
	assert_string_equal(a.name, "Emma Nutt");
	assert_string_equal(a.device, "200");
	wsi_login_reset(&a);
}

static void test_login_refused(void **state)
{
	static const struct {
		const char *file;
		enum wsi_end why;
	} rows[] = {
		{"login_bad_password.xml", WSI_END_BAD_PASSWORD},
		{"login_locked.xml", WSI_END_LOCKED},
		{"login_no_licence.xml", WSI_END_NO_LICENCE},
		{"login_password_change.xml", WSI_END_PASSWORD_CHANGE},
		{"login_refused.xml", WSI_END_REFUSED},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct wsi_login_answer a = login(rows[i].file);

		assert_int_equal(a.why, rows[i].why);
		assert_null(a.session);
		wsi_login_reset(&a);
	}
}

static void test_login_no_answer(void **state)
{
	static const char *const bad[] = {
		"",
		"   ",
		"hello",
		"<html><body>It works</body></html>",
		"<LOGIN><ID>12",
		"<LOGIN><ID>1</ID>",
		"{}",
		"{\"a\":1}",
		"[]",
		("<!DOCTYPE LOGIN [<!ENTITY a \"b\">]><LOGIN><ID>&a;</ID>"
		 "</LOGIN>"),
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct wsi_login_answer a;

		assert_int_equal(wsi_login_read(&a, bad[i], strlen(bad[i])),
				 EBADMSG);
	}
}

static void test_login_json_refusal(void **state)
{
	static const char text[] = "{\"error\":\"LOCKED\"}";
	struct wsi_login_answer a;
	(void)state;

	assert_int_equal(wsi_login_read(&a, text, strlen(text)), 0);
	assert_int_equal(a.why, WSI_END_LOCKED);
	wsi_login_reset(&a);
}

static void test_login_no_id(void **state)
{
	static const char text[] = "<LOGIN></LOGIN>";
	struct wsi_login_answer a;
	(void)state;

	assert_int_equal(wsi_login_read(&a, text, strlen(text)), 0);
	assert_int_equal(a.why, WSI_END_REFUSED);
	wsi_login_reset(&a);
}

/* ---- reading ----------------------------------------------------------- */

static void test_server_param(void **state)
{
	struct fixture f;
	const struct proto_dial_params *p;
	(void)state;

	fixture_open(&f, 0);
	take(&f, PROTO_COMMAND_GET_SERVER_PARAM, "server_param.xml",
	     wsi_server_param_read);
	p = uc_dial_params(f.uc);
	assert_string_equal(p->country, "49");
	assert_string_equal(p->area, "89");
	assert_string_equal(p->location, "7007");
	assert_string_equal(p->access, "0");
	assert_string_equal(p->national, "0");
	assert_string_equal(p->international, "00");
	assert_int_equal(p->extension_max, 3);
	fixture_close(&f);
}

static void test_directory_xml(void **state)
{
	struct fixture f;
	const struct uc_contact *c;
	(void)state;

	fixture_open(&f, 0);
	take(&f, PROTO_COMMAND_PH_BOOK_SEARCH, "directory.xml",
	     fixture_contacts);
	assert_int_equal(uc_internal_count(f.uc), 3);
	c = uc_contact_by_device(f.uc, "201");
	assert_non_null(c);
	assert_string_equal(c->id, "int:201");
	assert_string_equal(c->name, "Agner Erlang");
	assert_string_equal(c->department, "Traffic planning");
	assert_string_equal(c->email, "agner@strowger.example");
	assert_int_equal(c->number_count, 3);
	assert_int_equal(c->numbers[0].kind, UC_NUMBER_INTERNAL);
	assert_int_equal(c->numbers[2].kind, UC_NUMBER_MOBILE);
	/* Attributes in small letters are as good as elements. */
	c = uc_contact_by_id(f.uc, "sys:17");
	assert_non_null(c);
	assert_int_equal(c->directory, UC_SYSTEM);
	assert_string_equal(c->name, "Ericsson, service");
	assert_string_equal(c->numbers[0].number, "*17");
	/* What could move a terminal's cursor has gone. */
	c = uc_contact_by_device(f.uc, "202");
	assert_non_null(c);
	assert_string_equal(c->name, "Hedy La31mmarr");
	fixture_close(&f);
}

static void test_directory_json(void **state)
{
	struct fixture f;
	const struct uc_contact *c;
	(void)state;

	fixture_open(&f, OURS);
	take(&f, PROTO_COMMAND_DIRECTORY, "directory.json", fixture_contacts);
	assert_int_equal(uc_internal_count(f.uc), 3);
	c = uc_contact_by_id(f.uc, "int:201");
	assert_non_null(c);
	assert_string_equal(c->name, "Agner Erlang");
	assert_string_equal(c->device, "201");
	assert_int_equal(c->number_count, 2);
	assert_string_equal(c->numbers[1].number, "+49 171 5550201");
	c = uc_contact_by_id(f.uc, "int:202");
	assert_null(strchr(c->name, '\x1b'));
	fixture_close(&f);
}

static void test_presence_xml(void **state)
{
	struct fixture f;
	const struct uc_contact *c;
	(void)state;

	fixture_open(&f, 0);
	take(&f, PROTO_COMMAND_PH_BOOK_SEARCH, "directory.xml",
	     fixture_contacts);
	take(&f, PROTO_COMMAND_GET_PRESENCE_XML, "presence.xml",
	     wsi_presence_read);
	assert_int_equal(uc_me(f.uc)->presence.state, PROTO_OFFICE);
	c = uc_contact_by_device(f.uc, "201");
	assert_int_equal(c->presence.state, PROTO_MEETING);
	/* 2026-12-24 15:00 UTC */
	assert_int_equal(c->presence.until_ms, 1798124400000);
	c = uc_contact_by_device(f.uc, "202");
	assert_int_equal(c->presence.state, PROTO_PRESENCE_UNKNOWN);
	assert_int_equal(c->presence.until_ms, 0);
	fixture_close(&f);
}

static void test_presence_json(void **state)
{
	struct fixture f;
	const struct uc_contact *c;
	(void)state;

	fixture_open(&f, OURS);
	take(&f, PROTO_COMMAND_DIRECTORY, "directory.json", fixture_contacts);
	take(&f, PROTO_COMMAND_PRESENCE_LIST, "presence.json",
	     wsi_presence_read);
	c = uc_contact_by_device(f.uc, "201");
	assert_int_equal(c->presence.state, PROTO_MEETING);
	assert_int_equal(c->presence.until_ms, 1798124400000);
	assert_string_equal(c->presence.note, "in room 4");
	c = uc_contact_by_device(f.uc, "202");
	assert_true(c->presence.hidden);
	fixture_close(&f);
}

static void told(struct fixture *f, const char *event)
{
	struct json *e;

	assert_int_equal(json_parse(&e, event, strlen(event)), 0);
	wsi_presence_json(f->s, e, true);
	json_free(e);
}

/* An answer that was asked for before an event, and comes after it. */
static void test_presence_overtaken(void **state)
{
	static const char *const files[] = {"presence.json", "presence.xml"};
	struct fixture f;
	const struct uc_contact *c;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		enum proto_command ask = i ? PROTO_COMMAND_GET_PRESENCE_XML
					   : PROTO_COMMAND_PRESENCE_LIST;

		fixture_open(&f, OURS);
		take(&f, PROTO_COMMAND_DIRECTORY, "directory.json",
		     fixture_contacts);
		c = uc_contact_by_device(f.uc, "201");
		f.number = fixture_ask(&f);
		fixture_ask(&f);
		told(&f, "{\"user\":\"201\",\"presence\":7}");
		take(&f, ask, files[i], wsi_presence_read);
		assert_int_equal(c->presence.state, PROTO_LUNCH);
		/* The others' are as it says. */
		assert_int_not_equal(
			uc_contact_by_device(f.uc, "202")->presence.hidden, i);
		/* It still holds for what else is on its way … */
		f.number++;
		take(&f, ask, files[i], wsi_presence_read);
		assert_int_equal(c->presence.state, PROTO_LUNCH);
		/* … but not for what is asked for later. */
		f.number = fixture_ask(&f);
		take(&f, ask, files[i], wsi_presence_read);
		assert_int_equal(c->presence.state, PROTO_MEETING);
		fixture_close(&f);
	}
}

/* Deleted elsewhere, while a list that still has it was on its way. */
static void test_deletion_overtaken(void **state)
{
	static const char gone[] =
		"{\"events\":[{\"type\":\"JournalDeletedEvent\","
		"\"ids\":[\"17\"]}]}";
	struct fixture f;
	(void)state;

	fixture_open(&f, OURS);
	take(&f, PROTO_COMMAND_JOURNAL, "journal.json", wsi_journal_read);
	assert_non_null(uc_entry_by_id(f.uc, "j:17", NULL));
	f.number = fixture_ask(&f);
	assert_int_equal(wsi_events_read(f.s, gone, strlen(gone)), 1);
	assert_null(uc_entry_by_id(f.uc, "j:17", NULL));
	take(&f, PROTO_COMMAND_JOURNAL, "journal.json", wsi_journal_read);
	assert_null(uc_entry_by_id(f.uc, "j:17", NULL));
	/* Taken back, it is in what is asked for then. */
	f.number = 0;
	take(&f, PROTO_COMMAND_JOURNAL, "journal.json", wsi_journal_read);
	assert_non_null(uc_entry_by_id(f.uc, "j:17", NULL));
	fixture_close(&f);
}

static void test_journal_xml(void **state)
{
	struct fixture f;
	const struct uc_entry *e;
	(void)state;

	fixture_open(&f, 0);
	take(&f, PROTO_COMMAND_PH_BOOK_SEARCH, "directory.xml",
	     fixture_contacts);
	take(&f, PROTO_COMMAND_JOURNAL_READ, "journal.xml", wsi_journal_read);
	e = uc_entry_by_id(f.uc, "j:18", NULL);
	assert_non_null(e);
	assert_int_equal(e->kind, UC_IN_MISSED);
	/* 2026-11-22 14:05 UTC */
	assert_int_equal(e->at_ms, 1795356300000);
	e = uc_entry_by_id(f.uc, "j:17", NULL);
	assert_int_equal(e->kind, UC_OUT_ANSWERED);
	assert_int_equal(e->duration_s, 252);
	e = uc_entry_by_id(f.uc, "j:15", NULL);
	assert_int_equal(e->kind, UC_IN_GROUP_ANSWERED);
	assert_null(uc_entry_by_id(f.uc, "j:16", NULL));
	/* Read again, nothing is there twice. */
	take(&f, PROTO_COMMAND_JOURNAL_READ, "journal.xml", wsi_journal_read);
	assert_int_equal(uc_conversation_count(f.uc), 3);
	fixture_close(&f);
}

/* 2026-11-22 14:05 UTC, the newest of the known answer */
enum { NEWEST_S = 1795356300 };

static void journal_row(struct fixture *f, int id, int64_t at_s, bool answered)
{
	char when[32], text[512];

	proto_time_write(when, sizeof(when), at_s * 1000);
	snprintf(text, sizeof(text),
		 "<JournalRead><ENTRY><ID>%d</ID><TIME>%s</TIME><DIRECTION>in"
		 "</DIRECTION><ANSWERED>%d</ANSWERED><NUMBER>201</NUMBER>"
		 "</ENTRY></JournalRead>",
		 id, when, answered);
	fixture_answer(f, PROTO_COMMAND_JOURNAL_READ, text, strlen(text),
		       wsi_journal_read);
}

static bool unread(const struct fixture *f, const char *id)
{
	const struct uc_entry *e = uc_entry_by_id(f->uc, id, NULL);

	assert_non_null(e);
	return e->unread;
}

/* It says of no call whether it has been seen. */
static void test_journal_xml_missed(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	/* all of it at first: that may be years */
	take(&f, PROTO_COMMAND_JOURNAL_READ, "journal.xml", wsi_journal_read);
	assert_false(unread(&f, "j:18"));
	assert_int_equal(uc_account(f.uc)->journal_ms, NEWEST_S * 1000LL);
	journal_row(&f, 19, NEWEST_S, false);
	assert_true(unread(&f, "j:19"));
	journal_row(&f, 20, NEWEST_S + 60, true);
	assert_false(unread(&f, "j:20"));
	/* began before, and was filed after that one */
	journal_row(&f, 21, NEWEST_S - 600, false);
	assert_true(unread(&f, "j:21"));
	/* pushed into the list by what was deleted there */
	journal_row(&f, 9, NEWEST_S - 24 * 3600, false);
	assert_false(unread(&f, "j:9"));
	/* what has been read stays so */
	uc_entry_mark(f.uc, "j:19");
	journal_row(&f, 19, NEWEST_S, false);
	assert_false(unread(&f, "j:19"));
	fixture_close(&f);
	/* the next session: what came since, and nothing before */
	fixture_open(&f, 0);
	uc_account_edit(f.uc)->journal_ms = NEWEST_S * 1000LL;
	journal_row(&f, 22, NEWEST_S + 60, false);
	assert_true(unread(&f, "j:22"));
	fixture_close(&f);
	fixture_open(&f, 0);
	uc_account_edit(f.uc)->journal_ms = NEWEST_S * 1000LL;
	journal_row(&f, 21, NEWEST_S - 600, false);
	assert_false(unread(&f, "j:21"));
	fixture_close(&f);
	/* an empty one has been read as well */
	fixture_open(&f, 0);
	fixture_answer(&f, PROTO_COMMAND_JOURNAL_READ, "<JournalRead/>",
		       sizeof("<JournalRead/>") - 1, wsi_journal_read);
	journal_row(&f, 1, NEWEST_S, false);
	assert_true(unread(&f, "j:1"));
	fixture_close(&f);
}

static void test_journal_json(void **state)
{
	struct fixture f;
	const struct uc_entry *e;
	(void)state;

	fixture_open(&f, OURS);
	take(&f, PROTO_COMMAND_DIRECTORY, "directory.json", fixture_contacts);
	take(&f, PROTO_COMMAND_JOURNAL, "journal.json", wsi_journal_read);
	e = uc_entry_by_id(f.uc, "j:17", NULL);
	assert_non_null(e);
	assert_int_equal(e->kind, UC_IN_MISSED);
	assert_true(e->unread);
	assert_int_equal(uc_missed_count(f.uc), 1);
	assert_int_equal(uc_entry_by_id(f.uc, "j:16", NULL)->kind,
			 UC_OUT_GROUP_UNANSWERED);
	assert_null(uc_entry_by_id(f.uc, "j:15", NULL));
	fixture_close(&f);
}

static void test_voicemail(void **state)
{
	struct uc_conversation *v;
	const struct uc_entry *e;
	struct fixture f;
	(void)state;

	fixture_open(&f, OURS);
	take(&f, PROTO_COMMAND_DIRECTORY, "directory.json", fixture_contacts);
	take(&f, PROTO_COMMAND_JOURNAL, "journal.json", wsi_journal_read);
	take(&f, PROTO_COMMAND_VOICEMAIL_LIST, "voicemail.json",
	     wsi_voicemail_read);
	e = uc_entry_by_id(f.uc, "v:3", &v);
	assert_non_null(e);
	assert_int_equal(e->kind, UC_VOICE_MESSAGE);
	assert_int_equal(e->at_ms, 1795356060000);
	assert_int_equal(e->duration_s, 5);
	assert_true(e->unread);
	assert_string_equal(v->name, "Agner Erlang");
	e = uc_entry_by_id(f.uc, "v:2", NULL);
	assert_int_equal(e->duration_s, 61);
	assert_false(e->unread);
	assert_null(uc_entry_by_id(f.uc, "v:1", NULL));
	assert_int_equal(uc_voice_count(f.uc), 1);
	/* One was deleted elsewhere; the calls with him stay. */
	take(&f, PROTO_COMMAND_VOICEMAIL_LIST, "voicemail_less.json",
	     wsi_voicemail_read);
	assert_null(uc_entry_by_id(f.uc, "v:3", NULL));
	assert_non_null(uc_entry_by_id(f.uc, "v:2", NULL));
	assert_non_null(uc_entry_by_id(f.uc, "j:17", NULL));
	assert_int_equal(uc_voice_count(f.uc), 0);
	/* What is no list deletes nothing. */
	take(&f, PROTO_COMMAND_VOICEMAIL_LIST, "journal.json",
	     wsi_voicemail_read);
	assert_non_null(uc_entry_by_id(f.uc, "v:2", NULL));
	fixture_close(&f);
}

static void test_voicemail_number(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, OURS);
	take(&f, PROTO_COMMAND_GET_SERVER_PARAM, "server_param_ours.xml",
	     wsi_server_param_read);
	assert_string_equal(uc_account(f.uc)->voicemail, "71");
	take(&f, PROTO_COMMAND_GET_SERVER_PARAM, "server_param.xml",
	     wsi_server_param_read);
	assert_string_equal(uc_account(f.uc)->voicemail, "");
	fixture_close(&f);
}

static void test_favourites(void **state)
{
	struct fixture f;
	const struct uc_group *g;
	(void)state;

	fixture_open(&f, OURS);
	take(&f, PROTO_COMMAND_FAVOURITES, "favourites.json",
	     wsi_favourites_read);
	assert_int_equal(uc_group_count(f.uc), 2);
	g = uc_group_at(f.uc, 0);
	assert_string_equal(g->id, "7");
	assert_string_equal(g->name, "Exchange");
	assert_int_equal(g->member_count, 2);
	assert_string_equal(g->members[0]->name, "Agner Erlang");
	assert_string_equal(g->members[1]->id, "glo:5");
	assert_int_equal(uc_group_at(f.uc, 1)->member_count, 0);
	fixture_close(&f);
}

static void ignore(struct session *s, const struct answer *a)
{
	(void)s;
	assert_int_equal(a->status, WSI_REFUSED);
	assert_string_equal(a->reason, "INVALID_STATE");
	assert_string_equal(a->cause, "wrongState");
}

static void test_error(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	take(&f, PROTO_COMMAND_HOLD_CALL, "error.xml", ignore);
	fixture_close(&f);
}

static void status_of(enum proto_command c, const char *body,
		      enum wsi_status expected, const char *reason)
{
	struct xml *xml = NULL;
	struct json *json = NULL;
	struct answer a;

	wsi_answer_read(&a, &xml, &json, c, body, strlen(body));
	assert_int_equal(a.status, expected);
	assert_string_equal(a.reason, reason);
	mem_deref(xml);
	json_free(json);
}

static void test_forms_of_answers(void **state)
{
	(void)state;

	status_of(PROTO_COMMAND_HOLD_CALL, "", WSI_OK, "");
	status_of(PROTO_COMMAND_HOLD_CALL, " \r\n", WSI_OK, "");
	status_of(PROTO_COMMAND_HOLD_CALL, "<HoldCall/>", WSI_OK, "");
	status_of(PROTO_COMMAND_HOLD_CALL, "{\"error\":\"BUSY\"}", WSI_REFUSED,
		  "BUSY");
	status_of(PROTO_COMMAND_HOLD_CALL, "NOT_LOGGED_IN", WSI_REFUSED,
		  "NOT_LOGGED_IN");
	status_of(PROTO_COMMAND_HOLD_CALL, "<ERROR>NOT_LOGGED_IN</ERROR>",
		  WSI_REFUSED, "NOT_LOGGED_IN");
	status_of(PROTO_COMMAND_HOLD_CALL, "<Result>NOT_LOGGED_IN</Result>",
		  WSI_REFUSED, "NOT_LOGGED_IN");
	status_of(PROTO_COMMAND_HOLD_CALL, "<HoldCall>", WSI_FAILED, "");
	status_of(PROTO_COMMAND_HOLD_CALL, "\x80\x81", WSI_FAILED, "");
	/* Somebody's name does not end the session. */
	status_of(PROTO_COMMAND_PH_BOOK_SEARCH,
		  "<PhBookSearch><ENTRY><LASTNAME>NOT_LOGGED_IN</LASTNAME>"
		  "</ENTRY></PhBookSearch>",
		  WSI_OK, "");
}

/* ---- events ------------------------------------------------------------ */

static void test_hook_events(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	take(&f, PROTO_COMMAND_PH_BOOK_SEARCH, "directory.xml",
	     fixture_contacts);
	assert_int_equal(events(&f, "events_hook.json"), 5);
	assert_int_equal(uc_contact_by_device(f.uc, "201")->lamp,
			 UC_LAMP_TALKS_INSIDE);
	assert_string_equal(uc_contact_by_device(f.uc, "201")->lamp_number,
			    "202");
	assert_int_equal(uc_contact_by_device(f.uc, "202")->lamp,
			 UC_LAMP_RINGS_OUTSIDE);
	assert_int_equal(f.told_count, 0);
	fixture_close(&f);
}

/* Nothing but the type is a hint, never a call on the screen. */
static void test_bare_events(void **state)
{
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	assert_int_equal(events(&f, "events_bare.json"), 5);
	assert_int_equal(f.told_count, 0);
	assert_true(f.s->stale_presence);
	assert_true(f.s->stale_device);
	fixture_close(&f);
}

static void test_our_events(void **state)
{
	struct fixture f;
	const struct uc_contact *c;
	(void)state;

	fixture_open(&f, OURS);
	take(&f, PROTO_COMMAND_DIRECTORY, "directory.json", fixture_contacts);
	assert_int_equal(events(&f, "events_ours.json"), 4);
	c = uc_contact_by_device(f.uc, "201");
	assert_int_equal(c->presence.state, PROTO_LUNCH);
	assert_int_equal(c->presence.until_ms, 1798117200000);
	assert_string_equal(c->presence.note, "back at three");
	assert_true(uc_contact_by_device(f.uc, "202")->presence.hidden);
	assert_non_null(uc_contact_by_device(f.uc, "203"));
	assert_int_equal(uc_missed_count(f.uc), 1);
	fixture_close(&f);
}

static void test_no_events(void **state)
{
	static const char *const bad[] = {
		"[]",
		"7",
		"{",
		"{}",
		"{\"events\":7}",
		"<xml/>",
		"{\"events\":[{\"type\":\"He",
		"NOT_LOGGED_IN",
	};
	struct fixture f;
	(void)state;

	fixture_open(&f, 0);
	assert_int_equal(wsi_events_read(f.s, "", 0), 0);
	assert_int_equal(wsi_events_read(f.s, "\r\n", 2), 0);
	assert_int_equal(wsi_events_read(f.s, "{\"events\":[]}", 13), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(wsi_events_read(f.s, bad[i], strlen(bad[i])),
				 -1);
	fixture_close(&f);
}

static void test_huge_name(void **state)
{
	struct text_buf b = {0};
	struct fixture f;
	const struct uc_contact *c;
	(void)state;

	fixture_open(&f, 0);
	text_buf_add(&b, "<PhBookSearch><ENTRY><DIRECTORY>internal"
			 "</DIRECTORY><EXTENSION>201</EXTENSION><LASTNAME>");
	for (int i = 0; i < 65536 / 8; i++)
		text_buf_add(&b, "M\xc3\xbcller!");
	text_buf_add(&b, "</LASTNAME></ENTRY></PhBookSearch>");
	fixture_answer(&f, PROTO_COMMAND_PH_BOOK_SEARCH, b.buf, b.len,
		       fixture_contacts);
	text_buf_reset(&b);
	c = uc_contact_by_device(f.uc, "201");
	assert_non_null(c);
	assert_true(strlen(c->name) <= TEXT_LINE_MAX);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login_suite),
		cmocka_unit_test(test_login_smart),
		cmocka_unit_test(test_login_ours),
		cmocka_unit_test(test_login_refused),
		cmocka_unit_test(test_login_no_answer),
		cmocka_unit_test(test_login_json_refusal),
		cmocka_unit_test(test_login_no_id),
		cmocka_unit_test(test_server_param),
		cmocka_unit_test(test_directory_xml),
		cmocka_unit_test(test_directory_json),
		cmocka_unit_test(test_presence_xml),
		cmocka_unit_test(test_presence_json),
		cmocka_unit_test(test_presence_overtaken),
		cmocka_unit_test(test_deletion_overtaken),
		cmocka_unit_test(test_journal_xml),
		cmocka_unit_test(test_journal_xml_missed),
		cmocka_unit_test(test_journal_json),
		cmocka_unit_test(test_voicemail),
		cmocka_unit_test(test_voicemail_number),
		cmocka_unit_test(test_favourites),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_forms_of_answers),
		cmocka_unit_test(test_hook_events),
		cmocka_unit_test(test_bare_events),
		cmocka_unit_test(test_our_events),
		cmocka_unit_test(test_no_events),
		cmocka_unit_test(test_huge_name),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
