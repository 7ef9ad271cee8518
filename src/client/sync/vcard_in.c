/**
 * @file vcard_in.c  vCards in: RFC 6350 (4.0), RFC 2426 (3.0), and vCard 2.1
 *                   (versit, 1996)
 *
 * Line by line. Of a line only its beginning is kept, and a picture is decoded
 * as it comes: one of a hundred megabytes, folded a million times, costs no
 * memory.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "sync_int.h"

enum { LINE_BYTES = 8192, TELL_BYTES = 1 << 20, PART_BYTES = 4096 };

struct cards {
	struct reader *r;
	char line[LINE_BYTES + 1]; /**< unfolded */
	size_t len;
	bool looked, quoted; /**< whether quoted-printable, if that is known */
	size_t number, next; /**< of the line, and behind it */
	size_t bytes;
	bool in;	/**< a card has begun … */
	size_t begin;	/**< … there */
	unsigned depth; /**< cards in it, which are passed over */
	bool version;	/**< it is one that is read */
	bool old;	/**< it is 2.1 */
	bool strange;	/**< it has a text in a character set unknown here */
	bool full;	/**< the line is longer than what is kept of it */
	bool streams;	/**< … and the rest is a picture's */
	struct photo photo;
};

/* How the value of a property is written. */
struct written {
	bool quoted;	     /**< quoted-printable */
	const char *charset; /**< that iconv knows, NULL: the file's */
};

/* ---- lines ------------------------------------------------------------- */

/* Whether a word stands among the parameters that a text begins with. */
static bool has_word(const char *s, const char *end, const char *word)
{
	size_t len = strlen(word);

	while (s < end) {
		size_t n = strcspn(s, ";=,:\"");

		if (n == len && !strncasecmp(s, word, n))
			return true;
		s += n + 1;
	}
	return false;
}

/* A property in quoted-printable goes on where a line ends in "=", whatever
   the next one begins with (RFC 2045 §6.7). */
static bool goes_on(struct cards *c, char last)
{
	const char *colon;

	if (last != '=')
		return false;
	/* once for all that it is continued by, a million times perhaps */
	if (!c->looked) {
		c->line[c->len] = 0;
		colon = strchr(c->line, ':');
		c->quoted =
			colon && has_word(c->line, colon, "QUOTED-PRINTABLE");
		c->looked = colon || c->len == LINE_BYTES;
	}
	return c->quoted;
}

static void line_is_full(struct cards *c);

static void put_byte(struct cards *c, int byte)
{
	if (byte == '\r' || !byte)
		return;
	if (c->len < LINE_BYTES) {
		c->line[c->len++] = (char)byte;
		return;
	}
	if (!c->full)
		line_is_full(c);
	if (c->streams)
		photo_put(&c->photo, byte);
}

/* RFC 6350 §3.2: a line that begins with a blank goes on with the one before.
   In 2.1 the blank is part of the text.
   @return whether it does */
static bool is_folded(struct cards *c, FILE *f)
{
	int byte = getc_unlocked(f);

	if (byte == ' ' || byte == '\t') {
		if (c->old)
			put_byte(c, byte);
		return true;
	}
	if (byte != EOF)
		ungetc(byte, f);
	return false;
}

/* @return 0, ENODATA, EIO, ECANCELED */
static int next_line(struct cards *c)
{
	FILE *f = c->r->f;
	char last = 0;
	int byte, err;

	c->len = 0;
	c->looked = c->full = c->streams = false;
	c->number = c->next;
	for (;;) {
		byte = getc_unlocked(f);
		if (byte != EOF && ++c->bytes % TELL_BYTES == 0) {
			err = reader_progress(c->r);
			if (err)
				return err;
		}
		if (byte == EOF) {
			if (ferror(f))
				return EIO;
			break;
		}
		if (byte == '\n') {
			c->next++;
			if (goes_on(c, last)) {
				/* one that was too long has lost its "=" */
				if (c->line[c->len - 1] == '=')
					c->len--;
			} else if (!is_folded(c, f)) {
				break;
			}
			last = 0;
			continue;
		}
		if (byte != '\r')
			last = (char)byte;
		put_byte(c, byte);
	}
	c->line[c->len] = 0;
	return byte == EOF && !c->len ? ENODATA : 0;
}

