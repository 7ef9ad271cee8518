/**
 * @file store_history.c  Secrets, pins, and what SQLite keeps
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <cmocka.h>
#include <sqlite3.h>
#include "until.h"

#include <offhook/client/store.h>

static char dir[64];
static struct store *make(void)
{
	char config[80];
	struct store_prm prm = {
		.config_file = config, .state_dir = dir, .cache_dir = dir};
	struct store *s = NULL;

	snprintf(config, sizeof(config), "%s/config", dir);
	assert_int_equal(store_alloc(&s, &prm), 0);
	return s;
}

static void run(void)
{
	assert_true(until_stopped());
}

static char *content(const char *name, size_t *len)
{
	char path[128], *buf = NULL;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return file_read(path, 1 << 20, &buf, len) ? NULL : buf;
}

static void passwords_are_sealed(void **state)
{
	struct store *s = make();
	char path[128], *password, *text;
	struct stat st;
	size_t len;
	(void)state;

	assert_false(store_has_password(s, 1));
	assert_null(store_password(s, 1));
	assert_int_equal(store_set_password(s, 1, "Tr0ub4dor&3 ü"), 0);
	mem_deref(s);
	text = content("credentials", &len);
	assert_non_null(text);
	assert_null(strstr(text, "Tr0ub4dor"));
	free(text);
	snprintf(path, sizeof(path), "%s/key", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(path, sizeof(path), "%s/credentials", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	s = make();
	assert_true(store_has_password(s, 1));
	password = store_password(s, 1);
	assert_string_equal(password, "Tr0ub4dor&3 ü");
	store_secret_free(password);
	assert_int_equal(store_set_password(s, 1, NULL), 0);
	assert_null(store_password(s, 1));
	assert_int_equal(store_set_password(s, STORE_SLOT_COUNT, "x"), EINVAL);
	mem_deref(s);
}

static void another_key_opens_nothing(void **state)
{
	struct store *s = make();
	char path[128], other[32] = "another key, another key, anoth";
	(void)state;

	assert_int_equal(store_set_password(s, 0, "secret"), 0);
	mem_deref(s);
	snprintf(path, sizeof(path), "%s/key", dir);
	assert_int_equal(file_write(path, other, 32, 0600), 0);
	s = make();
	assert_null(store_password(s, 0));
	mem_deref(s);
}

static void rejected_after_a_restart(void **state)
{
	struct store *s = make();
	(void)state;

	assert_int_equal(store_set_password(s, 2, "old"), 0);
	assert_false(store_rejected(s, 2));
	assert_int_equal(store_set_rejected(s, 2), 0);
	mem_deref(s);
	s = make();
	assert_true(store_rejected(s, 2));
	assert_false(store_rejected(s, 1));
	assert_int_equal(store_set_password(s, 2, "new"), 0);
	assert_false(store_rejected(s, 2));
	mem_deref(s);
}

static void pins(void **state)
{
	struct store *s = make();
	(void)state;

	assert_null(store_pin(s, 3));
	assert_int_equal(store_set_pin(s, 3, "AA:BB"), 0);
	mem_deref(s);
	s = make();
	assert_string_equal(store_pin(s, 3), "AA:BB");
	assert_int_equal(store_set_pin(s, 3, NULL), 0);
	assert_null(store_pin(s, 3));
	mem_deref(s);
}

static void broken_credentials(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{\"slots\":5}",
		("{\"slots\":[{\"password\":\"AAAA\"},{\"password\":\"%%\"},"
		 "7,{\"pin\":5,\"rejected\":\"x\"},{}]}"),
	};
	char path[128];
	size_t i;
	(void)state;

	snprintf(path, sizeof(path), "%s/credentials", dir);
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct store *s;

		assert_int_equal(
			file_write(path, texts[i], strlen(texts[i]), 0600), 0);
		s = make();
		assert_null(store_password(s, 0));
		assert_null(store_password(s, 1));
		mem_deref(s);
	}
}

/* ---- SQLite ------------------------------------------------------------ */

