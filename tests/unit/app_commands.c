/**
 * @file app_commands.c  Every row of the command table, and running them
 */
#include "app_fixture.h"

static void every_row_is_whole(void **state)
{
	const struct app_command *c, *other;
	struct app *a = app_make();
	size_t i, k;
	(void)state;

	assert_true(app_command_count(a) > 30);
	for (i = 0; (c = app_command_at(a, i)); i++) {
		const struct app_argument *g = c->arguments;
		bool optional = false;
		char *usage = app_command_usage(c), *help;

		assert_non_null(c->summary);
		assert_true(strlen(c->summary) > 5);
		assert_int_equal(c->summary[strlen(c->summary) - 1], '.');
		assert_true(c->origins && !(c->origins & ~APP_FROM_ALL));
		assert_non_null(c->run);
		assert_ptr_equal(app_command_find(a, c->name), c);
		if (c->alias)
			assert_ptr_equal(app_command_find(a, c->alias), c);
		assert_memory_equal(usage, c->name, strlen(c->name));
		for (; g && g->name; g++) {
			/* What may be left out stands behind what may not. */
			assert_false(optional && !g->optional);
			optional = g->optional;
			if (g->kind == APP_ARG_CHOICE)
				assert_non_null(g->choices);
			if (g->rest)
				assert_null(g[1].name);
			assert_non_null(strstr(usage, g->name));
		}
		for (k = 0; (other = app_command_at(a, k)); k++)
			if (k != i)
				assert_string_not_equal(other->name, c->name);
		help = app_command_help(a, c);
		assert_non_null(strstr(help, usage));
		free(help);
		free(usage);
	}
	mem_deref(a);
}

/* A link can do nothing but ask; the configuration can't act. */
static void origins_are_held(void **state)
{
	static const char *const never_config[] = {
		"dial",	 "call", "answer", "hangup", "presence",
		"login", "quit", "redial", "logout", "group-delete"};
	struct app *a = app_make();
	const struct app_command *c;
	size_t i;
	(void)state;

	for (i = 0; i < sizeof(never_config) / sizeof(*never_config); i++) {
		c = app_command_find(a, never_config[i]);
		assert_non_null(c);
		assert_false(c->origins & APP_FROM_CONFIG);
	}
	for (i = 0; (c = app_command_at(a, i)); i++)
		if (c->origins & APP_FROM_LINK)
			assert_string_equal(c->name, "link");
	mem_deref(a);
}

/* Two rows never want the same key in the same view. */
static void keys_do_not_collide(void **state)
{
	struct app *a = app_make();
	const struct app_command *c, *d;
	size_t i, k;
	(void)state;

	for (i = 0; (c = app_command_at(a, i)); i++)
		for (k = i + 1; (d = app_command_at(a, k)); k++) {
			char *keys, *key, *save = NULL;

			if (!c->keys || !d->keys ||
			    (c->contexts != d->contexts &&
			     !(c->contexts & d->contexts)))
				continue;
			keys = strdup(c->keys);
			for (key = strtok_r(keys, " ", &save); key;
			     key = strtok_r(NULL, " ", &save)) {
				char *hay = text_printf(" %s ", d->keys);
				char *needle = text_printf(" %s ", key);

				assert_null(strstr(hay, needle));
				free(hay);
				free(needle);
			}
			free(keys);
		}
	mem_deref(a);
}

/* What the help shows is taken as it stands: no complaint about arguments. */
static void examples_fit_the_schema(void **state)
{
	const struct app_command *c;
	struct app *a = app_make();
	size_t i, k;
	(void)state;

	for (i = 0; (c = app_command_at(a, i)); i++)
		for (k = 0; c->examples && c->examples[k]; k++) {
			struct app_sink sink = {0};
			char **argv = NULL;
			size_t argc = 0;

			assert_int_equal(
				app_split(c->examples[k], &argv, &argc), 0);
			assert_ptr_equal(app_command_find(a, argv[0]), c);
			app_argv_free(argv);
			if (!strcmp(c->name, "login"))
				continue;
			(void)app_run_line(a, c->examples[k], APP_FROM_LINE,
					   &sink);
			if (sink.error.buf) {
				assert_null(strstr(sink.error.buf, "Usage"));
				assert_null(strstr(sink.error.buf, "none of"));
			}
			app_sink_reset(&sink);
		}
	mem_deref(a);
}

