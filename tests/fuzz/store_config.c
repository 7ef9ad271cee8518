/* Any bytes as a configuration: read to the end, and each word, quoted,
 * reads back the same. */
#include <assert.h>
#include <stdlib.h>

#include <offhook/client/store.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_command(char *const *argv, size_t argc, unsigned line, void *arg)
{
	unsigned *last = arg;

	assert(argc && line >= *last);
	*last = line;
	for (size_t i = 0; i < argc; i++) {
		char *quoted = store_quote(argv[i]), **again;
		size_t n;

		assert(quoted && !store_words(quoted, &again, &n));
		assert(n == 1 && !strcmp(again[0], argv[i]));
		store_words_free(again);
		free(quoted);
	}
	return 0;
}

static void on_problem(unsigned line, const char *what, void *arg)
{
	(void)arg;
	assert(line && what);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned last = 0;

	assert(!store_parse((const char *)data, size, on_command, on_problem,
			    &last));
	return 0;
}
