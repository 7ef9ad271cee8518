/**
 * @file sip_sdp.c  Any bytes as an offer: refused, or answered
 */
#include <assert.h>
#include <stdlib.h>
#include "../../src/lib/sip/sip_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sip_stack *stack;

static void begin(void)
{
	struct sip_stack_prm prm = {.ring_s = 1};
	struct media *media = NULL;

	if (loop_init() || media_alloc(&media))
		abort();
	prm.media = media;
	if (sip_stack_alloc(&stack, &prm, NULL, NULL))
		abort();
	mem_deref(media);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mbuf *body, *answer = NULL;
	struct sip_leg *leg;
	struct sa facing;
	int err;

	if (!stack)
		begin();
	sa_set_str(&facing, "127.0.0.1", 0);
	leg = leg_alloc(stack, NULL, &facing, size % 2, NULL, NULL, &err);
	body = mbuf_alloc(size ? size : 1);
	if (!leg || !body)
		abort();
	(void)mbuf_write_mem(body, data, size);
	body->pos = 0;
	if (!leg_take_offer(leg, body) && !leg_make_answer(leg, NULL, &answer))
		assert(answer && mbuf_get_left(answer));
	mem_deref(answer);
	mem_deref(body);
	mem_deref(leg);
	return 0;
}
