/**
 * @file box_int.h  What the files of the voicemail's dialog share
 */
#ifndef OFFHOOK_TUI_BOX_INT_H
#define OFFHOOK_TUI_BOX_INT_H

#include "tui_int.h"

enum kind {
	ITEM_RECORDING,
	ITEM_STATE,    /**< n: enum proto_presence */
	ITEM_GREETING, /**< n: one that there is */
	ITEM_NEW,      /**< n: the first that there is not */
	ITEM_NOTE,
	ITEM_MAIL,
	ITEM_ADDRESS,
	ITEM_PIN,
};
struct item {
	enum kind kind;
	unsigned n;
};
enum {
	ITEMS_MAX = PROTO_PRESENCE_COUNT + UC_GREETINGS + 6,
	UNTOUCHED = -1,
	COLUMNS = 60,
	LABEL_GAP = 2,
};

struct box {
	struct tui_view v;
	struct item at;		 /**< where one is */
	unsigned top, rows, row; /**< as drawn last: row is the first's */
	size_t count;		 /**< as the dialog is large now */
	/* chosen, or UNTOUCHED */
	int recording, mail, greeting[PROTO_PRESENCE_COUNT];
	struct field address;
	bool address_touched;
};

const struct uc_voicemail *box_now(const struct box *b);
/** What there is now. @return how many */
size_t box_items(const struct box *b, struct item item[ITEMS_MAX]);
/** Likewise. @return where one is among them */
size_t box_selected(const struct box *b, struct item item[ITEMS_MAX],
		    size_t *count);
/** As chosen, else as it is. */
bool box_records(const struct box *b);
bool box_mails(const struct box *b);
unsigned box_greeting(const struct box *b, unsigned state);
/** Is that a choice, here and now? */
bool box_can_choose(const struct box *b, enum kind kind);

/* box_draw.c */
void box_draw(struct tui_view *v, struct frame_grid *g, struct rect area,
	      bool focus, struct rect *cursor);
void box_size(const struct tui_view *v, struct rect *wanted);

#endif
