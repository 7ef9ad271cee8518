/**
 * @file body_xml.c  XML bodies: elements by name, whatever their prefix
 *
 * Peers choose prefixes as they like ("dm:person", "person"); the names that
 * are looked for stand in one namespace of each kind of body only.
 */
#include "sip_int.h"

const char *body_local(const struct xml *x)
{
	const char *name = xml_name(x), *colon;

	colon = name ? strchr(name, ':') : NULL;
	return colon ? colon + 1 : name;
}

static const struct xml *from(const struct xml *x, const char *name)
{
	while (x && strcmp(body_local(x), name))
		x = xml_next(x);
	return x;
}

const struct xml *body_child(const struct xml *x, const char *name)
{
	return from(xml_first(x), name);
}

const struct xml *body_next(const struct xml *x)
{
	return x ? from(xml_next(x), body_local(x)) : NULL;
}
