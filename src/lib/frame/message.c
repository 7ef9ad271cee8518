/**
 * @file message.c  Messages between core and terminal, as bytes
 *
 * One table says what each message is made of; encoding, decoding and
 * freeing walk it. Needs no libre.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <offhook/frame.h>

enum kind {
	END,
	U32,	/**< uint32_t, varint; from min to max */
	I32,	/**< int32_t, zigzag varint */
	I8,	/**< int8_t, likewise */
	U8,	/**< uint8_t, varint */
	WORD,	/**< char *, text without control characters */
	LINES,	/**< char *, newline and tab may stand in it */
	RAW,	/**< char *, anything but 0 */
	BYTES,	/**< struct frame_bytes */
	STRINGS /**< char **, a count and so many LINES */
};

/** One member; of a text and of bytes, min and max are how many. */
struct field {
	enum kind kind;
	size_t offset;
	int64_t min, max;
};

enum {
	FIELDS_MAX = 8,
	STRINGS_MAX = 64,
	NAME_MAX_BYTES = 256,
	TEXT_MAX = 1024 * 1024,
	NOTE_MAX = 4096,
	CELLS_TEXT_MAX =
		FRAME_COLUMNS_MAX * (int)sizeof(((struct frame_cell *)0)->text),
	PIXEL = 3, /* bytes */
	IMAGE_MAX = PIXEL * FRAME_IMAGE_SIDE_MAX * FRAME_IMAGE_SIDE_MAX
};
_Static_assert((int)IMAGE_MAX < (int)FRAME_MESSAGE_MAX, "an image fits");

#define AT(member) offsetof(struct frame_message, member)
#define ANY_U32 0, UINT32_MAX
#define ROW 0, FRAME_ROWS_MAX - 1
#define COLUMN 0, FRAME_COLUMNS_MAX - 1
#define ROWS 1, FRAME_ROWS_MAX
#define COLUMNS 1, FRAME_COLUMNS_MAX
#define STYLE 0, FRAME_STYLES_MAX - 1
#define COLOUR FRAME_COLOUR_DEFAULT, FRAME_COLOUR_RGB | 0xffffff
#define ATTRS                                                           \
	0, (FRAME_BOLD | FRAME_FAINT | FRAME_ITALIC | FRAME_UNDERLINE | \
	    FRAME_REVERSE)
#define IMAGE_SIDE 1, FRAME_IMAGE_SIDE_MAX
#define IMAGE_CELLS 1, FRAME_IMAGE_CELLS_MAX
/* A window may stand partly outside of the screen. */
#define PLACE -FRAME_COLUMNS_MAX, FRAME_COLUMNS_MAX

