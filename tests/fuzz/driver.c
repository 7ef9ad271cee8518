/*
 * Runs a fuzz target over files, once each, without a fuzzer: each file's
 * name goes out before it is tried, so that the last one named is to blame.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int try_file(const char *path)
{
	uint8_t *data = NULL;
	size_t len = 0, room = 0, n;
	FILE *f = fopen(path, "rb");

	if (!f) {
		perror(path);
		return 1;
	}
	do {
		if (len == room) {
			uint8_t *more = realloc(data, room = room * 2 + 4096);

			if (!more) {
				free(data);
				fclose(f);
				return 1;
			}
			data = more;
		}
		n = fread(data + len, 1, room - len, f);
		len += n;
	} while (n > 0);
	fclose(f);

	/* Exactly as long as the input, so that a byte too far is seen. */
	if (len > 0) {
		uint8_t *exact = realloc(data, len);

		if (exact)
			data = exact;
	}
	(void)LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	int i, failed = 0;

	for (i = 1; i < argc; i++) {
		printf("try %s\n", argv[i]);
		fflush(stdout);
		failed |= try_file(argv[i]);
	}
	return failed;
}
