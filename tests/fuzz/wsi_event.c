/* Any bytes as the answer of GetEvents, in a session that has two calls. */
#include <assert.h>

#include "../unit/wsi_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char before[] =
	"{\"events\":[{\"type\":\"DirectoryEvent\",\"contact\":{\"id\":"
	"\"int:201\",\"directory\":\"internal\",\"name\":\"Agner\",\"device\":"
	"\"201\"}},{\"type\":\"DeliveredEvent\",\"deviceID\":\"200\","
	"\"callID\":\"5\",\"callingDevice\":\"201\"},{\"type\":"
	"\"EstablishedEvent\",\"deviceID\":\"200\",\"callID\":\"6\","
	"\"callingDevice\":\"200\",\"calledDevice\":\"202\"}]}";

static void clean(const char *s)
{
	for (; *s; s++)
		assert((unsigned char)*s >= ' ' && *s != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fixture f;
	int n;

	log_set_level(LOG_LEVEL_ERROR);
	fixture_open(&f, size % 2 ? WSI_ADD_PRESENCE | WSI_ADD_JOURNAL : 0);
	n = wsi_events_read(f.s, before, sizeof(before) - 1);
	assert(n == 3 && f.told_count == 2);
	n = wsi_events_read(f.s, (const char *)data, size);
	assert(n >= -1);
	wsi_events_read(f.s, (const char *)data, size);
	for (unsigned i = 0; i < f.told_count && i < FIXTURE_CALLS; i++) {
		const struct told *t = &f.told[i];

		assert(*t->call_id);
		assert((unsigned)t->type < WSI_CALL_TYPE_COUNT);
		assert((unsigned)t->local < WSI_CONNECTION_COUNT);
		assert((unsigned)t->cause < WSI_CAUSE_COUNT);
		clean(t->other);
		clean(t->other_name);
	}
	fixture_close(&f);
	return 0;
}
