/**
 * @file tui_int.h  What the files of `tui` share
 *
 * A screen has windows (grids of cells), base views (favourites,
 * conversations), a detail view that follows the selection, a search that
 * comes and goes, and a stack of overlays (dialogs). Observers of the model
 * set flags only; paint.c makes frames of them.
 */
#ifndef OFFHOOK_TUI_INT_H
#define OFFHOOK_TUI_INT_H

#include <offhook/base.h>
#include <offhook/frame.h>
#include <offhook/client/uc.h>
#include <offhook/client/app.h>
#include <offhook/client/tui.h>

#define LOG_MODULE "tui"
#define TUI_COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct tui_view;
struct line;

enum base { BASE_FAVOURITES, BASE_CONVERSATIONS, BASE_COUNT };
enum layout_wish { LAYOUT_AUTO, LAYOUT_DETAIL, LAYOUT_LIST };

/** Where the last screen was when its terminal went. */
struct place_kept {
	enum base base;
	enum layout_wish wish;
	char *key[BASE_COUNT], *key2[BASE_COUNT];
	enum uc_filter filter;
};

/** What all screens share. */
struct tui {
	struct app *app;
	struct uc *uc;
	struct list screens; /**< struct tui_screen */
	struct notify_sub *uc_sub;
	struct notify_sub *app_sub;
	struct place_kept kept;
	struct tmr clock; /**< next time that a clock shows anew */
	const struct app_binding **bindings; /**< in force, by tui_bindings() */
	size_t binding_count;
	bool bindings_old;
	struct pictures *pictures;
};
/** Bring the table of bindings up to date. @return how many there are */
size_t tui_bindings(struct tui *t);

/* ---- glyphs ------------------------------------------------------------ */

enum glyph {
	GLYPH_LAMP, /**< + enum uc_lamp */
	GLYPH_MARK = GLYPH_LAMP + UC_LAMP_COUNT,
	GLYPH_FOLDED,
	GLYPH_UNFOLDED,
	GLYPH_RULE,
	GLYPH_BAR,
	GLYPH_TEE_DOWN,
	GLYPH_TEE_UP,
	GLYPH_TOP_LEFT,
	GLYPH_TOP_RIGHT,
	GLYPH_BOTTOM_LEFT,
	GLYPH_BOTTOM_RIGHT,
	GLYPH_ARROW,
	GLYPH_ELLIPSIS,
	GLYPH_DASH,
	GLYPH_CALL,
	GLYPH_HELD,
	GLYPH_ENCRYPTED, /**< in words where there is room */
	GLYPH_PICTURE,
	GLYPH_MASK,
	GLYPH_METER,
	GLYPH_METER_REST,
	GLYPH_HIT,
	GLYPH_TICK,
	GLYPH_COUNT
};
const char *glyph_text(bool ascii, enum glyph g);

/* ---- windows and layout ------------------------------------------------ */

enum tui_window {
	WIN_HEADER,
	WIN_LIST,
	WIN_DETAIL,
	WIN_RULE,
	WIN_CALLS,
	WIN_HINTS,
	WIN_DIALOG,
	WIN_POPUP,
	WIN_COUNT
};
#define WIN_BIT(w) (1u << (w))
#define WIN_ALL (WIN_BIT(WIN_COUNT) - 1)

struct rect {
	unsigned row, column, rows, columns;
};

/** Where everything is; a rect without rows is not shown. */
struct layout {
	struct rect win[WIN_COUNT];
	bool wide; /**< list and detail side by side */
	bool rule; /**< header ends with a rule */
};

struct layout_prm {
	struct frame_size size;
	enum layout_wish wish;
	unsigned calls;	    /**< lines that the call bar wants */
	bool detail;	    /**< narrow: show detail, not list */
	struct rect dialog; /**< wanted rows and columns, or 0 */
	bool beside;	    /**< it leaves calls and hints free */
	bool placed;	    /**< row and column are wanted, too */
	struct rect popup;
};
void layout_make(struct layout *l, const struct layout_prm *prm);

