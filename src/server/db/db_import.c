/**
 * @file db_import.c  A directory from a file of comma separated values
 *
 * Row by row from the file into the database, in one commit: memory does not
 * grow with the file, but for the notes on what was left out.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

/** A column that may be there. */
struct column {
	const char *name;
	size_t text;	 /* where it goes in a contact */
	const char *bad; /* of a number: what to say of none */
};

#define NUMBER_AT(i) \
	(offsetof(struct db_contact, number) + (i) * sizeof(const char *))
static const struct column columns[] = {
	{"first", offsetof(struct db_contact, first), NULL},
	{"last", offsetof(struct db_contact, last), NULL},
	{"company", offsetof(struct db_contact, company), NULL},
	{"department", offsetof(struct db_contact, department), NULL},
	{"email", offsetof(struct db_contact, email), NULL},
	{"business", NUMBER_AT(DB_NUMBER_BUSINESS), "business is no number"},
	{"business2", NUMBER_AT(DB_NUMBER_BUSINESS_2),
	 "business2 is no number"},
	{"mobile", NUMBER_AT(DB_NUMBER_MOBILE), "mobile is no number"},
	{"private", NUMBER_AT(DB_NUMBER_PRIVATE), "private is no number"},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

struct import {
	struct db_job job;
	enum db_directory directory;
	char *path;
	FILE *f;
	struct csv *csv;
	const struct column *column[COLUMNS]; /* in the order of the file */
	size_t count;
	struct dial_copy dial;
	struct db_skipped *skipped;
	struct db_import result;
	size_t room;
	char *problem;
	db_import_h *h;
	void *arg;
};

/* ---- on the worker ----------------------------------------------------- */

/* Why nothing at all is read. */
static int refuse(struct import *im, int err, const char *problem)
{
	if (!im->problem) {
		im->result.line = csv_line(im->csv);
		im->problem = strdup(problem);
	}
	return err;
}

static int skip(struct import *im, const char *reason)
{
	struct db_import *r = &im->result;

	if (r->skipped_count == im->room) {
		size_t room = im->room ? im->room * 2 : 64;
		struct db_skipped *more =
			realloc(im->skipped, room * sizeof(*more));

		if (!more)
			return ENOMEM;
		im->skipped = more;
		im->room = room;
	}
	im->skipped[r->skipped_count++] =
		(struct db_skipped){csv_line(im->csv), reason};
	return 0;
}

static int check_encoding(struct import *im)
{
	for (size_t i = 0; i < csv_count(im->csv); i++) {
		const char *s = csv_field(im->csv, i);

		if (!text_valid(s, strlen(s)))
			return refuse(im, EILSEQ,
				      "is not UTF-8; save the file "
				      "in that encoding");
	}
	return 0;
}

static const struct column *column_of(const char *name)
{
	char *key = text_clean(name, (size_t)-1, TEXT_LINE_MAX);
	const char *s = key ? key + strspn(key, " ") : "";
	size_t len = strlen(s);
	const struct column *found = NULL;

	while (len && s[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < COLUMNS && !found; i++)
		if (strlen(columns[i].name) == len &&
		    !strncasecmp(columns[i].name, s, len))
			found = &columns[i];
	free(key);
	return found;
}

static int refuse_column(struct import *im, const char *name, const char *why)
{
	struct text_buf b = {NULL, 0, 0, 0};
	char *clean = text_clean(name, (size_t)-1, 80);
	char *text;

	text_buf_printf(&b, "%s: \"%s\"; the columns are", why,
			clean ? clean : "");
	for (size_t i = 0; i < COLUMNS; i++)
		text_buf_printf(&b, " %s", columns[i].name);
	text = text_buf_take(&b);
	refuse(im, EINVAL, text ? text : why);
	free(clean);
	free(text);
	return EINVAL;
}

static int read_header(struct import *im)
{
	int err = csv_next(im->csv);

	if (err == ENODATA)
		return refuse(im, EINVAL, "the file is empty");
	if (err == EBADMSG)
		return refuse(im, EINVAL, csv_problem(im->csv));
	if (!err)
		err = check_encoding(im);
	for (size_t i = 0; i < csv_count(im->csv) && !err; i++) {
		const char *name = csv_field(im->csv, i);
		const struct column *column = column_of(name);

		if (!column)
			return refuse_column(im, name, "no such column");
		for (size_t k = 0; k < im->count; k++)
			if (im->column[k] == column)
				return refuse_column(im, name,
						     "twice the same column");
		im->column[im->count++] = column;
	}
	return err;
}

/* Before the transaction: what is wrong with the file itself. */
static int import_open(struct db_job *job)
{
	struct import *im = (struct import *)job;
	int err;

	im->f = fopen(im->path, "re");
	if (!im->f)
		return errno;
	err = csv_alloc(&im->csv, im->f);
	if (!err)
		err = dial_read(job->disk, &im->dial);
	if (err)
		return err;
	return read_header(im);
}

/* National as in any address book, it becomes canonical; one that is so stays
 * as it was written. */
static void make_canonical(struct import *im, const char **textp)
{
	struct proto_dial_params p;
	char *number;

	dial_params(&im->dial, &p);
	number = text_empty(*textp) || strchr(*textp, '+')
			 ? NULL
			 : proto_number_written(*textp, &p);
	if (number && *number == '+') {
		free((char *)*textp);
		*textp = number;
	} else {
		free(number);
	}
}

static bool is_number(const char *text)
{
	char *plain = proto_number_normalise(text);
	bool number = plain != NULL;

	free(plain);
	return number || text_empty(text);
}

static const char **text_at(struct db_contact *c, const struct column *column)
{
	return (const char **)(void *)((char *)c + column->text);
}

/* The record as a contact, cleaned; *whyp says why it is none. */
static int make_contact(struct import *im, struct db_contact *c,
			const char **whyp)
{
	struct db_contact raw = {.id = "", .owner = ""};
	int err;

	*whyp = csv_count(im->csv) > im->count ? "more fields than columns"
					       : NULL;
	raw.directory = im->directory;
	for (size_t i = 0; i < im->count; i++)
		*text_at(&raw, im->column[i]) = csv_field(im->csv, i);
	err = contact_copy(c, &raw);
	if (!err && !*whyp && text_empty(c->first) && text_empty(c->last) &&
	    text_empty(c->company))
		*whyp = "no first, last or company name";
	for (size_t i = 0; i < im->count && !err && !*whyp; i++)
		if (im->column[i]->bad &&
		    !is_number(*text_at(c, im->column[i])))
			*whyp = im->column[i]->bad;
		else if (im->column[i]->bad)
			make_canonical(im, text_at(c, im->column[i]));
	return err;
}

/* Is one with the same texts there? */
static int is_there(struct disk *d, const struct db_contact *c, bool *there)
{
	static const char find[] =
		"SELECT 1 FROM contact"
		" WHERE directory=? AND owner='' AND key=? AND first=? AND"
		" last=? AND company=? AND department=? AND email=? AND"
		" n1=? AND n2=? AND n3=? AND n4=?";
	const char *const text[] = {
		c->first,
		c->last,
		c->company,
		c->department,
		c->email,
		c->number[DB_NUMBER_BUSINESS],
		c->number[DB_NUMBER_BUSINESS_2],
		c->number[DB_NUMBER_MOBILE],
		c->number[DB_NUMBER_PRIVATE],
	};
	sqlite3_stmt *st = disk_prepare(d, find);
	char *name = contact_name(c);
	char *key = name ? text_key(name) : NULL;
	int err = !st ? EIO : key ? 0 : ENOMEM;

	if (!err) {
		bind_int(st, 1, c->directory);
		bind_text(st, 2, key);
		for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
			bind_text(st, (int)i + 3, text[i]);
		*there = disk_row(st, &err);
		sqlite3_reset(st);
	}
	free(name);
	free(key);
	return err;
}

static int import_record(struct import *im)
{
	struct db_contact c = {.id = NULL};
	const char *why = NULL;
	bool there = false;
	int err = make_contact(im, &c, &why);

	if (!err && !why)
		err = is_there(im->job.disk, &c, &there);
	if (there)
		why = "is there already";
	if (!err && why)
		err = skip(im, why);
	else if (!err)
		err = contact_write(im->job.disk, &c, 0, &im->dial);
	if (!err && !why)
		im->result.added++;
	contact_clear(&c);
	return err;
}

static int import_work(struct db_job *job)
{
	struct import *im = (struct import *)job;
	int err;

	for (;;) {
		err = csv_next(im->csv);
		if (err == ENODATA)
			break;
		if (err == EBADMSG) {
			err = skip(im, csv_problem(im->csv));
		} else if (!err) {
			err = check_encoding(im);
			if (!err)
				err = import_record(im);
		}
		if (err)
			return err;
	}
	return 0;
}

/* ---- on the loop ------------------------------------------------------- */

static void import_done(struct db_job *job, int err)
{
	struct import *im = (struct import *)job;
	struct db_import *r = &im->result;

	if (!err && r->added) {
		names_continue(job->db);
		notify_emit(job->db->notify, DB_CHANGE_CONTACTS, "");
	}
	if (err)
		r->added = r->skipped_count = 0;
	r->skipped = im->skipped;
	r->problem = im->problem ? im->problem : "";
	if (im->h)
		im->h(err, r, im->arg);
}

static void import_clear(struct db_job *job)
{
	struct import *im = (struct import *)job;

	csv_free(im->csv);
	if (im->f)
		fclose(im->f);
	free(im->skipped);
	free(im->problem);
	free(im->path);
}

void db_import(struct db *db, enum db_directory directory, const char *path,
	       db_import_h *h, void *arg)
{
	static const struct db_import nothing = {.problem = ""};
	bool shared = directory == DB_SYSTEM || directory == DB_GLOBAL ||
		      directory == DB_EXTERNAL;
	struct import *im = NULL;
	int err = db && shared && !text_empty(path) ? 0 : EINVAL;

	if (!err) {
		im = calloc(1, sizeof(*im));
		err = im ? text_set(&im->path, path) : ENOMEM;
	}
	if (err) {
		free(im);
		if (h)
			h(err, &nothing, arg);
		return;
	}
	im->directory = directory;
	im->h = h;
	im->arg = arg;
	im->job = (struct db_job){
		.before = import_open,
		.work = import_work,
		.done = import_done,
		.clear = import_clear,
	};
	db_job_run(db, &im->job);
}
