/**
 * @file import_int.h  What the files of imports share
 */
#ifndef IMPORT_INT_H
#define IMPORT_INT_H

#include <stdatomic.h>

#include <offhook/client/sync.h>

#include "app_int.h"

enum { DIAL_TEXTS = 6 };

/** What crosses to the worker: copies, and two words for both. */
struct import_job {
	struct import *im; /**< NULL: nobody waits for it any more */
	char *path;
	enum sync_encoding encoding;
	uint64_t max;
	struct sync_contact *there;
	size_t there_count;
	char *dial_texts[DIAL_TEXTS];
	struct proto_dial_params dial;
	struct sync_file file;
	enum sync_outcome *outcomes;
	FILE *pictures; /**< those in it, nameless; NULL: none are wanted … */
	enum sync_picture without; /**< … and why */
	bool too_large;
	bool no_file;
	atomic_bool stop;
	atomic_ullong bytes, size;
};

struct import {
	struct app *a;
	enum app_import_state state;
	char *path;
	enum sync_encoding wanted;
	bool shown;
	struct import_job *job;
	struct sync_file file;
	enum sync_outcome *outcomes;
	FILE *pictures; /**< as of the job */
	size_t counts[APP_IMPORT_KINDS];
	struct wsi_import *sending;
	struct uc_contact_prm *prms;
	struct uc_number *numbers;
	size_t *record; /**< of the file, of each of these */
	size_t total, sent;
	size_t picture_count; /**< to be sent, before them */
	bool no_pictures;     /**< the server takes none now */
	char *line;	      /**< what it came to */
	struct app_wait *wait;
	bool tells; /**< who waits wants all lines */
	struct tmr tmr;
};

/* app_import_picture.c */
/** A nameless file for pictures; NULL: none are brought. @param without  Set
 *  to why not */
FILE *app_import_pictures(const struct app *a, enum sync_picture *without);
/** How many are to be sent. */
size_t app_import_picture_count(const struct import *im);
/** What is sent of a contact's picture: a key, WSI_NO_PICTURE, or NULL. */
const char *app_import_picture_key(const struct sync_contact *c);
/** As of wsi_import(). */
int app_import_picture(size_t i, void **imagep, size_t *lenp, void *arg);
void app_import_refused(size_t i, const struct wsi_result *r, void *arg);
/** How many were left out of what was imported. */
size_t app_import_left_out(const struct import *im);

/** How an outcome counts. */
enum app_import_kind app_import_kind_of(enum sync_outcome o);

/** Read a file and say what would happen; the sink's command is done when that
 *  is known. */
int app_import_begin(const struct app_invocation *i, const char *path,
		     enum sync_encoding encoding);
/** Do it. */
int app_import_commit(const struct app_invocation *i);
/** Write what there is into a file: the command contact-export. */
int app_contact_export(const struct app_invocation *i);
/** @return 0 or ENOENT */
int app_import_cancel(struct app *a);

#endif
