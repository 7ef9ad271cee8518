/**
 * @file malformed.c  An answer to what libre cannot read (RFC 3261 §21.4.1)
 *
 * libre drops what it cannot decode before anybody hears of it, so whoever
 * sent it repeats it for half a minute and learns nothing. If what an answer
 * is made of can be found in it, it gets one: the headers as they came, and
 * 400, or 505 where it is another version's.
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include "sip_int.h"

enum { VIAS_MAX = 16, LINE_MAX_LEN = 2048, BODY_MAX = 65536 };

/* What an answer needs, unfolded; each to free(). */
struct found {
	char *via[VIAS_MAX];
	size_t vias;
	char *from, *to, *call_id, *cseq;
};

static void found_reset(struct found *f)
{
	for (size_t i = 0; i < f->vias; i++)
		free(f->via[i]);
	free(f->from);
	free(f->to);
	free(f->call_id);
	free(f->cseq);
	memset(f, 0, sizeof(*f));
}

/* --- reading ------------------------------------------------------------ */

static bool is_token(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)p[i]) &&
		    !memchr("-.!%*_+`'~", p[i], 10))
			return false;
	}
	return n > 0;
}

/* "METHOD … SIP/x.y": where the version stands; NULL: that is no request. */
static const char *find_version(const char *p, size_t *n)
{
	const char *method_end = memchr(p, ' ', *n), *version;
	size_t v;

	if (!method_end || !is_token(p, (size_t)(method_end - p)))
		return NULL;
	while (*n && (p[*n - 1] == ' ' || p[*n - 1] == '\t'))
		--*n;
	version = memrchr(p, ' ', *n);
	if (!version || version <= method_end)
		return NULL;
	v = *n - (size_t)(++version - p);
	if (v < 7 || strncasecmp(version, "SIP/", 4) ||
	    !isdigit((unsigned char)version[4]))
		return NULL;
	*n = v;
	return version;
}

/* The code to answer it with, 0: with none. */
static uint16_t read_start(const char *p, size_t n)
{
	const char *version = find_version(p, &n);

	if (!version || !memcmp(p, "ACK ", 4))
		return 0;
	return n == 7 && !memcmp(version, "SIP/2.0", 7) ? 400 : 505;
}

/* A value, its control characters blanks: folds among them. */
static char *take_value(const char *p, size_t n)
{
	char *s;

	while (n && isspace((unsigned char)*p))
		p++, n--;
	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	if (!n || n > LINE_MAX_LEN)
		return NULL;
	s = copy_bytes(p, n);
	for (char *c = s; c && *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	}
	return s;
}

/* Is it that header, and where does its value begin? NULL: it is not. */
static const char *value_of(const char *p, size_t n, const char *name,
			    char brief)
{
	const char *colon = memchr(p, ':', n);
	size_t len = colon ? (size_t)(colon - p) : 0;

	while (len && isblank((unsigned char)p[len - 1]))
		len--;
	if (len == 1 && brief && tolower((unsigned char)*p) == brief)
		return colon + 1;
	return len && len == strlen(name) && !strncasecmp(p, name, len)
		       ? colon + 1
		       : NULL;
}

static void take_header(struct found *f, const char *p, size_t n)
{
	const struct {
		const char *name;
		char brief;
		char **value;
	} wanted[] = {
		{"Via", 'v', f->vias < VIAS_MAX ? &f->via[f->vias] : NULL},
		{"From", 'f', &f->from},
		{"To", 't', &f->to},
		{"Call-ID", 'i', &f->call_id},
		{"CSeq", 0, &f->cseq},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		const char *v = value_of(p, n, wanted[i].name, wanted[i].brief);

		if (!v)
			continue;
		if (!wanted[i].value || *wanted[i].value)
			return;
		*wanted[i].value = take_value(v, n - (size_t)(v - p));
		if (i == 0 && f->via[f->vias])
			f->vias++;
		return;
	}
}

/* One line with what is folded onto it, without its end. */
static size_t line_length(const char *p, size_t n, size_t *next)
{
	const char *lf = memchr(p, '\n', n);

	while (lf && lf + 1 < p + n && (lf[1] == ' ' || lf[1] == '\t'))
		lf = memchr(lf + 1, '\n', n - (size_t)(lf + 1 - p));
	*next = lf ? (size_t)(lf + 1 - p) : n;
	n = lf ? (size_t)(lf - p) : n;
	return n && p[n - 1] == '\r' ? n - 1 : n;
}

static uint16_t read_all(struct found *f, const char *p, size_t n)
{
	size_t next, len = line_length(p, n, &next);
	uint16_t code = read_start(p, len);

	while (code && (p += next, n -= next) > 0) {
		len = line_length(p, n, &next);
		if (!len)
			break;
		take_header(f, p, len);
	}
	if (!f->vias || !f->from || !f->to || !f->call_id || !f->cseq)
		return 0;
	return code;
}

