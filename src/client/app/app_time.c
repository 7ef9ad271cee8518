/**
 * @file app_time.c  Times as a person types and reads them
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include "app_int.h"

/** A text being read. */
struct cursor {
	const char *s;
};

static void blanks(struct cursor *c)
{
	while (*c->s == ' ' || *c->s == '\t')
		c->s++;
}

/** A number of at most digits digits. */
static bool number(struct cursor *c, int digits, int *np)
{
	int n = 0, i;

	for (i = 0; i < digits && *c->s >= '0' && *c->s <= '9'; i++)
		n = n * 10 + (*c->s++ - '0');
	if (!i || (*c->s >= '0' && *c->s <= '9'))
		return false;
	*np = n;
	return true;
}

static bool literal(struct cursor *c, char ch)
{
	if (*c->s != ch)
		return false;
	c->s++;
	return true;
}

/** `14:30`, `9`, `9h`, `9am`, `2:30pm`. */
static bool clock_read(struct cursor *c, struct tm *tm)
{
	int h, m = 0;

	if (!number(c, 2, &h))
		return false;
	if (literal(c, ':')) {
		if (!number(c, 2, &m))
			return false;
	}
	if ((c->s[0] == 'a' || c->s[0] == 'p') && c->s[1] == 'm') {
		if (h < 1 || h > 12)
			return false;
		h = h % 12 + (c->s[0] == 'p' ? 12 : 0);
		c->s += 2;
	} else if (*c->s == 'h') {
		c->s++;
	}
	if (h > 23 || m > 59 || (*c->s && *c->s != ' ' && *c->s != '\t'))
		return false;
	tm->tm_hour = h;
	tm->tm_min = m;
	tm->tm_sec = 0;
	return true;
}

/** `2026-12-24`, `24.12.2026`, `24.12.`, `12/24/2026`. */
static bool date_read(struct cursor *c, struct tm *tm, bool *yearp)
{
	int x, y, z;
	char sep;

	*yearp = true;
	if (!number(c, 4, &x))
		return false;
	sep = *c->s;
	if (sep != '-' && sep != '.' && sep != '/')
		return false;
	c->s++;
	if (!number(c, 2, &y))
		return false;
	if (sep == '.' && literal(c, '.')) {
		if (!number(c, 4, &z)) {
			*yearp = false;
			z = tm->tm_year + 1900;
		}
	} else if (sep != '.' && literal(c, sep)) {
		if (!number(c, 4, &z))
			return false;
	} else {
		return false;
	}
	if (*c->s && *c->s != ' ' && *c->s != '\t' && *c->s != 'T')
		return false;
	tm->tm_year = (sep == '-' ? x : z) - 1900;
	tm->tm_mon = (sep == '/' ? x : y) - 1;
	tm->tm_mday = sep == '-' ? z : sep == '/' ? y : x;
	return tm->tm_year > 0 && tm->tm_mon >= 0 && tm->tm_mon < 12 &&
	       tm->tm_mday >= 1 && tm->tm_mday <= 31;
}

static const char *const days[] = {
	N_("sunday"),	N_("monday"), N_("tuesday"),  N_("wednesday"),
	N_("thursday"), N_("friday"), N_("saturday"),
};

/** True if the text begins with that word, whole; passes it. */
static bool word(struct cursor *c, const char *w)
{
	size_t n = strlen(w);

	if (strncasecmp(c->s, w, n) != 0 ||
	    (c->s[n] && c->s[n] != ' ' && c->s[n] != '\t'))
		return false;
	c->s += n;
	return true;
}

/** Either the English word or the one of the language in use. */
static bool either(struct cursor *c, const char *msgid)
{
	return word(c, msgid) || word(c, _(msgid));
}

/** Days from today that a word means: 0, 1, the next such weekday. */
static int day_read(struct cursor *c, const struct tm *now)
{
	int i;

	if (either(c, N_("today")))
		return 0;
	if (either(c, N_("tomorrow")))
		return 1;
	for (i = 0; i < 7; i++)
		if (either(c, days[i]))
			return (i - now->tm_wday + 6) % 7 + 1;
	return -1;
}

/** `+45m`, `+2h`, `+1h30m`, `+90` (minutes). */
static int64_t offset_read(struct cursor *c)
{
	int64_t minutes = 0;
	int n;

	if (!literal(c, '+'))
		return -1;
	do {
		if (!number(c, 4, &n))
			return -1;
		if (literal(c, 'h'))
			minutes += n * 60;
		else if (literal(c, 'd'))
			minutes += n * 1440;
		else {
			literal(c, 'm');
			minutes += n;
		}
	} while (*c->s >= '0' && *c->s <= '9');
	return *c->s && *c->s != ' ' ? -1 : minutes * 60000;
}

