/**
 * @file sip_sdp.c  Any bytes as an offer: refused, or answered; and as an
 *                  answer to ours: refused, or taken
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

	if (loop_init(LOOP_FEW) || media_alloc(&media))
		abort();
	prm.media = media;
	if (sip_stack_alloc(&stack, &prm, NULL, NULL))
		abort();
	mem_deref(media);
}

/* The other side's offer. */
static void offered(struct sip_leg *leg, struct mbuf *body)
{
	struct mbuf *answer = NULL;

	if (!leg_take_offer(leg, body) && !leg_make_answer(leg, NULL, &answer))
		assert(answer && mbuf_get_left(answer));
	mem_deref(answer);
}

/* Its answer to ours, twice: as of a second offer, too. */
static void answered(struct sip_leg *leg, struct mbuf *body)
{
	struct sip_msg msg = {.mb = body};
	struct mbuf *offer = NULL;

	pl_set_str(&msg.ctyp.type, "application");
	pl_set_str(&msg.ctyp.subtype, "sdp");
	for (int i = 0; i < 2; i++) {
		assert(!leg_make_offer(leg, false, &offer));
		offer = mem_deref(offer);
		if (leg_take_answer(leg, &msg))
			break;
		assert(leg->secure.want != MEDIA_SECURITY_REQUIRED ||
		       leg->secure.keys != MEDIA_KEYS_NONE);
		leg->flowing = true;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sip_leg_media media = {
		.security = size & 4 ? MEDIA_SECURITY_REQUIRED
				     : MEDIA_SECURITY_OPTIONAL,
	};
	struct sip_leg *leg;
	struct mbuf *body;
	struct sa facing;
	int err;

	if (!stack)
		begin();
	sa_set_str(&facing, "127.0.0.1", 0);
	leg = leg_alloc(stack, &media, &facing, size & 1, NULL, NULL, &err);
	body = mbuf_alloc(size ? size : 1);
	if (!leg || !body)
		abort();
	(void)mbuf_write_mem(body, data, size);
	body->pos = 0;
	if (size & 2)
		answered(leg, body);
	else
		offered(leg, body);
	mem_deref(body);
	mem_deref(leg);
	return 0;
}