struct window {
	struct frame_grid *grid;
	struct rect at;	    /**< as the terminal knows it */
	bool told;	    /**< the terminal has it */
	bool fresh;	    /**< it has it, but no cell of it yet */
	struct rect cursor; /**< in it; rows 0: none */
	/** The image over its cells, and what the terminal knows of it. */
	struct frame_picture picture, picture_told;
};

/* ---- rows, lists, columns ---------------------------------------------- */

enum row_kind {
	ROW_BLANK,
	ROW_HEAD,
	ROW_TEXT,
	ROW_GROUP,
	ROW_CONTACT,
	ROW_DIAL,
	ROW_CONVERSATION,
	ROW_NUMBER,
	ROW_ENTRY,
	ROW_STATE,
	ROW_KEY,
};

/** One row as a list's source describes it; borrowed, valid in this turn. */
struct row {
	enum row_kind kind;
	const char *key, *key2; /**< identity: two texts, may be NULL */
	bool fixed;		/**< cannot be selected */
	struct uc_group *group;
	struct uc_contact *contact;
	struct uc_conversation *conversation;
	const struct uc_entry *entry;
	const char *label, *text;
	enum frame_style style; /**< of ROW_TEXT's text */
	bool below;		/**< the entry's text stands in rows below */
	bool hit;		/**< it was looked for */
	size_t index;
};

struct list_source {
	size_t (*count)(const struct tui_view *v);
	void (*row)(const struct tui_view *v, size_t i, struct row *row);
};

enum { LIST_COLUMNS_MAX = 8 };

/** A scrolling list of rows with one selected, kept by identity. */
struct tui_list {
	const struct list_source *source;
	const struct tui_view *view;
	const uint8_t *columns; /**< enum column_id, ended by COL_END */
	size_t selected, top;
	char *key, *key2; /**< of the selected row */
	unsigned rows;	  /**< visible, as drawn last */
	unsigned indent;  /**< columns before the first cell */
	bool bottom;	  /**< begin at the end */
	bool quiet;	  /**< no mark while without focus */
	unsigned measured[LIST_COLUMNS_MAX];
};
void rows_init(struct tui_list *l, const struct tui_view *v,
	       const struct list_source *source, const uint8_t *columns);
void rows_reset(struct tui_list *l);
void rows_close(struct tui_list *l);
size_t rows_count(const struct tui_list *l);
/** @return false if there is none at i */
bool rows_get(const struct tui_list *l, size_t i, struct row *row);
bool rows_selected(const struct tui_list *l, struct row *row);
/** The rows changed: find the selected one again, measure. */
void rows_sync(struct tui_list *l);
bool rows_move(struct tui_list *l, long steps);
bool rows_select(struct tui_list *l, size_t i);
/** @param focus the pane has the focus
 *  @param cursor set to where the selected row is, NULL if not wanted */
void rows_draw(struct tui_list *l, struct frame_grid *g, struct rect area,
	       bool focus, struct rect *cursor);
/** Row index at a line of the area, (size_t)-1 if none. */
size_t rows_at(const struct tui_list *l, unsigned line);

enum column_id {
	COL_LAMP,
	COL_NAME,
	COL_PRESENCE,
	COL_UNTIL,
	COL_NUMBER,
	COL_DIRECTORY,
	COL_UNREAD,
	COL_WHEN,
	COL_WHAT,
	COL_LABEL,
	COL_TEXT,
	COL_TAG,
	COL_KEY,
	COL_COUNT,
	COL_END = 255
};

/** What a column draws for a row. */
struct cell {
	unsigned room; /**< columns that it has, or may grow to */
	struct text_buf text;
	const char *brief; /**< where the text has no room, or NULL */
	enum frame_style style;
};

