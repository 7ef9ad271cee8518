/**
 * @file callbar.c  Calls, with clocks and what can be done, in every view
 */
#include <stdio.h>
#include <stdlib.h>

#include "tui_int.h"

enum {
	NAME_MAX_COLUMNS = 32,
	STATE_COLUMNS = 9,
	NARROW_COLUMNS = 70,
	TIGHT_COLUMNS = 100,
	WIDE_COLUMNS = 120
};

static enum frame_style call_style(const struct uc_call *c)
{
	switch (c->state) {
	case UC_CALL_RINGING_IN:
		return STYLE_RINGING;
	case UC_CALL_HELD:
	case UC_CALL_HELD_BY_OTHER:
		return STYLE_HELD;
	case UC_CALL_FAILED:
		return STYLE_ERROR;
	case UC_CALL_ENDED:
		return STYLE_DIM;
	default:
		return STYLE_TALKING;
	}
}

static enum glyph call_glyph(const struct uc_call *c)
{
	if (c->state == UC_CALL_RINGING_IN)
		return GLYPH_LAMP +
		       (enum glyph)(c->outside ? UC_LAMP_RINGS_OUTSIDE
					       : UC_LAMP_RINGS_INSIDE);
	return c->state == UC_CALL_HELD ? GLYPH_HELD : GLYPH_CALL;
}

static void call_clock(char *buf, size_t size, const struct uc_call *c)
{
	int64_t s = (time_wall_ms() - c->answered_ms) / 1000;

	buf[0] = '\0';
	if (!c->answered_ms || c->state == UC_CALL_FAILED ||
	    c->state == UC_CALL_ENDED)
		return;
	if (s < 0)
		s = 0;
	if (s < 3600)
		snprintf(buf, size, "%02d:%02d", (int)(s / 60), (int)(s % 60));
	else
		snprintf(buf, size, "%d:%02d:%02d", (int)(s / 3600),
			 (int)(s / 60 % 60), (int)(s % 60));
}

/* Whom one call is with: the first names, as far as there is room. */
static char *member_names(const struct uc_call *c)
{
	struct text_buf b = {0};

	for (size_t i = 0; i < c->member_count; i++) {
		const struct uc_member *m = &c->members[i];

		text_buf_printf(&b, "%s%s", i ? ", " : "",
				text_empty(m->name) ? m->number : m->name);
	}
	return text_buf_take(&b);
}

/* The number, too, where all of it has room: a part of one is none. */
static char *call_name(const struct tui_screen *s, const struct uc_call *c,
		       unsigned columns)
{
	const char *number =
		uc_number_spelled(screen_uc(s), c->contact, c->number);
	char *text;

	if (c->member_count)
		return member_names(c);
	if (text_empty(c->name) || text_equal(c->name, c->number))
		return text_dup(number ? number : "");
	text = text_printf("%s %s", c->name, number ? number : "");
	if (text && text_width(text) <= columns)
		return text;
	free(text);
	return text_dup(c->name);
}

/* In a narrow one the lamp says from where it rings: the keys that answer
 * need the room. */
static char *call_state(const struct tui_screen *s, const struct uc_call *c,
			unsigned columns)
{
	const char *box = uc_account(screen_uc(s))->voicemail;
	bool narrow = columns < TIGHT_COLUMNS;
	struct text_buf b = {0};

	if ((c->state == UC_CALL_FAILED || c->state == UC_CALL_ENDED) &&
	    !text_empty(c->reason))
		text_buf_add(&b, c->reason);
	else if (c->transferring)
		text_buf_add(&b, _("is being transferred"));
	else if (c->conference && c->parties)
		text_buf_printf(&b, _("in conference of %u"), c->parties);
	else if (c->conference)
		text_buf_add(&b, _("in conference"));
	else
		text_buf_add(&b, narrow ? uc_call_state_word(c->state)
					: words_call(c));
	/* Who has called somebody and hears a greeting. */
	if (!text_empty(box) && text_equal(c->number, box))
		text_buf_printf(&b, ", %s", _("voicemail"));
	if (c->muted)
		text_buf_printf(&b, ", %s", _("muted"));
	if (c->poor)
		text_buf_printf(&b, ", %s", _("poor line"));
	/* The keys that do something need the room. */
	if (c->keys > UC_KEYS_NONE &&
	    (columns < WIDE_COLUMNS || c->state == UC_CALL_HELD))
		text_buf_printf(&b, " %s", glyph(s, GLYPH_ENCRYPTED));
	else if (c->keys > UC_KEYS_NONE)
		text_buf_printf(&b, ", %s", uc_keys_word(c->keys));
	return text_buf_take(&b);
}

/* The commands on the row of a call: of the current one, and of the one that
 * waits, what goes between the two. */
static uint32_t commands_of(const struct tui_screen *s, const struct uc_call *c)
{
	const struct uc *uc = screen_uc(s);
	uint32_t contexts = 0;

	/* Where the keys stand, there they act. */
	if (c->state == UC_CALL_RINGING_IN)
		return c == aim_ringing(s) ? APP_IN_RINGING : 0;
	if (c == aim_in_call(s))
		contexts |= APP_IN_CALL;
	if (c == uc_call_waiting(uc))
		contexts |= APP_IN_TWO_CALLS;
	return contexts;
}

/* Where there is not room for all: what is done most often first. */
static void draw_keys(struct tui_screen *s, struct frame_grid *g,
		      struct hints_prm *prm)
{
	static const char *const later[] = {"deflect", "mute", "park", "keypad",
					    NULL};
	unsigned n;

