/**
 * @file text_buf.c  Growing text and copies
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "text_int.h"

/* Room for more bytes and the 0 behind them. */
static bool reserve(struct text_buf *b, size_t more)
{
	size_t need, size;
	char *p;

	if (b->err)
		return false;
	if (more > SIZE_MAX / 4 - b->len) {
		b->err = ENOMEM;
		return false;
	}
	need = b->len + more + 1;
	if (need <= b->size)
		return true;
	size = b->size * 2 > need ? b->size * 2 : need < 32 ? 32 : need;
	p = realloc(b->buf, size);
	if (!p) {
		b->err = ENOMEM;
		return false;
	}
	b->buf = p;
	b->size = size;
	return true;
}

void text_buf_add_n(struct text_buf *b, const char *s, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len)
		memcpy(b->buf + b->len, s, len);
	b->len += len;
	b->buf[b->len] = 0;
}

void text_buf_add(struct text_buf *b, const char *s)
{
	if (s)
		text_buf_add_n(b, s, strlen(s));
}

static void buf_vprintf(struct text_buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
static void buf_vprintf(struct text_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	if (!reserve(b, 63))
		return;
	va_copy(again, ap);
	n = vsnprintf(b->buf + b->len, b->size - b->len, fmt, ap);
	if (n < 0) {
		b->buf[b->len] = 0;
		b->err = errno == ENOMEM ? ENOMEM : EINVAL;
	} else if ((size_t)n < b->size - b->len) {
		b->len += (size_t)n;
	} else if (reserve(b, (size_t)n)) {
		vsnprintf(b->buf + b->len, b->size - b->len, fmt, again);
		b->len += (size_t)n;
	} else {
		b->buf[b->len] = 0;
	}
	va_end(again);
}

void text_buf_printf(struct text_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

char *text_buf_take(struct text_buf *b)
{
	char *s = NULL;

	text_buf_add_n(b, "", 0);
	if (!b->err) {
		s = b->buf;
		b->buf = NULL;
	}
	text_buf_reset(b);
	return s;
}

void text_buf_reset(struct text_buf *b)
{
	free(b->buf);
	memset(b, 0, sizeof(*b));
}

char *text_printf(const char *fmt, ...)
{
	struct text_buf b = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return text_buf_take(&b);
}

char *text_dup(const char *s)
{
	return s ? strdup(s) : NULL;
}

int text_set(char **sp, const char *s)
{
	char *copy = text_dup(s);

	/* The copy first: s may point into what is freed. */
	free(*sp);
	*sp = copy;
	return s && !copy ? ENOMEM : 0;
}

bool text_equal(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}
