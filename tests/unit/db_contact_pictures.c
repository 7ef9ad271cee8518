/**
 * @file db_contact_pictures.c  Pictures of personal contacts: kept, told, gone
 * with them and back with them, brought by an import
 */
#include "office_fixture.h"
#include "../../src/server/db/db_int.h"

/* What came back last, besides the office's. */
static struct {
	char version[33], key[33];
	bool hand_made;
	char bytes[64];
	size_t len;
	struct db_applied applied;
} last;

static void contacts_came(int err, const struct db_contact *c, size_t count,
			  bool more, void *arg)
{
	memset(&last, 0, sizeof(last));
	if (!err && count) {
		snprintf(last.version, sizeof(last.version), "%s", c->picture);
		snprintf(last.key, sizeof(last.key), "%s", c->picture_key);
		last.hand_made = c->hand_made;
	}
	office_contacts(err, c, count, more, arg);
}

static void image_came(int err, const char *version, const void *image,
		       size_t len, void *arg)
{
	memset(&last, 0, sizeof(last));
	if (!err) {
		snprintf(last.version, sizeof(last.version), "%s", version);
		assert_true(len <= sizeof(last.bytes));
		memcpy(last.bytes, image, len);
		last.len = len;
	}
	office_done(err, arg);
}

static int image_of(struct office *o, const char *owner, const char *id)
{
	db_contact_picture(o->db, owner, id, image_came, o);
	return office_wait(o);
}

static int set(struct office *o, const char *owner, const char *id,
	       const char *image)
{
	db_contact_picture_set(o->db, owner, id, image,
			       image ? strlen(image) : 0, contacts_came, o);
	return office_wait(o);
}

/* How 200's contact is now. */
static void look_up(struct office *o, const char *id)
{
	db_contacts_get(o->db, "200", &id, 1, contacts_came, o);
	assert_int_equal(office_wait(o), 0);
}

static void add(struct office *o, const char *id, const char *name)
{
	const struct db_contact c = {.id = id,
				     .directory = DB_PERSONAL,
				     .owner = "200",
				     .last = name,
				     .picture = "made up",
				     .picture_key = "made up"};

	db_contacts_add(o->db, &c, 1, contacts_came, o);
	assert_int_equal(office_wait(o), 0);
}

