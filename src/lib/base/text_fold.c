/**
 * @file text_fold.c  Folding for search, and queries against names
 *
 * Three spellings of a word are in use. Bare and expanded are what people
 * read (text_fold()). For matching both are too narrow: "Süßmüller" may be
 * asked for as "suessmuller". So names and queries are brought to a third,
 * loose one in which all spellings of a letter fall together: behind a, o
 * and u every e goes, and runs of a and of s become one. That keeps prefixes
 * prefixes: what matches a longer query matches its beginning too.
 */
#include <utf8proc.h>

#include "text_int.h"

enum spelling {
	SPELL_BARE = TEXT_FOLD_BARE,
	SPELL_EXPANDED = TEXT_FOLD_EXPANDED,
	SPELL_LOOSE,
};

enum { QUERY_WORDS = 16, KEY_STACK = 256 };

/** Where folded text goes; counts on when it is full. */
struct folder {
	char *out;
	size_t size;
	size_t len;
	enum spelling how;
	bool blank;    /**< a border of words is due before the next letter */
	uint32_t last; /**< last letter written, 0 at a word's begin */
	size_t parts;  /**< where the word that has apostrophes begins, + 1 */
	bool apostrophe;
};

static void emit_byte(struct folder *f, char c)
{
	if (f->len < f->size)
		f->out[f->len] = c;
	f->len++;
}

static bool skipped(const struct folder *f, uint32_t cp)
{
	if (f->how != SPELL_LOOSE)
		return false;
	switch (cp) {
	case 'e':
		return f->last == 'a' || f->last == 'o' || f->last == 'u';
	case 'a':
	case 's':
		return f->last == cp;
	default:
		return false;
	}
}

/* One folded letter, digit or sign. */
static void emit(struct folder *f, uint32_t cp)
{
	char utf8[4];
	size_t n;

	if (f->blank) {
		f->blank = false;
		f->last = 0;
		if (f->len)
			emit_byte(f, ' ');
		if (!f->apostrophe)
			f->parts = f->len + 1;
		f->apostrophe = false;
	}
	if (skipped(f, cp))
		return;
	f->last = cp;
	n = text_encode(utf8, cp);
	for (size_t i = 0; i < n; i++)
		emit_byte(f, utf8[i]);
}

static void emit_text(struct folder *f, const char *s)
{
	while (*s)
		emit(f, (unsigned char)*s++);
}

/* Letters that Unicode does not take apart, or not as people spell them. */
static const struct letter {
	uint32_t cp;
	const char *bare, *expanded;
} letters[] = {
	{0x00c6, "a", "ae"},  {0x00d0, "d", "d"},  {0x00d8, "o", "oe"},
	{0x00de, "th", "th"}, {0x00df, "s", "ss"}, {0x00e6, "a", "ae"},
	{0x00f0, "d", "d"},   {0x00f8, "o", "oe"}, {0x00fe, "th", "th"},
	{0x0110, "d", "d"},   {0x0111, "d", "d"},  {0x0126, "h", "h"},
	{0x0127, "h", "h"},   {0x0130, "i", "i"},  {0x0131, "i", "i"},
	{0x0138, "k", "k"},   {0x0141, "l", "l"},  {0x0142, "l", "l"},
	{0x014a, "n", "n"},   {0x014b, "n", "n"},  {0x0152, "o", "oe"},
	{0x0153, "o", "oe"},  {0x0166, "t", "t"},  {0x0167, "t", "t"},
	{0x1e9e, "s", "ss"},
};

static const struct letter *find_letter(uint32_t cp)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].cp == cp)
			return &letters[i];
	return NULL;
}

static void fold_mark(struct folder *f, uint32_t cp)
{
	if (f->how != SPELL_EXPANDED || f->blank)
		return;
	if (cp == 0x308 && (f->last == 'a' || f->last == 'o' || f->last == 'u'))
		emit(f, 'e');
	else if (cp == 0x30a && f->last == 'a')
		emit(f, 'a');
}

