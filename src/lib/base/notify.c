/**
 * @file notify.c  Publishers and subscribers on the loop
 */
#include <offhook/base/notify.h>
#include <offhook/base/re.h>

struct notify_sub {
	struct le le;
	struct notify *n; /**< NULL once the publisher has gone */
	uint64_t serial;
	uint32_t mask;
	notify_h *h;
	void *arg;
};

/** One notify_emit() that runs; they nest. */
struct emit {
	struct emit *outer;
	struct le *next; /**< whom it tells next */
};

struct notify {
	struct list subs;
	struct emit *emits;
	uint32_t depth; /**< how many emits */
	uint64_t serial;
};

static void sub_destructor(void *arg)
{
	struct notify_sub *sub = arg;

	if (!sub->n)
		return;
	for (struct emit *e = sub->n->emits; e; e = e->outer)
		if (e->next == &sub->le)
			e->next = sub->le.next;
	list_unlink(&sub->le);
}

static void notify_destructor(void *arg)
{
	struct notify *n = arg;
	struct le *le;

	while ((le = list_head(&n->subs)) != NULL) {
		((struct notify_sub *)le->data)->n = NULL;
		list_unlink(le);
	}
}

int notify_alloc(struct notify **np)
{
	struct notify *n = mem_zalloc(sizeof(*n), notify_destructor);

	if (!n)
		return ENOMEM;
	list_init(&n->subs);
	*np = n;
	return 0;
}

int notify_subscribe(struct notify_sub **subp, struct notify *n, uint32_t mask,
		     notify_h *h, void *arg)
{
	struct notify_sub *sub;

	if (!subp || !n || !h)
		return EINVAL;
	sub = mem_zalloc(sizeof(*sub), sub_destructor);
	if (!sub)
		return ENOMEM;
	sub->n = n;
	sub->serial = ++n->serial;
	sub->mask = mask;
	sub->h = h;
	sub->arg = arg;
	list_append(&n->subs, &sub->le, sub);
	*subp = sub;
	return 0;
}

void notify_emit(struct notify *n, uint32_t kind, const void *subject)
{
	struct emit emit;
	uint64_t newest;

	if (!n)
		return;
	mem_ref(n);
	newest = n->serial;
	emit.outer = n->emits;
	emit.next = list_head(&n->subs);
	/* cppcheck-suppress autoVariables; taken back below */
	n->emits = &emit;
	n->depth++;
	while (emit.next) {
		struct notify_sub *sub = emit.next->data;

		if (sub->serial > newest)
			break;
		emit.next = emit.next->next;
		if (!(sub->mask & kind))
			continue;
		sub->h(kind, subject, sub->arg);
		/* Referred to by emits alone: its owner has ended it. */
		if (mem_nrefs(n) == n->depth)
			break;
	}
	n->emits = emit.outer;
	n->depth--;
	mem_deref(n);
}
