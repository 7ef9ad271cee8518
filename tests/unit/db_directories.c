/**
 * @file db_directories.c  Contacts found, favourites and the journal kept
 */
#include "office_fixture.h"

static void add(struct office *o, enum db_directory dir, const char *owner,
		const char *first, const char *last, const char *number)
{
	const struct db_contact c = {
		.id = "",
		.directory = dir,
		.owner = owner,
		.first = first,
		.last = last,
		.number = {[DB_NUMBER_BUSINESS] = number},
	};

	db_contacts_add(o->db, &c, 1, office_contacts, o);
	assert_int_equal(office_wait(o), 0);
}

static size_t find_in(struct office *o, enum db_directory dir,
		      const char *query)
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

static size_t find(struct office *o, const char *query)
{
	return find_in(o, (enum db_directory)DB_ALL_DIRECTORIES, query);
}

static void fill(struct office *o)
{
	office_munich(o);
	office_add_user(o, "200", "Emma", "Nutt", NULL);
	office_add_user(o, "201", "Jörg", "Müller", NULL);
	add(o, DB_GLOBAL, "", "Renée", "Weiß", "+49 171 5550201");
	add(o, DB_GLOBAL, "", "Conor", "O'Neill", "+353 1 555 0100");
	add(o, DB_PERSONAL, "200", "Emil", "Baudot", "+49 (89) 7007-98765");
	add(o, DB_PERSONAL, "201", "Emilie", "Secret", "+49 30 1234");
	add(o, DB_SYSTEM, "", "", "Taxi", "0089 4711");
}

/* SPEC T5.1.1 */
static void every_beginning_of_a_name_finds_it_in_any_spelling(void **state)
{
	static const struct {
		const char *query;
		size_t count;
		const char *name;
	} rows[] = {
		{"em", 2, "Emma Nutt"},
		{"nutt", 1, "Emma Nutt"},
		{"nu em", 1, "Emma Nutt"},
		{"EMMA", 1, "Emma Nutt"},
		{"em*", 2, "Emma Nutt"},
		{"müll", 1, "Jörg Müller"},
		{"muell", 1, "Jörg Müller"},
		{"mull", 1, "Jörg Müller"},
		{"jo", 1, "Jörg Müller"},
		{"weiss", 1, "Renée Weiß"},
		{"weis", 1, "Renée Weiß"},
		{"weiß", 1, "Renée Weiß"},
		{"renee", 1, "Renée Weiß"},
		{"oneill", 1, "Conor O'Neill"},
		{"o'neill", 1, "Conor O'Neill"},
		{"neill", 1, "Conor O'Neill"},
		{"utt", 0, NULL},
		{"emma x", 0, NULL},
		{"%", 7 - 1, NULL},
		{"' OR 1=1", 0, NULL},
	};
	struct office *o = *state;

	fill(o);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = find(o, rows[i].query);

		if (n != rows[i].count)
			fail_msg("\"%s\" finds %zu", rows[i].query, n);
		if (rows[i].name)
			assert_string_equal(o->name[0], rows[i].name);
	}
}

static void numbers_are_found_as_they_are_written_or_dialled(void **state)
{
	static const struct {
		const char *query;
		const char *name;
	} rows[] = {
		{"201", "Jörg Müller"},
		{"+49 89 7007 9", "Emil Baudot"},
		{"+4989700798765", "Emil Baudot"},
		{"08970079", "Emil Baudot"},
		{"0049897007", "Emil Baudot"},
		{"000498970079", "Emil Baudot"},
		{"0171 555", "Renée Weiß"},
		{"00171555", "Renée Weiß"},
		{"+353", "Conor O'Neill"},
	};
	struct office *o = *state;

	fill(o);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (find(o, rows[i].query) != 1)
			fail_msg("\"%s\" finds %zu", rows[i].query, o->count);
		assert_string_equal(o->name[0], rows[i].name);
	}
	assert_int_equal(find(o, "999"), 0);
}

