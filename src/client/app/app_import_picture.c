/**
 * @file app_import_picture.c  Pictures that an import brings along
 *
 * What the file has of them lies in a file without a name in between: it may be
 * more than memory should hold, and one looks at an import before one does it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "import_int.h"

#define LOG_MODULE "app"

static int open_nameless(const char *dir)
{
	char *path;
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	/* a file system that has only those with a name */
	path = text_printf("%s/pictures-XXXXXX", dir);
	fd = path ? mkostemp(path, O_CLOEXEC) : -1;
	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

FILE *app_import_pictures(const struct app *a, enum sync_picture *without)
{
	const struct wsi *w = app_online(a);
	FILE *f;
	int fd;

	*without = SYNC_PICTURE_NOT_KEPT;
	if (app_personal_own(a) || !w ||
	    !(wsi_additions(w) & WSI_ADD_CONTACT_PICTURES))
		return NULL;
	*without = SYNC_PICTURE_NO_SPACE;
	fd = open_nameless(store_state_dir(a->store));
	f = fd >= 0 ? fdopen(fd, "w+") : NULL;
	if (!f) {
		log_warn("no file for pictures: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	/* What does not fit is to be known with the picture that it is of. */
	setvbuf(f, NULL, _IONBF, 0);
	return f;
}

const char *app_import_picture_key(const struct sync_contact *c)
{
	if (c->picture == SYNC_PICTURE_HERE)
		return c->picture_key;
	return c->picture == SYNC_PICTURE_NONE ? WSI_NO_PICTURE : NULL;
}

size_t app_import_picture_count(const struct import *im)
{
	size_t n = 0;

	for (size_t i = 0; i < im->total; i++)
		n += im->file.contacts[im->record[i]].picture ==
		     SYNC_PICTURE_HERE;
	return n;
}

/* It comes without, and the picture that it may have stays. */
static void leave_out(struct import *im, size_t i, enum sync_picture why)
{
	im->file.contacts[im->record[i]].picture = why;
	im->prms[i].picture_key = NULL;
}

int app_import_picture(size_t i, void **imagep, size_t *lenp, void *arg)
{
	struct import *im = arg;
	const struct sync_contact *c = &im->file.contacts[im->record[i]];
	size_t len = c->picture_len;
	uint8_t *image;

	if (c->picture != SYNC_PICTURE_HERE)
		return ENOENT;
	if (im->no_pictures) {
		leave_out(im, i, SYNC_PICTURE_NOT_KEPT);
		return ENOENT;
	}
	image = malloc(len ? len : 1);
	if (!image)
		return ENOMEM;
	if (pread(fileno(im->pictures), image, len, c->picture_at) !=
	    (ssize_t)len) {
		free(image);
		leave_out(im, i, SYNC_PICTURE_BAD);
		return ENOENT;
	}
	*imagep = image;
	*lenp = len;
	return 0;
}

void app_import_refused(size_t i, const struct wsi_result *r, void *arg)
{
	static const struct {
		enum proto_reason reason;
		enum sync_picture is;
		bool noted; /* it will be refused whenever it comes */
	} rows[] = {
		{PROTO_REASON_NO_PICTURE, SYNC_PICTURE_BAD, true},
		{PROTO_REASON_TOO_SMALL, SYNC_PICTURE_SMALL, true},
		{PROTO_REASON_TOO_LARGE, SYNC_PICTURE_LARGE, true},
		{PROTO_REASON_TOO_MANY, SYNC_PICTURE_TOO_MANY, false},
		{PROTO_REASON_BUSY, SYNC_PICTURE_BUSY, false},
	};
	enum proto_reason reason = proto_reason_find(r->reason);
	struct import *im = arg;

	for (size_t k = 0; k < ARRAY_SIZE(rows); k++) {
		if (rows[k].reason != reason)
			continue;
		if (rows[k].noted)
			im->file.contacts[im->record[i]].picture = rows[k].is;
		else
			leave_out(im, i, rows[k].is);
		return;
	}
	/* Who can't look at this one can't at the others. */
	im->no_pictures = reason == PROTO_REASON_NOT_OFFERED;
	leave_out(im, i,
		  im->no_pictures      ? SYNC_PICTURE_NOT_KEPT
		  : *r->reason == '\0' ? SYNC_PICTURE_BUSY
				       : SYNC_PICTURE_BAD);
}

size_t app_import_left_out(const struct import *im)
{
	size_t n = wsi_import_pictureless(im->sending);

	for (size_t i = 0; i < im->total; i++)
		n += sync_picture_left_out(
			im->file.contacts[im->record[i]].picture);
	return n;
}
