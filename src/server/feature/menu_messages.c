/**
 * @file menu_messages.c  One's messages by phone
 */
#include "menu_int.h"

#include <stdlib.h>

enum { MESSAGES_MAX = 500 };

static void say_message(struct visit *v)
{
	struct media_clip *const clips[] = {
		visit_clip(v, v->fresh[v->at] ? PROMPT_NEW_MESSAGE
					      : PROMPT_OLD_MESSAGE),
		v->clip,
		v->menus->pause,
		visit_clip(v, PROMPT_MESSAGE_KEYS),
	};

	v->place = IN_MESSAGES;
	visit_play(v, clips, 4);
}

static void message_came(int err, const char *wav, size_t len, void *arg)
{
	struct visit *v = arg;

	if (!visit_alive(v) || v->place != IN_MESSAGES) {
		mem_deref(v);
		return;
	}
	v->clip = mem_deref(v->clip);
	if (!err)
		err = media_wav_decode(&v->clip, (const uint8_t *)wav, len);
	/* it may have gone meanwhile: its number is said, and no more */
	if (!err)
		db_voicemail_heard(visit_features(v)->db, v->owner,
				   &v->ids[v->at], 1, NULL, NULL);
	say_message(v);
	mem_deref(v);
}

static void fetch_message(struct visit *v)
{
	if (v->at >= v->count) {
		visit_to_top(v, PROMPT_NO_MESSAGES);
		return;
	}
	v->place = IN_MESSAGES;
	visit_clear_typed(v);
	tmr_cancel(&v->tmr);
	(void)pbx_machine_play(v->m, NULL, 0);
	db_voicemail_sound(visit_features(v)->db, v->owner, v->ids[v->at],
			   message_came, mem_ref(v));
}

/* New ones first, the oldest of each first. */
static int take_list(struct visit *v, const struct db_voicemail *m,
		     size_t count)
{
	free(v->ids);
	free(v->fresh);
	v->count = v->at = 0;
	v->ids = calloc(count + 1, sizeof(*v->ids));
	v->fresh = calloc(count + 1, sizeof(*v->fresh));
	if (!v->ids || !v->fresh)
		return ENOMEM;
	for (int old = 0; old < 2; old++)
		for (size_t i = count; i-- > 0;) {
			if ((m[i].heard_ms != 0) != (old == 1))
				continue;
			v->fresh[v->count] = !old;
			v->ids[v->count++] = m[i].id;
		}
	return 0;
}

static void listed(int err, const struct db_voicemail *m, size_t count,
		   bool more, void *arg)
{
	struct visit *v = arg;

	(void)more;
	if (visit_alive(v)) {
		if (!err)
			err = take_list(v, m, count);
		if (err)
			visit_to_top(v, PROMPT_COUNT);
		else
			fetch_message(v);
	}
	mem_deref(v);
}

void visit_message_digit(struct visit *v, char c)
{
	switch (c) {
	case '1':
		if (v->clip)
			say_message(v);
		break;
	case '2':
		v->at++;
		fetch_message(v);
		break;
	case '3':
		db_voicemail_remove(visit_features(v)->db, v->owner,
				    &v->ids[v->at], 1, NULL, NULL);
		v->at++;
		fetch_message(v);
		break;
	case '*':
		visit_to_top(v, PROMPT_COUNT);
		break;
	default:
		break;
	}
}

void visit_messages(struct visit *v)
{
	v->place = CHECKS;
	db_voicemail_read(visit_features(v)->db, v->owner, 0, MESSAGES_MAX,
			  listed, mem_ref(v));
}
