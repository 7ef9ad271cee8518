/**
 * @file sync.c  Reading a file of contacts: what it is, and in which encoding
 */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <strings.h>

#include "sync_int.h"

enum { BLOCK = 65536, FIELD_BYTES = 4 * TEXT_LINE_MAX, TELL_BYTES = 1 << 20 };

static const struct {
	const char *key, *iconv;
} encodings[SYNC_ENCODING_COUNT] = {
	[SYNC_GUESS] = {"guess", ""},
	[SYNC_UTF8] = {"utf-8", "UTF-8"},
	[SYNC_LATIN1] = {"iso-8859-1", "ISO-8859-1"},
	[SYNC_LATIN9] = {"iso-8859-15", "ISO-8859-15"},
	[SYNC_WINDOWS] = {"windows-1252", "WINDOWS-1252"},
	[SYNC_UTF16] = {"utf-16", "UTF-8"},
};

const char *sync_encoding_key(enum sync_encoding e)
{
	return (unsigned)e < SYNC_ENCODING_COUNT ? encodings[e].key : "";
}

enum sync_encoding sync_encoding_find(const char *key)
{
	unsigned e = 0;

	while (e < SYNC_ENCODING_COUNT &&
	       strcasecmp(encodings[e].key, key ? key : "") != 0)
		e++;
	return (enum sync_encoding)e;
}

const char *sync_format_name(enum sync_format f)
{
	static const char *const names[SYNC_FORMAT_COUNT] = {
		[SYNC_CSV] = "CSV", [SYNC_XML] = "XML", [SYNC_VCARD] = "vCard"};

	return (unsigned)f < SYNC_FORMAT_COUNT ? names[f] : "";
}

void sync_contact_reset(struct sync_contact *c)
{
	free(c->id);
	free(c->key);
	free(c->first);
	free(c->last);
	free(c->company);
	free(c->department);
	free(c->email);
	for (unsigned i = 0; i < UC_NUMBER_KIND_COUNT; i++)
		free(c->number[i]);
	free(c->picture_key);
	free(c->picture_version);
	memset(c, 0, sizeof(*c));
}

void sync_file_reset(struct sync_file *f)
{
	for (size_t i = 0; i < f->count; i++)
		sync_contact_reset(&f->contacts[i]);
	free(f->contacts);
	memset(f, 0, sizeof(*f));
}

/* ---- what the bytes look like ------------------------------------------ */

struct looks {
	bool utf8;	   /**< valid throughout */
	size_t c1, latin9; /**< bytes that mean something there only */
	char begin[256];   /**< printable begin */
	size_t commas, semicolons, tabs; /**< of the first line */
};

static void look_at_line(struct looks *l, const char *s, size_t len)
{
	bool quoted = false;

	for (size_t i = 0; i < len && (quoted || s[i] != '\n'); i++) {
		if (s[i] == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		l->commas += s[i] == ',';
		l->semicolons += s[i] == ';';
		l->tabs += s[i] == '\t';
	}
}

static void look_at_begin(struct looks *l, const char *s, size_t len)
{
	size_t at = 0, n;

	if (len >= 3 && !memcmp(s, "\xef\xbb\xbf", 3))
		at = 3;
	while (at < len && strchr(" \t\r\n", s[at]) && s[at])
		at++;
	n = len - at < sizeof(l->begin) - 1 ? len - at : sizeof(l->begin) - 1;
	memcpy(l->begin, s + at, n);
	for (size_t i = 0; i < n; i++)
		if (!l->begin[i])
			l->begin[i] = ' ';
	look_at_line(l, s, len);
}

/* Bytes of a letter that the block cuts off, to be looked at with the next. */
static size_t cut_off(const char *s, size_t len)
{
	for (size_t back = 1; back <= 3 && back <= len; back++) {
		unsigned char c = (unsigned char)s[len - back];

		if (c < 0x80)
			return 0;
		if (c >= 0xc0)
			return (c >= 0xf0   ? 4
				: c >= 0xe0 ? 3
					    : 2) > back
				       ? back
				       : 0;
	}
	return 0;
}

static void count_bytes(struct looks *l, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x80)
			continue;
		l->c1 += c < 0xa0;
		/* Where ISO-8859-1 has signs that no name has. */
		l->latin9 += c == 0xa4 || c == 0xa6 || c == 0xa8 || c == 0xb4 ||
			     c == 0xb8 || (c >= 0xbc && c <= 0xbe);
	}
}

static int look(struct reader *r, struct looks *l)
{
	char *buf = malloc(BLOCK);
	size_t kept = 0, n;
	bool first = true;
	int err = buf ? 0 : ENOMEM;

	memset(l, 0, sizeof(*l));
	l->utf8 = true;
	while (!err && (n = fread(buf + kept, 1, BLOCK - kept, r->f))) {
		size_t len = kept + n, cut;

		if (first)
			look_at_begin(l, buf, len);
		first = false;
		count_bytes(l, buf + kept, n);
		cut = len == BLOCK ? cut_off(buf, len) : 0;
		if (l->utf8 && !text_valid(buf, len - cut))
			l->utf8 = false;
		memmove(buf, buf + len - cut, cut);
		kept = cut;
		err = reader_progress(r);
	}
	if (kept)
		l->utf8 = false;
	if (!err && ferror(r->f))
		err = EIO;
	if (!err && fseeko(r->f, 0, SEEK_SET))
		err = EIO;
	r->told = 0;
	free(buf);
	return err;
}

