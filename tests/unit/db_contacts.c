/**
 * @file db_contacts.c  Imports of personal contacts: all or nothing
 */
#include "office_fixture.h"
#include "../../src/server/db/db_int.h"

enum { MANY = 600 };

struct applied {
	struct office *o;
	size_t added, updated;
};

static void applied(int err, const struct db_applied *r, void *arg)
{
	struct applied *a = arg;

	a->added = err ? 0 : r->added;
	a->updated = err ? 0 : r->updated;
	office_done(err, a->o);
}

static int apply(struct applied *a, const struct db_contact *c, size_t count)
{
	/* Its own from then on. */
	struct db_contact *own = calloc(count + 1, sizeof(*own));

	for (size_t i = 0; i < count; i++) {
		own[i].id = text_dup(c[i].id);
		own[i].key = text_dup(c[i].key);
		own[i].last = text_dup(c[i].last);
		own[i].number[DB_NUMBER_MOBILE] =
			text_dup(c[i].number[DB_NUMBER_MOBILE]);
	}
	db_contacts_apply(a->o->db, "200", own, count, NULL, 0, applied, a);
	return office_wait(a->o);
}

static size_t found(struct office *o, const char *query)
{
	const struct db_search s = {.viewer = "200",
				    .query = query,
				    .directory = DB_PERSONAL,
				    .limit = 10};

	db_search(o->db, &s, office_found, o);
	assert_int_equal(office_wait(o), 0);
	return o->total;
}

static struct db_contact *make(size_t count)
{
	struct db_contact *c = calloc(count, sizeof(*c));

	for (size_t i = 0; i < count; i++) {
		c[i].key = text_printf("k%zu", i);
		c[i].last = text_printf("Name%zu", i);
		c[i].number[DB_NUMBER_MOBILE] = text_printf("+49 171 %zu", i);
	}
	return c;
}

static void drop(struct db_contact *c, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free((char *)c[i].key);
		free((char *)c[i].last);
		free((char *)c[i].number[DB_NUMBER_MOBILE]);
	}
	free(c);
}

static bool last_is_named(void *arg)
{
	return text_equal(
		db_name_of(((struct office *)arg)->db, "200", "+49 171 599"),
		"Name599");
}

static void many_are_written_found_and_named(void **state)
{
	struct applied a = {.o = *state};
	struct db_contact *c = make(MANY),
			  one = {.key = "k7", .last = "Changed"};

	office_add_user(a.o, "200", "Emma", "Nutt", "Pass-Word 1");
	a.o->changes[4] = 0;
	assert_int_equal(apply(&a, c, MANY), 0);
	assert_int_equal(a.added, MANY);
	assert_int_equal(a.updated, 0);
	/* One word for all of them. */
	assert_int_equal(a.o->changes[4], 1);
	assert_int_equal(found(a.o, ""), MANY);
	assert_true(until(last_is_named, a.o));
	assert_int_equal(found(a.o, "name7"), 1 + 10);
	one.id = "per:8";
	assert_int_equal(apply(&a, &one, 1), 0);
	assert_int_equal(a.updated, 1);
	assert_int_equal(found(a.o, "changed"), 1);
	assert_int_equal(found(a.o, "name7"), 10);
	drop(c, MANY);
}

static void what_is_wrong_changes_nothing(void **state)
{
	struct applied a = {.o = *state};
	struct db_contact *c = make(3);
	const char *kept = c[2].key;

	assert_int_equal(apply(&a, c, 3), ENOENT); /* no such account */
	office_add_user(a.o, "200", "Emma", "Nutt", "Pass-Word 1");
	c[2].id = "per:99";
	assert_int_equal(apply(&a, c, 3), EPROTO);
	c[2].id = "int:200";
	assert_int_equal(apply(&a, c, 3), EINVAL);
	c[2].id = "";
	c[2].key = "";
	assert_int_equal(apply(&a, c, 3), EINVAL);
	c[2].key = kept;
	assert_int_equal(apply(&a, c, 0), EINVAL);
	assert_int_equal(office_set(a.o, "contacts_max", "2"), 0);
	assert_int_equal(apply(&a, c, 3), EDQUOT);
	assert_int_equal(found(a.o, ""), 0);
	assert_int_equal(apply(&a, c, 2), 0);
	assert_int_equal(found(a.o, ""), 2);
	drop(c, 3);
}

/* The disk is full when half of them are written. */
static void a_full_disk_leaves_all_as_it_was(void **state)
{
	struct applied a = {.o = *state};
	/* First of all that a database is; its worker rests. */
	struct disk *d = &a.o->db->disk;
	struct db_contact *c = make(MANY);

	office_add_user(a.o, "200", "Emma", "Nutt", "Pass-Word 1");
	assert_int_equal(apply(&a, c, 2), 0);
	assert_int_equal(sqlite3_exec(d->sql, "PRAGMA max_page_count=1", NULL,
				      NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(apply(&a, c + 2, MANY - 2), ENOSPC);
	assert_int_equal(found(a.o, ""), 2);
	assert_int_equal(sqlite3_exec(d->sql, "PRAGMA max_page_count=1000000",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(apply(&a, c + 2, MANY - 2), 0);
	assert_int_equal(found(a.o, ""), MANY);
	drop(c, MANY);
}

int main(void)
{
#define T(test) \
	cmocka_unit_test_setup_teardown(test, office_setup, office_teardown)
	const struct CMUnitTest tests[] = {
		T(many_are_written_found_and_named),
		T(what_is_wrong_changes_nothing),
		T(a_full_disk_leaves_all_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
