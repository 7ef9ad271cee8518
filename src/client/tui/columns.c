/**
 * @file columns.c  The columns that lists are made of
 *
 * Each knows what to draw for every kind of row; a list says which it has and
 * in which order.
 */
#include "tui_int.h"

/* "out  unanswered" and most others of their kind; with a length or the
 * beginning of what was written. */
enum { WORD_COLUMNS = 15, SAID_COLUMNS = 24 };

static void draw_lamp(const struct tui_screen *s, const struct row *r,
		      struct cell *c)
{
	const struct uc_contact *contact = r->contact;
	const struct uc_call *call = NULL;
	enum uc_lamp lamp;

	if (r->kind == ROW_DIAL) {
		text_buf_add(&c->text, glyph(s, GLYPH_CALL));
		return;
	}
	if (r->conversation) {
		contact = r->conversation->contact;
		call = conversation_call(screen_uc(s), r->conversation);
	}
	if (call && call->state == UC_CALL_RINGING_IN) {
		lamp = call->outside ? UC_LAMP_RINGS_OUTSIDE
				     : UC_LAMP_RINGS_INSIDE;
		c->style = lamp_style(lamp, false);
		text_buf_add(&c->text, glyph(s, GLYPH_LAMP + (enum glyph)lamp));
		return;
	}
	/* Only internal users have a phone that we see. */
	if (!contact || text_empty(contact->device))
		return;
	lamp = contact_lamp(s, contact);
	c->style = lamp_style(lamp, false);
	text_buf_add(&c->text, glyph(s, GLYPH_LAMP + (enum glyph)lamp));
}

static void draw_name(const struct tui_screen *s, const struct row *r,
		      struct cell *c)
{
	(void)s;
	if (r->conversation) {
		text_buf_add(&c->text, r->conversation->name);
		c->style = r->conversation->unread ? STYLE_BOLD : STYLE_NORMAL;
	} else if (r->contact) {
		text_buf_add(&c->text, r->contact->name);
	} else if (r->text) {
		text_buf_add(&c->text, r->text);
	}
}

/* By the words there are, not by those on the screen: a colleague who goes
 * to lunch moves nobody else's columns. */
static unsigned presence_widest(void)
{
	unsigned widest = 0, p;

	for (p = PROTO_OFFICE; p < PROTO_PRESENCE_COUNT; p++) {
		const char *name = proto_presence_name((enum proto_presence)p);
		unsigned n = (unsigned)text_width(_(name));

		if (n > widest)
			widest = n;
	}
	return widest;
}

static void draw_presence(const struct tui_screen *s, const struct row *r,
			  struct cell *c)
{
	const struct uc_contact *contact = r->contact;

	if (!contact || text_empty(contact->device))
		return;
	if (contact->presence.state == PROTO_PRESENCE_UNKNOWN &&
	    !contact->presence.hidden) {
		text_buf_add(&c->text, glyph(s, GLYPH_DASH));
		c->style = STYLE_FAINT;
		return;
	}
	text_buf_add(&c->text, uc_presence_word(&contact->presence));
	c->style = presence_style(&contact->presence);
}

/* One short word each; which side it is, the lamp says. */
static const char *const busy_words[UC_LAMP_COUNT] = {
	[UC_LAMP_RINGS_INSIDE] = N_("rings"),
	[UC_LAMP_RINGS_OUTSIDE] = N_("rings"),
	[UC_LAMP_DIALLING] = N_("dials"),
	[UC_LAMP_TALKS_INSIDE] = N_("talks"),
	[UC_LAMP_TALKS_OUTSIDE] = N_("talks"),
};

/* What the phone does comes before when its owner is back. */
static void draw_until(const struct tui_screen *s, const struct row *r,
		       struct cell *c)
{
	enum uc_lamp lamp;

	if (!r->contact || text_empty(r->contact->device))
		return;
	lamp = contact_lamp(s, r->contact);
	if (busy_words[lamp]) {
		text_buf_add(&c->text, _(busy_words[lamp]));
		c->style = lamp_style(lamp, false);
		return;
	}
	words_until(s, &c->text, &r->contact->presence, c->room);
	c->style = STYLE_DIM;
}

static void draw_number(const struct tui_screen *s, const struct row *r,
			struct cell *c)
{
	const char *number;

