/**
 * @file frame_message.c  Whatever comes over the socket as a message
 *
 * What decodes must encode again, and decode to the same bytes.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <offhook/frame.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct frame_message *m)
{
	struct text_buf a = {0}, b = {0};
	struct frame_message again;
	size_t used;

	if (frame_encode(&a, m) ||
	    frame_decode(&again, (const uint8_t *)a.buf, a.len, &used) ||
	    used != a.len || frame_encode(&b, &again) || a.len != b.len ||
	    memcmp(a.buf, b.buf, a.len))
		abort();
	frame_message_reset(&again);
	text_buf_reset(&a);
	text_buf_reset(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	while (size) {
		struct frame_message m;
		size_t used;
		int err = frame_decode(&m, data, size, &used);

		if (!err) {
			check(&m);
			frame_message_reset(&m);
		} else if (err != ENOSYS) {
			break;
		}
		if (!used || used > size)
			abort();
		data += used;
		size -= used;
	}
	return 0;
}
