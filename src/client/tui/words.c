/**
 * @file words.c  Times, states and entries in words and styles
 */
#include <stdio.h>

#include "tui_int.h"

static const enum frame_style presence_styles[PROTO_PRESENCE_COUNT] = {
	[PROTO_PRESENCE_UNKNOWN] = STYLE_FAINT,
	[PROTO_OFFICE] = STYLE_OFFICE,
	[PROTO_MEETING] = STYLE_AWAY,
	[PROTO_SICK] = STYLE_GONE,
	[PROTO_BREAK] = STYLE_AWAY,
	[PROTO_OUT_OF_OFFICE] = STYLE_GONE,
	[PROTO_VACATION] = STYLE_GONE,
	[PROTO_LUNCH] = STYLE_AWAY,
	[PROTO_HOME] = STYLE_GONE,
	[PROTO_DO_NOT_DISTURB] = STYLE_DND,
};

enum frame_style presence_style(const struct uc_presence *p)
{
	if (p->hidden || p->state >= PROTO_PRESENCE_COUNT)
		return STYLE_FAINT;
	return presence_styles[p->state];
}

static const enum frame_style lamp_styles[UC_LAMP_COUNT] = {
	[UC_LAMP_UNKNOWN] = STYLE_FAINT,
	[UC_LAMP_IDLE] = STYLE_NORMAL,
	[UC_LAMP_UNREACHABLE] = STYLE_FAINT,
	[UC_LAMP_RINGS_INSIDE] = STYLE_RINGING,
	[UC_LAMP_RINGS_OUTSIDE] = STYLE_RINGING,
	[UC_LAMP_DIALLING] = STYLE_TALKING,
	[UC_LAMP_TALKS_INSIDE] = STYLE_TALKING,
	[UC_LAMP_TALKS_OUTSIDE] = STYLE_TALKING,
};

enum frame_style lamp_style(enum uc_lamp lamp, bool old)
{
	return old || lamp >= UC_LAMP_COUNT ? STYLE_FAINT : lamp_styles[lamp];
}

/* What was last heard before the connection went is not shown as if it were
 * so now. */
enum uc_lamp contact_lamp(const struct tui_screen *s,
			  const struct uc_contact *c)
{
	if (!c || c->lamp_old || screen_lost(s) || c->lamp >= UC_LAMP_COUNT)
		return UC_LAMP_UNKNOWN;
	return c->lamp;
}

static struct tm local(int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	localtime_r(&t, &tm);
	return tm;
}

static const char *const weekdays[7] = {
	N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"),
	N_("Thu"), N_("Fri"), N_("Sat"),
};

const char *words_weekday(int day)
{
	return day >= 0 && day < 7 ? _(weekdays[day]) : "";
}

void words_clock(char *buf, size_t size, int64_t ms)
{
	struct tm tm = local(ms);

	snprintf(buf, size, "%02d:%02d", tm.tm_hour, tm.tm_min);
}

/* Days since 1970 by the local calendar. */
int64_t words_day_number(int64_t ms)
{
	struct tm tm = local(ms);
	int64_t y = tm.tm_year + 1900 - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + tm.tm_yday;
}

/* By the option date_format; in a list's narrow column without the year. */
static void add_date(const struct tui_screen *s, struct text_buf *b,
		     const struct tm *tm, bool year)
{
	const char *format = app_option_get(screen_app(s), "date_format");
	int y = tm->tm_year + 1900, m = tm->tm_mon + 1, d = tm->tm_mday;

	if (text_equal(format, "dmy")) {
		text_buf_printf(b, "%02d.%02d.", d, m);
		if (year)
			text_buf_printf(b, "%04d", y);
	} else if (text_equal(format, "mdy")) {
		text_buf_printf(b, "%02d/%02d", m, d);
		if (year)
			text_buf_printf(b, "/%04d", y);
	} else {
		if (year)
			text_buf_printf(b, "%04d-", y);
		text_buf_printf(b, "%02d-%02d", m, d);
	}
}

/* In five columns or a little more: time today, else weekday, else date. */
void words_when(const struct tui_screen *s, struct text_buf *b, int64_t ms,
		int64_t now_ms)
{
	struct tm tm = local(ms);
	int64_t days = words_day_number(now_ms) - words_day_number(ms);

	if (days == 0)
		text_buf_printf(b, "%02d:%02d", tm.tm_hour, tm.tm_min);
	else if (days > -7 && days < 7)
		text_buf_add(b, words_weekday(tm.tm_wday));
	else
		add_date(s, b, &tm, false);
}

void words_day(const struct tui_screen *s, struct text_buf *b, int64_t ms,
	       int64_t now_ms)
{
	struct tm tm = local(ms);
	int64_t days = words_day_number(now_ms) - words_day_number(ms);

	if (days == 0) {
		text_buf_add(b, _("Today"));
	} else if (days == 1) {
		text_buf_add(b, _("Yesterday"));
	} else {
		text_buf_printf(b, "%s ", words_weekday(tm.tm_wday));
		add_date(s, b, &tm, true);
	}
}

/* Day and time; the day alone where there is no room. A return time that has
 * passed is not announced any more, and Office has none. */
void words_until(const struct tui_screen *s, struct text_buf *b,
		 const struct uc_presence *p, unsigned columns)
{
	int64_t now = time_wall_ms();
	struct text_buf day = {0};
	char clock[16];
	size_t width;

	if (p->hidden || p->until_ms <= now || p->state == PROTO_OFFICE)
		return;
	words_clock(clock, sizeof(clock), p->until_ms);
	text_buf_printf(b, "%s ", glyph(s, GLYPH_ARROW));
	if (words_day_number(p->until_ms) == words_day_number(now)) {
		text_buf_add(b, clock);
		return;
	}
	words_when(s, &day, p->until_ms, now);
	width = 2 + text_width(day.buf) + 1 + strlen(clock);
	text_buf_add(b, day.buf);
	if (width <= columns)
		text_buf_printf(b, " %s", clock);
	text_buf_reset(&day);
}

void words_entry(struct text_buf *b, const struct uc_entry *e)
{
	char clock[32];

	if (!text_empty(e->text)) {
		size_t at = b->len;

		text_buf_printf(b, "\"%s\"", e->text);
		for (; b->buf && at < b->len; at++)
			if (b->buf[at] == '\n')
				b->buf[at] = ' ';
	} else if (e->duration_s) {
		app_duration_text(clock, sizeof(clock), e->duration_s);
		text_buf_add(b, clock);
	}
}

const char *words_call(const struct uc_call *c)
{
	if (c->state == UC_CALL_RINGING_IN)
		return c->outside ? _("rings, from outside")
				  : _("rings, from inside");
	return uc_call_state_word(c->state);
}

struct uc_call *conversation_call(const struct uc *uc,
				  const struct uc_conversation *v)
{
	struct uc_call *c;
	size_t i;

	for (i = 0; i < uc_call_count(uc); i++) {
		c = uc_call_at(uc, i);
		if (v->contact ? c->contact == v->contact
			       : !text_empty(v->number) &&
					 text_equal(c->number, v->number))
			return c;
	}
	return NULL;
}
