/**
 * @file db_accounts.c  Accounts: kept, checked, locked, changed, gone
 */
#include "office_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void an_account_is_there_again_after_a_restart(void **state)
{
	struct office *o = *state;
	const struct db_account *a;

	assert_int_equal(office_add_user(o, "200", "Emma", "Nutt", NULL), 0);
	assert_int_equal(office_add_user(o, "200", "Emma", "Nutt", NULL),
			 EEXIST);
	office_close(o);
	office_open(o);
	a = db_account(o->db, "200");
	assert_non_null(a);
	assert_string_equal(a->name, "Emma Nutt");
	assert_int_equal(a->presence.state, PROTO_OFFICE);
	assert_true(a->licensed);
	assert_false(a->locked);
	assert_null(db_account(o->db, "201"));
	assert_null(db_account(o->db, ""));
	assert_null(db_account(o->db, NULL));
}

static void names_are_cleaned_and_extensions_are_digits(void **state)
{
	struct office *o = *state;

	assert_int_equal(
		office_add_user(o, "201", "E\x1b[31m\nvil", "N\xffutt", NULL),
		0);
	assert_null(strchr(db_account(o->db, "201")->name, '\x1b'));
	assert_null(strchr(db_account(o->db, "201")->name, '\n'));
	assert_true(text_valid(db_account(o->db, "201")->name,
			       strlen(db_account(o->db, "201")->name)));
	assert_int_equal(office_add_user(o, "2x", "", "", NULL), EINVAL);
	assert_int_equal(office_add_user(o, "", "", "", NULL), EINVAL);
	assert_int_equal(office_add_user(o, "123456789", "", "", NULL), EINVAL);
	assert_int_equal(office_add_user(o, "trunk", "", "", NULL), EINVAL);
}

