/**
 * @file base/csv.h  Comma separated values (RFC 4180), record by record
 */
#ifndef OFFHOOK_BASE_CSV_H
#define OFFHOOK_BASE_CSV_H

#include <stddef.h>
#include <stdio.h>

/** What one record may hold; more of it makes the record damaged. */
enum { CSV_FIELDS_MAX = 256, CSV_RECORD_MAX = 1 << 20 };

/**
 * A reader. Lines end with CRLF or LF; empty ones are passed over, and so is a
 * byte order mark. Fields are bytes as they stand in the file, without a NUL;
 * what encoding they are in is the caller's to judge. Needs memory for one
 * record only, whatever the size of the file.
 */
struct csv;

/** @param f  Read from here on; stays the caller's. @return 0 or ENOMEM */
int csv_alloc(struct csv **cp, FILE *f);
void csv_free(struct csv *c);
/** What stands between fields, before the first is read: ',' at first. */
void csv_separator(struct csv *c, char separator);

/**
 * Read the next record.
 *
 * @return 0; ENODATA at the end; EBADMSG for a damaged one, behind which
 *         reading goes on; EIO, ENOMEM
 */
int csv_next(struct csv *c);
/** Line of the file that the record begins in, from 1. */
size_t csv_line(const struct csv *c);
/** After EBADMSG: what is wrong, in a few words for an administrator. */
const char *csv_problem(const struct csv *c);

/* Of the record read last; valid until the next one. */
size_t csv_count(const struct csv *c);
/** "" if there is no such field. */
const char *csv_field(const struct csv *c, size_t i);

#endif