static void join(struct text_buf *b, const char *s)
{
	text_buf_printf(b, "[%s]", s);
}

static void texts_h(int err, const char *const *texts, size_t count, void *arg)
{
	size_t i;

	assert_int_equal(err, 0);
	for (i = 0; i < count; i++)
		join(arg, texts[i]);
	loop_stop();
}

static void entries_h(int err, const struct uc_entry_prm *e, size_t count,
		      void *arg)
{
	size_t i;

	assert_int_equal(err, 0);
	for (i = 0; i < count; i++)
		text_buf_printf(arg, "[%s %d %lld %u %s %s %s %d]", e[i].id,
				(int)e[i].kind, (long long)e[i].at_ms,
				e[i].duration_s, e[i].text, e[i].number,
				e[i].name, e[i].unread);
	loop_stop();
}

static void contacts_h(int err, const struct store_contact *c, size_t count,
		       void *arg)
{
	size_t i, k;

	assert_int_equal(err, 0);
	for (i = 0; i < count; i++) {
		text_buf_printf(arg, "[%s %s %d %s %d", c[i].data.id,
				c[i].data.name, (int)c[i].presence.state,
				c[i].presence.note, (int)c[i].lamp);
		for (k = 0; k < c[i].data.number_count; k++)
			text_buf_printf(arg, " %d:%s",
					(int)c[i].data.numbers[k].kind,
					c[i].data.numbers[k].number);
		text_buf_add(arg, "]");
	}
	loop_stop();
}

static void groups_h(int err, const struct uc_group_prm *g, size_t count,
		     void *arg)
{
	size_t i, k;

	assert_int_equal(err, 0);
	for (i = 0; i < count; i++) {
		text_buf_printf(arg, "[%s %s", g[i].id, g[i].name);
		for (k = 0; k < g[i].member_count; k++)
			text_buf_printf(arg, " %s", g[i].member_ids[k]);
		text_buf_add(arg, "]");
	}
	loop_stop();
}

static void expect(struct text_buf *b, const char *text)
{
	run();
	assert_string_equal(b->buf ? b->buf : "", text);
	text_buf_reset(b);
}

static void entries(void **state)
{
	const struct uc_entry_prm one = {.id = "1",
					 .kind = UC_IN_MISSED,
					 .at_ms = 100,
					 .number = "201",
					 .name = "it's",
					 .text = "a\nb",
					 .unread = true};
	const struct uc_entry_prm two = {.id = "2",
					 .kind = UC_OUT_ANSWERED,
					 .at_ms = 50,
					 .duration_s = 7,
					 .number = "202"};
	const char *ids[] = {"1"};
	struct text_buf b = {0};
	struct store *s = make();
	(void)state;

	assert_int_equal(store_entry_put(s, "a", &one), 0);
	assert_int_equal(store_entry_put(s, "a", &two), 0);
	assert_int_equal(store_entry_put(s, "other", &two), 0);
	mem_deref(s); /* jobs that wait are done before it goes */
	s = make();
	assert_int_equal(
		store_entries_load(s, "a", STORE_OWN, 10, entries_h, &b), 0);
	expect(&b, "[2 5 50 7  202  0][1 1 100 0 a\nb 201 it's 1]");
	assert_int_equal(store_entries_read(s, "a", ids, 1), 0);
	assert_int_equal(
		store_entries_load(s, "a", STORE_OWN, 1, entries_h, &b), 0);
	expect(&b, "[1 1 100 0 a\nb 201 it's 0]");
	assert_int_equal(store_entry_delete(s, "a", "1"), 0);
	assert_int_equal(store_entries_clear(s, "a"), 0);
	assert_int_equal(
		store_entries_load(s, "a", STORE_OWN, 10, entries_h, &b), 0);
	expect(&b, "");
	assert_int_equal(
		store_entries_load(s, "other", STORE_OWN, 10, entries_h, &b),
		0);
	expect(&b, "[2 5 50 7  202  0]");
	assert_int_equal(store_entries_cache(s, "a", &one, 1), 0);
	assert_int_equal(store_entries_cache(s, "a", &two, 1), 0);
	assert_int_equal(
		store_entries_load(s, "a", STORE_CACHE, 10, entries_h, &b), 0);
	expect(&b, "[2 5 50 7  202  0]");
	mem_deref(s);
}

