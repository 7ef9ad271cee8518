/**
 * @file search.c  The search and dial line, and its hits below
 */
#include <stdlib.h>

#include "tui_int.h"

struct search {
	struct tui_view v;
	struct field field;
	struct uc_search *hits;
	enum uc_directory directory; /**< or UC_ALL_DIRECTORIES */
	struct app_dial dial;
	bool dialable;	 /**< the first row dials what is typed */
	bool hits_focus; /**< keys act on the hits, not the text */
};

static const uint8_t columns[] = {COL_LAMP,  COL_NAME,	 COL_PRESENCE,
				  COL_UNTIL, COL_NUMBER, COL_DIRECTORY,
				  COL_END};

static size_t source_count(const struct tui_view *v)
{
	const struct search *q = (const struct search *)v;

	return (q->dialable ? 1 : 0) + (q->hits ? uc_search_count(q->hits) : 0);
}

static void source_row(const struct tui_view *v, size_t i, struct row *row)
{
	const struct search *q = (const struct search *)v;

	if (q->dialable && i == 0) {
		row->kind = ROW_DIAL;
		row->key = "";
		row->key2 = "dial";
		row->text = q->dial.contact ? q->dial.contact->name
					    : _("Call this number");
		row->label = q->dial.shown;
		return;
	}
	row->kind = ROW_CONTACT;
	row->contact = uc_search_at(q->hits, i - (q->dialable ? 1 : 0));
	row->key = row->contact ? row->contact->id : NULL;
	row->fixed = !row->contact;
}

static const struct list_source source = {source_count, source_row};

static const char *query(const struct search *q)
{
	return q->field.text ? q->field.text : "";
}

/* A number that is typed can be called, whether someone has it or not. */
/* What else may stand in it app_dial_preview() knows. */
static bool looks_like_number(const char *text)
{
	return *text && strchr("0123456789+*#(", *text);
}

/* Of a number with its URL's scheme (RFC 3966) what can be dialled. */
static const char *without_scheme(const char *text)
{
	static const char *const schemes[] = {"tel:", "callto:"};
	size_t i, n;

	for (i = 0; i < TUI_COUNT(schemes); i++) {
		n = strlen(schemes[i]);
		if (!strncasecmp(text, schemes[i], n) &&
		    looks_like_number(text + n))
			return text + n;
	}
	return text;
}

/* A field has one line: two numbers in two lines must not become one. */
static void insert(struct search *q, const char *text)
{
	char *line;

	text += strspn(text, " \t\r\n");
	line = strndup(text, strcspn(text, "\r\n"));
	if (line)
		field_insert(&q->field,
			     *query(q) ? line : without_scheme(line));
	free(line);
}

/* Ask anew for what stands in the field. */
static void ask(struct search *q)
{
	struct app *a = screen_app(q->v.screen);

	q->hits = mem_deref(q->hits);
	app_dial_reset(&q->dial);
	memset(&q->dial, 0, sizeof(q->dial));
	q->dialable = looks_like_number(query(q)) &&
		      !app_dial_preview(a, query(q), &q->dial);
	if (*query(q) && app_search(a, query(q), q->directory, &q->hits))
		q->hits = NULL;
	rows_reset(&q->v.list);
	q->v.stale = true;
	q->v.screen->unsettled = true;
	view_dirty(&q->v);
	screen_follow(q->v.screen);
}

/* Who has the number may be known a little later than it is typed. */
static void recalc(struct tui_view *v)
{
	struct search *q = (struct search *)v;

	if (!q->dialable || q->dial.contact)
		return;
	app_dial_reset(&q->dial);
	q->dialable =
		!app_dial_preview(screen_app(v->screen), query(q), &q->dial);
}

void search_set(struct tui_view *v, const char *text)
{
	struct search *q = (struct search *)v;

	field_set(&q->field, "");
	insert(q, text);
	q->hits_focus = false;
	ask(q);
}

void search_show(struct tui_view *v, const char *text, enum uc_directory d)
{
	((struct search *)v)->directory = d;
	search_set(v, text);
}

