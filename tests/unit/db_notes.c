/**
 * @file db_notes.c  Recorded notes, which end with their state, greetings, and
 *                   what a new message is marked with
 */
#include "office_fixture.h"

#include <fcntl.h>

static char sound[64];
static int64_t filed_id;
static char seen[32]; /* the mark, when the message was told of */

static void heard(int err, const char *wav, size_t len, void *arg)
{
	snprintf(sound, sizeof(sound), "%.*s", (int)len, wav ? wav : "");
	office_done(err, arg);
}

static char *record(struct office *o, const char *what)
{
	char *path = db_voicemail_temporary(o->db);

	assert_non_null(path);
	assert_int_equal(file_write(path, what, strlen(what), 0600), 0);
	return path;
}

static int note(struct office *o, const char *who, enum proto_presence state,
		const char *what, uint32_t ms)
{
	char *path = record(o, what);
	int err;

	db_note_keep(o->db, who, state, path, ms, office_done, o);
	err = office_wait(o);
	/* what is refused goes in a job of its own */
	db_sync(o->db, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_not_equal(access(path, F_OK), 0);
	free(path);
	return err;
}

static int hear(struct office *o, const char *who, unsigned number)
{
	db_greeting_sound(o->db, who, number, heard, o);
	return office_wait(o);
}

static void presence(struct office *o, const char *who,
		     enum proto_presence state, int64_t until_ms,
		     const char *text, enum db_visibility seen_by)
{
	const struct db_presence p = {.state = state,
				      .until_ms = until_ms,
				      .note = text,
				      .visibility = seen_by};

	db_set_presence(o->db, who, &p, office_done, o);
	assert_int_equal(office_wait(o), 0);
}

static bool there(struct office *o, const char *file)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/greetings/%s", o->dir, file);
	return !access(path, F_OK);
}

static int house(void **state)
{
	office_setup(state);
	office_add_user(*state, "200", "Emma", "Nutt", NULL);
	office_add_user(*state, "201", "Agner", "Erlang", NULL);
	return 0;
}

static void a_note_is_of_the_state_one_is_in(void **state)
{
	struct office *o = *state;

	assert_int_equal(db_greeting_ms(o->db, "200", DB_NOTE), 0);
	presence(o, "200", PROTO_VACATION, 0, "", DB_VISIBLE_ALL);
	assert_int_equal(note(o, "200", PROTO_VACATION, "at sea", 3000), 0);
	assert_int_equal(db_greeting_ms(o->db, "200", DB_NOTE), 3000);
	assert_int_equal(db_greeting_ms(o->db, "201", DB_NOTE), 0);
	assert_int_equal(hear(o, "200", DB_NOTE), 0);
	assert_string_equal(sound, "at sea");
	/* another one in its place */
	assert_int_equal(note(o, "200", PROTO_VACATION, "on land", 2000), 0);
	assert_int_equal(db_greeting_ms(o->db, "200", DB_NOTE), 2000);
	hear(o, "200", DB_NOTE);
	assert_string_equal(sound, "on land");
	/* a restart takes nothing away */
	office_close(o);
	office_open(o);
	db_voicemail_sweep(o->db);
	assert_int_equal(hear(o, "200", DB_NOTE), 0);
	assert_int_equal(db_greeting_ms(o->db, "200", DB_NOTE), 2000);
}

static void it_ends_with_the_state_and_with_nothing_else(void **state)
{
	struct office *o = *state;

	presence(o, "200", PROTO_VACATION, 0, "", DB_VISIBLE_ALL);
	note(o, "200", PROTO_VACATION, "at sea", 3000);
	presence(o, "201", PROTO_MEETING, 0, "", DB_VISIBLE_ALL);
	note(o, "201", PROTO_MEETING, "in room 4", 1000);
	presence(o, "200", PROTO_VACATION, 1898119000000, "later",
		 DB_VISIBLE_NOBODY);
	assert_int_equal(db_greeting_ms(o->db, "200", DB_NOTE), 3000);
	assert_true(there(o, "200-0.wav"));
	presence(o, "200", PROTO_OFFICE, 0, "", DB_VISIBLE_ALL);
	assert_int_equal(db_greeting_ms(o->db, "200", DB_NOTE), 0);
	assert_int_equal(hear(o, "200", DB_NOTE), ENOENT);
	assert_false(there(o, "200-0.wav"));
	/* nobody else's, and no greeting */
	assert_int_equal(db_greeting_ms(o->db, "201", DB_NOTE), 1000);
	/* the same state again is another absence */
	presence(o, "200", PROTO_VACATION, 0, "", DB_VISIBLE_ALL);
	assert_int_equal(db_greeting_ms(o->db, "200", DB_NOTE), 0);
	office_close(o);
	office_open(o);
	assert_int_equal(db_greeting_ms(o->db, "200", DB_NOTE), 0);
}

