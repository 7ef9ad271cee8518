/**
 * @file uc_contacts.c  Contacts: look-ups, numbers, presence, favourites
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

struct seen {
	unsigned contact, favourites;
	const void *subject;
};

static void note(uint32_t kind, const void *subject, void *arg)
{
	struct seen *s = arg;

	if (kind == UC_CHANGE_CONTACT) {
		s->contact++;
		s->subject = subject;
	} else if (kind == UC_CHANGE_FAVOURITES) {
		s->favourites++;
	}
}

static struct uc *make(void)
{
	struct uc *uc = NULL;

	assert_int_equal(uc_alloc(&uc), 0);
	assert_int_equal(uc_set_dial_params(uc, &munich), 0);
	return uc;
}

static struct uc_contact *put(struct uc *uc, const char *id, const char *name,
			      enum uc_directory d, const char *device,
			      const char *number)
{
	struct uc_number n = {d == UC_INTERNAL ? UC_NUMBER_INTERNAL
					       : UC_NUMBER_BUSINESS,
			      (char *)number};
	struct uc_contact_prm prm = {
		.id = id,
		.name = name,
		.directory = d,
		.device = device,
		.numbers = &n,
		.number_count = number ? 1 : 0,
	};
	struct uc_contact *c = NULL;

	assert_int_equal(uc_contact_put(uc, &prm, &c), 0);
	return c;
}

static void found_by_all_spellings(void **state)
{
	struct uc *uc = make();
	struct uc_contact *agner, *mobile;
	(void)state;

	agner = put(uc, "int:201", "Agner Erlang", UC_INTERNAL, "201", "201");
	mobile = put(uc, "glo:1", "Erika Mustermann", UC_GLOBAL, NULL,
		     "+49 (171) 555-0201");
	assert_ptr_equal(uc_contact_by_id(uc, "int:201"), agner);
	assert_ptr_equal(uc_contact_by_device(uc, "201"), agner);
	assert_ptr_equal(uc_contact_by_number(uc, "201"), agner);
	/* The system's own number with the extension is that extension. */
	assert_ptr_equal(uc_contact_by_number(uc, "+49 89 7007-201"), agner);
	assert_ptr_equal(uc_contact_by_number(uc, "+491715550201"), mobile);
	assert_ptr_equal(uc_contact_by_number(uc, "001715550201"), mobile);
	assert_ptr_equal(uc_contact_by_number(uc, "000491715550201"), mobile);
	/* Shown as the directory has it, if it is theirs. */
	assert_string_equal(uc_number_spelled(uc, agner, "+49 89 7007-201"),
			    "201");
	assert_string_equal(uc_number_spelled(uc, mobile, "001715550201"),
			    uc_contact_number(mobile));
	assert_string_equal(uc_number_spelled(uc, agner, "001715550201"),
			    "001715550201");
	assert_string_equal(uc_number_spelled(uc, NULL, "201"), "201");
	assert_null(uc_number_spelled(uc, agner, NULL));
	assert_null(uc_contact_by_number(uc, "202"));
	assert_null(uc_contact_by_number(uc, ""));
	assert_null(uc_contact_by_number(uc, NULL));
	assert_null(uc_contact_by_number(uc, "no number"));
	mem_deref(uc);
}

static void dial_params_come_late(void **state)
{
	struct uc *uc = NULL;
	struct uc_contact *c;
	(void)state;

	assert_int_equal(uc_alloc(&uc), 0);
	c = put(uc, "glo:1", "Erika", UC_GLOBAL, NULL, "+491715550201");
	assert_null(uc_contact_by_number(uc, "001715550201"));
	assert_int_equal(uc_set_dial_params(uc, &munich), 0);
	assert_ptr_equal(uc_contact_by_number(uc, "001715550201"), c);
	mem_deref(uc);
}

