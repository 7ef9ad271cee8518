/**
 * @file login.c  The first form: connection, user, password, addresses
 */
#include <stdio.h>
#include <stdlib.h>

#include "tui_int.h"

enum part {
	PART_SLOT,
	PART_USER,
	PART_PASSWORD,
	PART_LAN,
	PART_WAN,
	PART_PHONE,
	PART_DIAL_MODE,
	PART_AUTOMATIC,
	PART_COUNT
};
enum { LABEL_COLUMNS = 13, FORM_COLUMNS = 62, FIELDS = PART_COUNT };

struct login {
	struct tui_view v;
	unsigned slot;
	enum part part;
	struct field fields[FIELDS];
	bool automatic, callback;
};

static const char *const labels[PART_COUNT] = {
	[PART_SLOT] = N_("connection"),	   [PART_USER] = N_("user name"),
	[PART_PASSWORD] = N_("password"),  [PART_LAN] = N_("LAN address"),
	[PART_WAN] = N_("WAN address"),	   [PART_PHONE] = N_("phone"),
	[PART_DIAL_MODE] = N_("dials by"), [PART_AUTOMATIC] = N_("automatic"),
};

static const char *const sentences[PART_COUNT] = {
	[PART_SLOT] = N_("Four connections can be kept; 1 to 4 or the arrows "
			 "choose one."),
	[PART_USER] = N_("Your internal number."),
	[PART_PASSWORD] = N_("Wrong five times, the account is locked: it is "
			     "never sent twice by itself."),
	[PART_LAN] = N_("host or host:port, tried first. One of the two "
			"addresses is enough."),
	[PART_WAN] = N_("host or host:port, tried when the LAN address "
			"does not answer."),
	[PART_PHONE] = N_("Only where your number has several phones: the one "
			  "to operate."),
	[PART_DIAL_MODE] = N_("The desk phone, or your mobile phone, which is "
			      "called first; Space changes it."),
	[PART_AUTOMATIC] = N_("Log in by itself at the next start; Space "
			      "changes it."),
};

static void load(struct login *l, unsigned slot)
{
	const struct app_slot *k = app_slot(screen_app(l->v.screen), slot);

	l->slot = slot;
	if (!k)
		return;
	field_set(&l->fields[PART_USER], k->user);
	field_set(&l->fields[PART_PASSWORD], "");
	field_set(&l->fields[PART_LAN], k->lan);
	field_set(&l->fields[PART_WAN], k->wan);
	field_set(&l->fields[PART_PHONE], k->device);
	l->callback = !strcmp(k->dial_mode, "callback");
	l->automatic = k->automatic;
	view_dirty(&l->v);
}

static bool running(const struct tui_view *v)
{
	enum app_login_state st = app_login_state(screen_app(v->screen));

	/* One that was lost comes back by itself; that is not waited for. */
	if (uc_account(screen_uc(v->screen))->connection == UC_LOST)
		return false;
	return st == APP_LOGIN_RUNNING || st == APP_LOGIN_CERTIFICATE;
}

/* Without a session there is nothing behind the form to go back to. */
static bool needed(const struct tui_view *v)
{
	return app_login_state(screen_app(v->screen)) == APP_LOGIN_FORM &&
	       uc_account(screen_uc(v->screen))->connection != UC_LOST;
}

static bool password_kept(const struct login *l)
{
	const struct app_slot *k = app_slot(screen_app(l->v.screen), l->slot);

	return k && k->has_password;
}

/* ---- drawing ----------------------------------------------------------- */

static bool is_switch(enum part p)
{
	return p == PART_AUTOMATIC || p == PART_DIAL_MODE;
}

static const char *switch_word(const struct login *l, enum part p)
{
	if (p == PART_AUTOMATIC)
		return l->automatic ? _("yes") : _("no");
	return l->callback ? _("mobile phone") : _("desk phone");
}

