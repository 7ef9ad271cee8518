/**
 * @file uc_number.c  One key for all spellings of a number
 */
#include <stdlib.h>
#include "uc_int.h"

/** The extension that a canonical number of this system means, or NULL. */
static const char *own_extension(const struct proto_dial_params *p,
				 const char *canonical)
{
	const char *const parts[] = {p->country, p->area, p->location};
	const char *s = canonical + 1;
	size_t i, len;

	if (text_empty(p->country) || text_empty(p->location) ||
	    !p->extension_max)
		return NULL;
	for (i = 0; i < 3; i++) {
		len = strlen(parts[i]);
		if (strncmp(s, parts[i], len) != 0)
			return NULL;
		s += len;
	}
	len = strlen(s);
	return len && len <= p->extension_max ? s : NULL;
}

char *uc_number_key(const struct uc *uc, const char *number)
{
	char *canonical, *key;
	const char *extension;

	if (text_empty(number))
		return NULL;
	canonical = proto_number_canonical(number, &uc->dial);
	if (!canonical)
		return proto_number_normalise(number);
	key = proto_number_normalise(canonical);
	free(canonical);
	if (!key || key[0] != '+')
		return key;
	extension = own_extension(&uc->dial, key);
	if (extension)
		memmove(key, extension, strlen(extension) + 1);
	return key;
}

typedef char *(number_read)(const char *plain,
			    const struct proto_dial_params *p);

/* One that is canonical stays as it was written: it parts its digits for the
 * eye. So does a code. */
static char *kept(const struct proto_dial_params *p, const char *text,
		  number_read *read)
{
	char *plain = proto_number_normalise(text);
	char *number;

	if (!plain)
		return NULL;
	number = plain[0] == '+' || strpbrk(plain, "*#")
			 ? text_clean(text, (size_t)-1, TEXT_LINE_MAX)
			 : read(plain, p);
	if (!number)
		return plain;
	free(plain);
	return number;
}

static char *read_dialled(const char *plain, const struct proto_dial_params *p)
{
	char *number = proto_number_extension(plain, p);

	return number ? number : proto_number_canonical(plain, p);
}

char *uc_number_kept(const struct proto_dial_params *p, const char *text)
{
	return kept(p, text, read_dialled);
}

char *uc_number_filed(const struct proto_dial_params *p, const char *text)
{
	return kept(p, text, proto_number_written);
}

/* ---- beginnings -------------------------------------------------------- */

static const char *behind(const char *s, const char *prefix)
{
	size_t n = text_empty(prefix) ? 0 : strlen(prefix);

	return n && !strncmp(s, prefix, n) ? s + n : NULL;
}

/* @param text  Taken over; NULL: no memory */
static int add(struct uc_beginnings *b, char *text)
{
	size_t i;

	for (i = 0; text && i < UC_BEGINNINGS && b->digits[i]; i++) {
		if (strcmp(b->digits[i], text) != 0)
			continue;
		free(text);
		return 0;
	}
	if (text && i < UC_BEGINNINGS)
		b->digits[i] = text;
	else
		free(text);
	return text ? 0 : ENOMEM;
}

/* Of a number outside, without access code. */
static int add_outside(struct uc_beginnings *b,
		       const struct proto_dial_params *p, const char *n)
{
	const char *inter = behind(n, p->international);
	const char *nat = behind(n, p->national);

	if (inter)
		return *inter ? add(b, strdup(inter)) : 0;
	if (text_empty(p->country) || !*n)
		return 0;
	if (nat)
		return *nat ? add(b, text_printf("%s%s", p->country, nat)) : 0;
	return text_empty(p->area) || *n == '0'
		       ? 0
		       : add(b, text_printf("%s%s%s", p->country, p->area, n));
}

/* The part of a number of this system that is the extension's. */
static char *own_of(const struct proto_dial_params *p, const char *n)
{
	char *own = proto_number_extension(n, p);

	if (own && strcmp(own, n) != 0)
		return own;
	free(own);
	own = proto_number_written(n, p);
	if (own && *own != '+' && strcmp(own, n) != 0)
		return own;
	free(own);
	return NULL;
}

int uc_number_beginnings(const struct uc *uc, const char *query,
			 struct uc_beginnings *b)
{
	const struct proto_dial_params *p = &uc->dial;
	char *n, *bare = strdup(query);
	const char *rest;
	size_t len;
	int err;

	memset(b, 0, sizeof(*b));
	if (!bare)
		return ENOMEM;
	/* "*" at the end is allowed in words and means nothing here either. */
	len = strlen(bare);
	if (len > 1 && bare[len - 1] == '*')
		bare[len - 1] = '\0';
	n = proto_number_normalise(bare);
	free(bare);
	if (!n)
		return 0; /* no number */
	err = add(b, strdup(n[0] == '+' ? n + 1 : n));
	rest = n[0] == '+' ? NULL : behind(n, p->access);
	if (!err && n[0] != '+')
		err = add_outside(b, p, n);
	if (!err && rest)
		err = add_outside(b, p, rest);
	b->own = own_of(p, n);
	free(n);
	return err;
}

void uc_beginnings_reset(struct uc_beginnings *b)
{
	for (size_t i = 0; i < UC_BEGINNINGS; i++)
		free(b->digits[i]);
	free(b->own);
	memset(b, 0, sizeof(*b));
}

static unsigned match(const char *form, const char *beginning)
{
	size_t n = strlen(beginning);

	return strncmp(form, beginning, n) != 0 ? 0 : form[n] ? 1 : 2;
}

static unsigned better(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

unsigned uc_beginnings_match(const struct uc_beginnings *b, const char *number,
			     const char *key)
{
	char *n = b->digits[0] ? proto_number_normalise(number) : NULL;
	const char *forms[2] = {n ? n : "", key ? key : ""};
	unsigned best = 0;

	for (size_t f = 0; b->digits[0] && f < 2; f++) {
		const char *form = forms[f] + (*forms[f] == '+');

		for (size_t i = 0; b->digits[i]; i++)
			best = better(best, match(form, b->digits[i]));
	}
	/* An extension is of this system: no country's number begins so. */
	if (b->own && key && *key != '+')
		best = better(best, match(key, b->own));
	free(n);
	return best;
}
