/**
 * @file store_config.c  The text of commands, and what dialogs changed
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <offhook/client/store.h>

static char dir[] = "/tmp/oh-store-XXXXXX";

static struct store *make(void)
{
	char config[64];
	struct store_prm prm = {
		.config_file = config, .state_dir = dir, .cache_dir = dir};
	struct store *s = NULL;

	snprintf(config, sizeof(config), "%s/config", dir);
	assert_int_equal(store_alloc(&s, &prm), 0);
	return s;
}

static void words(const char *line, int err, const char *joined)
{
	struct text_buf b = {0};
	char **argv = NULL;
	size_t argc = 0, i;

	assert_int_equal(store_words(line, &argv, &argc), err);
	if (err)
		return;
	for (i = 0; i < argc; i++)
		text_buf_printf(&b, "[%s]", argv[i]);
	assert_null(argv[argc]);
	assert_string_equal(b.buf ? b.buf : "", joined);
	text_buf_reset(&b);
	store_words_free(argv);
}

static void split_as_sh_does(void **state)
{
	(void)state;
	words("", 0, "");
	words("  ", 0, "");
	words("dial 201", 0, "[dial][201]");
	words("a 'b c' \"d e\" f\\ g", 0, "[a][b c][d e][f g]");
	words("a''b \"\" ''", 0, "[ab][][]");
	words("'it'\\''s'", 0, "[it's]");
	words("\"\\\"\\\\\\n\"", 0, "[\"\\\\n]");
	words("a#b #c", 0, "[a#b][#c]");
	words("'open", EINVAL, NULL);
	words("\"open", EINVAL, NULL);
	words("end\\", EINVAL, NULL);
	words("$HOME `id` *", 0, "[$HOME][`id`][*]");
}

struct read {
	struct text_buf text;
	unsigned last_line, problems;
};

static int on_command(char *const *argv, size_t argc, unsigned line, void *arg)
{
	struct read *r = arg;
	size_t i;

	for (i = 0; i < argc; i++)
		text_buf_printf(&r->text, "[%s]", argv[i]);
	text_buf_add(&r->text, ";");
	r->last_line = line;
	return 0;
}

static void on_problem(unsigned line, const char *what, void *arg)
{
	struct read *r = arg;

	assert_non_null(what);
	r->problems++;
	(void)line;
}

static void parse(const char *text, const char *expected, unsigned problems,
		  unsigned last_line)
{
	struct read r = {{0}, 0, 0};

	assert_int_equal(
		store_parse(text, strlen(text), on_command, on_problem, &r), 0);
	assert_string_equal(r.text.buf ? r.text.buf : "", expected);
	assert_int_equal(r.problems, problems);
	assert_int_equal(r.last_line, last_line);
	text_buf_reset(&r.text);
}

static void a_command_a_line(void **state)
{
	(void)state;
	parse("# comment\n\nset popup 10s\n", "[set][popup][10s];", 0, 3);
	parse("set a b # why\nset c d", "[set][a][b];[set][c][d];", 0, 2);
	parse("set a 'x\ny'\nset b c", "[set][a][x\ny];[set][b][c];", 0, 3);
	parse("set a \\\n  b\nset c d", "[set][a][b];[set][c][d];", 0, 3);
	/* An open quote loses its own line only. */
	parse("set a 'x\nset b c\n", "[set][b][c];", 1, 2);
	parse("\r\nset a b\r\n", "[set][a][b];", 0, 2);
}

