/* The loop: watches, turns, signals, jobs, and who is told of changes. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <offhook/base.h>

#include <cmocka.h>
#include "until.h"

static void run(void)
{
	assert_true(until_stopped());
}

/* ---- watches ----------------------------------------------------------- */

struct end {
	int fd[2];
	unsigned calls;
	int flags;
	void (*then)(struct end *e);
	struct end *other;
};

static void on_ready(int flags, void *arg)
{
	struct end *e = arg;

	e->calls++;
	e->flags |= flags;
	if (e->then)
		e->then(e);
}

static void make_end(struct end *e, void (*then)(struct end *))
{
	memset(e, 0, sizeof(*e));
	assert_int_equal(pipe2(e->fd, O_NONBLOCK | O_CLOEXEC), 0);
	e->then = then;
}

static void close_end(struct end *e)
{
	loop_fd(e->fd[0], 0, NULL, NULL);
	close(e->fd[0]);
	close(e->fd[1]);
}

static void poke(struct end *e)
{
	assert_int_equal(write(e->fd[1], "x", 1), 1);
}

static void drain(struct end *e)
{
	char c;

	while (read(e->fd[0], &c, 1) == 1)
		;
}

static void drain_and_stop(struct end *e)
{
	drain(e);
	loop_stop();
}

static void a_descriptor_is_watched(void **state)
{
	struct end e;
	int file;
	(void)state;

	make_end(&e, drain_and_stop);
	assert_int_equal(loop_fd(e.fd[0], LOOP_READ, on_ready, &e), 0);
	assert_int_equal(loop_fd(e.fd[0], LOOP_READ, on_ready, &e), 0);
	poke(&e);
	run();
	assert_int_equal(e.calls, 1);
	assert_int_equal(e.flags, LOOP_READ);
	/* The other side goes: said without being asked for. */
	close(e.fd[1]);
	e.fd[1] = -1;
	run();
	assert_true(e.flags & LOOP_EXCEPT);
	close_end(&e);

	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	assert_int_equal(loop_fd(file, LOOP_READ, on_ready, &e), EPERM);
	assert_int_equal(loop_fd(file, 0, NULL, NULL), 0);
	close(file);
	assert_int_equal(loop_fd(-1, LOOP_READ, on_ready, &e), EBADF);
	assert_int_equal(loop_fd(900, 0, NULL, NULL), 0);
}

/* Whichever of two is told first ends the other, whose event has come. */
static void end_other(struct end *e)
{
	drain(e);
	loop_fd(e->other->fd[0], 0, NULL, NULL);
	loop_stop();
}

static void an_ended_watch_is_not_called(void **state)
{
	struct end a, b;
	(void)state;

	make_end(&a, end_other);
	make_end(&b, end_other);
	a.other = &b;
	b.other = &a;
	loop_fd(a.fd[0], LOOP_READ, on_ready, &a);
	loop_fd(b.fd[0], LOOP_READ, on_ready, &b);
	poke(&a);
	poke(&b);
	run();
	assert_int_equal(a.calls + b.calls, 1);
	close_end(&a);
	close_end(&b);
}

/* The other's number is taken by a new, silent descriptor in the same turn:
 * it must not get the event of the old one. */
static struct end fresh;

static void reuse_other(struct end *e)
{
	int number = e->other->fd[0];

	drain(e);
	loop_fd(number, 0, NULL, NULL);
	close(number);
	make_end(&fresh, drain_and_stop);
	if (fresh.fd[0] != number) {
		assert_int_equal(dup3(fresh.fd[0], number, O_CLOEXEC), number);
		close(fresh.fd[0]);
		fresh.fd[0] = number;
	}
	assert_int_equal(loop_fd(number, LOOP_READ, on_ready, &fresh), 0);
}

static void stop_turn(void *arg)
{
	unsigned *left = arg;

	if (--*left == 0)
		loop_stop();
}

