/**
 * @file sip_parties.h  Three of ours and a hostile peer, for each test anew
 */
#ifndef SIP_PARTIES_H
#define SIP_PARTIES_H

#include "sip_peer.h"

static struct party a, b, c;
static struct peer p;

static inline int setup(void **state)
{
	(void)state;
	if (media_alloc(&media))
		return -1;
	party_start(&a);
	party_start(&b);
	party_start(&c);
	peer_start(&p);
	return 0;
}

static inline int teardown(void **state)
{
	uint64_t end = time_mono_ms() + 20;

	(void)state;
	party_stop(&a);
	party_stop(&b);
	party_stop(&c);
	until(never, &end);
	peer_stop(&p);
	media = mem_deref(media);
	return 0;
}

static inline struct party_leg *a_talks_to_b(void)
{
	struct party_leg *l = party_call(&a, &b.addr);

	assert_true(until(leg_is_up, l));
	assert_true(until(leg_is_up, &b.legs[0]));
	return l;
}

#endif