static void personal_contacts_are_nobody_elses(void **state)
{
	struct office *o = *state;
	const char *id[1];
	struct db_search s = {.viewer = "201",
			      .query = "emil",
			      .directory = DB_PERSONAL,
			      .limit = 5};
	char *other;

	fill(o);
	assert_int_equal(find_in(o, DB_PERSONAL, ""), 1);
	assert_string_equal(o->name[0], "Emil Baudot");
	db_search(o->db, &s, office_found, o);
	office_wait(o);
	assert_int_equal(o->count, 1);
	assert_string_equal(o->name[0], "Emilie Secret");
	other = strdup(o->id[0]);
	id[0] = other;
	db_contacts_get(o->db, "200", id, 1, office_contacts, o);
	office_wait(o);
	assert_int_equal(o->count, 0);
	db_contact_remove(o->db, "200", other, office_done, o);
	assert_int_equal(office_wait(o), ENOENT);
	assert_null(db_name_of(o->db, "200", "+49 30 1234"));
	assert_string_equal(db_name_of(o->db, "201", "+49 30 1234"),
			    "Emilie Secret");
	s.viewer = "";
	db_search(o->db, &s, office_found, o);
	office_wait(o);
	assert_int_equal(o->count, 0);
	free(other);
}

static void pages_follow_each_other_without_gap(void **state)
{
	struct office *o = *state;
	struct db_search s = {.viewer = "200",
			      .query = "",
			      .limit = 2,
			      .directory =
				      (enum db_directory)DB_ALL_DIRECTORIES};
	static const char *const order[] = {
		"Emma Nutt", "Jörg Müller",   "Emil Baudot",
		" Taxi",     "Conor O'Neill", "Renée Weiß",
	};

	fill(o);
	for (s.offset = 0; s.offset < 6; s.offset += 2) {
		db_search(o->db, &s, office_found, o);
		office_wait(o);
		assert_int_equal(o->total, 6);
		assert_int_equal(o->count, 2);
		assert_string_equal(o->name[0], order[s.offset]);
		assert_string_equal(o->name[1], order[s.offset + 1]);
	}
	db_search(o->db, &s, office_found, o);
	office_wait(o);
	assert_int_equal(o->count, 0);
	assert_int_equal(o->total, 6);
}

