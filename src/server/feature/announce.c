/**
 * @file announce.c  What a caller hears of an absence (SPEC, Presence)
 *
 * A date and a time are said in pieces: "on Thursday, the twenty-fourth of
 * December, at two thirty p.m.". Their order is the same in the languages that
 * are spoken; where a day has two halves (English), the half is said last.
 */
#include "feature_int.h"

#include <time.h>

enum {
	/** Behind it a day of the year might be taken for this year's. */
	YEAR_AFTER_DAYS = 300,
	DAY_S = 24 * 3600,
};

static const char *const halved[] = {"en", NULL};

struct saying {
	enum prompt *piece;
	size_t n;
};

static void say(struct saying *s, unsigned piece)
{
	if (s->n < ANNOUNCE_MAX)
		s->piece[s->n++] = (enum prompt)piece;
}

static bool has_halves(const char *language)
{
	for (size_t i = 0; halved[i]; i++)
		if (text_equal(halved[i], language))
			return true;
	return false;
}

/* Days between two dates, whatever the clocks have done meanwhile. */
static long days_between(const struct tm *from, const struct tm *to)
{
	struct tm a = {.tm_year = from->tm_year,
		       .tm_mon = from->tm_mon,
		       .tm_mday = from->tm_mday,
		       .tm_hour = 12};
	struct tm b = {.tm_year = to->tm_year,
		       .tm_mon = to->tm_mon,
		       .tm_mday = to->tm_mday,
		       .tm_hour = 12};

	return (long)((timegm(&b) - timegm(&a)) / DAY_S);
}

static void say_date(struct saying *s, const struct tm *then, long days)
{
	if (days == 0) {
		say(s, PROMPT_TODAY);
		return;
	}
	if (days == 1) {
		say(s, PROMPT_TOMORROW);
		return;
	}
	say(s, PROMPT_WEEKDAY + (unsigned)then->tm_wday);
	say(s, PROMPT_DAY + (unsigned)then->tm_mday);
	say(s, PROMPT_MONTH + (unsigned)then->tm_mon + 1);
	if (days > YEAR_AFTER_DAYS)
		say(s, PROMPT_YEAR + (unsigned)(then->tm_year + 1900 -
						PROMPT_YEAR_FIRST));
}

static void say_time(struct saying *s, const struct tm *then,
		     const char *language)
{
	say(s, PROMPT_HOUR + (unsigned)then->tm_hour);
	if (then->tm_min)
		say(s, PROMPT_MINUTE + (unsigned)then->tm_min);
	if (has_halves(language))
		say(s, then->tm_hour < 12 ? PROMPT_AM : PROMPT_PM);
}

/* A date with a year that has no word is not said at all. */
static void say_until(struct saying *s, const char *language, int64_t until_ms,
		      int64_t now_ms)
{
	time_t t = (time_t)(until_ms / 1000), n = (time_t)(now_ms / 1000);
	struct tm then, now;
	long days;

	if (until_ms <= now_ms || !localtime_r(&t, &then) ||
	    !localtime_r(&n, &now))
		return;
	days = days_between(&now, &then);
	if (days > YEAR_AFTER_DAYS &&
	    (then.tm_year + 1900 < PROMPT_YEAR_FIRST ||
	     then.tm_year + 1900 >= PROMPT_YEAR_FIRST + PROMPT_YEARS))
		return;
	say(s, PROMPT_BACK);
	say_date(s, &then, days);
	say_time(s, &then, language);
}

size_t announce(enum prompt piece[ANNOUNCE_MAX], const char *language,
		const struct db_presence *p, int64_t now_ms)
{
	struct saying s = {piece, 0};

	if (p->state <= PROTO_OFFICE || p->state >= PROTO_PRESENCE_COUNT)
		return 0;
	say(&s, PROMPT_STATE + (unsigned)p->state);
	say_until(&s, language, p->until_ms, now_ms);
	return s.n;
}

bool announce_allowed(const struct db_account *a, bool outside)
{
	return a->presence.visibility == DB_VISIBLE_ALL ||
	       (a->presence.visibility == DB_VISIBLE_INSIDE && !outside);
}
