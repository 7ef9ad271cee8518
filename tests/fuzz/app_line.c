/* Any text as a line that a person types: split, completed, run. */
#include <assert.h>
#include <stdlib.h>

#include <offhook/client/app.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct app *application(void)
{
	static struct app *a;
	static char dir[] = "/tmp/oh-fuzz-XXXXXX";
	const struct app_prm prm = {.config_file = "/nonexistent/config",
				    .state_dir = dir,
				    .cache_dir = dir};

	if (a)
		return a;
	assert(!loop_init(LOOP_FEW));
	assert(mkdtemp(dir));
	assert(!app_alloc(&a, &prm, NULL, NULL));
	return a;
}

static void run(const char *line, enum app_origin origin)
{
	struct app_sink sink = {0};
	int err;

	sink.data = json_writer_new();
	err = app_run_line(application(), line, origin, &sink);
	/* Whoever typed it learns why it did not work. */
	assert(!err || sink.error.len);
	app_sink_reset(&sink);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1), **argv = NULL;
	size_t argc = 0, start = 0;
	struct app_dial d;

	assert(line);
	memcpy(line, data, size);
	line[size] = '\0';
	/* What changes files or the connection is not for here. */
	if (!app_split(line, &argv, &argc) && argc &&
	    strcmp(argv[0], "login") && strcmp(argv[0], "set") &&
	    strcmp(argv[0], "bind") && strcmp(argv[0], "unbind") &&
	    strcmp(argv[0], "slot") && strcmp(argv[0], "reconnect")) {
		run(line, APP_FROM_LINE);
		run(line, APP_FROM_CONFIG);
		run(line, APP_FROM_LINK);
	}
	app_argv_free(argv);
	argv = NULL;
	assert(!app_complete(application(), line, &argv, &start));
	assert(start <= strlen(line));
	app_argv_free(argv);
	free(app_status_text(application(), line));
	(void)app_time_read(line, time_wall_ms(), NULL);
	if (!app_dial_preview(application(), line, &d))
		app_dial_reset(&d);
	free(line);
	return 0;
}
