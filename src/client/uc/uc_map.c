/**
 * @file uc_map.c  Hash map from text to pointer, vector of pointers
 *
 * libre's hash has a fixed number of buckets; directories have from five to
 * a hundred thousand contacts.
 */
#include <stdlib.h>
#include "uc_int.h"

static uint32_t hash(const struct uc_map *m, const char *key)
{
	uint32_t h = 2166136261u ^ m->seed;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 16777619u;
	/* The low bits choose the slot: let the high ones have a say. */
	h ^= h >> 15;
	h *= 0x2c1b3c6du;
	return h ^ (h >> 13);
}

static struct uc_map_slot *find(const struct uc_map *m, const char *key,
				uint32_t h)
{
	size_t i;

	if (!m->size)
		return NULL;
	for (i = h & (m->size - 1);; i = (i + 1) & (m->size - 1)) {
		struct uc_map_slot *s = &m->slots[i];

		if (!s->key)
			return NULL;
		if (s->value && s->hash == h && !strcmp(s->key, key))
			return s;
	}
}

static void place(struct uc_map *m, const char *key, void *value, uint32_t h)
{
	size_t i = h & (m->size - 1);

	while (m->slots[i].key)
		i = (i + 1) & (m->size - 1);
	m->slots[i] = (struct uc_map_slot){key, value, h};
	m->filled++;
}

static int grow(struct uc_map *m)
{
	struct uc_map_slot *old = m->slots;
	size_t i, n = m->size, size = 16;

	while (size < m->count * 4)
		size *= 2;
	m->slots = calloc(size, sizeof(*m->slots));
	if (!m->slots) {
		m->slots = old;
		return ENOMEM;
	}
	m->size = size;
	m->filled = 0;
	for (i = 0; i < n; i++)
		if (old[i].key && old[i].value)
			place(m, old[i].key, old[i].value, old[i].hash);
	free(old);
	return 0;
}

void *uc_map_get(const struct uc_map *m, const char *key)
{
	struct uc_map_slot *s = key ? find(m, key, hash(m, key)) : NULL;

	return s ? s->value : NULL;
}

int uc_map_put(struct uc_map *m, const char *key, void *value)
{
	struct uc_map_slot *s;
	uint32_t h;

	if (!m->seed) {
		random_bytes(&m->seed, sizeof(m->seed));
		m->seed |= 1;
	}
	h = hash(m, key);
	s = find(m, key, h);
	if (s) {
		s->key = key;
		s->value = value;
		return 0;
	}
	if ((m->filled + 1) * 4 > m->size * 3) {
		int err = grow(m);

		if (err)
			return err;
	}
	place(m, key, value, h);
	m->count++;
	return 0;
}

void uc_map_remove(struct uc_map *m, const char *key)
{
	struct uc_map_slot *s = key ? find(m, key, hash(m, key)) : NULL;

	if (!s)
		return;
	/* The key's text goes with the value: only its place stays taken. */
	s->key = "";
	s->value = NULL;
	m->count--;
}

void *uc_map_next(const struct uc_map *m, size_t *pos)
{
	while (*pos < m->size) {
		struct uc_map_slot *s = &m->slots[(*pos)++];

		if (s->key && s->value)
			return s->value;
	}
	return NULL;
}

void uc_map_close(struct uc_map *m)
{
	free(m->slots);
	memset(m, 0, sizeof(*m));
}

int uc_vector_add(struct uc_vector *v, void *p)
{
	if (v->count == v->size) {
		size_t size = v->size ? v->size * 2 : 8;
		void **at = realloc(v->at, size * sizeof(*at));

		if (!at)
			return ENOMEM;
		v->at = at;
		v->size = size;
	}
	v->at[v->count++] = p;
	return 0;
}

bool uc_vector_remove(struct uc_vector *v, const void *p)
{
	size_t i;

	for (i = v->count; i-- > 0;)
		if (v->at[i] == p) {
			memmove(&v->at[i], &v->at[i + 1],
				(v->count - i - 1) * sizeof(*v->at));
			v->count--;
			return true;
		}
	return false;
}

void uc_vector_close(struct uc_vector *v)
{
	free(v->at);
	memset(v, 0, sizeof(*v));
}
