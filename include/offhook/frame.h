/**
 * @file frame.h  What core and terminal say to each other, and cell windows
 *
 * Two halves, both pure data without I/O: *grids*, the windows of cells that
 * views draw into, with what differs since the last frame; and *messages*,
 * framed and versioned in both directions. doc/architecture.md, "Core and
 * terminals", has the rules (one frame under way, acknowledged).
 */
#ifndef OFFHOOK_FRAME_H
#define OFFHOOK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <offhook/base/text.h>

/** Version spoken, and the oldest that is still understood.
 *  2: FRAME_SELECT, and FRAME_SELECTION that answers it.
 *  3: styles beyond FRAME_STYLES_NAMED, for the cells of pictures.
 *  4: FRAME_PIXELS, and what it leads to: images, and where they stand. */
enum { FRAME_VERSION = 4, FRAME_VERSION_MIN = 1 };

/** Limits: the largest terminal, the longest message. */
enum {
	FRAME_ROWS_MAX = 200,
	FRAME_COLUMNS_MAX = 500,
	FRAME_MESSAGE_MAX = 4 * 1024 * 1024,
	FRAME_STYLES_NAMED = 40, /**< enum frame_style has no more: few
				      colours have few pairs */
	FRAME_STYLES_MAX = 2048,
	FRAME_SELECTION_MAX = 4096, /**< bytes of a text marked elsewhere */
	FRAME_IMAGES_MAX = 16,	    /**< that a terminal keeps */
	FRAME_IMAGE_CELLS_MAX = 30, /**< rows and columns of one */
	FRAME_IMAGE_SIDE_MAX = 512, /**< width and height, in pixels */
	FRAME_CELL_SIDE_MAX = 128,  /**< of a cell, in pixels */
};

/* ---- styles ------------------------------------------------------------ */

/**
 * What a cell means; the theme says how that looks. The core sends names and
 * looks once (FRAME_STYLE), then numbers. From FRAME_STYLES_NAMED on (version
 * 3) styles mean nothing but how they look: each is a pair of colours of a
 * picture, told before it is used, and perhaps another one later.
 */
enum frame_style {
	STYLE_NORMAL,
	STYLE_DIM,   /**< second rank: numbers' kinds, column heads */
	STYLE_FAINT, /**< third rank: rules, greyed state */
	STYLE_BOLD,
	STYLE_TITLE,  /**< heads of panes and pop-ups */
	STYLE_HEADER, /**< the header line */
	STYLE_HEADER_DIM,
	STYLE_TAB, /**< a view's name */
	STYLE_TAB_ACTIVE,
	STYLE_SELECTED,	     /**< row under the cursor in the pane with focus */
	STYLE_SELECTED_IDLE, /**< likewise in a pane without focus */
	STYLE_MATCH,	     /**< the part that search found */
	STYLE_FIELD,	     /**< text being edited */
	STYLE_HINT,
	STYLE_KEY, /**< a key's name in hints and help */
	STYLE_BORDER,
	STYLE_OFFICE, /**< presence: here (green) */
	STYLE_AWAY,   /**< presence: away for a while (amber) */
	STYLE_GONE,   /**< presence: away for long (blue) */
	STYLE_DND,    /**< presence: do not disturb (red) */
	STYLE_RINGING,
	STYLE_TALKING,
	STYLE_HELD,
	STYLE_UNREAD,
	STYLE_GOOD,
	STYLE_WARNING,
	STYLE_ERROR,
	STYLE_COUNT
};

enum frame_attr {
	FRAME_BOLD = 1,
	FRAME_FAINT = 2,
	FRAME_ITALIC = 4,
	FRAME_UNDERLINE = 8,
	FRAME_REVERSE = 16,
};

/** Colour of the terminal's own, or one of 16, or 0x1000000 | RRGGBB. */
enum { FRAME_COLOUR_DEFAULT = -1, FRAME_COLOUR_RGB = 0x1000000 };

