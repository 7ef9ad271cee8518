/**
 * @file csv_in.c  Comma separated values in
 */
#include <stdlib.h>

#include "sync_int.h"

struct table {
	struct reader *r;
	struct csv *csv;
	enum field field[CSV_FIELDS_MAX];
	size_t columns;
};

/* What the reader says of a damaged record, in the user's language. */
static const char *problem_of(const struct csv *csv)
{
	static const char *const known[] = {
		N_("too long"),
		N_("too many fields"),
		N_("has a NUL byte"),
		N_("has text behind a closing quote"),
		N_("has a quote in a field without quotes"),
		N_("has an opening quote without a closing one"),
	};
	const char *problem = csv_problem(csv);

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i], problem))
			return known[i];
	return N_("is damaged");
}

/* A heading is in the file's encoding, as all is. */
static int read_heading(struct table *t)
{
	struct reader *r = t->r;
	bool known = false;
	int err = csv_next(t->csv);

	if (err == ENODATA)
		return reader_refuse(r, 0, N_("It is empty."));
	if (err == EBADMSG)
		return reader_refuse(r, csv_line(t->csv),
				     N_("This is neither CSV, XML nor a "
					"vCard."));
	t->columns = csv_count(t->csv);
	for (size_t i = 0; i < t->columns && !err; i++) {
		const char *s = csv_field(t->csv, i);

		err = reader_text(r, FIELD_COMPANY, s, strlen(s));
		t->field[i] = field_find(r->now.company);
		known |= t->field[i] != FIELD_NONE && t->field[i] != FIELD_TYPE;
		sync_contact_reset(&r->now);
	}
	r->any = false;
	r->file->text = 0;
	if (!err && !known)
		err = reader_refuse(r, csv_line(t->csv),
				    N_("The first line names no column that is "
				       "known, like first, last, mobile."));
	return err;
}

static int read_record(struct table *t)
{
	enum uc_number_kind kind = UC_NUMBER_OTHER;
	struct reader *r = t->r;
	int err = 0;

	for (size_t i = 0; i < csv_count(t->csv) && i < t->columns && !err;
	     i++) {
		const char *s = csv_field(t->csv, i);
		enum field f = t->field[i];

		if (f == FIELD_TYPE) {
			kind = kind_find(s);
			continue;
		}
		if (f == FIELD_VALUE)
			f = kind == UC_NUMBER_KIND_COUNT
				    ? FIELD_NONE
				    : (enum field)(FIELD_NUMBER + kind);
		err = reader_text(r, f, s, strlen(s));
	}
	if (!err)
		err = reader_contact(
			r, csv_line(t->csv),
			csv_count(t->csv) > t->columns
				? N_("has more fields than columns")
				: NULL);
	return err;
}

int read_csv(struct reader *r)
{
	struct table t = {.r = r};
	int err = csv_alloc(&t.csv, r->f);

	if (err)
		return err;
	csv_separator(t.csv, r->file->separator);
	err = read_heading(&t);
	while (!err) {
		err = csv_next(t.csv);
		if (err == EBADMSG)
			err = reader_contact(r, csv_line(t.csv),
					     problem_of(t.csv));
		else if (!err)
			err = read_record(&t);
	}
	csv_free(t.csv);
	return err == ENODATA ? 0 : err;
}
