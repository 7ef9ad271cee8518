/**
 * @file menu_say.c  The boxes' menu speaks, and goes from place to place
 */
#include "menu_int.h"

void visit_play(struct visit *v, struct media_clip *const *clips, size_t n)
{
	struct media_clip *there[PBX_CLIPS_MAX];
	size_t k = 0;

	tmr_cancel(&v->tmr);
	for (size_t i = 0; i < n && k < PBX_CLIPS_MAX; i++)
		if (clips[i])
			there[k++] = clips[i];
	/* without prompts there is a pause to wait by */
	if (!k)
		there[k++] = v->menus->pause;
	(void)pbx_machine_play(v->m, there, k);
}

struct media_clip *visit_clip(const struct visit *v, enum prompt p)
{
	return voicemail_clip(visit_features(v), p, v->language);
}

/* One or two things in a row; NONE for none. */
void visit_say(struct visit *v, enum prompt first, enum prompt then)
{
	struct media_clip *const clips[] = {
		v->spoke ? NULL : v->menus->pause,
		visit_clip(v, first),
		then == PROMPT_COUNT ? NULL : visit_clip(v, then),
	};

	v->spoke = true;
	visit_play(v, clips, 3);
}

void visit_say_one(struct visit *v, enum prompt p)
{
	visit_say(v, p, PROMPT_COUNT);
}

void visit_goodbye(struct visit *v)
{
	struct media_clip *const clips[] = {visit_clip(v, PROMPT_GOODBYE),
					    v->menus->end};

	v->place = ENDS;
	visit_play(v, clips, 2);
}

void visit_clear_typed(struct visit *v)
{
	explicit_bzero(v->typed, sizeof(v->typed));
}

void visit_go(struct visit *v, enum place place, enum prompt first,
	      enum prompt then)
{
	v->place = place;
	visit_clear_typed(v);
	visit_say(v, first, then);
}

void visit_to_top(struct visit *v, enum prompt before)
{
	if (before == PROMPT_COUNT)
		visit_go(v, AT_TOP, PROMPT_MENU, PROMPT_COUNT);
	else
		visit_go(v, AT_TOP, before, PROMPT_MENU);
}