static void a_reused_number_gets_no_older_event(void **state)
{
	struct end a, b;
	(void)state;

	make_end(&a, reuse_other);
	make_end(&b, reuse_other);
	a.other = &b;
	b.other = &a;
	loop_fd(a.fd[0], LOOP_READ, on_ready, &a);
	loop_fd(b.fd[0], LOOP_READ, on_ready, &b);
	poke(&a);
	poke(&b);
	/* A second pass must come back to the new one only when it is told
	 * something: then its flags say read, and there is a byte. */
	struct end c;

	make_end(&c, drain_and_stop);
	loop_fd(c.fd[0], LOOP_READ, on_ready, &c);
	poke(&c);
	run();
	assert_int_equal(a.calls + b.calls, 1);
	assert_int_equal(fresh.calls, 0);
	poke(&fresh);
	run();
	assert_int_equal(fresh.calls, 1);
	close_end(&fresh);
	close_end(&c);
	/* One of the two read ends is closed already, and its number free. */
	if (a.calls)
		close_end(&a), close(b.fd[1]);
	else
		close_end(&b), close(a.fd[1]);
}

static void many_descriptors_are_watched(void **state)
{
	enum { N = 1500 };
	static struct end e[N];
	unsigned n = 0;
	(void)state;

	for (; n < N; n++) {
		if (pipe2(e[n].fd, O_NONBLOCK | O_CLOEXEC))
			break;
		e[n].calls = 0;
		e[n].then = drain_and_stop;
		assert_int_equal(
			loop_fd(e[n].fd[0], LOOP_READ, on_ready, &e[n]), 0);
	}
	assert_true(n > 100);
	poke(&e[n - 1]);
	run();
	assert_int_equal(e[n - 1].calls, 1);
	while (n)
		close_end(&e[--n]);
}

/* ---- turns ------------------------------------------------------------- */

struct turns {
	struct loop_turn *a, *b;
	unsigned calls_a, calls_b;
};

static void on_turn_a(void *arg)
{
	struct turns *t = arg;

	t->calls_a++;
	/* Asks for itself: in the next turn, not in this one for ever. */
	loop_turn_request(t->a);
	t->b = mem_deref(t->b);
	if (t->calls_a == 3)
		loop_stop();
}

static void on_turn_b(void *arg)
{
	((struct turns *)arg)->calls_b++;
}

static void turns_come_once_and_can_be_ended(void **state)
{
	struct turns t = {0};
	(void)state;

	assert_int_equal(loop_turn_alloc(&t.a, on_turn_a, &t), 0);
	assert_int_equal(loop_turn_alloc(&t.b, on_turn_b, &t), 0);
	for (int i = 0; i < 10; i++) {
		loop_turn_request(t.a);
		loop_turn_request(t.b);
	}
	run();
	assert_int_equal(t.calls_a, 3);
	assert_int_equal(t.calls_b, 0);
	mem_deref(t.a);
}

static void on_gone(void *arg)
{
	++**(unsigned **)arg;
}

static void give_up(void *arg)
{
	unsigned **gone = arg;
	unsigned **obj = mem_zalloc(sizeof(*obj), on_gone);

	assert_non_null(obj);
	*obj = *gone;
	loop_deref_later(obj);
	/* Who called may still use it. */
	assert_int_equal(**gone, 0);
	loop_stop();
}

static void what_is_given_up_lives_to_the_end_of_the_turn(void **state)
{
	unsigned count = 0, *gone = &count;
	struct loop_turn *t;
	(void)state;

	loop_deref_later(NULL);
	assert_int_equal(loop_turn_alloc(&t, give_up, &gone), 0);
	loop_turn_request(t);
	run();
	mem_deref(t);
	/* … and not beyond the loop, whether a turn comes or not. */
	loop_close();
	assert_int_equal(count, 1);
	assert_int_equal(loop_init(LOOP_FEW), 0);
}

static void a_pending_turn_keeps_others_running(void **state)
{
	unsigned left = 1;
	struct loop_turn *t;
	(void)state;

	assert_int_equal(loop_turn_alloc(&t, stop_turn, &left), 0);
	loop_turn_request(t);
	loop_turn_request(NULL);
	run();
	assert_int_equal(left, 0);
	mem_deref(t);
}

/* ---- signals ----------------------------------------------------------- */

static void on_signal(int sig, void *arg)
{
	*(int *)arg = sig;
	loop_stop();
}