static void contacts_and_groups(void **state)
{
	struct uc_number numbers[] = {{UC_NUMBER_INTERNAL, (char *)"201"},
				      {UC_NUMBER_MOBILE, (char *)"+49 171"}};
	const struct store_contact c = {
		.data = {.id = "int:201",
			 .directory = UC_INTERNAL,
			 .name = "Agner",
			 .numbers = numbers,
			 .number_count = 2},
		.presence = {.state = PROTO_LUNCH, .note = (char *)"soup"},
		.lamp = UC_LAMP_IDLE,
	};
	const char *members[] = {"int:201", "int:202"};
	const struct uc_group_prm g[] = {{"g1", "One", members, 2},
					 {"g2", "Empty", NULL, 0},
					 {"g3", "Three", members + 1, 1}};
	struct text_buf b = {0};
	struct store *s = make();
	(void)state;

	assert_int_equal(store_contacts_replace(s, "a", STORE_CACHE, &c, 1), 0);
	assert_int_equal(
		store_contacts_load(s, "a", STORE_CACHE, contacts_h, &b), 0);
	expect(&b, "[int:201 Agner 7 soup 1 0:201 3:+49 171]");
	assert_int_equal(store_contacts_load(s, "a", STORE_OWN, contacts_h, &b),
			 0);
	expect(&b, "");
	assert_int_equal(store_groups_save(s, "a", STORE_OWN, g, 3), 0);
	assert_int_equal(store_groups_load(s, "a", STORE_OWN, groups_h, &b), 0);
	expect(&b, "[g1 One int:201 int:202][g2 Empty][g3 Three int:202]");
	assert_int_equal(store_groups_save(s, "a", STORE_OWN, g, 1), 0);
	assert_int_equal(store_groups_load(s, "a", STORE_OWN, groups_h, &b), 0);
	expect(&b, "[g1 One int:201 int:202]");
	mem_deref(s);
}

static void redial_keeps_the_last_ten(void **state)
{
	struct text_buf b = {0};
	struct store *s = make();
	char number[16];
	int i;
	(void)state;

	for (i = 0; i < 14; i++) {
		snprintf(number, sizeof(number), "%d", i);
		assert_int_equal(store_redial_put(s, "a", number), 0);
	}
	assert_int_equal(store_redial_put(s, "a", "9"), 0);
	assert_int_equal(store_redial_load(s, "a", texts_h, &b), 0);
	expect(&b, "[9][13][12][11][10][8][7][6][5][4]");
	assert_int_equal(store_value_put(s, "a", "view", "x"), 0);
	assert_int_equal(store_value_put(s, "a", "view", "y"), 0);
	assert_int_equal(store_value_load(s, "a", "view", texts_h, &b), 0);
	expect(&b, "[y]");
	mem_deref(s);
}

static void qualities_h(int err, const struct uc_quality_record *r,
			size_t count, void *arg)
{
	struct text_buf *b = arg;
	size_t i;

	assert_int_equal(err, 0);
	for (i = 0; i < count; i++)
		text_buf_printf(
			b, "[%lld %s %s %d %u %u %u %u %u %u]",
			(long long)r[i].at_ms, r[i].number, r[i].quality.codec,
			r[i].quality.keys, r[i].quality.mos, r[i].quality.lost,
			r[i].quality.lost_there, r[i].quality.jitter_ms,
			r[i].quality.buffer_ms, r[i].quality.round_trip_ms);
	loop_stop();
}