static void draw_part(struct login *l, struct frame_grid *g, struct rect area,
		      unsigned row, enum part p, struct rect *cursor)
{
	struct tui_screen *s = l->v.screen;
	unsigned at = area.column + 2 + LABEL_COLUMNS;
	bool here = l->part == p;
	char text[16];

	if (here) {
		frame_grid_put(g, row, area.column, 1, STYLE_SELECTED,
			       glyph(s, GLYPH_MARK));
		if (cursor)
			*cursor = (struct rect){row, at, 1, 1};
	}
	draw_text(s, g, row, area.column + 2, LABEL_COLUMNS - 1,
		  here ? STYLE_BOLD : STYLE_DIM, _(labels[p]));
	if (p == PART_SLOT) {
		snprintf(text, sizeof(text), "%u", l->slot + 1);
		draw_text(s, g, row, at, 4, STYLE_NORMAL, text);
		draw_text(s, g, row, at + 3, area.columns, STYLE_DIM,
			  _("of 4"));
		return;
	}
	if (is_switch(p)) {
		draw_text(s, g, row, at, area.columns, STYLE_NORMAL,
			  switch_word(l, p));
		return;
	}
	field_draw(s, &l->fields[p], g, row, at,
		   area.columns > LABEL_COLUMNS + 4
			   ? area.columns - LABEL_COLUMNS - 4
			   : 1,
		   STYLE_FIELD, here ? cursor : NULL);
	if (p == PART_PASSWORD && !here && password_kept(l) &&
	    text_empty(l->fields[p].text))
		draw_text(s, g, row, at, 12, STYLE_DIM, _("kept"));
}

static void draw_state(struct login *l, struct frame_grid *g, unsigned row,
		       struct rect area)
{
	struct tui_screen *s = l->v.screen;
	const char *reason = app_login_reason(screen_app(s));

	if (running(&l->v))
		draw_text(s, g, row, area.column, area.columns, STYLE_BOLD,
			  _("Connecting …"));
	else if (!text_empty(reason))
		wrap_text(s, g,
			  (struct rect){row, area.column, 2, area.columns},
			  STYLE_ERROR, reason);
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	struct login *l = (struct login *)v;
	unsigned row = area.row, end = area.row + area.rows, p, first = 0;
	bool roomy = area.rows >= PART_COUNT + 6;

	(void)focus;
	if (roomy) {
		draw_text(v->screen, g, row, area.column, area.columns,
			  STYLE_BOLD, _("Welcome. Connect to your UC server:"));
		row += 2;
	}
	/* Where there is little room, the part being edited is kept in it. */
	if (area.rows < PART_COUNT + 2 && l->part + 3 > area.rows)
		first = l->part + 3 - area.rows;
	for (p = first; p < PART_COUNT && row + 1 < end; p++)
		draw_part(l, g, area, row++, p, cursor);
	if (roomy)
		row++;
	if (row < end)
		draw_state(l, g, row, area);
	if (roomy) {
		draw_text(v->screen, g, end - 1, area.column, area.columns,
			  STYLE_DIM,
			  _("Just looking? `make demo` starts a server with "
			    "colleagues."));
	}
}

/* ---- keys -------------------------------------------------------------- */

static void go(struct login *l, int way)
{
	l->part = (l->part + PART_COUNT + (unsigned)way) % PART_COUNT;
	view_dirty(&l->v);
}

static const char *value(const struct login *l, enum part p)
{
	return l->fields[p].text ? l->fields[p].text : "";
}

/* The first part without which there is no log-in. */
static bool missing(const struct login *l, enum part *p)
{
	if (!*value(l, PART_USER))
		*p = PART_USER;
	else if (!*value(l, PART_PASSWORD) && !password_kept(l))
		*p = PART_PASSWORD;
	else if (!*value(l, PART_LAN) && !*value(l, PART_WAN))
		*p = PART_LAN;
	else
		return false;
	return true;
}

static void connect_now(struct login *l)
{
	struct tui_screen *s = l->v.screen;
	enum part p;
	char slot[8];

	if (missing(l, &p)) {
		/* Not yet filled in: on to what is missing. */
		if (l->part == p)
			screen_message(s, MESSAGE_WARNING, _(sentences[p]));
		l->part = p;
		view_dirty(&l->v);
		return;
	}
	snprintf(slot, sizeof(slot), "%u", l->slot + 1);
	mem_ref(l);
	keys_command(s, "slot", slot, "automatic", l->automatic ? "on" : "off");
	keys_command(s, "slot", slot, "device", value(l, PART_PHONE));
	keys_command(s, "slot", slot, "dial_mode",
		     l->callback ? "callback" : "associated");
	if (!keys_command(s, "login", slot, value(l, PART_USER),
			  value(l, PART_PASSWORD), value(l, PART_LAN),
			  value(l, PART_WAN)))
		field_set(&l->fields[PART_PASSWORD], "");
	view_dirty(&l->v);
	mem_deref(l);
}