/* ---- properties -------------------------------------------------------- */

/* Up to a character outside of quotes; NULL: there is none. */
static char *find(char *s, char what)
{
	bool quoted = false;

	for (; *s; s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (*s == what && !quoted)
			return s;
	}
	return NULL;
}

/* Where one of a value's parts (`;` between them) ends. */
static const char *end_of_part(const char *s)
{
	while (*s && *s != ';')
		s += *s == '\\' && s[1] ? 2 : 1;
	return s;
}

static int digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, toupper((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* RFC 2045 §6.7; what is none stays as it is. */
static size_t unquote(char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high = -1, low = -1;

		if (s[i] == '=' && i + 2 < len) {
			high = digit(s[i + 1]);
			low = digit(s[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			s[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			s[n++] = s[i];
		}
	}
	return n;
}

/* RFC 6350 §3.4. In 2.1 a backslash stands before signs alone: else it is
   one. */
static size_t unescape(const struct cards *c, char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char byte = s[i], next = i + 1 < len ? s[i + 1] : 0;

		if (byte == '\\' && next &&
		    (!c->old || strchr("\\;,:", next))) {
			i++;
			byte = !c->old && (next == 'n' || next == 'N') ? ' '
								       : next;
		}
		s[n++] = byte;
	}
	return n;
}

/* One part, as it is meant. @return where the next begins, NULL behind the
   last */
static const char *part(const struct cards *c, const struct written *w,
			const char *s, char *out, size_t *lenp)
{
	const char *end = end_of_part(s);
	size_t n = (size_t)(end - s);

	if (n > PART_BYTES)
		n = PART_BYTES;
	memcpy(out, s, n);
	if (w->quoted)
		n = unquote(out, n);
	*lenp = unescape(c, out, n);
	return *end ? end + 1 : NULL;
}

static int put(struct cards *c, const struct written *w, enum field f,
	       const char *s, size_t len)
{
	const char *charset = w->charset;

	/* Where nothing else is said, 2.1 knows ASCII only. */
	if (w->quoted && !charset && text_valid(s, len))
		charset = "UTF-8";
	if (w->quoted && !charset)
		charset = "WINDOWS-1252";
	return charset ? reader_text_as(c->r, f, s, len, charset)
		       : reader_text(c->r, f, s, len);
}

static int put_parts(struct cards *c, const struct written *w,
		     const char *value, enum field first, enum field second)
{
	char out[PART_BYTES];
	size_t len;
	const char *more = part(c, w, value, out, &len);
	int err = put(c, w, first, out, len);

	if (!err && more && second) {
		part(c, w, more, out, &len);
		err = put(c, w, second, out, len);
	}
	return err;
}

static int put_text(struct cards *c, const struct written *w, const char *value,
		    enum field f)
{
	char out[PART_BYTES];
	size_t len, all = 0;
	const char *s = value;

	/* `;` parts nothing in a plain text, though it should be escaped. */
	while (s && all < PART_BYTES - 1) {
		char one[PART_BYTES];
		size_t room = PART_BYTES - 1 - all;

		s = part(c, w, s, one, &len);
		memcpy(out + all, one, len < room ? len : room);
		all += len < room ? len : room;
		if (s)
			out[all++] = ';';
	}
	return put(c, w, f, out, all);
}

/* The kind that one word says, if it says more than what is known. */
static void take_type(const char *word, size_t len, enum uc_number_kind *kind)
{
	char text[32];
	enum uc_number_kind k;

	if (!len || len >= sizeof(text))
		return;
	memcpy(text, word, len);
	text[len] = 0;
	k = kind_find(text);
	/* "work,cell" is a mobile phone; "home,fax" is no telephone; an
	   extension is at work, too. */
	if (*kind == UC_NUMBER_KIND_COUNT || k == UC_NUMBER_OTHER)
		return;
	if (k == UC_NUMBER_KIND_COUNT || *kind == UC_NUMBER_OTHER ||
	    *kind == UC_NUMBER_BUSINESS ||
	    (*kind == UC_NUMBER_PRIVATE && k == UC_NUMBER_MOBILE))
		*kind = k;
}

static enum uc_number_kind type_of(char *params)
{
	enum uc_number_kind kind = UC_NUMBER_OTHER;

	while (params && *params) {
		char *end = find(params, ';'), *s = params;

		if (end)
			*end = 0;
		if (!strncasecmp(s, "TYPE=", 5))
			s += 5;
		else if (strchr(s, '='))
			s = NULL;
		while (s && *s) {
			size_t n = strcspn(s, ",\"");

			take_type(s, n, &kind);
			s += n + (s[n] != 0);
		}
		params = end ? end + 1 : NULL;
	}
	return kind;
}

static int put_number(struct cards *c, const struct written *w,
		      const char *value, char *params)
{
	enum uc_number_kind kind = type_of(params);
	const char *end;

	if (kind == UC_NUMBER_KIND_COUNT)
		return 0;
	/* RFC 3966: what is behind the number is parted by a semicolon. */
	if (!strncasecmp(value, "tel:", 4)) {
		value += 4;
		end = strchr(value, ';');
		return reader_text(c->r, (enum field)(FIELD_NUMBER + kind),
				   value,
				   end ? (size_t)(end - value) : strlen(value));
	}
	return put_text(c, w, value, (enum field)(FIELD_NUMBER + kind));
}

/* ---- character sets ---------------------------------------------------- */

/* Those that programs have written into vCards. Others are not asked of iconv:
   it would load whatever a file names. */
static const char *const charsets[] = {
	/* clang-format off */
	"UTF-8", "US-ASCII", "ISO-8859-1", "ISO-8859-2", "ISO-8859-3",
	"ISO-8859-4", "ISO-8859-5", "ISO-8859-7", "ISO-8859-9", "ISO-8859-10",
	"ISO-8859-13", "ISO-8859-14", "ISO-8859-15", "ISO-8859-16",
	"WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1252", "WINDOWS-1253",
	"WINDOWS-1254", "WINDOWS-1257", "KOI8-R", "KOI8-U",
	/* clang-format on */
};

static const char *find_charset(const char *s, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(charsets); i++)
		if (strlen(charsets[i]) == len &&
		    !strncasecmp(charsets[i], s, len))
			return charsets[i];
	return NULL;
}

/* Of a text that is not quoted the file's encoding says more than a property
   does: who has saved it anew may not have changed that. */
static bool counts(const struct cards *c, const struct written *w)
{
	const struct sync_file *f = c->r->file;

	return w->quoted || (f->guessed && f->encoding != SYNC_UTF8 &&
			     f->encoding != SYNC_UTF16);
}

static void look_at_params(struct cards *c, struct written *w,
			   const char *params)
{
	const char *s = params;
	size_t n;

	w->charset = NULL;
	w->quoted = params && has_word(params, params + strlen(params),
				       "QUOTED-PRINTABLE");
	for (; s && *s; s += n + (s[n] == ';')) {
		n = strcspn(s, ";");
		if (n < 8 || strncasecmp(s, "CHARSET=", 8) != 0 ||
		    !counts(c, w))
			continue;
		w->charset = find_charset(s + 8, n - 8);
		if (!w->charset)
			c->strange = true;
	}
}

/* ---- pictures ---------------------------------------------------------- */

static bool is_photo(const char *line)
{
	size_t n = strcspn(line, ";:");
	const char *dot = memchr(line, '.', n);
	const char *name = dot ? dot + 1 : line;

	return (size_t)(line + n - name) == 5 && !strncasecmp(name, "PHOTO", 5);
}

/* What has come so far of a line is all that is kept, unless it is a picture:
   the rest of that is decoded as it comes. */
static void line_is_full(struct cards *c)
{
	char *colon;

	c->full = true;
	if (!c->in || c->depth || !is_photo(c->line))
		return;
	c->line[c->len] = 0;
	colon = find(c->line, ':');
	if (!colon)
		return;
	c->streams = true;
	photo_begin(&c->photo, c->r,
		    has_word(c->line, colon, "QUOTED-PRINTABLE"), colon + 1);
}

static int take_photo(struct cards *c, const char *params, const char *value)
{
	if (!c->streams)
		photo_begin(&c->photo, c->r,
			    params && has_word(params, params + strlen(params),
					       "QUOTED-PRINTABLE"),
			    value);
	return photo_end(&c->photo);
}

/* ---- the properties that are read -------------------------------------- */

static const struct row {
	const char *name;
	enum field first, second; /**< second: FIELD_NONE, a plain text */
} rows[] = {
	{"N", FIELD_LAST, FIELD_FIRST},
	{"FN", FIELD_NAME, FIELD_NONE},
	{"ORG", FIELD_COMPANY, FIELD_DEPARTMENT},
	{"EMAIL", FIELD_EMAIL, FIELD_NONE},
	{"UID", FIELD_KEY, FIELD_NONE},
	{"TEL", FIELD_NUMBER, FIELD_NONE},
};

static void take_version(struct cards *c, const char *value)
{
	c->old = !strcmp(value, "2.1");
	c->version = c->old || !strcmp(value, "3.0") || !strcmp(value, "4.0");
}

static int property(struct cards *c, const char *name, char *params,
		    const char *value)
{
	const struct row *row = NULL;
	struct written w;

	if (!strcasecmp(name, "VERSION"))
		take_version(c, value);
	if (!strcasecmp(name, "PHOTO"))
		return take_photo(c, params, value);
	for (size_t i = 0; i < ARRAY_SIZE(rows) && !row; i++)
		if (!strcasecmp(name, rows[i].name))
			row = &rows[i];
	if (!row)
		return 0;
	look_at_params(c, &w, params);
	if (row->first == FIELD_NUMBER)
		return put_number(c, &w, value, params);
	if (row->second)
		return put_parts(c, &w, value, row->first, row->second);
	return put_text(c, &w, value, row->first);
}

/* ---- cards ------------------------------------------------------------- */

static int end_card(struct cards *c, const char *damaged)
{
	c->in = c->old = false;
	c->depth = 0;
	return reader_contact(c->r, c->begin, damaged);
}

static int begin_card(struct cards *c)
{
	if (c->in) {
		c->depth++;
		return 0;
	}
	c->in = true;
	c->version = c->old = c->strange = false;
	c->begin = c->number;
	if (c->r->prm->pictures)
		c->r->now.picture = SYNC_PICTURE_NONE;
	return 0;
}

static const char *fault_of(const struct cards *c)
{
	if (!c->version)
		return N_("is no vCard 2.1, 3.0 or 4.0");
	return c->strange ? N_("is in a character set that is not read") : NULL;
}

static int take(struct cards *c)
{
	char *colon = find(c->line, ':'), *params, *name = c->line, *dot;

	if (!colon)
		return 0;
	*colon = 0;
	if (!strcasecmp(name, "BEGIN") && !strcasecmp(colon + 1, "VCARD"))
		return begin_card(c);
	if (!c->in)
		return 0;
	if (!strcasecmp(name, "END") && c->depth) {
		c->depth--;
		return 0;
	}
	if (!strcasecmp(name, "END"))
		return end_card(c, fault_of(c));
	if (c->depth)
		return 0;
	params = find(name, ';');
	if (params)
		*params++ = 0;
	dot = strchr(name, '.');
	return property(c, dot ? dot + 1 : name, params, colon + 1);
}

int read_vcard(struct reader *r)
{
	struct cards *c = calloc(1, sizeof(*c));
	char *s;
	int err = 0;

	if (!c)
		return ENOMEM;
	c->r = r;
	c->next = 1;
	while (!err) {
		err = next_line(c);
		if (err)
			break;
		s = c->line;
		if (c->number == 1 && !strncmp(s, "\xef\xbb\xbf", 3))
			memmove(s, s + 3, strlen(s + 3) + 1);
		err = take(c);
	}
	if (err == ENODATA && c->in)
		err = end_card(c, N_("does not end"));
	free(c);
	return err == ENODATA ? 0 : err;
}
