/**
 * @file media_rtp.c  Packets as they come: each with its length before it,
 *                    odd ones RTCP
 */
#include <assert.h>
#include <offhook/base.h>
#include "../../src/lib/media/media_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_rtp(struct jbuf *j, struct rtp_source *src, const uint8_t *p,
		     size_t n, uint64_t now_us)
{
	struct rtp_packet pkt;

	if (rtp_parse(&pkt, p, n))
		return;
	assert(pkt.payload >= p && pkt.payload + pkt.len <= p + n);
	if (!src->known || src->ssrc != pkt.ssrc)
		rtp_source_init(src, pkt.ssrc, pkt.seq);
	rtp_source_update(src, &pkt, 8000, now_us);
	(void)jbuf_put(j, pkt.seq, pkt.ts, pkt.pt, pkt.payload, pkt.len,
		       now_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct jbuf_packet *next;
	struct jbuf_packet pkt;
	struct rtp_source src = {.known = false};
	uint64_t now_us = 1000000;
	struct rtcp_in in;
	struct jbuf j;

	jbuf_init(&j, 8000);
	while (size > 1) {
		size_t n = *data++;

		size--;
		if (n > size)
			n = size;
		if (n & 1)
			(void)rtcp_read(&in, data, n, 1, &src, now_us);
		else
			take_rtp(&j, &src, data, n, now_us);
		data += n;
		size -= n;
		now_us += 20000;
		if (jbuf_get(&j, now_us, 0, &pkt, &next) == JBUF_PACKET)
			jbuf_release(&pkt);
		assert(j.count <= JBUF_SLOTS);
	}
	jbuf_flush(&j);
	return 0;
}