static void five_wrong_passwords_lock_until_somebody_unlocks(void **state)
{
	struct office *o = *state;

	office_add_user(o, "200", "Emma", "Nutt", "right one");
	assert_int_equal(office_log_in(o, "200", "right one"), DB_LOGIN_OK);
	assert_int_equal(office_log_in(o, "200", "right on"),
			 DB_LOGIN_BAD_PASSWORD);
	assert_int_equal(office_log_in(o, "200", ""), DB_LOGIN_BAD_PASSWORD);
	/* A right one begins the count anew. */
	assert_int_equal(office_log_in(o, "200", "right one"), DB_LOGIN_OK);
	for (int i = 1; i < DB_LOGIN_TRIES; i++)
		assert_int_equal(office_log_in(o, "200", "wrong"),
				 DB_LOGIN_BAD_PASSWORD);
	/* The count is not forgotten with a restart. */
	office_close(o);
	office_open(o);
	assert_int_equal(office_log_in(o, "200", "wrong"), DB_LOGIN_LOCKED);
	assert_true(db_account(o->db, "200")->locked);
	assert_int_equal(office_log_in(o, "200", "right one"), DB_LOGIN_LOCKED);
	office_close(o);
	office_open(o);
	assert_int_equal(office_log_in(o, "200", "right one"), DB_LOGIN_LOCKED);
	db_account_lock(o->db, "200", false, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(office_log_in(o, "200", "right one"), DB_LOGIN_OK);
}

static unsigned answered;

static void count_answers(enum db_login result, void *arg)
{
	unsigned *results = arg;

	results[result]++;
	answered++;
}

static bool all_answered(void *arg)
{
	return answered == *(unsigned *)arg;
}

static void guesses_sent_at_once_get_no_more_tries(void **state)
{
	struct office *o = *state;
	unsigned results[DB_LOGIN_ERROR + 1] = {0}, n = 9;

	office_add_user(o, "200", "Emma", "Nutt", "right one");
	answered = 0;
	for (unsigned i = 0; i < n - 1; i++)
		db_login(o->db, "200", "wrong", count_answers, results);
	db_login(o->db, "200", "right one", count_answers, results);
	assert_true(until(all_answered, &n));
	assert_int_equal(results[DB_LOGIN_BAD_PASSWORD], DB_LOGIN_TRIES - 1);
	assert_int_equal(results[DB_LOGIN_LOCKED], n - DB_LOGIN_TRIES + 1);
	assert_int_equal(results[DB_LOGIN_OK], 0);
}

static void who_is_nobody_gets_no_further(void **state)
{
	struct office *o = *state;
	struct db_account_prm trunk = {
		.extension = "trunk",
		.password = "p",
		.licensed = -1,
		.must_change = -1,
		.can = -1,
		.trunk = true,
	};
	struct db_account_prm off = {
		.extension = "200",
		.licensed = 0,
		.must_change = -1,
		.can = -1,
	};

	office_add_user(o, "200", "Emma", "Nutt", "pass");
	office_add_user(o, "201", "No", "Password", NULL);
	db_account_add(o->db, &trunk, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(office_log_in(o, "299", "pass"),
			 DB_LOGIN_BAD_PASSWORD);
	assert_int_equal(office_log_in(o, "201", ""), DB_LOGIN_BAD_PASSWORD);
	assert_int_equal(office_log_in(o, "trunk", "p"), DB_LOGIN_BAD_PASSWORD);
	assert_int_equal(office_log_in(o, "' OR 1=1 --", "pass"),
			 DB_LOGIN_BAD_PASSWORD);
	db_account_change(o->db, &off, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(office_log_in(o, "200", "nope"),
			 DB_LOGIN_BAD_PASSWORD);
	assert_int_equal(office_log_in(o, "200", "pass"), DB_LOGIN_NO_LICENCE);
}

static void passwords_are_nowhere_as_they_are(void **state)
{
	struct office *o = *state;
	char path[128], *buf;
	size_t len;

	office_add_user(o, "200", "Emma", "Nutt", "Very-Secret-77");
	office_close(o);
	snprintf(path, sizeof(path), "%s/office.db", o->dir);
	assert_int_equal(file_read(path, 1 << 24, &buf, &len), 0);
	assert_null(memmem(buf, len, "Very-Secret-77", 14));
	assert_non_null(memmem(buf, len, "$argon2id$", 10));
	free(buf);
}

static void only_the_owner_may_look(void **state)
{
	struct office *o = *state;
	struct db *other = NULL;
	struct stat st;
	char path[128];

	snprintf(path, sizeof(path), "%s/office.db", o->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	snprintf(path, sizeof(path), "%s/secret", o->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	assert_int_equal(chmod(o->dir, 0750), 0);
	assert_int_equal(db_alloc(&other, o->dir), EPERM);
	assert_int_equal(chmod(o->dir, 0700), 0);
}

static void a_presence_is_kept_with_all_its_parts(void **state)
{
	struct office *o = *state;
	struct db_presence p = {
		.state = PROTO_LUNCH,
		.until_ms = 1798120000000,
		.note = "soup",
		.visibility = DB_VISIBLE_NOBODY,
	};
	const struct db_account *a;

	office_add_user(o, "200", "Emma", "Nutt", NULL);
	db_set_presence(o->db, "200", &p, office_done, o);
	assert_int_equal(office_wait(o), 0);
	assert_int_equal(o->changes[1], 1);
	office_close(o);
	office_open(o);
	a = db_account(o->db, "200");
	assert_int_equal(a->presence.state, PROTO_LUNCH);
	assert_int_equal(a->presence.until_ms, 1798120000000);
	assert_string_equal(a->presence.note, "soup");
	assert_int_equal(a->presence.visibility, DB_VISIBLE_NOBODY);
	p.state = PROTO_PRESENCE_COUNT;
	db_set_presence(o->db, "200", &p, office_done, o);
	assert_int_equal(office_wait(o), EINVAL);
	p.state = PROTO_OFFICE;
	db_set_presence(o->db, "299", &p, office_done, o);
	assert_int_equal(office_wait(o), ENOENT);
}

static void what_was_answered_survives_a_kill(void **state)
{
	struct office *o = *state;
	char byte;
	int fds[2], status;
	pid_t pid;

	office_close(o);
	loop_close();
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		/* Never comes to an end of its own. */
		loop_init(LOOP_FEW);
		office_open(o);
		office_add_user(o, "200", "Emma", "Nutt", NULL);
		office_set(o, "country", "49");
		if (write(fds[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	assert_true(pid > 0);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(loop_init(LOOP_FEW), 0);
	office_open(o);
	assert_non_null(db_account(o->db, "200"));
	assert_string_equal(db_setting(o->db, "", "country"), "49");
}

static void sip_passwords_are_each_ones_own_and_stay(void **state)
{
	struct office *o = *state;
	char a[DB_SIP_PASSWORD_SIZE], b[DB_SIP_PASSWORD_SIZE];
	char again[DB_SIP_PASSWORD_SIZE];
	uint8_t ha1[16], wanted[16];
	char *text;

	office_add_user(o, "200", "Emma", "Nutt", NULL);
	office_add_user(o, "201", "Agner", "Erlang", NULL);
	db_sip_password(o->db, "200", a);
	db_sip_password(o->db, "201", b);
	assert_true(strlen(a) >= 32);
	assert_string_not_equal(a, b);
	office_close(o);
	office_open(o);
	db_sip_password(o->db, "200", again);
	assert_string_equal(a, again);
	text = text_printf("200:offhook:%s", a);
	md5((const uint8_t *)text, strlen(text), wanted);
	free(text);
	assert_int_equal(db_ha1(o->db, "200", "offhook", ha1), 0);
	assert_memory_equal(ha1, wanted, 16);
	assert_int_equal(db_ha1(o->db, "299", "offhook", ha1), ENOENT);
	/* One that comes again is not who it was. */
	db_account_remove(o->db, "200", office_done, o);
	assert_int_equal(office_wait(o), 0);
	db_sip_password(o->db, "200", again);
	assert_string_equal(again, "");
	office_add_user(o, "200", "Emma", "Nutt", NULL);
	db_sip_password(o->db, "200", again);
	assert_string_not_equal(a, again);
}

static void a_handler_is_called_though_the_database_goes(void **state)
{
	struct office *o = *state;
	unsigned results[DB_LOGIN_ERROR + 1] = {0};

	office_add_user(o, "200", "Emma", "Nutt", "pass");
	answered = 0;
	for (int i = 0; i < 6; i++)
		db_login(o->db, "200", "pass", count_answers, results);
	o->sub = mem_deref(o->sub);
	o->db = mem_deref(o->db);
	assert_int_equal(answered, 6);
}

static void what_is_no_database_is_refused(void **state)
{
	struct office *o = *state;
	char path[128], junk[] = "this is no database, but it is there";
	struct db *other = NULL;
	FILE *f;

	office_close(o);
	snprintf(path, sizeof(path), "%s/office.db", o->dir);
	f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < 200; i++)
		fputs(junk, f);
	fclose(f);
	assert_int_not_equal(db_alloc(&other, o->dir), 0);
	assert_null(other);
	unlink(path);
}

/* What an administrator's command does beside the running server. */
static void others_changes_are_told_of_whom_they_concern(void **state)
{
	struct office *o = *state, other = {.err = 0};
	struct proto_dial_params p;

	office_add_user(o, "200", "Emma", "Nutt", "pass");
	office_add_user(o, "201", "Otto", "Mann", NULL);
	office_add_user(o, "202", "Ruth", "Ross", NULL);
	memcpy(other.dir, o->dir, sizeof(other.dir));
	office_open(&other);
	db_account_remove(other.db, "202", office_done, &other);
	assert_int_equal(office_wait(&other), 0);
	office_add_user(&other, "203", "Anna", "Alt", NULL);
	db_account_lock(other.db, "201", true, office_done, &other);
	assert_int_equal(office_wait(&other), 0);
	assert_int_equal(office_set(&other, "country", "44"), 0);
	office_close(&other);
	office_clear(&other);

	memset(o->changes, 0, sizeof(o->changes));
	assert_int_equal(db_reload(o->db), 0);
	db_sync(o->db, office_done, o);
	office_wait(o);
	assert_null(db_account(o->db, "202"));
	assert_true(db_account(o->db, "201")->locked);
	assert_string_equal(db_account(o->db, "203")->name, "Anna Alt");
	db_dial_params(o->db, &p);
	assert_string_equal(p.country, "44");
	assert_int_equal(o->changes[0], 2); /* 201 and 203 */
	assert_int_equal(o->changes[1], 1); /* 203 */
	assert_int_equal(o->changes[5], 1); /* 202 */
	assert_int_equal(o->changes[6], 1); /* country */
	assert_int_equal(o->changes[7], 0);

	memset(o->changes, 0, sizeof(o->changes));
	db_reload(o->db);
	db_sync(o->db, office_done, o);
	office_wait(o);
	for (unsigned i = 0; i < 32; i++)
		assert_int_equal(o->changes[i], 0);
}

static void write_down(uint32_t kind, const void *subject, void *arg)
{
	const struct db_setting *told = subject;
	char **said = arg, *more;

	if (kind != DB_CHANGE_SETTING)
		return;
	more = text_printf("%s%s=%s;", *said ? *said : "", told->name,
			   told->value ? told->value : "(gone)");
	free(*said);
	*said = more;
}

/* One is set, one changed, one taken away, one left as it was. */
static void others_settings_are_told_one_by_one(void **state)
{
	struct office *o = *state, other = {.err = 0};
	struct notify_sub *sub = NULL;
	char *said = NULL;

	assert_int_equal(office_set(o, "area", "89"), 0);
	assert_int_equal(office_set(o, "access", "0"), 0);
	assert_int_equal(office_set(o, "location", "7007"), 0);
	memcpy(other.dir, o->dir, sizeof(other.dir));
	office_open(&other);
	assert_int_equal(office_set(&other, "country", "44"), 0);
	assert_int_equal(office_set(&other, "area", "20"), 0);
	assert_int_equal(office_set(&other, "access", NULL), 0);
	office_close(&other);
	office_clear(&other);

	assert_int_equal(notify_subscribe(&sub, db_notify(o->db),
					  DB_CHANGE_SETTING, write_down, &said),
			 0);
	assert_int_equal(db_reload(o->db), 0);
	db_sync(o->db, office_done, o);
	office_wait(o);
	mem_deref(sub);
	assert_non_null(said);
	assert_non_null(strstr(said, "country=44;"));
	assert_non_null(strstr(said, "area=20;"));
	assert_non_null(strstr(said, "access=(gone);"));
	assert_null(strstr(said, "location"));
	free(said);
}

static void a_new_password_is_told_and_ends_the_old_one(void **state)
{
	struct office *o = *state;
	const struct db_account_prm prm = {
		.extension = "200",
		.password = "new",
		.licensed = -1,
		.must_change = -1,
		.can = -1,
	};
	unsigned results[DB_LOGIN_ERROR + 1] = {0}, n = 1;

	office_add_user(o, "200", "Emma", "Nutt", "old");
	memset(o->changes, 0, sizeof(o->changes));
	/* Begun with the old one, but ended after it was replaced. */
	answered = 0;
	db_account_change(o->db, &prm, office_done, o);
	db_login(o->db, "200", "old", count_answers, results);
	assert_true(until(all_answered, &n));
	assert_int_equal(results[DB_LOGIN_BAD_PASSWORD], 1);
	assert_int_equal(o->changes[7], 1);
	assert_int_equal(office_log_in(o, "200", "new"), DB_LOGIN_OK);
}

int main(void)
{
#define T(test) \
	cmocka_unit_test_setup_teardown(test, office_setup, office_teardown)
	const struct CMUnitTest tests[] = {
		T(an_account_is_there_again_after_a_restart),
		T(names_are_cleaned_and_extensions_are_digits),
		T(five_wrong_passwords_lock_until_somebody_unlocks),
		T(guesses_sent_at_once_get_no_more_tries),
		T(who_is_nobody_gets_no_further),
		T(passwords_are_nowhere_as_they_are),
		T(only_the_owner_may_look),
		T(a_presence_is_kept_with_all_its_parts),
		T(what_was_answered_survives_a_kill),
		T(sip_passwords_are_each_ones_own_and_stay),
		T(a_handler_is_called_though_the_database_goes),
		T(what_is_no_database_is_refused),
		T(others_changes_are_told_of_whom_they_concern),
		T(others_settings_are_told_one_by_one),
		T(a_new_password_is_told_and_ends_the_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
