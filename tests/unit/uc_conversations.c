/**
 * @file uc_conversations.c  Conversations, and calls on top of them
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <offhook/client/uc.h>

static struct uc *make(void)
{
	struct uc *uc = NULL;

	assert_int_equal(uc_alloc(&uc), 0);
	return uc;
}

static struct uc_contact *person(struct uc *uc, const char *id,
				 const char *name, const char *number)
{
	struct uc_number n = {UC_NUMBER_INTERNAL, (char *)number};
	struct uc_contact_prm prm = {.id = id,
				     .name = name,
				     .directory = UC_INTERNAL,
				     .device = number,
				     .numbers = &n,
				     .number_count = 1};
	struct uc_contact *c = NULL;

	assert_int_equal(uc_contact_put(uc, &prm, &c), 0);
	return c;
}

static void entry(struct uc *uc, const char *id, enum uc_entry_kind kind,
		  int64_t at, const char *number, bool unread)
{
	struct uc_entry_prm prm = {.id = id,
				   .kind = kind,
				   .at_ms = at,
				   .number = number,
				   .unread = unread};

	assert_int_equal(uc_entry_put(uc, &prm), 0);
}

static void filed_by_person(void **state)
{
	struct uc *uc = make();
	struct uc_contact *c = person(uc, "int:201", "Agner", "201");
	struct uc_conversation *v;
	(void)state;

	entry(uc, "b", UC_OUT_ANSWERED, 200, "201", false);
	entry(uc, "a", UC_IN_MISSED, 100, "201", true);
	entry(uc, "c", UC_IN_MISSED, 300, "+4930555", true);
	assert_int_equal(uc_conversation_count(uc), 2);
	v = uc_conversation_at(uc, 0);
	assert_string_equal(v->name, "+4930555");
	v = uc_conversation_at(uc, 1);
	assert_ptr_equal(v->contact, c);
	assert_ptr_equal(uc_conversation_of(uc, c), v);
	assert_ptr_equal(uc_conversation_by_number(uc, "201"), v);
	assert_string_equal(v->name, "Agner");
	/* Oldest first inside. */
	assert_string_equal(v->entries[0].id, "a");
	assert_string_equal(v->entries[1].id, "b");
	assert_int_equal(v->unread, 1);
	assert_int_equal(uc_missed_count(uc), 2);
	assert_int_equal(uc_unread_count(uc), 2);
	uc_conversation_read(uc, v);
	assert_int_equal(v->unread, 0);
	assert_int_equal(uc_missed_count(uc), 1);
	assert_int_equal(uc_unread_count(uc), 1);
	mem_deref(uc);
}

static void known_id_is_brought_up_to_date(void **state)
{
	struct uc *uc = make();
	struct uc_conversation *v;
	const struct uc_entry *e;
	(void)state;

	entry(uc, "1", UC_VOICE_MESSAGE, 100, "201", true);
	assert_int_equal(uc_voice_count(uc), 1);
	entry(uc, "1", UC_VOICE_MESSAGE, 100, "201", false);
	assert_int_equal(uc_voice_count(uc), 0);
	assert_int_equal(uc_conversation_count(uc), 1);
	/* The number was another one: it moves, the empty one goes. */
	entry(uc, "1", UC_VOICE_MESSAGE, 100, "202", false);
	assert_int_equal(uc_conversation_count(uc), 1);
	e = uc_entry_by_id(uc, "1", &v);
	assert_non_null(e);
	assert_string_equal(v->number, "202");
	uc_entry_delete(uc, "1");
	uc_entry_delete(uc, "1");
	assert_int_equal(uc_conversation_count(uc), 0);
	mem_deref(uc);
}

static void voice_messages_stay_new_until_heard(void **state)
{
	struct uc *uc = make();
	(void)state;

	entry(uc, "1", UC_VOICE_MESSAGE, 100, "201", true);
	entry(uc, "2", UC_IN_MISSED, 200, "201", true);
	uc_conversation_read(uc, uc_conversation_at(uc, 0));
	assert_int_equal(uc_voice_count(uc), 1);
	assert_int_equal(uc_missed_count(uc), 0);
	mem_deref(uc);
}

