/**
 * @file detail_int.h  All about one person or number: its parts
 */
#ifndef OFFHOOK_TUI_DETAIL_INT_H
#define OFFHOOK_TUI_DETAIL_INT_H

#include "tui_int.h"

/** What a row stands for. */
struct line_of {
	enum row_kind kind;
	size_t index;
	size_t from, to; /**< of a text below its entry */
	bool below;	 /**< the entry's text is */
	bool reason;	 /**< why it has failed */
	bool above;	 /**< what there is above the entries */
};

struct detail {
	struct tui_view v;
	struct uc_contact *contact;	      /**< or NULL */
	struct uc_conversation *conversation; /**< or NULL */
	bool talk;			      /**< opened as conversation */
	struct line_of *lines;
	size_t count, size;
	struct line_of none;
	size_t window; /**< newest entries that there are rows for */
	size_t first;  /**< row of the oldest of them, or of the last row */
	struct text_buf day; /**< text of the row asked for last */
	unsigned columns;    /**< that there are, as drawn last */
	struct writer writer;
};

extern const struct list_source detail_rows;
/** Anew, of the contact and the conversation that there are. */
void detail_rows_make(struct detail *d);
/** The row of an entry, or the next one that is shown. */
size_t detail_row_of(const struct detail *d, size_t entry);
/** What was looked for in the list is marked here. */
bool detail_is_hit(const struct detail *d, struct uc_entry *e);

#endif
