/**
 * @file layout.c  Where each window is on a terminal of some size
 */
#include "tui_int.h"

/* From here on list and detail stand side by side, unless told otherwise. */
enum {
	WIDE_COLUMNS = 96,
	WIDE_COLUMNS_MIN = 70,
	LIST_MIN = 46,
	LIST_MAX = 72,
	RULE_ROWS = 14
};

static unsigned at_most(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* In the middle, never over the edge. */
static struct rect middle(struct rect wanted, unsigned rows, unsigned columns)
{
	struct rect r = {0};

	if (!wanted.rows || !wanted.columns || !rows || !columns)
		return r;
	r.rows = at_most(wanted.rows, rows);
	r.columns = at_most(wanted.columns, columns);
	r.row = (rows - r.rows) / 2;
	r.column = (columns - r.columns) / 2;
	return r;
}

/* Where it was put last, as far as this terminal is that large. */
static struct rect beside(const struct layout_prm *prm, unsigned rows,
			  unsigned columns)
{
	struct rect r = middle(prm->dialog, rows, columns);

	if (prm->placed && r.rows) {
		r.row = at_most(prm->dialog.row, rows - r.rows);
		r.column = at_most(prm->dialog.column, columns - r.columns);
	}
	return r;
}

static unsigned list_columns(unsigned columns)
{
	unsigned n = columns * 51 / 100;

	return n < LIST_MIN ? LIST_MIN : at_most(n, LIST_MAX);
}

/* Header above, then the panes, then rule, calls, hints; panes get the rest,
 * and the last of the others goes first where there is no room. */
void layout_make(struct layout *l, const struct layout_prm *prm)
{
	unsigned rows = prm->size.rows, columns = prm->size.columns;
	unsigned top, rule, calls, hints, rest, n;

	memset(l, 0, sizeof(*l));
	if (!rows || !columns)
		return;
	l->rule = rows >= RULE_ROWS;
	top = at_most(rows, rows < 5 ? 1 : l->rule ? 3 : 2);
	rest = rows - top;
	hints = rest >= 5 ? 2 : rest >= 3 ? 1 : 0;
	rule = l->rule ? 1 : 0;
	rest -= hints + rule;
	calls = at_most(prm->calls, rest >= 16	 ? rest / 3
				    : rest >= 10 ? 4
				    : rest >= 4	 ? 2
						 : 1);
	calls = rest > calls ? calls : 0;
	rest -= calls;

	l->wide = prm->wish == LAYOUT_DETAIL ? columns >= WIDE_COLUMNS_MIN
		  : prm->wish == LAYOUT_LIST ? false
					     : columns >= WIDE_COLUMNS;
	l->win[WIN_HEADER] = (struct rect){0, 0, top, columns};
	if (l->wide) {
		n = list_columns(columns);
		l->win[WIN_LIST] = (struct rect){top, 0, rest, n + 1};
		l->win[WIN_DETAIL] =
			(struct rect){top, n + 1, rest, columns - n - 1};
	} else {
		l->win[prm->detail ? WIN_DETAIL : WIN_LIST] =
			(struct rect){top, 0, rest, columns};
	}
	n = top + rest;
	l->win[WIN_RULE] = (struct rect){n, 0, rule, columns};
	l->win[WIN_CALLS] = (struct rect){n + rule, 0, calls, columns};
	l->win[WIN_HINTS] = (struct rect){n + rule + calls, 0, hints, columns};
	l->win[WIN_DIALOG] =
		prm->beside ? beside(prm, top + rest, columns)
			    : middle(prm->dialog, rows - hints, columns);
	/* Above the call's line: names and what was selected first stand at
	 * the top. */
	if (prm->popup.rows && prm->popup.rows + top <= rows) {
		rest = rest > prm->popup.rows ? top + rest - prm->popup.rows
					      : top;
		n = at_most(prm->popup.columns, columns);
		l->win[WIN_POPUP] =
			(struct rect){rest, columns - n - (columns > n ? 1 : 0),
				      prm->popup.rows, n};
	}
}
