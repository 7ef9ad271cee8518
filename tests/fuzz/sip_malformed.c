/**
 * @file sip_malformed.c  Anything that libre cannot read: an answer of
 *                        bounded size, or none; and where it ends
 */
#include <assert.h>
#include "../../src/lib/sip/sip_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text_buf b = {0};
	struct sa src, dst;
	size_t whole = 0;
	uint16_t code;

	sa_set_str(&src, size % 2 ? "127.0.0.1" : "::1", 5070);
	code = malformed_answer(&b, (const char *)data, size, &src, &dst);
	if (code) {
		assert(code == 400 || code == 505);
		assert(sa_cmp(&src, &dst, SA_ADDR));
		/* no more comes out than went in, but for what is ours */
		assert(b.len <= size + 300);
		assert(!memcmp(b.buf, "SIP/2.0 ", 8));
	}
	text_buf_reset(&b);
	if (!malformed_frame((const char *)data, size, &whole))
		assert(whole && whole <= size);
	return 0;
}