static void internal_wins_a_shared_number(void **state)
{
	struct uc *uc = make();
	struct uc_contact *global, *internal;
	(void)state;

	global = put(uc, "glo:1", "Desk 201", UC_GLOBAL, NULL, "201");
	internal =
		put(uc, "int:201", "Agner Erlang", UC_INTERNAL, "201", "201");
	assert_ptr_equal(uc_contact_by_number(uc, "201"), internal);
	uc_contact_remove(uc, internal);
	assert_ptr_equal(uc_contact_by_number(uc, "201"), global);
	uc_contact_remove(uc, global);
	assert_null(uc_contact_by_number(uc, "201"));
	assert_int_equal(uc_contact_count(uc), 0);
	mem_deref(uc);
}

static void put_again_keeps_presence(void **state)
{
	struct uc_presence lunch = {
		.state = PROTO_LUNCH, .until_ms = 5, .note = (char *)"soup"};
	struct uc *uc = make();
	struct seen seen = {0};
	struct notify_sub *sub = NULL;
	struct uc_contact *c;
	(void)state;

	c = put(uc, "int:201", "Agner", UC_INTERNAL, "201", "201");
	uc_set_presence(uc, c, &lunch);
	uc_set_lamp(uc, c, UC_LAMP_RINGS_OUTSIDE, "+44");
	assert_int_equal(notify_subscribe(&sub, uc_notify(uc), UC_CHANGE_ALL,
					  note, &seen),
			 0);
	assert_ptr_equal(put(uc, "int:201", "Agner", UC_INTERNAL, "201", "201"),
			 c);
	assert_int_equal(seen.contact, 0); /* nothing changed */
	put(uc, "int:201", "Agner Erlang", UC_INTERNAL, "201", "201");
	assert_int_equal(seen.contact, 1);
	assert_ptr_equal(seen.subject, c);
	assert_int_equal(c->presence.state, PROTO_LUNCH);
	assert_string_equal(c->presence.note, "soup");
	assert_int_equal(c->lamp, UC_LAMP_RINGS_OUTSIDE);
	assert_string_equal(c->lamp_number, "+44");
	uc_set_presence(uc, c, &lunch);
	uc_set_lamp(uc, c, UC_LAMP_RINGS_OUTSIDE, "+44");
	assert_int_equal(seen.contact, 1);
	uc_lamps_old(uc);
	assert_true(c->lamp_old);
	uc_set_lamp(uc, c, UC_LAMP_IDLE, NULL);
	assert_false(c->lamp_old);
	mem_deref(sub);
	mem_deref(uc);
}

static void hostile_text_is_cleaned(void **state)
{
	struct uc *uc = make();
	char *huge = malloc(65537);
	struct uc_contact *c;
	(void)state;

	c = put(uc, "x:1", "Eve\x1b]0;owned\x07\xff\n", UC_GLOBAL, NULL, "1");
	assert_null(strchr(c->name, '\x1b'));
	assert_null(strchr(c->name, '\n'));
	memset(huge, 'a', 65536);
	huge[65536] = '\0';
	c = put(uc, "x:2", huge, UC_GLOBAL, NULL, "2");
	assert_true(strlen(c->name) <= TEXT_LINE_MAX);
	free(huge);
	mem_deref(uc);
}

static void colleagues_in_order_of_names(void **state)
{
	struct uc *uc = make();
	(void)state;

	put(uc, "int:3", "Zoe", UC_INTERNAL, "3", "3");
	put(uc, "int:1", "Ärlang", UC_INTERNAL, "1", "1");
	put(uc, "int:2", "Baum", UC_INTERNAL, "2", "2");
	put(uc, "glo:1", "Aaron", UC_GLOBAL, NULL, "9");
	assert_int_equal(uc_internal_count(uc), 3);
	assert_string_equal(uc_internal_at(uc, 0)->name, "Ärlang");
	assert_string_equal(uc_internal_at(uc, 2)->name, "Zoe");
	put(uc, "int:3", "Aa", UC_INTERNAL, "3", "3");
	assert_string_equal(uc_internal_at(uc, 0)->name, "Aa");
	assert_null(uc_internal_at(uc, 3));
	mem_deref(uc);
}

