/**
 * @file loop_turn.c  Work put off to the end of the turn
 *
 * A timer of 0 ms would cost up to one. An eventfd is ready at once.
 */
#include <sys/eventfd.h>
#include <unistd.h>

#include <offhook/base/loop.h>

#include "loop_int.h"

struct loop_turn {
	struct le le; /**< in pending or now */
	loop_turn_h *h;
	void *arg;
};

static struct {
	int fd;
	struct list pending;
	struct list now;   /**< what this turn works through */
	struct list later; /**< what is to be dropped, also at the end */
} t = {.fd = -1};

static void wake(void)
{
	uint64_t one = 1;
	ssize_t n = write(t.fd, &one, sizeof(one));
	(void)n; /* It can only fail by being awake already. */
}

static void run_pending(int flags, void *arg)
{
	uint64_t count;
	struct le *le;
	ssize_t n = read(t.fd, &count, sizeof(count));
	(void)n;
	(void)flags;
	(void)arg;

	/* What is asked for from now on belongs to the next turn, or a view
	 * that asks for itself would keep the loop for ever. */
	while ((le = list_head(&t.pending)) != NULL) {
		list_unlink(le);
		list_append(&t.now, le, le->data);
	}
	while ((le = list_head(&t.now)) != NULL) {
		struct loop_turn *turn = le->data;

		list_unlink(le);
		turn->h(turn->arg);
	}
}

static void turn_destructor(void *arg)
{
	struct loop_turn *turn = arg;

	list_unlink(&turn->le);
}

int loop_turn_alloc(struct loop_turn **tp, loop_turn_h *h, void *arg)
{
	struct loop_turn *turn;

	if (!tp || !h)
		return EINVAL;
	turn = mem_zalloc(sizeof(*turn), turn_destructor);
	if (!turn)
		return ENOMEM;
	turn->h = h;
	turn->arg = arg;
	*tp = turn;
	return 0;
}

void loop_turn_request(struct loop_turn *turn)
{
	if (!turn || turn->le.list)
		return;
	if (list_isempty(&t.pending) && t.fd >= 0)
		wake();
	list_append(&t.pending, &turn->le, turn);
}

struct later {
	struct loop_turn *turn;
	struct le le; /**< in later */
	void *obj;
};

static void later_destructor(void *arg)
{
	struct later *l = arg;

	list_unlink(&l->le);
	mem_deref(l->turn);
	mem_deref(l->obj);
}

static void later_over(void *arg)
{
	mem_deref(arg);
}

void loop_deref_later(void *obj)
{
	struct later *l = NULL;

	if (obj && t.fd >= 0)
		l = mem_zalloc(sizeof(*l), later_destructor);
	if (!l || loop_turn_alloc(&l->turn, later_over, l)) {
		mem_deref(l);
		mem_deref(obj);
		return;
	}
	l->obj = obj;
	list_append(&t.later, &l->le, l);
	loop_turn_request(l->turn);
}

int loop_int_turn_open(void)
{
	int err;

	t.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (t.fd < 0)
		return errno;
	err = fd_listen(t.fd, FD_READ, run_pending, NULL);
	if (err) {
		close(t.fd);
		t.fd = -1;
		return err;
	}
	if (!list_isempty(&t.pending))
		wake();
	return 0;
}

void loop_int_turn_close(void)
{
	if (t.fd < 0)
		return;
	list_flush(&t.later);
	fd_close(t.fd);
	close(t.fd);
	t.fd = -1;
	list_clear(&t.pending);
	list_clear(&t.now);
}