struct column {
	const char *name;
	uint8_t min, max; /**< columns; max 0: what is left over */
	uint8_t gap;	  /**< before it */
	uint8_t rank;	  /**< highest is left out first; 0 never */
	bool right;
	bool measure; /**< as wide as its rows need */
	bool fit;     /**< grows to what its rows need before others do */
	uint8_t wish; /**< grows to so many before others do */
	/** Columns of a higher rank are left out rather than it having less. */
	uint8_t ample;
	/** Columns of its widest word in the language in use. */
	unsigned (*widest)(void);
	void (*draw)(const struct tui_screen *s, const struct row *r,
		     struct cell *c);
};
const struct column *column_at(enum column_id id);

/* ---- views ------------------------------------------------------------- */

enum act {
	ACT_UP,
	ACT_DOWN,
	ACT_PAGE_UP,
	ACT_PAGE_DOWN,
	ACT_FIRST,
	ACT_LAST,
	ACT_ENTER,
	ACT_LEFT,
	ACT_RIGHT,
	ACT_NEXT,
	ACT_BACK,
	ACT_DETAILS,
	ACT_COUNT
};

struct view_class {
	const char *name;
	const char *title;    /**< N_(), of tabs and dialogs */
	uint32_t contexts;    /**< enum app_context */
	uint32_t changes;     /**< enum uc_change that it shows */
	uint32_t app_changes; /**< APP_CHANGE_* likewise */
	void (*recalc)(struct tui_view *v);
	/** @param cursor set if it has the cursor (rows 1), else left alone */
	void (*draw)(struct tui_view *v, struct frame_grid *g, struct rect area,
		     bool focus, struct rect *cursor);
	bool (*act)(struct tui_view *v, enum act act);
	/** A key before its binding is looked up. @return true if taken */
	bool (*key)(struct tui_view *v, const char *key);
	void (*paste)(struct tui_view *v, const char *text);
	/** Whether printable keys are text now. */
	bool (*typing)(const struct tui_view *v);
	void (*click)(struct tui_view *v, unsigned row, unsigned column);
	/** One line on the focused thing. */
	void (*explain)(const struct tui_view *v, struct text_buf *b);
	/** Word for what an act does now, NULL if nothing. */
	const char *(*word)(const struct tui_view *v, enum act act);
	/** Text for an argument of that kind out of the selection. */
	bool (*target)(const struct tui_view *v, enum app_argument_kind kind,
		       struct text_buf *b);
	/** Rows and columns wanted by a dialog, borders not counted. */
	void (*size)(const struct tui_view *v, struct rect *wanted);
	/** Instead of size, of one that draws its own borders: all that it
	 *  wants. @param placed  set to whether it wants it at a place */
	void (*place)(const struct tui_view *v, struct rect *at, bool *placed);
	/** Pressed in the dialog, dragged or let go anywhere after; places on
	 *  the screen. */
	void (*mouse)(struct tui_view *v, const struct frame_mouse *m);
	/** Calls and function keys work as if the dialog were not there. */
	bool aside;
};

struct tui_view {
	const struct view_class *class;
	struct tui_screen *screen;
	struct tui_list list;
	bool has_list;
	bool stale;
};
/** First member of every view is a struct tui_view. */
int view_alloc(struct tui_view **vp, size_t size,
	       const struct view_class *class, struct tui_screen *s,
	       mem_destroy_h *destroy);
/** Its window is drawn anew, nothing else. */
void view_dirty(struct tui_view *v);
/** Movement in the view's list, for classes without an act of their own. */
bool view_list_act(struct tui_view *v, enum act act);
void view_list_click(struct tui_view *v, unsigned row);
void view_changed(struct tui_view *v, uint32_t kind, bool of_app);
void view_settle(struct tui_view *v);

enum focus { FOCUS_LIST, FOCUS_DETAIL, FOCUS_SEARCH };
enum { OVERLAYS_MAX = 8 };

enum message_kind { MESSAGE_INFO, MESSAGE_WARNING, MESSAGE_ERROR };

