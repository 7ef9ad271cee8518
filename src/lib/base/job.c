/**
 * @file job.c  What blocks, on threads of its own
 *
 * Three owners: the queue object belongs to the loop's reference counting,
 * the pool behind it to plain memory, since the threads see it; the pool
 * outlives the queue as long as one of its results is being told.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <offhook/base/log.h>
#include <offhook/base/loop.h>

#define LOG_MODULE "base"

enum { THREADS_MAX = 4 };

struct job {
	struct job *next;
	job_work_h *work;
	job_done_h *done;
	void *arg;
	int err;
};

struct fifo {
	struct job *head;
	struct job **tail;
};

struct pool {
	/* Under the lock, seen by all threads. */
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct fifo waiting;
	struct fifo finished;
	unsigned idle;
	bool closing;
	/* The loop's alone. */
	pthread_t thread[THREADS_MAX];
	unsigned threads;
	unsigned threads_max;
	unsigned count;	  /**< given and not yet told */
	unsigned telling; /**< depth of tell() */
	bool dead;	  /**< the queue has gone */
	int fd;		  /**< eventfd: something has finished */
	char name[16];
};

struct job_queue {
	struct pool *pool;
};

static void push(struct fifo *f, struct job *j)
{
	j->next = NULL;
	*f->tail = j;
	f->tail = &j->next;
}

static struct job *pop(struct fifo *f)
{
	struct job *j = f->head;

	if (j) {
		f->head = j->next;
		if (!f->head)
			f->tail = &f->head;
	}
	return j;
}

static void *worker(void *arg)
{
	struct pool *p = arg;
	uint64_t one = 1;
	struct job *j;

	pthread_setname_np(pthread_self(), p->name);
	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->closing && !p->waiting.head) {
			p->idle++;
			pthread_cond_wait(&p->work, &p->lock);
			p->idle--;
		}
		if (p->closing)
			break;
		j = pop(&p->waiting);
		pthread_mutex_unlock(&p->lock);
		j->err = j->work(j->arg);
		pthread_mutex_lock(&p->lock);
		push(&p->finished, j);
		if (write(p->fd, &one, sizeof(one)) < 0)
			continue; /* Full: the loop has been told already. */
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void pool_free(struct pool *p)
{
	close(p->fd);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* Tell of what has finished. A done handler may end the queue. */
static void tell(struct pool *p)
{
	struct job *j;

	p->telling++;
	for (;;) {
		pthread_mutex_lock(&p->lock);
		j = pop(&p->finished);
		pthread_mutex_unlock(&p->lock);
		if (!j)
			break;
		p->count--;
		if (j->done)
			j->done(j->err, j->arg);
		free(j);
	}
	p->telling--;
}

static void finished(int flags, void *arg)
{
	struct pool *p = arg;
	uint64_t count;
	ssize_t n = read(p->fd, &count, sizeof(count));
	(void)n;
	(void)flags;

	tell(p);
	if (p->dead && !p->telling)
		pool_free(p);
}

static void queue_destructor(void *arg)
{
	struct job_queue *q = arg;
	struct pool *p = q->pool;
	struct job *j;

	if (!p)
		return;
	q->pool = NULL;
	pthread_mutex_lock(&p->lock);
	p->closing = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->threads; i++)
		pthread_join(p->thread[i], NULL);
	p->threads = 0;
	while ((j = pop(&p->waiting)) != NULL) {
		j->err = ECANCELED;
		push(&p->finished, j);
	}
	loop_fd(p->fd, 0, NULL, NULL);
	tell(p);
	p->dead = true;
	if (!p->telling)
		pool_free(p);
}

static int pool_alloc(struct pool **pp, const char *name, unsigned threads)
{
	struct pool *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return ENOMEM;
	p->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (p->fd < 0) {
		err = errno;
		free(p);
		return err;
	}
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	p->waiting.tail = &p->waiting.head;
	p->finished.tail = &p->finished.head;
	p->threads_max = threads < 1		 ? 1
			 : threads > THREADS_MAX ? THREADS_MAX
						 : threads;
	snprintf(p->name, sizeof(p->name), "%s", name ? name : "job");
	err = loop_fd(p->fd, LOOP_READ, finished, p);
	if (err) {
		pool_free(p);
		return err;
	}
	*pp = p;
	return 0;
}

int job_queue_alloc(struct job_queue **qp, const char *name, unsigned threads)
{
	struct job_queue *q;
	int err;

	if (!qp)
		return EINVAL;
	q = mem_zalloc(sizeof(*q), queue_destructor);
	if (!q)
		return ENOMEM;
	err = pool_alloc(&q->pool, name, threads);
	if (err)
		mem_deref(q);
	else
		*qp = q;
	return err;
}

/* Threads start when there is work that none of them is free for. */
static void start_thread(struct pool *p)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&p->thread[p->threads], NULL, worker, p);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		log_warn("no thread for %s: %s", p->name, strerror(err));
	else
		p->threads++;
}

int job_run(struct job_queue *q, job_work_h *work, job_done_h *done, void *arg)
{
	struct pool *p = q ? q->pool : NULL;
	bool wanted;
	struct job *j;

	if (!p || !work)
		return p ? EINVAL : ECANCELED;
	pthread_mutex_lock(&p->lock);
	wanted = p->idle == 0 || p->waiting.head;
	pthread_mutex_unlock(&p->lock);
	if (wanted && p->threads < p->threads_max)
		start_thread(p);
	j = p->threads ? malloc(sizeof(*j)) : NULL;
	if (!j)
		return ENOMEM;
	*j = (struct job){.work = work, .done = done, .arg = arg};
	p->count++;
	pthread_mutex_lock(&p->lock);
	push(&p->waiting, j);
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
	return 0;
}

unsigned job_count(const struct job_queue *q)
{
	return q && q->pool ? q->pool->count : 0;
}
