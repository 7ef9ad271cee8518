/**
 * @file resolve.c  Where a server is: SRV, then A and AAAA (RFC 3263 §4.2)
 *
 * SRV by libre's DNS client, which reads resolv.conf; names by getaddrinfo in
 * a job, which knows the hosts file and all else that the system has. Where
 * nobody answers for SRV, the name itself is good.
 */
#include <stdlib.h>
#include "sip_int.h"
#include <re_dns.h>

#define LOG_MODULE "sip"

enum {
	SRV_MS = 2000, /**< so long for an answer */
	TARGETS_MAX = 8,
	ADDRS_MAX = 16,
	SERVERS_MAX = 8,
};

struct target {
	char *host;
	uint16_t port;
};

struct resolve {
	struct sip_stack *stack;
	net_resolve_h *h;
	void *arg;
	struct dns_query *query;
	struct net_lookup *lookup;
	struct tmr tmr;
	struct target targets[TARGETS_MAX];
	size_t n, at;
	struct sa addrs[ADDRS_MAX];
	size_t count;
	char *host;
	uint16_t port; /**< where SRV names none */
	size_t key;
};

static void next_target(struct resolve *r);

static void destructor(void *arg)
{
	struct resolve *r = arg;

	tmr_cancel(&r->tmr);
	mem_deref(r->query);
	mem_deref(r->lookup);
	for (size_t i = 0; i < r->n; i++)
		free(r->targets[i].host);
	free(r->host);
	mem_deref(r->stack);
}

static void on_addresses(enum net_error error, const struct sa *addrs,
			 size_t count, void *arg)
{
	struct resolve *r = arg;

	r->lookup = mem_deref(r->lookup);
	for (size_t i = 0; i < count && r->count < ADDRS_MAX; i++)
		r->addrs[r->count++] = addrs[i];
	if (r->at < r->n)
		next_target(r);
	else
		r->h(r->count ? NET_OK : error, r->addrs, r->count, r->arg);
}

static void nothing_found(void *arg)
{
	struct resolve *r = arg;

	r->h(r->count ? NET_OK : NET_RESOLVE, r->addrs, r->count, r->arg);
}

static void next_target(struct resolve *r)
{
	struct target *t;
	int err = ENOENT;

	while (r->at < r->n && err) {
		t = &r->targets[r->at++];
		err = net_resolve(&r->lookup, r->stack->net, t->host, t->port,
				  AF_UNSPEC, on_addresses, r);
	}
	if (err)
		tmr_start(&r->tmr, 0, nothing_found, r);
}

static bool add_target(struct dnsrr *rr, void *arg)
{
	struct resolve *r = arg;
	struct target *t = &r->targets[r->n];

	if (r->n == TARGETS_MAX)
		return true;
	/* "." is: there is no such service here (RFC 2782). */
	if (!rr->rdata.srv.port || text_empty(rr->rdata.srv.target) ||
	    !strcmp(rr->rdata.srv.target, "."))
		return false;
	t->host = text_dup(rr->rdata.srv.target);
	t->port = rr->rdata.srv.port;
	if (t->host)
		r->n++;
	return false;
}

static void by_name(struct resolve *r)
{
	r->targets[0].host = text_dup(r->host);
	r->targets[0].port = r->port;
	r->n = r->targets[0].host ? 1 : 0;
	next_target(r);
}

static void srv_over(void *arg)
{
	struct resolve *r = arg;

	r->query = mem_deref(r->query);
	if (r->n)
		next_target(r);
	else
		by_name(r);
}

static void on_srv(int err, const struct dnshdr *hdr, struct list *ansl,
		   struct list *authl, struct list *addl, void *arg)
{
	struct resolve *r = arg;
	(void)hdr;
	(void)authl;
	(void)addl;

	if (!err) {
		dns_rrlist_sort(ansl, DNS_TYPE_SRV, r->key);
		(void)dns_rrlist_apply(ansl, NULL, DNS_TYPE_SRV, DNS_CLASS_IN,
				       false, add_target, r);
	}
	/* libre goes on with the query after this. */
	tmr_start(&r->tmr, 0, srv_over, r);
}

static int dns_client(struct sip_stack *s)
{
	struct sa servers[SERVERS_MAX];
	uint32_t n = SERVERS_MAX;
	char domain[256];
	int err = 0;

	if (s->dnsc)
		return 0;
	if (sa_isset(&s->dns, SA_ALL)) {
		servers[0] = s->dns;
		n = 1;
	} else {
		err = dns_srv_get(domain, sizeof(domain), servers, &n);
	}
	return err ? err : dnsc_alloc(&s->dnsc, NULL, servers, n);
}

static int ask_srv(struct resolve *r, enum sip_transport t)
{
	static const char *const services[] = {
		[SIP_UDP] = "_sip._udp",
		[SIP_TCP] = "_sip._tcp",
		[SIP_TLS] = "_sips._tcp",
	};
	char *name;
	int err = dns_client(r->stack);

	if (err)
		return err;
	name = text_printf("%s.%s", services[t], r->host);
	if (!name)
		return ENOMEM;
	err = dnsc_query(&r->query, r->stack->dnsc, name, DNS_TYPE_SRV,
			 DNS_CLASS_IN, true, on_srv, r);
	free(name);
	if (!err)
		tmr_start(&r->tmr, SRV_MS, srv_over, r);
	return err;
}

/* A name of one word is one of this network, not of the DNS. */
static bool has_srv(const char *host)
{
	struct sa sa;

	return strchr(host, '.') && strlen(host) < 200 &&
	       sa_set_str(&sa, host, 0);
}

int resolve_server(struct resolve **rp, struct sip_stack *s, const char *host,
		   uint16_t port, enum sip_transport t, net_resolve_h *h,
		   void *arg)
{
	struct resolve *r;
	int err = 0;

	if (!s->net)
		err = net_alloc(&s->net);
	if (err)
		return err;
	r = mem_zalloc(sizeof(*r), destructor);
	if (!r)
		return ENOMEM;
	r->stack = mem_ref(s);
	r->h = h;
	r->arg = arg;
	r->key = (size_t)rand_u32();
	r->port = sip_transp_port(transp_of(t), port);
	r->host = text_dup(host);
	if (!r->host) {
		mem_deref(r);
		return ENOMEM;
	}
	/* Where SRV can't be asked for, there is none. */
	if (port || !has_srv(host) || ask_srv(r, t))
		by_name(r);
	*rp = r;
	return 0;
}
