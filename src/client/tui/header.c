/**
 * @file header.c  Who I am, how I am, what waits; tabs; the search line
 */
#include <stdio.h>
#include <stdlib.h>

#include "tui_int.h"

struct segment {
	char *text;
	enum frame_style style;
	uint8_t rank; /**< highest goes first where there is no room */
};
enum { SEGMENTS_MAX = 10, NAME_COLUMNS = 24, DAY_COLUMNS = 90 };

static void add(struct segment *seg, unsigned *n, uint8_t rank,
		enum frame_style style, char *text)
{
	if (!text || *n >= SEGMENTS_MAX) {
		free(text);
		return;
	}
	seg[*n].text = text;
	seg[*n].style = style;
	seg[(*n)++].rank = rank;
}

static char *clock_text(unsigned columns)
{
	int64_t now = time_wall_ms();
	time_t t = (time_t)(now / 1000);
	char clock[16];
	struct tm tm;

	words_clock(clock, sizeof(clock), now);
	if (columns < DAY_COLUMNS || !localtime_r(&t, &tm))
		return text_dup(clock);
	return text_printf("%s %s", words_weekday(tm.tm_wday), clock);
}

/* True while a count of seconds is on the screen. */
bool screen_phone_counts(const struct uc_account *a)
{
	return a->voip_wanted && !a->voip_registered && a->voip_retry_ms;
}

static char *phone_down(const struct uc_account *a, bool tight)
{
	int64_t wait = (a->voip_retry_ms - time_wall_ms() + 999) / 1000;
	char since[16];

	if (tight || !a->voip_since_ms)
		return text_dup(_("VoIP not ready"));
	words_clock(since, sizeof(since), a->voip_since_ms);
	if (!a->voip_retry_ms || wait <= 0)
		return text_printf(_("phone down since %s"), since);
	return text_printf(_("phone down since %s, next try in %d s"), since,
			   (int)wait);
}

/* The phone that calls are made on, and whether it can. */
static void add_phone(const struct tui_screen *s, struct segment *seg,
		      unsigned *n, bool tight)
{
	const struct uc_account *a = uc_account(screen_uc(s));

	if (a->voip_wanted)
		add(seg, n, 4,
		    a->voip_registered ? STYLE_HEADER_DIM : STYLE_WARNING,
		    a->voip_registered ? text_dup(_("VoIP ready"))
				       : phone_down(a, tight));
	else if (a->callback && !text_empty(a->mobile))
		add(seg, n, 5, STYLE_HEADER_DIM,
		    text_printf(tight ? _("by %s") : _("dials by %s"),
				a->mobile));
	else if (!text_empty(a->device))
		add(seg, n, 5, STYLE_HEADER_DIM,
		    text_printf(tight ? _("desk %s") : _("desk phone %s"),
				text_empty(a->phone) ? a->device : a->phone));
}

/* Somebody waits to be taken. */
static void add_parked(const struct tui_screen *s, struct segment *seg,
		       unsigned *n)
{
	const struct uc *uc = screen_uc(s);
	const struct uc_parked *p = uc_parked_at(uc, 0);
	size_t count = 0;

	while (uc_parked_at(uc, count))
		count++;
	if (count == 1)
		add(seg, n, 2, STYLE_WARNING,
		    text_printf(_("parked: %s"),
				text_empty(p->name) ? p->number : p->name));
	else if (count)
		add(seg, n, 2, STYLE_WARNING,
		    text_printf(_("%zu parked"), count));
}

/* Where they go because of the state; of absences the box goes without
   saying. To free(), NULL: nowhere else. */
static char *by_state(const struct uc *uc, enum proto_presence state)
{
	const struct uc_account *a = uc_account(uc);
	const char *to =
		(unsigned)state < PROTO_PRESENCE_COUNT ? a->away[state] : "";
	char *text, *whole;

	if (text_empty(to) || text_equal(to, "here") ||
	    (state != PROTO_OFFICE && text_equal(to, "voicemail")))
		return NULL;
	text = text_equal(to, "voicemail") || text_equal(to, "mobile")
		       ? uc_away_text(uc, to)
		       : text_dup(to);
	whole = text ? text_printf(_("calls to %s"), text) : NULL;
	free(text);
	return whole;
}

