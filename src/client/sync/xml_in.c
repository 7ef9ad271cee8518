/**
 * @file xml_in.c  XML in: each child of the root is a contact, each child of
 *                 that one of its fields
 *
 * Read as a stream. A document type declaration, by which entities could grow
 * without end, is refused.
 */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#include <expat.h>

#include "sync_int.h"

enum { BLOCK = 65536, DEPTH_MAX = 16, VALUE_MAX = 4 * TEXT_LINE_MAX };

struct document {
	struct reader *r;
	XML_Parser expat;
	unsigned depth;
	enum field field;
	size_t line;
	struct text_buf text;
	int err;
};

static void stop(struct document *d, int err)
{
	if (!d->err)
		d->err = err;
	XML_StopParser(d->expat, XML_FALSE);
}

static const char *attribute(const XML_Char **attr, const char *name)
{
	for (; attr[0]; attr += 2)
		if (!strcmp(attr[0], name))
			return attr[1];
	return NULL;
}

static enum field field_of(const XML_Char *name, const XML_Char **attr)
{
	enum field f = field_find(name);
	const char *kind = attribute(attr, "kind");
	enum uc_number_kind k;

	if (!kind)
		kind = attribute(attr, "type");
	if (!kind || (f != FIELD_NONE && f < FIELD_NUMBER))
		return f;
	k = kind_find(kind);
	return k == UC_NUMBER_KIND_COUNT ? FIELD_NONE
					 : (enum field)(FIELD_NUMBER + k);
}

static void begins(void *arg, const XML_Char *name, const XML_Char **attr)
{
	struct document *d = arg;

	d->depth++;
	if (d->depth > DEPTH_MAX) {
		stop(d, reader_refuse(d->r, XML_GetCurrentLineNumber(d->expat),
				      N_("Its elements stand too deep in each "
					 "other.")));
		return;
	}
	if (d->depth == 2) {
		d->line = XML_GetCurrentLineNumber(d->expat);
	} else if (d->depth == 3) {
		d->field = field_of(name, attr);
		d->text.len = 0;
	}
}

static void ends(void *arg, const XML_Char *name)
{
	struct document *d = arg;
	int err = 0;

	(void)name;
	if (d->depth == 3 && d->field) {
		err = reader_utf8(d->r, d->field, d->text.buf, d->text.len);
		d->field = FIELD_NONE;
	} else if (d->depth == 2) {
		err = reader_contact(d->r, d->line, NULL);
	}
	d->depth--;
	if (err)
		stop(d, err);
}

static void characters(void *arg, const XML_Char *s, int len)
{
	struct document *d = arg;
	size_t room = VALUE_MAX - d->text.len;

	if (d->depth < 3 || !d->field || !room)
		return;
	text_buf_add_n(&d->text, s, (size_t)len < room ? (size_t)len : room);
	if (d->text.err)
		stop(d, ENOMEM);
}

static void doctype(void *arg, const XML_Char *name, const XML_Char *system,
		    const XML_Char *public, int internal)
{
	struct document *d = arg;

	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	stop(d, reader_refuse(d->r, XML_GetCurrentLineNumber(d->expat),
			      N_("A document type declaration is not "
				 "read.")));
}

/* What each byte means in an encoding that expat does not know. */
static int unknown(void *arg, const XML_Char *name, XML_Encoding *info)
{
	enum sync_encoding e = sync_encoding_find(name);
	iconv_t cd;

	(void)arg;
	if (e != SYNC_LATIN9 && e != SYNC_WINDOWS)
		return XML_STATUS_ERROR;
	cd = iconv_open("UTF-32LE", name);
	if (cd == (iconv_t)-1)
		return XML_STATUS_ERROR;
	for (int i = 0; i < 256; i++) {
		char byte = (char)i, *in = &byte;
		unsigned char out[4] = {0}, *at = out;
		size_t in_len = 1, out_len = 4;

		info->map[i] = -1;
		if (iconv(cd, &in, &in_len, (char **)&at, &out_len) !=
		    (size_t)-1)
			info->map[i] = out[0] | out[1] << 8 | out[2] << 16;
	}
	iconv_close(cd);
	info->data = NULL;
	info->convert = NULL;
	info->release = NULL;
	return XML_STATUS_OK;
}

/* What the document says of itself holds, unless the user has chosen. */
static void declared(void *arg, const XML_Char *version,
		     const XML_Char *encoding, int standalone)
{
	struct document *d = arg;
	enum sync_encoding e = sync_encoding_find(encoding);

	(void)version;
	(void)standalone;
	if (d->r->file->guessed && d->r->file->encoding != SYNC_UTF16 &&
	    e != SYNC_UTF16 && encoding && e != SYNC_ENCODING_COUNT &&
	    e != SYNC_GUESS)
		d->r->file->encoding = e;
}

static bool declares(FILE *f)
{
	char begin[256];
	size_t n = fread(begin, 1, sizeof(begin) - 1, f);
	const char *end;

	begin[n] = 0;
	rewind(f);
	end = strstr(begin, "?>");
	return end && memmem(begin, (size_t)(end - begin), "encoding", 8);
}

static int feed(struct document *d)
{
	FILE *f = d->r->f;
	bool last = false;

	while (!d->err && !last) {
		void *buf = XML_GetBuffer(d->expat, BLOCK);
		size_t n;

		if (!buf)
			return ENOMEM;
		n = fread(buf, 1, BLOCK, f);
		if (ferror(f))
			return EIO;
		last = n < BLOCK;
		if (XML_ParseBuffer(d->expat, (int)n, last) != XML_STATUS_OK &&
		    !d->err)
			d->err = reader_refuse(
				d->r, XML_GetCurrentLineNumber(d->expat),
				N_("This is no well-formed XML."));
		if (!d->err)
			d->err = reader_progress(d->r);
	}
	return d->err;
}

int read_xml(struct reader *r)
{
	bool says = declares(r->f), wide = r->file->encoding == SYNC_UTF16;
	const char *encoding =
		r->file->guessed && says && !wide
			? NULL
			: sync_encoding_key(wide ? SYNC_UTF8
						 : r->file->encoding);
	struct document d = {.r = r, .expat = XML_ParserCreate(encoding)};
	int err;

	if (!d.expat)
		return ENOMEM;
	XML_SetUserData(d.expat, &d);
	XML_SetElementHandler(d.expat, begins, ends);
	XML_SetCharacterDataHandler(d.expat, characters);
	XML_SetStartDoctypeDeclHandler(d.expat, doctype);
	XML_SetUnknownEncodingHandler(d.expat, unknown, NULL);
	XML_SetXmlDeclHandler(d.expat, declared);
	err = feed(&d);
	XML_ParserFree(d.expat);
	text_buf_reset(&d.text);
	return err;
}