/** How a style looks. The terminal falls back: RGB to 256 to 16 to none. */
struct frame_look {
	int32_t fg, bg;	    /**< on a terminal with many colours */
	int8_t fg16, bg16;  /**< on one with 16; -1 default */
	uint8_t attrs;	    /**< enum frame_attr */
	uint8_t attrs_mono; /**< what stands in where there is no colour */
};

/* ---- grids ------------------------------------------------------------- */

/** One cell: a grapheme cluster. Width 0: right half of the cell before. */
struct frame_cell {
	char text[20]; /**< UTF-8, cut to whole code points, not 0-ended */
	uint8_t len;
	uint8_t width; /**< columns: 0, 1 or 2 */
	uint16_t style;
};

/** A window of cells; drawn by one owner. */
struct frame_grid;

/** Blank, in STYLE_NORMAL; mem_deref() frees it.
 *  @return 0, EINVAL (a size that is 0 or over the limits) or ENOMEM */
int frame_grid_alloc(struct frame_grid **gp, unsigned rows, unsigned columns);
/** Resize; content is cleared and everything counts as changed. The same
 *  size again does nothing. @return 0, EINVAL or ENOMEM (nothing changed) */
int frame_grid_resize(struct frame_grid *g, unsigned rows, unsigned columns);
unsigned frame_grid_rows(const struct frame_grid *g);
unsigned frame_grid_columns(const struct frame_grid *g);
/** Blank everything, in a style. Drawing anew costs nothing on the wire:
 *  only cells that end up different are sent. */
void frame_grid_clear(struct frame_grid *g, enum frame_style style);
/**
 * Draw clean text from a cell on; clipped at the right border, and at
 * columns if that is not 0. A wide cluster that does not fit is left out, as
 * are control characters. What is outside of the grid is not drawn. A wide
 * cluster that is overwritten in one half becomes a blank in the other.
 *
 * @param text  NULL counts as empty
 * @return Columns drawn
 */
unsigned frame_grid_put(struct frame_grid *g, unsigned row, unsigned column,
			unsigned columns, enum frame_style style,
			const char *text);
/** Fill a stretch with one cluster of width 1, e.g. "─". */
void frame_grid_fill(struct frame_grid *g, unsigned row, unsigned column,
		     unsigned columns, enum frame_style style,
		     const char *cluster);
/** Change the style of a stretch, the text stays. */
void frame_grid_style(struct frame_grid *g, unsigned row, unsigned column,
		      unsigned columns, enum frame_style style);
/** NULL outside of the grid. */
const struct frame_cell *frame_grid_cell(const struct frame_grid *g,
					 unsigned row, unsigned column);
/** Text of a row without blanks at its end, for tests; to free(). */
char *frame_grid_text(const struct frame_grid *g, unsigned row);

/* ---- messages ---------------------------------------------------------- */

/** A connection begins with these 4 bytes; a JSON one with '{'. */
#define FRAME_MAGIC "OHF1"