/* Where calls go instead: whoever forgets that misses them. */
static void add_forwarding(const struct uc *uc, struct segment *seg,
			   unsigned *n)
{
	const struct uc_account *a = uc_account(uc);
	const struct uc_contact *me = uc_me(uc);
	const char *all = a->forward[UC_FORWARD_ALWAYS];
	char *away;

	if (!text_empty(all))
		add(seg, n, 1, STYLE_WARNING,
		    text_printf(_("calls to %s"), all));
	else if (!text_empty(a->call_me) && me &&
		 me->presence.state == PROTO_OFFICE)
		add(seg, n, 1, STYLE_WARNING,
		    text_printf(_("CallMe %s"), a->call_me));
	else if (me && (away = by_state(uc, me->presence.state)))
		add(seg, n, 1, STYLE_WARNING, away);
}

static unsigned segments(const struct tui_screen *s, struct segment *seg,
			 unsigned columns)
{
	const struct uc *uc = screen_uc(s);
	const struct uc_account *a = uc_account(uc);
	unsigned n = 0, missed = uc_missed_count(uc);
	unsigned voice = uc_voice_count(uc);
	unsigned messages = uc_message_count(uc);

	if (a->connection != UC_ONLINE)
		add(seg, &n, 1, STYLE_WARNING,
		    text_dup(uc_connection_word(a->connection)));
	add_parked(s, seg, &n);
	add_forwarding(uc, seg, &n);
	add_phone(s, seg, &n, columns < 100);
	if (a->can & UC_CAN_JOURNAL || missed)
		add(seg, &n, missed ? 0 : 3,
		    missed ? STYLE_UNREAD : STYLE_HEADER_DIM,
		    text_printf(_("missed %u"), missed));
	if (a->can & UC_CAN_VOICEMAIL || voice)
		add(seg, &n, voice ? 0 : 3,
		    voice ? STYLE_UNREAD : STYLE_HEADER_DIM,
		    text_printf(_("voice %u"), voice));
	if (messages)
		add(seg, &n, 0, STYLE_UNREAD,
		    text_printf(ngettext("%u message", "%u messages", messages),
				messages));
	add(seg, &n, 2, STYLE_HEADER_DIM, clock_text(columns));
	return n;
}

/* Right-aligned; returns where they begin. */
static unsigned draw_segments(struct tui_screen *s, struct frame_grid *g,
			      unsigned columns, unsigned least)
{
	struct segment seg[SEGMENTS_MAX];
	unsigned n, i, gap = columns < 90 ? 2 : 3, sum, at, worst;

	memset(seg, 0, sizeof(seg));
	n = segments(s, seg, columns);
	for (;;) {
		sum = 1;
		worst = n;
		for (i = 0; i < n; i++) {
			if (!seg[i].text)
				continue;
			sum += (unsigned)text_width(seg[i].text) + gap;
			if (worst == n || seg[i].rank > seg[worst].rank)
				worst = i;
		}
		if (sum + least <= columns || worst == n)
			break;
		free(seg[worst].text);
		seg[worst].text = NULL;
	}
	at = columns > sum ? columns - sum : 0;
	sum = at;
	for (i = 0; i < n; i++) {
		if (seg[i].text)
			at += gap + frame_grid_put(g, 0, at + gap, 0,
						   seg[i].style, seg[i].text);
		free(seg[i].text);
	}
	return sum;
}

/* Own state; the name before it gives way to it. */
static char *own_state(const struct tui_screen *s, const struct uc_contact *me,
		       unsigned columns)
{
	struct text_buf b = {0}, until = {0};

	if (!me || screen_lost(s))
		return NULL;
	text_buf_add(&b, uc_presence_word(&me->presence));
	words_until(s, &until, &me->presence, columns);
	if (until.len)
		text_buf_printf(&b, " %s", until.buf);
	text_buf_reset(&until);
	return text_buf_take(&b);
}

