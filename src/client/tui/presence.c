/**
 * @file presence.c  How I am: the state, until when, where calls go, a note
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "presence_int.h"

static const uint8_t columns[] = {COL_NAME, COL_TEXT, COL_END};

/* ---- what there is ----------------------------------------------------- */

static bool offered(const struct tui_view *v, enum proto_presence p)
{
	return p != PROTO_DO_NOT_DISTURB ||
	       uc_account(screen_uc(v->screen))->can & UC_CAN_DND;
}

static size_t source_count(const struct tui_view *v)
{
	/* Do Not Disturb is the last. */
	return offered(v, PROTO_DO_NOT_DISTURB) ? STATES : STATES - 1;
}

static void source_row(const struct tui_view *v, size_t i, struct row *row)
{
	const struct uc_contact *me = uc_me(screen_uc(v->screen));
	enum proto_presence p = (enum proto_presence)(i + 1);
	struct uc_presence shown = {.state = p};

	row->kind = ROW_STATE;
	row->index = i;
	row->key = proto_presence_key(p);
	row->text = _(proto_presence_name(p));
	row->style = presence_style(&shown);
	if (me && me->presence.state == p)
		row->label = _("now");
}

static const struct list_source source = {source_count, source_row};

enum proto_presence presence_chosen(const struct presence *p)
{
	return (enum proto_presence)(p->v.list.selected + 1);
}

bool presence_has(const struct presence *p, enum part part)
{
	const struct uc *uc = screen_uc(p->v.screen);
	enum proto_presence state = presence_chosen(p);

	switch (part) {
	case PART_UNTIL:
		return state != PROTO_OFFICE;
	case PART_TO:
		return state != PROTO_DO_NOT_DISTURB && uc_away_known(uc);
	case PART_SEEN:
		return uc_account(uc)->can & UC_CAN_VISIBILITY &&
		       uc_account(uc)->visibility != UC_VISIBLE_UNKNOWN;
	case PART_CALL_ME:
		return !text_empty(uc_account(uc)->device);
	default:
		return true;
	}
}

bool presence_can(const struct presence *p, enum part part)
{
	return presence_has(p, part) &&
	       (part != PART_TO ||
		!uc_account(screen_uc(p->v.screen))->away_fixed);
}

const char *presence_to(const struct presence *p, enum proto_presence state)
{
	return p->to[state] ? p->to[state]
			    : uc_account(screen_uc(p->v.screen))->away[state];
}

enum uc_visibility presence_seen(const struct presence *p)
{
	return p->seen != UC_VISIBLE_UNKNOWN
		       ? p->seen
		       : uc_account(screen_uc(p->v.screen))->visibility;
}

/* ---- what is not touched follows the model ----------------------------- */

/* As it can be typed. */
static void put_time(struct field *f, int64_t ms)
{
	int64_t now = time_wall_ms();
	time_t t = (time_t)(ms / 1000);
	char text[32] = "";
	struct tm tm;

	if (ms > now && localtime_r(&t, &tm))
		strftime(text, sizeof(text),
			 words_day_number(ms) == words_day_number(now)
				 ? "%H:%M"
				 : "%Y-%m-%d %H:%M",
			 &tm);
	(void)field_set(f, text);
}

static void follow(struct presence *p)
{
	const struct uc *uc = screen_uc(p->v.screen);
	const struct uc_contact *me = uc_me(uc);
	const struct uc_presence *is = me ? &me->presence : NULL;

	if (is && !p->moved && is->state != PROTO_PRESENCE_UNKNOWN)
		rows_select(&p->v.list, (size_t)is->state - 1);
	if (!p->until_touched)
		put_time(&p->until, is && is->state == presence_chosen(p)
					    ? is->until_ms
					    : 0);
	if (!p->note_touched)
		(void)field_set(&p->note, is ? is->note : "");
	if (!p->call_me_touched)
		(void)field_set(&p->call_me, uc_account(uc)->call_me);
	if (!presence_can(p, p->part))
		p->part = PART_STATES;
}

static void recalc(struct tui_view *v)
{
	rows_sync(&v->list);
	follow((struct presence *)v);
}