enum frame_type {
	/* terminal to core */
	FRAME_HELLO = 1, /**< first: struct frame_hello */
	FRAME_KEY,	 /**< struct frame_key */
	FRAME_PASTE,	 /**< text */
	FRAME_MOUSE,	 /**< struct frame_mouse */
	FRAME_FOCUS,	 /**< number: 1 in, 0 out */
	FRAME_RESIZE,	 /**< struct frame_size */
	FRAME_ACK,	 /**< number: of the FRAME_FLUSH drawn */
	FRAME_RESUMED,	 /**< back from FRAME_SUSPEND or FRAME_RUN; number:
			      exit status */
	FRAME_SELECTION, /**< struct frame_selection: to FRAME_SELECT */
	FRAME_PIXELS,	 /**< struct frame_pixels: it has found out that it can
			      show images, or how large its cells are now */
	/* core to terminal */
	FRAME_WELCOME = 64, /**< struct frame_welcome */
	FRAME_STYLE,	    /**< struct frame_style_message */
	FRAME_WINDOW,	    /**< struct frame_window: made, moved, resized */
	FRAME_WINDOW_GONE,  /**< number: window's id */
	FRAME_CELLS,	    /**< struct frame_cells: a run in one row */
	FRAME_CURSOR,	    /**< struct frame_cursor */
	FRAME_FLUSH,	    /**< number: draw now, then acknowledge */
	FRAME_BELL,
	FRAME_TITLE,	/**< text: the terminal's title */
	FRAME_SEQUENCE, /**< text: bytes to write as they are (OSC) */
	FRAME_SUSPEND,	/**< stop, as for ^Z */
	FRAME_RUN,	/**< strings: argument vector, with the terminal */
	FRAME_LEAVE,	/**< struct frame_leave: go, say why */
	FRAME_MODE,	/**< number: bits of enum frame_mode; 0 at first */
	FRAME_REPAINT,	/**< paint all anew, as for ^L, at the next flush */
	FRAME_SELECT,	/**< text: whose selection to read, FRAME_SOURCES; to
			     one that speaks version 2 */
	/* these to one that has said FRAME_PIXELS */
	FRAME_IMAGE,	  /**< struct frame_image: keep it */
	FRAME_IMAGE_GONE, /**< number: image's id; it stands nowhere any more */
	FRAME_PICTURE,	  /**< struct frame_picture: where one stands */
};

/** The names of where a selection may be, with blanks between them. */
#define FRAME_SOURCES "auto tmux wayland x11"

/** What the terminal is to report beyond keys, paste and focus. */
enum frame_mode { FRAME_MODE_MOUSE = 1 };

struct frame_size {
	uint32_t rows, columns;
};

struct frame_hello {
	uint32_t version, version_min;
	struct frame_size size;
	uint32_t colours; /**< 0, 8, 16, 256 or 1 << 24 */
	uint32_t flags;	  /**< enum frame_hello_flag */
	char *term;	  /**< $TERM, for the log and `?` */
	char *program;	  /**< offhook's version */
};
enum frame_hello_flag { FRAME_HELLO_ASCII = 1, FRAME_HELLO_MONO = 2 };

struct frame_welcome {
	uint32_t version;
	uint32_t pid; /**< of the core */
	char *program;
};

/** Key names: a printable cluster as itself, else "Enter", "Esc", "Tab",
 *  "Backspace", "Up", "PageDown", "F9", "Space" …; modifiers in this order
 *  before it: "C-", "M-", "S-" (S- only where the key has no shifted text).
 *  Examples: "a", "A", "C-d", "M-x", "S-Tab", "F9", "C-Left", "ä". */
struct frame_key {
	char *name;
};

struct frame_mouse {
	uint32_t row, column; /**< from 0 */
	uint32_t button;      /**< 1 left, 2 middle, 3 right, 4 up, 5 down */
	uint32_t event;	      /**< 0 press, 1 drag, 2 release */
};

/** What became of reading what is marked elsewhere. */
enum frame_selected {
	FRAME_SELECTED,		   /**< text is what is marked */
	FRAME_SELECTED_NOTHING,	   /**< nothing is */
	FRAME_SELECTED_NOWHERE,	   /**< there is no such place here */
	FRAME_SELECTED_NO_PROGRAM, /**< text: package that has it */
	FRAME_SELECTED_LATE,	   /**< it did not come in time */
	FRAME_SELECTED_COUNT
};
struct frame_selection {
	uint32_t outcome; /**< enum frame_selected */
	char *text;
};

struct frame_style_message {
	uint32_t id;
	struct frame_look look;
};

struct frame_window {
	uint32_t id;
	int32_t row, column; /**< on the screen, from 0 */
	uint32_t rows, columns;
	uint32_t z; /**< higher covers lower */
};

