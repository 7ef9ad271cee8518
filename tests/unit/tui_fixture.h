/**
 * @file tui_fixture.h  An application with a model filled by hand, and
 *                      terminals that decode what screens send
 */
#ifndef OFFHOOK_TEST_TUI_FIXTURE_H
#define OFFHOOK_TEST_TUI_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <offhook/client/tui.h>

#include <cmocka.h>

#include "until.h"

enum { WINDOWS_MAX = 16 };

struct terminal_window {
	bool there;
	struct frame_window at;
	struct frame_grid *grid;
};

/** What an attached process would hold. */
struct terminal {
	struct tui_screen *screen;
	struct terminal_window windows[WINDOWS_MAX];
	struct frame_cursor cursor;
	struct frame_size size;
	bool silent;	  /**< acknowledge nothing */
	uint32_t flush;	  /**< number of the last frame */
	unsigned frames;  /**< so far */
	unsigned unacked; /**< frames under way */
	unsigned unacked_max;
	size_t bytes;  /**< of the last frame's messages */
	size_t cells;  /**< columns written by the last frame */
	size_t rows;   /**< runs in the last frame */
	unsigned left; /**< FRAME_LEAVE seen */
	struct loop_turn *ack;
	unsigned frames_seen; /**< by terminal_frame() */
};

struct fixture {
	struct app *app;
	struct uc *uc;
	struct tui *tui;
};

static inline void terminal_ack(void *arg)
{
	struct terminal *t = arg;
	struct frame_message m = {.type = FRAME_ACK, .number = t->flush};

	t->unacked = 0;
	tui_screen_input(t->screen, &m);
}

static inline void terminal_cells(struct terminal *t,
				  const struct frame_cells *c)
{
	struct terminal_window *w;
	unsigned i, at = c->column;

	assert_true(c->window < WINDOWS_MAX);
	w = &t->windows[c->window];
	assert_true(w->there);
	for (i = 0; i < (c->repeat ? c->repeat : 1); i++)
		at += frame_grid_put(w->grid, c->row, at, 0, c->style, c->text);
	t->cells += at - c->column;
	t->rows++;
}

static inline void terminal_take(struct terminal *t, struct frame_message *m)
{
	struct terminal_window *w;

	switch (m->type) {
	case FRAME_WINDOW:
		assert_true(m->window.id < WINDOWS_MAX);
		w = &t->windows[m->window.id];
		/* Nothing hangs over the edge of the terminal. */
		assert_true(m->window.row >= 0 && m->window.column >= 0);
		assert_true((uint32_t)m->window.row + m->window.rows <=
			    t->size.rows);
		assert_true((uint32_t)m->window.column + m->window.columns <=
			    t->size.columns);
		if (!w->grid)
			assert_int_equal(frame_grid_alloc(&w->grid,
							  m->window.rows,
							  m->window.columns),
					 0);
		else if (!w->there || w->at.rows != m->window.rows ||
			 w->at.columns != m->window.columns)
			assert_int_equal(frame_grid_resize(w->grid,
							   m->window.rows,
							   m->window.columns),
					 0);
		w->there = true;
		w->at = m->window;
		break;
	case FRAME_WINDOW_GONE:
		assert_true(m->number < WINDOWS_MAX);
		t->windows[m->number].there = false;
		break;
	case FRAME_CELLS:
		terminal_cells(t, &m->cells);
		break;
	case FRAME_CURSOR:
		t->cursor = m->cursor;
		break;
	case FRAME_FLUSH:
		t->flush = m->number;
		t->frames++;
		t->unacked++;
		if (t->unacked > t->unacked_max)
			t->unacked_max = t->unacked;
		if (!t->silent)
			loop_turn_request(t->ack);
		break;
	case FRAME_LEAVE:
		t->left++;
		break;
	default:
		break;
	}
}

static inline void terminal_send(const void *data, size_t len, void *arg)
{
	struct terminal *t = arg;
	const uint8_t *p = data;
	struct frame_message m;
	size_t used;

	t->bytes = len;
	t->cells = t->rows = 0;
	while (len) {
		assert_int_equal(frame_decode(&m, p, len, &used), 0);
		terminal_take(t, &m);
		frame_message_reset(&m);
		p += used;
		len -= used;
	}
}

