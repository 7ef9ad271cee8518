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