/** Text of a run: its clusters, one after another, all in one style. */
struct frame_cells {
	uint32_t window, row, column, style;
	char *text;
	uint32_t repeat; /**< draw text (one cluster) so often; 1 mostly */
};

struct frame_cursor {
	uint32_t window, row, column, visible;
};

/** Pixels of a cell; 0 and 0: no images (any more). */
struct frame_pixels {
	uint32_t width, height;
};

/** Bytes of a message that are no text. */
struct frame_bytes {
	uint8_t *p;
	uint32_t len;
};

/** An image for so many cells: red, green, blue of each pixel, row by row, so
 *  that there is nothing in it to be decoded. */
struct frame_image {
	uint32_t id; /**< not 0; one that is known is another image now */
	uint32_t rows, columns;
	uint32_t width, height;
	struct frame_bytes rgb; /**< 3 × width × height */
};

/**
 * A window has one image at most, of the size that the image is made for.
 * Below it the window has cells as everywhere: they are shown where the image
 * can't be. It is gone with its window, and when that gets another size.
 */
struct frame_picture {
	uint32_t window;
	uint32_t image; /**< 0: none */
	uint32_t row, column;
};

struct frame_leave {
	uint32_t code;
	char *text; /**< for the user, or "" */
};

/** One decoded message; frame_message_reset() frees what it holds. */
struct frame_message {
	enum frame_type type;
	union {
		struct frame_hello hello;
		struct frame_welcome welcome;
		struct frame_key key;
		struct frame_mouse mouse;
		struct frame_size size;
		struct frame_selection selection;
		struct frame_style_message style;
		struct frame_window window;
		struct frame_cells cells;
		struct frame_cursor cursor;
		struct frame_leave leave;
		struct frame_pixels pixels;
		struct frame_image image;
		struct frame_picture picture;
		uint32_t number;
		char *text;
		char **strings; /**< NULL-terminated */
	};
};

/**
 * Append one encoded message: type and length as varints (LEB128), then the
 * members in the order of the struct: numbers as varints, signed ones
 * zigzag, texts and bytes with their length before them.
 *
 * NULL texts count as "". frame_decode() takes whatever this makes.
 *
 * @return 0, EINVAL (a member that decoding would refuse; nothing is
 *         appended) or ENOMEM
 */
int frame_encode(struct text_buf *b, const struct frame_message *m);

/**
 * Decode the message at the beginning of some bytes. Everything is checked:
 * lengths, sizes, UTF-8, known styles, an image's bytes; no text has control
 * characters but FRAME_PASTE and FRAME_LEAVE (newline, tab) and FRAME_SEQUENCE
 * (all but 0). Members that a newer peer added at the end of a message are
 * ignored.
 *
 * @param m     Set if 0 is returned, to frame_message_reset(); else empty
 * @param used  Set to the bytes consumed, 0 but for 0 and ENOSYS
 *
 * @return 0, EAGAIN (more bytes needed), EBADMSG, ENOSYS (an unknown type,
 *         skipped: used is set) or ENOMEM
 */
int frame_decode(struct frame_message *m, const uint8_t *p, size_t len,
		 size_t *used);
/** Free what a decoded message holds; may be called again. */
void frame_message_reset(struct frame_message *m);

/** One line for the user why there is no text, NULL if there is one; to
 *  free(). */
char *frame_selection_reason(const struct frame_selection *s);

/**
 * Append FRAME_CELLS for all that differs from what was sent last, and take
 * it as sent. Runs are as few and as short as they can be: unchanged cells
 * between two changes are repeated if that is shorter than a new run.
 * A terminal shows a new or resized window as blanks in STYLE_NORMAL.
 *
 * @param window  Id to write into them
 * @param all     True: as if nothing had been sent (a fresh terminal)
 * @return 0 or ENOMEM
 */
int frame_grid_diff(struct frame_grid *g, uint32_t window, bool all,
		    struct text_buf *b);
/** True if frame_grid_diff() would append something. */
bool frame_grid_changed(const struct frame_grid *g);

#endif
