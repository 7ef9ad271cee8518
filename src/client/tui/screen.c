/**
 * @file screen.c  One attached terminal: its views, focus and overlays
 */
#include <stdlib.h>

#include "tui_int.h"

/* A line for the user stays so long, unless a key comes after a while. */
enum { MESSAGE_MS = 8000, MESSAGE_READ_MS = 1500 };

struct tui_view *screen_list_view(const struct tui_screen *s)
{
	return s->search ? s->search : s->bases[s->base];
}

struct tui_view *screen_focused(const struct tui_screen *s)
{
	if (s->overlay_count)
		return s->overlays[s->overlay_count - 1];
	return s->focus == FOCUS_DETAIL ? s->detail : screen_list_view(s);
}

bool screen_lost(const struct tui_screen *s)
{
	enum uc_connection c = uc_account(screen_uc(s))->connection;

	return c != UC_ONLINE;
}

bool screen_covered(const struct tui_screen *s)
{
	return s->overlay_count && !screen_focused(s)->class->aside;
}

/* Where keys are looked up: what has the focus, and what goes on. */
uint32_t screen_contexts(const struct tui_screen *s)
{
	const struct tui_view *v = screen_focused(s);
	const struct uc *uc = screen_uc(s);
	uint32_t contexts = v->class->contexts;
	bool over = screen_covered(s);
	struct app_listening listening;
	size_t i;

	if (uc_account(uc)->connection == UC_LOST && !over)
		contexts |= APP_IN_LOST;
	if (app_listening(screen_app(s), &listening) && !over)
		contexts |= APP_IN_LISTENING;
	for (i = 0; i < uc_call_count(uc); i++) {
		if (uc_call_at(uc, i)->state == UC_CALL_RINGING_IN)
			contexts |= APP_IN_RINGING;
		if (!over)
			contexts |= APP_IN_CALL;
		if (!over && i && uc_call_at(uc, i)->state == UC_CALL_HELD)
			contexts |= APP_IN_TWO_CALLS;
	}
	return contexts;
}

void screen_dirty(struct tui_screen *s, uint32_t windows)
{
	s->dirty |= windows;
	paint_request(s);
}

void screen_relayout(struct tui_screen *s)
{
	s->relayout = true;
	screen_dirty(s, WIN_ALL);
}

/* ---- overlays ---------------------------------------------------------- */

void screen_overlay_push(struct tui_screen *s, struct tui_view *v)
{
	if (!v)
		return;
	if (s->overlay_count >= OVERLAYS_MAX) {
		mem_deref(v);
		return;
	}
	s->overlays[s->overlay_count++] = v;
	view_settle(v);
	screen_relayout(s);
}

void screen_overlay_pop(struct tui_screen *s, struct tui_view *v)
{
	unsigned i;

	for (i = 0; i < s->overlay_count && s->overlays[i] != v; i++)
		;
	if (i == s->overlay_count)
		return;
	memmove(&s->overlays[i], &s->overlays[i + 1],
		(s->overlay_count - i - 1) * sizeof(s->overlays[0]));
	s->overlay_count--;
	mem_deref(v);
	screen_relayout(s);
}

struct tui_view *screen_overlay_find(const struct tui_screen *s,
				     const struct view_class *class)
{
	unsigned i;

	for (i = 0; i < s->overlay_count; i++)
		if (s->overlays[i]->class == class)
			return s->overlays[i];
	return NULL;
}

static void
overlay_want(struct tui_screen *s, bool want, const struct view_class *class,
	     int (*alloc)(struct tui_view **vp, struct tui_screen *s))
{
	struct tui_view *v = screen_overlay_find(s, class);

	if (want && !v) {
		if (!alloc(&v, s))
			screen_overlay_push(s, v);
	} else if (!want && v) {
		screen_overlay_pop(s, v);
	}
}

/* Forms and questions are there because the application waits for them. */
static void overlays_settle(struct tui_screen *s)
{
	struct app *a = screen_app(s);
	enum app_login_state login = app_login_state(a);
	enum uc_connection c = uc_account(screen_uc(s))->connection;
	bool lost = c != UC_ONLINE;
	struct tui_view *v;

	/* When it was lost, it comes back without being asked. */
	if (login == APP_LOGIN_FORM && lost && c != UC_LOST)
		overlay_want(s, true, &login_class, login_alloc);
	else if (!lost)
		overlay_want(s, false, &login_class, login_alloc);
	overlay_want(s, login == APP_LOGIN_CERTIFICATE && app_certificate(a),
		     &certificate_class, certificate_alloc);
	overlay_want(s, app_question(a) != NULL, &question_class,
		     question_alloc);
	overlay_want(s, app_import_shown(a), &import_class, import_alloc);
	v = screen_overlay_find(s, &keypad_class);
	if (v && !keypad_lives(v))
		screen_overlay_pop(s, v);
}