static void default_number_survives_an_update(void **state)
{
	struct uc_number two[] = {{UC_NUMBER_MOBILE, (char *)"+491"},
				  {UC_NUMBER_INTERNAL, (char *)"201"}};
	struct uc_number three[] = {{UC_NUMBER_BUSINESS, (char *)"+492"},
				    {UC_NUMBER_MOBILE, (char *)"+491"},
				    {UC_NUMBER_INTERNAL, (char *)"201"}};
	struct uc_contact_prm prm = {.id = "int:201",
				     .name = "A",
				     .directory = UC_INTERNAL,
				     .numbers = two,
				     .number_count = 2};
	struct uc *uc = make();
	struct uc_contact *c;
	(void)state;

	assert_int_equal(uc_contact_put(uc, &prm, &c), 0);
	assert_string_equal(uc_contact_number(c), "201"); /* internal first */
	assert_int_equal(uc_contact_set_default(uc, c, 1), 0);
	assert_string_equal(uc_contact_number(c), "+491");
	prm.numbers = three;
	prm.number_count = 3;
	assert_int_equal(uc_contact_put(uc, &prm, &c), 0);
	assert_string_equal(uc_contact_number(c), "+491");
	assert_int_equal(uc_contact_set_default(uc, c, 3), EINVAL);
	uc_contact_choose(uc, c, "+49");
	assert_string_equal(uc_contact_number(c), "201");
	assert_false(uc_contact_has_chosen(c));
	uc_contact_choose(uc, c, "+491");
	assert_string_equal(uc_contact_number(c), "+491");
	uc_contact_choose(uc, c, NULL);
	assert_string_equal(uc_contact_number(c), "201");
	mem_deref(uc);
}

static void favourites(void **state)
{
	const char *ids[] = {"int:201", "int:404", "int:202"};
	const struct uc_group_prm groups[] = {{"g1", "Exchange", ids, 3},
					      {"g2", "Empty", NULL, 0}};
	struct uc *uc = make();
	struct uc_contact *a, *b;
	struct uc_group *g;
	(void)state;

	a = put(uc, "int:201", "A", UC_INTERNAL, "201", "201");
	b = put(uc, "int:202", "B", UC_INTERNAL, "202", "202");
	assert_int_equal(uc_groups_replace(uc, groups, 2), 0);
	g = uc_group_by_name(uc, "exchange");
	assert_non_null(g);
	assert_int_equal(g->member_count, 2);
	assert_int_equal(uc_group_count(uc), 2);
	assert_true(uc_contact_is_favourite(a));
	uc_set_lamp(uc, a, UC_LAMP_IDLE, NULL);
	uc_set_lamp(uc, b, UC_LAMP_UNREACHABLE, NULL);
	assert_int_equal(uc_group_reachable(g), 1);
	uc_group_move(uc, g, NULL, 1);
	assert_ptr_equal(uc_group_at(uc, 1), g);
	uc_group_move(uc, g, NULL, -3);
	assert_ptr_equal(uc_group_at(uc, 0), g);
	uc_group_fold(uc, g, true);
	assert_int_equal(uc_groups_replace(uc, groups, 1), 0);
	g = uc_group_at(uc, 0);
	assert_true(g->folded); /* what the user folded stays folded */
	uc_contact_remove(uc, b);
	assert_int_equal(g->member_count, 1);
	uc_group_remove(uc, g, a);
	assert_false(uc_contact_is_favourite(a));
	assert_int_equal(uc_group_add(uc, g, a), 0);
	assert_int_equal(uc_group_add(uc, g, a), 0);
	assert_int_equal(g->member_count, 1);
	uc_group_delete(uc, g);
	assert_false(uc_contact_is_favourite(a));
	assert_int_equal(uc_group_count(uc), 0);
	mem_deref(uc);
}