static void signals_come_on_the_loop(void **state)
{
	int got = 0;
	(void)state;

	assert_int_equal(loop_signal(SIGUSR1, on_signal, &got), 0);
	assert_int_equal(loop_signal(SIGHUP, on_signal, &got), 0);
	kill(getpid(), SIGUSR1);
	run();
	assert_int_equal(got, SIGUSR1);
	kill(getpid(), SIGHUP);
	run();
	assert_int_equal(got, SIGHUP);
	assert_int_equal(loop_signal(SIGUSR1, NULL, NULL), 0);
	assert_int_equal(loop_signal(SIGKILL, on_signal, &got), EINVAL);
	/* Nobody has asked for this one: it ends the loop. */
	log_set_level(LOG_LEVEL_ERROR);
	kill(getpid(), SIGTERM);
	run();
	log_set_level(LOG_LEVEL_INFO);
}

/* ---- jobs -------------------------------------------------------------- */

enum { JOBS = 200 };

static struct {
	struct job_queue *q;
	pthread_t loop;
	unsigned told, cancelled;
	unsigned order[JOBS];
	bool end_queue;
	int gate[2];
} jobs;

static int work(void *arg)
{
	/* On a thread of its own. */
	return pthread_equal(pthread_self(), jobs.loop) ? EINVAL
							: *(int *)arg & 1;
}

static void on_done(int err, void *arg)
{
	int i = *(int *)arg;

	assert_true(pthread_equal(pthread_self(), jobs.loop));
	free(arg);
	jobs.order[jobs.told++] = (unsigned)i;
	if (err == ECANCELED)
		jobs.cancelled++;
	else
		assert_int_equal(err, i & 1);
	if (jobs.end_queue && jobs.q) {
		/* Not seen any more by those that its end tells. */
		struct job_queue *q = jobs.q;

		jobs.q = NULL;
		mem_deref(q);
		loop_stop();
	}
	if (jobs.told == JOBS)
		loop_stop();
}

static void give(job_work_h *h, int i)
{
	int *arg = malloc(sizeof(*arg));

	*arg = i;
	assert_int_equal(job_run(jobs.q, h, on_done, arg), 0);
}

static void begin_jobs(unsigned threads)
{
	memset(&jobs, 0, sizeof(jobs));
	jobs.loop = pthread_self();
	assert_int_equal(job_queue_alloc(&jobs.q, "test", threads), 0);
}

static void jobs_run_in_order_and_come_back(void **state)
{
	(void)state;
	begin_jobs(1);
	for (int i = 0; i < JOBS; i++)
		give(work, i);
	assert_true(job_count(jobs.q) > 0);
	run();
	assert_int_equal(jobs.told, JOBS);
	for (unsigned i = 0; i < JOBS; i++)
		assert_int_equal(jobs.order[i], i);
	assert_int_equal(job_count(jobs.q), 0);
	jobs.q = mem_deref(jobs.q);

	begin_jobs(4);
	for (int i = 0; i < JOBS; i++)
		give(work, i);
	run();
	assert_int_equal(jobs.told, JOBS);
	mem_deref(jobs.q);
}

static int wait_at_gate(void *arg)
{
	char c;

	while (read(jobs.gate[0], &c, 1) < 0 && errno == EINTR)
		;
	return *(int *)arg & 1;
}

static void *open_gate(void *arg)
{
	(void)arg;
	assert_int_equal(write(jobs.gate[1], "x", 1), 1);
	return NULL;
}

static void an_ended_queue_tells_all_of_its_jobs(void **state)
{
	pthread_t opener;
	(void)state;

	begin_jobs(1);
	assert_int_equal(pipe2(jobs.gate, O_CLOEXEC), 0);
	give(wait_at_gate, 0);
	for (int i = 1; i < 10; i++)
		give(work, i);
	assert_int_equal(pthread_create(&opener, NULL, open_gate, NULL), 0);
	mem_deref(jobs.q);
	pthread_join(opener, NULL);
	assert_int_equal(jobs.told, 10);
	assert_int_equal(job_run(NULL, work, NULL, NULL), ECANCELED);
	close(jobs.gate[0]);
	close(jobs.gate[1]);
}

static void a_queue_may_end_in_its_own_handler(void **state)
{
	(void)state;
	begin_jobs(2);
	jobs.end_queue = true;
	for (int i = 0; i < 50; i++)
		give(work, i);
	run();
	assert_null(jobs.q);
	assert_int_equal(jobs.told, 50);
}

/* ---- notify ------------------------------------------------------------ */

