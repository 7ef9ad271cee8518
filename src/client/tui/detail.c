/**
 * @file detail.c  All about one person or number: numbers, and what happened
 */
#include <stdlib.h>

#include "detail_int.h"

/* So many entries at first, and more each time that one is at their top. */
enum { ENTRIES_SHOWN = 300 };

static const uint8_t columns[] = {COL_LABEL, COL_TEXT, COL_TAG, COL_END};

/* At the top of what is shown: more of it, from here or from the server. */
static void go_on_upwards(struct detail *d)
{
	struct tui_screen *s = d->v.screen;
	struct uc_conversation *c = d->conversation;

	if (!d->talk || !c || !c->entry_count || d->v.list.selected > d->first)
		return;
	if (c->entry_count > d->window) {
		d->window += ENTRIES_SHOWN;
		d->v.stale = true;
		s->unsettled = true;
		view_settle(&d->v);
	} else if (app_history(screen_app(s), c) == APP_HISTORY_MORE) {
		keys_command(s, "older", c->id);
	}
}

void detail_hit(struct tui_view *v, int way, size_t np[2])
{
	struct detail *d = (struct detail *)v;
	struct uc_conversation *c = d->conversation;
	size_t n = 0, at, i, best = 0, first = 0, last = 0;
	size_t best_number = 0;
	struct row row;

	if (!c || !c->entry_count)
		return;
	view_settle(v);
	at = rows_selected(&v->list, &row) && row.entry
		     ? (size_t)(row.entry - c->entries)
		     : c->entry_count;
	for (i = 0; i < c->entry_count; i++) {
		if (!detail_is_hit(d, &c->entries[i]))
			continue;
		if (!n++)
			first = i;
		last = i;
		if (way < 0 ? i < at : i > at && !best_number) {
			best = i;
			best_number = n;
		}
	}
	np[1] = n;
	if (!n)
		return;
	if (!best_number) {
		best = way < 0 ? last : first;
		best_number = way < 0 ? n : 1;
	}
	np[0] = best_number;
	if (c->entry_count - best > d->window) {
		d->window = c->entry_count - best + ENTRIES_SHOWN / 2;
		v->stale = true;
		view_settle(v);
	}
	rows_select(&v->list, detail_row_of(d, best));
	v->screen->focus = FOCUS_DETAIL;
	v->screen->detail_shown = true;
	screen_relayout(v->screen);
	view_dirty(v);
}

/* Somebody looks at what has come: then it is read. */
static void read_now(struct detail *d)
{
	struct tui_screen *s = d->v.screen;
	bool unread = false;

	if (!d->conversation || !d->conversation->unread ||
	    s->focus != FOCUS_DETAIL || s->overlay_count || !s->terminal_focus)
		return;
	for (size_t i = d->conversation->entry_count; i-- > 0 && !unread;)
		unread = d->conversation->entries[i].unread &&
			 d->conversation->entries[i].kind == UC_MESSAGE_IN;
	if (unread)
		keys_command(s, "read", d->conversation->id);
}

static bool is_said(const struct detail *d)
{
	return d->conversation && d->conversation->entry_count;
}

/* At the end one stays there. Without anything that was said, that would be a
 * number, and not the one that is called first. */
static void follow_end(struct detail *d)
{
	struct tui_list *l = &d->v.list;
	size_t n = rows_count(l);
	struct row row;

	if (!is_said(d))
		return;
	while (n && rows_get(l, n - 1, &row) && row.fixed)
		n--;
	if (d->writer.on || (d->talk && l->key && l->selected + 1 >= n)) {
		l->bottom = true;
		free(l->key);
		free(l->key2);
		l->key = l->key2 = NULL;
		l->selected = 0;
	}
}

static void recalc(struct tui_view *v)
{
	struct detail *d = (struct detail *)v;
	struct uc_conversation *c;

	if (d->contact && !d->talk) {
		c = uc_conversation_of(screen_uc(v->screen), d->contact);
		if (c != d->conversation) {
			mem_deref(d->conversation);
			d->conversation = mem_ref(c);
		}
	}
	follow_end(d);
	if (writer_set(&d->writer, v->screen, d->contact))
		writer_refresh(&d->writer, v->screen);
	detail_rows_make(d);
	read_now(d);
}

const struct uc_contact *detail_contact(const struct tui_view *v)
{
	return ((const struct detail *)v)->contact;
}

