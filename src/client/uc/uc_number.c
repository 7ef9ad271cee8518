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

/* One that is canonical stays as it was written: it parts its digits for the
 * eye. So does a code. */
static bool stays(const char *plain)
{
	return plain[0] == '+' || strpbrk(plain, "*#");
}

char *uc_number_kept(const struct proto_dial_params *p, const char *text)
{
	char *plain = proto_number_normalise(text);
	char *number;

	if (!plain)
		return NULL;
	if (stays(plain)) {
		free(plain);
		return text_clean(text, (size_t)-1, TEXT_LINE_MAX);
	}
	number = proto_number_extension(plain, p);
	if (!number)
		number = proto_number_canonical(plain, p);
	if (!number)
		return plain;
	free(plain);
	return number;
}

char *uc_number_filed(const struct proto_dial_params *p, const char *text)
{
	char *plain = proto_number_normalise(text);
	char *number;

	if (!plain)
		return NULL;
	if (stays(plain)) {
		free(plain);
		return text_clean(text, (size_t)-1, TEXT_LINE_MAX);
	}
	number = proto_number_written(plain, p);
	if (!number)
		return plain;
	free(plain);
	return number;
}

int uc_number_beginnings(const struct uc *uc, const char *query,
			 char *digits[3])
{
	const struct proto_dial_params *p = &uc->dial;
	size_t nat = strlen(p->national), inter = strlen(p->international);
	char *n, *bare = strdup(query);
	size_t len;

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
	digits[0] = strdup(n[0] == '+' ? n + 1 : n);
	if (inter && !strncmp(n, p->international, inter) && n[inter])
		digits[1] = strdup(n + inter);
	else if (nat && !strncmp(n, p->national, nat) && n[nat] &&
		 !text_empty(p->country))
		digits[1] = text_printf("%s%s", p->country, n + nat);
	if (!text_empty(p->country) && !text_empty(p->area) && n[0] != '+' &&
	    n[0] != '0')
		digits[2] = text_printf("%s%s%s", p->country, p->area, n);
	free(n);
	return digits[0] ? 0 : ENOMEM;
}
