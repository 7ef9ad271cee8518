/**
 * @file arena.h  Memory that is freed as a whole, for trees
 */
#ifndef OFFHOOK_BASE_ARENA_H
#define OFFHOOK_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

/** Zero it to begin. */
struct arena {
	struct arena_block *blocks;
	size_t used, size; /**< of the first block */
};

/** Zeroed memory, aligned for pointers; NULL without any. */
void *arena_zalloc(struct arena *a, size_t n);
/** A copy with a 0 behind it. */
char *arena_copy(struct arena *a, const char *s, size_t len);
void arena_free(struct arena *a);

#endif
