/**
 * @file arena.c  Memory that is freed as a whole, for trees
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

enum { FIRST_BLOCK = 1024, LARGEST_BLOCK = 1 << 18, ALIGN = 8 };

struct arena_block {
	struct arena_block *next;
	_Alignas(ALIGN) char data[];
};

void *arena_zalloc(struct arena *a, size_t n)
{
	struct arena_block *b;
	size_t size;
	void *p;

	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!a->blocks || a->size - a->used < n) {
		size = a->size ? a->size * 2 : FIRST_BLOCK;
		if (size > LARGEST_BLOCK)
			size = LARGEST_BLOCK;
		if (size < n)
			size = n;
		b = malloc(sizeof(*b) + size);
		if (!b)
			return NULL;
		b->next = a->blocks;
		a->blocks = b;
		a->size = size;
		a->used = 0;
	}
	p = a->blocks->data + a->used;
	a->used += n;
	memset(p, 0, n);
	return p;
}

char *arena_copy(struct arena *a, const char *s, size_t len)
{
	char *p = arena_zalloc(a, len + 1);

	if (p && len)
		memcpy(p, s, len);
	return p;
}

void arena_free(struct arena *a)
{
	struct arena_block *b = a->blocks, *next;

	for (; b; b = next) {
		next = b->next;
		free(b);
	}
	memset(a, 0, sizeof(*a));
}