/** What the keys of calls were about on the frame that is seen. */
struct aim {
	uint32_t call; /**< id, 0: none */
	char *name;    /**< whom it is with */
	uint64_t since_ms;
};
enum aim_of { AIM_RINGING, AIM_IN_CALL, AIM_WAITING, AIM_COUNT };

/** A stretch of a line that a click runs. */
struct hotspot {
	enum tui_window window;
	unsigned row, column, columns;
	char *line;
	uint32_t call; /**< that it is about, or 0 */
};

struct tui_screen {
	struct le le;
	struct tui *tui;
	struct tui_screen_handlers h;
	void *arg;

	struct frame_size size;
	uint32_t colours;
	bool ascii, mono;
	uint32_t version; /**< that the terminal speaks */
	bool selecting;	  /**< it was asked for what is marked elsewhere */
	bool terminal_focus;
	struct page_opening *opening; /**< a page that was asked for, or NULL */

	struct window win[WIN_COUNT];
	struct layout layout;
	enum layout_wish wish;
	uint32_t dirty;
	bool relayout, all, styles_told;
	bool unsettled; /**< views or overlays are behind */
	struct loop_turn *turn;
	struct tmr pace; /**< next frame, when not at once */
	struct tmr fade; /**< message goes */
	struct tmr popup_tmr;
	struct tmr meter_tmr; /**< while the meter is seen */
	bool meter;
	uint32_t frame; /**< number of the last FRAME_FLUSH */
	bool in_flight, urgent;
	uint64_t painted_ms;
	struct frame_cursor cursor_told;
	uint32_t mode_told; /**< enum frame_mode */

	enum base base;
	struct tui_view *bases[BASE_COUNT];
	struct tui_view *detail;
	struct tui_view *search; /**< NULL if none is open */
	enum focus focus;
	bool detail_shown; /**< narrow: detail instead of list */
	struct tui_view *overlays[OVERLAYS_MAX];
	unsigned overlay_count;
	struct line *line; /**< command line, NULL if not open */

	char *message;
	uint64_t message_ms;
	enum message_kind message_kind;
	uint32_t notice_seen;
	struct aim aims[AIM_COUNT], aimed[AIM_COUNT]; /**< now, and before */
	uint32_t aim_contexts, aimed_contexts;	      /**< of calls */
	uint64_t aim_contexts_ms, aim_refused_ms;
	struct hotspot *spots;
	size_t spot_count;
	bool dimmed;		    /**< drawn greyed, as connection is lost */
	struct palette *palette;    /**< picture.c, or NULL */
	struct frame_pixels pixels; /**< of a cell; 0: it shows no images */
	struct images *images;	    /**< image.c, or NULL */
};

#define screen_app(s) ((s)->tui->app)
#define screen_uc(s) ((s)->tui->uc)

/* screen.c */
void screen_settle(struct tui_screen *s);
void screen_changed(struct tui_screen *s, uint32_t kind, const void *subject);
void screen_app_changed(struct tui_screen *s, uint32_t kind);
void screen_tick(struct tui_screen *s, bool minute);
void tui_clock_start(struct tui *t);
struct tui_view *screen_focused(const struct tui_screen *s);
struct tui_view *screen_list_view(const struct tui_screen *s);
uint32_t screen_contexts(const struct tui_screen *s);
bool screen_lost(const struct tui_screen *s);
/** A dialog is open that is not aside. */
bool screen_covered(const struct tui_screen *s);
/** header.c: it counts the seconds until the phone's next try. */
bool screen_phone_counts(const struct uc_account *a);
void screen_dirty(struct tui_screen *s, uint32_t windows);
void screen_relayout(struct tui_screen *s);
void screen_overlay_push(struct tui_screen *s, struct tui_view *v);
void screen_overlay_pop(struct tui_screen *s, struct tui_view *v);
struct tui_view *screen_overlay_find(const struct tui_screen *s,
				     const struct view_class *class);
void screen_message(struct tui_screen *s, enum message_kind kind,
		    const char *text);
