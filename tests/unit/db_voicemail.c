/**
 * @file db_voicemail.c  Messages: a row and a file, both or neither
 */
#include "office_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sqlite3.h>

enum { MESSAGES = 8 };

/* What was listed last. */
static struct {
	int64_t id[MESSAGES], heard_ms[MESSAGES];
	char number[MESSAGES][32], name[MESSAGES][64];
	uint32_t length_ms[MESSAGES];
	size_t count;
	bool more;
	char sound[64];
} got;

static void listed(int err, const struct db_voicemail *v, size_t count,
		   bool more, void *arg)
{
	got.count = count;
	got.more = more;
	for (size_t i = 0; i < count && i < MESSAGES; i++) {
		got.id[i] = v[i].id;
		got.heard_ms[i] = v[i].heard_ms;
		got.length_ms[i] = v[i].length_ms;
		snprintf(got.number[i], sizeof(got.number[i]), "%s",
			 v[i].number);
		snprintf(got.name[i], sizeof(got.name[i]), "%s", v[i].name);
	}
	office_done(err, arg);
}

static void counted(int err, size_t count, void *arg)
{
	got.count = count;
	office_done(err, arg);
}

static void heard(int err, const char *wav, size_t len, void *arg)
{
	snprintf(got.sound, sizeof(got.sound), "%.*s", (int)len,
		 wav ? wav : "");
	office_done(err, arg);
}

static char *record(struct office *o, const char *what)
{
	char *path = db_voicemail_temporary(o->db);

	assert_non_null(path);
	assert_int_equal(file_write(path, what, strlen(what), 0600), 0);
	return path;
}

static void synced(struct office *o)
{
	db_sync(o->db, office_done, o);
	assert_int_equal(office_wait(o), 0);
}

static int add(struct office *o, const char *owner, const char *sound)
{
	const struct db_voicemail v = {
		.owner = owner,
		.at_ms = 1795356060000,
		.length_ms = 4200,
		.number = "+442079460018",
		.name = "Ada\nLovelace",
	};
	char *path = record(o, sound);
	int err;

	db_voicemail_add(o->db, &v, path, listed, o);
	err = office_wait(o);
	/* what is refused goes in a job of its own */
	synced(o);
	assert_int_not_equal(access(path, F_OK), 0);
	free(path);
	return err;
}

static size_t list(struct office *o, const char *owner)
{
	db_voicemail_read(o->db, owner, 0, MESSAGES, listed, o);
	assert_int_equal(office_wait(o), 0);
	return got.count;
}

static const struct db_account *account(struct office *o, const char *who)
{
	return db_account(o->db, who);
}

static int house(void **state)
{
	office_setup(state);
	office_add_user(*state, "200", "Emma", "Nutt", NULL);
	office_add_user(*state, "201", "Agner", "Erlang", NULL);
	return 0;
}