static void change(struct login *l, int way)
{
	if (l->part == PART_SLOT)
		load(l, (l->slot + APP_SLOT_COUNT + (unsigned)way) %
				APP_SLOT_COUNT);
	else if (l->part == PART_AUTOMATIC)
		l->automatic = !l->automatic;
	else if (l->part == PART_DIAL_MODE)
		l->callback = !l->callback;
	view_dirty(&l->v);
}

static bool leave(struct login *l)
{
	struct tui_screen *s = l->v.screen;

	if (running(&l->v)) {
		keys_command(s, "logout");
		return true;
	}
	if (!needed(&l->v))
		return false;
	screen_message(s, MESSAGE_INFO, _("Log in, or press C-c to quit."));
	return true;
}

static bool act(struct tui_view *v, enum act a)
{
	struct login *l = (struct login *)v;

	switch (a) {
	case ACT_UP:
		go(l, -1);
		return true;
	case ACT_DOWN:
	case ACT_NEXT:
		go(l, 1);
		return true;
	case ACT_LEFT:
		change(l, -1);
		return true;
	case ACT_RIGHT:
		change(l, 1);
		return true;
	case ACT_ENTER:
		if (!running(v))
			connect_now(l);
		return true;
	case ACT_BACK:
		return leave(l);
	default:
		return true;
	}
}

static bool key(struct tui_view *v, const char *k)
{
	struct login *l = (struct login *)v;

	if (text_equal(k, "S-Tab")) {
		go(l, -1);
		return true;
	}
	if (l->part == PART_SLOT && k[0] >= '1' && k[0] <= '4' && !k[1]) {
		load(l, (unsigned)(k[0] - '1'));
		return true;
	}
	if (is_switch(l->part) && text_equal(k, "Space")) {
		change(l, 1);
		return true;
	}
	if (l->part == PART_SLOT || is_switch(l->part))
		return false;
	if (!field_key(&l->fields[l->part], k))
		return false;
	view_dirty(v);
	return true;
}

static bool typing(const struct tui_view *v)
{
	const struct login *l = (const struct login *)v;

	return l->part != PART_SLOT && !is_switch(l->part);
}

static void paste(struct tui_view *v, const char *text)
{
	struct login *l = (struct login *)v;

	if (typing(v))
		field_insert(&l->fields[l->part], text);
	view_dirty(v);
}

static const char *word(const struct tui_view *v, enum act a)
{
	const struct login *l = (const struct login *)v;
	enum part p;

	if (a == ACT_BACK && running(v))
		return _("stop");
	if (a == ACT_BACK && needed(v))
		return "";
	if (a == ACT_NEXT)
		return _("next field");
	if (a != ACT_ENTER || running(v))
		return NULL;
	return missing(l, &p) ? _("next") : _("connect");
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	text_buf_add(b, _(sentences[((const struct login *)v)->part]));
}

static void size(const struct tui_view *v, struct rect *wanted)
{
	(void)v;
	wanted->rows = PART_COUNT + 7;
	wanted->columns = FORM_COLUMNS;
}

static void click(struct tui_view *v, unsigned row, unsigned column)
{
	struct login *l = (struct login *)v;

	(void)column;
	if (row >= 3 && row - 3 < PART_COUNT) {
		l->part = row - 3;
		view_dirty(v);
	}
}

const struct view_class login_class = {
	.name = "login",
	.title = N_("Connection"),
	.contexts = APP_IN_LOGIN,
	.app_changes = APP_CHANGE_LOGIN,
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
	struct login *l = arg;
	size_t i;

	for (i = 0; i < FIELDS; i++)
		field_close(&l->fields[i]);
}

int login_alloc(struct tui_view **vp, struct tui_screen *s)
{
	struct app *a = screen_app(s);
	struct login *l;
	size_t i;
	enum part p;
	int err = view_alloc(vp, sizeof(*l), &login_class, s, destroy);

	if (err)
		return err;
	l = (struct login *)*vp;
	l->fields[PART_PASSWORD].secret = true;
	for (i = 0; !err && i < FIELDS; i++)
		err = field_set(&l->fields[i], "");
	if (err) {
		*vp = mem_deref(l);
		return err;
	}
	load(l, app_login_slot(a));
	l->part = missing(l, &p) ? p : PART_USER;
	return 0;
}