static void one_that_comes_too_late_is_not_kept(void **state)
{
	struct office *o = *state;

	presence(o, "200", PROTO_LUNCH, 0, "", DB_VISIBLE_ALL);
	assert_int_equal(note(o, "200", PROTO_VACATION, "old", 1000), ESTALE);
	assert_int_equal(db_greeting_ms(o->db, "200", DB_NOTE), 0);
	assert_false(there(o, "200-0.wav"));
	assert_int_equal(note(o, "299", PROTO_LUNCH, "nobody's", 1000), EINVAL);
}

/** A state's end and the next one's note may be one after the other in the
 *  same moment: the file that is left is the new one. */
static void the_next_ones_note_stays(void **state)
{
	const struct db_presence p = {.state = PROTO_MEETING, .note = ""};
	struct office *o = *state;
	char *path;

	presence(o, "200", PROTO_LUNCH, 0, "", DB_VISIBLE_ALL);
	note(o, "200", PROTO_LUNCH, "lunch", 1000);
	path = record(o, "meeting");
	db_set_presence(o->db, "200", &p, NULL, NULL);
	db_note_keep(o->db, "200", PROTO_MEETING, path, 2000, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(hear(o, "200", DB_NOTE), 0);
	assert_string_equal(sound, "meeting");
	free(path);
}

static void a_greeting_is_no_note(void **state)
{
	struct office *o = *state;
	char *path = record(o, "hello");

	db_greeting_keep(o->db, "200", 1, path, 1000, office_done, o);
	assert_int_equal(office_wait(o), 0);
	free(path);
	presence(o, "200", PROTO_LUNCH, 0, "", DB_VISIBLE_ALL);
	assert_int_equal(hear(o, "200", 1), 0);
	assert_string_equal(sound, "hello");
	assert_int_equal(hear(o, "200", DB_NOTE), ENOENT);
	db_greeting_remove(o->db, "200", DB_NOTE, office_done, o);
	assert_int_equal(office_wait(o), ENOENT);
	note(o, "200", PROTO_LUNCH, "soup", 900);
	db_greeting_remove(o->db, "200", DB_NOTE, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(db_greeting_ms(o->db, "200", DB_NOTE), 0);
	assert_false(there(o, "200-0.wav"));
	assert_true(there(o, "200-1.wav"));
}

/* ---- what is to be done with a new message ------------------------------ */

static void filed(int err, const struct db_voicemail *v, size_t count,
		  bool more, void *arg)
{
	struct office *o = arg;
	char name[64];
	const char *value;

	(void)more;
	filed_id = count ? v->id : 0;
	snprintf(name, sizeof(name), "mail.%lld", (long long)filed_id);
	value = db_setting(o->db, "200", name);
	snprintf(seen, sizeof(seen), "%s", value ? value : "-");
	office_done(err, arg);
}

static int file(struct office *o, const char *owner, const char *path)
{
	const struct db_voicemail v = {.owner = owner,
				       .at_ms = 1795356060000,
				       .length_ms = 4200,
				       .number = "201",
				       .name = "",
				       .mark = "mail."};

	db_voicemail_add(o->db, &v, path, filed, o);
	return office_wait(o);
}

static unsigned marks;

static void count_marks(const char *name, const char *value, void *arg)
{
	(void)value;
	(void)arg;
	marks += !strncmp(name, "mail.", 5);
}

/** Whoever learns of a message finds its mark, here and on the disk: a crash
 *  leaves both or neither. */
static void its_mark_is_of_the_same_commit(void **state)
{
	struct office *o = *state;
	char *path = record(o, "the sound"), name[64];

	assert_int_equal(file(o, "200", path), 0);
	assert_string_equal(seen, "0");
	free(path);
	office_close(o);
	office_open(o);
	snprintf(name, sizeof(name), "mail.%lld", (long long)filed_id);
	assert_string_equal(db_setting(o->db, "200", name), "0");
	/* what is not filed is not marked */
	assert_int_equal(file(o, "200", "/no/such/file"), ENOENT);
	path = record(o, "nobody's");
	assert_int_equal(file(o, "299", path), ENOENT);
	free(path);
	marks = 0;
	db_settings(o->db, "200", count_marks, NULL);
	assert_int_equal(marks, 1);
}

#define NOTE_TEST(f) cmocka_unit_test_setup_teardown(f, house, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NOTE_TEST(a_note_is_of_the_state_one_is_in),
		NOTE_TEST(it_ends_with_the_state_and_with_nothing_else),
		NOTE_TEST(one_that_comes_too_late_is_not_kept),
		NOTE_TEST(the_next_ones_note_stays),
		NOTE_TEST(a_greeting_is_no_note),
		NOTE_TEST(its_mark_is_of_the_same_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
