/**
 * @file ice_text.c  Any text as a candidate, and as a server's URI
 */
#include <assert.h>
#include <stdlib.h>
#include "../../src/lib/ice/ice_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is written so that it is read the same. */
static void candidate(const char *s)
{
	struct ice_candidate c, again;
	char *line;

	if (ice_candidate_read(&c, s))
		return;
	line = ice_candidate_write(&c);
	assert(line && !ice_candidate_read(&again, line));
	assert(c.type == again.type && c.component == again.component &&
	       c.priority == again.priority &&
	       sa_cmp(&c.addr, &again.addr, SA_ALL) &&
	       !strcmp(c.foundation, again.foundation));
	free(line);
}

static void server(const char *s)
{
	struct list l = LIST_INIT;
	char *uri, *again;

	if (ice_server_add(&l, s, NULL, NULL))
		return;
	uri = ice_server_uri(l.head->data);
	assert(uri && !ice_server_add(&l, uri, NULL, NULL));
	again = ice_server_uri(l.tail->data);
	assert(again && !strcmp(uri, again));
	free(again);
	free(uri);
	list_flush(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	if (!s)
		abort();
	if (size)
		memcpy(s, data, size);
	s[size] = '\0';
	candidate(s);
	server(s);
	free(s);
	return 0;
}