static const struct form {
	enum frame_type type;
	struct field fields[FIELDS_MAX];
} forms[] = {
	{FRAME_HELLO,
	 {{U32, AT(hello.version), ANY_U32},
	  {U32, AT(hello.version_min), ANY_U32},
	  {U32, AT(hello.size.rows), ROWS},
	  {U32, AT(hello.size.columns), COLUMNS},
	  {U32, AT(hello.colours), 0, 1 << 24},
	  {U32, AT(hello.flags), ANY_U32},
	  {WORD, AT(hello.term), 0, NAME_MAX_BYTES},
	  {WORD, AT(hello.program), 0, NAME_MAX_BYTES}}},
	{FRAME_KEY, {{WORD, AT(key.name), 1, NAME_MAX_BYTES}}},
	{FRAME_PASTE, {{LINES, AT(text), 0, TEXT_MAX}}},
	{FRAME_MOUSE,
	 {{U32, AT(mouse.row), ROW},
	  {U32, AT(mouse.column), COLUMN},
	  {U32, AT(mouse.button), 0, 11},
	  {U32, AT(mouse.event), 0, 2}}},
	{FRAME_FOCUS, {{U32, AT(number), 0, 1}}},
	{FRAME_RESIZE,
	 {{U32, AT(size.rows), ROWS}, {U32, AT(size.columns), COLUMNS}}},
	{FRAME_ACK, {{U32, AT(number), ANY_U32}}},
	{FRAME_RESUMED, {{U32, AT(number), ANY_U32}}},
	{FRAME_SELECTION,
	 {{U32, AT(selection.outcome), 0, FRAME_SELECTED_COUNT - 1},
	  {LINES, AT(selection.text), 0, FRAME_SELECTION_MAX}}},
	{FRAME_WELCOME,
	 {{U32, AT(welcome.version), ANY_U32},
	  {U32, AT(welcome.pid), ANY_U32},
	  {WORD, AT(welcome.program), 0, NAME_MAX_BYTES}}},
	{FRAME_STYLE,
	 {{U32, AT(style.id), STYLE},
	  {I32, AT(style.look.fg), COLOUR},
	  {I32, AT(style.look.bg), COLOUR},
	  {I8, AT(style.look.fg16), -1, 15},
	  {I8, AT(style.look.bg16), -1, 15},
	  {U8, AT(style.look.attrs), ATTRS},
	  {U8, AT(style.look.attrs_mono), ATTRS}}},
	{FRAME_WINDOW,
	 {{U32, AT(window.id), ANY_U32},
	  {I32, AT(window.row), PLACE},
	  {I32, AT(window.column), PLACE},
	  {U32, AT(window.rows), ROWS},
	  {U32, AT(window.columns), COLUMNS},
	  {U32, AT(window.z), ANY_U32}}},
	{FRAME_WINDOW_GONE, {{U32, AT(number), ANY_U32}}},
	{FRAME_CELLS,
	 {{U32, AT(cells.window), ANY_U32},
	  {U32, AT(cells.row), ROW},
	  {U32, AT(cells.column), COLUMN},
	  {U32, AT(cells.style), STYLE},
	  {WORD, AT(cells.text), 0, CELLS_TEXT_MAX},
	  {U32, AT(cells.repeat), 1, FRAME_COLUMNS_MAX}}},
	{FRAME_CURSOR,
	 {{U32, AT(cursor.window), ANY_U32},
	  {U32, AT(cursor.row), ROW},
	  {U32, AT(cursor.column), COLUMN},
	  {U32, AT(cursor.visible), 0, 1}}},
	{FRAME_FLUSH, {{U32, AT(number), ANY_U32}}},
	{FRAME_BELL, {{0}}},
	{FRAME_TITLE, {{WORD, AT(text), 0, NOTE_MAX}}},
	{FRAME_SEQUENCE, {{RAW, AT(text), 0, TEXT_MAX}}},
	{FRAME_SUSPEND, {{0}}},
	{FRAME_RUN, {{STRINGS, AT(strings), 1, STRINGS_MAX}}},
	{FRAME_LEAVE,
	 {{U32, AT(leave.code), 0, 255}, {LINES, AT(leave.text), 0, NOTE_MAX}}},
	{FRAME_MODE, {{U32, AT(number), ANY_U32}}},
	{FRAME_REPAINT, {{0}}},
	{FRAME_SELECT, {{WORD, AT(text), 0, NAME_MAX_BYTES}}},
	{FRAME_PIXELS,
	 {{U32, AT(pixels.width), 0, FRAME_CELL_SIDE_MAX},
	  {U32, AT(pixels.height), 0, FRAME_CELL_SIDE_MAX}}},
	{FRAME_IMAGE,
	 {{U32, AT(image.id), 1, UINT32_MAX},
	  {U32, AT(image.rows), IMAGE_CELLS},
	  {U32, AT(image.columns), IMAGE_CELLS},
	  {U32, AT(image.width), IMAGE_SIDE},
	  {U32, AT(image.height), IMAGE_SIDE},
	  {BYTES, AT(image.rgb), PIXEL, IMAGE_MAX}}},
	{FRAME_IMAGE_GONE, {{U32, AT(number), 1, UINT32_MAX}}},
	{FRAME_PICTURE,
	 {{U32, AT(picture.window), ANY_U32},
	  {U32, AT(picture.image), ANY_U32},
	  {U32, AT(picture.row), ROW},
	  {U32, AT(picture.column), COLUMN}}},
};