static size_t rows(struct office *o)
{
	sqlite3_stmt *st;
	size_t n;

	/* First of all that a database is; its worker rests. */
	assert_int_equal(
		sqlite3_prepare_v2(o->db->disk.sql,
				   "SELECT count(*) FROM contact_picture", -1,
				   &st, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = (size_t)sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return n;
}

static int setup(void **state)
{
	int err = office_setup(state);

	office_add_user(*state, "200", "Emma", "Nutt", NULL);
	office_add_user(*state, "201", "Agner", "Erlang", NULL);
	add(*state, NULL, "Lovelace");
	add(*state, NULL, "Babbage");
	return err;
}

/* ---- one of them ------------------------------------------------------- */

static void a_picture_is_kept_and_told(void **state)
{
	struct office *o = *state;
	unsigned told = o->changes[12];
	char first[33];

	assert_int_equal(image_of(o, "200", "per:1"), ENOENT);
	assert_int_equal(set(o, "200", "per:1", "one"), 0);
	assert_int_equal(strlen(last.version), 32);
	assert_string_equal(last.key, "");
	snprintf(first, sizeof(first), "%s", last.version);
	assert_int_equal(o->changes[12], told + 1);
	assert_int_equal(image_of(o, "200", "per:1"), 0);
	assert_int_equal(last.len, 3);
	assert_memory_equal(last.bytes, "one", 3);
	assert_string_equal(last.version, first);
	/* another one has another version, and others have none */
	assert_int_equal(set(o, "200", "per:1", "two"), 0);
	assert_string_not_equal(last.version, first);
	look_up(o, "per:2");
	assert_string_equal(last.version, "");
	/* it is one's own business */
	assert_int_equal(image_of(o, "201", "per:1"), ENOENT);
	assert_int_equal(set(o, "201", "per:1", "three"), ENOENT);
	assert_int_equal(set(o, "201", "per:1", NULL), ENOENT);
	assert_int_equal(image_of(o, "200", "per:1"), 0);
	assert_memory_equal(last.bytes, "two", 3);
}

static void it_outlives_the_program_and_a_change(void **state)
{
	const struct db_contact changed = {.id = "per:1",
					   .directory = DB_PERSONAL,
					   .owner = "200",
					   .last = "King"};
	struct office *o = *state;

	assert_int_equal(set(o, "200", "per:1", "one"), 0);
	db_contact_change(o->db, &changed, office_done, o);
	assert_int_equal(office_wait(o), 0);
	office_close(o);
	office_open(o);
	look_up(o, "per:1");
	assert_string_equal(o->name[0], " King");
	assert_int_equal(strlen(last.version), 32);
	assert_int_equal(image_of(o, "200", "per:1"), 0);
	assert_memory_equal(last.bytes, "one", 3);
}

static void it_is_deleted(void **state)
{
	struct office *o = *state;
	unsigned told;

	assert_int_equal(set(o, "200", "per:1", "one"), 0);
	assert_int_equal(set(o, "200", "per:1", NULL), 0);
	assert_string_equal(last.version, "");
	assert_int_equal(image_of(o, "200", "per:1"), ENOENT);
	assert_int_equal(rows(o), 0);
	/* there is none: nothing has changed */
	told = o->changes[12];
	assert_int_equal(set(o, "200", "per:1", NULL), 0);
	assert_int_equal(o->changes[12], told);
}

static void it_goes_and_comes_back_with_its_contact(void **state)
{
	struct office *o = *state;

	assert_int_equal(set(o, "200", "per:1", "one"), 0);
	db_contact_remove(o->db, "200", "per:1", office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(image_of(o, "200", "per:1"), ENOENT);
	assert_int_equal(set(o, "200", "per:1", "two"), ENOENT);
	add(o, "per:1", "Lovelace");
	assert_int_equal(strlen(last.version), 32);
	assert_int_equal(image_of(o, "200", "per:1"), 0);
	assert_memory_equal(last.bytes, "one", 3);
	/* a new one begins without */
	add(o, NULL, "Lovelace");
	assert_string_equal(last.version, "");
	assert_string_equal(last.key, "");
}

static void in_an_hour_it_is_gone_for_good(void **state)
{
	struct office *o = *state;

	assert_int_equal(set(o, "200", "per:1", "one"), 0);
	assert_int_equal(set(o, "200", "per:2", "two"), 0);
	db_contact_remove(o->db, "200", "per:1", office_done, o);
	assert_int_equal(office_wait(o), 0);
	db_voicemail_expire(o->db, 0);
	db_sync(o->db, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(rows(o), 2);
	assert_int_equal(sqlite3_exec(o->db->disk.sql,
				      "UPDATE contact_picture SET"
				      " deleted_ms=deleted_ms-3600001"
				      " WHERE deleted_ms>0",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	db_voicemail_expire(o->db, 0);
	db_sync(o->db, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(rows(o), 1);
	assert_int_equal(image_of(o, "200", "per:2"), 0);
	db_account_remove(o->db, "200", office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(rows(o), 0);
}

static void there_are_so_many_and_no_more(void **state)
{
	struct office *o = *state;

	assert_int_equal(office_set(o, "contact_pictures_max", "1"), 0);
	assert_int_equal(set(o, "200", "per:1", "one"), 0);
	assert_int_equal(set(o, "200", "per:2", "two"), EDQUOT);
	/* another one in its place is no further one */
	assert_int_equal(set(o, "200", "per:1", "three"), 0);
	/* what waits to come back makes room */
	db_contact_remove(o->db, "200", "per:1", office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(set(o, "200", "per:2", "two"), 0);
	assert_int_equal(office_set(o, "contact_pictures_max", "0"), 0);
	assert_int_equal(set(o, "200", "per:2", NULL), 0);
	assert_int_equal(set(o, "200", "per:2", "two"), EDQUOT);
}

static void nobody_else_has_one(void **state)
{
	struct office *o = *state;

	assert_int_equal(set(o, "200", "per:99", "one"), ENOENT);
	assert_int_equal(set(o, "200", "int:201", "one"), ENOENT);
	assert_int_equal(set(o, "200", "sys:1", "one"), ENOENT);
	assert_int_equal(set(o, "", "per:1", "one"), ENOENT);
	assert_int_equal(set(o, "200", "", "one"), ENOENT);
	assert_int_equal(set(o, "200", "per:1", ""), EINVAL);
	assert_int_equal(image_of(o, "200", "int:201"), ENOENT);
	assert_int_equal(rows(o), 0);
}

/* The disk is full: one line, and the picture before it stays. */
static void a_full_disk_leaves_it_as_it_was(void **state)
{
	struct office *o = *state;
	struct disk *d = &o->db->disk;
	char *large = calloc(1, 200001);

	memset(large, 'x', 200000);
	assert_int_equal(set(o, "200", "per:1", "one"), 0);
	assert_int_equal(sqlite3_exec(d->sql, "PRAGMA max_page_count=1", NULL,
				      NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(set(o, "200", "per:1", large), ENOSPC);
	assert_int_equal(image_of(o, "200", "per:1"), 0);
	assert_memory_equal(last.bytes, "one", 3);
	free(large);
}

/* ---- brought by an import ---------------------------------------------- */

static void applied(int err, const struct db_applied *r, void *arg)
{
	memset(&last, 0, sizeof(last));
	if (r)
		last.applied = *r;
	office_done(err, arg);
}

/* A contact named by its key, with pictures "a" (an image), "b" (no good). */
static int import(struct office *o, const char *id, const char *key,
		  const char *picture)
{
	struct db_contact *c = calloc(1, sizeof(*c));
	struct db_picture *p = calloc(2, sizeof(*p));

	c->id = text_dup(id);
	c->key = text_dup(key);
	c->last = text_dup(key);
	c->picture_key = text_dup(picture);
	snprintf(p[0].key, sizeof(p[0].key), "b");
	snprintf(p[1].key, sizeof(p[1].key), "a");
	p[1].image = strdup("image");
	p[1].len = 5;
	db_contacts_apply(o->db, "200", c, 1, p, 2, applied, o);
	return office_wait(o);
}

static void an_import_brings_them(void **state)
{
	struct office *o = *state;

	assert_int_equal(import(o, "", "k", "a"), 0);
	assert_int_equal(last.applied.added, 1);
	assert_int_equal(last.applied.pictureless, 0);
	look_up(o, "per:3");
	assert_int_equal(strlen(last.version), 32);
	assert_string_equal(last.key, "a");
	assert_false(last.hand_made);
	assert_int_equal(image_of(o, "200", "per:3"), 0);
	assert_memory_equal(last.bytes, "image", 5);
	/* it stays; it stays and is called otherwise, since the new one is no
	   good; it goes */
	assert_int_equal(import(o, "per:3", "k", ""), 0);
	look_up(o, "per:3");
	assert_string_equal(last.key, "a");
	assert_int_equal(import(o, "per:3", "k", "b"), 0);
	look_up(o, "per:3");
	assert_string_equal(last.key, "b");
	assert_int_equal(strlen(last.version), 32);
	assert_int_equal(import(o, "per:3", "k", DB_NO_PICTURE), 0);
	look_up(o, "per:3");
	assert_string_equal(last.key, "");
	assert_string_equal(last.version, "");
}

static void one_that_is_no_good_is_known_again(void **state)
{
	struct office *o = *state;

	assert_int_equal(import(o, "", "k", "b"), 0);
	look_up(o, "per:3");
	assert_string_equal(last.key, "b");
	assert_string_equal(last.version, "");
	assert_int_equal(image_of(o, "200", "per:3"), ENOENT);
	/* it counts for nothing */
	assert_int_equal(office_set(o, "contact_pictures_max", "1"), 0);
	assert_int_equal(set(o, "200", "per:1", "one"), 0);
}

static void one_that_did_not_come_is_refused(void **state)
{
	struct office *o = *state;

	assert_int_equal(import(o, "", "k", "c"), EINVAL);
	assert_int_equal(
		import(o, "", "k", "0123456789abcdef0123456789abcdef0123"),
		EINVAL);
	db_contacts_get(o->db, "200", (const char *const[]){"per:3"}, 1,
			contacts_came, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(o->count, 0);
	/* what it has may be named */
	assert_int_equal(import(o, "", "k", "a"), 0);
	assert_int_equal(import(o, "per:3", "k", "c"), EINVAL);
	assert_int_equal(import(o, "per:3", "k", "a"), 0);
}

static void no_room_for_it_leaves_it_out(void **state)
{
	struct office *o = *state;

	assert_int_equal(office_set(o, "contact_pictures_max", "1"), 0);
	assert_int_equal(import(o, "", "k", "a"), 0);
	assert_int_equal(import(o, "", "l", "a"), 0);
	assert_int_equal(last.applied.added, 1);
	assert_int_equal(last.applied.pictureless, 1);
	look_up(o, "per:4");
	assert_string_equal(last.version, "");
	assert_string_equal(last.key, "");
}

static void by_hand_it_is_the_users(void **state)
{
	struct office *o = *state;

	assert_int_equal(import(o, "", "k", "a"), 0);
	assert_int_equal(set(o, "200", "per:3", "mine"), 0);
	assert_true(last.hand_made);
	assert_string_equal(last.key, "");
	assert_int_equal(import(o, "per:3", "k", "a"), EPROTO);
	/* one that no import has made is no other thing for it */
	assert_int_equal(set(o, "200", "per:1", "mine"), 0);
	assert_false(last.hand_made);
	/* to take away what is not there changes nothing */
	assert_int_equal(import(o, "", "l", ""), 0);
	assert_int_equal(set(o, "200", "per:4", NULL), 0);
	assert_false(last.hand_made);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, office_teardown)
	const struct CMUnitTest tests[] = {
		T(a_picture_is_kept_and_told),
		T(it_outlives_the_program_and_a_change),
		T(it_is_deleted),
		T(it_goes_and_comes_back_with_its_contact),
		T(in_an_hour_it_is_gone_for_good),
		T(there_are_so_many_and_no_more),
		T(nobody_else_has_one),
		T(a_full_disk_leaves_it_as_it_was),
		T(an_import_brings_them),
		T(one_that_is_no_good_is_known_again),
		T(one_that_did_not_come_is_refused),
		T(no_room_for_it_leaves_it_out),
		T(by_hand_it_is_the_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