static char *state_text(const struct search *q)
{
	unsigned pending = q->hits ? uc_search_pending(q->hits) : 0;
	size_t n = q->hits ? uc_search_count(q->hits) : 0;
	const char *where = q->directory == UC_ALL_DIRECTORIES
				    ? _("all directories")
				    : uc_directory_word(q->directory);

	if (!*query(q))
		return text_printf(_("%s (Tab)"), where);
	if (pending)
		return text_printf(_("%s (Tab)  %zu so far, searching …"),
				   where, n);
	return text_printf(q->hits && uc_search_more(q->hits)
				   ? _("%s (Tab)  %zu of more")
				   : _("%s (Tab)  %zu"),
			   where, n);
}

void search_draw_line(struct tui_view *v, struct frame_grid *g, unsigned row,
		      bool focus, struct rect *cursor)
{
	struct search *q = (struct search *)v;
	unsigned total = frame_grid_columns(g), width;
	char *state = state_text(q);

	width = state ? (unsigned)text_width(state) : 0;
	if (total < width + 24)
		width = 0;
	frame_grid_put(g, row, 1, 1, STYLE_KEY, "/");
	if (total > width + 8)
		field_draw(v->screen, &q->field, g, row, 3,
			   total - width - (width ? 6 : 4), STYLE_BOLD,
			   focus && !q->hits_focus ? cursor : NULL);
	if (width)
		draw_right(v->screen, g, row, total - 1, width, STYLE_DIM,
			   state);
	free(state);
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	struct search *q = (struct search *)v;
	const char *text, *reason;

	if (rows_count(&v->list)) {
		rows_draw(&v->list, g, area, focus,
			  q->hits_focus ? cursor : NULL);
		return;
	}
	if (!*query(q))
		text = _("Type the beginning of a name, or a number.");
	else if (q->hits && uc_search_pending(q->hits))
		text = _("Searching …");
	else
		text = _("Nobody found.");
	if (area.columns > 4)
		draw_text(v->screen, g, area.row, area.column + 2,
			  area.columns - 3, STYLE_DIM, text);
	reason = q->hits ? uc_search_reason(q->hits) : NULL;
	if (!text_empty(reason) && area.columns > 4 && area.rows > 1)
		draw_text(v->screen, g, area.row + 1, area.column + 2,
			  area.columns - 3, STYLE_DIM, reason);
}

static bool typing(const struct tui_view *v)
{
	return !((const struct search *)v)->hits_focus;
}

static void next_directory(struct search *q)
{
	uint32_t can = uc_account(screen_uc(q->v.screen))->can;

	do {
		q->directory = q->directory == UC_ALL_DIRECTORIES
				       ? 0
				       : q->directory + 1;
		if (q->directory >= UC_DIRECTORY_COUNT)
			q->directory = UC_ALL_DIRECTORIES;
	} while (q->directory == UC_EXTERNAL && !(can & UC_CAN_EXTERNAL));
	ask(q);
}

static bool act(struct tui_view *v, enum act a)
{
	struct search *q = (struct search *)v;
	struct tui_screen *s = v->screen;
	struct tui_view *numbers;
	struct row row;

	switch (a) {
	case ACT_UP:
		if (q->hits_focus && v->list.selected == 0) {
			q->hits_focus = false;
			view_dirty(v);
			return true;
		}
		return q->hits_focus ? view_list_act(v, a) : true;
	case ACT_DOWN:
	case ACT_PAGE_DOWN:
		q->hits_focus = rows_count(&v->list) > 0;
		return view_list_act(v, a);
	case ACT_NEXT:
		next_directory(q);
		return true;
	case ACT_ENTER:
		if (!rows_selected(&v->list, &row))
			return true;
		/* On its way, the call's keys shall work: no more typing. */
		if (row.kind == ROW_DIAL ? !keys_command(s, "dial", query(q))
					 : !screen_dial(s, row.contact, NULL))
			screen_search_end(s);
		return true;
	case ACT_RIGHT:
		if (!rows_selected(&v->list, &row) || !row.contact)
			return true;
		if (!numbers_alloc(&numbers, s, row.contact))
			screen_overlay_push(s, numbers);
		return true;
	case ACT_LEFT:
		return true;
	default:
		return false;
	}
}

