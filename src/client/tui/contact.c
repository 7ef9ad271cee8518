/**
 * @file contact.c  The form of a personal contact: a new one, or changed
 */
#include <stdlib.h>

#include "tui_int.h"

enum { FIELDS = APP_CONTACT_FIELDS, LABEL_COLUMNS = 13, FORM_COLUMNS = 62 };

struct contact_form {
	struct tui_view v;
	char *id; /**< "" of a new one */
	struct field fields[FIELDS];
	unsigned at;
	unsigned row, first, shown; /**< where which fields were drawn */
	char *before;  /**< as it was filled in, to know whether it is so */
	char *problem; /**< one line, or NULL */
	bool warned;   /**< of another one like it */
	bool asked;    /**< whether to throw away what was typed */
	bool saving;
	struct app_sink sink;
};

static struct contact_form *form(const struct tui_view *v)
{
	return (struct contact_form *)(uintptr_t)v;
}

static void say(struct contact_form *f, const char *text)
{
	free(f->problem);
	f->problem = text_dup(text);
	view_dirty(&f->v);
}

/* What is typed, as it stands. The texts stay the fields'. */
static struct app_contact typed(const struct contact_form *f)
{
	struct app_contact k = {.id = f->id};

	for (unsigned i = 0; i < FIELDS; i++)
		k.text[i] = f->fields[i].text;
	return k;
}

static bool is_changed(const struct contact_form *f)
{
	struct app_contact k = typed(f);
	char *now = app_contact_json(&k);
	bool changed = !text_equal(now, f->before);

	free(now);
	return changed;
}

/* ---- checks ------------------------------------------------------------ */

/* Leaving a field: its number becomes what will be kept. */
static bool settle(struct contact_form *f, unsigned at)
{
	struct app *a = screen_app(f->v.screen);
	enum app_contact_field which = (enum app_contact_field)at;
	char *value, *line;
	int err = app_contact_field_read(a, which, f->fields[at].text, &value);

	if (!err) {
		if (!text_equal(value, f->fields[at].text))
			field_set(&f->fields[at], value);
		free(value);
		return true;
	}
	line = text_printf(_("%s: \"%s\" is no number."),
			   app_contact_field_name(which), f->fields[at].text);
	say(f, line);
	free(line);
	return false;
}

static bool named(const struct contact_form *f)
{
	return !text_empty(f->fields[APP_CONTACT_FIRST].text) ||
	       !text_empty(f->fields[APP_CONTACT_LAST].text) ||
	       !text_empty(f->fields[APP_CONTACT_COMPANY].text);
}

static bool check(struct contact_form *f)
{
	const struct uc_contact *twin;
	struct app_contact k;
	char *line;

	for (unsigned i = 0; i < FIELDS; i++) {
		if (settle(f, i))
			continue;
		f->at = i;
		return false;
	}
	if (!named(f)) {
		f->at = APP_CONTACT_FIRST;
		say(f, _("A first, last or company name is needed."));
		return false;
	}
	k = typed(f);
	twin = app_contact_twin(screen_app(f->v.screen), &k);
	if (!twin || f->warned)
		return true;
	f->warned = true;
	line = text_printf(_("%s is there already, with the same name or "
			     "number. Enter saves this one as well."),
			   twin->name);
	say(f, line);
	free(line);
	return false;
}

static void go(struct contact_form *f, int way)
{
	say(f, NULL);
	(void)settle(f, f->at);
	f->at = (f->at + FIELDS + (unsigned)way) % FIELDS;
	view_dirty(&f->v);
}

/* ---- saving ------------------------------------------------------------ */

static void saved(int err, const char *text, void *arg)
{
	struct contact_form *f = arg;
	struct tui_screen *s = f->v.screen;

	f->saving = false;
	if (err) {
		say(f, text);
		return;
	}
	if (f->sink.text.len)
		screen_message(s, MESSAGE_INFO, f->sink.text.buf);
	screen_overlay_pop(s, &f->v);
}