/* Bring what is shown up to date with the model; before keys and frames. */
void screen_settle(struct tui_screen *s)
{
	unsigned i;

	if (!s->unsettled)
		return;
	s->unsettled = false;
	overlays_settle(s);
	view_settle(s->bases[s->base]);
	view_settle(s->search);
	screen_follow(s);
	view_settle(s->detail);
	for (i = 0; i < s->overlay_count; i++)
		view_settle(s->overlays[i]);
}

/* ---- what changed ------------------------------------------------------ */

static void each_changed(struct tui_screen *s, uint32_t kind, bool of_app)
{
	unsigned i;

	for (i = 0; i < BASE_COUNT; i++)
		view_changed(s->bases[i], kind, of_app);
	view_changed(s->search, kind, of_app);
	view_changed(s->detail, kind, of_app);
	for (i = 0; i < s->overlay_count; i++)
		view_changed(s->overlays[i], kind, of_app);
}

static void each_stale(struct tui_screen *s)
{
	unsigned i;

	for (i = 0; i < BASE_COUNT; i++)
		s->bases[i]->stale = true;
	if (s->search)
		s->search->stale = true;
	s->detail->stale = true;
	for (i = 0; i < s->overlay_count; i++)
		s->overlays[i]->stale = true;
}

static const enum message_kind notice_kinds[] = {
	[UC_NOTICE_INFO] = MESSAGE_INFO,
	[UC_NOTICE_WARNING] = MESSAGE_WARNING,
	[UC_NOTICE_ERROR] = MESSAGE_ERROR,
};

/* From an observer: flags only. */
void screen_changed(struct tui_screen *s, uint32_t kind, const void *subject)
{
	const struct uc_notice *n;

	each_changed(s, kind, false);
	s->unsettled = true;
	if (kind & (UC_CHANGE_ACCOUNT | UC_CHANGE_CONNECTION | UC_CHANGE_PHONE |
		    UC_CHANGE_PARKED))
		screen_dirty(s, WIN_BIT(WIN_HEADER) | WIN_BIT(WIN_HINTS));
	if (kind & UC_CHANGE_CONNECTION)
		screen_relayout(s);
	if (kind & UC_CHANGE_CONTACT && subject == uc_me(screen_uc(s)))
		screen_dirty(s, WIN_BIT(WIN_HEADER));
	if (kind & (UC_CHANGE_CONVERSATIONS | UC_CHANGE_CONVERSATION))
		screen_dirty(s, WIN_BIT(WIN_HEADER));
	if (kind & (UC_CHANGE_CALLS | UC_CHANGE_CALL)) {
		s->relayout = true;
		screen_dirty(s, WIN_BIT(WIN_CALLS) | WIN_BIT(WIN_HINTS) |
					WIN_BIT(WIN_POPUP));
	}
	if (kind & UC_CHANGE_NOTICE) {
		n = uc_last_notice(screen_uc(s));
		if (n && n->number != s->notice_seen) {
			s->notice_seen = n->number;
			screen_message(s, notice_kinds[n->kind], n->text);
		}
	}
}

void screen_app_changed(struct tui_screen *s, uint32_t kind)
{
	each_changed(s, kind, true);
	s->unsettled = true;
	if (kind & APP_CHANGE_OPTION) {
		/* It may be the language: every word, every width. */
		each_stale(s);
		s->styles_told = false;
		screen_relayout(s);
	}
	/* its line comes and goes among the calls */
	if (kind & APP_CHANGE_LISTENING)
		s->relayout = true;
	screen_dirty(s, WIN_BIT(WIN_HEADER) | WIN_BIT(WIN_HINTS) |
				WIN_BIT(WIN_CALLS));
}

void screen_tick(struct tui_screen *s, bool minute)
{
	if (minute)
		screen_dirty(s, WIN_BIT(WIN_HEADER) | WIN_BIT(WIN_LIST) |
					WIN_BIT(WIN_DETAIL));
	if (uc_call_count(screen_uc(s)))
		screen_dirty(s, WIN_BIT(WIN_CALLS));
	if (screen_lost(s))
		screen_dirty(s, WIN_BIT(WIN_HINTS));
	if (screen_phone_counts(uc_account(screen_uc(s))))
		screen_dirty(s, WIN_BIT(WIN_HEADER));
}

