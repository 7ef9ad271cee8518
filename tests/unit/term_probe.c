/**
 * @file term_probe.c  What a terminal answers, and what is typed meanwhile
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <offhook/base/system.h>

#include "../../src/client/term/term_int.h"

/* ---- who shows pixels -------------------------------------------------- */

static enum pixels_way way_of(const char *const *answers)
{
	struct probe p;

	assert_non_null(probe_begin(&p, "xterm-256color", 256, true));
	for (; *answers; answers++)
		probe_answer(&p, *answers);
	return p.way;
}

static void test_who(void **state)
{
	static const struct {
		const char *answers[8];
		enum pixels_way way;
	} rows[] = {
		{{"P>|kitty(0.28.1)", "[6;18;9t", "[?62;c", "_Gi=1;OK",
		  "[?62;c"},
		 PIXELS_KITTY},
		{{"P>|ghostty 1.2.0", "[?62;22c", "_Gi=1;OK", "[?62;22c"},
		 PIXELS_KITTY},
		{{"P>|kitty(1.0.0)", "[?62;c", "_Gi=1;OK"}, PIXELS_KITTY},
		/* too old; it says that it can't; it does not say that it can
		 */
		{{"P>|kitty(0.27.1)", "[?62;c", "_Gi=1;OK", "[?62;c"},
		 PIXELS_NONE},
		{{"P>|kitty(0.30)", "[?62;c", "_Gi=1;ENOTSUP:no", "[?62;c"},
		 PIXELS_NONE},
		{{"P>|kitty(0.30)", "[?62;c", "[?62;c"}, PIXELS_NONE},
		{{"P>|kitty(0.30)", "[?62;c", "_Gi=12;OK", "[?62;c"},
		 PIXELS_NONE},
		/* not before it was asked, nor after all was said */
		{{"P>|kitty(0.30)", "_Gi=1;OK"}, PIXELS_NONE},
		{{"_Gi=1;OK", "[?62;c"}, PIXELS_NONE},
		{{"P>|kitty(0.30)", "[?62;c", "[?62;c", "_Gi=1;OK"},
		 PIXELS_NONE},
		{{"[?62;c", "P>|kitty(0.30)", "_Gi=1;OK"}, PIXELS_NONE},
		/* nobody, or somebody who only looks like one */
		{{NULL}, PIXELS_NONE},
		{{"[?1;2c"}, PIXELS_NONE},
		{{"P>|kittyx", "[?1;2c", "_Gi=1;OK"}, PIXELS_NONE},
		{{"P>|", "[?c"}, PIXELS_NONE},
		{{"P>|kitty(", "[?;;c", "_Gi=1;OK"}, PIXELS_NONE},
		{{"P>|kitty(99999999999999999999", "[", "[?", "_", "P", "[6;",
		  "[6;18"},
		 PIXELS_NONE},
		/* sixel, and enough colours for it */
		{{"P>|foot(1.20)", "[?62;4;22c", "[?1;0;1024S", "[?62;4;22c"},
		 PIXELS_SIXEL},
		{{"P>|XTerm(390)", "[?62;4c", "[?62;4c"}, PIXELS_SIXEL},
		{{"P>|XTerm(390)", "[?62;4c", "[?1;0;4S", "[?62;4c"},
		 PIXELS_NONE},
		{{"P>|XTerm(390)", "[?62;4c"}, PIXELS_NONE},
		{{"P>|XTerm(390)", "[?4;1;44;14c", "[?4c"}, PIXELS_NONE},
		/* of which it is not known what becomes of its pixels */
		{{"[?62;4c", "[?62;4c"}, PIXELS_NONE},
		{{"P>|Konsole 23.08", "[?62;4c", "[?62;4c"}, PIXELS_NONE},
		{{"P>|tmux 3.5a", "[?1;2;4c", "[?1;2;4c"}, PIXELS_NONE},
		{{"P>|foot(1)", "[?62;4c", "_Gi=1;OK"}, PIXELS_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (way_of(rows[i].answers) != rows[i].way)
			fail_msg("row %zu", i);
}

static void test_who_is_not_asked(void **state)
{
	struct probe p;

	(void)state;
	unsetenv("TMUX");
	unsetenv("STY");
	assert_non_null(probe_begin(&p, "xterm-kitty", 1 << 24, true));
	assert_null(probe_begin(&p, "xterm-kitty", 256, false));
	assert_null(probe_begin(&p, "xterm", 8, true));
	assert_null(probe_begin(&p, "tmux-256color", 256, true));
	assert_null(probe_begin(&p, "screen.xterm-256color", 256, true));
	assert_null(probe_begin(&p, "linux-16color", 256, true));
	setenv("TMUX", "/tmp/tmux-0/default,1,0", 1);
	assert_null(probe_begin(&p, "xterm-kitty", 256, true));
	unsetenv("TMUX");
	setenv("STY", "1.pts", 1);
	assert_null(probe_begin(&p, "xterm-kitty", 256, true));
	unsetenv("STY");
}

static void test_cell(void **state)
{
	static const struct {
		const char *answer;
		unsigned width, height;
	} rows[] = {{"[6;18;9t", 9, 18},	{"[6;18t", 0, 0},
		    {"[6;0;9t", 0, 0},		{"[6;18;0t", 0, 0},
		    {"[6;18;9999t", 0, 0},	{"[6;;t", 0, 0},
		    {"[6;18;9;1t", 0, 0},	{"[6;129;9t", 0, 0},
		    {"[6;4294967314;9t", 0, 0}, {"[6;128;128t", 128, 128}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct probe p;

		probe_begin(&p, "xterm-256color", 256, true);
		probe_answer(&p, rows[i].answer);
		assert_int_equal(p.cell_width, rows[i].width);
		assert_int_equal(p.cell_height, rows[i].height);
	}
}

/* ---- between keys ------------------------------------------------------ */

struct heard {
	struct keys *keys;
	struct text_buf typed, answers;
};

static void key_came(const struct frame_message *m, void *arg)
{
	struct heard *h = arg;

	text_buf_printf(&h->typed, "%s ",
			m->type == FRAME_KEY ? m->key.name : "?");
}

static void answer_came(const char *answer, void *arg)
{
	struct heard *h = arg;

	text_buf_printf(&h->answers, "%s ", answer);
}

static int setup(void **state)
{
	struct heard *h = calloc(1, sizeof(*h));

	*state = h;
	if (!h || keys_alloc(&h->keys, "xterm-256color", true, key_came, h))
		return -1;
	keys_ask(h->keys, 60000, answer_came, h);
	return 0;
}

static int teardown(void **state)
{
	struct heard *h = *state;

	keys_free(h->keys);
	text_buf_reset(&h->typed);
	text_buf_reset(&h->answers);
	free(h);
	return 0;
}

static void expect(struct heard *h, const char *typed, const char *answers)
{
	assert_string_equal(h->typed.buf ? h->typed.buf : "", typed);
	assert_string_equal(h->answers.buf ? h->answers.buf : "", answers);
	text_buf_reset(&h->typed);
	text_buf_reset(&h->answers);
}

static const char mixed[] = "a\033P>|kitty(0.35)\033\\b\033[A\033[6;18;9t"
			    "\033[6~\033[?62;4;22cc\033_Gi=1;OK\033\\d\033Ge";
#define MIXED_KEYS "a b Up PageDown c d M-G e "
#define MIXED_ANSWERS "P>|kitty(0.35) [6;18;9t [?62;4;22c _Gi=1;OK "

static void test_whole(void **state)
{
	struct heard *h = *state;

	keys_feed(h->keys, mixed, sizeof(mixed) - 1);
	expect(h, MIXED_KEYS, MIXED_ANSWERS);
}

static void test_pieces(void **state)
{
	struct heard *h = *state;

	for (size_t i = 1; i < sizeof(mixed) - 1; i++) {
		keys_feed(h->keys, mixed, i);
		keys_feed(h->keys, mixed + i, sizeof(mixed) - 1 - i);
		expect(h, MIXED_KEYS, MIXED_ANSWERS);
	}
	for (size_t i = 0; i < sizeof(mixed) - 1; i++)
		keys_feed(h->keys, mixed + i, 1);
	expect(h, MIXED_KEYS, MIXED_ANSWERS);
}

/* What begins like an answer and is a key; what never ends; what is endless. */
static void test_wrong(void **state)
{
	static const char *const keys[] = {
		"\033_",      "M-_ ",	"\033[6;5~", "C-PageDown ",
		"\033[6",     "M-[ 6 ", "\033]",     "M-] ",
		"\033[65;5u", "C-A ",	"\033[?62",  ""};
	struct heard *h = *state;
	char big[5000];

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i += 2) {
		keys_feed(h->keys, keys[i], strlen(keys[i]));
		if (keys_wait(h->keys) >= 0)
			keys_expire(h->keys);
		expect(h, keys[i + 1], "");
	}
	memset(big, 'x', sizeof(big));
	keys_feed(h->keys, "\033P>|", 4);
	keys_feed(h->keys, big, sizeof(big));
	keys_feed(h->keys, "\033\\z", 3);
	assert_null(strstr(h->answers.buf ? h->answers.buf : "", "kitty"));
	text_buf_reset(&h->answers);
	expect(h, "z ", "");
	memset(big, '1', sizeof(big));
	keys_feed(h->keys, "\033[?", 3);
	keys_feed(h->keys, big, sizeof(big));
	keys_feed(h->keys, "cz", 2);
	assert_null(h->answers.buf);
	text_buf_reset(&h->typed);
	keys_feed(h->keys, "y", 1);
	expect(h, "y ", "");
}

/* An answer that comes when nobody asks any more is no key. */
static void test_late(void **state)
{
	static const char late[] = "a\033P>|kitty(0.35)\033\\b\033[6;18;9t"
				   "\033[?62;4;22cc";
	struct heard *h = *state;

	keys_ask(h->keys, 0, NULL, NULL);
	keys_feed(h->keys, late, sizeof(late) - 1);
	expect(h, "a b c ", "");
	keys_feed(h->keys, "\033_G", 3);
	expect(h, "M-_ G ", "");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_who_is_not_asked),
		cmocka_unit_test(test_cell),
		T(test_whole),
		T(test_pieces),
		T(test_wrong),
		T(test_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
