/**
 * @file ring.c  A ring of samples between one writer and one reader
 */
#include "media_int.h"

struct media_ring {
	size_t size;	    /**< a power of two */
	atomic_size_t head; /**< written so far */
	atomic_size_t tail; /**< read so far */
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

/* From a place to the end of the ring there are so many. */
static size_t until_end(const struct media_ring *r, size_t pos, size_t n)
{
	size_t left = r->size - (pos & (r->size - 1));

	return n < left ? n : left;
}

size_t media_ring_write(struct media_ring *r, const int16_t *samples, size_t n)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	size_t room = r->size - (head - tail);
	size_t take = n < room ? n : room, first;

	first = until_end(r, head, take);
	memcpy(r->samples + (head & (r->size - 1)), samples,
	       first * sizeof(*samples));
	memcpy(r->samples, samples + first, (take - first) * sizeof(*samples));
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
	size_t give = n < head - tail ? n : head - tail, first;

	first = until_end(r, tail, give);
	memcpy(samples, r->samples + (tail & (r->size - 1)),
	       first * sizeof(*samples));
	memcpy(samples + first, r->samples, (give - first) * sizeof(*samples));
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
