/**
 * @file uc_search.c  Searching: what matches, and what comes first
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <offhook/client/uc.h>

static const struct proto_dial_params munich = {
	.country = "49",
	.area = "89",
	.location = "7007",
	.access = "0",
	.national = "0",
	.international = "00",
	.extension_max = 3,
};

static struct uc_contact *put(struct uc *uc, const char *id, const char *name,
			      enum uc_directory d, const char *number)
{
	struct uc_number n = {UC_NUMBER_INTERNAL, (char *)number};
	struct uc_contact_prm prm = {
		.id = id,
		.name = name,
		.directory = d,
		.device = d == UC_INTERNAL ? number : NULL,
		.numbers = &n,
		.number_count = 1,
	};
	struct uc_contact *c = NULL;

	assert_int_equal(uc_contact_put(uc, &prm, &c), 0);
	return c;
}

static struct uc *make(void)
{
	struct uc *uc = NULL;

	assert_int_equal(uc_alloc(&uc), 0);
	assert_int_equal(uc_set_dial_params(uc, &munich), 0);
	put(uc, "int:201", "Agner Erlang", UC_INTERNAL, "201");
	put(uc, "int:202", "Hedy Lamarr", UC_INTERNAL, "202");
	put(uc, "int:210", "Jürgen Groß", UC_INTERNAL, "210");
	put(uc, "sys:17", "Ericsson, service", UC_SYSTEM, "*17");
	put(uc, "glo:1", "Erika Mustermann", UC_GLOBAL, "+49 171 5550201");
	put(uc, "glo:2", "Adele Erlang", UC_GLOBAL, "+44 20 7946 0018");
	put(uc, "glo:3", "René Müller", UC_GLOBAL, "+49 89 7007999999");
	return uc;
}

/** All hits, "a,b,c". */
static char *hits(struct uc *uc, const char *query, enum uc_directory d)
{
	struct text_buf b = {0};
	struct uc_search *s = NULL;
	size_t i;

	assert_int_equal(uc_search_alloc(&s, uc, query, d), 0);
	uc_search_local(s);
	for (i = 0; i < uc_search_count(s); i++)
		text_buf_printf(&b, "%s%s", i ? "," : "",
				uc_search_at(s, i)->id);
	mem_deref(s);
	return text_buf_take(&b);
}

static void expect(struct uc *uc, const char *query, const char *ids)
{
	char *got = hits(uc, query, UC_ALL_DIRECTORIES);

	if (strcmp(got, ids))
		print_error("query \"%s\"\n", query);
	assert_string_equal(got, ids);
	free(got);
}

static void by_any_beginning_of_a_name(void **state)
{
	struct uc *uc = make();
	(void)state;

	expect(uc, "lam", "int:202");
	expect(uc, "HEDY", "int:202");
	expect(uc, "hedy lam", "int:202");
	expect(uc, "lam hedy", "int:202");
	expect(uc, "lam*", "int:202");
	expect(uc, "edy", "");
	expect(uc, "hedy x", "");
	mem_deref(uc);
}

static void umlauts_both_ways(void **state)
{
	struct uc *uc = make();
	(void)state;

	expect(uc, "jurgen", "int:210");
	expect(uc, "juergen", "int:210");
	expect(uc, "jürg", "int:210");
	expect(uc, "gross", "int:210");
	expect(uc, "groß", "int:210");
	expect(uc, "rene", "glo:3");
	expect(uc, "mueller", "glo:3");
	expect(uc, "muller", "glo:3");
	mem_deref(uc);
}

static void by_number(void **state)
{
	struct uc *uc = make();
	(void)state;

	expect(uc, "201", "int:201");
	expect(uc, "20", "int:201,int:202");
	expect(uc, "+44 20", "glo:2");
	expect(uc, "0171", "glo:1");
	expect(uc, "0049171", "glo:1");
	expect(uc, "*17", "sys:17");
	mem_deref(uc);
}

static void internal_first_then_the_better_beginning(void **state)
{
	struct uc *uc = make();
	(void)state;

	expect(uc, "er", "int:201,sys:17,glo:1,glo:2");
	mem_deref(uc);
}

static void favourites_before_all(void **state)
{
	const char *ids[] = {"glo:2"};
	const struct uc_group_prm g = {"g", "G", ids, 1};
	struct uc *uc = make();
	(void)state;

	assert_int_equal(uc_groups_replace(uc, &g, 1), 0);
	expect(uc, "er", "glo:2,int:201,sys:17,glo:1");
	mem_deref(uc);
}