void screen_follow(struct tui_screen *s);
void screen_show(struct tui_screen *s, enum base base);
void screen_search(struct tui_screen *s, const char *text);
void screen_search_end(struct tui_screen *s);
void screen_send(struct tui_screen *s, const struct frame_message *m);

/* target.c: what the selection is, for commands and for the hint line */
void words_contact(const struct tui_screen *s, struct text_buf *b,
		   const struct uc_contact *c);
bool contact_target(const struct uc_contact *c, enum app_argument_kind kind,
		    struct text_buf *b);
/** If it is a voice message. */
bool voice_target(const struct uc_entry *e, struct text_buf *b);
bool conversation_target(const struct uc *uc, const struct uc_conversation *v,
			 enum app_argument_kind kind, struct text_buf *b);
/** What is selected, as a command's argument. @return false: nothing that
 *  would do */
bool screen_target(const struct tui_screen *s, enum app_argument_kind kind,
		   struct text_buf *b);
/** The call that is selected, as its conversation is; NULL: none. */
struct uc_call *screen_call(const struct tui_screen *s);
/** The call that keys for a ringing one act on: the selected one, else the
 *  first. NULL: none rings. */
struct uc_call *aim_ringing(const struct tui_screen *s);
/** The one that keys for other calls act on, or NULL. */
struct uc_call *aim_in_call(const struct tui_screen *s);
/** The one that the application chooses for an enum uc_function, or NULL. */
struct uc_call *aim_by_function(const struct tui_screen *s, uint32_t function);
/** A frame is drawn: what the keys are about is seen from now on. */
void aim_note(struct tui_screen *s);
/**
 * Whether a key comes too late: what it was about on the screen has ended, or
 * is not possible any more, and it would do something else. The user is told.
 * @param b  What it is bound to now, or NULL
 */
bool aim_missed(struct tui_screen *s, const char *key, uint32_t contexts,
		const struct app_binding *b);
void aim_reset(struct tui_screen *s);
/** Call a contact's default number, or that one if it is given. */
int screen_dial(struct tui_screen *s, const struct uc_contact *c,
		const char *number);
bool screen_can_dial(const struct tui_screen *s);

/* meter.c */
/** Show how loud it is, or no more; without a call in a sound test. */
int meter_toggle(struct tui_screen *s, struct app_sink *sink);
/** At the right end of the first row. @return columns that are left */
unsigned meter_draw(const struct tui_screen *s, struct frame_grid *g,
		    unsigned columns);

/* paint.c */
void paint_turn(void *arg);
void paint_ack(struct tui_screen *s, uint32_t number);
void paint_request(struct tui_screen *s);

/* draw.c: all return the columns drawn */
unsigned draw_text(const struct tui_screen *s, struct frame_grid *g,
		   unsigned row, unsigned column, unsigned width,
		   enum frame_style style, const char *text);
unsigned draw_right(const struct tui_screen *s, struct frame_grid *g,
		    unsigned row, unsigned end, unsigned width,
		    enum frame_style style, const char *text);
/** In lines broken at blanks. @return lines; with g NULL only counted */
unsigned wrap_text(const struct tui_screen *s, struct frame_grid *g,
		   struct rect area, enum frame_style style, const char *text);
void draw_box(const struct tui_screen *s, struct frame_grid *g,
	      const char *title);
const char *glyph(const struct tui_screen *s, enum glyph g);

/* words.c */
enum frame_style presence_style(const struct uc_presence *p);
enum frame_style lamp_style(enum uc_lamp lamp, bool old);
enum uc_lamp contact_lamp(const struct tui_screen *s,
			  const struct uc_contact *c);
void words_clock(char *buf, size_t size, int64_t ms);
void words_when(const struct tui_screen *s, struct text_buf *b, int64_t ms,
		int64_t now_ms);
void words_day(const struct tui_screen *s, struct text_buf *b, int64_t ms,
	       int64_t now_ms);
const char *words_weekday(int day);
/** @param columns  The most that there is room for */
void words_until(const struct tui_screen *s, struct text_buf *b,
		 const struct uc_presence *p, unsigned columns);