static void learnt_later_who_it_is(void **state)
{
	struct uc *uc = make();
	struct uc_conversation *v;
	struct uc_contact *c;
	(void)state;

	entry(uc, "1", UC_IN_MISSED, 100, "201", true);
	v = uc_conversation_at(uc, 0);
	assert_null(v->contact);
	c = person(uc, "int:201", "Agner", "201");
	assert_ptr_equal(v->contact, c);
	assert_string_equal(v->name, "Agner");
	/* Still found by what it was called before. */
	assert_ptr_equal(uc_conversation_by_id(uc, "201"), v);
	entry(uc, "2", UC_IN_MISSED, 200, "201", true);
	assert_int_equal(uc_conversation_count(uc), 1);
	assert_int_equal(v->entry_count, 2);
	uc_contact_remove(uc, c);
	assert_int_equal(uc_conversation_count(uc), 1);
	v = uc_conversation_at(uc, 0);
	assert_null(v->contact);
	assert_int_equal(v->entry_count, 2);
	assert_int_equal(uc_missed_count(uc), 2);
	mem_deref(uc);
}

static void withheld_numbers_share_one(void **state)
{
	struct uc *uc = make();
	(void)state;

	entry(uc, "1", UC_IN_MISSED, 100, "", true);
	entry(uc, "2", UC_IN_MISSED, 200, NULL, true);
	assert_int_equal(uc_conversation_count(uc), 1);
	assert_string_equal(uc_conversation_at(uc, 0)->name, "number withheld");
	mem_deref(uc);
}

static void calls_stand_on_top(void **state)
{
	struct uc *uc = make();
	struct uc_call *c = NULL;
	(void)state;

	entry(uc, "1", UC_IN_MISSED, 100, "201", false);
	entry(uc, "2", UC_IN_MISSED, INT64_C(99999999999999), "202", false);
	assert_string_equal(uc_conversation_at(uc, 0)->number, "202");
	assert_int_equal(uc_call_add(uc, &c, true, "201", NULL), 0);
	c->state = UC_CALL_TALKING;
	uc_call_changed(uc, c);
	assert_string_equal(uc_conversation_at(uc, 0)->number, "201");
	uc_call_remove(uc, c);
	assert_string_equal(uc_conversation_at(uc, 0)->number, "202");
	/* A call to somebody new has its place at once, and leaves none. */
	assert_int_equal(uc_call_add(uc, &c, true, "303", NULL), 0);
	assert_int_equal(uc_conversation_count(uc), 3);
	uc_call_remove(uc, c);
	assert_int_equal(uc_conversation_count(uc), 2);
	mem_deref(uc);
}

static void calls_in_order(void **state)
{
	struct uc *uc = make();
	struct uc_call *talks = NULL, *rings = NULL, *held = NULL;
	(void)state;

	assert_int_equal(uc_call_add(uc, &held, true, "1", NULL), 0);
	held->state = UC_CALL_HELD;
	uc_call_changed(uc, held);
	assert_int_equal(uc_call_add(uc, &talks, true, "2", NULL), 0);
	talks->state = UC_CALL_TALKING;
	uc_call_changed(uc, talks);
	assert_int_equal(uc_call_add(uc, &rings, false, "3", NULL), 0);
	assert_ptr_equal(uc_call_at(uc, 0), rings);
	assert_ptr_equal(uc_call_at(uc, 1), talks);
	assert_ptr_equal(uc_call_at(uc, 2), held);
	assert_ptr_equal(uc_call_current(uc), talks);
	assert_ptr_equal(uc_call_by_id(uc, rings->id), rings);
	(void)text_set(&rings->key, "csta-7");
	uc_call_changed(uc, rings);
	assert_ptr_equal(uc_call_by_key(uc, "csta-7"), rings);
	assert_null(uc_call_by_key(uc, ""));
	uc_call_remove(uc, talks);
	assert_ptr_equal(uc_call_current(uc), rings);
	assert_int_not_equal(held->id, rings->id);
	mem_deref(uc);
}

static void caller_is_identified(void **state)
{
	struct uc *uc = make();
	struct uc_call *c = NULL;
	struct uc_contact *k;
	(void)state;

	assert_int_equal(uc_call_add(uc, &c, false, "201", "network"), 0);
	assert_string_equal(c->name, "network");
	k = person(uc, "int:201", "Agner", "201");
	assert_ptr_equal(c->contact, k);
	assert_string_equal(c->name, "Agner");
	uc_contact_remove(uc, k);
	assert_null(c->contact);
	mem_deref(uc);
}

