/**
 * @file base/xml.h  A small read-only tree over expat
 */
#ifndef OFFHOOK_BASE_XML_H
#define OFFHOOK_BASE_XML_H

#include <stddef.h>

struct xml; /**< an element; the root owns all below, mem_deref() it */

/**
 * Parse a whole document. Refused (EBADMSG): what is not well-formed, a
 * document type declaration, depth over 32, more than 200,000 elements.
 * Names and text are kept as they are: clean them where they enter the model.
 *
 * @return 0, EBADMSG or ENOMEM
 */
int xml_parse(struct xml **rootp, const char *s, size_t len);

/* All take NULL for the element and then return NULL. */
const char *xml_name(const struct xml *x);
const char *xml_text(const struct xml *x); /**< own text, "" if none */
const char *xml_attr(const struct xml *x, const char *name);
const struct xml *xml_first(const struct xml *x);
const struct xml *xml_next(const struct xml *x);
/** First child of that name. */
const struct xml *xml_child(const struct xml *x, const char *name);
/** Next sibling of the same name. */
const struct xml *xml_next_same(const struct xml *x);
/** Text of the first child of that name, NULL if there is none. */
const char *xml_child_text(const struct xml *x, const char *name);
/** First element of that name at any depth, x included; document order. */
const struct xml *xml_find(const struct xml *x, const char *name);

struct text_buf;
/** Append text with & < > " and control characters escaped for XML. */
void xml_escape(struct text_buf *b, const char *s);

#endif
