/**
 * @file question.c  What only the user can decide; a certificate to judge
 */
#include <stdio.h>
#include <stdlib.h>

#include "tui_int.h"

enum { TEXT_COLUMNS = 56, LINES_MAX = 12, FINGERPRINT_COLUMNS = 62 };

struct question {
	struct tui_view v;
	uint32_t id;
	size_t choice;
};

/* Draw text in lines of some width, broken at blanks; returns the lines. */
unsigned wrap_text(const struct tui_screen *s, struct frame_grid *g,
		   struct rect area, enum frame_style style, const char *text)
{
	unsigned line = 0;
	char *part;
	size_t n, cut, i;

	while (text && *text && line < LINES_MAX) {
		n = strcspn(text, "\n");
		cut = text_fit(text, area.columns ? area.columns : 1, NULL);
		if (cut < n) {
			for (i = cut; i > 0 && text[i] != ' '; i--)
				;
			n = i ? i : cut ? cut : n;
		}
		part = strndup(text, n);
		if (g && part && line < area.rows)
			draw_text(s, g, area.row + line, area.column,
				  area.columns, style, part);
		free(part);
		line++;
		text += n;
		if (*text == ' ' || *text == '\n')
			text++;
	}
	return line;
}

/* ---- questions --------------------------------------------------------- */

static const struct app_question *asked(const struct tui_view *v)
{
	return app_question(screen_app(v->screen));
}

static void recalc(struct tui_view *v)
{
	struct question *q = (struct question *)v;
	const struct app_question *a = asked(v);

	if (!a || a->id == q->id)
		return;
	q->id = a->id;
	q->choice = a->safe < a->choice_count ? a->safe : 0;
	screen_relayout(v->screen);
}

static char *label_of(const struct app_choice *c)
{
	return text_empty(c->key) ? text_dup(c->label)
				  : text_printf("%s  %s", c->key, c->label);
}

/** Beside each other, as many as a line has room for. @param g NULL: only
 *  count. @return lines */
static unsigned draw_choices(const struct tui_view *v, struct frame_grid *g,
			     unsigned row, struct rect area,
			     struct rect *cursor)
{
	const struct question *q = (const struct question *)v;
	const struct app_question *a = asked(v);
	unsigned at = area.column, lines = 1;

	for (size_t i = 0; a && i < a->choice_count; i++) {
		unsigned style = i == q->choice ? STYLE_SELECTED : STYLE_NORMAL;
		char *label = label_of(&a->choices[i]);
		unsigned w = label ? (unsigned)text_width(label) : 0;

		if (at > area.column &&
		    at + 2 + w > area.column + area.columns) {
			at = area.column;
			row++;
			lines++;
		}
		if (g && i == q->choice) {
			frame_grid_put(g, row, at, 1, style,
				       glyph(v->screen, GLYPH_MARK));
			if (cursor)
				*cursor = (struct rect){row, at, 1, 1};
		}
		if (g)
			draw_text(v->screen, g, row, at + 2,
				  area.column + area.columns - at - 2, style,
				  label);
		at += w + 5;
		free(label);
	}
	return lines;
}

static void draw(struct tui_view *v, struct frame_grid *g, struct rect area,
		 bool focus, struct rect *cursor)
{
	const struct app_question *a = asked(v);
	unsigned lines;
	char *title;

	(void)focus;
	if (!a)
		return;
	title = text_printf(" %s ", a->title);
	draw_text(v->screen, g, 0, 1, area.columns, STYLE_TITLE, title);
	free(title);
	wrap_text(v->screen, g, area, STYLE_NORMAL, a->text);
	lines = draw_choices(v, NULL, 0, area, NULL);
	if (lines <= area.rows)
		draw_choices(v, g, area.row + area.rows - lines, area, cursor);
}

static void choose(struct tui_view *v, size_t n)
{
	char number[24];

	snprintf(number, sizeof(number), "%zu", n);
	keys_command(v->screen, "choose", number);
}

static bool act(struct tui_view *v, enum act a)
{
	struct question *q = (struct question *)v;
	const struct app_question *asks = asked(v);
	size_t n = asks ? asks->choice_count : 0;

	switch (a) {
	case ACT_LEFT:
	case ACT_UP:
		if (q->choice)
			q->choice--;
		break;
	case ACT_RIGHT:
	case ACT_DOWN:
		if (q->choice + 1 < n)
			q->choice++;
		break;
	case ACT_NEXT:
		q->choice = n ? (q->choice + 1) % n : 0;
		break;
	case ACT_ENTER:
		choose(v, q->choice + 1);
		return true;
	case ACT_BACK:
		choose(v, 0);
		return true;
	default:
		return true;
	}
	view_dirty(v);
	return true;
}

static bool key(struct tui_view *v, const char *k)
{
	const struct app_question *a = asked(v);
	size_t i;

	for (i = 0; a && i < a->choice_count; i++) {
		if (!text_empty(a->choices[i].key) &&
		    text_equal(a->choices[i].key, k)) {
			choose(v, i + 1);
			return true;
		}
	}
	return false;
}

static const char *word(const struct tui_view *v, enum act a)
{
	(void)v;
	return a == ACT_ENTER ? _("choose") : NULL;
}

static void size(const struct tui_view *v, struct rect *wanted)
{
	const struct app_question *a = asked(v);
	struct rect area = {0, 0, LINES_MAX, TEXT_COLUMNS};

	wanted->columns = TEXT_COLUMNS;
	wanted->rows = 1 +
		       wrap_text(v->screen, NULL, area, STYLE_NORMAL,
				 a ? a->text : "") +
		       draw_choices(v, NULL, 0, area, NULL);
}

