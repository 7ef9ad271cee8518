/**
 * @file app_export.c  Personal contacts into a file, as vCards with pictures
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <offhook/picture.h>

#include "cmd_int.h"
#include "import_int.h"

struct export
{
	struct app *a;
	struct app_wait *wait;
	char *path;
	enum sync_format format;
	bool replace;
	bool no_file; /**< what is there can't be replaced */
	struct sync_contact *contacts;
	size_t count;
	FILE *pictures; /**< theirs, nameless */
	size_t at;	/**< whose is asked for */
	size_t left_out;
	struct wsi_request *request;
};

static void export_free(struct export *x)
{
	for (size_t i = 0; i < x->count; i++)
		sync_contact_reset(&x->contacts[i]);
	free(x->contacts);
	if (x->pictures)
		fclose(x->pictures);
	mem_deref(x->request);
	free(x->path);
	free(x);
}

/* ---- written ----------------------------------------------------------- */

static int export_work(void *arg)
{
	struct export *x = arg;
	char *text = sync_write(x->format, x->contacts, x->count, x->pictures);
	int err = text ? 0 : ENOMEM;
	struct stat st;

	if (!err && !x->replace) {
		err = app_file_new(x->path, text, strlen(text));
	} else if (!err) {
		/* Devices, folders and links are never replaced. */
		x->no_file = !lstat(x->path, &st) && !S_ISREG(st.st_mode);
		err = x->no_file
			      ? EINVAL
			      : file_write(x->path, text, strlen(text), 0600);
	}
	free(text);
	return err;
}

/* To who waits at a shell, else as notices. */
static void export_tell(struct export *x)
{
	struct app_sink *sink = app_wait_sink(x->wait);
	char *lines[2] = {NULL, NULL};

	lines[0] = text_printf(ngettext("%zu contact is in %s.",
					"%zu contacts are in %s.", x->count),
			       x->count, x->path);
	if (x->left_out)
		lines[1] = text_printf(ngettext("%zu picture was left out.",
						"%zu pictures were left out.",
						x->left_out),
				       x->left_out);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (lines[i] && sink)
			app_sink_print(sink, "%s", lines[i]);
		else if (lines[i])
			uc_notice(x->a->uc,
				  i ? UC_NOTICE_WARNING : UC_NOTICE_INFO, "%s",
				  lines[i]);
		free(lines[i]);
	}
}

static void export_over(struct export *x, int err, const char *why)
{
	char *line = NULL;

	if (err == EEXIST)
		line = text_printf(_("%s is there already; with \"yes\" behind "
				     "it it is replaced."),
				   x->path);
	else if (x->no_file)
		line = text_printf(_("%s is no file that can be replaced."),
				   x->path);
	else if (err)
		line = text_printf(_("%s can't be written: %s."), x->path, why);
	else if (x->wait)
		export_tell(x);
	app_wait_over(x->wait, err, line ? line : "");
	mem_deref(x->wait);
	free(line);
	export_free(x);
}

static void export_done(int err, void *arg)
{
	export_over(arg, err, strerror(err));
}

static void export_write(struct export *x)
{
	struct app *a = x->a;
	int err = 0;

	if (!a->import_jobs)
		err = job_queue_alloc(&a->import_jobs, "import", 1);
	if (!err)
		err = job_run(a->import_jobs, export_work, export_done, x);
	if (err)
		export_over(x, err, strerror(err));
}

/* ---- their pictures ---------------------------------------------------- */

static void next_picture(struct export *x);

/* A picture, behind those that came before. @return 0 or why it is left out */
static int keep_picture(struct export *x, const void *image, size_t len)
{
	struct sync_contact *c = &x->contacts[x->at];

	c->picture_at = ftello(x->pictures);
	if (c->picture_at < 0 || len > PICTURE_BYTES_MAX ||
	    !picture_is_image(image, len))
		return EINVAL;
	if (fwrite(image, 1, len, x->pictures) != len) {
		clearerr(x->pictures);
		return fseeko(x->pictures, c->picture_at, SEEK_SET) ? EIO
								    : ENOSPC;
	}
	c->picture_len = len;
	c->picture = SYNC_PICTURE_HERE;
	return 0;
}

