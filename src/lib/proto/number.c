/**
 * @file number.c  Canonical and dialable numbers
 */
#include <stdlib.h>
#include <string.h>

#include <offhook/base.h>
#include <offhook/proto.h>

enum {
	DIGITS_MAX = 40,    /**< of any number */
	CANONICAL_MAX = 15, /**< ITU-T E.164 §6.2.1 */
};

static const struct proto_dial_params nothing = {.country = "",
						 .area = "",
						 .location = "",
						 .access = "",
						 .national = "",
						 .international = ""};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Characters that only part a number for the eye. A blank may be a no-break
 * one, or a hyphen the long one, where text is pasted from a page. */
static size_t parting(const char *s)
{
	static const char *const others[] = {"\xc2\xa0",     "\xe2\x80\xaf",
					     "\xe2\x80\x89", "\xe2\x80\x90",
					     "\xe2\x80\x91", "\xe2\x80\x93"};

	if (*s && strchr(" \t()/-:;.", *s))
		return 1;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strncmp(s, others[i], strlen(others[i])))
			return strlen(others[i]);
	return 0;
}

static const struct proto_dial_params *params(const struct proto_dial_params *p,
					      struct proto_dial_params *own)
{
	*own = p ? *p : nothing;
	own->country = own->country ? own->country : "";
	own->area = own->area ? own->area : "";
	own->location = own->location ? own->location : "";
	own->access = own->access ? own->access : "";
	own->national = own->national ? own->national : "";
	own->international = own->international ? own->international : "";
	return own;
}

/* What is behind a prefix, NULL if it does not begin so. */
static const char *behind(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) ? NULL : s + n;
}

char *proto_number_normalise(const char *text)
{
	char digits[DIGITS_MAX + 2];
	size_t n = 0, seen = 0, skip;

	for (; text && *text; text += skip) {
		skip = parting(text);
		/* "+49 (0)89": the zero is not dialled behind the country. */
		if (n && digits[0] == '+' && !strncmp(text, "(0)", 3))
			skip = 3;
		if (skip)
			continue;
		skip = 1;
		if (*text == '+'
			    ? n > 0
			    : !is_digit(*text) && *text != '*' && *text != '#')
			return NULL;
		if (n == DIGITS_MAX)
			return NULL;
		seen += is_digit(*text);
		digits[n++] = *text;
	}
	digits[n] = 0;
	if (!seen || (digits[0] == '+' && strpbrk(digits, "*#")))
		return NULL;
	return strdup(digits);
}

bool proto_number_is_canonical(const char *text)
{
	char *n = proto_number_normalise(text);
	bool is = n && n[0] == '+' && n[1] != '0' &&
		  strlen(n) - 1 <= CANONICAL_MAX;

	free(n);
	return is;
}

/* The extension in "+" and digits of this system, else NULL. */
static const char *own_part(const char *canonical,
			    const struct proto_dial_params *p)
{
	const char *s = canonical + 1;

	if (!*p->country || !*p->location || !p->extension_max)
		return NULL;
	s = behind(s, p->country);
	s = s ? behind(s, p->area) : NULL;
	s = s ? behind(s, p->location) : NULL;
	return s && *s && strlen(s) <= p->extension_max ? s : NULL;
}

static char *dial_canonical(const char *canonical,
			    const struct proto_dial_params *p)
{
	const char *own = own_part(canonical, p);
	const char *national, *local;

	if (own)
		return strdup(own);
	national = *p->country ? behind(canonical + 1, p->country) : NULL;
	if (!national)
		return *p->international
			       ? text_printf("%s%s%s", p->access,
					     p->international, canonical + 1)
			       : strdup(canonical);
	/* In North America the area is dialled even within it. */
	local = *p->area && strcmp(p->country, "1") != 0
			? behind(national, p->area)
			: NULL;
	if (local && *local)
		return text_printf("%s%s", p->access, local);
	return text_printf("%s%s%s", p->access, p->national, national);
}

char *proto_number_dialable(const char *text, const struct proto_dial_params *p)
{
	struct proto_dial_params own;
	char *n = proto_number_normalise(text), *dial;

	if (!n || n[0] != '+')
		return n;
	dial = dial_canonical(n, params(p, &own));
	free(n);
	return dial;
}

/* A number of the world outside, without access code. */
static char *from_outside(const char *n, const struct proto_dial_params *p)
{
	const char *rest;

	if (!*n)
		return NULL;
	rest = *p->international ? behind(n, p->international) : NULL;
	if (rest)
		return *rest ? text_printf("+%s", rest) : NULL;
	if (!*p->country)
		return NULL;
	rest = *p->national ? behind(n, p->national) : NULL;
	if (rest)
		return *rest ? text_printf("+%s%s", p->country, rest) : NULL;
	/* Ten digits in North America have their area with them. */
	if (!strcmp(p->country, "1") && strlen(n) >= 10)
		return text_printf("+1%s", n);
	return text_printf("+%s%s%s", p->country, p->area, n);
}