	/* Who has no name goes by the number. */
	if (r->conversation &&
	    text_equal(r->conversation->name, r->conversation->number))
		return;
	if (r->conversation)
		number = uc_number_spelled(screen_uc(s),
					   r->conversation->contact,
					   r->conversation->number);
	else if (r->contact)
		number = uc_contact_number(r->contact);
	else
		number = r->label;
	/* which of them it is says more than its beginning */
	if (!r->conversation && r->contact && !text_empty(number))
		c->brief = uc_number_kind_word(
			r->contact->numbers[r->contact->default_number].kind);
	text_buf_add(&c->text,
		     text_empty(number) ? glyph(s, GLYPH_DASH) : number);
	c->style = STYLE_DIM;
}

static void draw_directory(const struct tui_screen *s, const struct row *r,
			   struct cell *c)
{
	(void)s;
	if (r->contact)
		text_buf_add(&c->text,
			     uc_directory_word(r->contact->directory));
	c->style = STYLE_DIM;
}

static void draw_unread(const struct tui_screen *s, const struct row *r,
			struct cell *c)
{
	(void)s;
	if (r->conversation && r->conversation->unread)
		text_buf_printf(&c->text, "%u", r->conversation->unread);
	c->style = STYLE_UNREAD;
}

static const struct uc_entry *last_entry(const struct row *r)
{
	const struct uc_conversation *v = r->conversation;

	if (v && r->entry)
		return r->entry;
	return v && v->entry_count ? &v->entries[v->entry_count - 1] : NULL;
}

static void draw_when(const struct tui_screen *s, const struct row *r,
		      struct cell *c)
{
	const struct uc_entry *e = last_entry(r);

	c->style = STYLE_DIM;
	if (r->conversation && conversation_call(screen_uc(s), r->conversation))
		text_buf_add(&c->text, _("now"));
	else if (e)
		words_when(s, &c->text, e->at_ms, time_wall_ms());
}

static bool has_more(const struct uc_entry *e)
{
	return !text_empty(e->text) || e->duration_s;
}

static bool missed(enum uc_entry_kind k)
{
	return k == UC_IN_MISSED || k == UC_IN_GROUP_MISSED;
}

/* Blanks that only line things up. */
static void squeeze(struct text_buf *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->len; i++)
		if (b->buf[i] != ' ' || !n || b->buf[n - 1] != ' ')
			b->buf[n++] = b->buf[i];
	if (b->buf)
		b->buf[b->len = n] = '\0';
}

/* How long it was is read more often than the word before it. */
static void add_more(const struct tui_screen *s, struct cell *c,
		     const struct uc_entry *e)
{
	struct text_buf more = {0};
	size_t width, need;

	words_entry(&more, e);
	width = text_width(more.buf);
	need = text_width(c->text.buf) + 1 + width;
	if (need >= c->room && text_empty(e->text)) {
		if (need > c->room)
			squeeze(&c->text);
		need = text_width(c->text.buf) + 1 + width;
		if (need > c->room && c->room > width + 2) {
			c->text.len = text_fit(c->text.buf, c->room - width - 2,
					       NULL);
			c->text.buf[c->text.len] = '\0';
			text_buf_add(&c->text, glyph(s, GLYPH_ELLIPSIS));
		}
		text_buf_add(&c->text, " ");
	} else {
		text_buf_add(&c->text, "  ");
	}
	text_buf_add(&c->text, more.buf);
	text_buf_reset(&more);
}

static void draw_what(const struct tui_screen *s, const struct row *r,
		      struct cell *c)
{
	const struct uc_entry *e = last_entry(r);
	const struct uc_call *call = NULL;

	if (r->conversation)
		call = conversation_call(screen_uc(s), r->conversation);
	if (call) {
		text_buf_add(&c->text, words_call(call));
		c->style = call->state == UC_CALL_RINGING_IN ? STYLE_RINGING
			   : call->state == UC_CALL_HELD     ? STYLE_HELD
							     : STYLE_TALKING;
		return;
	}
	if (!e)
		return;
	/* What has not gone is told first. */
	text_buf_add(&c->text, e->delivery == UC_DELIVERY_WAITING ||
					       e->delivery == UC_DELIVERY_FAILED
				       ? uc_delivery_word(e->delivery)
				       : uc_entry_word(e->kind));
	if (has_more(e))
		add_more(s, c, e);
	c->style = e->unread && missed(e->kind) ? STYLE_UNREAD : STYLE_NORMAL;
}

static void draw_label(const struct tui_screen *s, const struct row *r,
		       struct cell *c)
{
	char clock[16];

	(void)s;
	c->style = STYLE_DIM;
	if (r->entry) {
		words_clock(clock, sizeof(clock), r->entry->at_ms);
		text_buf_add(&c->text, clock);
	} else if (r->label) {
		text_buf_add(&c->text, r->label);
	}
}