void words_entry(struct text_buf *b, const struct uc_entry *e);
const char *words_call(const struct uc_call *c);
int64_t words_day_number(int64_t ms);
struct uc_call *conversation_call(const struct uc *uc,
				  const struct uc_conversation *v);

/* picture.c */
struct pictures;
struct picture_cell;
extern const struct app_option picture_options[];
int pictures_alloc(struct pictures **pp, struct tui *t);
/** Rows and columns that a contact's picture gets in an area, which has to have
 *  room for text beside and below it; rows 0: none. */
struct rect picture_place(struct tui_screen *s, const struct uc_contact *c,
			  struct rect area);
/** The picture as this terminal can show it; else, and until it is here, the
 *  initials of the name. @param c, name  NULL: nobody known */
void picture_draw(struct tui_screen *s, struct frame_grid *g, struct rect area,
		  const struct uc_contact *c, const char *name);
/** Cells into a grid, their colours as styles. @return false: there were more
 *  colours than styles */
bool picture_paint(struct tui_screen *s, struct frame_grid *g, struct rect area,
		   const struct picture_cell *c);
/** There were more colours than styles: all of them anew. @return true if so,
 *  and pictures are to be drawn again */
bool picture_crowded(struct tui_screen *s);
/** Append how the styles of pictures look that the terminal does not know. */
int picture_tell(struct tui_screen *s, struct text_buf *b);
/** A terminal that knows nothing. */
void picture_forget(struct tui_screen *s);

/* image.c */
/** The terminal shows images, and the user wants them. */
bool image_wanted(const struct tui_screen *s);
/** Pixels of an area of this terminal. @return false: there are none, or more
 *  than an image may have */
bool image_size(const struct tui_screen *s, struct rect area, unsigned *width,
		unsigned *height);
/**
 * An image over the cells of an area of a window's grid, until that is drawn
 * anew.
 * @param owner  Holds the pixels: is referenced, and stands for the image
 * @param rgb    Of image_size()
 */
void image_put(struct tui_screen *s, const struct frame_grid *g,
	       struct rect area, void *owner, const uint8_t *rgb);
/** Append what the terminal does not know of images and where they stand. */
int images_tell(struct tui_screen *s, struct text_buf *b);
/** A terminal that knows none of them. */
void images_forget(struct tui_screen *s);
/** What the terminal has said of its cells. */
void image_pixels(struct tui_screen *s, const struct frame_pixels *pixels);

/* page.c */
extern const struct app_command page_rows[];
extern const struct app_option page_options[];
/** A call has changed: the page that was asked for may be there. */
void page_changed(struct tui_screen *s);

/* contact.c */
extern const struct app_command contact_rows[];
extern const struct view_class contact_class;

/* box.c, pin.c: the voicemail */
extern const struct view_class box_class, pin_class;
int box_alloc(struct tui_view **vp, struct tui_screen *s);
int pin_alloc(struct tui_view **vp, struct tui_screen *s);

/* import.c */
extern const struct view_class import_class;
int import_alloc(struct tui_view **vp, struct tui_screen *s);

/* selection.c */
extern const struct app_command selection_rows[];
extern const struct app_option selection_options[];
/** The terminal has read what is marked elsewhere, or could not. */
void selection_came(struct tui_screen *s, const struct frame_selection *r);
/** Search this where nobody is busy with something else. */
void selection_show(struct tui_screen *s, const struct app_shown *shown);

/* field.c */
struct field {
	char *text;
	size_t cursor; /**< bytes */
	size_t scroll; /**< bytes */
	bool secret;
};
int field_set(struct field *f, const char *text);
void field_close(struct field *f);
/** @return true if the key was for the field */
bool field_key(struct field *f, const char *key);
void field_insert(struct field *f, const char *text);
void field_draw(const struct tui_screen *s, struct field *f,
		struct frame_grid *g, unsigned row, unsigned column,
		unsigned width, enum frame_style style, struct rect *cursor);
