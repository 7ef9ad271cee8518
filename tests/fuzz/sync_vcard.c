/* Any bytes as a file of contacts, as a vCard; the first says the encoding. */
#include "sync_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return sync_fuzz("BEGIN:VCARD\r\nVERSION:4.0\r\n", data, size);
}
