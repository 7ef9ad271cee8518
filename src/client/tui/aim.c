/**
 * @file aim.c  Which call a key acts on, and whether that is the one meant
 *
 * A call may end in the moment in which one reaches for a key. The key then
 * must not hit the next call, nor do what else it is bound to.
 */
#include <stdlib.h>

#include "tui_int.h"

enum {
	GRACE_MS = 1200, /**< from seeing something to having the key down */
	REPEAT_MS = 200, /**< a key that is held down comes more often */
	OF_CALLS = APP_IN_CALL | APP_IN_RINGING | APP_IN_TWO_CALLS,
};

static bool rings(const struct uc_call *c)
{
	return c && c->state == UC_CALL_RINGING_IN;
}

struct uc_call *aim_ringing(const struct tui_screen *s)
{
	const struct uc *uc = screen_uc(s);
	struct uc_call *c = screen_call(s);

	if (rings(c))
		return c;
	for (size_t i = 0; (c = uc_call_at(uc, i)); i++)
		if (rings(c))
			return c;
	return NULL;
}

struct uc_call *aim_in_call(const struct tui_screen *s)
{
	const struct uc *uc = screen_uc(s);
	struct uc_call *c = screen_call(s);

	if (c && !rings(c))
		return c;
	c = uc_call_current(uc);
	for (size_t i = 0; rings(c); i++)
		c = uc_call_at(uc, i);
	return c;
}

struct uc_call *aim_by_function(const struct tui_screen *s, uint32_t function)
{
	const struct uc *uc = screen_uc(s);
	struct uc_call *c = uc_call_current(uc);

	for (size_t i = 0; c && !(c->functions & function); i++)
		c = uc_call_at(uc, i);
	return c;
}

static struct uc_call *aim_at(const struct tui_screen *s, enum aim_of of)
{
	return of == AIM_RINGING   ? aim_ringing(s)
	       : of == AIM_IN_CALL ? aim_in_call(s)
				   : uc_call_waiting(screen_uc(s));
}

/* ---- what is seen ------------------------------------------------------ */

void aim_note(struct tui_screen *s)
{
	uint32_t contexts = screen_contexts(s) & OF_CALLS;

	for (unsigned i = 0; i < AIM_COUNT; i++) {
		const struct uc_call *c = aim_at(s, i);
		struct aim *a = &s->aims[i];

		if ((c ? c->id : 0) == a->call)
			continue;
		free(s->aimed[i].name);
		s->aimed[i] = *a;
		*a = (struct aim){.call = c ? c->id : 0,
				  .name = text_dup(c ? c->name : ""),
				  .since_ms = time_mono_ms()};
		if (c && text_empty(a->name))
			(void)text_set(&a->name, c->number);
	}
	if (contexts == s->aim_contexts)
		return;
	s->aimed_contexts = s->aim_contexts;
	s->aim_contexts = contexts;
	s->aim_contexts_ms = time_mono_ms();
}

void aim_reset(struct tui_screen *s)
{
	for (unsigned i = 0; i < AIM_COUNT; i++) {
		free(s->aims[i].name);
		free(s->aimed[i].name);
	}
}

/* ---- a key ------------------------------------------------------------- */

static bool is_recent(struct tui_screen *s, uint64_t since)
{
	uint64_t now = time_mono_ms();

	return now - since < GRACE_MS || now - s->aim_refused_ms < REPEAT_MS;
}

static void refuse(struct tui_screen *s, const char *text)
{
	s->aim_refused_ms = time_mono_ms();
	screen_message(s, MESSAGE_WARNING, text);
}

/* The call that was meant is over, and another one would be hit. */
static bool is_gone(struct tui_screen *s, enum aim_of of)
{
	const struct uc_call *now = aim_at(s, of), *was;
	bool seen = (now ? now->id : 0) == s->aims[of].call;
	const struct aim *a = seen ? &s->aimed[of] : &s->aims[of];
	char *text;

	/* Of two a conference is made: neither has ended. */
	if (!now || !a->call || now->id == a->call || now->conference)
		return false;
	if (seen && !is_recent(s, s->aims[of].since_ms))
		return false;
	was = uc_call_by_id(screen_uc(s), a->call);
	if (was && was->state != UC_CALL_FAILED &&
	    (of != AIM_RINGING || rings(was)))
		return false;
	text = text_printf(_("The call with %s has just changed; the key again "
			     "is for %s."),
			   a->name,
			   text_empty(now->name) ? now->number : now->name);
	refuse(s, text ? text : "");
	free(text);
	return true;
}

static const struct app_command *command_of(const struct tui_screen *s,
					    const struct app_binding *b)
{
	return strchr(b->line, ' ') ? NULL
				    : app_command_find(screen_app(s), b->line);
}

static bool has_answered(const struct tui_screen *s)
{
	const struct uc_call *c = aim_in_call(s);
	const struct aim *now = &s->aims[AIM_RINGING];

	return c && c->id == (now->call ? now : &s->aimed[AIM_RINGING])->call;
}

/* It was a key of calls a moment ago, and now is another one, or none. */
static bool is_other(struct tui_screen *s, const char *key, uint32_t contexts,
		     const struct app_binding *b)
{
	uint32_t lost = s->aim_contexts & ~contexts & OF_CALLS;
	const struct app_binding *was;
	const struct app_command *c;
	const char *why = NULL;

	if (is_recent(s, s->aim_contexts_ms))
		lost |= s->aimed_contexts & ~contexts & OF_CALLS;
	if (!lost || screen_covered(s))
		return false;
	was = app_binding_find(screen_app(s), key, contexts | lost);
	if (!was || was == b || !(was->contexts & lost))
		return false;
	/* It rang, and has been answered: the key is for the same call. */
	if (b && b->contexts & APP_IN_CALL && was->contexts & APP_IN_RINGING &&
	    has_answered(s))
		return false;
	c = command_of(s, was);
	if (c && app_command_available(screen_app(s), c, APP_FROM_KEY, &why))
		why = NULL;
	refuse(s,
	       why ? why : _("The call has just changed; nothing was done."));
	return true;
}

bool aim_missed(struct tui_screen *s, const char *key, uint32_t contexts,
		const struct app_binding *b)
{
	const struct app_command *c;

	if (is_other(s, key, contexts, b))
		return true;
	if (!b || !(b->contexts & OF_CALLS))
		return false;
	c = command_of(s, b);
	/* Going back to a call that waits is no mistake. */
	if (c && c->function == UC_RESUME)
		return false;
	if (b->contexts & APP_IN_RINGING)
		return is_gone(s, AIM_RINGING);
	return is_gone(s,
		       b->contexts & APP_IN_CALL ? AIM_IN_CALL : AIM_WAITING);
}
