/**
 * @file menu.c  One's own box by phone: the menu, and how a call comes to it
 *
 * Who calls the boxes' number from his phone is asked for his PIN and then
 * what he wants, by spoken prompts and keys: see the table of places. Two more
 * are at home here that a program asks for: a phone that rings and plays one
 * message, and one that rings and records a greeting or a note.
 */
#define LOG_MODULE "feature"
#include "menu_int.h"

#include <stdlib.h>

enum {
	RATE = 16000,
	PAUSE_MS = 500,
	WAIT_MS = 8000, /**< so long a key is waited for, … */
	WAITS = 3,	/**< … so often it is asked again */
};

static const char prefix[] = "menu ";

static void visit_destructor(void *arg)
{
	struct visit *v = arg;

	tmr_cancel(&v->tmr);
	list_unlink(&v->le);
	mem_deref(v->m);
	mem_deref(v->clip);
	explicit_bzero(v->typed, sizeof(v->typed));
	explicit_bzero(v->pin, sizeof(v->pin));
	free(v->owner);
	free(v->path);
	free(v->ids);
	free(v->fresh);
}

/* ---- keys, pauses ------------------------------------------------------ */

static void top_digit(struct visit *v, char c)
{
	switch (c) {
	case '1':
		visit_messages(v);
		break;
	case '2':
		visit_go(v, IN_STATES, PROMPT_STATES, PROMPT_COUNT);
		break;
	case '3':
		visit_go(v, IN_GREETINGS, PROMPT_GREETINGS, PROMPT_COUNT);
		break;
	case '4':
		visit_go(v, ASKS_NEW, PROMPT_PIN_NEW, PROMPT_COUNT);
		break;
	case '5':
		visit_go(v, IN_NOTE, PROMPT_NOTES, PROMPT_COUNT);
		break;
	case '#':
		visit_goodbye(v);
		break;
	default:
		break;
	}
}

static void plays_digit(struct visit *v, char c)
{
	struct media_clip *const clips[] = {v->clip, v->menus->pause};

	if (c == '1')
		visit_play(v, clips, 2);
	else if (c == '#')
		visit_goodbye(v);
}

static void records_digit(struct visit *v, char c)
{
	if (c != '#' || pbx_machine_record_stop(v->m))
		return;
	(void)pbx_machine_play(v->m, NULL, 0);
	visit_record(v);
}

static void typed_digit(struct visit *v, char c)
{
	/* who types has heard enough */
	(void)pbx_machine_play(v->m, NULL, 0);
	visit_pin_digit(v, c);
}

/* The menu: what is asked where, and whose keys are meant there. */
static const struct {
	enum prompt asks;
	void (*digit)(struct visit *v, char c);
} places[PLACES] = {
	[ASKS_PIN] = {PROMPT_PIN, typed_digit},
	[CHECKS] = {PROMPT_COUNT, NULL},
	[ASKS_NEW] = {PROMPT_PIN_NEW, typed_digit},
	[ASKS_AGAIN] = {PROMPT_PIN_AGAIN, typed_digit},
	[AT_TOP] = {PROMPT_MENU, top_digit},
	[IN_MESSAGES] = {PROMPT_MESSAGE_KEYS, visit_message_digit},
	[IN_STATES] = {PROMPT_STATES, visit_state_digit},
	[IN_GREETINGS] = {PROMPT_GREETINGS, visit_greeting_digit},
	[IN_NOTE] = {PROMPT_NOTES, visit_note_digit},
	[RECORDS] = {PROMPT_COUNT, records_digit},
	[PLAYS] = {PROMPT_COUNT, plays_digit},
	[ENDS] = {PROMPT_COUNT, NULL},
};

static void digit(struct visit *v, char c)
{
	v->waits = 0;
	if (places[v->place].digit)
		places[v->place].digit(v, c);
}

static void waited(void *arg)
{
	struct visit *v = arg;
	enum prompt p = places[v->place].asks;

	if (!visit_alive(v))
		return;
	if (++v->waits >= WAITS || p == PROMPT_COUNT)
		visit_goodbye(v);
	else
		visit_say_one(v, p);
}

static void played(struct visit *v)
{
	switch (v->place) {
	case RECORDS:
		visit_record(v);
		break;
	case PLAYS:
		visit_goodbye(v);
		break;
	case ENDS:
		pbx_machine_hang_up(v->m);
		break;
	default:
		tmr_start(&v->tmr, WAIT_MS, waited, v);
		break;
	}
}

/* ---- how a call comes here --------------------------------------------- */

int menu_route(const struct features *f, const struct pbx_caller *caller,
	       struct pbx_route *r)
{
	const char *owner =
		caller->outside ? NULL : feature_line(f, caller->number);

