/**
 * @file uc_draft.c  What stands in the message fields, not sent
 */
#include <stdlib.h>
#include "uc_int.h"

struct draft {
	struct le le;
	char *key;
	char *text;
};

static void draft_free(struct draft *d)
{
	list_unlink(&d->le);
	free(d->key);
	free(d->text);
	free(d);
}

/* One for all spellings; NULL without memory. */
static char *key_of(const struct uc *uc, const char *number)
{
	char *key = uc_number_key(uc, number);

	return key ? key : strdup(number ? number : "");
}

static struct draft *find(const struct uc *uc, const char *key)
{
	for (struct le *le = uc->drafts.head; le; le = le->next) {
		struct draft *d = le->data;

		if (text_equal(d->key, key))
			return d;
	}
	return NULL;
}

const char *uc_draft(const struct uc *uc, const char *number)
{
	char *key = key_of(uc, number);
	const struct draft *d = key ? find(uc, key) : NULL;

	free(key);
	return d ? d->text : "";
}

int uc_draft_set(struct uc *uc, const char *number, const char *text)
{
	char *key = key_of(uc, number);
	struct draft *d = key ? find(uc, key) : NULL;
	char *copy;

	if (!key)
		return ENOMEM;
	if (text_empty(text)) {
		if (d)
			draft_free(d);
		free(key);
		return 0;
	}
	copy = text_clean_lines(text, (size_t)-1, TEXT_MESSAGE_MAX);
	if (!d && copy) {
		d = calloc(1, sizeof(*d));
		if (d) {
			d->key = key;
			key = NULL;
			list_append(&uc->drafts, &d->le, d);
		}
	}
	free(key);
	if (!d || !copy) {
		free(copy);
		return ENOMEM;
	}
	free(d->text);
	d->text = copy;
	return 0;
}

void uc_drafts_close(struct uc *uc)
{
	struct le *le = uc->drafts.head;

	while (le) {
		struct draft *d = le->data;

		le = le->next;
		draft_free(d);
	}
}
