/**
 * @file detail.c  All about one person or number: numbers, and what happened
 */
#include <stdlib.h>

#include "tui_int.h"

enum { ENTRIES_MAX = 500 };

struct line_of {
	enum row_kind kind;
	size_t index;
};

struct detail {
	struct tui_view v;
	struct uc_contact *contact;	      /**< or NULL */
	struct uc_conversation *conversation; /**< or NULL */
	bool talk;			      /**< opened as conversation */
	struct line_of *lines;
	size_t count;
	struct text_buf day; /**< text of the row asked for last */
};

static const uint8_t columns[] = {COL_LABEL, COL_TEXT, COL_TAG, COL_END};

static size_t source_count(const struct tui_view *v)
{
	return ((const struct detail *)v)->count;
}

static void number_row(const struct detail *d, size_t i, struct row *row)
{
	const struct uc_number *n;

	row->contact = d->contact;
	row->key = "number";
	if (!d->contact) {
		row->label = _("number");
		row->text = d->conversation ? d->conversation->number : "";
		return;
	}
	if (i >= d->contact->number_count) {
		row->fixed = true;
		return;
	}
	n = &d->contact->numbers[i];
	row->label = uc_number_kind_word(n->kind);
	row->text = n->number;
	row->key2 = n->number;
}

static void entry_row(struct detail *d, size_t i, enum row_kind kind,
		      struct row *row)
{
	const struct uc_conversation *c = d->conversation;
	const struct uc_entry *e;

	if (!c || i >= c->entry_count) {
		row->fixed = true;
		row->kind = ROW_BLANK;
		return;
	}
	e = &c->entries[i];
	if (kind == ROW_HEAD) {
		text_buf_reset(&d->day);
		words_day(d->v.screen, &d->day, e->at_ms, time_wall_ms());
		row->text = d->day.buf;
		row->fixed = true;
		return;
	}
	row->entry = e;
	row->key = "entry";
	row->key2 = e->id;
}

static void source_row(const struct tui_view *v, size_t i, struct row *row)
{
	struct detail *d = (struct detail *)v;
	const struct line_of *l = &d->lines[i];

	row->kind = l->kind;
	row->index = l->index;
	switch (l->kind) {
	case ROW_NUMBER:
		number_row(d, l->index, row);
		break;
	case ROW_TEXT:
		/* The e-mail address stands among the numbers. */
		row->kind = ROW_NUMBER;
		row->label = _("e-mail");
		row->text = d->contact ? d->contact->email : "";
		row->fixed = true;
		break;
	case ROW_HEAD:
	case ROW_ENTRY:
		entry_row(d, l->index, l->kind, row);
		break;
	default:
		row->fixed = true;
		break;
	}
}

static const struct list_source source = {source_count, source_row};

static void add(struct detail *d, enum row_kind kind, size_t index)
{
	d->lines[d->count++] = (struct line_of){kind, index};
}

static void add_entries(struct detail *d, const struct uc_conversation *c)
{
	size_t i, from = c->entry_count > ENTRIES_MAX
				 ? c->entry_count - ENTRIES_MAX
				 : 0;
	int64_t day, last = INT64_MIN;

	for (i = from; i < c->entry_count; i++) {
		day = words_day_number(c->entries[i].at_ms);
		if (day != last) {
			add(d, ROW_BLANK, 0);
			add(d, ROW_HEAD, i);
			last = day;
		}
		add(d, ROW_ENTRY, i);
	}
}

static void recalc(struct tui_view *v)
{
	struct detail *d = (struct detail *)v;
	struct uc_conversation *c;
	struct line_of *lines;
	size_t i, n = 4;

	if (d->contact && !d->talk) {
		c = uc_conversation_of(screen_uc(v->screen), d->contact);
		if (c != d->conversation) {
			mem_deref(d->conversation);
			d->conversation = mem_ref(c);
		}
	}
	c = d->conversation;
	n += d->contact ? d->contact->number_count : 1;
	n += c ? 3 * (c->entry_count > ENTRIES_MAX ? ENTRIES_MAX
						   : c->entry_count)
	       : 0;
	d->count = 0;
	lines = realloc(d->lines, n * sizeof(*lines));
	if (!lines)
		return;
	d->lines = lines;
	if (!d->contact && !c)
		return;
	if (!d->contact)
		add(d, ROW_NUMBER, 0);
	for (i = 0; d->contact && i < d->contact->number_count; i++)
		add(d, ROW_NUMBER, i);
	if (d->contact && !text_empty(d->contact->email))
		add(d, ROW_TEXT, 0);
	if (c)
		add_entries(d, c);
}

void detail_set(struct tui_view *v, struct uc_contact *c,
		struct uc_conversation *conversation)
{
	struct detail *d = (struct detail *)v;
	bool talk = conversation != NULL;

	if (talk)
		c = conversation->contact;
	if (d->contact == c && d->talk == talk &&
	    (!talk || d->conversation == conversation))
		return;
	mem_deref(d->contact);
	mem_deref(d->conversation);
	d->contact = mem_ref(c);
	d->conversation = mem_ref(conversation);
	d->talk = talk;
	d->v.list.bottom = talk;
	recalc(v);
	rows_reset(&d->v.list);
	view_dirty(v);
}

/* ---- head -------------------------------------------------------------- */

