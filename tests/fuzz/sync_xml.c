/* Any bytes as a file of contacts, as XML; the first says the encoding. */
#include "sync_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return sync_fuzz("<a>", data, size);
}
