/**
 * @file curl_late.c  libcurl when it is first needed
 */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include <offhook/base.h>

#define CURL_LATE_OWN
#include "curl_late.h"

#define LOG_MODULE "net"

static struct curl_late loaded;

const struct curl_late *curl_late(void)
{
	return &loaded;
}

int curl_late_load(void)
{
	static const struct {
		const char *name;
		size_t at;
	} functions[] = {
#define CURL_ROW(name) {"curl_" #name, offsetof(struct curl_late, name)},
		CURL_FUNCTIONS(CURL_ROW)
#undef CURL_ROW
	};
	void *lib;

	if (loaded.global_init)
		return 0;
	/* Lazily: most of what those 30 have is never called. */
	lib = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
	for (size_t i = 0; lib && i < ARRAY_SIZE(functions); i++) {
		void *f = dlsym(lib, functions[i].name);

		if (!f) {
			dlclose(lib);
			lib = NULL;
			break;
		}
		memcpy((char *)&loaded + functions[i].at, &f, sizeof(f));
	}
	if (lib)
		return 0;
	log_error("libcurl: %s", dlerror());
	memset(&loaded, 0, sizeof(loaded));
	return ENOSYS;
}
