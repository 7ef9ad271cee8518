/**
 * @file resolve.c  Addresses of a name, by getaddrinfo() in a job
 *
 * libre's own client reads no hosts file, and getaddrinfo() blocks.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>

#include "net_int.h"

#define LOG_MODULE "net"

/** Addresses taken of a name that has hundreds. */
enum { ADDRS_MAX = 32 };

/** On its way to the worker and back. */
struct lookup_job {
	struct net_lookup *lookup; /**< NULL: cancelled */
	char *host;
	uint16_t port;
	int af;
	int code; /**< getaddrinfo()'s */
	struct sa addr[ADDRS_MAX];
	size_t count;
};

struct net_lookup {
	struct net *net;
	struct lookup_job *job; /**< NULL: over */
	net_resolve_h *h;
	void *arg;
};

static void destructor(void *arg)
{
	struct net_lookup *l = arg;

	if (l->job)
		l->job->lookup = NULL;
	mem_deref(l->net);
}

static int work(void *arg)
{
	struct lookup_job *j = arg;
	struct addrinfo hints = {.ai_family = j->af,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *list = NULL, *ai;
	uint8_t buf[16];

	/* An address is one also where there is no network of its kind. */
	if (inet_pton(AF_INET, j->host, buf) == 1 ||
	    inet_pton(AF_INET6, j->host, buf) == 1)
		hints.ai_flags = AI_NUMERICHOST;
	j->code = getaddrinfo(j->host, NULL, &hints, &list);
	if (j->code)
		return 0;
	for (ai = list; ai && j->count < ADDRS_MAX; ai = ai->ai_next) {
		struct sa *sa = &j->addr[j->count];

		if (sa_set_sa(sa, ai->ai_addr))
			continue;
		sa_set_port(sa, j->port);
		j->count++;
	}
	freeaddrinfo(list);
	return 0;
}

static void job_free(struct lookup_job *j)
{
	free(j->host);
	free(j);
}

static void done(int err, void *arg)
{
	struct lookup_job *j = arg;
	struct net_lookup *l = j->lookup;
	enum net_error error = NET_OK;

	if (l) {
		l->job = NULL;
		if (err || j->code == EAI_MEMORY)
			error = NET_INTERNAL;
		else if (j->code || !j->count)
			error = NET_RESOLVE;
		if (j->code)
			log_info("no address: %s", gai_strerror(j->code));
		l->h(error, j->addr, error ? 0 : j->count, l->arg);
	}
	job_free(j);
}

static int job_alloc(struct lookup_job **jp, const char *host)
{
	struct lookup_job *j = calloc(1, sizeof(*j));
	size_t n = strlen(host);

	if (!j)
		return ENOMEM;
	if (n >= 2 && host[0] == '[' && host[n - 1] == ']')
		j->host = text_printf("%.*s", (int)(n - 2), host + 1);
	else
		j->host = text_dup(host);
	if (!j->host) {
		free(j);
		return ENOMEM;
	}
	*jp = j;
	return 0;
}

int net_resolve(struct net_lookup **lp, struct net *n, const char *host,
		uint16_t port, int af, net_resolve_h *h, void *arg)
{
	struct net_lookup *l;
	int err;

	if (!lp || !n || text_empty(host) || !h ||
	    (af != AF_UNSPEC && af != AF_INET && af != AF_INET6))
		return EINVAL;
	l = mem_zalloc(sizeof(*l), destructor);
	if (!l)
		return ENOMEM;
	l->net = mem_ref(n);
	l->h = h;
	l->arg = arg;
	err = job_alloc(&l->job, host);
	if (err)
		goto out;
	l->job->lookup = l;
	l->job->port = port;
	l->job->af = af;
	err = net_int_job(n, work, done, l->job);
	if (err) {
		job_free(l->job);
		l->job = NULL;
	}
out:
	if (err)
		mem_deref(l);
	else
		*lp = l;
	return err;
}