static void many_entries(void **state)
{
	struct uc *uc = make();
	char id[32], number[32];
	unsigned i;
	(void)state;

	/* Newest first, as a journal comes. */
	for (i = 0; i < 20000; i++) {
		snprintf(id, sizeof(id), "e%u", i);
		snprintf(number, sizeof(number), "%u", 1000 + i % 500);
		entry(uc, id, UC_IN_MISSED, 1000000 - i, number, true);
	}
	assert_int_equal(uc_conversation_count(uc), 500);
	assert_int_equal(uc_missed_count(uc), 20000);
	assert_string_equal(uc_conversation_at(uc, 0)->number, "1000");
	assert_true(uc_conversation_at(uc, 0)->entries[0].at_ms <
		    uc_conversation_at(uc, 0)->entries[1].at_ms);
	uc_conversations_clear(uc);
	assert_int_equal(uc_missed_count(uc), 0);
	assert_int_equal(uc_unread_count(uc), 0);
	mem_deref(uc);
}

static void read_anew(void **state)
{
	struct uc *uc = make();
	(void)state;

	person(uc, "int:201", "Stays", "201");
	person(uc, "int:202", "Goes", "202");
	entry(uc, "old", UC_IN_MISSED, 100, "9", true);
	entry(uc, "gone", UC_IN_MISSED, 300, "9", true);
	entry(uc, "own:1", UC_IN_MISSED, 300, "8", false);
	entry(uc, "stays", UC_IN_MISSED, 200, "7", true);
	uc_round_begin(uc);
	person(uc, "int:201", "Stays", "201");
	entry(uc, "stays", UC_IN_MISSED, 200, "7", true);
	uc_round_end(uc, true, true, "");
	assert_non_null(uc_contact_by_id(uc, "int:201"));
	assert_null(uc_contact_by_id(uc, "int:202"));
	assert_non_null(uc_entry_by_id(uc, "old", NULL)); /* not asked for */
	assert_null(uc_entry_by_id(uc, "gone", NULL));
	assert_non_null(uc_entry_by_id(uc, "own:1", NULL));
	assert_int_equal(uc_missed_count(uc), 2);
	mem_deref(uc);
}

/* Whose they are is learnt while all is read anew: that is no reading. */
static void moved_while_read_anew(void **state)
{
	struct uc_number numbers[] = {{UC_NUMBER_INTERNAL, (char *)"201"},
				      {UC_NUMBER_MOBILE, (char *)"0171555"}};
	const struct uc_contact_prm prm = {.id = "int:201",
					   .name = "Agner",
					   .directory = UC_INTERNAL,
					   .device = "201",
					   .numbers = numbers,
					   .number_count = 2};
	struct uc_conversation *v = NULL;
	struct uc *uc = make();
	struct uc_contact *c;
	(void)state;

	person(uc, "int:201", "Agner", "201");
	entry(uc, "stays", UC_IN_MISSED, 100, "201", true);
	entry(uc, "gone", UC_IN_MISSED, 200, "0171555", true);
	entry(uc, "moved", UC_IN_MISSED, 300, "0171555", true);
	assert_int_equal(uc_unread_count(uc), 2);
	uc_round_begin(uc);
	assert_int_equal(uc_contact_put(uc, &prm, &c), 0);
	assert_int_equal(uc_conversation_count(uc), 1);
	assert_int_equal(uc_unread_count(uc), 1);
	assert_int_equal(uc_missed_count(uc), 3);
	assert_non_null(uc_entry_by_id(uc, "gone", &v));
	assert_ptr_equal(v, uc_conversation_of(uc, c));
	assert_string_equal(v->entries[0].id, "stays");
	assert_string_equal(v->entries[2].id, "moved");
	entry(uc, "stays", UC_IN_MISSED, 100, "201", true);
	entry(uc, "moved", UC_IN_MISSED, 300, "0171555", true);
	uc_round_end(uc, true, true, "");
	assert_null(uc_entry_by_id(uc, "gone", NULL));
	assert_non_null(uc_entry_by_id(uc, "stays", NULL));
	assert_non_null(uc_entry_by_id(uc, "moved", NULL));
	assert_int_equal(uc_missed_count(uc), 2);
	mem_deref(uc);
}