/* Whoever goes on has answered. */
static void unask(struct presence *p)
{
	if (p->asked)
		screen_message(p->v.screen, MESSAGE_INFO, NULL);
	p->asked = false;
}

/* ---- moving ------------------------------------------------------------ */

static void go(struct presence *p, int way)
{
	p->calendar.open = false;
	do {
		p->part = (p->part + PART_COUNT + (unsigned)way) % PART_COUNT;
	} while (!presence_can(p, p->part));
	view_dirty(&p->v);
}

static void go_state(struct presence *p, enum act a)
{
	p->moved = true;
	view_list_act(&p->v, a);
	(void)field_set(&p->number, "");
	follow(p);
}

/* ---- destinations ------------------------------------------------------ */

static void typed_to(struct presence *p)
{
	enum proto_presence state = presence_chosen(p);

	free(p->to[state]);
	p->to[state] =
		text_empty(p->number.text) ? NULL : text_dup(p->number.text);
}

/* ---- carried out ------------------------------------------------------- */

/* What is not said stays out of the command. */
static int set_state(struct presence *p)
{
	const char *argv[4] = {"presence",
			       proto_presence_key(presence_chosen(p))};
	const char *until = presence_has(p, PART_UNTIL) && p->until.text
				    ? p->until.text
				    : "";
	const char *note = p->note.text ? p->note.text : "";
	size_t argc = 2;
	int err;

	if (*until || *note)
		argv[argc++] = *until ? until : "-";
	if (*note)
		argv[argc++] = note;
	err = keys_run(p->v.screen, argv, argc, APP_FROM_KEY);
	if (err && *until)
		p->part = PART_UNTIL;
	return err;
}

static void set(struct presence *p)
{
	struct app *a = screen_app(p->v.screen);
	/* What is no part of going away is kept for itself. */
	bool only = p->part == PART_TO || p->part == PART_SEEN ||
		    p->part == PART_CALL_ME;
	int err;

	mem_ref(p);
	app_undo_group(a, true);
	err = presence_keep(p);
	if (!err && !only)
		err = set_state(p);
	app_undo_group(a, false);
	if (!err && only)
		p->part = PART_STATES;
	else if (!err)
		screen_overlay_pop(p->v.screen, &p->v);
	view_dirty(&p->v);
	mem_deref(p);
}

/* ---- left -------------------------------------------------------------- */

static bool until_changed(const struct presence *p)
{
	const struct uc_contact *me = uc_me(screen_uc(p->v.screen));

	return p->until_touched &&
	       (!text_empty(p->until.text) ||
		(me && me->presence.state == presence_chosen(p) &&
		 me->presence.until_ms > time_wall_ms()));
}

/* What Enter on a state sets with it. */
static bool going_changed(const struct presence *p)
{
	const struct uc_contact *me = uc_me(screen_uc(p->v.screen));

	return until_changed(p) ||
	       (p->note_touched &&
		!text_equal(p->note.text, me ? me->presence.note : ""));
}

/* Of what is kept for itself the part that is changed; PART_COUNT: none. */
static enum part kept_changed(const struct presence *p)
{
	const struct uc_account *a = uc_account(screen_uc(p->v.screen));

	for (int i = 0; i < PROTO_PRESENCE_COUNT; i++)
		if (p->to[i] && !text_equal(p->to[i], a->away[i]))
			return PART_TO;
	if (presence_seen(p) != a->visibility)
		return PART_SEEN;
	return p->call_me_touched && !text_equal(p->call_me.text, a->call_me)
		       ? PART_CALL_ME
		       : PART_COUNT;
}

/* What was typed is not lost without a word: Enter does what is left to do.
 * @return true: one stays */
static bool leave(struct presence *p)
{
	bool going = going_changed(p);
	enum part kept = kept_changed(p);

	if (p->asked || (!going && kept == PART_COUNT)) {
		unask(p);
		return false;
	}
	p->asked = true;
	if (!going)
		p->part = kept;
	else if (p->part == PART_TO || p->part == PART_SEEN ||
		 p->part == PART_CALL_ME)
		p->part = PART_STATES;
	view_dirty(&p->v);
	screen_message(p->v.screen, MESSAGE_WARNING,
		       going ? _("Not yet set: Enter sets it, Esc throws it "
				 "away.")
			     : _("Not yet kept: Enter keeps it, Esc throws it "
				 "away."));
	return true;
}

