/**
 * @file db_messages.c  Instant messages, and deleting entries
 */
#include "office_fixture.h"

static struct {
	int64_t id[16], delivered_ms[16], batch;
	char text[16][64];
	bool unread[16], outgoing[16];
	size_t count, waiting, changed;
	bool more;
} got;

static void listed(int err, const struct db_message *m, size_t count, bool more,
		   size_t waiting, void *arg)
{
	got.count = count;
	got.more = more;
	got.waiting = waiting;
	for (size_t i = 0; i < count && i < 16; i++) {
		got.id[i] = m[i].id;
		got.delivered_ms[i] = m[i].delivered_ms;
		got.unread[i] = m[i].unread;
		got.outgoing[i] = m[i].outgoing;
		snprintf(got.text[i], sizeof(got.text[i]), "%s", m[i].text);
	}
	office_done(err, arg);
}

static void counted(int err, size_t count, void *arg)
{
	got.changed = count;
	office_done(err, arg);
}

static void deleted(int err, size_t count, int64_t batch, void *arg)
{
	got.changed = count;
	got.batch = batch;
	office_done(err, arg);
}

static int send_one(struct office *o, const char *from, const char *to,
		    const char *uid, const char *text)
{
	const struct db_message_prm prm = {from, to, uid, text};

	db_message_send(o->db, &prm, listed, o);
	return office_wait(o);
}

static size_t list(struct office *o, const char *owner)
{
	db_message_read(o->db, owner, 0, 16, listed, o);
	assert_int_equal(office_wait(o), 0);
	return got.count;
}

static int house(void **state)
{
	office_setup(state);
	office_add_user(*state, "200", "Emma", "Nutt", NULL);
	office_add_user(*state, "201", "Agner", "Erlang", NULL);
	office_add_user(*state, "202", "Hedy", "Lamarr", NULL);
	return 0;
}

static void each_side_has_its_copy(void **state)
{
	struct office *o = *state;

	assert_int_equal(send_one(o, "200", "201", "u1", "hello\nthere"), 0);
	assert_int_equal(got.count, 1);
	assert_true(got.outgoing[0]);
	assert_int_equal(list(o, "200"), 1);
	assert_true(got.outgoing[0] && !got.unread[0]);
	assert_int_equal(got.waiting, 0);
	assert_int_equal(list(o, "201"), 1);
	assert_true(!got.outgoing[0] && got.unread[0]);
	assert_string_equal(got.text[0], "hello\nthere");
	assert_int_equal(got.waiting, 1);
	assert_int_equal(list(o, "202"), 0);
}

static void the_same_uid_is_the_same_message(void **state)
{
	struct office *o = *state;
	int64_t id;

	assert_int_equal(send_one(o, "200", "201", "u1", "hello"), 0);
	id = got.id[0];
	for (int i = 0; i < 3; i++) {
		assert_int_equal(send_one(o, "200", "201", "u1", "hello"), 0);
		assert_int_equal(got.id[0], id);
	}
	assert_int_equal(list(o, "201"), 1);
	/* Also when the server was down meanwhile. */
	office_close(o);
	office_open(o);
	assert_int_equal(send_one(o, "200", "201", "u1", "hello"), 0);
	assert_int_equal(got.id[0], id);
	assert_int_equal(list(o, "201"), 1);
	/* Somebody else's is another. */
	assert_int_equal(send_one(o, "202", "201", "u1", "hello"), 0);
	assert_int_not_equal(got.id[0], id);
	assert_int_equal(list(o, "201"), 2);
}

static void deleted_ones_do_not_come_again(void **state)
{
	struct office *o = *state;
	struct db_entries_prm prm = {.owner = "200"};

	assert_int_equal(send_one(o, "200", "201", "u1", "hello"), 0);
	prm.of[DB_ENTRIES_MESSAGES].id = &got.id[0];
	prm.of[DB_ENTRIES_MESSAGES].count = 1;
	db_entries_delete(o->db, &prm, deleted, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.changed, 1);
	assert_int_equal(send_one(o, "200", "201", "u1", "hello"), 0);
	assert_int_equal(list(o, "200"), 0);
	/* The other side keeps its own. */
	assert_int_equal(list(o, "201"), 1);
}