static void quality(struct uc *uc, const char *number, int64_t at,
		    unsigned lost)
{
	const struct uc_quality_record r = {
		.number = number,
		.at_ms = at,
		.quality = {.codec = "opus", .lost = lost}};

	assert_int_equal(uc_quality_put(uc, &r), 0);
}

static const struct uc_quality *quality_of(const struct uc *uc, const char *id)
{
	return uc_entry_quality(uc, uc_entry_by_id(uc, id, NULL));
}

/* The journal's entry is the server's, who knows nothing of the sound. */
static void how_a_call_sounded_stays_with_it(void **state)
{
	struct uc *uc = make();
	(void)state;

	entry(uc, "a", UC_OUT_ANSWERED, 100000, "+4930555", false);
	entry(uc, "b", UC_OUT_ANSWERED, 108000, "+4930555", false);
	entry(uc, "c", UC_IN_MISSED, 109000, "+4930555", true);
	entry(uc, "d", UC_IN_ANSWERED, 300000, "201", false);
	quality(uc, "+49 30 555", 100900, 10);
	quality(uc, "+49 30 555", 107500, 700);
	assert_int_equal(quality_of(uc, "a")->lost, 10);
	assert_int_equal(quality_of(uc, "b")->lost, 700);
	assert_false(uc_quality_poor(quality_of(uc, "a")));
	assert_true(uc_quality_poor(quality_of(uc, "b")));
	/* Nothing was heard there, and of that nothing is known. */
	assert_null(quality_of(uc, "c"));
	assert_null(quality_of(uc, "d"));
	/* Only so many are kept. */
	assert_int_equal(uc_quality_last(uc)->quality.lost, 700);
	for (int i = 0; i < UC_QUALITY_MAX; i++)
		quality(uc, "201", 300000, (unsigned)i);
	assert_null(quality_of(uc, "a"));
	assert_non_null(quality_of(uc, "d"));
	mem_deref(uc);
}

static void messages_and_how_far_they_came(void **state)
{
	struct uc *uc = make();
	struct uc_entry_prm out = {.id = "m:1",
				   .kind = UC_MESSAGE_OUT,
				   .at_ms = 100,
				   .number = "201",
				   .text = "two\nlines\x1b[2J",
				   .delivery = UC_DELIVERY_SENT};
	const struct uc_entry *e;
	(void)state;

	assert_int_equal(uc_entry_put(uc, &out), 0);
	e = uc_entry_by_id(uc, "m:1", NULL);
	assert_int_equal(e->delivery, UC_DELIVERY_SENT);
	assert_null(strchr(e->text, 0x1b));
	assert_non_null(strchr(e->text, '\n'));
	uc_entry_delivered(uc, "m:1");
	assert_int_equal(uc_entry_by_id(uc, "m:1", NULL)->delivery,
			 UC_DELIVERY_DELIVERED);
	entry(uc, "m:2", UC_MESSAGE_IN, 200, "201", true);
	uc_entry_delivered(uc, "m:2"); /* none of ours */
	assert_int_equal(uc_entry_by_id(uc, "m:2", NULL)->delivery,
			 UC_DELIVERY_NONE);
	assert_int_equal(uc_message_count(uc), 1);
	assert_int_equal(uc_unread_count(uc), 1);
	uc_entry_mark(uc, "m:2");
	uc_entry_mark(uc, "m:2");
	assert_int_equal(uc_message_count(uc), 0);
	assert_int_equal(uc_unread_count(uc), 0);
	uc_clear(uc);
	assert_int_equal(uc_message_count(uc), 0);
	mem_deref(uc);
}