/* ---- the calendar ------------------------------------------------------ */

static void open_calendar(struct presence *p)
{
	int64_t now = time_wall_ms();
	int64_t at = app_time_read(p->until.text, now, NULL);

	calendar_open(&p->calendar, at > now ? at : now);
}

/* The day of the calendar, with the time that was there; else in the morning,
   or today in an hour. */
static void pick(struct presence *p)
{
	int64_t now = time_wall_ms();
	int64_t was = app_time_read(p->until.text, now, NULL);
	time_t t = (time_t)((was > now ? was : now) / 1000);
	const struct calendar *c = &p->calendar;
	char text[64];
	struct tm tm;
	int hour = 8, minute = 0;

	localtime_r(&t, &tm);
	if (was > now) {
		hour = tm.tm_hour;
		minute = tm.tm_min;
	} else if (tm.tm_year + 1900 == c->year && tm.tm_mon + 1 == c->month &&
		   tm.tm_mday == c->day && tm.tm_hour >= 8) {
		hour = tm.tm_hour < 23 ? tm.tm_hour + 1 : 23;
		minute = tm.tm_hour < 23 ? 0 : 59;
	}
	snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d", c->year,
		 c->month, c->day, hour, minute);
	(void)field_set(&p->until, text);
	p->until_touched = true;
	p->calendar.open = false;
	view_dirty(&p->v);
}

/* ---- keys -------------------------------------------------------------- */

static bool act(struct tui_view *v, enum act a)
{
	struct presence *p = (struct presence *)v;

	if (p->calendar.open && (a == ACT_ENTER || a == ACT_BACK)) {
		if (a == ACT_ENTER)
			pick(p);
		p->calendar.open = false;
		view_dirty(v);
		return true;
	}
	if (a == ACT_BACK)
		return leave(p);
	unask(p);
	switch (a) {
	case ACT_ENTER:
		set(p);
		return true;
	case ACT_NEXT:
		go(p, 1);
		return true;
	case ACT_UP:
	case ACT_DOWN:
		if (p->part == PART_STATES &&
		    (a == ACT_UP ||
		     v->list.selected + 1 < rows_count(&v->list)))
			go_state(p, a);
		else
			go(p, a == ACT_UP ? -1 : 1);
		return true;
	case ACT_PAGE_UP:
	case ACT_PAGE_DOWN:
	case ACT_FIRST:
	case ACT_LAST:
		if (p->part == PART_STATES)
			go_state(p, a);
		return true;
	default:
		return p->part != PART_STATES;
	}
}

static struct field *field_of(struct presence *p)
{
	return p->part == PART_UNTIL	 ? &p->until
	       : p->part == PART_NOTE	 ? &p->note
	       : p->part == PART_CALL_ME ? &p->call_me
	       : p->part == PART_TO	 ? &p->number
					 : NULL;
}

static void touched(struct presence *p)
{
	unask(p);
	if (p->part == PART_UNTIL)
		p->until_touched = p->moved = true;
	else if (p->part == PART_NOTE)
		p->note_touched = true;
	else if (p->part == PART_CALL_ME)
		p->call_me_touched = true;
	else if (p->part == PART_TO)
		typed_to(p);
	view_dirty(&p->v);
}

/* Left and right choose, where no number is being typed. */
static bool choose(struct presence *p, const char *k)
{
	int way = text_equal(k, "Left")				     ? -1
		  : text_equal(k, "Right") || text_equal(k, "Space") ? 1
								     : 0;

	if (!way || (p->part != PART_SEEN &&
		     (p->part != PART_TO || !text_empty(p->number.text))))
		return false;
	p->moved = true;
	unask(p);
	if (p->part == PART_TO)
		presence_choose_to(p, way);
	else
		presence_choose_seen(p, way);
	view_dirty(&p->v);
	return true;
}

static bool is_number_key(const char *k)
{
	return k[0] && !k[1] && strchr("0123456789+*#()-/", k[0]);
}

