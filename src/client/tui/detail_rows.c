/**
 * @file detail_rows.c  The detail's rows: numbers, and what happened by days
 */
#include <stdlib.h>

#include "detail_int.h"

static size_t source_count(const struct tui_view *v)
{
	return ((const struct detail *)v)->count;
}

static void number_row(const struct detail *d, size_t i, struct row *row)
{
	const struct uc_number *n;

	row->contact = d->contact;
	row->key = "number";
	if (!d->contact) {
		row->label = _("number");
		row->text = d->conversation ? d->conversation->number : "";
		return;
	}
	if (i >= d->contact->number_count) {
		row->fixed = true;
		return;
	}
	n = &d->contact->numbers[i];
	row->label = uc_number_kind_word(n->kind);
	row->text = n->number;
	row->key2 = n->number;
}

bool detail_is_hit(const struct detail *d, struct uc_entry *e)
{
	struct tui_screen *s = d->v.screen;
	struct uc_find *f = s->base == BASE_CONVERSATIONS && !s->search
				    ? conversations_find(s->bases[s->base])
				    : NULL;

	return f && uc_find_entry(f, e);
}

static void entry_row(struct detail *d, size_t i, enum row_kind kind,
		      struct row *row)
{
	const struct uc_conversation *c = d->conversation;
	struct uc_entry *e;

	if (!c || i >= c->entry_count) {
		row->fixed = true;
		row->kind = ROW_BLANK;
		return;
	}
	e = &c->entries[i];
	if (kind == ROW_HEAD) {
		text_buf_reset(&d->day);
		words_day(d->v.screen, &d->day, e->at_ms, time_wall_ms());
		row->text = d->day.buf;
		row->fixed = true;
		return;
	}
	row->entry = e;
	row->hit = detail_is_hit(d, e);
	row->key = "entry";
	row->key2 = e->id;
}

/* A line of a message, or why it was not sent. */
static void below_row(struct detail *d, const struct line_of *l,
		      struct row *row)
{
	const struct uc_conversation *c = d->conversation;
	const struct uc_entry *e;

	row->fixed = true;
	if (!c || l->index >= c->entry_count)
		return;
	e = &c->entries[l->index];
	text_buf_reset(&d->day);
	if (l->reason)
		text_buf_add(&d->day, e->reason);
	else if (l->to <= strlen(e->text))
		text_buf_add_n(&d->day, e->text + l->from, l->to - l->from);
	row->kind = ROW_TEXT;
	row->label = "";
	row->text = d->day.buf;
	row->style = l->reason ? STYLE_WARNING : STYLE_NORMAL;
}

/* What there is above the oldest entry that is shown. */
static const char *above(const struct detail *d)
{
	const struct uc_conversation *c = d->conversation;

	if (!c || !c->entry_count)
		return NULL;
	if (c->entry_count > d->window)
		return _("Older entries are further up.");
	switch (app_history(screen_app(d->v.screen), c)) {
	case APP_HISTORY_MORE:
		return _("Further up, older ones are read.");
	case APP_HISTORY_READING:
		return _("Older entries are being read …");
	case APP_HISTORY_WHOLE:
		return _("This is the beginning.");
	default:
		return NULL;
	}
}

static void source_row(const struct tui_view *v, size_t i, struct row *row)
{
	struct detail *d = (struct detail *)v;
	const struct line_of *l = &d->lines[i];

	row->kind = l->kind;
	row->index = l->index;
	row->below = l->below;
	if (l->above) {
		row->kind = ROW_TEXT;
		row->text = above(d);
		row->style = STYLE_DIM;
		row->fixed = true;
		return;
	}
	if (l->to || l->reason) {
		below_row(d, l, row);
		return;
	}
	switch (l->kind) {
	case ROW_NUMBER:
		number_row(d, l->index, row);
		break;
	case ROW_TEXT:
		/* The e-mail address stands among the numbers. */
		row->kind = ROW_NUMBER;
		row->label = _("e-mail");
		row->text = d->contact ? d->contact->email : "";
		row->fixed = true;
		break;
	case ROW_HEAD:
	case ROW_ENTRY:
		entry_row(d, l->index, l->kind, row);
		break;
	default:
		row->fixed = true;
		break;
	}
}

