/**
 * @file sip/network.h  The network under it
 */
#ifndef OFFHOOK_SIP_NETWORK_H
#define OFFHOOK_SIP_NETWORK_H

#include <offhook/sip/stack.h>

/** What happened to it. */
enum sip_network_event {
	SIP_NETWORK_CHANGED, /**< addresses, routes or links are others */
	SIP_NETWORK_RESUMED, /**< the machine has slept */
};

/** The watch may be freed in it. */
typedef void(sip_network_h)(enum sip_network_event ev, void *arg);

struct sip_network_prm {
	/** Milliseconds since boot, with and without those asleep; NULL: the
	 *  system's (CLOCK_BOOTTIME, CLOCK_MONOTONIC). */
	uint64_t (*boot_ms)(void *arg);
	uint64_t (*awake_ms)(void *arg);
	uint32_t settle_ms; /**< changes come in crowds: told once it has been
				 quiet for so long; 0: 300 */
};

struct sip_network;

/**
 * Watch the network (netlink) and sleep (a timer that a step of the wall
 * clock cancels, as waking up does; no wake-ups of its own). One for a
 * program is enough; its owner tells its stacks.
 *
 * @param np   Set to the watch, mem_deref() ends it
 * @param prm  NULL: defaults
 * @return 0 or errno (no netlink: EAFNOSUPPORT …)
 */
int sip_network_alloc(struct sip_network **np,
		      const struct sip_network_prm *prm, sip_network_h *h,
		      void *arg);

/** Has it slept? Whoever is awake anyway may ask; the handler is told. */
void sip_network_check(struct sip_network *n);

/**
 * The network has changed: accounts whose way to their server is another, or
 * all if the machine has slept, are registered anew at once, and their
 * established legs are re-targeted (sip_leg_retarget()).
 */
void sip_stack_network(struct sip_stack *s, enum sip_network_event ev);

#endif