/* Digits as dialled inside: do they lead outside? What is behind the access
 * code, else NULL. */
static const char *leads_outside(const char *n,
				 const struct proto_dial_params *p)
{
	const char *rest = *p->access ? behind(n, p->access) : NULL;

	if (rest)
		return rest;
	/* Too long for an extension: given without the access code. */
	return p->extension_max && strlen(n) > p->extension_max ? n : NULL;
}

static char *canonical_of(const char *n, const struct proto_dial_params *p)
{
	const char *out;

	if (n[0] == '+')
		return strdup(n);
	if (strpbrk(n, "*#"))
		return NULL;
	out = leads_outside(n, p);
	return out ? from_outside(out, p) : NULL;
}

char *proto_number_canonical(const char *text,
			     const struct proto_dial_params *p)
{
	struct proto_dial_params own;
	char *n = proto_number_normalise(text), *canonical;

	if (!n)
		return NULL;
	canonical = canonical_of(n, params(p, &own));
	free(n);
	return canonical;
}

char *proto_number_extension(const char *text,
			     const struct proto_dial_params *p)
{
	struct proto_dial_params own;
	char *n = proto_number_normalise(text), *canonical;
	char *extension = NULL;
	const char *part;

	if (!n)
		return NULL;
	p = params(p, &own);
	canonical = canonical_of(n, p);
	part = canonical ? own_part(canonical, p) : NULL;
	if (part)
		extension = strdup(part);
	else if (!canonical && !strpbrk(n, "*#") && !leads_outside(n, p) &&
		 p->extension_max)
		extension = strdup(n);
	free(canonical);
	free(n);
	return extension;
}

/* ---- as it is written -------------------------------------------------- */

/* Digits behind the access code that are a number of this system. Where its
 * own number is short, others may begin so, too. */
static bool is_own(const char *rest, const struct proto_dial_params *p)
{
	enum { LONG = 4 };

	const char *part = *p->location ? behind(rest, p->location) : NULL;

	return part && *part &&
	       (strlen(p->location) >= LONG ||
		strlen(part) <= p->extension_max);
}

/* In North America the length of a number says what it begins with. */
static bool dialled_in_america(const char *n, const char *rest,
			       const struct proto_dial_params *p)
{
	enum { LOCAL = 7, NATIONAL = 10 };

	size_t len = strlen(n);

	if (*p->international && behind(n, p->international))
		return false;
	return rest && len != LOCAL && len != NATIONAL &&
	       (len != NATIONAL + 1 || !behind(n, p->national));
}

/* Does it make sense only with the access code that it begins with? */
static bool is_dialled(const char *n, const struct proto_dial_params *p)
{
	const char *rest = *p->access ? behind(n, p->access) : NULL;
	const char *national;

	if (!rest)
		return false;
	if (!strcmp(p->country, "1"))
		return dialled_in_america(n, rest, p);
	if (is_own(rest, p) ||
	    (*p->international && behind(rest, p->international)))
		return true;
	national = *p->national ? behind(rest, p->national) : NULL;
	if (!national)
		return false;
	/* "0089…" is abroad as well as in Munich, but not our own number. */
	if (*p->international && behind(n, p->international)) {
		rest = *p->area ? behind(national, p->area) : NULL;
		return rest && is_own(rest, p);
	}
	return true;
}

/* Is it more than an extension? Where nobody says how long these are, what
 * begins as a number outside does. */
static bool is_outside(const char *n, const struct proto_dial_params *p)
{
	if (p->extension_max)
		return strlen(n) > p->extension_max;
	return (*p->national && behind(n, p->national)) ||
	       (*p->international && behind(n, p->international));
}

char *proto_number_written(const char *text, const struct proto_dial_params *p)
{
	struct proto_dial_params own;
	char *n = proto_number_normalise(text), *canonical = NULL;
	bool outside;

	if (!n)
		return NULL;
	p = params(p, &own);
	if (strpbrk(n, "*#")) {
		free(n);
		return NULL;
	}
	outside = *n != '+' && is_outside(n, p);
	if (*n == '+')
		canonical = strdup(n);
	else if (outside && is_dialled(n, p))
		canonical = canonical_of(n, p);
	else if (outside)
		canonical = from_outside(n, p);
	if (canonical && own_part(canonical, p)) {
		free(n);
		n = strdup(own_part(canonical, p));
		free(canonical);
		return n;
	}
	if (outside || canonical) {
		free(n);
		return canonical;
	}
	return n;
}

char *proto_number_key(const char *text, const struct proto_dial_params *p)
{
	char *key = proto_number_extension(text, p);

	if (!key)
		key = proto_number_canonical(text, p);
	return key ? key : proto_number_normalise(text);
}

bool proto_number_same(const char *a, const char *b,
		       const struct proto_dial_params *p)
{
	char *ka = proto_number_key(a, p), *kb = proto_number_key(b, p);
	bool same = ka && kb && !strcmp(ka, kb);

	free(ka);
	free(kb);
	return same;
}