	if (!owner || !feature_has_voicemail(f, owner))
		return ENOENT;
	pbx_route_reset(r);
	r->machine = text_printf("%s%s", prefix, owner);
	if (!r->machine || text_set(&r->device, feature_voicemail(f)) ||
	    text_set(&r->name, db_account(f->db, owner)->name))
		return ENOMEM;
	return 0;
}

bool menu_is(const struct pbx_machine *m)
{
	return !strncmp(pbx_machine_name(m), prefix, sizeof(prefix) - 1);
}

static void begin_asked(struct visit *v, struct asked *k)
{
	struct media_clip *const clips[] = {v->menus->pause, k->clip,
					    v->menus->pause};

	v->asked = true;
	if (k->records) {
		visit_ask_recording(v, k->greeting);
		mem_deref(k);
		return;
	}
	v->place = PLAYS;
	v->clip = mem_ref(k->clip);
	db_voicemail_heard(visit_features(v)->db, v->owner, &k->message, 1,
			   NULL, NULL);
	visit_play(v, clips, 3);
	mem_deref(k);
}

static void take_digits(struct visit *v)
{
	char c;

	while (v->m && (c = pbx_machine_digit(v->m)))
		digit(v, c);
}

/* What is to be said can be; what was pressed before waits until now. */
static void speaks(int err, void *arg)
{
	struct visit *v = arg;
	struct asked *k;

	if (err || !visit_alive(v)) {
		mem_deref(v);
		return;
	}
	v->speaks = true;
	k = asked_of(visit_features(v), v->owner);
	if (k)
		begin_asked(v, k);
	else if (menu_pin_rests(visit_features(v), v->owner))
		visit_goodbye(v);
	else
		visit_go(v, ASKS_PIN, PROMPT_PIN, PROMPT_COUNT);
	take_digits(v);
	mem_deref(v);
}

static void begun(struct features *f, struct pbx_machine *m)
{
	struct visit *v = mem_zalloc(sizeof(*v), visit_destructor);

	if (v)
		v->owner = text_dup(pbx_machine_name(m) + sizeof(prefix) - 1);
	if (!v || !v->owner) {
		mem_deref(v);
		pbx_machine_hang_up(m);
		return;
	}
	tmr_init(&v->tmr);
	v->menus = f->menus;
	v->m = mem_ref(m);
	list_append(&f->menus->visits, &v->le, v);
	pbx_machine_set_data(m, v);
	v->place = CHECKS;
	voicemail_speak(f, v->owner, &v->language, speaks, mem_ref(v));
}

/* What it has begun, a recording perhaps, holds it until that ends; so long it
   stays in the list, to be told when the menus go. */
static void over(struct visit *v)
{
	tmr_cancel(&v->tmr);
	v->m = mem_deref(v->m);
	mem_deref(v);
}

void menu_event(struct features *f, struct pbx_machine *m,
		enum pbx_machine_event ev)
{
	struct visit *v = pbx_machine_data(m);

	if (ev == PBX_MACHINE_BEGUN) {
		begun(f, m);
		return;
	}
	if (!v || !v->menus)
		return;
	if (ev == PBX_MACHINE_OVER) {
		over(v);
		return;
	}
	mem_ref(v);
	if (ev == PBX_MACHINE_PLAYED)
		played(v);
	if (ev == PBX_MACHINE_DIGIT && v->speaks)
		take_digits(v);
	mem_deref(v);
}

/* ---- beginning and end ------------------------------------------------- */

static void destructor(void *arg)
{
	struct menus *ms = arg;
	struct le *le;

	while ((le = ms->visits.head)) {
		struct visit *v = le->data;

		list_unlink(&v->le);
		v->menus = NULL;
		if (!v->m)
			continue;
		pbx_machine_set_data(v->m, NULL);
		over(v);
	}
	asked_close(ms);
	guards_close(ms);
	mem_deref(ms->pause);
	mem_deref(ms->tone);
	mem_deref(ms->end);
}

static int begin(struct features *f)
{
	struct menus *ms = mem_zalloc(sizeof(*ms), destructor);
	int err;

	if (!ms)
		return ENOMEM;
	f->menus = ms;
	ms->f = f;
	err = media_clip_alloc(&ms->pause, RATE, NULL,
			       (size_t)PAUSE_MS * RATE / 1000);
	if (!err)
		err = voicemail_tone(&ms->tone, 1400, 400, 1);
	if (!err)
		err = voicemail_tone(&ms->end, 425, 240, 3);
	return err;
}

static void end(struct features *f)
{
	f->menus = mem_deref(f->menus);
}

const struct feature feature_menu = {
	.name = "menu",
	.event = asked_event,
	.begin = begin,
	.end = end,
};
