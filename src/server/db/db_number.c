/**
 * @file db_number.c  Under which spellings a number is found
 */
#include "db_int.h"

#include <stdlib.h>

void words_free(char **word, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		free(word[i]);
}

static void add(char **word, unsigned *n, const char *prefix,
		const char *digits)
{
	char *w;

	if (text_empty(digits) || *n == NUMBER_WORDS)
		return;
	w = text_printf("#%s%s", prefix, digits);
	for (unsigned i = 0; w && i < *n; i++) {
		if (!strcmp(word[i], w)) {
			free(w);
			return;
		}
	}
	if (w)
		word[(*n)++] = w;
}

/* The part behind a prefix that is not empty; NULL if it has another one. */
static const char *behind(const char *s, const char *prefix)
{
	size_t n = prefix ? strlen(prefix) : 0;

	return s && n && !strncmp(s, prefix, n) ? s + n : NULL;
}

unsigned number_words(const char *number, const struct proto_dial_params *p,
		      char *word[NUMBER_WORDS])
{
	char *plain, *canonical;
	const char *national;
	unsigned n = 0;

	if (text_empty(number))
		return 0;
	plain = proto_number_normalise(number);
	canonical = plain && *plain == '+' ? strdup(plain)
					   : proto_number_canonical(number, p);
	if (canonical) {
		add(word, &n, "", canonical + 1);
		national = behind(canonical + 1, p->country);
		if (national)
			add(word, &n, p->national ? p->national : "", national);
	}
	if (plain && *plain != '+')
		add(word, &n, "", plain);
	free(plain);
	free(canonical);
	return n;
}

unsigned number_query(const char *query, const struct proto_dial_params *p,
		      char *word[NUMBER_WORDS])
{
	char *plain = text_empty(query) ? NULL : proto_number_normalise(query);
	const char *s = plain, *rest;
	unsigned n = 0;

	if (!plain)
		return 0;
	if (*s == '+') {
		add(word, &n, "", s + 1);
		free(plain);
		return n;
	}
	add(word, &n, "", s);
	rest = behind(s, p->access);
	if (!rest)
		rest = s;
	/* As it is dialled on the phone, or would be without access code. */
	add(word, &n, "", behind(rest, p->international));
	add(word, &n, "", behind(s, p->international));
	if (rest != s)
		add(word, &n, "", rest);
	free(plain);
	return n;
}

char *number_key(const char *number, const struct proto_dial_params *p)
{
	char *plain =
		text_empty(number) ? NULL : proto_number_normalise(number);
	char *canonical;

	if (!plain)
		return strdup(number ? number : "");
	canonical = *plain == '+' ? NULL : proto_number_canonical(plain, p);
	if (!canonical)
		return plain;
	free(plain);
	return canonical;
}
