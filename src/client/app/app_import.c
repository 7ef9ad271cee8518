/**
 * @file app_import.c  Personal contacts from a file: read, looked at, written
 *
 * What is there is read anew, the file is read and compared with it in a job;
 * then the user sees what would happen to each. Nothing has changed until he
 * says so, and then all of it does, or nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <offhook/client/sync.h>

#include "import_int.h"

#define LOG_MODULE "app"

enum { TICK_MS = 100, OWN_AT_ONCE = 200, MB = 1024 * 1024 };

/* ---- life -------------------------------------------------------------- */

static void job_free(struct import_job *j)
{
	for (size_t i = 0; i < j->there_count; i++)
		sync_contact_reset(&j->there[i]);
	for (unsigned i = 0; i < DIAL_TEXTS; i++)
		free(j->dial_texts[i]);
	sync_file_reset(&j->file);
	if (j->pictures)
		fclose(j->pictures);
	free(j->outcomes);
	free(j->there);
	free(j->path);
	free(j);
}

static void import_destructor(void *arg)
{
	struct import *im = arg;

	tmr_cancel(&im->tmr);
	if (im->job) {
		im->job->im = NULL;
		atomic_store(&im->job->stop, true);
	}
	mem_deref(im->sending);
	app_wait_over(im->wait, ECANCELED, _("The import was given up."));
	mem_deref(im->wait);
	sync_file_reset(&im->file);
	if (im->pictures)
		fclose(im->pictures);
	free(im->record);
	free(im->outcomes);
	free(im->prms);
	free(im->numbers);
	free(im->line);
	free(im->path);
}

static void changed(struct import *im)
{
	app_tell(im->a, APP_CHANGE_IMPORT, NULL);
}

static void wait_over(struct import *im, int err)
{
	struct app_wait *w = im->wait;

	im->wait = NULL;
	app_wait_quiet(w);
	app_wait_over(w, err, im->line ? im->line : "");
	mem_deref(w);
}

static void fail(struct import *im, int err, const char *line)
{
	im->state = APP_IMPORT_FAILED;
	tmr_cancel(&im->tmr);
	im->sending = mem_deref(im->sending);
	if (text_set(&im->line, line))
		log_warn("no memory");
	if (!im->shown && !im->wait)
		uc_notice(im->a->uc, UC_NOTICE_ERROR, "%s", line);
	wait_over(im, err);
	changed(im);
}

void app_import_close(struct app *a)
{
	a->import = mem_deref(a->import);
	a->import_jobs = mem_deref(a->import_jobs);
}

void app_import_drop(struct app *a)
{
	if (app_import_state(a) != APP_IMPORT_NONE)
		(void)app_import_cancel(a);
}

void app_import_ended(struct app *a)
{
	struct import *im = a->import;

	if (im &&
	    (im->state == APP_IMPORT_READING ||
	     im->state == APP_IMPORT_SENDING) &&
	    !im->job)
		fail(im, ENOTCONN,
		     _("The connection to the server has ended."));
}

/* ---- the job ----------------------------------------------------------- */

static bool progress(uint64_t bytes, void *arg)
{
	struct import_job *j = arg;

	atomic_store(&j->bytes, bytes);
	return atomic_load(&j->stop);
}