static void refusals(void **state)
{
	const char *empty[] = {""};
	struct app_sink sink = {0};
	struct app *a = app_make();
	(void)state;

	assert_int_equal(app_do(a, "nonsense", NULL), ENOENT);
	assert_int_equal(app_do(a, "hold 'open", NULL), EINVAL);
	assert_int_equal(app_do(a, "certificate perhaps", NULL), EINVAL);
	assert_int_equal(app_do(a, "bind call", NULL), EINVAL);
	assert_int_equal(app_do(a, "logout now", NULL), EINVAL);
	assert_int_equal(app_do(a, "redial x", NULL), EINVAL);
	assert_int_equal(app_do(a, "hangup", NULL), ENOTSUP);
	assert_int_equal(app_do(a, "dial 201", NULL), ENOTSUP);
	assert_int_equal(app_do(a, "presence lunch 25:99", NULL), EINVAL);
	assert_int_equal(app_do(a, "slot 5 user x", NULL), EINVAL);
	assert_int_equal(app_do(a, "slot 1 lan uc:99999", NULL), EINVAL);
	assert_int_equal(app_do(a, "slot 1 lan 2001:db8::1", NULL), EINVAL);
	assert_int_equal(app_do(a, "slot 1 lan 'a b'", NULL), EINVAL);
	assert_int_equal(app_do(a, "slot 1 lan '[2001:db8::1]:8802'", NULL), 0);
	assert_int_equal(app_do(a, "choose 1", NULL), ENOTSUP);
	assert_int_equal(app_do(a, "", NULL), 0);
	assert_int_equal(app_run(a, empty, 1, APP_FROM_LINE, &sink), ENOENT);
	app_sink_reset(&sink);
	assert_int_equal(app_run_line(a, "dial 201", APP_FROM_CONFIG, &sink),
			 EPERM);
	app_sink_reset(&sink);
	mem_deref(a);
}

static void expect_words(struct app *a, const char *line, const char *first,
			 size_t start)
{
	char **words = NULL;
	size_t at = 0;

	assert_int_equal(app_complete(a, line, &words, &at), 0);
	assert_int_equal(at, start);
	if (first)
		assert_string_equal(words[0], first);
	else
		assert_null(words[0]);
	app_argv_free(words);
}

static void completion(void **state)
{
	struct uc_number n = {UC_NUMBER_INTERNAL, (char *)"202"};
	struct uc_contact_prm hedy = {.id = "int:202",
				      .name = "Hedy Lamarr",
				      .directory = UC_INTERNAL,
				      .numbers = &n,
				      .number_count = 1};
	struct app *a = app_make();
	(void)state;

	assert_int_equal(uc_contact_put(app_uc(a), &hedy, NULL), 0);
	expect_words(a, "recon", "reconnect", 0);
	expect_words(a, "presence lu", "lunch", 9);
	expect_words(a, "set pop", "popup", 4);
	expect_words(a, "codec ", "opus", 6);
	expect_words(a, "codec pc", "PCMA", 6);
	expect_words(a, "codec PCMA,", "PCMA,opus", 6);
	expect_words(a, "codec PCMA,pc", "PCMA,PCMU", 6);
	expect_words(a, "codec PCMA,pcmu,pc", NULL, 6);
	expect_words(a, "set popup ne", "never", 10);
	expect_words(a, "set voip o", "on", 9);
	expect_words(a, "call lam", "Hedy Lamarr", 5);
	expect_words(a, "call 'hedy l", "Hedy Lamarr", 5);
	expect_words(a, "certificate ", "accept", 12);
	expect_words(a, "bind conv", "conversations", 5);
	expect_words(a, "help pres", "presence", 5);
	expect_words(a, "nonsense x", NULL, 9);
	mem_deref(a);
}