static int64_t to_ms(struct tm *tm)
{
	struct tm check = *tm;
	time_t t;

	check.tm_isdst = -1;
	t = mktime(&check);
	/* The 31st of June does not become the first of July. */
	if (t == -1 || check.tm_mday != tm->tm_mday)
		return -1;
	return (int64_t)t * 1000;
}

/** A day, and then maybe a time. */
static int64_t day_time(struct cursor *c, struct tm *tm, int64_t now_ms)
{
	struct cursor after = *c;
	int64_t ms;

	if (*after.s == 'T')
		after.s++;
	blanks(&after);
	/* Without a time it is the begin of work: nobody comes at midnight. */
	tm->tm_hour = 8;
	tm->tm_min = tm->tm_sec = 0;
	if (after.s != c->s && clock_read(&after, tm))
		*c = after;
	ms = to_ms(tm);
	return ms >= now_ms ? ms : -1;
}

static int64_t absolute(struct cursor *c, int64_t now_ms)
{
	time_t t = (time_t)(now_ms / 1000);
	struct cursor date = *c;
	struct tm now, tm;
	int64_t ms;
	bool year;
	int day;

	localtime_r(&t, &now);
	tm = now;
	day = day_read(&date, &now);
	if (day >= 0) {
		*c = date;
		tm.tm_mday += day;
		tm.tm_isdst = -1;
		tm.tm_hour = 12;
		(void)mktime(&tm);
		return day_time(c, &tm, now_ms);
	}
	date = *c;
	if (date_read(&date, &tm, &year)) {
		*c = date;
		ms = day_time(c, &tm, now_ms);
		if (ms >= 0 || year)
			return ms;
		/* A day without a year that is over is next year's. */
		tm.tm_year++;
		ms = to_ms(&tm);
		return ms >= now_ms ? ms : -1;
	}
	tm = now;
	if (!clock_read(c, &tm))
		return -1;
	ms = to_ms(&tm);
	if (ms >= 0 && ms < now_ms) {
		tm.tm_mday++;
		tm.tm_isdst = -1;
		ms = (int64_t)mktime(&tm) * 1000;
	}
	return ms;
}

int64_t app_time_read(const char *text, int64_t now_ms, size_t *usedp)
{
	struct cursor c = {text};
	int64_t ms;

	if (!text)
		return -1;
	blanks(&c);
	ms = *c.s == '+' ? offset_read(&c) : absolute(&c, now_ms);
	if (ms >= 0 && *text && text[strspn(text, " \t")] == '+')
		ms = (now_ms + ms) / 60000 * 60000;
	if (ms < 0)
		return -1;
	if (usedp)
		*usedp = (size_t)(c.s - text);
	else {
		blanks(&c);
		if (*c.s)
			return -1;
	}
	return ms;
}

char *app_time_text(const struct app *a, int64_t ms, int64_t now_ms)
{
	const char *format = app_option_get(a, "date_format");
	time_t t = (time_t)(ms / 1000), n = (time_t)(now_ms / 1000);
	struct tm tm, now;

	localtime_r(&t, &tm);
	localtime_r(&n, &now);
	if (tm.tm_year == now.tm_year && tm.tm_yday == now.tm_yday)
		return text_printf("%02d:%02d", tm.tm_hour, tm.tm_min);
	if (!strcmp(format, "dmy"))
		return text_printf("%02d.%02d.%d %02d:%02d", tm.tm_mday,
				   tm.tm_mon + 1, tm.tm_year + 1900, tm.tm_hour,
				   tm.tm_min);
	if (!strcmp(format, "mdy"))
		return text_printf("%02d/%02d/%d %02d:%02d", tm.tm_mon + 1,
				   tm.tm_mday, tm.tm_year + 1900, tm.tm_hour,
				   tm.tm_min);
	return text_printf("%d-%02d-%02d %02d:%02d", tm.tm_year + 1900,
			   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

void app_duration_text(char *buf, size_t size, int64_t s)
{
	if (s < 0)
		s = 0;
	if (s >= 3600)
		snprintf(buf, size, "%lld:%02d:%02d", (long long)(s / 3600),
			 (int)(s / 60 % 60), (int)(s % 60));
	else
		snprintf(buf, size, "%d:%02d", (int)(s / 60), (int)(s % 60));
}