static inline bool terminal_has_frame(void *arg)
{
	struct terminal *t = arg;

	return t->frames > t->frames_seen && !t->unacked;
}

/** Run the loop until the next frame is there and acknowledged. */
static inline void terminal_frame(struct terminal *t)
{
	assert_true(until(terminal_has_frame, t));
	t->frames_seen = t->frames;
}

struct settled {
	struct terminal *t;
	unsigned frames;
	uint64_t since_ms;
};

static inline bool terminal_is_quiet(void *arg)
{
	struct settled *q = arg;

	if (q->frames != q->t->frames) {
		q->frames = q->t->frames;
		q->since_ms = time_mono_ms();
	}
	return time_mono_ms() - q->since_ms > 80;
}

/** Run the loop until nothing more is drawn for longer than a frame. */
static inline void terminal_settle(struct terminal *t)
{
	struct settled q = {t, t->frames, time_mono_ms()};

	assert_true(until(terminal_is_quiet, &q));
	t->frames_seen = t->frames;
}

static inline void terminal_key(struct terminal *t, const char *key)
{
	char name[64];
	struct frame_message m = {.type = FRAME_KEY};

	snprintf(name, sizeof(name), "%s", key);
	m.key.name = name;
	tui_screen_input(t->screen, &m);
}

/** Several keys, separated by blanks, then what they lead to. */
static inline void terminal_keys(struct terminal *t, const char *keys)
{
	char name[64];
	size_t n;

	while (*keys) {
		n = strcspn(keys, " ");
		snprintf(name, sizeof(name), "%.*s", (int)n, keys);
		terminal_key(t, name);
		keys += n + (keys[n] == ' ');
	}
	terminal_settle(t);
}

static inline void terminal_resize(struct terminal *t, unsigned rows,
				   unsigned columns)
{
	struct frame_message m = {.type = FRAME_RESIZE};

	t->size.rows = rows;
	t->size.columns = columns;
	m.size = t->size;
	tui_screen_input(t->screen, &m);
}

static inline const struct frame_cell *
terminal_cell(const struct terminal *t, unsigned row, unsigned column)
{
	const struct terminal_window *w, *top = NULL;
	unsigned i;

	for (i = 0; i < WINDOWS_MAX; i++) {
		w = &t->windows[i];
		if (w->there && row >= (unsigned)w->at.row &&
		    row < (unsigned)w->at.row + w->at.rows &&
		    column >= (unsigned)w->at.column &&
		    column < (unsigned)w->at.column + w->at.columns &&
		    (!top || w->at.z > top->at.z))
			top = w;
	}
	return top ? frame_grid_cell(top->grid, row - (unsigned)top->at.row,
				     column - (unsigned)top->at.column)
		   : NULL;
}

/** One line as the eye sees it, blanks at the end cut; to free(). */
static inline char *terminal_row(const struct terminal *t, unsigned row)
{
	const struct frame_cell *cell;
	struct text_buf b = {0};
	unsigned i;

	for (i = 0; i < t->size.columns; i++) {
		cell = terminal_cell(t, row, i);
		if (cell && !cell->width)
			continue;
		if (cell && cell->len)
			text_buf_add_n(&b, cell->text, cell->len);
		else
			text_buf_add(&b, " ");
	}
	while (b.len && b.buf[b.len - 1] == ' ')
		b.buf[--b.len] = '\0';
	return text_buf_take(&b);
}

/** The whole screen; to free(). */
static inline char *terminal_text(const struct terminal *t)
{
	struct text_buf b = {0};
	unsigned i;
	char *row;

	for (i = 0; i < t->size.rows; i++) {
		row = terminal_row(t, i);
		text_buf_add(&b, row);
		text_buf_add(&b, "\n");
		free(row);
	}
	return text_buf_take(&b);
}

static inline bool terminal_shows(const struct terminal *t, const char *what)
{
	char *text = terminal_text(t);
	bool found = strstr(text, what) != NULL;

	free(text);
	return found;
}

#define assert_shows(t, what)                                              \
	do {                                                               \
		if (!terminal_shows((t), (what))) {                        \
			char *all_ = terminal_text(t);                     \
			fprintf(stderr, "no \"%s\" in\n%s", (what), all_); \
			free(all_);                                        \
			fail();                                            \
		}                                                          \
	} while (0)

