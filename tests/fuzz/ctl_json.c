/**
 * @file ctl_json.c  Whatever comes over the socket as JSON lines
 *
 * The lines of the input are one connection. Whatever is answered must be
 * JSON itself, and each request must be answered once.
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/client/ctl/ctl_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct peer {
	unsigned answers;
};

static int run(const struct ctl_request *rq, struct app_sink *sink, void *arg)
{
	static const int results[] = {0,       EINVAL,	 ENOENT, EPERM,
				      ENOTSUP, ENOTCONN, EIO};
	const char *word = rq->argv   ? rq->argv[0]
			   : rq->line ? rq->line
				      : rq->link;
	size_t n = strlen(word);
	(void)arg;

	for (size_t i = 0; rq->argv && i < rq->argc; i++)
		text_buf_add(&sink->text, rq->argv[i]);
	text_buf_add(&sink->error, word);
	if (n % 2) {
		json_object(sink->data);
		json_add_string(sink->data, "word", word);
		json_end(sink->data);
	}
	return results[n % 7];
}

static const struct app_command *find(const char *name, void *arg)
{
	static const struct app_argument arguments[] = {
		{.name = "secret", .kind = APP_ARG_SECRET}, {.name = NULL}};
	static const struct app_command login = {.name = "login",
						 .arguments = arguments};
	(void)arg;

	return strcmp(name, login.name) ? NULL : &login;
}

static void subscribe(uint32_t events, void *arg)
{
	(void)arg;
	if (events & ~(uint32_t)CTL_EVENT_ALL)
		abort();
}

static void answered(const char *line, void *arg)
{
	struct peer *p = arg;
	struct json *v = NULL;

	if (strchr(line, '\n') || json_parse(&v, line, strlen(line)) ||
	    !json_is_object(v))
		abort();
	json_free(v);
	p->answers++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ctl_json_handlers h = {.run = run,
						   .subscribe = subscribe,
						   .find = find,
						   .send = answered};
	struct peer p = {0};
	struct ctl_json j = {.h = &h, .arg = &p};

	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t n = end ? (size_t)(end - data) : size;
		unsigned before = p.answers;
		/* Its own memory, so that a reader beyond is seen. */
		char *line = malloc(n ? n : 1);

		memcpy(line, data, n);
		if (ctl_json_line(&j, line, n))
			size = n;
		free(line);
		if (p.answers > before + 1)
			abort();
		data += n;
		size -= n;
		if (end && size) {
			data++;
			size--;
		}
	}
	return 0;
}