static void members_move_within_and_between_groups(void **state)
{
	const char *ids[] = {"int:201", "int:202"};
	const struct uc_group_prm groups[] = {{"g1", "Exchange", ids, 2},
					      {"g2", "Workshop", ids + 1, 1}};
	struct uc *uc = make();
	struct uc_contact *a, *b;
	struct uc_group *g, *h;
	(void)state;

	a = put(uc, "int:201", "A", UC_INTERNAL, "201", "201");
	b = put(uc, "int:202", "B", UC_INTERNAL, "202", "202");
	assert_int_equal(uc_groups_replace(uc, groups, 2), 0);
	g = uc_group_at(uc, 0);
	h = uc_group_at(uc, 1);
	uc_group_move(uc, g, a, -1);
	assert_ptr_equal(g->members[0], a);
	uc_group_move(uc, g, a, 1);
	assert_ptr_equal(g->members[1], a);
	uc_group_move(uc, g, a, 1);
	assert_int_equal(g->member_count, 1);
	assert_ptr_equal(h->members[0], a);
	assert_ptr_equal(h->members[1], b);
	/* where it is already, it is once */
	uc_group_move(uc, g, b, 1);
	assert_int_equal(g->member_count, 0);
	assert_int_equal(h->member_count, 2);
	assert_ptr_equal(h->members[0], b);
	uc_group_move(uc, h, a, 9);
	assert_ptr_equal(h->members[1], a);
	uc_group_move(uc, h, a, -2);
	assert_ptr_equal(g->members[0], a);
	assert_true(uc_contact_is_favourite(a));
	mem_deref(uc);
}

static void end_in_handler(uint32_t kind, const void *subject, void *arg)
{
	struct uc *uc = arg;
	(void)kind;
	(void)subject;

	uc_clear(uc);
}

static void cleared_from_within(void **state)
{
	struct uc *uc = make();
	struct notify_sub *sub = NULL;
	(void)state;

	put(uc, "int:201", "A", UC_INTERNAL, "201", "201");
	assert_int_equal(notify_subscribe(&sub, uc_notify(uc),
					  UC_CHANGE_ACCOUNT, end_in_handler,
					  uc),
			 0);
	mem_deref(sub);
	uc_clear(uc);
	assert_int_equal(uc_contact_count(uc), 0);
	mem_deref(uc);
}

/* No event may cost more because the directory is large. */
static void a_hundred_thousand(void **state)
{
	struct uc *uc = make();
	uint64_t begin;
	char id[32], name[64], number[32];
	unsigned i;
	(void)state;

	for (i = 0; i < 100000; i++) {
		snprintf(id, sizeof(id), "glo:%u", i);
		snprintf(name, sizeof(name), "First%u Last%u", i % 977, i);
		snprintf(number, sizeof(number), "+4930%07u", i);
		put(uc, id, name, UC_GLOBAL, NULL, number);
	}
	assert_int_equal(uc_contact_count(uc), 100000);
	begin = time_mono_ms();
	for (i = 0; i < 10000; i++) {
		snprintf(number, sizeof(number), "+4930%07u", i * 7);
		assert_non_null(uc_contact_by_number(uc, number));
	}
	/* A walk through all for each would take minutes. */
	assert_true(time_mono_ms() - begin < 20000);
	mem_deref(uc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_by_all_spellings),
		cmocka_unit_test(dial_params_come_late),
		cmocka_unit_test(internal_wins_a_shared_number),
		cmocka_unit_test(put_again_keeps_presence),
		cmocka_unit_test(hostile_text_is_cleaned),
		cmocka_unit_test(colleagues_in_order_of_names),
		cmocka_unit_test(default_number_survives_an_update),
		cmocka_unit_test(favourites),
		cmocka_unit_test(members_move_within_and_between_groups),
		cmocka_unit_test(cleared_from_within),
		cmocka_unit_test(a_hundred_thousand),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