static const struct form *form_of(uint32_t type)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (forms[i].type == type)
			return &forms[i];
	return NULL;
}

/* ---- what one member alone does not tell ------------------------------- */

/* Neither too few bytes nor more than there are pixels; both numbers were
 * looked at before. */
static bool image_whole(const struct frame_message *m)
{
	return m->image.rgb.len == PIXEL * m->image.width * m->image.height;
}

/* A cell has both or none. */
static bool cell_whole(const struct frame_message *m)
{
	return !m->pixels.width == !m->pixels.height;
}

static bool is_whole(const struct frame_message *m)
{
	static const struct {
		enum frame_type type;
		bool (*whole)(const struct frame_message *m);
	} rows[] = {
		{FRAME_PIXELS, cell_whole},
		{FRAME_IMAGE, image_whole},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].type == m->type)
			return rows[i].whole(m);
	return true;
}

/* ---- what a text may hold ---------------------------------------------- */

static bool text_ok(enum kind kind, const char *s, size_t len)
{
	if (memchr(s, '\0', len) || !text_valid(s, len))
		return false;
	if (kind == RAW)
		return true;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (kind != WORD && (c == '\n' || c == '\t'))
			continue;
		if (c < 0x20 || c == 0x7f)
			return false;
		/* U+0080 to U+009F: control characters in two bytes. */
		if (c == 0xc2 && (unsigned char)s[i + 1] < 0xa0)
			return false;
	}
	return true;
}

static bool in_range(const struct field *f, int64_t n)
{
	return n >= f->min && n <= f->max;
}

static bool text_fits(const struct field *f, enum kind kind, const char *s)
{
	size_t len = strlen(s);

	return in_range(f, (int64_t)len) && text_ok(kind, s, len);
}

/* ---- encoding ---------------------------------------------------------- */

static size_t varint(char out[5], uint32_t n)
{
	size_t len = 0;

	while (n >= 0x80) {
		out[len++] = (char)(n | 0x80);
		n >>= 7;
	}
	out[len++] = (char)n;
	return len;
}

static void add_varint(struct text_buf *b, uint32_t n)
{
	char v[5];

	text_buf_add_n(b, v, varint(v, n));
}

static uint32_t zigzag(int32_t n)
{
	return (uint32_t)n << 1 ^ (n < 0 ? UINT32_MAX : 0);
}

static int32_t unzigzag(uint32_t n)
{
	return (int32_t)(n >> 1 ^ (n & 1 ? UINT32_MAX : 0));
}

static int64_t get_number(const struct field *f, const void *p)
{
	switch (f->kind) {
	case I32:
		return *(const int32_t *)p;
	case I8:
		return *(const int8_t *)p;
	case U8:
		return *(const uint8_t *)p;
	default:
		return *(const uint32_t *)p;
	}
}

static void add_text(struct text_buf *b, const char *s)
{
	size_t len = strlen(s);

	add_varint(b, (uint32_t)len);
	text_buf_add_n(b, s, len);
}

static int add_strings(struct text_buf *b, const struct field *f, char **list)
{
	/* Each of them for itself; together the message's length counts. */
	struct field each = {.kind = LINES, .max = TEXT_MAX};
	uint32_t n = 0;

	while (list && list[n])
		n++;
	if (!in_range(f, n))
		return EINVAL;
	add_varint(b, n);
	for (uint32_t i = 0; i < n; i++) {
		if (!text_fits(&each, LINES, list[i]))
			return EINVAL;
		add_text(b, list[i]);
	}
	return 0;
}

