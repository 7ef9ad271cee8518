/**
 * @file uc_contact_number.c  Contacts by their numbers, in whatever spelling
 */
#include <stdlib.h>
#include "uc_int.h"

/** Contacts that share a number key, the one to show first. */
struct sharers {
	char *key;
	struct uc_vector v;
};

/** Who is shown for a number that several have: smaller is better. */
static int rank(const struct contact *c)
{
	static const int ranks[UC_DIRECTORY_COUNT] = {
		[UC_INTERNAL] = 0, [UC_PERSONAL] = 1, [UC_GLOBAL] = 2,
		[UC_SYSTEM] = 3,   [UC_EXTERNAL] = 4,
	};
	return ranks[c->c.directory];
}

static int sharers_add(struct uc *uc, char *key, struct contact *c)
{
	struct sharers *s = uc_map_get(&uc->by_number, key);
	size_t i;
	int err;

	if (!s) {
		s = calloc(1, sizeof(*s));
		if (!s)
			return ENOMEM;
		s->key = strdup(key);
		err = s->key ? uc_map_put(&uc->by_number, s->key, s) : ENOMEM;
		if (err) {
			free(s->key);
			free(s);
			return err;
		}
	}
	err = uc_vector_add(&s->v, c);
	for (i = s->v.count - 1;
	     !err && i > 0 && rank(s->v.at[i - 1]) > rank(c); i--) {
		s->v.at[i] = s->v.at[i - 1];
		s->v.at[i - 1] = c;
	}
	return err;
}

static void sharers_free(struct sharers *s)
{
	uc_vector_close(&s->v);
	free(s->key);
	free(s);
}

int uc_contact_numbers_index(struct uc *uc, struct contact *c)
{
	size_t i;
	int err = 0;

	c->keys = c->c.number_count ? calloc(c->c.number_count, sizeof(char *))
				    : NULL;
	if (!c->keys)
		return c->c.number_count ? ENOMEM : 0;
	for (i = 0; i < c->c.number_count && !err; i++) {
		c->keys[i] = uc_number_key(uc, c->c.numbers[i].number);
		if (c->keys[i])
			err = sharers_add(uc, c->keys[i], c);
	}
	return err;
}

void uc_contact_numbers_forget(struct uc *uc, struct contact *c)
{
	size_t i;

	for (i = 0; c->keys && i < c->c.number_count; i++) {
		struct sharers *s = uc_map_get(&uc->by_number, c->keys[i]);

		if (s) {
			uc_vector_remove(&s->v, c);
			if (!s->v.count) {
				uc_map_remove(&uc->by_number, s->key);
				sharers_free(s);
			}
		}
		free(c->keys[i]);
	}
	free(c->keys);
	c->keys = NULL;
}

void uc_contact_doubles(const struct uc *uc, const struct contact *c,
			uc_double_h *h, void *arg)
{
	for (size_t i = 0; c->keys && i < c->c.number_count; i++) {
		const struct sharers *s =
			uc_map_get(&uc->by_number, c->keys[i]);
		bool better = true;

		for (size_t k = 0; s && k < s->v.count; k++) {
			struct contact *other = s->v.at[k];

			if (other == c)
				better = false;
			else if (!strcmp(other->sort, c->sort) &&
				 h(other, better, arg))
				return;
		}
	}
}

struct uc_contact *uc_contact_by_number(const struct uc *uc, const char *number)
{
	char *key = uc_number_key(uc, number);
	const struct sharers *s = uc_map_get(&uc->by_number, key);

	free(key);
	return s ? s->v.at[0] : NULL;
}

const char *uc_number_spelled(const struct uc *uc, const struct uc_contact *c,
			      const char *number)
{
	const struct contact *k = (const struct contact *)c;
	char *key = k && k->keys ? uc_number_key(uc, number) : NULL;
	const char *spelled = number;

	for (size_t i = 0; key && i < k->c.number_count; i++)
		if (text_equal(k->keys[i], key)) {
			spelled = k->c.numbers[i].number;
			break;
		}
	free(key);
	return spelled;
}

void uc_contact_numbers_close(struct uc *uc)
{
	struct sharers *s;
	size_t pos;

	for (pos = 0; (s = uc_map_next(&uc->by_number, &pos));)
		sharers_free(s);
	uc_map_close(&uc->by_number);
}

int uc_contacts_renumber(struct uc *uc)
{
	struct contact *c;
	size_t pos;
	int err = 0;

	for (pos = 0; (c = uc_map_next(&uc->by_id, &pos));) {
		uc_index_remove(&uc->index, c);
		uc_contact_numbers_forget(uc, c);
	}
	for (pos = 0; !err && (c = uc_map_next(&uc->by_id, &pos));) {
		err = uc_contact_numbers_index(uc, c);
		uc_index_add(&uc->index, c);
	}
	return err;
}