static void draw_state(struct detail *d, struct frame_grid *g, struct rect area,
		       unsigned *name_end)
{
	const struct tui_screen *s = d->v.screen;
	const struct uc_contact *c = d->contact;
	unsigned end = area.column + area.columns, n;
	struct text_buf b = {0}, until = {0};
	enum uc_lamp lamp;

	*name_end = end;
	if (!c || text_empty(c->device))
		return;
	lamp = contact_lamp(s, c);
	text_buf_add(&b, uc_presence_word(&c->presence));
	words_until(s, &until, &c->presence, area.columns / 2);
	if (until.len)
		text_buf_printf(&b, " %s", until.buf);
	text_buf_reset(&until);
	n = draw_right(s, g, area.row, end - 1, area.columns / 2,
		       presence_style(&c->presence), b.buf);
	text_buf_reset(&b);
	if (n + 4 >= area.columns)
		return;
	frame_grid_put(g, area.row, end - n - 3, 1, lamp_style(lamp, false),
		       glyph(s, GLYPH_LAMP + (enum glyph)lamp));
	*name_end = end - n - 4;
}

/* Department and company; the note; who the phone is busy with. */
static unsigned draw_head(struct detail *d, struct frame_grid *g,
			  struct rect area)
{
	const struct tui_screen *s = d->v.screen;
	const struct uc_contact *c = d->contact;
	const char *name = c		     ? c->name
			   : d->conversation ? d->conversation->name
					     : "";
	struct text_buf b = {0};
	unsigned row = area.row, end;

	draw_state(d, g, area, &end);
	draw_text(s, g, row++, area.column + 2,
		  end > area.column + 2 ? end - area.column - 2 : 0,
		  STYLE_TITLE, name);
	if (c && !text_empty(c->department))
		text_buf_add(&b, c->department);
	if (c && !text_empty(c->company))
		text_buf_printf(&b, "%s%s", b.len ? ", " : "", c->company);
	if (b.len && row < area.row + area.rows)
		draw_text(s, g, row++, area.column + 2, area.columns - 3,
			  STYLE_DIM, b.buf);
	text_buf_reset(&b);
	if (c && !text_empty(c->presence.note) && row < area.row + area.rows) {
		text_buf_printf(&b, "\"%s\"", c->presence.note);
		draw_text(s, g, row++, area.column + 2, area.columns - 3,
			  STYLE_NORMAL, b.buf);
		text_buf_reset(&b);
	}
	return area.rows >= 8 ? row + 1 : row;
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	struct detail *d = (struct detail *)v;
	unsigned row;

	if ((!d->contact && !d->conversation) || area.columns < 8)
		return;
	row = draw_head(d, g, area);
	if (cursor)
		*cursor = (struct rect){area.row, area.column, 1, 1};
	if (row >= area.row + area.rows)
		return;
	area.rows -= row - area.row;
	area.row = row;
	rows_draw(&v->list, g, area, focus, cursor);
}

/* ---- acts -------------------------------------------------------------- */

static const char *number_of(const struct row *row)
{
	return row->entry ? row->entry->number : row->text;
}

static bool act(struct tui_view *v, enum act a)
{
	struct detail *d = (struct detail *)v;
	struct row row;

	if (a == ACT_LEFT)
		return screen_act(v->screen, ACT_BACK);
	if (a == ACT_DETAILS)
		return true;
	if (a != ACT_ENTER || !rows_selected(&v->list, &row))
		return false;
	screen_dial(v->screen, d->contact, number_of(&row));
	return true;
}

static const char *word(const struct tui_view *v, enum act a)
{
	struct row row;

	if (a == ACT_ENTER && rows_selected(&v->list, &row) &&
	    screen_can_dial(v->screen))
		return _("call");
	return NULL;
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	const struct detail *d = (const struct detail *)v;
	const char *number;
	struct row row;

	if (rows_selected(&v->list, &row)) {
		number = number_of(&row);
		if (text_empty(number) && d->contact)
			number = uc_contact_number(d->contact);
		if (!text_empty(number))
			text_buf_printf(b, _("Enter calls %s"), number);
	} else {
		words_contact(v->screen, b, d->contact);
	}
}

static bool target(const struct tui_view *v, enum app_argument_kind kind,
		   struct text_buf *b)
{
	const struct detail *d = (const struct detail *)v;
	struct row row;

	if (kind == APP_ARG_DIAL && rows_selected(&v->list, &row) &&
	    !text_empty(number_of(&row))) {
		text_buf_add(b, number_of(&row));
		return true;
	}
	if (d->conversation &&
	    (kind == APP_ARG_CONVERSATION || kind == APP_ARG_CALL))
		return conversation_target(screen_uc(v->screen),
					   d->conversation, kind, b);
	return contact_target(d->contact, kind, b);
}

static void click(struct tui_view *v, unsigned row, unsigned column)
{
	struct detail *d = (struct detail *)v;
	unsigned head = 2;

	(void)column;
	if (d->contact && (!text_empty(d->contact->department) ||
			   !text_empty(d->contact->company)))
		head++;
	if (d->contact && !text_empty(d->contact->presence.note))
		head++;
	if (row >= head)
		view_list_click(v, row - head);
}

static const struct view_class class = {
	.name = "detail",
	.contexts = APP_IN_DETAIL,
	.changes = UC_CHANGE_CONTACT | UC_CHANGE_CONVERSATION |
		   UC_CHANGE_CONVERSATIONS | UC_CHANGE_CONNECTION,
	.recalc = recalc,
	.draw = draw,
	.act = act,
	.click = click,
	.explain = explain,
	.word = word,
	.target = target,
};

static void destroy(void *arg)
{
	struct detail *d = arg;

	rows_close(&d->v.list);
	text_buf_reset(&d->day);
	mem_deref(d->contact);
	mem_deref(d->conversation);
	free(d->lines);
}

int detail_alloc(struct tui_view **vp, struct tui_screen *s)
{
	int err = view_alloc(vp, sizeof(struct detail), &class, s, destroy);

	if (err)
		return err;
	rows_init(&(*vp)->list, *vp, &source, columns);
	(*vp)->list.indent = 4;
	(*vp)->list.quiet = true;
	(*vp)->has_list = true;
	return 0;
}