static void what_is_wrong_is_refused(void **state)
{
	static const struct {
		const char *from, *to, *uid, *text;
		int err;
	} rows[] = {
		{"200", "201", "u", "", EINVAL},
		{"200", "201", "u", " \n\t", EINVAL},
		{"200", "201", "", "x", EINVAL},
		{"200", "201", NULL, "x", EINVAL},
		{"200", "201", "a b", "x", EINVAL},
		{"200", "201", "u", NULL, EINVAL},
		{"200", "999", "u", "x", ENOENT},
		{"200", NULL, "u", "x", ENOENT},
		{"999", "201", "u", "x", ENOENT},
	};
	struct office *o = *state;
	char *text = malloc(TEXT_MESSAGE_MAX + 2);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(send_one(o, rows[i].from, rows[i].to,
					  rows[i].uid, rows[i].text),
				 rows[i].err);
	memset(text, 'x', TEXT_MESSAGE_MAX + 1);
	text[TEXT_MESSAGE_MAX + 1] = '\0';
	assert_int_equal(send_one(o, "200", "201", "u", text), EINVAL);
	text[TEXT_MESSAGE_MAX] = '\0';
	assert_int_equal(send_one(o, "200", "201", "u", text), 0);
	assert_int_equal(list(o, "201"), 1);
	free(text);
}

static void delivered_and_read(void **state)
{
	struct office *o = *state;
	int64_t mine, his;

	assert_int_equal(send_one(o, "200", "201", "u1", "hello"), 0);
	mine = got.id[0];
	list(o, "201");
	his = got.id[0];
	/* Nobody says so for another. */
	db_message_delivered(o->db, "202", &his, 1, counted, o);
	assert_int_equal(office_wait(o), 0);
	db_message_delivered(o->db, "200", &mine, 1, counted, o);
	assert_int_equal(office_wait(o), 0);
	list(o, "200");
	assert_int_equal(got.delivered_ms[0], 0);
	db_message_delivered(o->db, "201", &his, 1, counted, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.changed, 1);
	list(o, "200");
	assert_true(got.delivered_ms[0] > 0);
	list(o, "201");
	assert_true(got.unread[0]);
	db_message_mark(o->db, "201", &his, 1, counted, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.changed, 1);
	list(o, "201");
	assert_false(got.unread[0]);
	db_message_mark(o->db, "201", &his, 1, counted, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.changed, 0);
}

static int add_call(struct office *o, const char *number)
{
	const struct db_entry e = {
		.owner = "200",
		.kind = DB_IN_ANSWERED,
		.at_ms = 1795356060000,
		.number = number,
		.name = "",
	};

	db_journal_add(o->db, &e, office_entries, o);
	return office_wait(o);
}

static size_t calls(struct office *o)
{
	db_journal_read(o->db, "200", "", 0, 100, office_entries, o);
	assert_int_equal(office_wait(o), 0);
	return o->count;
}

/* Of six calls, in turn with two people, one in the middle is named. */
static void scopes(void **state)
{
	static const struct {
		enum db_entries_scope scope;
		size_t left;
	} rows[] = {
		{DB_ENTRIES_THESE, 5},
		{DB_ENTRIES_NUMBERS, 4},
		{DB_ENTRIES_OLDER, 2},
	};
	struct office *o = *state;

	for (int i = 0; i < 6; i++)
		assert_int_equal(add_call(o, i % 2 ? "201" : "202"), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct db_entries_prm prm = {.owner = "200",
					     .scope = rows[i].scope};
		int64_t id, batch;

		assert_int_equal(calls(o), 6);
		id = o->entry[2].id; /* the fourth: 201's second */
		prm.of[DB_ENTRIES_CALLS].id = &id;
		prm.of[DB_ENTRIES_CALLS].count = 1;
		db_entries_delete(o->db, &prm, deleted, o);
		assert_int_equal(office_wait(o), 0);
		batch = got.batch;
		assert_int_equal(got.changed, 6 - rows[i].left);
		assert_int_equal(calls(o), rows[i].left);
		/* Not with another's account. */
		db_entries_restore(o->db, "201", batch, deleted, o);
		assert_int_equal(office_wait(o), ENOENT);
		db_entries_restore(o->db, "200", batch, deleted, o);
		assert_int_equal(office_wait(o), 0);
		assert_int_equal(got.changed, 6 - rows[i].left);
	}
}

