/* Comma separated values: RFC 4180, and what comes instead of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <offhook/base.h>

#include <cmocka.h>

struct file {
	FILE *f;
	struct csv *c;
};

static struct file opened(const char *s, size_t len)
{
	struct file f = {.f = fmemopen((void *)(uintptr_t)s, len, "r")};

	assert_non_null(f.f);
	assert_int_equal(csv_alloc(&f.c, f.f), 0);
	return f;
}

static struct file of(const char *s)
{
	return opened(s, strlen(s));
}

static void closed(struct file *f)
{
	csv_free(f->c);
	fclose(f->f);
}

/* The next record is these fields, on that line. */
static void is(struct file *f, size_t line, size_t count, ...)
{
	va_list ap;

	assert_int_equal(csv_next(f->c), 0);
	assert_int_equal(csv_line(f->c), line);
	assert_int_equal(csv_count(f->c), count);
	va_start(ap, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(csv_field(f->c, i), va_arg(ap, char *));
	va_end(ap);
	assert_string_equal(csv_field(f->c, count), "");
}

static void damaged(struct file *f, size_t line)
{
	assert_int_equal(csv_next(f->c), EBADMSG);
	assert_int_equal(csv_line(f->c), line);
	assert_int_equal(csv_count(f->c), 0);
	assert_true(*csv_problem(f->c));
}

static void records_are_lines_of_fields(void **state)
{
	struct file f = of("a,b,c\r\n1,2,3\n,,\r\n x , y ,z");
	(void)state;

	is(&f, 1, 3, "a", "b", "c");
	is(&f, 2, 3, "1", "2", "3");
	is(&f, 3, 3, "", "", "");
	is(&f, 4, 3, " x ", " y ", "z");
	assert_int_equal(csv_next(f.c), ENODATA);
	assert_int_equal(csv_next(f.c), ENODATA);
	closed(&f);
}

static void quotes_hold_commas_quotes_and_lines(void **state)
{
	struct file f = of("\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\"\r\n"
			   "\"\",after\n");
	(void)state;

	is(&f, 1, 3, "a,b", "say \"hi\"", "two\r\nlines");
	is(&f, 3, 2, "", "after");
	assert_int_equal(csv_next(f.c), ENODATA);
	closed(&f);
}

static void marks_and_empty_lines_are_passed_over(void **state)
{
	struct file f = of("\xef\xbb\xbf\"a\",b\n\n\r\n\nc\n\n");
	(void)state;

	is(&f, 1, 2, "a", "b");
	is(&f, 5, 1, "c");
	assert_int_equal(csv_next(f.c), ENODATA);
	closed(&f);

	/* Half a mark is none. */
	f = of("\xef\xbb,b");
	is(&f, 1, 2, "\xef\xbb", "b");
	closed(&f);
	f = of("\n");
	assert_int_equal(csv_next(f.c), ENODATA);
	closed(&f);
}

static void damage_costs_its_own_record_only(void **state)
{
	static const char nul[] = "a\0b,c\nok";
	struct file f = of("a\"b,c\n1\n\"a\"b,c\n2\n\"never,closed\n3\n");
	(void)state;

	damaged(&f, 1);
	is(&f, 2, 1, "1");
	damaged(&f, 3);
	is(&f, 4, 1, "2");
	damaged(&f, 5);
	assert_int_equal(csv_next(f.c), ENODATA);
	closed(&f);

	f = opened(nul, sizeof(nul) - 1);
	damaged(&f, 1);
	is(&f, 2, 1, "ok");
	closed(&f);
}

static void records_are_bounded(void **state)
{
	size_t len = CSV_RECORD_MAX + 100;
	char *s = malloc(len);
	struct file f;
	(void)state;

	assert_non_null(s);
	memset(s, 'x', len);
	memcpy(s + len - 4, "\nok\n", 4);
	f = opened(s, len);
	damaged(&f, 1);
	is(&f, 2, 1, "ok");
	closed(&f);
	memset(s, ',', len);
	memcpy(s + len - 4, "\nok\n", 4);
	f = opened(s, len);
	damaged(&f, 1);
	is(&f, 2, 1, "ok");
	closed(&f);
	free(s);
}

static void nothing_is_read_of_nothing(void **state)
{
	struct csv *c;
	(void)state;

	assert_int_equal(csv_alloc(&c, NULL), EINVAL);
	assert_int_equal(csv_next(NULL), EINVAL);
	assert_int_equal(csv_count(NULL), 0);
	assert_string_equal(csv_field(NULL, 0), "");
	assert_string_equal(csv_problem(NULL), "");
	csv_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_lines_of_fields),
		cmocka_unit_test(quotes_hold_commas_quotes_and_lines),
		cmocka_unit_test(marks_and_empty_lines_are_passed_over),
		cmocka_unit_test(damage_costs_its_own_record_only),
		cmocka_unit_test(records_are_bounded),
		cmocka_unit_test(nothing_is_read_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