static bool key(struct tui_view *v, const char *k)
{
	struct search *q = (struct search *)v;

	if (q->hits_focus) {
		if (!text_equal(k, "/") && !text_equal(k, "Backspace"))
			return false;
		q->hits_focus = false;
		view_dirty(v);
		return true;
	}
	/* At the end of the text there is nothing to the right of it. */
	if (text_equal(k, "Right") && !query(q)[q->field.cursor])
		return false;
	if (text_equal(k, "Home") || text_equal(k, "End") ||
	    text_equal(k, "Left") || text_equal(k, "Right")) {
		field_key(&q->field, k);
		view_dirty(v);
		return true;
	}
	if (text_equal(k, "C-b") || text_equal(k, "C-f"))
		return false;
	if (text_equal(k, "Backspace") && !*query(q)) {
		screen_search_end(v->screen);
		return true;
	}
	if (text_equal(k, "C-d") && !query(q)[q->field.cursor])
		return false;
	if (!field_key(&q->field, k))
		return false;
	ask(q);
	return true;
}

static void paste(struct tui_view *v, const char *text)
{
	struct search *q = (struct search *)v;

	insert(q, text);
	ask(q);
}

static const char *word(const struct tui_view *v, enum act a)
{
	const struct search *q = (const struct search *)v;
	struct row row;

	if (a == ACT_NEXT)
		return _("directory");
	if (!rows_selected(&v->list, &row))
		return NULL;
	if (a == ACT_DOWN && !q->hits_focus && rows_count(&v->list) > 1)
		return _("hits");
	if (a == ACT_ENTER)
		return screen_can_dial(v->screen) &&
				       (row.kind == ROW_DIAL ||
					uc_contact_number(row.contact))
			       ? _("call")
			       : NULL;
	if (a == ACT_RIGHT && row.contact)
		return _("numbers");
	if (a == ACT_DETAILS && row.contact)
		return _("details");
	return NULL;
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	const struct search *q = (const struct search *)v;
	struct row row;

	if (!rows_selected(&v->list, &row)) {
		text_buf_add(b, _("Search by name or number; Enter calls."));
		return;
	}
	if (row.kind == ROW_DIAL) {
		text_buf_printf(b, _("Enter calls %s"), q->dial.shown);
		return;
	}
	if (uc_contact_number(row.contact))
		/* a name, a number */
		text_buf_printf(b, _("Enter calls %s, %s"), row.contact->name,
				uc_contact_number(row.contact));
	else
		words_contact(v->screen, b, row.contact);
}

static bool target(const struct tui_view *v, enum app_argument_kind kind,
		   struct text_buf *b)
{
	const struct search *q = (const struct search *)v;
	struct row row;

	if (!rows_selected(&v->list, &row))
		return false;
	if (row.kind == ROW_DIAL && kind == APP_ARG_DIAL) {
		text_buf_add(b, query(q));
		return true;
	}
	return contact_target(row.contact, kind, b);
}

static void click(struct tui_view *v, unsigned row, unsigned column)
{
	(void)column;
	((struct search *)v)->hits_focus = true;
	view_list_click(v, row);
}

static const struct view_class class = {
	.name = "search",
	.contexts = APP_IN_SEARCH,
	.changes = UC_CHANGE_SEARCH | UC_CHANGE_CONTACT | UC_CHANGE_CONNECTION,
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
	struct search *q = arg;

	rows_close(&q->v.list);
	field_close(&q->field);
	mem_deref(q->hits);
	app_dial_reset(&q->dial);
}

int search_alloc(struct tui_view **vp, struct tui_screen *s)
{
	struct search *q;
	int err = view_alloc(vp, sizeof(*q), &class, s, destroy);

	if (err)
		return err;
	q = (struct search *)*vp;
	q->directory = UC_ALL_DIRECTORIES;
	rows_init(&q->v.list, &q->v, &source, columns);
	q->v.has_list = true;
	err = field_set(&q->field, "");
	if (err)
		*vp = mem_deref(q);
	return err;
}