static int add_bytes(struct text_buf *b, const struct field *f,
		     const struct frame_bytes *bytes)
{
	if (!bytes->p || !in_range(f, bytes->len))
		return EINVAL;
	add_varint(b, bytes->len);
	text_buf_add_n(b, (const char *)bytes->p, bytes->len);
	return 0;
}

static int add_field(struct text_buf *b, const struct field *f, const void *p)
{
	const char *s;
	int64_t n;

	switch (f->kind) {
	case WORD:
	case LINES:
	case RAW:
		s = *(char *const *)p;
		if (!s)
			s = "";
		if (!text_fits(f, f->kind, s))
			return EINVAL;
		add_text(b, s);
		return 0;
	case STRINGS:
		return add_strings(b, f, *(char **const *)p);
	case BYTES:
		return add_bytes(b, f, p);
	default:
		n = get_number(f, p);
		if (!in_range(f, n))
			return EINVAL;
		add_varint(b, f->kind == U32 || f->kind == U8
				      ? (uint32_t)n
				      : zigzag((int32_t)n));
		return 0;
	}
}

/* The length stands before the members: most are short, so one byte is kept
 * for it, and a longer one pushes them on. */
static void put_length(struct text_buf *b, size_t at)
{
	size_t len = b->len - at - 1, more;
	char v[5];

	if (b->err)
		return;
	more = varint(v, (uint32_t)len) - 1;
	text_buf_add_n(b, "\0\0\0\0", more);
	if (b->err)
		return;
	memmove(b->buf + at + 1 + more, b->buf + at + 1, len);
	memcpy(b->buf + at, v, more + 1);
}

int frame_encode(struct text_buf *b, const struct frame_message *m)
{
	const struct form *form = m ? form_of(m->type) : NULL;
	size_t begin, at;
	int err = 0;

	if (!b || !form)
		return EINVAL;
	begin = b->len;
	add_varint(b, (uint32_t)m->type);
	at = b->len;
	text_buf_add_n(b, "", 1);
	for (size_t i = 0; i < FIELDS_MAX && !err; i++) {
		const struct field *f = &form->fields[i];

		if (f->kind == END)
			break;
		err = add_field(b, f, (const char *)m + f->offset);
	}
	if (!err && !is_whole(m))
		err = EINVAL;
	if (!err && b->len - at - 1 > FRAME_MESSAGE_MAX)
		err = EINVAL;
	if (!err)
		put_length(b, at);
	if (!err && b->err)
		err = b->err;
	if (err && b->buf)
		b->buf[b->len = begin] = '\0';
	return err;
}

/* ---- decoding ---------------------------------------------------------- */

struct reader {
	const uint8_t *p;
	size_t len;
};

/* @return 0, EAGAIN (cut off) or EBADMSG (more than 32 bits) */
static int read_varint(struct reader *r, uint32_t *n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 5; i++) {
		if (i >= r->len)
			return EAGAIN;
		v |= (uint64_t)(r->p[i] & 0x7f) << 7 * i;
		if (!(r->p[i] & 0x80)) {
			if (v > UINT32_MAX)
				return EBADMSG;
			r->p += i + 1;
			r->len -= i + 1;
			*n = (uint32_t)v;
			return 0;
		}
	}
	return EBADMSG;
}

static int read_text(struct reader *r, const struct field *f, enum kind kind,
		     char **sp)
{
	uint32_t len;
	char *s;

	if (read_varint(r, &len) || len > r->len || !in_range(f, len) ||
	    !text_ok(kind, (const char *)r->p, len))
		return EBADMSG;
	s = malloc((size_t)len + 1);
	if (!s)
		return ENOMEM;
	memcpy(s, r->p, len);
	s[len] = '\0';
	r->p += len;
	r->len -= len;
	*sp = s;
	return 0;
}