/* --- where it ends ------------------------------------------------------ */

/* A body's length; false: that is none. */
static bool read_length(size_t *length, const char *p, size_t n)
{
	size_t v = 0, digits = 0;

	while (n && isspace((unsigned char)*p))
		p++, n--;
	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	for (; digits < n && isdigit((unsigned char)p[digits]); digits++) {
		v = v * 10 + (size_t)(p[digits] - '0');
		if (v > BODY_MAX)
			return false;
	}
	*length = v;
	return n && digits == n;
}

static bool is_blank_line(const char *p, size_t n)
{
	return *p == '\n' || (n > 1 && p[0] == '\r' && p[1] == '\n');
}

int malformed_frame(const char *p, size_t n, size_t *whole)
{
	const char *begin = p, *v;
	size_t next, len, body = 0;
	bool known = false;

	if (!n || !memchr(p, '\n', n))
		return ENOENT;
	len = line_length(p, n, &next);
	if (!find_version(p, &len))
		return ENOENT;
	while (p += next, n -= next, n && memchr(p, '\n', n)) {
		if (is_blank_line(p, n)) {
			*whole = (size_t)(p - begin) + (*p == '\n' ? 1 : 2);
			n -= *p == '\n' ? 1 : 2;
			*whole += body;
			return !known ? EBADMSG : n < body ? ENODATA : 0;
		}
		len = line_length(p, n, &next);
		if (next == n)
			break; /* more may be folded onto it */
		v = value_of(p, len, "Content-Length", 'l');
		/* Two of them might be two places to go on from. */
		if (v &&
		    (known || !read_length(&body, v, len - (size_t)(v - p))))
			return EBADMSG;
		known = known || v;
	}
	return ENODATA;
}

/* --- writing ------------------------------------------------------------ */

/* Where the first of the values in a Via ends. */
static size_t first_via(const char *s)
{
	bool quoted = false;
	size_t i;

	for (i = 0; s[i] && (quoted || s[i] != ','); i++) {
		if (s[i] == '"')
			quoted = !quoted;
	}
	return i;
}

/* Where the value of rport is to stand (RFC 3581 §4), 0: not asked for. */
static size_t find_rport(const char *s, size_t n)
{
	for (size_t i = 0; i + 6 <= n; i++) {
		if (strncasecmp(s + i, ";rport", 6))
			continue;
		if (i + 6 == n || s[i + 6] == ';' || s[i + 6] == ' ')
			return i + 6;
	}
	return 0;
}

/* "SIP/2.0/UDP host:port…": that port, 0 if none is there. */
static uint16_t sent_by_port(const char *s, size_t n)
{
	const char *end = s + n, *p = memchr(s, ' ', n);

	while (p && p < end && *p == ' ')
		p++;
	if (p && p < end && *p == '[')
		p = memchr(p, ']', (size_t)(end - p));
	while (p && p < end && *p != ':' && *p != ';' && *p != ' ')
		p++;
	if (!p || p >= end || *p != ':')
		return 0;
	return (uint16_t)strtoul(p + 1, NULL, 10);
}

static void write_first_via(struct text_buf *b, const char *s,
			    const struct sa *src, struct sa *dst)
{
	size_t n = first_via(s), rport = find_rport(s, n);
	uint16_t port = sent_by_port(s, n);
	char ip[64] = "";

	(void)sa_ntop(src, ip, sizeof(ip));
	text_buf_add(b, "Via: ");
	*dst = *src;
	if (rport) {
		text_buf_add_n(b, s, rport);
		text_buf_printf(b, "=%u", sa_port(src));
		text_buf_add_n(b, s + rport, n - rport);
	} else {
		text_buf_add_n(b, s, n);
		sa_set_port(dst, port ? port : SIP_PORT);
	}
	text_buf_printf(b, ";received=%s%s\r\n", ip, s + n);
}

uint16_t malformed_answer(struct text_buf *b, const char *p, size_t n,
			  const struct sa *src, struct sa *dst)
{
	struct found f = {.vias = 0};
	uint16_t code = read_all(&f, p, n);
	char tag[17];

	if (code) {
		hex_random(tag, 8);
		text_buf_printf(b, "SIP/2.0 %u %s\r\n", code, reason_of(code));
		write_first_via(b, f.via[0], src, dst);
		for (size_t i = 1; i < f.vias; i++)
			text_buf_printf(b, "Via: %s\r\n", f.via[i]);
		text_buf_printf(b,
				"From: %s\r\nTo: %s%s%s\r\nCall-ID: %s\r\n"
				"CSeq: %s\r\n" SIP_EMPTY,
				f.from, f.to,
				strcasestr(f.to, ";tag=") ? "" : ";tag=",
				strcasestr(f.to, ";tag=") ? "" : tag, f.call_id,
				f.cseq);
		if (b->err)
			code = 0;
	}
	found_reset(&f);
	return code;
}
