/**
 * @file app_import_look.c  How an import stands, for those who show it
 */
#include <stdlib.h>

#include "import_int.h"

enum app_import_kind app_import_kind_of(enum sync_outcome o)
{
	return o == SYNC_ADD	  ? APP_IMPORT_ADDED
	       : o == SYNC_UPDATE ? APP_IMPORT_UPDATED
				  : APP_IMPORT_SKIPPED;
}

enum app_import_state app_import_state(const struct app *a)
{
	return a->import ? a->import->state : APP_IMPORT_NONE;
}

bool app_import_shown(const struct app *a)
{
	return a->import && a->import->shown;
}

void app_import_hide(struct app *a)
{
	struct import *im = a->import;

	if (!im)
		return;
	if (im->state == APP_IMPORT_SENDING)
		im->shown = false;
	else
		a->import = mem_deref(im);
	app_tell(a, APP_CHANGE_IMPORT, NULL);
}

const char *app_import_path(const struct app *a)
{
	return a->import ? a->import->path : "";
}

const char *app_import_line(const struct app *a)
{
	return a->import && a->import->line ? a->import->line : "";
}

const char *app_import_encoding(const struct app *a)
{
	return a->import ? sync_encoding_key(a->import->wanted) : "";
}

void app_import_about(const struct app *a, struct text_buf *b)
{
	const struct import *im = a->import;
	char separator;

	if (!im || !im->outcomes)
		return;
	text_buf_printf(b, "%s, %s", sync_format_name(im->file.format),
			sync_encoding_key(im->file.encoding));
	if (im->file.guessed)
		text_buf_printf(b, " (%s)", _("guessed"));
	separator = im->file.separator;
	if (im->file.format == SYNC_CSV && separator == '\t')
		text_buf_printf(b, ", %s", _("separator: tab"));
	else if (im->file.format == SYNC_CSV)
		text_buf_printf(b, ", %s %c", _("separator:"), separator);
}

size_t app_import_count(const struct app *a, enum app_import_kind k)
{
	return a->import && (unsigned)k < APP_IMPORT_KINDS
		       ? a->import->counts[k]
		       : 0;
}

void app_import_progress(const struct app *a, uint64_t *donep, uint64_t *allp)
{
	const struct import *im = a->import;

	*donep = *allp = 0;
	if (im && im->job) {
		*donep = atomic_load(&im->job->bytes);
		*allp = atomic_load(&im->job->size);
	} else if (im && im->state == APP_IMPORT_SENDING) {
		*donep = im->sent;
		*allp = im->total + im->picture_count;
	}
}

size_t app_import_rows(const struct app *a)
{
	return a->import && a->import->outcomes ? a->import->file.count : 0;
}

bool app_import_row(const struct app *a, size_t i, struct app_import_row *row)
{
	const struct import *im = a->import;
	const struct sync_contact *c;

	memset(row, 0, sizeof(*row));
	if (i >= app_import_rows(a))
		return false;
	c = &im->file.contacts[i];
	row->line = c->line;
	row->kind = app_import_kind_of(im->outcomes[i]);
	row->first = c->first;
	row->last = *c->first || *c->last ? c->last : c->company;
	row->number = "";
	for (unsigned k = 0; k < UC_NUMBER_KIND_COUNT && !*row->number; k++)
		row->number = c->number[k];
	row->key = sync_outcome_key(im->outcomes[i]);
	row->outcome = _(sync_outcome_text(im->outcomes[i]));
	row->more = c->damaged ? _(c->damaged) : "";
	row->picture = "";
	/* Of one that is skipped nothing else was to be expected. */
	if (row->kind != APP_IMPORT_SKIPPED) {
		row->picture = sync_picture_key(c->picture);
		row->left_out = sync_picture_left_out(c->picture);
		if (*row->picture)
			row->more = _(sync_picture_text(c->picture));
	}
	return true;
}
