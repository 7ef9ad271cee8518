/**
 * @file db_import.c  Directories from files: what is taken, what is left out
 */
#include "office_fixture.h"

struct import {
	struct office *o;
	char path[80];
	size_t added, skipped, line, lines[ROWS];
	char problem[200], reason[200];
};

static void imported(int err, const struct db_import *r, void *arg)
{
	struct import *im = arg;

	im->added = r->added;
	im->skipped = r->skipped_count;
	im->line = r->line;
	snprintf(im->problem, sizeof(im->problem), "%s", r->problem);
	for (size_t i = 0; i < r->skipped_count && i < ROWS; i++)
		im->lines[i] = r->skipped[i].line;
	if (r->skipped_count)
		snprintf(im->reason, sizeof(im->reason), "%s",
			 r->skipped[0].reason);
	office_done(err, im->o);
}

static struct import file(struct office *o, const char *text)
{
	struct import im = {.o = o};
	FILE *f;

	snprintf(im.path, sizeof(im.path), "%s/in.csv", o->dir);
	f = fopen(im.path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	fclose(f);
	return im;
}

static int run(struct import *im, enum db_directory directory)
{
	int err;

	db_import(im->o->db, directory, im->path, imported, im);
	err = office_wait(im->o);
	unlink(im->path);
	return err;
}

static size_t find(struct office *o, enum db_directory dir, const char *query)
{
	const struct db_search s = {
		.viewer = "200",
		.query = query,
		.directory = dir,
		.limit = ROWS,
	};

	db_search(o->db, &s, office_found, o);
	assert_int_equal(office_wait(o), 0);
	return o->count;
}

static bool name_is_known(void *arg)
{
	struct office *o = arg;

	return text_equal(db_name_of(o->db, "200", "00891234"), "Emma Nutt");
}

static void contacts_come_into_their_directory(void **state)
{
	struct import im = file(*state, "Last, first ,business,E-MAIL\r\n");
	struct office *o = *state;

	office_munich(o);
	assert_int_equal(run(&im, DB_GLOBAL), EINVAL);
	assert_int_equal(im.line, 1);
	assert_non_null(strstr(im.problem, "E-MAIL"));

	im = file(o,
		  "Last, first ,business,EMAIL,company\r\n"
		  "Nutt,Emma,+49 (89) 1234,emma@example.com,\"Bell, Inc.\"\r\n"
		  ",,,,Zum Löwen\r\n"
		  "King,Ada,089 4321,,\r\n");
	assert_int_equal(run(&im, DB_GLOBAL), 0);
	assert_int_equal(im.added, 3);
	assert_int_equal(im.skipped, 0);
	assert_int_equal(find(o, DB_GLOBAL, "emma"), 1);
	assert_string_equal(o->name[0], "Emma Nutt");
	assert_int_equal(find(o, DB_GLOBAL, "lowen"), 1);
	assert_int_equal(find(o, DB_SYSTEM, "emma"), 0);
	/* Its number is found in other spellings, and known to calls. */
	assert_int_equal(find(o, DB_GLOBAL, "0891234"), 1);
	/* One without an access code is not taken for one with it. */
	assert_int_equal(find(o, DB_GLOBAL, "+49894321"), 1);
	assert_true(until(name_is_known, o));
}

static void what_cannot_be_is_left_out_and_told(void **state)
{
	struct import im = file(*state, "first,last,business,mobile\n"
					"Emma,Nutt,1,2\n"
					",,3,4\n"
					"Ada,King,x,\n"
					"Ada,\"King\"s,,\n"
					"Ada,King,1,2,3\n"
					"Emma,Nutt,1,2\n"
					"Grace,Hopper\n");
	static const size_t lines[] = {3, 4, 5, 6, 7};
	struct office *o = *state;

	assert_int_equal(run(&im, DB_EXTERNAL), 0);
	assert_int_equal(im.added, 2);
	assert_int_equal(im.skipped, 5);
	for (size_t i = 0; i < im.skipped; i++)
		assert_int_equal(im.lines[i], lines[i]);
	assert_int_equal(find(o, DB_EXTERNAL, ""), 2);

	/* Again: nothing comes twice, but in another directory it may. */
	im = file(o, "first,last,business,mobile\nEmma,Nutt,1,2\n");
	assert_int_equal(run(&im, DB_EXTERNAL), 0);
	assert_int_equal(im.added, 0);
	assert_string_equal(im.reason, "is there already");
	im = file(o, "first,last,business,mobile\nEmma,Nutt,1,2\n");
	assert_int_equal(run(&im, DB_SYSTEM), 0);
	assert_int_equal(im.added, 1);
}

static void all_or_nothing_is_added(void **state)
{
	struct import im = file(*state, "first\nEmma\nM\xfcller\nAda\n");
	struct office *o = *state;

	assert_int_equal(run(&im, DB_GLOBAL), EILSEQ);
	assert_int_equal(im.line, 3);
	assert_int_equal(im.added, 0);
	assert_int_equal(find(o, DB_GLOBAL, ""), 0);
}

static void files_that_are_none_are_refused(void **state)
{
	struct office *o = *state;
	struct import im = file(o, "");

	assert_int_equal(run(&im, DB_GLOBAL), EINVAL);
	assert_true(*im.problem);
	im = file(o, "first,last,first\nA,B,C\n");
	assert_int_equal(run(&im, DB_GLOBAL), EINVAL);
	/* Gone meanwhile; and those of others. */
	assert_int_equal(run(&im, DB_GLOBAL), ENOENT);
	assert_string_equal(im.problem, "");
	im = file(o, "first\nEmma\n");
	assert_int_equal(run(&im, DB_INTERNAL), EINVAL);
	im = file(o, "first\nEmma\n");
	assert_int_equal(run(&im, DB_PERSONAL), EINVAL);
}

static void hostile_text_is_cleaned(void **state)
{
	struct import im =
		file(*state, "first,last\nEm\x1b[31mma,\"Nu\ntt\"\n");
	struct office *o = *state;

	assert_int_equal(run(&im, DB_GLOBAL), 0);
	assert_int_equal(find(o, DB_GLOBAL, ""), 1);
	assert_null(strpbrk(o->name[0], "\x1b\n"));
}

int main(void)
{
#define T(test) \
	cmocka_unit_test_setup_teardown(test, office_setup, office_teardown)
	const struct CMUnitTest tests[] = {
		T(contacts_come_into_their_directory),
		T(what_cannot_be_is_left_out_and_told),
		T(all_or_nothing_is_added),
		T(files_that_are_none_are_refused),
		T(hostile_text_is_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
