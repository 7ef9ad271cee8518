/* Any bytes as a file of contacts: read, compared with itself, written, read
 * again. */
#include <assert.h>
#include <stdlib.h>

#include <offhook/client/sync.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct proto_dial_params sync_fuzz_dial = {
	.country = "49",
	.area = "89",
	.location = "7007",
	.access = "0",
	.national = "0",
	.international = "00",
	.extension_max = 3,
};

static int sync_fuzz_read(struct sync_file *file, const char *s, size_t len,
			  enum sync_encoding encoding)
{
	FILE *f = fmemopen((void *)(uintptr_t)s, len, "r");
	const struct sync_read_prm prm = {.f = f, .encoding = encoding};
	int err;

	assert(f);
	err = sync_read(file, &prm);
	fclose(f);
	assert(!err || err == EBADMSG);
	assert(!err == !file->problem);
	return err;
}

/* What was taken from the file once is the same when the file comes again. */
static void sync_fuzz_plan(struct sync_file *f, const char *s, size_t len,
			   enum sync_encoding encoding)
{
	enum sync_outcome *o = calloc(f->count + 1, sizeof(*o));
	struct sync_contact *there = calloc(f->count + 1, sizeof(*there));
	struct sync_file again;
	size_t n = 0;

	assert(o && there);
	assert(!sync_plan(f, NULL, 0, &sync_fuzz_dial, o));
	for (size_t i = 0; i < f->count; i++) {
		assert((unsigned)o[i] < SYNC_OUTCOME_COUNT);
		assert(o[i] != SYNC_UPDATE && o[i] != SYNC_SAME);
		if (o[i] == SYNC_ADD)
			there[n++] = f->contacts[i];
	}
	assert(!sync_fuzz_read(&again, s, len, encoding));
	assert(!sync_plan(&again, there, n, &sync_fuzz_dial, o));
	for (size_t i = 0; i < again.count; i++)
		assert(o[i] != SYNC_ADD && o[i] != SYNC_UPDATE);
	sync_file_reset(&again);
	free(there);
	free(o);
}

static void sync_fuzz_write(const struct sync_file *f, enum sync_format format)
{
	struct sync_file again;
	char *text;

	text = sync_write(format, f->contacts, f->count);
	assert(text);
	if (!sync_fuzz_read(&again, text, strlen(text), SYNC_GUESS))
		assert(again.count <= f->count);
	sync_file_reset(&again);
	free(text);
}

static int sync_fuzz(const char *prefix, const uint8_t *data, size_t size)
{
	enum sync_encoding encoding;
	struct text_buf b = {0};
	struct sync_file f;

	if (!size)
		return 0;
	encoding = (enum sync_encoding)(data[0] % SYNC_ENCODING_COUNT);
	text_buf_add(&b, prefix);
	text_buf_add_n(&b, (const char *)data + 1, size - 1);
	if (b.len && !sync_fuzz_read(&f, b.buf, b.len, encoding)) {
		sync_fuzz_write(&f, SYNC_CSV);
		sync_fuzz_write(&f, SYNC_VCARD);
		sync_fuzz_plan(&f, b.buf, b.len, encoding);
	}
	if (b.len)
		sync_file_reset(&f);
	text_buf_reset(&b);
	return 0;
}
