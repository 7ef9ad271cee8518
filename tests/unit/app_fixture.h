/**
 * @file app_fixture.h  An application with folders of its own
 */
#ifndef APP_FIXTURE_H
#define APP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <offhook/client/app.h>
#include "until.h"

static char app_dir[64];

static inline struct app *app_make(void)
{
	char config[80];
	const struct app_prm prm = {.config_file = config,
				    .state_dir = app_dir,
				    .cache_dir = app_dir};
	struct app *a = NULL;

	snprintf(config, sizeof(config), "%s/config", app_dir);
	assert_int_equal(app_alloc(&a, &prm, NULL, NULL), 0);
	return a;
}

static inline void app_config(const char *text)
{
	char config[80];

	snprintf(config, sizeof(config), "%s/config", app_dir);
	assert_int_equal(file_write(config, text, strlen(text), 0600), 0);
}

/** Run a line; @param text what the sink must hold, NULL: anything */
static inline int app_do(struct app *a, const char *line, const char *text)
{
	struct app_sink sink = {0};
	int err = app_run_line(a, line, APP_FROM_LINE, &sink);

	if (text)
		assert_string_equal(sink.text.buf ? sink.text.buf : "", text);
	if (err)
		assert_true(sink.error.len > 0);
	app_sink_reset(&sink);
	return err;
}

static inline int app_begin(void **state)
{
	(void)state;
	snprintf(app_dir, sizeof(app_dir), "/tmp/oh-app-XXXXXX");
	return !mkdtemp(app_dir) || loop_init(LOOP_FEW);
}

static inline int app_end(void **state)
{
	char *command = text_printf("rm -r %s", app_dir);
	int err = command ? system(command) : 1;
	(void)state;

	free(command);
	loop_close();
	return err;
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, app_begin, app_end)

#endif
