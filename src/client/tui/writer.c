/**
 * @file writer.c  The message field below a conversation (SPEC T5.5.6)
 *
 * What is written and not sent is the model's: it is there again in each
 * terminal, and when one comes back.
 */
#include <stdlib.h>

#include "tui_int.h"

enum { LINES_MAX = 6 };

bool writer_set(struct writer *w, const struct tui_screen *s,
		const struct uc_contact *c)
{
	const char *why = app_no_message(screen_app(s), c, NULL);
	const char *number = c && !why ? c->device : "";

	if (text_equal(w->number ? w->number : "", number))
		return *number;
	w->on = false;
	if (text_set(&w->number, number))
		return false;
	(void)area_set(&w->area, uc_draft(screen_uc(s), number));
	return *number;
}

void writer_close(struct writer *w)
{
	area_close(&w->area);
	free(w->number);
	w->number = NULL;
}

void writer_refresh(struct writer *w, const struct tui_screen *s)
{
	const char *draft;

	if (text_empty(w->number))
		return;
	draft = uc_draft(screen_uc(s), w->number);
	if (!text_equal(draft, w->area.text ? w->area.text : ""))
		(void)area_set(&w->area, draft);
}

static void too_long(struct tui_screen *s)
{
	screen_message(s, MESSAGE_WARNING,
		       _("The message would be too long: nothing was put "
			 "in."));
}

static void keep(struct writer *w, struct tui_screen *s)
{
	if (uc_draft_set(screen_uc(s), w->number, w->area.text))
		screen_message(s, MESSAGE_ERROR, _("No memory."));
}

static void send_text(struct writer *w, struct tui_screen *s)
{
	char *text = text_dup(w->area.text ? w->area.text : "");
	char *number = text_dup(w->number);

	if (text && number && text[strspn(text, " \n")]) {
		/* Out of the field first: if it cannot be kept, it comes back
		   as the draft. */
		(void)area_set(&w->area, "");
		(void)uc_draft_set(screen_uc(s), number, "");
		if (keys_command(s, "message", number, text)) {
			(void)area_set(&w->area, text);
			(void)uc_draft_set(screen_uc(s), number, text);
		}
	}
	free(text);
	free(number);
}

bool writer_key(struct writer *w, struct tui_screen *s, const char *key)
{
	static const char *const newline[] = {"C-j", "M-Enter", "S-Enter",
					      "C-Enter"};

	if (text_equal(key, "Enter")) {
		send_text(w, s);
		return true;
	}
	if (text_equal(key, "Esc")) {
		w->on = false;
		return true;
	}
	for (size_t i = 0; i < TUI_COUNT(newline); i++)
		if (text_equal(key, newline[i])) {
			writer_paste(w, s, "\n");
			return true;
		}
	switch (area_key(&w->area, key)) {
	case AREA_TAKEN:
		keep(w, s);
		return true;
	case AREA_FULL:
		too_long(s);
		return true;
	case AREA_NOT:
	default:
		return false;
	}
}

void writer_paste(struct writer *w, struct tui_screen *s, const char *text)
{
	if (area_insert(&w->area, text))
		keep(w, s);
	else
		too_long(s);
}

unsigned writer_rows(struct writer *w, unsigned columns, unsigned rows)
{
	unsigned label = (unsigned)text_width(_("Message")) + 3, n;

	if (text_empty(w->number) || rows < 4 || columns < label + 8)
		return 0;
	n = area_rows(&w->area, columns - label - 1);
	if (n > LINES_MAX)
		n = LINES_MAX;
	return n + 1 < rows / 2 ? n + 1 : rows / 2;
}

/* In an empty field how one gets into it. */
static void draw_key(const struct tui_screen *s, struct frame_grid *g,
		     const struct rect *at)
{
	const char *key = hints_key_of(s, "write");
	char *text = key ? text_printf(_("%s writes one"), key) : NULL;

	if (text)
		draw_text(s, g, at->row, at->column + 2, at->columns - 2,
			  STYLE_DIM, text);
	free(text);
}

void writer_draw(struct writer *w, const struct tui_screen *s,
		 struct frame_grid *g, struct rect at, bool focus,
		 struct rect *cursor)
{
	const char *label = _("Message");
	unsigned n = (unsigned)text_width(label) + 3;

	draw_text(s, g, at.row, at.column + 2, at.columns - 3,
		  focus && w->on ? STYLE_TITLE : STYLE_DIM, label);
	if (at.columns <= n + 4)
		return;
	at.column += n;
	at.columns -= n + 1;
	if (!w->on && text_empty(w->area.text)) {
		draw_key(s, g, &at);
		return;
	}
	area_draw(s, &w->area, g, at, focus && w->on ? STYLE_NORMAL : STYLE_DIM,
		  focus && w->on ? cursor : NULL);
}