static void picture_came(const struct wsi_result *r, const void *image,
			 size_t len, void *arg)
{
	struct export *x = arg;

	x->request = mem_deref(x->request);
	if (r->status == WSI_ENDED) {
		export_over(x, ENOTCONN, r->text);
		return;
	}
	if (r->status != WSI_OK || keep_picture(x, image, len))
		x->left_out++;
	x->at++;
	next_picture(x);
}

/* One at a time; what can't be had is left out. */
static void next_picture(struct export *x)
{
	struct wsi *w = app_online(x->a);

	for (; x->at < x->count; x->at++) {
		const struct sync_contact *c = &x->contacts[x->at];

		if (!c->picture_version)
			continue;
		if (x->pictures && !wsi_contact_picture_get(
					   &x->request, w, c->id,
					   c->picture_version, picture_came, x))
			return;
		x->left_out++;
	}
	export_write(x);
}

/* ---- before that ------------------------------------------------------- */

static int gather(struct export *x)
{
	struct uc_contact *c;
	size_t pos, n = 0;
	int err = 0;

	for (pos = 0; (c = uc_contact_walk(x->a->uc, &pos));)
		n += c->directory == UC_PERSONAL;
	x->contacts = calloc(n + 1, sizeof(*x->contacts));
	if (!x->contacts)
		return ENOMEM;
	for (pos = 0; !err && (c = uc_contact_walk(x->a->uc, &pos));)
		if (c->directory == UC_PERSONAL)
			err = sync_contact_of(&x->contacts[x->count++], c);
	return err;
}

static void export_begin(struct export *x)
{
	enum sync_picture without;
	int err = gather(x);

	if (err) {
		export_over(x, err, strerror(err));
	} else if (x->format == SYNC_VCARD) {
		x->pictures = app_import_pictures(x->a, &without);
		next_picture(x);
	} else {
		export_write(x);
	}
}

static void export_read(const struct wsi_result *r, void *arg)
{
	struct export *x = arg;

	if (r->status == WSI_OK)
		export_begin(x);
	else
		export_over(x, app_errno_of(r->status), r->text);
}

/* What a file's name says, SYNC_XML: one that is not written. */
static enum sync_format format_of(const char *path)
{
	static const struct {
		const char *ending;
		enum sync_format format;
	} rows[] = {
		{".vcf", SYNC_VCARD}, {".vcard", SYNC_VCARD},
		{".xml", SYNC_XML},   {".json", SYNC_XML},
		{".ldif", SYNC_XML},  {".xls", SYNC_XML},
		{".xlsx", SYNC_XML},  {".ods", SYNC_XML},
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < ARRAY_SIZE(rows); i++)
		if (!strcasecmp(dot, rows[i].ending))
			return rows[i].format;
	return SYNC_CSV;
}

int app_contact_export(const struct app_invocation *i)
{
	struct app *a = i->app;
	enum sync_format format = format_of(app_argument_of(i, 1));
	struct export *x;
	int err;

	if (format == SYNC_XML)
		return app_sink_fail(i->sink, EINVAL,
				     _("Contacts are written as .csv or "
				       ".vcf."));
	x = calloc(1, sizeof(*x));
	if (!x)
		return ENOMEM;
	x->a = a;
	x->path = app_path(i->sink, app_argument_of(i, 1));
	x->format = format;
	x->replace = !text_empty(app_argument_of(i, 2));
	if (!x->path) {
		export_free(x);
		return ENOMEM;
	}
	x->wait = mem_ref(app_wait_new(a, i->sink));
	if (app_personal_own(a)) {
		export_begin(x);
		return 0;
	}
	err = wsi_personal(app_online(a), export_read, x);
	if (err) {
		mem_deref(x->wait);
		export_free(x);
	}
	return err;
}