/* Any text, quoted, reads back the same, alone and in a line. */
static void any_text_reads_back(void **state)
{
	unsigned i, k;
	(void)state;

	srand(7);
	for (i = 0; i < 5000; i++) {
		char text[41], *quoted, *line, **argv;
		size_t argc, len = (size_t)rand() % 40;
		struct read r = {{0}, 0, 0};
		char *expected;

		for (k = 0; k < len; k++)
			text[k] = rand() % 3 ? "'\"\\# \n\t$a`"[rand() % 10]
					     : (char)(1 + rand() % 255);
		text[len] = '\0';
		quoted = store_quote(text);
		assert_non_null(quoted);
		assert_int_equal(store_words(quoted, &argv, &argc), 0);
		assert_int_equal(argc, 1);
		assert_string_equal(argv[0], text);
		store_words_free(argv);
		line = text_printf("set x %s\n", quoted);
		expected = text_printf("[set][x][%s];", text);
		assert_int_equal(store_parse(line, strlen(line), on_command,
					     on_problem, &r),
				 0);
		assert_string_equal(r.text.buf, expected);
		assert_int_equal(r.problems, 0);
		text_buf_reset(&r.text);
		free(expected);
		free(line);
		free(quoted);
	}
}

static void kept_commands_come_back(void **state)
{
	const char *one[] = {"set", "popup", "10s"};
	const char *two[] = {"set", "popup", "never"};
	const char *note[] = {"set", "status_format", "it's\n\"so\" #{call}"};
	const char *bind[] = {"bind", "call", "H", "hold"};
	const char *gone[] = {"bind", "call", "H"};
	struct store *s = make();
	struct read r = {{0}, 0, 0};
	(void)state;

	assert_int_equal(store_save(s, one, 3, 2, false), 0);
	assert_int_equal(store_save(s, note, 3, 2, false), 0);
	assert_int_equal(store_save(s, two, 3, 2, false), 0);
	assert_int_equal(store_save(s, bind, 4, 3, false), 0);
	mem_deref(s); /* writes what is left */
	s = make();
	assert_int_equal(store_read(s, STORE_SAVED, on_command, on_problem, &r),
			 0);
	assert_string_equal(r.text.buf,
			    "[set][status_format][it's\n\"so\" #{call}];"
			    "[set][popup][never];[bind][call][H][hold];");
	text_buf_reset(&r.text);
	/* What an earlier run kept stays when more is kept. */
	assert_int_equal(store_save(s, gone, 3, 3, true), 0);
	mem_deref(s);
	s = make();
	assert_int_equal(store_read(s, STORE_SAVED, on_command, on_problem, &r),
			 0);
	assert_string_equal(r.text.buf,
			    "[set][status_format][it's\n\"so\" #{call}];"
			    "[set][popup][never];");
	assert_int_equal(r.problems, 0);
	text_buf_reset(&r.text);
	mem_deref(s);
}

static void others_must_not_write_it(void **state)
{
	struct store *s = make();
	struct read r = {{0}, 0, 0};
	char path[64];
	(void)state;

	snprintf(path, sizeof(path), "%s/config", dir);
	assert_int_equal(
		store_read(s, STORE_CONFIG, on_command, on_problem, &r),
		0); /* missing is fine */
	assert_int_equal(r.problems, 0);
	assert_int_equal(file_write(path, "set a b\n", 8, 0600), 0);
	assert_int_equal(
		store_read(s, STORE_CONFIG, on_command, on_problem, &r), 0);
	assert_string_equal(r.text.buf, "[set][a][b];");
	assert_int_equal(chmod(path, 0620), 0);
	assert_int_equal(
		store_read(s, STORE_CONFIG, on_command, on_problem, &r), EPERM);
	assert_int_equal(r.problems, 1);
	assert_int_equal(chmod(path, 0602), 0);
	assert_int_equal(
		store_read(s, STORE_CONFIG, on_command, on_problem, &r), EPERM);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0); /* must not hang */
	assert_int_equal(
		store_read(s, STORE_CONFIG, on_command, on_problem, &r), EPERM);
	assert_int_equal(r.problems, 3);
	assert_int_equal(unlink(path), 0);
	text_buf_reset(&r.text);
	mem_deref(s);
}

static int begin(void **state)
{
	(void)state;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_as_sh_does),
		cmocka_unit_test(a_command_a_line),
		cmocka_unit_test(any_text_reads_back),
		cmocka_unit_test(kept_commands_come_back),
		cmocka_unit_test(others_must_not_write_it),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