/* ---- moving about ------------------------------------------------------ */

/* The detail shows what is selected in the list. */
void screen_follow(struct tui_screen *s)
{
	struct tui_view *v = screen_list_view(s);
	struct row row;

	if (!v->has_list || !rows_selected(&v->list, &row)) {
		detail_set(s->detail, NULL, NULL);
		return;
	}
	if (row.kind == ROW_CONVERSATION)
		detail_set(s->detail, NULL, row.conversation);
	else
		detail_set(s->detail, row.contact, NULL);
}

void screen_show(struct tui_screen *s, enum base base)
{
	s->search = mem_deref(s->search);
	s->base = base;
	s->focus = FOCUS_LIST;
	s->detail_shown = false;
	s->bases[base]->stale = true;
	s->unsettled = true;
	screen_settle(s);
	screen_relayout(s);
}

void screen_search(struct tui_screen *s, const char *text)
{
	if (!s->search && search_alloc(&s->search, s))
		return;
	s->focus = FOCUS_SEARCH;
	s->detail_shown = false;
	if (text)
		search_set(s->search, text);
	view_settle(s->search);
	screen_follow(s);
	screen_relayout(s);
}

void screen_search_end(struct tui_screen *s)
{
	s->search = mem_deref(s->search);
	s->focus = FOCUS_LIST;
	s->unsettled = true;
	s->bases[s->base]->stale = true;
	screen_settle(s);
	screen_relayout(s);
}

static void message_fades(void *arg)
{
	struct tui_screen *s = arg;

	screen_message(s, MESSAGE_INFO, NULL);
}

void screen_message(struct tui_screen *s, enum message_kind kind,
		    const char *text)
{
	free(s->message);
	s->message = text_empty(text)
			     ? NULL
			     : text_clean(text, (size_t)-1, TEXT_LINE_MAX);
	s->message_kind = kind;
	s->message_ms = time_mono_ms();
	if (s->message)
		tmr_start(&s->fade, MESSAGE_MS, message_fades, s);
	else
		tmr_cancel(&s->fade);
	screen_dirty(s, WIN_BIT(WIN_HINTS));
}

/* ---- to and from the terminal ------------------------------------------ */

void screen_send(struct tui_screen *s, const struct frame_message *m)
{
	struct text_buf b = {0};

	if (!frame_encode(&b, m) && !b.err)
		s->h.send(b.buf, b.len, s->arg);
	text_buf_reset(&b);
}

void tui_screen_leave(struct tui_screen *s, unsigned code, const char *text)
{
	char *copy;
	struct frame_message m = {.type = FRAME_LEAVE};

	if (!s)
		return;
	copy = text_dup(text ? text : "");
	if (!copy)
		return;
	m.leave.code = code;
	m.leave.text = copy;
	screen_send(s, &m);
	free(copy);
}

static void resized(struct tui_screen *s, const struct frame_size *size)
{
	if (!size->rows || !size->columns || size->rows > FRAME_ROWS_MAX ||
	    size->columns > FRAME_COLUMNS_MAX)
		return;
	s->size = *size;
	s->urgent = true;
	screen_relayout(s);
}

static void redraw(struct tui_screen *s)
{
	s->all = true;
	s->urgent = true;
	s->styles_told = false;
	screen_relayout(s);
}

void tui_screen_input(struct tui_screen *s, const struct frame_message *m)
{
	if (!s || !m)
		return;
	mem_ref(s); /* a command may end it */
	switch (m->type) {
	case FRAME_KEY:
	case FRAME_PASTE:
	case FRAME_MOUSE:
		s->urgent = true;
		if (s->message &&
		    time_mono_ms() - s->message_ms > MESSAGE_READ_MS)
			screen_message(s, MESSAGE_INFO, NULL);
		screen_settle(s);
		if (m->type == FRAME_KEY)
			keys_input(s, m->key.name);
		else if (m->type == FRAME_PASTE)
			keys_paste(s, m->text);
		else
			keys_mouse(s, &m->mouse);
		paint_request(s);
		break;
	case FRAME_FOCUS:
		s->terminal_focus = m->number != 0;
		s->relayout = true;
		screen_dirty(s, WIN_BIT(WIN_POPUP));
		break;
	case FRAME_RESIZE:
		resized(s, &m->size);
		break;
	case FRAME_SELECTION:
		s->urgent = true;
		screen_settle(s);
		selection_came(s, &m->selection);
		paint_request(s);
		break;
	case FRAME_ACK:
		paint_ack(s, m->number);
		break;
	case FRAME_PIXELS:
		image_pixels(s, &m->pixels);
		break;
	case FRAME_RESUMED:
		redraw(s);
		break;
	default:
		break;
	}
	mem_deref(s);
}