static void keys_can_be_rebound(void **state)
{
	const struct app_binding *b;
	struct app *a = app_make();
	(void)state;

	b = app_binding_find(a, "h", APP_IN_CALL | APP_IN_LIST);
	assert_string_equal(b->line, "hold");
	assert_null(app_binding_find(a, "h", APP_IN_LIST));
	assert_string_equal(app_binding_find(a, "Q", APP_IN_LIST)->line,
			    "quit");
	/* Ringing comes first where both would be meant. */
	b = app_binding_find(a, "F12", APP_IN_CALL | APP_IN_RINGING);
	assert_string_equal(b->line, "reject");
	assert_int_equal(app_do(a, "bind call H hold", NULL), 0);
	assert_int_equal(app_do(a, "bind any h 'presence lunch +45m'", NULL),
			 0);
	assert_string_equal(app_binding_find(a, "H", APP_IN_CALL)->line,
			    "hold");
	assert_string_equal(app_binding_find(a, "h", APP_IN_LIST)->line,
			    "presence lunch +45m");
	/* The more particular view wins. */
	assert_string_equal(app_binding_find(a, "h", APP_IN_CALL)->line,
			    "hold");
	assert_int_equal(app_do(a, "unbind call h", NULL), 0);
	assert_null(app_binding_find(a, "h", APP_IN_CALL));
	assert_int_equal(app_do(a, "bind nowhere h hold", NULL), EINVAL);
	assert_int_equal(app_do(a, "bind call h nonsense", NULL), EINVAL);
	mem_deref(a);
	/* Kept for the next time. */
	a = app_make();
	assert_string_equal(app_binding_find(a, "h", APP_IN_LIST)->line,
			    "presence lunch +45m");
	assert_null(app_binding_find(a, "h", APP_IN_CALL));
	mem_deref(a);
}

static void status_lines(void **state)
{
	struct uc_entry_prm e = {.id = "1",
				 .kind = UC_IN_MISSED,
				 .at_ms = 1,
				 .number = "201",
				 .unread = true};
	struct uc_call *call = NULL;
	struct app *a = app_make();
	(void)state;

	assert_int_equal(app_do(a, "status '#{missed}|#{?missed,some,none}'",
				"0|none\n"),
			 0);
	assert_int_equal(uc_entry_put(app_uc(a), &e), 0);
	assert_int_equal(app_do(a, "status '#{missed}|#{?missed,some,none}'",
				"1|some\n"),
			 0);
	assert_int_equal(app_do(a, "status '#{?call,a,b}#{nothing}.'", "b.\n"),
			 0);
	assert_int_equal(uc_call_add(app_uc(a), &call, false, "1", "a#b"), 0);
	/* tmux must not take the caller's name for a format of its own. */
	assert_int_equal(app_do(a, "status '#{call} #{?call,<#{call_state}>,}'",
				"a##b <rings>\n"),
			 0);
	assert_int_equal(app_do(a, "status '#{?call,#{?missed,x,y},z}'", "x\n"),
			 0);
	uc_call_remove(app_uc(a), call);
	assert_int_equal(app_do(a, "status '#{?call,#{?missed,x,y},z}'", "z\n"),
			 0);
	mem_deref(a);
}

static const struct app_command late_rows[] = {
	{.name = "hold", .summary = "Twice.", .origins = APP_FROM_LINE},
	{.name = NULL},
};

static void names_are_there_once(void **state)
{
	struct app *a = app_make();
	(void)state;

	assert_int_equal(app_command_register(a, late_rows), EEXIST);
	mem_deref(a);
}

static void pages_are_the_same_each_time(void **state)
{
	static const char *const pages[] = {"offhook.1", "offhook-commands.7",
					    "offhook.conf.5"};
	const struct app_command *c;
	struct app *a = app_make();
	char *one, *two;
	size_t i;
	(void)state;

	for (i = 0; i < 3; i++) {
		one = app_man_page(a, pages[i]);
		two = app_man_page(a, pages[i]);
		assert_non_null(one);
		assert_string_equal(one, two);
		free(two);
		free(one);
	}
	assert_null(app_man_page(a, "other.1"));
	one = app_man_page(a, "offhook-commands.7");
	for (i = 0; (c = app_command_at(a, i)); i++)
		if (!strchr(c->name, '-'))
			assert_non_null(strstr(one, c->name));
	free(one);
	mem_deref(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_is_whole),
		TEST(origins_are_held),
		TEST(keys_do_not_collide),
		TEST(examples_fit_the_schema),
		TEST(refusals),
		TEST(completion),
		TEST(keys_can_be_rebound),
		TEST(status_lines),
		TEST(names_are_there_once),
		TEST(pages_are_the_same_each_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
