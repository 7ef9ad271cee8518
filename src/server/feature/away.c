/**
 * @file away.c  Where calls go because of one's state (SPEC T5.2.1, T5.2.2)
 *
 * In Smart each account has a destination for each state but Do Not Disturb,
 * its setting "away.STATE"; in Suite one for all absences, "away", which the
 * administrator sets. Without a setting that is the own box while absent,
 * where there is one. In Suite an account may also be reset to Office at its
 * return time ("back").
 */
#define LOG_MODULE "feature"
#include "feature_int.h"

#include <stdio.h>
#include <stdlib.h>

static const char prefix[] = "away";
static const char resets[] = "back";
static const char here[] = "here", box[] = "voicemail", mobile[] = "mobile";

/** A clock that is set is noticed by then. */
enum { LOOK_MS = 60000, NAME_SIZE = 32 };

struct away {
	struct notify_sub *sub;
	struct tmr tmr;
	struct features *f;
};

static bool is_state(enum proto_presence p)
{
	return p >= PROTO_OFFICE && p < PROTO_DO_NOT_DISTURB;
}

static const char *setting_of(char name[NAME_SIZE], enum proto_presence p)
{
	snprintf(name, NAME_SIZE, "%s.%s", prefix, proto_presence_key(p));
	return name;
}

/* ---- where they go ----------------------------------------------------- */

const char *feature_away(const struct features *f, const char *extension,
			 enum proto_presence state)
{
	char name[NAME_SIZE];
	const char *set;

	if (!f || !extension || !is_state(state))
		return here;
	if (f->suite && state == PROTO_OFFICE)
		return here;
	set = db_setting(f->db, extension,
			 f->suite ? prefix : setting_of(name, state));
	if (!text_empty(set))
		return set;
	return state != PROTO_OFFICE && feature_has_voicemail(f, extension)
		       ? box
		       : here;
}

const char *away_now(const struct features *f, const struct db_account *a)
{
	enum proto_presence state = a->presence.state;
	const char *to;

	/* CallMe says where they ring in Office. */
	if (!is_state(state) ||
	    (state == PROTO_OFFICE && *feature_call_me(f, a->extension)))
		return "";
	to = feature_away(f, a->extension, state);
	if (!strcmp(to, here))
		return "";
	/* What was chosen may have gone since. */
	if (!strcmp(to, box))
		return feature_has_voicemail(f, a->extension)
			       ? feature_voicemail(f)
			       : "";
	return strcmp(to, mobile) ? to : a->mobile;
}

void features_set_suite(struct features *f, bool suite)
{
	if (f)
		f->suite = suite;
}

bool feature_away_fixed(const struct features *f)
{
	return f && f->suite;
}

bool feature_is_away(const char *setting)
{
	size_t n = sizeof(prefix) - 1;

	return setting && !strncmp(setting, prefix, n) &&
	       (!setting[n] || setting[n] == '.');
}

static void answer(db_done_h *h, int err, void *arg)
{
	if (h)
		h(err, arg);
}

/* Why that is none of its destinations, or 0. @param plainp  Set to a number
   as it is kept, to free() */
static int check(struct features *f, const struct db_account *a, const char *to,
		 char **plainp)
{
	if (text_empty(to) || !strcmp(to, here))
		return 0;
	if (!strcmp(to, box))
		return feature_has_voicemail(f, a->extension) ? 0 : ENOTSUP;
	if (!strcmp(to, mobile))
		return *a->mobile ? route_check(f, a->extension, a->mobile)
				  : ENOTSUP;
	*plainp = proto_number_normalise(to);
	if (!*plainp)
		return EINVAL;
	if (box_find(f, *plainp))
		return feature_has_voicemail(f, a->extension) ? ENOTSUP : 0;
	return route_check(f, a->extension, *plainp);
}

void feature_set_away(struct features *f, const char *extension,
		      enum proto_presence state, const char *to, db_done_h *h,
		      void *arg)
{
	const struct db_account *a = f ? db_account(f->db, extension) : NULL;
	char name[NAME_SIZE], *plain = NULL;
	int err = 0;

	if (!a || a->trunk)
		err = ENOENT;
	else if (!is_state(state))
		err = EINVAL;
	else if (f->suite)
		err = EPERM;
	if (!err)
		err = check(f, a, to, &plain);
	if (err)
		answer(h, err, arg);
	else
		db_setting_set(f->db, extension, setting_of(name, state),
			       plain		? plain
			       : text_empty(to) ? NULL
						: to,
			       h, arg);
	free(plain);
}

