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

/* Once each; the most that there can be fit. */
static void add(char **word, unsigned *n, unsigned max, const char *prefix,
		const char *digits)
{
	char *w;

	if (text_empty(digits) || *n == max)
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
		add(word, &n, NUMBER_WORDS, "", canonical + 1);
		national = behind(canonical + 1, p->country);
		if (national)
			add(word, &n, NUMBER_WORDS,
			    p->national ? p->national : "", national);
	}
	if (plain && *plain != '+')
		add(word, &n, NUMBER_WORDS, "", plain);
	free(plain);
	free(canonical);
	return n;
}

/* What is dialled or written so without the code for a line: abroad, or near.
 * What begins with the national prefix stands so among a contact's words. */
static void add_outside(char **word, unsigned *n, const char *s,
			const struct proto_dial_params *p)
{
	const char *abroad = behind(s, p->international);
	char *near;

	if (abroad)
		add(word, n, NUMBER_QUERIES, "", abroad);
	if (abroad || behind(s, p->national) || text_empty(p->country) ||
	    text_empty(p->area) || !*s)
		return;
	near = text_printf("%s%s%s", p->country, p->area, s);
	add(word, n, NUMBER_QUERIES, "", near);
	free(near);
}

/* Of a number of this system the extension. */
static void add_own(char **word, unsigned *n, const char *plain,
		    const struct proto_dial_params *p)
{
	char *own = proto_number_extension(plain, p);

	if (!own || !strcmp(own, plain)) {
		free(own);
		own = proto_number_written(plain, p);
	}
	if (own && *own != '+')
		add(word, n, NUMBER_QUERIES, "", own);
	free(own);
}

unsigned number_query(const char *query, const struct proto_dial_params *p,
		      char *word[NUMBER_QUERIES])
{
	char *plain = text_empty(query) ? NULL : proto_number_normalise(query);
	const char *rest;
	unsigned n = 0;

	if (!plain)
		return 0;
	add(word, &n, NUMBER_QUERIES, "", plain + (*plain == '+'));
	add_own(word, &n, plain, p);
	if (*plain != '+') {
		/* As it is dialled on the phone, or without its access code. */
		add_outside(word, &n, plain, p);
		rest = behind(plain, p->access);
		if (rest) {
			add_outside(word, &n, rest, p);
			add(word, &n, NUMBER_QUERIES, "", rest);
		}
	}
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
