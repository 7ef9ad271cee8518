/**
 * @file until.h  Run the loop until something has come true
 */
#ifndef OFFHOOK_TEST_UNTIL_H
#define OFFHOOK_TEST_UNTIL_H

#include <offhook/base.h>

/** Far beyond what any of it takes: only a hang gets so far. */
enum { UNTIL_LIMIT_MS = 20000 };

struct until {
	bool (*condition)(void *arg);
	void *arg;
	bool met;
	uint64_t end_ms;
	struct tmr tmr;
};

static inline void until_look(void *arg)
{
	struct until *u = arg;

	u->met = u->condition(u->arg);
	if (u->met || time_mono_ms() > u->end_ms)
		loop_stop();
	else
		tmr_start(&u->tmr, 2, until_look, u);
}

/** @return true once the condition holds, false if it never did */
static inline bool until(bool (*condition)(void *arg), void *arg)
{
	struct until u = {.condition = condition, .arg = arg};

	u.end_ms = time_mono_ms() + UNTIL_LIMIT_MS;
	tmr_init(&u.tmr);
	tmr_start(&u.tmr, 0, until_look, &u);
	loop_run();
	tmr_cancel(&u.tmr);
	return u.met;
}

static inline void until_late(void *arg)
{
	*(bool *)arg = true;
	loop_stop();
}

/** Run the loop until something stops it. @return false if nothing does */
static inline bool until_stopped(void)
{
	bool late = false;
	struct tmr tmr;

	tmr_init(&tmr);
	tmr_start(&tmr, UNTIL_LIMIT_MS, until_late, &late);
	late = loop_run() || late;
	tmr_cancel(&tmr);
	return !late;
}

#endif