static void draw_text_cell(const struct tui_screen *s, const struct row *r,
			   struct cell *c)
{
	const struct uc_entry *e = r->entry;
	size_t width;

	(void)s;
	c->style = r->style;
	if (!e) {
		if (r->text)
			text_buf_add(&c->text, r->text);
		return;
	}
	/* Lengths stand in a column behind all but the longest words. */
	text_buf_add(&c->text, uc_entry_word(e->kind));
	if (r->below)
		return;
	for (width = text_width(c->text.buf);
	     has_more(e) && width < WORD_COLUMNS && text_empty(e->text);
	     width++)
		text_buf_add(&c->text, " ");
	if (has_more(e)) {
		text_buf_add(&c->text, "  ");
		words_entry(&c->text, e);
	}
	if (missed(e->kind) && e->unread)
		c->style = STYLE_UNREAD;
}

static bool sounded_poor(const struct uc *uc, const struct uc_entry *e)
{
	const struct uc_quality *q = uc_entry_quality(uc, e);

	return q && uc_quality_poor(q);
}

static void draw_tag(const struct tui_screen *s, const struct row *r,
		     struct cell *c)
{
	c->style = STYLE_DIM;
	if (r->kind == ROW_NUMBER && r->contact &&
	    r->contact->number_count > 1 &&
	    r->index == r->contact->default_number)
		text_buf_add(&c->text, _("default"));
	else if (r->entry && r->entry->delivery)
		text_buf_add(&c->text, uc_delivery_word(r->entry->delivery));
	else if (r->entry && r->entry->unread)
		text_buf_add(&c->text, _("new"));
	else if (r->entry && sounded_poor(screen_uc(s), r->entry))
		text_buf_add(&c->text, _("poor line"));
}

static void draw_key(const struct tui_screen *s, const struct row *r,
		     struct cell *c)
{
	(void)s;
	text_buf_add(&c->text, r->label);
	c->style = STYLE_KEY;
}

static const struct column columns[COL_COUNT] = {
	[COL_LAMP] = {.name = "lamp", .min = 1, .max = 1, .draw = draw_lamp},
	[COL_NAME] = {.name = "name",
		      .min = 14,
		      .max = 30,
		      .gap = 1,
		      .fit = true,
		      .draw = draw_name},
	[COL_PRESENCE] = {.name = "presence",
			  .min = 8,
			  .max = 20,
			  .gap = 2,
			  .widest = presence_widest,
			  .draw = draw_presence},
	[COL_UNTIL] = {.name = "until",
		       .min = 8,
		       .max = 13,
		       .gap = 1,
		       .rank = 5,
		       .fit = true,
		       .draw = draw_until},
	[COL_NUMBER] = {.name = "number",
			.min = 3,
			.max = 20,
			.gap = 2,
			.rank = 4,
			.right = true,
			.measure = true,
			.draw = draw_number},
	[COL_DIRECTORY] = {.name = "directory",
			   .min = 4,
			   .max = 12,
			   .gap = 2,
			   .rank = 6,
			   .measure = true,
			   .draw = draw_directory},
	[COL_UNREAD] = {.name = "unread",
			.min = 2,
			.max = 3,
			.gap = 1,
			.rank = 2,
			.right = true,
			.measure = true,
			.draw = draw_unread},
	[COL_WHEN] = {.name = "when",
		      .min = 6,
		      .max = 6,
		      .gap = 2,
		      .rank = 1,
		      .draw = draw_when},
	[COL_WHAT] = {.name = "what",
		      .min = 12,
		      .max = 0,
		      .gap = 1,
		      .rank = 3,
		      .wish = WORD_COLUMNS,
		      .ample = SAID_COLUMNS,
		      .draw = draw_what},
	[COL_LABEL] = {.name = "label",
		       .min = 8,
		       .max = 30,
		       .gap = 0,
		       .measure = true,
		       .draw = draw_label},
	[COL_TEXT] = {.name = "text",
		      .min = 8,
		      .max = 0,
		      .gap = 2,
		      .draw = draw_text_cell},
	[COL_TAG] = {.name = "tag",
		     .min = 3,
		     .max = 10,
		     .gap = 2,
		     .rank = 2,
		     .measure = true,
		     .draw = draw_tag},
	[COL_KEY] = {.name = "key",
		     .min = 9,
		     .max = 16,
		     .gap = 0,
		     .measure = true,
		     .draw = draw_key},
};

const struct column *column_at(enum column_id id)
{
	return &columns[id];
}