static void a_changed_contact_is_found_under_its_new_name_only(void **state)
{
	struct office *o = *state;
	struct db_contact c = {
		.directory = DB_PERSONAL,
		.owner = "200",
		.first = "Émile",
		.last = "Berliner",
		.number = {[DB_NUMBER_MOBILE] = "+49 172 1"},
	};
	char *id;

	fill(o);
	find(o, "baudot");
	id = strdup(o->id[0]);
	c.id = id;
	db_contact_change(o->db, &c, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(find(o, "baudot"), 0);
	assert_int_equal(find(o, "berl emile"), 1);
	assert_string_equal(o->id[0], id);
	assert_int_equal(find(o, "08970079"), 0);
	assert_null(db_name_of(o->db, "200", "+49 89 700798765"));
	assert_string_equal(db_name_of(o->db, "200", "00172 1"),
			    "Émile Berliner");
	db_contact_remove(o->db, "200", id, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(find(o, "berl"), 0);
	assert_null(db_name_of(o->db, "200", "+49 172 1"));
	c.id = "int:201";
	c.directory = DB_INTERNAL;
	db_contact_change(o->db, &c, office_done, o);
	assert_int_equal(office_wait(o), EPERM);
	free(id);
}

static bool is_baudot(void *arg)
{
	struct office *o = arg;

	return text_equal(db_name_of(o->db, "200", "00894711"), "Emil Baudot");
}

static void
dialling_parameters_that_change_change_what_numbers_are(void **state)
{
	struct office *o = *state;

	office_add_user(o, "200", "Emma", "Nutt", NULL);
	add(o, DB_GLOBAL, "", "Emil", "Baudot", "+49 89 4711");
	assert_int_equal(find(o, "0894711"), 0);
	assert_null(db_name_of(o->db, "200", "00894711"));
	office_munich(o);
	assert_int_equal(find(o, "0894711"), 1);
	/* The names are read anew by and by. */
	assert_true(until(is_baudot, o));
	office_close(o);
	office_open(o);
	assert_string_equal(db_name_of(o->db, "200", "04711"), "Emil Baudot");
}

static bool is_group(const struct office *o, size_t i, const char *name,
		     const char *members)
{
	return i < o->count && !strcmp(o->name[i], name) &&
	       !strcmp(o->number[i], members);
}

static void edit(struct office *o, enum db_favourite what, const char *group,
		 const char *subject, int err)
{
	const struct db_favourite_edit e = {
		.what = what,
		.group = group,
		.contact = subject,
		.name = subject,
	};

	db_favourite_edit(o->db, "200", &e, office_groups, o);
	assert_int_equal(office_wait(o), err);
}

static void favourites_are_edited_and_keep_their_ids(void **state)
{
	struct office *o = *state;
	char *work, *home;

	fill(o);
	edit(o, DB_FAVOURITE_ADD, "Work", "int:201", 0);
	edit(o, DB_FAVOURITE_ADD, "Work", "int:201", 0);
	edit(o, DB_FAVOURITE_ADD, "Work", "int:299", ENOENT);
	edit(o, DB_FAVOURITE_ADD, "Work", "nonsense", ENOENT);
	edit(o, DB_FAVOURITE_ADD, "Home", "int:200", 0);
	assert_int_equal(o->count, 2);
	assert_true(is_group(o, 0, "Work", "int:201"));
	assert_true(is_group(o, 1, "Home", "int:200"));
	work = strdup(o->id[0]);
	home = strdup(o->id[1]);
	edit(o, DB_FAVOURITE_RENAME, work, "Home", EEXIST);
	edit(o, DB_FAVOURITE_RENAME, work, "Büro", 0);
	assert_true(is_group(o, 0, "Büro", "int:201"));
	assert_string_equal(o->id[0], work);
	edit(o, DB_FAVOURITE_REMOVE, home, "int:201", 0);
	assert_true(is_group(o, 1, "Home", "int:200"));
	edit(o, DB_FAVOURITE_REMOVE, home, "int:200", 0);
	assert_true(is_group(o, 1, "Home", ""));
	edit(o, DB_FAVOURITE_DELETE, work, "", 0);
	assert_true(is_group(o, 0, "Home", ""));
	edit(o, DB_FAVOURITE_DELETE, work, "", ENOENT);
	assert_string_equal(o->id[0] ? o->id[0] : home, home);
	/* Another's group is none. */
	db_favourite_edit(o->db, "201",
			  &(struct db_favourite_edit){
				  .what = DB_FAVOURITE_DELETE, .group = home},
			  office_groups, o);
	assert_int_equal(office_wait(o), ENOENT);
	office_close(o);
	office_open(o);
	db_favourites(o->db, "200", office_groups, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(o->count, 1);
	free(work);
	free(home);
}

static void move(struct office *o, const char *group, const char *contact,
		 int steps, int err)
{
	const struct db_favourite_edit e = {
		.what = DB_FAVOURITE_MOVE,
		.group = group,
		.contact = contact,
		.steps = steps,
	};

	db_favourite_edit(o->db, "200", &e, office_groups, o);
	assert_int_equal(office_wait(o), err);
}

static void favourites_move_within_and_between_groups(void **state)
{
	struct office *o = *state;
	char *a, *b;

	fill(o);
	edit(o, DB_FAVOURITE_ADD, "A", "int:200,int:201", 0);
	a = strdup(o->id[0]);
	edit(o, DB_FAVOURITE_ADD, "B", "int:201", 0);
	b = strdup(o->id[1]);
	move(o, a, "int:200", 1, 0);
	assert_true(is_group(o, 0, "A", "int:201 int:200"));
	/* out of one it is the first of the next … */
	move(o, a, "int:200", 1, 0);
	assert_true(is_group(o, 0, "A", "int:201"));
	assert_true(is_group(o, 1, "B", "int:200 int:201"));
	/* … and where it is already, it is once */
	move(o, a, "int:201", 1, 0);
	assert_true(is_group(o, 0, "A", ""));
	assert_true(is_group(o, 1, "B", "int:201 int:200"));
	move(o, b, "int:200", 5, 0);
	assert_true(is_group(o, 1, "B", "int:201 int:200"));
	move(o, b, "int:200", -2, 0);
	assert_true(is_group(o, 0, "A", "int:200"));
	assert_true(is_group(o, 1, "B", "int:201"));
	/* groups themselves */
	move(o, a, "", 1, 0);
	assert_true(is_group(o, 0, "B", "int:201"));
	assert_string_equal(o->id[1], a);
	move(o, a, "", 7, 0);
	move(o, a, "", -7, 0);
	assert_true(is_group(o, 0, "A", "int:200"));
	move(o, a, "int:201", 1, ENOENT);
	move(o, "999", "", 1, ENOENT);
	free(a);
	free(b);
}

static void replaced_favourites_leave_out_whom_nobody_knows(void **state)
{
	static const struct db_member members[] = {
		{"int:201", ""},
		{"per:999", ""},
		{"int:200", "+49 1"},
	};
	static const struct db_group groups[] = {
		{"", "One", members, 3},
		{"77", "Two", NULL, 0},
	};
	struct office *o = *state;

	fill(o);
	db_favourites_set(o->db, "200", groups, 2, office_groups, o);
	assert_int_equal(office_wait(o), 0);
	assert_true(is_group(o, 0, "One", "int:201 int:200"));
	assert_true(is_group(o, 1, "Two", ""));
	/* An id that was not there before is not given to anybody. */
	assert_string_not_equal(o->id[1], "77");
	db_favourites_set(o->db, "299", groups, 2, office_groups, o);
	assert_int_equal(office_wait(o), ENOENT);
	db_favourites_set(o->db, "200", NULL, 0, office_groups, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(o->count, 0);
}

static int64_t file(struct office *o, enum db_entry_kind kind,
		    const char *number)
{
	const struct db_entry e = {
		.owner = "200",
		.kind = kind,
		.at_ms = 1000,
		.duration_s = 7,
		.number = number,
		.name = "Somebody",
		.unread = kind == DB_IN_MISSED,
	};

	db_journal_add(o->db, &e, office_entries, o);
	assert_int_equal(office_wait(o), 0);
	return o->entry[0].id;
}

static void marked(int err, size_t count, void *arg)
{
	struct office *o = arg;

	o->count = count;
	office_done(err, o);
}

static void the_journal_is_read_in_pages_newest_first(void **state)
{
	struct office *o = *state;
	int64_t id[5];

	fill(o);
	for (int i = 0; i < 5; i++)
		id[i] = file(o, i % 2 ? DB_IN_MISSED : DB_OUT_ANSWERED,
			     i % 2 ? "+49 171 5550201" : "");
	db_journal_read(o->db, "200", "", 0, 3, office_entries, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(o->count, 3);
	assert_true(o->more);
	assert_int_equal(o->entry[0].id, id[4]);
	assert_int_equal(o->entry[0].duration_s, 7);
	db_journal_read(o->db, "200", "", o->entry[2].id, 3, office_entries, o);
	office_wait(o);
	assert_int_equal(o->count, 2);
	assert_false(o->more);
	/* In whichever spelling. */
	db_journal_read(o->db, "200", "00171 5550201", 0, 9, office_entries, o);
	office_wait(o);
	assert_int_equal(o->count, 2);
	db_journal_read(o->db, "200", "-", 0, 9, office_entries, o);
	office_wait(o);
	assert_int_equal(o->count, 3);
	db_journal_read(o->db, "201", "", 0, 9, office_entries, o);
	office_wait(o);
	assert_int_equal(o->count, 0);
	db_journal_mark(o->db, "201", id, 5, marked, o);
	office_wait(o);
	assert_int_equal(o->count, 0);
	db_journal_mark(o->db, "200", id, 5, marked, o);
	office_wait(o);
	assert_int_equal(o->count, 2);
	db_journal_mark(o->db, "200", id, 5, marked, o);
	office_wait(o);
	assert_int_equal(o->count, 0);
}

struct filed {
	struct office *o;
	unsigned left;
	int err[8];
	int64_t id[8];
	unsigned count;
};

static void filed(int err, const struct db_entry *e, size_t count, bool more,
		  void *arg)
{
	struct filed *f = arg;

	(void)more;
	f->err[f->count] = err;
	f->id[f->count++] = count && !err ? e->id : 0;
	if (!--f->left)
		office_done(0, f->o);
}

/* They share a transaction while the disk is slower than they come: one that
   cannot be filed takes none of the others along. */
static void entries_that_come_together_are_filed_each(void **state)
{
	struct office *o = *state;
	struct filed f = {.o = o, .left = 6};
	struct db_entry e = {.kind = DB_OUT_ANSWERED, .number = "202"};

	fill(o);
	for (unsigned i = 0; i < 6; i++) {
		/* it goes behind the first, before the others are written */
		if (i == 1)
			db_account_remove(o->db, "201", NULL, NULL);
		e.owner = i == 3 ? "201" : "200";
		db_journal_add(o->db, &e, filed, &f);
	}
	assert_int_equal(office_wait(o), 0);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(f.err[i], i == 3 ? ENOENT : 0);
		if (i && i != 3)
			assert_true(f.id[i] > f.id[i == 4 ? 2 : i - 1]);
	}
	/* what is asked for after them sees them all */
	e.owner = "200";
	for (unsigned i = 0; i < 8; i++)
		db_journal_add(o->db, &e, NULL, NULL);
	db_journal_read(o->db, "200", "", 0, 20, office_entries, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(o->count, 5 + 8);
}

/* A call files two entries, so that one owner's ids may all be odd. */
static void no_journal_grows_without_end(void **state)
{
	enum { KEPT = 5000, MORE = 2000 };
	struct office *o = *state;
	struct db_entry e = {.kind = DB_OUT_ANSWERED, .number = "201"};
	size_t n = 0;

	fill(o);
	for (int i = 0; i < KEPT + MORE; i++) {
		e.owner = "200";
		db_journal_add(o->db, &e, NULL, NULL);
		e.owner = "201";
		db_journal_add(o->db, &e, NULL, NULL);
	}
	for (int i = 0; i < 2; i++) {
		const char *owner = i ? "201" : "200";
		int64_t before = 0;

		n = 0;
		do {
			db_journal_read(o->db, owner, "", before, ROWS,
					office_entries, o);
			assert_int_equal(office_wait(o), 0);
			n += o->count;
			before = o->count ? o->entry[o->count - 1].id : 0;
		} while (o->more);
		assert_in_range(n, KEPT, KEPT + MORE / 2);
	}
}

static void people_are_found_by_all_their_numbers(void **state)
{
	static const char *const of_201[] = {
		"201",		 "+49 89 7007 201",
		"07007201",	 "+49 172 555 0201",
		"00172 5550201", "00049304711",
	};
	struct office *o = *state;
	const struct db_account_prm prm = {
		.extension = "201",
		.mobile = "+49 172 5550201",
		.private_number = "+49 (0)30 4711",
		.licensed = -1,
		.must_change = -1,
		.can = -1,
	};
	char *id;

	fill(o);
	db_account_change(o->db, &prm, office_done, o);
	assert_int_equal(office_wait(o), 0);
	for (size_t i = 0; i < sizeof(of_201) / sizeof(of_201[0]); i++) {
		const char *name = db_name_of(o->db, "200", of_201[i]);

		if (!text_equal(name, "Jörg Müller"))
			fail_msg("%s is %s", of_201[i], name ? name : "nobody");
	}
	id = db_contact_of(o->db, "200", "+491725550201");
	assert_string_equal(id, "int:201");
	free(id);
	assert_int_equal(find(o, "+4930471"), 1);
	assert_int_equal(find(o, "0172 555"), 1);
	/* Read by other rules, it is another number. */
	office_set(o, "area", "30");
	assert_string_equal(db_name_of(o->db, "200", "04711"), "Jörg Müller");
	assert_null(db_name_of(o->db, "200", "+49 89 7007 201"));
	/* Nor does a number stay whose account goes. */
	db_account_remove(o->db, "201", office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_null(db_name_of(o->db, "200", "04711"));
}

static bool taxi_is_known(void *arg)
{
	struct office *o = arg;
	const char *name = db_name_of(o->db, "200", "+49 89 471100");

	return text_equal(name, "Taxi");
}

/* What is longer than an extension leads outside: when the first extensions
   come, numbers that were filed before are read anew. */
static void numbers_are_read_by_the_extensions_there_are(void **state)
{
	struct office *o = *state;

	office_munich(o);
	add(o, DB_SYSTEM, "", "", "Taxi", "471100");
	assert_false(taxi_is_known(o));
	office_add_user(o, "200", "Emma", "Nutt", NULL);
	assert_true(until(taxi_is_known, o));
	assert_int_equal(find(o, "+4989 4711"), 1);
	assert_int_equal(office_set(o, "extension_max", "6"), 0);
	assert_int_equal(find(o, "+4989 4711"), 0);
	assert_int_equal(office_set(o, "extension_max", NULL), 0);
	assert_true(until(taxi_is_known, o));
	assert_int_equal(find(o, "+4989 4711"), 1);
}

static void only_dialling_parameters_are_the_servers(void **state)
{
	static const struct {
		const char *name, *value;
	} bad[] = {
		{"contry", "49"},	   {"country", "+49"},
		{"country", "12345678"},   {"access", "0 "},
		{"extension_max", "many"}, {"area", "8\xd9\xa9"},
	};
	struct office *o = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (office_set(o, bad[i].name, bad[i].value) != EINVAL)
			fail_msg("%s %s", bad[i].name, bad[i].value);
	assert_int_equal(office_set(o, "access", ""), 0);
	assert_int_equal(office_set(o, "extension_max", "4"), 0);
}

static void pages_go_from_accounts_to_directories(void **state)
{
	struct office *o = *state;
	struct db_search s = {
		.viewer = "200",
		.query = "e",
		.directory = (enum db_directory)DB_ALL_DIRECTORIES,
		.limit = 2,
	};

	fill(o);
	office_add_user(o, "205", "Erna", "Nutt", NULL);
	office_add_user(o, "204", "Erik", "Nutt", NULL);
	db_search(o->db, &s, office_found, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(o->total, 4);
	assert_int_equal(o->count, 2);
	assert_string_equal(o->id[0], "int:200");
	assert_string_equal(o->id[1], "int:204");
	s.offset = 2;
	db_search(o->db, &s, office_found, o);
	office_wait(o);
	assert_int_equal(o->total, 4);
	assert_int_equal(o->count, 2);
	assert_string_equal(o->id[0], "int:205");
	assert_string_equal(o->name[1], "Emil Baudot");
	s.offset = 4;
	db_search(o->db, &s, office_found, o);
	office_wait(o);
	assert_int_equal(o->total, 4);
	assert_int_equal(o->count, 0);
	s.offset = 0;
	s.directory = DB_INTERNAL;
	db_search(o->db, &s, office_found, o);
	office_wait(o);
	assert_int_equal(o->total, 3);
	s.directory = DB_PERSONAL;
	db_search(o->db, &s, office_found, o);
	office_wait(o);
	assert_int_equal(o->total, 1);
}

static void what_an_account_had_goes_with_it(void **state)
{
	struct office *o = *state;

	fill(o);
	file(o, DB_IN_MISSED, "201");
	edit(o, DB_FAVOURITE_ADD, "Work", "int:201", 0);
	db_setting_set(o->db, "200", "colour", "blue", office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_string_equal(db_setting(o->db, "200", "colour"), "blue");
	db_account_remove(o->db, "200", office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_null(db_setting(o->db, "200", "colour"));
	office_add_user(o, "200", "Some", "Other", NULL);
	assert_int_equal(find_in(o, DB_PERSONAL, ""), 0);
	assert_int_equal(find_in(o, DB_PERSONAL, "emil"), 0);
	assert_null(db_name_of(o->db, "200", "+49 89 700798765"));
	db_journal_read(o->db, "200", "", 0, 9, office_entries, o);
	office_wait(o);
	assert_int_equal(o->count, 0);
	db_favourites(o->db, "200", office_groups, o);
	office_wait(o);
	assert_int_equal(o->count, 0);
	db_setting_set(o->db, "299", "colour", "blue", office_done, o);
	assert_int_equal(office_wait(o), ENOENT);
}

static void a_large_directory_is_imported_and_searched(void **state)
{
	enum { MANY = 20000 };
	struct office *o = *state;
	struct db_contact *c = calloc(MANY, sizeof(*c));

	assert_non_null(c);
	office_add_user(o, "200", "Emma", "Nutt", NULL);
	for (int i = 0; i < MANY; i++) {
		c[i].id = c[i].owner = "";
		c[i].directory = DB_GLOBAL;
		c[i].first = text_printf("First%d", i);
		c[i].last = text_printf("Last%d", i % 97);
		c[i].number[DB_NUMBER_BUSINESS] = text_printf("+49 30 %06d", i);
	}
	db_contacts_add(o->db, c, MANY, office_contacts, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(o->count, MANY);
	assert_int_equal(find(o, "first19999"), 1);
	assert_int_equal(find(o, "last96 first1"), ROWS);
	assert_int_equal(find(o, "+4930019999"), 1);
	find(o, "first");
	assert_int_equal(o->total, DB_TOTAL_MAX);
	find(o, "");
	assert_int_equal(o->total, MANY + 1);
	/* One word for all of them. */
	assert_int_equal(o->changes[4], 1);
	for (int i = 0; i < MANY; i++) {
		free((char *)c[i].first);
		free((char *)c[i].last);
		free((char *)c[i].number[DB_NUMBER_BUSINESS]);
	}
	free(c);
}

int main(void)
{
#define T(test) \
	cmocka_unit_test_setup_teardown(test, office_setup, office_teardown)
	const struct CMUnitTest tests[] = {
		T(every_beginning_of_a_name_finds_it_in_any_spelling),
		T(numbers_are_found_as_they_are_written_or_dialled),
		T(personal_contacts_are_nobody_elses),
		T(pages_follow_each_other_without_gap),
		T(a_changed_contact_is_found_under_its_new_name_only),
		T(dialling_parameters_that_change_change_what_numbers_are),
		T(favourites_are_edited_and_keep_their_ids),
		T(favourites_move_within_and_between_groups),
		T(replaced_favourites_leave_out_whom_nobody_knows),
		T(the_journal_is_read_in_pages_newest_first),
		T(entries_that_come_together_are_filed_each),
		T(no_journal_grows_without_end),
		T(people_are_found_by_all_their_numbers),
		T(numbers_are_read_by_the_extensions_there_are),
		T(only_dialling_parameters_are_the_servers),
		T(pages_go_from_accounts_to_directories),
		T(what_an_account_had_goes_with_it),
		T(a_large_directory_is_imported_and_searched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