static void one_from_several_directories_stands_once(void **state)
{
	struct uc *uc = make();
	(void)state;

	put(uc, "ext:1", "Erlang, Agner", UC_EXTERNAL, "+49 89 7007-201");
	put(uc, "ext:2", "Agner Erlang", UC_EXTERNAL, "+49 89 7007-201");
	put(uc, "per:2", "Adele Erlang", UC_PERSONAL, "+44 2079460018");
	put(uc, "ext:3", "Adele Erlang", UC_EXTERNAL, "0004420 7946 0018");
	put(uc, "ext:4", "Adele Erlang", UC_EXTERNAL, "+44 20 7946 0019");
	/* Who has another number, or another name, may be another one. */
	expect(uc, "adele", "per:2,ext:4");
	expect(uc, "agner erl", "int:201,ext:1");
	/* In one directory all of it is shown. */
	char *got = hits(uc, "adele", UC_EXTERNAL);

	assert_string_equal(got, "ext:3,ext:4");
	free(got);
	/* The better known one may come later. */
	struct uc_search *found;

	assert_int_equal(uc_search_alloc(&found, uc, "ada", UC_ALL_DIRECTORIES),
			 0);
	assert_int_equal(uc_search_add(found, put(uc, "ext:9", "Ada L",
						  UC_EXTERNAL, "+44 1")),
			 0);
	assert_int_equal(uc_search_add(found, put(uc, "per:9", "Ada L",
						  UC_PERSONAL, "+441")),
			 0);
	assert_int_equal(uc_search_count(found), 1);
	assert_string_equal(uc_search_at(found, 0)->id, "per:9");
	mem_deref(found);
	mem_deref(uc);
}

static void a_double_is_shown_where_the_better_is_no_hit(void **state)
{
	struct uc_number two[] = {{UC_NUMBER_BUSINESS, (char *)"+44 1"},
				  {UC_NUMBER_MOBILE, (char *)"+44 77"}};
	const struct uc_contact_prm prm = {.id = "ext:9",
					   .name = "Ada L",
					   .directory = UC_EXTERNAL,
					   .numbers = two,
					   .number_count = 2};
	struct uc *uc = make();
	struct uc_contact *c;
	(void)state;

	put(uc, "per:9", "Ada L", UC_PERSONAL, "+441");
	assert_int_equal(uc_contact_put(uc, &prm, &c), 0);
	expect(uc, "ada l", "per:9");
	expect(uc, "+4477", "ext:9");
	mem_deref(uc);
}

static void calls_of(struct uc *uc, const char *number, unsigned n)
{
	char id[32];

	for (unsigned i = 0; i < n; i++) {
		struct uc_entry_prm e = {.id = id,
					 .kind = UC_OUT_ANSWERED,
					 .at_ms = 1000 + i,
					 .number = number};

		snprintf(id, sizeof(id), "%s-%u", number, i);
		assert_int_equal(uc_entry_put(uc, &e), 0);
	}
}

static void whom_one_speaks_with_comes_before(void **state)
{
	struct uc *uc = make();
	(void)state;

	expect(uc, "er", "int:201,sys:17,glo:1,glo:2");
	calls_of(uc, "+44 20 7946 0018", 4);
	expect(uc, "er", "glo:2,int:201,sys:17,glo:1");
	calls_of(uc, "+49 171 5550201", 12);
	expect(uc, "er", "glo:1,glo:2,int:201,sys:17");
	/* The number that was typed comes first all the same. */
	expect(uc, "201", "int:201");
	mem_deref(uc);
}

static struct uc_search *search(struct uc *uc, const char *query,
				enum uc_directory d)
{
	struct uc_search *s = NULL;

	assert_int_equal(uc_search_alloc(&s, uc, query, d), 0);
	return s;
}

