/* Any bytes as a file of contacts: read, compared with itself, written, read
 * again, pictures as well. */
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

/* A file beside, in memory: what does not fit is left out. */
static FILE *sync_fuzz_beside(void)
{
	static char room[16384];
	FILE *f = fmemopen(room, sizeof(room), "w+");

	assert(f);
	setvbuf(f, NULL, _IONBF, 0);
	return f;
}

static int sync_fuzz_read(struct sync_file *file, const char *s, size_t len,
			  enum sync_encoding encoding, FILE *beside)
{
	FILE *f = fmemopen((void *)(uintptr_t)s, len, "r");
	const struct sync_read_prm prm = {
		.f = f, .encoding = encoding, .pictures = beside};
	int err;

	assert(f);
	err = sync_read(file, &prm);
	fclose(f);
	assert(!err || err == EBADMSG);
	assert(!err == !file->problem);
	for (size_t i = 0; i < file->count; i++) {
		const struct sync_contact *c = &file->contacts[i];

		assert((c->picture == SYNC_PICTURE_HERE) ==
		       (c->picture_key != NULL));
	}
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
	FILE *beside;

	assert(o && there);
	assert(!sync_plan(f, NULL, 0, &sync_fuzz_dial, o));
	for (size_t i = 0; i < f->count; i++) {
		assert((unsigned)o[i] < SYNC_OUTCOME_COUNT);
		assert(o[i] != SYNC_UPDATE && o[i] != SYNC_SAME);
		if (o[i] == SYNC_ADD)
			there[n++] = f->contacts[i];
	}
	beside = sync_fuzz_beside();
	assert(!sync_fuzz_read(&again, s, len, encoding, beside));
	assert(!sync_plan(&again, there, n, &sync_fuzz_dial, o));
	for (size_t i = 0; i < again.count; i++)
		assert(o[i] != SYNC_ADD && o[i] != SYNC_UPDATE);
	sync_file_reset(&again);
	fclose(beside);
	free(there);
	free(o);
}

static void sync_fuzz_write(const struct sync_file *f, enum sync_format format,
			    FILE *beside)
{
	struct sync_file again;
	char *text;

	text = sync_write(format, f->contacts, f->count, beside);
	assert(text);
	if (!sync_fuzz_read(&again, text, strlen(text), SYNC_GUESS, NULL))
		assert(again.count <= f->count);
	sync_file_reset(&again);
	free(text);
}

static int sync_fuzz(const char *prefix, const uint8_t *data, size_t size)
{
	enum sync_encoding encoding;
	struct text_buf b = {0};
	struct sync_file f;
	FILE *beside;

	if (!size)
		return 0;
	encoding = (enum sync_encoding)(data[0] % SYNC_ENCODING_COUNT);
	text_buf_add(&b, prefix);
	text_buf_add_n(&b, (const char *)data + 1, size - 1);
	beside = sync_fuzz_beside();
	if (b.len && !sync_fuzz_read(&f, b.buf, b.len, encoding, beside)) {
		sync_fuzz_write(&f, SYNC_CSV, beside);
		sync_fuzz_write(&f, SYNC_VCARD, beside);
		sync_fuzz_plan(&f, b.buf, b.len, encoding);
	}
	if (b.len)
		sync_file_reset(&f);
	fclose(beside);
	text_buf_reset(&b);
	return 0;
}
