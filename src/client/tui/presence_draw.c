/**
 * @file presence_draw.c  The presence dialog, drawn
 */
#include <stdlib.h>

#include "presence_int.h"

enum {
	WIDE = 66, /**< a state, its return time and its destination in a row */
	UNTIL_COLUMNS = 17, /**< a date, a time, and the cursor behind them */
	LABEL_MAX = 14,
};

static unsigned label_columns(void)
{
	const char *const labels[] = {_("until"), _("calls to"), _("note"),
				      _("seen by"), _("CallMe")};
	unsigned widest = 0;

	for (size_t i = 0; i < TUI_COUNT(labels); i++)
		if (text_width(labels[i]) > widest)
			widest = (unsigned)text_width(labels[i]);
	return widest < LABEL_MAX ? widest : LABEL_MAX;
}

static unsigned name_columns(void)
{
	unsigned widest = 0;

	for (int i = PROTO_OFFICE; i < PROTO_PRESENCE_COUNT; i++) {
		const char *name =
			_(proto_presence_name((enum proto_presence)i));

		if (text_width(name) > widest)
			widest = (unsigned)text_width(name);
	}
	return widest + 2 + (unsigned)text_width(_("now"));
}

static void mark(const struct presence *p, struct frame_grid *g, unsigned row,
		 unsigned column, bool idle)
{
	frame_grid_put(g, row, column, 1,
		       idle ? STYLE_SELECTED_IDLE : STYLE_SELECTED,
		       glyph(p->v.screen, GLYPH_MARK));
}

/* A choice between arrows, where there is one now. */
static void draw_choice(struct presence *p, struct frame_grid *g,
			struct rect at, enum part part, const char *text,
			struct rect *cursor)
{
	const struct tui_screen *s = p->v.screen;
	bool here = p->part == part;
	unsigned n;

	p->at[part] = at;
	if (!here) {
		draw_text(s, g, at.row, at.column, at.columns, STYLE_NORMAL,
			  text);
		return;
	}
	if (at.columns < 5)
		return;
	frame_grid_put(g, at.row, at.column, 1, STYLE_KEY, "<");
	n = draw_text(s, g, at.row, at.column + 2, at.columns - 4,
		      STYLE_SELECTED, text);
	frame_grid_put(g, at.row, at.column + n + 3, 1, STYLE_KEY, ">");
	if (cursor)
		*cursor = (struct rect){at.row, at.column + 2, 1, 1};
}

static void draw_edit(struct presence *p, struct frame_grid *g, struct rect at,
		      enum part part, struct field *f, struct rect *cursor)
{
	p->at[part] = at;
	field_draw(p->v.screen, f, g, at.row, at.column, at.columns,
		   STYLE_FIELD, p->part == part ? cursor : NULL);
}

static void draw_to(struct presence *p, struct frame_grid *g, struct rect at,
		    enum proto_presence state, bool chosen, struct rect *cursor)
{
	char *text;

	if (chosen && p->part == PART_TO && !text_empty(p->number.text)) {
		draw_edit(p, g, at, PART_TO, &p->number, cursor);
		return;
	}
	text = uc_away_text(screen_uc(p->v.screen), presence_to(p, state));
	/* Where there is no room for a name, its number says more. */
	if (text && text_width(text) + (chosen ? 4 : 0) > at.columns &&
	    presence_to(p,
			state)[strspn(presence_to(p, state), "0123456789")] ==
		    '\0') {
		free(text);
		text = text_dup(presence_to(p, state));
	}
	if (chosen && presence_can(p, PART_TO))
		draw_choice(p, g, at, PART_TO, text ? text : "", cursor);
	else
		draw_text(p->v.screen, g, at.row, at.column, at.columns,
			  STYLE_DIM, text ? text : "");
	free(text);
}

/* ---- the states -------------------------------------------------------- */

struct columns {
	unsigned name, until, until_text, to, to_text, end;
};

static struct columns columns_of(const struct rect *area)
{
	struct columns c;

	c.name = area->column + 2;
	c.until = c.name + name_columns() + 1;
	c.until_text = c.until + (unsigned)text_width(_("until")) + 1;
	c.to = c.until_text + UNTIL_COLUMNS;
	c.to_text = c.to + (unsigned)text_width(_("calls to")) + 1;
	c.end = area->column + area->columns;
	return c;
}

/* "calls ring here" needs no "calls to" before it. What is being chosen stays
 * where it is. */