/* ---- by a phone -------------------------------------------------------- */

/* "7", or "71330": until half past one, today or tomorrow. */
enum pbx_cause away_code(struct features *f, const char *extension,
			 const char *rest)
{
	const struct db_account *a = db_account(f->db, extension);
	enum proto_presence state;
	struct db_presence p;
	unsigned hour, minute;
	time_t now = (time_t)(time_wall_ms() / 1000);
	struct tm tm;

	if (!a || a->trunk || *rest < '1' || *rest > '9')
		return PBX_CAUSE_NOT_OBTAINABLE;
	state = (enum proto_presence)(*rest - '0');
	if (state == PROTO_DO_NOT_DISTURB && !feature_can_dnd(f, extension))
		return PBX_CAUSE_NOT_OBTAINABLE;
	p = a->presence;
	p.state = state;
	p.until_ms = 0;
	if (rest[1]) {
		if (strlen(rest) != 5 || strspn(rest, "0123456789") != 5 ||
		    sscanf(rest + 1, "%2u%2u", &hour, &minute) != 2 ||
		    hour > 23 || minute > 59 || state == PROTO_OFFICE ||
		    !localtime_r(&now, &tm))
			return PBX_CAUSE_NOT_OBTAINABLE;
		if (hour * 60 + minute <=
		    (unsigned)tm.tm_hour * 60 + (unsigned)tm.tm_min)
			tm.tm_mday++;
		tm.tm_hour = (int)hour;
		tm.tm_min = (int)minute;
		tm.tm_sec = 0;
		tm.tm_isdst = -1;
		p.until_ms = (int64_t)mktime(&tm) * 1000;
	}
	feature_set_presence(f, extension, &p, NULL, NULL);
	return PBX_CAUSE_NORMAL;
}

/* ---- back to Office by itself ------------------------------------------ */

static bool comes_back(const struct features *f, const struct db_account *a)
{
	return !a->trunk && a->presence.state > PROTO_OFFICE &&
	       a->presence.until_ms &&
	       text_equal(db_setting(f->db, a->extension, resets), "on");
}

static void look(void *arg)
{
	struct away *w = arg;
	struct features *f = w->f;
	int64_t now = time_wall_ms(), next = INT64_MAX;

	tmr_cancel(&w->tmr);
	for (size_t i = 0; f->suite && i < db_account_count(f->db); i++) {
		const struct db_account *a = db_account_at(f->db, i);
		struct db_presence p = a->presence;

		if (!comes_back(f, a))
			continue;
		if (p.until_ms > now) {
			if (p.until_ms < next)
				next = p.until_ms;
			continue;
		}
		/* The note was of the absence. */
		p.state = PROTO_OFFICE;
		p.until_ms = 0;
		p.note = "";
		feature_set_presence(f, a->extension, &p, NULL, NULL);
		/* should the disk refuse it, it is tried again */
		next = now + LOOK_MS;
	}
	if (next == INT64_MAX)
		return;
	next -= now;
	tmr_start(&w->tmr, next > LOOK_MS ? LOOK_MS : (uint64_t)next + 1, look,
		  w);
}

/* Not from within what tells it. */
static void changed(uint32_t kind, const void *subject, void *arg)
{
	struct away *w = arg;
	const struct db_setting *s = subject;

	if (!(kind & DB_CHANGE_SETTING) || text_equal(s->name, resets))
		tmr_start(&w->tmr, 0, look, w);
}

static void destructor(void *arg)
{
	struct away *w = arg;

	tmr_cancel(&w->tmr);
	mem_deref(w->sub);
}

static int begin(struct features *f)
{
	struct away *w = mem_zalloc(sizeof(*w), destructor);
	int err;

	if (!w)
		return ENOMEM;
	f->away = w;
	w->f = f;
	tmr_init(&w->tmr);
	err = notify_subscribe(&w->sub, db_notify(f->db),
			       DB_CHANGE_PRESENCE | DB_CHANGE_ACCOUNT |
				       DB_CHANGE_SETTING,
			       changed, w);
	if (!err)
		tmr_start(&w->tmr, 0, look, w);
	return err;
}

static void end(struct features *f)
{
	f->away = mem_deref(f->away);
}

const struct feature feature_away_states = {
	.name = "away",
	.begin = begin,
	.end = end,
};
