/**
 * @file db_pictures.c  Pictures of accounts: kept, told, gone with them
 */
#include "office_fixture.h"

struct image {
	bool done;
	int err;
	char version[64];
	char bytes[64];
	size_t len;
};

static void image_came(int err, const char *version, const void *image,
		       size_t len, void *arg)
{
	struct image *i = arg;

	i->err = err;
	if (!err) {
		snprintf(i->version, sizeof(i->version), "%s", version);
		assert_true(len <= sizeof(i->bytes));
		memcpy(i->bytes, image, len);
		i->len = len;
	}
	i->done = true;
}

static bool image_is_there(void *arg)
{
	return ((struct image *)arg)->done;
}

static struct image image_of(struct office *o, const char *extension)
{
	struct image i = {.done = false};

	db_picture(o->db, extension, image_came, &i);
	assert_true(until(image_is_there, &i));
	return i;
}

static int set(struct office *o, const char *extension, const char *image)
{
	db_picture_set(o->db, extension, image, image ? strlen(image) : 0,
		       office_done, o);
	return office_wait(o);
}

static int setup(void **state)
{
	int err = office_setup(state);

	office_add_user(*state, "200", "Emma", "Nutt", NULL);
	office_add_user(*state, "201", "Agner", "Erlang", NULL);
	return err;
}

static void a_picture_is_kept_and_told(void **state)
{
	struct office *o = *state;
	unsigned told = o->changes[0];
	struct image i;

	assert_string_equal(db_account(o->db, "200")->picture, "");
	assert_int_equal(image_of(o, "200").err, ENOENT);
	assert_int_equal(set(o, "200", "one"), 0);
	assert_int_equal(o->changes[0], told + 1);
	i = image_of(o, "200");
	assert_int_equal(i.err, 0);
	assert_int_equal(i.len, 3);
	assert_memory_equal(i.bytes, "one", 3);
	assert_string_equal(i.version, db_account(o->db, "200")->picture);
	/* another one has another version, and others have theirs */
	assert_int_equal(set(o, "200", "two"), 0);
	assert_string_not_equal(i.version, db_account(o->db, "200")->picture);
	assert_string_equal(db_account(o->db, "201")->picture, "");
}

static void it_outlives_the_program(void **state)
{
	struct office *o = *state;
	struct image i;

	assert_int_equal(set(o, "200", "one"), 0);
	office_close(o);
	office_open(o);
	i = image_of(o, "200");
	assert_int_equal(i.err, 0);
	assert_memory_equal(i.bytes, "one", 3);
}

static void it_is_deleted(void **state)
{
	struct office *o = *state;

	assert_int_equal(set(o, "200", "one"), 0);
	assert_int_equal(set(o, "200", NULL), 0);
	assert_string_equal(db_account(o->db, "200")->picture, "");
	assert_int_equal(image_of(o, "200").err, ENOENT);
	assert_int_equal(set(o, "200", NULL), 0);
}

static void it_goes_with_its_account(void **state)
{
	struct office *o = *state;

	assert_int_equal(set(o, "200", "one"), 0);
	db_account_remove(o->db, "200", office_done, o);
	assert_int_equal(office_wait(o), 0);
	office_add_user(o, "200", "Emma", "Nutt", NULL);
	assert_string_equal(db_account(o->db, "200")->picture, "");
	assert_int_equal(image_of(o, "200").err, ENOENT);
}

static void nobody_else_has_one(void **state)
{
	static const struct db_account_prm trunk = {
		.extension = "outside",
		.licensed = -1,
		.must_change = -1,
		.can = -1,
		.trunk = true,
	};
	struct office *o = *state;

	db_account_add(o->db, &trunk, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(set(o, "outside", "one"), ENOENT);
	assert_int_equal(set(o, "999", "one"), ENOENT);
	assert_int_equal(set(o, "", "one"), EINVAL);
	assert_int_equal(set(o, "200", ""), EINVAL);
	assert_int_equal(image_of(o, "999").err, ENOENT);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, office_teardown)
	const struct CMUnitTest tests[] = {
		T(a_picture_is_kept_and_told),
		T(it_outlives_the_program),
		T(it_is_deleted),
		T(it_goes_with_its_account),
		T(nobody_else_has_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
