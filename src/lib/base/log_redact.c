/**
 * @file log_redact.c  Secrets masked, whatever they stand in
 *
 * The text may be a URL, JSON, XML, a header or free prose, cut anywhere. So
 * it is not parsed: every name that means a secret is looked for, and what
 * follows it is masked as far as any of these could reach. Masking too much
 * is right, too little never.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include <offhook/base/log.h>

/* A name that ends so has a secret for its value, in any case. */
static const char *const secret_suffix[] = {
	"pass",	  "passwd",    "password", "passphrase", "pwd",
	"pin",	  "token",     "secret",   "session",	 "sessionid",
	"ha1",	  "apikey",    "api_key",  "credential", "credentials",
	"cookie", "nonce-key",
};

/* A header of this name is masked to its line's end. */
static const char *const secret_header[] = {
	"authorization",
	"proxy-authorization",
	"cookie",
	"set-cookie",
};

/* A word of a dialogue, the secret is the next one. */
static const char *const secret_scheme[] = {
	"basic ", "bearer ", "auth plain ", "auth login ", "inline:",
};

static bool name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool ends_secret(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(secret_suffix) / sizeof(char *); i++) {
		size_t n = strlen(secret_suffix[i]);

		if (n <= len &&
		    !strncasecmp(name + len - n, secret_suffix[i], n))
			return true;
	}
	return false;
}

static bool is_header(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(secret_header) / sizeof(char *); i++)
		if (strlen(secret_header[i]) == len &&
		    !strncasecmp(name, secret_header[i], len))
			return true;
	return false;
}

/* Put "***" for [from, to), and close the gap. @return what comes after */
static char *mask(char *from, char *to)
{
	size_t n = (size_t)(to - from);

	if (n > 3) {
		memmove(from + 3, to, strlen(to) + 1);
		n = 3;
	}
	memset(from, '*', n);
	return from + n;
}

static char *end_of_line(char *p)
{
	return p + strcspn(p, "\r\n");
}

/* A quoted value's end: its quote, if that is not escaped. */
static char *end_of_quoted(char *p, char quote)
{
	while (*p && *p != quote) {
		if (*p == '\\' && p[1])
			p++;
		p++;
	}
	return p;
}

/* The value behind a name: where it begins, NULL if there is none. */
static char *value_of(char *p, bool element, char *quote)
{
	*quote = 0;
	if (element) {
		if (*p != '>')
			return NULL;
		return p + 1;
	}
	/* A name may be quoted, its quotes escaped (JSON within JSON). */
	while (*p == '\\' || *p == '"' || *p == '\'')
		p++;
	while (*p == ' ' || *p == '\t')
		p++;
	if (!strncasecmp(p, "%3d", 3))
		p += 3;
	else if (*p == '=' || *p == ':')
		p++;
	else
		return NULL;
	while (*p == ' ' || *p == '\t')
		p++;
	if (*p == '\\' && (p[1] == '"' || p[1] == '\''))
		p++;
	if (*p == '"' || *p == '\'')
		*quote = *p++;
	return p;
}

static char *mask_value(char *p, bool element)
{
	char quote, *v = value_of(p, element, &quote), *end;

	if (!v)
		return p;
	if (element)
		end = v + strcspn(v, "<");
	else if (quote)
		end = end_of_quoted(v, quote);
	else if (*v == '[' || *v == '{')
		end = v + strcspn(v, "]}");
	else
		end = v + strcspn(v, " \t\r\n&\"<>");
	return mask(v, end);
}

/* user:password@ behind "://" or "sip:". @param p  The first of user */
static char *mask_userinfo(char *p)
{
	size_t len = strcspn(p, " \t\r\n\"<>/?#");
	char *at = memrchr(p, '@', len);
	char *end = at ? at : p + len;
	char *colon = memchr(p, ':', (size_t)(end - p));

	if (!colon || (!at && *p == '['))
		return p;
	/* With its "@" cut off, only a port is no password. */
	if (!at && strspn(colon + 1, "0123456789") == (size_t)(end - colon) - 1)
		return p;
	return mask(colon + 1, end);
}

static char *mask_scheme(char *p)
{
	for (size_t i = 0; i < sizeof(secret_scheme) / sizeof(char *); i++) {
		size_t n = strlen(secret_scheme[i]);

		if (strncasecmp(p, secret_scheme[i], n))
			continue;
		p += n;
		return mask(p, p + strcspn(p, " \t\r\n\"<>|&,"));
	}
	return NULL;
}

/* At the begin of a name. @return where to go on */
static char *redact_name(char *line, char *p)
{
	bool element = p > line && p[-1] == '<';
	char *end = p, *next = mask_scheme(p);

	if (next)
		return next;
	while (name_char(*end))
		end++;
	if (is_header(p, (size_t)(end - p)) && strchr(":=\"'\\ ", *end)) {
		next = end + strspn(end, ":=\"'\\ ");
		return mask(next, end_of_line(next));
	}
	/* In LOGIN's answer the session's id is just called ID. */
	if (ends_secret(p, (size_t)(end - p)) ||
	    (element && end - p == 2 && !strncasecmp(p, "id", 2)))
		return mask_value(end, element && *end == '>');
	if (*end == ':' && ((end - p == 3 && !strncasecmp(p, "sip", 3)) ||
			    (end - p == 4 && !strncasecmp(p, "sips", 4))))
		return mask_userinfo(end + 1);
	if (!strncmp(end, "://", 3))
		return mask_userinfo(end + 3);
	/* "auth plain" begins inside no name, so names are left whole. */
	return end;
}

void log_redact(char *line)
{
	char *p = line;

	while (*p)
		p = name_char(*p) ? redact_name(line, p) : p + 1;
}
