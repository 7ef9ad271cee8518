/**
 * @file network.c  Has the network changed, or the machine slept?
 *
 * The kernel tells of addresses, routes and links by netlink, and of a step of
 * the wall clock, which waking up is one of, by cancelling a timer that is
 * meant never to run out. At rest nothing wakes us.
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

enum {
	SETTLE_MS = 300,
	LONGEST_MS = 3000, /**< told then even if it does not get quiet */
	SLEPT_MS = 2000,   /**< clocks that are so far apart: it has slept */
	FAR_S = 20 * 365 * 86400,
};

struct sip_network {
	struct sip_network_prm prm;
	sip_network_h *h;
	void *arg;
	int netlink, steps;
	struct tmr tmr;
	uint64_t first_ms;  /**< of the changes not yet told, 0: none */
	uint64_t asleep_ms; /**< since boot, when last looked at */
	bool slept;
};

static uint64_t clock_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static uint64_t boot_ms(void *arg)
{
	(void)arg;
	return clock_ms(CLOCK_BOOTTIME);
}

static uint64_t awake_ms(void *arg)
{
	(void)arg;
	return clock_ms(CLOCK_MONOTONIC);
}

static uint64_t asleep_ms(const struct sip_network *n)
{
	uint64_t awake = n->prm.awake_ms(n->arg), boot = n->prm.boot_ms(n->arg);

	return boot > awake ? boot - awake : 0;
}

static void destructor(void *arg)
{
	struct sip_network *n = arg;

	tmr_cancel(&n->tmr);
	if (n->netlink >= 0) {
		loop_fd(n->netlink, 0, NULL, NULL);
		close(n->netlink);
	}
	if (n->steps >= 0) {
		loop_fd(n->steps, 0, NULL, NULL);
		close(n->steps);
	}
}

/* --- telling ------------------------------------------------------------- */

static void settled(void *arg)
{
	struct sip_network *n = arg;
	bool slept = n->slept;

	n->first_ms = 0;
	n->slept = false;
	n->h(slept ? SIP_NETWORK_RESUMED : SIP_NETWORK_CHANGED, n->arg);
}

static void tell(struct sip_network *n)
{
	uint64_t now = time_mono_ms(), wait = n->prm.settle_ms;

	if (!n->first_ms)
		n->first_ms = now;
	/* A link that comes and goes must not keep us waiting for ever. */
	if (now - n->first_ms + wait > LONGEST_MS)
		wait = 0;
	tmr_start(&n->tmr, wait, settled, n);
}

void sip_network_check(struct sip_network *n)
{
	uint64_t now;

	if (!n)
		return;
	now = asleep_ms(n);
	if (now > n->asleep_ms + SLEPT_MS) {
		log_info("slept for %llu s",
			 (unsigned long long)(now - n->asleep_ms) / 1000);
		n->slept = true;
		tell(n);
	}
	n->asleep_ms = now;
}

/* --- a step of the wall clock ----------------------------------------------
 */

static int watch_steps(struct sip_network *n)
{
	const struct itimerspec far = {
		.it_value.tv_sec = time(NULL) + FAR_S,
	};

	return timerfd_settime(n->steps,
			       TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
			       &far, NULL)
		       ? errno
		       : 0;
}

static void on_step(int flags, void *arg)
{
	struct sip_network *n = arg;
	uint64_t count;

	(void)flags;
	if (read(n->steps, &count, sizeof(count)) < 0 && errno == EAGAIN)
		return;
	(void)watch_steps(n);
	sip_network_check(n);
}

/* --- netlink -----------------------------------------------------------------
 */

/* Is there something in it that may lead our packets another way? */
static bool matters(const uint8_t *p, size_t len)
{
	const struct nlmsghdr *h;

	while (len >= sizeof(*h)) {
		size_t n;

		h = (const struct nlmsghdr *)(const void *)p;
		n = NLMSG_ALIGN((size_t)h->nlmsg_len);
		switch (h->nlmsg_type) {
		case RTM_NEWADDR:
		case RTM_DELADDR:
		case RTM_NEWROUTE:
		case RTM_DELROUTE:
		case RTM_NEWLINK:
		case RTM_DELLINK:
			return true;
		default:
			break;
		}
		if (h->nlmsg_len < sizeof(*h) || n > len)
			break;
		p += n;
		len -= n;
	}
	return false;
}