static void save(struct contact_form *f)
{
	struct app_contact k = typed(f);
	const char *argv[] = {"contact-add", NULL, NULL};
	char *json;
	bool new = text_empty(f->id);
	int err;

	if (!check(f))
		return;
	k = typed(f);
	k.id = NULL;
	json = app_contact_json(&k);
	if (!new)
		argv[0] = "contact-change";
	argv[1] = new ? json : f->id;
	argv[2] = json;
	app_sink_reset(&f->sink);
	f->sink.done = saved;
	f->sink.done_arg = f;
	say(f, NULL);
	f->saving = true;
	mem_ref(f);
	err = json ? app_run(screen_app(f->v.screen), argv, new ? 2 : 3,
			     APP_FROM_KEY, &f->sink)
		   : ENOMEM;
	free(json);
	if (err != EINPROGRESS)
		saved(err, f->sink.error.buf ? f->sink.error.buf : "", f);
	mem_deref(f);
}

/* ---- drawing ----------------------------------------------------------- */

static void draw_field_row(struct contact_form *f, struct frame_grid *g,
			   struct rect area, unsigned row, unsigned i,
			   struct rect *cursor)
{
	struct tui_screen *s = f->v.screen;
	unsigned at = area.column + 2 + LABEL_COLUMNS;
	bool here = f->at == i;

	if (here)
		frame_grid_put(g, row, area.column, 1, STYLE_SELECTED,
			       glyph(s, GLYPH_MARK));
	draw_text(s, g, row, area.column + 2, LABEL_COLUMNS - 1,
		  here ? STYLE_BOLD : STYLE_DIM,
		  app_contact_field_name((enum app_contact_field)i));
	field_draw(s, &f->fields[i], g, row, at,
		   area.columns > LABEL_COLUMNS + 4
			   ? area.columns - LABEL_COLUMNS - 4
			   : 1,
		   STYLE_FIELD, here ? cursor : NULL);
}

/* The picture is no field: it is a file, and set at once. */
static const char *whose(const struct contact_form *f)
{
	const struct app *a = screen_app(f->v.screen);
	bool pictures = !app_contact_pictures_unavailable(a);

	if (text_empty(f->id))
		return pictures ? _("A new contact, for you alone. Once it is "
				    "saved, I sets its picture.")
				: _("A new contact, for you alone.");
	return pictures ? _("A contact for you alone. In the list, I sets its "
			    "picture.")
			: _("A contact for you alone.");
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	struct contact_form *f = form(v);
	unsigned row = area.row, end = area.row + area.rows, first = 0;
	unsigned room = area.rows > 3 ? area.rows - 3 : 1;

	(void)focus;
	if (room < FIELDS && f->at + 1 > room)
		first = f->at + 1 - room;
	f->row = row;
	f->first = first;
	for (unsigned i = first; i < FIELDS && row < area.row + room; i++)
		draw_field_row(f, g, area, row++, i, cursor);
	f->shown = row - f->row;
	row++;
	if (row >= end)
		return;
	if (f->saving)
		draw_text(v->screen, g, row, area.column, area.columns,
			  STYLE_BOLD, _("Saving …"));
	else if (f->problem)
		wrap_text(v->screen, g,
			  (struct rect){row, area.column, end - row,
					area.columns},
			  f->warned || f->asked ? STYLE_WARNING : STYLE_ERROR,
			  f->problem);
	else
		wrap_text(v->screen, g,
			  (struct rect){row, area.column, end - row,
					area.columns},
			  STYLE_DIM, whose(f));
}

/* ---- keys -------------------------------------------------------------- */

static bool leave(struct contact_form *f)
{
	if (f->saving || f->asked || !is_changed(f))
		return false;
	f->asked = true;
	say(f, _("Not yet saved: Enter saves, Esc throws it away."));
	return true;
}

static bool act(struct tui_view *v, enum act a)
{
	struct contact_form *f = form(v);

	if (a == ACT_BACK)
		return leave(f);
	f->asked = false;
	switch (a) {
	case ACT_UP:
		go(f, -1);
		return true;
	case ACT_DOWN:
	case ACT_NEXT:
		go(f, 1);
		return true;
	case ACT_ENTER:
		if (!f->saving)
			save(f);
		return true;
	default:
		return true;
	}
}

static void edited(struct contact_form *f)
{
	f->asked = f->warned = false;
	say(f, NULL);
}

static bool key(struct tui_view *v, const char *k)
{
	struct contact_form *f = form(v);

	if (text_equal(k, "S-Tab")) {
		go(f, -1);
		return true;
	}
	if (f->saving || !field_key(&f->fields[f->at], k))
		return false;
	edited(f);
	return true;
}

static bool typing(const struct tui_view *v)
{
	(void)v;
	return true;
}