struct listener {
	struct notify *n;
	struct notify_sub *sub;
	unsigned calls;
	void (*then)(struct listener *l);
	struct listener *other;
};

static void on_notify(uint32_t kind, const void *subject, void *arg)
{
	struct listener *l = arg;

	assert_true(kind & 1);
	assert_string_equal(subject, "subject");
	l->calls++;
	if (l->then)
		l->then(l);
}

static void hear(struct listener *l, struct notify *n, uint32_t mask)
{
	memset(l, 0, sizeof(*l));
	l->n = n;
	assert_int_equal(notify_subscribe(&l->sub, n, mask, on_notify, l), 0);
}

static void end_self_and_next(struct listener *l)
{
	l->sub = mem_deref(l->sub);
	l->other->sub = mem_deref(l->other->sub);
}

static void subscribers_may_leave_while_told(void **state)
{
	struct listener a, b, c, d;
	struct notify *n;
	(void)state;

	assert_int_equal(notify_alloc(&n), 0);
	hear(&a, n, 1);
	hear(&b, n, 3);
	hear(&c, n, 1);
	hear(&d, n, 2);
	a.then = end_self_and_next;
	a.other = &b;
	notify_emit(n, 1, "subject");
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 0);
	assert_int_equal(c.calls, 1);
	assert_int_equal(d.calls, 0);
	/* Subscriptions may outlive their publisher. */
	mem_deref(n);
	mem_deref(c.sub);
	mem_deref(d.sub);
	notify_emit(NULL, 1, NULL);
}

static struct listener late_comer;

static void add_late_comer(struct listener *l)
{
	l->then = NULL;
	hear(&late_comer, l->n, 1);
}

static void emit_nested(struct listener *l)
{
	l->then = NULL;
	notify_emit(l->n, 1, "subject");
	l->other->sub = mem_deref(l->other->sub);
}

static void emits_nest_and_new_ones_wait(void **state)
{
	struct listener a, b;
	struct notify *n;
	(void)state;

	assert_int_equal(notify_alloc(&n), 0);
	hear(&a, n, 1);
	a.then = add_late_comer;
	notify_emit(n, 1, "subject");
	assert_int_equal(late_comer.calls, 0);
	notify_emit(n, 1, "subject");
	assert_int_equal(late_comer.calls, 1);
	hear(&b, n, 1);
	a.then = emit_nested;
	a.other = &b;
	notify_emit(n, 1, "subject");
	/* Once inside, and not any more outside. */
	assert_int_equal(b.calls, 1);
	assert_int_equal(a.calls, 4);
	mem_deref(a.sub);
	mem_deref(late_comer.sub);
	mem_deref(n);
}

static void end_publisher(struct listener *l)
{
	mem_deref(l->n);
}

static void a_publisher_may_end_while_it_tells(void **state)
{
	struct listener a, b;
	struct notify *n;
	(void)state;

	assert_int_equal(notify_alloc(&n), 0);
	hear(&a, n, 1);
	hear(&b, n, 1);
	a.then = end_publisher;
	notify_emit(n, 1, "subject");
	assert_int_equal(b.calls, 0);
	mem_deref(a.sub);
	mem_deref(b.sub);
}

static int setup(void **state)
{
	(void)state;
	return loop_init(LOOP_FEW);
}

static int teardown(void **state)
{
	(void)state;
	loop_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_descriptor_is_watched),
		cmocka_unit_test(an_ended_watch_is_not_called),
		cmocka_unit_test(a_reused_number_gets_no_older_event),
		cmocka_unit_test(many_descriptors_are_watched),
		cmocka_unit_test(turns_come_once_and_can_be_ended),
		cmocka_unit_test(what_is_given_up_lives_to_the_end_of_the_turn),
		cmocka_unit_test(a_pending_turn_keeps_others_running),
		cmocka_unit_test(signals_come_on_the_loop),
		cmocka_unit_test(jobs_run_in_order_and_come_back),
		cmocka_unit_test(an_ended_queue_tells_all_of_its_jobs),
		cmocka_unit_test(a_queue_may_end_in_its_own_handler),
		cmocka_unit_test(subscribers_may_leave_while_told),
		cmocka_unit_test(emits_nest_and_new_ones_wait),
		cmocka_unit_test(a_publisher_may_end_while_it_tells),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
