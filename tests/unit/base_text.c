/* Text: what is cleaned is safe, cells add up, names are found. */
#include <setjmp.h>
#include <stdarg.h>
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>

#include <offhook/base.h>

#include <cmocka.h>

/* A generator of our own, so that a failure comes again. */
static uint32_t seed;

static uint32_t draw(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* Pieces that are each a trap: bytes that are no UTF-8, escapes, direction
 * marks, joiners, marks, wide and tall letters. */
static const char *const pieces[] = {
	"a",
	"Z",
	" ",
	"\t",
	"\n",
	"\r\n",
	"\r",
	"\033[31m",
	"\x7f",
	"\xc2\x9b",
	"\xff",
	"\xc3",
	"\xc0\xaf",
	"\xed\xa0\x80",
	"\xf4\x90\x80\x80",
	"\xe2\x80\x8e",
	"\xe2\x80\xae",
	"\xe2\x81\xa6",
	"\xe2\x80\xa8",
	"\xef\xbb\xbf",
	"\xc2\xad",
	"\xe2\x80\x8d",
	"\xef\xb8\x8f",
	"\xcc\x88",
	"\xcc\x81",
	"\xe2\x83\x9d",
	"\xc3\xa4",
	"\xc3\x9f",
	"\xe6\xbc\xa2",
	"\xea\xb0\x80",
	"\xe1\x84\x80",
	"\xe1\x85\xa1",
	"\xf0\x9f\x91\xa9",
	"\xf0\x9f\x8f\xbd",
	"\xf0\x9f\x87\xa9",
	"\xf0\x9f\x87\xaa",
	"\xe2\x9d\xa4",
	"\xe0\xa4\x95",
	"\xe0\xa4\xbf",
	"\xe0\xa5\x8d",
	"\xf3\xa0\x80\xa1",
	"\xe3\x85\xa4",
	"\xcd\xb8",
	"'",
	"#",
	"*",
	"7",
	"\xc5\x81",
	"\xc4\xb0",
	"\xef\xac\x81",
};

static size_t hostile(char *buf, size_t size)
{
	size_t len = 0, n;

	while (draw(24) && len + 8 < size) {
		if (!draw(5)) {
			buf[len++] = (char)draw(256);
			continue;
		}
		const char *p = pieces[draw(sizeof(pieces) / sizeof(char *))];

		n = strlen(p);
		memcpy(buf + len, p, n);
		len += n;
	}
	buf[len] = 0;
	return len;
}

static bool is_hostile(uint32_t cp, bool lines)
{
	return (cp < 0x20 && !(lines && cp == '\n')) ||
	       (cp >= 0x7f && cp < 0xa0) || cp == 0x61c || cp == 0xad ||
	       (cp >= 0x200b && cp <= 0x200f && cp != 0x200d) ||
	       (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff ||
	       (cp >= 0xfff9 && cp <= 0xfffb) ||
	       (cp >= 0xe0000 && cp <= 0xe0fff);
}

static void check_clean(const char *s, size_t max, bool lines)
{
	size_t len = strlen(s), sum = 0, n;
	unsigned w;
	uint32_t cp;

	assert_true(text_valid(s, len));
	assert_true(len <= max);
	for (size_t i = 0; i < len; i += n) {
		n = text_decode(&cp, s + i, len - i);
		assert_false(is_hostile(cp, lines));
	}
	for (size_t i = 0; i < len; i += n) {
		n = text_cluster(s + i, len - i, &w);
		assert_true(n > 0);
		if (s[i] != '\n')
			assert_in_range(w, 1, 2);
		sum += w;
	}
	assert_int_equal(text_width(s), sum);
}

static void clean_text_is_safe(void **state)
{
	char raw[256];
	(void)state;

	for (seed = 1; seed < 4000000000u && draw(20000);) {
		size_t len = hostile(raw, sizeof(raw));
		size_t max = draw(2) ? TEXT_LINE_MAX : draw(40);
		bool lines = draw(2);
		char *s = lines ? text_clean_lines(raw, len, max)
				: text_clean(raw, len, max);
		char *again;

		assert_non_null(s);
		check_clean(s, max, lines);
		again = lines ? text_clean_lines(s, strlen(s), max)
			      : text_clean(s, strlen(s), max);
		assert_string_equal(again, s);
		free(again);
		free(s);
	}
}

static void assert_clean(const char *raw, size_t max, const char *want)
{
	char *s = text_clean(raw, (size_t)-1, max);

	assert_string_equal(s, want);
	free(s);
}

static void clean_text_keeps_what_is_meant(void **state)
{
	(void)state;
	assert_clean(NULL, 10, "");
	assert_clean("J\xc3\xbcrgen\tGro\xc3\x9f", 100,
		     "J\xc3\xbcrgen Gro\xc3\x9f");
	assert_clean("a\r\nb", 10, "a b");
	assert_clean("\033]0;owned\a", 100, "]0;owned");
	assert_clean("a\xff"
		     "b",
		     100,
		     "a\xef\xbf\xbd"
		     "b");
	/* abc RLO gpj */
	assert_clean("abc\xe2\x80\xaegpj", 100, "abcgpj");
	/* A family of three stays one, a joiner between letters goes. */
	assert_clean("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7", 100,
		     "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7");
	assert_clean("a\xe2\x80\x8d"
		     "b",
		     100, "ab");
	/* Five marks are one too many, one without a letter too. */
	assert_clean("a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", 100,
		     "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81");
	assert_clean("\xcc\x81"
		     "a",
		     100, "a");
	assert_clean("abcdefgh", 8, "abcdefgh");
	assert_clean("abcdefghi", 8, "abcde\xe2\x80\xa6");
	/* Cut before the letter whose mark does not fit. */
	assert_clean("abcda\xcc\x81xyz", 8, "abcd\xe2\x80\xa6");
}

static void lines_stay_lines(void **state)
{
	char *s = text_clean_lines("a\r\nb\rc\n\n\td\f", (size_t)-1, 100);
	(void)state;

	assert_string_equal(s, "a\nb\nc\n\n d");
	free(s);
}

static void bad_bytes_decode_to_one_replacement_each(void **state)
{
	static const char *const bad[] = {"\x80",
					  "\xc0\x80",
					  "\xc1\xbf",
					  "\xe0\x80\x80",
					  "\xed\xa0\x80",
					  "\xf0\x80\x80\x80",
					  "\xf4\x90\x80\x80",
					  "\xf8\x88\x80\x80",
					  "\xc3",
					  "\xe2\x82",
					  "\xf0\x9f\x91"};
	uint32_t cp;
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(char *); i++) {
		assert_int_equal(text_decode(&cp, bad[i], strlen(bad[i])), 1);
		assert_int_equal(cp, TEXT_REPLACEMENT);
	}
	for (uint32_t c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : 97) {
		char utf8[4];
		size_t n = text_encode(utf8, c);

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		assert_int_equal(text_decode(&cp, utf8, n), n);
		assert_int_equal(cp, c);
	}
}

static void columns(void **state)
{
	size_t w;
	(void)state;

	assert_int_equal(text_width(NULL), 0);
	assert_int_equal(text_width("Anna"), 4);
	assert_int_equal(text_width("Mu\xcc\x88ller"), 6);
	assert_int_equal(text_width("\xe6\xbc\xa2\xe5\xad\x97"), 4);
	/* One flag, one family, one hand with a skin: two columns each. */
	assert_int_equal(text_width("\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa"), 2);
	assert_int_equal(text_width("\xf0\x9f\x91\xa9\xe2\x80\x8d"
				    "\xf0\x9f\x91\xa7"),
			 2);
	assert_int_equal(text_width("\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd"), 2);
	assert_int_equal(text_fit("\xe6\xbc\xa2\xe5\xad\x97", 3, &w), 3);
	assert_int_equal(w, 2);
	assert_int_equal(text_fit("abc", 0, &w), 0);
	assert_int_equal(text_fit("abc", 9, &w), 3);
	assert_int_equal(w, 3);
}

/* Curses counts by wcwidth(): where both know a letter they must agree, or
 * a row of the screen shifts. */
static void columns_agree_with_the_c_library(void **state)
{
	(void)state;

	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	for (uint32_t cp = 0x20; cp <= 0x10ffff; cp++) {
		int columns = wcwidth((wchar_t)cp);
		char utf8[5] = "", *clean;

		text_encode(utf8, cp);
		clean = text_clean(utf8, (size_t)-1, TEXT_LINE_MAX);
		if (columns >= 0 && !strcmp(clean, utf8) &&
		    text_width(clean) != (size_t)columns)
			fail_msg("U+%04X is %d wide", cp, columns);
		free(clean);
	}
}

static void folding_twice_changes_nothing(void **state)
{
	char raw[256];
	(void)state;

	for (seed = 7; draw(5000);) {
		enum text_fold how = (enum text_fold)draw(2);
		char *clean, *once, *twice;

		hostile(raw, sizeof(raw));
		clean = text_clean(raw, (size_t)-1, TEXT_LINE_MAX);
		once = text_fold(clean, how);
		twice = text_fold(once, how);
		assert_string_equal(twice, once);
		assert_null(strstr(once, "  "));
		free(clean);
		free(once);
		free(twice);
	}
}

static void assert_fold(const char *s, const char *bare, const char *expanded)
{
	char *b = text_fold(s, TEXT_FOLD_BARE);
	char *e = text_fold(s, TEXT_FOLD_EXPANDED);

	assert_string_equal(b, bare);
	assert_string_equal(e, expanded);
	free(b);
	free(e);
}

static void spellings(void **state)
{
	(void)state;
	assert_fold("S\xc3\xbc\xc3\x9fm\xc3\xbcller", "susmuller",
		    "suessmueller");
	assert_fold("Su\xcc\x88\xc3\x9f", "sus", "suess");
	assert_fold("\xc3\x85ngstr\xc3\xb6m, \xc3\x98re", "angstrom ore",
		    "aangstroem oere");
	assert_fold("Fran\xc3\xa7oise  L\xc3\xa9vy-Bruhl",
		    "francoise levy bruhl", "francoise levy bruhl");
	assert_fold("\xc5\x81ukasz (Dr.)", "lukasz dr", "lukasz dr");
	assert_fold("+49 89-7, *21#", "+49 89 7 *21#", "+49 89 7 *21#");
	assert_fold("\xef\xac\x81x", "fix", "fix");
	assert_fold(" - ", "", "");
}

static void assert_match(const char *query, const char *name, bool want)
{
	struct text_query *q = text_query_new(query);
	char *key = text_key(name);

	assert_non_null(q);
	if (text_query_match(q, name) != want)
		fail_msg("\"%s\" and \"%s\"", query, name);
	assert_int_equal(text_query_match_key(q, key), want);
	assert_int_equal(text_query_rank(q, name) > 0, want);
	free(key);
	text_query_free(q);
}

/* SPEC T5.1.1 */
static void umlauts_match_all_spellings_both_ways(void **state)
{
	static const char *const query[] = {
		"mu",	   "m\xc3\xbc",	    "mue",     "muller",
		"mueller", "m\xc3\xbcller", "MUELLER", "M\xc3\x9cLL*"};
	static const char *const name[] = {"M\xc3\xbcller", "Mueller", "Muller",
					   "Anna Mu\xcc\x88ller"};
	(void)state;

	for (size_t i = 0; i < sizeof(query) / sizeof(char *); i++)
		for (size_t k = 0; k < sizeof(name) / sizeof(char *); k++)
			assert_match(query[i], name[k], true);
	assert_match("suessmuller", "S\xc3\xbc\xc3\x9fm\xc3\xbcller", true);
	assert_match("s\xc3\xbc\xc3\x9fm\xc3\xbc", "Suessmueller", true);
	assert_match("strasse",
		     "Stra\xc3\x9f"
		     "e",
		     true);
	assert_match("Stra\xc3\x9f", "Strasser", true);
	assert_match("goe", "J. W. G\xc3\xb6the", true);
	assert_match("jose", "Jos\xc3\xa9", true);
	assert_match("Jos\xc3\xa9", "JOSE", true);
	assert_match("muller", "Miller", false);
}

static void words_are_beginnings_in_any_order(void **state)
{
	(void)state;
	assert_match("", "Anna", true);
	assert_match("*", "Anna", true);
	assert_match(" , ", "Anna", true);
	assert_match("er an", "Anna Erlang", true);
	assert_match("er* an*", "Anna Erlang", true);
	assert_match("nna", "Anna", false);
	assert_match("anna x", "Anna Erlang", false);
	assert_match("bruhl", "L\xc3\xa9vy-Bruhl", true);
	assert_match("obr", "O'Brien", true);
	assert_match("o'br", "O'Brien", true);
	assert_match("bri",
		     "O\xe2\x80\x99"
		     "Brien",
		     true);
	assert_match("obrien",
		     "Conan O\xe2\x80\x99"
		     "Brien (2)",
		     true);
	assert_match("a", "", false);
	assert_match("20*", "201", true);
}

static void longer_queries_find_no_more(void **state)
{
	char raw[256], name[256];
	(void)state;

	for (seed = 11; draw(3000);) {
		struct text_query *q, *begin;
		char *query, *cut;

		hostile(raw, sizeof(raw));
		hostile(name, sizeof(name));
		query = text_clean(raw, (size_t)-1, 64);
		cut = text_dup(query);
		cut[text_fit(cut, draw(8), NULL)] = 0;
		q = text_query_new(query);
		begin = text_query_new(cut);
		if (text_query_match(q, name) && query[strlen(cut)] != '*')
			assert_true(text_query_match(begin, name));
		text_query_free(q);
		text_query_free(begin);
		free(query);
		free(cut);
	}
}

/* A letter as it is written, bare, and with another one for its umlaut. */
static const char *const letters[][3] = {
	{"a", "a", "a"},	 {"m", "m", "m"},
	{"R", "r", "R"},	 {"\xc3\xa4", "a", "ae"},
	{"\xc3\x96", "o", "OE"}, {"u\xcc\x88", "u", "ue"},
	{"\xc3\x9f", "s", "ss"}, {"\xc3\xa9", "E", "e"},
	{"\xc3\xb1", "n", "N"},	 {"\xd0\x96", "\xd0\xb6", "\xd0\xb6"},
};

/* A word in all three spellings. */
static void add_word(char name[3][256])
{
	unsigned n = 1 + draw(8);

	for (unsigned k = 0; k < 3; k++)
		strcat(name[k], name[k][0] ? " " : "");
	while (n--) {
		unsigned i = draw(sizeof(letters) / sizeof(letters[0]));

		for (unsigned k = 0; k < 3; k++)
			strcat(name[k], letters[i][k]);
	}
}

/* Beginnings of its words, the last one first. */
static void add_beginnings(struct text_buf *b, const char *name)
{
	const char *at = name + strlen(name);

	while (at > name) {
		size_t len;

		while (at > name && at[-1] != ' ')
			at--;
		len = 1 + draw((uint32_t)strcspn(at, " "));
		while (((unsigned char)at[len] & 0xc0) == 0x80)
			len++;
		text_buf_add_n(b, at, len);
		text_buf_add(b, draw(4) ? " " : "* ");
		if (at > name)
			at--;
	}
}

/* Whoever knows how a name begins finds it, however it is spelt on either
   side, by the name as well as by its key. */
static void any_beginning_in_any_spelling_finds(void **state)
{
	(void)state;

	for (seed = 23; draw(4000);) {
		char name[3][256] = {"", "", ""};
		struct text_buf b = {0};
		struct text_query *q;
		unsigned of = draw(3), typed = draw(2) ? of : 0;
		char *query, *key;

		for (unsigned n = 1 + draw(4); n; n--)
			add_word(name);
		/* Written with the umlaut, typed in another way; or as it is
		   written. */
		if (draw(2)) {
			typed = of;
			of = 0;
		}
		add_beginnings(&b, name[typed]);
		query = text_buf_take(&b);
		key = text_key(name[of]);
		q = text_query_new(query);
		if (!text_query_match(q, name[of]) ||
		    !text_query_match_key(q, key) ||
		    !text_query_rank(q, name[of]))
			fail_msg("\"%s\" does not find \"%s\"", query,
				 name[of]);
		text_query_free(q);
		free(query);
		free(key);
	}
}

static void better_matches_rank_higher(void **state)
{
	struct text_query *q = text_query_new("joe");
	(void)state;

	assert_int_equal(text_query_rank(q, "Joel"), 2);
	assert_int_equal(text_query_rank(q, "J\xc3\xb6rg"), 2);
	assert_int_equal(text_query_rank(q, "Johanna"), 1);
	assert_int_equal(text_query_rank(q, "Jakob"), 0);
	text_query_free(q);
}

static void a_huge_name_is_bounded(void **state)
{
	size_t len = 1 << 16;
	char *raw = malloc(len + 1), *s;
	struct text_query *q = text_query_new("zz");
	(void)state;

	memset(raw, 'z', len);
	raw[len] = 0;
	s = text_clean(raw, len, TEXT_LINE_MAX);
	assert_true(strlen(s) <= TEXT_LINE_MAX);
	assert_true(text_query_match(q, raw));
	text_query_free(q);
	free(raw);
	free(s);
}

static void buffers_grow(void **state)
{
	struct text_buf b = {0};
	char *s;
	(void)state;

	for (int i = 0; i < 1000; i++)
		text_buf_printf(&b, "%d,%200s", i, "x");
	assert_int_equal(b.len, strlen(b.buf));
	assert_int_equal(b.err, 0);
	s = text_buf_take(&b);
	assert_null(b.buf);
	free(s);
	s = text_buf_take(&b);
	assert_string_equal(s, "");
	free(s);
	s = text_for_tmux("#[fg=red]#");
	assert_string_equal(s, "##[fg=red]##");
	free(s);
	s = text_dup("abc");
	assert_int_equal(text_set(&s, s + 1), 0);
	assert_string_equal(s, "bc");
	text_set(&s, NULL);
	assert_null(s);
	assert_true(text_equal(NULL, NULL));
	assert_false(text_equal(NULL, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_text_is_safe),
		cmocka_unit_test(clean_text_keeps_what_is_meant),
		cmocka_unit_test(lines_stay_lines),
		cmocka_unit_test(bad_bytes_decode_to_one_replacement_each),
		cmocka_unit_test(columns),
		cmocka_unit_test(columns_agree_with_the_c_library),
		cmocka_unit_test(folding_twice_changes_nothing),
		cmocka_unit_test(spellings),
		cmocka_unit_test(umlauts_match_all_spellings_both_ways),
		cmocka_unit_test(words_are_beginnings_in_any_order),
		cmocka_unit_test(longer_queries_find_no_more),
		cmocka_unit_test(any_beginning_in_any_spelling_finds),
		cmocka_unit_test(better_matches_rank_higher),
		cmocka_unit_test(a_huge_name_is_bounded),
		cmocka_unit_test(buffers_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
