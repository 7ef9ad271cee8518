/**
 * @file uc_index.c  Contacts by how their words and numbers begin
 *
 * A search looks at those alone that share the first two bytes with its
 * first word; so it stays quick with a hundred thousand contacts, and a
 * contact comes and goes without sorting anything.
 */
#include <stdlib.h>
#include "uc_int.h"

enum { KEYS_MAX = 32 };

/** The first two bytes of each word, both spellings, and of each number. */
struct keys {
	unsigned char at[KEYS_MAX][2];
	unsigned count;
};

static void key_add(struct keys *k, const char *s)
{
	unsigned i;

	for (i = 0; i < k->count; i++)
		if (k->at[i][0] == (unsigned char)s[0] &&
		    k->at[i][1] == (unsigned char)s[1])
			return;
	if (k->count == KEYS_MAX)
		return;
	k->at[k->count][0] = (unsigned char)s[0];
	k->at[k->count][1] = (unsigned char)s[1];
	k->count++;
}

static void words_add(struct keys *k, const char *name, enum text_fold how)
{
	char *folded = text_fold(name, how);
	const char *s = folded;

	while (s && *s) {
		s += strspn(s, " ");
		if (!*s)
			break;
		if (s[1] == ' ')
			key_add(k, (char[]){s[0], 0});
		else
			key_add(k, s);
		s += strcspn(s, " ");
	}
	free(folded);
}

static void keys_of(struct keys *k, const struct contact *c)
{
	size_t i;

	k->count = 0;
	words_add(k, c->c.name, TEXT_FOLD_BARE);
	words_add(k, c->c.name, TEXT_FOLD_EXPANDED);
	for (i = 0; i < c->c.number_count; i++) {
		char *n = proto_number_normalise(c->c.numbers[i].number);

		if (n)
			key_add(k, n[0] == '+' ? n + 1 : n);
		free(n);
		if (c->keys && c->keys[i])
			key_add(k, c->keys[i][0] == '+' ? c->keys[i] + 1
							: c->keys[i]);
	}
}

void uc_index_add(struct uc_index *x, struct contact *c)
{
	struct keys k;
	unsigned i;

	keys_of(&k, c);
	for (i = 0; i < k.count; i++) {
		struct uc_vector **row = &x->rows[k.at[i][0]];

		if (!*row)
			*row = calloc(256, sizeof(**row));
		/* Without memory it is found by the server's search only. */
		if (*row)
			(void)uc_vector_add(&(*row)[k.at[i][1]], c);
	}
}

void uc_index_remove(struct uc_index *x, struct contact *c)
{
	struct keys k;
	unsigned i;

	keys_of(&k, c);
	for (i = 0; i < k.count; i++)
		if (x->rows[k.at[i][0]])
			uc_vector_remove(&x->rows[k.at[i][0]][k.at[i][1]], c);
}

void uc_index_close(struct uc_index *x)
{
	unsigned i, j;

	for (i = 0; i < 256; i++) {
		for (j = 0; x->rows[i] && j < 256; j++)
			uc_vector_close(&x->rows[i][j]);
		free(x->rows[i]);
		x->rows[i] = NULL;
	}
}

bool uc_index_walk(const struct uc_index *x, const char *prefix, index_h *h,
		   void *arg)
{
	const struct uc_vector *row = x->rows[(unsigned char)prefix[0]];
	unsigned from = (unsigned char)prefix[1], to = from, j;
	size_t i;

	if (!row)
		return false;
	if (!from)
		to = 255;
	for (j = from; j <= to; j++)
		for (i = 0; i < row[j].count; i++)
			if (h(row[j].at[i], arg))
				return true;
	return false;
}