static enum sync_encoding guess(const struct looks *l)
{
	if (l->utf8)
		return SYNC_UTF8;
	/* Letters of Windows stand where the ISO ones have controls. */
	if (l->c1)
		return SYNC_WINDOWS;
	return l->latin9 ? SYNC_LATIN9 : SYNC_LATIN1;
}

static char guess_separator(const struct looks *l)
{
	if (l->semicolons > l->commas && l->semicolons >= l->tabs)
		return ';';
	return l->tabs > l->commas ? '\t' : ',';
}

/* ---- what the formats share -------------------------------------------- */

int reader_refuse(struct reader *r, size_t line, const char *problem)
{
	r->file->problem = problem;
	r->file->line = line;
	return EBADMSG;
}

int reader_progress(struct reader *r)
{
	off_t at;

	if (!r->prm->progress)
		return 0;
	at = ftello(r->prm->f);
	if (at < 0 || (uint64_t)at < r->told + TELL_BYTES)
		return 0;
	r->told = (uint64_t)at;
	return r->prm->progress(r->told, r->prm->arg) ? ECANCELED : 0;
}

static char **place(struct sync_contact *c, enum field f)
{
	char **texts[] = {
		[FIELD_KEY] = &c->key,
		[FIELD_FIRST] = &c->first,
		[FIELD_LAST] = &c->last,
		[FIELD_COMPANY] = &c->company,
		[FIELD_DEPARTMENT] = &c->department,
		[FIELD_EMAIL] = &c->email,
	};

	if (f >= FIELD_NUMBER && f < FIELD_TYPE)
		return &c->number[f - FIELD_NUMBER];
	return (unsigned)f < sizeof(texts) / sizeof(texts[0]) ? texts[f] : NULL;
}

/* Where a further number of a kind goes. */
static char **free_place(struct reader *r, enum field f)
{
	char **at = f == FIELD_NAME ? &r->name : place(&r->now, f);

	if (at && *at && f == FIELD_NUMBER + UC_NUMBER_BUSINESS)
		at = place(&r->now, FIELD_NUMBER + UC_NUMBER_BUSINESS_2);
	if (at && *at && f >= FIELD_NUMBER && f < FIELD_TYPE)
		at = place(&r->now, FIELD_NUMBER + UC_NUMBER_OTHER);
	return at && !*at ? at : NULL;
}

int reader_utf8(struct reader *r, enum field f, const char *s, size_t len)
{
	char **at = free_place(r, f), *clean, *text;
	size_t n;

	if (!at || !len)
		return 0;
	clean = text_clean(s, len < FIELD_BYTES ? len : FIELD_BYTES,
			   TEXT_LINE_MAX);
	if (!clean)
		return ENOMEM;
	text = clean + strspn(clean, " ");
	n = strlen(text);
	while (n && text[n - 1] == ' ')
		n--;
	if (n) {
		*at = strndup(text, n);
		r->any = true;
		r->file->text += n;
	}
	free(clean);
	return n && !*at ? ENOMEM : 0;
}

static int put_converted(struct reader *r, iconv_t cd, enum field f,
			 const char *s, size_t len)
{
	char buf[FIELD_BYTES * 3], *in = (char *)(uintptr_t)s, *out = buf;
	size_t left = sizeof(buf);

	if (len > FIELD_BYTES)
		len = FIELD_BYTES;
	/* A byte that means nothing there is left out. */
	iconv(cd, NULL, NULL, NULL, NULL);
	while (len && iconv(cd, &in, &len, &out, &left) == (size_t)-1) {
		if (errno != EILSEQ)
			break;
		in++;
		len--;
	}
	return reader_utf8(r, f, buf, (size_t)(out - buf));
}

int reader_text(struct reader *r, enum field f, const char *s, size_t len)
{
	return r->iconv ? put_converted(r, (iconv_t)r->iconv, f, s, len)
			: reader_utf8(r, f, s, len);
}

static void close_other(struct reader *r)
{
	if (r->other)
		iconv_close((iconv_t)r->other);
	r->other = NULL;
	r->other_is = NULL;
}

int reader_text_as(struct reader *r, enum field f, const char *s, size_t len,
		   const char *charset)
{
	iconv_t cd;

	if (!r->other_is || strcmp(r->other_is, charset) != 0) {
		close_other(r);
		cd = iconv_open("UTF-8", charset);
		if (cd == (iconv_t)-1)
			return errno == ENOMEM ? ENOMEM
					       : reader_text(r, f, s, len);
		r->other = cd;
		r->other_is = charset;
	}
	return put_converted(r, (iconv_t)r->other, f, s, len);
}