static void on_netlink(int flags, void *arg)
{
	struct sip_network *n = arg;
	_Alignas(struct nlmsghdr) uint8_t buf[8192];
	bool any = false;
	ssize_t got;

	(void)flags;
	for (;;) {
		struct sockaddr_nl from = {.nl_pid = UINT32_MAX};
		socklen_t len = sizeof(from);

		got = recvfrom(n->netlink, buf, sizeof(buf), MSG_DONTWAIT,
			       (struct sockaddr *)&from, &len);
		if (got < 0)
			break;
		/* Anybody may write to such a socket; the kernel is 0. */
		if (from.nl_pid == 0)
			any |= matters(buf, (size_t)got);
	}
	/* More than fits was said: something has changed. */
	if (errno == ENOBUFS)
		any = true;
	if (!any)
		return;
	sip_network_check(n);
	tell(n);
}

static int watch_netlink(struct sip_network *n)
{
	const struct sockaddr_nl groups = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
			     RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
			     RTMGRP_IPV6_ROUTE,
	};

	n->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			    NETLINK_ROUTE);
	if (n->netlink < 0 ||
	    bind(n->netlink, (const struct sockaddr *)&groups, sizeof(groups)))
		return errno;
	return loop_fd(n->netlink, LOOP_READ, on_netlink, n);
}

int sip_network_alloc(struct sip_network **np,
		      const struct sip_network_prm *prm, sip_network_h *h,
		      void *arg)
{
	struct sip_network *n;
	int err;

	if (!np || !h)
		return EINVAL;
	n = mem_zalloc(sizeof(*n), destructor);
	if (!n)
		return ENOMEM;
	n->netlink = n->steps = -1;
	tmr_init(&n->tmr);
	n->h = h;
	n->arg = arg;
	if (prm)
		n->prm = *prm;
	if (!n->prm.boot_ms)
		n->prm.boot_ms = boot_ms;
	if (!n->prm.awake_ms)
		n->prm.awake_ms = awake_ms;
	if (!n->prm.settle_ms)
		n->prm.settle_ms = SETTLE_MS;
	n->asleep_ms = asleep_ms(n);
	err = watch_netlink(n);
	n->steps = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (!err)
		err = n->steps < 0 ? errno : watch_steps(n);
	if (!err)
		err = loop_fd(n->steps, LOOP_READ, on_step, n);
	if (err)
		mem_deref(n);
	else
		*np = n;
	return err;
}

/* --- what follows from it
 * ------------------------------------------------------ */

/* @return true if its way to the server is another */
static bool moved(const struct sip_account *a)
{
	const struct binding *b;
	struct sa now;

	if (!sa_isset(&a->addr, SA_ADDR))
		return true;
	b = stack_binding(a->stack, a->transport, sa_af(&a->addr));
	return b->follows && (!b->bound || sip_source_address(&now, &a->addr) ||
			      !sa_cmp(&b->laddr, &now, SA_ADDR));
}

/* By what it was made of, not by what the account has made of that since. */
static bool has_moved(const struct sip_leg *leg, const struct sip_account *a)
{
	struct sa now;

	return !sip_source_address(&now, &a->addr) &&
	       !sa_cmp(media_stream_laddr(leg->stream), &now, SA_ADDR);
}

static void retarget(struct sip_account *a)
{
	struct le *le = a->stack->legs.head;

	while (le) {
		struct sip_leg *leg = le->data;
		int err;

		le = le->next;
		if (leg->account != a || leg->state != SIP_LEG_ESTABLISHED ||
		    !has_moved(leg, a))
			continue;
		err = sip_leg_retarget(leg);
		if (err)
			log_warn("a call stays at its old address: %s",
				 strerror(err));
	}
}

void sip_stack_network(struct sip_stack *s, enum sip_network_event ev)
{
	bool resumed = ev == SIP_NETWORK_RESUMED;
	struct le *le;

	if (!s || s->closing)
		return;
	mem_ref(s);
	le = s->accounts.head;
	while (le) {
		struct sip_account *a = mem_ref(le->data);
		bool other = moved(a);

		le = le->next;
		/* Who is down anyway may be reached by the new way. */
		if ((other || resumed || a->state == SIP_ACCOUNT_DOWN) &&
		    a->state != SIP_ACCOUNT_REFUSED &&
		    a->state != SIP_ACCOUNT_UNTRUSTED) {
			/* Connections that have slept may be dead. */
			if (resumed && !other)
				stack_rebind(s);
			sip_account_retry(a);
		}
		retarget(a);
		mem_deref(a);
	}
	mem_deref(s);
}
