/**
 * @file presence_words.c  What the presence dialog says of its parts and keys
 */
#include "presence_int.h"

const char *presence_word(const struct tui_view *v, enum act a)
{
	const struct presence *p = (const struct presence *)v;

	if (a == ACT_ENTER)
		return p->calendar.open ? _("take this day")
		       : p->part == PART_TO || p->part == PART_SEEN ||
				       p->part == PART_CALL_ME
			       ? _("keep")
			       : _("set");
	if (a != ACT_NEXT)
		return NULL;
	return presence_has(p, PART_UNTIL) ? _("until, calls, note")
					   : _("calls, note");
}

static void explain_until(const struct presence *p, struct text_buf *b)
{
	int64_t now = time_wall_ms();
	int64_t at = text_empty(p->until.text)
			     ? -1
			     : app_time_read(p->until.text, now, NULL);
	struct text_buf when = {0};
	char clock[16];

	if (p->calendar.open) {
		text_buf_add(b, _("Arrows: day and week; PageUp, PageDown: "
				  "month; Home: today"));
		return;
	}
	if (at > now) {
		words_day(p->v.screen, &when, at, now);
		words_clock(clock, sizeof(clock), at);
		text_buf_printf(b, _("Back %s %s"), when.buf, clock);
		text_buf_reset(&when);
		return;
	}
	if (!text_empty(p->until.text))
		text_buf_add(b, _("Not a time to come. "));
	text_buf_add(b, _("Back when: 14:30, +45m, tomorrow 9, "
			  "2026-12-24 08:00"));
	if (p->part == PART_UNTIL)
		text_buf_add(b, _("; Down: calendar"));
}

void presence_explain(const struct tui_view *v, struct text_buf *b)
{
	const struct presence *p = (const struct presence *)v;
	const struct uc_account *a = uc_account(screen_uc(v->screen));

	switch (p->part) {
	case PART_UNTIL:
		explain_until(p, b);
		break;
	case PART_TO:
		text_buf_add(b, _("Where calls go in this state. Left and "
				  "right choose, or type a number."));
		break;
	case PART_NOTE:
		text_buf_add(b, _("A note that your colleagues see."));
		break;
	case PART_SEEN:
		text_buf_add(b,
			     _("Who learns that you are absent, callers of "
			       "your voicemail too. Left and right choose."));
		break;
	case PART_CALL_ME:
		text_buf_add(b, _("A phone where your calls ring while you are "
				  "in Office; empty: none."));
		break;
	default:
		if (a->away_fixed && presence_chosen(p) != PROTO_OFFICE)
			text_buf_add(b, _("Where calls go is set elsewhere. "));
		if (presence_has(p, PART_UNTIL))
			explain_until(p, b);
		else
			text_buf_add(b,
				     _("Office is until you say otherwise."));
		break;
	}
}
