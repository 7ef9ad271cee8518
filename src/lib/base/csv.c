/**
 * @file csv.c  Comma separated values, one record at a time
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <offhook/base/csv.h>

enum { MARK = 3 };
enum where { AT_BEGIN, IN_PLAIN, IN_QUOTES, BEHIND_QUOTE };

struct csv {
	FILE *f;
	char separator;
	char *buf; /* fields, a 0 behind each */
	size_t len, room;
	size_t at[CSV_FIELDS_MAX];
	size_t count;
	size_t line;  /* that is being read */
	size_t begin; /* where the record begins */
	const char *problem;
	bool begun;		   /* something of the file has been read */
	unsigned char ahead[MARK]; /* given back, the last one is next */
	int aheads;
};

int csv_alloc(struct csv **cp, FILE *f)
{
	struct csv *c;

	if (!cp || !f)
		return EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return ENOMEM;
	c->f = f;
	c->line = 1;
	c->separator = ',';
	*cp = c;
	return 0;
}

void csv_separator(struct csv *c, char separator)
{
	if (c)
		c->separator = separator;
}

void csv_free(struct csv *c)
{
	if (!c)
		return;
	free(c->buf);
	free(c);
}

static void wrong(struct csv *c, const char *problem)
{
	if (!c->problem)
		c->problem = problem;
}

static int put(struct csv *c, int byte)
{
	if (c->problem)
		return 0;
	if (c->len == CSV_RECORD_MAX) {
		wrong(c, "too long");
		return 0;
	}
	if (c->len == c->room) {
		size_t room = c->room ? c->room * 2 : 1024;
		char *more = realloc(c->buf, room);

		if (!more)
			return ENOMEM;
		c->buf = more;
		c->room = room;
	}
	c->buf[c->len++] = (char)byte;
	return 0;
}

static void open_field(struct csv *c)
{
	if (c->count == CSV_FIELDS_MAX)
		wrong(c, "too many fields");
	else
		c->at[c->count++] = c->len;
}

static int next_field(struct csv *c)
{
	int err = put(c, 0);

	open_field(c);
	return err;
}

static int read_byte(struct csv *c)
{
	return c->aheads ? c->ahead[--c->aheads] : getc_unlocked(c->f);
}

static void unread(struct csv *c, int byte)
{
	if (byte != EOF)
		c->ahead[c->aheads++] = (unsigned char)byte;
}

/* Byte order mark of UTF-8, at the very beginning. */
static void skip_mark(struct csv *c)
{
	static const unsigned char mark[MARK] = {0xef, 0xbb, 0xbf};
	int byte[MARK], n = 0;

	do
		byte[n] = read_byte(c);
	while (byte[n] == mark[n] && ++n < MARK);
	if (n < MARK)
		for (; n >= 0; n--)
			unread(c, byte[n]);
}

/* One byte of a record; @return true at its end. */
static bool take(struct csv *c, int byte, enum where *where, int *err)
{
	if (byte == '\n' && *where != IN_QUOTES)
		return true;
	if (!byte)
		wrong(c, "has a NUL byte");
	if (*where == IN_QUOTES) {
		if (byte == '"')
			*where = BEHIND_QUOTE;
		else
			*err = put(c, byte);
	} else if (byte == c->separator) {
		*where = AT_BEGIN;
		*err = next_field(c);
	} else if (byte == '"' && *where == AT_BEGIN) {
		*where = IN_QUOTES;
	} else if (byte == '"' && *where == BEHIND_QUOTE) {
		*where = IN_QUOTES;
		*err = put(c, byte);
	} else if (*where == BEHIND_QUOTE) {
		wrong(c, "has text behind a closing quote");
	} else {
		if (byte == '"')
			wrong(c, "has a quote in a field without quotes");
		*where = IN_PLAIN;
		*err = put(c, byte);
	}
	return false;
}

/* CRLF ends a line as LF does. */
static int get(struct csv *c, enum where where)
{
	int byte = read_byte(c), next;

	if (byte == '\r' && where != IN_QUOTES) {
		next = read_byte(c);
		if (next == '\n' || next == EOF)
			byte = '\n';
		else
			unread(c, next);
	}
	if (byte == '\n')
		c->line++;
	return byte;
}

/* @return 0, ENODATA when nothing was left, EIO, ENOMEM */
static int read_record(struct csv *c)
{
	enum where where = AT_BEGIN;
	int byte, err = 0;

	c->len = c->count = 0;
	c->problem = NULL;
	c->begin = c->line;
	open_field(c);
	for (;;) {
		byte = get(c, where);
		if (byte == EOF && ferror(c->f))
			return EIO;
		if (byte == EOF && c->begin == c->line && !c->len &&
		    c->count == 1 && where == AT_BEGIN)
			return ENODATA;
		if (byte == EOF && where == IN_QUOTES)
			wrong(c, "has an opening quote without a closing one");
		if (byte == EOF || take(c, byte, &where, &err) || err)
			break;
	}
	if (!err && !c->problem)
		err = put(c, 0);
	return err;
}

int csv_next(struct csv *c)
{
	int err;

	if (!c)
		return EINVAL;
	if (!c->begun)
		skip_mark(c);
	c->begun = true;
	do
		err = read_record(c);
	while (!err && !c->problem && c->count == 1 && !*c->buf);
	if (!err && c->problem)
		err = EBADMSG;
	if (err)
		c->count = 0;
	return err;
}

size_t csv_line(const struct csv *c)
{
	return c ? c->begin : 0;
}

const char *csv_problem(const struct csv *c)
{
	return c && c->problem ? c->problem : "";
}

size_t csv_count(const struct csv *c)
{
	return c ? c->count : 0;
}

const char *csv_field(const struct csv *c, size_t i)
{
	return c && i < c->count ? c->buf + c->at[i] : "";
}
