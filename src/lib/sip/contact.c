/**
 * @file contact.c  Where others reach us, behind NAT too (RFC 3581)
 *
 * libre 1.1 writes its own address into each Contact. What a registrar says
 * of where our request came from goes there instead: into REGISTER by us, and
 * into all of libre's dialogs since sip_contact_set() stands in place of its
 * own, which it calls through the linker's table. That function gets an
 * address and nothing else, so what was learnt is kept for the process. A
 * libre that can be told a contact's address needs no such file.
 */
#include "sip_int.h"

#define LOG_MODULE "sip"

struct translation {
	struct le le;
	const struct sip_stack *stack;
	enum sip_transp tp;
	struct sa local; /**< of the transport */
	struct sa flow;	 /**< of our end of the connection */
	struct sa seen;
};

static struct list translations;

static void destructor(void *arg)
{
	struct translation *t = arg;

	list_unlink(&t->le);
}

static struct translation *find(const struct sip_stack *s, enum sip_transp tp,
				int af)
{
	struct le *le;

	for (le = translations.head; le; le = le->next) {
		struct translation *t = le->data;

		if (t->stack == s && t->tp == tp && sa_af(&t->local) == af)
			return t;
	}
	return NULL;
}

/* The address in the Via that came back; unset if it says nothing. */
static void read_via(struct sa *seen, const struct sip_msg *msg,
		     const struct sa *local)
{
	struct pl received, rport;

	*seen = *local;
	if (!msg_param_decode(&msg->via.params, "received", &received) &&
	    (sa_set(seen, &received, sa_port(local)) ||
	     sa_af(seen) != sa_af(local) || sa_is_any(seen)))
		*seen = *local;
	if (!msg_param_decode(&msg->via.params, "rport", &rport) &&
	    pl_u32(&rport) && pl_u32(&rport) < 65536)
		sa_set_port(seen, (uint16_t)pl_u32(&rport));
}

/* Is the way back another than what our transport says? Where there is a
 * connection, its port is always another; who reaches our address may still
 * connect to the one that we listen at, but nobody to a TLS client's. */
static bool differs(const struct sa *seen, const struct sa *local,
		    enum sip_transp tp)
{
	if (tp == SIP_TRANSP_TCP)
		return !sa_cmp(seen, local, SA_ADDR);
	return !sa_same(seen, local);
}

bool contact_learn(struct sip_stack *s, const struct sip_msg *msg)
{
	enum sip_transport kind = transport_of(msg->tp);
	const struct binding *b = stack_binding(s, kind, sa_af(&msg->src));
	struct tcp_conn *tc = sip_msg_tcpconn(msg);
	struct translation *t;
	struct sa seen;

	if (!b->bound)
		return false;
	t = find(s, msg->tp, sa_af(&b->laddr));
	read_via(&seen, msg, &b->laddr);
	if (!differs(&seen, &b->laddr, msg->tp)) {
		mem_deref(t);
		return t != NULL;
	}
	if (t && sa_same(&t->seen, &seen))
		return false;
	if (!t) {
		t = mem_zalloc(sizeof(*t), destructor);
		if (!t)
			return false;
		list_append(&translations, &t->le, t);
	}
	t->stack = s;
	t->tp = msg->tp;
	t->local = b->laddr;
	t->seen = seen;
	if (!tc || tcp_conn_local_get(tc, &t->flow))
		t->flow = b->laddr;
	log_info("others see us at another address");
	return true;
}

const struct sa *contact_address(enum sip_transp tp, const struct sa *local)
{
	struct le *le;

	for (le = translations.head; le; le = le->next) {
		const struct translation *t = le->data;

		if (t->tp == tp &&
		    (sa_same(&t->local, local) || sa_same(&t->flow, local)))
			return &t->seen;
	}
	return local;
}

void contact_forget(struct sip_stack *s)
{
	struct le *le = translations.head;

	while (le) {
		struct translation *t = le->data;

		le = le->next;
		if (t->stack == s)
			mem_deref(t);
	}
}

void sip_contact_set(struct sip_contact *contact, const char *uri,
		     const struct sa *addr, enum sip_transp tp)
{
	if (!contact)
		return;
	contact->uri = uri;
	contact->addr = addr ? contact_address(tp, addr) : NULL;
	contact->tp = tp;
}