bool key_is_text(const char *key);

/* area.c: a text of several lines */
struct text_piece {
	size_t from, to; /**< bytes */
};
/** Lines of a text, broken at blanks where that is possible.
 *  @param out  To free(). @return how many, at least 1; 0 without memory */
size_t text_pieces(const char *text, unsigned columns, struct text_piece **out);
struct area {
	char *text;
	size_t cursor; /**< bytes */
	unsigned top;  /**< first line shown */
	unsigned columns;
};
enum area_taken { AREA_NOT, AREA_TAKEN, AREA_FULL };
int area_set(struct area *a, const char *text);
void area_close(struct area *a);
/** @return FULL: it was for the area, and has no room */
enum area_taken area_key(struct area *a, const char *key);
/** Newlines stay. @return false if it has no room: nothing is put in */
bool area_insert(struct area *a, const char *text);
/** Lines that it wants with that many columns. */
unsigned area_rows(struct area *a, unsigned columns);
void area_draw(const struct tui_screen *s, struct area *a, struct frame_grid *g,
	       struct rect at, enum frame_style style, struct rect *cursor);

/* writer.c: the message field */
struct writer {
	struct area area;
	char *number; /**< to whom, "" or NULL: nobody */
	bool on;      /**< keys are for it */
};
/** For whom it is. @return false if no message can be sent there */
bool writer_set(struct writer *w, const struct tui_screen *s,
		const struct uc_contact *c);
void writer_close(struct writer *w);
/** What another terminal has written. */
void writer_refresh(struct writer *w, const struct tui_screen *s);
/** @return true if the key was for it */
bool writer_key(struct writer *w, struct tui_screen *s, const char *key);
void writer_paste(struct writer *w, struct tui_screen *s, const char *text);
/** Rows that it wants, a blank one above it included; 0: it is not shown. */
unsigned writer_rows(struct writer *w, unsigned columns, unsigned rows);
void writer_draw(struct writer *w, const struct tui_screen *s,
		 struct frame_grid *g, struct rect at, bool focus,
		 struct rect *cursor);

/* keys.c */
void keys_input(struct tui_screen *s, const char *key);
void keys_paste(struct tui_screen *s, const char *text);
void keys_mouse(struct tui_screen *s, const struct frame_mouse *m);
/** Run an argument vector for this screen; its answer becomes a message. */
/** Have a line finished by typing; not where one is typing already. */
void keys_prompt(struct tui_screen *s, const char *line);
int keys_run(struct tui_screen *s, const char *const *argv, size_t argc,
	     enum app_origin origin);
int keys_run_line(struct tui_screen *s, const char *line,
		  enum app_origin origin);
#define keys_command(s, ...)                                      \
	keys_run((s), (const char *const[]){__VA_ARGS__},         \
		 TUI_COUNT(((const char *const[]){__VA_ARGS__})), \
		 APP_FROM_KEY)

/* commands.c */
int commands_register(struct app *app);
bool commands_act_of(const char *name, enum act *act);
bool screen_act(struct tui_screen *s, enum act act);

/* header.c, hints.c, callbar.c, popup.c */
void header_draw(struct tui_screen *s, struct frame_grid *g,
		 struct rect *cursor);
void hints_draw(struct tui_screen *s, struct frame_grid *g,
		struct rect *cursor);
/** The key that a command is bound to, as it is shown; NULL: none. */
const char *hints_key_of(const struct tui_screen *s, const char *line);
/** Which keys hints_keys() is to show. */
struct hints_prm {
	enum tui_window window;
	unsigned row, column, width;
	unsigned gap;		/**< between two of them, 0: as everywhere */
	uint32_t contexts;	/**< where one is */
	uint32_t only;		/**< contexts that a key must name, or 0 */
	uint32_t without;	/**< contexts that it must not name */
	const char *also;	/**< a command line that may come, too */
	bool function_keys;	/**< F1 … only */
	const char *const *but; /**< commands that it must not run, or NULL */
	uint32_t call;		/**< that a click is about; 0: as a key's */
};
unsigned hints_keys(struct tui_screen *s, struct frame_grid *g,
		    const struct hints_prm *prm);