	prm->but = later;
	n = hints_keys(s, g, prm);
	n += n ? prm->gap : 0;
	if (n >= prm->width)
		return;
	prm->but = NULL;
	prm->column += n;
	prm->width -= n;
	hints_keys(s, g, prm);
}

static void draw_call(struct tui_screen *s, struct frame_grid *g, unsigned row,
		      const struct uc_call *c)
{
	unsigned columns = frame_grid_columns(g), at = 3, width, n;
	bool narrow = columns < NARROW_COLUMNS, tight = columns < TIGHT_COLUMNS;
	struct hints_prm prm = {
		.window = WIN_CALLS,
		.row = row,
		.gap = tight ? 2 : 3,
	};
	char clock[24], *name, *state = call_state(s, c, columns);
	uint32_t commands = commands_of(s, c);

	width = columns * 3 / 10;
	width = width > NAME_MAX_COLUMNS ? NAME_MAX_COLUMNS : width;
	width -= tight && width;
	name = call_name(s, c, width);
	frame_grid_put(g, row, 1, 1, call_style(c), glyph(s, call_glyph(c)));
	draw_text(s, g, row, at, width, STYLE_BOLD, name);
	at += width + (tight ? 0 : 2);
	call_clock(clock, sizeof(clock), c);
	if (clock[0] && at + 8 < columns)
		draw_right(s, g, row, at + 7, 7, STYLE_NORMAL, clock);
	/* A call that rings has no clock yet, but much to say. */
	if (clock[0] || !tight)
		at += 9;
	else
		at += 2;
	if (at + 4 < columns) {
		n = draw_text(s, g, row, at, columns - at - 1, call_style(c),
			      state);
		at += (narrow || n > STATE_COLUMNS ? n : STATE_COLUMNS) +
		      prm.gap;
	}
	free(name);
	free(state);
	if (!commands || at >= columns)
		return;
	prm.column = at;
	prm.width = columns - at - 1;
	prm.contexts = screen_contexts(s) | commands;
	prm.only = commands;
	prm.call = c->id;
	draw_keys(s, g, &prm);
}

/* Those that find no row are counted: none goes on unseen. */
static void draw_more(struct tui_screen *s, struct frame_grid *g, unsigned row,
		      size_t more)
{
	char *text =
		text_printf(ngettext("%zu more call: see Conversations",
				     "%zu more calls: see Conversations", more),
			    more);

	frame_grid_put(g, row, 1, 1, STYLE_DIM, glyph(s, GLYPH_ELLIPSIS));
	draw_text(s, g, row, 3, frame_grid_columns(g) - 4, STYLE_DIM, text);
	free(text);
}

/* The voice message that is listened to: whose, where in it, and the keys. */
static void draw_listening(struct tui_screen *s, struct frame_grid *g,
			   unsigned row, const struct app_listening *l)
{
	unsigned columns = frame_grid_columns(g), at = 3;
	struct hints_prm prm = {
		.window = WIN_CALLS,
		.row = row,
		.gap = 3,
		.contexts = screen_contexts(s) | APP_IN_LISTENING,
		.only = APP_IN_LISTENING,
	};
	unsigned width = columns * 3 / 10;
	char now[24], length[24];
	char *text;

	width = width > NAME_MAX_COLUMNS ? NAME_MAX_COLUMNS : width;
	frame_grid_put(g, row, 1, 1, l->paused ? STYLE_HELD : STYLE_TALKING,
		       glyph(s, l->paused ? GLYPH_HELD : GLYPH_FOLDED));
	draw_text(s, g, row, at, width, STYLE_BOLD, l->name);
	at += width + 2;
	app_duration_text(now, sizeof(now), l->at_ms / 1000);
	app_duration_text(length, sizeof(length), (l->length_ms + 999) / 1000);
	if (l->loading)
		text = text_dup(_("voice message is being fetched"));
	else if (l->pace != 100)
		text = text_printf("%s / %s  %u %%", now, length, l->pace);
	else
		text = text_printf("%s / %s", now, length);
	if (at + 4 < columns)
		at += draw_text(s, g, row, at, columns - at - 1,
				l->paused ? STYLE_HELD : STYLE_TALKING, text) +
		      prm.gap;
	free(text);
	if (at >= columns)
		return;
	prm.column = at;
	prm.width = columns - at - 1;
	hints_keys(s, g, &prm);
}

unsigned callbar_rows(const struct tui_screen *s)
{
	struct app_listening l;

	return (unsigned)uc_call_count(screen_uc(s)) +
	       app_listening(screen_app(s), &l);
}

void callbar_draw(struct tui_screen *s, struct frame_grid *g)
{
	const struct uc *uc = screen_uc(s);
	unsigned i, rows = frame_grid_rows(g);
	size_t count = uc_call_count(uc), shown = count;
	struct app_listening l;

	hints_spots_clear(s, WIN_CALLS);
	/* calls go first where there is no room for all */
	if (app_listening(screen_app(s), &l) && rows > count)
		draw_listening(s, g, --rows, &l);
	if (count > rows && rows > 1)
		shown = rows - 1;
	for (i = 0; i < rows && i < shown; i++)
		draw_call(s, g, i, uc_call_at(uc, i));
	if (shown < count && i < rows)
		draw_more(s, g, i, count - shown);
}