static void how_calls_sounded(void **state)
{
	struct uc_quality_record r = {.number = "201",
				      .quality = {.codec = "opus",
						  .keys = UC_KEYS_DTLS,
						  .mos = 431,
						  .lost = 20,
						  .lost_there = 100,
						  .jitter_ms = 3,
						  .buffer_ms = 40,
						  .round_trip_ms = 12}};
	struct text_buf b = {0};
	struct store *s = make();
	int i;
	(void)state;

	for (i = 0; i <= UC_QUALITY_MAX; i++) {
		r.at_ms = i;
		assert_int_equal(store_quality_put(s, i < 2 ? "a" : "b", &r),
				 0);
	}
	assert_int_equal(store_qualities_load(s, "a", qualities_h, &b), 0);
	expect(&b, "[0 201 opus 3 431 20 100 3 40 12]"
		   "[1 201 opus 3 431 20 100 3 40 12]");
	for (i = 0; i < UC_QUALITY_MAX; i++) {
		r.at_ms = 1000 + i;
		r.quality.lost = (unsigned)i;
		assert_int_equal(store_quality_put(s, "a", &r), 0);
	}
	assert_int_equal(store_qualities_load(s, "a", qualities_h, &b), 0);
	run();
	assert_non_null(b.buf);
	/* The first two have gone, the last has not. */
	assert_int_equal(strncmp(b.buf, "[1000 ", 6), 0);
	assert_non_null(strstr(b.buf, "[1499 "));
	text_buf_reset(&b);
	mem_deref(s);
}

static void sql(const char *text)
{
	sqlite3 *h = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/history.db", dir);
	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(h);
}

/* What an older one has written is not lost with what is new. */
static void an_older_file_grows(void **state)
{
	const struct uc_quality_record r = {.number = "201", .at_ms = 1};
	struct text_buf b = {0};
	struct store *s = make();
	(void)state;

	assert_int_equal(store_redial_put(s, "a", "201"), 0);
	mem_deref(s);
	sql("DROP TABLE quality; DROP TABLE outbox; DROP TABLE hidden;"
	    "ALTER TABLE entry DROP COLUMN delivery;"
	    "ALTER TABLE entry DROP COLUMN reason;"
	    "ALTER TABLE contact DROP import_key;"
	    "ALTER TABLE contact DROP hand_made;"
	    "PRAGMA user_version=1;");
	s = make();
	assert_int_equal(store_redial_load(s, "a", texts_h, &b), 0);
	expect(&b, "[201]");
	assert_int_equal(store_quality_put(s, "a", &r), 0);
	assert_int_equal(store_qualities_load(s, "a", qualities_h, &b), 0);
	expect(&b, "[1 201  0 0 0 0 0 0 0]");
	mem_deref(s);
}

static void broken_file_is_put_aside(void **state)
{
	char path[128], garbage[4096];
	struct text_buf b = {0};
	struct store *s;
	struct stat st;
	(void)state;

	memset(garbage, 'x', sizeof(garbage));
	snprintf(path, sizeof(path), "%s/history.db", dir);
	assert_int_equal(file_write(path, garbage, sizeof(garbage), 0600), 0);
	s = make();
	assert_int_equal(store_redial_put(s, "a", "201"), 0);
	assert_int_equal(store_redial_load(s, "a", texts_h, &b), 0);
	expect(&b, "[201]");
	mem_deref(s);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	snprintf(path, sizeof(path), "%s/history.db.broken", dir);
	assert_int_equal(stat(path, &st), 0);
}

static void never(int err, const char *const *texts, size_t count, void *arg)
{
	(void)err;
	(void)texts;
	(void)count;
	(void)arg;
	fail_msg("the store has gone");
}

