/**
 * @file timer.c  Timers, in place of libre's
 *
 * libre 1.1 keeps them in one sorted list, through which each new one walks
 * from its end. A SIP transaction waits for half a minute until nobody can ask
 * for its answer again (RFC 3261 §17, timers H, I, J, L): a server of some
 * hundred calls a second has tens of thousands of these, and each timer of half
 * a second is compared with them all. They also follow the wall clock, so that
 * whoever sets it stalls them, or lets them all run out.
 *
 * These are libre's functions with libre's contract, for all callers, also its
 * own. The list of a loop (one per thread) becomes a pairing heap (Fredman,
 * Sedgewick, Sleator, Tarjan 1986), its head the root: to start a timer takes
 * one comparison, to end one as many as the logarithm of how many there are.
 * The clock is one that nobody sets; it goes on while the machine sleeps, so
 * that what has been due meanwhile is done when it wakes up.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

#include <offhook/base/log.h>
#include <offhook/base/loop.h>

#include "loop_int.h"

#define LOG_MODULE "base"

enum { NS_PER_MS = 1000000 };

/** libre's own: the timers of this thread's loop. */
struct list *tmrl_get(void);

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 * NS_PER_MS + (uint64_t)ts.tv_nsec;
}

static uint64_t ms_rounded_up(uint64_t ns)
{
	return ns / NS_PER_MS + (ns % NS_PER_MS != 0);
}

/* --- the heap --------------------------------------------------------------
 *
 * In a timer's element, data is the first of its children, next its next
 * sibling, prev its previous one, or its parent if it is the first child. In
 * jfs is when it is due, in nanoseconds: no two are started in the same one,
 * so that those that wait equally long run out in the order of their start. */

static struct tmr *of(const struct le *le)
{
	return (struct tmr *)((char *)le - offsetof(struct tmr, le));
}

static struct le *child(const struct le *le)
{
	return le->data;
}

/** Two roots, either may be NULL. @return that of both */
static struct le *meld(struct le *a, struct le *b)
{
	struct le *first, *other;

	if (!a || !b)
		return a ? a : b;
	first = of(b)->jfs < of(a)->jfs ? b : a;
	other = first == a ? b : a;

	other->prev = first;
	other->next = child(first);
	if (other->next)
		other->next->prev = other;
	first->data = other;
	return first;
}

/** Siblings, of which that is the first, or NULL. @return root of them all */
static struct le *meld_all(struct le *le)
{
	struct le *pairs = NULL, *root = NULL;

	/* from left to right in pairs, which prev joins … */
	while (le) {
		struct le *a = le, *b = le->next;

		le = b ? b->next : NULL;
		a->next = NULL;
		if (b)
			b->next = NULL;
		a = meld(a, b);
		a->prev = pairs;
		pairs = a;
	}
	/* … and from right to left into one */
	while (pairs) {
		struct le *a = pairs;

		pairs = a->prev;
		a->prev = NULL;
		root = meld(root, a);
	}
	return root;
}

static void heap_add(struct list *heap, struct tmr *tmr)
{
	tmr->le = (struct le){.list = heap};
	heap->head = meld(heap->head, &tmr->le);
}

static void heap_remove(struct tmr *tmr)
{
	struct le *le = &tmr->le;
	struct list *heap = le->list;
	struct le *below;

	if (!heap)
		return;
	below = meld_all(child(le));
	if (heap->head == le) {
		heap->head = below;
	} else {
		if (child(le->prev) == le)
			le->prev->data = le->next;
		else
			le->prev->next = le->next;
		if (le->next)
			le->next->prev = le->prev;
		heap->head = meld(heap->head, below);
	}
	*le = (struct le){.list = NULL};
}

static struct tmr *heap_first(const struct list *heap)
{
	return heap->head ? of(heap->head) : NULL;
}

/* --- what libre has in re_tmr.h --------------------------------------------
 */

uint64_t tmr_jiffies(void)
{
	return now_ns() / NS_PER_MS;
}

void tmr_init(struct tmr *tmr)
{
	if (tmr)
		*tmr = (struct tmr){.th = NULL};
}

void tmr_start(struct tmr *tmr, uint64_t delay, tmr_h *th, void *arg)
{
	uint64_t now, most;

	if (!tmr)
		return;
	if (tmr->th)
		heap_remove(tmr);
	tmr->th = th;
	tmr->arg = arg;
	if (!th)
		return;

	now = now_ns();
	most = (UINT64_MAX - now) / NS_PER_MS;
	tmr->jfs = now + (delay < most ? delay : most) * NS_PER_MS;
	heap_add(tmrl_get(), tmr);
}

void tmr_cancel(struct tmr *tmr)
{
	tmr_start(tmr, 0, NULL, NULL);
}

uint64_t tmr_get_expire(const struct tmr *tmr)
{
	uint64_t now = now_ns();

	return tmr && tmr->th && tmr->jfs > now ? ms_rounded_up(tmr->jfs - now)
						: 0;
}

/* What a handler starts is of a later turn, whatever its delay. */
void tmr_poll(struct list *tmrl)
{
	uint64_t now = now_ns();
	struct tmr *tmr;

	while ((tmr = heap_first(tmrl)) && tmr->jfs <= now) {
		tmr_h *th = tmr->th;
		void *arg = tmr->arg;

		heap_remove(tmr);
		tmr->th = NULL;
		if (th)
			th(arg);
	}
}

/* 0 means for ever, so what is due is so in the next millisecond. */
uint64_t tmr_next_timeout(struct list *tmrl)
{
	const struct tmr *tmr = heap_first(tmrl);
	uint64_t ms = tmr_get_expire(tmr);

	return !tmr ? 0 : ms ? ms : 1;
}

int tmr_status(struct re_printf *pf, void *unused)
{
	const struct tmr *tmr = heap_first(tmrl_get());

	(void)unused;
	return tmr ? re_hprintf(pf, "next timer: th=%p in %llu ms\n", tmr->th,
				(unsigned long long)tmr_get_expire(tmr))
		   : 0;
}

void tmr_debug(void)
{
	(void)re_fprintf(stderr, "%H", tmr_status, NULL);
}

int loop_int_timers(void)
{
	void (*theirs)(struct list *);

	*(void **)&theirs = dlsym(RTLD_DEFAULT, "tmr_poll");
	if (theirs == tmr_poll)
		return 0;
	log_error("the timers are libre's own");
	return ENOSYS;
}
