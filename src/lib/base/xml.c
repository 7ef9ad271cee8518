/**
 * @file xml.c  A small read-only tree over expat
 */
#include <stdlib.h>

#include <expat.h>

#include <offhook/base/re.h>
#include <offhook/base/text.h>
#include <offhook/base/xml.h>

#include "arena.h"

enum { DEPTH_MAX = 32, ELEMENTS_MAX = 200000 };

struct xml {
	const char *name;
	const char *text;
	const char **attr; /**< name, value, …, NULL; NULL if none */
	struct xml *parent;
	struct xml *first;
	struct xml *last;
	struct xml *next;
};

/** The root stands first, so that it is the document's address. */
struct document {
	struct xml root;
	struct arena arena;
};

struct parser {
	XML_Parser expat;
	struct document *doc;
	struct xml *at; /**< innermost open element */
	struct text_buf text[DEPTH_MAX];
	unsigned depth;
	unsigned elements;
	int err;
};

static void fail(struct parser *p, int err)
{
	if (!p->err)
		p->err = err;
	XML_StopParser(p->expat, XML_FALSE);
}

static int set_attrs(struct parser *p, struct xml *x, const XML_Char **attr)
{
	struct arena *a = &p->doc->arena;
	size_t n = 0;

	while (attr[n])
		n++;
	if (!n)
		return 0;
	x->attr = arena_zalloc(a, (n + 1) * sizeof(*x->attr));
	for (size_t i = 0; x->attr && i < n; i++) {
		x->attr[i] = arena_copy(a, attr[i], strlen(attr[i]));
		if (!x->attr[i])
			return ENOMEM;
	}
	return x->attr ? 0 : ENOMEM;
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **attr)
{
	struct parser *p = arg;
	struct arena *a = &p->doc->arena;
	struct xml *x;

	if (p->depth == DEPTH_MAX || ++p->elements > ELEMENTS_MAX) {
		fail(p, EBADMSG);
		return;
	}
	x = p->at ? arena_zalloc(a, sizeof(*x)) : &p->doc->root;
	if (!x) {
		fail(p, ENOMEM);
		return;
	}
	x->name = arena_copy(a, name, strlen(name));
	x->text = "";
	x->parent = p->at;
	if (!x->name || set_attrs(p, x, attr)) {
		fail(p, ENOMEM);
		return;
	}
	if (p->at) {
		if (p->at->last)
			p->at->last->next = x;
		else
			p->at->first = x;
		p->at->last = x;
	}
	p->at = x;
	p->text[p->depth++].len = 0;
}

static void on_text(void *arg, const XML_Char *s, int len)
{
	struct parser *p = arg;

	if (p->depth)
		text_buf_add_n(&p->text[p->depth - 1], s, (size_t)len);
}

static void on_end(void *arg, const XML_Char *name)
{
	struct parser *p = arg;
	struct text_buf *text;
	(void)name;

	if (!p->depth)
		return;
	text = &p->text[--p->depth];
	if (text->len)
		p->at->text = arena_copy(&p->doc->arena, text->buf, text->len);
	if (text->err || !p->at->text) {
		p->at->text = "";
		fail(p, ENOMEM);
	}
	p->at = p->at->parent;
}

static void on_doctype(void *arg, const XML_Char *name, const XML_Char *sysid,
		       const XML_Char *pubid, int internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	fail(arg, EBADMSG);
}

static void document_destructor(void *arg)
{
	struct document *doc = arg;

	arena_free(&doc->arena);
}

/* expat counts in int. */
static enum XML_Status feed(XML_Parser expat, const char *s, size_t len)
{
	enum { CHUNK = 1 << 20 };
	enum XML_Status status = XML_STATUS_OK;

	for (; len > CHUNK && status == XML_STATUS_OK; len -= CHUNK) {
		status = XML_Parse(expat, s, CHUNK, 0);
		s += CHUNK;
	}
	if (status != XML_STATUS_OK)
		return status;
	return XML_Parse(expat, s, (int)len, 1);
}

int xml_parse(struct xml **rootp, const char *s, size_t len)
{
	struct parser p = {0};
	int err = 0;

	if (!rootp || (!s && len))
		return EINVAL;
	p.doc = mem_zalloc(sizeof(*p.doc), document_destructor);
	p.expat = p.doc ? XML_ParserCreate(NULL) : NULL;
	if (!p.expat) {
		mem_deref(p.doc);
		return ENOMEM;
	}
	XML_SetUserData(p.expat, &p);
	XML_SetElementHandler(p.expat, on_start, on_end);
	XML_SetCharacterDataHandler(p.expat, on_text);
	XML_SetStartDoctypeDeclHandler(p.expat, on_doctype);
	if (feed(p.expat, s ? s : "", len) != XML_STATUS_OK)
		err = p.err ? p.err
		      : XML_GetErrorCode(p.expat) == XML_ERROR_NO_MEMORY
			      ? ENOMEM
			      : EBADMSG;
	XML_ParserFree(p.expat);
	for (unsigned i = 0; i < DEPTH_MAX; i++)
		text_buf_reset(&p.text[i]);
	if (err)
		mem_deref(p.doc);
	else
		*rootp = &p.doc->root;
	return err;
}

const char *xml_name(const struct xml *x)
{
	return x ? x->name : NULL;
}

const char *xml_text(const struct xml *x)
{
	return x ? x->text : NULL;
}

const char *xml_attr(const struct xml *x, const char *name)
{
	for (const char **a = x ? x->attr : NULL; a && a[0]; a += 2)
		if (!strcmp(a[0], name))
			return a[1];
	return NULL;
}

const struct xml *xml_first(const struct xml *x)
{
	return x ? x->first : NULL;
}

const struct xml *xml_next(const struct xml *x)
{
	return x ? x->next : NULL;
}

static const struct xml *named(const struct xml *x, const char *name)
{
	while (x && strcmp(x->name, name))
		x = x->next;
	return x;
}

const struct xml *xml_child(const struct xml *x, const char *name)
{
	return named(xml_first(x), name);
}

const struct xml *xml_next_same(const struct xml *x)
{
	return x ? named(x->next, x->name) : NULL;
}

const char *xml_child_text(const struct xml *x, const char *name)
{
	return xml_text(xml_child(x, name));
}

const struct xml *xml_find(const struct xml *x, const char *name)
{
	const struct xml *at = x;

	while (at) {
		if (!strcmp(at->name, name))
			return at;
		if (at->first) {
			at = at->first;
			continue;
		}
		while (at != x && !at->next)
			at = at->parent;
		if (at == x)
			return NULL;
		at = at->next;
	}
	return NULL;
}

void xml_escape(struct text_buf *b, const char *s)
{
	size_t len = s ? strlen(s) : 0, n;
	char utf8[4];
	uint32_t cp;

	for (size_t i = 0; i < len; i += n) {
		n = text_decode(&cp, s + i, len - i);
		if (cp == '&')
			text_buf_add(b, "&amp;");
		else if (cp == '<')
			text_buf_add(b, "&lt;");
		else if (cp == '>')
			text_buf_add(b, "&gt;");
		else if (cp == '"')
			text_buf_add(b, "&quot;");
		else if (cp == '\t' || cp == '\n' || cp == '\r')
			text_buf_printf(b, "&#%u;", cp);
		else if (cp < 0x20 || cp == 0xfffe || cp == 0xffff)
			/* XML knows no way to write these. */
			text_buf_add_n(b, utf8,
				       text_encode(utf8, TEXT_REPLACEMENT));
		else
			text_buf_add_n(b, utf8, text_encode(utf8, cp));
	}
}