/** A stretch that a click runs a command line from. */
void hints_spot(struct tui_screen *s, enum tui_window w, unsigned row,
		unsigned column, unsigned columns, const char *line);
void hints_spots_clear(struct tui_screen *s, enum tui_window w);
void callbar_draw(struct tui_screen *s, struct frame_grid *g);
/** Rows that it wants. */
unsigned callbar_rows(const struct tui_screen *s);
bool popup_wanted(struct tui_screen *s, struct rect *size);
void popup_draw(struct tui_screen *s, struct frame_grid *g);

/* theme.c */
extern const char *const theme_choices[];
const struct frame_look *theme_look(const char *theme, enum frame_style st);

/* line.c */
int line_alloc(struct line **lp, struct tui_screen *s, const char *text);
void line_key(struct line *l, const char *key);
void line_paste(struct line *l, const char *text);
void line_draw(struct line *l, struct frame_grid *g, unsigned row,
	       struct rect *cursor);
/** What it may become by Tab, what the command in it does, or what its keys
 *  do. @return to free() */
char *line_hint(const struct line *l);

/* views */
int favourites_alloc(struct tui_view **vp, struct tui_screen *s);
int conversations_alloc(struct tui_view **vp, struct tui_screen *s);
/** What is looked for in them, NULL: nothing; valid until the next key. */
struct uc_find *conversations_find(const struct tui_view *v);
/** Look for a text, NULL: let it be typed. */
void conversations_search(struct tui_view *v, const char *text);
enum uc_filter conversations_filter(const struct tui_view *v);
void conversations_filter_set(struct tui_view *v, enum uc_filter f);
/** Their commands: filter, search, hits. */
extern const struct app_command conversations_rows[];
int search_alloc(struct tui_view **vp, struct tui_screen *s);
void search_set(struct tui_view *v, const char *text);
/** The same in one directory, or in UC_ALL_DIRECTORIES. */
void search_show(struct tui_view *v, const char *text, enum uc_directory d);
void search_draw_line(struct tui_view *v, struct frame_grid *g, unsigned row,
		      bool focus, struct rect *cursor);
int detail_alloc(struct tui_view **vp, struct tui_screen *s);
/** Write to the one whom the detail shows. @return false: that is not
 *  possible */
bool detail_write(struct tui_view *v);
/** Select the next entry that was found, that way (1, -1), round and round.
 *  @param np  Set to which one it is, and of how many: 0: none */
void detail_hit(struct tui_view *v, int way, size_t np[2]);
/** Whom it shows, or NULL. */
const struct uc_contact *detail_contact(const struct tui_view *v);
/** What the detail shows: one of them, or none. */
void detail_set(struct tui_view *v, struct uc_contact *c,
		struct uc_conversation *conversation);
int help_alloc(struct tui_view **vp, struct tui_screen *s);
int pager_alloc(struct tui_view **vp, struct tui_screen *s, const char *title,
		const char *text);
int presence_alloc(struct tui_view **vp, struct tui_screen *s);
int numbers_alloc(struct tui_view **vp, struct tui_screen *s,
		  struct uc_contact *c);
int login_alloc(struct tui_view **vp, struct tui_screen *s);
int certificate_alloc(struct tui_view **vp, struct tui_screen *s);
int question_alloc(struct tui_view **vp, struct tui_screen *s);
extern const struct view_class login_class, certificate_class, question_class,
	help_class, presence_class, numbers_class, pager_class, keypad_class;

/* keypad.c */
extern const struct app_option keypad_options[];
bool keypad_option(const struct app_option *o);
const char *keypad_unavailable(const struct app *a);
/** @return false if its call is over; else it is of the call that takes tones
 */
bool keypad_lives(struct tui_view *v);
int keypad_toggle(struct tui_screen *s);

#endif
