/**
 * @file conversations.c  One row for each person or number, newest first
 */
#include <stdlib.h>

#include "tui_int.h"

static const uint8_t columns[] = {COL_LAMP, COL_NAME,	COL_UNREAD, COL_WHEN,
				  COL_WHAT, COL_NUMBER, COL_END};

/* A conversation that is shown; the entry of it that is. */
struct item {
	struct uc_conversation *v; /**< NULL in what is looked through: taken */
	size_t entry;		   /**< NO_ENTRY: it is there by its call */
	int64_t at_ms;
	bool called;
};

struct items {
	struct item *at;
	size_t count, size;
};

enum { SLICE_MS = 8, ENTRIES_AT_ONCE = 64 };
#define NO_ENTRY ((size_t)-1)

struct conversations {
	struct tui_view v;
	enum uc_filter filter;
	struct field field;   /**< what is looked for */
	bool typing;	      /**< keys are for it */
	struct uc_find *find; /**< NULL: nothing is looked for */
	struct items shown;   /**< with a filter or a find */
	struct items next;    /**< found so far, while looking */
	size_t at, entry;     /**< where the looking is */
	struct tmr more;      /**< looks on */
	char *wish, *instead; /**< selected before filters, and by them */
};

static bool narrowed(const struct conversations *d)
{
	return d->filter != UC_FILTER_ALL || d->find;
}

static void items_clear(struct items *s)
{
	while (s->count)
		mem_deref(s->at[--s->count].v);
}

static void items_close(struct items *s)
{
	items_clear(s);
	free(s->at);
	memset(s, 0, sizeof(*s));
}

static void items_add(struct items *s, const struct item *i)
{
	if (s->count == s->size) {
		size_t size = s->size ? s->size * 2 : 64;
		struct item *more = realloc(s->at, size * sizeof(*more));

		if (!more)
			return; /* not shown, that is all */
		s->at = more;
		s->size = size;
	}
	s->at[s->count] = *i;
	mem_ref(s->at[s->count++].v);
}

static size_t source_count(const struct tui_view *v)
{
	const struct conversations *d = (const struct conversations *)v;

	return narrowed(d) ? d->shown.count
			   : uc_conversation_count(screen_uc(v->screen));
}

static void source_row(const struct tui_view *v, size_t i, struct row *row)
{
	const struct conversations *d = (const struct conversations *)v;
	struct uc_conversation *c;

	row->kind = ROW_CONVERSATION;
	if (narrowed(d)) {
		c = d->shown.at[i].v;
		/* The model may be a change ahead. */
		if (d->shown.at[i].entry < c->entry_count)
			row->entry = &c->entries[d->shown.at[i].entry];
	} else {
		c = uc_conversation_at(screen_uc(v->screen), i);
	}
	row->conversation = c;
	row->key = c->id;
}

static const struct list_source source = {source_count, source_row};

/* ---- looking through --------------------------------------------------- */

/* The newest entry that is to be seen. @return false: look on, time is over */
static bool look(struct conversations *d, struct uc_conversation *c,
		 uint64_t until, size_t *entry)
{
	bool named = !d->find || uc_find_conversation(d->find, c);
	size_t i = d->entry == NO_ENTRY || d->entry > c->entry_count
			   ? c->entry_count
			   : d->entry;
	size_t n = 0;

	*entry = NO_ENTRY;
	while (i-- > 0) {
		struct uc_entry *e = &c->entries[i];

		if (uc_filter_entry(d->filter, e) &&
		    (named || uc_find_entry(d->find, e))) {
			*entry = i;
			break;
		}
		if (++n % ENTRIES_AT_ONCE == 0 && time_mono_ms() >= until) {
			d->entry = i;
			return false;
		}
	}
	d->entry = NO_ENTRY;
	return true;
}

/* Calls first, as without a filter; then the newest that was found. */
static int by_age(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->called != y->called)
		return x->called ? -1 : 1;
	if (x->at_ms != y->at_ms)
		return x->at_ms > y->at_ms ? -1 : 1;
	return strcmp(x->v->id, y->v->id);
}

static void look_on(void *arg);

static void look_all(struct conversations *d)
{
	struct uc *uc = screen_uc(d->v.screen);
	uint64_t until = time_mono_ms() + SLICE_MS;
	struct uc_conversation *c;
	bool calls = uc_call_count(uc) > 0;

	for (; (c = uc_conversation_at(uc, d->at)); d->at++) {
		struct item i = {.v = c};

		if (!look(d, c, until, &i.entry)) {
			tmr_start(&d->more, 1, look_on, d);
			return;
		}
		i.called = calls && conversation_call(uc, c);
		if (i.entry != NO_ENTRY)
			i.at_ms = c->entries[i.entry].at_ms;
		if (i.called || i.entry != NO_ENTRY)
			items_add(&d->next, &i);
		if (time_mono_ms() >= until) {
			d->at++;
			tmr_start(&d->more, 1, look_on, d);
			return;
		}
	}
	if (d->next.count)
		qsort(d->next.at, d->next.count, sizeof(*d->next.at), by_age);
	items_close(&d->shown);
	d->shown = d->next;
	memset(&d->next, 0, sizeof(d->next));
}