/* "Erlang, Agner" or "Agner Erlang" */
static int split_name(struct sync_contact *c, const char *name)
{
	const char *comma = strchr(name, ','), *blank = strrchr(name, ' ');

	if (comma) {
		c->last = strndup(name, (size_t)(comma - name));
		c->first = strdup(comma + 1 + strspn(comma + 1, " "));
	} else {
		c->last = strdup(blank ? blank + 1 : name);
		c->first = strndup(name, blank ? (size_t)(blank - name) : 0);
	}
	return c->last && c->first ? 0 : ENOMEM;
}

static int fill_in(struct sync_contact *c)
{
	char **texts[] = {&c->id,      &c->key,	       &c->first, &c->last,
			  &c->company, &c->department, &c->email};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!*texts[i] && !(*texts[i] = strdup("")))
			return ENOMEM;
	for (unsigned i = 0; i < UC_NUMBER_KIND_COUNT; i++)
		if (!c->number[i] && !(c->number[i] = strdup("")))
			return ENOMEM;
	return 0;
}

static int keep(struct reader *r, size_t line)
{
	struct sync_file *f = r->file;
	struct sync_contact *more;

	if (f->count == SYNC_CONTACTS_MAX)
		return reader_refuse(r, line,
				     N_("There are more than 50,000 contacts "
					"in it."));
	if (f->text > SYNC_TEXT_MAX)
		return reader_refuse(r, line,
				     N_("Its texts are too long for "
					"contacts."));
	if (!(f->count & (f->count + 1)) || !f->contacts) {
		more = realloc(f->contacts, (f->count * 2 + 2) * sizeof(*more));
		if (!more)
			return ENOMEM;
		f->contacts = more;
	}
	f->contacts[f->count++] = r->now;
	memset(&r->now, 0, sizeof(r->now));
	return 0;
}

int reader_contact(struct reader *r, size_t line, const char *damaged)
{
	int err = 0;

	if (r->any || damaged) {
		if (r->name && !r->now.first && !r->now.last)
			err = split_name(&r->now, r->name);
		if (!err)
			err = fill_in(&r->now);
		r->now.line = line;
		r->now.damaged = damaged;
		if (!err)
			err = keep(r, line);
	}
	sync_contact_reset(&r->now);
	free(r->name);
	r->name = NULL;
	r->any = false;
	if (!err && !(r->file->count & 63))
		err = reader_progress(r);
	return err;
}

/* ---- the whole --------------------------------------------------------- */

static int choose(struct reader *r, const struct looks *l)
{
	struct sync_file *f = r->file;

	f->separator = guess_separator(l);
	if (!*l->begin)
		return reader_refuse(r, 0, N_("It is empty."));
	if (f->encoding == SYNC_GUESS)
		f->encoding = guess(l);
	if (f->encoding == SYNC_UTF8 && !l->utf8)
		return reader_refuse(r, 0,
				     N_("It is not in UTF-8; choose another "
					"encoding."));
	if (f->encoding != SYNC_UTF8 && f->encoding != SYNC_UTF16) {
		iconv_t cd = iconv_open("UTF-8", encodings[f->encoding].iconv);

		if (cd == (iconv_t)-1)
			return errno;
		r->iconv = cd;
	}
	if (*l->begin == '<')
		f->format = SYNC_XML;
	else if (!strncasecmp(l->begin, "BEGIN:VCARD", 11))
		f->format = SYNC_VCARD;
	else
		f->format = SYNC_CSV;
	return 0;
}

/* What has the mark of UTF-16 is that, whatever was asked for: in another
   encoding half its bytes would be nothing. */
static int open_file(struct reader *r, FILE **widep)
{
	int err = wide_open(widep, r->prm->f);

	r->f = *widep ? *widep : r->prm->f;
	r->file->encoding = *widep ? SYNC_UTF16 : r->prm->encoding;
	r->file->guessed = r->prm->encoding == SYNC_GUESS;
	if (!err && !*widep && r->prm->encoding == SYNC_UTF16)
		err = reader_refuse(r, 0,
				    N_("It is not in UTF-16; choose another "
				       "encoding."));
	return err;
}

int sync_read(struct sync_file *file, const struct sync_read_prm *prm)
{
	static int (*const readers[SYNC_FORMAT_COUNT])(struct reader *) = {
		[SYNC_CSV] = read_csv,
		[SYNC_XML] = read_xml,
		[SYNC_VCARD] = read_vcard,
	};
	struct reader r = {.prm = prm, .file = file};
	FILE *wide;
	struct looks l;
	int err;

	memset(file, 0, sizeof(*file));
	err = open_file(&r, &wide);
	if (!err)
		err = look(&r, &l);
	if (!err)
		err = choose(&r, &l);
	if (!err)
		err = readers[file->format](&r);
	if (!err && !file->count)
		err = reader_refuse(&r, 0, N_("There is no contact in it."));
	sync_contact_reset(&r.now);
	free(r.name);
	if (r.iconv)
		iconv_close((iconv_t)r.iconv);
	close_other(&r);
	if (wide)
		fclose(wide);
	return err;
}