static int read_strings(struct reader *r, const struct field *f, char ***listp)
{
	struct field each = {.kind = LINES, .max = TEXT_MAX};
	uint32_t n;
	int err = 0;

	if (read_varint(r, &n) || !in_range(f, n))
		return EBADMSG;
	*listp = calloc((size_t)n + 1, sizeof(**listp));
	if (!*listp)
		return ENOMEM;
	for (uint32_t i = 0; i < n && !err; i++)
		err = read_text(r, &each, LINES, &(*listp)[i]);
	return err;
}

static int read_bytes(struct reader *r, const struct field *f,
		      struct frame_bytes *bytes)
{
	uint32_t len;

	if (read_varint(r, &len) || len > r->len || !in_range(f, len))
		return EBADMSG;
	bytes->p = malloc(len ? len : 1);
	if (!bytes->p)
		return ENOMEM;
	memcpy(bytes->p, r->p, len);
	bytes->len = len;
	r->p += len;
	r->len -= len;
	return 0;
}

static int read_number(struct reader *r, const struct field *f, void *p)
{
	bool is_signed = f->kind == I32 || f->kind == I8;
	uint32_t u;
	int64_t n;

	if (read_varint(r, &u))
		return EBADMSG;
	n = is_signed ? unzigzag(u) : (int64_t)u;
	if (!in_range(f, n))
		return EBADMSG;
	switch (f->kind) {
	case I32:
		*(int32_t *)p = (int32_t)n;
		break;
	case I8:
		*(int8_t *)p = (int8_t)n;
		break;
	case U8:
		*(uint8_t *)p = (uint8_t)n;
		break;
	default:
		*(uint32_t *)p = u;
	}
	return 0;
}

static int read_field(struct reader *r, const struct field *f, void *p)
{
	switch (f->kind) {
	case WORD:
	case LINES:
	case RAW:
		return read_text(r, f, f->kind, p);
	case STRINGS:
		return read_strings(r, f, p);
	case BYTES:
		return read_bytes(r, f, p);
	default:
		return read_number(r, f, p);
	}
}

int frame_decode(struct frame_message *m, const uint8_t *p, size_t len,
		 size_t *used)
{
	struct reader r = {p, len};
	const struct form *form;
	uint32_t type, length;
	size_t whole;
	int err;

	memset(m, 0, sizeof(*m));
	*used = 0;
	err = read_varint(&r, &type);
	if (!err)
		err = read_varint(&r, &length);
	if (err)
		return err;
	if (length > FRAME_MESSAGE_MAX)
		return EBADMSG;
	if (length > r.len)
		return EAGAIN;
	whole = len - r.len + length;
	form = form_of(type);
	if (!form) {
		*used = whole;
		return ENOSYS;
	}
	m->type = form->type;
	r.len = length;
	for (size_t i = 0; i < FIELDS_MAX && !err; i++) {
		const struct field *f = &form->fields[i];

		if (f->kind == END)
			break;
		err = read_field(&r, f, (char *)m + f->offset);
	}
	if (!err && !is_whole(m))
		err = EBADMSG;
	if (err) {
		frame_message_reset(m);
		return err;
	}
	*used = whole;
	return 0;
}

void frame_message_reset(struct frame_message *m)
{
	const struct form *form = m ? form_of(m->type) : NULL;

	for (size_t i = 0; form && i < FIELDS_MAX; i++) {
		const struct field *f = &form->fields[i];
		void *p = (char *)m + f->offset;

		if (f->kind == WORD || f->kind == LINES || f->kind == RAW) {
			free(*(char **)p);
		} else if (f->kind == BYTES) {
			free(((struct frame_bytes *)p)->p);
		} else if (f->kind == STRINGS) {
			char **list = *(char ***)p;

			for (size_t k = 0; list && list[k]; k++)
				free(list[k]);
			free(list);
		}
	}
	if (m)
		memset(m, 0, sizeof(*m));
}