static void each_batch_comes_back_by_itself(void **state)
{
	struct office *o = *state;
	int64_t batch[2], id[2];

	assert_int_equal(add_call(o, "201"), 0);
	assert_int_equal(add_call(o, "202"), 0);
	calls(o);
	for (int i = 0; i < 2; i++)
		id[i] = o->entry[i].id;
	for (int i = 0; i < 2; i++) {
		struct db_entries_prm prm = {.owner = "200"};

		prm.of[DB_ENTRIES_CALLS].id = &id[i];
		prm.of[DB_ENTRIES_CALLS].count = 1;
		db_entries_delete(o->db, &prm, deleted, o);
		assert_int_equal(office_wait(o), 0);
		batch[i] = got.batch;
	}
	assert_true(batch[1] > batch[0]);
	assert_int_equal(calls(o), 0);
	db_entries_restore(o->db, "200", batch[0], deleted, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(calls(o), 1);
	assert_int_equal(o->entry[0].id, id[0]);
	/* Once. */
	db_entries_restore(o->db, "200", batch[0], deleted, o);
	assert_int_equal(office_wait(o), ENOENT);
	db_entries_restore(o->db, "200", batch[1], deleted, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(calls(o), 2);
}

static void read_of_one_other_side(void **state)
{
	struct office *o = *state;

	assert_int_equal(send_one(o, "200", "201", "a1", "one"), 0);
	assert_int_equal(send_one(o, "200", "202", "a2", "two"), 0);
	assert_int_equal(send_one(o, "201", "200", "a3", "three"), 0);
	db_message_read_of(o->db, "200", "201", 0, 16, listed, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.count, 2);
	db_message_read_of(o->db, "200", "201", 0, 1, listed, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.count, 1);
	assert_true(got.more);
	db_message_read_of(o->db, "200", "299' OR 1", 0, 16, listed, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.count, 0);
	db_message_read_of(o->db, "200", "", 0, 16, listed, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(got.count, 3);
}

static struct {
	size_t count[DB_ENTRIES_SORTS];
	int64_t id[DB_ENTRIES_SORTS][16];
} gone;

static void looked(int err, const struct db_entries *e, void *arg)
{
	memset(&gone, 0, sizeof(gone));
	for (int s = 0; !err && s < DB_ENTRIES_SORTS; s++)
		for (size_t i = 0; i < e->of[s].count; i++)
			gone.id[s][gone.count[s]++] = e->of[s].id[i];
	office_done(err, arg);
}

/* Deleted, somebody else's, never there; and there again. */
static void what_is_gone_is_told(void **state)
{
	struct office *o = *state;
	int64_t call[2], message[3] = {0, 0, 4711}, voice[1] = {12}, batch;
	struct db_entries_prm prm = {.owner = "200"};
	struct db_entries_prm asked = {
		.owner = "200", .of = {{call, 2}, {message, 3}, {voice, 1}}};

	assert_int_equal(add_call(o, "201"), 0);
	assert_int_equal(add_call(o, "202"), 0);
	calls(o);
	call[0] = o->entry[0].id;
	call[1] = o->entry[1].id;
	assert_int_equal(send_one(o, "200", "201", "u1", "hello"), 0);
	message[0] = got.id[0];
	assert_int_equal(list(o, "201"), 1);
	message[1] = got.id[0]; /* his copy */
	prm.of[DB_ENTRIES_CALLS].id = &call[1];
	prm.of[DB_ENTRIES_CALLS].count = 1;
	db_entries_delete(o->db, &prm, deleted, o);
	assert_int_equal(office_wait(o), 0);
	batch = got.batch;
	db_entries_gone(o->db, &asked, looked, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(gone.count[DB_ENTRIES_CALLS], 1);
	assert_int_equal(gone.id[DB_ENTRIES_CALLS][0], call[1]);
	assert_int_equal(gone.count[DB_ENTRIES_MESSAGES], 2);
	assert_int_equal(gone.id[DB_ENTRIES_MESSAGES][0], message[1]);
	assert_int_equal(gone.id[DB_ENTRIES_MESSAGES][1], 4711);
	assert_int_equal(gone.count[DB_ENTRIES_VOICEMAILS], 1);
	db_entries_restore(o->db, "200", batch, deleted, o);
	assert_int_equal(office_wait(o), 0);
	db_entries_gone(o->db, &asked, looked, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(gone.count[DB_ENTRIES_CALLS], 0);
	asked.owner = "999";
	db_entries_gone(o->db, &asked, looked, o);
	assert_int_equal(office_wait(o), ENOENT);
}

#define HOUSE_TEST(f) cmocka_unit_test_setup_teardown(f, house, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(each_side_has_its_copy),
		HOUSE_TEST(read_of_one_other_side),
		HOUSE_TEST(the_same_uid_is_the_same_message),
		HOUSE_TEST(deleted_ones_do_not_come_again),
		HOUSE_TEST(what_is_wrong_is_refused),
		HOUSE_TEST(delivered_and_read),
		HOUSE_TEST(scopes),
		HOUSE_TEST(each_batch_comes_back_by_itself),
		HOUSE_TEST(what_is_gone_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