static void paste(struct tui_view *v, const char *text)
{
	struct contact_form *f = form(v);

	if (f->saving)
		return;
	field_insert(&f->fields[f->at], text);
	edited(f);
}

static const char *word(const struct tui_view *v, enum act a)
{
	if (a == ACT_NEXT)
		return _("next field");
	return a == ACT_ENTER && !form(v)->saving ? _("save") : NULL;
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	enum app_contact_field at = (enum app_contact_field)form(v)->at;
	const char *access = uc_dial_params(screen_uc(v->screen))->access;

	if (app_contact_field_is_number(at) && at != APP_CONTACT_INTERNAL &&
	    !text_empty(access))
		/* 0: the code that a desk phone wants */
		text_buf_printf(b,
				_("As you dial it here, %s for a line, or with "
				  "+ and the country: +49 89 7007-0."),
				access);
	else if (at == APP_CONTACT_INTERNAL)
		text_buf_add(b, _("An extension of this system."));
	else if (app_contact_field_is_number(at))
		text_buf_add(b, _("As you would dial it, or with + and the "
				  "country: +49 89 7007-0."));
	else if (at == APP_CONTACT_EMAIL)
		text_buf_add(b, _("An e-mail address."));
	else
		text_buf_add(b, _("First, last or company name: one of them "
				  "is needed."));
}

static void size(const struct tui_view *v, struct rect *wanted)
{
	(void)v;
	wanted->rows = FIELDS + 3;
	wanted->columns = FORM_COLUMNS;
}

static void click(struct tui_view *v, unsigned row, unsigned column)
{
	struct contact_form *f = form(v);

	(void)column;
	if (row >= f->row && row - f->row < f->shown) {
		go(f, (int)(f->first + row - f->row) - (int)f->at);
		view_dirty(v);
	}
}

const struct view_class contact_class = {
	.name = "contact",
	.title = N_("Personal contact"),
	.draw = draw,
	.act = act,
	.key = key,
	.paste = paste,
	.typing = typing,
	.click = click,
	.explain = explain,
	.word = word,
	.size = size,
};

static void destroy(void *arg)
{
	struct contact_form *f = arg;

	app_sink_reset(&f->sink);
	for (unsigned i = 0; i < FIELDS; i++)
		field_close(&f->fields[i]);
	free(f->before);
	free(f->problem);
	free(f->id);
}

static int contact_form_alloc(struct tui_view **vp, struct tui_screen *s,
			      const struct app_contact *k)
{
	struct contact_form *f;
	int err = view_alloc(vp, sizeof(*f), &contact_class, s, destroy);

	if (err)
		return err;
	f = form(*vp);
	err = text_set(&f->id, k->id);
	for (unsigned i = 0; i < FIELDS && !err; i++)
		err = field_set(&f->fields[i], k->text[i] ? k->text[i] : "");
	f->before = app_contact_json(k);
	if (err || !f->before)
		*vp = mem_deref(f);
	return err ? err : *vp ? 0 : ENOMEM;
}

/* ---- commands ---------------------------------------------------------- */

static int open_form(struct tui_screen *s, const struct app_contact *k)
{
	struct tui_view *v;
	int err;

	if (screen_overlay_find(s, &contact_class))
		return 0;
	err = contact_form_alloc(&v, s, k);
	if (!err)
		screen_overlay_push(s, v);
	return err;
}

static int fill_number(struct app *a, struct app_contact *k, const char *number)
{
	const struct proto_dial_params *p = uc_dial_params(app_uc(a));
	enum app_contact_field f = APP_CONTACT_BUSINESS;
	char *extension, *value;

	if (app_contact_field_read(a, f, number, &value))
		return 0; /* withheld: nothing is known of it */
	extension = proto_number_extension(value, p);
	if (extension)
		f = APP_CONTACT_INTERNAL;
	free(extension);
	free(k->text[f]);
	k->text[f] = value;
	return 0;
}

/* What the network has called somebody: the last word is the last name. */
static int fill_name(struct app_contact *k, const char *name)
{
	const char *blank = strrchr(name, ' ');
	char *first = blank ? strndup(name, (size_t)(blank - name)) : NULL;
	int err =
		text_set(&k->text[APP_CONTACT_LAST], blank ? blank + 1 : name);

	if (!err && first)
		err = text_set(&k->text[APP_CONTACT_FIRST], first);
	free(first);
	return err;
}