bool detail_write(struct tui_view *v)
{
	struct detail *d = (struct detail *)v;

	if (!writer_set(&d->writer, v->screen, d->contact))
		return false;
	d->writer.on = true;
	v->stale = true;
	v->screen->unsettled = true;
	view_dirty(v);
	return true;
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
	d->v.list.bottom = talk && is_said(d);
	d->window = ENTRIES_SHOWN;
	d->writer.on = false;
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

/* A conversation needs the room for what was said. @return what is left */
static struct rect draw_face(struct detail *d, struct frame_grid *g,
			     struct rect area, unsigned *end)
{
	struct rect place =
		picture_place(d->v.screen, d->talk ? NULL : d->contact, area);

	*end = place.row + place.rows;
	if (!d->contact || !place.rows)
		return area;
	picture_draw(d->v.screen, g, place, d->contact, d->contact->name);
	area.column += place.columns + 2;
	area.columns -= place.columns + 2;
	return area;
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
	unsigned row = area.row, end, face_end;

	area = draw_face(d, g, area, &face_end);
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
	row = row > face_end ? row : face_end;
	return area.rows >= 8 ? row + 1 : row;
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	struct detail *d = (struct detail *)v;
	unsigned row, below;

	if ((!d->contact && !d->conversation) || area.columns < 8)
		return;
	row = draw_head(d, g, area);
	if (cursor)
		*cursor = (struct rect){area.row, area.column, 1, 1};
	if (row >= area.row + area.rows)
		return;
	area.rows -= row - area.row;
	area.row = row;
	/* Messages are as wide as there is room. */
	if (d->columns != area.columns) {
		d->columns = area.columns;
		recalc(v);
		rows_sync(&v->list);
	}
	below = writer_rows(&d->writer, area.columns, area.rows);
	area.rows -= below;
	rows_draw(&v->list, g, area, focus && !d->writer.on, cursor);
	if (below > 1)
		writer_draw(&d->writer, v->screen, g,
			    (struct rect){area.row + area.rows + 1, area.column,
					  below - 1, area.columns},
			    focus, cursor);
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
	/* Whose conversation it is stands above all of it. */
	if (a == ACT_DETAILS) {
		if (rows_count(&v->list))
			view_list_act(v, ACT_FIRST);
		return true;
	}
	if (a == ACT_UP || a == ACT_PAGE_UP || a == ACT_FIRST) {
		view_list_act(v, a);
		go_on_upwards(d);
		return true;
	}
	if (a != ACT_ENTER || !rows_selected(&v->list, &row))
		return false;
	screen_dial(v->screen, d->contact, number_of(&row));
	return true;
}

static bool typing(const struct tui_view *v)
{
	return ((const struct detail *)v)->writer.on;
}

static bool key(struct tui_view *v, const char *k)
{
	struct detail *d = (struct detail *)v;

	if (!d->writer.on || !writer_key(&d->writer, v->screen, k))
		return false;
	view_dirty(v);
	return true;
}

static void paste(struct tui_view *v, const char *text)
{
	struct detail *d = (struct detail *)v;

	if (d->writer.on)
		writer_paste(&d->writer, v->screen, text);
	else
		screen_search(v->screen, text);
	view_dirty(v);
}

static const char *word(const struct tui_view *v, enum act a)
{
	struct row row;

	if (typing(v))
		return a == ACT_ENTER ? _("send") : NULL;
	if (a == ACT_ENTER && rows_selected(&v->list, &row) &&
	    screen_can_dial(v->screen))
		return _("call");
	if (a == ACT_DETAILS && ((const struct detail *)v)->talk &&
	    v->list.selected >= ((const struct detail *)v)->first)
		return _("details");
	return NULL;
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	const struct detail *d = (const struct detail *)v;
	const char *number;
	struct row row;

	if (typing(v)) {
		text_buf_add(b, _("Enter sends, C-j begins a new line, Esc "
				  "leaves the text here."));
	} else if (rows_selected(&v->list, &row)) {
		number = number_of(&row);
		if (text_empty(number) && d->contact)
			number = uc_contact_number(d->contact);
		if (!text_empty(number))
			text_buf_printf(b, _("Enter calls %s"),
					uc_number_spelled(screen_uc(v->screen),
							  d->contact, number));
	} else {
		words_contact(v->screen, b, d->contact);
	}
}

static bool target(const struct tui_view *v, enum app_argument_kind kind,
		   struct text_buf *b)
{
	const struct detail *d = (const struct detail *)v;
	struct row row;

	if (kind == APP_ARG_ENTRY) {
		if (!rows_selected(&v->list, &row) || !row.entry)
			return false;
		text_buf_add(b, row.entry->id);
		return true;
	}
	if (kind == APP_ARG_VOICE && rows_selected(&v->list, &row) && row.entry)
		return voice_target(row.entry, b);
	if (kind == APP_ARG_DIAL && rows_selected(&v->list, &row) &&
	    !text_empty(number_of(&row))) {
		text_buf_add(b, number_of(&row));
		return true;
	}
	if (d->conversation && (kind == APP_ARG_CONVERSATION ||
				kind == APP_ARG_CALL || kind == APP_ARG_VOICE))
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
		   UC_CHANGE_CONVERSATIONS | UC_CHANGE_CONNECTION |
		   UC_CHANGE_ACCOUNT,
	.app_changes = APP_CHANGE_HISTORY,
	.recalc = recalc,
	.draw = draw,
	.act = act,
	.key = key,
	.paste = paste,
	.typing = typing,
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
	writer_close(&d->writer);
	mem_deref(d->contact);
	mem_deref(d->conversation);
	free(d->lines);
}

int detail_alloc(struct tui_view **vp, struct tui_screen *s)
{
	int err = view_alloc(vp, sizeof(struct detail), &class, s, destroy);

	if (err)
		return err;
	rows_init(&(*vp)->list, *vp, &detail_rows, columns);
	((struct detail *)*vp)->window = ENTRIES_SHOWN;
	(*vp)->list.indent = 4;
	(*vp)->list.quiet = true;
	(*vp)->has_list = true;
	return 0;
}