#define assert_shows_not(t, what)                                       \
	do {                                                            \
		if (terminal_shows((t), (what))) {                      \
			char *all_ = terminal_text(t);                  \
			fprintf(stderr, "\"%s\" in\n%s", (what), all_); \
			free(all_);                                     \
			fail();                                         \
		}                                                       \
	} while (0)

/** The row, from 0, that shows a text; -1 if none does. */
static inline int terminal_find(const struct terminal *t, const char *what)
{
	unsigned i;

	for (i = 0; i < t->size.rows; i++) {
		char *row = terminal_row(t, i);
		bool found = strstr(row, what) != NULL;

		free(row);
		if (found)
			return (int)i;
	}
	return -1;
}

/** Column at which a text begins in its row, -1 if it is not there. */
static inline int terminal_column(const struct terminal *t, unsigned row,
				  const char *what)
{
	char *text = terminal_row(t, row), *at = strstr(text, what);
	int column = -1;

	if (at) {
		*at = '\0';
		column = (int)text_width(text);
	}
	free(text);
	return column;
}

/** The row that carries the selection's mark in the focused pane. */
static inline unsigned terminal_cursor_row(const struct terminal *t)
{
	return (unsigned)t->windows[t->cursor.window].at.row + t->cursor.row;
}

static inline void terminal_open_as(struct terminal *t, struct fixture *f,
				    unsigned rows, unsigned columns,
				    uint32_t flags)
{
	const struct tui_screen_handlers h = {.send = terminal_send};
	struct frame_hello hello = {
		.version = FRAME_VERSION,
		.size = {rows, columns},
		.colours = 256,
		.flags = flags,
	};

	memset(t, 0, sizeof(*t));
	t->size = hello.size;
	assert_int_equal(loop_turn_alloc(&t->ack, terminal_ack, t), 0);
	assert_int_equal(tui_screen_alloc(&t->screen, f->tui, &hello, &h, t),
			 0);
	terminal_settle(t);
}

static inline void terminal_open(struct terminal *t, struct fixture *f,
				 unsigned rows, unsigned columns)
{
	terminal_open_as(t, f, rows, columns, 0);
}

static inline void terminal_close(struct terminal *t)
{
	unsigned i;

	t->screen = mem_deref(t->screen);
	t->ack = mem_deref(t->ack);
	for (i = 0; i < WINDOWS_MAX; i++)
		mem_deref(t->windows[i].grid);
}

/* ---- the model --------------------------------------------------------- */

static inline struct uc_contact *
add_colleague(struct fixture *f, const char *number, const char *name,
	      enum proto_presence state, enum uc_lamp lamp)
{
	char id[64], business[64];
	struct uc_number numbers[2] = {
		{.kind = UC_NUMBER_INTERNAL},
		{.kind = UC_NUMBER_BUSINESS},
	};
	char *plain = text_dup(number);
	struct uc_presence presence = {.state = state, .note = NULL};
	struct uc_contact *c = NULL;
	struct uc_contact_prm prm = {
		.id = id,
		.directory = UC_INTERNAL,
		.name = name,
		.device = number,
		.numbers = numbers,
		.number_count = 2,
	};

	snprintf(id, sizeof(id), "int:%s", number);
	snprintf(business, sizeof(business), "+49 89 7007-%s", number);
	numbers[0].number = plain;
	numbers[1].number = business;
	assert_int_equal(uc_contact_put(f->uc, &prm, &c), 0);
	uc_set_presence(f->uc, c, &presence);
	uc_set_lamp(f->uc, c, lamp, NULL);
	free(plain);
	return c;
}

static inline void fill_account(struct fixture *f)
{
	struct uc_account *a = uc_account_edit(f->uc);

	text_set(&a->user, "200");
	text_set(&a->name, "Emma Nutt");
	text_set(&a->device, "200");
	text_set(&a->server, "uc.example:8802");
	a->can = UC_CAN_CTI | UC_CAN_DIRECTORY | UC_CAN_JOURNAL |
		 UC_CAN_FAVOURITES | UC_CAN_GROUPS | UC_CAN_VOICEMAIL |
		 UC_CAN_DND;
	a->connection = UC_ONLINE;
	a->since_ms = time_wall_ms();
	uc_account_changed(f->uc, UC_CHANGE_ACCOUNT);
	uc_account_changed(f->uc, UC_CHANGE_CONNECTION);
}

