/**
 * @file tui.c  What all screens share: the model's changes, clocks
 */
#include <stdlib.h>

#include "tui_int.h"

static bool clock_shows_seconds(const struct tui *t)
{
	const struct uc_account *a = uc_account(t->uc);

	return uc_call_count(t->uc) || a->connection == UC_LOST ||
	       screen_phone_counts(a);
}

static void clock_ticks(void *arg)
{
	struct tui *t = arg;
	bool minute = time_wall_ms() / 1000 % 60 < 2;
	struct le *le;

	LIST_FOREACH (&t->screens, le)
		screen_tick(le->data, minute || !clock_shows_seconds(t));
	tui_clock_start(t);
}

/* The next full second while something counts seconds, else minute. */
void tui_clock_start(struct tui *t)
{
	int64_t now = time_wall_ms();
	int64_t every = clock_shows_seconds(t) ? 1000 : 60000;

	if (!t->screens.head) {
		tmr_cancel(&t->clock);
		return;
	}
	tmr_start(&t->clock, (uint64_t)(every - now % every + 2), clock_ticks,
		  t);
}

static void uc_changed(uint32_t kind, const void *subject, void *arg)
{
	struct tui *t = arg;
	struct le *le;

	LIST_FOREACH (&t->screens, le) {
		screen_changed(le->data, kind, subject);
		if (kind & (UC_CHANGE_CALLS | UC_CHANGE_CALL))
			page_changed(le->data);
	}
	if (kind & (UC_CHANGE_CALLS | UC_CHANGE_CALL | UC_CHANGE_CONNECTION |
		    UC_CHANGE_PHONE))
		tui_clock_start(t);
}

/* Hints look at all keys for every frame. */
size_t tui_bindings(struct tui *t)
{
	size_t i, n;

	if (!t->bindings_old)
		return t->binding_count;
	free(t->bindings);
	n = app_binding_count(t->app);
	t->bindings = calloc(n + 1, sizeof(*t->bindings));
	t->binding_count = t->bindings ? n : 0;
	for (i = 0; i < t->binding_count; i++)
		t->bindings[i] = app_binding_at(t->app, i);
	t->bindings_old = false;
	return t->binding_count;
}

static void app_changed(uint32_t kind, const void *subject, void *arg)
{
	struct tui *t = arg;
	struct le *le;

	if (kind & APP_CHANGE_SHOW) {
		LIST_FOREACH (&t->screens, le)
			selection_show(le->data, subject);
		return;
	}
	if (kind & APP_CHANGE_PROMPT) {
		LIST_FOREACH (&t->screens, le)
			keys_prompt(le->data, subject);
		return;
	}
	if (kind & APP_CHANGE_BINDINGS)
		t->bindings_old = true;
	LIST_FOREACH (&t->screens, le) {
		if (kind == APP_CHANGE_OPTION && keypad_option(subject))
			screen_relayout(le->data);
		else if (kind == APP_CHANGE_PICTURE)
			screen_dirty(le->data,
				     WIN_BIT(WIN_DETAIL) | WIN_BIT(WIN_POPUP));
		else
			screen_app_changed(le->data, kind);
	}
}

static const struct app_option options[] = {
	{
		.name = "theme",
		.type = APP_OPTION_CHOICE,
		.choices = theme_choices,
		.initial = "dark",
		.text = N_("Colours: for a dark terminal, for a light one, "
			   "high contrast, or none."),
	},
	{
		.name = "mouse",
		.type = APP_OPTION_FLAG,
		.initial = "off",
		.text = N_(
			"Take clicks and the wheel: a click selects, one on "
			"what is selected acts, keys that are shown can be "
			"clicked, and the keypad is moved by its title. Most "
			"terminals select text by Shift and the mouse "
			"then."),
	},
	{.name = NULL},
};

static void tui_destroy(void *arg)
{
	struct tui *t = arg;
	unsigned i;

	tmr_cancel(&t->clock);
	mem_deref(t->pictures);
	mem_deref(t->uc_sub);
	mem_deref(t->app_sub);
	free(t->bindings);
	for (i = 0; i < BASE_COUNT; i++) {
		free(t->kept.key[i]);
		free(t->kept.key2[i]);
	}
	list_clear(&t->screens);
}

int tui_alloc(struct tui **tp, struct app *app)
{
	struct tui *t;
	int err;

	if (!tp || !app)
		return EINVAL;
	t = mem_zalloc(sizeof(*t), tui_destroy);
	if (!t)
		return ENOMEM;
	t->app = app;
	t->uc = app_uc(app);
	t->bindings_old = true;
	err = commands_register(app);
	if (err)
		goto out;
	err = app_option_register(app, options);
	if (!err)
		err = app_option_register(app, keypad_options);
	if (!err)
		err = app_option_register(app, selection_options);
	if (!err)
		err = app_option_register(app, page_options);
	if (!err)
		err = app_option_register(app, picture_options);
	if (!err)
		err = pictures_alloc(&t->pictures, t);
	if (err)
		goto out;
	err = notify_subscribe(&t->uc_sub, uc_notify(t->uc), UC_CHANGE_ALL,
			       uc_changed, t);
	if (!err)
		err = notify_subscribe(&t->app_sub, app_notify(app), UINT32_MAX,
				       app_changed, t);
out:
	if (err)
		mem_deref(t);
	else
		*tp = t;
	return err;
}

unsigned tui_screen_count(const struct tui *t)
{
	return t ? list_count(&t->screens) : 0;
}