static void hidden_stays_hidden(void **state)
{
	struct uc *uc = make();
	(void)state;

	entry(uc, "j:1", UC_IN_MISSED, 100, "201", true);
	assert_int_equal(uc_entry_hide(uc, "j:1", true), 0);
	assert_int_equal(uc_conversation_count(uc), 0);
	assert_int_equal(uc_missed_count(uc), 0);
	entry(uc, "j:1", UC_IN_MISSED, 100, "201", true);
	assert_int_equal(uc_conversation_count(uc), 0);
	assert_int_equal(uc_entry_hide(uc, "j:1", false), 0);
	entry(uc, "j:1", UC_IN_MISSED, 100, "201", true);
	assert_int_equal(uc_conversation_count(uc), 1);
	mem_deref(uc);
}

/* Deleted elsewhere while nobody told us: the oldest one, or all of them. */
static void what_is_told_whole_is_swept_whole(void **state)
{
	struct uc *uc = make();
	(void)state;

	entry(uc, "j:1", UC_IN_MISSED, 100, "201", true);
	entry(uc, "j:2", UC_IN_MISSED, 200, "201", true);
	entry(uc, "m:1", UC_MESSAGE_IN, 50, "202", true);
	entry(uc, "v:1", UC_VOICE_MESSAGE, 50, "203", true);
	entry(uc, "own:1", UC_MESSAGE_OUT, 10, "201", false);
	uc_round_begin(uc);
	entry(uc, "j:2", UC_IN_MISSED, 200, "201", true);
	uc_round_end(uc, false, true, "jm");
	assert_null(uc_entry_by_id(uc, "j:1", NULL));
	assert_non_null(uc_entry_by_id(uc, "j:2", NULL));
	assert_null(uc_entry_by_id(uc, "m:1", NULL));
	assert_non_null(uc_entry_by_id(uc, "v:1", NULL)); /* not told */
	assert_non_null(uc_entry_by_id(uc, "own:1", NULL));
	assert_int_equal(uc_missed_count(uc), 1);
	assert_int_equal(uc_message_count(uc), 0);
	mem_deref(uc);
}

/* A list of calls that reaches back far says nothing of messages. */
static void sorts_are_swept_each_by_itself(void **state)
{
	struct uc *uc = make();
	(void)state;

	entry(uc, "m:1", UC_MESSAGE_IN, 500, "201", false);
	entry(uc, "j:1", UC_IN_ANSWERED, 300, "201", false);
	entry(uc, "j:2", UC_IN_ANSWERED, 600, "201", false);
	entry(uc, "own:1", UC_MESSAGE_OUT, 600, "201", false);
	uc_round_begin(uc);
	entry(uc, "j:3", UC_IN_ANSWERED, 400, "201", false);
	uc_round_end(uc, false, true, NULL);
	assert_non_null(uc_entry_by_id(uc, "m:1", NULL));
	assert_non_null(uc_entry_by_id(uc, "j:1", NULL)); /* older */
	assert_null(uc_entry_by_id(uc, "j:2", NULL));
	assert_non_null(uc_entry_by_id(uc, "own:1", NULL));
	mem_deref(uc);
}

static void drafts(void **state)
{
	struct uc *uc = make();
	(void)state;

	assert_string_equal(uc_draft(uc, "201"), "");
	assert_int_equal(uc_draft_set(uc, "201", "half a\nsentence"), 0);
	assert_string_equal(uc_draft(uc, "201"), "half a\nsentence");
	assert_string_equal(uc_draft(uc, "202"), "");
	assert_int_equal(uc_draft_set(uc, "201", ""), 0);
	assert_string_equal(uc_draft(uc, "201"), "");
	assert_int_equal(uc_draft_set(uc, "202", "x"), 0);
	mem_deref(uc);
}

static void filters(void **state)
{
	static const struct {
		enum uc_entry_kind kind;
		bool missed, voicemail, messages;
	} kinds[] = {
		{UC_IN_ANSWERED, false, false, false},
		{UC_IN_MISSED, true, false, false},
		{UC_IN_GROUP_MISSED, true, false, false},
		{UC_OUT_UNANSWERED, false, false, false},
		{UC_VOICE_MESSAGE, false, true, false},
		{UC_MESSAGE_IN, false, false, true},
		{UC_MESSAGE_OUT, false, false, true},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct uc_entry e = {.kind = kinds[i].kind};

		assert_true(uc_filter_entry(UC_FILTER_ALL, &e));
		assert_int_equal(uc_filter_entry(UC_FILTER_MISSED, &e),
				 kinds[i].missed);
		assert_int_equal(uc_filter_entry(UC_FILTER_VOICEMAIL, &e),
				 kinds[i].voicemail);
		assert_int_equal(uc_filter_entry(UC_FILTER_MESSAGES, &e),
				 kinds[i].messages);
		assert_false(uc_filter_entry(UC_FILTER_COUNT, &e));
	}
	for (unsigned f = 0; f < UC_FILTER_COUNT; f++)
		assert_int_equal(uc_filter_find(uc_filter_key(f)), f);
	assert_int_equal(uc_filter_find("calls"), UC_FILTER_COUNT);
	assert_int_equal(uc_filter_find(NULL), UC_FILTER_COUNT);
}