static inline void fill_groups(struct fixture *f)
{
	static const char *const exchange[] = {"int:201", "int:202", "int:203",
					       "int:204", "int:205"};
	static const char *const workshop[] = {"int:201", "int:203"};
	const struct uc_group_prm groups[] = {
		{"g1", "Exchange", exchange, 5},
		{"g2", "Workshop", workshop, 2},
	};

	add_colleague(f, "200", "Emma Nutt", PROTO_OFFICE, UC_LAMP_IDLE);
	add_colleague(f, "201", "Agner Erlang", PROTO_OFFICE, UC_LAMP_IDLE);
	add_colleague(f, "202", "Hedy Lamarr", PROTO_OFFICE,
		      UC_LAMP_RINGS_OUTSIDE);
	add_colleague(f, "203", "Almon Strowger", PROTO_MEETING,
		      UC_LAMP_TALKS_OUTSIDE);
	add_colleague(f, "204", "Philipp Reis", PROTO_PRESENCE_UNKNOWN,
		      UC_LAMP_UNREACHABLE);
	add_colleague(f, "205", "Oliver Heaviside", PROTO_LUNCH, UC_LAMP_IDLE);
	assert_int_equal(uc_groups_replace(f->uc, groups, 2), 0);
}

static inline void fill_conversations(struct fixture *f)
{
	int64_t now = time_wall_ms();
	const struct uc_entry_prm entries[] = {
		{"e1", UC_IN_ANSWERED, now - 7200000, 252, NULL, "201", NULL,
		 false, UC_DELIVERY_NONE, NULL},
		{"e2", UC_MESSAGE_IN, now - 3600000, 0, "where is the ladder",
		 "203", NULL, true, UC_DELIVERY_NONE, NULL},
		{"e3", UC_IN_MISSED, now - 60000, 0, NULL, "+49 30 5550100",
		 NULL, true, UC_DELIVERY_NONE, NULL},
	};
	size_t i;

	for (i = 0; i < 3; i++)
		assert_int_equal(uc_entry_put(f->uc, &entries[i]), 0);
}

static inline struct uc_call *add_call(struct fixture *f, bool outgoing,
				       const char *number,
				       enum uc_call_state state)
{
	struct uc_call *c = NULL;

	assert_int_equal(uc_call_add(f->uc, &c, outgoing, number, NULL), 0);
	c->state = state;
	c->started_ms = time_wall_ms();
	if (state == UC_CALL_TALKING || state == UC_CALL_HELD)
		c->answered_ms = c->started_ms;
	uc_call_changed(f->uc, c);
	return c;
}

static inline int fixture_open(void **state)
{
	static const struct app_handlers h;
	struct fixture *f = calloc(1, sizeof(*f));
	const char *tmp = getenv("TMPDIR");
	char *config = text_printf("%s/tui-XXXXXX", tmp ? tmp : "/tmp");
	struct app_prm prm = {0};
	char *dir = mkdtemp(config), *file;

	assert_non_null(f);
	assert_non_null(dir);
	file = text_printf("%s/config", dir);
	prm.config_file = file;
	prm.state_dir = dir;
	prm.cache_dir = dir;
	assert_int_equal(app_alloc(&f->app, &prm, &h, f), 0);
	free(file);
	free(config);
	f->uc = app_uc(f->app);
	assert_int_equal(tui_alloc(&f->tui, f->app), 0);
	fill_account(f);
	fill_groups(f);
	fill_conversations(f);
	*state = f;
	return 0;
}

static inline int fixture_close(void **state)
{
	struct fixture *f = *state;

	mem_deref(f->tui);
	mem_deref(f->app);
	free(f);
	return 0;
}

static inline int loop_open(void **state)
{
	(void)state;
	return loop_init(LOOP_FEW);
}

static inline int loop_shut(void **state)
{
	(void)state;
	loop_close();
	return 0;
}

#define view_test(name) \
	cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

#endif