static void a_message_is_filed_with_its_sound(void **state)
{
	struct office *o = *state;
	char path[512];
	struct stat st;

	assert_int_equal(list(o, "200"), 0);
	assert_int_equal(add(o, "200", "the sound"), 0);
	assert_int_equal(list(o, "200"), 1);
	assert_int_equal(got.length_ms[0], 4200);
	assert_string_equal(got.number[0], "+442079460018");
	assert_string_equal(got.name[0], "Ada Lovelace");
	assert_int_equal(got.heard_ms[0], 0);
	assert_int_equal(list(o, "201"), 0);
	assert_int_equal(office_messages(o, path), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	list(o, "200");
	db_voicemail_sound(o->db, "200", got.id[0], heard, o);
	assert_int_equal(office_wait(o), 0);
	assert_string_equal(got.sound, "the sound");
	/* nobody else hears it */
	db_voicemail_sound(o->db, "201", got.id[0], heard, o);
	assert_int_equal(office_wait(o), ENOENT);
	assert_int_equal(o->changes[8], 1);
}

static void what_is_heard_is_counted(void **state)
{
	struct office *o = *state;
	int64_t ids[3] = {0, 999, -1};

	add(o, "200", "one");
	add(o, "200", "two");
	assert_int_equal(account(o, "200")->voice_new, 2);
	assert_int_equal(account(o, "200")->voice_old, 0);
	assert_int_equal(account(o, "201")->voice_new, 0);
	list(o, "200");
	ids[0] = got.id[1];
	db_voicemail_heard(o->db, "201", ids, 3, counted, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.count, 0);
	db_voicemail_heard(o->db, "200", ids, 3, counted, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.count, 1);
	assert_int_equal(account(o, "200")->voice_new, 1);
	assert_int_equal(account(o, "200")->voice_old, 1);
	/* once */
	db_voicemail_heard(o->db, "200", ids, 3, counted, o);
	office_wait(o);
	assert_int_equal(got.count, 0);
	assert_int_equal(o->changes[8], 3);
	list(o, "200");
	assert_true(got.heard_ms[1] > 0);
	/* as it is on the disk */
	office_close(o);
	office_open(o);
	assert_int_equal(account(o, "200")->voice_new, 1);
	assert_int_equal(account(o, "200")->voice_old, 1);
}

static void what_is_deleted_is_gone_with_its_sound(void **state)
{
	struct office *o = *state;
	int64_t id;

	add(o, "200", "one");
	add(o, "200", "two");
	list(o, "200");
	id = got.id[0];
	db_voicemail_remove(o->db, "201", &id, 1, counted, o);
	office_wait(o);
	assert_int_equal(got.count, 0);
	assert_int_equal(office_messages(o, NULL), 2);
	db_voicemail_remove(o->db, "200", &id, 1, counted, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.count, 1);
	assert_int_equal(office_messages(o, NULL), 1);
	assert_int_equal(list(o, "200"), 1);
	assert_int_not_equal(got.id[0], id);
	assert_int_equal(account(o, "200")->voice_new, 1);
}

static void an_account_takes_its_messages_along(void **state)
{
	struct office *o = *state;

	add(o, "200", "one");
	add(o, "201", "two");
	db_account_remove(o->db, "200", office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(office_messages(o, NULL), 1);
	assert_int_equal(list(o, "201"), 1);
	/* who comes later finds nothing of the one before */
	office_add_user(o, "200", "Ada", "L", NULL);
	assert_int_equal(list(o, "200"), 0);
	assert_int_equal(account(o, "200")->voice_new, 0);
	/* nor has who has gone any more */
	assert_int_equal(add(o, "299", "nobody's"), ENOENT);
	synced(o);
	assert_int_equal(office_messages(o, NULL), 1);
}

static void pages(void **state)
{
	struct office *o = *state;

	for (int i = 0; i < 5; i++)
		add(o, "200", "x");
	db_voicemail_read(o->db, "200", 0, 2, listed, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.count, 2);
	assert_true(got.more);
	assert_true(got.id[0] > got.id[1]);
	db_voicemail_read(o->db, "200", got.id[1], 4, listed, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.count, 3);
	assert_false(got.more);
}

/** A crash leaves a file that is being recorded, or one that had its name
 *  before its row was there. */
static void what_a_crash_has_left_goes(void **state)
{
	struct office *o = *state;
	char path[512];

	add(o, "200", "whole");
	free(record(o, "half"));
	snprintf(path, sizeof(path), "%s/voicemail/4711.wav", o->dir);
	assert_int_equal(file_write(path, "orphan", 6, 0600), 0);
	assert_int_equal(office_messages(o, NULL), 3);
	db_voicemail_sweep(o->db);
	synced(o);
	assert_int_equal(office_messages(o, NULL), 1);
	list(o, "200");
	db_voicemail_sound(o->db, "200", got.id[0], heard, o);
	assert_int_equal(office_wait(o), 0);
	assert_string_equal(got.sound, "whole");
}

/** What cannot be filed leaves nothing either. */
static void a_file_that_is_not_there_is_no_message(void **state)
{
	struct office *o = *state;
	const struct db_voicemail v = {
		.owner = "200", .number = "", .name = ""};
	char *path;

	db_voicemail_add(o->db, &v, "/no/such/file", listed, o);
	assert_int_equal(office_wait(o), ENOENT);
	assert_int_equal(list(o, "200"), 0);
	path = record(o, "given up");
	db_voicemail_discard(o->db, path);
	synced(o);
	assert_int_equal(office_messages(o, NULL), 0);
	free(path);
}

/** A database of before there were boxes. */
static void an_older_database_gets_boxes(void **state)
{
	struct office *o = *state;
	char path[128];
	sqlite3 *sql;

	office_close(o);
	snprintf(path, sizeof(path), "%s/office.db", o->dir);
	assert_int_equal(sqlite3_open(path, &sql), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sql,
				      "ALTER TABLE contact DROP import_key;"
				      "ALTER TABLE contact DROP hand_made;"
				      "DROP TABLE voicemail;"
				      "DROP TABLE message;"
				      "DROP TABLE message_uid;"
				      "DROP TABLE picture;"
				      "DROP TABLE contact_picture;"
				      "ALTER TABLE journal DROP COLUMN"
				      " deleted_ms;"
				      "DELETE FROM migration WHERE version>=2",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(sql);
	office_open(o);
	assert_int_equal(add(o, "200", "first"), 0);
	assert_int_equal(list(o, "200"), 1);
}

static void settings_have_a_range(void **state)
{
	static const struct {
		const char *name, *value;
		int err;
	} rows[] = {
		{"voicemail", "71", 0},
		{"voicemail", "", 0},
		{"voicemail", "200", EINVAL},
		{"voicemail", "7a", EINVAL},
		{"voicemail_s", "1", 0},
		{"voicemail_s", "0", EINVAL},
		{"voicemail_s", "601", EINVAL},
		{"voicemail_s", "x", EINVAL},
		{"callme_s", "30", 0},
		{"callme_s", "", EINVAL},
		{"voicemail_max_s", "3601", EINVAL},
		{"voicemail_messages", "1", 0},
		{"language", "fr", 0},
		{"language", "xx", EINVAL},
	};
	struct office *o = *state;

	assert_int_equal(db_setting_number(o->db, "callme_s"), 60);
	assert_int_equal(db_setting_number(o->db, "voicemail_s"), 20);
	assert_int_equal(db_setting_number(o->db, "nothing"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(office_set(o, rows[i].name, rows[i].value),
				 rows[i].err);
	assert_int_equal(db_setting_number(o->db, "callme_s"), 30);
	office_set(o, "callme_s", NULL);
	assert_int_equal(db_setting_number(o->db, "callme_s"), 60);
	assert_true(account(o, "200")->can & DB_CAN_VOICEMAIL);
}

#define BOX_TEST(f) cmocka_unit_test_setup_teardown(f, house, office_teardown)

/* SPEC T5.7.3: six digits, not all equal, not a rising or falling run. */
static void pins_have_rules(void **state)
{
	static const char *const good[] = {"482915", "000001", "121212",
					   "123457", "654322", "890123"};
	static const char *const bad[] = {
		"",	  "12345",  "1234567", "000000", "999999", "123456",
		"456789", "987654", "543210",  "12345a", " 12345", "４82915"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(db_pin_good(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(db_pin_good(bad[i]));
	assert_false(db_pin_good(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pins_have_rules),
		BOX_TEST(a_message_is_filed_with_its_sound),
		BOX_TEST(what_is_heard_is_counted),
		BOX_TEST(what_is_deleted_is_gone_with_its_sound),
		BOX_TEST(an_account_takes_its_messages_along),
		BOX_TEST(pages),
		BOX_TEST(what_a_crash_has_left_goes),
		BOX_TEST(a_file_that_is_not_there_is_no_message),
		BOX_TEST(an_older_database_gets_boxes),
		BOX_TEST(settings_have_a_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