static void explain(const struct tui_view *v, struct text_buf *b)
{
	const struct app_question *a = asked(v);

	if (a)
		text_buf_printf(b, _("%s: Esc leaves it undecided."), a->title);
}

const struct view_class question_class = {
	.name = "question",
	.app_changes = APP_CHANGE_QUESTION,
	.recalc = recalc,
	.draw = draw,
	.act = act,
	.key = key,
	.explain = explain,
	.word = word,
	.size = size,
};

int question_alloc(struct tui_view **vp, struct tui_screen *s)
{
	return view_alloc(vp, sizeof(struct question), &question_class, s,
			  NULL);
}

/* ---- certificates ------------------------------------------------------ */

struct certificate {
	struct tui_view v;
	bool accept; /**< the answer under the cursor; refusing is safe */
};

static unsigned fact(struct tui_view *v, struct frame_grid *g, struct rect area,
		     unsigned line, const char *label, const char *text)
{
	struct rect rest = {area.row + line, area.column + 14, 3,
			    area.columns > 14 ? area.columns - 14 : 1};

	if (line >= area.rows)
		return 0;
	draw_text(v->screen, g, area.row + line, area.column, 13, STYLE_DIM,
		  label);
	if (rest.rows > area.rows - line)
		rest.rows = area.rows - line;
	return wrap_text(v->screen, g, rest, STYLE_NORMAL,
			 text_empty(text) ? "-" : text);
}

static void certificate_draw(struct tui_view *v, struct frame_grid *g,
			     struct rect area, bool focus, struct rect *cursor)
{
	const struct app_certificate *c =
		app_certificate(screen_app(v->screen));
	struct certificate *q = (struct certificate *)v;
	unsigned line, last = area.row + area.rows - 1, at, i;
	const char *answers[] = {_("refuse"), _("accept")};
	char *text;

	(void)focus;
	if (!c)
		return;
	text = text_printf(
		c->changed ? _("%s shows another certificate than before. "
			       "Somebody may be listening.")
			   : _("%s is not known yet. Is this its "
			       "certificate?"),
		c->host);
	line = wrap_text(v->screen, g, area,
			 c->changed ? STYLE_ERROR : STYLE_NORMAL, text) +
	       1;
	free(text);
	line += fact(v, g, area, line, _("subject"), c->subject);
	line += fact(v, g, area, line, _("issuer"), c->issuer);
	text = text_printf(_("%s to %s"), c->valid_from, c->valid_to);
	line += fact(v, g, area, line, _("valid"), text);
	free(text);
	/* 16 bytes in each line */
	if (area.columns > FINGERPRINT_COLUMNS)
		area.columns = FINGERPRINT_COLUMNS;
	line += fact(v, g, area, line, _("SHA-256"), c->fingerprint);
	if (c->changed)
		fact(v, g, area, line, _("before"), c->pinned_fingerprint);
	area.columns = frame_grid_columns(g) - 2 * area.column;
	/* The answer must be there however small the terminal is. */
	frame_grid_fill(g, last, area.column, area.columns, STYLE_NORMAL, " ");
	for (i = 0, at = area.column; i < 2; i++) {
		if (q->accept == (i == 1)) {
			frame_grid_put(g, last, at, 1, STYLE_SELECTED,
				       glyph(v->screen, GLYPH_MARK));
			if (cursor)
				*cursor = (struct rect){last, at, 1, 1};
		}
		at += 2 +
		      draw_text(v->screen, g, last, at + 2, 30,
				q->accept == (i == 1) ? STYLE_SELECTED
						      : STYLE_NORMAL,
				answers[i]) +
		      4;
	}
}

static void judge(struct tui_view *v, bool accept)
{
	keys_command(v->screen, "certificate", accept ? "accept" : "refuse");
}

static bool certificate_act(struct tui_view *v, enum act a)
{
	struct certificate *q = (struct certificate *)v;

	switch (a) {
	case ACT_LEFT:
	case ACT_RIGHT:
	case ACT_UP:
	case ACT_DOWN:
	case ACT_NEXT:
		q->accept = a == ACT_NEXT ? !q->accept
					  : a == ACT_RIGHT || a == ACT_DOWN;
		view_dirty(v);
		return true;
	case ACT_ENTER:
		judge(v, q->accept);
		return true;
	case ACT_BACK:
		judge(v, false);
		return true;
	default:
		return true;
	}
}

static void certificate_size(const struct tui_view *v, struct rect *wanted)
{
	const struct app_certificate *c =
		app_certificate(screen_app(v->screen));

	wanted->columns = 66;
	wanted->rows = c && c->changed ? 13 : 11;
}

static const char *certificate_word(const struct tui_view *v, enum act a)
{
	if (a == ACT_ENTER)
		return ((const struct certificate *)v)->accept ? _("accept")
							       : _("refuse");
	return a == ACT_BACK ? _("refuse") : NULL;
}

static void certificate_explain(const struct tui_view *v, struct text_buf *b)
{
	(void)v;
	text_buf_add(b, _("Compare the fingerprint with your administrator's; "
			  "accepted, it is kept."));
}

const struct view_class certificate_class = {
	.name = "certificate",
	.title = N_("Certificate"),
	.app_changes = APP_CHANGE_LOGIN,
	.draw = certificate_draw,
	.act = certificate_act,
	.explain = certificate_explain,
	.word = certificate_word,
	.size = certificate_size,
};

int certificate_alloc(struct tui_view **vp, struct tui_screen *s)
{
	return view_alloc(vp, sizeof(struct certificate), &certificate_class, s,
			  NULL);
}