static void draw_self(struct tui_screen *s, struct frame_grid *g,
		      unsigned columns)
{
	const struct uc *uc = screen_uc(s);
	const struct uc_account *a = uc_account(uc);
	const struct uc_contact *me = uc_me(uc);
	unsigned at = 1, end, need, width, gap = columns < 90 ? 2 : 3;
	char *state = own_state(s, me, columns), *name;
	enum uc_lamp lamp;

	need = state ? (unsigned)text_width(state) + gap + 2 : 0;
	if (text_empty(a->name) && text_empty(a->user))
		name = text_dup("offhook");
	else
		name = text_printf("%s %s", a->name ? a->name : "",
				   a->user ? a->user : "");
	width = (unsigned)text_width(name);
	end = draw_segments(
		s, g, columns,
		need + 2 + (width > NAME_COLUMNS ? NAME_COLUMNS : width));
	if (at + need + 4 < end)
		at += draw_text(s, g, 0, at, end - at - need, STYLE_HEADER,
				name);
	if (state && at + gap + 4 < end) {
		lamp = contact_lamp(s, me);
		at += gap;
		frame_grid_put(g, 0, at, 1, lamp_style(lamp, false),
			       glyph(s, GLYPH_LAMP + (enum glyph)lamp));
		draw_text(s, g, 0, at + 2, end - at - 2,
			  presence_style(&me->presence), state);
	}
	free(name);
	free(state);
}

/* ---- tabs -------------------------------------------------------------- */

static const char *const tab_commands[BASE_COUNT] = {
	[BASE_FAVOURITES] = "favourites",
	[BASE_CONVERSATIONS] = "conversations",
};

static void draw_tabs(struct tui_screen *s, struct frame_grid *g,
		      unsigned columns)
{
	unsigned unread = uc_unread_count(screen_uc(s));
	const char *prompt = _("/ search or dial");
	unsigned at = 1, i, n, room, width = (unsigned)text_width(prompt);
	char *count;

	for (i = 0; i < BASE_COUNT && at < columns; i++) {
		n = draw_text(s, g, 1, at, columns - at,
			      i == s->base ? STYLE_TAB_ACTIVE : STYLE_TAB,
			      _(s->bases[i]->class->title));
		hints_spot(s, WIN_HEADER, 1, at, n, tab_commands[i]);
		at += n;
		if (i == BASE_CONVERSATIONS && unread && at + 4 < columns) {
			count = text_printf(" %u", unread);
			at += draw_text(s, g, 1, at, columns - at, STYLE_UNREAD,
					count);
			free(count);
		}
		at += columns < 90 ? 2 : 3;
	}
	room = columns > at ? columns - at : 0;
	if (room < width + 2)
		return;
	/* Below "search" of the list's own pane nothing moves when it opens. */
	at = columns - 1 - width;
	draw_text(s, g, 1, at, width, STYLE_DIM, prompt);
	hints_spot(s, WIN_HEADER, 1, at, width, "find");
}

void header_draw(struct tui_screen *s, struct frame_grid *g,
		 struct rect *cursor)
{
	unsigned rows = frame_grid_rows(g), columns = frame_grid_columns(g);

	hints_spots_clear(s, WIN_HEADER);
	draw_self(s, g, columns);
	if (rows > 1 && s->search)
		search_draw_line(s->search, g, 1, s->focus == FOCUS_SEARCH,
				 cursor);
	else if (rows > 1)
		draw_tabs(s, g, columns);
	if (rows < 3)
		return;
	frame_grid_fill(g, 2, 0, columns, STYLE_BORDER, glyph(s, GLYPH_RULE));
	if (s->layout.wide)
		frame_grid_put(g, 2, s->layout.win[WIN_LIST].columns - 1, 1,
			       STYLE_BORDER, glyph(s, GLYPH_TEE_DOWN));
}
