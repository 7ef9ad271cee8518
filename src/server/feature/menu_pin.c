/**
 * @file menu_pin.c  The PIN of a box: asked for, changed; wrong ones are looked
 * at ever more slowly
 */
#define LOG_MODULE "feature"
#include "menu_int.h"

#include <stdlib.h>

enum {
	TRIES = 3, /**< wrong ones in a call */
	/** After wrong ones none is looked at for so long, which doubles. */
	SLOW_MS = 30000,
	SLOW_MAX_MS = 3600 * 1000,
};

static struct guard *guard_of(struct menus *ms, const char *owner, bool make)
{
	struct guard *g;
	struct le *le;

	LIST_FOREACH (&ms->guards, le) {
		g = le->data;
		if (text_equal(g->owner, owner))
			return g;
	}
	g = make ? calloc(1, sizeof(*g)) : NULL;
	if (!g)
		return NULL;
	g->owner = text_dup(owner);
	g->slow_ms = SLOW_MS;
	list_append(&ms->guards, &g->le, g);
	return g;
}

bool menu_pin_rests(struct features *f, const char *owner)
{
	const struct guard *g = guard_of(f->menus, owner, false);

	return g && g->until_ms > time_mono_ms();
}

void menu_pin_wrong(struct features *f, const char *owner)
{
	struct guard *g = guard_of(f->menus, owner, true);

	log_warn("box %s: wrong PINs, no other is looked at for a while",
		 owner);
	if (!g)
		return;
	g->until_ms = time_mono_ms() + g->slow_ms;
	g->slow_ms *= 2;
	if (g->slow_ms > SLOW_MAX_MS)
		g->slow_ms = SLOW_MAX_MS;
}

void menu_pin_tried(struct features *f, const char *owner, unsigned tries)
{
	struct guard *g = guard_of(f->menus, owner, true);

	if (!g || ++g->wrong < tries)
		return;
	g->wrong = 0;
	menu_pin_wrong(f, owner);
}

void menu_pin_right(struct features *f, const char *owner)
{
	struct guard *g = guard_of(f->menus, owner, false);

	if (!g)
		return;
	g->slow_ms = SLOW_MS;
	g->wrong = 0;
}

void guards_close(struct menus *ms)
{
	struct le *le;

	while ((le = ms->guards.head)) {
		struct guard *g = le->data;

		list_unlink(&g->le);
		free(g->owner);
		free(g);
	}
}

/* ---- in a call --------------------------------------------------------- */

/* Wrong ones count from call to call. @return true: no more in this one */
static bool wrong_pin(struct visit *v, int err)
{
	if (err == EACCES)
		menu_pin_tried(visit_features(v), v->owner, TRIES);
	return ++v->tries >= TRIES ||
	       menu_pin_rests(visit_features(v), v->owner);
}

static void checked(int err, void *arg)
{
	struct visit *v = arg;

	if (!visit_alive(v)) {
		mem_deref(v);
		return;
	}
	if (!err && db_pin_preset(visit_features(v)->db, v->owner)) {
		visit_go(v, ASKS_NEW, PROMPT_PIN_PRESET, PROMPT_PIN_NEW);
	} else if (!err) {
		menu_pin_right(visit_features(v), v->owner);
		visit_to_top(v, PROMPT_COUNT);
	} else if (wrong_pin(v, err)) {
		visit_goodbye(v);
	} else {
		visit_go(v, ASKS_PIN, PROMPT_PIN_WRONG, PROMPT_PIN);
	}
	mem_deref(v);
}

static void check_pin(struct visit *v)
{
	char pin[sizeof(v->typed)];

	memcpy(pin, v->typed, sizeof(pin));
	v->place = CHECKS;
	visit_clear_typed(v);
	tmr_cancel(&v->tmr);
	db_pin_check(visit_features(v)->db, v->owner, pin, checked, mem_ref(v));
	explicit_bzero(pin, sizeof(pin));
}

static void changed(int err, void *arg)
{
	struct visit *v = arg;

	if (visit_alive(v))
		visit_to_top(v, err ? PROMPT_PIN_BAD : PROMPT_PIN_CHANGED);
	mem_deref(v);
}

static void new_pin(struct visit *v)
{
	if (!db_pin_good(v->typed)) {
		visit_go(v, ASKS_NEW, PROMPT_PIN_BAD, PROMPT_PIN_NEW);
		return;
	}
	memcpy(v->pin, v->typed, sizeof(v->pin));
	visit_go(v, ASKS_AGAIN, PROMPT_PIN_AGAIN, PROMPT_COUNT);
}

static void again_pin(struct visit *v)
{
	if (!text_equal(v->pin, v->typed)) {
		visit_go(v, ASKS_NEW, PROMPT_PIN_BAD, PROMPT_PIN_NEW);
		return;
	}
	v->place = CHECKS;
	visit_clear_typed(v);
	db_pin_set(visit_features(v)->db, v->owner, v->pin, changed,
		   mem_ref(v));
	explicit_bzero(v->pin, sizeof(v->pin));
}

/* Six digits, or fewer and the hash sign. */
void visit_pin_digit(struct visit *v, char c)
{
	size_t n = strlen(v->typed);
	/* the preset one is as long as internal numbers are */
	size_t want =
		v->place == ASKS_PIN &&
				db_pin_preset(visit_features(v)->db, v->owner)
			? strlen(v->owner)
			: DB_PIN_DIGITS;

	if (c == '*') {
		visit_clear_typed(v);
		return;
	}
	if (c != '#' && n < DIGITS_MAX)
		v->typed[n++] = c;
	if (c != '#' && n < want)
		return;
	if (v->place == ASKS_PIN)
		check_pin(v);
	else if (v->place == ASKS_NEW)
		new_pin(v);
	else
		again_pin(v);
}