static void a_longer_word_needs_no_more(void **state)
{
	struct uc *uc = make();
	struct uc_search *er = search(uc, "er", UC_ALL_DIRECTORIES), *s;
	(void)state;

	uc_search_local(er);
	s = search(uc, "erl", UC_ALL_DIRECTORIES);
	/* More may come. */
	assert_false(uc_search_narrow(s, er));
	assert_false(uc_search_narrow(s, NULL));
	uc_search_set_whole(er);
	assert_true(uc_search_narrow(s, er));
	assert_int_equal(uc_search_count(s), 2);
	mem_deref(s);
	/* … nor does one directory alone, or one still longer. */
	s = search(uc, "er", UC_GLOBAL);
	assert_true(uc_search_narrow(s, er));
	assert_int_equal(uc_search_count(s), 2);
	mem_deref(er);
	er = s;
	s = search(uc, "erik", UC_GLOBAL);
	assert_true(uc_search_narrow(s, er));
	assert_int_equal(uc_search_count(s), 1);
	mem_deref(s);
	/* But another word, another directory, a number. */
	const struct {
		const char *query;
		enum uc_directory d;
	} others[] = {{"e", UC_GLOBAL},
		      {"ar", UC_GLOBAL},
		      {"erl", UC_INTERNAL},
		      {"erl", UC_ALL_DIRECTORIES},
		      {"er2", UC_GLOBAL}};

	for (size_t i = 0; i < 5; i++) {
		s = search(uc, others[i].query, others[i].d);
		assert_false(uc_search_narrow(s, er));
		mem_deref(s);
	}
	/* The model may be gone before it. */
	mem_deref(uc);
	uc = make();
	s = search(uc, "erl", UC_GLOBAL);
	assert_false(uc_search_narrow(s, er));
	mem_deref(s);
	mem_deref(er);
	mem_deref(uc);
}

static void one_directory(void **state)
{
	struct uc *uc = make();
	char *got = hits(uc, "er", UC_GLOBAL);
	(void)state;

	assert_string_equal(got, "glo:1,glo:2");
	free(got);
	mem_deref(uc);
}

static void servers_hits_are_judged(void **state)
{
	struct uc *uc = make();
	struct uc_search *s = NULL;
	(void)state;

	assert_int_equal(uc_search_alloc(&s, uc, "lam", UC_ALL_DIRECTORIES), 0);
	assert_int_equal(uc_search_add(s, uc_contact_by_id(uc, "int:201")),
			 ENOENT);
	assert_int_equal(uc_search_add(s, uc_contact_by_id(uc, "int:202")), 0);
	assert_int_equal(uc_search_add(s, uc_contact_by_id(uc, "int:202")), 0);
	assert_int_equal(uc_search_count(s), 1);
	uc_contact_remove(uc, uc_contact_by_id(uc, "int:202"));
	assert_int_equal(uc_search_count(s), 0);
	/* It may outlive the model. */
	mem_deref(uc);
	uc_search_set_pending(s, 1);
	uc_search_local(s);
	mem_deref(s);
}

static void hostile_queries(void **state)
{
	static const char *const queries[] = {
		"",	    " ",  "*",	      "**", "+",
		"\xff\xfe", "ß",  "a\x1b[0m", "'",  "%s%n",
		"0",	    "00", "+0",	      "#",  "\xf0\x9f\x98\x80",
	};
	struct uc *uc = make();
	size_t i;
	(void)state;

	for (i = 0; i < sizeof(queries) / sizeof(*queries); i++)
		free(hits(uc, queries[i], UC_ALL_DIRECTORIES));
	mem_deref(uc);
}

static void large_directory(void **state)
{
	struct uc *uc = make();
	char id[32], name[64], number[32], *got;
	unsigned i;
	(void)state;

	for (i = 0; i < 50000; i++) {
		snprintf(id, sizeof(id), "x:%u", i);
		snprintf(name, sizeof(name), "Er%u Last%u", i % 977, i);
		snprintf(number, sizeof(number), "+4930%07u", i);
		put(uc, id, name, UC_EXTERNAL, number);
	}
	/* The colleague is there, whatever else begins so. */
	got = hits(uc, "er", UC_ALL_DIRECTORIES);
	assert_memory_equal(got, "int:201", 7);
	free(got);
	mem_deref(uc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_any_beginning_of_a_name),
		cmocka_unit_test(umlauts_both_ways),
		cmocka_unit_test(by_number),
		cmocka_unit_test(internal_first_then_the_better_beginning),
		cmocka_unit_test(favourites_before_all),
		cmocka_unit_test(one_from_several_directories_stands_once),
		cmocka_unit_test(a_double_is_shown_where_the_better_is_no_hit),
		cmocka_unit_test(whom_one_speaks_with_comes_before),
		cmocka_unit_test(a_longer_word_needs_no_more),
		cmocka_unit_test(one_directory),
		cmocka_unit_test(servers_hits_are_judged),
		cmocka_unit_test(hostile_queries),
		cmocka_unit_test(large_directory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