static void look_on(void *arg)
{
	struct conversations *d = arg;

	look_all(d);
	rows_sync(&d->v.list);
	screen_follow(d->v.screen);
	view_dirty(&d->v);
}

static void recalc(struct tui_view *v)
{
	struct conversations *d = (struct conversations *)v;

	tmr_cancel(&d->more);
	items_clear(&d->next);
	d->at = 0;
	d->entry = NO_ENTRY;
	if (narrowed(d))
		look_all(d);
	else
		items_close(&d->shown);
}

/* What is asked for has changed: the selection stays where it can. */
static void ask(struct conversations *d)
{
	struct tui_view *v = &d->v;
	const char *text = d->field.text;

	d->find = mem_deref(d->find);
	if (!text_empty(text))
		(void)uc_find_alloc(&d->find, screen_uc(v->screen), text);
	v->stale = true;
	v->screen->unsettled = true;
	v->screen->detail->stale = true;
	screen_dirty(v->screen, WIN_BIT(WIN_DETAIL));
	view_dirty(v);
}

struct uc_find *conversations_find(const struct tui_view *v)
{
	return ((const struct conversations *)v)->find;
}

void conversations_search(struct tui_view *v, const char *text)
{
	struct conversations *d = (struct conversations *)v;

	if (text)
		field_set(&d->field, text);
	d->typing = text_empty(text);
	ask(d);
}

static bool search_end(struct conversations *d)
{
	bool was = d->typing || !text_empty(d->field.text);

	d->typing = false;
	if (was) {
		field_set(&d->field, "");
		ask(d);
	}
	return was;
}

enum uc_filter conversations_filter(const struct tui_view *v)
{
	return ((const struct conversations *)v)->filter;
}

void conversations_filter_set(struct tui_view *v, enum uc_filter f)
{
	struct conversations *d = (struct conversations *)v;

	/* What a filter has left out is selected again when it is back, unless
	 * another one was chosen meanwhile. */
	if (!d->wish || !text_equal(v->list.key, d->instead))
		text_set(&d->wish, v->list.key);
	text_set(&v->list.key, d->wish);
	d->filter = f;
	ask(d);
	view_settle(v);
	text_set(&d->instead, v->list.key);
}

/* ---- drawing ----------------------------------------------------------- */

static unsigned head_rows(const struct conversations *d)
{
	return narrowed(d) || d->typing || !text_empty(d->field.text);
}

/* What is shown, in words; what is looked for. */
static void draw_head(struct conversations *d, struct frame_grid *g,
		      struct rect area, struct rect *cursor)
{
	const struct tui_screen *s = d->v.screen;
	unsigned at = area.column + 2, end = area.column + area.columns - 1;
	char *words, *count;

	if (tmr_isrunning(&d->more))
		count = text_dup(_("searching …"));
	else
		count = text_printf("%zu", rows_count(&d->v.list));
	words = text_printf(_("Show: %s"), uc_filter_word(d->filter));
	end -= draw_right(s, g, area.row, end, 16, STYLE_DIM, count) + 2;
	at += draw_text(s, g, area.row, at, end > at ? end - at : 0,
			d->filter ? STYLE_BOLD : STYLE_DIM, words) +
	      3;
	if ((d->typing || !text_empty(d->field.text)) && at + 6 < end) {
		frame_grid_put(g, area.row, at, 1, STYLE_KEY, "\\");
		field_draw(s, &d->field, g, area.row, at + 2, end - at - 2,
			   STYLE_BOLD, d->typing ? cursor : NULL);
	}
	free(words);
	free(count);
}

static const char *nothing(const struct conversations *d)
{
	static const char *const texts[UC_FILTER_COUNT] = {
		[UC_FILTER_ALL] = N_("No calls or messages yet."),
		[UC_FILTER_MISSED] = N_("No missed calls."),
		[UC_FILTER_VOICEMAIL] = N_("No voice messages."),
		[UC_FILTER_MESSAGES] = N_("No messages."),
	};

	if (tmr_isrunning(&d->more))
		return _("Searching …");
	return d->find ? _("Nothing found here.") : _(texts[d->filter]);
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	struct conversations *d = (struct conversations *)v;
	unsigned head = head_rows(d);

	if (cursor)
		*cursor = (struct rect){area.row, area.column, 1, 1};
	if (head && area.rows > 1 && area.columns > 8) {
		draw_head(d, g, area, cursor);
		area.row += head;
		area.rows -= head;
	}
	if (rows_count(&v->list))
		rows_draw(&v->list, g, area, focus, d->typing ? NULL : cursor);
	else if (area.columns > 4 && (head || !screen_lost(v->screen)))
		draw_text(v->screen, g, area.row, area.column + 2,
			  area.columns - 3, STYLE_DIM, nothing(d));
}

