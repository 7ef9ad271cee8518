/**
 * @file wide.c  A file in UTF-16, read as one in UTF-8
 *
 * A stream over the file's own: a block at a time, so that memory does not
 * grow with it. It can be read from the beginning again, and nothing else.
 */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#include "sync_int.h"

enum { RAW_BYTES = 8192, MARK_BYTES = 2 };

struct wide {
	FILE *f; /**< the file's; not ours to close */
	iconv_t cd;
	char raw[RAW_BYTES]; /**< not yet read */
	size_t have;
};

static const char replacement[] = "\xef\xbf\xbd";

/* What is half a letter, or the last byte of an odd number: one sign for it. */
static void replace(struct wide *w, char **out, size_t *room, size_t eaten)
{
	size_t n = sizeof(replacement) - 1;

	memcpy(*out, replacement, n);
	*out += n;
	*room -= n;
	if (eaten > w->have)
		eaten = w->have;
	memmove(w->raw, w->raw + eaten, w->have - eaten);
	w->have -= eaten;
}

/* As much as there is room for. @return false: more has to be read first */
static bool convert(struct wide *w, char **out, size_t *room)
{
	char *in = w->raw;
	size_t left = w->have;
	int err = 0;

	if (iconv(w->cd, &in, &left, out, room) == (size_t)-1)
		err = errno;
	memmove(w->raw, in, left);
	w->have = left;
	if (err == EILSEQ && *room >= sizeof(replacement)) {
		replace(w, out, room, 2);
		return true;
	}
	return err == E2BIG || err == EILSEQ;
}

static ssize_t wide_read(void *arg, char *buf, size_t size)
{
	struct wide *w = arg;
	char *out = buf;
	size_t room = size, n;

	/* A letter has four bytes at most; stdio asks for a buffer full. */
	if (size < 4) {
		errno = EINVAL;
		return -1;
	}
	while (room == size) {
		n = fread(w->raw + w->have, 1, RAW_BYTES - w->have, w->f);
		w->have += n;
		if (!n && ferror(w->f)) {
			errno = EIO;
			return -1;
		}
		if (!w->have)
			break;
		if (!convert(w, &out, &room) && !n && w->have)
			replace(w, &out, &room, w->have);
	}
	return (ssize_t)(size - room);
}

static int wide_seek(void *arg, off64_t *at, int whence)
{
	struct wide *w = arg;

	if (whence != SEEK_SET || *at || fseeko(w->f, MARK_BYTES, SEEK_SET)) {
		errno = ESPIPE;
		return -1;
	}
	iconv(w->cd, NULL, NULL, NULL, NULL);
	w->have = 0;
	return 0;
}

static int wide_close(void *arg)
{
	struct wide *w = arg;

	iconv_close(w->cd);
	free(w);
	return 0;
}

int wide_open(FILE **wp, FILE *f)
{
	const cookie_io_functions_t io = {
		.read = wide_read, .seek = wide_seek, .close = wide_close};
	struct wide *w;
	char mark[MARK_BYTES];
	size_t n = fread(mark, 1, sizeof(mark), f);
	bool little = n == 2 && !memcmp(mark, "\xff\xfe", 2);
	bool big = n == 2 && !memcmp(mark, "\xfe\xff", 2);

	*wp = NULL;
	if (!little && !big)
		return ferror(f) || fseeko(f, 0, SEEK_SET) ? EIO : 0;
	w = calloc(1, sizeof(*w));
	if (!w)
		return ENOMEM;
	w->f = f;
	w->cd = iconv_open("UTF-8", little ? "UTF-16LE" : "UTF-16BE");
	if (w->cd == (iconv_t)-1) {
		free(w);
		return ENOTSUP;
	}
	*wp = fopencookie(w, "r", io);
	if (!*wp) {
		wide_close(w);
		return ENOMEM;
	}
	return 0;
}