static void draw_row_to(struct presence *p, struct frame_grid *g, unsigned row,
			const struct columns *c, enum proto_presence state,
			bool chosen, struct rect *cursor)
{
	bool here = text_equal(presence_to(p, state), "here");
	bool choosing = chosen && p->part == PART_TO;
	unsigned at = here && !choosing ? c->to : c->to_text;

	if (state == PROTO_DO_NOT_DISTURB ||
	    !uc_away_known(screen_uc(p->v.screen)))
		return;
	if (at + 5 > c->end)
		return;
	if (!here)
		draw_text(p->v.screen, g, row, c->to, c->to_text - c->to,
			  STYLE_DIM, _("calls to"));
	draw_to(p, g, (struct rect){row, at, 1, c->end - at}, state, chosen,
		cursor);
}

static void draw_row_until(struct presence *p, struct frame_grid *g,
			   unsigned row, const struct columns *c,
			   enum proto_presence state, bool chosen, bool now,
			   struct rect *cursor)
{
	const struct uc_contact *me = uc_me(screen_uc(p->v.screen));
	int64_t ms = time_wall_ms();
	char *when;

	if (state == PROTO_OFFICE)
		return;
	if (chosen) {
		draw_text(p->v.screen, g, row, c->until, 12, STYLE_DIM,
			  _("until"));
		draw_edit(p, g,
			  (struct rect){row, c->until_text, 1, UNTIL_COLUMNS},
			  PART_UNTIL, &p->until, cursor);
		return;
	}
	/* A time that has passed is not told any more. */
	if (!now || !me || me->presence.until_ms <= ms)
		return;
	when = app_time_text(screen_app(p->v.screen), me->presence.until_ms,
			     ms);
	draw_text(p->v.screen, g, row, c->until, 12, STYLE_DIM, _("until"));
	draw_text(p->v.screen, g, row, c->until_text, UNTIL_COLUMNS,
		  STYLE_NORMAL, when);
	free(when);
}

static void draw_state(struct presence *p, struct frame_grid *g,
		       const struct rect *area, unsigned row_at,
		       const struct row *row, bool chosen, struct rect *cursor)
{
	enum proto_presence state = (enum proto_presence)(row->index + 1);
	struct columns c = columns_of(area);
	bool wide = area->columns >= WIDE, now = row->label != NULL;
	unsigned n;

	if (chosen)
		mark(p, g, row_at, area->column, p->part != PART_STATES);
	if (chosen && cursor && p->part == PART_STATES)
		*cursor = (struct rect){row_at, area->column, 1, 1};
	n = draw_text(p->v.screen, g, row_at, c.name, c.until - c.name,
		      chosen ? STYLE_SELECTED : row->style, row->text);
	if (now)
		draw_text(p->v.screen, g, row_at, c.name + n + 2, 12, STYLE_DIM,
			  row->label);
	if (!wide)
		return;
	draw_row_until(p, g, row_at, &c, state, chosen, now, cursor);
	draw_row_to(p, g, row_at, &c, state, chosen, cursor);
}

static void draw_states(struct presence *p, struct frame_grid *g,
			struct rect area, struct rect *cursor)
{
	struct tui_list *l = &p->v.list;
	struct row row;
	unsigned i;

	p->states = area;
	l->rows = area.rows;
	if (l->selected < l->top)
		l->top = l->selected;
	if (area.rows && l->selected >= l->top + area.rows)
		l->top = l->selected - area.rows + 1;
	for (i = 0; i < area.rows && rows_get(l, l->top + i, &row); i++)
		draw_state(p, g, &area, area.row + i, &row,
			   l->top + i == l->selected, cursor);
}

/* ---- what is beneath --------------------------------------------------- */

static struct rect labelled(struct presence *p, struct frame_grid *g,
			    const struct rect *area, unsigned row,
			    enum part part, const char *label)
{
	unsigned at = area->column + 2 + label_columns() + 1;

	if (p->part == part)
		mark(p, g, row, area->column, false);
	draw_text(p->v.screen, g, row, area->column + 2, label_columns(),
		  STYLE_DIM, label);
	return (struct rect){row, at, 1, area->column + area->columns - at};
}

/* Beside the written note: that there is one which callers hear. It is of the
   state that one is in. @return columns that are left */
