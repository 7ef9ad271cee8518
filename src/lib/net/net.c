/**
 * @file net.c  What requests and look-ups share: jobs, system certificates
 */
#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "curl_late.h"
#include "net_int.h"

#define LOG_MODULE "net"

enum { THREADS = 3, STORE_IDLE_MS = 20000 };

/** On its way to the worker and back; net is NULL once it has gone. */
struct ca_job {
	struct net *net;
	X509_STORE *store;
};

static void destructor(void *arg)
{
	struct net *n = arg;

	if (n->ca_job)
		n->ca_job->net = NULL;
	list_clear(&n->waiters);
	tmr_cancel(&n->store_tmr);
	mem_deref(n->jobs);
	X509_STORE_free(n->store);
	if (n->curl)
		curl_global_cleanup();
}

int net_alloc(struct net **np)
{
	struct net *n;

	if (!np)
		return EINVAL;
	n = mem_zalloc(sizeof(*n), destructor);
	if (!n)
		return ENOMEM;
	list_init(&n->waiters);
	tmr_init(&n->store_tmr);
	*np = n;
	return 0;
}

int net_int_job(struct net *n, job_work_h *work, job_done_h *done, void *arg)
{
	int err = 0;

	if (!n->jobs)
		err = job_queue_alloc(&n->jobs, "net", THREADS);
	return err ? err : job_run(n->jobs, work, done, arg);
}

static void store_idle(void *arg)
{
	struct net *n = arg;

	X509_STORE_free(n->store);
	n->store = NULL;
	/* Its many small pieces would stay with the process. */
	malloc_trim(0);
}

/* More than a megabyte, wanted when a connection is made and then for days
 * not: contexts in use have a reference of their own. */
static void store_used(struct net *n)
{
	tmr_start(&n->store_tmr, STORE_IDLE_MS, store_idle, n);
}

/* Does the folder hold certificates by the hash of their name, as c_rehash
 * makes them? */
static bool is_hashed(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *d;
	bool found = false;

	while (dir && !found && (d = readdir(dir)) != NULL)
		found = strspn(d->d_name, "0123456789abcdef") == 8 &&
			!strcmp(d->d_name + 8, ".0");
	if (dir)
		closedir(dir);
	return found;
}

/* Debian's bundle takes 18 ms and 770 KB; of a folder of hashed names only
 * what a chain asks for is read, when it does. */
static X509_STORE *system_store(void)
{
	const char *dir = X509_get_default_cert_dir();
	bool told = getenv(X509_get_default_cert_file_env()) ||
		    getenv(X509_get_default_cert_dir_env());
	X509_STORE *store = X509_STORE_new();

	if (store &&
	    !(!told && is_hashed(dir) ? X509_STORE_load_path(store, dir)
				      : X509_STORE_set_default_paths(store))) {
		X509_STORE_free(store);
		store = NULL;
	}
	ERR_clear_error();
	return store;
}

int net_int_store_load(struct net *n)
{
	if (!n->store)
		n->store = system_store();
	if (!n->store)
		return EIO;
	store_used(n);
	return 0;
}

static int ca_work(void *arg)
{
	struct ca_job *j = arg;

	j->store = system_store();
	return j->store ? 0 : EIO;
}

static void ca_done(int err, void *arg)
{
	struct ca_job *j = arg;
	struct net *n = j->net;
	struct le *le;

	if (!n) {
		X509_STORE_free(j->store);
		free(j);
		return;
	}
	n->ca_job = NULL;
	if (n->store)
		X509_STORE_free(j->store);
	else
		n->store = j->store;
	free(j);
	if (n->store)
		store_used(n);
	if (err)
		log_error("no system certificates could be read");
	mem_ref(n);
	while ((le = list_head(&n->waiters)) != NULL) {
		struct net_waiter *w = le->data;

		list_unlink(le);
		w->h(w->arg);
	}
	mem_deref(n);
}

static int start_ca_job(struct net *n)
{
	struct ca_job *j;
	int err;

	if (n->ca_job)
		return 0;
	j = calloc(1, sizeof(*j));
	if (!j)
		return ENOMEM;
	j->net = n;
	err = net_int_job(n, ca_work, ca_done, j);
	if (err)
		free(j);
	else
		n->ca_job = j;
	return err;
}

int net_int_store_wait(struct net *n, struct net_waiter *w)
{
	int err;

	if (n->store) {
		store_used(n);
		return 0;
	}
	err = start_ca_job(n);
	if (err)
		return err;
	list_append(&n->waiters, &w->le, w);
	return EINPROGRESS;
}
