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
	bool too_large;
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
	size_t counts[APP_IMPORT_KINDS];
	struct wsi_import *sending;
	struct uc_contact_prm *prms;
	struct uc_number *numbers;
	size_t total, sent;
	char *line; /**< what it came to */
	struct app_wait *wait;
	bool tells; /**< who waits wants all lines */
	struct tmr tmr;
};

/** How an outcome counts. */
enum app_import_kind app_import_kind_of(enum sync_outcome o);

/** Read a file and say what would happen; the sink's command is done when that
 *  is known. */
int app_import_begin(const struct app_invocation *i, const char *path,
		     enum sync_encoding encoding);
/** Do it. */
int app_import_commit(const struct app_invocation *i);
/** @return 0 or ENOENT */
int app_import_cancel(struct app *a);

#endif