/* ---- beginning and end ------------------------------------------------- */

static void no_send(const void *data, size_t len, void *arg)
{
	(void)data;
	(void)len;
	(void)arg;
}

/* The next terminal that attaches begins where this one was. */
static void place_keep(const struct tui_screen *s)
{
	struct place_kept *p = &s->tui->kept;
	unsigned i;

	p->base = s->base;
	p->wish = s->wish;
	if (s->bases[BASE_CONVERSATIONS])
		p->filter = conversations_filter(s->bases[BASE_CONVERSATIONS]);
	for (i = 0; i < BASE_COUNT; i++) {
		if (!s->bases[i])
			continue;
		text_set(&p->key[i], s->bases[i]->list.key);
		text_set(&p->key2[i], s->bases[i]->list.key2);
	}
}

static void place_take(struct tui_screen *s)
{
	const struct place_kept *p = &s->tui->kept;
	unsigned i;

	s->base = p->base;
	s->wish = p->wish;
	conversations_filter_set(s->bases[BASE_CONVERSATIONS], p->filter);
	for (i = 0; i < BASE_COUNT; i++) {
		text_set(&s->bases[i]->list.key, p->key[i]);
		text_set(&s->bases[i]->list.key2, p->key2[i]);
		s->bases[i]->stale = true;
	}
}

static void screen_destroy(void *arg)
{
	struct tui_screen *s = arg;
	size_t i;

	if (s->le.list)
		place_keep(s);
	list_unlink(&s->le);
	tmr_cancel(&s->pace);
	tmr_cancel(&s->fade);
	tmr_cancel(&s->popup_tmr);
	tmr_cancel(&s->meter_tmr);
	mem_deref(s->turn);
	mem_deref(s->line);
	mem_deref(s->opening);
	for (i = 0; i < s->overlay_count; i++)
		mem_deref(s->overlays[i]);
	mem_deref(s->search);
	mem_deref(s->detail);
	for (i = 0; i < BASE_COUNT; i++)
		mem_deref(s->bases[i]);
	for (i = 0; i < WIN_COUNT; i++)
		mem_deref(s->win[i].grid);
	for (i = 0; i < s->spot_count; i++)
		free(s->spots[i].line);
	free(s->spots);
	aim_reset(s);
	free(s->message);
	mem_deref(s->palette);
	mem_deref(s->images);
	mem_deref(s->tui);
}

static int screen_views(struct tui_screen *s)
{
	int err;

	err = favourites_alloc(&s->bases[BASE_FAVOURITES], s);
	if (!err)
		err = conversations_alloc(&s->bases[BASE_CONVERSATIONS], s);
	if (!err)
		err = detail_alloc(&s->detail, s);
	return err;
}

int tui_screen_alloc(struct tui_screen **sp, struct tui *t,
		     const struct frame_hello *hello,
		     const struct tui_screen_handlers *h, void *arg)
{
	const struct uc_notice *n;
	struct tui_screen *s;
	unsigned i;
	int err;

	if (!sp || !t || !hello)
		return EINVAL;
	s = mem_zalloc(sizeof(*s), screen_destroy);
	if (!s)
		return ENOMEM;
	s->tui = mem_ref(t);
	s->h.send = h && h->send ? h->send : no_send;
	s->arg = arg;
	s->size = hello->size;
	if (!s->size.rows || s->size.rows > FRAME_ROWS_MAX)
		s->size.rows = 24;
	if (!s->size.columns || s->size.columns > FRAME_COLUMNS_MAX)
		s->size.columns = 80;
	s->version = hello->version;
	s->colours = hello->colours;
	s->ascii = hello->flags & FRAME_HELLO_ASCII;
	s->mono = hello->flags & FRAME_HELLO_MONO;
	s->terminal_focus = true;
	n = uc_last_notice(t->uc);
	s->notice_seen = n ? n->number : 0;
	err = loop_turn_alloc(&s->turn, paint_turn, s);
	for (i = 0; !err && i < WIN_COUNT; i++)
		err = frame_grid_alloc(&s->win[i].grid, 1, 1);
	if (!err)
		err = screen_views(s);
	if (err)
		goto out;
	place_take(s);
	list_append(&t->screens, &s->le, s);
	s->unsettled = true;
	s->urgent = true;
	s->all = true;
	screen_relayout(s);
	tui_clock_start(t);
out:
	if (err)
		mem_deref(s);
	else
		*sp = s;
	return err;
}
