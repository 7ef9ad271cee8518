/**
 * @file menu_settings.c  By phone: one's state, greeting, and note
 */
#include "menu_int.h"

#include <stdlib.h>

enum { GREETING_MAX_S = 60, GREETING_LEAST_MS = 500 };

/* ---- state ------------------------------------------------------------- */

void visit_state_digit(struct visit *v, char c)
{
	struct features *f = visit_features(v);
	const char digits[] = {c, '\0'};

	if (c == '*' || c == '#' || c == '0')
		visit_to_top(v, PROMPT_COUNT);
	else if (away_code(f, v->owner, digits) == PBX_CAUSE_NORMAL)
		visit_to_top(v, PROMPT_KEPT);
	else
		visit_go(v, IN_STATES, PROMPT_NOT_POSSIBLE, PROMPT_STATES);
}

/* ---- greetings --------------------------------------------------------- */

static void after_recording(struct visit *v, enum prompt p)
{
	if (!v->asked) {
		visit_to_top(v, p);
		return;
	}
	v->place = ENDS;
	visit_say(v, p, PROMPT_GOODBYE);
}

static void greeting_kept(int err, void *arg)
{
	struct visit *v = arg;

	/* said by phone, it is to be heard from now on */
	if (v->menus && !err && !v->asked && v->greeting != DB_NOTE)
		greeting_choose(visit_features(v), v->owner,
				greeting_state(visit_features(v), v->owner),
				v->greeting, NULL, NULL);
	if (visit_alive(v))
		after_recording(v, err ? PROMPT_NOT_POSSIBLE : PROMPT_KEPT);
	mem_deref(v);
}

static void recorded(const struct pbx_recorded *r, void *arg)
{
	struct visit *v = arg;
	bool good = !r->err && r->ms >= GREETING_LEAST_MS &&
		    r->voice_ms >= GREETING_LEAST_MS / 2;

	v->recording = false;
	if (v->menus && good)
		greeting_keep(visit_features(v), v->owner, v->greeting,
			      v->state, v->path, r->ms, greeting_kept,
			      mem_ref(v));
	else if (v->menus)
		db_voicemail_discard(visit_features(v)->db, v->path);
	if (!good && visit_alive(v))
		after_recording(v, PROMPT_NOT_POSSIBLE);
	mem_deref(v);
}

void visit_record(struct visit *v)
{
	struct pbx_record_prm prm = {.max_s = GREETING_MAX_S, .silence_s = 5};
	int err = ENOMEM;

	free(v->path);
	v->path = db_voicemail_temporary(visit_features(v)->db);
	prm.path = v->path;
	if (v->path)
		err = pbx_machine_record(v->m, &prm, recorded, v);
	if (err) {
		after_recording(v, PROMPT_NOT_POSSIBLE);
		return;
	}
	v->recording = true;
	mem_ref(v);
}

void visit_ask_recording(struct visit *v, unsigned number)
{
	struct media_clip *const clips[] = {
		v->spoke ? NULL : v->menus->pause,
		visit_clip(v, PROMPT_GREETING_SPEAK),
		v->menus->tone,
	};

	v->spoke = true;
	v->greeting = number;
	v->state = greeting_state(visit_features(v), v->owner);
	v->place = RECORDS;
	visit_play(v, clips, 3);
}

static void greeting_chosen(int err, void *arg)
{
	struct visit *v = arg;

	if (visit_alive(v))
		visit_to_top(v, err ? PROMPT_NOT_POSSIBLE : PROMPT_KEPT);
	mem_deref(v);
}

/* The one that he hears now is that of the state he is in. */
void visit_greeting_digit(struct visit *v, char c)
{
	struct features *f = visit_features(v);
	enum proto_presence state = greeting_state(f, v->owner);
	unsigned own = db_greeting_ms(f->db, v->owner, 1) ? 1 : 0;

	if (c == '1') {
		visit_ask_recording(v, 1);
	} else if (c == '2') {
		greeting_choose(f, v->owner, state, 0, greeting_chosen,
				mem_ref(v));
	} else if (c == '3' && own) {
		greeting_choose(f, v->owner, state, own, greeting_chosen,
				mem_ref(v));
	} else if (c == '3') {
		visit_go(v, IN_GREETINGS, PROMPT_NOT_POSSIBLE,
			 PROMPT_GREETINGS);
	} else if (c == '*') {
		visit_to_top(v, PROMPT_COUNT);
	}
}

/* ---- the note of one's state ------------------------------------------- */

static void note_came(int err, const char *wav, size_t len, void *arg)
{
	struct visit *v = arg;
	struct media_clip *clip = NULL;

	if (!visit_alive(v) || v->place != IN_NOTE) {
		mem_deref(v);
		return;
	}
	if (!err)
		err = media_wav_decode(&clip, (const uint8_t *)wav, len);
	if (err) {
		visit_go(v, IN_NOTE, PROMPT_NO_NOTE, PROMPT_NOTES);
	} else {
		struct media_clip *const clips[] = {
			clip,
			v->menus->pause,
			visit_clip(v, PROMPT_NOTES),
		};

		visit_play(v, clips, 3);
	}
	mem_deref(clip);
	mem_deref(v);
}

static void note_gone(int err, void *arg)
{
	struct visit *v = arg;

	if (visit_alive(v))
		visit_to_top(v, err ? PROMPT_NO_NOTE : PROMPT_KEPT);
	mem_deref(v);
}

void visit_note_digit(struct visit *v, char c)
{
	struct db *db = visit_features(v)->db;

	if (c == '1') {
		visit_ask_recording(v, DB_NOTE);
	} else if (c == '2') {
		(void)pbx_machine_play(v->m, NULL, 0);
		tmr_cancel(&v->tmr);
		db_greeting_sound(db, v->owner, DB_NOTE, note_came, mem_ref(v));
	} else if (c == '3') {
		v->place = CHECKS;
		db_greeting_remove(db, v->owner, DB_NOTE, note_gone,
				   mem_ref(v));
	} else if (c == '*') {
		visit_to_top(v, PROMPT_COUNT);
	}
}