static FILE *open_file(struct import_job *j, int *errp)
{
	int fd = open(j->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	FILE *f = NULL;

	*errp = 0;
	if (fd < 0 || fstat(fd, &st)) {
		*errp = errno;
	} else if (!S_ISREG(st.st_mode)) {
		j->no_file = true;
		*errp = EINVAL;
	} else if ((uint64_t)st.st_size > j->max) {
		j->too_large = true;
		*errp = EFBIG;
	} else {
		atomic_store(&j->size, (unsigned long long)st.st_size);
		f = fdopen(fd, "r");
		*errp = f ? 0 : errno;
	}
	if (!f && fd >= 0)
		close(fd);
	return f;
}

static int work(void *arg)
{
	struct import_job *j = arg;
	struct sync_read_prm prm = {
		.encoding = j->encoding,
		.pictures = j->pictures,
		.without = j->without,
		.progress = progress,
		.arg = j,
	};
	int err;

	prm.f = open_file(j, &err);
	if (err)
		return err;
	err = sync_read(&j->file, &prm);
	fclose(prm.f);
	if (err)
		return err;
	j->outcomes = calloc(j->file.count + 1, sizeof(*j->outcomes));
	if (!j->outcomes)
		return ENOMEM;
	return sync_plan(&j->file, j->there, j->there_count, &j->dial,
			 j->outcomes);
}

static void read_failed(struct import *im, const struct import_job *j, int err)
{
	const char *name = strrchr(j->path, '/');
	char *line;

	name = name ? name + 1 : j->path;
	if (j->too_large)
		line = text_printf(_("%s is larger than the option import_max "
				     "allows (%llu MB)."),
				   name, (unsigned long long)(j->max / MB));
	else if (j->file.problem && j->file.line)
		line = text_printf(_("%s, line %zu: %s"), name, j->file.line,
				   _(j->file.problem));
	else if (j->file.problem)
		line = text_printf("%s: %s", name, _(j->file.problem));
	else if (j->no_file)
		line = text_printf(_("%s is no file."), name);
	else
		line = text_printf(_("%s can't be read: %s."), name,
				   strerror(err));
	fail(im, err, line ? line : strerror(err));
	free(line);
}

static void done(int err, void *arg)
{
	struct import_job *j = arg;
	struct import *im = j->im;

	if (!im) {
		job_free(j);
		return;
	}
	im->job = NULL;
	tmr_cancel(&im->tmr);
	if (err) {
		read_failed(im, j, err);
		job_free(j);
		return;
	}
	im->file = j->file;
	im->outcomes = j->outcomes;
	im->pictures = j->pictures;
	j->pictures = NULL;
	memset(&j->file, 0, sizeof(j->file));
	j->outcomes = NULL;
	job_free(j);
	for (size_t i = 0; i < im->file.count; i++)
		im->counts[app_import_kind_of(im->outcomes[i])]++;
	im->total =
		im->counts[APP_IMPORT_ADDED] + im->counts[APP_IMPORT_UPDATED];
	im->state = APP_IMPORT_READY;
	changed(im);
	if (im->wait && im->tells) {
		const char *argv[] = {"contact-import-show", NULL};
		struct app_wait *w = im->wait;

		im->wait = NULL;
		app_wait_run(w, argv, 1, APP_FROM_SHELL);
		mem_deref(w);
	} else {
		wait_over(im, 0);
	}
}

/* ---- before it --------------------------------------------------------- */

static int snapshot(struct import *im, struct import_job *j)
{
	const struct proto_dial_params *p = uc_dial_params(im->a->uc);
	const char *const texts[DIAL_TEXTS] = {p->country,  p->area,
					       p->location, p->access,
					       p->national, p->international};
	struct uc_contact *c;
	size_t pos, n = 0;
	int err = 0;

	for (unsigned i = 0; i < DIAL_TEXTS && !err; i++)
		err = text_set(&j->dial_texts[i], texts[i]);
	j->dial = (struct proto_dial_params){
		.country = j->dial_texts[0],
		.area = j->dial_texts[1],
		.location = j->dial_texts[2],
		.access = j->dial_texts[3],
		.national = j->dial_texts[4],
		.international = j->dial_texts[5],
		.extension_max = p->extension_max,
	};
	for (pos = 0; (c = uc_contact_walk(im->a->uc, &pos));)
		n += c->directory == UC_PERSONAL;
	j->there = calloc(n + 1, sizeof(*j->there));
	if (!j->there)
		return ENOMEM;
	for (pos = 0; !err && (c = uc_contact_walk(im->a->uc, &pos));)
		if (c->directory == UC_PERSONAL)
			err = sync_contact_of(&j->there[j->there_count++], c);
	return err;
}

static void tick(void *arg)
{
	struct import *im = arg;

	tmr_start(&im->tmr, TICK_MS, tick, im);
	changed(im);
}

static void begin_job(struct import *im)
{
	struct app *a = im->a;
	struct import_job *j = calloc(1, sizeof(*j));
	int err = j ? text_set(&j->path, im->path) : ENOMEM;

	if (!err)
		err = snapshot(im, j);
	if (!err && !a->import_jobs)
		err = job_queue_alloc(&a->import_jobs, "import", 1);
	if (!err) {
		j->pictures = app_import_pictures(a, &j->without);
		j->encoding = im->wanted;
		j->max = (uint64_t)app_option_number(a, "import_max") * MB;
		j->im = im;
		err = job_run(a->import_jobs, work, done, j);
	}
	if (err) {
		if (j)
			job_free(j);
		fail(im, err, strerror(err));
		return;
	}
	im->job = j;
	tmr_start(&im->tmr, TICK_MS, tick, im);
}

static void personal_read(const struct wsi_result *r, void *arg)
{
	struct app *a = arg;
	struct import *im = a->import;

	/* Of an import that was given up meanwhile there may be another. */
	if (!im || im->state != APP_IMPORT_READING || im->job)
		return;
	if (r->status == WSI_OK)
		begin_job(im);
	else
		fail(im, app_errno_of(r->status), r->text);
}

int app_import_begin(const struct app_invocation *i, const char *path,
		     enum sync_encoding encoding)
{
	struct app *a = i->app;
	struct import *im;
	int err;

	if (a->import && a->import->state == APP_IMPORT_SENDING)
		return app_sink_fail(i->sink, EBUSY,
				     _("An import is under way."));
	a->import = mem_deref(a->import);
	im = mem_zalloc(sizeof(*im), import_destructor);
	if (!im)
		return ENOMEM;
	tmr_init(&im->tmr);
	im->a = a;
	im->state = APP_IMPORT_READING;
	im->wanted = encoding;
	im->tells = i->origin == APP_FROM_SHELL;
	im->shown = !im->tells;
	err = text_set(&im->path, path);
	if (!err && !app_personal_own(a))
		err = wsi_personal(app_online(a), personal_read, a);
	if (err) {
		mem_deref(im);
		return err;
	}
	a->import = im;
	im->wait = mem_ref(app_wait_new(a, i->sink));
	if (app_personal_own(a))
		begin_job(im);
	changed(im);
	return 0;
}

/* ---- writing ----------------------------------------------------------- */

static char *line_of(const struct import *im)
{
	size_t left_out = app_import_left_out(im);
	struct text_buf b = {0};

	text_buf_printf(&b, _("Imported: %zu added, %zu updated, %zu skipped."),
			im->counts[APP_IMPORT_ADDED],
			im->counts[APP_IMPORT_UPDATED],
			im->counts[APP_IMPORT_SKIPPED]);
	if (left_out) {
		text_buf_add(&b, " ");
		text_buf_printf(&b,
				ngettext("%zu picture was left out.",
					 "%zu pictures were left out.",
					 left_out),
				left_out);
	}
	return text_buf_take(&b);
}

static void succeed(struct import *im)
{
	char *line = line_of(im);

	im->state = APP_IMPORT_DONE;
	im->sent = im->total + im->picture_count;
	im->sending = mem_deref(im->sending);
	free(im->line);
	im->line = line;
	if (!im->shown && !im->tells)
		uc_notice(im->a->uc, UC_NOTICE_INFO, "%s", line ? line : "");
	changed(im);
	if (im->wait && im->tells) {
		const char *argv[] = {"contact-import-show", NULL};
		struct app_wait *w = im->wait;

		im->wait = NULL;
		app_wait_run(w, argv, 1, APP_FROM_SHELL);
		mem_deref(w);
	} else {
		wait_over(im, 0);
	}
}

static void sent(size_t n, void *arg)
{
	struct import *im = arg;

	im->sent = n;
	changed(im);
}

static void committed(const struct wsi_result *r, void *arg)
{
	enum proto_reason why = proto_reason_find(r->reason);
	struct import *im = arg;

	mem_ref(im);
	if (r->status == WSI_OK)
		succeed(im);
	else if (why == PROTO_REASON_TOO_MANY)
		fail(im, ENOSPC,
		     _("That would be more contacts than the server allows; "
		       "nothing was imported."));
	else if (why == PROTO_REASON_INVALID_STATE)
		fail(im, EAGAIN,
		     _("Contacts have been changed meanwhile; nothing was "
		       "imported. Look at it once more."));
	else
		fail(im, app_errno_of(r->status), r->text);
	mem_deref(im);
}

/* Ours are given by us. */
static int give_own_ids(struct import *im)
{
	uint64_t random;
	int err = 0;

	random_bytes(&random, sizeof(random));
	for (size_t i = 0; i < im->file.count && !err; i++) {
		struct sync_contact *c = &im->file.contacts[i];

		if (im->outcomes[i] != SYNC_ADD)
			continue;
		free(c->id);
		c->id = text_printf("own:%llx-%zu", (unsigned long long)random,
				    i);
		err = c->id ? 0 : ENOMEM;
	}
	return err;
}

/* As what is sent, or put: the texts stay the file's. */
static int make_prms(struct import *im)
{
	size_t n = 0, numbers = 0;

	if (app_personal_own(im->a) && give_own_ids(im))
		return ENOMEM;

	im->prms = calloc(im->total + 1, sizeof(*im->prms));
	im->numbers = calloc(im->total * UC_NUMBER_KIND_COUNT + 1,
			     sizeof(*im->numbers));
	im->record = calloc(im->total + 1, sizeof(*im->record));
	if (!im->prms || !im->numbers || !im->record)
		return ENOMEM;
	for (size_t i = 0; i < im->file.count; i++) {
		const struct sync_contact *c = &im->file.contacts[i];
		struct uc_contact_prm *p = &im->prms[n];

		if (app_import_kind_of(im->outcomes[i]) == APP_IMPORT_SKIPPED)
			continue;
		*p = (struct uc_contact_prm){
			.id = c->id,
			.directory = UC_PERSONAL,
			.first = c->first,
			.last = c->last,
			.company = c->company,
			.department = c->department,
			.email = c->email,
			.import_key = c->key,
			.picture_key = app_import_picture_key(c),
			.numbers = &im->numbers[numbers],
		};
		im->record[n] = i;
		for (unsigned k = 0; k < UC_NUMBER_KIND_COUNT; k++) {
			if (!*c->number[k])
				continue;
			im->numbers[numbers++] = (struct uc_number){
				.kind = (enum uc_number_kind)k,
				.number = c->number[k]};
			p->number_count++;
		}
		n++;
	}
	return 0;
}

/* Into our own store: in one transaction, while the model follows by and by. */
static void put_own(void *arg)
{
	struct import *im = arg;
	struct app *a = im->a;
	size_t end = im->sent + OWN_AT_ONCE;

	for (; im->sent < im->total && im->sent < end; im->sent++)
		if (uc_contact_put(a->uc, &im->prms[im->sent], NULL))
			log_warn("no memory for a contact");
	changed(im);
	if (im->sent < im->total)
		tmr_start(&im->tmr, 1, put_own, im);
	else
		succeed(im);
}

static int begin_own(struct import *im)
{
	struct app *a = im->a;
	struct store_contact *c = calloc(im->total, sizeof(*c));
	int err = c ? 0 : ENOMEM;

	for (size_t i = 0; i < im->total && !err; i++) {
		im->prms[i].own = true;
		c[i].data = im->prms[i];
	}
	if (!err)
		err = store_contacts_put(a->store, a->account, c, im->total);
	free(c);
	if (!err)
		tmr_start(&im->tmr, 1, put_own, im);
	return err;
}

int app_import_commit(const struct app_invocation *i)
{
	static const struct wsi_import_prm none;
	struct app *a = i->app;
	struct import *im = a->import;
	struct wsi_import_prm prm = none;
	int err;

	if (!im || im->state != APP_IMPORT_READY)
		return app_sink_fail(i->sink, EPROTO,
				     _("There is nothing that could be "
				       "imported now."));
	im->tells = i->origin == APP_FROM_SHELL;
	if (!im->total) {
		succeed(im);
		app_sink_print(i->sink, "%s", im->line ? im->line : "");
		return 0;
	}
	err = make_prms(im);
	if (err)
		return err;
	if (app_personal_own(a)) {
		err = begin_own(im);
	} else {
		prm.contacts = im->prms;
		prm.count = im->total;
		prm.progress = sent;
		prm.picture = app_import_picture;
		prm.refused = app_import_refused;
		im->picture_count = app_import_picture_count(im);
		err = wsi_import(&im->sending, app_online(a), &prm, committed,
				 im);
	}
	if (err)
		return err;
	im->state = APP_IMPORT_SENDING;
	im->wait = mem_ref(app_wait_new(a, i->sink));
	changed(im);
	return 0;
}

int app_import_cancel(struct app *a)
{
	if (!a->import)
		return ENOENT;
	a->import = mem_deref(a->import);
	app_tell(a, APP_CHANGE_IMPORT, NULL);
	return 0;
}