/* ---- keys -------------------------------------------------------------- */

static bool act(struct tui_view *v, enum act a)
{
	struct conversations *d = (struct conversations *)v;
	struct row row;

	if (a == ACT_BACK)
		return search_end(d);
	if (a == ACT_ENTER && d->typing) {
		d->typing = false;
		view_dirty(v);
		return true;
	}
	if (!rows_selected(&v->list, &row))
		return false;
	switch (a) {
	case ACT_ENTER:
		screen_dial(v->screen, row.conversation->contact,
			    row.conversation->number);
		return true;
	case ACT_RIGHT:
		return screen_act(v->screen, ACT_DETAILS);
	default:
		return false;
	}
}

static bool typing(const struct tui_view *v)
{
	return ((const struct conversations *)v)->typing;
}

static bool key(struct tui_view *v, const char *k)
{
	struct conversations *d = (struct conversations *)v;
	const char *text = d->field.text ? d->field.text : "";

	if (!d->typing)
		return false;
	if (text_equal(k, "Backspace") && !*text)
		return search_end(d);
	if ((text_equal(k, "Right") && !text[d->field.cursor]) ||
	    !field_key(&d->field, k))
		return false;
	ask(d);
	return true;
}

static void paste(struct tui_view *v, const char *text)
{
	struct conversations *d = (struct conversations *)v;
	char *line;

	if (!d->typing) {
		screen_search(v->screen, text);
		return;
	}
	text += strspn(text, " \t\r\n");
	line = strndup(text, strcspn(text, "\r\n"));
	if (line)
		field_insert(&d->field, line);
	free(line);
	ask(d);
}

static const char *word(const struct tui_view *v, enum act a)
{
	const struct conversations *d = (const struct conversations *)v;
	struct row row;

	if (a == ACT_BACK && (d->typing || d->find))
		return _("no search");
	if (a == ACT_ENTER && d->typing)
		return _("hits");
	if (!rows_selected(&v->list, &row))
		return NULL;
	if (a == ACT_ENTER)
		return screen_can_dial(v->screen) &&
				       (row.conversation->contact ||
					!text_empty(row.conversation->number))
			       ? _("call")
			       : NULL;
	return a == ACT_DETAILS ? _("open") : NULL;
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	const struct uc_conversation *c;
	struct row row;

	if (!rows_selected(&v->list, &row))
		return;
	c = row.conversation;
	if (c->contact) {
		words_contact(v->screen, b, c->contact);
		return;
	}
	text_buf_add(b, c->name);
	if (!text_equal(c->name, c->number))
		text_buf_printf(b, ", %s", c->number);
}

static bool target(const struct tui_view *v, enum app_argument_kind kind,
		   struct text_buf *b)
{
	struct row row;

	return rows_selected(&v->list, &row) &&
	       conversation_target(screen_uc(v->screen), row.conversation, kind,
				   b);
}

static void click(struct tui_view *v, unsigned row, unsigned column)
{
	unsigned head = head_rows((const struct conversations *)v);

	(void)column;
	if (row >= head)
		view_list_click(v, row - head);
}

static const struct view_class class = {
	.name = "conversations",
	.title = N_("Conversations"),
	.contexts = APP_IN_LIST | APP_IN_CONVERSATIONS,
	.changes = UC_CHANGE_CONVERSATIONS | UC_CHANGE_CONVERSATION |
		   UC_CHANGE_CALLS | UC_CHANGE_CALL | UC_CHANGE_CONTACT |
		   UC_CHANGE_CONNECTION,
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
	struct conversations *d = arg;

	tmr_cancel(&d->more);
	rows_close(&d->v.list);
	items_close(&d->shown);
	items_close(&d->next);
	field_close(&d->field);
	free(d->wish);
	free(d->instead);
	mem_deref(d->find);
}

int conversations_alloc(struct tui_view **vp, struct tui_screen *s)
{
	int err = view_alloc(vp, sizeof(struct conversations), &class, s,
			     destroy);
	struct conversations *d;

	if (err)
		return err;
	d = (struct conversations *)*vp;
	field_set(&d->field, "");
	d->entry = NO_ENTRY;
	rows_init(&(*vp)->list, *vp, &source, columns);
	(*vp)->has_list = true;
	return 0;
}
