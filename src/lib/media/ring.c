/**
 * @file ring.c  A ring of samples between one writer and one reader
 */
#include "media_int.h"

struct media_ring {
	size_t size;         /**< a power of two */
	atomic_size_t head;  /**< written so far */
	atomic_size_t tail;  /**< read so far */
	atomic_ullong lost;
	int16_t samples[];
};

int media_ring_alloc(struct media_ring **rp, size_t n)
{
	struct media_ring *r;
	size_t size = 64;

	if (!rp || n > SIZE_MAX / 8)
		return EINVAL;
	while (size < n)
		size *= 2;
	r = mem_zalloc(sizeof(*r) + size * sizeof(int16_t), NULL);
	if (!r)
		return ENOMEM;
	r->size = size;
	*rp = r;
	return 0;
}

/* Copy to or from the place of pos, around the end. */
static void ring_copy(struct media_ring *r, size_t pos, int16_t *out,
		      const int16_t *in, size_t n)
{
	size_t at = pos & (r->size - 1);
	size_t first = n < r->size - at ? n : r->size - at;

	if (in) {
		memcpy(r->samples + at, in, first * sizeof(int16_t));
		memcpy(r->samples, in + first, (n - first) * sizeof(int16_t));
	} else {
		memcpy(out, r->samples + at, first * sizeof(int16_t));
		memcpy(out + first, r->samples, (n - first) * sizeof(int16_t));
	}
}

size_t media_ring_write(struct media_ring *r, const int16_t *samples, size_t n)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	size_t room = r->size - (head - tail);
	size_t take = n < room ? n : room;

	ring_copy(r, head, NULL, samples, take);
	atomic_store_explicit(&r->head, head + take, memory_order_release);
	if (take < n)
		atomic_fetch_add_explicit(&r->lost, n - take,
					  memory_order_relaxed);
	return take;
}

size_t media_ring_read(struct media_ring *r, int16_t *samples, size_t n)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	size_t give = n < head - tail ? n : head - tail;

	ring_copy(r, tail, samples, NULL, give);
	atomic_store_explicit(&r->tail, tail + give, memory_order_release);
	return give;
}

size_t media_ring_used(const struct media_ring *r)
{
	/* The tail first: read later, the head is never behind it. */
	size_t tail = atomic_load_explicit(&((struct media_ring *)r)->tail,
					   memory_order_acquire);
	size_t head = atomic_load_explicit(&((struct media_ring *)r)->head,
					   memory_order_acquire);

	return head - tail;
}

uint64_t media_ring_lost(const struct media_ring *r)
{
	return atomic_load_explicit(&((struct media_ring *)r)->lost,
				    memory_order_relaxed);
}