static bool key(struct tui_view *v, const char *k)
{
	struct presence *p = (struct presence *)v;
	struct field *f;

	if (p->calendar.open && calendar_key(&p->calendar, k)) {
		view_dirty(v);
		return true;
	}
	if (text_equal(k, "S-Tab")) {
		go(p, -1);
		return true;
	}
	if (choose(p, k))
		return true;
	if (p->part == PART_UNTIL && text_equal(k, "Down") &&
	    !p->calendar.open) {
		open_calendar(p);
		view_dirty(v);
		return true;
	}
	/* A time typed on a state is meant for it. */
	if (p->part == PART_STATES && presence_has(p, PART_UNTIL) && k[0] &&
	    !k[1] && strchr("0123456789+", k[0])) {
		p->part = PART_UNTIL;
		if (!p->until_touched)
			(void)field_set(&p->until, "");
	}
	f = field_of(p);
	if (p->part == PART_TO && key_is_text(k) && !is_number_key(k) &&
	    text_empty(p->number.text))
		return true;
	if (!f || !field_key(f, k))
		return false;
	p->calendar.open = false;
	touched(p);
	return true;
}

static void paste(struct tui_view *v, const char *text)
{
	struct presence *p = (struct presence *)v;
	struct field *f = field_of(p);

	if (f) {
		field_insert(f, text);
		touched(p);
	}
}

static bool typing(const struct tui_view *v)
{
	return ((const struct presence *)v)->part != PART_STATES;
}

/* ---- the mouse --------------------------------------------------------- */

static bool within(const struct rect *r, unsigned row, unsigned column)
{
	return r->rows && row >= r->row && row < r->row + r->rows &&
	       column >= r->column && column < r->column + r->columns;
}

/* One click goes there, one more does what can be done by one. */
static bool click_part(struct presence *p, unsigned row, unsigned column)
{
	for (int i = PART_UNTIL; i < PART_COUNT; i++) {
		if (!within(&p->at[i], row, column) ||
		    !presence_can(p, (enum part)i))
			continue;
		if (p->part == (enum part)i && i == PART_UNTIL)
			open_calendar(p);
		else if (p->part == (enum part)i)
			(void)choose(p, "Right");
		p->part = (enum part)i;
		return true;
	}
	return false;
}

static void click(struct tui_view *v, unsigned row, unsigned column)
{
	struct presence *p = (struct presence *)v;

	if (p->calendar.open && within(&p->calendar.at, row, column)) {
		if (calendar_click(&p->calendar, row, column))
			pick(p);
		view_dirty(v);
		return;
	}
	p->calendar.open = false;
	if (!click_part(p, row, column) && within(&p->states, row, column)) {
		bool again = p->part == PART_STATES;

		p->part = PART_STATES;
		p->moved = true;
		if (!again)
			rows_select(&v->list,
				    v->list.top + row - p->states.row);
		else
			view_list_click(v, row - p->states.row);
		return;
	}
	view_dirty(v);
}

const struct view_class presence_class = {
	.name = "presence",
	.title = N_("Presence"),
	.changes = UC_CHANGE_CONTACT | UC_CHANGE_ACCOUNT,
	.recalc = recalc,
	.draw = presence_draw,
	.act = act,
	.key = key,
	.paste = paste,
	.typing = typing,
	.click = click,
	.explain = presence_explain,
	.word = presence_word,
	.size = presence_size,
};

static void destroy(void *arg)
{
	struct presence *p = arg;

	rows_close(&p->v.list);
	field_close(&p->until);
	field_close(&p->note);
	field_close(&p->call_me);
	field_close(&p->number);
	for (int i = 0; i < PROTO_PRESENCE_COUNT; i++)
		free(p->to[i]);
}

int presence_alloc(struct tui_view **vp, struct tui_screen *s)
{
	struct presence *p;
	int err = view_alloc(vp, sizeof(*p), &presence_class, s, destroy);

	if (err)
		return err;
	p = (struct presence *)*vp;
	rows_init(&p->v.list, &p->v, &source, columns);
	p->v.has_list = true;
	err = field_set(&p->until, "");
	if (!err)
		err = field_set(&p->note, "");
	if (!err)
		err = field_set(&p->call_me, "");
	if (!err)
		err = field_set(&p->number, "");
	if (err) {
		*vp = mem_deref(p);
		return err;
	}
	rows_sync(&p->v.list);
	follow(p);
	return 0;
}