/* What a query finds of one conversation: its name, and how many entries. */
static size_t found(struct uc *uc, const char *query, bool *named)
{
	struct uc_conversation *v = uc_conversation_by_number(uc, "201");
	struct uc_find *f = NULL;
	size_t n = 0;

	assert_int_equal(uc_find_alloc(&f, uc, query), 0);
	*named = uc_find_conversation(f, v);
	for (size_t i = 0; i < v->entry_count; i++)
		n += uc_find_entry(f, &v->entries[i]);
	mem_deref(f);
	return n;
}

static void found_by_words_and_numbers(void **state)
{
	struct uc *uc = make();
	struct uc_entry_prm prm = {.id = "m:1",
				   .kind = UC_MESSAGE_IN,
				   .at_ms = 300,
				   .number = "201",
				   .text = "Wo ist das\nLöschgerät?"};
	struct uc_find *f = NULL;
	bool named;
	(void)state;

	person(uc, "int:201", "Käthe Größer", "201");
	entry(uc, "a", UC_IN_MISSED, 100, "201", false);
	assert_int_equal(uc_entry_put(uc, &prm), 0);
	assert_int_equal(found(uc, "loesch", &named), 1);
	assert_false(named);
	assert_int_equal(found(uc, "LOSCH wo", &named), 1);
	assert_int_equal(found(uc, "gerät", &named), 0);
	assert_int_equal(found(uc, "groess", &named), 0);
	assert_true(named);
	assert_int_equal(found(uc, "20", &named), 2);
	assert_true(named);
	assert_int_equal(found(uc, "01", &named), 0);
	assert_false(named);
	/* A word of the name, and one of what was written. */
	assert_int_equal(found(uc, "kathe loesch", &named), 1);
	assert_false(named);
	assert_int_equal(found(uc, "wo groess", &named), 1);
	assert_int_equal(found(uc, "kathe hier", &named), 0);
	assert_int_equal(found(uc, "kathe groess", &named), 0);
	assert_true(named);
	/* Changed, it is found by what it says now. */
	prm.text = "Hier";
	assert_int_equal(uc_entry_put(uc, &prm), 0);
	assert_int_equal(found(uc, "loesch", &named), 0);
	assert_int_equal(found(uc, "hier", &named), 1);
	/* Nothing to look for. */
	assert_int_equal(uc_find_alloc(&f, uc, ""), EINVAL);
	assert_int_equal(uc_find_alloc(&f, uc, " ,;"), EINVAL);
	assert_null(f);
	mem_deref(uc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filed_by_person),
		cmocka_unit_test(moved_while_read_anew),
		cmocka_unit_test(known_id_is_brought_up_to_date),
		cmocka_unit_test(voice_messages_stay_new_until_heard),
		cmocka_unit_test(learnt_later_who_it_is),
		cmocka_unit_test(withheld_numbers_share_one),
		cmocka_unit_test(calls_stand_on_top),
		cmocka_unit_test(calls_in_order),
		cmocka_unit_test(caller_is_identified),
		cmocka_unit_test(read_anew),
		cmocka_unit_test(many_entries),
		cmocka_unit_test(how_a_call_sounded_stays_with_it),
		cmocka_unit_test(messages_and_how_far_they_came),
		cmocka_unit_test(hidden_stays_hidden),
		cmocka_unit_test(what_is_told_whole_is_swept_whole),
		cmocka_unit_test(sorts_are_swept_each_by_itself),
		cmocka_unit_test(drafts),
		cmocka_unit_test(filters),
		cmocka_unit_test(found_by_words_and_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