/* A code point that Unicode has taken apart and that is no ASCII. */
static void fold_part(struct folder *f, uint32_t cp)
{
	if (cp == 0x2bc) {
		/* A letter to Unicode, an apostrophe to who types it. */
		f->blank = true;
		return;
	}
	switch (utf8proc_category((utf8proc_int32_t)cp)) {
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
		fold_mark(f, cp);
		break;
	case UTF8PROC_CATEGORY_CF:
		break;
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_CO:
		emit(f, cp);
		break;
	default:
		f->blank = true;
		break;
	}
}

static bool is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

/* @param next  The byte behind, for the signs that belong to numbers */
static void fold_ascii(struct folder *f, unsigned char c, unsigned char next)
{
	if (c >= 'A' && c <= 'Z')
		emit(f, c + 32u);
	else if ((c >= 'a' && c <= 'z') || is_digit(c))
		emit(f, c);
	else if ((c == '+' || c == '*' || c == '#') &&
		 (is_digit(next) || (!f->blank && is_digit(f->last))))
		emit(f, c);
	else
		f->blank = true;
}

static void fold_other(struct folder *f, uint32_t cp, unsigned char next)
{
	const struct letter *l = find_letter(cp);
	utf8proc_int32_t part[32];
	utf8proc_ssize_t n;
	int state = 0;

	if (l) {
		emit_text(f, f->how == SPELL_BARE ? l->bare : l->expanded);
		return;
	}
	n = utf8proc_decompose_char((utf8proc_int32_t)cp, part, 32,
				    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
					    UTF8PROC_CASEFOLD,
				    &state);
	for (utf8proc_ssize_t i = 0; i < n && i < 32; i++) {
		uint32_t p = (uint32_t)part[i];

		if (p >= 0x80)
			l = find_letter(p);
		else
			l = NULL;
		if (l)
			emit_text(f,
				  f->how == SPELL_BARE ? l->bare : l->expanded);
		else if (p < 0x80)
			fold_ascii(f, (unsigned char)p,
				   i + 1 < n ? (unsigned char)part[i + 1]
					     : next);
		else
			fold_part(f, p);
	}
}

static bool is_apostrophe(uint32_t cp)
{
	return cp == '\'' || cp == 0x2019 || cp == 0x2bc;
}

/* A word with apostrophes is also found as one word: O'Brien, obrien. */
static void join_parts(struct folder *f, size_t from)
{
	size_t end = f->len < f->size ? f->len : f->size;
	bool any = false;

	if (!from || from > end ||
	    !memchr(f->out + from - 1, ' ', end - from + 1))
		return;
	f->blank = true;
	f->apostrophe = false;
	for (size_t i = from - 1, n; i < end; i += n) {
		uint32_t cp;

		n = text_decode(&cp, f->out + i, end - i);
		if (cp != ' ') {
			emit(f, cp);
			any = true;
		}
	}
	f->blank = any;
}

static void fold(struct folder *f, const char *s, bool join)
{
	size_t len = strlen(s), i, n;
	bool joining = false;
	uint32_t cp;

	f->blank = true;
	for (i = 0; i < len; i += n) {
		unsigned char c = (unsigned char)s[i];
		bool was = f->blank;

		if (c < 0x80) {
			n = 1;
			cp = c;
			fold_ascii(f, c, (unsigned char)s[i + 1]);
		} else {
			n = text_decode(&cp, s + i, len - i);
			fold_other(f, cp, (unsigned char)s[i + n]);
		}
		if (!join || !f->blank || was)
			continue;
		/* A word has just ended. */
		if (is_apostrophe(cp)) {
			f->apostrophe = joining = true;
		} else if (joining) {
			join_parts(f, f->parts);
			joining = false;
		}
	}
	if (joining)
		join_parts(f, f->parts);
}

/* Fold into a buffer, or if that is too small, into memory of its own. */
static char *fold_into(const char *s, enum spelling how, bool join, char *stack,
		       size_t size)
{
	struct folder f = {.out = stack, .size = size, .how = how};
	char *own;

	fold(&f, s ? s : "", join);
	if (f.len < size) {
		stack[f.len] = 0;
		return stack;
	}
	/* join_parts() could not see what did not fit: twice is enough. */
	size = f.len * 2 + 1;
	own = malloc(size);
	if (!own)
		return NULL;
	f = (struct folder){.out = own, .size = size, .how = how};
	fold(&f, s, join);
	own[f.len < size ? f.len : size - 1] = 0;
	return own;
}