static void nobody_is_told_after_the_end(void **state)
{
	struct store *s = make();
	(void)state;

	assert_int_equal(store_redial_load(s, "a", never, NULL), 0);
	assert_int_equal(store_redial_load(s, "a", never, NULL), 0);
	mem_deref(s);
}

static int begin(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/oh-hist-XXXXXX");
	return !mkdtemp(dir) || loop_init(LOOP_FEW);
}

static int end(void **state)
{
	char *command = text_printf("rm -r %s", dir);
	int err = command ? system(command) : 1;
	(void)state;

	free(command);
	loop_close();
	return err;
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, begin, end)

/* ---- messages on their way out ----------------------------------------- */

static void put_h(int err, void *arg)
{
	*(int *)arg = err;
	loop_stop();
}

static void outbox_h(int err, const struct store_message *m, size_t count,
		     void *arg)
{
	struct text_buf *b = arg;

	assert_int_equal(err, 0);
	for (size_t i = 0; i < count; i++)
		text_buf_printf(b, "[%s %s %s %d%s]", m[i].uid, m[i].number,
				m[i].text, m[i].failed, m[i].reason);
	loop_stop();
}

static void outbox(struct store *s, const char *account, const char *wanted)
{
	struct text_buf b = {0};

	assert_int_equal(store_outbox_load(s, account, outbox_h, &b), 0);
	run();
	assert_string_equal(b.buf ? b.buf : "", wanted);
	text_buf_reset(&b);
}

static void messages_wait_on_the_disk(void **state)
{
	struct store_message m = {.uid = "u1",
				  .number = "201",
				  .text = "two\nlines",
				  .at_ms = 2,
				  .reason = ""};
	struct store *s = make();
	int err = -1;
	(void)state;

	/* Told once it is there: a second handle sees it. */
	assert_int_equal(store_outbox_put(s, "a", &m, put_h, &err), 0);
	run();
	assert_int_equal(err, 0);
	outbox(s, "a", "[u1 201 two\nlines 0]");
	m.uid = "u0";
	m.at_ms = 1;
	assert_int_equal(store_outbox_put(s, "a", &m, NULL, NULL), 0);
	m.uid = "u1";
	m.at_ms = 2;
	m.failed = true;
	m.reason = "no";
	assert_int_equal(store_outbox_put(s, "a", &m, NULL, NULL), 0);
	/* Its end waits for what was said; the handler is not called. */
	err = -1;
	m.uid = "u2";
	m.at_ms = 3;
	assert_int_equal(store_outbox_put(s, "b", &m, put_h, &err), 0);
	mem_deref(s);
	assert_int_equal(err, -1);
	s = make();
	outbox(s, "a", "[u0 201 two\nlines 0][u1 201 two\nlines 1no]");
	outbox(s, "b", "[u2 201 two\nlines 1no]");
	assert_int_equal(store_outbox_remove(s, "a", "u0"), 0);
	outbox(s, "a", "[u1 201 two\nlines 1no]");
	mem_deref(s);
}

static void hidden_entries(void **state)
{
	static const char *const ids[] = {"j:1", "j:2"};
	struct text_buf b = {0};
	struct store *s = make();
	(void)state;

	assert_int_equal(store_hidden_set(s, "a", ids, 2, true), 0);
	assert_int_equal(store_hidden_set(s, "a", ids, 1, false), 0);
	assert_int_equal(store_hidden_load(s, "a", texts_h, &b), 0);
	expect(&b, "[j:2]");
	mem_deref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(passwords_are_sealed),
		TEST(another_key_opens_nothing),
		TEST(rejected_after_a_restart),
		TEST(pins),
		TEST(broken_credentials),
		TEST(entries),
		TEST(contacts_and_groups),
		TEST(redial_keeps_the_last_ten),
		TEST(how_calls_sounded),
		TEST(messages_wait_on_the_disk),
		TEST(hidden_entries),
		TEST(an_older_file_grows),
		TEST(broken_file_is_put_aside),
		TEST(nobody_is_told_after_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
