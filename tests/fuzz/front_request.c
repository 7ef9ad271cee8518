/**
 * @file front_request.c  Queries and forms that come in, bytes as they are
 */
#include "../../src/server/front/front_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = memchr(data, '\n', size);
	size_t query = line ? (size_t)(line - data) : size;
	struct form f = {.count = 0};

	/* A line of query, and behind it a form. */
	params_parse(&f, (const char *)data, query);
	if (line)
		params_parse(&f, (const char *)line + 1, size - query - 1);
	for (int id = 0; id < PROTO_PARAM_COUNT; id++) {
		const char *value = params_get(&f, (enum proto_param)id);

		if (value && !text_valid(value, strlen(value)))
			__builtin_trap();
	}
	params_clear(&f);
	return 0;
}