static char *fold_new(const char *s, enum spelling how, bool join)
{
	char stack[KEY_STACK];
	char *p = fold_into(s, how, join, stack, sizeof(stack));

	return p == stack ? strdup(stack) : p;
}

char *text_fold(const char *s, enum text_fold how)
{
	return fold_new(s, (enum spelling)how, false);
}

char *text_key(const char *name)
{
	return fold_new(name, SPELL_LOOSE, true);
}

/** Words of one spelling of a query; point into text. */
struct words {
	char *text;
	unsigned n;
	struct {
		const char *s;
		size_t len;
	} word[QUERY_WORDS];
};

struct text_query {
	struct words loose;
	struct words bare;
	struct words expanded;
};

static int split(struct words *w, const char *query, enum spelling how)
{
	char *p, *blank;

	w->text = fold_new(query, how, false);
	if (!w->text)
		return -1;
	for (p = w->text; p && *p && w->n < QUERY_WORDS; p = blank) {
		blank = strchr(p, ' ');
		if (blank)
			*blank++ = 0;
		w->word[w->n].s = p;
		w->word[w->n++].len = strlen(p);
	}
	return 0;
}

/* Without the "*" at the end of words: it means what is meant anyway. */
static char *strip_stars(const char *query)
{
	char *s = strdup(query ? query : ""), *to = s;

	for (char *p = s; p && *p; p++) {
		char *q = p;

		while (*q == '*')
			q++;
		if (p > s && q > p && (!*q || *q == ' '))
			p = q;
		*to++ = *p;
		if (!*p)
			break;
	}
	if (s && (to == s || to[-1]))
		*to = 0;
	return s;
}

struct text_query *text_query_new(const char *query)
{
	struct text_query *q = calloc(1, sizeof(*q));
	char *plain = strip_stars(query);

	if (!q || !plain || split(&q->loose, plain, SPELL_LOOSE) ||
	    split(&q->bare, plain, SPELL_BARE) ||
	    split(&q->expanded, plain, SPELL_EXPANDED)) {
		text_query_free(q);
		q = NULL;
	}
	free(plain);
	return q;
}

void text_query_free(struct text_query *q)
{
	if (!q)
		return;
	free(q->loose.text);
	free(q->bare.text);
	free(q->expanded.text);
	free(q);
}

bool text_query_empty(const struct text_query *q)
{
	return !q || !q->loose.n;
}

/* Does any word of a folded text begin so? */
static bool begins_word(const char *text, const char *word, size_t len)
{
	while (*text) {
		if (*text == *word && !strncmp(text, word, len))
			return true;
		text = strchr(text, ' ');
		if (!text)
			return false;
		text++;
	}
	return false;
}

static bool all_begin(const struct words *w, const char *text)
{
	for (unsigned i = 0; i < w->n; i++)
		if (!begins_word(text, w->word[i].s, w->word[i].len))
			return false;
	return true;
}

bool text_query_match_key(const struct text_query *q, const char *key)
{
	return !q || all_begin(&q->loose, key ? key : "");
}

bool text_query_match(const struct text_query *q, const char *name)
{
	char stack[KEY_STACK];
	char *key;
	bool match;

	if (text_query_empty(q))
		return true;
	key = fold_into(name, SPELL_LOOSE, true, stack, sizeof(stack));
	match = key && all_begin(&q->loose, key);
	if (key != stack)
		free(key);
	return match;
}

unsigned text_query_rank(const struct text_query *q, const char *name)
{
	static const enum spelling spell[] = {SPELL_BARE, SPELL_EXPANDED};
	char stack[KEY_STACK];
	unsigned rank = 1;

	if (!text_query_match(q, name))
		return 0;
	for (unsigned i = 0; q && i < 2 && rank < 2; i++) {
		char *text =
			fold_into(name, spell[i], true, stack, sizeof(stack));

		if (!text)
			break;
		if (all_begin(&q->bare, text) || all_begin(&q->expanded, text))
			rank = 2;
		if (text != stack)
			free(text);
	}
	return rank;
}