const struct list_source detail_rows = {source_count, source_row};

static struct line_of *add(struct detail *d, enum row_kind kind, size_t index)
{
	struct line_of *more;

	if (d->count == d->size) {
		size_t size = d->size ? d->size * 2 : 64;

		more = realloc(d->lines, size * sizeof(*more));
		if (!more)
			return &d->none; /* not shown, that is all */
		d->lines = more;
		d->size = size;
	}
	d->lines[d->count] = (struct line_of){.kind = kind, .index = index};
	return &d->lines[d->count++];
}

/* What a message has no room for beside its word stands below it. */
static void add_message(struct detail *d, const struct uc_entry *e, size_t i)
{
	/* time, word, quotes, how far it has come */
	size_t beside = d->columns > 40 ? d->columns - 40 : 0;
	struct text_piece *p;
	size_t n;

	if (strchr(e->text, '\n') || text_width(e->text) > beside) {
		d->lines[d->count - 1].below = true;
		n = text_pieces(e->text, d->columns > 12 ? d->columns - 8 : 4,
				&p);
		for (size_t k = 0; k < n; k++) {
			struct line_of *l;

			/* An empty line between others is one, too. */
			if (p[k].to <= p[k].from) {
				add(d, ROW_BLANK, i);
				continue;
			}
			l = add(d, ROW_TEXT, i);
			l->from = p[k].from;
			l->to = p[k].to;
		}
		free(p);
	}
	if (e->delivery == UC_DELIVERY_FAILED)
		add(d, ROW_TEXT, i)->reason = true;
}

static void add_entries(struct detail *d, const struct uc_conversation *c)
{
	size_t i, from = c->entry_count > d->window ? c->entry_count - d->window
						    : 0;
	int64_t day, last = INT64_MIN;

	if (d->talk && above(d)) {
		add(d, ROW_BLANK, 0);
		add(d, ROW_TEXT, 0)->above = true;
	}
	for (i = from; i < c->entry_count; i++) {
		day = words_day_number(c->entries[i].at_ms);
		if (day != last) {
			add(d, ROW_BLANK, 0);
			add(d, ROW_HEAD, i);
			last = day;
		}
		if (i == from)
			d->first = d->count;
		add(d, ROW_ENTRY, i);
		if (d->count && !text_empty(c->entries[i].text))
			add_message(d, &c->entries[i], i);
	}
}

void detail_rows_make(struct detail *d)
{
	const struct uc_contact *k = d->contact;

	d->count = d->first = 0;
	if (!k && !d->conversation)
		return;
	if (!k)
		add(d, ROW_NUMBER, 0);
	for (size_t i = 0; k && i < k->number_count; i++)
		add(d, ROW_NUMBER, i);
	if (k && !text_empty(k->email))
		add(d, ROW_TEXT, 0);
	if (d->conversation)
		add_entries(d, d->conversation);
}

size_t detail_row_of(const struct detail *d, size_t entry)
{
	size_t low = d->first, high = d->count;

	/* Rows of later entries stand below; heads bear their entry's index. */
	while (low < high) {
		size_t mid = (low + high) / 2, at = mid;

		while (at > low && d->lines[at].kind == ROW_BLANK)
			at--;
		if (d->lines[at].kind != ROW_BLANK &&
		    d->lines[at].index < entry)
			low = mid + 1;
		else
			high = at < mid ? at : mid;
	}
	while (low < d->count &&
	       (d->lines[low].kind != ROW_ENTRY || d->lines[low].index < entry))
		low++;
	return low;
}
