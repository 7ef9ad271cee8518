/**
 * @file sip_bodies.c  Bodies of events: the first byte says of which
 */
#include <assert.h>
#include <stdlib.h>
#include "../../src/lib/sip/sip_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void presence(const char *s, size_t n)
{
	struct sip_presence p, again;
	char *note = NULL, *note_again = NULL;
	struct text_buf b = {0};

	if (pidf_read(&p, &note, s, n))
		return;
	assert(text_valid(p.note, strlen(p.note)));
	/* What was read is written so that it reads the same. */
	pidf_write(&b, "sip:a@b", &p);
	assert(!pidf_read(&again, &note_again, b.buf, b.len));
	assert(again.open == p.open && again.activity == p.activity);
	assert(!strcmp(again.note, p.note));
	text_buf_reset(&b);
	free(note);
	free(note_again);
}

/* Several documents, with a 0 between them. */
static void lamps(const char *s, size_t n)
{
	struct dialog_info d = {.known = false}, again = {.known = false};
	struct text_buf b = {0};
	bool gap;

	while (n) {
		const char *end = memchr(s, 0, n);
		size_t len = end ? (size_t)(end - s) : n;

		(void)dialog_info_read(&d, &gap, s, len);
		assert(d.count <= DIALOGS_MAX);
		assert((unsigned)dialog_info_lamp(&d) < SIP_LAMP_COUNT);
		s += end ? len + 1 : len;
		n -= end ? len + 1 : len;
	}
	dialog_info_write(&b, "sip:a@b", 1, d.calls, d.count);
	assert(!dialog_info_read(&again, &gap, b.buf, b.len));
	assert(again.count == d.count);
	assert(dialog_info_lamp(&again) == dialog_info_lamp(&d));
	dialog_info_reset(&d);
	dialog_info_reset(&again);
	text_buf_reset(&b);
}

static void messages(const char *s, size_t n)
{
	struct sip_messages m, again;
	struct text_buf b = {0};

	if (mwi_read(&m, s, n))
		return;
	mwi_write(&b, "sip:a@b", &m);
	assert(!mwi_read(&again, b.buf, b.len));
	assert(again.waiting == m.waiting && again.voice_new == m.voice_new &&
	       again.urgent_old == m.urgent_old);
	text_buf_reset(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data + 1;

	if (size < 2)
		return 0;
	if (*data == 'p')
		presence(s, size - 1);
	else if (*data == 'l')
		lamps(s, size - 1);
	else
		messages(s, size - 1);
	return 0;
}
