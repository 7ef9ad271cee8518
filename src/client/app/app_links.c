/**
 * @file app_links.c  "Always use this program" for links (SPEC T5.6.2.6)
 *
 * The desktop's own list says which program opens links of a scheme: the
 * Default Applications of mimeapps.list (freedesktop.org, Association between
 * MIME types and applications 1.0.1). What was there for our schemes is
 * replaced, all else stays; nothing is taken back.
 */
#include <limits.h>
#include <stdlib.h>
#include "app_int.h"

#define LOG_MODULE "app"

enum { LIST_MAX = 1024 * 1024 };

static const char section[] = "[Default Applications]";
static const char *const types[] = {
	"x-scheme-handler/tel",
	"x-scheme-handler/callto",
	"x-scheme-handler/sip",
	"x-scheme-handler/sips",
};
enum { TYPES = sizeof(types) / sizeof(*types) };

/* Whether a line is about one of ours. */
static bool is_ours(const char *line, size_t len)
{
	for (size_t i = 0; i < TYPES; i++) {
		size_t n = strlen(types[i]);

		if (len >= n && !strncmp(line, types[i], n) &&
		    line[n + strspn(line + n, " ")] == '=')
			return true;
	}
	return false;
}

static void put_ours(struct text_buf *b)
{
	for (size_t i = 0; i < TYPES; i++)
		text_buf_printf(b, "%s=offhook.desktop\n", types[i]);
}

/* The list with our lines right behind the section's head. */
static void rewrite(struct text_buf *b, const char *old)
{
	bool in = false, done = false;

	while (*old) {
		size_t len = strcspn(old, "\n");
		bool head = *old == '[';

		if (head)
			in = !strncmp(old, section, sizeof(section) - 1);
		if (!in || !is_ours(old, len)) {
			text_buf_add_n(b, old, len);
			text_buf_add(b, "\n");
		}
		if (head && in && !done) {
			put_ours(b);
			done = true;
		}
		old += len + (old[len] == '\n');
	}
	if (done)
		return;
	text_buf_printf(b, "%s%s\n", b->len ? "\n" : "", section);
	put_ours(b);
}

/* Where the list is; a link, as some keep their settings, stays one. */
static char *list_path(void)
{
	char *own = path_config(NULL), *slash, *path, *real;

	slash = own ? strrchr(own, '/') : NULL;
	if (slash && !slash[1]) {
		*slash = '\0';
		slash = strrchr(own, '/');
	}
	if (slash)
		*slash = '\0';
	path = own ? text_printf("%s/mimeapps.list", own) : NULL;
	if (own)
		path_make(own);
	free(own);
	real = path ? realpath(path, NULL) : NULL;
	if (real) {
		free(path);
		path = real;
	}
	return path;
}

static int work(void *arg)
{
	char *path = list_path(), *old = NULL;
	struct text_buf b = {0};
	size_t len = 0;
	int err = ENOMEM;

	(void)arg;
	if (!path)
		goto out;
	err = file_read(path, LIST_MAX, &old, &len);
	if (err && err != ENOENT)
		goto out;
	rewrite(&b, old ? old : "");
	err = b.err;
	if (!err && (!old || strcmp(old, b.buf)))
		err = file_write(path, b.buf, b.len, 0644);
out:
	text_buf_reset(&b);
	free(old);
	free(path);
	return err;
}

static void done(int err, void *arg)
{
	struct app *a = arg;

	if (!err || err == ECANCELED)
		return;
	log_warn("mimeapps.list: %s", strerror(err));
	uc_notice(a->uc, UC_NOTICE_ERROR,
		  _("Links could not be given to offhook: %s."), strerror(err));
}

void app_links_claim(struct app *a)
{
	int err = 0;

	if (!a->link_jobs)
		err = job_queue_alloc(&a->link_jobs, "links", 1);
	if (!err)
		err = job_run(a->link_jobs, work, done, a);
	if (err)
		log_warn("mimeapps.list: %s", strerror(err));
}
