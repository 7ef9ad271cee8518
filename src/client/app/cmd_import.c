/**
 * @file cmd_import.c  Commands that import and export personal contacts
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd_int.h"
#include "import_int.h"

static const char *const encodings[] = {
	"guess",	"utf-8",  "iso-8859-1", "iso-8859-15",
	"windows-1252", "utf-16", NULL,
};

static int run_import(const struct app_invocation *i)
{
	const char *word = app_argument_of(i, 2);
	char *path = app_path(i->sink, app_argument_of(i, 1));
	int err = path ? app_import_begin(i, path,
					  text_empty(word)
						  ? SYNC_GUESS
						  : sync_encoding_find(word))
		       : ENOMEM;

	free(path);
	return err;
}

static int run_commit(const struct app_invocation *i)
{
	return app_import_commit(i);
}

static int run_cancel(const struct app_invocation *i)
{
	if (!app_import_cancel(i->app))
		return 0;
	return app_sink_fail(i->sink, ENOENT, _("There is no import."));
}

static void row_json(struct json_writer *w, const struct app_import_row *r)
{
	json_object(w);
	json_add_int(w, "line", (int64_t)r->line);
	json_add_string(w, "first", r->first);
	json_add_string(w, "last", r->last);
	json_add_string(w, "number", r->number);
	json_add_string(w, "outcome", r->key);
	if (*r->picture)
		json_add_string(w, "picture", r->picture);
	json_end(w);
}

static void print_row(struct app_sink *s, const struct app_import_row *r)
{
	char *name =
		text_printf("%s%s%s", r->first, *r->first ? " " : "", r->last);

	app_sink_print(s, _("line %5zu  %-*s  %-20s  %s%s%s"), r->line,
		       app_columns(name ? name : "", 28), name ? name : "",
		       r->number, r->outcome, *r->more ? ": " : "", r->more);
	free(name);
}

static int run_show(const struct app_invocation *i)
{
	struct json_writer *w = i->sink->data;
	enum app_import_state state = app_import_state(i->app);
	struct app_import_row r;
	struct text_buf about = {0};

	if (state == APP_IMPORT_NONE)
		return app_sink_fail(i->sink, ENOENT, _("There is no import."));
	if (state == APP_IMPORT_FAILED)
		return app_sink_fail(i->sink, EIO, "%s",
				     app_import_line(i->app));
	if (state == APP_IMPORT_DONE) {
		/* What became of its picture said the server. */
		for (size_t k = 0; app_import_row(i->app, k, &r); k++)
			if (r.left_out)
				print_row(i->sink, &r);
		app_sink_print(i->sink, "%s", app_import_line(i->app));
		return 0;
	}
	if (w)
		json_array(w);
	for (size_t k = 0; app_import_row(i->app, k, &r); k++) {
		print_row(i->sink, &r);
		if (w)
			row_json(w, &r);
	}
	if (w)
		json_end(w);
	app_import_about(i->app, &about);
	app_sink_print(i->sink,
		       _("%s: %zu to add, %zu to update, %zu skipped. Nothing "
			 "has changed yet; contact-import-commit imports "
			 "them."),
		       about.buf ? about.buf : "",
		       app_import_count(i->app, APP_IMPORT_ADDED),
		       app_import_count(i->app, APP_IMPORT_UPDATED),
		       app_import_count(i->app, APP_IMPORT_SKIPPED));
	text_buf_reset(&about);
	return 0;
}

static int run_export(const struct app_invocation *i)
{
	return app_contact_export(i);
}

static const struct app_argument import_arguments[] = {
	{.name = "file", .kind = APP_ARG_FILE},
	{.name = "encoding",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = encodings},
	{.name = NULL},
};
static const char *const yes[] = {"yes", NULL};
static const struct app_argument export_arguments[] = {
	{.name = "file", .kind = APP_ARG_FILE},
	{.name = "replace",
	 .kind = APP_ARG_CHOICE,
	 .optional = true,
	 .choices = yes},
	{.name = NULL},
};

const struct app_command app_commands_import[] = {
	{.name = "contact-import",
	 .summary = N_("Read personal contacts from a file, and show what "
		       "importing them would do."),
	 .help = N_(
		 "The file is CSV, XML or vCard (2.1 to 4.0); its encoding is "
		 "guessed unless it is given. Each record is shown: added, "
		 "updated, or skipped and why. Nothing changes before "
		 "contact-import-commit. The formats are described in "
		 "contacts.md, with examples."),
	 .examples = EXAMPLES("contact-import ~/book.csv",
			      "contact-import ~/book.csv windows-1252"),
	 .arguments = import_arguments,
	 .origins = FROM_USER,
	 .unavailable = app_contact_unavailable,
	 .run = run_import},
	{.name = "contact-import-commit",
	 .summary = N_("Import what contact-import has shown: all or nothing."),
	 .examples = EXAMPLES("contact-import-commit"),
	 .origins = FROM_USER,
	 .unavailable = app_contact_unavailable,
	 .run = run_commit},
	{.name = "contact-import-show",
	 .summary = N_("Show the import that was begun, record by record."),
	 .examples = EXAMPLES("contact-import-show"),
	 .origins = APP_FROM_LINE | APP_FROM_SHELL,
	 .run = run_show},
	{.name = "contact-import-cancel",
	 .summary = N_("Give up the import that was begun."),
	 .examples = EXAMPLES("contact-import-cancel"),
	 .origins = FROM_USER,
	 .run = run_cancel},
	{.name = "contact-export",
	 .summary = N_("Write the personal contacts into a file."),
	 .help = N_("As vCard 4.0 with pictures if its name ends in .vcf, else "
		    "as CSV; in UTF-8, for your eyes only (mode 0600). A file "
		    "that is there is only replaced with \"yes\"."),
	 .examples = EXAMPLES("contact-export ~/book.vcf",
			      "contact-export ~/book.csv yes"),
	 .arguments = export_arguments,
	 .origins = FROM_USER,
	 .run = run_export},
	ROWS_END};
