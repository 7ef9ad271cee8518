/**
 * @file params.c  Parameters out of a query or a form
 */
#include "front_int.h"

#include <stdlib.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void wipe(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

/* Decode one name or value into memory of its own. */
static int decode(const char *s, size_t len, char **out)
{
	char *to = malloc(len + 1);
	size_t n = 0, i;

	if (!to)
		return ENOMEM;
	for (i = 0; i < len; i++) {
		int c = (unsigned char)s[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int high = len - i > 2 ? hex(s[i + 1]) : -1;
			int low = high >= 0 ? hex(s[i + 2]) : -1;

			c = low < 0 ? 0 : high << 4 | low;
			i += c ? 2 : 0;
		}
		if (!c)
			break;
		to[n++] = (char)c;
	}
	to[n] = 0;
	*out = to;
	return i == len && text_valid(to, n) ? 0 : EBADMSG;
}

static int add(struct form *p, const char *s, size_t len)
{
	const char *equals = memchr(s, '=', len);
	size_t name_len = equals ? (size_t)(equals - s) : len;
	char *name = NULL, *value = NULL;
	int err;

	if (p->count == PARAMS_MAX)
		return E2BIG;
	err = decode(s, name_len, &name);
	if (!err)
		err = decode(equals ? equals + 1 : "",
			     equals ? len - name_len - 1 : 0, &value);
	if (err) {
		wipe(name);
		wipe(value);
		return err;
	}
	p->param[p->count].name = name;
	p->param[p->count++].value = value;
	return 0;
}

int params_parse(struct form *p, const char *s, size_t len)
{
	int err = 0;

	while (len && !err) {
		const char *end = memchr(s, '&', len);
		size_t n = end ? (size_t)(end - s) : len;

		if (n)
			err = add(p, s, n);
		n += end != NULL;
		s += n;
		len -= n;
	}
	return err;
}

const char *params_get(const struct form *p, enum proto_param id)
{
	const char *name = proto_param(id);

	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(p->param[i].name, name))
			return p->param[i].value;
	return NULL;
}

void params_clear(struct form *p)
{
	for (size_t i = 0; i < p->count; i++) {
		wipe(p->param[i].name);
		wipe(p->param[i].value);
	}
	p->count = 0;
}