static int fill_conversation(struct app *a, struct app_contact *k,
			     const struct uc_conversation *v)
{
	bool is_name = !text_empty(v->name) && !text_equal(v->name, v->number);
	char *plain = is_name ? proto_number_normalise(v->name) : NULL;
	int err = is_name && !plain ? fill_name(k, v->name) : 0;

	free(plain);
	return err ? err : fill_number(a, k, v->number);
}

/* A contact's or conversation's id, or a number. */
static int fill_from(struct app *a, struct app_contact *k, const char *what)
{
	const struct uc *uc = app_uc(a);
	const struct uc_conversation *v = uc_conversation_by_id(uc, what);
	const struct uc_contact *c = uc_contact_by_id(uc, what);
	int err;

	if (v && v->contact)
		c = v->contact;
	if (!c && !v)
		return fill_number(a, k, what);
	if (!c)
		return fill_conversation(a, k, v);
	/* One that is there already is no beginning of another; nor is a
	   colleague, unless one has talked with him. */
	if (c->directory == UC_PERSONAL || (c->directory == UC_INTERNAL && !v))
		return 0;
	err = app_contact_fill(k, c);
	return err ? err : text_set(&k->id, "");
}

static int run_new(const struct app_invocation *i)
{
	struct tui_screen *s = i->sink->front;
	struct app_contact k = {0};
	struct text_buf b = {0};
	int err;

	if (!s) {
		text_buf_add(&i->sink->error,
			     _("This works in an attached terminal only."));
		return ENOTSUP;
	}
	err = app_contact_fill(&k, NULL);
	if (i->argc > 1)
		text_buf_add(&b, i->argv[1]);
	else if (i->origin == APP_FROM_KEY &&
		 !screen_target(s, APP_ARG_CONVERSATION, &b) &&
		 !screen_target(s, APP_ARG_CONTACT, &b))
		(void)screen_target(s, APP_ARG_DIAL, &b);
	if (!err && b.len)
		err = fill_from(i->app, &k, b.buf);
	if (!err)
		err = open_form(s, &k);
	text_buf_reset(&b);
	app_contact_reset(&k);
	return err;
}

static int run_edit(const struct app_invocation *i)
{
	struct tui_screen *s = i->sink->front;
	const struct uc_contact *c =
		i->argc > 1 ? uc_contact_by_id(app_uc(i->app), i->argv[1])
			    : NULL;
	struct app_contact k = {0};
	int err;

	if (!s) {
		text_buf_add(&i->sink->error,
			     _("This works in an attached terminal only."));
		return ENOTSUP;
	}
	if (!c && i->argc > 1)
		c = uc_contact_by_number(app_uc(i->app), i->argv[1]);
	if (!app_contact_can_change(i->app, c)) {
		text_buf_printf(&i->sink->error,
				_("%s is no personal contact of yours."),
				c ? c->name : i->argv[1]);
		return EPERM;
	}
	err = app_contact_fill(&k, c);
	if (!err)
		err = open_form(s, &k);
	app_contact_reset(&k);
	return err;
}

static const struct app_argument new_arguments[] = {
	{.name = "number",
	 .kind = APP_ARG_TEXT,
	 .optional = true,
	 .rest = true},
	{.name = NULL},
};
static const struct app_argument edit_arguments[] = {
	{.name = "contact", .kind = APP_ARG_PERSONAL},
	{.name = NULL},
};

#define PANES                                                     \
	(APP_IN_LIST | APP_IN_FAVOURITES | APP_IN_CONVERSATIONS | \
	 APP_IN_SEARCH | APP_IN_DETAIL)
const struct app_command contact_rows[] = {
	{
		.name = "contact-new",
		.summary = N_("A form for a new personal contact."),
		.help = N_(
			"By a key it begins with what is known of who is "
			"selected: name and numbers of a conversation's other "
			"side, or of a contact in another directory."),
		.arguments = new_arguments,
		.origins = APP_FROM_KEY | APP_FROM_LINE,
		.contexts = PANES,
		.keys = "A",
		.hint = N_("new contact"),
		.unavailable = app_contact_unavailable,
		.run = run_new,
	},
	{
		.name = "contact-edit",
		.summary = N_("The form of a personal contact, to change it."),
		.arguments = edit_arguments,
		.origins = APP_FROM_KEY | APP_FROM_LINE,
		.contexts = PANES,
		.keys = "C",
		.hint = N_("change"),
		.unavailable = app_contact_unavailable,
		.run = run_edit,
	},
	{.name = NULL},
};