static unsigned draw_spoken(const struct presence *p, struct frame_grid *g,
			    const struct rect *at)
{
	const struct uc *uc = screen_uc(p->v.screen);
	const struct uc_contact *me = uc_me(uc);
	uint32_t ms = uc_account(uc)->box.note_ms;
	unsigned left = at->columns, n;
	char length[24], *text;

	if (!ms || !me || me->presence.state != presence_chosen(p))
		return left;
	app_duration_text(length, sizeof(length), (ms + 999) / 1000);
	text = text_printf(_("recorded %s"), length);
	n = text ? (unsigned)text_width(text) : left;
	if (n + 12 < left) {
		draw_text(p->v.screen, g, at->row, at->column + left - n, n,
			  STYLE_DIM, text);
		left -= n + 1;
	}
	free(text);
	return left;
}

static void draw_part(struct presence *p, struct frame_grid *g,
		      const struct rect *area, unsigned row, enum part part,
		      struct rect *cursor)
{
	static const char *const labels[PART_COUNT] = {
		[PART_UNTIL] = N_("until"),    [PART_TO] = N_("calls to"),
		[PART_NOTE] = N_("note"),      [PART_SEEN] = N_("seen by"),
		[PART_CALL_ME] = N_("CallMe"),
	};
	struct rect at = labelled(p, g, area, row, part, _(labels[part]));

	switch (part) {
	case PART_UNTIL:
		at.columns =
			at.columns < UNTIL_COLUMNS ? at.columns : UNTIL_COLUMNS;
		draw_edit(p, g, at, part, &p->until, cursor);
		break;
	case PART_TO:
		draw_to(p, g, at, presence_chosen(p), true, cursor);
		break;
	case PART_NOTE:
		at.columns = draw_spoken(p, g, &at);
		draw_edit(p, g, at, part, &p->note, cursor);
		break;
	case PART_SEEN:
		draw_choice(p, g, at, part,
			    uc_visibility_word(presence_seen(p)), cursor);
		break;
	default:
		draw_edit(p, g, at, part, &p->call_me, cursor);
		break;
	}
}

/* Beneath the states, in that order; what a wide row has is not here. */
static unsigned parts_beneath(const struct presence *p, bool wide,
			      enum part parts[PART_COUNT])
{
	unsigned n = 0;

	for (int i = wide ? PART_NOTE : PART_UNTIL; i < PART_COUNT; i++)
		if (presence_has(p, (enum part)i))
			parts[n++] = (enum part)i;
	return n;
}

static void draw_calendar(struct presence *p, struct frame_grid *g,
			  struct rect area, struct rect *cursor)
{
	struct columns c = columns_of(&area);

	/* Beside the states' names, where there is room. */
	if (c.until_text + CALENDAR_COLUMNS <= c.end) {
		area.columns = c.end - c.until_text;
		area.column = c.until_text;
		if (p->v.list.selected - p->v.list.top < CALENDAR_ROWS) {
			/* the time that is being looked for stays seen */
			for (unsigned i = 0; i < area.rows; i++)
				frame_grid_fill(g, area.row + i, c.until,
						c.end - c.until, STYLE_NORMAL,
						" ");
		}
	}
	calendar_draw(p->v.screen, &p->calendar, g, area, cursor);
}

void presence_draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		   bool focus, struct rect *cursor)
{
	struct presence *p = (struct presence *)v;
	bool wide = area.columns >= WIDE;
	enum part parts[PART_COUNT];
	struct rect states = area;
	unsigned n = parts_beneath(p, wide, parts), first = 0, i;

	(void)focus;
	memset(p->at, 0, sizeof(p->at));
	if (area.rows < 2 || area.columns < 20)
		return;
	/* Where there is little room, what has the focus is seen. */
	while (n - first + 1 > area.rows && parts[first] != p->part &&
	       first + 1 < n)
		first++;
	if (n - first + 1 > area.rows)
		n = first + area.rows - 1;
	states.rows = area.rows - (n - first);
	if (states.rows > rows_count(&v->list))
		states.rows = (unsigned)rows_count(&v->list);
	draw_states(p, g, states, cursor);
	for (i = first; i < n; i++)
		draw_part(p, g, &area,
			  area.row + area.rows - (n - first) + (i - first),
			  parts[i], cursor);
	if (p->calendar.open)
		draw_calendar(p, g, wide ? states : area, cursor);
}

void presence_size(const struct tui_view *v, struct rect *wanted)
{
	const struct presence *p = (const struct presence *)v;
	enum part parts[PART_COUNT];

	wanted->rows = (unsigned)rows_count(&v->list) +
		       parts_beneath(p, true, parts) + 1;
	wanted->columns = 84;
}
